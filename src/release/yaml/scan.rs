//! Text to tokens: a translation of `scannerc.go`. Scalars are in `scalars`, tags and directives in `tags`.

use std::collections::{HashMap, VecDeque};

use super::YamlError;
use super::cursor::{Cursor, Mark};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub kind: TokenKind,
    pub start: Mark,
    pub end: Mark,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum TokenKind {
    StreamStart,
    StreamEnd,
    VersionDirective {
        major: u8,
        minor: u8,
    },
    TagDirective {
        handle: String,
        prefix: Vec<u8>,
    },
    DocumentStart,
    DocumentEnd,
    BlockSequenceStart,
    BlockMappingStart,
    BlockEnd,
    FlowSequenceStart,
    FlowSequenceEnd,
    FlowMappingStart,
    FlowMappingEnd,
    BlockEntry,
    FlowEntry,
    Key,
    Value,
    Alias(String),
    Anchor(String),
    /// An empty handle stands for a tag that is written in full.
    Tag {
        handle: String,
        suffix: Vec<u8>,
    },
    Scalar {
        value: String,
        style: Style,
    },
}

/// How a scalar is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    Plain,
    SingleQuoted,
    DoubleQuoted,
    Literal,
    Folded,
}

/// A place where a key without `?` may have started; whether it did shows at the `:`.
#[derive(Debug, Clone, Copy, Default)]
struct SimpleKey {
    possible: bool,
    /// In block context at the indentation of the map nothing else may stand.
    required: bool,
    /// Counted over all tokens of the stream.
    token: usize,
    mark: Mark,
}

/// A key without `?` is at most so many characters long.
const SIMPLE_KEY_LENGTH: usize = 1024;

/// `max_flow_level` and `max_indents`.
const MAX_NESTING: usize = 10_000;

#[derive(Debug)]
pub(super) struct Scanner<'t> {
    pub cursor: Cursor<'t>,
    started: bool,
    ended: bool,
    tokens: VecDeque<Token>,
    /// Tokens handed out.
    parsed: usize,
    /// Whether the first token of the queue can no longer be preceded by another.
    available: bool,
    /// Column of the block collection, -1 outside all of them.
    pub indent: i64,
    indents: Vec<i64>,
    pub flow_level: usize,
    pub simple_key_allowed: bool,
    /// One for each flow level, and one for block context.
    simple_keys: Vec<SimpleKey>,
    simple_keys_by_token: HashMap<usize, usize>,
}

impl<'t> Scanner<'t> {
    pub fn new(text: &'t str) -> Result<Self, YamlError> {
        Ok(Self {
            cursor: Cursor::new(text)?,
            started: false,
            ended: false,
            tokens: VecDeque::new(),
            parsed: 0,
            available: false,
            indent: -1,
            indents: Vec::new(),
            flow_level: 0,
            simple_key_allowed: false,
            simple_keys: Vec::new(),
            simple_keys_by_token: HashMap::new(),
        })
    }

    /// The next token. After the end of the stream it is the end of the stream again.
    pub fn peek(&mut self) -> Result<&Token, YamlError> {
        if !self.available && !self.ended {
            self.fetch_more_tokens()?;
        }
        if self.tokens.is_empty() {
            self.push(TokenKind::StreamEnd, self.cursor.mark);
        }
        self.tokens.front().ok_or(YamlError::at(self.cursor.mark, "unexpected end of the stream"))
    }

    /// Takes the token that was peeked at.
    pub fn next(&mut self) -> Result<Token, YamlError> {
        self.peek()?;
        let taken = self.tokens.pop_front();
        let token = taken.ok_or(YamlError::at(self.cursor.mark, "unexpected end of the stream"))?;
        self.available = false;
        self.parsed += 1;
        self.ended = token.kind == TokenKind::StreamEnd;
        Ok(token)
    }

    pub fn error<T>(&self, cause: &'static str) -> Result<T, YamlError> {
        Err(YamlError::at(self.cursor.mark, cause))
    }

    /// Reads until the first token of the queue cannot turn out to be a key.
    fn fetch_more_tokens(&mut self) -> Result<(), YamlError> {
        loop {
            if !self.tokens.is_empty() {
                let Some(&place) = self.simple_keys_by_token.get(&self.parsed) else { break };
                if !self.is_simple_key_valid(place)? {
                    break;
                }
            }
            self.fetch_next_token()?;
        }
        self.available = true;
        Ok(())
    }

    fn fetch_next_token(&mut self) -> Result<(), YamlError> {
        if !self.started {
            self.started = true;
            self.simple_keys.push(SimpleKey::default());
            self.simple_key_allowed = true;
            self.push(TokenKind::StreamStart, self.cursor.mark);
            return Ok(());
        }
        self.skip_to_next_token();
        self.unroll_indent(self.column());

        let cursor = &self.cursor;
        let in_flow = self.flow_level > 0;
        match cursor.peek(0) {
            0 => self.fetch_stream_end(),
            b'%' if cursor.mark.column == 0 => self.fetch_directive(),
            b'-' if cursor.is_indicator(b'-') => self.fetch_document_indicator(TokenKind::DocumentStart),
            b'.' if cursor.is_indicator(b'.') => self.fetch_document_indicator(TokenKind::DocumentEnd),
            b'[' => self.fetch_flow_start(TokenKind::FlowSequenceStart),
            b'{' => self.fetch_flow_start(TokenKind::FlowMappingStart),
            b']' => self.fetch_flow_end(TokenKind::FlowSequenceEnd),
            b'}' => self.fetch_flow_end(TokenKind::FlowMappingEnd),
            b',' => self.fetch_flow_entry(),
            b'-' if cursor.is_blank_or_end(1) => self.fetch_block_entry(),
            b'?' if in_flow || cursor.is_blank_or_end(1) => self.fetch_key(),
            b':' if in_flow || cursor.is_blank_or_end(1) => self.fetch_value(),
            b'*' | b'&' => {
                self.save_simple_key()?;
                self.simple_key_allowed = false;
                self.scan_anchor()
            }
            b'!' => {
                self.save_simple_key()?;
                self.simple_key_allowed = false;
                self.scan_tag()
            }
            b'|' if !in_flow => self.fetch_block_scalar(Style::Literal),
            b'>' if !in_flow => self.fetch_block_scalar(Style::Folded),
            b'\'' => self.fetch_flow_scalar(Style::SingleQuoted),
            b'"' => self.fetch_flow_scalar(Style::DoubleQuoted),
            _ if self.starts_plain_scalar() => {
                self.save_simple_key()?;
                self.simple_key_allowed = false;
                self.scan_plain_scalar()
            }
            _ => self.error("found character that cannot start any token"),
        }
    }

    fn starts_plain_scalar(&self) -> bool {
        let cursor = &self.cursor;
        match cursor.peek(0) {
            b'-' => !cursor.is_blank(1),
            b'?' | b':' => self.flow_level == 0 && !cursor.is_blank_or_end(1),
            byte => !cursor.is_blank_or_end(0) && !b",[]{}#&*!|>'\"%@`".contains(&byte),
        }
    }

    /// Columns are compared with the indentation, which may be -1.
    pub fn column(&self) -> i64 {
        i64::try_from(self.cursor.mark.column).unwrap_or(i64::MAX)
    }

    /// Appends a token that ends here.
    pub fn push(&mut self, kind: TokenKind, start: Mark) {
        self.tokens.push_back(Token { kind, start, end: self.cursor.mark });
    }

    /// Appends a token that ended earlier, before blanks that were read past.
    pub fn push_until(&mut self, kind: TokenKind, start: Mark, end: Mark) {
        self.tokens.push_back(Token { kind, start, end });
    }

    /// Puts a token before the one of that number, counted over the stream.
    fn insert(&mut self, number: usize, kind: TokenKind, mark: Mark) {
        let place = number.saturating_sub(self.parsed).min(self.tokens.len());
        self.tokens.insert(place, Token { kind, start: mark, end: mark });
    }

    /// Appends a token of so many characters that starts here.
    fn push_indicator(&mut self, kind: TokenKind, length: usize) {
        let start = self.cursor.mark;
        for _ in 0..length {
            self.cursor.skip();
        }
        self.push(kind, start);
    }

    /// Simple keys end with their line, and after 1024 characters.
    fn is_simple_key_valid(&mut self, place: usize) -> Result<bool, YamlError> {
        let here = self.cursor.mark;
        let Some(key) = self.simple_keys.get_mut(place).filter(|key| key.possible) else { return Ok(false) };
        if key.mark.line < here.line || key.mark.index + SIMPLE_KEY_LENGTH < here.index {
            if key.required {
                return Err(YamlError::at(key.mark, "could not find expected ':'"));
            }
            key.possible = false;
            return Ok(false);
        }
        Ok(true)
    }

    fn save_simple_key(&mut self) -> Result<(), YamlError> {
        let required = self.flow_level == 0 && self.indent == self.column();
        if self.simple_key_allowed {
            let token = self.parsed + self.tokens.len();
            self.remove_simple_key()?;
            let place = self.simple_keys.len().saturating_sub(1);
            if let Some(key) = self.simple_keys.last_mut() {
                *key = SimpleKey { possible: true, required, token, mark: self.cursor.mark };
                self.simple_keys_by_token.insert(token, place);
            }
        }
        Ok(())
    }

    fn remove_simple_key(&mut self) -> Result<(), YamlError> {
        let Some(key) = self.simple_keys.last_mut().filter(|key| key.possible) else { return Ok(()) };
        if key.required {
            return Err(YamlError::at(key.mark, "could not find expected ':'"));
        }
        key.possible = false;
        self.simple_keys_by_token.remove(&key.token);
        Ok(())
    }

    /// Starts a block collection if this column is deeper than the one around it.
    fn roll_indent(
        &mut self,
        column: i64,
        before: Option<usize>,
        kind: TokenKind,
        mark: Mark,
    ) -> Result<(), YamlError> {
        if self.flow_level > 0 || self.indent >= column {
            return Ok(());
        }
        self.indents.push(self.indent);
        self.indent = column;
        if self.indents.len() > MAX_NESTING {
            return self.error("exceeded max depth of 10000");
        }
        match before {
            Some(number) => self.insert(number, kind, mark),
            None => self.push(kind, mark),
        }
        Ok(())
    }

    /// Ends the block collections that are deeper than the column.
    fn unroll_indent(&mut self, column: i64) {
        if self.flow_level > 0 {
            return;
        }
        while self.indent > column {
            self.push(TokenKind::BlockEnd, self.cursor.mark);
            self.indent = self.indents.pop().unwrap_or(-1);
        }
    }

    fn fetch_stream_end(&mut self) -> Result<(), YamlError> {
        if self.cursor.mark.column != 0 {
            self.cursor.mark.column = 0;
            self.cursor.mark.line += 1;
        }
        self.unroll_indent(-1);
        self.remove_simple_key()?;
        self.simple_key_allowed = false;
        self.push(TokenKind::StreamEnd, self.cursor.mark);
        Ok(())
    }

    fn fetch_directive(&mut self) -> Result<(), YamlError> {
        self.unroll_indent(-1);
        self.remove_simple_key()?;
        self.simple_key_allowed = false;
        self.scan_directive()
    }

    fn fetch_document_indicator(&mut self, kind: TokenKind) -> Result<(), YamlError> {
        self.unroll_indent(-1);
        self.remove_simple_key()?;
        self.simple_key_allowed = false;
        self.push_indicator(kind, 3);
        Ok(())
    }

    fn fetch_flow_start(&mut self, kind: TokenKind) -> Result<(), YamlError> {
        self.save_simple_key()?;
        self.simple_keys.push(SimpleKey {
            token: self.parsed + self.tokens.len(),
            mark: self.cursor.mark,
            ..SimpleKey::default()
        });
        self.flow_level += 1;
        if self.flow_level > MAX_NESTING {
            return self.error("exceeded max depth of 10000");
        }
        self.simple_key_allowed = true;
        self.push_indicator(kind, 1);
        Ok(())
    }

    fn fetch_flow_end(&mut self, kind: TokenKind) -> Result<(), YamlError> {
        self.remove_simple_key()?;
        if self.flow_level > 0 {
            self.flow_level -= 1;
            if let Some(key) = self.simple_keys.pop() {
                self.simple_keys_by_token.remove(&key.token);
            }
        }
        self.simple_key_allowed = false;
        self.push_indicator(kind, 1);
        Ok(())
    }

    fn fetch_flow_entry(&mut self) -> Result<(), YamlError> {
        self.remove_simple_key()?;
        self.simple_key_allowed = true;
        self.push_indicator(TokenKind::FlowEntry, 1);
        Ok(())
    }

    fn fetch_block_entry(&mut self) -> Result<(), YamlError> {
        if self.flow_level == 0 {
            if !self.simple_key_allowed {
                return self.error("block sequence entries are not allowed in this context");
            }
            self.roll_indent(self.column(), None, TokenKind::BlockSequenceStart, self.cursor.mark)?;
        }
        self.remove_simple_key()?;
        self.simple_key_allowed = true;
        self.push_indicator(TokenKind::BlockEntry, 1);
        Ok(())
    }

    fn fetch_key(&mut self) -> Result<(), YamlError> {
        if self.flow_level == 0 {
            if !self.simple_key_allowed {
                return self.error("mapping keys are not allowed in this context");
            }
            self.roll_indent(self.column(), None, TokenKind::BlockMappingStart, self.cursor.mark)?;
        }
        self.remove_simple_key()?;
        self.simple_key_allowed = self.flow_level == 0;
        self.push_indicator(TokenKind::Key, 1);
        Ok(())
    }

    fn fetch_value(&mut self) -> Result<(), YamlError> {
        let place = self.simple_keys.len().saturating_sub(1);
        let is_valid = self.is_simple_key_valid(place)?;
        if let Some(&key) = self.simple_keys.last().filter(|_| is_valid) {
            self.insert(key.token, TokenKind::Key, key.mark);
            let column = i64::try_from(key.mark.column).unwrap_or(i64::MAX);
            self.roll_indent(column, Some(key.token), TokenKind::BlockMappingStart, key.mark)?;
            if let Some(last) = self.simple_keys.last_mut() {
                last.possible = false;
            }
            self.simple_keys_by_token.remove(&key.token);
            self.simple_key_allowed = false;
        } else {
            if self.flow_level == 0 {
                if !self.simple_key_allowed {
                    return self.error("mapping values are not allowed in this context");
                }
                self.roll_indent(self.column(), None, TokenKind::BlockMappingStart, self.cursor.mark)?;
            }
            self.simple_key_allowed = self.flow_level == 0;
        }
        self.push_indicator(TokenKind::Value, 1);
        Ok(())
    }

    fn fetch_block_scalar(&mut self, style: Style) -> Result<(), YamlError> {
        self.remove_simple_key()?;
        self.simple_key_allowed = true;
        self.scan_block_scalar(style)
    }

    fn fetch_flow_scalar(&mut self, style: Style) -> Result<(), YamlError> {
        self.save_simple_key()?;
        self.simple_key_allowed = false;
        self.scan_flow_scalar(style)
    }

    /// Tabs are white space only where no block collection can start.
    fn skip_to_next_token(&mut self) {
        // The reader has taken one byte order mark; the scanner takes a second.
        if self.cursor.mark.index == 0 && self.cursor.starts_with_byte_order_mark() {
            self.cursor.skip();
        }
        loop {
            while self.cursor.peek(0) == b' '
                || (self.cursor.is_tab() && (self.flow_level > 0 || !self.simple_key_allowed))
            {
                self.cursor.skip();
            }
            self.cursor.skip_comment();
            if !self.cursor.is_break(0) {
                return;
            }
            self.cursor.skip_line();
            if self.flow_level == 0 {
                self.simple_key_allowed = true;
            }
        }
    }
}
