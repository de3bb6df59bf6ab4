//! Whether the upgrades of the demo's releases go through, without a screen.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::Value;

/// Exit code, standard output and standard error.
fn run(arguments: &[&str], input: &str) -> (Option<i32>, String, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_wheelhouse"))
        .args(["--demo", "preflight"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .env_clear()
        .spawn()
        .unwrap();
    // Who does not read it may be gone.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn the_whole_estate_worst_first() {
    let (code, out, said) = run(&["-A", "--exit-code"], "");
    assert_eq!(code, Some(12), "{said}");
    insta::assert_snapshot!("preflight_of_all", out);
}

#[test]
fn a_release_as_it_is_forced_and_with_another_manifest() {
    let of = |arguments: &[&str], input: &str| {
        let (code, out, said) = run(arguments, input);
        assert_eq!(code, Some(0), "{said}");
        let all: Value = serde_json::from_str(&out).unwrap();
        let release = &all.as_array().unwrap()[0];
        let blocking = release["findings"].as_array().unwrap().iter().filter(|finding| finding["severity"] == "blocks");
        let blocking: Vec<String> = blocking
            .map(|finding| {
                let word = |name: &str| finding[name].as_str().unwrap_or("-").to_owned();
                format!("{} {} {} {}", word("check"), word("kind"), word("name"), word("path"))
            })
            .collect();
        (release["verdict"].as_str().unwrap().to_owned(), blocking)
    };
    let image = "conflict Deployment wiki .spec.template.spec.containers[name=\"web\"].image".to_owned();
    assert_eq!(of(&["legacy/wiki", "-o", "json"], ""), ("blocked".to_owned(), vec![image]));
    let forced = of(&["legacy/wiki", "-o", "json", "--force-conflicts"], "");
    assert_eq!(forced, ("passes".to_owned(), Vec::new()));
    let other = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other}\n---\napiVersion: example.com/v1\nkind: Tab\nmetadata: {name: tab}\n";
    let blocked = vec!["served Tab tab ".to_owned()];
    assert_eq!(of(&["legacy/wiki", "-o", "json", "--manifest", "-"], other), ("blocked".to_owned(), blocked));
}

#[test]
fn without_dry_runs_nothing_is_promised() {
    let (code, out, _) = run(&["checkout/cart", "--no-dry-run"], "");
    assert_eq!(code, Some(0));
    assert!(out.starts_with("unknown  checkout/cart") && out.contains("no dry-run was asked for"), "{out}");
}

#[test]
fn who_may_not_read_or_write_is_told_so() {
    let (code, out, said) = run(&["-A", "--context", "demo-nobody"], "");
    assert_eq!((code, out.as_str()), (Some(5), ""), "{said}");
    let (code, out, said) = run(&["-n", "checkout", "--context", "demo-team"], "");
    assert_eq!(code, Some(0), "{said}");
    insta::assert_snapshot!("preflight_of_a_reader", out);
    let (code, _, said) = run(&["--manifest", "-"], "");
    assert_eq!(code, Some(2), "{said}");
    let (code, _, said) = run(&["legacy/nothing"], "");
    assert_eq!(code, Some(6), "{said}");
}

#[test]
fn what_is_no_manifest_is_refused_with_its_line() {
    for (input, cause) in [("this: [is not", "did not find expected"), ("hello", "it is text and no object")] {
        let (code, out, said) = run(&["shop/storefront", "--manifest", "-"], input);
        assert_eq!((code, out.as_str()), (Some(7), ""), "{said}");
        assert!(said.contains("standard input: document 1 (line ") && said.contains(cause), "{said}");
    }
}
