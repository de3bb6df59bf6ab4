//! One release: its title, its tabs, and what the open one shows.

use strum::IntoEnumIterator;

use super::document::Text;
use super::pen::{Pen, Place};
use super::{document, history, objects, passages, timeline, values};
use crate::app::command::CommandId;
use crate::app::plan::open::leftover;
use crate::app::release::documents::Pane;
use crate::app::release::{Content, State, Tab, title};
use crate::app::{Area, Model, Panes, text};
use crate::config::{Context, Role};

pub(super) fn draw(pen: &mut Pen, panes: &Panes, model: &Model, state: &State) {
    let columns = usize::from(panes.title.width).saturating_sub(2);
    for (line, pieces) in title::lines(state, &model.session, columns).iter().enumerate() {
        let Some(mut place) = Pen::line(panes.title, line) else { break };
        for (text, role) in pieces {
            pen.put(&mut place, text, *role);
        }
    }
    if let Some(place) = Pen::line(panes.tabs, 0) {
        tabs(pen, place, model, state);
    }
    match state.content(&model.session) {
        Content::History(rows) => history::draw(pen, panes, model, state, &rows),
        Content::Why(all) | Content::Events(all) => passages::draw(pen, panes.body, all),
        Content::Timeline(state) => {
            timeline::draw(pen, panes, model, state);
            if let Some(passage) = state.passages.current() {
                detail(pen, panes.detail, &passage.words);
            }
        }
        Content::Owners(all) | Content::Drift(all) => {
            passages::draw(pen, panes.body, all);
            if let Some(passage) = all.current() {
                detail(pen, panes.detail, &format!("{}{}", disowning(model), passage.words));
            }
        }
        Content::Objects(objects) => {
            let row = state.row(&model.session);
            let namespace = row.map_or("", |row| row.release.namespace.as_str());
            objects::draw(pen, panes, model, namespace, objects);
        }
        Content::Values(sheet) => values::draw(pen, panes, model, state, sheet),
        Content::Document(pane) => {
            if let Some(text) = text(pane) {
                document::draw(pen, panes.body, &text);
                document::status(pen, panes.detail, panes.body, &text, &state.sought);
            }
        }
        Content::Message { lines, error } => {
            pen.sentences(panes.body, &lines, if error { Role::BannerError } else { Role::Strong });
        }
    }
}

/// How what was left behind is got rid of. It stands first: what comes after it may be cut.
fn disowning(model: &Model) -> String {
    let key = model.session.setup.bindings.keys(Context::Release, CommandId::Disown).next();
    match (leftover(model), key) {
        (Some(manager), Some(key)) => format!("{key} plans to disown {manager}. "),
        (Some(_) | None, _) => String::new(),
    }
}

/// The selected passage in full: its row may be cut.
fn detail(pen: &mut Pen, area: Area, words: &str) {
    let clean = text::clean(words, pen.glyphs()).into_owned();
    let columns = usize::from(area.width).saturating_sub(2);
    for (line, row) in text::wrap_to_end(&clean, columns, area.height.into(), pen.glyphs()).iter().enumerate() {
        if let Some(mut place) = Pen::line(area, line) {
            pen.put(&mut place, row, Role::Dim);
        }
    }
}

fn text(pane: &Pane) -> Option<Text<'_>> {
    Some(Text {
        lines: pane.document.ready()?.as_ref(),
        scroll: pane.scroll,
        colours: pane.colours.as_deref(),
        matches: pane.matches.as_deref(),
        at: pane.at,
        wrapped: pane.wrapped,
    })
}

fn tabs(pen: &mut Pen, mut place: Place, model: &Model, state: &State) {
    let shown = state.shown.filter(|_| state.tab.is_document());
    // Where there is little room, what stands behind the tabs needs that between them.
    let is_tight = (shown.is_some() || state.tab == Tab::Events) && place.room() < 112;
    let is_narrow = place.room() < 92;
    for tab in Tab::iter().filter(|tab| *tab != Tab::Events || state.tab == Tab::Events) {
        // The open tab is in brackets: a style alone would not do.
        let (before, after, role) = match tab == state.tab {
            true => ("[", "]", Role::TabOpen),
            false if is_tight || is_narrow => (" ", "", Role::Tab),
            false => (" ", " ", Role::Tab),
        };
        let digit = tab.digit().map(|digit| format!("{digit} ")).unwrap_or_default();
        let title = match (tab == Tab::Values, is_narrow) {
            (true, _) => state.tree.shown.title(),
            (false, true) => tab.short_title(),
            (false, false) => tab.title(),
        };
        // Of the tabs that are not of the same revision the digits have to do then.
        match digit.trim_end() {
            short if is_tight && tab.is_live() != state.tab.is_live() => {
                pen.put(&mut place, &format!(" {short}"), role)
            }
            _ => pen.put(&mut place, &format!("{before}{digit}{title}{after}"), role),
        }
    }
    let said = match (state.tab, &state.events_of, shown) {
        (Tab::Events, Some(id), _) => format!("of {id} and what is below it"),
        (_, _, Some(shown)) => {
            let latest = state.row(&model.session).and_then(|row| row.release.revision);
            let word = if is_tight { " of" } else { ", latest" };
            let latest = latest.map(|latest| format!("{word} {latest}")).unwrap_or_default();
            format!("rev {shown}{latest}")
        }
        _ => String::new(),
    };
    Pen::space(&mut place, 1);
    pen.put(&mut place, &said, Role::Mark);
}
