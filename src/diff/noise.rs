//! Changes that nobody wants to read: named, switchable, and counted where they are hidden.
//!
//! A change that is hidden and was none of noise costs more than many lines that are shown for nothing. So a rule hides a change
//! only where all of it is noise, never a document that was added or removed but for one that merely got another generated name,
//! and nothing that the API server would refuse to change.

mod assumed;
mod fields;
mod pattern;
mod renamed;

use std::sync::Arc;

use super::{Diff, Entry, FieldChange, Told, text};

pub use assumed::Assumed;
pub use pattern::{BadPattern, Pattern};

/// A rule that hides changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// What it is called.
    pub name: String,
    /// What it hides, in words.
    pub doc: String,
    /// Whether it hides at the moment.
    pub is_on: bool,
    /// What it hides.
    pub hides: Hides,
}

/// What a rule hides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hides {
    /// Labels that name the version of the chart or app, wherever labels stand; selectors are none.
    ChartLabels,
    /// Annotations that hold the digest of something else.
    Checksums,
    /// Names of which only a generated end differs, of objects that are otherwise alike, and what refers to these.
    GeneratedNames,
    /// Annotations and labels that hold a time on both sides, or that are there to force a rollout.
    Timestamps,
    /// Fields that nobody wrote.
    FilledIn,
    /// What the user says.
    Fields(Fields),
}

/// Fields that the user does not want to read of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fields {
    /// Which fields, and all that is below them.
    pub path: Pattern,
    /// Of which kind of objects alone; of any document without.
    pub kind: Option<String>,
    /// What each value that is there must be like.
    pub value: Option<Value>,
}

/// What a value must be like: a pattern for all of its text.
#[derive(Debug, Clone)]
pub struct Value(regex::Regex);

impl Value {
    /// Reads a regular expression.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn new(text: &str) -> Result<Self, String> {
        let whole = format!("^(?:{text})$");
        // Without the whole around it, what is said of its place is right.
        regex::Regex::new(text).and_then(|_| regex::Regex::new(&whole)).map(Self).map_err(|error| {
            error.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
        })
    }

    fn is_like(&self, value: &serde_json::Value) -> bool {
        match value {
            serde_json::Value::String(text) => self.0.is_match(text),
            serde_json::Value::Null
            | serde_json::Value::Bool(_)
            | serde_json::Value::Number(_)
            | serde_json::Value::Array(_)
            | serde_json::Value::Object(_) => self.0.is_match(&value.to_string()),
        }
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

impl Eq for Value {}

/// The rules that are there without any settings, in the order in which they are asked.
#[must_use]
pub fn shipped() -> Vec<Rule> {
    let rule =
        |name: &str, doc: &str, hides: Hides| Rule { name: name.to_owned(), doc: doc.to_owned(), is_on: true, hides };
    vec![
        rule("chart-labels", "labels that name the version of the chart or app", Hides::ChartLabels),
        rule("checksums", "annotations that hold a checksum of something else", Hides::Checksums),
        rule(
            "generated-names",
            "objects that are alike but for the generated end of their name, and what refers to them",
            Hides::GeneratedNames,
        ),
        rule("timestamps", "annotations and labels that hold the time of a rollout", Hides::Timestamps),
        rule("filled-in", "fields that nobody wrote: the API server or a controller filled them in", Hides::FilledIn),
    ]
}

/// Names the rule with each change that one hides: the first that does. What was named before is forgotten.
pub fn mark(entries: &mut [Entry], rules: &[Rule], assumed: &Assumed<'_>) {
    let rules: Vec<(Arc<str>, &Rule)> =
        rules.iter().filter(|rule| rule.is_on).map(|rule| (Arc::from(rule.name.as_str()), rule)).collect();
    for entry in entries.iter_mut() {
        let found: Vec<Option<Arc<str>>> =
            entry.changes(true).map(|change| by_field(&rules, entry, change, assumed)).collect();
        for (change, found) in changes_of(entry).iter_mut().zip(found) {
            change.hidden_by = found;
        }
    }
    if let Some((name, _)) = rules.iter().find(|(_, rule)| rule.hides == Hides::GeneratedNames) {
        renamed::mark(entries, name, &|entry, change| by_field(&rules, entry, change, assumed).is_some());
    }
}

fn changes_of(entry: &mut Entry) -> &mut [FieldChange] {
    match &mut entry.told {
        Told::Fields { changes, .. } => changes,
        Told::Lines { .. } => &mut [],
    }
}

/// The first rule that hides a change for what it is by itself.
fn by_field(
    rules: &[(Arc<str>, &Rule)],
    entry: &Entry,
    change: &FieldChange,
    assumed: &Assumed<'_>,
) -> Option<Arc<str>> {
    if change.path.0.is_empty() {
        return None;
    }
    let hides = |rule: &Rule| match &rule.hides {
        Hides::ChartLabels => fields::all(entry, change, fields::is_chart_label),
        Hides::Checksums => fields::all(entry, change, fields::is_checksum),
        Hides::Timestamps => fields::all(entry, change, fields::is_time),
        Hides::FilledIn => assumed.hides(entry, change),
        Hides::Fields(fields) => fields.hide(entry, change),
        // It takes a look at all entries.
        Hides::GeneratedNames => false,
    };
    rules.iter().find(|(_, rule)| hides(rule)).map(|(name, _)| Arc::clone(name))
}

impl Fields {
    fn hide(&self, entry: &Entry, change: &FieldChange) -> bool {
        self.kind.as_ref().is_none_or(|kind| *kind == entry.id.kind)
            && fields::leaves(change).iter().all(|leaf| {
                self.path.is_within(&leaf.path, leaf.inside)
                    && self.value.as_ref().is_none_or(|wanted| {
                        [leaf.old, leaf.new].into_iter().flatten().all(|value| wanted.is_like(value))
                    })
            })
    }
}

/// How many lines of text noise rules hide.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counted {
    /// Each rule that hides something, with its lines, in the order in which they are met.
    pub rules: Vec<(Arc<str>, usize)>,
    /// Lines in all.
    pub lines: usize,
}

/// Counts the lines, removed and added ones, that are not shown because of noise rules: as [`text::lines`] would show them.
#[must_use]
pub fn hidden(diff: &Diff) -> Counted {
    let mut counted = Counted::default();
    for entry in &diff.entries {
        let of_entry = hidden_of(entry);
        for (rule, lines) in of_entry.rules {
            match counted.rules.iter_mut().find(|(known, _)| *known == rule) {
                Some((_, known)) => *known = known.saturating_add(lines),
                None => counted.rules.push((rule, lines)),
            }
        }
        counted.lines = counted.lines.saturating_add(of_entry.lines);
    }
    counted
}

/// The same of one document.
#[must_use]
pub fn hidden_of(entry: &Entry) -> Counted {
    let mut counted = Counted::default();
    let Told::Fields { old, changes } = &entry.told else { return counted };
    let mut names: Vec<&Arc<str>> = Vec::new();
    for name in changes.iter().filter_map(|change| change.hidden_by.as_ref()) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if names.is_empty() {
        return counted;
    }
    let written = text::old_text(old, changes);
    let lines_with = |shown: &[&Arc<str>]| {
        let is_shown = |change: &&FieldChange| change.hidden_by.as_ref().is_none_or(|name| shown.contains(&name));
        text::count_between(&written, &text::new_text(old, changes, changes.iter().filter(is_shown)))
    };
    // Rule by rule on top of what is shown, so that their lines make the sum.
    let mut before = lines_with(&[]);
    for (place, name) in names.iter().enumerate() {
        let shown = names.get(..=place).unwrap_or_default();
        let with = lines_with(shown);
        let lines = with.saturating_sub(before);
        counted.rules.push((Arc::clone(name), lines));
        counted.lines = counted.lines.saturating_add(lines);
        before = with;
    }
    counted
}

#[cfg(test)]
mod tests;
