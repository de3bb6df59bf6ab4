//! How many fields of an object somebody edited, told without its manifest: for a mark in a list.

use std::collections::BTreeSet;

use super::classes::{self, Row};
use super::place::is_old_name;
use super::{Entry, FieldSet, Path, PathElement};

/// Whether a manager may be one whose fields [`edited`] counts, by its name alone.
#[must_use]
pub fn is_editor(manager: &str, settings: &[Row]) -> bool {
    !classes::writes_releases(manager) && classes::of(manager, settings).0.edits()
}

/// Fields of an object that somebody holds who is not its release's writer, without its manifest: for a mark in a list.
/// The writer is who set `meta.helm.sh/release-name`. Items of lists count once.
#[must_use]
pub fn edited(entries: &[Entry], settings: &[Row]) -> usize {
    let mark = [
        PathElement::field("metadata"),
        PathElement::field("annotations"),
        PathElement::field("meta.helm.sh/release-name"),
    ];
    let mut theirs = FieldSet::default();
    let mut own = FieldSet::default();
    for entry in entries {
        let Ok(fields) = &entry.fields else { continue };
        if entry.subresource == "status" {
            continue;
        }
        if fields.contains(&mark) || classes::writes_releases(&entry.manager) {
            own = own.union(fields);
        } else if classes::of(&entry.manager, settings).0.edits() {
            theirs = theirs.union(fields);
        }
    }
    if theirs.is_empty() {
        return 0;
    }
    let api_version = entries.first().map_or("", |entry| &entry.api_version);
    let mut counted = BTreeSet::new();
    theirs.leaves().difference(&own).each(|path| {
        if is_old_name(api_version, path) {
            return;
        }
        let ends = (1..=path.len()).filter_map(|end| path.get(..end));
        let mut items = ends.filter(|part| matches!(part.last(), Some(PathElement::Key(_) | PathElement::Value(_))));
        let item = items.find(|part| !own.contains(part)).unwrap_or(path);
        counted.insert(Path(item.to_vec()));
    });
    counted.len()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::ownership::classes::Class;
    use crate::ownership::managed_fields;

    fn check(of_editor: &Value, settings: &[Row], expected: usize) {
        let mark = json!({"f:metadata": {"f:annotations": {"f:meta.helm.sh/release-name": {}}}});
        let entry = |manager: &str, fields: &Value| {
            json!({
                "manager": manager, "operation": "Update", "apiVersion": "apps/v1", "fieldsType": "FieldsV1", "fieldsV1": fields,
            })
        };
        let entries = json!([entry("helm", &mark), entry("deploy-bot", of_editor)]);
        let object = json!({ "metadata": { "managedFields": entries } });
        assert_eq!(edited(&managed_fields(&object), settings), expected, "{of_editor}");
    }

    #[test]
    fn a_field_with_two_names_counts_once() {
        let of_pods = |fields: Value| json!({"f:spec": {"f:template": {"f:spec": fields}}});
        check(&of_pods(json!({"f:serviceAccount": {}, "f:serviceAccountName": {}})), &[], 1);
        check(&of_pods(json!({"f:serviceAccountName": {}, "f:hostNetwork": {}})), &[], 2);
    }

    #[test]
    fn whom_the_settings_take_for_a_controller_edits_nothing() {
        let replicas = json!({"f:spec": {"f:replicas": {}}});
        let row = |class| [Row { name: "deploy-*".to_owned(), class, reason: String::new() }];
        check(&replicas, &[], 1);
        check(&replicas, &row(Class::Controller), 0);
        check(&replicas, &row(Class::Person), 1);
    }
}
