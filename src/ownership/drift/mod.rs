//! Drift as Flux computes it, of its own releases and of native ones alike, and beside it what others added, which is no drift
//! to Flux.
//!
//! Each object of the stored manifest is applied server-side in a dry-run, as Flux's controller would, and the answer is
//! compared with the live object. Pure: who asks the API server hands in what it said; where it may not be asked, the answer
//! is computed by [`super::apply`], and that is said.
//!
//! Source: fluxcd/helm-controller v1.6.3 `internal/action/diff.go`, `internal/diff/summarize.go`; `tests/oracle/drift` holds
//! the comparison, the ignore rules and the summary to them.

mod asked;
mod compare;
mod computed;
mod ignore;
mod json_diff;
mod normal;
mod rule;
#[cfg(test)]
mod tests;
mod told;

use serde_json::{Value, json};

use super::fate::{Answered, Outcome};
use super::next::{NextWrite, Write, Writer};
use super::own::{Managers, Method, Pair};
use super::patch::Helm;
use super::report::{Tried, Writing, gvk};
use crate::schema::{Schema, Typed};

pub use asked::Asked;
pub use compare::{AFTER, BEFORE, Failed, compare, mask_secret};
pub use ignore::{BadPath, BadRule, DISABLING, Rules, is_excluded};
pub use json_diff::{Operation, Unreadable, Verb, diff};
pub use rule::IgnoreRule;
pub use told::{Added, Change};

/// The manager as which Flux tries its manifests, whoever wrote the objects.
/// Source: helm-controller v1.6.3 `internal/reconcile/state.go` (kube.ManagedFieldsManager).
pub const MANAGER: &str = "helm-controller";

/// What is known of an object as it is.
#[derive(Debug, Clone, PartialEq)]
pub enum Live {
    /// The whole of it, with its managedFields.
    There(Value),
    /// It is not there.
    Missing,
    /// It was not read, and why.
    Unseen(String),
}

/// An object of the manifest, and what is known of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// See [`super::wanted`].
    pub manifest: Value,
    /// As it is.
    pub live: Live,
}

/// What Flux says of an object.
#[derive(Debug, Clone, PartialEq)]
pub enum State {
    /// It is not there.
    Removed,
    /// It is not compared: why not.
    Excluded(&'static str),
    /// The dry-run changes nothing that counts.
    Unchanged,
    /// The dry-run changes this.
    Changed(Vec<Change>),
    /// It cannot be compared, and why.
    Unknown(String),
}

/// One object.
#[derive(Debug, Clone, PartialEq)]
pub struct ObjectDrift {
    /// Group and version.
    pub api_version: String,
    /// Its kind.
    pub kind: String,
    /// Its namespace; empty for none.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// What Flux says of it.
    pub state: State,
    /// What others added: no drift to Flux.
    pub others: Vec<Added>,
    /// Who says so; nobody has to of what is excluded.
    pub answered: Answered,
}

impl ObjectDrift {
    /// The line that Flux writes of it, in its condition and its event; none of what is unchanged or cannot be compared.
    #[must_use]
    pub fn summary(&self) -> Option<String> {
        let place = if self.namespace.is_empty() { String::new() } else { format!("{}/", self.namespace) };
        let word = match &self.state {
            State::Removed => "removed".to_owned(),
            State::Excluded(_) => "excluded".to_owned(),
            State::Changed(changes) => {
                let count = |verb| changes.iter().filter(|change| change.operation.verb == verb).count();
                let (added, changed) = (count(Verb::Add), count(Verb::Replace));
                format!("changed ({added} additions, {changed} changes, {} removals)", count(Verb::Remove))
            }
            State::Unchanged | State::Unknown(_) => return None,
        };
        Some(format!("{}/{place}{} {word}", self.kind, self.name))
    }
}

/// The whole.
#[derive(Debug, Clone, PartialEq)]
pub struct Drift {
    /// In the order of the manifest.
    pub objects: Vec<ObjectDrift>,
    /// The rules of the release that leave something out cannot be used: Flux compares nothing.
    pub bad_rule: Option<BadRule>,
}

impl Drift {
    /// Whether Flux calls the release drifted.
    #[must_use]
    pub fn has_drifted(&self) -> bool {
        let differs = |object: &ObjectDrift| match object.state {
            State::Removed | State::Changed(_) => true,
            State::Excluded(_) | State::Unchanged | State::Unknown(_) => false,
        };
        self.bad_rule.is_none() && self.objects.iter().any(differs)
    }

    /// The lines that Flux writes.
    #[must_use]
    pub fn summary(&self) -> Vec<String> {
        self.objects.iter().filter_map(ObjectDrift::summary).collect()
    }
}

/// A release that is compared.
#[derive(Debug, Clone)]
pub struct Comparison<'a> {
    items: Vec<(Item, Vec<String>)>,
    bad_rule: Option<BadRule>,
    schema: &'a Schema,
    writing: &'a Writing<'a>,
}

impl<'a> Comparison<'a> {
    /// Of these objects, by `spec.driftDetection.ignore` as it is written; null where there is none.
    #[must_use]
    pub fn of(items: Vec<Item>, ignore: &Value, schema: &'a Schema, writing: &'a Writing<'a>) -> Self {
        let (rules, bad_rule) = match Rules::read(ignore) {
            Ok(rules) => (rules, None),
            Err(bad) => (Rules::default(), Some(bad)),
        };
        let items = items.into_iter().filter(|item| is_object(&item.manifest)).map(|item| {
            let paths = rules.paths(&item.manifest);
            (Item { manifest: normal::normal(item.manifest, schema), ..item }, paths)
        });
        Self { items: items.collect(), bad_rule, schema, writing }
    }

    /// The paths that are left out of each object, in the order of the manifest.
    #[must_use]
    pub fn paths(&self) -> Vec<Vec<String>> {
        self.items.iter().map(|(_, paths)| paths.clone()).collect()
    }

    /// The writes that Flux tries: one for each object that is not excluded.
    #[must_use]
    pub fn writes(&self) -> Vec<NextWrite> {
        let compared = self.items.iter().filter(|(item, paths)| excluded(item, paths).is_none());
        compared.map(|(item, _)| write_of(&item.manifest)).collect()
    }

    /// All that is to be said. `tried` is what came of [`Comparison::writes`], and `untried` why others were not tried.
    #[must_use]
    pub fn told(self, tried: &[(NextWrite, Tried)], untried: &str) -> Drift {
        let pairs = self.items.iter().filter_map(|(item, _)| match &item.live {
            Live::There(live) => Some(Pair { manifest: &item.manifest, live, typed: self.typed(live) }),
            Live::Missing | Live::Unseen(_) => None,
        });
        let Writing { method, expected, settings, .. } = *self.writing;
        let managers = Managers::read(&pairs.collect::<Vec<_>>(), method, expected, settings);
        let objects = self.items.iter().map(|(item, paths)| {
            let sent = write_of(&item.manifest);
            let is_same = |write: &NextWrite| {
                (&write.api_version, &write.kind, &write.namespace, &write.name)
                    == (&sent.api_version, &sent.kind, &sent.namespace, &sent.name)
            };
            let tried = tried.iter().find(|(write, _)| is_same(write)).map(|(_, outcome)| outcome);
            let tried = tried.cloned().unwrap_or_else(|| Err(untried.to_owned()));
            self.object(item, paths, &managers, tried)
        });
        Drift { objects: objects.collect(), bad_rule: self.bad_rule.clone() }
    }

    fn typed(&self, object: &Value) -> Typed<'a> {
        self.schema.kind(&gvk(object)).unwrap_or_else(|| self.schema.deduced())
    }

    fn compared(&self, item: &Item, live: &Value, after: &Value, paths: &[String], managers: &Managers) -> State {
        match told::changes(live, after, paths, self.typed(live), &item.manifest, managers, &self.writing.masker) {
            Ok(changes) if changes.is_empty() => State::Unchanged,
            Ok(changes) => State::Changed(changes),
            Err(why) => State::Unknown(why.to_string()),
        }
    }

    fn object(&self, item: &Item, paths: &[String], managers: &Managers, tried: Tried) -> ObjectDrift {
        let (after, answered) = match (&item.live, tried) {
            (_, Ok(Outcome::Written(after))) => (Ok(Some(after)), Answered::Server),
            (_, Ok(Outcome::Failed(why))) => (Err(why), Answered::Server),
            // Nobody can be in the way of an apply that is forced.
            (_, Ok(Outcome::Conflicts(..))) => (Err("the apply conflicts with others".to_owned()), Answered::Server),
            (Live::There(live), Err(why)) => {
                let pair = Pair { manifest: &item.manifest, live, typed: self.typed(live) };
                (computed::after(&pair, self.writing.now).map(|after| Some(Box::new(after))), Answered::Computed(why))
            }
            (Live::Missing, Err(why)) => (Ok(None), Answered::Computed(why)),
            (Live::Unseen(unseen), Err(why)) => (Err(unseen.clone()), Answered::Computed(why)),
        };
        let excluded = excluded(item, paths);
        // Of what is excluded nobody is asked.
        let answered = if excluded.is_some() { Answered::Server } else { answered };
        let state = match (excluded, after, &item.live) {
            (Some(why), ..) => State::Excluded(why),
            (None, Err(why), _) => State::Unknown(why),
            // An object that the dry-run makes anew is stored nowhere.
            (None, Ok(None), _) => State::Removed,
            (None, Ok(Some(after)), _) if is_new(&after) => State::Removed,
            (None, Ok(Some(_)), Live::Unseen(why)) => State::Unknown(why.clone()),
            (None, Ok(Some(after)), Live::There(live)) => self.compared(item, live, &after, paths, managers),
            // It was made while it was looked at: Flux compares it with nothing.
            (None, Ok(Some(after)), Live::Missing) => {
                self.compared(item, &bare(&item.manifest), &after, paths, managers)
            }
        };
        let others = match &item.live {
            Live::There(live) => {
                let pair = Pair { manifest: &item.manifest, live, typed: self.typed(live) };
                told::others(&pair, managers, &state, &self.writing.masker)
            }
            Live::Missing | Live::Unseen(_) => Vec::new(),
        };
        let NextWrite { api_version, kind, namespace, name, .. } = write_of(&item.manifest);
        ObjectDrift { api_version, kind, namespace, name, state, others, answered }
    }
}

/// Group, version and kind alone.
fn bare(manifest: &Value) -> Value {
    json!({"apiVersion": manifest.get("apiVersion"), "kind": manifest.get("kind")})
}

/// Why Flux does not compare an object.
fn excluded(item: &Item, paths: &[String]) -> Option<&'static str> {
    if is_excluded(&item.manifest) {
        return Some("its manifest says so");
    }
    if paths.iter().any(String::is_empty) {
        return Some("a rule ignores all of it");
    }
    match &item.live {
        Live::There(live) if is_excluded(live) => Some("the live object says so"),
        Live::There(_) | Live::Missing | Live::Unseen(_) => None,
    }
}

/// What Flux reads out of a manifest.
/// Source: fluxcd/pkg ssa v0.76.1 `utils/{object,is}.go` (IsKubernetesObject, IsKustomization).
fn is_object(manifest: &Value) -> bool {
    let text = |at: &str| manifest.pointer(at).and_then(Value::as_str).unwrap_or_default();
    let is_kustomization = text("/kind").eq_ignore_ascii_case("kustomization")
        && text("/apiVersion").starts_with("kustomize.config.k8s.io/");
    !["/apiVersion", "/kind", "/metadata/name"].iter().any(|at| text(at).is_empty()) && !is_kustomization
}

fn is_new(after: &Value) -> bool {
    after.pointer("/metadata/resourceVersion").and_then(Value::as_str).unwrap_or_default().is_empty()
}

/// The write that Flux tries of an object.
#[must_use]
pub fn write_of(manifest: &Value) -> NextWrite {
    let text = |at: &str| manifest.pointer(at).and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut configuration = manifest.clone();
    if let Some(fields) = configuration.as_object_mut() {
        fields.shift_remove("status");
    }
    NextWrite {
        api_version: text("/apiVersion"),
        kind: text("/kind"),
        namespace: text("/metadata/namespace"),
        name: text("/metadata/name"),
        manager: MANAGER.to_owned(),
        write: Write::Apply { is_forced: true, configuration },
    }
}

/// How the dry-run is computed.
fn writer() -> Writer<'static> {
    Writer { manager: MANAGER, method: Method::ServerSide, is_forced: true, helm: Helm::Four }
}
