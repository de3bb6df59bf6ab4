//! Custom resources, and kinds that are no longer served.

use serde_json::{Value, json};

use super::super::row::{Axis, Row};
use super::super::twin::Site;
use super::{settings, shelf, with};
use crate::cluster::Helm;

use Axis::{
    AddedSince, Applied, Conflict, CustomResource, Edited, Forced, Helm3, Helm4, KindGone, Missing, OtherWay, Patched,
};

pub const ROWS: &[Row] = &[
    Row::new("custom", &[CustomResource, Applied, Helm4], |site| gates(site, Helm::V4)),
    Row::new("custom-patched", &[CustomResource, Patched, Helm3], |site| gates(site, Helm::V3)),
    Row::new("custom-edited", &[CustomResource, Conflict, Applied], |site| {
        gates(site, Helm::V4);
        edited(site);
    })
    .refused(".spec.mode"),
    Row::new("custom-edited-forced", &[CustomResource, Edited, Forced, Applied], |site| {
        gates(site, Helm::V4);
        edited(site);
    })
    .flags(&["--force-conflicts"]),
    // What is there now is not looked at: a hotfix survives where both revisions are alike.
    Row::new("custom-edited-patched", &[CustomResource, Edited, Patched, Helm3], |site| {
        gates(site, Helm::V3);
        edited(site);
    }),
    Row::new("custom-missing", &[CustomResource, Missing, Applied], |site| {
        gates(site, Helm::V4);
        site.kubectl(&["delete", "gate", "gate"]);
    }),
    Row::new("custom-missing-patched", &[CustomResource, Missing, Patched, Helm3], |site| {
        gates(site, Helm::V3);
        site.kubectl(&["delete", "gate", "gate"]);
    }),
    Row::new("custom-other-way", &[CustomResource, OtherWay, Applied], |site| {
        crate::owned::define(site.cluster);
        site.install(Helm::V4, &[gate("open", 1)]);
        site.upgrade_with(Helm::V4, &[gate("shut", 2)], &["--server-side=false"]);
    }),
    Row::new("custom-without-a-schema", &[CustomResource, Patched, Helm3], |site| {
        let blob = |panels: Value| {
            let spec = json!({"title": "t", "panels": panels, "deep": {"a": 1}});
            json!({"apiVersion": "owned.example.com/v1", "kind": "Blob", "metadata": {"name": "blob"}, "spec": spec})
        };
        crate::owned::define(site.cluster);
        site.install(Helm::V3, &[blob(json!([{"id": 1}, {"id": 2}]))]);
        site.upgrade(Helm::V3, &[blob(json!([{"id": 3}]))]);
    }),
    Row::new("custom-added-since", &[CustomResource, AddedSince, Applied], |site| {
        crate::owned::define(site.cluster);
        site.install(Helm::V4, &[settings("1")]);
        site.upgrade(Helm::V4, &[settings("2"), gate("open", 1)]);
    }),
    Row::new("other-version", &[CustomResource, Applied], |site| {
        site.define_shelves(&[("v2", true), ("v1", true)]);
        site.install(Helm::V4, &[settings("1"), shelf(&site.namespace, "v1")]);
        site.upgrade(Helm::V4, &[settings("2"), shelf(&site.namespace, "v2")]);
    }),
    Row::new("other-version-patched", &[CustomResource, Patched, Helm3], |site| {
        site.define_shelves(&[("v2", true), ("v1", true)]);
        site.install(Helm::V3, &[settings("1"), shelf(&site.namespace, "v1")]);
        let changed = with(shelf(&site.namespace, "v2"), "/spec/boards", json!(7));
        site.upgrade(Helm::V3, &[settings("2"), changed]);
    }),
    Row::new("kind-gone-from-the-target", &[KindGone, Applied, Helm4], |site| {
        site.define_shelves(&[("v1", true)]);
        site.install(Helm::V4, &[settings("1"), shelf(&site.namespace, "v1")]);
        site.upgrade(Helm::V4, &[settings("2")]);
        site.forget_shelves();
    })
    .refused("Shelf")
    .listed(&["kinds-before"]),
    Row::new("kind-gone-from-the-newest", &[KindGone, Patched, Helm3], |site| {
        site.define_shelves(&[("v1", true)]);
        site.install(Helm::V3, &[settings("1")]);
        site.upgrade(Helm::V3, &[settings("2"), shelf(&site.namespace, "v1")]);
        site.forget_shelves();
    })
    .refused("Shelf")
    .listed(&["kinds-before"]),
    Row::new("version-gone", &[KindGone, Applied], |site| {
        site.define_shelves(&[("v2", true), ("v1", true)]);
        site.install(Helm::V4, &[settings("1"), shelf(&site.namespace, "v1")]);
        site.upgrade(Helm::V4, &[settings("2"), shelf(&site.namespace, "v2")]);
        site.define_shelves(&[("v2", true), ("v1", false)]);
    })
    .refused("Shelf")
    .listed(&["kinds-before"]),
];

fn gate(mode: &str, replicas: u32) -> Value {
    json!({
        "apiVersion": "owned.example.com/v1", "kind": "Gate", "metadata": {"name": "gate"},
        "spec": {
            "replicas": replicas, "mode": mode, "tags": ["p", mode], "steps": ["one", mode],
            "routes": [{"host": "a", "to": mode, "weight": 1}, {"host": "b", "port": 80, "to": "y"}],
        },
    })
}

fn gates(site: &Site, helm: Helm) {
    crate::owned::define(site.cluster);
    site.install(helm, &[settings("1"), gate("open", 1)]);
    site.upgrade(helm, &[settings("2"), gate("shut", 1)]);
}

fn edited(site: &Site) {
    let patch = r#"{"spec":{"mode":"ajar","replicas":3,"tags":["p","q"]}}"#;
    site.kubectl(&["patch", "gate", "gate", "--type=merge", "--field-manager=hand", "-p", patch]);
}
