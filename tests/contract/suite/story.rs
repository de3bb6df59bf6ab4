//! A case is a story: what the administrator changes and what a user asks, in turn. Telling it to a server gives a
//! transcript.

use bytes::Bytes;
use flate2::read::GzDecoder;
use futures::future::join_all;
use http::{HeaderMap, Request, Response, header};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use serde_json::{Map, Value, json};
use std::error::Error;
use std::io::Read;
use std::time::Duration;

use super::normal::Names;

/// The limit of one answer and of one event, far above what they take on a busy machine.
const LIMIT: Duration = Duration::from_secs(60);

/// An answer with its body as it comes.
pub type Answer = Response<UnsyncBoxBody<Bytes, Box<dyn Error + Send + Sync>>>;

/// One of the two servers.
pub trait Side {
    /// Creates or replaces an object, as the administrator.
    async fn put(&self, object: &Value);
    /// Deletes one, as the administrator.
    async fn remove(&self, object: &Value);
    /// Sends a request as a user.
    async fn send(&self, user: &str, request: Request<Full<Bytes>>) -> Answer;
    /// So many seconds go by.
    async fn pass(&self, seconds: i64);
    /// All versions that were handed out are forgotten.
    async fn forget(&self);
}

/// A named story. `{ns}` in it stands for a namespace of its own; `{list}` for the version of the last list, `{object}` for
/// that of the last object, `{token}` for the last token to go on with.
pub struct Case {
    pub name: &'static str,
    steps: Vec<Step>,
    /// Whether owners, generations and times are told as well: then no step puts or removes an object as the administrator, because
    /// the demo keeps those as they are given.
    is_whole: bool,
}

enum Step {
    Put(Value),
    Remove(Value),
    Ask(Ask),
    Watch(Ask),
    Events(usize),
    Bookmark,
    Pass(i64),
    End,
    Forget,
}

#[derive(Clone)]
struct Ask {
    user: &'static str,
    method: &'static str,
    path: String,
    headers: Vec<(&'static str, &'static str)>,
    body: String,
}

/// Begins a case.
pub fn case(name: &'static str) -> Case {
    Case { name, steps: Vec::new(), is_whole: false }
}

/// Begins a case that tells owners, generations and times.
pub fn whole(name: &'static str) -> Case {
    Case { is_whole: true, ..case(name) }
}

impl Case {
    fn then(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    pub fn put(self, object: Value) -> Self {
        self.then(Step::Put(object))
    }

    pub fn remove(self, object: Value) -> Self {
        self.then(Step::Remove(object))
    }

    /// The administrator gets a path.
    pub fn get(self, path: &str) -> Self {
        self.ask("administrator", "GET", path)
    }

    /// The administrator gets a path, with an `Accept` header.
    pub fn accept(self, path: &str, accept: &'static str) -> Self {
        self.get_with(path, &[("accept", accept)])
    }

    /// The administrator gets a path, with headers.
    pub fn get_with(self, path: &str, headers: &[(&'static str, &'static str)]) -> Self {
        let mut ask = asked("administrator", "GET", path);
        ask.headers = headers.to_vec();
        self.then(Step::Ask(ask))
    }

    pub fn ask(self, user: &'static str, method: &'static str, path: &str) -> Self {
        self.then(Step::Ask(asked(user, method, path)))
    }

    /// Somebody sends a body. `{uid}` in it stands for the uid of the last object.
    pub fn send(self, user: &'static str, method: &'static str, path: &str, content: &'static str, body: &str) -> Self {
        let headers = if content.is_empty() { Vec::new() } else { vec![("content-type", content)] };
        self.then(Step::Ask(Ask { headers, body: body.to_owned(), ..asked(user, method, path) }))
    }

    /// The administrator sends JSON.
    pub fn write(self, method: &'static str, path: &str, body: &Value) -> Self {
        self.send("administrator", method, path, "application/json", &body.to_string())
    }

    /// The administrator sends a patch; `form` is the middle of its media type: `merge-patch`.
    pub fn patch(self, form: &'static str, path: &str, body: &Value) -> Self {
        self.send("administrator", "PATCH", path, form, &body.to_string())
    }

    /// The administrator opens a watch.
    pub fn watch(self, path: &str) -> Self {
        self.then(Step::Watch(asked("administrator", "GET", path)))
    }

    pub fn watch_as(self, user: &'static str, path: &str) -> Self {
        self.then(Step::Watch(asked(user, "GET", path)))
    }

    pub fn watch_accepting(self, path: &str, accept: &'static str) -> Self {
        let mut ask = asked("administrator", "GET", path);
        ask.headers = vec![("accept", accept)];
        self.then(Step::Watch(ask))
    }

    /// Reads so many events of the open watch.
    pub fn events(self, count: usize) -> Self {
        self.then(Step::Events(count))
    }

    /// Reads a bookmark. They may come at any time: where a story does not ask for one, it overlooks them.
    pub fn bookmark(self) -> Self {
        self.then(Step::Bookmark)
    }

    pub fn pass(self, seconds: i64) -> Self {
        self.then(Step::Pass(seconds))
    }

    /// Reads the open watch to its end.
    pub fn end(self) -> Self {
        self.then(Step::End)
    }

    pub fn forget(self) -> Self {
        self.then(Step::Forget)
    }

    /// The namespace of this case.
    pub fn namespace(&self) -> String {
        self.name.replace('_', "-")
    }
}

fn asked(user: &'static str, method: &'static str, path: &str) -> Ask {
    Ask { user, method, path: path.to_owned(), headers: Vec::new(), body: String::new() }
}

/// A Secret with labels.
pub fn secret(name: &str, labels: &[(&str, &str)]) -> Value {
    object("v1", "Secret", name, labels, json!({"type": "Opaque", "data": {"a": "MQ=="}}))
}

/// A ConfigMap with labels.
pub fn config_map(name: &str, labels: &[(&str, &str)]) -> Value {
    object("v1", "ConfigMap", name, labels, json!({"data": {"a": "1"}}))
}

/// An object of a custom kind that no controller of the test cluster touches.
pub fn artifact(name: &str, labels: &[(&str, &str)]) -> Value {
    let spec = json!({"spec": {"sourceRef": {"apiVersion": "example.com/v1", "kind": "Source", "name": "one"}}});
    object("source.toolkit.fluxcd.io/v1", "ExternalArtifact", name, labels, spec)
}

pub fn object(api_version: &str, kind: &str, name: &str, labels: &[(&str, &str)], rest: Value) -> Value {
    let mut metadata = json!({"name": name, "namespace": "{ns}"});
    if !labels.is_empty() {
        metadata["labels"] = labels.iter().map(|(key, value)| ((*key).to_owned(), json!(value))).collect();
    }
    let mut object = json!({"apiVersion": api_version, "kind": kind, "metadata": metadata});
    object.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
    object
}

/// Tells stories of one subject to a server, all at once up to where history is forgotten, which happens to all at once.
pub async fn tell(side: &impl Side, cases: Vec<Case>) -> super::Transcripts {
    let mut tellers: Vec<Teller> = cases.into_iter().map(Teller::new).collect();
    loop {
        let waiting = join_all(tellers.iter_mut().map(|teller| teller.go_on(side))).await;
        if !waiting.contains(&true) {
            break;
        }
        side.forget().await;
    }
    tellers.into_iter().map(|teller| (teller.case.name.to_owned(), Value::Array(teller.transcript))).collect()
}

struct Teller {
    case: Case,
    at: usize,
    names: Names,
    watch: Option<Watch>,
    transcript: Vec<Value>,
}

struct Watch {
    answer: Answer,
    unread: Vec<u8>,
}

impl Teller {
    fn new(case: Case) -> Self {
        let names = Names::new(case.is_whole);
        Self { case, at: 0, names, watch: None, transcript: Vec::new() }
    }

    /// Goes on to the end, or to where history is to be forgotten: then it returns `true`.
    async fn go_on(&mut self, side: &impl Side) -> bool {
        if self.at == 0 {
            let name = self.case.namespace();
            let metadata = json!({"name": name, "labels": {"kubernetes.io/metadata.name": name}});
            let rest = json!({"spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"}});
            let mut namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata});
            namespace.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
            side.put(&namespace).await;
        }
        while let Some(step) = self.case.steps.get(self.at) {
            self.at += 1;
            match step {
                Step::Put(object) => side.put(&self.filled_in(object)).await,
                Step::Remove(object) => side.remove(&self.filled_in(object)).await,
                Step::Ask(ask) => {
                    let ask = ask.clone();
                    let answer = self.send(side, &ask).await;
                    let said = self.whole(answer).await;
                    self.say(&ask, said);
                }
                Step::Watch(ask) => {
                    let ask = ask.clone();
                    let answer = self.send(side, &ask).await;
                    if answer.status() == 200 {
                        let head = head(&answer);
                        self.watch = Some(Watch { answer, unread: Vec::new() });
                        self.say(&ask, head);
                    } else {
                        let said = self.whole(answer).await;
                        self.say(&ask, said);
                    }
                }
                Step::Events(count) => {
                    for _ in 0..*count {
                        let event = self.event_but_bookmarks().await.unwrap_or_else(|| "ended early".into());
                        self.transcript.push(event);
                    }
                }
                Step::Bookmark => {
                    let event = self.event().await.unwrap_or_else(|| "ended early".into());
                    self.transcript.push(event);
                }
                Step::Pass(seconds) => side.pass(*seconds).await,
                // What was refused has no events.
                Step::End if self.watch.is_none() => {}
                Step::End => {
                    while let Some(event) = self.event_but_bookmarks().await {
                        self.transcript.push(event);
                    }
                    self.transcript.push(json!("end"));
                    self.watch = None;
                }
                Step::Forget => return true,
            }
        }
        false
    }

    fn filled_in(&self, object: &Value) -> Value {
        serde_json::from_str(&object.to_string().replace("{ns}", &self.case.namespace())).unwrap()
    }

    async fn send(&self, side: &impl Side, ask: &Ask) -> Answer {
        let path = ask.path.replace("{ns}", &self.case.namespace());
        let mut request = Request::builder().method(ask.method).uri(self.names.fill_in(&path));
        for (name, value) in &ask.headers {
            request = request.header(*name, self.names.fill_in(value));
        }
        let body = self.names.fill_in(&ask.body.replace("{ns}", &self.case.namespace()));
        let request = request.body(Full::new(Bytes::from(body))).unwrap();
        tokio::time::timeout(LIMIT, side.send(ask.user, request)).await.expect("an answer")
    }

    fn say(&mut self, ask: &Ask, mut said: Value) {
        let words = [vec![ask.user, ask.method, &ask.path]];
        let mut asked = words.concat().join(" ");
        for (name, value) in &ask.headers {
            asked += &format!(" [{name}: {value}]");
        }
        if !ask.body.is_empty() {
            let length = ask.body.len();
            asked += &if length > 1000 { format!(" {length} characters") } else { format!(" {}", ask.body) };
        }
        let mut step = Map::new();
        step.insert("asked".to_owned(), asked.into());
        step.append(said.as_object_mut().unwrap());
        self.transcript.push(step.into());
    }

    async fn whole(&mut self, answer: Answer) -> Value {
        let mut said = head(&answer);
        let packed = answer.headers().get(header::CONTENT_ENCODING).is_some();
        let json = is_json(answer.headers());
        let body = tokio::time::timeout(LIMIT, answer.into_body().collect()).await.expect("a body").unwrap().to_bytes();
        let mut bytes = body.to_vec();
        if packed {
            bytes.clear();
            GzDecoder::new(&body[..]).read_to_end(&mut bytes).unwrap();
        }
        // The index of documents is JSON that says of itself that it is text.
        said["body"] = if json && !bytes.is_empty() || bytes.starts_with(b"{") {
            self.names.normal(serde_json::from_slice(&bytes).unwrap())
        } else {
            String::from_utf8(bytes).unwrap().into()
        };
        said
    }

    async fn event_but_bookmarks(&mut self) -> Option<Value> {
        loop {
            let event = self.event().await?;
            // The one that ends the initial events is no ordinary one.
            if event["type"] != "BOOKMARK" || event["object"]["metadata"].get("annotations").is_some() {
                return Some(event);
            }
        }
    }

    /// The next event of the open watch; `None` at its end.
    async fn event(&mut self) -> Option<Value> {
        let watch = self.watch.as_mut().expect("an open watch");
        loop {
            if let Some(end) = watch.unread.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = watch.unread.drain(..=end).collect();
                return Some(self.names.normal(serde_json::from_slice(&line).unwrap()));
            }
            let frame =
                tokio::time::timeout(LIMIT, watch.answer.body_mut().frame()).await.expect("an event or the end");
            watch.unread.extend_from_slice(frame?.unwrap().data_ref().expect("data"));
        }
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.to_str().unwrap().starts_with("application/json"))
}

/// Status and headers, as far as a client may look at them.
fn head(answer: &Answer) -> Value {
    let mut head = Map::new();
    head.insert("code".to_owned(), answer.status().as_u16().into());
    for name in ["content-type", "content-encoding", "cache-control", "vary", "retry-after", "location", "warning"] {
        let values: Vec<&str> = answer.headers().get_all(name).iter().map(|value| value.to_str().unwrap()).collect();
        if !values.is_empty() {
            head.insert(name.to_owned(), values.join(", ").into());
        }
    }
    if let Some(Value::String(place)) = head.get_mut("location") {
        super::normal::count_hash(place);
    }
    if answer.headers().contains_key(header::ETAG) {
        head.insert("etag".to_owned(), "some".into());
    }
    head.into()
}
