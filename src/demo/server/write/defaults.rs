//! Whether a real server would put defaults into what a write leaves of a built-in kind. This one knows none.

use serde_json::Value;

use crate::schema::{ListKind, Typed};

/// Whether something with fields of its own is in `after` and not in `before` (a container, a volume, a security context), or
/// a field is in `before` and not in `after`. Maps and lists of plain values have no defaults.
pub(super) fn may_be_filled_in(after: &Value, before: &Value, typed: Typed<'_>) -> bool {
    match (after, before) {
        (Value::Object(after), Value::Object(before)) => {
            let is_lost = before.keys().any(|name| is_named(name, typed) && !after.contains_key(name));
            is_lost
                || after.iter().any(|(name, value)| {
                    typed.field(name).is_some_and(|typed| match before.get(name) {
                        Some(before) => may_be_filled_in(value, before, typed),
                        None => is_part(value, typed),
                    })
                })
        }
        (Value::Array(items), before) => typed.element().is_some_and(|element| {
            items.iter().any(|item| match same_item(item, before, typed) {
                Some(before) => may_be_filled_in(item, before, element),
                None => is_part(item, element),
            })
        }),
        (after, _) => is_part(after, typed),
    }
}

/// The item of which this one is a later state; of items without a key, an equal one.
fn same_item<'v>(item: &Value, before: &'v Value, typed: Typed<'_>) -> Option<&'v Value> {
    let mut items = before.as_array()?.iter();
    match typed.list_kind() {
        Some(ListKind::Map(keys)) => items.find(|other| keys.iter().all(|key| other.get(key) == item.get(key))),
        Some(ListKind::Atomic | ListKind::Set) | None => items.find(|other| *other == item),
    }
}

/// Whether a value has fields by its type.
fn is_part(value: &Value, typed: Typed<'_>) -> bool {
    match value {
        Value::Object(fields) => fields.keys().any(|name| is_named(name, typed)),
        Value::Array(items) => typed.element().is_some_and(|element| items.iter().any(|item| is_part(item, element))),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

fn is_named(name: &str, typed: Typed<'_>) -> bool {
    typed.atom().map.as_ref().is_some_and(|map| map.fields.contains_key(name))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::demo;
    use crate::schema::Gvk;

    #[test]
    fn defaults_come_to_what_is_new_and_to_what_is_taken_away() {
        let schema = demo::schema();
        let gvk = Gvk { group: "apps".to_owned(), version: "v1".to_owned(), kind: "Deployment".to_owned() };
        let typed = schema.kind(&gvk).unwrap();
        let deployment = |replicas: &Value, containers: Value| {
            let pod = json!({"containers": containers});
            let mut object = json!({"metadata": {"name": "web"}, "spec": {"template": {"spec": pod}}});
            if !replicas.is_null() {
                object["spec"]["replicas"] = replicas.clone();
            }
            object
        };
        let check = |after: &Value, before: &Value, expected: bool| {
            assert_eq!(may_be_filled_in(after, before, typed), expected, "{after} from {before}");
        };
        let web = |image: &str| json!({"name": "web", "image": image});
        let one = deployment(&json!(1), json!([web("a")]));
        check(&one, &one, false);
        check(&deployment(&json!(2), json!([web("b")])), &one, false);
        check(&deployment(&json!(1), json!([])), &one, false);
        check(&deployment(&json!(1), json!([web("a"), {"name": "side", "image": "a"}])), &one, true);
        check(&deployment(&Value::Null, json!([web("a")])), &one, true);
        let mut labelled = one.clone();
        labelled["metadata"]["labels"] = json!({"a": "b"});
        check(&labelled, &one, false);
        check(&one, &labelled, true);
        let mut guarded = one.clone();
        guarded["spec"]["template"]["spec"]["securityContext"] = json!({"runAsUser": 1});
        check(&guarded, &one, true);
    }
}
