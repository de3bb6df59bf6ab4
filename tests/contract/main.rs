//! The demo, held to what a real API server said: `golden/*.json`, which `tests/real` writes and checks as well.
//!
//! `cargo test --test contract -- NAME` tells one story.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failed test panics"
)]
#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "the suite reads files and is a client")]

mod client;
mod patches;
mod refusing;
mod suite;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::future::Future;
use std::process::ExitCode;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use jiff::{SignedDuration, Timestamp};
use libtest_mimic::{Arguments, Trial};
use serde_json::Value;
use tower_service::Service as _;

use suite::{Answer, DIFFERENCES, SUBJECTS, Side};
use wheelhouse::demo::server::{ObjectRef, Server};

/// The demo, with a clock of its own.
struct Demo {
    server: Server,
    now: RefCell<Timestamp>,
}

impl Demo {
    fn new() -> Self {
        let now = "2026-11-21T12:00:00Z".parse().unwrap();
        Self { server: Server::new(now), now: RefCell::new(now) }
    }
}

impl Side for Demo {
    async fn put(&self, object: &Value) {
        self.server.put(object.clone());
    }

    async fn remove(&self, object: &Value) {
        self.server.remove(&ObjectRef::of(object).unwrap());
    }

    async fn send(&self, user: &str, request: Request<Full<Bytes>>) -> Answer {
        let answer = self.server.client(user).call(request).await.unwrap();
        answer.map(|body| body.map_err(Into::into).boxed_unsync())
    }

    async fn pass(&self, seconds: i64) {
        *self.now.borrow_mut() += SignedDuration::from_secs(seconds);
        self.server.advance(*self.now.borrow());
    }

    async fn forget(&self) {
        self.server.compact();
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let mut trials: Vec<Trial> = SUBJECTS
        .iter()
        .flat_map(|(subject, cases)| {
            cases().into_iter().map(move |case| {
                let name = case.name;
                trial(&format!("{subject}::{name}"), move || async move {
                    let transcripts = suite::tell(&Demo::new(), vec![case]).await;
                    let golden = suite::golden(subject);
                    let golden = golden.get(name).unwrap_or_else(|| panic!("the real server was never asked: {name}"));
                    suite::check(name, &transcripts[name], &as_the_demo_says(name, golden));
                })
            })
        })
        .collect();
    trials.push(trial("suite::every_case_has_a_name_of_its_own", || async { every_case_has_a_name_of_its_own() }));
    trials.push(trial("client::pages_are_one_list", client::pages_are_one_list));
    trials.push(trial("client::a_watch_goes_on", client::a_watch_goes_on));
    trials.push(trial("client::a_refusal_is_an_error", client::a_refusal_is_an_error));
    trials.push(trial("client::a_watcher_keeps_up", client::a_watcher_keeps_up));
    trials.push(trial("client::discovery_names_the_kinds", client::discovery_names_the_kinds));
    trials.push(trial("refusing::writes", refusing::writes));
    trials.push(trial("refusing::what_is_not_done_truthfully", refusing::what_is_not_done_truthfully));
    trials.push(trial("patches::stories", patches::stories));
    trials.push(trial("patches::generated", patches::generated));
    trials.push(trial("patches::recorded", patches::recorded));
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn trial<F: Future<Output = ()>>(name: &str, body: impl FnOnce() -> F + Send + 'static) -> Trial {
    Trial::test(name, move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(body());
        Ok(())
    })
}

/// What the real server said, but for the differences that have a reason.
fn as_the_demo_says(case: &str, golden: &Value) -> Value {
    let mut expected = golden.clone();
    for difference in DIFFERENCES.iter().filter(|difference| difference.case == case) {
        assert!(!difference.reason.is_empty(), "{case}: a difference without reason");
        let value =
            expected.pointer_mut(difference.at).unwrap_or_else(|| panic!("{case}: nothing at {}", difference.at));
        let demo: Value = serde_json::from_str(difference.demo).unwrap();
        assert!(*value != demo, "{case}: no difference at {}", difference.at);
        *value = demo;
    }
    expected
}

fn every_case_has_a_name_of_its_own() {
    let mut told = 0;
    let mut names = BTreeSet::new();
    for (subject, cases) in SUBJECTS {
        let of_subject: BTreeSet<String> = cases().iter().map(|case| case.name.to_owned()).collect();
        told += cases().len();
        assert_eq!(suite::golden(subject).into_keys().collect::<BTreeSet<_>>(), of_subject, "{subject}");
        names.extend(of_subject);
    }
    assert_eq!(names.len(), told);
    assert!(told >= 80, "{told} cases");
    for difference in DIFFERENCES {
        assert!(names.contains(difference.case), "a difference of no case: {}", difference.case);
    }
}
