//! Why a release is as it is: the whole answer at every moment of the recordings that has something to explain.
//!
//! The answers are printed as a tree and kept as snapshots, to be read as one reads them at night: is the first line the
//! truth, and does one see what to do?

use std::collections::HashSet;
use std::fmt::Write as _;
use std::sync::{Arc, OnceLock};

use jiff::Timestamp;
use serde_json::Value;
use strum::IntoEnumIterator as _;
use wheelhouse::health::objects::Severity;
use wheelhouse::health::why::{self, Known, Link, Why};
use wheelhouse::health::{Standing, World};
use wheelhouse::release::codec::{self, DATA_KEY, Driver};
use wheelhouse::release::flux::{HelmRelease, Source, SourceKind};
use wheelhouse::release::payload::{Payload, Summary};
use wheelhouse::release::storage::StoredRevision;
use wheelhouse::release::{
    Catalog, Change, Event, Feed, FeedKind, FeedState, LiveObject, ObjectId, ObjectKey, Part, Release, StoredRef,
    WatchedKind,
};

use crate::{demo, recordings};

/// The answer as a person reads it.
pub fn text(why: &Why, now: Timestamp) -> String {
    let causes = why.links.iter().filter(|link| link.cause).count();
    assert_eq!(causes, usize::from(!why.sentence.is_empty()), "one cause where something is wrong: {why:?}");
    let mut out = format!("{}\n\n", if why.sentence.is_empty() { "(nothing is wrong)" } else { &why.sentence });
    for link in &why.links {
        let Link { depth, kind, what, state, severity, evidence, since, cause } = link;
        let indent = "    ".repeat(*depth);
        let mark = match severity {
            Severity::Bad => 'x',
            Severity::Waiting => '!',
            Severity::Unknown => '?',
            Severity::Good => '.',
        };
        let age = since.map_or(String::new(), |since| format!("  [{}s]", now.duration_since(since).as_secs()));
        let cause = if *cause { "  <- the cause" } else { "" };
        writeln!(out, "{indent}{mark} {kind}: {what}  {state}{age}{cause}").unwrap();
        for line in evidence.iter().flat_map(|text| text.lines()).filter(|line| !line.trim().is_empty()).take(3) {
            writeln!(out, "{indent}    \"{}\"", line.trim()).unwrap();
        }
    }
    for next in &why.next {
        writeln!(out, "next: {next}").unwrap();
    }
    for help in &why.helps {
        writeln!(out, "{}: {}", help.action, help.text).unwrap();
    }
    for hidden in &why.hidden {
        writeln!(out, "hidden: {hidden}").unwrap();
    }
    out
}

/// How much of what happened is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Watched {
    /// The program ran all the time.
    Live,
    /// It was started at this moment, and the payloads were not read.
    Cold,
    /// It was started at this moment, and the payloads were read.
    ColdWithPayloads,
    /// Likewise, but ReplicaSets may not be seen.
    ColdWithoutReplicaSets,
    /// As the first, and the kubelet's Event of a Pod that is gone has not run out.
    ColdWithEvents,
}

/// When the recorder began, in Unix seconds: the first step is the first second of the table in the recordings' README.
pub const BEGIN: f64 = 1_795_246_125.0;

/// One thing that the recorder saw, as the program would be told of it.
struct Told {
    second: f64,
    change: Change,
    /// Of a stored revision, what its payload holds.
    payload: Option<(StoredRef, Arc<Summary>, Arc<Payload>)>,
    /// Of a live object, its uid, and whether this is its end.
    object: Option<(String, bool)>,
}

fn recorded() -> &'static [Told] {
    static ALL: OnceLock<Vec<Told>> = OnceLock::new();
    ALL.get_or_init(|| {
        const FILES: [&str; 9] = [
            "helmreleases",
            "helmcharts",
            "helmrepositories",
            "secrets",
            "configmaps",
            "deployments",
            "replicasets",
            "jobs",
            "pods",
        ];
        let mut all: Vec<Told> = FILES
            .iter()
            .flat_map(|file| recordings::lines(&format!("{file}.jsonl")).into_iter().filter_map(told))
            .collect();
        all.sort_by(|a, b| a.second.total_cmp(&b.second));
        all
    })
}

fn told(event: Value) -> Option<Told> {
    let second = event["at"].as_f64().unwrap() - BEGIN;
    let gone = event["type"] == "DELETED";
    let object = &event["object"];
    let meta = &object["metadata"];
    let key = ObjectKey::new(meta["namespace"].as_str()?, meta["name"].as_str()?);
    let uid = meta["uid"].as_str()?.to_owned();
    let plain = |change| Some(Told { second, change, payload: None, object: None });
    let source = |kind| match gone {
        true => Change::SourceGone(kind, key.clone()),
        false => Change::Source(Arc::new(Source::read(kind, object).unwrap())),
    };
    match object["kind"].as_str()? {
        "HelmRelease" if gone => plain(Change::HelmReleaseGone(key)),
        "HelmRelease" => plain(Change::HelmRelease(Arc::new(HelmRelease::read(object).unwrap()))),
        "HelmChart" => plain(source(SourceKind::HelmChart)),
        "HelmRepository" => plain(source(SourceKind::HelmRepository)),
        kind @ ("Secret" | "ConfigMap") => {
            let driver = if kind == "Secret" { Driver::Secret } else { Driver::ConfigMap };
            if meta["labels"]["owner"] != "helm" {
                return None;
            }
            if gone {
                return plain(Change::RevisionGone(driver, key, uid));
            }
            let stored = StoredRevision::read(driver, &serde_json::from_value(meta.clone()).unwrap()).unwrap();
            let payload = codec::decode(driver, object["data"][DATA_KEY].as_str()?.as_bytes()).unwrap();
            let payload = Some((stored.object.clone(), Arc::new(payload.summary()), Arc::new(payload)));
            Some(Told { second, change: Change::Revision(Box::new(stored)), payload, object: None })
        }
        _ => {
            let live = LiveObject::read(object.clone())?;
            let object = Some((uid.clone(), gone));
            let change = if gone { Change::ObjectGone(live.id, uid) } else { Change::Object(Arc::new(live)) };
            Some(Told { second, change, payload: None, object })
        }
    }
}

/// Catalog, world and payloads as they were so many seconds into the recordings.
pub fn replay(until: f64, watched: Watched) -> (Catalog, World, Vec<(StoredRef, Arc<Payload>)>) {
    let (mut catalog, mut world, mut payloads) = (Catalog::default(), World::keeping_bodies(), Vec::new());
    let objects = WatchedKind::iter().map(FeedKind::Objects);
    let others = [FeedKind::Storage(Driver::Secret, Part::Current), FeedKind::HelmReleases];
    for kind in objects.chain(others) {
        let change = Change::Feed(Feed { kind, namespace: None }, FeedState::Live);
        world.apply(&change);
        catalog.apply(change);
    }
    let past: Vec<&Told> = recorded().iter().take_while(|told| told.second <= until).collect();
    let gone: HashSet<&str> = past
        .iter()
        .filter_map(|told| told.object.as_ref().filter(|(_, gone)| *gone))
        .map(|(uid, _)| uid.as_str())
        .collect();
    for told in past {
        let is_of_replica_sets = matches!(&told.change, Change::Object(object) if object.id.kind == "ReplicaSet");
        let unseen = match watched {
            Watched::Live => false,
            Watched::Cold | Watched::ColdWithPayloads | Watched::ColdWithEvents => false,
            Watched::ColdWithoutReplicaSets => is_of_replica_sets,
        };
        let past = watched != Watched::Live && told.object.as_ref().is_some_and(|(uid, _)| gone.contains(uid.as_str()));
        if !unseen && !past {
            world.apply(&told.change);
        }
        catalog.apply(told.change.clone());
        if let Some((reference, summary, payload)) = &told.payload {
            catalog.keep_summary(reference, Ok(Arc::clone(summary)));
            payloads.push((reference.clone(), Arc::clone(payload)));
        }
    }
    (catalog, world, payloads)
}

pub fn find(catalog: &Catalog, name: &str) -> Release {
    catalog.releases().into_iter().find(|release| format!("{}/{}", release.namespace, release.id.name) == name).unwrap()
}

/// The answer of a release so many seconds into the recordings.
fn at(second: f64, name: &str, watched: Watched) -> String {
    let (catalog, world, payloads) = replay(second, watched);
    let release = find(&catalog, name);
    let now = Timestamp::from_millisecond(((BEGIN + second) * 1000.0) as i64).unwrap();
    let standing = world.standing(&release, now);
    let wanted = match watched {
        Watched::Live | Watched::Cold => Vec::new(),
        Watched::ColdWithPayloads | Watched::ColdWithoutReplicaSets | Watched::ColdWithEvents => {
            why::telling_payloads(&release, &catalog)
        }
    };
    let read: Vec<&Payload> =
        payloads.iter().filter(|(reference, _)| wanted.contains(reference)).map(|(_, payload)| &**payload).collect();
    assert_eq!(read.len(), wanted.len());
    let pull = pull_failed();
    let events: Vec<&Event> = if watched == Watched::ColdWithEvents { vec![&pull] } else { Vec::new() };
    let known = Known {
        catalog: &catalog,
        standing: &standing,
        events: &events,
        replica_sets: &world.replica_sets().collect::<Vec<_>>(),
        payloads: &read,
        controllers: None,
        now,
    };
    text(&why::explain(&release, known), now)
}

/// What a kubelet writes; kwok, which stood for it, writes none.
fn pull_failed() -> Event {
    Event {
        key: ObjectKey::new("billing", "billing-6578b558d5-gwrg5.1"),
        about: ObjectId::new("", "Pod", "billing", "billing-6578b558d5-gwrg5"),
        about_uid: String::new(),
        field: Some("spec.containers{web}".to_owned()),
        warning: true,
        reason: "Failed".to_owned(),
        message: "Failed to pull image \"registry.example.com/storefront:2.10.0\": not found".to_owned(),
        count: 3,
        first: "2026-11-21T07:30:02Z".parse().ok(),
        last: "2026-11-21T07:30:11Z".parse().ok(),
        source: "kubelet".to_owned(),
    }
}

fn check(moments: &[(&str, f64, &str, Watched)]) -> String {
    let mut out = String::new();
    for (what, second, name, watched) in moments {
        writeln!(out, "==== {what}: {name} at {second} s, {watched:?}\n{}", at(*second, name, *watched)).unwrap();
    }
    out
}

/// An image that cannot be pulled: the upgrade, its rollback, the second try, the end of the retries, requests.
#[test]
fn billing() {
    use Watched::{Cold, ColdWithEvents, ColdWithPayloads, ColdWithoutReplicaSets, Live};
    let tree = check(&[
        ("installed", 46.0, "billing/billing", Live),
        ("the upgrade runs", 55.0, "billing/billing", Live),
        ("it is being rolled back", 62.0, "billing/billing", Live),
        ("it is rolled back", 70.0, "billing/billing", Live),
        ("the second try", 80.0, "billing/billing", Live),
        ("retries used up", 100.0, "billing/billing", Live),
        ("retries used up", 100.0, "billing/billing", Cold),
        ("retries used up", 100.0, "billing/billing", ColdWithPayloads),
        ("retries used up", 100.0, "billing/billing", ColdWithoutReplicaSets),
        ("retries used up", 100.0, "billing/billing", ColdWithEvents),
        ("forced in vain", 190.0, "billing/billing", Live),
        ("unequal tokens", 200.0, "billing/billing", Live),
        ("the fix runs", 206.0, "billing/billing", Live),
        ("fixed", 215.0, "billing/billing", Live),
    ]);
    insta::assert_snapshot!(tree);
}

/// A template that cannot be rendered, then a container that crashes and is tried again.
#[test]
fn search() {
    use Watched::{Cold, Live};
    let tree = check(&[
        ("a template fails", 244.0, "search/search", Live),
        ("the fixed one crashes", 270.0, "search/search", Live),
        ("it will be tried again", 280.0, "search/search", Live),
        ("retries used up", 300.0, "search/search", Live),
        ("retries used up", 300.0, "search/search", Cold),
    ]);
    insta::assert_snapshot!(tree);
}

/// A chart that does not exist, what depends on it, values that do not exist.
#[test]
fn media() {
    use Watched::Live;
    let tree = check(&[
        ("the chart is not fetched yet", 225.5, "media/media", Live),
        ("no such version", 260.0, "media/media", Live),
        ("blocked", 260.0, "media/media-edge", Live),
        ("no such ConfigMap", 300.0, "media/media-values", Live),
    ]);
    insta::assert_snapshot!(tree);
}

/// Drift, suspension, and natives that failed or hang.
#[test]
fn others() {
    use Watched::Live;
    let tree = check(&[
        ("drift", 30.0, "shop/storefront", Live),
        ("suspended", 242.0, "shop/storefront", Live),
        ("a rollback beside Flux failed", 244.0, "shop/storefront", Live),
        ("resumed", 259.0, "shop/storefront", Live),
        ("refused by a conflict", 358.0, "legacy/wiki", Watched::ColdWithPayloads),
        ("the client was killed", 358.0, "legacy/forum", Live),
        ("uninstalled", 358.0, "legacy/old", Live),
    ]);
    insta::assert_snapshot!(tree);
}

/// Natives of the other recording, as the demo shows them.
#[test]
fn natives() {
    let objects = demo::objects();
    let catalog = demo::catalog(&objects).catalog;
    let mut out = String::new();
    for name in ["payments/card-gateway", "reporting/statements", "legacy/forum", "legacy/wiki"] {
        let release = find(&catalog, name);
        let standing = Standing { seen: true, ..Standing::default() };
        let known = Known {
            catalog: &catalog,
            standing: &standing,
            events: &[],
            replica_sets: &[],
            payloads: &[],
            controllers: None,
            now: demo::now(),
        };
        writeln!(out, "==== {name}\n{}", text(&why::explain(&release, known), demo::now())).unwrap();
    }
    insta::assert_snapshot!(out);
}
