//! One pane of a document: asked for, made, coloured, scrolled.

use std::sync::Arc;

use crate::app::command::CommandId;
use crate::app::document::search::Matches;
use crate::app::document::{Colours, Document, Scroll, Source, highlight};
use crate::app::loadable::Loadable;
use crate::app::session::Session;
use crate::app::text::Glyphs;
use crate::app::{Effect, TaskId};
use crate::release::{Problem, StoredRef};

/// Whether both are of the same revision, in whatever state.
fn is_same_text(one: &StoredRef, other: &StoredRef) -> bool {
    (&one.key, &one.uid) == (&other.key, &other.uid)
}

/// A pane.
#[derive(Debug, Default)]
pub struct Pane {
    /// The document.
    pub document: Loadable<Arc<Document>>,
    /// Its colours, once they were found.
    pub colours: Option<Arc<Colours>>,
    /// What of it is seen.
    pub scroll: Scroll,
    /// Where what is sought stands, as far as it was looked for.
    pub matches: Option<Arc<Matches>>,
    /// Which of them is the present one.
    pub at: Option<usize>,
    /// The present one was reached past the end or past the top.
    pub wrapped: bool,
    /// What the document was made of: it is made anew only when that changes.
    key: Option<StoredRef>,
    highlighting: Option<TaskId>,
    /// The search that runs. One at a time: what was typed meanwhile is sought when it has ended.
    searching: Option<(TaskId, String)>,
    /// From where the first match is to be shown, once matches are known.
    from: Option<Scroll>,
}

impl Pane {
    pub(super) fn run(&mut self, id: CommandId, columns: usize, page: usize, glyphs: Glyphs) {
        if let Loadable::Ready(document) = &self.document {
            self.scroll.run(id, &**document, columns, page, glyphs);
        }
    }

    pub(super) fn prepare(&mut self, key: StoredRef, source: Source, session: &mut Session, out: &mut Vec<Effect>) {
        if self.key.as_ref() == Some(&key) {
            return;
        }
        let task = session.next_task();
        // A revision that only changed its status is read on where one was.
        let same = self.key.as_ref().is_some_and(|before| is_same_text(before, &key));
        self.key = Some(key);
        self.document = Loadable::Loading(task);
        self.forget();
        if !same {
            self.scroll = Scroll { wrap: self.scroll.wrap, ..Scroll::default() };
        }
        out.push(Effect::Prepare(task, source));
    }

    /// Shows a document that was made elsewhere.
    pub(super) fn give(&mut self, document: &Arc<Document>) {
        if self.document.ready().is_none_or(|shown| !Arc::ptr_eq(shown, document)) {
            self.document = Loadable::Ready(Arc::clone(document));
            self.forget();
        }
    }

    fn forget(&mut self) {
        (self.colours, self.highlighting) = (None, None);
        (self.matches, self.at, self.searching, self.from) = (None, None, None, None);
    }

    pub(super) fn prepared(&mut self, task: TaskId, document: &Arc<Document>) -> bool {
        let awaited = self.document.awaits(task);
        if awaited {
            self.document = Loadable::Ready(Arc::clone(document));
        }
        awaited
    }

    pub(super) fn broken(&mut self, task: TaskId, problem: &Problem) -> bool {
        let awaited = self.document.awaits(task);
        if awaited {
            self.document = Loadable::Failed(problem.clone());
        }
        if let Some((_, pattern)) = self.searching.take_if(|(running, _)| *running == task) {
            self.matches = Some(Arc::new(Matches { pattern, ..Matches::default() }));
            return true;
        }
        awaited
    }

    pub(super) fn highlight(&mut self, session: &mut Session, out: &mut Vec<Effect>) {
        let Loadable::Ready(document) = &self.document else { return };
        if self.highlighting.is_none() && highlight::wanted(document) {
            let task = session.next_task();
            self.highlighting = Some(task);
            out.push(Effect::Highlight(task, Arc::clone(document)));
        }
    }

    pub(super) fn highlighted(&mut self, task: TaskId, colours: &Arc<Colours>) -> bool {
        let awaited = self.highlighting == Some(task);
        if awaited {
            self.colours = Some(Arc::clone(colours));
        }
        awaited
    }

    /// Looks for a text, if that was not done; for an empty one, forgets what was found.
    pub(super) fn search(&mut self, sought: &str, session: &mut Session, out: &mut Vec<Effect>) {
        let Loadable::Ready(document) = &self.document else { return };
        if sought.is_empty() {
            (self.matches, self.at, self.searching, self.from) = (None, None, None, None);
        } else if self.searching.is_none() && !self.knows(sought) {
            let task = session.next_task();
            self.searching = Some((task, sought.to_owned()));
            out.push(Effect::Search(task, Arc::clone(document), sought.to_owned()));
        }
    }

    /// Whether it is known where a text stands.
    #[must_use]
    pub fn knows(&self, sought: &str) -> bool {
        self.matches.as_ref().is_some_and(|matches| matches.pattern == sought)
    }

    pub(super) fn found(&mut self, task: TaskId, matches: &Arc<Matches>) -> bool {
        let awaited = self.searching.take_if(|(running, _)| *running == task).is_some();
        if awaited {
            self.matches = Some(Arc::clone(matches));
            (self.at, self.wrapped) = (None, false);
        }
        awaited
    }

    /// Shows the first match from here on, once matches are known.
    pub(super) fn seek_from(&mut self, scroll: Scroll) {
        self.from = Some(scroll);
    }

    /// Shows this again, and not what is still sought.
    pub(super) fn go_back(&mut self, scroll: Scroll) {
        self.scroll = scroll;
        (self.from, self.at) = (None, None);
    }

    /// Goes to the first match from where the search began.
    pub(super) fn arrive(&mut self, sought: &str, columns: usize, page: usize, glyphs: Glyphs) {
        if !self.knows(sought) {
            return;
        }
        if let (Some(from), Some(matches)) = (self.from.take(), self.matches.clone()) {
            let first = matches.found.partition_point(|found| found.line < from.top);
            self.scroll = from;
            self.go_to(first, first == matches.found.len(), columns, page, glyphs);
        }
    }

    /// Goes to the next match, or the one before: of the present one where it is seen, else of what is seen.
    pub(super) fn step(&mut self, forward: bool, columns: usize, page: usize, glyphs: Glyphs) {
        let (Some(matches), Loadable::Ready(document)) = (self.matches.clone(), &self.document) else { return };
        let seen = self.scroll.seen(&**document, columns, page, glyphs);
        let (place, wrapped) = matches.step(self.at, &seen, forward);
        self.go_to(place, wrapped, columns, page, glyphs);
    }

    /// Goes to a match; past the last one, to the first.
    fn go_to(&mut self, place: usize, wrapped: bool, columns: usize, page: usize, glyphs: Glyphs) {
        let (Some(matches), Loadable::Ready(document)) = (&self.matches, &self.document) else { return };
        let place = if place < matches.found.len() { place } else { 0 };
        let Some(found) = matches.found.get(place) else { return };
        self.scroll.reveal(found.line, &found.range, &**document, columns, page, glyphs);
        (self.at, self.wrapped) = (Some(place), wrapped);
    }

    pub(super) fn settle(&mut self, columns: usize, page: usize, glyphs: Glyphs) {
        if let Loadable::Ready(document) = &self.document {
            self.scroll.settle(&**document, columns, page, glyphs);
        }
    }
}
