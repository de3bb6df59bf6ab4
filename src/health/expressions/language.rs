//! Which part of the language is evaluated here, and what it becomes so that it means what it means to Flux.
//!
//! The table of functions is closed: a call that does not stand in it is not evaluated, whatever the crate makes of it.

use cel::common::ast::{CallExpr, ComprehensionExpr, EntryExpr, Expr, IdedExpr, ListExpr, LiteralValue, operators};
use cel::common::types::CelString;

use super::pattern;

/// Why an expression has no program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Flux refuses it too, before it sees any object.
    Invalid(String),
    /// It may well be right; of what it is not evaluated.
    Beyond(String),
}

/// How large what a function returns can be, by what it is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Growth {
    /// A number, a bool or a time.
    One,
    /// The argument or a part of it.
    Part,
    /// Its text in another writing.
    Written,
    /// All arguments together.
    Sum,
    /// A list of the characters at most.
    Split,
    /// The first argument with another one between or for its parts.
    Product,
}

struct Known {
    name: &'static str,
    /// Whether it is called on its first argument.
    member: bool,
    /// Arguments, the one that it is called on left out.
    arguments: &'static [usize],
    growth: Growth,
}

const fn on(name: &'static str, arguments: &'static [usize], growth: Growth) -> Known {
    Known { name, member: true, arguments, growth }
}

const fn of(name: &'static str, arguments: &'static [usize], growth: Growth) -> Known {
    Known { name, member: false, arguments, growth }
}

const KNOWN: &[Known] = &[
    of("size", &[1], Growth::One),
    on("size", &[0], Growth::One),
    of("type", &[1], Growth::One),
    of("dyn", &[1], Growth::Part),
    of("bool", &[1], Growth::One),
    of("int", &[1], Growth::One),
    of("uint", &[1], Growth::One),
    of("double", &[1], Growth::One),
    of("string", &[1], Growth::Written),
    of("bytes", &[1], Growth::Written),
    of("duration", &[1], Growth::One),
    of("timestamp", &[1], Growth::One),
    on("startsWith", &[1], Growth::One),
    on("endsWith", &[1], Growth::One),
    on("contains", &[1], Growth::One),
    on("matches", &[1], Growth::One),
    of("matches", &[2], Growth::One),
    on("charAt", &[1], Growth::Part),
    on("indexOf", &[1], Growth::One),
    on("lastIndexOf", &[1], Growth::One),
    on("lowerAscii", &[0], Growth::Part),
    on("upperAscii", &[0], Growth::Part),
    on("trim", &[0], Growth::Part),
    on("reverse", &[0], Growth::Part),
    on("substring", &[1, 2], Growth::Part),
    on("replace", &[2, 3], Growth::Product),
    on("split", &[1, 2], Growth::Split),
    on("join", &[0, 1], Growth::Product),
    of("base64.encode", &[1], Growth::Written),
    of("base64.decode", &[1], Growth::Written),
    of("sets.contains", &[2], Growth::One),
    of("sets.equivalent", &[2], Growth::One),
    of("sets.intersects", &[2], Growth::One),
    of("optional.of", &[1], Growth::Sum),
    of("optional.none", &[0], Growth::One),
    of("optional.ofNonZeroValue", &[1], Growth::Sum),
    on("hasValue", &[0], Growth::One),
    on("value", &[0], Growth::Part),
    on("or", &[1], Growth::Sum),
    on("orValue", &[1], Growth::Sum),
    on("getFullYear", &[0], Growth::One),
    on("getMonth", &[0], Growth::One),
    on("getDate", &[0], Growth::One),
    on("getDayOfMonth", &[0], Growth::One),
    on("getDayOfWeek", &[0], Growth::One),
    on("getDayOfYear", &[0], Growth::One),
    on("getHours", &[0], Growth::One),
    on("getMinutes", &[0], Growth::One),
    on("getSeconds", &[0], Growth::One),
    on("getMilliseconds", &[0], Growth::One),
];

/// Conversions, which Flux computes before it sees an object where their argument is constant, and what prepares the
/// argument for the crate.
const CONVERSIONS: &[(&str, Option<&str>)] = &[
    ("bool", None),
    ("bytes", None),
    ("double", Some("@decimal")),
    ("duration", Some("@span")),
    ("dyn", None),
    ("int", Some("@number")),
    ("string", Some("@text")),
    ("timestamp", Some("@time")),
    ("type", None),
    ("uint", Some("@natural")),
];

const NAMESPACES: &[&str] = &["sets", "base64", "optional", "strings", "math", "lists", "cel"];
const TYPES: &[&str] =
    &["bool", "bytes", "double", "int", "list", "map", "null_type", "optional_type", "string", "type", "uint"];
const OPERATORS: &[&str] = &[
    operators::CONDITIONAL,
    operators::LOGICAL_AND,
    operators::LOGICAL_OR,
    operators::LOGICAL_NOT,
    operators::SUBSTRACT,
    operators::ADD,
    operators::MULTIPLY,
    operators::DIVIDE,
    operators::MODULO,
    operators::EQUALS,
    operators::NOT_EQUALS,
    operators::GREATER_EQUALS,
    operators::LESS_EQUALS,
    operators::GREATER,
    operators::LESS,
    operators::NEGATE,
    operators::INDEX,
    operators::OPT_INDEX,
    operators::OPT_SELECT,
    operators::NOT_STRICTLY_FALSE,
    operators::IN,
];

/// The variable that `or` and `orValue` hold their operand in.
const HELD: &str = "@held";

/// How a function of the language, or an operation that stands for one, grows; `None` where it is an operator.
pub(super) fn growth(name: &str) -> Option<Growth> {
    let own = match name {
        "@negate" | "@present" | "@has" | "@among" | "@number" | "@utc" => Some(Growth::One),
        "@select" | "@optional" | "@unwrapped" | "@time" | "@span" | "@decimal" | "@natural" | "@ordered" => {
            Some(Growth::Part)
        }
        "@text" => Some(Growth::Written),
        "@add" => Some(Growth::Sum),
        _ => None,
    };
    let plain = name.strip_prefix('@').unwrap_or(name);
    own.or_else(|| KNOWN.iter().find(|known| known.name == plain).map(|known| known.growth))
}

/// Makes the expression mean here what it means to Flux. `computes` says whether a constant expression has a value.
///
/// # Errors
///
/// What Flux refuses, and what is not evaluated here.
pub(super) fn adapt(
    expression: &mut IdedExpr,
    computes: &dyn Fn(&IdedExpr) -> Result<(), Refusal>,
) -> Result<(), Refusal> {
    let mut adapter = Adapter { bound: Vec::new(), computes, has_bytes: false, has_in: false, compared: false };
    adapter.visit(expression)?;
    if adapter.has_bytes && adapter.has_in {
        beyond("in beside bytes, which Flux may fail on as a whole")
    } else {
        Ok(())
    }
}

fn beyond<T>(what: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal::Beyond(what.into()))
}

fn node(expr: Expr) -> IdedExpr {
    IdedExpr { id: 0, expr }
}

fn call(name: &str, args: Vec<IdedExpr>) -> IdedExpr {
    node(Expr::Call(CallExpr { func_name: name.to_owned(), target: None, args }))
}

fn text(text: String) -> IdedExpr {
    node(Expr::Literal(LiteralValue::String(CelString::from(text))))
}

fn is_constant(expression: &IdedExpr) -> bool {
    match &expression.expr {
        Expr::Literal(_) => true,
        Expr::List(list) => list.optional_indices.is_empty() && list.elements.iter().all(is_constant),
        Expr::Map(map) => map.entries.iter().all(|entry| match &entry.expr {
            EntryExpr::MapEntry(entry) => !entry.optional && is_constant(&entry.key) && is_constant(&entry.value),
            EntryExpr::StructField(_) => false,
        }),
        Expr::Call(call) => {
            let converts =
                |(name, prepares): &(&str, Option<&str>)| *name == call.func_name || *prepares == Some(&call.func_name);
            call.target.is_none() && CONVERSIONS.iter().any(converts) && call.args.iter().all(is_constant)
        }
        Expr::Comprehension(_) | Expr::Ident(_) | Expr::Select(_) | Expr::Struct(_) | Expr::Unspecified => false,
    }
}

/// Flux looks at a constant index before it sees an object, and refuses what can be none.
fn is_key(expression: &IdedExpr) -> bool {
    match &expression.expr {
        Expr::Literal(literal) => !matches!(literal, LiteralValue::Bytes(_) | LiteralValue::Null),
        _ => false,
    }
}

struct Adapter<'a> {
    /// Variables of the macros around.
    bound: Vec<String>,
    has_bytes: bool,
    has_in: bool,
    /// Whether what is visited next is an operand of `==` or `!=`.
    compared: bool,
    computes: &'a dyn Fn(&IdedExpr) -> Result<(), Refusal>,
}

impl Adapter<'_> {
    fn visit(&mut self, expression: &mut IdedExpr) -> Result<(), Refusal> {
        let compared = std::mem::take(&mut self.compared);
        if !compared && self.is_type(expression) {
            return beyond("a type elsewhere than beside == or !=");
        }
        let place = std::mem::take(&mut expression.expr);
        expression.expr = match place {
            Expr::Ident(name) if name.starts_with('.') => return beyond("a name that begins with a dot"),
            Expr::Struct(_) => return beyond("a message literal"),
            Expr::Unspecified => return beyond("an expression without content"),
            plain @ (Expr::Ident(_) | Expr::Literal(_)) => {
                self.has_bytes |= matches!(&plain, Expr::Literal(LiteralValue::Bytes(_)));
                plain
            }
            Expr::List(mut list) => {
                list.elements.iter_mut().try_for_each(|element| self.visit(element))?;
                Expr::List(list)
            }
            Expr::Map(mut map) => {
                let mut kinds = Vec::new();
                for entry in &mut map.entries {
                    let EntryExpr::MapEntry(entry) = &mut entry.expr else { return beyond("a message literal") };
                    match &entry.key.expr {
                        Expr::Literal(
                            key @ (LiteralValue::String(_)
                            | LiteralValue::Int(_)
                            | LiteralValue::UInt(_)
                            | LiteralValue::Boolean(_)),
                        ) => kinds.push(std::mem::discriminant(key)),
                        _ => return beyond("a map with a key that is no literal string, int, uint or bool"),
                    }
                    self.visit(&mut entry.value)?;
                }
                if kinds.windows(2).any(|pair| pair.first() != pair.last()) {
                    return beyond("a map with keys of several types");
                }
                Expr::Map(map)
            }
            Expr::Select(mut select) => {
                self.visit(&mut select.operand)?;
                let operation = if select.test { "@has" } else { "@select" };
                if !select.test && self.is_path(&select.operand) {
                    Expr::Select(select)
                } else {
                    call(operation, vec![*select.operand, text(select.field)]).expr
                }
            }
            Expr::Comprehension(mut comprehension) => {
                self.comprehension(&mut comprehension)?;
                Expr::Comprehension(comprehension)
            }
            Expr::Call(call) => self.call(call)?,
        };
        Ok(())
    }

    /// Types are values of their own: Flux takes one for what has its type in some places.
    fn is_type(&self, expression: &IdedExpr) -> bool {
        match &expression.expr {
            Expr::Ident(name) => TYPES.contains(&name.as_str()) && !self.bound.contains(name),
            Expr::Select(select) => matches!(&select.operand.expr, Expr::Select(package)
                if package.field == "protobuf" && matches!(&package.operand.expr, Expr::Ident(name) if name == "google")),
            Expr::Call(call) => call.func_name == "type" && call.target.is_none(),
            _ => false,
        }
    }

    /// Whether it is a name of the object, or fields below one: only these can be names with dots, and none is optional.
    fn is_path(&self, expression: &IdedExpr) -> bool {
        match &expression.expr {
            Expr::Ident(name) => !self.bound.contains(name),
            Expr::Select(select) => !select.test && self.is_path(&select.operand),
            _ => false,
        }
    }

    fn comprehension(&mut self, comprehension: &mut ComprehensionExpr) -> Result<(), Refusal> {
        if comprehension.iter_var2.is_some() {
            return beyond("a macro with two variables");
        }
        self.visit(&mut comprehension.iter_range)?;
        self.visit(&mut comprehension.accu_init)?;
        let gathers = matches!(&comprehension.accu_init.expr, Expr::List(start) if start.elements.is_empty());
        if gathers && !matches!(&comprehension.iter_range.expr, Expr::List(_)) {
            let range = std::mem::take(&mut comprehension.iter_range);
            comprehension.iter_range = call("@ordered", vec![range]);
        }
        self.bound.extend([comprehension.iter_var.clone(), comprehension.accu_var.clone()]);
        self.visit(&mut comprehension.loop_cond)?;
        self.visit(&mut comprehension.loop_step)?;
        self.visit(&mut comprehension.result)?;
        self.bound.truncate(self.bound.len().saturating_sub(2));
        Ok(())
    }

    fn call(&mut self, mut called: CallExpr) -> Result<Expr, Refusal> {
        if called.target.is_none() && OPERATORS.contains(&called.func_name.as_str()) {
            let compares = matches!(called.func_name.as_str(), operators::EQUALS | operators::NOT_EQUALS);
            called.args.iter_mut().try_for_each(|argument| {
                self.compared = compares;
                self.visit(argument)
            })?;
            self.has_in |= called.func_name == operators::IN;
            return operator(called);
        }
        let mut name = called.func_name.clone();
        let namespace = called.target.as_ref().and_then(|target| match &target.expr {
            Expr::Ident(word) if NAMESPACES.contains(&word.as_str()) => Some(word.clone()),
            _ => None,
        });
        if let Some(namespace) = namespace {
            name = format!("{namespace}.{name}");
            called.target = None;
        }
        let member = called.target.is_some();
        let stands = |known: &&Known| {
            known.name == name && known.member == member && known.arguments.contains(&called.args.len())
        };
        if !KNOWN.iter().any(|known| stands(&known)) {
            return beyond(format!(
                "{name} with {} argument{}",
                called.args.len(),
                if called.args.len() == 1 { "" } else { "s" }
            ));
        }
        if let Some(target) = &mut called.target {
            self.visit(target)?;
        }
        called.args.iter_mut().try_for_each(|argument| self.visit(argument))?;
        self.has_bytes |= matches!(name.as_str(), "bytes" | "base64.decode");
        called.func_name = name;
        self.function(called)
    }

    fn function(&mut self, mut called: CallExpr) -> Result<Expr, Refusal> {
        if let Some((_, prepares)) = CONVERSIONS.iter().find(|(name, _)| *name == called.func_name) {
            if let Some(prepares) = prepares {
                called.args = vec![call(prepares, called.args)];
            }
            let converted = node(Expr::Call(called));
            if is_constant(&converted) {
                (self.computes)(&converted)?;
            }
            return Ok(converted.expr);
        }
        match (called.func_name.as_str(), called.target.take()) {
            ("or" | "orValue", Some(target)) => Ok(held(&called.func_name, *target, called.args)),
            (name, Some(target)) if name.starts_with("get") => {
                called.target = Some(Box::new(call("@utc", vec![*target])));
                Ok(Expr::Call(called))
            }
            (name, None) if name.starts_with("sets.") => Ok(call(&format!("@{name}"), called.args).expr),
            ("matches", target) => {
                called.target = target;
                let Some(IdedExpr { expr: Expr::Literal(LiteralValue::String(pattern)), .. }) = called.args.last_mut()
                else {
                    return beyond("matches with a pattern that is no literal");
                };
                match pattern::read_alike(pattern.inner()) {
                    Some(alike) => *pattern = CelString::from(alike),
                    None => return beyond("matches with a pattern that Go may read otherwise"),
                }
                Ok(Expr::Call(called))
            }
            (_, target) => {
                called.target = target;
                Ok(Expr::Call(called))
            }
        }
    }
}

fn operator(mut called: CallExpr) -> Result<Expr, Refusal> {
    let of_macro =
        matches!(called.args.first(), Some(IdedExpr { expr: Expr::Ident(name), .. }) if name.starts_with('@'));
    let name = match called.func_name.as_str() {
        operators::ADD if !of_macro => "@add",
        operators::IN => "@among",
        operators::NEGATE => "@negate",
        operators::INDEX => "@select",
        operators::OPT_INDEX | operators::OPT_SELECT => "@optional",
        _ => return Ok(Expr::Call(called)),
    };
    if matches!(name, "@select" | "@optional") {
        match called.args.as_slice() {
            [_, key] if is_constant(key) && !is_key(key) => return beyond("a constant index that is no literal key"),
            _ => {}
        }
    }
    name.clone_into(&mut called.func_name);
    Ok(Expr::Call(called))
}

/// `target.or(other)` and `target.orValue(other)`, where the other is evaluated only if it is needed. The target is held
/// in a variable, as a macro would, so that it is evaluated once.
fn held(name: &str, target: IdedExpr, mut others: Vec<IdedExpr>) -> Expr {
    let variable = || node(Expr::Ident(HELD.to_owned()));
    let chosen = if name == "or" { variable() } else { call("@unwrapped", vec![variable()]) };
    let mut choice = vec![call("@present", vec![variable()]), chosen];
    choice.append(&mut others);
    Expr::Comprehension(Box::new(ComprehensionExpr {
        iter_range: node(Expr::List(ListExpr::new(Vec::new()))),
        iter_var: "@none".to_owned(),
        iter_var2: None,
        accu_var: HELD.to_owned(),
        accu_init: target,
        loop_cond: node(Expr::Literal(LiteralValue::Boolean(false.into()))),
        loop_step: variable(),
        result: call(operators::CONDITIONAL, choice),
    }))
}
