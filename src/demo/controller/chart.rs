//! What a chart makes of values, for the one chart that stands behind most releases of the demo.
//!
//! The demo has no templates: a chart in a version is known by the payloads that were stored of it, and what its values do to the
//! objects is told here, as `templates/all.yaml` of the recorded chart does it. Values without a rule here change nothing.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::storage::Stored;
use crate::release::manifest;
use crate::release::values::coalesce;
use crate::release::yaml;

/// The annotation by which the demo's Pods fail: `image` or `crash`.
pub const FAILS: &str = "demo.example.com/fail";

/// Payloads by chart and version, and by the release that they are of; what repositories were seen to hold, by their URL.
#[derive(Debug, Default)]
pub struct Charts(BTreeMap<(String, String), OfReleases>, BTreeMap<String, Value>);

/// By namespace and name.
type OfReleases = BTreeMap<(String, String), Map<String, Value>>;

impl Charts {
    /// Remembers the chart of a stored revision.
    pub fn learn(&mut self, stored: &Stored) {
        let payload = &stored.payload;
        let of = |key: &str| payload.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (chart, version) = (metadata(payload, "name"), metadata(payload, "version"));
        let release = (of("namespace"), of("name"));
        self.0.entry((chart, version)).or_default().entry(release).or_insert_with(|| payload.clone());
    }

    /// Remembers what a repository holds, where it was fetched.
    pub fn learn_repository(&mut self, repository: &Value) {
        let url = repository.pointer("/spec/url").and_then(Value::as_str);
        // What is left of another generation may be of another URL.
        let is_of_this = repository.pointer("/metadata/generation") == repository.pointer("/status/observedGeneration");
        if let (Some(url), Some(artifact), true) = (url, repository.pointer("/status/artifact"), is_of_this) {
            self.1.insert(url.trim_end_matches('/').to_owned(), artifact.clone());
        }
    }

    /// What is fetched from a URL, where there is a repository.
    #[must_use]
    pub fn index(&self, url: &str) -> Option<&Value> {
        self.1.get(url)
    }

    /// Whether none is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the version of a chart is known.
    #[must_use]
    pub fn has(&self, chart: &str, version: &str) -> bool {
        self.0.contains_key(&(chart.to_owned(), version.to_owned()))
    }

    /// What would be stored of a release with these values, all but its revision and what is said of it.
    ///
    /// # Errors
    /// Where the templates of the chart fail, in Helm's words.
    pub fn render(
        &self,
        chart: &str,
        version: &str,
        release: (&str, &str),
        config: &Map<String, Value>,
    ) -> Result<Map<String, Value>, String> {
        let known = self.0.get(&(chart.to_owned(), version.to_owned()));
        let (namespace, name) = release;
        let own = known.and_then(|of| of.get(&(namespace.to_owned(), name.to_owned())));
        // A name that the chart has too could not be told from it.
        let other =
            || known?.iter().find(|((_, other), _)| other != chart).map(|(of, payload)| renamed(payload, of, release));
        let Some(mut payload) = own.cloned().or_else(other) else {
            return Err(format!("chart \"{chart}\" version \"{version}\" not found"));
        };
        let defaults = payload.get("chart").and_then(|chart| chart.get("values")).and_then(Value::as_object);
        let values = Value::Object(coalesce(&defaults.cloned().unwrap_or_default(), config));
        if truth(&values, "/breakTemplate") {
            let place = format!("execution error at ({chart}/templates/all.yaml:1:34)");
            return Err(format!("{place}: values.breakTemplate is set"));
        }
        if payload.get("config").and_then(Value::as_object).cloned().unwrap_or_default() != *config {
            let text = payload.get("manifest").and_then(Value::as_str).unwrap_or_default();
            let text =
                manifest::split(text).iter().filter_map(|document| written(document, &values)).collect::<String>();
            payload.insert("manifest".to_owned(), text.into());
        }
        payload.insert("config".to_owned(), config.clone().into());
        let hooks = payload.get_mut("hooks").and_then(Value::as_array_mut);
        for hook in hooks.into_iter().flatten().filter_map(Value::as_object_mut) {
            let manifest = hook.get("manifest").and_then(Value::as_str).unwrap_or_default();
            if let Some(tested) = test(manifest, &values) {
                hook.insert("manifest".to_owned(), tested.into());
            }
        }
        let hooks = payload.get_mut("hooks").and_then(Value::as_array_mut);
        for hook in hooks.into_iter().flatten().filter_map(Value::as_object_mut) {
            hook.insert("last_run".to_owned(), json!({"phase": ""}));
        }
        Ok(payload)
    }
}

fn metadata(payload: &Map<String, Value>, key: &str) -> String {
    let metadata = payload.get("chart").and_then(|chart| chart.get("metadata"));
    metadata.and_then(|metadata| metadata.get(key)?.as_str()).unwrap_or_default().to_owned()
}

/// The payload of another release under this one's name.
fn renamed(payload: &Map<String, Value>, from: &(String, String), to: (&str, &str)) -> Map<String, Value> {
    let mut payload = payload.clone();
    // Both labels of the origin stand in the manifest; the namespace nowhere else.
    let word = |text: &str| {
        let label = |name: &str| format!("helm.toolkit.fluxcd.io/namespace: {name}\n");
        let own = text.replace(&label(&from.0), "\u{0}");
        own.replace(&from.1, to.1).replace('\u{0}', &label(to.0))
    };
    for key in ["manifest", "hooks"] {
        let Some(field) = payload.get_mut(key) else { continue };
        change_texts(field, &word);
    }
    payload.insert("name".to_owned(), to.1.into());
    payload.insert("namespace".to_owned(), to.0.into());
    payload
}

fn change_texts(value: &mut Value, change: &impl Fn(&str) -> String) {
    match value {
        Value::String(text) => *text = change(text),
        Value::Array(items) => items.iter_mut().for_each(|item| change_texts(item, change)),
        Value::Object(fields) => fields.values_mut().for_each(|field| change_texts(field, change)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// A document of the manifest with other values; `None` where they leave the object out.
fn written(document: &manifest::Document<'_>, values: &Value) -> Option<String> {
    let source = document.text.lines().next().filter(|line| line.starts_with('#')).unwrap_or_default();
    let as_it_was = || Some(format!("---\n{}\n", document.text.trim_end()));
    let Ok(mut object) = yaml::to_json(document.text) else { return as_it_was() };
    let before = object.clone();
    let kind = object.get("kind").and_then(Value::as_str).unwrap_or_default().to_owned();
    match kind.as_str() {
        "ConfigMap" => set(&mut object, "/data", values.get("config")),
        "Deployment" => deployment(&mut object, values),
        "HorizontalPodAutoscaler" if !truth(values, "/autoscaling/enabled") => return None,
        "HorizontalPodAutoscaler" => {
            set(&mut object, "/spec/minReplicas", values.pointer("/autoscaling/min"));
            set(&mut object, "/spec/maxReplicas", values.pointer("/autoscaling/max"));
        }
        "Ingress" if !truth(values, "/ingress/enabled") => return None,
        "Ingress" => set(&mut object, "/spec/rules/0/host", values.pointer("/ingress/host")),
        _ => {}
    }
    if object == before {
        return as_it_was();
    }
    let text = serde_yaml::to_string(&object).unwrap_or_default();
    Some(format!("---\n{source}\n{text}\n"))
}

fn deployment(object: &mut Value, values: &Value) {
    let replicas = values.get("replicas").filter(|_| !truth(values, "/autoscaling/enabled"));
    if let Some(spec) = object.get_mut("spec").and_then(Value::as_object_mut) {
        match replicas {
            Some(replicas) => drop(spec.insert("replicas".to_owned(), replicas.clone())),
            None => drop(spec.shift_remove("replicas")),
        }
    }
    let text = |pointer: &str| values.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let image = format!("{}:{}", text("/image/repository"), text("/image/tag"));
    set(object, "/spec/template/spec/containers/0/image", Some(&image.into()));
    set(object, "/spec/template/spec/containers/0/resources", values.get("resources"));
    let fails = match (truth(values, "/breakImage"), truth(values, "/breakStart")) {
        (true, _) => Some("image"),
        (false, true) => Some("crash"),
        (false, false) => None,
    };
    if let Some(metadata) = object.pointer_mut("/spec/template/metadata").and_then(Value::as_object_mut) {
        match fails {
            Some(how) => drop(metadata.insert("annotations".to_owned(), json!({FAILS: how}))),
            None => drop(metadata.shift_remove("annotations")),
        }
    }
}

/// The manifest of a test that fails, or does not any more; `None` where nothing changes.
fn test(manifest: &str, values: &Value) -> Option<String> {
    let mut object = yaml::to_json(manifest).ok()?;
    let annotations = object.pointer_mut("/metadata/annotations")?.as_object_mut()?;
    let is_test = annotations.get("helm.sh/hook").is_some_and(|hook| hook == "test");
    let fails = truth(values, "/breakTest");
    if !is_test || fails == annotations.contains_key(FAILS) {
        return None;
    }
    if fails {
        annotations.insert(FAILS.to_owned(), "crash".into());
    } else {
        annotations.shift_remove(FAILS);
    }
    serde_yaml::to_string(&object).ok()
}

fn set(object: &mut Value, pointer: &str, value: Option<&Value>) {
    if let (Some(place), Some(value)) = (object.pointer_mut(pointer), value) {
        *place = value.clone();
    }
}

fn truth(values: &Value, pointer: &str) -> bool {
    values.pointer(pointer).and_then(Value::as_bool).unwrap_or_default()
}
