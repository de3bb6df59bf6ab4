//! The seeds make what they promise, as Helm and Flux themselves see it.

use std::time::Instant;

use serde_json::Value;

use crate::Case;
use crate::cluster::seed::{HELM_RELEASES, Hundred, seed_hundred, seed_many};
use crate::cluster::{Cluster, User};

pub const CASES: &[Case] = &[
    Case::shared("hundred_releases_are_as_listed", hundred_releases_are_as_listed),
    Case::shared("copied_payloads_are_read_by_helm", copied_payloads_are_read_by_helm),
];

fn hundred_releases_are_as_listed(cluster: &Cluster) {
    let began = Instant::now();
    let hundred = seed_hundred(cluster);
    println!("seeded a hundred releases in {:.0} s", began.elapsed().as_secs_f64());
    assert_eq!(hundred.releases.len(), 100);
    // Releases of other cases and of HelmReleases stand in the same list; the latter with the namespace they target.
    let flux: Vec<&str> = HELM_RELEASES.iter().filter_map(|row| row.release).collect();
    let ours = |namespace: &str| hundred.releases.iter().any(|release| release.namespace == namespace);
    let listed = Hundred::listed(cluster).into_iter();
    let listed: Vec<_> = listed.filter(|seen| ours(&seen.namespace) && !flux.contains(&seen.name.as_str())).collect();
    for (seen, wanted) in listed.iter().zip(&hundred.releases) {
        assert_eq!(seen, wanted);
    }
    assert_eq!(listed.len(), 100);

    let labels =
        cluster.get("/api/v1/namespaces/ops/secrets/sh.helm.release.v1.labelled.v2")["metadata"]["labels"].clone();
    assert_eq!((labels["team"].as_str(), labels["tier"].as_str()), (Some("platform"), Some("gold")));
    for row in HELM_RELEASES {
        if let Some(release) = row.release {
            let path = format!("/api/v1/namespaces/{}/secrets/sh.helm.release.v1.{release}.v1", row.namespace);
            assert_eq!(cluster.request(User::Admin, "GET", &path, None).status, 200, "{path}");
        }
    }
    let suspended = cluster.get("/apis/helm.toolkit.fluxcd.io/v2/namespaces/shop/helmreleases/suspended");
    assert_eq!(suspended["spec"]["suspend"], true);
}

fn copied_payloads_are_read_by_helm(cluster: &Cluster) {
    let many = seed_many(cluster, 6, 4);
    assert!((30_000..60_000).contains(&many.payload), "{} bytes", many.payload);
    let namespace = many.namespaces[5].as_str();
    for helm in [Cluster::helm3, Cluster::helm4] {
        let history = helm(cluster, &["history", "bench-5", "-n", namespace, "-o", "json"]);
        let history: Vec<Value> = serde_json::from_str(&history).expect("a history");
        let seen: Vec<(u64, &str)> =
            history.iter().map(|row| (row["revision"].as_u64().unwrap(), row["status"].as_str().unwrap())).collect();
        assert_eq!(seen, [(1, "superseded"), (2, "superseded"), (3, "superseded"), (4, "deployed")]);
        assert!(helm(cluster, &["get", "manifest", "bench-5", "-n", namespace]).contains("kind: Deployment"));
    }
}
