//! Text from the cluster, made harmless. Names, labels, messages and manifests are data of whoever may write them:
//! no control character of theirs reaches a terminal.

use std::borrow::Cow;

/// How text is shown that may hold several lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lines {
    /// Line feeds and tabs stay.
    Keep,
    /// Everything goes on one line.
    Join,
}

/// The text with every character replaced that a terminal would act on or that would deceive the eye.
#[must_use]
pub fn harmless(text: &str, lines: Lines) -> Cow<'_, str> {
    let stays = |c: char| !is_hostile(c) || (lines == Lines::Keep && matches!(c, '\n' | '\t'));
    if text.chars().all(stays) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            c if stays(c) => out.push(c),
            '\n' | '\t' | '\r' => out.push(' '),
            c => escape(c, &mut out),
        }
    }
    Cow::Owned(out)
}

/// Whether a terminal would act on it, or it reorders, hides or joins what is around it: controls, bidirectional
/// overrides, invisible characters.
#[must_use]
pub fn is_hostile(c: char) -> bool {
    matches!(c,
        '\0'..='\x1f' | '\x7f'..='\u{9f}'
        | '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// Writes a character as something that can be seen: `^[` for escape, `<U+202E>` for what has no such name.
pub fn escape(c: char, out: &mut String) {
    match u32::from(c) {
        code @ 0..=0x1f => {
            out.push('^');
            out.push(char::from_u32(code + 0x40).unwrap_or('?'));
        }
        0x7f => out.push_str("^?"),
        code => out.push_str(&format!("<U+{code:04X}>")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_acts_on_is_shown_instead() {
        let check = |text: &str, lines, expected: &str| assert_eq!(harmless(text, lines), expected, "{text:?}");
        check("plain", Lines::Join, "plain");
        check("\x1b]52;c;aGk=\x07", Lines::Keep, "^[]52;c;aGk=^G");
        check("a\nb\tc", Lines::Keep, "a\nb\tc");
        check("a\r\nb\tc", Lines::Join, "a  b c");
        check("a\r\nb", Lines::Keep, "a \nb");
        check("\u{9b}31m", Lines::Keep, "<U+009B>31m");
        check("invoice\u{202e}gpj.exe", Lines::Join, "invoice<U+202E>gpj.exe");
        check("日本 عربي e\u{301}", Lines::Join, "日本 عربي e\u{301}");
        check("\x7f", Lines::Keep, "^?");
    }
}
