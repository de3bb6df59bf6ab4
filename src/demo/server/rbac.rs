//! Who may do what: rules as data, and one function that reads them.
//!
//! Rules of reading: kubernetes/kubernetes `plugin/pkg/auth/authorizer/rbac`, release 1.36. The rules are those of
//! `tests/cluster/rbac.yaml`, and of the built-in roles `view`, `system:discovery` and `system:public-info-viewer`.

use super::paths::Attributes;

/// The rights of all users.
#[derive(Debug)]
pub(super) struct Rights {
    bindings: Vec<Binding>,
}

/// Rules that hold for one user in some place.
#[derive(Debug)]
struct Binding {
    user: &'static str,
    place: Place,
    rules: &'static [Rule],
}

#[derive(Debug, PartialEq, Eq)]
enum Place {
    Cluster,
    Namespace(String),
}

/// `*` stands for everything.
#[derive(Debug)]
struct Rule {
    verbs: &'static [&'static str],
    groups: &'static [&'static str],
    /// Resources, with their subresources as `pods/log`.
    resources: &'static [&'static str],
}

const USERS: [&str; 5] = ["administrator", "viewer", "writer", "two", "nobody"];

/// Where `writer` may write.
const WRITTEN: &str = "payments";

/// What everybody who is known may read.
const PUBLIC_PATHS: &[&str] = &[
    "/api",
    "/api/*",
    "/apis",
    "/apis/*",
    "/healthz",
    "/livez",
    "/openapi",
    "/openapi/*",
    "/readyz",
    "/version",
    "/version/",
];

const READ: &[&str] = &["get", "list", "watch"];

const ALL: &[Rule] = &[Rule { verbs: &["*"], groups: &["*"], resources: &["*"] }];

const FLUX: Rule = Rule {
    verbs: READ,
    groups: &["helm.toolkit.fluxcd.io", "kustomize.toolkit.fluxcd.io", "source.toolkit.fluxcd.io"],
    resources: &["*"],
};

/// The role `view`, as far as it speaks of kinds that are served.
const VIEW: &[Rule] = &[
    Rule {
        verbs: READ,
        groups: &[""],
        resources: &[
            "configmaps",
            "events",
            "namespaces",
            "namespaces/status",
            "persistentvolumeclaims",
            "persistentvolumeclaims/status",
            "pods",
            "pods/log",
            "pods/status",
            "serviceaccounts",
            "services",
            "services/status",
        ],
    },
    Rule {
        verbs: READ,
        groups: &["apps"],
        resources: &[
            "daemonsets",
            "daemonsets/status",
            "deployments",
            "deployments/scale",
            "deployments/status",
            "replicasets",
            "replicasets/scale",
            "replicasets/status",
            "statefulsets",
            "statefulsets/scale",
            "statefulsets/status",
        ],
    },
    Rule {
        verbs: READ,
        groups: &["autoscaling"],
        resources: &["horizontalpodautoscalers", "horizontalpodautoscalers/status"],
    },
    Rule { verbs: READ, groups: &["batch"], resources: &["cronjobs", "cronjobs/status", "jobs", "jobs/status"] },
    Rule { verbs: READ, groups: &["policy"], resources: &["poddisruptionbudgets", "poddisruptionbudgets/status"] },
    Rule { verbs: READ, groups: &["networking.k8s.io"], resources: &["ingresses", "ingresses/status"] },
    FLUX,
];

const RELEASE_READER: &[Rule] = &[
    Rule {
        verbs: READ,
        groups: &[""],
        resources: &[
            "secrets",
            "configmaps",
            "pods",
            "services",
            "serviceaccounts",
            "persistentvolumeclaims",
            "events",
        ],
    },
    Rule { verbs: READ, groups: &["apps", "batch", "autoscaling", "networking.k8s.io"], resources: &["*"] },
    FLUX,
];

/// As it is often written: of what releases hold, nobody thought of budgets for disruptions and of custom kinds.
const RELEASE_WRITER: &[Rule] = &[
    Rule {
        verbs: &["*"],
        groups: &[""],
        resources: &["secrets", "configmaps", "pods", "services", "serviceaccounts", "persistentvolumeclaims"],
    },
    Rule { verbs: &["*"], groups: &["apps", "batch", "autoscaling", "networking.k8s.io"], resources: &["*"] },
    Rule { verbs: &["*"], groups: &["helm.toolkit.fluxcd.io", "source.toolkit.fluxcd.io"], resources: &["*"] },
];

impl Rights {
    /// With the namespaces in which the user `two` may read.
    pub(super) fn new(two: [&str; 2]) -> Self {
        let mut bindings = vec![
            Binding { user: "administrator", place: Place::Cluster, rules: ALL },
            Binding { user: "viewer", place: Place::Cluster, rules: VIEW },
            Binding { user: "writer", place: Place::Cluster, rules: VIEW },
            Binding { user: "writer", place: Place::Namespace(WRITTEN.to_owned()), rules: RELEASE_WRITER },
        ];
        bindings.extend(two.map(|namespace| Binding {
            user: "two",
            place: Place::Namespace(namespace.to_owned()),
            rules: RELEASE_READER,
        }));
        Self { bindings }
    }

    /// Whether the user is one of those that the server knows.
    pub(super) fn knows(&self, user: &str) -> bool {
        USERS.contains(&user)
    }

    /// Whether the user may do it.
    pub(super) fn allow(&self, user: &str, asked: &Attributes, path: &str) -> bool {
        let held = self.bindings.iter().filter(|binding| binding.user == user);
        match asked {
            Attributes::Path(method) => {
                let public = method == "get" && PUBLIC_PATHS.iter().any(|allowed| covers_path(allowed, path));
                public || held.flat_map(|binding| binding.rules).any(|rule| rule.groups == ["*"])
            }
            Attributes::Resource { verb, group, resource, subresource, namespace, .. } => {
                let whole = match subresource {
                    Some(subresource) => format!("{resource}/{subresource}"),
                    None => resource.clone(),
                };
                held.filter(|binding| match &binding.place {
                    Place::Cluster => true,
                    Place::Namespace(place) => namespace.as_ref() == Some(place),
                })
                .flat_map(|binding| binding.rules)
                .any(|rule| covers(rule.verbs, verb) && covers(rule.groups, group) && covers(rule.resources, &whole))
            }
        }
    }
}

fn covers(allowed: &[&str], asked: &str) -> bool {
    allowed.iter().any(|one| *one == "*" || *one == asked)
}

fn covers_path(allowed: &str, path: &str) -> bool {
    match allowed.strip_suffix('*') {
        Some(prefix) => path.starts_with(prefix),
        None => allowed == path,
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, Method};

    use super::super::paths::Asked;
    use super::*;

    #[track_caller]
    fn check(user: &str, path: &str, expected: bool) {
        let asked = Asked::read(&Method::GET, &path.parse().unwrap(), &HeaderMap::new());
        let rights = Rights::new(["shop", "data"]);
        assert_eq!(rights.allow(user, &asked.attributes(), path), expected, "{user} {path}");
    }

    #[test]
    fn the_namespaces_of_two_are_an_argument() {
        check("two", "/api/v1/namespaces/shop/secrets", true);
        check("two", "/apis/batch/v1/namespaces/data/jobs/one/status", true);
        check("two", "/api/v1/namespaces/checkout/secrets", false);
        check("two", "/api/v1/namespaces/shop/pods/one/log", false);
        check("two", "/version", true);
        check("stranger", "/api/v1/namespaces/shop/secrets", false);
    }
}
