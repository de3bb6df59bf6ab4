//! What is measured of one run, and how runs become a row.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::cluster::{Cluster, Mark, Relay};

/// The figures of one run.
#[derive(Debug, Clone, Copy)]
pub struct Figures {
    pub first_frame: Option<Duration>,
    pub first_row: Option<Duration>,
    /// Until everything was there.
    pub full: Duration,
    pub requests: usize,
    pub bytes: u64,
    /// Peak resident memory, in bytes.
    pub memory: u64,
}

impl Figures {
    pub const HEADER: &'static str =
        "peer                            first frame   first row   full list   requests      bytes down   peak memory";
}

/// Somebody who reads through the relay, told from others by the user agent.
pub struct Peer<'a> {
    pub cluster: &'a Cluster,
    pub relay: &'a Relay,
    pub agent: &'a str,
}

/// Where a run began.
#[derive(Clone, Copy)]
pub struct Began {
    audit: Mark,
    bytes: u64,
}

impl Peer<'_> {
    pub fn mark(&self) -> Began {
        Began { audit: self.cluster.audit_mark(), bytes: self.relay.bytes_down() }
    }

    pub fn since(&self, began: Began, full: Duration, memory: u64) -> Figures {
        let events = self.cluster.audit_since(began.audit);
        // A watch is one request, told when it opens.
        let requests = events
            .iter()
            .filter(|event| event.user == "administrator" && event.user_agent.starts_with(self.agent))
            .filter(|event| event.verb != "watch" || event.stage == "ResponseStarted")
            .count();
        Figures {
            first_frame: None,
            first_row: None,
            full,
            requests,
            bytes: self.relay.bytes_down() - began.bytes,
            memory,
        }
    }

    /// Runs a command to its end.
    pub fn run(&self, mut command: Command) -> Figures {
        let began = self.mark();
        let clock = Instant::now();
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let mut memory = 0;
        let status = loop {
            memory = peak_memory(child.id()).unwrap_or(memory).max(memory);
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            std::thread::sleep(Duration::from_millis(2));
        };
        let full = clock.elapsed();
        assert!(status.success(), "{command:?}: {status}");
        self.since(began, full, memory)
    }
}

/// The most that a running process has held, as the kernel counts it.
pub fn peak_memory(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kibibytes| kibibytes * 1024)
}

/// The processor time that a running process has used, to a hundredth of a second.
pub fn cpu_time(pid: u32) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).expect("a running process");
    // The name stands in parentheses and may hold spaces; user and system time are the 14th and 15th field of all.
    let fields = stat.rsplit_once(") ").expect("a name").1.split_whitespace();
    // Linux tells programs of hundredths of a second, whatever its own clock.
    let ticks: u64 = fields.skip(11).take(2).map(|field| field.parse::<u64>().expect("a number")).sum();
    Duration::from_millis(ticks * 10)
}

/// One row: the median of each figure by itself.
pub fn median_row(name: &str, runs: &[Figures]) -> String {
    let median = |mut numbers: Vec<u128>| {
        numbers.sort_unstable();
        numbers[numbers.len() / 2]
    };
    let of = |figure: &dyn Fn(&Figures) -> u128| median(runs.iter().map(figure).collect());
    let time = |figure: &dyn Fn(&Figures) -> Option<Duration>| {
        let times: Option<Vec<u128>> = runs.iter().map(|run| figure(run).map(|time| time.as_micros())).collect();
        times.map_or_else(|| "-".to_owned(), |times| format!("{:.1} ms", median(times) as f64 / 1000.0))
    };
    format!(
        "{name:<30} {:>12} {:>11} {:>11} {:>10} {:>12} kB {:>9.1} MiB",
        time(&|run| run.first_frame),
        time(&|run| run.first_row),
        time(&|run| Some(run.full)),
        of(&|run| run.requests as u128),
        of(&|run| u128::from(run.bytes)) / 1000,
        of(&|run| u128::from(run.memory)) as f64 / 1_048_576.0,
    )
}

/// A percentile of sorted times, by the nearest rank.
pub fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted[rank - 1]
}
