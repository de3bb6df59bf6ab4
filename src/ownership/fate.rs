//! What becomes of a finding when the release is written again: the next upgrade, or the next reconcile.
//!
//! The answer is that of a write which is really tried: by the API server in a dry-run, or by [`super::apply`] and
//! [`super::patch`] where no dry-run may be made. This room reads the answer; it does not know who gave it.

use serde_json::Value;

use super::apply::{Conflict, Refused};
use super::found::{Finding, Kind};
use super::own::Pair;
use super::place::{at, same};
use super::{Path, PathElement};

/// What came of the write.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// The object as it would be.
    Written(Box<Value>),
    /// Others own what would be changed. Beside it, the object as it would be if the conflicts were forced.
    Conflicts(Vec<Blocked>, Option<Box<Value>>),
    /// It was refused for another reason, quoted.
    Failed(String),
}

/// One conflict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocked {
    /// The field, as the server writes it.
    pub field: String,
    /// Whose it is, in the server's words: `conflict with "kubectl-edit" using apps/v1`.
    pub message: String,
}

/// Who answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answered {
    /// The API server, in a dry-run.
    Server,
    /// Computed here, and why.
    Computed(&'static str),
}

/// What becomes of a field.
#[derive(Debug, Clone, PartialEq)]
pub enum Fate {
    /// The write sets it to the manifest's value.
    Overwritten,
    /// The write takes it away.
    Removed,
    /// It stays as it is.
    Survives,
    /// It stays, and nothing says so: a former manager keeps it alive.
    Stays,
    /// The write is refused because of it: in the server's words, with whom.
    Blocks(Vec<String>),
    /// Nothing today; the write is refused as soon as the chart changes the field.
    Armed,
    /// Nothing today; as soon as the chart changes the field, its value is taken over.
    TakenOver,
    /// Drift correction sets it back at the next reconcile, without an upgrade.
    Corrected,
    /// It cannot be said, and why.
    Unknown(String),
}

/// What the next write is like beyond its outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Next {
    /// It takes what others own: an apply that is forced, or a patch, which asks nobody.
    pub is_forced: bool,
    /// Flux corrects drift of this release (`driftDetection.mode: enabled`), and no rule ignores the field.
    pub corrects_drift: bool,
}

/// The fate of one finding.
#[must_use]
pub fn fate(finding: &Finding, pair: &Pair<'_>, outcome: &Outcome, next: Next) -> Fate {
    match finding.kind {
        Kind::Armed if next.is_forced => return Fate::TakenOver,
        Kind::Armed => return Fate::Armed,
        Kind::Hotfix | Kind::Leftover | Kind::Expected(_) => {}
    }
    let after = match outcome {
        Outcome::Written(after) => after,
        Outcome::Conflicts(blocked, forced) => {
            let own = blocked.iter().filter(|blocked| is_about(&blocked.field, &finding.path));
            let messages: Vec<String> = own.map(|blocked| blocked.message.clone()).collect();
            if !messages.is_empty() {
                return Fate::Blocks(messages);
            }
            match forced {
                Some(after) => after,
                None => return Fate::Unknown("the write is refused for other fields".to_owned()),
            }
        }
        Outcome::Failed(why) => return Fate::Unknown(why.clone()),
    };
    let after = at(after, &finding.path, pair.typed);
    match (after, &finding.live) {
        (None, None) => Fate::Survives,
        (None, Some(_)) => Fate::Removed,
        (Some(after), Some(live)) if same(&finding.path, after, live) => {
            if finding.kind == Kind::Leftover {
                Fate::Stays
            } else {
                Fate::Survives
            }
        }
        (Some(_), _) if next.corrects_drift => Fate::Corrected,
        (Some(_), _) => Fate::Overwritten,
    }
}

/// Whether a conflict is about the field, something in it, or a whole around it. The server's text of a path cannot be cut
/// into steps again (names may hold dots), so the texts are compared.
fn is_about(field: &str, path: &Path) -> bool {
    let text = path.to_string();
    let within = |inner: &str, outer: &str| {
        inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    within(field, &text) || within(&text, field)
}

/// What a computed apply came to.
#[must_use]
pub fn outcome_of(result: Result<Value, Refused>, forced: impl FnOnce() -> Result<Value, Refused>) -> Outcome {
    match result {
        Ok(object) => Outcome::Written(Box::new(object)),
        Err(Refused::Conflicts(conflicts)) => {
            let blocked = conflicts
                .0
                .iter()
                .map(|conflict: &Conflict| Blocked { field: conflict.path.to_string(), message: conflict.message() });
            Outcome::Conflicts(blocked.collect(), forced().ok().map(Box::new))
        }
        Err(other) => Outcome::Failed(other.to_string()),
    }
}

/// Fields of an object that somebody holds who is not its release's writer, without its manifest: for a mark in a list.
/// The writer is who set `meta.helm.sh/release-name`. Items of lists count once.
#[must_use]
pub fn edited(entries: &[super::Entry], settings: &[super::classes::Row]) -> usize {
    let mark = [
        PathElement::field("metadata"),
        PathElement::field("annotations"),
        PathElement::field("meta.helm.sh/release-name"),
    ];
    let mut theirs = super::FieldSet::default();
    let mut own = super::FieldSet::default();
    for entry in entries {
        let Ok(fields) = &entry.fields else { continue };
        if entry.subresource == "status" {
            continue;
        }
        let writes_release =
            fields.contains(&mark) || super::classes::RELEASE_WRITERS.contains(&entry.manager.as_str());
        if writes_release {
            own = own.union(fields);
        } else if super::classes::of(&entry.manager, settings).0.edits() {
            theirs = theirs.union(fields);
        }
    }
    if theirs.is_empty() {
        return 0;
    }
    let mut counted = std::collections::BTreeSet::new();
    theirs.leaves().difference(&own).each(|path| {
        let ends = (1..=path.len()).filter_map(|end| path.get(..end));
        let mut items = ends.filter(|part| matches!(part.last(), Some(PathElement::Key(_) | PathElement::Value(_))));
        let item = items.find(|part| !own.contains(part)).unwrap_or(path);
        counted.insert(Path(item.to_vec()));
    });
    counted.len()
}
