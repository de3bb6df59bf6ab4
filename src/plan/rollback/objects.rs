//! What is written to each object, and what is deleted.
//!
//! Source: helm.sh/helm v4.3.1 `pkg/kube/client.go` (update, createResource, patchResourceServerSide, patchResourceClientSide,
//! upgradeClientSideFieldManager).

use serde_json::Value;

use super::Steps;
use super::seen::{Object, Seen};
use crate::ownership::next::{NextWrite, Write};
use crate::ownership::own::Method;
use crate::ownership::patch::{
    ClientSideUpgrade, Helm, Method as PatchMethod, Migration, Patch, client_side_patch, is_merged_by_type,
    migration_patch,
};
use crate::plan::preflight::seen::{Live, Target};
use crate::plan::step::{Body, Request, Verb};
use crate::plan::{Effect, EffectVerb, OnError, Phase, StepId, Task, When, seen_as};

/// What is done about one object.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Deed {
    /// This is sent.
    Write(Box<NextWrite>),
    /// Nothing is sent: for Helm nothing changed.
    Nothing,
    /// It is not known what to send, and why.
    Unknown(String),
}

/// The annotation by which an object stays.
const POLICY: &str = "/metadata/annotations/helm.sh~1resource-policy";

/// Whether an object is told to stay. It is the object that tells, not the manifest, and exactly so.
pub(super) fn is_kept(live: &Value) -> bool {
    live.pointer(POLICY).is_some_and(|policy| policy == "keep")
}

impl Seen {
    /// What is tried before anybody says yes: the write of each object, by its place.
    #[must_use]
    pub fn attempts(&self) -> Vec<(usize, NextWrite)> {
        let manager = self.managers().own;
        let all = self.objects.iter().enumerate();
        all.filter_map(|(place, object)| match self.deed(object, &manager) {
            Deed::Write(next) => Some((place, *next)),
            Deed::Nothing | Deed::Unknown(_) => None,
        })
        .collect()
    }

    pub(super) fn deed(&self, object: &Object, manager: &str) -> Deed {
        let Object { target, sent, .. } = object;
        if target.is_name_generated {
            return Deed::Unknown(
                "its name is made by the server: Helm looks for it by a name that it has not".to_owned(),
            );
        }
        let write = match (&target.live, self.method()) {
            (Live::Missing | Live::There(..), Method::ServerSide) => {
                Write::Apply { is_forced: self.options.force_conflicts, configuration: sent.clone() }
            }
            (Live::Missing, Method::ClientSide) => Write::Create(sent.clone()),
            (Live::There(live, _), Method::ClientSide) => match self.patch(object, live) {
                Ok(Some(patch)) => Write::Patch(patch),
                Ok(None) => return Deed::Nothing,
                Err(why) => return Deed::Unknown(why),
            },
            (Live::Untold(why), _) => return Deed::Unknown(why.clone()),
            (Live::Unserved, _) => return Deed::Unknown("its kind is not served".to_owned()),
        };
        Deed::Write(Box::new(NextWrite {
            api_version: target.api_version.clone(),
            kind: target.id.kind.clone(),
            namespace: target.id.namespace.clone(),
            name: target.id.name.clone(),
            manager: manager.to_owned(),
            write,
        }))
    }

    fn patch(&self, object: &Object, live: &Value) -> Result<Option<Patch>, String> {
        let typed = self.typed(&object.target);
        if typed.is_deduced() && is_merged_by_type(&object.sent) {
            return Err("its type is not known, and its patch is made by it".to_owned());
        }
        let upgrade = ClientSideUpgrade {
            helm: Helm::Four,
            original: object.original.as_ref(),
            target: &object.sent,
            live,
            types: (!typed.is_deduced()).then_some(typed),
            force: false,
            take_ownership: false,
        };
        client_side_patch(&upgrade).map_err(|fault| format!("failed to create patch: {fault}"))
    }
}

/// Steps that make objects, for whoever cleans up after a failure: which object, by which step.
pub(super) type Made<'s> = Vec<(&'s Target, StepId)>;

/// Writes each object in the order of the manifest, then deletes what it has no more.
pub(super) fn write<'s>(seen: &'s Seen, effects: &[Effect], steps: &mut Steps) -> Made<'s> {
    let manager = seen.managers().own;
    let mut made = Made::new();
    for object in &seen.objects {
        let Deed::Write(next) = seen.deed(object, &manager) else { continue };
        let Some(request) = request(seen, object, *next) else { continue };
        let (target, says) = (&object.target, says(&object.target, effects));
        let Live::There(live, _) = &target.live else {
            // Helm goes no further where an object cannot be made.
            made.push((target, steps.push(Phase::Apply, says, Task::Send(request), OnError::End, When::Always)));
            continue;
        };
        let migration = match seen.method() {
            Method::ServerSide => migration(seen, target, live, &manager, steps),
            Method::ClientSide => None,
        };
        let when = migration.map_or(When::Always, When::Done);
        steps.push(Phase::Apply, says, Task::Send(request), OnError::Collect, when);
    }
    for target in &seen.removed {
        remove(seen, target, steps);
    }
    made
}

/// Helm moves what its updates own to its applies before each apply of a rollback, whatever was before.
fn migration(seen: &Seen, target: &Target, live: &Value, manager: &str, steps: &mut Steps) -> Option<StepId> {
    let wanted = Migration { from: &[manager], to: manager, subresource: "" };
    // What cannot be read is refused by the server as well: the apply tells.
    migration_patch(live, &wanted).ok().flatten()?;
    let body = Body::Migration { managers: vec![manager.to_owned()], to: manager.to_owned() };
    let request = Request { verb: Verb::JsonPatch, body, ..address(seen, target, manager)? };
    let says = format!("{} {}: what {manager} updated becomes what it applies", target.id.kind, target.id.name);
    Some(steps.push(Phase::Apply, says, Task::Send(request), OnError::Collect, When::Always))
}

fn remove(seen: &Seen, target: &Target, steps: &mut Steps) {
    let Live::There(live, _) = &target.live else { return };
    if is_kept(live) {
        return;
    }
    let Some(address) = address(seen, target, "") else { return };
    let request = Request { verb: Verb::Delete, ..address };
    let says = format!("{} {}: it is in the manifest no more", target.id.kind, target.id.name);
    steps.push(Phase::Remove, says, Task::Send(request), OnError::Collect, When::Always);
}

/// Deletes what this run made.
pub(super) fn clean_up(seen: &Seen, target: &Target, id: StepId, steps: &mut Steps) {
    let Some(address) = address(seen, target, "") else { return };
    let request = Request { verb: Verb::Delete, ..address };
    let says = format!("{} {}: made by this rollback", target.id.kind, target.id.name);
    steps.push(Phase::Failed, says, Task::Send(request), OnError::GoOn, When::Done(id));
}

fn request(seen: &Seen, object: &Object, next: NextWrite) -> Option<Request> {
    let (verb, body) = match next.write {
        Write::Apply { is_forced, configuration } => (Verb::Apply { force: is_forced }, configuration),
        Write::Create(object) => (Verb::Create, object),
        Write::Patch(Patch { method, body }) => (
            match method {
                PatchMethod::StrategicMerge => Verb::StrategicPatch,
                PatchMethod::JsonMerge => Verb::MergePatch,
                PatchMethod::Replace => Verb::Replace,
            },
            body,
        ),
    };
    Some(Request { verb, body: Body::Json(body), ..address(seen, &object.target, &next.manager)? })
}

/// To which object, as it was seen.
fn address(seen: &Seen, target: &Target, manager: &str) -> Option<Request> {
    let text = |pointer: &str| target.there()?.pointer(pointer)?.as_str().map(str::to_owned);
    Some(Request {
        verb: Verb::Delete,
        api_version: target.api_version.clone(),
        resource: seen.plural(target)?.to_owned(),
        object: target.id.clone(),
        manager: manager.to_owned(),
        uid: text("/metadata/uid"),
        resource_version: text("/metadata/resourceVersion"),
        digest: target.there().map(seen_as),
        body: Body::Empty,
    })
}

/// What becomes of an object, in a line.
fn says(target: &Target, effects: &[Effect]) -> String {
    let name = format!("{} {}", target.id.kind, target.id.name);
    let Some(effect) = effects.iter().find(|effect| effect.object == target.id) else { return name };
    match (effect.verb, effect.fields.as_slice()) {
        (EffectVerb::Create, _) => format!("{name}: it is made"),
        (EffectVerb::None, _) => format!("{name}: already matches"),
        (_, []) => name,
        (_, [first, rest @ ..]) => {
            let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "none".to_owned());
            let change = format!("{name}: {} {} -> {}", first.path, value(&first.old), value(&first.new));
            if rest.is_empty() { change } else { format!("{change}, and {} more", rest.len()) }
        }
    }
}
