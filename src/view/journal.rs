//! What was done from here.

use super::passages;
use super::pen::Pen;
use crate::app::journal::State;
use crate::app::{Model, Panes};

pub(super) fn draw(pen: &mut Pen, panes: &Panes, model: &Model, state: &State) {
    for (line, pieces) in state.title(&model.session).iter().enumerate() {
        let Some(mut place) = Pen::line(panes.title, line) else { break };
        for (text, role) in pieces {
            pen.put(&mut place, text, *role);
        }
    }
    passages::draw(pen, panes.body, &state.passages);
}
