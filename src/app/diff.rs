//! What differs between two ends of a release: read object by object, from change to change.

pub mod available;
mod awaited;
pub mod choice;
pub mod ends;
pub mod page;
mod said;
mod seek;
pub mod sheet;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tui_input::Input;

use crate::diff::{Asked, Diff, End, Outcomes, Part, Progress};
use crate::release::payload::{Payload, Revision};
use crate::release::{Problem, ReleaseId, StoredRef};

use super::command::CommandId;
use super::document::{Document, rows};
use super::loadable::Loadable;
use super::picker::{moved, top_for};
use super::rows::Row as Release;
use super::session::Session;
use super::text::{self, Glyphs};
use super::{Area, Effect, Model, Screen, TaskId, release};
use choice::Which;
use ends::{Pair, Point};
use page::{Form, Page, Row, What};
pub use said::{Content, Notice};
use seek::Prompt;
use sheet::{Block, Key, Sheet};

/// From so many columns on, the two sides stand beside each other.
pub const BESIDE: u16 = 120;
/// From so many columns on, there is room for the list of objects at the left; beside two sides, from [`LIST_BESIDE`] on.
const LIST: u16 = 100;
const LIST_BESIDE: u16 = 150;
/// What stands before the text of a row: the cursor, the sign, a space.
pub const GUTTER: usize = 3;
/// How far a step to the side goes.
const SIDE: usize = 8;

/// The state of the screen.
#[derive(Debug)]
pub struct State {
    /// The release.
    pub id: ReleaseId,
    /// Namespace and name.
    pub name: String,
    /// What is compared.
    pub pair: Pair,
    /// What is read.
    pub diff: Option<Arc<Diff>>,
    /// The same, laid out.
    pub sheet: Option<Arc<Sheet>>,
    /// Its rows as they are seen now.
    pub page: Page,
    /// The part of it that is seen.
    pub part: Part,
    /// Place of the selected row.
    pub cursor: usize,
    /// Place of the first row that is seen.
    pub top: usize,
    /// How many columns are to the left of what is seen.
    pub left: usize,
    /// Whether long lines are wrapped.
    pub wrap: bool,
    /// What is sought; empty when nothing is.
    pub sought: String,
    /// Documents of which the head alone is seen.
    pub folded: BTreeSet<Key>,
    home: String,
    is_from_list: bool,
    read: BTreeMap<Revision, (StoredRef, Result<Arc<Payload>, Problem>)>,
    live: Option<End>,
    is_live_old: bool,
    dry_runs: BTreeMap<Revision, Loadable<Outcomes>>,
    /// Of what [`State::diff`] was made, or what failed.
    asked: Option<Asked>,
    running: Option<(TaskId, Asked, Option<Progress>)>,
    problem: Option<Problem>,
    laying: Option<TaskId>,
    is_sheet_old: bool,
    is_page_old: bool,
    laid: Option<(Form, usize)>,
    is_begun: bool,
    with_noise: bool,
    by_fields: bool,
    beside: Option<bool>,
    prompt: Option<Prompt>,
    places: Vec<usize>,
}

/// Two texts for a program that compares, and their differences for one that shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Texts {
    /// What files of them are called, without an ending.
    pub name: String,
    /// The old side.
    pub old: Arc<Document>,
    /// The new one.
    pub new: Arc<Document>,
    /// What differs.
    pub patch: Arc<Document>,
}

impl State {
    /// Opens a comparison, with what was read already.
    fn open(release: &Release, pair: Pair, is_from_list: bool) -> Self {
        let home = release.release.namespace.clone();
        Self {
            id: release.release.id.clone(),
            name: format!("{home}/{}", release.release.id.name),
            pair,
            diff: None,
            sheet: None,
            page: Page::default(),
            part: Part::Manifest,
            cursor: 0,
            top: 0,
            left: 0,
            wrap: false,
            sought: String::new(),
            folded: BTreeSet::new(),
            home,
            is_from_list,
            read: BTreeMap::new(),
            live: None,
            is_live_old: true,
            dry_runs: BTreeMap::new(),
            asked: None,
            running: None,
            problem: None,
            laying: None,
            is_sheet_old: false,
            is_page_old: true,
            laid: None,
            is_begun: false,
            with_noise: false,
            by_fields: false,
            beside: None,
            prompt: None,
            places: Vec::new(),
        }
    }

    /// Whether it was opened from the list, and leads back there.
    #[must_use]
    pub fn is_from_list(&self) -> bool {
        self.is_from_list
    }

    /// The line into which is typed, while it is.
    #[must_use]
    pub fn typing(&self) -> Option<&Input> {
        self.prompt.as_ref().map(|prompt| &prompt.input)
    }

    /// How differences are told on so many columns.
    #[must_use]
    pub fn form(&self, columns: u16) -> Form {
        match (self.by_fields, self.beside.unwrap_or(columns >= BESIDE)) {
            (true, _) => Form::Fields,
            (false, true) => Form::SideBySide,
            (false, false) => Form::Unified,
        }
    }

    /// The list of objects, where there is room for it, and what is left for the differences.
    #[must_use]
    pub fn split(&self, body: Area) -> (Option<Area>, Area) {
        let least = match self.form(body.width) {
            Form::SideBySide => LIST_BESIDE,
            Form::Unified | Form::Fields => LIST,
        };
        if body.width < least || self.page.heads.is_empty() {
            return (None, body);
        }
        let width = (body.width / 4).clamp(24, 40);
        let list = Area { width, ..body };
        (Some(list), Area { x: body.x + width, width: body.width - width, ..body })
    }

    /// The document at the cursor.
    #[must_use]
    pub fn block(&self) -> Option<&Block> {
        self.sheet.as_ref()?.blocks.get(self.page.block_at(self.cursor)?)
    }

    /// On how many lines a row is shown.
    #[must_use]
    pub fn height(&self, row: &Row, area: Area, glyphs: Glyphs) -> usize {
        let Some(block) = self.sheet.as_ref().and_then(|sheet| sheet.blocks.get(row.block)).filter(|_| self.wrap)
        else {
            return 1;
        };
        let lines = |text: &str, columns| rows(text, columns, glyphs).len();
        match row.what {
            What::Head | What::Gap(_) | What::Blank => 1,
            What::Pair(..) => {
                let columns = half(area);
                block.texts(row.what).into_iter().map(|text| lines(text, columns)).max().unwrap_or(1)
            }
            What::Line(..) | What::Value(..) | What::Field(_) | What::Side(..) => {
                lines(&block.told(row.what, whole(area)).text, whole(area))
            }
        }
    }

    pub(super) fn run(&mut self, id: CommandId, page: usize, session: &mut Session, out: &mut Vec<Effect>) {
        match id {
            CommandId::NextChange => self.step(true, page),
            CommandId::PreviousChange => self.step(false, page),
            CommandId::NextObject => self.go_to_head(1),
            CommandId::PreviousObject => self.go_to_head(-1),
            CommandId::Fold => self.fold(),
            CommandId::FoldAll => self.fold_all(),
            CommandId::Noise => {
                self.with_noise = !self.with_noise;
                self.is_sheet_old = true;
            }
            CommandId::NextPart => self.turn(true),
            CommandId::PreviousPart => self.turn(false),
            CommandId::Fields => self.by_fields = !self.by_fields,
            CommandId::SideBySide => {
                let is_beside = self.form(session.size.width) == Form::SideBySide;
                (self.by_fields, self.beside) = (false, Some(!is_beside));
            }
            CommandId::ScrollLeft => self.left = self.left.saturating_sub(SIDE),
            CommandId::ScrollRight if !self.wrap => self.left = self.left.saturating_add(SIDE),
            CommandId::Wrap => (self.wrap, self.left) = (!self.wrap, 0),
            CommandId::Search => self.open_prompt(),
            CommandId::Accept => self.accept(),
            CommandId::Cancel => self.cancel(),
            CommandId::CopyHunk => self.copy(session, out),
            CommandId::SavePatch => {
                let name = format!("{}.{}.patch", self.id.name, self.pair.file_name());
                let task = session.next_task();
                out.extend(self.diff.clone().map(|diff| Effect::SavePatch(task, name, diff, self.with_noise)));
            }
            CommandId::DiffTool => out.extend(self.texts().map(|texts| Effect::ReadDiff(Box::new(texts)))),
            _ => self.cursor = moved(id, self.cursor, self.page.rows.len(), page).unwrap_or(self.cursor),
        }
    }

    /// Compares with another end.
    pub(super) fn choose(&mut self, which: Which, point: Point, out: &mut Vec<Effect>) {
        match which {
            Which::Old => self.pair.old = point,
            Which::New => self.pair.new = point,
        }
        self.pair.remark = None;
        self.leave(out);
        (self.diff, self.sheet, self.asked, self.problem, self.laying) = (None, None, None, None, None);
        (self.page, self.is_begun, self.is_sheet_old) = (Page::default(), false, false);
        (self.cursor, self.top, self.left) = (0, 0, 0);
        self.folded.clear();
    }

    /// The choice of a side.
    #[must_use]
    pub fn ends(&self, which: Which) -> choice::State {
        choice::State::new(which, self.id.clone(), [self.pair.old, self.pair.new])
    }

    /// Gives up what is under way.
    pub(super) fn leave(&mut self, out: &mut Vec<Effect>) {
        out.extend(self.running.take().map(|(task, ..)| Effect::Cancel(task)));
        self.dry_runs.retain(|_, tried| match tried {
            Loadable::Loading(task) => {
                out.push(Effect::Cancel(*task));
                false
            }
            Loadable::Idle | Loadable::Ready(_) | Loadable::Failed(_) => true,
        });
    }

    /// Whether one side is the objects as they are.
    pub(super) fn is_live_wanted(&self) -> bool {
        [self.pair.old, self.pair.new].contains(&Point::Live)
    }

    /// Something was learnt of the cluster.
    pub(super) fn look_again(&mut self) {
        self.is_live_old = true;
    }

    /// Has compared and laid out what is to be seen, and keeps the selected row in sight.
    pub(super) fn settle(
        &mut self,
        release: Option<&release::State>,
        body: Area,
        session: &mut Session,
        out: &mut Vec<Effect>,
    ) {
        // A revision that was made anew under the same number is another one.
        let is_same = |revision: &Revision, object: &StoredRef| {
            ends::object(session, &self.id, *revision).is_none_or(|now| now.uid == object.uid)
        };
        self.read.retain(|revision, (object, _)| is_same(revision, object));
        if self.is_live_wanted() && std::mem::take(&mut self.is_live_old) {
            match release.and_then(|release| release.live_end(session)) {
                Some(Ok(live)) => self.live = Some(live),
                Some(Err(problem)) if self.live.is_none() => self.problem = Some(problem),
                Some(Err(_)) | None => {}
            }
        }
        self.try_writes(session, out);
        self.compare(session, out);
        if let (Some(diff), true, None) = (&self.diff, self.is_sheet_old, self.laying) {
            let task = session.next_task();
            (self.laying, self.is_sheet_old) = (Some(task), false);
            out.push(Effect::Lay(task, Arc::clone(diff), self.home.clone(), self.with_noise));
        }
        self.lay_rows(body);
        let (_, area) = self.split(body);
        self.scroll(area, session.setup.glyphs);
    }

    /// Lays out the rows anew where they are others, the cursor at the same change.
    fn lay_rows(&mut self, body: Area) {
        let form = self.form(body.width);
        let Some(sheet) = self.sheet.clone() else { return };
        let (_, area) = self.split(body);
        let laid = Some((form, whole(area)));
        if !std::mem::take(&mut self.is_page_old) && self.laid == laid {
            return;
        }
        let before = self.block().map(|block| (block.key(), self.change_in_block()));
        self.page = Page::of(&sheet, self.part, form, &self.folded, whole(area));
        // Where the list of objects came or went with the rows, there is another width for them.
        let columns = whole(self.split(body).1);
        if columns != whole(area) {
            self.page = Page::of(&sheet, self.part, form, &self.folded, columns);
        }
        self.laid = Some((form, columns));
        self.seek_again();
        if let Some((key, change)) = before {
            self.return_to(&sheet, &key, change);
        }
    }

    fn scroll(&mut self, area: Area, glyphs: Glyphs) {
        let page = usize::from(area.height).max(1);
        let count = self.page.rows.len();
        self.cursor = self.cursor.min(count.saturating_sub(1));
        self.top = top_for(self.top, self.cursor, count, page);
        if self.wrap {
            let mut room = page;
            let mut lowest = self.cursor;
            for place in (self.top..=self.cursor).rev() {
                let Some(row) = self.page.rows.get(place) else { break };
                let height = self.height(row, area, glyphs);
                if height > room {
                    break;
                }
                (room, lowest) = (room - height, place);
            }
            self.top = self.top.max(lowest);
        }
        if self.left > 0 {
            let columns =
                if self.laid.is_some_and(|(form, _)| form == Form::SideBySide) { half(area) } else { whole(area) };
            let seen = self.page.rows.iter().skip(self.top).take(page);
            let blocks = self.sheet.as_ref().map(|sheet| sheet.blocks.as_slice()).unwrap_or_default();
            let widths = seen.filter_map(|row| Some(blocks.get(row.block)?.widest(row.what, whole(area), glyphs)));
            self.left = self.left.min(widths.max().unwrap_or(0).saturating_sub(columns / 2));
        }
    }

    /// Whether a revision that was compared is not stored any more.
    fn pruned(&self, session: &Session) -> Vec<Revision> {
        let ends = [self.pair.old, self.pair.new].into_iter().filter_map(Point::revision);
        let mut gone: Vec<Revision> =
            ends.filter(|revision| ends::object(session, &self.id, *revision).is_none()).collect();
        gone.dedup();
        gone
    }
}

impl Pair {
    /// What a file of their differences is called: `1-2`, `2-live`.
    fn file_name(&self) -> String {
        let name = |point: Point| match point {
            Point::Revision(revision) => revision.to_string(),
            Point::Live => "live".to_owned(),
            Point::Defaults(revision) => format!("defaults-{revision}"),
            Point::DryRun(revision) => format!("dry-run-{revision}"),
        };
        format!("{}-{}", name(self.old), name(self.new))
    }
}

impl Block {
    /// How many columns a row of it takes.
    fn widest(&self, what: What, columns: usize, glyphs: Glyphs) -> usize {
        let width = |text: &str| text::width(&text::clean(text, glyphs));
        match what {
            What::Pair(..) => self.texts(what).into_iter().map(width).max().unwrap_or(0),
            What::Head | What::Gap(_) | What::Blank => 0,
            What::Line(..) | What::Field(_) | What::Value(..) | What::Side(..) => width(&self.told(what, columns).text),
        }
    }
}

/// How many columns the text of a row has.
#[must_use]
pub fn whole(area: Area) -> usize {
    usize::from(area.width).saturating_sub(GUTTER + 1)
}

/// How many columns the text of each side has, where they stand beside each other: with cursor, two signs, and a line between.
#[must_use]
pub fn half(area: Area) -> usize {
    usize::from(area.width).saturating_sub(1 + 2 + 3 + 2 + 1) / 2
}

impl Model {
    /// The comparison that is seen.
    pub(super) fn diff(&self) -> Option<&State> {
        match self.screens.last()? {
            Screen::Diff(state) => Some(state),
            Screen::Release(_)
            | Screen::Logs(_)
            | Screen::Blame(_)
            | Screen::Preflight(_)
            | Screen::Plan(_)
            | Screen::Many(_)
            | Screen::Journal(_) => None,
        }
    }

    pub(super) fn diff_mut(&mut self) -> Option<&mut State> {
        match self.screens.last_mut()? {
            Screen::Diff(state) => Some(state),
            Screen::Release(_)
            | Screen::Logs(_)
            | Screen::Blame(_)
            | Screen::Preflight(_)
            | Screen::Plan(_)
            | Screen::Many(_)
            | Screen::Journal(_) => None,
        }
    }
}

/// Opens what is meant where one is; from the list, the release below it.
pub(super) fn open(model: &mut Model, meant: ends::Meant) {
    let Some(row) = model.current_release() else { return };
    let open = model.open_release();
    let Some(pair) = meant(&model.session, &row.release.id, open) else { return };
    let mut state = State::open(row, pair, open.is_none());
    match open {
        Some(release) => state.read.extend(
            release
                .payloads()
                .filter_map(|(object, payload)| Some((payload.revision()?, (object.clone(), Ok(Arc::clone(payload)))))),
        ),
        None => {
            let release = release::State::open(row);
            model.screens.push(Screen::Release(Box::new(release)));
        }
    }
    model.screens.push(Screen::Diff(Box::new(state)));
}

/// Takes in a payload that was read. Whoever else waits for it takes it too.
pub(super) fn payload_came(model: &mut Model, object: &StoredRef, result: &Result<Arc<Payload>, Problem>) {
    if let Some(Screen::Diff(state)) = model.screens.last_mut() {
        state.payload_came(&model.session, object, result);
    }
}
