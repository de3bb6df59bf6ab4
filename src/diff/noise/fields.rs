//! Fields that are noise for what they are.

use jiff::Timestamp;
use serde_json::Value;

use crate::diff::{Entry, FieldChange, Part};
use crate::ownership::{Path, PathElement};
use crate::release::mask::MASK;

/// One value of a change: the change itself, or of a map or list that was added or removed each value in it.
#[derive(Debug)]
pub(super) struct Leaf<'c> {
    /// The field of the document, or of the document within it.
    pub path: Path,
    /// The field of a document within the document; `path` is then the way to that document.
    pub inside: Option<&'c Path>,
    /// What it was.
    pub old: Option<&'c Value>,
    /// What it is.
    pub new: Option<&'c Value>,
}

/// The values of a change.
pub(super) fn leaves(change: &FieldChange) -> Vec<Leaf<'_>> {
    let mut leaves = Vec::new();
    let (old, new) = (change.old.as_ref(), change.new.as_ref());
    match (old, new, &change.inside) {
        (Some(value), None, None) => each(&change.path, value, &mut |path, value| {
            leaves.push(Leaf { path, inside: None, old: Some(value), new: None });
        }),
        (None, Some(value), None) => each(&change.path, value, &mut |path, value| {
            leaves.push(Leaf { path, inside: None, old: None, new: Some(value) });
        }),
        (_, _, inside) => leaves.push(Leaf { path: change.path.clone(), inside: inside.as_ref(), old, new }),
    }
    leaves
}

fn each<'v>(path: &Path, value: &'v Value, visit: &mut impl FnMut(Path, &'v Value)) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            fields.iter().for_each(|(name, value)| each(&path.with(PathElement::field(name)), value, visit));
        }
        Value::Array(items) if !items.is_empty() => {
            for (place, item) in (0..).zip(items) {
                each(&path.with(PathElement::Index(place)), item, visit);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) | Value::Array(_) => {
            visit(path.clone(), value)
        }
    }
}

/// Whether all of a change to an object is so.
pub(super) fn all(entry: &Entry, change: &FieldChange, is_so: impl Fn(&Note<'_>) -> bool) -> bool {
    if entry.id.kind.is_empty() || change.inside.is_some() || is_fixed(entry, &change.path) {
        return false;
    }
    leaves(change).iter().all(|leaf| Note::of(leaf).is_some_and(|note| is_so(&note)))
}

/// A label or annotation.
pub(super) struct Note<'l> {
    is_label: bool,
    key: &'l str,
    old: Option<&'l str>,
    new: Option<&'l str>,
}

impl<'l> Note<'l> {
    /// What stands under `labels` or `annotations` of the metadata of an object or a template.
    fn of(leaf: &'l Leaf<'_>) -> Option<Self> {
        let [.., PathElement::Field(metadata), PathElement::Field(field), PathElement::Field(key)] =
            leaf.path.0.as_slice()
        else {
            return None;
        };
        let is_label = field == "labels";
        if metadata != "metadata" || !(is_label || field == "annotations") {
            return None;
        }
        let text = |value: Option<&'l Value>| match value {
            None => Some(None),
            Some(value) => value.as_str().map(Some),
        };
        Some(Self { is_label, key, old: text(leaf.old)?, new: text(leaf.new)? })
    }

    fn both(&self) -> impl Iterator<Item = &'l str> {
        [self.old, self.new].into_iter().flatten()
    }
}

/// Whether the API server refuses to change a field, so that an upgrade fails that would: the template of a Job, which is
/// deleted first only where it is a hook, and the claims of a StatefulSet.
/// Sources: kubernetes v1.36 `pkg/apis/batch/validation/validation.go` (ValidateJobSpecUpdate),
/// `pkg/apis/apps/validation/validation.go` (ValidateStatefulSetUpdate).
fn is_fixed(entry: &Entry, path: &Path) -> bool {
    let begins = |field: &str| path.0.starts_with(&[PathElement::field("spec"), PathElement::field(field)]);
    match entry.id.kind.as_str() {
        "Job" => entry.part != Part::Hooks && begins("template"),
        "StatefulSet" => begins("volumeClaimTemplates"),
        _ => false,
    }
}

/// Labels of Helm's conventions that change with each version, and those of charts from before there were any.
/// Source: helm.sh/docs/chart_best_practices/labels.
pub(super) fn is_chart_label(note: &Note<'_>) -> bool {
    note.is_label
        && match note.key {
            "helm.sh/chart" | "app.kubernetes.io/version" => true,
            "chart" => note.both().all(is_chart_and_version),
            "heritage" => note.both().all(|value| matches!(value, "Helm" | "Tiller")),
            _ => false,
        }
}

/// `storefront-1.2.3`, as `{{ .Chart.Name }}-{{ .Chart.Version }}` makes it.
fn is_chart_and_version(value: &str) -> bool {
    let versions = value.match_indices('-').filter_map(|(place, _)| value.get(place.saturating_add(1)..));
    versions.into_iter().any(|version| {
        let mut numbers = version.splitn(3, '.').map(|number| {
            number.split(['-', '+', '_']).next().is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
        });
        version.starts_with(|first: char| first.is_ascii_digit())
            && version.matches('.').count() >= 2
            && numbers.all(|is_number| is_number)
    })
}

/// Annotations such as `checksum/config`, with values that look like digests.
pub(super) fn is_checksum(note: &Note<'_>) -> bool {
    let key = note.key.to_ascii_lowercase();
    !note.is_label && (key.contains("checksum") || key.contains("hash")) && note.both().all(is_digest)
}

/// Hexadecimal or base64, or what is hidden of it.
fn is_digest(value: &str) -> bool {
    let is_sign = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=_-:".contains(&byte);
    value.starts_with(MASK)
        || (value.len() >= 6
            && value.bytes().all(is_sign)
            && value.bytes().any(|byte| byte.is_ascii_digit())
            && is_random_enough(value))
}

/// A digest has digits and letters mixed, or is a number; a word with a number behind it is a name.
fn is_random_enough(value: &str) -> bool {
    let digest = value.rsplit(':').next().unwrap_or(value);
    digest.bytes().all(|byte| byte.is_ascii_hexdigit()) || digest.len() >= 16 || changes_of_class(digest) >= 2
}

/// How often digits and letters follow each other.
pub(super) fn changes_of_class(text: &str) -> usize {
    let classes: Vec<bool> = text.bytes().map(|byte| byte.is_ascii_digit()).collect();
    classes.windows(2).filter(|pair| pair.first() != pair.last()).count()
}

/// A time on both sides, or a value that is there to force a rollout (`rollme`, as Helm's own documents call it).
pub(super) fn is_time(note: &Note<'_>) -> bool {
    let (Some(old), Some(new)) = (note.old, note.new) else { return false };
    let name = note.key.rsplit('/').next().unwrap_or(note.key).to_ascii_lowercase();
    if name == "rollme" {
        return true;
    }
    let tells_time = ["date", "time", "timestamp", "restartedat", "deployedat", "updatedat", "rolledat"];
    let is_named = tells_time.iter().any(|word| name.ends_with(word));
    let is_time = |value: &str| value.parse::<Timestamp>().is_ok() || (is_named && is_seconds(value));
    is_time(old) && is_time(new)
}

/// Seconds or milliseconds since 1970, from 2001 to 2286.
fn is_seconds(value: &str) -> bool {
    matches!(value.len(), 10 | 13) && value.bytes().all(|byte| byte.is_ascii_digit()) && !value.starts_with('0')
}
