//! Logs: as the container wrote them, in bounded pieces, to their end or for as long as somebody reads.

use jiff::SignedDuration;
use serde_json::{Value, json};
use wheelhouse::cluster::Log;
use wheelhouse::release::{LogNews, LogRequest, ObjectKey, ProblemKind};

use crate::client::Story;
use crate::faults::Fault;
use crate::feeds::bare;
use crate::stage::start;

fn pod(state: &Value) -> Value {
    let mut pod = bare("v1", "Pod", "shop", "web");
    pod["spec"] = json!({"nodeName": "one", "containers": [{"name": "web"}, {"name": "side"}]});
    pod["status"] = json!({"containerStatuses": [{"name": "web", "state": state}]});
    pod
}

fn key() -> ObjectKey {
    ObjectKey::new("shop", "web")
}

/// A server with a Pod that wrote two lines, a minute and a second ago, and one in the run before.
fn story(user: &str) -> Story {
    let story = Story::new(user);
    story.server.put(pod(&json!({"running": {}})));
    let line = |seconds: i64, text: &str| (start() - SignedDuration::from_secs(seconds), text.to_owned());
    let current = vec![line(60, "one"), line(1, "two")];
    story.server.put_log(&key(), "web", current, Some(vec![line(120, "panic: no database")]));
    story
}

fn request() -> LogRequest {
    LogRequest {
        pod: key(),
        container: "web".to_owned(),
        previous: false,
        follow: false,
        since_seconds: None,
        tail: None,
    }
}

/// The lines that come, and the kind of problem that ends them.
async fn read(log: &mut Log) -> (Vec<String>, Option<ProblemKind>) {
    let mut lines = Vec::new();
    while let Some(news) = log.next().await {
        match news {
            LogNews::Lines(more) => lines.extend(more),
            LogNews::Ended => return (lines, None),
            LogNews::Failed(problem) => return (lines, Some(problem.kind)),
        }
    }
    panic!("a log without end: {lines:?}")
}

async fn check(story: &Story, request: LogRequest, expected: &[&str], problem: Option<ProblemKind>) {
    let mut log = story.cluster.log(request.clone());
    let (lines, failed) = read(&mut log).await;
    assert_eq!((lines, failed), (expected.iter().map(|line| (*line).to_owned()).collect(), problem), "{request:?}");
    assert_eq!(log.next().await, None, "{request:?}");
}

#[tokio::test(start_paused = true)]
async fn a_log_is_read_as_it_is_asked_for() {
    let story = story("viewer");
    check(&story, request(), &["one", "two"], None).await;
    check(&story, LogRequest { tail: Some(1), ..request() }, &["two"], None).await;
    check(&story, LogRequest { since_seconds: Some(30), ..request() }, &["two"], None).await;
    check(&story, LogRequest { previous: true, ..request() }, &["panic: no database"], None).await;
}

#[tokio::test(start_paused = true)]
async fn a_log_that_cannot_be_read_says_why() {
    let other = |container: &str| LogRequest { container: container.to_owned(), ..request() };
    check(&story("viewer"), other("none"), &[], Some(ProblemKind::Other)).await;
    check(&story("viewer"), LogRequest { previous: true, ..other("side") }, &[], Some(ProblemKind::Other)).await;
    check(&story("viewer"), other("side"), &[], Some(ProblemKind::Other)).await;
    check(&story("nobody"), request(), &[], Some(ProblemKind::Forbidden)).await;
    let absent = LogRequest { pod: ObjectKey::new("shop", "absent"), ..request() };
    check(&story("viewer"), absent, &[], Some(ProblemKind::NotFound)).await;

    let story = Story::new("viewer");
    story.server.put(pod(&json!({"waiting": {"reason": "ImagePullBackOff"}})));
    match story.cluster.log(request()).next().await {
        Some(LogNews::Failed(problem)) => assert_eq!(
            problem.cause,
            "container \"web\" in pod \"web\" is waiting to start: trying and failing to pull image"
        ),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_log_that_is_followed_goes_on_until_its_container_is_replaced() {
    let story = story("viewer");
    let mut log = story.cluster.log(LogRequest { follow: true, tail: Some(1), ..request() });
    assert_eq!(log.next().await, Some(LogNews::Lines(vec!["two".to_owned()])));
    for number in 0..2_000 {
        story.server.append_log(&key(), "web", &format!("line {number}"));
    }
    let mut lines = Vec::new();
    while lines.len() < 2_000 {
        match log.next().await {
            Some(LogNews::Lines(more)) => {
                assert!(more.len() <= 500, "{} at once", more.len());
                lines.extend(more);
            }
            other => panic!("{other:?} after {} lines", lines.len()),
        }
    }
    assert_eq!(lines.last().map(String::as_str), Some("line 1999"));
    story.server.put_log(&key(), "web", Vec::new(), None);
    assert_eq!(log.next().await, Some(LogNews::Ended));
}

#[tokio::test(start_paused = true)]
async fn a_log_that_nobody_takes_waits_for_its_reader() {
    let story = story("viewer");
    let lines: Vec<_> = (0..20_000).map(|number| (start(), format!("line {number}"))).collect();
    story.server.put_log(&key(), "web", lines, None);
    let mut log = story.cluster.log(request());
    tokio::time::sleep(std::time::Duration::from_secs(60)).await;
    let (lines, failed) = read(&mut log).await;
    assert_eq!((lines.len(), failed), (20_000, None));
}

#[tokio::test(start_paused = true)]
async fn a_line_that_is_too_long_is_cut_and_said_to_be() {
    let story = story("viewer");
    let long = "x".repeat(100_000);
    story.server.put_log(&key(), "web", vec![(start(), long), (start(), "next".to_owned())], None);
    let cut = format!("{} ... (cut)", "x".repeat(65_536));
    check(&story, request(), &[&cut, "next"], None).await;
}

#[tokio::test(start_paused = true)]
async fn a_log_that_breaks_off_keeps_what_came_and_says_so() {
    let story = story("viewer");
    story.line.fail("/log?", Fault::Cut(6), 1);
    check(&story, request(), &["one"], Some(ProblemKind::Unreachable)).await;
    story.line.fail("/log?", Fault::Refuse(503, None), 1);
    check(&story, request(), &[], Some(ProblemKind::Busy)).await;
}
