//! Which document of one side is which of the other.
//!
//! 1. By part, group, kind, namespace and name. Where a manifest names an object twice, the first is the first of the other side.
//! 2. What then has no partner and is in no namespace, by the rest: a live object is in none if its kind is in none, while a
//!    manifest says nothing of that and counts as in the release's; a file has no release. As [`crate::ownership`] finds the live
//!    object of a manifest's.

use std::collections::{BTreeMap, VecDeque};

use super::{Document, Part};

/// For each document of the new side, the place of the old one.
pub(super) fn partners(old: &[Document], new: &[Document]) -> Vec<Option<usize>> {
    let mut partners = vec![None; new.len()];
    let mut by_id = waiting(old.iter().enumerate(), |document| (name(document), document.id.namespace.as_str()));
    for (partner, document) in partners.iter_mut().zip(new) {
        let same = by_id.get_mut(&(name(document), document.id.namespace.as_str()));
        *partner = same.and_then(VecDeque::pop_front);
    }
    let left = by_id.into_values().flatten().filter_map(|place| Some((place, old.get(place)?)));
    let mut by_name = waiting(left, name);
    for (partner, document) in partners.iter_mut().zip(new).filter(|(partner, _)| partner.is_none()) {
        let Some(alike) = by_name.get_mut(&name(document)) else { continue };
        let is_same = |place: &usize| {
            document.id.namespace.is_empty() || old.get(*place).is_some_and(|old| old.id.namespace.is_empty())
        };
        if let Some(found) = alike.iter().position(is_same) {
            *partner = alike.remove(found);
        }
    }
    partners
}

/// What a document is called, its namespace aside.
type Name<'d> = (Part, &'d str, &'d str, &'d str);

fn name(document: &Document) -> Name<'_> {
    let id = &document.id;
    (document.part, group(&id.group, &id.kind), &id.kind, &id.name)
}

/// The group that a kind is in today: an object that was written in its old one is the same object.
/// Source: kubernetes v1.36 `pkg/kubeapiserver/default_storage_factory_builder.go` (the cohabitating resources).
fn group<'g>(group: &'g str, kind: &str) -> &'g str {
    match (group, kind) {
        ("extensions", "Deployment" | "DaemonSet" | "ReplicaSet") => "apps",
        ("extensions", "Ingress" | "NetworkPolicy") => "networking.k8s.io",
        ("extensions", "PodSecurityPolicy") => "policy",
        _ => group,
    }
}

fn waiting<'d, K: Ord>(
    documents: impl Iterator<Item = (usize, &'d Document)>,
    key: impl Fn(&'d Document) -> K,
) -> BTreeMap<K, VecDeque<usize>> {
    let mut waiting: BTreeMap<K, VecDeque<usize>> = BTreeMap::new();
    for (place, document) in documents {
        waiting.entry(key(document)).or_default().push_back(place);
    }
    waiting
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::diff::Body;
    use crate::release::ObjectId;

    /// Kind, namespace and name, the group before the kind where there is one.
    fn documents(ids: &[&str]) -> Vec<Document> {
        let one = |id: &&str| {
            let parts: Vec<&str> = id.split(' ').collect();
            let (group, kind) = parts[0].split_once('/').unwrap_or(("", parts[0]));
            Document {
                part: Part::Manifest,
                id: ObjectId::new(group, kind, parts[1].trim_matches('-'), parts[2]),
                api_version: String::new(),
                source: None,
                body: Body::Text(String::new()),
                assumed: BTreeSet::new(),
            }
        };
        ids.iter().map(one).collect()
    }

    fn check(old: &[&str], new: &[&str], expected: &[Option<usize>]) {
        assert_eq!(partners(&documents(old), &documents(new)), expected, "{old:?} {new:?}");
        let back = |place: usize| expected.iter().position(|partner| *partner == Some(place));
        let expected: Vec<_> = (0..old.len()).map(back).collect();
        assert_eq!(partners(&documents(new), &documents(old)), expected, "{new:?} {old:?}");
    }

    #[test]
    fn an_object_is_the_same_wherever_it_stands() {
        check(&["Service shop a", "Service shop b"], &["Service shop b", "Pod shop a"], &[Some(1), None]);
        check(&["Service shop a"], &["Service other a"], &[None]);
        check(&["x/Service shop a"], &["Service shop a"], &[None]);
    }

    #[test]
    fn an_object_without_a_namespace_is_the_one_that_is_left() {
        check(&["ClusterRole shop a"], &["ClusterRole - a"], &[Some(0)]);
        check(&["Role shop a", "Role prod a"], &["Role - a", "Role prod a"], &[Some(0), Some(1)]);
        check(&["Role shop a"], &["Role - a", "Role shop a"], &[None, Some(0)]);
    }

    #[test]
    fn what_is_there_twice_is_matched_in_order() {
        check(&["Role shop a", "Role shop a"], &["Role shop a", "Role shop a"], &[Some(0), Some(1)]);
        check(&["Role shop a"], &["Role shop a", "Role shop a"], &[Some(0), None]);
    }

    #[test]
    fn an_object_that_moved_to_another_group_is_the_same() {
        check(&["extensions/Ingress shop a"], &["networking.k8s.io/Ingress shop a"], &[Some(0)]);
        check(&["extensions/Other shop a"], &["networking.k8s.io/Other shop a"], &[None]);
    }
}
