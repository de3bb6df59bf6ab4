//! What the core says of an open release: of its objects, of their Events, and why they are as they are.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Tab;
use crate::app::owners::Known;
use crate::app::rows::Row;
use crate::app::session::{Open, Session};
use crate::health::objects::{self, Counts, Named, Role};
use crate::health::timeline::{self, Timeline};
use crate::health::why::{self, Read, Why};
use crate::health::{self, Verdict, World};
use crate::ownership::drift::Asked;
use crate::ownership::subject::{Around, Subject, written_next};
use crate::release::flux::HelmRelease;
use crate::release::payload::Payload;
use crate::release::{
    Event, Evidence, FeedState, Inventory, ObjectId, Problem, Release, StoredRef, WatchedKind, history,
};

/// What a release consists of, and of what that was made: to read a manifest takes long.
#[derive(Debug)]
pub(super) struct Parts {
    stored: Option<StoredRef>,
    helm_release: Option<Arc<HelmRelease>>,
    /// The objects that it names.
    pub named: Vec<Named>,
    /// What is to be watched of it.
    pub inventory: Inventory,
}

impl Parts {
    pub(super) fn of(release: &Release, latest: Option<&(StoredRef, Arc<Payload>)>, known: &World) -> Self {
        let payload = latest.map(|(_, payload)| payload.as_ref());
        let inferred = objects::inferred(release, known);
        let named = if inferred.is_empty() { objects::named(release, payload) } else { inferred };
        Self {
            stored: latest.map(|(stored, _)| stored.clone()),
            helm_release: release.helm_release.clone(),
            inventory: objects::watched(release, &named),
            named,
        }
    }

    /// Whether they were made of the same.
    pub(super) fn are_of(&self, release: &Release, latest: Option<&(StoredRef, Arc<Payload>)>, known: &World) -> bool {
        self.stored.as_ref() == latest.map(|(stored, _)| stored)
            && self.helm_release == release.helm_release
            && (release.evidence != Evidence::Objects || self.named == objects::inferred(release, known))
    }
}

/// The release's own watch.
fn open<'a>(session: &'a Session, release: &Release) -> Option<&'a Open> {
    session.open.as_ref().filter(|open| open.id == release.id)
}

/// The objects as the release's own watch tells of them; as those of the list do, until it has seen every workload.
fn world<'a>(session: &'a Session, release: &Release) -> &'a World {
    let workload = |kind: &str| ["", "apps", "batch"].iter().any(|group| WatchedKind::of(group, kind).is_some());
    let told = |open: &&Open| {
        let loading = |(kind, state): (&str, &FeedState)| *state == FeedState::Loading && workload(kind);
        !open.feeds.is_empty() && !open.feeds.iter().any(|(kind, state)| loading((&kind.kind, state)))
    };
    open(session, release).filter(told).map_or(&session.world, |open| &open.world)
}

/// The row with the judgement that all of its objects make, once all of them were looked at: the list sees workloads alone.
pub(super) fn judged(row: &Row, parts: &Parts, session: &Session) -> Option<Row> {
    let release = &row.release;
    let open = open(session, release).filter(|open| open.is_told())?;
    let standing = open.world.standing_of(release, &parts.named, session.now);
    let judgement = health::judge(release, &standing, &session.catalog, session.now);
    Some(Row { judgement, ..row.clone() })
}

/// The rows of its objects, and how many are well.
pub(super) fn objects(release: &Release, parts: &Parts, session: &Session) -> (Vec<objects::Row>, Counts) {
    let rows = objects::rows(release, &parts.named, world(session, release), session.now);
    let counts = objects::counts(&rows);
    (rows, counts)
}

/// Why it is as it is; `payloads` are those that were read.
pub(super) fn why(row: &Row, parts: &Parts, payloads: &[&Payload], session: &Session) -> Why {
    let release = &row.release;
    let controller = release.helm_release.as_ref().and_then(|object| why::asks_for(object, session.now));
    let read = Read {
        catalog: &session.catalog,
        world: world(session, release),
        named: &parts.named,
        payloads,
        controllers: controller.and_then(|name| session.controllers.get(name)),
        now: session.now,
    };
    why::explain_read(release, read)
}

/// What the next write has: the latest revision, or the one to which Flux goes back, once that was read. Where it cannot be, the
/// latest has to do.
pub(super) fn written<'p>(
    release: &Release,
    latest: Option<&'p (StoredRef, Arc<Payload>)>,
    read: &'p BTreeMap<StoredRef, Result<Arc<Payload>, Problem>>,
    session: &Session,
) -> Option<&'p Arc<Payload>> {
    let latest = latest.map(|(_, payload)| payload);
    match written_next(release, &session.catalog) {
        Some(object) => read.get(&object).and_then(|result| result.as_ref().ok().or(latest)),
        None => latest,
    }
}

/// What is asked about who owns what, once every object was looked at, and how many of the release's objects are not seen.
pub(super) fn subject(
    release: &Release,
    parts: &Parts,
    payload: Option<&Arc<Payload>>,
    session: &Session,
) -> Option<(Subject, usize)> {
    let open = open(session, release).filter(|open| open.is_told())?;
    let payload = payload?;
    let own = parts.named.iter().filter(|named| named.role == Role::Release);
    let (seen, unseen): (Vec<_>, Vec<_>) =
        own.map(|named| open.world.body_named(&named.id, &release.namespace).cloned()).partition(Option::is_some);
    let live: Vec<_> = seen.into_iter().flatten().collect();
    let subject = Subject {
        around: Around::of(release, &live, Arc::clone(&session.setup.managers), &session.catalog),
        release: Arc::new(release.clone()),
        payload: Arc::clone(payload),
        live,
        now: session.now,
    };
    Some((subject, unseen.len()))
}

/// Objects that are not seen, and why; without a reason what is gone.
pub(super) type Unseen = Vec<(ObjectId, Option<String>)>;

/// What is asked about drift, where that is looked at; `rows` are those of all objects.
pub(super) fn compared(
    tab: Tab,
    release: &Release,
    parts: &Parts,
    payload: Option<&Arc<Payload>>,
    session: &Session,
    rows: &[objects::Row],
) -> Option<Asked> {
    if tab != Tab::Drift {
        return None;
    }
    let (subject, absent) = seen(release, parts, payload, session, rows)?;
    Some(Asked { absent, subject })
}

/// The objects as they are, and those that are not seen: with the reason, or without one where they are gone. `rows` are
/// those of all objects.
pub(super) fn seen(
    release: &Release,
    parts: &Parts,
    payload: Option<&Arc<Payload>>,
    session: &Session,
    rows: &[objects::Row],
) -> Option<(Subject, Unseen)> {
    let (subject, _) = subject(release, parts, payload, session)?;
    let own = rows.iter().filter(|row| row.depth == 0 && row.role == Role::Release);
    let unseen = own.filter(|row| !subject.live.iter().any(|live| live.id == row.id));
    let absent = unseen.map(|row| {
        let is_gone = matches!(row.status.as_str(), "Missing" | "Gone");
        (row.id.clone(), (!is_gone).then(|| format!("{}: {}", row.status, row.message)))
    });
    let absent = absent.collect();
    Some((subject, absent))
}

/// What happened to it; `payloads` are those that were read, `known` is what was found of its fields.
pub(super) fn timeline(
    release: &Release,
    verdict: Verdict,
    parts: &Parts,
    payloads: &[&Payload],
    known: Option<&Known>,
    session: &Session,
) -> Timeline {
    let world = world(session, release);
    let hotfixes = known.map(|known| super::timeline::hotfixes(&known.report));
    let read = timeline::Read {
        catalog: &session.catalog,
        world,
        standing: &world.standing_of(release, &parts.named, session.now),
        named: &parts.named,
        rows: &history::rows(&session.catalog, release),
        payloads,
        hotfixes: hotfixes.as_deref(),
        verdict,
        now: session.now,
    };
    timeline::timeline(release, read)
}

/// The Events about one object and what it owns, else about all of the release and its HelmRelease: newest first.
pub(super) fn events<'a>(
    release: &Release,
    parts: &Parts,
    about: Option<&ObjectId>,
    session: &'a Session,
) -> Vec<&'a Event> {
    match (open(session, release), about) {
        (None, _) => Vec::new(),
        (Some(open), Some(_)) => open.world.events(about),
        (Some(open), None) => why::events(release, &parts.named, &open.world),
    }
}
