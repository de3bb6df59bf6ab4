//! `spec.healthCheckExprs` of a HelmRelease: what a custom resource says of itself in CEL, as Flux evaluates it.
//!
//! Source: fluxcd/pkg v0.110.1 of `runtime/cel` (`status_reader.go`, `status_evaluator.go`, `expression.go`) over google/cel-go
//! v0.26.1. Held to it by `tests/oracle/cel`. What cannot be evaluated the same way here is said to be not evaluated.
//!
//! Expressions and objects come from the cluster: both are measured first, so that evaluating always ends, and soon.

mod cost;
mod language;
mod operations;
mod pattern;
mod source;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use cel::common::ast::IdedExpr;
use cel::common::types::CelBool;
use cel::common::value::CowVal;
use cel::{Context, Env, extensions};
use serde_json::Value;

use language::Refusal;

/// The statuses that an expression can give, in the words of kstatus. Flux gives no message with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, strum::Display)]
pub enum ExpressionStatus {
    /// Not there yet: said by `inProgress`, by a generation not observed yet, or because nothing else is true.
    InProgress,
    /// Said by `failed`.
    Failed,
    /// Said by `current`.
    Current,
}

/// What the checks say of one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Evaluated {
    /// What Flux says too.
    Status(ExpressionStatus),
    /// The evaluation failed, which it does for Flux too: the status is unknown. The text quotes the expression; it is of
    /// the cluster.
    Error(String),
    /// Flux may well know, this program does not. Why, with words of the expression, which are of the cluster.
    NotEvaluated(String),
}

/// Checks that Flux refuses as a whole: the HelmRelease stalls with reason `InvalidCELExpression`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("healthCheckExprs[{index}]: {text}")]
pub struct InvalidChecks {
    /// Which of the checks, from 0.
    pub index: usize,
    /// What is wrong with it; of the cluster.
    pub text: String,
}

/// The checks of one HelmRelease.
#[derive(Debug, Clone, Default)]
pub struct HealthChecks {
    checks: HashMap<GroupKind, Check>,
}

/// The kind is empty where the check is for all kinds of the group.
type GroupKind = (String, String);

#[derive(Debug, Clone)]
struct Check {
    in_progress: Option<Expression>,
    failed: Option<Expression>,
    current: Expression,
}

#[derive(Debug, Clone)]
struct Expression {
    text: String,
    /// The program, or of what it is not evaluated.
    program: Result<Arc<IdedExpr>, String>,
}

impl HealthChecks {
    /// The checks of a HelmRelease; none where it has no `healthCheckExprs`.
    ///
    /// # Errors
    ///
    /// The first check without `current`, with an expression that cannot be parsed, or for the kinds of another one.
    pub fn read(helm_release: &Value) -> Result<Self, InvalidChecks> {
        let entries = helm_release.pointer("/spec/healthCheckExprs").and_then(Value::as_array);
        let mut checks = HashMap::new();
        for (index, entry) in entries.into_iter().flatten().enumerate() {
            let invalid = |text: String| InvalidChecks { index, text };
            let word = |name: &str| entry.get(name).and_then(Value::as_str).unwrap_or_default();
            let kinds = (group(word("apiVersion")), word("kind").to_owned());
            if checks.contains_key(&kinds) {
                return Err(invalid(format!("a second check for {} {}", kinds.0, kinds.1).trim_end().to_owned()));
            }
            let expression = |name: &str| match word(name) {
                "" => Ok(None),
                text => Expression::parse(text).map(Some).map_err(|error| invalid(format!("{name}: {error}"))),
            };
            let current = expression("current")?.ok_or_else(|| invalid("current is missing".to_owned()))?;
            let check = Check { in_progress: expression("inProgress")?, failed: expression("failed")?, current };
            checks.insert(kinds, check);
        }
        Ok(Self { checks })
    }

    /// What the checks say of an object; `None` where none is for its kind.
    #[must_use]
    pub fn evaluate(&self, object: &Value) -> Option<Evaluated> {
        let word = |name: &str| object.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (group, kind) = (group(&word("apiVersion")), word("kind"));
        let check = self.checks.get(&(group.clone(), kind)).or_else(|| self.checks.get(&(group, String::new())))?;
        Some(check.evaluate(object))
    }
}

/// Versions do not count; what is no version has no group. Source: apimachinery `schema.ParseGroupVersion`.
fn group(api_version: &str) -> String {
    match api_version.split_once('/') {
        Some((group, version)) if !version.contains('/') => group.to_owned(),
        Some(_) | None => String::new(),
    }
}

impl Check {
    fn evaluate(&self, object: &Value) -> Evaluated {
        let number = |path: &str| object.pointer(path).and_then(Value::as_i64);
        let observed = number("/status/observedGeneration").zip(number("/metadata/generation"));
        if observed.is_some_and(|(observed, generation)| observed != generation) {
            return Evaluated::Status(ExpressionStatus::InProgress);
        }
        let order = [
            (self.in_progress.as_ref(), ExpressionStatus::InProgress),
            (self.failed.as_ref(), ExpressionStatus::Failed),
            (Some(&self.current), ExpressionStatus::Current),
        ];
        for (expression, status) in order {
            match expression.map_or(Ok(false), |expression| expression.evaluate(object)) {
                Ok(true) => return Evaluated::Status(status),
                Ok(false) => {}
                Err(evaluated) => return evaluated,
            }
        }
        Evaluated::Status(ExpressionStatus::InProgress)
    }
}

impl Expression {
    /// # Errors
    ///
    /// Why Flux refuses the expression before it sees an object.
    fn parse(text: &str) -> Result<Self, String> {
        let program = match program(text) {
            Ok(program) => Ok(Arc::new(program)),
            Err(Refusal::Beyond(what)) => Err(what),
            Err(Refusal::Invalid(why)) => return Err(why),
        };
        Ok(Self { text: text.to_owned(), program })
    }

    /// # Errors
    ///
    /// What stands for a result where there is none.
    fn evaluate(&self, object: &Value) -> Result<bool, Evaluated> {
        let not_evaluated = |what: &str| Evaluated::NotEvaluated(format!("{}: {what}", self.text));
        let error = |why: &str| Evaluated::Error(format!("{}: {why}", self.text));
        let program = self.program.as_ref().map_err(|what| not_evaluated(what))?;
        if let Some(what) = cost::beyond(program, object) {
            return Err(not_evaluated(&what));
        }
        let environment = ENVIRONMENT.as_ref().map_err(|what| not_evaluated(what))?;
        let mut context = Context::with_env(Arc::clone(environment));
        let references = program.references();
        for (name, value) in object.as_object().into_iter().flatten() {
            // A field whose own name has a dot counts before the field of a field.
            let root = name.split('.').next().unwrap_or_default();
            if references.has_variable(root) || references.has_variable(name) {
                context.add_variable_from_value(name, as_cel(value));
            }
        }
        let value = resolved(program, &context).map_err(|failure| match failure {
            Refusal::Beyond(what) => not_evaluated(&what),
            Refusal::Invalid(why) => error(&why),
        })?;
        let truth = value.downcast_ref::<CelBool>().map(|truth| *truth.inner());
        truth.ok_or_else(|| error(&format!("is no bool but {}", value.get_type().name())))
    }
}

/// What Flux declares: the standard library, optionals, strings, sets and encoders.
static ENVIRONMENT: LazyLock<Result<Arc<Env>, String>> = LazyLock::new(|| {
    let mut environment = Env::stdlib();
    environment.set_error_on_duplicate_map_keys(false);
    environment.add_extension(extensions::strings).map_err(|error| error.to_string())?;
    environment.add_extension(extensions::encoders).map_err(|error| error.to_string())?;
    environment.add_extension(operations::declare).map_err(|error| error.to_string())?;
    Ok(Arc::new(environment))
});

fn program(text: &str) -> Result<IdedExpr, Refusal> {
    if let Some(what) = source::beyond(text) {
        return Err(Refusal::Beyond(what));
    }
    let environment = ENVIRONMENT.as_ref().map_err(|what| Refusal::Beyond(what.clone()))?;
    let parsed = environment.parser().parse(text).map_err(|errors| Refusal::Invalid(errors.to_string()));
    let mut program = parsed?;
    let computes = |constant: &IdedExpr| {
        let context = Context::with_env(Arc::clone(environment));
        resolved(constant, &context).map(|_| ())
    };
    language::adapt(&mut program, &computes)?;
    Ok(program)
}

fn resolved<'a>(program: &'a IdedExpr, context: &'a Context<'_, 'a>) -> Result<CowVal<'a, 'a>, Refusal> {
    operations::take_not_evaluated();
    cel::Value::resolve_val(program, context).map_err(|failure| match operations::take_not_evaluated() {
        Some(what) => Refusal::Beyond(what.to_owned()),
        None => Refusal::Invalid(failure.to_string()),
    })
}

/// Whole numbers beyond 64 bits with a sign are doubles, as Kubernetes reads JSON.
fn as_cel(value: &Value) -> cel::Value {
    match value {
        Value::Null => cel::Value::Null,
        Value::Bool(value) => cel::Value::Bool(*value),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => cel::Value::Int(whole),
            None => cel::Value::Float(number.as_f64().unwrap_or(f64::NAN)),
        },
        Value::String(text) => cel::Value::String(Arc::new(text.clone())),
        Value::Array(values) => cel::Value::List(Arc::new(values.iter().map(as_cel).collect())),
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| (name.clone(), as_cel(value))).collect::<HashMap<_, _>>().into()
        }
    }
}
