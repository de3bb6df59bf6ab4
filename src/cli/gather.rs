//! Reading a cluster once, until everything was read or was said to be unreadable.

use std::collections::BTreeSet;

use futures::StreamExt;

use super::opened::Opened;
use super::{Failure, say};
use crate::cluster::Cluster;
use crate::health::World;
use crate::release::codec::Driver;
use crate::release::{Answer, Catalog, Feed, FeedKind, FeedState, Part, Problem, ProblemKind, Query, Scope, StoredRef};

/// How many payloads are fetched at once.
const AT_ONCE: usize = 8;

/// Reads all that may be read, and says what may not.
///
/// # Errors
/// When nothing at all could be read.
pub(super) async fn catalog(cluster: &Cluster, scope: Scope) -> Result<Catalog, Failure> {
    let (catalog, _) = everything(cluster, scope).await?;
    Ok(catalog)
}

/// Reads all that may be read, with the objects of the releases, and says what may not.
///
/// # Errors
/// When nothing at all could be read.
pub(super) async fn everything(cluster: &Cluster, scope: Scope) -> Result<(Catalog, World), Failure> {
    let (mut catalog, mut world) = (Catalog::default(), World::default());
    let mut reading = cluster.read(scope);
    loop {
        let changes = reading.next().await;
        if changes.is_empty() {
            break;
        }
        for change in changes {
            world.apply(&change);
            catalog.apply(change);
        }
    }
    judge_reading(&catalog)?;
    Ok((catalog, world))
}

/// Reads the objects of a release once, with all that they own. `None` where nothing is known of what it names: `list` has to
/// do then.
pub(super) async fn objects(cluster: &Cluster, opened: &Opened, list: &World) -> Option<World> {
    let inventory = opened.inventory();
    if inventory.objects.is_empty() {
        return None;
    }
    let mut world = World::of_open(&opened.release, list);
    let mut reading = cluster.inspect_once(inventory.clone());
    loop {
        let changes = reading.next().await;
        if changes.is_empty() {
            return Some(world);
        }
        for change in &changes {
            world.apply(change);
        }
    }
}

/// Whether every list has ended, and none that releases come of is out of reach.
pub(super) fn is_read(catalog: &Catalog) -> bool {
    let feeds = catalog.feeds();
    let awaited = |(feed, state): (&Feed, &FeedState)| match state {
        FeedState::Loading => true,
        FeedState::Stale { .. } => releases_come_of(feed.kind),
        FeedState::Live | FeedState::Absent | FeedState::Unsupported { .. } | FeedState::Forbidden => false,
    };
    !feeds.is_empty() && !feeds.iter().any(awaited)
}

/// Fails where nothing was read, and otherwise says what was not.
///
/// # Errors
/// When nothing at all could be read.
pub(super) fn judge_reading(catalog: &Catalog) -> Result<(), Failure> {
    let mut failed: Option<&Problem> = None;
    let mut read = false;
    let mut forbidden = BTreeSet::new();
    for (feed, state) in catalog.feeds() {
        let place = feed.namespace.as_deref().unwrap_or("all namespaces");
        match state {
            FeedState::Live => read |= releases_come_of(feed.kind),
            FeedState::Stale { problem, .. } => failed = failed.or(Some(problem)),
            FeedState::Forbidden => {
                if let FeedKind::Storage(Driver::Secret, Part::Current) = feed.kind {
                    forbidden.insert(place);
                }
            }
            FeedState::Unsupported { served } => {
                say(&format!(
                    "HelmReleases and sources are served as {} here; only v2 and v1 are read",
                    served.join(", ")
                ));
            }
            FeedState::Loading | FeedState::Absent => {}
        }
    }
    if !read {
        return Err(match failed {
            Some(problem) => problem.clone(),
            None => Problem::new(ProblemKind::Forbidden, "no release storage and no HelmReleases may be read")
                .hint("name a namespace that you may read with -n, or ask for list on secrets and helmreleases"),
        }
        .into());
    }
    if let Some(problem) = failed {
        say(&format!("not everything could be read: {problem}"));
    }
    if !forbidden.is_empty() {
        say(&hidden(catalog));
    }
    Ok(())
}

fn releases_come_of(kind: FeedKind) -> bool {
    match kind {
        FeedKind::Storage(..) | FeedKind::HelmReleases => true,
        FeedKind::Objects(kind) => kind.names_releases(),
        FeedKind::Sources(_) | FeedKind::Kustomizations => false,
    }
}

fn hidden(catalog: &Catalog) -> String {
    let hidden = catalog.hidden_namespaces();
    match (hidden.whole_cluster, hidden.namespaces_listed) {
        (true, false) => {
            "release Secrets may not be listed in all namespaces, nor may namespaces: only those that the kubeconfig \
             names were tried; name others with -n"
                .to_owned()
        }
        (true, true) => format!(
            "release Secrets are forbidden in {} of {} namespaces: what is stored there is made out from HelmReleases \
             and workloads",
            hidden.namespaces.len(),
            catalog.namespaces().len()
        ),
        (false, _) => {
            format!("release Secrets are forbidden in {}", hidden.namespaces.join(", "))
        }
    }
}

/// Reads the payloads of these objects into the catalog.
pub(super) async fn summaries(cluster: &Cluster, catalog: &mut Catalog, objects: Vec<StoredRef>) {
    let mut answers = futures::stream::iter(objects)
        .map(|object| {
            let asked = object.clone();
            async move { (asked, cluster.ask(Query::Summary(object)).await) }
        })
        .buffer_unordered(AT_ONCE);
    while let Some((asked, answer)) = answers.next().await {
        match answer {
            // Kept under the state that was asked for: this command shows one moment, and the object may have moved on.
            Answer::Summary(_, result) => catalog.keep_summary(&asked, result),
            Answer::Payload(..) | Answer::Controllers(..) | Answer::ValuesFrom(..) => {}
        }
    }
}
