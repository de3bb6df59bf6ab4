//! Actions that are broken off at each of their writes: the client is killed before and after it, the server refuses it or is slow,
//! the answer is lost. Never is something said to be done that is not; the journal tells what was under way; and the same command
//! goes through afterwards.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::Case;
use crate::cluster::{At, Cluster, Ended, Gate, User};
use crate::fates::site::{By, NAME, Site};

pub const CASES: &[Case] = &[Case::shared("disown", |cluster| broken_off(cluster, &DISOWN))];

/// An action that can be done again and again.
struct Action {
    /// Its namespaces begin so.
    namespace: &'static str,
    by: By,
    /// Brings the release into the state in which the action is needed; again after each time.
    prepare: fn(&Site),
    /// What is run, beside the release and `--yes`.
    verb: &'static str,
    flags: &'static [&'static str],
    /// Whether it is done.
    is_done: fn(&Site) -> bool,
}

const DISOWN: Action = Action {
    namespace: "broken-off-disown",
    by: By::Helm4,
    // On two objects: one write each.
    prepare: |site| {
        let config = ("ConfigMap", json!({"data": {"LEFT": "1"}}));
        let service = ("Service", json!({"metadata": {"labels": {"left": "1"}}}));
        for (kind, mut object) in [config, service] {
            object["apiVersion"] = "v1".into();
            object["kind"] = kind.into();
            object["metadata"]["name"] = NAME.into();
            let file = site.cluster.folder().join(format!("{}-{kind}.json", site.namespace));
            std::fs::write(&file, object.to_string()).unwrap();
            let flags = ["apply", "--server-side", "--field-manager=former-tool", "-f", file.to_str().unwrap()];
            site.cluster.kubectl(&[&flags[..], &["--namespace", &site.namespace]].concat());
        }
    },
    verb: "disown",
    flags: &["--manager", "former-tool"],
    is_done: |site| {
        ["ConfigMap", "Service"].iter().all(|kind| {
            let object = site.object(kind);
            let entries = object["metadata"]["managedFields"].as_array().unwrap().clone();
            entries.iter().all(|entry| entry["manager"] != "former-tool")
        })
    },
};

impl Action {
    fn run(&self, site: &Site, gate: &Gate) -> Ended {
        let release = format!("{}/{NAME}", site.namespace);
        gate.run(env!("CARGO_BIN_EXE_wheelhouse"), &[&[self.verb, &release, "--yes"][..], self.flags].concat())
    }
}

/// What the journal of a gate's clients says.
fn journal(gate: &Gate) -> Vec<Value> {
    let text = std::fs::read_to_string(gate.state().join("wheelhouse/journal.jsonl")).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn broken_off(cluster: &'static Cluster, action: &Action) {
    let site = Site::make(cluster, action.namespace, action.by);
    (action.prepare)(&site);
    let whole = cluster.gate(User::Admin);
    let ended = action.run(&site, &whole);
    assert_eq!((ended.code, (action.is_done)(&site)), (Some(0), true), "{}", ended.stderr);
    let writes = whole.writes();
    assert!(!writes.is_empty(), "{} writes nothing", action.verb);
    let of_kind = |kind: &str| journal(&whole).iter().filter(|entry| entry["kind"] == kind).count();
    assert_eq!((of_kind("begin"), of_kind("send"), of_kind("end")), (1, writes.len(), 1), "{:#?}", journal(&whole));

    let mut points = 0;
    let mut ways = BTreeSet::new();
    for number in 1..=writes.len() {
        let troubles: [(&'static str, At); 8] = [
            ("killed before", At::KillBefore),
            ("killed after", At::KillAfter),
            ("409", At::Answer(409, "Conflict")),
            ("403", At::Answer(403, "Forbidden")),
            ("500", At::Answer(500, "InternalError")),
            ("dropped", At::Drop),
            ("lost", At::Lose),
            ("hangs", At::Hang),
        ];
        for (word, at) in troubles {
            (action.prepare)(&site);
            assert!(!(action.is_done)(&site), "{} is done before it began", action.verb);
            let gate = cluster.gate(User::Admin);
            gate.arm([(number, at)]);
            let ended = action.run(&site, &gate);
            let is_done = (action.is_done)(&site);
            let said = format!("{} at write {number}, {word}: {:?} {}", action.verb, ended.code, ended.stderr);
            assert!(gate.writes().len() >= number, "{said}: it was not reached");
            match ended.code {
                Some(0) => assert!(is_done, "said to be done and is not: {said}"),
                Some(code) => assert!(matches!(code, 15..=17), "{said}"),
                None => {
                    let lines = journal(&gate);
                    let sent = lines.iter().filter(|entry| entry["kind"] == "send").count();
                    let is_open = !lines.iter().any(|entry| entry["kind"] == "end");
                    assert!(sent == number && is_open, "what was under way is not told: {said} {lines:#?}");
                }
            }
            points += 1;
            ways.insert((word, ended.code));
            // Whoever comes back does it again, and it goes through or is done already.
            let again = action.run(&site, &gate);
            assert!((action.is_done)(&site), "{said}; again: {:?} {}", again.code, again.stderr);
            assert!(
                matches!(again.code, Some(0 | 15)) && (again.code == Some(0) || is_done),
                "{said}; {}",
                again.stderr
            );
        }
    }
    eprintln!("{}: broken off at {points} points of {} writes: {ways:?}", action.verb, writes.len());
}
