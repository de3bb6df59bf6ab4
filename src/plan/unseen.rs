//! Plans of actions on what is stored of a release, for who may not read that: what is missing stands in them, and nothing is run.

use super::action::Rollback;
use super::preflight::seen::Right;
use super::{Action, Confirm, NeededRight, Plan, Precondition, Standing};
use crate::release::codec::Driver;
use crate::release::mask::Masker;
use crate::release::{Problem, Release};

/// The plan of an action that needs what is stored of a release, where that may not be read; `None` for actions that do not need it.
/// Whether the user has the rights that it names is still to be asked.
#[must_use]
pub fn plan(action: &Action, release: &Release, problem: &Problem) -> Option<Plan> {
    let (namespace, name) = (release.namespace.clone(), release.id.name.clone());
    let (title, verbs): (String, &[&str]) = match action {
        Action::Reconcile { .. } | Action::Reset | Action::Force | Action::Suspend { .. } | Action::Resume => {
            return None;
        }
        Action::Rollback(Rollback { to, .. }) => {
            let to = to.map_or_else(|| "the last healthy revision".to_owned(), |to| to.to_string());
            (format!("Roll back {namespace}/{name} to {to}"), &["list", "get", "create", "update"])
        }
        Action::Unlock => (format!("Unlock {namespace}/{name}"), &["list", "get", "update"]),
        Action::Disown { manager } => {
            (format!("Disown {manager} of the objects of {namespace}/{name}"), &["list", "get"])
        }
    };
    let storage = &release.id.storage_namespace;
    let resource = match release.id.driver {
        Driver::Secret => "secrets",
        Driver::ConfigMap => "configmaps",
    };
    let right = |verb: &&'static str| NeededRight {
        right: Right { group: String::new(), resource: resource.to_owned(), namespace: storage.clone(), verb },
        name: String::new(),
        state: Standing::Unknown,
        why: String::new(),
    };
    let unread = Precondition {
        state: Standing::Unmet,
        says: "what is stored of it can be read".to_owned(),
        evidence: problem.cause.clone(),
        remedy: format!("ask for {} on {resource} in {storage}, or use another context", verbs.join(", ")),
    };
    Some(Plan {
        action: action.clone(),
        title,
        preconditions: vec![unread],
        rights: verbs.iter().map(right).collect(),
        steps: Vec::new(),
        otherwise: Vec::new(),
        effects: Vec::new(),
        losses: Vec::new(),
        notes: vec!["what it would do is not known: that stands in what is stored".to_owned()],
        undo: Vec::new(),
        commands: Vec::new(),
        ways: Vec::new(),
        proposal: None,
        confirm: Confirm::Typed(name.clone()),
        masker: Masker::default(),
        namespace,
        name,
    })
}
