//! An API server of a few lines, on which any request can go wrong, before or after it did its work.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use http::{Method, Request, Response};
use http_body_util::{BodyExt as _, Full};
use kube::client::Body;
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::journal::{Deed, Journal, Line};
use crate::ownership::patch::apply_json;

/// What goes wrong with one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It is refused with this code and reason, and does nothing.
    Refuse(u16, &'static str),
    /// The connection is lost before it does anything.
    LostBefore,
    /// The connection is lost after it did its work.
    LostAfter,
    /// It is never answered and does nothing.
    HangBefore,
    /// It does its work and is never answered.
    HangAfter,
}

/// What others do to the objects, just before one request.
pub type Others = fn(&mut Objects);

#[derive(Debug, Default)]
pub struct Objects {
    pub by_path: BTreeMap<String, Value>,
    version: u64,
}

#[derive(Default)]
struct State {
    objects: Objects,
    asked: usize,
    fault: Option<(usize, Fault)>,
    others: Option<(usize, Others)>,
    /// The steps whose requests did something, as the journal told them then.
    wrote: Vec<usize>,
    journal: Option<Journal>,
}

#[derive(Clone, Default)]
pub struct Server {
    state: Arc<Mutex<State>>,
    /// Told when the request that hangs has come.
    pub hanging: Arc<Notify>,
}

impl Objects {
    pub fn put(&mut self, path: &str, mut object: Value) {
        self.version += 1;
        let old = self.by_path.get(path);
        let generation = old.and_then(|old| old.pointer("/metadata/generation")).and_then(Value::as_u64).unwrap_or(0);
        let is_same_spec = old.is_some_and(|old| old.get("spec") == object.get("spec"));
        let metadata = object["metadata"].as_object_mut().unwrap();
        if old.is_none() {
            metadata.insert("uid".into(), format!("uid-{}", self.version).into());
        }
        metadata.insert("resourceVersion".into(), self.version.to_string().into());
        metadata.insert("generation".into(), (generation + u64::from(!is_same_spec)).into());
        self.by_path.insert(path.to_owned(), object);
    }
}

impl Server {
    pub fn with(objects: &[(&str, Value)], journal: &Journal) -> Self {
        let server = Self::default();
        let mut state = server.state.lock().unwrap();
        for (path, object) in objects {
            state.objects.put(path, object.clone());
        }
        state.journal = Some(journal.clone());
        drop(state);
        server
    }

    pub fn object(&self, path: &str) -> Option<Value> {
        self.state.lock().unwrap().objects.by_path.get(path).cloned()
    }

    pub fn objects(&self) -> BTreeMap<String, Value> {
        self.state.lock().unwrap().objects.by_path.clone()
    }

    /// How many requests came.
    pub fn asked(&self) -> usize {
        self.state.lock().unwrap().asked
    }

    /// The steps that did something.
    pub fn wrote(&self) -> Vec<usize> {
        self.state.lock().unwrap().wrote.clone()
    }

    pub fn fail(&self, request: usize, fault: Fault) {
        self.state.lock().unwrap().fault = Some((request, fault));
    }

    pub fn before(&self, request: usize, others: Others) {
        self.state.lock().unwrap().others = Some((request, others));
    }

    fn handle(&self, method: &Method, uri: &str, body: &Value) -> (u16, Value) {
        let mut state = self.state.lock().unwrap();
        let (status, answer, has_written) = state.objects.handle(method, uri, body);
        if has_written {
            let step = state.journal.as_ref().map(noted_last).unwrap();
            state.wrote.push(step.unwrap_or_else(|| panic!("{method} {uri} was not noted before it was sent")));
        }
        (status, answer)
    }
}

/// The step whose request was noted last, if that is the last line.
fn noted_last(journal: &Journal) -> Option<usize> {
    match journal.read().unwrap().pop()? {
        Line::Entry(entry) => match entry.deed {
            Deed::Send { step, .. } => Some(step),
            Deed::Reveal { .. } | Deed::Begin { .. } | Deed::Step { .. } | Deed::End { .. } => None,
        },
        Line::Newer(_) | Line::Damaged { .. } => None,
    }
}

impl tower_service::Service<Request<Body>> for Server {
    type Response = Response<Full<Bytes>>;
    type Error = Box<dyn std::error::Error + Send + Sync>;
    type Future = BoxFuture<'static, Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let server = self.clone();
        async move {
            let (head, body) = request.into_parts();
            let body = body.collect().await?.to_bytes();
            let body: Value = serde_json::from_slice(&body).unwrap_or_default();
            let uri = head.uri.to_string();
            let fault = {
                let mut state = server.state.lock().unwrap();
                state.asked += 1;
                let asked = state.asked;
                if let Some((_, others)) = state.others.filter(|(at, _)| *at == asked) {
                    others(&mut state.objects);
                }
                state.fault.filter(|(at, _)| *at == asked).map(|(_, fault)| fault)
            };
            match fault {
                Some(Fault::Refuse(code, reason)) => return Ok(respond(status(code, reason, "refused as asked"))),
                Some(Fault::LostBefore) => return Err("connection reset by peer".into()),
                Some(Fault::HangBefore) => {
                    server.hanging.notify_one();
                    return futures::future::pending().await;
                }
                Some(Fault::LostAfter | Fault::HangAfter) | None => {}
            }
            let (code, answer) = server.handle(&head.method, &uri, &body);
            match fault {
                Some(Fault::LostAfter) => Err("connection reset by peer".into()),
                Some(Fault::HangAfter) => {
                    server.hanging.notify_one();
                    futures::future::pending().await
                }
                Some(Fault::Refuse(..) | Fault::LostBefore | Fault::HangBefore) | None => Ok(respond((code, answer))),
            }
        }
        .boxed()
    }
}

fn respond((code, body): (u16, Value)) -> Response<Full<Bytes>> {
    let response = Response::builder().status(code).header("content-type", "application/json");
    response.body(Full::new(Bytes::from(body.to_string()))).unwrap()
}

fn status(code: u16, reason: &str, message: &str) -> (u16, Value) {
    let status = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "message": message, "reason": reason, "code": code});
    (code, status)
}

impl Objects {
    /// Code, answer, and whether something is another one now.
    fn handle(&mut self, method: &Method, uri: &str, body: &Value) -> (u16, Value, bool) {
        let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
        let query: BTreeMap<String, String> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let refuse = |code, reason: &str, message: &str| {
            let (code, status) = status(code, reason, message);
            (code, status, false)
        };
        let old = self.by_path.get(path).cloned();
        if *method == Method::POST {
            let path = format!("{path}/{}", body["metadata"]["name"].as_str().unwrap());
            if self.by_path.contains_key(&path) {
                return refuse(409, "AlreadyExists", &format!("{path} already exists"));
            }
            let mut object = body.clone();
            if object["kind"] == "Job" {
                object["status"] = json!({"conditions": [{"type": "Complete", "status": "True"}]});
            }
            self.put(&path, object);
            return (201, self.by_path[&path].clone(), true);
        }
        let Some(old) = old else {
            if *method == Method::GET && query.contains_key("labelSelector") {
                let items = self.by_path.iter().filter(|(key, _)| key.starts_with(&format!("{path}/")));
                let items: Vec<&Value> = items.map(|(_, object)| object).collect();
                return (200, json!({"kind": "List", "metadata": {}, "items": items}), false);
            }
            return refuse(404, "NotFound", &format!("{path} not found"));
        };
        if *method == Method::GET {
            return (200, old, false);
        }
        let asked = match *method {
            Method::DELETE => body["preconditions"].clone(),
            _ if body.is_array() => {
                let value = |path: &str| {
                    let mut found = body.as_array().unwrap().iter().filter(|operation| operation["path"] == path);
                    found.next().map_or(Value::Null, |operation| operation["value"].clone())
                };
                json!({"uid": value("/metadata/uid"), "resourceVersion": value("/metadata/resourceVersion")})
            }
            _ => body["metadata"].clone(),
        };
        for name in ["uid", "resourceVersion"] {
            if asked.get(name).is_some_and(|wanted| !wanted.is_null() && *wanted != old["metadata"][name]) {
                return refuse(409, "Conflict", &format!("{path}: {name} is another one"));
            }
        }
        if *method == Method::DELETE {
            self.by_path.remove(path);
            self.version += 1;
            return (200, json!({"kind": "Status", "status": "Success", "metadata": {}}), true);
        }
        let mut new = match body {
            _ if *method == Method::PUT => body.clone(),
            Value::Array(operations) => patched(old.clone(), operations),
            patch => apply_json(old.clone(), patch),
        };
        for name in ["uid", "resourceVersion", "generation"] {
            new["metadata"][name] = old["metadata"][name].clone();
        }
        if new["metadata"].get("managedFields").is_none() {
            new["metadata"]["managedFields"] = old["metadata"]["managedFields"].clone();
        }
        if query.contains_key("force") {
            let entry = json!({"manager": query["fieldManager"], "operation": "Apply", "apiVersion": "v1",
                "fieldsType": "FieldsV1", "fieldsV1": fields_of(body)});
            let mut entries = old["metadata"]["managedFields"].as_array().cloned().unwrap_or_default();
            entries.retain(|old| old["manager"] != entry["manager"] || old["operation"] != "Apply");
            entries.push(entry);
            new["metadata"]["managedFields"] = entries.into();
        }
        let is_another = new != old;
        if is_another {
            self.put(path, new);
        }
        (200, self.by_path[path].clone(), is_another)
    }
}

fn patched(mut object: Value, operations: &[Value]) -> Value {
    for operation in operations {
        let path = operation["path"].as_str().unwrap();
        let (parent, name) = path.rsplit_once('/').unwrap();
        object.pointer_mut(parent).unwrap()[name] = operation["value"].clone();
    }
    object
}

/// Who applies this owns these fields; what says which object it is, nobody owns.
fn fields_of(body: &Value) -> Value {
    let Value::Object(map) = body else { return json!({}) };
    let identity = ["apiVersion", "kind", "name", "namespace", "uid", "resourceVersion"];
    let owned = map.iter().filter(|(name, _)| !identity.contains(&name.as_str()));
    let fields = owned.map(|(name, value)| (format!("f:{name}"), fields_of(value)));
    Value::Object(fields.filter(|(name, below)| name != "f:metadata" || *below != json!({})).collect())
}
