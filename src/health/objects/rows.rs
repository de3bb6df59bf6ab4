//! The rows of the Objects tab.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{Counts, Named, Role, Row, Severity};
use crate::health::kstatus::Status;
use crate::health::world::{Glance, Sight, World};
use crate::release::payload::{HookPhase, ReleaseStatus};
use crate::release::{ObjectId, Release, WatchedKind};

/// Children below children that are shown.
const DEPTH: usize = 8;

/// The objects of a release: by role, the worst first, what an object owns below it. ReplicaSets of older rollouts are there
/// as long as they have Pods.
#[must_use]
pub fn rows(release: &Release, named: &[Named], world: &World, now: Timestamp) -> Vec<Row> {
    if release.remote() {
        return Vec::new();
    }
    let ids: BTreeSet<ObjectId> = named.iter().map(|named| named.id.clone()).collect();
    let by_id: BTreeMap<&ObjectId, &Named> = named.iter().map(|named| (&named.id, named)).collect();
    let mut blocks: Vec<Vec<Row>> = Vec::new();
    let mut here = BTreeSet::new();
    for id in world.roots(release, &ids) {
        // The name is that of the manifest, which may leave the namespace out.
        let bare = ObjectId { namespace: String::new(), ..(*id).clone() };
        let by_name = by_id.get(&*id).or_else(|| by_id.get(&bare));
        here.extend(by_name.map(|named| &named.id));
        let Some(glance) = world.glance(&id, now) else { continue };
        let role = by_name.map_or(glance.role, |named| named.role);
        let mut block = Vec::new();
        push(world, &id, &glance, (0, role), now, &mut block);
        if let Some(row) = block.first_mut().filter(|_| is_leaving(release) && is_kept(world, &id)) {
            row.message = "kept, as its resource policy has it".to_owned();
        }
        blocks.push(block);
    }
    // What another one owns stands below that.
    let absent = named.iter().filter(|named| !here.contains(&named.id) && world.find(&named.id, release).is_none());
    blocks.extend(absent.map(|named| vec![absence(named, world.sight_of(&named.id, release), release)]));
    blocks.sort_by(|a, b| a.first().map(order).cmp(&b.first().map(order)));
    blocks.concat()
}

/// How many objects of the release are well, by its rows; hooks and tests are not counted.
#[must_use]
pub fn counts(rows: &[Row]) -> Counts {
    let mut counts = Counts::default();
    for row in rows.iter().filter(|row| row.depth == 0 && row.role == Role::Release) {
        match row.status.as_str() {
            FORBIDDEN | NOT_SERVED => counts.hidden += 1,
            LOADING | GONE => {}
            status => {
                counts.total += 1;
                counts.ready += usize::from(row.severity == Severity::Good);
                counts.assumed += usize::from(row.severity == Severity::Good && status == ASSUMED);
                counts.missing += usize::from(status == MISSING);
            }
        }
    }
    counts
}

const MISSING: &str = "Missing";
const FORBIDDEN: &str = "Forbidden";
const NOT_SERVED: &str = "NotServed";
const LOADING: &str = "Loading";
const GONE: &str = "Gone";
const ASSUMED: &str = "Current (assumed)";

fn order(row: &Row) -> (Role, Severity, &str, &str, &str) {
    (row.role, row.severity, &row.id.kind, &row.id.namespace, &row.id.name)
}

/// An object and what it owns. Answers how often the containers below were started again, if there are any.
fn push(
    world: &World,
    id: &ObjectId,
    glance: &Glance,
    (depth, role): (usize, Role),
    now: Timestamp,
    rows: &mut Vec<Row>,
) -> Option<u64> {
    let place = rows.len();
    rows.push(Row {
        depth,
        role,
        id: id.clone(),
        status: status(glance),
        severity: glance.severity,
        message: glance.message.clone(),
        created: glance.created,
        deleting: glance.deleting.clone(),
        restarts: None,
        containers: glance.containers.clone(),
    });
    let is_pod = WatchedKind::of(&id.group, &id.kind) == Some(WatchedKind::Pod);
    let mut restarts = is_pod.then_some(glance.restarts);
    for (child, glance) in below(world, id, depth, now) {
        let of_child = push(world, child, &glance, (depth + 1, Role::Child), now, rows);
        restarts = [restarts, of_child].into_iter().flatten().reduce(u64::saturating_add);
    }
    if let Some(row) = rows.get_mut(place) {
        row.restarts = restarts;
    }
    restarts
}

/// kstatus's word, and what it leaves out: that nothing was reported, or that what it calls done is broken.
fn status(glance: &Glance) -> String {
    match glance.status {
        Status::Current if glance.assumed => ASSUMED.to_owned(),
        Status::Current if glance.severity == Severity::Bad => "Current (broken)".to_owned(),
        status => status.to_string(),
    }
}

fn below<'a>(world: &'a World, id: &ObjectId, depth: usize, now: Timestamp) -> Vec<(&'a ObjectId, Glance)> {
    if depth >= DEPTH {
        return Vec::new();
    }
    let children = world.children_of(id).map(|child| &**child);
    // A claim of the release has its own row.
    let claims = world.claims_of(id).map(|claim| &**claim).filter(|claim| !world.is_root(claim));
    let mut below: Vec<(&ObjectId, Glance)> =
        children.chain(claims).filter_map(|child| Some((child, world.glance(child, now)?))).collect();
    below.sort_by_key(|(id, glance)| {
        (Reverse(glance.rollout), glance.severity, Reverse(glance.created), id.kind.as_str(), id.name.as_str())
    });
    let mut newest = true;
    below.retain(|(id, _)| {
        let is_set = WatchedKind::of(&id.group, &id.kind) == Some(WatchedKind::ReplicaSet);
        let kept = !is_set || newest || world.children_of(id).next().is_some();
        newest &= !is_set;
        kept
    });
    below
}

fn absence(named: &Named, sight: Sight, release: &Release) -> Row {
    let (status, severity, message) = match (sight, named.role) {
        (Sight::Forbidden, _) => (FORBIDDEN, Severity::Unknown, "you may not list this kind here".to_owned()),
        (Sight::NotServed, _) => {
            (NOT_SERVED, Severity::Unknown, format!("the cluster does not serve {}", named.api_version))
        }
        (Sight::Loading | Sight::Unwatched, _) => (LOADING, Severity::Unknown, String::new()),
        (Sight::Whole | Sight::Old, Role::Hook | Role::Test) => {
            let (severity, message) = match &named.last_run {
                Some(HookPhase::Succeeded) => (Severity::Good, "its last run succeeded"),
                Some(HookPhase::Failed) => (Severity::Bad, "its last run failed"),
                Some(HookPhase::Running) => (Severity::Waiting, "its last run did not end"),
                Some(HookPhase::Unknown(_)) => (Severity::Unknown, "how its last run ended is not known"),
                None => (Severity::Good, "it has not run"),
            };
            (GONE, severity, message.to_owned())
        }
        (Sight::Whole | Sight::Old, Role::Release | Role::Child) if named.goes => {
            (GONE, Severity::Good, "a Job may go by itself when it has ended".to_owned())
        }
        (Sight::Whole | Sight::Old, Role::Release | Role::Child) => {
            if is_leaving(release) {
                (GONE, Severity::Good, "gone, as it should be".to_owned())
            } else if World::expects(release) {
                (MISSING, Severity::Bad, "the release names it, and it is not there".to_owned())
            } else {
                (MISSING, Severity::Waiting, "not there yet, or no longer".to_owned())
            }
        }
    };
    Row {
        depth: 0,
        role: named.role,
        id: named.id.clone(),
        status: status.to_owned(),
        severity,
        message,
        created: None,
        deleting: None,
        restarts: None,
        containers: Vec::new(),
    }
}

/// Whether the release is uninstalled or being so: its objects are meant to go, but those that are kept.
fn is_leaving(release: &Release) -> bool {
    let deleting = release.helm_release.as_ref().is_some_and(|object| object.deleting.is_some());
    deleting || matches!(release.status, Some(ReleaseStatus::Uninstalled | ReleaseStatus::Uninstalling))
}

/// Whether Helm leaves an object when it uninstalls. Source: helm v4.2.4 `pkg/action/resource_policy.go`.
fn is_kept(world: &World, id: &ObjectId) -> bool {
    let annotations = world.body(id).and_then(|object| object.body.pointer("/metadata/annotations"));
    let policy = annotations.and_then(|all| all.get("helm.sh/resource-policy")).and_then(serde_json::Value::as_str);
    policy.is_some_and(|policy| policy.trim().eq_ignore_ascii_case("keep"))
}

/// How bad kstatus's word is by itself.
pub(in crate::health) fn severity(status: Status) -> Severity {
    match status {
        Status::Failed | Status::NotFound => Severity::Bad,
        Status::InProgress | Status::Terminating => Severity::Waiting,
        Status::Unknown => Severity::Unknown,
        Status::Current => Severity::Good,
    }
}
