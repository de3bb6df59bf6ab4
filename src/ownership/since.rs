//! Since which revision no manifest has what was left behind: looked for in the stored revisions, the newest first.
//!
//! A field may come and go and come again, so that no revision tells of those before it: they are looked at one after another,
//! a bounded number of them.

use std::collections::BTreeMap;

use super::found::Kind;
use super::place::has;
use super::report::{Report, group_of, gvk};
use super::{Path, PathElement};
use crate::release::payload::Payload;
use crate::release::{ObjectId, manifest};
use crate::schema::Schema;

/// How many older revisions are read at most: each may be a megabyte.
pub const MOST: usize = 10;

/// Since when a field is in no manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Since {
    /// Of the manifests that can be read, this revision's is the newest that has it.
    Revision {
        /// It has the field.
        held_by: u32,
        /// The one after it, which has not.
        gone_in: u32,
    },
    /// None of those that were looked at has it.
    Never {
        /// How many were looked at, the newest one among them.
        looked_at: usize,
        /// How many older ones there are.
        older: usize,
        /// Those that cannot be read.
        unread: Vec<u32>,
    },
}

impl Since {
    /// The first revision without it, where an older one has it.
    #[must_use]
    pub fn gone_in(&self) -> Option<u32> {
        match self {
            Self::Revision { gone_in, .. } => Some(*gone_in),
            Self::Never { .. } => None,
        }
    }

    /// In words.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Revision { held_by, gone_in } => {
                format!("in no manifest since revision {gone_in} (held by revision {held_by})")
            }
            Self::Never { looked_at, older, unread } => {
                let all = match (looked_at, older) {
                    (1, 0) if unread.is_empty() => "not in the one stored revision".to_owned(),
                    (_, 0) => format!("in none of the {looked_at} stored revisions"),
                    _ => format!("in none of the newest {looked_at} revisions; {older} older ones were not read"),
                };
                let unread: Vec<String> = unread.iter().map(ToString::to_string).collect();
                match unread.as_slice() {
                    [] => all,
                    [one] => format!("{all} that can be read; revision {one} cannot"),
                    more => format!("{all} that can be read; revisions {} cannot", more.join(", ")),
                }
            }
        }
    }
}

/// Where each leftover that was looked for is since when.
pub type Told = BTreeMap<(ObjectId, Path), Since>;

/// A search for all that was left behind in a release.
#[derive(Debug, Clone, PartialEq)]
pub struct Search {
    sought: BTreeMap<(ObjectId, Path), Option<Since>>,
    /// The oldest revision that was looked at.
    reached: u32,
    looked_at: usize,
    /// How many older ones are stored that were not.
    older: usize,
    unread: Vec<u32>,
}

impl Search {
    /// Begins at the revision of the report; so many older ones are stored.
    #[must_use]
    pub fn of(report: &Report, revision: u32, older: usize) -> Self {
        let told = report.objects.iter().flat_map(|object| object.told.iter().map(move |told| (object, told)));
        let left = told.filter(|(_, told)| told.finding.kind == Kind::Leftover);
        let sought = left.map(|(object, told)| ((object.id(), told.finding.path.clone()), None)).collect();
        Self { sought, reached: revision, looked_at: 1, older, unread: Vec::new() }
    }

    /// Whether an older revision would tell nothing more.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.looked_at + self.unread.len() > MOST || self.sought.values().all(Option::is_some)
    }

    /// Looks at the next older revision; `None` where it cannot be read. To read a manifest takes long.
    pub fn look(&mut self, revision: u32, payload: Option<&Payload>, schema: &Schema) {
        self.older = self.older.saturating_sub(1);
        let Some(text) = payload.map(|payload| payload.manifest().unwrap_or_default()) else {
            self.unread.push(revision);
            return;
        };
        let objects: Vec<manifest::Object> = manifest::objects(text).into_iter().flatten().collect();
        for ((id, path), since) in self.sought.iter_mut().filter(|(_, since)| since.is_none()) {
            if objects.iter().any(|object| is(object, id) && holds(object, path, schema)) {
                *since = Some(Since::Revision { held_by: revision, gone_in: self.reached });
            }
        }
        self.reached = revision;
        self.looked_at += 1;
    }

    /// What it came to.
    #[must_use]
    pub fn told(self) -> Told {
        let never = Since::Never { looked_at: self.looked_at, older: self.older, unread: self.unread };
        self.sought.into_iter().map(|(place, since)| (place, since.unwrap_or_else(|| never.clone()))).collect()
    }
}

/// Whether a part of a manifest is this object. A namespace that is not written is that of the release.
fn is(object: &manifest::Object, id: &ObjectId) -> bool {
    let is_there = object.namespace.as_ref().is_none_or(|namespace| *namespace == id.namespace);
    group_of(&object.api_version) == id.group && object.kind == id.kind && object.name == id.name && is_there
}

fn holds(object: &manifest::Object, path: &Path, schema: &Schema) -> bool {
    let steps: &[PathElement] = &path.0;
    has(&object.body, steps, schema.kind(&gvk(&object.body)).unwrap_or_else(|| schema.deduced()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn place(key: &str) -> (ObjectId, Path) {
        (ObjectId::new("", "ConfigMap", "shop", "web"), Path(vec![PathElement::field("data"), PathElement::field(key)]))
    }

    /// A revision whose ConfigMap has these keys.
    fn payload(keys: &[&str]) -> Payload {
        let data: serde_json::Map<String, serde_json::Value> =
            keys.iter().map(|key| ((*key).to_owned(), json!("x"))).collect();
        let object = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "web"}, "data": data});
        let raw = json!({ "manifest": format!("---\n{object}\n") });
        Payload::new(raw.as_object().unwrap().clone())
    }

    /// Of the keys `a` and `b`, which revision 9 has not: what is told after these older revisions, of so many.
    fn check(older: usize, revisions: &[(u32, Option<&[&str]>)], expected: [&str; 2]) {
        let sought = ["a", "b"].map(|key| (place(key), None)).into();
        let mut search = Search { sought, reached: 9, looked_at: 1, older, unread: Vec::new() };
        for (revision, keys) in revisions {
            assert!(!search.is_over(), "{revision}");
            search.look(*revision, keys.map(payload).as_ref(), &Schema::default());
        }
        let told: Vec<String> = search.told().values().map(Since::words).collect();
        assert_eq!(told, expected);
    }

    #[test]
    fn the_newest_manifest_that_has_it_is_named() {
        let by_7 = "in no manifest since revision 8 (held by revision 7)";
        let by_5 = "in no manifest since revision 7 (held by revision 5)";
        check(4, &[(8, Some(&[])), (7, Some(&["a"])), (5, Some(&["a", "b"]))], [by_7, by_5]);
        check(
            1,
            &[(4, Some(&["a"]))],
            ["in no manifest since revision 9 (held by revision 4)", "in none of the 2 stored revisions"],
        );
    }

    #[test]
    fn where_none_has_it_the_bounds_of_the_search_are_told() {
        check(0, &[], ["not in the one stored revision"; 2]);
        check(5, &[(8, Some(&[]))], ["in none of the newest 2 revisions; 4 older ones were not read"; 2]);
        check(
            2,
            &[(8, None), (7, Some(&[]))],
            ["in none of the 2 stored revisions that can be read; revision 8 cannot"; 2],
        );
    }

    #[test]
    fn no_more_revisions_are_read_than_may_be() {
        let sought = [(place("a"), None)].into();
        let mut search = Search { sought, reached: 99, looked_at: 1, older: 50, unread: Vec::new() };
        let mut read = 0;
        while !search.is_over() {
            read += 1;
            search.look(99 - read, Some(&payload(&["b"])), &Schema::default());
        }
        assert_eq!(read, 10);
    }
}
