//! What it costs to compare two revisions: 50 objects, 5,000 objects, and 20 MB a side; once with a label changed in every
//! object and once with one object changed. Beside it `diff -u` over files of the same two manifests. Each is a process of its
//! own, so that its peak of memory is its own.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed bench panics")]
#![allow(clippy::disallowed_methods, reason = "it reads the clock, and files")]
#![allow(clippy::print_stdout, reason = "it prints what it measured")]

use std::fmt::Write as _;
use std::fs;
use std::ops::ControlFlow;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Map, json};
use wheelhouse::diff::{Asked, End, Part};
use wheelhouse::release::mask::Masker;
use wheelhouse::release::payload::Payload;
use wheelhouse::schema::Schema;

/// Objects, lines of data in each, and whether every one differs.
const CASES: &[(usize, usize, bool)] =
    &[(50, 20, true), (50, 20, false), (5_000, 20, true), (5_000, 20, false), (5_000, 150, true), (5_000, 150, false)];

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(case) = arguments.iter().position(|argument| argument == "--case").and_then(|at| arguments.get(at + 1))
    {
        compare(CASES[case.parse::<usize>().unwrap()]);
        return;
    }
    println!(
        "{:>8} {:>9} {:>8} {:>12} {:>12} {:>11} {:>11}",
        "objects", "MB a side", "differ", "compare", "diff -u", "peak", "peak diff"
    );
    let folder = tempfile::tempdir().unwrap();
    for (index, case) in CASES.iter().enumerate() {
        let files = [false, true].map(|is_new| {
            let path = folder.path().join(if is_new { "new" } else { "old" });
            fs::write(&path, manifest(*case, is_new)).unwrap();
            path
        });
        let own = Command::new(std::env::current_exe().unwrap())
            .args(["--case", &index.to_string()])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (time, peak) = {
            let output = own.wait_with_output().unwrap();
            let told = String::from_utf8(output.stdout).unwrap();
            let (time, peak) = told.trim().split_once(' ').unwrap();
            (Duration::from_micros(time.parse().unwrap()), peak.parse::<u64>().unwrap())
        };
        let start = Instant::now();
        let mut diff = Command::new("diff").arg("-u").args(&files).stdout(Stdio::null()).spawn().unwrap();
        let peak_diff = watched(&mut diff);
        let time_diff = start.elapsed();
        let size = fs::metadata(&files[1]).unwrap().len();
        assert!(index < 4 || size >= 20_000_000, "the largest is less than 20 MB a side");
        println!(
            "{:>8} {:>9.1} {:>8} {:>12.1?} {:>12.1?} {:>8} MB {:>8} MB",
            case.0,
            megabytes(size),
            if case.2 { case.0 } else { 1 },
            time,
            time_diff,
            peak / 1024,
            peak_diff / 1024,
        );
    }
}

fn megabytes(bytes: u64) -> f64 {
    f64::from(u32::try_from(bytes / 1000).unwrap()) / 1000.0
}

/// Prints the median of some runs in microseconds, and the peak of memory in KiB.
fn compare(case: (usize, usize, bool)) {
    let end = |is_new: bool| {
        let raw: Map<_, _> = json!({
            "name": "large", "namespace": "shop", "version": 1 + i32::from(is_new), "manifest": manifest(case, is_new),
        })
        .as_object()
        .unwrap()
        .clone();
        End::Revision(Arc::new(Payload::new(raw)))
    };
    let asked = Asked {
        old: end(false),
        new: end(true),
        parts: vec![Part::Manifest],
        rules: [].into(),
        masker: Masker::default(),
    };
    let schema = Schema::default();
    let mut times: Vec<Duration> = (0..if case.0 > 50 { 3 } else { 15 })
        .map(|_| {
            let start = Instant::now();
            let diff = asked.compare(&schema, |_| ControlFlow::Continue(())).unwrap();
            let time = start.elapsed();
            assert_eq!((diff.entries.len(), diff.same), if case.2 { (case.0, 0) } else { (1, case.0 - 1) });
            time
        })
        .collect();
    times.sort_unstable();
    println!("{} {}", times[times.len() / 2].as_micros(), peak("self").unwrap());
}

/// Deployments and ConfigMaps in turn.
fn manifest((objects, lines, all): (usize, usize, bool), is_new: bool) -> String {
    let mut text = String::new();
    for index in 0..objects {
        let is_changed = is_new && (all || index == objects / 2);
        let version = if is_changed { "1.1.0" } else { "1.0.0" };
        let labels = format!("    app.kubernetes.io/name: web-{index}\n    helm.sh/chart: web-{version}\n");
        let head = |api: &str, kind: &str| {
            format!(
                "---\n# Source: web/templates/{kind}.yaml\napiVersion: {api}\nkind: {kind}\nmetadata:\n  name: web-{index}\n  labels:\n{labels}"
            )
        };
        if index % 2 == 0 {
            text += &head("apps/v1", "Deployment");
            text += "spec:\n  replicas: 2\n  template:\n    spec:\n      containers:\n      - name: web\n        image: example.com/web:1\n        env:\n";
            for line in 0..lines / 2 {
                let _ = write!(text, "        - name: VARIABLE_{line}\n          value: \"value {line} of {index}\"\n");
            }
        } else {
            text += &head("v1", "ConfigMap");
            text += "data:\n  config.yaml: |\n";
            for line in 0..lines {
                let _ = writeln!(text, "    key-{line}: value {line} of {index}");
            }
        }
    }
    text
}

/// Waits for its end, and says the most memory that it had, in KiB.
fn watched(child: &mut Child) -> u64 {
    let mut most = 0;
    while child.try_wait().unwrap().is_none() {
        most = peak(&child.id().to_string()).unwrap_or(0).max(most);
        std::thread::sleep(Duration::from_millis(1));
    }
    most
}

fn peak(process: &str) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}
