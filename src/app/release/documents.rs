//! One pane of a document: asked for, made, coloured, scrolled.

use std::sync::Arc;

use crate::app::command::CommandId;
use crate::app::document::{Colours, Document, Scroll, Source, highlight};
use crate::app::loadable::Loadable;
use crate::app::session::Session;
use crate::app::text::Glyphs;
use crate::app::{Effect, TaskId};
use crate::release::{ObjectKey, Problem, StoredRef};

/// What a pane's document was made of: it is made anew only when that changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Key {
    /// A stored revision, and whether of it the chart's defaults.
    Stored(StoredRef, bool),
    /// A HelmRelease and its generation.
    Spec(ObjectKey, Option<i64>),
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
    key: Option<Key>,
    highlighting: Option<TaskId>,
}

impl Pane {
    pub(super) fn run(&mut self, id: CommandId, columns: usize, page: usize, glyphs: Glyphs) {
        if let Loadable::Ready(document) = &self.document {
            self.scroll.run(id, document, columns, page, glyphs);
        }
    }

    pub(super) fn prepare(&mut self, key: Key, source: Source, session: &mut Session, out: &mut Vec<Effect>) {
        if self.key.as_ref() == Some(&key) {
            return;
        }
        let task = session.next_task();
        self.key = Some(key);
        self.document = Loadable::Loading(task);
        self.colours = None;
        self.highlighting = None;
        self.scroll = Scroll { wrap: self.scroll.wrap, ..Scroll::default() };
        out.push(Effect::Prepare(task, source));
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

    pub(super) fn settle(&mut self, columns: usize, page: usize, glyphs: Glyphs) {
        if let Loadable::Ready(document) = &self.document {
            self.scroll.settle(document, columns, page, glyphs);
        }
    }
}
