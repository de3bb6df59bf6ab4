//! What was deleted by hand is called missing, and the release is well again as soon as it is back.

use crate::Case;
use crate::cluster::seed::failing::{By, Fault, RELEASE, make};
use crate::cluster::{Cluster, User};
use crate::health::{open_list, row};
use crate::terminal::Terminal;

pub const CASES: &[Case] = &[
    Case::shared("an_upgrade_brings_a_deleted_object_back", upgrade),
    Case::shared("an_apply_brings_a_deleted_workload_back", apply),
];

fn wait_row(terminal: &Terminal, verdict: &str, cause: &str) {
    let expected = (verdict.to_owned(), cause.to_owned());
    terminal.wait(&format!("{expected:?}"), |screen| row(screen).as_ref() == Some(&expected));
}

/// A kind that only the open release watches.
fn upgrade(cluster: &Cluster) {
    let namespace = "recovery-upgrade";
    make(cluster, namespace, By::Helm, Fault::Deleted);
    let mut terminal = open_list(cluster, User::Admin, namespace);
    wait_row(&terminal, "healthy", "");
    terminal.keys("\r");
    terminal
        .wait("the verdict", |screen| screen.contains("m missing") && screen.contains("Service warehouse is missing"));
    terminal.keys("2");
    terminal.wait_for("the release names it, and it is not there");
    let package = cluster.charts().package(RELEASE, "4.0.0");
    cluster.helm4(&["upgrade", RELEASE, &package.to_string_lossy(), "--namespace", namespace]);
    terminal.wait("3 of 3 well", |screen| screen.contains("3/3 ready") && screen.contains("healthy"));
    terminal.keys("Q");
    assert!(terminal.ended().success());
}

/// What kubectl applies bears no label of Helm, and the list asks for that label alone.
fn apply(cluster: &Cluster) {
    let namespace = "recovery-apply";
    make(cluster, namespace, By::Helm, Fault::Deleted);
    let mut terminal = open_list(cluster, User::Admin, namespace);
    wait_row(&terminal, "healthy", "");
    let manifest = cluster.helm4(&["get", "manifest", RELEASE, "--namespace", namespace]);
    cluster.kubectl(&["delete", "deployment", RELEASE, "--namespace", namespace]);
    wait_row(&terminal, "missing", "Deployment warehouse is missing");
    let arguments = ["apply", "--namespace", namespace, "-f", "-"];
    cluster.kubectl_with(User::Admin, &arguments, Some(&manifest)).expect_success();
    terminal.wait("a row that misses nothing", |screen| row(screen).is_some_and(|(verdict, _)| verdict != "missing"));
    terminal.keys("\r2");
    terminal.wait("all of them", |screen| screen.contains("3/3 ready"));
    terminal.keys("Q");
    assert!(terminal.ended().success());
}
