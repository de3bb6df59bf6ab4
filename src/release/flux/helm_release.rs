//! The HelmRelease.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::action::{self, ActionPolicy};
use super::{
    Condition, KUSTOMIZE_GROUP, Suspension, at, condition, conditions, duration, items, object_key, reference, text,
    time,
};
use crate::release::name::effective_release_name;
use crate::release::payload::{ReleaseStatus, Revision};
use crate::release::{ObjectId, ObjectKey, Problem};

/// A HelmRelease, projected to what is shown and judged.
#[derive(Debug, Clone, PartialEq)]
pub struct HelmRelease {
    /// Its namespace and name.
    pub key: ObjectKey,
    /// `metadata.generation`.
    pub generation: Option<i64>,
    /// `metadata.creationTimestamp`.
    pub created: Option<Timestamp>,
    /// `metadata.deletionTimestamp`.
    pub deleting: Option<Timestamp>,
    /// `spec.suspend`.
    pub suspended: bool,
    /// Why, by whom and since when, where that was kept beside it.
    pub suspension: Option<Suspension>,
    /// `spec.kubeConfig` is set: objects and storage are on another cluster.
    pub remote: bool,
    /// The name of the Helm release: `status.history[0].name`, else by the rule of [`effective_release_name`].
    pub release_name: String,
    /// Where the objects go: `status.history[0].namespace`, else `spec.targetNamespace`, else its own.
    pub release_namespace: String,
    /// Where the revisions are stored: `status.storageNamespace`, else `spec.storageNamespace`, else its own.
    pub storage_namespace: String,
    /// Where the chart comes from; absent where the spec names neither `chart` nor `chartRef`.
    pub chart: Option<ChartOrigin>,
    /// `spec.dependsOn`.
    pub depends_on: Vec<ObjectKey>,
    /// `spec.values`, as the user wrote them.
    pub values: Value,
    /// `spec.valuesFrom`, in the order in which they are merged.
    pub values_from: Vec<ValuesReference>,
    /// `status.observedGeneration`.
    pub observed_generation: Option<i64>,
    /// `status.conditions`.
    pub conditions: Vec<Condition>,
    /// `status.history`, newest first.
    pub history: Vec<Snapshot>,
    /// `status.helmChart`.
    pub helm_chart: Option<ObjectKey>,
    /// `status.lastAttemptedRevision`: the chart version that was tried last.
    pub last_attempted_revision: Option<String>,
    /// `status.failures`.
    pub failures: i64,
    /// `status.installFailures`: counted against the retries of the install.
    pub install_failures: i64,
    /// `status.upgradeFailures`: counted against the retries of the upgrade.
    pub upgrade_failures: i64,
    /// The Kustomization that applied it, by the labels that kustomize-controller puts on what it applies.
    pub owner: Option<ObjectKey>,
    /// `status.inventory.entries`; `None` where the status has none: not released since helm-controller 1.5.
    pub inventory: Option<Vec<ObjectId>>,
    /// The version in which the inventory names each group and kind (`status.inventory.entries[].v`).
    pub inventory_versions: BTreeMap<(String, String), String>,
    /// `spec.dependsOn[].readyExpr`, of those that have one: the dependency counts as ready when it is true.
    pub ready_exprs: Vec<(ObjectKey, String)>,
    /// `spec.interval`: how often it is reconciled by itself.
    pub interval: Option<SignedDuration>,
    /// How an install is done, and what follows when it fails.
    pub install: ActionPolicy,
    /// How an upgrade is done, and what follows when it fails.
    pub upgrade: ActionPolicy,
    /// The timeout of a rollback.
    pub rollback_timeout: SignedDuration,
    /// The timeout of an uninstall.
    pub uninstall_timeout: SignedDuration,
    /// The timeout of the tests.
    pub test_timeout: SignedDuration,
    /// `spec.test.enable`.
    pub test_enabled: bool,
    /// `spec.test.ignoreFailures`.
    pub test_failures_ignored: bool,
    /// `spec.driftDetection.mode`.
    pub drift_mode: DriftMode,
    /// `spec.driftDetection.ignore`, as written; null where there is none.
    pub drift_ignore: Value,
    /// `spec.healthCheckExprs`, as written; null where there are none.
    pub health_check_exprs: Value,
    /// `status.lastAttemptedReleaseAction`: `install` or `upgrade`.
    pub last_attempted_action: Option<String>,
    /// `status.lastAttemptedReleaseActionDuration`.
    pub last_attempted_duration: Option<SignedDuration>,
    /// `status.lastAttemptedGeneration`.
    pub last_attempted_generation: Option<i64>,
    /// Annotation `reconcile.fluxcd.io/requestedAt`: an opaque token.
    pub requested_at: Option<String>,
    /// Annotation `reconcile.fluxcd.io/forceAt`.
    pub force_at: Option<String>,
    /// Annotation `reconcile.fluxcd.io/resetAt`.
    pub reset_at: Option<String>,
    /// `status.lastHandledReconcileAt`: written when a reconcile ends, not when it begins.
    pub last_handled_reconcile_at: Option<String>,
    /// `status.lastHandledForceAt`: written also where the token did nothing.
    pub last_handled_force_at: Option<String>,
    /// `status.lastHandledResetAt`: written also where the token did nothing.
    pub last_handled_reset_at: Option<String>,
    /// When its spec or its annotations were written last, as far as whoever read it knows; `read` leaves it empty.
    pub spec_written: Option<Timestamp>,
    /// When its status was written last, as far as whoever read it knows; `read` leaves it empty.
    pub status_written: Option<Timestamp>,
    /// What was written into it by hand although a tool keeps it as a repository has it, as far as whoever read it knows; `read`
    /// leaves it empty.
    pub hand_edits: Vec<HandEdit>,
}

/// A field of a HelmRelease that somebody wrote by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandEdit {
    /// The field, as the API server writes it in conflicts.
    pub field: String,
    /// Whose it is.
    pub manager: String,
    /// When that manager last wrote.
    pub time: Option<Timestamp>,
    /// kustomize-controller takes over what this manager wrote.
    pub is_taken_over: bool,
}

/// One entry of `spec.valuesFrom`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValuesReference {
    /// `ConfigMap` or `Secret`.
    pub kind: String,
    /// Its name, in the namespace of the HelmRelease.
    pub name: String,
    /// The key of it that is read: `values.yaml` where none is named.
    pub key: String,
    /// Where in the values it goes; `None` merges it at the top.
    pub target_path: Option<String>,
    /// Whether object and key may be missing.
    pub optional: bool,
    /// With a targetPath: the value is text, whatever it looks like. Since helm-controller 1.6.
    pub literal: bool,
}

/// Whether live objects that differ from the manifest are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DriftMode {
    /// They are put back.
    Enabled,
    /// They are told of.
    Warn,
    /// They are not looked for.
    Disabled,
}

/// One test hook of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestRun {
    /// Name of the hook.
    pub name: String,
    /// How it ended; `None` where it did not run.
    pub phase: Option<String>,
    /// When it ended.
    pub completed: Option<Timestamp>,
}

/// Where a HelmRelease takes its chart from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChartOrigin {
    /// `spec.chart`: a HelmChart is made of it.
    Template {
        /// Chart name (or path).
        chart: String,
        /// The version or range that is wanted.
        version: String,
        /// Kind of `sourceRef`.
        source_kind: String,
        /// `sourceRef`.
        source: ObjectKey,
    },
    /// `spec.chartRef`.
    Reference {
        /// Kind of the object.
        kind: String,
        /// The object.
        key: ObjectKey,
    },
}

/// One entry of `status.history`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// Name of the Helm release.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// Its revision.
    pub revision: Revision,
    /// Its status.
    pub status: ReleaseStatus,
    /// Chart name.
    pub chart_name: Option<String>,
    /// Chart version.
    pub chart_version: Option<String>,
    /// App version.
    pub app_version: Option<String>,
    /// When it was last deployed.
    pub last_deployed: Option<Timestamp>,
    /// `install`, `upgrade`, `rollback` and so on; absent once superseded.
    pub action: Option<String>,
    /// The tests that were to run.
    pub tests: Vec<TestRun>,
}

impl HelmRelease {
    /// Why it is suspended, while it is: an annotation that a resume by other means left behind says nothing any more.
    #[must_use]
    pub fn suspension(&self) -> Option<&Suspension> {
        self.suspension.as_ref().filter(|_| self.suspended)
    }

    /// The condition of a type, if it is there.
    #[must_use]
    pub fn condition(&self, kind: &str) -> Option<&Condition> {
        condition(&self.conditions, kind)
    }

    /// Reads the object as the API server sends it.
    ///
    /// # Errors
    /// When it has no name or namespace.
    pub fn read(object: &Value) -> Result<Self, Problem> {
        let key = object_key(object)?;
        let spec = at(object, "/spec");
        let status = at(object, "/status");
        let history: Vec<Snapshot> = items(at(status, "/history")).filter_map(Snapshot::read).collect();
        let newest = history.first();
        let target = text(at(spec, "/targetNamespace"));
        let release_name = newest.map_or_else(
            || effective_release_name(text(at(spec, "/releaseName")), target, &key.name),
            |snapshot| snapshot.name.clone(),
        );
        let release_namespace =
            newest.map_or_else(|| target.unwrap_or(&key.namespace).to_owned(), |snapshot| snapshot.namespace.clone());
        let storage_namespace = text(at(status, "/storageNamespace"))
            .or_else(|| text(at(spec, "/storageNamespace")))
            .unwrap_or(&key.namespace)
            .to_owned();

        let own = |pointer: &str| text(at(status, pointer)).map(str::to_owned);
        let count = |pointer: &str| at(status, pointer).as_i64().unwrap_or(0);
        let annotations = at(object, "/metadata/annotations");
        let annotation = |name: &str| annotations.get(format!("{REQUEST}/{name}")).and_then(text).map(str::to_owned);

        Ok(Self {
            generation: at(object, "/metadata/generation").as_i64(),
            created: time(at(object, "/metadata/creationTimestamp")),
            deleting: time(at(object, "/metadata/deletionTimestamp")),
            suspended: at(spec, "/suspend").as_bool().unwrap_or(false),
            suspension: Suspension::read(object),
            remote: at(spec, "/kubeConfig").is_object(),
            release_name,
            release_namespace,
            storage_namespace,
            chart: ChartOrigin::read(spec, &key.namespace),
            depends_on: items(at(spec, "/dependsOn")).filter_map(|item| reference(item, &key.namespace)).collect(),
            values: at(spec, "/values").clone(),
            values_from: items(at(spec, "/valuesFrom")).map(ValuesReference::read).collect(),
            observed_generation: at(status, "/observedGeneration").as_i64(),
            conditions: conditions(status),
            history,
            helm_chart: text(at(status, "/helmChart"))
                .and_then(|path| path.split_once('/'))
                .map(|(namespace, name)| ObjectKey::new(namespace, name)),
            last_attempted_revision: own("/lastAttemptedRevision"),
            failures: count("/failures"),
            install_failures: count("/installFailures"),
            upgrade_failures: count("/upgradeFailures"),
            owner: owner(object),
            inventory: at(status, "/inventory/entries").as_array().map(|entries| {
                entries.iter().filter_map(|entry| ObjectId::of_inventory(text(at(entry, "/id"))?)).collect()
            }),
            inventory_versions: items(at(status, "/inventory/entries"))
                .filter_map(|entry| {
                    let id = ObjectId::of_inventory(text(at(entry, "/id"))?)?;
                    Some(((id.group, id.kind), text(at(entry, "/v"))?.to_owned()))
                })
                .collect(),
            ready_exprs: items(at(spec, "/dependsOn"))
                .filter_map(|item| Some((reference(item, &key.namespace)?, text(at(item, "/readyExpr"))?.to_owned())))
                .collect(),
            interval: duration(at(spec, "/interval")),
            install: ActionPolicy::install(spec),
            upgrade: ActionPolicy::upgrade(spec),
            rollback_timeout: action::timeout(spec, "rollback"),
            uninstall_timeout: action::timeout(spec, "uninstall"),
            test_timeout: action::timeout(spec, "test"),
            test_enabled: at(spec, "/test/enable").as_bool().unwrap_or(false),
            test_failures_ignored: at(spec, "/test/ignoreFailures").as_bool().unwrap_or(false),
            drift_mode: match text(at(spec, "/driftDetection/mode")) {
                Some("enabled") => DriftMode::Enabled,
                Some("warn") => DriftMode::Warn,
                _ => DriftMode::Disabled,
            },
            drift_ignore: at(spec, "/driftDetection/ignore").clone(),
            health_check_exprs: at(spec, "/healthCheckExprs").clone(),
            last_attempted_action: own("/lastAttemptedReleaseAction"),
            last_attempted_duration: duration(at(status, "/lastAttemptedReleaseActionDuration")),
            last_attempted_generation: at(status, "/lastAttemptedGeneration").as_i64(),
            requested_at: annotation("requestedAt"),
            force_at: annotation("forceAt"),
            reset_at: annotation("resetAt"),
            last_handled_reconcile_at: own("/lastHandledReconcileAt"),
            last_handled_force_at: own("/lastHandledForceAt"),
            last_handled_reset_at: own("/lastHandledResetAt"),
            spec_written: None,
            status_written: None,
            hand_edits: Vec::new(),
            key,
        })
    }
}

impl ChartOrigin {
    fn read(spec: &Value, namespace: &str) -> Option<Self> {
        let template = at(spec, "/chart/spec");
        if template.is_object() {
            return Some(Self::Template {
                chart: text(at(template, "/chart"))?.to_owned(),
                version: text(at(template, "/version")).unwrap_or("*").to_owned(),
                source_kind: text(at(template, "/sourceRef/kind")).unwrap_or_default().to_owned(),
                source: reference(at(template, "/sourceRef"), namespace)?,
            });
        }
        let chart_ref = at(spec, "/chartRef");
        Some(Self::Reference { kind: text(at(chart_ref, "/kind"))?.to_owned(), key: reference(chart_ref, namespace)? })
    }
}

impl Snapshot {
    fn read(item: &Value) -> Option<Self> {
        let own = |key: &str| text(&item[key]).map(str::to_owned);
        Some(Self {
            name: own("name")?,
            namespace: own("namespace")?,
            revision: Revision::new(u32::try_from(at(item, "/version").as_i64()?).ok()?)?,
            status: ReleaseStatus::from(text(at(item, "/status")).unwrap_or_default()),
            chart_name: own("chartName"),
            chart_version: own("chartVersion"),
            app_version: own("appVersion"),
            last_deployed: time(at(item, "/lastDeployed")),
            action: own("action"),
            tests: at(item, "/testHooks").as_object().into_iter().flatten().map(TestRun::read).collect(),
        })
    }
}

impl ValuesReference {
    fn read(item: &Value) -> Self {
        let own = |pointer: &str| text(at(item, pointer)).map(str::to_owned);
        Self {
            kind: own("/kind").unwrap_or_else(|| "?".to_owned()),
            name: own("/name").unwrap_or_else(|| "?".to_owned()),
            key: own("/valuesKey").unwrap_or_else(|| "values.yaml".to_owned()),
            target_path: own("/targetPath"),
            optional: at(item, "/optional").as_bool().unwrap_or(false),
            literal: at(item, "/literal").as_bool().unwrap_or(false),
        }
    }
}

impl std::fmt::Display for ValuesReference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.kind, self.name)
    }
}

impl TestRun {
    fn read((name, run): (&String, &Value)) -> Self {
        Self {
            name: name.clone(),
            phase: text(at(run, "/phase")).map(str::to_owned),
            completed: time(at(run, "/lastCompleted")),
        }
    }
}

/// Prefix of the annotations by which a reconcile is asked for.
const REQUEST: &str = "reconcile.fluxcd.io";

fn owner(object: &Value) -> Option<ObjectKey> {
    let labels = at(object, "/metadata/labels");
    let label = |name: &str| labels.get(format!("{KUSTOMIZE_GROUP}/{name}")).and_then(text);
    Some(ObjectKey::new(label("namespace")?, label("name")?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// What the cause is made of; names, history and conditions are held to the recordings.
    #[test]
    fn what_a_helm_release_says_of_its_actions_and_owner_is_read() {
        let object = json!({
            "metadata": {
                "namespace": "shop", "name": "web",
                "labels": {"kustomize.toolkit.fluxcd.io/name": "apps", "kustomize.toolkit.fluxcd.io/namespace": "flux-system"},
                "annotations": {
                    "reconcile.fluxcd.io/requestedAt": "a", "reconcile.fluxcd.io/forceAt": "b", "reconcile.fluxcd.io/resetAt": "",
                },
            },
            "spec": {
                "interval": "1h30m", "timeout": "2m",
                "rollback": {"timeout": "30s"},
                "test": {"enable": true, "ignoreFailures": true},
                "driftDetection": {"mode": "warn", "ignore": [{"paths": ["/spec/replicas"]}]},
                "dependsOn": [{"name": "db", "readyExpr": "dep.x"}, {"name": "dns", "namespace": "infra"}],
                "valuesFrom": [
                    {"kind": "Secret", "name": "s", "valuesKey": "k", "targetPath": "a.b", "optional": true, "literal": true},
                    {"kind": "ConfigMap", "name": "c"},
                ],
            },
            "status": {
                "failures": 3, "installFailures": 1, "upgradeFailures": 2,
                "lastAttemptedReleaseAction": "upgrade", "lastAttemptedReleaseActionDuration": "12.5s",
                "lastAttemptedGeneration": 4, "lastHandledReconcileAt": "a", "lastHandledForceAt": "b",
                "inventory": {"entries": [{"id": "shop_web_apps_Deployment", "v": "v1"}, {"id": "broken"}]},
                "history": [{"name": "web", "namespace": "shop", "version": 2, "status": "deployed",
                    "testHooks": {"smoke": {"phase": "Failed", "lastCompleted": "2026-11-21T02:00:00Z"}, "ping": null}}],
                "conditions": [{"type": "Ready", "status": "True", "reason": "x", "message": "y", "observedGeneration": 4}],
            },
        });
        let read = HelmRelease::read(&object).unwrap();
        let text = |text: &str| Some(text.to_owned());
        let tests = vec![
            TestRun { name: "smoke".to_owned(), phase: text("Failed"), completed: "2026-11-21T02:00:00Z".parse().ok() },
            TestRun { name: "ping".to_owned(), phase: None, completed: None },
        ];
        let values = |kind: &str, name: &str, key: &str, target_path, optional| ValuesReference {
            kind: kind.to_owned(),
            name: name.to_owned(),
            key: key.to_owned(),
            target_path,
            optional,
            literal: optional,
        };
        let expected = HelmRelease {
            owner: Some(ObjectKey::new("flux-system", "apps")),
            inventory: Some(vec![ObjectId::new("apps", "Deployment", "shop", "web")]),
            ready_exprs: vec![(ObjectKey::new("shop", "db"), "dep.x".to_owned())],
            depends_on: vec![ObjectKey::new("shop", "db"), ObjectKey::new("infra", "dns")],
            interval: Some(SignedDuration::from_mins(90)),
            rollback_timeout: SignedDuration::from_secs(30),
            uninstall_timeout: SignedDuration::from_mins(2),
            test_timeout: SignedDuration::from_mins(2),
            test_enabled: true,
            test_failures_ignored: true,
            drift_mode: DriftMode::Warn,
            drift_ignore: json!([{"paths": ["/spec/replicas"]}]),
            health_check_exprs: Value::Null,
            values_from: vec![
                values("Secret", "s", "k", text("a.b"), true),
                values("ConfigMap", "c", "values.yaml", None, false),
            ],
            failures: 3,
            install_failures: 1,
            upgrade_failures: 2,
            last_attempted_action: text("upgrade"),
            last_attempted_duration: Some(SignedDuration::from_millis(12_500)),
            last_attempted_generation: Some(4),
            requested_at: text("a"),
            force_at: text("b"),
            reset_at: None,
            last_handled_reconcile_at: text("a"),
            last_handled_force_at: text("b"),
            last_handled_reset_at: None,
            spec_written: None,
            status_written: None,
            history: vec![Snapshot { tests, ..read.history.first().unwrap().clone() }],
            conditions: vec![Condition { observed_generation: Some(4), ..read.conditions.first().unwrap().clone() }],
            ..read.clone()
        };
        assert_eq!(read, expected);
    }
}
