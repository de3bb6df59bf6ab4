//! When two values are the same.
//!
//! As YAML 1.1 has read them: numbers by what they are worth, `1` and `1.0` alike; a number and the text of it differ, because the
//! API server takes the one where it refuses the other. Quantities by their amount, where they are quantities for certain: a
//! difference too many is read and passed over, one too few is never seen.

use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::{Number, Value};

use crate::ownership::{Path, PathElement};

/// Whether two values are the same, whatever the order of keys.
pub(super) fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => is_same_number(left, right),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| equal(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(key, left)| right.get(key).is_some_and(|right| equal(left, right)))
        }
        (left, right) => left == right,
    }
}

/// Below this every whole number is exactly one float.
const EXACT: f64 = 9_007_199_254_740_992.0;

fn is_same_number(left: &Number, right: &Number) -> bool {
    match (left.as_i128(), right.as_i128()) {
        (Some(left), Some(right)) => left == right,
        (None, None) => left.as_f64() == right.as_f64(),
        (Some(_), None) | (None, Some(_)) => {
            left.as_f64() == right.as_f64() && left.as_f64().is_some_and(|worth| worth.abs() < EXACT)
        }
    }
}

/// A value that is told from others by [`equal`].
#[derive(Debug, Clone, Copy)]
pub(super) struct Item<'v>(pub &'v Value);

impl PartialEq for Item<'_> {
    fn eq(&self, other: &Self) -> bool {
        equal(self.0, other.0)
    }
}

impl Eq for Item<'_> {}

impl Hash for Item<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self.0 {
            Value::Null => 0_u8.hash(state),
            Value::Bool(truth) => truth.hash(state),
            // Plus zero, so that zero has one sign.
            Value::Number(number) => (number.as_f64().unwrap_or_default() + 0.0).to_bits().hash(state),
            Value::String(text) => text.hash(state),
            Value::Array(items) => items.iter().for_each(|item| Item(item).hash(state)),
            Value::Object(fields) => {
                let one = |(key, value): (&String, &Value)| {
                    let mut of_field = DefaultHasher::new();
                    key.hash(&mut of_field);
                    Item(value).hash(&mut of_field);
                    of_field.finish()
                };
                fields.iter().map(one).fold(0, u64::wrapping_add).hash(state);
            }
        }
    }
}

/// Fields of the API server's own groups that are quantities, by the end of their paths; `*` is any key.
/// Source: kubernetes/api v0.36 `core/v1/types.go`, `autoscaling/v2/types.go` (every `resource.Quantity`).
const QUANTITIES: &[(&[&str], &[&str])] = &[
    (&["", "apps", "batch"], &["resources", "limits", "*"]),
    (&["", "apps", "batch"], &["resources", "requests", "*"]),
    (&["", "apps", "batch"], &["emptyDir", "sizeLimit"]),
    (&[""], &["spec", "hard", "*"]),
    (&[""], &["spec", "capacity", "*"]),
    (&["autoscaling"], &["target", "averageValue"]),
    (&["autoscaling"], &["target", "value"]),
];

/// Whether a field of an object of this group is a quantity.
pub(super) fn is_quantity(group: &str, path: &Path) -> bool {
    let is_so = |end: &[&str]| {
        let start = path.0.len().checked_sub(end.len());
        let last = start.and_then(|start| path.0.get(start..)).unwrap_or_default();
        !last.is_empty()
            && last.iter().zip(end).all(|(step, wanted)| match step {
                PathElement::Field(name) => *wanted == "*" || name == wanted,
                PathElement::Key(_) | PathElement::Value(_) | PathElement::Index(_) => false,
            })
    };
    QUANTITIES.iter().any(|(groups, end)| groups.contains(&group) && is_so(end))
}

/// Whether two quantities are the same amount; exactly, and false where one cannot be read.
pub(super) fn is_same_amount(left: &Value, right: &Value) -> bool {
    matches!((amount(left), amount(right)), (Some(left), Some(right)) if left.is_same(right))
}

/// So many times a power of ten.
#[derive(Debug, Clone, Copy)]
struct Amount {
    digits: i128,
    power: i32,
}

impl Amount {
    fn is_same(self, other: Self) -> bool {
        let low = self.power.min(other.power);
        let raised = |amount: Self| {
            let by = u32::try_from(amount.power.checked_sub(low)?).ok()?;
            amount.digits.checked_mul(10_i128.checked_pow(by)?)
        };
        match (raised(self), raised(other)) {
            (Some(left), Some(right)) => left == right,
            (None, _) | (_, None) => false,
        }
    }
}

/// Source: kubernetes/apimachinery v0.36 `pkg/api/resource/{quantity,suffix}.go`.
fn amount(value: &Value) -> Option<Amount> {
    let text = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    let end = text.find(|letter: char| !matches!(letter, '0'..='9' | '.' | '+' | '-')).unwrap_or(text.len());
    let (number, suffix) = text.split_at_checked(end)?;
    let (times, power): (i128, i32) = match suffix {
        "" => (1, 0),
        "n" => (1, -9),
        "u" => (1, -6),
        "m" => (1, -3),
        "k" => (1, 3),
        "M" => (1, 6),
        "G" => (1, 9),
        "T" => (1, 12),
        "P" => (1, 15),
        "E" => (1, 18),
        "Ki" => (1 << 10, 0),
        "Mi" => (1 << 20, 0),
        "Gi" => (1 << 30, 0),
        "Ti" => (1 << 40, 0),
        "Pi" => (1 << 50, 0),
        "Ei" => (1 << 60, 0),
        exponent => (1, exponent.strip_prefix(['e', 'E'])?.parse().ok()?),
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits: i128 = format!("{whole}{fraction}").parse().ok()?;
    let after = i32::try_from(fraction.len()).ok()?;
    Some(Amount { digits: digits.checked_mul(times)?, power: power.checked_sub(after)? })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_are_equal_by_worth_and_texts_by_letters() {
        let check = |left: Value, right: Value, expected: bool| {
            let found = [equal(&left, &right), equal(&right, &left)];
            assert_eq!(found, [expected; 2], "{left} {right}");
            assert!(!expected || hash(&left) == hash(&right), "{left} {right}");
        };
        check(json!(1), json!(1.0), true);
        check(json!(0), json!(-0.0), true);
        check(json!(1), json!("1"), false);
        check(json!(null), json!(false), false);
        check(json!(u64::MAX), json!(u64::MAX - 1), false);
        check(json!(9_007_199_254_740_993_i64), json!(9_007_199_254_740_992.0), false);
        check(json!({"a": 1, "b": [2]}), json!({"b": [2.0], "a": 1}), true);
        check(json!({"a": null}), json!({}), false);
        check(json!([1, 2]), json!([2, 1]), false);
    }

    fn hash(value: &Value) -> u64 {
        let mut state = DefaultHasher::new();
        Item(value).hash(&mut state);
        state.finish()
    }

    #[test]
    fn quantities_are_equal_by_amount() {
        let check = |left: Value, right: Value, expected: bool| {
            let found = [is_same_amount(&left, &right), is_same_amount(&right, &left)];
            assert_eq!(found, [expected; 2], "{left} {right}");
        };
        check(json!(1), json!("1000m"), true);
        check(json!(0.5), json!("500m"), true);
        check(json!("1Gi"), json!("1024Mi"), true);
        check(json!("1.5Gi"), json!("1536Mi"), true);
        check(json!("1e3"), json!("1k"), true);
        check(json!("0"), json!("0m"), true);
        check(json!("1G"), json!("1Gi"), false);
        check(json!("1"), json!("1.0000000000001"), false);
        check(json!("x"), json!("x"), false);
        check(json!(""), json!("0"), false);
        check(json!("99999999999999999999999999999999999999999"), json!("1"), false);
    }

    #[test]
    fn quantities_stand_where_the_api_has_them() {
        let check = |group: &str, path: &[&str], expected: bool| {
            let steps = path.iter().map(|name| PathElement::field(name)).collect();
            assert_eq!(is_quantity(group, &Path(steps)), expected, "{group} {path:?}");
        };
        check("apps", &["spec", "resources", "limits", "cpu"], true);
        check("example.com", &["spec", "resources", "limits", "cpu"], false);
        check("", &["data", "limits", "cpu"], false);
        check("apps", &["spec", "resources", "limits"], false);
        check("", &["spec", "hard", "pods"], true);
        check("", &["pods"], false);
    }
}
