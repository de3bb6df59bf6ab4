//! What is said of a revision beside its row: what has no column where there is little room, and how full its object is.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Row;
use crate::app::age;
use crate::release::flux::TestRun;
use crate::release::payload::ReleaseStatus;

/// Everything about a revision but its description, in one line.
#[must_use]
pub fn facts(row: &Row, now: Timestamp, zone: &TimeZone) -> String {
    if row.gap.is_some() {
        return String::new();
    }
    let mut facts = vec![format!("rev {}", row.revision)];
    let ago = |at: Timestamp| age::coarse(at, now);
    if let Some(status) = row.status.as_ref().filter(|status| status.is_pending()) {
        let since = row.updated().map(|at| format!(" since {}", ago(at))).unwrap_or_default();
        facts.push(format!("{status}{since}, no end was recorded"));
    }
    facts.extend(row.action.as_ref().map(|action| format!("{action} by Flux")));
    facts.extend(row.updated().map(|at| format!("{} ({} ago)", date(at, zone), ago(at))));
    facts.extend(row.app_version.as_ref().map(|app| format!("app {app}")));
    facts.extend(row.apply_method.map(|method| method.as_str().to_owned()));
    facts.extend(row.size.map(|size| fill(size, row.fullness().unwrap_or_default())));
    facts.extend(
        row.growth.and_then(|(grown, than)| growth_words(grown).map(|words| format!("{words} than rev {than}"))),
    );
    facts.extend(row.is_near_limit().then(|| "keep less in it: files, large values, subcharts".to_owned()));
    facts.extend(tests(&row.tests, now));
    facts.join(", ")
}

/// What is said above all revisions where the next one may not fit into its object any more.
#[must_use]
pub fn warning(rows: &[Row]) -> Option<String> {
    let newest = rows.iter().find(|row| row.size.is_some()).filter(|row| row.is_near_limit())?;
    let (size, percent) = (newest.size?, newest.fullness()?);
    let full = fill(size, percent);
    Some(format!("rev {}: {full}. At 100 % upgrades fail: shrink the chart", newest.revision))
}

/// The day and the minute.
#[must_use]
pub fn date(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string()
}

/// `812 B`, `14 KiB`, `1.2 MiB`: a revision may not be larger than 1 MiB when stored.
#[must_use]
pub fn bytes(count: usize) -> String {
    match count {
        ..1024 => format!("{count} B"),
        1024..1_048_576 => format!("{} KiB", count / 1024),
        _ => format!("{}.{} MiB", count / 1_048_576, count % 1_048_576 * 10 / 1_048_576),
    }
}

/// By how much a revision has grown: `+12 KiB`; empty where it is as large as the one before.
#[must_use]
pub fn growth(grown: i64) -> String {
    let size = bytes(usize::try_from(grown.unsigned_abs()).unwrap_or(usize::MAX));
    match grown {
        0 => String::new(),
        1.. => format!("+{size}"),
        ..0 => format!("-{size}"),
    }
}

fn fill(size: usize, percent: usize) -> String {
    format!("{} of 1 MiB: {percent} %", bytes(size))
}

fn growth_words(grown: i64) -> Option<String> {
    let size = bytes(usize::try_from(grown.unsigned_abs()).unwrap_or(usize::MAX));
    match grown {
        0 => None,
        1.. => Some(format!("{size} more")),
        ..0 => Some(format!("{size} less")),
    }
}

fn tests(tests: &[TestRun], now: Timestamp) -> Option<String> {
    let told = tests.iter().map(|test| {
        let phase = test.phase.as_deref().filter(|phase| !phase.is_empty()).unwrap_or("not run");
        let ago = test.completed.map(|at| format!(" {} ago", age::coarse(at, now))).unwrap_or_default();
        format!("{} {phase}{ago}", test.name)
    });
    (!tests.is_empty()).then(|| format!("tests: {}", told.collect::<Vec<_>>().join(", ")))
}

/// Whether a revision did not go through.
#[must_use]
pub fn is_bad(row: &Row) -> bool {
    row.problem.is_some() || row.status == Some(ReleaseStatus::Failed)
}
