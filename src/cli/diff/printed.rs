//! Differences as a table, as a patch, and for programs.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use super::super::print::document;
use super::super::{Failure, Output};
use super::DiffOutput;
use crate::diff::text::{self, Kind};
use crate::diff::whole::patches;
use crate::diff::{Asked, Change, Diff, End, Entry, FieldChange, Op, Part, Told};
use crate::ownership::words::text_of;
use crate::release::history::rollback_of;

#[derive(Debug, Serialize)]
struct DiffEntry<'d> {
    old: &'d str,
    new: &'d str,
    objects: Vec<ObjectEntry<'d>>,
    /// How many both sides have alike.
    same: usize,
    hidden: Hidden<'d>,
    faults: &'d [String],
}

#[derive(Debug, Serialize)]
struct ObjectEntry<'d> {
    part: &'static str,
    kind: &'d str,
    namespace: &'d str,
    name: &'d str,
    change: &'static str,
    old_api_version: Option<&'d str>,
    new_api_version: Option<&'d str>,
    source: Option<&'d str>,
    changes: Vec<ChangeEntry<'d>>,
}

#[derive(Debug, Serialize)]
struct ChangeEntry<'d> {
    path: String,
    op: &'static str,
    old: Option<Value>,
    new: Option<Value>,
    hidden_by: Option<&'d str>,
}

/// What noise rules hide, whether it is shown or not.
#[derive(Debug, Serialize)]
struct Hidden<'d> {
    changes: usize,
    /// Of so many objects nothing else differs.
    objects: usize,
    rules: BTreeMap<&'d str, usize>,
}

pub(super) fn printed(diff: &Diff, asked: &Asked, output: DiffOutput, with_noise: bool) -> Result<String, Failure> {
    match output {
        DiffOutput::Table => Ok(table(diff, asked, with_noise)),
        DiffOutput::Text => Ok(patches(diff, asked)),
        DiffOutput::Json => document(&entry(diff, with_noise), Output::Json),
        DiffOutput::Yaml => document(&entry(diff, with_noise), Output::Yaml),
    }
}

/// The entries that are told of.
fn shown(diff: &Diff, with_noise: bool) -> impl Iterator<Item = &Entry> {
    diff.entries.iter().filter(move |entry| with_noise || !entry.is_noise())
}

fn hidden(diff: &Diff) -> Hidden<'_> {
    let mut rules: BTreeMap<&str, usize> = BTreeMap::new();
    let changes = diff.entries.iter().flat_map(|entry| entry.changes(true));
    changes.filter_map(|change| change.hidden_by.as_deref()).for_each(|rule| *rules.entry(rule).or_default() += 1);
    Hidden {
        changes: rules.values().sum(),
        objects: diff.entries.iter().filter(|entry| entry.is_noise()).count(),
        rules,
    }
}

fn entry(diff: &Diff, with_noise: bool) -> DiffEntry<'_> {
    DiffEntry {
        old: &diff.old,
        new: &diff.new,
        objects: shown(diff, with_noise).map(|entry| object(entry, with_noise)).collect(),
        same: diff.same,
        hidden: hidden(diff),
        faults: &diff.faults,
    }
}

fn object(entry: &Entry, with_noise: bool) -> ObjectEntry<'_> {
    let changes = match &entry.told {
        Told::Fields { .. } => entry.changes(with_noise).map(change).collect(),
        Told::Lines { old, new } => {
            let text = |text: &Arc<str>, is_there: bool| is_there.then(|| Value::String(text.to_string()));
            let (op, has_old, has_new) = match entry.change {
                Change::Added => (Op::Add, false, true),
                Change::Removed => (Op::Remove, true, false),
                Change::Changed => (Op::Replace, true, true),
            };
            let (old, new) = (text(old, has_old), text(new, has_new));
            vec![ChangeEntry { path: String::new(), op: op.into(), old, new, hidden_by: None }]
        }
    };
    ObjectEntry {
        part: entry.part.word(),
        kind: &entry.id.kind,
        namespace: &entry.id.namespace,
        name: &entry.id.name,
        change: entry.change.into(),
        old_api_version: entry.api_versions.0.as_deref(),
        new_api_version: entry.api_versions.1.as_deref(),
        source: entry.source.as_deref(),
        changes,
    }
}

fn change(change: &FieldChange) -> ChangeEntry<'_> {
    ChangeEntry {
        path: change.field(),
        op: change.op.into(),
        old: change.old.clone(),
        new: change.new.clone(),
        hidden_by: change.hidden_by.as_deref(),
    }
}

/// Which chart a revision is of, and whether it went back to another one.
fn facts(end: &End) -> String {
    let End::Revision(payload) = end else { return String::new() };
    let chart = payload.metadata().and_then(|chart| Some(format!("{} {}", chart.name?, chart.version?)));
    let rollback = rollback_of(payload).map(|to| format!("rollback to {to}"));
    let facts: Vec<String> = chart.into_iter().chain(rollback).collect();
    if facts.is_empty() { String::new() } else { format!(" ({})", facts.join(", ")) }
}

/// Per object a line, below it each change; then what is not told, and why.
fn table(diff: &Diff, asked: &Asked, with_noise: bool) -> String {
    let mut out = format!("{}{} -> {}{}\n", diff.old, facts(&asked.old), diff.new, facts(&asked.new));
    for entry in shown(diff, with_noise) {
        out.push_str(&format!("\n{}\n", header(entry)));
        match (&entry.told, entry.change) {
            (Told::Fields { .. }, Change::Changed) => {
                entry.changes(with_noise).for_each(|change| out.push_str(&field(change)));
            }
            // Of what one side alone has, all of it.
            (Told::Fields { .. } | Told::Lines { .. }, _) => out.push_str(&lines(entry, with_noise)),
        }
    }
    let all: Vec<&Entry> = shown(diff, with_noise).collect();
    if !all.is_empty() {
        out.push('\n');
    }
    let count = |change: Change| all.iter().filter(|entry| entry.change == change).count();
    let told = [
        (count(Change::Changed), "changed"),
        (count(Change::Added), "added"),
        (count(Change::Removed), "removed"),
        (diff.same, "alike"),
    ];
    let told: Vec<String> =
        told.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    let told = if told.is_empty() { "nothing to compare".to_owned() } else { told.join(", ") };
    out.push_str(&format!("{told}\n"));
    let hidden = hidden(diff);
    if hidden.changes > 0 {
        let rules: Vec<String> = hidden.rules.iter().map(|(rule, count)| format!("{rule} {count}")).collect();
        let changes = counted(hidden.changes, "change", "changes");
        let objects = counted(hidden.objects, "object", "objects");
        let end = match (with_noise, hidden.objects) {
            (true, _) => "noise, shown all the same".to_owned(),
            (false, 0) => "hidden as noise; --show-noise shows them".to_owned(),
            (false, _) => format!("hidden as noise, in {objects} nothing else; --show-noise shows them"),
        };
        out.push_str(&format!("{changes} ({}) {end}\n", rules.join(", ")));
    }
    if !diff.faults.is_empty() {
        out.push_str(&format!("\nnot all could be compared\n{}\n", diff.faults.join("\n")));
    }
    out
}

fn header(entry: &Entry) -> String {
    let what = match (entry.id.kind.is_empty(), entry.id.namespace.as_str()) {
        (true, _) | (false, "") => entry.title(),
        (false, namespace) => format!("{} {namespace}/{}", entry.id.kind, entry.id.name),
    };
    let word: &'static str = entry.change.into();
    let mut more = Vec::new();
    if entry.part != Part::Manifest && entry.part.word() != what {
        more.push(entry.part.word().to_owned());
    }
    if let (Some(old), Some(new)) = &entry.api_versions
        && old != new
    {
        more.push(format!("{old} -> {new}"));
    }
    more.extend(entry.source.clone());
    let more = if more.is_empty() { String::new() } else { format!("  ({})", more.join(", ")) };
    format!("{word} {what}{more}")
}

/// One field, in one line unless a value has several.
fn field(change: &FieldChange) -> String {
    let name = change.shown();
    let of = |value: &Option<Value>| value.as_ref().map(text_of).unwrap_or_default();
    let (old, new) = (of(&change.old), of(&change.new));
    let by = change.hidden_by.as_ref().map(|rule| format!("  [{rule}]")).unwrap_or_default();
    if old.contains('\n') || new.contains('\n') {
        let lines = text::compare(&old, &new);
        return format!("  {} {name}:{by}\n{}", mark(change.op), unified(&lines, "      "));
    }
    match change.op {
        Op::Add => format!("  + {name}: {new}{by}\n"),
        Op::Remove => format!("  - {name}: {old}{by}\n"),
        Op::Replace => format!("  ~ {name}: {old} -> {new}{by}\n"),
    }
}

fn mark(op: Op) -> &'static str {
    match op {
        Op::Add => "+",
        Op::Remove => "-",
        Op::Replace => "~",
    }
}

fn lines(entry: &Entry, with_noise: bool) -> String {
    unified(&text::lines(entry, with_noise), "  ")
}

/// How many lines that are alike stand around those that are not.
const AROUND: usize = 3;

/// Lines that differ, with those around them.
fn unified(lines: &[text::Line], indent: &str) -> String {
    let mut out = String::new();
    for hunk in text::hunks(lines, AROUND) {
        let lines = lines.get(hunk.lines).unwrap_or_default();
        if !hunk.folded.is_empty() && !lines.is_empty() && !out.is_empty() {
            out.push_str(&format!("{indent}...\n"));
        }
        for line in lines {
            let mark = match line.kind {
                Kind::Same => ' ',
                Kind::Removed => '-',
                Kind::Added => '+',
            };
            out.push_str(format!("{indent}{mark} {}", line.text).trim_end());
            out.push('\n');
        }
    }
    out
}

fn counted(count: usize, one: &str, many: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {many}") }
}
