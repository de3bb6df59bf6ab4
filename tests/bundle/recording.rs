//! What the recordings hold, as a cluster whose state at any second can be asked for.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;

use flate2::read::GzDecoder;
use jiff::Timestamp;
use serde_json::{Value, json};
use wheelhouse::release::codec::{self, Driver};

/// When the recorder of the streams began, in Unix seconds: the first second of the table in the recordings' README.
const BEGIN: i64 = 1_795_246_125;

const STREAMS: [&str; 13] = [
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
    "events",
];

/// What tells of the machine on which was recorded, and what a cluster would have there.
const ADDRESSES: [(&str, &str); 3] = [
    ("http://127.0.0.1:28000", "https://charts.example.com"),
    ("127.0.0.1:29090", "source-controller.flux-system.svc.cluster.local."),
    ("default-scheduler-vm", "default-scheduler-control-plane-0"),
];

/// One line of a stream.
pub struct Event {
    /// Milliseconds since the recorder began.
    pub at: i64,
    pub gone: bool,
    pub object: Value,
}

/// The recordings, each object as the bundle keeps it.
pub struct Recording {
    /// In order of time.
    events: Vec<Event>,
    /// `shop/storefront` as it was left half an hour later, as far as it was kept.
    pub leftover: Vec<Value>,
    /// The natives that the test cluster recorded, and when, in Unix seconds.
    pub natives: Vec<Value>,
    pub natives_at: i64,
}

/// A second of the streams.
pub fn second(second: i64) -> Timestamp {
    Timestamp::from_second(BEGIN + second).expect("a second of the recordings")
}

impl Recording {
    pub fn read() -> Self {
        let mut events = Vec::new();
        for stream in STREAMS {
            for line in lines(stream) {
                let seconds = line["at"].as_f64().expect("a time");
                let at = (seconds * 1000.0).round() - 1000.0 * BEGIN as f64;
                let gone = line["type"] == "DELETED";
                events.push(Event { at: at as i64, gone, object: kept(line["object"].clone()) });
            }
        }
        events.sort_by_key(|event| event.at);
        let leftover = lines("leftover").into_iter().map(kept).collect();
        let natives = lines("natives");
        let natives_at = natives[0]["at"].as_f64().expect("a time").ceil() as i64;
        let natives = natives.into_iter().map(|line| kept(line["object"].clone())).collect();
        Self { events, leftover, natives, natives_at }
    }

    /// What concerns a namespace up to a second of the streams, in the order in which it came to be.
    pub fn state(&self, namespace: &str, second: i64) -> Vec<Value> {
        let mut living: BTreeMap<(String, String, String), (usize, Value)> = BTreeMap::new();
        for (index, event) in self.between(namespace, i64::MIN, second).enumerate() {
            let key = key(&event.object);
            if event.gone {
                living.remove(&key);
            } else {
                let born = living.get(&key).map_or(index, |(born, _)| *born);
                living.insert(key, (born, event.object.clone()));
            }
        }
        let mut objects: Vec<(usize, Value)> = living.into_values().collect();
        objects.sort_by_key(|(born, _)| *born);
        objects.into_iter().map(|(_, object)| object).collect()
    }

    /// What happened from a second of the streams on, until another.
    pub fn between(&self, namespace: &str, from: i64, until: i64) -> impl Iterator<Item = &Event> {
        let (from, until) = (from.saturating_mul(1000), until.saturating_mul(1000));
        let inside = move |event: &&Event| event.at >= from && event.at < until;
        self.events.iter().filter(inside).filter(move |event| concerns(&event.object, namespace))
    }
}

/// Objects of the namespace, and the charts that Flux keeps for its HelmReleases, with their events.
fn concerns(object: &Value, namespace: &str) -> bool {
    let (own, name) = (&object["metadata"]["namespace"], text(object, "/metadata/name"));
    let of = format!("{namespace}-");
    match object["kind"].as_str() {
        // Every namespace has it, with the certificate of a cluster that is gone.
        Some("ConfigMap") if name == "kube-root-ca.crt" => false,
        Some("HelmChart") => name.starts_with(&of),
        Some("HelmRepository") => *own == namespace,
        Some("Event") if *own == "flux-system" => text(object, "/involvedObject/name").starts_with(&of),
        _ => *own == namespace,
    }
}

fn key(object: &Value) -> (String, String, String) {
    (text(object, "/kind"), text(object, "/metadata/namespace"), text(object, "/metadata/name"))
}

pub fn text(object: &Value, pointer: &str) -> String {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn lines(name: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/recordings/{name}.jsonl.gz"));
    let packed = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut text = String::new();
    GzDecoder::new(packed.as_slice()).read_to_string(&mut text).expect("inflate a recording");
    let text = ADDRESSES.into_iter().fold(text, |text, (from, to)| text.replace(from, to));
    text.lines().map(|line| serde_json::from_str(line).expect("a line of a recording")).collect()
}

/// An object as the bundle keeps it: without what a server gives anew, its payload readable, and kwok by the name of what
/// it stands for.
fn kept(mut object: Value) -> Value {
    for pointer in ["/metadata", "/involvedObject"] {
        if let Some(fields) = object.pointer_mut(pointer).and_then(Value::as_object_mut) {
            fields.shift_remove("resourceVersion");
        }
    }
    for entry in object["metadata"]["managedFields"].as_array_mut().into_iter().flatten() {
        if entry["manager"] == "kwok" {
            entry["manager"] = "kubelet".into();
        }
    }
    let driver = if object["kind"] == "Secret" { Driver::Secret } else { Driver::ConfigMap };
    if object["metadata"]["labels"]["owner"] == "helm" {
        let stored = object["data"][codec::DATA_KEY].as_str().expect("a payload");
        let payload = codec::decode(driver, stored.as_bytes()).expect("a payload that can be read");
        object["data"][codec::DATA_KEY] = Value::Object(payload.into_raw());
    }
    if object["kind"] == "Pod" {
        as_kubelet_says(&mut object);
    }
    object
}

/// kwok leaves the times of a crash open, and the kubelet says more of what it waits for.
fn as_kubelet_says(pod: &mut Value) {
    let told = format!(
        "pod={}_{}({})",
        text(pod, "/metadata/name"),
        text(pod, "/metadata/namespace"),
        text(pod, "/metadata/uid")
    );
    let created: Timestamp = text(pod, "/metadata/creationTimestamp").parse().expect("a time");
    for status in pod["status"]["containerStatuses"].as_array_mut().into_iter().flatten() {
        if status["state"]["waiting"]["reason"] != "CrashLoopBackOff" {
            continue;
        }
        // Five restarts, each a back-off twice as long as the one before, end five minutes and a half after the start.
        let time = |seconds: i64| (created + jiff::SignedDuration::from_secs(seconds)).to_string();
        let container = text(status, "/name");
        status["lastState"] =
            json!({"terminated": {"exitCode": 1, "finishedAt": time(328), "reason": "Error", "startedAt": time(325)}});
        status["restartCount"] = 5.into();
        status["state"]["waiting"]["message"] =
            format!("back-off 5m0s restarting failed container={container} {told}").into();
    }
}
