//! The log of a container.

use super::document::{self, Text};
use super::pen::Pen;
use crate::app::logs::{Reading, State};
use crate::app::release::why::severity_role;
use crate::app::{Area, Panes, text};
use crate::config::Role;

pub(super) fn draw(pen: &mut Pen, panes: &Panes, state: &State) {
    title(pen, panes.title, state);
    containers(pen, panes.tabs, state);
    if state.is_empty() {
        let (lines, error) = nothing(state);
        pen.sentences(panes.body, &lines, if error { Role::BannerError } else { Role::Strong });
        return;
    }
    let shown = Text {
        lines: &state.buffer,
        scroll: state.scroll,
        colours: None,
        matches: (!state.sought.is_empty()).then_some(&state.matches),
        at: state.at,
        wrapped: state.wrapped,
    };
    document::draw(pen, panes.body, &shown);
    // How the log is doing stands at the right, where the eye is that waits for its next line.
    let (said, role) = said(state);
    let taken = text::width(&text::clean(&said, pen.glyphs())) + 2;
    let taken = u16::try_from(taken).unwrap_or(u16::MAX).min(panes.detail.width / 2);
    let left = Area { width: panes.detail.width.saturating_sub(taken), ..panes.detail };
    document::status(pen, left, panes.body, &shown, &state.sought);
    let right = Area { x: left.width, width: taken, ..panes.detail };
    if let Some(mut place) = Pen::edge(right, 0) {
        pen.put(&mut place, &said, role);
    }
}

fn title(pen: &mut Pen, area: Area, state: &State) {
    let Some(mut place) = Pen::line(area, 0) else { return };
    pen.put(&mut place, &format!("{}, {}  ", state.run_words(), state.since.words()), Role::Dim);
    pen.put(&mut place, &format!("{}/{}", state.pod.namespace, state.pod.name), Role::Strong);
    if state.buffer.dropped() > 0 {
        pen.put(&mut place, &format!("   {} older lines dropped", state.buffer.dropped()), Role::Mark);
    }
}

/// The containers as tabs, and how the one that is shown is doing.
fn containers(pen: &mut Pen, area: Area, state: &State) {
    let Some(mut place) = Pen::line(area, 0) else { return };
    for container in &state.containers {
        let open = container.name == state.container;
        let (before, after, role) = if open { ("[", "]", Role::TabOpen) } else { (" ", " ", Role::Tab) };
        let init = if container.init { "init " } else { "" };
        pen.put(&mut place, &format!("{before}{init}{}{after}", container.name), role);
    }
    if let Some(container) = state.shown() {
        Pen::space(&mut place, 2);
        let times = match container.restarts {
            0 => String::new(),
            1 => ", 1 restart".to_owned(),
            count => format!(", {count} restarts"),
        };
        pen.put(&mut place, &format!("{}{times}", container.state), severity_role(container.severity));
    }
}

/// Why there is no line.
fn nothing(state: &State) -> (Vec<String>, bool) {
    let waits = state.shown().filter(|container| container.state.starts_with("waiting"));
    match &state.reading {
        Reading::Failed(problem) => {
            let mut lines = vec![problem.cause.clone()];
            lines.extend(Some(problem.hint.clone()).filter(|hint| !hint.is_empty()));
            lines.extend(waits.map(|container| format!("{} is {}", container.name, container.state)));
            (lines, true)
        }
        Reading::Open(_) => {
            let mut lines = vec!["no line yet".to_owned()];
            lines.extend(waits.map(|container| format!("{} is {}", container.name, container.state)));
            (lines, false)
        }
        Reading::Ended if state.previous => (vec!["that run wrote nothing".to_owned()], false),
        Reading::Ended => (vec!["the log is empty, and the container has ended".to_owned()], false),
    }
}

/// How the log is doing.
fn said(state: &State) -> (String, Role) {
    match &state.reading {
        Reading::Failed(problem) => (format!("broke off: {}", problem.cause), Role::BannerError),
        Reading::Ended => ("end of the log".to_owned(), Role::Dim),
        Reading::Open(_) if state.follows => ("following".to_owned(), Role::Live),
        Reading::Open(_) => ("not following".to_owned(), Role::Mark),
    }
}
