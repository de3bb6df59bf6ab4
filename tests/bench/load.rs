//! A cluster at work: what the screen takes while Deployments, ReplicaSets and Pods of all releases change all the time.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::cluster::Cluster;
use crate::cluster::seed::{Many, seed_workloads};
use crate::measure::{Peer, cpu_time, peak_memory};
use crate::terminal::Terminal;

/// Deployments of one release.
const EACH: u64 = 2;
/// Changes a second.
const PACE: u32 = 50;
/// How long each figure is taken.
const TIME: Duration = Duration::from_secs(30);

/// Seeds the workloads, opens the list, and measures it first in peace, then under the load.
pub fn report(cluster: &Cluster, peer: &Peer<'_>, kubeconfig: &Path, many: &Many) {
    let began = Instant::now();
    let workloads = seed_workloads(cluster, many, EACH);
    println!("{} Deployments, available after {} s", workloads.deployments, began.elapsed().as_secs());
    let mark = peer.mark();
    let began = Instant::now();
    let mut terminal = Terminal::start(&[], &[("KUBECONFIG", kubeconfig)], (160, 50));
    let whole = format!("{} deployed", many.releases);
    terminal.wait("the whole list", |screen| screen.contains("live") && screen.contains(&whole));
    let full = began.elapsed();
    // What is read after the list is part of the start.
    std::thread::sleep(Duration::from_secs(10));
    let start = peer.since(mark, full, peak_memory(terminal.pid()).unwrap_or(0));
    println!(
        "start: the whole list after {:.1} s; {} requests, {} kB down, {:.1} MiB at most",
        full.as_secs_f64(),
        start.requests,
        start.bytes / 1000,
        start.memory as f64 / 1_048_576.0
    );
    measured("in peace", peer, &terminal, || std::thread::sleep(TIME));
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let driver = scope.spawn(|| workloads.change(cluster, PACE, &stop));
        measured("under load", peer, &terminal, || std::thread::sleep(TIME));
        stop.store(true, Ordering::Relaxed);
        let changed = driver.join().expect("the load");
        println!(
            "load: {} changes, {:.1} a second; {} seen by a watch",
            changed.writes,
            changed.per_second(),
            changed.seen
        );
    });
    terminal.keys("Q");
    terminal.ended();
}

/// What the program takes of processor, connection, terminal and memory meanwhile.
fn measured(what: &str, peer: &Peer<'_>, terminal: &Terminal, meanwhile: impl FnOnce()) {
    let (mark, painted) = (peer.mark(), terminal.bytes());
    let (clock, worked) = (Instant::now(), cpu_time(terminal.pid()));
    meanwhile();
    let (time, worked) = (clock.elapsed(), cpu_time(terminal.pid()) - worked);
    let figures = peer.since(mark, time, peak_memory(terminal.pid()).unwrap_or(0));
    let seconds = time.as_secs_f64();
    println!(
        "{what}: {:.1} % of one processor, {} requests, {:.1} kB a second down, {:.1} kB a second to the terminal, \
         {:.1} MiB at most",
        worked.as_secs_f64() / seconds * 100.0,
        figures.requests,
        figures.bytes as f64 / 1000.0 / seconds,
        (terminal.bytes() - painted) as f64 / 1000.0 / seconds,
        figures.memory as f64 / 1_048_576.0
    );
}
