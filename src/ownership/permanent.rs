//! What makes a hotfix permanent: the values that likely set its field, or else a patch after rendering, which always works.
//!
//! Which value sets a field only the templates of the chart decide. What is offered is told by value and name alone, and says so.
//!
//! Sources: fluxcd/helm-controller v1.6 `api/v2` (`spec.values`, `spec.postRenderers[].kustomize.patches`).

mod candidates;
mod image;

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use super::found::Finding;
use super::json_patch::Operation;
use super::report::{ObjectReport, Told, gvk};
use super::words::text_of;
use crate::release::payload::Payload;
use crate::release::text::{self, Lines};
use crate::release::{ObjectKey, Release};
pub use candidates::Candidate;
use candidates::{Wanted, candidates, coalesced};

/// The values of a release, and where they are written.
#[derive(Debug)]
pub struct Values {
    all: Value,
    app_version: Option<String>,
    /// The HelmRelease that holds them.
    flux: Option<ObjectKey>,
    /// It takes more values from elsewhere.
    is_merged: bool,
}

impl Values {
    /// Those of the latest revision.
    #[must_use]
    pub fn of(release: &Release, payload: &Payload) -> Self {
        let nothing = Map::new();
        let (chart, user) = (payload.chart_values().unwrap_or(&nothing), payload.config().unwrap_or(&nothing));
        let helm_release = release.helm_release.as_ref();
        Self {
            all: coalesced(chart, user),
            app_version: payload.metadata().and_then(|metadata| metadata.app_version.map(str::to_owned)),
            flux: helm_release.map(|object| object.key.clone()),
            is_merged: helm_release.is_some_and(|object| !object.values_from.is_empty()),
        }
    }
}

/// What makes one hotfix permanent.
#[derive(Debug, Clone, PartialEq)]
pub struct Permanent {
    /// Values that may set it, the likeliest first.
    pub candidates: Vec<Candidate>,
    /// The first candidate is the only one that fits well.
    pub is_clear: bool,
    /// The patch after rendering, on the object of the manifest. None where it would show a secret.
    pub patch: Option<Vec<Value>>,
    /// Why there is nothing to offer at all.
    pub withheld: Option<String>,
}

/// What makes a finding permanent.
#[must_use]
pub fn permanent(object: &ObjectReport, told: &Told, values: &Values) -> Permanent {
    let Finding { path, manifest, live, .. } = &told.finding;
    let hidden =
        |operation: &Operation| operation.value.as_ref().is_some_and(|value| object.hides(&operation.path, value));
    let is_secret = [manifest, live].into_iter().flatten().any(|value| object.hides(path, value));
    if is_secret || told.keep.iter().any(hidden) {
        let why = "its value is secret and is not shown: change it where the chart takes it from".to_owned();
        return Permanent { candidates: Vec::new(), is_clear: false, patch: None, withheld: Some(why) };
    }
    let (found, is_clear) = match live {
        Some(live) => {
            let wanted = Wanted { object, path, manifest: manifest.as_ref(), live };
            let (found, is_clear) = candidates(&wanted, &values.all, values.app_version.as_deref());
            let is_open = |candidate: &Candidate| object.masker.values(&candidate.patch) == candidate.patch;
            let hides_first = found.first().is_some_and(|first| !is_open(first));
            (found.into_iter().filter(is_open).collect(), is_clear && !hides_first)
        }
        // Somebody took it away: no value says that a field is not to be.
        None => (Vec::new(), false),
    };
    let patch = told.keep.iter().map(Operation::to_value).collect();
    Permanent { candidates: found, is_clear, patch: Some(patch), withheld: None }
}

/// What makes findings permanent, as YAML that can be copied: the clear values as one document, the rest told in comments.
#[must_use]
pub fn document(findings: &[(&ObjectReport, &Told)], values: &Values) -> String {
    let told: Vec<_> =
        findings.iter().map(|(object, told)| (*object, *told, permanent(object, told, values))).collect();
    let mut clear = Map::new();
    let (mut likely, mut open, mut rest) = (String::new(), String::new(), Vec::new());
    for (object, told, permanent) in &told {
        let field = format!("{} {} {}", object.kind, object.name, told.finding.path);
        let field = one_line(&field);
        if let Some(why) = &permanent.withheld {
            open.push_str(&format!("# {field}: {why}\n"));
            continue;
        }
        match permanent.candidates.as_slice() {
            [first, ..] if permanent.is_clear => {
                likely.push_str(&format!("# likely: {} sets {field}\n", one_line(&first.words())));
                let merged = first.patch.as_object().map(|patch| coalesced(&clear, patch));
                if let Some(Value::Object(merged)) = merged {
                    clear = merged;
                }
            }
            [] => {
                open.push_str(&format!("# {field}: {}\n", one_line(&nothing_has(told))));
                rest.push((*object, permanent));
            }
            several => {
                open.push_str(&format!("# {field}: not clear which value sets it\n"));
                for candidate in several {
                    let why = if candidate.is_named { "" } else { ", called otherwise" };
                    open.push_str(&format!("#   {}{why}:\n", one_line(&candidate.words())));
                    yaml(&values.placed(&candidate.patch)).lines().for_each(|line| {
                        open.push_str(&format!("#     {line}\n"));
                    });
                }
                rest.push((*object, permanent));
            }
        }
    }
    let mut out = String::new();
    if !likely.is_empty() {
        out.push_str(&likely);
        out.push_str("# told by value and name; only the chart's templates decide, so compare what is rendered\n");
        out.push_str(&values.remark());
        out.push_str(&yaml(&values.placed(&Value::Object(clear))));
    }
    if !open.is_empty() {
        out.push_str(if out.is_empty() { "" } else { "\n" });
        out.push_str(&open);
    }
    let patches = patches(&rest);
    if !patches.is_empty() {
        out.push_str(if out.is_empty() { "" } else { "---\n" });
        let (remark, document) = match &values.flux {
            Some(key) => (
                format!("# patched after rendering, which always works; beside what HelmRelease {}/{} has there\n", key.namespace, key.name),
                json!({"spec": {"postRenderers": [{"kustomize": {"patches": patches}}]}}),
            ),
            None => (
                "# patched after rendering, which always works: a kustomization.yaml for helm upgrade --post-renderer\n".to_owned(),
                json!({"resources": ["all.yaml"], "patches": patches}),
            ),
        };
        out.push_str(&remark);
        out.push_str(&yaml(&document));
    }
    out
}

impl Values {
    /// Values where they are written.
    fn placed(&self, values: &Value) -> Value {
        match &self.flux {
            Some(_) => json!({"spec": {"values": values}}),
            None => values.clone(),
        }
    }

    fn remark(&self) -> String {
        match &self.flux {
            Some(key) => {
                let more = if self.is_merged { ", over what its valuesFrom says" } else { "" };
                format!("# into HelmRelease {}/{}{more}\n", key.namespace, key.name)
            }
            None => "# as one more file of helm upgrade -f\n".to_owned(),
        }
    }
}

impl Candidate {
    fn words(&self) -> String {
        format!("{} (now {})", self.place, self.now)
    }
}

/// What cannot leave its line: a comment ends with it.
fn one_line(said: &str) -> Cow<'_, str> {
    text::harmless(said, Lines::Join)
}

fn nothing_has(told: &Told) -> String {
    match (&told.finding.manifest, &told.finding.live) {
        (_, None) => "somebody took it away, which no value says".to_owned(),
        (None, _) => "no value of the chart is called like what is around it".to_owned(),
        (Some(Value::Object(_) | Value::Array(_)), _) => "no value of the chart has this".to_owned(),
        (Some(value), _) => format!("no value of the chart has {} under such a name", text_of(value)),
    }
}

/// One patch an object.
fn patches(rest: &[(&ObjectReport, &Permanent)]) -> Vec<Value> {
    let mut all: Vec<(Value, Vec<Value>)> = Vec::new();
    for (object, permanent) in rest {
        let Some(operations) = permanent.patch.as_ref().filter(|operations| !operations.is_empty()) else { continue };
        let of = gvk(&json!({"apiVersion": object.api_version, "kind": object.kind}));
        let mut target = json!({"version": of.version, "kind": of.kind, "name": object.name});
        if let (Some(target), false) = (target.as_object_mut(), of.group.is_empty()) {
            target.insert("group".to_owned(), of.group.into());
        }
        match all.iter_mut().find(|(known, _)| *known == target) {
            Some((_, known)) => known.extend(operations.iter().cloned()),
            None => all.push((target, operations.clone())),
        }
    }
    let patch =
        |(target, operations): (Value, Vec<Value>)| json!({"target": target, "patch": yaml(&operations.into())});
    all.into_iter().map(patch).collect()
}

/// As YAML that readers of YAML 1.1, kustomize and Helm among them, take for the same: the writer knows 1.2 alone, and leaves
/// `on` and `no` as they are.
pub(crate) fn yaml(value: &Value) -> String {
    let text = match serde_yaml::to_string(value) {
        Ok(text) => text,
        Err(error) => return format!("# cannot be written as YAML: {error}\n"),
    };
    // How deep the line stands under which a text of several lines goes on.
    let mut block: Option<usize> = None;
    let lines = text.lines().map(|line| {
        let depth = line.len() - line.trim_start().len();
        if line.trim().is_empty() || block.is_some_and(|outer| depth > outer) {
            return format!("{line}\n");
        }
        let rest = line.trim_start();
        let items = rest.len() - rest.trim_start_matches("- ").len();
        block = line.ends_with(['|', '>', '-', '+']).then_some(depth + items).filter(|_| is_block(line));
        let (lead, rest) = line.split_at_checked(depth + items).unwrap_or((line, ""));
        match rest.split_once(": ") {
            Some((key, value)) => format!("{lead}{}: {}\n", quoted(key), quoted(value)),
            None => match rest.strip_suffix(':') {
                Some(key) => format!("{lead}{}:\n", quoted(key)),
                None => format!("{lead}{}\n", quoted(rest)),
            },
        }
    });
    lines.collect()
}

fn is_block(line: &str) -> bool {
    let end = line.rsplit(' ').next().unwrap_or_default();
    end.starts_with(['|', '>'])
}

/// In quotes, where YAML 1.1 reads it as a truth value.
fn quoted(scalar: &str) -> String {
    const TRUTHS: &[&str] = &["y", "yes", "n", "no", "on", "off"];
    match TRUTHS.iter().any(|truth| truth.eq_ignore_ascii_case(scalar)) {
        true => format!("'{scalar}'"),
        false => scalar.to_owned(),
    }
}

#[cfg(test)]
mod tests;
