//! What a key costs: from the press to the painted frame, and the bytes that it sends to the terminal; and what an idle
//! screen sends.

use std::time::{Duration, Instant};

use crate::measure::percentile;
use crate::terminal::Terminal;

/// How many keys are pressed.
const PRESSES: usize = 100;
/// Between a frame and the next key.
const PAUSE: Duration = Duration::from_millis(40);
/// How long nothing is done.
const IDLE: Duration = Duration::from_secs(60);

/// Presses keys on the list, one after the other frame, and then none.
pub fn report(terminal: &mut Terminal) {
    keys(terminal);
    // What the last keys asked for may still come.
    std::thread::sleep(Duration::from_secs(5));
    let idle = |terminal: &Terminal, what: &str| {
        let before = terminal.bytes();
        std::thread::sleep(IDLE);
        println!("idle for {} s, {what}: {} bytes to the terminal", IDLE.as_secs(), terminal.bytes() - before);
    };
    idle(terminal, "the list, whose ages move once a minute");
    terminal.keys("\r7");
    terminal.wait_for("kind:");
    std::thread::sleep(Duration::from_secs(5));
    idle(terminal, "a manifest");
}

/// How long the frame after a key takes.
pub fn keys(terminal: &mut Terminal) {
    let before = terminal.bytes();
    let mut times: Vec<Duration> = (0..PRESSES)
        .map(|_| {
            // As fast as keys repeat: what comes sooner after a frame waits for the next one, of thirty a second.
            std::thread::sleep(PAUSE);
            let seen = terminal.screen();
            let began = Instant::now();
            terminal.keys("j");
            terminal.wait("another frame", |screen| screen != seen);
            began.elapsed()
        })
        .collect();
    times.sort();
    println!(
        "from a key to its painted frame, {PRESSES} keys: p50 {:.1} ms, p99 {:.1} ms, longest {:.1} ms; {} bytes a key",
        percentile(&times, 50).as_secs_f64() * 1000.0,
        percentile(&times, 99).as_secs_f64() * 1000.0,
        percentile(&times, 100).as_secs_f64() * 1000.0,
        (terminal.bytes() - before) / PRESSES
    );
}
