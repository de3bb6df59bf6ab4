//! The lines of a log: the newest ones, made harmless, as many as memory allows.

use std::collections::VecDeque;

use crate::app::document::{LONGEST, Lines};

/// As many lines are kept.
pub const MOST_LINES: usize = 10_000;
/// As many bytes are kept.
pub const MOST_BYTES: usize = 4 * 1024 * 1024;

/// The lines that are kept.
#[derive(Debug, Default)]
pub struct Buffer {
    lines: VecDeque<String>,
    bytes: usize,
    dropped: u64,
}

impl Buffer {
    /// Takes in a line as it was written. One that is very long is broken.
    pub(super) fn push(&mut self, line: &str) {
        let mut rest = plain(line);
        while rest.len() > LONGEST {
            let stop = (1..=LONGEST).rev().find(|stop| rest.is_char_boundary(*stop)).unwrap_or(rest.len());
            let after = rest.split_off(stop);
            self.keep(std::mem::replace(&mut rest, after));
        }
        self.keep(rest);
    }

    fn keep(&mut self, line: String) {
        self.bytes += line.len();
        self.lines.push_back(line);
    }

    /// Lets go of the oldest lines, as far as there are too many. How many they were.
    pub(super) fn trim(&mut self) -> usize {
        let mut dropped = 0;
        while self.lines.len() > MOST_LINES || self.bytes > MOST_BYTES {
            let Some(line) = self.lines.pop_front() else { break };
            self.bytes -= line.len();
            dropped += 1;
        }
        self.dropped = self.dropped.saturating_add(u64::try_from(dropped).unwrap_or(u64::MAX));
        dropped
    }

    /// How many lines there were that are not kept any more.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped
    }
}

impl Lines for Buffer {
    fn count(&self) -> usize {
        self.lines.len()
    }

    fn line(&self, place: usize) -> Option<&str> {
        self.lines.get(place).map(String::as_str)
    }
}

/// A line without what would steer a terminal: colours and titles are left out, of a line that was written over again and
/// again the last state stays, other control characters are left to be shown.
fn plain(line: &str) -> String {
    let line = line.trim_end_matches(['\r', '\n']);
    let line = line.rsplit('\r').next().unwrap_or_default();
    if !line.contains(['\u{1b}', '\t', '\u{9b}']) {
        return line.to_owned();
    }
    let mut out = String::with_capacity(line.len());
    let mut rest = line.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\t' => out.push_str("    "),
            '\u{9b}' => sequence(&mut rest),
            '\u{1b}' => match rest.peek() {
                Some('[') => {
                    rest.next();
                    sequence(&mut rest);
                }
                Some(']' | 'P' | '^' | '_') => string(&mut rest),
                Some(' '..='~') => {
                    rest.next();
                }
                Some(_) | None => {}
            },
            _ => out.push(c),
        }
    }
    out
}

/// Passes over a control sequence (ECMA-48 5.4): up to its final byte.
fn sequence(rest: &mut std::iter::Peekable<std::str::Chars>) {
    while let Some(c) = rest.peek().copied().filter(|c| (' '..='~').contains(c)) {
        rest.next();
        if ('@'..='~').contains(&c) {
            return;
        }
    }
}

/// Passes over a control string (ECMA-48 5.6): up to BEL or ST. One that does not end takes the whole line.
fn string(rest: &mut std::iter::Peekable<std::str::Chars>) {
    while let Some(c) = rest.next() {
        if c == '\u{7}' || c == '\u{9c}' || (c == '\u{1b}' && rest.next_if_eq(&'\\').is_some()) {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_is_left_out() {
        let check = |line: &str, expected: &str| assert_eq!(plain(line), expected, "{line:?}");
        check("plain", "plain");
        check("\u{1b}[31mERROR\u{1b}[0m done", "ERROR done");
        check("\u{1b}[38;5;196mred", "red");
        check("\u{1b}]0;title\u{7}after", "after");
        check("\u{1b}]0;title\u{1b}\\after", "after");
        check("\u{1b}]0;endless", "");
        check("\u{1b}(Bx", "Bx");
        check("\u{9b}31mred", "red");
        check(" 10%\r 50%\r100%\r\n", "100%");
        check("key\tvalue", "key    value");
        check("end\u{1b}", "end");
        check("bell\u{7}", "bell\u{7}");
        check("\u{1b}[31", "");
        check("\u{1b}[3é", "é");
    }

    #[test]
    fn lines_and_bytes_are_bounded_and_what_is_lost_is_counted() {
        let mut buffer = Buffer::default();
        for number in 0..MOST_LINES + 5 {
            buffer.push(&number.to_string());
        }
        assert_eq!((buffer.trim(), buffer.dropped(), buffer.count(), buffer.line(0)), (5, 5, MOST_LINES, Some("5")));
        for _ in 0..600 {
            buffer.push(&"x".repeat(LONGEST));
        }
        buffer.trim();
        assert!(buffer.bytes <= MOST_BYTES && buffer.bytes > MOST_BYTES - LONGEST, "{}", buffer.bytes);
        assert_eq!(buffer.bytes, buffer.lines.iter().map(String::len).sum::<usize>());
        buffer.push(&"y".repeat(LONGEST * 2 + 1));
        assert_eq!(buffer.line(buffer.count() - 1), Some("y"));
    }
}
