//! What is learnt to say whether a release came to rest: its HelmRelease as it is now, what is stored, and what stands in the place of
//! each object of any stored revision. Nothing is changed by it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use tokio::time::timeout;

use super::look::look;
use crate::cluster::preflight::{blocking, kinds, lives, payload, stored_metadata, types};
use crate::cluster::{Cluster, object};
use crate::plan::converged::{Older, Seen, Written, judge, outcome};
use crate::plan::{Precondition, StepOutcome};
use crate::release::flux::{HELM_GROUP, HELM_VERSION, HelmRelease};
use crate::release::payload::Payload;
use crate::release::storage::StoredRevision;
use crate::release::{Problem, ProblemKind, Release};

/// How many older revisions are read, and how many at once. Helm and Flux keep ten and five unless they are told otherwise.
const READ: usize = 10;
const AT_ONCE: usize = 4;

/// After so long nobody waits for the answers any more.
const LONGEST: Duration = Duration::from_secs(60);

/// Says whether a release came to rest; see [`Cluster::converged`].
pub(in crate::cluster) async fn converged(
    cluster: &Cluster,
    release: Arc<Release>,
) -> Result<Vec<Precondition>, Problem> {
    let seen = seen(cluster, release).await?;
    blocking(move || judge(&seen)).await
}

/// The same as the end of a run, and the lines that tell more.
pub(super) async fn told(cluster: &Cluster, release: &Arc<Release>) -> (StepOutcome, Vec<String>) {
    match timeout(LONGEST, converged(cluster, Arc::clone(release))).await {
        Ok(Ok(findings)) => outcome(&findings),
        Ok(Err(problem)) => unread(&problem.cause),
        Err(_) => unread(&format!("{} gave no answer for {} s", cluster.server, LONGEST.as_secs())),
    }
}

fn unread(why: &str) -> (StepOutcome, Vec<String>) {
    (StepOutcome::Failed(format!("whether it converged is not known: {why}")), Vec::new())
}

async fn seen(cluster: &Cluster, release: Arc<Release>) -> Result<Seen, Problem> {
    if release.remote() {
        let cause = "its objects and its storage are on another cluster";
        return Err(Problem::new(ProblemKind::Other, cause).hint("use the kubeconfig of that cluster"));
    }
    let helm_release = helm_release(cluster, &release).await;
    let stored = stored_metadata(cluster, &release).await?;
    let revisions: Vec<StoredRevision> = stored.into_iter().map(|(revision, _)| revision).collect();
    let newest = match revisions.first() {
        Some(newest) => payload(cluster, newest.object.clone()).await,
        None => Err(Problem::new(ProblemKind::NotFound, "nothing is stored of it")),
    };
    let (older, unread) = older(cluster, revisions.get(1..).unwrap_or_default()).await;
    let written = match &newest {
        Ok(newest) => {
            let newest = Arc::clone(newest);
            blocking(move || Written::read(&newest, &older)).await?
        }
        // Without it nobody knows what is too much.
        Err(_) => Written::default(),
    };
    let all = written.all();
    let kinds = kinds(cluster, &all).await;
    let mut objects = written.objects(&release, &kinds);
    let mut older: Vec<Older> = written.older(&release, &kinds);
    let targets = objects.iter_mut().chain(older.iter_mut().map(|older| &mut older.target));
    let ((), (schema, _)) = futures::join!(lives(cluster, targets, &kinds), types(cluster, &all));
    let settings = cluster.managers();
    Ok(Seen { release, helm_release, revisions, newest, objects, older, unread, schema, settings })
}

async fn helm_release(cluster: &Cluster, release: &Release) -> Option<Result<HelmRelease, String>> {
    let key = &release.helm_release.as_ref()?.key;
    let path = format!("/apis/{HELM_GROUP}/{HELM_VERSION}/namespaces/{}/helmreleases/{}", key.namespace, key.name);
    Some(match look(cluster, &path, object::WHOLE).await {
        Ok(Some(object)) => HelmRelease::read(&object).map_err(|problem| problem.cause),
        Ok(None) => Err(format!("HelmRelease {key} is gone")),
        Err(unread) => Err(unread.says),
    })
}

/// The payloads of older revisions, and why others are not known.
async fn older(cluster: &Cluster, revisions: &[StoredRevision]) -> (Vec<(u32, Arc<Payload>)>, Vec<(u32, String)>) {
    let asked = revisions.iter().take(READ).cloned().map(|stored| async move {
        let read = payload(cluster, stored.object).await;
        (stored.revision.get(), read)
    });
    let read: BTreeMap<u32, Result<Arc<Payload>, Problem>> =
        futures::stream::iter(asked).buffered(AT_ONCE).collect().await;
    let (mut known, mut unread) = (Vec::new(), Vec::new());
    for (revision, payload) in read.into_iter().rev() {
        match payload {
            Ok(payload) => known.push((revision, payload)),
            Err(problem) => unread.push((revision, problem.cause)),
        }
    }
    (known, unread)
}
