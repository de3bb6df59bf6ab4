//! Bytes of the terminal as keys.
//!
//! Read by hand, because a terminal may also answer questions, and its answers come on the same line: what is no key is
//! taken in whole and is never mistaken for keys, however late it comes and into however many pieces it is cut.
//! The sequences are those of xterm (<https://invisible-island.net/xterm/ctlseqs/ctlseqs.html>), of the Linux console
//! (`ESC [ [ A`) and of rxvt (`ESC [ 7 ~`).

use std::time::Duration;

use crate::config::{Background, Code, Key};

/// What a terminal sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Heard {
    /// A key.
    Key(Key),
    /// A text that was pasted.
    Pasted(String),
    /// Its background, as it was asked for.
    Background(Background),
    /// What it is, which every terminal answers, and in turn: whatever was asked before it will not be answered any more.
    Attributes,
}

/// After this long, an escape that nothing followed is the key. Longer than the pieces of one sequence lie apart on a
/// slow line, shorter than a person waits.
const ESCAPE: Duration = Duration::from_millis(50);
/// After this long, a sequence that does not end is given up.
const SEQUENCE: Duration = Duration::from_secs(1);
/// Of a sequence no more than this is kept: no key and no answer that is waited for is longer.
const LONGEST: usize = 64;

/// After this long without a byte, a paste whose end does not come is over. Long, because what came after an end that is believed
/// too soon would be keys.
const PASTE: Duration = Duration::from_secs(10);
/// Of a paste no more than this is kept: no line takes more.
const LONGEST_PASTE: usize = 4096;
/// What ends a paste.
const PASTED: &[u8] = b"\x1b[201~";

const ESC: u8 = 0x1b;
const BEL: u8 = 0x07;

/// What is being read.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum State {
    #[default]
    Background,
    /// A character of UTF-8 of this many bytes.
    Character(usize),
    /// After ESC.
    Escape,
    /// After ESC O.
    Single,
    /// After ESC [.
    Control,
    /// After ESC [ [, as the Linux console spells its function keys.
    Console,
    /// After ESC ], ESC P, ESC X, ESC ^ or ESC _: an answer, up to its end.
    Answer,
    /// After ESC within an answer.
    AnswerEscape,
    /// Within a paste, after so many bytes of what ends it.
    Paste(usize),
}

/// Takes in bytes one by one.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    state: State,
    /// Of the present sequence, without what opened it.
    bytes: Vec<u8>,
    alt: bool,
}

impl Decoder {
    /// How long to wait for more, when what came so far may be the beginning of something.
    pub(super) fn patience(&self) -> Option<Duration> {
        match self.state {
            State::Background => None,
            State::Escape | State::Single => Some(ESCAPE),
            State::Answer | State::Control if self.bytes.is_empty() => Some(ESCAPE),
            State::Character(_) | State::Control | State::Console | State::Answer | State::AnswerEscape => {
                Some(SEQUENCE)
            }
            State::Paste(_) => Some(PASTE),
        }
    }

    /// Takes in that nothing more came: what was read so far stands for itself, or for nothing.
    pub(super) fn give_up(&mut self) -> Option<Heard> {
        let alt = |c: char| Some(Key { alt: true, ..Key::char(c) });
        let opened = match self.state {
            State::Escape => Some(Key::plain(Code::Esc)),
            State::Single => alt('O'),
            State::Control if self.bytes.is_empty() => alt('['),
            // The others that open an answer are letters that nobody presses with alt here.
            State::Answer if self.bytes.is_empty() => alt(']'),
            State::Background
            | State::Character(_)
            | State::Control
            | State::Console
            | State::Answer
            | State::AnswerEscape
            | State::Paste(_) => None,
        };
        self.begin(State::Background);
        self.alt = false;
        opened.map(Heard::Key)
    }

    pub(super) fn push(&mut self, byte: u8) -> Option<Heard> {
        match self.state {
            State::Background => self.first(byte),
            State::Character(length) => {
                if byte & 0xc0 != 0x80 {
                    self.begin(State::Background);
                    return self.first(byte);
                }
                self.bytes.push(byte);
                if self.bytes.len() < length {
                    return None;
                }
                let typed = std::str::from_utf8(&self.bytes).ok().and_then(|text| text.chars().next());
                let typed = typed.filter(|c| !c.is_control());
                typed.and_then(|c| self.key(Key::char(c))).or_else(|| self.nothing())
            }
            State::Escape => match byte {
                b'[' => self.begin(State::Control),
                b'O' => self.begin(State::Single),
                b']' | b'P' | b'X' | b'^' | b'_' => self.begin(State::Answer),
                ESC => {
                    // Pressed twice, or once before a sequence: the first one stands for itself.
                    self.begin(State::Escape);
                    Some(Heard::Key(Key::plain(Code::Esc)))
                }
                _ => {
                    self.begin(State::Background);
                    self.alt = true;
                    self.first(byte)
                }
            },
            State::Single => {
                let code = cursor_key(byte).or(match byte {
                    b'M' => Some(Code::Enter),
                    b'j'..=b'y' => Some(Code::Char(char::from(byte - 0x40))),
                    _ => None,
                });
                code.and_then(|code| self.key(Key::plain(code))).or_else(|| self.nothing())
            }
            State::Console => {
                let code = matches!(byte, b'A'..=b'E').then(|| Code::F(byte - b'A' + 1));
                code.and_then(|code| self.key(Key::plain(code))).or_else(|| self.nothing())
            }
            State::Control => match byte {
                b'[' if self.bytes.is_empty() => self.begin(State::Console),
                0x20..=0x3f => self.keep(byte),
                b'~' if self.bytes == b"200" => self.begin(State::Paste(0)),
                0x40..=0x7e => {
                    let heard = control(&self.bytes, byte);
                    self.nothing();
                    heard
                }
                ESC => self.begin(State::Escape),
                _ => self.nothing(),
            },
            State::Answer => match byte {
                BEL => self.answered(),
                ESC => {
                    self.state = State::AnswerEscape;
                    None
                }
                0x20..=0xff => self.keep(byte),
                // Not a part of any answer: a key that was pressed because nothing happened any more.
                _ => {
                    self.nothing();
                    self.first(byte)
                }
            },
            State::Paste(matched) => self.paste(matched, byte),
            State::AnswerEscape => {
                let heard = self.answered();
                if byte == b'\\' {
                    return heard;
                }
                self.begin(State::Escape);
                self.push(byte)
            }
        }
    }

    fn first(&mut self, byte: u8) -> Option<Heard> {
        let ctrl = |c: char| Key { ctrl: true, ..Key::char(c) };
        let key = match byte {
            ESC => return self.begin(State::Escape),
            b'\t' => Key::plain(Code::Tab),
            b'\r' => Key::plain(Code::Enter),
            // Which of the two the key sends differs by terminal.
            0x08 | 0x7f => Key::plain(Code::Backspace),
            0x00 => ctrl(' '),
            0x01..=0x1a => ctrl(char::from(byte + 0x60)),
            0x1c..=0x1f => ctrl(char::from(byte + 0x40)),
            b' '..=b'~' => Key::char(char::from(byte)),
            0xc2..=0xf4 => {
                let length = if byte < 0xe0 { 2 } else { 3 + usize::from(byte >= 0xf0) };
                self.begin(State::Character(length));
                return self.keep(byte);
            }
            _ => return self.nothing(),
        };
        self.key(key)
    }

    /// Takes in a byte of a paste. Escapes in it are those of its end: terminals take all others out.
    fn paste(&mut self, matched: usize, byte: u8) -> Option<Heard> {
        let matched = match PASTED.get(matched) {
            Some(next) if *next == byte => matched + 1,
            Some(_) | None => usize::from(byte == ESC),
        };
        if matched == PASTED.len() {
            let text = String::from_utf8_lossy(&self.bytes).into_owned();
            self.nothing();
            return Some(Heard::Pasted(text));
        }
        self.state = State::Paste(matched);
        if matched == 0 && self.bytes.len() < LONGEST_PASTE {
            self.bytes.push(byte);
        }
        None
    }

    fn begin(&mut self, state: State) -> Option<Heard> {
        self.state = state;
        self.bytes.clear();
        None
    }

    fn nothing(&mut self) -> Option<Heard> {
        self.alt = false;
        self.begin(State::Background)
    }

    fn keep(&mut self, byte: u8) -> Option<Heard> {
        if self.bytes.len() < LONGEST {
            self.bytes.push(byte);
        }
        None
    }

    fn key(&mut self, key: Key) -> Option<Heard> {
        let key = Key { alt: key.alt || self.alt, ..key };
        self.nothing();
        Some(Heard::Key(key))
    }

    fn answered(&mut self) -> Option<Heard> {
        let ground = std::str::from_utf8(&self.bytes).ok().and_then(ground);
        self.nothing();
        ground.map(Heard::Background)
    }
}

fn cursor_key(last: u8) -> Option<Code> {
    Some(match last {
        b'A' => Code::Up,
        b'B' => Code::Down,
        b'C' => Code::Right,
        b'D' => Code::Left,
        b'H' => Code::Home,
        b'F' => Code::End,
        b'P'..=b'S' => Code::F(last - b'P' + 1),
        _ => return None,
    })
}

/// What `ESC [ bytes last` means; `None` for what is no key.
fn control(bytes: &[u8], last: u8) -> Option<Heard> {
    if last == b'c' && bytes.first() == Some(&b'?') {
        return Some(Heard::Attributes);
    }
    let text = std::str::from_utf8(bytes).ok()?;
    let mut numbers = Vec::new();
    for field in text.split(';') {
        // Of `97:65`, as kitty spells a key and what it is with shift, the first counts.
        let field = field.split(':').next().unwrap_or_default();
        numbers.push(if field.is_empty() { 1 } else { field.parse::<u32>().ok()? });
    }
    let number = |place: usize| numbers.get(place).copied().unwrap_or(1);
    let (code, modifiers) = match last {
        b'Z' => (Code::BackTab, number(1)),
        b'~' if number(0) == 27 => (typed(number(2))?, number(1)),
        b'~' => (numbered_key(number(0))?, number(1)),
        b'u' => (typed(number(0))?, number(1)),
        // With another first number it is an answer that says where the cursor is.
        _ if number(0) == 1 => (cursor_key(last)?, number(1)),
        _ => return None,
    };
    let modifiers = modifiers.saturating_sub(1);
    let code = if code == Code::Tab && modifiers & 1 != 0 { Code::BackTab } else { code };
    Some(Heard::Key(Key { code, alt: modifiers & 2 != 0, ctrl: modifiers & 4 != 0 }))
}

fn numbered_key(number: u32) -> Option<Code> {
    Some(match number {
        1 | 7 => Code::Home,
        3 => Code::Delete,
        4 | 8 => Code::End,
        5 => Code::PageUp,
        6 => Code::PageDown,
        11..=15 => Code::F(u8::try_from(number - 10).ok()?),
        17..=21 => Code::F(u8::try_from(number - 11).ok()?),
        23 | 24 => Code::F(u8::try_from(number - 12).ok()?),
        _ => return None,
    })
}

/// A key that is told by its character, as terminals do when a program before us asked for it.
fn typed(number: u32) -> Option<Code> {
    Some(match number {
        9 => Code::Tab,
        13 => Code::Enter,
        27 => Code::Esc,
        8 | 127 => Code::Backspace,
        _ => Code::Char(char::from_u32(number).filter(|c| !c.is_control())?),
    })
}

/// Reads `11;rgb:ffff/ffff/ffff`, the answer to the question for the background. Hexadecimal numbers of one to four digits.
fn ground(answer: &str) -> Option<Background> {
    let colour = answer.strip_prefix("11;")?;
    let (alpha, parts) = match colour.strip_prefix("rgba:") {
        Some(parts) => (1, parts),
        None => (0, colour.strip_prefix("rgb:")?),
    };
    let parts: Vec<&str> = parts.split('/').collect();
    let [red, green, blue] = parts.get(..parts.len().checked_sub(alpha)?)? else { return None };
    let part = |digits: &str| {
        let most = 16_u32.checked_pow(u32::try_from(digits.len()).ok()?)? - 1;
        Some(f64::from(u32::from_str_radix(digits, 16).ok()?) / f64::from(most.max(1)))
    };
    // How bright it is to the eye, by ITU-R BT.601.
    let luma = 0.299 * part(red)? + 0.587 * part(green)? + 0.114 * part(blue)?;
    Some(if luma > 0.5 { Background::Light } else { Background::Dark })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is heard of bytes that come one by one, and then no more.
    fn heard(bytes: &str) -> Vec<Heard> {
        let mut decoder = Decoder::default();
        let mut heard: Vec<Heard> = bytes.bytes().filter_map(|byte| decoder.push(byte)).collect();
        if decoder.patience().is_some() {
            heard.extend(decoder.give_up());
        }
        assert_eq!(decoder.patience(), None, "{bytes:?}");
        heard
    }

    fn check(bytes: &str, expected: &[&str]) {
        let expected: Vec<Heard> = expected.iter().map(|key| Heard::Key(key.parse().unwrap())).collect();
        assert_eq!(heard(bytes), expected, "{bytes:?}");
    }

    #[test]
    fn keys_of_the_terminal_are_those_of_the_keymap() {
        check("gG? ", &["g", "G", "?", "space"]);
        check("\x04\x1a\r\t\x7f\x08", &["ctrl-d", "ctrl-z", "enter", "tab", "backspace", "backspace"]);
        check("\x1c\x1f", &["ctrl-\\", "ctrl-_"]);
        check("ü€😀", &["ü", "€", "😀"]);
        check("\x1b[A\x1b[B\x1bOC\x1bOD", &["up", "down", "right", "left"]);
        check("\x1b[H\x1bOF\x1b[1~\x1b[4~\x1b[7~\x1b[8~", &["home", "end", "home", "end", "home", "end"]);
        check("\x1b[3~\x1b[5~\x1b[6~\x1b[Z", &["delete", "pageup", "pagedown", "shift-tab"]);
        check("\x1bOP\x1b[[E\x1b[15~\x1b[21~\x1b[24~", &["f1", "f5", "f5", "f10", "f12"]);
        check("\x1b[1;5A\x1b[6;3~\x1b[1;2P", &["ctrl-up", "alt-pagedown", "f1"]);
        check("\x1bx\x1bü\x1b\r", &["alt-x", "alt-ü", "alt-enter"]);
        check("\x1b[100;5u\x1b[27;5;100~\x1b[9;2u", &["ctrl-d", "ctrl-d", "shift-tab"]);
        check("\x1bOM\x1bOr", &["enter", "2"]);
    }

    #[test]
    fn an_escape_that_nothing_follows_is_the_key() {
        check("\x1b", &["esc"]);
        check("\x1b\x1b", &["esc", "esc"]);
        check("\x1b\x1b[A", &["esc", "up"]);
        check("\x1b[", &["alt-["]);
        check("\x1bO", &["alt-O"]);
        check("\x1b]", &["alt-]"]);
    }

    #[test]
    fn what_is_no_key_is_never_taken_for_keys() {
        check("\x1b[I\x1b[?1;2y\x1b[12;40R\x1b[201~\x1b[99~j", &["j"]);
        check("\x1b]52;c;aGVsbG8=\x07\x1bP1$r0m\x1b\\\x1b_Gi=1;OK\x1b\\j", &["j"]);
        check("\x1b]11;rgb:", &[]);
        check("\x1b[38;2", &[]);
        check("\u{80}\u{9b}j", &["j"]);
        check(&format!("\x1b]{}\x07j", "x".repeat(10_000)), &["j"]);
        check("\x1b]no end\rj", &["enter", "j"]);
        check("\x1b]no end\x1b[Aj", &["up", "j"]);
    }

    #[test]
    fn what_is_pasted_is_text_and_never_keys() {
        let check = |bytes: &str, pasted: &str, after: &str| {
            let mut expected = vec![Heard::Pasted(pasted.to_owned())];
            expected.extend(after.chars().map(|c| Heard::Key(Key::char(c))));
            assert_eq!(heard(bytes), expected, "{bytes:?}");
        };
        check("\x1b[200~qQy\r:quit\r\x1b[201~j", "qQy\r:quit\r", "j");
        check("\x1b[200~\x1b[201~", "", "");
        check("\x1b[200~ü\x1b[20x\x1b\x1b[201~jk", "üx", "jk");
        check(&format!("\x1b[200~{}\x1b[201~", "y".repeat(10_000)), &"y".repeat(LONGEST_PASTE), "");
        let mut cut = Decoder::default();
        assert!(b"\x1b[200~yyy".iter().all(|byte| cut.push(*byte).is_none()));
        assert_eq!((cut.patience(), cut.give_up()), (Some(PASTE), None), "a paste without an end is nothing");
    }

    #[test]
    fn bytes_that_are_no_utf_8_are_passed_over() {
        let mut decoder = Decoder::default();
        let heard: Vec<Heard> = b"\xff\xc3j\xed\xa0\x80k".iter().filter_map(|byte| decoder.push(*byte)).collect();
        assert_eq!(heard, [Heard::Key(Key::char('j')), Heard::Key(Key::char('k'))]);
    }

    #[test]
    fn the_background_is_read_from_the_answer() {
        use Background::{Dark, Light};
        let check = |answer: &str, expected: &[Background]| {
            let expected: Vec<Heard> = expected.iter().map(|ground| Heard::Background(*ground)).collect();
            assert_eq!(heard(answer), expected, "{answer:?}");
        };
        check("\x1b]11;rgb:ffff/ffff/ffff\x1b\\", &[Light]);
        check("\x1b]11;rgb:fd/f6/e3\x07", &[Light]);
        check("\x1b]11;rgb:0000/2b2b/3636\x07", &[Dark]);
        check("\x1b]11;rgba:ff/ff/ff/80\x07", &[Light]);
        check("\x1b]11;rgb:f/f\x07\x1b]11;?\x07\x1b]11;rgb://\x07\x1b]10;rgb:f/f/f\x07", &[]);
        assert_eq!(heard("\x1b[?62;22c"), [Heard::Attributes]);
    }
}
