//! `status -f`: what objects of a file say of themselves by kstatus. No cluster is asked.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::Args;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::Value;

use crate::health::kstatus::readers::{Fetched, Library, with_pods};
use crate::health::kstatus::{Computed, Status, assumed, compute};
use crate::release::{Problem, ProblemKind, manifest, yaml};

use super::args::DriverArg;
use super::print::{cell, document, lines, table};
use super::{Failure, Output, Which};

/// Lists within lists that are taken apart; what is deeper is judged as an object.
const LIST_DEPTH: usize = 8;

/// What `status` is asked for.
#[derive(Debug, Args)]
pub struct StatusArguments {
    /// Name of the release, or NAMESPACE/NAME
    #[arg(value_name = "RELEASE", conflicts_with = "file")]
    pub release: Option<String>,
    /// Where it is stored, if it is stored in both
    #[arg(long, value_enum, value_name = "KIND", conflicts_with = "file")]
    pub driver: Option<DriverArg>,
    /// Print a line for each change until the verdict has settled: it stands for 2 s, and is neither progressing, blocked nor
    /// unknown. The exit code tells as with --exit-code
    #[arg(short, long, requires = "release", conflicts_with = "file")]
    pub watch: bool,
    /// With --watch: for how long at most, then exit with 11: 90s, 5m, 1h
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = time_span, requires = "watch")]
    pub timeout: SignedDuration,
    /// Judge the objects of this file, - for standard input, and ask no cluster: JSON, JSON lines or YAML, lists taken apart
    #[arg(short, long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Look at Pods of the file too, as Flux and Helm 4 do: one that failed makes its StatefulSet or ReplicaSet Failed
    #[arg(long, requires = "file")]
    pub with_pods: bool,
    /// Exit with 10 if the release is neither healthy nor assumed; of a file, with 9 if any object is not Current: Unknown,
    /// Terminating and what is on its way count as well
    #[arg(long)]
    pub exit_code: bool,
    /// How to print; with --watch or -f, json is one object a line
    #[arg(short, long, value_enum, default_value_t = Output::Table)]
    pub output: Output,
}

/// What is to be judged.
pub(super) enum Subject<'a> {
    Release(Which),
    File(&'a Path),
}

impl StatusArguments {
    /// What is to be judged.
    ///
    /// # Errors
    /// When nothing is named.
    pub(super) fn subject(&self) -> Result<Subject<'_>, Failure> {
        match (&self.release, &self.file) {
            (Some(release), _) => Ok(Subject::Release(Which { release: release.clone(), driver: self.driver })),
            (None, Some(file)) => Ok(Subject::File(file)),
            (None, None) => Err(Failure::Usage(
                "name a release: `wheelhouse status NAMESPACE/NAME` (`wheelhouse list -A` names them all), or a file of objects: \
                 `wheelhouse status -f FILE`, - for standard input"
                    .to_owned(),
            )),
        }
    }
}

pub(super) fn time_span(text: &str) -> Result<SignedDuration, String> {
    let said = || match text.parse::<u64>() {
        Ok(count) => format!("{count} needs a unit: {count}s, {count}m"),
        Err(_) => "not a time: 90s, 5m and 1h are".to_owned(),
    };
    let span: SignedDuration = text.parse().map_err(|_| said())?;
    if span.is_positive() { Ok(span) } else { Err("a time above 0 is needed".to_owned()) }
}

/// One row of `status -f`, in the order of the input.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct StatusEntry {
    api_version: String,
    kind: String,
    namespace: String,
    name: String,
    status: String,
    reason: String,
    message: String,
    /// Current only because nothing speaks against it.
    assumed: bool,
}

impl StatusEntry {
    fn new(object: &Value, computed: Computed) -> Self {
        let text = |path: &str| object.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned();
        Self {
            api_version: text("/apiVersion"),
            kind: text("/kind"),
            namespace: text("/metadata/namespace"),
            name: text("/metadata/name"),
            status: computed.status.to_string(),
            reason: computed.reason,
            message: computed.message,
            assumed: computed.status == Status::Current && assumed(object),
        }
    }
}

/// What is printed, and how many objects of how many are not Current.
pub(super) struct Judged {
    pub(super) printed: String,
    unsettled: usize,
    count: usize,
}

impl Judged {
    /// Whether that is a failure, where it is asked to be one.
    pub(super) fn outcome(&self, is_asked: bool) -> Result<(), Failure> {
        match self.unsettled {
            unsettled if is_asked && unsettled > 0 => Err(Failure::NotCurrent(unsettled, self.count)),
            _ => Ok(()),
        }
    }
}

/// Judges the objects of a file. `now` is asked when all of them are there.
///
/// # Errors
/// Where it cannot be read to its end: half of an answer would pass for one.
pub(super) async fn status(
    file: &Path,
    arguments: &StatusArguments,
    now: impl Fn() -> Timestamp,
) -> Result<Judged, Failure> {
    let objects = objects_of(file).await?;
    if objects.is_empty() {
        let nothing = format!("{} holds no object, so nothing was judged", place_of(file));
        if arguments.exit_code {
            let hint = "whatever made it printed nothing: that is not the same as all is well";
            return Err(Problem::new(ProblemKind::Malformed, nothing).hint(hint).into());
        }
        super::say(&nothing);
    }
    let entries = judge(&objects, arguments.with_pods, now());
    Ok(Judged {
        unsettled: entries.iter().filter(|entry| entry.status != Status::Current.to_string()).count(),
        count: entries.len(),
        printed: print(&entries, arguments.output)?,
    })
}

/// The objects of a file, in their order.
///
/// # Errors
/// Where it cannot be read to its end.
pub(super) async fn objects_of(file: &Path) -> Result<Vec<Value>, Problem> {
    let (place, text) = read(file).await?;
    objects(&text).map_err(|problem| Problem { cause: format!("{place}, {}", problem.cause), ..problem })
}

/// The text of a file, - for standard input.
///
/// # Errors
/// Where it cannot be read, or is no text.
pub(super) async fn text_of_file(file: &Path) -> Result<String, Problem> {
    read(file).await.map(|(_, text)| text)
}

/// What a file is called in messages.
pub(super) fn place_of(file: &Path) -> String {
    if file == Path::new("-") { "standard input".to_owned() } else { file.display().to_string() }
}

async fn read(file: &Path) -> Result<(String, String), Problem> {
    let place = place_of(file);
    let read = if file == Path::new("-") {
        let mut bytes = Vec::new();
        let read = std::io::stdin().lock().read_to_end(&mut bytes);
        read.map(|_| bytes)
    } else {
        tokio::fs::read(file).await
    };
    let broken = |error: &dyn std::fmt::Display| Problem::new(ProblemKind::Malformed, format!("{place}: {error}"));
    let bytes = read.map_err(|error| broken(&error))?;
    let text = String::from_utf8(bytes).map_err(|_| broken(&"is not UTF-8"))?;
    Ok((place, text))
}

/// The objects of a text, in their order. Documents are divided by `---`; one that begins with a brace or a bracket is
/// JSON, of which any number may follow another, every other one is YAML. A blank document holds no object.
fn objects(text: &str) -> Result<Vec<Value>, Problem> {
    let mut objects = Vec::new();
    for document in manifest::split(text.strip_prefix('\u{feff}').unwrap_or(text)) {
        let wrong = |line: usize, column: usize, cause: &dyn std::fmt::Display| {
            let line = document.line.saturating_add(line).saturating_sub(1);
            Problem::new(ProblemKind::Malformed, format!("line {line}, column {column}: {cause}"))
                .hint("nothing of it was judged; JSON, JSON lines and YAML are read")
        };
        if document.text.starts_with(['{', '[']) {
            for value in serde_json::Deserializer::from_str(document.text).into_iter() {
                let value = value.map_err(|error| wrong(error.line(), error.column(), &json_cause(&error)))?;
                flatten(value, LIST_DEPTH, &mut objects);
            }
        } else {
            match yaml::to_json(document.text) {
                Ok(Value::Null) => {}
                Ok(value) => flatten(value, LIST_DEPTH, &mut objects),
                Err(error) => return Err(wrong(error.line, error.column, &error.cause)),
            }
        }
    }
    Ok(objects)
}

/// serde_json tells the place in its text, counted from the start of the document.
fn json_cause(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ").map_or(text.clone(), |(cause, _)| cause.to_owned())
}

/// Takes arrays and lists of Kubernetes apart. Items of a typed list, such as a PodList, may leave their kind to it.
fn flatten(value: Value, depth: usize, objects: &mut Vec<Value>) {
    let (items, list) = match value {
        Value::Array(items) if depth > 0 => (items, Value::Null),
        Value::Object(mut fields) if depth > 0 && is_list(&fields) => match fields.remove("items") {
            Some(Value::Array(items)) => (items, Value::Object(fields)),
            _ => return,
        },
        other => return objects.push(other),
    };
    let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let item_kind = text(&list, "kind").strip_suffix("List").unwrap_or_default().to_owned();
    for mut item in items {
        let is_unnamed = text(&item, "kind").is_empty() || text(&item, "apiVersion").is_empty();
        if let Some(fields) = item.as_object_mut().filter(|_| is_unnamed && !item_kind.is_empty()) {
            fields.insert("kind".to_owned(), item_kind.clone().into());
            fields.insert("apiVersion".to_owned(), text(&list, "apiVersion").into());
        }
        flatten(item, depth.saturating_sub(1), objects);
    }
}

fn is_list(fields: &serde_json::Map<String, Value>) -> bool {
    let kind = fields.get("kind").and_then(Value::as_str).unwrap_or_default();
    kind.ends_with("List") && fields.get("items").is_some_and(Value::is_array)
}

fn judge(objects: &[Value], is_with_pods: bool, now: Timestamp) -> Vec<StatusEntry> {
    let is_pod = |object: &&Value| object.get("kind").is_some_and(|kind| kind == "Pod");
    let pods: Vec<Value> = if is_with_pods { objects.iter().filter(is_pod).cloned().collect() } else { Vec::new() };
    let judged = |object: &Value| match is_with_pods {
        true => with_pods(object, Fetched::Objects(&pods), Library::Flux, now),
        false => compute(object, now).unwrap_or_else(Computed::from),
    };
    objects.iter().map(|object| StatusEntry::new(object, judged(object))).collect()
}

fn print(entries: &[StatusEntry], output: Output) -> Result<String, Failure> {
    match output {
        Output::Yaml => document(&entries, output),
        Output::Json => lines(entries),
        Output::Table => {
            let named = |text: &str| cell(Some(text).filter(|text| !text.is_empty()));
            let row = |entry: &StatusEntry| {
                let assumed = if entry.assumed { " (assumed)" } else { "" };
                vec![
                    format!("{}{assumed}", entry.status),
                    named(&entry.kind),
                    named(&entry.namespace),
                    named(&entry.name),
                    named(&entry.reason),
                    entry.message.clone(),
                ]
            };
            let header = ["STATUS", "KIND", "NAMESPACE", "NAME", "REASON", "MESSAGE"];
            Ok(table(&header, &entries.iter().map(row).collect::<Vec<_>>()))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_form_of_input_is_taken_apart_in_its_order() {
        let check = |text: &str, expected: Value| assert_eq!(Value::from(objects(text).unwrap()), expected, "{text}");
        check("", json!([]));
        check("{\"a\":1}", json!([{ "a": 1 }]));
        check("{\"a\":1}\n\n  {\"a\":2} {\"a\":3}\n", json!([{ "a": 1 }, { "a": 2 }, { "a": 3 }]));
        check("\u{feff}{\"a\":1}", json!([{ "a": 1 }]));
        check(
            "a: 1\n---\n# none\n---\n{\"a\":2}\n{\"a\":3}\n---\n- a: 4\n- 5\n",
            json!([{ "a": 1 }, { "a": 2 }, { "a": 3 }, { "a": 4 }, 5]),
        );
        check("kind: List\nitems:\n- {a: 1}\n- kind: List\n  items: [{a: 2}]\n", json!([{ "a": 1 }, { "a": 2 }]));
        let typed =
            "{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"items\":[{\"a\":1},{\"kind\":\"X\",\"apiVersion\":\"y\"}]}";
        check(typed, json!([{ "a": 1, "kind": "Pod", "apiVersion": "v1" }, { "kind": "X", "apiVersion": "y" }]));
        check("{\"kind\":\"AllowList\",\"spec\":1}", json!([{ "kind": "AllowList", "spec": 1 }]));
        check("{\"kind\":\"Basket\",\"items\":[1]}", json!([{ "kind": "Basket", "items": [1] }]));
        check("{\"kind\":\"List\",\"items\":{}}", json!([{ "kind": "List", "items": {} }]));
    }

    #[test]
    fn what_cannot_be_read_is_said_with_its_place() {
        let check = |text: &str, expected: &str| assert_eq!(objects(text).unwrap_err().cause, expected, "{text}");
        check("{\"a\":1}\n{\"a\":", "line 2, column 5: EOF while parsing a value");
        check("a: 1\n---\n{\"a\":1}\n{\"a\" 1}\n", "line 4, column 6: expected `:`");
        check("{\"a\":1}, {\"a\":2}", "line 1, column 8: expected value");
        check("a: 1\n---\nb: [\n", "line 4, column 1: did not find expected node content");
    }

    #[test]
    fn objects_are_judged_alone_or_with_the_pods_beside_them() {
        let text = r#"
            {"apiVersion":"apps/v1","kind":"StatefulSet","metadata":{"name":"db","namespace":"shop"},"spec":{"selector":{"matchLabels":{"app":"db"}}}}
            {"apiVersion":"v1","kind":"Pod","metadata":{"name":"db-0","namespace":"shop","labels":{"app":"db"}},
             "status":{"phase":"Running","containerStatuses":[{"name":"db","state":{"waiting":{"reason":"CrashLoopBackOff"}}}]}}
            {"apiVersion":"v1","kind":"Pod","metadata":{"name":"odd"},"status":{"phase":"Odd"}}
            {"apiVersion":"stable.example.com/v1","kind":"CronTab","metadata":{"name":"tab"}}
            7"#;
        let objects = objects(text).unwrap();
        let check = |is_with_pods: bool, expected: &str| {
            let entries = judge(&objects, is_with_pods, Timestamp::UNIX_EPOCH);
            assert_eq!(print(&entries, Output::Table).unwrap(), expected);
        };
        check(
            false,
            "STATUS             KIND         NAMESPACE  NAME  REASON                 MESSAGE\n\
             InProgress         StatefulSet  shop       db    LessReplicas           Replicas: 0/1\n\
             Failed             Pod          shop       db-0  ContainerCrashLooping  Containers in CrashLoop state: db\n\
             Unknown            Pod          -          odd   -                      unknown phase Odd\n\
             Current (assumed)  CronTab      -          tab   -                      Resource is current\n\
             Unknown            -            -          -     -                      not an object\n",
        );
        check(
            true,
            "STATUS             KIND         NAMESPACE  NAME  REASON                 MESSAGE\n\
             Failed             StatefulSet  shop       db    -                      1 pods have failed\n\
             Failed             Pod          shop       db-0  ContainerCrashLooping  Containers in CrashLoop state: db\n\
             Unknown            Pod          -          odd   -                      unknown phase Odd\n\
             Current (assumed)  CronTab      -          tab   -                      Resource is current\n\
             Unknown            -            -          -     -                      not an object\n",
        );
    }
}
