//! What a step would send, in lines, with its secrets hidden.

use serde_json::{Map, Value};

use crate::plan::{Await, Body, Check, Request, Step, Task};
use crate::release::mask::{MASK, Masker, Rules};

/// The request in full, what it presumes, and its body.
#[must_use]
pub fn lines(step: &Step, rules: &Rules) -> Vec<String> {
    match &step.task {
        Task::Send(request) => sent(request, rules),
        Task::Check(Check::NewestRevision { name, revision, .. }) => {
            vec![format!("the newest stored revision of {name} is still {revision}, and as it was read")]
        }
        Task::Check(Check::Unchanged { object, generation, .. }) => {
            vec![format!("{} {} is still the same one, at generation {generation}", object.kind, object.name)]
        }
        Task::Await(Await::Handled { token, before, .. }) => {
            let before = if before.is_empty() { "none" } else { before };
            vec![format!("status.lastHandledReconcileAt becomes {token}; now it is {before}")]
        }
        Task::Await(Await::Reconciled { .. }) => {
            vec!["status.observedGeneration is that of the object, and it is not reconciling".to_owned()]
        }
        Task::Await(Await::Gone { object, .. }) => {
            vec![format!("{} {} is not there any more", object.kind, object.name)]
        }
        Task::Await(Await::HookDone { object, .. }) => {
            vec![format!("{} {} is complete, or failed", object.kind, object.name)]
        }
        Task::Await(Await::Settled { objects, .. }) => {
            let named = |(_, _, object): &(String, String, crate::release::ObjectId)| {
                format!("{} {} is as it shall be, by kstatus", object.kind, object.name)
            };
            objects.iter().map(named).collect()
        }
    }
}

fn sent(request: &Request, rules: &Rules) -> Vec<String> {
    let mut lines = vec![format!("{} {}", request.line(), request.path())];
    let uid = request.uid.as_ref().map(|uid| format!("uid {uid}"));
    let version = request.resource_version.as_ref().map(|version| format!("resourceVersion {version}"));
    let presumed: Vec<String> = uid.into_iter().chain(version).collect();
    if !presumed.is_empty() {
        lines.push(format!("only while it has {}", presumed.join(" and ")));
    }
    match &request.body {
        Body::Empty => {}
        Body::Json(value) => {
            let masked = masked(value, &request.object.kind, rules);
            let text = serde_yaml::to_string(&masked).unwrap_or_else(|_| masked.to_string());
            lines.extend(text.lines().map(str::to_owned));
        }
        Body::Stored(stored) => {
            let status = stored.status.as_ref().map(|status| format!("status: {status}"));
            let description = stored.description.as_ref().map(|description| format!("description: {description}"));
            lines.push(format!("revision {}, as it is encoded when it is sent:", stored.revision));
            lines.extend(status.into_iter().chain(description));
        }
        Body::Migration { managers, to } => {
            lines.push(format!("managedFields: what {} wrote becomes applied by {to}", managers.join(" and ")));
        }
    }
    lines
}

/// The same with its secrets hidden: of a patch for a Secret all that it writes, because nothing in it says its kind.
fn masked(value: &Value, kind: &str, rules: &Rules) -> Value {
    let masker = Masker::new(rules.clone());
    match value {
        Value::Object(map) if kind == "Secret" && !map.contains_key("kind") => {
            let mut whole: Map<String, Value> = map.clone();
            whole.insert("kind".to_owned(), "Secret".into());
            let mut hidden = masker.values(&Value::Object(whole));
            if let Value::Object(hidden) = &mut hidden {
                hidden.remove("kind");
            }
            hidden
        }
        Value::Array(operations) if kind == "Secret" => operations.iter().map(hide_operation).collect(),
        other => masker.values(other),
    }
}

/// An operation of a JSON patch: of its value nothing is shown.
fn hide_operation(operation: &Value) -> Value {
    let mut hidden = operation.clone();
    if let Some(value) = hidden.get_mut("value") {
        *value = Value::String(MASK.to_owned());
    }
    hidden
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::plan::{OnError, Phase, StepId, Verb, When};
    use crate::release::ObjectId;

    fn check(verb: Verb, kind: &str, body: Value, expected: &[&str]) {
        let request = Request {
            verb,
            api_version: "v1".to_owned(),
            resource: "things".to_owned(),
            object: ObjectId::new("", kind, "shop", "web"),
            manager: "wheelhouse".to_owned(),
            uid: Some("u1".to_owned()),
            resource_version: Some("7".to_owned()),
            body: Body::Json(body),
        };
        let step = Step {
            id: StepId(1),
            phase: Phase::Store,
            says: String::new(),
            task: Task::Send(request),
            on_error: OnError::End,
            when: When::Always,
        };
        let lines = lines(&step, &Rules::default());
        let (head, body) = lines.split_at(2);
        assert_eq!(head[1], "only while it has uid u1 and resourceVersion 7");
        assert_eq!(body, expected);
    }

    #[test]
    fn no_secret_is_shown_of_a_body() {
        let secret = json!({"apiVersion": "v1", "kind": "Secret", "data": {"a": "aHVudGVyMg=="}});
        check(
            Verb::Apply { force: false },
            "Secret",
            secret,
            &["apiVersion: v1", "kind: Secret", "data:", "  a: '*** (7 bytes)'"],
        );
        check(Verb::MergePatch, "Secret", json!({"data": {"a": "aHVudGVyMg=="}}), &["data:", "  a: '*** (7 bytes)'"]);
        let operations = json!([{"op": "replace", "path": "/data/a", "value": "aHVudGVyMg=="}]);
        check(Verb::JsonPatch, "Secret", operations, &["- op: replace", "  path: /data/a", "  value: '***'"]);
        let annotations = json!({"metadata": {"annotations": {"reconcile.fluxcd.io/requestedAt": "now"}}});
        let shown = ["metadata:", "  annotations:", "    reconcile.fluxcd.io/requestedAt: now"];
        check(Verb::MergePatch, "HelmRelease", annotations, &shown);
        check(Verb::MergePatch, "ConfigMap", json!({"data": {"password": "hunter2"}}), &["data:", "  password: '***'"]);
    }
}
