//! What is patched, in every form.

use serde_json::{Value, json};

use super::super::story::{Case, whole};
use super::{
    ACCOUNT, ACCOUNTS, APPLY, ARTIFACT, ARTIFACTS, JSON_PATCH, MAP, MERGE, SECRET, STRATEGIC, account, by, with,
    with_artifact, with_map, with_secret,
};

pub fn cases() -> Vec<Case> {
    let suspended = json!({"metadata": {"annotations": {"reconcile.fluxcd.io/requestedAt": "now"}}});
    let name = |name: &str| json!({"spec": {"sourceRef": {"name": name}}});
    let of = |key: &str, value: &str| json!({"metadata": {key: value}, "data": {"a": "2"}});
    let operation = |op: &str, path: &str, value: Value| json!({"op": op, "path": path, "value": value});
    let named = |rest: Value| {
        let mut object = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "one"}});
        object.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        object
    };
    let applied = |value: &str| named(json!({"data": {"a": value}}));
    let precondition = |key: &str, value: &str| with(applied("2"), &[(&format!("/metadata/{key}"), json!(value))]);
    let forced = format!("{MAP}?force=true");
    let status = json!({"status": {"conditions": [
        {"type": "Ready", "status": "True", "reason": "Example", "message": "", "lastTransitionTime": "2026-01-01T00:00:00Z"},
    ]}});
    let artifact_named =
        json!({"apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "ExternalArtifact", "metadata": {"name": "one"}});
    vec![
        with_artifact("merge_an_annotation").patch(MERGE, &by("flux", ARTIFACT), &suspended).patch(
            MERGE,
            &by("flux", ARTIFACT),
            &suspended,
        ),
        with_artifact("merge_a_wish").patch(MERGE, &by("flux", ARTIFACT), &name("two")).get(ARTIFACT),
        with_map("merge_the_version_seen").patch(MERGE, &by("other", MAP), &of("resourceVersion", "{object}")),
        with_map("merge_an_older_version").patch(MERGE, &by("other", MAP), &of("resourceVersion", "1")),
        with_map("merge_the_one_seen").patch(MERGE, &by("other", MAP), &of("uid", "{uid}")),
        with_map("merge_another_one").patch(MERGE, &by("other", MAP), &of("uid", "example")),
        with_artifact("merge_another_custom_object").patch(
            MERGE,
            &by("other", ARTIFACT),
            &json!({"metadata": {"uid": "example"}}),
        ),
        with_artifact("merge_an_older_custom_object").patch(
            MERGE,
            &by("other", ARTIFACT),
            &json!({"metadata": {"resourceVersion": "1", "uid": "{uid}"}, "spec": {"sourceRef": {"name": "two"}}}),
        ),
        with_artifact("merge_the_version_away").patch(
            MERGE,
            &by("other", ARTIFACT),
            &json!({"metadata": {"resourceVersion": null}}),
        ),
        with_map("merge_the_version_of_a_map_away").patch(
            MERGE,
            &by("other", MAP),
            &json!({"metadata": {"resourceVersion": null}, "data": {"a": "2"}}),
        ),
        whole("merge_what_is_not_there").patch(MERGE, &by("other", MAP), &of("uid", "example")).patch(
            MERGE,
            &by("other", ARTIFACT),
            &suspended,
        ),
        with_map("merge_nothing").patch(MERGE, &by("other", MAP), &json!({})).patch(
            MERGE,
            &by("other", MAP),
            &json!({"data": {"a": "1"}}),
        ),
        with_map("merge_another_name").patch(MERGE, &by("other", MAP), &json!({"metadata": {"name": "two"}})).patch(
            MERGE,
            &by("other", MAP),
            &json!({"metadata": {"namespace": "another"}}),
        ),
        with_secret("merge_another_type").patch(MERGE, &by("other", SECRET), &json!({"type": "example.com/other"})),
        with_map("merge_and_keep_nothing")
            .patch(MERGE, &by("other", &format!("{MAP}?dryRun=All")), &of("uid", "{uid}"))
            .get(MAP),
        with_artifact("merge_the_status")
            .patch(MERGE, &by("controller", &format!("{ARTIFACT}/status")), &status)
            .patch(MERGE, &by("controller", ARTIFACT), &json!({"status": {"conditions": []}})),
        with_artifact("merge_unknown_fields").patch(MERGE, &by("other", ARTIFACT), &json!({"spec": {"unknown": 1}})),
        with_map("merge_as_the_agent_is_called").patch(MERGE, MAP, &of("uid", "{uid}")),
        with_map("test_and_replace").patch(
            JSON_PATCH,
            &by("other", MAP),
            &json!([operation("test", "/metadata/uid", json!("{uid}")), operation("replace", "/data/a", json!("2"))]),
        ),
        with_map("test_in_vain")
            .patch(JSON_PATCH, &by("other", MAP), &json!([operation("test", "/metadata/uid", json!("example"))]))
            .patch(JSON_PATCH, &by("other", MAP), &json!([{"op": "remove", "path": "/data/b"}])),
        with_map("replace_the_owners").patch(
            JSON_PATCH,
            &by("other", MAP),
            &json!([
                operation(
                    "replace",
                    "/metadata/managedFields",
                    json!([{
                        "manager": "helm", "operation": "Apply", "apiVersion": "v1", "time": "2026-01-01T00:00:00Z",
                        "fieldsType": "FieldsV1", "fieldsV1": {"f:data": {"f:a": {}}},
                    }])
                ),
                operation("replace", "/metadata/resourceVersion", json!("{object}")),
            ]),
        ),
        with_map("replace_the_owners_of_an_older_version").patch(
            JSON_PATCH,
            &by("other", MAP),
            &json!([
                operation("replace", "/metadata/managedFields", json!([{}])),
                operation("replace", "/metadata/resourceVersion", json!("1"))
            ]),
        ),
        with_artifact("test_a_custom_object").patch(
            JSON_PATCH,
            &by("other", ARTIFACT),
            &json!([
                operation("test", "/spec/sourceRef/name", json!("one")),
                operation("add", "/metadata/labels", json!({"a": "b"}))
            ]),
        ),
        whole("merge_by_key")
            .write("POST", &by("maker", ACCOUNTS), &account())
            .patch(STRATEGIC, &by("other", ACCOUNT), &json!({"imagePullSecrets": [{"name": "b"}]}))
            .patch(STRATEGIC, &by("other", ACCOUNT), &json!({"imagePullSecrets": [{"name": "a", "$patch": "delete"}]}))
            .patch(STRATEGIC, &by("other", ACCOUNT), &json!({"metadata": {"uid": "example"}})),
        with_artifact("merge_a_custom_object_by_key").patch(STRATEGIC, &by("other", ARTIFACT), &name("two")),
        whole("apply_creates")
            .patch(APPLY, &by("helm", MAP), &applied("1"))
            .patch(APPLY, &by("helm", MAP), &applied("1"))
            .patch(APPLY, &by("helm", MAP), &applied("2")),
        whole("apply_creates_a_custom_object").patch(
            APPLY,
            &by("helm", ARTIFACT),
            &with(
                artifact_named.clone(),
                &[("/spec", json!({"sourceRef": {"apiVersion": "example.com/v1", "kind": "Source", "name": "one"}}))],
            ),
        ),
        with_map("apply_against_another").patch(APPLY, &by("helm", MAP), &applied("2")).patch(
            APPLY,
            &by("helm", &forced),
            &applied("2"),
        ),
        whole("apply_to_one_that_is_gone").patch(APPLY, &by("helm", MAP), &precondition("uid", "example")).patch(
            APPLY,
            &by("helm", MAP),
            &precondition("resourceVersion", "5"),
        ),
        with_map("apply_to_the_version_seen").patch(
            APPLY,
            &by("helm", &forced),
            &precondition("resourceVersion", "{object}"),
        ),
        with_map("apply_to_an_older_version").patch(APPLY, &by("helm", &forced), &precondition("resourceVersion", "1")),
        with_map("apply_to_the_one_seen").patch(APPLY, &by("helm", &forced), &precondition("uid", "{uid}")),
        with_map("apply_to_another_one").patch(APPLY, &by("helm", &forced), &precondition("uid", "example")),
        with_map("apply_nothing_and_leave")
            .patch(APPLY, &by("helm", &forced), &named(json!({"data": {"a": "1", "b": "2"}})))
            .patch(
                APPLY,
                &by("helm", MAP),
                &named(json!({"metadata": {"name": "one", "uid": "{uid}", "resourceVersion": "{object}"}})),
            )
            .get(MAP),
        whole("apply_without_manager").patch(APPLY, MAP, &applied("1")),
        with_map("apply_strictly").patch(
            APPLY,
            &by("helm", &format!("{MAP}?fieldValidation=Strict")),
            &named(json!({"unknown": 1})),
        ),
        with_artifact("apply_the_status").patch(
            APPLY,
            &by("helm", &format!("{ARTIFACT}/status")),
            &with(artifact_named, &[("/status", status["status"].clone())]),
        ),
        with_map("apply_and_keep_nothing")
            .patch(APPLY, &by("helm", &format!("{forced}&dryRun=All")), &applied("2"))
            .get(MAP),
        with_map("patch_as_others").send("viewer", "PATCH", ARTIFACT, MERGE, &suspended.to_string()).send(
            "nobody",
            "PATCH",
            MAP,
            APPLY,
            &applied("1").to_string(),
        ),
        with_artifact("patch_is_told")
            .watch(&format!("{ARTIFACTS}?watch=1&timeoutSeconds=20&resourceVersion={{object}}"))
            .patch(MERGE, &by("flux", ARTIFACT), &suspended)
            .patch(MERGE, &by("flux", ARTIFACT), &suspended)
            .patch(MERGE, &by("controller", &format!("{ARTIFACT}/status")), &status)
            .events(2),
    ]
}
