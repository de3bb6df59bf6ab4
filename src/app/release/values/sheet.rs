//! The values of one revision with the layer that set each, as trees: made where it may take long.

use std::fmt;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::app::document::{Document, Stored};
use crate::release::flux::HelmRelease;
use crate::release::mask::{Masker, Rules};
use crate::release::values::{self, Found, Layer, Layers, Row, Source, Told, subchart_keys};

use super::Shown;
use super::tree::{Mark, Tree};

/// What a sheet is made of. Nothing of it is printed: values are secret until they are masked.
#[derive(Clone)]
pub struct Asked {
    /// The stored revision; `None` where none can be read.
    pub stored: Option<Stored>,
    /// The HelmRelease as it is now.
    pub spec: Option<Arc<HelmRelease>>,
    /// What its valuesFrom refers to, as it is now.
    pub sources: Arc<[Source]>,
    /// Whether the revision is the latest one.
    pub is_latest: bool,
    /// Which keys name secrets, where no revision says it.
    pub rules: Rules,
}

impl fmt::Debug for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let spec = self.spec.as_ref().map(|spec| (spec.key.to_string(), spec.generation));
        write!(f, "Asked {{ spec: {spec:?}, sources: {}, is_latest: {} }}", self.sources.len(), self.is_latest)
    }
}

impl PartialEq for Asked {
    fn eq(&self, other: &Self) -> bool {
        self.stored == other.stored
            && self.spec == other.spec
            && Arc::ptr_eq(&self.sources, &other.sources)
            && self.is_latest == other.is_latest
    }
}

/// Something to be said of the values as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// In a sentence.
    pub text: String,
    /// Whether something is wrong, or cannot be told.
    pub is_wrong: bool,
}

/// The values. Nothing of them is secret but what is hidden in their rows.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sheet {
    /// What deserves the eye, the worst first.
    pub notes: Vec<Note>,
    /// Whether it is known what the chart sets.
    pub has_chart: bool,
    given: Tree,
    all: Tree,
    defaults: Tree,
    /// The same as documents of YAML.
    documents: [Arc<Document>; 3],
}

impl Sheet {
    /// The tree of some of the values.
    #[must_use]
    pub fn tree(&self, shown: Shown) -> &Tree {
        match shown {
            Shown::Given => &self.given,
            Shown::All => &self.all,
            Shown::Defaults => &self.defaults,
        }
    }

    /// The same as a document of YAML.
    #[must_use]
    pub fn document(&self, shown: Shown) -> &Arc<Document> {
        let [given, all, defaults] = &self.documents;
        match shown {
            Shown::Given => given,
            Shown::All => all,
            Shown::Defaults => defaults,
        }
    }

    /// Finds out what set each value. For many values this takes long: not to be called where keys are awaited.
    #[must_use]
    pub fn of(asked: &Asked) -> Self {
        let flux = || asked.spec.as_ref().map(|spec| (&**spec, asked.sources.to_vec()));
        let layers = match (&asked.stored, flux()) {
            (Some(Stored(payload)), flux) => Layers::of_revision(payload, asked.is_latest, flux),
            (None, Some((spec, sources))) => Layers::of_helm_release(spec, sources),
            (None, None) => Layers::default(),
        };
        let known = asked.stored.as_ref().map(|Stored(payload)| payload.masker().clone());
        let masker = layers.masker(known.unwrap_or_else(|| Masker::new(asked.rules.clone())));
        let told = values::told(&layers, &masker);
        let namespace = asked.spec.as_ref().map_or("", |spec| spec.key.namespace.as_str());
        let notes = notes(&told, asked);
        let is_given = |row: &&Row| row.layer != Layer::Default || row.is_deleted;
        let given = told.rows.iter().filter(is_given).cloned().collect();
        let documents = [
            yaml(values::given(&layers, &masker)),
            yaml(values::seen(&layers, &masker)),
            yaml(match masker.values(&Value::Object(layers.defaults.clone())) {
                Value::Object(masked) => masked,
                // Withheld as a whole.
                other => Map::from_iter([("withheld".to_owned(), other)]),
            }),
        ]
        .map(Arc::new);
        let alone = Layers { defaults: layers.defaults, chart: layers.chart, ..Layers::default() };
        Self {
            notes,
            has_chart: asked.stored.is_some(),
            given: Tree::of(given, namespace, mark),
            all: Tree::of(told.rows, namespace, mark),
            defaults: Tree::of(values::rows(&alone, &masker), namespace, |_| None),
            documents,
        }
    }
}

fn yaml(values: Map<String, Value>) -> Document {
    if values.is_empty() {
        return Document::default();
    }
    let text = serde_yaml::to_string(&values);
    Document::new(text.unwrap_or_else(|error| format!("# cannot be written as YAML: {error}\n")), true)
}

fn mark(row: &Row) -> Option<Mark> {
    match row.layer {
        _ if row.is_deleted => Some(Mark::Deleted),
        Layer::Unknown if row.source.starts_with("not known") => Some(Mark::Changed),
        Layer::Unknown => Some(Mark::Unknown),
        Layer::Default | Layer::ValuesFrom | Layer::Inline => None,
    }
}

/// What is to be said of the values as a whole, the worst first.
fn notes(told: &Told, asked: &Asked) -> Vec<Note> {
    let wrong = |text: String| Note { text, is_wrong: true };
    let said = |text: String| Note { text, is_wrong: false };
    let mut notes: Vec<Note> = told.notes.iter().cloned().map(wrong).collect();
    let is_odd = |found: &Found| !matches!(found, Found::Text(_));
    for (source, state) in asked.sources.iter().zip(&told.sources).filter(|(source, _)| is_odd(&source.found)) {
        let text = format!("{}: {}", state.source, state.state);
        // What Flux stops at is said above.
        let is_expected = matches!(source.found, Found::Absent { .. }) && source.reference.optional;
        notes.push(if is_expected { said(text) } else { wrong(text) });
    }
    let count = |wanted: Mark| told.rows.iter().filter(|row| mark(row) == Some(wanted)).count();
    let values = |count: usize| if count == 1 { "1 value".to_owned() } else { format!("{count} values") };
    if let unknown @ 1.. = count(Mark::Unknown) {
        notes.push(wrong(format!("unknown: of {} it cannot be told which layer set them", values(unknown))));
    }
    if let deleted @ 1.. = count(Mark::Deleted) {
        let defaults = if deleted == 1 { "1 default".to_owned() } else { format!("{deleted} defaults") };
        notes.push(said(format!("deletes: null takes {defaults} of the chart away")));
    }
    let metadata = asked.stored.as_ref().and_then(|Stored(payload)| payload.metadata());
    let subcharts = metadata.map(|metadata| subchart_keys(&metadata)).unwrap_or_default();
    if !subcharts.is_empty() {
        notes.push(said(format!("defaults of subcharts are not all stored: below {}", subcharts.join(", "))));
    }
    notes
}
