//! Which kind of writer a field manager is, and why.
//!
//! One table, first match wins; rows of the user's settings come before it. What a manager is to *this* release (its own, or
//! one it had before) is not in the table: [`super::own`] reads it from the release's objects.
//!
//! Sources of the names: kubernetes/kubectl v0.36 `pkg/cmd/*` (`fieldManager` defaults), kubernetes/apimachinery v0.36
//! `pkg/util/managedfields/internal` (`ancient-changes`, `before-first-apply`), fluxcd helm-controller v1.6 and
//! kustomize-controller v1.9 `main.go`, fluxcd/flux2 `cmd/flux`, argoproj/argo-cd `common/common.go`.

/// What a writer of fields is to a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, strum::Display, strum::EnumIter)]
#[strum(serialize_all = "kebab-case")]
pub enum Class {
    /// It writes the release's manifest.
    Own,
    /// It wrote the release before, or stands for writers from before the server kept count.
    Former,
    /// A controller of the cluster or of an add-on that completes objects.
    Controller,
    /// A tool that keeps objects as a repository has them.
    GitOps,
    /// A person, by a tool for people.
    Person,
    /// Nobody that is known.
    Other,
    /// wheelhouse.
    Ours,
}

impl Class {
    /// Whether what it writes into an object of a release is a hotfix.
    #[must_use]
    pub fn edits(self) -> bool {
        match self {
            Self::Person | Self::Other | Self::Ours => true,
            Self::Own | Self::Former | Self::Controller | Self::GitOps => false,
        }
    }
}

/// The words by which settings name classes, and what each is.
pub const WORDS: &[(&str, Class)] = &[
    ("own", Class::Own),
    ("former", Class::Former),
    ("controller", Class::Controller),
    ("gitops", Class::GitOps),
    ("people", Class::Person),
    ("other", Class::Other),
];

/// One row of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The manager's name, or its beginning where it ends in `*`.
    pub name: String,
    /// What it is.
    pub class: Class,
    /// Why.
    pub reason: String,
}

impl Row {
    fn matches(&self, manager: &str) -> bool {
        matches(&self.name, manager)
    }
}

/// Whether a manager has this name, or begins like it where it ends in `*`.
fn matches(name: &str, manager: &str) -> bool {
    match name.strip_suffix('*') {
        Some(beginning) => manager.starts_with(beginning),
        None => manager == name,
    }
}

/// Whether releases are written under this name.
#[must_use]
pub fn writes_releases(manager: &str) -> bool {
    RELEASE_WRITERS.iter().any(|name| matches(name, manager))
}

/// What each name means to any release.
const TABLE: &[(&str, Class, &str)] = &[
    ("wheelhouse", Class::Ours, "wheelhouse's own name"),
    ("before-first-apply", Class::Former, "the server's name for what stood there before the first server-side apply"),
    ("ancient-changes", Class::Former, "the server's name for the oldest of more than ten updaters"),
    // One who has moved to server-side apply; what it applied, only it could have pruned.
    (
        "kubectl-client-side-apply",
        Class::Former,
        "kubectl apply, client-side: it prunes what it applied only when run again",
    ),
    ("kubectl-last-applied", Class::Person, "kubectl apply --server-side keeps its annotation by this name"),
    ("kubectl-*", Class::Person, "a command of kubectl, run by somebody"),
    ("kubectl", Class::Person, "kubectl scale, rollout undo, or apply --server-side"),
    ("flux", Class::Person, "the command line of Flux, run by somebody"),
    ("flux-client-side-apply", Class::Person, "the name that Flux's documents give for changes by hand"),
    ("k9s", Class::Person, "a terminal for people"),
    ("lens*", Class::Person, "a desktop for people"),
    ("node-fetch", Class::Person, "the name that desktops like Lens leave"),
    ("headlamp*", Class::Person, "a dashboard for people"),
    ("dashboard*", Class::Person, "a dashboard for people"),
    ("rancher", Class::Person, "a dashboard for people"),
    ("Mozilla", Class::Person, "a browser: a dashboard passed its name on"),
    ("curl", Class::Person, "a request by hand"),
    ("Go-http-client", Class::Other, "a program that gives no name"),
    (
        "kube-controller-manager",
        Class::Controller,
        "the controllers of Kubernetes, the HorizontalPodAutoscaler's among them",
    ),
    ("kube-scheduler", Class::Controller, "the scheduler of Kubernetes"),
    ("kube-apiserver", Class::Controller, "the API server itself"),
    ("kubelet", Class::Controller, "the agent of a Node"),
    ("cloud-controller-manager", Class::Controller, "the controllers of the cloud"),
    ("cluster-autoscaler", Class::Controller, "adds and removes Nodes"),
    ("vpa-*", Class::Controller, "the VerticalPodAutoscaler sets requests"),
    ("keda-*", Class::Controller, "KEDA scales by events"),
    ("cert-manager-*", Class::Controller, "cert-manager fills in certificates and CA bundles"),
    ("pilot-discovery", Class::Controller, "Istio fills in CA bundles"),
    ("external-secrets*", Class::Controller, "fills in Secrets"),
    ("nginx-ingress-controller", Class::Controller, "writes the addresses of Ingresses"),
    ("source-controller", Class::Controller, "Flux's sources"),
    ("kustomize-controller", Class::GitOps, "Flux applies a Kustomization"),
    ("helm-controller", Class::GitOps, "Flux applies a HelmRelease"),
    ("argocd-*", Class::GitOps, "Argo CD applies an Application"),
    ("gitops-engine", Class::GitOps, "Argo CD applies an Application"),
    ("fleet*", Class::GitOps, "Fleet applies a bundle"),
    ("configsync*", Class::GitOps, "Config Sync applies a repository"),
    ("kapp*", Class::GitOps, "kapp applies an App"),
    ("Terraform", Class::GitOps, "Terraform applies a configuration"),
    ("HashiCorp", Class::GitOps, "Terraform applies a configuration"),
    ("pulumi*", Class::GitOps, "Pulumi applies a program"),
];

/// The names under which Helm and Flux write releases: for a release that now has another of them, a former manager.
const RELEASE_WRITERS: &[&str] = &["helm", "Helm", "helm-controller", "tiller", "terraform-provider-helm*"];

/// What a name means, and why.
#[must_use]
pub fn of(manager: &str, settings: &[Row]) -> (Class, String) {
    if let Some(row) = settings.iter().find(|row| row.matches(manager)) {
        return (row.class, row.reason.clone());
    }
    let known = TABLE.iter().find(|(name, _, _)| matches(name, manager));
    match known {
        Some((_, class, reason)) => (*class, (*reason).to_owned()),
        None => (Class::Other, "a name that is not in the table of managers".to_owned()),
    }
}

/// Every row, for the documents.
pub fn table() -> impl Iterator<Item = (&'static str, Class, &'static str)> {
    TABLE.iter().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNKNOWN: &str = "a name that is not in the table of managers";

    /// `settings`: names with their classes.
    fn check(manager: &str, settings: &[(&str, Class)], expected: (Class, &str)) {
        let rows = settings.iter().map(|(name, class)| Row {
            name: (*name).to_owned(),
            class: *class,
            reason: format!("the row {name}"),
        });
        let (class, reason) = of(manager, &rows.collect::<Vec<_>>());
        assert_eq!((class, reason.as_str()), expected, "{manager}");
    }

    #[test]
    fn the_first_row_that_matches_wins() {
        let client_side = "kubectl apply, client-side: it prunes what it applied only when run again";
        check("kubectl-client-side-apply", &[], (Class::Former, client_side));
        check("kubectl-edit", &[], (Class::Person, "a command of kubectl, run by somebody"));
        check("kubectl", &[], (Class::Person, "kubectl scale, rollout undo, or apply --server-side"));
        check("kubectlx", &[], (Class::Other, UNKNOWN));
        check("Kubectl", &[], (Class::Other, UNKNOWN));
        check("", &[], (Class::Other, UNKNOWN));
    }

    #[test]
    fn every_row_of_the_table_can_be_reached() {
        for (name, class, reason) in table() {
            check(name.trim_end_matches('*'), &[], (class, reason));
            if let Some(beginning) = name.strip_suffix('*') {
                check(&format!("{beginning}x"), &[], (class, reason));
            }
        }
    }

    #[test]
    fn settings_come_before_the_table_and_of_them_the_first() {
        let settings = [("kubectl-edit", Class::GitOps), ("kubectl*", Class::Controller), ("kubectl-*", Class::Other)];
        check("kubectl-edit", &settings, (Class::GitOps, "the row kubectl-edit"));
        check("kubectl-patch", &settings, (Class::Controller, "the row kubectl*"));
        check("k9s", &settings, (Class::Person, "a terminal for people"));
        check("anybody", &[("*", Class::Ours)], (Class::Ours, "the row *"));
    }
}
