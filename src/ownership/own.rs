//! Which managers write a release: read from its objects and from how its last revision was applied, never assumed.

use std::collections::BTreeMap;

use serde_json::Value;

use super::blame::blame;
use super::classes::{self, Class, Row};
use super::{Entry, Operation};
use crate::release::storage::FLUX_MANAGER;
use crate::schema::Typed;

/// How the last revision was applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Server-side apply.
    ServerSide,
    /// Three-way patches by the client.
    ClientSide,
}

/// An object of the release, as the manifest has it and as it is.
#[derive(Debug, Clone, Copy)]
pub struct Pair<'a> {
    /// As the release's writer would write it.
    pub manifest: &'a Value,
    /// As it is, with its managedFields.
    pub live: &'a Value,
    /// Its type.
    pub typed: Typed<'a>,
}

/// The managers of one release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Managers {
    /// The name under which the release is written.
    pub own: String,
    /// Why it is taken for that.
    pub reason: String,
    /// How.
    pub method: Method,
    settings: Vec<Row>,
}

impl Managers {
    /// Finds the release's own manager: of the names that wrote as the release is applied, the one that holds most of what the
    /// manifests set. `expected` is the name that is right where that cannot be seen: `helm`, or `helm-controller` under Flux.
    #[must_use]
    pub fn read(objects: &[Pair<'_>], method: Method, expected: &str, settings: &[Row]) -> Self {
        let mut held: BTreeMap<String, usize> = BTreeMap::new();
        // Flux writes next: whoever else writes releases did so before.
        let is_former = |name: &str| expected == FLUX_MANAGER && name != expected && classes::writes_releases(name);
        for pair in objects {
            for (entry, present) in held_of_manifest(pair) {
                let by_apply = entry.operation == Operation::Apply;
                let may_be = match classes::of(&entry.manager, settings).0 {
                    Class::GitOps | Class::Other | Class::Own => true,
                    // `helm` itself is in no row.
                    Class::Former | Class::Controller | Class::Person | Class::Ours => false,
                };
                if entry.subresource.is_empty()
                    && by_apply == (method == Method::ServerSide)
                    && may_be
                    && !is_former(&entry.manager)
                {
                    *held.entry(entry.manager).or_default() += present;
                }
            }
        }
        let most = held.iter().max_by_key(|(name, present)| (**present, *name == expected));
        let (own, reason) = match most.filter(|(_, present)| **present > 0) {
            Some((name, present)) => {
                let words = match method {
                    Method::ServerSide => "applied server-side",
                    Method::ClientSide => "written by patches",
                };
                (name.clone(), format!("{words}: it holds {present} fields of the manifest, more than any other"))
            }
            None => (expected.to_owned(), "no object tells; this is the usual name".to_owned()),
        };
        Self { own, reason, method, settings: settings.to_vec() }
    }

    /// What a manager is to this release, and why.
    #[must_use]
    pub fn class(&self, manager: &str) -> (Class, String) {
        if manager == self.own {
            return (Class::Own, self.reason.clone());
        }
        if classes::writes_releases(manager) {
            return (Class::Former, format!("it writes releases, and this one is written by {} now", self.own));
        }
        classes::of(manager, &self.settings)
    }
}

/// How many leaves of each entry the manifest sets.
fn held_of_manifest(pair: &Pair<'_>) -> Vec<(Entry, usize)> {
    let with_entries = with_managed_fields(pair.manifest, pair.live.pointer("/metadata/managedFields"));
    let blame = blame(&with_entries, pair.typed);
    let present: Vec<usize> = blame.held.iter().map(|held| held.present).collect();
    blame.entries.into_iter().zip(present).collect()
}

/// The object with these entries instead of its own.
pub(super) fn with_managed_fields(object: &Value, entries: Option<&Value>) -> Value {
    let mut object = object.clone();
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.shift_remove("managedFields");
        if let Some(entries) = entries {
            metadata.insert("managedFields".to_owned(), entries.clone());
        }
    }
    object
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::schema::Schema;

    /// An entry: the manager, how it wrote, through which subresource, and which keys of `data` it holds.
    type Wrote<'w> = (&'w str, &'w str, &'w str, &'w [&'w str]);

    /// The managers of a release of one object, of which `helm` would be the usual one.
    fn managers(wrote: &[Wrote<'_>], method: Method, settings: &[Row]) -> Managers {
        managers_of(wrote, method, "helm", settings)
    }

    fn managers_of(wrote: &[Wrote<'_>], method: Method, expected: &str, settings: &[Row]) -> Managers {
        let entries = wrote.iter().map(|(manager, operation, subresource, keys)| {
            let keys: serde_json::Map<String, Value> = keys.iter().map(|key| (format!("f:{key}"), json!({}))).collect();
            json!({
                "manager": manager, "operation": operation, "subresource": subresource, "apiVersion": "v1",
                "fieldsType": "FieldsV1", "fieldsV1": {"f:data": keys},
            })
        });
        let manifest = json!({
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}, "data": {"a": "1", "b": "2", "c": "3"},
        });
        let live = with_managed_fields(&manifest, Some(&entries.collect()));
        let schema = Schema::default();
        Managers::read(
            &[Pair { manifest: &manifest, live: &live, typed: schema.deduced() }],
            method,
            expected,
            settings,
        )
    }

    fn check(wrote: &[Wrote<'_>], method: Method, settings: &[Row], expected: (&str, &str)) {
        let found = managers(wrote, method, settings);
        assert_eq!((found.own.as_str(), found.reason.as_str(), found.method), (expected.0, expected.1, method));
    }

    fn row(name: &str, class: Class) -> Row {
        Row { name: name.to_owned(), class, reason: "settings".to_owned() }
    }

    const APPLIES_2: &str = "applied server-side: it holds 2 fields of the manifest, more than any other";
    const NOBODY: &str = "no object tells; this is the usual name";

    #[test]
    fn a_program_that_is_made_with_helms_library_writes_by_its_own_name() {
        let installer: Wrote<'_> = ("platform-installer", "Apply", "", &["a", "b"]);
        check(&[installer, ("helm", "Apply", "", &["c"])], Method::ServerSide, &[], ("platform-installer", APPLIES_2));
        let patched = (
            "terraform-provider-helm_v2",
            "written by patches: it holds 1 fields of the manifest, more than any other",
        );
        let terraform: Wrote<'_> = ("terraform-provider-helm_v2", "Update", "", &["a"]);
        check(&[("helm", "Apply", "", &["b", "c"]), terraform], Method::ClientSide, &[], patched);
        // Who applies by another name than the usual one, and by what table it would be somebody else.
        check(
            &[("helm-controller", "Apply", "", &["a", "b"])],
            Method::ServerSide,
            &[],
            ("helm-controller", APPLIES_2),
        );
    }

    #[test]
    fn under_flux_who_else_writes_releases_did_so_before() {
        let rolled_back: [Wrote<'_>; 2] =
            [("helm", "Apply", "", &["a", "b"]), ("helm-controller", "Apply", "", &["c"])];
        let found = managers_of(&rolled_back, Method::ServerSide, "helm-controller", &[]);
        assert_eq!((found.own.as_str(), found.class("helm").0), ("helm-controller", Class::Former));
        check(&rolled_back, Method::ServerSide, &[], ("helm", APPLIES_2));
    }

    #[test]
    fn of_two_that_hold_as_much_the_usual_name_is_taken() {
        for order in [["helm", "zebra"], ["zebra", "helm"]] {
            let wrote = order.map(|name| -> Wrote<'_> { (name, "Apply", "", &["a", "b"]) });
            check(&wrote, Method::ServerSide, &[], ("helm", APPLIES_2));
        }
    }

    #[test]
    fn people_controllers_and_what_the_manifest_lacks_never_write_a_release() {
        let few: Wrote<'_> = ("helm", "Apply", "", &["a", "b"]);
        for manager in ["kubectl", "vpa-recommender", "before-first-apply", "wheelhouse"] {
            check(&[(manager, "Apply", "", &["a", "b", "c"]), few], Method::ServerSide, &[], ("helm", APPLIES_2));
        }
        check(&[("ci", "Apply", "status", &["a"])], Method::ServerSide, &[], ("helm", NOBODY));
        check(&[("ci", "Apply", "", &["foreign"])], Method::ServerSide, &[], ("helm", NOBODY));
        check(&[("ci", "Update", "", &["a"])], Method::ServerSide, &[], ("helm", NOBODY));
        check(&[("ci", "Apply", "", &["a"])], Method::ServerSide, &[row("ci", Class::Person)], ("helm", NOBODY));
        check(&[], Method::ClientSide, &[], ("helm", NOBODY));
    }

    #[test]
    fn other_writers_of_releases_are_former_ones_whatever_the_table_says() {
        let settings = [row("deploy-*", Class::Controller), row("helm", Class::Person)];
        let found = managers(&[("platform-installer", "Apply", "", &["a", "b"])], Method::ServerSide, &settings);
        let former = "it writes releases, and this one is written by platform-installer now";
        for (manager, expected) in [
            ("platform-installer", (Class::Own, APPLIES_2)),
            ("helm", (Class::Former, former)),
            ("helm-controller", (Class::Former, former)),
            ("terraform-provider-helm_v2", (Class::Former, former)),
            ("deploy-bot", (Class::Controller, "settings")),
            ("kustomize-controller", (Class::GitOps, "Flux applies a Kustomization")),
            ("helmfile", (Class::Other, "a name that is not in the table of managers")),
        ] {
            let (class, reason) = found.class(manager);
            assert_eq!((class, reason.as_str()), expected, "{manager}");
        }
    }
}
