//! The rows of the session: which of them a change touches, when they are judged anew, and when that is shown.
//!
//! Rows follow from the catalog, the objects and the time. To make all of them anew for each change would take longer than
//! everything else that is done for it, so that a change touches the rows that it is about, and only what cannot be said of
//! single rows makes all of them anew.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;

use crate::app::rows::{self, Row};
use crate::release::flux::{ChartOrigin, HelmRelease, SourceKind};
use crate::release::{Catalog, Change, FeedState, ObjectKey, ReleaseId, StoredRef};

use super::Session;

/// When so many rows are due at once, one of so many of all, all are made anew: to find each of them would take longer.
const MANY: usize = 16;

/// What changed since the rows were brought up to date. Changes come in heaps, and the rows are gone through once for each.
#[derive(Debug, Default)]
pub(super) struct Touched {
    releases: BTreeSet<ReleaseId>,
    helm_releases: BTreeSet<ObjectKey>,
    sources: BTreeSet<(SourceKind, ObjectKey)>,
    /// Kustomizations that were suspended or resumed.
    owners: BTreeSet<ObjectKey>,
    /// The namespaces in which something came whose owner is not seen: it tells that the owner is there.
    owned: BTreeSet<String>,
}

/// What of the rows a change is about.
enum Reach {
    /// Nothing.
    Nothing,
    /// This release.
    Release(ReleaseId),
    /// The row of this HelmRelease.
    HelmRelease(ObjectKey),
    /// The rows that draw their chart from this source.
    Source(SourceKind, ObjectKey),
    /// The rows that this Kustomization applies.
    Owner(ObjectKey),
    /// Which rows there are, or more than can be named.
    All,
}

impl Session {
    /// Takes one change into the catalog and the objects, and notes which rows it is about.
    pub(super) fn take_change(&mut self, change: Change) {
        let reach = self.reach(&change);
        let workload = match &change {
            Change::Object(object) => Some(object.id.clone()),
            Change::ObjectGone(id, _) => Some(id.clone()),
            _ => None,
        };
        let named = |catalog: &Catalog| workload.as_ref().and_then(|id| catalog.named_by(id).cloned());
        if let Change::Object(object) = &change
            && object.controller().is_some()
        {
            self.touched.owned.insert(object.id.namespace.clone());
        }
        let before = named(&self.catalog);
        self.world.apply(&change);
        self.catalog.apply(change);
        let after = named(&self.catalog);
        if before != after {
            // Releases are inferred from workloads where their storage may not be read.
            let inferred = [before, after].into_iter().flatten().any(|(key, _)| self.catalog.infers(&key.namespace));
            self.rows_old |= inferred;
        }
        match reach {
            Reach::Nothing => {}
            Reach::Release(id) => {
                self.touched.releases.insert(id);
            }
            Reach::HelmRelease(key) => {
                self.touched.helm_releases.insert(key);
            }
            Reach::Source(kind, key) => {
                self.touched.sources.insert((kind, key));
            }
            Reach::Owner(key) => {
                self.touched.owners.insert(key);
            }
            Reach::All => self.rows_old = true,
        }
    }

    /// Asked before the change is taken in: what was known says whether other rows are concerned.
    fn reach(&self, change: &Change) -> Reach {
        let catalog = &self.catalog;
        let suspended = |key: &ObjectKey| catalog.kustomization(key).is_some_and(|known| known.suspended);
        match change {
            Change::Revision(revision) => {
                let object = &revision.object;
                Reach::Release(ReleaseId::stored(object.driver, &object.key.namespace, &revision.release))
            }
            Change::RevisionGone(driver, key, _) => match catalog.stored_by(*driver, key) {
                Some(id) if catalog.revision_count(id) > 1 => Reach::Release(id.clone()),
                Some(_) => Reach::All,
                None => Reach::Nothing,
            },
            Change::HelmRelease(object) => match catalog.helm_release(&object.key) {
                Some(known) if same_place(known, object) => Reach::HelmRelease(object.key.clone()),
                Some(_) | None => Reach::All,
            },
            Change::HelmReleaseGone(_) => Reach::All,
            Change::Source(source) => Reach::Source(source.kind, source.key.clone()),
            Change::SourceGone(kind, key) => Reach::Source(*kind, key.clone()),
            // A watch says how it is doing now and then; only another state is news.
            Change::Feed(feed, state) if catalog.feeds().get(feed) == Some(state) => Reach::Nothing,
            Change::Feed(..) => Reach::All,
            Change::Kustomization(object) if object.suspended != suspended(&object.key) => {
                Reach::Owner(object.key.clone())
            }
            Change::KustomizationGone(key) if suspended(key) => Reach::Owner(key.clone()),
            Change::Kustomization(_)
            | Change::KustomizationGone(_)
            | Change::Object(_)
            | Change::ObjectGone(..)
            | Change::Event(_)
            | Change::EventGone(_)
            | Change::Namespaces(_)
            | Change::Inventory(..) => Reach::Nothing,
        }
    }

    /// Notes which rows what changed is about; says whether objects are among it. A release that has no row yet is shown at
    /// once.
    fn touch_rows(&mut self) -> bool {
        let mut touched = std::mem::take(&mut self.touched);
        let objects = self.world.take_touched();
        let moved = !objects.is_empty();
        let objects: BTreeSet<(&str, &str)> =
            objects.iter().map(|key| (key.namespace.as_str(), key.name.as_str())).collect();
        if touched.is_empty() && !moved {
            return false;
        }
        for row in &self.rows {
            let release = &row.release;
            let named = touched.releases.remove(&release.id);
            if named || touched.is_about(row) || of_objects(row, &objects) {
                self.settling.touch(release.id.clone(), self.now);
            }
        }
        self.rows_old |= !touched.releases.is_empty();
        moved
    }

    /// Brings a row up to date of which more is known than before.
    pub(super) fn touch_row(&mut self, id: &ReleaseId) {
        if !self.settling.holds(id) {
            self.judge_anew(id);
        }
    }

    /// Brings the row up to date whose latest revision is stored there. What was asked for is no change of the release,
    /// and is shown at once.
    pub(super) fn reread_row(&mut self, object: &StoredRef) {
        // In whatever state the object was read: the answer of an older one takes the place of what was read before.
        let at = |row: &&Row| row.release.latest.as_ref().is_some_and(|latest| latest.uid == object.uid);
        let Some(id) = self.rows.iter().find(at).map(|row| row.release.id.clone()) else { return };
        self.touch_row(&id);
    }

    /// Brings the rows up to date as far as they are to be shown, and says whether any is another one than before.
    pub(in crate::app) fn rebuild_rows(&mut self) -> bool {
        self.world.turn(self.now);
        let moved = self.touch_rows();
        // While lists arrive, rows fill in at once; what comes with the end of a list is of the list.
        let (before, ended) = (self.lists_ended, self.lists_have_ended());
        self.lists_ended = ended;
        let due = self.settling.due(self.now, before && ended);
        if due.len() > self.rows.len() / MANY + MANY {
            self.rows_old = true;
        }
        for id in due {
            self.judge_anew(&id);
        }
        if self.rows_turn.is_some_and(|turn| turn <= self.now) {
            let turned = |row: &&Row| row.judgement.turn.is_some_and(|turn| turn <= self.now);
            let ids: Vec<ReleaseId> = self.rows.iter().filter(turned).map(|row| row.release.id.clone()).collect();
            for id in ids {
                if !self.settling.holds(&id) {
                    self.judge_anew(&id);
                }
            }
        }
        let (all, some) = (std::mem::take(&mut self.rows_old), std::mem::take(&mut self.rows_touched));
        if all {
            self.make_rows();
        }
        if all || some {
            self.rows_turn = self.rows.iter().filter_map(|row| row.judgement.turn).min();
        }
        if all || moved {
            self.world_turn = self.world.next_turn(self.now);
        }
        all || some
    }

    /// Makes every row anew, except those that are held back.
    fn make_rows(&mut self) {
        let old = std::mem::take(&mut self.rows);
        let made = rows::make(&self.catalog, &self.world, self.now);
        self.rows = made.into_iter().map(|row| self.with_found(row)).collect();
        let mut held: HashMap<ReleaseId, Row> = old
            .into_iter()
            .filter(|row| self.settling.holds(&row.release.id))
            .map(|row| (row.release.id.clone(), row))
            .collect();
        if held.is_empty() {
            return;
        }
        let claim = |row: &Row| row.release.helm_release.as_ref().map(|object| object.key.clone());
        for row in &mut self.rows {
            // One that a HelmRelease took or left is another row under the same name.
            if let Some(shown) = held.remove(&row.release.id)
                && claim(&shown) == claim(row)
            {
                *row = shown;
            }
        }
        rows::sort(&mut self.rows);
    }

    /// Judges one row anew and puts it where it belongs.
    fn judge_anew(&mut self, id: &ReleaseId) {
        if self.rows_old {
            return;
        }
        let Some(place) = self.rows.iter().position(|row| row.release.id == *id) else { return };
        let anew = self
            .rows
            .get(place)
            .and_then(|row| row.anew(&self.catalog, &self.world, self.now))
            .map(|row| self.with_found(row));
        match anew {
            Some(row) if self.rows.get(place) == Some(&row) => {}
            Some(row) => {
                rows::replace(&mut self.rows, place, row);
                self.rows_touched = true;
            }
            None => self.rows_old = true,
        }
    }

    /// Whether every list has ended: from then on, changes are changes.
    fn lists_have_ended(&self) -> bool {
        let feeds = self.catalog.feeds();
        !feeds.is_empty() && feeds.values().all(|state| *state != FeedState::Loading)
    }

    /// Whether something of a release is not shown yet.
    #[must_use]
    pub fn is_settling(&self, id: &ReleaseId) -> bool {
        self.settling.holds(id)
    }

    /// When a row reads differently next: it has settled, or its time has come.
    pub(in crate::app) fn next_turn(&self) -> Option<Timestamp> {
        [self.settling.next(), self.rows_turn, self.world_turn].into_iter().flatten().min()
    }
}

/// Whether both make the same row: the id of a row follows from these.
fn same_place(known: &HelmRelease, object: &HelmRelease) -> bool {
    let place = |object: &HelmRelease| {
        (object.remote, object.storage_namespace.clone(), object.release_name.clone(), object.release_namespace.clone())
    };
    place(known) == place(object)
}

impl Touched {
    fn is_empty(&self) -> bool {
        self.releases.is_empty()
            && self.helm_releases.is_empty()
            && self.sources.is_empty()
            && self.owners.is_empty()
            && self.owned.is_empty()
    }

    /// Whether its HelmRelease or a source of it changed, or what it lacks may be there after all.
    fn is_about(&self, row: &Row) -> bool {
        let lacks = || row.judgement.counts.is_some_and(|counts| counts.missing > 0);
        if self.owned.contains(&row.release.namespace) && lacks() {
            return true;
        }
        let Some(object) = &row.release.helm_release else { return false };
        if self.helm_releases.contains(&object.key)
            || object.owner.as_ref().is_some_and(|owner| self.owners.contains(owner))
        {
            return true;
        }
        !self.sources.is_empty() && drawn_from(object).any(|source| self.sources.contains(&source))
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}

/// Whether objects of it changed. Objects that name a HelmRelease alone are those of its row.
fn of_objects(row: &Row, objects: &BTreeSet<(&str, &str)>) -> bool {
    let release = &row.release;
    let flux = release.helm_release.as_ref().map(|object| (object.key.namespace.as_str(), object.key.name.as_str()));
    [Some((release.namespace.as_str(), release.id.name.as_str())), flux]
        .into_iter()
        .flatten()
        .any(|key| objects.contains(&key))
}

/// The sources that a HelmRelease names: its HelmChart, and what that or the release itself is drawn from.
fn drawn_from(object: &HelmRelease) -> impl Iterator<Item = (SourceKind, ObjectKey)> {
    let made = object.helm_chart.clone().map(|key| (SourceKind::HelmChart, key));
    let named = match &object.chart {
        Some(ChartOrigin::Template { source_kind, source, .. }) => Some((source_kind, source)),
        Some(ChartOrigin::Reference { kind, key }) => Some((kind, key)),
        None => None,
    };
    made.into_iter().chain(named.and_then(|(kind, key)| Some((SourceKind::of(kind)?, key.clone()))))
}
