//! Secrets that are planted in a release never come out of it, wherever else they stand.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::plain::is_plain;
use super::*;
use crate::release::flux::ValuesReference;
use crate::release::payload::Payload;
use crate::release::values::{Found, Source};
use crate::release::yaml::to_json;

fn payload(value: Value) -> Payload {
    Payload::new(value.as_object().unwrap().clone())
}

/// A masker that was told of one secret.
fn told(secret: &str) -> Masker {
    let mut masker = Masker::default();
    masker.learn_secret(secret);
    masker
}

fn check(masker: &Masker, text: &str, expected: &str) {
    assert_eq!(masker.manifest(text), expected);
    assert_eq!(masker.manifest(expected), expected);
}

#[test]
fn a_secret_of_the_manifest_is_hidden_in_every_other_object() {
    let manifest = "kind: Secret\nmetadata: {name: db}\ndata:\n  key: aHVudGVyMiZodW50ZXIy\n  host: c3RvcmVmcm9udC1kYXRhYmFzZQ==\n---\n\
        # hunter2&hunter2 in a comment\nkind: ConfigMap\nmetadata: {name: storefront-database}\ndata:\n  a: hunter2&hunter2 # it is hunter2&hunter2\n  \
        b: aHVudGVyMiZodW50ZXIy\n  c: |\n    x\n    y: hunter2&hunter2\n  d: storefront-database\n  hunter2&hunter2: e\n  f: \"http://x/?q=hunter2%26hunter2\"\n";
    let shown = "kind: Secret\nmetadata: {name: db}\ndata:\n  key: \"*** (15 bytes)\"\n  host: \"*** (19 bytes)\"\n---\n\
        # *** in a comment\nkind: ConfigMap\nmetadata: {name: storefront-database}\ndata:\n  a: \"***\" # it is ***\n  \
        b: \"***\"\n  c: |\n    x\n    y: ***\n  d: storefront-database\n  \"***\": e\n  f: \"http://x/?q=***\"\n";
    let release = payload(json!({
        "manifest": manifest,
        "config": {"note": "use hunter2&hunter2", "count": 3},
        "info": {"notes": "log in with hunter2&hunter2"},
    }));
    let masker = release.masker();
    check(masker, manifest, shown);
    assert_eq!(masker.text(release.notes().unwrap()), "log in with ***");
    let values = Value::Object(release.config().unwrap().clone());
    assert_eq!(masker.values(&values), json!({"note": "use ***", "count": 3}));
}

#[test]
fn secrets_come_from_hooks_values_and_sources_too() {
    let release = payload(json!({
        "hooks": [{"manifest": "kind: Secret\nstringData: {a: one-1x9f2}\n"}],
        "config": {"db": {"password": "two-2x9f2"}, "url": "redis://u:three-3x9f2@h", "line": "--token=four-4x9f2"},
        "chart": {"values": {"apiKey": "five-5x9f2"}},
    }));
    let mut masker = release.masker().clone();
    let reference = |kind: &str| ValuesReference {
        kind: kind.to_owned(),
        name: "s".to_owned(),
        key: "values.yaml".to_owned(),
        target_path: None,
        optional: false,
        literal: false,
    };
    let found = |text: &str| Found::Text(text.to_owned());
    masker.learn_source(&Source {
        reference: reference("Secret"),
        found: found("a:\n  b: six-6x9f2\n  c: storefront\n"),
    });
    masker.learn_source(&Source { reference: reference("ConfigMap"), found: found("a: seven-7x9f2") });
    let text = "one-1x9f2 two-2x9f2 three-3x9f2 four-4x9f2 five-5x9f2 six-6x9f2 seven-7x9f2 storefront";
    assert_eq!(masker.text(text), "*** *** *** *** *** *** seven-7x9f2 storefront");
}

#[test]
fn each_value_of_a_document_in_a_secret_is_secret() {
    let check = |secret: &str, text: &str, expected: &str| assert_eq!(told(secret).text(text), expected, "{secret}");
    check("db:\n  pw: ab12cd34\n  host: storefront\n", "ab12cd34 storefront", "*** storefront");
    check("{\"auths\": {\"r.io\": {\"auth\": \"dXNlcjphYjEyY2QzNA==\"}}}", "r.io dXNlcjphYjEyY2QzNA==", "r.io ***");
    check("A=b\nexport PW='ab12 cd34'\n", "ab12 cd34", "***");
    check("jdbc://h?user=u&password=ab12cd34&x=y", "ab12cd34", "***");
    check("postgres://u:ab%2F12cd34@h/d", "ab/12cd34 ab%2F12cd34", "*** ***");
    check("{\"inner\": \"pw: ab12cd34\"}", "ab12cd34", "***");
    check(
        "-----BEGIN KEY-----\nMIIab12cd34==\n-----END KEY-----\n",
        "-----BEGIN KEY----- MIIab12cd34==",
        "-----BEGIN KEY----- ***",
    );
    check("ab12\ncd34", "<ab12\ncd34>", "<***>");
}

#[test]
fn the_users_rules_name_secrets_and_take_keys_off() {
    let rule = |key: &str, is_secret| Rule { key: key.to_owned(), is_secret };
    let rules = Rules::new(vec![rule("pin", true), rule("page token", false)]);
    let masker = Masker::new(rules.clone());
    let values = json!({"cardPin": "1234", "pageToken": "abc", "password": "x"});
    assert_eq!(masker.values(&values), json!({"cardPin": "***", "pageToken": "abc", "password": "***"}));
    check(
        &masker,
        "cardPin: 1234\npageToken: abc\nargs: [--pin, x, --pin=y]\n",
        "cardPin: \"***\"\npageToken: abc\nargs: [--pin, \"***\", --pin=***]\n",
    );
    let release = payload(json!({"config": {"cardPin": "12-ab34cd56"}})).with_rules(rules);
    assert_eq!(release.masker().text("12-ab34cd56"), "***");
}

#[test]
fn hidden_keys_do_not_take_each_others_place() {
    let mut masker = told("ab12cd34");
    masker.learn_secret("ef56gh78");
    let value = json!({"ab12cd34": 1, "ef56gh78": 2, "***": 3});
    assert_eq!(masker.values(&value), json!({"***": 1, "****": 2, "*****": 3}));
}

#[test]
fn what_prints_a_masker_says_nothing_of_its_secrets() {
    assert!(!format!("{:?}", told("ab12cd34")).contains("ab12"));
}

#[test]
fn schemas_describe_fields_and_hide_only_what_is_known() {
    let value = json!({"openAPIV3Schema": {"properties": {"password": {"type": "string", "example": "ab12cd34"}}}});
    let shown = json!({"openAPIV3Schema": {"properties": {"password": {"type": "string", "example": "***"}}}});
    assert_eq!(Masker::default().values(&value), value);
    assert_eq!(told("ab12cd34").values(&value), shown);
}

/// Every text in a document.
fn leaves(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Null | Value::Bool(_) => {}
        Value::Number(number) => found.push(number.to_string()),
        Value::String(text) => found.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| leaves(item, found)),
        Value::Object(fields) => {
            for (key, field) in fields {
                found.push(key.clone());
                leaves(field, found);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn planted_secrets_never_come_out(secret in "[A-Za-z0-9!&%'\"<>/+=?#:@ä. \\\\-]{8,40}", before in "[a-z]{0,3}", plain in "[a-z]{8,12}-[a-z]{3,8}") {
        prop_assume!(secret.trim() == secret && !is_plain(&secret) && !secret.contains(&plain));
        let encoded = BASE64_STANDARD.encode(&secret);
        let within = BASE64_STANDARD.encode(format!("{before}:{secret}"));
        let percent: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        let body = json!({"x": {"y": format!("{before} {secret}")}});
        let objects = [
            json!({"kind": "Secret", "data": {"k": encoded, "plain": BASE64_STANDARD.encode(&plain)}}),
            json!({"kind": "ConfigMap", "data": {
                "as-it-is": secret,
                "in-a-text": format!("{before} {secret}\nand {secret}"),
                "json": body.to_string(),
                "yaml": serde_yaml::to_string(&body).unwrap(),
                "url": format!("http://host/?{before}={percent}"),
                "base64": encoded,
                "within": within,
                "plain": plain,
            }}),
            json!({"kind": "Deployment", "metadata": {"annotations": {"note": secret.clone()}}, "spec": [{secret.clone(): [secret.clone()]}]}),
        ];
        let manifest: String = objects.iter().map(|object| format!("---\n{}", serde_yaml::to_string(object).unwrap())).collect();
        let release = payload(json!({"manifest": manifest, "config": {"note": secret.clone(), "more": body}}));
        let masker = release.masker();
        let mut seen = Vec::new();
        let shown = masker.manifest(&manifest);
        for document in crate::release::manifest::split(&shown) {
            leaves(&to_json(document.text).unwrap(), &mut seen);
        }
        for value in objects.iter().chain([&Value::Object(release.config().unwrap().clone())]) {
            leaves(&masker.values(value), &mut seen);
        }
        seen.push(masker.text(&format!("{before} {secret} {encoded} {percent} {within}")));
        let inner: Vec<String> = seen.iter().filter_map(|text| serde_json::from_str::<Value>(text).ok()).flat_map(|value| {
            let mut found = Vec::new();
            leaves(&value, &mut found);
            found
        }).collect();
        for text in seen.iter().chain(&inner) {
            for spelled in [&secret, &encoded, &percent] {
                prop_assert!(!text.contains(spelled.as_str()), "{spelled} in {text}");
            }
        }
        prop_assert!(!shown.contains(&secret) && shown.contains(&plain), "{shown}");
    }
}
