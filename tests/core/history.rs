//! The join of stored revisions with what Flux remembers of them.

use std::sync::Arc;

use serde_json::{Value, json};
use wheelhouse::release::codec::{Driver, SECRET_DATA_LIMIT};
use wheelhouse::release::flux::HelmRelease;
use wheelhouse::release::history::{self, Row, tests_word};
use wheelhouse::release::payload::{Payload, ReleaseStatus, Revision, Size};
use wheelhouse::release::storage::StoredRevision;
use wheelhouse::release::{
    Catalog, Change, Feed, FeedKind, FeedState, ObjectKey, Part, Problem, ProblemKind, StoredRef,
};

/// A stored revision, and what its payload says of itself beyond its number; `Err` for one that cannot be read.
type Stored<'a> = (u32, &'a str, Result<Value, &'a str>);

fn reference(revision: u32) -> StoredRef {
    StoredRef {
        driver: Driver::Secret,
        key: ObjectKey::new("shop", format!("sh.helm.release.v1.web.v{revision}")),
        uid: format!("uid-{revision}"),
        resource_version: "1".to_owned(),
    }
}

/// The rows of the release `shop/web`, each as one line of all that is told of it.
fn rows(stored: &[Stored<'_>], snapshots: &[Value], storage: FeedState) -> Vec<String> {
    let mut catalog = Catalog::default();
    let kind = FeedKind::Storage(Driver::Secret, Part::Current);
    catalog.apply(Change::Feed(Feed { kind, namespace: None }, storage));
    for (number, status, payload) in stored {
        catalog.apply(Change::Revision(Box::new(StoredRevision {
            object: reference(*number),
            release: "web".to_owned(),
            revision: Revision::new(*number).unwrap(),
            status: ReleaseStatus::from(*status),
            changed: "2026-11-22T01:00:00Z".parse().ok(),
            by_flux: !snapshots.is_empty(),
            problems: Vec::new(),
        })));
        let result = match payload {
            Ok(Value::Null) => continue,
            Ok(said) => {
                let size = said["size"].as_u64().map(|size| usize::try_from(size).unwrap());
                let raw = json!({
                    "name": "web", "namespace": "shop", "version": number, "apply_method": said["method"],
                    "info": {
                        "status": status, "description": said["description"],
                        "last_deployed": format!("2026-11-22T00:{number:02}:00Z"), "rollback_revision": said["to"],
                    },
                    "chart": {"metadata": {"name": "storefront", "version": "1.4.0", "appVersion": "2.9"}},
                });
                let mut summary = Payload::new(raw.as_object().unwrap().clone()).summary();
                summary.size = size.map(|stored| Size { stored, decoded: stored * 4 });
                Ok(Arc::new(summary))
            }
            Err(cause) => Err(Problem::new(ProblemKind::Malformed, *cause)),
        };
        catalog.keep_summary(&reference(*number), result);
    }
    if !snapshots.is_empty() {
        let object = json!({
            "metadata": {"namespace": "shop", "name": "web"},
            "spec": {"chart": {"spec": {"chart": "storefront", "sourceRef": {"kind": "HelmRepository", "name": "c"}}}},
            "status": {"storageNamespace": "shop", "history": snapshots},
        });
        catalog.apply(Change::HelmRelease(Arc::new(HelmRelease::read(&object).unwrap())));
    }
    let release = catalog.releases().into_iter().next().unwrap();
    history::rows(&catalog, &release).iter().map(line).collect()
}

fn line(row: &Row) -> String {
    let or = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    let at = |at: Option<jiff::Timestamp>| or(at.map(|at| at.strftime("%H:%M").to_string()));
    format!(
        "{} {} | {} {} | {} {} | {} {} | {} {} | {} {} | {} | {} | {}",
        row.revision,
        if row.unread { "unread" } else { row.status_word() },
        row.chart_cell(),
        or(row.app_version.clone()),
        at(row.deployed),
        at(row.written),
        or(row.apply_method.map(|method| method.as_str().to_owned())),
        or(row.rolled_back_to.map(|to| to.to_string())),
        or(row.fullness().map(|percent| format!("{percent}%"))),
        or(row.growth.map(|(grown, than)| format!("{grown:+} than {than}"))),
        or(row.action.clone()),
        tests_word(&row.tests),
        row.is_near_limit(),
        if row.stored.is_some() { "stored" } else { "-" },
        row.told(),
    )
}

fn check(stored: &[Stored<'_>], snapshots: &[Value], expected: &[&str]) {
    assert_eq!(rows(stored, snapshots, FeedState::Live), expected);
}

fn snapshot(revision: u32, status: &str, action: &str, tests: Value) -> Value {
    json!({
        "name": "web", "namespace": "shop", "version": revision, "status": status, "chartName": "storefront",
        "chartVersion": "1.5.0", "appVersion": "2.10", "lastDeployed": "2026-11-22T00:30:00Z", "action": action,
        "testHooks": tests,
    })
}

fn said(description: &str) -> Result<Value, &'static str> {
    Ok(json!({"description": description}))
}

#[test]
fn gaps_stand_between_the_revisions_that_are_left_down_to_the_first() {
    let gap = |numbers: &str| format!("{numbers} not stored (pruned by maxHistory, or deleted)");
    check(
        &[
            (8, "deployed", said("Upgrade complete")),
            (7, "superseded", said("")),
            (3, "superseded", said("Upgrade complete")),
        ],
        &[],
        &[
            "8 deployed | storefront 1.4.0 2.9 | 00:08 01:00 | - - | - - | -  | false | stored | Upgrade complete",
            "7 superseded | storefront 1.4.0 2.9 | 00:07 01:00 | - - | - - | -  | false | stored | ",
            &format!("6  |  - | - - | - - | - - | -  | false | - | {}", gap("4 to 6")),
            "3 superseded | storefront 1.4.0 2.9 | 00:03 01:00 | - - | - - | -  | false | stored | Upgrade complete",
            &format!("2  |  - | - - | - - | - - | -  | false | - | {}", gap("1 to 2")),
        ],
    );
    check(
        &[(2, "deployed", said("Upgrade complete"))],
        &[],
        &[
            "2 deployed | storefront 1.4.0 2.9 | 00:02 01:00 | - - | - - | -  | false | stored | Upgrade complete",
            &format!("1  |  - | - - | - - | - - | -  | false | - | {}", gap("1")),
        ],
    );
}

#[test]
fn a_revision_that_cannot_be_read_leaves_the_others_as_they_are() {
    check(
        &[
            (3, "deployed", Ok(json!({"description": "Upgrade complete", "size": 3000, "method": "ssa"}))),
            (2, "superseded", Err("the gzip stream is damaged: corrupt deflate stream")),
            (1, "superseded", Ok(json!({"description": "Install complete", "size": 1000, "method": "csa"}))),
        ],
        &[],
        &[
            "3 deployed | storefront 1.4.0 2.9 | 00:03 01:00 | ssa - | 0% +2000 than 1 | -  | false | stored | Upgrade complete",
            "2 superseded |  - | - 01:00 | - - | - - | -  | false | stored | cannot be read: the gzip stream is damaged: corrupt deflate stream",
            "1 superseded | storefront 1.4.0 2.9 | 00:01 01:00 | csa - | 0% - | -  | false | stored | Install complete",
        ],
    );
}

#[test]
fn a_revision_that_was_not_read_yet_says_nothing_of_itself() {
    check(&[(1, "deployed", Ok(Value::Null))], &[], &["1 unread |  - | - 01:00 | - - | - - | -  | false | stored | "]);
}

#[test]
fn what_flux_did_is_joined_by_number_and_what_only_flux_remembers_is_told() {
    let tests = json!({"smoke": {"phase": "Failed"}, "ping": {"phase": "Succeeded"}, "slow": null});
    check(
        &[(4, "deployed", said("Rollback to 2")), (3, "failed", said("Upgrade \"web\" failed: timed out"))],
        &[
            snapshot(4, "deployed", "rollback", json!({})),
            snapshot(3, "failed", "upgrade", tests),
            snapshot(2, "superseded", "install", json!({"smoke": {"phase": "Succeeded"}})),
        ],
        &[
            "4 deployed | storefront 1.4.0 2.9 | 00:04 01:00 | - 2 | - - | rollback  | false | stored | Rollback to 2",
            "3 failed | storefront 1.4.0 2.9 | 00:03 01:00 | - - | - - | upgrade 1/3 failed | false | stored | Upgrade \"web\" failed: timed out",
            "2 superseded | storefront 1.5.0 2.10 | 00:30 - | - - | - - | install 1 passed | false | - | not stored any more: Flux remembers it",
            "1  |  - | - - | - - | - - | -  | false | - | 1 not stored (pruned by maxHistory, or deleted)",
        ],
    );
}

/// What may not be read is not said to be gone.
#[test]
fn without_storage_there_are_no_gaps() {
    let snapshots = [snapshot(9, "failed", "upgrade", json!({})), snapshot(6, "superseded", "upgrade", json!({}))];
    let expected = [
        "9 failed | storefront 1.5.0 2.10 | 00:30 - | - - | - - | upgrade  | false | - | ",
        "6 superseded | storefront 1.5.0 2.10 | 00:30 - | - - | - - | upgrade  | false | - | ",
    ];
    assert_eq!(rows(&[], &snapshots, FeedState::Forbidden), expected);
}

#[test]
fn a_rollback_says_whereto_whichever_helm_wrote_it() {
    let told = |description: &str, to: Value| {
        let stored = [(1, "failed", Ok(json!({"description": description, "to": to})))];
        rows(&stored, &[], FeedState::Live).concat().rsplit(" | ").next().unwrap().to_owned()
    };
    assert_eq!(told("Rollback to 2", Value::Null), "Rollback to 2");
    assert_eq!(told("Rollback to 2", json!(2)), "Rollback to 2");
    assert_eq!(told("Rollback \"web\" failed: no", json!(2)), "Rollback to 2: Rollback \"web\" failed: no");
    assert_eq!(told("", json!(2)), "Rollback to 2");
}

#[test]
fn what_is_near_the_limit_of_its_object_is_marked() {
    let near = |size: usize| {
        let stored = [(1, "deployed", Ok(json!({"description": "", "size": size})))];
        let line = rows(&stored, &[], FeedState::Live).concat();
        let parts: Vec<&str> = line.split(" | ").collect();
        format!("{} {}", parts[4], parts[6])
    };
    assert_eq!(near(SECRET_DATA_LIMIT * 8 / 10), "79% - false");
    assert_eq!(near(SECRET_DATA_LIMIT * 8 / 10 + 1), "80% - true");
    assert_eq!(near(SECRET_DATA_LIMIT), "100% - true");
}
