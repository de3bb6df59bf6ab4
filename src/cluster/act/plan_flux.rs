//! What is learnt before something is asked of Flux: the HelmRelease as it is, where its chart comes from, who applies it, who
//! depends on it, and what of hotfixes its next write takes away.

use std::sync::Arc;

use http::Request;
use jiff::Timestamp;
use kube::Error;
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::OnceCell;

use crate::cluster::query::again;
use crate::cluster::{Cluster, object, preflight, problem};
use crate::plan::flux::losses::losses;
use crate::plan::flux::{Drawn, DrawnState, Link, Seen, chain, writes};
use crate::plan::preflight::WhatIf;
use crate::plan::rollback::flux::Referred;
use crate::plan::{Action, Loss};
use crate::release::flux::{
    ChartOrigin, HELM_GROUP, HELM_VERSION, HelmRelease, KUSTOMIZE_GROUP, KUSTOMIZE_VERSION, Kustomization,
    SOURCE_GROUP, SOURCE_VERSION, Source, SourceKind,
};
use crate::release::{ObjectKey, Problem, ProblemKind, Release};

/// A HelmRelease with what it depends on.
type Dependent = (ObjectKey, Vec<ObjectKey>);

/// What is learnt once, however many releases are planned.
#[derive(Debug, Default)]
pub(in crate::cluster) struct Shared {
    /// Every HelmRelease with what it depends on.
    dependencies: OnceCell<Result<Vec<Dependent>, String>>,
}

/// Learns all that the planner needs.
pub(super) async fn seen(
    cluster: &Cluster,
    release: Arc<Release>,
    action: &Action,
    shared: &Shared,
    now: Timestamp,
) -> Result<Seen, Problem> {
    let Some(known) = release.helm_release.clone() else {
        let cause = format!("{} is no release of Flux", release.id.name);
        return Err(Problem::new(ProblemKind::NotFound, cause).hint("Helm alone manages it: see rollback and unlock"));
    };
    let called = object::called(cluster, "helmreleases.helm.toolkit.fluxcd.io").await?;
    let Some(called) = called else {
        return Err(Problem::new(ProblemKind::NotFound, "HelmReleases are not served"));
    };
    let key = &known.key;
    let Some(object) = object::read(cluster, &called, &key.namespace, &key.name).await? else {
        return Err(Problem::new(ProblemKind::NotFound, format!("HelmRelease {key} is gone")));
    };
    let read = HelmRelease::read(&object).map_err(|cause| Problem::new(ProblemKind::Malformed, cause))?;
    let with_source = matches!(action, Action::Reconcile { with_source: true });
    let (chain, kustomization, dependents) = futures::join!(
        async { if with_source { drawn(cluster, &read).await } else { Vec::new() } },
        kustomization(cluster, read.owner.as_ref()),
        dependents(cluster, key, shared),
    );
    let mut seen = Seen {
        release: Arc::new(Release { helm_release: Some(Arc::new(read.clone())), ..Release::clone(&release) }),
        helm_release: Arc::new(read),
        object,
        user: cluster.user.clone(),
        chain,
        kustomization,
        dependents,
        losses: Ok(Vec::new()),
        now,
    };
    if writes(action, &seen) {
        seen.losses = lost(cluster, release, now).await.map_err(|problem| problem.cause);
    }
    Ok(seen)
}

async fn read(cluster: &Cluster, path: &str) -> Result<Option<Value>, String> {
    let found = object::get(&cluster.client, path, object::WHOLE).await;
    found.map_err(|error| problem::of_request(&error, &cluster.server).cause)
}

/// What the chart is drawn through, the source first.
async fn drawn(cluster: &Cluster, release: &HelmRelease) -> Vec<Drawn> {
    let mut chart = None;
    if let Some(ChartOrigin::Reference { kind, key }) = &release.chart
        && kind == "HelmChart"
        && let DrawnState::There(read, _) = look(cluster, kind, key).await
    {
        chart = Some(*read);
    }
    let mut all = Vec::new();
    for Link { kind, key } in chain(release, chart.as_ref()) {
        let state = look(cluster, &kind, &key).await;
        all.push(Drawn { kind, key, state });
    }
    all
}

async fn look(cluster: &Cluster, kind: &str, key: &ObjectKey) -> DrawnState {
    let kind = match SourceKind::of(kind) {
        Some(SourceKind::ExternalArtifact) | None => return DrawnState::Unaskable,
        Some(kind) => kind,
    };
    let plural = kind.plural();
    let path = format!("/apis/{SOURCE_GROUP}/{SOURCE_VERSION}/namespaces/{}/{plural}/{}", key.namespace, key.name);
    match read(cluster, &path).await {
        Ok(Some(object)) => match Source::read(kind, &object) {
            Ok(source) => DrawnState::There(Box::new(source), Box::new(object)),
            Err(problem) => DrawnState::Untold(problem.cause),
        },
        Ok(None) => DrawnState::Missing,
        Err(why) => DrawnState::Untold(why),
    }
}

async fn kustomization(cluster: &Cluster, owner: Option<&ObjectKey>) -> Option<Result<Kustomization, String>> {
    let ObjectKey { namespace, name } = owner?;
    let path = format!("/apis/{KUSTOMIZE_GROUP}/{KUSTOMIZE_VERSION}/namespaces/{namespace}/kustomizations/{name}");
    Some(match read(cluster, &path).await {
        Ok(Some(object)) => Kustomization::read(&object).map_err(|problem| problem.cause),
        Ok(None) => Err("it is not there".to_owned()),
        Err(why) => Err(why),
    })
}

async fn dependents(cluster: &Cluster, key: &ObjectKey, shared: &Shared) -> Result<Vec<ObjectKey>, String> {
    let all = shared.dependencies.get_or_init(|| dependencies(cluster, &key.namespace)).await.as_ref();
    let all = all.map_err(Clone::clone)?.iter();
    Ok(all.filter(|(_, on)| on.contains(key)).map(|(dependent, _)| dependent.clone()).collect())
}

/// Every HelmRelease that depends on another, with on which.
async fn dependencies(cluster: &Cluster, namespace: &str) -> Result<Vec<Dependent>, String> {
    let all = items(cluster, namespace).await?.into_iter();
    Ok(all.filter(|item| !item.spec.depends_on.is_empty()).map(Item::keys).collect())
}

/// Every HelmRelease; those of one namespace where others may not be listed.
async fn items(cluster: &Cluster, namespace: &str) -> Result<Vec<Item>, String> {
    let root = format!("/apis/{HELM_GROUP}/{HELM_VERSION}");
    match list(cluster, &format!("{root}/helmreleases")).await {
        Err(Error::Api(status)) if status.code == 403 => {
            list(cluster, &format!("{root}/namespaces/{namespace}/helmreleases")).await
        }
        all => all,
    }
    .map_err(|error| problem::of_request(&error, &cluster.server).cause)
}

async fn list(cluster: &Cluster, path: &str) -> Result<Vec<Item>, Error> {
    let (mut all, mut more) = (Vec::new(), String::new());
    loop {
        let path = {
            // It must not live on while the answer is awaited: it cannot be sent between threads.
            let mut query = form_urlencoded::Serializer::new(String::new());
            query.append_pair("limit", "500");
            if !more.is_empty() {
                query.append_pair("continue", &more);
            }
            format!("{path}?{}", query.finish())
        };
        let page = again(|| {
            let request = Request::get(&path).body(Vec::new()).map_err(Error::HttpError);
            async { cluster.client.request::<Page>(request?).await }
        });
        let page = page.await?;
        all.extend(page.items);
        more = page.metadata.more;
        if more.is_empty() {
            return Ok(all);
        }
    }
}

/// Of a page of HelmReleases nothing is kept but who depends on whom, and who draws from where.
#[derive(Debug, Deserialize)]
struct Page {
    metadata: PageMetadata,
    items: Vec<Item>,
}

#[derive(Debug, Deserialize)]
struct PageMetadata {
    #[serde(default, rename = "continue")]
    more: String,
}

#[derive(Debug, Deserialize)]
struct Item {
    metadata: Named,
    #[serde(default)]
    spec: Spec,
}

#[derive(Debug, Default, Deserialize)]
struct Spec {
    #[serde(default, rename = "dependsOn")]
    depends_on: Vec<Named>,
    #[serde(rename = "chartRef")]
    chart_ref: Option<Reference>,
}

#[derive(Debug, Deserialize)]
struct Reference {
    kind: String,
    name: String,
    namespace: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Named {
    #[serde(default)]
    namespace: String,
    name: String,
}

impl Item {
    /// Whether it draws its chart from there.
    fn refers_to(&self, kind: &str, key: &ObjectKey) -> bool {
        self.spec.chart_ref.as_ref().is_some_and(|own| {
            let namespace = own.namespace.as_ref().unwrap_or(&self.metadata.namespace);
            own.kind == kind && own.name == key.name && *namespace == key.namespace
        })
    }

    fn keys(self) -> Dependent {
        let own = ObjectKey::new(self.metadata.namespace, self.metadata.name);
        let place = |on: Named| {
            let namespace = if on.namespace.is_empty() { own.namespace.clone() } else { on.namespace };
            ObjectKey::new(namespace, on.name)
        };
        let on = self.spec.depends_on.into_iter().map(place).collect();
        (own, on)
    }
}

/// What the chartRef of a HelmRelease refers to; `None` where it has none.
pub(super) async fn referred(cluster: &Cluster, release: &HelmRelease) -> Option<Referred> {
    let Some(ChartOrigin::Reference { kind, key }) = &release.chart else { return None };
    let object = match look(cluster, kind, key).await {
        DrawnState::There(_, object) => Ok(*object),
        DrawnState::Missing => Err("it is not there".to_owned()),
        DrawnState::Untold(why) => Err(why),
        DrawnState::Unaskable => Err("who makes it is not Flux's source-controller".to_owned()),
    };
    let all = items(cluster, &release.key.namespace).await;
    let users = all.map(|all| {
        let all = all.into_iter().filter(|item| item.refers_to(kind, key)).map(Item::keys);
        all.map(|(user, _)| user).filter(|user| *user != release.key).collect()
    });
    Some(Referred { object, users })
}

/// The hotfixes that the next write takes away.
pub(super) async fn lost(cluster: &Cluster, release: Arc<Release>, now: Timestamp) -> Result<Vec<Loss>, Problem> {
    if release.latest.is_none() && !release.storage_forbidden {
        // Nothing is installed, so that nothing of it was edited.
        return Ok(Vec::new());
    }
    let seen = preflight::seen(cluster, release, WhatIf::default(), now).await?;
    if let Err(problem) = &seen.last {
        return Err(problem.clone());
    }
    preflight::blocking(move || losses(&seen)).await
}
