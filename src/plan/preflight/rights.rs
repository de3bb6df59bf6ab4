//! Verbs that whoever upgrades needs. They are asked for the present user; Flux writes as another.
//!
//! Source: helm.sh/helm v4.3.1 `pkg/kube/client.go` (update), `pkg/storage/driver/secrets.go`, `pkg/storage/storage.go`.

use std::collections::{BTreeMap, BTreeSet};

use super::seen::{Live, Right, Seen};
use super::{Check, Finding, Severity};
use crate::ownership::own::Method;
use crate::release::codec::Driver;

/// How many revisions Helm keeps unless it is told otherwise: `pkg/cmd/upgrade.go`.
const KEPT: usize = 10;

impl Seen {
    /// What has to be allowed for the upgrade, each once.
    #[must_use]
    pub fn needed(&self) -> BTreeSet<Right> {
        let mut needed = BTreeSet::new();
        let server_side = self.method() == Method::ServerSide;
        for target in &self.objects {
            let Some(plural) = self.plural(target) else { continue };
            let mut need = |verb| {
                needed.insert(Right {
                    group: target.id.group.clone(),
                    resource: plural.to_owned(),
                    namespace: target.id.namespace.clone(),
                    verb,
                });
            };
            need("get");
            match &target.live {
                Live::There(..) => need("patch"),
                Live::Missing if server_side => {
                    need("patch");
                    need("create");
                }
                Live::Missing => need("create"),
                Live::Untold(_) => need("patch"),
                Live::Unserved => {}
            }
        }
        for hook in &self.hooks {
            let Some(plural) = self.plural(&hook.target) else { continue };
            let made: &[&str] = if server_side { &["get", "create", "patch"] } else { &["get", "create"] };
            for verb in made.iter().copied().chain(hook.is_replaced.then_some("delete")) {
                needed.insert(Right {
                    group: hook.target.id.group.clone(),
                    resource: plural.to_owned(),
                    namespace: hook.target.id.namespace.clone(),
                    verb,
                });
            }
        }
        for id in self.manifests.removed(&self.release) {
            let same = |(_, kind): &&(String, String)| *kind == id.kind;
            let served = self
                .kinds
                .iter()
                .find(|(key, _)| same(key) && key.0.split_once('/').map_or("", |(group, _)| group) == id.group);
            if let Some((_, super::seen::Served::Yes { plural, is_namespaced })) = served {
                let namespace = if *is_namespaced { id.namespace.clone() } else { String::new() };
                needed.insert(Right { group: id.group, resource: plural.clone(), namespace, verb: "delete" });
            }
        }
        let resource = match self.release.id.driver {
            Driver::Secret => "secrets",
            Driver::ConfigMap => "configmaps",
        };
        let trims = self.release.revisions >= KEPT;
        for verb in ["list", "create", "update"].into_iter().chain(trims.then_some("delete")) {
            let namespace = self.release.id.storage_namespace.clone();
            needed.insert(Right { group: String::new(), resource: resource.to_owned(), namespace, verb });
        }
        needed
    }

    /// Whether the present user is known not to be allowed it.
    #[must_use]
    pub fn is_denied(&self, right: &Right) -> bool {
        self.rights.iter().any(|(asked, answer)| asked == right && *answer == Ok(false))
    }
}

pub(super) fn findings(seen: &Seen) -> Vec<Finding> {
    if seen.is_flux() {
        return Vec::new();
    }
    let mut denied: BTreeMap<(&str, String, &str), Vec<&Right>> = BTreeMap::new();
    let mut unasked: BTreeMap<&str, Vec<&Right>> = BTreeMap::new();
    for (right, answer) in &seen.rights {
        match answer {
            Ok(true) => {}
            Ok(false) => denied.entry((&right.group, right.whole(), &right.namespace)).or_default().push(right),
            Err(why) => unasked.entry(why).or_default().push(right),
        }
    }
    let denied = denied.into_iter().map(|((_, resource, namespace), rights)| {
        let verbs: Vec<&str> = rights.iter().map(|right| right.verb).collect();
        let named = format!("{} {resource} in {}", verbs.join(", "), place(namespace));
        Finding {
            evidence: rights.iter().map(|right| format!("kubectl auth can-i {}: no", right.can_i())).collect(),
            ..Finding::of_release(
                Severity::Blocks,
                Check::Rights,
                format!("you may not {named}; whoever upgrades needs to"),
                format!("ask for {named}, or upgrade as somebody who may"),
            )
        }
    });
    let unasked = unasked.into_iter().filter_map(|(why, rights)| {
        let named = rights.iter().map(ToString::to_string);
        Some(Finding {
            evidence: std::iter::once(why.to_owned()).chain(named).collect(),
            ..Finding::of_release(
                Severity::Unknown,
                Check::Rights,
                format!("whether you may do what the upgrade does cannot be asked: {} rights", rights.len()),
                format!("kubectl auth can-i {}", rights.first()?.can_i()),
            )
        })
    });
    denied.chain(unasked).collect()
}

impl Right {
    fn whole(&self) -> String {
        if self.group.is_empty() { self.resource.clone() } else { format!("{}.{}", self.resource, self.group) }
    }

    fn can_i(&self) -> String {
        let place = if self.namespace.is_empty() { String::new() } else { format!(" -n {}", self.namespace) };
        format!("{} {}{place}", self.verb, self.whole())
    }
}

impl std::fmt::Display for Right {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} in {}", self.verb, self.whole(), place(&self.namespace))
    }
}

fn place(namespace: &str) -> &str {
    if namespace.is_empty() { "the cluster" } else { namespace }
}
