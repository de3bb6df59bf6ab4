//! Why a release is as it is: the whole answer at every moment of the recordings that has something to explain.
//!
//! The answers are printed as a tree and kept as snapshots, to be read as one reads them at night: is the first line the
//! truth, and does one see what to do?

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::Timestamp;
use serde_json::Value;
use wheelhouse::health::objects::Severity;
use wheelhouse::health::why::{self, Known, Link, Why};
use wheelhouse::health::{Standing, Trouble};
use wheelhouse::release::codec::{self, DATA_KEY, Driver};
use wheelhouse::release::payload::Payload;
use wheelhouse::release::{Catalog, LiveObject, ObjectId, Release, StoredRef};

use crate::join::{BEGIN, replay};
use crate::{demo, recordings};

/// The answer as a person reads it.
pub fn text(why: &Why, now: Timestamp) -> String {
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
enum Watched {
    /// The program ran all the time.
    Live,
    /// It was started at this moment, and the payloads were not read.
    Cold,
    /// It was started at this moment, and the payloads were read.
    ColdWithPayloads,
    /// Likewise, but ReplicaSets may not be seen.
    ColdWithoutReplicaSets,
}

/// What the recordings hold of one kind at a moment, and what was there before and is gone: the last state of each.
fn objects_at(file: &str, until: f64) -> (Vec<Value>, Vec<Value>) {
    let (mut here, mut gone) = (BTreeMap::new(), Vec::new());
    for event in recordings::lines(&format!("{file}.jsonl")) {
        if event["at"].as_f64().unwrap() > BEGIN + until {
            continue;
        }
        let mut object = event["object"].clone();
        let uid = object["metadata"]["uid"].as_str().unwrap().to_owned();
        object["kind"] = match file {
            "pods" => "Pod".into(),
            "replicasets" => "ReplicaSet".into(),
            "events" => "Event".into(),
            other => panic!("{other}"),
        };
        object["apiVersion"] = if file == "replicasets" { "apps/v1".into() } else { "v1".into() };
        if event["type"] == "DELETED" {
            here.remove(&uid);
            gone.push(object);
        } else {
            here.insert(uid, object);
        }
    }
    (here.into_values().collect(), gone)
}

/// A container of a Pod that cannot run, as the shared watches tell of it.
fn trouble(pod: &Value) -> Option<Trouble> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let namespace = text(&pod["metadata"]["namespace"]);
    let (set, owner) = {
        let owner = &pod["metadata"]["ownerReferences"][0];
        (text(&owner["name"]), text(&owner["kind"]))
    };
    let deployment = set.rsplit_once('-').map(|(name, _)| name.to_owned()).filter(|_| owner == "ReplicaSet")?;
    let container = &pod["status"]["containerStatuses"][0];
    let waiting = container["state"]["waiting"].as_object()?;
    let (name, reason) = (text(&container["name"]), text(&waiting["reason"]));
    let said = match reason.as_str() {
        "ImagePullBackOff" => format!("{name} cannot pull {}", text(&container["image"])),
        _ => format!(
            "{name} exits {} at start, {} restarts",
            container["lastState"]["terminated"]["exitCode"], container["restartCount"]
        ),
    };
    Some(Trouble {
        object: ObjectId::new("apps", "Deployment", &namespace, deployment),
        path: vec![
            ObjectId::new("apps", "ReplicaSet", &namespace, set),
            ObjectId::new("", "Pod", &namespace, text(&pod["metadata"]["name"])),
        ],
        container: Some(name),
        reason,
        text: said,
        message: text(&waiting["message"]),
        since: pod["metadata"]["creationTimestamp"].as_str().unwrap().parse().ok(),
    })
}

fn standing(until: f64, namespace: &str, watched: Watched) -> Standing {
    let (here, gone) = objects_at("pods", until);
    let of = |pods: Vec<Value>| -> Vec<Trouble> {
        let mut all: Vec<Trouble> =
            pods.iter().filter(|pod| pod["metadata"]["namespace"] == namespace).filter_map(trouble).collect();
        all.dedup_by(|a, b| (&a.object, &a.reason) == (&b.object, &b.reason));
        all
    };
    let mut remembered = if watched == Watched::Live { of(gone) } else { Vec::new() };
    remembered.truncate(1);
    Standing { seen: true, broken: of(here), remembered, ..Standing::default() }
}

/// The payloads that are asked for, from the Secrets of the recordings.
fn payloads(wanted: &[StoredRef]) -> Vec<Payload> {
    let mut found = Vec::new();
    for reference in wanted {
        let file = if reference.driver == Driver::Secret { "secrets.jsonl" } else { "configmaps.jsonl" };
        let object = recordings::lines(file).into_iter().map(|event| event["object"].clone()).find(|object| {
            object["metadata"]["uid"] == reference.uid.as_str()
                && object["metadata"]["resourceVersion"] == reference.resource_version.as_str()
        });
        let field = object.unwrap()["data"][DATA_KEY].as_str().unwrap().to_owned();
        found.push(codec::decode(reference.driver, field.as_bytes()).unwrap());
    }
    found
}

fn find(catalog: &Catalog, name: &str) -> Release {
    catalog.releases().into_iter().find(|release| format!("{}/{}", release.namespace, release.id.name) == name).unwrap()
}

/// The answer of a release so many seconds into the recordings.
fn at(second: f64, name: &str, watched: Watched) -> String {
    let catalog = replay(second);
    let release = find(&catalog, name);
    let now = Timestamp::from_millisecond(((BEGIN + second) * 1000.0) as i64).unwrap();
    let standing = standing(second, &release.namespace, watched);
    let read = match watched {
        Watched::Live | Watched::Cold => Vec::new(),
        Watched::ColdWithPayloads | Watched::ColdWithoutReplicaSets => {
            payloads(&why::telling_payloads(&release, &catalog))
        }
    };
    let sets: Vec<LiveObject> = match watched {
        Watched::ColdWithoutReplicaSets => Vec::new(),
        Watched::Live | Watched::Cold | Watched::ColdWithPayloads => {
            objects_at("replicasets", second).0.into_iter().filter_map(LiveObject::read).collect()
        }
    };
    let known = Known {
        catalog: &catalog,
        standing: &standing,
        events: &[],
        replica_sets: &sets.iter().collect::<Vec<_>>(),
        payloads: &read.iter().collect::<Vec<_>>(),
        controllers: None,
        now,
    };
    text(&why::explain(&release, known), now)
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
    use Watched::{Cold, ColdWithPayloads, ColdWithoutReplicaSets, Live};
    insta::assert_snapshot!(check(&[
        ("installed", 46.0, "billing/billing", Live),
        ("the upgrade runs", 55.0, "billing/billing", Live),
        ("it is being rolled back", 62.0, "billing/billing", Live),
        ("it is rolled back", 70.0, "billing/billing", Live),
        ("the second try", 80.0, "billing/billing", Live),
        ("retries used up", 100.0, "billing/billing", Live),
        ("retries used up", 100.0, "billing/billing", Cold),
        ("retries used up", 100.0, "billing/billing", ColdWithPayloads),
        ("retries used up", 100.0, "billing/billing", ColdWithoutReplicaSets),
        ("forced in vain", 190.0, "billing/billing", Live),
        ("unequal tokens", 200.0, "billing/billing", Live),
        ("the fix runs", 206.0, "billing/billing", Live),
        ("fixed", 215.0, "billing/billing", Live),
    ]));
}

/// A template that cannot be rendered, then a container that crashes and is tried again.
#[test]
fn search() {
    use Watched::{Cold, Live};
    insta::assert_snapshot!(check(&[
        ("a template fails", 244.0, "search/search", Live),
        ("the fixed one crashes", 270.0, "search/search", Live),
        ("it will be tried again", 280.0, "search/search", Live),
        ("retries used up", 300.0, "search/search", Live),
        ("retries used up", 300.0, "search/search", Cold),
    ]));
}

/// A chart that does not exist, what depends on it, values that do not exist.
#[test]
fn media() {
    use Watched::Live;
    insta::assert_snapshot!(check(&[
        ("the chart is not fetched yet", 225.5, "media/media", Live),
        ("no such version", 260.0, "media/media", Live),
        ("blocked", 260.0, "media/media-edge", Live),
        ("no such ConfigMap", 300.0, "media/media-values", Live),
    ]));
}

/// Drift, suspension, and natives that failed or hang.
#[test]
fn others() {
    use Watched::Live;
    insta::assert_snapshot!(check(&[
        ("drift", 30.0, "shop/storefront", Live),
        ("suspended", 242.0, "shop/storefront", Live),
        ("a rollback beside Flux failed", 244.0, "shop/storefront", Live),
        ("resumed", 259.0, "shop/storefront", Live),
        ("refused by a conflict", 358.0, "legacy/wiki", Watched::ColdWithPayloads),
        ("the client was killed", 358.0, "legacy/forum", Live),
        ("uninstalled", 358.0, "legacy/old", Live),
    ]));
}

/// Natives of the other recording, as the demo shows them.
#[test]
fn natives() {
    let objects = demo::objects();
    let catalog = demo::catalog(&objects);
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
