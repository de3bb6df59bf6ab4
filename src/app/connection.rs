//! What is said of the connection: one word in the header, a banner where something is wrong, and what this user may
//! not see.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::release::codec::Driver;
use crate::release::{FeedKind, FeedState, Part, Problem};

use super::layout::LEAST;
use super::session::Session;
use super::{age, text};

/// How the watches are doing, all together: the worst counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// It is not known which cluster to look at.
    NoCluster,
    /// Nothing has answered yet.
    Connecting,
    /// Some first lists have not ended.
    Loading,
    /// Everything that may be watched is.
    Live,
    /// Some watch is broken; what is shown is as of then.
    Stale(Timestamp),
}

/// A line above the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Banner {
    /// What it says.
    pub text: String,
    /// Whether something is broken.
    pub error: bool,
    /// Whether it goes on with the line above.
    pub follows: bool,
}

impl Banner {
    fn new(text: String, error: bool) -> Self {
        Self { text, error, follows: false }
    }
}

/// How the watches are doing.
#[must_use]
pub fn health(session: &Session) -> Health {
    if session.server.is_none() {
        return if session.trouble.is_some() { Health::NoCluster } else { Health::Connecting };
    }
    let feeds = session.catalog.feeds();
    if let Some((since, _)) = stalest(session) {
        return Health::Stale(since);
    }
    let loading = feeds.values().filter(|state| **state == FeedState::Loading).count();
    if loading == feeds.len() && session.rows.is_empty() {
        Health::Connecting
    } else if loading > 0 {
        Health::Loading
    } else {
        Health::Live
    }
}

/// The word of the header.
#[must_use]
pub fn word(session: &Session) -> String {
    match health(session) {
        Health::NoCluster => "no cluster".to_owned(),
        Health::Connecting => "connecting".to_owned(),
        Health::Loading => "loading".to_owned(),
        Health::Live if nothing_readable(session) => "nothing may be read".to_owned(),
        Health::Live => "live".to_owned(),
        Health::Stale(since) => format!("stale {}", age::fine(since, session.now)),
    }
}

/// The most lines that one sentence of the banner takes: what went wrong is often said at its end.
const SENTENCE: usize = 3;

/// What is wrong between here and the cluster, in at most two sentences, wrapped to the screen; none when all is well.
#[must_use]
pub fn banner(session: &Session) -> Vec<Banner> {
    let mut lines: Vec<Banner> = Vec::new();
    if let Some(complaint) = &session.setup.complaint {
        lines.push(Banner::new(complaint.clone(), true));
    }
    match health(session) {
        Health::NoCluster => {
            if let Some(problem) = &session.trouble {
                lines.push(Banner::new(format!("{}; trying again", problem.cause), true));
                lines.extend(hint(problem));
            }
        }
        Health::Connecting => lines.push(Banner::new(connecting(session), false)),
        Health::Stale(since) => {
            if let Some((_, problem)) = stalest(session) {
                lines.push(Banner::new(broken(session, since, problem), true));
                lines.extend(hint(problem));
            }
        }
        Health::Loading | Health::Live => {}
    }
    lines.extend(unsupported(session).map(|text| Banner::new(text, true)));
    lines.truncate(2);
    let glyphs = session.setup.glyphs;
    let columns = usize::from(session.size.width.max(LEAST.width)).saturating_sub(3);
    let wrapped = |banner: Banner| {
        let clean = text::clean(&banner.text, glyphs).into_owned();
        let rows = text::wrap_to_end(&clean, columns, SENTENCE, glyphs).into_iter().enumerate();
        rows.map(move |(row, text)| Banner { text, error: banner.error, follows: row > 0 })
    };
    lines.into_iter().flat_map(wrapped).collect()
}

fn hint(problem: &Problem) -> Option<Banner> {
    (!problem.hint.is_empty()).then(|| Banner::new(problem.hint.clone(), false))
}

fn connecting(session: &Session) -> String {
    let wait = age::fine(session.began, session.now);
    match &session.server {
        Some(server) => format!("connecting to {} ({wait})", server.address),
        None => match session.context() {
            Some(context) => format!("opening context {context}"),
            None => "reading the kubeconfig".to_owned(),
        },
    }
}

fn broken(session: &Session, since: Timestamp, problem: &Problem) -> String {
    let feeds = session.catalog.feeds();
    let stale = feeds.values().filter(|state| matches!(state, FeedState::Stale { .. })).count();
    let part = if stale == feeds.len() { String::new() } else { format!(" ({stale} of {} watches)", feeds.len()) };
    let time = since.to_zoned(session.setup.zone.clone()).strftime("%H:%M:%S %Z").to_string();
    let word = if session.rows.is_empty() { "since" } else { "shown as of" };
    format!("{}; {word} {time}, trying again{part}", problem.cause)
}

fn stalest(session: &Session) -> Option<(Timestamp, &Problem)> {
    session
        .catalog
        .feeds()
        .values()
        .filter_map(|state| match state {
            FeedState::Stale { since, problem } => Some((*since, problem)),
            FeedState::Loading
            | FeedState::Live
            | FeedState::Absent
            | FeedState::Unsupported { .. }
            | FeedState::Forbidden => None,
        })
        .min_by_key(|(since, _)| *since)
}

fn unsupported(session: &Session) -> impl Iterator<Item = String> {
    session.catalog.feeds().iter().filter_map(|(feed, state)| match state {
        FeedState::Unsupported { served } => {
            Some(format!("{} are served only as {}: they are not read", feed_word(feed.kind), served.join(", ")))
        }
        FeedState::Loading | FeedState::Live | FeedState::Absent | FeedState::Forbidden | FeedState::Stale { .. } => {
            None
        }
    })
}

/// How many namespaces are looked at, where none but those can be tried of all that are wanted.
#[must_use]
pub fn tried(session: &Session) -> Option<usize> {
    let feeds = session.catalog.feeds();
    let namespaces: BTreeSet<&str> = feeds.keys().filter_map(|feed| feed.namespace.as_deref()).collect();
    let everywhere = feeds.iter().any(|(feed, state)| feed.namespace.is_none() && *state != FeedState::Forbidden);
    (session.scope.namespace().is_none() && !everywhere && !namespaces.is_empty()).then_some(namespaces.len())
}

/// What a feed reads, in words.
#[must_use]
pub fn feed_word(kind: FeedKind) -> String {
    match kind {
        FeedKind::Storage(Driver::Secret, _) => "release Secrets".to_owned(),
        FeedKind::Storage(Driver::ConfigMap, _) => "release ConfigMaps".to_owned(),
        FeedKind::HelmReleases => "HelmReleases".to_owned(),
        FeedKind::Sources(kind) => format!("{kind} objects"),
        FeedKind::Kustomizations => "Kustomizations".to_owned(),
        FeedKind::Objects(kind) => format!("{kind}s"),
    }
}

/// What this user may not see, shortest first thing: for the header.
#[must_use]
pub fn hidden(session: &Session) -> Vec<String> {
    let mut said = Vec::new();
    let hidden = session.catalog.hidden_namespaces();
    let live_somewhere = session.catalog.feeds().iter().any(|(feed, state)| {
        feed.kind == FeedKind::Storage(Driver::Secret, Part::Current) && *state == FeedState::Live
    });
    let single = session.scope.namespace().is_some();
    match hidden.namespaces.len() {
        0 if hidden.whole_cluster && !live_somewhere => said.push("Secrets forbidden".to_owned()),
        0 => {}
        _ if single || !live_somewhere => said.push("Secrets forbidden".to_owned()),
        1 => said.push("1 namespace forbidden".to_owned()),
        count => said.push(format!("{count} namespaces forbidden")),
    }
    if forbidden_everywhere(session, FeedKind::HelmReleases) {
        said.push("HelmReleases forbidden".to_owned());
    }
    said
}

fn forbidden_everywhere(session: &Session, kind: FeedKind) -> bool {
    let mut states =
        session.catalog.feeds().iter().filter(|(feed, _)| feed.kind == kind).map(|(_, state)| state).peekable();
    states.peek().is_some() && states.all(|state| *state == FeedState::Forbidden)
}

/// Whether releases may exist in what is shown that cannot be seen, because their Secrets are forbidden.
#[must_use]
pub fn incomplete(session: &Session, namespace: Option<&str>) -> bool {
    match namespace {
        Some(namespace) => session.catalog.storage_readable(Driver::Secret, namespace) == Some(false),
        None => {
            let hidden = session.catalog.hidden_namespaces();
            hidden.whole_cluster || !hidden.namespaces.is_empty()
        }
    }
}

fn nothing_readable(session: &Session) -> bool {
    let mut rows = session
        .catalog
        .feeds()
        .iter()
        .filter(|(feed, _)| match feed.kind {
            FeedKind::Storage(..) | FeedKind::HelmReleases => true,
            FeedKind::Objects(kind) => kind.names_releases(),
            FeedKind::Sources(_) | FeedKind::Kustomizations => false,
        })
        .peekable();
    rows.peek().is_some() && rows.all(|(_, state)| matches!(state, FeedState::Forbidden | FeedState::Absent))
}

/// Whether something may not be read: rights may have been given since.
#[must_use]
pub fn anything_forbidden(session: &Session) -> bool {
    session.catalog.feeds().values().any(|state| *state == FeedState::Forbidden)
}

/// What is not there or not to be seen, in sentences: for the help and for a list without rows.
#[must_use]
pub fn remarks(session: &Session) -> Vec<String> {
    let mut said = BTreeSet::new();
    let mut forbidden: BTreeMap<(String, String), BTreeSet<&str>> = BTreeMap::new();
    for (feed, state) in session.catalog.feeds() {
        match state {
            FeedState::Absent if feed.kind == FeedKind::HelmReleases => {
                said.insert("Flux is not installed (no HelmReleases).".to_owned());
            }
            FeedState::Forbidden => {
                let places = forbidden.entry((feed_word(feed.kind), resource(feed.kind))).or_default();
                places.extend(feed.namespace.as_deref());
            }
            FeedState::Absent
            | FeedState::Loading
            | FeedState::Live
            | FeedState::Unsupported { .. }
            | FeedState::Stale { .. } => {}
        }
    }
    for ((what, resource), places) in forbidden {
        let places: Vec<&str> = places.into_iter().collect();
        let place = match (session.namespace.as_deref(), places.as_slice()) {
            (Some(shown), all) if all.contains(&shown) => format!("in {shown}"),
            (_, []) => "cluster-wide".to_owned(),
            (_, few) if few.len() <= 2 => format!("in {}", few.join(" and ")),
            (_, many) => format!("in {} namespaces", many.len()),
        };
        said.insert(format!("{what}: forbidden {place}. Needs list, watch on {resource}."));
    }
    said.extend(unsupported(session).map(|text| format!("{text}.")));
    said.into_iter().collect()
}

fn resource(kind: FeedKind) -> String {
    match kind {
        FeedKind::Storage(Driver::Secret, _) => "secrets".to_owned(),
        FeedKind::Storage(Driver::ConfigMap, _) => "configmaps".to_owned(),
        FeedKind::HelmReleases => "helmreleases.helm.toolkit.fluxcd.io".to_owned(),
        FeedKind::Sources(kind) => format!("{}.source.toolkit.fluxcd.io", kind.plural()),
        FeedKind::Kustomizations => "kustomizations.kustomize.toolkit.fluxcd.io".to_owned(),
        FeedKind::Objects(kind) if kind.group().is_empty() => kind.plural().to_owned(),
        FeedKind::Objects(kind) => format!("{}.{}", kind.plural(), kind.group()),
    }
}

/// When what is said of the connection next reads differently.
pub(super) fn next_change(session: &Session) -> Option<Timestamp> {
    match health(session) {
        Health::Connecting if session.server.is_some() => age::fine_change(session.began, session.now),
        Health::Stale(since) => age::fine_change(since, session.now),
        Health::Connecting | Health::NoCluster | Health::Loading | Health::Live => None,
    }
}
