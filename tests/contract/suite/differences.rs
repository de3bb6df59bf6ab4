//! Where the demo says something else than the real server, and why it must.

/// One value of one transcript.
pub struct Difference {
    pub case: &'static str,
    /// Where in the transcript, as a JSON pointer.
    pub at: &'static str,
    /// What the demo says there, as JSON.
    pub demo: &'static str,
    pub reason: &'static str,
}

/// All of them. The suite fails for one that is not needed, and for any other that there is.
pub const DIFFERENCES: &[Difference] = &[
    speaks_json("accept_nothing_known", "/0/body/message", ROUTER),
    speaks_json("accept_nothing_known", "/1/body/message", ROUTER),
    speaks_json("accept_nothing_known", "/2/body/message", ROUTER),
    speaks_json("accept_nothing_known", "/3/body/message", ROUTER),
    speaks_json("accept_nothing_known_of_a_list", "/0/body/message", ROUTER_OF_LISTS),
    speaks_json("accept_nothing_known_of_a_custom_kind", "/0/body/message", RESOURCE),
    speaks_json("accept_nothing_known_of_discovery", "/0/body/message", RESOURCE),
    speaks_json("accept_nothing_known_of_resources", "/0/body/message", ROUTER),
    speaks_json("accept_unknown_discovery", "/0/body/message", RESOURCE),
    speaks_json("accept_unknown_forms", "/0/body/message", RESOURCE),
    speaks_json("accept_unknown_forms", "/1/body/message", RESOURCE),
    speaks_json("accept_unknown_forms", "/2/body/message", RESOURCE),
    speaks_json("watch_accepting_nothing_known", "/0/body/message", ROUTER_OF_LISTS),
];

const ROUTER: &str = r#""406: Not Acceptable\n\nAvailable representations: application/json""#;
const ROUTER_OF_LISTS: &str =
    r#""406: Not Acceptable\n\nAvailable representations: application/json, application/json;stream=watch""#;
const RESOURCE: &str = r#""only the following media types are accepted: application/json""#;

const fn speaks_json(case: &'static str, at: &'static str, demo: &'static str) -> Difference {
    Difference { case, at, demo, reason: "the demo speaks JSON alone, and the refusal names what is spoken" }
}
