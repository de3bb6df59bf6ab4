//! Taking a former manager off the objects of a release, so that nothing that it left behind stays alive.
//!
//! A field leaves an object when its applier drops it and nobody else owns it. A manager that does not write any more drops
//! nothing: what it owns stays for ever. What it applied is dropped by an apply of nothing in its name; what it updated is made
//! part of what the release's own manager applies, whose next apply drops what the manifest has not.
//!
//! Sources: kubernetes `server-side-apply.md` (Transferring ownership), sigs.k8s.io/structured-merge-diff v6 `merge/update.go`;
//! k8s.io/client-go v0.36.3 `util/csaupgrade/upgrade.go`.

use serde_json::{Value, json};

use super::preflight::seen::{Live, Seen, Target};
use super::{
    Action, Body, Confirm, Effect, EffectVerb, FieldEffect, Loss, OnError, Phase, Plan, Precondition, Request,
    Standing, Step, StepId, Task, Verb, When, pods, seen_as,
};
use crate::ownership::classes::Class;
use crate::ownership::fate::Outcome;
use crate::ownership::next::{Writer, computed};
use crate::ownership::own::{Managers, Method, Pair};
use crate::ownership::patch::{Helm, Migration, migration_patch};
use crate::ownership::undo::quoted;
use crate::ownership::words::text_of;
use crate::ownership::{Operation, Path, at, blame};
use crate::release::mask::Masker;

/// Plans to take `manager` off the objects of a release.
#[must_use]
pub fn plan(manager: &str, seen: &Seen) -> Plan {
    let pairs: Vec<Pair<'_>> = seen.pairs().into_iter().map(|(_, pair)| pair).collect();
    let writing = seen.writing();
    let managers = Managers::read(&pairs, seen.last_method(), writing.expected, writing.settings);
    let mut found = Found::new(manager, &managers, seen, writing.masker);
    seen.objects.iter().for_each(|target| found.look(target));
    let Found { steps, effects, losses, notes, commands, unmet, .. } = found;
    let fields =
        effects.iter().flat_map(|effect| effect.fields.iter().map(|field| (&effect.object, field.path.as_str())));
    let replaced = pods::replaced(fields, |object| seen.objects.iter().find(|target| target.id == *object)?.there());
    let notes = replaced.into_iter().chain(notes).collect();
    let (namespace, name) = match &seen.release.helm_release {
        Some(object) => (object.key.namespace.clone(), object.key.name.clone()),
        None => (seen.release.id.storage_namespace.clone(), seen.release.id.name.clone()),
    };
    let changed = effects.iter().map(|effect| effect.fields.len()).sum();
    let undo = match changed {
        0 => vec!["nothing undoes it: no field changes, and who owned it is not kept".to_owned()],
        _ => vec![format!(
            "what goes can be written again: the {} above, by kubectl or in the chart",
            count(changed, "value")
        )],
    };
    let mut preconditions = preconditions(manager, &managers, seen, &steps);
    preconditions.extend(unmet);
    preconditions.sort_by_key(|one| one.state);
    Plan {
        action: Action::Disown { manager: manager.to_owned() },
        title: format!("Disown {manager} of the objects of {namespace}/{name}"),
        ways: Vec::new(),
        proposal: None,
        confirm: Confirm::Typed(name.clone()),
        namespace,
        name,
        preconditions,
        rights: Vec::new(),
        steps,
        otherwise: Vec::new(),
        effects,
        losses,
        notes,
        undo,
        commands,
        masker: writing_masker(seen),
    }
}

fn writing_masker(seen: &Seen) -> Masker {
    seen.writing().masker
}

/// What has to be so of the manager and of the release.
fn preconditions(manager: &str, managers: &Managers, seen: &Seen, steps: &[Step]) -> Vec<Precondition> {
    let one = |state, says: String, evidence: &str, remedy: &str| Precondition {
        state,
        says,
        evidence: evidence.to_owned(),
        remedy: remedy.to_owned(),
    };
    let (class, why) = managers.class(manager);
    let of_manager = match class {
        Class::Own => one(
            Standing::Unmet,
            format!("{manager} is the release's own manager: everything that it applied would go"),
            &why,
            "name a former one: `wheelhouse owners` lists them",
        ),
        Class::Controller => one(
            Standing::Unmet,
            format!("{manager} is a controller that runs: it would write again"),
            &why,
            "switch it off, or leave its fields out of the chart",
        ),
        Class::GitOps | Class::Other => {
            let says = format!("{manager} may still write: then it owns its fields again");
            one(Standing::Unknown, says, &why, "")
        }
        Class::Former => one(Standing::Met, format!("{manager} is a former manager"), &why, ""),
        Class::Person => one(Standing::Met, format!("{manager} is what a person used"), &why, ""),
        Class::Ours => one(Standing::Met, format!("{manager} is this program"), &why, ""),
    };
    let mut all = vec![of_manager];
    if steps.is_empty() {
        let says = format!("no object of the release has anything of {manager} that can be taken off");
        all.push(one(Standing::Unmet, says, "managedFields", "`wheelhouse owners` lists who owns what"));
    }
    let unread: Vec<String> = seen
        .objects
        .iter()
        .filter_map(|target| match &target.live {
            Live::Untold(why) => Some(format!("{} {}: {why}", target.id.kind, target.id.name)),
            Live::There(..) | Live::Missing | Live::Unserved => None,
        })
        .collect();
    if !unread.is_empty() {
        let says = format!("{} cannot be read: {manager} stays on what it has there", count(unread.len(), "object"));
        all.push(one(Standing::Unknown, says, &unread.join("; "), ""));
    }
    all
}

/// What was found so far.
struct Found<'s> {
    manager: &'s str,
    managers: &'s Managers,
    seen: &'s Seen,
    masker: Masker,
    steps: Vec<Step>,
    effects: Vec<Effect>,
    losses: Vec<Loss>,
    notes: Vec<String>,
    commands: Vec<String>,
    unmet: Vec<Precondition>,
}

impl<'s> Found<'s> {
    fn new(manager: &'s str, managers: &'s Managers, seen: &'s Seen, masker: Masker) -> Self {
        Self {
            manager,
            managers,
            seen,
            masker,
            steps: Vec::new(),
            effects: Vec::new(),
            losses: Vec::new(),
            notes: Vec::new(),
            commands: Vec::new(),
            unmet: Vec::new(),
        }
    }

    /// What of an object the manager has, and how it is taken off.
    fn look(&mut self, target: &Target) {
        let (Some(live), Some(resource)) = (target.there(), self.seen.plural(target)) else { return };
        let typed = self.seen.typed(target);
        let known = blame(live, typed);
        let mut fields = Vec::new();
        // All of its updates are handed over at once.
        let mut handed = None;
        let (mut shared, mut others) = (0, Vec::new());
        for (place, entry) in known.entries.iter().enumerate() {
            if entry.manager != self.manager || !entry.subresource.is_empty() {
                continue;
            }
            let paths: Vec<&Path> = known.leaves_of(place).map(|leaf| &leaf.path).collect();
            let after = match entry.operation {
                Operation::Apply => self.dropped(target, resource, &entry.api_version, live),
                Operation::Update => handed.get_or_insert_with(|| self.handed_over(target, resource, live)).clone(),
                Operation::Other(_) => None,
            };
            for leaf in known.leaves_of(place).filter(|leaf| leaf.owners.len() > 1) {
                shared += 1;
                let names = leaf.owners.iter().filter_map(|owner| known.entries.get(*owner));
                others.extend(names.map(|entry| entry.manager.clone()).filter(|name| name != self.manager));
            }
            let Some(after) = after else { continue };
            for path in paths {
                let (before, then) = (at(live, path, typed), at(&after, path, typed));
                if before.is_some() && before != then {
                    fields.push(self.effect(target, path, (before, then), entry.operation == Operation::Apply, live));
                }
            }
        }
        if shared > 0 {
            others.sort();
            others.dedup();
            self.notes.push(format!(
                "{} {}: {} lose {} and stay with {}",
                target.id.kind,
                target.id.name,
                count(shared, "field"),
                self.manager,
                others.join(", ")
            ));
        }
        if !fields.is_empty() {
            self.effects.push(Effect { object: target.id.clone(), verb: EffectVerb::Change, fields });
        }
    }

    /// What the manager applied: an apply of nothing. What the object is then; `None` where that is not known.
    fn dropped(&mut self, target: &Target, resource: &str, api_version: &str, live: &Value) -> Option<Value> {
        let metadata = match target.id.namespace.as_str() {
            "" => json!({"name": target.id.name}),
            namespace => json!({"name": target.id.name, "namespace": namespace}),
        };
        let nothing = json!({"apiVersion": api_version, "kind": target.id.kind, "metadata": metadata});
        let pair = Pair { manifest: &nothing, live, typed: self.seen.typed(target) };
        let writer = Writer { manager: self.manager, method: Method::ServerSide, is_forced: false, helm: Helm::Four };
        let after = computed(&pair, None, writer, self.seen.now);
        self.commands.push(format!(
            "echo {} | kubectl apply --server-side --field-manager={} -f -",
            quoted(&nothing.to_string()),
            quoted(self.manager)
        ));
        let says = format!("an apply of nothing: what only {} applied goes at once", self.manager);
        self.send(target, (resource, api_version), Verb::Apply { force: false }, Body::Json(nothing), live, says);
        self.known(target, after)
    }

    /// What the manager updated: from now on it is what the release's own manager applied. What the object is after its next
    /// apply; `None` where that is not known.
    fn handed_over(&mut self, target: &Target, resource: &str, live: &Value) -> Option<Value> {
        let own = self.managers.own.clone();
        if self.managers.method == Method::ClientSide {
            self.notes.push(format!(
                "{} {}: the release is written by patches, which drop only what an older manifest had: {} keeps its updates",
                target.id.kind, target.id.name, self.manager
            ));
            return None;
        }
        let migration = Migration { from: &[self.manager], to: &own, subresource: "" };
        let patch = migration_patch(live, &migration).ok().flatten()?;
        let mut migrated = live.clone();
        *migrated.pointer_mut("/metadata/managedFields")? = patch.pointer("/0/value")?.clone();
        let pair = Pair { manifest: &target.wanted, live: &migrated, typed: self.seen.typed(target) };
        let writer = Writer { manager: &own, method: Method::ServerSide, is_forced: true, helm: Helm::Four };
        let after = computed(&pair, None, writer, self.seen.now);
        let says =
            format!("hands what {} updated to {own}: what the manifest has not goes with its next apply", self.manager);
        let body = Body::Migration { managers: vec![self.manager.to_owned()], to: own };
        self.send(target, (resource, &target.api_version), Verb::JsonPatch, body, live, says);
        self.known(target, after)
    }

    fn known(&mut self, target: &Target, after: Outcome) -> Option<Value> {
        match after {
            Outcome::Written(after) => Some(*after),
            Outcome::Conflicts(_, after) => after.map(|after| *after),
            Outcome::Failed(why) => {
                self.notes.push(format!("{} {}: what goes is not known: {why}", target.id.kind, target.id.name));
                self.effects.push(Effect { object: target.id.clone(), verb: EffectVerb::Unknown, fields: Vec::new() });
                None
            }
        }
    }

    fn send(
        &mut self,
        target: &Target,
        (resource, api_version): (&str, &str),
        verb: Verb,
        body: Body,
        live: &Value,
        says: String,
    ) {
        let text = |pointer: &str| live.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        let request = Request {
            verb,
            api_version: api_version.to_owned(),
            resource: resource.to_owned(),
            object: target.id.clone(),
            manager: match &body {
                Body::Migration { to, .. } => to.clone(),
                Body::Empty | Body::Json(_) | Body::Stored(_) => self.manager.to_owned(),
            },
            uid: text("/metadata/uid"),
            resource_version: text("/metadata/resourceVersion"),
            digest: Some(seen_as(live)),
            body,
        };
        self.steps.push(Step {
            id: StepId(self.steps.len() + 1),
            phase: Phase::Apply,
            says,
            task: Task::Send(request),
            on_error: OnError::Collect,
            when: When::Always,
        });
    }

    fn effect(
        &mut self,
        target: &Target,
        path: &Path,
        (before, then): (Option<&Value>, Option<&Value>),
        is_at_once: bool,
        live: &Value,
    ) -> FieldEffect {
        let shown = |value: Option<&Value>, whole: &Value| {
            value.map(|_| {
                // What of the whole object is secret is known by where it stands.
                let masked = self.masker.values(whole);
                at(&masked, path, self.seen.typed(target)).map(text_of).unwrap_or_default()
            })
        };
        let old = shown(before, live);
        let new = then.map(|value| self.masker.text(&text_of(value)));
        let wanted = at(&target.wanted, path, self.seen.typed(target));
        if is_at_once && then.is_none() && wanted.is_some() {
            self.unmet.push(Precondition {
                state: Standing::Unmet,
                says: format!(
                    "{} {}: {path} is in the manifest, and nobody but {} owns it: it would go",
                    target.id.kind, target.id.name, self.manager
                ),
                evidence: "managedFields".to_owned(),
                remedy: "have the release written first, so that its own manager owns it: reconcile it, or upgrade it"
                    .to_owned(),
            });
        }
        match self.managers.class(self.manager).0 {
            Class::Person => self.losses.push(Loss {
                object: target.id.clone(),
                path: path.to_string(),
                manager: self.manager.to_owned(),
                value: old.clone().unwrap_or_default(),
                becomes: new.clone().unwrap_or_else(|| "nothing".to_owned()),
            }),
            Class::Own | Class::Former | Class::Controller | Class::GitOps | Class::Other | Class::Ours => {}
        }
        FieldEffect { path: path.to_string(), old, new, conflict: String::new() }
    }
}

fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}
