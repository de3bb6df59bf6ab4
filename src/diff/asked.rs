//! Two ends to be compared, as whoever asks has them in hand.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::Arc;

use super::alike::{Alike, GoOn};
use super::noise::Rule;
use super::{Diff, Part, Side, semantic};
use crate::ownership::classes::Row;
use crate::ownership::subject::Subject;
use crate::release::ObjectId;
use crate::release::mask::{Masker, is_mask};
use crate::release::payload::Payload;
use crate::schema::Schema;
use serde_json::Value;

/// What the API server makes of the write of a revision, object by object: the object as it would be, or why that is not known.
pub type Outcomes = Arc<[(ObjectId, Result<Value, String>)]>;

/// One end of a comparison.
#[derive(Debug, Clone)]
pub enum End {
    /// A stored revision.
    Revision(Arc<Payload>),
    /// The objects of a release as they are, and those that are not seen: with the reason, or without one where they are gone.
    Live(Arc<Subject>, Vec<(ObjectId, Option<String>)>),
    /// What the API server makes of a write of this revision, object by object, or why it would not.
    DryRun(Arc<Payload>, Outcomes),
    /// A text of YAML documents, and its name.
    File(String, Arc<str>),
    /// The chart's own values of a stored revision.
    Defaults(Arc<Payload>),
}

impl PartialEq for End {
    /// Two are equal when they are the same in memory, so that comparing costs nothing.
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Revision(one), Self::Revision(other)) | (Self::Defaults(one), Self::Defaults(other)) => {
                Arc::ptr_eq(one, other)
            }
            (Self::Live(one, unseen), Self::Live(other, others)) => one == other && unseen == others,
            (Self::DryRun(_, one), Self::DryRun(_, other)) => Arc::ptr_eq(one, other),
            (Self::File(one, text), Self::File(other, others)) => one == other && text == others,
            (Self::Revision(_) | Self::Live(..) | Self::DryRun(..) | Self::File(..) | Self::Defaults(_), _) => false,
        }
    }
}

/// What is to be compared, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// The old side.
    pub old: End,
    /// The new side.
    pub new: End,
    /// What of them.
    pub parts: Vec<Part>,
    /// What counts as noise.
    pub rules: Arc<[Rule]>,
    /// What counts as secret, beside what the ends themselves know.
    pub masker: Masker,
}

/// How far a comparison is, in documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// So many were compared.
    pub done: usize,
    /// Of so many.
    pub all: usize,
}

impl Asked {
    /// The groups and versions whose types say how lists are compared.
    #[must_use]
    pub fn api_versions(&self) -> BTreeSet<String> {
        let of = |end: &End| -> BTreeSet<String> {
            match end {
                End::Revision(payload) | End::DryRun(payload, _) => {
                    payload.named_objects().iter().map(|named| named.api_version.clone()).collect()
                }
                End::Live(subject, _) => subject.api_versions(),
                End::File(name, text) => {
                    let documents = Side::file(name, text).documents.into_iter();
                    documents.map(|document| document.api_version).collect()
                }
                End::Defaults(_) => BTreeSet::new(),
            }
        };
        of(&self.old).into_iter().chain(of(&self.new)).collect()
    }

    /// What counts as secret on either side: what is secret on one stands in the open on the other as well.
    #[must_use]
    pub fn secrets(&self) -> Masker {
        let mut masker = self.masker.clone();
        for end in [&self.old, &self.new] {
            if let Some(payload) = end.payload() {
                masker.learn_from(payload.masker());
            }
            match end {
                End::Live(subject, _) => {
                    let secrets =
                        subject.live.iter().filter(|live| live.id.group.is_empty() && live.id.kind == "Secret");
                    secrets.for_each(|live| masker.learn_values(&live.body));
                }
                End::File(_, text) => masker.learn_manifest(text),
                End::Revision(_) | End::DryRun(..) | End::Defaults(_) => {}
            }
        }
        masker
    }

    /// Compares. `tell` hears how far it is now and then, and may end it: then there is no answer.
    #[must_use]
    pub fn compare(&self, schema: &Schema, mut tell: impl FnMut(Progress) -> ControlFlow<()>) -> Option<Diff> {
        // While documents are read, it is not known yet how many are to be compared.
        let mut go_on = || tell(Progress { done: 0, all: 0 });
        let alike = Alike::find(&self.old, &self.new, &self.parts, &mut go_on).continue_value()?;
        let mut side =
            |end: &End, other: &End| self.side(end, other, schema, alike.clone(), &mut go_on).continue_value();
        let (mut old, mut new) = (side(&self.old, &self.new)?, side(&self.new, &self.old)?);
        old.faults.extend(masked_before(&self.old));
        new.faults.extend(masked_before(&self.new));
        old.without_unread(&new);
        new.without_unread(&old);
        let mut diff = semantic::diff(&old, &new, schema, &self.rules, &self.secrets(), &mut tell)?;
        // Each document that is alike was counted as one.
        diff.same = diff.same.saturating_add(alike.objects).saturating_sub(alike.documents);
        Some(diff)
    }

    /// One side, beside the other, without what the other has alike.
    fn side(
        &self,
        end: &End,
        other: &End,
        schema: &Schema,
        alike: Alike<'_>,
        go_on: GoOn<'_>,
    ) -> ControlFlow<(), Side> {
        ControlFlow::Continue(match end {
            End::Revision(payload) => Side::revision_without(payload, &self.parts, alike, go_on)?,
            End::File(name, text) => Side::file_without(name, text, alike, go_on)?,
            End::Live(subject, unseen) => {
                let others: Vec<&Payload> = other.payload().into_iter().collect();
                Side::live(subject, unseen, &others, schema)
            }
            End::DryRun(payload, outcomes) => {
                let settings: &[Row] = match other {
                    End::Live(subject, _) => &subject.around.managers,
                    End::Revision(_) | End::DryRun(..) | End::File(..) | End::Defaults(_) => &[],
                };
                Side::dry_run(payload, outcomes, settings, schema)
            }
            // Beside all values of a revision they are what these would be without the user's.
            End::Defaults(payload) if self.parts.contains(&Part::Coalesced) => {
                Side::defaults(payload).told_as(Part::Coalesced)
            }
            End::Defaults(payload) => Side::defaults(payload),
        })
    }
}

/// That a file holds masked values, such as one that `manifest` printed: these are not compared.
fn masked_before(end: &End) -> Option<String> {
    let End::File(name, text) = end else { return None };
    let value = |line: &str| Some(line.rsplit_once(": ")?.1.trim().trim_matches(['"', '\'']).to_owned());
    let count = text.lines().filter_map(value).filter(|value| is_mask(value)).count();
    (count > 0).then(|| format!("{name} holds masked values ({count}): whether they differ cannot be told"))
}

impl End {
    /// The revision that it is of; of live objects the one that was applied last.
    #[must_use]
    pub fn payload(&self) -> Option<&Payload> {
        match self {
            Self::Revision(payload) | Self::DryRun(payload, _) | Self::Defaults(payload) => Some(payload),
            Self::Live(subject, _) => Some(&subject.payload),
            Self::File(..) => None,
        }
    }
}
