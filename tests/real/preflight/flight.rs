//! One upgrade: predicted, made, compared.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use serde_json::Value;

use super::site::{Ended, Next, Site};
use crate::fates::paths::{at, conflicts};

/// What is to come of it.
#[derive(Debug, Clone, Copy)]
pub enum Ends<'a> {
    /// It goes through. These fields of others are lost by it, and these stay as they are.
    Through { lost: &'a [&'a str], stays: &'a [&'a str] },
    /// It is refused for these conflicts: field and manager.
    Conflicts(&'a [(&'a str, &'a str)]),
    /// It is refused; these words are told, and a finding of this check quotes them.
    Refused { check: &'a str, words: &'a str },
    /// Nothing is promised, for a reason that a finding of this check names with these words.
    Open { check: &'a str, words: &'a str, succeeds: bool },
}

/// What the release has that can be compared: the findings, and the objects as they were.
struct Prediction {
    preflight: Value,
    findings: Vec<Value>,
    before: BTreeMap<(String, String), Option<Value>>,
}

/// Predicts the next upgrade, makes it, and compares. Gives the findings, for what a case knows beyond that.
pub fn flies(site: &Site, next: &Next, ends: Ends) -> Vec<Value> {
    flies_by(site, next, ends, || site.upgrade(next))
}

/// Predicts what the closure does.
pub fn flies_by(site: &Site, next: &Next, ends: Ends, act: impl FnOnce() -> Ended) -> Vec<Value> {
    let start = Instant::now();
    let predicted = Prediction::of(site, next);
    let verdict = text(&predicted.preflight, "verdict");
    let prediction = start.elapsed().as_secs_f64();
    let ended = act();
    let flight = start.elapsed().as_secs_f64() - prediction;
    predicted.compare(site, next, ends, &ended);
    let went = if ended.success { "went through" } else { "failed" };
    eprintln!("{}: {verdict} ({prediction:.1} s), and it {went} ({flight:.1} s)", site.namespace);
    predicted.findings
}

impl Prediction {
    fn of(site: &Site, next: &Next) -> Self {
        let preflight = site.preflight(next);
        let findings = preflight["findings"].as_array().unwrap().clone();
        let of_fields = findings.iter().filter(|finding| !text(finding, "path").is_empty());
        let named: BTreeSet<(String, String)> =
            of_fields.map(|finding| (text(finding, "kind").to_owned(), text(finding, "name").to_owned())).collect();
        let before = named.into_iter().map(|(kind, name)| {
            let object = site.object(&kind, &name);
            ((kind, name), object)
        });
        let before = before.collect();
        Self { preflight, findings, before }
    }

    fn compare(&self, site: &Site, next: &Next, ends: Ends, ended: &Ended) {
        let verdict = text(&self.preflight, "verdict");
        let all = || format!("{}: {:#}\n{ended:#?}", site.namespace, self.preflight);
        // Whatever the case expects: no false pass, no false block.
        assert!(verdict != "passes" || ended.success, "a false pass, {}", all());
        assert!(verdict != "blocked" || !ended.success, "a false block, {}", all());
        let blocks = |finding: &Value| text(finding, "check") == "conflict" && text(finding, "severity") == "blocks";
        assert_eq!(self.paths(blocks), quoted(&ended.told), "fields in conflict, {}", all());
        for finding in &self.findings {
            let has_remedy = !text(finding, "remedy").is_empty() || text(finding, "severity") == "note";
            assert!(has_remedy && !text(finding, "text").is_empty(), "{finding:#}, {}", site.namespace);
        }
        match ends {
            Ends::Through { lost, stays } => {
                assert!(ended.success && verdict == "passes", "{}", all());
                assert_eq!(self.paths(is_lost), set(lost), "what is lost, {}", all());
                assert_eq!(self.paths(|finding| is_of_others(finding) && !is_lost(finding)), set(stays), "{}", all());
                self.compare_fields(site, next);
            }
            Ends::Conflicts(right) => {
                assert!(!ended.success && verdict == "blocked", "{}", all());
                let right: BTreeSet<(String, String)> =
                    right.iter().map(|(field, manager)| ((*field).to_owned(), (*manager).to_owned())).collect();
                assert_eq!(conflicts(&ended.told), right, "{}", all());
                for (field, manager) in &right {
                    let names = |finding: &&Value| text(finding, "path") == field && says(finding, plain(manager));
                    assert!(self.findings.iter().any(|finding| names(&finding)), "{field}: {manager}, {}", all());
                }
            }
            Ends::Refused { check, words } => {
                assert!(!ended.success && verdict == "blocked", "{}", all());
                assert!(folded(&ended.told).contains(words), "{words}, {}", all());
                assert!(self.has("blocks", check, words), "no {check} says {words}, {}", all());
            }
            Ends::Open { check, words, succeeds } => {
                assert_eq!(ended.success, succeeds, "{}", all());
                assert!(verdict == "risky" || verdict == "unknown", "{}", all());
                let found = ["risk", "unknown"].iter().any(|severity| self.has(severity, check, words));
                assert!(found, "no {check} says {words}, {}", all());
            }
        }
    }

    /// Every field that others hold is as it was said to be: lost, the manifest's value is there; else it has not changed.
    fn compare_fields(&self, site: &Site, next: &Next) {
        let manifest = next.objects.as_ref().unwrap_or(&site.objects);
        let is_compared = |finding: &&Value| is_of_others(finding) || text(finding, "check") == "armed";
        for finding in self.findings.iter().filter(is_compared) {
            let (kind, name, path) = (text(finding, "kind"), text(finding, "name"), text(finding, "path"));
            let wanted = manifest.iter().find(|object| object["kind"] == kind && object["metadata"]["name"] == name);
            let after = site.object(kind, name);
            let is = after.as_ref().and_then(|object| at(object, path));
            let right = match is_lost(finding) {
                true => wanted.and_then(|object| at(object, path)),
                false => self.before[&(kind.to_owned(), name.to_owned())].as_ref().and_then(|object| at(object, path)),
            };
            assert_eq!(is, right, "{kind} {name} {path}, {}: {finding:#}", site.namespace);
        }
    }

    fn paths(&self, is_meant: impl Fn(&Value) -> bool) -> BTreeSet<String> {
        self.findings
            .iter()
            .filter(|finding| is_meant(finding))
            .map(|finding| text(finding, "path").to_owned())
            .collect()
    }

    fn has(&self, severity: &str, check: &str, words: &str) -> bool {
        self.findings.iter().any(|finding| {
            text(finding, "severity") == severity && text(finding, "check") == check && says(finding, words)
        })
    }
}

/// A field that others changed, or keep alive.
fn is_of_others(finding: &Value) -> bool {
    ["hotfix", "leftover"].contains(&text(finding, "check"))
}

/// Whether a person who reads the finding takes the field for lost.
fn is_lost(finding: &Value) -> bool {
    let said = text(finding, "text");
    let lost = ["the upgrade overwrites that", "the upgrade takes it away"].iter().any(|words| said.contains(words));
    let stays = ["the upgrade leaves that as it is", "keeps it alive"].iter().any(|words| said.contains(words));
    assert!(!is_of_others(finding) || lost != stays, "what becomes of it? {finding:#}");
    lost
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_else(|| panic!("no {key} in {value:#}"))
}

/// Whether the words stand in what the finding is or by what it is known.
fn says(finding: &Value, words: &str) -> bool {
    let evidence = finding["evidence"].as_array().unwrap().iter().filter_map(Value::as_str);
    evidence.chain([text(finding, "text")]).any(|line| folded(line).contains(words))
}

/// Without a subresource in parentheses.
fn plain(manager: &str) -> &str {
    manager.split(" (").next().unwrap_or(manager)
}

/// In one line.
fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn quoted(told: &str) -> BTreeSet<String> {
    conflicts(told).into_iter().map(|(field, _)| field).collect()
}

fn set(paths: &[&str]) -> BTreeSet<String> {
    paths.iter().map(|path| (*path).to_owned()).collect()
}
