//! The types of the kinds, as the server describes them: one index a connection, one document for each group and version
//! that somebody asks for, kept on disk by the hash that the index names.
//!
//! Source: kubernetes/client-go `openapi/client.go`, kube-openapi `pkg/handler3/handler.go`.

use std::collections::HashMap;
use std::fmt;
use std::io::{Read as _, Write as _};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use kube::Client;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::task::spawn_blocking;
use tokio::time::Instant;

use super::discovery::ABSENT_PAUSE;
use super::query::patiently;
use crate::config::Cache;
use crate::release::{Problem, ProblemKind};
use crate::schema::{Schema, Unreadable};

const INDEX: &str = "/openapi/v3";

/// How old the index may be: a definition may be replaced while somebody looks.
const FRESH: Duration = Duration::from_secs(300);

/// Most bytes that a kept document may inflate to; far above what it does.
const LIMIT: u64 = 64 << 20;

/// What was learnt so far, for as long as the connection lives.
pub(super) struct Schemas {
    client: Client,
    server: String,
    cache: Cache,
    index: tokio::sync::Mutex<Option<Index>>,
    known: Mutex<HashMap<String, Arc<tokio::sync::Mutex<Option<Known>>>>>,
}

struct Index {
    at: Instant,
    /// Where each document is, by its name.
    addresses: HashMap<String, String>,
}

/// What a document said. One that cannot be read is not asked for again while its address is the same.
struct Known {
    address: String,
    schema: Result<Arc<Schema>, Problem>,
}

#[derive(Deserialize)]
struct Paths {
    paths: HashMap<String, Entry>,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(rename = "serverRelativeURL")]
    address: String,
}

impl Schemas {
    pub(super) fn new(client: Client, server: &str, cache: Cache) -> Self {
        let server = server.to_owned();
        Self { client, server, cache, index: tokio::sync::Mutex::default(), known: Mutex::default() }
    }

    /// The types of a group and version, as `apps/v1`. Whoever asks meanwhile waits for the same answer.
    ///
    /// # Errors
    /// Those of the requests; [`ProblemKind::NotFound`] where the server describes no such version;
    /// [`ProblemKind::Malformed`] where what it says cannot be read.
    pub(super) async fn of(&self, api_version: &str) -> Result<Arc<Schema>, Problem> {
        let root = if api_version.contains('/') { "apis" } else { "api" };
        let name = format!("{root}/{api_version}");
        let place = {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(known.entry(name.clone()).or_default())
        };
        let mut place = place.lock().await;
        let Some(address) = self.address(&name).await? else {
            let cause = format!("the API server does not describe {api_version}");
            return Err(Problem::new(ProblemKind::NotFound, cause));
        };
        if let Some(known) = place.as_ref().filter(|known| known.address == address) {
            return known.schema.clone();
        }
        let schema = match self.kept(&address).await? {
            Some(schema) => Ok(schema),
            None => self.fetch(&address).await?.map_err(|unreadable| unreadable_of(api_version, &unreadable)),
        };
        let schema = schema.map(Arc::new);
        *place = Some(Known { address, schema: schema.clone() });
        schema
    }

    async fn address(&self, name: &str) -> Result<Option<String>, Problem> {
        let mut index = self.index.lock().await;
        let known = index.as_ref().filter(|index| {
            let fresh = if index.addresses.contains_key(name) { FRESH } else { ABSENT_PAUSE };
            index.at.elapsed() < fresh
        });
        if let Some(known) = known {
            return Ok(known.addresses.get(name).cloned());
        }
        let text = self.text(INDEX).await?;
        let read: Paths = serde_json::from_str(&text).map_err(|error| unreadable_of("its kinds", &error))?;
        let addresses: HashMap<String, String> =
            read.paths.into_iter().map(|(name, entry)| (name, entry.address)).collect();
        let address = addresses.get(name).cloned();
        *index = Some(Index { at: Instant::now(), addresses });
        Ok(address)
    }

    async fn kept(&self, address: &str) -> Result<Option<Schema>, Problem> {
        let (cache, file) = (self.cache.clone(), self.file(address));
        let read = move || {
            let packed = cache.read(&file)?;
            let mut text = String::new();
            GzDecoder::new(packed.as_slice()).take(LIMIT).read_to_string(&mut text).ok()?;
            // Damaged, or of a version of this program that read more: asked for again.
            Schema::from_openapi(&serde_json::from_str(&text).ok()?).ok()
        };
        spawn_blocking(read).await.map_err(|error| Problem::new(ProblemKind::Other, error))
    }

    async fn fetch(&self, address: &str) -> Result<Result<Schema, Unreadable>, Problem> {
        let mut text = self.text(address).await?;
        let moved = !text.starts_with('{');
        if moved {
            // The index lags behind the documents, and who asks for an old hash is sent on with an empty answer. Without a
            // hash the present document is answered, whose hash is not known: it is not kept.
            let path = address.split('?').next().unwrap_or(address);
            text = self.text(path).await?;
        }
        let (cache, file) = (self.cache.clone(), self.file(address));
        let read = move || {
            let mut document: Value = serde_json::from_str(&text)?;
            let schema = Schema::from_openapi(&document);
            if schema.is_ok()
                && !moved
                && let Some(packed) = pack(&mut document)
            {
                cache.write(&file, &packed);
            }
            Ok(schema)
        };
        let read = spawn_blocking(read).await.map_err(|error| Problem::new(ProblemKind::Other, error))?;
        // Cut off on its way, perhaps: that is not remembered.
        read.map_err(|error: serde_json::Error| unreadable_of(address, &error))
    }

    async fn text(&self, address: &str) -> Result<String, Problem> {
        patiently(&self.server, address, |request| self.client.request_text(request)).await
    }

    /// Under which name a document is kept. What one server calls by a hash is nothing that another may rely on.
    fn file(&self, address: &str) -> String {
        let digest = Sha256::digest(format!("{} {address}", self.server));
        digest.iter().fold("openapi-".to_owned(), |name, byte| name + &format!("{byte:02x}"))
    }
}

fn unreadable_of(what: &str, error: &dyn fmt::Display) -> Problem {
    Problem::new(ProblemKind::Malformed, format!("the API server's description of {what} cannot be read: {error}"))
}

/// The types alone: the requests are most of a document.
fn pack(document: &mut Value) -> Option<Vec<u8>> {
    let types = json!({"openapi": document.get("openapi")?, "components": document.get_mut("components")?.take()});
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(types.to_string().as_bytes()).ok()?;
    encoder.finish().ok()
}
