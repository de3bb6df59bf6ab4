//! Selectors: what they select, and what is said of those that are none.

use serde_json::json;

use super::story::{Case, artifact, case, object, secret};

const SECRETS: &str = "/api/v1/namespaces/{ns}/secrets";

/// Lists with one label selector after the other, among four objects.
fn labels(name: &'static str, selectors: &[&str]) -> Case {
    let objects = case(name)
        .put(secret("none", &[]))
        .put(secret("one", &[("n", "1"), ("app", "web")]))
        .put(secret("two", &[("n", "2"), ("app", "web"), ("example.com/tier", "back")]))
        .put(secret("word", &[("n", "many"), ("in", "x")]));
    selectors.iter().fold(objects, |case, selector| {
        case.accept(&format!("{SECRETS}?labelSelector={}", escaped(selector)), METADATA)
    })
}

const METADATA: &str = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

fn fields(name: &'static str, path: &str, selectors: &[&str]) -> Case {
    selectors.iter().fold(case(name), |case, selector| case.get(&format!("{path}?fieldSelector={}", escaped(selector))))
}

fn escaped(text: &str) -> String {
    text.bytes().fold(String::new(), |escaped, byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' | b'/' => escaped + &char::from(byte).to_string(),
        other => escaped + &format!("%{other:02X}"),
    })
}

pub fn cases() -> Vec<Case> {
    let opaque = |name: &str, kind: &str| object("v1", "Secret", name, &[], json!({"type": kind}));
    vec![
        labels("labels_equal", &["n=1", "n==1", "n = 1", "n=1,app=web", "n=1,app=other", "example.com/tier=back"]),
        labels("labels_not_equal", &["n!=1", "n!=1,n!=2", "absent!=x"]),
        labels("labels_in", &["n in (1,2)", "n in (1)", "n in ()", "n in (,1)", "n in(1)", "app in (web),n in (2)"]),
        labels("labels_not_in", &["n notin (1,2)", "n notin ()", "absent notin (x)"]),
        labels("labels_exist", &["n", "!n", "! n", "n,!app", "in", "!in"]),
        labels("labels_compare", &["n>1", "n<2", "n>0,n<3"]),
        labels("labels_empty_value", &["n=", "absent=", "n!="]),
        labels("labels_unfinished", &["n in", "n in (", "n in (1", "n in (1,", "=="]),
        labels("labels_wrong_order", &["a=b=c", "!n=1", "a b", "a,,b", ",", "a,", "=a", "a=!", "(a)"]),
        labels("labels_not_numbers", &["n>a", "n<"]),
        labels("labels_wrong_key", &["-x", "a/b/c", "A_/x", "/x", "x/"]),
        labels("labels_wrong_value", &["x=-a", "x in (a,-b)", "x in (-a,-b)"]),
        labels("labels_operators_as_values", &["in=x", "n in (in)", "in in (x)", "notin notin (y)"]),
        case("fields_name")
            .put(secret("one", &[]))
            .put(secret("two", &[]))
            .get(&format!("{SECRETS}?fieldSelector=metadata.name%3Done"))
            .get(&format!("{SECRETS}?fieldSelector=metadata.name%3D%3Done"))
            .get(&format!("{SECRETS}?fieldSelector=metadata.name!%3Done"))
            .get(&format!("{SECRETS}?fieldSelector=metadata.name%3Done,metadata.namespace%3D{{ns}}"))
            .get(&format!("{SECRETS}?fieldSelector=metadata.namespace!%3D{{ns}}"))
            .get(&format!("{SECRETS}?fieldSelector=metadata.name%3Dabsent")),
        case("fields_of_a_custom_kind").put(artifact("one", &[])).put(artifact("two", &[])).get(
            "/apis/source.toolkit.fluxcd.io/v1/namespaces/{ns}/externalartifacts?fieldSelector=metadata.name%3Dtwo",
        ),
        case("fields_type_of_secret")
            .put(opaque("one", "helm.sh/release.v1"))
            .put(opaque("two", "example.com/other"))
            .get(&format!("{SECRETS}?fieldSelector=type%3Dhelm.sh/release.v1"))
            .get(&format!("{SECRETS}?fieldSelector=type!%3Dhelm.sh/release.v1&limit=1")),
        case("fields_and_labels")
            .put(secret("one", &[("n", "1")]))
            .put(secret("two", &[("n", "1")]))
            .get(&format!("{SECRETS}?fieldSelector=metadata.name%3Dtwo&labelSelector=n%3D1")),
        fields("fields_of_pods", "/api/v1/namespaces/{ns}/pods", &["status.phase=Running", "spec.nodeName=a", "a=b"]),
        fields("fields_of_events", "/api/v1/namespaces/{ns}/events", &["involvedObject.name=a,reason=b", "a=b"]),
        fields("fields_of_namespaces", "/api/v1/namespaces", &["a=b", "metadata.namespace=a"]),
        fields("fields_of_jobs", "/apis/batch/v1/namespaces/{ns}/jobs", &["status.successful=1", "a=b"]),
        fields("fields_unknown", "/api/v1/namespaces/{ns}/configmaps", &["data.a=1", "metadata.labels.a=1", "a!=b"]),
        fields("fields_unknown_of_deployments", "/apis/apps/v1/deployments", &["a=b", "spec.replicas=1"]),
        fields(
            "fields_unknown_of_a_custom_kind",
            "/apis/helm.toolkit.fluxcd.io/v2/helmreleases",
            &["a=b", "spec.suspend=true"],
        ),
        fields("fields_unknown_of_definitions", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", &["a=b"]),
        fields(
            "fields_not_understood",
            SECRETS,
            &[
                "metadata.name",
                "metadata.name=a=b",
                "metadata.name=a\\b",
                "metadata.name=a\\",
                ",",
                "a=b,metadata.name",
            ],
        ),
    ]
}
