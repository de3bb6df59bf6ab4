//! HelmReleases that the real controllers reconcile: one for each kind of outcome.

use std::time::Duration;

use super::super::{Cluster, is_ready};

/// A HelmRelease of the seed, and the reason of its condition Ready once it has settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeededHelmRelease {
    pub namespace: &'static str,
    pub name: &'static str,
    /// The name of the Helm release in storage; None if nothing is ever installed.
    pub release: Option<&'static str>,
    pub ready: bool,
    pub reason: &'static str,
    chart: &'static str,
    version: &'static str,
    /// Lines of the spec, in YAML's flow style, beside chart and interval.
    more: &'static str,
}

const LONG: &str = "customer-notifications-and-preferences-for-the-reporting-team";

/// `suspended` is suspended once it is installed.
pub const HELM_RELEASES: [SeededHelmRelease; 8] = [
    flux("checkout", "web", Some("web"), (true, "InstallSucceeded"), ("storefront", "1.6.0"), ""),
    flux("payments", "rates", Some("rates"), (true, "InstallSucceeded"), ("settings", "1.x"), ""),
    flux("media", "missing-version", None, (false, "SourceNotReady"), ("settings", "9.9.9"), ""),
    flux(
        "media",
        "blocked",
        None,
        (false, "DependencyNotReady"),
        ("settings", "1.0.0"),
        "dependsOn: [{name: missing-version}]",
    ),
    flux("shop", "suspended", Some("suspended"), (true, "InstallSucceeded"), ("settings", "1.0.0"), ""),
    flux(
        "ops",
        "targeted",
        Some("edge-targeted"),
        (true, "InstallSucceeded"),
        ("settings", "1.0.0"),
        "targetNamespace: edge",
    ),
    flux("search", "broken", None, (false, "InstallFailed"), ("settings", "1.0.0"), "values: {breakTemplate: true}"),
    flux(
        "reports",
        LONG,
        Some("customer-notifications-and-preferences-f-e6a3bae08f27"),
        (true, "InstallSucceeded"),
        ("settings", "1.0.0"),
        "",
    ),
];

const fn flux(
    namespace: &'static str,
    name: &'static str,
    release: Option<&'static str>,
    (ready, reason): (bool, &'static str),
    (chart, version): (&'static str, &'static str),
    more: &'static str,
) -> SeededHelmRelease {
    SeededHelmRelease { namespace, name, release, ready, reason, chart, version, more }
}

/// Creates the objects and leaves the controllers to it.
pub(super) fn create(cluster: &Cluster) {
    let documents = HELM_RELEASES.map(|SeededHelmRelease { namespace, name, chart, version, more, .. }| {
        format!(
            "apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {{name: {name}, namespace: {namespace}}}
spec:
  interval: 1h
  chart: {{spec: {{chart: {chart}, version: {version:?}, interval: 1h, sourceRef: {{kind: HelmRepository, name: charts, namespace: flux-system}}}}}}
  {more}
---
"
        )
    });
    cluster.apply(&documents.concat());
}

/// Waits until every one has the outcome it was made for, and suspends the one that is to be suspended.
pub(super) fn settle(cluster: &Cluster) {
    for wanted in HELM_RELEASES {
        let SeededHelmRelease { namespace, name, ready, reason, .. } = wanted;
        let path = format!("/apis/helm.toolkit.fluxcd.io/v2/namespaces/{namespace}/helmreleases/{name}");
        cluster.wait(&format!("HelmRelease {namespace}/{name}: {ready}, {reason}"), Duration::from_secs(120), || {
            let object = cluster.get(&path);
            let conditions = object["status"]["conditions"].as_array().cloned().unwrap_or_default();
            let is = conditions.iter().any(|condition| condition["type"] == "Ready" && condition["reason"] == reason);
            is && is_ready(&object) == ready
        });
    }
    let patch = ["--type=merge", "-p", r#"{"spec":{"suspend":true}}"#];
    cluster.kubectl(&[&["patch", "helmrelease", "suspended", "--namespace", "shop"], &patch[..]].concat());
}
