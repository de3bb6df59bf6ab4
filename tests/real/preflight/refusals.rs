//! What the API server refuses, in its words, and what Helm does before it asks.

use serde_json::{Value, json};

use super::flight::{Ends, flies};
use super::objects::{config_map, definition, deployment, job, service, settings, shelf, with};
use super::site::{By, LIMIT, Next, Site};
use crate::cluster::{Cluster, User, is_ready};

fn changed(objects: Vec<Value>) -> Next<'static> {
    Next { objects: Some(objects), ..Next::default() }
}

pub fn selector(cluster: &'static Cluster) {
    let site = Site::make(cluster, "selector", By::Helm4, vec![settings(), deployment()]);
    let labels = json!({"app": "web", "tier": "front"});
    let next = with(deployment(), "/spec/selector/matchLabels", labels.clone());
    let next = with(next, "/spec/template/metadata/labels", labels);
    flies(&site, &changed(vec![settings(), next]), Ends::Refused { check: "refused", words: "field is immutable" });
}

pub fn cluster_address(cluster: &'static Cluster) {
    let site = Site::make(cluster, "address", By::Helm3, vec![service()]);
    let mut next = service();
    next["spec"]["clusterIP"] = json!("None");
    flies(&site, &changed(vec![next]), Ends::Refused { check: "refused", words: "may not change once set" });
}

pub fn job_template(cluster: &'static Cluster) {
    let site = Site::make(cluster, "job", By::Helm3Then4, vec![settings(), job()]);
    let image = json!("registry.example.com/import:2");
    let next = with(job(), "/spec/template/spec/containers/0/image", image);
    flies(&site, &changed(vec![settings(), next]), Ends::Refused { check: "refused", words: "field is immutable" });
}

/// A typing mistake of the chart.
pub fn unknown_field(cluster: &'static Cluster) {
    let site = Site::make(cluster, "unknown-field", By::Helm4, vec![settings(), deployment()]);
    let mut next = deployment();
    next["spec"]["replica"] = json!(2);
    flies(&site, &changed(vec![settings(), next]), Ends::Refused { check: "refused", words: "spec.replica" });
}

/// A patch does not mind what an apply cannot tell apart.
pub fn duplicates(cluster: &'static Cluster) {
    let mut twice = deployment();
    twice["spec"]["template"]["spec"]["containers"][0]["env"] =
        json!([{"name": "MODE", "value": "slow"}, {"name": "MODE", "value": "fast"}]);
    let site = Site::make(cluster, "duplicates", By::Helm3Then4, vec![settings(), twice]);
    flies(&site, &Next::default(), Ends::Through { lost: &[], stays: &[] });
    let next = Next { asked: &["--server-side=true"], ..Next::default() };
    flies(&site, &next, Ends::Refused { check: "refused", words: "duplicate entries for key" });
}

/// Helm looks for it by a name that it has not.
pub fn name_to_be_made(cluster: &'static Cluster) {
    let site = Site::make(cluster, "name-to-be-made", By::Helm4, vec![settings()]);
    let mut next = config_map("", json!({"MORE": "yes"}));
    next["metadata"] = json!({"generateName": "more-"});
    let words = "resource name may not be empty";
    flies(&site, &changed(vec![settings(), next]), Ends::Refused { check: "missing", words });
}

/// Admission that cannot be asked now may be there again later.
pub fn webhook_away(cluster: &'static Cluster) {
    let site = Site::make(cluster, "webhook", By::Helm4, vec![settings()]);
    let webhook = json!({
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": site.namespace},
        "webhooks": [{
            "name": "away.preflight.example.com",
            "admissionReviewVersions": ["v1"],
            "sideEffects": "None",
            "timeoutSeconds": 1,
            "clientConfig": {"url": "https://127.0.0.1:1/"},
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": site.namespace}},
            "rules": [{
                "apiGroups": [""], "apiVersions": ["v1"], "operations": ["UPDATE"], "resources": ["configmaps"],
            }],
        }],
    });
    site.apply(&webhook, &[]);
    let patch = r#"{"data":{"MORE":"x"}}"#;
    let dry = ["patch", "configmap", "settings", "-p", patch, "--dry-run=server", "--namespace", &site.namespace];
    cluster.wait("the webhook to be asked", LIMIT, || !cluster.kubectl_as(User::Admin, &dry).success());
    let next = changed(vec![config_map("settings", json!({"LOG_LEVEL": "debug", "REGION": "eu-west"}))]);
    flies(&site, &next, Ends::Open { check: "unread", words: "failed calling webhook", succeeds: false });
    cluster.kubectl(&["delete", "validatingwebhookconfiguration", &site.namespace]);
}

/// An object that is not of the release.
pub fn in_the_way(cluster: &'static Cluster) {
    let banner = || config_map("banner", json!({"TEXT": "welcome"}));
    let site = Site::make(cluster, "in-the-way", By::Helm4, vec![settings()]);
    site.kubectl(&["create", "configmap", "banner", "--from-literal=TEXT=hello"]);
    let words = "invalid ownership metadata";
    flies(&site, &changed(vec![settings(), banner()]), Ends::Refused { check: "missing", words });
    // Flux takes it, as a whole.
    let site = Site::make(cluster, "in-the-way-of-flux", By::Flux, vec![settings()]);
    site.kubectl(&["create", "configmap", "banner", "--from-literal=TEXT=hello"]);
    let findings = flies(&site, &changed(vec![settings(), banner()]), Ends::Through { lost: &[], stays: &[] });
    let is_taken = |finding: &Value| (&finding["severity"], &finding["name"]) == (&json!("loses"), &json!("banner"));
    assert!(findings.iter().any(is_taken), "{findings:#?}");
    assert_eq!(site.object("ConfigMap", "banner").unwrap()["data"]["TEXT"], "welcome");
    // Unless it is told not to.
    let mut site = Site::make(cluster, "in-the-way-of-flux-too", By::Flux, vec![settings()]);
    site.spec = json!({"upgrade": {"disableWait": true, "disableTakeOwnership": true}});
    site.set_helm_release(&site.objects, "installed");
    cluster.wait("Flux to look at it", LIMIT, || is_ready(&site.helm_release()));
    site.kubectl(&["create", "configmap", "banner", "--from-literal=TEXT=hello"]);
    flies(&site, &changed(vec![settings(), banner()]), Ends::Refused { check: "missing", words });
}

/// A release with a custom resource of version v1, whose kind is served so at first.
fn shelved(cluster: &'static Cluster, case: &str, by: By) -> (Site, impl Fn(&[(&str, bool)])) {
    let mut site = Site::empty(cluster, case, by, Vec::new());
    let namespace = site.namespace.clone();
    let define = move |versions: &[(&str, bool)]| {
        cluster.apply(&definition(&namespace, versions).to_string());
        cluster.wait("the kind to be served so", LIMIT, || {
            versions.iter().all(|(version, is_served)| {
                let path = format!("/apis/{namespace}.example.com/{version}/namespaces/{namespace}/shelves");
                (cluster.request(User::Admin, "GET", &path, None).status == 200) == *is_served
            })
        });
    };
    define(&[("v2", true), ("v1", true)]);
    site.objects = vec![settings(), shelf(&site.namespace, "v1")];
    (site.install(), define)
}

/// Helm cannot even read the revision that is there.
pub fn kind_gone(cluster: &'static Cluster) {
    let (site, _) = shelved(cluster, "kind-gone", By::Helm4);
    let name = format!("shelves.{}.example.com", site.namespace);
    cluster.kubectl(&["delete", "customresourcedefinition", &name]);
    let missing = format!("no matches for kind \"Shelf\" in version \"{}.example.com/v1\"", site.namespace);
    flies(&site, &Next::default(), Ends::Refused { check: "served", words: &missing });
    // Nor does it help that the next chart has it no more.
    flies(&site, &changed(vec![settings()]), Ends::Refused { check: "served", words: &missing });
}

pub fn version_gone(cluster: &'static Cluster) {
    let (site, define) = shelved(cluster, "version-gone", By::Helm3);
    define(&[("v2", true), ("v1", false)]);
    let words = format!("no matches for kind \"Shelf\" in version \"{}.example.com/v1\"", site.namespace);
    let next = changed(vec![settings(), shelf(&site.namespace, "v2")]);
    flies(&site, &next, Ends::Refused { check: "served", words: &words });
}

/// A quota that the next chart exceeds, the revision that failed by it, and the next upgrade when it is gone.
pub fn quota(cluster: &'static Cluster) {
    let site = Site::make(cluster, "quota", By::Helm4, vec![settings()]);
    limited(&site, "count/configmaps=2");
    let more = || vec![settings(), config_map("more", json!({"MORE": "yes"}))];
    let refused = Ends::Refused { check: "refused", words: "exceeded quota: small" };
    flies(&site, &changed(more()), refused);
    // The failed revision is what is upgraded again.
    let site = Site { objects: more(), ..site };
    flies(&site, &Next::default(), refused);
    site.kubectl(&["delete", "quota", "small"]);
    flies(&site, &Next::default(), Ends::Through { lost: &[], stays: &[] });
}

/// Each of two new objects has room, and both together have not.
pub fn quota_of_several(cluster: &'static Cluster) {
    let site = Site::make(cluster, "quota-of-several", By::Helm4, vec![settings()]);
    limited(&site, "count/configmaps=3");
    let more = |name| config_map(name, json!({"MORE": "yes"}));
    let both = changed(vec![settings(), more("first"), more("second")]);
    flies(&site, &both, Ends::Refused { check: "refused", words: "limited: count/configmaps=3" });
}

/// The next revision, too, is an object that a quota counts.
pub fn quota_of_revisions(cluster: &'static Cluster) {
    let site = Site::make(cluster, "quota-of-revisions", By::Helm3, vec![settings()]);
    limited(&site, "count/secrets=1");
    flies(&site, &Next::default(), Ends::Refused { check: "refused", words: "exceeded quota: small" });
}

/// A quota that is as full as it can be, or has room for one more.
fn limited(site: &Site, hard: &str) {
    let path = format!("/api/v1/namespaces/{}/configmaps/kube-root-ca.crt", site.namespace);
    let cluster = site.cluster;
    cluster.wait("the namespace's own ConfigMap", LIMIT, || {
        cluster.request(User::Admin, "GET", &path, None).status == 200
    });
    site.kubectl(&["create", "quota", "small", &format!("--hard={hard}")]);
    let path = format!("/api/v1/namespaces/{}/resourcequotas/small", site.namespace);
    cluster.wait("the quota to be counted", LIMIT, || !cluster.get(&path)["status"]["used"].is_null());
}

/// The chart brings the namespace of another of its objects: before that is there, nobody can try the object.
pub fn namespace_to_come(cluster: &'static Cluster) {
    let site = Site::make(cluster, "to-come", By::Helm4, vec![settings()]);
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "preflight-came"}});
    let mut inner = config_map("inner", json!({"MORE": "yes"}));
    inner["metadata"]["namespace"] = json!("preflight-came");
    let next = changed(vec![settings(), namespace, inner.clone()]);
    flies(&site, &next, Ends::Open { check: "refused", words: "preflight-came", succeeds: true });
    // Nobody brings this one.
    inner["metadata"]["namespace"] = json!("preflight-never");
    let words = "namespaces \"preflight-never\" not found";
    flies(&site, &changed(vec![settings(), inner]), Ends::Refused { check: "refused", words });
}

/// A kind that the same chart defines is not there yet when Helm looks for it.
pub fn kind_to_come(cluster: &'static Cluster) {
    let site = Site::make(cluster, "kind-to-come", By::Helm4, vec![settings()]);
    let kind = definition(&site.namespace, &[("v1", true)]);
    let next = changed(vec![settings(), kind, shelf(&site.namespace, "v1")]);
    let words = format!("no matches for kind \"Shelf\" in version \"{}.example.com/v1\"", site.namespace);
    flies(&site, &next, Ends::Refused { check: "served", words: &words });
}

/// What the next chart has no more is deleted, unless that is refused.
pub fn removal(cluster: &'static Cluster) {
    let more = || config_map("more", json!({"MORE": "yes"}));
    let site = Site::make(cluster, "removal", By::Helm4, vec![settings(), more()]);
    forbidden(&site, "DELETE", "oldObject.metadata.name != 'more'", "more is here to stay");
    let dry = ["delete", "configmap", "more", "--dry-run=server", "--namespace", &site.namespace];
    cluster.wait("the policy to be in force", LIMIT, || !cluster.kubectl_as(User::Admin, &dry).success());
    flies(&site, &changed(vec![settings()]), Ends::Refused { check: "refused", words: "more is here to stay" });
    cluster.kubectl(&["delete", "validatingadmissionpolicybinding", &site.namespace]);
    cluster.wait("the policy to be gone", LIMIT, || cluster.kubectl_as(User::Admin, &dry).success());
    flies(&site, &changed(vec![settings()]), Ends::Through { lost: &[], stays: &[] });
    assert_eq!(site.object("ConfigMap", "more"), None, "it is gone");
}

/// A policy about ConfigMaps of the namespace; it is in force a moment later.
fn forbidden(site: &Site, operation: &str, expression: &str, message: &str) {
    let name = format!("{}.example.com", site.namespace);
    let rule = json!({
        "apiGroups": [""], "apiVersions": ["v1"], "operations": [operation], "resources": ["configmaps"],
    });
    let api_version = "admissionregistration.k8s.io/v1";
    let policy = json!({
        "apiVersion": api_version,
        "kind": "ValidatingAdmissionPolicy",
        "metadata": {"name": name},
        "spec": {
            "matchConstraints": {"resourceRules": [rule]},
            "validations": [{"expression": expression, "message": message}],
        },
    });
    let here = json!({"matchLabels": {"kubernetes.io/metadata.name": site.namespace}});
    let binding = json!({
        "apiVersion": api_version,
        "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": {"name": site.namespace},
        "spec": {"policyName": name, "validationActions": ["Deny"], "matchResources": {"namespaceSelector": here}},
    });
    site.apply(&policy, &[]);
    site.apply(&binding, &[]);
}

pub fn policy(cluster: &'static Cluster) {
    let site = Site::make(cluster, "policy", By::Helm4, vec![settings()]);
    forbidden(&site, "UPDATE", "!('BANNER' in object.data)", "banners are not welcome here");
    let patch = r#"{"data":{"BANNER":"x"}}"#;
    let dry = ["patch", "configmap", "settings", "-p", patch, "--dry-run=server", "--namespace", &site.namespace];
    cluster.wait("the policy to be in force", LIMIT, || !cluster.kubectl_as(User::Admin, &dry).success());
    let next = changed(vec![with(settings(), "/data", json!({"LOG_LEVEL": "info", "BANNER": "welcome"}))]);
    flies(&site, &next, Ends::Refused { check: "refused", words: "banners are not welcome here" });
    // The failed revision would be refused again; the one before it would not.
    flies(&site, &changed(vec![settings()]), Ends::Through { lost: &[], stays: &[] });
}

/// Somebody who may not do all that Helm does.
pub fn rights(cluster: &'static Cluster) {
    let site = Site::make(cluster, "rights", By::Helm4, vec![settings(), deployment()]);
    let rule = |group: &str, resource: &str, verbs: &[&str]| json!({"apiGroups": [group], "resources": [resource], "verbs": verbs});
    let kubeconfig = site.somebody(&json!([
        rule("", "secrets", &["*"]),
        rule("", "configmaps", &["*"]),
        rule("apps", "deployments", &["get", "list"]),
    ]));
    let next = Next { kubeconfig: Some(kubeconfig), ..Next::default() };
    flies(&site, &next, Ends::Refused { check: "rights", words: "deployments" });

    let site = Site::make(cluster, "rights-to-secrets", By::Helm3, vec![settings()]);
    let kubeconfig = site.somebody(&json!([rule("", "secrets", &["get", "list"]), rule("", "configmaps", &["*"])]));
    let next = Next { kubeconfig: Some(kubeconfig), ..Next::default() };
    flies(&site, &next, Ends::Refused { check: "rights", words: "secrets" });
}

/// Flux writes as the account that the HelmRelease names, whatever the one who asks may do.
pub fn rights_of_flux(cluster: &'static Cluster) {
    let mut site = Site::make(cluster, "rights-of-flux", By::Flux, vec![settings(), deployment()]);
    drop(site.somebody(&json!([
        {"apiGroups": [""], "resources": ["secrets", "configmaps"], "verbs": ["*"]},
        {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["get", "list", "watch"]},
    ])));
    site.spec = json!({"serviceAccountName": "deployer"});
    site.set_helm_release(&site.objects, "installed");
    flies(&site, &Next::default(), Ends::Refused { check: "rights", words: "deployments" });
}

/// Letters that gzip makes three quarters of, and base64 again as many.
fn noise(length: usize) -> String {
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let letter = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from(letters[(state >> 32) as usize % letters.len()])
    };
    (0..length).map(letter).collect()
}

/// A revision holds the text twice: in the values and in the manifest.
pub fn size(cluster: &'static Cluster) {
    let padded = |length| vec![config_map("settings", json!({"padding": noise(length)}))];
    let site = Site::make(cluster, "size", By::Helm4, padded(500_000));
    let near = Ends::Open { check: "size", words: "1048576", succeeds: true };
    flies(&site, &Next::default(), near);
    let words = "may not be more than 1048576 bytes";
    flies(&site, &changed(padded(600_000)), Ends::Refused { check: "size", words });
}

/// A namespace that waits for its end takes no new revision.
pub fn namespace_ending(cluster: &'static Cluster) {
    let site = Site::make(cluster, "ending", By::Helm4, vec![settings()]);
    let hold = |finalizers: Value| json!({"metadata": {"finalizers": finalizers}}).to_string();
    // Without its revisions nothing is left to be asked about.
    let held = ["configmap/settings", "secret/sh.helm.release.v1.shop.v1"];
    for object in held {
        site.kubectl(&["patch", object, "--type=merge", "-p", &hold(json!(["example.com/hold"]))]);
    }
    cluster.kubectl(&["delete", "namespace", &site.namespace, "--wait=false"]);
    let path = format!("/api/v1/namespaces/{}", site.namespace);
    cluster.wait("the end to be waited for", LIMIT, || cluster.get(&path)["status"]["phase"] == "Terminating");
    let words = "because it is being terminated";
    flies(&site, &Next::default(), Ends::Refused { check: "refused", words });
    for object in held {
        site.kubectl(&["patch", object, "--type=merge", "-p", &hold(json!(null))]);
    }
}
