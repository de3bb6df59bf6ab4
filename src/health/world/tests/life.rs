//! What is missing, stuck, not to be seen, gone: objects in time.

use super::*;

#[test]
fn a_deletion_that_does_not_end_is_stuck() {
    let config = |over: Value| object("v1", "ConfigMap", "web", of_web(json!({"metadata": over})));
    let deleting = |at: &str, finalizers: Value| config(json!({"deletionTimestamp": at, "finalizers": finalizers}));
    let going = ["0/1 ready", "waiting: ConfigMap web [Terminating] is being deleted"];
    check(&[deleting("2026-01-02T03:59:01Z", json!([]))], &going);
    // What it waits for is said at once: nobody shall have to wait a minute for its name.
    check(
        &[deleting("2026-01-02T03:59:01Z", json!(["example.com/hold"]))],
        &["0/1 ready", "waiting: ConfigMap web [Terminating] is being deleted, waits for finalizer example.com/hold"],
    );
    check(
        &[deleting("2026-01-02T03:59:00Z", json!(["example.com/hold", "foregroundDeletion"]))],
        &["0/1 ready", "stuck: ConfigMap web [Terminating] is being deleted, kept by finalizer example.com/hold"],
    );
    check(&[deleting("2026-01-02T03:55:01Z", json!(["foregroundDeletion"]))], &going);
    check(
        &[deleting("2026-01-02T03:55:00Z", json!(["foregroundDeletion"]))],
        &["0/1 ready", "stuck: ConfigMap web [Terminating] is being deleted and does not go"],
    );
    let world = world(&[deleting("2026-01-02T03:59:30Z", json!(["example.com/hold"]))]);
    assert_eq!(world.next_turn(now()), Some("2026-01-02T04:00:30Z".parse().unwrap()));
    let namespace = of_web(json!({
        "metadata": {"namespace": "", "deletionTimestamp": "2026-01-02T03:00:00Z"},
        "status": {"conditions": [{"type": "NamespaceFinalizersRemaining", "status": "True",
            "message": "Some content has finalizers remaining: example.com/hold in 1 resource instances"}]},
    }));
    check(
        &[object("v1", "Namespace", "shop", namespace)],
        &[
            "0/1 ready",
            "stuck: Namespace shop [Terminating] does not go: Some content has finalizers remaining: example.com/hold in 1 \
         resource instances | Some content has finalizers remaining: example.com/hold in 1 resource instances",
        ],
    );
    let mut kept = running(true, json!({}));
    lay(&mut kept, json!({"metadata": {"deletionTimestamp": "2026-01-02T03:50:00Z"}}));
    check(
        &[deployment(1, 1, json!({})), replica_set("web-1", 1), pod("web-1-a", "ReplicaSet", "web-1", kept)],
        &[
            "1/1 ready",
            "stuck: Deployment web > ReplicaSet web-1 > Pod web-1-a [Terminating] is being deleted and does not go",
        ],
    );
}

#[test]
fn what_the_release_names_and_the_list_lacks_is_missing() {
    let named = |names: &[(&str, &str, &str)]| {
        let ids = names.iter().map(|(group, kind, name)| ObjectId::new(*group, *kind, "", *name));
        Release { named: Some(Arc::new(ids.collect())), ..release() }
    };
    #[track_caller]
    fn check(changes: &[Change], release: &Release, expected: &[&str]) {
        assert_eq!(told(&world(changes).standing(release, now())), expected);
    }
    let both = named(&[("apps", "Deployment", "web"), ("batch", "Job", "migrate")]);
    let live = all_feeds(&FeedState::Live);
    let with = |more: &[Change]| [live.as_slice(), more].concat();
    let missing = ["0/2 ready", "missing: Deployment web", "missing: Job migrate"];
    check(&live, &both, &missing);
    check(&with(&[deployment(1, 1, json!({}))]), &both, &["1/2 ready", "missing: Job migrate"]);
    check(&all_feeds(&FeedState::Loading), &both, &["0/0 ready"]);
    // Somebody took Helm's label off: the shared watch passes over it, and what it owns names it.
    check(&with(&[replica_set("web-1", 1)]), &both, &["0/1 ready", "missing: Job migrate"]);
    for status in [ReleaseStatus::PendingUpgrade, ReleaseStatus::Uninstalling, ReleaseStatus::Uninstalled] {
        check(&live, &Release { status: Some(status), ..both.clone() }, &["0/0 ready"]);
    }
    let forbidden = Change::Feed(
        Feed { kind: FeedKind::Objects(WatchedKind::Job), namespace: Some("shop".to_owned()) },
        FeedState::Forbidden,
    );
    let whole = Change::Feed(Feed { kind: FeedKind::Objects(WatchedKind::Job), namespace: None }, FeedState::Forbidden);
    let world = world(&with(&[deployment(1, 1, json!({})), whole, forbidden]));
    let standing = world.standing(&both, now());
    let counts = Counts { ready: 1, total: 1, hidden: 1, ..Counts::default() };
    assert_eq!((standing.seen, standing.unseen, standing.counts), (false, vec![WatchedKind::Job], counts));
    assert_eq!(standing.missing, []);

    // The inventory of a HelmRelease does not tell that a Job goes by itself.
    let object = json!({
        "metadata": {"namespace": "shop", "name": "web"},
        "status": {
            "history": [{"name": "web", "namespace": "shop", "version": 1, "status": "deployed"}],
            "inventory": {"entries": [{"id": "shop_web_apps_Deployment"}, {"id": "shop_migrate_batch_Job"},
                                      {"id": "shop_web__ConfigMap"}]},
        },
    });
    let flux = Release { helm_release: Some(Arc::new(HelmRelease::read(&object).unwrap())), ..release() };
    check(&live, &flux, &["0/1 ready", "missing: Deployment web"]);
    let mut remote = object;
    lay(&mut remote, json!({"spec": {"kubeConfig": {}}}));
    let remote = Release { helm_release: Some(Arc::new(HelmRelease::read(&remote).unwrap())), ..release() };
    check(&with(&[deployment(1, 0, json!({}))]), &remote, &["0/0 ready"]);
}

#[test]
fn a_standing_is_seen_once_every_list_that_matters_was_whole() {
    let feed = |kind, namespace: Option<&str>, state| {
        Change::Feed(Feed { kind: FeedKind::Objects(kind), namespace: namespace.map(str::to_owned) }, state)
    };
    let seen = |changes: &[Change]| {
        let standing = world(changes).standing(&release(), now());
        (standing.seen, standing.unseen)
    };
    let live = all_feeds(&FeedState::Live);
    let with = |more: Change| [live.as_slice(), &[more]].concat();
    assert_eq!(seen(&[]), (false, vec![]));
    assert_eq!(seen(&live), (true, vec![]));
    assert_eq!(seen(&with(feed(WatchedKind::Pod, None, FeedState::Loading))), (false, vec![]));
    let claims = WatchedKind::PersistentVolumeClaim;
    assert_eq!(seen(&with(feed(claims, None, FeedState::Forbidden))), (true, vec![claims]));
    assert_eq!(seen(&with(feed(WatchedKind::Pod, None, FeedState::Forbidden))), (false, vec![WatchedKind::Pod]));
    let here = [
        live.as_slice(),
        &[feed(WatchedKind::Pod, None, FeedState::Forbidden), feed(WatchedKind::Pod, Some("shop"), FeedState::Live)],
    ];
    assert_eq!(seen(&here.concat()), (true, vec![]));
    let elsewhere = [
        live.as_slice(),
        &[feed(WatchedKind::Pod, None, FeedState::Forbidden), feed(WatchedKind::Pod, Some("other"), FeedState::Live)],
    ];
    assert_eq!(seen(&elsewhere.concat()), (false, vec![WatchedKind::Pod]));
}

#[test]
fn the_world_of_an_open_release_is_seen_by_its_own_watches() {
    let state = |kind: &str, state: FeedState| {
        let resource =
            Resource { api_version: "v1".to_owned(), kind: kind.to_owned(), namespace: Some("shop".to_owned()) };
        Change::Inventory(resource, state)
    };
    let config = ObjectId::new("", "ConfigMap", "shop", "web");
    let release = Release { named: Some(Arc::new(BTreeSet::from([config.clone()]))), ..release() };
    let mut world = World::keeping_bodies();
    world.apply(&state("ConfigMap", FeedState::Loading));
    assert!(!world.standing(&release, now()).seen);
    world.apply(&state("ConfigMap", FeedState::Live));
    let standing = world.standing(&release, now());
    assert_eq!((standing.seen, standing.missing), (true, vec![config]));
    world.apply(&object("v1", "ConfigMap", "web", json!({})));
    assert_eq!(told(&world.standing(&release, now())), ["1/1 ready"]);
    // Events only explain, and what is named is counted as hidden; of Pods nobody else tells.
    let mut forbidden = |kind: &str| {
        world.apply(&state(kind, FeedState::Forbidden));
        let standing = world.standing(&release, now());
        (standing.seen, standing.unseen)
    };
    assert_eq!(forbidden("Event"), (true, vec![]));
    assert_eq!(forbidden("Secret"), (true, vec![]));
    assert_eq!(forbidden("Pod"), (false, vec![WatchedKind::Pod]));
}

#[test]
fn what_was_broken_is_remembered_when_it_goes() {
    let gone = |kind: &str, name: &str| {
        Change::ObjectGone(ObjectId::new(if kind == "Pod" { "" } else { "apps" }, kind, "shop", name), String::new())
    };
    let start = [
        deployment(1, 0, json!({})),
        replica_set("web-1", 1),
        pod("web-1-a", "ReplicaSet", "web-1", waiting("ImagePullBackOff", "Back-off")),
    ];
    let remembered = "gone: Deployment web > ReplicaSet web-1 > Pod web-1-a [ImagePullBackOff] web cannot pull \
                      r.example/web:2 | Back-off";
    let then = |more: &[Change]| [start.as_slice(), more].concat();
    check(&then(&[gone("Pod", "web-1-a"), deployment(1, 1, json!({}))]), &["1/1 ready", remembered]);
    // Deleted from the top, children stay for a while; deleted with a grace period, the Pod does.
    check(
        &then(&[gone("Deployment", "web"), gone("ReplicaSet", "web-1"), gone("Pod", "web-1-a")]),
        &["0/0 ready", remembered],
    );
    let mut going = waiting("ImagePullBackOff", "Back-off");
    lay(&mut going, json!({"metadata": {"deletionTimestamp": "2026-01-02T04:00:20Z"}}));
    let going = pod("web-1-a", "ReplicaSet", "web-1", going);
    check(
        &then(&[going.clone(), going, gone("Pod", "web-1-a"), deployment(1, 1, json!({}))]),
        &["1/1 ready", remembered],
    );
    // What starts, and what is well, is not worth it.
    let calm = [
        deployment(1, 0, json!({})),
        replica_set("web-1", 1),
        pod("web-1-a", "ReplicaSet", "web-1", waiting("ContainerCreating", "")),
        gone("Pod", "web-1-a"),
        deployment(1, 1, json!({})),
    ];
    check(&calm, &["1/1 ready"]);
    // The same container and image is remembered once, with its last state; of others the last five.
    let mut world = world(&start);
    for round in 0..20 {
        let over = json!({"spec": {"containers": [{"name": "web", "image": format!("r.example/web:{}", round % 7)}]}});
        let mut status = waiting("ImagePullBackOff", "Back-off");
        lay(&mut status, over);
        world.apply(&pod("web-1-a", "ReplicaSet", "web-1", status));
        world.apply(&gone("Pod", "web-1-a"));
    }
    let images: Vec<_> =
        world.standing(&release(), now()).remembered.into_iter().filter_map(|trouble| trouble.image).collect();
    assert_eq!(images, ["r.example/web:5", "r.example/web:4", "r.example/web:3", "r.example/web:2", "r.example/web:1"]);
}

#[test]
fn hooks_are_told_of_apart() {
    let hook = json!({"metadata": {"annotations": {"helm.sh/hook": "pre-upgrade"}}, "status": {
        "startTime": "2026-01-02T03:00:00Z",
        "conditions": [{"type": "Failed", "status": "True", "reason": "DeadlineExceeded", "message": "too long"}]},
        "spec": {"activeDeadlineSeconds": 60}});
    let named = BTreeSet::from([ObjectId::new("batch", "Job", "shop", "migrate")]);
    let world = world(&[object("batch/v1", "Job", "migrate", hook)]);
    let standing = world.standing(&Release { named: Some(Arc::new(named)), ..release() }, now());
    assert_eq!(
        told(&standing),
        ["0/0 ready", "hook: Job migrate [DeadlineExceeded] ran longer than its deadline of 60 s | too long",]
    );
}

#[test]
fn the_worst_is_first() {
    let set = of_web(json!({"spec": {"replicas": 1}, "status": {"replicas": 1, "readyReplicas": 0}}));
    let late = json!({"spec": {"progressDeadlineSeconds": 60}, "status": {"conditions": [
        {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "timed out"}]}});
    let changes = [
        deployment(1, 0, late),
        object("apps/v1", "StatefulSet", "db", set),
        pod("db-0", "StatefulSet", "db", waiting("ErrImagePull", "denied")),
    ];
    let broken = world(&changes).standing(&release(), now()).broken;
    assert_eq!(
        broken.iter().map(|trouble| trouble.object.to_string()).collect::<Vec<_>>(),
        ["StatefulSet db", "Deployment web"]
    );
}

/// What is kept of a Pod that is well, with the places in which it is found; the trees' spare room is not counted.
fn weight(world: &World, id: &ObjectId) -> usize {
    let (id, node) = world.objects.get_key_value(id).unwrap();
    let text = |length: usize| if length == 0 { 0 } else { length.next_multiple_of(16) };
    let names = [&id.group, &id.kind, &id.namespace, &id.name].map(|name| text(name.len())).iter().sum::<usize>();
    let shared = 2 * size_of::<usize>();
    let claims: usize = node.claims.iter().map(|claim| size_of::<Box<str>>() + text(claim.len())).sum();
    let places = 3 * size_of::<Id>() + size_of::<Arc<str>>();
    let alone = node.later.is_none() && node.said.is_none() && node.complaint.is_none() && node.finalizers.is_empty();
    assert!(alone && node.body.is_none() && node.kept.is_none() && node.owner_name.is_none());
    size_of::<Node>() + size_of::<ObjectId>() + names + shared + shared + text(node.uid.len()) + claims + places
}

#[test]
fn a_healthy_pod_costs_half_a_kilobyte_and_no_more_for_changing() {
    let id = |place: usize| ObjectId::new("", "Pod", "shop", format!("storefront-694c676488-{place:05}"));
    let mut world = World::default();
    world.apply(&replica_set("storefront-694c676488", 1));
    for _ in 0..3 {
        for place in 0..1000 {
            let uid = format!("311f19b2-4d1b-4d34-abf5-1541a7f{place:05}");
            let mut over = running(true, json!({}));
            lay(&mut over, json!({"metadata": {"uid": uid}}));
            world.apply(&pod(&id(place).name, "ReplicaSet", "storefront-694c676488", over));
        }
    }
    let (objects, uids, parents) = (world.objects.len(), world.by_uid.len(), world.children.len());
    assert_eq!((objects, uids, parents, world.turns.len()), (1001, 1001, 2, 0));
    assert!(weight(&world, &id(7)) <= 512, "{}", weight(&world, &id(7)));
}

/// Manifests of Helm often leave out where an object is.
#[test]
fn an_object_that_a_manifest_names_without_its_namespace_is_found() {
    let mut world = World::keeping_bodies();
    for (kind, namespace) in [("ConfigMap", "shop"), ("ClusterRole", "")] {
        let mut body = json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": "web", "uid": kind}});
        if !namespace.is_empty() {
            body["metadata"]["namespace"] = namespace.into();
        }
        world.apply(&Change::Object(Arc::new(LiveObject::read(body).unwrap())));
    }
    let check = |kind: &str, written: &str, release: &str, expected: Option<&str>| {
        let found = world.body_named(&ObjectId::new("", kind, written, "web"), release);
        assert_eq!(found.map(|object| object.uid.as_str()), expected, "{kind} {written} {release}");
    };
    check("ConfigMap", "shop", "shop", Some("ConfigMap"));
    check("ConfigMap", "", "shop", Some("ConfigMap"));
    check("ConfigMap", "", "other", None);
    check("ConfigMap", "other", "shop", None);
    check("ClusterRole", "", "shop", Some("ClusterRole"));
}
