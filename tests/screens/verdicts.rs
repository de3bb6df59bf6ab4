//! The recording of a real cluster as the list shows it, second by second, held to a file that was written from the rules and
//! recording before the code.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use wheelhouse::app::{Effect, Msg};
use wheelhouse::release::flux::HelmRelease;
use wheelhouse::release::{Change, FeedKind, FeedState, ObjectKey};

use crate::fixture::feed;
use crate::scenario::Scenario;

const GOLDEN: &str = include_str!("../recordings/verdicts.golden");

/// How far a time may be from the one that was written down by hand.
const NEAR: f64 = 0.2;

/// For each release, when which verdict was shown: seconds since the first line of the recording.
type Shown = BTreeMap<String, Vec<(f64, String)>>;

fn recorded() -> Vec<Value> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/recordings/helmreleases.jsonl.gz");
    let mut text = String::new();
    flate2::read::GzDecoder::new(std::fs::File::open(path).unwrap()).read_to_string(&mut text).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn golden() -> Shown {
    let mut shown = Shown::new();
    for line in GOLDEN.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let mut words = line.split_whitespace();
        let mut next = || words.next().unwrap().to_owned();
        let (name, second, verdict) = (next(), next().parse().unwrap(), next());
        shown.entry(name).or_default().push((second, verdict));
    }
    shown
}

fn at(line: &Value) -> Timestamp {
    Timestamp::from_microsecond((line["at"].as_f64().unwrap() * 1e6) as i64).unwrap()
}

/// What the list shows while the HelmReleases of the recording change; nothing else of the cluster is seen.
fn replay() -> Shown {
    let lines = recorded();
    let begin = at(&lines[0]);
    let mut shown = Shown::new();
    let mut note = |s: &Scenario| {
        for row in &s.model.session.rows {
            let told = shown.entry(format!("{}/{}", row.release.namespace, row.release.id.name)).or_default();
            let verdict = row.judgement.verdict.to_string();
            if told.last().is_none_or(|(_, last)| *last != verdict) {
                told.push((s.model.session.now.duration_since(begin).as_secs_f64(), verdict));
            }
        }
    };
    let mut s = Scenario::connected(120, 40).send(Msg::Clock(begin));
    s = s.changes(vec![feed(FeedKind::HelmReleases, FeedState::Live)]);
    let wake = |s: &Scenario, until: Timestamp| {
        let last = s.effects.iter().rev().find_map(|effect| match effect {
            Effect::WakeAt(at) => Some(*at),
            _ => None,
        });
        last.filter(|at| *at > s.model.session.now && *at <= until)
    };
    let end = begin + SignedDuration::from_secs(400);
    for line in lines.iter().map(Some).chain([None]) {
        let until = line.map_or(end, at);
        while let Some(wake) = wake(&s, until) {
            s = s.send(Msg::Clock(wake));
            note(&s);
        }
        let Some(line) = line else { break };
        let object = &line["object"];
        let meta = &object["metadata"];
        let change = if line["type"] == "DELETED" {
            let own = |key: &str| meta[key].as_str().unwrap().to_owned();
            Change::HelmReleaseGone(ObjectKey::new(own("namespace"), own("name")))
        } else {
            Change::HelmRelease(Arc::new(HelmRelease::read(object).unwrap()))
        };
        s = s.send(Msg::Clock(until)).changes(vec![change]);
        note(&s);
    }
    shown
}

#[test]
fn the_recording_is_shown_as_it_was_written_down_beforehand() {
    let (shown, golden) = (replay(), golden());
    let words = |shown: &Shown| {
        let line = |(second, verdict): &(f64, String)| format!("{second:.1} {verdict}");
        shown
            .iter()
            .map(|(name, told)| format!("{name}: {}", told.iter().map(line).collect::<Vec<_>>().join(", ")))
            .collect::<Vec<_>>()
            .join("\n")
    };
    let same = shown.len() == golden.len()
        && shown.iter().zip(&golden).all(|((name, told), (expected_name, expected))| {
            name == expected_name
                && told.len() == expected.len()
                && told.iter().zip(expected).all(|(one, other)| one.1 == other.1 && (one.0 - other.0).abs() <= NEAR)
        });
    assert!(same, "shown:\n{}\n\nwritten down:\n{}", words(&shown), words(&golden));
}
