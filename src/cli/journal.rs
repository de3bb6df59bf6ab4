//! What was noted in the journal, and noting there that a value is printed.

mod broken;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::print::{cell, document, table, time};
use super::show::Bare;
use super::{Failure, Global, Output, say};
use crate::cluster::Cluster;
use crate::config::Surroundings;
use crate::config::load::state_folder;
use crate::journal::{By, Deed, Entry, Journal, Line, unfinished};
use crate::plan::StepOutcome;
use crate::release::values::path_text;
use crate::release::{Problem, ProblemKind};

/// Where this command notes what it does.
pub(super) fn journal_of(global: &Global) -> Journal {
    // What the demo reveals is made up.
    if global.demo { Journal::in_memory() } else { Journal::at(state_folder()) }
}

/// What is printed of the journal.
pub(super) struct Wanted {
    /// At most so many entries, the newest.
    pub(super) most: Option<usize>,
    /// Only the runs that did not come to their end.
    pub(super) is_unfinished: bool,
    pub(super) output: Output,
}

/// The newest last. For people, what did not come to its end is said first.
pub(super) async fn journal(global: &Global, wanted: Wanted) -> Result<String, Failure> {
    let Wanted { most, is_unfinished, output } = wanted;
    let journal = journal_of(global);
    if !journal.is_kept() {
        say("the demo's journal is kept in memory only, as long as the program runs");
    }
    let lines = journal.read()?;
    if is_unfinished {
        return broken::printed(&broken::advised(global, unfinished(&lines)).await, output);
    }
    if output == Output::Table {
        for advised in broken::advised(global, unfinished(&lines)).await {
            say(&advised.told());
        }
    }
    let surplus = most.map_or(0, |most| lines.len().saturating_sub(most));
    if output != Output::Table {
        let entries: Vec<Value> = lines.iter().skip(surplus).map(entry).collect();
        return document(&entries, output);
    }
    let (mut rows, mut runs) = (Vec::new(), BTreeMap::new());
    for (place, line) in lines.iter().enumerate() {
        let is_shown = place >= surplus;
        match line {
            Line::Entry(entry) => {
                let row = row(entry, &mut runs);
                rows.extend(is_shown.then_some(row));
            }
            Line::Newer(value) if is_shown => say(&format!("a later version of wheelhouse wrote: {value}")),
            Line::Damaged { file, line } if is_shown => say(&format!("line {line} of {file} cannot be read")),
            Line::Newer(_) | Line::Damaged { .. } => {}
        }
    }
    Ok(table(&["TIME", "USER", "CONTEXT", "RELEASE", "ACTION", "KIND", "STEP", "OUTCOME", "WHAT"], &rows))
}

/// The cells of an entry. `runs` keeps release and action of the runs that began.
fn row<'e>(entry: &'e Entry, runs: &mut BTreeMap<&'e str, (&'e str, &'static str)>) -> Vec<String> {
    let of_run = |runs: &BTreeMap<&str, (&'e str, &'static str)>, run: &str| runs.get(run).copied().unwrap_or_default();
    let none = String::new;
    let ((release, action), kind, step, outcome, what) = match &entry.deed {
        Deed::Reveal { release, field } => ((release.as_str(), ""), "reveal", none(), none(), field.clone()),
        Deed::Begin { run, release, action, title, .. } => {
            runs.insert(run, (release, action.word()));
            ((release.as_str(), action.word()), "begin", none(), none(), title.clone())
        }
        Deed::Send { run, step, request, .. } => (of_run(runs, run), "send", step.to_string(), none(), request.clone()),
        Deed::Step { run, step, outcome } => {
            let (word, says) = match outcome {
                StepOutcome::Done(says) => ("done", says),
                StepOutcome::Skipped(says) => ("skipped", says),
                StepOutcome::Failed(says) => ("failed", says),
                StepOutcome::Unknown(says) => ("unknown", says),
            };
            (of_run(runs, run), "step", step.to_string(), word.to_owned(), says.clone())
        }
        Deed::End { run, ended } => (of_run(runs, run), "end", none(), ended.outcome.to_string(), ended.says.clone()),
    };
    let By { user, context, .. } = &entry.by;
    let cells = [user, context, release, action, kind, &step, &outcome, &what];
    let filled = cells.into_iter().map(|text| cell(Some(text).filter(|text| !text.is_empty())));
    std::iter::once(time(Some(entry.time))).chain(filled).collect()
}

fn entry(line: &Line) -> Value {
    match line {
        Line::Entry(entry) => serde_json::to_value(entry).unwrap_or_default(),
        Line::Newer(value) => value.clone(),
        Line::Damaged { file, line } => json!({"kind": "damaged", "file": file, "line": line}),
    }
}

/// One value of values, as it is, once it is noted that it was asked for.
///
/// # Errors
/// When there is no such value, it is not masked, or it cannot be noted.
pub(super) fn reveal(global: &Global, cluster: &Cluster, bare: Bare, path: &str) -> Result<String, Failure> {
    let Bare { release, values, masker, unread } = bare;
    let steps = path.trim().trim_start_matches('.');
    let Some(found) = at(&values, steps) else {
        return Err(match unread {
            Some(problem) => Problem { cause: format!("{path} may not be read: {}", problem.cause), ..problem },
            None => Problem::new(ProblemKind::NotFound, format!("{release} has no value at {path}"))
                .hint("`wheelhouse values RELEASE --provenance` names them all"),
        }
        .into());
    };
    if at(&masker.values(&values), steps) == Some(found) {
        return Err(Failure::Usage(format!("{path} is not masked: `wheelhouse values` prints it")));
    }
    let value = match found {
        Value::Array(_) | Value::Object(_) => {
            return Err(Failure::Usage(format!("{path} holds several values: one at a time is revealed")));
        }
        Value::String(text) => text.clone(),
        Value::Null | Value::Bool(_) | Value::Number(_) => found.to_string(),
    };
    let by = By {
        user: Surroundings::read().user,
        context: cluster.context().to_owned(),
        server: cluster.server().to_owned(),
    };
    let journal = journal_of(global);
    let deed = Deed::Reveal { release, field: format!("values .{steps}") };
    journal.append(&Entry::new(super::now(), by, deed))?;
    if !journal.is_kept() {
        say("noted in the demo's journal, which is kept in memory only");
    }
    Ok(value)
}

/// The value at a path such as `db.hosts[0].name`. A key may hold dots itself, as they are or as [`path_text`] writes them.
fn at<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    if path.is_empty() {
        return Some(value);
    }
    if let (Value::Array(items), Some((place, rest))) =
        (value, path.strip_prefix('[').and_then(|rest| rest.split_once(']')))
    {
        return at(items.get(place.parse::<usize>().ok()?)?, rest.strip_prefix('.').unwrap_or(rest));
    }
    let below = |key: &str, inner: &'v Value| match path.strip_prefix(key)? {
        rest if rest.is_empty() || rest.starts_with('[') => at(inner, rest),
        rest => at(inner, rest.strip_prefix('.')?),
    };
    let of = |(key, inner): (&'v String, &'v Value)| {
        below(key, inner).or_else(|| below(&path_text(std::slice::from_ref(key)), inner))
    };
    value.as_object()?.iter().find_map(of)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Action, Ended, Outcome};

    #[test]
    fn a_path_leads_to_one_value() {
        let values = json!({"db": {"hosts": [{"name": "a"}, "b"], "x.y": 1}, "db.port": 2, "d": null});
        let check = |path: &str, expected: Option<Value>| assert_eq!(at(&values, path).cloned(), expected, "{path}");
        check("db.hosts[0].name", Some(json!("a")));
        check("db.hosts[1]", Some(json!("b")));
        check("db.x.y", Some(json!(1)));
        check("db.port", Some(json!(2)));
        check("db\\.port", Some(json!(2)));
        check("db.x\\.y", Some(json!(1)));
        check("d", Some(Value::Null));
        check("db.hosts[2]", None);
        check("db.host", None);
        check("dbx", None);
    }

    #[test]
    fn an_entry_says_of_which_action_it_is_and_how_it_ended() {
        let mut runs = BTreeMap::new();
        let run = || "run".to_owned();
        let entry = |deed: Deed| {
            let by = By { user: "alice".to_owned(), context: "prod".to_owned(), server: String::new() };
            Entry::new("2026-01-02T03:04:05Z".parse().unwrap(), by, deed)
        };
        let (release, title) = ("shop/web".to_owned(), "Unlock shop/web".to_owned());
        let entries = [
            Deed::Begin { run: run(), plan: String::new(), release, action: Action::Unlock, title },
            Deed::Send { run: run(), step: 2, request: "update secrets".to_owned(), object: None },
            Deed::Step { run: run(), step: 2, outcome: StepOutcome::Failed("forbidden".to_owned()) },
            Deed::End {
                run: run(),
                ended: Ended { outcome: Outcome::Failed, says: "forbidden".to_owned(), next: Vec::new() },
            },
            Deed::Reveal { release: "shop/web".to_owned(), field: "values .a".to_owned() },
        ]
        .map(entry);
        let rows: Vec<String> = entries.iter().map(|entry| row(entry, &mut runs)[3..].join("|")).collect();
        let expected = [
            "shop/web|unlock|begin|-|-|Unlock shop/web",
            "shop/web|unlock|send|2|-|update secrets",
            "shop/web|unlock|step|2|failed|forbidden",
            "shop/web|unlock|end|-|failed|forbidden",
            "shop/web|-|reveal|-|-|values .a",
        ];
        assert_eq!(rows, expected);
    }
}
