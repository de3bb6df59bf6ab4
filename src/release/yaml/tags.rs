//! Directives, anchors and tags: a translation of their scanners in `scannerc.go`.

use super::YamlError;
use super::scan::{Scanner, TokenKind};

impl Scanner<'_> {
    /// A `%YAML` or `%TAG` line; the original knows no other.
    pub(super) fn scan_directive(&mut self) -> Result<(), YamlError> {
        let start = self.cursor.mark;
        self.cursor.skip();
        let mut name = String::new();
        while self.cursor.is_word() {
            self.cursor.read(&mut name);
        }
        if name.is_empty() {
            return self.error("could not find expected directive name");
        }
        if !self.cursor.is_blank_or_end(0) {
            return self.error("found unexpected non-alphabetical character");
        }
        let kind = match name.as_str() {
            "YAML" => self.scan_version()?,
            "TAG" => self.scan_tag_directive()?,
            _ => return self.error("found unknown directive name"),
        };
        self.push(kind, start);
        self.cursor.skip_blanks();
        self.cursor.skip_comment();
        if !self.cursor.is_break_or_end() {
            return self.error("did not find expected comment or line break");
        }
        self.cursor.skip_line();
        Ok(())
    }

    fn scan_version(&mut self) -> Result<TokenKind, YamlError> {
        self.cursor.skip_blanks();
        let major = self.scan_version_number()?;
        if self.cursor.peek(0) != b'.' {
            return self.error("did not find expected digit or '.' character");
        }
        self.cursor.skip();
        let minor = self.scan_version_number()?;
        Ok(TokenKind::VersionDirective { major, minor })
    }

    /// At most two digits.
    fn scan_version_number(&mut self) -> Result<u8, YamlError> {
        let mut number = 0;
        let mut length = 0;
        while self.cursor.peek(0).is_ascii_digit() {
            length += 1;
            if length > 2 {
                return self.error("found extremely long version number");
            }
            number = number * 10 + (self.cursor.peek(0) - b'0');
            self.cursor.skip();
        }
        if length == 0 {
            return self.error("did not find expected version number");
        }
        Ok(number)
    }

    fn scan_tag_directive(&mut self) -> Result<TokenKind, YamlError> {
        self.cursor.skip_blanks();
        let handle = self.scan_tag_handle()?;
        if handle != "!" && !handle.ends_with('!') {
            return self.error("did not find expected '!'");
        }
        if !self.cursor.is_blank(0) {
            return self.error("did not find expected whitespace");
        }
        self.cursor.skip_blanks();
        let prefix = self.scan_tag_uri("")?;
        if !self.cursor.is_blank_or_end(0) {
            return self.error("did not find expected whitespace or line break");
        }
        Ok(TokenKind::TagDirective { handle, prefix })
    }

    /// `&name` or `*name`.
    pub(super) fn scan_anchor(&mut self) -> Result<(), YamlError> {
        let start = self.cursor.mark;
        let is_alias = self.cursor.peek(0) == b'*';
        self.cursor.skip();
        let mut name = String::new();
        while self.cursor.is_word() {
            self.cursor.read(&mut name);
        }
        let is_ended = self.cursor.is_blank_or_end(0) || b"?:,]}%@`".contains(&self.cursor.peek(0));
        if name.is_empty() || !is_ended {
            return self.error("did not find expected alphabetic or numeric character");
        }
        self.push(if is_alias { TokenKind::Alias(name) } else { TokenKind::Anchor(name) }, start);
        Ok(())
    }

    pub(super) fn scan_tag(&mut self) -> Result<(), YamlError> {
        let start = self.cursor.mark;
        let mut handle = String::new();
        let mut suffix;
        if self.cursor.peek(1) == b'<' {
            self.cursor.skip();
            self.cursor.skip();
            suffix = self.scan_tag_uri("")?;
            if self.cursor.peek(0) != b'>' {
                return self.error("did not find the expected '>'");
            }
            self.cursor.skip();
        } else {
            handle = self.scan_tag_handle()?;
            if handle.len() > 1 && handle.ends_with('!') {
                suffix = self.scan_tag_uri("")?;
            } else {
                // What was read belongs to the suffix of the handle `!`.
                suffix = self.scan_tag_uri(&handle)?;
                handle.truncate(1);
                if suffix.is_empty() {
                    suffix = std::mem::take(&mut handle).into_bytes();
                }
            }
        }
        if !self.cursor.is_blank_or_end(0) {
            return self.error("did not find expected whitespace or line break");
        }
        self.push(TokenKind::Tag { handle, suffix }, start);
        Ok(())
    }

    /// `!`, `!!`, `!name!`, or the start of what is no handle, `!name`.
    fn scan_tag_handle(&mut self) -> Result<String, YamlError> {
        if self.cursor.peek(0) != b'!' {
            return self.error("did not find expected '!'");
        }
        let mut handle = String::new();
        self.cursor.read(&mut handle);
        while self.cursor.is_word() {
            self.cursor.read(&mut handle);
        }
        if self.cursor.peek(0) == b'!' {
            self.cursor.read(&mut handle);
        }
        Ok(handle)
    }

    /// The first character of the head is the `!` and left out.
    fn scan_tag_uri(&mut self, head: &str) -> Result<Vec<u8>, YamlError> {
        let mut uri: Vec<u8> = head.bytes().skip(1).collect();
        let mut is_tag = !head.is_empty();
        while self.cursor.is_word() || b";/?:@&=+$,.!~*'()[]%".contains(&self.cursor.peek(0)) {
            if self.cursor.peek(0) == b'%' {
                self.scan_uri_escapes(&mut uri)?;
            } else {
                uri.push(self.cursor.peek(0));
                self.cursor.skip();
            }
            is_tag = true;
        }
        if !is_tag {
            return self.error("did not find expected tag URI");
        }
        Ok(uri)
    }

    /// All octets of one character, each as `%` and two digits.
    fn scan_uri_escapes(&mut self, uri: &mut Vec<u8>) -> Result<(), YamlError> {
        let mut left = 0;
        loop {
            let digit = |ahead: usize| char::from(self.cursor.peek(ahead)).to_digit(16);
            let (b'%', Some(high), Some(low)) = (self.cursor.peek(0), digit(1), digit(2)) else {
                return self.error("did not find URI escaped octet");
            };
            let octet = u8::try_from(high << 4 | low).unwrap_or_default();
            if left == 0 {
                left = match octet {
                    0x00..=0x7F => 1,
                    0xC0..=0xDF => 2,
                    0xE0..=0xEF => 3,
                    0xF0..=0xF7 => 4,
                    0x80..=0xBF | 0xF8..=0xFF => return self.error("found an incorrect leading UTF-8 octet"),
                };
            } else if octet & 0xC0 != 0x80 {
                return self.error("found an incorrect trailing UTF-8 octet");
            }
            uri.push(octet);
            for _ in 0..3 {
                self.cursor.skip();
            }
            left -= 1;
            if left == 0 {
                return Ok(());
            }
        }
    }
}
