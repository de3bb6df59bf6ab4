//! `diff` on the demo: sides, parts, exit codes, and what comes of its patches.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

const RELEASE: &str = "shop/storefront";

fn run(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wheelhouse"));
    command.arg("--demo").args(arguments).stdin(Stdio::null()).env_clear().output().unwrap()
}

/// The exit code, and words of what is said.
#[track_caller]
fn check(arguments: &[&str], code: i32, words: &[&str]) {
    let output = run(arguments);
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
    words.iter().for_each(|word| assert!(said.contains(word), "{arguments:?}: \"{word}\" is not in: {said}"));
}

fn told(arguments: &[&str]) -> Value {
    let output = run(&[arguments, &["-o", "json"]].concat());
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What is changed of each object: kind or name, path, old and new.
fn changes(told: &Value) -> Vec<Value> {
    let objects = told["objects"].as_array().unwrap().iter();
    let of = |object: &Value| {
        let what = if object["kind"] == "" { &object["name"] } else { &object["kind"] };
        let changes = object["changes"].as_array().unwrap().iter();
        changes.map(|change| json!([what, change["path"], change["old"], change["new"]])).collect::<Vec<_>>()
    };
    objects.flat_map(of).collect()
}

/// A folder of its own.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

#[test]
fn a_side_that_is_not_named_is_the_latest_or_the_one_before() {
    let expected = told(&["diff", RELEASE, "1", "2"]);
    assert_eq!((&expected["old"], &expected["new"]), (&json!("revision 1"), &json!("revision 2")));
    assert_eq!(told(&["diff", RELEASE]), expected);
    assert_eq!(told(&["diff", RELEASE, "1"]), expected);
    let live = told(&["diff", RELEASE, "live"]);
    assert_eq!((&live["old"], &live["new"]), (&json!("revision 2"), &json!("live")));
    let turned = told(&["diff", RELEASE, "live", "2"]);
    assert_eq!((&turned["old"], &turned["new"]), (&json!("live"), &json!("revision 2")));
    assert_eq!(changes(&turned).len(), changes(&live).len());
    // Of one revision alone, what is live is the other side.
    let alone = ["the only one stored: compared with what is live", "revision 1 (storefront 1.5.0) -> live"];
    check(&["diff", "search/search"], 0, &alone);
}

#[test]
fn a_rollback_is_called_one() {
    let words = ["revision 10 (storefront 1.5.0) -> revision 11 (storefront 1.4.0, rollback to "];
    check(&["diff", "billing/billing"], 0, &words);
}

#[test]
fn keys_with_dots_are_quoted_but_not_for_programs() {
    let sides = ["diff", RELEASE, "1", "2", "--show-noise"];
    check(&sides, 0, &["~ .metadata.labels.\"helm.sh/chart\": storefront-1.4.0 -> storefront-1.5.0"]);
    let told = told(&sides);
    let paths: Vec<Value> = changes(&told).into_iter().map(|change| change[1].clone()).collect();
    assert!(paths.contains(&json!(".metadata.labels.helm.sh/chart")), "{paths:?}");
}

/// As it is printed, whole.
#[track_caller]
fn printed(name: &str, arguments: &[&str]) {
    let output = run(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    insta::assert_snapshot!(name, String::from_utf8(output.stdout).unwrap());
}

#[test]
fn what_is_printed_reads_as_a_person_would_say_it() {
    printed("diff_1_2", &["diff", RELEASE, "1", "2"]);
    printed("diff_1_2_text", &["diff", RELEASE, "1", "2", "-o", "text"]);
    printed("diff_1_2_json", &["diff", RELEASE, "1", "2", "-o", "json"]);
    printed("diff_live", &["diff", RELEASE, "live"]);
    printed("diff_live_noise", &["diff", RELEASE, "live", "--show-noise"]);
    printed("diff_live_yaml", &["diff", RELEASE, "live", "-o", "yaml"]);
    printed("diff_dry_run", &["diff", RELEASE, "dry-run:1"]);
    printed("diff_defaults", &["diff", RELEASE, "defaults"]);
}

#[test]
fn exit_codes_say_alike_or_different_where_they_are_asked_to() {
    check(&["diff", RELEASE, "1", "2"], 0, &["revision 1 (storefront 1.4.0) -> revision 2 (storefront 1.5.0)"]);
    check(&["diff", RELEASE, "1", "2", "--exit-code"], 1, &["revision 1 and revision 2 differ"]);
    check(&["diff", RELEASE, "2", "2", "--exit-code"], 0, &["alike"]);
    check(&["diff", RELEASE, "dry-run:1", "--exit-code"], 1, &["live -> dry-run of revision 1"]);
}

/// A patch hides no noise: with one in hand, nobody would take an exit code of 0 for "alike" as right.
#[test]
fn the_exit_code_of_a_patch_says_whether_there_is_one() {
    let folder = folder("diff-noise");
    let file = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web, labels: {helm.sh/chart: web-1}}\n";
    let one = file("one.yaml", map);
    let noise = file("noise.yaml", &map.replace("web-1", "web-2"));
    let comment = file("comment.yaml", &format!("# why\n{map}"));
    let exits = |other: &str, more: &[&str], code: i32, words: &[&str]| {
        let sides = ["diff", "-f", &one, "-f", other, "--exit-code"];
        check(&[&sides[..], more].concat(), code, words);
    };
    exits(&noise, &[], 0, &["1 change (chart-labels 1) hidden as noise"]);
    exits(&noise, &["--show-noise"], 1, &["web-1 -> web-2"]);
    exits(&noise, &["-o", "text"], 1, &["+metadata: {name: web, labels: {helm.sh/chart: web-2}}"]);
    exits(&comment, &[], 0, &["1 alike"]);
    exits(&comment, &["-o", "text"], 1, &["+# why"]);
    exits(&file("copy.yaml", map), &["-o", "text"], 0, &[]);
}

#[test]
fn sides_and_parts_that_are_not_there_are_said() {
    check(&["diff", RELEASE, "7"], 6, &["revision 7 of storefront is not stored", "stored are 1, 2"]);
    check(&["diff", RELEASE, "0"], 2, &["0 is no revision: they count from 1"]);
    check(&["diff", RELEASE, "newest"], 2, &["a side is the number of a revision, live"]);
    check(&["diff", "nothing"], 6, &["no release nothing is found"]);
    check(&["diff"], 2, &["name a release", "two files"]);
    check(
        &["diff", RELEASE, "live", "--part", "values"],
        2,
        &["live has no values: there it is only manifest that can be compared"],
    );
    check(&["diff", RELEASE, "live", "defaults"], 2, &["have nothing of one sort that could be compared"]);
    check(
        &["diff", RELEASE, "defaults", "--part", "values"],
        2,
        &["the chart alone has no values: there it is only coalesced"],
    );
    check(&["diff", RELEASE, "1", "2", "--part", "chart"], 0, &["Chart.yaml", "1.4.0", "1.5.0"]);
    check(&["diff", "card-gateway", "--context", "demo-viewer"], 5, &["may not be read"]);
}

#[test]
fn files_are_compared_without_a_cluster() {
    let folder = folder("diff-files");
    let file = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata: {a: \"1\"}\n";
    let one = file("one.yaml", map);
    let other = file("other.yaml", &map.replace("\"1\"", "\"2\""));
    let broken = file("broken.yaml", "apiVersion: v1\nkind: [\n");
    let ours = told(&["diff", "-f", &one, "-f", &other]);
    assert_eq!(changes(&ours), [json!(["ConfigMap", ".data.a", "1", "2"])]);
    check(&["diff", "-f", &one, "-f", &other, "--exit-code"], 1, &["~ .data.a: 1 -> 2", "1 changed"]);
    check(&["diff", "-f", &one], 2, &["-f is there once"]);
    check(&["diff", "-f", &one, "-f", &one], 2, &["both -f name the same file"]);
    check(&["diff", "-f", "-", "-f", "-"], 2, &["standard input can be read once"]);
    check(&["diff", "-f", &one, "-f", &broken], 7, &["broken.yaml, document 1"]);
    check(&["diff", "-f", &one, "-f", "nowhere.yaml"], 7, &["nowhere.yaml: No such file"]);
    check(&["diff", RELEASE, "1", "2", "-f", &one], 2, &["three sides"]);
    check(
        &["diff", RELEASE, "-f", &one],
        0,
        &["revision 2 (storefront 1.5.0) -> ", "added ConfigMap", "removed Deployment"],
    );
}

#[test]
fn a_patch_makes_the_new_manifest_of_the_old_one() {
    let folder = folder("diff-patch");
    let of = |arguments: &[&str]| {
        let output = run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    std::fs::write(folder.join("manifest.yaml"), of(&["manifest", RELEASE, "--revision", "1"])).unwrap();
    std::fs::write(folder.join("the.patch"), of(&["diff", RELEASE, "1", "2", "--part", "manifest", "-o", "text"]))
        .unwrap();
    let patched = Command::new("patch").args(["-p1", "-i", "the.patch"]).current_dir(&folder).output().unwrap();
    assert!(patched.status.success(), "{patched:?}");
    let made = std::fs::read_to_string(folder.join("manifest.yaml")).unwrap();
    assert_eq!(made, String::from_utf8(of(&["manifest", RELEASE, "--revision", "2"])).unwrap());
}

#[test]
fn what_was_masked_before_is_not_told_as_different() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("printed.yaml");
    let manifest = Command::new(env!("CARGO_BIN_EXE_wheelhouse"))
        .args(["--demo", "manifest", "shop/storefront"])
        .env_clear()
        .output()
        .unwrap();
    std::fs::write(&file, manifest.stdout).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_wheelhouse"))
        .args(["--demo", "diff", "shop/storefront", "--exit-code", "-f"])
        .arg(&file)
        .env_clear()
        .output()
        .unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(14), "{said}");
    assert!(said.contains("holds masked values (") && !said.contains("differs"), "{said}");
}
