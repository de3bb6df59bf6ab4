//! The rows of the list: releases with their judgement, worst first, and the words of their columns.

use std::cmp::Reverse;
use std::fmt;

use jiff::Timestamp;

use crate::health::{self, Judgement, Verdict, World};
use crate::release::codec::Driver;
use crate::release::flux::{Condition, HelmRelease, RolledBack, Suspension};
use crate::release::{Catalog, Evidence, Management, PayloadState, Release};

use super::age;
use super::owners::Oddities;
use super::text::{self, Glyphs};

/// A release and what is said of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The release.
    pub release: Release,
    /// Verdict and cause.
    pub judgement: Judgement,
    /// The Kustomization that applies its HelmRelease is suspended: what is pushed does not arrive.
    pub held: bool,
    /// What of it others than its writer changed.
    pub edits: Edits,
}

/// How many fields of a release others than its writer changed. What is found of all of its objects takes the place of what is
/// counted of its workloads as they are watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Edits {
    /// Fields of its workloads that people hold, whether their values differ or not.
    pub edited: usize,
    /// What was found when all of its objects were compared with the manifest.
    pub found: Option<Oddities>,
}

/// One mark: a word, and how many there are of what it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// The word, which is one of [`MARKS`].
    pub word: &'static str,
    /// How many; `None` where it is said of the release as a whole.
    pub count: Option<usize>,
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.count {
            Some(count) => write!(f, "{}:{count}", self.word),
            None => f.write_str(self.word),
        }
    }
}

/// Every mark that a row can bear.
pub const MARKS: &[&str] = &[
    "drift",
    "hotfix",
    "leftover",
    "edited",
    "suspended",
    "held",
    "silent",
    "outdated",
    "pending",
    "orphaned",
    "forbidden",
    "remote",
    "unreadable",
    "configmap",
];

/// Every release of a catalog: worst first, then newest change, then by name.
#[must_use]
pub fn make(catalog: &Catalog, world: &World, now: Timestamp) -> Vec<Row> {
    let mut rows: Vec<Row> =
        catalog.releases().into_iter().map(|release| Row::judged(release, catalog, world, now)).collect();
    sort(&mut rows);
    rows
}

/// Worst first, then newest change, then by name.
pub(super) fn sort(rows: &mut [Row]) {
    rows.sort_by(|one, other| one.order().cmp(&other.order()));
}

/// Puts a row in the place of another one, and where it belongs.
pub(super) fn replace(rows: &mut Vec<Row>, place: usize, row: Row) {
    if place < rows.len() {
        rows.remove(place);
    }
    let place = rows.partition_point(|other| other.order() <= row.order());
    rows.insert(place, row);
}

impl Row {
    /// A release as it is, by these objects.
    #[must_use]
    pub fn judged(release: Release, catalog: &Catalog, world: &World, now: Timestamp) -> Self {
        let standing = world.standing(&release, now);
        let judgement = health::judge(&release, &standing, catalog, now);
        let edits = Edits { edited: standing.edited, ..Edits::default() };
        Self { edits, ..Self::of(release, judgement, catalog) }
    }

    /// A release that was judged.
    #[must_use]
    pub fn of(release: Release, judgement: Judgement, catalog: &Catalog) -> Self {
        let owner = release.helm_release.as_ref().and_then(|object| object.owner.as_ref());
        let held = owner.and_then(|owner| catalog.kustomization(owner)).is_some_and(|owner| owner.suspended);
        Self { release, judgement, held, edits: Edits::default() }
    }

    /// The row as it is now; `None` where it cannot be said of one row alone.
    #[must_use]
    pub fn anew(&self, catalog: &Catalog, world: &World, now: Timestamp) -> Option<Self> {
        Some(Self::judged(catalog.release_anew(&self.release)?, catalog, world, now))
    }

    fn order(&self) -> (Verdict, Reverse<Option<Timestamp>>, &str, &str) {
        let Row { release, judgement, .. } = self;
        (judgement.verdict, Reverse(release.changed), &release.namespace, &release.id.name)
    }

    /// Whether it belongs to a namespace: by its objects or by its storage.
    #[must_use]
    pub fn is_in(&self, namespace: &str) -> bool {
        self.release.namespace == namespace || self.release.id.storage_namespace == namespace
    }

    /// Who manages it: `helm` as long as it is not known which Helm.
    #[must_use]
    pub fn manager(&self) -> &'static str {
        self.release.management.word().unwrap_or("helm")
    }

    /// Whether which Helm it is may still become known.
    #[must_use]
    pub fn manager_open(&self) -> bool {
        self.release.management == Management::Helm && self.release.unread().is_some()
    }

    /// Chart and version as the list shows them: in brackets where they are only wanted.
    #[must_use]
    pub fn chart_cell(&self) -> String {
        match self.chart() {
            (chart, true) => format!("({chart})"),
            (chart, false) => chart,
        }
    }

    /// Chart and version, and whether they are only wanted: no revision has them yet.
    #[must_use]
    pub fn chart(&self) -> (String, bool) {
        let join = |chart: &str, version: Option<&str>| match version {
            Some(version) => format!("{chart} {version}"),
            None => chart.to_owned(),
        };
        match (&self.release.chart, self.release.wanted_chart()) {
            (Some(chart), _) => (join(chart, self.release.chart_version.as_deref()), false),
            (None, Some((chart, version))) => (join(chart, version), true),
            (None, None) => (String::new(), false),
        }
    }

    /// Whether the chart may still become known.
    #[must_use]
    pub fn chart_open(&self) -> bool {
        self.release.chart.is_none() && self.release.unread().is_some()
    }

    /// The marks that stand before the cause where they have no column. That Secrets are forbidden is not among them:
    /// it would stand on every row, and the cause ends with it.
    #[must_use]
    pub fn inline_marks(&self) -> String {
        let marks = words(self.marks().into_iter().filter(|mark| mark.word != "forbidden"));
        if marks.is_empty() { String::new() } else { format!("[{marks}] ") }
    }

    /// The marks as their column shows them.
    #[must_use]
    pub fn marks_cell(&self) -> String {
        words(self.marks().into_iter())
    }

    /// What is worth a word beside the verdict, and is not the verdict itself.
    #[must_use]
    pub fn marks(&self) -> Vec<Mark> {
        let verdict = self.judgement.verdict;
        let said = |mark: &str| match mark {
            "suspended" => verdict == Verdict::Suspended,
            "drift" => verdict == Verdict::Drifted,
            "pending" => matches!(verdict, Verdict::Pending | Verdict::Progressing),
            _ => false,
        };
        self.borne().filter(|mark| !said(mark.word)).collect()
    }

    /// Every mark that holds, also where the verdict says the same.
    pub fn borne(&self) -> impl Iterator<Item = Mark> {
        let release = &self.release;
        let object = release.helm_release.as_deref();
        let drifted = |object: &HelmRelease| object.condition("Drifted").is_some_and(Condition::is_true);
        let counted = match self.edits {
            Edits { found: Some(Oddities { hotfixes, leftovers }), .. } => {
                vec![("hotfix", hotfixes), ("leftover", leftovers)]
            }
            Edits { edited, found: None } => vec![("edited", edited)],
        };
        let counted = counted.into_iter().filter(|(_, count)| *count > 0);
        let counted = counted.map(|(word, count)| Mark { word, count: Some(count) });
        let plain = [
            ("drift", object.is_some_and(drifted)),
            ("suspended", object.is_some_and(|object| object.suspended)),
            ("held", self.held),
            ("silent", self.judgement.silent.is_some()),
            ("outdated", self.judgement.outdated),
            ("pending", release.status.as_ref().is_some_and(|status| status.is_pending())),
            ("orphaned", release.orphaned),
            ("forbidden", release.storage_forbidden),
            ("remote", release.remote()),
            ("unreadable", matches!(release.payload, PayloadState::Failed(_))),
            ("configmap", release.id.driver == Driver::ConfigMap),
        ]
        .into_iter()
        .filter_map(|(word, holds)| holds.then_some(Mark { word, count: None }));
        plain.chain(counted)
    }

    /// How many of its objects are well, of how many: `5/6`; `-` where they were not looked at or there are none.
    #[must_use]
    pub fn objects_cell(&self) -> String {
        match self.judgement.counts {
            Some(counts) if counts.total > 0 => format!("{}/{}", counts.ready, counts.total),
            Some(_) | None => "-".to_owned(),
        }
    }

    /// Whether none of its objects is known to be unwell.
    #[must_use]
    pub fn objects_well(&self) -> bool {
        self.judgement.counts.is_none_or(|counts| counts.ready >= counts.total)
    }

    /// From what the row was made, where that is less than usual.
    #[must_use]
    pub fn evidence(&self) -> Option<&'static str> {
        match (self.release.evidence, self.release.storage_forbidden) {
            (Evidence::Status, true) => Some("from status, Secrets forbidden"),
            (Evidence::Objects, _) => Some("from objects, Secrets forbidden"),
            (Evidence::Storage, _) | (Evidence::Status, false) => None,
        }
    }

    /// The cause in words, with its age where it has one; else from what the row was made.
    #[must_use]
    pub fn cause(&self, now: Timestamp) -> String {
        let evidence = self.evidence().unwrap_or_default();
        let Some(cause) = &self.judgement.cause else { return evidence.to_owned() };
        let mut text = match self.suspension(now) {
            Some(said) if self.judgement.verdict == Verdict::Suspended => said,
            // What is broken is why somebody looks.
            Some(said) => format!("{}; {said}", cause.text),
            None => cause.text.clone(),
        };
        if let Some(since) = cause.since {
            text = format!("{text} since {}", age::coarse(since, now));
        }
        if let Some(seen) = cause.seen {
            text = format!("{text}, seen {} ago", age::coarse(seen, now));
        }
        if !evidence.is_empty() && !text.contains(evidence) {
            text = format!("{text} ({evidence})");
        }
        text
    }

    /// Who suspended it, when and why, where that was kept: `suspended by alice 3h ago: the database moves`.
    #[must_use]
    pub fn suspension(&self, now: Timestamp) -> Option<String> {
        let kept = self.kept()?;
        let back = kept.rollback.map(|RolledBack { from, to }| format!(", rolled back {from} -> {to}"));
        let Suspension { reason, by, at, .. } = kept;
        Some(format!("suspended by {by} {} ago{}: {reason}", age::coarse(*at, now), back.unwrap_or_default()))
    }

    /// What resuming would take back of what was done while it was suspended.
    #[must_use]
    pub fn rolled_back(&self) -> Option<String> {
        let RolledBack { from, to } = self.kept()?.rollback?;
        Some(format!("rolled back {from} -> {to} meanwhile; resume upgrades straight back"))
    }

    fn kept(&self) -> Option<&Suspension> {
        self.release.helm_release.as_ref()?.suspension()
    }

    /// The cause where there is room for so many columns only: an object that is called like the release is not named again.
    #[must_use]
    pub fn cause_within(&self, now: Timestamp, columns: usize, glyphs: Glyphs) -> String {
        let cause = self.cause(now);
        if text::width(&text::clean(&cause, glyphs)) <= columns {
            return cause;
        }
        let unnamed = cause
            .split_once(": ")
            .filter(|(object, _)| object.split_once(' ').is_some_and(|(_, name)| name == self.release.id.name));
        unnamed.map_or(cause.clone(), |(_, rest)| rest.to_owned())
    }

    /// The times that are shown as ages.
    pub fn times(&self) -> impl Iterator<Item = Timestamp> {
        let cause = self.judgement.cause.iter().flat_map(|cause| [cause.since, cause.seen]);
        self.release.changed.into_iter().chain(cause.flatten()).chain(self.kept().map(|kept| kept.at))
    }
}

fn words(marks: impl Iterator<Item = Mark>) -> String {
    marks.map(|mark| mark.to_string()).collect::<Vec<_>>().join(" ")
}
