//! One object, lists, and lists page by page.

use serde_json::json;

use super::story::{Case, artifact, case, config_map, object, secret};

const SECRETS: &str = "/api/v1/namespaces/{ns}/secrets";
const ARTIFACTS: &str = "/apis/source.toolkit.fluxcd.io/v1/namespaces/{ns}/externalartifacts";

fn five(name: &'static str) -> Case {
    ["a", "b", "c", "d", "e"].into_iter().fold(case(name), |case, name| {
        let labels: &[(&str, &str)] = if matches!(name, "b" | "d") { &[("odd", "no")] } else { &[("odd", "yes")] };
        case.put(secret(name, labels))
    })
}

pub fn cases() -> Vec<Case> {
    vec![
        case("get_object").put(secret("one", &[("n", "1")])).get(&format!("{SECRETS}/one")),
        case("get_custom_object").put(artifact("one", &[("n", "1")])).get(&format!("{ARTIFACTS}/one")),
        case("get_object_of_the_cluster").get("/api/v1/namespaces/{ns}").get("/api/v1/namespaces/absent"),
        case("get_definition").get("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/absent.example.com"),
        case("get_absent_object")
            .get("/api/v1/namespaces/{ns}/pods/absent")
            .get("/apis/apps/v1/namespaces/{ns}/deployments/absent")
            .get(&format!("{ARTIFACTS}/absent"))
            .get("/api/v1/namespaces/absent/secrets/absent"),
        case("get_unknown_resource")
            .get("/api/v1/examples")
            .get("/api/v1/namespaces/{ns}/examples/one")
            .get("/apis/apps/v1/examples")
            .get("/apis/source.toolkit.fluxcd.io/v1/examples")
            .get("/apis/example.com/v1/examples"),
        case("get_unknown_version")
            .get("/api/v9/pods")
            .get("/apis/apps/v9/deployments")
            .get("/apis/helm.toolkit.fluxcd.io/v1/helmreleases"),
        case("get_without_its_namespace")
            .get("/api/v1/pods/one")
            .get("/apis/apps/v1/deployments/one")
            .get("/apis/source.toolkit.fluxcd.io/v1/helmcharts/one"),
        case("get_object_of_the_cluster_in_a_namespace")
            .get("/api/v1/namespaces/{ns}/namespaces")
            .get("/apis/apiextensions.k8s.io/v1/namespaces/{ns}/customresourcedefinitions"),
        case("get_status")
            .put(artifact("one", &[]))
            .get(&format!("{ARTIFACTS}/one/status"))
            .get("/api/v1/namespaces/{ns}/status")
            .get("/apis/apps/v1/namespaces/{ns}/deployments/absent/status"),
        case("get_unknown_subresource")
            .put(secret("one", &[]))
            .put(artifact("one", &[]))
            .get(&format!("{SECRETS}/one/status"))
            .get(&format!("{SECRETS}/one/a/b"))
            .get(&format!("{ARTIFACTS}/one/example"))
            .get("/api/v1/namespaces/{ns}/pods/absent/log"),
        case("get_at_a_version")
            .put(secret("one", &[]))
            .get(&format!("{SECRETS}/one"))
            .get(&format!("{SECRETS}/one?resourceVersion=0"))
            .get(&format!("{SECRETS}/one?resourceVersion={{object}}"))
            .get(&format!("{SECRETS}/one?resourceVersion=abc"))
            .get(&format!("{SECRETS}/one?resourceVersion=999999999")),
        case("get_after_change")
            .put(secret("one", &[]))
            .get(&format!("{SECRETS}/one"))
            .put(secret("one", &[("n", "2")]))
            .get(&format!("{SECRETS}/one"))
            .remove(secret("one", &[]))
            .get(&format!("{SECRETS}/one"))
            .put(secret("one", &[]))
            .get(&format!("{SECRETS}/one")),
        case("get_with_unknown_parameters").put(secret("one", &[])).get(&format!("{SECRETS}/one?example=1&watch=1")),
        case("list_nothing")
            .get(SECRETS)
            .get(ARTIFACTS)
            .get("/apis/apps/v1/namespaces/{ns}/deployments")
            .get("/apis/helm.toolkit.fluxcd.io/v2/namespaces/{ns}/helmreleases")
            .get("/api/v1/namespaces/absent/pods"),
        case("list_one_namespace")
            .put(secret("two", &[("n", "2")]))
            .put(secret("one", &[("n", "1")]))
            .get(SECRETS)
            .get(&format!("{SECRETS}/")),
        case("list_custom_kind").put(artifact("two", &[])).put(artifact("one", &[])).get(ARTIFACTS),
        case("list_all_namespaces")
            .put(secret("one", &[("of", "list-all")]))
            .put(object("v1", "Secret", "two", &[("of", "list-all")], json!({"type": "example.com/two"})))
            .get("/api/v1/secrets?labelSelector=of%3Dlist-all"),
        case("list_one_of_the_cluster").get("/api/v1/namespaces?fieldSelector=metadata.name%3D{ns}"),
        case("list_at_the_present_version")
            .put(secret("one", &[]))
            .get(SECRETS)
            .get(&format!("{SECRETS}?resourceVersion=0"))
            .get(&format!("{SECRETS}?resourceVersion={{list}}"))
            .get(&format!("{SECRETS}?resourceVersion={{object}}&resourceVersionMatch=NotOlderThan")),
        case("list_at_a_past_version")
            .put(secret("one", &[]))
            .get(SECRETS)
            .put(secret("two", &[]))
            .get(&format!("{SECRETS}?resourceVersion={{list}}&resourceVersionMatch=Exact"))
            .get(SECRETS),
        case("list_at_a_version_to_come")
            .get(&format!("{SECRETS}?resourceVersion=999999999"))
            .get(&format!("{SECRETS}?resourceVersion=999999999&resourceVersionMatch=Exact")),
        five("page_by_page")
            .get(&format!("{SECRETS}?limit=2"))
            .get(&format!("{SECRETS}?limit=2&continue={{token}}"))
            .get(&format!("{SECRETS}?limit=2&continue={{token}}")),
        five("page_of_all").get(&format!("{SECRETS}?limit=5")).get(&format!("{SECRETS}?limit=500")),
        five("page_with_selector")
            .get(&format!("{SECRETS}?limit=1&labelSelector=odd%3Dno"))
            .get(&format!("{SECRETS}?limit=1&labelSelector=odd%3Dno&continue={{token}}"))
            .get(&format!("{SECRETS}?limit=1&labelSelector=odd%3Dno&continue={{token}}")),
        five("page_of_the_past")
            .get(&format!("{SECRETS}?limit=3"))
            .remove(secret("d", &[]))
            .put(secret("f", &[]))
            .put(secret("e", &[("changed", "yes")]))
            .get(&format!("{SECRETS}?limit=3&continue={{token}}")),
        five("page_without_limit_after_one")
            .get(&format!("{SECRETS}?limit=1"))
            .get(&format!("{SECRETS}?continue={{token}}")),
        five("page_at_a_version")
            .get(SECRETS)
            .put(secret("f", &[]))
            .get(&format!("{SECRETS}?limit=4&resourceVersion={{list}}"))
            .get(&format!("{SECRETS}?limit=4&continue={{token}}")),
        five("page_at_any_version").get(SECRETS).get(&format!("{SECRETS}?limit=2&resourceVersion=0")),
        case("page_of_all_namespaces")
            .put(config_map("a", &[("of", "pages")]))
            .put(config_map("b", &[("of", "pages")]))
            .get("/api/v1/configmaps?labelSelector=of%3Dpages&limit=1"),
        case("page_of_a_custom_kind")
            .put(artifact("a", &[]))
            .put(artifact("b", &[]))
            .get(&format!("{ARTIFACTS}?limit=1"))
            .get(&format!("{ARTIFACTS}?limit=1&continue={{token}}")),
    ]
}
