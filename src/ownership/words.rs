//! What is found of a field, in the words in which every screen and command tells it; values masked.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::fate::{Answered, Fate};
use super::found::{Finding, Kind};
use super::parent::Parent;
use super::report::{ObjectReport, Report, Told};
use super::{Path, PathElement};
use crate::release::mask::MASK;

impl Fate {
    /// In a word: `overwritten`, `removed`, `survives`, `stays`, `blocks`, `armed`, `taken-over`, `corrected`, `reverted` or `unknown`.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Overwritten => "overwritten",
            Self::Removed => "removed",
            Self::Survives => "survives",
            Self::Stays => "stays",
            Self::Blocks(_) => "blocks",
            Self::Armed => "armed",
            Self::TakenOver => "taken-over",
            Self::Corrected => "corrected",
            Self::Reverted(_) => "reverted",
            Self::Unknown(_) => "unknown",
        }
    }

    /// What the word means.
    #[must_use]
    pub fn meaning(&self) -> &'static str {
        match self {
            Self::Overwritten => "set to the manifest's value",
            Self::Removed => "taken away",
            Self::Survives => "stays as it is",
            Self::Stays => "stays: a former manager keeps it alive",
            Self::Blocks(_) => "the write is refused because of it",
            Self::Armed => "the write is refused once the chart changes it",
            Self::TakenOver => "taken over once the chart changes it",
            Self::Corrected => "set back at the next reconcile, without an upgrade",
            Self::Reverted(_) => "taken back by who keeps the object as a repository has it",
            Self::Unknown(_) => "cannot be said",
        }
    }
}

impl Fate {
    /// With whom it conflicts, who takes it back, or why it is not known.
    #[must_use]
    pub fn detail(&self) -> Vec<String> {
        match self {
            Self::Blocks(with) => with.clone(),
            Self::Unknown(why) | Self::Reverted(why) => vec![why.clone()],
            Self::Overwritten
            | Self::Removed
            | Self::Survives
            | Self::Stays
            | Self::Armed
            | Self::TakenOver
            | Self::Corrected => Vec::new(),
        }
    }
}

impl Kind {
    /// In a word: `hotfix`, `leftover`, `armed` or `expected`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Hotfix => "hotfix",
            Self::Leftover => "leftover",
            Self::Armed => "armed",
            Self::Expected(_) => "expected",
        }
    }

    /// The place in a list: the worst first.
    #[must_use]
    pub fn rank(self) -> usize {
        match self {
            Self::Hotfix => 0,
            Self::Leftover => 1,
            Self::Armed => 2,
            Self::Expected(_) => 3,
        }
    }
}

impl Answered {
    /// Who it was, and why it was not the API server.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Server => "by the API server".to_owned(),
            Self::Computed(why) => format!("computed here: {why}"),
        }
    }
}

impl Report {
    /// Who says what becomes of hotfixes and leftovers, and why it was not the API server: a sentence for each reason.
    #[must_use]
    pub fn answered(&self) -> Vec<String> {
        let mut reasons: BTreeMap<Option<&str>, usize> = BTreeMap::new();
        for told in self.objects.iter().flat_map(|object| &object.told) {
            if matches!(told.finding.kind, Kind::Hotfix | Kind::Leftover) {
                let reason = match &told.answered {
                    Answered::Server => None,
                    Answered::Computed(why) => Some(why.as_str()),
                };
                *reasons.entry(reason).or_default() += 1;
            }
        }
        let said = reasons.into_iter().map(|(reason, count)| {
            let fates = if count == 1 { "1 fate".to_owned() } else { format!("{count} fates") };
            match reason {
                None => format!("{fates} by the API server, in a dry-run of that write"),
                Some(why) => format!("{fates} computed here: {why}"),
            }
        });
        said.collect()
    }
}

impl Told {
    /// With whom it conflicts, why the fate is not known, which rule expects it, and what it waits for.
    #[must_use]
    pub fn detail(&self) -> Vec<String> {
        let mut detail = self.fate.detail();
        match self.finding.kind {
            Kind::Expected(rule) => detail.push(rule.words()),
            Kind::Hotfix | Kind::Leftover | Kind::Armed => {}
        }
        if self.waits {
            detail.push(
                "not before what blocks the write of this object is settled: it is refused as a whole".to_owned(),
            );
        }
        detail
    }
}

impl ObjectReport {
    /// What is to be known of who wrote it before its findings are believed.
    #[must_use]
    pub fn remarks(&self) -> Vec<String> {
        let entries = &self.blame.entries;
        let mut remarks: Vec<String> = self.parent.iter().map(Parent::remark).collect();
        if entries.is_empty() {
            remarks.push(
                "no record of who wrote it: its managedFields were cleared; what others added to it cannot be told"
                    .to_owned(),
            );
        }
        if entries.iter().any(|entry| entry.manager == "ancient-changes") {
            remarks.push(
                "of more than ten that updated it, the server keeps the oldest as one: ancient-changes".to_owned(),
            );
        }
        for entry in entries {
            if let Err(fault) = &entry.fields {
                remarks.push(format!("what {} wrote cannot be read: {fault}", entry.manager));
            }
        }
        let older =
            entries.iter().zip(&self.blame.held).filter(|(entry, held)| held.is_foreign && entry.fields.is_ok());
        let older: Vec<String> =
            older.map(|(entry, _)| format!("{} as {}", entry.manager, entry.api_version)).collect();
        if !older.is_empty() {
            let all = older.join(", ");
            remarks.push(format!(
                "written in another version than {}: {all}; told as far as the versions agree",
                self.api_version
            ));
        }
        remarks
    }

    /// Who holds what was found: `kubectl-edit`, `kubectl (scale)`.
    #[must_use]
    pub fn holders(&self, finding: &Finding) -> Vec<String> {
        let entries = finding.holders.iter().filter_map(|holder| self.blame.entries.get(*holder));
        let named = entries.map(|entry| match entry.subresource.as_str() {
            "" => entry.manager.clone(),
            part => format!("{} ({part})", entry.manager),
        });
        named.collect()
    }

    /// When one of them last wrote.
    #[must_use]
    pub fn written(&self, finding: &Finding) -> Option<Timestamp> {
        let entries = finding.holders.iter().filter_map(|holder| self.blame.entries.get(*holder));
        entries.filter_map(|entry| entry.time).max()
    }

    /// Whether a value of a field may not be shown.
    #[must_use]
    pub fn hides(&self, path: &Path, value: &Value) -> bool {
        let shown = self.shown(path, value);
        shown != *value && shown.to_string().contains(MASK)
    }

    /// A value of a field as it may be shown: masked as it would be in its place.
    #[must_use]
    pub fn shown(&self, path: &Path, value: &Value) -> Value {
        let mut around = path.0.iter().rev().fold(value.clone(), |inner, step| match step {
            PathElement::Field(name) => json!({ name: inner }),
            PathElement::Key(fields) => {
                let keys = fields.iter().cloned();
                let inner = inner.as_object().cloned().unwrap_or_default();
                Value::Array(vec![Value::Object(keys.chain(inner).collect())])
            }
            PathElement::Value(_) | PathElement::Index(_) => Value::Array(vec![inner]),
        });
        if let Some(fields) = around.as_object_mut() {
            fields.insert("apiVersion".to_owned(), self.api_version.clone().into());
            fields.insert("kind".to_owned(), self.kind.clone().into());
        }
        let masked = self.masker.values(&around);
        let found = path.0.iter().try_fold(&masked, |value, step| match step {
            PathElement::Field(name) => value.get(name),
            PathElement::Key(_) | PathElement::Value(_) | PathElement::Index(_) => value.get(0),
        });
        found.cloned().unwrap_or_else(|| MASK.into())
    }
}

/// A value in one line.
#[must_use]
pub fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
