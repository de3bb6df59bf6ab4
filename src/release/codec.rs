//! The stored form of a release: JSON, compressed with gzip, as base64 text under the key `release`.
//!
//! Source: Helm `pkg/storage/driver/util.go` (encodeRelease, decodeRelease), `secrets.go`, `cfgmaps.go`, v4.3.1.

use std::io::{Read, Write};

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use serde_json::Value;

use super::payload::Payload;

/// The data key that holds the release, in a Secret and in a ConfigMap.
pub const DATA_KEY: &str = "release";

/// Most bytes that a release may inflate to.
///
/// An API server takes at most [`SECRET_DATA_LIMIT`] compressed bytes, and gzip can inflate those a thousandfold: one
/// hostile object could ask for a gigabyte. Text of charts shrinks 4 to 20 times, so a true release stays far below.
pub const DECODED_LIMIT: usize = 64 * 1024 * 1024;

/// Most bytes of data in one Secret: `MaxSecretSize` in Kubernetes `core/v1/types.go`. Helm does not split a release.
pub const SECRET_DATA_LIMIT: usize = 1024 * 1024;

const GZIP_MAGIC: [u8; 3] = [0x1f, 0x8b, 0x08];

/// As Go's `base64.StdEncoding`: padding required, stray bits in the last symbol ignored.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireCanonical),
);

/// The kind of object that a release is stored in (`HELM_DRIVER`). Memory and SQL leave nothing in the cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Driver {
    /// The API carries Secret data in base64 of its own, around Helm's.
    Secret,
    /// The API carries ConfigMap data as it is.
    ConfigMap,
}

/// Why a stored release cannot be read or written. The text is the cause; it never holds any of the data.
#[derive(Debug, thiserror::Error)]
pub enum CodecError {
    #[error("the field `{DATA_KEY}` is empty")]
    Empty,
    #[error("{layer} is not base64: {source}")]
    Base64 { layer: Layer, source: base64::DecodeError },
    #[error("the gzip stream is damaged: {source}")]
    Gzip { source: std::io::Error },
    #[error("the release inflates to more than {limit} bytes")]
    TooLarge { limit: usize },
    #[error("the release is not JSON: {source}")]
    Json { source: serde_json::Error },
    #[error("the release is not a JSON object but {found}")]
    NotAnObject { found: &'static str },
    #[error("the release cannot be compressed: {source}")]
    Compress { source: std::io::Error },
}

/// Which of the wrappings is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layer {
    Api,
    Helm,
}

impl std::fmt::Display for Layer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Api => "the Secret's data",
            Self::Helm => "the stored release",
        })
    }
}

impl CodecError {
    /// What a person can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Empty => "Helm did not write this object; `helm` skips it in silence",
            Self::Base64 { layer: Layer::Api, .. } => {
                "read the object from the API as JSON, not through a tool that decodes it"
            }
            Self::Base64 { layer: Layer::Helm, .. } | Self::Gzip { .. } => {
                "the object was cut short or edited; `helm` skips it in silence. Restore it from a backup, or delete this revision"
            }
            Self::TooLarge { .. } => "no chart renders to this much; look at who may write this object",
            Self::Json { .. } | Self::NotAnObject { .. } => {
                "the object was edited, or another tool stores here under Helm's name"
            }
            Self::Compress { .. } => "the machine may be out of memory",
        }
    }
}

/// Reads the `release` field as it stands in the JSON of the object.
///
/// For [`Driver::Secret`] that is the API's base64 text around Helm's, for [`Driver::ConfigMap`] Helm's alone.
/// Releases from before Helm compressed them are plain JSON and are read too.
///
/// # Errors
/// [`CodecError`], for anything but a whole release of at most [`DECODED_LIMIT`] bytes.
pub fn decode(driver: Driver, data: &[u8]) -> Result<Payload, CodecError> {
    decode_within(driver, data, DECODED_LIMIT)
}

fn decode_within(driver: Driver, data: &[u8], limit: usize) -> Result<Payload, CodecError> {
    let unwrapped;
    let stored = match driver {
        Driver::Secret => {
            unwrapped = unbase64(Layer::Api, data)?;
            unwrapped.as_slice()
        }
        Driver::ConfigMap => data,
    };
    let packed = unbase64(Layer::Helm, stored)?;
    if packed.is_empty() {
        return Err(CodecError::Empty);
    }
    // Helm asks for more than three bytes, so that the magic alone counts as (broken) JSON.
    let json = if packed.len() > GZIP_MAGIC.len() && packed.starts_with(&GZIP_MAGIC) {
        inflate(&packed, limit)?
    } else if packed.len() > limit {
        return Err(CodecError::TooLarge { limit });
    } else {
        packed
    };
    match serde_json::from_slice(&json).map_err(|source| CodecError::Json { source })? {
        Value::Object(object) => Ok(Payload::stored(object, stored.len(), json.len())),
        other => Err(CodecError::NotAnObject { found: super::payload::type_name(&other) }),
    }
}

/// Writes a release as the `release` field of the JSON of an object, the opposite of [`decode`].
///
/// # Errors
/// [`CodecError::Json`] and [`CodecError::Compress`], neither of which a decoded payload is known to meet.
pub fn encode(driver: Driver, payload: &Payload) -> Result<String, CodecError> {
    let json = serde_json::to_vec(payload.raw()).map_err(|source| CodecError::Json { source })?;
    pack(driver, &json, Compression::best())
}

/// Writes the JSON of a release as [`encode`] does, compressed as hard as is asked for: Helm writes with
/// [`Compression::best`]. Whether it is a release is not looked at.
///
/// # Errors
/// [`CodecError::Compress`], which is not known to be met.
pub fn pack(driver: Driver, json: &[u8], level: Compression) -> Result<String, CodecError> {
    let mut gzip = GzEncoder::new(Vec::new(), level);
    let packed = gzip.write_all(json).and_then(|()| gzip.finish()).map_err(|source| CodecError::Compress { source })?;
    let text = BASE64.encode(packed);
    Ok(match driver {
        Driver::Secret => BASE64.encode(text),
        Driver::ConfigMap => text,
    })
}

/// Bytes that an encoded field takes of [`SECRET_DATA_LIMIT`]: for a Secret the API counts without its own base64.
pub fn stored_size(driver: Driver, field: &str) -> usize {
    match driver {
        Driver::Secret => decoded_length(field),
        Driver::ConfigMap => field.len(),
    }
}

/// Bytes that base64 text stands for, by its length alone.
pub(super) fn decoded_length(text: &str) -> usize {
    let padding = text.bytes().rev().take_while(|&byte| byte == b'=').count();
    (text.len() / 4 * 3).saturating_sub(padding)
}

/// Decodes as Go does, which lets line breaks pass anywhere.
pub(super) fn unbase64(layer: Layer, text: &[u8]) -> Result<Vec<u8>, CodecError> {
    let is_break = |byte: &u8| matches!(byte, b'\r' | b'\n');
    let decoded = if text.iter().any(is_break) {
        let joined: Vec<u8> = text.iter().copied().filter(|byte| !is_break(byte)).collect();
        BASE64.decode(joined)
    } else {
        BASE64.decode(text)
    };
    decoded.map_err(|source| CodecError::Base64 { layer, source })
}

/// Reads at most one byte over the limit, so that a bomb costs no more than the limit.
fn inflate(packed: &[u8], limit: usize) -> Result<Vec<u8>, CodecError> {
    let over = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    let mut json = Vec::new();
    MultiGzDecoder::new(packed).take(over).read_to_end(&mut json).map_err(|source| CodecError::Gzip { source })?;
    if json.len() > limit {
        return Err(CodecError::TooLarge { limit });
    }
    Ok(json)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn payload(value: Value) -> Payload {
        Payload::new(value.as_object().unwrap().clone())
    }

    /// `Ok(the JSON)` or `Err(the text of the error)`.
    fn check(driver: Driver, data: impl AsRef<[u8]>, expected: Result<Value, &str>) {
        let actual = decode_within(driver, data.as_ref(), 1000);
        match (actual, expected) {
            (Ok(payload), Ok(value)) => assert_eq!(Value::Object(payload.into_raw()), value),
            (Err(error), Err(start)) => {
                assert!(error.to_string().starts_with(start), "{error}");
                assert!(!error.hint().is_empty());
            }
            (actual, expected) => panic!("{actual:?} is not {expected:?}"),
        }
    }

    #[test]
    fn reads_every_stored_form() {
        let json = br#"{"name":"a","later":{"field":[1,1.5,null]}}"#;
        let value: Value = serde_json::from_slice(json).unwrap();
        let packed = BASE64.encode(gzip(json));
        check(Driver::ConfigMap, &packed, Ok(value.clone()));
        check(Driver::Secret, BASE64.encode(&packed), Ok(value.clone()));
        check(Driver::ConfigMap, BASE64.encode(json), Ok(value.clone()));
        let (head, tail) = packed.split_at(11);
        check(Driver::ConfigMap, format!("{head}\r\n{tail}\n"), Ok(value));
    }

    #[test]
    fn two_gzip_members_are_one_release() {
        let both = [gzip(br#"{"name":"#), gzip(br#""a"}"#)].concat();
        check(Driver::ConfigMap, BASE64.encode(both), Ok(json!({"name": "a"})));
    }

    #[test]
    fn refuses_what_is_damaged() {
        let whole = gzip(br#"{"name":"a"}"#);
        let cut = &whole[..whole.len() - 9];
        let mut wrong_sum = whole.clone();
        let place = wrong_sum.len() - 8;
        wrong_sum[place] ^= 1;
        let trailing = [whole.as_slice(), b"x"].concat();
        check(Driver::ConfigMap, "", Err("the field `release` is empty"));
        check(Driver::Secret, "", Err("the field `release` is empty"));
        check(Driver::Secret, "*", Err("the Secret's data is not base64"));
        check(Driver::Secret, BASE64.encode("*"), Err("the stored release is not base64"));
        check(Driver::ConfigMap, "e30", Err("the stored release is not base64"));
        check(Driver::ConfigMap, BASE64.encode(cut), Err("the gzip stream is damaged"));
        check(Driver::ConfigMap, BASE64.encode(wrong_sum), Err("the gzip stream is damaged"));
        check(Driver::ConfigMap, BASE64.encode(trailing), Err("the gzip stream is damaged"));
        check(Driver::ConfigMap, BASE64.encode(GZIP_MAGIC), Err("the release is not JSON"));
        check(Driver::ConfigMap, BASE64.encode("{\"a\":1}x"), Err("the release is not JSON"));
        check(Driver::ConfigMap, BASE64.encode("null"), Err("the release is not a JSON object but null"));
        check(Driver::ConfigMap, BASE64.encode(gzip(b"[]")), Err("the release is not a JSON object but a list"));
        check(Driver::ConfigMap, BASE64.encode("[".repeat(900)), Err("the release is not JSON"));
    }

    #[test]
    fn the_limit_is_to_the_byte() {
        let of_length = |length: usize| format!("{{\"a\":\"{}\"}}", "x".repeat(length - 8)).into_bytes();
        let fits: Value = serde_json::from_slice(&of_length(1000)).unwrap();
        let over = "the release inflates to more than 1000 bytes";
        check(Driver::ConfigMap, BASE64.encode(gzip(&of_length(1000))), Ok(fits.clone()));
        check(Driver::ConfigMap, BASE64.encode(of_length(1000)), Ok(fits));
        check(Driver::ConfigMap, BASE64.encode(gzip(&of_length(1001))), Err(over));
        check(Driver::ConfigMap, BASE64.encode(of_length(1001)), Err(over));
    }

    #[test]
    fn writes_what_it_reads() {
        let before = payload(json!({"name": "a", "future": {"z": 1, "a": [true, 1e-7, 18446744073709551615u64]}}));
        for driver in [Driver::Secret, Driver::ConfigMap] {
            let field = encode(driver, &before).unwrap();
            let after = decode(driver, field.as_bytes()).unwrap();
            assert_eq!(after.raw(), before.raw());
            assert_eq!(after.size().unwrap().stored, stored_size(driver, &field));
        }
    }
}
