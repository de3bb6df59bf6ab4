//! What happens in the demo while one watches.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use wheelhouse::demo::Demo;
use wheelhouse::demo::bundle::Bundle;
use wheelhouse::demo::server::ObjectRef;
use wheelhouse::demo::story::{Step, Story};
use wheelhouse::release::codec::Driver;
use wheelhouse::release::{Change, ObjectId, ObjectKey, ReleaseId};

use crate::demo::{Seen, catalog, everything, get, line, now, objects, put};

/// What a watch would tell of the loss of an object; `uids` are those of the living.
fn remove(catalog: &mut Seen, object: &ObjectRef, uids: &HashMap<String, String>) {
    let namespace = object.namespace.as_deref().unwrap();
    if object.kind == "Secret" {
        let key = ObjectKey::new(namespace, &*object.name);
        let uid = uids[&key.to_string()].clone();
        catalog.apply(Change::RevisionGone(Driver::Secret, key, uid));
        return;
    }
    let group = object.api_version.split_once('/').map_or("", |(group, _)| group);
    // Without a uid: whatever has this name.
    catalog.apply(Change::ObjectGone(ObjectId::new(group, &*object.kind, namespace, &*object.name), String::new()));
}

/// The upgrading release, whenever its row had changed and was quiet.
#[test]
fn the_story_of_the_cart() {
    let objects = objects();
    let mut story = Story::new(Bundle::embedded().unwrap(), &objects, now()).unwrap();
    let mut catalog = catalog(&objects);
    let mut uids = HashMap::new();
    let mut version = objects.len();
    let mut told: Vec<(i64, String)> = Vec::new();
    let end = now() + SignedDuration::from_mins(4);
    let row = |seen: &Seen, now| {
        let releases = seen.catalog.releases();
        line(seen, releases.iter().find(|release| release.id.name == "cart").unwrap(), now)
    };
    told.push((0, row(&catalog, now())));
    let mut dues: Vec<(Timestamp, Vec<Step>)> = Vec::new();
    while let Some(due) = story.next().filter(|due| *due < end) {
        let mut steps = story.until(due).unwrap();
        steps.retain(|step| matches!(step, Step::Put(_) | Step::Remove(_)));
        if !steps.is_empty() {
            dues.push((due, steps));
        }
    }
    let mut dues = dues.into_iter().peekable();
    while let Some((due, steps)) = dues.next() {
        for step in steps {
            version += 1;
            match step {
                Step::Put(object) => {
                    let meta = &object["metadata"];
                    let key = ObjectKey::new(meta["namespace"].as_str().unwrap(), meta["name"].as_str().unwrap());
                    if object["kind"] == "Secret" {
                        uids.insert(key.to_string(), meta["uid"].as_str().unwrap().to_owned());
                    }
                    put(&mut catalog, &object, version);
                }
                Step::Remove(object) => remove(&mut catalog, &object, &uids),
                Step::Run(_) | Step::Line(..) => unreachable!("a log is no object"),
            }
        }
        // As the list does it: what is not quiet has not settled.
        if dues.peek().is_some_and(|(next, _)| next.duration_since(due) < SignedDuration::from_millis(400)) {
            continue;
        }
        let (second, row) = (due.as_second() - now().as_second(), row(&catalog, due));
        if told.last().is_some_and(|(_, last)| *last != row) {
            told.push((second, row));
        }
    }
    // Seconds 47 to 95 of the recording from the twentieth on, 203 to 212 from the hundred and fiftieth on.
    const RUNS: &str = "Running 'upgrade' action with timeout of 12s";
    const PULL: &str = "Deployment cart: web cannot pull registry.example.com/cart:5.2.0";
    let expected = [
        (0, "healthy", "1/1", "1 cart 5.1.2", String::new()),
        (20, "progressing", "1/1", "1 cart 5.1.2", RUNS.to_owned()),
        (21, "degraded", "0/1", "2 cart 5.2.0", format!("{PULL} ({RUNS})")),
        (33, "failed", "1/1", "3 cart 5.1.2", format!("{PULL} (being rolled back, attempt 1/2 failed)")),
        (38, "failed", "1/1", "3 cart 5.1.2", format!("{PULL} (rolled back to rev 3, attempt 1/2 failed)")),
        (49, "progressing", "1/1", "3 cart 5.1.2", RUNS.to_owned()),
        (50, "degraded", "0/1", "4 cart 5.2.0", format!("{PULL} ({RUNS})")),
        (62, "failed", "1/1", "5 cart 5.1.2", format!("{PULL} (being rolled back, retries used up 2/2)")),
        (67, "stalled", "1/1", "5 cart 5.1.2", format!("{PULL} (rolled back to rev 5, retries used up 2/2)")),
        (151, "progressing", "1/1", "5 cart 5.1.2", RUNS.to_owned()),
        (151, "progressing", "1/1", "6 cart 5.2.0", RUNS.to_owned()),
        (156, "healthy", "1/1", "6 cart 5.2.0", String::new()),
    ];
    let expected = expected.map(|(second, verdict, objects, revision, cause)| {
        let cause = if cause.is_empty() { cause } else { format!(" | {cause}") };
        (second, format!("{verdict} {objects} checkout/cart flux {revision}{cause}"))
    });
    assert_eq!(told, expected);
    let id = ReleaseId::stored(Driver::Secret, "checkout", "cart");
    let history: Vec<String> = catalog
        .catalog
        .revisions(&id)
        .map(|revision| {
            let summary = catalog.catalog.summary(&revision.object).unwrap().as_ref().unwrap();
            format!("{} {} {}", revision.revision, revision.status, summary.description.as_deref().unwrap())
        })
        .collect();
    let failed = "failed Upgrade \"cart\" failed: timeout waiting for: [Deployment/checkout/cart status: 'InProgress']";
    assert_eq!(
        history,
        [
            "6 deployed Upgrade complete".to_owned(),
            "5 superseded Rollback to 3".to_owned(),
            format!("4 {failed}"),
            "3 superseded Rollback to 1".to_owned(),
            format!("2 {failed}"),
        ]
    );
}

/// Whoever sleeps until the next step misses none, and whoever oversleeps catches up.
#[test]
fn the_story_is_the_same_at_any_pace() {
    let end = now() + SignedDuration::from_mins(4);
    let state = |demo: &Demo| {
        let mut objects = Vec::new();
        for path in ["/api/v1/pods", "/api/v1/secrets", "/api/v1/events", "/apis/apps/v1/deployments"] {
            objects.push(get(demo, "administrator", path));
        }
        objects
    };
    let awake = Demo::new(now()).unwrap();
    let mut steps = 0;
    while let Some(due) = awake.next().filter(|due| *due <= end) {
        awake.advance(due).unwrap();
        steps += 1;
    }
    awake.advance(end).unwrap();
    let asleep = Demo::new(now()).unwrap();
    asleep.advance(end).unwrap();
    assert_eq!(state(&awake), state(&asleep));
    assert!(steps > 50, "{steps}");
    let path = "/apis/helm.toolkit.fluxcd.io/v2/namespaces/checkout/helmreleases/cart";
    assert_eq!(get(&asleep, "two", path)["status"]["history"][0]["version"], 6);
}

/// What crashes is started again and again, as the kubelet does it and tells of it.
#[test]
fn the_story_of_the_search() {
    let mut told = Vec::new();
    for (due, object) in everything() {
        let of = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        if of("/metadata/namespace") != "search" || *due >= now() + SignedDuration::from_secs(350) {
            continue;
        }
        let what = match of("/kind") {
            "Pod" => {
                let status = &object["status"]["containerStatuses"][0];
                let state = status["state"].as_object().unwrap().keys().next().unwrap();
                let last = &status["lastState"]["terminated"]["finishedAt"];
                format!("{state}, {} restarts, last ended {}", status["restartCount"], last.as_str().unwrap())
            }
            "Event" if of("/reportingComponent") == "kubelet" => format!("{} x{}", of("/reason"), object["count"]),
            _ => continue,
        };
        let pod = if of("/kind") == "Pod" { of("/metadata/name") } else { of("/involvedObject/name") };
        told.push(format!("{} {pod} {what}", due.as_second() - now().as_second()));
    }
    assert_eq!(
        told,
        [
            "0 search-6d7f7d8548-tzzsc waiting, 5 restarts, last ended 2027-03-01T02:55:34Z",
            "0 search-6d7f7d8548-k854t waiting, 5 restarts, last ended 2027-03-01T02:55:34Z",
            "0 search-6d7f7d8548-tzzsc Started x6",
            "0 search-6d7f7d8548-tzzsc BackOff x5",
            "0 search-6d7f7d8548-k854t Started x6",
            "0 search-6d7f7d8548-k854t BackOff x5",
            "35 search-6d7f7d8548-tzzsc running, 6 restarts, last ended 2027-03-01T02:55:34Z",
            "35 search-6d7f7d8548-tzzsc Started x7",
            "39 search-6d7f7d8548-tzzsc waiting, 6 restarts, last ended 2027-03-01T03:00:39Z",
            "39 search-6d7f7d8548-tzzsc BackOff x6",
            "46 search-6d7f7d8548-k854t running, 6 restarts, last ended 2027-03-01T02:55:34Z",
            "46 search-6d7f7d8548-k854t Started x7",
            "50 search-6d7f7d8548-k854t waiting, 6 restarts, last ended 2027-03-01T03:00:50Z",
            "50 search-6d7f7d8548-k854t BackOff x6",
            "339 search-6d7f7d8548-tzzsc running, 7 restarts, last ended 2027-03-01T03:00:39Z",
            "339 search-6d7f7d8548-tzzsc Started x8",
            "343 search-6d7f7d8548-tzzsc waiting, 7 restarts, last ended 2027-03-01T03:05:43Z",
            "343 search-6d7f7d8548-tzzsc BackOff x7",
        ]
    );
}
