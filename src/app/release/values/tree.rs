//! Values as a tree: a line for each key, in the order in which they stand, and which of them are folded away.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::app::text::{self, Glyphs};
use crate::release::values::{Layer, Row};
use crate::release::yaml;

/// What of a value deserves the eye, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// It cannot be told which layer set it.
    Unknown,
    /// What it would be made of has changed since it was applied.
    Changed,
    /// A null takes the chart's default away.
    Deleted,
}

impl Mark {
    /// The word that stands beside the value.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Changed => "changed",
            Self::Deleted => "deletes",
        }
    }
}

/// One line of the tree.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// How many keys are above it.
    pub depth: usize,
    /// Its key, or its place in a list: `[0]`.
    pub key: String,
    /// All keys from the top, as `helm --set` would take them.
    pub path: String,
    /// The line above it in the tree.
    above: Option<usize>,
    /// The first line that is not below it.
    end: usize,
    /// What it is, in one line; empty where lines below it say so.
    pub value: String,
    /// The place of the value's row, or of the row of which it is a part.
    pub row: Option<usize>,
    /// What deserves the eye, of it or of what is below it.
    pub mark: Option<Mark>,
    /// How many values are below it.
    pub count: usize,
}

/// The tree.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Tree {
    /// What it is made of. Nothing of it is secret but what is hidden in it.
    pub rows: Vec<Row>,
    /// Every line, those that are folded away too.
    pub lines: Vec<Line>,
    /// How wide the columns would have to be to cut nothing.
    pub widest: Widest,
    /// The namespace of the release, which is not said of each source.
    namespace: String,
}

/// The widest of each column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Widest {
    /// Of keys, two columns for each above them.
    pub key: usize,
    /// Of values.
    pub value: usize,
    /// Of sources.
    pub source: usize,
}

impl Line {
    /// Whether lines are below it.
    #[must_use]
    pub fn is_branch(&self) -> bool {
        self.count > 0
    }
}

impl Tree {
    /// Lays out rows whose maps stand together. What deserves the eye is said of a row by its place.
    #[must_use]
    pub fn of(rows: Vec<Row>, namespace: &str, marks: impl Fn(&Row) -> Option<Mark>) -> Self {
        let mut lines: Vec<Line> = Vec::new();
        // The lines that what comes may still belong to, from the top.
        let mut open: Vec<usize> = Vec::new();
        for (place, row) in rows.iter().enumerate() {
            let is_branch = rows.get(place + 1).is_some_and(|next| is_above(&row.path, &next.path));
            let common = open.iter().zip(&row.path).take_while(|(line, key)| is_key(&lines, **line, key)).count();
            // A row of its own where its maps end is never one of them.
            let common = common.min(row.path.len().saturating_sub(1));
            close(&mut lines, &mut open, common);
            for key in row.path.iter().skip(common) {
                add(&mut lines, &mut open, key.clone());
            }
            let Some(line) = open.last().and_then(|line| lines.get_mut(*line)) else { continue };
            (line.row, line.mark) = (Some(place), marks(row));
            let mark = line.mark;
            if is_branch {
                continue;
            }
            parts(&mut lines, &mut open, &row.value, place, mark);
        }
        close(&mut lines, &mut open, 0);
        let mut tree = Self { rows, lines, widest: Widest::default(), namespace: namespace.to_owned() };
        tree.widest = tree.measure();
        tree
    }

    fn measure(&self) -> Widest {
        let wide = |text: &str| text::width(&text::clean(text, Glyphs::Unicode));
        let lines = self.lines.iter();
        Widest {
            key: lines.clone().map(|line| line.depth * 2 + wide(&line.key)).max().unwrap_or(0),
            value: lines.map(|line| wide(&line.value)).max().unwrap_or(0),
            source: self.rows.iter().map(|row| wide(&self.short(&row.source))).max().unwrap_or(0),
        }
    }

    /// A source in fewer words: without what goes without saying.
    #[must_use]
    pub fn short(&self, source: &str) -> String {
        let source = source.strip_suffix(" (not readable)").unwrap_or(source);
        let source = source.strip_suffix(", key values.yaml").unwrap_or(source);
        match source.split_once(", revision ") {
            Some((helm, _)) if helm.starts_with("helm ") => helm.to_owned(),
            _ if source.starts_with("HelmRelease ") && source.ends_with(" spec.values") => "spec.values".to_owned(),
            _ => source.replacen(&format!(" {}/", self.namespace), " ", 1),
        }
    }

    /// The row of a line.
    #[must_use]
    pub fn row(&self, line: usize) -> Option<&Row> {
        self.rows.get(self.lines.get(line)?.row?)
    }

    /// The line of a path; where there is none, the one of the nearest keys above.
    #[must_use]
    pub fn near(&self, path: &str) -> Option<usize> {
        let is_above = |line: &Line| {
            path.strip_prefix(line.path.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        self.lines.iter().rposition(|line| line.path == path).or_else(|| self.lines.iter().rposition(is_above))
    }

    /// The lines that are not folded away.
    #[must_use]
    pub fn visible(&self, folded: &BTreeSet<String>) -> Vec<usize> {
        let mut visible = Vec::new();
        let mut place = 0;
        while let Some(line) = self.lines.get(place) {
            visible.push(place);
            place = if line.is_branch() && folded.contains(&line.path) { line.end } else { place + 1 };
        }
        visible
    }

    /// The lines above a line.
    pub fn above(&self, line: usize) -> impl Iterator<Item = &Line> {
        let up = |line: &usize| self.lines.get(*line).and_then(|line| line.above);
        std::iter::successors(up(&line), up).filter_map(|place| self.lines.get(place))
    }

    /// The rows of a line and of those below it.
    pub fn below(&self, line: usize) -> impl Iterator<Item = &Row> {
        let end = self.lines.get(line).map_or(line, |line| line.end);
        let places = self.lines.get(line..end).unwrap_or_default().iter().filter_map(|line| line.row);
        places.filter_map(|place| self.rows.get(place))
    }

    /// Whether a line holds nothing but what the chart sets.
    #[must_use]
    pub fn is_default(&self, line: usize) -> bool {
        self.below(line).all(|row| row.layer == Layer::Default)
    }
}

fn join(path: &mut String, key: &str) {
    if !path.is_empty() && !key.starts_with('[') {
        path.push('.');
    }
    path.push_str(&key.replace('.', "\\."));
}

fn is_above(path: &[String], other: &[String]) -> bool {
    other.len() > path.len() && other.starts_with(path)
}

fn is_key(lines: &[Line], line: usize, key: &str) -> bool {
    lines.get(line).is_some_and(|line| line.key == key)
}

fn add(lines: &mut Vec<Line>, open: &mut Vec<usize>, key: String) {
    let above = open.last().copied();
    let mut path = above.and_then(|above| lines.get(above)).map(|line| line.path.clone()).unwrap_or_default();
    join(&mut path, &key);
    let end = lines.len() + 1;
    open.push(lines.len());
    let depth = open.len() - 1;
    lines.push(Line { depth, key, path, above, end, value: String::new(), row: None, mark: None, count: 0 });
}

/// Ends all but so many of the lines that are open, and tells those above what is below them.
fn close(lines: &mut [Line], open: &mut Vec<usize>, keep: usize) {
    while open.len() > keep {
        let Some(place) = open.pop() else { return };
        let end = lines.len();
        let Some(line) = lines.get_mut(place) else { return };
        line.end = end;
        let (count, mark) = (line.count.max(1), line.mark);
        if let Some(above) = open.last().and_then(|above| lines.get_mut(*above)) {
            above.count += count;
            above.mark = [above.mark, mark].into_iter().flatten().min();
        }
    }
}

/// The value of the last line that is open: what it holds has lines of its own.
fn parts(lines: &mut Vec<Line>, open: &mut Vec<usize>, value: &Value, row: usize, mark: Option<Mark>) {
    let depth = open.len();
    let below: Vec<(String, &Value)> = match value {
        Value::Array(items) => items.iter().enumerate().map(|(at, item)| (format!("[{at}]"), item)).collect(),
        Value::Object(fields) => fields.iter().map(|(key, value)| (key.clone(), value)).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    };
    if below.is_empty()
        && let Some(line) = open.last().and_then(|line| lines.get_mut(*line))
    {
        line.value = said(value);
    }
    for (key, value) in below {
        add(lines, open, key);
        if let Some(line) = open.last().and_then(|line| lines.get_mut(*line)) {
            (line.row, line.mark) = (Some(row), mark);
        }
        parts(lines, open, value, row, mark);
        close(lines, open, depth);
    }
}

/// A value in one line. What YAML would read as something else than text is quoted.
#[must_use]
pub fn said(value: &Value) -> String {
    let Value::String(text) = value else { return value.to_string() };
    let mut lines = text.lines();
    let first = lines.next().unwrap_or_default();
    match lines.count() {
        0 if first == text && reads_as_itself(text) => text.clone(),
        0 => value.to_string(),
        1 => format!("{first} (+ 1 line)"),
        more => format!("{first} (+ {more} lines)"),
    }
}

fn reads_as_itself(text: &str) -> bool {
    let starts_plain = text.starts_with(|c: char| c.is_alphabetic() || c == '/' || c == '.');
    let is_word = starts_plain
        && text.len() > 5
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_/.".contains(&byte));
    // A mask is no text of the values.
    is_word || text.starts_with("***") || yaml::to_json(text).is_ok_and(|value| value.as_str() == Some(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn row(path: &[&str], value: Value) -> Row {
        Row {
            path: path.iter().map(|key| (*key).to_owned()).collect(),
            value,
            hidden: None,
            layer: Layer::Inline,
            source: String::new(),
            overrode: Vec::new(),
            is_deleted: false,
        }
    }

    /// Lines as `path = value`, with two spaces for each key above.
    fn shown(tree: &Tree, folded: &[&str]) -> Vec<String> {
        let folded = folded.iter().map(|path| (*path).to_owned()).collect();
        let lines = tree.visible(&folded).into_iter().filter_map(|place| tree.lines.get(place));
        lines.map(|line| format!("{}{} = {} #{}", "  ".repeat(line.depth), line.path, line.value, line.count)).collect()
    }

    fn check(rows: Vec<Row>, folded: &[&str], expected: &[&str]) {
        assert_eq!(shown(&Tree::of(rows, "shop", |_| None), folded), expected);
    }

    fn some() -> Vec<Row> {
        vec![
            row(&["image", "tag"], json!("1.5.0")),
            row(&["image", "pull.policy"], json!("Always")),
            row(&["ports"], json!([{"name": "web", "port": 80}, 81])),
            row(&["empty"], json!({})),
            row(&["empty2", "list"], json!([])),
        ]
    }

    #[test]
    fn every_key_has_a_line_below_the_key_that_holds_it() {
        check(
            some(),
            &[],
            &[
                "image =  #2",
                "  image.tag = 1.5.0 #0",
                "  image.pull\\.policy = Always #0",
                "ports =  #3",
                "  ports[0] =  #2",
                "    ports[0].name = web #0",
                "    ports[0].port = 80 #0",
                "  ports[1] = 81 #0",
                "empty = {} #0",
                "empty2 =  #1",
                "  empty2.list = [] #0",
            ],
        );
        check(
            some(),
            &["image", "ports[0]", "empty"],
            &[
                "image =  #2",
                "ports =  #3",
                "  ports[0] =  #2",
                "  ports[1] = 81 #0",
                "empty = {} #0",
                "empty2 =  #1",
                "  empty2.list = [] #0",
            ],
        );
    }

    #[test]
    fn a_map_that_has_a_row_of_its_own_is_not_shown_twice() {
        check(vec![row(&["a"], json!({"b": 1})), row(&["a", "b"], json!(1))], &[], &["a =  #1", "  a.b = 1 #0"]);
    }

    #[test]
    fn what_deserves_the_eye_is_said_of_what_holds_it() {
        let tree = Tree::of(some(), "shop", |row| match row.value.as_str() {
            Some("1.5.0") => Some(Mark::Deleted),
            Some("Always") => Some(Mark::Unknown),
            _ => None,
        });
        let marks: Vec<_> = tree.lines.iter().take(4).map(|line| line.mark).collect();
        assert_eq!(marks, [Some(Mark::Unknown), Some(Mark::Deleted), Some(Mark::Unknown), None]);
    }

    #[test]
    fn values_read_as_what_they_are() {
        let check = |value: Value, expected: &str| assert_eq!(said(&value), expected);
        check(json!("1.5.0"), "1.5.0");
        check(json!("yes"), "\"yes\"");
        check(json!("012"), "\"012\"");
        check(json!(12), "12");
        check(json!(""), "\"\"");
        check(json!(null), "null");
        check(json!("a\nb\nc\n"), "a (+ 2 lines)");
        check(json!("a\nb"), "a (+ 1 line)");
        check(json!("***"), "***");
        check(json!("a: b"), "\"a: b\"");
    }

    #[test]
    fn a_path_that_went_leads_to_what_held_it() {
        let tree = Tree::of(some(), "shop", |_| None);
        let near = |path: &str| tree.near(path).and_then(|line| tree.lines.get(line)).map(|line| line.path.as_str());
        assert_eq!(near("image.tag"), Some("image.tag"));
        assert_eq!(near("image.gone.deep"), Some("image"));
        assert_eq!(near("ports[7]"), Some("ports"));
        assert_eq!(near("imagery"), None);
    }
}
