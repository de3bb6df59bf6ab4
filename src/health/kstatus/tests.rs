//! What the vectors cannot hold: exact moments, and what is this project's own. The rest is in `tests/core/kstatus.rs`.

use serde_json::json;

use super::readers::{Fetched, Library, with_pods};
use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn unschedulable() -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": { "name": "web-0", "namespace": "shop", "creationTimestamp": "2026-03-01T10:00:00Z", "labels": { "app": "web" } },
        "status": {
            "phase": "Pending",
            "conditions": [{ "type": "PodScheduled", "status": "False", "reason": "Unschedulable" }],
        },
    })
}

#[test]
fn a_pod_is_given_fifteen_seconds_to_be_scheduled() {
    let check = |now: &str, status: Status, reason: &str, recheck: Option<&str>| {
        let (pod, now) = (unschedulable(), at(now));
        let computed = compute(&pod, now).unwrap();
        assert_eq!((computed.status, computed.reason.as_str()), (status, reason), "{now}");
        assert_eq!(recheck_at(&pod, now), recheck.map(at), "{now}");
    };
    let given_up = Some("2026-03-01T10:00:15Z");
    check("2026-03-01T10:00:00Z", Status::InProgress, "PodNotScheduled", given_up);
    check("2026-03-01T10:00:14.999999999Z", Status::InProgress, "PodNotScheduled", given_up);
    check("2026-03-01T10:00:15Z", Status::Failed, "PodUnschedulable", None);
    // A clock that is behind that of the server.
    check("2026-03-01T09:00:00Z", Status::InProgress, "PodNotScheduled", given_up);
}

#[test]
fn nothing_but_an_unscheduled_pod_changes_with_time_alone() {
    let now = at("2026-03-01T10:00:01Z");
    let check = |edit: &dyn Fn(&mut Value)| {
        let mut pod = unschedulable();
        edit(&mut pod);
        assert_eq!(recheck_at(&pod, now), None, "{pod}");
    };
    check(&|pod| pod["status"]["phase"] = json!("Running"));
    check(&|pod| pod["status"]["conditions"][0]["reason"] = json!("SchedulerError"));
    check(&|pod| pod["metadata"]["deletionTimestamp"] = json!("2026-03-01T10:00:00Z"));
    check(&|pod| pod["metadata"]["creationTimestamp"] = json!("yesterday"));
    check(&|pod| pod["status"]["conditions"][0]["type"] = json!(1));
    check(&|pod| pod["kind"] = json!("Deployment"));
    check(&|pod| *pod = json!("Pod"));
}

#[test]
fn only_a_silent_custom_resource_is_assumed_to_be_healthy() {
    let check = |object: Value, expected: bool| assert_eq!(assumed(&object), expected, "{object}");
    let custom = |rest: Value| {
        let mut object =
            json!({ "apiVersion": "stable.example.com/v1", "kind": "CronTab", "metadata": { "generation": 1 } });
        object["status"] = rest;
        object
    };
    check(custom(json!(null)), true);
    check(custom(json!({})), true);
    check(custom(json!({ "replicas": 2, "conditions": [] })), true);
    check(custom(json!({ "observedGeneration": 1 })), false);
    check(custom(json!({ "conditions": [{ "type": "Ready", "status": "True" }] })), false);
    check(custom(json!({ "conditions": [{ "type": "Synced", "status": "True" }] })), false);
    check(custom(json!("fine")), false);
    check(json!({ "apiVersion": "v1", "kind": "ServiceAccount" }), false);
    check(json!({ "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role" }), false);
    check(json!({ "apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway" }), true);
    check(json!({ "apiVersion": "apps/v1", "kind": "Deployment" }), false);
    check(json!([]), false);
}

#[test]
fn what_is_no_object_cannot_be_judged() {
    let fault = Fault("not an object".to_owned());
    assert_eq!(compute(&json!([{ "kind": "Pod" }]), at("2026-03-01T10:00:00Z")), Err(fault));
}

#[test]
fn a_fetch_that_failed_is_unknown_and_one_that_found_nothing_is_not_found() {
    let set = json!({ "apiVersion": "apps/v1", "kind": "StatefulSet", "spec": { "selector": {} } });
    let now = at("2026-03-01T10:00:00Z");
    let check = |fetched: Fetched<'_>, expected: Computed| {
        assert_eq!(with_pods(&set, fetched.clone(), Library::Flux, now), expected, "{fetched:?}");
    };
    check(Fetched::Failed("forbidden".to_owned()), Computed::unknown("forbidden"));
    check(Fetched::NotFound, Computed::not_found());
    check(Fetched::Objects(&[]), compute(&set, now).unwrap());
}

#[test]
fn many_objects_have_one_status() {
    use Status::{Current, Failed, InProgress, NotFound, Terminating, Unknown};
    let check = |statuses: &[Status], desired: Status, expected: Status| {
        assert_eq!(aggregate(statuses.iter().copied(), desired), expected, "{statuses:?} for {desired}");
    };
    check(&[], Current, Current);
    check(&[], NotFound, NotFound);
    check(&[Current, Current], Current, Current);
    check(&[Current, InProgress], Current, InProgress);
    check(&[Current, Unknown, InProgress], Current, Unknown);
    check(&[Unknown, Current, Failed], Current, Failed);
    check(&[NotFound, Terminating], NotFound, InProgress);
    check(&[Failed], Failed, Failed);
    check(&[Unknown], Unknown, Unknown);
}
