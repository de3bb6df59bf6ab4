//! The values of a release: those that were given, those that templates see, and where each of these came from.

use serde::Serialize;
use serde_json::Value;

use super::args::{AtRevision, WantedValues, Which};
use super::print;
use super::show::{find, payload};
use super::{Failure, Output, gather, say};
use crate::cluster::Cluster;
use crate::release::flux::HelmRelease;
use crate::release::mask::Masker;
use crate::release::values::{Layers, Overridden, Row, Source, given, path_text, seen, told};
use crate::release::{Answer, Query, Scope};

/// One value for programs.
#[derive(Debug, Serialize)]
struct Entry {
    path: String,
    value: Value,
    layer: &'static str,
    source: String,
    overrode: Vec<Past>,
    deleted: bool,
    masked: bool,
}

/// What it overrode.
#[derive(Debug, Serialize)]
struct Past {
    layer: &'static str,
    source: String,
    value: Value,
}

impl Entry {
    fn new(row: Row) -> Self {
        let past = |Overridden { layer, source, value }| Past { layer: layer.into(), source, value };
        Self {
            path: path_text(&row.path),
            masked: row.is_masked(),
            value: row.value,
            layer: row.layer.into(),
            source: row.source,
            overrode: row.overrode.into_iter().map(past).collect(),
            deleted: row.is_deleted,
        }
    }

    fn cells(&self) -> Vec<String> {
        let value = if self.deleted { "(deleted)".to_owned() } else { cell(&self.value) };
        let overrode: Vec<String> =
            self.overrode.iter().map(|past| format!("{} ({})", cell(&past.value), past.source)).collect();
        vec![self.path.clone(), value, self.layer.to_owned(), self.source.clone(), overrode.join(", ")]
    }
}

/// Text as it is, all else as JSON.
fn cell(value: &Value) -> String {
    match value {
        Value::String(text) if !text.is_empty() => text.clone(),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            value.to_string()
        }
    }
}

pub(super) async fn print(
    cluster: &Cluster,
    scope: Scope,
    which: &Which,
    revision: AtRevision,
    wanted: WantedValues,
    output: Output,
) -> Result<String, Failure> {
    let catalog = gather::catalog(cluster, scope.clone()).await?;
    let release = find(&catalog, &scope, which)?;
    let object = release.helm_release.as_deref();
    let mut masker = Masker::new(cluster.secrets().clone());
    let from_spec = object.filter(|_| revision.revision.is_none() && !wanted.chart);
    let layers = match (payload(cluster, &catalog, &release, revision).await, from_spec) {
        (Ok(payload), _) if wanted.chart => {
            let values = payload.chart_values().cloned().unwrap_or_default();
            return print::document(&payload.masker().values(&Value::Object(values)), output);
        }
        (Ok(payload), _) => {
            let is_latest = revision
                .revision
                .is_none_or(|number| catalog.revisions(&release.id).all(|other| other.revision.get() <= number));
            let flux = match object {
                Some(object) => Some((object, sources(cluster, object).await)),
                None => None,
            };
            masker = payload.masker().clone();
            Layers::of_revision(&payload, is_latest, flux)
        }
        (Err(failure), Some(object)) => {
            let asked = "what it asks for, which may not be what is deployed, and without the chart's own";
            say(&format!(
                "{}; this is made of spec.values and valuesFrom of HelmRelease {}: {asked}",
                failure.cause(),
                object.key
            ));
            Layers::of_helm_release(object, sources(cluster, object).await)
        }
        (Err(failure), None) => return Err(failure),
    };
    let masker = layers.masker(masker);
    let told = told(&layers, &masker);
    for note in &told.notes {
        say(note);
    }
    for source in told.sources.iter().filter(|source| !source.is_read) {
        say(&format!("{}: {}", source.source, source.state));
    }
    if !wanted.provenance {
        let values = if wanted.all { seen(&layers, &masker) } else { given(&layers, &masker) };
        return print::document(&values, output);
    }
    let entries: Vec<Entry> = told.rows.into_iter().map(Entry::new).collect();
    if output != Output::Table {
        return print::document(&entries, output);
    }
    let rows: Vec<Vec<String>> = entries.iter().map(Entry::cells).collect();
    Ok(print::table(&["PATH", "VALUE", "LAYER", "SOURCE", "OVERRODE"], &rows))
}

async fn sources(cluster: &Cluster, object: &HelmRelease) -> Vec<Source> {
    if object.values_from.is_empty() {
        return Vec::new();
    }
    match cluster.ask(Query::ValuesFrom(object.key.namespace.clone(), object.values_from.clone())).await {
        Answer::ValuesFrom(_, sources) => sources,
        Answer::Summary(..) | Answer::Payload(..) | Answer::Controllers(..) => Vec::new(),
    }
}
