//! When somebody edited the objects of a release: the hotfixes of a report by who wrote them and when.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::found::Kind;
use super::report::{ObjectReport, Report};
use crate::release::ObjectId;

/// What one manager wrote into an object that it should not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edits {
    /// The object.
    pub object: ObjectId,
    /// Who: the manager, with the part of the object where it wrote one: `kubectl (scale)`.
    pub by: String,
    /// When that manager wrote last, to the second. It may have edited some of the fields before.
    pub at: Timestamp,
    /// The fields, in the order of paths.
    pub fields: Vec<String>,
}

/// The hotfixes of a report that are known to be somebody's, in the order of objects and managers.
#[must_use]
pub fn edits(report: &Report) -> Vec<Edits> {
    report.objects.iter().flat_map(|object| of_object(object, report)).collect()
}

fn of_object(object: &ObjectReport, report: &Report) -> Vec<Edits> {
    let mut by_holder: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for told in object.told.iter().filter(|told| told.finding.kind == Kind::Hotfix) {
        for holder in &told.finding.holders {
            by_holder.entry(*holder).or_default().push(told.finding.path.to_string());
        }
    }
    let of_holder = |(holder, fields): (usize, Vec<String>)| {
        let entry = object.blame.entries.get(holder)?;
        let by = match entry.subresource.as_str() {
            "" => entry.manager.clone(),
            part => format!("{} ({part})", entry.manager),
        };
        let edits = report.managers.class(&entry.manager).0.edits();
        edits.then(|| Some(Edits { object: object.id(), by, at: entry.time?, fields }))?
    };
    by_holder.into_iter().filter_map(of_holder).collect()
}
