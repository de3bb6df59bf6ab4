//! Masks put into the text of a YAML document, which otherwise stays as it is.

use std::collections::HashMap;
use std::rc::Rc;

use super::tree::{Kind, Pair, ScalarId, Tree};
use super::{ALIAS_ALLOWANCE, ALIAS_FACTOR, MASK, Mask, Masker, decide};
use crate::release::yaml::{DEPTH_LIMIT, Event, EventKind, Parser, Style};

/// A scalar in the text.
struct Span {
    start: usize,
    end: usize,
    style: Style,
}

/// A collection that is not closed yet.
struct Open {
    anchor: Option<String>,
    is_map: bool,
    nodes: Vec<Node>,
}

#[derive(Clone)]
struct Node {
    tree: Rc<Tree<'static>>,
    /// Collections within each other, those of aliases included.
    depth: usize,
    /// Whether it is the `<<` that merges.
    is_merge: bool,
}

/// The text with its secrets hidden; `None` if it cannot be read to its end.
pub(super) fn mask_document(text: &str, masker: &Masker) -> Option<String> {
    let (roots, spans, limit) = read(text)?;
    let mut masks = HashMap::new();
    for root in roots {
        masks.extend(decide(&root, limit, masker, None)?);
    }
    let mut masked = String::with_capacity(text.len());
    let mut from = 0;
    for (id, span) in spans.iter().enumerate() {
        let Some(mask) = masks.get(&ScalarId(id)) else { continue };
        masked.push_str(text.get(from..span.start)?);
        masked.push_str(&replacement(text.get(span.start..span.end)?, span.style, mask, masker));
        from = span.end;
    }
    masked.push_str(text.get(from..)?);
    Some(hide_comments(masked, masker))
}

/// The trees of all documents of the text, and how many nodes of each may be looked at; nothing if it cannot be read.
pub(super) fn trees(text: &str) -> Vec<(Tree<'static>, usize)> {
    let (roots, _, limit) = read(text).unwrap_or_default();
    roots.into_iter().map(|root| (root, limit)).collect()
}

/// What is known to be secret stays so where the YAML was made a comment.
fn hide_comments(text: String, masker: &Masker) -> String {
    let hidden = |line: &str| -> String {
        let split = line.find('#').and_then(|at| line.split_at_checked(at));
        let shown = split.and_then(|(before, comment)| Some(format!("{before}{}", masker.known.hide(comment)?)));
        shown.unwrap_or_else(|| line.to_owned())
    };
    if masker.known.is_empty() || !text.contains('#') {
        return text;
    }
    text.split_inclusive('\n').map(hidden).collect()
}

/// The trees of all documents of the text, where the scalars of all of them stand, and how many nodes may be looked at.
fn read(text: &str) -> Option<(Vec<Tree<'static>>, Vec<Span>, usize)> {
    let mut parser = Parser::new(text).ok()?;
    let mut spans = Vec::new();
    let mut roots = Vec::new();
    let mut anchors: HashMap<String, Node> = HashMap::new();
    let mut stack: Vec<Open> = Vec::new();
    let mut limit = ALIAS_ALLOWANCE;
    let mut merged = 0;
    loop {
        limit += ALIAS_FACTOR;
        let Event { kind, start, end } = parser.next().ok()?;
        let (anchor, node) = match kind {
            EventKind::StreamStart | EventKind::DocumentEnd => continue,
            EventKind::StreamEnd => return Some((roots, spans, limit)),
            EventKind::DocumentStart => {
                anchors.clear();
                continue;
            }
            EventKind::SequenceStart { anchor } => {
                stack.push(Open { anchor, is_map: false, nodes: Vec::new() });
                continue;
            }
            EventKind::MappingStart { anchor } => {
                stack.push(Open { anchor, is_map: true, nodes: Vec::new() });
                continue;
            }
            EventKind::SequenceEnd | EventKind::MappingEnd => {
                let mut open = stack.pop()?;
                (open.anchor.take(), close(open, &mut merged, limit)?)
            }
            // Within its own collection an anchor is not known yet: Helm refuses that as well.
            EventKind::Alias { name } => (None, anchors.get(&name)?.clone()),
            EventKind::Scalar { value, style, anchor, tag, implicit } => {
                let id = ScalarId(spans.len());
                spans.push(Span { start, end, style });
                let is_merge = value == "<<" && (implicit || tag.is_some());
                let kind = if style == Style::Plain && tag.is_none() { kind_of(&value) } else { Kind::Text };
                (anchor, Node { tree: Rc::new(Tree::Scalar { id, text: value.into(), kind }), depth: 0, is_merge })
            }
        };
        if let Some(anchor) = anchor {
            anchors.insert(anchor, node.clone());
        }
        match stack.last_mut() {
            Some(open) => open.nodes.push(node),
            None => roots.push(Rc::try_unwrap(node.tree).unwrap_or_else(|shared| Tree::List(vec![shared]))),
        }
    }
}

/// The tree of a collection. What a map merges in is put beside its own pairs, so that rules on keys see it.
/// `None` if it is too deep, or so many pairs are merged that the document means no good.
fn close(open: Open, merged: &mut usize, limit: usize) -> Option<Node> {
    let depth = open.nodes.iter().map(|node| node.depth).max().unwrap_or(0) + 1;
    if depth > DEPTH_LIMIT {
        return None;
    }
    let tree = if open.is_map {
        let mut pairs = Vec::new();
        let mut nodes = open.nodes.into_iter();
        while let (Some(key), Some(value)) = (nodes.next(), nodes.next()) {
            if key.is_merge {
                let before = pairs.len();
                merge(&value.tree, &mut pairs);
                *merged += pairs.len() - before;
                if *merged > limit {
                    return None;
                }
            }
            pairs.push(Pair { key: key.tree, value: value.tree });
        }
        Tree::Map(pairs)
    } else {
        Tree::List(open.nodes.into_iter().map(|node| node.tree).collect())
    };
    Some(Node { tree: Rc::new(tree), depth, is_merge: false })
}

/// One map, or a list of maps.
fn merge(tree: &Tree<'static>, into: &mut Vec<Pair<'static>>) {
    match tree {
        Tree::Map(pairs) => {
            into.extend(pairs.iter().map(|pair| Pair { key: Rc::clone(&pair.key), value: Rc::clone(&pair.value) }));
        }
        Tree::List(entries) => {
            entries.iter().filter(|entry| matches!(&***entry, Tree::Map(_))).for_each(|entry| merge(entry, into));
        }
        Tree::Scalar { .. } => {}
    }
}

/// Enough of the types to know what holds no secret: a number is hidden like a text.
fn kind_of(plain: &str) -> Kind {
    match plain {
        "" | "~" | "null" | "Null" | "NULL" => Kind::Null,
        "true" | "True" | "TRUE" | "false" | "False" | "FALSE" | "yes" | "Yes" | "YES" | "no" | "No" | "NO" | "on"
        | "On" | "ON" | "off" | "Off" | "OFF" => Kind::Bool,
        _ => Kind::Text,
    }
}

/// What is written in place of a scalar, in a style that reads as one wherever the scalar stood.
fn replacement(raw: &str, style: Style, mask: &Mask, masker: &Masker) -> String {
    let shown = mask.shown();
    match (mask, style) {
        // The lines of a literal are those of its text, unless it has breaks of another kind.
        (Mask::Lines(_), Style::Literal) if !raw.replace("\r\n", "\n").contains(OTHER_BREAKS) => {
            let in_place = masker.hide(raw).filter(|lines| has_lines(lines, &shown));
            in_place.unwrap_or_else(|| block(&shown, raw))
        }
        // The line breaks behind a block scalar belong to it.
        (_, Style::Literal | Style::Folded) => block(&shown, raw),
        (Mask::Lines(_), Style::Plain) if is_plain(&shown) && !raw.contains('\n') => shown,
        (_, Style::Plain | Style::SingleQuoted | Style::DoubleQuoted) => quoted(&shown),
    }
}

/// In place of a block scalar: the line breaks behind it belong to it.
fn block(shown: &str, raw: &str) -> String {
    let behind = raw.get(raw.trim_end().len()..).unwrap_or_default();
    format!("{}{behind}", quoted(shown))
}

/// Whether a block, behind its first line, has these lines: indented, a secret that goes over several lines was not found in it.
fn has_lines(block: &str, shown: &str) -> bool {
    let trimmed = |text: &str, header: usize| -> Vec<String> {
        text.trim_end().lines().skip(header).map(|line| line.trim().to_owned()).collect()
    };
    trimmed(block, 1) == trimmed(shown, 0)
}

/// What YAML 1.1 takes for line breaks besides LF.
const OTHER_BREAKS: [char; 4] = ['\r', '\u{85}', '\u{2028}', '\u{2029}'];

/// Whether a text that was plain still is, with masks in it.
fn is_plain(shown: &str) -> bool {
    !shown.starts_with(MASK) && !shown.contains(": *") && !shown.contains(OTHER_BREAKS)
}

/// In double quotes. What JSON escapes, YAML reads; what YAML does not allow or would fold is escaped as well.
fn quoted(text: &str) -> String {
    let mut quoted = String::new();
    for character in serde_json::Value::from(text).to_string().chars() {
        match character {
            '\u{7F}'..='\u{9F}' | '\u{2028}' | '\u{2029}' | '\u{FEFF}' | '\u{FFFE}' | '\u{FFFF}' => {
                quoted.push_str(&format!("\\u{:04x}", u32::from(character)));
            }
            _ => quoted.push(character),
        }
    }
    quoted
}
