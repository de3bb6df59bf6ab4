//! When revisions began and ended, and when their hooks ran.

use std::collections::BTreeSet;

use super::{Entry, Kind};
use crate::health::objects::Severity;
use crate::health::workloads::first_line;
use crate::release::flux::TestRun;
use crate::release::history::Row;
use crate::release::payload::{Hook, HookPhase, Payload, ReleaseStatus};

/// `rows` are newest first.
pub(super) fn entries(rows: &[Row]) -> Vec<Entry> {
    let known = |row: &&Row| row.gap.is_none();
    let mut entries = Vec::new();
    for (place, row) in rows.iter().enumerate().filter(|(_, row)| known(row)) {
        let before = rows.iter().skip(place + 1).find(known);
        entries.extend(of_row(row, before));
        entries.extend(row.tests.iter().filter_map(|test| of_test(test, row)));
    }
    entries
}

fn of_row(row: &Row, before: Option<&Row>) -> Vec<Entry> {
    let Some(at) = row.updated() else { return Vec::new() };
    let description = row.description.as_deref().unwrap_or_default();
    // Where it is one line, the text holds it.
    let quote = if description.trim() == first_line(description).trim() { "" } else { description };
    let entry = |at, text: String| Entry { revision: Some(row.revision), ..Entry::new(at, Kind::Revision, text) };
    if let Some(problem) = &row.problem {
        let text = format!("{}, which cannot be read", row.status_word());
        return vec![entry(at, text).is(Severity::Waiting).quoting(&problem.cause)];
    }
    let by = if row.by_flux { " by Flux" } else { "" };
    let (verb, chart) = (verb(row), chart(row, before));
    let began = || format!("{verb}{by} began{chart}");
    let done = || format!("{}{by}{chart}", past(row));
    // The label tells when the end was written, where the revision was not written again since.
    let ended = row.written.filter(|ended| row.deployed.is_some_and(|began| ended.as_second() > began.as_second()));
    let why = || if description.is_empty() { String::new() } else { format!(": {}", brief(description)) };
    match (&row.status, ended) {
        (Some(ReleaseStatus::Failed), Some(ended)) => vec![
            entry(at, began()),
            entry(ended, format!("{verb}{by} failed{}", why())).is(Severity::Bad).quoting(quote),
        ],
        (Some(ReleaseStatus::Failed), None) => {
            let text = format!("{}, and failed{}", began(), why());
            vec![entry(at, text).is(Severity::Bad).quoting(quote)]
        }
        (Some(status), _) if status.is_pending() => {
            vec![entry(at, format!("{}; no end was recorded", began())).is(Severity::Waiting)]
        }
        (Some(ReleaseStatus::Uninstalled), _) => {
            vec![entry(at, done()), entry(ended.unwrap_or(at), "uninstalled".to_owned())]
        }
        (Some(ReleaseStatus::Uninstalling), _) => {
            vec![entry(at, done()), entry(row.written.unwrap_or(at), "is being uninstalled".to_owned())]
        }
        (Some(ReleaseStatus::Deployed | ReleaseStatus::Superseded), _) => {
            // What Flux rolls back to is not what it wants: the release is as broken as before.
            let mends = !(row.by_flux && is_rollback(row));
            vec![Entry { mends, ..entry(at, done()) }]
        }
        (_, _) => vec![entry(at, done())],
    }
}

fn is_rollback(row: &Row) -> bool {
    row.rolled_back_to.is_some() || row.action.as_deref() == Some("rollback")
}

fn verb(row: &Row) -> &'static str {
    match (is_rollback(row), row.revision.get()) {
        (true, _) => "rollback",
        (false, 1) => "install",
        (false, _) => "upgrade",
    }
}

fn past(row: &Row) -> String {
    match (row.rolled_back_to, verb(row)) {
        (Some(to), _) => format!("rolled back to {to}"),
        (None, "rollback") => "rolled back".to_owned(),
        (None, "install") => "installed".to_owned(),
        (None, _) => "upgraded".to_owned(),
    }
}

/// The chart, and what it was before.
fn chart(row: &Row, before: Option<&Row>) -> String {
    let new = row.chart_cell();
    let old = before.map(Row::chart_cell).unwrap_or_default();
    match (new.is_empty(), old.is_empty()) {
        (true, _) => String::new(),
        (false, true) => format!(": {new}"),
        (false, false) if old == new => format!(": {new} as before"),
        (false, false) => {
            let is_same = before.is_some_and(|before| before.chart == row.chart);
            let version = row.chart_version.as_deref().filter(|_| is_same).unwrap_or(&new);
            format!(": {old} -> {version}")
        }
    }
}

/// A failure without the words with which Helm begins every one: `Upgrade "web" failed: `.
fn brief(description: &str) -> &str {
    let line = first_line(description);
    line.split_once("\" failed: ").map_or(line, |(_, why)| why)
}

fn of_test(test: &TestRun, row: &Row) -> Option<Entry> {
    let at = test.completed?;
    let phase = test.phase.as_deref().unwrap_or("ended");
    let severity = if phase == "Failed" { Severity::Bad } else { Severity::Good };
    let text = format!("test {} {phase}", test.name);
    Some(Entry { revision: Some(row.revision), ..Entry::new(at, Kind::Hook, text).is(severity) })
}

/// Runs of hooks, each once: a rollback copies them from the revision that it goes back to. Those that Flux tells of too are
/// left to it.
pub(super) fn hooks(payloads: &[&Payload], rows: &[Row]) -> Vec<Entry> {
    let told = rows
        .iter()
        .flat_map(|row| &row.tests)
        .filter_map(|test| Some((test.name.clone(), test.completed?.as_second())));
    let mut told: BTreeSet<(String, i64)> = told.collect();
    let mut payloads: Vec<&Payload> = payloads.to_vec();
    payloads.sort_by_key(|payload| payload.revision());
    let mut entries = Vec::new();
    for payload in payloads {
        for hook in payload.hooks() {
            let Some((at, entry)) = of_hook(&hook, payload) else { continue };
            if told.insert((hook.name.unwrap_or_default().to_owned(), at)) {
                entries.push(entry);
            }
        }
    }
    entries
}

fn of_hook(hook: &Hook<'_>, payload: &Payload) -> Option<(i64, Entry)> {
    let run = hook.last_run.as_ref()?;
    let at = run.completed.or(run.started)?;
    let events = hook.events.join(", ");
    let name = format!("{} {} ({events})", hook.kind.unwrap_or("hook"), hook.name.unwrap_or("?"));
    let took = run.started.zip(run.completed).map(|(from, to)| to.duration_since(from).as_secs());
    let took = took.filter(|seconds| *seconds > 0).map(|seconds| format!(" after {seconds}s")).unwrap_or_default();
    let (word, severity) = match (&run.phase, run.completed) {
        (Some(HookPhase::Succeeded), _) => (format!("succeeded{took}"), Severity::Good),
        (Some(HookPhase::Failed), _) => (format!("failed{took}"), Severity::Bad),
        (Some(HookPhase::Running) | None, None) => ("began, and no end was recorded".to_owned(), Severity::Waiting),
        (Some(HookPhase::Running | HookPhase::Unknown(_)) | None, _) => (format!("ended{took}"), Severity::Unknown),
    };
    let entry = Entry::new(at, Kind::Hook, format!("{name} {word}")).is(severity);
    Some((at.as_second(), Entry { revision: payload.revision(), ..entry }))
}
