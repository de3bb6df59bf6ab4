//! Tokens to events: a translation of `parserc.go`.

use super::YamlError;
use super::cursor::Mark;
use super::scan::{Scanner, Style, Token, TokenKind};

/// A piece of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Event {
    pub kind: EventKind,
    /// Of a scalar: where its text starts, behind anchor and tag.
    pub start: Mark,
    /// Behind its last character.
    pub end: Mark,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum EventKind {
    StreamStart,
    StreamEnd,
    DocumentStart,
    DocumentEnd,
    Alias {
        name: String,
    },
    Scalar {
        value: String,
        style: Style,
        anchor: Option<String>,
        /// Bytes, for a tag may escape what is no UTF-8.
        tag: Option<Vec<u8>>,
        /// Whether the type follows from the text: plain without a tag, or tagged `!`.
        implicit: bool,
    },
    SequenceStart {
        anchor: Option<String>,
    },
    SequenceEnd,
    MappingStart {
        anchor: Option<String>,
    },
    MappingEnd,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    StreamStart,
    ImplicitDocumentStart,
    DocumentStart,
    DocumentContent,
    DocumentEnd,
    BlockNode,
    BlockSequenceEntry,
    IndentlessSequenceEntry,
    BlockMappingKey,
    BlockMappingValue,
    FlowSequenceFirstEntry,
    FlowSequenceEntry,
    FlowSequenceEntryMappingKey,
    FlowSequenceEntryMappingValue,
    FlowSequenceEntryMappingEnd,
    FlowMappingFirstKey,
    FlowMappingKey,
    FlowMappingValue,
    FlowMappingEmptyValue,
    End,
}

#[derive(Debug)]
pub(crate) struct Parser<'t> {
    scanner: Scanner<'t>,
    state: State,
    /// What to go back to behind each node that is open.
    states: Vec<State>,
    tag_directives: Vec<(String, Vec<u8>)>,
}

impl<'t> Parser<'t> {
    pub fn new(text: &'t str) -> Result<Self, YamlError> {
        Ok(Self {
            scanner: Scanner::new(text)?,
            state: State::StreamStart,
            states: Vec::new(),
            tag_directives: Vec::new(),
        })
    }

    /// The next event; the end of the stream comes again when asked for again.
    pub fn next(&mut self) -> Result<Event, YamlError> {
        match self.state {
            State::StreamStart => {
                let token = self.scanner.next()?;
                self.state = State::ImplicitDocumentStart;
                Ok(event(EventKind::StreamStart, &token))
            }
            State::ImplicitDocumentStart => self.document_start(true),
            State::DocumentStart => self.document_start(false),
            State::DocumentContent => self.document_content(),
            State::DocumentEnd => self.document_end(),
            State::BlockNode => self.node(true, false),
            State::BlockSequenceEntry => self.block_sequence_entry(),
            State::IndentlessSequenceEntry => self.indentless_sequence_entry(),
            State::BlockMappingKey => self.block_mapping_key(),
            State::BlockMappingValue => self.block_mapping_value(),
            State::FlowSequenceFirstEntry => self.flow_sequence_entry(true),
            State::FlowSequenceEntry => self.flow_sequence_entry(false),
            State::FlowSequenceEntryMappingKey => self.flow_sequence_entry_mapping_key(),
            State::FlowSequenceEntryMappingValue => self.flow_sequence_entry_mapping_value(),
            State::FlowSequenceEntryMappingEnd => {
                let mark = self.scanner.peek()?.start;
                self.state = State::FlowSequenceEntry;
                Ok(Event { kind: EventKind::MappingEnd, start: mark, end: mark })
            }
            State::FlowMappingFirstKey => self.flow_mapping_key(true),
            State::FlowMappingKey => self.flow_mapping_key(false),
            State::FlowMappingValue => self.flow_mapping_value(),
            State::FlowMappingEmptyValue => {
                let mark = self.scanner.peek()?.start;
                self.state = State::FlowMappingKey;
                Ok(empty_scalar(mark))
            }
            State::End => {
                let mark = self.scanner.cursor.mark;
                Ok(Event { kind: EventKind::StreamEnd, start: mark, end: mark })
            }
        }
    }

    fn kind(&mut self) -> Result<&TokenKind, YamlError> {
        Ok(&self.scanner.peek()?.kind)
    }

    fn error<T>(&mut self, cause: &'static str) -> Result<T, YamlError> {
        Err(YamlError::at(self.scanner.peek()?.start, cause))
    }

    fn pop_state(&mut self) {
        self.state = self.states.pop().unwrap_or(State::End);
    }

    /// A node, behind which the parser goes on in that state.
    fn node_then(&mut self, then: State, block: bool, indentless: bool) -> Result<Event, YamlError> {
        self.states.push(then);
        self.node(block, indentless)
    }

    /// A node that is not there, behind which the parser goes on in that state.
    fn empty_then(&mut self, then: State, mark: Mark) -> Result<Event, YamlError> {
        self.state = then;
        Ok(empty_scalar(mark))
    }

    /// The end of a collection, written as a token.
    fn collection_end(&mut self, kind: EventKind) -> Result<Event, YamlError> {
        self.pop_state();
        let token = self.scanner.next()?;
        Ok(event(kind, &token))
    }

    fn document_start(&mut self, is_implicit: bool) -> Result<Event, YamlError> {
        if !is_implicit {
            while *self.kind()? == TokenKind::DocumentEnd {
                self.scanner.next()?;
            }
        }
        let first = self.scanner.peek()?.clone();
        let is_marked = matches!(
            first.kind,
            TokenKind::VersionDirective { .. } | TokenKind::TagDirective { .. } | TokenKind::DocumentStart
        );
        if first.kind == TokenKind::StreamEnd {
            self.state = State::End;
            self.scanner.next()?;
            return Ok(event(EventKind::StreamEnd, &first));
        }
        self.process_directives()?;
        self.states.push(State::DocumentEnd);
        if is_implicit && !is_marked {
            self.state = State::BlockNode;
            return Ok(event(EventKind::DocumentStart, &first));
        }
        if *self.kind()? != TokenKind::DocumentStart {
            return self.error("did not find expected <document start>");
        }
        self.state = State::DocumentContent;
        let indicator = self.scanner.next()?;
        Ok(Event { kind: EventKind::DocumentStart, start: first.start, end: indicator.end })
    }

    fn document_content(&mut self) -> Result<Event, YamlError> {
        let token = self.scanner.peek()?;
        if matches!(
            token.kind,
            TokenKind::VersionDirective { .. }
                | TokenKind::TagDirective { .. }
                | TokenKind::DocumentStart
                | TokenKind::DocumentEnd
                | TokenKind::StreamEnd
        ) {
            let mark = token.start;
            self.pop_state();
            return Ok(empty_scalar(mark));
        }
        self.node(true, false)
    }

    fn document_end(&mut self) -> Result<Event, YamlError> {
        let token = self.scanner.peek()?;
        let start = token.start;
        let mut end = start;
        if token.kind == TokenKind::DocumentEnd {
            end = token.end;
            self.scanner.next()?;
        }
        self.tag_directives.clear();
        self.state = State::DocumentStart;
        Ok(Event { kind: EventKind::DocumentEnd, start, end })
    }

    fn process_directives(&mut self) -> Result<(), YamlError> {
        let mut has_version = false;
        loop {
            let token = self.scanner.peek()?;
            let mark = token.start;
            match &token.kind {
                TokenKind::VersionDirective { .. } if has_version => {
                    return self.error("found duplicate %YAML directive");
                }
                TokenKind::VersionDirective { major: 1, minor: 1 } => has_version = true,
                TokenKind::VersionDirective { .. } => return self.error("found incompatible YAML document"),
                TokenKind::TagDirective { handle, prefix } => {
                    let directive = (handle.clone(), prefix.clone());
                    if self.tag_directives.iter().any(|(known, _)| *known == directive.0) {
                        return Err(YamlError::at(mark, "found duplicate %TAG directive"));
                    }
                    self.tag_directives.push(directive);
                }
                _ => break,
            }
            self.scanner.next()?;
        }
        for (handle, prefix) in [("!", "!"), ("!!", "tag:yaml.org,2002:")] {
            if self.tag_directives.iter().all(|(known, _)| known != handle) {
                self.tag_directives.push((handle.to_owned(), prefix.as_bytes().to_vec()));
            }
        }
        Ok(())
    }

    /// Properties, then a scalar, an alias, the start of a collection, or nothing behind properties.
    fn node(&mut self, block: bool, indentless: bool) -> Result<Event, YamlError> {
        let start = self.scanner.peek()?.start;
        if let TokenKind::Alias(name) = self.kind()? {
            let name = name.clone();
            self.pop_state();
            let token = self.scanner.next()?;
            return Ok(event(EventKind::Alias { name }, &token));
        }
        let mut anchor = None;
        let mut tag = None;
        let mut end = start;
        // One of each, in either order.
        loop {
            match self.kind()? {
                TokenKind::Anchor(name) if anchor.is_none() => anchor = Some(name.clone()),
                TokenKind::Tag { handle, suffix } if tag.is_none() => tag = Some((handle.clone(), suffix.clone())),
                _ => break,
            }
            end = self.scanner.next()?.end;
        }
        let tag = match tag {
            Some((handle, suffix)) => Some(self.resolve_tag(&handle, suffix, start)?).filter(|tag| !tag.is_empty()),
            None => None,
        };

        let token = self.scanner.peek()?.clone();
        // The first entry of an indentless sequence is its start and its own token at once.
        let is_start_a_token = token.kind != TokenKind::BlockEntry;
        let (state, kind) = match token.kind {
            TokenKind::BlockEntry if indentless => {
                (State::IndentlessSequenceEntry, EventKind::SequenceStart { anchor })
            }
            TokenKind::Scalar { value, style } => {
                self.pop_state();
                self.scanner.next()?;
                let implicit = match tag.as_deref() {
                    None => style == Style::Plain,
                    Some(tag) => tag == b"!",
                };
                let kind = EventKind::Scalar { value, style, anchor, tag, implicit };
                return Ok(Event { kind, start: token.start, end: token.end });
            }
            TokenKind::FlowSequenceStart => (State::FlowSequenceFirstEntry, EventKind::SequenceStart { anchor }),
            TokenKind::FlowMappingStart => (State::FlowMappingFirstKey, EventKind::MappingStart { anchor }),
            TokenKind::BlockSequenceStart if block => (State::BlockSequenceEntry, EventKind::SequenceStart { anchor }),
            TokenKind::BlockMappingStart if block => (State::BlockMappingKey, EventKind::MappingStart { anchor }),
            _ if anchor.is_some() || tag.is_some() => {
                self.pop_state();
                let implicit = tag.is_none();
                let kind = EventKind::Scalar { value: String::new(), style: Style::Plain, anchor, tag, implicit };
                return Ok(Event { kind, start: end, end });
            }
            _ => return self.error("did not find expected node content"),
        };
        self.state = state;
        if is_start_a_token {
            self.scanner.next()?;
        }
        Ok(Event { kind, start: token.start, end: token.end })
    }

    fn resolve_tag(&mut self, handle: &str, suffix: Vec<u8>, start: Mark) -> Result<Vec<u8>, YamlError> {
        if handle.is_empty() {
            return Ok(suffix);
        }
        let prefix = self.tag_directives.iter().find(|(known, _)| known == handle);
        let tag = prefix.map(|(_, prefix)| [prefix.as_slice(), &suffix].concat()).unwrap_or_default();
        if tag.is_empty() {
            return Err(YamlError::at(start, "found undefined tag handle"));
        }
        Ok(tag)
    }

    fn block_sequence_entry(&mut self) -> Result<Event, YamlError> {
        match self.kind()? {
            TokenKind::BlockEntry => {
                let mark = self.scanner.next()?.end;
                match self.kind()? {
                    TokenKind::BlockEntry | TokenKind::BlockEnd => self.empty_then(State::BlockSequenceEntry, mark),
                    _ => self.node_then(State::BlockSequenceEntry, true, false),
                }
            }
            TokenKind::BlockEnd => self.collection_end(EventKind::SequenceEnd),
            _ => self.error("did not find expected '-' indicator"),
        }
    }

    fn indentless_sequence_entry(&mut self) -> Result<Event, YamlError> {
        if *self.kind()? != TokenKind::BlockEntry {
            let mark = self.scanner.peek()?.start;
            self.pop_state();
            return Ok(Event { kind: EventKind::SequenceEnd, start: mark, end: mark });
        }
        let mark = self.scanner.next()?.end;
        match self.kind()? {
            TokenKind::BlockEntry | TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd => {
                self.empty_then(State::IndentlessSequenceEntry, mark)
            }
            _ => self.node_then(State::IndentlessSequenceEntry, true, false),
        }
    }

    fn block_mapping_key(&mut self) -> Result<Event, YamlError> {
        match self.kind()? {
            TokenKind::Key => {
                let mark = self.scanner.next()?.end;
                match self.kind()? {
                    TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd => {
                        self.empty_then(State::BlockMappingValue, mark)
                    }
                    _ => self.node_then(State::BlockMappingValue, true, true),
                }
            }
            TokenKind::BlockEnd => self.collection_end(EventKind::MappingEnd),
            _ => self.error("did not find expected key"),
        }
    }

    fn block_mapping_value(&mut self) -> Result<Event, YamlError> {
        let token = self.scanner.peek()?;
        if token.kind != TokenKind::Value {
            let mark = token.start;
            return self.empty_then(State::BlockMappingKey, mark);
        }
        let mark = self.scanner.next()?.end;
        match self.kind()? {
            TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd => self.empty_then(State::BlockMappingKey, mark),
            _ => self.node_then(State::BlockMappingKey, true, true),
        }
    }

    fn flow_sequence_entry(&mut self, is_first: bool) -> Result<Event, YamlError> {
        if *self.kind()? != TokenKind::FlowSequenceEnd {
            if !is_first {
                if *self.kind()? != TokenKind::FlowEntry {
                    return self.error("did not find expected ',' or ']'");
                }
                self.scanner.next()?;
            }
            match self.kind()? {
                TokenKind::Key => {
                    self.state = State::FlowSequenceEntryMappingKey;
                    let token = self.scanner.next()?;
                    return Ok(event(EventKind::MappingStart { anchor: None }, &token));
                }
                TokenKind::FlowSequenceEnd => {}
                _ => return self.node_then(State::FlowSequenceEntry, false, false),
            }
        }
        self.collection_end(EventKind::SequenceEnd)
    }

    /// The original skips the token behind an empty key here, which makes `[?]` and `[? : a]` errors.
    fn flow_sequence_entry_mapping_key(&mut self) -> Result<Event, YamlError> {
        match self.kind()? {
            TokenKind::Value | TokenKind::FlowEntry | TokenKind::FlowSequenceEnd => {
                let mark = self.scanner.next()?.end;
                self.empty_then(State::FlowSequenceEntryMappingValue, mark)
            }
            _ => self.node_then(State::FlowSequenceEntryMappingValue, false, false),
        }
    }

    fn flow_sequence_entry_mapping_value(&mut self) -> Result<Event, YamlError> {
        let mut mark = self.scanner.peek()?.start;
        if *self.kind()? == TokenKind::Value {
            self.scanner.next()?;
            let token = self.scanner.peek()?;
            if !matches!(token.kind, TokenKind::FlowEntry | TokenKind::FlowSequenceEnd) {
                return self.node_then(State::FlowSequenceEntryMappingEnd, false, false);
            }
            mark = token.start;
        }
        self.empty_then(State::FlowSequenceEntryMappingEnd, mark)
    }

    fn flow_mapping_key(&mut self, is_first: bool) -> Result<Event, YamlError> {
        if *self.kind()? != TokenKind::FlowMappingEnd {
            if !is_first {
                if *self.kind()? != TokenKind::FlowEntry {
                    return self.error("did not find expected ',' or '}'");
                }
                self.scanner.next()?;
            }
            match self.kind()? {
                TokenKind::Key => {
                    self.scanner.next()?;
                    let token = self.scanner.peek()?;
                    if !matches!(token.kind, TokenKind::Value | TokenKind::FlowEntry | TokenKind::FlowMappingEnd) {
                        return self.node_then(State::FlowMappingValue, false, false);
                    }
                    let mark = token.start;
                    return self.empty_then(State::FlowMappingValue, mark);
                }
                TokenKind::FlowMappingEnd => {}
                _ => return self.node_then(State::FlowMappingEmptyValue, false, false),
            }
        }
        self.collection_end(EventKind::MappingEnd)
    }

    fn flow_mapping_value(&mut self) -> Result<Event, YamlError> {
        let mut mark = self.scanner.peek()?.start;
        if *self.kind()? == TokenKind::Value {
            self.scanner.next()?;
            let token = self.scanner.peek()?;
            if !matches!(token.kind, TokenKind::FlowEntry | TokenKind::FlowMappingEnd) {
                return self.node_then(State::FlowMappingKey, false, false);
            }
            mark = token.start;
        }
        self.empty_then(State::FlowMappingKey, mark)
    }
}

fn event(kind: EventKind, token: &Token) -> Event {
    Event { kind, start: token.start, end: token.end }
}

fn empty_scalar(mark: Mark) -> Event {
    let kind = EventKind::Scalar { value: String::new(), style: Style::Plain, anchor: None, tag: None, implicit: true };
    Event { kind, start: mark, end: mark }
}
