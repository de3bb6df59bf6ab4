//! kstatus held to the libraries: what `tests/oracle/kstatus` was answered, object by object. Status, reason, message and
//! condition are the same, and so is the text of every error but those of selectors.

use std::collections::HashMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use flate2::read::GzDecoder;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};
use wheelhouse::health::kstatus::readers::{Fetched, Library, with_pods};
use wheelhouse::health::kstatus::strict::{self, Reading};
use wheelhouse::health::kstatus::{Computed, Fault, Status, aggregate, assumed, compute, recheck_at};

use crate::vectors::report;

/// A line of the vectors; `tests/oracle/kstatus/case.go` says what the fields are.
#[derive(Deserialize)]
pub struct Case {
    many: Option<Many>,
    object: Option<Value>,
    from: Option<String>,
    reader: Option<Reader>,
    pub core: Option<Answers>,
    job: Option<Answers>,
    pod: Option<Answer>,
    polled: Option<Answers>,
}

#[derive(Deserialize)]
struct Many {
    statuses: Vec<String>,
    desired: String,
    flux: String,
    other: String,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Reader {
    objects: Vec<Value>,
    get: String,
    list: String,
}

#[derive(Deserialize)]
pub struct Answers {
    pub flux: Answer,
    other: Answer,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Answer {
    pub status: String,
    pub reason: String,
    pub message: String,
    pub condition: String,
    pub error: String,
}

impl From<Computed> for Answer {
    fn from(computed: Computed) -> Self {
        Self {
            status: computed.status.to_string(),
            reason: computed.reason,
            message: computed.message,
            condition: computed.condition.map(|kind| kind.to_string()).unwrap_or_default(),
            error: String::new(),
        }
    }
}

impl From<Result<Computed, Fault>> for Answer {
    fn from(result: Result<Computed, Fault>) -> Self {
        result.map_or_else(|Fault(error)| Self { error, ..Self::default() }, Self::from)
    }
}

fn now() -> Timestamp {
    "2026-12-01T12:00:00Z".parse().unwrap()
}

fn inflated(path: PathBuf) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(path);
    let mut text = String::new();
    GzDecoder::new(&*std::fs::read(path).unwrap()).read_to_string(&mut text).unwrap();
    text
}

/// The objects of a recording, in the order in which they were seen.
fn recorded(file: &str) -> Vec<Value> {
    let mut objects = Vec::new();
    for line in inflated(Path::new("recordings").join(file)).lines() {
        let mut value: Value = serde_json::from_str(line).unwrap();
        if let Some(object) = value.get_mut("object") {
            objects.push(object.take());
        } else if let Some(Value::Array(items)) = value.get_mut("items") {
            objects.append(items);
        } else if value.get("kind").is_some() {
            objects.push(value);
        }
    }
    objects
}

/// Puts moments where a vector says how many seconds they are away.
pub fn expand(value: &mut Value, now: Timestamp) {
    match value {
        Value::String(text) => {
            if let Some(seconds) = text.strip_prefix('@').and_then(|seconds| seconds.parse().ok()) {
                *text = (now + SignedDuration::from_secs(seconds)).to_string();
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| expand(item, now)),
        Value::Object(fields) => fields.values_mut().for_each(|field| expand(field, now)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Each case with its object as it is written and as it is asked about.
pub static CASES: LazyLock<Vec<(Value, Value, Case)>> = LazyLock::new(cases);

fn cases() -> Vec<(Value, Value, Case)> {
    let mut files = HashMap::new();
    let text = inflated("vectors/kstatus.jsonl.gz".into());
    let read = |line: &str| {
        let mut case: Case = serde_json::from_str(line).unwrap();
        let mut object = match (case.object.take(), &case.from) {
            (None, None) if case.many.is_some() => Value::Null,
            (Some(object), None) => object,
            (None, Some(from)) => {
                let (file, place) = from.split_once(':').unwrap();
                let objects: &mut Vec<Value> = files.entry(file.to_owned()).or_insert_with(|| recorded(file));
                objects[place.parse::<usize>().unwrap()].clone()
            }
            _ => panic!("an object or the name of one: {line}"),
        };
        let written = object.clone();
        expand(&mut object, now());
        case.reader.iter_mut().flat_map(|reader| &mut reader.objects).for_each(|object| expand(object, now()));
        (written, object, case)
    };
    text.lines().map(read).collect()
}

fn difference(what: &str, object: &Value, actual: &Answer, expected: &Answer) -> Option<String> {
    (actual != expected).then(|| format!("{what} of {object}\nexpected {expected:?}\nactual   {actual:?}"))
}

#[test]
fn objects_are_judged_as_the_libraries_judge_them() {
    let (mut count, mut differences) = (0, Vec::new());
    for (_, object, case) in &*CASES {
        let Some(core) = &case.core else { continue };
        count += 1;
        let actual = Answer::from(compute(object, now()));
        differences.extend(difference("Flux's library", object, &actual, &core.flux));
        differences.extend(difference("the Kubernetes project's library", object, &actual, &core.other));
    }
    assert!(count > 13_000, "{count}");
    report(&differences, count);
}

#[test]
fn jobs_and_hooks_are_judged_as_who_waits_for_them_judges_them() {
    let (mut count, mut differences) = (0, Vec::new());
    for (_, object, case) in &*CASES {
        if let Some(job) = &case.job {
            count += 1;
            differences.extend(difference("Flux", object, &strict::job(object, Reading::Flux).into(), &job.flux));
            differences.extend(difference("Helm", object, &strict::job(object, Reading::Helm).into(), &job.other));
        }
        if let Some(pod) = &case.pod {
            count += 1;
            differences.extend(difference("Helm", object, &strict::pod(object).into(), pod));
        }
    }
    assert!(count > 2000, "{count}");
    report(&differences, count);
}

#[test]
fn pollers_say_the_same() {
    let (mut count, mut differences) = (0, Vec::new());
    for (_, object, case) in &*CASES {
        let (Some(reader), Some(polled)) = (&case.reader, &case.polled) else { continue };
        count += 1;
        for (library, expected) in [(Library::Flux, &polled.flux), (Library::Upstream, &polled.other)] {
            let actual = match failure(&reader.get, group_and_kind(object)) {
                Some(Fetched::NotFound) => Computed::not_found(),
                Some(Fetched::Failed(error)) => Computed::unknown(error),
                Some(Fetched::Objects(_)) | None => {
                    let made = if object["kind"] == "Deployment" { ("apps", "ReplicaSet") } else { ("", "Pod") };
                    let found = failure(&reader.list, made).unwrap_or(Fetched::Objects(&reader.objects));
                    with_pods(object, found, library, now())
                }
            };
            // A poller answers neither reason nor condition.
            let actual = Answer { reason: String::new(), condition: String::new(), ..actual.into() };
            let what = format!("{library} with {:?}", reader.objects);
            differences.extend(difference(&what, object, &shown(actual), &shown(expected.clone())));
        }
    }
    assert!(count > 1500, "{count}");
    report(&differences, count);
}

#[test]
fn many_objects_are_judged_as_one() {
    let (mut count, mut differences) = (0, Vec::new());
    for many in CASES.iter().filter_map(|(.., case)| case.many.as_ref()) {
        count += 1;
        let read = |name: &str| name.parse::<Status>().unwrap();
        let actual = aggregate(many.statuses.iter().map(|name| read(name)), read(&many.desired)).to_string();
        if [&many.flux, &many.other] != [&actual, &actual] {
            differences.push(format!("{:?} for {}: {actual}", many.statuses, many.desired));
        }
    }
    assert!(count > 1500, "{count}");
    report(&differences, count);
}

/// An error that ends the library's poller is one of many here; and why a selector is refused is said in words of ours.
fn shown(answer: Answer) -> Answer {
    let answer = match answer.error.as_str() {
        "" => answer,
        error => Answer { status: "Unknown".to_owned(), message: error.to_owned(), ..Answer::default() },
    };
    let refused = ["spec.selector: ", "key: ", "values", "json: ", "[key: "];
    if answer.status == "Unknown" && refused.iter().any(|start| answer.message.starts_with(start)) {
        return Answer { message: "a selector that is refused".to_owned(), ..answer };
    }
    answer
}

fn group_and_kind(object: &Value) -> (&str, &str) {
    let version = object["apiVersion"].as_str().unwrap_or_default();
    (version.split_once('/').map_or("", |(group, _)| group), object["kind"].as_str().unwrap_or_default())
}

/// The errors that the cluster of a vector has, by their names, for the kind that it is asked for.
fn failure<'a>(name: &str, (group, kind): (&str, &str)) -> Option<Fetched<'a>> {
    let text = match name {
        "" => return None,
        "404" => return Some(Fetched::NotFound),
        "403" => "things is forbidden: connection refused".to_owned(),
        "broken" => "connection refused".to_owned(),
        "canceled" => "context canceled".to_owned(),
        "deadline" => "context deadline exceeded".to_owned(),
        "wrapped" => "asked: context deadline exceeded".to_owned(),
        "limiter" => "client: rate: Wait(n=1) would exceed context deadline".to_owned(),
        "unmapped" => format!("no matches for {group}/, Resource={kind}"),
        other => panic!("{other}"),
    };
    Some(Fetched::Failed(text))
}

/// Fields that rules read.
const KEYS: &[&str] = &[
    "apiVersion",
    "kind",
    "metadata",
    "spec",
    "status",
    "conditions",
    "type",
    "reason",
    "message",
    "generation",
    "observedGeneration",
    "deletionTimestamp",
    "creationTimestamp",
    "phase",
    "containerStatuses",
    "name",
    "state",
    "waiting",
    "replicas",
    "readyReplicas",
    "updateStrategy",
    "rollingUpdate",
    "partition",
    "selector",
    "matchLabels",
    "matchExpressions",
    "operator",
    "values",
    "labels",
    "namespace",
    "suspend",
    "desiredNumberScheduled",
];

/// What rules compare with.
const WORDS: &[&str] = &[
    "apps/v1",
    "v1",
    "batch/v1",
    "Pod",
    "Deployment",
    "StatefulSet",
    "DaemonSet",
    "ReplicaSet",
    "Job",
    "Running",
    "Pending",
    "True",
    "False",
    "Ready",
    "PodScheduled",
    "Unschedulable",
    "In",
    "CrashLoopBackOff",
    "2026-12-01T11:59:59Z",
    "2026-12-01T1:59:59,5+00:30",
    "é",
    "",
];

/// JSON with the fields that rules read, of any type.
fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        prop::sample::select(WORDS).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 60, 6, |inner| {
        let key = prop::sample::select(KEYS).prop_map(str::to_owned);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((key, inner), 0..8).prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_json_makes_it_panic(mut object in anything(), kind in 0..8usize, pods in prop::collection::vec(anything(), 0..3)) {
        let kinds = [("apps/v1", "Deployment"), ("apps/v1", "StatefulSet"), ("apps/v1", "ReplicaSet"), ("apps/v1", "DaemonSet"),
            ("v1", "Pod"), ("batch/v1", "Job"), ("apiextensions.k8s.io/v1", "CustomResourceDefinition")];
        if let (Some((version, kind)), Some(fields)) = (kinds.get(kind), object.as_object_mut()) {
            fields.insert("apiVersion".to_owned(), json!(version));
            fields.insert("kind".to_owned(), json!(kind));
        }
        let judged = compute(&object, now());
        // What is said once is said again, and what will be another answer later is none yet.
        prop_assert_eq!(&judged, &compute(&object, now()));
        if let Some(at) = recheck_at(&object, now()) {
            prop_assert!(at > now());
            prop_assert_ne!(&judged, &compute(&object, at));
        }
        if assumed(&object) {
            prop_assert_eq!(judged.as_ref().map(|computed| computed.message.as_str()), Ok("Resource is current"));
        }
        let _ = (strict::job(&object, Reading::Flux), strict::job(&object, Reading::Helm), strict::pod(&object));
        for library in [Library::Flux, Library::Upstream] {
            let polled = with_pods(&object, Fetched::Objects(&pods), library, now());
            prop_assert_eq!(aggregate([polled.status], polled.status), polled.status);
        }
    }
}
