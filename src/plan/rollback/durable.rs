//! The durable way back of a release that Flux keeps: chart version and values of its HelmRelease become those of the revision, and
//! Flux upgrades to them. Where a Kustomization applies the HelmRelease, its repository is where that has to be written.
//!
//! Sources: fluxcd/helm-controller v1.6.3 `internal/reconcile/helmchart_template.go` (what of the spec names the chart),
//! fluxcd/source-controller v1.9.1 `internal/controller/helmchart_controller.go` (only a HelmRepository has versions).

use serde_json::{Value, json};

use super::Steps;
use super::conditions::{self, condition};
use super::effects::masker;
use super::flux::{Keeper, NameOf, keeping, key, ways};
use super::inline::{Beyond, Inline, inline};
use super::seen::Seen;
use crate::diff::object_changes;
use crate::diff::patch::patch;
use crate::ownership::managed_fields;
use crate::plan::flux::request::{RELEASES, api_version, helm_release, of_release, patience};
use crate::plan::flux::{SUSPENDED, Suspension, outlook};
use crate::plan::step::{Body, Request, Verb};
use crate::plan::{
    Action, Await, Confirm, Effect, EffectVerb, FieldEffect, Loss, OnError, Phase, Plan, Precondition, Proposal,
    Standing, Task, When, seen_as,
};
use crate::release::ObjectKey;
use crate::release::flux::Kustomization;
use crate::release::mask::Masker;
use crate::release::payload::{Payload, Revision};
use crate::schema::Schema;

/// The change of a HelmRelease by which Flux gives again what a revision was given.
#[derive(Debug)]
struct Change {
    /// The HelmRelease as it would be.
    after: Value,
    /// Values that no change of it reaches, or why that is not known.
    beyond: Result<Vec<Beyond>, String>,
    /// It ends an emergency: what it was rolled back to is what Flux goes on from.
    is_resumed: bool,
    /// Chart and values are as they are.
    is_nothing: bool,
}

pub(super) fn plan(seen: &Seen, keeper: &Keeper) -> Plan {
    let ObjectKey { namespace, name } = key(seen);
    let change = seen.target.as_ref().ok().map(|target| change(keeper, target));
    let masker = known(seen, keeper, change.as_ref());
    let effects = change.iter().map(|change| effect(keeper, change, &masker)).collect();
    let is_chosen = seen.asked.way.is_some() && keeper.in_git().is_none();
    Plan {
        action: Action::Rollback(seen.asked.clone()),
        title: title(seen),
        preconditions: conditions(seen, keeper, change.as_ref()),
        rights: Vec::new(),
        steps: change.iter().filter(|_| is_chosen).flat_map(|change| steps(keeper, change)).collect(),
        otherwise: Vec::new(),
        effects,
        losses: losses(seen, keeper),
        notes: notes(seen, keeper, change.as_ref()),
        undo: undo(seen, keeper),
        commands: commands(keeper),
        ways: ways(seen),
        proposal: change.as_ref().and_then(|change| proposal(keeper, change, &masker)),
        confirm: Confirm::Typed(name.clone()),
        masker,
        namespace,
        name,
    }
}

fn title(seen: &Seen) -> String {
    let number = |revision: Option<Revision>| revision.map_or_else(|| "?".to_owned(), |revision| revision.to_string());
    let newest = number(seen.newest().map(|kept| kept.stored.revision));
    let to = number(seen.choice.as_ref().ok().map(|choice| choice.revision));
    let how = if seen.asked.way.is_some() { ", by its HelmRelease" } else { "" };
    format!("Roll back {} (flux) from {newest} to {to}{how}", key(seen))
}

/// What the upgrade takes away. What it writes instead is rendered by Flux, of chart and values of the revision.
fn losses(seen: &Seen, keeper: &Keeper) -> Vec<Loss> {
    let Ok(choice) = &seen.choice else { return Vec::new() };
    let becomes = format!("what revision {} has", choice.revision);
    let lost = keeper.seen.losses.iter().flatten();
    lost.map(|loss| Loss { becomes: becomes.clone(), ..loss.clone() }).collect()
}

/// What hides the secrets of both revisions, of the values that stand in the HelmRelease, and of what it refers to.
fn known(seen: &Seen, keeper: &Keeper, change: Option<&Change>) -> Masker {
    let mut masker = keeper.layers().masker(masker(seen));
    let objects = std::iter::once(&keeper.seen.object).chain(change.map(|change| &change.after));
    objects.filter_map(|object| object.pointer("/spec/values")).for_each(|values| masker.learn_values(values));
    masker
}

// ---------------------------------------------------------------------- what changes

fn change(keeper: &Keeper, target: &Payload) -> Change {
    let mut after = keeper.seen.object.clone();
    if let (Some(version), Some(NameOf::Here { .. })) = (wanted_version(target), keeper.names_chart())
        && let Some(spec) = after.pointer_mut("/spec/chart/spec").and_then(Value::as_object_mut)
    {
        spec.insert("version".to_owned(), version.into());
        if let Some(chart) = target.metadata().and_then(|chart| chart.name) {
            spec.insert("chart".to_owned(), chart.into());
        }
    }
    let config = target.config().cloned().unwrap_or_default();
    let made = inline(&keeper.layers(), &config);
    if let (Ok(Inline { values, .. }), Some(spec)) = (&made, after.get_mut("spec").and_then(Value::as_object_mut)) {
        let had = spec.get("values").is_some_and(|values| !values.is_null());
        if !values.is_empty() || had {
            spec.insert("values".to_owned(), Value::Object(values.clone()));
        }
    }
    let is_nothing = after == keeper.seen.object;
    let is_resumed = keeper.emergency().is_some();
    if is_resumed {
        remove(&mut after, "/spec", "suspend");
        remove(&mut after, "/metadata/annotations", SUSPENDED);
    }
    Change {
        after,
        beyond: made.map(|made| made.beyond).map_err(|problem| problem.to_string()),
        is_resumed,
        is_nothing,
    }
}

fn remove(object: &mut Value, parent: &str, name: &str) {
    if let Some(parent) = object.pointer_mut(parent).and_then(Value::as_object_mut) {
        parent.shift_remove(name);
    }
}

/// The version of the chart that the revision was made of.
fn wanted_version(target: &Payload) -> Option<&str> {
    target.metadata()?.version
}

/// What is sent: one patch that is taken whole or not at all, then Flux is awaited.
fn steps(keeper: &Keeper, change: &Change) -> Vec<crate::plan::Step> {
    let mut steps = Steps::default();
    let (before, after) = (&keeper.seen.object, &change.after);
    let mut operations = Vec::new();
    // Values are written whole: what is secret of them is known by its keys.
    for pointer in ["/spec/chart/spec/chart", "/spec/chart/spec/version", "/spec/values"] {
        let (old, new) = (before.pointer(pointer), after.pointer(pointer));
        if let Some(new) = new.filter(|new| old != Some(*new)) {
            operations.push(json!({"op": "add", "path": pointer, "value": new}));
        }
    }
    if change.is_resumed {
        operations.push(json!({"op": "remove", "path": "/spec/suspend"}));
        let mark = SUSPENDED.replace('/', "~1");
        operations.push(json!({"op": "remove", "path": format!("/metadata/annotations/{mark}")}));
    }
    if operations.is_empty() {
        return Vec::new();
    }
    let version = before.pointer("/metadata/resourceVersion").and_then(Value::as_str);
    let request = Request {
        verb: Verb::JsonPatch,
        resource_version: version.map(str::to_owned),
        digest: Some(seen_as(before)),
        body: Body::Json(Value::Array(operations)),
        ..of_release(&keeper.seen, Value::Null)
    };
    let says = match change.is_resumed {
        true => "chart and values become those of the revision, and it is resumed",
        false => "chart and values become those of the revision",
    };
    steps.push(Phase::Store, says, Task::Send(request), OnError::End, When::Always);
    let reconciled = Await::Reconciled {
        api_version: api_version(&keeper.seen),
        resource: RELEASES.to_owned(),
        object: helm_release(&keeper.seen),
        timeout: patience(&keeper.seen),
    };
    let says = "until Flux has upgraded to it";
    steps.push(Phase::Wait, says, Task::Await(reconciled), OnError::End, When::Always);
    super::look(&keeper.seen.release, &mut steps);
    steps.made
}

fn effect(keeper: &Keeper, change: &Change, masker: &Masker) -> Effect {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let changes = object_changes(&keeper.seen.object, &change.after, &Schema::default(), masker);
    let fields: Vec<FieldEffect> = changes
        .into_iter()
        .map(|change| FieldEffect {
            path: change.field(),
            old: change.old.as_ref().map(text),
            new: change.new.as_ref().map(text),
            conflict: String::new(),
        })
        .collect();
    let verb = if fields.is_empty() { EffectVerb::None } else { EffectVerb::Change };
    Effect { object: helm_release(&keeper.seen), verb, fields }
}

/// What has to be committed. The spec alone: nothing else of it is kept in Git.
fn proposal(keeper: &Keeper, change: &Change, masker: &Masker) -> Option<Proposal> {
    let text = |object: &Value| {
        let spec = masker.values(object).get("spec").cloned().unwrap_or_default();
        serde_yaml::to_string(&json!({"spec": spec})).unwrap_or_default()
    };
    let id = helm_release(&keeper.seen);
    let file = format!("{}-{}.yaml", id.kind, id.name);
    let (old, new) = (format!("a/{file}"), format!("b/{file}"));
    let diff = patch(&old, &text(&keeper.seen.object), &new, &text(&change.after));
    let kept_by = keeper.seen.helm_release.owner.as_ref().map(|owner| format!("Kustomization {owner}"));
    (!diff.is_empty()).then(|| Proposal {
        object: id,
        kept_by: kept_by.unwrap_or_default(),
        diff: diff.lines().map(str::to_owned).collect(),
    })
}

// ---------------------------------------------------------------------- what has to be so

fn conditions(seen: &Seen, keeper: &Keeper, change: Option<&Change>) -> Vec<Precondition> {
    let mut all = conditions::revisions(seen);
    if seen.asked.way.is_none() {
        let says = "one of two ways is chosen: Flux upgrades straight back from what Helm alone rolls back";
        all.push(condition(Standing::Unmet, says, "", super::WAYS));
    }
    all.extend(keeping(keeper));
    all.extend(in_git(keeper));
    all.extend(writers(keeper));
    all.extend(suspended(keeper));
    if let (Ok(target), Some(change)) = (&seen.target, change) {
        all.push(chart(keeper, target));
        all.extend(values(change));
        if change.is_nothing && !change.is_resumed && beyond_is_empty(change) {
            let says = "chart version or values differ from those that the HelmRelease names now";
            let remedy = format!("wheelhouse force {} writes the same again", key(seen));
            all.push(condition(Standing::Unmet, says, "both are equal", remedy));
        }
    }
    all.sort_by_key(|one| one.state);
    all
}

fn beyond_is_empty(change: &Change) -> bool {
    change.beyond.as_ref().is_ok_and(Vec::is_empty)
}

/// What a Kustomization applies has to be changed where it takes it from.
fn in_git(keeper: &Keeper) -> Option<Precondition> {
    let owner = keeper.seen.helm_release.owner.as_ref()?;
    let name = format!("Kustomization {owner}");
    if keeper.in_git().is_none() {
        let says = format!("{name} applies it, and is suspended: once resumed it takes this back");
        return Some(condition(Standing::Unknown, says, "spec.suspend", "commit the change below before that"));
    }
    let place = match &keeper.seen.kustomization {
        Some(Ok(Kustomization { source: Some(source), source_kind, path, .. })) => {
            let path = path.as_ref().map(|path| format!(", under {path}")).unwrap_or_default();
            format!(" to {source_kind} {source}{path}")
        }
        Some(Ok(_) | Err(_)) | None => String::new(),
    };
    let says = format!("nothing in Git keeps it: {name} would take this back");
    let remedy = format!("commit the change below{place}");
    Some(condition(Standing::Unmet, says, "labels of kustomize-controller", remedy))
}

/// Others who wrote its spec, and may write it again: a pipeline, another tool of its kind.
fn writers(keeper: &Keeper) -> Option<Precondition> {
    if keeper.seen.helm_release.owner.is_some() {
        return None;
    }
    let entries = managed_fields(&keeper.seen.object);
    let of_spec = entries.iter().filter(|entry| {
        let names = |name: &str| entry.manager.starts_with(name);
        let is_tool = ["argocd", "helm", "kustomize", "pulumi", "terraform", "Terraform"].into_iter().any(names);
        let keeps_status = entry.manager == "helm-controller" || !entry.subresource.is_empty();
        is_tool && !keeps_status
    });
    let named: Vec<&str> = of_spec.map(|entry| entry.manager.as_str()).collect();
    (!named.is_empty()).then(|| {
        let says = format!("{} does not write it again", named.join(", "));
        let remedy = "change it as well where that takes it from: see the change below";
        condition(Standing::Unknown, says, "managedFields", remedy)
    })
}

fn suspended(keeper: &Keeper) -> Option<Precondition> {
    if !keeper.seen.helm_release.suspended || keeper.emergency().is_some() {
        return None;
    }
    let why = Suspension::read(&keeper.seen.object).map(|suspension| suspension.words());
    let says = "it is suspended: Flux would not upgrade to it";
    let remedy = format!("wheelhouse resume {}", keeper.seen.helm_release.key);
    Some(condition(Standing::Unmet, says, why.unwrap_or_else(|| "spec.suspend: true".to_owned()), remedy))
}

/// That the change names the chart of the revision.
fn chart(keeper: &Keeper, target: &Payload) -> Precondition {
    let Some(version) = wanted_version(target) else {
        return condition(
            Standing::Unmet,
            "the revision says of which chart version it was made",
            "chart.metadata",
            "",
        );
    };
    let says = format!("Flux draws chart version {version}");
    let now = keeper.seen.helm_release.last_attempted_revision.as_deref();
    match keeper.names_chart() {
        Some(NameOf::Here { source }) => condition(Standing::Met, says, format!("spec.chart, from {source}"), ""),
        Some(NameOf::Nowhere(_) | NameOf::There { .. }) if now.is_some_and(|now| is_version(now, version)) => {
            condition(Standing::Met, says, "status.lastAttemptedRevision", "")
        }
        Some(NameOf::There { object, field, names, users }) => {
            let others = match users {
                Ok(users) if users.is_empty() => "nobody else uses it".to_owned(),
                Ok(users) => {
                    let users: Vec<String> = users.iter().map(ToString::to_string).collect();
                    format!("used by {} as well", users.join(", "))
                }
                Err(why) => format!("who else uses it is not known: {why}"),
            };
            let evidence = format!("{field}: {}", names.unwrap_or_else(|| "none".to_owned()));
            let remedy = format!("set {field} of {object} to {}; {others}", without_digest(version));
            condition(Standing::Unmet, says, evidence, remedy)
        }
        Some(NameOf::Nowhere(source)) => {
            let remedy = format!("revert the chart where {source} takes it from: there it has no versions");
            condition(Standing::Unmet, says, format!("draws {}", now.unwrap_or("nothing yet")), remedy)
        }
        None => condition(Standing::Unmet, says, "spec.chart and spec.chartRef are missing", ""),
    }
}

/// Flux adds the digest of what it drew from a registry.
fn is_version(now: &str, wanted: &str) -> bool {
    let is_open = !now.contains('+') || !wanted.contains('+');
    now == wanted || (is_open && without_digest(now) == without_digest(wanted))
}

fn without_digest(version: &str) -> &str {
    version.split_once('+').map_or(version, |(version, _)| version)
}

fn values(change: &Change) -> Vec<Precondition> {
    match &change.beyond {
        Ok(beyond) if beyond.is_empty() => {
            vec![condition(Standing::Met, "its values come to what the revision was given", "composed again", "")]
        }
        Ok(beyond) => {
            let of = |Beyond { path, source }: &Beyond| {
                let says = format!("values.{path} comes to what the revision was given");
                let evidence = format!("{source} sets it, and inline values cannot take that away");
                condition(Standing::Unmet, says, evidence, format!("change {source}"))
            };
            beyond.iter().map(of).collect()
        }
        Err(why) => {
            let says = "its values can be composed";
            vec![condition(Standing::Unmet, says, why.clone(), "mend what is named, or ask for the right to get it")]
        }
    }
}

// ---------------------------------------------------------------------- what a person should know

fn notes(seen: &Seen, keeper: &Keeper, change: Option<&Change>) -> Vec<String> {
    let mut notes = Vec::new();
    if let Ok(choice) = &seen.choice {
        notes.push(format!("revision {}: {}", choice.revision, choice.why));
    }
    let next = seen.newest().and_then(|newest| newest.stored.revision.next());
    notes.extend(
        next.map(|next| format!("Flux upgrades to it as revision {next}, with hooks and tests as for any upgrade")),
    );
    if let Some(Change { after, .. }) = change {
        let named = |object: &Value, name: &str| {
            object.pointer("/spec/chart/spec").and_then(|chart| chart.get(name)?.as_str()).map(str::to_owned)
        };
        let before = &keeper.seen.object;
        if let (Some(old), Some(new)) = (named(before, "chart"), named(after, "chart"))
            && old != new
        {
            notes.push(format!("the chart is another one ({old} -> {new}): Flux uninstalls the release, and installs it anew, unless spec.upgrade.chartNameChangeStrategy says otherwise"));
        }
        if let Some(old) = named(before, "version").filter(|old| old.contains(['*', 'x', '>', '<', '~', '^', '|', ' ']))
        {
            notes.push(format!("{old:?} was a range: newer versions are not drawn any more until it is one again"));
        }
    }
    if let Some(suspension) = keeper.emergency() {
        notes.push(format!("it resumes Flux, and ends the emergency ({})", suspension.words()));
    }
    notes.extend(
        keeper.seen.losses.as_ref().err().map(|why| format!("which hotfixes it takes away is not known: {why}")),
    );
    notes.extend(outlook::dependents(&Action::Resume, &keeper.seen.dependents));
    notes
}

fn undo(seen: &Seen, keeper: &Keeper) -> Vec<String> {
    if keeper.in_git().is_some() {
        return vec!["git revert of that commit".to_owned()];
    }
    let newest = seen.newest().map(|newest| newest.stored.revision);
    newest.map(|newest| format!("wheelhouse rollback {} {newest} --way durable", key(seen))).into_iter().collect()
}

fn commands(keeper: &Keeper) -> Vec<String> {
    let Some(owner) = keeper.in_git() else { return Vec::new() };
    let command = format!("flux reconcile kustomization {} -n {} --with-source", owner.name, owner.namespace);
    vec![format!("{command}  # once it is committed")]
}

/// What it says in a line beside the other way, and what it costs. `to` is the revision that is gone back to.
pub(super) fn offered(keeper: &Keeper, target: Option<&Payload>, to: &str) -> (String, String) {
    let version = target.and_then(wanted_version).map(|version| format!("chart {version} and ")).unwrap_or_default();
    let says = format!("{version}the values of revision {to} go into the HelmRelease, and Flux upgrades to them");
    let but = match keeper.in_git() {
        Some(owner) => format!("it has to be committed: Kustomization {owner} applies it then"),
        None => "it takes an upgrade, with its hooks and tests".to_owned(),
    };
    (says, but)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_without_a_digest_is_that_of_any() {
        assert!(is_version("1.2.0+8f2c4a7b1d3e", "1.2.0+8f2c4a7b1d3e"));
        assert!(is_version("1.2.0+8f2c4a7b1d3e", "1.2.0"));
        assert!(!is_version("1.2.1", "1.2.0"));
        assert!(!is_version("1.2.0+8f2c4a7b1d3e", "1.2.0+000000000000"));
    }
}
