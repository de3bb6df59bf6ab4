//! The tab of values within an open release: what its sheet is made of, what is asked for it, and what stands in its place.

use std::sync::Arc;

use jiff::Timestamp;

use crate::app::document::Stored;
use crate::app::loadable::Loadable;
use crate::app::release::content::{Content, Origin, failure};
use crate::app::release::{State, Tab};
use crate::app::session::Session;
use crate::app::{Effect, TaskId};
use crate::release::flux::HelmRelease;
use crate::release::mask::Hidden;
use crate::release::values::Source;
use crate::release::{Problem, Query};

use super::sheet::{Asked, Sheet};
use super::{Key, Shown};

impl State {
    /// Whether values are shown as a tree.
    #[must_use]
    pub fn is_tree(&self) -> bool {
        self.tab == Tab::Values && !self.tree.is_yaml
    }

    /// Whether it was awaited.
    pub(in crate::app) fn laid(&mut self, task: TaskId, sheet: &Arc<Sheet>) -> bool {
        self.tree.laid(task, sheet)
    }

    /// Shows the selected value, once the journal has it.
    pub(in crate::app) fn reveal(&mut self, session: &mut Session, out: &mut Vec<Effect>) {
        let namespace = self.row(session).map_or(&self.id.storage_namespace, |row| &row.release.namespace);
        let release = format!("{namespace}/{}", self.id.name);
        self.tree.reveal(release, session, out);
    }

    /// Whether it was awaited.
    pub(in crate::app) fn revealed(&mut self, task: TaskId, result: Result<Hidden, Problem>, now: Timestamp) -> bool {
        self.tree.answered(task, result, now)
    }

    /// Hides what is revealed. Whether anything was.
    pub(in crate::app) fn conceal(&mut self) -> bool {
        self.is_tree() && self.tree.conceal()
    }

    /// When what is revealed is hidden again.
    pub(in crate::app) fn hides_at(&self) -> Option<Timestamp> {
        self.tree.hides_at()
    }

    /// The HelmRelease whose spec stands for what is shown: an older revision was made of another one.
    fn spec(&self, session: &Session) -> Option<Arc<HelmRelease>> {
        self.row(session)?.release.helm_release.clone()
    }

    /// What of valuesFrom is to be read.
    pub(in crate::app::release) fn values_asked(&self, session: &Session) -> Option<Query> {
        let object = self.spec(session).filter(|_| self.tab == Tab::Values)?;
        self.tree.asked(&object)
    }

    /// What valuesFrom refers to is being read.
    pub(in crate::app) fn sources_asked(&mut self, task: TaskId) {
        self.tree.sources = Loadable::Loading(task);
    }

    /// What valuesFrom refers to was read.
    pub(in crate::app) fn sources_came(&mut self, task: TaskId, sources: &[Source]) {
        self.tree.sources_came(task, sources);
    }

    /// Has the sheet made of what is known now, and keeps the selected line in sight.
    pub(in crate::app::release) fn settle_values(&mut self, session: &mut Session, page: usize, out: &mut Vec<Effect>) {
        if let Some(object) = self.spec(session) {
            self.tree.follow(&object, session);
        }
        if let Some((key, asked)) = self.made_of(session) {
            self.tree.prepare(key, asked, session, out);
        }
        let sought = self.sought.clone();
        self.tree.settle(&sought, page);
        match &self.tree.sheet {
            Some(sheet) => self.values.give(sheet.document(self.tree.shown)),
            None => self.values.document = Loadable::Idle,
        }
    }

    fn made_of(&self, session: &Session) -> Option<(Key, Asked)> {
        let stored = match (self.origin(session), &self.payload) {
            (Origin::Stored(object), Loadable::Ready(payload)) => Some((object, Stored(Arc::clone(payload)))),
            (Origin::Spec, _) => None,
            (Origin::Stored(_) | Origin::Nothing(_), _) => return None,
        };
        let spec = self.spec(session);
        let sources = match &spec {
            Some(spec) if !spec.values_from.is_empty() => Arc::clone(self.tree.sources.ready()?),
            Some(_) | None => Arc::from([]),
        };
        let latest = session.catalog.revisions(&self.id).next().map(|revision| &revision.object);
        let is_latest = stored.as_ref().is_none_or(|(object, _)| latest == Some(object));
        let key = Key {
            stored: stored.as_ref().map(|(object, _)| object.clone()),
            spec: spec.as_ref().map(|spec| (spec.key.clone(), spec.generation)),
            is_latest,
            reads: self.tree.reads,
        };
        let rules = session.setup.secrets.clone();
        let asked = Asked { stored: stored.map(|(_, stored)| stored), spec, sources, is_latest, rules };
        Some((key, asked))
    }

    /// What stands in the place of the tree as long as there is none.
    pub(in crate::app::release) fn values_content(&self, origin: &Origin) -> Content<'_> {
        let message = |lines: Vec<String>| Content::Message { lines, error: false };
        if let Some(problem) = &self.tree.problem {
            return failure(problem);
        }
        match (&self.tree.sheet, origin, &self.payload) {
            (Some(sheet), _, _) if sheet.tree(self.tree.shown).lines.is_empty() => {
                let notes = sheet.notes.iter().map(|note| note.text.clone());
                message(std::iter::once(self.empty(origin).to_owned()).chain(notes).collect())
            }
            (Some(sheet), _, _) => Content::Values(sheet),
            (None, Origin::Stored(object), Loadable::Idle | Loadable::Loading(_) | Loadable::Failed(_)) => {
                message(vec![format!("reading {} ...", object.key)])
            }
            (None, _, _) => message(vec!["reading what valuesFrom refers to ...".to_owned()]),
        }
    }
}

/// Which values a document is of.
impl Shown {
    /// The end of the name of a file that holds them.
    #[must_use]
    pub fn file(self) -> &'static str {
        match self {
            Self::Given => "values.yaml",
            Self::All => "all-values.yaml",
            Self::Defaults => "defaults.yaml",
        }
    }
}
