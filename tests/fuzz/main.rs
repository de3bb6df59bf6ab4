//! Feeds changed texts to what reads and resolves sets of fields, for so many seconds, and says how many there were:
//! `cargo run --release --example fuzz -- SECONDS [SEED]`. It ends at the first text for which a property does not hold.

#![allow(clippy::disallowed_methods, reason = "a tool of the repository reads the clock and its arguments")]
#![allow(clippy::panic, clippy::expect_used, clippy::indexing_slicing, reason = "a property that does not hold panics")]
#![allow(clippy::print_stdout, reason = "it says how far it came")]

mod changes;
mod fields;

use std::time::{Duration, Instant};

fn main() {
    let number = |place: usize| std::env::args().nth(place).and_then(|text| text.parse::<u64>().ok());
    let (seconds, seed) = (number(1).unwrap_or(60), number(2).unwrap_or(6));
    let (schema, mut changes) = (fields::types(), changes::Changes::new(seed));
    let (start, mut executions) = (Instant::now(), 0_u64);
    while start.elapsed() < Duration::from_secs(seconds) {
        for _ in 0..1000 {
            fields::any_bytes(&changes.text(), &schema);
            executions += 1;
        }
    }
    println!("{executions} executions in {seconds} s, seed {seed}: every property held");
}
