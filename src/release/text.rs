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

/// The text with every character replaced that a terminal would act on or that would deceive the eye: C0 and C1
/// controls, bidirectional overrides, invisible characters. What is replaced stays visible, as `^[` for escape and
/// `<U+202E>` for the rest.
#[must_use]
pub fn harmless(text: &str, lines: Lines) -> Cow<'_, str> {
    let harmful = |c: char| is_harmful(c) && !(lines == Lines::Keep && matches!(c, '\n' | '\t'));
    if !text.contains(harmful) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            c if !harmful(c) => out.push(c),
            '\n' | '\t' | '\r' => out.push(' '),
            '\0'..='\x1f' => {
                out.push('^');
                out.push(char::from_u32(u32::from(c) + 0x40).unwrap_or('?'));
            }
            c => out.push_str(&format!("<U+{:04X}>", u32::from(c))),
        }
    }
    Cow::Owned(out)
}

fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00AD}' | '\u{061C}' | '\u{180E}'
            | '\u{200B}' | '\u{200E}' | '\u{200F}'
            | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
            | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
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
        check("\x7f", Lines::Keep, "<U+007F>");
    }
}
