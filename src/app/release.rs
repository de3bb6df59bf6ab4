//! One release: what never scrolls away of it, why it is as it is, its objects, its revisions, and the documents of one
//! revision.

mod answers;
pub mod available;
pub mod content;
pub mod documents;
pub mod drift;
pub mod events;
pub mod find;
pub mod history;
mod live;
pub mod objects;
mod opened;
pub mod owners;
pub mod passages;
mod run;
pub mod tab;
pub mod timeline;
pub mod title;
pub mod values;
pub mod why;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::health::Verdict;
use crate::health::objects::Container;
use crate::health::why::{asks_for, telling_payloads};
use crate::ownership::subject::written_next;
use crate::release::payload::{Payload, Revision};
use crate::release::{ObjectId, Problem, Query, ReleaseId, StoredRef};

use super::document::{Source, Stored};
use super::layout::LEAST;
use super::loadable::Loadable;
use super::rows::Row;
use super::session::Session;
use super::{Area, Effect};
pub use content::Content;
use content::Origin;
use documents::Pane;
use passages::Passages;
pub use tab::Tab;

/// The revisions that are read at once for the timeline, the newest first.
const READ: usize = 30;

/// The state of the screen.
#[derive(Debug)]
pub struct State {
    /// The release.
    pub id: ReleaseId,
    /// The open tab.
    pub tab: Tab,
    /// The revision whose documents are shown; `None` is always the latest.
    pub shown: Option<Revision>,
    /// The documents were opened from the history, and lead back to it.
    from_history: bool,
    /// [`State::shown`] was the latest when it was opened, and is kept under the eyes of who reads it.
    held: bool,
    /// Why it is as it is.
    pub why: Passages,
    /// The same in one sentence; empty where nothing is wrong, or as long as it was not asked.
    sentence: String,
    /// Its objects.
    pub objects: objects::State,
    /// Who owns what of them.
    pub owners: owners::State,
    /// How they differ from the manifest.
    pub drift: drift::State,
    /// What happened to it.
    pub timeline: timeline::State,
    /// What Kubernetes told of them.
    pub events: Passages,
    /// The one object that the events are of; `None` for all.
    pub events_of: Option<ObjectId>,
    /// The tab from which the events were opened.
    before_events: Tab,
    /// The list of revisions.
    pub history: history::State,
    /// What is sought in documents; empty when nothing is.
    pub sought: String,
    prompt: Option<find::Prompt>,
    /// The values with what set each.
    pub tree: values::State,
    values: Pane,
    manifest: Pane,
    notes: Pane,
    payload_of: Option<StoredRef>,
    payload: Loadable<Arc<Payload>>,
    /// The payload of the latest revision, from when it was read, whichever is shown.
    latest: Option<(StoredRef, Arc<Payload>)>,
    /// Payloads of other revisions that tell why: the failed one, and the one before it.
    telling: BTreeMap<StoredRef, Result<Arc<Payload>, Problem>>,
    parts: Option<live::Parts>,
    /// Its row as all of its objects make it.
    judged: Option<Row>,
    /// What is known of the cluster may say something else of causes, objects and events.
    old: bool,
    /// And so may be what is to be watched of the release.
    unwatched: bool,
    /// The columns for which causes and events were wrapped.
    wrapped: usize,
    /// The times that are shown as ages in causes and events.
    ages: Vec<Timestamp>,
}

impl State {
    /// Opens a release: at what is wrong with it, and where nothing is, at its objects.
    pub(super) fn open(row: &Row) -> Self {
        let well = row.judgement.verdict > Verdict::Unknown;
        Self::new(row.release.id.clone(), if well { Tab::Objects } else { Tab::Why })
    }

    fn new(id: ReleaseId, tab: Tab) -> Self {
        Self {
            id,
            tab,
            shown: None,
            from_history: false,
            held: false,
            why: Passages::default(),
            sentence: String::new(),
            objects: objects::State::default(),
            owners: owners::State::default(),
            drift: drift::State::default(),
            timeline: timeline::State::default(),
            events: Passages::default(),
            events_of: None,
            before_events: tab,
            history: history::State::default(),
            sought: String::new(),
            prompt: None,
            tree: values::State::default(),
            values: Pane::default(),
            manifest: Pane::default(),
            notes: Pane::default(),
            payload_of: None,
            payload: Loadable::Idle,
            latest: None,
            telling: BTreeMap::new(),
            parts: None,
            judged: None,
            old: true,
            unwatched: true,
            wrapped: 0,
            ages: Vec::new(),
        }
    }

    /// Its row; `None` once it is gone.
    #[must_use]
    pub fn row<'a>(&'a self, session: &'a Session) -> Option<&'a Row> {
        session.row(&self.id).map(|row| self.judged.as_ref().unwrap_or(row))
    }

    /// Whether every object was looked at, and not those of the kinds alone that are watched for the list.
    #[must_use]
    pub fn is_seen_whole(&self) -> bool {
        self.judged.is_some()
    }

    /// The object that the cursor is at, where it is at one.
    #[must_use]
    pub fn target(&self) -> Option<&ObjectId> {
        match self.tab {
            Tab::Objects => self.objects.current().map(|row| &row.id),
            Tab::Owners => self.owners.passages.current()?.about.as_ref(),
            Tab::Drift => self.drift.passages.current()?.about.as_ref(),
            Tab::Why => self.why.current()?.about.as_ref(),
            Tab::Timeline => self.timeline.passages.current()?.about.as_ref(),
            Tab::Events => self.events.current()?.about.as_ref(),
            Tab::History | Tab::Values | Tab::Manifest | Tab::Notes => None,
        }
    }

    /// The Pod whose log is meant where the cursor is; elsewhere the first one that is not well.
    #[must_use]
    pub fn pod(&self) -> Option<(&ObjectId, &[Container])> {
        match (self.tab, self.target()) {
            (Tab::Objects, None) => None,
            (_, Some(target)) => self.objects.pod_of(target),
            (_, None) => self.objects.worst_pod(),
        }
    }

    /// The object that is to be looked at, and the field of it where the cursor is; who owns what will be known.
    pub(super) fn blamed(&mut self) -> Option<(ObjectId, Option<String>)> {
        let meant = match self.tab {
            Tab::Owners => self.owners.meant(),
            Tab::Drift => self.drift.meant(),
            Tab::Why | Tab::Objects | Tab::Timeline | Tab::Events => {
                self.target().cloned().map(|object| (object, None))
            }
            Tab::History | Tab::Values | Tab::Manifest | Tab::Notes => None,
        };
        self.owners.is_wanted |= meant.is_some();
        self.look_again();
        meant
    }

    /// What is selected, in words.
    #[must_use]
    pub fn words(&self) -> Option<String> {
        match self.tab {
            Tab::Objects => self.objects.current().map(objects::words),
            Tab::Owners => self.owners.passages.current().map(|passage| passage.words.clone()),
            Tab::Drift => self.drift.passages.current().map(|passage| passage.words.clone()),
            Tab::Why => self.why.current().map(|passage| passage.words.clone()),
            Tab::Timeline => self.timeline.passages.current().map(|passage| passage.words.clone()),
            Tab::Events => self.events.current().map(|passage| passage.words.clone()),
            Tab::Values if self.is_tree() => self.tree.words(),
            Tab::History | Tab::Values | Tab::Manifest | Tab::Notes => None,
        }
    }

    /// Something was learnt of the cluster, or time has passed.
    pub(super) fn look_again(&mut self) {
        (self.old, self.unwatched) = (true, true);
    }

    /// Goes back to where the events were opened, if they are shown. Whether they were.
    pub(super) fn leave_events(&mut self) -> bool {
        let open = self.tab == Tab::Events;
        if open {
            (self.tab, self.old) = (self.before_events, true);
        }
        open
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
        if self.tab == Tab::History || self.tab.is_live() {
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

    /// Brings causes, objects and events up to date with what is known of the cluster, and has the objects watched.
    fn refresh(&mut self, session: &mut Session, columns: usize, out: &mut Vec<Effect>) {
        if std::mem::take(&mut self.unwatched) {
            self.watch(session, out);
        }
        if !self.tab.is_live() || (!std::mem::take(&mut self.old) && columns == self.wrapped) {
            return;
        }
        self.wrapped = columns;
        let (Some(row), Some(parts)) = (session.row(&self.id), self.parts.as_ref()) else { return };
        let release = &row.release;
        self.judged = live::judged(row, parts, session);
        let (glyphs, now) = (session.setup.glyphs, session.now);
        let is_owners = self.tab == Tab::Owners;
        let is_asked = is_owners || self.owners.is_wanted;
        let written = || live::written(release, self.latest.as_ref(), &self.telling, session);
        let is_due = is_asked || !self.owners.is_found_of(written());
        let subject = is_due.then(|| live::subject(release, parts, written(), session)).flatten();
        let (rows, counts) = live::objects(release, parts, session);
        let compared = live::compared(self.tab, release, parts, written(), session, &rows);
        self.objects.show(rows, counts, &release.namespace, glyphs);
        let others = self.telling.values().filter_map(|result| result.as_deref().ok());
        let payloads: Vec<&Payload> = self.latest.iter().map(|(_, payload)| &**payload).chain(others).collect();
        let why = live::why(row, parts, &payloads, session);
        let verdict = self.judged.as_ref().unwrap_or(row).judgement.verdict;
        // A cause stands in the title already.
        let opening = if why.sentence.is_empty() { why::sentence(&why, verdict) } else { "" };
        let find = |what: &str| self.objects.called(what).cloned();
        self.why.show(why::passages(&why, opening, columns, now, glyphs, &find));
        self.ages = why::times(&why).collect();
        if is_owners {
            self.owners.show(columns, now, glyphs);
            self.ages = self.owners.known.iter().flat_map(|known| owners::times(known)).collect();
        }
        if self.tab == Tab::Drift {
            self.drift.show(columns, now, glyphs);
            self.ages = self.drift.times();
        }
        if self.tab == Tab::Timeline {
            let known = self.owners.known.as_deref();
            let told = live::timeline(release, verdict, parts, &payloads, known, session);
            let look = timeline::Look { columns, now, zone: &session.setup.zone, glyphs };
            self.timeline.show(told, look);
            self.ages = self.timeline.times();
        }
        if self.tab == Tab::Events {
            let told = live::events(release, parts, self.events_of.as_ref(), session);
            self.events.show(events::passages(&told, columns, now, glyphs));
            self.ages = events::times(&told).collect();
        }
        self.sentence = why.sentence;
        if let Some((subject, unseen)) = subject {
            self.owners.ask(subject, unseen, is_asked, session, out);
        }
        if let Some(asked) = compared {
            self.drift.ask(asked, session, out);
        }
        self.owners.trace(&self.id, is_owners, session, out);
    }

    /// Has the objects watched that the release consists of, as far as it is known of which.
    fn watch(&mut self, session: &mut Session, out: &mut Vec<Effect>) {
        if let (None, Some(object), Loadable::Ready(payload)) = (self.shown, &self.payload_of, &self.payload) {
            self.latest = Some((object.clone(), Arc::clone(payload)));
        } else if self.latest.is_none() {
            let told = self.told_latest(session);
            self.latest = told.and_then(|(object, result)| Some((object, Arc::clone(result.as_ref().ok()?))));
        }
        let Some(release) = session.row(&self.id).map(|row| row.release.clone()) else { return };
        let parts = match self.parts.take().filter(|parts| parts.are_of(&release, self.latest.as_ref(), &session.world))
        {
            Some(parts) => parts,
            None => live::Parts::of(&release, self.latest.as_ref(), &session.world),
        };
        // The manifest says more than what is known before it: the watches would only be begun twice.
        if !parts.inventory.objects.is_empty() || !self.awaits_payload() {
            session.inspect(&self.id, &parts.named, parts.inventory.clone(), out);
        }
        self.parts = Some(parts);
    }

    /// The latest revision, as it was read beside what is shown.
    fn told_latest(&self, session: &Session) -> Option<(StoredRef, &Result<Arc<Payload>, Problem>)> {
        let object = session.catalog.revisions(&self.id).next()?.object.clone();
        let result = self.telling.get(&object)?;
        Some((object, result))
    }

    /// Whether the manifest of the latest revision will come.
    fn awaits_payload(&self) -> bool {
        self.latest.is_none() && self.payload_of.is_some() && !matches!(self.payload, Loadable::Failed(_))
    }

    /// Brings up to date what the layout depends on.
    pub(super) fn follow(&mut self, session: &mut Session, out: &mut Vec<Effect>) {
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
        let is_tree = self.is_tree();
        self.tree.pass(session.now, is_tree);
        self.refresh(session, columns(session.size.width.max(LEAST.width)), out);
    }

    /// Asks for whatever the open tab lacks, and keeps in sight what is selected.
    pub(super) fn settle(&mut self, session: &mut Session, body: Area, out: &mut Vec<Effect>) {
        let page = body.height.into();
        self.history.settle(&history::rows(session, &self.id), page);
        self.objects.settle(page);
        self.why.settle(page);
        self.events.settle(page);
        self.owners.passages.settle(page);
        self.drift.passages.settle(page);
        self.timeline.passages.settle(page);
        if self.tab == Tab::Values {
            self.settle_values(session, page, out);
        }
        let source = match (self.origin(session), &self.payload) {
            (Origin::Stored(object), Loadable::Ready(payload)) => {
                let stored = Stored(Arc::clone(payload));
                let source = match self.tab {
                    Tab::Why
                    | Tab::Objects
                    | Tab::Owners
                    | Tab::History
                    | Tab::Values
                    | Tab::Drift
                    | Tab::Timeline
                    | Tab::Events => None,
                    Tab::Manifest => Some(Source::Manifest(stored)),
                    Tab::Notes => Some(Source::Notes(stored, session.setup.zone.clone())),
                };
                source.map(|source| (object, source))
            }
            _ => None,
        };
        let columns = columns(body.width);
        let glyphs = session.setup.glyphs;
        let sought = self.sought.clone();
        // The tree is searched by itself; its document waits to be shown elsewhere.
        let is_tree = self.is_tree();
        if let Some(pane) = self.pane_mut().filter(|_| !is_tree) {
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
        wanted.extend(self.values_asked(session));
        if self.tab == Tab::History {
            wanted.extend(self.history.unread(session, &self.id, page).map(Query::Summary));
        }
        if self.tab == Tab::Timeline {
            wanted.extend(self.history.unread(session, &self.id, usize::MAX).take(READ).map(Query::Summary));
        }
        let is_asked = self.tab == Tab::Owners || self.owners.is_wanted;
        let next = self.row(session).filter(|_| is_asked).and_then(|row| written_next(&row.release, &session.catalog));
        wanted.extend(next.filter(|object| !self.telling.contains_key(object)).map(Query::Payload));
        if let (Tab::Why | Tab::Timeline, Some(row)) = (self.tab, self.row(session)) {
            let read =
                |object: &StoredRef| self.payload_of.as_ref() == Some(object) || self.telling.contains_key(object);
            let telling = telling_payloads(&row.release, &session.catalog).into_iter();
            wanted.extend(telling.filter(|object| !read(object)).map(Query::Payload));
            let controller = row.release.helm_release.as_ref().and_then(|object| asks_for(object, session.now));
            let unasked = controller.filter(|name| !session.controllers.contains_key(*name));
            wanted.extend(unasked.map(|name| Query::Controllers(name.to_owned())));
        }
        wanted
    }

    /// What it lacks to say how its objects are beside what was written of them.
    pub(super) fn wanted_of_live(&self, session: &Session) -> Vec<Query> {
        let Some(row) = self.row(session) else { return Vec::new() };
        let latest = session.catalog.revisions(&self.id).next().map(|stored| stored.object.clone());
        let is_shown = |object: &StoredRef| {
            let is_read = matches!(self.payload, Loadable::Ready(_) | Loadable::Failed(_));
            is_read && self.payload_of.as_ref() == Some(object)
        };
        let latest = latest.filter(|object| self.latest.is_none() && !is_shown(object));
        let all = latest.into_iter().chain(written_next(&row.release, &session.catalog));
        all.filter(|object| !self.telling.contains_key(object)).map(Query::Payload).collect()
    }

    /// The times that are shown as ages.
    pub(super) fn times(&self, session: &Session, page: usize) -> Vec<Timestamp> {
        let mut times: Vec<Timestamp> = self.row(session).into_iter().flat_map(Row::times).collect();
        match self.tab {
            Tab::History => {
                let rows = history::rows(session, &self.id);
                times.extend(rows.iter().skip(self.history.top).take(page).filter_map(history::Row::updated));
            }
            Tab::Objects => times.extend(self.objects.times(page)),
            Tab::Why | Tab::Owners | Tab::Drift | Tab::Timeline | Tab::Events => times.extend(&self.ages),
            Tab::Values | Tab::Manifest | Tab::Notes => {}
        }
        times
    }

    /// The open document's pane; other tabs have none.
    fn pane(&self) -> Option<&Pane> {
        match self.tab {
            Tab::Why | Tab::Objects | Tab::Owners | Tab::History | Tab::Drift | Tab::Timeline | Tab::Events => None,
            Tab::Values => Some(&self.values),
            Tab::Manifest => Some(&self.manifest),
            Tab::Notes => Some(&self.notes),
        }
    }

    fn pane_mut(&mut self) -> Option<&mut Pane> {
        match self.tab {
            Tab::Why | Tab::Objects | Tab::Owners | Tab::History | Tab::Drift | Tab::Timeline | Tab::Events => None,
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
}

/// How many columns a document has.
#[must_use]
pub fn columns(width: u16) -> usize {
    usize::from(width).saturating_sub(2)
}

/// How many lines the heads of columns take, and what is said above them.
#[must_use]
pub fn head_lines(state: &State, session: &Session) -> u16 {
    match state.tab {
        Tab::History => {
            let rows = history::rows(session, &state.id);
            u16::from(!rows.is_empty()) + u16::from(history::facts::warning(&rows).is_some())
        }
        Tab::Objects if !state.objects.rows.is_empty() => 2,
        Tab::Timeline => u16::from(!state.timeline.passages.is_empty()),
        Tab::Values if state.is_tree() => state.tree.head_lines(session.size),
        Tab::Why | Tab::Objects | Tab::Owners | Tab::Values | Tab::Drift | Tab::Manifest | Tab::Notes | Tab::Events => {
            0
        }
    }
}

/// Whether the open tab shows a document, and so tells where in it one is.
#[must_use]
pub fn has_status(state: &State) -> bool {
    state
        .pane()
        .filter(|_| !state.is_tree())
        .and_then(|pane| pane.document.ready())
        .is_some_and(|document| !document.is_empty())
}
