//! Who keeps an object as a repository has it, and takes back what people write into it.
//!
//! Sources: fluxcd/kustomize-controller v1.9.4 `internal/controller/kustomization_controller.go` (apply), fluxcd/pkg/ssa v0.76.1
//! `patch.go`, `manager_apply.go`: before it applies, by force, it takes the entries of `kubectl…` and `before-first-apply` for
//! its own, so that what they hold and the repository has not goes. argoproj/argo-cd `common/common.go`: tracking.

use std::collections::BTreeMap;

use serde_json::Value;

use super::classes::{self, Class, Row};
use super::fate::Fate;
use super::{Entry, FieldSet, Operation, Path, PathElement};
use crate::release::ObjectKey;
use crate::release::flux::{HandEdit, KUSTOMIZE_GROUP};

/// The Kustomizations that may be read, and whether each is suspended.
pub type Kustomizations = BTreeMap<ObjectKey, bool>;

/// The annotations and labels by which Argo CD knows its own.
const TRACKED: [&str; 2] =
    ["/metadata/annotations/argocd.argoproj.io~1tracking-id", "/metadata/labels/argocd.argoproj.io~1instance"];

/// Who applies an object beside the release's own manager.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Parent {
    /// `Kustomization flux-system/apps`.
    name: String,
    /// It takes over what kubectl wrote.
    takes_over: bool,
    is_suspended: Option<bool>,
}

impl Parent {
    /// Reads it from labels, annotations and entries of the object.
    pub(super) fn of(object: &Value, entries: &[Entry], kustomizations: &Kustomizations) -> Option<Self> {
        let text = |at: &str| object.pointer(at).and_then(Value::as_str);
        let applies = |entry: &Entry| entry.manager == "kustomize-controller" && entry.operation == Operation::Apply;
        if !entries.iter().any(applies) {
            let tracked = TRACKED.iter().find_map(|at| text(at))?;
            let name = tracked.split_once(':').map_or(tracked, |(name, _)| name);
            return Some(Self { name: format!("Argo CD application {name}"), takes_over: false, is_suspended: None });
        }
        let label = |key: &str| text(&format!("/metadata/labels/{KUSTOMIZE_GROUP}~1{key}"));
        let key = label("namespace").zip(label("name")).map(|(namespace, name)| ObjectKey::new(namespace, name));
        Self::kustomization(key.as_ref(), policy(object)?, kustomizations)
    }

    fn kustomization(key: Option<&ObjectKey>, takes_over: bool, known: &Kustomizations) -> Option<Self> {
        let name = key.map_or_else(|| "a Kustomization".to_owned(), |key| format!("Kustomization {key}"));
        Some(Self { name, takes_over, is_suspended: key.and_then(|key| known.get(key)).copied() })
    }

    /// What becomes of a field that these managers hold and nobody else.
    pub(super) fn fate(&self, is_of_kubectl: bool) -> Fate {
        let name = &self.name;
        match (self.takes_over && is_of_kubectl, self.is_suspended) {
            (_, Some(true)) => Fate::Survives,
            (true, Some(false)) => Fate::Reverted(format!("{name} takes it back when it next reconciles")),
            (true, None) => Fate::Reverted(format!(
                "{name} takes it back when it next reconciles, unless it is suspended: that is not known"
            )),
            (false, _) => Fate::Unknown(format!("{name} sets back what its source sets, and leaves the rest")),
        }
    }

    /// That there is one, for who reads of the object.
    pub(super) fn remark(&self) -> String {
        let state =
            if self.is_suspended == Some(true) { ", and is suspended" } else { ": what its source sets, it sets back" };
        format!("{} applies it too{state}", self.name)
    }
}

/// Whether kustomize-controller takes over what kubectl wrote; `None` where it leaves the object as it is.
fn policy(object: &Value) -> Option<bool> {
    let is = |key: &str, value: &str| {
        let marks = ["labels", "annotations"].map(|marks| format!("/metadata/{marks}/{KUSTOMIZE_GROUP}~1{key}"));
        let said = marks.iter().filter_map(|at| object.pointer(at)?.as_str());
        said.map(str::to_lowercase).any(|said| said == value)
    };
    let is_left = is("reconcile", "disabled") || is("ssa", "ignore") || is("ssa", "ifnotpresent");
    (!is_left).then(|| !is("ssa", "merge"))
}

/// Whether kustomize-controller takes the entry for its own.
pub(super) fn is_of_kubectl(entry: &Entry) -> bool {
    let is_former = entry.manager.starts_with("before-first-apply") && entry.operation == Operation::Update;
    entry.subresource.is_empty() && (entry.manager.starts_with("kubectl") || is_former)
}

/// What people and unknown programs wrote into a HelmRelease that a tool keeps as a repository has it. Nothing where there is
/// no such tool: then people keep it. What asks for a reconcile is no edit.
#[must_use]
pub fn hand_edits(object: &Value, entries: &[Entry], settings: &[Row]) -> Vec<HandEdit> {
    let class = |entry: &&Entry| classes::of(&entry.manager, settings).0;
    let is_kept = |entry: &&Entry| class(entry) == Class::GitOps && entry.operation == Operation::Apply;
    let mut kept = FieldSet::default();
    let mut keepers = 0_usize;
    for entry in entries.iter().filter(is_kept) {
        keepers += 1;
        kept = entry.fields.as_ref().map_or(kept.clone(), |fields| kept.union(fields));
    }
    let mut edits = Vec::new();
    if keepers == 0 {
        return edits;
    }
    for entry in entries.iter().filter(|entry| class(entry).edits() && entry.subresource.is_empty()) {
        let Ok(fields) = &entry.fields else { continue };
        let is_taken_over = is_of_kubectl(entry) && policy(object) == Some(true);
        fields.leaves().difference(&kept).each(|path| {
            if !is_request(path) {
                let (field, manager) = (Path(path.to_vec()).to_string(), entry.manager.clone());
                edits.push(HandEdit { field, manager, time: entry.time, is_taken_over });
            }
        });
    }
    edits
}

/// Annotations that ask for something, and what stands around them.
fn is_request(path: &[PathElement]) -> bool {
    let around = [PathElement::field("metadata"), PathElement::field("annotations")];
    let is_of_flux =
        |step: &PathElement| matches!(step, PathElement::Field(name) if name.starts_with("reconcile.fluxcd.io/"));
    path == around || path.starts_with(&around) && path.get(2).is_some_and(is_of_flux)
}

/// What becomes of an edit of a HelmRelease that this Kustomization applies; without one, another tool does.
#[must_use]
pub fn fate_of_edit(edit: &HandEdit, owner: Option<&ObjectKey>, kustomizations: &Kustomizations) -> Fate {
    match owner {
        Some(key) => Parent::kustomization(Some(key), edit.is_taken_over, kustomizations)
            .map_or(Fate::Survives, |parent| parent.fate(edit.is_taken_over)),
        None => Fate::Unknown("what keeps it as a repository has it sets back what that sets".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::ownership::managed_fields;

    fn entry(manager: &str, operation: &str, fields: &Value) -> Value {
        json!({
            "manager": manager, "operation": operation, "apiVersion": "v1", "time": "2026-11-21T08:00:00Z",
            "fieldsType": "FieldsV1", "fieldsV1": fields,
        })
    }

    fn known(is_suspended: bool) -> Kustomizations {
        [(ObjectKey::new("flux-system", "apps"), is_suspended)].into()
    }

    /// Of an object with these labels and annotations, that kustomize-controller applies or not.
    fn parent(labels: &Value, annotations: &Value, is_applied: bool, known: &Kustomizations) -> Option<Parent> {
        let manager = if is_applied { "kustomize-controller" } else { "helm" };
        let entries = json!([entry(manager, "Apply", &json!({}))]);
        let object = json!({"metadata": {"labels": labels, "annotations": annotations, "managedFields": entries}});
        Parent::of(&object, &managed_fields(&object), known)
    }

    #[test]
    fn a_kustomization_takes_back_what_kubectl_wrote_unless_it_is_suspended() {
        let labels =
            json!({"kustomize.toolkit.fluxcd.io/name": "apps", "kustomize.toolkit.fluxcd.io/namespace": "flux-system"});
        let check = |known: &Kustomizations, annotations: Value, by_kubectl: Fate, by_others: Fate| {
            let parent = parent(&labels, &annotations, true, known).unwrap();
            assert_eq!((parent.fate(true), parent.fate(false)), (by_kubectl, by_others), "{annotations}");
        };
        let back = "Kustomization flux-system/apps takes it back when it next reconciles";
        let sets = || {
            Fate::Unknown(
                "Kustomization flux-system/apps sets back what its source sets, and leaves the rest".to_owned(),
            )
        };
        check(&known(false), json!({}), Fate::Reverted(back.to_owned()), sets());
        check(&known(true), json!({}), Fate::Survives, Fate::Survives);
        let unless = Fate::Reverted(format!("{back}, unless it is suspended: that is not known"));
        check(&Kustomizations::new(), json!({}), unless, sets());
        check(&known(false), json!({"kustomize.toolkit.fluxcd.io/ssa": "Merge"}), sets(), sets());
    }

    #[test]
    fn a_parent_is_one_that_applies_the_object() {
        let labels =
            json!({"kustomize.toolkit.fluxcd.io/name": "apps", "kustomize.toolkit.fluxcd.io/namespace": "flux-system"});
        let check = |labels: &Value, annotations: Value, is_applied: bool, expected: Option<&str>| {
            let found = parent(labels, &annotations, is_applied, &known(true)).map(|parent| parent.remark());
            assert_eq!(found.as_deref(), expected, "{labels} {annotations}");
        };
        check(&labels, json!({}), true, Some("Kustomization flux-system/apps applies it too, and is suspended"));
        check(&json!({}), json!({}), true, Some("a Kustomization applies it too: what its source sets, it sets back"));
        check(&labels, json!({}), false, None);
        for left in [("reconcile", "disabled"), ("ssa", "Ignore"), ("ssa", "IfNotPresent")] {
            check(&labels, json!({format!("kustomize.toolkit.fluxcd.io/{}", left.0): left.1}), true, None);
        }
        let argo = Some("Argo CD application shop applies it too: what its source sets, it sets back");
        check(&json!({}), json!({"argocd.argoproj.io/tracking-id": "shop:apps/Deployment:shop/web"}), false, argo);
        check(&json!({"argocd.argoproj.io/instance": "shop"}), json!({}), false, argo);
    }

    #[test]
    fn edits_of_a_helm_release_are_what_a_repository_does_not_hold() {
        let spec = |fields: &[&str]| {
            let fields: serde_json::Map<String, Value> =
                fields.iter().map(|name| (format!("f:{name}"), json!({}))).collect();
            json!({ "f:spec": fields })
        };
        let asked = json!({"f:metadata": {"f:annotations": {".": {}, "f:reconcile.fluxcd.io/requestedAt": {}}}});
        let by_hand = [
            entry("kubectl-edit", "Update", &spec(&["interval", "timeout"])),
            entry("flux", "Update", &spec(&["suspend"])),
            entry("kubectl-annotate", "Update", &asked),
        ];
        let check = |keepers: &[Value], expected: &[(&str, &str, bool)]| {
            let entries: Vec<Value> = keepers.iter().chain(&by_hand).cloned().collect();
            let object = json!({"metadata": {"managedFields": entries}});
            let found = hand_edits(&object, &managed_fields(&object), &[]);
            let found: Vec<_> =
                found.iter().map(|edit| (edit.field.as_str(), edit.manager.as_str(), edit.is_taken_over)).collect();
            assert_eq!(found, expected);
        };
        check(&[], &[]);
        check(
            &[entry("kustomize-controller", "Apply", &spec(&["interval", "chart"]))],
            &[(".spec.timeout", "kubectl-edit", true), (".spec.suspend", "flux", false)],
        );
    }
}
