//! The list against Helm itself: field by field, for a hundred releases in every state.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::Case;
use crate::client::{json, run};
use crate::cluster::{Cluster, Helm, User, seed};

pub const CASES: &[Case] = &[
    Case::shared("equals_helm_list", equals_helm_list),
    Case::shared("flux_releases_are_read_from_their_helm_release", flux_releases),
    Case::shared("histories_equal_helm_history", histories_equal),
    Case::shared("values_and_manifests_equal_helm_get", values_and_manifests_equal),
];

/// Namespace, name and driver.
type Key = (String, String, &'static str);

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// What `helm list` says, by the same names as `wheelhouse list`.
///
/// Helm prints the revision as text, chart and version joined by a dash, and times as Go does. Neither of the two
/// knows where a chart's name ends: ours are joined for the comparison.
fn by_helm(cluster: &Cluster, version: Helm, driver: &'static str) -> BTreeMap<Key, BTreeMap<&'static str, String>> {
    let mut arguments = vec!["list", "-A", "--max", "100000", "-o", "json"];
    if matches!(version, Helm::V3) {
        arguments.push("-a");
    }
    let printed = cluster.helm(version, &arguments, &[("HELM_DRIVER", driver)]).expect_success();
    let rows: Vec<Value> = serde_json::from_str(&printed).unwrap();
    rows.iter()
        .map(|row| {
            let key = (text(&row["namespace"]), text(&row["name"]), driver);
            let fields = [
                ("revision", text(&row["revision"])),
                ("status", text(&row["status"])),
                ("chart", text(&row["chart"])),
                ("app_version", text(&row["app_version"])),
                ("updated", instant(&text(&row["updated"]))),
            ];
            (key, fields.into())
        })
        .collect()
}

/// Go prints `2026-11-21 09:45:46.123456789 +0000 UTC`.
fn instant(go: &str) -> String {
    let mut words = go.split(' ');
    let (date, time, zone) = (words.next().unwrap(), words.next().unwrap(), words.next().unwrap());
    let zone = format!("{}:{}", &zone[..3], &zone[3..]);
    format!("{date}T{time}{zone}").parse::<jiff::Timestamp>().unwrap().to_string()
}

fn equals_helm_list(cluster: &'static Cluster) {
    let hundred = seed::seed_hundred(cluster);
    assert_eq!(hundred.releases.len(), 100);
    let rows = json(cluster, User::Admin, &["list", "-A", "-o", "json"]);
    let rows = rows.as_array().unwrap();
    for driver in ["secret", "configmap"] {
        let wanted: BTreeMap<_, _> =
            [Helm::V3, Helm::V4].into_iter().flat_map(|version| by_helm(cluster, version, driver)).collect();
        let ours: BTreeMap<Key, BTreeMap<&'static str, String>> = rows
            .iter()
            .filter(|row| row["driver"] == driver && row["revision"].is_number() && row["remote"] == false)
            .map(|row| {
                let key = (text(&row["namespace"]), text(&row["name"]), driver);
                let fields = [
                    ("revision", row["revision"].to_string()),
                    ("status", text(&row["status"])),
                    ("chart", format!("{}-{}", text(&row["chart"]), text(&row["chart_version"]))),
                    ("app_version", text(&row["app_version"])),
                    ("updated", text(&row["updated"])),
                ];
                (key, fields.into())
            })
            .collect();
        // Other cases work beside this one: what is compared is what the seed made, natives and Flux alike.
        let seeded =
            |key: &Key| hundred.releases.iter().any(|r| (&r.namespace, &r.name, r.driver) == (&key.0, &key.1, key.2));
        let of_seed = |all: &BTreeMap<Key, BTreeMap<&'static str, String>>| -> BTreeMap<_, _> {
            all.iter().filter(|(key, _)| seeded(key)).map(|(key, fields)| (key.clone(), fields.clone())).collect()
        };
        let (wanted, ours) = (of_seed(&wanted), of_seed(&ours));
        assert!(wanted.len() >= 5, "Helm lists {} releases of the seed in {driver}s", wanted.len());
        assert_eq!(ours, wanted, "HELM_DRIVER={driver}");
    }
    let of_seed = rows
        .iter()
        .filter(|row| {
            hundred
                .releases
                .iter()
                .any(|r| row["namespace"] == *r.namespace && row["name"] == *r.name && row["driver"] == r.driver)
        })
        .count();
    assert_eq!(of_seed, 100, "every release of the seed is a row, once");
}

fn flux_releases(cluster: &'static Cluster) {
    seed::seed_hundred(cluster);
    let rows = json(cluster, User::Admin, &["list", "-A", "-o", "json"]);
    let row = |namespace: &str, name: &str| {
        let found: Vec<&Value> = rows
            .as_array()
            .unwrap()
            .iter()
            .filter(|row| row["helm_release"] == format!("{namespace}/{name}"))
            .collect();
        assert_eq!(found.len(), 1, "{namespace}/{name}");
        found[0].clone()
    };
    let check = |namespace: &str, name: &str, wanted: &[(&str, Value)]| {
        let row = row(namespace, name);
        for (field, value) in wanted {
            assert_eq!(&row[*field], value, "{field} of {row:#}");
        }
    };
    let word = |text: &str| Value::from(text);
    check(
        "checkout",
        "web",
        &[
            ("verdict", word("healthy")),
            ("managed_by", word("flux")),
            ("chart", word("storefront")),
            ("chart_version", word("1.6.0")),
            ("revision", Value::from(1)),
            ("status", word("deployed")),
            ("cause", Value::Null),
        ],
    );
    check(
        "media",
        "missing-version",
        &[
            ("verdict", word("failed")),
            ("revision", Value::Null),
            ("chart", Value::Null),
            ("wanted_version", word("9.9.9")),
            ("cause", word("no 'settings' chart with version matching '9.9.9' found (source charts)")),
        ],
    );
    check(
        "media",
        "blocked",
        &[("verdict", word("blocked")), ("cause", word("waits for media/missing-version, which is not ready"))],
    );
    check("shop", "suspended", &[("verdict", word("suspended")), ("suspended", Value::from(true))]);
    check(
        "ops",
        "targeted",
        &[
            ("namespace", word("edge")),
            ("storage_namespace", word("ops")),
            ("name", word("edge-targeted")),
            ("revision", Value::from(1)),
        ],
    );
    check("search", "broken", &[("verdict", word("failed"))]);
    // Longer than 53 bytes: shortened as the controller shortens it, or the stored revision would be a row of its own.
    let long = seed::HELM_RELEASES.iter().find(|object| object.namespace == "reports").unwrap();
    check("reports", long.name, &[("name", word(long.release.unwrap())), ("evidence", word("storage"))]);
}

fn histories_equal(cluster: &'static Cluster) {
    seed::seed_hundred(cluster);
    for (namespace, name) in [("ops", "counters"), ("edge", "gateway"), ("legacy", "forum"), ("billing", "dunning")] {
        let printed = cluster.helm4(&["history", name, "-n", namespace, "-o", "json"]);
        let wanted: Vec<Value> = serde_json::from_str(&printed).unwrap();
        let ours = json(cluster, User::Admin, &["history", name, "-n", namespace, "-o", "json"]);
        let ours: Vec<[String; 5]> = ours
            .as_array()
            .unwrap()
            .iter()
            .rev()
            .map(|row| {
                [
                    row["revision"].to_string(),
                    text(&row["status"]),
                    format!("{}-{}", text(&row["chart"]), text(&row["chart_version"])),
                    text(&row["app_version"]),
                    text(&row["description"]),
                ]
            })
            .collect();
        let wanted: Vec<[String; 5]> = wanted
            .iter()
            .map(|row| {
                ["revision", "status", "chart", "app_version", "description"]
                    .map(|field| row[field].as_str().map_or_else(|| row[field].to_string(), str::to_owned))
            })
            .collect();
        assert_eq!(ours, wanted, "{namespace}/{name}");
    }
}

fn values_and_manifests_equal(cluster: &'static Cluster) {
    seed::seed_hundred(cluster);
    for (namespace, name) in [("shop", "storefront"), ("ops", "counters"), ("shop", "cart-cache")] {
        let wanted: Value =
            serde_json::from_str(&cluster.helm4(&["get", "values", name, "-n", namespace, "-o", "json"])).unwrap();
        let ours = json(cluster, User::Admin, &["values", name, "-n", namespace, "-o", "json"]);
        // Helm prints null where the user gave none.
        assert_eq!(ours, if wanted.is_null() { serde_json::json!({}) } else { wanted }, "{namespace}/{name}");
    }
    // Without a Secret in it the manifest is Helm's to the byte; with one, only the Secret's values differ.
    let manifest = |namespace: &str, name: &str| {
        let wanted = cluster.helm4(&["get", "manifest", name, "-n", namespace]);
        let ours = run(cluster, User::Admin, &["manifest", name, "-n", namespace]);
        assert!(ours.status.success(), "{ours:?}");
        (wanted, String::from_utf8(ours.stdout).unwrap())
    };
    let (wanted, ours) = manifest("shop", "cart-cache");
    assert_eq!(ours.trim_end(), wanted.trim_end());
    let (wanted, ours) = manifest("shop", "storefront");
    let differing: Vec<(&str, &str)> = wanted.lines().zip(ours.lines()).filter(|(a, b)| a != b).collect();
    assert_eq!(wanted.trim_end().lines().count(), ours.trim_end().lines().count());
    assert!(!differing.is_empty(), "the storefront has a Secret");
    assert!(differing.iter().all(|(_, ours)| ours.contains("***")), "{differing:?}");
    assert!(wanted.contains("s3cr3t") && !ours.contains("s3cr3t"), "the key is masked:\n{ours}");
}
