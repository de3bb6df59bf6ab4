//! The comparison itself: nothing differs where Helm did the same in both, and everything that is planted is found.

use std::collections::BTreeSet;

use serde_json::json;

use super::snapshot::Snapshot;
use super::table::{job_hook, settings, web};
use super::twin::{Driver, NAME, Site, Twin};
use crate::cluster::{Cluster, Helm};

/// Rolls back in both by Helm, then changes one thing after the other in one of them.
pub fn are_found(cluster: &'static Cluster) {
    let twin = Twin::make(cluster, "planted", Driver::Secrets);
    twin.each(|site| {
        site.install(Helm::V4, &[settings("1"), web("1"), job_hook("check", "pre-rollback", 0, "", "well")]);
        site.upgrade(Helm::V4, &[settings("2"), web("2")]);
        site.helm(Helm::V4, &["rollback", NAME, "1"]).expect_success();
    });
    check(&twin, &[]);
    let b = &twin.b;

    b.kubectl(&["label", "configmap", "settings", "planted=yes"]);
    let label = "ConfigMap settings /metadata/labels/planted";
    let labeller = "ConfigMap settings /metadata/managedFields/kubectl-label Update  v1";
    check(&twin, &[label, labeller]);
    b.kubectl(&["label", "configmap", "settings", "planted-"]);
    // Who owns nothing any more is nobody.
    check(&twin, &[]);

    // The same value, of which there is an owner more.
    b.apply_as(
        "second",
        &json!({
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"LOG_LEVEL": "info"},
        }),
    );
    let manager = "ConfigMap settings /metadata/managedFields/second Apply  v1";
    check(&twin, &[manager]);

    let revision = |number: u32| format!("sh.helm.release.v1.{NAME}.v{number}");
    b.kubectl(&["label", "secret", &revision(2), "--overwrite", "status=deployed"]);
    let status = "revision 2 /labels/status";
    // Who takes it over is an owner more, and Helm one of it less.
    let owner = "revision 2 /managedFields/kubectl-label Update  v1";
    let helm = "revision 2 /managedFields/Helm Update  v1/f:metadata/f:labels/f:status";
    let taken = [manager, status, owner, helm];
    check(&twin, &taken);

    // The same payload but for a status.
    rewrite(b, &revision(1), |payload| payload["info"]["status"] = json!("failed"));
    let payload = [
        "revision 1 /release/info/status",
        "revision 1 /managedFields/kubectl-patch Update  v1",
        "revision 1 /managedFields/Helm Update  v1/f:data/f:release",
    ];
    check(&twin, &[&taken[..], &payload].concat());

    // A phase of a hook and a time that is another's.
    rewrite(b, &revision(3), |payload| {
        payload["hooks"][0]["last_run"]["phase"] = json!("Running");
        payload["info"]["first_deployed"] = payload["info"]["last_deployed"].clone();
    });
    let more = [
        "revision 3 /release/hooks/0/last_run/phase",
        "revision 3 /release/info/first_deployed",
        "revision 3 /managedFields/kubectl-patch Update  v1",
        "revision 3 /managedFields/Helm Update  v1/f:data/f:release",
    ];
    check(&twin, &[&taken[..], &payload, &more].concat());

    b.kubectl(&["delete", "configmap", "settings"]);
    check(&twin, &[&["ConfigMap settings ", status, owner, helm], &payload[..], &more].concat());
}

#[track_caller]
fn check(twin: &Twin, expected: &[&str]) {
    let differences = Snapshot::of(&twin.a).differences(&Snapshot::of(&twin.b));
    let found: BTreeSet<String> = differences.iter().map(|one| format!("{} {}", one.of, one.path)).collect();
    let expected: BTreeSet<String> = expected.iter().map(|path| (*path).to_owned()).collect();
    assert_eq!(found, expected, "{differences:#?}");
}

/// Stores a payload anew, by kubectl.
fn rewrite(site: &Site, name: &str, change: impl Fn(&mut serde_json::Value)) {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use std::io::{Read as _, Write as _};

    let stored = site.cluster.get(&format!("{}/secrets/{name}", site.core()));
    let packed = STANDARD.decode(stored["data"]["release"].as_str().unwrap()).unwrap();
    let packed = STANDARD.decode(packed).unwrap();
    let mut text = String::new();
    flate2::read::GzDecoder::new(packed.as_slice()).read_to_string(&mut text).unwrap();
    let mut payload = serde_json::from_str(&text).unwrap();
    change(&mut payload);
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packer.write_all(payload.to_string().as_bytes()).unwrap();
    let text = STANDARD.encode(STANDARD.encode(packer.finish().unwrap()));
    let patch = json!({"data": {"release": text}}).to_string();
    site.kubectl(&["patch", "secret", name, "--type=merge", "-p", &patch]);
}
