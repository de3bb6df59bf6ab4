//! What is deleted, and what waits for its finalizers.

use serde_json::{Value, json};

use super::super::story::{Case, artifact, case, config_map, whole};
use super::{
    ACCOUNT, ACCOUNTS, ARTIFACT, ARTIFACTS, MAP, MAPS, MERGE, SECRET, account, by, map, with, with_artifact, with_map,
    with_secret,
};

pub fn cases() -> Vec<Case> {
    let if_it_is =
        |key: &str, value: &str| json!({"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": {key: value}});
    let policy = |policy: &str| json!({"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": policy});
    let held = |object: Value| with(object, &[("/metadata/finalizers", json!(["example.com/keep"]))]);
    let owned = with(
        config_map("two", &[]),
        &[(
            "/metadata/ownerReferences",
            json!([{"apiVersion": "v1", "kind": "ConfigMap", "name": "one", "uid": "{uid}"}]),
        )],
    );
    vec![
        with_map("delete_a_map").ask("administrator", "DELETE", MAP).get(MAP).ask("administrator", "DELETE", MAP),
        with_secret("delete_a_secret").write("DELETE", SECRET, &policy("Background")),
        whole("delete_an_account")
            .write("POST", &by("maker", ACCOUNTS), &account())
            .ask("administrator", "DELETE", ACCOUNT)
            .get(ACCOUNT),
        with_artifact("delete_a_custom_object").write("DELETE", ARTIFACT, &policy("Background")).get(ARTIFACT),
        whole("delete_what_is_not_there").ask("administrator", "DELETE", MAP).ask("administrator", "DELETE", ARTIFACT),
        with_map("delete_the_one_seen").write("DELETE", MAP, &if_it_is("uid", "{uid}")),
        with_map("delete_another_one").write("DELETE", MAP, &if_it_is("uid", "example")).get(MAP),
        with_map("delete_the_version_seen").write("DELETE", MAP, &if_it_is("resourceVersion", "{object}")),
        with_map("delete_an_older_version").write("DELETE", MAP, &if_it_is("resourceVersion", "1")),
        with_artifact("delete_another_custom_object")
            .write("DELETE", ARTIFACT, &if_it_is("uid", "example"))
            .write("DELETE", ARTIFACT, &if_it_is("resourceVersion", "1"))
            .write("DELETE", ARTIFACT, &if_it_is("uid", "{uid}")),
        with_map("delete_and_keep_it").ask("administrator", "DELETE", &format!("{MAP}?dryRun=All")).get(MAP),
        with_artifact("delete_a_custom_object_and_keep_it")
            .ask("administrator", "DELETE", &format!("{ARTIFACT}?dryRun=All"))
            .get(ARTIFACT),
        with_map("delete_as_the_body_says").write("DELETE", MAP, &json!({"dryRun": ["All"]})).get(MAP),
        with_map("delete_with_bad_options")
            .ask("administrator", "DELETE", &format!("{MAP}?dryRun=Some"))
            .write("DELETE", MAP, &policy("Example"))
            .ask("administrator", "DELETE", &format!("{MAP}?propagationPolicy=Background")),
        whole("delete_what_is_held")
            .write("POST", &by("maker", MAPS), &held(map()))
            .ask("administrator", "DELETE", MAP)
            .ask("administrator", "DELETE", MAP)
            .patch(
                MERGE,
                &by("other", MAP),
                &json!({"metadata": {"finalizers": ["example.com/keep", "example.com/more"]}}),
            )
            .patch(MERGE, &by("other", MAP), &json!({"metadata": {"finalizers": null}}))
            .get(MAP),
        whole("delete_a_custom_object_that_is_held")
            .write("POST", &by("maker", ARTIFACTS), &held(artifact("one", &[])))
            .ask("administrator", "DELETE", ARTIFACT)
            .ask("administrator", "DELETE", ARTIFACT)
            .patch(MERGE, &by("other", ARTIFACT), &json!({"metadata": {"finalizers": []}}))
            .get(ARTIFACT),
        case("delete_what_owns")
            .write("POST", &by("maker", MAPS), &map())
            .write("POST", &by("maker", MAPS), &owned)
            .watch(&format!(
                "{MAPS}?watch=1&timeoutSeconds=60&resourceVersion={{object}}&fieldSelector=metadata.name%3Dtwo"
            ))
            .write("DELETE", MAP, &policy("Background"))
            .events(1),
        with_map("delete_as_others").ask("viewer", "DELETE", MAP).ask("nobody", "DELETE", ARTIFACT),
        with_map("delete_and_create_anew")
            .ask("administrator", "DELETE", MAP)
            .write("POST", &by("maker", MAPS), &map())
            .write("PUT", &by("other", MAP), &with(map(), &[("/metadata/uid", json!("{uid}"))])),
        with_map("delete_is_told")
            .watch(&format!(
                "{MAPS}?watch=1&timeoutSeconds=20&resourceVersion={{object}}&fieldSelector=metadata.name%3Done"
            ))
            .ask("administrator", "DELETE", &format!("{MAP}?dryRun=All"))
            .ask("administrator", "DELETE", MAP)
            .events(1),
    ]
}
