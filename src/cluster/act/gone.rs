//! Waiting until an object is gone.

use serde_json::Value;
use tokio::time::sleep;

use super::look::look;
use super::wait::{PAUSE, Telling};
use crate::cluster::{Cluster, object};
use crate::health::kstatus;
use crate::plan::StepOutcome;
use crate::plan::step::path_of;
use crate::release::ObjectId;

/// Waits until an object is gone, or another one has its name.
///
/// Source of the words: helm.sh/helm v4.3.1 `pkg/kube/statuswait.go`, `waitForDelete`.
pub(super) async fn gone(
    cluster: &Cluster,
    (api_version, resource, object): (&str, &str, &ObjectId),
    mut telling: Telling<'_>,
) -> StepOutcome {
    let path = format!("{}/{}", path_of(api_version, resource, &object.namespace), object.name);
    let mut first: Option<String> = None;
    loop {
        let says = match look(cluster, &path, object::WHOLE).await {
            Ok(None) => return StepOutcome::Done(String::new()),
            Ok(Some(live)) => {
                let uid = live.pointer("/metadata/uid").and_then(Value::as_str).unwrap_or_default();
                if *first.get_or_insert_with(|| uid.to_owned()) != uid {
                    return StepOutcome::Done("another one has its name".to_owned());
                }
                let computed = kstatus::compute(&live, jiff::Timestamp::now());
                let computed = computed.unwrap_or_else(kstatus::Computed::from);
                format!("still exists. status: {}, message: {}", computed.status, computed.message)
            }
            Err(unread) => format!("cannot be read: {}", unread.says),
        };
        if telling.is_over() {
            let (kind, place) = (&object.kind, format!("{}/{}", object.namespace, object.name));
            return StepOutcome::Failed(format!("resource {kind}/{place} {says}\ncontext deadline exceeded"));
        }
        telling.say(format!("{} {} {says}", object.kind, object.name)).await;
        sleep(PAUSE).await;
    }
}
