//! What a failed revision changed: the images of two payloads, for the case that nothing else of it is left.

use std::collections::BTreeMap;

use super::{Known, failure};
use crate::release::payload::{Payload, ReleaseStatus, Revision};
use crate::release::{Catalog, ObjectId, Release, StoredRef};

/// A container whose image two revisions have different.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageChange {
    /// The object.
    pub object: ObjectId,
    /// The container.
    pub container: String,
    /// The image before; `None` where the container is new.
    pub old: Option<String>,
    /// The image after; `None` where the container is gone.
    pub new: Option<String>,
}

/// The images that differ between two revisions, in the order of the objects' ids.
#[must_use]
pub fn changed_images(old: &Payload, new: &Payload) -> Vec<ImageChange> {
    let (mut old, new) = (images(old), images(new));
    let mut changes = Vec::new();
    for ((object, container), image) in new {
        let before = old.remove(&(object.clone(), container.clone()));
        if before.as_ref() != Some(&image) {
            changes.push(ImageChange { object, container, old: before, new: Some(image) });
        }
    }
    let gone = old.into_iter().map(|((object, container), image)| ImageChange {
        object,
        container,
        old: Some(image),
        new: None,
    });
    changes.extend(gone);
    changes.sort_by(|a, b| (&a.object, &a.container).cmp(&(&b.object, &b.container)));
    changes
}

/// The stored revisions whose payloads would tell more: the failed one and the one before it that was well; of a native,
/// the latest too, because of its hooks.
#[must_use]
pub fn telling_payloads(release: &Release, catalog: &Catalog) -> Vec<StoredRef> {
    let failed = failed_revision(release);
    let native = release.revision.filter(|_| release.helm_release.is_none());
    let before = failed.and_then(|failed| good_before(release, catalog, failed));
    let wanted: Vec<Revision> = [native, failed, before].into_iter().flatten().collect();
    catalog
        .revisions(&release.id)
        .filter(|revision| wanted.contains(&revision.revision))
        .map(|revision| revision.object.clone())
        .collect()
}

/// The images that the failed revision changed, where both payloads were read.
pub(super) fn of_failed(release: &Release, known: Known<'_>) -> Option<Vec<ImageChange>> {
    let failed = failed_revision(release)?;
    let before = good_before(release, known.catalog, failed)?;
    let payload = |wanted| known.payloads.iter().find(|payload| payload.revision() == Some(wanted));
    Some(changed_images(payload(before)?, payload(failed)?))
}

fn failed_revision(release: &Release) -> Option<Revision> {
    match &release.helm_release {
        Some(object) => failure(object)?.revision,
        None => release.revision.filter(|_| release.status == Some(ReleaseStatus::Failed)),
    }
}

fn good_before(release: &Release, catalog: &Catalog, failed: Revision) -> Option<Revision> {
    let good = catalog.revisions(&release.id).filter(|one| match one.status {
        ReleaseStatus::Deployed | ReleaseStatus::Superseded => true,
        ReleaseStatus::Failed
        | ReleaseStatus::Uninstalled
        | ReleaseStatus::Uninstalling
        | ReleaseStatus::PendingInstall
        | ReleaseStatus::PendingUpgrade
        | ReleaseStatus::PendingRollback
        | ReleaseStatus::Unknown(_) => false,
    });
    good.map(|one| one.revision).filter(|revision| *revision < failed).max()
}

/// The image of each container of each object of a manifest.
fn images(payload: &Payload) -> BTreeMap<(ObjectId, String), String> {
    let mut images = BTreeMap::new();
    for object in payload.named_objects() {
        let mut id = object.id.clone();
        if id.namespace.is_empty() {
            id.namespace = payload.namespace().unwrap_or_default().to_owned();
        }
        for (container, image) in &object.images {
            images.insert((id.clone(), container.clone()), image.clone());
        }
    }
    images
}
