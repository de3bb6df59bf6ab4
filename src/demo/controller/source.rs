//! Sources of charts: what helm-controller writes of them and waits for, and what source-controller makes of a request.
//!
//! Source: fluxcd/helm-controller v1.6.3 `internal/reconcile/helmchart_template.go`, `internal/controller/helmrelease_controller.go`
//! (isSourceReady), fluxcd/source-controller v1.9.1 `internal/controller/helm{chart,repository}_controller.go`.

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::World;
use super::chart::Charts;
use super::draft::{Draft, seconds};
use super::events::{self, Told};
use super::history::History;
use super::spec;
use super::tokens::REQUESTED_AT;
use crate::demo::server::ObjectRef;

const API: &str = "source.toolkit.fluxcd.io/v1";

/// The HelmChart, or what else a HelmRelease names as its source.
fn of(draft: &Draft) -> ObjectRef {
    let namespace = draft.text("/metadata/namespace");
    let own = |pointer: &str, or: &str| {
        let text = draft.text(pointer);
        if text.is_empty() { or.to_owned() } else { text.to_owned() }
    };
    let (kind, place, name) = if draft.object.pointer("/spec/chartRef").is_some() {
        let place = own("/spec/chartRef/namespace", namespace);
        (draft.text("/spec/chartRef/kind").to_owned(), place, draft.text("/spec/chartRef/name").to_owned())
    } else {
        let place = own("/spec/chart/spec/sourceRef/namespace", namespace);
        ("HelmChart".to_owned(), place, format!("{namespace}-{}", draft.text("/metadata/name")))
    };
    ObjectRef { api_version: API.to_owned(), kind, namespace: Some(place), name }
}

/// Makes the HelmChart say what the HelmRelease wants of it.
pub fn write_chart(draft: &mut Draft, world: &dyn World, now: Timestamp) {
    let which = of(draft);
    let place = format!("{}/{}", which.namespace.clone().unwrap_or_default(), which.name);
    let Some(wanted) = draft.object.pointer("/spec/chart/spec").filter(|spec| spec.is_object()).cloned() else {
        return;
    };
    draft.set("helmChart", place.into());
    let text = |key: &str, or: &str| wanted.get(key).and_then(Value::as_str).unwrap_or(or).to_owned();
    let interval = spec::duration(&text("interval", draft.text("/spec/interval")));
    let own = json!({
        "chart": text("chart", ""),
        "interval": interval.map(spec::go_duration),
        "reconcileStrategy": text("reconcileStrategy", "ChartVersion"),
        "sourceRef": {"kind": draft.text("/spec/chart/spec/sourceRef/kind"), "name": draft.text("/spec/chart/spec/sourceRef/name")},
        "version": text("version", "*"),
    });
    let (reason, verb, chart) = match world.get(&which) {
        Some(mut chart) => {
            let same = |key: &str| chart.pointer("/spec").and_then(|spec| spec.get(key)) == own.get(key);
            if same("chart") && same("version") {
                return;
            }
            let generation = chart.pointer("/metadata/generation").and_then(Value::as_i64).unwrap_or_default();
            if let Some(place) = chart.pointer_mut("/metadata/generation") {
                *place = generation.saturating_add(1).into();
            }
            if let Some(spec) = chart.get_mut("spec").and_then(Value::as_object_mut) {
                for key in ["chart", "version"] {
                    spec.insert(key.to_owned(), own.get(key).cloned().unwrap_or_default());
                }
            }
            ("HelmChartConfigured", "Configured", chart)
        }
        None => {
            let labels = json!({
                "helm.toolkit.fluxcd.io/name": draft.text("/metadata/name"),
                "helm.toolkit.fluxcd.io/namespace": draft.text("/metadata/namespace"),
            });
            let chart = json!({
                "apiVersion": API,
                "kind": "HelmChart",
                "metadata": {
                    "creationTimestamp": seconds(now), "finalizers": ["finalizers.fluxcd.io"], "generation": 1,
                    "labels": labels, "name": which.name, "namespace": which.namespace,
                },
                "spec": own,
                "status": {"observedGeneration": -1},
            });
            ("HelmChartCreated", "Created", chart)
        }
    };
    world.put(chart);
    let namespace = which.namespace.as_deref().unwrap_or_default();
    let from = format!(
        "{}/{namespace}/{}",
        draft.text("/spec/chart/spec/sourceRef/kind"),
        draft.text("/spec/chart/spec/sourceRef/name")
    );
    let message = format!("{verb} HelmChart/{namespace}/{} with SourceRef '{from}'", which.name);
    let told =
        Told { component: "helm-controller", is_warning: false, reason, message: &message, annotations: Map::new() };
    events::tell(world, &draft.object, told, now);
}

/// Name and version of the chart that the source of a HelmRelease holds.
///
/// # Errors
/// What is said of a source that is not ready.
pub fn chart(draft: &Draft, world: &dyn World) -> Result<(String, String), String> {
    let which = of(draft);
    let place = format!("{} '{}/{}'", which.kind, which.namespace.clone().unwrap_or_default(), which.name);
    let not_ready = |why: &str| Err(format!("{place} is not ready: {why}"));
    let Some(source) = world.get(&which).and_then(Draft::new) else { return not_ready("it is not there") };
    let message = |kind: &str| source.condition(kind).and_then(|condition| condition.get("message")?.as_str());
    let is_false = source.condition("Ready").is_some_and(|ready| ready.get("status").is_some_and(|is| is == "False"));
    if source.count("observedGeneration") != source.generation() {
        let why = message("Ready").filter(|_| is_false);
        return not_ready(why.unwrap_or("latest generation of object has not been reconciled"));
    }
    if source.is_true("Stalled") {
        return not_ready(message("Stalled").unwrap_or_default());
    }
    let revision = source.text("/status/artifact/revision");
    if revision.is_empty() {
        return not_ready("does not have an artifact");
    }
    if which.kind == "HelmChart" {
        return Ok((source.text("/spec/chart").to_owned(), revision.to_owned()));
    }
    // The name stands in the chart alone, which the demo does not have.
    let history = History::read(draft.status("history"));
    let known =
        |key: &str| history.latest().and_then(|latest| latest.get(key)?.as_str()).unwrap_or_default().to_owned();
    Ok((known("chartName"), known("chartVersion")))
}

/// What source-controller makes of a source that was written to: the request is handled, a new chart is fetched.
pub fn reconcile(which: &ObjectRef, world: &dyn World, charts: &Charts, now: Timestamp) {
    let Some(mut draft) = world.get(which).and_then(Draft::new) else { return };
    if draft.object.pointer("/spec/suspend").is_some_and(|suspend| *suspend == true) {
        return;
    }
    let generation = draft.generation();
    let is_new = draft.status("observedGeneration").and_then(Value::as_i64) != Some(generation);
    let is_open = is_new || draft.condition("FetchFailed").is_some();
    let is_observed = match which.kind.as_str() {
        "HelmChart" if is_open => fetch(&mut draft, world, charts, now),
        "HelmRepository" if is_open && draft.text("/spec/type") != "oci" => index(&mut draft, charts, now),
        _ => true,
    };
    if let Some(token) = draft.annotation(REQUESTED_AT).map(str::to_owned) {
        draft.set("lastHandledReconcileAt", token.into());
    }
    if is_observed {
        draft.set("observedGeneration", generation.into());
    }
    draft.patch(world);
}

/// The HelmCharts that come from a repository.
pub fn charts_of(repository: &ObjectRef, world: &dyn World) -> Vec<ObjectRef> {
    let all = world.list(API, "HelmChart", repository.namespace.as_deref().unwrap_or_default());
    let is_of = |chart: &&Value| {
        let is = |key: &str, text: &str| {
            chart.pointer("/spec/sourceRef").is_some_and(|source| source.get(key).is_some_and(|own| own == text))
        };
        is("kind", &repository.kind) && is("name", &repository.name)
    };
    all.iter().filter(is_of).filter_map(ObjectRef::of).collect()
}

/// Fetches the index of a repository. What cannot be fetched is not observed, and what was fetched before stays.
fn index(draft: &mut Draft, charts: &Charts, now: Timestamp) -> bool {
    let url = draft.text("/spec/url").trim_end_matches('/').to_owned();
    let Some(artifact) = charts.index(&url).cloned() else {
        let host = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
        let host = host.split(['/', ':']).next().unwrap_or_default();
        let message = format!(
            "failed to fetch Helm repository index: failed to cache index to temporary file: Get \"{url}/index.yaml\": dial \
             tcp: lookup {host}: no such host"
        );
        unavailable(draft, "Failed", &message, now);
        return false;
    };
    let revision = artifact.get("revision").and_then(Value::as_str).unwrap_or_default();
    let message = format!("stored artifact: revision '{revision}'");
    draft.unmark("Reconciling");
    draft.unmark("FetchFailed");
    draft.mark("Ready", "True", "Succeeded", &message, now);
    draft.mark("ArtifactInStorage", "True", "Succeeded", &message, now);
    draft.set("artifact", artifact);
    true
}

/// What is tried again and again.
fn unavailable(draft: &mut Draft, reason: &str, message: &str, now: Timestamp) {
    draft.mark_reconciling("ProgressingWithRetry", "building artifact", now);
    draft.mark("Ready", "False", reason, message, now);
    draft.mark("FetchFailed", "True", reason, message, now);
}

/// Why the repository of a chart has none: reason and message.
fn missing(draft: &Draft, world: &dyn World) -> Option<(&'static str, String)> {
    if draft.text("/spec/sourceRef/kind") != "HelmRepository" {
        return None;
    }
    let name = draft.text("/spec/sourceRef/name");
    let which = ObjectRef {
        api_version: API.to_owned(),
        kind: "HelmRepository".to_owned(),
        namespace: Some(draft.text("/metadata/namespace").to_owned()),
        name: name.to_owned(),
    };
    let Some(repository) = world.get(&which).and_then(Draft::new) else {
        let why = format!("failed to get source: HelmRepository.source.toolkit.fluxcd.io \"{name}\" not found");
        return Some(("SourceUnavailable", why));
    };
    let is_empty = repository.status("artifact").is_none() && repository.text("/spec/type") != "oci";
    is_empty.then(|| ("NoSourceArtifact", format!("no artifact available for HelmRepository source '{name}'")))
}

/// Fetches a chart; whether that was observed.
fn fetch(draft: &mut Draft, world: &dyn World, charts: &Charts, now: Timestamp) -> bool {
    if let Some((reason, message)) = missing(draft, world) {
        unavailable(draft, reason, &message, now);
        return false;
    }
    let (chart, version) = (draft.text("/spec/chart").to_owned(), draft.text("/spec/version").to_owned());
    draft.unmark("Reconciling");
    if !charts.has(&chart, &version) {
        let message = format!(
            "invalid chart reference: failed to get chart version for remote reference: no '{chart}' chart with version \
             matching '{version}' found"
        );
        draft.unmark("ArtifactInStorage");
        draft.mark("Stalled", "True", "InvalidChartReference", &message, now);
        draft.mark("Ready", "False", "InvalidChartReference", &message, now);
        draft.mark("FetchFailed", "True", "InvalidChartReference", &message, now);
        return true;
    }
    let message = format!("pulled '{chart}' chart with version '{version}'");
    for gone in ["Stalled", "FetchFailed", "ArtifactOutdated"] {
        draft.unmark(gone);
    }
    draft.mark("Ready", "True", "ChartPullSucceeded", &message, now);
    draft.mark("ArtifactInStorage", "True", "ChartPullSucceeded", &message, now);
    let place = format!("{}/{}", draft.text("/metadata/namespace"), draft.text("/metadata/name"));
    let root = "http://source-controller.flux-system.svc.cluster.local.";
    let path = format!("helmchart/{place}/{chart}-{version}.tgz");
    let digest: String = Sha256::digest(&path).iter().map(|byte| format!("{byte:02x}")).collect();
    let artifact = json!({
        "digest": format!("sha256:{digest}"),
        "lastUpdateTime": seconds(now),
        "path": path,
        "revision": version,
        "size": 1575,
        "url": format!("{root}/{path}"),
    });
    draft.set("artifact", artifact);
    draft.set("observedChartName", chart.into());
    draft.set("url", format!("{root}/helmchart/{place}/latest.tar.gz").into());
    let mut annotations = Map::new();
    annotations.insert("source.toolkit.fluxcd.io/revision".to_owned(), version.into());
    let told = Told {
        component: "source-controller",
        is_warning: false,
        reason: "ChartPullSucceeded",
        message: &message,
        annotations,
    };
    events::tell(world, &draft.object, told, now);
    true
}
