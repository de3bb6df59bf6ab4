//! All that has to be learnt of one release to say whether its next upgrade goes through. Nothing is changed: objects are read,
//! writes are tried in dry-runs (`dry_run.rs`), rights are asked (`rights.rs`).

mod outcomes;
mod quotas;
mod removals;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::StreamExt as _;
use futures::future::join_all;
use http::{Request, header};
use http_body_util::BodyExt as _;
use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::Error;
use kube::api::GroupVersionKind;
use kube::client::Body;
use kube::core::Status;
use serde::Deserialize;
use serde_json::{Value, json};

use super::problem;
use super::query::{again, patiently};
use super::{Cluster, rights};
use crate::ownership::fate::Outcome;
use crate::ownership::next::{NextWrite, Write};
use crate::ownership::subject::Around;
use crate::plan::preflight::flux::Wishes;
use crate::plan::preflight::seen::{Live, Manifests, Right, Seen, Served, Target};
use crate::plan::preflight::writes::Attempt;
use crate::plan::preflight::{Preflight, WhatIf, history, judge, size};
use crate::release::codec::{self, Driver};
use crate::release::flux::{HELM_GROUP, HELM_VERSION, HelmRelease};
use crate::release::payload::{Payload, ReleaseStatus, Revision};
use crate::release::storage::StoredRevision;
use crate::release::{Answer, Problem, ProblemKind, Query, Release, StoredRef};
use crate::schema::Schema;

/// How many requests of one release are under way at once, dry-runs apart.
const AT_ONCE: usize = 8;

pub(super) use outcomes::outcomes;

pub(super) async fn preflight(
    cluster: &Cluster,
    release: Arc<Release>,
    what_if: WhatIf,
    tries: bool,
    now: Timestamp,
) -> Result<Preflight, Problem> {
    let mut seen = seen(cluster, release, what_if, now).await?;
    if seen.last.is_ok() {
        seen.rights = rights(cluster, seen.needed(), seen.wishes().account.as_deref()).await;
        let mut seen_again = try_writes(cluster, seen, tries).await?;
        if tries {
            try_hooks(cluster, &mut seen_again).await;
            seen_again.stored = store(cluster, &seen_again).await;
        }
        let (removals, quotas) =
            futures::join!(removals::removals(cluster, &seen_again, tries), quotas::quotas(cluster, &seen_again));
        seen = Seen { removals, quotas, ..seen_again };
    }
    blocking(move || judge(&seen)).await
}

/// All that can be learnt without trying anything.
pub(super) async fn seen(
    cluster: &Cluster,
    release: Arc<Release>,
    what_if: WhatIf,
    now: Timestamp,
) -> Result<Seen, Problem> {
    if release.remote() {
        let cause = "its objects and its storage are on another cluster";
        return Err(Problem::new(ProblemKind::Other, cause).hint("use the kubeconfig of that cluster"));
    }
    let (stored, wishes) = futures::join!(stored(cluster, &release), wishes(cluster, &release));
    let Stored { last, deployed, revisions } = stored?;
    let (manifests, last) = {
        let (deployed, what_if) = (deployed.as_ref().and_then(|read| read.clone().ok()), what_if.clone());
        blocking(move || {
            let read = last.as_deref().map(|last| Manifests::read(last, deployed.as_deref(), &what_if));
            (read.unwrap_or_default(), last)
        })
        .await?
    };
    let kinds = kinds(cluster, &manifests).await;
    let mut objects = manifests.targets(&release, &kinds);
    let runs_hooks = !matches!(&wishes, Some(Ok(wishes)) if wishes.runs_no_hooks);
    let mut hooks = if runs_hooks { manifests.hook_targets(&release, &kinds) } else { Vec::new() };
    let all = objects.iter_mut().chain(hooks.iter_mut().map(|hook| &mut hook.target));
    let ((), (schema, untyped)) = futures::join!(lives(cluster, all, &kinds), types(cluster, &manifests));
    Ok(Seen {
        release,
        what_if,
        now,
        around: Around { managers: cluster.managers(), kustomizations: BTreeMap::new() },
        revisions,
        last,
        deployed,
        wishes,
        manifests,
        kinds,
        objects,
        hooks,
        rights: Vec::new(),
        schema,
        untyped,
        stored: None,
        tried: BTreeMap::new(),
        untried: BTreeMap::new(),
        removals: Vec::new(),
        quotas: BTreeMap::new(),
    })
}

/// Work that takes long, beside the loop.
pub(super) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Problem::new(ProblemKind::Other, error))
}

/// What is stored of a release.
struct Stored {
    last: Result<Arc<Payload>, Problem>,
    deployed: Option<Result<Arc<Payload>, Problem>>,
    revisions: Vec<(Revision, ReleaseStatus)>,
}

async fn stored(cluster: &Cluster, release: &Release) -> Result<Stored, Problem> {
    let Some(object) = release.latest.clone() else {
        let storage = &release.id.storage_namespace;
        let problem = match release.storage_forbidden {
            true => {
                Problem::new(ProblemKind::Forbidden, format!("release Secrets of namespace {storage} may not be read"))
                    .hint(format!("ask for list and get on secrets in {storage}"))
            }
            false => {
                Problem::new(ProblemKind::NotFound, "no revision of it is stored yet: what is written is not known")
                    .hint("give what `helm template` prints by --manifest")
            }
        };
        return Ok(Stored { last: Err(problem), deployed: None, revisions: Vec::new() });
    };
    let last = payload(cluster, object).await;
    let status = last.as_ref().ok().and_then(|payload| payload.status());
    if status == Some(ReleaseStatus::Deployed) {
        return Ok(Stored { last, deployed: None, revisions: Vec::new() });
    }
    let all = revisions(cluster, release).await?;
    let revisions: Vec<(Revision, ReleaseStatus)> =
        all.iter().map(|stored| (stored.revision, stored.status.clone())).collect();
    let compared = history::compared(&revisions);
    let deployed = match all.iter().find(|stored| Some(stored.revision) == compared) {
        Some(stored) => Some(payload(cluster, stored.object.clone()).await),
        None => None,
    };
    Ok(Stored { last, deployed, revisions })
}

pub(super) async fn payload(cluster: &Cluster, object: StoredRef) -> Result<Arc<Payload>, Problem> {
    match cluster.ask(Query::Payload(object)).await {
        Answer::Payload(_, result) => result,
        Answer::Summary(..) | Answer::Controllers(..) | Answer::ValuesFrom(..) => {
            Err(Problem::new(ProblemKind::Other, "the answer is to another question"))
        }
    }
}

/// The revisions of a release by their metadata, newest first.
async fn revisions(cluster: &Cluster, release: &Release) -> Result<Vec<StoredRevision>, Problem> {
    Ok(stored_metadata(cluster, release).await?.into_iter().map(|(stored, _)| stored).collect())
}

/// The same, with all of the metadata.
pub(super) async fn stored_metadata(
    cluster: &Cluster,
    release: &Release,
) -> Result<Vec<(StoredRevision, ObjectMeta)>, Problem> {
    #[derive(Deserialize)]
    struct Item {
        metadata: ObjectMeta,
    }
    #[derive(Deserialize)]
    struct List {
        items: Vec<Item>,
    }
    let path = {
        // It must not live on while the answer is awaited: it cannot be sent between threads.
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("labelSelector", &format!("owner=helm,name={}", release.id.name));
        let (namespace, plural) = (&release.id.storage_namespace, storage_plural(release));
        format!("/api/v1/namespaces/{namespace}/{plural}?{}", query.finish())
    };
    let ask = |mut request: Request<Vec<u8>>| {
        let form = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
        request.headers_mut().insert(header::ACCEPT, header::HeaderValue::from_static(form));
        cluster.client.request::<List>(request)
    };
    let list = patiently(&cluster.server, &path, ask).await?;
    let driver = release.id.driver;
    let read =
        list.items.into_iter().filter_map(|item| Some((StoredRevision::read(driver, &item.metadata)?, item.metadata)));
    let mut revisions: Vec<_> = read.filter(|(stored, _)| stored.release == release.id.name).collect();
    revisions.sort_by_key(|(stored, _)| std::cmp::Reverse(stored.revision));
    Ok(revisions)
}

fn storage_plural(release: &Release) -> &'static str {
    match release.id.driver {
        Driver::Secret => "secrets",
        Driver::ConfigMap => "configmaps",
    }
}

/// What the HelmRelease says of upgrades, as it is now.
async fn wishes(cluster: &Cluster, release: &Release) -> Option<Result<Wishes, Problem>> {
    let HelmRelease { key, .. } = &**release.helm_release.as_ref()?;
    let path = format!("/apis/{HELM_GROUP}/{HELM_VERSION}/namespaces/{}/helmreleases/{}", key.namespace, key.name);
    let read = patiently(&cluster.server, &path, |request| cluster.client.request::<Value>(request)).await;
    Some(read.map(|object| Wishes::read(&object)))
}

pub(super) async fn kinds(cluster: &Cluster, manifests: &Manifests) -> BTreeMap<(String, String), Served> {
    let asked = manifests.kinds().into_iter().map(async |(api_version, kind)| {
        let served = served(cluster, &api_version, &kind).await;
        ((api_version, kind), served)
    });
    futures::stream::iter(asked).buffer_unordered(AT_ONCE).collect().await
}

async fn served(cluster: &Cluster, api_version: &str, kind: &str) -> Served {
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    let wanted = GroupVersionKind::gvk(group, version, kind);
    let untold = |error: Error| Served::Untold(problem::of_request(&error, &cluster.server).cause);
    match cluster.discovery.find(&wanted).await {
        Ok(Some(found)) if found.resource.version == version => {
            Served::Yes { plural: found.resource.plural, is_namespaced: found.namespaced }
        }
        Ok(_) => match cluster.discovery.versions_of(group, kind).await {
            Ok(others) => {
                let named = |other: String| if group.is_empty() { other } else { format!("{group}/{other}") };
                Served::No(others.into_iter().map(named).collect())
            }
            Err(error) => untold(error),
        },
        Err(error) => untold(error),
    }
}

/// Looks what stands in the place of each object.
pub(super) async fn lives<'t>(
    cluster: &Cluster,
    objects: impl Iterator<Item = &'t mut Target>,
    kinds: &BTreeMap<(String, String), Served>,
) {
    let asked = objects.filter_map(|target| {
        let served = kinds.get(&(target.api_version.clone(), target.id.kind.clone()))?;
        let Served::Yes { plural, is_namespaced } = served else { return None };
        (!target.is_name_generated).then_some(async move {
            let root = if target.id.group.is_empty() { "/api" } else { "/apis" };
            let place = if *is_namespaced { format!("namespaces/{}/", target.id.namespace) } else { String::new() };
            let path = format!("{root}/{}/{place}{plural}/{}", target.api_version, target.id.name);
            target.live = live(cluster, &path).await;
        })
    });
    futures::stream::iter(asked).for_each_concurrent(AT_ONCE, |ask| ask).await;
}

async fn live(cluster: &Cluster, path: &str) -> Live {
    match again(|| warned(cluster, path)).await {
        Ok((object, warnings)) => Live::There(object, warnings),
        Err(Error::Api(status)) if status.code == 404 => Live::Missing,
        Err(error) => Live::Untold(problem::of_request(&error, &cluster.server).cause),
    }
}

/// An object, and what the server warns of beside it.
async fn warned(cluster: &Cluster, path: &str) -> Result<(Value, Vec<String>), Error> {
    let request = Request::get(path).header(header::ACCEPT, "application/json").body(Body::empty());
    let response = cluster.client.send(request.map_err(Error::HttpError)?).await?;
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await?.to_bytes();
    if !parts.status.is_success() {
        let said = serde_json::from_slice::<Status>(&bytes);
        let status = said.unwrap_or_else(|_| {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            Status::failure(&text, "").with_code(parts.status.as_u16())
        });
        return Err(Error::Api(Box::new(status)));
    }
    let warnings = parts.headers.get_all(header::WARNING).iter().filter_map(|value| warning(value.to_str().ok()?));
    let object = serde_json::from_slice(&bytes).map_err(Error::SerdeError)?;
    Ok((object, warnings.collect()))
}

/// The text of a warning: `299 - "v1 Endpoints is deprecated in v1.33+"`.
fn warning(header: &str) -> Option<String> {
    let (_, rest) = header.split_once('"')?;
    let (text, _) = rest.rsplit_once('"')?;
    Some(text.replace("\\\"", "\""))
}

/// The types of all that is there, and of what they are not known.
pub(super) async fn types(cluster: &Cluster, manifests: &Manifests) -> (Schema, BTreeMap<String, String>) {
    let versions: BTreeSet<String> = manifests.kinds().into_iter().map(|(api_version, _)| api_version).collect();
    let asked = versions.into_iter().map(async |version| {
        let schema = cluster.schema(&version).await;
        (version, schema)
    });
    let (mut all, mut untyped) = (Schema::default(), BTreeMap::new());
    for (version, schema) in join_all(asked).await {
        match schema {
            Ok(schema) => all.merge(Schema::clone(&schema)),
            Err(problem) => drop(untyped.insert(version, problem.cause)),
        }
    }
    (all, untyped)
}

async fn rights(
    cluster: &Cluster,
    needed: BTreeSet<Right>,
    account: Option<&str>,
) -> Vec<(Right, Result<bool, String>)> {
    let asked = needed.into_iter().map(async |right| {
        let answer = rights::may(cluster, &right, "", account).await.map_err(|problem| problem.cause);
        (right, answer)
    });
    futures::stream::iter(asked).buffered(AT_ONCE).collect().await
}

/// Tries what may be tried: of each kind and place one write first, and the others where that was not forbidden.
async fn try_writes(cluster: &Cluster, seen: Seen, tries: bool) -> Result<Seen, Problem> {
    let (mut seen, attempts) = blocking(move || {
        let attempts = seen.attempts();
        (seen, attempts)
    })
    .await?;
    let mut first: Vec<(usize, NextWrite)> = Vec::new();
    let mut others: Vec<(usize, NextWrite)> = Vec::new();
    let mut groups = BTreeSet::new();
    for (place, attempt) in attempts.into_iter().enumerate() {
        let next = match attempt {
            Attempt::Send(next) => *next,
            Attempt::Nothing => continue,
            Attempt::Not(why) => {
                seen.untried.insert(place, why);
                continue;
            }
        };
        if !tries {
            seen.untried.insert(place, "no dry-run was asked for".to_owned());
        } else if let Some(right) = denied(&seen, place, &next) {
            seen.untried.insert(place, format!("you may not {right}"));
        } else if groups.insert(group(&next)) {
            first.push((place, next));
        } else {
            others.push((place, next));
        }
    }
    let forbidden = keep(cluster, &mut seen, first).await;
    let (barred, open): (Vec<_>, Vec<_>) =
        others.into_iter().partition(|(_, next)| forbidden.contains_key(&group(next)));
    for (place, next) in barred {
        let why = forbidden.get(&group(&next)).cloned().unwrap_or_default();
        seen.untried.insert(place, why);
    }
    keep(cluster, &mut seen, open).await;
    Ok(seen)
}

async fn try_hooks(cluster: &Cluster, seen: &mut Seen) {
    let (places, writes): (Vec<usize>, Vec<NextWrite>) = seen.hook_creations().into_iter().unzip();
    let answers = cluster.dry_runs(writes).await;
    for (place, (_, answer)) in places.into_iter().zip(answers) {
        if let Some(hook) = seen.hooks.get_mut(place) {
            hook.tried = Some(answer.map_err(|problem| problem.cause));
        }
    }
}

type Group = (String, String, String);

fn group(next: &NextWrite) -> Group {
    (next.api_version.clone(), next.kind.clone(), next.namespace.clone())
}

/// Tries writes and keeps what came of them. Returns where it was forbidden, and why.
async fn keep(cluster: &Cluster, seen: &mut Seen, writes: Vec<(usize, NextWrite)>) -> BTreeMap<Group, String> {
    let mut forbidden = BTreeMap::new();
    let (places, writes): (Vec<usize>, Vec<NextWrite>) = writes.into_iter().unzip();
    let answers = cluster.dry_runs(writes).await;
    for (place, (next, answer)) in places.into_iter().zip(answers) {
        if let Err(problem) = &answer
            && problem.kind == ProblemKind::Forbidden
        {
            forbidden.insert(group(&next), problem.cause.clone());
        }
        seen.tried.insert(place, (next, answer.map_err(|problem| problem.cause)));
    }
    forbidden
}

/// The right without which a write cannot be tried.
fn denied(seen: &Seen, place: usize, next: &NextWrite) -> Option<Right> {
    let target = seen.objects.get(place)?;
    let verbs: &[&str] = match (&next.write, &target.live) {
        (Write::Create(_), _) => &["create"],
        (Write::Apply { .. }, Live::Missing) => &["patch", "create"],
        (Write::Apply { .. } | Write::Patch(_), _) => &["patch"],
    };
    let right = |verb: &&'static str| Right {
        group: target.id.group.clone(),
        resource: seen.plural(target).unwrap_or_default().to_owned(),
        namespace: target.id.namespace.clone(),
        verb,
    };
    verbs.iter().map(right).find(|right| seen.is_denied(right))
}

/// Tries to create the object that the next revision is stored in: without what is in it, unless that may be too much.
async fn store(cluster: &Cluster, seen: &Seen) -> Option<Result<Outcome, String>> {
    let last = seen.last.as_ref().ok()?;
    let revision = last.revision()?.next()?;
    let (id, plural) = (&seen.release.id, storage_plural(&seen.release));
    let right = Right {
        group: String::new(),
        resource: plural.to_owned(),
        namespace: id.storage_namespace.clone(),
        verb: "create",
    };
    if seen.is_denied(&right) {
        return None;
    }
    let data = seen.what_if.manifest.as_ref().and_then(|_| size::next(seen)).unwrap_or_default();
    let name = format!("sh.helm.release.v1.{}.v{revision}", id.name);
    let metadata = json!({
        "name": name, "namespace": id.storage_namespace,
        "labels": {"name": id.name, "owner": "helm", "status": "pending-upgrade", "version": revision.to_string()},
    });
    let data = json!({ codec::DATA_KEY: data });
    let (kind, object) = match id.driver {
        Driver::Secret => {
            let kind = "Secret";
            (
                kind,
                json!({"apiVersion": "v1", "kind": kind, "type": "helm.sh/release.v1", "metadata": metadata, "data": data}),
            )
        }
        Driver::ConfigMap => {
            let kind = "ConfigMap";
            (kind, json!({"apiVersion": "v1", "kind": kind, "metadata": metadata, "data": data}))
        }
    };
    let next = NextWrite {
        api_version: "v1".to_owned(),
        kind: kind.to_owned(),
        namespace: id.storage_namespace.clone(),
        name,
        manager: seen.writing().expected.to_owned(),
        write: Write::Create(object),
    };
    let (_, answer) = cluster.dry_runs(vec![next]).await.pop()?;
    Some(answer.map_err(|problem| problem.cause))
}
