//! What earlier revisions left: pending, failed, uninstalled, too many, with labels and notes.

use serde_json::json;

use super::super::row::{Axis, Row};
use super::super::twin::{NAME, Site};
use super::{config_map, hook, job_hook, settings, web};
use crate::cluster::Helm;

use Axis::{Applied, ConfigMapDriver, FailedHistory, Helm3, Helm4, HistoryLimit, Patched, PendingHistory};

pub const ROWS: &[Row] = &[
    Row::new("pending-upgrade", &[PendingHistory, Applied, Helm4], |site| {
        site.install(Helm::V4, &[settings("1")]);
        let objects = [settings("2"), job_hook("check", "pre-upgrade", 0, "", "never")];
        site.interrupt(Helm::V4, "upgrade", &objects, "pending-upgrade");
    }),
    Row::new("pending-upgrade-patched", &[PendingHistory, Patched, Helm3], |site| {
        site.install(Helm::V3, &[settings("1")]);
        let objects = [settings("2"), job_hook("check", "pre-upgrade", 0, "", "never")];
        site.interrupt(Helm::V3, "upgrade", &objects, "pending-upgrade");
    }),
    Row::new("pending-rollback", &[PendingHistory, Applied, Helm4], |site| {
        site.install(Helm::V4, &[settings("1"), job_hook("check", "pre-rollback", 0, "", "never")]);
        site.upgrade(Helm::V4, &[settings("2")]);
        site.upgrade(Helm::V4, &[settings("3")]);
        site.interrupt_rollback("1");
    })
    .to("2"),
    Row::new("pending-install", &[PendingHistory, Applied], |site| {
        let objects = [settings("1"), job_hook("check", "pre-install", 0, "", "never")];
        site.interrupt(Helm::V4, "install", &objects, "pending-install");
    }),
    Row::new("failed-upgrade", &[FailedHistory, Applied, Helm4], |site| {
        site.install(Helm::V4, &[settings("1")]);
        let objects = [settings("2"), job_hook("check", "post-upgrade", 0, "", "badly")];
        site.fails_to_upgrade(Helm::V4, &objects, &[]);
    }),
    Row::new("failed-upgrade-patched", &[FailedHistory, Patched, Helm3], |site| {
        site.install(Helm::V3, &[settings("1"), web("1")]);
        let objects = [settings("2"), web("2"), job_hook("check", "post-upgrade", 0, "", "badly")];
        site.fails_to_upgrade(Helm::V3, &objects, &[]);
    }),
    Row::new("failed-more-than-once", &[FailedHistory, Applied, Helm4], |site| {
        site.install(Helm::V4, &[settings("1")]);
        site.upgrade(Helm::V4, &[settings("2")]);
        let objects = |version| [settings(version), job_hook("check", "pre-upgrade", 0, "", "badly")];
        site.fails_to_upgrade(Helm::V4, &objects("3"), &[]);
        site.fails_to_upgrade(Helm::V4, &objects("4"), &[]);
    })
    .to("2"),
    // Nobody looks whether the target ever was well.
    Row::new("to-a-failed-one", &[FailedHistory, Applied], |site| {
        site.install(Helm::V4, &[settings("1")]);
        let objects = [settings("2"), config_map("more", json!({})), job_hook("check", "post-upgrade", 0, "", "badly")];
        site.fails_to_upgrade(Helm::V4, &objects, &[]);
        site.upgrade(Helm::V4, &[settings("3")]);
    })
    .to("2"),
    Row::new("rolled-back-before", &[Applied, Helm4], |site| {
        site.install(Helm::V4, &[settings("1"), web("1")]);
        site.upgrade(Helm::V4, &[settings("2"), web("2")]);
        site.helm(Helm::V4, &["rollback", NAME, "1"]).expect_success();
    })
    .to("2"),
    Row::new("to-a-rollback", &[Patched, Helm3], |site| {
        site.install(Helm::V3, &[settings("1"), web("1")]);
        site.upgrade(Helm::V3, &[settings("2"), web("2")]);
        site.helm(Helm::V3, &["rollback", NAME, "1"]).expect_success();
        site.upgrade(Helm::V3, &[settings("4"), web("4")]);
    })
    .to("3"),
    Row::new("uninstalled", &[Applied, Helm4], |site| {
        site.install(Helm::V4, &[settings("1")]);
        site.upgrade(Helm::V4, &[settings("2"), web("2")]);
        site.helm(Helm::V4, &["uninstall", NAME, "--keep-history"]).expect_success();
    }),
    Row::new("history-limit", &[HistoryLimit, Applied, Helm4], |site| many(site, Helm::V4, 5))
        .to("4")
        .flags(&["--history-max=3"]),
    Row::new("history-limit-patched", &[HistoryLimit, Patched, Helm3], |site| many(site, Helm::V3, 4))
        .to("3")
        .flags(&["--history-max=2"]),
    // The target itself goes.
    Row::new("history-limit-of-one", &[HistoryLimit, Applied], |site| many(site, Helm::V4, 3))
        .flags(&["--history-max=1"]),
    Row::new("no-history-limit", &[HistoryLimit, Applied], |site| many(site, Helm::V4, 12)).flags(&["--history-max=0"]),
    Row::new("history-limit-of-helm", &[HistoryLimit, Applied, ConfigMapDriver], |site| many(site, Helm::V4, 11))
        .config_maps()
        .to("9"),
    // The oldest is the one that is deployed.
    Row::new("history-limit-and-failures", &[HistoryLimit, FailedHistory, Applied], |site| {
        site.install(Helm::V4, &[settings("1")]);
        for version in ["2", "3", "4"] {
            let objects = [settings(version), job_hook("check", "pre-upgrade", 0, "", "badly")];
            site.fails_to_upgrade(Helm::V4, &objects, &[]);
        }
    })
    .flags(&["--history-max=2"]),
    Row::new("labels", &[Applied, Helm4], |site| {
        site.install_with(Helm::V4, &[settings("1")], &["--labels=team=night,tier=front"]);
        site.upgrade_with(Helm::V4, &[settings("2")], &["--labels=team=day,only=now"]);
    }),
    Row::new("labels-patched", &[Patched, Helm3], |site| {
        site.install_with(Helm::V3, &[settings("1")], &["--labels=team=night"]);
        site.upgrade_with(Helm::V3, &[settings("2")], &["--labels=team=day"]);
    }),
    Row::new("chart-with-notes", &[Applied, Helm4], |site| {
        let values = ["--set=host=one.example.com,adminToken=t"];
        site.chart(Helm::V4, "install", ("gateway", "2.3.0"), &values);
        site.chart(Helm::V4, "upgrade", ("gateway", "2.4.0"), &["--set=host=two.example.com,adminToken=u"]);
    }),
    Row::new("chart-with-notes-patched", &[Patched, Helm3], |site| {
        site.chart(Helm::V3, "install", ("gateway", "2.3.0"), &["--set=host=one.example.com,adminToken=t"]);
        site.chart(Helm::V3, "upgrade", ("gateway", "2.4.0"), &["--set=host=two.example.com,adminToken=u"]);
    }),
    Row::new("hooks-of-the-past", &[Applied], |site| {
        // Their last runs are copied with them.
        let hooks = [hook("before", "pre-install,pre-rollback", 0, ""), hook("after", "post-install", 0, "")];
        site.install(Helm::V4, &[&[settings("1")], &hooks[..]].concat());
        site.upgrade(Helm::V4, &[settings("2")]);
    }),
    Row::new("no-such-revision", &[Applied], |site| many(site, Helm::V4, 2)).to("7").fails(),
];

fn many(site: &Site, helm: Helm, count: usize) {
    site.install(helm, &[settings("1")]);
    for version in 2..=count {
        site.upgrade_with(helm, &[settings(&version.to_string())], &["--history-max=0"]);
    }
}
