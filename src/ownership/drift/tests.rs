//! What is said of an object before and beside the comparison, which `tests/core/drift.rs` holds to Flux.

use crate::ownership::parent::Kustomizations;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::*;
use crate::schema::{Atom, Map, Scalar, Slot};

fn config(data: &Value, metadata: &Value) -> Value {
    let mut object = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "web", "namespace": "shop"}});
    object["data"] = data.clone();
    for (name, value) in metadata.as_object().unwrap() {
        object["metadata"][name] = value.clone();
    }
    object
}

/// State, and whether Flux calls the release drifted: of one object, by these rules, where the try came to this.
#[track_caller]
fn check(item: Item, ignore: &Value, tried: Option<Tried>, expected: (&str, bool)) {
    let (schema, settings, kustomizations) = (Schema::default(), Vec::new(), Kustomizations::new());
    let writing = Writing {
        method: Method::ServerSide,
        expected: "helm",
        is_forced: false,
        corrects_drift: false,
        helm: Helm::Four,
        failed: None,
        settings: &settings,
        kustomizations: &kustomizations,
        now: Timestamp::UNIX_EPOCH,
        masker: crate::release::mask::Masker::default(),
    };
    let comparison = Comparison::of(vec![item], ignore, &schema, &writing);
    let tried: Vec<_> = comparison.writes().into_iter().zip(tried).collect();
    let drift = comparison.told(&tried, "nobody asked");
    let state = match &drift.objects[0].state {
        State::Removed => "removed".to_owned(),
        State::Excluded(why) => format!("excluded: {why}"),
        State::Unchanged => "unchanged".to_owned(),
        State::Changed(changes) => format!("changed: {}", changes.len()),
        State::Unknown(why) => format!("unknown: {why}"),
    };
    assert_eq!((state.as_str(), drift.has_drifted()), expected);
}

#[test]
fn an_object_is_compared_as_far_as_it_is_known() {
    let manifest = config(&json!({"a": "1"}), &json!({}));
    let of = |live: Live| Item { manifest: manifest.clone(), live };
    let stored = json!({"resourceVersion": "7"});
    let there = || of(Live::There(config(&json!({"a": "2"}), &stored)));
    let written = |metadata: &Value| Some(Ok(Outcome::Written(Box::new(config(&json!({"a": "1"}), metadata)))));
    check(there(), &Value::Null, written(&stored), ("changed: 1", true));
    check(there(), &Value::Null, None, ("changed: 1", true));
    check(there(), &Value::Null, Some(Err("forbidden".to_owned())), ("changed: 1", true));
    check(there(), &Value::Null, Some(Ok(Outcome::Failed("immutable".to_owned()))), ("unknown: immutable", false));
    check(of(Live::Missing), &Value::Null, None, ("removed", true));
    check(of(Live::Missing), &Value::Null, written(&json!({})), ("removed", true));
    let unseen = || of(Live::Unseen("forbidden".to_owned()));
    check(unseen(), &Value::Null, None, ("unknown: forbidden", false));
    check(unseen(), &Value::Null, written(&json!({})), ("removed", true));
    check(unseen(), &Value::Null, written(&stored), ("unknown: forbidden", false));
}

#[test]
fn what_is_excluded_says_by_whom() {
    let disabled = |value: &str| json!({"annotations": {DISABLING: value}});
    let data = json!({"a": "1"});
    let item = |manifest: &Value, live: &Value| {
        let mut stored = live.clone();
        stored["resourceVersion"] = json!("7");
        Item { manifest: config(&data, manifest), live: Live::There(config(&json!({}), &stored)) }
    };
    let none = json!({});
    check(item(&disabled("Disabled"), &none), &Value::Null, None, ("excluded: its manifest says so", false));
    check(item(&none, &disabled("disabled")), &Value::Null, None, ("excluded: the live object says so", false));
    let all = json!([{"paths": [""]}]);
    check(item(&none, &none), &all, None, ("excluded: a rule ignores all of it", false));
    check(item(&none, &disabled("enabled")), &Value::Null, None, ("changed: 1", true));
    let bad = json!([{"paths": ["/a"], "target": {"name": "("}}]);
    check(item(&none, &none), &bad, None, ("changed: 1", false));
}

#[test]
fn what_is_no_object_is_not_compared() {
    let of = |api_version: &str, kind: &str, name: &str| {
        is_object(&json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": name}}))
    };
    assert!(of("v1", "ConfigMap", "a"));
    assert!(of("kustomize.toolkit.fluxcd.io/v1", "Kustomization", "a"));
    assert!(!of("kustomize.config.k8s.io/v1beta1", "Kustomization", "a"));
    assert!(!of("v1", "ConfigMap", ""));
}

#[test]
fn fields_that_a_kind_of_kubernetes_lacks_are_left_out() {
    let mut schema = Schema::default();
    let scalar = schema.reserve();
    let of = schema.reserve();
    let plain = |name: &str| (name.to_owned(), Slot::plain(scalar));
    let fields = ["apiVersion", "kind", "known"].map(plain).into_iter().collect();
    schema.set(scalar, Atom { scalar: Some(Scalar::String), ..Atom::default() });
    schema.set(of, Atom { map: Some(Map { fields, element: None, atomic: false }), ..Atom::default() });
    let mut check = |api_version: &str, kind: &str, expected: &[&str]| {
        let object = json!({"apiVersion": api_version, "kind": kind, "known": "1", "unknown": "2"});
        schema.set_kind(gvk(&object), Slot::plain(of));
        let normal = normal::normal(object, &schema);
        assert_eq!(normal.as_object().unwrap().keys().collect::<Vec<_>>(), expected, "{api_version}");
    };
    let (all, known) = (&["apiVersion", "kind", "known", "unknown"], &["apiVersion", "kind", "known"]);
    check("apps/v1", "Deployment", known);
    check("networking.k8s.io/v1", "Ingress", known);
    check("rbac.authorization.k8s.io/v1", "Role", all);
    check("apiextensions.k8s.io/v1", "CustomResourceDefinition", all);
    check("example.com/v1", "Gadget", all);
}
