//! The fields of an object that are not as the release's own manager alone would have them: hotfixes, leftovers, what is armed,
//! and what is to be expected.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::blame::{Blame, blame};
use super::classes::Class;
use super::own::{Managers, Pair, with_managed_fields};
use super::place::{has, is_key_field, is_nothing, is_old_name, same};
use super::{Path, PathElement};
use crate::ownership::apply::members;

/// What an odd field is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Somebody else wrote a value that the manifest has not.
    Hotfix,
    /// A former manager of the release keeps alive what no manifest holds any more.
    Leftover,
    /// Equal today; as soon as the chart changes it, two managers want it.
    Armed,
    /// It differs, and is meant to.
    Expected(Rule),
}

/// Why a difference is to be expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, strum::EnumIter)]
pub enum Rule {
    /// An autoscaler sets the replicas.
    Scaled,
    /// A controller completes the object.
    Completed,
    /// Another tool keeps the object as a repository has it.
    KeptElsewhere,
    /// The release's own manager holds it: the server or a webhook changed it as it was written.
    Admission,
    /// The last revision, of this number, failed before it was applied to the object.
    NotApplied(u32),
}

impl Rule {
    /// The rule in words.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::Scaled => "an autoscaler sets the replicas".to_owned(),
            Self::Completed => "a controller completes the object".to_owned(),
            Self::KeptElsewhere => "another tool keeps it as a repository has it".to_owned(),
            Self::Admission => "changed as it was written: by the server or a webhook".to_owned(),
            Self::NotApplied(revision) => format!("revision {revision} failed before it was applied to this object"),
        }
    }
}

/// A field that is not as the release's own manager alone would have it.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The field; of an item that the manifest lacks as a whole, the item.
    pub path: Path,
    /// What it is.
    pub kind: Kind,
    /// What the manifest has there.
    pub manifest: Option<Value>,
    /// What is there. Of Secrets it is secret.
    pub live: Option<Value>,
    /// Who else holds it: places in [`Blame::entries`]. None: the server keeps no record of who did this. It keeps none of who
    /// takes a field away, and none at all of an object whose managedFields were cleared.
    pub holders: Vec<usize>,
    /// The release's own manager holds it as well.
    pub is_shared: bool,
}

/// All that was found in one object.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Who owns what in it.
    pub blame: Blame,
    /// In the order of paths.
    pub findings: Vec<Finding>,
}

/// A last revision that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failed {
    /// Its number.
    pub revision: u32,
    /// When it was made.
    pub began: Timestamp,
}

impl Found {
    /// Tells what a last revision that failed has not reached from what was changed after it: an object in which the release's
    /// own manager wrote nothing since has the fields of an earlier revision.
    pub(super) fn set_apart(&mut self, own: &str, failed: Failed) {
        // The server counts whole seconds.
        let began = failed.began.as_second();
        let mut by_own = self.blame.entries.iter().filter(|entry| entry.manager == own && entry.subresource.is_empty());
        if self.blame.entries.is_empty() || by_own.any(|entry| entry.time.is_some_and(|time| time.as_second() >= began))
        {
            return;
        }
        for finding in &mut self.findings {
            let is_older = match finding.kind {
                Kind::Expected(Rule::Admission) => true,
                Kind::Hotfix => finding.holders.is_empty(),
                Kind::Leftover | Kind::Armed | Kind::Expected(_) => false,
            };
            if is_older {
                finding.kind = Kind::Expected(Rule::NotApplied(failed.revision));
            }
        }
    }

    /// How many findings are of a kind.
    #[must_use]
    pub fn count(&self, kind: Kind) -> usize {
        self.findings.iter().filter(|finding| finding.kind == kind).count()
    }
}

/// Looks at every field that the manifest sets or that somebody holds.
#[must_use]
pub fn find(pair: &Pair<'_>, managers: &Managers) -> Found {
    let entries = pair.live.pointer("/metadata/managedFields").and_then(Value::as_array).cloned().unwrap_or_default();
    // What the manifest sets is one more entry, so that it is resolved by the same rules as those of managers.
    let of_manifest = entries.len();
    let wanted = json!({
        "operation": "Apply",
        "apiVersion": pair.manifest.get("apiVersion"),
        "fieldsType": "FieldsV1",
        "fieldsV1": members(pair.typed, pair.manifest).to_value(),
    });
    let all = Value::Array(entries.into_iter().chain([wanted]).collect());
    let in_live = blame(&with_managed_fields(pair.live, Some(&all)), pair.typed);
    let in_manifest = blame(&with_managed_fields(pair.manifest, Some(&all)), pair.typed);
    let classes: Vec<Class> = in_live.entries.iter().map(|entry| managers.class(&entry.manager).0).collect();
    let api_version = pair.live.get("apiVersion").and_then(Value::as_str).unwrap_or_default();
    let mut findings: BTreeMap<(Path, Kind), Finding> = BTreeMap::new();
    for (leaf, of_leaf) in in_live.leaves.iter().zip(&in_manifest.leaves) {
        if leaf.path.0.first() == Some(&PathElement::field("status")) {
            continue;
        }
        let live = leaf.at.first().and_then(|at| pair.live.pointer(at));
        let manifest = of_leaf.at.first().and_then(|at| pair.manifest.pointer(at));
        // The manifest sets what is in it, field by field; of the whole, only that it is there is held.
        if manifest.is_some() && !leaf.owners.contains(&of_manifest) {
            continue;
        }
        // Told of by the name that the manifest uses.
        if manifest.is_none() && is_old_name(api_version, &leaf.path.0) {
            continue;
        }
        let held_by = |class: &dyn Fn(Class) -> bool| {
            let others = leaf.owners.iter().filter(|owner| **owner != of_manifest);
            others.filter(|owner| classes.get(**owner).is_some_and(|of| class(*of))).copied().collect::<Vec<usize>>()
        };
        let holders = held_by(&|class| class != Class::Own);
        let is_own = !held_by(&|class| class == Class::Own).is_empty();
        let leaf_of = Leaf { path: &leaf.path, live, manifest, is_own, holders: &holders };
        let Some(kind) = kind_of(&leaf_of, &classes) else { continue };
        let path = match (kind, manifest) {
            (Kind::Hotfix | Kind::Leftover | Kind::Expected(_), None) => whole_item(pair, &leaf.path),
            _ => leaf.path.clone(),
        };
        let finding = findings.entry((path.clone(), kind)).or_insert_with(|| Finding {
            live: super::place::at(pair.live, &path, pair.typed).or(live).cloned(),
            manifest: manifest.cloned(),
            path,
            kind,
            holders: Vec::new(),
            is_shared: is_own,
        });
        let joined: BTreeSet<usize> = finding.holders.iter().copied().chain(holders).collect();
        finding.holders = joined.into_iter().collect();
    }
    Found { blame: blame(pair.live, pair.typed), findings: findings.into_values().collect() }
}

struct Leaf<'a> {
    path: &'a Path,
    live: Option<&'a Value>,
    manifest: Option<&'a Value>,
    is_own: bool,
    /// The object says of anything who wrote it.
    holders: &'a [usize],
}

fn kind_of(leaf: &Leaf<'_>, classes: &[Class]) -> Option<Kind> {
    let any = |wanted: &dyn Fn(Class) -> bool| {
        leaf.holders.iter().any(|holder| classes.get(*holder).is_some_and(|class| wanted(*class)))
    };
    let by_people = any(&Class::edits);
    let by_former = any(&|class| class == Class::Former);
    let by_controller = any(&|class| class == Class::Controller);
    let by_gitops = any(&|class| class == Class::GitOps);
    let replicas = [PathElement::field("spec"), PathElement::field("replicas")];
    let expected = if by_controller && leaf.path.0 == replicas {
        Some(Rule::Scaled)
    } else if by_controller {
        Some(Rule::Completed)
    } else if by_gitops {
        Some(Rule::KeptElsewhere)
    } else {
        None
    };
    match (leaf.manifest, leaf.live) {
        (None, None) => None,
        (Some(manifest), Some(live)) if same(leaf.path, manifest, live) => {
            (by_people && !is_key_field(leaf.path)).then_some(Kind::Armed)
        }
        (Some(_), Some(_)) if by_people || by_former => Some(Kind::Hotfix),
        // Nobody is recorded as the one who wrote it: the record was cleared, or is kept in the words of another version.
        (Some(_), Some(_)) if leaf.holders.is_empty() && !leaf.is_own => Some(Kind::Hotfix),
        (Some(_), Some(_)) => Some(Kind::Expected(expected.unwrap_or(Rule::Admission))),
        // Nobody is recorded as the one who took a field away.
        (Some(manifest), None) => (!is_nothing(manifest) && !leaf.is_own).then_some(Kind::Hotfix),
        (None, Some(_)) if leaf.is_own => None,
        (None, Some(_)) if by_people => Some(Kind::Hotfix),
        (None, Some(_)) if by_former => Some(Kind::Leftover),
        (None, Some(_)) => expected.map(Kind::Expected),
    }
}

/// The first item of a list on the way that the manifest lacks; else the field itself.
fn whole_item(pair: &Pair<'_>, path: &Path) -> Path {
    let ends = (1..=path.0.len()).filter_map(|end| path.0.get(..end));
    let mut items = ends.filter(|part| matches!(part.last(), Some(PathElement::Key(_) | PathElement::Value(_))));
    let missing = items.find(|part| !has(pair.manifest, part, pair.typed));
    missing.map_or_else(|| path.clone(), |part| Path(part.to_vec()))
}
