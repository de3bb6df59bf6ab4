//! What becomes of the write of each object, and of each field that is not as the release's own manager alone would have it.
//!
//! Sources: kubernetes/apimachinery v0.36 `pkg/util/managedfields`; helm.sh/helm v4.3.1 `pkg/kube/client.go`; what refuses a write
//! is told by the API server in a dry-run.

use std::collections::BTreeMap;

use serde_json::Value;

use super::missing::{is_foreign, is_in_the_way};
use super::seen::{Seen, Target};
use super::writes::migrated;
use super::{Check, Finding, Looked, Severity};
use crate::ownership::fate::{Blocked, Fate, Outcome};
use crate::ownership::found::{self, Kind};
use crate::ownership::next::{NextWrite, Write, Writer, computed};
use crate::ownership::own::{Managers, Method, Pair};
use crate::ownership::report::{ObjectReport, Report, Seen as Owned, Survey, Told, Tried, group_of};
use crate::ownership::{at, wanted};
use crate::release::ObjectId;

/// What was found, and what was looked at.
pub(super) struct Found {
    pub(super) findings: Vec<Finding>,
    pub(super) looked: Looked,
}

pub(super) fn findings(seen: &Seen, managers: &Managers) -> Found {
    let mut found = Vec::new();
    let mut looked = Looked { objects: seen.objects.len(), ..Looked::default() };
    let mut untried: BTreeMap<&str, Vec<&ObjectId>> = BTreeMap::new();
    let mut known: Vec<(NextWrite, Tried)> = Vec::new();
    for (place, target) in seen.objects.iter().enumerate() {
        let outcome = match seen.tried.get(&place) {
            Some((next, Ok(outcome))) => {
                looked.tried += 1;
                let outcome = settled(seen, outcome.clone(), managers);
                known.push((next.clone(), Ok(outcome.clone())));
                Some((outcome, None))
            }
            Some((next, Err(why))) => {
                known.push((next.clone(), Err(why.clone())));
                untried.entry(why).or_default().push(&target.id);
                computed_of(seen, target, managers).map(|outcome| (outcome, Some(why.as_str())))
            }
            None => match seen.untried.get(&place) {
                Some(why) => {
                    untried.entry(why).or_default().push(&target.id);
                    let outcome = computed_of(seen, target, managers);
                    let known_as = outcome.clone().unwrap_or_else(|| Outcome::Failed(why.clone()));
                    known.push((stand_in(target, managers), Ok(known_as)));
                    outcome.map(|outcome| (outcome, Some(why.as_str())))
                }
                // Nothing is sent for it.
                None => None,
            },
        };
        let Some((outcome, computed)) = outcome else { continue };
        looked.computed += usize::from(computed.is_some());
        found.extend(of_outcome(seen, target, &outcome, computed));
    }
    found.extend(untried.into_iter().filter_map(|(why, objects)| of_untried(why, &objects)));
    found.extend(of_fields(seen, managers, &known));
    found.extend(seen.untyped.iter().map(|(api_version, why)| Finding {
        evidence: vec![why.clone()],
        ..Finding::of_release(
            Severity::Note,
            Check::Unread,
            format!("the types of {api_version} are not known: which of its lists are a whole was told from what managers hold"),
            "ask for the right to read /openapi/v3",
        )
    }));
    Found { findings: found, looked }
}

fn settled(seen: &Seen, outcome: Outcome, managers: &Managers) -> Outcome {
    if seen.migrates() { migrated(outcome, &managers.own) } else { outcome }
}

/// In the place of a write that was not tried: what it came to is looked for by its object.
fn stand_in(target: &Target, managers: &Managers) -> NextWrite {
    NextWrite {
        api_version: target.api_version.clone(),
        kind: target.id.kind.clone(),
        namespace: target.id.namespace.clone(),
        name: target.id.name.clone(),
        manager: managers.own.clone(),
        write: Write::Create(Value::Null),
    }
}

/// What the write comes to by what is known here; `None` for what is not there, and where the patch is not known.
fn computed_of(seen: &Seen, target: &Target, managers: &Managers) -> Option<Outcome> {
    let live = target.there()?;
    if is_in_the_way(seen, target, live).is_some() || !seen.knows_patch(target) {
        return None;
    }
    let writing = seen.writing();
    let writer =
        Writer { manager: &managers.own, method: writing.method, is_forced: writing.is_forced, helm: writing.helm };
    let pair = Pair { manifest: &target.wanted, live, typed: seen.typed(target) };
    let original = target.original.as_ref().unwrap_or(&target.wanted);
    Some(settled(seen, computed(&pair, Some(original), writer, seen.now), managers))
}

fn of_outcome(seen: &Seen, target: &Target, outcome: &Outcome, computed: Option<&str>) -> Vec<Finding> {
    let with_source = |quoted: String| {
        let computed = computed.map(|why| format!("computed here: {why}"));
        std::iter::once(quoted).chain(computed).collect::<Vec<String>>()
    };
    match outcome {
        Outcome::Written(_) => Vec::new(),
        Outcome::Conflicts(blocked, _) => {
            let mut by_field: BTreeMap<&str, Vec<&Blocked>> = BTreeMap::new();
            blocked.iter().for_each(|blocked| by_field.entry(&blocked.field).or_default().push(blocked));
            let found = by_field.into_iter().map(|(field, blocked)| {
                let with: Vec<&str> = blocked.iter().map(|blocked| blocked.message.as_str()).collect();
                let text = format!("the upgrade changes it, and others own it: {}", with.join("; "));
                Finding {
                    path: field.to_owned(),
                    evidence: with_source(format!("{}: {field}", with.join("; "))),
                    ..Finding::of_object(
                        Severity::Blocks,
                        Check::Conflict,
                        &target.id,
                        text,
                        conflict_remedy(seen, field),
                    )
                }
            });
            found.collect()
        }
        // What is refused here by rules of ours is no word of the server's.
        Outcome::Failed(why) if computed.is_some() => vec![Finding {
            evidence: with_source(brief(why)),
            ..Finding::of_object(
                Severity::Unknown,
                Check::Refused,
                &target.id,
                "what its write comes to cannot be computed",
                "have the API server try it: without --no-dry-run, and with the right to patch it",
            )
        }],
        Outcome::Failed(why) if makes_namespace(seen, why) => vec![Finding {
            evidence: vec![why.clone()],
            ..Finding::of_object(
                Severity::Unknown,
                Check::Refused,
                &target.id,
                "its namespace is made by the same upgrade: its write cannot be tried before",
                "make the namespace first to have it tried",
            )
        }],
        Outcome::Failed(why) => vec![Finding {
            path: field_of(why),
            evidence: vec![brief(why)],
            ..Finding::of_object(
                Severity::Blocks,
                Check::Refused,
                &target.id,
                "its write is refused",
                refused_remedy(seen, why),
            )
        }],
    }
}

/// Whether a refusal is about a namespace that the manifest holds.
fn makes_namespace(seen: &Seen, why: &str) -> bool {
    let namespaces = seen.objects.iter().filter(|target| target.id.group.is_empty() && target.id.kind == "Namespace");
    let mut refusals = namespaces.map(|target| format!("namespaces {:?} not found", target.id.name));
    refusals.any(|refusal| why == refusal)
}

fn conflict_remedy(seen: &Seen, field: &str) -> String {
    let name = &seen.release.id.name;
    format!(
        "helm upgrade {name} --force-conflicts overwrites it; or set the live value in the chart's values; or drop {field} from \
         the chart"
    )
}

fn refused_remedy(seen: &Seen, why: &str) -> String {
    let name = &seen.release.id.name;
    if why.contains("immutable") || why.contains("updates to ") {
        return "leave the field in the chart as it is, or delete the object before the upgrade, which makes it anew"
            .to_owned();
    }
    if why.contains("exceeded quota") {
        return "ask for less in the chart, or for a larger quota: kubectl describe quota".to_owned();
    }
    if why.contains("denied") || why.contains("admission") {
        return "change in the chart what the policy names, or ask its owner for an exception".to_owned();
    }
    format!("correct it in the chart of {name}, as the answer says")
}

/// Objects whose write nobody tried: conflicts were computed, and nothing is known of admission.
fn of_untried(why: &str, objects: &[&ObjectId]) -> Option<Finding> {
    let first = objects.first()?;
    let text = match objects.len() {
        1 => "its write was not tried: admission, quotas and immutable fields were not asked".to_owned(),
        count => format!(
            "its write and those of {} more were not tried: admission, quotas and immutable fields were not asked",
            count.saturating_sub(1)
        ),
    };
    let named = objects.iter().skip(1).map(ToString::to_string);
    Some(Finding {
        evidence: std::iter::once(why.to_owned()).chain(named).collect(),
        ..Finding::of_object(
            Severity::Unknown,
            Check::Unread,
            first,
            text,
            "have the API server try it: without --no-dry-run, and with the right to patch and create",
        )
    })
}

/// Hotfixes, leftovers, and what is armed. What blocks was told as a conflict.
fn of_fields(seen: &Seen, managers: &Managers, known: &[(NextWrite, Tried)]) -> Vec<Finding> {
    let owned: Vec<Owned> = seen
        .pairs()
        .into_iter()
        .filter(|(place, _)| {
            seen.objects
                .get(*place)
                .is_some_and(|target| target.there().is_some_and(|live| !is_foreign(seen, target, live)))
        })
        .map(|(_, pair)| Owned { manifest: pair.manifest.clone(), live: pair.live.clone() })
        .collect();
    let writing = seen.writing();
    let survey = Survey::by(managers.clone(), &owned, &seen.schema, &writing);
    let Report { objects, .. } = survey.report(known, "it was not tried");
    let all = objects.iter().flat_map(|object| object.told.iter().map(move |told| (object, told)));
    all.filter(|(object, told)| !is_new(seen, object, told))
        .filter_map(|(object, told)| of_field(seen, object, told))
        .collect()
}

/// Whether nobody holds the field, and it is as the manifest before had it, or as the server has it by itself: the new manifest
/// changes it, and nobody else did.
fn is_new(seen: &Seen, object: &ObjectReport, told: &Told) -> bool {
    let is_it = |target: &&Target| {
        target.api_version == object.api_version
            && target.id.kind == object.kind
            && target.id.namespace == object.namespace
            && target.id.name == object.name
    };
    let found::Finding { holders, live, path, .. } = &told.finding;
    let Some(target) = seen.objects.iter().find(is_it).filter(|_| holders.is_empty()) else { return false };
    let namespace = Some(target.id.namespace.as_str()).filter(|namespace| !namespace.is_empty());
    let release = &seen.release;
    let before = |original| wanted(original, namespace, &release.namespace, &release.id.name);
    let before = target.original.as_ref().map(before);
    let before = before.as_ref().and_then(|before| at(before, path, seen.typed(target)));
    before.is_none() || before == live.as_ref()
}

fn of_field(seen: &Seen, object: &ObjectReport, told: &Told) -> Option<Finding> {
    let check = match told.finding.kind {
        Kind::Hotfix => Check::Hotfix,
        Kind::Leftover => Check::Leftover,
        Kind::Armed => Check::Armed,
        Kind::Expected(_) => return None,
    };
    let holders = object.holders(&told.finding);
    let by = if holders.is_empty() { "somebody who is not recorded".to_owned() } else { holders.join(", ") };
    let forced = seen.method() == Method::ClientSide || seen.is_forced();
    let did = if told.finding.manifest.is_none() { "added" } else { "changed" };
    let permanent = "set the live value in the chart's values to keep it";
    let (severity, text, remedy) = match &told.fate {
        // The conflict is told by itself.
        Fate::Blocks(_) => (Severity::Note, format!("{by} {did} it: that is in conflict"), permanent),
        Fate::Overwritten => (Severity::Loses, format!("{by} {did} it, and the upgrade overwrites that"), permanent),
        Fate::Removed => (Severity::Loses, format!("{by} added it, and the upgrade takes it away"), permanent),
        Fate::Corrected => (Severity::Loses, format!("{by} {did} it, and drift correction sets it back"), permanent),
        Fate::Reverted(who) => (Severity::Loses, format!("{by} {did} it: {who}"), permanent),
        Fate::Survives => (
            Severity::Loses,
            format!("{by} {did} it, and the upgrade leaves that as it is: the chart does not say so"),
            "put it into the chart, or undo it",
        ),
        Fate::Stays => (
            Severity::Loses,
            format!("{by} keeps it alive although the chart has it no more"),
            "remove the field by hand: kubectl edit",
        ),
        Fate::Armed => (
            Severity::Note,
            format!("{by} holds it as well, equal today: a chart that changes it is refused"),
            "have the other manager give it up, or upgrade with --force-conflicts then",
        ),
        Fate::TakenOver => (
            Severity::Note,
            format!("{by} holds it as well, equal today: a chart that changes it takes it over"),
            "nothing needs to be done",
        ),
        Fate::Unknown(why) => {
            let severity = if forced { Severity::Unknown } else { Severity::Loses };
            (severity, format!("{by} {did} it; what becomes of that is not known: {}", brief(why)), permanent)
        }
    };
    let id = ObjectId::new(group_of(&object.api_version), &object.kind, &object.namespace, &object.name);
    let since = object.written(&told.finding).map(|time| format!("last written {time}"));
    Some(Finding {
        path: told.finding.path.to_string(),
        evidence: std::iter::once(format!("held by {by}")).chain(since).collect(),
        ..Finding::of_object(severity, check, &id, text, remedy)
    })
}

/// What a server says, without the objects that it prints whole: they are long, and may hold what is secret.
pub(super) fn brief(text: &str) -> String {
    let mut out = String::new();
    let mut inner = String::new();
    let mut depth = 0_usize;
    for c in text.chars() {
        match (c, depth) {
            ('{', _) => {
                depth = depth.saturating_add(1);
                inner.push(c);
            }
            ('}', 1..) => {
                depth = depth.saturating_sub(1);
                inner.push(c);
                if depth == 0 {
                    out.push_str(if inner.len() > 60 { "{...}" } else { &inner });
                    inner.clear();
                }
            }
            (_, 0) => out.push(c),
            (_, _) => inner.push(c),
        }
    }
    if !inner.is_empty() {
        out.push_str("{...");
    }
    out
}

/// The field that a refusal is about, where it names one: `Deployment.apps "web" is invalid: spec.selector: Invalid value`.
fn field_of(why: &str) -> String {
    let Some((_, rest)) = why.split_once(" is invalid: ") else { return String::new() };
    let field = rest.trim_start_matches('[').split(": ").next().unwrap_or_default();
    if field.is_empty() || field.contains(' ') { String::new() } else { format!(".{field}") }
}
