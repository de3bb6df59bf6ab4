use serde_json::json;

use super::*;
use crate::release::mask::Masker;

fn map(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

fn source(kind: &str, name: &str, target_path: Option<&str>, found: Found) -> Source {
    let reference = ValuesReference {
        kind: kind.to_owned(),
        name: name.to_owned(),
        key: "values.yaml".to_owned(),
        target_path: target_path.map(str::to_owned),
        optional: false,
        literal: false,
    };
    Source { reference, found }
}

fn text(text: &str) -> Found {
    Found::Text(text.to_owned())
}

fn flux(defaults: Value, sources: Vec<Source>, inline: Value) -> Layers {
    Layers {
        defaults: map(defaults),
        sources,
        inline: map(inline),
        chart: "web 1.0.0".to_owned(),
        helm_release: Some(ObjectKey::new("shop", "web")),
        stored: None,
    }
}

fn stored(config: Value, is_latest: bool) -> Option<Stored> {
    Some(Stored { revision: Revision::new(7).unwrap(), is_latest, helm: HelmMajor::Four, config: map(config) })
}

fn line(row: &Row) -> String {
    let layer: &str = row.layer.into();
    let mut line = format!("{} = {} | {layer} | {}", path_text(&row.path), row.value, row.source);
    for past in &row.overrode {
        let layer: &str = past.layer.into();
        line.push_str(&format!(" < {} {layer} {}", past.value, past.source));
    }
    if row.is_deleted {
        line.push_str(" (deleted)");
    }
    if let Some(hidden) = &row.hidden {
        line.push_str(&format!(" [{}]", hidden.reveal()));
    }
    line
}

#[track_caller]
fn check(layers: &Layers, rows: &[&str], notes: &[&str]) {
    let told = told(layers, &Masker::default());
    assert_eq!(told.rows.iter().map(line).collect::<Vec<_>>(), rows);
    assert_eq!(told.notes, notes);
}

#[test]
fn each_value_has_its_layer_and_what_it_overrode() {
    let layers = flux(
        json!({"image": {"tag": "1", "pull": null}, "replicas": 1, "gone": {"a": 1}, "hosts": [1], "empty": {}}),
        vec![
            source("ConfigMap", "a", None, text("image: {tag: two}\nreplicas: 2\nhosts: [a, b]\n")),
            source("ConfigMap", "b", None, text("replicas: 3")),
        ],
        json!({"image": {"tag": "three"}, "gone": null}),
    );
    check(
        &layers,
        &[
            "empty = {} | default | chart web 1.0.0",
            r#"gone = null | inline | HelmRelease shop/web spec.values < {"a":1} default chart web 1.0.0 (deleted)"#,
            r#"hosts = ["a","b"] | valuesFrom | ConfigMap shop/a, key values.yaml < [1] default chart web 1.0.0"#,
            r#"image.tag = "three" | inline | HelmRelease shop/web spec.values < "two" valuesFrom ConfigMap shop/a, key values.yaml < "1" default chart web 1.0.0"#,
            "replicas = 3 | valuesFrom | ConfigMap shop/b, key values.yaml < 2 valuesFrom ConfigMap shop/a, key values.yaml < 1 default chart web 1.0.0",
        ],
        &[],
    );
}

#[test]
fn a_target_path_is_written_over_what_stands_in_the_helm_release_where_nothing_else_holds_the_map() {
    let path = |found| vec![source("Secret", "db", Some("db.password"), found)];
    let inline = json!({"db": {"password": "inline", "user": "app"}});
    check(
        &flux(json!({}), path(text("s3cr3t")), inline.clone()),
        &[
            r#"db.password = "***" | valuesFrom | Secret shop/db, key values.yaml, at db.password < "***" inline HelmRelease shop/web spec.values [s3cr3t]"#,
            r#"db.user = "app" | inline | HelmRelease shop/web spec.values"#,
        ],
        &[],
    );
    let mut sources = vec![source("ConfigMap", "a", None, text("db: {port: 1}"))];
    sources.extend(path(text("s3cr3t")));
    check(
        &flux(json!({}), sources, inline),
        &[
            r#"db.password = "***" | inline | HelmRelease shop/web spec.values < "***" valuesFrom Secret shop/db, key values.yaml, at db.password [inline]"#,
            "db.port = 1 | valuesFrom | ConfigMap shop/a, key values.yaml",
            r#"db.user = "app" | inline | HelmRelease shop/web spec.values"#,
        ],
        &[],
    );
}

#[test]
fn a_list_has_rows_where_a_target_path_wrote_into_it() {
    let sources = vec![
        source("ConfigMap", "a", None, text("hosts: [{name: one}, two]\nports: [1]")),
        source("ConfigMap", "b", Some("hosts[0].name"), text("first")),
        source("ConfigMap", "c", Some("hosts[2]"), text("12")),
    ];
    check(
        &flux(json!({}), sources, json!({})),
        &[
            r#"hosts[0].name = "first" | valuesFrom | ConfigMap shop/b, key values.yaml, at hosts[0].name < "one" valuesFrom ConfigMap shop/a, key values.yaml"#,
            r#"hosts[1] = "two" | valuesFrom | ConfigMap shop/a, key values.yaml"#,
            "hosts[2] = 12 | valuesFrom | ConfigMap shop/c, key values.yaml, at hosts[2]",
            "ports = [1] | valuesFrom | ConfigMap shop/a, key values.yaml",
        ],
        &[],
    );
}

#[test]
fn what_gave_way_further_up_is_told_with_its_place() {
    check(
        &flux(json!({"a": 5, "b": {"c": 1}}), vec![], json!({"a": {"x": {"y": 1}}, "b": 2})),
        &[
            "a.x.y = 1 | inline | HelmRelease shop/web spec.values < 5 default chart web 1.0.0, at a",
            r#"b = 2 | inline | HelmRelease shop/web spec.values < {"c":1} default chart web 1.0.0"#,
        ],
        &[],
    );
}

#[test]
fn a_source_that_may_not_be_read_may_have_set_all_that_no_later_one_sets() {
    let unreadable = || Found::Unreadable("secrets is forbidden".to_owned());
    let layers = flux(
        json!({"a": 1, "b": 1, "c": 1}),
        vec![
            source("ConfigMap", "a", None, text("a: 2\nb: 2")),
            source("Secret", "s", None, unreadable()),
            source("ConfigMap", "b", None, text("b: 3")),
            source("Secret", "t", Some("d.e"), unreadable()),
        ],
        json!({"f": 1}),
    );
    let unknown = "Secret shop/s, key values.yaml (not readable)";
    let a = format!("a = 2 | Unknown | ConfigMap shop/a, key values.yaml or {unknown} < 1 default chart web 1.0.0");
    let c = format!("c = 1 | Unknown | chart web 1.0.0 or {unknown}");
    check(
        &layers,
        &[
            &a.replace("Unknown", "unknown"),
            "b = 3 | valuesFrom | ConfigMap shop/b, key values.yaml < 2 valuesFrom ConfigMap shop/a, key values.yaml < 1 default chart web 1.0.0",
            &c.replace("Unknown", "unknown"),
            r#"d.e = "***" | unknown | Secret shop/t, key values.yaml, at d.e (not readable)"#,
            "f = 1 | inline | HelmRelease shop/web spec.values",
        ],
        &[],
    );

    // What is stored tells the values, and which of them were given at all.
    let config = json!({"a": 2, "b": 3, "d": {"e": "x"}, "f": 1, "g": "token of s"});
    check(
        &Layers { stored: stored(config, true), ..layers },
        &[
            &a.replace("Unknown", "unknown"),
            "b = 3 | valuesFrom | ConfigMap shop/b, key values.yaml < 2 valuesFrom ConfigMap shop/a, key values.yaml < 1 default chart web 1.0.0",
            "c = 1 | default | chart web 1.0.0",
            r#"d.e = "***" | unknown | Secret shop/t, key values.yaml, at d.e (not readable) [x]"#,
            "f = 1 | inline | HelmRelease shop/web spec.values",
            r#"g = "***" | unknown | Secret shop/s, key values.yaml (not readable) [token of s]"#,
        ],
        &[],
    );
}

#[test]
fn what_a_revision_stored_is_the_truth_of_what_was_applied() {
    let layers =
        flux(json!({}), vec![source("ConfigMap", "a", None, text("replicas: 3\nnew: 1"))], json!({"tag": "b"}));
    let rows = [
        "replicas = 2 | unknown | not known: changed since revision 7",
        r#"tag = "b" | inline | HelmRelease shop/web spec.values"#,
    ];
    let config = json!({"replicas": 2, "tag": "b"});
    check(
        &Layers { stored: stored(config.clone(), true), ..layers.clone() },
        &rows,
        &["the values given changed since revision 7: they are applied at the next reconcile"],
    );
    check(
        &Layers { stored: stored(config, false), ..layers },
        &rows,
        &["revision 7 was given other values than there are now; where these came from is not kept"],
    );
}

#[test]
fn an_absent_source_that_is_not_optional_is_said_in_the_words_of_flux() {
    let absent = source("ConfigMap", "absent", None, Found::Absent { is_key: false });
    let said = "could not resolve ConfigMap chart values reference 'shop/absent' with key 'values.yaml': configmaps \"absent\" not found";
    let layers = flux(json!({}), vec![absent], json!({"a": 1}));
    check(&layers, &["a = 1 | inline | HelmRelease shop/web spec.values"], &[said]);
    assert_eq!(merged(&layers).unwrap_err().to_string(), said);
}

#[test]
fn a_native_release_has_its_defaults_and_what_the_user_gave() {
    let layers = Layers {
        defaults: map(json!({"a": 1, "password": "default"})),
        inline: map(json!({"password": "s3cr3t"})),
        chart: "web 1.0.0".to_owned(),
        stored: stored(json!({"password": "s3cr3t"}), true),
        ..Layers::default()
    };
    check(
        &layers,
        &[
            "a = 1 | default | chart web 1.0.0",
            r#"password = "***" | inline | helm --set/-f, revision 7 < "***" default chart web 1.0.0 [s3cr3t]"#,
        ],
        &[],
    );
}
