//! How the objects of one release are doing.
//!
//! Each object of the release is judged with all that it owns, and told of by the deepest thing that says why:
//! - Of a Deployment's ReplicaSets the one of the newest rollout counts first; of older ones only Pods that are broken.
//! - What is being deleted says nothing of the release any more, but that it does not go, once that is so.
//! - A Pod that failed is Current for kstatus. It is broken here, but where its owner has replaced it and is Current itself,
//!   where its Job has succeeded, or where its Job still tries.
//! - A Pod that no node takes is told of at once, and is broken when kstatus gives up on it.
//! - A StatefulSet or ReplicaSet in progress of which a Pod is Failed is Failed, as for the reader of Flux (fluxcd/cli-utils `statusreaders`).

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;

use super::feeds::Sight;
use super::node::Node;
use super::{Id, Standing, Trouble, World};
use crate::health::complaint::{Complaint, Weight};
use crate::health::kstatus::Status;
use crate::health::objects::{Named, Role};
use crate::release::payload::ReleaseStatus;
use crate::release::{ObjectId, ObjectKey, Release, WatchedKind};

/// What is said of one object of a release, with all that it owns.
pub(in crate::health) struct Look {
    pub status: Status,
    pub ready: bool,
    pub list: List,
    pub trouble: Option<Trouble>,
    /// How much the trouble says.
    weight: Weight,
}

/// Where a trouble is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::health) enum List {
    Broken,
    Stuck,
    Waiting,
    Unknown,
}

/// A complaint below an object of the release.
struct Found<'a> {
    path: Vec<Id>,
    complaint: &'a Complaint,
    /// Of an older rollout.
    old: bool,
    broken: bool,
    created: Option<Timestamp>,
}

/// What is below an object of the release.
#[derive(Default)]
struct Below<'a> {
    found: Vec<Found<'a>>,
    stuck: Option<Vec<Id>>,
    /// Pods that are failed for the readers, and Pods at all.
    failed: usize,
    pods: usize,
}

/// How the objects above bear on what is below.
#[derive(Clone, Copy)]
struct Above {
    old: bool,
    /// The owner is as it should be, and replaces Pods that fail.
    replaced: bool,
    /// A Job that may still succeed.
    trying: bool,
}

/// Children below children that are followed.
const DEPTH: usize = 8;

impl World {
    /// How the objects of a release are doing. Those of a release on another cluster are not here: nothing is said of them.
    #[must_use]
    pub fn standing(&self, release: &Release, now: Timestamp) -> Standing {
        self.with_recalled(release, self.stands(release, named(release), |_| true, now))
    }

    /// The same of a release that names these objects, of whatever kind: of its manifest the list knows workloads alone.
    #[must_use]
    pub fn standing_of(&self, release: &Release, names: &[Named], now: Timestamp) -> Standing {
        self.stands(release, named_by_all(release, names), |_| true, now)
    }

    /// The same of those objects alone that `counts` takes.
    pub(super) fn stands(
        &self,
        release: &Release,
        named: BTreeSet<ObjectId>,
        counts: fn(&ObjectId) -> bool,
        now: Timestamp,
    ) -> Standing {
        let mut standing = Standing::default();
        if release.remote() {
            return standing;
        }
        self.see(release, &mut standing);
        let roots: Vec<Id> = self.roots(release, &named).into_iter().filter(|id| counts(id)).collect();
        // All of it goes, as with its namespace: what has gone already is not what is wrong.
        let leaving =
            !roots.is_empty() && roots.iter().all(|id| self.node(id).is_some_and(|node| node.deleting.is_some()));
        let mut troubles = Vec::new();
        for id in roots {
            let Some(node) = self.node(&id).filter(|node| !node.bare) else { continue };
            let look = self.look(&id, now);
            standing.edited += node.edited;
            if node.role == Role::Release {
                standing.counts.total += 1;
                standing.counts.ready += usize::from(look.ready);
                standing.counts.assumed += usize::from(look.ready && node.assumed);
            }
            troubles.extend(look.trouble.map(|trouble| (look.weight, node.role, look.list, trouble)));
        }
        troubles.sort_by_key(|(weight, ..)| *weight);
        for (_, role, list, trouble) in troubles {
            match (role, list) {
                (Role::Hook | Role::Test | Role::Child, _) => standing.hooks.push(trouble),
                (Role::Release, List::Broken) => standing.broken.push(trouble),
                (Role::Release, List::Stuck) => standing.stuck.push(trouble),
                (Role::Release, List::Waiting) => standing.waiting.push(trouble),
                (Role::Release, List::Unknown) => standing.unknown.push(trouble),
            }
        }
        self.look_for(release, &named, leaving, &mut standing);
        standing.remembered = self.memory.of(&key(release));
        standing
    }

    /// The objects that are the release's own: those that name it, and those that it names.
    pub(in crate::health) fn roots(&self, release: &Release, named: &BTreeSet<ObjectId>) -> Vec<Id> {
        let by_name = self.releases.get(&key(release)).into_iter().flatten();
        let by_origin = release.helm_release.as_ref().and_then(|object| self.origins.get(&object.key));
        let mut roots: BTreeSet<Id> = by_name.chain(by_origin.into_iter().flatten()).cloned().collect();
        roots.extend(named.iter().filter_map(|id| self.find(id, release)).cloned());
        self.without_owned(roots)
    }

    /// An object that is named; without a namespace it is in that of the release, or in none.
    pub(in crate::health) fn find(&self, id: &ObjectId, release: &Release) -> Option<&Id> {
        let here = |id: &ObjectId| self.objects.get_key_value(id).map(|(id, _)| id);
        here(id).or_else(|| {
            let inside = ObjectId { namespace: release.namespace.clone(), ..id.clone() };
            here(&inside).filter(|_| id.namespace.is_empty())
        })
    }

    /// Whether a named object could be seen.
    pub(in crate::health) fn sight_of(&self, id: &ObjectId, release: &Release) -> Sight {
        self.feeds.sight(id).min(self.feeds.sight(&placed(id, release)))
    }

    /// Whether what the release names has to be there now.
    pub(in crate::health) fn expects(release: &Release) -> bool {
        is_expected(release)
    }

    fn see(&self, release: &Release, standing: &mut Standing) {
        use strum::IntoEnumIterator;
        // Without ReplicaSets it is not known whose the Pods are; claims are told of by the Pods that wait for them.
        let matters = |kind: &WatchedKind| *kind != WatchedKind::PersistentVolumeClaim;
        if self.feeds.is_of_inventory() {
            // What is forbidden of other kinds is counted as hidden where it is named; Events only explain.
            let unseen = self.feeds.of_inventory().filter(|(_, sight)| *sight == Sight::Forbidden);
            standing.unseen = unseen.filter_map(|(kind, _)| kind).collect::<BTreeSet<_>>().into_iter().collect();
            let is_read = self.feeds.of_inventory().all(|(_, sight)| sight != Sight::Loading);
            standing.seen = is_read && !standing.unseen.iter().any(matters);
            return;
        }
        let sight = |kind: &WatchedKind| self.feeds.shared(*kind, &release.namespace);
        standing.seen = WatchedKind::iter().filter(matters).all(|kind| sight(&kind).is_seen());
        let hidden = |kind: &WatchedKind| matches!(sight(kind), Sight::Forbidden | Sight::NotServed);
        standing.unseen = WatchedKind::iter().filter(hidden).collect();
    }

    /// What is named and not here: missing where the list would have it, hidden where it may not be seen.
    fn look_for(&self, release: &Release, named: &BTreeSet<ObjectId>, leaving: bool, standing: &mut Standing) {
        let is_job = |id: &ObjectId| WatchedKind::of(&id.group, &id.kind) == Some(WatchedKind::Job);
        let in_manifest = |id: &ObjectId| release.named.as_ref().is_some_and(|named| named.contains(id));
        for id in named.iter().filter(|id| self.find(id, release).is_none()) {
            match self.sight_of(id, release) {
                // A Job may have gone by its own ttl, which only the manifest tells of.
                Sight::Whole if is_job(id) && !in_manifest(id) => {}
                Sight::Whole if leaving => {}
                Sight::Whole if is_expected(release) && !self.is_owner(&placed(id, release)) => {
                    standing.missing.push(placed(id, release));
                }
                Sight::Forbidden | Sight::NotServed => standing.counts.hidden += 1,
                Sight::Whole | Sight::Old | Sight::Loading | Sight::Unwatched => {}
            }
        }
        standing.counts.missing = standing.missing.len();
        standing.counts.total += standing.counts.missing;
    }

    /// What is said of one object of a release, with all that it owns.
    pub(in crate::health) fn look(&self, id: &Id, now: Timestamp) -> Look {
        let Some(node) = self.node(id) else {
            let (status, weight) = (Status::NotFound, Weight::Starting);
            return Look { status, ready: false, list: List::Unknown, trouble: None, weight };
        };
        let mut status = node.status_at(now);
        if node.deleting.is_some() {
            let list = if node.stuck_at().is_some_and(|at| at <= now) { List::Stuck } else { List::Waiting };
            let trouble = Some(self.deletion(id, &[], node, list == List::Stuck));
            return Look { status: Status::Terminating, ready: false, list, trouble, weight: Weight::GivenUp };
        }
        let mut below = Below::default();
        let above = Above {
            old: false,
            replaced: status == Status::Current && is_replacing(id),
            trying: is_trying(id, status),
        };
        if !node.done {
            self.descend(id, &mut Vec::new(), above, now, &mut below);
        }
        if status == Status::InProgress && below.failed > 0 && has_reader(id) {
            status = Status::Failed;
        }
        let best = below.found.iter().min_by_key(|found| {
            (!found.broken, found.old, found.complaint.weight, Reverse(found.created), found.path.last())
        });
        let own = node.complaint.as_deref();
        let broken = status == Status::Failed
            || best.is_some_and(|best| best.broken)
            || own.is_some_and(|own| own.weight.is_broken());
        let ready = status == Status::Current && !broken;
        let weights = [best.map(|best| best.complaint.weight), own.map(|own| own.weight)];
        let weight = weights.into_iter().flatten().min().unwrap_or(Weight::Starting);
        let look = |list, trouble| Look { status, ready, list, trouble: Some(trouble), weight };
        if broken {
            return look(List::Broken, self.broken(id, node, own, best, &below, now));
        }
        if let Some(path) = &below.stuck
            && let Some(stuck) = path.last().and_then(|last| self.node(last))
        {
            return look(List::Stuck, self.deletion(id, path, stuck, true));
        }
        let telling = |weight: Weight| matches!(weight, Weight::Unschedulable | Weight::Ended);
        match status {
            Status::Unknown => look(List::Unknown, self.said(id, node, now)),
            Status::InProgress => {
                let trouble = match (own, best) {
                    (Some(own), Some(best)) if own.weight < best.complaint.weight => self.tell(id, &[], own, (0, 0)),
                    (_, Some(best)) => self.tell_of(id, best, &below),
                    (Some(own), None) => self.tell(id, &[], own, (0, 0)),
                    (None, None) => self.said(id, node, now),
                };
                look(List::Waiting, trouble)
            }
            Status::Current | Status::Failed | Status::Terminating | Status::NotFound => match best {
                Some(best) if telling(best.complaint.weight) => look(List::Waiting, self.tell_of(id, best, &below)),
                _ => Look { status, ready, list: List::Waiting, trouble: None, weight },
            },
        }
    }

    fn broken(
        &self,
        id: &Id,
        node: &Node,
        own: Option<&Complaint>,
        best: Option<&Found<'_>>,
        below: &Below<'_>,
        now: Timestamp,
    ) -> Trouble {
        match (own, best) {
            (Some(own), Some(best)) if own.weight == Weight::Refused && !best.broken => self.tell(id, &[], own, (0, 0)),
            (_, Some(best)) if best.complaint.weight <= Weight::NotReady => {
                let trouble = self.tell_of(id, best, below);
                match own.filter(|own| own.weight == Weight::GivenUp) {
                    // That nobody waits any longer follows from what is said, but for how long a Job tried.
                    Some(own) if WatchedKind::of(&id.group, &id.kind) == Some(WatchedKind::Job) => {
                        Trouble { text: format!("{}, {}", trouble.text, own.text), ..trouble }
                    }
                    _ => trouble,
                }
            }
            (Some(own), _) => self.tell(id, &[], own, (0, 0)),
            (None, _) => self.said(id, node, now),
        }
    }

    fn descend<'a>(&'a self, id: &Id, path: &mut Vec<Id>, above: Above, now: Timestamp, below: &mut Below<'a>) {
        if path.len() >= DEPTH {
            return;
        }
        let children: Vec<(&Id, &Node)> =
            self.children_of(id).filter_map(|child| Some((child, self.node(child)?))).collect();
        let newest = |kind: WatchedKind| {
            let of_kind = |child: &&(&Id, &Node)| WatchedKind::of(&child.0.group, &child.0.kind) == Some(kind);
            children
                .iter()
                .filter(of_kind)
                .max_by_key(|(id, node)| (node.rollout, node.created, *id))
                .map(|(id, _)| *id)
        };
        let (newest_set, newest_job) = (newest(WatchedKind::ReplicaSet), newest(WatchedKind::Job));
        for (child, node) in &children {
            let (child, node) = (*child, *node);
            if path.contains(child) {
                continue;
            }
            path.push(Arc::clone(child));
            let kind = WatchedKind::of(&child.group, &child.kind);
            let status = node.status_at(now);
            if node.deleting.is_some() {
                if below.stuck.is_none() && node.stuck_at().is_some_and(|at| at <= now) {
                    below.stuck = Some(path.clone());
                }
                path.pop();
                continue;
            }
            let mut inside = above;
            match kind {
                Some(WatchedKind::ReplicaSet) => inside.old |= newest_set.is_some_and(|newest| newest != child),
                Some(WatchedKind::Job) if node.done || newest_job.is_some_and(|newest| newest != child) => {
                    path.pop();
                    continue;
                }
                Some(WatchedKind::Job) => inside.trying = is_trying(child, status),
                Some(WatchedKind::Pod) if !above.old => {
                    below.pods += usize::from(!is_over(node) || !above.replaced);
                    below.failed += usize::from(status == Status::Failed && !is_unschedulable(node));
                }
                _ => {}
            }
            if let Some(complaint) = node.complaint.as_deref() {
                let broken = match complaint.weight {
                    Weight::Ended => !above.trying,
                    Weight::Unschedulable => status == Status::Failed,
                    weight => weight.is_broken(),
                };
                let passed = complaint.weight == Weight::Ended && above.replaced;
                if !passed && (broken || !above.old) {
                    let found = Found { path: path.clone(), complaint, old: inside.old, broken, created: node.created };
                    below.found.push(found);
                }
            }
            self.descend(child, path, inside, now, below);
            path.pop();
        }
    }

    fn tell_of(&self, id: &Id, found: &Found<'_>, below: &Below<'_>) -> Trouble {
        let alike = |other: &&Found<'_>| {
            other.old == found.old
                && other.complaint.weight == found.complaint.weight
                && other.complaint.container == found.complaint.container
        };
        let alike = below.found.iter().filter(alike).count();
        let pods = if found.old { (0, 0) } else { (alike, below.pods) };
        let trouble = self.tell(id, &found.path, found.complaint, pods);
        let text = match pods {
            (some, all) if 0 < some && some < all => format!("{} ({some} of {all} Pods)", trouble.text),
            _ => trouble.text,
        };
        Trouble { text, ..trouble }
    }

    pub(super) fn tell(&self, id: &Id, path: &[Id], complaint: &Complaint, pods: (usize, usize)) -> Trouble {
        let at = path.last().unwrap_or(id);
        self.with_event(self.tell_without_events(id, path, complaint, pods), complaint, at)
    }

    fn tell_without_events(&self, id: &Id, path: &[Id], complaint: &Complaint, pods: (usize, usize)) -> Trouble {
        let mut path: Vec<ObjectId> = path.iter().map(|id| (**id).clone()).collect();
        let mut text = complaint.text.clone();
        if complaint.weight == Weight::Unschedulable
            && let Some(claim) = path.last().and_then(|pod| self.unbound_claim(pod))
        {
            text = format!("waits for claim {}, which is not bound", claim.name);
            path.push((**claim).clone());
        }
        Trouble {
            object: (**id).clone(),
            path,
            container: complaint.container.clone(),
            image: complaint.image.clone(),
            pods,
            reason: complaint.reason.clone(),
            text,
            message: complaint.message.clone(),
            since: complaint.since,
        }
    }

    fn unbound_claim(&self, pod: &ObjectId) -> Option<&Id> {
        self.claims_of(pod).find(|claim| self.node(claim).is_some_and(|node| node.status == Status::InProgress))
    }

    fn deletion(&self, id: &Id, path: &[Id], node: &Node, is_stuck: bool) -> Trouble {
        let keepers: Vec<&str> = node.keepers().collect();
        let text = match (&node.kept, keepers.as_slice()) {
            (_, []) if !is_stuck => "is being deleted".to_owned(),
            (_, all) if !is_stuck => format!("is being deleted, waits for finalizer {}", all.join(", ")),
            (Some(kept), _) => format!("does not go: {kept}"),
            (None, []) => "is being deleted and does not go".to_owned(),
            (None, [one]) => format!("is being deleted, kept by finalizer {one}"),
            (None, many) => format!("is being deleted, kept by finalizers {}", many.join(", ")),
        };
        let message = node.kept.as_deref().unwrap_or_default();
        let complaint = Complaint::new(Weight::GivenUp, "Terminating", text, message).since(node.deleting);
        self.tell(id, path, &complaint, (0, 0))
    }

    /// What kstatus says, where nothing says more.
    fn said(&self, id: &Id, node: &Node, now: Timestamp) -> Trouble {
        let (reason, message) = match node.said_at(now) {
            Some(said) if !said.reason.is_empty() => (said.reason.clone(), said.message.clone()),
            Some(said) => (said.status.to_string(), said.message.clone()),
            None => (node.status_at(now).to_string(), String::new()),
        };
        let text = if message.is_empty() { reason.clone() } else { message.clone() };
        self.tell(id, &[], &Complaint::new(Weight::Starting, &reason, text, &message), (0, 0))
    }

    /// Whether an object that is here names this one as its owner. Then it is there: the shared watches select Helm's label,
    /// which a person may have taken off.
    fn is_owner(&self, id: &ObjectId) -> bool {
        let child = match WatchedKind::of(&id.group, &id.kind) {
            Some(WatchedKind::Deployment) => WatchedKind::ReplicaSet,
            Some(WatchedKind::StatefulSet | WatchedKind::DaemonSet | WatchedKind::Job) => WatchedKind::Pod,
            Some(WatchedKind::ReplicaSet | WatchedKind::PersistentVolumeClaim | WatchedKind::Pod) | None => {
                return false;
            }
        };
        let first = ObjectId::new(child.group(), child.to_string(), &id.namespace, "");
        let near = self.objects.range::<ObjectId, _>(&first..);
        near.take_while(|(other, _)| other.kind == first.kind && other.namespace == first.namespace)
            .any(|(_, node)| node.owner_name.as_deref() == Some(id.name.as_str()))
    }
}

/// What a release names: by its inventory, and by its manifest if that was read.
pub(in crate::health) fn named(release: &Release) -> BTreeSet<ObjectId> {
    let inventory = release.helm_release.as_ref().and_then(|object| object.inventory.as_ref());
    inventory.into_iter().flatten().chain(release.named.iter().flat_map(|named| named.iter())).cloned().collect()
}

/// The same with what its manifest names of whatever kind.
pub(super) fn named_by_all(release: &Release, names: &[Named]) -> BTreeSet<ObjectId> {
    // A Job may go by itself.
    let expected = names.iter().filter(|named| named.role == Role::Release && !named.goes);
    named(release).into_iter().chain(expected.map(|named| named.id.clone())).collect()
}

fn key(release: &Release) -> ObjectKey {
    ObjectKey::new(&release.namespace, &release.id.name)
}

/// Helm puts the release's namespace where a namespaced object has none. Whether a kind is namespaced is known of those that
/// are watched.
fn placed(id: &ObjectId, release: &Release) -> ObjectId {
    let namespaced = id.namespace.is_empty() && WatchedKind::of(&id.group, &id.kind).is_some();
    if namespaced { ObjectId { namespace: release.namespace.clone(), ..id.clone() } } else { id.clone() }
}

/// While an action of Helm is under way objects come and go, and an uninstalled release has none.
fn is_expected(release: &Release) -> bool {
    let deleting = release.helm_release.as_ref().is_some_and(|object| object.deleting.is_some());
    let settled = match &release.status {
        Some(ReleaseStatus::Deployed | ReleaseStatus::Failed | ReleaseStatus::Superseded) => true,
        Some(
            ReleaseStatus::PendingInstall
            | ReleaseStatus::PendingUpgrade
            | ReleaseStatus::PendingRollback
            | ReleaseStatus::Uninstalling
            | ReleaseStatus::Uninstalled
            | ReleaseStatus::Unknown(_),
        )
        | None => false,
    };
    settled && !deleting
}

/// Makes a new Pod for one that failed.
fn is_replacing(id: &ObjectId) -> bool {
    match WatchedKind::of(&id.group, &id.kind) {
        Some(WatchedKind::Deployment | WatchedKind::ReplicaSet | WatchedKind::StatefulSet | WatchedKind::DaemonSet) => {
            true
        }
        Some(WatchedKind::Job | WatchedKind::PersistentVolumeClaim | WatchedKind::Pod) | None => false,
    }
}

fn is_trying(id: &ObjectId, status: Status) -> bool {
    WatchedKind::of(&id.group, &id.kind) == Some(WatchedKind::Job) && status != Status::Failed
}

/// The kinds of which Flux's reader looks at the Pods.
fn has_reader(id: &ObjectId) -> bool {
    matches!(WatchedKind::of(&id.group, &id.kind), Some(WatchedKind::StatefulSet | WatchedKind::ReplicaSet))
}

fn is_over(pod: &Node) -> bool {
    pod.complaint.as_ref().is_some_and(|complaint| complaint.weight == Weight::Ended)
}

fn is_unschedulable(pod: &Node) -> bool {
    pod.complaint.as_ref().is_some_and(|complaint| complaint.weight == Weight::Unschedulable)
}
