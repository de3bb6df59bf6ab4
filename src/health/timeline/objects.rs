//! When objects of a release were made, broke or began to go, and when containers ended.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Entry, Kind, Read};
use crate::health::objects::{self, Row, Severity};
use crate::health::{Trouble, pods};
use crate::release::{ObjectId, Release, WatchedKind};

/// Of objects that were made in one second, so many are named.
const NAMED: usize = 3;

pub(super) fn entries(release: &Release, read: &Read<'_>) -> Vec<Entry> {
    let rows = objects::rows(release, read.named, read.world, read.now);
    let mut entries = created(&rows);
    for row in &rows {
        let is_stuck = read.standing.stuck.iter().any(|trouble| *deepest(trouble) == row.id);
        if let Some((at, _)) = row.deleting.as_ref().filter(|_| !is_stuck) {
            let at = (*at).min(read.now);
            let text = "is being deleted";
            entries.push(Entry::new(at, Kind::Object, text).of(row.id.clone()).is(Severity::Waiting));
        }
        if WatchedKind::of(&row.id.group, &row.id.kind) == Some(WatchedKind::Pod)
            && let Some(pod) = read.world.body(&row.id)
        {
            entries.extend(pods::ends(&pod.body).into_iter().map(|end| ended(&row.id, end)));
        }
    }
    let standing = read.standing;
    let troubles = standing.broken.iter().map(|trouble| (trouble, Severity::Bad));
    let troubles = troubles.chain(standing.stuck.iter().map(|trouble| (trouble, Severity::Waiting)));
    let troubles = troubles.chain(standing.unknown.iter().map(|trouble| (trouble, Severity::Unknown)));
    entries.extend(troubles.filter_map(|(trouble, severity)| broke(trouble, severity, "")));
    entries.extend(standing.remembered.iter().filter_map(|trouble| broke(trouble, Severity::Bad, " (gone since)")));
    entries
}

fn ended(pod: &ObjectId, end: pods::End) -> Entry {
    let severity = if end.is_failure { Severity::Bad } else { Severity::Good };
    Entry::new(end.at, Kind::Container, end.text).of(pod.clone()).is(severity).quoting(&end.message)
}

fn deepest(trouble: &Trouble) -> &ObjectId {
    trouble.path.last().unwrap_or(&trouble.object)
}

/// Since when something is wrong with an object.
fn broke(trouble: &Trouble, severity: Severity, after: &str) -> Option<Entry> {
    let entry = Entry::new(trouble.since?, Kind::Object, format!("{}{after}", trouble.text));
    Some(entry.of(deepest(trouble).clone()).is(severity).quoting(&trouble.message))
}

/// What was made, what was made in one second as one: objects of the release, else those of a kind.
fn created(rows: &[Row]) -> Vec<Entry> {
    let mut made: BTreeMap<(Timestamp, usize, &str), Vec<&Row>> = BTreeMap::new();
    for row in rows {
        let Some(at) = row.created else { continue };
        let what = if row.depth == 0 { "" } else { row.id.kind.as_str() };
        made.entry((at, row.depth, what)).or_default().push(row);
    }
    let entry = |((at, _, kind), rows): ((Timestamp, usize, &str), Vec<&Row>)| match rows.as_slice() {
        [row] => Entry::new(at, Kind::Object, "created").of(row.id.clone()),
        rows => {
            let name = |row: &&Row| if kind.is_empty() { row.id.to_string() } else { row.id.name.clone() };
            let mut names: Vec<String> = rows.iter().take(NAMED).map(name).collect();
            if rows.len() > NAMED {
                names.push("...".to_owned());
            }
            let what = if kind.is_empty() { "objects".to_owned() } else { format!("{kind}s") };
            Entry::new(at, Kind::Object, format!("{} {what} created: {}", rows.len(), names.join(", ")))
        }
    };
    made.into_iter().map(entry).collect()
}
