//! The suite that runs against a real cluster: one cluster, started when the first case needs it, for all cases.
//!
//! A subject is one file of this folder with a list `CASES`; add it to `SUBJECTS`. Shared cases run beside each other and
//! keep to a namespace of their own; exclusive ones have the cluster to themselves and may disturb it.
//!
//! `cargo test --test real -- up` starts the cluster for a person instead and runs until ctrl-c; `up seeded` puts a
//! hundred releases into it first. `cargo test --test real -- record` makes `tests/recordings/natives.jsonl.gz` anew.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failed test panics"
)]
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the suite starts processes and waits for them"
)]

#[path = "../cluster/mod.rs"]
mod cluster;

#[path = "../terminal/mod.rs"]
#[allow(dead_code, reason = "each suite uses a part of it")]
mod terminal;

#[path = "../told/mod.rs"]
mod told;

mod broken_off;
mod client;
mod contract;
mod cut_off;
mod damaged;
mod diff;
mod disown;
mod double;
mod drift;
mod failing;
mod fates;
mod flux_actions;
mod flux_rollback;
mod health;
mod hidden;
mod list;
mod logs;
mod openapi;
mod owned;
mod patches;
mod preflight;
mod recovery;
mod resilience;
mod rollback;
mod screen;
mod seed;
mod smoke;
mod trouble;
mod undo;
mod users;
mod values;
mod watching;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::{OnceLock, PoisonError, RwLock};
use std::time::{Duration, Instant};

use cluster::{Cluster, TWO_NAMESPACES, User};
use libtest_mimic::{Arguments, Trial};

/// Every subject of the suite: the name of its file, and its cases.
const SUBJECTS: &[(&str, &[Case])] = &[
    ("smoke", smoke::CASES),
    ("seed", seed::CASES),
    ("failing", failing::CASES),
    ("health", health::CASES),
    ("cut_off", cut_off::CASES),
    ("hidden", hidden::CASES),
    ("logs", logs::CASES),
    ("recovery", recovery::CASES),
    ("list", list::CASES),
    ("users", users::CASES),
    ("damaged", damaged::CASES),
    ("trouble", trouble::CASES),
    ("resilience", resilience::CASES),
    ("screen", screen::CASES),
    ("contract", contract::CASES),
    ("openapi", openapi::CASES),
    ("owned", owned::CASES),
    ("patches", patches::CASES),
    ("fates", fates::CASES),
    ("flux_actions", flux_actions::CASES),
    ("flux_rollback", flux_rollback::CASES),
    ("undo", undo::CASES),
    ("broken_off", broken_off::CASES),
    ("disown", disown::CASES),
    ("double", double::CASES),
    ("drift", drift::CASES),
    ("diff", diff::CASES),
    ("preflight", preflight::CASES),
    ("values", values::CASES),
    ("rollback", rollback::CASES),
];

/// Files that hold no cases but serve those that do.
const HELPERS: &[&str] = &["main", "client", "watching"];

/// One test of a subject.
pub struct Case {
    name: &'static str,
    exclusive: bool,
    body: fn(&'static Cluster),
}

impl Case {
    /// Runs beside others. It must not disturb the API server, and works in namespaces of its own.
    pub const fn shared(name: &'static str, body: fn(&'static Cluster)) -> Self {
        Self { name, exclusive: false, body }
    }

    /// Runs alone. It may stop the API server or expire watches, and leaves the cluster working.
    pub const fn exclusive(name: &'static str, body: fn(&'static Cluster)) -> Self {
        Self { name, exclusive: true, body }
    }
}

static CLUSTER: OnceLock<Option<Cluster>> = OnceLock::new();

fn main() -> ExitCode {
    stop_on_signals();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.first().is_some_and(|first| first == "up") {
        return up(arguments.get(1).is_some_and(|second| second == "seeded"));
    }
    if arguments.first().is_some_and(|first| first == "record") {
        return record();
    }
    assert_no_file_is_forgotten();
    let arguments = Arguments::from_args();
    let cases = SUBJECTS.iter().flat_map(|(subject, cases)| cases.iter().map(move |case| trial(subject, case)));
    let conclusion = libtest_mimic::run(&arguments, cases.collect());
    if let Some(cluster) = CLUSTER.get().and_then(Option::as_ref) {
        // Panics, and so fails the suite, if a process or a port survives.
        cluster.stop();
    }
    conclusion.exit_code()
}

fn trial(subject: &str, case: &'static Case) -> Trial {
    static TURN: RwLock<()> = RwLock::new(());
    Trial::test(format!("{subject}::{}", case.name), move || {
        let cluster = started();
        if case.exclusive {
            let _alone = TURN.write().unwrap_or_else(PoisonError::into_inner);
            (case.body)(cluster);
        } else {
            let _beside_others = TURN.read().unwrap_or_else(PoisonError::into_inner);
            (case.body)(cluster);
        }
        Ok(())
    })
}

/// Starts the cluster once. When that failed, every case fails without trying again.
fn started() -> &'static Cluster {
    let cluster = CLUSTER.get_or_init(|| {
        let began = Instant::now();
        let cluster = catch_unwind(AssertUnwindSafe(Cluster::start)).ok();
        eprintln!("cluster started in {:.1} s", began.elapsed().as_secs_f64());
        cluster
    });
    cluster.as_ref().expect("the cluster did not start; the first case says why")
}

/// A file without an entry in `SUBJECTS` would never run.
fn assert_no_file_is_forgotten() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/real");
    for entry in std::fs::read_dir(folder).expect("read tests/real") {
        let path = entry.expect("an entry of tests/real").path();
        let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        let known = HELPERS.contains(&stem) || SUBJECTS.iter().any(|(subject, _)| *subject == stem);
        assert!(known, "{} is not listed in SUBJECTS", path.display());
    }
}

/// Records the natives on a cluster of its own, and stops it.
fn record() -> ExitCode {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recordings/natives.jsonl.gz");
    let cluster = started();
    let count = cluster::seed::record_natives(cluster, &path);
    cluster.stop();
    println!("{count} objects in {}", path.display());
    ExitCode::SUCCESS
}

/// Starts the cluster for a person, until ctrl-c.
fn up(seeded: bool) -> ExitCode {
    let cluster = started();
    if seeded {
        println!("seeding a hundred releases");
        cluster::seed::seed_hundred(cluster);
    }
    println!("\nAPI server  {}", cluster.server());
    for user in User::ALL {
        println!("{:<13} {}", user.name(), cluster.kubeconfig(user).display());
    }
    println!("charts      {} (HelmRepository flux-system/charts)", cluster.charts().url());
    println!("logs, state {}", cluster.folder().display());
    println!("`two` may read in: {}", TWO_NAMESPACES.join(", "));
    println!("\ntry: KUBECONFIG={} cargo run", cluster.kubeconfig(User::Admin).display());
    println!("ctrl-c stops it");
    loop {
        std::thread::sleep(Duration::from_secs(3600));
    }
}

/// Ctrl-c reaches only this process. If the cluster is still starting, its watchdog cleans up behind us.
fn stop_on_signals() {
    use tokio::signal::unix::{SignalKind, signal};
    std::thread::spawn(|| {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime for signals");
        let code = runtime.block_on(async {
            let mut interrupt = signal(SignalKind::interrupt()).expect("listen for SIGINT");
            let mut terminate = signal(SignalKind::terminate()).expect("listen for SIGTERM");
            let mut hang_up = signal(SignalKind::hangup()).expect("listen for SIGHUP");
            tokio::select! {
                _ = interrupt.recv() => 130,
                _ = terminate.recv() => 143,
                _ = hang_up.recv() => 129,
            }
        });
        let for_a_person = std::env::args().skip(1).eq(["up"]);
        eprintln!("stopping");
        if let Some(cluster) = CLUSTER.get().and_then(Option::as_ref) {
            cluster.stop();
        }
        // For a person ctrl-c is the ordinary end.
        std::process::exit(if for_a_person { 0 } else { code });
    });
}
