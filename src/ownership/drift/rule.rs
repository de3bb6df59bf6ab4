//! The ignore rule that would silence one line of drift, ready to be put into a HelmRelease.

use std::fmt;

use serde_json::{Map, Value};

use super::json_diff::{Operation, is_same};
use crate::schema::pointer;

/// One entry of `spec.driftDetection.ignore`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IgnoreRule {
    /// JSON pointers.
    pub paths: Vec<String>,
    /// The group, as a pattern; empty for the core group, which no pattern tells from others.
    pub group: String,
    /// The kind, as a pattern.
    pub kind: String,
    /// The name, as a pattern.
    pub name: String,
}

impl IgnoreRule {
    /// The rule for one operation between these two objects. The whole of an object, which one operation may replace, is told
    /// by its fields: to ignore the whole would exclude the object for ever.
    #[must_use]
    pub fn of(operation: &Operation, live: &Value, after: &Value, is_metadata: bool) -> Self {
        let text = |at: &str| after.pointer(at).and_then(Value::as_str).unwrap_or_default();
        let group = text("/apiVersion").split_once('/').map_or("", |(group, _)| group);
        let paths = match operation.at.as_str() {
            "" | "/metadata" if is_metadata => vec!["/metadata/annotations".to_owned(), "/metadata/labels".to_owned()],
            "" => {
                let (none, nothing) = (Map::new(), Map::new());
                let (live, after) = (live.as_object().unwrap_or(&none), after.as_object().unwrap_or(&nothing));
                let all = live.keys().chain(after.keys().filter(|name| !live.contains_key(*name)));
                let kept = |name: &&String| match (live.get(*name), after.get(*name)) {
                    (Some(live), Some(after)) => !is_same(live, after),
                    (Some(_), None) | (None, Some(_)) => true,
                    (None, None) => false,
                };
                let fields = all.filter(|name| !matches!(name.as_str(), "metadata" | "status")).filter(kept);
                fields.map(|name| pointer::below("", name)).collect()
            }
            at => vec![at.to_owned()],
        };
        Self { paths, group: pattern(group), kind: pattern(text("/kind")), name: pattern(text("/metadata/name")) }
    }
}

/// The text as a pattern that matches nothing else. Names hold no other sign that means something in a pattern.
fn pattern(text: &str) -> String {
    regex::escape(text).replace("\\-", "-")
}

/// As an item of the YAML list `ignore`.
impl fmt::Display for IgnoreRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "- paths:")?;
        for path in &self.paths {
            writeln!(f, "    - {}", Value::from(path.as_str()))?;
        }
        writeln!(f, "  target:")?;
        for (name, pattern) in [("group", &self.group), ("kind", &self.kind), ("name", &self.name)] {
            if !pattern.is_empty() {
                writeln!(f, "    {name}: {}", Value::from(pattern.as_str()))?;
            }
        }
        Ok(())
    }
}
