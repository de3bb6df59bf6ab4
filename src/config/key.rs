//! Keys as the application knows them, free of any terminal library, and their spelling in a keymap.

use std::fmt;
use std::str::FromStr;

use super::fault::nearest;

/// Which key, without modifiers. Shift is part of a character: `G` is `Char('G')`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Code {
    /// A character.
    Char(char),
    /// Enter or return.
    Enter,
    /// Escape.
    Esc,
    /// Tab.
    Tab,
    /// Shift and tab.
    BackTab,
    /// Backspace.
    Backspace,
    /// Delete.
    Delete,
    /// Arrow up.
    Up,
    /// Arrow down.
    Down,
    /// Arrow left.
    Left,
    /// Arrow right.
    Right,
    /// Home.
    Home,
    /// End.
    End,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
    /// A function key.
    F(u8),
}

/// A key with its modifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// Which key.
    pub code: Code,
    /// With ctrl.
    pub ctrl: bool,
    /// With alt.
    pub alt: bool,
}

/// Keys pressed one after the other.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Sequence(pub Vec<Key>);

/// Spellings; the first one of a code is the one that is shown.
const NAMES: &[(&str, Code)] = &[
    ("enter", Code::Enter),
    ("return", Code::Enter),
    ("esc", Code::Esc),
    ("escape", Code::Esc),
    ("space", Code::Char(' ')),
    ("tab", Code::Tab),
    ("shift-tab", Code::BackTab),
    ("backtab", Code::BackTab),
    ("backspace", Code::Backspace),
    ("delete", Code::Delete),
    ("up", Code::Up),
    ("down", Code::Down),
    ("left", Code::Left),
    ("right", Code::Right),
    ("home", Code::Home),
    ("end", Code::End),
    ("pageup", Code::PageUp),
    ("pgup", Code::PageUp),
    ("pagedown", Code::PageDown),
    ("pgdn", Code::PageDown),
];

impl Key {
    /// A key without modifiers.
    #[must_use]
    pub fn plain(code: Code) -> Self {
        Self { code, ctrl: false, alt: false }
    }

    /// A character without modifiers.
    #[must_use]
    pub fn char(c: char) -> Self {
        Self::plain(Code::Char(c))
    }

    /// The character that the key types into a prompt, if it types one.
    #[must_use]
    pub fn typed(self) -> Option<char> {
        match self.code {
            Code::Char(c) if !self.ctrl && !self.alt => Some(c),
            _ => None,
        }
    }
}

impl FromStr for Key {
    type Err = String;

    /// Reads `G`, `?`, `enter`, `ctrl-d`, `alt-x`, `f5`. Ctrl and a letter are one key however the letter is written,
    /// because terminals do not tell them apart.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (mut rest, mut ctrl, mut alt) = (text, false, false);
        loop {
            if let Some(more) = rest.strip_prefix("ctrl-").filter(|more| !more.is_empty()) {
                (rest, ctrl) = (more, true);
            } else if let Some(more) = rest.strip_prefix("alt-").filter(|more| !more.is_empty()) {
                (rest, alt) = (more, true);
            } else {
                break;
            }
        }
        let mut chars = rest.chars();
        let code = match (chars.next(), chars.next()) {
            (Some(c), None) if !c.is_control() && !c.is_whitespace() => {
                Code::Char(if ctrl { c.to_ascii_lowercase() } else { c })
            }
            _ => named(rest).ok_or_else(|| format!("\"{text}\" is no key"))?,
        };
        Ok(Self { code, ctrl, alt })
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.ctrl {
            f.write_str("ctrl-")?;
        }
        if self.alt {
            f.write_str("alt-")?;
        }
        if let Some((name, _)) = NAMES.iter().find(|(_, code)| *code == self.code) {
            return f.write_str(name);
        }
        match self.code {
            Code::Char(c) => write!(f, "{c}"),
            Code::F(number) => write!(f, "f{number}"),
            other => write!(f, "{other:?}"),
        }
    }
}

impl FromStr for Sequence {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let keys = text.split_whitespace().map(str::parse).collect::<Result<Vec<Key>, _>>()?;
        if keys.is_empty() { Err("no key is given".to_owned()) } else { Ok(Self(keys)) }
    }
}

impl fmt::Display for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, key) in self.0.iter().enumerate() {
            if place > 0 {
                f.write_str(" ")?;
            }
            write!(f, "{key}")?;
        }
        Ok(())
    }
}

/// What keys that cannot be read were probably meant to be: other programs write them in other ways, and names may be
/// mistyped.
pub(super) fn meant(text: &str) -> Option<String> {
    let lower = text.trim_matches(['<', '>']).to_lowercase().replace('+', "-");
    let emacs =
        lower.replace("ctl-", "ctrl-").replace("control-", "ctrl-").replace("c-", "ctrl-").replace("m-", "alt-");
    let shifted = lower.strip_prefix("shift-").map(str::to_uppercase).unwrap_or_default();
    let apart = text.chars().map(String::from).collect::<Vec<_>>().join(" ");
    let readable = |spelled: &String| spelled.parse::<Sequence>().is_ok();
    let spelled = [shifted, lower, emacs].into_iter().find(readable);
    let near = || nearest(text, NAMES.iter().map(|(name, _)| *name)).map(str::to_owned);
    // A word of several letters is rather a name than a sequence.
    let sequence = text.len() < 4 && text.chars().all(char::is_alphabetic) && readable(&apart);
    spelled.or_else(near).or(sequence.then_some(apart))
}

fn named(text: &str) -> Option<Code> {
    let number = || text.strip_prefix('f')?.parse().ok().filter(|number| (1..=24).contains(number)).map(Code::F);
    NAMES.iter().find(|(name, _)| *name == text).map(|(_, code)| *code).or_else(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_other_programs_write_in_other_ways_are_suggested_in_ours() {
        let check = |text: &str, expected: Option<&str>| assert_eq!(meant(text).as_deref(), expected, "{text}");
        check("Ctrl-D", Some("ctrl-d"));
        check("<C-d>", Some("ctrl-d"));
        check("M-x", Some("alt-x"));
        check("ctrl+x ctrl+s", Some("ctrl-x ctrl-s"));
        check("Shift-G", Some("G"));
        check("gg", Some("g g"));
        check("Enter", Some("enter"));
        check("pagup", Some("pageup"));
        check("f99", None);
        check("nonsense", None);
    }

    #[test]
    fn keys_are_read_and_shown() {
        let check = |text: &str, expected: Result<&str, &str>| {
            let read = text.parse::<Sequence>().map(|sequence| sequence.to_string());
            assert_eq!(read.as_deref().map_err(String::as_str), expected, "{text}");
        };
        check("g g", Ok("g g"));
        check("G", Ok("G"));
        check("ctrl-D", Ok("ctrl-d"));
        check("ctrl-alt-x", Ok("ctrl-alt-x"));
        check("pgdn", Ok("pagedown"));
        check("space", Ok("space"));
        check("-", Ok("-"));
        check("ctrl--", Ok("ctrl--"));
        check("f5", Ok("f5"));
        check("f99", Err("\"f99\" is no key"));
        check("entr", Err("\"entr\" is no key"));
        check("", Err("no key is given"));
    }
}
