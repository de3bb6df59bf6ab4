//! Releases that are well and cut off from what should keep them so: the screen says who is silent and what is in the way.

use std::time::{Duration, Instant};

use crate::Case;
use crate::cluster::seed::failing::RELEASE;
use crate::cluster::seed::severed::{start_controller, stop_controller, suspend_kustomization};
use crate::cluster::{Cluster, User};
use crate::health::{blamed, open_list, row};
use crate::terminal::CEILING;

pub const CASES: &[Case] = &[
    Case::shared("a_suspended_kustomization_in_the_way_is_named", kustomization_suspended),
    Case::exclusive("a_stopped_controller_is_called_silent", controller_stopped),
];

/// Before it a controller is not called silent.
const PATIENCE: Duration = Duration::from_secs(60);

fn kustomization_suspended(cluster: &Cluster) {
    let namespace = "cut-off-kustomization";
    let mut terminal = open_list(cluster, User::Admin, namespace);
    suspend_kustomization(cluster, namespace);
    terminal.wait("a row that is well", |screen| row(screen).is_some_and(|(verdict, _)| verdict == "healthy"));
    terminal.keys("\r1");
    let why = terminal.wait("the cause", |screen| blamed(screen).is_some());
    let sentence = "Kustomization flux-system/cut-off-kustomization is suspended: what is pushed does not arrive \
                    (applied main@sha1:4f0cbb3a2d1e, its source has main@sha1:b91d2e7c6a5f)";
    assert!(why.lines().any(|line| line.trim_start_matches(['>', ' ']) == sentence), "{why}");
    let cause = "Kustomization flux-system/cut-off-kustomization   * suspended; applied main@sha1:4f0cbb3a2d1e, its source has \
                 main@sha1:b91d2e7c6a5f";
    assert_eq!(blamed(&why).as_deref(), Some(cause), "{why}");
    terminal.keys("Q");
    assert!(terminal.ended().success());
}

fn controller_stopped(cluster: &Cluster) {
    let namespace = "cut-off-controller";
    let mut terminal = open_list(cluster, User::Admin, namespace);
    stop_controller(cluster, namespace);
    let act = Instant::now();
    let line =
        |screen: &str| screen.lines().find(|line| line.contains(RELEASE) && line.contains("flux")).map(str::to_owned);
    let silent = || line(&terminal.screen()).is_some_and(|line| line.contains("silent"));
    cluster.wait("the controller to be called silent", PATIENCE + CEILING, silent);
    // Stopping and applying is within the seconds before `act`.
    assert!(act.elapsed() > PATIENCE / 2, "called silent after {:?}", act.elapsed());
    eprintln!("helm-controller called silent {:.1} s after the change", act.elapsed().as_secs_f64());
    terminal.keys("\r1");
    let why = terminal.wait_for("Deployment flux-system/helm-controller is scaled to 0");
    assert!(why.contains("helm-controller has not reacted for"), "{why}");
    terminal.keys("\u{1b}");
    start_controller(cluster);
    terminal
        .wait("the controller to be heard again", |screen| line(screen).is_some_and(|line| !line.contains("silent")));
    terminal.keys("Q");
    assert!(terminal.ended().success());
}
