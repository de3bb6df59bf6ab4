//! What was read of one release, put together for [`explain`]: the screen and the commands do it alike.

use std::cmp::Reverse;

use jiff::Timestamp;

use super::{Known, Why, explain};
use crate::health::World;
use crate::health::objects::Named;
use crate::release::flux::HELM_GROUP;
use crate::release::payload::Payload;
use crate::release::{Catalog, Controller, Event, ObjectId, Problem, Release};

/// What was read of one release.
#[derive(Debug, Clone, Copy)]
pub struct Read<'a> {
    /// The objects of Flux, the stored revisions, and what may be seen.
    pub catalog: &'a Catalog,
    /// The objects of the release: those of a world of its own where there is one.
    pub world: &'a World,
    /// What the release names.
    pub named: &'a [Named],
    /// The payloads that [`super::telling_payloads`] names, as far as they were read.
    pub payloads: &'a [&'a Payload],
    /// The Deployments of the controller that [`super::asks_for`] names; `None` as long as nobody asked.
    pub controllers: Option<&'a Result<Vec<Controller>, Problem>>,
    /// The time.
    pub now: Timestamp,
}

/// Why a release is as it is, by all that was read of it.
#[must_use]
pub fn explain_read(release: &Release, read: Read<'_>) -> Why {
    let Read { catalog, world, named, payloads, controllers, now } = read;
    let standing = world.standing_of(release, named, now);
    let (events, replica_sets) = (events(release, named, world), world.replica_sets().collect::<Vec<_>>());
    let (standing, events, replica_sets) = (&standing, &events, &replica_sets);
    explain(release, Known { catalog, standing, events, replica_sets, payloads, controllers, now })
}

/// The Events about the objects of a release and about its HelmRelease, newest first.
#[must_use]
pub fn events<'a>(release: &Release, named: &[Named], world: &'a World) -> Vec<&'a Event> {
    let mut events = world.events_of(release, named);
    if let Some(object) = &release.helm_release {
        let id = ObjectId::new(HELM_GROUP, "HelmRelease", &object.key.namespace, &object.key.name);
        events.extend(world.events(Some(&id)));
        events.sort_by_key(|event| (Reverse(event.last), &event.key));
    }
    events
}
