//! What is stored, in which version, and what it was before.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::ObjectRef;
use super::kinds::{self, Kind};

/// How long history is kept: kube-apiserver has etcd compacted about as often.
const HISTORY: SignedDuration = SignedDuration::from_mins(5);

/// Where an object lies. Sorted as etcd sorts its keys, so that pages come in the same order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    group: &'static str,
    plural: &'static str,
    /// `namespace/name`, or the name alone.
    key: String,
}

/// One change of one object.
#[derive(Debug, Clone)]
pub(super) struct Event {
    pub(super) version: u64,
    pub(super) kind: &'static Kind,
    /// `namespace/name`, or the name alone.
    pub(super) key: String,
    pub(super) before: Option<Arc<Value>>,
    pub(super) after: Option<Arc<Value>>,
    at: Timestamp,
}

/// A version whose neighbourhood was forgotten; the oldest that is still known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Forgotten {
    pub(super) oldest: u64,
}

/// All objects.
#[derive(Debug)]
pub(super) struct Store {
    version: u64,
    /// Versions below are forgotten.
    oldest: u64,
    objects: BTreeMap<Place, Arc<Value>>,
    history: VecDeque<Event>,
}

impl Default for Store {
    fn default() -> Self {
        // Version 0 has a meaning of its own in requests.
        Self { version: 1, oldest: 1, objects: BTreeMap::new(), history: VecDeque::new() }
    }
}

impl Store {
    /// The newest version.
    pub(super) fn version(&self) -> u64 {
        self.version
    }

    /// `None` when the kind is not served.
    pub(super) fn put(&mut self, mut object: Value, now: Timestamp) -> Option<Event> {
        let (kind, place) = locate(&ObjectRef::of(&object)?)?;
        let before = self.objects.get(&place).cloned();
        self.version += 1;
        let metadata = object.get_mut("metadata")?.as_object_mut()?;
        if !metadata.contains_key("uid") {
            let had = before.as_ref().and_then(|before| before.pointer("/metadata/uid")).cloned();
            metadata.insert("uid".to_owned(), had.unwrap_or_else(|| made_uid(&place, self.version).into()));
        }
        metadata.insert("resourceVersion".to_owned(), self.version.to_string().into());
        let after = Arc::new(object);
        self.objects.insert(place.clone(), Arc::clone(&after));
        Some(self.record(kind, place, before, Some(after), now))
    }

    /// `None` when there is none.
    pub(super) fn remove(&mut self, object: &ObjectRef, now: Timestamp) -> Option<Event> {
        let (kind, place) = locate(object)?;
        let before = self.objects.remove(&place)?;
        self.version += 1;
        Some(self.record(kind, place, Some(before), None, now))
    }

    /// One object as it is now.
    pub(super) fn get(&self, kind: &Kind, namespace: Option<&str>, name: &str) -> Option<&Arc<Value>> {
        self.objects.get(&Place { group: kind.group, plural: kind.plural, key: key(namespace, name) })
    }

    /// An object as it is now, by what it says of itself.
    pub(super) fn find(&self, object: &ObjectRef) -> Option<&Arc<Value>> {
        self.objects.get(&locate(object)?.1)
    }

    /// The objects that name this uid among their owners.
    pub(super) fn owned_by(&self, uid: &str) -> Vec<Arc<Value>> {
        let names = |object: &Value| {
            let owners = object.pointer("/metadata/ownerReferences").and_then(Value::as_array);
            owners.into_iter().flatten().any(|owner| owner.get("uid").and_then(Value::as_str) == Some(uid))
        };
        self.objects.values().filter(|object| names(object)).cloned().collect()
    }

    /// The objects of a kind as they were in a version, by key.
    pub(super) fn at(
        &self,
        version: u64,
        kind: &Kind,
        namespace: Option<&str>,
    ) -> Result<BTreeMap<String, Arc<Value>>, Forgotten> {
        if version < self.oldest {
            return Err(Forgotten { oldest: self.oldest });
        }
        let start = Place { group: kind.group, plural: kind.plural, key: String::new() };
        let mut objects: BTreeMap<String, Arc<Value>> = self
            .objects
            .range(start..)
            .take_while(|(place, _)| place.group == kind.group && place.plural == kind.plural)
            .filter(|(place, _)| is_in(&place.key, namespace))
            .map(|(place, object)| (place.key.clone(), Arc::clone(object)))
            .collect();
        let later = self.history.iter().rev().take_while(|event| event.version > version);
        for event in later.filter(|event| event.kind == kind && is_in(&event.key, namespace)) {
            match &event.before {
                Some(before) => objects.insert(event.key.clone(), Arc::clone(before)),
                None => objects.remove(&event.key),
            };
        }
        Ok(objects)
    }

    /// What happened after a version.
    pub(super) fn since(&self, version: u64) -> Result<impl Iterator<Item = &Event>, Forgotten> {
        if version < self.oldest {
            return Err(Forgotten { oldest: self.oldest });
        }
        Ok(self.history.iter().filter(move |event| event.version > version))
    }

    /// Forgets what is older than [`HISTORY`].
    pub(super) fn forget(&mut self, now: Timestamp) {
        while self.history.front().is_some_and(|event| now.duration_since(event.at) > HISTORY) {
            if let Some(event) = self.history.pop_front() {
                self.oldest = event.version;
            }
        }
    }

    /// Forgets all history. A version of its own is spent, so that none that was handed out stays known.
    pub(super) fn compact(&mut self) {
        self.version += 1;
        self.oldest = self.version;
        self.history.clear();
    }

    fn record(
        &mut self,
        kind: &'static Kind,
        place: Place,
        before: Option<Arc<Value>>,
        after: Option<Arc<Value>>,
        at: Timestamp,
    ) -> Event {
        let event = Event { version: self.version, kind, key: place.key, before, after, at };
        self.history.push_back(event.clone());
        self.forget(at);
        event
    }
}

/// Whether a key is of a namespace; every key is of the whole cluster.
pub(super) fn is_in(key: &str, namespace: Option<&str>) -> bool {
    namespace.is_none_or(|namespace| key.strip_prefix(namespace).is_some_and(|rest| rest.starts_with('/')))
}

fn key(namespace: Option<&str>, name: &str) -> String {
    match namespace {
        Some(namespace) => format!("{namespace}/{name}"),
        None => name.to_owned(),
    }
}

fn locate(object: &ObjectRef) -> Option<(&'static Kind, Place)> {
    let kind = kinds::by_object(&object.api_version, &object.kind)?;
    let namespace = if kind.namespaced { Some(object.namespace.as_deref()?) } else { None };
    Some((kind, Place { group: kind.group, plural: kind.plural, key: key(namespace, &object.name) }))
}

/// A uid in the usual form, made of what the object is and when it came.
fn made_uid(place: &Place, version: u64) -> String {
    let digest = Sha256::digest(format!("{}/{}/{}@{version}", place.group, place.plural, place.key));
    let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let mut uid = String::with_capacity(36);
    for (at, digit) in hex.chars().enumerate() {
        if matches!(at, 8 | 12 | 16 | 20) {
            uid.push('-');
        }
        uid.push(digit);
    }
    uid
}

/// The object with another version: what a watcher is told of one that went out of its sight.
pub(super) fn with_version(object: &Value, version: u64) -> Value {
    let mut object = object.clone();
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.insert("resourceVersion".to_owned(), json!(version.to_string()));
    }
    object
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(namespace: &str, name: &str, value: &str) -> Value {
        json!({
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": name, "namespace": namespace},
            "data": {"a": value},
        })
    }

    /// What was stored in a version, as `key=value`.
    #[track_caller]
    fn check(store: &Store, version: u64, namespace: Option<&str>, expected: Option<&[&str]>) {
        let kind = kinds::by_resource("", "v1", "configmaps").unwrap();
        let found = store.at(version, kind, namespace).ok().map(|objects| {
            objects.iter().map(|(key, object)| format!("{key}={}", object["data"]["a"].as_str().unwrap())).collect()
        });
        let expected: Option<Vec<String>> = expected.map(|all| all.iter().map(|one| (*one).to_owned()).collect());
        assert_eq!(found, expected);
    }

    #[test]
    fn every_version_is_known_until_it_is_forgotten() {
        let now = Timestamp::UNIX_EPOCH;
        let mut store = Store::default();
        for (namespace, name, value) in [("b", "one", "1"), ("a", "one", "1"), ("a-b", "one", "1"), ("a", "one", "2")] {
            store.put(config(namespace, name, value), now).unwrap();
        }
        store.remove(&ObjectRef::of(&config("b", "one", "")).unwrap(), now).unwrap();
        check(&store, 1, None, Some(&[]));
        check(&store, 4, None, Some(&["a-b/one=1", "a/one=1", "b/one=1"]));
        check(&store, 4, Some("a"), Some(&["a/one=1"]));
        check(&store, 6, None, Some(&["a-b/one=1", "a/one=2"]));
        store.compact();
        check(&store, 6, None, None);
        check(&store, 7, None, Some(&["a-b/one=1", "a/one=2"]));
    }

    #[test]
    fn history_is_forgotten_after_five_minutes() {
        let mut store = Store::default();
        store.put(config("a", "one", "1"), Timestamp::UNIX_EPOCH).unwrap();
        let later = Timestamp::UNIX_EPOCH + SignedDuration::from_mins(4);
        store.put(config("a", "one", "2"), later).unwrap();
        store.forget(Timestamp::UNIX_EPOCH + SignedDuration::from_mins(6));
        check(&store, 1, None, None);
        check(&store, 2, None, Some(&["a/one=1"]));
        check(&store, 3, None, Some(&["a/one=2"]));
    }

    #[test]
    fn a_uid_stays_with_its_object() {
        let mut store = Store::default();
        let now = Timestamp::UNIX_EPOCH;
        let uid = |event: Option<Event>| event.unwrap().after.unwrap()["metadata"]["uid"].as_str().unwrap().to_owned();
        let first = uid(store.put(config("a", "one", "1"), now));
        let same = uid(store.put(config("a", "one", "2"), now));
        store.remove(&ObjectRef::of(&config("a", "one", "")).unwrap(), now).unwrap();
        let next = uid(store.put(config("a", "one", "3"), now));
        assert_eq!((first.len(), first == same, first == next), (36, true, false));
    }

    #[test]
    fn a_kind_that_is_not_served_is_not_stored() {
        let node = json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "one"}});
        assert!(Store::default().put(node, Timestamp::UNIX_EPOCH).is_none());
    }
}
