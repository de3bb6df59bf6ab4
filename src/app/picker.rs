//! The choice of a namespace: a list that is narrowed by typing.

use tui_input::Input;

use crate::config::Key;
use crate::health::Verdict;

use super::command::CommandId;
use super::connection;
use super::filter;
use super::session::Session;
use super::text;

/// What can be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// All namespaces.
    All,
    /// A namespace that is known.
    Known {
        /// Its name.
        namespace: String,
        /// How many releases were seen in it.
        releases: usize,
        /// How many of them failed or stalled.
        failed: usize,
        /// There may be more: release Secrets are forbidden there.
        partial: bool,
    },
    /// A namespace that was typed and not seen: the server does not list namespaces to everybody.
    Unseen(String),
    /// A namespace that was typed and that the server does not list. It may be new.
    Absent(String),
}

/// The open choice.
#[derive(Debug, Default)]
pub struct State {
    /// What is typed.
    pub input: Input,
    /// What is left to choose from.
    pub choices: Vec<Choice>,
    /// Which one is selected.
    pub cursor: usize,
    /// The first one that is seen.
    pub top: usize,
}

impl State {
    /// The selected choice.
    #[must_use]
    pub fn chosen(&self) -> Option<Choice> {
        self.choices.get(self.cursor).cloned()
    }

    pub(super) fn edit(&mut self, key: Key) {
        if edit(&mut self.input, key) {
            self.cursor = 0;
        }
    }

    pub(super) fn run(&mut self, id: CommandId, page: usize) {
        self.cursor = moved(id, self.cursor, self.choices.len(), page).unwrap_or(self.cursor);
    }

    pub(super) fn settle(&mut self, session: &Session, page: usize) {
        let typed = self.input.value().trim();
        let mut matcher = filter::matcher();
        let known = session.catalog.namespaces();
        self.choices = if typed.is_empty() { vec![Choice::All] } else { Vec::new() };
        for namespace in &known {
            if typed.is_empty() || filter::fuzzy(typed, namespace, &mut matcher) {
                self.choices.push(count(session, namespace));
            }
        }
        if is_namespace(typed) && !known.iter().any(|namespace| namespace == typed) {
            let absent = session.catalog.namespace_exists(typed) == Some(false);
            self.choices.push(if absent { Choice::Absent } else { Choice::Unseen }(typed.to_owned()));
        }
        self.cursor = self.cursor.min(self.choices.len().saturating_sub(1));
        self.top = top_for(self.top, self.cursor, self.choices.len(), page);
    }
}

fn count(session: &Session, namespace: &str) -> Choice {
    let rows: Vec<_> = session.rows.iter().filter(|row| row.is_in(namespace)).collect();
    let failed = rows.iter().filter(|row| row.judgement.verdict <= Verdict::Stalled).count();
    let partial = connection::incomplete(session, Some(namespace));
    Choice::Known { namespace: namespace.to_owned(), releases: rows.len(), failed, partial }
}

/// The names that Kubernetes allows: an RFC 1123 label.
fn is_namespace(text: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !text.is_empty() && text.len() <= 63 && text.chars().all(inner) && !text.starts_with('-') && !text.ends_with('-')
}

/// Edits a line with a key, as a shell would, and says whether its text changed.
pub(super) fn edit(input: &mut Input, key: Key) -> bool {
    use crate::config::Code;
    use tui_input::InputRequest as Edit;
    let request = match (key.code, key.ctrl, key.alt) {
        (Code::Char('w'), true, _) | (Code::Backspace, _, true) => Edit::DeletePrevWord,
        (Code::Char('u'), true, _) => Edit::DeleteLine,
        (Code::Char('k'), true, _) => Edit::DeleteTillEnd,
        (Code::Char('a'), true, _) | (Code::Home, ..) => Edit::GoToStart,
        (Code::Char('e'), true, _) | (Code::End, ..) => Edit::GoToEnd,
        (Code::Char('h'), true, _) | (Code::Backspace, ..) => Edit::DeletePrevChar,
        (Code::Delete, ..) => Edit::DeleteNextChar,
        (Code::Left, ..) => Edit::GoToPrevChar,
        (Code::Right, ..) => Edit::GoToNextChar,
        _ => match key.typed() {
            Some(c) => Edit::InsertChar(c),
            None => return false,
        },
    };
    input.handle(request).is_some_and(|changed| changed.value)
}

/// Where a command of movement leads to in a list; `None` for other commands.
pub(super) fn moved(id: CommandId, cursor: usize, count: usize, page: usize) -> Option<usize> {
    let last = count.saturating_sub(1);
    let page = page.max(2);
    let to = match id {
        CommandId::GoDown => cursor.saturating_add(1),
        CommandId::GoUp => cursor.saturating_sub(1),
        CommandId::GoTop => 0,
        CommandId::GoBottom => last,
        CommandId::HalfPageDown => cursor.saturating_add(page / 2),
        CommandId::HalfPageUp => cursor.saturating_sub(page / 2),
        CommandId::PageDown => cursor.saturating_add(page - 1),
        CommandId::PageUp => cursor.saturating_sub(page - 1),
        _ => return None,
    };
    Some(to.min(last))
}

/// The first line to show so that the cursor is seen and no room is wasted.
pub(super) fn top_for(top: usize, cursor: usize, count: usize, page: usize) -> usize {
    let page = page.max(1);
    let lowest = cursor.saturating_add(1).saturating_sub(page);
    top.clamp(lowest, cursor.max(lowest)).min(count.saturating_sub(page).max(lowest))
}

/// What is typed, as it may be shown.
#[must_use]
pub fn shown(input: &Input, session: &Session) -> String {
    text::clean(input.value(), session.setup.glyphs).into_owned()
}
