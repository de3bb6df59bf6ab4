//! The history of a release: every revision that is known of it, what Helm stored joined with what Flux says it did.
//!
//! Sources of the rules: helm.sh/helm v4.3.1 `pkg/action/rollback.go` (descriptions), `pkg/storage/storage.go` (what is pruned);
//! fluxcd/helm-controller v1.6.3 `api/v2/snapshot_types.go`.

use jiff::Timestamp;

use super::codec::SECRET_DATA_LIMIT;
use super::flux::{Snapshot, TestRun};
use super::payload::{ApplyMethod, Payload, ReleaseStatus, Revision};
use super::query::StoredRef;
use super::{Catalog, Problem, Release};

/// From here on a stored revision is close to what fits into its object, in percent.
pub const NEAR: usize = 80;

/// One revision, or several following ones of which nothing is left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its number; of several the highest.
    pub revision: Revision,
    /// Where it stands for revisions that are not stored, and that Flux does not remember: the lowest of their numbers.
    pub gap: Option<Revision>,
    /// The object that stores it.
    pub stored: Option<StoredRef>,
    /// Nothing is stored of it any more: Flux alone remembers it.
    pub is_forgotten: bool,
    /// Whether Flux's controller wrote it.
    pub by_flux: bool,
    /// Its status, by the label of that object, else as Flux remembers it.
    pub status: Option<ReleaseStatus>,
    /// Name of the chart.
    pub chart: Option<String>,
    /// Its version.
    pub chart_version: Option<String>,
    /// Its app version.
    pub app_version: Option<String>,
    /// When it was deployed, by its payload, else as Flux remembers it.
    pub deployed: Option<Timestamp>,
    /// When the object that stores it was written last, by its labels.
    pub written: Option<Timestamp>,
    /// Helm's description.
    pub description: Option<String>,
    /// How it was applied; Helm 3 says nothing of that.
    pub apply_method: Option<ApplyMethod>,
    /// The revision that it went back to.
    pub rolled_back_to: Option<Revision>,
    /// Bytes in the storing object, as [`SECRET_DATA_LIMIT`] counts.
    pub size: Option<usize>,
    /// By how many bytes it is larger than the next older one that can be read, and which that is.
    pub growth: Option<(i64, Revision)>,
    /// What Flux did to make it.
    pub action: Option<String>,
    /// The tests that Flux was to run.
    pub tests: Vec<TestRun>,
    /// Whether its payload is still to be read.
    pub unread: bool,
    /// Why its payload cannot be read.
    pub problem: Option<Problem>,
}

/// Every revision that is known of a release, newest first. Between them, where storage may be read, stand the numbers of which
/// nothing is left.
#[must_use]
pub fn rows(catalog: &Catalog, release: &Release) -> Vec<Row> {
    let mut rows: Vec<Row> = catalog
        .revisions(&release.id)
        .map(|stored| {
            let mut row =
                Row::of(stored.revision, Some(stored.status.clone()).filter(|word| !word.as_str().is_empty()));
            row.stored = Some(stored.object.clone());
            row.by_flux = stored.by_flux;
            row.written = stored.changed;
            match catalog.summary(&stored.object) {
                None => row.unread = true,
                Some(Err(problem)) => row.problem = Some(problem.clone()),
                Some(Ok(summary)) => {
                    row.chart.clone_from(&summary.chart_name);
                    row.chart_version.clone_from(&summary.chart_version);
                    row.app_version.clone_from(&summary.app_version);
                    row.deployed = summary.last_deployed;
                    row.description.clone_from(&summary.description);
                    row.apply_method = summary.apply_method;
                    row.rolled_back_to = rolled_back_to(summary.rollback_revision, row.description.as_deref());
                    row.size = summary.size.map(|size| size.stored);
                }
            }
            row
        })
        .collect();
    let is_stored = !rows.is_empty();
    for snapshot in release.helm_release.iter().flat_map(|object| &object.history) {
        match rows.iter_mut().find(|row| row.revision == snapshot.revision) {
            Some(row) => row.join(snapshot),
            None => {
                let mut row = Row::of(snapshot.revision, Some(snapshot.status.clone()));
                row.deployed = snapshot.last_deployed;
                (row.by_flux, row.is_forgotten) = (true, is_stored);
                row.join(snapshot);
                rows.push(row);
            }
        }
    }
    rows.sort_by_key(|row| std::cmp::Reverse(row.revision));
    grow(&mut rows);
    if is_stored { with_gaps(rows) } else { rows }
}

impl Row {
    fn of(revision: Revision, status: Option<ReleaseStatus>) -> Self {
        Self {
            revision,
            gap: None,
            stored: None,
            is_forgotten: false,
            by_flux: false,
            status,
            chart: None,
            chart_version: None,
            app_version: None,
            deployed: None,
            written: None,
            description: None,
            apply_method: None,
            rolled_back_to: None,
            size: None,
            growth: None,
            action: None,
            tests: Vec::new(),
            unread: false,
            problem: None,
        }
    }

    fn join(&mut self, snapshot: &Snapshot) {
        self.action.clone_from(&snapshot.action);
        self.tests.clone_from(&snapshot.tests);
        let keep = |own: &mut Option<String>, other: &Option<String>| {
            if own.is_none() {
                own.clone_from(other);
            }
        };
        keep(&mut self.chart, &snapshot.chart_name);
        keep(&mut self.chart_version, &snapshot.chart_version);
        keep(&mut self.app_version, &snapshot.app_version);
    }

    /// When it was deployed; where that is not known, when its object was written last.
    #[must_use]
    pub fn updated(&self) -> Option<Timestamp> {
        self.deployed.or(self.written)
    }

    /// Chart and version.
    #[must_use]
    pub fn chart_cell(&self) -> String {
        [self.chart.as_deref(), self.chart_version.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" ")
    }

    /// The word of its status; empty where it is not known.
    #[must_use]
    pub fn status_word(&self) -> &str {
        self.status.as_ref().map_or("", ReleaseStatus::as_str)
    }

    /// How much of what fits into its object it takes, in percent; more than 100 only in what no API server took.
    #[must_use]
    pub fn fullness(&self) -> Option<usize> {
        self.size.map(|size| size.saturating_mul(100) / SECRET_DATA_LIMIT)
    }

    /// Whether it is close to what fits.
    #[must_use]
    pub fn is_near_limit(&self) -> bool {
        self.fullness().is_some_and(|percent| percent >= NEAR)
    }

    /// What is said of it: Helm's description, or why there is none; empty as long as it was not read.
    #[must_use]
    pub fn told(&self) -> String {
        let description = self.description.as_deref().unwrap_or_default();
        match (&self.problem, self.gap, self.rolled_back_to) {
            (_, Some(_), _) => format!("{} not stored (pruned by maxHistory, or deleted)", self.numbers()),
            (Some(problem), ..) => format!("cannot be read: {problem}"),
            _ if self.is_forgotten => "not stored any more: Flux remembers it".to_owned(),
            (None, None, Some(to)) if target(description).is_none() => join(&format!("Rollback to {to}"), description),
            (None, None, _) => description.to_owned(),
        }
    }

    /// Its number, or those for which it stands: `3 to 5`.
    #[must_use]
    pub fn numbers(&self) -> String {
        let last = self.revision;
        match self.gap {
            Some(first) if first != last => format!("{first} to {last}"),
            Some(_) | None => last.to_string(),
        }
    }
}

/// How the tests of a revision went, in a few words; empty where there were none.
#[must_use]
pub fn tests_word(tests: &[TestRun]) -> String {
    let ended = |phase: &str| tests.iter().filter(|test| test.phase.as_deref() == Some(phase)).count();
    let (all, passed, failed, running) = (tests.len(), ended("Succeeded"), ended("Failed"), ended("Running"));
    match (all, failed, running) {
        (0, ..) => String::new(),
        (_, 1.., _) => format!("{failed}/{all} failed"),
        (_, 0, 1..) => format!("{passed}/{all}, running"),
        (_, 0, 0) if passed == all => format!("{all} passed"),
        (_, 0, 0) if passed == 0 => "not run".to_owned(),
        (_, 0, 0) => format!("{passed}/{all} passed"),
    }
}

/// The revision that one went back to; `None` where it is no rollback, or does not tell.
#[must_use]
pub fn rollback_of(payload: &Payload) -> Option<Revision> {
    rolled_back_to(payload.rollback_revision(), payload.description())
}

/// Helm 3 says it in the description alone.
fn rolled_back_to(told: Option<Revision>, description: Option<&str>) -> Option<Revision> {
    told.or_else(|| target(description.unwrap_or_default()))
}

/// The revision that a description of Helm says to have gone back to.
fn target(description: &str) -> Option<Revision> {
    description.strip_prefix("Rollback to ")?.split_whitespace().next()?.parse().ok()
}

fn join(one: &str, other: &str) -> String {
    if other.is_empty() { one.to_owned() } else { format!("{one}: {other}") }
}

/// Says of each how it differs in size from the one before; `rows` are newest first.
fn grow(rows: &mut [Row]) {
    let mut older: Option<(usize, Revision)> = None;
    for row in rows.iter_mut().rev() {
        let Some(size) = row.size else { continue };
        row.growth = older.and_then(|(before, revision)| {
            let grown = i64::try_from(size).ok()?.checked_sub(i64::try_from(before).ok()?)?;
            Some((grown, revision))
        });
        older = Some((size, row.revision));
    }
}

/// The same with a row for each run of numbers that is missing, down to 1.
fn with_gaps(rows: Vec<Row>) -> Vec<Row> {
    let mut all = Vec::with_capacity(rows.len());
    let mut rows = rows.into_iter().peekable();
    while let Some(row) = rows.next() {
        let first = rows.peek().map_or(Revision::new(1), |older| older.revision.next());
        let last = row.revision.previous();
        all.push(row);
        if let (Some(first), Some(last)) = (first, last)
            && first <= last
        {
            all.push(Row { gap: Some(first), ..Row::of(last, None) });
        }
    }
    all
}
