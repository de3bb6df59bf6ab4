//! What describes the kinds: an index, and a document of OpenAPI v3 for each group and version.
//!
//! `demo/openapi.json.gz` holds what a real server said, without descriptions and requests; the suite `real` writes it.
//! How it is served: k8s.io/kube-openapi `pkg/handler3/handler.go`, k8s.io/kube-aggregator `pkg/controllers/openapiv3`.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use flate2::read::GzDecoder;
use http::{HeaderValue, Response, header};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha512};

use super::encode::{self, Body};
use super::kinds::group_version;
use super::paths::Asked;
use crate::schema::Schema;

const PACKED: &[u8] = include_bytes!("../../../demo/openapi.json.gz");

const ROOT: &str = "/openapi/v3";

struct Document {
    text: Box<RawValue>,
    hash: String,
}

/// By name, as `apis/apps/v1`. Read when somebody asks: the first frame does not wait for it.
static DOCUMENTS: LazyLock<BTreeMap<String, Document>> = LazyLock::new(|| {
    let mut text = String::new();
    let read = GzDecoder::new(PACKED).read_to_string(&mut text).map_err(serde_json::Error::io);
    let documents: BTreeMap<String, Box<RawValue>> = match read.and_then(|_| serde_json::from_str(&text)) {
        Ok(documents) => documents,
        Err(error) => {
            tracing::error!(%error, "the demo's documents of OpenAPI are damaged");
            BTreeMap::new()
        }
    };
    let hashed = documents.into_iter().map(|(name, text)| {
        let digest = Sha512::digest(text.get());
        let hash = digest.iter().fold(String::new(), |hash, byte| hash + &format!("{byte:02X}"));
        (name, Document { text, hash })
    });
    hashed.collect()
});

/// Every document.
pub(crate) fn documents() -> impl Iterator<Item = Value> {
    DOCUMENTS.values().filter_map(|document| serde_json::from_str(document.text.get()).ok())
}

/// What was read of the documents, because every write asks for it.
static SCHEMAS: LazyLock<Mutex<BTreeMap<String, Option<Arc<Schema>>>>> = LazyLock::new(Mutex::default);

/// The types of a group and version; `None` where no document tells of them.
pub(super) fn schema(group: &str, version: &str) -> Option<Arc<Schema>> {
    let root = if group.is_empty() { "api" } else { "apis" };
    let name = format!("{root}/{}", group_version(group, version));
    let mut schemas = SCHEMAS.lock().unwrap_or_else(PoisonError::into_inner);
    let read = |name: &String| {
        let document = DOCUMENTS.get(name)?;
        Schema::from_openapi(&serde_json::from_str(document.text.get()).ok()?).ok().map(Arc::new)
    };
    schemas.entry(name).or_insert_with_key(read).clone()
}

/// The index, or a document. Whatever the method: nobody looks at it.
pub(super) fn answer(asked: &Asked) -> Response<Body> {
    let name = match asked.path.strip_prefix(ROOT) {
        Some("") => return encode::answer(200, "text/plain; charset=utf-8", index().to_string().into_bytes()),
        Some(rest) => rest.trim_start_matches('/'),
        None => "",
    };
    let Some(document) = DOCUMENTS.get(name) else { return without_type(404) };
    if !encode::accepts_json(&asked.accept) {
        return varying(without_type(406));
    }
    let known = asked.query.get("hash").filter(|hash| !hash.is_empty());
    let bytes = document.text.get().as_bytes().to_vec();
    let mut response = match known {
        Some(hash) if hash != document.hash => {
            let mut moved = encode::answer(301, "application/json", Vec::new());
            set(&mut moved, header::LOCATION, &address(name, document));
            moved
        }
        Some(_) => {
            let mut response = encode::answer(200, "application/json", bytes);
            set(&mut response, header::CACHE_CONTROL, "public, immutable");
            response
        }
        None => encode::answer(200, "application/json", bytes),
    };
    set(&mut response, header::ETAG, &format!("\"{}\"", document.hash));
    varying(response)
}

fn index() -> Value {
    let entry =
        |(name, document): (&String, &Document)| (name.clone(), json!({"serverRelativeURL": address(name, document)}));
    json!({"paths": DOCUMENTS.iter().map(entry).collect::<Map<String, Value>>()})
}

fn address(name: &str, document: &Document) -> String {
    format!("{ROOT}/{name}?hash={}", document.hash)
}

fn without_type(code: u16) -> Response<Body> {
    let mut response = encode::answer(code, "", Vec::new());
    response.headers_mut().remove(header::CONTENT_TYPE);
    response
}

fn varying(mut response: Response<Body>) -> Response<Body> {
    set(&mut response, header::VARY, "Accept");
    response
}

fn set(response: &mut Response<Body>, name: header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}
