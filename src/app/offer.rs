//! What would keep a hotfix or take it back, to be read and taken along: it is in the clipboard as it is shown. Nothing is written.

use crate::ownership::found::Kind;
use crate::ownership::permanent::{self, Values};
use crate::ownership::report::{ObjectReport, Told};
use crate::ownership::undo::{self, Of, Undo};
use crate::release::{ObjectId, text as words};

use super::command::CommandId;
use super::owners::Known;
use super::picker::moved;
use super::release::Tab;
use super::release::owners::Lead;
use super::text::{self, Glyphs};
use super::{Effect, Model, Screen};

/// What is shown.
#[derive(Debug)]
pub struct State {
    /// What it is, in a line.
    pub title: String,
    /// The text.
    pub text: String,
    /// The first row that is seen.
    pub top: usize,
    count: usize,
}

impl State {
    pub(super) fn run(&mut self, id: CommandId, page: usize) {
        // There is no cursor: the first row moves.
        self.top = moved(id, self.top, self.count, page).unwrap_or(self.top);
    }

    pub(super) fn settle(&mut self, columns: usize, page: usize, glyphs: Glyphs) {
        self.count = self.rows(columns, glyphs).len();
        self.top = self.top.min(self.count.saturating_sub(page));
    }

    /// How many rows there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// The title, and the text in rows of so many columns.
    #[must_use]
    pub fn rows(&self, columns: usize, glyphs: Glyphs) -> Vec<String> {
        let wrapped = |line: &str| {
            let clean = text::clean(line, glyphs).into_owned();
            let indent = clean.len() - clean.trim_start().len();
            let inner = clean.get(indent..).unwrap_or_default();
            let rows = text::wrap(inner, columns.saturating_sub(indent).max(8), usize::MAX, glyphs);
            let rows = if rows.is_empty() { vec![String::new()] } else { rows };
            rows.into_iter().map(|row| format!("{}{row}", " ".repeat(indent))).collect::<Vec<String>>()
        };
        let (title, gap) = (wrapped(&self.title), [String::new()]);
        title.into_iter().chain(gap).chain(self.text.lines().flat_map(wrapped)).collect()
    }
}

/// Makes it, and copies it.
pub(super) fn open(model: &Model, id: CommandId, out: &mut Vec<Effect>) -> Option<State> {
    let (known, object, told) = meant(model)?;
    let field = format!("{} {} {}", object.kind, object.name, told.finding.path);
    let (what, text, copied) = match id {
        CommandId::Permanent => {
            let values = Values::of(&known.subject.release, &known.subject.payload);
            let text = permanent::document(&[(object, told)], &values);
            ("what makes it permanent", text.clone(), Some(text))
        }
        _ => {
            // A Pod's own credentials are in no kubeconfig.
            let context = model.session.context().filter(|context| context != "in-cluster");
            let is_forced = known.subject.writing().is_forced;
            let of = Of { managers: &known.report.managers, is_forced, context: context.as_deref() };
            let Undo { command, remarks } = undo::undo(object, told, of);
            let said = remarks.iter().chain(command.as_ref().err());
            let said = said.map(|said| format!("# {}\n", words::harmless(said, words::Lines::Join)));
            let said = said.collect::<String>();
            // Without the end of the line: where it is pasted, somebody still has to press enter.
            let command = command.ok();
            ("what undoes it", format!("{said}{}", command.as_deref().unwrap_or_default()), command)
        }
    };
    let is_copied = if copied.is_some() { "; sent to the terminal's clipboard" } else { "" };
    out.extend(copied.map(Effect::Copy));
    let title = format!("{field}: {what}{is_copied}");
    let title = text::clean(&title, model.session.setup.glyphs).into_owned();
    Some(State { title, text, top: 0, count: 0 })
}

/// The finding that the cursor is at.
fn meant(model: &Model) -> Option<(&Known, &ObjectReport, &Told)> {
    let known = model.open_release()?.owners.known.as_deref()?;
    let (id, field): (&ObjectId, &str) = match model.screens.last()? {
        Screen::Release(state) if state.tab == Tab::Owners => {
            let passage = state.owners.passages.current()?;
            match &passage.lead {
                Some(Lead::Field(field)) => (passage.about.as_ref()?, field),
                Some(Lead::Fold(_)) | None => return None,
            }
        }
        Screen::Blame(state) => (&state.object, &state.current()?.found.as_ref()?.field),
        Screen::Release(_)
        | Screen::Logs(_)
        | Screen::Preflight(_)
        | Screen::Plan(_)
        | Screen::Many(_)
        | Screen::Journal(_)
        | Screen::Diff(_) => return None,
    };
    let object = known.report.objects.iter().find(|object| object.id() == *id)?;
    let is_odd = |told: &&Told| matches!(told.finding.kind, Kind::Hotfix | Kind::Leftover);
    let told = object.told.iter().filter(is_odd).find(|told| told.finding.path.to_string() == field)?;
    Some((known, object, told))
}

/// Why there is nothing to keep or to take back.
pub(super) fn unoffered(model: &Model) -> Option<&'static str> {
    meant(model).is_none().then_some("only where something was edited or left behind")
}
