//! What happened to a release, by time.

use super::passages;
use super::pen::Pen;
use crate::app::release::timeline::{Narrowed, State};
use crate::app::{Model, Panes, age};
use crate::config::Role;

pub(super) fn draw(pen: &mut Pen, panes: &Panes, model: &Model, state: &State) {
    if let Some(mut place) = Pen::line(panes.head, 0) {
        let session = &model.session;
        let zone = age::zone(&session.setup.zone, session.now);
        pen.put(&mut place, &format!("  TIME ({zone}), oldest first"), Role::TableHead);
        let (shown, all) = state.counts();
        let said = match state.narrowed {
            Narrowed::All => String::new(),
            Narrowed::Changes | Narrowed::Failures => format!("   {}: {shown} of {all}", state.narrowed.words()),
        };
        pen.put(&mut place, &said, Role::Mark);
    }
    passages::draw(pen, panes.body, &state.passages);
}
