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

/// What `wheelhouse journal --unfinished` says of the one unfinished run.
pub struct Advice {
    pub release: String,
    /// What was done, what may have been, and how things are now.
    pub explains: Vec<String>,
    /// What it proposes, the best first: the commands of each, without the name of the program.
    pub offers: Vec<Vec<Vec<String>>>,
}

pub fn advice(gate: &Gate) -> Advice {
    let ended = gate.run(env!("CARGO_BIN_EXE_wheelhouse"), &["journal", "--unfinished", "-o", "json"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let runs: Vec<Value> =
        serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {}", ended.stdout));
    let [run] = runs.as_slice() else { panic!("one run is unfinished: {runs:#?}") };
    assert_eq!((&run["outcome"], &run["alive"]), (&Value::Null, &Value::Bool(false)), "{run:#}");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let words = |command: &str| command.split_whitespace().skip(1).map(str::to_owned).collect();
    let commands = |offer: &Value| text(&offer["command"]).split(" && ").map(words).collect();
    Advice {
        release: text(&run["release"]),
        explains: run["explains"].as_array().unwrap().iter().map(text).collect(),
        offers: run["offers"].as_array().unwrap().iter().map(commands).collect(),
    }
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
    let doubt = format!("in flight: {} {line}: ", last["step"]);
    let done = match number - 1 {
        0 => "no request is known to have been done".to_owned(),
        1 => "1 request was done, the last: ".to_owned(),
        many => format!("{many} requests were done, the last: "),
    };
    let is_told = |begin: &str| advice.explains.iter().any(|told| told.starts_with(begin));
    assert!(is_told(&doubt) && is_told(&done), "{done} {doubt}: {:#?}", advice.explains);
    assert_eq!(advice.release, place.release());
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
