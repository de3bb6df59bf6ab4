//! The first document of a text as a list of nodes, its scalars already understood.

use std::collections::HashMap;

use super::YamlError;
use super::events::{Event, EventKind, Parser};
use super::resolve::{Scalar, is_standard, resolve};

/// A position in the list of all nodes. Nodes refer to each other freely, as aliases can form rings.
pub(super) type NodeId = usize;

pub(super) struct Node {
    pub content: Content,
    /// The byte where it starts.
    pub place: usize,
}

pub(super) enum Content {
    Scalar(Scalar),
    /// `<<`, which merges where it is a key and is text elsewhere.
    Merge,
    List(Vec<NodeId>),
    Map(Vec<(NodeId, NodeId)>),
    Alias(NodeId),
}

/// The nodes, of which the first is the root; none if there is no document.
pub(super) fn read(text: &str) -> Result<Vec<Node>, YamlError> {
    let mut reader = Reader { text, parser: Parser::new(text)?, nodes: Vec::new(), anchors: HashMap::new() };
    loop {
        let event = reader.parser.next()?;
        match event.kind {
            EventKind::StreamStart | EventKind::DocumentStart => {}
            EventKind::StreamEnd | EventKind::DocumentEnd => return Ok(reader.nodes),
            EventKind::Alias { .. }
            | EventKind::Scalar { .. }
            | EventKind::SequenceStart { .. }
            | EventKind::SequenceEnd
            | EventKind::MappingStart { .. }
            | EventKind::MappingEnd => {
                reader.node(event)?;
            }
        }
    }
}

struct Reader<'t> {
    text: &'t str,
    parser: Parser<'t>,
    nodes: Vec<Node>,
    anchors: HashMap<String, NodeId>,
}

impl Reader<'_> {
    /// The node that the event starts, read to its end. The parser bounds how deep this goes; `None` is the end of the
    /// collection around it.
    fn node(&mut self, event: Event) -> Result<Option<NodeId>, YamlError> {
        let place = event.start;
        Ok(match event.kind {
            EventKind::Alias { name } => {
                let target = self.anchors.get(&name).copied();
                let target = target.ok_or_else(|| YamlError::at(self.text, place, "unknown anchor referenced"))?;
                Some(self.push(Content::Alias(target), None, place))
            }
            EventKind::Scalar { value, anchor, tag, implicit, style: _ } => {
                let tag = tag.as_deref();
                let content = if value == "<<" && (implicit || is_standard(tag, "merge")) {
                    Content::Merge
                } else if tag.is_none() && !implicit {
                    Content::Scalar(Scalar::Text(value))
                } else {
                    let scalar = resolve(tag, value).map_err(|cause| YamlError::at(self.text, place, cause))?;
                    Content::Scalar(scalar)
                };
                Some(self.push(content, anchor, place))
            }
            EventKind::SequenceStart { anchor } => {
                let id = self.push(Content::List(Vec::new()), anchor, place);
                let mut entries = Vec::new();
                while let Some(entry) = self.next()? {
                    entries.push(entry);
                }
                self.fill(id, Content::List(entries))
            }
            EventKind::MappingStart { anchor } => {
                let id = self.push(Content::Map(Vec::new()), anchor, place);
                let mut pairs = Vec::new();
                while let Some(key) = self.next()? {
                    let Some(value) = self.next()? else { break };
                    pairs.push((key, value));
                }
                self.fill(id, Content::Map(pairs))
            }
            EventKind::StreamStart
            | EventKind::StreamEnd
            | EventKind::DocumentStart
            | EventKind::DocumentEnd
            | EventKind::SequenceEnd
            | EventKind::MappingEnd => None,
        })
    }

    fn next(&mut self) -> Result<Option<NodeId>, YamlError> {
        let event = self.parser.next()?;
        self.node(event)
    }

    /// Takes the anchor at once, as a collection can hold aliases of itself.
    fn push(&mut self, content: Content, anchor: Option<String>, place: usize) -> NodeId {
        let id = self.nodes.len();
        self.nodes.push(Node { content, place });
        if let Some(anchor) = anchor {
            self.anchors.insert(anchor, id);
        }
        id
    }

    fn fill(&mut self, id: NodeId, content: Content) -> Option<NodeId> {
        let node = self.nodes.get_mut(id)?;
        node.content = content;
        Some(id)
    }
}
