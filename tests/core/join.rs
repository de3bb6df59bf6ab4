//! The join and the first verdict, replayed from the recordings of a real cluster.

use std::sync::Arc;

use jiff::Timestamp;
use wheelhouse::health::{self, Standing};
use wheelhouse::release::codec::{self, DATA_KEY, Driver};
use wheelhouse::release::flux::{HelmRelease, Source, SourceKind};
use wheelhouse::release::storage::StoredRevision;
use wheelhouse::release::{Catalog, Change, Feed, FeedKind, FeedState, LiveObject, ObjectKey, Part, Release};

use super::recordings;

/// When the recorder began, in Unix seconds: the first step is the first second of the table in the recordings' README.
const BEGIN: f64 = 1_795_246_125.0;

/// The catalog as it stood so many seconds into the recordings. Payloads of natives are read as a list would.
fn replay(until: f64) -> Catalog {
    let mut catalog = Catalog::default();
    catalog.apply(Change::Feed(
        Feed { kind: FeedKind::Storage(Driver::Secret, Part::Current), namespace: None },
        FeedState::Live,
    ));
    let mut events = Vec::new();
    for file in ["helmreleases", "helmcharts", "helmrepositories", "secrets", "configmaps"] {
        for event in recordings::lines(&format!("{file}.jsonl")) {
            if event["at"].as_f64().unwrap() <= BEGIN + until {
                events.push((event["at"].as_f64().unwrap(), file, event));
            }
        }
    }
    events.sort_by(|a, b| a.0.total_cmp(&b.0));
    for (_, file, event) in events {
        let object = &event["object"];
        let gone = event["type"] == "DELETED";
        let meta = &object["metadata"];
        let key = ObjectKey::new(meta["namespace"].as_str().unwrap(), meta["name"].as_str().unwrap());
        let driver = if file == "secrets" { Driver::Secret } else { Driver::ConfigMap };
        match (file, gone) {
            ("helmreleases", false) => {
                catalog.apply(Change::HelmRelease(Arc::new(HelmRelease::read(object).unwrap())));
            }
            ("helmreleases", true) => catalog.apply(Change::HelmReleaseGone(key)),
            ("helmcharts" | "helmrepositories", gone) => {
                let kind = if file == "helmcharts" { SourceKind::HelmChart } else { SourceKind::HelmRepository };
                catalog.apply(if gone {
                    Change::SourceGone(kind, key)
                } else {
                    Change::Source(Arc::new(Source::read(kind, object).unwrap()))
                });
            }
            (_, true) => {
                catalog.apply(Change::RevisionGone(driver, key, meta["uid"].as_str().unwrap().to_owned()));
            }
            (_, false) => {
                if meta["labels"]["owner"] != "helm" {
                    continue;
                }
                let stored = StoredRevision::read(driver, &serde_json::from_value(meta.clone()).unwrap()).unwrap();
                let reference = stored.object.clone();
                catalog.apply(Change::Revision(Box::new(stored)));
                let field = object["data"][DATA_KEY].as_str().unwrap();
                let payload = codec::decode(driver, field.as_bytes()).unwrap();
                catalog.keep_summary(&reference, Ok(Arc::new(payload.summary())));
            }
        }
    }
    catalog
}

/// What the release says of itself: no object was looked at.
fn line(catalog: &Catalog, release: &Release) -> String {
    let judged = health::judge(release, &Standing::default(), catalog, now());
    let chart = match (&release.chart, &release.chart_version) {
        (Some(chart), Some(version)) => format!("{chart} {version}"),
        _ => "-".to_owned(),
    };
    format!(
        "{} {}/{} {} {} {} | {}",
        judged.verdict,
        release.namespace,
        release.id.name,
        release.management.word().unwrap_or("helm"),
        release.revision.map_or("-".to_owned(), |revision| revision.to_string()),
        chart,
        judged.cause.map(|cause| cause.text).unwrap_or_default()
    )
    .trim_end_matches(['|', ' '])
    .to_owned()
}

/// Long after the recording: what was under way then would be cut off by now.
fn now() -> Timestamp {
    "2027-01-01T00:00:00Z".parse().unwrap()
}

fn lines(catalog: &Catalog) -> Vec<String> {
    catalog.releases().iter().map(|release| line(catalog, release)).collect()
}

fn check(until: f64, expected: &[&str]) {
    assert_eq!(lines(&replay(until)), expected, "at {until} s");
}

#[test]
fn the_recorded_cluster_reads_as_it_was() {
    const DRIFTED: &str = "drifted shop/storefront flux 2 storefront 1.5.0 | Deployment/shop/storefront changed (0 additions, 3 changes, 0 removals)";
    const NO_CHART: &str =
        "failed media/media flux - - | no 'storefront' chart with version matching '9.9.9' found (source charts)";
    const BLOCKED: &str = "blocked media/media-edge flux - - | waits for media/media, which is not ready";
    check(-1.0, &[]);
    // Ready=True beside Drifted=True: no list that shows only Ready says so.
    check(37.0, &[DRIFTED]);
    check(
        200.0,
        &[
            "stalled billing/billing flux 11 storefront 1.4.0 | upgrade to 1.5.0 failed: timeout waiting for: \
             [Deployment/billing/billing status: 'InProgress'] (rolled back to rev 11, retries used up 2/2, 1 forced try failed too)",
            DRIFTED,
        ],
    );
    check(
        275.0,
        &[
            "assumed billing/billing flux 12 storefront 1.5.0 | objects not looked at: by the release's own word",
            NO_CHART,
            BLOCKED,
            "failed search/search flux 1 storefront 1.5.0 | install of 1.5.0 failed: timeout waiting for: \
             [Deployment/search/search status: 'InProgress']",
            "assumed shop/storefront flux 4 storefront 1.5.0 | objects not looked at: by the release's own word",
        ],
    );
    check(
        400.0,
        &[
            "assumed billing/billing flux 12 storefront 1.5.0 | objects not looked at: by the release's own word",
            "assumed legacy/docs helm4 1 storefront 1.4.0 | objects not looked at: by the release's own word",
            "pending legacy/forum helm4 4 storefront 1.5.0 | pending-upgrade, its client is probably gone",
            "uninstalled legacy/old helm4 1 storefront 1.4.0 | history kept",
            "failed legacy/wiki helm4 5 storefront 1.6.0 | upgrade: conflict occurred while applying \
             object legacy/wiki apps/v1, Kind=Deployment: Apply failed with 1 conflict: conflict with \"kubectl-set\" \
             using apps/v1: .spec.template.spec.containers[name=\"web\"].image",
            NO_CHART,
            BLOCKED,
            "failed media/media-values flux - - | could not resolve ConfigMap chart values reference 'media/absent' with \
             key 'values.yaml': configmaps \"absent\" not found",
            "stalled search/search flux 2 storefront 1.5.0 | upgrade to 1.5.0 failed: failed early due to stalled \
             resources: [Deployment/search/search status: 'Failed']; Failed to upgrade after 1 attempt(s)",
            "assumed shop/storefront flux 4 storefront 1.5.0 | objects not looked at: by the release's own word",
        ],
    );
}

/// What the user of the built-in role `view` sees: HelmReleases from their status, natives from their workloads.
#[test]
fn without_secrets_the_rows_say_what_they_were_made_from() {
    let mut catalog = Catalog::default();
    let secrets = Feed { kind: FeedKind::Storage(Driver::Secret, Part::Current), namespace: None };
    catalog.apply(Change::Feed(secrets, FeedState::Forbidden));
    for event in recordings::lines("helmreleases.jsonl") {
        if event["object"]["metadata"]["name"] == "storefront" {
            catalog.apply(Change::HelmRelease(Arc::new(HelmRelease::read(&event["object"]).unwrap())));
        }
    }
    let workload = |namespace: &str, release: &str, kind: &str| {
        let body = serde_json::json!({
            "apiVersion": "apps/v1",
            "kind": kind,
            "metadata": {
                "name": release,
                "namespace": namespace,
                "annotations": {
                    "meta.helm.sh/release-name": release,
                    "meta.helm.sh/release-namespace": namespace,
                },
            },
        });
        Change::Object(Arc::new(LiveObject::read(body).unwrap()))
    };
    catalog.apply(workload("shop", "storefront", "Deployment"));
    catalog.apply(workload("legacy", "wiki", "Deployment"));
    catalog.apply(workload("legacy", "wiki", "StatefulSet"));
    let rows = catalog.releases();
    assert_eq!(
        lines(&catalog),
        [
            "unknown legacy/wiki helm - - | from objects, Secrets forbidden",
            "assumed shop/storefront flux 4 storefront 1.5.0 | objects not looked at: by the release's own word"
        ]
    );
    assert!(rows.iter().all(|row| row.storage_forbidden));
}

/// A list and the watch that goes on beside it overtake each other: the newer state stays, and what is gone stays gone.
#[test]
fn an_older_state_never_replaces_a_newer_one() {
    let stored: Vec<StoredRevision> = recordings::lines("secrets.jsonl")
        .iter()
        .filter(|event| event["object"]["metadata"]["name"] == "sh.helm.release.v1.storefront.v1")
        .map(|event| {
            let meta = serde_json::from_value(event["object"]["metadata"].clone()).unwrap();
            StoredRevision::read(Driver::Secret, &meta).unwrap()
        })
        .collect();
    let (first, last) = (stored.first().unwrap(), stored.last().unwrap());
    assert_ne!(first.status, last.status);
    let put = |catalog: &mut Catalog, revision: &StoredRevision| {
        catalog.apply(Change::Revision(Box::new(revision.clone())));
    };
    let mut catalog = Catalog::default();
    put(&mut catalog, last);
    put(&mut catalog, first);
    assert_eq!(catalog.releases()[0].status.as_ref(), Some(&last.status));
    // The loss of another object of the same name, older than this one.
    catalog.apply(Change::RevisionGone(Driver::Secret, last.object.key.clone(), "another".to_owned()));
    assert_eq!(catalog.releases().len(), 1);
    catalog.apply(Change::RevisionGone(Driver::Secret, last.object.key.clone(), last.object.uid.clone()));
    assert_eq!(catalog.releases().len(), 0);
}

/// Flux's finalizer leaves the revisions of a suspended HelmRelease behind when it is deleted.
#[test]
fn a_release_whose_helm_release_is_gone_is_native_and_says_so() {
    let mut catalog = replay(400.0);
    catalog.apply(Change::HelmReleaseGone(ObjectKey::new("shop", "storefront")));
    let rows = catalog.releases();
    let row = rows.iter().find(|row| row.id.name == "storefront").unwrap();
    assert!(row.orphaned);
    assert_eq!(
        line(&catalog, row),
        "assumed shop/storefront helm4 4 storefront 1.5.0 | Flux deployed it and its HelmRelease is gone: nothing manages it now"
    );
    // As long as HelmReleases are still being listed, or may not be, it is not known whether one is gone.
    let is_orphan = |catalog: &mut Catalog, namespace: Option<&str>, state: FeedState| {
        let feed = Feed { kind: FeedKind::HelmReleases, namespace: namespace.map(str::to_owned) };
        catalog.apply(Change::Feed(feed, state));
        catalog.releases().iter().any(|row| row.orphaned)
    };
    assert!(!is_orphan(&mut catalog, None, FeedState::Loading));
    assert!(!is_orphan(&mut catalog, None, FeedState::Forbidden));
    assert!(!is_orphan(&mut catalog, Some("shop"), FeedState::Loading));
    assert!(is_orphan(&mut catalog, Some("shop"), FeedState::Live));
    assert!(is_orphan(&mut catalog, None, FeedState::Absent));
    // A release that Helm deployed is nobody's orphan.
    assert!(rows.iter().filter(|row| row.id.storage_namespace == "legacy").all(|row| !row.orphaned));
}

/// With `spec.kubeConfig` objects and revisions are elsewhere: what is stored here under the same name is another release.
#[test]
fn a_release_on_another_cluster_is_a_row_of_its_own_and_never_missing() {
    let mut catalog = replay(400.0);
    let mut object = recordings::lines("helmreleases.jsonl")
        .into_iter()
        .rfind(|event| event["object"]["metadata"]["name"] == "storefront")
        .unwrap()["object"]
        .clone();
    object["spec"]["kubeConfig"] = serde_json::json!({"secretRef": {"name": "edge"}});
    catalog.apply(Change::HelmRelease(Arc::new(HelmRelease::read(&object).unwrap())));
    let rows: Vec<Release> = catalog.releases().into_iter().filter(|row| row.id.name == "storefront").collect();
    let mut lines: Vec<String> = rows.iter().map(|row| line(&catalog, row)).collect();
    lines.sort();
    assert_eq!(
        lines,
        [
            "assumed shop/storefront flux 4 storefront 1.5.0 | on another cluster",
            "assumed shop/storefront helm4 4 storefront 1.5.0 | Flux deployed it and its HelmRelease is gone: nothing manages it now",
        ]
    );
    let remote = rows.iter().find(|row| row.remote()).unwrap();
    assert_eq!((remote.latest.as_ref(), remote.unread()), (None, None), "nothing of it is read here");
}
