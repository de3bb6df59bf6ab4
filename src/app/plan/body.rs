//! What a step would send, in lines, with its secrets hidden.

use crate::plan::{Await, Body, Check, Plan, Request, Step, Task};

/// The request in full, what it presumes, and its body.
#[must_use]
pub fn lines(plan: &Plan, step: &Step) -> Vec<String> {
    match &step.task {
        Task::Send(request) => sent(plan, request),
        Task::Check(Check::NewestRevision { name, revision, .. }) => {
            vec![format!("the newest stored revision of {name} is still {revision}, and as it was read")]
        }
        Task::Check(Check::Unchanged { object, generation, .. }) => {
            vec![format!("{} {} is still the same one, at generation {generation}", object.kind, object.name)]
        }
        Task::Check(Check::Converged { .. }) => vec![
            "nothing is pending: the newest stored revision is deployed, and it alone".to_owned(),
            "nothing is orphaned: no object that only older revisions have is there still".to_owned(),
            "one owner: no other manager of releases owns a field, and none is left behind".to_owned(),
            "history is consistent: where Flux keeps it, its last revision is the one that is stored".to_owned(),
        ],
        Task::Await(Await::Handled { token, before, .. }) => {
            let before = if before.is_empty() { "none" } else { before };
            vec![format!("status.lastHandledReconcileAt becomes {token}; now it is {before}")]
        }
        Task::Await(Await::Reconciled { .. }) => {
            vec!["status.observedGeneration is that of the object, and it is not reconciling".to_owned()]
        }
        Task::Await(Await::Quiet { .. }) => {
            vec!["spec.suspend is true, and status.observedGeneration is that of the object".to_owned()]
        }
        Task::Await(Await::Gone { object, .. }) => {
            vec![format!("{} {} is not there any more", object.kind, object.name)]
        }
        Task::Await(Await::HookDone { object, .. }) => {
            vec![format!("{} {} is complete, or failed", object.kind, object.name)]
        }
        Task::Await(Await::Settled { objects, .. }) => {
            let named = |(_, _, object): &(String, String, crate::release::ObjectId)| {
                format!("{} {} is as it shall be, by kstatus", object.kind, object.name)
            };
            objects.iter().map(named).collect()
        }
    }
}

fn sent(plan: &Plan, request: &Request) -> Vec<String> {
    let mut lines = vec![format!("{} {}", request.line(), request.path())];
    let uid = request.uid.as_ref().map(|uid| format!("uid {uid}"));
    let version = request.resource_version.as_ref().map(|version| format!("resourceVersion {version}"));
    let presumed: Vec<String> = uid.into_iter().chain(version).collect();
    if !presumed.is_empty() {
        lines.push(format!("only while it has {}", presumed.join(" and ")));
    }
    match &request.body {
        Body::Empty => {}
        Body::Json(_) => lines.extend(plan.shown_body(request)),
        Body::Stored(stored) => {
            let status = stored.status.as_ref().map(|status| format!("status: {status}"));
            let description = stored.description.as_ref().map(|description| format!("description: {description}"));
            lines.push(format!("revision {}, as it is encoded when it is sent:", stored.revision));
            lines.extend(status.into_iter().chain(description));
        }
        Body::Migration { managers, to } => {
            lines.push(format!("managedFields: what {} wrote becomes applied by {to}", managers.join(" and ")));
        }
    }
    lines
}
