//! The chart's values under those of the user, as Helm coalesces them.
//!
//! Source: helm v4.3.1 `pkg/chart/common/util/coalesce.go`, and for revisions that Helm 3 made v3.22.0
//! `pkg/chartutil/coalesce.go`. They differ in one thing: Helm 4 takes nulls out of the chart's maps, Helm 3 leaves them in.
//! A null of the user's takes the default of that name away, and stays where there is none; at the top it takes away even a
//! default that is null.

use std::cell::RefCell;
use std::rc::Rc;

use serde_json::{Map, Value};

use super::tree::{Content, Node, Origin, Past, Tree, map_of, tree_of};
use crate::release::payload::{HelmMajor, Metadata};

/// A default that a null of the user's takes away.
#[derive(Debug, Clone)]
pub(super) struct Deleted {
    pub path: Vec<String>,
    /// The null, which overrode the default.
    pub null: Node,
}

/// The values that templates see, and what `helm get values -a` prints, by the rules of Helm 4.
///
/// Subcharts take part in it as far as [`subchart_keys`] says.
#[must_use]
pub fn coalesce(defaults: &Map<String, Value>, user: &Map<String, Value>) -> Map<String, Value> {
    coalesce_as(HelmMajor::Four, defaults, user)
}

/// [`coalesce`] by the rules of the Helm that made the revision.
#[must_use]
pub fn coalesce_as(helm: HelmMajor, defaults: &Map<String, Value>, user: &Map<String, Value>) -> Map<String, Value> {
    map_of(&coalesced(helm, &tree_of(Origin::Default, defaults), &tree_of(Origin::Inline, user)).0)
}

/// The keys at the top under which subcharts find their values: their names or aliases, and `global`.
///
/// Where Chart.yaml names its dependencies, Helm merges the defaults of those that are enabled into the chart's before it
/// stores them (`ProcessDependencies`), so that they count as the chart's own here. Those of subcharts that lie in `charts/`
/// and are not named, or that were not enabled, are in no revision; and a null of the user's that takes away a subchart's
/// default does so only when the subchart is rendered. Each subchart also sees `global` of the chart, which is not repeated under its key.
#[must_use]
pub fn subchart_keys(metadata: &Metadata<'_>) -> Vec<String> {
    let names = metadata.dependencies.iter().filter_map(|one| one.alias.or(one.name));
    let mut keys: Vec<String> = names.map(str::to_owned).collect();
    if !keys.is_empty() {
        keys.push("global".to_owned());
    }
    keys.dedup();
    keys
}

pub(super) fn coalesced(helm: HelmMajor, defaults: &Tree, user: &Tree) -> (Tree, Vec<Deleted>) {
    let mut run = Run { helm, deleted: Vec::new(), path: Vec::new() };
    let tree = run.tree(defaults, user);
    (tree, run.deleted)
}

struct Run {
    helm: HelmMajor,
    deleted: Vec<Deleted>,
    path: Vec<String>,
}

impl Run {
    fn tree(&mut self, defaults: &Tree, user: &Tree) -> Tree {
        let is_top = self.path.is_empty();
        let mut out = Tree::new();
        for (key, own) in user {
            self.path.push(key.clone());
            match defaults.get(key) {
                Some(default) if own.is_null() && (is_top || !default.is_null()) => {
                    let null = if default.is_null() { own.clone() } else { own.clone().over(default) };
                    self.deleted.push(Deleted { path: self.path.clone(), null });
                }
                Some(default) => {
                    out.insert(key.clone(), self.node(default, own));
                }
                None => {
                    out.insert(key.clone(), own.clone());
                }
            }
            self.path.pop();
        }
        for (key, default) in defaults.iter().filter(|(key, _)| !user.contains_key(*key)) {
            if let Some(kept) = self.kept(default) {
                out.insert(key.clone(), kept);
            }
        }
        out
    }

    fn node(&mut self, default: &Node, own: &Node) -> Node {
        match (default.map(), own.map()) {
            (Some(below), Some(above)) => {
                let tree = self.tree(&below.borrow(), &above.borrow());
                Node { content: Content::Map(Rc::new(RefCell::new(tree))), ..own.clone() }
            }
            // Set over nothing, it overrode nothing.
            _ if default.is_null() => own.clone(),
            _ => {
                let past = Past { origin: default.origin, value: default.value(), above: None };
                let mut own = own.clone();
                own.overrode.push(past);
                own
            }
        }
    }

    fn kept(&self, default: &Node) -> Option<Node> {
        match self.helm {
            HelmMajor::Three => Some(default.clone()),
            HelmMajor::Four => without_nulls(default),
        }
    }
}

fn without_nulls(node: &Node) -> Option<Node> {
    if node.is_null() {
        return None;
    }
    let Some(tree) = node.map() else { return Some(node.clone()) };
    let tree = tree.borrow().iter().filter_map(|(key, one)| Some((key.clone(), without_nulls(one)?))).collect();
    Some(Node { content: Content::Map(Rc::new(RefCell::new(tree))), ..node.clone() })
}
