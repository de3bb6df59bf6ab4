//! Nodes to JSON: aliases are followed, maps merged, keys made text.
//!
//! The rules are those of `decode.go` of go.yaml.in/yaml v2.4.4 (which keys are one, what `<<` takes, how much aliases may
//! repeat) and of `convertToJSONableObject` in `yaml.go` of sigs.k8s.io/yaml v1.6.0 (what a key reads as).

use indexmap::IndexMap;
use serde_json::{Map, Number, Value};

use super::nodes::{Content, Node, NodeId, read};
use super::resolve::{Scalar, float_key};
use super::{ALIAS_TEXT_LIMIT, DEPTH_LIMIT, YamlError};

/// A value whose keys still have their types: `1` and `0x1` are the same key.
enum Typed {
    Scalar(Scalar),
    List(Vec<Typed>),
    Map(IndexMap<Key, Pair>),
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
    key_place: usize,
    place: usize,
    value: Typed,
}

/// What has been read, which bounds what aliases may repeat.
struct Effort {
    /// Nodes, each as often as it was met.
    nodes: u32,
    /// Those of them met within an alias.
    repeated: u32,
    /// Bytes of text within aliases.
    text: usize,
}

impl Effort {
    /// Of few nodes aliases may repeat almost all, of many only a tenth: the share falls evenly in between.
    fn is_excessive(&self) -> bool {
        const FEW: f64 = 400_000.0;
        const MANY: f64 = 4_000_000.0;
        let (nodes, repeated) = (f64::from(self.nodes), f64::from(self.repeated));
        let share = 0.99 - 0.89 * ((nodes - FEW) / (MANY - FEW)).clamp(0.0, 1.0);
        self.repeated > 100 && self.nodes > 1000 && repeated > share * nodes
    }
}

pub(super) fn document(text: &str) -> Result<Value, YamlError> {
    let nodes = read(text)?;
    let Some(root) = nodes.first() else { return Ok(Value::Null) };
    // The document counts as a node.
    let effort = Effort { nodes: 1, repeated: 0, text: 0 };
    let value = Decoder { text, nodes: &nodes, aliases: Vec::new(), effort }.value(0, 0)?;
    to_json(value, root.place).map_err(|(place, cause)| YamlError::at(text, place, cause))
}

struct Decoder<'n> {
    text: &'n str,
    nodes: &'n [Node],
    /// Those that are being followed.
    aliases: Vec<NodeId>,
    effort: Effort,
}

impl<'n> Decoder<'n> {
    fn node(&self, id: NodeId) -> Result<&'n Node, YamlError> {
        self.nodes.get(id).ok_or_else(|| YamlError::at(self.text, 0, "a node is missing"))
    }

    fn error<T>(&self, node: &Node, cause: &'static str) -> Result<T, YamlError> {
        Err(YamlError::at(self.text, node.place, cause))
    }

    /// The node, counted as met.
    fn visit(&mut self, id: NodeId) -> Result<&'n Node, YamlError> {
        let node = self.node(id)?;
        self.effort.nodes = self.effort.nodes.saturating_add(1);
        if !self.aliases.is_empty() {
            self.effort.repeated = self.effort.repeated.saturating_add(1);
            if let Content::Scalar(Scalar::Text(text)) = &node.content {
                self.effort.text = self.effort.text.saturating_add(text.len());
            }
        }
        if self.effort.text > ALIAS_TEXT_LIMIT {
            return self.error(node, "aliases repeat too much text");
        }
        if self.effort.is_excessive() {
            return self.error(node, "document contains excessive aliasing");
        }
        Ok(node)
    }

    /// Reads what an alias stands for.
    fn follow<T>(
        &mut self,
        alias: NodeId,
        read: impl FnOnce(&mut Self) -> Result<T, YamlError>,
    ) -> Result<T, YamlError> {
        if self.aliases.contains(&alias) {
            return self.error(self.node(alias)?, "anchor value contains itself");
        }
        self.aliases.push(alias);
        let value = read(self)?;
        self.aliases.pop();
        Ok(value)
    }

    /// One level further in.
    fn deeper(&self, depth: usize, node: &Node) -> Result<usize, YamlError> {
        if depth < DEPTH_LIMIT { Ok(depth + 1) } else { self.error(node, "lists and maps are nested too deeply") }
    }

    fn value(&mut self, id: NodeId, depth: usize) -> Result<Typed, YamlError> {
        let node = self.visit(id)?;
        match &node.content {
            Content::Scalar(scalar) => Ok(Typed::Scalar(scalar.clone())),
            Content::Merge => Ok(Typed::Scalar(Scalar::Text("<<".to_owned()))),
            Content::List(entries) => {
                let depth = self.deeper(depth, node)?;
                entries.iter().map(|&entry| self.value(entry, depth)).collect::<Result<_, _>>().map(Typed::List)
            }
            Content::Map(pairs) => {
                let mut map = IndexMap::new();
                self.add(node, pairs, &mut map, depth)?;
                Ok(Typed::Map(map))
            }
            &Content::Alias(target) => self.follow(id, |decoder| decoder.value(target, depth)),
        }
    }

    /// Adds pairs to a map in the order of the text. Later ones replace earlier ones, whether merged in or not.
    fn add(
        &mut self,
        node: &Node,
        pairs: &[(NodeId, NodeId)],
        map: &mut IndexMap<Key, Pair>,
        depth: usize,
    ) -> Result<(), YamlError> {
        let depth = self.deeper(depth, node)?;
        for &(key, value) in pairs {
            let key_node = self.node(key)?;
            if matches!(key_node.content, Content::Merge) {
                match &self.node(value)?.content {
                    // Of several maps the first one counts, so it comes last.
                    Content::List(maps) => maps.iter().rev().try_for_each(|&each| self.merge(each, map, depth))?,
                    Content::Scalar(_) | Content::Merge | Content::Map(_) | Content::Alias(_) => {
                        self.merge(value, map, depth)?;
                    }
                }
                continue;
            }
            let key = match self.value(key, depth)? {
                Typed::Scalar(scalar) => key_of(scalar),
                Typed::List(_) | Typed::Map(_) => return self.error(key_node, "a list or map is no key"),
            };
            if let Key::Float(bits) = key
                && f64::from_bits(bits) == 0.0
            {
                // 0 and -0 are one key, and it takes the later form.
                map.shift_remove(&Key::Float((-f64::from_bits(bits)).to_bits()));
            }
            let place = self.node(value)?.place;
            let value = self.value(value, depth)?;
            map.insert(key, Pair { key_place: key_node.place, place, value });
        }
        Ok(())
    }

    /// Adds the pairs of one map, or of an alias of one.
    fn merge(&mut self, id: NodeId, map: &mut IndexMap<Key, Pair>, depth: usize) -> Result<(), YamlError> {
        let node = self.visit(id)?;
        match &node.content {
            Content::Map(pairs) => self.add(node, pairs, map, depth),
            &Content::Alias(target) if matches!(self.node(target)?.content, Content::Map(_)) => {
                self.follow(id, |decoder| decoder.merge(target, map, depth))
            }
            Content::Scalar(_) | Content::Merge | Content::List(_) | Content::Alias(_) => {
                self.error(node, "map merge requires map or sequence of maps as the value")
            }
        }
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

/// The error is a place and a cause. It comes only now, for what is replaced may be what JSON does not have.
fn to_json(value: Typed, place: usize) -> Result<Value, (usize, &'static str)> {
    Ok(match value {
        Typed::Scalar(Scalar::Null) => Value::Null,
        Typed::Scalar(Scalar::Bool(value)) => Value::Bool(value),
        Typed::Scalar(Scalar::Int(number)) => Value::Number(number.into()),
        Typed::Scalar(Scalar::Uint(number)) => Value::Number(number.into()),
        Typed::Scalar(Scalar::Float(number)) => {
            Value::Number(Number::from_f64(number).ok_or((place, "JSON has no infinity and no NaN"))?)
        }
        Typed::Scalar(Scalar::Text(text)) => Value::String(text),
        Typed::List(entries) => {
            Value::Array(entries.into_iter().map(|entry| to_json(entry, place)).collect::<Result<_, _>>()?)
        }
        Typed::Map(pairs) => {
            let mut map = Map::new();
            for (key, pair) in pairs {
                let key = match key {
                    Key::Text(text) => text,
                    Key::Int(number) => number.to_string(),
                    Key::Float(bits) => float_key(f64::from_bits(bits)),
                    Key::Bool(value) => value.to_string(),
                    Key::Null | Key::Uint(_) => {
                        return Err((pair.key_place, "null or a number above 63 bits is no key"));
                    }
                };
                map.insert(key, to_json(pair.value, pair.place)?);
            }
            Value::Object(map)
        }
    })
}
