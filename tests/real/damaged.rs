//! What is damaged, unknown or hostile is a row that says so, and nothing else suffers.

use serde_json::{Value, json};

use crate::Case;
use crate::client::{json as list, run};
use crate::cluster::{Cluster, User};

pub const CASES: &[Case] = &[Case::shared("damaged_releases_are_rows_that_say_so", damaged)];

fn damaged(cluster: &'static Cluster) {
    cluster.apply("apiVersion: v1\nkind: Namespace\nmetadata: {name: damaged}\n");
    let chart = cluster.charts().package("settings", "1.0.0");
    for name in ["corrupt", "empty", "odd", "whole"] {
        cluster.helm4(&["install", name, chart.to_str().unwrap(), "-n", "damaged"]);
    }
    let path = |name: &str| format!("/api/v1/namespaces/damaged/secrets/sh.helm.release.v1.{name}.v1");
    let patch = |name: &str, body: Value| {
        let object = format!("sh.helm.release.v1.{name}.v1");
        cluster.kubectl(&["patch", "secret", &object, "-n", "damaged", "--type=merge", "-p", &body.to_string()]);
    };
    // "H4sI" begins a gzip stream in base64; the rest is cut off.
    patch("corrupt", json!({"data": {"release": "SDRzSUFBQUFBQUFBL3c9PQ=="}}));
    patch("empty", json!({"data": {"release": null}}));
    patch("odd", json!({"metadata": {"labels": {"status": "confused"}}}));
    // A chart of which name and version hold what a terminal would act on. Helm writes what the chart says.
    let whole = cluster.get(&path("whole"));
    let hostile = hostile_payload(whole["data"]["release"].as_str().unwrap());
    patch("whole", json!({"data": {"release": hostile}}));

    let rows = list(cluster, User::Admin, &["list", "-n", "damaged", "-o", "json"]);
    let row = |name: &str| {
        rows.as_array()
            .unwrap()
            .iter()
            .find(|row| row["name"] == name)
            .unwrap_or_else(|| panic!("no row {name}: {rows:#}"))
            .clone()
    };
    let check = |name: &str, verdict: &str, cause: &str| {
        let row = row(name);
        assert_eq!(row["verdict"], verdict, "{row:#}");
        assert!(row["cause"].as_str().unwrap_or_default().contains(cause), "{row:#}");
    };
    check("corrupt", "unknown", "the payload of the latest revision cannot be read: the gzip stream is damaged");
    check("empty", "unknown", "the object has no field \"release\"");
    check("odd", "unknown", "\"confused\" is no status that Helm knows");
    assert_eq!(row("odd")["status"], "confused");
    assert_eq!(row("whole")["chart"], "evil\u{1b}[2J\u{202e}chart", "JSON escapes, and keeps what is stored");
    let table = run(cluster, User::Admin, &["list", "-n", "damaged"]);
    let table = String::from_utf8(table.stdout).unwrap();
    assert!(table.contains("evil^[[2J<U+202E>chart"), "{table}");
    assert!(!table.contains('\u{1b}') && !table.contains('\u{202e}'), "{table}");
    let output = run(cluster, User::Admin, &["values", "corrupt", "-n", "damaged"]);
    assert_eq!(output.status.code(), Some(7), "{output:?}");
}

fn hostile_payload(field: &str) -> String {
    use wheelhouse::release::codec::{Driver, decode, encode};
    use wheelhouse::release::payload::Payload;
    let mut raw = decode(Driver::Secret, field.as_bytes()).unwrap().into_raw();
    raw["chart"]["metadata"]["name"] = json!("evil\u{1b}[2J\u{202e}chart");
    encode(Driver::Secret, &Payload::new(raw)).unwrap()
}
