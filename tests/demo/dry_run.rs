//! Writes that are tried: what is sent, what is made of the answers, and that nothing is kept.

use serde_json::{Value, json};
use wheelhouse::ownership::fate::{Blocked, Outcome};
use wheelhouse::ownership::next::{NextWrite, Write};
use wheelhouse::ownership::patch::{Method, Patch};
use wheelhouse::release::{Problem, ProblemKind};

use crate::client::{Story, connect};
use crate::faults::{Fault, Faulty};

/// Three replicas by helm, which kubectl edited to five.
fn deployment() -> Value {
    let entry = |manager: &str, operation: &str, fields: Value| {
        json!({
            "manager": manager, "operation": operation, "apiVersion": "apps/v1", "time": "2026-03-04T10:00:00Z",
            "fieldsType": "FieldsV1", "fieldsV1": fields,
        })
    };
    let helm = json!({"f:metadata": {"f:labels": {"f:app": {}}}, "f:spec": {"f:selector": {}, "f:template": {"f:spec": {
        "f:containers": {"k:{\"name\":\"web\"}": {".": {}, "f:name": {}, "f:image": {}}},
    }}}});
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {
            "namespace": "shop", "name": "web", "uid": "u", "generation": 2, "labels": {"app": "web"},
            "managedFields": [
                entry("helm", "Apply", helm),
                entry("kubectl-edit", "Update", json!({"f:spec": {"f:replicas": {}}})),
            ],
        },
        "spec": {
            "replicas": 5, "selector": {"matchLabels": {"app": "web"}},
            "revisionHistoryLimit": 10, "progressDeadlineSeconds": 600,
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "25%", "maxSurge": "25%"}},
            "template": {"metadata": {}, "spec": {
                "containers": container("web:1"), "restartPolicy": "Always", "dnsPolicy": "ClusterFirst",
                "schedulerName": "default-scheduler", "terminationGracePeriodSeconds": 30, "securityContext": {},
            }},
        },
        "status": {"replicas": 5},
    })
}

/// What helm would apply.
fn configuration(replicas: u32, image: &str) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"namespace": "shop", "name": "web", "labels": {"app": "web"}},
        "spec": {
            "replicas": replicas, "selector": {"matchLabels": {"app": "web"}},
            "template": {"spec": {"containers": [{"name": "web", "image": image}]}},
        },
    })
}

fn apply(is_forced: bool, configuration: Value) -> Write {
    Write::Apply { is_forced, configuration }
}

fn patch(method: Method, body: Value) -> Write {
    Write::Patch(Patch { method, body })
}

fn next(write: Write) -> NextWrite {
    NextWrite {
        api_version: "apps/v1".to_owned(),
        kind: "Deployment".to_owned(),
        namespace: "shop".to_owned(),
        name: "web".to_owned(),
        manager: "helm".to_owned(),
        write,
    }
}

fn story(user: &str) -> Story {
    let story = Story::new(user);
    story.server.put(deployment());
    story
}

/// What came of one try, as generation, replicas and image of the object: as it would be, or as it would be by force beside
/// the conflicts.
async fn told(story: &Story, next: NextWrite) -> Result<(Vec<Blocked>, Option<Value>), String> {
    let mut answers = story.cluster.dry_runs(vec![next]).await;
    let (_, outcome) = answers.pop().unwrap();
    let essence = |object: &Value| {
        json!([
            object["metadata"]["generation"],
            object["spec"]["replicas"],
            object["spec"]["template"]["spec"]["containers"],
            object["status"]["replicas"],
        ])
    };
    match outcome {
        Ok(Outcome::Written(after)) => Ok((Vec::new(), Some(essence(&after)))),
        Ok(Outcome::Conflicts(blocked, after)) => Ok((blocked, after.map(|after| essence(&after)))),
        Ok(Outcome::Failed(why)) => Err(format!("failed: {why}")),
        Err(Problem { cause, .. }) => Err(cause),
    }
}

fn container(image: &str) -> Value {
    json!([{
        "name": "web", "image": image, "imagePullPolicy": "Always", "resources": {},
        "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File",
    }])
}

#[tokio::test(start_paused = true)]
async fn a_write_that_is_tried_is_told_and_not_kept() {
    let story = story("administrator");
    let check = async |write: Write, expected: Value| {
        assert_eq!(told(&story, next(write.clone())).await, Ok((Vec::new(), Some(expected))), "{write:?}");
    };
    check(apply(false, configuration(5, "web:1")), json!([2, 5, container("web:1"), 5])).await;
    check(apply(false, configuration(5, "web:2")), json!([3, 5, container("web:2"), 5])).await;
    check(apply(true, configuration(3, "web:1")), json!([3, 3, container("web:1"), 5])).await;
    let strategic = json!({"spec": {"template": {"spec": {"containers": [{"name": "web", "image": "web:3"}]}}}});
    check(patch(Method::StrategicMerge, strategic), json!([3, 5, container("web:3"), 5])).await;
    let merge = json!({"spec": {"replicas": 4}, "status": {"replicas": 9}});
    check(patch(Method::JsonMerge, merge), json!([3, 4, container("web:1"), 5])).await;
    let conflict = Blocked {
        field: ".spec.replicas".to_owned(),
        message: "conflict with \"kubectl-edit\" using apps/v1".to_owned(),
    };
    assert_eq!(
        told(&story, next(apply(false, configuration(3, "web:2")))).await,
        Ok((vec![conflict], Some(json!([3, 3, container("web:2"), 5]))))
    );
    // Each was sent once, the one that conflicts once more by force; and every try found the object as it was.
    let writes = story.line.writes();
    assert_eq!(writes.len(), 7, "{writes:#?}");
    for write in writes {
        assert!(write.contains("?dryRun=All&fieldManager=helm"), "{write}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_write_that_cannot_be_tried_says_why() {
    let check = async |story: &Story, next: NextWrite, expected: &str| {
        assert_eq!(told(story, next).await, Err(expected.to_owned()));
    };
    let write = || apply(false, configuration(3, "web:1"));
    check(&story("viewer"), next(write()), "patch on deployments is forbidden").await;
    let story = story("administrator");
    check(
        &story,
        NextWrite { name: "other".to_owned(), ..next(write()) },
        "failed: the name of the object (web) does not match the name on the URL (other)",
    )
    .await;
    let absent = patch(Method::JsonMerge, json!({"spec": {"replicas": 1}}));
    let absent = NextWrite { name: "other".to_owned(), ..next(absent) };
    check(&story, absent, "deployments.apps \"other\" not found").await;
    let gone = NextWrite { api_version: "apps/v1beta1".to_owned(), ..next(write()) };
    check(&story, gone, "apps/v1beta1 Deployment is not served").await;
    let mut moved = configuration(5, "web:1");
    moved["metadata"]["name"] = json!("other");
    let name = "failed: the name of the object (other) does not match the name on the URL (web)";
    check(&story, next(apply(false, moved)), name).await;
    let nobody = NextWrite { manager: String::new(), ..next(write()) };
    let required =
        "failed: PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch";
    check(&story, nobody, required).await;
    let mut unknown = configuration(5, "web:1");
    unknown["spec"]["colour"] = json!("red");
    let typed = "failed: failed to create typed patch object (shop/web; apps/v1, Kind=Deployment): .spec.colour: field not declared in schema";
    check(&story, next(apply(false, unknown)), typed).await;
    story.line.fail("dryRun=All", Fault::Break, 1);
    let mut answers = story.cluster.dry_runs(vec![next(write())]).await;
    assert_eq!(answers.pop().unwrap().1.unwrap_err().kind, ProblemKind::Unreachable);
}

#[tokio::test(start_paused = true)]
async fn a_busy_server_is_asked_again_and_answers_come_in_order() {
    let story = story("administrator");
    story.line.fail("dryRun=All", Fault::Refuse(429, Some(1)), 2);
    let writes: Vec<NextWrite> = (5..15).map(|count| next(apply(true, configuration(count, "web:1")))).collect();
    let answers = story.cluster.dry_runs(writes.clone()).await;
    let replicas: Vec<u64> = answers
        .iter()
        .map(|(_, outcome)| match outcome {
            Ok(Outcome::Written(after)) => after["spec"]["replicas"].as_u64().unwrap(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(replicas, (5..15).collect::<Vec<u64>>());
    assert_eq!(answers.into_iter().map(|(write, _)| write).collect::<Vec<_>>(), writes);
    assert_eq!(story.line.writes().len(), 12);
    // Discovery is asked once for all of them.
    assert_eq!(story.line.asked("/apis/apps/v1").iter().filter(|path| *path == "/apis/apps/v1").count(), 1);
}

/// Whatever asks for no dry-run is refused, as every write.
#[tokio::test(start_paused = true)]
async fn the_demo_keeps_no_write_that_is_tried() {
    use bytes::Bytes;
    use http::Request;
    use http_body_util::{BodyExt as _, Full};
    use tower_service::Service as _;

    let story = story("administrator");
    let path = "/apis/apps/v1/namespaces/shop/deployments/web";
    let ask = async |method: &str, query: &str, content: &str, body: &Value| {
        let request = Request::builder().method(method).uri(format!("{path}{query}")).header("content-type", content);
        let request = request.body(Full::new(Bytes::from(body.to_string()))).unwrap();
        let answer = story.server.client("administrator").call(request).await.unwrap();
        let code = answer.status().as_u16();
        let body: Value = serde_json::from_slice(&answer.into_body().collect().await.unwrap().to_bytes()).unwrap();
        (code, body)
    };
    let check = async |query: &str, content: &str, code: u16, message: &str| {
        let (answered, status) = ask("PATCH", query, content, &configuration(3, "web:1")).await;
        assert_eq!((answered, status["message"].as_str().unwrap()), (code, message), "{query} {content}");
    };
    let before = ask("GET", "", "", &Value::Null).await;
    let apply = "application/apply-patch+yaml";
    check(
        "?fieldManager=a&dryRun=Some",
        apply,
        422,
        "PatchOptions.meta.k8s.io \"\" is invalid: dryRun: Unsupported value: [\"Some\"]: supported values: \"All\"",
    )
    .await;
    check(
        "?fieldManager=a&dryRun=All&force=true",
        "application/merge-patch+json",
        422,
        "PatchOptions.meta.k8s.io \"\" is invalid: force: Forbidden: may not be specified for non-apply patch",
    )
    .await;
    check("?fieldManager=a&dryRun=All", "text/plain", 415, "415: Unsupported Media Type").await;
    let (code, status) = ask("PATCH", "?fieldManager=a&dryRun=All", apply, &configuration(3, "web:1")).await;
    let words = "Apply failed with 1 conflict: conflict with \"kubectl-edit\" using apps/v1: .spec.replicas";
    let cause = json!({
        "reason": "FieldManagerConflict", "message": "conflict with \"kubectl-edit\" using apps/v1",
        "field": ".spec.replicas",
    });
    let expected = json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": words,
        "reason": "Conflict", "details": {"causes": [cause]}, "code": 409,
    });
    assert_eq!((code, status), (409, expected));
    assert_eq!(ask("PATCH", "?fieldManager=a&dryRun=All&force=true", apply, &configuration(3, "web:1")).await.0, 200);
    assert_eq!(ask("GET", "", "", &Value::Null).await, before);
    let write = Write::Apply { is_forced: false, configuration: configuration(3, "web:1") };
    let line = Faulty::new(story.server.client("stranger"));
    let answers = connect(line, "stranger").dry_runs(vec![next(write)]).await;
    assert_eq!(answers[0].1.as_ref().unwrap_err().kind, ProblemKind::Credentials);
}
