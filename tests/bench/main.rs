//! Measures, and asserts nothing: requests and bytes by the API server's audit log and a relay, times from outside, peak
//! memory as the kernel counted it. Every peer runs in the same run, on the same data, in turn.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failed bench panics"
)]
#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "it starts processes and reads the clock")]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "it prints what it measured")]

#[path = "../cluster/mod.rs"]
mod cluster;
#[path = "../terminal/mod.rs"]
#[allow(dead_code, reason = "each suite uses a part of it")]
mod terminal;

mod load;
mod measure;
mod typing;
mod watch_only;

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use cluster::seed::seed_many;
use cluster::{Cluster, User};
use measure::{Figures, Peer, median_row, peak_memory, percentile};
use serde_json::json;
use terminal::Terminal;

const RUNS: usize = 5;

/// Makes the command of a peer anew for each run.
type MakeCommand<'a> = Box<dyn Fn() -> Command + 'a>;

fn main() {
    let numbers: Vec<u64> = std::env::args().skip(1).filter_map(|word| word.parse().ok()).collect();
    if let Some(kubeconfig) = std::env::var_os("WATCH_ONLY") {
        return watch_only::run(Path::new(&kubeconfig));
    }
    if std::env::args().any(|word| word == "load") {
        return load(numbers.first().copied().unwrap_or(1000));
    }
    let releases = numbers.first().copied().unwrap_or(100);
    let revisions = numbers.get(1).copied().unwrap_or(10);
    let cluster = Cluster::start();
    eprintln!("storing {releases} releases of {revisions} revisions");
    let many = seed_many(&cluster, releases, revisions);
    let release = format!("{releases} releases x {revisions} revisions, {} kB a payload", many.payload / 1000);
    println!("\n{release}; median of {RUNS} runs; 2 cores are shared with the API server\n");
    println!("{}", Figures::HEADER);
    let ours = env!("CARGO_BIN_EXE_wheelhouse");
    let itself = std::env::current_exe().unwrap();
    let relay = cluster.relay();
    let kubeconfig = relay.kubeconfig(User::Admin);
    let command = |program: &Path, arguments: &[&str]| {
        let mut command = Command::new(program);
        command.args(arguments).env_clear().env("KUBECONFIG", &kubeconfig).env("HOME", cluster.folder());
        command
    };
    let bin = |name: &str| cluster.program(name);
    let peers: Vec<(&str, &str, MakeCommand<'_>)> = vec![
        (
            "wheelhouse list -A -o json",
            "wheelhouse/",
            Box::new(|| command(Path::new(ours), &["list", "-A", "-o", "json"])),
        ),
        (
            "helm 4 list -A",
            "Helm/",
            Box::new(|| command(&bin("helm4"), &["list", "-A", "--max", "100000", "-o", "json"])),
        ),
        (
            "helm 3 list -A -a",
            "Helm/",
            Box::new(|| command(&bin("helm3"), &["list", "-A", "-a", "--max", "100000", "-o", "json"])),
        ),
        (
            "bare metadata list and watch",
            "",
            Box::new(|| {
                let mut command = command(&itself, &[]);
                command.env("WATCH_ONLY", &kubeconfig);
                command
            }),
        ),
    ];
    for (name, agent, make) in &peers {
        let peer = Peer { cluster: &cluster, relay: &relay, agent };
        let runs: Vec<Figures> = (0..RUNS).map(|_| peer.run(make())).collect();
        println!("{}", median_row(name, &runs));
    }
    let peer = Peer { cluster: &cluster, relay: &relay, agent: "wheelhouse/" };
    let runs: Vec<Figures> = (0..RUNS).map(|_| screen(&peer, &kubeconfig, releases)).collect();
    println!("{}", median_row("wheelhouse (screen, 160x50)", &runs));

    let mut latencies = latencies(&cluster, &kubeconfig, &many.namespaces[0], revisions);
    latencies.sort();
    println!(
        "\nfrom the API server's answer to Helm's write to the row on the screen, {} writes: p50 {} ms, p99 {} ms",
        latencies.len(),
        percentile(&latencies, 50).as_millis(),
        percentile(&latencies, 99).as_millis()
    );
    let mut terminal = Terminal::start(&[], &[("KUBECONFIG", &kubeconfig)], (160, 50));
    whole_list(&terminal, releases);
    typing::report(&mut terminal);
    terminal.keys("Q");
    terminal.ended();
    cluster.stop();
}

/// The screen beside workloads that change all the time.
fn load(releases: u64) {
    let cluster = Cluster::start();
    eprintln!("storing {releases} releases");
    let many = seed_many(&cluster, releases, 1);
    let relay = cluster.relay();
    let peer = Peer { cluster: &cluster, relay: &relay, agent: "wheelhouse/" };
    load::report(&cluster, &peer, &relay.kubeconfig(User::Admin), &many);
    cluster.stop();
}

/// Waits until the header says live, and its counts are of every release.
fn whole_list(terminal: &Terminal, releases: u64) {
    terminal.wait("the whole list", |screen| {
        let header = screen.lines().next().unwrap_or_default();
        let counts = header.split_whitespace().filter_map(|word| word.parse::<u64>().ok());
        header.ends_with("live") && counts.sum::<u64>() == releases
    });
}

/// The screen: first frame, first row, and everything read (the header says live, and every release is counted).
fn screen(peer: &Peer<'_>, kubeconfig: &Path, releases: u64) -> Figures {
    let mark = peer.mark();
    let began = Instant::now();
    let environment = [("KUBECONFIG", kubeconfig)];
    let mut terminal = Terminal::start(&[], &environment, (160, 50));
    terminal.wait_for("wheelhouse");
    let first_frame = began.elapsed();
    terminal.wait_for("bench-");
    let first_row = began.elapsed();
    whole_list(&terminal, releases);
    let full = began.elapsed();
    // The payloads of the rows on the screen are part of what it costs.
    terminal.wait("every chart on the screen", |screen| {
        screen.matches("helm3").count() + screen.matches("helm4").count() >= 40.min(usize::try_from(releases).unwrap())
    });
    let memory = peak_memory(terminal.pid()).unwrap_or(0);
    let figures = peer.since(mark, full, memory);
    terminal.keys("Q");
    terminal.ended();
    Figures { first_frame: Some(first_frame), first_row: Some(first_row), ..figures }
}

/// Writes new revisions as Helm does, and waits for each to be seen.
fn latencies(cluster: &Cluster, kubeconfig: &Path, namespace: &str, revisions: u64) -> Vec<Duration> {
    let release = "bench-0";
    let path = format!("/api/v1/namespaces/{namespace}/secrets");
    let mut object = cluster.get(&format!("{path}/sh.helm.release.v1.{release}.v{revisions}"));
    let mut terminal = Terminal::start(&["-n", namespace], &[("KUBECONFIG", kubeconfig)], (160, 50));
    let shows = |screen: &str, revision: u64| {
        screen.lines().any(|line| {
            let mut words = line.split_whitespace().skip_while(|word| *word != release);
            words.next().is_some() && words.any(|word| word == revision.to_string())
        })
    };
    terminal.wait("the row", |screen| shows(screen, revisions) && screen.contains("live"));
    let mut latencies = Vec::new();
    for revision in revisions + 1..revisions + 51 {
        object["metadata"] = json!({
            "name": format!("sh.helm.release.v1.{release}.v{revision}"),
            "labels": {"owner": "helm", "name": release, "status": "deployed", "version": revision.to_string()},
        });
        let answer = cluster.request(User::Admin, "POST", &path, Some(&object.to_string()));
        assert_eq!(answer.status, 201);
        let began = Instant::now();
        terminal.wait("the new revision", |screen| shows(screen, revision));
        latencies.push(began.elapsed());
    }
    terminal.keys("Q");
    terminal.ended();
    latencies
}
