//! A release in a namespace of its own, written by one of those who write releases.

use std::time::Duration;

use serde_json::{Value, json};

use crate::cluster::{Cluster, Helm, Ran, User, is_ready};

/// The name of every release, of its HelmRelease, its Deployment, its ConfigMap and its Service.
pub const NAME: &str = "shop";

const LIMIT: Duration = Duration::from_secs(120);

/// Who writes the release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Helm 4, which applies server-side.
    Helm4,
    /// Helm 3, which patches.
    Helm3,
    /// Helm 3 once, and Helm 4 since: it keeps to patches.
    Helm3Then4,
    /// Helm 3 once, and Helm 4 since, told to apply server-side.
    Helm3ThenServerSide,
    /// A HelmRelease with this mode of drift detection.
    Flux(&'static str),
}

/// One release.
pub struct Site {
    pub cluster: &'static Cluster,
    pub namespace: String,
    pub by: By,
}

impl Site {
    /// Makes the namespace and installs the release.
    pub fn make(cluster: &'static Cluster, namespace: &str, by: By) -> Self {
        cluster.apply(&format!("apiVersion: v1\nkind: Namespace\nmetadata: {{name: {namespace}}}\n"));
        let site = Self { cluster, namespace: namespace.to_owned(), by };
        match by {
            By::Helm4 => drop(site.helm(Helm::V4, "install", &json!({}), &[]).expect_success()),
            By::Helm3 => drop(site.helm(Helm::V3, "install", &json!({}), &[]).expect_success()),
            By::Helm3Then4 | By::Helm3ThenServerSide => {
                drop(site.helm(Helm::V3, "install", &json!({}), &[]).expect_success());
                let flags: &[&str] = if by == By::Helm3Then4 { &[] } else { &["--server-side=true"] };
                drop(site.helm(Helm::V4, "upgrade", &json!({}), flags).expect_success());
            }
            By::Flux(_) => {
                site.set_helm_release(&json!({}));
                cluster.wait("the HelmRelease to be ready", LIMIT, || is_ready(&site.helm_release()));
            }
        }
        site
    }

    /// Whether the API server is asked who owns what, and conflicts are not forced.
    pub fn is_refused_conflicts(&self) -> bool {
        match self.by {
            By::Helm4 | By::Helm3ThenServerSide => true,
            By::Helm3 | By::Helm3Then4 | By::Flux(_) => false,
        }
    }

    /// Whether the release is written by three-way patches, which know no owners.
    pub fn is_patched(&self) -> bool {
        match self.by {
            By::Helm3 | By::Helm3Then4 => true,
            By::Helm4 | By::Helm3ThenServerSide | By::Flux(_) => false,
        }
    }

    /// An upgrade by Helm with these values more than always; only for who is no HelmRelease.
    pub fn upgrade(&self, values: &Value, flags: &[&str]) -> Ran {
        let version = if self.by == By::Helm3 { Helm::V3 } else { Helm::V4 };
        self.helm(version, "upgrade", values, flags)
    }

    fn helm(&self, version: Helm, verb: &str, values: &Value, flags: &[&str]) -> Ran {
        let file = self.cluster.folder().join(format!("{}.json", self.namespace));
        std::fs::write(&file, all_values(values).to_string()).unwrap();
        let package = self.cluster.charts().package("storefront", "1.6.0");
        let paths = [package.to_str().unwrap(), file.to_str().unwrap()];
        let words = [verb, NAME, paths[0], "--values", paths[1], "--namespace", &self.namespace];
        self.cluster.helm(version, &[&words, flags].concat(), &[])
    }

    /// Writes the HelmRelease with these values more than always.
    fn set_helm_release(&self, values: &Value) {
        let By::Flux(mode) = self.by else { panic!("{:?} has no HelmRelease", self.by) };
        let source = json!({"kind": "HelmRepository", "name": "charts", "namespace": "flux-system"});
        let object = json!({
            "apiVersion": "helm.toolkit.fluxcd.io/v2",
            "kind": "HelmRelease",
            "metadata": {"name": NAME, "namespace": self.namespace},
            "spec": {
                "interval": "1h",
                "chart": {"spec": {"chart": "storefront", "version": "1.6.0", "sourceRef": source}},
                "driftDetection": {"mode": mode},
                "install": {"disableWait": true},
                "upgrade": {"disableWait": true},
                "values": all_values(values),
            },
        });
        self.cluster.apply(&object.to_string());
    }

    /// Has Flux upgrade, to these values more than always. Waits for the end.
    pub fn upgrade_by_flux(&self, values: &Value) {
        let revision = self.revision();
        self.set_helm_release(values);
        let has_ended = || self.revision() > revision && is_ready(&self.helm_release());
        self.cluster.wait("Flux to upgrade", LIMIT, has_ended);
    }

    /// The HelmRelease.
    pub fn helm_release(&self) -> Value {
        self.cluster.get(&format!("/apis/helm.toolkit.fluxcd.io/v2/namespaces/{}/helmreleases/{NAME}", self.namespace))
    }

    /// The revision that Flux wrote last.
    pub fn revision(&self) -> u64 {
        self.helm_release()["status"]["history"][0]["version"].as_u64().unwrap_or_default()
    }

    /// `flux reconcile helmrelease`, with `--force` if an upgrade is to be made though nothing changed. Waits for the end.
    pub fn reconcile(&self, token: &str, force: bool) {
        let mut words = vec!["annotate", "--overwrite", "helmrelease", NAME, "--namespace", &self.namespace];
        let requested = format!("reconcile.fluxcd.io/requestedAt={token}");
        let forced = format!("reconcile.fluxcd.io/forceAt={token}");
        words.push(&requested);
        if force {
            words.push(&forced);
        }
        self.cluster.kubectl(&words);
        self.cluster.wait("the reconcile to end", LIMIT, || {
            let object = self.helm_release();
            object["status"]["lastHandledReconcileAt"] == token && is_ready(&object)
        });
    }

    /// An object of the release, with its managedFields.
    pub fn object(&self, kind: &str) -> Value {
        let collection = match kind {
            "Deployment" => "apis/apps/v1/namespaces/NAMESPACE/deployments",
            "ConfigMap" => "api/v1/namespaces/NAMESPACE/configmaps",
            "Service" => "api/v1/namespaces/NAMESPACE/services",
            other => panic!("where {other} are served is not written down"),
        };
        self.cluster.get(&format!("/{}/{NAME}", collection.replace("NAMESPACE", &self.namespace)))
    }

    /// What our binary says of the release.
    pub fn owners(&self) -> Value {
        crate::client::json(self.cluster, User::Admin, &["owners", &format!("{}/{NAME}", self.namespace), "-o", "json"])
    }
}

/// The chart's values with what every release here has, and more. Nothing waits for hooks.
fn all_values(more: &Value) -> Value {
    let mut values = json!({
        "autoscaling": {"enabled": false},
        "ingress": {"enabled": false},
        "migrate": {"enabled": false},
    });
    values.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    values
}
