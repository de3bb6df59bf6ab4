//! How objects are written: server-side or by patches, the same way as the newest revision or the other.

use serde_json::json;

use super::super::row::{Axis, Row};
use super::super::twin::Site;
use super::{config_map, deployment, service, settings, web, with};
use crate::cluster::Helm;

use Axis::{Applied, ConfigMapDriver, Helm3, Helm4, OtherWay, Patched};

pub const ROWS: &[Row] = &[
    Row::new("applied", &[Applied, Helm4], |site| changed(site, Helm::V4, &[])),
    Row::new("applied-rich", &[Applied, Helm4], |site| rich(site, Helm::V4, &[])),
    Row::new("applied-config-maps", &[Applied, Helm4, ConfigMapDriver], |site| changed(site, Helm::V4, &[]))
        .config_maps(),
    Row::new("applied-unchanged", &[Applied, Helm4], |site| {
        site.install(Helm::V4, &[settings("1"), web("1")]);
        site.upgrade(Helm::V4, &[settings("1"), web("1")]);
    }),
    Row::new("applied-to-itself", &[Applied, Helm4], |site| {
        site.install(Helm::V4, &[settings("1"), web("1")]);
        site.edit("configmap/settings", "s/REGION: eu-west/REGION: eu-north/");
    })
    .flags(&["--force-conflicts"]),
    Row::new("applied-previous", &[Applied, Helm4], |site| {
        changed(site, Helm::V4, &[]);
        site.upgrade(Helm::V4, &[settings("3"), web("3")]);
    })
    .to("2"),
    Row::new("patched", &[Patched, Helm3], |site| changed(site, Helm::V3, &[])),
    Row::new("patched-rich", &[Patched, Helm3], |site| rich(site, Helm::V3, &[])),
    Row::new("patched-by-helm-4", &[Patched, Helm4], |site| changed(site, Helm::V4, &["--server-side=false"])),
    Row::new("patched-rich-by-helm-4", &[Patched, Helm4], |site| rich(site, Helm::V4, &["--server-side=false"])),
    Row::new("patched-config-maps", &[Patched, Helm3, ConfigMapDriver], |site| changed(site, Helm::V3, &[]))
        .config_maps(),
    Row::new("patched-unchanged", &[Patched, Helm3], |site| {
        site.install(Helm::V3, &[settings("1"), web("1")]);
        site.upgrade(Helm::V3, &[settings("1"), web("1")]);
    }),
    // Helm 3 itself as the reference: it knows neither the method nor the revision that was rolled back to.
    Row::new("patched-beside-helm-3", &[Patched, Helm3], |site| changed(site, Helm::V3, &[]))
        .by(Helm::V3)
        .listed(&["newer-than-helm-3"]),
    Row::new("patched-rich-beside-helm-3", &[Patched, Helm3], |site| rich(site, Helm::V3, &[]))
        .by(Helm::V3)
        .listed(&["newer-than-helm-3"]),
    Row::new("config-maps-beside-helm-3", &[Patched, Helm3, ConfigMapDriver], |site| changed(site, Helm::V3, &[]))
        .config_maps()
        .by(Helm::V3)
        .listed(&["newer-than-helm-3"]),
    Row::new("patched-to-applied", &[Applied, Helm4, OtherWay], |site| {
        site.install(Helm::V4, &[settings("1"), web("1")]);
        site.upgrade_with(Helm::V4, &[settings("2"), web("2")], &["--server-side=false"]);
    }),
    Row::new("patched-by-helm-3-to-applied", &[Applied, Helm3, OtherWay], |site| {
        site.install(Helm::V4, &[settings("1"), web("1"), service()]);
        site.upgrade(Helm::V3, &[settings("2"), web("2"), service()]);
    }),
    Row::new("applied-to-patched", &[Patched, Helm3, OtherWay], |site| {
        site.install(Helm::V3, &[settings("1"), web("1")]);
        site.upgrade_with(Helm::V4, &[settings("2"), web("2")], &["--server-side=true"]);
    }),
    Row::new("applied-to-patched-by-helm-4", &[Patched, Helm4, OtherWay], |site| {
        site.install_with(Helm::V4, &[settings("1"), service()], &["--server-side=false"]);
        site.upgrade_with(Helm::V4, &[settings("2"), service()], &["--server-side=true"]);
    }),
    Row::new("owner-overwritten", &[Applied, Helm4], |site| {
        // Whose it is stands in no manifest but is put on what is written, whatever stands there.
        let foreign = json!({"name": "foreign", "labels": {"app.kubernetes.io/managed-by": "somebody"}});
        let foreign = with(config_map("foreign", json!({})), "/metadata", foreign);
        site.install(Helm::V4, &[settings("1"), foreign]);
        site.upgrade(Helm::V4, &[settings("2")]);
    }),
    Row::new("owner-overwritten-by-patch", &[Patched, Helm3], |site| {
        let foreign = json!({"name": "foreign", "labels": {"app.kubernetes.io/managed-by": "somebody"}});
        let foreign = with(config_map("foreign", json!({"A": "1"})), "/metadata", foreign);
        site.install(Helm::V3, &[settings("1"), foreign]);
        site.upgrade(Helm::V3, &[settings("2")]);
    }),
];

fn changed(site: &Site, helm: Helm, flags: &[&str]) {
    site.install_with(helm, &[settings("1"), web("1")], flags);
    site.upgrade_with(helm, &[settings("2"), web("2")], flags);
}

/// Lists by keys, lists by values, a map with more and with fewer, a number, ports.
fn rich(site: &Site, helm: Helm, flags: &[&str]) {
    let mut old = deployment();
    let container = &mut old["spec"]["template"]["spec"]["containers"][0];
    container["env"] = json!([{"name": "A", "value": "1"}, {"name": "B", "value": "1"}]);
    container["args"] = json!(["--one", "--two"]);
    old["metadata"]["annotations"] = json!({"example.com/since": "1", "example.com/first": "yes"});
    let mut new = deployment();
    let container = &mut new["spec"]["template"]["spec"]["containers"][0];
    container["env"] = json!([{"name": "B", "value": "2"}, {"name": "C", "value": "2"}]);
    container["args"] = json!(["--two", "--three"]);
    container["ports"] = json!([{"name": "http", "containerPort": 8080}]);
    new["metadata"]["annotations"] = json!({"example.com/since": "2", "example.com/second": "yes"});
    new["spec"]["replicas"] = json!(3);
    new["spec"]["minReadySeconds"] = json!(2);
    let mut wide = service();
    wide["spec"]["ports"] = json!([{"name": "http", "port": 80}, {"name": "admin", "port": 9901}]);
    let mut rest = settings("1");
    rest["data"]["ONLY"] = json!("before");
    site.install_with(helm, &[rest, old, wide], flags);
    site.upgrade_with(helm, &[settings("2"), new, service()], flags);
}
