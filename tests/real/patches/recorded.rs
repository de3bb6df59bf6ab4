//! The objects of the demo's recorded cluster, each asked the same.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::{Value, json};
use wheelhouse::demo::bundle::Bundle;

use super::{Form, Story};

/// The kinds of which objects are asked about, and where they are served. Pods, what Jobs make and stored revisions are not: no
/// release writes them.
const KINDS: &[(&str, &str, &str)] = &[
    ("ConfigMap", "api/v1", "configmaps"),
    ("Secret", "api/v1", "secrets"),
    ("Service", "api/v1", "services"),
    ("ServiceAccount", "api/v1", "serviceaccounts"),
    ("PersistentVolumeClaim", "api/v1", "persistentvolumeclaims"),
    ("Deployment", "apis/apps/v1", "deployments"),
    ("StatefulSet", "apis/apps/v1", "statefulsets"),
    ("DaemonSet", "apis/apps/v1", "daemonsets"),
    ("CronJob", "apis/batch/v1", "cronjobs"),
    ("HorizontalPodAutoscaler", "apis/autoscaling/v2", "horizontalpodautoscalers"),
    ("Ingress", "apis/networking.k8s.io/v1", "ingresses"),
    ("PodDisruptionBudget", "apis/policy/v1", "poddisruptionbudgets"),
    ("HelmRelease", "apis/helm.toolkit.fluxcd.io/v2", "helmreleases"),
    ("Kustomization", "apis/kustomize.toolkit.fluxcd.io/v1", "kustomizations"),
    ("HelmRepository", "apis/source.toolkit.fluxcd.io/v1", "helmrepositories"),
    ("HelmChart", "apis/source.toolkit.fluxcd.io/v1", "helmcharts"),
    ("Certificate", "apis/certs.example.com/v1", "certificates"),
    ("Dashboard", "apis/dashboards.example.com/v1", "dashboards"),
];

/// Most objects of one kind: many are copies of each other.
const MOST: usize = 12;

/// What an upgrade would change, where there is such a field.
const CHANGED: &[(&str, &str)] = &[
    ("/metadata/labels/app.kubernetes.io~1version", r#""9.9.9""#),
    ("/metadata/labels/helm.sh~1chart", r#""chart-9.9.9""#),
    ("/spec/replicas", "7"),
    ("/spec/maxReplicas", "17"),
    ("/spec/minAvailable", "7"),
    ("/spec/interval", r#""17m0s""#),
    ("/spec/schedule", r#""7 7 * * *""#),
    ("/spec/template/spec/containers/0/image", r#""registry.example.com/other:9""#),
    ("/spec/template/spec/containers/0/env/0/value", r#""other""#),
    ("/spec/template/spec/terminationGracePeriodSeconds", "17"),
    ("/spec/ports/0/targetPort", "1717"),
];

pub(super) fn cases() -> Vec<Story> {
    let objects = Bundle::embedded().unwrap().objects(Timestamp::UNIX_EPOCH).unwrap();
    let mut stories = Vec::new();
    for (kind, root, plural) in KINDS {
        let mut seen = BTreeSet::new();
        let of_kind = objects.iter().filter(|object| object["kind"] == *kind && is_wanted(object));
        for object in of_kind.filter(|object| seen.insert(looks(object))).take(MOST) {
            let name = object["metadata"]["name"].as_str().unwrap();
            let number = stories.len();
            let story = Story::new(format!("recorded_{number}"), (root, plural)).named(name).whole(object);
            stories.push(asked(story, object));
        }
    }
    stories
}

fn is_wanted(object: &Value) -> bool {
    object["metadata"].get("managedFields").is_some_and(|entries| entries.as_array().is_some_and(|all| !all.is_empty()))
        && object["metadata"].get("deletionTimestamp").is_none()
        && object["type"] != "helm.sh/release.v1"
        && object["metadata"]["labels"]["owner"] != "helm"
}

/// Who holds what of it.
fn looks(object: &Value) -> String {
    let entries = object["metadata"]["managedFields"].as_array().unwrap();
    entries.iter().map(|entry| format!("{} {} {} ", entry["manager"], entry["operation"], entry["fieldsV1"])).collect()
}

fn asked(story: Story, object: &Value) -> Story {
    let own = object["metadata"]["managedFields"].as_array().unwrap();
    let applied = own.iter().find(|entry| entry["operation"] == "Apply").or(own.first()).unwrap();
    let own = applied["manager"].as_str().unwrap();
    let whole = configuration(object);
    let name = &object["metadata"]["name"];
    let mut changed = whole.clone();
    for (at, value) in CHANGED {
        if let Some(field) = changed.pointer_mut(at) {
            *field = serde_json::from_str(value).unwrap();
        }
    }
    if let Some(Value::Object(data)) = changed.get_mut("data")
        && object["kind"] == "ConfigMap"
    {
        data.values_mut().take(2).for_each(|value| *value = json!("other"));
    }
    let bare = json!({"apiVersion": object["apiVersion"], "kind": object["kind"], "metadata": {"name": name}});
    let mut noted = bare.clone();
    noted["metadata"]["annotations"] = json!({"example.com/note": "1"});
    let taken = json!({"metadata": {"labels": null, "annotations": {"example.com/note": "1"}}});
    story
        .apply("newcomer", &whole)
        .apply_and_force("newcomer", &changed)
        .apply("newcomer", &noted)
        .apply(own, &whole)
        .apply_and_force(own, &changed)
        .apply(own, &bare)
        .tried("kubectl-label", Form::Merge, &json!({"metadata": {"labels": {"example.com/new": "1"}}}))
        .tried("kubectl-edit", Form::Merge, &taken)
        .tried("kubectl-patch", Form::Strategic, &json!({"metadata": {"annotations": {"example.com/note": "2"}}}))
}

/// What one would apply to make an object as this one is.
fn configuration(object: &Value) -> Value {
    let mut configuration = object.clone();
    let fields = configuration.as_object_mut().unwrap();
    fields.shift_remove("status");
    let metadata = fields["metadata"].as_object_mut().unwrap();
    metadata.retain(|field, _| ["name", "labels", "annotations"].contains(&field.as_str()));
    configuration
}
