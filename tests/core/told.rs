//! What a controller says of a HelmRelease, so that two of them can be compared: the demo's, a recorded and a real one.

use serde_json::Value;

/// What is said of a HelmRelease, without times and durations, which differ from run to run.
fn said(object: &Value) -> String {
    let status = &object["status"];
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let mut lines: Vec<String> = status["conditions"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|condition| {
            let of = |key: &str| text(&condition[key]);
            format!(
                "{} {} {} ({}) {}",
                of("type"),
                of("status"),
                of("reason"),
                condition["observedGeneration"],
                of("message")
            )
        })
        .collect();
    lines.sort();
    let history = status["history"].as_array().into_iter().flatten().map(|snapshot| {
        let of = |key: &str| text(&snapshot[key]);
        format!("{} {} {} {}", snapshot["version"], of("status"), of("action"), of("chartVersion"))
    });
    lines.push(format!("history: {}", history.collect::<Vec<_>>().join(", ")));
    let fields = [
        "failures",
        "installFailures",
        "upgradeFailures",
        "observedGeneration",
        "lastAttemptedGeneration",
        "lastAttemptedRevision",
        "lastAttemptedConfigDigest",
        "lastAttemptedReleaseAction",
        "lastHandledReconcileAt",
        "lastHandledForceAt",
        "lastHandledResetAt",
        "helmChart",
        "storageNamespace",
    ];
    lines.extend(fields.iter().filter(|key| !status[**key].is_null()).map(|key| format!("{key}: {}", status[*key])));
    let inventory = status["inventory"]["entries"].as_array();
    let ids = inventory.into_iter().flatten().map(|entry| text(&entry["id"]));
    lines.push(format!("inventory: {}", ids.collect::<Vec<_>>().join(" ")));
    lines.join("\n  ")
}

/// What a HelmRelease said one after the other, each once. To be compared whole with what another controller said.
pub fn sequence(objects: impl IntoIterator<Item = Value>) -> Vec<String> {
    let mut all: Vec<String> = objects.into_iter().map(|object| said(&object)).collect();
    all.dedup();
    all
}
