//! What an open release shows: revisions, causes, objects, a document, or why there is none of it.

use std::sync::Arc;

use crate::app::document::Document;
use crate::app::loadable::Loadable;
use crate::app::session::Session;
use crate::release::{FeedState, Problem, StoredRef};

use super::documents::Pane;
use super::passages::Passages;
use super::values::Shown;
use super::values::sheet::Sheet;
use super::{State, Tab, history, objects, timeline};

/// What the open tab shows.
#[derive(Debug)]
pub enum Content<'a> {
    /// Why it is as it is.
    Why(&'a Passages),
    /// Objects.
    Objects(&'a objects::State),
    /// Who owns what.
    Owners(&'a Passages),
    /// How the objects differ from the manifest.
    Drift(&'a Passages),
    /// What happened.
    Timeline(&'a timeline::State),
    /// Events.
    Events(&'a Passages),
    /// Revisions.
    History(Vec<history::Row>),
    /// Values.
    Values(&'a Sheet),
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
pub(super) enum Origin {
    Stored(StoredRef),
    Spec,
    Nothing(Vec<String>),
}

impl State {
    /// What the open tab shows.
    #[must_use]
    pub fn content(&self, session: &Session) -> Content<'_> {
        match self.tab {
            Tab::Why if self.row(session).is_none() => {
                return Content::Message { lines: self.nothing_stored(session), error: false };
            }
            Tab::Why => return Content::Why(&self.why),
            Tab::Objects => return self.objects_content(session),
            Tab::Owners => return self.owners_content(session),
            Tab::Drift => return self.drift_content(session),
            Tab::Timeline if self.row(session).is_none() => {
                return Content::Message { lines: self.nothing_stored(session), error: false };
            }
            Tab::Timeline => return Content::Timeline(&self.timeline),
            Tab::Events => return self.events_content(session),
            Tab::History | Tab::Values | Tab::Manifest | Tab::Notes => {}
        }
        let Some(pane) = self.pane() else { return self.history_content(session) };
        let origin = self.origin(session);
        let message = |lines: Vec<String>| Content::Message { lines, error: false };
        if let Origin::Nothing(lines) = origin {
            return message(lines);
        }
        if let (Origin::Stored(_), Loadable::Failed(problem)) = (&origin, &self.payload) {
            return failure(problem);
        }
        if self.is_tree() || (self.tab == Tab::Values && self.tree.sheet.is_none()) {
            return self.values_content(&origin);
        }
        match &pane.document {
            Loadable::Ready(document) if document.is_empty() => message(vec![self.empty(&origin).to_owned()]),
            Loadable::Ready(_) => Content::Document(pane),
            Loadable::Failed(problem) => failure(problem),
            Loadable::Idle | Loadable::Loading(_) => message(vec![match &origin {
                Origin::Stored(object) => format!("reading {} ...", object.key),
                Origin::Spec | Origin::Nothing(_) => "reading ...".to_owned(),
            }]),
        }
    }

    /// The document that is shown, and a name for a file that holds it.
    #[must_use]
    pub fn document(&self, session: &Session) -> Option<(String, Arc<Document>)> {
        let shown = match self.content(session) {
            Content::Document(pane) => Some(pane),
            Content::Values(_) => self.pane(),
            _ => None,
        };
        let document = shown?.document.ready().filter(|document| !document.is_empty())?;
        let what = match self.tab {
            Tab::Why | Tab::Objects | Tab::Owners | Tab::History | Tab::Drift | Tab::Timeline | Tab::Events => {
                return None;
            }
            Tab::Values => self.tree.shown.file(),
            Tab::Manifest => "manifest.yaml",
            Tab::Notes => "notes.txt",
        };
        let revision = self.shown.map(|revision| format!(".v{revision}")).unwrap_or_default();
        Some((format!("{}{revision}.{what}", self.id.name), Arc::clone(document)))
    }

    fn objects_content(&self, session: &Session) -> Content<'_> {
        if !self.objects.rows.is_empty() {
            return Content::Objects(&self.objects);
        }
        let message = |lines: Vec<String>| Content::Message { lines, error: false };
        match (&self.payload_of, &self.payload) {
            _ if self.row(session).is_none() => message(self.nothing_stored(session)),
            (_, Loadable::Failed(problem)) => failure(problem),
            (Some(object), Loadable::Idle | Loadable::Loading(_)) => {
                message(vec![format!("reading {} ...", object.key)])
            }
            (_, Loadable::Ready(_)) => message(vec!["the manifest is empty: the chart rendered no objects".to_owned()]),
            (None, _) => message(self.nothing_stored(session)),
        }
    }

    fn owners_content(&self, session: &Session) -> Content<'_> {
        if self.owners.known.is_some() {
            return Content::Owners(&self.owners.passages);
        }
        let failed = self.owners.failure();
        self.awaited(session, failed, ["which fields were edited", "who owns which field"])
    }

    fn drift_content(&self, session: &Session) -> Content<'_> {
        if self.drift.known.is_some() {
            return Content::Drift(&self.drift.passages);
        }
        self.awaited(session, self.drift.failure(), ["what has drifted", "what has drifted"])
    }

    /// What stands where something of the manifest and the live objects is not found out yet.
    fn awaited(&self, session: &Session, failed: Option<&Problem>, [unsaid, found]: [&str; 2]) -> Content<'_> {
        let message = |lines: Vec<String>| Content::Message { lines, error: false };
        if let Some(problem) = failed {
            return failure(problem);
        }
        match (&self.payload_of, &self.payload, &self.latest) {
            _ if self.row(session).is_none() => message(self.nothing_stored(session)),
            (None, _, None) => {
                let mut lines = vec![format!("without its manifest it cannot be said {unsaid}:")];
                lines.extend(self.nothing_stored(session));
                message(lines)
            }
            (_, Loadable::Failed(problem), None) => failure(problem),
            (Some(object), _, None) => message(vec![format!("reading {} ...", object.key)]),
            (_, _, Some(_)) if self.is_seen_whole() => message(vec![format!("finding out {found} ...")]),
            (_, _, Some(_)) => message(vec!["reading the objects of the release ...".to_owned()]),
        }
    }

    fn events_content(&self, session: &Session) -> Content<'_> {
        if !self.events.is_empty() {
            return Content::Events(&self.events);
        }
        let message = |lines: Vec<String>| Content::Message { lines, error: false };
        let Some(open) = session.open.as_ref().filter(|open| open.id == self.id) else {
            return message(vec!["reading events ...".to_owned()]);
        };
        let mut states = open.feeds.iter().filter(|(resource, _)| resource.kind == "Event");
        match states.find(|(_, state)| **state != FeedState::Live) {
            Some((resource, FeedState::Forbidden)) => {
                let place = resource.namespace.as_ref().map(|one| format!(" in {one}")).unwrap_or_default();
                message(vec![
                    format!("Events may not be read{place}:"),
                    format!("it needs list and watch on events{place}"),
                ])
            }
            Some((_, FeedState::Stale { problem, .. })) => failure(problem),
            Some((_, FeedState::Loading)) => message(vec!["reading events ...".to_owned()]),
            Some((_, FeedState::Absent | FeedState::Unsupported { .. } | FeedState::Live)) | None => message(vec![
                "no events".to_owned(),
                "Kubernetes keeps them for an hour: what happened before left none".to_owned(),
            ]),
        }
    }

    fn history_content(&self, session: &Session) -> Content<'_> {
        let rows = history::rows(session, &self.id);
        if rows.is_empty() {
            Content::Message { lines: self.nothing_stored(session), error: false }
        } else {
            Content::History(rows)
        }
    }

    pub(super) fn empty(&self, origin: &Origin) -> &'static str {
        match (self.tab, self.tree.shown, origin) {
            (Tab::Values, _, Origin::Spec) => "no values in the HelmRelease",
            (Tab::Values, Shown::Given, _) => "no user values: the chart's defaults alone count",
            (Tab::Values, Shown::All, _) => "no values at all: neither the user's nor the chart's",
            (Tab::Values, Shown::Defaults, _) => "the chart has no default values",
            (Tab::Manifest, ..) => "the manifest is empty: the chart rendered no objects",
            (
                Tab::Notes
                | Tab::Why
                | Tab::Objects
                | Tab::Owners
                | Tab::History
                | Tab::Drift
                | Tab::Timeline
                | Tab::Events,
                ..,
            ) => "no notes and no hooks",
        }
    }

    pub(super) fn origin(&self, session: &Session) -> Origin {
        if let Some(object) = self.stored(session) {
            return Origin::Stored(object);
        }
        let object = self.row(session).and_then(|row| row.release.helm_release.clone());
        match object {
            Some(_) if self.tab == Tab::Values && self.shown.is_none() => Origin::Spec,
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

pub(super) fn failure(problem: &Problem) -> Content<'static> {
    let mut lines = vec![problem.cause.clone()];
    if !problem.hint.is_empty() {
        lines.push(problem.hint.clone());
    }
    Content::Message { lines, error: true }
}
