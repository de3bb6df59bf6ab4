//! What every screen has: the header, the banner, the footer.

use std::collections::BTreeMap;

use ratatui::layout::Position;

use super::pen::{Pen, Place};
use crate::app::connection::{self, Health};
use crate::app::release::title::verdict_role;
use crate::app::{Area, Model, Overlay, command, help, picker, text};
use crate::config::{Context, Role};
use crate::health::Verdict;

/// Program, context, namespace, counts by verdict, and how the connection is. On a narrow line the counts give way
/// first, from the least bad on.
pub(super) fn header(pen: &mut Pen, area: Area, model: &Model) {
    let Some(mut place) = Pen::line(area, 0) else { return };
    let session = &model.session;
    let right = right(model);
    let right_width: usize = right.iter().map(|(text, _)| text::width(&text::clean(text, pen.glyphs())) + 2).sum();
    let mut end = place;
    Pen::space(&mut end, place.room().saturating_sub(right_width));

    pen.put(&mut place, "wheelhouse", Role::Program);
    let context = session.server.as_ref().map_or("-", |server| server.context.as_str());
    let namespace = session.namespace.as_deref().unwrap_or("all namespaces");
    let whole = format!("  {context} / {namespace}");
    let short = format!("  {context} / {}", session.namespace.as_deref().unwrap_or("all"));
    let left = usize::from(end.x.saturating_sub(place.x));
    let said = if text::width(&whole) + 24 > left { short } else { whole };
    let cleaned = text::clean(&said, pen.glyphs()).into_owned();
    pen.put(&mut place, &text::cut(&cleaned, left, pen.glyphs()), Role::Place);
    Pen::space(&mut place, 3);
    // Where releases may be hidden, no count is the whole truth.
    let more = if connection::incomplete(session, session.namespace.as_deref()) { "+" } else { "" };
    for (verdict, count) in counts(model) {
        let text = format!("{count}{more} {verdict}");
        if usize::from(end.x.saturating_sub(place.x)) < text::width(&text) + 2 {
            pen.put(&mut place, pen.glyphs().ellipsis(), Role::Dim);
            break;
        }
        pen.put(&mut place, &text, verdict_role(verdict));
        Pen::space(&mut place, 2);
    }
    for (text, role) in right {
        pen.put(&mut end, &text, role);
        Pen::space(&mut end, 2);
    }
}

fn counts(model: &Model) -> BTreeMap<Verdict, usize> {
    let mut counts = BTreeMap::new();
    for (_, row) in model.session.rows_in_namespace() {
        *counts.entry(row.judgement.verdict).or_insert(0) += 1;
    }
    counts
}

/// What stands at the right end: what may not be seen, and how the watches are doing.
fn right(model: &Model) -> Vec<(String, Role)> {
    let session = &model.session;
    let mut right: Vec<(String, Role)> =
        connection::hidden(session).into_iter().map(|text| (text, Role::Mark)).collect();
    let role = match connection::health(session) {
        Health::NoCluster | Health::Stale(_) => Role::Stale,
        Health::Connecting | Health::Loading => Role::Loading,
        Health::Live => Role::Live,
    };
    let mut word = connection::word(session);
    if connection::health(session) == Health::Loading {
        word = format!("{word}, {} so far", session.rows_in_namespace().count());
    }
    right.push((word, role));
    right
}

pub(super) fn banner(pen: &mut Pen, area: Area, model: &Model) {
    for (line, banner) in connection::banner(&model.session).iter().enumerate() {
        let Some(mut place) = Pen::line(area, line) else { return };
        let (sign, role) = if banner.error { ("! ", Role::BannerError) } else { ("  ", Role::BannerNote) };
        pen.put(&mut place, sign, role);
        pen.put(&mut place, &banner.text, role);
    }
}

/// What is typed or asked, else the result of an action, else the keys. Answers where the cursor is, if there is one.
pub(super) fn footer(pen: &mut Pen, area: Area, model: &Model) -> Option<Position> {
    let mut place = Pen::line(area, 0)?;
    let session = &model.session;
    match (&model.overlay, &model.releases.prompt) {
        (Some(Overlay::Quit), _) => {
            pen.put(&mut place, "quit wheelhouse?  ", Role::Prompt);
            keys(pen, place, model);
            None
        }
        (Some(Overlay::Namespaces(state)), _) => {
            pen.put(&mut place, "namespace: ", Role::Prompt);
            Some(typed(pen, place, &state.input, model, ""))
        }
        (Some(Overlay::Palette(state)), _) => {
            pen.put(&mut place, ":", Role::Prompt);
            Some(typed(pen, place, &state.input, model, ""))
        }
        (None, Some(input)) if model.screens.is_empty() => {
            pen.put(&mut place, "/", Role::Prompt);
            let fault = model.releases.filter.fault().unwrap_or_default();
            Some(typed(pen, place, input, model, fault))
        }
        (Some(Overlay::Help(_)) | None, _) => {
            match session.shown_toast() {
                Some(toast) => pen.put(&mut place, toast, Role::Toast),
                None => keys(pen, place, model),
            }
            None
        }
    }
}

/// A line that is typed, what is wrong with it, and its keys where there is room.
fn typed(pen: &mut Pen, mut place: Place, input: &tui_input::Input, model: &Model, fault: &str) -> Position {
    let start = place;
    let before: String = input.value().chars().take(input.cursor()).collect();
    let before = text::width(&text::clean(&before, pen.glyphs()));
    // What is longer than the line is seen from its end.
    let hidden = before.saturating_sub(place.room().saturating_sub(2));
    let shown = picker::shown(input, &model.session);
    if hidden == 0 {
        pen.put(&mut place, &shown, Role::Text);
    } else {
        pen.window(place, &shown, hidden, &[]);
        Pen::space(&mut place, usize::MAX);
    }
    let mut cursor = start;
    Pen::space(&mut cursor, before - hidden);
    Pen::space(&mut place, 3);
    if fault.is_empty() {
        keys(pen, place, model);
    } else {
        pen.put(&mut place, fault, Role::PromptError);
    }
    Position { x: cursor.x, y: cursor.line() }
}

/// The keys that count now, as far as there is room.
fn keys(pen: &mut Pen, mut place: Place, model: &Model) {
    let context = model.context();
    if !model.typed.is_empty() {
        for key in &model.typed {
            pen.put(&mut place, &format!("{key} "), Role::Key);
        }
        pen.put(&mut place, "...", Role::KeyTitle);
        return;
    }
    for row in command::TABLE.iter().filter(|row| row.footer && (row.disabled)(model).is_none()) {
        let Some(key) = model.session.setup.bindings.keys(context, row.id).next() else { continue };
        let title = match context {
            Context::Confirm if row.id == command::CommandId::Accept => "yes",
            Context::Confirm if row.id == command::CommandId::Cancel => "no",
            Context::Confirm => continue,
            _ => row.title,
        };
        let key = key.to_string();
        if text::width(&key) + 1 + text::width(title) > place.room() {
            return;
        }
        pen.put(&mut place, &key, Role::Key);
        pen.put(&mut place, &format!(" {title}"), Role::KeyTitle);
        Pen::space(&mut place, 2);
    }
    if context == Context::Help {
        pen.put(&mut place, &help::keys(&model.session, context, command::CommandId::GoDown), Role::Key);
        pen.put(&mut place, " more", Role::KeyTitle);
    }
}
