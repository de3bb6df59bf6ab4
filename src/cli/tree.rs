//! `status RELEASE`: verdict and cause of a release, and its objects with all that they own.

use jiff::Timestamp;
use serde::Serialize;

use super::entry::ListEntry;
use super::opened::{Opened, Seen};
use super::print::{document, table};
use super::{Failure, Output, Which, gather};
use crate::app::age;
use crate::app::release::objects::{indent, name, summary, symbol};
use crate::app::rows::Row;
use crate::app::text::{self, Glyphs};
use crate::cluster::Cluster;
use crate::health::objects::{self, Role, Severity};
use crate::release::Scope;

/// How far a message stands to the right of its object where there is no room behind it.
const STEP: usize = 4;
/// With less room than this behind an object, its message goes below it.
const ROOM: usize = 32;

/// What `status RELEASE` prints: the row of `list`, and the objects.
#[derive(Debug, Serialize)]
struct ReleaseEntry {
    #[serde(flatten)]
    row: ListEntry,
    tree: Vec<ObjectEntry>,
}

/// One object.
#[derive(Debug, Serialize)]
struct ObjectEntry {
    /// 0 for the objects of the release, one more for what these own.
    depth: usize,
    role: &'static str,
    group: String,
    kind: String,
    namespace: Option<String>,
    name: String,
    status: String,
    assumed: bool,
    severity: &'static str,
    message: Option<String>,
    created: Option<Timestamp>,
    /// Since when it is being deleted.
    deleting: Option<Timestamp>,
    /// What keeps it, while it is being deleted.
    finalizers: Vec<String>,
    restarts: Option<u64>,
    containers: Vec<ContainerEntry>,
}

/// One container of a Pod.
#[derive(Debug, Serialize)]
struct ContainerEntry {
    name: String,
    init: bool,
    state: String,
    severity: &'static str,
    restarts: u64,
}

impl From<&objects::Row> for ObjectEntry {
    fn from(row: &objects::Row) -> Self {
        let (status, assumed) = row.word();
        let (deleting, finalizers) = row.deleting.clone().unzip();
        let containers = row.containers.iter().map(|container| ContainerEntry {
            name: container.name.clone(),
            init: container.init,
            state: container.state.clone(),
            severity: severity(container.severity),
            restarts: container.restarts,
        });
        Self {
            depth: row.depth,
            role: role(row.role),
            group: row.id.group.clone(),
            kind: row.id.kind.clone(),
            namespace: Some(row.id.namespace.clone()).filter(|namespace| !namespace.is_empty()),
            name: row.id.name.clone(),
            status: status.to_owned(),
            assumed,
            severity: severity(row.severity),
            message: Some(row.message.clone()).filter(|message| !message.is_empty()),
            created: row.created,
            deleting,
            finalizers: finalizers.unwrap_or_default(),
            restarts: row.restarts,
            containers: containers.collect(),
        }
    }
}

/// What is printed, and how the release is.
pub(super) struct Told {
    pub(super) printed: String,
    pub(super) row: Row,
}

/// Reads the list, the release and its objects once.
///
/// # Errors
/// When there is no such release, more than one, or nothing at all may be read.
pub(super) async fn status(
    cluster: &Cluster,
    scope: &Scope,
    which: &Which,
    output: Output,
    columns: Option<usize>,
) -> Result<Told, Failure> {
    let (mut catalog, list) = gather::everything(cluster, scope.clone()).await?;
    let opened = Opened::find(cluster, &mut catalog, scope, which).await?;
    let world = gather::objects(cluster, &opened, &list).await.unwrap_or(list);
    let now = super::now();
    let Seen { row, tree } = opened.seen(&catalog, &world, now);
    let printed = match output {
        Output::Json | Output::Yaml => {
            let tree = tree.iter().map(ObjectEntry::from).collect();
            document(&ReleaseEntry { row: ListEntry::new(&row), tree }, output)?
        }
        Output::Table => {
            let objects = objects_table(&tree, &row.release.namespace, columns, now);
            format!("{}\n{objects}", head(&row, columns, now))
        }
    };
    Ok(Told { printed, row })
}

/// What is said of a release before its parts: its name, verdict, cause, and how many of its objects are well.
fn head(row: &Row, columns: Option<usize>, now: Timestamp) -> String {
    let release = &row.release;
    let chart = Some(row.chart_cell()).filter(|chart| !chart.is_empty());
    let revision = release.revision.map(|revision| format!("revision {}", revision.get()));
    let counts = row.judgement.counts.filter(|counts| counts.total + counts.hidden > 0);
    let counts = counts.map(|counts| summary(counts, 0));
    let facts = [chart, revision, counts].into_iter().flatten().collect::<Vec<_>>().join(", ");
    let mut head = format!("{}\n", title(row));
    for text in [row.cause(now), facts] {
        let clean = text::clean(&text, Glyphs::Unicode);
        for line in text::wrap(&clean, columns.unwrap_or(usize::MAX), usize::MAX, Glyphs::Unicode) {
            head.push_str(&line);
            head.push('\n');
        }
    }
    head
}

/// Its name, marks and verdict.
pub(super) fn title(row: &Row) -> String {
    format!("{}  {}{}", place(row), row.inline_marks(), row.judgement.verdict)
}

/// Namespace and name.
pub(super) fn place(row: &Row) -> String {
    let name = format!("{}/{}", row.release.namespace, row.release.id.name);
    text::clean(&name, Glyphs::Unicode).into_owned()
}

fn objects_table(tree: &[objects::Row], namespace: &str, columns: Option<usize>, now: Timestamp) -> String {
    if tree.is_empty() {
        return "no objects are known of it\n".to_owned();
    }
    let rows: Vec<Vec<String>> = tree
        .iter()
        .map(|row| {
            let name = format!("{} {}{}", symbol(row.severity), " ".repeat(indent(row)), name(row, namespace));
            let age = row.created.map(|created| age::coarse(created, now)).unwrap_or_default();
            let restarts = row.restarts.filter(|restarts| *restarts > 0).map(|restarts| restarts.to_string());
            vec![name, row.status.clone(), age, restarts.unwrap_or_default()]
        })
        .collect();
    let shown = table(&["  OBJECT", "STATUS", "AGE", "RESTARTS", "MESSAGE"], &rows);
    let mut lines = shown.lines();
    let head = lines.next().unwrap_or_default();
    let before = head.find("MESSAGE").unwrap_or(0);
    let mut out = format!("{head}\n");
    for (line, row) in lines.zip(tree) {
        out.push_str(&with_message(line, &message(row, now), indent(row) + STEP, before, columns));
    }
    out
}

/// A row and its message: behind it where there is room, else below it.
fn with_message(line: &str, message: &str, indent: usize, before: usize, columns: Option<usize>) -> String {
    let message = text::clean(message, Glyphs::Unicode);
    let behind = before + text::width(&message);
    match columns {
        _ if message.is_empty() => format!("{line}\n"),
        Some(columns) if behind > columns => {
            let (indent, mut out) = if columns.saturating_sub(before) < ROOM {
                (indent, format!("{line}\n"))
            } else {
                (before, String::new())
            };
            for (number, part) in
                text::wrap(&message, columns.saturating_sub(indent).max(ROOM), usize::MAX, Glyphs::Unicode)
                    .iter()
                    .enumerate()
            {
                if number == 0 && out.is_empty() {
                    out = format!("{}{part}\n", padded(line, before));
                } else {
                    out.push_str(&format!("{}{part}\n", " ".repeat(indent)));
                }
            }
            out
        }
        Some(_) | None => format!("{}{message}\n", padded(line, before)),
    }
}

fn padded(line: &str, columns: usize) -> String {
    format!("{line}{}", " ".repeat(columns.saturating_sub(text::width(line))))
}

/// What is said of an object that is not well, or not there.
fn message(row: &objects::Row, now: Timestamp) -> String {
    let deleting = row.deleting.as_ref().map(|(since, finalizers)| {
        let since = age::coarse(*since, now);
        match finalizers.as_slice() {
            [] => format!("being deleted for {since}"),
            kept => format!("being deleted for {since}, finalizers: {}", kept.join(", ")),
        }
    });
    let own = Some(&row.message).filter(|_| row.severity != Severity::Good || row.created.is_none());
    [deleting, own.cloned()].into_iter().flatten().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("; ")
}

fn role(role: Role) -> &'static str {
    match role {
        Role::Release => "release",
        Role::Hook => "hook",
        Role::Test => "test",
        Role::Child => "child",
    }
}

/// The word for how bad a state is.
pub(super) fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Bad => "bad",
        Severity::Waiting => "waiting",
        Severity::Unknown => "unknown",
        Severity::Good => "good",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release::ObjectId;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn row(depth: usize, kind: &str, name: &str, status: &str, severity: Severity, message: &str) -> objects::Row {
        objects::Row {
            depth,
            role: if depth == 0 { Role::Release } else { Role::Child },
            id: ObjectId::new("apps", kind, "shop", name),
            status: status.to_owned(),
            severity,
            message: message.to_owned(),
            created: Some(at(0)),
            deleting: None,
            restarts: None,
            containers: Vec::new(),
        }
    }

    fn tree() -> Vec<objects::Row> {
        let pull = "web cannot pull registry.example.com/storefront:2.10.0";
        let pod = row(2, "Pod", "web-7c9f-x2x", "InProgress", Severity::Bad, pull);
        let gone = objects::Row {
            role: Role::Hook,
            created: None,
            ..row(0, "Job", "migrate", "Gone", Severity::Good, "its last run succeeded")
        };
        let stuck = objects::Row {
            deleting: Some((at(3_000), vec!["example.com/hold".to_owned()])),
            ..row(0, "Lease", "old\u{1b}[2J", "Terminating", Severity::Bad, "")
        };
        let elsewhere = ObjectId::new("", "Service", "edge", "web");
        vec![
            row(0, "Deployment", "web", "InProgress", Severity::Bad, pull),
            row(1, "ReplicaSet", "web-7c9f", "InProgress", Severity::Waiting, ""),
            objects::Row { restarts: Some(4), ..pod },
            objects::Row { id: elsewhere, ..row(0, "", "", "Current", Severity::Good, "Service is ready") },
            stuck,
            gone,
        ]
    }

    #[track_caller]
    fn check(columns: Option<usize>, expected: &str) {
        assert_eq!(objects_table(&tree(), "shop", columns, at(3_600)), expected);
    }

    #[test]
    fn what_is_wrong_stands_behind_its_object_or_below_it_where_there_is_no_room() {
        check(None, WHOLE);
        check(Some(200), WHOLE);
        check(Some(95), BEHIND);
        check(Some(80), BELOW);
        assert_eq!(objects_table(&[], "shop", None, at(0)), "no objects are known of it\n");
    }

    const WHOLE: &str = "\
\x20 OBJECT                 STATUS       AGE  RESTARTS  MESSAGE\n\
x Deployment web         InProgress   60m            web cannot pull registry.example.com/storefront:2.10.0\n\
*   ReplicaSet web-7c9f  InProgress   60m\n\
x     Pod web-7c9f-x2x   InProgress   60m  4         web cannot pull registry.example.com/storefront:2.10.0\n\
\x20 Service edge/web       Current      60m\n\
x Lease old^[[2J         Terminating  60m            being deleted for 10m, finalizers: example.com/hold\n\
\x20 hook Job migrate       Gone                        its last run succeeded\n\
";
    const BEHIND: &str = "\
\x20 OBJECT                 STATUS       AGE  RESTARTS  MESSAGE\n\
x Deployment web         InProgress   60m            web cannot pull\n\
\x20                                                    registry.example.com/storefront:2.10.0\n\
*   ReplicaSet web-7c9f  InProgress   60m\n\
x     Pod web-7c9f-x2x   InProgress   60m  4         web cannot pull\n\
\x20                                                    registry.example.com/storefront:2.10.0\n\
\x20 Service edge/web       Current      60m\n\
x Lease old^[[2J         Terminating  60m            being deleted for 10m, finalizers:\n\
\x20                                                    example.com/hold\n\
\x20 hook Job migrate       Gone                        its last run succeeded\n\
";
    const BELOW: &str = "\
\x20 OBJECT                 STATUS       AGE  RESTARTS  MESSAGE\n\
x Deployment web         InProgress   60m\n\
\x20   web cannot pull registry.example.com/storefront:2.10.0\n\
*   ReplicaSet web-7c9f  InProgress   60m\n\
x     Pod web-7c9f-x2x   InProgress   60m  4\n\
\x20       web cannot pull registry.example.com/storefront:2.10.0\n\
\x20 Service edge/web       Current      60m\n\
x Lease old^[[2J         Terminating  60m\n\
\x20   being deleted for 10m, finalizers: example.com/hold\n\
\x20 hook Job migrate       Gone                        its last run succeeded\n\
";

    #[test]
    fn an_object_is_printed_whole_for_programs() {
        let pod = objects::Row {
            containers: vec![objects::Container {
                name: "web".to_owned(),
                init: false,
                state: "waiting: ImagePullBackOff".to_owned(),
                severity: Severity::Bad,
                restarts: 4,
                log: objects::Run::None,
                before: false,
            }],
            ..tree().remove(2)
        };
        let assumed = objects::Row {
            deleting: Some((at(60), vec!["a".to_owned()])),
            created: None,
            id: ObjectId::new("cert.io", "Issuer", "", "ca"),
            ..row(0, "", "", "Current (assumed)", Severity::Good, "")
        };
        let entries: Vec<ObjectEntry> = [&pod, &assumed].into_iter().map(ObjectEntry::from).collect();
        let expected = serde_json::json!([
            {
                "depth": 2, "role": "child", "group": "apps", "kind": "Pod", "namespace": "shop", "name": "web-7c9f-x2x",
                "status": "InProgress", "assumed": false, "severity": "bad",
                "message": "web cannot pull registry.example.com/storefront:2.10.0",
                "created": "1970-01-01T00:00:00Z", "deleting": null, "finalizers": [], "restarts": 4,
                "containers": [
                    {"name": "web", "init": false, "state": "waiting: ImagePullBackOff", "severity": "bad", "restarts": 4},
                ],
            },
            {
                "depth": 0, "role": "release", "group": "cert.io", "kind": "Issuer", "namespace": null, "name": "ca",
                "status": "Current", "assumed": true, "severity": "good", "message": null, "created": null,
                "deleting": "1970-01-01T00:01:00Z", "finalizers": ["a"], "restarts": null, "containers": [],
            },
        ]);
        assert_eq!(serde_json::to_value(entries).unwrap(), expected);
    }
}
