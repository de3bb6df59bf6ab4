//! Plans of rollbacks of what was recorded, and of unlocking: what would be sent.

use std::process::{Command, Stdio};

use serde_json::Value;

/// The plan of a command.
fn plan(arguments: &[&str]) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_wheelhouse"))
        .arg("--demo")
        .args(arguments)
        .args(["--dry-run", "-o", "json"])
        .stdin(Stdio::null())
        .env_clear()
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {said}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn line(step: &Value) -> String {
    let text = |pointer: &str| step.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    let verb = match &step["verb"] {
        Value::String(verb) => verb.clone(),
        Value::Object(verb) => verb.iter().map(|(word, how)| format!("{word} {how}")).collect(),
        _ => text("/do"),
    };
    let (resource, name, manager) = (text("/resource"), text("/object/name"), text("/manager"));
    let words = [text("/phase"), verb, resource, name, manager, text("/body/content/status")];
    words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Title, what is in the way, and what would be sent.
#[track_caller]
fn check(arguments: &[&str], title: &str, unmet: &[&str], expected: &[&str]) {
    let plan = plan(arguments);
    assert_eq!(plan["title"], title);
    let all = plan["preconditions"].as_array().unwrap().iter();
    let told: Vec<&str> = all.filter(|one| one["state"] == "unmet").map(|one| one["says"].as_str().unwrap()).collect();
    let lines: Vec<String> = plan["steps"].as_array().unwrap().iter().map(line).collect();
    assert_eq!((told, lines), (unmet.to_vec(), expected.iter().map(|text| (*text).to_owned()).collect()));
}

#[test]
fn a_failed_upgrade_is_rolled_back_to_what_was_deployed() {
    let conflict = "Deployment wiki: conflict with \"kubectl-set\" using apps/v1 on .spec.template.spec.containers[name=\"web\"].image";
    let steps = |force: &str| {
        let apply = |what: &str| format!("apply apply {{\"force\":{force}}} {what} helm");
        let mut steps = vec![
            "check check".to_owned(),
            "store create secrets sh.helm.release.v1.wiki.v6 Helm pending-rollback".to_owned(),
        ];
        let objects = ["serviceaccounts", "secrets", "configmaps", "services", "deployments"];
        steps.extend(objects.map(|resource| apply(&format!("{resource} wiki"))));
        steps.extend(["horizontalpodautoscalers", "ingresses"].map(|resource| apply(&format!("{resource} wiki"))));
        steps.push("finish replace secrets sh.helm.release.v1.wiki.v4 Helm superseded".to_owned());
        steps.push("finish replace secrets sh.helm.release.v1.wiki.v6 Helm deployed".to_owned());
        steps
    };
    let title = "Roll back legacy/wiki (helm4, ssa) from 5 to 4";
    let free = steps("false");
    let free: Vec<&str> = free.iter().map(String::as_str).collect();
    check(&["rollback", "legacy/wiki"], title, &[conflict], &free);
    let forced = steps("true");
    let forced: Vec<&str> = forced.iter().map(String::as_str).collect();
    check(&["rollback", "legacy/wiki", "4", "--force-conflicts"], title, &[], &forced);
    let losses = plan(&["rollback", "legacy/wiki", "4", "--force-conflicts"])["losses"].clone();
    let all: Vec<[&str; 3]> = losses
        .as_array()
        .unwrap()
        .iter()
        .map(|loss| ["manager", "value", "becomes"].map(|field| loss[field].as_str().unwrap()))
        .collect();
    let hot = ["kubectl-set", "registry.example.com/storefront:hot", "registry.example.com/storefront:2.10.0"];
    assert_eq!(all, [hot]);
}

#[test]
fn a_release_whose_client_was_killed_is_rolled_back_or_unlocked() {
    check(
        &["rollback", "legacy/forum"],
        "Roll back legacy/forum (helm4, csa) from 4 to 3",
        &[],
        &[
            "check check",
            "store create secrets sh.helm.release.v1.forum.v5 Helm pending-rollback",
            "apply strategic-patch secrets forum helm",
            "apply strategic-patch configmaps forum helm",
            "apply strategic-patch deployments forum helm",
            "finish replace secrets sh.helm.release.v1.forum.v3 Helm superseded",
            "finish replace secrets sh.helm.release.v1.forum.v5 Helm deployed",
        ],
    );
    check(
        &["unlock", "legacy/forum"],
        "Unlock legacy/forum: mark revision 4 as failed",
        &[],
        &["check check", "store replace secrets sh.helm.release.v1.forum.v4 Helm failed"],
    );
}

#[test]
fn there_is_nothing_to_go_back_to_or_flux_is_in_the_way() {
    let none = "there is a revision to go back to";
    check(&["rollback", "legacy/docs"], "Roll back legacy/docs (helm4, ssa) from 1 to ?", &[none], &[]);
    let plan = plan(&["rollback", "billing/billing"]);
    let says = plan["preconditions"][0]["says"].as_str().unwrap();
    assert!(says.starts_with("one of two ways is chosen: Flux upgrades straight back"), "{says}");
    let ways: Vec<&str> = plan["ways"].as_array().unwrap().iter().map(|way| way["way"].as_str().unwrap()).collect();
    assert_eq!(ways, ["durable", "emergency"]);
}
