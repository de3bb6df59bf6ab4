//! The reading commands: what each prints.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::args::{AtRevision, Which};
use super::entry::{self, HistoryEntry, ListEntry, NotesEntry};
use super::print::{self, cell, time};
use super::{Failure, Output, filter, gather};
use crate::app::release::history::facts;
use crate::app::rows;
use crate::cluster::Cluster;
use crate::config::nearest;
use crate::release::codec::Driver;
use crate::release::mask::Masker;
use crate::release::payload::{ApplyMethod, Payload, Revision};
use crate::release::values::coalesce_as;
use crate::release::{
    Answer, Catalog, FeedKind, FeedState, Part, Problem, ProblemKind, Query, Release, Scope, StoredRef, history,
    manifest,
};

pub(super) async fn list(
    cluster: &Cluster,
    scope: Scope,
    filter: Option<&str>,
    output: Output,
) -> Result<String, Failure> {
    let (mut catalog, world) = gather::everything(cluster, scope.clone()).await?;
    let unread: Vec<StoredRef> = catalog.releases().iter().filter_map(|row| row.unread().cloned()).collect();
    gather::summaries(cluster, &mut catalog, unread).await;
    let now = super::now();
    let mut listed = rows::make(&catalog, &world, now);
    if let Some(filter) = filter {
        listed = filter::passing(listed, filter, now)?;
    }
    let entries: Vec<ListEntry> = listed.iter().map(ListEntry::new).collect();
    if let (true, Some(filter)) = (entries.is_empty(), filter) {
        super::say(&format!("no release passes the filter: {filter}"));
    } else if entries.is_empty() {
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
    let known = history::rows(&catalog, &release);
    if known.is_empty() {
        return Err(no_payload(&release, None).into());
    }
    if output != Output::Table {
        let entries: Vec<HistoryEntry> = known.iter().filter_map(HistoryEntry::new).collect();
        return print::document(&entries, output);
    }
    if let Some(warning) = facts::warning(&known) {
        super::say(&warning);
    }
    let rows: Vec<Vec<String>> = known.iter().map(history_cells).collect();
    let header = ["REV", "STATUS", "CHART", "APP", "UPDATED", "APPLY", "STORED", "FLUX", "TESTS", "DESCRIPTION"];
    Ok(print::table(&header, &rows))
}

/// A line of `history`; of revisions of which nothing is left, that.
fn history_cells(row: &history::Row) -> Vec<String> {
    if row.gap.is_some() {
        let blank = std::iter::repeat_n("-".to_owned(), 8);
        return [row.numbers()].into_iter().chain(blank).chain([row.told()]).collect();
    }
    let some = |text: String| cell(Some(text).filter(|text| !text.is_empty()));
    let stored = row.size.zip(row.fullness()).map(|(size, percent)| {
        let near = if row.is_near_limit() { "! " } else { "" };
        format!("{near}{} {percent}%", facts::bytes(size))
    });
    vec![
        row.revision.to_string(),
        some(row.status_word().to_owned()),
        some(row.chart_cell()),
        cell(row.app_version.as_ref()),
        time(row.deployed),
        cell(row.apply_method.map(ApplyMethod::as_str)),
        cell(stored),
        cell(row.action.as_ref()),
        some(history::tests_word(&row.tests)),
        row.told(),
    ]
}

/// Values as they are, for whoever notes what is taken of them.
pub(super) struct Bare {
    /// Namespace and name of the release.
    pub(super) release: String,
    /// All of them, the chart's too.
    pub(super) values: Value,
    /// What counts as secret of them.
    pub(super) masker: Masker,
    /// Why some of them are not there.
    pub(super) unread: Option<Problem>,
}

/// The values of a revision with those of its chart below them; where it may not be read, those of the HelmRelease's spec.
pub(super) async fn bare_values(
    cluster: &Cluster,
    scope: Scope,
    which: &Which,
    revision: AtRevision,
    chart: bool,
) -> Result<Bare, Failure> {
    let catalog = gather::catalog(cluster, scope.clone()).await?;
    let found = find(&catalog, &scope, which)?;
    let release = format!("{}/{}", found.namespace, found.id.name);
    let from_spec = found.helm_release.as_ref().filter(|_| revision.revision.is_none() && !chart);
    match (payload(cluster, &catalog, &found, revision).await, from_spec) {
        (Ok(payload), _) => {
            let own = |values: Option<&Map<String, Value>>| values.cloned().unwrap_or_default();
            let given = if chart { Map::new() } else { own(payload.config()) };
            let values = Value::Object(coalesce_as(payload.helm_major(), &own(payload.chart_values()), &given));
            Ok(Bare { release, values, masker: payload.masker().clone(), unread: None })
        }
        (Err(Failure::Problem(problem)), Some(object)) => {
            let values = object.values.clone();
            let masker = Masker::new(cluster.secrets().clone());
            Ok(Bare { release, values, masker, unread: Some(problem) })
        }
        (Err(failure), _) => Err(failure),
    }
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
        return Ok(payload.masker().manifest(text));
    }
    let mut objects = Vec::new();
    for object in manifest::objects(text) {
        match object {
            Ok(object) => objects.push(payload.masker().values(&object.body)),
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
        (None, _) => {
            let meant = meant(catalog, which).map(|meant| format!("did you mean {meant}? ")).unwrap_or_default();
            let places = "-A looks in every namespace, -n in the one where a release is stored; `wheelhouse list -A` names them all";
            let cause = format!("no release {} is found{place}", which.release);
            Err(Problem::new(ProblemKind::NotFound, cause).hint(format!("{meant}{places}")).into())
        }
    }
}

/// The release whose name is nearest: who is paged types in a hurry.
fn meant(catalog: &Catalog, which: &Which) -> Option<String> {
    let releases = catalog.releases();
    let named = |row: &Release| match which.named() {
        (Some(_), _) => format!("{}/{}", row.namespace, row.id.name),
        (None, _) => row.id.name.clone(),
    };
    let names: Vec<String> = releases.iter().map(named).collect();
    let near = nearest(&which.release, names.iter().map(String::as_str))?;
    let row = releases.iter().zip(&names).find(|(_, name)| *name == near)?.0;
    Some(format!("{}/{}", row.namespace, row.id.name))
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

/// Why there is no revision, or not this one.
pub(super) fn no_payload(release: &Release, wanted: Option<Revision>) -> Problem {
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
