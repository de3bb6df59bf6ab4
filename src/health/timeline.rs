//! What happened to a release, in one list by time: revisions, what Flux did and was asked, hotfixes, objects, hooks, containers,
//! Events. One file a witness; here they are put in order, and the place is found where the release broke.
//!
//! Pure. Nothing is guessed: what left no trace is not here, and [`Timeline::limits`] says what that may be.

mod events;
mod flux;
mod objects;
mod revisions;

use jiff::Timestamp;

use super::objects::{Named, Severity};
use super::world::Sight;
use super::{Standing, Verdict, World};
use crate::release::history::Row;
use crate::release::payload::{Payload, Revision};
use crate::release::{Catalog, ObjectId, Release};

/// What happened. At one second, the earlier of these stands first: a cause before what it brings about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, strum::Display, strum::EnumIter)]
#[strum(serialize_all = "lowercase")]
pub enum Kind {
    /// Somebody asked Flux for something, or wrote the HelmRelease.
    Request,
    /// A source of the chart changed.
    Source,
    /// Somebody wrote a field of an object that is not theirs.
    Hotfix,
    /// A revision began or ended.
    Revision,
    /// A condition of the HelmRelease turned.
    Flux,
    /// A hook or a test ran.
    Hook,
    /// An object was made, is being deleted, or broke.
    Object,
    /// A container ended.
    Container,
    /// What Kubernetes told.
    Event,
}

impl Kind {
    /// Whether it changes what is wanted, and not only what came of that.
    #[must_use]
    pub fn is_change(self) -> bool {
        match self {
            Self::Request | Self::Source | Self::Hotfix | Self::Revision | Self::Hook => true,
            Self::Flux | Self::Object | Self::Container | Self::Event => false,
        }
    }
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// When; of what went on, when it began.
    pub at: Timestamp,
    /// When it was seen last, of what went on.
    pub until: Option<Timestamp>,
    /// What it is.
    pub kind: Kind,
    /// How bad it is: what is neither good nor bad is `Good`.
    pub severity: Severity,
    /// The revision that it is of.
    pub revision: Option<Revision>,
    /// The object that it is of.
    pub object: Option<ObjectId>,
    /// How often it was seen.
    pub count: u64,
    /// In words, without the object.
    pub text: String,
    /// The message of the tool, quoted exactly; empty where the words hold all of it.
    pub quote: String,
    /// From then on what failed before is past: a revision was deployed, the release became ready.
    pub mends: bool,
    /// From then on something else is wanted.
    pub is_anew: bool,
}

impl Entry {
    /// Something neither good nor bad, seen once.
    #[must_use]
    pub fn new(at: Timestamp, kind: Kind, text: impl Into<String>) -> Self {
        Self {
            at,
            until: None,
            kind,
            severity: Severity::Good,
            revision: None,
            object: None,
            count: 1,
            text: text.into(),
            quote: String::new(),
            mends: false,
            is_anew: false,
        }
    }

    pub(super) fn of(self, object: ObjectId) -> Self {
        Self { object: Some(object), ..self }
    }

    pub(super) fn is(self, severity: Severity) -> Self {
        Self { severity, ..self }
    }

    pub(super) fn quoting(self, quote: &str) -> Self {
        let quote = quote.trim();
        Self { quote: if self.text.contains(quote) { String::new() } else { quote.to_owned() }, ..self }
    }

    /// When it was seen last.
    #[must_use]
    pub fn last(&self) -> Timestamp {
        self.until.unwrap_or(self.at)
    }

    fn order(&self) -> (i64, Kind, Option<Revision>, Timestamp) {
        // Most witnesses count whole seconds: what they say of one second is put in the order of causes.
        (self.at.as_second(), self.kind, self.revision, self.at)
    }
}

/// What was read of a release.
#[derive(Debug, Clone, Copy)]
pub struct Read<'a> {
    /// The objects of Flux, and what may be seen.
    pub catalog: &'a Catalog,
    /// Its objects: a world of its own, where there is one.
    pub world: &'a World,
    /// How they are doing.
    pub standing: &'a Standing,
    /// What it names.
    pub named: &'a [Named],
    /// Its revisions, newest first.
    pub rows: &'a [Row],
    /// The payloads that were read, of whatever revisions: their hooks say when they ran.
    pub payloads: &'a [&'a Payload],
    /// Fields that somebody edited, found elsewhere; `None` as long as that is not known.
    pub hotfixes: Option<&'a [Entry]>,
    /// What is said of it.
    pub verdict: Verdict,
    /// The time.
    pub now: Timestamp,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Timeline {
    /// Oldest first.
    pub entries: Vec<Entry>,
    /// The place of the first failed thing since it was well, or its spec was written; `None` where nothing is broken, or nothing
    /// tells when it broke.
    pub broke: Option<usize>,
    /// What may have happened and cannot be here, and why.
    pub limits: Vec<String>,
}

/// What happened to a release, as far as it left traces.
#[must_use]
pub fn timeline(release: &Release, read: Read<'_>) -> Timeline {
    let mut entries = revisions::entries(read.rows);
    let mut told_by_flux = Vec::new();
    entries.extend(revisions::hooks(read.payloads, read.rows));
    if let Some(object) = &release.helm_release {
        told_by_flux = flux::entries(object);
        entries.extend(flux::sources(release, object, read.catalog));
    }
    entries.extend(objects::entries(release, &read));
    let events = events::entries(release, &read).into_iter();
    entries.extend(events.filter(|event| !told_by_flux.iter().any(|other| events::is_of(event, other))));
    entries.extend(told_by_flux);
    entries.extend(read.hotfixes.into_iter().flatten().cloned());
    entries.sort_by_key(Entry::order);
    entries.dedup();
    Timeline { broke: broke(&entries, read.verdict), limits: limits(release, &read, &entries), entries }
}

/// The first failed thing since what failed before was past. A release that never was well has tried several times, where its spec
/// was written since: what the newest spec broke on is what is to be mended.
fn broke(entries: &[Entry], verdict: Verdict) -> Option<usize> {
    let is_broken = match verdict {
        Verdict::Failed
        | Verdict::Stalled
        | Verdict::Missing
        | Verdict::Pending
        | Verdict::Blocked
        | Verdict::Degraded => true,
        Verdict::Deleting
        | Verdict::Progressing
        | Verdict::Drifted
        | Verdict::Suspended
        | Verdict::Uninstalled
        | Verdict::Unknown
        | Verdict::Assumed
        | Verdict::Healthy => false,
    };
    let is_bad = |entry: &Entry| entry.severity == Severity::Bad;
    let past = entries.iter().rposition(|entry| entry.mends).map_or(0, |place| place + 1);
    let mut since = entries.iter().enumerate().skip(past);
    let first = since.clone().find(|(_, entry)| is_bad(entry));
    let written = entries.iter().rfind(|entry| entry.is_anew).filter(|_| past == 0);
    // What is told of the same second is of what was before. Nothing may have failed since: to suspend it is to write its spec, too.
    let anew = written
        .and_then(|written| since.find(|(_, entry)| is_bad(entry) && entry.at.as_second() > written.at.as_second()));
    anew.or(first).map(|(place, _)| place).filter(|_| is_broken)
}

fn limits(release: &Release, read: &Read<'_>, entries: &[Entry]) -> Vec<String> {
    let mut limits = Vec::new();
    if release.storage_forbidden {
        let namespace = &release.id.storage_namespace;
        limits.push(format!("Secrets of namespace {namespace} may not be read: revisions are as Flux remembers them"));
    }
    let gone: Vec<String> = read.rows.iter().filter(|row| row.gap.is_some()).map(Row::numbers).collect();
    if !gone.is_empty() {
        limits.push(format!("not stored any more (pruned by maxHistory, or deleted): revisions {}", gone.join(", ")));
    }
    if read.rows.iter().any(|row| row.unread) {
        limits.push("revisions are still being read".to_owned());
    }
    if release.remote() {
        limits.push("its objects and revisions are on another cluster: only what Flux says is here".to_owned());
        return limits;
    }
    let namespace = &release.namespace;
    limits.push(match read.world.sight_of(&ObjectId::new("", "Event", namespace, ""), release) {
        Sight::Forbidden => {
            format!("Events of namespace {namespace} may not be read: it needs list and watch on events")
        }
        Sight::Loading | Sight::Unwatched | Sight::NotServed => "Events were not read, or not yet".to_owned(),
        Sight::Whole | Sight::Old => {
            "Kubernetes keeps Events for about an hour: of what was before there are none".to_owned()
        }
    });
    match read.hotfixes {
        None => limits.push("which fields were edited is not known, or not yet".to_owned()),
        Some(_) if entries.iter().any(|entry| entry.kind == Kind::Hotfix) => {
            limits.push("a hotfix stands where its manager wrote last, to the second; it may be older".to_owned());
        }
        Some(_) => {}
    }
    limits
}
