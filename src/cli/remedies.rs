//! `owners --permanent` and `owners --undo`: what would keep each hotfix, and what would take it back. Nothing is written.

use serde::Serialize;
use serde_json::Value;

use super::print::document;
use super::{Failure, Output};
use crate::ownership::found::Kind;
use crate::ownership::permanent::{self, Values};
use crate::ownership::report::{ObjectReport, Report, Told};
use crate::ownership::undo;
use crate::release::Release;
use crate::release::payload::Payload;
use crate::release::text::{self, Lines};

/// A line that no shell runs, whatever is in it.
fn comment(said: &str) -> String {
    format!("# {}\n", text::harmless(said, Lines::Join))
}

#[derive(Debug, Serialize)]
struct PermanentEntry {
    kind: String,
    namespace: String,
    name: String,
    path: String,
    /// Values that may set the field, the likeliest first.
    candidates: Vec<CandidateEntry>,
    /// Whether the first one is the only one that fits well.
    clear: bool,
    /// The same by a JSON patch on the rendered object.
    patch: Option<Vec<Value>>,
    /// Why nothing is offered.
    withheld: Option<String>,
}

#[derive(Debug, Serialize)]
struct CandidateEntry {
    value: String,
    patch: Value,
}

#[derive(Debug, Serialize)]
struct UndoEntry {
    kind: String,
    namespace: String,
    name: String,
    path: String,
    /// For a shell.
    command: Option<String>,
    /// Why there is none.
    problem: Option<String>,
    /// What remains, and what comes by itself.
    remarks: Vec<String>,
}

fn findings(report: &Report) -> Vec<(&ObjectReport, &Told)> {
    let all = report.objects.iter().flat_map(|object| object.told.iter().map(move |told| (object, told)));
    let mut odd: Vec<_> = all.filter(|(_, told)| matches!(told.finding.kind, Kind::Hotfix | Kind::Leftover)).collect();
    odd.sort_by_key(|(_, told)| told.finding.kind.rank());
    odd
}

const NOTHING: &str = "# nothing was edited or left behind\n";

/// What makes the hotfixes permanent.
///
/// # Errors
/// When it cannot be written.
pub(super) fn permanent(
    report: &Report,
    release: &Release,
    payload: &Payload,
    output: Output,
) -> Result<String, Failure> {
    let values = Values::of(release, payload);
    let hotfixes: Vec<_> = findings(report).into_iter().filter(|(_, told)| told.finding.kind == Kind::Hotfix).collect();
    let entry = |(object, told): &(&ObjectReport, &Told)| {
        let found = permanent::permanent(object, told, &values);
        let candidates = found.candidates.into_iter();
        PermanentEntry {
            kind: object.kind.clone(),
            namespace: object.namespace.clone(),
            name: object.name.clone(),
            path: told.finding.path.to_string(),
            candidates: candidates.map(|one| CandidateEntry { value: one.place, patch: one.patch }).collect(),
            clear: found.is_clear,
            patch: found.patch,
            withheld: found.withheld,
        }
    };
    match output {
        Output::Json | Output::Yaml => document(&hotfixes.iter().map(entry).collect::<Vec<_>>(), output),
        Output::Table if hotfixes.is_empty() => Ok(NOTHING.to_owned()),
        Output::Table => Ok(permanent::document(&hotfixes, &values)),
    }
}

/// What undoes hotfixes and leftovers: for a shell, a command a line, with what is to be said of it in comments.
///
/// # Errors
/// When it cannot be written.
pub(super) fn undo(report: &Report, is_forced: bool, context: &str, output: Output) -> Result<String, Failure> {
    // A Pod's own credentials are in no kubeconfig.
    let context = Some(context).filter(|context| *context != "in-cluster");
    let of = undo::Of { managers: &report.managers, is_forced, context };
    let entries: Vec<UndoEntry> = findings(report)
        .into_iter()
        .map(|(object, told)| {
            let undo::Undo { command, remarks } = undo::undo(object, told, of);
            let (command, problem) = match command {
                Ok(command) => (Some(command), None),
                Err(problem) => (None, Some(problem)),
            };
            UndoEntry {
                kind: object.kind.clone(),
                namespace: object.namespace.clone(),
                name: object.name.clone(),
                path: told.finding.path.to_string(),
                command,
                problem,
                remarks,
            }
        })
        .collect();
    match output {
        Output::Json | Output::Yaml => document(&entries, output),
        Output::Table if entries.is_empty() => Ok(NOTHING.to_owned()),
        Output::Table => {
            let block = |entry: &UndoEntry| {
                let said = entry.remarks.iter().chain(&entry.problem).map(|said| comment(said)).collect::<String>();
                let command = entry.command.iter().map(|command| format!("{command}\n")).collect::<String>();
                let head = comment(&format!("{} {} {}", entry.kind, entry.name, entry.path));
                format!("{head}{said}{command}")
            };
            Ok(entries.iter().map(block).collect::<Vec<_>>().join("\n"))
        }
    }
}
