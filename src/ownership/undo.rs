//! The command that takes a hotfix or leftover back, and what of it remains.
//!
//! A client-side release is undone under its own manager's name: so its next patch would leave it. Under server-side apply nobody
//! but the release's writer can write by its name *and* its way (an Update by that name would be another manager, which the server
//! lets conflict with the Apply), so there the command writes by its own name, and what that means later is said.
//!
//! Sources: kubernetes/kubectl v0.36 `pkg/cmd/{scale,set/set_image,annotate,label,patch}` (flags, names of managers); that a field
//! which is taken away is taken from all its managers, sigs.k8s.io/structured-merge-diff v6 `merge/update.go`.

use serde_json::Value;

use super::classes::Class;
use super::fate::Fate;
use super::json_patch::{Does, Operation};
use super::own::{Managers, Method};
use super::report::{ObjectReport, Told};
use super::{Operation as Way, PathElement};

/// How a hotfix is taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undo {
    /// The command, quoted for a shell; or why there is none.
    pub command: Result<String, String>,
    /// What remains of it, and what comes by itself.
    pub remarks: Vec<String>,
}

/// Of which release.
#[derive(Debug, Clone, Copy)]
pub struct Of<'a> {
    /// Its managers.
    pub managers: &'a Managers,
    /// Its next write takes what others own.
    pub is_forced: bool,
    /// The context of the kubeconfig; none where there is no kubeconfig.
    pub context: Option<&'a str>,
}

/// The kinds that `kubectl set image` and `kubectl scale` know.
const WITH_TEMPLATES: &[&str] = &["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"];
const SCALED: &[&str] = &["Deployment", "StatefulSet", "ReplicaSet"];

/// The command that undoes a finding.
#[must_use]
pub fn undo(object: &ObjectReport, told: &Told, of: Of<'_>) -> Undo {
    let Some(change) = told.back.last() else {
        return Undo { command: Err("there is nothing to undo".to_owned()), remarks: Vec::new() };
    };
    let put = change.value.as_ref();
    if put.is_some_and(|value| object.hides(&change.path, value)) {
        let command = Err("the manifest's value is secret and is not shown: take it from the chart".to_owned());
        return Undo { command, remarks: Vec::new() };
    }
    let (mut words, manager, can_name) = chosen(object, told, change, of.managers.method);
    if !object.namespace.is_empty() {
        words.extend(["-n".to_owned(), object.namespace.clone()]);
    }
    words.extend(of.context.into_iter().flat_map(|context| ["--context".to_owned(), context.to_owned()]));
    let is_own = of.managers.method == Method::ClientSide && can_name;
    if is_own {
        words.push(format!("--field-manager={}", of.managers.own));
    }
    let command = words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ");
    let mut remarks = Vec::new();
    if put.is_some() && !is_own {
        let own = &of.managers.own;
        remarks.push(match (of.managers.method, of.is_forced) {
            (Method::ServerSide, false) => format!(
                "{manager} then holds the field, with the manifest's value: an upgrade that changes it is refused, unless with \
                 --force-conflicts"
            ),
            (Method::ServerSide, true) => {
                format!("{manager} then holds the field, with the manifest's value, until a change of the chart takes it over")
            }
            (Method::ClientSide, _) => format!("{manager} then holds the field beside {own}; no upgrade minds"),
        });
    }
    // What the server fills in counts as written by whoever took the field away.
    if put.is_none() && !is_own && words.get(1).is_some_and(|verb| verb == "patch") {
        remarks.push(format!("where the server sets a default instead, {manager} then holds that"));
    }
    let entries = told.finding.holders.iter().filter_map(|holder| object.blame.entries.get(*holder));
    // A former manager applies nothing any more.
    let applies = |manager: &str| of.managers.class(manager).0 != Class::Former;
    for entry in entries.filter(|entry| entry.operation == Way::Apply && applies(&entry.manager)) {
        remarks
            .push(format!("{} applies it: its next apply sets it again, unless it is taken out there", entry.manager));
    }
    match &told.fate {
        Fate::Overwritten | Fate::Removed => remarks.push("the next upgrade undoes it as well".to_owned()),
        Fate::Reverted(who) => remarks.push(who.clone()),
        Fate::Corrected => remarks.push("the next reconcile undoes it by itself".to_owned()),
        Fate::Survives | Fate::Stays | Fate::Blocks(_) | Fate::Armed | Fate::TakenOver | Fate::Unknown(_) => {}
    }
    Undo { command: Ok(command), remarks }
}

/// The words of the command, the manager by whose name it writes, and whether it can be given another.
fn chosen(object: &ObjectReport, told: &Told, change: &Operation, method: Method) -> (Vec<String>, &'static str, bool) {
    let place = place(object);
    let of = |words: &[&str]| ["kubectl"].iter().chain(words).map(|word| (*word).to_owned()).collect::<Vec<String>>();
    let path: Vec<&str> = change.path.0.iter().map(name_of).collect();
    let (put, live) = (&change.value, &told.finding.live);
    // What a terminal would act on stands in a patch as JSON writes it.
    let is_harmless = |text: &str| !text.chars().any(char::is_control);
    let all_harmless =
        path.iter().all(|name| is_harmless(name)) && put.as_ref().and_then(Value::as_str).is_none_or(is_harmless);
    match (path.as_slice(), put) {
        _ if !all_harmless => {}
        (["metadata", part @ ("annotations" | "labels"), key], _) if !key.starts_with('-') => {
            let (verb, manager) = match *part {
                "labels" => ("label", "kubectl-label"),
                _ => ("annotate", "kubectl-annotate"),
            };
            match put.as_ref().map(Value::as_str) {
                None => return (of(&[verb, &place, &format!("{key}-")]), manager, true),
                Some(Some(value)) => {
                    return (of(&[verb, &place, &format!("{key}={value}"), "--overwrite"]), manager, true);
                }
                Some(None) => {}
            }
        }
        (["spec", "replicas"], Some(Value::Number(wanted)))
            if method == Method::ServerSide
                && SCALED.contains(&object.kind.as_str())
                && object.api_version == "apps/v1" =>
        {
            if let Some(Value::Number(now)) = live {
                let (now, wanted) = (format!("--current-replicas={now}"), format!("--replicas={wanted}"));
                return (of(&["scale", &place, &now, &wanted]), "kubectl", false);
            }
        }
        (["spec", "template", "spec", "containers" | "initContainers", name, "image"], Some(Value::String(image)))
            if WITH_TEMPLATES.contains(&object.kind.as_str())
                && object.api_version == "apps/v1"
                && change.does == Does::Replace =>
        {
            return (of(&["set", "image", &place, &format!("{name}={image}")]), "kubectl-set", true);
        }
        _ => {}
    }
    let told_of = told.back.iter().filter(|operation| match (&operation.value, operation.does) {
        (Some(value), Does::Test) => !object.hides(&operation.path, value),
        (_, Does::Test | Does::Add | Does::Replace | Does::Remove) => true,
    });
    let patch = Value::Array(told_of.map(Operation::to_value).collect()).to_string();
    (of(&["patch", &place, "--type=json", "-p", &patch]), "kubectl-patch", true)
}

/// As kubectl takes it: `deployment.apps/web`.
fn place(object: &ObjectReport) -> String {
    let kind = object.kind.to_ascii_lowercase();
    match object.api_version.split_once('/') {
        Some((group, _)) => format!("{kind}.{group}/{}", object.name),
        None => format!("{kind}/{}", object.name),
    }
}

/// The name of a field, or of an item that has one.
fn name_of(step: &PathElement) -> &str {
    match step {
        PathElement::Field(name) => name,
        PathElement::Key(keys) => match keys.as_slice() {
            [(key, Value::String(name))] if key == "name" => name,
            _ => "",
        },
        PathElement::Value(_) | PathElement::Index(_) => "",
    }
}

/// A word as every POSIX shell reads it as this word.
#[must_use]
pub fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests;
