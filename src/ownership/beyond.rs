//! What an object has beyond its manifest: the fields that nobody wrote, because the API server filled them in, a controller
//! completed them, or the release's own writer got them with its own; and what says the same in other words.

use std::collections::{BTreeSet, HashSet};

use serde_json::Value;

use super::blame::blame;
use super::classes::Class;
use super::item::{key_default, keyed};
use super::own::{Managers, Pair};
use super::place::{is_nothing, is_old_name, same};
use super::{Path, PathElement};
use crate::schema::pointer;
use crate::schema::{ListKind, Typed};

/// An object beside its manifest.
#[derive(Debug, Clone, PartialEq)]
pub struct Beyond {
    /// JSON pointers to fields that the manifest lacks and nobody wrote. What is in such a field is among them.
    pub assumed: BTreeSet<String>,
    /// The object without its managedFields. What is the same to the server is written as the manifest writes it: quantities,
    /// and nothing as null, empty text or an empty map or list.
    pub object: Value,
    /// Nobody is recorded as having written anything, so what people wrote is not told from what was filled in.
    pub is_unrecorded: bool,
}

/// Looks at an object. Fields of people, of unknown managers, of former ones and of tools that keep a repository's state are
/// never assumed, nor is what shares a whole with them.
#[must_use]
pub fn beyond(pair: &Pair<'_>, managers: &Managers) -> Beyond {
    let blame = blame(pair.live, pair.typed);
    let is_quiet = |owner: &usize| {
        let class = blame.entries.get(*owner).map(|entry| managers.class(&entry.manager).0);
        match class {
            Some(Class::Own | Class::Controller) | None => true,
            Some(Class::Former | Class::GitOps | Class::Person | Class::Other | Class::Ours) => false,
        }
    };
    let quiet = blame.values.iter().filter(|value| value.owners.iter().all(is_quiet));
    let mut walk = Walk {
        quiet: quiet.map(|value| value.at.as_str()).collect(),
        api_version: pair.live.get("apiVersion").and_then(Value::as_str).unwrap_or_default(),
        assumed: BTreeSet::new(),
        path: Path(Vec::new()),
    };
    let mut object = pair.live.clone();
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.shift_remove("managedFields");
    }
    walk.both(pair.manifest, &mut object, Some(pair.typed), "");
    Beyond { assumed: walk.assumed, object, is_unrecorded: blame.entries.is_empty() }
}

struct Walk<'a> {
    /// Pointers to the values that nobody wrote.
    quiet: HashSet<&'a str>,
    api_version: &'a str,
    assumed: BTreeSet<String>,
    path: Path,
}

impl Walk<'_> {
    /// What both have.
    fn both(&mut self, manifest: &Value, live: &mut Value, typed: Option<Typed<'_>>, at: &str) {
        match (manifest, live) {
            (Value::Object(wanted), Value::Object(fields)) => {
                for (name, value) in fields.iter_mut() {
                    let at = pointer::below(at, name);
                    let typed = typed.and_then(|typed| typed.field(name));
                    self.path.0.push(PathElement::field(name));
                    self.one(wanted.get(name), value, typed, &at);
                    self.path.0.pop();
                }
                let nothing = wanted.iter().filter(|(_, value)| is_nothing(value));
                for (name, value) in nothing {
                    fields.entry(name.clone()).or_insert_with(|| value.clone());
                }
            }
            (Value::Array(wanted), Value::Array(items)) => {
                for (place, item) in items.iter_mut().enumerate() {
                    let partner = partner(wanted, item, place, typed);
                    self.path.0.push(PathElement::Index(i64::try_from(place).unwrap_or(i64::MAX)));
                    self.one(partner, item, typed.and_then(Typed::element), &format!("{at}/{place}"));
                    self.path.0.pop();
                }
            }
            (wanted, live) => {
                if same(&self.path, wanted, live) || (is_nothing(wanted) && is_nothing(live)) {
                    live.clone_from(wanted);
                }
            }
        }
    }

    fn one(&mut self, manifest: Option<&Value>, live: &mut Value, typed: Option<Typed<'_>>, at: &str) {
        match manifest.filter(|value| !value.is_null()) {
            Some(wanted) => self.both(wanted, live, typed, at),
            None => drop(self.live_alone(live, at)),
        }
    }

    /// What the manifest lacks. Returns whether nobody wrote any of it.
    fn live_alone(&mut self, live: &Value, at: &str) -> bool {
        let is_assumed = match live {
            Value::Object(fields) if !fields.is_empty() => {
                let mut all = true;
                for (name, value) in fields {
                    self.path.0.push(PathElement::field(name));
                    all &= self.live_alone(value, &pointer::below(at, name));
                    self.path.0.pop();
                }
                all
            }
            Value::Array(items) if !items.is_empty() => {
                let mut all = true;
                for (place, item) in items.iter().enumerate() {
                    all &= self.live_alone(item, &format!("{at}/{place}"));
                }
                all
            }
            Value::Object(_) | Value::Array(_) | Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                self.quiet.contains(at) || is_old_name(self.api_version, &self.path.0)
            }
        };
        if is_assumed {
            self.assumed.insert(at.to_owned());
        }
        is_assumed
    }
}

/// The item of the manifest that an item is: by key or value where the list has such, else by its place.
fn partner<'m>(wanted: &'m [Value], item: &Value, place: usize, typed: Option<Typed<'_>>) -> Option<&'m Value> {
    match (typed, typed.and_then(Typed::list_kind)) {
        (Some(list), Some(ListKind::Map(names))) => {
            let key = |item: &Value| keyed(item.as_object()?, names, |name| key_default(list, name));
            let own = key(item)?;
            wanted.iter().find(|other| key(other).as_ref() == Some(&own))
        }
        (Some(_), Some(ListKind::Set)) => wanted.iter().find(|other| *other == item),
        (_, Some(ListKind::Atomic) | None) | (None, _) => wanted.get(place),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::ownership::classes::Row;
    use crate::ownership::own::Method;
    use crate::schema::Schema;

    /// One object of a release of `helm`, of whose `spec` these managers hold these fields.
    #[track_caller]
    fn check(manifest: &Value, live: &Value, held: &[(&str, Value)], assumed: &[&str], object: &Value) {
        let of = |spec: &Value| json!({"apiVersion": "v1", "kind": "Thing", "metadata": {"name": "x"}, "spec": spec});
        let entries = held.iter().map(|(manager, fields)| {
            json!({
                "manager": manager, "operation": "Apply", "apiVersion": "v1",
                "fieldsType": "FieldsV1", "fieldsV1": {"f:spec": fields},
            })
        });
        let (manifest, mut live) = (of(manifest), of(live));
        live["metadata"]["managedFields"] = entries.collect();
        let schema = Schema::default();
        let pair = Pair { manifest: &manifest, live: &live, typed: schema.deduced() };
        let settings: [Row; 0] = [];
        let managers = Managers::read(&[pair], Method::ServerSide, "helm", &settings);
        let expected = Beyond {
            assumed: assumed.iter().map(|at| format!("/spec{at}")).collect(),
            object: of(object),
            is_unrecorded: held.is_empty(),
        };
        assert_eq!(beyond(&pair, &managers), expected);
    }

    #[test]
    fn what_nobody_or_a_controller_or_the_writer_holds_is_assumed_and_what_others_hold_is_not() {
        let live =
            json!({"a": 1, "filled": {"b": [2]}, "own": 3, "scaled": 4, "edited": 5, "robot": 6, "argo": 7, "old": 8});
        let own = json!({"f:a": {}, "f:own": {}});
        check(
            &json!({"a": 1}),
            &live,
            &[
                ("helm", own),
                ("kube-controller-manager", json!({"f:scaled": {}})),
                ("kubectl-edit", json!({"f:edited": {}})),
                ("robot", json!({"f:robot": {}})),
                ("argocd-controller", json!({"f:argo": {}})),
                ("before-first-apply", json!({"f:old": {}})),
            ],
            &["/filled", "/filled/b", "/filled/b/0", "/own", "/scaled"],
            &live,
        );
    }

    #[test]
    fn a_whole_is_assumed_only_where_all_of_it_is() {
        let live = json!({"a": 1, "mixed": {"edited": 1, "filled": 2}});
        let held = [("helm", json!({"f:a": {}})), ("kubectl-edit", json!({"f:mixed": {"f:edited": {}}}))];
        check(&json!({"a": 1}), &live, &held, &["/mixed/filled"], &live);
    }

    #[test]
    fn what_is_the_same_to_the_server_is_written_as_in_the_manifest() {
        let manifest = json!({"limits": {"cpu": 0.5}, "none": null, "empty": {}, "text": "", "missed": "x", "n": 1});
        let live = json!({"limits": {"cpu": "500m"}, "text": [], "n": 1.0});
        let expected = json!({"limits": {"cpu": 0.5}, "text": "", "n": 1, "none": null, "empty": {}});
        check(&manifest, &live, &[("helm", json!({"f:limits": {"f:cpu": {}}}))], &[], &expected);
    }

    #[test]
    fn in_a_list_that_is_a_whole_the_server_fills_items_and_an_edit_makes_all_of_it_the_editors() {
        let (manifest, live) = (json!({"l": [{"a": 1}]}), json!({"l": [{"a": 1, "filled": 2}, {"b": 3}]}));
        check(&manifest, &live, &[("helm", json!({"f:l": {}}))], &["/l/0/filled", "/l/1", "/l/1/b"], &live);
        check(&manifest, &live, &[("helm", json!({"f:x": {}})), ("kubectl-edit", json!({"f:l": {}}))], &[], &live);
    }

    #[test]
    fn an_object_without_records_says_so() {
        check(&json!({}), &json!({"a": 1}), &[], &["/a"], &json!({"a": 1}));
    }
}
