//! What happens in the demo while one watches: the recorded upgrade of `billing`, on a copy of it.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use wheelhouse::demo::bundle::{Act, Beat, Recorded};
use wheelhouse::demo::shift::Shift;

use super::copy::{Rewriting, replace_ending_word};
use super::fleet;
use super::made::{image_events, waits_for_image};
use super::recording::{Recording, second, text};
use super::scenes::{BILLING, CART, raw, rewriting};

/// Seconds of the streams: an upgrade fails, is rolled back, fails again, is rolled back and given up.
const FAILS: (i64, i64) = (47, 95);
/// The values are mended and the release is upgraded.
const MENDED: (i64, i64) = (203, 212);

/// Between both the streams show three more tries, which the demo leaves out: so many revisions and seconds.
const REVISIONS: u64 = 6;
const SECONDS: i64 = 94;

pub fn acts(recording: &Recording) -> Vec<Act> {
    let rewriting = rewriting(recording, BILLING, &CART);
    let skipping = Skipping::new(recording);
    vec![
        act(recording, &rewriting, FAILS, 20, Value::clone),
        act(recording, &rewriting, MENDED, 150, |object| skipping.object(object)),
    ]
}

fn act(
    recording: &Recording,
    rewriting: &Rewriting,
    (from, until): (i64, i64),
    after: i64,
    change: impl Fn(&Value) -> Value,
) -> Act {
    let mut beats = Vec::new();
    for event in recording.between(BILLING.0, from, until) {
        let object = fleet::owned(rewriting.object(&change(&event.object)));
        let at = event.at - from * 1000;
        let change = if event.gone {
            let metadata = json!({"name": object["metadata"]["name"], "namespace": object["metadata"]["namespace"]});
            let named = json!({"apiVersion": object["apiVersion"], "kind": object["kind"], "metadata": metadata});
            Recorded::Remove(raw(&named))
        } else {
            Recorded::Put(raw(&object))
        };
        beats.push(Beat { at, change });
        if !event.gone && waits_for_image(&object) && object["metadata"]["deletionTimestamp"].is_null() {
            let now = second(event.at.div_euclid(1000));
            let told = image_events(&object, now, now);
            beats.extend(told.iter().map(|event| Beat { at, change: Recorded::Put(raw(event)) }));
        }
    }
    Act { scene: format!("{}/{}", CART.namespace, CART.name), begins: second(from), after, beats }
}

/// Makes an object of [`MENDED`] one that follows upon [`FAILS`], as if what lies between had not been.
struct Skipping {
    /// Times and uids of the revisions that are left out, and those of the revisions whose numbers they take.
    words: Vec<(String, String)>,
    shift: Shift,
}

impl Skipping {
    fn new(recording: &Recording) -> Self {
        let mut stored: BTreeMap<u64, Value> = BTreeMap::new();
        for event in recording.between(BILLING.0, i64::MIN, i64::MAX) {
            if let Some(version) = event.object["data"]["release"]["version"].as_u64() {
                stored.insert(version, event.object.clone());
            }
        }
        let mut words = Vec::new();
        for (version, skipped) in stored.range(REVISIONS + 1..2 * REVISIONS) {
            let taken = &stored[&(version - REVISIONS)];
            let mut pair = |pointer: &str| words.push((text(skipped, pointer), text(taken, pointer)));
            pair("/metadata/uid");
            pair("/data/release/info/last_deployed");
            // Snapshots have the seconds alone.
            let whole = |object: &Value| text(object, "/data/release/info/last_deployed")[..19].to_owned() + "Z";
            words.push((whole(skipped), whole(taken)));
        }
        let (gap, end) = (FAILS.1, MENDED.0);
        let shift = Shift::new(second(0), second(0))
            .and_from(second(gap), second(gap - SECONDS))
            .and_from(second(end), second(end));
        Self { words, shift }
    }

    fn object(&self, original: &Value) -> Value {
        let text = self.words.iter().fold(original.to_string(), |text, (from, to)| text.replace(from, to));
        let mut object: Value = serde_json::from_str(&self.shift.text(&text)).expect("an object");
        renumber(&mut object, "");
        if object["kind"] == "HelmRelease" {
            without_requests(&mut object);
        }
        object
    }
}

/// Every number of a revision, in fields, names, messages and labels.
fn renumber(value: &mut Value, key: &str) {
    match value {
        Value::Object(fields) => {
            fields.iter_mut().for_each(|(key, value)| renumber(value, key));
            if fields.get("kind").is_some_and(|kind| kind == "Deployment") && fields.contains_key("status") {
                for path in ["metadata/generation", "status/observedGeneration"] {
                    let (part, field) = path.split_once('/').expect("two parts");
                    let generation = fields[part][field].as_u64().expect("a generation");
                    fields[part][field] = (generation - REVISIONS).into();
                }
            }
        }
        Value::Array(items) => {
            items.retain(|item| item["version"].as_u64().is_none_or(|version| version > REVISIONS));
            items.iter_mut().for_each(|item| renumber(item, key));
        }
        Value::Number(number) if key == "version" => {
            let version = number.as_u64().expect("a revision");
            *value = (version - REVISIONS).into();
        }
        Value::Number(count) if ["failures", "upgradeFailures"].contains(&key) && count.as_u64() == Some(3) => {
            *value = 2.into();
        }
        Value::String(text) => match key {
            "version" | "deployment.kubernetes.io/revision" => {
                if let Ok(number) = text.parse::<u64>() {
                    *text = (number - REVISIONS).to_string();
                }
            }
            "deployment.kubernetes.io/revision-history" => {
                let numbers = text.split(',').map(|number| number.parse::<u64>().expect("a number"));
                let left = numbers.filter_map(|number| number.checked_sub(REVISIONS).filter(|number| *number > 0));
                *text = left.map(|number| number.to_string()).collect::<Vec<_>>().join(",");
            }
            _ => {
                for version in REVISIONS + 1..=2 * REVISIONS {
                    let taken = version - REVISIONS;
                    for before in [".v", "Rollback to "] {
                        *text = replace_ending_word(text, &format!("{before}{version}"), &format!("{before}{taken}"));
                    }
                }
                *text = text.replace("after 3 attempt(s)", "after 2 attempt(s)");
            }
        },
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Reset and force were asked for in what is left out.
fn without_requests(object: &mut Value) {
    let metadata = object["metadata"].as_object_mut().expect("metadata");
    if let Some(annotations) = metadata["annotations"].as_object_mut() {
        annotations.retain(|key, _| !key.starts_with("reconcile.fluxcd.io/"));
    }
    let entries = metadata["managedFields"].as_array_mut().expect("entries");
    entries.retain(|entry| entry["manager"] != "kubectl-annotate");
    for entry in entries {
        if let Some(fields) = entry["fieldsV1"]["f:status"].as_object_mut() {
            fields.retain(|key, _| !key.starts_with("f:lastHandled"));
        }
    }
    let status = object["status"].as_object_mut().expect("a status");
    status.retain(|key, _| !key.starts_with("lastHandled"));
}
