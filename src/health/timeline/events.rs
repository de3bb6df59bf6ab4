//! What Kubernetes and Flux told in Events, the same of one object as one, and what the Pods of one rollout have in common as one.
//!
//! Source: fluxcd/helm-controller v1.6.3 `api/v2/condition_types.go`, the reasons of a success.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::{Entry, Kind, Read};
use crate::health::objects::Severity;
use crate::health::why;
use crate::health::workloads::first_line;
use crate::release::flux::HELM_GROUP;
use crate::release::{Event, Release};

/// What every Pod that starts is told of, one after the other.
const OF_A_START: [&str; 5] = ["Scheduled", "Pulling", "Pulled", "Created", "Started"];
/// What follows sooner belongs to what went before.
const TOGETHER: SignedDuration = SignedDuration::from_secs(60);
/// Flux tells its Events and turns its conditions within moments.
const MOMENT: u64 = 2;

/// By what Events are told as one: of what they are, and what they say of it.
type Same<'e> = (&'e str, &'e str, &'e str, &'e str, &'e str);

pub(super) fn entries(release: &Release, read: &Read<'_>) -> Vec<Entry> {
    let mut all = why::events(release, read.named, read.world);
    all.sort_by_key(|event| (event.first.or(event.last), &event.key));
    let mut entries: Vec<Entry> = Vec::new();
    let mut known: BTreeMap<Same<'_>, usize> = BTreeMap::new();
    for event in all {
        let (Some(first), Some(last)) = (event.first.or(event.last), event.last.or(event.first)) else { continue };
        let same = same(event);
        // What goes wrong goes on; what goes well is another rollout after a while.
        let goes_on = |entry: &&mut Entry| event.warning || first.duration_since(entry.last()) <= TOGETHER;
        match known.get(&same).and_then(|place| entries.get_mut(*place)).filter(goes_on) {
            Some(entry) => join(entry, event, last),
            None => {
                known.insert(same, entries.len());
                entries.push(entry(event, first, last));
            }
        }
    }
    entries
}

/// Whether an Event tells what a condition tells too.
pub(super) fn is_of(event: &Entry, condition: &Entry) -> bool {
    let reason = event.text.split(':').next().unwrap_or_default();
    let is_helm_release = event.object.as_ref().is_some_and(|id| id.group == HELM_GROUP);
    is_helm_release
        && event.count == 1
        && condition.kind == Kind::Flux
        && condition.at.as_second().abs_diff(event.at.as_second()) <= MOMENT
        && condition.text.contains(&format!(": {reason}"))
}

fn is_of_a_start(event: &Event) -> bool {
    !event.warning && event.about.kind == "Pod" && OF_A_START.contains(&event.reason.as_str())
}

fn same(event: &Event) -> Same<'_> {
    let about = &event.about;
    // Pods are called after what made them.
    let name = match about.kind.as_str() {
        "Pod" => about.name.rsplit_once('-').map_or(about.name.as_str(), |(maker, _)| maker),
        _ => &about.name,
    };
    let (reason, message) = match (is_of_a_start(event), event.warning, event.reason.as_str()) {
        (true, ..) => ("", ""),
        // Of what names the Pod, what comes before the name tells what happened.
        (false, true, reason) if about.kind == "Pod" => {
            (reason, event.message.split(about.name.as_str()).next().unwrap_or_default())
        }
        (false, false, "ScalingReplicaSet") => {
            ("ScalingReplicaSet", event.message.split(" from ").next().unwrap_or_default())
        }
        (false, false, reason @ ("SuccessfulCreate" | "SuccessfulDelete" | "Killing")) => (reason, ""),
        (false, _, reason) => (reason, event.message.as_str()),
    };
    (&about.kind, &about.namespace, name, reason, message)
}

fn entry(event: &Event, first: Timestamp, last: Timestamp) -> Entry {
    let text = match first_line(&event.message) {
        _ if is_of_a_start(event) => event.reason.clone(),
        "" => event.reason.clone(),
        line => format!("{}: {line}", event.reason),
    };
    let until = (last > first).then_some(last);
    let entry = Entry::new(first, Kind::Event, text).of(event.about.clone()).is(severity(event));
    // Where the revision of it is not stored any more, this alone tells that it was well.
    let mends =
        event.about.group == HELM_GROUP && matches!(event.reason.as_str(), "InstallSucceeded" | "UpgradeSucceeded");
    Entry { until, count: event.count.max(1), mends, ..entry.quoting(&event.message) }
}

/// One more of the same.
fn join(entry: &mut Entry, event: &Event, last: Timestamp) {
    entry.until = entry.until.max(Some(last)).filter(|until| *until > entry.at);
    if is_of_a_start(event) {
        entry.quote.clear();
        if !entry.text.split(", ").any(|step| step == event.reason) {
            entry.text = format!("{}, {}", entry.text, event.reason);
        }
        // So many Pods: each is scheduled once.
        entry.count = entry.count.saturating_add(u64::from(event.reason == "Scheduled"));
        return;
    }
    entry.count = entry.count.saturating_add(event.count.max(1));
    let is_scaling = event.reason == "ScalingReplicaSet";
    if let (true, Some((begin, _)), Some((_, end))) =
        (is_scaling, entry.text.rsplit_once(" to "), event.message.rsplit_once(" to "))
    {
        entry.text = format!("{begin} to {end}");
    } else if !entry.text.ends_with(" ...") && !entry.text.ends_with(first_line(&event.message)) {
        entry.text.push_str(" ...");
    }
}

/// A probe that fails may be that of a start; what failed outright is bad.
fn severity(event: &Event) -> Severity {
    let reason = event.reason.as_str();
    let failed = reason.starts_with("Failed") || reason.ends_with("Failed") || reason.starts_with("Err");
    match event.warning {
        false => Severity::Good,
        true if failed || matches!(reason, "BackOff" | "Evicted" | "OOMKilling") => Severity::Bad,
        true => Severity::Waiting,
    }
}
