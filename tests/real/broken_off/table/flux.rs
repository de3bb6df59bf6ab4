//! What is asked of Flux, with a source of its own in each namespace.

use std::time::Duration;

use serde_json::{Value, json};

use super::super::place::{NAME, Place};
use super::super::row::Row;
use crate::cluster::{User, is_ready};

const LIMIT: Duration = Duration::from_secs(120);
const REQUESTED: &str = "reconcile.fluxcd.io/requestedAt";
const RESET_AT: &str = "reconcile.fluxcd.io/resetAt";
const SUSPENDED: &str = "wheelhouse.dev/suspended";

pub static SUSPEND: Row = Row {
    name: "suspend",
    make,
    prepare: |place| patch(place, &json!({"metadata": {"annotations": {SUSPENDED: null}}, "spec": {"suspend": null}})),
    verb: "suspend",
    flags: &["--reason", "moving"],
    state: suspended,
    lanes: 1,
};

pub static RESUME: Row = Row {
    name: "resume",
    make,
    prepare: |place| {
        let kept = json!({"reason": "moving", "by": "somebody", "at": "2026-01-01T00:00:00Z"}).to_string();
        patch(place, &json!({"metadata": {"annotations": {SUSPENDED: kept}}, "spec": {"suspend": true}}));
    },
    verb: "resume",
    flags: &[],
    state: suspended,
    lanes: 1,
};

pub static RESET: Row = Row {
    name: "reset",
    make,
    prepare: |place| forget(place, "helmrelease", NAME, &place.namespace),
    verb: "reset",
    flags: &[],
    state: |place| {
        let object = helm_release(place);
        let [asked, handled] = answered(&object);
        let token = &object["metadata"]["annotations"][RESET_AT];
        let is_reset = token.is_string() && *token == object["status"]["lastHandledResetAt"];
        json!({"asked": asked, "handled": handled, "reset": is_reset})
    },
    lanes: 1,
};

/// The repository, the chart and the release are asked one after the other.
pub static RECONCILE: Row = Row {
    name: "reconcile",
    make,
    prepare: |place| {
        let chart = format!("{}-{NAME}", place.namespace);
        let all = [("helmrelease", NAME), ("helmchart", &chart), ("helmrepository", "charts")];
        for (kind, name) in all {
            forget(place, kind, name, &place.namespace);
        }
    },
    verb: "reconcile",
    flags: &["--with-source"],
    state: |place| {
        let sources = "apis/source.toolkit.fluxcd.io/v1";
        let chart = place.find(sources, &format!("helmcharts/{}-{NAME}", place.namespace)).unwrap();
        let repository = place.find(sources, "helmrepositories/charts").unwrap();
        json!([answered(&repository), answered(&chart), answered(&helm_release(place))])
    },
    lanes: 3,
};

fn make(place: &Place) {
    let namespace = &place.namespace;
    let metadata = |name: &str| json!({"name": name, "namespace": namespace});
    let source = json!({"apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "HelmRepository", "metadata": metadata("charts"),
        "spec": {"url": place.cluster.charts().url(), "interval": "1h"}});
    let chart =
        json!({"chart": "settings", "version": "1.0.0", "sourceRef": {"kind": "HelmRepository", "name": "charts"}});
    let release = json!({"apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease", "metadata": metadata(NAME),
        "spec": {"interval": "1h", "chart": {"spec": chart}}});
    for object in [source, release] {
        place.cluster.apply(&object.to_string());
    }
    place.cluster.wait(&format!("the install in {namespace}"), LIMIT, || is_ready(&helm_release(place)));
}

fn helm_release(place: &Place) -> Value {
    place.find("apis/helm.toolkit.fluxcd.io/v2", &format!("helmreleases/{NAME}")).unwrap()
}

fn suspended(place: &Place) -> Value {
    let object = helm_release(place);
    let kept = object["metadata"]["annotations"][SUSPENDED].as_str().unwrap_or("null");
    let reason = serde_json::from_str::<Value>(kept).unwrap()["reason"].clone();
    json!({"suspended": object["spec"]["suspend"] == true, "reason": reason})
}

/// Whether it was asked to look, and has looked.
fn answered(object: &Value) -> [bool; 2] {
    let token = &object["metadata"]["annotations"][REQUESTED];
    [token.is_string(), token.is_string() && *token == object["status"]["lastHandledReconcileAt"]]
}

fn patch(place: &Place, body: &Value) {
    place.kubectl(&["patch", "helmrelease", NAME, "--type=merge", "-p", &body.to_string()]);
}

/// Takes what was asked before away.
fn forget(place: &Place, kind: &str, name: &str, namespace: &str) {
    let tokens = [format!("{REQUESTED}-"), format!("{RESET_AT}-")];
    let words = ["annotate", kind, name, &tokens[0], &tokens[1], "--namespace", namespace];
    place.cluster.kubectl_as(User::Admin, &words).expect_success();
}
