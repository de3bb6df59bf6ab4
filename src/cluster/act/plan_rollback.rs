//! What is learnt before a rollback is planned, or unlocking: what is stored, what stands in the place of each object, and what the
//! API server says to each write in a dry-run. Nothing is changed by it.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::StreamExt as _;
use futures::future::join_all;
use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde_json::Value;

use crate::cluster::preflight::{blocking, kinds, lives, payload, stored_metadata, types};
use crate::cluster::{Cluster, object, problem};
use crate::plan::action::Rollback;
use crate::plan::rollback::seen::{Kept, Namespace, Seen, Written};
use crate::plan::rollback::target::{Told, choose};
use crate::plan::{Plan, rollback, unlock};
use crate::release::payload::{Payload, ReleaseStatus};
use crate::release::storage::StoredRevision;
use crate::release::{Answer, Problem, ProblemKind, Query, Release};

/// How many payloads are read at once.
const AT_ONCE: usize = 4;

/// How many older revisions are looked at for one that was healthy.
const LOOKED_AT: usize = 10;

/// Plans a rollback.
pub(super) async fn rollback(
    cluster: &Cluster,
    release: Arc<Release>,
    options: Rollback,
    now: Timestamp,
) -> Result<Plan, Problem> {
    let seen = seen(cluster, release, options, now).await?;
    blocking(move || rollback::plan(&seen)).await
}

async fn seen(cluster: &Cluster, release: Arc<Release>, options: Rollback, now: Timestamp) -> Result<Seen, Problem> {
    let revisions = stored(cluster, &release).await?;
    let told = told(cluster, &revisions, &options).await;
    let choice = choose(options.to, &told);
    let read = async |kept: Option<&Kept>| match kept {
        Some(kept) => payload(cluster, kept.stored.object.clone()).await,
        None => Err(Problem::new(ProblemKind::NotFound, "it is not stored")),
    };
    let newest = revisions.first();
    let wanted =
        choice.as_ref().ok().and_then(|choice| revisions.iter().find(|kept| kept.stored.revision == choice.revision));
    let other = other_deployed(&revisions, newest, wanted);
    let deployed = async {
        match other {
            Some(kept) => Some(payload(cluster, kept.stored.object.clone()).await),
            None => None,
        }
    };
    let (current, target, deployed) = futures::join!(read(newest), read(wanted), deployed);
    let written = match (&current, &target) {
        (Ok(current), Ok(target)) => {
            let (current, target, options) = (Arc::clone(current), Arc::clone(target), options.clone());
            let deployed = deployed.clone().and_then(Result::ok);
            let read = move || {
                let written = Written::read(&current, &target, &options);
                deployed.iter().fold(written, |written, deployed| written.with_deployed(deployed))
            };
            blocking(read).await?
        }
        _ => Written::default(),
    };
    let kinds = kinds(cluster, &written.manifests).await;
    let mut objects = written.objects(&release, &kinds);
    let mut removed = written.removed(&release, &kinds);
    let mut hooks = written.hook_objects(&release, &kinds);
    let all = objects.iter_mut().map(|object| &mut object.target).chain(&mut removed).chain(&mut hooks);
    let ((), (schema, _)) = futures::join!(lives(cluster, all, &kinds), types(cluster, &written.manifests));
    let mut seen = Seen {
        release,
        options,
        now,
        revisions,
        choice,
        current,
        target,
        deployed,
        namespaces: BTreeMap::new(),
        written,
        kinds,
        objects,
        removed,
        hooks,
        schema,
        tried: BTreeMap::new(),
        settings: cluster.managers(),
    };
    seen.namespaces = namespaces(cluster, &seen).await;
    let (mut seen, attempts) = blocking(move || {
        let attempts = seen.attempts();
        (seen, attempts)
    })
    .await?;
    let (places, writes): (Vec<usize>, Vec<_>) = attempts.into_iter().unzip();
    let answers = cluster.dry_runs(writes).await.into_iter();
    seen.tried = places
        .into_iter()
        .zip(answers)
        .map(|(place, (next, answer))| (place, (next, answer.map_err(|problem| problem.cause))))
        .collect();
    Ok(seen)
}

/// The revision that is deployed, where neither the newest nor the one that is gone back to is it.
fn other_deployed<'k>(revisions: &'k [Kept], newest: Option<&Kept>, wanted: Option<&Kept>) -> Option<&'k Kept> {
    let deployed = revisions.iter().find(|kept| kept.stored.status == ReleaseStatus::Deployed)?;
    let is_it = |other: Option<&Kept>| other.is_none_or(|other| other.stored.revision == deployed.stored.revision);
    (!is_it(newest) && !is_it(wanted)).then_some(deployed)
}

/// All that is stored of a release, newest first.
async fn stored(cluster: &Cluster, release: &Release) -> Result<Vec<Kept>, Problem> {
    if release.remote() {
        let cause = "its objects and its storage are on another cluster";
        return Err(Problem::new(ProblemKind::Other, cause).hint("use the kubeconfig of that cluster"));
    }
    let all = stored_metadata(cluster, release).await?;
    Ok(all.into_iter().map(|(stored, metadata)| kept(stored, metadata)).collect())
}

fn kept(stored: StoredRevision, metadata: ObjectMeta) -> Kept {
    let entries = metadata.managed_fields.unwrap_or_default().into_iter();
    let written = entries.filter_map(|entry| Some((entry.time?.0, entry.manager.unwrap_or_default()))).max();
    Kept { stored, labels: metadata.labels.unwrap_or_default(), written }
}

/// What is said of the revisions: read only as far as choosing among them needs it.
async fn told(cluster: &Cluster, revisions: &[Kept], options: &Rollback) -> Vec<Told> {
    let is_asked = options.to.is_some_and(|number| number > 0);
    let asked = revisions.iter().cloned().enumerate().map(|(place, kept)| async move {
        let mut told = Told {
            revision: kept.stored.revision,
            status: kept.stored.status.clone(),
            description: String::new(),
            rolled_back_to: None,
        };
        if !is_asked
            && place <= LOOKED_AT
            && let Answer::Summary(_, Ok(summary)) = cluster.ask(Query::Summary(kept.stored.object.clone())).await
        {
            told.description = summary.description.clone().unwrap_or_default();
            told.rolled_back_to = summary.rollback_revision;
        }
        told
    });
    futures::stream::iter(asked).buffered(AT_ONCE).collect().await
}

async fn namespaces(cluster: &Cluster, seen: &Seen) -> BTreeMap<String, Result<Namespace, String>> {
    let asked = seen.namespaces().into_iter().map(async |name| {
        let found = match object::get(&cluster.client, &format!("/api/v1/namespaces/{name}"), object::WHOLE).await {
            Ok(Some(found)) if found.pointer("/metadata/deletionTimestamp").is_some() => Ok(Namespace::Terminating),
            Ok(Some(_)) => Ok(Namespace::There),
            Ok(None) => Ok(Namespace::Missing),
            Err(error) => Err(problem::of_request(&error, &cluster.server).cause),
        };
        (name, found)
    });
    join_all(asked).await.into_iter().collect()
}

/// Plans to unlock a release.
pub(super) async fn unlock(cluster: &Cluster, release: Arc<Release>, now: Timestamp) -> Result<Plan, Problem> {
    let revisions = stored(cluster, &release).await?;
    let newest = match revisions.first() {
        Some(kept) => payload(cluster, kept.stored.object.clone()).await,
        None => Err(Problem::new(ProblemKind::NotFound, "nothing is stored of it")),
    };
    let changed = match &newest {
        Ok(newest) => changed(cluster, &release, newest).await?,
        Err(_) => Vec::new(),
    };
    Ok(unlock::plan(&unlock::Seen { release, now, newest, kept: revisions.into_iter().next(), changed }))
}

/// When each object of a revision was written last by something other than a controller's report of its status.
async fn changed(cluster: &Cluster, release: &Release, newest: &Arc<Payload>) -> Result<Vec<unlock::Changed>, Problem> {
    let payload = Arc::clone(newest);
    let written = blocking(move || Written::read(&payload, &payload, &Rollback::default())).await?;
    let kinds = kinds(cluster, &written.manifests).await;
    let mut objects = written.objects(release, &kinds);
    lives(cluster, objects.iter_mut().map(|object| &mut object.target), &kinds).await;
    let of = |target: &crate::plan::preflight::seen::Target| {
        let entries = target.there()?.pointer("/metadata/managedFields")?.as_array()?.iter();
        let own = entries.filter(|entry| entry.get("subresource").is_none());
        let last = own.filter_map(|entry| {
            let text = |name: &str| entry.get(name).and_then(Value::as_str);
            Some((text("time")?.parse::<Timestamp>().ok()?, text("manager")?.to_owned()))
        });
        let (at, by) = last.max()?;
        Some(unlock::Changed { object: target.id.clone(), at, by })
    };
    Ok(objects.iter().filter_map(|object| of(&object.target)).collect())
}
