//! Will the next upgrade or reconcile of a release go through? What stands in its way, what it would lose, what cannot be said.

mod conflicts;
pub mod flux;
pub mod history;
mod hooks;
mod method;
mod missing;
mod rights;
pub mod seen;
mod served;
pub mod size;
mod wait;
pub mod writes;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use self::seen::Seen;
use crate::ownership::own::Method;
use crate::release::payload::Payload;
use crate::release::{ObjectId, Problem};

/// What is asked beyond "the same chart and values again".
#[derive(Debug, Clone, PartialEq, Default)]
pub struct WhatIf {
    /// The upgrade is applied this way (`helm upgrade --server-side=true`, `spec.upgrade.serverSideApply: enabled`); else as the
    /// last revision was.
    pub method: Option<Method>,
    /// Helm takes what others own (`--force-conflicts`). Flux does so by itself.
    pub is_forced: bool,
    /// What the new chart and values render, as `helm template` writes it; else the manifest of the last revision.
    pub manifest: Option<String>,
}

/// How bad a finding is for the upgrade. In the order of badness, worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, strum::EnumIter, strum::Display, Serialize)]
#[strum(serialize_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// The upgrade is refused, or fails.
    Blocks,
    /// A check could not be made: nothing is promised of it.
    Unknown,
    /// The upgrade may fail, hang, or be taken for done too early.
    Risk,
    /// It goes through, and something is lost by it or stays unseen.
    Loses,
    /// Worth knowing.
    Note,
}

/// What was checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, strum::EnumIter, strum::Display, Serialize)]
#[strum(serialize_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
pub enum Check {
    /// Revisions that are pending, failed or gone; Flux that is suspended, stalled, or waits for another.
    History,
    /// The stored revision near the limit of its store.
    Size,
    /// Kinds and apiVersions that are no longer served.
    Served,
    /// Verbs that whoever upgrades needs. They are asked for the present user, and it is said that they are.
    Rights,
    /// Fields that others own and the write would change.
    Conflict,
    /// The write of an object is refused for another reason: admission, immutable fields, quotas.
    Refused,
    /// Fields that others own, equal today.
    Armed,
    /// Fields that others changed.
    Hotfix,
    /// Fields that a former manager keeps alive.
    Leftover,
    /// Objects of the manifest that are not there, and what is in the way of those that are new.
    Missing,
    /// Objects on which a wait by kstatus would hang or fail, or pass too early.
    Wait,
    /// Hooks that run.
    Hooks,
    /// How the upgrade is applied, where one may expect another way.
    Method,
    /// What could not be read.
    Unread,
}

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How bad.
    pub severity: Severity,
    /// By which check.
    pub check: Check,
    /// Of which object; none for the release as a whole.
    pub object: Option<ObjectId>,
    /// The field, as the API server writes it; empty where it is not about one.
    pub path: String,
    /// What it is, in one sentence without a full stop.
    pub text: String,
    /// By what it is known: answers of servers and tools are quoted exactly.
    pub evidence: Vec<String>,
    /// What to do about it.
    pub remedy: String,
}

/// Whether the upgrade goes through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, strum::EnumIter, strum::Display, Serialize)]
#[strum(serialize_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It does not.
    Blocked,
    /// Nothing blocks of what could be checked, and not all could.
    Unknown,
    /// It may.
    Risky,
    /// It does.
    Passes,
}

/// What was looked at, so that a reader can tell nothing found from nothing looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Looked {
    /// Objects of the manifest.
    pub objects: usize,
    /// Objects whose write the API server tried in a dry-run.
    pub tried: usize,
    /// Objects whose write was computed here.
    pub computed: usize,
}

/// The answer for one release.
#[derive(Debug, Clone, PartialEq)]
pub struct Preflight {
    /// How the upgrade would be applied.
    pub method: Method,
    /// By which field manager.
    pub manager: String,
    /// What was looked at.
    pub looked: Looked,
    /// Worst first, then by check, object and path.
    pub findings: Vec<Finding>,
}

impl Preflight {
    /// Whether the upgrade goes through, by its worst finding.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        match self.findings.iter().map(|finding| finding.severity).min() {
            Some(Severity::Blocks) => Verdict::Blocked,
            Some(Severity::Unknown) => Verdict::Unknown,
            Some(Severity::Risk) => Verdict::Risky,
            Some(Severity::Loses | Severity::Note) | None => Verdict::Passes,
        }
    }

    /// How many findings there are of each check.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<Check, usize> {
        let mut counts = BTreeMap::new();
        self.findings.iter().for_each(|finding| *counts.entry(finding.check).or_default() += 1);
        counts
    }
}

impl Finding {
    /// Of the release as a whole, with nothing quoted.
    fn of_release(severity: Severity, check: Check, text: impl Into<String>, remedy: impl Into<String>) -> Self {
        let (text, remedy) = (text.into(), remedy.into());
        Self { severity, check, object: None, path: String::new(), text, evidence: Vec::new(), remedy }
    }

    /// Of one object, with nothing quoted.
    fn of_object(
        severity: Severity,
        check: Check,
        object: &ObjectId,
        text: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self { object: Some(object.clone()), ..Self::of_release(severity, check, text, remedy) }
    }

    /// What could not be read of a release at all.
    #[must_use]
    pub fn unread(problem: &Problem) -> Self {
        let remedy = if problem.hint.is_empty() { "look at the release by hand: helm history" } else { &problem.hint };
        let text = "it could not be looked at";
        Self {
            evidence: vec![problem.cause.clone()],
            ..Self::of_release(Severity::Unknown, Check::Unread, text, remedy)
        }
    }
}

/// Judges all that was learnt of a release.
#[must_use]
pub fn judge(seen: &Seen) -> Preflight {
    let mut findings = Vec::new();
    findings.extend(history::findings(seen));
    findings.extend(flux::findings(seen));
    let unread = |read: &Result<Arc<Payload>, Problem>| read.as_ref().err().map(Finding::unread);
    findings.extend(unread(&seen.last));
    findings.extend(seen.deployed.as_ref().and_then(unread));
    let managers = seen.managers();
    let mut looked = Looked::default();
    if seen.last.is_ok() && !history::is_gone(seen) {
        findings.extend(method::findings(seen));
        findings.extend(size::findings(seen));
        findings.extend(served::findings(seen));
        findings.extend(rights::findings(seen));
        findings.extend(missing::findings(seen));
        findings.extend(hooks::findings(seen));
        findings.extend(wait::findings(seen));
        let found = conflicts::findings(seen, &managers);
        looked = found.looked;
        findings.extend(found.findings);
    }
    findings.sort_by(|left, right| {
        let key = |finding: &Finding| (finding.severity, finding.check, finding.object.clone(), finding.path.clone());
        key(left).cmp(&key(right))
    });
    Preflight { method: seen.method(), manager: managers.own, looked, findings }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { severity, text, .. } = self;
        match &self.object {
            Some(object) => write!(f, "{severity}: {} {}: {text}", object.kind, object.name),
            None => write!(f, "{severity}: {text}"),
        }
    }
}

#[cfg(test)]
mod tests;
