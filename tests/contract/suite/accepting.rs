//! What a client accepts: whole objects or metadata, packed or plain, and what is refused.

use serde_json::json;

use super::story::{Case, artifact, case, object, secret};

const SECRETS: &str = "/api/v1/namespaces/{ns}/secrets";
const ONE: &str = "/api/v1/namespaces/{ns}/secrets/one";
const ARTIFACTS: &str = "/apis/source.toolkit.fluxcd.io/v1/namespaces/{ns}/externalartifacts";
const OBJECT: &str = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
const LIST: &str = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

fn accepted(name: &'static str, path: &str, accepts: &[&'static str]) -> Case {
    accepts
        .iter()
        .fold(case(name).put(secret("one", &[])).put(artifact("one", &[])), |case, accept| case.accept(path, accept))
}

fn large(name: &str, length: usize) -> serde_json::Value {
    object("v1", "ConfigMap", name, &[("of", "large")], json!({"data": {"a": "x".repeat(length)}}))
}

pub fn cases() -> Vec<Case> {
    vec![
        case("metadata_of_a_list")
            .put(secret("one", &[("n", "1")]))
            .put(secret("two", &[]))
            .accept(SECRETS, LIST)
            .accept(&format!("{SECRETS}?limit=1"), LIST)
            .accept(&format!("{SECRETS}?labelSelector=n"), LIST),
        accepted("metadata_of_a_custom_list", ARTIFACTS, &[LIST]),
        accepted("metadata_of_an_object", ONE, &[OBJECT]),
        accepted("metadata_of_a_custom_object", &format!("{ARTIFACTS}/one"), &[OBJECT]),
        accepted(
            "metadata_in_the_old_version",
            ONE,
            &["application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1beta1"],
        ),
        accepted("metadata_of_an_absent_object", &format!("{SECRETS}/absent"), &[OBJECT]),
        accepted("metadata_of_a_list_as_an_object", SECRETS, &[OBJECT]),
        accepted("metadata_of_an_object_as_a_list", ONE, &[LIST]),
        accepted("metadata_of_a_custom_list_as_an_object", ARTIFACTS, &[OBJECT]),
        accepted("metadata_of_a_custom_object_as_a_list", &format!("{ARTIFACTS}/one"), &[LIST]),
        accepted(
            "accept_json",
            ONE,
            &["application/json", "*/*", "", "application/json;stream=watch", "application/json;charset=utf-8"],
        ),
        accepted(
            "accept_the_best",
            ONE,
            &[
                "text/html,application/json;q=0.5",
                "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json",
                "application/json;q=0.1,application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1",
                "application/json;as=Example;g=meta.k8s.io;v=v1,application/json",
            ],
        ),
        accepted("accept_nothing_known", ONE, &["text/html", "application/cbor", "example", "application/*"]),
        accepted("accept_nothing_known_of_a_list", SECRETS, &["text/html"]),
        accepted("accept_nothing_known_of_a_custom_kind", ARTIFACTS, &["text/html", "application/*"]),
        accepted(
            "accept_unknown_forms",
            ONE,
            &[
                "application/json;as=Example;g=meta.k8s.io;v=v1",
                "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v9",
                "application/json;as=PartialObjectMetadata;g=example.com;v=v1",
            ],
        ),
        accepted("accept_nothing_known_of_discovery", "/apis", &["text/html"]),
        accepted("accept_nothing_known_of_resources", "/api/v1", &["text/html"]),
        accepted("accept_nothing_known_of_version", "/version", &["text/html"]),
        accepted(
            "accept_unknown_discovery",
            "/apis",
            &["application/json;g=apidiscovery.k8s.io;v=v9;as=APIGroupDiscoveryList"],
        ),
        case("packed_when_large")
            .put(large("one", 200_000))
            .get_with("/api/v1/namespaces/{ns}/configmaps/one", &[("accept-encoding", "gzip")])
            .get_with("/api/v1/namespaces/{ns}/configmaps?labelSelector=of", &[("accept-encoding", "gzip")])
            .get_with("/api/v1/namespaces/{ns}/configmaps/one", &[("accept-encoding", "deflate, gzip;q=0.5")])
            .get("/api/v1/namespaces/{ns}/configmaps/one"),
        case("plain_when_small")
            .put(large("one", 100_000))
            .get_with("/api/v1/namespaces/{ns}/configmaps/one", &[("accept-encoding", "gzip")])
            .get_with("/api/v1/namespaces/{ns}/configmaps?labelSelector=of", &[("accept-encoding", "gzip")]),
    ]
}
