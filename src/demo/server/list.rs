//! Lists: one page of one kind, as it was in one version.
//!
//! Rules: kubernetes/apiserver `pkg/storage/cacher` and `pkg/storage/continue.go`, release 1.36.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::encode::{self, Form};
use super::kinds::Kind;
use super::options::Options;
use super::status::Status;
use super::store::Store;

const TOKEN_VERSION: &str = "meta.k8s.io/v1";

/// What a token to go on with says. Clients do not look into it; a version of -1 stands for the present one.
#[derive(Debug, Serialize, Deserialize)]
struct Token {
    #[serde(default)]
    v: String,
    #[serde(default)]
    rv: i64,
    #[serde(default)]
    start: String,
}

/// From where a page goes, and in which version.
struct Page {
    version: u64,
    /// The first key, without its namespace where one is asked for.
    start: Option<String>,
}

/// Answers a list.
///
/// # Errors
/// 400 for a token or a version that cannot be read, 410 for forgotten ones, 504 for one that is to come.
pub(super) fn answer(
    store: &Store,
    kind: &'static Kind,
    namespace: Option<&str>,
    options: &Options,
    form: Form,
) -> Result<Value, Status> {
    let page = page(store, options)?;
    let prefix = namespace.map(|namespace| format!("{namespace}/")).unwrap_or_default();
    let objects = store.at(page.version, kind, namespace).map_err(|_| match &page.start {
        Some(start) => Status::expired(EXPIRED_TOKEN).with_token(token(-1, start)),
        None => Status::expired("The resourceVersion for the provided list is too old."),
    })?;
    // A version of "0" asks for whatever is at hand, and gets all of it.
    let limit = options.limit.filter(|_| page.start.is_some() || options.version != "0");
    let found = select(kind, options, &objects, page.start.map(|start| prefix.clone() + &start), limit);
    let mut metadata = Map::new();
    metadata.insert("resourceVersion".to_owned(), page.version.to_string().into());
    if let (true, Some((last, _))) = (found.left > 0, found.items.last()) {
        let rest = last.strip_prefix(&prefix).unwrap_or(last);
        let version = i64::try_from(page.version).unwrap_or(-1);
        metadata.insert("continue".to_owned(), token(version, &format!("{rest}\0")).into());
        if options.labels.is_empty() && options.fields.is_empty() {
            metadata.insert("remainingItemCount".to_owned(), found.left.into());
        }
    }
    if kind.custom && form == Form::Whole && !metadata.contains_key("continue") {
        metadata.insert("continue".to_owned(), "".into());
    }
    let items = found.items.iter().map(|(_, object)| encode::item(kind, object, form)).collect();
    Ok(encode::list(kind, form, metadata, items))
}

struct Found {
    items: Vec<(String, Arc<Value>)>,
    /// How many objects of the kind come after, selected or not.
    left: usize,
}

fn select(
    kind: &Kind,
    options: &Options,
    objects: &BTreeMap<String, Arc<Value>>,
    start: Option<String>,
    limit: Option<usize>,
) -> Found {
    let start = start.map_or(Bound::Unbounded, Bound::Included);
    let mut rest = objects.range((start, Bound::Unbounded));
    let mut items = Vec::new();
    while limit.is_none_or(|limit| items.len() < limit) {
        let Some((key, object)) = rest.next() else { break };
        if options.labels.select(object) && options.fields.select(kind, object) {
            items.push((key.clone(), Arc::clone(object)));
        }
    }
    Found { items, left: rest.count() }
}

fn page(store: &Store, options: &Options) -> Result<Page, Status> {
    let asked = options.version().map_err(|fault| Status::bad_request(format!("invalid resource version: {fault}")))?;
    let present = store.version();
    if let Some(token) = &options.token {
        let (version, start) = read_token(token).map_err(|fault| {
            Status::bad_request(format!("invalid continue token: continue key is not valid: {fault}"))
        })?;
        if asked > 0 {
            return Err(Status::bad_request("specifying resource version is not allowed when using continue"));
        }
        let version = u64::try_from(version).unwrap_or(present);
        return Ok(Page { version, start: Some(start) });
    }
    if asked > present {
        return Err(Status::too_large(asked, present));
    }
    // A page of a version is that version's own; a whole list is only not to be older.
    let exact = options.exact || (options.limit.is_some() && asked > 0 && !options.not_older);
    Ok(Page { version: if exact { asked } else { present }, start: None })
}

fn token(version: i64, start: &str) -> String {
    let token = Token { v: TOKEN_VERSION.to_owned(), rv: version, start: format!("/{start}") };
    serde_json::to_string(&token).map(|text| URL_SAFE_NO_PAD.encode(text)).unwrap_or_default()
}

fn read_token(text: &str) -> Result<(i64, String), String> {
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| {
        let valid = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        let at = text.bytes().position(|byte| !valid(byte)).unwrap_or(text.len());
        format!("illegal base64 data at input byte {at}")
    })?;
    let token: Token = serde_json::from_slice(&bytes).map_err(|_| {
        let first = bytes.first().copied().map(char::from).unwrap_or_default();
        format!("invalid character '{first}' looking for beginning of value")
    })?;
    let Token { v, rv, start } = token;
    if v != TOKEN_VERSION {
        return Err(format!("server does not recognize this encoded version {v}"));
    }
    if rv == 0 {
        return Err(format!("incorrect encoded start resourceVersion (version {TOKEN_VERSION})"));
    }
    if start.is_empty() {
        return Err(format!("encoded start key empty (version {TOKEN_VERSION})"));
    }
    let key = start.strip_prefix('/').unwrap_or(&start);
    if key.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return Err(start);
    }
    Ok((rv, key.to_owned()))
}

const EXPIRED_TOKEN: &str = "The provided continue parameter is too old to display a consistent list result. You can \
                             start a new list without the continue parameter, or use the continue token in this \
                             response to retrieve the remainder of the results. Continuing with the provided token \
                             results in an inconsistent list - objects that were created, modified, or deleted between \
                             the time the first chunk was returned and now may show up in the list.";
