//! What is told of a run that was broken off.

use serde_json::Value;

use super::place::Place;
use crate::cluster::Gate;

/// The entries of the journal of a gate's clients, as `wheelhouse journal -o json` prints them.
pub fn entries(gate: &Gate) -> Vec<Value> {
    let ended = gate.run(env!("CARGO_BIN_EXE_wheelhouse"), &["journal", "-o", "json"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    serde_json::from_str::<Vec<Value>>(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {}", ended.stdout))
}

pub fn count(entries: &[Value], kind: &str) -> usize {
    entries.iter().filter(|entry| entry["kind"] == kind).count()
}

/// What `wheelhouse journal` says of unfinished runs.
pub struct Advice {
    /// All of it.
    pub says: String,
    /// The commands that it proposes, the best first, without the name of the program.
    pub offers: Vec<Vec<String>>,
}

pub fn advice(gate: &Gate) -> Advice {
    let ended = gate.run(env!("CARGO_BIN_EXE_wheelhouse"), &["journal"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let offers = ended.stderr.lines().filter_map(|line| Some(line.split_once(": wheelhouse ")?.1));
    let offers = offers.map(|command| command.split_whitespace().map(str::to_owned).collect()).collect();
    Advice { says: ended.stderr, offers }
}

/// The journal of a run that was killed at this write: it has no end, everything before is known, and of this write it says that it
/// may have been done. What it proposes.
pub fn killed(place: &Place, gate: &Gate, number: usize, write: &str) -> Advice {
    let entries = entries(gate);
    let told = [count(&entries, "begin"), count(&entries, "send"), count(&entries, "end")];
    assert_eq!(told, [1, number, 0], "what was under way is not told: {entries:#?}");
    let last = entries.iter().rev().find(|entry| entry["kind"] == "send").unwrap();
    let is_of_last = |entry: &&Value| entry["kind"] == "step" && entry["step"] == last["step"];
    assert_eq!(entries.iter().filter(is_of_last).count(), 0, "{entries:#?}");
    let line = last["request"].as_str().unwrap();
    let (resource, name) = object_of(write);
    let name = name.replace("REVISION", "sh.helm.release.v1.shop.v").replace("NAMESPACE", &place.namespace);
    assert!(line.contains(&resource) && line.contains(&name), "{write} is told as {line}");

    let advice = advice(gate);
    let doubt = format!("it may have been done: {} {line}", last["step"]);
    let done = format!("{} request", number - 1);
    assert!(advice.says.contains("unfinished since "), "{}", advice.says);
    assert!(advice.says.contains(&doubt) && (number == 1 || advice.says.contains(&done)), "{doubt}: {}", advice.says);
    assert!(advice.says.contains(&place.release()), "{}", advice.says);
    advice
}

/// Resource and name of the object of a write; of what is made by its list the name is not in the address.
pub fn object_of(write: &str) -> (String, String) {
    let mut steps = write.rsplit('/');
    let last = steps.next().unwrap_or_default().to_owned();
    match write.starts_with("POST") {
        true => (last, String::new()),
        false => (steps.next().unwrap_or_default().to_owned(), last),
    }
}
