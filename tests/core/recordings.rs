//! The recordings of a real cluster.

use std::io::Read;
use std::path::Path;

use serde_json::{Value, json};
use wheelhouse::release::codec::{Driver, decode, encode, stored_size};
use wheelhouse::release::manifest::objects;
use wheelhouse::release::mask::{Masker, WITHHELD};
use wheelhouse::release::name::effective_release_name;
use wheelhouse::release::payload::{ApplyMethod, HelmMajor};

/// A file of the recordings, by its name without `.gz`.
pub fn read(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recordings").join(format!("{name}.gz"));
    let packed = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut text = String::new();
    flate2::read::GzDecoder::new(packed.as_slice()).read_to_string(&mut text).unwrap();
    text
}

/// The values of a file with one on each line.
pub fn lines(name: &str) -> Vec<Value> {
    read(name).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Every stored release, as the `release` field of the JSON of its object, in the order in which it was seen.
pub fn releases() -> Vec<(Driver, String)> {
    let of = |file: &str, driver| {
        let fields = lines(file).into_iter().filter_map(move |event| {
            let field = event["object"]["data"]["release"].as_str()?;
            Some((driver, field.to_owned()))
        });
        fields.collect::<Vec<_>>()
    };
    [of("secrets.jsonl", Driver::Secret), of("configmaps.jsonl", Driver::ConfigMap)].concat()
}

#[test]
fn every_release_decodes_and_encodes() {
    let releases = releases();
    assert_eq!(releases.len(), 81);
    for (driver, field) in releases {
        let payload = decode(driver, field.as_bytes()).unwrap();
        assert_eq!(payload.problems(), []);
        let again = decode(driver, encode(driver, &payload).unwrap().as_bytes()).unwrap();
        assert_eq!(again.raw(), payload.raw());
        assert_eq!(payload.size().unwrap().stored, stored_size(driver, &field));
    }
}

/// Against what the reference program reads.
#[test]
fn every_summary_is_as_recorded() {
    let expected = crate::vectors::committed("summary.jsonl");
    let releases = releases();
    assert_eq!(releases.len(), expected.len());
    for ((driver, field), expected) in releases.iter().zip(expected) {
        let summary = decode(*driver, field.as_bytes()).unwrap().summary();
        let actual = json!({
            "namespace": summary.namespace,
            "name": summary.name,
            "revision": summary.revision,
            "status": summary.status,
            "chart": summary.chart_name,
            "version": summary.chart_version,
            "appVersion": summary.app_version,
            "applyMethod": summary.apply_method.map_or("", ApplyMethod::as_str),
        });
        assert_eq!(actual, expected);
        let major = if summary.apply_method.is_none() { HelmMajor::Three } else { HelmMajor::Four };
        assert_eq!(summary.helm_major, major);
        assert!(summary.first_deployed.is_some() && summary.first_deployed <= summary.last_deployed);
        assert_eq!(summary.problems, []);
    }
}

/// The name that Flux gave a release is the one that the rule gives.
#[test]
fn names_of_releases_follow_the_rule() {
    let mut checked = 0;
    for event in lines("helmreleases.jsonl") {
        let object = &event["object"];
        let Some(actual) = object["status"]["history"][0]["name"].as_str() else { continue };
        let text = |key: &str| object["spec"][key].as_str();
        let name = object["metadata"]["name"].as_str().unwrap();
        assert_eq!(effective_release_name(text("releaseName"), text("targetNamespace"), name), actual);
        checked += 1;
    }
    assert!(checked > 90, "{checked}");
}

/// Every object of every manifest is read, and no value of a Secret, nor the key of the chart, is left after masking.
#[test]
fn every_manifest_is_read_and_masked() {
    let mut secrets = 0;
    for (driver, field) in releases() {
        let payload = decode(driver, field.as_bytes()).unwrap();
        let hooks = payload.hooks();
        for text in hooks.iter().filter_map(|hook| hook.manifest).chain(payload.manifest()) {
            let masked = Masker::default().manifest(text);
            assert!(!masked.contains("s3cr3t") && !masked.contains(WITHHELD), "{masked}");
            let (before, after): (Vec<_>, Vec<_>) = (objects(text), objects(&masked));
            assert_eq!(before.len(), after.len());
            for (before, after) in before.into_iter().zip(after) {
                let (before, after) = (before.unwrap(), after.unwrap());
                assert_eq!(Masker::default().values(&before.body), after.body);
                if before.kind == "Secret" {
                    secrets += 1;
                } else {
                    assert_eq!(before, after);
                }
            }
        }
        for values in [payload.config(), payload.chart_values()].into_iter().flatten() {
            assert!(!Masker::default().values(&Value::Object(values.clone())).to_string().contains("s3cr3t"));
        }
    }
    assert!(secrets > 50, "{secrets}");
}
