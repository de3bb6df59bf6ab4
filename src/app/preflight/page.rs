//! A preflight as it is read: a block for each release, and in it what was found, with what to do about it.

use super::{Fold, Item, Place, symbol, verdict_role};
use crate::app::release::passages::{Passage, Piece, flow};
use crate::app::text::Glyphs;
use crate::config::Role;
use crate::ownership::own::Method;
use crate::plan::preflight::{Check, Finding, Looked, Severity, Verdict};
use crate::release::Release;

/// How wide the words of verdicts and severities are, with the space after them.
const WORD: usize = 9;

/// The passages of releases in their order, and what each is of.
pub(super) fn passages(items: &[Item], columns: usize, glyphs: Glyphs) -> (Vec<Passage>, Vec<Place>) {
    let page = Page { columns, glyphs };
    let mut all = Vec::new();
    let mut was_open = false;
    for item in items {
        let is_open = item.shown().next().is_some();
        if !all.is_empty() && (is_open || was_open) {
            all.push((Passage::heading(""), Place::Gap));
        }
        was_open = is_open;
        let id = &item.release.id;
        all.push((page.head(item), Place::Release(id.clone())));
        for (place, finding) in item.shown() {
            all.push((page.finding(&item.release, finding), Place::Finding(id.clone(), place)));
        }
        let lost = item.findings().iter().filter(|finding| finding.severity == Severity::Loses).count();
        if !is_open && lost > 0 {
            let text = if lost == 1 { "1 edit".to_owned() } else { format!("{lost} edits") };
            let rows = page.flow(&[(format!("{text} that it overwrites or leaves: f"), Role::Dim)], "", 3 + WORD);
            all.push((Passage { rows, ..Passage::default() }, Place::Gap));
        }
        let notes = item.findings().iter().filter(|finding| finding.severity == Severity::Note).count();
        if item.fold() == Fold::Brief && notes > 0 {
            let text = if notes == 1 { "1 note more".to_owned() } else { format!("{notes} notes more") };
            let rows = page.flow(&[(text, Role::Dim)], "", 3 + WORD);
            all.push((Passage { rows, ..Passage::default() }, Place::Gap));
        }
    }
    all.into_iter().unzip()
}

#[derive(Clone, Copy)]
struct Page {
    columns: usize,
    glyphs: Glyphs,
}

impl Page {
    /// Rows that begin after so many columns, the first of them with a sign at the end of these.
    fn flow(self, pieces: &[Piece], sign: &str, columns: usize) -> Vec<crate::app::release::passages::Row> {
        let first = [(format!("{}{sign}", " ".repeat(columns.saturating_sub(sign.len()))), Role::Dim)];
        flow(pieces, &first, &[(" ".repeat(columns), Role::Text)], self.columns, self.glyphs)
    }

    fn head(self, item: &Item) -> Passage {
        let Release { namespace, id, .. } = &*item.release;
        let name = format!("{namespace}/{}", id.name);
        let (shape, word, role) = match item.verdict() {
            Some(verdict) => (symbol(verdict), verdict.to_string(), verdict_role(verdict)),
            None => (".", "waiting".to_owned(), Role::Dim),
        };
        let facts = facts(item);
        let mut pieces = vec![(name.clone(), Role::Strong)];
        if !facts.is_empty() {
            pieces.push((format!("  {facts}"), Role::Dim));
        }
        if item.has_changed {
            pieces.push(("  has changed since".to_owned(), Role::Mark));
        }
        let first = [(format!("{shape} "), role), (format!("{word:<WORD$}"), role)];
        let rows = flow(&pieces, &first, &[(" ".repeat(2 + WORD), Role::Text)], self.columns, self.glyphs);
        let facts = if facts.is_empty() { String::new() } else { format!(": {facts}") };
        Passage { rows, words: format!("{name} {word}{facts}"), ..Passage::default() }
    }

    fn finding(self, release: &Release, finding: &Finding) -> Passage {
        let Finding { severity, check, object, path, text, evidence, remedy } = finding;
        let role = severity_role(*severity);
        let object = object.as_ref().map(|object| format!(" {} {}", object.kind, object.name)).unwrap_or_default();
        let path = if path.is_empty() { String::new() } else { format!(" {path}") };
        let first = [("   ".to_owned(), Role::Text), (format!("{:<WORD$}", severity.to_string()), role)];
        let pieces = [(check.to_string(), Role::Strong), (object.clone(), Role::Text), (path.clone(), Role::Text)];
        let indent = 3 + WORD;
        let mut rows = flow(&pieces, &first, &[(" ".repeat(indent), Role::Text)], self.columns, self.glyphs);
        rows.extend(self.flow(&[(text.clone(), Role::Text)], "", indent));
        // What is only told to be known is not proved.
        let proved =
            evidence.iter().filter(|evidence| *severity <= Severity::Risk && !text.contains(evidence.as_str()));
        for evidence in proved {
            rows.extend(self.flow(&[(evidence.clone(), Role::Dim)], "| ", indent + 2));
        }
        if !remedy.is_empty() {
            rows.extend(self.flow(&[(remedy.clone(), Role::Key)], "> ", indent + 2));
        }
        let quoted = if evidence.is_empty() { String::new() } else { format!(" ({})", evidence.join("; ")) };
        let todo = if remedy.is_empty() { String::new() } else { format!("; to do: {remedy}") };
        let name = format!("{}/{}", release.namespace, release.id.name);
        let words = format!("{name} {severity}: {check}{object}{path}: {text}{quoted}{todo}");
        Passage { rows, words, ..Passage::default() }
    }
}

/// How it would be applied, what was looked at, and what was found that is only counted.
fn facts(item: &Item) -> String {
    let by = item.release.management.word().unwrap_or("helm");
    let Some(Ok(preflight)) = &item.answer else { return String::new() };
    let method = match preflight.method {
        Method::ServerSide => "server-side",
        Method::ClientSide => "client-side",
    };
    let Looked { objects, tried, .. } = preflight.looked;
    let counts = preflight.counts();
    let counted = |check: Check, one: &str, many: &str| match counts.get(&check) {
        None => None,
        Some(1) => Some(format!("1 {one}")),
        Some(count) => Some(format!("{count} {many}")),
    };
    let facts = [
        Some(format!("{by}, {method}")),
        Some(format!("{objects} objects, {tried} tried")),
        counted(Check::Conflict, "conflict", "conflicts"),
        counted(Check::Hotfix, "hotfix", "hotfixes"),
        counted(Check::Leftover, "leftover", "leftovers"),
        counted(Check::Armed, "field armed", "fields armed"),
    ];
    facts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn severity_role(severity: Severity) -> Role {
    match severity {
        Severity::Blocks => verdict_role(Verdict::Blocked),
        Severity::Unknown => verdict_role(Verdict::Unknown),
        Severity::Risk => verdict_role(Verdict::Risky),
        Severity::Loses => Role::Mark,
        Severity::Note => Role::Dim,
    }
}
