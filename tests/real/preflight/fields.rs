//! Fields that others have set: what refuses the upgrade, what it loses, and what it leaves alone.

use serde_json::{Value, json};

use super::flight::{Ends, flies};
use super::objects::{config_map, deployment, service, settings, with};
use super::site::{By, Next, Site};
use crate::cluster::Cluster;

const IMAGE: &str = ".spec.template.spec.containers[name=\"web\"].image";
const LIMIT: &str = ".spec.template.spec.containers[name=\"web\"].resources.limits.memory";
const NOTE: &str = ".metadata.annotations.example.com/note";
const DEBUG: &str = ".spec.template.spec.containers[name=\"web\"].env[name=\"DEBUG\"]";

fn release() -> Vec<Value> {
    vec![settings(), deployment()]
}

fn set_image(site: &Site) {
    site.kubectl(&["set", "image", "deployment", "web", "web=registry.example.com/web:1-fix"]);
}

fn scale(site: &Site) {
    site.kubectl(&["scale", "deployment", "web", "--replicas=3"]);
}

fn annotate(site: &Site) {
    site.kubectl(&["annotate", "deployment", "web", "example.com/note=ask-platform"]);
}

/// The memory that the container may have, applied by another team.
fn limits(value: &str) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
        "spec": {"template": {"spec": {"containers": [{"name": "web", "resources": {"limits": {"memory": value}}}]}}},
    })
}

pub fn edited(cluster: &'static Cluster) {
    let site = Site::make(cluster, "edited", By::Helm4, release());
    site.edit("configmap/settings", "s/LOG_LEVEL: info/LOG_LEVEL: debug/");
    flies(&site, &Next::default(), Ends::Conflicts(&[(".data.LOG_LEVEL", "kubectl-edit")]));
}

pub fn image_set(cluster: &'static Cluster) {
    let site = Site::make(cluster, "image-set", By::Helm4, release());
    set_image(&site);
    flies(&site, &Next::default(), Ends::Conflicts(&[(IMAGE, "kubectl-set")]));
}

pub fn scaled(cluster: &'static Cluster) {
    let site = Site::make(cluster, "scaled", By::Helm4, release());
    scale(&site);
    flies(&site, &Next::default(), Ends::Conflicts(&[(".spec.replicas", "kubectl (scale)")]));
}

pub fn applied_by_another(cluster: &'static Cluster) {
    let site = Site::make(cluster, "applied", By::Helm4, release());
    site.apply(&limits("256Mi"), &["--server-side", "--force-conflicts", "--field-manager=platform-team"]);
    flies(&site, &Next::default(), Ends::Conflicts(&[(LIMIT, "platform-team")]));
}

/// Helm goes on to the next object after one that conflicts.
pub fn two_objects(cluster: &'static Cluster) {
    let site = Site::make(cluster, "two-objects", By::Helm4, release());
    site.kubectl(&["patch", "configmap", "settings", "--type=merge", "-p", r#"{"data":{"REGION":"eu-north"}}"#]);
    set_image(&site);
    scale(&site);
    let all = [(".data.REGION", "kubectl-patch"), (IMAGE, "kubectl-set"), (".spec.replicas", "kubectl (scale)")];
    flies(&site, &Next::default(), Ends::Conflicts(&all));
}

pub fn forced(cluster: &'static Cluster) {
    let site = Site::make(cluster, "forced", By::Helm4, release());
    set_image(&site);
    scale(&site);
    annotate(&site);
    let next = Next { asked: &["--force-conflicts"], ..Next::default() };
    flies(&site, &next, Ends::Through { lost: &[IMAGE, ".spec.replicas"], stays: &[NOTE] });
}

/// Two want one value, until the chart wants another.
pub fn armed(cluster: &'static Cluster) {
    let site = Site::make(cluster, "armed", By::Helm4, release());
    site.apply(&limits("128Mi"), &["--server-side", "--field-manager=search-team"]);
    flies(&site, &Next::default(), Ends::Through { lost: &[], stays: &[] });
    let pointer = "/spec/template/spec/containers/0/resources/limits/memory";
    let objects = vec![settings(), with(deployment(), pointer, json!("192Mi"))];
    let next = Next { objects: Some(objects), ..Next::default() };
    flies(&site, &next, Ends::Conflicts(&[(LIMIT, "search-team")]));
}

pub fn added_by_hand(cluster: &'static Cluster) {
    let site = Site::make(cluster, "added", By::Helm4, release());
    annotate(&site);
    site.kubectl(&["set", "env", "deployment", "web", "DEBUG=1"]);
    site.kubectl(&["patch", "configmap", "settings", "--type=merge", "-p", r#"{"data":{"EXTRA":"yes"}}"#]);
    flies(&site, &Next::default(), Ends::Through { lost: &[], stays: &[NOTE, DEBUG, ".data.EXTRA"] });
}

/// What the next chart changes and adds is nobody's edit.
pub fn changed_by_the_chart(cluster: &'static Cluster) {
    for (case, by) in [("changed", By::Helm4), ("changed-by-patch", By::Helm3), ("changed-by-flux", By::Flux)] {
        let site = Site::make(cluster, case, by, release());
        annotate(&site);
        let mut next =
            with(deployment(), "/spec/template/spec/containers/0/image", json!("registry.example.com/web:2"));
        next["spec"]["template"]["spec"]["containers"][0]["env"] = json!([{"name": "MODE", "value": "fast"}]);
        next["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] = json!(10);
        next["metadata"]["annotations"] = json!({"example.com/team": "web"});
        let data = json!({"LOG_LEVEL": "debug", "EXTRA": "yes"});
        let next = Next { objects: Some(vec![config_map("settings", data), next, service()]), ..Next::default() };
        flies(&site, &next, Ends::Through { lost: &[], stays: &[NOTE] });
    }
}

pub fn left_over(cluster: &'static Cluster) {
    let site = Site::make(cluster, "left-over", By::Helm4, release());
    site.apply(&config_map("settings", json!({"OLD_MODE": "slow"})), &[]);
    let applied = ".metadata.annotations.kubectl.kubernetes.io/last-applied-configuration";
    flies(&site, &Next::default(), Ends::Through { lost: &[], stays: &[".data.OLD_MODE", applied] });
}

/// A patch asks nobody: what the manifest has comes back, and what it lacks stays.
fn patched(cluster: &'static Cluster, case: &str, by: By, asked: &[&str]) {
    let site = Site::make(cluster, case, by, release());
    set_image(&site);
    scale(&site);
    annotate(&site);
    let next = Next { asked, ..Next::default() };
    flies(&site, &next, Ends::Through { lost: &[IMAGE, ".spec.replicas"], stays: &[NOTE] });
}

pub fn patched_by_helm_3(cluster: &'static Cluster) {
    patched(cluster, "helm-3", By::Helm3, &[]);
}

/// Helm 4 keeps to the method of the last revision.
pub fn patched_by_helm_4(cluster: &'static Cluster) {
    patched(cluster, "helm-3-then-4", By::Helm3Then4, &[]);
}

pub fn patched_where_it_is_asked_for(cluster: &'static Cluster) {
    patched(cluster, "client-side", By::Helm4, &["--server-side=false"]);
}

/// Helm's own fields move over to server-side apply; those of others do not.
pub fn migrated(cluster: &'static Cluster) {
    let site = Site::make(cluster, "migrated", By::Helm3Then4, release());
    let next = Next { asked: &["--server-side=true"], ..Next::default() };
    set_image(&site);
    annotate(&site);
    flies(&site, &next, Ends::Conflicts(&[(IMAGE, "kubectl-set")]));
    let next = Next { asked: &["--server-side=true", "--force-conflicts"], ..Next::default() };
    flies(&site, &next, Ends::Through { lost: &[IMAGE], stays: &[NOTE] });
}

/// Under Flux nothing of the manifest is ever refused.
pub fn forced_by_flux(cluster: &'static Cluster) {
    let site = Site::make(cluster, "flux", By::Flux, release());
    set_image(&site);
    scale(&site);
    annotate(&site);
    flies(&site, &Next::default(), Ends::Through { lost: &[IMAGE, ".spec.replicas"], stays: &[NOTE] });
}

pub fn deleted_by_hand(cluster: &'static Cluster) {
    let site = Site::make(cluster, "deleted", By::Helm4, vec![settings(), service()]);
    site.kubectl(&["delete", "service", "web"]);
    flies(&site, &Next::default(), Ends::Through { lost: &[], stays: &[] });
    assert!(site.object("Service", "web").is_some(), "it is made again");
}
