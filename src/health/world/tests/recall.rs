//! What the list keeps of a release that was open.

use super::*;
use crate::health::objects::{Named, Role};
use crate::health::{Verdict, judge};
use crate::release::{Catalog, StoredRef};

fn named(api_version: &str, kind: &str, name: &str, role: Role) -> Named {
    let group = api_version.split_once('/').map_or("", |(group, _)| group);
    let id = ObjectId::new(group, kind, "shop", name);
    Named { api_version: api_version.to_owned(), id, role, goes: false, last_run: None }
}

/// The release at a revision whose Secret is in this state.
fn stored(resource_version: &str) -> Release {
    let latest = StoredRef {
        driver: Driver::Secret,
        key: ObjectKey::new("shop", "sh.helm.release.v1.web.v1"),
        uid: "uid".to_owned(),
        resource_version: resource_version.to_owned(),
    };
    Release { latest: Some(latest), ..release() }
}

/// The line of the list: verdict, objects, cause and when it was seen.
fn said(world: &World, release: &Release) -> String {
    let judged = judge(release, &world.standing(release, now()), &Catalog::default(), now());
    let counts = judged.counts.unwrap_or_default();
    let cause = judged.cause.unwrap_or(crate::health::Cause::of("-"));
    let seen = cause.seen.map(|seen| format!(" [{seen}]")).unwrap_or_default();
    format!("{} {}/{} {}{seen}", judged.verdict, counts.ready, counts.total, cause.text)
}

fn live(watched: &[Change]) -> World {
    world(&[all_feeds(&FeedState::Live).as_slice(), watched].concat())
}

/// The world of the open release: everything of these kinds was told, and these objects are there.
fn open(release: &Release, changes: &[Change]) -> World {
    let mut open = World::of_open(release, &World::default());
    for (api_version, kind) in
        [("v1", "Service"), ("v1", "ConfigMap"), ("cert.io/v1", "Certificate"), ("apps/v1", "Deployment")]
    {
        let namespace = Some("shop".to_owned());
        let resource = Resource { api_version: api_version.to_owned(), kind: kind.to_owned(), namespace };
        open.apply(&Change::Inventory(resource, FeedState::Live));
    }
    for change in changes {
        open.apply(change);
    }
    open
}

const BEFORE: &str = "2026-01-02T03:57:00Z";

#[test]
fn what_an_open_release_told_stays_in_the_list_until_the_release_is_another() {
    let certificate = object(
        "cert.io/v1",
        "Certificate",
        "tls",
        of_web(json!({"status": {"conditions": [
            {"type": "Ready", "status": "False", "reason": "OrderRefused", "message": "order 7 is refused"},
        ]}})),
    );
    let config = object("v1", "ConfigMap", "web", of_web(json!({})));
    let well = deployment(1, 1, json!({}));
    let names = [
        named("apps/v1", "Deployment", "web", Role::Release),
        named("v1", "ConfigMap", "web", Role::Release),
        named("cert.io/v1", "Certificate", "tls", Role::Release),
    ];
    let service = named("v1", "Service", "web", Role::Release);
    let hook = named("v1", "Service", "try", Role::Test);
    let with = |more: &[Named]| [names.as_slice(), more].concat();
    let recalled = |watched: &[Change], names: &[Named], seen: &[Change]| {
        let (release, mut world) = (stored("1"), live(watched));
        world.recall(&release, names, &open(&release, seen), BEFORE.parse().unwrap());
        world
    };
    let check = |world: &World, expected: &str| assert_eq!(said(world, &stored("1")), expected);

    check(&live(std::slice::from_ref(&well)), "healthy 1/1 -");
    let here = [well.clone(), config.clone(), certificate.clone()];
    let waits = recalled(&here[..1], &names, &here);
    check(&waits, "progressing 2/3 Certificate tls: not ready: order 7 is refused [2026-01-02T03:57:00Z]");
    let lacks = recalled(&here[..1], &with(std::slice::from_ref(&service)), &here);
    check(&lacks, "missing 2/4 Service web is missing [2026-01-02T03:57:00Z]");
    // A test is not expected to be there.
    check(
        &recalled(&here[..1], &with(&[hook]), &here[..2]),
        "missing 2/3 Certificate tls is missing [2026-01-02T03:57:00Z]",
    );
    // What is watched is told as it is now, and comes first.
    check(
        &recalled(&[deployment(1, 0, json!({}))], &names, &here),
        "progressing 1/3 Deployment web: 0 of 1 Pods available; 1 more",
    );
    check(&recalled(&here[..1], &names[..2], &here[..2]), "healthy 2/2 -");
    check(&recalled(&[], &names[1..2], &here[1..2]), "healthy 1/1 its objects were well [2026-01-02T03:57:00Z]");

    assert_eq!(said(&lacks, &stored("2")), "healthy 1/1 -");
    let other = Release { helm_release: None, revision: crate::release::payload::Revision::new(2), ..stored("1") };
    assert_eq!(said(&lacks, &other), "healthy 1/1 -");
    // Opened again, it is what was seen then.
    let mut again = lacks;
    again.recall(&stored("1"), &with(&[service]), &open(&stored("1"), &here), now());
    check(&again, "missing 2/4 Service web is missing [2026-01-02T04:00:00Z]");
    assert_eq!(
        judge(&stored("1"), &again.standing(&stored("1"), now()), &Catalog::default(), now()).verdict,
        Verdict::Missing
    );
}

#[test]
fn what_is_kept_is_bounded() {
    let mut world = live(&[]);
    let wide = "é".repeat(5_000);
    let many: Vec<Change> = (0..100)
        .map(|index| {
            let conditions = json!([{"type": "Ready", "status": "False", "reason": "No", "message": wide}]);
            object(
                "cert.io/v1",
                "Certificate",
                &format!("c{index}"),
                of_web(json!({"status": {"conditions": conditions}})),
            )
        })
        .collect();
    for index in 0..300 {
        let release = Release { id: ReleaseId::stored(Driver::Secret, "shop", format!("web-{index}")), ..release() };
        let at = Timestamp::from_second(index).unwrap();
        let seen = if index == 299 { many.as_slice() } else { &[] };
        let named = Release { id: ReleaseId::stored(Driver::Secret, "shop", "web"), ..release.clone() };
        let mut of = open(&named, seen);
        // Its objects name `web`.
        of.take_touched();
        world.recall(&named, &[], &of, at);
        world.recall(&release, &[], &of, at);
    }
    assert_eq!(world.recalled.len(), 256);
    let standing = world.standing(&release(), now());
    let texts: Vec<usize> = standing.waiting.iter().map(|trouble| trouble.text.len()).collect();
    assert_eq!((standing.counts.total, texts), (100, vec![399; 16]));
}
