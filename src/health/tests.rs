//! What releases say of themselves, and when they say something else with nothing but time.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::objects::Counts;
use super::{Judgement, Standing, Verdict, judge};
use crate::release::codec::Driver;
use crate::release::flux::{HelmRelease, Source, SourceKind};
use crate::release::payload::{ReleaseStatus, Revision};
use crate::release::storage::StoredRevision;
use crate::release::{Catalog, Change, Feed, FeedKind, FeedState, ObjectKey, StoredRef, WatchedKind};

fn now() -> Timestamp {
    "2026-03-04T12:00:00Z".parse().unwrap()
}

fn ago(seconds: i64) -> Timestamp {
    now() - SignedDuration::from_secs(seconds)
}

/// A condition that began 40 s ago.
fn condition(kind: &str, status: &str, reason: &str, message: &str) -> Value {
    let since = ago(40).to_string();
    json!({"type": kind, "status": status, "reason": reason, "message": message, "observedGeneration": 3, "lastTransitionTime": since})
}

/// The HelmRelease shop/web at generation 3.
fn flux(meta: Value, spec: Value, status: Value) -> Change {
    let mut object = json!({
        "metadata": {"namespace": "shop", "name": "web", "generation": 3}, "spec": {}, "status": {"observedGeneration": 3},
    });
    for (part, over) in [("metadata", meta), ("spec", spec), ("status", status)] {
        for (key, value) in over.as_object().unwrap() {
            object[part][key] = value.clone();
        }
    }
    Change::HelmRelease(Arc::new(HelmRelease::read(&object).unwrap()))
}

/// The HelmRelease with these conditions.
fn says(conditions: &[Value]) -> Change {
    flux(json!({}), json!({}), json!({"conditions": conditions}))
}

fn stored(status: &str, seconds: i64) -> Change {
    Change::Revision(Box::new(StoredRevision {
        object: StoredRef {
            driver: Driver::Secret,
            uid: "u".to_owned(),
            key: ObjectKey::new("shop", "sh.helm.release.v1.web.v1"),
            resource_version: "1".to_owned(),
        },
        release: "web".to_owned(),
        revision: Revision::new(1).unwrap(),
        status: ReleaseStatus::from(status),
        changed: Some(ago(seconds)),
        by_flux: false,
        problems: Vec::new(),
    }))
}

fn judged(changes: Vec<Change>, standing: &Standing) -> Judgement {
    let mut catalog = Catalog::default();
    for change in changes {
        catalog.apply(change);
    }
    judge(&catalog.releases()[0], standing, &catalog, now())
}

/// All objects are well.
fn well() -> Standing {
    Standing { seen: true, counts: Counts { ready: 2, total: 2, ..Counts::default() }, ..Standing::default() }
}

/// What is said while all objects are well: verdict, cause, and in how many seconds it may read differently.
fn check(changes: Vec<Change>, expected: (Verdict, &str, Option<i64>)) {
    let judgement = judged(changes, &well());
    let turn = judgement.turn.map(|turn| turn.as_second() - now().as_second());
    let cause = judgement.cause.map(|cause| cause.text).unwrap_or_default();
    assert_eq!((judgement.verdict, cause.as_str(), turn), expected);
}

#[test]
fn an_action_is_pending_when_its_client_must_have_given_up() {
    use Verdict::*;
    const GONE: &str = "pending-upgrade, its client is probably gone";
    check(vec![stored("pending-upgrade", 40)], (Progressing, "upgrade under way (pending-upgrade)", Some(260)));
    check(vec![stored("pending-upgrade", 299)], (Progressing, "upgrade under way (pending-upgrade)", Some(1)));
    check(vec![stored("pending-upgrade", 300)], (Pending, GONE, None));
    check(vec![stored("pending-rollback", 9)], (Progressing, "rollback under way (pending-rollback)", Some(291)));
    check(vec![stored("uninstalling", 299)], (Progressing, "uninstalling", Some(1)));
    check(vec![stored("uninstalling", 300)], (Deleting, "uninstalling", None));
    // Of Flux the conditions count as long as they say that helm-controller works on it.
    let ready = || condition("Ready", "True", "UpgradeSucceeded", "");
    let works = condition("Reconciling", "True", "Progressing", "Running 'upgrade' action");
    let runs = condition("Ready", "Unknown", "Progressing", "Running 'upgrade' action");
    check(vec![says(&[works, runs]), stored("pending-upgrade", 900)], (Progressing, "Running 'upgrade' action", None));
    check(vec![says(&[ready()]), stored("pending-upgrade", 900)], (Pending, GONE, None));
    check(vec![says(&[ready()]), stored("deployed", 900)], (Healthy, "", None));
}

#[test]
fn a_deletion_is_stuck_when_nobody_works_on_it() {
    use Verdict::*;
    const TEXT: &str = "being deleted: uninstalling";
    let deleted = |seconds: i64, conditions: &[Value]| {
        vec![flux(json!({"deletionTimestamp": ago(seconds).to_string()}), json!({}), json!({"conditions": conditions}))]
    };
    let works = [condition("Reconciling", "True", "Progressing", "Running 'uninstall' action")];
    let failed = [condition("Released", "False", "UninstallFailed", "timed out")];
    check(deleted(59, &[]), (Progressing, TEXT, Some(1)));
    check(deleted(60, &[]), (Deleting, TEXT, None));
    check(deleted(299, &works), (Progressing, TEXT, Some(1)));
    check(deleted(300, &works), (Deleting, TEXT, None));
    check(deleted(9, &failed), (Deleting, "being deleted: timed out", None));
}

#[test]
fn a_source_has_failed_when_it_says_so() {
    use Verdict::*;
    const UNSEEN: &str = "HelmChart 'shop/shop-web' is not ready: latest generation of object has not been reconciled";
    const GONE: &str = "HelmChart 'shop/shop-web' is not ready: no such version";
    let waits = |message: &str| {
        let ready = condition("Ready", "False", "SourceNotReady", message);
        flux(json!({}), json!({}), json!({"helmChart": "shop/shop-web", "conditions": [ready]}))
    };
    let chart = |observed: i64| {
        let object = json!({
            "metadata": {"namespace": "shop", "name": "shop-web", "generation": 2},
            "status": {"observedGeneration": observed, "conditions": [condition("Ready", "False", "X", "no version 9 in charts")]},
        });
        Change::Source(Arc::new(Source::read(SourceKind::HelmChart, &object).unwrap()))
    };
    check(vec![waits(UNSEEN)], (Progressing, UNSEEN, None));
    check(vec![waits(GONE)], (Failed, GONE, None));
    check(vec![waits(UNSEEN), chart(2)], (Failed, "no version 9 in charts", None));
    // What it said of the version before is not said of this one.
    check(vec![waits(UNSEEN), chart(1)], (Progressing, UNSEEN, None));
}

#[test]
fn a_failure_stays_until_the_next_try_begins() {
    use Verdict::*;
    const MESSAGE: &str = "Helm upgrade failed for release shop/web with chart web@1.5.0: timeout waiting for: [x]";
    let failed = |kind: &str| condition(kind, "False", "UpgradeFailed", MESSAGE);
    let reconciling = |text: &str| condition("Reconciling", "True", "Progressing", text);
    const TEXT: &str = "upgrade to 1.5.0 failed: timeout waiting for: [x]";
    check(vec![says(&[failed("Ready"), failed("Released")])], (Failed, TEXT, None));
    check(
        vec![says(&[reconciling("Running 'rollback' action"), failed("Ready"), failed("Released")])],
        (Failed, TEXT, None),
    );
    let mut older = failed("Ready");
    older["observedGeneration"] = 2.into();
    check(
        vec![says(&[reconciling("Fulfilling prerequisites"), older.clone(), failed("Released")])],
        (Progressing, "Fulfilling prerequisites", None),
    );
    check(vec![says(&[older, failed("Released")])], (Failed, TEXT, None));
    let policy = json!({"upgrade": {"remediation": {"retries": 1}}});
    let remediated = condition("Remediated", "True", "RollbackSucceeded", "rolled back");
    let history = json!([{"name": "web", "namespace": "shop", "version": 11, "status": "deployed"}]);
    let tried = |failures: i64, conditions: &[&Value]| {
        let status = json!({
            "upgradeFailures": failures, "lastAttemptedReleaseAction": "upgrade", "history": history, "conditions": conditions,
        });
        vec![flux(json!({}), policy.clone(), status)]
    };
    check(
        tried(1, &[&failed("Ready"), &failed("Released"), &remediated]),
        (Failed, &format!("{TEXT} (rolled back to rev 11, attempt 1/2 failed)"), None),
    );
    let stalled = condition("Stalled", "True", "RetriesExceeded", "Failed to upgrade after 2 attempt(s)");
    check(
        tried(2, &[&stalled, &failed("Ready"), &failed("Released"), &remediated]),
        (Stalled, &format!("{TEXT} (rolled back to rev 11, retries used up 2/2)"), None),
    );
}

#[test]
fn healthy_is_said_only_of_what_was_looked_at() {
    let ready = || says(&[condition("Ready", "True", "UpgradeSucceeded", "")]);
    let feed =
        |state: FeedState| Change::Feed(Feed { kind: FeedKind::Objects(WatchedKind::Pod), namespace: None }, state);
    let check = |changes: Vec<Change>, standing: Standing, expected: (Verdict, &str)| {
        let judgement = judged(changes, &standing);
        let cause = judgement.cause.map(|cause| cause.text).unwrap_or_default();
        assert_eq!((judgement.verdict, cause.as_str()), expected);
    };
    let counted = |counts: Counts| Standing { counts, ..well() };
    check(vec![ready()], well(), (Verdict::Healthy, ""));
    check(vec![ready()], Standing::default(), (Verdict::Assumed, "objects not looked at: by the release's own word"));
    check(
        vec![ready(), feed(FeedState::Loading)],
        Standing::default(),
        (Verdict::Assumed, "objects not read yet: by the release's own word"),
    );
    check(
        vec![ready(), feed(FeedState::Forbidden)],
        Standing { unseen: vec![WatchedKind::Pod], ..Standing::default() },
        (Verdict::Assumed, "Pods forbidden: by the release's own word"),
    );
    check(
        vec![ready()],
        counted(Counts { ready: 2, total: 2, assumed: 1, ..Counts::default() }),
        (Verdict::Assumed, "1 of 2 objects report nothing: current by rule"),
    );
    check(
        vec![ready()],
        counted(Counts { ready: 2, total: 2, hidden: 1, ..Counts::default() }),
        (Verdict::Assumed, "1 object cannot be seen: by the release's own word"),
    );
    check(
        vec![ready()],
        counted(Counts::default()),
        (Verdict::Assumed, "no workload is known of it: by the release's own word"),
    );
    let remote = flux(
        json!({}),
        json!({"kubeConfig": {}}),
        json!({"conditions": [condition("Ready", "True", "UpgradeSucceeded", "")]}),
    );
    check(vec![remote], Standing::default(), (Verdict::Assumed, "on another cluster"));
}
