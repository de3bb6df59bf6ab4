//! What older revisions left behind, and what the newest lacks.

use serde_json::Value;

use super::{Older, Seen, count, finding, named, some};
use crate::plan::preflight::seen::{Live, Target};
use crate::plan::{Precondition, Standing};

/// No object that only older revisions have still lives as one of this release.
pub(super) fn orphaned(seen: &Seen) -> Vec<Precondition> {
    let (mut left, mut kept, mut going, mut untold) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut commands = Vec::new();
    for Older { revision, target } in &seen.older {
        let what = format!("{} of revision {revision}", named(&target.id));
        match &target.live {
            Live::There(live, _) if is_of(seen, live) && !is_known(seen, live) => {
                if live.pointer("/metadata/deletionTimestamp").is_some() {
                    going.push(what);
                } else if text(live, "/metadata/annotations/helm.sh~1resource-policy") == "keep" {
                    kept.push(what);
                } else {
                    left.push(what);
                    commands.push(deletion(target));
                }
            }
            Live::There(..) | Live::Missing | Live::Unserved => {}
            Live::Untold(why) => untold.push(format!("{}: {why}", named(&target.id))),
        }
    }
    untold.extend(seen.unread.iter().map(|(revision, why)| format!("revision {revision}: {why}")));
    if let Err(problem) = &seen.newest {
        untold.push(problem.cause.clone());
    }
    let mut all = Vec::new();
    if !left.is_empty() {
        let says = format!("{} orphaned: {}", count(left.len(), "object"), some(&left));
        let evidence = "marked as this release's, and in its newest manifest no more";
        all.push(finding(Standing::Unmet, says, evidence, some(&commands)));
    }
    if !going.is_empty() {
        let says = format!("{} still being deleted: {}", count(going.len(), "object"), some(&going));
        all.push(finding(Standing::Unknown, says, "metadata.deletionTimestamp", "look again later"));
    }
    if !untold.is_empty() {
        let says = "whether all that older revisions had is gone is not known";
        all.push(finding(Standing::Unknown, says, some(&untold), ""));
    }
    if all.is_empty() {
        let evidence = if kept.is_empty() { String::new() } else { format!("kept as they say: {}", some(&kept)) };
        all.push(finding(Standing::Met, "nothing is orphaned", evidence, ""));
    }
    all
}

/// What the newest manifest has is there. Jobs may have been cleaned up since.
pub(super) fn missing(seen: &Seen) -> Option<Precondition> {
    let is_job = |target: &Target| target.id.group == "batch" && target.id.kind == "Job";
    let gone = seen.objects.iter().filter(|target| match &target.live {
        Live::Missing => !target.is_name_generated && !is_job(target),
        Live::There(..) | Live::Untold(_) | Live::Unserved => false,
    });
    let gone: Vec<String> = gone.map(|target| named(&target.id)).collect();
    let says = format!("{} of the newest manifest not there: {}", count(gone.len(), "object"), some(&gone));
    let remedy = match seen.release.helm_release {
        Some(_) => format!("wheelhouse force {}", seen.place()),
        None => "upgrade it again".to_owned(),
    };
    (!gone.is_empty()).then(|| finding(Standing::Unmet, says, "", remedy))
}

/// Whether Helm marked it as this release's.
fn is_of(seen: &Seen, live: &Value) -> bool {
    text(live, "/metadata/annotations/meta.helm.sh~1release-name") == seen.release.id.name
        && text(live, "/metadata/annotations/meta.helm.sh~1release-namespace") == seen.release.namespace
}

/// Whether the newest manifest has it by the name of another group.
fn is_known(seen: &Seen, live: &Value) -> bool {
    let uid = text(live, "/metadata/uid");
    let mut own = seen.objects.iter().filter_map(Target::there);
    !uid.is_empty() && own.any(|own| text(own, "/metadata/uid") == uid)
}

fn deletion(target: &Target) -> String {
    let id = &target.id;
    let kind = if id.group.is_empty() { id.kind.clone() } else { format!("{}.{}", id.kind, id.group) };
    let place = if id.namespace.is_empty() { String::new() } else { format!(" -n {}", id.namespace) };
    format!("kubectl delete {} {}{place}", kind.to_lowercase(), id.name)
}

fn text<'v>(value: &'v Value, at: &str) -> &'v str {
    value.pointer(at).and_then(Value::as_str).unwrap_or_default()
}
