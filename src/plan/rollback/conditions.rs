//! What has to be so before a rollback runs.

use std::collections::BTreeMap;

use super::objects::Deed;
use super::seen::{Namespace, Object, Seen};
use super::storage::Next;
use super::{count, flux};
use crate::ownership::fate::{Blocked, Outcome};
use crate::plan::preflight::seen::{Live, Served};
use crate::plan::preflight::writes::migrated;
use crate::plan::{Precondition, Standing};
use crate::release::codec::{self, SECRET_DATA_LIMIT};
use crate::release::payload::Payload;

/// From here on it is told, in percent of the limit.
const NEAR: usize = 90;

/// What a revision grows by between its creation and its end: times, a description, runs of hooks. In bytes.
const GROWTH: usize = 1024;

pub(super) fn conditions(seen: &Seen) -> Vec<Precondition> {
    let mut all = revisions(seen);
    all.extend(flux::conditions(seen));
    if seen.current.is_ok() && seen.target.is_ok() {
        all.push(kinds(seen));
        all.extend(namespaces(seen));
        all.extend(seen.written.unreadable.iter().map(|bad| {
            condition(Standing::Unmet, "a document of a manifest cannot be read", bad, "roll back to another revision")
        }));
        all.extend(size(seen));
        all.extend(objects(seen));
        all.extend(removed(seen));
    }
    all.sort_by_key(|one| one.state);
    all
}

/// That both revisions are there, and can be read.
pub(super) fn revisions(seen: &Seen) -> Vec<Precondition> {
    let mut all = vec![newest(seen), target(seen)];
    all.extend(unread(seen));
    all
}

pub(super) fn condition(
    state: Standing,
    says: impl Into<String>,
    evidence: impl Into<String>,
    remedy: impl Into<String>,
) -> Precondition {
    Precondition { state, says: says.into(), evidence: evidence.into(), remedy: remedy.into() }
}

/// That nobody else is at work. Helm does not ask; it is how one comes out of a release that is stuck.
fn newest(seen: &Seen) -> Precondition {
    let Some(newest) = seen.newest() else {
        return condition(Standing::Unmet, "something is stored of it", "", "");
    };
    let (revision, status) = (newest.stored.revision, &newest.stored.status);
    let written = newest.written.as_ref().map(|(at, by)| format!("written last {at} by {by}")).unwrap_or_default();
    if status.is_pending() {
        let says = format!("nobody works on it: newest revision is {revision}, {status}");
        let remedy = "make sure that no helm or CI job runs";
        return condition(Standing::Unknown, says, written, remedy);
    }
    condition(Standing::Met, format!("newest revision is {revision}, {status}, nothing pending"), written, "")
}

fn target(seen: &Seen) -> Precondition {
    match &seen.choice {
        Ok(choice) => {
            condition(Standing::Met, format!("revision {} is stored", choice.revision), choice.why.clone(), "")
        }
        Err(why) => {
            condition(Standing::Unmet, "there is a revision to go back to", why.clone(), super::NAME_A_REVISION)
        }
    }
}

fn unread(seen: &Seen) -> Vec<Precondition> {
    let said = |which: &str, read: &Result<std::sync::Arc<Payload>, crate::release::Problem>| {
        let problem = read.as_ref().err()?;
        let says = format!("{which} can be read");
        Some(condition(Standing::Unmet, says, problem.cause.clone(), problem.hint.clone()))
    };
    let target = seen.choice.is_ok().then_some(&seen.target);
    [said("the newest revision", &seen.current), target.and_then(|target| said("the revision to go back to", target))]
        .into_iter()
        .flatten()
        .collect()
}

/// Helm looks up the kinds of both manifests and of hooks, and fails at the first that is not served.
fn kinds(seen: &Seen) -> Precondition {
    let name = |(api_version, kind): &(String, String)| format!("{api_version} {kind}");
    let gone: Vec<String> =
        seen.kinds.iter().filter(|(_, served)| matches!(served, Served::No(_))).map(|(kind, _)| name(kind)).collect();
    let untold = seen.kinds.iter().find_map(|(kind, served)| match served {
        Served::Untold(why) => Some((name(kind), why.clone())),
        Served::Yes { .. } | Served::No(_) => None,
    });
    if !gone.is_empty() {
        let remedy = "install what defines them again, or choose a revision without them";
        return condition(Standing::Unmet, format!("served: {}", gone.join(", ")), "no matches for kind", remedy);
    }
    match untold {
        Some((kind, why)) => condition(Standing::Unmet, format!("served: {kind}"), why, "ask again"),
        None => {
            let named: Vec<String> = seen.kinds.keys().map(name).collect();
            condition(Standing::Met, "its kinds are served", named.join(", "), "")
        }
    }
}

fn namespaces(seen: &Seen) -> Vec<Precondition> {
    let own = |name: &String| {
        let made = seen.objects.iter().map(|object| &object.target.id);
        made.clone().any(|id| id.group.is_empty() && id.kind == "Namespace" && id.name == *name)
    };
    let of = |(name, found): (&String, &Result<Namespace, String>)| match found {
        Ok(Namespace::There) => None,
        Ok(Namespace::Missing) if own(name) => None,
        Ok(Namespace::Missing) => Some(condition(
            Standing::Unmet,
            format!("namespace {name} is there"),
            "",
            format!("kubectl create namespace {name}"),
        )),
        Ok(Namespace::Terminating) => {
            let says = format!("namespace {name} is not being deleted");
            Some(condition(
                Standing::Unmet,
                says,
                "status.phase: Terminating",
                "wait until it is gone, then make it anew",
            ))
        }
        Err(why) => Some(condition(Standing::Unknown, format!("namespace {name} is there"), why.clone(), "")),
    };
    seen.namespaces.iter().filter_map(of).collect()
}

/// Whether the new revision fits into its object. The API server refuses it before anything is applied.
fn size(seen: &Seen) -> Option<Precondition> {
    let next = Next::of(seen)?;
    let payload = Payload::new(next.payload.as_object()?.clone());
    let driver = seen.release.id.driver;
    let size = codec::stored_size(driver, &codec::encode(driver, &payload).ok()?);
    let percent = size.saturating_mul(100) / SECRET_DATA_LIMIT;
    let numbers = format!("{size} of {SECRET_DATA_LIMIT} bytes, {percent} %");
    let remedy = "choose a smaller revision, or keep less in the chart";
    let says = format!("revision {} fits into its object", next.revision);
    match size {
        size if size > SECRET_DATA_LIMIT => Some(condition(Standing::Unmet, says, numbers, remedy)),
        size if percent >= NEAR || size.saturating_add(GROWTH) > SECRET_DATA_LIMIT => {
            Some(condition(Standing::Unknown, says, numbers, remedy))
        }
        _ => None,
    }
}

fn objects(seen: &Seen) -> Vec<Precondition> {
    let manager = seen.managers().own;
    let mut all = Vec::new();
    let (mut accepted, mut untried) = (0_usize, BTreeMap::<String, Vec<String>>::new());
    for (place, object) in seen.objects.iter().enumerate() {
        let name = format!("{} {}", object.target.id.kind, object.target.id.name);
        match seen.deed(object, &manager) {
            Deed::Nothing => accepted = accepted.saturating_add(1),
            // A kind that is not served was told of by itself.
            Deed::Unknown(_) if object.target.live == Live::Unserved => {}
            Deed::Unknown(why) => {
                all.push(condition(Standing::Unmet, format!("{name} can be written"), why, "choose another revision"));
            }
            Deed::Write(_) => match seen.tried.get(&place) {
                Some((_, Ok(outcome))) => match of_outcome(seen, object, &name, outcome, &manager) {
                    found if found.is_empty() => accepted = accepted.saturating_add(1),
                    found => all.extend(found),
                },
                Some((_, Err(why))) => untried.entry(why.clone()).or_default().push(name),
                None => untried.entry("no dry-run was made".to_owned()).or_default().push(name),
            },
        }
    }
    let is_leaving = |object: &&Object| {
        object.target.there().is_some_and(|live| live.pointer("/metadata/deletionTimestamp").is_some())
    };
    all.extend(seen.objects.iter().filter(is_leaving).map(|object| {
        let says = format!("{} {} is not being deleted", object.target.id.kind, object.target.id.name);
        condition(Standing::Unknown, says, "metadata.deletionTimestamp", "wait until it is gone: it is made anew then")
    }));
    all.extend(untried.into_iter().map(|(why, names)| {
        let says = format!("the API server takes {}", names.join(", "));
        condition(Standing::Unknown, says, why, "")
    }));
    if accepted > 0 {
        let says = format!("the API server takes {}", count(accepted, "object"));
        all.push(condition(Standing::Met, says, "dry-run", ""));
    }
    all
}

fn of_outcome(seen: &Seen, object: &Object, name: &str, outcome: &Outcome, manager: &str) -> Vec<Precondition> {
    match migrated(outcome.clone(), manager) {
        Outcome::Written(_) => Vec::new(),
        Outcome::Conflicts(blocked, _) => {
            let of = |Blocked { field, message }: &Blocked| {
                let says = format!("{name}: {message} on {field}");
                condition(Standing::Unmet, says, "dry-run", super::TAKE_FIELDS)
            };
            blocked.iter().map(of).collect()
        }
        Outcome::Failed(why) if makes_namespace(seen, &why) => {
            let says = format!("the API server takes {name}");
            vec![condition(Standing::Unknown, says, why, "its namespace is made by the same rollback")]
        }
        Outcome::Failed(why) => {
            let remedy = match &object.target.live {
                Live::There(..) if why.contains("immutable") || why.contains("updates to ") => {
                    "delete the object first, so that it is made anew; or choose another revision"
                }
                Live::There(..) | Live::Missing | Live::Untold(_) | Live::Unserved => "choose another revision",
            };
            vec![condition(Standing::Unmet, format!("the API server takes {name}"), why, remedy)]
        }
    }
}

/// Whether a refusal is about a namespace that the manifest holds.
fn makes_namespace(seen: &Seen, why: &str) -> bool {
    let ids = seen.objects.iter().map(|object| &object.target.id);
    let mut made = ids.filter(|id| id.group.is_empty() && id.kind == "Namespace");
    made.any(|id| why == format!("namespaces {:?} not found", id.name))
}

/// What cannot be read is left where it is, as Helm leaves it.
fn removed(seen: &Seen) -> Vec<Precondition> {
    let of = |target: &crate::plan::preflight::seen::Target| match &target.live {
        Live::Untold(why) => {
            let says = format!("{} {} can be read: else it stays", target.id.kind, target.id.name);
            Some(condition(Standing::Unknown, says, why.clone(), "ask for the right to get it"))
        }
        Live::There(..) | Live::Missing | Live::Unserved => None,
    };
    seen.removed.iter().filter_map(of).collect()
}
