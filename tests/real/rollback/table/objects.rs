//! Objects that are missing, that came or went with the newest revision, and that have to be kept.

use serde_json::json;

use super::super::row::{Axis, Row};
use super::super::twin::Site;
use super::{annotated, config_map, job, service, settings, web};
use crate::cluster::Helm;

use Axis::{AddedSince, Applied, Helm3, Helm4, Kept, Missing, Patched, RemovedSince};

const POLICY: &str = "helm.sh/resource-policy";

pub const ROWS: &[Row] = &[
    Row::new("missing", &[Missing, Applied, Helm4], |site| {
        changed(site, Helm::V4);
        site.kubectl(&["delete", "configmap/settings", "deployment/web"]);
    }),
    Row::new("missing-patched", &[Missing, Patched, Helm3], |site| {
        changed(site, Helm::V3);
        site.kubectl(&["delete", "configmap/settings", "deployment/web"]);
    }),
    Row::new("missing-and-removed", &[Missing, AddedSince, Applied], |site| {
        site.install(Helm::V4, &[settings("1")]);
        site.upgrade(Helm::V4, &[settings("2"), config_map("more", json!({"A": "1"}))]);
        site.kubectl(&["delete", "configmap/more"]);
    }),
    Row::new("added-since", &[AddedSince, Applied, Helm4], |site| added(site, Helm::V4, "")),
    Row::new("added-since-patched", &[AddedSince, Patched, Helm3], |site| added(site, Helm::V3, "")),
    Row::new("added-since-with-job", &[AddedSince, Applied], |site| {
        site.install(Helm::V4, &[settings("1")]);
        site.upgrade(Helm::V4, &[settings("1"), job()]);
    }),
    Row::new("removed-since", &[RemovedSince, Applied, Helm4], |site| removed(site, Helm::V4)),
    Row::new("removed-since-patched", &[RemovedSince, Patched, Helm3], |site| removed(site, Helm::V3)),
    // Somebody made it again: what is there is taken for what was.
    Row::new("removed-since-and-made-again", &[RemovedSince, Applied], |site| {
        removed(site, Helm::V4);
        site.kubectl(&["create", "configmap", "more", "--from-literal=A=1", "--from-literal=B=2"]);
    }),
    Row::new("removed-since-and-made-again-patched", &[RemovedSince, Patched, Helm3], |site| {
        removed(site, Helm::V3);
        site.kubectl(&["create", "configmap", "more", "--from-literal=A=other", "--from-literal=B=2"]);
    }),
    Row::new("removed-since-and-kept", &[RemovedSince, Kept, Applied], |site| {
        let kept = annotated(config_map("more", json!({"A": "1"})), POLICY, "keep");
        site.install(Helm::V4, &[settings("1"), kept]);
        site.upgrade(Helm::V4, &[settings("2")]);
    }),
    Row::new("swapped", &[AddedSince, RemovedSince, Applied], |site| swapped(site, Helm::V4)),
    Row::new("swapped-patched", &[AddedSince, RemovedSince, Patched, Helm3], |site| swapped(site, Helm::V3)),
    Row::new("kept", &[Kept, AddedSince, Applied, Helm4], |site| added(site, Helm::V4, "keep")),
    Row::new("kept-patched", &[Kept, AddedSince, Patched, Helm3], |site| added(site, Helm::V3, "keep")),
    Row::new("kept-in-other-words", &[Kept, AddedSince, Applied], |site| added(site, Helm::V4, "Keep")),
    // What counts is what stands on the object now.
    Row::new("kept-by-hand", &[Kept, AddedSince, Applied], |site| {
        added(site, Helm::V4, "");
        site.kubectl(&["annotate", "configmap", "more", "helm.sh/resource-policy=keep"]);
    }),
    Row::new("no-more-kept", &[Kept, AddedSince, Applied], |site| {
        added(site, Helm::V4, "keep");
        site.kubectl(&["annotate", "configmap", "more", "helm.sh/resource-policy-"]);
    }),
    Row::new("held-by-a-finalizer", &[AddedSince, Applied], |site| {
        added(site, Helm::V4, "");
        let hold = r#"{"metadata":{"finalizers":["example.com/hold"]}}"#;
        site.kubectl(&["patch", "configmap", "more", "--type=merge", "-p", hold]);
    }),
];

fn changed(site: &Site, helm: Helm) {
    site.install(helm, &[settings("1"), web("1")]);
    site.upgrade(helm, &[settings("2"), web("2")]);
}

fn added(site: &Site, helm: Helm, policy: &str) {
    let more = config_map("more", json!({"A": "1"}));
    let more = if policy.is_empty() { more } else { annotated(more, POLICY, policy) };
    site.install(helm, &[settings("1")]);
    site.upgrade(helm, &[settings("2"), more, service(), web("2")]);
}

fn removed(site: &Site, helm: Helm) {
    site.install(helm, &[settings("1"), config_map("more", json!({"A": "1"})), web("1")]);
    site.upgrade(helm, &[settings("2")]);
}

/// Other objects in each, of kinds that are written in another order than they stand.
fn swapped(site: &Site, helm: Helm) {
    site.install(helm, &[web("1"), config_map("one", json!({"A": "1"})), settings("1")]);
    site.upgrade(helm, &[service(), config_map("two", json!({"A": "1"})), settings("2")]);
}
