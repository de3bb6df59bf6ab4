//! One release: its title, its tabs, and what the open one shows.

use strum::IntoEnumIterator;

use super::document::Text;
use super::pen::{Pen, Place};
use super::{document, history, objects, passages};
use crate::app::release::documents::Pane;
use crate::app::release::{Content, State, Tab, title};
use crate::app::{Model, Panes};
use crate::config::Role;

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
        Content::Objects(objects) => {
            let row = state.row(&model.session);
            let namespace = row.map_or("", |row| row.release.namespace.as_str());
            objects::draw(pen, panes, model, namespace, objects);
        }
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
    for tab in Tab::iter().filter(|tab| *tab != Tab::Events || state.tab == Tab::Events) {
        // The open tab is in brackets: a style alone would not do.
        let (before, after, role) = if tab == state.tab { ("[", "]", Role::TabOpen) } else { (" ", " ", Role::Tab) };
        let digit = tab.digit().map(|digit| format!("{digit} ")).unwrap_or_default();
        let title = if tab == Tab::Values && state.defaults { "defaults" } else { tab.title() };
        pen.put(&mut place, &format!("{before}{digit}{title}{after}"), role);
    }
    let said = match (state.tab, &state.events_of, state.shown) {
        (Tab::Events, Some(id), _) => format!("of {id} and what is below it"),
        (Tab::Values | Tab::Manifest | Tab::Notes, _, Some(shown)) => {
            let latest = state.row(&model.session).and_then(|row| row.release.revision);
            let latest = latest.map(|latest| format!(", latest {latest}")).unwrap_or_default();
            format!("rev {shown}{latest}")
        }
        _ => String::new(),
    };
    Pen::space(&mut place, 1);
    pen.put(&mut place, &said, Role::Mark);
}
