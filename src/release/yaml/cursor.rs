//! A place in the text, and the classes of characters: `readerc.go`, `yamlprivateh.go`.

use super::YamlError;

/// A place in the text. Everything counts from zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Mark {
    pub byte: usize,
    /// In characters, from the start of the text.
    pub index: usize,
    pub line: usize,
    /// In characters.
    pub column: usize,
}

/// Reads forward through a text. Past its end there are NUL bytes, which the text itself cannot hold.
#[derive(Debug)]
pub(super) struct Cursor<'t> {
    text: &'t str,
    pub mark: Mark,
}

impl<'t> Cursor<'t> {
    /// Skips a byte order mark.
    ///
    /// # Errors
    /// On the first character that YAML 1.1 does not allow.
    pub fn new(text: &'t str) -> Result<Self, YamlError> {
        let mut mark = Mark::default();
        if text.starts_with('\u{feff}') {
            mark.byte = '\u{feff}'.len_utf8();
        }
        let mut cursor = Self { text, mark };
        if text.chars().all(is_allowed) {
            return Ok(cursor);
        }
        while let Some(character) = text.get(cursor.mark.byte..).and_then(|rest| rest.chars().next()) {
            if !is_allowed(character) {
                return Err(YamlError::at(cursor.mark, "control characters are not allowed"));
            }
            if cursor.is_break(0) { cursor.skip_line() } else { cursor.skip() }
        }
        Ok(cursor)
    }

    /// The byte that lies so many bytes ahead.
    pub fn peek(&self, ahead: usize) -> u8 {
        self.text.as_bytes().get(self.mark.byte.saturating_add(ahead)).copied().unwrap_or(0)
    }

    pub fn is_end(&self) -> bool {
        self.peek(0) == 0
    }

    pub fn is_tab(&self) -> bool {
        self.peek(0) == b'\t'
    }

    pub fn is_blank(&self, ahead: usize) -> bool {
        matches!(self.peek(ahead), b' ' | b'\t')
    }

    /// CR, LF, and what YAML 1.1 adds: NEL, LS, PS.
    pub fn is_break(&self, ahead: usize) -> bool {
        match self.peek(ahead) {
            b'\r' | b'\n' => true,
            0xC2 => self.peek(ahead + 1) == 0x85,
            0xE2 => self.peek(ahead + 1) == 0x80 && matches!(self.peek(ahead + 2), 0xA8 | 0xA9),
            _ => false,
        }
    }

    pub fn is_break_or_end(&self) -> bool {
        self.is_end() || self.is_break(0)
    }

    pub fn starts_with_byte_order_mark(&self) -> bool {
        self.text.get(self.mark.byte..).is_some_and(|rest| rest.starts_with('\u{feff}'))
    }

    pub fn is_blank_or_end(&self, ahead: usize) -> bool {
        self.peek(ahead) == 0 || self.is_blank(ahead) || self.is_break(ahead)
    }

    /// What names of anchors and directives are made of.
    pub fn is_word(&self) -> bool {
        let byte = self.peek(0);
        byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
    }

    /// `---` or `...` at the start of a line, with nothing or a blank behind it.
    pub fn is_document_indicator(&self) -> bool {
        self.is_indicator(b'-') || self.is_indicator(b'.')
    }

    pub fn is_indicator(&self, byte: u8) -> bool {
        self.mark.column == 0 && (0..3).all(|ahead| self.peek(ahead) == byte) && self.is_blank_or_end(3)
    }

    /// Passes one character that is no line break.
    pub fn skip(&mut self) {
        self.mark.index += 1;
        self.mark.column += 1;
        self.mark.byte += width(self.peek(0));
    }

    pub fn skip_blanks(&mut self) {
        while self.is_blank(0) {
            self.skip();
        }
    }

    /// Passes the comment that starts here, if one does.
    pub fn skip_comment(&mut self) {
        if self.peek(0) == b'#' {
            while !self.is_break_or_end() {
                self.skip();
            }
        }
    }

    /// Passes one line break, if there is one.
    pub fn skip_line(&mut self) {
        let length = match self.peek(0) {
            b'\r' if self.peek(1) == b'\n' => {
                self.mark.index += 1;
                2
            }
            first if self.is_break(0) => width(first),
            _ => return,
        };
        self.mark.byte += length;
        self.mark.index += 1;
        self.mark.column = 0;
        self.mark.line += 1;
    }

    /// Passes one character and keeps it.
    pub fn read(&mut self, into: &mut String) {
        let end = self.mark.byte.saturating_add(width(self.peek(0)));
        into.push_str(self.text.get(self.mark.byte..end).unwrap_or_default());
        self.skip();
    }

    /// Passes one line break and keeps it, as LF unless it is LS or PS.
    pub fn read_line(&mut self, into: &mut String) {
        if !self.is_break(0) {
            return;
        }
        match (self.peek(0), self.peek(2)) {
            (0xE2, 0xA8) => into.push('\u{2028}'),
            (0xE2, _) => into.push('\u{2029}'),
            _ => into.push('\n'),
        }
        self.skip_line();
    }
}

/// Bytes of the character that starts with this one.
fn width(first: u8) -> usize {
    match first {
        0x00..=0x7F => 1,
        0x80..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xFF => 4,
    }
}

fn is_allowed(character: char) -> bool {
    matches!(character,
        '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{A0}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}
