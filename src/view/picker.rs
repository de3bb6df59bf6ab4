//! The choice of a namespace.

use super::pen::{Pen, Side};
use crate::app::picker::{Choice, State};
use crate::app::{Area, text};
use crate::config::Role;

pub(super) fn draw(pen: &mut Pen, area: Area, state: &State) {
    let name = |choice: &Choice| match choice {
        Choice::All => "all namespaces".to_owned(),
        Choice::Known { namespace, .. } | Choice::Unseen(namespace) | Choice::Absent(namespace) => namespace.clone(),
    };
    let width = |choice: &Choice| text::width(&text::clean(&name(choice), pen.glyphs()));
    let widest = state.choices.iter().map(width).max().unwrap_or(0).min(63);
    if state.choices.is_empty()
        && let Some(mut place) = Pen::line(area, 0)
    {
        pen.put(&mut place, "no namespace is called that", Role::Text);
    }
    for (line, choice) in state.choices.iter().skip(state.top).take(area.height.into()).enumerate() {
        let Some(mut place) = Pen::edge(area, line) else { return };
        let selected = state.top + line == state.cursor;
        pen.put(&mut place, if selected { "> " } else { "  " }, Role::Text);
        pen.cell(&mut place, &name(choice), widest, Side::Left, Role::Text);
        match choice {
            Choice::All => {}
            Choice::Unseen(_) => pen.put(&mut place, "not seen so far: watch it", Role::Dim),
            Choice::Absent(_) => {
                pen.put(&mut place, "not among the cluster's namespaces: typed wrong, or new", Role::Mark)
            }
            Choice::Known { releases: 0, partial: true, .. } => pen.put(&mut place, "Secrets forbidden", Role::Mark),
            Choice::Known { releases, failed, partial, .. } => {
                let more = if *partial { "+" } else { "" };
                let plural = if *releases == 1 && !partial { "release" } else { "releases" };
                pen.put(&mut place, &format!("{releases}{more} {plural}"), Role::Dim);
                if *failed > 0 {
                    pen.put(&mut place, &format!(", {failed} failed or stalled"), Role::Failed);
                }
            }
        }
        if selected {
            pen.mark(area, line, Role::Selected);
        }
    }
}
