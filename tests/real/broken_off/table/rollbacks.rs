//! Rollbacks: by server-side apply with hooks, and by patches. One object is changed, one made, one deleted; nothing has Pods.

use serde_json::{Value, json};

use super::super::place::Place;
use super::super::row::Row;
use crate::cluster::Helm;
use crate::rollback::snapshot::Snapshot;
use crate::rollback::table::{config_map, hook, settings};

pub static APPLIED: Row = Row {
    name: "applied",
    make: |place| {
        let before = hook("check", "pre-rollback", 0, "");
        let after = hook("tell", "post-rollback", 0, "hook-succeeded");
        place.site().install(Helm::V4, &[settings("1"), quota("1000m"), back(), before, after]);
    },
    prepare: |place| {
        place.site().upgrade_with(Helm::V4, &[settings("2"), quota("2"), extra()], &[FORCED, KEPT].concat());
    },
    verb: "rollback",
    flags: TO_THE_FIRST,
    state,
    lanes: 6,
};

pub static PATCHED: Row = Row {
    name: "patched",
    make: |place| place.site().install(Helm::V3, &[settings("1"), back()]),
    prepare: |place| place.site().upgrade_with(Helm::V3, &[settings("2"), extra()], KEPT),
    verb: "rollback",
    flags: TO_THE_FIRST,
    state,
    lanes: 4,
};

/// The first revision stays, however often it is gone back to.
const TO_THE_FIRST: &[&str] = &["1", "--history-max", "0"];
const KEPT: &[&str] = &["--history-max", "0"];
const FORCED: &[&str] = &["--force-conflicts"];

/// Another upgrade, by whoever wrote the release; whether it went through.
pub fn upgrade(place: &Place, helm: Helm) -> bool {
    let flags = match helm {
        Helm::V3 => KEPT.to_vec(),
        Helm::V4 => [FORCED, KEPT].concat(),
    };
    place.site().write(helm, "upgrade", &[settings("3"), extra()], &flags).success()
}

/// The server writes its quantity in another way.
fn quota(cpu: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "quota"}, "spec": {"hard": {"requests.cpu": cpu}}})
}

/// Only in the first revision.
fn back() -> Value {
    config_map("back", json!({"A": "1"}))
}

/// Only in the second.
fn extra() -> Value {
    config_map("extra", json!({"A": "1"}))
}

/// All objects, the newest revision without its number, whether it is pending, and how many are deployed. Older ones that were pending
/// stay so, as Helm leaves them.
fn state(place: &Place) -> Value {
    let Snapshot(found) = Snapshot::of(&place.site());
    let number = |name: &str| name.strip_prefix("revision ").map(|number| number.parse::<u32>().unwrap());
    let objects: Value = found
        .iter()
        .filter(|(name, _)| number(name).is_none())
        .map(|(name, object)| (name.clone(), object.clone()))
        .collect();
    let revisions: Vec<&Value> = found.iter().filter_map(|(name, stored)| number(name).map(|_| stored)).collect();
    let newest =
        found.iter().filter_map(|(name, stored)| Some((number(name)?, stored))).max_by_key(|(number, _)| *number);
    let (_, newest) = newest.unwrap();
    let status = |stored: &Value| stored["labels"]["status"].as_str().unwrap().to_owned();
    let release = &newest["release"];
    let hooks = release["hooks"].as_array().map(Vec::as_slice).unwrap_or_default();
    let hooks: Vec<Value> =
        hooks.iter().map(|hook| json!([hook["name"], hook["last_run"]["phase"], hook["delete_policies"]])).collect();
    let info = &release["info"];
    json!({
        "objects": objects,
        "newest": {
            "label": status(newest),
            "status": info["status"],
            "description": info["description"],
            "rolled back to": info["rollback_revision"],
            "manifest": release["manifest"],
            "hooks": hooks,
        },
        "deployed": revisions.iter().filter(|stored| status(stored) == "deployed").count(),
    "pending": usize::from(status(newest).starts_with("pending")),
    })
}
