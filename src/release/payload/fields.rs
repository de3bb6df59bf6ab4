//! The types that Helm gives the fields of a release: one table, from which malformed fields are reported, and the
//! reads that the rest of the payload goes through. The two agree: what is reported reads as absent.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};

use super::kinds::{ApplyMethod, Revision};
use super::type_name;

/// A field that is not as Helm writes it. It holds no value, for that may be a secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Keys and list positions from the top, joined by dots.
    pub path: String,
    pub expected: &'static str,
    pub found: &'static str,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: expected {}, found {}", self.path, self.expected, self.found)
    }
}

#[derive(Debug, Clone, Copy)]
enum Expected {
    Object,
    List,
    Text,
    Boolean,
    Integer,
    Revision,
    Time,
    ApplyMethod,
}

/// Whether Helm always writes the field.
#[derive(Debug, Clone, Copy)]
enum Presence {
    Always,
    Sometimes,
}

use Expected::{ApplyMethod as Method, Boolean, Integer, List, Object, Revision as Number, Text, Time};
use Presence::{Always, Sometimes};

/// `*` is every entry of a list.
const FIELDS: &[(&str, Expected, Presence)] = &[
    ("name", Text, Always),
    ("namespace", Text, Sometimes),
    ("version", Number, Always),
    ("apply_method", Method, Sometimes),
    ("manifest", Text, Sometimes),
    ("config", Object, Sometimes),
    ("info", Object, Always),
    ("info.status", Text, Always),
    ("info.first_deployed", Time, Sometimes),
    ("info.last_deployed", Time, Sometimes),
    ("info.deleted", Time, Sometimes),
    ("info.description", Text, Sometimes),
    ("info.notes", Text, Sometimes),
    ("info.rollback_revision", Number, Sometimes),
    ("chart", Object, Always),
    ("chart.metadata", Object, Always),
    ("chart.metadata.name", Text, Always),
    ("chart.metadata.version", Text, Sometimes),
    ("chart.metadata.appVersion", Text, Sometimes),
    ("chart.metadata.description", Text, Sometimes),
    ("chart.metadata.apiVersion", Text, Sometimes),
    ("chart.metadata.type", Text, Sometimes),
    ("chart.metadata.kubeVersion", Text, Sometimes),
    ("chart.metadata.deprecated", Boolean, Sometimes),
    ("chart.metadata.home", Text, Sometimes),
    ("chart.metadata.icon", Text, Sometimes),
    ("chart.metadata.sources", List, Sometimes),
    ("chart.metadata.sources.*", Text, Sometimes),
    ("chart.metadata.keywords", List, Sometimes),
    ("chart.metadata.keywords.*", Text, Sometimes),
    ("chart.metadata.maintainers", List, Sometimes),
    ("chart.metadata.maintainers.*", Object, Sometimes),
    ("chart.metadata.dependencies", List, Sometimes),
    ("chart.metadata.dependencies.*", Object, Sometimes),
    ("chart.metadata.annotations", Object, Sometimes),
    ("chart.values", Object, Sometimes),
    ("chart.templates", List, Sometimes),
    ("chart.templates.*", Object, Sometimes),
    ("chart.templates.*.name", Text, Always),
    ("chart.templates.*.data", Text, Sometimes),
    ("chart.files", List, Sometimes),
    ("chart.files.*", Object, Sometimes),
    ("chart.files.*.name", Text, Always),
    ("chart.files.*.data", Text, Sometimes),
    ("hooks", List, Sometimes),
    ("hooks.*", Object, Sometimes),
    ("hooks.*.name", Text, Sometimes),
    ("hooks.*.kind", Text, Sometimes),
    ("hooks.*.path", Text, Sometimes),
    ("hooks.*.manifest", Text, Sometimes),
    ("hooks.*.events", List, Sometimes),
    ("hooks.*.events.*", Text, Sometimes),
    ("hooks.*.weight", Integer, Sometimes),
    ("hooks.*.delete_policies", List, Sometimes),
    ("hooks.*.delete_policies.*", Text, Sometimes),
    ("hooks.*.last_run", Object, Sometimes),
    ("hooks.*.last_run.started_at", Time, Sometimes),
    ("hooks.*.last_run.completed_at", Time, Sometimes),
    ("hooks.*.last_run.phase", Text, Sometimes),
];

impl Expected {
    fn as_str(self) -> &'static str {
        match self {
            Object => "an object",
            List => "a list",
            Text => "text",
            Boolean => "a boolean",
            Integer => "a whole number",
            Number => "a whole number from 1",
            Time => "an RFC 3339 time",
            Method => "`csa` or `ssa`",
        }
    }

    /// Whether the read of this type gives a value. Null and the Go zero values that Helm omits pass as absent.
    fn holds(self, value: &Value) -> bool {
        let some = Some(value);
        match self {
            Object => value.is_object(),
            List => value.is_array(),
            Text => value.is_string(),
            Boolean => value.is_boolean(),
            Integer => integer(some).is_some(),
            Number => revision(some).is_some(),
            Time => is_empty_time(value) || time(some).is_some(),
            Method => value.as_str().is_some_and(|word| word.is_empty() || ApplyMethod::parse(word).is_some()),
        }
    }
}

/// Every field of the table that is malformed, in the order of the table.
pub(super) fn problems(raw: &Map<String, Value>) -> Vec<Problem> {
    let mut found = Vec::new();
    for &(path, expected, presence) in FIELDS {
        let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
        check_key(raw, first, rest, String::new(), (expected, presence), &mut found);
    }
    found
}

fn check_key(
    parent: &Map<String, Value>,
    key: &str,
    rest: Option<&str>,
    above: String,
    field: (Expected, Presence),
    found: &mut Vec<Problem>,
) {
    let path = if above.is_empty() { key.to_owned() } else { format!("{above}.{key}") };
    check(parent.get(key), rest, path, field, found);
}

/// A value above the field that is itself malformed has its own row, so it is passed over here.
fn check(
    value: Option<&Value>,
    rest: Option<&str>,
    path: String,
    field: (Expected, Presence),
    found: &mut Vec<Problem>,
) {
    let (expected, presence) = field;
    let Some(rest) = rest else {
        let problem = match (value.filter(|value| !value.is_null()), presence) {
            (None, Sometimes) => return,
            (None, Always) => "nothing",
            (Some(value), _) if expected.holds(value) => return,
            (Some(value), _) => type_name(value),
        };
        found.push(Problem { path, expected: expected.as_str(), found: problem });
        return;
    };
    let (next, rest) = rest.split_once('.').map_or((rest, None), |(next, rest)| (next, Some(rest)));
    if next == "*" {
        for (place, entry) in list(value).iter().enumerate() {
            check(Some(entry), rest, format!("{path}.{place}"), field, found);
        }
    } else if let Some(parent) = object(value) {
        check_key(parent, next, rest, path, field, found);
    }
}

/// Text that is not empty: Go does not tell an empty one from a missing one.
pub(super) fn text(value: Option<&Value>) -> Option<&str> {
    value?.as_str().filter(|text| !text.is_empty())
}

pub(super) fn object(value: Option<&Value>) -> Option<&Map<String, Value>> {
    value?.as_object()
}

/// Empty when it is no list.
pub(super) fn list(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

pub(super) fn texts(value: Option<&Value>) -> Vec<&str> {
    list(value).iter().filter_map(Value::as_str).collect()
}

pub(super) fn boolean(value: Option<&Value>) -> Option<bool> {
    value?.as_bool()
}

pub(super) fn integer(value: Option<&Value>) -> Option<i64> {
    value?.as_i64()
}

pub(super) fn revision(value: Option<&Value>) -> Option<Revision> {
    u32::try_from(value?.as_u64()?).ok().and_then(Revision::new)
}

/// A time that is set. Helm 3 writes an unset one as empty text, other Go programs as the first second of year 1.
pub(super) fn time(value: Option<&Value>) -> Option<Timestamp> {
    let value = value?;
    if is_empty_time(value) { None } else { value.as_str()?.parse().ok() }
}

fn is_empty_time(value: &Value) -> bool {
    matches!(value.as_str(), Some("" | "0001-01-01T00:00:00Z"))
}
