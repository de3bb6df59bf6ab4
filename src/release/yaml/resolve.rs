//! What a scalar means. The rules are those of `resolve.go` of go.yaml.in/yaml v2.4.4, and for numbers those of Go's
//! `strconv`, whose `ParseInt` with base 0 it calls.

use super::timestamp::is_timestamp;

/// The types that Helm's reader gives scalars.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Scalar {
    Null,
    Bool(bool),
    Int(i64),
    /// Above `i64::MAX`.
    Uint(u64),
    Float(f64),
    Text(String),
}

/// Plain words that are no text, in every spelling.
static WORDS: [(Scalar, &[&str]); 6] = [
    (Scalar::Null, &["", "~", "null", "Null", "NULL"]),
    (Scalar::Bool(true), &["y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "true", "True", "TRUE"]),
    (Scalar::Bool(false), &["n", "N", "no", "No", "NO", "off", "Off", "OFF", "false", "False", "FALSE"]),
    (Scalar::Float(f64::INFINITY), &[".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"]),
    (Scalar::Float(f64::NEG_INFINITY), &["-.inf", "-.Inf", "-.INF"]),
    (Scalar::Float(f64::NAN), &[".nan", ".NaN", ".NAN"]),
];

/// What whole numbers start with, behind the sign, and the base that follows from it; the first that fits counts.
const BASES: [(&str, u32); 8] =
    [("0b", 2), ("0B", 2), ("0o", 8), ("0O", 8), ("0x", 16), ("0X", 16), ("0", 8), ("", 10)];

const STANDARD: &str = "tag:yaml.org,2002:";

/// Whether a tag is the one of that name in the YAML 1.1 types.
pub(super) fn is_standard(tag: Option<&str>, name: &str) -> bool {
    standard_name(tag) == Some(name)
}

fn standard_name(tag: Option<&str>) -> Option<&str> {
    tag?.strip_prefix(STANDARD)
}

/// Resolves a scalar that is plain or has a tag. Of a tag that Helm's reader does not know it makes text.
///
/// # Errors
/// When the tag asks for another type.
pub(super) fn resolve(tag: Option<&str>, text: String) -> Result<Scalar, &'static str> {
    if tag.is_none() {
        return Ok(plain(&text).unwrap_or(Scalar::Text(text)));
    }
    match (standard_name(tag).unwrap_or_default(), plain(&text)) {
        ("null", Some(scalar @ Scalar::Null))
        | ("bool", Some(scalar @ Scalar::Bool(_)))
        | ("int", Some(scalar @ (Scalar::Int(_) | Scalar::Uint(_))))
        | ("float", Some(scalar @ Scalar::Float(_))) => Ok(scalar),
        #[expect(clippy::cast_precision_loss, reason = "Helm's reader rounds here as well")]
        ("float", Some(Scalar::Int(number))) => Ok(Scalar::Float(number as f64)),
        // Times stay text.
        ("timestamp", _) if is_timestamp(&text) => Ok(Scalar::Text(text)),
        ("null" | "bool" | "int" | "float" | "timestamp", _) => Err("the value is not of the type that its tag names"),
        ("binary", _) => binary(&text),
        _ => Ok(Scalar::Text(text)),
    }
}

/// What a plain scalar is, unless it is text.
fn plain(text: &str) -> Option<Scalar> {
    if let Some((scalar, _)) = WORDS.iter().find(|(_, spellings)| spellings.contains(&text)) {
        return Some(scalar.clone());
    }
    match text.as_bytes().first()? {
        b'.' if has_digits_around_underscores(text) => decimal(&text.replace('_', "")),
        b'0'..=b'9' | b'+' | b'-' => {
            let digits = text.replace('_', "");
            integer(&digits).or_else(|| decimal(&digits)).or_else(|| signed_binary(&digits))
        }
        _ => None,
    }
}

/// Behind a digit or a sign underscores may stand anywhere; behind a point they have to stand between digits.
fn has_digits_around_underscores(text: &str) -> bool {
    let mut pieces = text.split('_');
    let is_digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
    let mut before = pieces.next().unwrap_or_default();
    pieces.all(|piece| {
        let is_between = is_digit(before.as_bytes().last()) && is_digit(piece.as_bytes().first());
        before = piece;
        is_between
    })
}

fn integer(text: &str) -> Option<Scalar> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let size = if unsigned == "0" {
        0
    } else {
        let bases = BASES.iter().filter_map(|&(prefix, base)| Some((unsigned.strip_prefix(prefix)?, base)));
        let (digits, base) = bases.into_iter().next()?;
        magnitude(digits, base)?
    };
    match (text.as_bytes().first()?, i64::try_from(size)) {
        (b'-', _) => 0i64.checked_sub_unsigned(size).map(Scalar::Int),
        (_, Ok(number)) => Some(Scalar::Int(number)),
        (b'+', Err(_)) => None,
        (_, Err(_)) => Some(Scalar::Uint(size)),
    }
}

/// A sign behind the prefix of a binary number, which only binary ones may have.
fn signed_binary(text: &str) -> Option<Scalar> {
    let behind = text.strip_prefix("0b")?;
    let size = magnitude(behind.strip_prefix(['-', '+'])?, 2)?;
    let number = if behind.starts_with('-') { 0i64.checked_sub_unsigned(size) } else { i64::try_from(size).ok() };
    number.map(Scalar::Int)
}

fn magnitude(digits: &str, base: u32) -> Option<u64> {
    // A second sign is none.
    if digits.starts_with(['-', '+']) { None } else { u64::from_str_radix(digits, base).ok() }
}

/// `^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`, and not too large for `f64`.
fn decimal(text: &str) -> Option<Scalar> {
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
    let has_digits = !exponent.is_empty() && [whole, fraction].iter().any(|digits| !digits.is_empty());
    if !has_digits || ![whole, fraction, exponent].into_iter().all(is_digits) {
        return None;
    }
    text.parse().ok().filter(|number: &f64| number.is_finite()).map(Scalar::Float)
}

/// The bytes as text; what is no UTF-8 becomes U+FFFD byte by byte, as Go's JSON writer makes it.
fn binary(text: &str) -> Result<Scalar, &'static str> {
    let bytes = crate::release::codec::unbase64(crate::release::codec::Layer::Helm, text.as_bytes())
        .map_err(|_| "!!binary value contains invalid base64 data")?;
    let mut decoded = String::new();
    for chunk in bytes.utf8_chunks() {
        decoded.push_str(chunk.valid());
        decoded.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    Ok(Scalar::Text(decoded))
}

/// How a number reads as a key: Go's `FormatFloat(number, 'g', -1, 32)`, with YAML's words for what is not finite.
pub(super) fn float_key(number: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "keys are written with the precision of float32")]
    let number = number as f32;
    if number.is_nan() {
        return ".nan".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { ".inf" } else { "-.inf" }.to_owned();
    }
    let scientific = format!("{number:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    match exponent.parse::<i32>() {
        Ok(exponent) if exponent < -4 => format!("{mantissa}e-{:02}", -exponent),
        // Go decides as for a precision of six when it looks for the shortest form.
        Ok(exponent) if exponent >= 6 => format!("{mantissa}e+{exponent:02}"),
        _ => format!("{number}"),
    }
}
