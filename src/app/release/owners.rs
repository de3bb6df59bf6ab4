//! Who owns what of an open release: what was edited or left behind, and what becomes of it; then who writes it at all.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;

use super::passages::{self, Passage, Passages, Row, flow};
use crate::app::owners::Known;
use crate::app::session::Session;
use crate::app::text::{self, Glyphs};
use crate::app::{Effect, TaskId, age};
use crate::config::Role;
use crate::ownership::classes::Class;
use crate::ownership::fate::Fate;
use crate::ownership::found::{Kind, Rule};
use crate::ownership::report::{ManagerReport, ObjectReport, Told};
use crate::ownership::since::{self, Since};
use crate::ownership::subject::{Edited, Subject};
use crate::ownership::words::text_of;
use crate::release::payload::Payload;
use crate::release::{ObjectId, Problem, ReleaseId};

/// From so many columns on a finding has one row.
const ROOMY: usize = 110;

/// What enter does at a passage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lead {
    /// Opens the object at this field.
    Field(String),
    /// Shows or hides what is only counted.
    Fold(Fold),
}

/// What is only counted at first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fold {
    /// Equal today.
    Armed,
    /// Meant to differ.
    Expected,
}

/// The state of the tab.
#[derive(Debug, Default)]
pub struct State {
    /// What is read.
    pub passages: Passages,
    /// What was found last.
    pub known: Option<Arc<Known>>,
    /// An object is looked at for which they must be known.
    pub(super) is_wanted: bool,
    running: Option<(TaskId, Subject)>,
    failed: Option<(Subject, Problem)>,
    /// What is known is not to be built upon.
    is_old: bool,
    tracing: Option<(TaskId, Arc<Known>)>,
    /// Since when what was left behind is in no manifest, and of what that is known.
    since: Option<(Arc<Known>, Arc<since::Told>)>,
    /// Objects of the release that are not there or may not be read.
    unseen: usize,
    armed: bool,
    expected: bool,
}

impl State {
    /// Whether it was found out once of this revision.
    pub(super) fn is_found_of(&self, payload: Option<&Arc<Payload>>) -> bool {
        let known = self.known.as_ref().zip(payload);
        known.is_some_and(|(known, payload)| Arc::ptr_eq(&known.subject.payload, payload))
    }

    /// Has it found out, unless that was done of the same or is under way.
    /// Unless somebody looks at it, the API server is asked nothing, and what was found once of a revision stands.
    pub(super) fn ask(
        &mut self,
        subject: Subject,
        unseen: usize,
        is_shown: bool,
        session: &mut Session,
        out: &mut Vec<Effect>,
    ) {
        self.unseen = unseen;
        let is_enough = |known: &Arc<Known>| match is_shown {
            true => known.is_tried && known.subject == subject,
            false => Arc::ptr_eq(&known.subject.payload, &subject.payload),
        };
        let is_known = !self.is_old && self.known.as_ref().is_some_and(is_enough);
        let has_failed = self.failed.as_ref().is_some_and(|(failed, _)| *failed == subject);
        if is_known || has_failed || self.running.is_some() {
            return;
        }
        let task = session.next_task();
        self.running = Some((task, subject.clone()));
        let is_old = std::mem::take(&mut self.is_old);
        let before = self.known.clone().filter(|_| !is_old);
        out.push(Effect::Own(task, subject, before, is_shown));
    }

    /// Has it found out since when what was left behind is in no manifest: where there are leftovers, and once.
    pub(super) fn trace(&mut self, id: &ReleaseId, is_shown: bool, session: &mut Session, out: &mut Vec<Effect>) {
        let Some(known) = self.known.as_ref().filter(|_| is_shown) else { return };
        let is_traced = self.since.as_ref().is_some_and(|(of, _)| of.is_left_as(known));
        if is_traced || self.tracing.is_some() || known.oddities().leftovers == 0 {
            return;
        }
        let revision = known.subject.payload.revision();
        let before = session.catalog.revisions(id).filter(|stored| revision.is_some_and(|own| stored.revision < own));
        let older = before.map(|stored| (stored.revision.get(), stored.object.clone())).collect();
        let (task, known) = (session.next_task(), Arc::clone(known));
        self.tracing = Some((task, Arc::clone(&known)));
        out.push(Effect::Trace(task, known, older));
    }

    /// Whether it was awaited.
    fn traced(&mut self, task: TaskId, since: &Arc<since::Told>) -> bool {
        let Some((_, known)) = self.tracing.take_if(|(running, _)| *running == task) else { return false };
        self.since = Some((known, Arc::clone(since)));
        true
    }

    /// Whether it was awaited.
    pub(super) fn owned(&mut self, task: TaskId, known: &Arc<Known>) -> bool {
        let awaited = self.is_awaited(task);
        if awaited {
            (self.known, self.failed) = (Some(Arc::clone(known)), None);
            self.running.take_if(|_| !known.is_asking);
        }
        awaited
    }

    fn is_awaited(&self, task: TaskId) -> bool {
        self.running.as_ref().is_some_and(|(running, _)| *running == task)
    }

    /// Whether it was awaited.
    pub(super) fn broken(&mut self, task: TaskId, problem: &Problem) -> bool {
        if self.tracing.take_if(|(running, _)| *running == task).is_some() {
            return true;
        }
        let Some((_, subject)) = self.running.take_if(|(running, _)| *running == task) else { return false };
        self.failed = Some((subject, problem.clone()));
        true
    }

    /// The object and field that enter or a look at the object mean.
    pub(in crate::app) fn meant(&self) -> Option<(ObjectId, Option<String>)> {
        let passage = self.passages.current()?;
        let field = match &passage.lead {
            Some(Lead::Field(field)) => Some(field.clone()),
            Some(Lead::Fold(_)) | None => None,
        };
        passage.about.clone().map(|object| (object, field))
    }

    /// Lets what failed be tried again, and everything be asked anew.
    pub(super) fn retry(&mut self) {
        (self.failed, self.is_old) = (None, true);
    }

    /// Why nothing was found out.
    #[must_use]
    pub fn failure(&self) -> Option<&Problem> {
        self.failed.as_ref().map(|(_, problem)| problem)
    }

    /// Shows or hides what is only counted.
    pub(super) fn turn(&mut self, fold: Fold) {
        match fold {
            Fold::Armed => self.armed = !self.armed,
            Fold::Expected => self.expected = !self.expected,
        }
    }

    /// Brings what is read up to date.
    pub(super) fn show(&mut self, columns: usize, now: Timestamp, glyphs: Glyphs) {
        let Some(known) = &self.known else { return };
        let page = Page { columns, now, glyphs };
        let mut all = Vec::new();
        let odd = known.oddities();
        if odd.hotfixes + odd.leftovers == 0 {
            let text = "every field that can be seen is as the manifest has it, or as controllers set it";
            all.push(page.plain(&[(text.to_owned(), Role::Healthy)]));
        }
        let findings: Vec<(&ObjectReport, &Told)> =
            known.report.objects.iter().flat_map(|object| object.told.iter().map(move |told| (object, told))).collect();
        for (rank, one, many, is_open) in [
            (Kind::Hotfix.rank(), "hotfix", "hotfixes", None),
            (Kind::Leftover.rank(), "leftover", "leftovers", None),
            (Kind::Armed.rank(), "field held by others too", "fields held by others too", Some(Fold::Armed)),
            (
                Kind::Expected(Rule::Completed).rank(),
                "field meant to differ",
                "fields meant to differ",
                Some(Fold::Expected),
            ),
        ] {
            let of_rank: Vec<_> = findings.iter().filter(|(_, told)| told.finding.kind.rank() == rank).collect();
            if of_rank.is_empty() {
                continue;
            }
            if !all.is_empty() {
                all.push(Passage::heading(""));
            }
            let title = counted(of_rank.len(), one, many);
            match is_open {
                None => {
                    let holders: BTreeSet<String> =
                        of_rank.iter().flat_map(|(object, told)| object.holders(&told.finding)).collect();
                    let by = counted(holders.len(), "manager", "managers");
                    all.push(page.head(&format!("{title} by {by}")));
                }
                Some(fold) => {
                    let is_open = match fold {
                        Fold::Armed => self.armed,
                        Fold::Expected => self.expected,
                    };
                    all.push(page.fold(fold, &title, is_open));
                    if !is_open {
                        continue;
                    }
                }
            }
            let mut before = None;
            for (object, told) in of_rank {
                let id = object.id();
                if before.as_ref() != Some(&id) {
                    all.push(page.object(&id, &known.subject.release.namespace));
                    before = Some(id.clone());
                }
                let since =
                    self.since.as_ref().and_then(|(_, told_of)| told_of.get(&(id.clone(), told.finding.path.clone())));
                all.push(page.finding(id, object, told, since));
            }
        }
        all.extend(page.helm_release(&known.subject));
        all.push(Passage::heading(""));
        all.extend(self.notes(known, page));
        all.push(Passage::heading(""));
        all.extend(page.managers(&known.report.by_manager));
        self.passages.show(all);
    }

    /// Who writes the release, and what is not known.
    fn notes(&self, known: &Known, page: Page) -> Vec<Passage> {
        let managers = &known.report.managers;
        let mut said = vec![(format!("written by {}, {}", managers.own, managers.reason), Role::Text)];
        said.extend(known.report.answered().into_iter().map(|text| (text, Role::Dim)));
        if let Some(problem) = self.failure() {
            said.push((problem.to_string(), Role::Mark));
        }
        said.extend(known.subject.remark().map(|remark| (remark, Role::Mark)));
        for object in &known.report.objects {
            let id = object.id();
            said.extend(
                object.remarks().into_iter().map(|remark| (format!("{} {}: {remark}", id.kind, id.name), Role::Mark)),
            );
        }
        let secrets = known.subject.live.iter().filter(|live| live.id.group.is_empty() && live.id.kind == "Secret");
        match secrets.count() {
            0 => {}
            count => said.push((
                format!(
                    "{}: of Secrets only the metadata is read",
                    counted(count, "object is left out", "objects are left out")
                ),
                Role::Dim,
            )),
        }
        if self.unseen > 0 {
            let text = counted(
                self.unseen,
                "object is not there or may not be read",
                "objects are not there or may not be read",
            );
            said.push((text, Role::Mark));
        }
        said.into_iter().map(|piece| page.plain(&[piece])).collect()
    }
}

impl super::State {
    /// Whether it was awaited.
    pub(in crate::app) fn traced(&mut self, task: TaskId, since: &Arc<since::Told>) -> bool {
        let awaited = self.owners.traced(task, since);
        self.old |= awaited;
        awaited
    }
}

/// On what it is told.
#[derive(Clone, Copy)]
struct Page {
    columns: usize,
    now: Timestamp,
    glyphs: Glyphs,
}

/// How wide the columns of a finding are.
struct Columns {
    field: usize,
    value: usize,
    by: usize,
    when: usize,
}

impl Page {
    fn table(self) -> Columns {
        let (value, by, when, fate) = (17, 18, 4, 11);
        Columns { field: self.columns.saturating_sub(2 * value + by + when + fate + 12), value, by, when }
    }

    fn cell(self, text: &str, columns: usize, is_end: bool) -> String {
        passages::cell(text, columns, is_end, self.glyphs)
    }

    fn plain(self, pieces: &[(String, Role)]) -> Passage {
        let edge = [(" ".to_owned(), Role::Text)];
        Passage { rows: flow(pieces, &edge, &edge, self.columns, self.glyphs), ..Passage::default() }
    }

    fn head(self, title: &str) -> Passage {
        if self.columns < ROOMY {
            let pieces = vec![(format!(" {title}"), Role::TableHead)];
            let right = Some(("AT THE NEXT WRITE".to_owned(), Role::TableHead));
            return Passage { rows: vec![Row { pieces, right }], ..Passage::default() };
        }
        let Columns { field, value, by, when, .. } = self.table();
        let mut text = format!(" {}", self.cell(title, field, false));
        for (head, columns) in [("MANIFEST", value), ("LIVE", value), ("BY", by), ("WHEN", when)] {
            text.push_str(&self.cell(head, columns, false));
        }
        Passage::heading(&format!("{text}NEXT WRITE"))
    }

    fn fold(self, fold: Fold, title: &str, is_open: bool) -> Passage {
        let why = match fold {
            Fold::Armed => ": equal today",
            Fold::Expected => ": set by controllers",
        };
        let turn = if is_open { "enter hides them" } else { "enter lists them" };
        Passage {
            rows: vec![Row {
                pieces: vec![(format!(" {title}"), Role::TableHead), (why.to_owned(), Role::Dim)],
                right: Some((turn.to_owned(), Role::Dim)),
            }],
            words: format!("{title}{why}"),
            about: None,
            lead: Some(Lead::Fold(fold)),
        }
    }

    fn object(self, id: &ObjectId, namespace: &str) -> Passage {
        let text = if id.namespace.is_empty() || id.namespace == namespace {
            format!(" {} {}", id.kind, id.name)
        } else {
            format!(" {} {}/{}", id.kind, id.namespace, id.name)
        };
        Passage { rows: vec![Row { pieces: vec![(text, Role::Strong)], right: None }], ..Passage::default() }
    }

    fn finding(self, id: ObjectId, object: &ObjectReport, told: &Told, since: Option<&Since>) -> Passage {
        let finding = &told.finding;
        let field = finding.path.to_string();
        let shown = |value: &Option<serde_json::Value>| {
            value.as_ref().map_or_else(|| "-".to_owned(), |value| text_of(&object.shown(&finding.path, value)))
        };
        let (manifest, live) = (shown(&finding.manifest), shown(&finding.live));
        let holders = object.holders(finding);
        let by = match holders.as_slice() {
            [] => "not recorded".to_owned(),
            all => all.join(", "),
        };
        let when = object.written(finding);
        let ago = when.map(|when| age::coarse(when, self.now)).unwrap_or_default();
        let shared = if finding.is_shared { ", shared with the release's own" } else { "" };
        let (fate, role) = (told.fate.word(), fate_role(&told.fate));
        let detail: Vec<String> = told.detail().into_iter().chain(since.map(Since::words)).collect();
        let because = if detail.is_empty() { String::new() } else { format!(": {}", detail.join("; ")) };
        let wrote = if ago.is_empty() { String::new() } else { format!(" {ago} ago") };
        let words = format!(
            "{} {} {field}: manifest {manifest}, live {live}, by {by}{wrote}{shared}; at the next write {fate}{because} ({})",
            id.kind,
            id.name,
            told.answered.words()
        );
        let rows = if self.columns < ROOMY {
            let first = Row {
                pieces: vec![(format!("   {}", self.cell(&field, self.columns.saturating_sub(19), true)), Role::Text)],
                right: Some((fate.to_owned(), role)),
            };
            let edge = [(" ".repeat(5), Role::Text)];
            let mut second =
                vec![(manifest, Role::Dim), (" ->".to_owned(), Role::Dim), (format!(" {live}"), Role::Strong)];
            second.push((format!("  {by}{wrote}"), Role::Text));
            [vec![first], flow(&second, &edge, &edge, self.columns, self.glyphs)].concat()
        } else {
            let Columns { field: wide, value, by: holder, when, .. } = self.table();
            let first = match holders.as_slice() {
                [first, rest @ ..] if !rest.is_empty() => {
                    let more = format!(" +{}", rest.len());
                    let clean = text::clean(first, self.glyphs);
                    let room = holder.saturating_sub(more.len());
                    format!("{}{more}", text::cut_middle(&clean, room, self.glyphs))
                }
                [] | [_, ..] => by,
            };
            vec![Row {
                pieces: vec![
                    (format!("   {}", self.cell(&field, wide.saturating_sub(2), true)), Role::Text),
                    (self.cell(&manifest, value, false), Role::Dim),
                    (self.cell(&live, value, false), Role::Strong),
                    (self.cell(&first, holder, false), Role::Text),
                    (self.cell(&ago, when, false), Role::Dim),
                    (fate.to_owned(), role),
                ],
                right: None,
            }]
        };
        Passage { rows, words, about: Some(id), lead: Some(Lead::Field(field)) }
    }

    /// What was edited in the HelmRelease itself.
    fn helm_release(self, subject: &Subject) -> Vec<Passage> {
        let edits = subject.edits_of_helm_release();
        if edits.is_empty() {
            return Vec::new();
        }
        let title = counted(edits.len(), "field", "fields");
        let head = format!(" {title} of its HelmRelease, edited beside the repository");
        let row = |Edited { edit, fate }: &Edited| {
            let ago = edit.time.map(|time| format!(" {} ago", age::coarse(time, self.now))).unwrap_or_default();
            let detail = fate.detail();
            let because = if detail.is_empty() { String::new() } else { format!(": {}", detail.join("; ")) };
            let words = format!("HelmRelease {}, by {}{ago}; {}{because}", edit.field, edit.manager, fate.word());
            let text = format!("{}  {}{ago}", edit.field, edit.manager);
            let pieces = vec![(format!("   {}", self.cell(&text, self.columns.saturating_sub(19), false)), Role::Text)];
            let right = Some((fate.word().to_owned(), fate_role(fate)));
            Passage { rows: vec![Row { pieces, right }], words, about: None, lead: None }
        };
        [Passage::heading(""), Passage::heading(&head)].into_iter().chain(edits.iter().map(row)).collect()
    }

    fn managers(self, all: &[ManagerReport]) -> Vec<Passage> {
        let wide = |text: fn(&ManagerReport) -> String, head: &str, most: usize| {
            let widest = all.iter().map(|manager| text::width(&text::clean(&text(manager), self.glyphs))).max();
            widest.unwrap_or(0).max(head.len()).min(most)
        };
        let is_roomy = self.columns >= ROOMY;
        let name = wide(|manager| manager.name.clone(), "MANAGER", if is_roomy { 34 } else { 25 });
        let ways = wide(|manager| manager.ways.join(", "), "WRITES BY", if is_roomy { 30 } else { 16 });
        let row = |cells: [&str; 6]| {
            let [manager, class, by, fields, shared, last] = cells;
            format!(
                " {}{}{}{fields:>6}  {shared:>6}  {last:>4}",
                self.cell(manager, name, false),
                self.cell(class, 10, false),
                self.cell(by, ways, false),
            )
        };
        let head = Passage::heading(&row(["MANAGER", "CLASS", "WRITES BY", "FIELDS", "SHARED", "LAST"]));
        let of = |manager: &ManagerReport| {
            let class = manager.class.to_string();
            let ago = manager.last.map(|last| age::coarse(last, self.now)).unwrap_or_default();
            let ways = manager.ways.join(", ");
            let (fields, shared) = (manager.fields.to_string(), manager.shared.to_string());
            let text = row([&manager.name, &class, &ways, &fields, &shared, &ago]);
            let wrote = if ago.is_empty() { String::new() } else { format!(", last {ago} ago") };
            let words = format!(
                "{} ({class}): {}; {fields} fields by {ways}, {shared} of them shared{wrote}",
                manager.name, manager.reason
            );
            let rows = vec![Row { pieces: vec![(text, class_role(manager.class))], right: None }];
            Passage { rows, words, about: None, lead: None }
        };
        [head].into_iter().chain(all.iter().map(of)).collect()
    }
}

/// The role in which what a class of managers holds is shown.
#[must_use]
pub fn class_role(class: Class) -> Role {
    match class {
        Class::Own => Role::OwnerOwn,
        Class::Former => Role::OwnerFormer,
        Class::Controller | Class::GitOps => Role::OwnerController,
        Class::Person | Class::Other | Class::Ours => Role::OwnerPerson,
    }
}

fn fate_role(fate: &Fate) -> Role {
    match fate {
        Fate::Blocks(_) => Role::Failed,
        Fate::Overwritten | Fate::Removed | Fate::Corrected | Fate::Reverted(_) | Fate::TakenOver => Role::Pending,
        Fate::Armed | Fate::Unknown(_) => Role::Unknown,
        Fate::Survives | Fate::Stays => Role::Text,
    }
}

/// The times that are shown as ages.
pub(super) fn times(known: &Known) -> impl Iterator<Item = Timestamp> {
    known.report.by_manager.iter().filter_map(|manager| manager.last)
}

fn counted(count: usize, one: &str, many: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {many}") }
}
