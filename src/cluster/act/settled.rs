//! Waiting until objects are as they shall be, by kstatus, as Helm's watcher waits: what failed is not waited for any longer, all
//! others are, and then whatever is not ready is told.
//!
//! Source: helm.sh/helm v4.3.1 `pkg/kube/statuswait.go`. Helm watches; here the server is asked every second or two, because one
//! list and one watch for each kind cost more than a few objects.

use std::time::Duration;

use futures::StreamExt as _;
use jiff::Timestamp;
use serde_json::Value;
use tokio::time::sleep;

use super::look::{Unread, look};
use super::wait::{PAUSE, Telling};
use crate::cluster::{Cluster, object};
use crate::health::kstatus::readers::{Fetched, Library, with_pods};
use crate::health::kstatus::strict::{self, Reading};
use crate::health::kstatus::{Computed, Status};
use crate::plan::StepOutcome;
use crate::plan::step::path_of;
use crate::release::ObjectId;

/// Group and version, plural name of the resource, and object.
type Place = (String, String, ObjectId);

/// How often many objects are asked for, and how many at once.
const ROUND: Duration = Duration::from_secs(2);
const AT_ONCE: usize = 8;

/// How an object is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reader {
    /// By kstatus.
    Plain,
    /// By kstatus, and Jobs until they end.
    WithJobs,
    /// Jobs and Pods until they end; all else is ready at once.
    Hook,
}

/// Waits for the Job or Pod of a hook; see [`crate::plan::Await::HookDone`].
pub(super) async fn hook_done(cluster: &Cluster, place: &Place, telling: Telling<'_>) -> StepOutcome {
    let (_, _, object) = place;
    if !matches!((object.group.as_str(), object.kind.as_str()), ("batch", "Job") | ("", "Pod")) {
        return StepOutcome::Done(String::new());
    }
    all(cluster, std::slice::from_ref(place), Reader::Hook, PAUSE, telling).await
}

/// Waits for objects; see [`crate::plan::Await::Settled`].
pub(super) async fn settled(cluster: &Cluster, objects: &[Place], jobs: bool, telling: Telling<'_>) -> StepOutcome {
    let reader = if jobs { Reader::WithJobs } else { Reader::Plain };
    all(cluster, objects, reader, ROUND, telling).await
}

async fn all(
    cluster: &Cluster,
    places: &[Place],
    reader: Reader,
    pause: Duration,
    mut telling: Telling<'_>,
) -> StepOutcome {
    let mut paused: Vec<&ObjectId> = Vec::new();
    let mut is_first = true;
    loop {
        let asked: Vec<&Place> = places.iter().filter(|(_, _, object)| !paused.contains(&object)).collect();
        let reads: Vec<_> = asked.iter().map(|place| read(cluster, place)).collect();
        let read: Vec<Result<Option<Value>, Unread>> = futures::stream::iter(reads).buffered(AT_ONCE).collect().await;
        let mut judged: Vec<(&ObjectId, Computed)> = Vec::new();
        for ((_, _, object), live) in asked.into_iter().zip(read) {
            let computed = match live {
                // Helm decides that before it waits.
                Ok(Some(live)) if is_first && is_paused(&live) => {
                    paused.push(object);
                    continue;
                }
                Ok(Some(live)) => judge(cluster, &live, object, reader).await,
                Ok(None) => Computed::not_found(),
                Err(unread) if unread.is_forbidden => return StepOutcome::Failed(unread.says),
                Err(unread) => Computed::unknown(unread.says),
            };
            judged.push((object, computed));
        }
        is_first = false;
        let is_open = |status: Status| !matches!(status, Status::Current | Status::Failed);
        let open: Vec<_> = judged.iter().filter(|(_, computed)| is_open(computed.status)).collect();
        let is_over = telling.is_over();
        if open.is_empty() || is_over {
            return end(&judged, is_over && !open.is_empty());
        }
        if let Some((object, computed)) = open.first() {
            let more = if open.len() > 1 { format!("; and {} more", open.len() - 1) } else { String::new() };
            telling.say(format!("{} {}: {}{more}", object.kind, object.name, computed.message)).await;
        }
        sleep(pause).await;
    }
}

/// In the words of Helm.
fn end(judged: &[(&ObjectId, Computed)], is_late: bool) -> StepOutcome {
    let bad = judged.iter().filter(|(_, computed)| computed.status != Status::Current);
    let mut lines: Vec<String> = bad
        .map(|(object, computed)| {
            let (status, message) = (computed.status, &computed.message);
            let place = format!("{}/{}/{}", object.kind, object.namespace, object.name);
            format!("resource {place} not ready. status: {status}, message: {message}")
        })
        .collect();
    if is_late {
        lines.push("context deadline exceeded".to_owned());
    }
    if lines.is_empty() { StepOutcome::Done(String::new()) } else { StepOutcome::Failed(lines.join("\n")) }
}

async fn read(cluster: &Cluster, (api_version, resource, object): &Place) -> Result<Option<Value>, Unread> {
    let path = format!("{}/{}", path_of(api_version, resource, &object.namespace), object.name);
    look(cluster, &path, object::WHOLE).await
}

fn is_paused(live: &Value) -> bool {
    live.get("kind").is_some_and(|kind| kind == "Deployment")
        && live.pointer("/spec/paused").and_then(Value::as_bool).unwrap_or_default()
}

async fn judge(cluster: &Cluster, live: &Value, object: &ObjectId, reader: Reader) -> Computed {
    let now = Timestamp::now();
    match (reader, object.group.as_str(), object.kind.as_str()) {
        (Reader::Hook | Reader::WithJobs, "batch", "Job") => {
            strict::job(live, Reading::Helm).unwrap_or_else(Computed::from)
        }
        (Reader::Hook, _, _) => strict::pod(live),
        (Reader::Plain | Reader::WithJobs, "apps", "StatefulSet" | "ReplicaSet") => {
            let path = path_of("v1", "pods", &object.namespace);
            match look(cluster, &path, object::WHOLE).await {
                Ok(Some(list)) => {
                    let pods = pods(&list);
                    with_pods(live, Fetched::Objects(&pods), Library::Flux, now)
                }
                Ok(None) => with_pods(live, Fetched::NotFound, Library::Flux, now),
                Err(unread) => with_pods(live, Fetched::Failed(unread.says), Library::Flux, now),
            }
        }
        (Reader::Plain | Reader::WithJobs, _, _) => with_pods(live, Fetched::Objects(&[]), Library::Flux, now),
    }
}

/// The Pods of a list, which does not say of each what it is.
fn pods(list: &Value) -> Vec<Value> {
    let items = list.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut pods = items;
    for pod in pods.iter_mut().filter_map(Value::as_object_mut) {
        pod.insert("apiVersion".to_owned(), "v1".into());
        pod.insert("kind".to_owned(), "Pod".into());
    }
    pods
}
