//! What every screen shares: the cluster as far as it is known, the rows made of it, what is being fetched.

use std::collections::VecDeque;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::release::{Answer, Catalog, Change, Feed, FeedKind, FeedState, Problem, Query, Scope};

use super::bindings::Bindings;
use super::fetch::Fetches;
use super::layout::Size;
use super::picker::Choice;
use super::rows::{self, Row};
use super::text::Glyphs;
use super::{Effect, Epoch, TaskId};

/// How long the result of an action is shown.
const TOAST: SignedDuration = SignedDuration::from_secs(4);

/// How long payloads wait for the lists. Rows move while lists arrive, and one that only passes by is not worth a request;
/// behind a slow link the lists may take long, and then the rows that stand are filled in.
const PATIENCE: SignedDuration = SignedDuration::from_secs(1);

/// What is settled before the first message.
#[derive(Debug, Clone)]
pub struct Setup {
    /// Keys and commands.
    pub bindings: Bindings,
    /// What the terminal can show.
    pub glyphs: Glyphs,
    /// In which times of day are told.
    pub zone: TimeZone,
    /// Which namespaces to look at first.
    pub scope: Scope,
    /// What was wrong in the settings, if anything: the program then runs on the shipped ones.
    pub complaint: Option<String>,
}

/// Which cluster is looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// The context of the kubeconfig.
    pub context: String,
    /// Address of the API server.
    pub address: String,
    /// The namespace of the context.
    pub default_namespace: String,
}

/// What every screen shares.
#[derive(Debug)]
pub struct Session {
    /// Settled at the start.
    pub setup: Setup,
    /// The terminal's size.
    pub size: Size,
    /// What time it is.
    pub now: Timestamp,
    /// When the program, or the present watch, began.
    pub began: Timestamp,
    /// Which cluster; `None` as long as it is not known.
    pub server: Option<Server>,
    /// Why it is not known.
    pub trouble: Option<Problem>,
    /// What is watched.
    pub scope: Scope,
    /// The one namespace that is shown, if it is one.
    pub namespace: Option<String>,
    /// All that is known of the cluster.
    pub catalog: Catalog,
    /// Every release, worst first.
    pub rows: Vec<Row>,
    /// What is being fetched.
    pub fetches: Fetches,
    context: Option<String>,
    epoch: Epoch,
    rows_old: bool,
    toasts: VecDeque<String>,
    toast: Option<(String, Timestamp)>,
    tasks: u64,
}

impl Session {
    pub(super) fn new(setup: Setup, size: Size, now: Timestamp) -> Self {
        Self {
            scope: setup.scope.clone(),
            namespace: setup.scope.namespace().map(str::to_owned),
            setup,
            size,
            now,
            began: now,
            server: None,
            trouble: None,
            catalog: Catalog::default(),
            rows: Vec::new(),
            fetches: Fetches::default(),
            context: None,
            epoch: Epoch::default(),
            rows_old: false,
            toasts: VecDeque::new(),
            toast: None,
            tasks: 0,
        }
    }

    /// A name for a new piece of work.
    pub(super) fn next_task(&mut self) -> TaskId {
        self.tasks += 1;
        TaskId(self.tasks)
    }

    /// The row of a release.
    #[must_use]
    pub fn row(&self, id: &crate::release::ReleaseId) -> Option<&Row> {
        self.rows.iter().find(|row| row.release.id == *id)
    }

    /// Rows of the namespace that is shown.
    pub fn rows_in_namespace(&self) -> impl Iterator<Item = (usize, &Row)> {
        let inside = |row: &Row| self.namespace.as_deref().is_none_or(|namespace| row.is_in(namespace));
        self.rows.iter().enumerate().filter(move |(_, row)| inside(row))
    }

    pub(super) fn connected(&mut self, server: Server, out: &mut Vec<Effect>) {
        self.server = Some(server);
        self.trouble = None;
        self.watch(self.scope.clone(), out);
    }

    /// The context that is looked at, or that is being opened; `None` while it is the one of the start.
    #[must_use]
    pub fn context(&self) -> Option<String> {
        self.server.as_ref().map(|server| server.context.clone()).or_else(|| self.context.clone())
    }

    /// Forgets all that was seen of one cluster, and opens another.
    pub(super) fn switch(&mut self, context: &str, out: &mut Vec<Effect>) {
        out.extend(self.fetches.forget().map(Effect::Cancel));
        // What an older watch still says is dropped from now on.
        self.epoch = Epoch(self.epoch.0 + 1);
        self.context = Some(context.to_owned());
        (self.server, self.trouble) = (None, None);
        (self.scope, self.namespace) = (Scope::All, None);
        self.catalog = Catalog::default();
        self.rows = Vec::new();
        self.rows_old = true;
        self.began = self.now;
        self.drop_toasts();
        out.push(Effect::Open(context.to_owned()));
    }

    /// Shows one namespace or all. What the present watch covers is only narrowed; anything else is watched anew.
    pub(super) fn look_at(&mut self, choice: &Choice, out: &mut Vec<Effect>) {
        let (namespace, scope, covered) = match choice {
            Choice::All => (None, Scope::All, self.scope == Scope::All),
            Choice::Known { namespace, .. } => {
                (Some(namespace.clone()), Scope::Namespace(namespace.clone()), self.scope.holds(namespace))
            }
            Choice::Unseen(namespace) => {
                let scope = Scope::Namespace(namespace.clone());
                (Some(namespace.clone()), scope.clone(), self.scope == scope)
            }
        };
        self.namespace = namespace;
        if covered {
            return;
        }
        if self.server.is_some() {
            self.watch(scope, out);
        } else {
            self.scope = scope;
        }
    }

    /// Whether one namespace is shown of a watch that covers all: it can be left without a request.
    #[must_use]
    pub fn is_narrowed(&self) -> bool {
        self.namespace.is_some() && self.scope == Scope::All
    }

    /// Begins the present watch anew: rights may have changed.
    pub(super) fn watch_anew(&mut self, out: &mut Vec<Effect>) {
        self.watch(self.scope.clone(), out);
    }

    fn watch(&mut self, scope: Scope, out: &mut Vec<Effect>) {
        self.epoch = Epoch(self.epoch.0 + 1);
        self.began = self.now;
        self.scope = scope.clone();
        self.catalog = Catalog::default();
        self.rows_old = true;
        out.extend(self.fetches.forget().map(Effect::Cancel));
        out.push(Effect::Watch(self.epoch, scope));
    }

    /// Whether it was of the present watch.
    pub(super) fn take_changes(&mut self, epoch: Epoch, changes: Vec<Change>) -> bool {
        if epoch != self.epoch || changes.is_empty() {
            return false;
        }
        let mut news = false;
        for change in changes {
            // A watch says how it is doing now and then; only another state is news.
            let same = matches!(&change, Change::Feed(feed, state) if self.catalog.feeds().get(feed) == Some(state));
            news |= !same;
            self.catalog.apply(change);
        }
        self.rows_old |= news;
        news
    }

    /// Whether the answer was still awaited.
    pub(super) fn take_answer(&mut self, task: TaskId, answer: &Answer) -> bool {
        if !self.fetches.landed(task) {
            return false;
        }
        match answer {
            Answer::Summary(object, result) => self.catalog.keep_summary(object, result.clone()),
            Answer::Payload(object, Ok(payload)) => {
                // The payload says what a summary would: it need not be asked for again.
                if !matches!(self.catalog.summary(object), Some(Ok(_))) {
                    self.catalog.keep_summary(object, Ok(std::sync::Arc::new(payload.summary())));
                }
            }
            Answer::Payload(_, Err(_)) => {}
        }
        self.rows_old = true;
        true
    }

    /// Makes the rows anew if something changed since, and says whether it did.
    pub(super) fn rebuild_rows(&mut self) -> bool {
        if !std::mem::take(&mut self.rows_old) {
            return false;
        }
        self.rows = rows::make(&self.catalog);
        true
    }

    /// Whether the rows on the screen are those that will stay: every list that makes rows has ended, or took too long.
    pub(super) fn rows_stand(&self) -> bool {
        let loading = |(feed, state): (&Feed, &FeedState)| {
            *state == FeedState::Loading && matches!(feed.kind, FeedKind::Storage(..) | FeedKind::HelmReleases)
        };
        self.now >= self.patience_ends() || !self.catalog.feeds().iter().any(loading)
    }

    /// When the lists are waited for no more.
    pub(super) fn patience_ends(&self) -> Timestamp {
        self.began.saturating_add(PATIENCE).unwrap_or(self.began)
    }

    pub(super) fn plan_fetches(&mut self, wanted: &[Query], out: &mut Vec<Effect>) -> Vec<(TaskId, Query)> {
        out.extend(self.fetches.unwanted(wanted).into_iter().map(Effect::Cancel));
        let mut tasks = self.tasks;
        let started = self.fetches.start(wanted, || {
            tasks += 1;
            TaskId(tasks)
        });
        self.tasks = tasks;
        started
    }

    /// Tells the result of an action, after those that are still to be read.
    pub(super) fn toast(&mut self, text: String) {
        self.toasts.push_back(text);
        if self.toast.is_none() {
            self.next_toast();
        }
    }

    /// Forgets what was to be read of earlier actions.
    pub(super) fn drop_toasts(&mut self) {
        self.toasts.clear();
        self.toast = None;
    }

    /// The result of an action that is shown now.
    #[must_use]
    pub fn shown_toast(&self) -> Option<&str> {
        self.toast.as_ref().map(|(text, _)| text.as_str())
    }

    pub(super) fn toast_until(&self) -> Option<Timestamp> {
        self.toast.as_ref().map(|(_, until)| *until)
    }

    pub(super) fn expire_toasts(&mut self) {
        if self.toast_until().is_some_and(|until| until <= self.now) {
            self.next_toast();
        }
    }

    fn next_toast(&mut self) {
        let until = self.now.checked_add(TOAST).unwrap_or(self.now);
        self.toast = self.toasts.pop_front().map(|text| (text, until));
    }
}
