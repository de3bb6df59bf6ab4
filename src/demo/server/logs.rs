//! Logs of containers: what they wrote, when, and who reads on.
//!
//! Rules: kubernetes/kubernetes `pkg/registry/core/pod/strategy.go` (`LogLocation`), `pkg/kubelet/kubelet_pods.go`
//! (`validateContainerLogStatus`), release 1.36. Nothing is invented: a container of which no log is stored has none.

use std::collections::HashMap;
use std::convert::Infallible;

use bytes::Bytes;
use futures::StreamExt;
use futures::channel::mpsc::{self, UnboundedSender};
use http_body::Frame;
use http_body_util::{BodyExt, Full, StreamBody};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::encode::Body;
use super::options::truth;
use super::paths::Query;
use super::status::Status;
use crate::release::ObjectKey;

/// How many lines are kept of a container: a kubelet rotates by size, and a demo may be left running.
const KEPT: usize = 5_000;

/// What a container wrote in one run: each line without its end, and when.
pub type LogLines = Vec<(Timestamp, String)>;

/// All logs, and those who follow one.
#[derive(Debug, Default)]
pub(super) struct Logs {
    stored: HashMap<Place, Stored>,
    followers: Vec<Follower>,
}

/// The Pod and its container.
type Place = (ObjectKey, String);

#[derive(Debug, Default)]
struct Stored {
    current: LogLines,
    previous: Option<LogLines>,
}

#[derive(Debug)]
struct Follower {
    place: Place,
    timestamps: bool,
    sender: UnboundedSender<Bytes>,
}

impl Logs {
    /// Replaces what is stored. Whoever followed the run before has read it to its end.
    pub(super) fn put(&mut self, place: Place, current: LogLines, previous: Option<LogLines>) {
        self.followers.retain(|follower| follower.place != place);
        self.stored.insert(place, Stored { current, previous });
    }

    /// A container writes one more line.
    pub(super) fn append(&mut self, place: Place, at: Timestamp, line: &str) {
        self.followers.retain(|follower| {
            let bytes = Bytes::from(written(&(at, line.to_owned()), follower.timestamps));
            follower.place != place || follower.sender.unbounded_send(bytes).is_ok()
        });
        let lines = &mut self.stored.entry(place).or_default().current;
        if lines.len() >= KEPT {
            lines.drain(..KEPT / 2);
        }
        lines.push((at, line.to_owned()));
    }

    /// The Pod is gone, and its logs with it.
    pub(super) fn forget(&mut self, pod: &ObjectKey) {
        self.followers.retain(|follower| follower.place.0 != *pod);
        self.stored.retain(|place, _| place.0 != *pod);
    }

    /// Answers a request for a log.
    ///
    /// # Errors
    /// 400 for a container that there is not, that is not named where there are several, or that has not written yet.
    pub(super) fn read(&mut self, pod: &Value, query: &Query, now: Timestamp) -> Result<Body, Status> {
        let container = container(pod, query.get("container").filter(|name| !name.is_empty()))?;
        let is = |name: &str| query.get(name).is_some_and(truth);
        let number = |name: &str| query.get(name).and_then(|text| text.parse::<i64>().ok());
        let text = |pointer: &str| pod.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let name = text("/metadata/name");
        let place = (ObjectKey::new(text("/metadata/namespace"), name), container.to_owned());
        let stored = self.stored.get(&place);
        let lines: &[(Timestamp, String)] = match stored {
            Some(stored) if is("previous") => match &stored.previous {
                Some(previous) => previous,
                None => return Err(no_previous(container, name)),
            },
            Some(stored) => &stored.current,
            // Who was given to no node has nobody to ask: the real server answers with nothing.
            None if text("/spec/nodeName").is_empty() => &[],
            None => {
                may_have_written(pod, container, is("previous"))?;
                &[]
            }
        };
        let since = number("sinceSeconds").and_then(|seconds| now.checked_sub(SignedDuration::from_secs(seconds)).ok());
        let recent = lines.iter().filter(|(at, _)| since.is_none_or(|since| *at >= since)).collect::<Vec<_>>();
        let tail = number("tailLines").and_then(|tail| usize::try_from(tail).ok()).unwrap_or(recent.len());
        let skipped = recent.len().saturating_sub(tail);
        let bytes: String = recent.into_iter().skip(skipped).map(|line| written(line, is("timestamps"))).collect();
        if !is("follow") || is("previous") || has_ended(pod, container) {
            return Ok(Full::new(Bytes::from(bytes)).boxed_unsync());
        }
        let (sender, receiver) = mpsc::unbounded::<Bytes>();
        if !bytes.is_empty() {
            // It cannot be closed yet.
            let _ = sender.unbounded_send(Bytes::from(bytes));
        }
        self.followers.push(Follower { place, timestamps: is("timestamps"), sender });
        Ok(StreamBody::new(receiver.map(|bytes| Ok::<_, Infallible>(Frame::data(bytes)))).boxed_unsync())
    }
}

fn written((at, line): &(Timestamp, String), timestamps: bool) -> String {
    if timestamps { format!("{at} {line}\n") } else { format!("{line}\n") }
}

/// The container that is meant.
fn container<'a>(pod: &'a Value, named: Option<&str>) -> Result<&'a str, Status> {
    let name = pod.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
    let of = |pointer: &str| -> Vec<&'a str> {
        let items = pod.pointer(pointer).and_then(Value::as_array).into_iter().flatten();
        items.filter_map(|item| item.get("name")?.as_str()).collect()
    };
    let (containers, first) = (of("/spec/containers"), of("/spec/initContainers"));
    match named {
        Some(named) => {
            let found = containers.iter().chain(&first).find(|container| **container == named);
            let refusal = || Status::bad_request(format!("container {named} is not valid for pod {name}"));
            found.copied().ok_or_else(refusal)
        }
        None => match containers.as_slice() {
            [] => Err(Status::bad_request(format!("a container name must be specified for pod {name}"))),
            [only] => Ok(only),
            several => {
                let mut message = format!(
                    "a container name must be specified for pod {name}, choose one of: [{}]",
                    several.join(" ")
                );
                if !first.is_empty() {
                    message += &format!(" or one of the init containers: [{}]", first.join(" "));
                }
                Err(Status::bad_request(message))
            }
        },
    }
}

fn state<'a>(pod: &'a Value, container: &str) -> Option<&'a Value> {
    let of = |pointer: &str| pod.pointer(pointer).and_then(Value::as_array).into_iter().flatten();
    of("/status/containerStatuses")
        .chain(of("/status/initContainerStatuses"))
        .find(|status| status.get("name").and_then(Value::as_str) == Some(container))
}

/// Of a container that does not run nothing more will come, also where it is to be started again.
fn has_ended(pod: &Value, container: &str) -> bool {
    state(pod, container).is_some_and(|status| status.pointer("/state/running").is_none())
}

fn no_previous(container: &str, pod: &str) -> Status {
    Status::bad_request(format!("previous terminated container {container:?} in pod {pod:?} not found"))
}

/// What the kubelet says of a container that has written nothing.
fn may_have_written(pod: &Value, container: &str, previous: bool) -> Result<(), Status> {
    let name = pod.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
    let status = state(pod, container);
    let has = |pointer: &str| status.is_some_and(|status| status.pointer(pointer).is_some());
    if previous {
        return if has("/lastState/terminated") { Ok(()) } else { Err(no_previous(container, name)) };
    }
    if has("/state/running") || has("/state/terminated") || has("/lastState/terminated") {
        return Ok(());
    }
    let reason = status.and_then(|status| status.pointer("/state/waiting/reason")).and_then(Value::as_str);
    let why = match reason {
        Some("ErrImagePull") => ": image can't be pulled".to_owned(),
        Some("ImagePullBackOff") => ": trying and failing to pull image".to_owned(),
        Some(reason) => format!(": {reason}"),
        None => " - no logs yet".to_owned(),
    };
    Err(Status::bad_request(format!("container {container:?} in pod {name:?} is waiting to start{why}")))
}
