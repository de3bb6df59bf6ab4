//! What may be seen of a kind in a namespace, and the right that is missing where it may not.

use strum::IntoEnumIterator;

use super::Known;
use crate::release::flux::{HELM_GROUP, KUSTOMIZE_GROUP, SOURCE_GROUP};
use crate::release::{Catalog, Feed, FeedKind, FeedState, Release, WatchedKind};

/// Why an object that is named is not in the catalog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sight {
    /// Its kind is seen there: it does not exist.
    Seen,
    /// Nobody has answered yet.
    Loading,
    /// The server does not serve the kind in a version that is read.
    NotServed,
    /// It may not be seen, and why.
    Hidden(String),
}

pub(super) fn sight(catalog: &Catalog, kind: FeedKind, namespace: &str) -> Sight {
    let feed = |namespace: Option<&str>| catalog.feeds().get(&Feed { kind, namespace: namespace.map(str::to_owned) });
    let (here, whole) = (feed(Some(namespace)), feed(None));
    let Some(state) = here.or(whole) else {
        // A watch of some other namespace alone says nothing of this one.
        let elsewhere = catalog.feeds().keys().any(|feed| feed.kind == kind);
        return if elsewhere {
            Sight::Hidden(format!("{} in {namespace} not watched: outside of what is looked at", plural(kind)))
        } else {
            Sight::Loading
        };
    };
    match state {
        FeedState::Loading => Sight::Loading,
        FeedState::Live | FeedState::Stale { .. } => Sight::Seen,
        FeedState::Absent | FeedState::Unsupported { .. } => Sight::NotServed,
        FeedState::Forbidden => {
            let place = if here.is_some() { format!(" in {namespace}") } else { String::new() };
            Sight::Hidden(format!("{} forbidden: list {}{place}", plural(kind), resource(kind)))
        }
    }
}

/// The kinds of the release's objects that may not be seen, and its storage.
pub(super) fn of_objects(release: &Release, known: Known<'_>) -> Vec<String> {
    let mut hidden = Vec::new();
    if release.storage_forbidden {
        hidden.push(format!("revisions forbidden: list secrets in {}", release.id.storage_namespace));
    }
    if release.remote() {
        hidden.push("the objects and the revisions are on another cluster (spec.kubeConfig)".to_owned());
        return hidden;
    }
    hidden.extend(WatchedKind::iter().filter_map(|kind| {
        match sight(known.catalog, FeedKind::Objects(kind), &release.namespace) {
            Sight::Hidden(text) => Some(text),
            Sight::Seen | Sight::Loading | Sight::NotServed => None,
        }
    }));
    hidden
}

fn plural(kind: FeedKind) -> String {
    match kind {
        FeedKind::Storage(driver, _) => format!("{driver:?}s"),
        FeedKind::HelmReleases => "HelmReleases".to_owned(),
        FeedKind::Sources(crate::release::flux::SourceKind::HelmRepository) => "HelmRepositories".to_owned(),
        FeedKind::Sources(crate::release::flux::SourceKind::OciRepository) => "OCIRepositories".to_owned(),
        FeedKind::Sources(crate::release::flux::SourceKind::GitRepository) => "GitRepositories".to_owned(),
        FeedKind::Sources(kind) => format!("{kind}s"),
        FeedKind::Kustomizations => "Kustomizations".to_owned(),
        FeedKind::Objects(kind) => format!("{kind}s"),
    }
}

fn resource(kind: FeedKind) -> String {
    match kind {
        FeedKind::Storage(driver, _) => format!("{driver:?}s").to_lowercase(),
        FeedKind::HelmReleases => format!("helmreleases.{HELM_GROUP}"),
        FeedKind::Sources(kind) => format!("{}.{SOURCE_GROUP}", kind.plural()),
        FeedKind::Kustomizations => format!("kustomizations.{KUSTOMIZE_GROUP}"),
        FeedKind::Objects(kind) if kind.group().is_empty() => kind.plural().to_owned(),
        FeedKind::Objects(kind) => format!("{}.{}", kind.plural(), kind.group()),
    }
}
