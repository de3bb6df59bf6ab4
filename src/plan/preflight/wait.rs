//! Objects on which a wait by kstatus would hang or fail, or pass too early.
//!
//! Sources: fluxcd/helm-controller v1.6.3 `internal/action/wait.go` (it waits unless it is told not to, and ends at the first
//! object that failed); helm.sh/helm v4.3.1 `pkg/cmd/flags.go` (`--wait`), `pkg/kube/statuswait.go`.

use serde_json::Value;

use super::seen::{Seen, Target};
use super::{Check, Finding, Severity};
use crate::health::Judge;
use crate::health::kstatus::{Computed, Status, strict};
use crate::ownership::fate::Outcome;

pub(super) fn findings(seen: &Seen) -> Vec<Finding> {
    // What is being deleted takes the write with it, waited for or not.
    let is_told = |live: &Value| !seen.wishes().waits_not || live.pointer("/metadata/deletionTimestamp").is_some();
    let judge = Judge::of(&seen.release);
    let all = seen.objects.iter().enumerate();
    all.filter_map(|(place, target)| {
        of_object(seen, &judge, place, target, target.there().filter(|live| is_told(live))?)
    })
    .collect()
}

fn of_object(seen: &Seen, judge: &Judge, place: usize, target: &Target, live: &Value) -> Option<Finding> {
    let waits = seen.is_flux();
    let is_job = target.id.group == "batch" && target.id.kind == "Job";
    let computed = match is_job && waits && !seen.wishes().waits_for_no_jobs {
        true => strict::job(live, strict::Reading::Flux).unwrap_or_else(Computed::from),
        false => judge.status(live, seen.now),
    };
    let Computed { status, message, reason, .. } = &computed;
    let said = if reason.is_empty() { format!("{status}: {message}") } else { format!("{status} {reason}: {message}") };
    let with_wait = |text: &str| if waits { text.to_owned() } else { format!("with --wait, {text}") };
    let severity = if waits { Severity::Risk } else { Severity::Note };
    let of = |severity, text: String, remedy: &str| Finding {
        evidence: vec![said.clone()],
        ..Finding::of_object(severity, Check::Wait, &target.id, text, remedy)
    };
    let is_paused = target.id.group == "apps"
        && target.id.kind == "Deployment"
        && live.pointer("/spec/paused").is_some_and(|paused| *paused == Value::Bool(true));
    if is_paused {
        let text = with_wait("it is paused: a wait passes it over, and nothing of the upgrade is rolled out");
        return Some(of(Severity::Note, text, "kubectl rollout resume deployment"));
    }
    let stays = is_unchanged(seen, place, live);
    Some(match status {
        Status::Current if judge.assumes(live) => of(
            severity,
            with_wait("it reports nothing: a wait takes it for ready at once"),
            "let its controller write conditions; under Flux, spec.healthCheckExprs says when it is ready",
        ),
        Status::Current | Status::NotFound => return None,
        Status::Terminating => of(
            Severity::Risk,
            "it is being deleted: what is written to it goes with it".to_owned(),
            "wait until it is gone, or see what its finalizers wait for",
        ),
        Status::Failed if waits && stays => of(
            Severity::Blocks,
            "it has failed, and this upgrade does not change it: the wait ends as failed".to_owned(),
            "mend the object by the chart, or set spec.upgrade.disableWait",
        ),
        Status::Failed => {
            of(severity, with_wait("it has failed: a wait ends as failed unless this mends it"), "mend it first")
        }
        Status::InProgress => of(
            severity,
            with_wait("it is not ready: a wait hangs until it is, or its time is over"),
            "see why it is not ready (wheelhouse why), or mend it by the chart",
        ),
        Status::Unknown => of(
            severity,
            with_wait("whether it is ready cannot be told: a wait does not end"),
            "see what its status says",
        ),
    })
}

/// Whether the write leaves all as it is that is wanted of the object.
fn is_unchanged(seen: &Seen, place: usize, live: &Value) -> bool {
    match seen.tried.get(&place) {
        Some((_, Ok(Outcome::Written(after)))) => {
            let wanted = |object: &Value| {
                let mut object = object.clone();
                if let Some(fields) = object.as_object_mut() {
                    fields.shift_remove("metadata");
                    fields.shift_remove("status");
                }
                object
            };
            wanted(after) == wanted(live)
        }
        Some((_, Ok(Outcome::Conflicts(..) | Outcome::Failed(_)) | Err(_))) => false,
        None => seen.is_left_alone(place),
    }
}
