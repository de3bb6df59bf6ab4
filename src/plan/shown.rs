//! A plan as it is shown: its secrets masked, wherever in a body they stand.

use serde_json::{Value, json};

use super::step::{Body, Request, Task};
use super::{Plan, Step};
use crate::release::mask::{MASK, Masker};

impl Plan {
    /// The plan as JSON, with its digest, as `--dry-run -o json` prints it. No body holds a secret.
    ///
    /// # Errors
    /// None is known: everything in a plan can be written.
    pub fn shown(&self) -> Result<Value, serde_json::Error> {
        let mut masked = self.clone();
        for step in &mut masked.steps {
            mask(step, &self.masker);
        }
        for step in masked.otherwise.iter_mut().flat_map(|otherwise| &mut otherwise.steps) {
            mask(step, &self.masker);
        }
        let mut shown = serde_json::to_value(&masked)?;
        if let Some(fields) = shown.as_object_mut() {
            fields.insert("digest".to_owned(), self.digest().into());
            fields.insert("runnable".to_owned(), self.is_runnable().into());
        }
        Ok(shown)
    }

    /// The body of a request as it is shown: YAML in lines, secrets masked; empty where there is none.
    #[must_use]
    pub fn shown_body(&self, request: &Request) -> Vec<String> {
        let content = match masked_body(request, &self.masker) {
            Body::Empty => return Vec::new(),
            Body::Json(value) => serde_yaml::to_string(&value),
            other @ (Body::Stored(_) | Body::Migration { .. }) => serde_yaml::to_string(&other),
        };
        content.unwrap_or_default().lines().map(str::to_owned).collect()
    }
}

fn mask(step: &mut Step, masker: &Masker) {
    if let Task::Send(request) = &mut step.task {
        request.body = masked_body(request, masker);
    }
}

fn masked_body(request: &Request, masker: &Masker) -> Body {
    let Body::Json(value) = &request.body else { return request.body.clone() };
    let is_secret = request.object.group.is_empty() && request.object.kind == "Secret";
    let masked = match value {
        // What a patch of a Secret holds does not say that it is one.
        Value::Object(fields) if is_secret && !fields.contains_key("kind") => {
            let mut whole = json!({"kind": "Secret"});
            if let Some(known) = whole.as_object_mut() {
                known.extend(fields.clone());
            }
            let mut masked = masker.values(&whole);
            if let Some(fields) = masked.as_object_mut() {
                fields.shift_remove("kind");
            }
            masked
        }
        Value::Array(operations) if is_secret => {
            operations.iter().map(|operation| masked_operation(operation, masker)).collect()
        }
        value => masker.values(value),
    };
    Body::Json(masked)
}

/// An operation of a JSON patch on a Secret: its value stays where it is about metadata alone.
fn masked_operation(operation: &Value, masker: &Masker) -> Value {
    let mut masked = masker.values(operation);
    let is_metadata = operation.get("path").and_then(Value::as_str).is_some_and(|path| path.starts_with("/metadata/"));
    if let (false, Some(value)) = (is_metadata, masked.get_mut("value")) {
        *value = MASK.into();
    }
    masked
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::step::Verb;
    use crate::release::ObjectId;

    /// What is shown of a body for an object of this kind.
    fn check(kind: &str, body: Value, expected: &Value) {
        let (group, namespace) = (String::new(), String::new());
        let object = ObjectId { group, kind: kind.to_owned(), namespace, name: "x".to_owned() };
        let request = Request {
            verb: Verb::MergePatch,
            api_version: "v1".to_owned(),
            resource: "secrets".to_owned(),
            object,
            manager: "wheelhouse".to_owned(),
            uid: None,
            resource_version: None,
            digest: None,
            body: Body::Json(body),
        };
        assert_eq!(masked_body(&request, &Masker::default()), Body::Json(expected.clone()));
    }

    #[test]
    fn no_body_shows_a_secret() {
        let whole =
            json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "x"}, "data": {"a": "aHVudGVyMg=="}});
        let masked =
            json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "x"}, "data": {"a": "*** (7 bytes)"}});
        check("Secret", whole, &masked);
        check("Secret", json!({"data": {"a": "aHVudGVyMg=="}}), &json!({"data": {"a": "*** (7 bytes)"}}));
        let patch = json!([
            {"op": "add", "path": "/data/a", "value": "aHVudGVyMg=="},
            {"op": "replace", "path": "", "value": {"data": {"a": "aHVudGVyMg=="}}},
            {"op": "replace", "path": "/metadata/resourceVersion", "value": "7"},
        ]);
        let masked = json!([
            {"op": "add", "path": "/data/a", "value": MASK},
            {"op": "replace", "path": "", "value": MASK},
            {"op": "replace", "path": "/metadata/resourceVersion", "value": "7"},
        ]);
        check("Secret", patch, &masked);
        check("Deployment", json!({"spec": {"replicas": 2}}), &json!({"spec": {"replicas": 2}}));
        let env = json!({"data": {"DB_PASSWORD": "hunter2"}});
        check("ConfigMap", env, &json!({"data": {"DB_PASSWORD": MASK}}));
    }
}
