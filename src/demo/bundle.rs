//! The recorded cluster of the demo: what `demo/bundle.json.gz` holds and how it becomes objects of the present.
//!
//! The file is written by `cargo run --example bundle` (`tests/bundle/`) from the recordings. It holds scenes, each a
//! release or a few with all that was in their namespace at a telling moment, in recorded times. A release payload stands
//! in it as JSON, not as Helm stores it: so it shrinks with its neighbours, and its times can move.

use std::collections::HashMap;
use std::io::Read;

use flate2::Compression;
use flate2::read::GzDecoder;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::release::codec::{self, CodecError, DATA_KEY, Driver};

use super::digest::snapshot_digest;
use super::shift::Shift;

const PACKED: &[u8] = include_bytes!("../../demo/bundle.json.gz");

/// Most bytes that the file may inflate to; far above what it does.
const LIMIT: u64 = 64 * 1024 * 1024;

/// Why the bundle cannot be used: it was damaged before the program was built.
#[derive(Debug, thiserror::Error)]
pub enum Damaged {
    /// The file does not inflate.
    #[error("the recorded cluster does not inflate: {0}")]
    Gzip(#[from] std::io::Error),
    /// The text is not a bundle, or an object in it is not JSON.
    #[error("the recorded cluster is not as it should be: {0}")]
    Json(#[from] serde_json::Error),
    /// Something is removed and it is not said what.
    #[error("the recorded cluster removes an object without a name")]
    Nameless,
    /// A payload cannot be stored again.
    #[error("a release of the recorded cluster cannot be stored: {0}")]
    Payload(#[from] CodecError),
}

/// Scenes in the order in which their objects are put, then what happens while one watches.
#[derive(Debug, Serialize, Deserialize)]
pub struct Bundle {
    /// What stands at the start.
    pub scenes: Vec<Scene>,
    /// What happens then, in order of time.
    pub acts: Vec<Act>,
    /// What containers write.
    pub voices: Vec<Voice>,
}

/// The objects of a few releases at one moment.
#[derive(Debug, Serialize, Deserialize)]
pub struct Scene {
    /// Namespace and name of the release, or what else it is.
    pub name: String,
    /// The telling moment, in recorded time.
    pub moment: Timestamp,
    /// How many seconds before the start of the demo that moment lies.
    pub ago: i64,
    /// Everything that stood then; owners before what they own. No resourceVersions: who serves the objects gives them.
    pub objects: Vec<Box<RawValue>>,
}

/// A stretch of the recording that is played at its own pace, on the objects of a scene.
#[derive(Debug, Serialize, Deserialize)]
pub struct Act {
    /// The name of the scene.
    pub scene: String,
    /// Where the stretch begins, in recorded time.
    pub begins: Timestamp,
    /// How many seconds after the start of the demo that is.
    pub after: i64,
    /// What happens, in order.
    pub beats: Vec<Beat>,
}

/// One event of an act.
#[derive(Debug, Serialize, Deserialize)]
pub struct Beat {
    /// Milliseconds after the act has begun.
    pub at: i64,
    /// What it is.
    pub change: Recorded,
}

/// A change of an object, in recorded time.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Recorded {
    /// The object is created, or is now so.
    Put(Box<RawValue>),
    /// The object is gone: what names it.
    Remove(Box<RawValue>),
}

/// What a container of some Pods writes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Voice {
    /// The namespace of the Pods.
    pub namespace: String,
    /// How their names begin.
    pub pods: String,
    /// The container.
    pub container: String,
    /// What it writes, in order; `{time}` stands for the time of day at which it does.
    pub lines: Vec<String>,
    /// Milliseconds between two lines.
    pub apart: i64,
    /// Whether it begins anew after the last line, for as long as it runs.
    pub repeats: bool,
}

impl Bundle {
    /// Reads the embedded file.
    ///
    /// # Errors
    /// [`Damaged`]; the file is held to be whole by a test.
    pub fn embedded() -> Result<Self, Damaged> {
        let mut text = String::new();
        GzDecoder::new(PACKED).take(LIMIT).read_to_string(&mut text)?;
        Ok(serde_json::from_str(&text)?)
    }

    /// The objects as they stand at `now`, in the order in which they are put.
    ///
    /// # Errors
    /// [`Damaged`].
    pub fn objects(&self, now: Timestamp) -> Result<Vec<Value>, Damaged> {
        let mut all = Vec::new();
        for scene in &self.scenes {
            all.extend(scene.objects(now)?.0);
        }
        Ok(all)
    }
}

impl Scene {
    /// How the times of the scene move.
    #[must_use]
    pub fn shift(&self, now: Timestamp) -> Shift {
        let then = now.checked_sub(SignedDuration::from_secs(self.ago)).unwrap_or(now);
        Shift::new(self.moment, then)
    }

    /// The objects as they stand at `now`, and what is stored of their releases.
    ///
    /// # Errors
    /// [`Damaged`].
    pub fn objects(&self, now: Timestamp) -> Result<(Vec<Value>, Histories), Damaged> {
        let shift = self.shift(now);
        let mut histories = Histories::default();
        let mut objects = Vec::with_capacity(self.objects.len());
        for recorded in &self.objects {
            let mut object = serde_json::from_str(&shift.text(recorded.get()))?;
            histories.settle_stored(&mut object, &shift)?;
            objects.push(object);
        }
        // Afterwards: a HelmRelease stands before what is stored of it.
        for object in &mut objects {
            histories.settle_snapshots(object)?;
        }
        Ok((objects, histories))
    }
}

/// The payloads of stored revisions by storage namespace and object, to which snapshots of Flux must agree.
#[derive(Debug, Default)]
pub struct Histories {
    /// As JSON: most are spoken of by no snapshot and never read.
    payloads: HashMap<(String, String), String>,
}

impl Histories {
    /// A recorded object as it stands after its times have moved.
    ///
    /// # Errors
    /// [`Damaged`].
    pub fn settle(&mut self, recorded: &RawValue, shift: &Shift) -> Result<Value, Damaged> {
        let mut object = serde_json::from_str(&shift.text(recorded.get()))?;
        self.settle_stored(&mut object, shift)?;
        self.settle_snapshots(&mut object)?;
        Ok(object)
    }

    /// Gives an object whose times have moved what else depends on them: storage its stored form and labels, an Event its
    /// name.
    fn settle_stored(&mut self, object: &mut Value, shift: &Shift) -> Result<(), Damaged> {
        let driver = match object.get("kind").and_then(Value::as_str) {
            Some("Secret") => Driver::Secret,
            Some("ConfigMap") => Driver::ConfigMap,
            Some("Event") => {
                rename_event(object, shift);
                return Ok(());
            }
            Some(_) | None => return Ok(()),
        };
        let key = (text(object, "/metadata/namespace"), text(object, "/metadata/name"));
        if object.pointer("/metadata/labels/owner").is_none_or(|owner| owner != "helm") {
            return Ok(());
        }
        if let Some(labels) = object.pointer_mut("/metadata/labels").and_then(Value::as_object_mut) {
            for key in ["createdAt", "modifiedAt"] {
                let Some(label) = labels.get_mut(key) else { continue };
                let seconds = label.as_str().and_then(|label| label.parse().ok());
                if let Some(time) = seconds.and_then(|seconds| Timestamp::from_second(seconds).ok()) {
                    *label = shift.time(time).as_second().to_string().into();
                }
            }
        }
        let Some(data) = object.pointer_mut("/data").and_then(|data| data.get_mut(DATA_KEY)) else { return Ok(()) };
        let Some(json) = data.as_str() else { return Ok(()) };
        // Not as hard as Helm does, which would take most of the time before the first frame: sizes are a little larger.
        let packed = codec::pack(driver, json.as_bytes(), Compression::fast())?;
        self.payloads.insert(key, json.to_owned());
        *data = packed.into();
        Ok(())
    }

    /// Gives the snapshots of a HelmRelease the digests of the revisions that they speak of, as those now are.
    fn settle_snapshots(&self, object: &mut Value) -> Result<(), Damaged> {
        if object.get("kind").is_none_or(|kind| kind != "HelmRelease") {
            return Ok(());
        }
        let storage = text(object, "/status/storageNamespace");
        let history = object.pointer_mut("/status/history").and_then(Value::as_array_mut);
        for snapshot in history.into_iter().flatten() {
            let name = format!(
                "sh.helm.release.v1.{}.v{}",
                text(snapshot, "/name"),
                snapshot.get("version").and_then(Value::as_u64).unwrap_or_default()
            );
            if let Some(payload) = self.payloads.get(&(storage.clone(), name)) {
                let payload: Map<String, Value> = serde_json::from_str(payload)?;
                let digest = snapshot_digest(&payload, &text(snapshot, "/status"));
                if let Some(place) = snapshot.get_mut("digest") {
                    *place = digest.into();
                }
            }
        }
        Ok(())
    }
}

/// Recorders name an Event after its object and the time in nanoseconds, in hexadecimal digits.
fn rename_event(event: &mut Value, shift: &Shift) {
    let name = text(event, "/metadata/name");
    let Some((object, stamp)) = name.rsplit_once('.') else { return };
    let Ok(nanoseconds) = i128::from_str_radix(stamp, 16) else { return };
    let Ok(recorded) = Timestamp::from_nanosecond(nanoseconds) else { return };
    let name = format!("{object}.{:x}", shift.time(recorded).as_nanosecond());
    if let Some(place) = event.pointer_mut("/metadata/name") {
        *place = name.into();
    }
}

fn text(object: &Value, pointer: &str) -> String {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}
