//! Differences beside the real thing: what edits leave of live objects, what a write really makes, revisions that are damaged or gone.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::Case;
use crate::client::{json as told, run};
use crate::cluster::{Cluster, Helm, User};
use crate::fates::edits::{EDITS, Edit, SHAPES, Sort};
use crate::fates::site::{By, NAME, Site};
use crate::screen::start;

pub const CASES: &[Case] = &[
    Case::shared("labels_alone", labels_alone),
    Case::shared("live_by_helm_3", |cluster| live(cluster, "diff-helm3", By::Helm3)),
    Case::shared("live_by_helm_4", |cluster| live(cluster, "diff-helm4", By::Helm4)),
    Case::shared("live_by_flux", |cluster| live(cluster, "diff-flux", By::Flux("warn"))),
    Case::shared("shapes_by_helm_4", |cluster| shapes(cluster, "diff-shapes4", By::Helm4)),
    Case::shared("dry_run_is_what_an_upgrade_makes", |cluster| {
        dry_run(cluster, "diff-dry4", By::Helm4);
        dry_run(cluster, "diff-dry3", By::Helm3);
    }),
    Case::shared("damaged_and_gone", damaged),
    Case::shared("pruned_while_open", pruned),
    Case::shared("forbidden", forbidden),
];

fn objects(told: &Value) -> &Vec<Value> {
    told["objects"].as_array().unwrap()
}

/// Kind and path of each change that is no default.
fn written(told: &Value) -> BTreeSet<(String, String)> {
    let of = |object: &Value| {
        let kind = object["kind"].as_str().unwrap().to_owned();
        let changes = object["changes"].as_array().unwrap().clone().into_iter();
        let changes = changes.filter(|change| change["hidden_by"] != "filled-in");
        changes.map(move |change| (kind.clone(), change["path"].as_str().unwrap().to_owned())).collect::<Vec<_>>()
    };
    objects(told).iter().flat_map(of).collect()
}

/// A chart of 48 objects whose labels say its version, and of which one has a line more.
fn chart(cluster: &Cluster, version: &str, line: &str) -> PathBuf {
    let folder = cluster.folder().join("labelled");
    std::fs::create_dir_all(folder.join("templates")).unwrap();
    let name = format!("apiVersion: v2\nname: labelled\nversion: {version}\nappVersion: \"{version}\"\n");
    std::fs::write(folder.join("Chart.yaml"), name).unwrap();
    let template = r#"{{ range $place := until 48 }}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ $.Release.Name }}-{{ $place }}
  labels:
    app.kubernetes.io/version: {{ $.Chart.AppVersion | quote }}
    helm.sh/chart: "{{ $.Chart.Name }}-{{ $.Chart.Version }}"
data: {place: "{{ $place }}"{{ if eq $place 31 }}LINE{{ end }}}
{{ end }}"#;
    std::fs::write(folder.join("templates/all.yaml"), template.replace("LINE", line)).unwrap();
    folder
}

fn labels_alone(cluster: &'static Cluster) {
    let place = ["--namespace", "diff-labels"];
    cluster.apply("apiVersion: v1\nkind: Namespace\nmetadata: {name: diff-labels}\n");
    for (verb, version, line) in
        [("install", "1.0.0", ""), ("upgrade", "1.1.0", ""), ("upgrade", "1.2.0", ", one: more")]
    {
        let chart = chart(cluster, version, line);
        let words = [&[verb, "labelled", chart.to_str().unwrap()][..], &place].concat();
        cluster.helm(Helm::V4, &words, &[]).expect_success();
    }
    let release = "diff-labels/labelled";
    let bumped = told(cluster, User::Admin, &["diff", release, "1", "2", "-o", "json", "--exit-code"]);
    assert_eq!(bumped["objects"], json!([]), "{bumped:#}");
    assert_eq!((&bumped["hidden"]["objects"], &bumped["hidden"]["changes"]), (&json!(48), &json!(96)), "{bumped:#}");
    let one = told(cluster, User::Admin, &["diff", release, "-o", "json"]);
    let [object] = objects(&one).as_slice() else { panic!("{one:#}") };
    assert_eq!((&object["name"], &one["hidden"]["objects"]), (&json!("labelled-31"), &json!(47)));
    let changes = json!([{"path": ".data.one", "op": "add", "old": null, "new": "more", "hidden_by": null}]);
    assert_eq!(object["changes"], changes);
    let output = run(cluster, User::Admin, &["diff", release, "--exit-code"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
}

/// What is edited is told of, field by field, and nothing else.
fn edited(site: &Site, edits: &[Edit]) {
    let release = format!("{}/{NAME}", site.namespace);
    let live = || told(site.cluster, User::Admin, &["diff", &release, "live", "--show-noise", "-o", "json"]);
    let untouched = live();
    assert_eq!(untouched["faults"], json!([]), "{:?}: {untouched:#}", site.by);
    assert_eq!(written(&untouched), BTreeSet::new(), "{:?}: {untouched:#}", site.by);
    for edit in edits {
        edit.act.run(site);
    }
    let found = live();
    let differs = |sort: Sort| match sort {
        Sort::Changed | Sort::Widened | Sort::Added | Sort::Taken | Sort::Left | Sort::Scaled => true,
        Sort::Equal => false,
    };
    let finds = edits.iter().flat_map(|edit| edit.finds);
    // What kubectl keeps for itself is nobody's field.
    let finds = finds.filter(|find| differs(find.sort) && !find.path.ends_with("last-applied-configuration"));
    let expected: Vec<(&str, &str)> = finds.map(|find| (find.kind, find.path)).collect();
    let written = written(&found);
    let meets = |(kind, path): (&str, &str), other: (&str, &str)| {
        kind == other.0 && (path.starts_with(other.1) || other.1.starts_with(path))
    };
    for find in &expected {
        let is_told = written.iter().any(|(kind, path)| meets((kind, path), *find));
        assert!(is_told, "{:?}: {find:?} is not in {written:#?}", site.by);
    }
    for (kind, path) in &written {
        let is_edited = expected.iter().any(|find| meets((kind, path), *find));
        assert!(is_edited, "{:?}: nobody edited {kind} {path}: {found:#}", site.by);
    }
}

fn live(cluster: &'static Cluster, namespace: &str, by: By) {
    edited(&Site::make(cluster, namespace, by), EDITS);
}

fn shapes(cluster: &'static Cluster, namespace: &str, by: By) {
    edited(&Site::make(cluster, namespace, by), SHAPES);
}

/// The dry-run of a revision differs from that revision as the live objects do after it was written.
fn dry_run(cluster: &'static Cluster, namespace: &str, by: By) {
    let site = Site::make(cluster, namespace, by);
    let release = format!("{namespace}/{NAME}");
    let more = json!({"replicas": 4, "config": {"LOG_LEVEL": "debug", "ONLY_HERE": "yes"}});
    site.upgrade(&more, &[]).expect_success();
    let place = ["--namespace", namespace];
    cluster.kubectl(&[&["annotate", "deployment", NAME, "example.com/ticket=4711"][..], &place].concat());
    cluster.kubectl(&[&["delete", "service", NAME][..], &place].concat());
    let compare = |sides: [&str; 2]| {
        let told = told(cluster, User::Admin, &["diff", &release, sides[0], sides[1], "-o", "json"]);
        assert_eq!(told["faults"], json!([]), "{by:?} {sides:?}: {told:#}");
        told
    };
    let ahead = compare(["live", "dry-run:1"]);
    let changes: BTreeSet<&str> = objects(&ahead).iter().filter_map(|object| object["change"].as_str()).collect();
    assert_eq!(changes, BTreeSet::from(["added", "changed"]), "{by:?}: the Service comes back: {ahead:#}");
    let tried = compare(["1", "dry-run:1"]);
    site.upgrade(&json!({}), &[]).expect_success();
    let made = compare(["1", "live"]);
    assert_eq!(tried["objects"], made["objects"], "{by:?}");
    assert!(tried.to_string().contains("4711"), "{tried:#}");
}

fn damaged(cluster: &'static Cluster) {
    let place = ["--namespace", "diff-damaged"];
    cluster.apply("apiVersion: v1\nkind: Namespace\nmetadata: {name: diff-damaged}\n");
    for (verb, version) in [("install", "1.0.0"), ("upgrade", "1.1.0"), ("upgrade", "1.2.0")] {
        let chart = cluster.charts().package("settings", version);
        let words = [&[verb, "settings", chart.to_str().unwrap()][..], &place].concat();
        cluster.helm(Helm::V4, &words, &[]).expect_success();
    }
    let check = |sides: &[&str], code: i32, words: &[&str]| {
        let output = run(cluster, User::Admin, &[&["diff", "diff-damaged/settings"][..], sides].concat());
        let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "{sides:?}: {said}");
        words.iter().for_each(|word| assert!(said.contains(word), "{sides:?}: {word} is not in {said}"));
    };
    let secret = "sh.helm.release.v1.settings.v2";
    // "H4sI" begins a gzip stream in base64; the rest is cut off.
    let body = json!({"data": {"release": "SDRzSUFBQUFBQUFBL3c9PQ=="}}).to_string();
    cluster.kubectl(&[&["patch", "secret", secret, "--type=merge", "-p", &body][..], &place].concat());
    let unreadable =
        ["revision 2 of settings cannot be read: the gzip stream is damaged", "others that are stored: 1, 3"];
    check(&["1", "2"], 7, &unreadable);
    check(&[], 7, &unreadable);
    check(&["1", "3"], 0, &["revision 1 (settings 1.0.0) -> revision 3 (settings 1.2.0)"]);
    check(&["live"], 0, &["revision 3 (settings 1.2.0) -> live"]);
    cluster.kubectl(&[&["delete", "secret", secret][..], &place].concat());
    check(&[], 0, &["between revisions 1 and 3 none is stored", "revision 1 (settings 1.0.0) -> revision 3"]);
    check(&["2"], 6, &["revision 2 of settings is not stored", "stored are 1, 3"]);
}

/// A revision goes away under a comparison that is open, and under one that is about to read it.
fn pruned(cluster: &'static Cluster) {
    let place = ["--namespace", "diff-pruned"];
    cluster.apply("apiVersion: v1\nkind: Namespace\nmetadata: {name: diff-pruned}\n");
    let write = |verb: &str, version: &str| {
        let chart = cluster.charts().package("settings", version);
        let words = [&[verb, "settings", chart.to_str().unwrap()][..], &place].concat();
        cluster.helm(Helm::V4, &words, &[]).expect_success();
    };
    let prune = |revision: u32| {
        let secret = format!("sh.helm.release.v1.settings.v{revision}");
        cluster.kubectl(&[&["delete", "secret", &secret][..], &place].concat());
    };
    write("install", "1.0.0");
    write("upgrade", "1.1.0");
    let mut terminal = start(cluster, User::Admin, &["-n", "diff-pruned"], (120, 40));
    let row = |version: &'static str| move |screen: &str| screen.lines().any(|line| line.contains(version));
    terminal.wait("the row with its chart", row("settings 1.1.0"));
    terminal.keys("D");
    let sides = "rev 1 (1.0.0) -> rev 2 (1.1.0)";
    let told = |screen: &str| screen.contains(sides) && screen.contains("Chart.yaml  ~ changed");
    let before = terminal.wait("the comparison", told);
    assert!(!before.contains("meanwhile"), "{before}");
    prune(1);
    let gone = "revision 1 was pruned meanwhile; what was read of it stays";
    terminal.wait("what went away to be said", |screen| screen.contains(gone) && told(screen));
    terminal.keys("f\x1b");
    terminal.wait_for("NAMESPACE");
    write("upgrade", "1.2.0");
    terminal.wait("the row with the newer chart", row("settings 1.2.0"));
    // While it stands still, the revision is there for it: it asks for what is not there any more.
    terminal.signal("STOP");
    prune(2);
    terminal.keys("D");
    terminal.signal("CONT");
    terminal.wait_for("revision 2 is not stored any more");
    terminal.keys("<revision 3\r");
    terminal.keys(">live\r");
    terminal.wait("another comparison", |screen| {
        screen.contains("revision 3 -> live") && !screen.contains("reading") && !screen.contains("comparing")
    });
    terminal.keys("\x1b");
    terminal.wait_for("NAMESPACE");
    terminal.keys("h");
    terminal.wait_for("1 to 2 not stored (pruned by maxHistory, or deleted)");
    terminal.keys("Q");
    assert!(terminal.ended().success());
}

/// Who may read no Secrets cannot compare.
fn forbidden(cluster: &'static Cluster) {
    let site = Site::make(cluster, "diff-forbidden", By::Flux("warn"));
    let output = run(cluster, User::Viewer, &["diff", &format!("{}/{NAME}", site.namespace)]);
    assert_eq!(output.status.code(), Some(5), "{output:?}");
}
