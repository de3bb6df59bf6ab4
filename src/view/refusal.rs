//! Why an action did not open.

use super::pen::Pen;
use crate::app::refusal::State;
use crate::app::{Area, Model, command::CommandId};
use crate::config::{Context, Role};

pub(super) fn draw(pen: &mut Pen, area: Area, model: &Model, state: &State) {
    let key = |id| model.session.setup.bindings.keys(Context::Prompt, id).next().map(ToString::to_string);
    let keys: Vec<String> = [CommandId::Accept, CommandId::Cancel].into_iter().filter_map(key).collect();
    let swallowed = match state.swallowed {
        0 => "Until then no other key does anything.".to_owned(),
        1 => "1 key came since, and did nothing.".to_owned(),
        count => format!("{count} keys came since, and did nothing."),
    };
    let sentences = [
        format!("{}: {}", state.title, state.reason),
        String::new(),
        "Nothing was done, and nothing was sent.".to_owned(),
        format!("{} goes back. {swallowed}", keys.join(" or ")),
    ];
    pen.sentences(area, &sentences, Role::BannerError);
}
