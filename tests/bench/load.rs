//! A cluster at work: what the screen takes while Deployments, ReplicaSets and Pods of all releases change all the time.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::cluster::Cluster;
use crate::cluster::seed::{Many, Workloads, seed_workloads};
use crate::measure::{Peer, cpu_time, peak_memory, percentile};
use crate::terminal::Terminal;
use crate::{typing, whole_list};

/// Deployments of one release.
const EACH: u64 = 2;
/// Changes a second.
const PACE: u32 = 50;
/// How many Pods break for a percentile.
const SAMPLES: usize = 40;
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
    whole_list(&terminal, many.releases);
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
    latency("in peace", cluster, &terminal, &workloads);
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let driver = scope.spawn(|| workloads.change(cluster, PACE, &stop));
        measured("under load", peer, &terminal, || std::thread::sleep(TIME));
        typing::keys(&mut terminal);
        // Back to where the worst is.
        terminal.keys("gg");
        latency("under load", cluster, &terminal, &workloads);
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

/// From the API server's answer to a status that a kubelet writes to the words on the screen, and to the verdict.
fn latency(when: &str, cluster: &Cluster, terminal: &Terminal, workloads: &Workloads) {
    let (mut words, mut verdicts, mut healed) = (Vec::new(), Vec::new(), Vec::new());
    for broken in workloads.last_pods(SAMPLES) {
        let row = |screen: &str, part: &str| {
            screen.lines().any(|line| line.split_whitespace().any(|word| word == broken.release) && line.contains(part))
        };
        broken.cannot_pull(cluster);
        let clock = Instant::now();
        terminal.wait("the cause", |screen| row(screen, "cannot pull"));
        words.push(clock.elapsed());
        terminal.wait("the verdict", |screen| row(screen, "degraded"));
        verdicts.push(clock.elapsed());
        broken.runs_again(cluster);
        let clock = Instant::now();
        terminal.wait("no such cause", |screen| !row(screen, "cannot pull"));
        healed.push(clock.elapsed());
    }
    for (what, mut times) in [("the cause", words), ("degraded", verdicts), ("well again", healed)] {
        times.sort();
        println!(
            "{when}, from the answer to a Pod's status to {what}, {SAMPLES} Pods: p50 {} ms, p99 {} ms",
            percentile(&times, 50).as_millis(),
            percentile(&times, 99).as_millis()
        );
    }
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
