//! The rights that an action needs whatever its plan comes to: known without reading anything, so that who lacks one is told before
//! anything is planned. A plan asks for the rights of all its requests, which are more.

use super::action::Action;
use super::preflight::seen::Right;
use crate::release::Release;
use crate::release::codec::Driver;
use crate::release::flux::{ChartOrigin, HELM_GROUP, SOURCE_GROUP, SourceKind};

/// A right on one object, or on all of a namespace.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Need {
    /// What is needed.
    pub right: Right,
    /// Name of the object; empty for all of the namespace, and for what is made.
    pub name: String,
}

/// What an action surely writes. Nothing for a rollback of what Flux keeps: one of its ways is a change in Git.
#[must_use]
pub fn needs(action: &Action, release: &Release) -> Vec<Need> {
    let stores = |verbs: &[&'static str]| verbs.iter().map(|verb| stored(release, verb)).collect();
    match action {
        Action::Reconcile { with_source: true } => chart(release).into_iter().chain(helm_release(release)).collect(),
        Action::Reconcile { with_source: false }
        | Action::Reset
        | Action::Force
        | Action::Suspend { .. }
        | Action::Resume => helm_release(release).into_iter().collect(),
        Action::Rollback(_) if release.helm_release.is_none() => stores(&["create", "update"]),
        Action::Unlock => stores(&["update"]),
        Action::Rollback(_) | Action::Disown { .. } => Vec::new(),
    }
}

impl Need {
    /// It in words, without the namespace: `patch helmreleases.helm.toolkit.fluxcd.io`.
    #[must_use]
    pub fn words(&self) -> String {
        let Right { group, resource, verb, .. } = &self.right;
        let dot = if group.is_empty() { "" } else { "." };
        format!("{verb} {resource}{dot}{group}")
    }
}

fn helm_release(release: &Release) -> Option<Need> {
    let key = &release.helm_release.as_ref()?.key;
    let (group, resource) = (HELM_GROUP.to_owned(), "helmreleases".to_owned());
    let right = Right { group, resource, namespace: key.namespace.clone(), verb: "patch" };
    Some(Need { right, name: key.name.clone() })
}

/// Where the chart of a HelmRelease comes from: the object that is asked to look again in any case.
fn chart(release: &Release) -> Option<Need> {
    let object = release.helm_release.as_ref()?;
    let (kind, key) = match object.chart.as_ref()? {
        ChartOrigin::Template { .. } => (SourceKind::HelmChart, object.helm_chart.as_ref()?),
        ChartOrigin::Reference { kind, key } => (SourceKind::of(kind)?, key),
    };
    let (group, resource) = (SOURCE_GROUP.to_owned(), kind.plural().to_owned());
    let right = Right { group, resource, namespace: key.namespace.clone(), verb: "patch" };
    Some(Need { right, name: key.name.clone() })
}

fn stored(release: &Release, verb: &'static str) -> Need {
    let resource = match release.id.driver {
        Driver::Secret => "secrets",
        Driver::ConfigMap => "configmaps",
    };
    let namespace = release.id.storage_namespace.clone();
    Need { right: Right { group: String::new(), resource: resource.to_owned(), namespace, verb }, name: String::new() }
}
