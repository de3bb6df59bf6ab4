//! Why a release is as it is, laid out for reading: the sentence, what helps, the chain as a tree, what comes next.
//!
//! What helps stands above the chain: a screen of 24 lines holds the cause and the way out of it.

use jiff::Timestamp;

use crate::app::age;
use crate::app::text::{self, Glyphs};
use crate::config::Role;
use crate::health::Verdict;
use crate::health::objects::Severity;
use crate::health::why::{Link, Why};
use crate::release::ObjectId;

use super::objects::symbol;
use super::passages::{Passage, Piece, Row, flow};

/// Columns that are kept for ages, with the space before them.
const AGE: usize = 6;
/// The widest word before what a link is.
const KIND: usize = 13;
/// What stands behind the first thing that failed.
const CAUSE: &str = "<- the cause";

/// What is said where no sentence tells a cause: of what may not be seen nobody knows whether it is well.
#[must_use]
pub fn sentence(why: &Why, verdict: Verdict) -> &str {
    match (why.sentence.as_str(), verdict, why.hidden.is_empty()) {
        ("", Verdict::Unknown, false) => "It cannot be told how it is: what would tell it may not be read.",
        ("", Verdict::Unknown, true) => "It cannot be told how it is.",
        ("", _, true) => "Nothing is wrong with what can be seen.",
        ("", _, false) => "Nothing is wrong with what can be seen; not all can be seen.",
        (sentence, ..) => sentence,
    }
}

/// The whole answer in passages of so many columns: the opening, unless it is empty, what helps, the chain, what comes by
/// itself. Where there is no cause, what is hidden is told first. `find` says which object of the release is called so.
#[must_use]
pub fn passages(
    why: &Why,
    opening: &str,
    columns: usize,
    now: Timestamp,
    glyphs: Glyphs,
    find: &dyn Fn(&str) -> Option<ObjectId>,
) -> Vec<Passage> {
    let actions = why.helps.iter().map(|help| text::width(help.action)).max().unwrap_or(0);
    let helps = why.helps.iter().map(|help| (format!("{:<actions$}  ", help.action), help.text.as_str()));
    let helps: Vec<_> = helps.map(|(action, text)| (action, text.to_owned())).collect();
    let plain = |lines: &[String]| lines.iter().map(|line| (String::new(), line.clone())).collect::<Vec<_>>();
    let listed = |title: &str, lines: Vec<(String, String)>| {
        let heading = (!lines.is_empty()).then(|| Passage::heading(title));
        let lines = lines.into_iter().map(|(action, text)| {
            let first = [("  ".to_owned(), Role::Text), (action.clone(), Role::Strong)];
            let other = [(" ".repeat(2 + text::width(&action)), Role::Text)];
            let words = format!("{action}{text}");
            passage(&[(text, Role::Text)], &first, &other, columns, glyphs, &words)
        });
        heading.into_iter().chain(lines).collect::<Vec<_>>()
    };
    let kinds = why.links.iter().map(|link| text::width(link.kind)).max().unwrap_or(0).min(KIND);
    let chain = why.links.iter().enumerate().map(|(place, link)| {
        let tree = tree(&why.links, place);
        Passage { about: find(&link.what), ..of_link(link, &tree, kinds, columns, now, glyphs) }
    });
    let helps = listed("what helps", helps);
    let next = listed("what comes by itself", plain(&why.next));
    let hidden = listed("not to be seen, and the right that would show it", plain(&why.hidden));
    let opening = (!opening.is_empty())
        .then(|| passage(&[(opening.to_owned(), Role::Strong)], &[], &[], columns, glyphs, opening))
        .into_iter()
        .collect();
    let chain = chain.collect();
    let parts = if why.sentence.is_empty() {
        [opening, hidden, helps, chain, next]
    } else {
        [opening, helps, chain, next, hidden]
    };
    let parts: Vec<Vec<Passage>> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join(&Passage::heading(""))
}

/// The times that are shown as ages.
pub fn times(why: &Why) -> impl Iterator<Item = Timestamp> {
    why.links.iter().filter_map(|link| link.since)
}

fn passage(pieces: &[Piece], first: &[Piece], other: &[Piece], columns: usize, glyphs: Glyphs, words: &str) -> Passage {
    Passage { rows: flow(pieces, first, other, columns, glyphs), words: words.to_owned(), ..Passage::default() }
}

/// What the lines of the tree are made of before a link, and below it.
struct Tree {
    before: String,
    below: String,
}

fn tree(links: &[Link], place: usize) -> Tree {
    let depth = links.get(place).map_or(0, |link| link.depth);
    let after = links.get(place + 1..).unwrap_or_default();
    // Whether something at that depth still comes below the same owner.
    let goes_on = |level: usize| after.iter().take_while(|link| link.depth >= level).any(|link| link.depth == level);
    let line = |level: usize| if goes_on(level) { " |  " } else { "    " };
    let lines: String = (1..depth).map(line).collect();
    let own = if depth == 0 { "" } else { line(depth) };
    let children = if after.first().is_some_and(|next| next.depth > depth) { " |  " } else { "    " };
    let before = match depth {
        0 => String::new(),
        _ if goes_on(depth) => format!("{lines} |- "),
        _ => format!("{lines} '- "),
    };
    Tree { before, below: format!("{lines}{own}{children}") }
}

fn of_link(link: &Link, tree: &Tree, kinds: usize, columns: usize, now: Timestamp, glyphs: Glyphs) -> Passage {
    let role = severity_role(link.severity);
    // The tree says what is owned, and what a link is often begins with the word.
    let named = link.depth == 0 || link.kind == "owned" || link.what.to_lowercase().starts_with(link.kind);
    let kind = if named { String::new() } else { format!("{:<kinds$}  ", link.kind) };
    let first = [(tree.before.clone(), Role::Dim), (kind.clone(), Role::Dim)];
    let other = [(tree.below.clone(), Role::Dim)];
    let mark = symbol(link.severity).trim();
    let mark = if mark.is_empty() { String::new() } else { format!("{mark} ") };
    let mut pieces = vec![(link.what.clone(), if link.cause { Role::Failed } else { Role::Text })];
    if !link.state.is_empty() {
        pieces.push((format!("   {mark}{}", link.state), role));
    }
    let mut rows = flow(&pieces, &first, &other, columns.saturating_sub(AGE), glyphs);
    if link.cause {
        mark_cause(&mut rows, &other, columns.saturating_sub(AGE));
    }
    if let (Some(row), Some(since)) = (rows.first_mut(), link.since) {
        row.right = Some((age::coarse(since, now), Role::Dim));
    }
    let quote = if link.cause { Role::Failed } else { Role::Text };
    for evidence in &link.evidence {
        let indent = [(tree.below.clone(), Role::Dim), ("  ".to_owned(), Role::Text)];
        rows.extend(flow(&[(evidence.clone(), quote)], &indent, &indent, columns, glyphs));
    }
    let words = [&link.what, &link.state].into_iter().chain(&link.evidence).filter(|text| !text.is_empty());
    let words = words.map(String::as_str).collect::<Vec<_>>().join(": ");
    Passage { rows, words, ..Passage::default() }
}

/// Marks the cause behind its words, or below them where there is no room: the mark is never broken.
fn mark_cause(rows: &mut Vec<Row>, other: &[Piece], columns: usize) {
    let wide = |row: &Row| row.pieces.iter().map(|(text, _)| text::width(text)).sum::<usize>();
    let mark = (CAUSE.to_owned(), Role::Failed);
    match rows.last_mut().filter(|row| wide(row) + 3 + text::width(CAUSE) <= columns) {
        Some(row) => row.pieces.extend([("   ".to_owned(), Role::Text), mark]),
        None => rows.push(Row { pieces: other.iter().cloned().chain([mark]).collect(), right: None }),
    }
}

/// The role of a state.
#[must_use]
pub fn severity_role(severity: Severity) -> Role {
    match severity {
        Severity::Bad => Role::Failed,
        Severity::Waiting => Role::Progressing,
        Severity::Unknown => Role::Unknown,
        Severity::Good => Role::Healthy,
    }
}
