//! What the core says of the objects of an open release.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::app::rows;
use crate::app::session::Session;
use crate::health::objects::{Counts, Row};
use crate::health::why::Why;
use crate::release::payload::Payload;
use crate::release::{Inventory, Release, Resource, manifest};

/// What is to be watched of a release.
pub(super) fn inventory(release: &Release, payload: Option<&Arc<Payload>>) -> Inventory {
    let mut objects: BTreeMap<Resource, BTreeSet<String>> = BTreeMap::new();
    let manifest = payload.and_then(|payload| payload.manifest()).unwrap_or_default();
    for object in manifest::objects(manifest).into_iter().flatten() {
        let namespace = Some(object.namespace.unwrap_or_else(|| release.namespace.clone()));
        let resource = Resource { api_version: object.api_version, kind: object.kind, namespace };
        objects.entry(resource).or_default().insert(object.name);
    }
    Inventory { namespace: release.namespace.clone(), objects: objects.into_iter().collect() }
}

/// The rows of its objects, and how many are well.
pub(super) fn objects(_row: &rows::Row, _payload: Option<&Arc<Payload>>, _session: &Session) -> (Vec<Row>, Counts) {
    (Vec::new(), Counts::default())
}

/// Why it is as it is.
pub(super) fn why(row: &rows::Row, session: &Session) -> Why {
    let sentence = row.judgement.cause.as_ref().map(|_| row.cause(session.now)).unwrap_or_default();
    Why { sentence, ..Why::default() }
}
