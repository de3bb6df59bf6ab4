//! The writes of the upgrade, in the order of its objects: all of them, because admission, quotas and immutable fields speak of
//! those too that nobody edited.
//!
//! Source: helm.sh/helm v4.3.1 `pkg/kube/client.go` (update, createResource, patchResourceServerSide).

use serde_json::Value;

use super::missing::is_in_the_way;
use super::seen::{Live, Seen, Target};
use crate::ownership::fate::Outcome;
use crate::ownership::next::{NextWrite, Write, Writer, next_write};
use crate::ownership::own::{Managers, Method, Pair};
use crate::ownership::patch::is_merged_by_type;
use crate::ownership::report::Writing;
use crate::release::ObjectId;
use crate::release::storage::FLUX_MANAGER;

/// What is to be done about one object.
#[derive(Debug, Clone, PartialEq)]
pub enum Attempt {
    /// This is sent.
    Send(Box<NextWrite>),
    /// Nothing is sent: for the writer nothing changed.
    Nothing,
    /// It is not known what is sent, or it comes to no write, and why.
    Not(String),
}

impl Seen {
    /// Who writes the release.
    #[must_use]
    pub fn managers(&self) -> Managers {
        let writing = self.writing();
        let pairs: Vec<Pair<'_>> = self.pairs().into_iter().map(|(_, pair)| pair).collect();
        // By the way in which it was written until now: who applies beside it does not become its writer.
        let mut managers = Managers::read(&pairs, self.last_method(), writing.expected, writing.settings);
        managers.method = self.method();
        // Flux writes by one name. Helm does too, over what Flux left as well.
        let is_left = !self.is_flux() && managers.own == FLUX_MANAGER;
        if (self.is_flux() || is_left) && managers.own != writing.expected {
            writing.expected.clone_into(&mut managers.own);
            managers.reason = "the name by which it writes next".to_owned();
        }
        managers
    }

    /// What is sent for each object.
    #[must_use]
    pub fn attempts(&self) -> Vec<Attempt> {
        let managers = self.managers();
        let writing = self.writing();
        let writer =
            Writer { manager: &managers.own, method: writing.method, is_forced: writing.is_forced, helm: writing.helm };
        self.objects.iter().map(|target| self.attempt(target, writer)).collect()
    }

    /// What came of each write: the object as it would be after it, or why that is not known.
    #[must_use]
    pub fn outcomes(&self) -> Vec<(ObjectId, Result<Value, String>)> {
        let manager = self.managers().own;
        let told = |(place, target): (usize, &Target)| {
            let outcome = match (self.tried.get(&place), self.untried.get(&place), target.there()) {
                (Some((_, Ok(outcome))), ..) => {
                    let outcome = outcome.clone();
                    match if self.migrates() { migrated(outcome, &manager) } else { outcome } {
                        Outcome::Written(after) => Ok(*after),
                        Outcome::Conflicts(blocked, _) => {
                            let with = blocked.iter().map(|blocked| format!("{}: {}", blocked.message, blocked.field));
                            Err(format!("the write is refused: {}", with.collect::<Vec<_>>().join("; ")))
                        }
                        Outcome::Failed(why) => Err(format!("the write is refused: {why}")),
                    }
                }
                (Some((_, Err(why))), ..) | (None, Some(why), _) => Err(why.clone()),
                // For the writer nothing changed.
                (None, None, Some(live)) => Ok(live.clone()),
                (None, None, None) => Err("it was not tried".to_owned()),
            };
            (target.id.clone(), outcome)
        };
        self.objects.iter().enumerate().map(told).collect()
    }

    /// What makes each hook whose object is not there; those that are there are deleted first, or stay.
    #[must_use]
    pub fn hook_creations(&self) -> Vec<(usize, NextWrite)> {
        let managers = self.managers();
        let Writing { method, helm, .. } = self.writing();
        let writer = Writer { manager: &managers.own, method, is_forced: false, helm };
        let missing = self.hooks.iter().enumerate().filter(|(_, hook)| hook.target.live == Live::Missing);
        let named = missing.filter(|(_, hook)| !hook.target.is_name_generated);
        named.map(|(place, hook)| (place, creation(&hook.target, writer))).collect()
    }

    /// Whether the patch of an object can be made: some are made by types, and these may not be known.
    pub(super) fn knows_patch(&self, target: &Target) -> bool {
        self.method() == Method::ServerSide || !self.typed(target).is_deduced() || !is_merged_by_type(&target.wanted)
    }

    fn attempt(&self, target: &Target, writer: Writer<'_>) -> Attempt {
        if target.is_name_generated {
            return Attempt::Not("Helm looks for it by a name that it has not".to_owned());
        }
        let live = match &target.live {
            Live::There(live, _) => live,
            Live::Missing => return Attempt::Send(Box::new(creation(target, writer))),
            Live::Untold(why) => return Attempt::Not(why.clone()),
            Live::Unserved => return Attempt::Not("its kind is not served".to_owned()),
        };
        if is_in_the_way(self, target, live).is_some() {
            return Attempt::Not("another object is in its place".to_owned());
        }
        let typed = self.typed(target);
        if writer.method == Method::ClientSide && self.wishes().replaces {
            return Attempt::Not("spec.upgrade.force replaces it".to_owned());
        }
        if !self.knows_patch(target) {
            return Attempt::Not("its type is not known, and its patch is made by it".to_owned());
        }
        let pair = Pair { manifest: &target.wanted, live, typed };
        // What is there and new to the manifest is compared with itself.
        let original = target.original.as_ref().unwrap_or(&target.wanted);
        match next_write(&pair, Some(original), writer) {
            Ok(Some(next)) => Attempt::Send(Box::new(next)),
            Ok(None) => Attempt::Nothing,
            Err(fault) => Attempt::Not(format!("its patch cannot be made: {fault}")),
        }
    }
}

fn creation(target: &Target, writer: Writer<'_>) -> NextWrite {
    let configuration: Value = target.wanted.clone();
    NextWrite {
        api_version: target.api_version.clone(),
        kind: target.id.kind.clone(),
        namespace: target.id.namespace.clone(),
        name: target.id.name.clone(),
        manager: writer.manager.to_owned(),
        write: match writer.method {
            Method::ServerSide => Write::Apply { is_forced: writer.is_forced, configuration },
            Method::ClientSide => Write::Create(configuration),
        },
    }
}

/// The outcome as it would be after the managed fields have moved from updates to applies: what the writer itself updated is
/// no conflict.
pub(in crate::plan) fn migrated(outcome: Outcome, manager: &str) -> Outcome {
    let Outcome::Conflicts(blocked, forced) = outcome else { return outcome };
    let own = format!("conflict with {manager:?} using ");
    let others: Vec<_> = blocked.iter().filter(|blocked| !blocked.message.starts_with(&own)).cloned().collect();
    match (others.is_empty(), forced) {
        (true, Some(after)) => Outcome::Written(after),
        (true, None) => Outcome::Conflicts(blocked, None),
        (false, forced) => Outcome::Conflicts(others, forced),
    }
}
