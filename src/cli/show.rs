//! The reading commands: what each prints.

use std::sync::Arc;

use serde_json::Value;

use super::args::{AtRevision, Which};
use super::entry::{self, ListEntry, NotesEntry};
use super::print::{self, cell, time};
use super::{Failure, Output, gather};
use crate::app::rows;
use crate::cluster::Cluster;
use crate::release::codec::Driver;
use crate::release::payload::{Payload, Revision};
use crate::release::{
    Answer, Catalog, FeedKind, FeedState, Part, Problem, ProblemKind, Query, Release, Scope, StoredRef, manifest, mask,
};

pub(super) async fn list(cluster: &Cluster, scope: Scope, output: Output) -> Result<String, Failure> {
    let (mut catalog, world) = gather::everything(cluster, scope.clone()).await?;
    let unread: Vec<StoredRef> = catalog.releases().iter().filter_map(|row| row.unread().cloned()).collect();
    gather::summaries(cluster, &mut catalog, unread).await;
    let listed = rows::make(&catalog, &world, super::now());
    let entries: Vec<ListEntry> = listed.iter().map(ListEntry::new).collect();
    if entries.is_empty() {
        match scope.namespace() {
            Some(namespace) if catalog.storage_readable(Driver::Secret, namespace) == Some(false) => {
                super::say(&format!("no releases can be seen in namespace {namespace}"));
            }
            Some(namespace) => super::say(&format!("no releases in namespace {namespace}; -A lists all namespaces")),
            None => super::say("no releases in any namespace that may be read"),
        }
    }
    if output != Output::Table {
        return print::document(&entries, output);
    }
    let rows: Vec<Vec<String>> = entries
        .iter()
        .zip(&listed)
        .map(|(entry, row)| {
            vec![
                entry.verdict.clone(),
                entry.namespace.clone(),
                entry.name.clone(),
                cell(entry.managed_by),
                cell(entry.revision),
                row.objects_cell(),
                cell(Some(row.chart_cell()).filter(|chart| !chart.is_empty())),
                cell(entry.app_version.as_ref()),
                time(entry.updated),
                match (&entry.cause, entry.cause_since) {
                    (Some(cause), Some(since)) => format!("{}{cause}, since {}", row.inline_marks(), time(Some(since))),
                    (cause, _) => format!("{}{}", row.inline_marks(), cause.as_deref().unwrap_or_default()),
                },
            ]
        })
        .collect();
    let header = ["VERDICT", "NAMESPACE", "NAME", "BY", "REV", "OBJECTS", "CHART", "APP", "UPDATED", "CAUSE"];
    Ok(print::table(&header, &rows))
}

pub(super) async fn history(cluster: &Cluster, scope: Scope, which: &Which, output: Output) -> Result<String, Failure> {
    let mut catalog = gather::catalog(cluster, scope.clone()).await?;
    let release = find(&catalog, &scope, which)?;
    let objects = catalog.revisions(&release.id).map(|revision| revision.object.clone()).collect();
    gather::summaries(cluster, &mut catalog, objects).await;
    let entries = entry::history(&catalog, &release, &release.id);
    if entries.is_empty() {
        return Err(no_payload(&release, None).into());
    }
    if output != Output::Table {
        return print::document(&entries, output);
    }
    let rows: Vec<Vec<String>> = entries
        .iter()
        .map(|entry| {
            vec![
                entry.revision.to_string(),
                cell(entry.status.as_ref()),
                cell(chart_and_version(&entry.chart, &entry.chart_version)),
                cell(entry.app_version.as_ref()),
                time(entry.updated),
                cell(entry.apply_method.as_ref().and_then(Value::as_str)),
                cell(entry.stored_bytes),
                cell(entry.flux_action.as_ref()),
                entry.problem.clone().or_else(|| entry.description.clone()).unwrap_or_default(),
            ]
        })
        .collect();
    let header = ["REV", "STATUS", "CHART", "APP", "UPDATED", "APPLY", "BYTES", "FLUX", "DESCRIPTION"];
    Ok(print::table(&header, &rows))
}

pub(super) async fn manifest(
    cluster: &Cluster,
    scope: Scope,
    which: &Which,
    revision: AtRevision,
    output: Output,
) -> Result<String, Failure> {
    let payload = payload_of(cluster, scope, which, revision).await?;
    let text = payload.manifest().unwrap_or_default();
    if output == Output::Table {
        return Ok(mask::mask_manifest(text));
    }
    let mut objects = Vec::new();
    for object in manifest::objects(text) {
        match object {
            Ok(object) => objects.push(mask::mask_object(&object.body)),
            Err(error) => super::say(&format!("a document of the manifest cannot be read: {error}")),
        }
    }
    print::document(&objects, output)
}

pub(super) async fn notes(
    cluster: &Cluster,
    scope: Scope,
    which: &Which,
    revision: AtRevision,
    output: Output,
) -> Result<String, Failure> {
    let payload = payload_of(cluster, scope, which, revision).await?;
    let entry = NotesEntry::new(&payload);
    if output != Output::Table {
        return print::document(&entry, output);
    }
    let notes = entry.notes.as_deref().unwrap_or("no notes");
    if entry.hooks.is_empty() {
        return Ok(notes.to_owned());
    }
    let rows: Vec<Vec<String>> = entry
        .hooks
        .iter()
        .map(|hook| {
            vec![
                cell(hook.kind.as_ref()),
                cell(hook.name.as_ref()),
                hook.events.join(","),
                hook.weight.to_string(),
                cell(Some(hook.delete_policies.join(",")).filter(|text| !text.is_empty())),
                cell(hook.phase.as_ref()),
                time(hook.started),
                time(hook.completed),
            ]
        })
        .collect();
    let header = ["KIND", "HOOK", "EVENTS", "WEIGHT", "DELETED", "LAST RUN", "STARTED", "COMPLETED"];
    Ok(format!("{}\n\n{}", notes.trim_end(), print::table(&header, &rows)))
}

fn chart_and_version(chart: &Option<String>, version: &Option<String>) -> Option<String> {
    match (chart, version) {
        (Some(chart), Some(version)) => Some(format!("{chart} {version}")),
        (one, other) => one.clone().or_else(|| other.clone()),
    }
}

/// The one release that is meant.
pub(super) fn find(catalog: &Catalog, scope: &Scope, which: &Which) -> Result<Release, Failure> {
    let driver = which.driver.map(Into::into);
    let (namespace, name) = which.named();
    let place = scope.namespace().map(|namespace| format!(" in namespace {namespace}")).unwrap_or_default();
    let hidden = catalog.hidden_namespaces();
    let unseen = match hidden.namespaces.as_slice() {
        [] if hidden.whole_cluster && reads_some(catalog) => "outside of the namespaces that may be read".to_owned(),
        [] if hidden.whole_cluster => "in all namespaces".to_owned(),
        [] => String::new(),
        [one] => format!("in {one}"),
        many => format!("in {} namespaces", many.len()),
    };
    let mut found: Vec<Release> = catalog
        .releases()
        .into_iter()
        .filter(|row| row.id.name == name && namespace.is_none_or(|namespace| row.namespace == namespace))
        .filter(|row| driver.is_none_or(|driver| row.id.driver == driver))
        .collect();
    match (found.pop(), found.first()) {
        (Some(one), None) => Ok(one),
        (Some(one), Some(other)) => {
            let place = |row: &Release| format!("{} ({})", row.id.storage_namespace, entry::driver_word(row.id.driver));
            Err(Problem::new(
                ProblemKind::NotFound,
                format!("more than one release is called {}: in {} and {}", which.release, place(other), place(&one)),
            )
            .hint("choose with -n or --driver")
            .into())
        }
        (None, _) if !unseen.is_empty() => Err(Problem::new(
            ProblemKind::Forbidden,
            format!("no release {} can be seen: release Secrets are forbidden {unseen}", which.release),
        )
        .hint("needs list and get on secrets there, or it does not exist")
        .into()),
        (None, _) => Err(Problem::new(ProblemKind::NotFound, format!("no release {} is found{place}", which.release))
            .hint("-A looks in every namespace, -n in the one where a release is stored; `wheelhouse list -A` names them all")
            .into()),
    }
}

/// Whether release Secrets of some namespace were read.
fn reads_some(catalog: &Catalog) -> bool {
    let secrets = FeedKind::Storage(Driver::Secret, Part::Current);
    catalog.feeds().iter().any(|(feed, state)| feed.kind == secrets && *state == FeedState::Live)
}

/// The payload of one revision of the release that is meant.
async fn payload_of(
    cluster: &Cluster,
    scope: Scope,
    which: &Which,
    revision: AtRevision,
) -> Result<Arc<Payload>, Failure> {
    let catalog = gather::catalog(cluster, scope.clone()).await?;
    let release = find(&catalog, &scope, which)?;
    payload(cluster, &catalog, &release, revision).await
}

/// The payload of one revision of a release.
pub(super) async fn payload(
    cluster: &Cluster,
    catalog: &Catalog,
    release: &Release,
    at: AtRevision,
) -> Result<Arc<Payload>, Failure> {
    let wanted = match at.revision {
        None => None,
        Some(number) => Some(Revision::new(number).ok_or_else(|| {
            Problem::new(ProblemKind::NotFound, "there is no revision 0").hint("revisions count from 1")
        })?),
    };
    let object = match wanted {
        None => release.latest.clone(),
        Some(wanted) => catalog
            .revisions(&release.id)
            .find(|revision| revision.revision == wanted)
            .map(|revision| revision.object.clone()),
    };
    let Some(object) = object else { return Err(no_payload(release, wanted).into()) };
    match cluster.ask(Query::Payload(object)).await {
        Answer::Payload(_, result) => Ok(result?),
        Answer::Summary(..) | Answer::Controllers(..) | Answer::ValuesFrom(..) => {
            Err(Problem::new(ProblemKind::Other, "the answer is to another question").into())
        }
    }
}

fn no_payload(release: &Release, wanted: Option<Revision>) -> Problem {
    let namespace = &release.id.storage_namespace;
    if release.remote() {
        return Problem::new(ProblemKind::NotFound, format!("{} is stored on another cluster", release.id.name))
            .hint("use the kubeconfig of that cluster");
    }
    if release.storage_forbidden {
        return Problem::new(
            ProblemKind::Forbidden,
            format!("release Secrets of namespace {namespace} may not be read"),
        )
        .hint(format!("needs list and get on secrets in {namespace}"));
    }
    match wanted {
        Some(wanted) => Problem::new(
            ProblemKind::NotFound,
            format!("revision {wanted} of {} is not stored in {namespace}", release.id.name),
        )
        .hint("`wheelhouse history` names those that are"),
        None => Problem::new(ProblemKind::NotFound, format!("no revision of {} is stored yet", release.id.name)),
    }
}
