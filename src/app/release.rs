//! One release: what never scrolls away of it, its revisions, and the documents of one revision.

pub mod documents;
pub mod find;
pub mod history;
pub mod title;

use std::sync::Arc;

use jiff::Timestamp;

use crate::release::flux::HelmRelease;
use crate::release::payload::{Payload, Revision};
use crate::release::{Problem, Query, ReleaseId, StoredRef};

use super::command::CommandId;
use super::document::search::Matches;
use super::document::{Colours, Document, Source, Stored};
use super::loadable::Loadable;
use super::rows::Row;
use super::session::Session;
use super::{Area, Effect, Model, Screen, TaskId};
use documents::Pane;

/// The tabs, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::EnumIter, strum::EnumCount)]
pub enum Tab {
    /// Every revision.
    History,
    /// User values, or the chart's defaults.
    Values,
    /// The manifest.
    Manifest,
    /// Notes and hooks.
    Notes,
}

impl Tab {
    /// What stands on it.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::History => "history",
            Self::Values => "values",
            Self::Manifest => "manifest",
            Self::Notes => "notes, hooks",
        }
    }

    fn next(self) -> Self {
        match self {
            Self::History => Self::Values,
            Self::Values => Self::Manifest,
            Self::Manifest => Self::Notes,
            Self::Notes => Self::History,
        }
    }

    fn previous(self) -> Self {
        self.next().next().next()
    }
}

/// The state of the screen.
#[derive(Debug)]
pub struct State {
    /// The release.
    pub id: ReleaseId,
    /// The open tab.
    pub tab: Tab,
    /// The revision whose documents are shown; `None` is always the latest.
    pub shown: Option<Revision>,
    /// Whether the values are the chart's defaults.
    pub defaults: bool,
    /// The documents were opened from the history, and lead back to it.
    from_history: bool,
    /// [`State::shown`] was the latest when it was opened, and is kept under the eyes of who reads it.
    held: bool,
    /// The list of revisions.
    pub history: history::State,
    /// What is sought in documents; empty when nothing is.
    pub sought: String,
    prompt: Option<find::Prompt>,
    values: Pane,
    manifest: Pane,
    notes: Pane,
    payload_of: Option<StoredRef>,
    payload: Loadable<Arc<Payload>>,
}

/// What the open tab shows.
#[derive(Debug)]
pub enum Content<'a> {
    /// Revisions.
    History(Vec<history::Row>),
    /// A document.
    Document(&'a Pane),
    /// Nothing, and why.
    Message {
        /// In lines.
        lines: Vec<String>,
        /// Whether something failed.
        error: bool,
    },
}

/// What the document of a tab can be made of.
enum Origin {
    Stored(StoredRef),
    Spec(Arc<HelmRelease>),
    Nothing(Vec<String>),
}

impl State {
    pub(super) fn new(id: ReleaseId) -> Self {
        Self {
            id,
            tab: Tab::History,
            shown: None,
            defaults: false,
            from_history: false,
            held: false,
            history: history::State::default(),
            sought: String::new(),
            prompt: None,
            values: Pane::default(),
            manifest: Pane::default(),
            notes: Pane::default(),
            payload_of: None,
            payload: Loadable::Idle,
        }
    }

    /// Its row; `None` once it is gone.
    #[must_use]
    pub fn row<'a>(&self, session: &'a Session) -> Option<&'a Row> {
        session.row(&self.id)
    }

    /// What the open tab shows.
    #[must_use]
    pub fn content(&self, session: &Session) -> Content<'_> {
        let Some(pane) = self.pane() else { return self.history_content(session) };
        let origin = self.origin(session);
        let message = |lines: Vec<String>| Content::Message { lines, error: false };
        if let Origin::Nothing(lines) = origin {
            return message(lines);
        }
        if let (Origin::Stored(_), Loadable::Failed(problem)) = (&origin, &self.payload) {
            return failure(problem);
        }
        match &pane.document {
            Loadable::Ready(document) if document.is_empty() => message(vec![self.empty(&origin).to_owned()]),
            Loadable::Ready(_) => Content::Document(pane),
            Loadable::Failed(problem) => failure(problem),
            Loadable::Idle | Loadable::Loading(_) => message(vec![match &origin {
                Origin::Stored(object) => format!("reading {} ...", object.key),
                Origin::Spec(_) | Origin::Nothing(_) => "reading ...".to_owned(),
            }]),
        }
    }

    /// The document that is shown, and a name for a file that holds it.
    #[must_use]
    pub fn document(&self, session: &Session) -> Option<(String, Arc<Document>)> {
        let Content::Document(Pane { document: Loadable::Ready(document), .. }) = self.content(session) else {
            return None;
        };
        let what = match self.tab {
            Tab::History => return None,
            Tab::Values if self.defaults => "defaults.yaml",
            Tab::Values => "values.yaml",
            Tab::Manifest => "manifest.yaml",
            Tab::Notes => "notes.txt",
        };
        let revision = self.shown.map(|revision| format!(".v{revision}")).unwrap_or_default();
        Some((format!("{}{revision}.{what}", self.id.name), Arc::clone(document)))
    }

    fn history_content(&self, session: &Session) -> Content<'_> {
        let rows = history::rows(session, &self.id);
        if rows.is_empty() {
            Content::Message { lines: self.nothing_stored(session), error: false }
        } else {
            Content::History(rows)
        }
    }

    fn empty(&self, origin: &Origin) -> &'static str {
        match (self.tab, self.defaults, origin) {
            (Tab::Values, _, Origin::Spec(_)) => "no values in the HelmRelease",
            (Tab::Values, false, _) => "no user values: the chart's defaults alone count",
            (Tab::Values, true, _) => "the chart has no default values",
            (Tab::Manifest, ..) => "the manifest is empty: the chart rendered no objects",
            (Tab::Notes | Tab::History, ..) => "no notes and no hooks",
        }
    }

    /// Goes back to the history, if the documents were opened from it. Whether they were.
    pub(super) fn leave_revision(&mut self) -> bool {
        if !std::mem::take(&mut self.from_history) {
            return false;
        }
        self.show(None);
        let back = self.tab != Tab::History;
        self.tab = Tab::History;
        back
    }

    /// Chooses another revision; `None` for the latest.
    fn show(&mut self, shown: Option<Revision>) {
        if self.shown != shown {
            self.shown = shown;
            (self.payload_of, self.payload) = (None, Loadable::Idle);
        }
    }

    /// Who reads a document keeps it: a newer revision is named beside it, and not put in its place.
    fn hold(&mut self, session: &Session) {
        if self.tab == Tab::History {
            if std::mem::take(&mut self.held) {
                self.show(None);
            }
            return;
        }
        let (None, Some(read), Loadable::Ready(_)) = (self.shown, &self.payload_of, &self.payload) else { return };
        let mut revisions = session.catalog.revisions(&self.id);
        if revisions.next().is_some_and(|latest| latest.object.key != read.key) {
            self.shown = revisions.find(|revision| revision.object.key == read.key).map(|revision| revision.revision);
            self.held = self.shown.is_some();
        }
    }

    pub(super) fn run(&mut self, session: &Session, id: CommandId, page: usize) {
        match id {
            CommandId::NextTab => self.tab = self.tab.next(),
            CommandId::PreviousTab => self.tab = self.tab.previous(),
            CommandId::History => self.tab = Tab::History,
            CommandId::Values => self.tab = Tab::Values,
            CommandId::Manifest => self.tab = Tab::Manifest,
            CommandId::NotesAndHooks => self.tab = Tab::Notes,
            CommandId::Search => self.open_prompt(),
            CommandId::Accept => self.accept(),
            CommandId::Cancel => self.cancel(),
            CommandId::NextMatch | CommandId::PreviousMatch => {
                let columns = columns(session.size.width);
                if let Some(pane) = self.pane_mut() {
                    pane.step(id == CommandId::NextMatch, columns, page, session.setup.glyphs);
                }
            }
            CommandId::ChartDefaults => self.defaults = !self.defaults,
            CommandId::ShowRevision => {
                let rows = history::rows(session, &self.id);
                let chosen = self.history.chosen(&rows).map(|row| row.revision);
                let latest = rows.first().map(|row| row.revision);
                self.show(chosen.filter(|chosen| Some(*chosen) != latest));
                (self.from_history, self.held) = (true, false);
                self.tab = Tab::Values;
            }
            _ => {
                let columns = columns(session.size.width);
                match self.pane_mut() {
                    Some(pane) => pane.run(id, columns, page, session.setup.glyphs),
                    None => self.history.run(id, &history::rows(session, &self.id), page),
                }
            }
        }
        // Who comes back to the values expects the user's.
        self.defaults &= self.tab == Tab::Values;
    }

    /// Asks for whatever the open tab lacks.
    pub(super) fn settle(&mut self, session: &mut Session, body: Area, out: &mut Vec<Effect>) {
        self.history.settle(&history::rows(session, &self.id), body.height.into());
        self.hold(session);
        let stored = self.stored(session);
        if stored != self.payload_of {
            self.payload_of = stored;
            self.payload = Loadable::Idle;
        }
        if let Loadable::Loading(task) = self.payload
            && !session.fetches.has(task)
        {
            self.payload = Loadable::Idle;
        }
        let source = match (self.origin(session), &self.payload, self.tab) {
            (Origin::Spec(object), _, Tab::Values) => {
                Some((documents::Key::Spec(object.key.clone(), object.generation), Source::Spec(object)))
            }
            (Origin::Stored(object), Loadable::Ready(payload), tab) => {
                let stored = Stored(Arc::clone(payload));
                let key = documents::Key::Stored(object, self.defaults && tab == Tab::Values);
                let source = match tab {
                    Tab::History => None,
                    Tab::Values if self.defaults => Some(Source::Defaults(stored)),
                    Tab::Values => Some(Source::Values(stored)),
                    Tab::Manifest => Some(Source::Manifest(stored)),
                    Tab::Notes => Some(Source::Notes(stored, session.setup.zone.clone())),
                };
                source.map(|source| (key, source))
            }
            _ => None,
        };
        let columns = columns(body.width);
        let glyphs = session.setup.glyphs;
        let sought = self.sought.clone();
        if let Some(pane) = self.pane_mut() {
            if let Some((key, source)) = source {
                pane.prepare(key, source, session, out);
            }
            pane.highlight(session, out);
            pane.search(&sought, session, out);
            pane.arrive(&sought, columns, body.height.into(), glyphs);
            pane.settle(columns, body.height.into(), glyphs);
        }
    }

    /// What is to be fetched, the most wanted first.
    pub(super) fn wanted(&self, session: &Session, page: usize) -> Vec<Query> {
        let mut wanted = Vec::new();
        let asked = match self.payload {
            Loadable::Idle => self.tab != Tab::History,
            Loadable::Loading(_) => true,
            Loadable::Ready(_) | Loadable::Failed(_) => false,
        };
        wanted.extend(self.payload_of.clone().filter(|_| asked).map(Query::Payload));
        if self.tab == Tab::History {
            wanted.extend(self.history.unread(session, &self.id, page).map(Query::Summary));
        }
        wanted
    }

    pub(super) fn payload_asked(&mut self, task: TaskId) {
        self.payload = Loadable::Loading(task);
    }

    pub(super) fn payload_came(&mut self, task: TaskId, result: &Result<Arc<Payload>, Problem>) {
        if self.payload.awaits(task) {
            self.payload = match result {
                Ok(payload) => Loadable::Ready(Arc::clone(payload)),
                Err(problem) => Loadable::Failed(problem.clone()),
            };
        }
    }

    /// Whether it was awaited.
    pub(super) fn prepared(&mut self, task: TaskId, document: &Arc<Document>) -> bool {
        self.panes().into_iter().any(|pane| pane.prepared(task, document))
    }

    /// Whether they were awaited.
    pub(super) fn highlighted(&mut self, task: TaskId, colours: &Arc<Colours>) -> bool {
        self.panes().into_iter().any(|pane| pane.highlighted(task, colours))
    }

    /// Whether they were awaited.
    pub(super) fn found(&mut self, task: TaskId, matches: &Arc<Matches>) -> bool {
        self.panes().into_iter().any(|pane| pane.found(task, matches))
    }

    /// Whether it was awaited.
    pub(super) fn broken(&mut self, task: TaskId, problem: &Problem) -> bool {
        self.panes().into_iter().any(|pane| pane.broken(task, problem))
    }

    /// Lets what failed be asked for again, and says what that is.
    pub(super) fn retry(&mut self, session: &Session) -> Vec<StoredRef> {
        let mut failed = self.history.failed(session, &self.id);
        if let (Loadable::Failed(_), Some(object)) = (&self.payload, &self.payload_of) {
            failed.push(object.clone());
            self.payload = Loadable::Idle;
        }
        failed
    }

    /// The times that are shown as ages.
    pub(super) fn times(&self, session: &Session, page: usize) -> Vec<Timestamp> {
        let mut times: Vec<Timestamp> = self.row(session).into_iter().flat_map(Row::times).collect();
        if self.tab == Tab::History {
            let rows = history::rows(session, &self.id);
            times.extend(rows.iter().skip(self.history.top).take(page).filter_map(|row| row.updated));
        }
        times
    }

    /// The open document's pane; the history has none.
    fn pane(&self) -> Option<&Pane> {
        match self.tab {
            Tab::History => None,
            Tab::Values => Some(&self.values),
            Tab::Manifest => Some(&self.manifest),
            Tab::Notes => Some(&self.notes),
        }
    }

    fn pane_mut(&mut self) -> Option<&mut Pane> {
        match self.tab {
            Tab::History => None,
            Tab::Values => Some(&mut self.values),
            Tab::Manifest => Some(&mut self.manifest),
            Tab::Notes => Some(&mut self.notes),
        }
    }

    fn panes(&mut self) -> [&mut Pane; 3] {
        [&mut self.values, &mut self.manifest, &mut self.notes]
    }

    /// The object that stores the shown revision.
    fn stored(&self, session: &Session) -> Option<StoredRef> {
        let mut revisions = session.catalog.revisions(&self.id);
        let found = match self.shown {
            Some(shown) => revisions.find(|revision| revision.revision == shown),
            None => revisions.next(),
        };
        found.map(|revision| revision.object.clone())
    }

    fn origin(&self, session: &Session) -> Origin {
        if let Some(object) = self.stored(session) {
            return Origin::Stored(object);
        }
        let object = self.row(session).and_then(|row| row.release.helm_release.clone());
        match object {
            Some(object) if self.tab == Tab::Values && self.shown.is_none() => Origin::Spec(object),
            _ => Origin::Nothing(self.nothing_stored(session)),
        }
    }

    /// Why no revision can be read.
    fn nothing_stored(&self, session: &Session) -> Vec<String> {
        let namespace = &self.id.storage_namespace;
        match self.row(session).map(|row| &row.release) {
            None => vec!["this release is gone: no revision is stored any more".to_owned()],
            Some(release) if release.storage_forbidden => vec![
                format!("Secrets of namespace {namespace} may not be read:"),
                format!("it needs get, list and watch on secrets in {namespace}"),
            ],
            Some(release) if release.remote() => vec!["its revisions are stored on another cluster".to_owned()],
            Some(release) => match (self.shown, &release.helm_release) {
                (Some(shown), _) => vec![format!("revision {shown} is not stored any more")],
                (None, Some(object)) if object.history.is_empty() => {
                    let mut lines = vec![format!("nothing was installed yet: no revision is stored in {namespace}")];
                    let cause = self.row(session).and_then(|row| row.judgement.cause.as_ref());
                    lines.extend(cause.map(|cause| format!("HelmRelease {}: {}", object.key, cause.text)));
                    lines
                }
                (None, _) => vec![format!("no revision is stored in namespace {namespace}")],
            },
        }
    }
}

fn failure(problem: &Problem) -> Content<'static> {
    let mut lines = vec![problem.cause.clone()];
    if !problem.hint.is_empty() {
        lines.push(problem.hint.clone());
    }
    Content::Message { lines, error: true }
}

/// How many columns a document has.
#[must_use]
pub fn columns(width: u16) -> usize {
    usize::from(width).saturating_sub(2)
}

/// Whether the open tab has heads of columns.
#[must_use]
pub fn has_head(state: &State, session: &Session) -> bool {
    state.tab == Tab::History && !history::rows(session, &state.id).is_empty()
}

/// Whether the open tab shows a document, and so tells where in it one is.
#[must_use]
pub fn has_status(state: &State) -> bool {
    state.pane().and_then(|pane| pane.document.ready()).is_some_and(|document| !document.is_empty())
}

fn open(model: &Model) -> Option<&State> {
    model.screens.last().map(|Screen::Release(state)| state.as_ref())
}

/// Why no revision can be chosen now.
pub(super) fn revision_selectable(model: &Model) -> Option<&'static str> {
    match open(model) {
        Some(state) if state.tab == Tab::History => {
            history::rows(&model.session, &state.id).is_empty().then_some("no revision is known")
        }
        _ => Some("choose a revision in the history"),
    }
}

/// Why there are no defaults to switch to.
pub(super) fn defaults_shown(model: &Model) -> Option<&'static str> {
    match open(model) {
        Some(state) if state.tab == Tab::Values && state.stored(&model.session).is_some() => None,
        Some(state) if state.tab == Tab::Values => Some("no revision can be read, so the chart is not known"),
        _ => Some("only for values"),
    }
}

/// Why there is no document to scroll, wrap, search or show elsewhere.
pub(super) fn document_shown(model: &Model) -> Option<&'static str> {
    match open(model) {
        Some(state) if state.tab == Tab::History => Some("only for values, manifest and notes"),
        Some(state) if !has_status(state) => Some("there is no text here"),
        Some(_) => None,
        None => Some("open a release first"),
    }
}
