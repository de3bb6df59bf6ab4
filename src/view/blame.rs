//! An object with its owners: a gutter, the line, and at the right what the manifest has instead.

use jiff::Timestamp;

use super::pen::{Pen, Side};
use crate::app::blame::sheet::{Line, Owner, Sheet};
use crate::app::blame::{State, letter, mark};
use crate::app::release::owners::class_role;
use crate::app::{Area, Model, Panes, age, text};
use crate::config::Role;
use crate::ownership::found::Kind;

/// How wide the gutter is: the cursor, the mark, letters, an age, and a space after each.
const GUTTER: u16 = 13;

pub(super) fn draw(pen: &mut Pen, panes: &Panes, model: &Model, state: &State) {
    title(pen, panes.title, state);
    let Some(sheet) = &state.sheet else {
        let (lines, role) = match &state.problem {
            Some(problem) => (vec![problem.cause.clone(), problem.hint.clone()], Role::BannerError),
            None if !state.is_there => {
                (vec![format!("{} is not there, or may not be read", state.object)], Role::Strong)
            }
            None => (vec!["finding out who owns which field ...".to_owned()], Role::Strong),
        };
        return pen.sentences(panes.body, &lines, role);
    };
    legend(pen, panes.tabs, sheet);
    let now = model.session.now;
    for (line, shown) in sheet.lines.iter().skip(state.top).take(panes.body.height.into()).enumerate() {
        let is_selected = state.top + line == state.cursor;
        row(pen, panes.body, line, shown, sheet, now, is_selected);
        if is_selected {
            pen.mark(panes.body, line, Role::Selected);
        }
    }
    let words = state.words(now);
    let clean = text::clean(&words, pen.glyphs()).into_owned();
    let columns = usize::from(panes.detail.width).saturating_sub(2);
    let wrapped = text::wrap_to_end(&clean, columns, panes.detail.height.into(), pen.glyphs());
    for (line, said) in wrapped.iter().enumerate() {
        if let Some(mut place) = Pen::line(panes.detail, line) {
            pen.put(&mut place, said, Role::Dim);
        }
    }
}

fn title(pen: &mut Pen, area: Area, state: &State) {
    let Some(mut place) = Pen::line(area, 0) else { return };
    pen.put(&mut place, &state.object.to_string(), Role::Strong);
    let Some(sheet) = &state.sheet else { return };
    let said = match state.findings() {
        _ if !sheet.is_compared => "not compared: it is no object of the manifest, or that is not read yet".to_owned(),
        (0, _) => "nothing edited, nothing left behind".to_owned(),
        (1, _) => "1 finding".to_owned(),
        (count, None) => format!("{count} findings"),
        (count, Some(place)) => format!("finding {} of {count}", place + 1),
    };
    pen.put(&mut place, &format!("   {said}"), Role::Mark);
}

/// Whom the letters stand for, and what the marks mean.
fn legend(pen: &mut Pen, area: Area, sheet: &Sheet) {
    if let Some(mut place) = Pen::line(area, 0) {
        let mut classes: Vec<_> = sheet.owners.iter().map(|owner| owner.class).collect();
        classes.sort_unstable();
        classes.dedup();
        for class in classes {
            let mut names: Vec<&str> =
                sheet.owners.iter().filter(|owner| owner.class == class).map(|owner| owner.manager.as_str()).collect();
            names.sort_unstable();
            names.dedup();
            pen.put(&mut place, &format!("{} {}  ", letter(class), names.join(", ")), class_role(class));
        }
    }
    if let Some(mut place) = Pen::line(area, 1) {
        pen.put(&mut place, "~ edited  + added  ! left behind  = held by others too, equal today", Role::Dim);
    }
}

fn row(pen: &mut Pen, area: Area, line: usize, shown: &Line, sheet: &Sheet, now: Timestamp, is_selected: bool) {
    let Some(mut place) = Pen::edge(area, line) else { return };
    pen.put(&mut place, if is_selected { ">" } else { " " }, Role::Text);
    let owners: Vec<&Owner> = shown.owners.iter().filter_map(|owner| sheet.owners.get(*owner)).collect();
    let (letters, role) = match owners.as_slice() {
        [] => (String::new(), Role::Dim),
        [one] => (letter(one.class).to_string(), class_role(one.class)),
        [one, other] => (format!("{}+{}", letter(one.class), letter(other.class)), class_role(one.class)),
        [one, rest @ ..] => (format!("{}+{}", letter(one.class), rest.len()), class_role(one.class)),
    };
    let of_mark = match &shown.found {
        Some(found) if found.kind == Kind::Armed => Role::Dim,
        Some(_) => Role::Drifted,
        None => Role::Text,
    };
    pen.put(&mut place, &mark(shown).to_string(), of_mark);
    Pen::space(&mut place, 1);
    pen.cell(&mut place, &letters, 3, Side::Left, role);
    let newest = owners.iter().filter_map(|owner| owner.time).max();
    let ago = newest.map(|time| age::coarse(time, now)).unwrap_or_default();
    pen.cell(&mut place, &ago, 4, Side::Right, Role::Dim);
    let beside = shown.found.as_ref().filter(|found| found.kind != Kind::Armed).map(|found| match &found.manifest {
        Some(value) => format!("manifest: {value}"),
        None => "in no manifest".to_owned(),
    });
    let room = area.width.saturating_sub(GUTTER);
    let wanted = beside.as_ref().map_or(0, |said| text::width(&text::clean(said, pen.glyphs())) + 2);
    let taken = u16::try_from(wanted).unwrap_or(u16::MAX).min(room / 2);
    let left = Area { x: area.x + GUTTER - 1, width: room.saturating_sub(taken) + 1, ..area };
    if let Some(place) = Pen::line(left, line) {
        pen.window(place, &shown.text, 0, &shown.colours);
    }
    if let (Some(said), Some(mut place)) =
        (beside, Pen::line(Area { x: area.x + area.width.saturating_sub(taken), width: taken, ..area }, line))
    {
        pen.put(&mut place, &said, Role::Drifted);
    }
}
