//! An object line by line, with who owns each line: made where it may take long.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use crate::app::owners::Known;
use crate::config::Role;
use crate::ownership::classes::{self, Class, Row};
use crate::ownership::found::Kind;
use crate::ownership::report::{ObjectReport, Told, gvk};
use crate::ownership::words::text_of;
use crate::ownership::{Blame, Entry, blame};
use crate::release::LiveObject;
use crate::release::mask::Masker;
use crate::schema::Schema;
use crate::schema::pointer;

/// What the server keeps for itself: folded at first.
const NOISE: &[&str] = &[
    "/metadata/uid",
    "/metadata/resourceVersion",
    "/metadata/generation",
    "/metadata/creationTimestamp",
    "/metadata/selfLink",
    "/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration",
    "/status",
];

/// Of what a sheet is made. Two are equal when they hold the same in memory.
#[derive(Debug, Clone)]
pub struct Source {
    /// The object.
    pub live: Arc<LiveObject>,
    /// What was found in its release, once that is known.
    pub known: Option<Arc<Known>>,
    /// Shows what the server keeps for itself, too.
    pub is_whole: bool,
    /// Rows of the user's settings.
    pub managers: Arc<[Row]>,
}

impl PartialEq for Source {
    fn eq(&self, other: &Self) -> bool {
        let known = |source: &Self| source.known.as_ref().map(Arc::as_ptr);
        Arc::ptr_eq(&self.live, &other.live) && known(self) == known(other) && self.is_whole == other.is_whole
    }
}

impl Source {
    /// What hides the secrets of its release, as far as that is known.
    fn masker(&self) -> Masker {
        self.known.as_ref().map(|known| known.subject.payload.masker().clone()).unwrap_or_default()
    }

    /// The group and version of the object: its type is needed.
    #[must_use]
    pub fn api_versions(&self) -> BTreeSet<String> {
        self.live.body.get("apiVersion").and_then(Value::as_str).map(str::to_owned).into_iter().collect()
    }
}

/// Who holds something, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// Its name.
    pub manager: String,
    /// `Apply`, `Update (scale)`.
    pub way: String,
    /// What it is to the release.
    pub class: Class,
    /// When it last wrote.
    pub time: Option<Timestamp>,
    /// What stands for it in the gutter.
    pub letter: char,
}

/// One manager, however it wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manager {
    /// Its name.
    pub name: String,
    /// What it is to the release.
    pub class: Class,
    /// What stands for it: no two have the same as long as there are letters.
    pub letter: char,
    /// How many fields it holds.
    pub fields: usize,
}

/// What was found at a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// What it is.
    pub kind: Kind,
    /// The field, as conflicts name it.
    pub field: String,
    /// The manifest's value, masked; `None` where the manifest has none.
    pub manifest: Option<String>,
    /// What becomes of it, and why.
    pub fate: String,
}

/// One line of YAML. Nothing in it is secret.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Line {
    /// The text.
    pub text: String,
    /// Its colours.
    pub colours: Vec<(Range<usize>, Role)>,
    /// JSON pointer to what it shows; empty where that is not in the object.
    pub at: String,
    /// JSON pointer to the item of a list that begins here, if one does.
    pub item: String,
    /// Places in [`Sheet::owners`], people first. Of a line that only opens a map or list, none.
    pub owners: Vec<usize>,
    /// What was found there.
    pub found: Option<Found>,
}

/// The object.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sheet {
    /// Line by line.
    pub lines: Vec<Line>,
    /// Everybody who holds something of it.
    pub owners: Vec<Owner>,
    /// The same, each once: the release's own, then people, then what works by itself.
    pub managers: Vec<Manager>,
    /// Whether findings are known: it belongs to the manifest, and that was read.
    pub is_compared: bool,
}

impl Sheet {
    /// Makes it. To resolve the sets of managers takes long.
    #[must_use]
    pub fn of(source: &Source, schema: &Schema) -> Self {
        let report = source
            .known
            .as_ref()
            .and_then(|known| known.report.objects.iter().find(|object| object.id() == source.live.id));
        let whole = source.live.with_managed_fields();
        let own;
        let blame = match report {
            Some(object) => &object.blame,
            None => {
                own = blame(&whole, schema.kind(&gvk(&whole)).unwrap_or_else(|| schema.deduced()));
                &own
            }
        };
        let class = |manager: &str| match &source.known {
            Some(known) => known.report.managers.class(manager).0,
            None => classes::of(manager, &source.managers).0,
        };
        let managers = managers(blame, &class);
        let owners: Vec<Owner> = blame
            .entries
            .iter()
            .map(|entry| {
                let of = managers.iter().find(|manager| manager.name == entry.manager);
                owner(entry, class(&entry.manager), of.map_or(NO_LETTER, |manager| manager.letter))
            })
            .collect();
        let mut writer = Writer { lines: Vec::new(), held: held(blame, &owners), is_whole: source.is_whole };
        writer.fields(&in_usual_order(source.masker().values(&source.live.body)), "", 0);
        let mut sheet = Self { lines: writer.lines, owners, managers, is_compared: report.is_some() };
        for (object, told) in report.iter().flat_map(|object| object.told.iter().map(move |told| (object, told))) {
            sheet.mark(object, told);
        }
        sheet
    }

    fn mark(&mut self, object: &ObjectReport, told: &Told) {
        let finding = &told.finding;
        let kind = match finding.kind {
            Kind::Hotfix | Kind::Leftover | Kind::Armed => finding.kind,
            Kind::Expected(_) => return,
        };
        let detail = told.detail();
        let because = if detail.is_empty() { String::new() } else { format!(": {}", detail.join("; ")) };
        let found = Found {
            kind,
            field: finding.path.to_string(),
            manifest: finding.manifest.as_ref().map(|value| text_of(&object.shown(&finding.path, value))),
            fate: format!("{}{because}", told.fate.word()),
        };
        let steps = finding.path.0.len();
        let below = object.blame.leaves.iter().filter(|leaf| leaf.path.0.starts_with(&finding.path.0));
        let at = below.filter_map(|leaf| leaf.at.first()).find_map(|at| ancestor(at, steps));
        let shows = |line: &&mut Line| at.is_some_and(|at| line.at == at || line.item == at);
        match self.lines.iter_mut().find(shows) {
            Some(line) => {
                if line.owners.is_empty() {
                    line.owners.clone_from(&finding.holders);
                }
                line.found = Some(found);
            }
            // Taken away by somebody: there is no line of it.
            None => {
                let text = format!("# not there: {}", found.field);
                let colours = vec![(0..text.len(), Role::SyntaxComment)];
                let line = Line { text, colours, found: Some(found), ..Line::default() };
                self.lines.insert(0, line);
            }
        }
    }
}

/// What an object is stands before what is in it, as everybody writes it.
fn in_usual_order(object: Value) -> Value {
    let Value::Object(mut fields) = object else { return object };
    let first = ["apiVersion", "kind", "metadata"];
    let head: Vec<(String, Value)> = first.into_iter().filter_map(|name| fields.shift_remove_entry(name)).collect();
    Value::Object(head.into_iter().chain(fields).collect())
}

/// Where the letters have run out.
const NO_LETTER: char = '*';

fn managers(blame: &Blame, class: &dyn Fn(&str) -> Class) -> Vec<Manager> {
    let mut fields: BTreeMap<&str, usize> = BTreeMap::new();
    for (entry, held) in blame.entries.iter().zip(&blame.held) {
        *fields.entry(entry.manager.as_str()).or_default() += held.leaves;
    }
    let mut all: Vec<Manager> = fields
        .into_iter()
        .map(|(name, fields)| Manager { name: name.to_owned(), class: class(name), letter: NO_LETTER, fields })
        .collect();
    all.sort_by_key(|manager| match manager.class {
        Class::Own => 0,
        Class::Person | Class::Other | Class::Ours => 1,
        Class::Former => 2,
        Class::GitOps => 3,
        Class::Controller => 4,
    });
    let mut taken = BTreeSet::new();
    for manager in &mut all {
        let letter = letters(manager).find(|letter| !taken.contains(letter));
        manager.letter = letter.unwrap_or(NO_LETTER);
        taken.insert(manager.letter);
    }
    all
}

/// What may stand for a manager, the best first: a letter of its name, small for what works by itself.
fn letters(manager: &Manager) -> impl Iterator<Item = char> {
    let is_small = match manager.class {
        Class::Controller | Class::GitOps => true,
        Class::Own | Class::Former | Class::Person | Class::Other | Class::Ours => false,
    };
    let cased = move |c: char| if is_small { c.to_ascii_lowercase() } else { c.to_ascii_uppercase() };
    // Of the commands of kubectl it is the end that tells them apart.
    let telling = manager.name.strip_prefix("kubectl-").unwrap_or(&manager.name);
    let own: Vec<char> = telling.chars().filter(char::is_ascii_alphabetic).collect();
    own.into_iter().chain('a'..='z').map(cased)
}

fn owner(entry: &Entry, class: Class, letter: char) -> Owner {
    let way = match entry.subresource.as_str() {
        "" => entry.operation.to_string(),
        part => format!("{} ({part})", entry.operation),
    };
    Owner { manager: entry.manager.clone(), way, class, time: entry.time, letter }
}

/// Who holds the value at each pointer, people first.
fn held(blame: &Blame, owners: &[Owner]) -> BTreeMap<String, Vec<usize>> {
    let of_values = blame.values.iter().map(|value| (&value.at, &value.owners));
    let of_leaves = blame.leaves.iter().flat_map(|leaf| leaf.at.iter().map(|at| (at, &leaf.owners)));
    let mut held: BTreeMap<String, Vec<usize>> =
        of_leaves.chain(of_values).map(|(at, all)| (at.clone(), all.clone())).collect();
    for all in held.values_mut() {
        all.sort_by_key(|owner| owners.get(*owner).map(|owner| std::cmp::Reverse(owner.class)));
    }
    held
}

/// The first steps of a JSON pointer.
fn ancestor(at: &str, steps: usize) -> Option<&str> {
    let mut ends = at.match_indices('/').map(|(place, _)| place).chain([at.len()]);
    at.get(..ends.nth(steps)?)
}

struct Writer {
    lines: Vec<Line>,
    held: BTreeMap<String, Vec<usize>>,
    is_whole: bool,
}

impl Writer {
    fn fields(&mut self, value: &Value, at: &str, indent: usize) {
        match value {
            Value::Object(fields) => {
                let mut folded = Vec::new();
                for (name, value) in fields {
                    let below = pointer::below(at, name);
                    if !self.is_whole && NOISE.contains(&below.as_str()) {
                        folded.push(name.as_str());
                        continue;
                    }
                    let key = scalar(name);
                    self.entry(&" ".repeat(indent), Some(&key), value, &below, indent + 2);
                }
                if !folded.is_empty() {
                    let text = format!("{}# folded: {}", " ".repeat(indent), folded.join(", "));
                    let colours = vec![(0..text.len(), Role::SyntaxComment)];
                    self.lines.push(Line { text, colours, ..Line::default() });
                }
            }
            Value::Array(items) => {
                for (place, value) in items.iter().enumerate() {
                    let below = format!("{at}/{place}");
                    let first = self.lines.len();
                    self.entry(&format!("{}- ", " ".repeat(indent)), None, value, &below, indent + 2);
                    if is_open(value) {
                        self.dash(first, indent, &below);
                    }
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    /// Puts the dash of an item before its first field.
    fn dash(&mut self, first: usize, indent: usize, at: &str) {
        let Some(line) = self.lines.get_mut(first) else { return };
        if line.text.get(indent..indent + 2) == Some("  ") {
            line.text.replace_range(indent..indent + 2, "- ");
            line.colours.insert(0, (indent..indent + 1, Role::SyntaxPunctuation));
        }
        at.clone_into(&mut line.item);
    }

    fn entry(&mut self, before: &str, key: Option<&str>, value: &Value, at: &str, indent: usize) {
        let mut text = before.to_owned();
        let mut colours = Vec::new();
        if let Some(key) = key {
            let start = text.len();
            text.push_str(key);
            colours.push((start..text.len(), Role::SyntaxKey));
            colours.push((text.len()..text.len() + 1, Role::SyntaxPunctuation));
            text.push(':');
        }
        let owners = self.held.get(at).cloned().unwrap_or_default();
        if is_open(value) {
            if key.is_some() {
                self.lines.push(Line { text, colours, at: at.to_owned(), owners, ..Line::default() });
            }
            // Lists stand as far to the right as their key, as kubectl writes them.
            let deeper = if value.is_array() && key.is_some() { indent.saturating_sub(2) } else { indent };
            return self.fields(value, at, deeper);
        }
        if key.is_some() {
            text.push(' ');
        }
        let start = text.len();
        let (said, role) = match value {
            Value::String(said) if said.contains('\n') => ("|".to_owned(), Role::SyntaxPunctuation),
            Value::String(said) => (scalar(said), Role::SyntaxString),
            Value::Number(said) => (said.to_string(), Role::SyntaxNumber),
            Value::Null | Value::Bool(_) => (value.to_string(), Role::SyntaxConstant),
            Value::Object(_) => ("{}".to_owned(), Role::SyntaxPunctuation),
            Value::Array(_) => ("[]".to_owned(), Role::SyntaxPunctuation),
        };
        text.push_str(&said);
        colours.push((start..text.len(), role));
        self.lines.push(Line { text, colours, at: at.to_owned(), owners: owners.clone(), ..Line::default() });
        if let Value::String(said) = value
            && said.contains('\n')
        {
            for part in said.lines() {
                let text = format!("{}{part}", " ".repeat(indent));
                let colours = vec![(0..text.len(), Role::SyntaxString)];
                self.lines.push(Line { text, colours, owners: owners.clone(), ..Line::default() });
            }
        }
    }
}

/// Whether it has lines of its own.
fn is_open(value: &Value) -> bool {
    match value {
        Value::Object(fields) => !fields.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// A text as YAML reads it as a text: in quotes wherever there may be a doubt.
fn scalar(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_./@-:".contains(c);
    let words = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    let is_word = words.contains(&text.to_ascii_lowercase().as_str());
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '_');
    if begins && !is_word && !text.ends_with(':') && text.chars().all(is_plain) {
        return text.to_owned();
    }
    Value::String(text.to_owned()).to_string()
}
