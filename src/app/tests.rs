//! Any sequence of messages leaves the application sound.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::Arc;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use serde_json::json;

use super::bindings::Bindings;
use super::blame::sheet::Sheet;
use super::diff::sheet::Sheet as Compared;
use super::document::{highlight, prepare, search};
use super::drift::Drifted;
use super::fetch::MOST;
use super::owners::Known;
use super::plan::many;
use super::release::values::sheet::Sheet as Values;
use super::rows::Row;
use super::text::Glyphs;
use super::{Effect, Epoch, Model, Msg, Screen, Server, Setup, Size, TaskId, preflight, update};
use crate::config::{Code, Key, load};
use crate::plan::{
    Action, Await, Body, Confirm, Demand, Ended, News, OnError, Outcome, Phase, Plan, Precondition, Request, Standing,
    Step as Planned, StepId, StepOutcome, Task, Verb, When,
};
use crate::release::codec::Driver;
use crate::release::flux::HelmRelease;
use crate::release::mask::Masker;
use crate::release::payload::{Payload, ReleaseStatus, Revision};
use crate::release::storage::StoredRevision;
use crate::release::{
    Answer, Change, ContextEntry, Feed, FeedKind, FeedState, LiveObject, LogNews, Management, ObjectId, ObjectKey,
    Part, Problem, ProblemKind, Query, Scope, StoredRef,
};
use crate::schema::Schema;

/// A step of a story; places are taken modulo what there is.
#[derive(Debug, Clone)]
enum Step {
    Key(Key),
    Size(u16, u16),
    Wait(u16),
    Stored { release: u8, revision: u8, status: u8, version: u8 },
    Gone { release: u8, revision: u8 },
    Flux { release: u8, ready: bool },
    FluxGone { release: u8 },
    Feed { kind: u8, state: u8 },
    Pod { release: u8, gone: bool },
    Logged { lines: u16, end: bool },
    Answer { place: u8, good: bool },
    Unasked,
    Old,
    Trouble,
    Connected,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let keys: Vec<Key> = "j k g G ctrl-d ctrl-u pagedown pageup enter enter enter esc esc q ? / n N 0 C c o O ctrl-r tab shift-tab 1 2 4 5 7 8 E Y f p space V P P D D D J K z i < > S e l l h l w v y z x x a R W s r y y y F f u u * * J : ! down up backspace"
        .split(' ')
        .map(|key| key.parse().unwrap())
        .collect();
    let step = prop_oneof![
        8 => prop::sample::select(keys).prop_map(Step::Key),
        1 => (0u16..200, 0u16..60).prop_map(|(width, height)| Step::Size(width, height)),
        1 => (0u16..9000).prop_map(Step::Wait),
        6 => (0u8..40, 1u8..6, any::<u8>(), 0u8..4).prop_map(|(release, revision, status, version)| Step::Stored { release, revision, status, version }),
        2 => (0u8..40, 1u8..6).prop_map(|(release, revision)| Step::Gone { release, revision }),
        2 => (0u8..40, any::<bool>()).prop_map(|(release, ready)| Step::Flux { release, ready }),
        1 => (0u8..40).prop_map(|release| Step::FluxGone { release }),
        1 => (any::<u8>(), any::<u8>()).prop_map(|(kind, state)| Step::Feed { kind, state }),
        6 => (any::<u8>(), any::<bool>()).prop_map(|(place, good)| Step::Answer { place, good }),
        2 => (0u8..40, any::<bool>()).prop_map(|(release, gone)| Step::Pod { release, gone }),
        2 => (0u16..3000, any::<bool>()).prop_map(|(lines, end)| Step::Logged { lines, end }),
        1 => Just(Step::Unasked),
        1 => Just(Step::Old),
        1 => Just(Step::Trouble),
        1 => Just(Step::Connected),
    ];
    prop::collection::vec(step, 0..120)
}

fn name(release: u8) -> (String, String) {
    (format!("ns{}", release % 3), format!("release-{release}"))
}

fn stored(release: u8, revision: u8, status: u8, version: u8) -> StoredRevision {
    let (namespace, name) = name(release);
    let words = ["deployed", "failed", "superseded", "pending-upgrade", "uninstalled", "uninstalling", "what"];
    let object = format!("sh.helm.release.v1.{name}.v{revision}");
    StoredRevision {
        object: StoredRef {
            driver: Driver::Secret,
            uid: format!("{namespace}/{object}"),
            key: ObjectKey::new(namespace, object),
            resource_version: version.to_string(),
        },
        release: name,
        revision: Revision::new(revision.into()).unwrap(),
        status: ReleaseStatus::from(words[usize::from(status) % words.len()]),
        changed: Timestamp::from_second(i64::from(status) * 1000).ok(),
        by_flux: status.is_multiple_of(5),
        problems: Vec::new(),
    }
}

fn flux(release: u8, ready: bool) -> Change {
    let (namespace, name) = name(release);
    let ready = if ready { "True" } else { "False" };
    let object = json!({
        "metadata": {"namespace": namespace, "name": name},
        "spec": {"values": {"a": 1}},
        "status": {"conditions": [{"type": "Ready", "status": ready, "reason": "X", "message": "why"}]},
    });
    Change::HelmRelease(Arc::new(HelmRelease::read(&object).unwrap()))
}

fn pod(release: u8, gone: bool) -> Change {
    let (namespace, name) = name(release);
    let object = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"namespace": namespace, "name": name, "uid": name, "annotations": {
            "meta.helm.sh/release-name": name, "meta.helm.sh/release-namespace": namespace,
        }},
        "status": {"phase": "Running", "containerStatuses": [
            {"name": "one", "ready": false, "restartCount": 1, "state": {"waiting": {"reason": "CrashLoopBackOff"}}},
            {"name": "two", "ready": true, "restartCount": 0, "state": {"running": {}}},
        ]},
    });
    let object = LiveObject::read(object).unwrap();
    if gone { Change::ObjectGone(object.id, object.uid) } else { Change::Object(Arc::new(object)) }
}

fn feed(kind: u8, state: u8) -> Change {
    let kinds = [FeedKind::Storage(Driver::Secret, Part::Current), FeedKind::HelmReleases];
    let stale =
        FeedState::Stale { since: Timestamp::UNIX_EPOCH, problem: Problem::new(ProblemKind::Unreachable, "gone") };
    let states = [FeedState::Live, FeedState::Loading, FeedState::Forbidden, FeedState::Absent, stale];
    let namespace = (kind % 4 > 1).then(|| "ns1".to_owned());
    let kind = kinds[usize::from(kind) % kinds.len()];
    Change::Feed(Feed { kind, namespace }, states[usize::from(state) % states.len()].clone())
}

fn payload(object: &StoredRef) -> Payload {
    let raw = json!({
        "name": "x", "apply_method": "ssa", "manifest": "kind: Secret\n", "config": {"long": "x".repeat(300), "rows": vec![1; 90]},
        "info": {"status": "deployed", "notes": object.key.name}, "chart": {"metadata": {"name": "chart", "version": "1"}},
    });
    Payload::new(raw.as_object().unwrap().clone())
}

struct World {
    model: Model,
    flying: BTreeMap<TaskId, Query>,
    logs: BTreeSet<TaskId>,
    made: Vec<Msg>,
    preflights: BTreeSet<TaskId>,
    comparing: BTreeSet<TaskId>,
    /// Plans that are being made, and the journal that is being read.
    planning: BTreeSet<TaskId>,
    epoch: Epoch,
    /// What was read well of this watch, by object and state: it must not be read again.
    read: BTreeSet<StoredRef>,
}

impl World {
    fn new() -> Self {
        let setup = Setup {
            bindings: Bindings::resolve(&load::keymap().unwrap()).unwrap(),
            glyphs: Glyphs::Unicode,
            zone: TimeZone::UTC,
            scope: Scope::All,
            complaint: None,
            managers: [].into(),
            noise: crate::diff::noise::shipped().into(),
            secrets: crate::release::mask::Rules::default(),
            guards: crate::config::Guards::default(),
        };
        let model = Model::new(setup, Size { width: 80, height: 24 }, Timestamp::UNIX_EPOCH);
        Self {
            model,
            flying: BTreeMap::new(),
            logs: BTreeSet::new(),
            made: Vec::new(),
            preflights: BTreeSet::new(),
            comparing: BTreeSet::new(),
            planning: BTreeSet::new(),
            epoch: Epoch::default(),
            read: BTreeSet::new(),
        }
    }

    fn step(&mut self, step: Step) {
        let msg = match step {
            Step::Key(key) => Msg::Input(key),
            Step::Size(width, height) => Msg::Resized(Size { width, height }),
            Step::Wait(seconds) => Msg::Clock(self.model.session.now + SignedDuration::from_secs(seconds.into())),
            Step::Stored { release, revision, status, version } => {
                Msg::Cluster(self.epoch, vec![Change::Revision(Box::new(stored(release, revision, status, version)))])
            }
            Step::Gone { release, revision } => {
                let object = stored(release, revision, 0, 0).object;
                Msg::Cluster(self.epoch, vec![Change::RevisionGone(object.driver, object.key, object.uid)])
            }
            Step::Flux { release, ready } => Msg::Cluster(self.epoch, vec![flux(release, ready)]),
            Step::FluxGone { release } => {
                let (namespace, name) = name(release);
                Msg::Cluster(self.epoch, vec![Change::HelmReleaseGone(ObjectKey::new(namespace, name))])
            }
            Step::Feed { kind, state } => Msg::Cluster(self.epoch, vec![feed(kind, state)]),
            Step::Pod { release, gone } => Msg::Cluster(self.epoch, vec![pod(release, gone)]),
            Step::Logged { lines, end } => match self.logs.iter().next().copied() {
                Some(task) if end => {
                    self.logs.remove(&task);
                    Msg::Logged(task, LogNews::Ended)
                }
                Some(task) => Msg::Logged(task, LogNews::Lines((0..lines).map(|line| line.to_string()).collect())),
                None => return,
            },
            Step::Answer { place, good } => match self.answer(place, good) {
                Some(msg) => msg,
                None => return,
            },
            Step::Unasked => {
                Msg::Answered(TaskId(u64::MAX), Answer::Summary(stored(1, 1, 0, 0).object, Err(problem())))
            }
            Step::Old => Msg::Cluster(Epoch(0), vec![feed(0, 0)]),
            Step::Trouble => Msg::Trouble(problem()),
            Step::Connected => Msg::Connected(server("c")),
        };
        self.send(msg);
        while let Some(msg) = self.made.pop() {
            self.send(msg);
        }
    }

    fn answer(&mut self, place: u8, good: bool) -> Option<Msg> {
        let task = *self.flying.keys().nth(usize::from(place) % self.flying.len().max(1))?;
        let query = self.flying.remove(&task)?;
        let failure = || Err(problem());
        Some(Msg::Answered(
            task,
            match query {
                Query::Summary(object) => {
                    let result = if good { Ok(Arc::new(payload(&object).summary())) } else { failure() };
                    if good {
                        self.read.insert(object.clone());
                    }
                    Answer::Summary(object, result)
                }
                Query::Payload(object) => {
                    let result = if good { Ok(Arc::new(payload(&object))) } else { Err(problem()) };
                    Answer::Payload(object, result)
                }
                Query::Controllers(name) => Answer::Controllers(name, Err(problem())),
                Query::ValuesFrom(namespace, _) => Answer::ValuesFrom(namespace, Vec::new()),
            },
        ))
    }

    fn send(&mut self, msg: Msg) {
        for effect in update(&mut self.model, msg) {
            match effect {
                Effect::Watch(epoch, _) => {
                    self.epoch = epoch;
                    self.read.clear();
                }
                Effect::Fetch(task, query) => {
                    if let Query::Summary(object) = &query {
                        // Read again only when its object became another one in between, which forgets what was read.
                        let known = self.model.session.catalog.summary(object);
                        assert!(!matches!(known, Some(Ok(_))), "read twice: {object:?}");
                        if self.model.screens.is_empty() {
                            let row =
                                self.model.session.rows.iter().find(|row| row.release.latest.as_ref() == Some(object));
                            assert_ne!(row.unwrap().release.management, Management::Flux, "a Flux row is never read");
                        }
                    }
                    assert!(!self.flying.values().any(|other| *other == query), "asked twice at once: {query:?}");
                    self.flying.insert(task, query);
                }
                Effect::Cancel(task) => {
                    assert!(
                        self.flying.remove(&task).is_some()
                            || self.logs.remove(&task)
                            || self.preflights.remove(&task)
                            || self.comparing.remove(&task)
                            || self.planning.remove(&task),
                        "only what flies is cancelled"
                    );
                }
                Effect::Prepare(task, source) => {
                    self.made.push(Msg::Prepared(task, Arc::new(prepare::prepare(&source))))
                }
                Effect::Blame(task, source) => {
                    self.made.push(Msg::Blamed(task, Arc::new(Sheet::of(&source, &Schema::default()))))
                }
                Effect::Own(task, subject, before, tries) => {
                    let schema = Schema::default();
                    let (known, writes) = Known::begin(subject, &schema, before.as_deref(), tries);
                    if !writes.is_empty() {
                        self.made.push(Msg::Owned(task, Arc::new(known.clone().end(&schema, Vec::new()))));
                    }
                    self.made.push(Msg::Owned(task, Arc::new(known)));
                }
                Effect::Compare(task, asked) => {
                    self.made.push(Msg::Compared(task, Arc::new(Drifted::find(*asked, &Schema::default()))))
                }
                Effect::Trace(task, known, older) => {
                    self.made.push(Msg::Traced(task, Arc::new(known.search(older.len()).told())));
                }
                Effect::Search(task, document, pattern) => {
                    self.made.push(Msg::Found(task, Arc::new(search::search(&document, &pattern))));
                }
                Effect::Highlight(task, document) if document.bytes() < 200 => {
                    self.made.push(Msg::Highlighted(task, Arc::new(highlight::highlight(&document))));
                }
                Effect::WakeAt(at) => assert!(at > self.model.session.now, "woken in the past"),
                Effect::ListContexts(task) => {
                    let entries = ["c", "d"].map(|name| ContextEntry {
                        name: name.to_owned(),
                        cluster: "k".to_owned(),
                        user: "u".to_owned(),
                        namespace: None,
                    });
                    self.made.push(Msg::Contexts(task, Ok(entries.to_vec())));
                }
                Effect::Open(context) => {
                    let Model { session, releases, screens, overlay, .. } = &self.model;
                    assert_eq!(session.context(), Some(context));
                    assert!(session.rows.is_empty() && session.catalog.feeds().is_empty() && session.server.is_none());
                    assert!(releases.visible.is_empty() && screens.is_empty() && overlay.is_none());
                    assert_eq!((&session.scope, &session.namespace), (&Scope::All, &None));
                    assert!(self.flying.is_empty(), "what was asked of the old cluster is given up");
                    // Whatever the old watch still says must not count.
                    let old = Msg::Cluster(self.epoch, vec![flux(0, true)]);
                    assert_eq!(update(&mut self.model, old), []);
                    assert!(self.model.session.rows.is_empty());
                    self.made.push(Msg::Connected(server("other")));
                }
                Effect::LayValues(task, asked) => self.made.push(Msg::ValuesLaid(task, Arc::new(Values::of(&asked)))),
                Effect::Reveal(task, asked) => self.made.push(Msg::Revealed(task, Ok(asked.value))),
                Effect::Preflight(task, releases, _) => {
                    assert!(self.preflights.insert(task) && !releases.is_empty());
                    for (place, release) in releases.iter().enumerate().rev() {
                        let (id, is_last) = (release.id.clone(), place + 1 == releases.len());
                        let answer = preflight::Answer { id, result: Err(problem()), is_last };
                        self.made.push(Msg::Preflighted(task, answer));
                    }
                }
                Effect::Diff(task, asked) => {
                    self.comparing.insert(task);
                    let diff = asked.compare(&Schema::default(), |_| ControlFlow::Continue(())).unwrap();
                    self.made.push(Msg::Diffed(task, Arc::new(diff)));
                }
                Effect::TryWrites(task, ..) => {
                    self.comparing.insert(task);
                    self.made.push(Msg::Tried(task, Err(problem())));
                }
                Effect::Lay(task, diff, home, with_noise) => {
                    self.made.push(Msg::Laid(task, Arc::new(Compared::of(&diff, &home, with_noise))));
                }
                Effect::Log(task, _) => {
                    assert!(self.logs.is_empty(), "one log at a time");
                    self.logs.insert(task);
                }
                Effect::Plan(task, release, action) => {
                    self.planning.insert(task);
                    let name = release.id.name.clone();
                    let result =
                        if name.ends_with('3') { Err(problem()) } else { Ok(Arc::new(planned(&name, action))) };
                    self.made.push(Msg::Planned(task, result));
                }
                Effect::Act(task, plan) => {
                    assert!(plan.is_runnable(), "what is in the way keeps it from running");
                    let ended = Ended { outcome: Outcome::Done, says: String::new(), next: Vec::new() };
                    self.made.push(Msg::Acting(task, News::Over(ended)));
                    let step = StepId(1);
                    self.made.push(Msg::Acting(task, News::Ended(step, StepOutcome::Done(String::new()))));
                    self.made.push(Msg::Acting(task, News::Waiting(step, "seen".to_owned(), Some(3))));
                    self.made.push(Msg::Acting(task, News::Began(step)));
                }
                Effect::PlanMany(task, releases, action) => {
                    assert!(self.planning.insert(task) && !releases.is_empty());
                    for (place, release) in releases.iter().enumerate().rev() {
                        let name = release.id.name.clone();
                        let result = match name.ends_with('3') {
                            true => Err(problem()),
                            false => Ok(Arc::new(planned(&name, action.clone()))),
                        };
                        let is_last = place + 1 == releases.len();
                        self.made.push(Msg::PlannedOne(task, many::Answer { place, result, is_last }));
                    }
                }
                Effect::ActMany(task, many) => {
                    assert!(many.waiting() > 0 && many.running() == 0);
                    for (place, row) in many.rows.iter().enumerate() {
                        let ended = Ended { outcome: Outcome::Done, says: String::new(), next: Vec::new() };
                        self.made.push(Msg::ActingOne(task, place, News::Over(ended)));
                        if row.plan.is_runnable() {
                            self.made.push(Msg::ActingOne(task, place, News::Began(StepId(1))));
                        }
                    }
                }
                Effect::ReadJournal(task) => {
                    self.planning.insert(task);
                    self.made.push(Msg::Journaled(task, Ok(Arc::default())));
                }
                Effect::ReadUnfinished(task) => self.made.push(Msg::Unfinished(task, Vec::new())),
                Effect::Review(task, needs) => {
                    let answers = needs.into_iter().enumerate();
                    let answers = answers.map(|(place, need)| (need, [None, Some(true), Some(false)][place % 3]));
                    self.made.push(Msg::Reviewed(task, answers.collect()));
                }
                Effect::Halt(_) => {}
                Effect::Inspect(..) | Effect::Leave | Effect::SavePatch(..) | Effect::ReadDiff(_) => {}
                Effect::CopyRevealed(_) => {}
                Effect::Highlight(..) | Effect::Copy(_) | Effect::Read(..) | Effect::Suspend | Effect::Quit => {}
            }
        }
        self.check();
    }

    fn check(&self) {
        let Model { session, releases, screens, .. } = &self.model;
        assert!(self.flying.len() <= MOST, "{} in flight", self.flying.len());
        assert_eq!(session.fetches.flying(), self.flying.len());
        let made = super::rows::make(&session.catalog, &session.world, session.now);
        let settled = |row: &&Row| !session.is_settling(&row.release.id);
        let rows = |rows: &[Row]| rows.iter().filter(settled).cloned().collect::<Vec<_>>();
        assert_eq!(rows(&session.rows), rows(&made), "rows follow from what is known, once they have settled");
        assert_eq!(session.rows.len(), made.len(), "what comes and goes is shown at once");
        assert!(releases.visible.iter().all(|place| *place < session.rows.len()));
        assert!(releases.cursor < releases.visible.len().max(1));
        assert!(releases.top <= releases.cursor);
        assert_eq!(releases.current(session).is_some(), !releases.visible.is_empty());
        for state in screens.iter().filter_map(Screen::release) {
            assert!(state.objects.cursor < state.objects.rows.len().max(1));
            assert!(state.history.marks().len() <= 2);
            assert!(state.tree.cursor < state.tree.count().max(1) && state.tree.top <= state.tree.cursor);
            let hides_at = super::release::State::hides_at(state);
            assert!(
                hides_at.is_none_or(|at| at > session.now && state.is_tree()),
                "nothing is revealed behind one's back"
            );
            assert_eq!(hides_at.is_some(), state.tree.revealed().is_some());
        }
        // What lies below is put right when it is seen again.
        if let Some(state) = screens.last().and_then(Screen::release) {
            let count = super::release::history::rows(session, &state.id).len();
            assert!(state.history.cursor < count.max(1));
        }
        if let Some(Screen::Diff(state)) = screens.last() {
            assert!(state.cursor < state.page.rows.len().max(1) && state.top <= state.cursor);
            assert!(state.page.rows.is_empty() || state.block().is_some(), "the cursor is at a document");
        }
    }
}

/// A plan of one request and one wait; some may not be run, some want a name typed.
fn planned(name: &str, action: Action) -> Plan {
    let object = ObjectId::new("helm.toolkit.fluxcd.io", "HelmRelease", "ns1", name);
    let (api_version, resource) = ("helm.toolkit.fluxcd.io/v2".to_owned(), "helmreleases".to_owned());
    let request = Request {
        verb: Verb::MergePatch,
        api_version: api_version.clone(),
        resource: resource.clone(),
        object: object.clone(),
        manager: "wheelhouse".to_owned(),
        uid: None,
        resource_version: None,
        digest: None,
        body: Body::Json(json!({"metadata": {"annotations": {"a": "b"}}})),
    };
    let step = |id: usize, task: Task| Planned {
        id: StepId(id),
        phase: Phase::Store,
        says: "does it".to_owned(),
        task,
        on_error: OnError::End,
        when: When::Always,
    };
    let (token, before, timeout) = (String::new(), String::new(), 3);
    let awaited = Await::Handled { api_version, resource, object, token, demand: Demand::Reset, before, timeout };
    let state = if name.ends_with('5') { Standing::Unmet } else { Standing::Met };
    Plan {
        action,
        namespace: "ns1".to_owned(),
        name: name.to_owned(),
        title: format!("Do it to {name}"),
        preconditions: vec![Precondition {
            state,
            says: "so".to_owned(),
            evidence: String::new(),
            remedy: String::new(),
        }],
        rights: Vec::new(),
        steps: vec![step(1, Task::Send(request)), step(2, Task::Await(awaited))],
        otherwise: Vec::new(),
        effects: Vec::new(),
        losses: Vec::new(),
        notes: Vec::new(),
        undo: Vec::new(),
        commands: vec!["flux".to_owned()],
        ways: Vec::new(),
        proposal: None,
        confirm: if name.ends_with('7') { Confirm::Typed("r".to_owned()) } else { Confirm::Key },
        masker: Masker::default(),
    }
}

fn server(context: &str) -> Server {
    Server { context: context.to_owned(), address: "a".to_owned(), default_namespace: "d".to_owned() }
}

fn problem() -> Problem {
    Problem::new(ProblemKind::Busy, "not now")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_of_messages_leaves_it_sound(steps in steps()) {
        let mut world = World::new();
        world.step(Step::Connected);
        for step in steps {
            world.step(step);
        }
    }
}

#[test]
fn an_unfinished_sequence_of_keys_gives_way_to_the_next_key() {
    let mut world = World::new();
    world.step(Step::Connected);
    for release in 0..5 {
        world.step(Step::Stored { release, revision: 1, status: 0, version: 1 });
    }
    world.step(Step::Key(Key::char('g')));
    assert_eq!(world.model.typed, [Key::char('g')]);
    world.step(Step::Key(Key::char('j')));
    assert_eq!((world.model.typed.len(), world.model.releases.cursor), (0, 1));
    world.step(Step::Key(Key::plain(Code::Char('g'))));
    world.step(Step::Key(Key::char('g')));
    assert_eq!(world.model.releases.cursor, 0);
}
