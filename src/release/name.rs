//! stub
/// stub
pub fn effective_release_name(release_name: Option<&str>, target_namespace: Option<&str>, name: &str) -> String {
    match (release_name, target_namespace) {
        (Some(r), _) => r.to_owned(),
        (None, Some(t)) => format!("{t}-{name}"),
        (None, None) => name.to_owned(),
    }
}
