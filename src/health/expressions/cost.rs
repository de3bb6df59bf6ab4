//! What evaluating an expression over an object can cost at most, known before it is begun.
//!
//! The crate has no limit of its own: nested macros multiply, and so does a text that is replaced in itself. Sizes are
//! therefore followed through the expression, each rounded up, and what can grow too large is not evaluated.

use std::collections::HashSet;

use cel::common::ast::{CallExpr, ComprehensionExpr, EntryExpr, Expr, IdedExpr, LiteralValue, operators};
use serde_json::Value;

use super::language::{Growth, growth};

/// Steps and bytes. What stays below takes a tenth of a second at most.
const CEILING: u64 = 4_000_000;
/// Levels of an object.
const DEEPEST: usize = 64;

/// What is known of a value before it is there.
#[derive(Debug, Clone)]
enum Seen<'a> {
    /// One of these values of the object.
    Among(Vec<&'a Value>),
    /// Nothing larger than this.
    Within(Size),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Size {
    /// Entries of the longest list or map in it.
    items: u64,
    /// Values and bytes in it.
    weight: u64,
    /// The weight of the heaviest value inside of a list or map in it.
    inner: u64,
}

impl Size {
    const ONE: Self = Self { items: 1, weight: 1, inner: 1 };

    fn leaf(bytes: usize) -> Self {
        Self { weight: u64::try_from(bytes).unwrap_or(u64::MAX).saturating_add(1), ..Self::ONE }
    }

    fn larger(self, other: Self) -> Self {
        Self {
            items: self.items.max(other.items),
            weight: self.weight.max(other.weight),
            inner: self.inner.max(other.inner),
        }
    }

    fn with(self, other: Self) -> Self {
        Self {
            items: self.items.saturating_add(other.items),
            weight: self.weight.saturating_add(other.weight),
            inner: self.inner.max(other.inner),
        }
    }

    /// A list or map of these.
    fn around(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut own = 0_u64;
        let mut all = Self::ONE;
        for part in parts {
            own = own.saturating_add(1);
            all = Self {
                items: all.items.max(part.items),
                weight: all.weight.saturating_add(part.weight),
                inner: all.inner.max(part.weight),
            };
        }
        Self { items: all.items.max(own), ..all }
    }

    /// `None` where it is nested too deep.
    fn of(value: &Value, depth: usize) -> Option<Self> {
        Some(match value {
            Value::Null | Value::Bool(_) | Value::Number(_) => Self::ONE,
            Value::String(text) => Self::leaf(text.len()),
            Value::Array(_) | Value::Object(_) if depth == 0 => return None,
            Value::Array(values) => {
                Self::around(values.iter().map(|value| Self::of(value, depth - 1)).collect::<Option<Vec<_>>>()?)
            }
            Value::Object(fields) => {
                let field = |(name, value): (&String, &Value)| {
                    let size = Self::of(value, depth - 1)?;
                    Some(Self { weight: size.weight.saturating_add(Self::leaf(name.len()).weight), ..size })
                };
                Self::around(fields.iter().map(field).collect::<Option<Vec<_>>>()?)
            }
        })
    }
}

/// Why the expression is not evaluated over the object.
pub(super) fn beyond(expression: &IdedExpr, object: &Value) -> Option<String> {
    let mut meter = Meter { object, bound: Vec::new(), copied: HashSet::new(), steps: 0, measured: 0, deep: false };
    meter.look(expression);
    if meter.deep {
        return Some(format!("the object is nested more than {DEEPEST} levels deep"));
    }
    meter.is_over().then(|| "it could take too long".to_owned())
}

struct Meter<'a> {
    object: &'a Value,
    bound: Vec<(&'a str, Seen<'a>)>,
    /// The fields of the object that are copied for the expression, each once.
    copied: HashSet<&'a str>,
    steps: u64,
    /// What measuring itself took, which no loop multiplies.
    measured: u64,
    deep: bool,
}

impl<'a> Meter<'a> {
    fn spend(&mut self, steps: u64) {
        self.steps = self.steps.saturating_add(steps);
    }

    fn measure_once(&mut self, steps: u64) {
        self.measured = self.measured.saturating_add(steps);
    }

    fn is_over(&self) -> bool {
        self.steps.max(self.measured) > CEILING
    }

    fn size(&mut self, seen: &Seen<'a>) -> Size {
        match seen {
            Seen::Within(size) => *size,
            Seen::Among(values) => {
                let sizes: Option<Vec<Size>> = values.iter().map(|value| Size::of(value, DEEPEST)).collect();
                self.deep |= sizes.is_none();
                let sizes = sizes.unwrap_or_default();
                self.measure_once(sizes.iter().fold(0, |all, size| size.weight.saturating_add(all)));
                sizes.into_iter().fold(Size::ONE, Size::larger)
            }
        }
    }

    fn measure(&mut self, expression: &'a IdedExpr) -> Size {
        let seen = self.look(expression);
        self.size(&seen)
    }

    fn look(&mut self, expression: &'a IdedExpr) -> Seen<'a> {
        self.spend(1);
        if self.is_over() {
            return Seen::Within(Size::ONE);
        }
        Seen::Within(match &expression.expr {
            Expr::Unspecified | Expr::Struct(_) => Size::ONE,
            Expr::Literal(LiteralValue::String(text)) => Size::leaf(text.inner().len()),
            Expr::Literal(LiteralValue::Bytes(literal)) => Size::leaf(literal.inner().len()),
            Expr::Literal(_) => Size::ONE,
            Expr::Ident(name) => {
                let bound = self.bound.iter().rev().find(|(bound, _)| bound == name).map(|(_, seen)| seen.clone());
                if let Some(Seen::Among(values)) = &bound {
                    self.measure_once(u64::try_from(values.len()).unwrap_or(u64::MAX));
                }
                return bound.unwrap_or_else(|| self.field(name));
            }
            Expr::Select(select) => {
                let operand = self.look(&select.operand);
                return inside(operand, &select.field);
            }
            Expr::List(list) => {
                let parts: Vec<Size> = list.elements.iter().map(|element| self.measure(element)).collect();
                self.made(Size::around(parts))
            }
            Expr::Map(map) => {
                let entries = map.entries.iter().filter_map(|entry| match &entry.expr {
                    EntryExpr::MapEntry(entry) => Some([&entry.key, &entry.value]),
                    EntryExpr::StructField(_) => None,
                });
                let parts: Vec<Size> = entries.flatten().map(|part| self.measure(part)).collect();
                self.made(Size::around(parts))
            }
            Expr::Call(call) => return self.call(call),
            Expr::Comprehension(comprehension) => self.comprehension(comprehension),
        })
    }

    fn made(&mut self, size: Size) -> Size {
        self.spend(size.weight);
        size
    }

    fn field(&mut self, name: &'a str) -> Seen<'a> {
        let Some(value) = self.object.get(name) else { return Seen::Within(Size::ONE) };
        let seen = Seen::Among(vec![value]);
        if self.copied.insert(name) {
            let size = self.size(&seen);
            self.spend(size.weight);
        }
        seen
    }

    fn call(&mut self, call: &'a CallExpr) -> Seen<'a> {
        if let ("@ordered", [operand]) = (call.func_name.as_str(), call.args.as_slice()) {
            return self.look(operand);
        }
        if let ("@select" | "@optional", [operand, key]) = (call.func_name.as_str(), call.args.as_slice()) {
            let operand = self.look(operand);
            let copied = match operand {
                Seen::Among(_) => 0,
                Seen::Within(size) => size.weight,
            };
            self.spend(copied);
            return match &key.expr {
                Expr::Literal(LiteralValue::String(key)) => inside(operand, key.inner()),
                _ => {
                    self.measure(key);
                    Seen::Within(self.size(&operand))
                }
            };
        }
        let sizes: Vec<Size> =
            call.target.as_deref().into_iter().chain(&call.args).map(|argument| self.measure(argument)).collect();
        let sum = sizes.iter().fold(Size { items: 0, ..Size::ONE }, |all, size| all.with(*size));
        let first = sizes.first().copied().unwrap_or(Size::ONE);
        let product = sizes.iter().fold(1_u64, |all, size| all.saturating_mul(size.weight.saturating_add(1)));
        let made = match (call.func_name.as_str(), growth(&call.func_name)) {
            (operators::CONDITIONAL | operators::ADD, _) | (_, Some(Growth::Part | Growth::Sum)) => sum,
            (_, None | Some(Growth::One)) => Size::ONE,
            (_, Some(Growth::Written)) => Size { weight: sum.weight.saturating_mul(2).saturating_add(40), ..sum },
            (_, Some(Growth::Split)) => {
                Size { items: first.weight, weight: first.weight.saturating_mul(3), inner: first.weight }
            }
            (_, Some(Growth::Product)) => Size { weight: product, ..Size::ONE },
        };
        self.spend(made.weight);
        // A field is looked up in what has it. A search compares each place with all that is looked for.
        self.spend(match call.func_name.as_str() {
            "@has" | "@present" => 1,
            // The pattern is compiled each time.
            "matches" => product.saturating_add(sizes.last().map_or(1, |size| size.weight).saturating_mul(1000)),
            name if SEARCHES.contains(&name) => product,
            _ => sum.weight,
        });
        Seen::Within(made)
    }

    fn comprehension(&mut self, comprehension: &'a ComprehensionExpr) -> Size {
        let range = self.look(&comprehension.iter_range);
        let whole = self.size(&range);
        let start = self.measure(&comprehension.accu_init);
        let (items, element) = match (&range, &comprehension.iter_range.expr) {
            (Seen::Among(values), _) => {
                let lists = values.iter().filter_map(|value| value.as_array());
                (whole.items, Some(lists.flatten().collect()))
            }
            (Seen::Within(_), Expr::List(list)) => (u64::try_from(list.elements.len()).unwrap_or(u64::MAX), None),
            (Seen::Within(_), _) => (whole.items, None),
        };
        let element = match element {
            Some(values) if matches!(&range, Seen::Among(ranges) if ranges.iter().all(|range| range.is_array())) => {
                Seen::Among(values)
            }
            Some(_) | None => Seen::Within(Size { weight: whole.inner, ..whole }),
        };
        let before = self.steps;
        self.bound.push((&comprehension.iter_var, element));
        self.bound.push((&comprehension.accu_var, Seen::Within(start)));
        self.look(&comprehension.loop_cond);
        let step = self.measure(&comprehension.loop_step);
        let once = self.steps.saturating_sub(before);
        self.spend(once.saturating_mul(items.saturating_sub(1)));
        // Each element is copied into its variable.
        self.spend(whole.weight);
        let grown = Size {
            items: start.items.max(step.items).saturating_add(items),
            weight: start.weight.saturating_add(step.weight.saturating_mul(items)),
            inner: start.inner.max(step.inner),
        };
        self.bound.pop();
        self.bound.push((&comprehension.accu_var, Seen::Within(grown)));
        let result = self.measure(&comprehension.result);
        self.bound.truncate(self.bound.len().saturating_sub(2));
        result
    }
}

/// Calls that look for one value in another.
const SEARCHES: &[&str] =
    &["@among", "@sets.contains", "@sets.equivalent", "@sets.intersects", "contains", "indexOf", "lastIndexOf"];

fn inside<'a>(operand: Seen<'a>, field: &str) -> Seen<'a> {
    match operand {
        Seen::Within(size) => Seen::Within(size),
        Seen::Among(values) => Seen::Among(values.into_iter().filter_map(|value| value.get(field)).collect()),
    }
}
