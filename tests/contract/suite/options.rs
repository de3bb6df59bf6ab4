//! Parameters that are wrong, or odd and still right.

use super::story::{Case, case, secret};

const SECRETS: &str = "/api/v1/namespaces/{ns}/secrets";

/// A list, or a watch, with parameters.
fn with(name: &'static str, all: &[&str]) -> Case {
    all.iter().fold(case(name), |case, parameters| case.get(&format!("{SECRETS}?{parameters}")))
}

pub fn cases() -> Vec<Case> {
    vec![
        with("options_not_numbers", &["limit=x", "timeoutSeconds=x", "limit=", "limit=99999999999999999999"]),
        with("options_odd_numbers", &["limit=0", "limit=-1", "timeoutSeconds=-1"]),
        with("options_not_truths", &["allowWatchBookmarks=x", "watch=false", "watch=0", "watch=FALSE"]),
        with("options_not_versions", &["resourceVersion=abc", "resourceVersion=-1", "limit=2&resourceVersion=abc"]),
        with(
            "options_matching",
            &[
                "resourceVersionMatch=Exact",
                "resourceVersionMatch=Example&resourceVersion=1",
                "resourceVersionMatch=Exact&resourceVersion=0",
                "resourceVersionMatch=Example",
                "resourceVersionMatch=NotOlderThan&resourceVersion=0",
            ],
        ),
        with("options_initial_events_of_a_list", &["sendInitialEvents=true", "sendInitialEvents=false"]),
        with(
            "options_token_and_version",
            &["continue=abcd&resourceVersionMatch=Exact&resourceVersion=1", "continue=abc&resourceVersion=0"],
        ),
        case("options_token_and_a_version")
            .put(secret("a", &[]))
            .put(secret("b", &[]))
            .get(&format!("{SECRETS}?limit=1"))
            .get(&format!("{SECRETS}?limit=1&continue={{token}}&resourceVersion=1"))
            .get(&format!("{SECRETS}?limit=1&continue={{token}}&resourceVersion=0")),
        with("options_bad_token", &["continue=foo", "continue=a~b", "continue=e30", "continue=eyJ2IjoieCJ9"]),
        with(
            "options_empty_token",
            &[
                "continue=",
                // {"v":"meta.k8s.io/v1"}, then with a version, then with a start above.
                "continue=eyJ2IjoibWV0YS5rOHMuaW8vdjEifQ",
                "continue=eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MX0",
                "continue=eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MSwic3RhcnQiOiIvLi4veCJ9",
            ],
        ),
        with("options_of_no_meaning", &["example=1", "pretty=x", "fieldSelector=", "labelSelector="]),
        with(
            "options_watch_matching",
            &[
                "watch=1&timeoutSeconds=1&sendInitialEvents=false",
                "watch=1&timeoutSeconds=1&sendInitialEvents=true&resourceVersionMatch=Exact&resourceVersion=1",
                "watch=1&timeoutSeconds=1&resourceVersionMatch=NotOlderThan&resourceVersion=1",
                "watch=1&timeoutSeconds=1&continue=abc",
            ],
        ),
        with(
            "options_watch_faults",
            &[
                "watch=1&timeoutSeconds=x",
                "watch=1&timeoutSeconds=1&resourceVersion=abc",
                "watch=1&timeoutSeconds=1&labelSelector=%3D%3D",
                "watch=1&timeoutSeconds=1&fieldSelector=example%3D1",
            ],
        ),
    ]
}
