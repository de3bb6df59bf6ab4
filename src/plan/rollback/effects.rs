//! What becomes of objects and their fields, and which hotfixes are lost by it.

use serde_json::Value;

use super::objects::{Deed, is_kept};
use super::seen::{Object, Seen};
use crate::diff::object_changes;
use crate::ownership::fate::{Blocked, Fate, Outcome};
use crate::ownership::found::Kind;
use crate::ownership::own::Method;
use crate::ownership::patch::Helm;
use crate::ownership::report::{Seen as Owned, Survey, Tried, Writing};
use crate::ownership::{at, texts_as_data};
use crate::plan::preflight::seen::{Live, Target};
use crate::plan::preflight::writes::migrated;
use crate::plan::{Effect, EffectVerb, FieldEffect, Loss};
use crate::release::mask::Masker;

/// In the order in which they come to be.
pub(super) fn effects(seen: &Seen) -> Vec<Effect> {
    let manager = seen.managers().own;
    let masker = masker(seen);
    let written =
        seen.objects.iter().enumerate().map(|(place, object)| of_object(seen, place, object, &manager, &masker));
    let removed = seen.removed.iter().filter_map(of_removed);
    written.chain(removed).collect()
}

/// What hides the secrets of the revisions.
pub(super) fn masker(seen: &Seen) -> Masker {
    let all = [&seen.target, &seen.current].into_iter().chain(&seen.deployed);
    let mut payloads = all.filter_map(|read| read.as_ref().ok());
    let mut masker = payloads.next().map(|payload| payload.masker().clone()).unwrap_or_default();
    payloads.for_each(|payload| masker.learn_from(payload.masker()));
    masker
}

fn of_object(seen: &Seen, place: usize, object: &Object, manager: &str, masker: &Masker) -> Effect {
    let effect = |verb, fields| Effect { object: object.target.id.clone(), verb, fields };
    let live = match (&object.target.live, seen.deed(object, manager)) {
        (Live::Missing, _) => return effect(EffectVerb::Create, Vec::new()),
        (_, Deed::Nothing) => return effect(EffectVerb::None, Vec::new()),
        (Live::There(live, _), Deed::Write(_)) => live,
        (Live::There(..) | Live::Untold(_) | Live::Unserved, _) => return effect(EffectVerb::Unknown, Vec::new()),
    };
    let (after, blocked) = match seen.tried.get(&place) {
        Some((_, Ok(outcome))) => match migrated(outcome.clone(), manager) {
            Outcome::Written(after) => (Some(*after), Vec::new()),
            Outcome::Conflicts(blocked, after) => (after.map(|after| *after), blocked),
            Outcome::Failed(_) => (None, Vec::new()),
        },
        Some((_, Err(_))) | None => (None, Vec::new()),
    };
    let Some(mut after) = after else { return effect(EffectVerb::Unknown, Vec::new()) };
    texts_as_data(&mut after);
    let mut fields: Vec<FieldEffect> = object_changes(live, &after, &seen.schema, masker)
        .into_iter()
        .map(|change| FieldEffect {
            path: change.field(),
            old: change.old.as_ref().map(text),
            new: change.new.as_ref().map(text),
            conflict: conflict(&blocked, &change.path.to_string()),
        })
        .collect();
    // Who is in the way of a field that would be as it is.
    let told = |blocked: &&Blocked| fields.iter().any(|field| is_about(&blocked.field, &field.path));
    let others: Vec<FieldEffect> = blocked
        .iter()
        .filter(|blocked| !told(blocked))
        .map(|blocked| FieldEffect {
            path: blocked.field.clone(),
            old: None,
            new: None,
            conflict: blocked.message.clone(),
        })
        .collect();
    fields.extend(others);
    effect(if fields.is_empty() { EffectVerb::None } else { EffectVerb::Change }, fields)
}

fn conflict(blocked: &[Blocked], path: &str) -> String {
    let about = blocked.iter().filter(|blocked| is_about(&blocked.field, path));
    about.map(|blocked| blocked.message.as_str()).collect::<Vec<&str>>().join("; ")
}

/// Whether a conflict is about the field, something in it, or a whole around it.
fn is_about(field: &str, path: &str) -> bool {
    let within = |inner: &str, outer: &str| {
        inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    within(field, path) || within(path, field)
}

fn of_removed(target: &Target) -> Option<Effect> {
    let verb = match &target.live {
        Live::There(live, _) if is_kept(live) => EffectVerb::Keep,
        Live::There(..) => EffectVerb::Delete,
        Live::Missing => return None,
        Live::Untold(_) | Live::Unserved => EffectVerb::Unknown,
    };
    Some(Effect { object: target.id.clone(), verb, fields: Vec::new() })
}

/// Fields that others wrote, and that are not as they left them after it.
pub(super) fn losses(seen: &Seen) -> Vec<Loss> {
    let managers = seen.managers();
    let own = managers.own.clone();
    let masker = masker(seen);
    let is_forced = seen.method() == Method::ServerSide && seen.options.force_conflicts;
    let kustomizations = Default::default();
    let writing = Writing {
        method: seen.method(),
        expected: &own,
        is_forced,
        corrects_drift: false,
        failed: None,
        settings: &seen.settings,
        kustomizations: &kustomizations,
        helm: Helm::Four,
        now: seen.now,
        masker: masker.clone(),
    };
    let mut owned = Vec::new();
    let mut tried: Vec<(_, Tried)> = Vec::new();
    let mut ids = Vec::new();
    for (place, object) in seen.objects.iter().enumerate() {
        let (Some(live), Some((next, Ok(outcome)))) = (object.target.there(), seen.tried.get(&place)) else { continue };
        owned.push(Owned { manifest: object.target.wanted.clone(), live: live.clone() });
        let outcome = migrated(outcome.clone(), &own);
        tried.push((next.clone(), Ok(outcome.clone())));
        ids.push((&object.target, outcome));
    }
    let report = Survey::by(managers, &owned, &seen.schema, &writing).report(&tried, "it was not tried");
    let mut losses = Vec::new();
    for (object, (target, outcome)) in report.objects.iter().zip(ids) {
        let Outcome::Written(after) = outcome else { continue };
        let (live, after) = (masker.values(target.there().unwrap_or(&Value::Null)), masker.values(&after));
        for told in &object.told {
            let is_lost = matches!(told.fate, Fate::Overwritten | Fate::Removed);
            if !is_lost || told.finding.kind != Kind::Hotfix || told.finding.holders.is_empty() {
                continue;
            }
            let found = |in_object: &Value| at(in_object, &told.finding.path, seen.typed(target)).map(text);
            losses.push(Loss {
                object: target.id.clone(),
                path: told.finding.path.to_string(),
                manager: object.holders(&told.finding).join(", "),
                value: found(&live).unwrap_or_else(|| "none".to_owned()),
                becomes: found(&after).unwrap_or_else(|| "none".to_owned()),
            });
        }
    }
    losses
}

/// A value in a line.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}
