//! `wheelhouse status -f`: the whole command, its streams and its exit codes. No cluster is asked.

use std::io::{Read, Write};
use std::process::{Command, Stdio};

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::kstatus::{Answer, CASES, expand};

struct Ran {
    code: Option<i32>,
    out: String,
    said: String,
}

fn run(arguments: &[&str], input: &str) -> Ran {
    let mut child = Command::new(env!("CARGO_BIN_EXE_wheelhouse"))
        .arg("status")
        .args(arguments)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that refuses its arguments does not wait for its input.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let mut out = String::new();
    child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
    let ended = child.wait_with_output().unwrap();
    Ran { code: ended.status.code(), out, said: String::from_utf8(ended.stderr).unwrap() }
}

fn check(arguments: &[&str], input: &str, code: i32, out: &str, said: &str) {
    let ran = run(arguments, input);
    assert_eq!((ran.code, ran.out.as_str(), ran.said.as_str()), (Some(code), out, said), "{arguments:?}");
}

const TWO: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web, namespace: shop}\n---\n{\"kind\":\"Pod\",\"apiVersion\":\"v1\"}\n";

#[test]
fn objects_are_printed_as_people_and_programs_want_them() {
    let table = "STATUS      KIND       NAMESPACE  NAME  REASON          MESSAGE\n\
                 Current     ConfigMap  shop       web   -               Resource is always ready\n\
                 InProgress  Pod        -          -     PodNotObserved  Pod phase not available\n";
    check(&["-f", "-"], TWO, 0, table, "");
    let lines = concat!(
        r#"{"api_version":"v1","kind":"ConfigMap","namespace":"shop","name":"web","status":"Current","reason":"","message":"Resource is always ready","assumed":false}"#,
        "\n",
        r#"{"api_version":"v1","kind":"Pod","namespace":"","name":"","status":"InProgress","reason":"PodNotObserved","message":"Pod phase not available","assumed":false}"#,
        "\n",
    );
    check(&["-f", "-", "-o", "json"], TWO, 0, lines, "");
    let nothing = "wheelhouse: standard input holds no object, so nothing was judged\n";
    check(&["-f", "-", "-o", "json"], "", 0, "", nothing);
    let yaml = "- api_version: v1\n  kind: ConfigMap\n  namespace: shop\n  name: web\n  status: Current\n  reason: ''\n  \
                message: Resource is always ready\n  assumed: false\n";
    check(&["-f", "-", "-o", "yaml"], TWO.split("---").next().unwrap(), 0, yaml, "");
}

#[test]
fn the_exit_code_says_whether_all_is_current_where_that_is_asked() {
    let json = |object: Value| format!("{object}\n");
    let judged = |arguments: &[&str], input: &str, code: i32, said: &str| {
        let ran = run(arguments, input);
        assert_eq!((ran.code, ran.said.as_str()), (Some(code), said), "{arguments:?} {input}");
    };
    let (good, odd) = (json!({ "kind": "ConfigMap" }), json!({ "kind": "Pod", "status": { "phase": "Odd" } }));
    judged(&["-f", "-", "--exit-code"], &json(good.clone()), 0, "");
    judged(&["-f", "-", "--exit-code"], TWO, 9, "wheelhouse: 1 of 2 objects are not Current\n");
    judged(&["-f", "-", "--exit-code"], &json(odd), 9, "wheelhouse: the object is not Current\n");
    judged(
        &["-f", "-", "--exit-code"],
        &json(json!({ "metadata": { "deletionTimestamp": "x" } })),
        9,
        "wheelhouse: the object is not Current\n",
    );
    // A gate is not passed by a command that printed nothing.
    judged(
        &["-f", "-", "--exit-code"],
        "",
        7,
        "wheelhouse: standard input holds no object, so nothing was judged\n  whatever made it printed nothing: that is not the same as all is well\n",
    );
}

#[test]
fn what_cannot_be_done_is_refused_with_its_exit_code() {
    let refused = |arguments: &[&str], input: &str, code: i32, word: &str| {
        let ran = run(arguments, input);
        assert_eq!((ran.code, ran.out.as_str()), (Some(code), ""), "{arguments:?}: {}", ran.said);
        assert!(ran.said.contains(word), "{arguments:?}: {}", ran.said);
    };
    refused(&[], "", 2, "`wheelhouse status -f FILE`");
    refused(&["shop/web", "-f", "-"], "", 2, "cannot be used with");
    refused(&["-f", "-", "--watch"], "", 2, "cannot be used with");
    refused(&["--watch"], "", 2, "RELEASE");
    refused(&["shop/web", "--watch", "--timeout", "0s"], "", 2, "above 0");
    refused(&["shop/web", "--watch", "--timeout", "soon"], "", 2, "not a time");
    refused(&["shop/web", "--watch", "--timeout", "5"], "", 2, "5 needs a unit: 5s, 5m");
    refused(&["--with-pods"], "", 2, "--file <FILE>");
    refused(&["-f", "/nowhere/at/all.json"], "", 7, "/nowhere/at/all.json: No such file");
    refused(&["-f", "-"], "{\"a\":1}\n{\"a\"", 7, "standard input, line 2, column 4: EOF while parsing an object");
    refused(&["-f", "-"], "a: [", 7, "standard input, line 1, column 5: ");
}

/// The same answers as those of the libraries, on the way that a person asks. What is young only for a few seconds is left
/// out, as a busy machine takes longer.
#[test]
fn every_vector_is_answered_by_the_command() {
    let (mut input, mut expected) = (String::new(), Vec::new());
    for (written, core) in CASES.iter().filter_map(|(written, _, case)| Some((written, case.core.as_ref()?))) {
        if written.to_string().contains("\"@-5\"") {
            continue;
        }
        let mut object = written.clone();
        expand(&mut object, Timestamp::now());
        input.push_str(&format!("{object}\n"));
        expected.push(match &core.flux {
            Answer { error, .. } if !error.is_empty() => ("Unknown".to_owned(), String::new(), error.clone()),
            Answer { status, reason, message, .. } => (status.clone(), reason.clone(), message.clone()),
        });
    }
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&file, input).unwrap();
    let ran = run(&["-f", file.path().to_str().unwrap(), "-o", "json"], "");
    assert_eq!((ran.code, ran.said.as_str()), (Some(0), ""));
    let text = |line: &Value, key: &str| line[key].as_str().unwrap().to_owned();
    let actual: Vec<_> = ran
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .map(|line: Value| (text(&line, "status"), text(&line, "reason"), text(&line, "message")))
        .collect();
    assert!(expected.len() > 12_000, "{}", expected.len());
    let differing = actual.iter().zip(&expected).position(|(actual, expected)| actual != expected);
    assert_eq!(differing.map(|place| (&actual[place], &expected[place])), None);
    assert_eq!(actual.len(), expected.len());
}
