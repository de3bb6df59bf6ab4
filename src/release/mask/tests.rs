use super::*;
use crate::release::yaml::to_json;
use serde_json::json;

fn check(value: Value, expected: Value) {
    assert_eq!(Masker::default().values(&value), expected);
}

fn check_text(text: &str, expected: &str) {
    assert_eq!(Masker::default().manifest(text), expected);
    // Masked once is masked for good, and still reads as YAML where it did.
    assert_eq!(Masker::default().manifest(expected), expected);
    for document in crate::release::manifest::split(expected) {
        assert!(to_json(document.text).is_ok(), "{}", document.text);
    }
}

#[test]
fn values_under_secret_keys() {
    check(
        json!({
            "db": {"user": "app", "password": "hunter2", "port": 5432},
            "auth": {"enabled": true, "existingSecret": "creds", "rootPassword": "a"},
            "basicAuth": "user:pw",
            "credentials": {"username": "bob", "pin": 1234, "list": ["a", {"b": "c"}], "name": "n"},
            "secret": {"create": true, "name": "x", "files": {"a": "b"}},
            "empty": {"password": "", "token": null, "secret": false},
            "automountServiceAccountToken": false,
            "imagePullSecrets": [{"name": "regcred"}, "other"],
            "tokens": ["a", ["b"]],
            "maxTokens": 4096,
        }),
        json!({
            "db": {"user": "app", "password": "***", "port": 5432},
            "auth": {"enabled": true, "existingSecret": "creds", "rootPassword": "***"},
            "basicAuth": "***",
            "credentials": {"username": "bob", "pin": "***", "list": ["***", {"b": "***"}], "name": "n"},
            "secret": {"create": true, "name": "x", "files": {"a": "***"}},
            "empty": {"password": "", "token": null, "secret": false},
            "automountServiceAccountToken": false,
            "imagePullSecrets": [{"name": "regcred"}, "other"],
            "tokens": ["***", ["***"]],
            "maxTokens": 4096,
        }),
    );
}

#[test]
fn secrets_of_pods() {
    check(
        json!({"kind": "Pod", "spec": {
            "containers": [{
                "env": [
                    {"name": "DB_PASSWORD", "value": "hunter2"},
                    {"name": "DB_HOST", "value": "db"},
                    {"name": "DB_PASSWORD_FILE", "value": "/run/pw"},
                    {"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "s", "key": "token"}}},
                    {"name": "URL", "value": "postgres://u:p@h/d"},
                ],
                "args": ["--password", "hunter2", "--token=abc", "-v"],
                "command": ["sh", "-c", "login --api-key=abc now"],
            }],
            "volumes": [
                {"name": "a", "secret": {"secretName": "s", "items": [{"key": "password", "path": "pw"}]}},
                {"name": "b", "projected": {"sources": [{"serviceAccountToken": {"path": "token", "audience": "x"}}]}},
            ],
        }}),
        json!({"kind": "Pod", "spec": {
            "containers": [{
                "env": [
                    {"name": "DB_PASSWORD", "value": "***"},
                    {"name": "DB_HOST", "value": "db"},
                    {"name": "DB_PASSWORD_FILE", "value": "/run/pw"},
                    {"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "s", "key": "token"}}},
                    {"name": "URL", "value": "postgres://u:***@h/d"},
                ],
                "args": ["--password", "***", "--token=***", "-v"],
                "command": ["sh", "-c", "login --api-key=*** now"],
            }],
            "volumes": [
                {"name": "a", "secret": {"secretName": "s", "items": [{"key": "password", "path": "pw"}]}},
                {"name": "b", "projected": {"sources": [{"serviceAccountToken": {"path": "token", "audience": "x"}}]}},
            ],
        }}),
    );
}

#[test]
fn data_of_secrets() {
    let applied = r#"{"kind":"Secret","data":{"a":"aHVudGVyMg=="}}"#;
    check(
        json!({
            "apiVersion": "v1", "kind": "Secret", "type": "helm.sh/release.v1",
            "metadata": {"name": "x", "annotations": {LAST_APPLIED: applied, "note": "y", "token": "z"}},
            "data": {"a": "aHVudGVyMg==", "enabled": "dHJ1ZQ==", "none": "", "name": "Ym9i"},
            "stringData": {"b": "hunter2", "port": 80, "on": true, "url": "x"},
        }),
        json!({
            "apiVersion": "v1", "kind": "Secret", "type": "helm.sh/release.v1",
            "metadata": {"name": "x", "annotations": {LAST_APPLIED: "***", "note": "y", "token": "***"}},
            "data": {"a": "*** (7 bytes)", "enabled": "*** (4 bytes)", "none": "", "name": "*** (3 bytes)"},
            "stringData": {"b": "*** (7 bytes)", "port": "*** (2 bytes)", "on": "*** (4 bytes)", "url": "*** (1 bytes)"},
        }),
    );
    check(
        json!({"kind": "SecretList", "items": [{"data": {"a": "YQ=="}}]}),
        json!({"kind": "SecretList", "items": [{"data": {"a": "*** (1 bytes)"}}]}),
    );
    check(
        json!({"kind": "List", "items": [{"kind": "Secret", "data": {"a": "YQ=="}}, {"kind": "ConfigMap", "data": {"a": "b"}}]}),
        json!({"kind": "List", "items": [{"kind": "Secret", "data": {"a": "*** (1 bytes)"}}, {"kind": "ConfigMap", "data": {"a": "b"}}]}),
    );
}

#[test]
fn copies_and_files_within_objects() {
    let applied = r#"{"kind":"Deployment","env":[{"name":"A_TOKEN","value":"x"}]}"#;
    let masked = r#"{"kind":"Deployment","env":[{"name":"A_TOKEN","value":"***"}]}"#;
    check(
        json!({"kind": "Deployment", "metadata": {"annotations": {LAST_APPLIED: applied}}}),
        json!({"kind": "Deployment", "metadata": {"annotations": {LAST_APPLIED: masked}}}),
    );
    check(
        json!({"kind": "Deployment", "metadata": {"annotations": {LAST_APPLIED: "{cut off"}}}),
        json!({"kind": "Deployment", "metadata": {"annotations": {LAST_APPLIED: "***"}}}),
    );
    check(
        json!({"kind": "ConfigMap", "metadata": {"labels": {"owner": "helm"}}, "data": {"release": "SDRz"}}),
        json!({"kind": "ConfigMap", "metadata": {"labels": {"owner": "helm"}}, "data": {"release": "***"}}),
    );
    check(
        json!({"kind": "ConfigMap", "data": {"app.properties": "a=b\nspring.datasource.password=x y\n", "key.pem": "-----BEGIN PRIVATE KEY-----\nM\n"}}),
        json!({"kind": "ConfigMap", "data": {"app.properties": "a=b\nspring.datasource.password=***\n", "key.pem": "***"}}),
    );
    check(
        json!({"openAPIV3Schema": {"properties": {"password": {"type": "string", "pattern": "x"}}}}),
        json!({"openAPIV3Schema": {"properties": {"password": {"type": "string", "pattern": "x"}}}}),
    );
}

#[test]
fn text_keeps_every_other_byte() {
    check_text(
        "# Source: c/s.yaml # keep\nkind:   Secret   # why\nmetadata: {name: x}\ndata:\n    a:  aHVudGVyMg==   # b\n    'b': >-\n      aHVu\n      dGVyMg==\n\n    c: \"\"\n    d: ~\nstringData: {e: hunter2, \"f\": 'hunter''2',\n  g: \"a\\\"b\"}\n",
        "# Source: c/s.yaml # keep\nkind:   Secret   # why\nmetadata: {name: x}\ndata:\n    a:  \"*** (7 bytes)\"   # b\n    'b': \"*** (7 bytes)\"\n\n    c: \"\"\n    d: ~\nstringData: {e: \"*** (7 bytes)\", \"f\": \"*** (8 bytes)\",\n  g: \"*** (3 bytes)\"}\n",
    );
    check_text(
        "kind: Secret\r\nstringData:\r\n  a: |\r\n    x\r\n    y\r\n  b: z\r\n",
        "kind: Secret\r\nstringData:\r\n  a: \"*** (4 bytes)\"\r\n  b: \"*** (1 bytes)\"\r\n",
    );
    check_text(
        "  \n---\na: b # c\n--- # d\npassword: &x !!str hunter2\nother: *x\n---\n",
        "  \n---\na: b # c\n--- # d\npassword: &x !!str \"***\"\nother: *x\n---\n",
    );
    check_text("# password: in a comment\n", "# password: in a comment\n");
    // What is spelled anew for the parser, before and in what is hidden.
    check_text(
        "{\"a\": \"it\\'s é\", b:, password: &p !!str # c\n  \"\\'x\", token: c:, d: !e,x f}",
        "{\"a\": \"it\\'s é\", b:, password: &p !!str # c\n  \"***\", token: \"***\", d: !e,x f}",
    );
    check_text("\u{feff}kind: Secret\ndata:\n  a: |\n    YQ==", "\u{feff}kind: Secret\ndata:\n  a: \"*** (1 bytes)\"");
}

#[test]
fn text_of_configuration_files() {
    check_text(
        "kind: ConfigMap\ndata:\n  app.yaml: |\n    db:\n      password: hunter2\n      url: redis://u:p@h\n    x: y\n  one: password=hunter2\n  two: 'token: abc'\n  three: >\n    password=a\n    b\n  four: '{\"credentials\": {\"pin\": 1}}'\n",
        "kind: ConfigMap\ndata:\n  app.yaml: |\n    db:\n      password: ***\n      url: redis://u:***@h\n    x: y\n  one: password=***\n  two: \"token: ***\"\n  three: \"password=***\\n\"\n  four: \"{\\\"credentials\\\":{\\\"pin\\\":\\\"***\\\"}}\"\n",
    );
}

#[test]
fn aliases_and_merges_hide_nothing_from_the_rules() {
    check_text(
        "base: &b {kind: Secret}\nx: &p hunter2\nitems:\n- <<: *b\n  data: {a: YQ==}\n- password: *p\n",
        "base: &b {kind: Secret}\nx: &p \"***\"\nitems:\n- <<: *b\n  data: {a: \"*** (1 bytes)\"}\n- password: *p\n",
    );
    check_text("d: &d {a: YQ==}\nkind: Secret\ndata: *d\n", "d: &d {a: \"*** (1 bytes)\"}\nkind: Secret\ndata: *d\n");
    check_text(
        "kind: ConfigMap\nkind: Secret\ndata: {a: YQ==}\n",
        "kind: ConfigMap\nkind: Secret\ndata: {a: \"*** (1 bytes)\"}\n",
    );
    check_text(
        "\"kind\": \"S\\u0065cret\"\n? data\n: ? a\n  : YQ==\n",
        "\"kind\": \"S\\u0065cret\"\n? data\n: ? a\n  : \"*** (1 bytes)\"\n",
    );
    // Helm reads no further than `...`, but what follows would be seen.
    check_text("a: b\n...\nkind: Secret\ndata: {a: YQ==}\n", WITHHELD);
}

#[test]
fn what_cannot_be_read_is_withheld() {
    check_text("a: b\n---\nkind: Secret\ndata: {a: YQ==\n---\nc: d\n", &format!("a: b\n---\n{WITHHELD}---\nc: d\n"));
    check_text("a: b\n--- {a: YQ==", &format!("a: b\n--- \n{WITHHELD}"));
    check_text("a: *unknown\n", WITHHELD);
    let deep = (1..300)
        .fold("a0: &a0 [x]\n".to_owned(), |text, level| format!("{text}a{level}: &a{level} [*a{}]\n", level - 1));
    check_text(&deep, WITHHELD);
    let laughs = (1..12).fold("a0: &a0 {x: y}\n".to_owned(), |text, level| {
        format!(
            "{text}a{level}: &a{level} {{{}}}\n",
            (0..9).map(|n| format!("k{n}: *a{}", level - 1)).collect::<Vec<_>>().join(", ")
        )
    });
    check_text(&laughs, WITHHELD);
    let merges = (1..12).fold("a0: &a0 {x: y}\n".to_owned(), |text, level| {
        format!("{text}a{level}: &a{level} {{<<: [{}]}}\n", vec![format!("*a{}", level - 1); 9].join(", "))
    });
    check_text(&merges, WITHHELD);
}
