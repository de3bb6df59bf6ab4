//! The values that are read from ConfigMaps and Secrets.
//!
//! Source of the messages: fluxcd/pkg `chartutil` (`ErrValuesReference`), as recorded.

use super::branch::Branch;
use super::{Link, Severity, words};
use crate::release::flux::{Condition, HelmRelease};

/// What `valuesFrom` names; `failed` is the condition that says that it cannot be resolved.
pub(super) fn branch(object: &HelmRelease, failed: Option<&Condition>, resolved: bool) -> Branch {
    if let Some(failed) = failed {
        let text = words_of(&failed.message);
        let what =
            named(&failed.message).map_or_else(|| "valuesFrom".to_owned(), |(kind, key)| format!("{kind} {key}"));
        let optional = object.values_from.iter().any(|one| one.optional && what.ends_with(&format!("/{}", one.name)));
        let state = if optional { "cannot be resolved, though optional" } else { "cannot be resolved" };
        let link = Link::new(1, "values", what).is(Severity::Bad, state).quoting(&failed.message).since(failed.since);
        return Branch::of(link, Some(text));
    }
    if object.values_from.is_empty() {
        return Branch::default();
    }
    let names: Vec<String> = object.values_from.iter().map(ToString::to_string).collect();
    let (severity, state) = if resolved { (Severity::Good, "resolved") } else { (Severity::Unknown, "not read yet") };
    Branch::of(Link::new(1, "values", names.join(", ")).is(severity, state), None)
}

/// "could not resolve ConfigMap chart values reference 'media/absent' with key 'values.yaml': why".
fn named(message: &str) -> Option<(&str, &str)> {
    let (kind, rest) = message.strip_prefix("could not resolve ")?.split_once(" chart values reference '")?;
    let (key, _) = rest.split_once('\'')?;
    Some((kind, key))
}

fn words_of(message: &str) -> String {
    let Some((kind, key)) = named(message) else { return words::first_line(message) };
    let gone = message.ends_with(" not found");
    match message.split_once("': ").map(|(_, why)| why) {
        Some(_) if gone => format!("valuesFrom {kind} {key} does not exist"),
        Some(why) => format!("valuesFrom {kind} {key}: {}", words::first_line(why)),
        None => words::first_line(message),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_reference_is_named() {
        let check = |message: &str, expected: &str| assert_eq!(words_of(message), expected);
        check(
            "could not resolve ConfigMap chart values reference 'media/absent' with key 'values.yaml': configmaps \"absent\" not found",
            "valuesFrom ConfigMap media/absent does not exist",
        );
        check(
            "could not resolve Secret chart values reference 'shop/db' with key 'url': missing key 'url' in Secret 'shop/db'",
            "valuesFrom Secret shop/db: missing key 'url' in Secret 'shop/db'",
        );
        check("values: something else", "values: something else");
    }
}
