//! What a real API server answers to patches that are tried: the stories, objects and generated applies to which the demo is held.
//!
//! Told to a server without controllers, so that an object stays as it was written. `UPDATE_CONTRACT=1` writes down what it says
//! now.

mod generated;
mod recorded;
mod stories;

use serde_json::{Value, json};

use crate::Case;
use crate::cluster::{Cluster, Connection, User};
use crate::contract::suite;
use suite::patches::{Asked, Known, Told};

pub const CASES: &[Case] = &[Case::shared("answers_to_patches_that_are_tried", answers)];

fn answers(_: &'static Cluster) {
    let cluster = Cluster::start_server();
    cluster.define();
    for (path, definition) in crate::openapi::definitions() {
        let text = definition.to_string();
        let mut connection = cluster.connection().unwrap();
        let path = format!("{path}?fieldManager=contract&force=true");
        let token = cluster.token(User::Admin);
        let answer = connection.send_as(Form::Apply.content(), "PATCH", &path, Some(&token), Some(&text)).unwrap();
        assert!(matches!(answer.status, 200 | 201), "{}", answer.body);
    }
    cluster.wait("the definitions of the demo to be served", std::time::Duration::from_secs(60), || {
        let served = |path: &str| cluster.request(User::Admin, "GET", path, None).status == 200;
        served("/apis/certs.example.com/v1/certificates") && served("/apis/dashboards.example.com/v1/dashboards")
    });
    let mut server = Server { connection: cluster.connection().unwrap(), cluster: &cluster };
    for (file, cases) in
        [("stories", stories::cases()), ("generated", generated::cases()), ("recorded", recorded::cases())]
    {
        let told: Vec<Told> = cases.iter().map(|case| server.tell(case)).collect();
        if std::env::var_os("UPDATE_CONTRACT").is_some() {
            suite::patches::write_golden(file, &told);
            continue;
        }
        let golden = suite::patches::golden(file);
        assert_eq!(told.len(), golden.len(), "{file}");
        for (told, golden) in told.iter().zip(&golden) {
            let value = |told: &Told| serde_json::to_value(told).unwrap();
            suite::check(&told.name, &value(told), &value(golden));
        }
    }
    drop(server);
    cluster.stop();
}

/// How an object is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Apply,
    Merge,
    Strategic,
    Json,
}

impl Form {
    fn content(self) -> &'static str {
        match self {
            Self::Apply => "application/apply-patch+yaml",
            Self::Merge => "application/merge-patch+json",
            Self::Strategic => "application/strategic-merge-patch+json",
            Self::Json => "application/json-patch+json",
        }
    }
}

/// How the object comes to be.
enum Write {
    /// A patch by a manager, of the object or a subresource. Applies are forced.
    Patch { manager: String, form: Form, part: &'static str, body: Value },
    /// The object as it is, its status and its managedFields.
    Whole(Box<Value>),
    /// Nobody is known to have written anything.
    Forgotten,
}

/// A request that is tried.
struct Try {
    user: User,
    /// Below the collection; `None` is the object itself.
    object: Option<String>,
    part: &'static str,
    query: String,
    content: String,
    body: String,
}

struct Story {
    name: String,
    /// Below the namespace: the group's root and the plural, as `apis/apps/v1` and `deployments`.
    root: &'static str,
    plural: &'static str,
    object: String,
    /// Whether every write must succeed. Else those after the first are left out that leave nothing valid.
    is_strict: bool,
    writes: Vec<Write>,
    tries: Vec<Try>,
}

impl Story {
    fn new(name: impl Into<String>, (root, plural): (&'static str, &'static str)) -> Self {
        let object = "one".to_owned();
        Self { name: name.into(), root, plural, object, is_strict: true, writes: Vec::new(), tries: Vec::new() }
    }

    fn named(mut self, object: &str) -> Self {
        object.clone_into(&mut self.object);
        self
    }

    fn whole(mut self, object: &Value) -> Self {
        self.writes.push(Write::Whole(Box::new(object.clone())));
        self
    }

    fn forgotten(mut self) -> Self {
        self.writes.push(Write::Forgotten);
        self
    }

    fn written(self, manager: &str, form: Form, body: Value) -> Self {
        self.written_part(manager, form, "", body)
    }

    fn applied(self, manager: &str, body: Value) -> Self {
        self.written(manager, Form::Apply, body)
    }

    fn written_part(mut self, manager: &str, form: Form, part: &'static str, body: Value) -> Self {
        self.writes.push(Write::Patch { manager: manager.to_owned(), form, part, body });
        self
    }

    /// Anything at all.
    fn raw(mut self, object: Option<&str>, part: &'static str, query: &str, content: &str, body: &str) -> Self {
        let (query, content, body) = (query.to_owned(), content.to_owned(), body.to_owned());
        self.tries.push(Try { user: User::Admin, object: object.map(str::to_owned), part, query, content, body });
        self
    }

    fn by(mut self, user: User) -> Self {
        self.tries.last_mut().unwrap().user = user;
        self
    }

    fn tried(self, manager: &str, form: Form, body: &Value) -> Self {
        self.raw(None, "", &format!("fieldManager={manager}&dryRun=All"), form.content(), &body.to_string())
    }

    fn tried_part(self, manager: &str, form: Form, part: &'static str, body: &Value) -> Self {
        self.raw(None, part, &format!("fieldManager={manager}&dryRun=All"), form.content(), &body.to_string())
    }

    fn apply(self, manager: &str, body: &Value) -> Self {
        self.tried(manager, Form::Apply, body)
    }

    fn force(self, manager: &str, body: &Value) -> Self {
        let query = format!("fieldManager={manager}&force=true&dryRun=All");
        self.raw(None, "", &query, Form::Apply.content(), &body.to_string())
    }

    /// The same, once without force and once with it.
    fn apply_and_force(self, manager: &str, body: &Value) -> Self {
        self.apply(manager, body).force(manager, body)
    }

    fn namespace(&self) -> String {
        format!("tried-{}", self.name.replace('_', "-"))
    }

    fn collection(&self) -> String {
        format!("/{}/namespaces/{}/{}", self.root, self.namespace(), self.plural)
    }
}

struct Server<'c> {
    cluster: &'c Cluster,
    connection: Connection,
}

impl Server<'_> {
    fn tell(&mut self, story: &Story) -> Told {
        let namespace = json!({
            "apiVersion": "v1", "kind": "Namespace", "metadata": {"name": story.namespace()},
        });
        self.made("PATCH", &format!("/api/v1/namespaces/{}?fieldManager=contract", story.namespace()), &namespace);
        let base = self.write(story);
        let known = Known::of(base.as_ref(), true);
        let asked = story.tries.iter().map(|tried| {
            let object = tried.object.as_ref().unwrap_or(&story.object);
            let part = if tried.part.is_empty() { String::new() } else { format!("/{}", tried.part) };
            let path = format!("{}/{object}{part}?{}", story.collection(), tried.query);
            let (code, said) = self.send(tried.user, "PATCH", &path, &tried.content, Some(&tried.body));
            Asked {
                user: tried.user.name().to_owned(),
                path,
                content: tried.content.clone(),
                body: tried.body.clone(),
                code,
                said: known.normal(&said),
            }
        });
        let asked: Vec<Asked> = asked.collect();
        if let Some(base) = &base {
            let path = format!("{}/{}", story.collection(), story.object);
            let left = self.send(User::Admin, "GET", &path, "", None).1;
            let version = |object: &Value| object["metadata"]["resourceVersion"].clone();
            assert_eq!(version(&left), version(base), "{} was written meanwhile", story.name);
            // What is unique in a cluster, as addresses are, is free for the next one.
            let body = json!({"metadata": {"finalizers": null}});
            self.send(User::Admin, "PATCH", &path, Form::Merge.content(), Some(&body.to_string()));
            self.send(User::Admin, "DELETE", &path, "", None);
        }
        let at = format!("{}/{}", story.collection(), story.object);
        Told { name: story.name.clone(), at, base: base.map(|base| known.normal(&base)), asked }
    }

    /// Makes the object. It then has times that are the same each time.
    fn write(&mut self, story: &Story) -> Option<Value> {
        let path = format!("{}/{}", story.collection(), story.object);
        let mut managed = None;
        for (number, write) in story.writes.iter().enumerate() {
            match write {
                Write::Patch { manager, form, part, body } => {
                    let part = if part.is_empty() { String::new() } else { format!("/{part}") };
                    let force = if *form == Form::Apply { "&force=true" } else { "" };
                    let query = format!("?fieldManager={manager}{force}");
                    let body = body.to_string();
                    let at = format!("{path}{part}{query}");
                    let (code, said) = self.send(User::Admin, "PATCH", &at, form.content(), Some(&body));
                    let may_fail = number > 0 && !story.is_strict && code == 422;
                    assert!(may_fail || matches!(code, 200 | 201), "{}: {at}: {said}\n{body}", story.name);
                }
                Write::Whole(object) => {
                    managed = object["metadata"].get("managedFields").cloned();
                    let mut object = object.as_ref().clone();
                    object["metadata"]["namespace"] = json!(story.namespace());
                    let metadata = object["metadata"].as_object_mut().unwrap();
                    for own in ["managedFields", "uid", "resourceVersion", "creationTimestamp", "generation"] {
                        metadata.shift_remove(own);
                    }
                    let mut made = self.made("POST", &story.collection(), &object);
                    if let Some(status) = object.get("status") {
                        made["status"] = status.clone();
                        self.made("PUT", &format!("{path}/status"), &made);
                    }
                }
                Write::Forgotten => managed = Some(json!([{}])),
            }
        }
        if story.writes.is_empty() {
            return None;
        }
        let mut object = self.made("GET", &path, &Value::Null);
        let managed = managed.unwrap_or_else(|| at_known_times(&object["metadata"]["managedFields"]));
        // Once emptied first: a write that changes nothing but times is none.
        for managed in [json!([{}]), managed] {
            object["metadata"]["managedFields"] = managed;
            object = self.made("PUT", &path, &object);
        }
        Some(object)
    }

    fn made(&mut self, method: &str, path: &str, body: &Value) -> Value {
        let text = body.to_string();
        let content = if method == "PATCH" { Form::Apply.content() } else { "application/json" };
        let (code, said) = self.send(User::Admin, method, path, content, (!body.is_null()).then_some(&text));
        assert!(matches!(code, 200 | 201), "{method} {path}: {said}\n{text}");
        said
    }

    fn send(&mut self, user: User, method: &str, path: &str, content: &str, body: Option<&str>) -> (u16, Value) {
        let token = self.cluster.token(user);
        let response = self.connection.send_as(content, method, path, Some(&token), body);
        let response = response.unwrap_or_else(|error| panic!("{method} {path}: {error}"));
        let said = serde_json::from_str(&response.body).unwrap_or_else(|_| Value::String(response.body.clone()));
        (response.status, said)
    }
}

/// The entries with times that tell them apart: in the order of the names, one second each.
fn at_known_times(managed: &Value) -> Value {
    let mut entries = managed.as_array().cloned().unwrap_or_default();
    let text = |entry: &Value, field: &str| entry[field].as_str().unwrap_or_default().to_owned();
    entries.sort_by_key(|entry| ["operation", "manager", "subresource", "apiVersion"].map(|field| text(entry, field)));
    for (second, entry) in entries.iter_mut().enumerate() {
        entry["time"] = json!(format!("2026-01-01T00:01:{second:02}Z"));
    }
    Value::Array(entries)
}
