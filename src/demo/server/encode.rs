//! In which form an answer is sent: what the client accepts, whole or metadata only, plain or packed.
//!
//! Rules: kubernetes/apiserver `pkg/endpoints/handlers/negotiation` and `responsewriters`, release 1.36; the first look at
//! `Accept` is emicklei/go-restful's.

use std::convert::Infallible;
use std::io::Write;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use serde_json::{Map, Value, json};

use super::kinds::Kind;
use super::status::Status;

/// The body of an answer.
pub type Body = UnsyncBoxBody<Bytes, Infallible>;

/// Larger answers are packed for those who accept it.
const GZIP_FROM: usize = 128 * 1024;

/// What is accepted of an answer about objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Accepted {
    Whole,
    /// Metadata only, one object; the version of `meta.k8s.io`.
    Metadata(&'static str),
    /// Metadata only, a list.
    MetadataList(&'static str),
}

/// How objects are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Whole,
    Metadata(&'static str),
}

/// One alternative of an `Accept` header.
struct Clause<'a> {
    media_type: &'a str,
    quality: f32,
    parameters: Vec<(&'a str, &'a str)>,
}

impl Clause<'_> {
    fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(key, _)| *key == name).map(|(_, value)| *value)
    }
}

/// The alternatives, the best first.
fn clauses(accept: &str) -> Vec<Clause<'_>> {
    let mut clauses: Vec<Clause<'_>> = accept
        .split(',')
        .map(str::trim)
        .filter(|clause| !clause.is_empty())
        .map(|clause| {
            let mut parts = clause.split(';').map(str::trim);
            let media_type = parts.next().unwrap_or_default();
            let mut quality = 1.0;
            let mut parameters = Vec::new();
            for (key, value) in parts.filter_map(|part| part.split_once('=')) {
                if key == "q" {
                    quality = value.parse().unwrap_or(1.0);
                } else {
                    parameters.push((key, value));
                }
            }
            Clause { media_type, quality, parameters }
        })
        .collect();
    if clauses.is_empty() {
        clauses.push(Clause { media_type: "*/*", quality: 1.0, parameters: Vec::new() });
    }
    clauses.sort_by(|one, other| other.quality.total_cmp(&one.quality));
    clauses
}

/// Whether anything of the header could be served at all, by the router's coarse reading.
///
/// # Errors
/// The router's refusal.
pub(super) fn representable(accept: &str, stream: bool) -> Result<(), Status> {
    let known = ["*/*", "application/json"];
    let others = ["application/yaml", "application/vnd.kubernetes.protobuf"];
    let any = |known: &[&str]| clauses(accept).iter().any(|clause| known.contains(&clause.media_type));
    match (any(&known), any(&others)) {
        (true, _) => Ok(()),
        // A real server speaks these; to it, the resource itself would answer.
        (false, true) => Err(Status::no_media_type()),
        (false, false) => Err(Status::no_representation(stream)),
    }
}

fn is_json(media_type: &str) -> bool {
    matches!(media_type, "application/json" | "*/*" | "application/*")
}

/// Whether JSON is accepted in any way.
pub(super) fn accepts_json(accept: &str) -> bool {
    clauses(accept).iter().any(|clause| is_json(clause.media_type))
}

/// The first form of those accepted that this server has.
///
/// # Errors
/// 406 when it has none.
pub(super) fn negotiate(accept: &str) -> Result<Accepted, Status> {
    clauses(accept)
        .iter()
        .filter(|clause| is_json(clause.media_type))
        .find_map(|clause| match clause.parameter("as") {
            None => Some(Accepted::Whole),
            Some(form) => {
                let version = match (clause.parameter("g"), clause.parameter("v")) {
                    (Some("meta.k8s.io"), Some("v1")) => "meta.k8s.io/v1",
                    (Some("meta.k8s.io"), Some("v1beta1")) => "meta.k8s.io/v1beta1",
                    _ => return None,
                };
                match form {
                    "PartialObjectMetadata" => Some(Accepted::Metadata(version)),
                    "PartialObjectMetadataList" => Some(Accepted::MetadataList(version)),
                    _ => None,
                }
            }
        })
        .ok_or_else(Status::no_media_type)
}

/// The content type of aggregated discovery.
pub(super) const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/// Whether discovery is wanted aggregated.
///
/// # Errors
/// 406 when neither form is accepted.
pub(super) fn wants_aggregated(accept: &str) -> Result<bool, Status> {
    clauses(accept)
        .iter()
        .filter(|clause| is_json(clause.media_type))
        .find_map(|clause| {
            let named = ["g", "v", "as"].map(|name| clause.parameter(name));
            match named {
                [Some("apidiscovery.k8s.io"), Some("v2"), Some("APIGroupDiscoveryList")] => Some(true),
                [_, _, None] => Some(false),
                _ => None,
            }
        })
        .ok_or_else(Status::no_media_type)
}

/// One object in a form.
pub(super) fn object(object: &Value, form: Form) -> Value {
    match form {
        Form::Whole => object.clone(),
        Form::Metadata(version) => json!({
            "kind": "PartialObjectMetadata",
            "apiVersion": version,
            "metadata": object.get("metadata").cloned().unwrap_or_default(),
        }),
    }
}

/// One object of a list. Those of built-in kinds do not say again what they are.
pub(super) fn item(kind: &Kind, item: &Value, form: Form) -> Value {
    let mut item = object(item, form);
    if form == Form::Whole
        && !kind.custom
        && let Some(fields) = item.as_object_mut()
    {
        fields.shift_remove("kind");
        fields.shift_remove("apiVersion");
    }
    item
}

/// A list around its items.
pub(super) fn list(kind: &Kind, form: Form, metadata: Map<String, Value>, items: Vec<Value>) -> Value {
    let (name, version) = match form {
        Form::Whole => (format!("{}List", kind.kind), kind.api_version()),
        Form::Metadata(version) => ("PartialObjectMetadataList".to_owned(), version.to_owned()),
    };
    // A list of metadata that is empty has no items, not even none.
    let items = if items.is_empty() && form != Form::Whole { Value::Null } else { items.into() };
    json!({"kind": name, "apiVersion": version, "metadata": metadata, "items": items})
}

/// An answer of JSON.
pub(super) fn json_answer(code: u16, value: &Value, gzip: bool) -> Response<Body> {
    let mut bytes = value.to_string().into_bytes();
    bytes.push(b'\n');
    let packed = (gzip && bytes.len() > GZIP_FROM).then(|| pack(&bytes)).flatten();
    let encoded = packed.is_some();
    let mut response = answer(code, "application/json", packed.unwrap_or(bytes));
    if encoded {
        response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        response.headers_mut().append(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    }
    response
}

/// A refusal.
pub(super) fn refusal(status: &Status) -> Response<Body> {
    let mut response = json_answer(status.code, &status.object(), false);
    if let Some(seconds) = status.retry_after() {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// An answer of text.
pub(super) fn text(code: u16, text: &'static str) -> Response<Body> {
    answer(code, "text/plain; charset=utf-8", text.into())
}

/// An answer that goes on.
pub(super) fn stream(body: Body) -> Response<Body> {
    with_head(200, "application/json", body)
}

/// An answer of text that may go on.
pub(super) fn text_stream(body: Body) -> Response<Body> {
    with_head(200, "text/plain", body)
}

/// An answer of bytes.
pub(super) fn answer(code: u16, content_type: &'static str, bytes: Vec<u8>) -> Response<Body> {
    with_head(code, content_type, Full::new(Bytes::from(bytes)).boxed_unsync())
}

fn with_head(code: u16, content_type: &'static str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache, private"));
    response
}

fn pack(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok()
}
