//! Releases that are pending, and whether somebody still works on them.

use std::collections::BTreeMap;

use serde_json::json;

use super::*;
use crate::release::codec::Driver;
use crate::release::payload::Revision;
use crate::release::storage::StoredRevision;
use crate::release::{ObjectKey, PayloadState, ReleaseId, StoredRef, example};

fn seen(status: &str) -> Seen {
    let status = ReleaseStatus::from(status);
    let time = |text: &str| text.parse::<Timestamp>().unwrap();
    let payload = json!({"version": 4, "info": {"status": status.as_str(), "last_deployed": "2026-11-22T00:51:00Z"}});
    let release = Release {
        id: ReleaseId::stored(Driver::Secret, "legacy", "forum"),
        namespace: "legacy".to_owned(),
        revision: Revision::new(4),
        status: Some(status.clone()),
        payload: PayloadState::Read,
        ..example::release("forum")
    };
    let stored = StoredRevision {
        object: StoredRef {
            driver: Driver::Secret,
            key: ObjectKey::new("legacy", "sh.helm.release.v1.forum.v4"),
            uid: "uid-v4".to_owned(),
            resource_version: "9".to_owned(),
        },
        release: "forum".to_owned(),
        revision: Revision::new(4).unwrap(),
        status,
        changed: None,
        by_flux: false,
        problems: Vec::new(),
    };
    let labels = BTreeMap::from([("team".to_owned(), "1".to_owned()), ("name".to_owned(), "forum".to_owned())]);
    Seen {
        release: Arc::new(release),
        now: time("2026-11-22T01:00:00Z"),
        newest: Ok(Arc::new(Payload::new(payload.as_object().unwrap().clone()))),
        kept: Some(Kept { stored, labels, written: Some((time("2026-11-22T00:51:01Z"), "Helm".to_owned())) }),
        changed: vec![Changed {
            object: ObjectId::new("apps", "Deployment", "legacy", "forum"),
            at: time("2026-11-22T00:51:02Z"),
            by: "helm".to_owned(),
        }],
    }
}

/// What has to be so, and whether there is something to run.
#[track_caller]
fn check(seen: &Seen, steps: usize, expected: &[&str]) {
    let plan = plan(seen);
    let told: Vec<String> = plan
        .preconditions
        .iter()
        .map(|one| {
            let more = [&one.evidence, &one.remedy].into_iter().filter(|text| !text.is_empty());
            std::iter::once(format!("{}: {}", one.state, one.says)).chain(more.cloned()).collect::<Vec<_>>().join(" | ")
        })
        .collect();
    assert_eq!((told, plan.steps.len()), (expected.iter().map(|text| (*text).to_owned()).collect(), steps));
}

#[test]
fn one_whose_client_went_away_is_marked_as_failed() {
    let seen = seen("pending-upgrade");
    check(
        &seen,
        2,
        &[
            "met: revision 4 is pending-upgrade since 9m | 2026-11-22T00:51:00Z",
            "met: nobody wrote it in the last 300 s | by Helm, 8m ago",
            "met: nothing changed its objects in the last 300 s | Deployment forum by helm, 8m ago",
        ],
    );
    let plan = plan(&seen);
    assert_eq!(plan.title, "Unlock legacy/forum: mark revision 4 as failed");
    assert_eq!(plan.confirm, Confirm::Typed("forum".to_owned()));
    let Task::Send(request) = &plan.steps[1].task else { panic!("{:?}", plan.steps[1]) };
    assert_eq!(request.line(), "update secrets legacy/sh.helm.release.v1.forum.v4 as Helm");
    assert_eq!((request.uid.as_deref(), request.resource_version.as_deref()), (Some("uid-v4"), Some("9")));
    let super::super::Body::Stored(stored) = &request.body else { panic!("{:?}", request.body) };
    assert_eq!(
        (stored.status.clone(), stored.description.as_deref(), stored.labels.clone()),
        (
            Some(ReleaseStatus::Failed),
            Some("Release unlocked from stale 'pending-upgrade' state"),
            vec![("team".to_owned(), "1".to_owned())]
        )
    );
}

#[test]
fn one_that_somebody_may_work_on_says_so() {
    let mut seen = seen("pending-rollback");
    seen.now = "2026-11-22T00:52:00Z".parse().unwrap();
    seen.changed[0].at = "2026-11-22T00:51:30Z".parse().unwrap();
    check(
        &seen,
        2,
        &[
            "unknown: nobody wrote it in the last 300 s | by Helm, 59s ago | wait, and look again: its client may be at work",
            "unknown: nothing changed its objects in the last 300 s | Deployment forum by helm, 30s ago | wait, and look again: \
             something is at work",
            "met: revision 4 is pending-rollback since 60s | 2026-11-22T00:51:00Z",
        ],
    );
    // What was written before it began is nobody's work of now.
    seen.changed[0].at = "2026-11-22T00:50:59Z".parse().unwrap();
    let told = plan(&seen).preconditions;
    assert_eq!(told[2].evidence, "no object was written since it began", "{told:?}");
}

#[test]
fn one_that_is_not_pending_needs_no_unlocking() {
    check(&seen("deployed"), 0, &["unmet: revision 4 is pending | it is deployed | nothing needs to be unlocked"]);
    check(&Seen { kept: None, ..seen("deployed") }, 0, &["unmet: something is stored of it"]);
}
