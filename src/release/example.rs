//! A release for tests, of which each names only what it is about.

use super::codec::Driver;
use super::{Evidence, Management, PayloadState, Release, ReleaseId};

/// A release of Helm 4 in the namespace `shop` of which one revision is stored in a Secret, and nothing more is known.
pub(crate) fn release(name: &str) -> Release {
    Release {
        id: ReleaseId::stored(Driver::Secret, "shop", name),
        namespace: "shop".to_owned(),
        management: Management::Helm4,
        evidence: Evidence::Storage,
        storage_forbidden: false,
        revision: None,
        revisions: 1,
        status: None,
        latest: None,
        chart: None,
        chart_version: None,
        app_version: None,
        updated: None,
        changed: None,
        description: None,
        helm_release: None,
        helm_chart: None,
        orphaned: false,
        only_superseded: false,
        named: None,
        payload: PayloadState::Absent,
        problems: Vec::new(),
    }
}
