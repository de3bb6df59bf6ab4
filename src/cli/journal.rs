//! What was noted in the journal, and noting there that a value is printed.

use serde_json::{Value, json};

use super::print::{cell, document, table, time};
use super::show::Bare;
use super::{Failure, Global, Output, say};
use crate::cluster::Cluster;
use crate::config::Surroundings;
use crate::config::load::state_folder;
use crate::journal::{By, Deed, Entry, Journal, Line, Unfinished, unfinished};
use crate::plan::recovery::{Offer, advice};
use crate::release::values::path_text;
use crate::release::{Problem, ProblemKind};

/// Where this command notes what it does.
pub(super) fn journal_of(global: &Global) -> Journal {
    // What the demo reveals is made up.
    if global.demo { Journal::in_memory() } else { Journal::at(state_folder()) }
}

/// The newest last, at most so many.
pub(super) fn journal(global: &Global, most: Option<usize>, output: Output) -> Result<String, Failure> {
    let journal = journal_of(global);
    if !journal.is_kept() {
        say("the demo's journal is kept in memory only, as long as the program runs");
    }
    let lines = journal.read()?;
    if output == Output::Table {
        unfinished(&lines).iter().for_each(|run| say(&told(run)));
    }
    let surplus = most.map_or(0, |most| lines.len().saturating_sub(most));
    let lines: Vec<&Line> = lines.iter().skip(surplus).collect();
    if output != Output::Table {
        let entries: Vec<Value> = lines.iter().map(|line| entry(line)).collect();
        return document(&entries, output);
    }
    let mut rows = Vec::new();
    for line in lines {
        match line {
            Line::Entry(entry) => {
                let (kind, release, field) = match &entry.deed {
                    Deed::Reveal { release, field } => ("reveal", release.clone(), field.clone()),
                    Deed::Begin { release, title, .. } => ("begin", release.clone(), title.clone()),
                    Deed::Send { run, request, .. } => ("send", run.clone(), request.clone()),
                    Deed::Step { run, step, .. } => ("step", run.clone(), step.to_string()),
                    Deed::End { run, ended } => ("end", run.clone(), ended.says.clone()),
                };
                let By { user, context, .. } = &entry.by;
                let place = [kind.to_owned(), release, field];
                rows.push([vec![time(Some(entry.time)), user.clone(), cell(Some(context))], place.to_vec()].concat());
            }
            Line::Newer(value) => say(&format!("a later version of wheelhouse wrote: {value}")),
            Line::Damaged { file, line } => say(&format!("line {line} of {file} cannot be read")),
        }
    }
    Ok(table(&["TIME", "USER", "CONTEXT", "KIND", "RELEASE", "FIELD"], &rows))
}

/// A run that did not come to its end, and what can be done about it.
fn told(run: &Unfinished) -> String {
    let advice = advice(&run.broken, None);
    let begun = time(Some(run.begun));
    let mut lines = vec![format!("unfinished since {begun} in {}: {} ({})", run.by.context, run.title, run.run)];
    lines.extend(run.ended.as_ref().map(|ended| format!("  {}: {}", ended.outcome, ended.says)));
    lines.extend(advice.explains.iter().map(|line| format!("  {line}")));
    let command = |offer: &Offer| format!("  {}: wheelhouse {}", offer.says, offer.command(&run.broken.release));
    lines.extend(advice.offers.iter().map(command));
    lines.join("\n")
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
}
