//! What a HelmRelease asks for, with the defaults of its controller.
//!
//! Source: fluxcd/helm-controller v1.6.3 `api/v2/helmrelease_types.go`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::SignedDuration;
use serde_json::{Map, Value};

use super::World;
use super::draft::Draft;
use super::history::Tests;
use super::release::Action;
use crate::demo::server::ObjectRef;
use crate::release::flux::HelmRelease;
use crate::release::name::effective_release_name;
use crate::release::values::{Found, Layers, Source, merged};

/// The action that counts for retries and remediation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempt {
    /// `spec.install`.
    Install,
    /// `spec.upgrade`.
    Upgrade,
}

impl Attempt {
    /// As the status calls it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Install => "install",
            Self::Upgrade => "upgrade",
        }
    }

    /// The counter of its failures.
    #[must_use]
    pub fn counter(self) -> &'static str {
        match self {
            Self::Install => "installFailures",
            Self::Upgrade => "upgradeFailures",
        }
    }

    /// That of the last release action; `None` before the first.
    #[must_use]
    pub fn last(draft: &Draft) -> Option<Self> {
        match draft.text("/status/lastAttemptedReleaseAction") {
            "install" => Some(Self::Install),
            "upgrade" => Some(Self::Upgrade),
            _ => None,
        }
    }

    /// What is done about the last failure.
    #[must_use]
    pub fn remedy(self, draft: &Draft) -> Action {
        let is_uninstalled = self == Self::Install || draft.text("/spec/upgrade/remediation/strategy") == "uninstall";
        if is_uninstalled { Action::Uninstall } else { Action::Rollback }
    }

    /// Whether a failed test counts as a failure.
    #[must_use]
    pub fn tests(self, draft: &Draft) -> Tests {
        let own = draft.object.pointer(&format!("/spec/{}/remediation/ignoreTestFailures", self.word()));
        match own.and_then(Value::as_bool) {
            Some(true) => Tests::Ignored,
            Some(false) => Tests::Counted,
            None => tests(draft),
        }
    }

    fn retries(self, draft: &Draft) -> i64 {
        let pointer = format!("/spec/{}/remediation/retries", self.word());
        draft.object.pointer(&pointer).and_then(Value::as_i64).unwrap_or_default()
    }

    /// Whether no further try is made by itself.
    #[must_use]
    pub fn is_exhausted(self, draft: &Draft) -> bool {
        let retries = self.retries(draft);
        retries >= 0 && draft.count(self.counter()) > retries
    }

    /// Whether the last failure is remediated too.
    #[must_use]
    pub fn remediates_last(self, draft: &Draft) -> bool {
        let pointer = format!("/spec/{}/remediation/remediateLastFailure", self.word());
        let own = draft.object.pointer(&pointer).and_then(Value::as_bool);
        own.unwrap_or(self == Self::Upgrade && self.retries(draft) > 0)
    }

    /// How long is waited before the next try, where failures are retried and not remediated.
    #[must_use]
    pub fn retry_interval(self, draft: &Draft) -> Option<SignedDuration> {
        let strategy = format!("/spec/{}/strategy", self.word());
        let is_retried = draft.text(&format!("{strategy}/name")) == "RetryOnFailure";
        let own = duration(draft.text(&format!("{strategy}/retryInterval")));
        is_retried.then(|| own.unwrap_or(SignedDuration::from_mins(5)))
    }
}

/// Whether a failed test counts, where no remediation says otherwise.
#[must_use]
pub fn tests(draft: &Draft) -> Tests {
    if is_set(draft, "/spec/test/ignoreFailures") { Tests::Ignored } else { Tests::Counted }
}

/// A switch of the spec.
#[must_use]
pub fn is_set(draft: &Draft, pointer: &str) -> bool {
    draft.object.pointer(pointer).is_some_and(|value| *value == true)
}

/// Whether objects are compared with what is stored.
#[must_use]
pub fn detects_drift(draft: &Draft) -> bool {
    ["warn", "enabled"].contains(&draft.text("/spec/driftDetection/mode"))
}

/// How often it is looked at where nothing is to be done.
#[must_use]
pub fn interval(draft: &Draft) -> Option<SignedDuration> {
    duration(draft.text("/spec/interval"))
}

/// The timeout of an action.
#[must_use]
pub fn timeout(draft: &Draft, action: &str) -> SignedDuration {
    let own = duration(draft.text(&format!("/spec/{action}/timeout")));
    own.or_else(|| duration(draft.text("/spec/timeout"))).unwrap_or(SignedDuration::from_mins(5))
}

/// A duration of a spec.
#[must_use]
pub fn duration(text: &str) -> Option<SignedDuration> {
    text.parse().ok()
}

/// Whole seconds as Go writes them: `1m30s`.
#[must_use]
pub fn go_duration(duration: SignedDuration) -> String {
    let seconds = duration.as_secs();
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match (hours, minutes) {
        (0, 0) => format!("{rest}s"),
        (0, _) => format!("{minutes}m{rest}s"),
        _ => format!("{hours}h{minutes}m{rest}s"),
    }
}

/// The name and the namespace of the release.
#[must_use]
pub fn release(draft: &Draft) -> (String, String) {
    let own = |pointer: &str| Some(draft.text(pointer)).filter(|text| !text.is_empty()).map(str::to_owned);
    let name = draft.text("/metadata/name");
    let target = own("/spec/targetNamespace");
    let release = effective_release_name(own("/spec/releaseName").as_deref(), target.as_deref(), name);
    (release, target.unwrap_or_else(|| draft.text("/metadata/namespace").to_owned()))
}

/// Where its revisions are stored.
#[must_use]
pub fn storage_namespace(draft: &Draft) -> String {
    let own = draft.text("/spec/storageNamespace");
    if own.is_empty() { draft.text("/metadata/namespace").to_owned() } else { own.to_owned() }
}

/// The values that the chart is given.
///
/// # Errors
/// In the words of the controller.
pub fn values(draft: &Draft, world: &dyn World) -> Result<Map<String, Value>, String> {
    let read = HelmRelease::read(&draft.object).map_err(|problem| problem.cause)?;
    let found = |kind: &str, name: &str, key: &str| {
        let which = ObjectRef {
            api_version: "v1".to_owned(),
            kind: kind.to_owned(),
            namespace: Some(read.key.namespace.clone()),
            name: name.to_owned(),
        };
        let Some(object) = world.get(&which) else { return Found::Absent { is_key: false } };
        let Some(text) = object.get("data").and_then(|data| data.get(key)?.as_str()) else {
            return Found::Absent { is_key: true };
        };
        match kind {
            "Secret" => match STANDARD.decode(text).map(String::from_utf8) {
                Ok(Ok(text)) => Found::Text(text),
                Ok(Err(_)) | Err(_) => Found::Unreadable("it is no text".to_owned()),
            },
            _ => Found::Text(text.to_owned()),
        }
    };
    let sources = read.values_from.iter().map(|reference| Source {
        reference: reference.clone(),
        found: found(&reference.kind, &reference.name, &reference.key),
    });
    let layers = Layers::of_helm_release(&read, sources.collect());
    merged(&layers).map_err(|error| error.to_string())
}
