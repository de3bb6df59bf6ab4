//! What a key press costs, from the key to the painted frame, without a terminal and a cluster: 1,000 and 10,000 releases.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed bench panics")]
#![allow(clippy::disallowed_methods, reason = "it reads the clock")]
#![allow(clippy::print_stdout, reason = "it prints what it measured")]

#[path = "../screens/fixture.rs"]
#[allow(dead_code, reason = "the suite uses more of it")]
mod fixture;
#[path = "../screens/scenario.rs"]
#[allow(dead_code, reason = "the suite uses more of it")]
mod scenario;
#[path = "../screens/styled.rs"]
mod styled;
#[path = "../screens/text.rs"]
mod text;

use std::time::{Duration, Instant};

use wheelhouse::app::Msg;
use wheelhouse::config::Key;
use wheelhouse::release::{Change, FeedState};

use fixture::{answer, condition, feeds, helm_release, snapshot, stored};
use scenario::Scenario;

/// So many releases, half of them of Flux, of every verdict.
fn many(count: u32) -> Vec<Change> {
    let mut all = feeds(&FeedState::Live);
    for number in 0..count / 2 {
        let (namespace, name) = (format!("team-{}", number % 40), format!("service-{number}"));
        let status = ["deployed", "deployed", "failed", "pending-upgrade"][number as usize % 4];
        all.push(stored(&namespace, &format!("native-{number}"), 1 + number % 9, status, i64::from(number)));
        let ready = if number % 5 == 0 { "False" } else { "True" };
        let minutes = i64::from(number);
        all.push(helm_release(&namespace, &name, serde_json::json!({}), serde_json::json!({
            "conditions": [condition("Ready", ready, "UpgradeFailed", "Helm upgrade failed: context deadline exceeded", minutes)],
            "history": [snapshot(&namespace, &name, 3, "deployed", "1.5.0", minutes)],
        })));
    }
    all
}

/// The median of what each of these takes, drawn.
fn median(mut s: Scenario, keys: &str) -> (Scenario, Duration) {
    let mut times = Vec::new();
    for _ in 0..5 {
        for key in keys.split(' ') {
            let key: Key = key.parse().unwrap();
            let start = Instant::now();
            s = s.send(Msg::Input(key));
            s.screen();
            times.push(start.elapsed());
        }
    }
    times.sort_unstable();
    (s, times[times.len() / 2])
}

fn main() {
    for count in [1_000, 10_000] {
        let start = Instant::now();
        let s = Scenario::connected(120, 40).changes(many(count));
        let load = start.elapsed();
        let s = s.answer(answer);
        let (s, down) = median(s, "j j k pagedown G g g");
        let start = Instant::now();
        let s = s.changes(vec![stored("team-1", "native-1", 9, "failed", 0)]).settled();
        let change = start.elapsed();
        let (s, typed) = median(s.keys("/"), "s e backspace backspace");
        let (s, tabs) = median(s.keys("esc enter"), "5 7 4");
        let (_, sort) = median(s.keys("esc o"), "c h backspace backspace");
        println!(
            "{count} releases: load {load:?}, move {down:?}, change {change:?}, filter {typed:?}, tabs {tabs:?}, sort {sort:?}"
        );
    }
}
