//! How much goes on below what is seen: said on every screen that scrolls, because what is not seen is not looked for.

use super::release::Content;
use super::{Model, Overlay, Panes, Screen, help};

/// How many rows there are below the last one that is seen. Documents and logs say themselves where in them one is.
#[must_use]
pub fn below(model: &Model, panes: &Panes) -> usize {
    let page: usize = panes.body.height.into();
    let rest = |top: usize, count: usize| count.saturating_sub(top.saturating_add(page));
    match (&model.overlay, model.screens.last()) {
        (Some(Overlay::Help(state)), _) => rest(state.top, help::lines(&model.session, state.context).len()),
        (Some(Overlay::Namespaces(state)), _) => rest(state.top, state.choices.len()),
        (Some(Overlay::Palette(state)), _) => rest(state.top, state.rows.len()),
        (Some(Overlay::Contexts(state)), _) => rest(state.top, state.choices.len()),
        (Some(Overlay::Sort(state)), _) => rest(state.top, state.choices.len()),
        (Some(Overlay::Ends(state)), _) => rest(state.top, state.choices.len()),
        (Some(Overlay::Offer(state)), _) => rest(state.top, state.count()),
        (Some(Overlay::Actions(state)), _) => {
            rest(state.top, super::plan::menu::ACTIONS.len() + super::plan::menu::AROUND)
        }
        (Some(Overlay::Refused(_)), _) => 0,
        (Some(Overlay::Ask(_) | Overlay::Quit) | None, Some(Screen::Plan(state))) => {
            let (_, end, count) = state.passages.place(page);
            count.saturating_sub(end)
        }
        (Some(Overlay::Ask(_) | Overlay::Quit) | None, Some(Screen::Journal(state))) => {
            let (_, end, count) = state.passages.place(page);
            count.saturating_sub(end)
        }
        (Some(Overlay::Ask(_) | Overlay::Quit) | None, None) => rest(model.releases.top, model.releases.visible.len()),
        (Some(Overlay::Ask(_) | Overlay::Quit) | None, Some(Screen::Release(state))) => {
            match state.content(&model.session) {
                Content::Why(passages)
                | Content::Drift(passages)
                | Content::Owners(passages)
                | Content::Events(passages) => {
                    let (_, end, count) = passages.place(page);
                    count.saturating_sub(end)
                }
                Content::Timeline(timeline) => {
                    let (_, end, count) = timeline.passages.place(page);
                    count.saturating_sub(end)
                }
                Content::Objects(objects) => rest(objects.top, objects.rows.len()),
                Content::History(rows) => rest(state.history.top, rows.len()),
                Content::Values(_) => rest(state.tree.top, state.tree.count()),
                Content::Document(_) | Content::Message { .. } => 0,
            }
        }
        (Some(Overlay::Ask(_) | Overlay::Quit) | None, Some(Screen::Logs(_))) => 0,
        (Some(Overlay::Ask(_) | Overlay::Quit) | None, Some(Screen::Diff(state))) => {
            rest(state.top, state.page.rows.len())
        }
        (Some(Overlay::Ask(_) | Overlay::Quit) | None, Some(Screen::Preflight(state))) => {
            let (_, end, count) = state.passages.place(page);
            count.saturating_sub(end)
        }
        (Some(Overlay::Ask(_) | Overlay::Quit) | None, Some(Screen::Blame(state))) => {
            rest(state.top, state.sheet.as_ref().map_or(0, |sheet| sheet.lines.len()))
        }
    }
}
