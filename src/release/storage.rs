//! A stored revision as its metadata tells it: Helm's labels on the Secret or ConfigMap, without the payload.
//!
//! Source of the rules: helm/helm v4.2.4 `pkg/storage/driver/{secrets,cfgmaps,labels}.go`, `pkg/storage/storage.go`.

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::ObjectKey;
use super::codec::Driver;
use super::payload::{ReleaseStatus, Revision};
use super::query::StoredRef;

/// Prefix of every storing object's name: `sh.helm.release.v1.<release>.v<revision>`.
const OBJECT_PREFIX: &str = "sh.helm.release.v1.";

/// The field manager of Flux's controller, by which a release that it once wrote is told.
pub const FLUX_MANAGER: &str = "helm-controller";

/// One stored revision without its payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRevision {
    /// The storing object, in the state in which it was seen.
    pub object: StoredRef,
    /// The release's name: the `name` label, else the part of the object's name.
    pub release: String,
    /// The `version` label, else the part of the object's name. Helm calls the largest one the latest.
    pub revision: Revision,
    /// The `status` label.
    pub status: ReleaseStatus,
    /// When Helm last wrote it: the `modifiedAt` label, else `createdAt`, else the object's creation. The payload
    /// knows better.
    pub changed: Option<Timestamp>,
    /// Whether Flux's controller wrote it, by the field managers of the object.
    pub by_flux: bool,
    /// What of the labels is damaged.
    pub problems: Vec<String>,
}

impl StoredRevision {
    /// Reads the metadata of a storing object. `None` where neither labels nor name say which release and revision it
    /// is: then it is not Helm's.
    #[must_use]
    pub fn read(driver: Driver, meta: &ObjectMeta) -> Option<Self> {
        let label = |key: &str| meta.labels.as_ref().and_then(|labels| labels.get(key)).map(String::as_str);
        let object_name = meta.name.as_deref().unwrap_or_default();
        let by_name = release_and_revision(object_name);
        let mut problems = Vec::new();

        let release = match (label("name"), by_name) {
            (Some(name), _) => name.to_owned(),
            (None, Some((name, _))) => {
                problems.push("label name is missing".to_owned());
                name.to_owned()
            }
            (None, None) => return None,
        };
        let labelled = label("version").map(|text| (text, text.parse::<Revision>().ok()));
        let revision = match (labelled, by_name) {
            (Some((_, Some(number))), _) => number,
            (Some((text, None)), Some((_, number))) => {
                problems.push(format!("label version is \"{text}\", no number"));
                number
            }
            (None, Some((_, number))) => {
                problems.push("label version is missing".to_owned());
                number
            }
            (_, None) => return None,
        };
        let status = label("status").unwrap_or_default();
        if status.is_empty() {
            problems.push("label status is missing".to_owned());
        }
        let seconds = |key| label(key).and_then(|text| text.parse().ok()).and_then(|s| Timestamp::from_second(s).ok());

        Some(Self {
            object: StoredRef {
                driver,
                key: ObjectKey::new(meta.namespace.clone().unwrap_or_default(), object_name),
                uid: meta.uid.clone().unwrap_or_default(),
                resource_version: meta.resource_version.clone().unwrap_or_default(),
            },
            release,
            revision,
            status: ReleaseStatus::from(status),
            changed: seconds("modifiedAt")
                .or_else(|| seconds("createdAt"))
                .or_else(|| meta.creation_timestamp.as_ref().map(|time| time.0)),
            by_flux: meta.managed_fields.iter().flatten().any(|entry| entry.manager.as_deref() == Some(FLUX_MANAGER)),
            problems,
        })
    }
}

fn release_and_revision(object_name: &str) -> Option<(&str, Revision)> {
    let (release, revision) = object_name.strip_prefix(OBJECT_PREFIX)?.rsplit_once(".v")?;
    Some((release, revision.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meta(name: &str, labels: &[(&str, &str)]) -> ObjectMeta {
        ObjectMeta {
            name: Some(name.to_owned()),
            namespace: Some("shop".to_owned()),
            labels: Some(labels.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()),
            ..ObjectMeta::default()
        }
    }

    #[test]
    fn labels_decide_and_the_name_stands_in_for_damaged_ones() {
        let read = |name: &str, labels: &[(&str, &str)]| {
            StoredRevision::read(Driver::Secret, &meta(name, labels))
                .map(|r| (r.release, r.revision.get(), r.status.to_string(), r.problems))
        };
        let whole = [("name", "web"), ("version", "12"), ("status", "deployed")];
        assert_eq!(read("sh.helm.release.v1.web.v12", &whole), Some(("web".into(), 12, "deployed".into(), vec![])));
        assert_eq!(
            read("sh.helm.release.v1.a.v1.v3", &[("status", "failed")]),
            Some((
                "a.v1".into(),
                3,
                "failed".into(),
                vec!["label name is missing".into(), "label version is missing".into()]
            ))
        );
        assert_eq!(
            read("sh.helm.release.v1.web.v2", &[("name", "web"), ("version", "two")]),
            Some((
                "web".into(),
                2,
                "".into(),
                vec!["label version is \"two\", no number".into(), "label status is missing".into()]
            ))
        );
        assert_eq!(read("something-else", &[("owner", "helm")]), None);
    }
}
