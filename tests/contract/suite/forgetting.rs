//! What was handed out and is forgotten since: 410.

use super::story::{Case, artifact, case, secret};

const SECRETS: &str = "/api/v1/namespaces/{ns}/secrets";
const ARTIFACTS: &str = "/apis/source.toolkit.fluxcd.io/v1/namespaces/{ns}/externalartifacts";

fn three(name: &'static str) -> Case {
    ["a", "b", "c"].into_iter().fold(case(name), |case, name| case.put(secret(name, &[])))
}

pub fn cases() -> Vec<Case> {
    vec![
        three("forgotten_watch")
            .get(SECRETS)
            .forget()
            .watch(&format!("{SECRETS}?watch=1&timeoutSeconds=5&resourceVersion={{list}}"))
            .end(),
        three("forgotten_watch_of_metadata")
            .get(SECRETS)
            .forget()
            .watch_accepting(
                &format!("{SECRETS}?watch=1&timeoutSeconds=5&resourceVersion={{list}}"),
                "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1",
            )
            .end(),
        case("forgotten_watch_of_a_custom_kind")
            .put(artifact("one", &[]))
            .get(ARTIFACTS)
            .forget()
            .watch(&format!("{ARTIFACTS}?watch=1&timeoutSeconds=5&resourceVersion={{list}}"))
            .end(),
        three("forgotten_page")
            .get(&format!("{SECRETS}?limit=1"))
            .forget()
            .get(&format!("{SECRETS}?limit=1&continue={{token}}")),
        three("forgotten_page_gone_on_with")
            .get(&format!("{SECRETS}?limit=1"))
            .forget()
            .put(secret("bb", &[]))
            .get(&format!("{SECRETS}?limit=1&continue={{token}}"))
            .get(&format!("{SECRETS}?limit=2&continue={{token}}"))
            .get(&format!("{SECRETS}?limit=2&continue={{token}}")),
        case("forgotten_page_of_a_custom_kind")
            .put(artifact("a", &[]))
            .put(artifact("b", &[]))
            .get(&format!("{ARTIFACTS}?limit=1"))
            .forget()
            .get(&format!("{ARTIFACTS}?limit=1&continue={{token}}")),
        three("forgotten_version")
            .get(SECRETS)
            .forget()
            .get(&format!("{SECRETS}?resourceVersion={{list}}&resourceVersionMatch=Exact"))
            .get(&format!("{SECRETS}?resourceVersion={{object}}&limit=1")),
        three("forgotten_but_good_enough")
            .get(SECRETS)
            .forget()
            .get(&format!("{SECRETS}?resourceVersion={{list}}"))
            .get(&format!("{SECRETS}/a?resourceVersion={{list}}")),
        three("forgotten_and_watched_from_the_present")
            .forget()
            .get(SECRETS)
            .watch(&format!("{SECRETS}?watch=1&timeoutSeconds=2&resourceVersion={{list}}"))
            .put(secret("d", &[]))
            .events(1)
            .pass(2)
            .end(),
    ]
}
