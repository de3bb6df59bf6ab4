//! All that was learnt of a release before its rollback is planned.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use super::target::Choice;
use crate::ownership::classes::Row;
use crate::ownership::fate::Outcome;
use crate::ownership::next::NextWrite;
use crate::ownership::own::{Managers, Method, Pair};
use crate::ownership::sent;
use crate::plan::action::Rollback;
use crate::plan::preflight::seen::{HookObject, Manifests, Served, Target, method_of, without_marks};
use crate::release::payload::{HelmMajor, Payload, Revision};
use crate::release::storage::{FLUX_MANAGER, StoredRevision};
use crate::release::{ObjectId, Problem, Release, manifest};
use crate::schema::{Schema, Typed};

/// What is known. Whatever could not be learnt says why.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The release.
    pub release: Arc<Release>,
    /// How it is asked for.
    pub options: Rollback,
    /// When.
    pub now: Timestamp,
    /// What is stored, newest first.
    pub revisions: Vec<Kept>,
    /// To which revision, or why to none.
    pub choice: Result<Choice, String>,
    /// The newest revision, whatever became of it.
    pub current: Result<Arc<Payload>, Problem>,
    /// The one that is gone back to.
    pub target: Result<Arc<Payload>, Problem>,
    /// The one that is deployed, where it is neither of them: the newest did not come to its end, so that its objects may be there.
    pub deployed: Option<Result<Arc<Payload>, Problem>>,
    /// The namespaces of the objects: what is not there or is being deleted says so.
    pub namespaces: BTreeMap<String, Result<Namespace, String>>,
    /// What the manifests and hooks hold.
    pub written: Written,
    /// What the server says of the kinds of all objects, by group and version, and kind.
    pub kinds: BTreeMap<(String, String), Served>,
    /// The objects that are written, in the order of the manifest.
    pub objects: Vec<Object>,
    /// The objects of the newest revision that the other has not.
    pub removed: Vec<Target>,
    /// The objects of [`Written::hooks`], in their order.
    pub hooks: Vec<Target>,
    /// The types, as far as the server tells them.
    pub schema: Schema,
    /// What came of each write in a dry-run, by the place of its object.
    pub tried: BTreeMap<usize, (NextWrite, Result<Outcome, String>)>,
    /// Rows of the user's settings.
    pub settings: Arc<[Row]>,
}

/// A stored revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// What its metadata tell.
    pub stored: StoredRevision,
    /// All its labels.
    pub labels: BTreeMap<String, String>,
    /// When and by whom it was written last, by its managedFields.
    pub written: Option<(Timestamp, String)>,
}

/// How a namespace is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Namespace {
    /// As it shall be.
    There,
    /// It is being deleted: nothing can be made in it.
    Terminating,
    /// It is not there.
    Missing,
}

/// An object that is written.
#[derive(Debug, Clone, PartialEq)]
pub struct Object {
    /// What it is, and what stands in its place.
    pub target: Target,
    /// As it is sent.
    pub sent: Value,
    /// As the newest revision has it, where it has it.
    pub original: Option<Value>,
}

/// What the two manifests hold, and the hooks of the one that is gone back to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Written {
    /// The manifests, and the objects of the hooks that run.
    pub manifests: Manifests,
    /// The hooks, each with the number of objects that it has among [`Manifests::hooks`].
    pub hooks: Vec<Hook>,
    /// Documents of either manifest, or of a hook, that cannot be read.
    pub unreadable: Vec<String>,
}

/// A hook that runs with a rollback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hook {
    /// Its place in the payload.
    pub place: usize,
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: String,
    /// The template.
    pub path: String,
    /// It runs before objects are written.
    pub is_before: bool,
    /// It runs after that.
    pub is_after: bool,
    /// Lower first.
    pub weight: i64,
    /// When it is deleted. Never empty: Helm's default stands in.
    pub policies: Vec<String>,
    /// Its objects, as places in [`Manifests::hooks`].
    pub objects: std::ops::Range<usize>,
}

impl Written {
    /// Reads the manifest that is gone back to, the one of the newest revision, and the hooks that run.
    #[must_use]
    pub fn read(current: &Payload, target: &Payload, options: &Rollback) -> Self {
        let mut all = Self::default();
        for (payload, objects) in [(target, &mut all.manifests.target), (current, &mut all.manifests.current)] {
            let number = payload.revision().map_or_else(|| "?".to_owned(), |revision| revision.to_string());
            for object in manifest::objects(payload.manifest().unwrap_or_default()) {
                match object {
                    Ok(object) => objects.push(object),
                    Err(bad) => all.unreadable.push(format!("revision {number}: {bad}")),
                }
            }
        }
        if !options.no_hooks {
            all.read_hooks(target);
        }
        all
    }

    /// The same, where the newest revision did not come to its end and another one is deployed still: what the cluster has may be of
    /// either. What only that one has goes as well, and of an object that the newest has as it shall be, that one tells what it had.
    #[must_use]
    pub fn with_deployed(mut self, deployed: &Payload) -> Self {
        let key = |object: &manifest::Object| {
            let text = |pointer: &str| object.body.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
            let group = text("/apiVersion").split_once('/').map_or("", |(group, _)| group);
            [group, text("/kind"), text("/metadata/namespace"), text("/metadata/name")].map(str::to_owned)
        };
        let number = deployed.revision().map_or_else(|| "?".to_owned(), |revision| revision.to_string());
        for object in manifest::objects(deployed.manifest().unwrap_or_default()) {
            let object = match object {
                Ok(object) => object,
                Err(bad) => {
                    self.unreadable.push(format!("revision {number}: {bad}"));
                    continue;
                }
            };
            let of = |other: &&mut manifest::Object| key(other) == key(&object);
            let wanted = self.manifests.target.iter().find(|other| key(other) == key(&object)).map(|other| &other.body);
            match self.manifests.current.iter_mut().find(of) {
                None => self.manifests.current.push(object),
                Some(newest) if Some(&newest.body) == wanted => *newest = object,
                Some(_) => {}
            }
        }
        self
    }

    fn read_hooks(&mut self, target: &Payload) {
        let raw = target.raw().get("hooks").and_then(Value::as_array).into_iter().flatten();
        let places = raw.enumerate().filter(|(_, hook)| hook.is_object()).map(|(place, _)| place);
        for (place, hook) in places.zip(target.hooks()) {
            let is = |event: &str| hook.events.contains(&event);
            let (is_before, is_after) = (is("pre-rollback"), is("post-rollback"));
            if !is_before && !is_after {
                continue;
            }
            let policies: Vec<String> = match hook.delete_policies.as_slice() {
                [] => vec![BEFORE_CREATION.to_owned()],
                some => some.iter().map(|&policy| policy.to_owned()).collect(),
            };
            let first = self.manifests.hooks.len();
            let path = hook.path.unwrap_or_default();
            for object in manifest::objects(hook.manifest.unwrap_or_default()) {
                match object {
                    Ok(object) => self.manifests.hooks.push(HookObject {
                        object,
                        events: Vec::new(),
                        is_replaced: policies.iter().any(|policy| policy == BEFORE_CREATION),
                        has_failed: false,
                    }),
                    Err(bad) => self.unreadable.push(format!("hook {path}: {bad}")),
                }
            }
            self.hooks.push(Hook {
                place,
                name: hook.name.unwrap_or_default().to_owned(),
                kind: hook.kind.unwrap_or_default().to_owned(),
                path: path.to_owned(),
                is_before,
                is_after,
                weight: hook.weight,
                policies,
                objects: first..self.manifests.hooks.len(),
            });
        }
    }

    /// The objects that are written, before anybody looked what is in their places.
    #[must_use]
    pub fn objects(&self, release: &Release, kinds: &BTreeMap<(String, String), Served>) -> Vec<Object> {
        let before = of(&self.manifests.current, release, kinds);
        // The same object in another version is the same: helm.sh/helm v4.3.1 `pkg/kube/resource.go` (isMatchingInfo).
        let originals: BTreeMap<&ObjectId, Value> = before
            .iter()
            .zip(&self.manifests.current)
            .map(|(target, object)| (&target.id, without_marks(&object.body, &target.id)))
            .collect();
        let targets = of(&self.manifests.target, release, kinds).into_iter();
        let objects = targets.zip(&self.manifests.target).map(|(target, object)| {
            let namespace = Some(target.id.namespace.as_str()).filter(|namespace| !namespace.is_empty());
            Object {
                sent: sent(&object.body, namespace, &release.namespace, &release.id.name),
                original: originals.get(&target.id).cloned(),
                target,
            }
        });
        objects.collect()
    }

    /// The objects of the newest revision that the other has not.
    #[must_use]
    pub fn removed(&self, release: &Release, kinds: &BTreeMap<(String, String), Served>) -> Vec<Target> {
        let kept: BTreeSet<ObjectId> =
            of(&self.manifests.target, release, kinds).into_iter().map(|target| target.id).collect();
        let before = of(&self.manifests.current, release, kinds).into_iter();
        before.filter(|target| !kept.contains(&target.id)).collect()
    }

    /// The objects of the hooks. Helm puts no marks on them.
    #[must_use]
    pub fn hook_objects(&self, release: &Release, kinds: &BTreeMap<(String, String), Served>) -> Vec<Target> {
        let objects: Vec<manifest::Object> = self.manifests.hooks.iter().map(|hook| hook.object.clone()).collect();
        let targets = of(&objects, release, kinds).into_iter().zip(&objects);
        targets.map(|(target, object)| Target { wanted: without_marks(&object.body, &target.id), ..target }).collect()
    }
}

/// Helm's default for hooks that name no policy.
pub(super) const BEFORE_CREATION: &str = "before-hook-creation";

fn of(objects: &[manifest::Object], release: &Release, kinds: &BTreeMap<(String, String), Served>) -> Vec<Target> {
    Manifests { target: objects.to_vec(), ..Manifests::default() }.targets(release, kinds)
}

impl Seen {
    /// The newest revision.
    #[must_use]
    pub fn newest(&self) -> Option<&Kept> {
        self.revisions.first()
    }

    /// A revision by its number.
    #[must_use]
    pub fn kept(&self, revision: Revision) -> Option<&Kept> {
        self.revisions.iter().find(|kept| kept.stored.revision == revision)
    }

    /// The revision that is gone back to, as it is stored.
    #[must_use]
    pub fn kept_revision(&self) -> Option<&Kept> {
        self.kept(self.choice.as_ref().ok()?.revision)
    }

    /// Which Helm wrote it last.
    #[must_use]
    pub fn major(&self) -> u8 {
        match self.current.as_ref().map(|payload| payload.helm_major()) {
            Ok(HelmMajor::Three) => 3,
            Ok(HelmMajor::Four) | Err(_) => 4,
        }
    }

    /// How it is applied: as the revision was that is gone back to; as the newest was where there is none.
    #[must_use]
    pub fn method(&self) -> Method {
        method_of(self.target.as_deref().or(self.current.as_deref()).ok())
    }

    /// Who writes the objects: the release's own manager, which is Helm where nothing tells.
    #[must_use]
    pub fn managers(&self) -> Managers {
        let targets = self.objects.iter().map(|object| &object.target);
        let pairs: Vec<Pair<'_>> = targets
            .filter_map(|target| {
                Some(Pair { manifest: &target.wanted, live: target.there()?, typed: self.typed(target) })
            })
            .collect();
        // By the way in which it was written until now: who applies beside it does not become its writer.
        let until_now = method_of(self.current.as_deref().ok());
        let mut managers = Managers::read(&pairs, until_now, HELM, &self.settings);
        managers.method = self.method();
        if managers.own == FLUX_MANAGER {
            HELM.clone_into(&mut managers.own);
            "the name by which Helm writes".clone_into(&mut managers.reason);
        }
        managers
    }

    /// The type of an object; deduced where it is not known.
    #[must_use]
    pub fn typed(&self, target: &Target) -> Typed<'_> {
        target.typed(&self.schema)
    }

    /// The plural name of the resource of an object; `None` where its kind is not served.
    #[must_use]
    pub fn plural(&self, target: &Target) -> Option<&str> {
        target.plural(&self.kinds)
    }

    /// The namespaces in which something is written.
    #[must_use]
    pub fn namespaces(&self) -> BTreeSet<String> {
        let objects = self.objects.iter().map(|object| &object.target).chain(&self.hooks);
        let own = std::iter::once(self.release.id.storage_namespace.clone());
        objects.map(|target| target.id.namespace.clone()).filter(|name| !name.is_empty()).chain(own).collect()
    }
}

/// The field manager of `helm`.
const HELM: &str = "helm";
