//! What is put in the place of another.

use serde_json::{Value, json};

use super::super::story::{Case, artifact, secret, whole};
use super::{ARTIFACT, ARTIFACTS, MAP, MAPS, SECRET, SECRETS, by, map, with, with_artifact, with_map, with_secret};

pub fn cases() -> Vec<Case> {
    let other = || with(map(), &[("/data", json!({"a": "2"}))]);
    let versioned = |object: Value, version: &str| with(object, &[("/metadata/resourceVersion", json!(version))]);
    let spec = json!({"sourceRef": {"apiVersion": "example.com/v1", "kind": "Source", "name": "two"}});
    let other_artifact = || versioned(with(artifact("one", &[]), &[("/spec", spec.clone())]), "{object}");
    vec![
        with_map("replace_a_map").write("PUT", &by("other", MAP), &other()).get(MAP),
        with_map("replace_by_the_same").write("PUT", &by("other", MAP), &map()),
        with_map("replace_by_oneself").write("PUT", &by("maker", MAP), &with(other(), &[("/data/b", json!("3"))])),
        with_map("replace_the_version_seen").write("PUT", &by("other", MAP), &versioned(other(), "{object}")),
        with_map("replace_an_older_version")
            .write("PUT", &by("other", MAP), &other())
            .write("PUT", &by("other", MAP), &versioned(map(), "1"))
            .write("PUT", &by("other", &format!("{MAP}?dryRun=All")), &versioned(map(), "1")),
        with_map("replace_by_a_bad_version").write("PUT", &by("other", MAP), &versioned(other(), "example")),
        with_map("replace_the_one_seen").write("PUT", &by("other", MAP), &with(other(), &[("/metadata/uid", json!("{uid}"))])),
        with_map("replace_another_one").write("PUT", &by("other", MAP), &with(other(), &[("/metadata/uid", json!("example"))])),
        with_artifact("replace_another_custom_object")
            .write("PUT", &by("other", ARTIFACT), &with(other_artifact(), &[("/metadata/uid", json!("example"))])),
        whole("replace_what_is_not_there")
            .write("PUT", &by("other", MAP), &map())
            .write("PUT", &by("other", ARTIFACT), &artifact("one", &[])),
        with_map("replace_under_another_name")
            .write("PUT", &by("other", MAP), &with(map(), &[("/metadata/name", json!("two"))]))
            .write("PUT", &by("other", MAP), &with(map(), &[("/metadata/name", Value::Null)]))
            .write("PUT", &by("other", MAP), &with(map(), &[("/metadata/namespace", json!("another"))])),
        with_artifact("replace_a_custom_object").write("PUT", &by("other", ARTIFACT), &other_artifact()),
        with_artifact("replace_a_custom_object_of_any_version").write("PUT", &by("other", ARTIFACT), &artifact("one", &[])),
        with_artifact("replace_what_is_said_of_a_custom_object")
            .write("PUT", &by("other", ARTIFACT), &versioned(artifact("one", &[("a", "b")]), "{object}")),
        with_artifact("replace_an_older_custom_object")
            .write("PUT", &by("other", ARTIFACT), &versioned(artifact("one", &[("a", "b")]), "1")),
        with_secret("replace_the_type_of_a_secret")
            .write("PUT", &by("other", SECRET), &with(secret("one", &[]), &[("/type", json!("example.com/other"))])),
        with_secret("replace_a_secret_without_type")
            .write("PUT", &by("other", SECRET), &with(secret("one", &[]), &[("/type", Value::Null), ("/data", json!({"b": "MQ=="}))])),
        whole("replace_a_release_without_type")
            .write("POST", &by("maker", SECRETS), &with(secret("one", &[]), &[("/type", json!("helm.sh/release.v1"))]))
            .write("PUT", &by("other", SECRET), &with(secret("one", &[]), &[("/type", Value::Null)])),
        with_map("replace_and_keep_nothing").write("PUT", &by("other", &format!("{MAP}?dryRun=All")), &other()).get(MAP),
        with_map("replace_and_forget_the_owners")
            .write("PUT", &by("other", MAP), &with(map(), &[("/metadata/managedFields", json!([{}]))]))
            .write("PUT", &by("other", MAP), &other()),
        with_map("replace_labels_and_annotations")
            .write("PUT", &by("other", MAP), &with(map(), &[("/metadata/labels", json!({"a": "b"}))]))
            .write("PUT", &by("third", MAP), &with(map(), &[("/metadata/annotations", json!({"a": "b"}))])),
        with_map("replace_what_may_not_change")
            .write("PUT", &by("other", MAP), &with(map(), &[("/immutable", json!(true))]))
            .write("PUT", &by("other", MAP), &with(other(), &[("/immutable", json!(true))]))
            .write("PUT", &by("other", MAP), &map()),
        with_map("replace_strictly")
            .write("PUT", &by("other", &format!("{MAP}?fieldValidation=Strict")), &with(map(), &[("/unknown", json!(1))])),
        with_artifact("replace_the_status")
            .write("PUT", &by("other", &format!("{ARTIFACT}/status")), &with(other_artifact(), &[("/status", json!({"conditions": [
                {"type": "Ready", "status": "True", "reason": "Example", "message": "", "lastTransitionTime": "2026-01-01T00:00:00Z"},
            ]}))]))
            .write("PUT", &by("other", ARTIFACT), &other_artifact())
            .get(&format!("{ARTIFACT}/status")),
        with_map("replace_parts_that_there_are_not")
            .write("PUT", &by("other", &format!("{MAP}/status")), &map())
            .write("PUT", &by("other", &format!("{ARTIFACTS}/one/scale")), &artifact("one", &[])),
        with_map("replace_as_others")
            .send("viewer", "PUT", MAP, "application/json", &map().to_string())
            .send("viewer", "PUT", &format!("{ARTIFACT}/status"), "application/json", &artifact("one", &[]).to_string()),
        whole("replace_is_told")
            .write("POST", &by("maker", MAPS), &map())
            .watch(&format!("{MAPS}?watch=1&timeoutSeconds=20&resourceVersion={{object}}&fieldSelector=metadata.name%3Done"))
            .write("PUT", &by("other", &format!("{MAP}?dryRun=All")), &other())
            .write("PUT", &by("other", MAP), &map())
            .write("PUT", &by("other", MAP), &other())
            .events(1),
    ]
}
