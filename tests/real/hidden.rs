//! What is said of releases to those who may not see all of them: right for what they see, and that the rest is hidden.

use crate::Case;
use crate::cluster::seed::failing::{By, Fault, IMAGE, make};
use crate::cluster::{Cluster, User};
use crate::health::{blamed, row};
use crate::screen::start;
use crate::terminal::Terminal;

pub const CASES: &[Case] = &[
    Case::shared("a_native_without_secrets_is_judged_by_its_workloads", native_without_secrets),
    Case::shared("a_flux_release_without_secrets_is_judged_by_its_status", flux_without_secrets),
    Case::shared("an_object_outside_of_ones_rights_is_hidden", object_outside),
    Case::shared("in_ones_own_namespace_all_is_seen", own_namespace),
];

/// The screen of a user with the one release of a namespace, once its row says this.
fn open(cluster: &Cluster, user: User, namespace: &str, verdict: &str, cause: &str) -> Terminal {
    let terminal = start(cluster, user, &["-n", namespace], (300, 50));
    let expected = (verdict.to_owned(), cause.to_owned());
    terminal.wait(&format!("{expected:?}"), |screen| row(screen).as_ref() == Some(&expected));
    terminal
}

fn end(mut terminal: Terminal) {
    terminal.keys("Q");
    assert!(terminal.ended().success());
}

fn native_without_secrets(cluster: &Cluster) {
    let namespace = "hidden-secrets-helm";
    make(cluster, namespace, By::Helm, Fault::Image);
    let cause = format!("Deployment warehouse: web cannot pull {IMAGE} (from objects, Secrets forbidden)");
    let mut terminal = open(cluster, User::Viewer, namespace, "degraded", &cause);
    terminal.keys("\r");
    let why = terminal.wait("the cause", |screen| blamed(screen).is_some());
    assert!(why.contains(&format!("revisions forbidden: list secrets in {namespace}")), "{why}");
    terminal.keys("2");
    terminal
        .wait("its workload and its Pod", |screen| screen.contains("0/1 ready") && screen.contains("Pod warehouse-"));
    end(terminal);
}

fn flux_without_secrets(cluster: &Cluster) {
    let namespace = "hidden-secrets-flux";
    make(cluster, namespace, By::Flux, Fault::Crash);
    let cause = "Deployment warehouse: web exits 1 at start, 5 restarts (from status, Secrets forbidden)";
    let mut terminal = open(cluster, User::Viewer, namespace, "stalled", cause);
    terminal.keys("\r");
    let why = terminal.wait("the cause", |screen| blamed(screen).is_some());
    assert!(why.contains(&format!("revisions forbidden: list secrets in {namespace}")), "{why}");
    end(terminal);
}

/// The user of two namespaces may read a third one here, and nothing of the cluster's own objects.
fn grant(cluster: &Cluster, namespace: &str) {
    cluster.apply(&format!("apiVersion: v1\nkind: Namespace\nmetadata: {{name: {namespace}}}\n"));
    cluster.kubectl(&[
        "create",
        "rolebinding",
        "two",
        "--clusterrole=release-reader",
        "--user=two",
        "--namespace",
        namespace,
    ]);
}

fn object_outside(cluster: &Cluster) {
    let namespace = "hidden-definition";
    grant(cluster, namespace);
    make(cluster, namespace, By::Helm, Fault::Definition);
    let mut terminal = open(cluster, User::Two, namespace, "healthy", "");
    terminal.keys("\r");
    terminal.wait_for("assumed");
    terminal.wait_for("1 object cannot be seen: by the release's own word");
    terminal.keys("2");
    let objects = terminal.wait_for("you may not list this kind here");
    assert!(objects.contains("CustomResourceDefinition racks.hidden-definition.example.com"), "{objects}");
    end(terminal);
}

fn own_namespace(cluster: &Cluster) {
    let namespace = "hidden-nothing";
    grant(cluster, namespace);
    make(cluster, namespace, By::Helm, Fault::Image);
    let cause = format!("Deployment warehouse: web cannot pull {IMAGE}");
    let mut terminal = open(cluster, User::Two, namespace, "degraded", &cause);
    terminal.keys("\r");
    let why = terminal.wait("the cause", |screen| blamed(screen).is_some());
    assert!(!why.contains("forbidden"), "{why}");
    end(terminal);
}
