//! What is created: what it leaves, and what it is refused with.

use serde_json::{Value, json};

use super::super::story::{Case, artifact, case, config_map, secret, whole};
use super::{ACCOUNT, ACCOUNTS, ARTIFACT, ARTIFACTS, MAP, MAPS, SECRET, SECRETS, account, by, map, posts, with};

pub fn cases() -> Vec<Case> {
    let long = "m".repeat(129);
    vec![
        posts("create_a_map", MAPS, &[map()]).get(MAP),
        posts("create_twice", MAPS, &[map(), map()]).write("POST", &format!("{MAPS}?dryRun=All"), &map()),
        posts("create_in_no_namespace", "/api/v1/namespaces/there-is-none/configmaps", &[config_map("one", &[])])
            .write(
                "POST",
                "/api/v1/namespaces/there-is-none/configmaps",
                &with(map(), &[("/metadata/namespace", Value::Null)]),
            ),
        posts("create_in_another_namespace", MAPS, &[with(map(), &[("/metadata/namespace", json!("another"))])]),
        posts("create_without_saying_where", MAPS, &[with(map(), &[("/metadata/namespace", Value::Null)])]),
        posts("create_without_a_name", MAPS, &[with(map(), &[("/metadata/name", Value::Null)])]),
        posts(
            "create_with_a_made_name",
            MAPS,
            &[with(map(), &[("/metadata/name", Value::Null), ("/metadata/generateName", json!("made-"))])],
        ),
        posts("create_with_both_names", MAPS, &[with(map(), &[("/metadata/generateName", json!("made-"))])]),
        posts("create_with_a_version", MAPS, &[with(map(), &[("/metadata/resourceVersion", json!("5"))])]),
        posts(
            "create_with_what_the_server_says",
            MAPS,
            &[with(
                map(),
                &[
                    ("/metadata/uid", json!("example")),
                    ("/metadata/generation", json!(7)),
                    ("/metadata/creationTimestamp", json!("2026-01-01T00:00:00Z")),
                    ("/metadata/deletionTimestamp", json!("2026-01-01T00:00:00Z")),
                ],
            )],
        ),
        posts("create_with_a_bad_name", MAPS, &[with(map(), &[("/metadata/name", json!("Not_Valid"))])]),
        posts(
            "create_with_all_that_may_be_said",
            MAPS,
            &[with(
                map(),
                &[
                    ("/metadata/labels", json!({"a": "1"})),
                    ("/metadata/annotations", json!({"b": "2"})),
                    ("/metadata/finalizers", json!(["example.com/keep"])),
                    (
                        "/metadata/ownerReferences",
                        json!([{"apiVersion": "v1", "kind": "ConfigMap", "name": "two", "uid": "u"}]),
                    ),
                ],
            )],
        ),
        posts("create_a_secret", SECRETS, &[secret("one", &[])]).get(SECRET),
        posts("create_a_secret_without_type", SECRETS, &[with(secret("one", &[]), &[("/type", Value::Null)])]),
        posts("create_a_secret_of_text", SECRETS, &[with(secret("one", &[]), &[("/stringData", json!({"b": "two"}))])]),
        posts(
            "create_a_release",
            SECRETS,
            &[with(
                secret("sh.helm.release.v1.one.v1", &[("owner", "helm")]),
                &[("/type", json!("helm.sh/release.v1"))],
            )],
        ),
        posts(
            "create_a_large_secret",
            SECRETS,
            &[with(secret("one", &[]), &[("/data", json!({"a": "YWFh".repeat(349_526)}))])],
        ),
        posts("create_a_large_map", MAPS, &[with(map(), &[("/data", json!({"a": "a".repeat(1_048_577)}))])]),
        posts("create_an_account", ACCOUNTS, &[account()]).get(ACCOUNT),
        posts("create_a_custom_object", ARTIFACTS, &[artifact("one", &[])]).get(ARTIFACT),
        posts(
            "create_a_custom_object_with_status",
            ARTIFACTS,
            &[with(artifact("one", &[]), &[("/status", json!({"conditions": []}))])],
        ),
        posts("create_a_custom_object_twice", ARTIFACTS, &[artifact("one", &[]), artifact("one", &[])]),
        posts("create_unknown_fields", MAPS, &[with(map(), &[("/unknown", json!(1))])]),
        posts(
            "create_unknown_fields_of_a_custom_object",
            ARTIFACTS,
            &[with(artifact("one", &[]), &[("/spec/unknown", json!(1))])],
        ),
        posts(
            "create_strictly",
            &format!("{MAPS}?fieldValidation=Strict"),
            &[with(map(), &[("/unknown", json!(1))]), map()],
        ),
        posts(
            "create_a_custom_object_strictly",
            &format!("{ARTIFACTS}?fieldValidation=Strict"),
            &[with(artifact("one", &[]), &[("/spec/unknown", json!(1))]), artifact("one", &[])],
        ),
        posts("create_and_keep_nothing", &format!("{MAPS}?dryRun=All"), &[map()]).get(MAP),
        posts("create_a_custom_object_and_keep_nothing", &format!("{ARTIFACTS}?dryRun=All"), &[artifact("one", &[])])
            .get(ARTIFACT),
        whole("create_with_bad_options")
            .write("POST", &format!("{MAPS}?dryRun=Some"), &map())
            .write("POST", &format!("{MAPS}?fieldValidation=Hard"), &map())
            .write("POST", &by(&long, MAPS), &map()),
        whole("create_as_the_agent_is_called").write("POST", MAPS, &map()).get_with(MAP, &[]),
        whole("create_in_yaml").send(
            "administrator",
            "POST",
            &by("maker", MAPS),
            "application/yaml",
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: one\ndata:\n  a: \"1\"\n",
        ),
        whole("create_without_saying_what").write("POST", &by("maker", MAPS), &json!({"metadata": {"name": "one"}})),
        case("create_as_others")
            .send("viewer", "POST", MAPS, "application/json", &map().to_string())
            .send("nobody", "POST", ARTIFACTS, "application/json", &artifact("one", &[]).to_string())
            .send(
                "two",
                "POST",
                "/api/v1/namespaces/checkout/secrets",
                "application/json",
                &secret("one", &[]).to_string(),
            ),
        case("create_is_told")
            .get(SECRETS)
            .watch(&format!("{SECRETS}?watch=1&timeoutSeconds=20&resourceVersion={{list}}"))
            .write("POST", &by("maker", SECRETS), &secret("one", &[("a", "b")]))
            .events(1),
    ]
}
