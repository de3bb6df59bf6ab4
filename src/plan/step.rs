//! The steps of a plan: requests with their bodies, what is looked at again before them, and what is waited for after them.

use std::sync::Arc;

use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Value, json};

use crate::release::codec::Driver;
use crate::release::payload::{HookPhase, ReleaseStatus};
use crate::release::{ObjectId, Release, StoredRef};

/// Names a step of a plan: its number as it is shown, from one. Those for failures go on counting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StepId(pub usize);

/// One step.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Step {
    /// Its number.
    pub id: StepId,
    /// Which part of the action it belongs to: a failure ends the phase, and [`super::Plan::otherwise`] says what then.
    pub phase: Phase,
    /// What it is for, in words: `pending-rollback`, `image storefront:hot -> 2.10.0`.
    pub says: String,
    /// What is done.
    #[serde(flatten)]
    pub task: Task,
    /// What follows where it fails.
    pub on_error: OnError,
    /// Whether it is done at all.
    pub when: When,
}

/// A part of an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, strum::Display)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Phase {
    /// Everything is as planned.
    Check,
    /// The new revision is stored, old ones are pruned; for Flux: the request is made.
    Store,
    /// Hooks before.
    PreHooks,
    /// Objects are written.
    Apply,
    /// Objects are deleted that the new manifest has no more.
    Remove,
    /// Waiting for what was written.
    Wait,
    /// Hooks after.
    PostHooks,
    /// The end is written down.
    Finish,
    /// What is done after a failure.
    Failed,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "do")]
pub enum Task {
    /// Sends a request.
    Send(Request),
    /// Looks again, and ends the run where something is not as planned: nothing was written then.
    Check(Check),
    /// Waits.
    Await(Await),
}

/// What follows where a step fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnError {
    /// The phase ends at once.
    End,
    /// The other steps of the phase are done, then it has failed.
    Collect,
    /// It is said, and nothing else.
    GoOn,
}

/// Whether a step is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum When {
    /// In any case.
    Always,
    /// Where this step was done and went well.
    Done(StepId),
    /// Where this step failed, or nobody knows how it ended.
    Failed(StepId),
}

/// A request that writes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Request {
    /// What is done.
    pub verb: Verb,
    /// Group and version in which it is written.
    pub api_version: String,
    /// Plural name of the resource, as in its address.
    pub resource: String,
    /// To which object.
    #[serde(serialize_with = "object_id")]
    pub object: ObjectId,
    /// The field manager; empty for deletions.
    pub manager: String,
    /// The object has to be this one still.
    pub uid: Option<String>,
    /// The object has to be in this state still. A newer one in which only its status changed is taken for the same, where
    /// [`Request::digest`] says so.
    pub resource_version: Option<String>,
    /// What the object looked like that the plan was made for, but for its status: [`super::seen_as`] of it. Without it any newer
    /// state is another one.
    pub digest: Option<String>,
    /// What is sent.
    pub body: Body,
}

/// What a request does to its object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verb {
    /// POST.
    Create,
    /// Server-side apply.
    Apply {
        /// Takes fields that others own.
        force: bool,
    },
    /// A JSON patch (RFC 6902).
    JsonPatch,
    /// A JSON merge patch (RFC 7386).
    MergePatch,
    /// A strategic merge patch.
    StrategicPatch,
    /// PUT.
    Replace,
    /// DELETE, what it owns in the background.
    Delete,
}

/// What is sent.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "is", content = "content")]
pub enum Body {
    /// Nothing but what the preconditions say.
    Empty,
    /// This. For an object that is written whole and patches alike; uid and resourceVersion are put into it as it is sent.
    Json(Value),
    /// What is stored of a release: the run makes it of what it stored before, because times, phases of hooks and what failed are
    /// known only then.
    Stored(Box<Stored>),
    /// The managedFields of the object as it is then, after Helm's migration from client-side to server-side apply.
    Migration {
        /// Whose entries of updates become one of applies.
        managers: Vec<String>,
        /// The manager that applies.
        to: String,
    },
}

/// What is stored of a revision.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Stored {
    /// Secrets or ConfigMaps.
    #[serde(serialize_with = "driver")]
    pub driver: Driver,
    /// Which revision.
    pub revision: u32,
    /// Its payload as it is created (times and status are set as it is sent); `None` where it is stored already.
    #[serde(skip)]
    pub payload: Option<Value>,
    /// The user's labels of the object; those of Helm are made.
    pub labels: Vec<(String, String)>,
    /// Where it is stored already: in which state it was seen; `None` for what this run created.
    pub seen: Option<StoredAs>,
    /// Its new status.
    pub status: Option<ReleaseStatus>,
    /// Its new description; `{error}` stands for what failed.
    pub description: Option<String>,
    /// The run of a hook, by the place of the hook in the payload.
    pub hook: Option<HookRun>,
}

/// In which state a stored revision was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StoredAs {
    /// Its uid.
    pub uid: String,
    /// Its resourceVersion.
    pub resource_version: String,
}

/// What is stored of the run of a hook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HookRun {
    /// Its place among the hooks of the payload.
    pub place: usize,
    /// Its phase. Running sets the time of its start, all others that of its end.
    #[serde(serialize_with = "phase")]
    pub phase: HookPhase,
}

/// What is looked at again.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "check")]
pub enum Check {
    /// The newest stored revision of a release is this one, in this state.
    NewestRevision {
        /// Its storage.
        #[serde(serialize_with = "stored_ref")]
        stored: StoredRef,
        /// The release.
        name: String,
        /// The revision.
        revision: u32,
    },
    /// An object is as it was seen: the same one, with the same spec.
    Unchanged {
        /// Group and version.
        api_version: String,
        /// Plural name of its resource.
        resource: String,
        /// Which.
        #[serde(serialize_with = "object_id")]
        object: ObjectId,
        /// Its uid.
        uid: String,
        /// Its generation.
        generation: i64,
    },
    /// A release came to rest: see [`super::converged`].
    Converged {
        /// Which.
        #[serde(serialize_with = "named")]
        release: Arc<Release>,
    },
}

/// What is waited for, at most so many seconds.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "await")]
pub enum Await {
    /// A Flux object handled the token of the request before, and is ready then.
    Handled {
        /// Group and version.
        api_version: String,
        /// Plural name of its resource.
        resource: String,
        /// Which.
        #[serde(serialize_with = "object_id")]
        object: ObjectId,
        /// The token of the request.
        token: String,
        /// What was asked with it.
        demand: Demand,
        /// `status.lastHandledReconcileAt` before it.
        before: String,
        /// For how long, in seconds.
        timeout: u32,
    },
    /// A HelmRelease was reconciled at its newest generation.
    Reconciled {
        /// Group and version.
        api_version: String,
        /// Plural name of its resource.
        resource: String,
        /// Which.
        #[serde(serialize_with = "object_id")]
        object: ObjectId,
        /// For how long, in seconds.
        timeout: u32,
    },
    /// A HelmRelease that is suspended is left alone: its controller took note of that, which it does only after what ran before
    /// has ended.
    Quiet {
        /// Group and version.
        api_version: String,
        /// Plural name of its resource.
        resource: String,
        /// Which.
        #[serde(serialize_with = "object_id")]
        object: ObjectId,
        /// For how long, in seconds.
        timeout: u32,
    },
    /// The object is gone.
    Gone {
        /// Group and version.
        api_version: String,
        /// Plural name of its resource.
        resource: String,
        /// Which.
        #[serde(serialize_with = "object_id")]
        object: ObjectId,
        /// For how long, in seconds.
        timeout: u32,
    },
    /// The Job or Pod of a hook is done; what is neither is so at once.
    HookDone {
        /// Group and version.
        api_version: String,
        /// Plural name of its resource.
        resource: String,
        /// Which.
        #[serde(serialize_with = "object_id")]
        object: ObjectId,
        /// For how long, in seconds.
        timeout: u32,
    },
    /// All these are as they shall be by kstatus.
    Settled {
        /// Group and version, plural name and object of each.
        #[serde(serialize_with = "places")]
        objects: Vec<(String, String, ObjectId)>,
        /// Jobs have to be complete.
        jobs: bool,
        /// For how long, in seconds.
        timeout: u32,
    },
}

/// What a token asks of Flux.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Demand {
    /// To look again.
    Reconcile,
    /// To forget failures, and to look again.
    Reset,
    /// To install or upgrade in any case.
    Force,
}

impl Demand {
    /// The annotation that asks for it. Source: fluxcd/pkg/apis/meta v1.30.1 `annotations.go`.
    #[must_use]
    pub fn annotation(self) -> &'static str {
        match self {
            Self::Reconcile => "reconcile.fluxcd.io/requestedAt",
            Self::Reset => "reconcile.fluxcd.io/resetAt",
            Self::Force => "reconcile.fluxcd.io/forceAt",
        }
    }
}

impl Request {
    /// The request in a line, as screens and the journal tell it: `patch helmreleases.helm.toolkit.fluxcd.io shop/storefront`.
    #[must_use]
    pub fn line(&self) -> String {
        let group = if self.object.group.is_empty() { String::new() } else { format!(".{}", self.object.group) };
        let place =
            if self.object.namespace.is_empty() { String::new() } else { format!("{}/", self.object.namespace) };
        let by = if self.manager.is_empty() { String::new() } else { format!(" as {}", self.manager) };
        format!("{} {}{group} {place}{}{by}", self.verb.word(), self.resource, self.object.name)
    }

    /// Path of its address, without a query.
    #[must_use]
    pub fn path(&self) -> String {
        match self.verb {
            Verb::Create => self.collection_path(),
            Verb::Apply { .. }
            | Verb::JsonPatch
            | Verb::MergePatch
            | Verb::StrategicPatch
            | Verb::Replace
            | Verb::Delete => self.object_path(),
        }
    }

    /// Path by which its object is read.
    #[must_use]
    pub fn object_path(&self) -> String {
        format!("{}/{}", self.collection_path(), self.object.name)
    }

    fn collection_path(&self) -> String {
        path_of(&self.api_version, &self.resource, &self.object.namespace)
    }
}

/// Path of all objects of a resource in a namespace; of a resource without namespaces where that is empty.
#[must_use]
pub fn path_of(api_version: &str, resource: &str, namespace: &str) -> String {
    let root = if api_version.contains('/') { "/apis" } else { "/api" };
    let place = if namespace.is_empty() { String::new() } else { format!("namespaces/{namespace}/") };
    format!("{root}/{api_version}/{place}{resource}")
}

impl Verb {
    /// The word for it on screens.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Apply { .. } => "apply",
            Self::JsonPatch | Self::MergePatch | Self::StrategicPatch => "patch",
            Self::Replace => "update",
            Self::Delete => "delete",
        }
    }

    /// The verb by which the API server asks for the right to it. An apply of what is not there needs `create` as well.
    #[must_use]
    pub fn right(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Apply { .. } | Self::JsonPatch | Self::MergePatch | Self::StrategicPatch => "patch",
            Self::Replace => "update",
            Self::Delete => "delete",
        }
    }
}

pub(super) fn object_id<S: Serializer>(object: &ObjectId, serializer: S) -> Result<S::Ok, S::Error> {
    told(object).serialize(serializer)
}

fn told(object: &ObjectId) -> Value {
    json!({"group": object.group, "kind": object.kind, "namespace": object.namespace, "name": object.name})
}

fn places<S: Serializer>(objects: &[(String, String, ObjectId)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(objects.iter().map(|(_, _, object)| told(object)))
}

fn driver<S: Serializer>(driver: &Driver, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(match driver {
        Driver::Secret => "secret",
        Driver::ConfigMap => "configmap",
    })
}

fn named<S: Serializer>(release: &Arc<Release>, serializer: S) -> Result<S::Ok, S::Error> {
    let told = json!({"namespace": release.namespace, "name": release.id.name});
    told.serialize(serializer)
}

fn phase<S: Serializer>(phase: &HookPhase, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(phase.as_str())
}

fn stored_ref<S: Serializer>(stored: &StoredRef, serializer: S) -> Result<S::Ok, S::Error> {
    let told = json!({
        "driver": match stored.driver {
            Driver::Secret => "secret",
            Driver::ConfigMap => "configmap",
        },
        "namespace": stored.key.namespace,
        "name": stored.key.name,
        "uid": stored.uid,
        "resource_version": stored.resource_version,
    });
    told.serialize(serializer)
}
