//! Whether an object has all that was sent for it, in the form in which a server stores it.

use serde_json::{Map, Value};

use crate::ownership::{Path, PathElement, same, texts_as_data};
use crate::release::ObjectId;

/// What was sent as the server stores it: the texts of Secrets are data there.
pub(super) fn as_stored(sent: &Value) -> Value {
    let mut stored = sent.clone();
    texts_as_data(&mut stored);
    stored
}

/// Whether the object has all that was sent. Items of lists are looked for in any place, because a server orders and completes
/// them; what a strategic merge patch deletes has to be gone. Of the API server's own kinds quantities count by their amount
/// (`1000m` is stored as `1`), and what is zero may be left out.
pub(super) fn holds(id: &ObjectId, object: &Value, sent: &Value) -> bool {
    Held { is_typed: is_typed(id) }.all(object, sent, &mut Path::default())
}

/// Whether the server reads the object into a type of its own and writes it from there. What ConfigMaps and Secrets hold are texts,
/// which stay as they are; so does what custom resources hold.
fn is_typed(id: &ObjectId) -> bool {
    let is_own = !id.group.contains('.') || id.group.ends_with(".k8s.io");
    is_own && !(id.group.is_empty() && matches!(id.kind.as_str(), "ConfigMap" | "Secret"))
}

struct Held {
    is_typed: bool,
}

impl Held {
    fn all(&self, object: &Value, sent: &Value, path: &mut Path) -> bool {
        match (object, sent) {
            (Value::Object(object), Value::Object(sent)) => sent.iter().all(|(name, wanted)| {
                if name.starts_with('$') {
                    return true;
                }
                let Some(found) = object.get(name) else { return self.may_be_left_out(wanted) };
                path.0.push(PathElement::field(name));
                let is_held = self.all(found, wanted, path);
                path.0.pop();
                is_held
            }),
            (Value::Array(items), Value::Array(sent)) => sent.iter().all(|wanted| {
                if wanted.get("$patch").is_some_and(|patch| patch == "delete") {
                    let mut gone = wanted.clone();
                    if let Some(gone) = gone.as_object_mut() {
                        gone.remove("$patch");
                    }
                    return !items.iter().any(|item| self.all(item, &gone, path));
                }
                items.iter().any(|item| self.all(item, wanted, path))
            }),
            (found, wanted) if self.is_typed => same(path, found, wanted),
            (found, wanted) => found == wanted,
        }
    }

    fn may_be_left_out(&self, wanted: &Value) -> bool {
        match wanted {
            Value::Null => true,
            Value::Object(map) => Map::is_empty(map),
            Value::Array(items) => items.is_empty(),
            Value::Bool(truth) => self.is_typed && !truth,
            Value::Number(number) => self.is_typed && number.as_f64() == Some(0.0),
            Value::String(text) => self.is_typed && text.is_empty(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check((group, kind): (&str, &str), object: &Value, sent: &Value, expected: bool) {
        let id = ObjectId::new(group, kind, "shop", "web");
        assert_eq!(holds(&id, object, &as_stored(sent)), expected, "{group} {kind}: {object} {sent}");
    }

    #[test]
    fn values_count_as_the_server_stores_them() {
        let of = |requests: Value| json!({"spec": {"template": {"spec": {"containers": [{"name": "web", "resources": {"requests": requests}}]}}}});
        let live = of(json!({"cpu": "1", "memory": "1Gi"}));
        let deployment = ("apps", "Deployment");
        check(deployment, &live, &of(json!({"cpu": "1000m", "memory": "1024Mi"})), true);
        check(deployment, &live, &of(json!({"cpu": 1})), true);
        check(deployment, &live, &of(json!({"cpu": "1001m"})), false);
        check(deployment, &live, &of(json!({"memory": "1G"})), false);
        // What is no quantity is a text.
        let image = |image: &str| json!({"spec": {"image": image}});
        check(deployment, &image("1"), &image("1000m"), false);
        // Who defines a kind stores it as it comes, and texts are texts.
        check(("example.com", "Shelf"), &live, &of(json!({"cpu": "1000m"})), false);
        let limits = |value: &str| json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"limits": value}});
        check(("", "ConfigMap"), &limits("1"), &limits("1000m"), false);
        check(("", "ConfigMap"), &limits("1"), &limits("1"), true);
    }

    #[test]
    fn what_is_zero_is_left_out_where_the_type_is_known() {
        let sent = json!({"spec": {"paused": false, "minReadySeconds": 0, "hostname": "", "args": [], "env": null}});
        check(("apps", "Deployment"), &json!({"spec": {}}), &sent, true);
        check(("example.com", "Shelf"), &json!({"spec": {}}), &sent, false);
        check(("example.com", "Shelf"), &json!({"spec": {}}), &json!({"spec": {"args": [], "env": null}}), true);
        check(("apps", "Deployment"), &json!({"spec": {}}), &json!({"spec": {"paused": true}}), false);
    }

    #[test]
    fn texts_of_secrets_are_stored_as_data() {
        let live = json!({"apiVersion": "v1", "kind": "Secret", "data": {"a": "bmV3"}});
        let sent = |text: &str| json!({"apiVersion": "v1", "kind": "Secret", "stringData": {"a": text}});
        check(("", "Secret"), &live, &sent("new"), true);
        check(("", "Secret"), &live, &sent("old"), false);
    }
}
