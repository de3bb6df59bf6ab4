//! The quotas of namespaces in which an upgrade makes several objects of one resource.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use super::super::Cluster;
use super::super::query::patiently;
use crate::plan::preflight::quota::Quota;
use crate::plan::preflight::seen::Seen;

#[derive(Deserialize)]
struct List {
    items: Vec<Value>,
}

pub(super) async fn quotas(cluster: &Cluster, seen: &Seen) -> BTreeMap<String, Result<Vec<Quota>, String>> {
    let namespaces: BTreeSet<String> = seen.made_together().into_keys().map(|made| made.namespace).collect();
    let mut all = BTreeMap::new();
    for namespace in namespaces {
        let path = format!("/api/v1/namespaces/{namespace}/resourcequotas");
        let list = patiently(&cluster.server, &path, |request| cluster.client.request::<List>(request)).await;
        let read = list.map(|list| list.items.iter().map(Quota::read).collect()).map_err(|problem| problem.cause);
        all.insert(namespace, read);
    }
    all
}
