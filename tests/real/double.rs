//! What the real helm-controller says when it is asked: recorded here for the demo's double, and held to what was recorded.
//!
//! `UPDATE_ASKED=1` writes `tests/recordings/asked` anew; `cargo test --test core controller::` holds the double to it.

mod recorder;

use std::time::Duration;

use flate2::Compression;
use serde_json::{Value, json};
use wheelhouse::release::codec::{Driver, decode, pack};

use crate::Case;
use crate::cluster::{Cluster, is_ready};
use crate::told;
use recorder::Recorder;

pub const CASES: &[Case] = &[
    Case::shared("an_upgrade_that_fails", |cluster| play(cluster, "upgrade", upgrade)),
    Case::shared("rolled_back_while_suspended", |cluster| play(cluster, "suspended", suspended)),
    Case::shared("uninstalled_by_hand", |cluster| play(cluster, "uninstalled", uninstalled)),
    Case::shared("a_pending_revision", |cluster| play(cluster, "pending", pending)),
    Case::shared("a_dependency", |cluster| play(cluster, "dependency", dependency)),
    Case::shared("a_source", |cluster| play(cluster, "source", source)),
    Case::shared("values_of_others", |cluster| play(cluster, "values", values)),
    Case::shared("an_install_that_is_remediated", |cluster| play(cluster, "remediated", remediated)),
    Case::shared("an_install_that_stays_failed", |cluster| play(cluster, "failed", failed)),
    Case::shared("retried_without_remediation", |cluster| play(cluster, "retried", retried)),
    Case::shared("drift_that_is_told", |cluster| play(cluster, "warned", warned)),
    Case::shared("drift_that_is_corrected", |cluster| play(cluster, "corrected", corrected)),
    Case::shared("an_interval", |cluster| play(cluster, "interval", interval)),
    Case::shared("tests_that_fail", |cluster| play(cluster, "tested", tested)),
    Case::shared("tests_that_do_not_count", |cluster| play(cluster, "ignored", ignored)),
];

const NAME: &str = "web";
const LIMIT: Duration = Duration::from_secs(150);

/// A namespace of its own with a source of charts, and all that happens in it.
struct Site {
    cluster: &'static Cluster,
    namespace: String,
    recorder: Recorder,
}

fn play(cluster: &'static Cluster, name: &str, script: fn(&Site)) {
    let namespace = format!("asked-{name}");
    cluster.apply(&format!("apiVersion: v1\nkind: Namespace\nmetadata: {{name: {namespace}}}\n"));
    let recorder = Recorder::start(cluster, &namespace);
    let site = Site { cluster, namespace, recorder };
    script(&site);
    let lines = site.recorder.lines();
    if std::env::var_os("UPDATE_ASKED").is_some() {
        told::write(name, &lines);
        return;
    }
    let (recorded, now) = (told::steady(&told::read(name)), told::steady(&lines));
    assert!(recorded == now, "{name}: recorded:\n{}\n\nnow:\n{}", recorded.join("\n"), now.join("\n"));
}

impl Site {
    fn by_hand(&self, work: impl FnOnce(&Self)) {
        self.recorder.by_hand(|| work(self));
    }

    fn repository(&self, url: &str) {
        self.by_hand(|site| {
            site.write(&json!({
                "apiVersion": "source.toolkit.fluxcd.io/v1",
                "kind": "HelmRepository",
                "metadata": {"name": "charts", "namespace": site.namespace},
                "spec": {"interval": "1h", "url": url},
            }));
        });
    }

    /// Writes the release: `version` of its chart, its values, and what else its spec says.
    fn release(&self, version: &str, values: &Value, more: &Value) {
        self.named(NAME, version, values, more);
    }

    fn named(&self, name: &str, version: &str, values: &Value, more: &Value) {
        let mut all = json!({
            "replicas": 1, "autoscaling": {"enabled": false}, "ingress": {"enabled": false}, "migrate": {"enabled": false},
        });
        merge(&mut all, values);
        let source = json!({"kind": "HelmRepository", "name": "charts"});
        let mut spec = json!({
            "interval": "1h",
            "timeout": "30s",
            "chart": {"spec": {"chart": "storefront", "version": version, "sourceRef": source}},
            "values": all,
        });
        merge(&mut spec, more);
        self.write(&json!({
            "apiVersion": "helm.toolkit.fluxcd.io/v2",
            "kind": "HelmRelease",
            "metadata": {"name": name, "namespace": self.namespace},
            "spec": spec,
        }));
    }

    /// A release that is installed, with all that it needs.
    fn installed(&self, version: &str, more: &Value) {
        self.repository(&self.cluster.charts().url());
        self.release(version, &json!({}), more);
        self.wait("the install", is_settled);
    }

    fn write(&self, object: &Value) {
        self.cluster.apply(&object.to_string());
    }

    /// Asks by annotations, and waits until that was handled.
    fn ask(&self, requested: &str, more: &[(&str, &str)]) {
        let mut words =
            vec!["annotate".to_owned(), "helmrelease".to_owned(), NAME.to_owned(), "--overwrite".to_owned()];
        let all = [("requestedAt", requested)].into_iter().chain(more.iter().copied());
        words.extend(all.map(|(key, token)| format!("reconcile.fluxcd.io/{key}={token}")));
        self.kubectl(&words.iter().map(String::as_str).collect::<Vec<_>>());
        self.wait(&format!("{requested} to be handled"), |object| {
            object["status"]["lastHandledReconcileAt"] == requested && !is(object, "Reconciling", "True")
        });
    }

    fn patch(&self, kind: &str, body: &Value) {
        let body = body.to_string();
        self.kubectl(&["patch", kind, NAME, "--type=merge", "--field-manager=kubectl-edit", "-p", &body]);
    }

    fn kubectl(&self, words: &[&str]) {
        self.cluster.kubectl(&[words, &["--namespace", &self.namespace]].concat());
    }

    fn wait(&self, what: &str, is_so: impl Fn(&Value) -> bool) {
        let path = format!("/apis/helm.toolkit.fluxcd.io/v2/namespaces/{}/helmreleases/{NAME}", self.namespace);
        self.cluster.wait(&format!("{what} in {}", self.namespace), LIMIT, || is_so(&self.cluster.get(&path)));
    }
}

fn merge(into: &mut Value, more: &Value) {
    match (into, more) {
        (Value::Object(into), Value::Object(more)) => {
            for (key, value) in more {
                merge(into.entry(key.as_str()).or_insert(Value::Null), value);
            }
        }
        (into, more) => *into = more.clone(),
    }
}

fn is(object: &Value, kind: &str, status: &str) -> bool {
    let conditions = object["status"]["conditions"].as_array();
    conditions.into_iter().flatten().any(|condition| condition["type"] == kind && condition["status"] == status)
}

fn has_reason(object: &Value, kind: &str, reason: &str) -> bool {
    let conditions = object["status"]["conditions"].as_array();
    conditions.into_iter().flatten().any(|condition| condition["type"] == kind && condition["reason"] == reason)
}

fn is_settled(object: &Value) -> bool {
    is_ready(object) && !is(object, "Reconciling", "True")
}

fn is_stalled(object: &Value) -> bool {
    is(object, "Stalled", "True") && object["status"]["observedGeneration"] == object["metadata"]["generation"]
}

fn upgrade(site: &Site) {
    let more = json!({"upgrade": {"timeout": "6s", "remediation": {"retries": 1}}});
    site.installed("1.6.0", &more);
    site.release("1.6.0", &json!({"breakImage": true}), &more);
    site.wait("the last retry", is_stalled);
    site.ask("one", &[]);
    site.ask("two", &[("resetAt", "two")]);
    site.ask("three", &[("forceAt", "three")]);
    site.ask("four", &[("forceAt", "five")]);
    // What was used up does not count again.
    site.ask("five", &[]);
    site.release("1.7.0", &json!({}), &more);
    site.wait("the mended upgrade", is_settled);
    site.ask("six", &[("forceAt", "six")]);
}

fn suspended(site: &Site) {
    site.installed("1.5.0", &json!({}));
    site.release("1.6.0", &json!({}), &json!({}));
    site.wait("the upgrade", is_settled);
    site.patch("helmrelease", &json!({"spec": {"suspend": true}}));
    site.ask("one", &[]);
    site.ask("two", &[("forceAt", "two")]);
    site.by_hand(|site| {
        site.cluster.helm4(&["rollback", NAME, "1", "--force-conflicts", "--namespace", &site.namespace]);
    });
    site.patch("helmrelease", &json!({"spec": {"suspend": null}}));
    site.wait("the way back", |object| is_settled(object) && object["status"]["history"][0]["version"] == 4);
}

fn uninstalled(site: &Site) {
    site.installed("1.6.0", &json!({}));
    site.by_hand(|site| {
        site.cluster.helm4(&["uninstall", NAME, "--namespace", &site.namespace]);
    });
    site.ask("one", &[]);
    site.ask("two", &[("forceAt", "two")]);
}

fn pending(site: &Site) {
    site.installed("1.6.0", &json!({}));
    site.patch("helmrelease", &json!({"spec": {"suspend": true}}));
    site.ask("one", &[]);
    site.by_hand(|site| {
        let name = |revision: u64| format!("sh.helm.release.v1.{NAME}.v{revision}");
        let path = format!("/api/v1/namespaces/{}/secrets/{}", site.namespace, name(1));
        let mut secret = site.cluster.get(&path);
        let mut payload = decode(Driver::Secret, secret["data"]["release"].as_str().unwrap().as_bytes()).unwrap().into_raw();
        payload["version"] = 2.into();
        payload["info"]["status"] = "pending-upgrade".into();
        payload["info"]["description"] = "Preparing upgrade".into();
        let text = Value::Object(payload).to_string();
        let data = pack(Driver::Secret, text.as_bytes(), Compression::fast()).unwrap();
        let labels = &mut secret["metadata"]["labels"];
        labels["version"] = "2".into();
        labels["status"] = "pending-upgrade".into();
        let metadata = json!({"labels": labels, "name": name(2), "namespace": site.namespace});
        let next = json!({
            "apiVersion": "v1", "kind": "Secret", "type": "helm.sh/release.v1", "metadata": metadata, "data": {"release": data},
        });
        site.write(&next);
    });
    site.patch("helmrelease", &json!({"spec": {"suspend": null}}));
    site.wait("the upgrade", |object| is_settled(object) && object["status"]["history"][0]["version"] == 3);
}

fn dependency(site: &Site) {
    site.repository(&site.cluster.charts().url());
    site.release("1.6.0", &json!({}), &json!({"dependsOn": [{"name": "base"}]}));
    site.wait("the dependency", |object| has_reason(object, "Ready", "DependencyNotReady"));
    site.named("base", "1.5.0", &json!({}), &json!({}));
    site.wait("the install", is_settled);
}

fn source(site: &Site) {
    site.release("1.6.0", &json!({}), &json!({}));
    site.wait("the missing source", |object| has_reason(object, "Ready", "SourceNotReady"));
    site.repository("http://127.0.0.1:9");
    let path = format!("/apis/source.toolkit.fluxcd.io/v1/namespaces/{}/helmrepositories/charts", site.namespace);
    let of_source = |reason: &str| has_reason(&site.cluster.get(&path), "Ready", reason);
    site.cluster.wait("the source to fail", LIMIT, || of_source("Failed") || of_source("IndexationFailed"));
    site.repository(&site.cluster.charts().url());
    site.wait("the install", is_settled);
    site.release("9.9.9", &json!({}), &json!({}));
    site.wait("the missing version", |object| {
        has_reason(object, "Ready", "SourceNotReady")
            && object.to_string().contains("no 'storefront' chart with version")
    });
    site.release("1.7.0", &json!({}), &json!({}));
    site.wait("the upgrade", is_settled);
}

fn values(site: &Site) {
    site.repository(&site.cluster.charts().url());
    let more = json!({"valuesFrom": [{"kind": "ConfigMap", "name": "own"}]});
    site.release("1.6.0", &json!({}), &more);
    site.wait("the missing values", |object| has_reason(object, "Ready", "ValuesError"));
    site.by_hand(|site| {
        let metadata = json!({"name": "own", "namespace": site.namespace});
        site.write(&json!({
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"values.yaml": "config: {LOG_LEVEL: debug}\n"},
        }));
    });
    site.wait("the install", is_settled);
}

fn remediated(site: &Site) {
    let more = json!({"install": {"timeout": "6s", "remediation": {"retries": 1, "remediateLastFailure": true}}});
    site.repository(&site.cluster.charts().url());
    site.release("1.6.0", &json!({"breakImage": true}), &more);
    site.wait("the last retry", is_stalled);
    site.ask("one", &[("forceAt", "one")]);
    site.ask("two", &[("resetAt", "two")]);
    site.release("1.6.0", &json!({}), &more);
    site.wait("the install", is_settled);
}

fn failed(site: &Site) {
    let more = json!({"install": {"timeout": "6s"}, "upgrade": {"timeout": "6s"}});
    site.repository(&site.cluster.charts().url());
    site.release("1.6.0", &json!({"breakImage": true}), &more);
    site.wait("the failed install", is_stalled);
    site.ask("one", &[]);
    site.ask("two", &[("forceAt", "two")]);
    site.release("1.6.0", &json!({}), &more);
    site.wait("the upgrade", is_settled);
}

fn retried(site: &Site) {
    let more = json!({"upgrade": {"timeout": "6s", "strategy": {"name": "RetryOnFailure", "retryInterval": "20s"}}});
    site.installed("1.6.0", &more);
    site.release("1.6.0", &json!({"breakImage": true}), &more);
    site.wait("the second failure", |object| {
        object["status"]["upgradeFailures"] == 2 && has_reason(object, "Reconciling", "ProgressingWithRetry")
    });
    site.release("1.6.0", &json!({}), &more);
    site.wait("the upgrade", is_settled);
}

fn warned(site: &Site) {
    site.installed("1.6.0", &json!({"driftDetection": {"mode": "warn"}}));
    site.by_hand(|site| site.patch("configmap", &json!({"data": {"LOG_LEVEL": "debug"}})));
    site.ask("one", &[]);
    site.by_hand(|site| site.kubectl(&["delete", "service", NAME]));
    site.ask("two", &[]);
    site.ask("three", &[("forceAt", "three")]);
    site.ask("four", &[]);
}

fn corrected(site: &Site) {
    site.installed("1.6.0", &json!({"driftDetection": {"mode": "enabled"}}));
    site.by_hand(|site| site.patch("configmap", &json!({"data": {"LOG_LEVEL": "debug"}})));
    site.ask("one", &[]);
    site.by_hand(|site| site.kubectl(&["delete", "service", NAME]));
    site.by_hand(|site| site.patch("deployment", &json!({"spec": {"replicas": 2}})));
    site.ask("two", &[]);
    site.ask("three", &[]);
}

/// What nobody asks for: the interval comes, and finds drift.
fn interval(site: &Site) {
    site.installed("1.6.0", &json!({"interval": "30s", "driftDetection": {"mode": "enabled"}}));
    site.by_hand(|site| site.patch("configmap", &json!({"data": {"LOG_LEVEL": "debug"}})));
    let path = format!("/api/v1/namespaces/{}/configmaps/{NAME}", site.namespace);
    site.cluster.wait("the correction", LIMIT, || site.cluster.get(&path)["data"]["LOG_LEVEL"] == "info");
    site.wait("the end of it", |object| is(object, "Drifted", "False") && is_settled(object));
}

fn tested(site: &Site) {
    let more = json!({"test": {"enable": true, "timeout": "8s"}, "upgrade": {"remediation": {"retries": 1}}});
    site.installed("1.5.0", &more);
    site.release("1.6.0", &json!({"breakTest": true}), &more);
    site.wait("the last retry", is_stalled);
    site.release("1.7.0", &json!({}), &more);
    site.wait("the upgrade", is_settled);
    site.ask("one", &[]);
    site.release("1.7.0", &json!({}), &json!({}));
    site.wait("tests to be left out", is_settled);
}

fn ignored(site: &Site) {
    let more = json!({"test": {"enable": true, "timeout": "8s", "ignoreFailures": true}});
    site.installed("1.6.0", &more);
    site.release("1.6.0", &json!({"breakTest": true}), &more);
    site.wait("the failed test", |object| is(object, "TestSuccess", "False") && is_settled(object));
    site.ask("one", &[]);
}
