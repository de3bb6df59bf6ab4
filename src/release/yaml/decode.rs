//! Events to values: a translation of `decode.go` into an untyped value, and of `convertToJSONableObject` of
//! sigs.k8s.io/yaml, which makes text of the keys.

use std::collections::{HashMap, HashSet};

use indexmap::IndexMap;
use serde_json::{Map, Number, Value};

use super::parse::{EventKind, Parser};
use super::resolve::{Scalar, float_key, is_standard, resolve};
use super::{ALIAS_TEXT_LIMIT, DEPTH_LIMIT, Mark, YamlError};

/// A position in the list of all nodes. Nodes refer to each other freely, as aliases can form rings.
type NodeId = usize;

struct Node {
    kind: NodeKind,
    mark: Mark,
}

enum NodeKind {
    Scalar {
        text: String,
        tag: Option<Vec<u8>>,
        implicit: bool,
    },
    Sequence(Vec<NodeId>),
    /// Keys and values in turn.
    Mapping(Vec<NodeId>),
    Alias(NodeId),
}

/// A value whose keys still have their types: `1` and `0x1` are the same key.
enum Decoded {
    Scalar(Scalar),
    Sequence(Vec<Decoded>),
    Mapping(IndexMap<Key, Pair>),
}

#[derive(PartialEq, Eq, Hash)]
enum Key {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    /// The bits.
    Float(u64),
    Text(String),
}

struct Pair {
    key_mark: Mark,
    mark: Mark,
    value: Decoded,
}

pub(super) fn document(text: &str) -> Result<Value, YamlError> {
    let Some((nodes, root)) = compose(text)? else { return Ok(Value::Null) };
    let mut decoder = Decoder { nodes: &nodes, open_aliases: HashSet::new(), decoded: 1, by_alias: 0, alias_text: 0 };
    let mark = nodes.get(root).map(|node| node.mark).unwrap_or_default();
    let decoded = decoder.decode(root, 0)?;
    to_value(decoded, mark)
}

/// The tree of the first document, if there is one.
fn compose(text: &str) -> Result<Option<(Vec<Node>, NodeId)>, YamlError> {
    let mut parser = Parser::new(text)?;
    let mut nodes: Vec<Node> = Vec::new();
    let mut anchors: HashMap<String, NodeId> = HashMap::new();
    let mut open: Vec<NodeId> = Vec::new();
    loop {
        let event = parser.next()?;
        let (kind, anchor, opens) = match event.kind {
            EventKind::StreamStart | EventKind::DocumentStart => continue,
            EventKind::StreamEnd => return Ok(None),
            EventKind::DocumentEnd => return Ok((!nodes.is_empty()).then_some((nodes, 0))),
            EventKind::SequenceEnd | EventKind::MappingEnd => {
                open.pop();
                continue;
            }
            EventKind::Alias { name } => match anchors.get(&name) {
                Some(&target) => (NodeKind::Alias(target), None, false),
                None => return Err(YamlError::at(event.start, "unknown anchor referenced")),
            },
            EventKind::Scalar { value, anchor, tag, implicit, style: _ } => {
                (NodeKind::Scalar { text: value, tag, implicit }, anchor, false)
            }
            EventKind::SequenceStart { anchor } => (NodeKind::Sequence(Vec::new()), anchor, true),
            EventKind::MappingStart { anchor } => (NodeKind::Mapping(Vec::new()), anchor, true),
        };
        let id = nodes.len();
        if let Some(parent) = open.last().and_then(|&parent| nodes.get_mut(parent)) {
            match &mut parent.kind {
                NodeKind::Sequence(children) | NodeKind::Mapping(children) => children.push(id),
                NodeKind::Scalar { .. } | NodeKind::Alias(_) => {}
            }
        }
        nodes.push(Node { kind, mark: event.start });
        if let Some(anchor) = anchor {
            anchors.insert(anchor, id);
        }
        if opens {
            open.push(id);
        }
    }
}

struct Decoder<'n> {
    nodes: &'n [Node],
    open_aliases: HashSet<NodeId>,
    /// Nodes decoded, each as often as aliases repeat it; the document counts as one.
    decoded: u32,
    /// Of those, the ones within an alias.
    by_alias: u32,
    alias_text: usize,
}

impl Decoder<'_> {
    fn node(&self, id: NodeId) -> Result<&Node, YamlError> {
        self.nodes.get(id).ok_or(YamlError::at(Mark::default(), "a node is missing"))
    }

    /// What an alias stands for, or the node itself.
    fn target(&self, id: NodeId) -> Result<&Node, YamlError> {
        match self.node(id)?.kind {
            NodeKind::Alias(target) => self.node(target),
            NodeKind::Scalar { .. } | NodeKind::Sequence(_) | NodeKind::Mapping(_) => self.node(id),
        }
    }

    fn decode(&mut self, id: NodeId, depth: usize) -> Result<Decoded, YamlError> {
        self.count(id)?;
        let nodes = self.nodes;
        let Some(node) = nodes.get(id) else { return Ok(Decoded::Scalar(Scalar::Null)) };
        match &node.kind {
            NodeKind::Alias(target) => {
                self.open_alias(id, node.mark)?;
                let decoded = self.decode(*target, depth)?;
                self.open_aliases.remove(&id);
                Ok(decoded)
            }
            NodeKind::Scalar { text, tag, implicit } => {
                let scalar = if tag.is_none() && !implicit {
                    Scalar::Text(text.clone())
                } else {
                    resolve(tag.as_deref(), text).map_err(|cause| YamlError::at(node.mark, cause))?
                };
                if !self.open_aliases.is_empty() {
                    self.alias_text = self.alias_text.saturating_add(text.len());
                    if self.alias_text > ALIAS_TEXT_LIMIT {
                        return Err(YamlError::at(node.mark, "aliases repeat too much text"));
                    }
                }
                Ok(Decoded::Scalar(scalar))
            }
            NodeKind::Sequence(children) => {
                let depth = deeper(depth, node.mark)?;
                children.iter().map(|&child| self.decode(child, depth)).collect::<Result<_, _>>().map(Decoded::Sequence)
            }
            NodeKind::Mapping(_) => {
                let mut pairs = IndexMap::new();
                self.fill(id, &mut pairs, depth)?;
                Ok(Decoded::Mapping(pairs))
            }
        }
    }

    /// `allowedAliasRatio`: 99 % of the nodes may come from aliases up to 400,000 nodes, falling to 10 % at 4,000,000.
    fn count(&mut self, id: NodeId) -> Result<(), YamlError> {
        self.decoded = self.decoded.saturating_add(1);
        if !self.open_aliases.is_empty() {
            self.by_alias = self.by_alias.saturating_add(1);
        }
        let allowed = match self.decoded {
            0..=400_000 => 0.99,
            400_001..4_000_000 => 0.99 - 0.89 * (f64::from(self.decoded - 400_000) / 3_600_000.0),
            4_000_000.. => 0.10,
        };
        let is_excessive =
            self.by_alias > 100 && self.decoded > 1000 && f64::from(self.by_alias) / f64::from(self.decoded) > allowed;
        if is_excessive {
            return Err(YamlError::at(self.node(id)?.mark, "document contains excessive aliasing"));
        }
        Ok(())
    }

    fn open_alias(&mut self, id: NodeId, mark: Mark) -> Result<(), YamlError> {
        if self.open_aliases.insert(id) { Ok(()) } else { Err(YamlError::at(mark, "anchor value contains itself")) }
    }

    /// Puts the pairs of a mapping into a map. Later ones replace earlier ones, whether merged in or not.
    fn fill(&mut self, id: NodeId, into: &mut IndexMap<Key, Pair>, depth: usize) -> Result<(), YamlError> {
        let nodes = self.nodes;
        let Some(node) = nodes.get(id) else { return Ok(()) };
        let NodeKind::Mapping(children) = &node.kind else { return Ok(()) };
        let depth = deeper(depth, node.mark)?;
        for pair in children.chunks_exact(2) {
            let &[key, value] = pair else { continue };
            let key_node = self.node(key)?;
            let key_mark = key_node.mark;
            if is_merge(key_node) {
                self.merge(value, into, depth)?;
                continue;
            }
            let key = match self.decode(key, depth)? {
                Decoded::Scalar(scalar) => key_of(scalar),
                Decoded::Sequence(_) | Decoded::Mapping(_) => {
                    return Err(YamlError::at(key_mark, "a list or map is no key"));
                }
            };
            if let Key::Float(bits) = key
                && f64::from_bits(bits) == 0.0
            {
                // 0 and -0 are one key, and it takes the later form.
                into.shift_remove(&Key::Float((-f64::from_bits(bits)).to_bits()));
            }
            let mark = self.node(value)?.mark;
            let value = self.decode(value, depth)?;
            into.insert(key, Pair { key_mark, mark, value });
        }
        Ok(())
    }

    /// The value of `<<`: a map or a list of maps, of which earlier ones take precedence.
    fn merge(&mut self, id: NodeId, into: &mut IndexMap<Key, Pair>, depth: usize) -> Result<(), YamlError> {
        let nodes = self.nodes;
        let Some(node) = nodes.get(id) else { return Ok(()) };
        match &node.kind {
            NodeKind::Sequence(children) => {
                children.iter().rev().try_for_each(|&child| self.merge_one(child, into, depth))
            }
            NodeKind::Scalar { .. } | NodeKind::Mapping(_) | NodeKind::Alias(_) => self.merge_one(id, into, depth),
        }
    }

    fn merge_one(&mut self, id: NodeId, into: &mut IndexMap<Key, Pair>, depth: usize) -> Result<(), YamlError> {
        let mark = self.node(id)?.mark;
        if !matches!(self.target(id)?.kind, NodeKind::Mapping(_)) {
            return Err(YamlError::at(mark, "map merge requires map or sequence of maps as the value"));
        }
        self.count(id)?;
        match self.node(id)?.kind {
            NodeKind::Alias(target) => {
                self.open_alias(id, mark)?;
                self.count(target)?;
                self.fill(target, into, depth)?;
                self.open_aliases.remove(&id);
                Ok(())
            }
            NodeKind::Scalar { .. } | NodeKind::Sequence(_) | NodeKind::Mapping(_) => self.fill(id, into, depth),
        }
    }
}

fn deeper(depth: usize, mark: Mark) -> Result<usize, YamlError> {
    if depth < DEPTH_LIMIT { Ok(depth + 1) } else { Err(YamlError::at(mark, "lists and maps are nested too deeply")) }
}

fn is_merge(node: &Node) -> bool {
    match &node.kind {
        NodeKind::Scalar { text, tag, implicit } => text == "<<" && (*implicit || is_standard(tag.as_deref(), "merge")),
        NodeKind::Sequence(_) | NodeKind::Mapping(_) | NodeKind::Alias(_) => false,
    }
}

fn key_of(scalar: Scalar) -> Key {
    match scalar {
        Scalar::Null => Key::Null,
        Scalar::Bool(value) => Key::Bool(value),
        Scalar::Int(number) => Key::Int(number),
        Scalar::Uint(number) => Key::Uint(number),
        Scalar::Float(number) => Key::Float(number.to_bits()),
        Scalar::Text(text) => Key::Text(text),
    }
}

fn to_value(decoded: Decoded, mark: Mark) -> Result<Value, YamlError> {
    Ok(match decoded {
        Decoded::Scalar(Scalar::Null) => Value::Null,
        Decoded::Scalar(Scalar::Bool(value)) => Value::Bool(value),
        Decoded::Scalar(Scalar::Int(number)) => Value::Number(number.into()),
        Decoded::Scalar(Scalar::Uint(number)) => Value::Number(number.into()),
        Decoded::Scalar(Scalar::Float(number)) => match Number::from_f64(number) {
            Some(number) => Value::Number(number),
            None => return Err(YamlError::at(mark, "JSON has no infinity and no NaN")),
        },
        Decoded::Scalar(Scalar::Text(text)) => Value::String(text),
        Decoded::Sequence(entries) => {
            Value::Array(entries.into_iter().map(|entry| to_value(entry, mark)).collect::<Result<_, _>>()?)
        }
        Decoded::Mapping(pairs) => {
            let mut map = Map::new();
            for (key, pair) in pairs {
                let key = match key {
                    Key::Text(text) => text,
                    Key::Int(number) => number.to_string(),
                    Key::Float(bits) => float_key(f64::from_bits(bits)),
                    Key::Bool(value) => value.to_string(),
                    Key::Null | Key::Uint(_) => {
                        return Err(YamlError::at(pair.key_mark, "null or a number above 63 bits is no key"));
                    }
                };
                map.insert(key, to_value(pair.value, pair.mark)?);
            }
            Value::Object(map)
        }
    })
}
