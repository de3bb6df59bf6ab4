//! Why a release is as it is, laid out for reading: the sentence, the chain as a tree, what comes next, what helps.

use jiff::Timestamp;

use crate::app::age;
use crate::app::text::{self, Glyphs};
use crate::config::Role;
use crate::health::objects::Severity;
use crate::health::why::{Link, Why};
use crate::release::ObjectId;

use super::objects::symbol;
use super::passages::{Passage, Piece, flow};

/// Columns that are kept for ages, with the space before them.
const AGE: usize = 6;
/// The widest word before what a link is.
const KIND: usize = 13;
/// What stands behind the first thing that failed.
const CAUSE: &str = "<- the cause";

/// The whole answer in passages of so many columns; `find` says which object of the release is called so.
#[must_use]
pub fn passages(
    why: &Why,
    columns: usize,
    now: Timestamp,
    glyphs: Glyphs,
    find: &dyn Fn(&str) -> Option<ObjectId>,
) -> Vec<Passage> {
    let mut all = Vec::new();
    let sentence = if why.sentence.is_empty() { "Nothing is wrong with what can be seen." } else { &why.sentence };
    all.push(passage(&[(sentence.to_owned(), Role::Strong)], &[], &[], columns, glyphs, sentence));
    if !why.links.is_empty() {
        all.push(Passage::heading(""));
    }
    let kinds = why.links.iter().map(|link| text::width(link.kind)).max().unwrap_or(0).min(KIND);
    for (place, link) in why.links.iter().enumerate() {
        let tree = tree(&why.links, place);
        all.push(Passage { about: find(&link.what), ..of_link(link, &tree, kinds, columns, now, glyphs) });
    }
    let actions = why.helps.iter().map(|help| text::width(help.action)).max().unwrap_or(0);
    let helps = why.helps.iter().map(|help| (format!("{:<actions$}  ", help.action), help.text.as_str()));
    let plain = |lines: &'_ [String]| lines.iter().map(|line| (String::new(), line.clone())).collect::<Vec<_>>();
    for (title, lines) in [
        ("what comes by itself", plain(&why.next)),
        ("what helps", helps.map(|(action, text)| (action, text.to_owned())).collect()),
        ("not to be seen", plain(&why.hidden)),
    ] {
        if lines.is_empty() {
            continue;
        }
        all.extend([Passage::heading(""), Passage::heading(title)]);
        for (action, text) in lines {
            let first = [("  ".to_owned(), Role::Text), (action.clone(), Role::Strong)];
            let other = [(" ".repeat(2 + text::width(&action)), Role::Text)];
            let words = format!("{action}{text}");
            all.push(passage(&[(text, Role::Text)], &first, &other, columns, glyphs, &words));
        }
    }
    all
}

/// The times that are shown as ages.
pub fn times(why: &Why) -> impl Iterator<Item = Timestamp> {
    why.links.iter().filter_map(|link| link.since)
}

fn passage(pieces: &[Piece], first: &[Piece], other: &[Piece], columns: usize, glyphs: Glyphs, words: &str) -> Passage {
    Passage { rows: flow(pieces, first, other, columns, glyphs), words: words.to_owned(), about: None }
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
    // What a link is says of what kind it is, where it begins with the word.
    let named = link.depth == 0 || link.kind.is_empty() || link.what.to_lowercase().starts_with(link.kind);
    let kind = if named { String::new() } else { format!("{:<kinds$}  ", link.kind) };
    let first = [(tree.before.clone(), Role::Dim), (kind.clone(), Role::Dim)];
    let other = [(tree.below.clone(), Role::Dim)];
    let mark = symbol(link.severity).trim();
    let mark = if mark.is_empty() { String::new() } else { format!("{mark} ") };
    let mut pieces = vec![(link.what.clone(), if link.cause { Role::Failed } else { Role::Text })];
    if !link.state.is_empty() {
        pieces.push((format!("   {mark}{}", link.state), role));
    }
    if link.cause {
        pieces.push((format!("   {CAUSE}"), Role::Failed));
    }
    let mut rows = flow(&pieces, &first, &other, columns.saturating_sub(AGE), glyphs);
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
    Passage { rows, words, about: None }
}

/// The role of a state.
#[must_use]
pub fn severity_role(severity: Severity) -> Role {
    match severity {
        Severity::Bad => Role::Failed,
        Severity::Waiting => Role::Progressing,
        Severity::Unknown => Role::Unknown,
        Severity::Good => Role::Deployed,
    }
}
