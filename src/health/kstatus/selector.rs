//! Label selectors of workloads.
//!
//! Source: `LabelSelectorAsSelector` in k8s.io/apimachinery v0.37.1 `apis/meta/v1/helpers.go`, `labels/selector.go` and
//! `api/validate/content`. Whether a selector is refused is theirs; why it is, is said in words of ours.

use serde_json::{Map, Value};

use super::Fault;
use super::field;

/// Which labels an object must have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Selector<'a>(Vec<Requirement<'a>>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Requirement<'a> {
    In(&'a str, Vec<&'a str>),
    NotIn(&'a str, Vec<&'a str>),
    Exists(&'a str),
    DoesNotExist(&'a str),
}

impl<'a> Selector<'a> {
    /// `spec.selector` of a workload. An empty one selects everything.
    pub(super) fn of(object: &'a Value) -> Result<Self, Fault> {
        let Some(fields) = field::map(object, &["spec", "selector"])? else {
            return Err(Fault("no selector found".to_owned()));
        };
        let mut requirements = Vec::new();
        for (key, value) in labels(fields.get("matchLabels"))? {
            requirements.push(Requirement::In(checked_key(key)?, vec![checked_value(value)?]));
        }
        let expressions = match fields.get("matchExpressions") {
            None | Some(Value::Null) => &[],
            Some(Value::Array(expressions)) => expressions.as_slice(),
            Some(_) => return Err(refused("matchExpressions is no list")),
        };
        for expression in expressions {
            requirements.push(requirement(expression)?);
        }
        Ok(Self(requirements))
    }

    /// Whether an object has such labels. Labels that are not all text count as none.
    pub(super) fn selects(&self, object: &Value) -> bool {
        let empty = Map::new();
        let labels = field::map(object, &["metadata", "labels"]).ok().flatten().unwrap_or(&empty);
        let is_text = labels.values().all(|value| value.is_string() || value.is_null());
        let labels = if is_text { labels } else { &empty };
        let label = |key: &str| labels.get(key).map(|value| value.as_str().unwrap_or_default());
        self.0.iter().all(|requirement| match requirement {
            Requirement::In(key, values) => label(key).is_some_and(|value| values.contains(&value)),
            Requirement::NotIn(key, values) => label(key).is_none_or(|value| !values.contains(&value)),
            Requirement::Exists(key) => label(key).is_some(),
            Requirement::DoesNotExist(key) => label(key).is_none(),
        })
    }
}

fn labels(value: Option<&Value>) -> Result<Vec<(&str, &str)>, Fault> {
    let fields = match value {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Object(fields)) => fields,
        Some(_) => return Err(refused("matchLabels is no map")),
    };
    let text = |(key, value)| Ok((String::as_str(key), text(Some(value), "a value of matchLabels")?));
    fields.iter().map(text).collect()
}

fn requirement(expression: &Value) -> Result<Requirement<'_>, Fault> {
    if !(expression.is_object() || expression.is_null()) {
        return Err(refused("an entry of matchExpressions is no map"));
    }
    let values = match expression.get("values") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(values)) => {
            values.iter().map(|value| text(Some(value), "a value of matchExpressions")).collect::<Result<_, _>>()?
        }
        Some(_) => return Err(refused("values of matchExpressions is no list")),
    };
    let operator = text(expression.get("operator"), "an operator")?;
    let key = text(expression.get("key"), "a key")?;
    if !["In", "NotIn", "Exists", "DoesNotExist"].contains(&operator) {
        return Err(Fault(format!("\"{operator}\" is not a valid label selector operator")));
    }
    let key = checked_key(key)?;
    let values = values.into_iter().map(checked_value).collect::<Result<Vec<_>, _>>()?;
    match (operator, values.is_empty()) {
        ("In", false) => Ok(Requirement::In(key, values)),
        ("NotIn", false) => Ok(Requirement::NotIn(key, values)),
        ("Exists", true) => Ok(Requirement::Exists(key)),
        ("DoesNotExist", true) => Ok(Requirement::DoesNotExist(key)),
        (_, true) => Err(refused(&format!("{operator} needs values"))),
        (_, false) => Err(refused(&format!("{operator} takes no values"))),
    }
}

fn text<'a>(value: Option<&'a Value>, what: &str) -> Result<&'a str, Fault> {
    match value {
        None | Some(Value::Null) => Ok(""),
        Some(Value::String(text)) => Ok(text),
        Some(_) => Err(refused(&format!("{what} is no text"))),
    }
}

fn refused(why: &str) -> Fault {
    Fault(format!("spec.selector: {why}"))
}

fn checked_key(key: &str) -> Result<&str, Fault> {
    let (prefix, name) = match key.split_once('/') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, key),
    };
    let is_key = prefix.is_none_or(is_subdomain) && !name.is_empty() && is_name(name);
    if is_key { Ok(key) } else { Err(refused(&format!("\"{key}\" is no key of a label"))) }
}

fn checked_value(value: &str) -> Result<&str, Fault> {
    if is_name(value) { Ok(value) } else { Err(refused(&format!("\"{value}\" is no value of a label"))) }
}

/// At most 63 letters, digits, `-`, `_` and `.`, of which the last three neither begin nor end it; or nothing.
fn is_name(name: &str) -> bool {
    let is_inside = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let is_end = |byte: Option<u8>| byte.is_none_or(|byte| byte.is_ascii_alphanumeric());
    name.len() <= 63 && name.bytes().all(is_inside) && is_end(name.bytes().next()) && is_end(name.bytes().next_back())
}

/// At most 253 small letters, digits, `-` and `.`; every part between dots begins and ends with a letter or digit.
fn is_subdomain(name: &str) -> bool {
    let is_end = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    name.len() <= 253
        && name.split('.').all(|part| {
            part.bytes().all(|byte| is_end(byte) || byte == b'-')
                && part.bytes().next().is_some_and(is_end)
                && part.bytes().next_back().is_some_and(is_end)
        })
}
