//! What every screen shares: the cluster as far as it is known, the rows made of it, what is being fetched.

mod found;
mod rows;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::config::Guards;
use crate::diff::noise::Rule;
use crate::health::World;
use crate::health::objects::Named;
use crate::ownership::classes;
use crate::release::mask::Rules;
use crate::release::{
    Answer, Catalog, Change, Controller, Feed, FeedKind, FeedState, Inventory, Problem, Query, ReleaseId, Resource,
    Scope,
};

use super::bindings::Bindings;
use super::fetch::Fetches;
use super::journal::left::Unfinished;
use super::layout::Size;
use super::picker::Choice;
use super::rights::Rights;
use super::rows::Row;
use super::settling::Settling;
use super::text::Glyphs;
use super::{Effect, Epoch, TaskId};
use found::Found;
use rows::Touched;

/// How long the result of an action is shown.
const TOAST: SignedDuration = SignedDuration::from_secs(4);

/// How long payloads wait for the lists. Rows move while lists arrive, those of objects too, and one that only passes by is
/// not worth a request, which would moreover take its bytes from the lists; behind a slow link the lists may take long, and
/// then the rows that stand are filled in.
const PATIENCE: SignedDuration = SignedDuration::from_secs(5);

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
    /// What the user's settings say of field managers.
    pub managers: Arc<[classes::Row]>,
    /// What counts as noise where two things are compared.
    pub noise: Arc<[Rule]>,
    /// What they say of keys that name secrets.
    pub secrets: Rules,
    /// What keeps actions from being done too easily.
    pub guards: Guards,
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

/// What of the screen a change is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum News {
    /// Nothing.
    Nothing,
    /// Releases: the list shows them when they have settled.
    Releases,
    /// What stands around them, too.
    Everywhere,
}

/// What is watched of the release that is open. Its objects are whole, and of every kind.
#[derive(Debug)]
pub struct Open {
    /// The release.
    pub id: ReleaseId,
    /// What it consists of.
    named: Vec<Named>,
    /// What was asked for.
    pub inventory: Inventory,
    /// What came.
    pub world: World,
    /// How the watch of each kind is doing.
    pub feeds: BTreeMap<Resource, FeedState>,
    epoch: Epoch,
}

impl Open {
    /// Whether every watch of it has told what there is.
    pub(super) fn is_told(&self) -> bool {
        let (told, all) = self.told();
        all > 0 && told == all
    }

    /// How many of its watches have told what there is, and how many there are.
    pub(super) fn told(&self) -> (usize, usize) {
        let told = self.feeds.values().filter(|state| **state != FeedState::Loading).count();
        (told, self.feeds.len())
    }
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
    /// What is known of workloads and what they own.
    pub world: World,
    /// What was asked of Flux's controllers, by name.
    pub controllers: BTreeMap<String, Result<Vec<Controller>, Problem>>,
    /// The release that is open, with its whole inventory.
    pub open: Option<Open>,
    /// Every release as it is shown, worst first.
    pub rows: Vec<Row>,
    /// What is being fetched.
    pub fetches: Fetches,
    /// What the user may do, as far as it was asked.
    pub rights: Rights,
    /// Runs that did not come to their end, until they were looked at.
    pub left: Unfinished,
    found: BTreeMap<ReleaseId, Found>,
    context: Option<String>,
    epoch: Epoch,
    inspected: Epoch,
    settling: Settling,
    touched: Touched,
    /// Every list had ended when the rows were last brought up to date.
    lists_ended: bool,
    /// Every row is to be made anew.
    rows_old: bool,
    /// Some row is another one than when the list was last told.
    rows_touched: bool,
    /// When a row reads differently with nothing but time.
    rows_turn: Option<Timestamp>,
    /// When an object does.
    world_turn: Option<Timestamp>,
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
            world: World::default(),
            controllers: BTreeMap::new(),
            open: None,
            rows: Vec::new(),
            fetches: Fetches::default(),
            found: BTreeMap::new(),
            rights: Rights::default(),
            left: Unfinished::default(),
            context: None,
            epoch: Epoch::default(),
            inspected: Epoch::default(),
            settling: Settling::default(),
            touched: Touched::default(),
            lists_ended: false,
            rows_old: false,
            rows_touched: false,
            rows_turn: None,
            world_turn: None,
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
        let task = self.next_task();
        self.left.ask(task, out);
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
        self.rights.forget();
        self.left = Unfinished::default();
        (self.scope, self.namespace) = (Scope::All, None);
        self.leave(out);
        self.catalog = Catalog::default();
        self.world = World::default();
        self.controllers.clear();
        self.found.clear();
        self.rows = Vec::new();
        self.rows_old = true;
        self.settling.clear();
        self.touched.clear();
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
            Choice::Unseen(namespace) | Choice::Absent(namespace) => {
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
        self.world = World::default();
        self.rows_old = true;
        self.settling.clear();
        self.touched.clear();
        out.extend(self.fetches.forget().map(Effect::Cancel));
        out.push(Effect::Watch(self.epoch, scope));
    }

    /// Takes in what a watch told, and says what of the screen that is about.
    pub(super) fn take_changes(&mut self, epoch: Epoch, changes: Vec<Change>) -> News {
        let mut news = News::Nothing;
        if epoch != self.epoch {
            return news;
        }
        for change in changes {
            news = news.max(match &change {
                // A watch says how it is doing now and then; only another state is news.
                Change::Feed(feed, state) if self.catalog.feeds().get(feed) == Some(state) => News::Nothing,
                Change::Feed(..) | Change::Namespaces(_) => News::Everywhere,
                Change::Revision(_)
                | Change::RevisionGone(..)
                | Change::HelmRelease(_)
                | Change::HelmReleaseGone(_)
                | Change::Source(_)
                | Change::SourceGone(..)
                | Change::Kustomization(_)
                | Change::KustomizationGone(_)
                | Change::Object(_)
                | Change::ObjectGone(..)
                | Change::Event(_)
                | Change::EventGone(_)
                | Change::Inventory(..) => News::Releases,
            });
            self.take_change(change);
        }
        news
    }

    /// Watches the whole inventory of a release; the same once more changes nothing.
    pub(super) fn inspect(&mut self, id: &ReleaseId, named: &[Named], inventory: Inventory, out: &mut Vec<Effect>) {
        if self.open.as_ref().is_some_and(|open| open.id == *id && open.inventory == inventory) {
            return;
        }
        self.inspected = Epoch(self.inspected.0 + 1);
        let known = self.open.as_ref().filter(|open| open.id == *id).map_or(&self.world, |open| &open.world);
        let open = self.row(id).map(|row| World::of_open(&row.release, known));
        let (epoch, world) = (self.inspected, open.unwrap_or_else(World::keeping_bodies));
        out.push(Effect::Inspect(epoch, inventory.clone()));
        let named = named.to_vec();
        self.open = Some(Open { id: id.clone(), named, inventory, world, feeds: BTreeMap::new(), epoch });
    }

    /// Ends that watch, if there is one. What it told of the release stays in the list.
    pub(super) fn leave(&mut self, out: &mut Vec<Effect>) {
        let Some(open) = self.open.take() else { return };
        out.push(Effect::Leave);
        self.keep_found(&open.id);
        if open.is_told()
            && let Some(release) = self.row(&open.id).map(|row| row.release.clone())
        {
            self.world.recall(&release, &open.named, &open.world, self.now);
            self.touch_row(&open.id);
        }
    }

    /// Whether it was of the release that is open.
    pub(super) fn take_inspected(&mut self, epoch: Epoch, changes: &[Change]) -> bool {
        let Some(open) = self.open.as_mut().filter(|open| open.epoch == epoch) else { return false };
        for change in changes {
            if let Change::Inventory(resource, state) = change {
                open.feeds.insert(resource.clone(), state.clone());
            }
            open.world.apply(change);
        }
        !changes.is_empty()
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
            Answer::Controllers(name, result) => {
                self.controllers.insert(name.clone(), result.clone());
                return true;
            }
            Answer::ValuesFrom(..) => return true,
        }
        let (Answer::Summary(object, _) | Answer::Payload(object, _)) = answer else { return true };
        self.reread_row(object);
        true
    }

    /// Whether the rows on the screen are those that will stay: every list that makes rows has ended, or took too long.
    pub(super) fn rows_stand(&self) -> bool {
        let loading = |(feed, state): (&Feed, &FeedState)| {
            let places_rows = match feed.kind {
                FeedKind::Storage(..) | FeedKind::HelmReleases | FeedKind::Objects(_) => true,
                FeedKind::Sources(_) | FeedKind::Kustomizations => false,
            };
            *state == FeedState::Loading && places_rows
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
