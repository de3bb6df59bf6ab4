//! What a scalar means: a translation of `resolve.go`, and of Go's `strconv` as far as that uses it.

use super::timestamp::is_timestamp;

/// The types that the original gives scalars.
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

/// The type that a text resolves to, which an explicit tag has to agree with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tag {
    Null,
    Bool,
    Int,
    Float,
    Timestamp,
    Text,
    Merge,
}

const PREFIX: &[u8] = b"tag:yaml.org,2002:";

/// Whether a tag is the one of that name in the YAML 1.1 types.
pub(super) fn is_standard(tag: Option<&[u8]>, name: &str) -> bool {
    tag.and_then(|tag| tag.strip_prefix(PREFIX)).is_some_and(|rest| rest == name.as_bytes())
}

/// Resolves a scalar that is plain or has a tag.
///
/// # Errors
/// When the tag asks for another type.
pub(super) fn resolve(tag: Option<&[u8]>, text: &str) -> Result<Scalar, &'static str> {
    let as_text = || Ok(Scalar::Text(text.to_owned()));
    let wanted = match tag {
        None => None,
        Some(tag) => match tag.strip_prefix(PREFIX) {
            Some(b"str") => return as_text(),
            Some(b"bool") => Some(Tag::Bool),
            Some(b"int") => Some(Tag::Int),
            Some(b"float") => Some(Tag::Float),
            Some(b"null") => Some(Tag::Null),
            Some(b"timestamp") => Some(Tag::Timestamp),
            // Tags that the original does not know make text of everything, `!!binary` of base64.
            Some(b"binary") => return binary(text),
            _ => return as_text(),
        },
    };
    let (found, scalar) = resolve_plain(wanted, text);
    match (wanted, scalar) {
        (None, scalar) => Ok(scalar),
        (Some(wanted), scalar) if wanted == found => Ok(scalar),
        #[expect(clippy::cast_precision_loss, reason = "the original rounds here as well")]
        (Some(Tag::Float), Scalar::Int(number)) => Ok(Scalar::Float(number as f64)),
        (Some(_), _) => Err("the value is not of the type that its tag names"),
    }
}

fn resolve_plain(wanted: Option<Tag>, text: &str) -> (Tag, Scalar) {
    let as_text = || (Tag::Text, Scalar::Text(text.to_owned()));
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return (Tag::Null, Scalar::Null),
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            return (Tag::Bool, Scalar::Bool(true));
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return (Tag::Bool, Scalar::Bool(false));
        }
        ".nan" | ".NaN" | ".NAN" => return (Tag::Float, Scalar::Float(f64::NAN)),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return (Tag::Float, Scalar::Float(f64::INFINITY)),
        "-.inf" | "-.Inf" | "-.INF" => return (Tag::Float, Scalar::Float(f64::NEG_INFINITY)),
        // The table of the original holds it, but no text that starts with `<` gets there without a tag.
        "<<" if wanted.is_some() => return (Tag::Merge, Scalar::Text(text.to_owned())),
        _ => {}
    }
    match text.as_bytes().first() {
        // Unlike behind a digit or a sign, underscores have to stand between digits here.
        Some(b'.') => without_underscores(text)
            .and_then(|plain| parse_float(&plain))
            .map_or_else(as_text, |number| (Tag::Float, Scalar::Float(number))),
        Some(b'0'..=b'9' | b'+' | b'-') => {
            if matches!(wanted, None | Some(Tag::Timestamp)) && is_timestamp(text) {
                // Kept as text, "for backward compatibility".
                return (Tag::Timestamp, Scalar::Text(text.to_owned()));
            }
            match parse_number(&text.replace('_', "")) {
                Some(Scalar::Float(number)) => (Tag::Float, Scalar::Float(number)),
                Some(number) => (Tag::Int, number),
                None => as_text(),
            }
        }
        _ => as_text(),
    }
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

fn parse_number(plain: &str) -> Option<Scalar> {
    if let Some(number) = parse_int(plain) {
        return Some(Scalar::Int(number));
    }
    if let Some(number) = parse_uint(plain, None) {
        return Some(Scalar::Uint(number));
    }
    if is_yaml_float(plain) {
        return parse_float(plain).map(Scalar::Float);
    }
    // What `ParseInt` with base 2 takes and with base 0 does not: a sign behind the prefix.
    let digits = plain.strip_prefix("0b")?;
    parse_signed(digits, |digits| parse_uint(digits, Some(2))).map(Scalar::Int)
}

/// Go's `underscoreOK`, as far as it concerns decimal numbers.
fn without_underscores(text: &str) -> Option<String> {
    let is_digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
    let bytes = text.as_bytes();
    let mut places = text.match_indices('_').map(|(place, _)| place);
    let is_between_digits = |place: usize| {
        place.checked_sub(1).is_some_and(|before| is_digit(bytes.get(before))) && is_digit(bytes.get(place + 1))
    };
    places.all(is_between_digits).then(|| text.replace('_', ""))
}

/// Go's `ParseInt(text, 0, 64)`.
fn parse_int(text: &str) -> Option<i64> {
    parse_signed(text, |digits| parse_uint(digits, None))
}

fn parse_signed(text: &str, parse: impl Fn(&str) -> Option<u64>) -> Option<i64> {
    match text.strip_prefix('-') {
        Some(digits) => parse(digits).and_then(|number| 0i64.checked_sub_unsigned(number)),
        None => parse(text.strip_prefix('+').unwrap_or(text)).and_then(|number| i64::try_from(number).ok()),
    }
}

/// Go's `ParseUint` with that base, or with the base that a prefix names.
fn parse_uint(text: &str, base: Option<u32>) -> Option<u64> {
    let (base, digits) = match base {
        Some(base) => (base, text),
        None => match text.as_bytes() {
            [b'0', b'b' | b'B', _, ..] => (2, text.get(2..)?),
            [b'0', b'o' | b'O', _, ..] => (8, text.get(2..)?),
            [b'0', b'x' | b'X', _, ..] => (16, text.get(2..)?),
            [b'0'] => return Some(0),
            [b'0', ..] => (8, text.get(1..)?),
            _ => (10, text),
        },
    };
    if digits.is_empty() {
        return None;
    }
    digits.chars().try_fold(0u64, |number, digit| {
        number.checked_mul(u64::from(base))?.checked_add(u64::from(digit.to_digit(base)?))
    })
}

/// `^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`
fn is_yaml_float(text: &str) -> bool {
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['-', '+']).unwrap_or(exponent))),
        None => (unsigned, None),
    };
    let is_mantissa = match mantissa.split_once('.') {
        Some(("", fraction)) => is_digits(fraction),
        Some((whole, fraction)) => is_digits(whole) && (fraction.is_empty() || is_digits(fraction)),
        None => is_digits(mantissa),
    };
    is_mantissa && exponent.is_none_or(is_digits)
}

/// A decimal number; one too large for `f64` is none, as in Go.
fn parse_float(text: &str) -> Option<f64> {
    if !is_yaml_float(text) {
        return None;
    }
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// How a number reads as a key: Go's `FormatFloat(number, 'g', -1, 32)`, with YAML's words for what is not finite.
pub(super) fn float_key(number: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "the original writes keys with the precision of float32")]
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
