//! What the user's settings say of noise, as rules beside those that are shipped.

use std::sync::Arc;

use crate::config::settings::NoiseRow;
use crate::config::{Fault, Settings};
use crate::diff::noise::{Fields, Hides, Pattern, Rule, Value, shipped};

/// A rule was called by another name before, which is a verdict as well.
const FORMERLY: &str = "assumed";
const FILLED_IN: &str = "filled-in";

/// The rules, and what is wrong in what the settings say of them: then those that are shipped count alone. Settings that cannot
/// be read say nothing here: what is wrong with them is told by who reads them.
#[must_use]
pub fn rules(settings: &Result<Settings, Vec<Fault>>) -> (Arc<[Rule]>, Vec<Fault>) {
    let mut rules = shipped();
    let mut faults = Vec::new();
    for row in settings.iter().flat_map(|settings| &settings.noise) {
        match rule(row, &mut rules) {
            Ok(Some(rule)) => rules.push(rule),
            Ok(None) => {}
            Err(fault) => faults.push(fault),
        }
    }
    if faults.is_empty() { (rules.into(), faults) } else { (shipped().into(), faults) }
}

/// The rule that a row makes, if it does not only switch one of those that are there.
fn rule(row: &NoiseRow, rules: &mut [Rule]) -> Result<Option<Rule>, Fault> {
    let NoiseRow { name, path, kind, value, reason, enabled, origin } = row;
    let fault = |message: String| Fault::of(origin, message);
    let meant = if name == FORMERLY { FILLED_IN } else { name.as_str() };
    let known = rules.iter_mut().find(|rule| rule.name == meant);
    let path = match (path, known) {
        (None, Some(rule)) => {
            rule.is_on = *enabled;
            return Ok(None);
        }
        (None, None) => {
            let names: Vec<String> = shipped().into_iter().map(|rule| rule.name).collect();
            let message = format!("no rule \"{name}\" is shipped; there are {}", names.join(", "));
            return Err(fault(message).suggest(name, names.iter().map(String::as_str)));
        }
        (Some(_), Some(_)) => {
            return Err(fault(format!("there is a rule \"{name}\" already: this one needs another name")));
        }
        (Some(path), None) => path,
    };
    let pattern = Pattern::parse(path).map_err(|bad| fault(format!("the path \"{path}\" cannot be used: {bad}")))?;
    let value = value.as_ref().map(|value| {
        Value::new(value).map_err(|bad| fault(format!("the value \"{value}\" is no regular expression: {bad}")))
    });
    let doc = if reason.is_empty() { format!("{path}, so says {origin}") } else { reason.clone() };
    let fields = Fields { path: pattern, kind: kind.clone(), value: value.transpose()? };
    Ok(Some(Rule { name: name.clone(), doc, is_on: *enabled, hides: Hides::Fields(fields) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the rules are beside or instead of those that are shipped: name, doc, and whether they hide.
    fn check(text: &str, expected: Result<&[(&str, &str, bool)], &str>) {
        let (rules, faults) = rules(&Settings::parse("s.toml", text));
        let shipped = shipped();
        let news = rules.iter().filter(|rule| !shipped.contains(rule));
        let found: Vec<_> = news.map(|rule| (rule.name.as_str(), rule.doc.as_str(), rule.is_on)).collect();
        let said: Vec<String> = faults.iter().map(ToString::to_string).collect();
        assert_eq!(
            (found.as_slice(), said.join("\n").as_str()),
            (expected.unwrap_or(&[]), expected.err().unwrap_or("")),
            "{text}"
        );
    }

    #[test]
    fn the_users_rules_stand_beside_those_that_are_shipped() {
        check("", Ok(&[]));
        check("what = 1", Ok(&[]));
        check(
            "[[noise]]\nname = \"commit\"\npath = \"**.commit\"\n[[noise]]\nname = \"b\"\npath = \"x\"\nreason = \"ours\"\nenabled = false",
            Ok(&[("commit", "**.commit, so says s.toml:2", true), ("b", "ours", false)]),
        );
        check(
            "[[noise]]\nname = \"checksums\"\nenabled = false",
            Ok(&[("checksums", "annotations that hold a checksum of something else", false)]),
        );
        let filled_in = "fields that nobody wrote: the API server or a controller filled them in";
        for name in ["filled-in", "assumed"] {
            let text = format!("[[noise]]\nname = \"{name}\"\nenabled = false");
            check(&text, Ok(&[("filled-in", filled_in, false)]));
        }
    }

    #[test]
    fn rules_that_cannot_be_used_are_said() {
        check(
            "[[noise]]\nname = \"checksum\"\nenabled = false",
            Err(
                "s.toml:2: no rule \"checksum\" is shipped; there are chart-labels, checksums, generated-names, timestamps, filled-in; did you mean \"checksums\"?",
            ),
        );
        check(
            "[[noise]]\nname = \"assumed\"\npath = \"x\"",
            Err("s.toml:2: there is a rule \"assumed\" already: this one needs another name"),
        );
        check(
            "[[noise]]\nname = \"a\"\npath = \"**\"\n[[noise]]\nname = \"b\"\npath = \"x[\"",
            Err(
                "s.toml:2: the path \"**\" cannot be used: it stands for every field\ns.toml:5: the path \"x[\" cannot be used: a [ has no ]",
            ),
        );
        check(
            "[[noise]]\nname = \"a\"\npath = \"x\"\nvalue = \"(\"",
            Err("s.toml:2: the value \"(\" is no regular expression: unclosed group"),
        );
    }
}
