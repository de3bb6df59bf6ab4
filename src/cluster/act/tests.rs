//! Runs in which something goes wrong at every request: nothing that was written is lost, nothing is called done that was not, and
//! the journal explains what is left.

mod converged;
mod server;
mod staged;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use self::server::{Fault, Objects};
use self::staged::{DEPLOYMENT, STORE, Stage, is_stored};
use crate::journal::{Journal, unfinished};
use crate::plan::recovery::{Sight, advice};
use crate::plan::{Ended, Outcome, StepOutcome};

/// The objects without what differs from run to run.
fn shape(stage: &Stage) -> BTreeMap<String, Value> {
    let mut objects = stage.server.objects();
    for (path, object) in &mut objects {
        if is_stored(path) {
            *object = object["metadata"]["labels"].clone();
            object["modifiedAt"] = Value::Null;
            object["createdAt"] = Value::Null;
        } else {
            object["metadata"]["uid"] = Value::Null;
            object["metadata"]["resourceVersion"] = Value::Null;
        }
    }
    objects
}

/// Of every step that did something on the server the journal says that it did, or that nobody knows; and of no other.
fn check_journal(stage: &Stage, what: &str) {
    let (outcomes, wrote) = (stage.outcomes(), stage.server.wrote());
    for step in &wrote {
        let outcome = outcomes.get(step);
        let is_told = matches!(outcome, Some(StepOutcome::Done(_) | StepOutcome::Unknown(_)));
        assert!(is_told, "{what}: step {step} wrote, and the journal says {outcome:?}");
    }
    for step in stage.plan.all_steps() {
        let is_write = matches!(step.task, crate::plan::Task::Send(_));
        if is_write && matches!(outcomes.get(&step.id.0), Some(StepOutcome::Done(_))) {
            assert!(wrote.contains(&step.id.0), "{what}: step {} is said to be done", step.id.0);
        }
    }
}

/// What holds of every end.
fn check_end(stage: &Stage, ended: &Ended, good: &BTreeMap<String, Value>, what: &str) {
    check_journal(stage, what);
    if ended.outcome == Outcome::Done && ended.says.is_empty() {
        assert_eq!(shape(stage), *good, "{what}: a false success");
    }
    if matches!(ended.outcome, Outcome::Failed | Outcome::Refused | Outcome::Stopped) {
        let status = stage.status(3);
        assert!(
            matches!(status.as_deref(), None | Some("failed" | "deployed")),
            "{what}: revision 3 is left {status:?}: {ended:?}"
        );
    }
    if ended.outcome == Outcome::Refused {
        assert_eq!(stage.server.wrote(), Vec::<usize>::new(), "{what}: {ended:?}");
    }
    let open = unfinished(&stage.lines());
    let is_open = matches!(ended.outcome, Outcome::Stopped | Outcome::Unknown);
    assert_eq!(!open.is_empty(), is_open, "{what}: {ended:?}");
}

/// The end state of a run without faults, and how many requests it takes.
async fn good() -> (BTreeMap<String, Value>, usize) {
    let stage = Stage::new();
    let ended = stage.run().await;
    assert_eq!(ended, Ended { outcome: Outcome::Done, says: String::new(), next: Vec::new() });
    check_journal(&stage, "without faults");
    (shape(&stage), stage.server.asked())
}

#[tokio::test(start_paused = true)]
async fn every_kind_of_step_is_done() {
    let stage = Stage::new();
    let ended = stage.run().await;
    assert_eq!(ended, Ended { outcome: Outcome::Done, says: String::new(), next: Vec::new() });
    let statuses = [1, 2, 3].map(|revision| stage.status(revision));
    assert_eq!(statuses, [None, Some("superseded".to_owned()), Some("deployed".to_owned())]);
    let payload = stage.payload(3).unwrap();
    let hook = &payload["hooks"][0];
    assert_eq!(
        (&hook["last_run"]["phase"], &hook["delete_policies"]),
        (&json!("Succeeded"), &json!(["before-hook-creation"]))
    );
    assert!(hook["last_run"]["started_at"].is_string() && hook["last_run"]["completed_at"].is_string());
    assert_eq!(payload["later"], json!({"kept": true}));
    let labels = |revision: u32| {
        let object = stage.server.object(&format!("{STORE}{revision}")).unwrap();
        object["metadata"]["labels"].as_object().unwrap().keys().cloned().collect::<std::collections::BTreeSet<_>>()
    };
    let keys = |all: &[&str]| all.iter().map(|key| (*key).to_owned()).collect();
    assert_eq!(labels(2), keys(&["createdAt", "modifiedAt", "name", "owner", "status", "team", "version"]));
    assert_eq!(labels(3), keys(&["modifiedAt", "name", "owner", "status", "team", "version"]));
    let deployment = stage.server.object(DEPLOYMENT).unwrap();
    assert_eq!(deployment["spec"]["replicas"], 2);
    let managers: Vec<_> = deployment["metadata"]["managedFields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| (entry["manager"].as_str().unwrap(), entry["operation"].as_str().unwrap()))
        .collect();
    assert_eq!(managers, [("helm", "Apply")]);
}

#[tokio::test(start_paused = true)]
async fn a_fault_at_any_request_loses_nothing_and_calls_nothing_done_that_is_not() {
    let (good, requests) = good().await;
    let faults = [
        Fault::Refuse(403, "Forbidden"),
        Fault::Refuse(409, "Conflict"),
        Fault::Refuse(422, "Invalid"),
        Fault::Refuse(429, "TooManyRequests"),
        Fault::Refuse(500, "InternalError"),
        Fault::Refuse(503, "ServiceUnavailable"),
        Fault::LostBefore,
        Fault::LostAfter,
        Fault::HangBefore,
        Fault::HangAfter,
    ];
    let mut ends: BTreeMap<String, BTreeMap<Outcome, usize>> = BTreeMap::new();
    for at in 1..=requests {
        for fault in faults {
            let what = format!("{fault:?} at request {at}");
            let (stage, ended) = Stage::failing(at, fault).await;
            assert!(stage.server.asked() >= at, "{what}: it did not come to that");
            check_end(&stage, &ended, &good, &what);
            *ends.entry(format!("{fault:?}")).or_default().entry(ended.outcome).or_default() += 1;
        }
    }
    let points: usize = ends.values().flat_map(BTreeMap::values).sum();
    assert_eq!((requests, points), (22, 220));
    // After a request that was lost once, the server can be asked: nothing stays unknown.
    assert!(ends.values().all(|ends| !ends.contains_key(&Outcome::Unknown)), "{ends:?}");
}

#[tokio::test(start_paused = true)]
async fn a_kill_at_any_request_is_explained_by_the_journal() {
    let (_, requests) = good().await;
    let (mut points, mut sights) = (0, 0);
    for at in 1..=requests {
        for fault in [Fault::HangBefore, Fault::HangAfter] {
            let what = format!("killed: {fault:?} at request {at}");
            let stage = Stage::new();
            stage.server.fail(at, fault);
            stage.run_until_killed().await;
            let open = unfinished(&stage.lines());
            let [run] = open.as_slice() else { panic!("{what}: {open:?}") };
            assert_eq!(run.ended, None, "{what}");
            let known: Vec<usize> = run.broken.done().chain(run.broken.in_doubt()).map(|sent| sent.step).collect();
            for step in stage.server.wrote() {
                assert!(known.contains(&step), "{what}: step {step} wrote, and is not told: {:?}", run.broken);
            }
            let in_doubt = run.broken.in_doubt().count();
            assert!(in_doubt <= 1, "{what}: {:?}", run.broken);
            let now = stage.cluster.since(None, &run.broken).await;
            for sent in run.broken.in_doubt() {
                let sight = &now.objects[&sent.step];
                let (has_written, is_deletion) =
                    (stage.server.wrote().contains(&sent.step), sent.request.starts_with("delete "));
                let is_told = match sight {
                    Sight::Untouched => !has_written,
                    Sight::Absent => has_written == is_deletion,
                    Sight::Written { .. } => has_written,
                    Sight::Another(_) | Sight::Unread(_) => false,
                };
                assert!(is_told, "{what}: {} is told as {sight:?}", sent.request);
                sights += 1;
            }
            assert!(!advice(&run.broken, &now).offers.is_empty(), "{what}");
            points += 1;
        }
    }
    assert_eq!((points, sights), (2 * requests, 2 * stage_writes()));
}

/// How many requests the plan sends when nothing goes wrong.
fn stage_writes() -> usize {
    Stage::new().plan.steps.iter().filter(|step| matches!(step.task, crate::plan::Task::Send(_))).count()
}

fn touch(objects: &mut Objects) {
    let paths: Vec<String> = objects.by_path.keys().cloned().collect();
    for path in paths {
        let mut object = objects.by_path[&path].clone();
        object["metadata"]["annotations"]["touched"] = "by another".into();
        objects.put(&path, object);
    }
}

fn status(objects: &mut Objects) {
    let mut object = objects.by_path[DEPLOYMENT].clone();
    object["status"]["replicas"] = 7.into();
    objects.put(DEPLOYMENT, object);
}

fn upgrade(objects: &mut Objects) {
    let mut newer = objects.by_path[&format!("{STORE}2")].clone();
    newer["metadata"]["labels"]["version"] = "3".into();
    newer["metadata"]["labels"]["by"] = "another".into();
    newer["metadata"]["name"] = "sh.helm.release.v1.web.v3".into();
    objects.by_path.entry(format!("{STORE}3")).or_insert(newer);
}

/// Another run stores the next revision and comes to its end.
fn overtake(objects: &mut Objects) {
    let mut newer = objects.by_path[&format!("{STORE}2")].clone();
    newer["metadata"]["labels"]["version"] = "4".into();
    newer["metadata"]["labels"]["status"] = "deployed".into();
    newer["metadata"]["name"] = "sh.helm.release.v1.web.v4".into();
    objects.put(&format!("{STORE}4"), newer);
}

fn recreate(objects: &mut Objects) {
    let object = objects.by_path.remove(DEPLOYMENT).unwrap();
    objects.put(DEPLOYMENT, object);
}

#[tokio::test(start_paused = true)]
async fn what_others_write_meanwhile_is_not_lost() {
    let (_, requests) = good().await;
    let mut ends: BTreeMap<&str, BTreeMap<Outcome, usize>> = BTreeMap::new();
    let all: [(&str, server::Others); 5] =
        [("touch", touch), ("status", status), ("upgrade", upgrade), ("overtake", overtake), ("recreate", recreate)];
    for at in 1..=requests {
        for (name, others) in all {
            let what = format!("{name} before request {at}");
            let (stage, ended) = Stage::beside(at, others).await;
            check_journal(&stage, &what);
            *ends.entry(name).or_default().entry(ended.outcome).or_default() += 1;
            match name {
                "touch" => {
                    let wrote = stage.server.wrote();
                    for (path, object) in stage.server.objects() {
                        let is_ours = path.ends_with("/fresh") || path.ends_with("/pre") || path.ends_with("v3");
                        let is_touched = object["metadata"]["annotations"]["touched"] == "by another";
                        assert!(is_touched || is_ours, "{what}: {path} has lost it; {wrote:?}");
                    }
                }
                "status" => {
                    let object = stage.server.object(DEPLOYMENT).unwrap();
                    assert_eq!(
                        (ended.outcome, &object["status"]["replicas"]),
                        (Outcome::Done, &json!(7)),
                        "{what}: {ended:?}"
                    );
                }
                "upgrade" => {
                    let newest = stage.server.object(&format!("{STORE}3")).unwrap();
                    let is_theirs = newest["metadata"]["labels"]["by"] == "another";
                    assert_eq!(is_theirs, ended.outcome == Outcome::Refused, "{what}: {ended:?}");
                }
                "overtake" => {
                    let is_told = matches!(ended.outcome, Outcome::Refused | Outcome::Failed);
                    assert!(is_told, "{what}: {ended:?}");
                    let ours = stage.status(3);
                    assert!(matches!(ours.as_deref(), None | Some("failed")), "{what}: {ours:?}");
                }
                _ => {
                    let is_ours = stage.server.object(DEPLOYMENT).unwrap()["spec"]["replicas"] == 2;
                    assert!(is_ours || ended.outcome != Outcome::Done, "{what}: {ended:?}");
                }
            }
            if ended.outcome == Outcome::Refused {
                assert_eq!(stage.server.wrote(), Vec::<usize>::new(), "{what}: {ended:?}");
            }
        }
    }
    use Outcome::{Done, Failed, Refused};
    let expected = [
        ("overtake", BTreeMap::from([(Failed, 21), (Refused, 1)])),
        ("recreate", BTreeMap::from([(Done, 9), (Failed, 11), (Refused, 2)])),
        ("status", BTreeMap::from([(Done, 22)])),
        ("touch", BTreeMap::from([(Done, 5), (Failed, 16), (Refused, 1)])),
        ("upgrade", BTreeMap::from([(Done, 19), (Refused, 3)])),
    ];
    assert_eq!(ends, BTreeMap::from(expected));
}

#[tokio::test(start_paused = true)]
async fn who_stops_it_leaves_nothing_pending() {
    let (good, requests) = good().await;
    let mut ends: BTreeMap<Outcome, usize> = BTreeMap::new();
    for at in 1..=requests {
        let stage = Stage::new();
        stage.server.fail(at, Fault::HangAfter);
        let stop = async {
            stage.server.hanging.notified().await;
            stage.stop.send_replace(true);
        };
        let (ended, ()) = tokio::join!(stage.run(), stop);
        check_end(&stage, &ended, &good, &format!("stopped at request {at}"));
        *ends.entry(ended.outcome).or_default() += 1;
    }
    assert_eq!(ends.values().sum::<usize>(), 22);
    assert!(ends.contains_key(&Outcome::Stopped), "{ends:?}");
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_noted_is_not_sent() {
    let stage = Stage::noting(Journal::at(None));
    let ended = stage.run().await;
    assert_eq!((ended.outcome, stage.server.asked()), (Outcome::Refused, 0));
    assert!(ended.says.starts_with("there is no home folder"), "{}", ended.says);
}

#[tokio::test(start_paused = true)]
async fn secrets_are_masked_in_the_words_of_the_server() {
    fn leak(objects: &mut Objects) {
        objects.by_path.clear();
    }
    let (stage, ended) = Stage::beside(3, leak).await;
    assert!(!format!("{ended:?} {:?}", stage.lines()).contains("hunter2"));
}
