//! What is looked at once more before anything is written.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde_json::Value;

use super::converged;
use super::doing::Doing;
use super::look::{Unread, look};
use super::write::Wrote;
use crate::cluster::{Cluster, object};
use crate::plan::step::path_of;
use crate::plan::{Check, StepOutcome};
use crate::release::StoredRef;
use crate::release::codec::Driver;
use crate::release::payload::Revision;
use crate::release::storage::StoredRevision;

/// Of a stored revision its labels are enough.
const METADATA_LIST: &str = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";

/// Looks again; fails where something is not as planned.
pub(super) async fn check(doing: &Doing<'_>, looked_at: &Check) -> Wrote {
    match looked_at {
        Check::NewestRevision { stored, name, revision } => newest(doing, stored, name, *revision).await,
        Check::Converged { release } => {
            let (outcome, tells) = converged::told(doing.cluster, release).await;
            Wrote { tells, ..Wrote::plain(outcome) }
        }
        Check::Unchanged { api_version, resource, object, uid, generation } => {
            let path = format!("{}/{}", path_of(api_version, resource, &object.namespace), object.name);
            let called = format!("{} {}", object.kind, object.name);
            let live = match look(doing.cluster, &path, object::WHOLE).await {
                Ok(Some(live)) => live,
                Ok(None) => return Wrote::changed(format!("{called} is gone")),
                Err(unread) => return Wrote::failed(unread.says),
            };
            if live.pointer("/metadata/uid").and_then(Value::as_str) != Some(uid) {
                return Wrote::changed(format!("{called} is another one of its name"));
            }
            let now = live.pointer("/metadata/generation").and_then(Value::as_i64).unwrap_or_default();
            if now == *generation {
                Wrote::plain(StepOutcome::Done(String::new()))
            } else {
                Wrote::changed(format!("{called} is at generation {now}, and was at {generation}"))
            }
        }
    }
}

/// The newest stored revision of a release, if there is one.
pub(super) async fn newest_stored(
    cluster: &Cluster,
    driver: Driver,
    namespace: &str,
    name: &str,
) -> Result<Option<StoredRevision>, Unread> {
    let plural = match driver {
        Driver::Secret => "secrets",
        Driver::ConfigMap => "configmaps",
    };
    let path = path_of("v1", plural, namespace);
    let selector = form_urlencoded::Serializer::new(String::new())
        .append_pair("labelSelector", &format!("owner=helm,name={name}"))
        .finish();
    let list = look(cluster, &format!("{path}?{selector}"), METADATA_LIST).await?.unwrap_or_default();
    let items = list.get("items").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let read = |item: &Value| {
        let metadata = serde_json::from_value::<ObjectMeta>(item.get("metadata")?.clone()).ok()?;
        StoredRevision::read(driver, &metadata)
    };
    let found = items.iter().filter_map(read).filter(|found| found.release == name);
    Ok(found.max_by_key(|found| found.revision))
}

async fn newest(doing: &Doing<'_>, stored: &StoredRef, name: &str, revision: u32) -> Wrote {
    match newest_stored(doing.cluster, stored.driver, &stored.key.namespace, name).await {
        Err(unread) => Wrote::failed(unread.says),
        Ok(None) => Wrote::changed(format!("no revision of {name} is stored any more")),
        Ok(Some(found)) if Some(found.revision) != Revision::new(revision) => Wrote::changed(format!(
            "the newest revision is {} now, {}, and was {revision}",
            found.revision, found.status
        )),
        Ok(Some(found)) if found.object.uid != stored.uid => {
            Wrote::changed(format!("revision {revision} is another one of its number"))
        }
        Ok(Some(found)) if found.object.resource_version != stored.resource_version => {
            Wrote::changed(format!("somebody else wrote revision {revision}: it is {} now", found.status))
        }
        Ok(Some(_)) => Wrote::plain(StepOutcome::Done(String::new())),
    }
}
