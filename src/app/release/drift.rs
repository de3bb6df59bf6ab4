//! How the objects of an open release differ from its manifest, as Flux computes it; then what others added, which is no drift
//! to Flux.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use super::passages::{self, Passage, Passages, Row, flow};
use crate::app::drift::Drifted;
use crate::app::session::Session;
use crate::app::text::{self, Glyphs};
use crate::app::{Effect, TaskId, age};
use crate::config::Role;
use crate::ownership::drift::{Added, Asked, Change, Drift, IgnoreRule, ObjectDrift, State as Of, Verb};
use crate::ownership::fate::Answered;
use crate::ownership::words::text_of;
use crate::release::flux::DriftMode;
use crate::release::{ObjectId, Problem};

/// From so many columns on a difference has one row.
const ROOMY: usize = 110;

/// What belongs to a passage, beside its object.
#[derive(Debug, Clone, PartialEq)]
struct Line {
    words: String,
    field: Option<String>,
    rule: Option<IgnoreRule>,
}

/// The state of the tab.
#[derive(Debug, Default)]
pub struct State {
    /// What is read.
    pub passages: Passages,
    /// What was found last.
    pub known: Option<Arc<Drifted>>,
    lines: Vec<Line>,
    running: Option<(TaskId, Asked)>,
    failed: Option<(Asked, Problem)>,
}

impl State {
    /// Has it found out, unless that was done of the same or is under way.
    pub(super) fn ask(&mut self, asked: Asked, session: &mut Session, out: &mut Vec<Effect>) {
        let is_known = self.known.as_ref().is_some_and(|known| known.asked == asked);
        let has_failed = self.failed.as_ref().is_some_and(|(failed, _)| *failed == asked);
        if is_known || has_failed || self.running.is_some() {
            return;
        }
        let task = session.next_task();
        self.running = Some((task, asked.clone()));
        out.push(Effect::Compare(task, Box::new(asked)));
    }

    /// Whether it was awaited.
    pub(super) fn compared(&mut self, task: TaskId, known: &Arc<Drifted>) -> bool {
        let awaited = self.running.take_if(|(running, _)| *running == task).is_some();
        if awaited {
            (self.known, self.failed) = (Some(Arc::clone(known)), None);
        }
        awaited
    }

    /// Whether it was awaited.
    pub(super) fn broken(&mut self, task: TaskId, problem: &Problem) -> bool {
        let Some((_, asked)) = self.running.take_if(|(running, _)| *running == task) else { return false };
        self.failed = Some((asked, problem.clone()));
        true
    }

    /// Lets what failed be tried again.
    pub(super) fn retry(&mut self) {
        self.failed = None;
    }

    /// Why nothing was found out.
    #[must_use]
    pub fn failure(&self) -> Option<&Problem> {
        self.failed.as_ref().map(|(_, problem)| problem)
    }

    /// The object that enter means, and the field of it.
    pub(in crate::app) fn meant(&self) -> Option<(ObjectId, Option<String>)> {
        let passage = self.passages.current()?;
        let object = passage.about.clone()?;
        Some((object, self.line().and_then(|line| line.field.clone())))
    }

    /// The rule that would silence the selected line.
    pub(in crate::app) fn rule(&self) -> Option<&IgnoreRule> {
        self.line()?.rule.as_ref()
    }

    fn line(&self) -> Option<&Line> {
        let words = &self.passages.current()?.words;
        self.lines.iter().find(|line| line.words == *words)
    }

    /// The times that are shown as ages.
    pub(super) fn times(&self) -> Vec<Timestamp> {
        let objects = self.known.iter().flat_map(|known| &known.drift.objects);
        let of = |object: &ObjectDrift| {
            let changes = changes(object).iter().filter_map(|change| change.written);
            changes.chain(object.others.iter().filter_map(|added| added.written)).collect::<Vec<_>>()
        };
        objects.flat_map(of).collect()
    }

    /// Brings what is read up to date.
    pub(super) fn show(&mut self, columns: usize, now: Timestamp, glyphs: Glyphs) {
        let Some(known) = self.known.clone() else { return };
        let page = Page { columns, now, glyphs };
        let release = &known.asked.subject.release;
        let mode = release.helm_release.as_ref().map(|object| object.drift_mode);
        let mut all = vec![page.verdict(&known.drift, mode)];
        self.lines.clear();
        let drifted: Vec<&ObjectDrift> =
            known.drift.objects.iter().filter(|object| object.summary().is_some()).collect();
        if !drifted.is_empty() {
            all.extend([Passage::heading(""), page.head()]);
        }
        for object in drifted {
            all.push(page.object(object));
            for change in changes(object) {
                let passage = page.change(object, change);
                let words = passage.words.clone();
                self.lines.push(Line { words, field: change.field.clone(), rule: Some(change.rule.clone()) });
                all.push(passage);
            }
        }
        let others: Vec<&ObjectDrift> = known.drift.objects.iter().filter(|object| !object.others.is_empty()).collect();
        if !others.is_empty() {
            let count = counted(others.iter().map(|object| object.others.len()).sum(), "field", "fields");
            let pieces = vec![
                (format!(" {count} added by others"), Role::TableHead),
                (": no drift to Flux, nothing takes them away".to_owned(), Role::Dim),
            ];
            all.extend([
                Passage::heading(""),
                Passage { rows: vec![Row { pieces, right: None }], ..Passage::default() },
            ]);
        }
        for object in others {
            all.push(page.title(format!(" {}", named(object, &release.namespace)), None));
            for added in &object.others {
                let passage = page.added(object, added);
                let words = passage.words.clone();
                self.lines.push(Line { words, field: Some(added.path.clone()), rule: None });
                all.push(passage);
            }
        }
        all.push(Passage::heading(""));
        all.extend(page.notes(&known.drift));
        self.passages.show(all);
    }
}

fn changes(object: &ObjectDrift) -> &[Change] {
    match &object.state {
        Of::Changed(changes) => changes,
        Of::Removed | Of::Excluded(_) | Of::Unchanged | Of::Unknown(_) => &[],
    }
}

/// Kind and name, with the namespace where it is another one.
fn named(object: &ObjectDrift, namespace: &str) -> String {
    if object.namespace.is_empty() || object.namespace == namespace {
        format!("{} {}", object.kind, object.name)
    } else {
        format!("{} {}/{}", object.kind, object.namespace, object.name)
    }
}

fn id_of(object: &ObjectDrift) -> ObjectId {
    let group = object.api_version.split_once('/').map_or("", |(group, _)| group);
    ObjectId::new(group, &object.kind, &object.namespace, &object.name)
}

/// On what it is told.
#[derive(Clone, Copy)]
struct Page {
    columns: usize,
    now: Timestamp,
    glyphs: Glyphs,
}

/// How wide the columns are.
const VALUE: usize = 20;
const BY: usize = 22;
const WHEN: usize = 4;

impl Page {
    fn field(self) -> usize {
        self.columns.saturating_sub(2 * VALUE + BY + WHEN + 22)
    }

    fn cell(self, text: &str, columns: usize, is_end: bool) -> String {
        passages::cell(text, columns, is_end, self.glyphs)
    }

    fn plain(self, pieces: &[(String, Role)]) -> Passage {
        let edge = [(" ".to_owned(), Role::Text)];
        Passage { rows: flow(pieces, &edge, &edge, self.columns, self.glyphs), ..Passage::default() }
    }

    /// Whether it has drifted, and who cares.
    fn verdict(self, drift: &Drift, mode: Option<DriftMode>) -> Passage {
        let (word, role) = match (&drift.bad_rule, drift.has_drifted()) {
            (Some(bad), _) => (format!("Flux compares nothing: {bad}"), Role::Failed),
            (None, true) => ("drifted".to_owned(), Role::Pending),
            (None, false) => ("no drift".to_owned(), Role::Healthy),
        };
        let rest = match mode {
            None => "native: nothing looks for drift, and nothing corrects it",
            Some(DriftMode::Enabled) => "driftDetection.mode is enabled: Flux corrects it at its next reconcile",
            Some(DriftMode::Warn) => "driftDetection.mode is warn: Flux tells of it, and leaves it",
            Some(DriftMode::Disabled) => "driftDetection.mode is disabled: Flux does not look for it",
        };
        self.plain(&[(word, role), (format!("  {rest}"), Role::Text)])
    }

    fn head(self) -> Passage {
        if self.columns < ROOMY {
            return Passage::heading(" AS FLUX TELLS IT: what the manifest sets, what is there, by whom");
        }
        let mut text = format!(" {}", self.cell("AS FLUX TELLS IT", self.field(), false));
        for (head, columns) in [("MANIFEST", VALUE), ("LIVE", VALUE), ("BY", BY), ("WHEN", WHEN)] {
            text.push_str(&self.cell(head, columns, false));
        }
        Passage::heading(&format!("{text}COUNTED AS"))
    }

    fn title(self, text: String, words: Option<(String, ObjectId)>) -> Passage {
        let clean = text::cut_middle(&text::clean(&text, self.glyphs), self.columns, self.glyphs).to_string();
        let rows = vec![Row { pieces: vec![(clean, Role::Strong)], right: None }];
        let (words, about) = words.map_or((String::new(), None), |(words, about)| (words, Some(about)));
        Passage { rows, words, about, lead: None }
    }

    /// The line that Flux writes.
    fn object(self, object: &ObjectDrift) -> Passage {
        let line = object.summary().unwrap_or_default();
        let words = match &object.state {
            Of::Removed => format!("{line}: the manifest has it, and it is not there"),
            Of::Excluded(why) => format!("{line}: {why}"),
            Of::Changed(_) | Of::Unchanged | Of::Unknown(_) => line.clone(),
        };
        self.title(format!(" {line}"), Some((words, id_of(object))))
    }

    fn change(self, object: &ObjectDrift, change: &Change) -> Passage {
        let operation = &change.operation;
        let field = if operation.at.is_empty() { "/" } else { &operation.at };
        let counted = match operation.verb {
            Verb::Add => "addition",
            Verb::Replace => "change",
            Verb::Remove => "removal",
        };
        let (manifest, live) = (shown(operation.new.as_ref()), shown(operation.old.as_ref()));
        let (by, ago) = self.by(&change.holders, change.written);
        let wrote = if ago.is_empty() { String::new() } else { format!(" {ago} ago") };
        let words = format!(
            "{} {} {field}: manifest {manifest}, live {live}, by {by}{wrote}; one of Flux's {counted}s, with an ignore rule to \
             copy",
            object.kind, object.name
        );
        let cells = [manifest.as_str(), live.as_str(), by.as_str(), ago.as_str()];
        let rows = self.rows(field, cells, Some(counted));
        Passage { rows, words, about: Some(id_of(object)), lead: None }
    }

    fn added(self, object: &ObjectDrift, added: &Added) -> Passage {
        let live = shown(added.live.as_ref());
        let (by, ago) = self.by(&added.holders, added.written);
        let wrote = if ago.is_empty() { String::new() } else { format!(" {ago} ago") };
        let what = if added.is_leftover { "left behind by" } else { "added by" };
        let words = format!(
            "{} {} {}: {live}, {what} {by}{wrote}; the manifest has no such field, so that Flux sees no drift",
            object.kind, object.name, added.path
        );
        let cells = ["-", live.as_str(), by.as_str(), ago.as_str()];
        let rows = self.rows(&added.path, cells, None);
        Passage { rows, words, about: Some(id_of(object)), lead: None }
    }

    fn by(self, holders: &[String], written: Option<Timestamp>) -> (String, String) {
        let by = if holders.is_empty() { "not recorded".to_owned() } else { holders.join(", ") };
        (by, written.map(|written| age::coarse(written, self.now)).unwrap_or_default())
    }

    fn rows(self, field: &str, [manifest, live, by, ago]: [&str; 4], counted: Option<&str>) -> Vec<Row> {
        if self.columns >= ROOMY {
            let mut pieces = vec![
                (format!("   {}", self.cell(field, self.field().saturating_sub(2), true)), Role::Text),
                (self.cell(manifest, VALUE, false), Role::Dim),
                (self.cell(live, VALUE, false), Role::Strong),
                (self.cell(by, BY, false), Role::Text),
                (self.cell(ago, WHEN, false), Role::Dim),
            ];
            pieces.extend(counted.map(|counted| (counted.to_owned(), Role::Pending)));
            return vec![Row { pieces, right: None }];
        }
        let first = Row {
            pieces: vec![(format!("   {}", self.cell(field, self.columns.saturating_sub(16), true)), Role::Text)],
            right: counted.map(|counted| (counted.to_owned(), Role::Pending)),
        };
        let wrote = if ago.is_empty() { String::new() } else { format!(" {ago} ago") };
        let edge = [(" ".repeat(5), Role::Text)];
        let pieces = match counted {
            Some(_) => vec![
                (manifest.to_owned(), Role::Dim),
                (" ->".to_owned(), Role::Dim),
                (format!(" {live}"), Role::Strong),
                (format!("  {by}{wrote}"), Role::Text),
            ],
            None => vec![(live.to_owned(), Role::Strong), (format!("  {by}{wrote}"), Role::Text)],
        };
        [vec![first], flow(&pieces, &edge, &edge, self.columns, self.glyphs)].concat()
    }

    /// What is well, what is not known, and who says so.
    fn notes(self, drift: &Drift) -> Vec<Passage> {
        let mut said = Vec::new();
        let unchanged = drift.objects.iter().filter(|object| object.state == Of::Unchanged).count();
        if unchanged > 0 {
            said.push((format!("{} unchanged", counted(unchanged, "object", "objects")), Role::Dim));
        }
        for object in &drift.objects {
            if let Of::Unknown(why) = &object.state {
                said.push((format!("{} {} was not compared: {why}", object.kind, object.name), Role::Mark));
            }
        }
        if drift.objects.iter().any(|object| object.answered != Answered::Server) {
            let text = "what the dry-run of Flux would answer is computed here: none was made";
            said.push((text.to_owned(), Role::Dim));
        }
        said.into_iter().map(|piece| self.plain(&[piece])).collect()
    }
}

fn shown(value: Option<&Value>) -> String {
    value.map_or_else(|| "-".to_owned(), text_of)
}

fn counted(count: usize, one: &str, many: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {many}") }
}
