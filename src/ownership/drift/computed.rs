//! What the dry-run would answer, where it may not be made.

use jiff::Timestamp;
use serde_json::Value;

use super::writer;
use crate::ownership::fate::Outcome;
use crate::ownership::next;
use crate::ownership::own::Pair;
use crate::ownership::place::{WITH_PODS, is_nothing, same};
use crate::ownership::{Path, PathElement};

/// The object after the apply. What the server would only write in another way is as it is: quantities, what is empty, and
/// what it fills into items of lists.
///
/// # Errors
/// Why the server would refuse it.
pub(super) fn after(pair: &Pair<'_>, now: Timestamp) -> Result<Value, String> {
    match next::computed(pair, None, writer(), now) {
        Outcome::Written(mut after) => {
            settle(&mut after, pair.live, &mut Path(Vec::new()), false);
            keep_old_names(&mut after);
            Ok(*after)
        }
        Outcome::Conflicts(..) => Err("the apply conflicts with others".to_owned()),
        Outcome::Failed(why) => Err(why),
    }
}

/// The server keeps the old name of a field of Pods equal to that of today.
/// Source: kubernetes v1.36 `pkg/apis/core/v1/conversion.go` (Convert_core_PodSpec_To_v1_PodSpec).
fn keep_old_names(after: &mut Value) {
    let is_of_pods =
        after.get("apiVersion").and_then(Value::as_str).is_some_and(|version| WITH_PODS.contains(&version));
    for at in ["/spec", "/spec/template/spec", "/spec/jobTemplate/spec/template/spec"] {
        if let Some(pod) = after.pointer_mut(at).and_then(Value::as_object_mut).filter(|_| is_of_pods)
            && let Some(name) = pod.get("serviceAccountName").cloned()
            && pod.contains_key("serviceAccount")
        {
            pod.insert("serviceAccount".to_owned(), name);
        }
    }
}

fn settle(after: &mut Value, live: &Value, path: &mut Path, is_item: bool) {
    match (after, live) {
        (Value::Object(after), Value::Object(live)) => {
            after.retain(|name, value| live.contains_key(name) || !is_nothing(value));
            for (name, live) in live {
                match after.get_mut(name) {
                    Some(after) => {
                        path.0.push(PathElement::field(name));
                        settle(after, live, path, false);
                        path.0.pop();
                    }
                    // Nobody sets a map or list by default.
                    None if is_item && !live.is_object() && !live.is_array() => {
                        after.insert(name.clone(), live.clone());
                    }
                    None => {}
                }
            }
        }
        (Value::Array(after), Value::Array(live)) if after.len() == live.len() => {
            for (after, live) in after.iter_mut().zip(live) {
                if after.get("name") == live.get("name") {
                    settle(after, live, path, true);
                }
            }
        }
        (after, live) => {
            if same(path, after, live) {
                *after = live.clone();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::schema::Schema;

    /// What the apply of a manifest is said to make of a live object.
    #[track_caller]
    fn check(manifest: Value, live: Value, expected: Value) {
        let whole = |spec: Value| json!({"apiVersion": "example.dev/v1", "kind": "Gadget", "spec": spec});
        let (manifest, live) = (whole(manifest), whole(live));
        let schema = Schema::default();
        let pair = Pair { manifest: &manifest, live: &live, typed: schema.deduced() };
        let after = after(&pair, Timestamp::UNIX_EPOCH).map(|after| after["spec"].clone());
        assert_eq!(after, Ok(expected));
    }

    #[test]
    fn what_the_server_would_only_write_in_another_way_is_as_it_is() {
        let limits = |memory: &str| json!({"limits": {"memory": memory}});
        check(limits("1024Mi"), limits("1Gi"), limits("1Gi"));
        check(limits("2Gi"), limits("1Gi"), limits("2Gi"));
        check(json!({"a": {}, "b": null, "c": [], "d": "x"}), json!({"d": "x"}), json!({"d": "x"}));
        check(json!({"a": {}}), json!({"a": {"b": 1}}), json!({"a": {"b": 1}}));
    }

    #[test]
    fn what_the_server_fills_into_items_is_no_difference_and_what_is_set_is_one() {
        let item = |port: i64| json!({"name": "web", "port": port});
        let filled = |port: i64| json!({"name": "web", "port": port, "protocol": "TCP"});
        check(json!({"ports": [item(1)]}), json!({"ports": [filled(1)]}), json!({"ports": [filled(1)]}));
        check(json!({"ports": [item(2)]}), json!({"ports": [filled(1)]}), json!({"ports": [filled(2)]}));
        check(json!({"ports": [item(1)]}), json!({"ports": []}), json!({"ports": [item(1)]}));
        let source = |of: &str| json!({of: {"name": "web"}});
        check(
            json!({"envFrom": [source("configMapRef")]}),
            json!({"envFrom": [source("secretRef")]}),
            json!({"envFrom": [source("configMapRef")]}),
        );
        let other = json!({"name": "other", "protocol": "TCP"});
        check(json!({"ports": [item(1)]}), json!({"ports": [other]}), json!({"ports": [item(1)]}));
    }
}
