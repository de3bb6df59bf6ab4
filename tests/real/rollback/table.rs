//! The cases, and what their releases consist of.

pub mod histories;
pub mod hooks;
pub mod hotfixes;
pub mod kinds;
pub mod methods;
pub mod objects;
pub mod refusals;
pub mod waits;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use strum::IntoEnumIterator as _;

use super::NOT_YET;
use super::differences::{LISTED, UNSEEN};
use super::row::{Axis, Row};
use crate::cluster::Cluster;
pub use crate::preflight::objects::{broken_deployment, config_map, deployment, job, service, shelf, with};

const ALL: &[&[Row]] = &[
    waits::ROWS,
    hooks::ROWS,
    hotfixes::ROWS,
    objects::ROWS,
    methods::ROWS,
    histories::ROWS,
    refusals::ROWS,
    kinds::ROWS,
];

/// At least 60 cases, 3 an axis, no name twice, and nothing in a list that no case is about.
pub fn is_complete(_: &'static Cluster) {
    let rows: Vec<&Row> = ALL.iter().copied().flatten().collect();
    let names: BTreeSet<&str> = rows.iter().map(|row| row.name).collect();
    assert_eq!(names.len(), rows.len(), "a name twice");
    assert!(rows.len() >= 60, "{} cases", rows.len());
    let mut count: BTreeMap<Axis, usize> = Axis::iter().map(|axis| (axis, 0)).collect();
    for axis in rows.iter().flat_map(|row| row.axes) {
        *count.get_mut(axis).unwrap() += 1;
    }
    let few: Vec<_> = count.iter().filter(|(_, cases)| **cases < 3).collect();
    assert_eq!(few, Vec::new(), "axes with less than 3 cases");

    let expected: BTreeSet<&str> = rows.iter().flat_map(|row| row.expected()).collect();
    let met = |one: &&str| expected.contains(one);
    let listed: BTreeSet<&str> = LISTED.iter().map(|one| one.name).collect();
    assert_eq!(listed.iter().filter(|one| !met(one)).collect::<Vec<_>>(), Vec::<&&str>::new(), "listed, and never met");
    let told: BTreeSet<&str> = listed.into_iter().chain(UNSEEN.iter().map(|(name, _)| *name)).collect();
    let document = include_str!("../../../docs/rollback.md");
    let first = |line: &'static str| line.strip_prefix("| `")?.split('`').next();
    assert_eq!(document.lines().filter_map(first).collect::<BTreeSet<_>>(), told, "the table of docs/rollback.md");
    let unknown: Vec<_> = NOT_YET.iter().filter(|(name, _)| !names.contains(name)).collect();
    assert_eq!(unknown, Vec::<&(&str, &str)>::new());
    for one in LISTED {
        let cases = rows.iter().filter(|row| row.expected().contains(&one.name)).count();
        eprintln!("rollback: {cases} cases meet {}", one.name);
    }
    eprintln!("rollback: {} cases, {} listed differences, {} not yet", rows.len(), LISTED.len(), NOT_YET.len());
}

/// The ConfigMap that tells revisions apart.
pub fn settings(version: &str) -> Value {
    config_map("settings", json!({"LOG_LEVEL": "info", "REGION": "eu-west", "VERSION": version}))
}

/// The Deployment with this image.
pub fn web(image: &str) -> Value {
    let image = format!("registry.example.com/web:{image}");
    with(deployment(), "/spec/template/spec/containers/0/image", json!(image))
}

/// A hook that is done at once.
pub fn hook(name: &str, event: &str, weight: i32, policy: &str) -> Value {
    hooked(config_map(name, json!({"A": "1"})), name, event, weight, policy)
}

/// A hook that takes until its Job has ended: `well`, `badly`, or `never`.
pub fn job_hook(name: &str, event: &str, weight: i32, policy: &str, ends: &str) -> Value {
    let mut object = hooked(job(), name, event, weight, policy);
    let annotations = match ends {
        "well" => return object,
        "badly" => json!({"demo.example.com/fail": "crash"}),
        "never" => json!({"demo.example.com/stay": "true"}),
        other => panic!("a Job that ends {other}"),
    };
    object["spec"]["template"]["metadata"] = json!({"annotations": annotations});
    object
}

fn hooked(mut object: Value, name: &str, event: &str, weight: i32, policy: &str) -> Value {
    let mut annotations = json!({"helm.sh/hook": event, "helm.sh/hook-weight": weight.to_string()});
    if !policy.is_empty() {
        annotations["helm.sh/hook-delete-policy"] = json!(policy);
    }
    object["metadata"] = json!({"name": name, "annotations": annotations});
    object
}

/// The object with an annotation more.
pub fn annotated(mut object: Value, name: &str, value: &str) -> Value {
    object["metadata"]["annotations"][name] = json!(value);
    object
}
