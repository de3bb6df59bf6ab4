//! A plan as it is read before a yes, its run step by step, and what came of it.
//!
//! What runs is kept in [`Runs`], not in the screen: leaving the screen, or the context, ends nothing.

pub mod ask;
pub mod available;
pub mod body;
pub mod many;
pub mod menu;
pub mod moment;
pub mod open;
mod page;
mod progress;
pub mod runs;
mod ways;

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use tui_input::Input;

use crate::config::{Context, Key, Role};
use crate::health::Verdict;
use crate::plan::rollback::target;
use crate::plan::{Action, Confirm, News, Outcome, Plan, StepId, Way};
use crate::release::{Problem, Release, ReleaseId};

use super::command::CommandId;
use super::connection::Banner;
use super::journal::left;
use super::picker::edit;
use super::release::passages::{Passages, Piece};
use super::session::Session;
use super::{Effect, Model, Screen, TaskId, age};

use many::runs::RunOfMany;
use moment::Moment;
use page::{Page, Place};
use runs::{Run, Runs};

/// The state of the screen.
#[derive(Debug)]
pub struct State {
    /// What is read.
    pub passages: Passages,
    /// What each passage is of.
    places: Vec<Place>,
    /// The release, as it was planned for.
    release: Arc<Release>,
    action: Action,
    stage: Stage,
    /// What is typed for a yes, while it is.
    typing: Option<Input>,
    /// Since when the plan can be read.
    moment: Moment,
    unfolded: BTreeSet<Place>,
    /// The release is another one now than the one that was planned for.
    has_changed: bool,
    /// It is one of many that run together.
    is_of_many: bool,
    /// What the passages were made of last.
    made_of: Option<(usize, Timestamp, Option<Verdict>, String)>,
}

/// How far it came.
#[derive(Debug)]
enum Stage {
    /// It is being planned, since then.
    Planning(TaskId, Timestamp),
    /// It cannot be planned.
    Unplanned(Problem),
    /// It can be read.
    Planned(Arc<Plan>, Timestamp),
    /// It runs, or ran.
    Acted(TaskId, Arc<Plan>),
}

impl State {
    /// Asks for a plan.
    pub(super) fn open(release: Arc<Release>, action: Action, session: &mut Session, out: &mut Vec<Effect>) -> Self {
        let mut state = Self::blank(release, action, Stage::Planning(TaskId(0), session.now));
        state.ask(session, out);
        state
    }

    /// Shows a run that goes on.
    pub(super) fn of_run(release: Arc<Release>, run: &Run) -> Self {
        Self::blank(release, run.plan.action.clone(), Stage::Acted(run.task, Arc::clone(&run.plan)))
    }

    fn blank(release: Arc<Release>, action: Action, stage: Stage) -> Self {
        Self {
            passages: Passages::default(),
            places: Vec::new(),
            release,
            action,
            stage,
            typing: None,
            moment: Moment::default(),
            unfolded: BTreeSet::new(),
            has_changed: false,
            is_of_many: false,
            made_of: None,
        }
    }

    /// Shows one of many: its plan, or why there is none.
    pub(super) fn of_planned(
        release: Arc<Release>,
        action: Action,
        planned: Result<Arc<Plan>, Problem>,
        made: Timestamp,
    ) -> Self {
        let stage = match planned {
            Ok(plan) => Stage::Planned(plan, made),
            Err(problem) => Stage::Unplanned(problem),
        };
        Self { is_of_many: true, ..Self::blank(release, action, stage) }
    }

    fn ask(&mut self, session: &mut Session, out: &mut Vec<Effect>) {
        let task = session.next_task();
        self.stage = Stage::Planning(task, session.now);
        self.is_of_many = false;
        (self.typing, self.made_of, self.has_changed) = (None, None, false);
        out.push(Effect::Plan(task, Arc::clone(&self.release), self.action.clone()));
    }

    /// Plans anew, for the release as it is now; one that is gone is planned for as it was. Not while it runs.
    pub(super) fn again(&mut self, session: &mut Session, runs: &mut Runs, out: &mut Vec<Effect>) {
        if let Stage::Acted(task, _) = self.stage {
            if runs.get(task).is_some_and(|run| run.ended.is_none()) {
                return session.toast("it runs: it is planned anew after its end".to_owned());
            }
            runs.forget(task);
        }
        self.cancel(out);
        if let Some(row) = session.row(&self.release.id) {
            self.release = Arc::new(row.release.clone());
        }
        self.ask(session, out);
    }

    fn cancel(&self, out: &mut Vec<Effect>) {
        match self.stage {
            Stage::Planning(task, _) => out.push(Effect::Cancel(task)),
            Stage::Unplanned(_) | Stage::Planned(..) | Stage::Acted(..) => {}
        }
    }

    /// Gives up planning. What runs goes on.
    pub(super) fn leave(&mut self, runs: &mut Runs, out: &mut Vec<Effect>) {
        self.cancel(out);
        if let Stage::Acted(task, _) = &self.stage {
            match runs.get(*task) {
                // What stands above every screen says that it goes on.
                Some(run) if run.ended.is_none() => {}
                Some(_) | None => runs.forget(*task),
            }
        }
    }

    /// The answer to [`Effect::Plan`]. Whether it was awaited.
    pub(super) fn planned(&mut self, task: TaskId, result: &Result<Arc<Plan>, Problem>, now: Timestamp) -> bool {
        let awaited = matches!(self.stage, Stage::Planning(awaited, _) if awaited == task);
        if awaited {
            self.stage = match result {
                Ok(plan) => Stage::Planned(Arc::clone(plan), now),
                Err(problem) => Stage::Unplanned(problem.clone()),
            };
            self.made_of = None;
        }
        awaited
    }

    /// The release.
    #[must_use]
    pub fn release(&self) -> &ReleaseId {
        &self.release.id
    }

    /// The run that is shown.
    fn task(&self) -> Option<TaskId> {
        match self.stage {
            Stage::Acted(task, _) => Some(task),
            Stage::Planning(..) | Stage::Unplanned(_) | Stage::Planned(..) => None,
        }
    }

    /// Whether more can be shown where the cursor is.
    #[must_use]
    pub fn folds(&self) -> bool {
        self.places.get(self.passages.selected()).is_some_and(Place::folds)
    }

    /// What was asked for.
    #[must_use]
    pub fn action(&self) -> &Action {
        &self.action
    }

    /// The plan, as soon as there is one.
    #[must_use]
    pub fn plan(&self) -> Option<&Arc<Plan>> {
        match &self.stage {
            Stage::Planned(plan, _) | Stage::Acted(_, plan) => Some(plan),
            Stage::Planning(..) | Stage::Unplanned(_) => None,
        }
    }

    /// The line into which is typed for a yes, while it is.
    #[must_use]
    pub fn typing(&self) -> Option<&Input> {
        self.typing.as_ref()
    }

    /// What has to be typed, while it is.
    #[must_use]
    pub fn to_type(&self) -> Option<&str> {
        match self.plan().map(|plan| &plan.confirm) {
            Some(Confirm::Typed(text)) if self.typing.is_some() => Some(text),
            Some(Confirm::Typed(_) | Confirm::Key) | None => None,
        }
    }

    pub(super) fn edit(&mut self, key: Key) {
        if let Some(input) = &mut self.typing {
            edit(input, key);
        }
    }

    /// Runs it, or asks for what has to be typed first.
    fn confirm(&mut self, session: &mut Session, runs: &mut Runs, out: &mut Vec<Effect>) {
        let Stage::Planned(plan, _) = &self.stage else { return };
        match &plan.confirm {
            Confirm::Key => self.begin(session, runs, out),
            Confirm::Typed(_) => self.typing = Some(Input::default()),
        }
    }

    fn accept(&mut self, session: &mut Session, runs: &mut Runs, out: &mut Vec<Effect>) {
        let typed = self.typing.as_ref().map(Input::value).unwrap_or_default().trim();
        if self.to_type() == Some(typed) {
            self.begin(session, runs, out);
        } else {
            session.toast("that is not the name: nothing was done".to_owned());
            self.typing = None;
        }
    }

    fn begin(&mut self, session: &mut Session, runs: &mut Runs, out: &mut Vec<Effect>) {
        let Stage::Planned(plan, _) = &self.stage else { return };
        let (plan, task) = (Arc::clone(plan), session.next_task());
        runs.begin(Run {
            task,
            of: None,
            release: self.release.id.clone(),
            context: session.context().unwrap_or_default(),
            plan: Arc::clone(&plan),
            began: session.now,
            steps: [].into(),
            is_stopping: false,
            ended: None,
        });
        out.push(Effect::Act(task, Arc::clone(&plan)));
        (self.typing, self.made_of) = (None, None);
        self.unfolded.clear();
        self.passages = Passages::default();
        self.stage = Stage::Acted(task, plan);
    }

    pub(super) fn run(
        &mut self,
        id: CommandId,
        page: usize,
        session: &mut Session,
        runs: &mut Runs,
        out: &mut Vec<Effect>,
    ) {
        match id {
            CommandId::RunPlan => self.confirm(session, runs, out),
            CommandId::Accept if self.typing.is_some() => self.accept(session, runs, out),
            CommandId::Cancel => self.typing = None,
            CommandId::StopRun => {
                if let Stage::Acted(task, _) = self.stage
                    && let Some(run) = runs.get_mut(task).filter(|run| run.ended.is_none())
                {
                    run.is_stopping = true;
                    self.made_of = None;
                    out.push(Effect::Halt(task));
                }
            }
            CommandId::CopyCommand => {
                if let Some(change) = self.plan().and_then(|plan| plan.proposal.as_ref()) {
                    let lines = change.diff.len();
                    session.toast(format!("sent to the terminal's clipboard: the change, {lines} lines"));
                    out.push(Effect::Copy(change.diff.iter().map(|line| format!("{line}\n")).collect()));
                } else if let Some(command) = self.plan().and_then(|plan| plan.commands.first().cloned()) {
                    session.toast(format!("sent to the terminal's clipboard: {command}"));
                    out.push(Effect::Copy(command));
                }
            }
            CommandId::ForceConflicts | CommandId::NoHooks | CommandId::WaitReady | CommandId::OtherWay => {
                if self.turn(id) {
                    self.cancel(out);
                    self.ask(session, out);
                }
            }
            CommandId::OlderTarget | CommandId::NewerTarget => {
                if let (Some(to), Action::Rollback(rollback)) = (self.other_target(id, session), &mut self.action) {
                    rollback.to = Some(to);
                    self.cancel(out);
                    self.ask(session, out);
                }
            }
            CommandId::Unfold => {
                if let Some(place) = self.places.get(self.passages.selected()).filter(|place| place.folds()) {
                    if !self.unfolded.remove(place) {
                        self.unfolded.insert(place.clone());
                    }
                    self.made_of = None;
                }
            }
            _ => self.passages.run(id, page),
        }
    }

    /// To which revision it rolls back, as far as that is known.
    fn target(&self) -> Option<u32> {
        let Action::Rollback(rollback) = &self.action else { return None };
        rollback.to.or_else(|| target::of_plan(self.plan()?))
    }

    /// The stored revision next to it, the newest left out.
    fn other_target(&self, id: CommandId, session: &Session) -> Option<u32> {
        let target = self.target()?;
        let stored = session.catalog.revisions(&self.release.id).map(|stored| stored.revision.get()).skip(1);
        match id {
            CommandId::OlderTarget => stored.filter(|revision| *revision < target).max(),
            CommandId::NewerTarget => stored.filter(|revision| *revision > target).min(),
            _ => None,
        }
    }

    /// Turns an option of a rollback round. Whether there is one.
    fn turn(&mut self, id: CommandId) -> bool {
        let Action::Rollback(rollback) = &mut self.action else { return false };
        let option = match id {
            CommandId::ForceConflicts => &mut rollback.force_conflicts,
            CommandId::NoHooks => &mut rollback.no_hooks,
            CommandId::WaitReady => &mut rollback.wait,
            CommandId::OtherWay => {
                rollback.way = Some(match rollback.way {
                    Some(Way::Durable) => Way::Emergency,
                    Some(Way::Emergency) | None => Way::Durable,
                });
                return true;
            }
            _ => return false,
        };
        *option = !*option;
        true
    }

    /// Brings what is read up to date, and keeps in sight what is selected. Whether it is seen, or something lies over it, says
    /// whether it can be read.
    pub(super) fn settle(&mut self, session: &Session, runs: &Runs, columns: usize, page: usize, is_seen: bool) {
        self.moment.settle(is_seen && matches!(self.stage, Stage::Planned(..)), session.now);
        let row = session.row(&self.release.id);
        let has_changed = row.is_none_or(|row| is_another(&self.release, &row.release));
        if std::mem::replace(&mut self.has_changed, has_changed) != has_changed {
            self.made_of = None;
        }
        let now = match &self.stage {
            Stage::Acted(..) => session.now,
            Stage::Planning(..) | Stage::Unplanned(_) | Stage::Planned(..) => Timestamp::UNIX_EPOCH,
        };
        let judged = row.map(|row| &row.judgement);
        let cause = judged.and_then(|judged| judged.cause.as_ref()).map(|cause| cause.text.clone()).unwrap_or_default();
        let made_of = Some((columns, now, judged.map(|judged| judged.verdict), cause));
        if made_of != self.made_of {
            self.made_of = made_of;
            let layout = Page { columns, glyphs: session.setup.glyphs, bindings: &session.setup.bindings };
            let all = match &self.stage {
                Stage::Planning(..) => layout.planning(&self.action),
                Stage::Unplanned(problem) => layout.unplanned(problem),
                Stage::Planned(plan, _) => layout.planned(plan, &self.unfolded),
                Stage::Acted(task, _) => match runs.get(*task) {
                    Some(run) => layout.acted(run, row, session.now, &self.unfolded),
                    None => Vec::new(),
                },
            };
            let before = self.places.get(self.passages.selected()).cloned();
            let (passages, places) = all.into_iter().unzip();
            self.passages.show(passages);
            self.places = places;
            let place = before.and_then(|before| self.places.iter().position(|place| *place == before));
            self.passages.stay(place);
            if let Stage::Acted(task, _) = self.stage {
                self.follow(runs, task);
            }
        }
        self.passages.settle(page);
    }

    /// Keeps the step that goes on in sight, until a key selects another.
    fn follow(&mut self, runs: &Runs, task: TaskId) {
        let Some(run) = runs.get(task) else { return };
        let at = match (run.step(), &run.ended) {
            (Some((id, ..)), None) => self.places.iter().position(|place| *place == Place::Step(id)),
            (Some(_) | None, _) => Some(0),
        };
        if let Some(at) = at {
            self.passages.begin_at(at);
        }
    }

    /// What stands above: what it is, then how far it is.
    #[must_use]
    pub fn title(&self, session: &Session, runs: &Runs) -> [Vec<Piece>; 2] {
        let name = || format!("{}/{}", self.release.namespace, self.release.id.name);
        let first = match self.plan() {
            Some(plan) => {
                vec![(plan.title.clone(), Role::Strong), (format!("   plan {}", plan.short_digest()), Role::Dim)]
            }
            None => vec![(format!("{} {}", self.action.word(), name()), Role::Strong)],
        };
        [first, self.standing(session, runs)]
    }

    fn standing(&self, session: &Session, runs: &Runs) -> Vec<Piece> {
        let key = |id| session.setup.bindings.keys(Context::Plan, id).next().map(ToString::to_string);
        let key = |id| key(id).unwrap_or_else(|| "a key".to_owned());
        let piece = |text: String, role| vec![(text, role)];
        match &self.stage {
            Stage::Planning(_, since) => {
                let text = format!("reading what it needs, nothing is written   {}", age::fine(*since, session.now));
                piece(text, Role::Loading)
            }
            Stage::Unplanned(_) => {
                piece(format!("it cannot be planned; {} tries again", key(CommandId::Refresh)), Role::Failed)
            }
            Stage::Planned(plan, _) if !plan.is_runnable() => {
                let (unmet, missing) = (plan.unmet().count(), plan.missing_rights().count());
                let text = match (unmet, missing) {
                    (0, 1) => "you may not run it: 1 right is missing".to_owned(),
                    (0, missing) => format!("you may not run it: {missing} rights are missing"),
                    (1, _) => "it cannot be run: 1 condition is not met".to_owned(),
                    (unmet, _) => format!("it cannot be run: {unmet} conditions are not met"),
                };
                piece(text, Role::Failed)
            }
            Stage::Planned(..) if self.has_changed => {
                piece(format!("the release has changed since: {} plans anew", key(CommandId::Refresh)), Role::Mark)
            }
            Stage::Planned(_, _) if !self.moment.has_passed(session.now) => {
                piece("nothing is written yet: read it first".to_owned(), Role::Key)
            }
            Stage::Planned(plan, made) => {
                let run = key(CommandId::RunPlan);
                let how = match &plan.confirm {
                    _ if self.is_of_many => {
                        format!("it runs with the others; {} plans it alone", key(CommandId::Refresh))
                    }
                    Confirm::Key => format!("{run} runs it"),
                    Confirm::Typed(text) => format!("{run}, then {text} typed, runs it"),
                };
                let ago = age::coarse(*made, session.now);
                vec![(format!("nothing is written yet: {how}"), Role::Key), (format!("   made {ago} ago"), Role::Dim)]
            }
            Stage::Acted(task, _) => runs.get(*task).map(|run| progress::standing(run, session)).unwrap_or_default(),
        }
    }

    /// When the title or a step next reads differently.
    pub(super) fn next_turn(&self, runs: &Runs, now: Timestamp) -> Option<Timestamp> {
        match &self.stage {
            Stage::Planning(_, since) => age::fine_change(*since, now),
            Stage::Planned(_, made) => {
                let moment = self.moment.ends().filter(|end| *end > now);
                moment.or_else(|| age::coarse_change(*made, now).and_then(age::whole_minute))
            }
            Stage::Acted(task, _) => {
                let run = runs.get(*task).filter(|run| run.ended.is_none())?;
                let step = run.step().and_then(|(_, since, _)| age::fine_change(since, now));
                [age::fine_change(run.began, now), step].into_iter().flatten().min()
            }
            Stage::Unplanned(_) => None,
        }
    }
}

/// Whether what was planned for is no longer what stands there.
fn is_another(before: &Release, now: &Release) -> bool {
    let generation = |release: &Release| release.helm_release.as_ref().map(|object| object.generation);
    before.latest != now.latest || generation(before) != generation(now)
}

impl Model {
    pub(super) fn plan_mut(&mut self) -> Option<&mut State> {
        match self.screens.last_mut() {
            Some(Screen::Plan(state)) => Some(state),
            Some(
                Screen::Release(_)
                | Screen::Logs(_)
                | Screen::Blame(_)
                | Screen::Preflight(_)
                | Screen::Many(_)
                | Screen::Diff(_)
                | Screen::Journal(_),
            )
            | None => None,
        }
    }
}

/// Takes in what happened in a run. Whether it is known.
pub(super) fn acting(model: &mut Model, task: TaskId, news: News) -> bool {
    let now = model.session.now;
    let Some(run) = model.runs.get_mut(task) else { return false };
    run.take(news, now);
    if let Some(state) = model.plan_mut() {
        state.made_of = None;
    }
    true
}

/// What runs, and what has ended, while another screen is seen, and what an earlier start left unfinished: said above every screen
/// until it was looked at.
#[must_use]
pub fn banner(model: &Model) -> Vec<Banner> {
    let shown = match model.screens.last() {
        Some(Screen::Plan(state)) => state.task(),
        Some(Screen::Many(state)) => state.task(),
        Some(
            Screen::Release(_)
            | Screen::Logs(_)
            | Screen::Blame(_)
            | Screen::Preflight(_)
            | Screen::Diff(_)
            | Screen::Journal(_),
        )
        | None => None,
    };
    let many = model.runs.all_of_many().filter(|run| Some(run.task) != shown).map(RunOfMany::banner);
    let others = model.runs.all().filter(|run| run.of.is_none() && Some(run.task) != shown);
    let said = others.map(|run| match &run.ended {
        None => {
            let step = run.step().map(|(id, ..)| format!(", {}", number(&run.plan, id))).unwrap_or_default();
            Banner { text: format!("running: {}{step}", run.plan.title), error: false, follows: false }
        }
        Some((ended, _)) => {
            let (error, says) = match ended.outcome {
                Outcome::Done => (false, ""),
                Outcome::Failed | Outcome::Refused | Outcome::Stopped | Outcome::Unknown => (true, ended.says.as_str()),
            };
            let colon = if says.is_empty() { "" } else { ": " };
            Banner { text: format!("{}: {}{colon}{says}", run.plan.title, ended.outcome), error, follows: false }
        }
    });
    many.chain(said).chain(left::banner(model)).collect()
}

/// The steps of a plan that are shown of a run: those that were planned, and those for failures that it came to.
fn shown_steps<'a>(plan: &'a Plan, run: &Run) -> Vec<&'a crate::plan::Step> {
    let for_failures = plan.otherwise.iter().flat_map(|otherwise| &otherwise.steps);
    let begun = for_failures.filter(|step| run.steps.contains_key(&step.id));
    plan.steps.iter().chain(begun).collect()
}

/// The number of a step among how many.
fn number(plan: &Plan, id: StepId) -> String {
    format!("step {} of {}", id.0, plan.steps.len().max(id.0))
}
