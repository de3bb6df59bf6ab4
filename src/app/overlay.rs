//! What lies over a screen until it is answered or left: where its keys go, and what an answer leads to.

use jiff::Timestamp;

use crate::config::{Context, Key};

use super::command::CommandId;
use super::session::Session;
use super::{Effect, Model, contexts, diff, help, offer, palette, picker, plan, refusal, release, releases};

/// What lies over a screen until it is answered or left.
#[derive(Debug)]
pub enum Overlay {
    /// The help of the screen below.
    Help(help::State),
    /// The choice of a namespace.
    Namespaces(picker::State),
    /// The choice of a command.
    Palette(palette::State),
    /// The choice of a context.
    Contexts(contexts::State),
    /// The choice of the order of the list.
    Sort(releases::sort::State),
    /// The choice of what is compared.
    Ends(diff::choice::State),
    /// What would keep a hotfix or take it back.
    Offer(offer::State),
    /// The choice of an action.
    Actions(plan::menu::State),
    /// What has to be typed before an action can be planned.
    Ask(plan::ask::State),
    /// Why an action did not open.
    Refused(refusal::State),
    /// Whether to quit.
    Quit,
}

impl Overlay {
    /// Which keys count.
    pub(super) fn context(&self) -> Context {
        match self {
            Self::Help(_) | Self::Offer(_) => Context::Help,
            Self::Namespaces(_) | Self::Palette(_) | Self::Contexts(_) | Self::Sort(_) | Self::Ends(_) => {
                Context::Picker
            }
            Self::Actions(_) => Context::Actions,
            // Keys that were meant for a line that did not open are typed, and go nowhere.
            Self::Ask(_) | Self::Refused(_) => Context::Prompt,
            Self::Quit => Context::Confirm,
        }
    }

    /// Whether nothing of the screen below is seen.
    pub(super) fn hides_the_screen(&self) -> bool {
        match self {
            Self::Help(_)
            | Self::Namespaces(_)
            | Self::Palette(_)
            | Self::Contexts(_)
            | Self::Sort(_)
            | Self::Ends(_)
            | Self::Actions(_)
            | Self::Refused(_)
            | Self::Offer(_) => true,
            Self::Ask(_) | Self::Quit => false,
        }
    }

    /// Types.
    pub(super) fn edit(&mut self, key: Key, now: Timestamp) {
        match self {
            Self::Namespaces(state) => state.edit(key),
            Self::Palette(state) => state.edit(key),
            Self::Contexts(state) => state.edit(key),
            Self::Sort(state) => state.edit(key),
            Self::Ends(state) => state.edit(key),
            Self::Ask(state) => state.edit(key),
            Self::Refused(state) => state.swallow(now),
            Self::Help(_) | Self::Offer(_) | Self::Actions(_) | Self::Quit => {}
        }
    }

    /// Runs a command; unless it was the answer, what lay over the screen lies there again.
    pub(super) fn run(mut self, model: &mut Model, id: CommandId, page: usize, out: &mut Vec<Effect>) {
        match (&mut self, id) {
            (Self::Help(_), CommandId::Back | CommandId::Help) => return,
            (Self::Help(state), _) => state.run(id, page),
            (Self::Offer(_), CommandId::Back) => return,
            (Self::Offer(state), _) => state.run(id, page),
            (Self::Actions(_), CommandId::Back) => return,
            (Self::Actions(state), CommandId::Accept) => {
                if let Some(chosen) = state.chosen() {
                    // What does not apply says why, and leaves the choice open.
                    model.overlay = Some(self);
                    return super::run::run(model, chosen, out);
                }
            }
            (Self::Actions(state), _) => state.run(id, page),
            (Self::Ask(_), CommandId::Cancel) => return,
            (Self::Ask(_), CommandId::Accept) => {
                if let Self::Ask(asked) = self {
                    plan::open::answered(model, asked, out);
                }
                return;
            }
            (Self::Ask(_), _) => {}
            (Self::Refused(_), CommandId::Cancel) => {
                if let Self::Refused(state) = self {
                    model.overlay = state.below();
                }
                return;
            }
            (Self::Refused(state), CommandId::Accept) => {
                if state.is_answered(model.session.now) {
                    if let Self::Refused(state) = self {
                        model.overlay = state.below();
                    }
                    return;
                }
                state.swallow(model.session.now);
            }
            (Self::Refused(state), _) => state.swallow(model.session.now),
            (Self::Quit, CommandId::Accept) => return out.push(Effect::Quit),
            (Self::Quit, _)
            | (
                Self::Namespaces(_) | Self::Palette(_) | Self::Contexts(_) | Self::Sort(_) | Self::Ends(_),
                CommandId::Cancel,
            ) => return,
            (Self::Namespaces(state), CommandId::Accept) => {
                if let Some(choice) = state.chosen() {
                    super::run::look_at(model, &choice, out);
                }
                return;
            }
            (Self::Sort(state), CommandId::Accept) => {
                if let Some(column) = state.chosen() {
                    model.releases.choose_order(&model.session, column);
                }
                return;
            }
            (Self::Ends(state), CommandId::Accept) => {
                if let (Some(point), Some(diff)) = (state.chosen(), model.diff_mut()) {
                    diff.choose(state.which, point, out);
                }
                return;
            }
            (Self::Palette(state), CommandId::Accept) => {
                if let Some(command) = state.chosen() {
                    return super::run::run(model, command.id, out);
                }
            }
            (Self::Contexts(state), CommandId::Accept) => {
                if let Some(name) = state.accept() {
                    return super::run::switch(model, &name, out);
                }
            }
            (Self::Namespaces(state), _) => state.run(id, page),
            (Self::Palette(state), _) => state.run(id, page),
            (Self::Contexts(state), _) => state.run(id, page),
            (Self::Sort(state), _) => state.run(id, page),
            (Self::Ends(state), _) => state.run(id, page),
        }
        model.overlay = Some(self);
    }

    /// Brings it up to date with what was taken in.
    pub(super) fn settle(&mut self, session: &Session, page: usize) {
        match self {
            Self::Help(state) => state.settle(help::lines(session, state.context).len(), page),
            Self::Namespaces(state) => state.settle(session, page),
            Self::Palette(state) => state.settle(page),
            Self::Contexts(state) => state.settle(page),
            Self::Sort(state) => state.settle(page),
            Self::Ends(state) => state.settle(session, page),
            Self::Offer(state) => {
                let columns = release::columns(session.size.width);
                state.settle(columns, page, session.setup.glyphs);
            }
            Self::Actions(state) => state.settle(page),
            Self::Ask(_) | Self::Refused(_) | Self::Quit => {}
        }
    }
}
