//! The kinds that are served: one fixed table, from which discovery, routing and field selectors are made.

/// One kind in the one version in which it is served.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Kind {
    /// Empty for the core group.
    pub(super) group: &'static str,
    pub(super) version: &'static str,
    /// The version that the hash of its storage version was made of.
    pub(super) hashed_version: &'static str,
    pub(super) kind: &'static str,
    pub(super) plural: &'static str,
    pub(super) namespaced: bool,
    pub(super) short_names: &'static [&'static str],
    pub(super) categories: &'static [&'static str],
    /// What a field selector may name beside the name and the namespace.
    pub(super) fields: &'static [Field],
    /// How another field is refused.
    pub(super) unknown_field: UnknownField,
    /// Subresources of a real server. This one has `status` and the log of a Pod, to read; others are refused.
    pub(super) subresources: &'static [&'static str],
    /// Whether a definition stands behind it: a real server answers for such kinds in other words.
    pub(super) custom: bool,
}

/// A field that can be selected by.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) label: &'static str,
    /// Where in the object it stands.
    pub(super) pointer: &'static str,
    /// What it is where it is missing.
    pub(super) missing: &'static str,
}

/// The words in which an unknown field is refused. They differ by kind as the conversion functions of
/// kubernetes/kubernetes `pkg/apis/*/v1/conversion.go` do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum UnknownField {
    /// The default conversion of apimachinery.
    Only,
    /// The core kinds with fields of their own, and custom kinds.
    Label,
    /// Jobs.
    LabelFor,
}

impl Kind {
    /// `v1` or `apps/v1`.
    pub(super) fn api_version(&self) -> String {
        group_version(self.group, self.version)
    }

    /// Whether the server counts how often it was changed what is wanted of an object.
    pub(super) fn counts_generations(&self) -> bool {
        self.custom || !matches!(self.group, "" | "autoscaling") || self.kind == "Pod"
    }

    /// Whether a deletion is answered with the object instead of a success.
    pub(super) fn returns_what_is_deleted(&self) -> bool {
        matches!(self.kind, "Pod" | "Service" | "ServiceAccount" | "PersistentVolumeClaim") && self.group.is_empty()
    }

    /// The name in lower case; there is no kind whose singular is another word.
    pub(super) fn singular(&self) -> String {
        self.kind.to_lowercase()
    }

    /// The resource as errors name it: `pods`, `deployments.apps`.
    pub(super) fn qualified(&self) -> String {
        qualified(self.plural, self.group)
    }
}

/// `v1` or `apps/v1`.
pub(super) fn group_version(group: &str, version: &str) -> String {
    if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") }
}

/// A resource as errors name it.
pub(super) fn qualified(resource: &str, group: &str) -> String {
    if group.is_empty() { resource.to_owned() } else { format!("{resource}.{group}") }
}

/// The kind behind a path.
pub(super) fn by_resource(group: &str, version: &str, plural: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.group == group && kind.version == version && kind.plural == plural)
}

/// The kind of an object.
pub(super) fn by_object(api_version: &str, name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.kind == name && kind.api_version() == api_version)
}

/// The groups other than the core one, each with its version, in the order of the table.
pub(super) fn groups() -> Vec<(&'static str, &'static str)> {
    let mut groups: Vec<(&str, &str)> = Vec::new();
    for kind in KINDS.iter().filter(|kind| !kind.group.is_empty()) {
        if !groups.iter().any(|(group, _)| *group == kind.group) {
            groups.push((kind.group, kind.version));
        }
    }
    groups
}

/// The kinds of a group.
pub(super) fn of_group(group: &str, version: &str) -> Vec<&'static Kind> {
    KINDS.iter().filter(|kind| kind.group == group && kind.version == version).collect()
}

const PLAIN: Kind = Kind {
    group: "",
    version: "v1",
    hashed_version: "v1",
    kind: "",
    plural: "",
    namespaced: true,
    short_names: &[],
    categories: &[],
    fields: &[],
    unknown_field: UnknownField::Only,
    subresources: &["status"],
    custom: false,
};

const APPS: Kind = Kind { group: "apps", categories: &["all"], subresources: &["scale", "status"], ..PLAIN };

const SOURCE: Kind = Kind {
    group: "source.toolkit.fluxcd.io",
    categories: &["all", "fluxcd", "fluxcd-sources"],
    unknown_field: UnknownField::Label,
    custom: true,
    ..PLAIN
};

const DEFINED: Kind = Kind { unknown_field: UnknownField::Label, custom: true, ..PLAIN };

const fn text(label: &'static str, pointer: &'static str) -> Field {
    Field { label, pointer, missing: "" }
}

pub(super) static KINDS: &[Kind] = &[
    Kind { kind: "ConfigMap", plural: "configmaps", short_names: &["cm"], subresources: &[], ..PLAIN },
    Kind {
        kind: "Event",
        plural: "events",
        short_names: &["ev"],
        fields: &[
            text("involvedObject.kind", "/involvedObject/kind"),
            text("involvedObject.namespace", "/involvedObject/namespace"),
            text("involvedObject.name", "/involvedObject/name"),
            text("involvedObject.uid", "/involvedObject/uid"),
            text("involvedObject.apiVersion", "/involvedObject/apiVersion"),
            text("involvedObject.resourceVersion", "/involvedObject/resourceVersion"),
            text("involvedObject.fieldPath", "/involvedObject/fieldPath"),
            text("reason", "/reason"),
            text("reportingComponent", "/reportingComponent"),
            text("source", "/source/component"),
            text("type", "/type"),
        ],
        unknown_field: UnknownField::Label,
        subresources: &[],
        ..PLAIN
    },
    Kind {
        kind: "Namespace",
        plural: "namespaces",
        namespaced: false,
        short_names: &["ns"],
        fields: &[text("status.phase", "/status/phase")],
        unknown_field: UnknownField::Label,
        subresources: &["finalize", "status"],
        ..PLAIN
    },
    Kind { kind: "PersistentVolumeClaim", plural: "persistentvolumeclaims", short_names: &["pvc"], ..PLAIN },
    Kind {
        kind: "Pod",
        plural: "pods",
        short_names: &["po"],
        categories: &["all"],
        fields: &[
            text("spec.nodeName", "/spec/nodeName"),
            text("spec.restartPolicy", "/spec/restartPolicy"),
            text("spec.schedulerName", "/spec/schedulerName"),
            text("spec.serviceAccountName", "/spec/serviceAccountName"),
            Field { label: "spec.hostNetwork", pointer: "/spec/hostNetwork", missing: "false" },
            text("status.phase", "/status/phase"),
            text("status.podIP", "/status/podIP"),
            text("status.nominatedNodeName", "/status/nominatedNodeName"),
        ],
        unknown_field: UnknownField::Label,
        subresources: &[
            "attach",
            "binding",
            "ephemeralcontainers",
            "eviction",
            "exec",
            "log",
            "portforward",
            "proxy",
            "resize",
            "status",
        ],
        ..PLAIN
    },
    Kind {
        kind: "Secret",
        plural: "secrets",
        fields: &[text("type", "/type")],
        unknown_field: UnknownField::Label,
        subresources: &[],
        ..PLAIN
    },
    Kind { kind: "ServiceAccount", plural: "serviceaccounts", short_names: &["sa"], subresources: &["token"], ..PLAIN },
    Kind {
        kind: "Service",
        plural: "services",
        short_names: &["svc"],
        categories: &["all"],
        fields: &[text("spec.clusterIP", "/spec/clusterIP"), text("spec.type", "/spec/type")],
        unknown_field: UnknownField::Label,
        subresources: &["proxy", "status"],
        ..PLAIN
    },
    Kind { kind: "DaemonSet", plural: "daemonsets", short_names: &["ds"], subresources: &["status"], ..APPS },
    Kind { kind: "Deployment", plural: "deployments", short_names: &["deploy"], ..APPS },
    Kind { kind: "ReplicaSet", plural: "replicasets", short_names: &["rs"], ..APPS },
    Kind { kind: "StatefulSet", plural: "statefulsets", short_names: &["sts"], ..APPS },
    Kind {
        group: "autoscaling",
        version: "v2",
        hashed_version: "v2",
        kind: "HorizontalPodAutoscaler",
        plural: "horizontalpodautoscalers",
        short_names: &["hpa"],
        categories: &["all"],
        ..PLAIN
    },
    Kind { group: "batch", kind: "CronJob", plural: "cronjobs", short_names: &["cj"], categories: &["all"], ..PLAIN },
    Kind {
        group: "batch",
        kind: "Job",
        plural: "jobs",
        categories: &["all"],
        fields: &[Field { label: "status.successful", pointer: "/status/succeeded", missing: "0" }],
        unknown_field: UnknownField::LabelFor,
        ..PLAIN
    },
    Kind { group: "networking.k8s.io", kind: "Ingress", plural: "ingresses", short_names: &["ing"], ..PLAIN },
    Kind {
        group: "policy",
        kind: "PodDisruptionBudget",
        plural: "poddisruptionbudgets",
        short_names: &["pdb"],
        ..PLAIN
    },
    Kind {
        group: "apiextensions.k8s.io",
        hashed_version: "v1beta1",
        kind: "CustomResourceDefinition",
        plural: "customresourcedefinitions",
        namespaced: false,
        short_names: &["crd", "crds"],
        categories: &["api-extensions"],
        ..PLAIN
    },
    // Two of the kinds that somebody's operators brought along.
    Kind { group: "certs.example.com", kind: "Certificate", plural: "certificates", ..DEFINED },
    Kind { group: "dashboards.example.com", kind: "Dashboard", plural: "dashboards", ..DEFINED },
    Kind { kind: "Bucket", plural: "buckets", ..SOURCE },
    Kind { kind: "ExternalArtifact", plural: "externalartifacts", short_names: &["ea"], ..SOURCE },
    Kind { kind: "GitRepository", plural: "gitrepositories", short_names: &["gitrepo"], ..SOURCE },
    Kind { kind: "HelmChart", plural: "helmcharts", short_names: &["hc"], ..SOURCE },
    Kind { kind: "HelmRepository", plural: "helmrepositories", short_names: &["helmrepo"], ..SOURCE },
    Kind { kind: "OCIRepository", plural: "ocirepositories", short_names: &["ocirepo"], ..SOURCE },
    Kind {
        group: "kustomize.toolkit.fluxcd.io",
        kind: "Kustomization",
        plural: "kustomizations",
        short_names: &["ks"],
        categories: &["all", "fluxcd", "fluxcd-appliers"],
        ..SOURCE
    },
    Kind {
        group: "helm.toolkit.fluxcd.io",
        version: "v2",
        hashed_version: "v2",
        kind: "HelmRelease",
        plural: "helmreleases",
        short_names: &["hr"],
        categories: &["all", "fluxcd", "fluxcd-appliers"],
        ..SOURCE
    },
];
