//! Draws the application: `&Model` in, cells out. It decides nothing and remembers nothing.
//!
//! Everything is written through [`pen::Pen`], which makes strings harmless, measures and cuts them. Views name roles
//! of the theme, never colours.

mod actions;
mod blame;
mod contexts;
mod diff;
mod document;
mod ends;
mod frame;
mod help;
mod history;
mod journal;
mod logs;
mod objects;
mod offer;
mod palette;
mod passages;
mod pen;
mod picker;
mod plan;
mod preflight;
mod refusal;
mod release;
mod releases;
mod small;
mod sort;
mod timeline;
mod values;

use ratatui::Frame;

use crate::app::command::CommandId;
use crate::app::{Model, Overlay, Screen, Size, layout};
use crate::config::{Context, Theme};
use pen::Pen;

/// Draws everything.
pub fn view(model: &Model, theme: &Theme, target: &mut Frame) {
    let area = target.area();
    let size = Size { width: area.width, height: area.height };
    let mut pen = Pen::new(target.buffer_mut(), theme, model.session.setup.glyphs);
    if size.is_too_small() {
        let quit = model.session.setup.bindings.keys(Context::Global, CommandId::Quit).last();
        return small::draw(&mut pen, size, quit.map(ToString::to_string));
    }
    let panes = layout(size, model);

    frame::header(&mut pen, panes.header, model);
    frame::banner(&mut pen, panes.banner, model);
    match (&model.overlay, model.screens.last()) {
        (Some(Overlay::Help(state)), _) => help::draw(&mut pen, panes.body, model, state),
        (Some(Overlay::Offer(state)), _) => offer::draw(&mut pen, panes.body, state),
        (Some(Overlay::Namespaces(state)), _) => picker::draw(&mut pen, panes.body, state),
        (Some(Overlay::Palette(state)), _) => palette::draw(&mut pen, panes.body, model, state),
        (Some(Overlay::Contexts(state)), _) => contexts::draw(&mut pen, panes.body, state),
        (Some(Overlay::Sort(state)), _) => sort::draw(&mut pen, panes.body, model.releases.sort, state),
        (Some(Overlay::Actions(state)), _) => actions::draw(&mut pen, panes.body, model, state),
        (Some(Overlay::Refused(state)), _) => refusal::draw(&mut pen, panes.body, model, state),
        (Some(Overlay::Ends(state)), _) => ends::draw(&mut pen, panes.body, state),
        (Some(Overlay::Ask(_) | Overlay::Quit) | None, Some(Screen::Diff(state))) => {
            diff::draw(&mut pen, &panes, model, state)
        }
        (Some(Overlay::Ask(_) | Overlay::Quit) | None, Some(Screen::Release(state))) => {
            release::draw(&mut pen, &panes, model, state)
        }
        (Some(Overlay::Ask(_) | Overlay::Quit) | None, Some(Screen::Logs(state))) => {
            logs::draw(&mut pen, &panes, state)
        }
        (Some(Overlay::Ask(_) | Overlay::Quit) | None, Some(Screen::Blame(state))) => {
            blame::draw(&mut pen, &panes, model, state)
        }
        (Some(Overlay::Ask(_) | Overlay::Quit) | None, Some(Screen::Preflight(state))) => {
            preflight::draw(&mut pen, &panes, model, state);
        }
        (Some(Overlay::Ask(_) | Overlay::Quit) | None, Some(Screen::Plan(state))) => {
            plan::draw(&mut pen, &panes, model, state);
        }
        (Some(Overlay::Ask(_) | Overlay::Quit) | None, Some(Screen::Journal(state))) => {
            journal::draw(&mut pen, &panes, model, state);
        }
        (Some(Overlay::Ask(_) | Overlay::Quit) | None, None) => releases::draw(&mut pen, &panes, model),
    }
    if let Some(place) = frame::footer(&mut pen, &panes, model) {
        target.set_cursor_position(place);
    }
}

#[cfg(test)]
mod tests;
