//! The choice of a context.

use super::pen::{Pen, Side};
use crate::app::contexts::State;
use crate::app::loadable::Loadable;
use crate::app::{Area, text};
use crate::config::Role;
use crate::release::ContextEntry;

pub(super) fn draw(pen: &mut Pen, area: Area, state: &State) {
    let mut say = |line: usize, words: &str, role| {
        if let Some(mut place) = Pen::line(area, line) {
            pen.put(&mut place, words, role);
        }
    };
    match &state.listed {
        Loadable::Idle | Loadable::Loading(_) => say(0, "reading the kubeconfig", Role::Loading),
        Loadable::Failed(problem) => {
            say(0, &problem.cause, Role::BannerError);
            say(1, &problem.hint, Role::BannerNote);
        }
        Loadable::Ready(all) if all.is_empty() => say(0, "the kubeconfig has no contexts", Role::Text),
        Loadable::Ready(_) if state.choices.is_empty() => say(0, "no context is called that", Role::Text),
        Loadable::Ready(_) => list(pen, area, state),
    }
}

/// The cluster comes last: its name may be as long as a cloud likes, and takes what is left.
fn list(pen: &mut Pen, area: Area, state: &State) {
    let widest = |of: fn(&ContextEntry) -> &str| {
        let width = |entry: &ContextEntry| text::width(&text::clean(of(entry), pen.glyphs()));
        state.choices.iter().map(width).max().unwrap_or(0).min((area.width / 3).into())
    };
    let columns = [widest(|entry| &entry.name), widest(|entry| &entry.user), widest(namespace)];
    for (line, entry) in state.choices.iter().skip(state.top).take(area.height.into()).enumerate() {
        let Some(mut place) = Pen::edge(area, line) else { return };
        let selected = state.top + line == state.cursor;
        let current = state.current.as_ref() == Some(&entry.name);
        let [name, user, inside] = columns;
        pen.put(&mut place, if selected { "> " } else { "  " }, Role::Text);
        pen.cell(&mut place, &entry.name, name, Side::Left, Role::Text);
        pen.cell(&mut place, if current { "now" } else { "" }, 3, Side::Left, Role::Live);
        for (title, value, width) in [("user ", entry.user.as_str(), user), ("namespace ", namespace(entry), inside)] {
            pen.put(&mut place, title, Role::Dim);
            pen.cell(&mut place, value, width, Side::Left, Role::Text);
        }
        pen.put(&mut place, "cluster ", Role::Dim);
        pen.put(&mut place, &entry.cluster, Role::Text);
        if selected {
            pen.mark(area, line, Role::Selected);
        }
    }
}

fn namespace(entry: &ContextEntry) -> &str {
    entry.namespace.as_deref().unwrap_or("default")
}
