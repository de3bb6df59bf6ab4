//! What every screen has: the header, the banner, the footer.

use ratatui::layout::Position;

use super::ends;
use super::pen::{Pen, Place};
use crate::app::connection::{self, Health};
use crate::app::layout::WIDEST;
use crate::app::release::title::verdict_role;
use crate::app::{Area, Model, Overlay, Panes, Screen, below, command, picker, plan, text};
use crate::config::{Context, Role};
use crate::health::Verdict;

/// Program, context, namespace, counts by verdict, and how the connection is. What is given up first on a narrow line is
/// what is known anyway: the program, then the place; never the connection, nor the counts of what is broken as long as
/// they fit at all.
pub(super) fn header(pen: &mut Pen, area: Area, model: &Model) {
    let Some(mut place) = Pen::line(area, 0) else { return };
    let glyphs = pen.glyphs();
    let wide =
        |pieces: &[Piece]| pieces.iter().map(|(text, _)| text::width(&text::clean(text, glyphs)) + 2).sum::<usize>();
    let counts = counts(model);
    let broken = counts.iter().take_while(|(verdict, ..)| *verdict <= Verdict::Blocked).count();
    let pieces: Vec<Piece> = counts.iter().map(|(verdict, _, text)| (text.clone(), verdict_role(*verdict))).collect();
    let others = |from: usize| {
        let count: usize = counts.iter().skip(from).map(|(_, count, _)| count).sum();
        (format!("+{count} more"), Role::Dim)
    };
    let rest = |from: usize| if from < counts.len() { vec![others(from)] } else { Vec::new() };

    let state = vec![state(model)];
    let hidden: Vec<Piece> =
        connection::hidden(&model.session).into_iter().map(|text| (text, Role::Mark)).chain(state.clone()).collect();
    let bad = wide(pieces.get(..broken).unwrap_or_default());
    let least = bad + wide(&rest(broken));
    let short = model.session.context().is_none_or(|context| text::width(&context) <= 8);
    // One width has one form on every screen, whatever is counted: what is not broken gives way to it.
    let form = if area.width >= WIDEST { 0 } else { 2 };
    let candidates = [
        (form, &hidden, least),
        (2, &hidden, least),
        (3, &hidden, least),
        (4, &hidden, least),
        // The `+` of the counts stands for what is hidden; a context cut to a few letters stands for nothing.
        if short { (5, &hidden, least) } else { (2, &state, least) },
        (3, &state, least),
        (4, &state, least),
        (4, &state, bad),
        (5, &state, bad),
    ];
    let fits =
        |name: usize, right: &[Piece], counts| wide(&named(model, name, glyphs)) + counts + wide(right) <= place.room();
    let (name, right, _) =
        candidates.into_iter().find(|(name, right, counts)| fits(*name, right, *counts)).unwrap_or((5, &state, 0));
    let mut end = place;
    Pen::space(&mut end, place.room().saturating_sub(wide(right)));
    for (text, role) in named(model, name, glyphs) {
        write(pen, &mut place, end, &text, role);
    }
    let room = |place: Place| usize::from(end.x.saturating_sub(place.x));
    for (from, (text, role)) in pieces.iter().enumerate() {
        // What is not broken gives way.
        let after = if from + 1 == counts.len() || from + 1 == broken { 0 } else { wide(&rest(from + 1)) };
        if text.len() + 2 + after > room(place) {
            let (text, role) = others(from);
            if text.len() < room(place) {
                write(pen, &mut place, end, &text, role);
            }
            break;
        }
        write(pen, &mut place, end, text, *role);
    }
    for (text, role) in right {
        Pen::space(&mut end, 2);
        pen.put(&mut end, text, *role);
    }
}

/// A text and its role.
type Piece = (String, Role);

/// Writes a piece of the header and the space after it, not beyond the end.
fn write(pen: &mut Pen, place: &mut Place, end: Place, text: &str, role: Role) {
    let room = usize::from(end.x.saturating_sub(place.x));
    let clean = text::clean(text, pen.glyphs()).into_owned();
    pen.put(place, &text::cut_middle(&clean, room, pen.glyphs()), role);
    Pen::space(place, 2);
}

/// Program and place, the shorter the higher the number.
fn named(model: &Model, short: usize, glyphs: text::Glyphs) -> Vec<Piece> {
    let session = &model.session;
    let context = session.context();
    let context = text::clean(context.as_deref().unwrap_or("-"), glyphs);
    // Where only some namespaces may be tried, they are not all.
    let some = connection::tried(session)
        .map(|count| if count == 1 { "1 namespace".to_owned() } else { format!("{count} namespaces") });
    let namespace = |all: &'static str| session.namespace.as_deref().or(some.as_deref()).unwrap_or(all);
    // Of the path that an ARN is, the last part is the name of the cluster.
    let cluster = context.rsplit('/').next().unwrap_or_default();
    let cut = |columns: usize, all: &'static str| {
        (text::cut_start(cluster, columns, glyphs), text::cut_middle(namespace(all), columns, glyphs))
    };
    let place = match short {
        0 => format!("{context} / {}", namespace("all namespaces")),
        2 => {
            let (context, namespace) = cut(24, "all");
            format!("{context} / {namespace}")
        }
        3 | 4 => {
            let (context, namespace) = cut(if short == 3 { 18 } else { 10 }, "all");
            format!("{context}/{namespace}")
        }
        _ => cut(8, "all").0.into_owned(),
    };
    let program = (short == 0).then(|| ("wheelhouse".to_owned(), Role::Program));
    program.into_iter().chain([(place, Role::Place)]).collect()
}

/// How many there are of each verdict that there is, the worst first, and the words for it.
fn counts(model: &Model) -> Vec<(Verdict, usize, String)> {
    // Where releases may be hidden, no count is the whole truth.
    let session = &model.session;
    let more = if connection::incomplete(session, session.namespace.as_deref()) { "+" } else { "" };
    let counts = model.releases.counts.iter();
    counts.map(|(verdict, count)| (*verdict, *count, format!("{count}{more} {verdict}"))).collect()
}

/// How the watches are doing.
fn state(model: &Model) -> Piece {
    let session = &model.session;
    let role = match connection::health(session) {
        Health::NoCluster | Health::Stale(_) => Role::Stale,
        Health::Connecting | Health::Loading => Role::Loading,
        Health::Live => Role::Live,
    };
    let mut word = connection::word(session);
    if connection::health(session) == Health::Loading {
        word = format!("{word}, {} so far", model.releases.total());
    }
    (word, role)
}

pub(super) fn banner(pen: &mut Pen, area: Area, model: &Model) {
    let all = connection::banner(&model.session).into_iter().chain(plan::banner(model));
    for (line, banner) in all.enumerate() {
        let Some(mut place) = Pen::line(area, line) else { return };
        let role = if banner.error { Role::BannerError } else { Role::BannerNote };
        let sign = if banner.error && !banner.follows { "! " } else { "  " };
        pen.put(&mut place, sign, role);
        pen.put(&mut place, &banner.text, role);
    }
}

/// What is typed or asked, else the result of an action, else the keys, and at the right how much goes on below. Answers
/// where the cursor is, if there is one.
pub(super) fn footer(pen: &mut Pen, panes: &Panes, model: &Model) -> Option<Position> {
    let session = &model.session;
    let area = more(pen, panes, model);
    let mut place = Pen::line(area, 0)?;
    let sought = model.screens.last().and_then(Screen::typing);
    match (&model.overlay, sought.or(model.releases.prompt.as_ref())) {
        (Some(Overlay::Quit), _) => {
            pen.put(&mut place, "quit wheelhouse?  ", Role::Prompt);
            keys(pen, place, model);
            None
        }
        (Some(Overlay::Namespaces(state)), _) => {
            pen.put(&mut place, "namespace: ", Role::Prompt);
            Some(typed(pen, place, &state.input, model, None))
        }
        (Some(Overlay::Sort(state)), _) => {
            pen.put(&mut place, "sort by: ", Role::Prompt);
            Some(typed(pen, place, &state.input, model, None))
        }
        (Some(Overlay::Ends(state)), _) => {
            pen.put(&mut place, ends::prompt(state), Role::Prompt);
            Some(typed(pen, place, &state.input, model, None))
        }
        (Some(Overlay::Ask(state)), _) => {
            pen.put(&mut place, state.question.words(), Role::Prompt);
            Some(typed(pen, place, &state.input, model, None))
        }
        (None, Some(input)) if sought.is_some() => {
            if let Some(Screen::Plan(state)) = model.screens.last() {
                let (prompt, said) = super::plan::prompt(state, input);
                pen.put(&mut place, &prompt, Role::Prompt);
                return Some(typed(pen, place, input, model, said));
            }
            pen.put(&mut place, "/", Role::Prompt);
            Some(typed(pen, place, input, model, None))
        }
        (Some(Overlay::Contexts(state)), _) => {
            pen.put(&mut place, "context: ", Role::Prompt);
            Some(typed(pen, place, &state.input, model, None))
        }
        (Some(Overlay::Palette(state)), _) => {
            pen.put(&mut place, ":", Role::Prompt);
            Some(typed(pen, place, &state.input, model, None))
        }
        (None, Some(input)) if model.screens.is_empty() => {
            pen.put(&mut place, "/", Role::Prompt);
            let fault = model.releases.filter.fault().unwrap_or_default();
            let others = candidates(model);
            let said = if fault.is_empty() { (others.as_str(), Role::Dim) } else { (fault, Role::PromptError) };
            Some(typed(pen, place, input, model, Some(said).filter(|(text, _)| !text.is_empty())))
        }
        (Some(Overlay::Help(_) | Overlay::Offer(_) | Overlay::Actions(_) | Overlay::Refused(_)) | None, _) => {
            match session.shown_toast() {
                Some(toast) => pen.put(&mut place, toast, Role::Toast),
                None => keys(pen, place, model),
            }
            None
        }
    }
}

/// Writes at the right of the footer how much goes on below what is seen, and answers what is left of the footer. Where
/// something is said that concerns the last key, there is no room for it.
fn more(pen: &mut Pen, panes: &Panes, model: &Model) -> Area {
    let area = panes.footer;
    let count = below(model, panes);
    let said = match &model.overlay {
        Some(Overlay::Quit | Overlay::Ask(_) | Overlay::Refused(_)) => true,
        Some(Overlay::Help(_) | Overlay::Offer(_) | Overlay::Actions(_)) | None => {
            model.session.shown_toast().is_some() || model.context() == Context::Prompt
        }
        Some(
            Overlay::Namespaces(_) | Overlay::Sort(_) | Overlay::Contexts(_) | Overlay::Palette(_) | Overlay::Ends(_),
        ) => false,
    };
    if count == 0 || said {
        return area;
    }
    let key = model.session.setup.bindings.keys(model.context(), command::CommandId::PageDown).next();
    let key = key.map(|key| format!(", {key}")).unwrap_or_default();
    let text = format!("{count} more{key}");
    let taken = u16::try_from(text::width(&text)).unwrap_or(u16::MAX).min(area.width);
    let left = area.width.saturating_sub(taken);
    let right = Area { x: area.x.saturating_add(left), width: taken, ..area };
    if let Some(mut place) = Pen::edge(right, 0) {
        pen.put(&mut place, &text, Role::Mark);
    }
    Area { width: left.saturating_sub(2), ..area }
}

/// What else the completed word may become, the next one first.
fn candidates(model: &Model) -> String {
    let Some(completion) = model.releases.completion.as_ref().filter(|one| one.candidates.len() > 1) else {
        return String::new();
    };
    let next = completion.candidates.iter().cycle().skip(completion.chosen + 1);
    let others: Vec<&str> = next.take(completion.candidates.len() - 1).map(String::as_str).collect();
    format!("or {}", others.join("  "))
}

/// A line that is typed, and what is to be said of it, else its keys.
fn typed(
    pen: &mut Pen,
    mut place: Place,
    input: &tui_input::Input,
    model: &Model,
    said: Option<(&str, Role)>,
) -> Position {
    let start = place;
    let before: String = input.value().chars().take(input.cursor()).collect();
    let before = text::width(&text::clean(&before, pen.glyphs()));
    // What is longer than the line is seen from its end.
    let hidden = before.saturating_sub(place.room().saturating_sub(2));
    let shown = picker::shown(input, &model.session);
    if hidden == 0 {
        pen.put(&mut place, &shown, Role::Text);
    } else {
        pen.window(place, &shown, hidden, &[]);
        Pen::space(&mut place, usize::MAX);
    }
    let mut cursor = start;
    Pen::space(&mut cursor, before - hidden);
    Pen::space(&mut place, 3);
    match said {
        Some((text, role)) => pen.put(&mut place, text, role),
        None => keys(pen, place, model),
    }
    Position { x: cursor.x, y: cursor.line() }
}

/// The keys that count now, as far as there is room.
fn keys(pen: &mut Pen, mut place: Place, model: &Model) {
    let context = model.context();
    if !model.typed.is_empty() {
        for key in &model.typed {
            pen.put(&mut place, &format!("{key} "), Role::Key);
        }
        pen.put(&mut place, "...", Role::KeyTitle);
        return;
    }
    let first_key = |id| model.session.setup.bindings.keys(context, id).next().map(ToString::to_string);
    // The way to all the other keys is not the one to go without room, nor is the way out of a release.
    let kept = |id| {
        let key = command::find(id).filter(|row| row.footer && context != Context::Confirm).and(first_key(id));
        key.map_or(0, |key| text::width(&key) + 3 + command::find(id).map_or(0, |row| text::width(row.title)))
    };
    let back = if context == Context::Release { kept(command::CommandId::Back) } else { 0 };
    let help = kept(command::CommandId::Help);
    let mut kept = back + help;
    for row in command::TABLE.iter().filter(|row| row.footer && (row.disabled)(model).is_none()) {
        let Some(key) = first_key(row.id) else { continue };
        let title = match context {
            Context::Confirm if row.id == command::CommandId::Accept => "yes",
            Context::Confirm if row.id == command::CommandId::Cancel => "no",
            Context::Confirm => continue,
            _ => row.title,
        };
        match row.id {
            command::CommandId::Back => kept = help,
            command::CommandId::Help => kept = 0,
            _ => {}
        }
        if text::width(&key) + 1 + text::width(title) + kept > place.room() {
            continue;
        }
        pen.put(&mut place, &key, Role::Key);
        pen.put(&mut place, &format!(" {title}"), Role::KeyTitle);
        Pen::space(&mut place, 2);
    }
}
