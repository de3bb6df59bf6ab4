//! What containers write: files that kwok reads in the place of a kubelet when somebody asks for the logs of a Pod.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::Cluster;
use super::process::write;

/// What one container of every Pod of a namespace writes. One that follows it is never told that the container ended.
#[derive(Debug)]
pub struct ContainerLogs {
    current: PathBuf,
}

impl Cluster {
    /// From now on the container has logs: none yet, and `previous` those of its last run. kwok needs a moment to know;
    /// before that the API server's answer is an error. Without this call a container has none.
    pub fn container_logs(&self, namespace: &str, container: &str, previous: &[&str]) -> ContainerLogs {
        // One that follows wakes at every write in the folder.
        let folder = self.folder().join("container-logs").join(format!("{namespace}-{container}"));
        fs::create_dir_all(&folder).unwrap_or_else(|error| panic!("create {}: {error}", folder.display()));
        let (current, last) = (folder.join("current.log"), folder.join("previous.log"));
        write(&current, "");
        write(&last, previous.iter().map(|text| line(text)).collect::<String>());
        self.apply(&format!(
            "apiVersion: kwok.x-k8s.io/v1alpha1
kind: ClusterLogs
metadata: {{name: {namespace}-{container}}}
spec:
  selector: {{matchNamespaces: [{namespace}]}}
  logs: [{{containers: [{container}], logsFile: {current:?}, previousLogsFile: {last:?}}}]
"
        ));
        ContainerLogs { current }
    }
}

impl ContainerLogs {
    /// Writes a line, now.
    pub fn say(&self, text: &str) {
        let written = OpenOptions::new()
            .append(true)
            .open(&self.current)
            .and_then(|mut log| log.write_all(line(text).as_bytes()));
        written.unwrap_or_else(|error| panic!("write {}: {error}", self.current.display()));
    }

    /// Where the lines lie, as a container runtime writes them.
    pub fn path(&self) -> &Path {
        &self.current
    }
}

/// A line of the runtime's format: time, stream, whole or part, text.
fn line(text: &str) -> String {
    format!("{} stdout F {text}\n", Timestamp::now())
}
