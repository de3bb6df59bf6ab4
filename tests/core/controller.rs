//! The demo's controllers beside the recording of the real ones: the same is asked of both, and what they say is compared.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use similar::TextDiff;
use wheelhouse::demo::controller::{Controllers, World, Write, helm_release};
use wheelhouse::demo::server::ObjectRef;

use crate::recordings;
use crate::told::{self, Line, sequence};

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

fn lines() -> Vec<Line> {
    let mut all = Vec::new();
    for stream in STREAMS {
        all.extend(recordings::lines(&format!("{stream}.jsonl")).into_iter().map(|line| {
            let at = (line["at"].as_f64().unwrap() * 1000.0).round();
            Line { at: at as i64, gone: line["type"] == "DELETED", by_hand: false, object: line["object"].clone() }
        }));
    }
    all.sort_by_key(|line| line.at);
    all
}

fn time(at: i64) -> Timestamp {
    Timestamp::from_millisecond(at).unwrap()
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
        if ["HelmRelease", "Event"].contains(&which.kind.as_str()) {
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
    let mut lines = lines();
    let begin = (BEGIN * 1000.0) as i64;
    for line in &mut lines {
        line.by_hand = also(&Line { at: line.at - begin, ..line.clone() });
    }
    let is_near = |object: &Value| {
        object["metadata"]["namespace"] == namespace || object["metadata"]["namespace"] == "flux-system"
    };
    lines.retain(|line| line.at < begin + until * 1000 && (is_near(&line.object) || line.object["kind"] == "Secret"));
    let which = helm_release(namespace, name);
    let is_it = |line: &Line| ObjectRef::of(&line.object).as_ref() == Some(&which);
    let (before, after): (Vec<Line>, Vec<Line>) = lines.into_iter().partition(|line| line.at < begin + from * 1000);
    let world = Memory::default();
    world.put(account(namespace, name));
    for line in before.iter().filter(|line| is_near(&line.object)) {
        match ObjectRef::of(&line.object) {
            Some(place) if line.gone => world.remove(&place),
            _ => world.put(line.object.clone()),
        }
    }
    world.told.borrow_mut().clear();
    let mut controllers = Controllers::default();
    before.iter().for_each(|line| controllers.learn(&line.object));
    let asked = |line: &Line| (line.object["kind"] == "HelmRelease" && is_it(line)) || line.by_hand;
    let recorded: Vec<Value> = after.iter().filter(|line| is_it(line)).map(|line| line.object.clone()).collect();
    play(&world, &mut controllers, &after, asked, begin + until * 1000);
    let told = world.told.into_inner();
    let own = told.into_iter().filter(|object| ObjectRef::of(object).as_ref() == Some(&which));
    (sequence(recorded), sequence(own))
}

/// Gives the controllers what was asked, each at its time, and lets them do what they do until then. One that is slower than the
/// real one was, is waited for: what is asked then is asked later.
fn play(world: &Memory, controllers: &mut Controllers, lines: &[Line], is_given: impl Fn(&Line) -> bool, until: i64) {
    lines.iter().for_each(|line| controllers.learn(&line.object));
    let (mut behind, mut given) = (0, Vec::new());
    for (place, line) in lines.iter().enumerate().filter(|(_, line)| is_given(line)) {
        let which = ObjectRef::of(&line.object).unwrap();
        let mut object = line.object.clone();
        // What the real controllers wrote is not given.
        if !line.by_hand && world.get(&which).is_some_and(|before| asked(&before) == asked(&object)) {
            continue;
        }
        go_on(world, controllers, line.at + behind);
        if were_settled(&lines[..place], &given) {
            behind += settle(world, controllers, &given, line.at + behind);
        }
        if which.kind == "HelmRelease" && !given.contains(&which) {
            given.push(which.clone());
        }
        let before = world.get(&which);
        if let Some(before) = before.as_ref().filter(|_| !line.by_hand) {
            object["status"] = before["status"].clone();
        }
        if line.gone {
            world.remove(&which);
        } else {
            world.put(object.clone());
        }
        let write = Write { before, after: (!line.gone).then_some(object) };
        controllers.hear(&write, world, time(line.at + behind));
    }
    go_on(world, controllers, until + behind);
}

fn go_on(world: &Memory, controllers: &mut Controllers, until: i64) {
    while let Some(now) = controllers.next().filter(|next| *next <= time(until)) {
        controllers.go_on(world, now);
    }
}

/// Whether the real controller had nothing to do on these.
fn were_settled(lines: &[Line], given: &[ObjectRef]) -> bool {
    given.iter().all(|which| {
        let last = lines.iter().rev().find(|line| ObjectRef::of(&line.object).as_ref() == Some(which));
        last.is_none_or(|last| told::is_settled(&last.object))
    })
}

/// Lets the double come to an end; how many milliseconds it took.
fn settle(world: &Memory, controllers: &mut Controllers, given: &[ObjectRef], from: i64) -> i64 {
    let mut now = from;
    while !given.iter().filter_map(|which| world.get(which)).all(|object| told::is_settled(&object)) {
        let next = controllers.next().filter(|next| *next <= time(from + 60_000));
        let Some(next) = next else { break };
        controllers.go_on(world, next);
        now = next.as_millisecond();
    }
    now - from
}

/// Generation and request: what somebody else than the controller changes of an object of Flux.
fn asked(object: &Value) -> (Value, Option<Value>) {
    let annotations = object["metadata"]["annotations"].as_object();
    let request = annotations.and_then(|all| all.get("reconcile.fluxcd.io/requestedAt")).cloned();
    (object["metadata"]["generation"].clone(), request)
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

/// Where the double says something else in a stream of `tests/recordings/asked`.
struct Difference {
    stream: &'static str,
    /// What the real one says; empty where the double says more.
    real: &'static str,
    /// What the double says instead.
    double: &'static str,
    /// Why that is no mistake.
    #[allow(dead_code, reason = "for whoever reads it")]
    why: &'static str,
}

const DIFFERENCES: [Difference; 2] = [
    Difference {
        stream: "failed",
        real: "timeout waiting for: [Deployment/asked-failed/web status: 'InProgress']",
        double: "failed early due to stalled resources: [Deployment/asked-failed/web status: 'Failed']",
        why: "the busy cluster made the Deployment seconds later, so that its own deadline was later than the timeout",
    },
    Difference {
        stream: "source",
        real: "",
        double: "Ready False SourceNotReady (3) HelmChart 'asked-source/asked-source-web' is not ready: invalid chart \
                 reference: failed to get chart version for remote reference: no 'storefront' chart with version matching \
                 '9.9.9' found",
        why: "whether the chart still says the old mistake when it is looked at is chance, as while it is fetched",
    },
];

/// The scripts of `tests/real/double.rs`.
const STREAMS_ASKED: [&str; 15] = [
    "corrected",
    "dependency",
    "failed",
    "ignored",
    "interval",
    "pending",
    "remediated",
    "retried",
    "source",
    "suspended",
    "tested",
    "uninstalled",
    "upgrade",
    "values",
    "warned",
];

/// What the double says when it is asked what the real controller was asked in a stream.
fn double(lines: &[Line]) -> Vec<Line> {
    let world = Memory::default();
    // As the test cluster starts the real one.
    let mut controllers = Controllers::that_requeue(SignedDuration::from_secs(2));
    let is_given = |line: &Line| {
        let kind = line.object["kind"].as_str().unwrap_or_default();
        line.by_hand || ["HelmRelease", "HelmRepository"].contains(&kind)
    };
    let until = lines.last().unwrap().at + 10_000;
    play(&world, &mut controllers, lines, is_given, until);
    let all = world.list("helm.toolkit.fluxcd.io/v2", "HelmRelease", "");
    settle(&world, &mut controllers, &all.iter().filter_map(ObjectRef::of).collect::<Vec<_>>(), until);
    let told = world.told.into_inner().into_iter();
    told.map(|object| Line { at: 0, gone: false, by_hand: false, object }).collect()
}

/// Both say the same of a stream, but for the differences that are named; each of those is met. How much is said.
fn compare(name: &str, mut real: Vec<String>, mut own: Vec<String>, met: &mut [bool], wrong: &mut String) -> usize {
    for (difference, met) in DIFFERENCES.iter().zip(met).filter(|(difference, _)| difference.stream == name) {
        let Difference { real: says, double, .. } = difference;
        if says.is_empty() {
            *met |= own.iter().any(|state| state.contains(double));
            own.retain(|state| !state.contains(double));
        } else {
            *met |= real.iter().any(|state| state.contains(says)) && own.iter().any(|state| state.contains(double));
            [&mut real, &mut own].into_iter().flatten().for_each(|state| *state = state.replace(says, double));
        }
    }
    let text = |states: &[String]| states.iter().map(|state| format!("{state}\n\n")).collect::<String>();
    let (real, told) = (text(&real), text(&own));
    if real != told {
        let differs = TextDiff::from_lines(&real, &told);
        *wrong += &format!("{name}:\n{}\n", differs.unified_diff().context_radius(12).header("real", "double"));
    }
    own.len()
}

#[test]
fn the_double_says_and_tells_what_the_real_controller_said() {
    assert_eq!(told::names(), STREAMS_ASKED);
    let (mut met, mut wrong, mut states, mut events) = ([false; DIFFERENCES.len()], String::new(), 0, 0);
    for name in STREAMS_ASKED {
        let lines = told::read(name);
        let own = double(&lines);
        states += compare(name, told::outline(&lines), told::outline(&own), &mut met, &mut wrong);
        events += compare(name, told::events(&lines), told::events(&own), &mut met, &mut wrong);
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert_eq!(met, [true; DIFFERENCES.len()], "differences that are met");
    assert_eq!((states, events), (428, 93));
}
