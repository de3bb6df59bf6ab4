//! Who owns the fields of a release: its own manager, and no other that writes releases.
//!
//! A field stays in an object as long as anybody owns it. Another manager of releases that owns it beside the release's own keeps it alive
//! when the chart drops it, and so does the release's own where it wrote the field once in another way than it writes now.

use std::collections::{BTreeMap, BTreeSet};

use super::{Seen, count, finding, named, some};
use crate::ownership::classes::writes_releases;
use crate::ownership::found::{Kind, find};
use crate::ownership::own::{Managers, Method, Pair};
use crate::ownership::{Blame, Operation, at, blame};
use crate::plan::preflight::seen::{Live, Target, method_of};
use crate::plan::{Precondition, Standing};
use crate::release::storage::FLUX_MANAGER;

/// What was found in all objects.
#[derive(Default)]
struct Found {
    /// Of each other manager that writes releases: how many fields, of which objects.
    others: BTreeMap<String, (usize, BTreeSet<String>)>,
    /// What former managers keep alive: by whom, and which fields.
    left: BTreeMap<String, Vec<String>>,
    /// What the release's own manager keeps alive by updates.
    kept: Vec<String>,
}

pub(super) fn findings(seen: &Seen) -> Vec<Precondition> {
    let method = method_of(seen.newest.as_deref().ok());
    let pairs: Vec<(&Target, Pair<'_>)> = seen
        .objects
        .iter()
        .filter_map(|target| {
            let pair = Pair { manifest: &target.wanted, live: target.there()?, typed: target.typed(&seen.schema) };
            Some((target, pair))
        })
        .collect();
    let only: Vec<Pair<'_>> = pairs.iter().map(|(_, pair)| *pair).collect();
    let expected = if seen.helm_release.is_some() { FLUX_MANAGER } else { "helm" };
    let managers = Managers::read(&only, method, expected, &seen.settings);
    let mut found = Found::default();
    for (target, pair) in &pairs {
        found.look(&named(&target.id), pair, &managers);
    }
    let mut all = found.told(seen, &managers.own);
    let untold = seen.objects.iter().filter_map(|target| match &target.live {
        Live::Untold(why) => Some(format!("{}: {why}", named(&target.id))),
        Live::There(..) | Live::Missing | Live::Unserved => None,
    });
    let mut untold: Vec<String> = untold.collect();
    if let Err(problem) = &seen.newest {
        untold.push(problem.cause.clone());
    }
    if !untold.is_empty() {
        let says = "who owns the fields of all its objects is not known";
        all.push(finding(Standing::Unknown, says, some(&untold), ""));
    }
    if all.is_empty() {
        let evidence = format!("{} looked at", count(pairs.len(), "object"));
        all.push(finding(Standing::Met, format!("one owner, {}", managers.own), evidence, ""));
    }
    all
}

impl Found {
    fn look(&mut self, object: &str, pair: &Pair<'_>, managers: &Managers) {
        let known = blame(pair.live, pair.typed);
        for (place, entry) in known.entries.iter().enumerate() {
            let leaves = known.leaves_of(place).count();
            if leaves == 0 || !entry.subresource.is_empty() {
                continue;
            }
            if entry.manager == managers.own {
                if managers.method == Method::ServerSide && entry.operation == Operation::Update {
                    self.kept.extend(kept(object, pair, &known, place));
                }
            } else if writes_releases(&entry.manager) {
                let (fields, objects) = self.others.entry(entry.manager.clone()).or_default();
                *fields += leaves;
                objects.insert(object.to_owned());
            }
        }
        let found = find(pair, managers);
        for leftover in found.findings.iter().filter(|finding| finding.kind == Kind::Leftover) {
            let holders = leftover.holders.iter().filter_map(|holder| found.blame.entries.get(*holder));
            let by: BTreeSet<&str> = holders.map(|entry| entry.manager.as_str()).collect();
            for manager in by {
                let fields = self.left.entry(manager.to_owned()).or_default();
                fields.push(format!("{object} {}", leftover.path));
            }
        }
    }

    fn told(self, seen: &Seen, own: &str) -> Vec<Precondition> {
        let place = seen.place();
        let disown = |manager: &str| format!("wheelhouse disown {place} --manager {manager}");
        let mut all = Vec::new();
        for (manager, fields) in &self.left {
            let says = format!("{} left behind by {manager}: {}", count(fields.len(), "field"), some(fields));
            all.push(finding(
                Standing::Unmet,
                says,
                "in the newest manifest no more, and kept by nobody else",
                disown(manager),
            ));
        }
        for (manager, (fields, objects)) in &self.others {
            let objects: Vec<String> = objects.iter().cloned().collect();
            let says = format!("{manager} is a second owner of {} beside {own}", count(*fields, "field"));
            let evidence = format!("{}: what the chart drops of it stays", some(&objects));
            all.push(finding(Standing::Unmet, says, evidence, disown(manager)));
        }
        if !self.kept.is_empty() {
            let says = format!(
                "{} kept by what {own} itself once updated: {}",
                count(self.kept.len(), "field"),
                some(&self.kept)
            );
            let evidence = "in the newest manifest no more; what it corrected by a patch, its applies do not drop";
            all.push(finding(Standing::Unmet, says, evidence, "take it out by hand: kubectl edit"));
        }
        all
    }
}

/// The fields that are there only because the release's own manager updated them.
fn kept(object: &str, pair: &Pair<'_>, known: &Blame, place: usize) -> Vec<String> {
    let alone = |owners: &[usize]| owners == [place];
    let is_kept = |path| at(pair.live, path, pair.typed).is_some() && at(pair.manifest, path, pair.typed).is_none();
    let leaves = known.leaves_of(place).filter(|leaf| alone(&leaf.owners) && is_kept(&leaf.path));
    leaves.map(|leaf| format!("{object} {}", leaf.path)).collect()
}
