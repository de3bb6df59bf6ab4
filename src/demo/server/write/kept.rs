//! What a server makes of what is written: empty lists and maps go, aliases are the same, its own fields stay, defaults of custom
//! kinds come.
//!
//! Rules: kubernetes/kubernetes `pkg/apis/core/v1/conversion.go`, `pkg/registry/apps/*/strategy.go`, kubernetes/apiserver
//! `pkg/registry/rest/update.go`, kubernetes/apiextensions-apiserver `pkg/apiserver/schema/defaulting`, release 1.36.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::super::kinds::Kind;
use super::filling;
use crate::schema::Typed;

/// What reading an object leaves of it, whoever wrote it.
pub(super) fn read(object: &mut Value, kind: &Kind, typed: Typed<'_>) {
    if kind.custom {
        fill_in(object, typed);
        if let (Some(metadata), Some(typed)) = (object.get_mut("metadata"), typed.field("metadata")) {
            drop_empty(metadata, typed);
        }
    } else {
        drop_empty(object, typed);
        filling::fill(object, kind);
        if let Some(pod) = pod_of(object) {
            name_account_twice(pod);
        }
        if (kind.group, kind.kind) == ("", "Secret") {
            spell_out(object);
        }
    }
}

/// Where older clients read how often the template of a DaemonSet was changed.
const TEMPLATE_GENERATION: &str = "deprecated.daemonset.template.generation";

/// What an object begins as: the server alone says what becomes of it, and how it is.
pub(super) fn begin(object: &mut Value, kind: &Kind) {
    if let Some(metadata) = metadata(object) {
        for own in ["uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "selfLink"] {
            metadata.shift_remove(own);
        }
    }
    if kind.kind == "DaemonSet"
        && let Some(metadata) = metadata(object)
    {
        let annotations = metadata.entry("annotations").or_insert_with(|| json!({}));
        if let Some(annotations) = annotations.as_object_mut() {
            annotations.entry(TEMPLATE_GENERATION).or_insert_with(|| json!("1"));
        }
    }
    let Some(fields) = object.as_object_mut() else { return };
    if kind.subresources.contains(&"status") {
        fields.shift_remove("status");
    }
}

/// A new Job says whether it finds its Pods by its uid. One of the recorded cluster may not say it, so this is no default of all.
pub(super) fn select_by_uid(object: &mut Value, kind: &Kind) {
    let spec = object.get_mut("spec").and_then(Value::as_object_mut).filter(|_| kind.kind == "Job");
    if let Some(spec) = spec {
        spec.entry("manualSelector").or_insert_with(|| json!(false));
    }
}

/// What a server says of an object of a built-in kind that it has just created.
/// Source: kubernetes/kubernetes `pkg/registry/*/*/strategy.go` (`PrepareForCreate`), `pkg/apis/*/types.go`.
pub(super) fn finish(object: &mut Value, kind: &Kind, uid: &str, shares_labels: bool) {
    let name = object.pointer("/metadata/name").cloned().unwrap_or_default();
    select_by_uid(object, kind);
    if kind.kind == "Job" && object.pointer("/spec/manualSelector") != Some(&json!(true)) {
        let labels = json!({
            "batch.kubernetes.io/controller-uid": uid, "batch.kubernetes.io/job-name": name, "controller-uid": uid,
            "job-name": name,
        });
        if let Some(spec) = object.get_mut("spec").and_then(Value::as_object_mut) {
            spec.insert("selector".to_owned(), json!({"matchLabels": {"batch.kubernetes.io/controller-uid": uid}}));
            let pods = spec.entry("template").or_insert_with(|| json!({})).as_object_mut();
            let said = pods.map(|pods| pods.entry("metadata").or_insert_with(|| json!({})));
            let told =
                said.and_then(Value::as_object_mut).map(|said| said.entry("labels").or_insert_with(|| json!({})));
            if let (Some(told), Value::Object(labels)) = (told.and_then(Value::as_object_mut), labels) {
                told.extend(labels);
            }
        }
        let labels = object.pointer("/spec/template/metadata/labels").cloned();
        // Labels that a Job took over from its Pods are one map with theirs.
        if let (true, Some(labels), Some(metadata)) = (shares_labels, labels, metadata(object)) {
            metadata.insert("labels".to_owned(), labels);
        }
    }
    let status = match kind.kind {
        "Deployment" | "Job" | "CronJob" => json!({}),
        "ReplicaSet" => json!({"replicas": 0}),
        "StatefulSet" => json!({"replicas": 0, "availableReplicas": 0}),
        "DaemonSet" => json!({
            "currentNumberScheduled": 0, "numberMisscheduled": 0, "desiredNumberScheduled": 0, "numberReady": 0,
        }),
        "Ingress" => json!({"loadBalancer": {}}),
        "HorizontalPodAutoscaler" => json!({"desiredReplicas": 0, "currentMetrics": null}),
        "PodDisruptionBudget" => json!({
            "disruptionsAllowed": 0, "currentHealthy": 0, "desiredHealthy": 0, "expectedPods": 0,
        }),
        _ => return,
    };
    if let Some(fields) = object.as_object_mut().filter(|_| !kind.custom) {
        fields.insert("status".to_owned(), status);
    }
}

/// What a replacement does not say of itself, or cannot change, is as it was.
pub(super) fn with_own_metadata(object: &mut Value, live: &Value, kind: &Kind) {
    if let (Some(metadata), Some(old)) = (metadata(object), live.get("metadata")) {
        for own in ["uid", "creationTimestamp", "generation", "deletionTimestamp", "deletionGracePeriodSeconds"] {
            match old.get(own) {
                Some(value) => drop(metadata.insert(own.to_owned(), value.clone())),
                None => drop(metadata.shift_remove(own)),
            }
        }
        if !metadata.contains_key("managedFields")
            && let Some(entries) = old.get("managedFields")
        {
            metadata.insert("managedFields".to_owned(), entries.clone());
        }
        if let (false, Some(version)) =
            (kind.custom || metadata.contains_key("resourceVersion"), old.get("resourceVersion"))
        {
            metadata.insert("resourceVersion".to_owned(), version.clone());
        }
    }
}

/// A stored object as a server reads it back: what was put without its defaults has them.
pub(super) fn as_read(live: &Arc<Value>, kind: &Kind, typed: Typed<'_>) -> Arc<Value> {
    let mut object = (**live).clone();
    read(&mut object, kind, typed);
    if object == **live { Arc::clone(live) } else { Arc::new(object) }
}

/// What a write leaves as it was is kept as it is stored, without the defaults that it was read with.
pub(super) fn as_stored(written: &mut Value, live: &Value, stored: &Value) {
    let (Some(fields), Some(stored)) = (written.as_object_mut(), stored.as_object()) else { return };
    for (name, value) in fields.iter_mut().filter(|(name, _)| *name != "metadata") {
        if let Some(before) = stored.get(name).filter(|_| live.get(name) == Some(&*value)) {
            *value = before.clone();
        }
    }
}

/// What storing an object in the place of another leaves of it.
pub(super) fn store(object: &mut Value, live: &Value, kind: &Kind) {
    if let (Some(metadata), Some(old)) = (metadata(object), live.get("metadata")) {
        for own in ["uid", "creationTimestamp", "generation", "deletionTimestamp", "deletionGracePeriodSeconds"] {
            match old.get(own) {
                Some(value) => drop(metadata.insert(own.to_owned(), value.clone())),
                None => drop(metadata.shift_remove(own)),
            }
        }
    }
    if kind.kind == "DaemonSet" {
        count_template(object, live);
    }
    if kind.kind == "Service" {
        keep_addresses(object, live);
    }
    let generation = live.pointer("/metadata/generation").and_then(Value::as_i64);
    if let (true, Some(generation), Some(metadata)) =
        (is_new_generation(object, live, kind), generation, metadata(object))
    {
        metadata.insert("generation".to_owned(), json!(generation.saturating_add(1)));
    }
}

/// What is said of an object.
pub(super) fn metadata(object: &mut Value) -> Option<&mut Map<String, Value>> {
    object.get_mut("metadata")?.as_object_mut()
}

/// What is asked of an object: all but what is said of it and how it is.
pub(super) fn wanted(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(fields) = object.as_object_mut() {
        fields.shift_remove("metadata");
        fields.shift_remove("status");
    }
    object
}

/// Whatever is wanted of an object anew counts as a generation of it; of a Deployment its annotations count too.
fn is_new_generation(object: &Value, live: &Value, kind: &Kind) -> bool {
    let annotations = |object: &Value| object.pointer("/metadata/annotations").cloned();
    wanted(object) != wanted(live) || kind.kind == "Deployment" && annotations(object) != annotations(live)
}

/// A Service keeps the addresses that it was given.
/// Source: kubernetes/kubernetes `pkg/registry/core/service/strategy.go` (`PatchAllocatedValues`).
fn keep_addresses(object: &mut Value, live: &Value) {
    let (Some(spec), Some(old)) = (object.get_mut("spec").and_then(Value::as_object_mut), live.get("spec")) else {
        return;
    };
    for given in ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"] {
        if let (false, Some(value)) = (spec.contains_key(given), old.get(given)) {
            spec.insert(given.to_owned(), value.clone());
        }
    }
}

/// How often the template of a DaemonSet was changed, which older clients read in an annotation.
fn count_template(object: &mut Value, live: &Value) {
    let counted =
        live.pointer("/metadata/annotations").and_then(|annotations| annotations.get(TEMPLATE_GENERATION)?.as_str());
    let Some(counted) = counted.and_then(|text| text.parse::<i64>().ok()) else { return };
    let is_changed = object.pointer("/spec/template") != live.pointer("/spec/template");
    let counted = counted.saturating_add(i64::from(is_changed));
    let Some(metadata) = metadata(object) else { return };
    let annotations = metadata.entry("annotations").or_insert_with(|| json!({}));
    if let Some(annotations) = annotations.as_object_mut() {
        annotations.insert(TEMPLATE_GENERATION.to_owned(), counted.to_string().into());
    }
}

/// A Secret has a type, and its text is kept as data.
/// Source: kubernetes/kubernetes `pkg/apis/core/v1/defaults.go` (`SetDefaults_Secret`), `conversion.go` (`Convert_v1_Secret_To_core_Secret`).
fn spell_out(object: &mut Value) {
    let Some(fields) = object.as_object_mut() else { return };
    if let Some(Value::Object(texts)) = fields.shift_remove("stringData") {
        let data = fields.entry("data").or_insert_with(|| json!({}));
        for (name, text) in texts {
            if let (Some(data), Some(text)) = (data.as_object_mut(), text.as_str()) {
                data.insert(name, STANDARD.encode(text).into());
            }
        }
    }
    if fields.get("type").and_then(Value::as_str).unwrap_or_default().is_empty() {
        fields.insert("type".to_owned(), json!("Opaque"));
    }
}

/// Lists and maps of the built-in kinds are left out where they are empty; structs are not.
fn drop_empty(value: &mut Value, typed: Typed<'_>) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, inner| {
                // Sets of fields are made of empty maps.
                let typed = typed.field(name).filter(|typed| name != "managedFields" && !typed.is_deduced());
                let Some(typed) = typed else { return true };
                drop_empty(inner, typed);
                let is_open =
                    typed.atom().map.as_ref().is_some_and(|map| map.fields.is_empty() && map.element.is_some());
                match inner {
                    Value::Object(fields) => !(fields.is_empty() && is_open),
                    Value::Array(items) => !items.is_empty(),
                    Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
                }
            });
        }
        Value::Array(items) => {
            if let Some(typed) = typed.element() {
                items.iter_mut().for_each(|item| drop_empty(item, typed));
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Puts defaults where a definition names some, also into what was just put.
fn fill_in(value: &mut Value, typed: Typed<'_>) {
    match value {
        Value::Object(fields) => {
            if let Some(map) = &typed.atom().map {
                for (name, slot) in &map.fields {
                    if let (false, Some(default)) = (fields.contains_key(name), &slot.default) {
                        fields.insert(name.clone(), default.clone());
                    }
                }
            }
            for (name, inner) in fields {
                if let Some(typed) = typed.field(name) {
                    fill_in(inner, typed);
                }
            }
        }
        Value::Array(items) => {
            if let Some(typed) = typed.element() {
                items.iter_mut().for_each(|item| fill_in(item, typed));
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// What describes a Pod, in an object that makes some.
fn pod_of(object: &mut Value) -> Option<&mut Map<String, Value>> {
    let at = match object.get("kind")?.as_str()? {
        "Pod" => "/spec",
        "CronJob" => "/spec/jobTemplate/spec/template/spec",
        _ => "/spec/template/spec",
    };
    object.pointer_mut(at)?.as_object_mut()
}

/// The account of a Pod stands under its old name as well.
fn name_account_twice(pod: &mut Map<String, Value>) {
    let named = |name: &str| pod.get(name).filter(|value| value.as_str().is_some_and(|text| !text.is_empty())).cloned();
    if let Some(account) = named("serviceAccountName").or_else(|| named("serviceAccount")) {
        pod.insert("serviceAccountName".to_owned(), account.clone());
        pod.insert("serviceAccount".to_owned(), account);
    }
}

/// Whether an amount is written in another form than a server keeps: `0.1` is kept as `100m`.
pub(super) fn has_odd_amount(value: &Value) -> bool {
    match value {
        Value::Object(fields) => fields.iter().any(|(name, inner)| match name.as_str() {
            "limits" | "requests" | "hard" | "capacity" => {
                inner.as_object().is_some_and(|amounts| amounts.values().any(|amount| !is_kept(amount)))
            }
            "sizeLimit" | "divisor" | "averageValue" => !is_kept(inner),
            _ => has_odd_amount(inner),
        }),
        Value::Array(items) => items.iter().any(has_odd_amount),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// Source: kubernetes/apimachinery `pkg/api/resource/quantity.go`: an integer without zeros in front, in the largest unit in
/// which it is one.
fn is_kept(amount: &Value) -> bool {
    let Some(text) = amount.as_str() else { return false };
    let (digits, unit) = text.split_at(text.find(|sign: char| !sign.is_ascii_digit()).unwrap_or(text.len()));
    let step = match unit {
        "n" | "u" | "m" | "" | "k" | "M" | "G" | "T" | "P" => 1000,
        "Ki" | "Mi" | "Gi" | "Ti" | "Pi" => 1024,
        _ => return false,
    };
    text == "0" || !digits.starts_with('0') && digits.parse::<u64>().is_ok_and(|number| number % step != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_kept_in_one_form() {
        for kept in ["0", "1", "100m", "64Mi", "1500m", "10", "3k", "1Gi", "1025Ki"] {
            assert!(is_kept(&json!(kept)), "{kept}");
        }
        for other in
            [json!("0.1"), json!("1000m"), json!("1024Mi"), json!("1e3"), json!(1), json!("01"), json!(""), json!("00")]
        {
            assert!(!is_kept(&other), "{other}");
        }
        let limited = |amount: Value| json!({"spec": [{"resources": {"limits": {"cpu": amount}}}]});
        assert!(has_odd_amount(&limited(json!("0.5"))));
        assert!(!has_odd_amount(&limited(json!("500m"))));
    }
}
