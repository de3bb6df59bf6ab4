use serde_json::json;

use super::*;

/// The states of a HelmRelease in the recording of a real helm-controller from a second on, with their seconds since that.
fn recorded(name: &str, from: f64) -> Vec<(Value, u32)> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/recordings/helmreleases.jsonl.gz");
    let text = std::io::read_to_string(flate2::read::GzDecoder::new(std::fs::File::open(path).unwrap())).unwrap();
    let events = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let of = events.filter_map(|mut event| {
        let since = event["at"].as_f64().unwrap() - from;
        let is_it = event["object"]["metadata"]["name"] == name && since >= 0.0;
        is_it.then(|| (event["object"].take(), format!("{since:.0}").parse().unwrap()))
    });
    of.collect()
}

/// What is told, each thing once, to the end: `2  Running …  10 left`.
fn told(until: Until, states: &[(Value, u32)]) -> Vec<String> {
    let mut follow = Follow::new(until, 300);
    let mut all: Vec<String> = Vec::new();
    let mut last = String::new();
    for (object, at) in states {
        let (text, is_over) = match follow.look(object, *at) {
            Sight::Waiting(text, left) => {
                let left = left.map(|left| format!("  {left} left")).unwrap_or_default();
                if text == last {
                    continue;
                }
                let line = format!("{text}{left}");
                last = text;
                (line, false)
            }
            Sight::Silent => ("silent".to_owned(), true),
            Sight::Over(StepOutcome::Done(text)) => (format!("done: {text}"), true),
            Sight::Over(StepOutcome::Failed(text)) => (format!("failed: {text}"), true),
            Sight::Over(other) => panic!("{other:?}"),
        };
        all.push(format!("{at}  {text}"));
        if is_over {
            return all;
        }
    }
    all.push("not over".to_owned());
    all
}

fn check(until: Until, states: &[(Value, u32)], expected: &[&str]) {
    assert_eq!(told(until, states), expected);
}

fn token(demand: Demand, token: &str, before: &str) -> Until {
    Until::Token { token: token.to_owned(), demand, before: before.to_owned() }
}

const RESET: &str = "2026-11-21T07:30:47.762567252Z";
const FORCE: &str = "2026-11-21T07:31:32.834029162Z";
/// What every upgrade to the broken image said.
const FAILED: &str = "upgrade to 1.5.0 failed: timeout waiting for: [Deployment/billing/billing status: 'InProgress']";

#[test]
fn a_recorded_reconcile_ends_with_what_was_found() {
    let found = "0  done: Helm upgrade succeeded for release shop/storefront.v2 with chart storefront@1.5.0; Cluster state of \
                 release shop/storefront.v2 has drifted from the desired state: Deployment/shop/storefront changed (0 additions, \
                 3 changes, 0 removals)";
    check(
        token(Demand::Reconcile, "2026-11-21T07:29:12.361248641Z", ""),
        &recorded("storefront", 1_795_246_152.4),
        &["0  waits for the controller", "0  Fulfilling prerequisites", "0  waits for the controller to end", found],
    );
}

#[test]
fn a_recorded_reset_is_followed_through_both_of_its_tries() {
    check(
        token(Demand::Reset, RESET, ""),
        &recorded("billing", 1_795_246_247.8),
        &[
            "0  waits for the controller",
            "0  Fulfilling prerequisites",
            "0  Running 'upgrade' action with timeout of 12s  12 left",
            "13  Running 'rollback' action with timeout of 12s  12 left",
            "18  Helm rollback to previous release billing/billing.v5 with chart storefront@1.4.0 succeeded",
            &format!("18  {FAILED}; rolled back to rev 7; it is tried again"),
            "29  Fulfilling prerequisites",
            "29  Running 'upgrade' action with timeout of 12s  12 left",
            "42  Running 'rollback' action with timeout of 12s  12 left",
            &format!("47  failed: {FAILED}; rolled back; Failed to upgrade after 2 attempt(s)"),
        ],
    );
}

#[test]
fn a_recorded_force_waits_for_what_runs_already() {
    check(
        token(Demand::Force, FORCE, RESET),
        &recorded("billing", 1_795_246_292.85),
        &[
            "0  waits for what runs already: Running 'rollback' action with timeout of 12s  12 left",
            "2  waits for the controller",
            "2  Fulfilling prerequisites",
            "2  Running 'upgrade' action with timeout of 12s  12 left",
            "15  Running 'rollback' action with timeout of 12s  12 left",
            "20  waits for the controller to end",
            &format!("20  failed: {FAILED}; rolled back to rev 11; Failed to upgrade after 3 attempt(s)"),
        ],
    );
}

#[test]
fn a_recorded_token_that_is_not_equal_does_nothing() {
    let states = recorded("billing", 1_795_246_322.95);
    let other = "0  another request was made meanwhile; ";
    check(
        token(Demand::Force, "bbb", FORCE),
        &states,
        &[
            &format!("{other}waits for the controller"),
            &format!("{other}Fulfilling prerequisites"),
            &format!("{other}waits for the controller to end"),
            "0  failed: another request took its place and is done: requestedAt is aaa; this one did nothing by itself",
        ],
    );
    check(
        token(Demand::Reconcile, "aaa", FORCE),
        &states,
        &[
            "0  waits for the controller",
            "0  Fulfilling prerequisites",
            "0  waits for the controller to end",
            &format!("0  failed: {FAILED}; rolled back to rev 11; Failed to upgrade after 3 attempt(s)"),
        ],
    );
}

#[test]
fn a_recorded_request_while_suspended_is_used_up() {
    let states = recorded("storefront", 1_795_246_364.48);
    let burnt = "0  failed: it was suspended meanwhile: the request is used up and does nothing";
    check(token(Demand::Reconcile, "while-suspended", "2026-11-21T07:29:12.361248641Z"), &states, &[burnt]);
}

#[test]
fn a_recorded_resume_is_followed_to_its_upgrade() {
    check(
        Until::Generation,
        &recorded("storefront", 1_795_246_371.7),
        &[
            "0  waits for the controller",
            "0  Fulfilling prerequisites",
            "0  Running 'upgrade' action with timeout of 12s  12 left",
            "11  waits for the controller to end",
            "11  done: Helm upgrade succeeded for release shop/storefront.v4 with chart storefront@1.5.0",
        ],
    );
}

// ---------------------------------------------------------------------- what the recording has not

fn object(annotations: Value, mut status: Value, conditions: &[(&str, &str, &str, &str)]) -> Value {
    let conditions = conditions.iter().map(|(kind, is, reason, message)| {
        json!({"type": kind, "status": is, "reason": reason, "message": message, "observedGeneration": 1})
    });
    status["conditions"] = conditions.collect();
    json!({
        "metadata": {"namespace": "shop", "name": "web", "generation": 1, "annotations": annotations},
        "spec": {"upgrade": {"remediation": {"retries": 1}}},
        "status": status,
    })
}

fn requested(token: &str, handled: &str, conditions: &[(&str, &str, &str, &str)]) -> Value {
    let status = json!({"lastHandledReconcileAt": handled, "observedGeneration": 1});
    object(json!({"reconcile.fluxcd.io/requestedAt": token}), status, conditions)
}

const WELL: (&str, &str, &str, &str) = ("Ready", "True", "UpgradeSucceeded", "Helm upgrade succeeded");
const RUNS: (&str, &str, &str, &str) =
    ("Reconciling", "True", "Progressing", "Running 'upgrade' action with timeout of 5m0s");

fn reconcile() -> Until {
    token(Demand::Reconcile, "t", "old")
}

#[test]
fn a_controller_that_writes_nothing_is_silent_unless_it_is_busy() {
    let idle = |at| (requested("t", "old", &[WELL]), at);
    check(reconcile(), &[idle(0), idle(59), idle(60)], &["0  waits for the controller", "60  silent"]);
    let busy = |at| (requested("t", "old", &[RUNS]), at);
    check(
        reconcile(),
        &[busy(0), busy(60), busy(299)],
        &["0  waits for what runs already: Running 'upgrade' action with timeout of 5m0s  300 left", "not over"],
    );
    let mut states = vec![idle(0), idle(30), busy(31), busy(120)];
    states.push((requested("t", "t", &[WELL]), 121));
    check(
        reconcile(),
        &states,
        &[
            "0  waits for the controller",
            "31  Running 'upgrade' action with timeout of 5m0s  300 left",
            "121  done: Helm upgrade succeeded",
        ],
    );
}

#[test]
fn nobody_waits_longer_than_the_timeout() {
    let busy = |at| (requested("t", "old", &[RUNS]), at);
    let told = told(reconcile(), &[busy(0), busy(300)]);
    let late = "300  failed: it has not ended after 5m: waits for what runs already: Running 'upgrade' action with timeout of 5m0s";
    assert_eq!(told[1], late);
}

#[test]
fn a_request_that_another_took_the_place_of_is_told() {
    let ours = requested("t", "old", &[WELL]);
    let theirs = requested("other", "old", &[WELL]);
    let meanwhile = "1  another request was made meanwhile; waits for the controller";
    let start = "0  waits for the controller";
    check(
        reconcile(),
        &[(ours.clone(), 0), (theirs.clone(), 1), (requested("other", "other", &[WELL]), 2)],
        &[
            start,
            meanwhile,
            "2  failed: another request took its place and is done: requestedAt is other; this one did nothing by itself",
        ],
    );
    // Its own was seen before the other came.
    check(
        reconcile(),
        &[(ours.clone(), 0), (theirs, 1), (requested("other", "t", &[WELL]), 2)],
        &[start, meanwhile, "2  done: Helm upgrade succeeded"],
    );
    let gone = object(json!({}), json!({"lastHandledReconcileAt": "old"}), &[WELL]);
    let taken = "1  failed: the request was taken away again before it was seen: requestedAt is gone";
    check(reconcile(), &[(ours, 0), (gone, 1)], &[start, taken]);
}

#[test]
fn a_reset_that_ended_early_is_not_taken_for_done() {
    let missing = ("Ready", "False", "SourceNotReady", "HelmChart 'a/b' is not ready");
    let burnt = "0  failed: the request is used up and did nothing, because the reconcile ended before it counts: HelmChart 'a/b' is \
                 not ready";
    check(token(Demand::Reset, "t", "old"), &[(requested("t", "t", &[missing]), 0)], &[burnt]);
    // A plain reconcile waits for the chart a while: it may be on its way.
    let fetching = ("Reconciling", "True", "Progressing", "Fulfilling prerequisites");
    let lacks = |at| (requested("t", "t", &[fetching, missing]), at);
    check(
        reconcile(),
        &[lacks(0), lacks(19), lacks(20)],
        &["0  HelmChart 'a/b' is not ready", "20  failed: HelmChart 'a/b' is not ready"],
    );
    check(
        reconcile(),
        &[lacks(0), (requested("t", "t", &[WELL]), 3)],
        &["0  HelmChart 'a/b' is not ready", "3  done: Helm upgrade succeeded"],
    );
}

#[test]
fn a_try_that_comes_by_itself_later_is_not_waited_for() {
    let failed = ("Ready", "False", "UpgradeFailed", "Helm upgrade failed");
    let later = ("Reconciling", "True", "ProgressingWithRetry", "retrying after 5m0s");
    let told = "0  failed: Helm upgrade failed; it is tried again by itself, after 5m0s";
    check(reconcile(), &[(requested("t", "t", &[later, failed]), 0)], &[told]);
    check(reconcile(), &[(requested("t", "t", &[failed]), 0)], &["0  failed: Helm upgrade failed"]);
}
