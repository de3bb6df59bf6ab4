//! What the client asks of the server about types, what it keeps on disk, and what it does when that fails.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use wheelhouse::config::Cache;
use wheelhouse::demo::server::Server;
use wheelhouse::release::{Problem, ProblemKind};
use wheelhouse::schema::{Gvk, ListKind, Schema};

use crate::client::connect;
use crate::faults::{Fault, Faulty};
use crate::stage::start;

const INDEX: &str = "/openapi/v3";
const APPS: &str = "/openapi/v3/apis/apps/v1";

fn line() -> Faulty {
    Faulty::new(Server::new(start()).client("viewer"))
}

/// How often the index and the documents were asked for.
fn asked(line: &Faulty) -> (usize, usize) {
    let all = line.asked(INDEX);
    let index = all.iter().filter(|path| *path == INDEX).count();
    (index, all.len() - index)
}

fn kind(version: &str, kind: &str) -> Gvk {
    let (group, version) = version.split_once('/').unwrap_or(("", version));
    Gvk { group: group.to_owned(), version: version.to_owned(), kind: kind.to_owned() }
}

/// That it is the one of Deployments, by a place that only the document tells.
#[track_caller]
fn check_apps(schema: &Schema) {
    let mut typed = schema.kind(&kind("apps/v1", "Deployment")).unwrap();
    for field in ["spec", "template", "spec", "containers"] {
        typed = typed.field(field).unwrap();
    }
    assert_eq!(typed.list_kind(), Some(&ListKind::Map(vec!["name".to_owned()])));
    assert_eq!(typed.slot().patch_merge_key.as_deref(), Some("name"));
}

#[tokio::test(start_paused = true)]
async fn each_document_is_asked_for_once() {
    let line = line();
    let cluster = connect(line.clone(), "viewer");
    assert_eq!(asked(&line), (0, 0));
    let [one, two, core, custom] =
        ["apps/v1", "apps/v1", "v1", "helm.toolkit.fluxcd.io/v2"].map(|version| cluster.schema(version));
    let (one, two, core, custom) = tokio::join!(one, two, core, custom);
    let (one, two) = (one.unwrap(), two.unwrap());
    check_apps(&one);
    assert!(Arc::ptr_eq(&one, &two));
    let ports = core.unwrap().kind(&kind("v1", "Service")).is_some_and(|kind| kind.field("spec").is_some());
    assert!(ports);
    assert!(custom.unwrap().kind(&kind("helm.toolkit.fluxcd.io/v2", "HelmRelease")).is_some());
    assert_eq!(asked(&line), (1, 3));
    // The index is looked at again after a while, and says the same.
    tokio::time::advance(Duration::from_secs(301)).await;
    assert!(Arc::ptr_eq(&one, &cluster.schema("apps/v1").await.unwrap()));
    assert_eq!(asked(&line), (2, 3));
}

#[tokio::test(start_paused = true)]
async fn what_is_kept_on_disk_is_not_asked_for_again() {
    let folder = tempfile::tempdir().unwrap();
    let requests = async || {
        let line = line();
        let cluster = connect(line.clone(), "viewer").with_cache(Cache::at(folder.path()));
        check_apps(&cluster.schema("apps/v1").await.unwrap());
        asked(&line)
    };
    assert_eq!(requests().await, (1, 1));
    assert_eq!(requests().await, (1, 0));
    for damaged in [b"".as_slice(), b"no gzip"] {
        let file = std::fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap().path();
        let whole = std::fs::read(&file).unwrap();
        std::fs::write(&file, damaged).unwrap();
        assert_eq!(requests().await, (1, 1), "{damaged:?}");
        assert_eq!(std::fs::read(&file).unwrap(), whole);
        std::fs::write(&file, &whole[..whole.len() - 1]).unwrap();
        assert_eq!(requests().await, (1, 1));
        assert_eq!(requests().await, (1, 0));
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_disk_that_keeps_nothing_stops_nobody() {
    let line = line();
    let cluster = connect(line.clone(), "viewer").with_cache(Cache::at(Path::new("/dev/null/below")));
    check_apps(&cluster.schema("apps/v1").await.unwrap());
    check_apps(&cluster.schema("apps/v1").await.unwrap());
    assert_eq!(asked(&line), (1, 1));
}

/// The index of a server of several instances may lag behind: who asks for an old hash is sent on.
#[tokio::test(start_paused = true)]
async fn a_document_that_was_replaced_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let line = line();
    line.answer(INDEX, json!({"paths": {"apis/apps/v1": {"serverRelativeURL": "/openapi/v3/apis/apps/v1?hash=OLD"}}}));
    let cluster = connect(line.clone(), "viewer").with_cache(Cache::at(folder.path()));
    check_apps(&cluster.schema("apps/v1").await.unwrap());
    assert_eq!(line.asked(APPS), [format!("{APPS}?hash=OLD"), APPS.to_owned()]);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "kept under a hash that is not its own");
}

/// What was asked for `example.com/v1` came to.
async fn refusal(line: &Faulty) -> Problem {
    connect(line.clone(), "viewer").schema("example.com/v1").await.unwrap_err()
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_had_is_said() {
    let line = line();
    let problem = refusal(&line).await;
    let said = Problem::new(ProblemKind::NotFound, "the API server does not describe example.com/v1");
    assert_eq!(problem, said);
    line.fail(INDEX, Fault::Refuse(403, None), 1);
    let problem = refusal(&line).await;
    assert_eq!((problem.kind, problem.cause.as_str()), (ProblemKind::Forbidden, "refused with 403"));
    line.fail(INDEX, Fault::End(40), 1);
    assert_eq!(refusal(&line).await.kind, ProblemKind::Malformed);
    let document = |schema: Value| json!({"openapi": "3.0.0", "components": {"schemas": {"A": schema}}});
    let address = "/openapi/v3/apis/example.com/v1?hash=1";
    line.answer(INDEX, json!({"paths": {"apis/example.com/v1": {"serverRelativeURL": address}}}));
    line.answer(address, document(json!({"type": "strange"})));
    let problem = refusal(&line).await;
    let cause = "the API server's description of example.com/v1 cannot be read: /components/schemas/A/type: \
                 unknown type \"strange\"";
    assert_eq!(problem, Problem::new(ProblemKind::Malformed, cause));
}

#[tokio::test(start_paused = true)]
async fn what_failed_is_asked_for_again_and_what_is_broken_is_not() {
    let line = line();
    let cluster = connect(line.clone(), "viewer");
    line.fail(INDEX, Fault::Refuse(503, Some(1)), 2);
    line.fail(APPS, Fault::Refuse(503, Some(1)), 2);
    check_apps(&cluster.schema("apps/v1").await.unwrap());
    assert_eq!(asked(&line), (3, 3));
    line.fail("/batch/v1", Fault::Break, 1);
    line.fail("/batch/v1", Fault::End(1000), 1);
    assert_eq!(cluster.schema("batch/v1").await.unwrap_err().kind, ProblemKind::Unreachable);
    assert_eq!(cluster.schema("batch/v1").await.unwrap_err().kind, ProblemKind::Malformed);
    assert!(cluster.schema("batch/v1").await.unwrap().kind(&kind("batch/v1", "Job")).is_some());
    assert_eq!(asked(&line), (3, 6));
    // A version that is not described is looked for again after ten seconds, like a kind that is not served.
    assert_eq!(cluster.schema("example.com/v1").await.unwrap_err().kind, ProblemKind::NotFound);
    let looked = asked(&line);
    tokio::time::advance(Duration::from_secs(11)).await;
    for _ in 0..3 {
        assert_eq!(cluster.schema("example.com/v1").await.unwrap_err().kind, ProblemKind::NotFound);
    }
    assert_eq!(asked(&line), (looked.0 + 1, looked.1));
    let broken = "/openapi/v3/apis/policy/v1?hash=1";
    line.answer(INDEX, json!({"paths": {"apis/policy/v1": {"serverRelativeURL": broken}}}));
    line.answer(broken, json!({"openapi": "2.0"}));
    tokio::time::advance(Duration::from_secs(301)).await;
    for _ in 0..3 {
        assert_eq!(cluster.schema("policy/v1").await.unwrap_err().kind, ProblemKind::Malformed);
    }
    assert_eq!(line.asked(broken).len(), 1);
}
