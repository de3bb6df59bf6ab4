//! The rows and the inventory of a release, from objects made up for one rule each.

use serde_json::{Value, json};

use super::*;
use crate::health::World;
use crate::health::world::tests::{
    deployment, now, object, of_web, owned, pod, release, replica_set, running, waiting,
};
use crate::release::flux::HelmRelease;
use crate::release::payload::Payload;
use crate::release::{Change, Event, FeedState, ObjectKey, Release, Resource};
use std::sync::Arc;

fn payload(manifest: &str, hooks: Value) -> Payload {
    let value = json!({"name": "web", "namespace": "shop", "version": 1, "manifest": manifest, "hooks": hooks});
    Payload::new(value.as_object().unwrap().clone())
}

const MANIFEST: &str = "---
apiVersion: v1
kind: ConfigMap
metadata: {name: web}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: web}
---
apiVersion: batch/v1
kind: Job
metadata: {name: once}
spec: {ttlSecondsAfterFinished: 60}
---
apiVersion: v1
kind: Pod
metadata: {generateName: any-}
---
not: an object
";

fn hooks() -> Value {
    json!([
        {"name": "migrate", "kind": "Job", "events": ["pre-upgrade"], "last_run": {"phase": "Succeeded"},
         "manifest": "apiVersion: batch/v1\nkind: Job\nmetadata: {name: migrate}\n"},
        {"name": "try", "kind": "Pod", "events": ["test"], "last_run": {"phase": "Failed"},
         "manifest": "apiVersion: v1\nkind: Pod\nmetadata: {name: try}\n"},
    ])
}

fn flux() -> Release {
    let object = json!({
        "metadata": {"namespace": "shop", "name": "web"},
        "status": {
            "history": [{"name": "web", "namespace": "shop", "version": 1, "status": "deployed"}],
            "inventory": {"entries": [
                {"id": "shop_web_apps_Deployment", "v": "v1"}, {"id": "shop_web__ConfigMap", "v": "v1"},
                {"id": "_web_rbac.authorization.k8s.io_ClusterRole", "v": "v1"},
                {"id": "shop_tls_cert.io_Certificate", "v": "v1beta2"},
            ]},
        },
    });
    Release { helm_release: Some(Arc::new(HelmRelease::read(&object).unwrap())), ..release() }
}

#[test]
fn what_is_watched_of_a_release_is_what_its_inventory_its_manifest_and_its_hooks_name() {
    let check = |release: &Release, payload: Option<&Payload>, expected: &[&str]| {
        let inventory = inventory_of(release, payload);
        let lines: Vec<String> = inventory
            .objects
            .iter()
            .map(|(Resource { api_version, kind, namespace }, names)| {
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                format!("{api_version} {kind} in {}: {}", namespace.as_deref().unwrap_or("?"), names.join(", "))
            })
            .collect();
        assert_eq!((inventory.namespace.as_str(), lines), ("shop", expected.iter().map(|&line| line.into()).collect()));
    };
    let whole = payload(MANIFEST, hooks());
    check(&release(), None, &[]);
    check(
        &release(),
        Some(&whole),
        &[
            "apps/v1 Deployment in shop: web",
            "batch/v1 Job in shop: migrate, once",
            "rbac.authorization.k8s.io/v1 ClusterRole in ?: web",
            "v1 ConfigMap in ?: web",
            "v1 Pod in shop: try",
        ],
    );
    let of_inventory = [
        "apps/v1 Deployment in shop: web",
        "cert.io/v1beta2 Certificate in shop: tls",
        "rbac.authorization.k8s.io/v1 ClusterRole in ?: web",
        "v1 ConfigMap in shop: web",
    ];
    check(&flux(), None, &of_inventory);
    check(
        &flux(),
        Some(&whole),
        &[
            "apps/v1 Deployment in shop: web",
            "batch/v1 Job in shop: migrate, once",
            "cert.io/v1beta2 Certificate in shop: tls",
            "rbac.authorization.k8s.io/v1 ClusterRole in ?: web",
            "v1 ConfigMap in shop: web",
            "v1 Pod in shop: try",
        ],
    );
    let mut remote = (*flux().helm_release.unwrap()).clone();
    remote.remote = true;
    check(&Release { helm_release: Some(Arc::new(remote)), ..release() }, Some(&whole), &[]);
}

fn open(changes: &[Change]) -> World {
    let mut world = World::keeping_bodies();
    changes.iter().for_each(|change| world.apply(change));
    world
}

fn told(rows: &[Row]) -> Vec<String> {
    let line = |row: &Row| {
        let restarts = row.restarts.map(|restarts| format!(" r{restarts}")).unwrap_or_default();
        let containers: Vec<String> =
            row.containers.iter().map(|container| format!(" ({}: {})", container.name, container.state)).collect();
        let kept = row.deleting.iter().map(|(_, keepers)| format!(" kept by {keepers:?}")).collect::<String>();
        let (indent, role) = ("  ".repeat(row.depth), format!("{:?}", row.role));
        let role = if row.depth == 0 { format!("{role} ") } else { String::new() };
        let message = if row.message.is_empty() { String::new() } else { format!(": {}", row.message) };
        format!(
            "{indent}{role}{} {} {:?}{message}{restarts}{}{kept}",
            row.id,
            row.status,
            row.severity,
            containers.concat()
        )
    };
    rows.iter().map(line).collect()
}

fn inventory_feed(api_version: &str, kind: &str, namespace: Option<&str>, state: FeedState) -> Change {
    let (api_version, kind) = (api_version.to_owned(), kind.to_owned());
    Change::Inventory(Resource { api_version, kind, namespace: namespace.map(str::to_owned) }, state)
}

#[test]
fn the_rows_are_the_objects_by_role_the_worst_first_with_what_they_own() {
    let named = named(&flux(), Some(&payload(MANIFEST, hooks())));
    let crash = running(
        false,
        json!({
            "restartCount": 4,
            "state": {"running": null, "waiting": {"reason": "CrashLoopBackOff"}},
            "lastState": {"terminated": {"exitCode": 1, "reason": "Error"}},
        }),
    );
    let live = FeedState::Live;
    let world = open(&[
        deployment(2, 1, json!({})),
        replica_set("web-1", 1),
        replica_set("web-2", 2),
        replica_set("web-3", 3),
        pod("web-3-a", "ReplicaSet", "web-3", running(true, json!({}))),
        pod("web-3-b", "ReplicaSet", "web-3", crash),
        pod("web-2-a", "ReplicaSet", "web-2", waiting("ContainerCreating", "")),
        object("v1", "ConfigMap", "web", of_web(json!({"metadata": {"uid": "uid-config"}}))),
        object(
            "batch/v1",
            "Job",
            "migrate",
            json!({
                "metadata": {"annotations": {"helm.sh/hook": "pre-upgrade"}},
                "status": {"startTime": "2026-01-02T03:00:00Z", "conditions": [{"type": "Complete", "status": "True"}]},
            }),
        ),
        inventory_feed("apps/v1", "Deployment", Some("shop"), live.clone()),
        inventory_feed("v1", "ConfigMap", Some("shop"), live.clone()),
        inventory_feed("v1", "Pod", Some("shop"), live.clone()),
        inventory_feed("batch/v1", "Job", Some("shop"), live.clone()),
        inventory_feed("cert.io/v1beta2", "Certificate", Some("shop"), FeedState::Absent),
        inventory_feed("rbac.authorization.k8s.io/v1", "ClusterRole", None, FeedState::Forbidden),
    ]);
    let rows = rows(&flux(), &named, &world, now());
    assert_eq!(
        told(&rows),
        [
            "Release Deployment web InProgress Bad: web exits 1 at start, 4 restarts (1 of 2 Pods) r4",
            "  ReplicaSet web-3 Unknown Unknown: only its metadata was read r4",
            "    Pod web-3-b Failed Bad: web exits 1 at start, 4 restarts r4 (web: waiting: CrashLoopBackOff)",
            "    Pod web-3-a Current Good: Pod is Ready r0 (web: running)",
            "  ReplicaSet web-2 Unknown Unknown: only its metadata was read r0",
            "    Pod web-2-a InProgress Waiting: Pod is running but is not Ready r0 (web: waiting: ContainerCreating)",
            "Release Certificate tls NotServed Unknown: the cluster does not serve cert.io/v1beta2",
            "Release ClusterRole web Forbidden Unknown: you may not list this kind here",
            "Release ConfigMap web Current Good: Resource is always ready",
            "Release Job once Gone Good: a Job may go by itself when it has ended",
            "Hook Job migrate Current Good: Job Completed. succeeded: 0/1",
            "Test Pod try Gone Bad: its last run failed",
        ]
    );
    assert_eq!(counts(&rows), Counts { ready: 1, total: 2, assumed: 0, missing: 0, hidden: 2 });
}

#[test]
fn what_is_not_there_is_a_row_that_says_so() {
    let named = named(&flux(), None);
    let state = |state: &FeedState| {
        [
            inventory_feed("apps/v1", "Deployment", Some("shop"), state.clone()),
            inventory_feed("v1", "ConfigMap", Some("shop"), state.clone()),
            inventory_feed("cert.io/v1beta2", "Certificate", Some("shop"), state.clone()),
            inventory_feed("rbac.authorization.k8s.io/v1", "ClusterRole", None, state.clone()),
        ]
    };
    let loading = rows(&flux(), &named, &open(&state(&FeedState::Loading)), now());
    assert_eq!(
        told(&loading),
        [
            "Release Certificate tls Loading Unknown",
            "Release ClusterRole web Loading Unknown",
            "Release ConfigMap web Loading Unknown",
            "Release Deployment web Loading Unknown",
        ]
    );
    assert_eq!(counts(&loading), Counts::default());

    let mut changes = state(&FeedState::Live).to_vec();
    let going = json!({"deletionTimestamp": "2026-01-02T03:00:00Z", "finalizers": ["example.com/hold"]});
    changes.push(object("cert.io/v1beta2", "Certificate", "tls", json!({"metadata": going})));
    changes.push(object("rbac.authorization.k8s.io/v1", "ClusterRole", "web", json!({"metadata": {"namespace": ""}})));
    let live = rows(&flux(), &named, &open(&changes), now());
    assert_eq!(
        told(&live),
        [
            "Release Certificate tls Terminating Bad: is being deleted, kept by finalizer example.com/hold kept by \
         [\"example.com/hold\"]",
            "Release ConfigMap web Missing Bad: the release names it, and it is not there",
            "Release Deployment web Missing Bad: the release names it, and it is not there",
            "Release ClusterRole web Current Good: Resource is current",
        ]
    );
    assert_eq!(counts(&live), Counts { ready: 1, total: 4, assumed: 0, missing: 2, hidden: 0 });
}

#[test]
fn a_custom_resource_that_says_nothing_is_assumed() {
    let named = named(&flux(), None);
    let silent = json!({"status": {"observedGeneration": null}});
    let world = open(&[object("cert.io/v1beta2", "Certificate", "tls", silent)]);
    let rows = rows(&flux(), &named, &world, now());
    assert_eq!(told(&rows[3..]), ["Release Certificate tls Current (assumed) Good: Resource is current"]);
    assert_eq!(counts(&rows), Counts { ready: 1, total: 1, assumed: 1, ..Counts::default() });
}

fn event(name: &str, kind: &str, about: &str, last: &str, message: &str) -> Change {
    let group = if kind == "Pod" { "" } else { "apps" };
    Change::Event(Box::new(Event {
        key: ObjectKey::new("shop", name),
        about: ObjectId::new(group, kind, "shop", about),
        about_uid: format!("uid-{about}"),
        field: None,
        warning: true,
        reason: if message.starts_with("create Pod") { "FailedCreate" } else { "Unhealthy" }.to_owned(),
        message: message.to_owned(),
        count: 1,
        first: None,
        last: last.parse().ok(),
        source: "kubelet".to_owned(),
    }))
}

#[test]
fn events_are_found_by_what_they_are_about_and_say_why() {
    let set = of_web(json!({"spec": {"replicas": 2}, "status": {"replicas": 1, "readyReplicas": 0}}));
    let mut changes = vec![
        object("apps/v1", "StatefulSet", "db", set),
        pod("db-0", "StatefulSet", "db", running(false, json!({}))),
        event("a", "Pod", "db-0", "2026-01-02T03:50:00Z", "Readiness probe failed: 503"),
        event(
            "b",
            "StatefulSet",
            "db",
            "2026-01-02T03:51:00Z",
            "create Pod db-1 failed: pods \"db-1\" is forbidden: exceeded quota: small",
        ),
        event("c", "Pod", "db-7", "2026-01-02T03:52:00Z", "its Pod is gone"),
        event("d", "Pod", "other-0", "2026-01-02T03:53:00Z", "of another release"),
    ];
    let world = open(&changes);
    let keys = |events: Vec<&Event>| events.iter().map(|event| event.key.name.clone()).collect::<Vec<_>>();
    let db = crate::release::ObjectId::new("apps", "StatefulSet", "shop", "db");
    let pod = crate::release::ObjectId::new("", "Pod", "shop", "db-0");
    assert_eq!(keys(world.events(None)), ["d", "c", "b", "a"]);
    assert_eq!(keys(world.events(Some(&db))), ["c", "b", "a"]);
    assert_eq!(keys(world.events(Some(&pod))), ["a"]);
    assert_eq!(keys(world.events_of(&release(), &[])), ["c", "b", "a"]);

    let said = |changes: &[Change]| {
        let standing = open(changes).standing(&release(), now());
        standing.waiting.into_iter().map(|trouble| (trouble.reason, trouble.text)).collect::<Vec<_>>()
    };
    assert_eq!(
        said(&changes),
        [("Unhealthy".to_owned(), "web runs and is not ready: Readiness probe failed: 503".to_owned())]
    );
    changes.remove(1);
    assert_eq!(said(&changes), [("FailedCreate".to_owned(), "Pods cannot be made: exceeded quota: small".to_owned())]);
    changes.extend(["a", "b", "c", "d"].map(|name| Change::EventGone(ObjectKey::new("shop", name))));
    assert_eq!(said(&changes), [("LessReplicas".to_owned(), "1 of 2 Pods made".to_owned())]);
    assert_eq!(open(&changes).events(None), Vec::<&Event>::new());
}

#[test]
fn the_job_of_a_cron_job_that_ran_last_counts() {
    let job = |name: &str, created: &str, kind: &str| {
        let over = json!({
            "metadata": {"creationTimestamp": created},
            "status": {"startTime": created, "failed": 1,
                       "conditions": [{"type": kind, "status": "True", "reason": "BackoffLimitExceeded"}]},
        });
        object("batch/v1", "Job", name, owned("CronJob", "nightly", over))
    };
    let cron = object("batch/v1", "CronJob", "nightly", of_web(json!({})));
    let severities = |last: &str, before: &str| {
        let world = open(&[
            cron.clone(),
            job("nightly-1", "2026-01-01T03:00:00Z", before),
            job("nightly-2", "2026-01-02T03:00:00Z", last),
        ]);
        rows(&release(), &[], &world, now()).iter().map(|row| row.severity).collect::<Vec<_>>()
    };
    assert_eq!(severities("Complete", "Failed"), [Severity::Good, Severity::Bad, Severity::Good]);
    assert_eq!(severities("Failed", "Complete"), [Severity::Bad, Severity::Bad, Severity::Good]);
}

#[test]
fn custom_resources_are_judged_by_the_checks_of_the_helm_release() {
    let mut helm_release = (*flux().helm_release.unwrap()).clone();
    helm_release.health_check_exprs = json!([{
        "apiVersion": "cert.io/v1", "kind": "Certificate",
        "current": "status.phase == 'Issued'", "failed": "status.phase == 'Denied'",
    }]);
    let checked = Release { helm_release: Some(Arc::new(helm_release)), ..release() };
    let check = |status: Value, expected: &str| {
        let mut world = World::of_open(&checked, &World::default());
        world.apply(&object("cert.io/v1beta2", "Certificate", "tls", json!({"status": status})));
        let rows = rows(&checked, &named(&checked, None), &world, now());
        let row = rows.iter().find(|row| row.id.kind == "Certificate").unwrap();
        assert_eq!(format!("{} {:?}: {}", row.status, row.severity, row.message), expected);
    };
    check(json!({"phase": "Issued"}), "Current Good: healthCheckExprs say Current");
    check(json!({"phase": "Denied"}), "Failed Bad: failed: healthCheckExprs say Failed");
    check(json!({"phase": "Waiting"}), "InProgress Waiting: not ready: healthCheckExprs say InProgress");
    check(
        json!({"phase": "Issued", "observedGeneration": 0}),
        "InProgress Waiting: not ready: healthCheckExprs say InProgress",
    );
    let mut world = World::of_open(&checked, &World::default());
    world.apply(&object("cert.io/v1beta2", "Certificate", "tls", json!({})));
    let standing = world.standing(&checked, now());
    assert_eq!((standing.counts.ready, standing.unknown.len()), (0, 1));
}

#[test]
fn the_world_of_an_open_release_begins_with_what_is_remembered() {
    let mut shared = World::default();
    shared.apply(&deployment(1, 0, json!({})));
    shared.apply(&replica_set("web-1", 1));
    shared.apply(&pod("web-1-a", "ReplicaSet", "web-1", waiting("ImagePullBackOff", "Back-off")));
    shared.apply(&Change::ObjectGone(crate::release::ObjectId::new("", "Pod", "shop", "web-1-a"), String::new()));
    let remembered = shared.standing(&release(), now()).remembered;
    assert_eq!(remembered.len(), 1);
    assert_eq!(World::of_open(&release(), &shared).standing(&release(), now()).remembered, remembered);
}

#[test]
fn what_an_uninstalled_release_named_is_gone_as_it_should_be() {
    let kept = object(
        "v1",
        "ConfigMap",
        "web",
        of_web(json!({"metadata": {"annotations": {"helm.sh/resource-policy": "keep"}}})),
    );
    let check = |release: &Release, changes: &[Change], expected: &[&str], counts: Counts| {
        let mut world = open(changes);
        for (api_version, kind) in [
            ("v1", "ConfigMap"),
            ("apps/v1", "Deployment"),
            ("rbac.authorization.k8s.io/v1", "ClusterRole"),
            ("cert.io/v1beta2", "Certificate"),
        ] {
            let resource = Resource { api_version: api_version.to_owned(), kind: kind.to_owned(), namespace: None };
            world.apply(&Change::Inventory(resource, FeedState::Live));
        }
        let rows = rows(release, &named(release, None), &world, now());
        let told: Vec<String> = rows
            .iter()
            .map(|row| format!("{} {} {} {:?}: {}", row.id.kind, row.id.name, row.status, row.severity, row.message))
            .collect();
        assert_eq!((told, super::counts(&rows)), (expected.iter().map(|&line| line.to_owned()).collect(), counts));
    };
    const GONE: &str = "Gone Good: gone, as it should be";
    let gone = ["Certificate tls", "ClusterRole web"].map(|what| format!("{what} {GONE}"));
    let uninstalled = Release { status: Some(crate::release::payload::ReleaseStatus::Uninstalled), ..flux() };
    let mut object = (*flux().helm_release.unwrap()).clone();
    object.deleting = Some(now());
    let deleting = Release { helm_release: Some(Arc::new(object)), ..flux() };
    for release in [&uninstalled, &deleting] {
        check(
            release,
            std::slice::from_ref(&kept),
            &[
                &gone[0],
                &gone[1],
                "ConfigMap web Current Good: kept, as its resource policy has it",
                &format!("Deployment web {GONE}"),
            ],
            Counts { ready: 1, total: 1, ..Counts::default() },
        );
        check(
            release,
            &[],
            &[&gone[0], &gone[1], &format!("ConfigMap web {GONE}"), &format!("Deployment web {GONE}")],
            Counts::default(),
        );
    }
}

#[test]
fn of_a_container_it_is_known_of_which_run_its_log_is() {
    let check = |status: Value, log: Run, before: bool| {
        let world = open(&[pod("web-1-a", "ReplicaSet", "web-1", status)]);
        let id = crate::release::ObjectId::new("", "Pod", "shop", "web-1-a");
        let containers = world.glance(&id, now()).unwrap().containers;
        assert_eq!(containers.iter().map(|one| (one.log, one.before)).collect::<Vec<_>>(), [(log, before)]);
    };
    let ended = json!({"terminated": {"exitCode": 1, "reason": "Error"}});
    let last = |mut status: Value| {
        status["status"]["containerStatuses"][0]["lastState"] = ended.clone();
        status
    };
    let over = json!({"state": {"running": null, "terminated": {"exitCode": 3, "reason": "Error"}}});
    check(running(true, json!({})), Run::Running, false);
    check(last(running(true, json!({}))), Run::Running, true);
    check(running(false, over.clone()), Run::Ended, false);
    check(last(running(false, over)), Run::Ended, true);
    check(last(waiting("CrashLoopBackOff", "back-off")), Run::Last, false);
    check(waiting("ContainerCreating", ""), Run::None, false);
}
