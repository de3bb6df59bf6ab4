//! An object with its owners: a gutter, the line, and at the right what the manifest has instead.

use std::ops::Range;

use jiff::Timestamp;

use super::pen::{Pen, Side};
use crate::app::blame::seek::Goal;
use crate::app::blame::sheet::{Line, Manager, Owner, Sheet};
use crate::app::blame::{State, mark};
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
    legend(pen, panes.tabs, state, sheet);
    let now = model.session.now;
    for (line, shown) in sheet.lines.iter().skip(state.top).take(panes.body.height.into()).enumerate() {
        row(pen, panes.body, line, shown, state, sheet, now);
        if state.top + line == state.cursor {
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

/// What the marks of the gutter mean, in as many words as there is room for.
const MARKS: [&str; 2] = ["~ edited  + added  ! left behind  = shared", "~ edited + added ! left = shared"];

fn title(pen: &mut Pen, area: Area, state: &State) {
    let Some(mut place) = Pen::line(area, 0) else { return };
    pen.put(&mut place, &state.object.to_string(), Role::Strong);
    let Some(sheet) = &state.sheet else { return };
    let (count, at) = state.stops();
    let of = |what: &str| match at {
        Some(at) => format!("{what} {} of {count}", at + 1),
        None if count == 1 => format!("1 {what}"),
        None => format!("{count} {what}s"),
    };
    let (said, role) = match state.goal() {
        Goal::Match(text) if count == 0 => (format!("no match for {text}"), Role::PromptError),
        Goal::Match(text) => {
            let matches = if at.is_none() && count != 1 { format!("{count} matches") } else { of("match") };
            (format!("{matches} for {text}"), Role::Prompt)
        }
        Goal::Manager(manager) => (format!("{manager}: {}", of("line")), Role::Prompt),
        Goal::Finding if !sheet.is_compared => {
            ("not compared: it is no object of the manifest, or that is not read yet".to_owned(), Role::Mark)
        }
        Goal::Finding if count == 0 => ("nothing edited, nothing left behind".to_owned(), Role::Mark),
        Goal::Finding => (of("finding"), Role::Mark),
    };
    pen.put(&mut place, &format!("   {said}"), role);
    if let Some(marks) = MARKS.into_iter().find(|marks| place.room() > text::width(marks) + 3) {
        let spare = place.room().saturating_sub(text::width(marks) + 1);
        Pen::space(&mut place, spare);
        pen.put(&mut place, marks, Role::Dim);
    }
}

/// Whom the letters stand for, and how many fields each holds: on as many lines as there are, names cut where they must be.
fn legend(pen: &mut Pen, area: Area, state: &State, sheet: &Sheet) {
    let columns = usize::from(area.width).saturating_sub(1);
    let entry = |manager: &Manager, most: usize, glyphs| {
        let clean = text::clean(&manager.name, glyphs);
        let name = text::cut_middle(&clean, most, glyphs).into_owned();
        format!("{} {name} {}", manager.letter, manager.fields)
    };
    let glyphs = pen.glyphs();
    let laid = |most: usize| {
        let mut lines: Vec<Vec<(&Manager, String)>> = vec![Vec::new()];
        let mut left = columns;
        for manager in sheet.managers.iter().filter(|manager| manager.fields > 0) {
            let text = entry(manager, most, glyphs);
            let needed = text::width(&text) + 2;
            if needed > left && left < columns {
                lines.push(Vec::new());
                left = columns;
            }
            left = left.saturating_sub(needed);
            if let Some(line) = lines.last_mut() {
                line.push((manager, text));
            }
        }
        lines
    };
    let widths = [usize::MAX, 24, 18, 14, 10, 7];
    let fits = |lines: &Vec<Vec<(&Manager, String)>>| lines.len() <= area.height.into();
    let lines = widths.into_iter().map(laid).find(fits).unwrap_or_else(|| laid(7));
    for (line, entries) in lines.iter().enumerate() {
        let Some(mut place) = Pen::line(area, line) else { return };
        for (manager, text) in entries {
            let is_chosen = state.focus.as_ref() == Some(&manager.name);
            let role = if is_chosen { Role::TabOpen } else { class_role(manager.class) };
            pen.put(&mut place, text, role);
            pen.put(&mut place, "  ", Role::Text);
        }
    }
}

fn row(pen: &mut Pen, area: Area, line: usize, shown: &Line, state: &State, sheet: &Sheet, now: Timestamp) {
    let Some(mut place) = Pen::edge(area, line) else { return };
    let is_selected = state.top + line == state.cursor;
    pen.put(&mut place, if is_selected { ">" } else { " " }, Role::Text);
    let owners: Vec<&Owner> = shown.owners.iter().filter_map(|owner| sheet.owners.get(*owner)).collect();
    let (letters, role) = match owners.as_slice() {
        [] => (String::new(), Role::Dim),
        [one] => (one.letter.to_string(), class_role(one.class)),
        [one, other] => (format!("{}+{}", one.letter, other.letter), class_role(one.class)),
        [one, rest @ ..] => (format!("{}+{}", one.letter, rest.len()), class_role(one.class)),
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
        let is_odd = shown.found.as_ref().is_some_and(|found| found.kind != Kind::Armed);
        pen.window(place, &shown.text, 0, &colours(shown, is_odd, state, sheet));
    }
    if let (Some(said), Some(mut place)) =
        (beside, Pen::line(Area { x: area.x + area.width.saturating_sub(taken), width: taken, ..area }, line))
    {
        pen.put(&mut place, &said, Role::Drifted);
    }
}

/// The colours of a line: what was edited stands out of its key on, what a chosen manager does not hold stands back, and what is
/// searched for lies over both.
fn colours(shown: &Line, is_odd: bool, state: &State, sheet: &Sheet) -> Vec<(Range<usize>, Role)> {
    let start = shown.text.len() - shown.text.trim_start().len();
    let whole = |role| vec![(start..shown.text.len(), role)];
    let below = match (state.is_looked_at(sheet, shown), is_odd) {
        (false, _) => whole(Role::Dim),
        (true, true) => whole(Role::Drifted),
        (true, false) => shown.colours.clone(),
    };
    let matches = state.matches(shown);
    if matches.is_empty() {
        return below;
    }
    let mut colours = Vec::new();
    let mut from = 0;
    for found in matches {
        colours.extend(clipped(&below, from..found.start));
        from = found.end;
        colours.push((found, Role::SearchMatch));
    }
    colours.extend(clipped(&below, from..usize::MAX));
    colours
}

/// What of colours lies within a part of the line.
fn clipped(colours: &[(Range<usize>, Role)], within: Range<usize>) -> Vec<(Range<usize>, Role)> {
    let clip = |(range, role): &(Range<usize>, Role)| {
        let (start, end) = (range.start.max(within.start), range.end.min(within.end));
        (start < end).then_some((start..end, *role))
    };
    colours.iter().filter_map(clip).collect()
}
