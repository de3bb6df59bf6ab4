//! One action on many releases: a plan each, one yes for those that are ready, and a result a row.

pub mod available;
pub mod open;
mod page;
pub mod runs;

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use tui_input::Input;

use super::moment::Moment;
use super::runs::Runs;
use super::{is_another, progress};
use crate::app::command::CommandId;
use crate::app::picker::edit;
use crate::app::release::passages::{Passages, Piece};
use crate::app::rows::Row;
use crate::app::session::Session;
use crate::app::{Effect, Model, Screen, TaskId, age};
use crate::config::{Context, Key, Role};
use crate::health::Verdict;
use crate::plan::many::{AT_ONCE, WORST_FIRST};
use crate::plan::{Action, Confirm, Many, News, Plan};
use crate::release::{Problem, Release, ReleaseId};

use page::Page;
use runs::RunOfMany;

/// What was planned for one release.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Its place among those that were asked for.
    pub place: usize,
    /// The plan, or why there is none.
    pub result: Result<Arc<Plan>, Problem>,
    /// No other follows.
    pub is_last: bool,
}

/// One release, and its plan or why there is none, as soon as that is known.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// As it was planned for.
    pub release: Arc<Release>,
    /// What was planned.
    pub planned: Option<Result<Arc<Plan>, Problem>>,
}

/// The state of the screen.
#[derive(Debug)]
pub struct State {
    /// What is read.
    pub passages: Passages,
    /// Which item each passage is of.
    order: Vec<usize>,
    action: Action,
    items: Vec<Item>,
    stage: Stage,
    /// After one that did not go well no other is begun.
    stops: bool,
    /// What is typed for a yes, while it is.
    typing: Option<Input>,
    /// Since when the plans can be read.
    moment: Moment,
    /// What is known of the rows beside their plans: whether it is another release now, and how it is doing.
    seen: Vec<Seen>,
    /// The passages say something else than is known.
    is_old: bool,
    wrapped: usize,
}

/// What the list knows of a release meanwhile.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Seen {
    has_changed: bool,
    verdict: Option<Verdict>,
}

/// How far they came.
#[derive(Debug)]
enum Stage {
    /// These are being planned, since then.
    Planning { task: TaskId, since: Timestamp, asked: Vec<usize> },
    /// All can be read; which item each row of `many` is.
    Planned { made: Timestamp, many: Many, places: Vec<usize>, confirm: Confirm },
    /// They run, or ran.
    Acted(TaskId),
}

impl State {
    /// Asks for the plans of some releases; what runs already for one is a reason not to plan another.
    pub(super) fn open(items: Vec<Item>, action: Action, session: &mut Session, out: &mut Vec<Effect>) -> Self {
        let asking = Stage::Planning { task: TaskId(0), since: session.now, asked: Vec::new() };
        let mut state = Self::blank(items, action, asking);
        state.ask(session, out);
        state
    }

    /// Shows a run that goes on.
    fn of_run(run: &RunOfMany) -> Self {
        let stops = run.many.stops;
        Self { stops, ..Self::blank(run.items.clone(), run.action.clone(), Stage::Acted(run.task)) }
    }

    fn blank(items: Vec<Item>, action: Action, stage: Stage) -> Self {
        Self {
            passages: Passages::default(),
            order: Vec::new(),
            action,
            items,
            stage,
            stops: false,
            typing: None,
            moment: Moment::default(),
            seen: Vec::new(),
            is_old: true,
            wrapped: 0,
        }
    }

    fn ask(&mut self, session: &mut Session, out: &mut Vec<Effect>) {
        let unplanned = self.items.iter().enumerate().filter(|(_, item)| item.planned.is_none());
        let asked: Vec<usize> = unplanned.map(|(place, _)| place).collect();
        let releases: Vec<Arc<Release>> =
            asked.iter().filter_map(|place| self.items.get(*place)).map(|item| Arc::clone(&item.release)).collect();
        let task = session.next_task();
        (self.typing, self.is_old) = (None, true);
        self.stage = Stage::Planning { task, since: session.now, asked };
        if releases.is_empty() {
            return self.all_planned(session.now);
        }
        out.push(Effect::PlanMany(task, releases, self.action.clone()));
    }

    /// Plans anew, for each as it is now; one that is gone is planned for as it was. Not while they run.
    pub(in crate::app) fn again(&mut self, session: &mut Session, runs: &mut Runs, out: &mut Vec<Effect>) {
        if let Stage::Acted(task) = self.stage {
            if runs.many(task).is_some_and(|run| run.ended.is_none()) {
                return session.toast("they run: they are planned anew after their end".to_owned());
            }
            runs.forget_many(task);
        }
        self.cancel(out);
        for item in &mut self.items {
            let row = session.row(&item.release.id);
            let release = row.map_or_else(|| Arc::clone(&item.release), |row| Arc::new(row.release.clone()));
            *item = Item { release, planned: None };
        }
        self.ask(session, out);
    }

    fn cancel(&self, out: &mut Vec<Effect>) {
        match self.stage {
            Stage::Planning { task, .. } => out.push(Effect::Cancel(task)),
            Stage::Planned { .. } | Stage::Acted(_) => {}
        }
    }

    /// Gives up planning. What runs goes on, and what ended was read.
    pub(in crate::app) fn leave(&mut self, runs: &mut Runs, out: &mut Vec<Effect>) {
        self.cancel(out);
        if let Stage::Acted(task) = self.stage {
            runs.forget_many(task);
        }
    }

    /// Takes in a plan. Whether it was awaited.
    fn planned(&mut self, task: TaskId, answer: &Answer, now: Timestamp) -> bool {
        let place = match &self.stage {
            Stage::Planning { task: awaited, asked, .. } if *awaited == task => asked.get(answer.place).copied(),
            Stage::Planning { .. } | Stage::Planned { .. } | Stage::Acted(_) => None,
        };
        let Some(item) = place.and_then(|place| self.items.get_mut(place)) else { return false };
        item.planned = Some(answer.result.clone());
        self.is_old = true;
        if self.items.iter().all(|item| item.planned.is_some()) {
            self.all_planned(now);
        }
        true
    }

    /// Whether it was awaited. What has no plan yet has none for this reason.
    pub(in crate::app) fn broken(&mut self, task: TaskId, problem: &Problem, now: Timestamp) -> bool {
        let is_awaited = matches!(self.stage, Stage::Planning { task: awaited, .. } if awaited == task);
        if is_awaited {
            for item in self.items.iter_mut().filter(|item| item.planned.is_none()) {
                item.planned = Some(Err(problem.clone()));
            }
            self.all_planned(now);
        }
        is_awaited
    }

    fn all_planned(&mut self, made: Timestamp) {
        let planned = self.items.iter().enumerate().filter_map(|(place, item)| match &item.planned {
            Some(Ok(plan)) => Some((place, Arc::clone(plan))),
            Some(Err(_)) | None => None,
        });
        let (places, plans): (Vec<usize>, Vec<Arc<Plan>>) = planned.unzip();
        self.is_old = true;
        let many = Many::of(plans, AT_ONCE.into(), self.stops);
        let confirm = many.confirm();
        self.stage = Stage::Planned { made, many, places, confirm };
    }

    /// The run that is shown.
    pub(super) fn task(&self) -> Option<TaskId> {
        match self.stage {
            Stage::Acted(task) => Some(task),
            Stage::Planning { .. } | Stage::Planned { .. } => None,
        }
    }

    /// The release at which the cursor is.
    #[must_use]
    pub fn release(&self) -> Option<&ReleaseId> {
        Some(&self.current()?.1.release.id)
    }

    fn current(&self) -> Option<(usize, &Item)> {
        let place = *self.order.get(self.passages.selected())?;
        Some((place, self.items.get(place)?))
    }

    /// Commands that do the same, of those that are ready.
    pub(super) fn commands(&self) -> impl Iterator<Item = &str> {
        let plans = self.items.iter().filter_map(|item| item.planned.as_ref()?.as_ref().ok());
        plans.filter(|plan| plan.is_runnable()).flat_map(|plan| plan.commands.first()).map(String::as_str)
    }

    /// The line into which is typed for a yes, while it is.
    #[must_use]
    pub fn typing(&self) -> Option<&Input> {
        self.typing.as_ref()
    }

    /// What has to be typed, while it is.
    #[must_use]
    pub fn to_type(&self) -> Option<&str> {
        match &self.stage {
            Stage::Planned { confirm: Confirm::Typed(text), .. } if self.typing.is_some() => Some(text),
            Stage::Planning { .. } | Stage::Planned { .. } | Stage::Acted(_) => None,
        }
    }

    pub(in crate::app) fn edit(&mut self, key: Key) {
        if let Some(input) = &mut self.typing {
            edit(input, key);
        }
    }

    pub(in crate::app) fn run(
        &mut self,
        id: CommandId,
        page: usize,
        session: &mut Session,
        runs: &mut Runs,
        out: &mut Vec<Effect>,
    ) {
        match id {
            CommandId::RunPlan => match &self.stage {
                Stage::Planned { confirm: Confirm::Typed(_), .. } => self.typing = Some(Input::default()),
                Stage::Planned { confirm: Confirm::Key, .. } => self.begin(session, runs, out),
                Stage::Planning { .. } | Stage::Acted(_) => {}
            },
            CommandId::Accept if self.typing.is_some() => {
                let typed = self.typing.as_ref().map(Input::value).unwrap_or_default().trim();
                if self.to_type() == Some(typed) {
                    self.begin(session, runs, out);
                } else {
                    session.toast("that is not their number: nothing was done".to_owned());
                    self.typing = None;
                }
            }
            CommandId::Cancel => self.typing = None,
            CommandId::StopOnFailure => self.stops = !self.stops,
            CommandId::StopRun => {
                if let Some(run) = self.task().and_then(|task| runs.many_mut(task)).filter(|run| run.ended.is_none()) {
                    run.is_stopping = true;
                    out.push(Effect::Halt(run.task));
                }
            }
            CommandId::CopyCommand => {
                let commands: Vec<&str> = self.commands().collect();
                let said =
                    if commands.len() == 1 { "1 command".to_owned() } else { format!("{} commands", commands.len()) };
                session.toast(format!("{said} sent to the terminal's clipboard"));
                out.push(Effect::Copy(commands.join("\n")));
            }
            _ => self.passages.run(id, page),
        }
    }

    fn begin(&mut self, session: &mut Session, runs: &mut Runs, out: &mut Vec<Effect>) {
        let Stage::Planned { many, places, .. } = &self.stage else { return };
        let (many, places, task) = (Many { stops: self.stops, ..many.clone() }, places.clone(), session.next_task());
        out.push(Effect::ActMany(task, Box::new(many.clone())));
        runs.begin_many(RunOfMany {
            task,
            context: session.context().unwrap_or_default(),
            action: self.action.clone(),
            items: self.items.clone(),
            places,
            many,
            began: session.now,
            is_stopping: false,
            ended: None,
        });
        (self.typing, self.is_old, self.stage) = (None, true, Stage::Acted(task));
        self.passages = Passages::default();
    }

    /// Brings what is read up to date, and keeps in sight what is selected. Whether it is seen, or something lies over it, says
    /// whether it can be read.
    pub(in crate::app) fn settle(
        &mut self,
        session: &Session,
        runs: &Runs,
        columns: usize,
        page: usize,
        is_seen: bool,
    ) {
        self.moment.settle(is_seen && matches!(self.stage, Stage::Planned { .. }), session.now);
        let now: HashMap<&ReleaseId, &Row> = session.rows.iter().map(|row| (&row.release.id, row)).collect();
        let see = |item: &Item| match now.get(&item.release.id) {
            Some(row) => {
                Seen { has_changed: is_another(&item.release, &row.release), verdict: Some(row.judgement.verdict) }
            }
            None => Seen { has_changed: true, verdict: None },
        };
        let seen: Vec<Seen> = self.items.iter().map(see).collect();
        self.is_old |= seen != self.seen;
        self.seen = seen;
        if std::mem::take(&mut self.is_old) || columns != self.wrapped {
            self.wrapped = columns;
            let before = self.current().map(|(place, _)| place);
            let page = Page { columns, glyphs: session.setup.glyphs };
            let run = self.task().and_then(|task| runs.many(task));
            let all = match run {
                Some(run) => page.acted(run, &runs.rows_of(run.task), &self.seen),
                None => page.planned(&self.items, &self.seen),
            };
            let (passages, order) = all.into_iter().unzip();
            self.passages.show(passages);
            self.order = order;
            let place = before.and_then(|before| self.order.iter().position(|place| *place == before));
            self.passages.stay(place);
        }
        self.passages.settle(page);
    }

    /// What stands above: what it is, then how far it is.
    #[must_use]
    pub fn title(&self, session: &Session, runs: &Runs) -> [Vec<Piece>; 2] {
        let mode = if self.stops { "stops at a failure" } else { "goes on after a failure" };
        let mut first = vec![
            (self.action.of_many(self.items.len()), Role::Strong),
            (format!("   {AT_ONCE} at once, "), Role::Dim),
            (mode.to_owned(), if self.stops { Role::Mark } else { Role::Dim }),
        ];
        if let Action::Suspend { reason } = &self.action {
            first.push((format!("   because: {reason}"), Role::Dim));
        }
        [first, self.standing(session, runs)]
    }

    fn standing(&self, session: &Session, runs: &Runs) -> Vec<Piece> {
        let key = |id| session.setup.bindings.keys(Context::Many, id).next().map(ToString::to_string);
        let key = |id| key(id).unwrap_or_else(|| "a key".to_owned());
        let count = self.items.len();
        match &self.stage {
            Stage::Planning { since, .. } => {
                let planned = self.items.iter().filter(|item| item.planned.is_some()).count();
                let text = format!("planning {planned} of {count}, nothing is written");
                vec![(text, Role::Loading), (format!("   {}", age::fine(*since, session.now)), Role::Dim)]
            }
            Stage::Planned { many, .. } if many.waiting() == 0 => {
                vec![(format!("none of them can be run{}", self.shared_reason()), Role::Failed)]
            }
            Stage::Planned { .. } if !self.moment.has_passed(session.now) => {
                vec![("nothing is written yet: read them first".to_owned(), Role::Key)]
            }
            Stage::Planned { made, many, confirm, .. } => {
                let run = key(CommandId::RunPlan);
                let of = if many.waiting() == count { String::new() } else { format!(" of {count}") };
                let how = match confirm {
                    Confirm::Key => format!("{run} runs {}{of}", many.waiting()),
                    Confirm::Typed(text) => format!("{run}, then {text} typed, runs {}{of}", many.waiting()),
                };
                let mut pieces = vec![(format!("nothing is written yet: {how}"), Role::Key)];
                match self.seen.iter().filter(|seen| seen.has_changed).count() {
                    0 => pieces.push((format!("   made {} ago", age::coarse(*made, session.now)), Role::Dim)),
                    changed => {
                        let again = key(CommandId::Refresh);
                        pieces.push((format!("   {changed} changed since: {again} plans anew"), Role::Mark));
                    }
                }
                pieces
            }
            Stage::Acted(task) => runs.many(*task).map(|run| told(run, session)).unwrap_or_default(),
        }
    }

    /// What is in the way of all of them, where it is the same.
    fn shared_reason(&self) -> String {
        let mut reasons = self.items.iter().map(|item| match item.planned.as_ref() {
            Some(Ok(plan)) => plan.in_the_way(),
            Some(Err(problem)) => Some(problem.cause.clone()),
            None => None,
        });
        match reasons.next().flatten() {
            Some(first) if reasons.all(|reason| reason.as_ref() == Some(&first)) => format!(": {first}"),
            Some(_) | None => String::new(),
        }
    }

    /// When the title next reads differently.
    pub(in crate::app) fn next_turn(&self, runs: &Runs, now: Timestamp) -> Option<Timestamp> {
        match &self.stage {
            Stage::Planning { since, .. } => age::fine_change(*since, now),
            Stage::Planned { made, .. } => {
                let moment = self.moment.ends().filter(|end| *end > now);
                moment.or_else(|| age::coarse_change(*made, now).and_then(age::whole_minute))
            }
            Stage::Acted(task) => {
                let run = runs.many(*task)?;
                match run.ended {
                    None => age::fine_change(run.began, now),
                    Some(ended) => age::coarse_change(ended, now).and_then(age::whole_minute),
                }
            }
        }
    }
}

/// How far a run is, in a line.
fn told(run: &RunOfMany, session: &Session) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let counted = WORST_FIRST.iter().map(|outcome| (*outcome, run.count(*outcome))).filter(|(_, count)| *count > 0);
    let counted = counted.map(|(outcome, count)| (format!("{count} {outcome}  "), progress::outcome_role(outcome)));
    match run.ended {
        Some(ended) => {
            pieces.extend(counted);
            let took = u32::try_from(ended.duration_since(run.began).as_secs().max(0)).unwrap_or(u32::MAX);
            pieces.push((format!("after {}", super::page::span(took)), Role::Text));
            pieces.push((format!("   ended {} ago", age::coarse(ended, session.now)), Role::Dim));
        }
        None => {
            let (running, waiting) = (run.many.running(), run.many.waiting());
            let text = match run.is_stopping {
                true => format!("stopping after the requests in flight: {running} run  "),
                false => format!("running {running}, waiting {waiting}:  "),
            };
            pieces.push((text, Role::Progressing));
            pieces.extend(counted);
            pieces.push((format!(" {}", age::fine(run.began, session.now)), Role::Dim));
        }
    }
    pieces
}

impl Model {
    pub(in crate::app) fn many_mut(&mut self) -> Option<&mut State> {
        self.screens.iter_mut().rev().find_map(|screen| match screen {
            Screen::Many(state) => Some(&mut **state),
            Screen::Release(_)
            | Screen::Logs(_)
            | Screen::Blame(_)
            | Screen::Preflight(_)
            | Screen::Diff(_)
            | Screen::Plan(_)
            | Screen::Journal(_) => None,
        })
    }
}

/// Takes in the plan of one. Whether it was awaited.
pub(in crate::app) fn planned(model: &mut Model, task: TaskId, answer: &Answer) -> bool {
    let now = model.session.now;
    model.many_mut().is_some_and(|state| state.planned(task, answer, now))
}

/// Takes in what happened to one of a run. Whether it is known.
pub(in crate::app) fn acting(model: &mut Model, task: TaskId, place: usize, news: News) -> bool {
    let (now, next) = (model.session.now, model.session.next_task());
    let is_known = model.runs.take(task, place, news, next, now);
    if is_known {
        model.many_mut().into_iter().for_each(|state| state.is_old = true);
        model.plan_mut().into_iter().for_each(|state| state.made_of = None);
    }
    is_known
}
