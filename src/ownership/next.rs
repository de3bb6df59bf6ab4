//! The write that the next upgrade or reconcile would do to an object, computed: for where no dry-run may be made.

use jiff::Timestamp;
use serde_json::Value;

use std::collections::BTreeMap;

use super::apply::{Request, Types, apply};
use super::fate::{Outcome, outcome_of};
use super::own::{Method, Pair};
use super::patch::{ClientSideUpgrade, Helm, Method as PatchMethod, apply_json, apply_strategic, client_side_patch};
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

/// What the write of the manifest comes to. `original` is the object in the manifest of the last revision that was applied;
/// for a release whose chart does not change it is the same object.
#[must_use]
pub fn computed(pair: &Pair<'_>, original: Option<&Value>, writer: Writer<'_>, now: Timestamp) -> Outcome {
    match writer.method {
        Method::ServerSide => {
            let text = |name: &str| pair.manifest.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
            let mut status = FieldSet::default();
            status.insert(&[PathElement::field("status")]);
            let types = Types {
                api_version: text("apiVersion"),
                kind: text("kind"),
                own: pair.typed,
                others: BTreeMap::new(),
                resets: BTreeMap::from([(text("apiVersion"), status)]),
            };
            let request = Request { manager: writer.manager, subresource: "", now, defaults: &|_| {} };
            let write = |force| apply(Some(pair.live), pair.manifest, &types, &request, force);
            outcome_of(write(writer.is_forced), || write(true))
        }
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
            let patched = client_side_patch(&upgrade).and_then(|patch| match patch {
                None => Ok(pair.live.clone()),
                Some(patch) => match patch.method {
                    PatchMethod::StrategicMerge => apply_strategic(pair.live, &patch.body, pair.typed),
                    PatchMethod::JsonMerge => Ok(apply_json(pair.live.clone(), &patch.body)),
                    PatchMethod::Replace => Ok(patch.body),
                },
            });
            match patched {
                Ok(object) => Outcome::Written(Box::new(object)),
                Err(why) => Outcome::Failed(why.to_string()),
            }
        }
    }
}
