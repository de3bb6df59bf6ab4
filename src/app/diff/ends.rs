//! Which two ends are compared: revisions, what is live, the chart's defaults. And what is to be said of the choice.

use crate::app::release::{Tab, history};
use crate::app::session::Session;
use crate::app::{Model, Screen, release};
use crate::diff::Part;
use crate::release::payload::Revision;
use crate::release::{ReleaseId, StoredRef};

/// One end, by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Point {
    /// A stored revision.
    Revision(Revision),
    /// The objects as they are.
    Live,
    /// The chart's own values of a stored revision.
    Defaults(Revision),
    /// What a write of a stored revision would make of the objects.
    DryRun(Revision),
}

impl Point {
    /// The revision that is to be read for it.
    #[must_use]
    pub fn revision(self) -> Option<Revision> {
        match self {
            Self::Revision(revision) | Self::Defaults(revision) | Self::DryRun(revision) => Some(revision),
            Self::Live => None,
        }
    }

    /// What of it can be compared.
    #[must_use]
    pub fn parts(self) -> &'static [Part] {
        use Part::{Chart, Coalesced, Files, Hooks, Manifest, Notes, Templates, Values};
        match self {
            Self::Revision(_) => &[Manifest, Hooks, Values, Coalesced, Chart, Templates, Files, Notes],
            Self::Live | Self::DryRun(_) => &[Manifest],
            Self::Defaults(_) => &[Values, Coalesced],
        }
    }
}

impl std::fmt::Display for Point {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Revision(revision) => write!(f, "revision {revision}"),
            Self::Live => f.write_str("live"),
            Self::Defaults(revision) => write!(f, "chart defaults of {revision}"),
            Self::DryRun(revision) => write!(f, "dry-run of {revision}"),
        }
    }
}

/// Two ends, and what is to be said of their choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// The old side.
    pub old: Point,
    /// The new side.
    pub new: Point,
    /// Where something else was compared than one would expect.
    pub remark: Option<String>,
}

/// The numbers of the revisions that are stored, the newest first.
pub(super) fn stored(session: &Session, id: &ReleaseId) -> Vec<Revision> {
    session.catalog.revisions(id).map(|stored| stored.revision).collect()
}

/// The object that stores a revision.
pub(super) fn object(session: &Session, id: &ReleaseId, revision: Revision) -> Option<StoredRef> {
    let mut revisions = session.catalog.revisions(id);
    revisions.find(|stored| stored.revision == revision).map(|stored| stored.object.clone())
}

/// A revision with the one before it, or with what is live where none is stored before it.
fn with_previous(stored: &[Revision], revision: Revision) -> Pair {
    let Some(before) = stored.iter().copied().filter(|other| *other < revision).max() else {
        let remark = match stored {
            [_] => format!("revision {revision} is the only one stored: compared with what is live"),
            _ => format!("no revision before {revision} is stored: compared with what is live"),
        };
        return Pair { old: Point::Revision(revision), new: Point::Live, remark: Some(remark) };
    };
    let remark = match (before.get() + 1, revision.get() - 1) {
        (first, last) if first > last => None,
        (first, last) if first == last => Some(format!("revision {first} is not stored: compared with {before}")),
        (first, last) => Some(format!("revisions {first} to {last} are not stored: compared with {before}")),
    };
    Pair { old: Point::Revision(before), new: Point::Revision(revision), remark }
}

/// What is compared where one is.
pub(in crate::app) type Meant = fn(&Session, &ReleaseId, Option<&release::State>) -> Option<Pair>;

/// What is compared where one is: of a history, what is marked, else the selected revision with the one before; elsewhere
/// the latest revision with the one before.
pub(in crate::app) fn meant(session: &Session, id: &ReleaseId, open: Option<&release::State>) -> Option<Pair> {
    let stored = stored(session, id);
    let Some(state) = history(open) else { return Some(with_previous(&stored, *stored.first()?)) };
    let marked: Vec<Revision> = state.history.marks().iter().copied().filter(|mark| stored.contains(mark)).collect();
    let chosen = chosen(session, state, &stored);
    let (one, other) = match (marked.as_slice(), chosen) {
        ([one, other, ..], _) => (*one, *other),
        ([one], Some(chosen)) if *one != chosen => (*one, chosen),
        ([one], _) => return Some(with_previous(&stored, *one)),
        ([], chosen) => return Some(with_previous(&stored, chosen?)),
    };
    let (old, new) = (Point::Revision(one.min(other)), Point::Revision(one.max(other)));
    Some(Pair { old, new, remark: None })
}

/// What is deployed beside what is live: of a history the selected revision, elsewhere the latest one.
pub(in crate::app) fn with_live(session: &Session, id: &ReleaseId, open: Option<&release::State>) -> Option<Pair> {
    let stored = stored(session, id);
    let revision = match history(open) {
        Some(state) => chosen(session, state, &stored)?,
        None => *stored.first()?,
    };
    Some(Pair { old: Point::Revision(revision), new: Point::Live, remark: None })
}

fn history(open: Option<&release::State>) -> Option<&release::State> {
    open.filter(|state| state.tab == Tab::History)
}

/// The selected revision of a history, if it is stored.
fn chosen(session: &Session, state: &release::State, stored: &[Revision]) -> Option<Revision> {
    let rows = history::rows(session, &state.id);
    state.history.chosen(&rows).map(|row| row.revision).filter(|chosen| stored.contains(chosen))
}

/// Why there is nothing to compare.
pub(in crate::app) fn comparable(model: &Model) -> Option<&'static str> {
    uncomparable(model, meant)
}

/// Why nothing can be compared with what is live.
pub(in crate::app) fn comparable_with_live(model: &Model) -> Option<&'static str> {
    let is_remote = || model.current_release().is_some_and(|row| row.release.remote());
    uncomparable(model, with_live).or_else(|| is_remote().then_some("its objects are on another cluster"))
}

fn uncomparable(model: &Model, meant: Meant) -> Option<&'static str> {
    match model.screens.last() {
        Some(Screen::Diff(_)) => return Some("choose other sides with their own keys"),
        Some(Screen::Release(_)) | None => {}
        Some(
            Screen::Logs(_)
            | Screen::Blame(_)
            | Screen::Preflight(_)
            | Screen::Plan(_)
            | Screen::Many(_)
            | Screen::Journal(_),
        ) => {
            return Some("open a release first");
        }
    }
    let Some(release) = model.current_release().map(|row| &row.release) else { return Some("no release is selected") };
    let id = &release.id;
    let session = &model.session;
    if session.catalog.revisions(id).next().is_none() {
        return Some(match release.storage_forbidden {
            true => "its revisions may not be read: it needs get, list and watch on secrets in their namespace",
            false => "no revision of it is stored",
        });
    }
    meant(session, id, model.open_release()).is_none().then_some("this revision is not stored any more")
}

/// Why no revision can be marked.
pub(in crate::app) fn markable(model: &Model) -> Option<&'static str> {
    match model.screens.last() {
        Some(Screen::Release(state)) if state.tab == Tab::History => {
            let rows = history::rows(&model.session, &state.id);
            match state.history.chosen(&rows) {
                Some(row) if row.stored.is_some() => None,
                Some(_) => Some("this revision is not stored any more: there is nothing to compare"),
                None => Some("no revision is known"),
            }
        }
        Some(_) => Some("only for revisions in the history"),
        None => model.current_release().is_none().then_some("no release is selected"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revision_is_compared_with_the_one_before_and_a_gap_is_said() {
        let check = |stored: &[u32], revision: u32, expected: (&str, &str, Option<&str>)| {
            let number = |number: u32| Revision::new(number).unwrap();
            let stored: Vec<Revision> = stored.iter().copied().map(number).collect();
            let pair = with_previous(&stored, number(revision));
            let (old, new) = (pair.old.to_string(), pair.new.to_string());
            assert_eq!((old.as_str(), new.as_str(), pair.remark.as_deref()), expected);
        };
        check(&[3, 2, 1], 3, ("revision 2", "revision 3", None));
        check(&[4, 2], 4, ("revision 2", "revision 4", Some("revision 3 is not stored: compared with 2")));
        check(&[9, 2], 9, ("revision 2", "revision 9", Some("revisions 3 to 8 are not stored: compared with 2")));
        let alone = "revision 5 is the only one stored: compared with what is live";
        check(&[5], 5, ("revision 5", "live", Some(alone)));
        let first = "no revision before 2 is stored: compared with what is live";
        check(&[3, 2], 2, ("revision 2", "live", Some(first)));
    }
}
