//! Scalars: a translation of `yaml_parser_scan_{block,flow,plain}_scalar` in `scannerc.go`.

use super::YamlError;
use super::scan::{Scanner, Style, TokenKind};

/// What a block scalar does with the line breaks at its end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Chomping {
    Strip,
    Clip,
    Keep,
}

/// White space within a scalar that is kept, or folded, once it is known what follows.
#[derive(Default)]
struct Gap {
    blanks: String,
    first_break: String,
    more_breaks: String,
    is_broken: bool,
}

impl Gap {
    /// One break folds to a space, more of them to one less; LS and PS do not fold.
    fn join(&mut self, into: &mut String) {
        if !self.is_broken {
            into.push_str(&self.blanks);
        } else if self.first_break.starts_with('\n') {
            into.push_str(if self.more_breaks.is_empty() { " " } else { &self.more_breaks });
        } else {
            into.push_str(&self.first_break);
            into.push_str(&self.more_breaks);
        }
        *self = Self::default();
    }

    /// Passes one line break.
    fn read_break(&mut self, scanner: &mut Scanner<'_>) {
        if self.is_broken {
            scanner.cursor.read_line(&mut self.more_breaks);
        } else {
            self.blanks.clear();
            scanner.cursor.read_line(&mut self.first_break);
            self.is_broken = true;
        }
    }

    /// Passes one space or tab; those at the start of a line are dropped.
    fn read_blank(&mut self, scanner: &mut Scanner<'_>) {
        if self.is_broken { scanner.cursor.skip() } else { scanner.cursor.read(&mut self.blanks) }
    }
}

impl Scanner<'_> {
    pub(super) fn scan_block_scalar(&mut self, style: Style) -> Result<(), YamlError> {
        let start = self.cursor.mark;
        self.cursor.skip();
        let (chomping, increment) = self.scan_block_header()?;
        self.cursor.skip_blanks();
        self.cursor.skip_comment();
        if !self.cursor.is_break_or_end() {
            return self.error("did not find expected comment or line break");
        }
        self.cursor.skip_line();

        let mut indent = if increment > 0 { self.indent.max(0) + increment } else { 0 };
        let mut value = String::new();
        let mut line_break = String::new();
        let mut empty_lines = String::new();
        let mut end = self.scan_block_breaks(&mut indent, &mut empty_lines)?;
        let mut was_blank = false;
        while self.column() == indent && !self.cursor.is_end() {
            // A line that starts with a blank is not folded, nor is the break before it.
            let is_blank = self.cursor.is_blank(0);
            if style == Style::Folded && !was_blank && !is_blank && line_break.starts_with('\n') {
                if empty_lines.is_empty() {
                    value.push(' ');
                }
            } else {
                value.push_str(&line_break);
            }
            line_break.clear();
            value.push_str(&empty_lines);
            empty_lines.clear();
            was_blank = is_blank;
            while !self.cursor.is_break_or_end() {
                self.cursor.read(&mut value);
            }
            self.cursor.read_line(&mut line_break);
            end = self.scan_block_breaks(&mut indent, &mut empty_lines)?;
        }
        if chomping != Chomping::Strip {
            value.push_str(&line_break);
        }
        if chomping == Chomping::Keep {
            value.push_str(&empty_lines);
        }
        self.push_until(TokenKind::Scalar { value, style }, start, end);
        Ok(())
    }

    /// The chomping and indentation indicators, in either order.
    fn scan_block_header(&mut self) -> Result<(Chomping, i64), YamlError> {
        let mut chomping = self.scan_chomping();
        let mut increment = 0;
        let digit = self.cursor.peek(0);
        if digit.is_ascii_digit() {
            if digit == b'0' {
                return self.error("found an indentation indicator equal to 0");
            }
            increment = i64::from(digit - b'0');
            self.cursor.skip();
            if chomping.is_none() {
                chomping = self.scan_chomping();
            }
        }
        Ok((chomping.unwrap_or(Chomping::Clip), increment))
    }

    fn scan_chomping(&mut self) -> Option<Chomping> {
        let chomping = match self.cursor.peek(0) {
            b'+' => Chomping::Keep,
            b'-' => Chomping::Strip,
            _ => return None,
        };
        self.cursor.skip();
        Some(chomping)
    }

    /// Passes indentation and empty lines, and finds the indentation if it is not known yet (zero).
    /// Gives the place where the last line ended.
    fn scan_block_breaks(&mut self, indent: &mut i64, breaks: &mut String) -> Result<super::Mark, YamlError> {
        let mut end = self.cursor.mark;
        let mut deepest = 0;
        loop {
            while (*indent == 0 || self.column() < *indent) && self.cursor.peek(0) == b' ' {
                self.cursor.skip();
            }
            deepest = deepest.max(self.column());
            if (*indent == 0 || self.column() < *indent) && self.cursor.is_tab() {
                return self.error("found a tab character where an indentation space is expected");
            }
            if !self.cursor.is_break(0) {
                break;
            }
            self.cursor.read_line(breaks);
            end = self.cursor.mark;
        }
        if *indent == 0 {
            *indent = deepest.max(self.indent + 1).max(1);
        }
        Ok(end)
    }

    pub(super) fn scan_flow_scalar(&mut self, style: Style) -> Result<(), YamlError> {
        let start = self.cursor.mark;
        let quote = if style == Style::SingleQuoted { b'\'' } else { b'"' };
        self.cursor.skip();
        let mut value = String::new();
        loop {
            if self.cursor.is_document_indicator() {
                return self.error("found unexpected document indicator");
            }
            if self.cursor.is_end() {
                return self.error("found unexpected end of stream");
            }
            let mut gap = Gap::default();
            while !self.cursor.is_blank_or_end(0) {
                let byte = self.cursor.peek(0);
                if byte == quote && style == Style::SingleQuoted && self.cursor.peek(1) == quote {
                    value.push('\'');
                    self.cursor.skip();
                    self.cursor.skip();
                } else if byte == quote {
                    break;
                } else if byte == b'\\' && style == Style::DoubleQuoted {
                    if self.cursor.is_break(1) {
                        self.cursor.skip();
                        self.cursor.skip_line();
                        gap.is_broken = true;
                        break;
                    }
                    self.scan_escape(&mut value)?;
                } else {
                    self.cursor.read(&mut value);
                }
            }
            if self.cursor.peek(0) == quote {
                break;
            }
            while self.cursor.is_blank(0) || self.cursor.is_break(0) {
                if self.cursor.is_blank(0) { gap.read_blank(self) } else { gap.read_break(self) }
            }
            gap.join(&mut value);
        }
        self.cursor.skip();
        self.push(TokenKind::Scalar { value, style }, start);
        Ok(())
    }

    fn scan_escape(&mut self, value: &mut String) -> Result<(), YamlError> {
        let mut digits = 0;
        let plain = match self.cursor.peek(1) {
            b'0' => '\0',
            b'a' => '\x07',
            b'b' => '\x08',
            b't' | b'\t' => '\t',
            b'n' => '\n',
            b'v' => '\x0B',
            b'f' => '\x0C',
            b'r' => '\r',
            b'e' => '\x1B',
            b' ' => ' ',
            b'"' => '"',
            b'\'' => '\'',
            b'\\' => '\\',
            b'N' => '\u{85}',
            b'_' => '\u{A0}',
            b'L' => '\u{2028}',
            b'P' => '\u{2029}',
            b'x' => {
                digits = 2;
                '\0'
            }
            b'u' => {
                digits = 4;
                '\0'
            }
            b'U' => {
                digits = 8;
                '\0'
            }
            _ => return self.error("found unknown escape character"),
        };
        self.cursor.skip();
        self.cursor.skip();
        if digits == 0 {
            value.push(plain);
            return Ok(());
        }
        let mut code: u32 = 0;
        for ahead in 0..digits {
            let Some(digit) = char::from(self.cursor.peek(ahead)).to_digit(16) else {
                return self.error("did not find expected hexdecimal number");
            };
            // Eight digits fill the 32 bits exactly.
            code = (code << 4) | digit;
        }
        let Some(character) = char::from_u32(code) else {
            return self.error("found invalid Unicode character escape code");
        };
        value.push(character);
        for _ in 0..digits {
            self.cursor.skip();
        }
        Ok(())
    }

    pub(super) fn scan_plain_scalar(&mut self) -> Result<(), YamlError> {
        let start = self.cursor.mark;
        let mut end = start;
        let indent = self.indent + 1;
        let mut value = String::new();
        let mut gap = Gap::default();
        loop {
            if self.cursor.is_document_indicator() || self.cursor.peek(0) == b'#' {
                break;
            }
            while !self.cursor.is_blank_or_end(0) && !self.ends_plain_scalar() {
                gap.join(&mut value);
                self.cursor.read(&mut value);
                end = self.cursor.mark;
            }
            if !self.cursor.is_blank(0) && !self.cursor.is_break(0) {
                break;
            }
            while self.cursor.is_blank(0) || self.cursor.is_break(0) {
                if self.cursor.is_blank(0) {
                    if gap.is_broken && self.column() < indent && self.cursor.is_tab() {
                        return self.error("found a tab character that violates indentation");
                    }
                    gap.read_blank(self);
                } else {
                    gap.read_break(self);
                }
            }
            if self.flow_level == 0 && self.column() < indent {
                break;
            }
        }
        // A line break has passed, so that a key may follow.
        if gap.is_broken {
            self.simple_key_allowed = true;
        }
        self.push_until(TokenKind::Scalar { value, style: Style::Plain }, start, end);
        Ok(())
    }

    fn ends_plain_scalar(&self) -> bool {
        match self.cursor.peek(0) {
            b':' => self.cursor.is_blank_or_end(1),
            b',' | b'?' | b'[' | b']' | b'{' | b'}' => self.flow_level > 0,
            _ => false,
        }
    }
}
