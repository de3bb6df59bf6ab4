//! The write that the next upgrade or reconcile would do to an object: what is sent, and what it comes to where nobody may try
//! it.
//!
//! Source: helm.sh/helm v4.3.1 `pkg/kube/client.go` (patchResourceServerSide, patchResourceClientSide).

use jiff::Timestamp;
use serde_json::Value;

use std::collections::BTreeMap;

use super::apply::{Request, Types, apply};
use super::fate::{Outcome, outcome_of};
use super::own::{Method, Pair};
use super::patch::{
    ClientSideUpgrade, Helm, Method as PatchMethod, Patch, PatchFault, apply_json, apply_strategic, client_side_patch,
};
use super::{FieldSet, PathElement};

/// Who writes the release, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Writer<'a> {
    /// The field manager.
    pub manager: &'a str,
    /// Server-side or client-side.
    pub method: Method,
    /// Takes what others own. Flux does so whenever it applies server-side; Helm when it is told to.
    pub is_forced: bool,
    /// Whose patches, client-side.
    pub helm: Helm,
}

/// What is sent. Whether it is sent for good is not said by it.
#[derive(Debug, Clone, PartialEq)]
pub enum Write {
    /// Server-side apply of this object.
    Apply {
        /// Takes what others own.
        is_forced: bool,
        /// The configuration.
        configuration: Value,
    },
    /// A patch that was made of the object as it was seen.
    Patch(Patch),
    /// This object, which is not there.
    Create(Value),
}

/// The write of one object.
#[derive(Debug, Clone, PartialEq)]
pub struct NextWrite {
    /// Group and version in which it is written.
    pub api_version: String,
    /// Its kind.
    pub kind: String,
    /// Its namespace; empty for none.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The field manager.
    pub manager: String,
    /// What is sent.
    pub write: Write,
}

/// What the writer sends for an object; `None` where it sends nothing, because nothing changed for it. `original` is the object
/// in the manifest of the last revision that was applied; for a release whose chart does not change it is the same object.
///
/// # Errors
/// Where the writer fails to make a patch.
pub fn next_write(
    pair: &Pair<'_>,
    original: Option<&Value>,
    writer: Writer<'_>,
) -> Result<Option<NextWrite>, PatchFault> {
    let write = match writer.method {
        Method::ServerSide => Some(Write::Apply { is_forced: writer.is_forced, configuration: pair.manifest.clone() }),
        Method::ClientSide => {
            let upgrade = ClientSideUpgrade {
                helm: writer.helm,
                original,
                target: pair.manifest,
                live: pair.live,
                types: (!pair.typed.is_deduced()).then_some(pair.typed),
                force: false,
                take_ownership: false,
            };
            client_side_patch(&upgrade)?.map(Write::Patch)
        }
    };
    let text = |of: &Value, at: &str| of.pointer(at).and_then(Value::as_str).unwrap_or_default().to_owned();
    Ok(write.map(|write| NextWrite {
        api_version: text(pair.manifest, "/apiVersion"),
        kind: text(pair.manifest, "/kind"),
        namespace: text(pair.live, "/metadata/namespace"),
        name: text(pair.live, "/metadata/name"),
        manager: writer.manager.to_owned(),
        write,
    }))
}

/// What the write of the manifest comes to, computed.
#[must_use]
pub fn computed(pair: &Pair<'_>, original: Option<&Value>, writer: Writer<'_>, now: Timestamp) -> Outcome {
    let next = match next_write(pair, original, writer) {
        Ok(Some(next)) => next,
        Ok(None) => return Outcome::Written(Box::new(pair.live.clone())),
        Err(why) => return Outcome::Failed(why.to_string()),
    };
    match next.write {
        Write::Apply { is_forced, configuration } => {
            let mut status = FieldSet::default();
            status.insert(&[PathElement::field("status")]);
            let types = Types {
                resets: BTreeMap::from([(next.api_version.clone(), status)]),
                api_version: next.api_version,
                kind: next.kind,
                own: pair.typed,
                others: BTreeMap::new(),
            };
            let request = Request { manager: writer.manager, subresource: "", now, defaults: &|_| {} };
            let write = |force| apply(Some(pair.live), &configuration, &types, &request, force);
            outcome_of(write(is_forced), || write(true))
        }
        Write::Create(object) => Outcome::Written(Box::new(object)),
        Write::Patch(patch) => {
            let patched = match patch.method {
                PatchMethod::StrategicMerge => apply_strategic(pair.live, &patch.body, pair.typed),
                PatchMethod::JsonMerge => Ok(apply_json(pair.live.clone(), &patch.body)),
                PatchMethod::Replace => Ok(patch.body),
            };
            match patched {
                Ok(object) => Outcome::Written(Box::new(object)),
                Err(why) => Outcome::Failed(why.to_string()),
            }
        }
    }
}
