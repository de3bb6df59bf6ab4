//! Sides that come from the API server: the objects of a release as they are, and as a write that is tried would leave them.
//!
//! What is no difference to anybody is taken away: what the server keeps of each object for itself, and what Helm and Flux put
//! into every object that they apply. What else the manifest lacks and nobody wrote is left in, and named as assumed.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::fields::{self, Comparing};
use super::{Body, Document, FieldChange, Part, Side};
use crate::ownership::beyond::{Beyond, beyond};
use crate::ownership::classes::Row;
use crate::ownership::own::{Managers, Method, Pair};
use crate::ownership::report::{group_of, gvk};
use crate::ownership::subject::Subject;
use crate::ownership::wanted;
use crate::release::mask::Masker;
use crate::release::payload::{ApplyMethod, Payload};
use crate::release::storage::FLUX_MANAGER;
use crate::release::{ObjectId, manifest};
use crate::schema::{Schema, Typed};

/// What the API server keeps of an object for itself, and what `kubectl apply` keeps of it.
/// Sources: kubernetes/apimachinery `pkg/apis/meta/v1/types.go` (ObjectMeta), kubernetes/api `core/v1/annotation_key_constants.go`.
const BOOKKEEPING: &[&[&str]] = &[
    &["status"],
    &["metadata", "uid"],
    &["metadata", "resourceVersion"],
    &["metadata", "creationTimestamp"],
    &["metadata", "generation"],
    &["metadata", "selfLink"],
    &["metadata", "deletionTimestamp"],
    &["metadata", "deletionGracePeriodSeconds"],
    &["metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration"],
];

/// What a mark says.
enum Says {
    /// Always this.
    Word(&'static str),
    /// The release's name.
    Name,
    /// The release's namespace.
    Namespace,
    /// Whatever it is: the HelmRelease, which need not have the release's name.
    Anything,
}

/// What Helm and Flux put into each object that they apply.
/// Sources: helm.sh/helm v4.3.1 `pkg/action/validate.go` (setMetadataVisitor), helm-controller v1.6.3 `internal/postrender`
/// (origin labels, which are in the manifests that Flux stores).
const MARKS: &[(&str, &str, Says)] = &[
    ("labels", "app.kubernetes.io/managed-by", Says::Word("Helm")),
    ("annotations", "meta.helm.sh/release-name", Says::Name),
    ("annotations", "meta.helm.sh/release-namespace", Says::Namespace),
    ("labels", "helm.toolkit.fluxcd.io/name", Says::Anything),
    ("labels", "helm.toolkit.fluxcd.io/namespace", Says::Anything),
];

/// The release that objects belong to.
#[derive(Clone, Copy)]
struct Place<'a> {
    namespace: &'a str,
    name: &'a str,
}

impl Side {
    /// The objects of a release as they are. Told of are those that the manifest of the subject names, or one of `others`: a
    /// revision that it is compared with may name more. `unseen` as in [`super::End::Live`].
    #[must_use]
    pub fn live(
        subject: &Subject,
        unseen: &[(ObjectId, Option<String>)],
        others: &[&Payload],
        schema: &Schema,
    ) -> Self {
        let release = &subject.release;
        let place = Place { namespace: &release.namespace, name: &release.id.name };
        let mut side = Self { label: "live".to_owned(), parts: BTreeSet::from([Part::Manifest]), ..Self::default() };
        let writing = subject.writing();
        let mut told = BTreeSet::new();
        let named = objects(&subject.payload).into_iter().map(|object| (true, object));
        let named = named.chain(others.iter().flat_map(|payload| objects(payload)).map(|object| (false, object)));
        let mut found = Vec::new();
        for (is_own, object) in named {
            let Some(live) = subject.live_of(&object) else { continue };
            if told.insert(live.id.clone()) {
                found.push((is_own, object, live.with_managed_fields()));
            }
        }
        let own = found.iter().filter(|(is_own, ..)| *is_own).map(|(_, object, live)| (object, live));
        let managers = managers(own, place, schema, writing.method, writing.expected, writing.settings);
        for (_, object, live) in &found {
            side.add(object, live, place, &managers, schema);
        }
        for (id, why) in unseen {
            let Some(why) = why else { continue };
            let id = in_place(id, place.namespace);
            side.faults.push(format!("live: {id} is not compared: {why}"));
            side.unread.insert(id);
        }
        side
    }

    /// What the API server makes of a write of this revision. `settings`: rows of the user's.
    #[must_use]
    pub fn dry_run(
        payload: &Payload,
        outcomes: &[(ObjectId, Result<Value, String>)],
        settings: &[Row],
        schema: &Schema,
    ) -> Self {
        let (namespace, name) = (payload.namespace().unwrap_or_default(), payload.name().unwrap_or_default());
        let place = Place { namespace, name };
        let number = payload.revision().map_or_else(|| "?".to_owned(), |revision| revision.to_string());
        let label = format!("dry-run of revision {number}");
        let mut side = Self { label, parts: BTreeSet::from([Part::Manifest]), ..Self::default() };
        let objects: BTreeMap<ObjectId, manifest::Object> =
            objects(payload).into_iter().map(|object| (id_of(&object, namespace), object)).collect();
        let mut found = Vec::new();
        for (id, outcome) in outcomes {
            let id = in_place(id, namespace);
            match (outcome, objects.get(&id)) {
                (Ok(after), Some(object)) => found.push((object, after)),
                // It is in no manifest any more, and stays.
                (Ok(after), None) => side.keep(id, after),
                (Err(why), _) => {
                    side.faults.push(format!("{}: {id} is not compared: {why}", side.label));
                    side.unread.insert(id);
                }
            }
        }
        let method = match payload.apply_method() {
            Some(ApplyMethod::ServerSide) => Method::ServerSide,
            Some(ApplyMethod::ClientSide) | None => Method::ClientSide,
        };
        let is_flux = found.iter().any(|(_, after)| {
            let entries = after.pointer("/metadata/managedFields").and_then(Value::as_array).into_iter().flatten();
            entries.filter_map(|entry| entry.get("manager")?.as_str()).any(|manager| manager == FLUX_MANAGER)
        });
        let expected = if is_flux { FLUX_MANAGER } else { "helm" };
        let managers = managers(found.iter().copied(), place, schema, method, expected, settings);
        for (object, after) in found {
            side.add(object, after, place, &managers, schema);
        }
        side
    }

    fn add(&mut self, object: &manifest::Object, live: &Value, place: Place<'_>, managers: &Managers, schema: &Schema) {
        let id = id_of(object, place.namespace);
        if is_without_data(live) {
            self.faults.push(format!(
                "{}: {id} is not compared here, `wheelhouse diff` does: of Secrets the metadata alone was read",
                self.label
            ));
            self.unread.insert(id);
            return;
        }
        if live.pointer("/metadata/deletionTimestamp").is_some() {
            self.faults.push(format!("{}: {id} is being deleted", self.label));
        }
        let plain = without_marks(object, live, place);
        let typed = typed(&plain, schema);
        let Beyond { assumed, object: body, is_unrecorded } =
            beyond(&Pair { manifest: &object.body, live: &plain, typed }, managers);
        if is_unrecorded {
            self.faults.push(format!(
                "{}: nobody is recorded as a writer of {id}: what its manifest lacks passes for filled in by the server",
                self.label
            ));
        }
        self.documents.push(Document {
            part: Part::Manifest,
            id,
            api_version: api_version(live),
            source: object.source.clone(),
            body: Body::Fields(body),
            assumed,
        });
    }

    fn keep(&mut self, id: ObjectId, after: &Value) {
        let mut body = after.clone();
        BOOKKEEPING.iter().for_each(|path| remove(&mut body, path));
        remove(&mut body, &["metadata", "managedFields"]);
        self.documents.push(Document {
            part: Part::Manifest,
            id,
            api_version: api_version(after),
            source: None,
            body: Body::Fields(body),
            assumed: BTreeSet::new(),
        });
    }

    /// Without the documents that the other side could not read: nothing can be said of them.
    pub(super) fn without_unread(&mut self, other: &Self) {
        let is = |id: &ObjectId, unread: &ObjectId| {
            let place = id.namespace == unread.namespace || id.namespace.is_empty();
            place && (&id.group, &id.kind, &id.name) == (&unread.group, &unread.kind, &unread.name)
        };
        let is_unread = |id: &ObjectId| other.unread.iter().any(|unread| is(id, unread));
        self.documents.retain(|document| document.part != Part::Manifest || !is_unread(&document.id));
    }
}

fn managers<'o>(
    objects: impl Iterator<Item = (&'o manifest::Object, &'o Value)>,
    place: Place<'_>,
    schema: &Schema,
    method: Method,
    expected: &str,
    settings: &[Row],
) -> Managers {
    let written = objects.map(|(object, live)| {
        let namespace = live.pointer("/metadata/namespace").and_then(Value::as_str);
        (wanted(&object.body, namespace, place.namespace, place.name), live)
    });
    let written: Vec<(Value, &Value)> = written.collect();
    let pairs: Vec<Pair<'_>> =
        written.iter().map(|(manifest, live)| Pair { manifest, live, typed: typed(live, schema) }).collect();
    Managers::read(&pairs, method, expected, settings)
}

/// The objects of a manifest; what cannot be read is told of by the side of the revision.
fn objects(payload: &Payload) -> Vec<manifest::Object> {
    let all = manifest::objects(payload.manifest().unwrap_or_default()).into_iter().flatten();
    all.filter(|object| !object.is_name_generated).collect()
}

/// As [`Side::revision`] calls it.
fn id_of(object: &manifest::Object, namespace: &str) -> ObjectId {
    let namespace = object.namespace.as_deref().unwrap_or(namespace);
    ObjectId::new(group_of(&object.api_version), &object.kind, namespace, &object.name)
}

/// What is in no namespace is called as if it were in that of the release: whether a kind is in one is not known of manifests.
fn in_place(id: &ObjectId, namespace: &str) -> ObjectId {
    let own = if id.namespace.is_empty() { namespace } else { &id.namespace };
    ObjectId { namespace: own.to_owned(), ..id.clone() }
}

fn typed<'s>(object: &Value, schema: &'s Schema) -> Typed<'s> {
    schema.kind(&gvk(object)).unwrap_or_else(|| schema.deduced())
}

fn api_version(object: &Value) -> String {
    object.get("apiVersion").and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn is_secret(object: &Value) -> bool {
    let text = |name: &str| object.get(name).and_then(Value::as_str);
    text("apiVersion") == Some("v1") && text("kind") == Some("Secret")
}

/// Of every whole Secret the server tells the type.
fn is_without_data(live: &Value) -> bool {
    is_secret(live) && live.get("type").is_none()
}

/// The object with nothing that the manifest lacks and that every object of a release has. What Helm writes over the manifest's
/// own is as in the manifest.
fn without_marks(object: &manifest::Object, live: &Value, place: Place<'_>) -> Value {
    let mut body = live.clone();
    BOOKKEEPING.iter().for_each(|path| remove(&mut body, path));
    // The server takes no status from whoever applies an object, so that of a manifest says nothing.
    if let (Some(fields), Some(status)) = (body.as_object_mut(), object.body.get("status")) {
        fields.insert("status".to_owned(), status.clone());
    }
    if object.namespace.is_none() {
        remove(&mut body, &["metadata", "namespace"]);
    }
    for (map, key, says) in MARKS {
        let expected = match says {
            Says::Word(word) => Some(*word),
            Says::Name => Some(place.name),
            Says::Namespace => Some(place.namespace),
            Says::Anything => None,
        };
        let Some(own) = body.pointer_mut(&format!("/metadata/{map}")).and_then(Value::as_object_mut) else { continue };
        let is_mark = own.get(*key).is_some_and(|value| expected.is_none_or(|word| value == word));
        match object.body.pointer(&format!("/metadata/{map}")).and_then(|map| map.get(*key)) {
            None if is_mark => drop(own.shift_remove(*key)),
            Some(written) if is_mark && expected.is_some() => drop(own.insert((*key).to_owned(), written.clone())),
            Some(_) | None => {}
        }
    }
    for map in ["labels", "annotations"] {
        let at = format!("/metadata/{map}");
        let is_empty = body.pointer(&at).and_then(Value::as_object).is_some_and(Map::is_empty);
        if is_empty && object.body.pointer(&at).is_none() {
            remove(&mut body, &["metadata", map]);
        }
    }
    if is_secret(&body) {
        as_texts(&object.body, &mut body);
    }
    body
}

/// What the manifest of a Secret has as text is as text again: the server stores all as data.
/// Source: kubernetes v1.36 `pkg/apis/core/v1/conversion.go`.
fn as_texts(manifest: &Value, body: &mut Value) {
    let Some(wanted) = manifest.get("stringData").and_then(Value::as_object) else { return };
    let Some(fields) = body.as_object_mut() else { return };
    let mut texts = Map::new();
    if let Some(data) = fields.get_mut("data").and_then(Value::as_object_mut) {
        for key in wanted.keys() {
            let text = data.get(key).and_then(Value::as_str).and_then(|data| STANDARD.decode(data).ok());
            if let Some(text) = text.and_then(|bytes| String::from_utf8(bytes).ok()) {
                data.shift_remove(key);
                texts.insert(key.clone(), text.into());
            }
        }
        if data.is_empty() && manifest.get("data").is_none() {
            fields.shift_remove("data");
        }
    }
    fields.insert("stringData".to_owned(), texts.into());
}

/// Takes a field away, where it is.
/// In which fields an object would differ after a write, as the API server told it. What the server keeps for itself is no
/// difference, and what is secret is hidden.
#[must_use]
pub fn object_changes(live: &Value, after: &Value, schema: &Schema, masker: &Masker) -> Vec<FieldChange> {
    let plain = |object: &Value| {
        let mut body = object.clone();
        BOOKKEEPING.iter().for_each(|path| remove(&mut body, path));
        remove(&mut body, &["metadata", "managedFields"]);
        body
    };
    let (live, after) = (plain(live), plain(after));
    let text = |pointer: &str| live.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let group = group_of(text("/apiVersion"));
    let id = ObjectId::new(group, text("/kind"), text("/metadata/namespace"), text("/metadata/name"));
    let nothing = BTreeSet::new();
    let typed = typed(&after, schema);
    let comparing = Comparing { schema, typed, masker, id: &id, assumed: [&nothing, &nothing] };
    fields::compare(comparing, Some(&live), Some(&after)).map(|compared| compared.changes).unwrap_or_default()
}

fn remove(object: &mut Value, path: &[&str]) {
    let Some((last, before)) = path.split_last() else { return };
    let around = before.iter().try_fold(object, |value, name| value.get_mut(*name));
    if let Some(fields) = around.and_then(Value::as_object_mut) {
        fields.shift_remove(*last);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const MANIFEST: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata: {a: \"1\"}\n";

    /// What is left of a live object of the release `web` in the namespace `shop`.
    #[track_caller]
    fn check(manifest: &str, live: &Value, expected: &Value) {
        let object = manifest::objects(manifest).remove(0).unwrap();
        let left = without_marks(&object, live, Place { namespace: "shop", name: "web" });
        assert_eq!(&left, expected);
    }

    fn marks(release: &str) -> Value {
        json!({
            "name": "web", "namespace": "shop", "uid": "u", "resourceVersion": "7", "generation": 2,
            "labels": {"app.kubernetes.io/managed-by": "Helm", "helm.toolkit.fluxcd.io/name": "shop-web"},
            "annotations": {
                "meta.helm.sh/release-name": release, "meta.helm.sh/release-namespace": "shop",
                "kubectl.kubernetes.io/last-applied-configuration": "{}",
            },
        })
    }

    #[test]
    fn what_every_object_of_a_release_has_is_no_difference() {
        let object = |metadata: Value| json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata});
        let mut live = object(marks("web"));
        live["status"] = json!({"phase": "x"});
        check(MANIFEST, &live, &object(json!({"name": "web"})));
        let others = json!({"name": "web", "annotations": {"meta.helm.sh/release-name": "other"}});
        check(MANIFEST, &object(marks("other")), &object(others));
        let own = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\n  namespace: shop\n  labels: \
                   {app.kubernetes.io/managed-by: Us}\n  annotations: {}\nstatus: {phase: other}\n";
        let mut as_written = object(json!({
            "name": "web", "namespace": "shop", "labels": {"app.kubernetes.io/managed-by": "Us"}, "annotations": {},
        }));
        as_written["status"] = json!({"phase": "other"});
        check(own, &live, &as_written);
    }

    #[test]
    fn texts_of_a_secret_are_texts_again_and_what_was_added_stays_data() {
        let manifest = "apiVersion: v1\nkind: Secret\nmetadata: {name: web}\nstringData: {a: x, gone: x}\n";
        let secret = |fields: Value| {
            let mut secret =
                json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "web"}, "type": "Opaque"});
            secret.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
            secret
        };
        check(manifest, &secret(json!({"data": {"a": "eQ=="}})), &secret(json!({"stringData": {"a": "y"}})));
        let added = secret(json!({"data": {"a": "eQ==", "b": "eg=="}}));
        check(manifest, &added, &secret(json!({"data": {"b": "eg=="}, "stringData": {"a": "y"}})));
    }

    #[test]
    fn an_outcome_that_is_not_known_is_a_fault_and_no_removal() {
        let second = MANIFEST.replace("web", "other");
        let manifest = format!("{MANIFEST}---\n{second}");
        let raw = json!({"name": "web", "namespace": "shop", "version": 3, "manifest": manifest});
        let payload = Payload::new(raw.as_object().unwrap().clone());
        let id = |name: &str| ObjectId::new("", "ConfigMap", "shop", name);
        let after = json!({
            "apiVersion": "v1", "kind": "ConfigMap", "data": {"a": "1"},
            "metadata": {"name": "web", "namespace": "shop", "managedFields": [{
                "manager": "helm", "operation": "Apply", "apiVersion": "v1", "fieldsType": "FieldsV1",
                "fieldsV1": {"f:data": {"f:a": {}}},
            }]},
        });
        let outcomes = [(id("web"), Ok(after.clone())), (id("other"), Err("you may not".to_owned()))];
        let side = Side::dry_run(&payload, &outcomes, &[], &Schema::default());
        let told: Vec<(&ObjectId, &Body)> =
            side.documents.iter().map(|document| (&document.id, &document.body)).collect();
        let body = json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": "1"}, "metadata": {"name": "web"}});
        assert_eq!(told, [(&id("web"), &Body::Fields(body))]);
        assert_eq!(side.faults, ["dry-run of revision 3: ConfigMap other is not compared: you may not"]);
        let mut revision = Side::revision(&payload, &[Part::Manifest]);
        revision.without_unread(&side);
        assert_eq!(revision.documents.iter().map(|document| &document.id).collect::<Vec<_>>(), [&id("web")]);
    }
}
