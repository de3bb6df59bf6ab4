//! `blame`: who owns each field of an object, of a file or of a release.

use std::path::{Path, PathBuf};

use clap::Args;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::cluster::Cluster;
use crate::demo;
use crate::ownership::{self, Blame};
use crate::release::{LiveObject, Problem, ProblemKind, Scope};
use crate::schema::{Gvk, Schema};

use super::args::DriverArg;
use super::opened::Opened;
use super::print::{document, lines, table, time};
use super::types::types;
use super::{Failure, Output, Which, gather, status};

/// What `blame` is asked for.
#[derive(Debug, Args)]
pub struct BlameArguments {
    /// An object, as KIND/NAME, its kind as kubectl takes it (deploy/web, certificates.cert-manager.io/web); or all objects of a
    /// release that are there: its name, or NAMESPACE/NAME
    #[arg(value_name = "KIND/NAME|RELEASE", required_unless_present = "file", conflicts_with = "file")]
    pub named: Option<String>,
    /// It is a release that is named, even where an object is called so
    #[arg(long, conflicts_with = "file")]
    pub release: bool,
    /// It is an object that is named, even where a release is called so
    #[arg(long, conflicts_with_all = ["file", "release", "driver"])]
    pub object: bool,
    /// Where it is stored, if it is stored in both
    #[arg(long, value_enum, value_name = "KIND", conflicts_with = "file")]
    pub driver: Option<DriverArg>,
    /// The objects of this file, - for standard input, and ask no cluster: JSON, JSON lines or YAML, lists taken apart
    #[arg(short, long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// How to print; json is one object a line
    #[arg(short, long, value_enum, default_value_t = Output::Table)]
    pub output: Output,
}

/// One object.
#[derive(Debug, PartialEq, Serialize)]
struct BlameEntry {
    api_version: String,
    kind: String,
    namespace: String,
    name: String,
    /// One for each leaf of any manager's set.
    fields: Vec<FieldEntry>,
    /// Entries of managedFields that cannot be read.
    errors: Vec<String>,
    /// The type of the object is not known: what is a whole was told from what managers hold.
    guessed: bool,
    /// It was read from a cluster, which leaves nothing out.
    #[serde(skip)]
    is_read: bool,
}

#[derive(Debug, PartialEq, Serialize)]
struct FieldEntry {
    /// As the API server writes it in conflicts.
    path: String,
    /// Whether the object has it. Null where the object's values are not read: those of Secrets in a cluster.
    present: Option<bool>,
    owners: Vec<OwnerEntry>,
}

#[derive(Debug, PartialEq, Serialize)]
struct OwnerEntry {
    manager: String,
    operation: String,
    subresource: String,
    #[serde(rename = "apiVersion")]
    api_version: String,
    time: Option<Timestamp>,
}

impl BlameEntry {
    fn new(object: &Value, schema: &Schema, is_whole: bool) -> Self {
        let text = |path: &str| object.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (api_version, kind) = (text("/apiVersion"), text("/kind"));
        let (group, version) = api_version.split_once('/').unwrap_or(("", &api_version));
        let gvk = Gvk { group: group.to_owned(), version: version.to_owned(), kind: kind.clone() };
        let blame = ownership::blame(object, schema.kind(&gvk).unwrap_or_else(|| schema.deduced()));
        Self {
            namespace: text("/metadata/namespace"),
            name: text("/metadata/name"),
            fields: fields(&blame, is_whole),
            errors: errors(object, &blame),
            guessed: blame.is_guessed,
            is_read: false,
            api_version,
            kind,
        }
    }
}

fn fields(blame: &Blame, is_whole: bool) -> Vec<FieldEntry> {
    let owner = |index: &usize| {
        blame.entries.get(*index).map(|entry| OwnerEntry {
            manager: entry.manager.clone(),
            operation: entry.operation.to_string(),
            subresource: entry.subresource.clone(),
            api_version: entry.api_version.clone(),
            time: entry.time,
        })
    };
    let field = |leaf: &ownership::Leaf| FieldEntry {
        path: leaf.path.to_string(),
        present: if is_whole || !leaf.at.is_empty() { Some(!leaf.at.is_empty()) } else { None },
        owners: leaf.owners.iter().filter_map(owner).collect(),
    };
    blame.leaves.iter().map(field).collect()
}

fn errors(object: &Value, blame: &Blame) -> Vec<String> {
    if !object.is_object() {
        return vec!["it is no object".to_owned()];
    }
    let of_entry = |(index, entry): (usize, &ownership::Entry)| {
        let whole = entry.fields.as_ref().err();
        let faults = whole.into_iter().chain(&entry.faults);
        let named = if entry.manager.is_empty() { String::new() } else { format!(" ({})", entry.manager) };
        faults.map(|fault| format!("managedFields[{index}]{named}: {fault}")).collect::<Vec<_>>()
    };
    blame.entries.iter().enumerate().flat_map(of_entry).collect()
}

/// Who owns the fields of the objects of a file.
///
/// # Errors
/// Where it cannot be read to its end.
pub(super) async fn of_file(file: &Path, output: Output) -> Result<String, Failure> {
    let schema = demo::schema();
    let objects = status::objects_of(file).await?;
    if !objects.iter().any(Value::is_object) {
        let cause = format!("{} holds no object", status::place_of(file));
        return Err(Problem::new(ProblemKind::Malformed, cause).hint("it takes YAML or JSON of `kubectl get`").into());
    }
    let entries: Vec<BlameEntry> = objects.iter().map(|object| BlameEntry::new(object, &schema, true)).collect();
    print(&entries, output)
}

/// Who owns the fields of what was named: of an object, or of the objects of a release. Discovery decides whether the word before
/// the slash is a kind or a namespace.
///
/// # Errors
/// When there is neither, or both and nobody said which, or nothing at all may be read.
pub(super) async fn of_named(
    cluster: &Cluster,
    scope: &Scope,
    which: &Which,
    is: Is,
    output: Output,
) -> Result<String, Failure> {
    let (word, name) = match (which.named(), is) {
        ((Some(word), ""), _) => {
            return Err(Failure::Usage(format!("{word}/ names no object: KIND/NAME does, or the name of a release")));
        }
        (_, Is::Release) => return of_release(cluster, scope, which, output).await,
        ((Some(word), name), Is::Object | Is::Any) => (word, name),
        ((None, _), Is::Any) => return of_release(cluster, scope, which, output).await,
        ((None, name), Is::Object) => {
            return Err(Failure::Usage(format!("an object is named as KIND/NAME, not as {name}")));
        }
    };
    let Some(called) = cluster.called(word).await? else {
        return match is {
            Is::Any | Is::Release => of_release(cluster, scope, which, output).await,
            Is::Object => {
                Err(not_found(format!("no kind {word} is served"), "`kubectl api-resources` lists the kinds"))
            }
        };
    };
    let namespace = scope.namespace().unwrap_or_else(|| cluster.default_namespace());
    let Some(object) = cluster.object(&called, namespace, name).await? else {
        if is == Is::Any && has_release(cluster, word, name).await {
            return of_release(cluster, scope, which, output).await;
        }
        let place = if called.namespaced { format!(" in namespace {namespace}") } else { String::new() };
        return Err(not_found(format!("no {} {name} is found{place}", called.kind), "-n names another namespace"));
    };
    if is == Is::Any && has_release(cluster, word, name).await {
        let both = format!(
            "{word}/{name} is the {} {name} in namespace {namespace}, and release {name} in {word}",
            called.kind
        );
        return Err(Failure::Usage(format!("{both}; --object or --release says which is meant")));
    }
    let schema = types(cluster, [called.api_version.clone()].into()).await;
    let is_whole = !(called.api_version == "v1" && called.kind == "Secret");
    print(&[BlameEntry::new(&object, &schema, is_whole)], output)
}

/// What a name is said to mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Is {
    /// Whatever there is.
    Any,
    /// An object.
    Object,
    /// A release.
    Release,
}

fn not_found(cause: String, hint: &str) -> Failure {
    Problem::new(ProblemKind::NotFound, cause).hint(hint).into()
}

/// Whether a namespace holds a release of this name. What cannot be seen is not there.
async fn has_release(cluster: &Cluster, namespace: &str, name: &str) -> bool {
    let Ok(Some(namespaces)) = cluster.called("namespaces.v1").await else { return false };
    if !matches!(cluster.object(&namespaces, "", namespace).await, Ok(Some(_))) {
        return false;
    }
    let read = gather::catalog(cluster, Scope::Namespace(namespace.to_owned())).await;
    read.is_ok_and(|catalog| catalog.releases().iter().any(|row| row.id.name == name && row.namespace == namespace))
}

/// Who owns the fields of the objects of a release.
///
/// # Errors
/// When there is no such release, more than one, or nothing at all may be read.
async fn of_release(cluster: &Cluster, scope: &Scope, which: &Which, output: Output) -> Result<String, Failure> {
    let (mut catalog, list) = gather::everything(cluster, scope.clone()).await?;
    let opened = Opened::find(cluster, &mut catalog, scope, which).await?;
    let world = gather::objects(cluster, &opened, &list).await.unwrap_or(list);
    let mut objects: Vec<&LiveObject> = Vec::new();
    for named in opened.named() {
        match world.body_named(&named.id, &opened.release.namespace) {
            Some(object) => objects.push(object),
            None => super::say(&format!("{} is not there, or may not be read", named.id)),
        }
    }
    let api_versions = objects.iter().map(|object| object.api_version.clone()).collect();
    let schema = types(cluster, api_versions).await;
    let entries: Vec<BlameEntry> = objects
        .iter()
        .map(|object| {
            let is_whole = !(object.id.group.is_empty() && object.id.kind == "Secret");
            BlameEntry { is_read: true, ..BlameEntry::new(&object.with_managed_fields(), &schema, is_whole) }
        })
        .collect();
    print(&entries, output)
}

fn print(entries: &[BlameEntry], output: Output) -> Result<String, Failure> {
    match output {
        Output::Yaml => document(&entries, output),
        Output::Json => lines(entries),
        Output::Table => {
            let blocks: Vec<String> = entries.iter().map(block).collect();
            Ok(blocks.join("\n"))
        }
    }
}

/// The object, what is wrong with its entries, and a line a field.
fn block(entry: &BlameEntry) -> String {
    let place = if entry.namespace.is_empty() { String::new() } else { format!("{}/", entry.namespace) };
    let mut head = format!("{} {place}{}\n", entry.kind, entry.name);
    if entry.guessed {
        head.push_str(
            "its type is not known here: which lists and maps are a whole was told from what managers hold\n",
        );
    }
    for error in &entry.errors {
        head.push_str(error);
        head.push('\n');
    }
    if entry.fields.is_empty() {
        let why = match entry.is_read {
            _ if !entry.errors.is_empty() => return head,
            true => "no record of who wrote it: its managedFields were cleared",
            false => {
                "nobody is recorded as the owner of a field; kubectl leaves owners out unless it gets --show-managed-fields"
            }
        };
        return format!("{head}{why}\n");
    }
    let row = |field: &FieldEntry| {
        let owners: Vec<String> = field
            .owners
            .iter()
            .map(|owner| match owner.subresource.as_str() {
                "" => format!("{} ({})", owner.manager, owner.operation),
                part => format!("{} ({}, {part})", owner.manager, owner.operation),
            })
            .collect();
        let newest = field.owners.iter().filter_map(|owner| owner.time).max();
        let absent = if field.present == Some(false) { "  absent" } else { "" };
        vec![owners.join(", "), time(newest), format!("{}{absent}", field.path)]
    };
    let rows: Vec<Vec<String>> = entry.fields.iter().map(row).collect();
    format!("{head}{}", table(&["OWNERS", "WRITTEN", "FIELD"], &rows))
}
