//! What actors do to the release `shop` of the chart `storefront`, by the tools that they would use, and what is to be found of it.

use std::process::{Command, Stdio};

use super::site::{NAME, Site};
use crate::cluster::User;

/// How a field comes to stand beside the manifest. With who writes the release, and how, this decides its fate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sort {
    /// The manifest has another value.
    Changed,
    /// A map that is one value to an apply, with more in it than the manifest has: a patch leaves that alone.
    Widened,
    /// The manifest lacks it.
    Added,
    /// The manifest has it, the object lacks it.
    Taken,
    /// The manifest has the same value.
    Equal,
    /// The manifest lacks it, and who set it is known for leaving things behind.
    Left,
    /// The manifest has another value, and a controller is meant to set it.
    Scaled,
}

/// A field that is to be found.
#[derive(Debug, Clone, Copy)]
pub struct Find {
    pub kind: &'static str,
    /// As the API server writes conflicts.
    pub path: &'static str,
    pub sort: Sort,
    pub managers: &'static [&'static str],
}

/// What an actor does, all in the namespace of the release.
#[derive(Debug, Clone, Copy)]
pub enum Act {
    /// Words of a command line of kubectl.
    Kubectl(&'static [&'static str]),
    /// `kubectl edit` of the Deployment, in an editor that does this to the file: a script of sed.
    Edit(&'static str),
    /// `kubectl apply` with these arguments of this text.
    Apply(&'static [&'static str], &'static str),
}

/// One actor.
#[derive(Debug, Clone, Copy)]
pub struct Edit {
    pub actor: &'static str,
    pub act: Act,
    pub finds: &'static [Find],
}

const fn find(kind: &'static str, path: &'static str, sort: Sort, managers: &'static [&'static str]) -> Find {
    Find { kind, path, sort, managers }
}

/// A field of the container `web`.
macro_rules! web {
    ($rest:literal) => {
        concat!(".spec.template.spec.containers[name=\"web\"].", $rest)
    };
}

/// Conflicts are all of one object: Helm stops at the first that has any.
pub const EDITS: &[Edit] = &[
    Edit {
        actor: "kubectl edit",
        act: Act::Edit("s/^  progressDeadlineSeconds: 20$/  minReadySeconds: 5\\n  progressDeadlineSeconds: 30/"),
        finds: &[
            find("Deployment", ".spec.progressDeadlineSeconds", Sort::Changed, &["kubectl-edit"]),
            find("Deployment", ".spec.minReadySeconds", Sort::Added, &["kubectl-edit"]),
        ],
    },
    Edit {
        actor: "kubectl patch",
        act: Act::Kubectl(&[
            "patch",
            "deployment",
            NAME,
            "-p",
            r#"{"spec":{"template":{"spec":{"terminationGracePeriodSeconds":60,"containers":[{"name":"web","resources":{"limits":{"memory":"256Mi"}}}]}}}}"#,
        ]),
        finds: &[
            find("Deployment", ".spec.template.spec.terminationGracePeriodSeconds", Sort::Added, &["kubectl-patch"]),
            find("Deployment", web!("resources.limits.memory"), Sort::Changed, &["kubectl-patch"]),
        ],
    },
    Edit {
        actor: "kubectl patch of an atomic list",
        act: Act::Kubectl(&[
            "patch",
            "deployment",
            NAME,
            "-p",
            r#"{"spec":{"template":{"spec":{"containers":[{"name":"web","envFrom":[{"secretRef":{"name":"shop"}}]}]}}}}"#,
        ]),
        finds: &[find("Deployment", web!("envFrom"), Sort::Changed, &["kubectl-patch"])],
    },
    Edit {
        actor: "kubectl patch, taking away",
        act: Act::Kubectl(&[
            "patch",
            "configmap",
            NAME,
            "--type=merge",
            "-p",
            r#"{"data":{"FEATURE_CHECKOUT":null,"FEATURE_SEARCH":"on"}}"#,
        ]),
        finds: &[
            find("ConfigMap", ".data.FEATURE_CHECKOUT", Sort::Taken, &[]),
            find("ConfigMap", ".data.FEATURE_SEARCH", Sort::Added, &["kubectl-patch"]),
        ],
    },
    Edit {
        actor: "kubectl scale",
        act: Act::Kubectl(&["scale", "deployment", NAME, "--replicas=3"]),
        finds: &[find("Deployment", ".spec.replicas", Sort::Changed, &["kubectl (scale)"])],
    },
    Edit {
        actor: "kubectl set image",
        act: Act::Kubectl(&["set", "image", "deployment", NAME, "web=registry.example.com/storefront:2.11.1"]),
        finds: &[find("Deployment", web!("image"), Sort::Changed, &["kubectl-set"])],
    },
    Edit {
        actor: "kubectl set env",
        act: Act::Kubectl(&["set", "env", "deployment", NAME, "DEBUG=1"]),
        finds: &[find("Deployment", web!("env[name=\"DEBUG\"]"), Sort::Added, &["kubectl-set"])],
    },
    Edit {
        actor: "kubectl set serviceaccount",
        act: Act::Kubectl(&["set", "serviceaccount", "deployment", NAME, "default"]),
        finds: &[find("Deployment", ".spec.template.spec.serviceAccountName", Sort::Changed, &["kubectl-set"])],
    },
    Edit {
        actor: "kubectl rollout restart",
        act: Act::Kubectl(&["rollout", "restart", "deployment", NAME]),
        finds: &[find(
            "Deployment",
            ".spec.template.metadata.annotations.kubectl.kubernetes.io/restartedAt",
            Sort::Added,
            &["kubectl-rollout"],
        )],
    },
    Edit {
        actor: "kubectl annotate",
        act: Act::Kubectl(&["annotate", "deployment", NAME, "example.com/note=ask-platform"]),
        finds: &[find("Deployment", ".metadata.annotations.example.com/note", Sort::Added, &["kubectl-annotate"])],
    },
    Edit {
        actor: "kubectl label",
        act: Act::Kubectl(&[
            "label",
            "--overwrite",
            "deployment",
            NAME,
            "helm.sh/chart=pinned",
            "example.com/team=web",
        ]),
        finds: &[
            find("Deployment", ".metadata.labels.helm.sh/chart", Sort::Changed, &["kubectl-label"]),
            find("Deployment", ".metadata.labels.example.com/team", Sort::Added, &["kubectl-label"]),
        ],
    },
    Edit {
        actor: "server-side apply, forced",
        act: Act::Apply(
            &["--server-side", "--field-manager=platform-team", "--force-conflicts"],
            r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"shop"},"spec":{"template":{"spec":{"containers":[
               {"name":"web","readinessProbe":{"periodSeconds":30},"resources":{"requests":{"cpu":"200m"}}}]}}}}"#,
        ),
        finds: &[
            find("Deployment", web!("readinessProbe.periodSeconds"), Sort::Added, &["platform-team"]),
            find("Deployment", web!("resources.requests.cpu"), Sort::Changed, &["platform-team"]),
        ],
    },
    Edit {
        actor: "server-side apply",
        act: Act::Apply(
            &["--server-side", "--field-manager=search-team"],
            r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"shop","annotations":{"example.com/search":"yes"}},
               "spec":{"template":{"spec":{"containers":[{"name":"web","resources":{"requests":{"memory":"64Mi"}}}]}}}}"#,
        ),
        finds: &[
            find("Deployment", ".metadata.annotations.example.com/search", Sort::Added, &["search-team"]),
            find("Deployment", web!("resources.requests.memory"), Sort::Equal, &["search-team"]),
        ],
    },
    Edit {
        actor: "client-side apply",
        act: Act::Apply(
            &[],
            r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"shop"},"spec":{"revisionHistoryLimit":3,
               "template":{"spec":{"containers":[{"name":"web","readinessProbe":{"httpGet":{"path":"/ready","port":"http"}}}]}}}}"#,
        ),
        finds: &[
            find(
                "Deployment",
                ".metadata.annotations.kubectl.kubernetes.io/last-applied-configuration",
                Sort::Left,
                &["kubectl-client-side-apply"],
            ),
            find("Deployment", ".spec.revisionHistoryLimit", Sort::Left, &["kubectl-client-side-apply"]),
            find("Deployment", web!("readinessProbe.httpGet.path"), Sort::Changed, &["kubectl-client-side-apply"]),
        ],
    },
];

/// Fields of every shape: items with one key and with two, sets, atomic maps and lists. Conflicts are all of the Service.
pub const SHAPES: &[Edit] = &[
    Edit {
        actor: "kubectl patch of ports",
        act: Act::Kubectl(&[
            "patch",
            "service",
            NAME,
            "-p",
            r#"{"spec":{"ports":[{"port":80,"targetPort":8080},{"port":8443,"name":"https","targetPort":"https"}]}}"#,
        ]),
        finds: &[
            find("Service", ".spec.ports[port=80,protocol=\"TCP\"].targetPort", Sort::Changed, &["kubectl-patch"]),
            find("Service", ".spec.ports[port=8443,protocol=\"TCP\"]", Sort::Added, &["kubectl-patch"]),
        ],
    },
    Edit {
        actor: "kubectl set selector",
        act: Act::Kubectl(&["set", "selector", "service", NAME, "app=shop,tier=front"]),
        finds: &[find("Service", ".spec.selector", Sort::Widened, &["kubectl-set"])],
    },
    Edit {
        actor: "kubectl patch of finalizers",
        act: Act::Kubectl(&[
            "patch",
            "configmap",
            NAME,
            "--type=merge",
            "-p",
            r#"{"metadata":{"finalizers":["example.com/hold"]}}"#,
        ]),
        finds: &[find("ConfigMap", ".metadata.finalizers[=\"example.com/hold\"]", Sort::Added, &["kubectl-patch"])],
    },
    Edit {
        actor: "kubectl patch that takes an item away",
        act: Act::Kubectl(&[
            "patch",
            "deployment",
            NAME,
            "--type=json",
            "-p",
            r#"[{"op":"remove","path":"/spec/template/spec/containers/0/volumeMounts"}]"#,
        ]),
        finds: &[
            find("Deployment", web!("volumeMounts[mountPath=\"/key\"].mountPath"), Sort::Taken, &[]),
            find("Deployment", web!("volumeMounts[mountPath=\"/key\"].name"), Sort::Taken, &[]),
        ],
    },
    Edit {
        actor: "server-side apply of items",
        act: Act::Apply(
            &["--server-side", "--field-manager=platform-team"],
            r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"shop"},"spec":{"template":{"spec":{
               "tolerations":[{"key":"example.com/disk","operator":"Exists"}],"volumes":[{"name":"scratch","emptyDir":{}}],
               "containers":[{"name":"relay","image":"registry.example.com/relay:1"}]}}}}"#,
        ),
        finds: &[
            find("Deployment", ".spec.template.spec.tolerations", Sort::Added, &["platform-team"]),
            find("Deployment", ".spec.template.spec.volumes[name=\"scratch\"]", Sort::Added, &["platform-team"]),
            find("Deployment", ".spec.template.spec.containers[name=\"relay\"]", Sort::Added, &["platform-team"]),
        ],
    },
];

impl Act {
    pub fn run(self, site: &Site) {
        let namespace = ["--namespace", &site.namespace];
        match self {
            Self::Kubectl(words) => drop(site.cluster.kubectl(&[words, &namespace].concat())),
            Self::Apply(arguments, text) => {
                let words = [&["apply", "-f", "-"], arguments, &namespace].concat();
                drop(site.cluster.kubectl_with(User::Admin, &words, Some(text)).expect_success());
            }
            Self::Edit(script) => {
                let mut command = Command::new(site.cluster.program("kubectl"));
                command.args(["edit", "deployment", NAME]).args(namespace);
                command.env("KUBECONFIG", site.cluster.kubeconfig(User::Admin)).env("HOME", site.cluster.folder());
                command.env("KUBE_EDITOR", format!("sed -i '{script}'")).stdin(Stdio::null());
                let output = command.output().unwrap();
                assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            }
        }
    }
}
