//! What the entries of a HelmRelease's valuesFrom hold: each ConfigMap and Secret is read once, whole, because its values are.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::StreamExt as _;
use kube::{Client, Error};
use serde_json::Value;

use super::{object, problem};
use crate::release::flux::ValuesReference;
use crate::release::values::{Found, Source};

/// Objects that are read at the same time.
const AT_ONCE: usize = 8;

type Read = Result<Option<Value>, String>;

/// Reads them, in their order.
pub(super) async fn read(
    client: &Client,
    server: &str,
    namespace: &str,
    references: Vec<ValuesReference>,
) -> Vec<Source> {
    let mut wanted: Vec<(String, String)> = references.iter().map(object_of).collect();
    wanted.sort();
    wanted.dedup();
    let reads = futures::stream::iter(wanted).map(|(kind, name)| async move {
        let read = one(client, server, namespace, &kind, &name).await;
        ((kind, name), read)
    });
    let objects: BTreeMap<(String, String), Read> = reads.buffer_unordered(AT_ONCE).collect().await;
    let source = |reference: ValuesReference| {
        let object = objects.get(&object_of(&reference));
        Source { found: object.map_or(Found::Absent { is_key: false }, |object| found(object, &reference)), reference }
    };
    references.into_iter().map(source).collect()
}

fn object_of(reference: &ValuesReference) -> (String, String) {
    (reference.kind.clone(), reference.name.clone())
}

async fn one(client: &Client, server: &str, namespace: &str, kind: &str, name: &str) -> Read {
    let plural = match kind {
        "ConfigMap" => "configmaps",
        "Secret" => "secrets",
        // Flux refuses it before it looks for it.
        _ => return Ok(None),
    };
    let path = format!("/api/v1/namespaces/{namespace}/{plural}/{name}");
    object::get(client, &path, object::WHOLE).await.map_err(|error| match error {
        Error::Api(status) if status.code == 403 => format!("needs get on {plural} in {namespace}"),
        error => problem::of_request(&error, server).to_string(),
    })
}

fn found(object: &Read, reference: &ValuesReference) -> Found {
    let object = match object {
        Ok(Some(object)) => object,
        Ok(None) => return Found::Absent { is_key: false },
        Err(why) => return Found::Unreadable(why.clone()),
    };
    let data = object.get("data").and_then(|data| data.get(&reference.key)).and_then(Value::as_str);
    let Some(data) = data else { return Found::Absent { is_key: true } };
    if reference.kind != "Secret" {
        return Found::Text(data.to_owned());
    }
    let text = STANDARD.decode(data).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    text.map_or_else(|| Found::Unreadable(format!("key {} holds no text", reference.key)), Found::Text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(kind: &str, object: Read, expected: &Found) {
        let reference = ValuesReference {
            kind: kind.to_owned(),
            name: "db".to_owned(),
            key: "k".to_owned(),
            target_path: None,
            optional: false,
            literal: false,
        };
        assert_eq!(found(&object, &reference), *expected);
    }

    #[test]
    fn a_key_is_read_as_its_kind_stores_it() {
        let text = |text: &str| Found::Text(text.to_owned());
        check("ConfigMap", Ok(Some(json!({"data": {"k": "YQ=="}}))), &text("YQ=="));
        check("Secret", Ok(Some(json!({"data": {"k": "YQ=="}}))), &text("a"));
        check("Secret", Ok(Some(json!({"data": {"k": ""}}))), &text(""));
        check("Secret", Ok(Some(json!({"data": {"k": "/w=="}}))), &Found::Unreadable("key k holds no text".to_owned()));
        check("ConfigMap", Ok(Some(json!({"binaryData": {"k": "YQ=="}}))), &Found::Absent { is_key: true });
        check("ConfigMap", Ok(None), &Found::Absent { is_key: false });
        check("Secret", Err("needs get".to_owned()), &Found::Unreadable("needs get".to_owned()));
    }
}
