//! One object as a row shows it.

use jiff::Timestamp;

use super::standing::List;
use super::{Id, World};
use crate::health::complaint::Weight;
use crate::health::kstatus::Status;
use crate::health::objects::{Container, Role, Severity, severity};
use crate::health::pods;
use crate::release::ObjectId;

/// What a row shows of an object.
pub(in crate::health) struct Glance {
    pub role: Role,
    pub status: Status,
    pub assumed: bool,
    pub severity: Severity,
    pub message: String,
    pub created: Option<Timestamp>,
    pub deleting: Option<(Timestamp, Vec<String>)>,
    pub restarts: u64,
    pub rollout: u32,
    pub containers: Vec<Container>,
}

impl World {
    /// What a row shows of an object. One that names a release is judged with all that it owns.
    pub(in crate::health) fn glance(&self, id: &ObjectId, now: Timestamp) -> Option<Glance> {
        let (id, node) = self.objects.get_key_value(id)?;
        let said = node.said_at(now).map(|said| said.message.clone()).unwrap_or_default();
        let (status, severity, message) = if self.owner(id).is_none() && !node.bare {
            self.of_root(id, said, now)
        } else {
            let status = node.status_at(now);
            let stuck = node.stuck_at().is_some_and(|at| at <= now);
            let broken = node.complaint.as_ref().filter(|complaint| complaint.weight.is_broken());
            let telling = node.complaint.as_ref().filter(|complaint| complaint.weight < Weight::Starting);
            let severity = match status {
                Status::Terminating if stuck => Severity::Bad,
                Status::Current | Status::InProgress | Status::Unknown if broken.is_some() => Severity::Bad,
                _ if node.bare => Severity::Unknown,
                other => severity(other),
            };
            (status, severity, telling.map_or(said, |complaint| complaint.text.clone()))
        };
        Some(Glance {
            role: node.role,
            status,
            assumed: node.assumed && severity == Severity::Good,
            severity,
            message,
            created: node.created,
            deleting: node.deleting.map(|at| (at, node.keepers().map(str::to_owned).collect())),
            restarts: node.restarts.into(),
            rollout: node.rollout,
            containers: node.body.as_ref().map(|object| pods::rows(&object.body)).unwrap_or_default(),
        })
    }

    fn of_root(&self, id: &Id, said: String, now: Timestamp) -> (Status, Severity, String) {
        let look = self.look(id, now);
        let severity = match (&look.trouble, look.list) {
            (None, _) => severity(look.status),
            (Some(_), List::Broken | List::Stuck) => Severity::Bad,
            (Some(_), List::Waiting) => Severity::Waiting,
            (Some(_), List::Unknown) => Severity::Unknown,
        };
        (look.status, severity, look.trouble.map_or(said, |trouble| trouble.text))
    }
}
