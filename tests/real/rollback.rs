//! The same starting state in two namespaces, `helm rollback` in one, `wheelhouse rollback` in the other: what is there
//! afterwards is the same but for names, times and the differences that are listed with their reasons.
//!
//! Compared are the live objects with their managers and sets of fields, and the stored revisions with labels and payloads.
//! `BOTH_BY_HELM=1 cargo test --test real rollback::` has Helm roll back in both, which holds the comparison itself to account:
//! then nothing at all may differ. `ONLY=kept,scaled` runs the cases that have one of these words in their names.

mod differences;
mod planted;
mod row;
pub mod snapshot;
pub mod table;
pub mod twin;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use self::differences::{BESIDE_HELM_3, LISTED};
use self::row::{Ends, Row};
use self::snapshot::{Difference, Snapshot};
use self::twin::{NAME, Site, Twin};
use crate::Case;
use crate::cluster::Cluster;

pub const CASES: &[Case] = &[
    Case::shared("timeouts", |cluster| all(cluster, table::waits::ROWS)),
    Case::shared("hooks", |cluster| all(cluster, table::hooks::ROWS)),
    Case::shared("hotfixes", |cluster| all(cluster, table::hotfixes::ROWS)),
    Case::shared("objects", |cluster| all(cluster, table::objects::ROWS)),
    Case::shared("methods", |cluster| all(cluster, table::methods::ROWS)),
    Case::shared("histories", |cluster| all(cluster, table::histories::ROWS)),
    Case::shared("refusals", |cluster| all(cluster, table::refusals::ROWS)),
    Case::shared("kinds", |cluster| all(cluster, table::kinds::ROWS)),
    Case::shared("table", table::is_complete),
    Case::shared("planted", planted::are_found),
];

/// Cases that do not hold yet, with the reason. One that holds after all fails the suite.
const NOT_YET: &[(&str, &str)] = &[];

/// Runs cases one after the other, and panics at the end with all that was wrong.
fn all(cluster: &'static Cluster, rows: &'static [Row]) {
    let mut wrong = Vec::new();
    let only = std::env::var("ONLY").unwrap_or_default();
    for row in rows.iter().filter(|row| only.split(',').any(|word| row.name.contains(word))) {
        let start = Instant::now();
        let ended = catch_unwind(AssertUnwindSafe(|| one(cluster, row)));
        let ended = ended.unwrap_or_else(|panicked| Err(words_of(panicked.as_ref())));
        let not_yet = NOT_YET.iter().find(|(name, _)| *name == row.name);
        let said = match (&ended, not_yet) {
            (Ok(said), None) => said.clone(),
            (Err(_), Some((_, reason))) => format!("not yet: {reason}"),
            (Ok(_), Some((_, reason))) => {
                wrong.push(format!("{} holds now: {reason}", row.name));
                "holds, although it is listed as not yet".to_owned()
            }
            (Err(why), None) => {
                wrong.push(format!("{}: {why}", row.name));
                format!("wrong: {why}")
            }
        };
        eprintln!("rollback {}: {said} ({:.1} s)", row.name, start.elapsed().as_secs_f64());
    }
    assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), rows.len(), wrong.join("\n\n"));
}

fn words_of(panicked: &(dyn std::any::Any + Send)) -> String {
    let owned = panicked.downcast_ref::<String>().cloned();
    owned.or_else(|| panicked.downcast_ref::<&str>().map(|words| (*words).to_owned())).unwrap_or_default()
}

/// One case: what it came to, or in what it is wrong.
fn one(cluster: &'static Cluster, row: &Row) -> Result<String, String> {
    let twin = Twin::make(cluster, row.name, row.driver);
    twin.each(row.start);
    let before = Snapshot::of(&twin.b);
    let begun = Snapshot::of(&twin.a).differences(&before);
    assert_eq!(begun, Vec::new(), "what there is at the start");

    let (went, told) = roll_back_by_helm(&twin.a, row);
    assert_eq!(went, row.ends == Ends::Through, "Helm: {told}");
    let is_helm_again = std::env::var_os("BOTH_BY_HELM").is_some();
    let (went_too, told_too) = if is_helm_again { roll_back_by_helm(&twin.b, row) } else { roll_back(&twin.b, row) };
    let after = Snapshot::of(&twin.b);
    if let (Ends::Refused(words), false) = (row.ends, is_helm_again) {
        let written = before.differences(&after);
        return match !went_too && told_too.contains(words) && written.is_empty() {
            true => Ok(format!("refused before anything was written: {words}")),
            false => Err(format!("`{words}` is not said, or not before it writes: {told_too}\n{}", lines(&written))),
        };
    }
    let differences = Snapshot::of(&twin.a).differences(&after);
    let told = format!("Helm: {told}\nwheelhouse: {told_too}");
    if went != went_too {
        return Err(format!("Helm succeeds: {went}, wheelhouse: {went_too}\n{told}\n{}", lines(&differences)));
    }
    match is_helm_again {
        true => judge(&differences, &[], &told),
        false => judge(&differences, &row.expected(), &told),
    }
}

/// Nothing but the listed differences, and each of these.
fn judge(differences: &[Difference], listed: &[&str], told: &str) -> Result<String, String> {
    let listed: Vec<_> = LISTED.iter().chain([&BESIDE_HELM_3]).filter(|one| listed.contains(&one.name)).collect();
    let (met, unlisted): (Vec<_>, Vec<_>) =
        differences.iter().cloned().partition(|difference| listed.iter().any(|one| (one.is)(difference)));
    if !unlisted.is_empty() {
        return Err(format!("{}\n{told}", lines(&unlisted)));
    }
    let never = |one: &&&differences::Listed| !met.iter().any(|difference| (one.is)(difference));
    if let Some(one) = listed.iter().find(never) {
        return Err(format!("{} is listed, and does not show\n{told}", one.name));
    }
    let names: Vec<&str> = listed.iter().map(|one| one.name).collect();
    Ok(match names.as_slice() {
        [] => "equal".to_owned(),
        names => format!("equal but for {} ({} places)", names.join(", "), met.len()),
    })
}

fn lines(differences: &[Difference]) -> String {
    let value = |value: &Option<serde_json::Value>| value.as_ref().map_or("nothing".to_owned(), ToString::to_string);
    let line = |one: &Difference| format!("  {} {}: {} | {}", one.of, one.path, value(&one.a), value(&one.b));
    differences.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn roll_back_by_helm(site: &Site, row: &Row) -> (bool, String) {
    let timeout = row.timeout.map(|seconds| format!("--timeout={seconds}s"));
    let words: Vec<&str> =
        ["rollback", NAME, row.to].into_iter().chain(row.flags.iter().copied()).chain(timeout.as_deref()).collect();
    let ran = site.helm(row.by, &words);
    (ran.success(), ran.stderr)
}

fn roll_back(site: &Site, row: &Row) -> (bool, String) {
    let release = format!("{}/{NAME}", site.namespace);
    let timeout = row.timeout.map(|seconds| format!("--timeout={seconds}"));
    let words: Vec<&str> = ["rollback", &release, row.to, "--yes"]
        .into_iter()
        .chain(row.flags.iter().copied())
        .chain(timeout.as_deref())
        .collect();
    site.wheelhouse(&words)
}
