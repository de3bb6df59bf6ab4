//! The demo's recorded cluster, read by the core as the cluster room would feed it.

use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;
use wheelhouse::demo::bundle::Bundle;
use wheelhouse::health;
use wheelhouse::release::codec::{self, DATA_KEY, Driver};
use wheelhouse::release::flux::{HelmRelease, Source, SourceKind};
use wheelhouse::release::storage::StoredRevision;
use wheelhouse::release::{Catalog, Change, Feed, FeedKind, FeedState, Part, Release};

#[path = "../bundle/main.rs"]
#[allow(dead_code, reason = "its main is for the example")]
mod tool;

fn now() -> Timestamp {
    "2027-03-01T03:00:00Z".parse().unwrap()
}

fn objects() -> Vec<Value> {
    Bundle::embedded().unwrap().objects(now()).unwrap()
}

/// Puts an object as a watch would tell of it; the number is its resourceVersion.
fn put(catalog: &mut Catalog, object: &Value, version: usize) {
    let mut meta = object["metadata"].clone();
    meta["resourceVersion"] = version.to_string().into();
    let source = |kind| Change::Source(Arc::new(Source::read(kind, object).unwrap()));
    match object["kind"].as_str().unwrap() {
        "HelmRelease" => catalog.apply(Change::HelmRelease(Arc::new(HelmRelease::read(object).unwrap()))),
        "HelmChart" => catalog.apply(source(SourceKind::HelmChart)),
        "HelmRepository" => catalog.apply(source(SourceKind::HelmRepository)),
        kind @ ("Secret" | "ConfigMap") if meta["labels"]["owner"] == "helm" => {
            let driver = if kind == "Secret" { Driver::Secret } else { Driver::ConfigMap };
            let stored = StoredRevision::read(driver, &serde_json::from_value(meta).unwrap()).unwrap();
            let reference = stored.object.clone();
            catalog.apply(Change::Revision(Box::new(stored)));
            let payload = codec::decode(driver, object["data"][DATA_KEY].as_str().unwrap().as_bytes()).unwrap();
            assert_eq!(payload.problems(), []);
            catalog.keep_summary(&reference, Ok(Arc::new(payload.summary())));
        }
        _ => {}
    }
}

fn catalog(objects: &[Value]) -> Catalog {
    let mut catalog = Catalog::default();
    let secrets = Feed { kind: FeedKind::Storage(Driver::Secret, Part::Current), namespace: None };
    catalog.apply(Change::Feed(secrets, FeedState::Live));
    for (version, object) in objects.iter().enumerate() {
        put(&mut catalog, object, version + 1);
    }
    catalog
}

fn line(release: &Release) -> String {
    let judged = health::judge(release);
    let chart = release.chart.as_deref().zip(release.chart_version.as_deref());
    let cause = judged.cause.map(|cause| format!(" | {}", cause.text)).unwrap_or_default();
    let suspended = release.helm_release.as_ref().is_some_and(|object| object.suspended);
    format!(
        "{}{} {}/{} {} {} {}{cause}",
        judged.verdict,
        if suspended { " suspended" } else { "" },
        release.namespace,
        release.id.name,
        release.management.word().unwrap_or("helm"),
        release.revision.map_or("-".to_owned(), |revision| revision.to_string()),
        chart.map_or("-".to_owned(), |(chart, version)| format!("{chart} {version}")),
    )
}

/// So that it cannot go stale: what the recordings and the tool make is what is committed.
#[test]
fn the_bundle_is_what_the_recordings_make() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("demo/bundle.json.gz");
    let packed = std::fs::read(path).unwrap();
    let mut committed = String::new();
    flate2::read::GzDecoder::new(packed.as_slice()).read_to_string(&mut committed).unwrap();
    assert!(committed == tool::text(), "stale: cargo run --example bundle");
    assert!(packed.len() < 400_000, "{} bytes", packed.len());
}

#[test]
fn the_rows_of_the_demo() {
    let lines: Vec<String> = catalog(&objects()).releases().iter().map(line).collect();
    assert_eq!(
        lines,
        [
            "stalled billing/billing flux 11 storefront 1.4.0 | upgrade to 1.5.0 failed: timeout waiting for: \
             [Deployment/billing/billing status: 'InProgress']; Failed to upgrade after 3 attempt(s)",
            "deployed catalog/pricing flux 8 pricing 4.1.0",
            "deployed checkout/cart flux 1 cart 5.1.2",
            "deployed checkout/coupons flux 1 coupons 0.9.4",
            "deployed data/general-ledger helm4 2 ledger 3.2.0",
            "drifted suspended identity/login flux 2 login 7.4.0 | Deployment/identity/login changed (0 additions, 3 changes, 0 removals)",
            "deployed legacy/docs helm4 1 storefront 1.4.0",
            "pending legacy/forum helm4 4 storefront 1.5.0 | pending-upgrade",
            "uninstalled legacy/old helm4 1 storefront 1.4.0 | history kept",
            "failed legacy/wiki helm4 5 storefront 1.6.0 | upgrade: conflict occurred while applying object legacy/wiki \
             apps/v1, Kind=Deployment: Apply failed with 1 conflict: conflict with \"kubectl-set\" using apps/v1: \
             .spec.template.spec.containers[name=\"web\"].image",
            "failed media/media flux - - | no 'storefront' chart with version matching '9.9.9' found (source charts)",
            "blocked media/media-edge flux - - | waits for media/media, which is not ready",
            "failed media/media-values flux - - | could not resolve ConfigMap chart values reference 'media/absent' with \
             key 'values.yaml': configmaps \"absent\" not found",
            "deployed notifications/mailer flux 12 mailer 1.13.0",
            "deployed observability/node-agent helm3 2 node-agent 0.28.1",
            "deployed payments/card-gateway helm4 3 gateway 2.4.0",
            "deployed payments/fx-rates flux 1 rates 2.0.1",
            "deployed platform/edge-gateway helm3 4 gateway 2.4.1",
            "deployed reporting/statements helm3 3 ledger 3.1.0",
            "failed search/search flux 1 storefront 1.5.0 | install to 1.5.0 failed: timeout waiting for: \
             [Deployment/search/search status: 'InProgress']",
            "deployed shipping/tracking flux 2 tracking 3.8.0",
            "drifted shop/storefront flux 2 storefront 1.5.0 | Deployment/shop/storefront changed (0 additions, 3 changes, 0 removals)",
        ]
    );
}
