//! Where what is on the screen: one layout, used by the update for paging and by the view for drawing.

use super::{Model, Overlay, Screen, connection, plan, release};

/// The size of a terminal, in cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Size {
    /// Columns.
    pub width: u16,
    /// Lines.
    pub height: u16,
}

/// The least that everything is laid out for.
pub const LEAST: Size = Size { width: 60, height: 15 };

impl Size {
    /// Whether too little would be seen on it to act upon. Nothing is drawn then but that, and no key counts but the one
    /// to quit: what it does could not be seen.
    #[must_use]
    pub fn is_too_small(self) -> bool {
        self.width < LEAST.width || self.height < LEAST.height
    }

    /// What is laid out for a terminal of this size: on one that is too small the screen stands as if it had the least,
    /// and is found as it was when the terminal grows again.
    fn laid_out(self) -> Self {
        Self { width: self.width.max(LEAST.width), height: self.height.max(LEAST.height) }
    }
}

/// A part of the screen, in cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Area {
    /// Column from the left, from 0.
    pub x: u16,
    /// Line from the top, from 0.
    pub y: u16,
    /// Columns.
    pub width: u16,
    /// Lines; 0 where the part is not shown.
    pub height: u16,
}

/// The parts of the screen, from the top.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Panes {
    /// Program, cluster, counts, connection.
    pub header: Area,
    /// What is wrong with the connection.
    pub banner: Area,
    /// What never scrolls away of the open release.
    pub title: Area,
    /// Its tabs.
    pub tabs: Area,
    /// Heads of columns.
    pub head: Area,
    /// What scrolls.
    pub body: Area,
    /// What is cut of the selected row, or where in a document one is.
    pub detail: Area,
    /// Keys, or what is typed.
    pub footer: Area,
}

/// From this width on the list has all its columns.
pub const WIDE: u16 = 112;
/// From this width on it has the app version too.
pub const WIDEST: u16 = 140;

/// The layout of what is shown now. Where there is little room, the body and the footer go last.
#[must_use]
pub fn layout(size: Size, model: &Model) -> Panes {
    let size = size.laid_out();
    if model.overlay.as_ref().is_some_and(Overlay::hides_the_screen) {
        return Stack::new(size, model).rest(0, 0, 0, 0);
    }
    match model.screens.last() {
        None => list(size, model),
        Some(Screen::Release(state)) => {
            let columns = size.width.saturating_sub(2).into();
            let title = release::title::lines(state, &model.session, columns).len();
            let head = release::head_lines(state, &model.session);
            let detail = if head > 0 && state.tab == release::Tab::Values {
                cut_lines(size).max(2) + u16::from(size.height >= 30)
            } else if head > 0 || matches!(state.tab, release::Tab::Owners | release::Tab::Drift) {
                cut_lines(size)
            } else {
                u16::from(release::has_status(state))
            };
            Stack::new(size, model).rest(u16::try_from(title).unwrap_or(u16::MAX), 1, head, detail)
        }
        Some(Screen::Logs(_)) => Stack::new(size, model).rest(1, 1, 0, 1),
        Some(Screen::Preflight(_) | Screen::Plan(_) | Screen::Many(_) | Screen::Journal(_)) => {
            Stack::new(size, model).rest(2, 0, 0, 0)
        }
        Some(Screen::Diff(state)) => {
            let notices = state.notices(&model.session).len();
            Stack::new(size, model).rest(2, u16::try_from(notices).unwrap_or(u16::MAX), 0, 1)
        }
        Some(Screen::Blame(_)) => Stack::new(size, model).rest(1, 2, 0, cut_lines(size)),
    }
}

/// How many rows of the list are seen, whatever lies over it.
#[must_use]
pub fn list_height(size: Size, model: &Model) -> usize {
    list(size.laid_out(), model).body.height.into()
}

fn list(size: Size, model: &Model) -> Panes {
    let detail = cut_lines(size);
    Stack::new(size, model).rest(0, 0, 1, detail)
}

/// On how many lines it is told what is cut of the selected row.
fn cut_lines(size: Size) -> u16 {
    match (size.height, size.width) {
        (24.., ..WIDE) => 3,
        (20.., _) | (_, ..WIDE) => 2,
        _ => 1,
    }
}

/// Lines given away from the top and the bottom.
struct Stack {
    size: Size,
    next: u16,
    left: u16,
    panes: Panes,
}

impl Stack {
    fn new(size: Size, model: &Model) -> Self {
        let mut stack = Self { size, next: 0, left: size.height, panes: Panes::default() };
        // The footer and one line of the body are kept back.
        stack.left = stack.left.saturating_sub(2);
        let banner = connection::banner(&model.session).len() + plan::banner(model).len();
        stack.panes.header = stack.take(1);
        stack.panes.banner = stack.take(u16::try_from(banner).unwrap_or(u16::MAX));
        stack
    }

    fn take(&mut self, height: u16) -> Area {
        let height = height.min(self.left);
        let area = Area { x: 0, y: self.next, width: self.size.width, height };
        self.next = self.next.saturating_add(height);
        self.left = self.left.saturating_sub(height);
        area
    }

    fn rest(mut self, title: u16, tabs: u16, head: u16, detail: u16) -> Panes {
        // Of a small screen the title may take half.
        let title = title.min((self.left / 2).max(1));
        self.panes.title = self.take(title);
        self.panes.tabs = self.take(tabs);
        self.panes.head = self.take(head);
        let footer = self.size.height.saturating_sub(self.next).min(1);
        let detail = detail.min(self.left);
        let body = self.size.height.saturating_sub(self.next).saturating_sub(footer).saturating_sub(detail);
        let mut down = |height: u16| {
            let area = Area { x: 0, y: self.next, width: self.size.width, height };
            self.next = self.next.saturating_add(height);
            area
        };
        self.panes.body = down(body);
        self.panes.detail = down(detail);
        self.panes.footer = down(footer);
        self.panes
    }
}
