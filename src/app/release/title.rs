//! What never scrolls away of an open release: verdict, name, revision, chart, who manages it, since when, and the cause.

use crate::app::session::Session;
use crate::app::text::{self, Glyphs};
use crate::app::{age, rows::Row};
use crate::config::Role;
use crate::health::Verdict;

use super::State;

/// A line in pieces, each with its role.
pub type Line = Vec<(String, Role)>;

/// The most lines that the cause takes.
const CAUSE: usize = 3;
/// The most lines that the reason of a suspension takes.
const SUSPENSION: usize = 2;
/// The most columns that the chart takes.
const LONGEST_CHART: usize = 40;
/// The fewest columns that are left to the name.
const SHORTEST_NAME: usize = 20;

/// The title in lines of so many columns.
#[must_use]
pub fn lines(state: &State, session: &Session, columns: usize) -> Vec<Line> {
    let Some(row) = state.row(session) else {
        let name = format!("{}/{}", state.id.storage_namespace, state.id.name);
        return vec![vec![("gone  ".to_owned(), Role::Unknown), (name, Role::Strong)]];
    };
    let glyphs = session.setup.glyphs;
    let mut lines = vec![first(row, columns, glyphs)];
    let facts = facts(row, state.is_seen_whole(), session);
    lines.push(vec![(facts.join(", "), Role::Dim)]);
    let suspension = row.suspension(session.now).map(|said| text::clean(&said, glyphs).into_owned());
    let cause = told(state, row, session);
    if let Some(said) = suspension.filter(|said| !cause.contains(said)) {
        let rows = text::wrap_to_end(&said, columns, SUSPENSION, glyphs);
        lines.extend(rows.into_iter().map(|line| vec![(line, Role::Suspended)]));
    }
    lines.extend(row.rolled_back().map(|said| vec![(said, Role::Mark)]));
    let role = verdict_role(row.judgement.verdict);
    lines.extend(text::wrap_to_end(&cause, columns, CAUSE, glyphs).into_iter().map(|line| vec![(line, role)]));
    lines
}

/// The cause: in the sentence of the tab that is made of all that is known, where such a tab is open.
fn told(state: &State, row: &Row, session: &Session) -> String {
    match (state.tab.is_live(), state.sentence.as_str()) {
        (true, sentence) if !sentence.is_empty() => {
            let evidence = row.evidence().map(|evidence| format!(" ({evidence})")).unwrap_or_default();
            text::clean(&format!("{sentence}{evidence}"), session.setup.glyphs).into_owned()
        }
        _ => cause(row, session),
    }
}

fn cause(row: &Row, session: &Session) -> String {
    text::clean(&row.cause(session.now), session.setup.glyphs).into_owned()
}

/// The whole cause, where the title has no room for it.
#[must_use]
pub fn cut_cause(state: &State, session: &Session, columns: usize) -> Option<String> {
    let cause = cause(state.row(session)?, session);
    let lines = text::wrap(&cause, columns, CAUSE + 1, session.setup.glyphs).len();
    (lines > CAUSE).then_some(cause)
}

fn first(row: &Row, columns: usize, glyphs: Glyphs) -> Line {
    let release = &row.release;
    let verdict = row.judgement.verdict;
    let mark = verdict.line().symbol.trim();
    let space = if mark.is_empty() { "" } else { " " };
    let mut after = Vec::new();
    if let Some(revision) = release.revision {
        let stored = if release.revisions > 1 { format!(" ({} stored)", release.revisions) } else { String::new() };
        after.push((format!("   rev {revision}{stored}"), Role::Text));
    }
    let (chart, wanted) = row.chart();
    if !chart.is_empty() {
        let (word, role) = if wanted { ("wants ", Role::Dim) } else { ("", Role::Text) };
        let chart = text::clean(&chart, glyphs);
        after.push((format!("   {word}{}", text::cut_middle(&chart, LONGEST_CHART, glyphs)), role));
    }
    let said = if verdict == Verdict::Assumed { "healthy (assumed)" } else { verdict.word() };
    let word = format!("{mark}{space}{said}  ");
    let used: usize = after.iter().map(|(text, _)| text::width(text)).sum::<usize>() + word.len();
    let name = format!("{}/{}", release.namespace, release.id.name);
    let name = text::clean(&name, glyphs);
    // A name that goes on and on hides neither revision nor chart.
    let name = text::cut_middle(&name, columns.saturating_sub(used).max(SHORTEST_NAME), glyphs).into_owned();
    let mut line = vec![(word, verdict_role(verdict)), (name, Role::Strong)];
    line.extend(after);
    line
}

fn facts(row: &Row, whole: bool, session: &Session) -> Vec<String> {
    let release = &row.release;
    let mut facts = vec![row.manager().to_owned()];
    facts.extend(release.changed.map(|changed| format!("changed {} ago", age::coarse(changed, session.now))));
    if let Some(counts) = row.judgement.counts.filter(|counts| counts.total > 0) {
        let (ready, total) = (counts.ready, counts.total);
        facts.push(match whole {
            true => format!("{ready} of {total} objects ready"),
            // With what was seen of the other kinds before.
            false if row.judgement.is_recalled => format!("{ready}/{total} objects ready when all were seen"),
            false => format!("{ready}/{total} of watched kinds ready"),
        });
    }
    // Marks ask for eyes: a narrow terminal cuts what is behind them first.
    facts.extend(row.marks().into_iter().filter(|mark| mark.word != "forbidden").map(|mark| mark.to_string()));
    if let Some(status) = &release.status {
        facts.push(format!("Helm says {status}"));
    }
    if release.id.storage_namespace != release.namespace {
        facts.push(format!("stored in {}", release.id.storage_namespace));
    }
    if let Some(object) = &release.helm_release
        && (object.key.namespace != release.namespace || object.key.name != release.id.name)
    {
        facts.push(format!("HelmRelease {}", object.key));
    }
    facts.extend(release.app_version.as_ref().map(|app| format!("app {app}")));
    if let Some(object) = release.helm_release.as_ref().filter(|object| object.failures > 0) {
        facts.push(match object.failures {
            1 => "1 failure".to_owned(),
            failures => format!("{failures} failures in a row"),
        });
    }
    facts
}

/// The role of a verdict.
#[must_use]
pub fn verdict_role(verdict: Verdict) -> Role {
    match verdict {
        Verdict::Failed => Role::Failed,
        Verdict::Stalled => Role::Stalled,
        Verdict::Missing => Role::Missing,
        Verdict::Pending => Role::Pending,
        Verdict::Blocked => Role::Blocked,
        Verdict::Degraded => Role::Degraded,
        Verdict::Deleting => Role::Deleting,
        Verdict::Progressing => Role::Progressing,
        Verdict::Drifted => Role::Drifted,
        Verdict::Suspended => Role::Suspended,
        Verdict::Uninstalled => Role::Uninstalled,
        Verdict::Unknown => Role::Unknown,
        Verdict::Assumed => Role::Assumed,
        Verdict::Healthy => Role::Healthy,
    }
}
