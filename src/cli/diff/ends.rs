//! The two ends of a comparison: as they are named, and read.

use std::collections::BTreeSet;
use std::str::FromStr;
use std::sync::Arc;

use serde_json::Value;
use strum::IntoEnumIterator as _;

use super::super::{Failure, Which, gather, show};
use super::{DiffArguments, of_file};
use crate::cluster::{Cluster, Found};
use crate::diff::{End, Part};
use crate::ownership::drift::write_of;
use crate::ownership::next::NextWrite;
use crate::ownership::subject::{Around, Subject};
use crate::ownership::wanted;
use crate::release::payload::{Payload, Revision};
use crate::release::{
    Answer, Catalog, LiveObject, ObjectId, Problem, ProblemKind, Query, Release, Scope, StoredRef, manifest,
};

/// A side as it is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// A stored revision.
    Revision(Revision),
    /// The objects as they are.
    Live,
    /// The chart's own values, of this revision or the latest.
    Defaults(Option<Revision>),
    /// What a write of this revision, or the latest, would make of the objects.
    DryRun(Option<Revision>),
}

impl FromStr for Side {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |text: &str| {
            let number = text.parse().ok().and_then(Revision::new);
            number.ok_or_else(|| format!("{text} is no revision: they count from 1"))
        };
        match text.split_once(':') {
            Some(("defaults", of)) => Ok(Self::Defaults(Some(number(of)?))),
            Some(("dry-run", of)) => Ok(Self::DryRun(Some(number(of)?))),
            None if text == "live" => Ok(Self::Live),
            None if text == "defaults" => Ok(Self::Defaults(None)),
            None if text == "dry-run" => Ok(Self::DryRun(None)),
            None if text.bytes().all(|byte| byte.is_ascii_digit()) => Ok(Self::Revision(number(text)?)),
            Some(_) | None => Err("a side is the number of a revision, live, defaults, defaults:NUMBER, dry-run or \
                                   dry-run:NUMBER"
                .to_owned()),
        }
    }
}

/// What an end can have.
pub(super) fn parts(end: &End) -> BTreeSet<Part> {
    match end {
        End::Revision(_) => Part::iter().collect(),
        End::Live(..) | End::DryRun(..) | End::File(..) => BTreeSet::from([Part::Manifest]),
        End::Defaults(_) => BTreeSet::from([Part::Coalesced]),
    }
}

/// What an end is, in messages.
pub(super) fn word(end: &End) -> &'static str {
    match end {
        End::Revision(_) => "a revision",
        End::Live(..) => "live",
        End::DryRun(..) => "a dry-run",
        End::File(..) => "a file",
        End::Defaults(_) => "the chart alone",
    }
}

/// Reads both ends.
pub(super) async fn ends(
    cluster: &Cluster,
    scope: &Scope,
    which: &Which,
    arguments: &DiffArguments,
) -> Result<(End, End), Failure> {
    let file = match arguments.file.first() {
        Some(file) => Some(of_file(file).await?),
        None => None,
    };
    let catalog = gather::catalog(cluster, scope.clone()).await?;
    let release = show::find(&catalog, scope, which)?;
    let store = Store { cluster, catalog: &catalog, release: &release };
    let latest = || store.latest().map(Side::Revision);
    let (old, new) = match (arguments.old, arguments.new, file) {
        (old, _, Some(file)) => {
            let old = store.read(old.map_or_else(latest, Ok)?, Some(&file)).await?;
            return Ok((old, file));
        }
        (None, _, None) => store.usual()?,
        (Some(Side::Live), None, None) => (latest()?, Side::Live),
        (Some(dry_run @ Side::DryRun(_)), None, None) => (Side::Live, dry_run),
        (Some(old), None, None) => (old, latest()?),
        (Some(old), Some(new), None) => (old, new),
    };
    // Live objects are those that either side names: the other side is read first.
    if old == Side::Live {
        let new = store.read(new, None).await?;
        return Ok((store.read(old, Some(&new)).await?, new));
    }
    let old = store.read(old, None).await?;
    let new = store.read(new, Some(&old)).await?;
    Ok((old, new))
}

/// What is stored of one release, and where it runs.
struct Store<'a> {
    cluster: &'a Cluster,
    catalog: &'a Catalog,
    release: &'a Release,
}

impl Store<'_> {
    /// The numbers that are stored, the newest first.
    fn stored(&self) -> Vec<Revision> {
        self.catalog.revisions(&self.release.id).map(|stored| stored.revision).collect()
    }

    fn latest(&self) -> Result<Revision, Failure> {
        self.stored().first().copied().ok_or_else(|| show::no_payload(self.release, None).into())
    }

    /// The revision before the latest and the latest; where it is the only one, that and what is live, as on the screen.
    fn usual(&self) -> Result<(Side, Side), Failure> {
        let (stored, latest) = (self.stored(), self.latest()?);
        let Some(before) = stored.get(1) else {
            super::say(&format!("revision {latest} is the only one stored: compared with what is live"));
            return Ok((Side::Revision(latest), Side::Live));
        };
        if latest.previous() != Some(*before) {
            super::say(&format!("between revisions {before} and {latest} none is stored"));
        }
        Ok((Side::Revision(*before), Side::Revision(latest)))
    }

    async fn read(&self, side: Side, other: Option<&End>) -> Result<End, Failure> {
        Ok(match side {
            Side::Revision(number) => End::Revision(self.payload(number).await?),
            Side::Defaults(number) => End::Defaults(self.or_latest(number).await?),
            Side::DryRun(number) => {
                let payload = self.or_latest(number).await?;
                self.is_here()?;
                let release = Arc::new(self.release.clone());
                let outcomes = self.cluster.outcomes(release, &payload, super::super::now()).await?;
                End::DryRun(payload, outcomes)
            }
            Side::Live => {
                self.is_here()?;
                self.live(self.or_latest(None).await?, other).await
            }
        })
    }

    fn is_here(&self) -> Result<(), Failure> {
        match self.release.remote() {
            true => Err(Failure::other("its objects are on another cluster".to_owned())),
            false => Ok(()),
        }
    }

    async fn or_latest(&self, number: Option<Revision>) -> Result<Arc<Payload>, Failure> {
        self.payload(number.map_or_else(|| self.latest(), Ok)?).await
    }

    /// What a revision holds.
    async fn payload(&self, number: Revision) -> Result<Arc<Payload>, Failure> {
        let found = self.catalog.revisions(&self.release.id).find(|stored| stored.revision == number);
        let Some(object) = found.map(|stored| stored.object.clone()) else {
            let problem = show::no_payload(self.release, Some(number));
            let others = self.others(number);
            return Err(if others.is_empty() { problem } else { problem.hint(format!("stored are {others}")) }.into());
        };
        let problem = match self.ask(object).await {
            Ok(payload) => return Ok(payload),
            Err(problem) => problem,
        };
        let name = &self.release.id.name;
        let others = self.others(number);
        let instead = if others.is_empty() { String::new() } else { format!("; others that are stored: {others}") };
        Err(match problem.kind {
            ProblemKind::NotFound => {
                let cause =
                    format!("revision {number} of {name} is not there any more: it was pruned while it was read");
                Problem::new(ProblemKind::NotFound, cause).hint(format!("compare again{instead}"))
            }
            ProblemKind::Malformed => {
                let cause = format!("revision {number} of {name} cannot be read: {}", problem.cause);
                Problem::new(ProblemKind::Malformed, cause).hint(format!("compare another revision{instead}"))
            }
            ProblemKind::Config
            | ProblemKind::Credentials
            | ProblemKind::Unreachable
            | ProblemKind::Certificate
            | ProblemKind::Busy
            | ProblemKind::Forbidden
            | ProblemKind::Other => problem,
        }
        .into())
    }

    async fn ask(&self, object: StoredRef) -> Result<Arc<Payload>, Problem> {
        match self.cluster.ask(Query::Payload(object)).await {
            Answer::Payload(_, result) => result,
            Answer::Summary(..) | Answer::Controllers(..) | Answer::ValuesFrom(..) => {
                Err(Problem::new(ProblemKind::Other, "the answer is to another question"))
            }
        }
    }

    /// The numbers that are stored beside one: `1, 3, 4`.
    fn others(&self, number: Revision) -> String {
        let mut stored = self.stored();
        stored.reverse();
        let others = stored.iter().filter(|other| **other != number);
        others.map(ToString::to_string).collect::<Vec<_>>().join(", ")
    }

    /// The objects of the latest revision as they are, and those that the other end names beside them.
    async fn live(&self, payload: Arc<Payload>, other: Option<&End>) -> End {
        let release = self.release;
        let id = |object: &manifest::Object| {
            let group = object.api_version.split_once('/').map_or("", |(group, _)| group);
            let namespace = object.namespace.as_deref().unwrap_or(&release.namespace);
            ObjectId::new(group, &object.kind, namespace, &object.name)
        };
        let mut ids = BTreeSet::new();
        let mut named: Vec<(ObjectId, NextWrite)> = Vec::new();
        let texts = [payload.manifest(), other.and_then(|end| end.payload()?.manifest())];
        for object in texts.into_iter().flatten().flat_map(manifest::objects).flatten() {
            if !object.is_name_generated && ids.insert(id(&object)) {
                let body = wanted(&object.body, Some(&release.namespace), &release.namespace, &release.id.name);
                named.push((id(&object), write_of(&body)));
            }
        }
        let (ids, writes): (Vec<ObjectId>, Vec<NextWrite>) = named.into_iter().unzip();
        let found = self.cluster.found(&writes).await;
        let (mut live, mut unseen) = (Vec::new(), Vec::new());
        for (id, found) in ids.into_iter().zip(found) {
            match found {
                Ok(Found { live: Some(object), .. }) => live.extend(read(object)),
                Ok(Found { live: None, .. }) => unseen.push((id, None)),
                // A kind that is not served has no objects.
                Err(problem) if problem.kind == ProblemKind::NotFound => unseen.push((id, None)),
                Err(problem) => unseen.push((id, Some(problem.cause))),
            }
        }
        let subject = Subject {
            around: Around::of(release, &live, self.cluster.managers(), self.catalog),
            release: Arc::new(release.clone()),
            payload,
            live,
            now: super::super::now(),
        };
        End::Live(Arc::new(subject), unseen)
    }
}

fn read(object: Value) -> Option<Arc<LiveObject>> {
    LiveObject::read(object).map(Arc::new)
}
