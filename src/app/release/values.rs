//! The tab of values: a tree of them with the layer that set each, its folds, its search, and the one value that is revealed.

mod reveal;
pub mod seek;
pub mod sheet;
mod tab;
pub mod tree;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::app::command::CommandId;
use crate::app::layout::Size;
use crate::app::loadable::Loadable;
use crate::app::picker::{moved, top_for};
use crate::app::session::Session;
use crate::app::{Effect, TaskId};
use crate::release::flux::HelmRelease;
use crate::release::values::{Row, Source};
use crate::release::{ObjectKey, Problem, Query, StoredRef};

pub use reveal::{Refused, Revealed};
use sheet::{Asked, Sheet};
use tree::{Line, Tree};

/// Which values are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Shown {
    /// What was set beside the chart.
    #[default]
    Given,
    /// All, as templates see them.
    All,
    /// What the chart sets, whatever is set beside it.
    Defaults,
}

impl Shown {
    /// What stands on the tab.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Given => "values",
            Self::All => "all values",
            Self::Defaults => "defaults",
        }
    }

    fn next(self) -> Self {
        match self {
            Self::Given => Self::All,
            Self::All => Self::Defaults,
            Self::Defaults => Self::Given,
        }
    }
}

/// What a sheet was made of: it is made anew only when that changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Key {
    /// The stored revision; `None` where only the spec can be read.
    pub stored: Option<StoredRef>,
    /// The HelmRelease in its generation.
    pub spec: Option<(ObjectKey, Option<i64>)>,
    /// Whether it is the latest revision, for which the spec stands.
    pub is_latest: bool,
    /// How often what valuesFrom refers to was read.
    pub reads: usize,
}

/// The state of the tab.
#[derive(Debug, Default)]
pub struct State {
    /// Which values are shown.
    pub shown: Shown,
    /// Whether they are shown as a document of YAML.
    pub is_yaml: bool,
    /// The values.
    pub sheet: Option<Arc<Sheet>>,
    /// Why there are none.
    pub problem: Option<Problem>,
    /// Place of the selected line among those that are not folded away.
    pub cursor: usize,
    /// Place of the first one that is seen.
    pub top: usize,
    /// Lines that are not folded away.
    visible: Vec<usize>,
    folded: BTreeSet<String>,
    made: Option<Key>,
    making: Option<(TaskId, Key)>,
    /// What valuesFrom refers to, and of which HelmRelease.
    sources: Loadable<Arc<[Source]>>,
    sources_of: Option<(ObjectKey, Option<i64>)>,
    /// How often it was read.
    reads: usize,
    found: seek::Found,
    revealing: Option<(TaskId, String)>,
    revealed: Option<Revealed>,
    refused: Option<Refused>,
}

impl State {
    /// The tree that is shown.
    #[must_use]
    pub fn tree(&self) -> Option<&Tree> {
        self.sheet.as_ref().map(|sheet| sheet.tree(self.shown))
    }

    /// How many lines are not folded away.
    #[must_use]
    pub fn count(&self) -> usize {
        self.visible.len()
    }

    /// The lines that are seen, with their places in the tree.
    pub fn seen(&self, page: usize) -> impl Iterator<Item = (usize, &Line)> {
        let tree = self.tree();
        let places = self.visible.iter().skip(self.top).take(page);
        places.filter_map(move |place| Some((*place, tree?.lines.get(*place)?)))
    }

    /// The place of the selected line in the tree.
    #[must_use]
    pub fn place(&self) -> Option<usize> {
        self.visible.get(self.cursor).copied()
    }

    /// The selected line.
    #[must_use]
    pub fn current(&self) -> Option<&Line> {
        self.tree()?.lines.get(self.place()?)
    }

    /// The row of the selected line; of a part of a list, that of the list. What holds more values than one has none.
    #[must_use]
    pub fn row(&self) -> Option<&Row> {
        self.tree()?.row(self.place()?)
    }

    /// Whether what is below a line is folded away.
    #[must_use]
    pub fn is_folded(&self, line: &Line) -> bool {
        line.is_branch() && self.folded.contains(&line.path)
    }

    /// The selected line in words. What is hidden stays hidden.
    #[must_use]
    pub fn words(&self) -> Option<String> {
        let line = self.current()?;
        Some(match (line.is_branch(), self.row()) {
            (false, Some(row)) if row.value.is_string() => {
                format!("{}: {}", line.path, row.value.as_str().unwrap_or_default())
            }
            (false, _) => format!("{}: {}", line.path, line.value),
            (true, _) => line.path.clone(),
        })
    }

    pub(super) fn run(&mut self, id: CommandId, page: usize) {
        match id {
            CommandId::Open => self.turn(),
            CommandId::Unfold => self.turn_all(),
            CommandId::ChartDefaults => self.show(self.shown.next()),
            CommandId::AsYaml => self.is_yaml = !self.is_yaml,
            CommandId::NextMatch => self.step(true),
            CommandId::PreviousMatch => self.step(false),
            _ => self.cursor = moved(id, self.cursor, self.visible.len(), page).unwrap_or(self.cursor),
        }
    }

    /// Shows other values, the cursor on the same key where it is there too.
    pub(super) fn show(&mut self, shown: Shown) {
        let path = self.current().map(|line| line.path.clone());
        self.conceal();
        self.shown = shown;
        self.lay(path.as_deref());
    }

    /// Folds or unfolds what is below the selected line.
    fn turn(&mut self) {
        let Some(path) = self.current().filter(|line| line.is_branch()).map(|line| line.path.clone()) else { return };
        if !self.folded.remove(&path) {
            self.folded.insert(path.clone());
        }
        self.lay(Some(&path));
    }

    /// Folds all; where something is folded, unfolds all.
    fn turn_all(&mut self) {
        let path = self.current().map(|line| line.path.clone());
        let Some(tree) = self.tree() else { return };
        let branches: Vec<String> =
            tree.lines.iter().filter(|line| line.is_branch()).map(|line| line.path.clone()).collect();
        let is_any_folded = branches.iter().any(|path| self.folded.contains(path));
        self.folded.clear();
        if !is_any_folded {
            self.folded.extend(branches);
        }
        self.lay(path.as_deref());
    }

    /// Finds the lines that are not folded away, and the one of a path among them, or of what holds it.
    fn lay(&mut self, path: Option<&str>) {
        let (visible, line) = match self.tree() {
            Some(tree) => (tree.visible(&self.folded), path.and_then(|path| tree.near(path))),
            None => (Vec::new(), None),
        };
        self.visible = visible;
        if let Some(line) = line {
            // A line that is folded away is behind the one that holds it.
            self.cursor = self.visible.partition_point(|place| *place <= line).saturating_sub(1);
        } else if path.is_some() {
            self.cursor = 0;
        }
        self.found = seek::Found::default();
    }

    /// Goes to a line, and unfolds what it is in.
    fn go_to(&mut self, line: usize) {
        let Some(tree) = self.tree() else { return };
        let path = tree.lines.get(line).map(|line| line.path.clone());
        let above: Vec<String> = tree.above(line).map(|line| line.path.clone()).collect();
        let mut is_unfolded = false;
        for path in above {
            is_unfolded |= self.folded.remove(&path);
        }
        if is_unfolded {
            let found = std::mem::take(&mut self.found);
            self.lay(path.as_deref());
            self.found = found;
        }
        self.cursor = self.visible.partition_point(|place| *place < line);
    }

    /// Has the sheet made, if it is not made of this.
    pub(super) fn prepare(&mut self, key: Key, asked: Asked, session: &mut Session, out: &mut Vec<Effect>) {
        if self.made.as_ref() == Some(&key) || self.making.as_ref().is_some_and(|(_, making)| *making == key) {
            return;
        }
        // What is of another revision is not to be taken for this one's.
        if self.made.as_ref().is_some_and(|made| made.stored.as_ref().map(of) != key.stored.as_ref().map(of)) {
            (self.sheet, self.made) = (None, None);
            self.lay(None);
        }
        let task = session.next_task();
        self.making = Some((task, key));
        out.push(Effect::LayValues(task, asked));
    }

    /// Whether it was awaited.
    pub(super) fn laid(&mut self, task: TaskId, sheet: &Arc<Sheet>) -> bool {
        let Some((_, key)) = self.making.take_if(|(making, _)| *making == task) else { return false };
        let path = self.current().map(|line| line.path.clone());
        // What was revealed may be another value now.
        self.conceal();
        (self.made, self.problem, self.sheet) = (Some(key), None, Some(Arc::clone(sheet)));
        self.lay(path.as_deref());
        true
    }

    /// Whether it was awaited.
    pub(super) fn broken(&mut self, task: TaskId, problem: &Problem) -> bool {
        let Some((_, key)) = self.making.take_if(|(making, _)| *making == task) else { return false };
        (self.made, self.problem) = (Some(key), Some(problem.clone()));
        true
    }

    /// Lets what failed be made again.
    pub(super) fn retry(&mut self) {
        if self.problem.take().is_some() {
            self.made = None;
        }
    }

    /// Forgets what was asked of another HelmRelease, or of another generation.
    fn follow(&mut self, object: &HelmRelease, session: &Session) {
        let of = (object.key.clone(), object.generation);
        if self.sources_of.as_ref() != Some(&of) {
            (self.sources, self.sources_of) = (Loadable::Idle, Some(of));
        }
        if let Loadable::Loading(task) = self.sources
            && !session.fetches.has(task)
        {
            self.sources = Loadable::Idle;
        }
    }

    /// What is to be read of what a HelmRelease refers to.
    fn asked(&self, object: &HelmRelease) -> Option<Query> {
        let is_read = match self.sources {
            Loadable::Ready(_) | Loadable::Failed(_) => true,
            Loadable::Idle | Loadable::Loading(_) => object.values_from.is_empty(),
        };
        (!is_read).then(|| Query::ValuesFrom(object.key.namespace.clone(), object.values_from.clone()))
    }

    fn sources_came(&mut self, task: TaskId, sources: &[Source]) {
        if self.sources.awaits(task) {
            self.sources = Loadable::Ready(Arc::from(sources));
            self.reads += 1;
        }
    }

    /// Lets what valuesFrom refers to be read again: nobody watches it. Whether there is anything such.
    pub(in crate::app) fn read_again(&mut self) -> bool {
        let is_read = self.sources.ready().is_some_and(|sources| !sources.is_empty());
        if is_read {
            self.sources = Loadable::Idle;
        }
        is_read
    }

    /// On how many lines it is told what the tree is of, and what of it deserves the eye.
    #[must_use]
    pub fn head_lines(&self, size: Size) -> u16 {
        let notes = self.sheet.as_ref().map_or(0, |sheet| sheet.notes.len()).min(most_notes(size));
        u16::try_from(notes).unwrap_or(u16::MAX).saturating_add(2)
    }

    /// Who comes back to the values expects what was set, and nothing revealed.
    pub(super) fn leave(&mut self) {
        self.conceal();
        if self.shown != Shown::default() {
            self.show(Shown::default());
        }
    }

    /// Keeps the selected line in sight.
    pub(super) fn settle(&mut self, sought: &str, page: usize) {
        self.cursor = self.cursor.min(self.visible.len().saturating_sub(1));
        self.top = top_for(self.top, self.cursor, self.visible.len(), page);
        self.find(sought);
    }
}

/// How many lines may be said above the tree.
#[must_use]
pub fn most_notes(size: Size) -> usize {
    usize::from(size.height / 6).max(1)
}

/// What a revision is told from others by, in whatever state.
fn of(object: &StoredRef) -> (&ObjectKey, &str) {
    (&object.key, &object.uid)
}
