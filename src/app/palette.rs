//! The choice of a command: those of this screen, narrowed by typing, the best match first.
//!
//! Names and titles match fuzzily. Docs match by words as they are: the letters of a short word stand in their order in
//! almost every sentence.

use nucleo_matcher::pattern::{Atom, AtomKind, CaseMatching, Normalization};
use nucleo_matcher::{Matcher, Utf32Str};
use tui_input::Input;

use crate::config::{Context, Key};

use super::command::{self, Command, CommandId};
use super::filter;
use super::picker::{edit, moved, top_for};

/// The open palette.
#[derive(Debug)]
pub struct State {
    /// The screen on which a command is sought.
    pub context: Context,
    /// What is typed.
    pub input: Input,
    /// What is left to choose from, the best first.
    pub rows: Vec<Row>,
    /// Which one is selected.
    pub cursor: usize,
    /// The first one that is seen.
    pub top: usize,
}

/// A command that matches.
#[derive(Debug, Clone)]
pub struct Row {
    /// The command.
    pub command: &'static Command,
    /// The characters of its name that match, by their places from 0.
    pub in_name: Vec<usize>,
    /// The characters of its doc that match.
    pub in_doc: Vec<usize>,
    rank: Rank,
}

/// How well a command matches, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// Some word stands only in the doc.
    Doc(u32),
    /// Every word matches the name or the title.
    Name(u32),
    /// The name or the title begins with it.
    Beginning,
    /// It is the name, the title or another name.
    Whole,
}

impl State {
    pub(super) fn new(context: Context) -> Self {
        Self { context, input: Input::default(), rows: ranked("", context), cursor: 0, top: 0 }
    }

    /// The selected command.
    #[must_use]
    pub fn chosen(&self) -> Option<&'static Command> {
        self.rows.get(self.cursor).map(|row| row.command)
    }

    pub(super) fn edit(&mut self, key: Key) {
        if edit(&mut self.input, key) {
            self.rows = ranked(self.input.value(), self.context);
            self.cursor = 0;
        }
    }

    pub(super) fn run(&mut self, id: CommandId, page: usize) {
        self.cursor = moved(id, self.cursor, self.rows.len(), page).unwrap_or(self.cursor);
    }

    pub(super) fn settle(&mut self, page: usize) {
        self.top = top_for(self.top, self.cursor, self.rows.len(), page);
    }
}

/// The commands of a screen that match, the best first; equal ones in the order of the table.
fn ranked(typed: &str, context: Context) -> Vec<Row> {
    let mut matcher = filter::matcher();
    let typed = typed.trim().to_lowercase();
    let offered = command::TABLE.iter().filter(|command| command.fits(context) && command.id != CommandId::Palette);
    let mut rows: Vec<Row> = offered.filter_map(|command| matched(command, &typed, &mut matcher)).collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.rank));
    rows
}

fn matched(command: &'static Command, typed: &str, matcher: &mut Matcher) -> Option<Row> {
    let name = command.id.name();
    let mut row = Row { command, in_name: Vec::new(), in_doc: Vec::new(), rank: Rank::Name(0) };
    let (mut score, mut only_in_doc) = (0, false);
    for word in typed.split_whitespace() {
        let fuzzy = atom(word, AtomKind::Fuzzy);
        let in_name = score_and_places(&fuzzy, name, &mut row.in_name, matcher);
        let in_title = score_and_places(&fuzzy, command.title, &mut Vec::new(), matcher);
        let in_names = in_name.max(in_title).or_else(|| command.aliases.contains(&word).then_some(0));
        let substring = atom(word, AtomKind::Substring);
        let found = in_names.or_else(|| {
            only_in_doc = true;
            let means_something = word.chars().nth(1).is_some();
            means_something.then(|| score_and_places(&substring, command.doc, &mut row.in_doc, matcher))?
        });
        score += u32::from(found?);
    }
    let names = [name, command.title];
    let spelled = typed.replace(' ', "-");
    let is = |known: &str| known == typed || known == spelled;
    let begins = |known: &str| known.starts_with(typed) || known.starts_with(&spelled);
    row.rank = if typed.is_empty() {
        Rank::Name(0)
    } else if names.into_iter().chain(command.aliases.iter().copied()).any(is) {
        Rank::Whole
    } else if names.into_iter().any(begins) {
        Rank::Beginning
    } else if only_in_doc {
        Rank::Doc(score)
    } else {
        Rank::Name(score)
    };
    Some(row)
}

fn atom(word: &str, kind: AtomKind) -> Atom {
    Atom::new(word, CaseMatching::Ignore, Normalization::Smart, kind, false)
}

/// How well a word matches a text; the places of its characters are added to those there are, sorted.
fn score_and_places(atom: &Atom, text: &str, places: &mut Vec<usize>, matcher: &mut Matcher) -> Option<u16> {
    let (mut buffer, mut found) = (Vec::new(), Vec::new());
    let score = atom.indices(Utf32Str::new(text, &mut buffer), matcher, &mut found)?;
    places.extend(found.into_iter().filter_map(|place| usize::try_from(place).ok()));
    places.sort_unstable();
    places.dedup();
    Some(score)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first commands, their matching letters in brackets.
    fn check(typed: &str, expected: &[&str]) {
        let marked = |text: &str, places: &[usize]| {
            let letter = |(at, c): (usize, char)| if places.contains(&at) { format!("[{c}]") } else { c.to_string() };
            text.chars().enumerate().map(letter).collect::<String>().replace("][", "")
        };
        let shown = |row: &Row| match row.in_doc.as_slice() {
            [] => marked(row.command.id.name(), &row.in_name),
            places => format!("{}: {}", row.command.id.name(), marked(row.command.doc, places)),
        };
        let rows: Vec<String> = ranked(typed, Context::Releases).iter().take(expected.len()).map(shown).collect();
        assert_eq!(rows, expected, "{typed}");
    }

    #[test]
    fn the_best_match_is_the_first() {
        check("q", &["[q]uit"]);
        check("q!", &["quit"]);
        check("ns", &["[n]ame[s]paces"]);
        check("Namespace", &["[namespace]s"]);
        check("copy name", &["[copy]-[name]"]);
        check("hpd", &["[h]alf-[p]age-[d]own"]);
        check("clipboard", &["copy-name: Send namespace/name to the terminal's [clipboard]"]);
        check("", &["open", "filter"]);
    }

    #[test]
    fn what_does_not_count_on_the_screen_is_not_offered() {
        let offered = |context, name: &str| ranked(name, context).iter().any(|row| row.command.id.name() == name);
        assert_eq!((offered(Context::Releases, "wrap"), offered(Context::Document, "wrap")), (false, true));
        assert_eq!((offered(Context::Releases, "accept"), offered(Context::Releases, "palette")), (false, false));
        assert!(ranked("zzz", Context::Releases).is_empty());
    }
}
