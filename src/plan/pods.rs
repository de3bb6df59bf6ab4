//! Whose Pods an action replaces: whoever confirms it at night wants to know that before.
//!
//! Source: kubernetes v1.36 `pkg/controller/deployment/util/deployment_util.go` (EqualIgnoreHash: any change of the template),
//! `pkg/controller/statefulset/stateful_set_control.go`, `pkg/controller/daemon/update.go` (OnDelete replaces nothing by itself).

use serde_json::Value;

use crate::release::ObjectId;

/// Where the template of Pods stands in the kinds that replace them.
const TEMPLATE: &str = ".spec.template";

/// A sentence for each workload of which the template of Pods changes. `changes` are fields that change, `live` says how an object is
/// now, where that is known.
pub(super) fn replaced<'a>(
    changes: impl IntoIterator<Item = (&'a ObjectId, &'a str)>,
    live: impl Fn(&ObjectId) -> Option<&'a Value>,
) -> Vec<String> {
    let mut workloads: Vec<&ObjectId> = Vec::new();
    for (object, path) in changes {
        let is_within = path.strip_prefix(TEMPLATE).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']));
        if is_within && object.group == "apps" && !workloads.contains(&object) {
            workloads.push(object);
        }
    }
    workloads.into_iter().filter_map(|object| sentence(object, live(object))).collect()
}

fn sentence(object: &ObjectId, live: Option<&Value>) -> Option<String> {
    let at = |pointer: &str| live.and_then(|live| live.pointer(pointer));
    let text = |pointer: &str| at(pointer).and_then(Value::as_str).unwrap_or_default();
    let (count, strategy) = match object.kind.as_str() {
        "Deployment" => (at("/spec/replicas"), text("/spec/strategy/type")),
        "StatefulSet" => (at("/spec/replicas"), text("/spec/updateStrategy/type")),
        "DaemonSet" => (at("/status/desiredNumberScheduled"), text("/spec/updateStrategy/type")),
        _ => return None,
    };
    let count = count.and_then(Value::as_u64);
    if count == Some(0) {
        return None;
    }
    let number = count.map(|count| format!(" ({count})")).unwrap_or_default();
    let name = format!("{} {}", object.kind, object.name);
    let how = if at("/spec/paused").and_then(Value::as_bool).unwrap_or(false) {
        format!("the Pods of {name}{number} stay as they are until it is not paused any more")
    } else {
        match strategy {
            "OnDelete" => format!("the Pods of {name}{number} stay as they are until somebody deletes them"),
            "Recreate" => format!("replaces the Pods of {name}{number}, all at once"),
            _ => format!("replaces the Pods of {name}{number}"),
        }
    };
    Some(format!("{how}: their template changes"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(kind: &str, path: &str, live: Option<Value>, expected: &[&str]) {
        let object = ObjectId::new("apps", kind, "shop", "web");
        let live = live.as_ref();
        assert_eq!(replaced([(&object, path), (&object, path)], |_| live), expected, "{kind} {path}");
    }

    #[test]
    fn a_changed_template_replaces_pods() {
        let image = ".spec.template.spec.containers[name=\"web\"].image";
        let three = || Some(json!({"spec": {"replicas": 3}}));
        check("Deployment", image, three(), &["replaces the Pods of Deployment web (3): their template changes"]);
        check("Deployment", image, None, &["replaces the Pods of Deployment web: their template changes"]);
        check(
            "Deployment",
            ".spec.template",
            three(),
            &["replaces the Pods of Deployment web (3): their template changes"],
        );
        check("Deployment", ".spec.templates", three(), &[]);
        check("Deployment", ".spec.replicas", three(), &[]);
        check("Deployment", image, Some(json!({"spec": {"replicas": 0}})), &[]);
        let recreate = json!({"spec": {"replicas": 2, "strategy": {"type": "Recreate"}}});
        let said = "replaces the Pods of Deployment web (2), all at once: their template changes";
        check("Deployment", image, Some(recreate), &[said]);
        let paused = json!({"spec": {"replicas": 2, "paused": true}});
        let said =
            "the Pods of Deployment web (2) stay as they are until it is not paused any more: their template changes";
        check("Deployment", image, Some(paused), &[said]);
        let on_delete =
            json!({"spec": {"updateStrategy": {"type": "OnDelete"}}, "status": {"desiredNumberScheduled": 4}});
        let said = "the Pods of DaemonSet web (4) stay as they are until somebody deletes them: their template changes";
        check("DaemonSet", image, Some(on_delete), &[said]);
        check("StatefulSet", image, three(), &["replaces the Pods of StatefulSet web (3): their template changes"]);
        check("CronJob", ".spec.jobTemplate.spec.template.spec", None, &[]);
        check("Job", image, None, &[]);
    }
}
