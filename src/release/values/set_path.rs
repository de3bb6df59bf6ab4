//! Writes a value at a targetPath, by the grammar of `helm --set`.
//!
//! Source: fluxcd/pkg chartutil v1.27.1 `values.go` (`ReplacePathValue`, `ReplacePathLiteralValue`), helm v4.3.1
//! `pkg/strvals/parser.go`. Path and value are one line there, `a.b[0]=value`, so that a value may end with `,c.d=…` and
//! set that too. Where the original would crash on a part of another type, it reports an error, and so does this.

use std::cell::RefCell;
use std::iter::Peekable;
use std::rc::Rc;
use std::vec::IntoIter;

use serde_json::Value;

use super::tree::{Content, Node, Origin, Tree};

/// Largest index of a list.
const INDEX_LIMIT: i64 = 65_536;

/// Deepest path.
const DEPTH_LIMIT: usize = 30;

/// Deepest list in a list. The original knows no limit but its memory.
const LIST_DEPTH_LIMIT: usize = 500;

/// Characters that mean something in the line.
const SYNTAX: [char; 6] = ['\\', ',', '[', ']', '{', '}'];

type List = Rc<RefCell<Vec<Node>>>;

/// Writes it. Maps and lists on the way are changed in place.
///
/// # Errors
/// In the words of the original, but for parts of another type.
pub(super) fn set_path(
    tree: &Rc<RefCell<Tree>>,
    path: &str,
    text: &str,
    is_literal: bool,
    origin: Origin,
) -> Result<(), String> {
    let quoted = |quote: char| text.starts_with(quote) && text.ends_with(quote);
    let (value, is_text) = if is_literal {
        let escaped = text.chars().flat_map(|one| SYNTAX.contains(&one).then_some('\\').into_iter().chain([one]));
        (escaped.collect(), true)
    } else if quoted('\'') || quoted('"') {
        (text.trim_matches(['\'', '"']).to_owned(), true)
    } else {
        (text.to_owned(), false)
    };
    let line: Vec<char> = format!("{path}={value}").chars().collect();
    let mut parser = Parser { rest: line.into_iter().peekable(), is_text, origin, list_depth: 0 };
    loop {
        match parser.key(tree, 0) {
            Ok(()) => {}
            Err(Stop::End) => return Ok(()),
            Err(Stop::Fault(fault)) => return Err(fault),
        }
    }
}

/// The keys of a targetPath, down to the list or the value that it is about.
pub(super) fn target_keys(path: &str) -> Vec<String> {
    let top = Rc::default();
    set_path(&top, path, "", true, Origin::Inline).ok();
    let mut keys = Vec::new();
    let mut next = Some(top);
    while let Some(tree) = next {
        let Some((key, node)) = tree.borrow().first_key_value().map(|(key, node)| (key.clone(), node.clone())) else {
            break;
        };
        keys.push(key);
        next = node.map();
    }
    keys
}

/// Why no more is read.
enum Stop {
    /// The line is at its end, be it in the middle of something.
    End,
    Fault(String),
}

fn fault<T>(cause: impl Into<String>) -> Result<T, Stop> {
    Err(Stop::Fault(cause.into()))
}

/// What was read up to one of the characters that end it; `None` at the end of the line.
struct Read {
    text: String,
    last: Option<char>,
}

struct Parser {
    rest: Peekable<IntoIter<char>>,
    is_text: bool,
    origin: Origin,
    /// Lists in which the reading is.
    list_depth: usize,
}

impl Parser {
    fn until(&mut self, stop: &[char]) -> Read {
        let mut text = String::new();
        while let Some(one) = self.rest.next() {
            if stop.contains(&one) {
                return Read { text, last: Some(one) };
            }
            match one {
                '\\' => match self.rest.next() {
                    Some(escaped) => text.push(escaped),
                    None => break,
                },
                _ => text.push(one),
            }
        }
        Read { text, last: None }
    }

    fn key(&mut self, tree: &Rc<RefCell<Tree>>, depth: usize) -> Result<(), Stop> {
        let Read { text: key, last } = self.until(&['=', '[', ',', '.']);
        match last {
            Some('[') => self.key_of_list(tree, key, depth),
            Some('=') => match self.list()? {
                Some(Some(list)) => {
                    self.set(tree, key, list);
                    Ok(())
                }
                Some(None) => {
                    let value = self.until(&[',']).text;
                    self.set(tree, key, self.typed(value));
                    Ok(())
                }
                None => {
                    self.set(tree, key, self.scalar(Value::String(String::new())));
                    Err(Stop::End)
                }
            },
            Some('.') => self.key_of_map(tree, key, depth.saturating_add(1)),
            Some(_) => fault(format!("key {key:?} has no value (cannot end with ,)")),
            None if key.is_empty() => Err(Stop::End),
            None => fault(format!("key {key:?} has no value")),
        }
    }

    fn key_of_list(&mut self, tree: &Rc<RefCell<Tree>>, key: String, depth: usize) -> Result<(), Stop> {
        let index = self.index()?;
        let there = tree.borrow().get(&key).cloned();
        let list = match &there {
            None => List::default(),
            Some(Node { content: Content::List(list), .. }) => Rc::clone(list),
            Some(Node { content: Content::Scalar(_) | Content::Map(_), .. }) => {
                return fault(format!("unable to parse key: {key:?} is not a list"));
            }
        };
        let (list, ended) = self.item(list, index, depth);
        let node = there.unwrap_or_else(|| Node::new(self.origin, Content::List(List::default())));
        self.put(tree, key, Node { content: Content::List(list), ..node });
        ended
    }

    fn key_of_map(&mut self, tree: &Rc<RefCell<Tree>>, key: String, depth: usize) -> Result<(), Stop> {
        if depth > DEPTH_LIMIT {
            return fault(format!(
                "value name nested level is greater than maximum supported nested level of {DEPTH_LIMIT}"
            ));
        }
        let there = tree.borrow().get(&key).cloned();
        let inner = match &there {
            None => Rc::default(),
            Some(Node { content: Content::Map(inner), .. }) => Rc::clone(inner),
            Some(Node { content: Content::Scalar(_) | Content::List(_), .. }) => {
                return fault(format!("unable to parse key: {key:?} is not a map"));
            }
        };
        let ended = self.key(&inner, depth);
        if ended.is_ok() && inner.borrow().is_empty() {
            return fault(format!("key map {key:?} has no value"));
        }
        if !inner.borrow().is_empty() && there.is_none() {
            self.put(tree, key, Node::new(self.origin, Content::Map(inner)));
        }
        ended
    }

    fn index(&mut self) -> Result<i64, Stop> {
        let Read { text, last } = self.until(&[']']);
        match last {
            // The original takes the end of the line for the end of everything even here.
            None => Err(Stop::End),
            Some(_) => match text.parse() {
                Ok(index) => Ok(index),
                Err(_) => fault(format!("error parsing index: strconv.Atoi: parsing {text:?}: invalid syntax")),
            },
        }
    }

    /// The list with the item in it, which is another one where it had to grow, and how the reading ended.
    fn item(&mut self, list: List, index: i64, depth: usize) -> (List, Result<(), Stop>) {
        if index < 0 {
            return (list, fault(format!("negative {index} index not allowed")));
        }
        let Read { text, last } = self.until(&['[', '.', '=']);
        if !text.is_empty() {
            // Character by character, as Go quotes them.
            let text: Vec<String> = text.chars().map(|one| format!("{one:?}")).collect();
            return (list, fault(format!("unexpected data at end of array index: [{}]", text.join(" "))));
        }
        let made = match last {
            None => return (list, Err(Stop::End)),
            Some('=') => match self.list() {
                Err(stop) => Err(stop),
                Ok(Some(Some(values))) => Ok(over(values, &list, index)),
                Ok(Some(None)) => {
                    let value = self.until(&[',']).text;
                    Ok(over(self.typed(value), &list, index))
                }
                Ok(None) => Ok(over(self.scalar(Value::String(String::new())), &list, index)),
            },
            Some('[') => self.inner_list(&list, index, depth),
            Some(_) => self.inner_map(&list, index, depth),
        };
        match made.and_then(|node| self.set_index(&list, index, node)) {
            Ok(list) => (list, Ok(())),
            Err(stop) => (list, Err(stop)),
        }
    }

    fn inner_list(&mut self, list: &List, index: i64, depth: usize) -> Result<Node, Stop> {
        self.list_depth = self.list_depth.saturating_add(1);
        if self.list_depth > LIST_DEPTH_LIMIT {
            return fault("lists are nested too deep");
        }
        let next = self.index()?;
        let there = at(list, index).filter(|node| !node.is_null());
        let inner = match &there {
            None => List::default(),
            Some(Node { content: Content::List(inner), .. }) => Rc::clone(inner),
            Some(Node { content: Content::Scalar(_) | Content::Map(_), .. }) => {
                return fault(format!("unable to parse key: item {index} is not a list"));
            }
        };
        let (inner, ended) = self.item(inner, next, depth);
        self.list_depth = self.list_depth.saturating_sub(1);
        ended?;
        let node = there.unwrap_or_else(|| Node::new(self.origin, Content::List(List::default())));
        Ok(Node { content: Content::List(inner), ..node })
    }

    fn inner_map(&mut self, list: &List, index: i64, depth: usize) -> Result<Node, Stop> {
        let there = at(list, index);
        let node = match there {
            Some(node) if node.map().is_some() => node,
            Some(other) => {
                let node = Node::new(self.origin, Content::Map(Rc::default())).over(&other);
                // In place, even if what follows cannot be read.
                self.set_index(list, index, node.clone())?;
                node
            }
            None => Node::new(self.origin, Content::Map(Rc::default())),
        };
        let Some(inner) = node.map() else { return fault("not a map") };
        self.key(&inner, depth)?;
        Ok(node)
    }

    fn set_index(&self, list: &List, index: i64, node: Node) -> Result<List, Stop> {
        let place = match usize::try_from(index) {
            Ok(place) if index <= INDEX_LIMIT => place,
            _ => {
                return fault(format!("index of {index} is greater than maximum supported index of {INDEX_LIMIT}"));
            }
        };
        let list = if place >= list.borrow().len() {
            let mut entries = list.borrow().clone();
            entries.resize(place.saturating_add(1), self.scalar(Value::Null));
            Rc::new(RefCell::new(entries))
        } else {
            Rc::clone(list)
        };
        if let Some(there) = list.borrow_mut().get_mut(place) {
            *there = node;
        }
        Ok(list)
    }

    /// A list in braces; `Some(None)` where there is none, `None` at the end of the line.
    fn list(&mut self) -> Result<Option<Option<Node>>, Stop> {
        match self.rest.peek() {
            None => return Ok(None),
            Some('{') => {}
            Some(_) => return Ok(Some(None)),
        }
        self.rest.next();
        let mut entries = Vec::new();
        loop {
            let Read { text, last } = self.until(&[',', '}']);
            match last {
                None => return fault("list must terminate with '}'"),
                Some(',') => entries.push(self.typed(text)),
                Some(_) => {
                    entries.push(self.typed(text));
                    self.rest.next_if_eq(&',');
                    let list = Content::List(Rc::new(RefCell::new(entries)));
                    return Ok(Some(Some(Node::new(self.origin, list))));
                }
            }
        }
    }

    fn typed(&self, text: String) -> Node {
        self.scalar(if self.is_text { Value::String(text) } else { typed(text) })
    }

    fn scalar(&self, value: Value) -> Node {
        Node::new(self.origin, Content::Scalar(value))
    }

    /// Sets a value of the line.
    fn set(&self, tree: &Rc<RefCell<Tree>>, key: String, node: Node) {
        let there = tree.borrow().get(&key).cloned();
        let node = match there {
            Some(there) => node.over(&there),
            None => node,
        };
        self.put(tree, key, node);
    }

    /// An empty key is not set.
    fn put(&self, tree: &Rc<RefCell<Tree>>, key: String, node: Node) {
        if !key.is_empty() {
            tree.borrow_mut().insert(key, node);
        }
    }
}

fn at(list: &List, index: i64) -> Option<Node> {
    list.borrow().get(usize::try_from(index).ok()?).cloned()
}

/// A new value for an item of the list.
fn over(node: Node, list: &List, index: i64) -> Node {
    match at(list, index) {
        Some(there) => node.over(&there),
        None => node,
    }
}

/// What Go's `strings.EqualFold` takes for the same letters: the long s is one of them.
fn is_word(text: &str, word: &str) -> bool {
    text.replace('ſ', "s").eq_ignore_ascii_case(word)
}

fn typed(text: String) -> Value {
    if is_word(&text, "true") {
        return Value::Bool(true);
    }
    if is_word(&text, "false") {
        return Value::Bool(false);
    }
    if is_word(&text, "null") {
        return Value::Null;
    }
    let is_number = text == "0" || !text.starts_with('0');
    match text.parse::<i64>() {
        Ok(number) if is_number => number.into(),
        _ => Value::String(text),
    }
}
