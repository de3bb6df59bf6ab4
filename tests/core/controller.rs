//! The demo's controllers beside the recording of the real ones: the same is asked of both, and what they say is compared.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};
use similar::TextDiff;
use wheelhouse::demo::controller::{Controllers, World, Write, helm_release};
use wheelhouse::demo::server::ObjectRef;

use crate::recordings;
use crate::told::sequence;

/// When the recorder of the streams began, in Unix seconds.
const BEGIN: f64 = 1_795_246_125.867;

const STREAMS: [&str; 12] = [
    "helmrepositories",
    "helmcharts",
    "helmreleases",
    "secrets",
    "configmaps",
    "services",
    "ingresses",
    "hpas",
    "deployments",
    "replicasets",
    "jobs",
    "pods",
];

/// A line of the recording: when, in milliseconds, and the object; whether it was deleted.
struct Line {
    at: i64,
    gone: bool,
    object: Value,
}

fn lines() -> Vec<Line> {
    let mut all = Vec::new();
    for stream in STREAMS {
        all.extend(recordings::lines(&format!("{stream}.jsonl")).into_iter().map(|line| {
            let at = ((line["at"].as_f64().unwrap() - BEGIN) * 1000.0).round();
            Line { at: at as i64, gone: line["type"] == "DELETED", object: line["object"].clone() }
        }));
    }
    all.sort_by_key(|line| line.at);
    all
}

fn time(at: i64) -> Timestamp {
    Timestamp::from_millisecond((BEGIN * 1000.0) as i64 + at).unwrap()
}

/// Objects in memory. Every state of the HelmReleases is kept as it was told.
#[derive(Default)]
struct Memory {
    objects: RefCell<BTreeMap<String, Value>>,
    told: RefCell<Vec<Value>>,
    number: Cell<u64>,
}

fn key(which: &ObjectRef) -> String {
    format!("{} {} {:?} {}", which.api_version, which.kind, which.namespace, which.name)
}

impl World for Memory {
    fn get(&self, which: &ObjectRef) -> Option<Value> {
        self.objects.borrow().get(&key(which)).cloned()
    }

    fn list(&self, api_version: &str, kind: &str, namespace: &str) -> Vec<Value> {
        let is_one = |object: &&Value| {
            object["apiVersion"] == api_version
                && object["kind"] == kind
                && (namespace.is_empty() || object["metadata"]["namespace"] == namespace)
        };
        self.objects.borrow().values().filter(is_one).cloned().collect()
    }

    fn put(&self, mut object: Value) {
        let which = ObjectRef::of(&object).unwrap();
        self.number.set(self.number.get() + 1);
        let number = self.number.get().to_string();
        object["metadata"]["resourceVersion"] = number.as_str().into();
        if object["metadata"]["uid"].is_null() {
            object["metadata"]["uid"] = format!("uid-{number}").into();
        }
        if which.kind == "HelmRelease" {
            self.told.borrow_mut().push(object.clone());
        }
        self.objects.borrow_mut().insert(key(&which), object);
    }

    fn remove(&self, which: &ObjectRef) {
        self.objects.borrow_mut().remove(&key(which));
    }
}

/// Accounts were not watched: that of the release, as it was applied.
fn account(namespace: &str, name: &str) -> Value {
    let flux = |key: &str| format!("helm.toolkit.fluxcd.io/{key}");
    json!({
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {
            "annotations": {"meta.helm.sh/release-name": name, "meta.helm.sh/release-namespace": namespace},
            "labels": {"app.kubernetes.io/managed-by": "Helm", flux("name"): name, flux("namespace"): namespace},
            "name": name,
            "namespace": namespace,
        },
    })
}

/// What was asked of a HelmRelease between two seconds, and what the real controller and the double said of it.
fn replay(namespace: &str, name: &str, from: i64, until: i64, also: fn(&Line) -> bool) -> (Vec<String>, Vec<String>) {
    let lines = lines();
    let (world, mut controllers) = (Memory::default(), Controllers::default());
    let which = helm_release(namespace, name);
    let is_it = |line: &Line| ObjectRef::of(&line.object).as_ref() == Some(&which);
    lines.iter().for_each(|line| controllers.learn(&line.object));
    world.put(account(namespace, name));
    let mut recorded = Vec::new();
    for line in lines.iter().filter(|line| line.at < until * 1000) {
        let of = &line.object["metadata"];
        let is_near = of["namespace"] == namespace || of["namespace"] == "flux-system";
        let asked = |object: &Value| {
            let annotations = object["metadata"]["annotations"].as_object().cloned().unwrap_or_default();
            (object["metadata"]["generation"].clone(), annotations.get("reconcile.fluxcd.io/requestedAt").cloned())
        };
        if line.at < from * 1000 {
            let place = ObjectRef::of(&line.object).unwrap();
            if is_near && line.gone {
                world.remove(&place);
            } else if is_near {
                world.put(line.object.clone());
            }
            continue;
        }
        if is_it(line) {
            recorded.push(line.object.clone());
        }
        let before = world.get(&ObjectRef::of(&line.object).unwrap());
        let is_asked = is_it(line) && before.as_ref().is_none_or(|before| asked(before) != asked(&line.object));
        if !is_asked && !also(line) {
            continue;
        }
        while controllers.next().is_some_and(|next| next <= time(line.at)) {
            let now = controllers.next().unwrap();
            controllers.go_on(&world, now);
        }
        let mut object = line.object.clone();
        let before = world.get(&ObjectRef::of(&object).unwrap());
        if let Some(before) = before.as_ref().filter(|_| is_asked) {
            object["status"] = before["status"].clone();
        }
        world.put(object.clone());
        controllers.hear(&Write { before, after: Some(object) }, &world, time(line.at));
    }
    while controllers.next().is_some_and(|next| next <= time(until * 1000)) {
        let now = controllers.next().unwrap();
        controllers.go_on(&world, now);
    }
    let told = world.told.borrow();
    let own =
        told.iter().filter(|object| object["metadata"]["namespace"] == namespace && object["metadata"]["name"] == name);
    let skipped = lines.iter().filter(|line| is_it(line) && line.at < from * 1000).count();
    (sequence(recorded), sequence(own.skip(skipped).cloned()))
}

/// Both say the same, in so many states that follow one another.
#[track_caller]
fn check(namespace: &str, name: &str, (from, until): (i64, i64), also: fn(&Line) -> bool, states: usize) {
    let (recorded, own) = replay(namespace, name, from, until, also);
    let told = |states: &[String]| {
        let numbered = states.iter().enumerate().map(|(number, state)| format!("{}\n  {state}\n", number + 1));
        numbered.collect::<String>()
    };
    let (real, double) = (told(&recorded), told(&own));
    assert!(real == double, "{}", TextDiff::from_lines(&real, &double).unified_diff().header("real", "double"));
    assert_eq!(own.len(), states);
}

const NOTHING_ELSE: fn(&Line) -> bool = |_| false;

/// Installed; an upgrade that cannot pull its image, rolled back, tried again, given up; reset; forced while it still works;
/// forced with unequal tokens; mended.
#[test]
fn an_upgrade_that_fails_is_reset_forced_and_mended() {
    check("billing", "billing", (36, 217), NOTHING_ELSE, 64);
}

/// Suspended, asked for a reconcile, rolled back by Helm meanwhile, resumed: upgraded straight back.
#[test]
fn a_suspended_release_is_rolled_back_and_resumed() {
    let by_helm = |line: &Line| {
        (241_000..244_000).contains(&line.at)
            && line.object["kind"] == "Secret"
            && line.object["metadata"]["namespace"] == "shop"
    };
    check("shop", "storefront", (236, 259), by_helm, 10);
}

/// A reconcile that is asked for finds what others wrote.
#[test]
fn drift_is_found() {
    check("shop", "storefront", (26, 30), NOTHING_ELSE, 4);
}

/// Templates that fail are tried again and again; a crash loop is retried and given up.
#[test]
fn an_install_that_fails_is_retried() {
    check("search", "search", (217, 285), NOTHING_ELSE, 41);
}

#[test]
fn a_chart_that_does_not_exist() {
    check("media", "media", (223, 260), NOTHING_ELSE, 5);
}

#[test]
fn a_dependency_that_is_not_ready() {
    check("media", "media-edge", (231, 290), NOTHING_ELSE, 4);
}

#[test]
fn values_that_are_not_there() {
    check("media", "media-values", (290, 300), NOTHING_ELSE, 5);
}
