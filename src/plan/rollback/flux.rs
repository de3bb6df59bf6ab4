//! The emergency way back of a release that Flux keeps: it is suspended, and the revision is written again as Flux would write it.
//! What is asked of Helm for a native release is done here in the name of Flux, so that nobody owns a field beside it afterwards.
//!
//! Sources: fluxcd/helm-controller v1.6.3 `internal/action/rollback.go` (newRollback: its options and their defaults),
//! `internal/reconcile/state.go` (what it makes of a revision that is not its own).

use serde_json::{Value, json};

use super::conditions::condition;
use super::seen::Seen;
use super::{Steps, check, durable};
use crate::health::why;
use crate::ownership::own::Method;
use crate::plan::action::Rollback;
use crate::plan::flux::request::{RELEASES, api_version, field, helm_release, of_release, patience};
use crate::plan::flux::{self as of_flux, RolledBack, SUSPENDED, Suspension, kept, outlook};
use crate::plan::{
    Action, Await, Effect, EffectVerb, OfferedWay, OnError, Otherwise, Phase, Precondition, Standing, StepId, Task,
    Way, When,
};
use crate::release::ObjectKey;
use crate::release::flux::{ChartOrigin, HelmRelease, Kustomization};
use crate::release::values::{Layers, Source};

/// How many revisions Flux keeps where it is not told. Source: `api/v2/helmrelease_types.go` (GetMaxHistory).
const KEPT: u32 = 5;

/// The HelmRelease that keeps a release, and what was learnt around it.
#[derive(Debug, Clone)]
pub struct Keeper {
    /// The same that is learnt before anything else is asked of Flux.
    pub seen: of_flux::Seen,
    /// What its valuesFrom refers to, as it is now.
    pub sources: Vec<Source>,
    /// What its chartRef refers to, where it has one.
    pub referred: Option<Referred>,
}

/// An object that names the chart in place of a HelmRelease.
#[derive(Debug, Clone)]
pub struct Referred {
    /// As the server has it, or why it cannot be read.
    pub object: Result<Value, String>,
    /// The other HelmReleases that refer to it, or why they cannot be listed.
    pub users: Result<Vec<ObjectKey>, String>,
}

/// Where the version of a chart is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NameOf {
    /// In the HelmRelease: `spec.chart.spec.version`.
    Here {
        /// From where it is drawn.
        source: String,
    },
    /// In another object.
    There {
        /// Which.
        object: String,
        /// The field.
        field: &'static str,
        /// What it says now.
        names: Option<String>,
        /// Who else takes the chart from there.
        users: Result<Vec<ObjectKey>, String>,
    },
    /// Nowhere: this source has one version at a time.
    Nowhere(String),
}

impl Keeper {
    /// How it is done: what was not asked is as the HelmRelease says, and conflicts are forced as Flux forces them.
    #[must_use]
    pub fn options(&self, asked: &Rollback) -> Rollback {
        let is = |name: &str| self.told(name).and_then(Value::as_bool).unwrap_or(false);
        let plain = Rollback::default();
        let kept = self.seen.object.pointer("/spec/maxHistory").and_then(Value::as_u64);
        let kept = kept.and_then(|kept| u32::try_from(kept).ok()).unwrap_or(KEPT);
        let seconds = self.seen.helm_release.rollback_timeout.as_secs();
        Rollback {
            force_conflicts: true,
            no_hooks: asked.no_hooks || is("disableHooks"),
            wait: asked.wait || !is("disableWait"),
            wait_for_jobs: asked.wait_for_jobs || !is("disableWaitForJobs"),
            timeout: match asked.timeout {
                timeout if timeout == plain.timeout => u32::try_from(seconds).unwrap_or(timeout),
                timeout => timeout,
            },
            cleanup_on_fail: asked.cleanup_on_fail || is("cleanupOnFail"),
            history_max: if asked.history_max == plain.history_max { kept } else { asked.history_max },
            ..asked.clone()
        }
    }

    /// How it is applied, where the HelmRelease says so.
    pub(super) fn method(&self) -> Option<Method> {
        match self.told("serverSideApply").and_then(Value::as_str) {
            Some("enabled") => Some(Method::ServerSide),
            Some("disabled") => Some(Method::ClientSide),
            Some(_) | None => None,
        }
    }

    fn told(&self, name: &str) -> Option<&Value> {
        self.seen.object.pointer("/spec/rollback")?.get(name)
    }

    fn object(&self) -> &HelmRelease {
        &self.seen.helm_release
    }

    /// All that its values are made of.
    pub(super) fn layers(&self) -> Layers {
        Layers::of_helm_release(self.object(), self.sources.clone())
    }

    /// Where the version of its chart is named; `None` where it has no chart.
    pub(super) fn names_chart(&self) -> Option<NameOf> {
        let (kind, key) = match self.object().chart.as_ref()? {
            ChartOrigin::Template { source_kind, source, .. } if source_kind == "HelmRepository" => {
                return Some(NameOf::Here { source: format!("{source_kind} {source}") });
            }
            ChartOrigin::Template { source_kind, source, .. } => {
                return Some(NameOf::Nowhere(format!("{source_kind} {source}")));
            }
            ChartOrigin::Reference { kind, key } => (kind, key),
        };
        let object = self.referred.as_ref().and_then(|referred| referred.object.as_ref().ok());
        let text = |pointer: &str| object?.pointer(pointer)?.as_str().map(str::to_owned);
        let is_of_repository = text("/spec/sourceRef/kind").is_none_or(|kind| kind == "HelmRepository");
        let (field, names) = match kind.as_str() {
            "HelmChart" if is_of_repository => ("spec.version", text("/spec/version")),
            "OCIRepository" => {
                let other = text("/spec/ref/digest").or_else(|| text("/spec/ref/semver"));
                ("spec.ref.tag", text("/spec/ref/tag").or(other))
            }
            _ => return Some(NameOf::Nowhere(format!("{kind} {key}"))),
        };
        let users = self.referred.as_ref().map_or_else(|| Ok(Vec::new()), |referred| referred.users.clone());
        Some(NameOf::There { object: format!("{kind} {key}"), field, names, users })
    }

    /// The Kustomization that would take back what is changed here.
    pub(super) fn in_git(&self) -> Option<&ObjectKey> {
        let is_suspended = matches!(&self.seen.kustomization, Some(Ok(Kustomization { suspended: true, .. })));
        self.object().owner.as_ref().filter(|_| !is_suspended)
    }

    /// That it was rolled back the emergency way, and is suspended since.
    #[must_use]
    pub fn emergency(&self) -> Option<Suspension> {
        self.suspension().filter(|suspension| suspension.rollback.is_some())
    }

    /// Why it is suspended already, where that was written down.
    fn suspension(&self) -> Option<Suspension> {
        Suspension::read(&self.seen.object).filter(|_| self.object().suspended)
    }
}

/// Namespace and name by which it is asked for: those of the HelmRelease, where there is one.
pub(super) fn key(seen: &Seen) -> ObjectKey {
    match &seen.flux {
        Some(keeper) => keeper.object().key.clone(),
        None => ObjectKey::new(&seen.release.namespace, &seen.release.id.name),
    }
}

// ---------------------------------------------------------------------- what has to be so

pub(super) fn conditions(seen: &Seen) -> Vec<Precondition> {
    let Some(keeper) = &seen.flux else {
        let way = seen.asked.way.map(|way| {
            let says = format!("Helm alone manages it: there is no {way} way");
            condition(Standing::Unmet, says, "", "leave out --way")
        });
        return way.into_iter().collect();
    };
    let mut all = keeping(keeper);
    all.extend(at_work(keeper));
    if kept::takes_suspend_back(&keeper.seen) {
        let says = kept::suspend(&keeper.seen).unwrap_or_default();
        let remedy =
            keeper.object().owner.as_ref().map(|owner| {
                format!("suspend it first: flux suspend kustomization {} -n {}", owner.name, owner.namespace)
            });
        all.push(condition(Standing::Unknown, says, "managedFields of spec.suspend", remedy.unwrap_or_default()));
    }
    all
}

/// What has to be so either way.
pub(super) fn keeping(keeper: &Keeper) -> Vec<Precondition> {
    let mut all = Vec::new();
    if keeper.object().remote {
        let says = "its objects and its storage are on this cluster";
        all.push(condition(Standing::Unmet, says, "spec.kubeConfig", "use the kubeconfig of that cluster"));
    }
    if keeper.object().deleting.is_some() {
        all.push(outlook::not_deleting(keeper.object()));
    }
    all.extend(outlook::reacts(&keeper.seen));
    all
}

/// That nothing of Flux runs: its revision would be the newest one then.
fn at_work(keeper: &Keeper) -> Option<Precondition> {
    let object = keeper.object();
    let key = &object.key;
    let reconciling = object.condition("Reconciling").filter(|condition| condition.is_true())?;
    if why::running(object).is_some() {
        let remedy = format!("wheelhouse suspend {key} --reason TEXT, and roll back once it has ended");
        let says = "Flux is at work on it: what it stores now would be the newest revision";
        return Some(condition(Standing::Unmet, says, outlook::quoted(reconciling), remedy));
    }
    // A suspended one keeps the condition that it had.
    (!object.suspended).then(|| {
        let says = "Flux begins nothing before it is suspended";
        let remedy = "what it has begun is waited for; if it stored a revision, nothing is rolled back";
        condition(Standing::Unknown, says, outlook::quoted(reconciling), remedy)
    })
}

// ---------------------------------------------------------------------- what is done

/// What the annotation says afterwards.
fn mark(seen: &Seen, keeper: &Keeper) -> Option<Suspension> {
    let to = seen.choice.as_ref().ok()?.revision.get();
    let rollback = Some(RolledBack { from: seen.newest()?.stored.revision.get(), to });
    Some(match keeper.suspension() {
        Some(known) => Suspension { rollback, ..known },
        None => {
            let reason = match seen.asked.reason.trim() {
                "" => format!("rolled back to revision {to} by wheelhouse"),
                reason => reason.to_owned(),
            };
            let by = if keeper.seen.user.is_empty() { "?" } else { &keeper.seen.user };
            Suspension { reason, by: by.to_owned(), at: keeper.seen.now, rollback }
        }
    })
}

/// Holds Flux off: suspends the release, or only marks it where it is suspended; waits until nothing of Flux is at work, and looks
/// once more whether it stored anything. Returns the step that marks it.
pub(super) fn hold(seen: &Seen, steps: &mut Steps) -> Option<StepId> {
    let keeper = seen.flux.as_ref()?;
    let annotations = json!({SUSPENDED: mark(seen, keeper)?.text()});
    let (says, body) = match keeper.object().suspended {
        true => {
            ("it is suspended: notes beside it what is rolled back", json!({"metadata": {"annotations": annotations}}))
        }
        false => {
            let body = json!({"metadata": {"annotations": annotations}, "spec": {"suspend": true}});
            ("suspends it, and keeps why", body)
        }
    };
    let marking = Task::Send(of_release(&keeper.seen, body));
    let held = steps.push(Phase::Check, says, marking, OnError::End, When::Always);
    let quiet = Await::Quiet {
        api_version: api_version(&keeper.seen),
        resource: RELEASES.to_owned(),
        object: helm_release(&keeper.seen),
        timeout: patience(&keeper.seen),
    };
    let says = "until nothing of Flux is at work on it";
    steps.push(Phase::Check, says, Task::Await(quiet), OnError::End, When::Always);
    check(seen, ": Flux stored nothing meanwhile", steps);
    Some(held)
}

/// Where nothing was rolled back, the HelmRelease becomes what it was.
pub(super) fn let_go(seen: &Seen, held: StepId, count: usize) -> Option<Otherwise> {
    let keeper = seen.flux.as_ref()?;
    let before = keeper.seen.object.pointer("/metadata/annotations").and_then(|all| all.get(SUSPENDED));
    let annotations = json!({SUSPENDED: before});
    let (says, body) = match keeper.object().suspended {
        true => ("takes the note away again", json!({"metadata": {"annotations": annotations}})),
        false => ("resumes it: nothing was rolled back", {
            json!({"metadata": {"annotations": annotations}, "spec": {"suspend": null}})
        }),
    };
    let mut steps = Steps::after(count);
    let task = Task::Send(of_release(&keeper.seen, body));
    steps.push(Phase::Failed, says, task, OnError::GoOn, When::Done(held));
    Some(Otherwise { phase: Phase::Check, steps: steps.made })
}

/// What becomes of the HelmRelease.
pub(super) fn effect(seen: &Seen) -> Option<Effect> {
    let keeper = seen.flux.as_ref()?;
    let object = &keeper.seen.object;
    let mark = mark(seen, keeper)?.text();
    let mut fields = vec![field(object, &["metadata", "annotations", SUSPENDED], Some(mark))];
    if !keeper.object().suspended {
        fields.push(field(object, &["spec", "suspend"], Some("true".to_owned())));
    }
    Some(Effect { object: helm_release(&keeper.seen), verb: EffectVerb::Change, fields })
}

// ---------------------------------------------------------------------- what a person should know

/// What comes after it.
pub(super) fn notes(seen: &Seen) -> Vec<String> {
    let Some(keeper) = &seen.flux else { return Vec::new() };
    let ObjectKey { namespace, name } = key(seen);
    let mut notes = vec![
        "until it is resumed Flux leaves it alone: no upgrade, no retry, no drift correction; lists say so".to_owned(),
    ];
    notes.extend(keeper.suspension().map(|known| format!("{}: that reason stays", known.words())));
    let next = seen.newest().and_then(|newest| newest.stored.revision.next());
    let back = next.and_then(|next| outlook::straight_back(keeper.object(), next));
    notes.extend(back.map(|back| format!("once resumed: {back}")));
    if let Ok(choice) = &seen.choice {
        let durable = format!("wheelhouse rollback {namespace}/{name} {} --way durable", choice.revision);
        notes.push(format!("for revision {} to stay: {durable}", choice.revision));
    }
    if !kept::takes_suspend_back(&keeper.seen) {
        notes.extend(kept::suspend(&keeper.seen));
    }
    if keeper.told("force").and_then(Value::as_bool).unwrap_or(false) {
        notes.push("spec.rollback.force is not followed: objects are patched, not replaced".to_owned());
    }
    let suspend = Action::Suspend { reason: String::new() };
    notes.extend(outlook::dependents(&suspend, &keeper.seen.dependents));
    notes
}

pub(super) fn undo(seen: &Seen) -> Option<String> {
    let keeper = seen.flux.as_ref()?;
    let back = keeper.object().last_attempted_revision.as_ref();
    let back = back.map(|version| format!(" to {version}")).unwrap_or_default();
    Some(format!("wheelhouse resume {}: Flux upgrades straight back{back}", key(seen)))
}

/// What comes near it with the tools of Flux and Helm.
pub(super) fn commands(seen: &Seen) -> Option<Vec<String>> {
    let keeper = seen.flux.as_ref()?;
    let ObjectKey { namespace, name } = key(seen);
    let helm = super::command(seen);
    let suspend = (!keeper.object().suspended).then(|| format!("flux suspend helmrelease {name} -n {namespace}"));
    let rollback = match seen.method() {
        Method::ServerSide => format!("{helm}  # writes as helm: what it sets that Flux does not stays for ever"),
        Method::ClientSide => helm,
    };
    Some(suspend.into_iter().chain([rollback]).collect())
}

/// The ways, side by side.
pub(super) fn ways(seen: &Seen) -> Vec<OfferedWay> {
    let Some(keeper) = &seen.flux else { return Vec::new() };
    let to = seen.choice.as_ref().map_or_else(|_| "?".to_owned(), |choice| choice.revision.to_string());
    let back = keeper.object().last_attempted_revision.as_ref();
    let back = back.map(|version| format!(" to {version}")).unwrap_or_default();
    let (says, but) = durable::offered(keeper, seen.target.as_deref().ok(), &to);
    let durable = OfferedWay { way: Way::Durable, is_chosen: seen.asked.way == Some(Way::Durable), says, but };
    let emergency = OfferedWay {
        way: Way::Emergency,
        is_chosen: seen.asked.way == Some(Way::Emergency),
        says: format!("suspends it, and writes revision {to} again as Flux would, now"),
        but: format!("nothing else is upgraded while it is suspended; resuming upgrades straight back{back}"),
    };
    vec![durable, emergency]
}
