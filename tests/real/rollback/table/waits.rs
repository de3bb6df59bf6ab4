//! Waiting until everything is ready, and time limits.

use serde_json::json;

use super::super::row::{Axis, Row};
use super::super::twin::Site;
use super::{broken_deployment, config_map, job, job_hook, settings, web};
use crate::cluster::Helm;

use Axis::{Applied, CleanedUp, FailingHook, Helm3, Helm4, HookAfter, HookBefore, Patched, TimeLimit};

pub const ROWS: &[Row] = &[
    Row::new("never-ready", &[TimeLimit, Applied, Helm4], |site| broken(site, Helm::V4))
        .flags(&["--wait"])
        .timeout("3")
        .fails(),
    Row::new("never-ready-patched", &[TimeLimit, Patched, Helm3], |site| broken(site, Helm::V3))
        .flags(&["--wait"])
        .timeout("3")
        .fails(),
    Row::new("never-ready-and-cleaned-up", &[TimeLimit, CleanedUp, Applied], |site| broken(site, Helm::V4))
        .flags(&["--wait", "--cleanup-on-fail"])
        .timeout("3")
        .fails(),
    Row::new("never-ready-and-nobody-waits", &[Applied], |site| broken(site, Helm::V4)),
    Row::new("ready-in-time", &[TimeLimit, Applied, Helm4], |site| {
        site.install(Helm::V4, &[settings("1"), web("1"), config_map("more", json!({}))]);
        site.upgrade(Helm::V4, &[settings("2"), broken_deployment()]);
    })
    .flags(&["--wait"])
    .timeout("60"),
    Row::new("ready-in-time-patched", &[TimeLimit, Patched, Helm3], |site| {
        site.install(Helm::V3, &[settings("1"), web("1")]);
        site.upgrade(Helm::V3, &[settings("2"), web("2")]);
    })
    .flags(&["--wait"])
    .timeout("60"),
    Row::new("jobs-awaited", &[TimeLimit, Applied], |site| {
        site.install(Helm::V4, &[settings("1"), job()]);
        site.upgrade(Helm::V4, &[settings("2")]);
    })
    .flags(&["--wait", "--wait-for-jobs"])
    .timeout("60"),
    Row::new("job-never-ends", &[TimeLimit, Applied], |site| {
        let mut endless = job();
        endless["spec"]["template"]["metadata"] = json!({"annotations": {"demo.example.com/stay": "true"}});
        site.install(Helm::V4, &[settings("1"), endless]);
        site.upgrade(Helm::V4, &[settings("2")]);
    })
    .flags(&["--wait", "--wait-for-jobs"])
    .timeout("3")
    .fails(),
    Row::new("hook-never-ends", &[TimeLimit, HookBefore, FailingHook, Applied], |site| {
        site.install(Helm::V4, &[settings("1"), job_hook("check", "pre-rollback", 0, "hook-failed", "never")]);
        site.upgrade(Helm::V4, &[settings("2")]);
    })
    .timeout("3")
    .fails()
    .listed(&["hooks-marked"]),
    Row::new("hook-after-never-ends", &[TimeLimit, HookAfter, FailingHook, Patched, Helm3], |site| {
        site.install(Helm::V3, &[settings("1"), job_hook("tell", "post-rollback", 0, "", "never")]);
        site.upgrade(Helm::V3, &[settings("2")]);
    })
    .timeout("3")
    .fails()
    .listed(&["hooks-marked"]),
];

/// The target never was ready.
fn broken(site: &Site, helm: Helm) {
    site.install(helm, &[settings("1"), broken_deployment(), config_map("more", json!({}))]);
    site.upgrade(helm, &[settings("2"), web("2")]);
}
