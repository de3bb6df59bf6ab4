//! Which action would help, and what it would do here.
//!
//! Source of the rules: helm-controller v1.6.3 `api/v2/annotations.go` and `internal/reconcile/*.go`: a reset is looked
//! at after source, values and chart, a force only when an action is chosen, and either token is used up before.

use super::action::Remedied;
use super::flux::Stage;
use super::{Help, Known, Trouble, attempts, failure, flux, kustomization, objects, words};
use crate::release::flux::{Condition, DriftMode, HelmRelease, RolledBack};
use crate::release::payload::ReleaseStatus;
use crate::release::{ObjectId, WatchedKind};

pub(super) fn of_flux(
    object: &HelmRelease,
    stage: &Stage<'_>,
    source_on_its_way: bool,
    trouble: Option<&Trouble>,
    known: Known<'_>,
) -> Vec<Help> {
    let mut helps = Vec::new();
    let mut help = |action: &'static str, text: String| helps.push(Help { action, text });
    let stuck = object.owner.as_ref().filter(|owner| kustomization::holds_back(known, owner));
    let rolled_back = object.suspension().and_then(|suspension| suspension.rollback);
    if let (Some(RolledBack { to, .. }), false) = (rolled_back, matches!(stage, Stage::Deleting)) {
        help(
            "rollback",
            format!(
                "the durable way: chart and values of revision {to} go into the HelmRelease, and it is resumed; resumed alone it goes straight back"
            ),
        );
    } else if object.suspended && !matches!(stage, Stage::Deleting) {
        help(
            "resume",
            "first: while it is suspended every request is used up and does nothing; then Flux writes again".to_owned(),
        );
    }
    match stage {
        Stage::Deleting if object.suspended => {
            help("resume", "uninstalls it before it goes, if done in time".to_owned());
        }
        Stage::Deleting if failure(object).is_some() => {
            help("fix", "what the message names, or delete those objects by hand".to_owned());
            help(
                "suspend",
                "lets the HelmRelease go without uninstalling; what is left of its objects stays".to_owned(),
            );
        }
        Stage::Deleting if !known.standing.stuck.is_empty() => {
            let text = "what its finalizer waits for; it goes by itself once that is done, or once the finalizer is taken away";
            help("fix", text.to_owned());
        }
        Stage::Deleting | Stage::Unseen | Stage::Running => {}
        Stage::Dependency => {
            help("fix", "what it waits for; it goes on by itself then".to_owned());
            useless_tokens(&mut help, "the dependencies are ready");
        }
        Stage::Source if source_on_its_way => {}
        Stage::Source => {
            help("fix", "the chart, its version or its source".to_owned());
            help("reconcile source", "fetches it now, instead of at its interval".to_owned());
            useless_tokens(&mut help, "the chart is there");
        }
        Stage::Values(_) => {
            help("fix", "create what is missing or correct valuesFrom".to_owned());
            help("reconcile", "looks at once, instead of after the pause".to_owned());
            useless_tokens(&mut help, "the values are resolved");
        }
        Stage::Setup(_) => help("fix", "what the message names".to_owned()),
        Stage::Action(failure) => {
            let (fix, same) = same_again(trouble, failure.why, known);
            let counters =
                if attempts(object).is_some() { ": a new generation, chart or values resets the counters" } else { "" };
            help("fix", format!("{fix}, then push it{counters}"));
            if let Some(used) = attempts(object).filter(|attempts| attempts.used_up()) {
                let tries = used.allowed.map(words::tries).unwrap_or_default();
                help(
                    "reset",
                    format!("{} failures {} -> 0 and {tries} more; {same} will fail again", used.action, used.failed),
                );
            }
            help("force", format!("one try now; {same} will fail again"));
            match failure.remedied {
                Remedied::No | Remedied::Failed(..) if has_good(object) && !flux::no_way_back(object) => {
                    help("roll back", ROLL_BACK.to_owned());
                }
                Remedied::No | Remedied::Failed(..) => {}
                Remedied::RolledBack(_) | Remedied::Uninstalled | Remedied::Running(_) => {}
            }
        }
        Stage::Done => {
            let drifted = object.condition("Drifted").is_some_and(Condition::is_true);
            if drifted {
                help("look", LOOK.to_owned());
            }
            // What is only warned of keeps a forced request from upgrading: the request is used up.
            if drifted && !object.suspended && object.drift_mode == DriftMode::Warn {
                help(
                    "push",
                    "a change of chart or values: its upgrade writes the whole manifest, over hotfixes too".to_owned(),
                );
            } else if drifted && !object.suspended {
                help("force", "upgrades now: what differs from the manifest is put back, hotfixes too".to_owned());
            }
            let only_warned = drifted && object.drift_mode == DriftMode::Warn;
            if !known.standing.missing.is_empty() && !only_warned {
                help("force", "upgrades now, which makes anew what is missing".to_owned());
            }
            if let Some(trouble) = trouble {
                let (fix, _) = same_again(Some(trouble), "", known);
                help("fix", fix);
                if goes_back(trouble)
                    && object.history.first().is_some_and(|newest| newest.revision.previous().is_some())
                {
                    help("roll back", ROLL_BACK.to_owned());
                }
            }
        }
    }
    if let Some(owner) = stuck {
        let object = known.catalog.kustomization(owner);
        if object.is_some_and(|object| object.suspended) {
            help("resume", format!("Kustomization {owner}: until then a fix that is pushed does not arrive"));
        } else {
            help(
                "reconcile",
                format!(
                    "Kustomization {owner} with its source: until it has applied, a fix that is pushed is not here"
                ),
            );
        }
    }
    helps
}

/// Where helm-controller does not react.
pub(super) fn of_silence() -> Vec<Help> {
    let text = "helm-controller: its Pods, its log, its leader election; every request waits until it reacts";
    vec![Help { action: "fix", text: text.to_owned() }]
}

/// Whether there is a revision to go back to.
fn has_good(object: &HelmRelease) -> bool {
    object.history.iter().any(|one| matches!(one.status, ReleaseStatus::Deployed | ReleaseStatus::Superseded))
}

fn useless_tokens(help: &mut impl FnMut(&'static str, String), until: &str) {
    help("force", format!("no: nor does a reset help; before {until} either token is used up and does nothing"));
}

const LOOK: &str = "at what was edited, by whom, and what a write makes of it (owners, or `wheelhouse owners`): somebody may rely on it";

const ROLL_BACK: &str = "to the revision before: suspend first; when it is resumed Flux upgrades straight back, unless the spec is put back too";

/// Whether the revision before may run where this one does not: who refuses a certificate or a volume does so again.
pub(super) fn goes_back(trouble: &Trouble) -> bool {
    !objects::is_custom(&trouble.object) && !is_claim(&trouble.object)
}

fn is_claim(id: &ObjectId) -> bool {
    WatchedKind::of(&id.group, &id.kind) == Some(WatchedKind::PersistentVolumeClaim)
}

/// What has to be mended, and what will fail again if it is not.
pub(super) fn same_again(trouble: Option<&Trouble>, why: &str, known: Known<'_>) -> (String, &'static str) {
    let reason = trouble.map_or("", |trouble| trouble.reason.as_str());
    let at = trouble.map(|trouble| trouble.path.last().unwrap_or(&trouble.object));
    let (fix, same) = match reason {
        "ImagePullBackOff" | "ErrImagePull" | "InvalidImageName" | "ErrImageNeverPull" => {
            let image = trouble.and_then(|trouble| trouble.image.as_deref()).unwrap_or("the image");
            let is_absent = |message: &str| message.contains(image) && message.contains("not found");
            let absent = trouble.is_some_and(|trouble| is_absent(&trouble.message))
                || known.events.iter().any(|event| is_absent(&event.message));
            let fix = if absent {
                format!("the tag of {image}: its registry has no such image")
            } else {
                format!("the tag of {image}, or the registry's credentials")
            };
            return (fix, "the same image");
        }
        "CrashLoopBackOff" => (
            "what stops the container (its log says: between two runs it is that of the last one)",
            "the same container",
        ),
        "Error" | "OOMKilled" | "RunContainerError" | "StartError" => (
            "what stops the container (its log says, or that of the run before if it runs again)",
            "the same container",
        ),
        "CreateContainerConfigError" | "CreateContainerError" => ("what the container refers to", "the same container"),
        "Unschedulable" if at.is_some_and(is_claim) => (CLAIM, "the same claim"),
        "Unschedulable" => ("what the Pod asks of a node, or the nodes", "the same Pod"),
        "FailedCreate" => ("the quota, the webhook or the right that refuses the Pod", "the same Pod"),
        "Terminating" => ("what its finalizer waits for", "the same deletion"),
        _ if at.is_some_and(is_claim) => (CLAIM, "the same claim"),
        _ if let Some(id) = at.filter(|id| objects::is_custom(id)) => {
            let fix = format!(
                "what its message names: who works on {id} waits for that or refuses it, and the chart may be as it should"
            );
            return (fix, "the same object");
        }
        _ if why.contains("Apply failed with") => {
            ("who owns the field: give it up there, or take the chart's value", "the same conflict")
        }
        _ if objects::named(why).is_empty() => ("the chart or its values", "the same chart with the same values"),
        _ => ("what keeps the object from being ready", "the same chart with the same values"),
    };
    (fix.to_owned(), same)
}

const CLAIM: &str = "the claim's StorageClass, or what provisions volumes for it";
