//! What happened to a release: its order, where it broke, and the recorded stories as they are read.

use std::fmt::Write as _;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};
use wheelhouse::health::objects::{self, Severity};
use wheelhouse::health::timeline::{self, Entry, Kind, Read, Timeline};
use wheelhouse::health::{self, Standing, Verdict, World};
use wheelhouse::release::codec::Driver;
use wheelhouse::release::flux::HelmRelease;
use wheelhouse::release::payload::{Payload, ReleaseStatus, Revision};
use wheelhouse::release::storage::StoredRevision;
use wheelhouse::release::{
    Catalog, Change, Event, Feed, FeedKind, FeedState, LiveObject, ObjectId, ObjectKey, Part, Resource, StoredRef,
    history,
};

use crate::why::{BEGIN, Watched, find, replay};

/// A timeline as it is compared: a line an entry, all that it tells, a mark where it broke.
fn text(told: &Timeline) -> String {
    let mut out = String::new();
    for (place, entry) in told.entries.iter().enumerate() {
        let Entry { at, until, kind, severity, revision, object, count, text, quote, mends, is_anew: _ } = entry;
        let mark = match severity {
            Severity::Bad => 'x',
            Severity::Waiting => '!',
            Severity::Unknown => '?',
            Severity::Good => ' ',
        };
        if told.broke == Some(place) {
            out += "-- broke here --\n";
        }
        write!(out, "{mark} {} {kind}", at.strftime("%H:%M:%S")).unwrap();
        revision.iter().for_each(|revision| write!(out, " [{revision}]").unwrap());
        object.iter().for_each(|object| write!(out, " {object}").unwrap());
        write!(out, ": {text}").unwrap();
        if *count > 1 || until.is_some() {
            let until = until.map(|until| until.strftime("%H:%M:%S").to_string()).unwrap_or_default();
            write!(out, " ({count}x until {until})").unwrap();
        }
        if *mends {
            out += " (mends)";
        }
        if !quote.is_empty() {
            let first = quote.lines().next().unwrap_or_default();
            write!(out, " \"{first}\"").unwrap();
        }
        out += "\n";
    }
    for limit in &told.limits {
        writeln!(out, "limit: {limit}").unwrap();
    }
    out
}

/// A recorded release so many seconds into the recordings, as if the program had run all the time.
fn recorded(name: &str, second: f64) -> String {
    let (catalog, world, payloads) = replay(second, Watched::Live);
    let release = find(&catalog, name);
    let now = Timestamp::from_millisecond(((BEGIN + second) * 1000.0) as i64).unwrap();
    let latest = payloads.iter().rfind(|(object, _)| release.latest.as_ref() == Some(object));
    let payloads: Vec<&Payload> = latest.iter().map(|(_, payload)| &**payload).collect();
    let named = objects::named(&release, payloads.first().copied());
    let standing = world.standing_of(&release, &named, now);
    let verdict = health::judge(&release, &standing, &catalog, now).verdict;
    let rows = history::rows(&catalog, &release);
    let read = Read {
        catalog: &catalog,
        world: &world,
        standing: &standing,
        named: &named,
        rows: &rows,
        payloads: &payloads,
        hotfixes: None,
        verdict,
        now,
    };
    format!("{verdict}\n{}", text(&timeline::timeline(&release, read)))
}

#[test]
fn the_recorded_storefront() {
    let told = [30.0, 242.0, 300.0].map(|second| format!("==== {second} s: {}", recorded("shop/storefront", second)));
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn the_recorded_billing() {
    let told =
        [46.0, 62.0, 100.0, 215.0].map(|second| format!("==== {second} s: {}", recorded("billing/billing", second)));
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn the_recorded_natives() {
    let told =
        ["legacy/wiki", "legacy/forum", "legacy/old"].map(|name| format!("==== {name}: {}", recorded(name, 358.0)));
    insta::assert_snapshot!(told.join("\n"));
}

/// What is known of the release `shop/web`.
#[derive(Default)]
struct Known {
    stored: Vec<(u32, &'static str, &'static str, &'static str)>,
    events: Vec<Event>,
    objects: Vec<Value>,
    helm_release: Option<Value>,
    spec_written: Option<&'static str>,
    hotfixes: Option<Vec<Entry>>,
}

fn time(text: &str) -> Timestamp {
    format!("2026-11-22T{text}Z").parse().unwrap()
}

fn told(known: &Known, verdict: Verdict) -> String {
    let (mut catalog, mut world) = (Catalog::default(), World::keeping_bodies());
    let kind = FeedKind::Storage(Driver::Secret, Part::Current);
    catalog.apply(Change::Feed(Feed { kind, namespace: None }, FeedState::Live));
    for (number, status, began, ended) in &known.stored {
        let object = StoredRef {
            driver: Driver::Secret,
            key: ObjectKey::new("shop", format!("sh.helm.release.v1.web.v{number}")),
            uid: format!("uid-{number}"),
            resource_version: "1".to_owned(),
        };
        let raw = json!({
            "name": "web", "namespace": "shop", "version": number,
            "info": {"status": status, "last_deployed": time(began).to_string(), "description": match *status {
                "failed" => "Upgrade \"web\" failed: timed out",
                _ => "Upgrade complete",
            }},
            "chart": {"metadata": {"name": "storefront", "version": format!("1.{number}.0")}},
        });
        catalog.apply(Change::Revision(Box::new(StoredRevision {
            object: object.clone(),
            release: "web".to_owned(),
            revision: Revision::new(*number).unwrap(),
            status: ReleaseStatus::from(*status),
            changed: Some(time(ended)),
            by_flux: false,
            problems: Vec::new(),
        })));
        let payload = Payload::new(raw.as_object().unwrap().clone());
        catalog.keep_summary(&object, Ok(Arc::new(payload.summary())));
    }
    let events =
        Resource { api_version: "v1".to_owned(), kind: "Event".to_owned(), namespace: Some("shop".to_owned()) };
    world.apply(&Change::Inventory(events, FeedState::Live));
    for event in &known.events {
        world.apply(&Change::Event(Box::new(event.clone())));
    }
    for object in &known.objects {
        world.apply(&Change::Object(Arc::new(LiveObject::read(object.clone()).unwrap())));
    }
    if let Some(object) = &known.helm_release {
        let read = HelmRelease::read(object).unwrap();
        catalog
            .apply(Change::HelmRelease(Arc::new(HelmRelease { spec_written: known.spec_written.map(time), ..read })));
    }
    let release = catalog.releases().remove(0);
    let named = objects::named(&release, None);
    let read = Read {
        catalog: &catalog,
        world: &world,
        standing: &Standing::default(),
        named: &named,
        rows: &history::rows(&catalog, &release),
        payloads: &[],
        hotfixes: known.hotfixes.as_deref(),
        verdict,
        now: time("03:00:00"),
    };
    text(&timeline::timeline(&release, read))
}

#[track_caller]
fn check(known: &Known, verdict: Verdict, expected: &[&str]) {
    let told = told(known, verdict);
    let entries: Vec<&str> = told.lines().filter(|line| !line.starts_with("limit: ")).collect();
    assert_eq!(entries, expected, "{told}");
}

fn pod(name: &str, finished: &str, code: i64, restarts: i64) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "namespace": "shop", "name": name, "uid": name, "creationTimestamp": time("02:00:00").to_string(),
            "annotations": {"meta.helm.sh/release-namespace": "shop", "meta.helm.sh/release-name": "web"},
        },
        "spec": {"containers": [{"name": "web", "image": "web:1"}]},
        "status": {"phase": "Running", "containerStatuses": [{
            "name": "web", "restartCount": restarts, "ready": false,
            "state": {"waiting": {"reason": "CrashLoopBackOff"}},
            "lastState": {"terminated": {"exitCode": code, "reason": "Error", "message": "no index\nbye", "finishedAt": time(finished).to_string()}},
        }]},
    })
}

fn event(name: &str, reason: &str, message: &str, warning: bool, (count, first, last): (u64, &str, &str)) -> Event {
    Event {
        key: ObjectKey::new("shop", format!("{name}.{reason}.{message}.{first}")),
        about: ObjectId::new("", "Pod", "shop", name),
        about_uid: String::new(),
        field: None,
        warning,
        reason: reason.to_owned(),
        message: message.to_owned(),
        count,
        first: Some(time(first)),
        last: Some(time(last)),
        source: "kubelet".to_owned(),
    }
}

#[test]
fn an_upgrade_that_fails_has_a_beginning_and_an_end() {
    let stored = vec![(2, "deployed", "01:00:00", "01:00:20"), (3, "failed", "02:00:00", "02:05:00")];
    let expected = [
        "  01:00:00 revision [2]: upgraded: storefront 1.2.0 (mends)",
        "  02:00:00 revision [3]: upgrade began: storefront 1.2.0 -> 1.3.0",
        "-- broke here --",
        "x 02:05:00 revision [3]: upgrade failed: timed out",
    ];
    check(&Known { stored, ..Known::default() }, Verdict::Failed, &expected);
}

#[test]
fn where_nothing_is_broken_no_place_is_marked() {
    let stored = vec![(1, "failed", "01:00:00", "01:00:00"), (2, "deployed", "02:00:00", "02:00:00")];
    let expected = [
        "x 01:00:00 revision [1]: install began: storefront 1.1.0, and failed: timed out",
        "  02:00:00 revision [2]: upgraded: storefront 1.1.0 -> 1.2.0 (mends)",
    ];
    check(&Known { stored: stored.clone(), ..Known::default() }, Verdict::Healthy, &expected);
    // What failed before was past when revision 2 was deployed: it is not where the release broke.
    check(&Known { stored, ..Known::default() }, Verdict::Degraded, &expected);
}

/// What failed long ago was mended by the spec that was written since, or else it would fail still.
#[test]
fn where_it_never_was_well_the_newest_spec_counts() {
    let conditions = json!([condition("Ready", "False", "InstallFailed", "02:15:00")]);
    let asked =
        |spec_written: Option<&'static str>, stored: &[(u32, &'static str, &'static str, &'static str)]| Known {
            stored: stored.to_vec(),
            helm_release: Some(helm_release(json!({}), conditions.clone(), json!([]))),
            spec_written,
            ..Known::default()
        };
    let failed = [(1, "failed", "00:30:00", "00:30:00")];
    let created = "  00:10:00 request HelmRelease web: the HelmRelease was created";
    let first = "x 00:30:00 revision [1]: install began: storefront 1.1.0, and failed: timed out";
    let last = "x 02:15:00 flux HelmRelease web: Ready False: InstallFailed: InstallFailed: \"InstallFailed:\"";
    let written =
        |at: &str| format!("  {at} request HelmRelease web: the HelmRelease was written: spec or annotations");
    let here = "-- broke here --";
    check(&asked(None, &failed), Verdict::Failed, &[created, here, first, last]);
    let known = asked(Some("02:00:00"), &failed);
    check(&known, Verdict::Failed, &[created, first, &written("02:00:00"), here, last]);
    // Nothing failed since.
    let known = asked(Some("02:30:00"), &failed);
    check(&known, Verdict::Failed, &[created, here, first, last, &written("02:30:00")]);
    // It was well before it failed: a spec that mends nothing does not move the place.
    let known =
        asked(Some("02:00:00"), &[(1, "deployed", "00:20:00", "00:20:00"), (2, "failed", "00:30:00", "00:30:00")]);
    let installed = "  00:20:00 revision [1]: installed: storefront 1.1.0 (mends)";
    let second = "x 00:30:00 revision [2]: upgrade began: storefront 1.1.0 -> 1.2.0, and failed: timed out";
    check(&known, Verdict::Failed, &[created, installed, here, second, &written("02:00:00"), last]);
}

#[test]
fn revisions_of_one_second_stand_by_number_and_causes_before_what_they_bring_about() {
    let stored = vec![
        (9, "superseded", "02:00:00.9", "02:00:00"),
        (10, "superseded", "02:00:00.4", "02:00:00"),
        (11, "deployed", "02:00:00.1", "02:00:00"),
    ];
    let hotfix = Entry::new(time("02:00:00"), Kind::Hotfix, "kubectl-edit changed 1 field: .spec.replicas");
    let known = Known {
        stored,
        hotfixes: Some(vec![hotfix]),
        events: vec![event("web-1", "Killing", "Stopping", false, (1, "02:00:00", "02:00:00"))],
        objects: vec![pod("web-1", "02:00:00", 0, 1)],
        ..Known::default()
    };
    let expected = [
        "  02:00:00 hotfix: kubectl-edit changed 1 field: .spec.replicas",
        "  02:00:00 revision [9]: upgraded: storefront 1.9.0 (mends)",
        "  02:00:00 revision [10]: upgraded: storefront 1.9.0 -> 1.10.0 (mends)",
        "  02:00:00 revision [11]: upgraded: storefront 1.10.0 -> 1.11.0 (mends)",
        "  02:00:00 object Pod web-1: created",
        "  02:00:00 container Pod web-1: web ended, exit code 0 \"no index\"",
        "  02:00:00 event Pod web-1: Killing: Stopping",
    ];
    check(&known, Verdict::Healthy, &expected);
}

#[test]
fn the_same_event_is_told_once_from_its_beginning() {
    let known = Known {
        stored: vec![(1, "deployed", "01:00:00", "01:00:00")],
        objects: vec![pod("web-1", "02:50:00", 1, 5)],
        events: vec![
            event("web-1", "Scheduled", "to node-1", false, (1, "02:00:00", "02:00:00")),
            event("web-1", "Pulled", "already there", false, (1, "02:00:01", "02:00:01")),
            event("web-1", "Started", "Started web", false, (6, "02:00:02", "02:50:00")),
            event("web-1", "BackOff", "Back-off restarting web", true, (14, "02:00:30", "02:55:00")),
            event("web-1", "BackOff", "Back-off restarting web", true, (3, "02:56:00", "02:57:00")),
            event("web-1", "Unhealthy", "probe failed", true, (1, "02:00:05", "02:00:05")),
            event("other-1", "BackOff", "of another release", true, (1, "02:00:00", "02:00:00")),
        ],
        ..Known::default()
    };
    let expected = [
        "  01:00:00 revision [1]: installed: storefront 1.1.0 (mends)",
        "  02:00:00 object Pod web-1: created",
        "  02:00:00 event Pod web-1: Scheduled, Pulled, Started (1x until 02:50:00)",
        "! 02:00:05 event Pod web-1: Unhealthy: probe failed",
        "-- broke here --",
        "x 02:00:30 event Pod web-1: BackOff: Back-off restarting web (17x until 02:57:00)",
        "x 02:50:00 container Pod web-1: web exits 1 at start, 5 restarts \"no index\"",
    ];
    check(&known, Verdict::Degraded, &expected);
}

fn helm_release(annotations: Value, conditions: Value, history: Value) -> Value {
    json!({
        "metadata": {
            "namespace": "shop", "name": "web", "annotations": annotations,
            "creationTimestamp": time("00:10:00").to_string(),
        },
        "spec": {"chart": {"spec": {"chart": "storefront", "sourceRef": {"kind": "HelmRepository", "name": "c"}}}},
        "status": {
            "storageNamespace": "shop", "conditions": conditions, "history": history,
            "lastHandledReconcileAt": time("02:10:00").to_string(),
        },
    })
}

fn condition(kind: &str, status: &str, reason: &str, at: &str) -> Value {
    json!({"type": kind, "status": status, "reason": reason, "message": format!("{reason}:\nall of it"), "lastTransitionTime": time(at).to_string()})
}

/// The Pods of one rollout fail alike; what differs is told apart.
#[test]
fn what_the_pods_of_a_rollout_have_in_common_is_told_once() {
    let known = Known {
        stored: vec![(1, "deployed", "01:00:00", "01:00:00")],
        objects: vec![pod("web-7c-a", "02:50:00", 0, 1), pod("web-7c-b", "02:50:00", 0, 1)],
        events: vec![
            event("web-7c-a", "Failed", "cannot pull for web-7c-a", true, (2, "02:00:30", "02:01:00")),
            event("web-7c-b", "Failed", "cannot pull for web-7c-b", true, (3, "02:00:31", "02:02:00")),
            event("web-7c-b", "Failed", "no such Secret", true, (1, "02:00:40", "02:00:40")),
        ],
        ..Known::default()
    };
    let expected = [
        "  01:00:00 revision [1]: installed: storefront 1.1.0 (mends)",
        "  02:00:00 object: 2 objects created: Pod web-7c-a, Pod web-7c-b",
        "-- broke here --",
        "x 02:00:30 event Pod web-7c-a: Failed: cannot pull for web-7c-a ... (5x until 02:02:00)",
        "x 02:00:40 event Pod web-7c-b: Failed: no such Secret",
        "  02:50:00 container Pod web-7c-a: web ended, exit code 0 \"no index\"",
        "  02:50:00 container Pod web-7c-b: web ended, exit code 0 \"no index\"",
    ];
    check(&known, Verdict::Degraded, &expected);
}

#[test]
fn what_flux_was_asked_and_says_is_told_once() {
    let asked = json!({
        "reconcile.fluxcd.io/requestedAt": time("02:10:00").to_string(),
        "reconcile.fluxcd.io/forceAt": time("02:10:00").to_string(),
        "reconcile.fluxcd.io/resetAt": "any word",
    });
    let conditions = json!([
        condition("Ready", "False", "UpgradeFailed", "02:15:00"),
        condition("Released", "False", "UpgradeFailed", "02:15:00"),
        condition("Drifted", "True", "DriftDetected", "01:15:00"),
    ]);
    let history = json!([{
        "name": "web", "namespace": "shop", "version": 4, "status": "deployed", "chartName": "storefront",
        "chartVersion": "1.4.0", "lastDeployed": time("00:30:00").to_string(), "action": "upgrade",
        "testHooks": {"smoke": {"phase": "Failed", "lastCompleted": time("00:31:00").to_string()}},
    }]);
    let known = Known { helm_release: Some(helm_release(asked, conditions, history)), ..Known::default() };
    let expected = [
        "  00:10:00 request HelmRelease web: the HelmRelease was created",
        "  00:30:00 revision [4]: upgraded by Flux: storefront 1.4.0 (mends)",
        "-- broke here --",
        "x 00:31:00 hook [4]: test smoke Failed",
        "! 01:15:00 flux HelmRelease web: Drifted True: DriftDetected: DriftDetected: \"DriftDetected:\"",
        "! 02:10:00 request HelmRelease web: reconcile and force asked for, not handled yet",
        "x 02:15:00 flux HelmRelease web: Ready and Released False: UpgradeFailed: UpgradeFailed: \"UpgradeFailed:\"",
    ];
    check(&known, Verdict::Failed, &expected);
}

#[test]
fn what_cannot_be_known_is_said() {
    let limits = |known: &Known| {
        let told = told(known, Verdict::Healthy);
        told.lines().filter_map(|line| line.strip_prefix("limit: ")).map(str::to_owned).collect::<Vec<_>>()
    };
    let stored = vec![(5, "deployed", "01:00:00", "01:00:00"), (2, "superseded", "00:30:00", "00:30:00")];
    let always = "Kubernetes keeps Events for about an hour: of what was before there are none";
    let gone = "not stored any more (pruned by maxHistory, or deleted): revisions 3 to 4, 1";
    let unknown = "which fields were edited is not known, or not yet";
    assert_eq!(limits(&Known { stored: stored.clone(), ..Known::default() }), [gone, always, unknown]);
    let hotfix = Entry::new(time("02:00:00"), Kind::Hotfix, "kubectl-edit changed 1 field: .spec.replicas");
    let seconds = "a hotfix stands where its manager wrote last, to the second; it may be older";
    let known = Known { stored, hotfixes: Some(vec![hotfix]), ..Known::default() };
    assert_eq!(limits(&known), [gone, always, seconds]);
    let known =
        Known { stored: vec![(1, "deployed", "01:00:00", "01:00:00")], hotfixes: Some(vec![]), ..Known::default() };
    assert_eq!(limits(&known), [always]);
}
