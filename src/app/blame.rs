//! One object with who owns each line of it: read line by line, from finding to finding.

pub mod seek;
pub mod sheet;

use std::sync::Arc;

use jiff::Timestamp;
use tui_input::Input;

use crate::ownership::found::Kind;
use crate::release::{ObjectId, Problem};

use super::command::CommandId;
use super::picker::{moved, top_for};
use super::session::Session;
use super::{Effect, Model, Screen, TaskId, age, release};
use seek::{Goal, Prompt};
use sheet::{Line, Sheet, Source};

/// The state of the screen.
#[derive(Debug)]
pub struct State {
    /// The object.
    pub object: ObjectId,
    /// What is read.
    pub sheet: Option<Arc<Sheet>>,
    /// Why it cannot be made.
    pub problem: Option<Problem>,
    /// Place of the selected line.
    pub cursor: usize,
    /// Place of the first line that is seen.
    pub top: usize,
    /// Whether the object is there.
    pub is_there: bool,
    /// What is sought; empty when nothing is.
    pub sought: String,
    /// The manager whose fields are looked at.
    pub focus: Option<String>,
    prompt: Option<Prompt>,
    /// Shows what the server keeps for itself, too.
    is_whole: bool,
    /// The field to begin at.
    begin: Option<String>,
    made: Option<Source>,
    running: Option<(TaskId, Source)>,
}

impl State {
    /// Opens an object, at a field.
    pub(super) fn open(object: ObjectId, begin: Option<String>) -> Self {
        Self {
            object,
            sheet: None,
            problem: None,
            cursor: 0,
            top: 0,
            is_there: true,
            sought: String::new(),
            focus: None,
            prompt: None,
            is_whole: false,
            begin,
            made: None,
            running: None,
        }
    }

    /// The selected line.
    #[must_use]
    pub fn current(&self) -> Option<&Line> {
        self.sheet.as_ref()?.lines.get(self.cursor)
    }

    /// Whether a text is being typed.
    #[must_use]
    pub fn typing(&self) -> Option<&Input> {
        self.prompt.as_ref().map(|prompt| &prompt.input)
    }

    pub(super) fn run(&mut self, id: CommandId, page: usize) {
        match id {
            CommandId::NextFinding => self.step(true),
            CommandId::PreviousFinding => self.step(false),
            CommandId::NextManager => self.choose(true),
            CommandId::PreviousManager => self.choose(false),
            CommandId::Search => self.open_prompt(),
            CommandId::Accept => self.accept(),
            CommandId::Cancel => self.cancel(),
            CommandId::Unfold => self.is_whole = !self.is_whole,
            _ => {
                let count = self.sheet.as_ref().map_or(0, |sheet| sheet.lines.len());
                self.cursor = moved(id, self.cursor, count, page).unwrap_or(self.cursor);
            }
        }
    }

    /// Whether it was awaited.
    pub(super) fn blamed(&mut self, task: TaskId, sheet: &Arc<Sheet>) -> bool {
        let Some((_, source)) = self.running.take_if(|(running, _)| *running == task) else { return false };
        let before = self.current().map(|line| line.at.clone());
        let is_compared = source.known.is_some();
        (self.made, self.problem) = (Some(source), None);
        let find = |wanted: &dyn Fn(&Line) -> bool| sheet.lines.iter().position(wanted);
        let begins = match &self.begin {
            Some(field) => find(&|line| line.found.as_ref().is_some_and(|found| found.field == *field)),
            None => find(&|line| line.found.as_ref().is_some_and(|found| found.kind != Kind::Armed)),
        };
        let same = before.filter(|at| !at.is_empty()).and_then(|at| find(&|line| line.at == at));
        let wanted = self.begin.take_if(|_| is_compared).is_some() || before_anything(self.sheet.as_deref());
        self.cursor = if wanted { begins.or(same) } else { same }.unwrap_or(self.cursor);
        self.sheet = Some(Arc::clone(sheet));
        true
    }

    /// Whether it was awaited.
    pub(super) fn broken(&mut self, task: TaskId, problem: &Problem) -> bool {
        let Some((_, source)) = self.running.take_if(|(running, _)| *running == task) else { return false };
        (self.made, self.problem) = (Some(source), Some(problem.clone()));
        true
    }

    /// Lets what failed be tried again.
    pub(super) fn retry(&mut self) {
        if self.problem.take().is_some() {
            self.made = None;
        }
    }

    /// Has it made of what is known now, and keeps the selected line in sight.
    pub(super) fn settle(
        &mut self,
        release: Option<&release::State>,
        page: usize,
        session: &mut Session,
        out: &mut Vec<Effect>,
    ) {
        let body = session.open.as_ref().and_then(|open| open.world.body(&self.object)).cloned();
        self.is_there = body.is_some();
        if let (Some(live), None) = (body, &self.running) {
            let known = release.and_then(|release| release.owners.known.clone());
            let source = Source { live, known, is_whole: self.is_whole, managers: Arc::clone(&session.setup.managers) };
            if self.made.as_ref() != Some(&source) {
                let task = session.next_task();
                self.running = Some((task, source.clone()));
                out.push(Effect::Blame(task, source));
            }
        }
        let count = self.sheet.as_ref().map_or(0, |sheet| sheet.lines.len());
        self.cursor = self.cursor.min(count.saturating_sub(1));
        self.top = top_for(self.top, self.cursor, count, page);
    }

    /// The times that are shown as ages.
    pub(super) fn times(&self) -> Vec<Timestamp> {
        self.sheet.iter().flat_map(|sheet| sheet.owners.iter().filter_map(|owner| owner.time)).collect()
    }

    /// Whose the selected line is, and what is to be said of it.
    #[must_use]
    pub fn words(&self, now: Timestamp) -> String {
        let (Some(sheet), Some(line)) = (&self.sheet, self.current()) else { return String::new() };
        let owners = line.owners.iter().filter_map(|owner| sheet.owners.get(*owner)).map(|owner| {
            let ago = owner.time.map(|time| format!(" {} ago", age::coarse(time, now))).unwrap_or_default();
            format!("{} ({}, {}){ago}", owner.manager, owner.class, owner.way)
        });
        let owners: Vec<String> = owners.collect();
        let held = match (owners.as_slice(), &line.found) {
            ([], Some(_)) => "not recorded who changed it".to_owned(),
            ([], None) => return String::new(),
            (all, _) => format!("held by {}", all.join(", ")),
        };
        let Some(found) = &line.found else { return held };
        let manifest = match &found.manifest {
            Some(value) => format!("the manifest has {value}"),
            None => "in no manifest".to_owned(),
        };
        format!("{} {}: {manifest}; {held}; at the next write {}", found.kind.word(), found.field, found.fate)
    }
}

fn before_anything(sheet: Option<&Sheet>) -> bool {
    sheet.is_none_or(|sheet| !sheet.is_compared)
}

/// The mark of a finding: changed, added, left behind, or equal today.
#[must_use]
pub fn mark(line: &Line) -> char {
    match &line.found {
        Some(found) => match (found.kind, &found.manifest) {
            (Kind::Hotfix, Some(_)) => '~',
            (Kind::Hotfix, None) => '+',
            (Kind::Leftover, _) => '!',
            (Kind::Armed, _) => '=',
            (Kind::Expected(_), _) => ' ',
        },
        None => ' ',
    }
}

/// Why there is no object whose owners could be shown.
pub(super) fn object_selected(model: &Model) -> Option<&'static str> {
    match model.screens.last() {
        Some(Screen::Release(state)) => state.target().is_none().then_some("no object is selected"),
        Some(
            Screen::Logs(_)
            | Screen::Blame(_)
            | Screen::Preflight(_)
            | Screen::Plan(_)
            | Screen::Many(_)
            | Screen::Journal(_)
            | Screen::Diff(_),
        )
        | None => Some("open a release first"),
    }
}

/// Why there is no finding to go to.
pub(super) fn finding_reachable(model: &Model) -> Option<&'static str> {
    match model.screens.last() {
        Some(Screen::Blame(state)) => match state.goal() {
            _ if state.stops().0 > 0 => None,
            Goal::Match(_) => Some("no line holds what is searched for"),
            Goal::Manager(_) => Some("the chosen manager holds no line that is shown"),
            Goal::Finding => Some("nothing was edited or left behind here"),
        },
        Some(
            Screen::Release(_)
            | Screen::Logs(_)
            | Screen::Preflight(_)
            | Screen::Plan(_)
            | Screen::Many(_)
            | Screen::Journal(_)
            | Screen::Diff(_),
        )
        | None => Some("only for an object with its owners"),
    }
}

/// Why there is no manager to choose.
pub(super) fn manager_reachable(model: &Model) -> Option<&'static str> {
    match model.screens.last() {
        Some(Screen::Blame(state)) => {
            let any = state.sheet.as_ref().is_some_and(|sheet| !sheet.managers.is_empty());
            (!any).then_some("nobody is recorded as the owner of a field")
        }
        Some(
            Screen::Release(_)
            | Screen::Logs(_)
            | Screen::Preflight(_)
            | Screen::Plan(_)
            | Screen::Many(_)
            | Screen::Journal(_)
            | Screen::Diff(_),
        )
        | None => Some("only for an object with its owners"),
    }
}
