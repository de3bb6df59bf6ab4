//! Regular expressions that mean the same to the engine of Flux, RE2 in Go, and to the one here.
//!
//! What both read alike is a small part of either: literals, `.`, `^`, `$`, groups, alternatives, classes of plain
//! characters and ranges, one counted repetition, and `\d`, `\w`, `\s`, which here are spelled out because they are ASCII
//! there and Unicode here. Source: Go 1.26 `regexp/syntax`.

/// The pattern as the engine here reads it like Go does; `None` where that is not sure.
pub(super) fn read_alike(pattern: &str) -> Option<String> {
    if pattern.len() > LONGEST {
        return None;
    }
    let mut reader = Reader { rest: pattern.chars().collect(), at: 0, written: String::new(), open: 0, counted: false };
    reader.rest.push(END);
    reader.expression()?;
    Some(reader.written)
}

/// Bytes. A longer one may be too large for the engine here when it is repeated.
const LONGEST: usize = 200;
/// Go takes 1000.
const MOST_REPEATED: u16 = 100;
const END: char = '\0';

struct Reader {
    rest: Vec<char>,
    at: usize,
    written: String,
    open: usize,
    counted: bool,
}

impl Reader {
    fn peek(&self) -> char {
        self.rest.get(self.at).copied().unwrap_or(END)
    }

    fn next(&mut self) -> char {
        let next = self.peek();
        self.at += 1;
        next
    }

    /// Takes the sign if it is the next one.
    fn keep(&mut self, sign: char) {
        if self.peek() == sign {
            self.at += 1;
            self.written.push(sign);
        }
    }

    fn expression(&mut self) -> Option<()> {
        let mut repeatable = false;
        loop {
            match self.next() {
                END => return (self.at == self.rest.len() && self.open == 0).then_some(()),
                '(' if self.peek() != '?' => {
                    self.open += 1;
                    self.written.push('(');
                    repeatable = false;
                }
                ')' => {
                    self.open = self.open.checked_sub(1)?;
                    self.written.push(')');
                    repeatable = true;
                }
                sign @ ('|' | '^' | '$') => {
                    self.written.push(sign);
                    repeatable = false;
                }
                sign @ ('*' | '+' | '?') if repeatable => {
                    self.written.push(sign);
                    self.keep('?');
                    repeatable = false;
                }
                '{' if repeatable && !self.counted => {
                    self.counted = true;
                    self.count()?;
                    self.keep('?');
                    repeatable = false;
                }
                '[' => {
                    self.class()?;
                    repeatable = true;
                }
                '\\' => {
                    match self.next() {
                        'd' => self.written.push_str("[0-9]"),
                        'w' => self.written.push_str("[0-9A-Za-z_]"),
                        's' => self.written.push_str(r"[\t\n\f\r ]"),
                        sign if is_escapable(sign) => self.written.extend(['\\', sign]),
                        _ => return None,
                    }
                    repeatable = true;
                }
                '*' | '+' | '?' | '{' | '}' | '(' | ']' => return None,
                plain => {
                    self.written.push(plain);
                    repeatable = true;
                }
            }
        }
    }

    /// `{n}`, `{n,}` or `{n,m}`.
    fn count(&mut self) -> Option<()> {
        let mut text = String::new();
        while self.peek() != '}' {
            let next = self.next();
            (next.is_ascii_digit() || next == ',').then(|| text.push(next))?;
        }
        self.next();
        let number = |text: &str| text.parse::<u16>().ok().filter(|number| *number <= MOST_REPEATED && text.len() <= 4);
        match text.split_once(',') {
            None => number(&text).map(|_| ())?,
            Some((least, "")) => number(least).map(|_| ())?,
            Some((least, most)) => (number(least)? <= number(most)?).then_some(())?,
        }
        self.written.push_str(&format!("{{{text}}}"));
        Some(())
    }

    fn class(&mut self) -> Option<()> {
        self.written.push('[');
        self.keep('^');
        let mut empty = true;
        loop {
            match self.next() {
                ']' if !empty => break,
                '\\' => match self.next() {
                    'd' => self.written.push_str("0-9"),
                    'w' => self.written.push_str("0-9A-Za-z_"),
                    's' => self.written.push_str(r"\t\n\f\r "),
                    sign if is_escapable(sign) => self.written.extend(['\\', sign]),
                    _ => return None,
                },
                '-' if empty || self.peek() == ']' => self.written.push_str(r"\-"),
                first if first.is_ascii_alphanumeric() && self.peek() == '-' && self.ranges(first) => {
                    self.next();
                    let last = self.next();
                    self.written.extend([first, '-', last]);
                }
                plain if plain.is_alphanumeric() && self.peek() != '-' => self.written.push(plain),
                plain if " _./:,;@=%<>!#'\"+*?()|{}$".contains(plain) && self.peek() != '-' => {
                    self.written.extend(['\\', plain].into_iter().skip(usize::from(!is_escapable(plain))));
                }
                plain if plain.is_alphanumeric() || "_./:,+@ ".contains(plain) => {
                    // A `-` follows: it is plain only as the last one of the class.
                    (self.rest.get(self.at + 1) == Some(&']')).then(|| self.written.push(plain))?;
                }
                _ => return None,
            }
            empty = false;
        }
        self.written.push(']');
        Some(())
    }

    /// Whether the range that begins with `first` ends with a letter or digit that is not before it.
    fn ranges(&self, first: char) -> bool {
        self.rest.get(self.at + 1).is_some_and(|last| last.is_ascii_alphanumeric() && first <= *last)
    }
}

fn is_escapable(sign: char) -> bool {
    r".+*?()|[]{}^$\-".contains(sign)
}

#[cfg(test)]
mod tests {
    use super::read_alike;

    #[track_caller]
    fn check(pattern: &str, expected: Option<&str>) {
        assert_eq!(read_alike(pattern).as_deref(), expected, "{pattern}");
    }

    #[test]
    fn what_both_read_alike_is_kept_and_what_they_spell_differently_is_spelled_out() {
        for same in ["", "^a.c$", "(Ready|Synced)", "v[0-9]+(-[0-9]+)*?", "a{2,3}", "日本?", r"a\.b", "[^a-z_]"] {
            check(same, Some(same));
        }
        check(r"^v\d+\.[\d]$", Some(r"^v[0-9]+\.[0-9]$"));
        check("[.]", Some(r"[\.]"));
        check("[a-]", Some(r"[a\-]"));
        check(r"\s", Some(r"[\t\n\f\r ]"));
    }

    #[test]
    fn what_they_may_read_differently_is_refused() {
        for other in [
            "(?i)a",
            "a**",
            "*a",
            "[[:alpha:]]",
            "[a&&b]",
            r"\pL",
            r"(a)\1",
            "[z-a]",
            "[]",
            "(",
            ")",
            "a{101}",
            "a{,2}",
            "a{2}{2}",
            "a{",
            "[a",
            r"\",
            "\0",
        ] {
            check(other, None);
        }
    }
}
