//! Watches a namespace, and keeps of it what somebody needs who is to be compared with the real controllers.

use std::collections::HashSet;
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use wheelhouse::release::codec::{Driver, decode};

use crate::cluster::{Cluster, User};
use crate::told::Line;

/// What is watched below the namespace.
const COLLECTIONS: [(&str, &str); 10] = [
    ("apis/helm.toolkit.fluxcd.io/v2", "helmreleases"),
    ("apis/source.toolkit.fluxcd.io/v1", "helmrepositories"),
    ("apis/source.toolkit.fluxcd.io/v1", "helmcharts"),
    ("api/v1", "secrets"),
    ("api/v1", "configmaps"),
    ("api/v1", "services"),
    ("api/v1", "serviceaccounts"),
    ("api/v1", "events"),
    ("apis/apps/v1", "deployments"),
    ("apis/batch/v1", "jobs"),
];

/// Watches until it is dropped.
pub struct Recorder {
    cluster: &'static Cluster,
    namespace: String,
    seen: Arc<Mutex<Vec<Line>>>,
    watches: Vec<(TcpStream, JoinHandle<()>)>,
}

impl Recorder {
    pub fn start(cluster: &'static Cluster, namespace: &str) -> Self {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let watch = |(group, plural): (&str, &str)| {
            let path = format!("/{group}/namespaces/{namespace}/{plural}?watch=true&allowWatchBookmarks=false");
            let (connection, token) = (cluster.connection().unwrap(), cluster.token(User::Admin));
            let (ending, told) = (connection.ending().unwrap(), Arc::clone(&seen));
            let follow = move || {
                // It ends when the connection is shut down.
                let _ = connection.follow(&path, &token, |line| {
                    let event: Value = serde_json::from_str(line).unwrap();
                    let line = Line {
                        at: Timestamp::now().as_millisecond(),
                        gone: event["type"] == "DELETED",
                        by_hand: false,
                        object: event["object"].clone(),
                    };
                    told.lock().unwrap().push(line);
                });
            };
            (ending, std::thread::spawn(follow))
        };
        let watches = COLLECTIONS.into_iter().map(watch).collect();
        Self { cluster, namespace: namespace.to_owned(), seen, watches }
    }

    /// Waits until it has seen everything as it is now.
    pub fn catch_up(&self) {
        let version =
            |object: &Value| (object["metadata"]["uid"].clone(), object["metadata"]["resourceVersion"].clone());
        let mut open = Vec::new();
        for (group, plural) in COLLECTIONS {
            let list = self.cluster.get(&format!("/{group}/namespaces/{}/{plural}", self.namespace));
            open.extend(list["items"].as_array().unwrap().iter().map(version));
        }
        self.cluster.wait("the recorder to catch up", Duration::from_secs(30), || {
            let seen: HashSet<_> = self.seen.lock().unwrap().iter().map(|line| version(&line.object)).collect();
            open.iter().all(|one| seen.contains(one))
        });
    }

    /// What happens while this runs is done by hand.
    pub fn by_hand(&self, work: impl FnOnce()) {
        self.catch_up();
        let first = self.seen.lock().unwrap().len();
        work();
        self.catch_up();
        for line in &mut self.seen.lock().unwrap()[first..] {
            line.by_hand = line.object["kind"] != "Event" && !is_of_flux(&line.object);
        }
    }

    /// All that is worth keeping of what was seen.
    pub fn lines(&self) -> Vec<Line> {
        self.catch_up();
        let address = self.cluster.charts().url();
        let mut charts = HashSet::new();
        let mut kept: Vec<Line> = self.seen.lock().unwrap().clone();
        kept.retain_mut(|line| {
            let object = &mut line.object;
            let kind = object["kind"].as_str().unwrap_or_default().to_owned();
            if !line.by_hand
                && let Some(metadata) = object["metadata"].as_object_mut()
            {
                metadata.remove("managedFields");
            }
            match kind.as_str() {
                "HelmRelease" | "HelmChart" | "HelmRepository" => true,
                "Event" => {
                    let is_of_release = object["involvedObject"]["kind"] == "HelmRelease";
                    *object = json!({
                        "apiVersion": "v1", "kind": "Event", "reason": object["reason"], "type": object["type"],
                        "message": object["message"], "involvedObject": object["involvedObject"],
                        "metadata": {"name": object["metadata"]["name"], "namespace": object["metadata"]["namespace"]},
                    });
                    is_of_release && !line.gone
                }
                // One payload of each version tells what a chart is.
                "Secret" if !line.by_hand => chart(object).is_some_and(|chart| charts.insert(chart)),
                _ => line.by_hand,
            }
        });
        kept.sort_by_key(|line| line.at);
        let text = |value: &Value| value.to_string().replace(&address, "https://charts.example.com");
        kept.iter_mut().for_each(|line| line.object = serde_json::from_str(&text(&line.object)).unwrap());
        kept
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        for (ending, thread) in self.watches.drain(..) {
            let _ = ending.shutdown(Shutdown::Both);
            let _ = thread.join();
        }
    }
}

/// Kinds that the controllers of Flux write to while somebody works by hand: what the script itself writes there is known by its
/// generation and its requests.
fn is_of_flux(object: &Value) -> bool {
    ["HelmRelease", "HelmChart", "HelmRepository"].iter().any(|kind| object["kind"] == *kind)
}

fn chart(secret: &Value) -> Option<String> {
    let data = secret["data"]["release"].as_str()?;
    let payload = decode(Driver::Secret, data.as_bytes()).ok()?;
    let summary = payload.summary();
    Some(format!("{:?} {:?} {:?}", summary.name, summary.chart_name, summary.chart_version))
}
