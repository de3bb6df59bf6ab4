//! What the library of Flux computes otherwise than the crate: selection, `in`, `+`, `-x`, sets and conversions.
//!
//! Source: google/cel-go v0.26.1 `interpreter/attributes.go`, `common/types/*.go`, `ext/sets.go`. Their names begin with
//! `@`, which no expression can spell.

use std::cell::Cell;

use cel::common::types::{
    CelBool, CelDouble, CelDuration, CelInt, CelList, CelOptional, CelString, CelTimestamp, DYN_TYPE, Kind,
};
use cel::common::value::{CowVal, Val};
use cel::{DeclarationError, Env, ExecutionError};

type Answer<'b, 'v> = Result<CowVal<'b, 'v>, ExecutionError>;

/// Declares the operations.
pub(super) fn declare(env: &mut Env) -> Result<(), DeclarationError> {
    let unary: [(&str, cel::common::functions::Function); 11] = [
        ("@negate", negate),
        ("@present", present),
        ("@unwrapped", unwrapped),
        ("@time", time),
        ("@span", span),
        ("@text", text),
        ("@number", number),
        ("@decimal", decimal),
        ("@natural", natural),
        ("@ordered", ordered),
        ("@utc", utc),
    ];
    for (name, function) in unary {
        env.add_overload(name, name, vec![DYN_TYPE], function)?;
    }
    let binary: [(&str, cel::common::functions::Function); 8] = [
        ("@has", has),
        ("@select", select),
        ("@optional", optional),
        ("@among", is_among),
        ("@add", add),
        ("@sets.contains", sets_contains),
        ("@sets.equivalent", sets_equivalent),
        ("@sets.intersects", sets_intersects),
    ];
    for (name, function) in binary {
        env.add_overload(name, name, vec![DYN_TYPE, DYN_TYPE], function)?;
    }
    Ok(())
}

fn refused(function: &str, message: &str) -> ExecutionError {
    ExecutionError::function_error(function, message)
}

thread_local! {
    /// Where several operands of `&&` and `||` fail, the crate tells of one of them. What was not evaluated must not be lost
    /// behind an error, and functions of the crate carry no state: so it is kept beside the evaluation, which is never shared.
    static NOT_EVALUATED: Cell<Option<&'static str>> = const { Cell::new(None) };
}

/// What was not evaluated since this was last asked.
pub(super) fn take_not_evaluated() -> Option<&'static str> {
    NOT_EVALUATED.take()
}

/// What Flux may have a value for. Where `&&`, `||` and the macros pass over it, that value would change nothing either.
fn not_evaluated(what: &'static str) -> ExecutionError {
    NOT_EVALUATED.set(Some(what));
    ExecutionError::InternalError(what.to_owned())
}

fn no_overload(operator: &str, operands: &[&dyn Val]) -> ExecutionError {
    let types = operands.iter().map(|operand| operand.get_type().name().to_owned()).collect();
    ExecutionError::no_such_overload(operator, types)
}

fn one<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    arguments.into_iter().next().ok_or(ExecutionError::MissingArgumentOrTarget)
}

fn two<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Result<(CowVal<'b, 'v>, CowVal<'b, 'v>), ExecutionError> {
    let mut arguments = arguments.into_iter();
    arguments.next().zip(arguments.next()).ok_or(ExecutionError::MissingArgumentOrTarget)
}

fn boolean<'b, 'v>(value: bool) -> CowVal<'b, 'v> {
    CowVal::owned(CelBool::from(value))
}

/// The element of a list or map; `None` where it has none of that key.
fn element<'a, 'v>(container: &'a (dyn Val + 'v), key: &dyn Val) -> Result<Option<CowVal<'a, 'v>>, ExecutionError> {
    let wrong = || no_overload("_[_]", &[container, key]);
    let keys: &[Kind] = match container.get_type().kind() {
        Kind::Map => &[Kind::String, Kind::Int, Kind::UInt, Kind::Double, Kind::Boolean],
        _ => &[Kind::Int, Kind::UInt, Kind::Double],
    };
    if !keys.contains(&key.get_type().kind()) {
        return Err(wrong());
    }
    match container.as_indexer().ok_or_else(wrong)?.get(key) {
        Ok(value) => Ok(Some(value)),
        Err(ExecutionError::NoSuchKey(_) | ExecutionError::IndexOutOfBounds(_)) => Ok(None),
        Err(_) if container.get_type().kind() == Kind::Map => Ok(None),
        Err(error) => Err(error),
    }
}

fn is_container(value: &dyn Val) -> bool {
    matches!(value.get_type().kind(), Kind::Map | Kind::List)
}

/// `has(operand.field)`: what is neither a map nor a list has no fields, which is no error.
fn has<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let (operand, field) = two(arguments)?;
    let inside = match operand.downcast_ref::<CelOptional>() {
        Some(optional) => optional.option(),
        None => Some(operand.as_ref()),
    };
    match inside {
        Some(inside) if is_container(inside) => Ok(boolean(element(inside, field.as_ref())?.is_some())),
        Some(_) | None => Ok(boolean(false)),
    }
}

/// `operand.field` and `operand[key]`; what is selected of an optional is optional.
fn select<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let (operand, key) = two(arguments)?;
    if operand.downcast_ref::<CelOptional>().is_some() {
        return selected_if_present(operand.as_ref(), key.as_ref());
    }
    let missing = || ExecutionError::no_such_key(&format!("{:?}", key.as_ref()));
    match operand {
        CowVal::Borrowed(operand) => element(operand, key.as_ref())?.ok_or_else(missing),
        CowVal::Owned(operand) => {
            let found = element(operand.as_ref(), key.as_ref())?.ok_or_else(missing)?;
            Ok(CowVal::Owned(found.into_owned()))
        }
    }
}

/// `operand.?field` and `operand[?key]`.
fn optional<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let (operand, key) = two(arguments)?;
    selected_if_present(operand.as_ref(), key.as_ref())
}

fn selected_if_present<'b, 'v>(operand: &(dyn Val + 'v), key: &dyn Val) -> Answer<'b, 'v> {
    let inside = match operand.downcast_ref::<CelOptional>() {
        Some(optional) => optional.option(),
        None => Some(operand),
    };
    let found = match inside {
        Some(inside) if is_container(inside) => element(inside, key)?.map(CowVal::into_owned),
        Some(_) | None => None,
    };
    Ok(CowVal::owned(found.map_or_else(CelOptional::none, CelOptional::of)))
}

/// Whether `or` and `orValue` take their operand: an optional that holds a value, or anything that is none.
fn present<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let operand = one(arguments)?;
    Ok(boolean(operand.downcast_ref::<CelOptional>().is_none_or(|optional| optional.option().is_some())))
}

fn unwrapped<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let operand = one(arguments)?;
    let held = operand.downcast_ref::<CelOptional>().and_then(|optional| optional.option());
    let held = held.map(|value| value.clone_as_boxed());
    Ok(held.map_or(operand, CowVal::Owned))
}

/// `value in container`: what cannot be a key is in no map; bytes are refused.
fn is_among<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let (value, container) = two(arguments)?;
    let wrong = || no_overload("@in", &[value.as_ref(), container.as_ref()]);
    let found = container.as_container().ok_or_else(wrong)?.contains(value.as_ref());
    match container.get_type().kind() {
        Kind::Map if value.get_type().kind() == Kind::Bytes => Err(wrong()),
        Kind::Map => Ok(boolean(found.unwrap_or(false))),
        _ => found.map(boolean),
    }
}

/// What `map` and `filter` make a list of: that of a map has another order each time, for Flux too.
fn ordered<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let operand = one(arguments)?;
    let entries = operand.as_sizer().map_or(0, |sizer| *sizer.size().inner());
    if operand.get_type().kind() == Kind::Map && entries > 1 {
        return Err(not_evaluated("a list made of a map, which has no order"));
    }
    Ok(operand)
}

/// `left + right`: a list takes nothing but a list.
fn add<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let (left, right) = two(arguments)?;
    let wrong = || no_overload("_+_", &[left.as_ref(), right.as_ref()]);
    if left.get_type().kind() == Kind::List && right.get_type().kind() != Kind::List {
        return Err(wrong());
    }
    Ok(CowVal::Owned(left.as_adder().ok_or_else(wrong)?.add(right.as_ref())?.into_owned()))
}

/// `-operand`: durations too.
fn negate<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let operand = one(arguments)?;
    if let Some(duration) = operand.downcast_ref::<CelDuration>() {
        return Ok(CowVal::owned(CelDuration::from(-*duration.inner())));
    }
    let wrong = || no_overload("-_", &[operand.as_ref()]);
    Ok(CowVal::Owned(operand.as_negator().ok_or_else(wrong)?.negate()?))
}

fn lists<'a, 'b, 'v>(
    left: &'a CowVal<'b, 'v>,
    right: &'a CowVal<'b, 'v>,
) -> Result<(&'a CelList<'v>, &'a CelList<'v>), ExecutionError> {
    let lists = left.downcast_ref::<CelList>().zip(right.downcast_ref::<CelList>());
    lists.ok_or_else(|| no_overload("sets", &[left.as_ref(), right.as_ref()]))
}

fn holds(list: &CelList<'_>, value: &dyn Val) -> bool {
    list.inner().iter().any(|held| held.equals(value))
}

fn holds_all(list: &CelList<'_>, values: &CelList<'_>) -> bool {
    values.inner().iter().all(|value| holds(list, value.as_ref()))
}

fn sets_contains<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let (left, right) = two(arguments)?;
    let (left, right) = lists(&left, &right)?;
    Ok(boolean(holds_all(left, right)))
}

fn sets_equivalent<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let (left, right) = two(arguments)?;
    let (left, right) = lists(&left, &right)?;
    Ok(boolean(holds_all(left, right) && holds_all(right, left)))
}

fn sets_intersects<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let (left, right) = two(arguments)?;
    let (left, right) = lists(&left, &right)?;
    Ok(boolean(right.inner().iter().any(|value| holds(left, value.as_ref()))))
}

/// What `timestamp` is given: a text as Go's `time.Parse` takes RFC 3339. The crate takes more, and not all of it.
fn time<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let operand = one(arguments)?;
    let Some(text) = operand.downcast_ref::<CelString>() else { return Ok(operand) };
    let (date, time) = text.inner().split_once('T').unwrap_or_default();
    // Go takes one digit for the hour, and a comma for the point.
    let hour = if time.find(':') == Some(1) { "0" } else { "" };
    let time = format!("{hour}{}", time.replacen(',', ".", 1));
    let zone = time.get(8..).unwrap_or_default().trim_start_matches(|sign: char| sign.is_ascii_digit() || sign == '.');
    let fraction = time.get(8..).unwrap_or_default().strip_suffix(zone).unwrap_or_default();
    let is_time = fits(date, "0000-00-00")
        && fits(time.get(..8).unwrap_or_default(), "00:00:00")
        && time.get(6..7).is_some_and(|tens| tens < "6")
        && (fraction.is_empty() || fraction.rfind('.') == Some(0) && fraction.len() > 1);
    let offset = zone.strip_prefix(['+', '-']).filter(|offset| fits(offset, "00:00"));
    match offset {
        _ if !is_time => Err(refused("timestamp", "the text is no RFC 3339 time")),
        Some(offset) if offset >= "24:00" || offset.ends_with("60") => Err(not_evaluated("a time so far off UTC")),
        None if zone != "Z" => Err(refused("timestamp", "the text is no RFC 3339 time")),
        Some(_) | None => Ok(CowVal::owned(CelString::from(format!("{date}T{time}")))),
    }
}

/// Whether the text is spelled like the shape, in which `0` stands for a digit.
fn fits(text: &str, shape: &str) -> bool {
    let alike = |(byte, shape): (u8, u8)| if shape == b'0' { byte.is_ascii_digit() } else { byte == shape };
    text.len() == shape.len() && text.bytes().zip(shape.bytes()).all(alike)
}

/// What `duration` is given: a text that Go's `time.ParseDuration` takes. The crate takes more, and not every spelling of µs.
fn span<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let operand = one(arguments)?;
    let Some(text) = operand.downcast_ref::<CelString>() else { return Ok(operand) };
    let text = text.inner().replace(['µ', 'μ'], "u");
    let mut rest = text.strip_prefix(['-', '+']).unwrap_or(&text);
    if rest == "0" {
        return Ok(CowVal::owned(CelString::from("0s".to_owned())));
    }
    let wrong = || refused("duration", "the text is no duration");
    if rest.is_empty() {
        return Err(wrong());
    }
    let mut whole = Some(0_u64);
    while !rest.is_empty() {
        let fraction = rest.trim_start_matches(|sign: char| sign.is_ascii_digit());
        let digits = rest.strip_suffix(fraction).unwrap_or_default();
        let after = fraction
            .strip_prefix('.')
            .map_or(fraction, |part| part.trim_start_matches(|sign: char| sign.is_ascii_digit()));
        if digits.is_empty() && fraction.len() <= after.len() + 1 {
            return Err(wrong());
        }
        let unit = UNITS.iter().find_map(|(unit, nanos)| Some((after.strip_prefix(unit)?, nanos)));
        let (next, nanos) = unit.ok_or_else(wrong)?;
        let part = if digits.is_empty() { Some(0) } else { digits.parse::<u64>().ok() };
        whole = whole.zip(part).and_then(|(whole, part)| whole.checked_add(part.checked_mul(*nanos)?));
        rest = next;
    }
    let most = if text.starts_with('-') { i64::MIN.unsigned_abs() } else { i64::MAX.unsigned_abs() };
    whole.filter(|whole| *whole <= most).ok_or_else(wrong)?;
    Ok(CowVal::owned(CelString::from(text)))
}

/// The units of a duration in nanoseconds, longer spellings first.
const UNITS: [(&str, u64); 6] = [
    ("ns", 1),
    ("us", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// What `string` is given: doubles and times are written as Go writes them.
fn text<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let operand = one(arguments)?;
    let written = if let Some(double) = operand.downcast_ref::<CelDouble>() {
        general(*double.inner())
    } else if let Some(time) = operand.downcast_ref::<CelTimestamp>() {
        let nanos = format!("{:09}", time.inner().timestamp_subsec_nanos());
        let fraction = nanos.trim_end_matches('0');
        let offset = time.inner().offset().local_minus_utc() / 60;
        let zone = match offset {
            0 => "Z".to_owned(),
            _ => {
                let sign = if offset < 0 { '-' } else { '+' };
                format!("{sign}{:02}:{:02}", offset.abs() / 60, offset.abs() % 60)
            }
        };
        let point = if fraction.is_empty() { "" } else { "." };
        format!("{}{point}{fraction}{zone}", time.inner().format("%Y-%m-%dT%H:%M:%S"))
    } else {
        return Ok(operand);
    };
    Ok(CowVal::owned(CelString::from(written)))
}

/// `strconv.FormatFloat(value, 'g', -1, 64)`.
fn general(value: f64) -> String {
    if !value.is_finite() {
        return if value.is_nan() {
            "NaN"
        } else if value > 0.0 {
            "+Inf"
        } else {
            "-Inf"
        }
        .to_owned();
    }
    let scientific = format!("{value:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..6).contains(&exponent) {
        return format!("{value}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}

/// What `int` is given: a duration is its nanoseconds.
fn number<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let operand = one(arguments)?;
    let Some(duration) = operand.downcast_ref::<CelDuration>() else { return Ok(operand) };
    let nanos = duration.inner().num_nanoseconds().ok_or_else(|| refused("int", "integer overflow"))?;
    Ok(CowVal::owned(CelInt::from(nanos)))
}

/// What `double` is given: Go refuses what is out of range and a NaN with a sign, where the crate takes both.
fn decimal<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let operand = one(arguments)?;
    let Some(text) = operand.downcast_ref::<CelString>() else { return Ok(operand) };
    let text = text.inner().to_ascii_lowercase();
    let has_digits = text.contains(|sign: char| sign.is_ascii_digit());
    if text.contains(['_', 'x']) {
        return Err(not_evaluated("a double in hexadecimal or with underscores"));
    }
    if matches!(text.as_str(), "+nan" | "-nan") || has_digits && text.parse().is_ok_and(f64::is_infinite) {
        return Err(refused("double", "value out of range"));
    }
    Ok(operand)
}

/// What `uint` is given: Go refuses a sign.
fn natural<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let operand = one(arguments)?;
    let signed = operand.downcast_ref::<CelString>().is_some_and(|text| text.inner().starts_with('+'));
    if signed { Err(refused("uint", "the text is no uint")) } else { Ok(operand) }
}

/// The time in UTC, which parts of a time are read in.
fn utc<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let operand = one(arguments)?;
    let Some(time) = operand.downcast_ref::<CelTimestamp>() else { return Ok(operand) };
    Ok(CowVal::owned(CelTimestamp::from(time.inner().to_utc().fixed_offset())))
}
