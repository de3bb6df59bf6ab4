//! What a controller says of a HelmRelease, so that two of them can be compared: the demo's, a recorded and a real one. And the
//! streams in `tests/recordings/asked` of what the real one said.

#![allow(dead_code, reason = "each suite that includes this module uses a part of it")]

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use flate2::{Compression, GzBuilder};
use serde_json::{Value, json};

/// A line of a stream: an object as it was from then on.
#[derive(Debug, Clone)]
pub struct Line {
    /// When, in milliseconds of Unix time.
    pub at: i64,
    /// It was deleted.
    pub gone: bool,
    /// No controller wrote it but the script: it is to be given to whoever is compared.
    pub by_hand: bool,
    pub object: Value,
}

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/recordings/asked/{name}.jsonl.gz"))
}

/// The names of all streams.
pub fn names() -> Vec<String> {
    let folder = path("any").with_file_name("");
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .filter_map(|entry| Some(entry.unwrap().file_name().to_str()?.strip_suffix(".jsonl.gz")?.to_owned()))
        .collect();
    names.sort();
    names
}

/// A stream that is kept.
pub fn read(name: &str) -> Vec<Line> {
    let path = path(name);
    let packed = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut text = String::new();
    GzDecoder::new(packed.as_slice()).read_to_string(&mut text).unwrap();
    let line = |text: &str| {
        let line: Value = serde_json::from_str(text).unwrap();
        Line {
            at: line["at"].as_i64().unwrap(),
            gone: line["type"] == "DELETED",
            by_hand: line["byHand"] == true,
            object: line["object"].clone(),
        }
    };
    text.lines().map(line).collect()
}

/// Keeps a stream.
pub fn write(name: &str, lines: &[Line]) {
    let text: String = lines
        .iter()
        .map(|line| {
            let kind = if line.gone { "DELETED" } else { "MODIFIED" };
            let told = json!({"type": kind, "byHand": line.by_hand, "at": line.at, "object": line.object});
            format!("{told}\n")
        })
        .collect();
    let file = std::fs::File::create(path(name)).unwrap();
    // Without a time in the header the same lines are the same bytes.
    let mut gzip = GzBuilder::new().mtime(0).write(file, Compression::best());
    gzip.write_all(text.as_bytes()).and_then(|()| gzip.finish().map(drop)).unwrap();
}

/// What is said of a HelmRelease, without times and durations, which differ from run to run.
fn said(object: &Value) -> String {
    let status = &object["status"];
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let mut lines: Vec<String> = status["conditions"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|condition| {
            let of = |key: &str| text(&condition[key]);
            format!(
                "{} {} {} ({}) {}",
                of("type"),
                of("status"),
                of("reason"),
                condition["observedGeneration"],
                of("message")
            )
        })
        .collect();
    lines.sort();
    let history = status["history"].as_array().into_iter().flatten().map(|snapshot| {
        let of = |key: &str| text(&snapshot[key]);
        let tests = snapshot["testHooks"].as_object().into_iter().flatten();
        let tests = tests.map(|(name, test)| format!(" ({name} {})", text(&test["phase"])));
        let tests = tests.collect::<String>();
        format!("{} {} {} {}{tests}", snapshot["version"], of("status"), of("action"), of("chartVersion"))
    });
    lines.push(format!("history: {}", history.collect::<Vec<_>>().join(", ")));
    let fields = [
        "failures",
        "installFailures",
        "upgradeFailures",
        "observedGeneration",
        "lastAttemptedGeneration",
        "lastAttemptedRevision",
        "lastAttemptedConfigDigest",
        "lastAttemptedReleaseAction",
        "lastHandledReconcileAt",
        "lastHandledForceAt",
        "lastHandledResetAt",
        "helmChart",
        "storageNamespace",
    ];
    lines.extend(fields.iter().filter(|key| !status[**key].is_null()).map(|key| format!("{key}: {}", status[*key])));
    let inventory = status["inventory"]["entries"].as_array();
    let ids = inventory.into_iter().flatten().map(|entry| text(&entry["id"]));
    lines.push(format!("inventory: {}", ids.collect::<Vec<_>>().join(" ")));
    lines.join("\n  ")
}

/// What a HelmRelease said one after the other, each once. To be compared whole with what another controller said.
pub fn sequence(objects: impl IntoIterator<Item = Value>) -> Vec<String> {
    let mut all: Vec<String> = objects.into_iter().map(|object| said(&object)).collect();
    all.dedup();
    all
}

/// What each HelmRelease of a stream said, one state after the other. States in which it waits for a chart that is being fetched are
/// left out: whether it looks at such a moment is chance.
pub fn outline(lines: &[Line]) -> Vec<String> {
    let releases = lines.iter().filter(|line| line.object["kind"] == "HelmRelease");
    let is_chance =
        |state: &String| state.contains("is not ready: latest generation of object has not been reconciled");
    let mut told = Vec::new();
    for name in names_of(releases.clone()) {
        let own = releases.clone().filter(|line| line.object["metadata"]["name"] == name);
        let states = sequence(own.map(|line| line.object.clone()));
        told.extend(states.into_iter().filter(|state| !is_chance(state)).map(|state| format!("{name}: {state}")));
    }
    told
}

/// The same between two runs of real controllers: how often one looks, and which limit ends a wait, differs from run
/// to run.
pub fn steady(lines: &[Line]) -> Vec<String> {
    // A look that finds nothing to do begins and ends, and leaves nothing.
    let looks = ["SourceNotReady", "DependencyNotReady", "Ready False ValuesError", "Fulfilling prerequisites"];
    let mut told: Vec<String> = outline(lines)
        .into_iter()
        .filter(|state| !looks.iter().any(|look| state.contains(look)))
        .map(|state| state.lines().map(without_wait).collect::<Vec<_>>().join("\n"))
        .collect();
    told.dedup();
    told
}

fn without_wait(line: &str) -> String {
    // The last is what the end of the time is called by a client that is held back.
    let ends =
        ["timeout waiting for: ", "failed early due to stalled resources: ", "client rate limiter Wait returned"];
    match ends.iter().find_map(|end| line.split_once(end)) {
        Some((before, _)) => format!("{before}not ready"),
        None => line.to_owned(),
    }
}

/// The Events of each HelmRelease of a stream, without the logs of Helm.
pub fn events(lines: &[Line]) -> Vec<String> {
    let is_told = |object: &&Value| object["kind"] == "Event" && object["involvedObject"]["kind"] == "HelmRelease";
    let events = lines.iter().map(|line| &line.object).filter(is_told);
    let told = events.map(|event| {
        let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
        let message = text(&event["message"]);
        let message = message.split("\n\nLast Helm logs:").next().unwrap_or_default().to_owned();
        let name = text(&event["involvedObject"]["name"]);
        (name, format!("{} {} {message}", text(&event["type"]), text(&event["reason"])))
    });
    let mut told: Vec<(String, String)> = told.collect();
    // Each release tells its own story.
    told.sort_by(|one, other| one.0.cmp(&other.0));
    let mut told: Vec<String> = told.into_iter().map(|(name, event)| format!("{name}: {event}")).collect();
    told.dedup();
    told
}

/// Whether a HelmRelease was observed, has handled what it was asked, and works on nothing.
pub fn is_settled(object: &Value) -> bool {
    let conditions = object["status"]["conditions"].as_array();
    let works = conditions.into_iter().flatten().any(|one| one["type"] == "Reconciling" && one["status"] == "True");
    let asked = &object["metadata"]["annotations"]["reconcile.fluxcd.io/requestedAt"];
    let handled = &object["status"]["lastHandledReconcileAt"];
    !works
        && object["status"]["observedGeneration"] == object["metadata"]["generation"]
        && (asked.is_null() || asked == handled)
}

fn names_of<'l>(releases: impl Iterator<Item = &'l Line>) -> Vec<&'l str> {
    let mut names: Vec<&str> = releases.filter_map(|line| line.object["metadata"]["name"].as_str()).collect();
    names.sort_unstable();
    names.dedup();
    names
}
