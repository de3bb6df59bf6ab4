//! Watches: what is told when, with changes made in between.

use serde_json::json;

use super::story::{Case, artifact, case, object, secret};

const SECRETS: &str = "/api/v1/namespaces/{ns}/secrets";
const ARTIFACTS: &str = "/apis/source.toolkit.fluxcd.io/v1/namespaces/{ns}/externalartifacts";
const OBJECT: &str = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";

/// A watch for so many seconds.
fn watch(path: &str, seconds: u8, more: &str) -> String {
    format!("{path}?watch=true&timeoutSeconds={seconds}{more}")
}

pub fn cases() -> Vec<Case> {
    vec![
        case("watch_from_a_list")
            .put(secret("one", &[]))
            .get(SECRETS)
            .watch(&watch(SECRETS, 3, "&resourceVersion={list}"))
            .put(secret("two", &[]))
            .put(secret("one", &[("n", "2")]))
            .remove(secret("two", &[]))
            .put(secret("two", &[("again", "yes")]))
            .events(4)
            .pass(3)
            .end(),
        case("watch_from_nothing")
            .put(secret("two", &[]))
            .put(secret("one", &[]))
            .watch(&watch(SECRETS, 3, ""))
            .events(2)
            .put(secret("one", &[("n", "2")]))
            .remove(secret("two", &[]))
            .events(2)
            .pass(3)
            .end(),
        case("watch_from_zero")
            .put(secret("one", &[]))
            .get(SECRETS)
            .watch(&watch(SECRETS, 2, "&resourceVersion=0"))
            .events(1)
            .put(secret("two", &[]))
            .events(1)
            .pass(2)
            .end(),
        case("watch_from_the_past")
            .put(secret("one", &[]))
            .get(SECRETS)
            .put(secret("one", &[("n", "2")]))
            .put(secret("one", &[("n", "3")]))
            .remove(secret("one", &[]))
            .watch(&watch(SECRETS, 2, "&resourceVersion={list}"))
            .events(3)
            .pass(2)
            .end(),
        case("watch_with_labels")
            .put(secret("one", &[("app", "web")]))
            .put(secret("two", &[]))
            .get(SECRETS)
            .watch(&watch(SECRETS, 3, "&labelSelector=app%3Dweb&resourceVersion={list}"))
            .put(secret("two", &[("n", "2")]))
            .put(secret("two", &[("app", "web")]))
            .put(secret("one", &[("app", "other")]))
            .put(secret("one", &[("app", "third")]))
            .remove(secret("one", &[]))
            .remove(secret("two", &[]))
            .events(3)
            .pass(3)
            .end(),
        case("watch_with_fields")
            .put(secret("one", &[]))
            .watch(&watch(SECRETS, 2, "&fieldSelector=metadata.name%3Dtwo"))
            .put(secret("one", &[("n", "2")]))
            .put(secret("two", &[]))
            .events(1)
            .pass(2)
            .end(),
        case("watch_all_namespaces")
            .put(secret("one", &[("of", "watch-all")]))
            .watch(&watch("/api/v1/secrets", 2, "&labelSelector=of%3Dwatch-all"))
            .events(1)
            .put(secret("two", &[("of", "watch-all")]))
            .events(1)
            .pass(2)
            .end(),
        case("watch_a_custom_kind")
            .put(artifact("one", &[]))
            .get(ARTIFACTS)
            .watch(&watch(ARTIFACTS, 3, "&resourceVersion={list}"))
            .put(artifact("one", &[("n", "2")]))
            .put(artifact("two", &[]))
            .remove(artifact("one", &[]))
            .events(3)
            .pass(3)
            .end(),
        case("watch_metadata_of_a_custom_kind")
            .put(artifact("one", &[]))
            .watch_accepting(&watch(ARTIFACTS, 2, ""), OBJECT)
            .events(1)
            .remove(artifact("one", &[]))
            .events(1)
            .pass(2)
            .end(),
        case("watch_metadata")
            .put(secret("one", &[("n", "1")]))
            .watch_accepting(&watch(SECRETS, 3, ""), OBJECT)
            .events(1)
            .put(secret("one", &[("n", "2")]))
            .put(secret("two", &[]))
            .remove(secret("one", &[]))
            .events(3)
            .pass(3)
            .end(),
        case("watch_with_bookmarks")
            .put(secret("one", &[]))
            .get(SECRETS)
            .watch(&watch(SECRETS, 5, "&allowWatchBookmarks=true&resourceVersion={list}"))
            .put(secret("two", &[]))
            .events(1)
            .pass(4)
            .bookmark()
            .pass(1)
            .end(),
        case("watch_metadata_with_bookmarks")
            .put(secret("one", &[]))
            .get(SECRETS)
            .watch_accepting(&watch(SECRETS, 5, "&allowWatchBookmarks=true&resourceVersion={list}"), OBJECT)
            .put(secret("two", &[]))
            .events(1)
            .pass(4)
            .bookmark()
            .pass(1)
            .end(),
        case("watch_a_custom_kind_with_bookmarks")
            .put(artifact("one", &[]))
            .get(ARTIFACTS)
            .watch(&watch(ARTIFACTS, 5, "&allowWatchBookmarks=true&resourceVersion={list}"))
            .put(artifact("two", &[]))
            .events(1)
            .pass(4)
            .bookmark()
            .pass(1)
            .end(),
        case("watch_from_nothing_with_bookmarks")
            .put(secret("one", &[]))
            .watch(&watch(SECRETS, 2, "&allowWatchBookmarks=true"))
            .events(2)
            .pass(2)
            .end(),
        case("watch_initial_events")
            .put(secret("one", &[]))
            .put(secret("two", &[]))
            .watch(&watch(
                SECRETS,
                2,
                "&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true",
            ))
            .events(3)
            .put(secret("three", &[]))
            .events(1)
            .pass(2)
            .end(),
        case("watch_initial_events_of_metadata")
            .put(secret("one", &[]))
            .watch_accepting(
                &watch(
                    SECRETS,
                    2,
                    "&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true",
                ),
                OBJECT,
            )
            .events(2)
            .pass(2)
            .end(),
        case("watch_initial_events_without_bookmarks")
            .put(secret("one", &[]))
            .watch(&watch(SECRETS, 2, "&sendInitialEvents=true&resourceVersionMatch=NotOlderThan"))
            .events(1)
            .pass(2)
            .end(),
        case("watch_no_initial_events")
            .put(secret("one", &[]))
            .get(SECRETS)
            .watch(&watch(
                SECRETS,
                2,
                "&sendInitialEvents=false&resourceVersionMatch=NotOlderThan&resourceVersion={list}",
            ))
            .put(secret("two", &[]))
            .events(1)
            .pass(2)
            .end(),
        case("watch_limit_means_nothing")
            .put(secret("one", &[]))
            .put(secret("two", &[]))
            .watch(&watch(SECRETS, 2, "&limit=1"))
            .events(2)
            .pass(2)
            .end(),
        case("watch_in_any_words")
            .put(secret("one", &[]))
            .watch(&format!("{SECRETS}?watch=maybe&timeoutSeconds=2"))
            .events(1)
            .pass(2)
            .end()
            .watch(&format!("{SECRETS}?watch=&timeoutSeconds=2"))
            .events(1)
            .pass(2)
            .end(),
        case("watch_unknown")
            .watch("/api/v1/examples?watch=1&timeoutSeconds=1")
            .watch("/apis/source.toolkit.fluxcd.io/v1/examples?watch=1&timeoutSeconds=1"),
        case("watch_accepting_nothing_known").watch_accepting(&watch(SECRETS, 1, ""), "text/html"),
        case("watch_type_of_secret")
            .get(SECRETS)
            .watch(&watch(SECRETS, 2, "&fieldSelector=type%3Dhelm.sh/release.v1&resourceVersion={list}"))
            .put(secret("other", &[]))
            .put(object("v1", "Secret", "release", &[], json!({"type": "helm.sh/release.v1"})))
            .events(1)
            .pass(2)
            .end(),
    ]
}
