//! Releases that are well, and cut off from what should keep them so: a controller that was stopped, a Kustomization that
//! is suspended.

use serde_json::json;

use super::super::{Cluster, is_ready};
use super::failing::{
    By, RELEASE, apply_helm_release, condition, helm_release, is, make_namespaces, patch_status, wait_until_well,
};

/// A HelmRelease that was well, whose controller was then stopped and whose spec was then changed: nothing will answer.
/// The Deployment `flux-system/helm-controller`, of which the controller of this cluster has none, says zero replicas.
/// Only for exclusive cases; ends with [`start_controller`].
pub fn stop_controller(cluster: &Cluster, namespace: &str) {
    make_namespaces(cluster, &[namespace]);
    apply_helm_release(cluster, namespace, namespace, &json!({}));
    wait_until_well(cluster, namespace, By::Flux, namespace);
    cluster.stop_helm_controller();
    cluster.apply(CONTROLLER);
    apply_helm_release(cluster, namespace, namespace, &json!({"image": {"tag": "4.0.3"}}));
}

/// Starts the controller again and takes its Deployment away.
pub fn start_controller(cluster: &Cluster) {
    cluster.kubectl(&["delete", "deployment", "helm-controller", "--namespace", "flux-system"]);
    cluster.start_helm_controller();
}

/// Whether the change of the spec stays unobserved while the Deployment says that nobody is there.
pub fn controller_is_stopped(cluster: &Cluster, namespace: &str) -> bool {
    let release = cluster.get(&helm_release(namespace));
    let deployment = cluster.get("/apis/apps/v1/namespaces/flux-system/deployments/helm-controller");
    release["metadata"]["generation"] == 2
        && release["status"]["observedGeneration"] == 1
        && is(&release, "Ready", "True", "InstallSucceeded")
        && deployment["spec"]["replicas"] == 0
        && deployment["status"]["observedGeneration"] == deployment["metadata"]["generation"]
}

/// A HelmRelease that is well, of a Kustomization of the same name as its namespace in `flux-system`, which is suspended
/// while its GitRepository `NAMESPACE-fleet` has a newer revision: what was pushed does not arrive. No kustomize-controller
/// runs here; the two say what one would have left.
pub fn suspend_kustomization(cluster: &Cluster, namespace: &str) {
    make_namespaces(cluster, &[namespace]);
    let owned = KUSTOMIZATION.replace("NAME", namespace);
    cluster.apply(&owned);
    let artifact = json!({
        "digest": "sha256:3ac1f4c5d8a9f2b7d19e64f7c1f7f4f7f5c9bb5ac3bd1e0f9b0f2d3e4c5b6a79",
        "lastUpdateTime": "2026-01-05T03:04:05Z",
        "path": format!("gitrepository/flux-system/{namespace}-fleet/{NEW}.tar.gz"),
        "revision": format!("main@sha1:{NEW}"),
        "url": format!("http://127.0.0.1/gitrepository/flux-system/{namespace}-fleet/{NEW}.tar.gz"),
    });
    let stored = condition("Ready", "True", "Succeeded", &format!("stored artifact for revision 'main@sha1:{NEW}'"));
    let status = json!({"observedGeneration": 1, "artifact": artifact, "conditions": [stored]});
    patch_status(cluster, &git_repository(namespace), status);
    let applied = condition("Ready", "True", "ReconciliationSucceeded", &format!("Applied revision: main@sha1:{OLD}"));
    let status = json!({
        "observedGeneration": 1,
        "conditions": [applied],
        "lastAppliedRevision": format!("main@sha1:{OLD}"),
        "lastAttemptedRevision": format!("main@sha1:{OLD}"),
        "inventory": {"entries": [{"id": format!("{namespace}_{RELEASE}_helm.toolkit.fluxcd.io_HelmRelease"), "v": "v2"}]},
    });
    patch_status(cluster, &kustomization(namespace), status);
    apply_helm_release(cluster, namespace, namespace, &json!({}));
    let group = "kustomize.toolkit.fluxcd.io";
    let labels = [format!("{group}/name={namespace}"), format!("{group}/namespace=flux-system")];
    cluster.kubectl(&["label", "helmrelease", RELEASE, &labels[0], &labels[1], "--namespace", namespace]);
}

/// Whether the release is well and belongs to a suspended Kustomization that has not applied its source's revision.
pub fn kustomization_is_suspended(cluster: &Cluster, namespace: &str) -> bool {
    let (owner, source) = (cluster.get(&kustomization(namespace)), cluster.get(&git_repository(namespace)));
    let release = cluster.get(&helm_release(namespace));
    is_ready(&release)
        && release["metadata"]["labels"]["kustomize.toolkit.fluxcd.io/name"] == namespace
        && owner["spec"]["suspend"] == true
        && owner["status"]["lastAppliedRevision"] == format!("main@sha1:{OLD}")
        && source["status"]["artifact"]["revision"] == format!("main@sha1:{NEW}")
}

const OLD: &str = "4f0cbb3a2d1e5968776655443322110ffeeddcc0";
const NEW: &str = "b91d2e7c6a5f4433221100ffeeddccbbaa998877";

/// Suspended itself, so that source-controller does not look for a repository that is nowhere.
const KUSTOMIZATION: &str = "apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: NAME-fleet, namespace: flux-system}
spec: {url: https://git.example.com/fleet, interval: 1h, ref: {branch: main}, suspend: true}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: NAME, namespace: flux-system}
spec:
  interval: 10m
  path: ./apps
  prune: true
  suspend: true
  sourceRef: {kind: GitRepository, name: NAME-fleet}
";

const CONTROLLER: &str = "apiVersion: apps/v1
kind: Deployment
metadata: {name: helm-controller, namespace: flux-system, labels: {app.kubernetes.io/part-of: flux}}
spec:
  replicas: 0
  selector: {matchLabels: {app: helm-controller}}
  template:
    metadata: {labels: {app: helm-controller}}
    spec:
      containers: [{name: manager, image: \"ghcr.io/fluxcd/helm-controller:v1.6.3\"}]
";

fn kustomization(name: &str) -> String {
    format!("/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/flux-system/kustomizations/{name}")
}

fn git_repository(name: &str) -> String {
    format!("/apis/source.toolkit.fluxcd.io/v1/namespaces/flux-system/gitrepositories/{name}-fleet")
}
