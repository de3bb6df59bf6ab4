//! Whether the next upgrades of some releases go through: asked of a few at a time, told as the answers come, the worst first.

mod page;

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::Timestamp;

use crate::config::{Context, Role};
use crate::plan::preflight::{Check, Finding, Preflight, Severity, Verdict, WhatIf};
use crate::release::{Problem, Release, ReleaseId};

use super::command::CommandId;
use super::owners::Oddities;
use super::release;
use super::release::passages::{Passages, Piece};
use super::session::Session;
use super::{Effect, Model, Screen, TaskId, age};

/// What was answered of one release.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Of which.
    pub id: ReleaseId,
    /// The answer, or why there is none.
    pub result: Result<Arc<Preflight>, Problem>,
    /// No other follows.
    pub is_last: bool,
}

/// The state of the screen.
#[derive(Debug)]
pub struct State {
    /// What is read.
    pub passages: Passages,
    /// When it was asked.
    pub made: Timestamp,
    /// The worst first; what waits for its answer last.
    items: Vec<Item>,
    /// What each passage is of.
    places: Vec<Place>,
    running: Option<TaskId>,
    /// The passages say something else than is known.
    is_old: bool,
    wrapped: usize,
}

/// One release.
#[derive(Debug)]
pub(in crate::app) struct Item {
    release: Arc<Release>,
    answer: Option<Result<Arc<Preflight>, Finding>>,
    fold: Option<Fold>,
    /// It is another release now than the one that was looked at.
    has_changed: bool,
}

/// How much is shown of a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fold {
    /// One line.
    Shut,
    /// What bears on the upgrade.
    Brief,
    /// Notes as well.
    Whole,
}

/// What a passage is of.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    Gap,
    Release(ReleaseId),
    Finding(ReleaseId, usize),
}

impl Item {
    fn new(release: Arc<Release>) -> Self {
        Self { release, answer: None, fold: None, has_changed: false }
    }

    fn verdict(&self) -> Option<Verdict> {
        Some(match self.answer.as_ref()? {
            Ok(preflight) => preflight.verdict(),
            Err(_) => Verdict::Unknown,
        })
    }

    fn findings(&self) -> &[Finding] {
        match &self.answer {
            Some(Ok(preflight)) => &preflight.findings,
            Some(Err(finding)) => std::slice::from_ref(finding),
            None => &[],
        }
    }

    /// What passes says so in one line, until somebody wants to know more.
    fn fold(&self) -> Fold {
        self.fold.unwrap_or(match self.verdict() {
            None | Some(Verdict::Passes) => Fold::Shut,
            Some(Verdict::Blocked | Verdict::Unknown | Verdict::Risky) => Fold::Brief,
        })
    }

    /// The findings that are shown, each with its place among all.
    fn shown(&self) -> impl Iterator<Item = (usize, &Finding)> {
        let fold = self.fold();
        self.findings().iter().enumerate().filter(move |(_, finding)| match fold {
            Fold::Shut => false,
            Fold::Brief => finding.severity < Severity::Note,
            Fold::Whole => true,
        })
    }

    fn order(&self) -> (bool, Option<Verdict>, Reverse<usize>, &str, &str) {
        let blocks = self.findings().iter().filter(|finding| finding.severity == Severity::Blocks).count();
        // What waits is asked about in the order in which it came, which is that of the list.
        let named = self.answer.is_some().then_some((self.release.namespace.as_str(), self.release.id.name.as_str()));
        let (namespace, name) = named.unwrap_or_default();
        (self.answer.is_none(), self.verdict(), Reverse(blocks), namespace, name)
    }
}

impl State {
    /// Asks about releases; at least one.
    pub(super) fn open(releases: Vec<Arc<Release>>, session: &mut Session, out: &mut Vec<Effect>) -> Self {
        let mut state = Self {
            passages: Passages::default(),
            made: session.now,
            items: releases.into_iter().map(Item::new).collect(),
            places: Vec::new(),
            running: None,
            is_old: true,
            wrapped: 0,
        };
        state.ask(session, out);
        state
    }

    fn ask(&mut self, session: &mut Session, out: &mut Vec<Effect>) {
        let task = session.next_task();
        (self.running, self.made, self.is_old) = (Some(task), session.now, true);
        let releases = self.items.iter().map(|item| Arc::clone(&item.release)).collect();
        out.push(Effect::Preflight(task, releases, WhatIf::default()));
    }

    /// Asks again, about each as it is now; one that is gone is asked about as it was.
    pub(super) fn again(&mut self, session: &mut Session, out: &mut Vec<Effect>) {
        self.leave(out);
        for item in &mut self.items {
            if let Some(row) = session.row(&item.release.id) {
                *item = Item { fold: item.fold, ..Item::new(Arc::new(row.release.clone())) };
            }
        }
        self.ask(session, out);
    }

    /// Gives up what was not answered yet.
    pub(super) fn leave(&mut self, out: &mut Vec<Effect>) {
        out.extend(self.running.take().map(Effect::Cancel));
    }

    /// What was found of fields that others changed, if it was awaited and tells so.
    pub(super) fn answered(&mut self, task: TaskId, answer: &Answer) -> Option<Option<Oddities>> {
        if self.running != Some(task) {
            return None;
        }
        self.running = self.running.filter(|_| !answer.is_last);
        let item = self.items.iter_mut().find(|item| item.release.id == answer.id)?;
        item.answer = Some(answer.result.clone().map_err(|problem| Finding::unread(&problem)));
        self.items.sort_by(|one, other| one.order().cmp(&other.order()));
        self.is_old = true;
        Some(answer.result.as_deref().ok().and_then(oddities))
    }

    /// Whether it was awaited. What has no answer yet has this one.
    pub(super) fn broken(&mut self, task: TaskId, problem: &Problem) -> bool {
        let awaited = self.running.take_if(|running| *running == task).is_some();
        if awaited {
            for item in self.items.iter_mut().filter(|item| item.answer.is_none()) {
                item.answer = Some(Err(Finding::unread(problem)));
            }
            self.is_old = true;
        }
        awaited
    }

    pub(super) fn run(&mut self, id: CommandId, page: usize) {
        match id {
            CommandId::Unfold => {
                let selected = self.release().cloned();
                if let Some(item) = self.items.iter_mut().find(|item| Some(&item.release.id) == selected.as_ref()) {
                    let has_notes = item.findings().iter().any(|finding| finding.severity == Severity::Note);
                    item.fold = Some(match item.fold() {
                        Fold::Shut if item.verdict() == Some(Verdict::Passes) => Fold::Whole,
                        Fold::Shut => Fold::Brief,
                        Fold::Brief if has_notes => Fold::Whole,
                        Fold::Brief | Fold::Whole => Fold::Shut,
                    });
                    self.is_old = true;
                }
            }
            _ => self.passages.run(id, page),
        }
    }

    /// The release at which the cursor is.
    #[must_use]
    pub fn release(&self) -> Option<&ReleaseId> {
        match self.places.get(self.passages.selected())? {
            Place::Gap => None,
            Place::Release(id) | Place::Finding(id, _) => Some(id),
        }
    }

    /// The finding at which the cursor is.
    #[must_use]
    pub fn finding(&self) -> Option<&Finding> {
        match self.places.get(self.passages.selected())? {
            Place::Gap | Place::Release(_) => None,
            Place::Finding(id, place) => self.items.iter().find(|item| item.release.id == *id)?.findings().get(*place),
        }
    }

    /// Brings what is read up to date, and keeps in sight what is selected.
    pub(super) fn settle(&mut self, session: &Session, columns: usize, page: usize) {
        let now: HashMap<&ReleaseId, &Release> =
            session.rows.iter().map(|row| (&row.release.id, &row.release)).collect();
        for item in &mut self.items {
            let has_changed = now.get(&item.release.id).is_none_or(|now| is_another(&item.release, now));
            self.is_old |= has_changed != item.has_changed;
            item.has_changed = has_changed;
        }
        if std::mem::take(&mut self.is_old) || columns != self.wrapped {
            self.wrapped = columns;
            let before = self.places.get(self.passages.selected()).cloned();
            let (passages, places) = page::passages(&self.items, columns, session.setup.glyphs);
            self.passages.show(passages);
            self.places = places;
            self.passages.stay(before.and_then(|before| self.place_of(&before)));
        }
        self.passages.settle(page);
    }

    /// Where that is now; of a finding that is folded, its release.
    fn place_of(&self, before: &Place) -> Option<usize> {
        let find = |wanted: &Place| self.places.iter().position(|place| place == wanted);
        match before {
            Place::Gap => None,
            Place::Release(_) => find(before),
            Place::Finding(id, _) => find(before).or_else(|| find(&Place::Release(id.clone()))),
        }
    }

    /// What stands above: of what it is and how far it came; then how many of each verdict, and when it was made.
    #[must_use]
    pub fn title(&self, session: &Session) -> [Vec<Piece>; 2] {
        let count = self.items.len();
        let of = if count == 1 { "1 release".to_owned() } else { format!("{count} releases") };
        let mut first = vec![(format!("Preflight of {of}"), Role::Strong)];
        let answered = self.items.iter().filter(|item| item.answer.is_some()).count();
        first.push(match self.running {
            Some(_) => (format!("   {answered}/{count} looked at"), Role::Loading),
            None => (": will the next upgrade go through?".to_owned(), Role::Dim),
        });
        let mut by_verdict: BTreeMap<Verdict, usize> = BTreeMap::new();
        for verdict in self.items.iter().filter_map(Item::verdict) {
            *by_verdict.entry(verdict).or_default() += 1;
        }
        let mut second: Vec<Piece> = by_verdict
            .iter()
            .map(|(verdict, count)| (format!("{count} {verdict}  "), verdict_role(*verdict)))
            .collect();
        let ago = age::coarse(self.made, session.now);
        let keys = session.setup.bindings.keys(Context::Global, CommandId::Refresh).last();
        let again = keys.map(|keys| format!("; {keys} makes it again")).unwrap_or_default();
        second.push(match self.running {
            Some(_) => ("leaving gives up the rest".to_owned(), Role::Dim),
            None => (format!("made {ago} ago{again}"), Role::Dim),
        });
        [first, second]
    }
}

impl Model {
    pub(super) fn preflight_mut(&mut self) -> Option<&mut State> {
        self.screens.iter_mut().rev().find_map(|screen| match screen {
            Screen::Preflight(state) => Some(&mut **state),
            Screen::Release(_)
            | Screen::Logs(_)
            | Screen::Blame(_)
            | Screen::Diff(_)
            | Screen::Plan(_)
            | Screen::Many(_)
            | Screen::Journal(_) => None,
        })
    }
}

/// Takes in what was answered of one release. Whether it was awaited.
pub(super) fn answered(model: &mut Model, task: TaskId, answer: &Answer) -> bool {
    let Some(found) = model.preflight_mut().and_then(|state| state.answered(task, answer)) else { return false };
    if let Some(oddities) = found {
        model.session.found(&answer.id, oddities);
    }
    true
}

/// Opens the release at which the cursor is, where the finding can be seen: its field, its object, its revisions.
pub(super) fn open_found(model: &mut Model) {
    let Some(Screen::Preflight(state)) = model.screens.last() else { return };
    let Some(row) = state.release().and_then(|id| model.session.row(id)) else { return };
    let (mut release, field) = release::State::open_at(row, state.finding());
    let blamed = field.map(|(object, field)| release.blame(object, field));
    model.screens.push(Screen::Release(Box::new(release)));
    model.screens.extend(blamed.map(|state| Screen::Blame(Box::new(state))));
}

/// Whether what was looked at is no longer what stands there.
fn is_another(before: &Release, now: &Release) -> bool {
    let generation = |release: &Release| release.helm_release.as_ref().map(|object| object.generation);
    before.latest != now.latest || generation(before) != generation(now)
}

/// How many fields others changed, where that could be told of every object.
fn oddities(preflight: &Preflight) -> Option<Oddities> {
    let counts = preflight.counts();
    let count = |check| counts.get(&check).copied().unwrap_or(0);
    let is_whole = preflight.looked.objects > 0 && count(Check::Unread) == 0;
    is_whole.then(|| Oddities { hotfixes: count(Check::Hotfix), leftovers: count(Check::Leftover) })
}

/// The shape of a verdict for those who see no colour.
#[must_use]
pub fn symbol(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Blocked => "x",
        Verdict::Unknown => "?",
        Verdict::Risky => "!",
        Verdict::Passes => " ",
    }
}

/// The role of a verdict.
#[must_use]
pub fn verdict_role(verdict: Verdict) -> Role {
    match verdict {
        Verdict::Blocked => Role::Failed,
        Verdict::Unknown => Role::Unknown,
        Verdict::Risky => Role::Pending,
        Verdict::Passes => Role::Healthy,
    }
}

/// Why nothing can be opened here.
pub(super) fn openable(model: &Model) -> Option<&'static str> {
    match model.screens.last() {
        Some(Screen::Preflight(state)) => {
            let is_there = state.release().is_some_and(|id| model.session.row(id).is_some());
            (!is_there).then_some("the release is not there any more")
        }
        Some(
            Screen::Release(_)
            | Screen::Logs(_)
            | Screen::Blame(_)
            | Screen::Diff(_)
            | Screen::Plan(_)
            | Screen::Many(_)
            | Screen::Journal(_),
        )
        | None => Some("only for a preflight"),
    }
}
