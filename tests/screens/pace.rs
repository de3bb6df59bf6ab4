//! What a key press costs, from the key to the painted frame.

use std::time::{Duration, Instant};

use wheelhouse::app::Msg;
use wheelhouse::config::Key;
use wheelhouse::release::{Change, FeedState};

use crate::fixture::{answer, condition, feeds, helm_release, snapshot, stored};
use crate::scenario::Scenario;

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

#[test]
#[ignore = "measures for a minute; cargo test --test screens -- --ignored --nocapture pace"]
fn a_key_press_costs_what_is_on_the_screen() {
    let mut moves = Vec::new();
    for count in [1_000, 10_000] {
        let start = Instant::now();
        let s = Scenario::connected(120, 40).changes(many(count));
        let load = start.elapsed();
        let s = s.answer(answer);
        let (s, down) = median(s, "j j k pagedown G g g");
        moves.push(down);
        let start = Instant::now();
        let s = s.changes(vec![stored("team-1", "native-1", 9, "failed", 0)]);
        let change = start.elapsed();
        let (s, typed) = median(s.keys("/"), "s e backspace backspace");
        let (s, tabs) = median(s.keys("esc enter"), "2 3 1");
        let (_, sort) = median(s.keys("esc o"), "c h backspace backspace");
        println!(
            "{count} releases: load {load:?}, move {down:?}, change {change:?}, filter {typed:?}, tabs {tabs:?}, sort {sort:?}"
        );
    }
    // Ten times the rows, and nothing but noise more: no row is judged, sorted or measured for a key.
    assert!(moves[1] < moves[0] * 3, "{moves:?}");
}
