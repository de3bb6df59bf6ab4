//! What Flux leaves out of a comparison: objects that say so, and the paths of `spec.driftDetection.ignore`.
//!
//! Sources: fluxcd/pkg ssa v0.76.1 `jsondiff/{selector,unstructured,patch}.go`, `utils/meta.go` (AnyInMetadata);
//! github.com/evanphx/json-patch v5.9.11 `v5/patch.go` (remove); fluxcd/helm-controller v1.6.3 `internal/action/diff.go`.

use regex::bytes::{Regex, RegexBuilder};
use serde_json::Value;
use thiserror::Error;

use crate::release::labels::Labels;

/// The label, or annotation, that excludes an object where it says `disabled`.
pub const DISABLING: &str = "helm.toolkit.fluxcd.io/driftDetection";

/// Whether the object says that it is not to be compared.
#[must_use]
pub fn is_excluded(object: &Value) -> bool {
    let says = |of: &str| {
        let value = object.pointer(of).and_then(|pairs| pairs.get(DISABLING)).and_then(Value::as_str);
        value.is_some_and(|value| value.eq_ignore_ascii_case("disabled"))
    };
    says("/metadata/labels") || says("/metadata/annotations")
}

/// The rules of a HelmRelease.
#[derive(Debug, Clone, Default)]
pub struct Rules(Vec<Rule>);

#[derive(Debug, Clone)]
struct Rule {
    paths: Vec<String>,
    target: Option<Target>,
}

#[derive(Debug, Clone)]
struct Target {
    /// Pointers to what is matched, and by what. An empty text matches everything.
    patterns: Vec<(Part, Regex)>,
    labels: Option<Labels>,
    annotations: Option<Labels>,
}

#[derive(Debug, Clone, Copy)]
enum Part {
    Group,
    Version,
    Kind,
    Name,
    Namespace,
}

/// A rule that cannot be used. Flux compares nothing then.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("failed to create ignore rule selector: {0}")]
pub struct BadRule(String);

/// A path that cannot be taken out of an object: Flux does not compare that object then.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the ignore rules cannot be applied: {0}")]
pub struct BadPath(String);

impl Rules {
    /// Reads `spec.driftDetection.ignore`.
    ///
    /// # Errors
    /// Where one is no rule.
    pub fn read(written: &Value) -> Result<Self, BadRule> {
        let mut rules: Vec<Rule> = Vec::new();
        for rule in written.as_array().into_iter().flatten() {
            let paths = rule.get("paths").and_then(Value::as_array).into_iter().flatten();
            let paths = paths.filter_map(Value::as_str).map(str::to_owned).collect();
            let target = rule.get("target").filter(|target| !target.is_null()).map(Target::read).transpose()?;
            // Flux keeps rules by their targets: of those without one, only the last is left.
            if target.is_none() {
                rules.retain(|rule| rule.target.is_some());
            }
            rules.push(Rule { paths, target });
        }
        Ok(Self(rules))
    }

    /// The paths that are taken out of an object of a manifest, in order. Flux knows no order of rules; here it is theirs.
    #[must_use]
    pub fn paths(&self, manifest: &Value) -> Vec<String> {
        let matching = self.0.iter().filter(|rule| rule.target.as_ref().is_none_or(|target| target.selects(manifest)));
        matching.flat_map(|rule| rule.paths.iter().cloned()).collect()
    }
}

impl Target {
    fn read(written: &Value) -> Result<Self, BadRule> {
        let text = |name: &str| written.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let mut patterns = Vec::new();
        for (part, name) in [
            (Part::Group, "group"),
            (Part::Version, "version"),
            (Part::Kind, "kind"),
            (Part::Name, "name"),
            (Part::Namespace, "namespace"),
        ] {
            if let Some(pattern) = text(name) {
                // Go's classes are of ASCII, and what is matched is.
                let compiled = RegexBuilder::new(&format!("^(?:{pattern})$")).unicode(false).build();
                let compiled = compiled.map_err(|_| BadRule(format!("invalid {name} regex: {pattern}")))?;
                patterns.push((part, compiled));
            }
        }
        let labels = |name: &str, word: &str| {
            let read = text(name).map(Labels::parse).transpose();
            read.map_err(|why| BadRule(format!("invalid {word} selector: {why}")))
        };
        Ok(Self {
            patterns,
            labels: labels("labelSelector", "label")?,
            annotations: labels("annotationSelector", "annotation")?,
        })
    }

    fn selects(&self, object: &Value) -> bool {
        let text = |at: &str| object.pointer(at).and_then(Value::as_str).unwrap_or_default();
        let (group, version) = text("/apiVersion").split_once('/').unwrap_or(("", text("/apiVersion")));
        let part = |part: Part| match part {
            Part::Group => group,
            Part::Version => version,
            Part::Kind => text("/kind"),
            Part::Name => text("/metadata/name"),
            Part::Namespace => text("/metadata/namespace"),
        };
        let pairs = |at: &str| object.pointer(at).and_then(Value::as_object);
        self.patterns.iter().all(|(of, pattern)| pattern.is_match(part(*of).as_bytes()))
            && self.labels.as_ref().is_none_or(|labels| labels.select_pairs(pairs("/metadata/labels")))
            && self.annotations.as_ref().is_none_or(|labels| labels.select_pairs(pairs("/metadata/annotations")))
    }
}

/// Takes paths out of an object, one after the other: what comes after an item of a list has another index then. What is not
/// there is passed over; a negative index counts from the end.
///
/// # Errors
/// Where a path names no place in a list, or nothing is left to be compared.
pub fn remove(object: &mut Value, paths: &[String]) -> Result<(), BadPath> {
    for path in paths {
        remove_one(object, path)?;
    }
    let has_kind = object.get("kind").and_then(Value::as_str).is_some_and(|kind| !kind.is_empty());
    if has_kind || paths.is_empty() { Ok(()) } else { Err(BadPath("Object 'Kind' is missing".to_owned())) }
}

fn remove_one(object: &mut Value, path: &str) -> Result<(), BadPath> {
    let steps: Vec<String> = path.split('/').skip(1).map(|step| step.replace("~1", "/").replace("~0", "~")).collect();
    let Some((last, steps)) = steps.split_last() else { return Ok(()) };
    let mut place = object;
    for step in steps {
        // An empty step leads to a copy of the whole.
        let next = match place {
            Value::Object(fields) if !step.is_empty() => fields.get_mut(step),
            Value::Array(items) => index(step, items.len()).and_then(|index| items.get_mut(index)),
            Value::Object(_) | Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
        };
        let Some(next) = next else { return Ok(()) };
        place = next;
    }
    match place {
        Value::Object(fields) => {
            fields.shift_remove(last);
        }
        Value::Array(items) => {
            if last.parse::<i64>().is_err() {
                return Err(BadPath(format!("{path}: {last} is no index")));
            }
            if let Some(index) = index(last, items.len()).filter(|index| *index < items.len()) {
                items.remove(index);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    Ok(())
}

fn index(step: &str, length: usize) -> Option<usize> {
    let index: i64 = step.parse().ok()?;
    match usize::try_from(index) {
        Ok(index) => Some(index),
        Err(_) => length.checked_sub(usize::try_from(index.unsigned_abs()).ok()?),
    }
}
