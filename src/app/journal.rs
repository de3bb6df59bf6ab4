//! What was done from here: by whom, to what, and how it ended. What did not end comes first, then the newest.

pub mod left;

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;

use crate::config::{Context, Role};
use crate::plan::recovery::{Advice, BrokenOff};
use crate::plan::{Ended, Outcome, StepOutcome};
use crate::release::Problem;

use super::command::CommandId;
use super::loadable::Loadable;
use super::release::passages::{Passage, Passages, Piece, flow};
use super::session::Session;
use super::{Effect, Model, Screen, TaskId, age, plan};

/// How wide the words at the left are, with the space after them.
const WORD: usize = 12;

/// What the journal tells.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Told {
    /// Every deed that can be read.
    pub deeds: Vec<Deed>,
    /// How many lines cannot be read, or are of a later version of the program.
    pub unread: usize,
}

/// One deed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deed {
    /// When it began.
    pub at: Timestamp,
    /// Who did it.
    pub user: String,
    /// In which context.
    pub context: String,
    /// What, in a line.
    pub title: String,
    /// What became of it.
    pub end: End,
    /// Its requests, with how each ended.
    pub steps: Vec<Sent>,
    /// What it did, where it did not come to its end and no later run of the release saw to it.
    pub broken: Option<BrokenOff>,
}

/// What became of a deed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// It was noted, and has no end: a value was revealed.
    Noted,
    /// Its end is not in the journal: it was broken off, or still runs.
    Missing,
    /// It ended.
    Ended(Ended),
}

/// A request that was sent, or a step that was waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// Number of the step.
    pub step: usize,
    /// The request in a line; empty for what sends none.
    pub request: String,
    /// How it ended; `None` where that is not in the journal.
    pub outcome: Option<StepOutcome>,
}

/// The state of the screen.
#[derive(Debug)]
pub struct State {
    /// What is read.
    pub passages: Passages,
    told: Loadable<Arc<Told>>,
    /// The deeds as they are shown: places among those told.
    order: Vec<usize>,
    unfolded: BTreeSet<usize>,
    is_old: bool,
    wrapped: usize,
}

/// Opens it, and reads it.
pub(super) fn open(model: &mut Model, out: &mut Vec<Effect>) {
    if matches!(model.screens.last(), Some(Screen::Journal(_))) {
        return;
    }
    let mut state = State {
        passages: Passages::default(),
        told: Loadable::Idle,
        order: Vec::new(),
        unfolded: BTreeSet::new(),
        is_old: true,
        wrapped: 0,
    };
    state.again(&mut model.session, out);
    model.screens.push(Screen::Journal(Box::new(state)));
}

/// The answer to [`Effect::ReadJournal`]. Whether it was awaited.
pub(super) fn told(model: &mut Model, task: TaskId, result: Result<Arc<Told>, Problem>) -> bool {
    match model.screens.last_mut() {
        Some(Screen::Journal(state)) => state.told(task, result),
        Some(
            Screen::Release(_)
            | Screen::Logs(_)
            | Screen::Blame(_)
            | Screen::Preflight(_)
            | Screen::Diff(_)
            | Screen::Plan(_)
            | Screen::Many(_),
        )
        | None => false,
    }
}

/// Why nothing can be planned of what is selected.
pub(super) fn advised(model: &Model) -> Option<&'static str> {
    let Some(Screen::Journal(state)) = model.screens.last() else { return Some("only in the journal") };
    let Some((deed, broken)) = state.broken() else {
        return Some("it came to its end, or a later run of the release did");
    };
    if Some(&deed.context) != model.session.context().as_ref() {
        return Some("it was done on another context: choose that one first");
    }
    if left::release(broken, &model.session).is_none() {
        return Some("its release is not in the list any more");
    }
    left::advised(broken, deed, &model.session).offers.is_empty().then_some("nothing is left to be done")
}

/// Plans what is best done about the run that is selected.
pub(super) fn go_on(model: &mut Model, out: &mut Vec<Effect>) {
    let Some(Screen::Journal(state)) = model.screens.last() else { return };
    let Some((deed, broken)) = state.broken() else { return };
    let Some(release) = left::release(broken, &model.session) else { return };
    let offer = left::advised(broken, deed, &model.session).offers.into_iter().next();
    // What comes after that is planned when it was done.
    if let Some(action) = offer.and_then(|offer| offer.actions.into_iter().next()) {
        plan::open::plan(model, release, action, out);
    }
}

impl State {
    /// The selected deed, and what it did, where that is left to be seen to.
    fn broken(&self) -> Option<(&Deed, &BrokenOff)> {
        let Loadable::Ready(told) = &self.told else { return None };
        let deed = told.deeds.get(*self.order.get(self.passages.selected())?)?;
        Some((deed, deed.broken.as_ref()?))
    }

    /// Reads it anew.
    pub(super) fn again(&mut self, session: &mut Session, out: &mut Vec<Effect>) {
        let task = session.next_task();
        self.leave(out);
        self.told = Loadable::Loading(task);
        out.push(Effect::ReadJournal(task));
    }

    pub(super) fn leave(&mut self, out: &mut Vec<Effect>) {
        if let Loadable::Loading(task) = self.told {
            out.push(Effect::Cancel(task));
        }
    }

    fn told(&mut self, task: TaskId, result: Result<Arc<Told>, Problem>) -> bool {
        let awaited = matches!(self.told, Loadable::Loading(awaited) if awaited == task);
        if awaited {
            self.told = result.map_or_else(Loadable::Failed, Loadable::Ready);
            self.unfolded.clear();
            self.is_old = true;
        }
        awaited
    }

    pub(super) fn run(&mut self, id: CommandId, page: usize) {
        match id {
            CommandId::Unfold => {
                if let Some(place) = self.order.get(self.passages.selected()).copied() {
                    if !self.unfolded.remove(&place) {
                        self.unfolded.insert(place);
                    }
                    self.is_old = true;
                }
            }
            _ => self.passages.run(id, page),
        }
    }

    pub(super) fn settle(&mut self, session: &Session, columns: usize, page: usize) {
        if std::mem::take(&mut self.is_old) || columns != self.wrapped {
            self.wrapped = columns;
            let (passages, order) = match &self.told {
                Loadable::Ready(told) => self.read(told, session, columns),
                Loadable::Idle | Loadable::Loading(_) | Loadable::Failed(_) => (Vec::new(), Vec::new()),
            };
            self.passages.show(passages);
            self.order = order;
        }
        self.passages.settle(page);
    }

    fn read(&self, told: &Told, session: &Session, columns: usize) -> (Vec<Passage>, Vec<usize>) {
        let mut order: Vec<usize> = (0..told.deeds.len()).collect();
        order.sort_by_key(|place| {
            told.deeds.get(*place).map(|deed| (deed.end != End::Missing, Reverse((deed.at, *place))))
        });
        let deed = |place: &usize| {
            let deed = told.deeds.get(*place)?;
            Some(passage(deed, self.unfolded.contains(place), session, columns))
        };
        (order.iter().filter_map(deed).collect(), order)
    }

    /// What stands above: what it is, then how much there is of it.
    #[must_use]
    pub fn title(&self, session: &Session) -> [Vec<Piece>; 2] {
        let first = vec![("Journal: what was done from here".to_owned(), Role::Strong)];
        let piece = |text: String, role| vec![(text, role)];
        let second = match &self.told {
            Loadable::Idle | Loadable::Loading(_) => piece("reading it".to_owned(), Role::Loading),
            Loadable::Failed(problem) => piece(problem.to_string(), Role::Failed),
            Loadable::Ready(told) if told.deeds.is_empty() => piece("nothing was done yet".to_owned(), Role::Dim),
            Loadable::Ready(told) => {
                let missing = told.deeds.iter().filter(|deed| deed.end == End::Missing).count();
                let deeds = if told.deeds.len() == 1 { "deed" } else { "deeds" };
                let mut pieces = vec![(format!("{} {deeds}", told.deeds.len()), Role::Text)];
                if missing > 0 {
                    pieces.push((format!("   {missing} without an end"), Role::Failed));
                }
                if told.unread > 0 {
                    let lines = if told.unread == 1 { "line" } else { "lines" };
                    pieces.push((format!("   {} {lines} cannot be read", told.unread), Role::Mark));
                }
                let again = session.setup.bindings.keys(Context::Journal, CommandId::Refresh).next();
                pieces.extend(again.map(|key| (format!("   {key} reads it anew"), Role::Dim)));
                pieces
            }
        };
        [first, second]
    }
}

fn passage(deed: &Deed, is_unfolded: bool, session: &Session, columns: usize) -> Passage {
    let glyphs = session.setup.glyphs;
    let (word, role, says) = match &deed.end {
        End::Noted => ("revealed".to_owned(), Role::Dim, ""),
        End::Missing => ("no end".to_owned(), Role::Failed, ""),
        End::Ended(ended) => (ended.outcome.to_string(), outcome_role(ended.outcome), ended.says.as_str()),
    };
    let when = deed.at.to_zoned(session.setup.zone.clone()).strftime("%m-%d %H:%M").to_string();
    let ago = age::coarse(deed.at, session.now);
    let first = [(format!("{word:WORD$}"), role)];
    let mut pieces = vec![
        (deed.title.clone(), Role::Strong),
        (format!("  {when}, {ago} ago"), Role::Dim),
        (format!("  {} on {}", deed.user, deed.context), Role::Dim),
    ];
    if !says.is_empty() {
        pieces.push((format!("  {says}"), Role::Text));
    }
    let indent = |columns: usize| [(" ".repeat(columns), Role::Text)];
    let mut rows = flow(&pieces, &first, &indent(WORD), columns, glyphs);
    if is_unfolded {
        for sent in &deed.steps {
            let first = [(format!("{}{:>2}  ", " ".repeat(WORD), sent.step), Role::Dim)];
            let lines = flow(&step(sent), &first, &indent(WORD + 4), columns, glyphs);
            rows.extend(lines);
        }
        if let End::Ended(ended) = &deed.end {
            for next in &ended.next {
                let first = [(format!("{}> ", " ".repeat(WORD)), Role::Key)];
                rows.extend(flow(&[(next.clone(), Role::Key)], &first, &indent(WORD + 2), columns, glyphs));
            }
        }
    }
    if let Some(broken) = &deed.broken {
        let Advice { explains, offers } = left::advised(broken, deed, session);
        let here = session.context().filter(|here| *here == deed.context);
        let context = if here.is_some() { "" } else { deed.context.as_str() };
        let key = session.setup.bindings.keys(Context::Journal, CommandId::GoOn).next();
        let key = key.map(|key| format!("{key}: ")).unwrap_or_default();
        // What to do is seen without unfolding: that is why somebody looks.
        for (place, offer) in offers.iter().enumerate() {
            let first = [(format!("{}> ", " ".repeat(WORD)), Role::Key)];
            let key = if place == 0 { key.as_str() } else { "" };
            let pieces = [
                (format!("{key}{}", offer.says), Role::Key),
                (format!("   {}", offer.command(&broken.release, context)), Role::Dim),
            ];
            rows.extend(flow(&pieces, &first, &indent(WORD + 2), columns, glyphs));
        }
        for text in explains.iter().filter(|_| is_unfolded) {
            let first = [(format!("{}| ", " ".repeat(WORD)), Role::Dim)];
            rows.extend(flow(&[(text.clone(), Role::Dim)], &first, &indent(WORD + 2), columns, glyphs));
        }
    }
    let words = format!("{word} {} at {} by {} on {}", deed.title, deed.at, deed.user, deed.context);
    Passage { rows, words, ..Passage::default() }
}

fn step(sent: &Sent) -> Vec<Piece> {
    let (word, role, says) = match &sent.outcome {
        Some(StepOutcome::Done(says)) => ("done", Role::Healthy, says.as_str()),
        Some(StepOutcome::Skipped(says)) => ("skipped", Role::Dim, says.as_str()),
        Some(StepOutcome::Failed(says)) => ("failed", Role::Failed, says.as_str()),
        Some(StepOutcome::Unknown(says)) => ("unknown", Role::Unknown, says.as_str()),
        None => ("no answer noted", Role::Failed, ""),
    };
    let mut pieces = Vec::new();
    if !sent.request.is_empty() {
        pieces.push((sent.request.clone(), Role::Text));
    }
    pieces.push((format!("  {word}"), role));
    if !says.is_empty() {
        pieces.push((format!("  {says}"), Role::Text));
    }
    pieces
}

fn outcome_role(outcome: Outcome) -> Role {
    match outcome {
        Outcome::Done => Role::Healthy,
        Outcome::Failed => Role::Failed,
        Outcome::Refused | Outcome::Stopped => Role::Pending,
        Outcome::Unknown => Role::Unknown,
    }
}
