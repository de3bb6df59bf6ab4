//! All that was learnt of a release before it is judged: what is written, what is there, what the server serves and allows.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use super::WhatIf;
use super::flux::Wishes;
use super::quota::Quota;
use super::removal::Removal;
use crate::ownership::fate::Outcome;
use crate::ownership::next::NextWrite;
use crate::ownership::own::{Method, Pair};
use crate::ownership::patch::Helm;
use crate::ownership::report::Writing;
use crate::ownership::subject::{Around, failed};
use crate::ownership::wanted;
use crate::release::payload::{ApplyMethod, HelmMajor, Hook, HookPhase, Payload, ReleaseStatus, Revision};
use crate::release::{ObjectId, Problem, Release, manifest};
use crate::schema::{Gvk, Schema, Typed};

/// What is known of a release. Whatever could not be learnt says why.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The release.
    pub release: Arc<Release>,
    /// What is asked.
    pub what_if: WhatIf,
    /// When.
    pub now: Timestamp,
    /// What is around the release.
    pub around: Around,
    /// Its stored revisions, newest first; empty where the latest is deployed, because then no other one counts.
    pub revisions: Vec<(Revision, ReleaseStatus)>,
    /// Its latest revision.
    pub last: Result<Arc<Payload>, Problem>,
    /// The revision that Helm compares with, where that is not the latest: the deployed one.
    pub deployed: Option<Result<Arc<Payload>, Problem>>,
    /// What its HelmRelease wants of an upgrade; `None` where it has none.
    pub wishes: Option<Result<Wishes, Problem>>,
    /// What the manifests hold.
    pub manifests: Manifests,
    /// What the server says of the kinds of all objects, by group and version, and kind.
    pub kinds: BTreeMap<(String, String), Served>,
    /// The objects of the new manifest, in its order.
    pub objects: Vec<Target>,
    /// Its hooks; none where they are told not to run.
    pub hooks: Vec<HookTarget>,
    /// What may be done.
    pub rights: Vec<(Right, Result<bool, String>)>,
    /// The types, as far as the server tells them.
    pub schema: Schema,
    /// Groups and versions whose types are not known, and why.
    pub untyped: BTreeMap<String, String>,
    /// What came of creating the object that the next revision is stored in; `None` where it was not tried.
    pub stored: Option<Result<Outcome, String>>,
    /// What came of each write, by the place of its object.
    pub tried: BTreeMap<usize, (NextWrite, Result<Outcome, String>)>,
    /// What becomes of the objects that the new manifest has no more.
    pub removals: Vec<(ObjectId, Removal)>,
    /// Quotas of the namespaces in which several objects of one resource are made, or why they cannot be read.
    pub quotas: BTreeMap<String, Result<Vec<Quota>, String>>,
    /// Why what is not among [`Seen::tried`] was not tried.
    pub untried: BTreeMap<usize, String>,
}

/// Whether a kind is served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Served {
    /// It is.
    Yes {
        /// How its resource is called.
        plural: String,
        /// Whether its objects are in namespaces.
        is_namespaced: bool,
    },
    /// It is not; in which other versions it is.
    No(Vec<String>),
    /// The server could not be asked.
    Untold(String),
}

/// An object of the new manifest, and what stands in its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// Group and version.
    pub api_version: String,
    /// What it is, in its place.
    pub id: ObjectId,
    /// The template.
    pub source: Option<String>,
    /// As the writer sends it.
    pub wanted: Value,
    /// As the manifest that the writer compares with has it; `None` for one that is new.
    pub original: Option<Value>,
    /// Its name is made by the server.
    pub is_name_generated: bool,
    /// What is there.
    pub live: Live,
}

/// What stands in the place of an object.
#[derive(Debug, Clone, PartialEq)]
pub enum Live {
    /// This, with its managedFields; and what the server warned of when it was read.
    There(Value, Vec<String>),
    /// Nothing.
    Missing,
    /// It could not be read.
    Untold(String),
    /// Its kind is not served, so nobody was asked.
    Unserved,
}

/// A verb on a resource in a namespace.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
pub struct Right {
    /// Group of the resource.
    pub group: String,
    /// Plural name of the resource.
    pub resource: String,
    /// Where; empty for what is in no namespace.
    pub namespace: String,
    /// What is done.
    pub verb: &'static str,
}

/// An object of a hook.
#[derive(Debug, Clone, PartialEq)]
pub struct HookObject {
    /// The object.
    pub object: manifest::Object,
    /// When it runs: `pre-upgrade`, `post-upgrade`.
    pub events: Vec<String>,
    /// One that is there is deleted before it is made.
    pub is_replaced: bool,
    /// Its last run failed.
    pub has_failed: bool,
}

/// A hook, what stands in the place of its object, and what came of making it.
#[derive(Debug, Clone, PartialEq)]
pub struct HookTarget {
    /// Its object.
    pub target: Target,
    /// When it runs.
    pub events: Vec<String>,
    /// See [`HookObject::is_replaced`].
    pub is_replaced: bool,
    /// See [`HookObject::has_failed`].
    pub has_failed: bool,
    /// What came of its creation; `None` where it was not tried.
    pub tried: Option<Result<Outcome, String>>,
}

/// What the manifests hold: the one that is written, and the one that it is compared with.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Manifests {
    /// Objects that are written.
    pub target: Vec<manifest::Object>,
    /// Objects of the revision that Helm takes for the current one.
    pub current: Vec<manifest::Object>,
    /// Hooks that run with an upgrade.
    pub hooks: Vec<HookObject>,
    /// Documents of the new manifest that cannot be read.
    pub unreadable: Vec<String>,
}

const HOOK: &str = "/metadata/annotations/helm.sh~1hook";

impl Manifests {
    /// Reads them. `last` is the latest revision, `deployed` the one that is compared with, if that is another.
    #[must_use]
    pub fn read(last: &Payload, deployed: Option<&Payload>, what_if: &WhatIf) -> Self {
        let mut all = Self::default();
        let text = what_if.manifest.as_deref().or(last.manifest()).unwrap_or_default();
        for object in manifest::objects(text) {
            match object {
                Ok(object) if object.body.pointer(HOOK).is_some() => all.hooks.extend(rendered(object)),
                Ok(object) => all.target.push(object),
                Err(bad) => all.unreadable.push(bad.to_string()),
            }
        }
        if what_if.manifest.is_none() {
            all.hooks = last.hooks().iter().flat_map(stored).collect();
        }
        let current = deployed.unwrap_or(last).manifest().unwrap_or_default();
        all.current = manifest::objects(current).into_iter().flatten().collect();
        all
    }

    /// Group and version, and kind, of all that is in them.
    #[must_use]
    pub fn kinds(&self) -> BTreeSet<(String, String)> {
        let hooks = self.hooks.iter().map(|hook| &hook.object);
        let all = self.target.iter().chain(&self.current).chain(hooks);
        all.map(|object| (object.api_version.clone(), object.kind.clone())).collect()
    }

    /// The objects that are written, before anybody looked what is in their places.
    #[must_use]
    pub fn targets(&self, release: &Release, kinds: &BTreeMap<(String, String), Served>) -> Vec<Target> {
        let place = |object: &manifest::Object| {
            let served = kinds.get(&(object.api_version.clone(), object.kind.clone()));
            let is_namespaced = match served {
                Some(Served::Yes { is_namespaced, .. }) => *is_namespaced,
                Some(Served::No(_) | Served::Untold(_)) | None => true,
            };
            let namespace = object.namespace.as_deref().unwrap_or(&release.namespace);
            let namespace = if is_namespaced { namespace } else { "" };
            let group = object.api_version.split_once('/').map_or("", |(group, _)| group);
            ObjectId::new(group, &object.kind, namespace, &object.name)
        };
        let written = |object: &manifest::Object, id: &ObjectId| {
            let namespace = Some(id.namespace.as_str()).filter(|namespace| !namespace.is_empty());
            wanted(&object.body, namespace, &release.namespace, &release.id.name)
        };
        let current: BTreeMap<(&str, ObjectId), &manifest::Object> =
            self.current.iter().map(|object| ((object.api_version.as_str(), place(object)), object)).collect();
        let target = |object: &manifest::Object| {
            let id = place(object);
            let original = current.get(&(object.api_version.as_str(), id.clone()));
            Target {
                api_version: object.api_version.clone(),
                source: object.source.clone(),
                wanted: written(object, &id),
                original: original.map(|object| match id.group.is_empty() && id.kind == "Secret" {
                    // Its texts have to be compared as the data that they become.
                    true => written(object, &id),
                    false => without_marks(&object.body, &id),
                }),
                is_name_generated: object.is_name_generated,
                live: match kinds.get(&(object.api_version.clone(), object.kind.clone())) {
                    Some(Served::Yes { .. }) => Live::Missing,
                    Some(Served::No(_)) => Live::Unserved,
                    Some(Served::Untold(why)) => Live::Untold(why.clone()),
                    None => Live::Untold("nobody asked whether its kind is served".to_owned()),
                },
                id,
            }
        };
        self.target.iter().map(target).collect()
    }

    /// The hooks, before anybody looked what is in the places of their objects.
    #[must_use]
    pub fn hook_targets(&self, release: &Release, kinds: &BTreeMap<(String, String), Served>) -> Vec<HookTarget> {
        let objects = Self { target: self.hooks.iter().map(|hook| hook.object.clone()).collect(), ..Self::default() };
        let targets = objects.targets(release, kinds).into_iter();
        let hooks = targets.zip(&self.hooks).map(|(target, hook)| HookTarget {
            target,
            events: hook.events.clone(),
            is_replaced: hook.is_replaced,
            has_failed: hook.has_failed,
            tried: None,
        });
        hooks.collect()
    }

    /// The objects of the current manifest that the new one has no more, and that Helm therefore deletes.
    #[must_use]
    pub fn removed(&self, release: &Release) -> Vec<ObjectId> {
        self.dropped(release).filter(|(_, object)| !stays(object)).map(|(id, _)| id).collect()
    }

    /// The objects of the current manifest that the new one has no more, and that are told to stay: as what is written.
    #[must_use]
    pub fn kept(&self, release: &Release) -> Self {
        let kept = self.dropped(release).filter(|(_, object)| stays(object)).map(|(_, object)| object.clone());
        Self { target: kept.collect(), ..Self::default() }
    }

    fn dropped<'s>(&'s self, release: &'s Release) -> impl Iterator<Item = (ObjectId, &'s manifest::Object)> {
        let place = |object: &manifest::Object| {
            let group = object.api_version.split_once('/').map_or("", |(group, _)| group);
            let namespace = object.namespace.as_deref().unwrap_or(&release.namespace);
            ObjectId::new(group, &object.kind, namespace, &object.name)
        };
        let kept: BTreeSet<ObjectId> = self.target.iter().map(place).collect();
        let all = self.current.iter().map(move |object| (place(object), object));
        all.filter(move |(id, _)| !kept.contains(id))
    }
}

fn stays(object: &manifest::Object) -> bool {
    let policy = object.body.pointer("/metadata/annotations/helm.sh~1resource-policy");
    policy.is_some_and(|policy| policy == "keep")
}

/// Those of the events that an upgrade has.
fn of_upgrade<'e>(events: impl Iterator<Item = &'e str>) -> Vec<String> {
    events.filter(|event| matches!(*event, "pre-upgrade" | "post-upgrade")).map(str::to_owned).collect()
}

/// Helm deletes what is there before it makes it, unless other policies are named.
/// Source: helm.sh/helm v4.3.1 `pkg/action/hooks.go` (hookSetDeletePolicy).
fn is_replaced(policies: &[&str]) -> bool {
    policies.is_empty() || policies.contains(&"before-hook-creation")
}

/// A hook as `helm template` prints it.
fn rendered(object: manifest::Object) -> Option<HookObject> {
    let words = |at: &str| {
        let text = object.body.pointer(at).and_then(Value::as_str).unwrap_or_default();
        text.split(',').map(str::trim).filter(|word| !word.is_empty()).collect::<Vec<&str>>()
    };
    let events = of_upgrade(words(HOOK).into_iter());
    let is_replaced = is_replaced(&words("/metadata/annotations/helm.sh~1hook-delete-policy"));
    (!events.is_empty()).then(|| HookObject { events, is_replaced, has_failed: false, object })
}

/// A hook as the last revision has it.
fn stored(hook: &Hook<'_>) -> Vec<HookObject> {
    let events = of_upgrade(hook.events.iter().copied());
    if events.is_empty() {
        return Vec::new();
    }
    let has_failed = hook.last_run.as_ref().is_some_and(|run| run.phase == Some(HookPhase::Failed));
    let objects = manifest::objects(hook.manifest.unwrap_or_default()).into_iter().flatten();
    let hooks = objects.map(|object| HookObject {
        object,
        events: events.clone(),
        is_replaced: is_replaced(&hook.delete_policies),
        has_failed,
    });
    hooks.collect()
}

/// An object of the manifest that is compared with: Helm marks only what it writes.
pub(in crate::plan) fn without_marks(body: &Value, id: &ObjectId) -> Value {
    let mut body = body.clone();
    if !id.namespace.is_empty()
        && let Some(metadata) = body.get_mut("metadata").and_then(Value::as_object_mut)
    {
        metadata.entry("namespace").or_insert_with(|| id.namespace.clone().into());
    }
    body
}

impl Target {
    /// The object that is there.
    #[must_use]
    pub fn there(&self) -> Option<&Value> {
        match &self.live {
            Live::There(live, _) => Some(live),
            Live::Missing | Live::Untold(_) | Live::Unserved => None,
        }
    }

    /// Its type; deduced where it is not known.
    #[must_use]
    pub fn typed<'s>(&self, schema: &'s Schema) -> Typed<'s> {
        let version = self.api_version.rsplit_once('/').map_or(self.api_version.as_str(), |(_, version)| version);
        let gvk = Gvk { group: self.id.group.clone(), version: version.to_owned(), kind: self.id.kind.clone() };
        schema.kind(&gvk).unwrap_or_else(|| schema.deduced())
    }

    /// The plural name of its resource; `None` where its kind is not served.
    #[must_use]
    pub fn plural<'k>(&self, kinds: &'k BTreeMap<(String, String), Served>) -> Option<&'k str> {
        match kinds.get(&(self.api_version.clone(), self.id.kind.clone()))? {
            Served::Yes { plural, .. } => Some(plural),
            Served::No(_) | Served::Untold(_) => None,
        }
    }
}

impl Seen {
    /// Whether Flux writes the release.
    #[must_use]
    pub fn is_flux(&self) -> bool {
        self.release.helm_release.is_some()
    }

    /// What Flux is told of upgrades, with its defaults where nothing was read.
    #[must_use]
    pub fn wishes(&self) -> Wishes {
        self.wishes.as_ref().and_then(|wishes| wishes.clone().ok()).unwrap_or_default()
    }

    /// How the latest revision was applied.
    #[must_use]
    pub fn last_method(&self) -> Method {
        method_of(self.last.as_deref().ok())
    }

    /// How the upgrade is applied: as is asked, else as Flux is told, else as the last one was.
    ///
    /// Source: helm.sh/helm v4.3.1 `pkg/action/upgrade.go` (getUpgradeServerSideValue).
    #[must_use]
    pub fn method(&self) -> Method {
        self.what_if.method.or(self.wishes().method).unwrap_or_else(|| self.last_method())
    }

    /// Whether managed fields move from the one way to the other before the write.
    ///
    /// Source: helm.sh/helm v4.3.1 `pkg/action/upgrade.go` (releasingUpgrade): of the revision that is compared with.
    #[must_use]
    pub fn migrates(&self) -> bool {
        let current = match &self.deployed {
            Some(deployed) => method_of(deployed.as_deref().ok()),
            None => self.last_method(),
        };
        self.method() == Method::ServerSide && current == Method::ClientSide
    }

    /// Whether it takes what others own. Source: helm-controller v1.6.3 `internal/action/upgrade.go`.
    #[must_use]
    pub fn is_forced(&self) -> bool {
        self.method() == Method::ServerSide && (self.is_flux() || self.what_if.is_forced)
    }

    /// How it is written.
    #[must_use]
    pub fn writing(&self) -> Writing<'_> {
        let drift = self.release.helm_release.as_ref().map(|object| object.drift_mode);
        Writing {
            method: self.method(),
            expected: if self.is_flux() { "helm-controller" } else { "helm" },
            is_forced: self.is_forced(),
            corrects_drift: drift == Some(crate::release::flux::DriftMode::Enabled),
            helm: match self.last.as_ref().map(|payload| payload.helm_major()) {
                Ok(HelmMajor::Three) => Helm::Three,
                Ok(HelmMajor::Four) | Err(_) => Helm::Four,
            },
            failed: self.last.as_deref().ok().and_then(failed),
            settings: &self.around.managers,
            kustomizations: &self.around.kustomizations,
            now: self.now,
            masker: self.last.as_ref().map(|payload| payload.masker().clone()).unwrap_or_default(),
        }
    }

    /// The objects that are there, each with its place in [`Seen::objects`].
    #[must_use]
    pub fn pairs(&self) -> Vec<(usize, Pair<'_>)> {
        let all = self.objects.iter().enumerate();
        all.filter_map(|(place, target)| {
            let live = target.there()?;
            Some((place, Pair { manifest: &target.wanted, live, typed: self.typed(target) }))
        })
        .collect()
    }

    /// Whether nothing is sent for the object at this place: it is there, and for the writer nothing changed.
    #[must_use]
    pub fn is_left_alone(&self, place: usize) -> bool {
        let is_there = self.objects.get(place).is_some_and(|target| target.there().is_some());
        is_there && !self.tried.contains_key(&place) && !self.untried.contains_key(&place)
    }

    /// The type of an object; deduced where it is not known.
    #[must_use]
    pub fn typed(&self, target: &Target) -> Typed<'_> {
        target.typed(&self.schema)
    }

    /// The plural name of the resource of an object.
    #[must_use]
    pub fn plural(&self, target: &Target) -> Option<&str> {
        target.plural(&self.kinds)
    }
}

/// How a revision was applied; by patches where it does not say.
pub(in crate::plan) fn method_of(payload: Option<&Payload>) -> Method {
    match payload.and_then(Payload::apply_method) {
        Some(ApplyMethod::ServerSide) => Method::ServerSide,
        Some(ApplyMethod::ClientSide) | None => Method::ClientSide,
    }
}
