//! Events of the terminal as messages of the application.

use crossterm::event::{Event, KeyCode, KeyEventKind, KeyModifiers};

use crate::app::{Msg, Size};
use crate::config::{Code, Key};

/// The message of an event; `None` for what means nothing here.
pub(super) fn message(event: &Event) -> Option<Msg> {
    match event {
        Event::Resize(width, height) => Some(Msg::Resized(Size { width: *width, height: *height })),
        Event::Key(key) if key.kind != KeyEventKind::Release => {
            let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
            let alt = key.modifiers.contains(KeyModifiers::ALT);
            let code = match key.code {
                KeyCode::Char(c) if ctrl => Code::Char(c.to_ascii_lowercase()),
                KeyCode::Char(c) => Code::Char(c),
                KeyCode::Enter => Code::Enter,
                KeyCode::Esc => Code::Esc,
                KeyCode::Tab if key.modifiers.contains(KeyModifiers::SHIFT) => Code::BackTab,
                KeyCode::Tab => Code::Tab,
                KeyCode::BackTab => Code::BackTab,
                KeyCode::Backspace => Code::Backspace,
                KeyCode::Delete => Code::Delete,
                KeyCode::Up => Code::Up,
                KeyCode::Down => Code::Down,
                KeyCode::Left => Code::Left,
                KeyCode::Right => Code::Right,
                KeyCode::Home => Code::Home,
                KeyCode::End => Code::End,
                KeyCode::PageUp => Code::PageUp,
                KeyCode::PageDown => Code::PageDown,
                KeyCode::F(number) => Code::F(number),
                _ => return None,
            };
            Some(Msg::Input(Key { code, ctrl, alt }))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossterm::event::KeyEvent;

    #[test]
    fn keys_of_the_terminal_are_those_of_the_keymap() {
        let check = |code, modifiers, expected: &str| {
            let Some(Msg::Input(key)) = message(&Event::Key(KeyEvent::new(code, modifiers))) else { panic!("no key") };
            assert_eq!(key, expected.parse().unwrap());
        };
        check(KeyCode::Char('G'), KeyModifiers::SHIFT, "G");
        check(KeyCode::Char('D'), KeyModifiers::CONTROL, "ctrl-d");
        check(KeyCode::Tab, KeyModifiers::SHIFT, "shift-tab");
        check(KeyCode::Char(' '), KeyModifiers::NONE, "space");
    }
}
