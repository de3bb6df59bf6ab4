//! A namespace with the release that a row is about, and runs of our binary on it.

use serde_json::Value;

use super::row::Row;
use crate::cluster::{Cluster, Gate, User};
use crate::rollback::twin::{Driver, Site};

/// The name of every release.
pub const NAME: &str = "shop";

#[derive(Clone)]
pub struct Place {
    pub cluster: &'static Cluster,
    pub namespace: String,
}

/// How a run ended.
#[derive(Debug)]
pub struct Ran {
    /// No code where it was killed.
    pub code: Option<i32>,
    /// What it says of its end; empty where it was killed.
    pub says: String,
    /// What it said meanwhile.
    pub stderr: String,
}

impl Place {
    /// Makes the namespace and the release.
    fn make(cluster: &'static Cluster, row: &Row, what: &str) -> Self {
        let namespace = format!("broken-{}-{what}", row.name);
        cluster.apply(&format!("apiVersion: v1\nkind: Namespace\nmetadata: {{name: {namespace}}}\n"));
        let place = Self { cluster, namespace };
        (row.make)(&place);
        place
    }

    /// The same after one run that nothing troubles: what that leaves gives the next more to write.
    pub fn used(cluster: &'static Cluster, row: &Row, what: &str) -> Self {
        let place = Self::make(cluster, row, what);
        (row.prepare)(&place);
        assert_eq!(place.run_beside(row), Some(0), "{} in {}", row.name, place.namespace);
        place
    }

    pub fn release(&self) -> String {
        format!("{}/{NAME}", self.namespace)
    }

    /// The same for who writes revisions with Helm.
    pub fn site(&self) -> Site {
        Site { cluster: self.cluster, namespace: self.namespace.clone(), driver: Driver::Secrets }
    }

    /// The writes that came through the gate, whatever the namespace is called and whichever revision it has come to.
    pub fn writes(&self, gate: &Gate) -> Vec<String> {
        let plain = |write: &String| match write.split_once("/sh.helm.release.v1.shop.v") {
            Some((list, _)) => format!("{list}/REVISION"),
            None => write.clone(),
        };
        gate.writes().iter().map(|write| plain(write).replace(&self.namespace, "NAMESPACE")).collect()
    }

    /// Runs the action of the row through the gate, with more flags.
    pub fn run(&self, row: &Row, gate: &Gate, more: &[&str]) -> Ran {
        let release = self.release();
        Self::act(gate, &[&[row.verb, &release], row.flags, more].concat())
    }

    /// Runs an action through the gate, with a yes.
    pub fn act(gate: &Gate, words: &[&str]) -> Ran {
        let ended = gate.run(env!("CARGO_BIN_EXE_wheelhouse"), &[words, &["--yes", "-o", "json"]].concat());
        let printed = serde_json::from_str::<Value>(&ended.stdout).unwrap_or_default();
        let says = printed["says"].as_str().unwrap_or_default().to_owned();
        Ran { code: ended.code, says, stderr: ended.stderr }
    }

    /// Runs the action of the row beside everything that goes through a gate; its exit code.
    pub fn run_beside(&self, row: &Row) -> Option<i32> {
        let release = self.release();
        let words = [&[row.verb, &release], row.flags, &["--yes"]].concat();
        crate::client::run(self.cluster, User::Admin, &words).status.code()
    }

    pub fn kubectl(&self, words: &[&str]) {
        self.cluster.kubectl(&[words, &["--namespace", &self.namespace]].concat());
    }

    /// The object at a path below the namespace, such as `configmaps/settings`; `None` where there is none.
    pub fn find(&self, group: &str, path: &str) -> Option<Value> {
        let path = format!("/{group}/namespaces/{}/{path}", self.namespace);
        let answer = self.cluster.request(User::Admin, "GET", &path, None);
        match answer.status {
            200 => Some(answer.json()),
            404 => None,
            other => panic!("GET {path}: {other} {}", answer.body),
        }
    }
}
