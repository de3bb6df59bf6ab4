//! Which command undoes what, and what is said of what remains.

use serde_json::{Value, json};

use super::*;
use crate::ownership::fate::Answered;
use crate::ownership::found::{Finding, Kind};
use crate::ownership::json_patch::patch;
use crate::ownership::own::Pair;
use crate::ownership::{Path, blame};
use crate::schema::Schema;

/// How the release is written, and whether its next write takes what others own.
const HELM_3: (Method, bool) = (Method::ClientSide, true);
const HELM_4: (Method, bool) = (Method::ServerSide, false);
const FLUX: (Method, bool) = (Method::ServerSide, true);

fn path(steps: &[&str]) -> Path {
    let step = |step: &&str| match step.strip_prefix('@') {
        Some(name) => PathElement::key(vec![("name".to_owned(), name.into())]),
        None => PathElement::field(step),
    };
    Path(steps.iter().map(step).collect())
}

/// Of the Deployment `shop/web`, whose manifest and live state have these fields beside their names.
fn check(
    (method, is_forced): (Method, bool),
    steps: &[&str],
    manifest: &Value,
    live: &Value,
    expected: (&str, &[&str]),
) {
    let schema = Schema::default();
    let path = path(steps);
    let at = |object: &Value| crate::ownership::place::at(object, &path, schema.deduced()).cloned();
    let by = |manager: &str, operation: &str| {
        json!({"manager": manager, "operation": operation, "apiVersion": "apps/v1", "fieldsType": "FieldsV1",
            "fieldsV1": {"f:spec": {}}})
    };
    let managers = json!([by("kubectl-edit", "Update"), by("platform-team", "Apply")]);
    let whole = json!({"metadata": {"managedFields": managers}});
    let is_applied = steps.contains(&"applied");
    let told = Told {
        finding: Finding {
            kind: Kind::Hotfix,
            manifest: at(manifest),
            live: at(live),
            holders: vec![usize::from(is_applied)],
            is_shared: false,
            path: path.clone(),
        },
        fate: Fate::Survives,
        answered: Answered::Server,
        waits: false,
        back: patch(live, manifest, &path, schema.deduced()),
        keep: Vec::new(),
    };
    let object = ObjectReport {
        api_version: "apps/v1".to_owned(),
        kind: "Deployment".to_owned(),
        namespace: "shop".to_owned(),
        name: "web".to_owned(),
        told: Vec::new(),
        blame: blame(&whole, schema.deduced()),
        parent: None,
        masker: crate::release::mask::Masker::default(),
    };
    let nobody: [Pair<'_>; 0] = [];
    let managers = Managers::read(&nobody, method, "helm", &[]);
    let undone = undo(&object, &told, Of { managers: &managers, is_forced, context: Some("my prod") });
    let command = undone.command.unwrap_or_else(|why| why);
    assert_eq!((command.as_str(), undone.remarks), (expected.0, expected.1.iter().map(ToString::to_string).collect()));
}

const REFUSED: &str = "then holds the field, with the manifest's value: an upgrade that changes it is refused, unless with \
                       --force-conflicts";
const DEFAULT: &str = "where the server sets a default instead, kubectl-patch then holds that";
const TAKEN: &str = "then holds the field, with the manifest's value, until a change of the chart takes it over";

#[test]
fn a_client_side_release_is_undone_by_its_own_name_and_nothing_remains() {
    let (three, five) = (json!({"spec": {"replicas": 3}}), json!({"spec": {"replicas": 5}}));
    let patch = r#"kubectl patch deployment.apps/web --type=json -p '[{"op":"test","path":"/spec/replicas","value":5},{"op":"replace","path":"/spec/replicas","value":3}]' -n shop --context 'my prod' --field-manager=helm"#;
    check(HELM_3, &["spec", "replicas"], &three, &five, (patch, &[]));
}

#[test]
fn a_server_side_release_is_undone_by_name_of_the_command_and_it_is_said_what_that_means() {
    let (three, five) = (json!({"spec": {"replicas": 3}}), json!({"spec": {"replicas": 5}}));
    let scale = "kubectl scale deployment.apps/web --current-replicas=5 --replicas=3 -n shop --context 'my prod'";
    check(HELM_4, &["spec", "replicas"], &three, &five, (scale, &[&format!("kubectl {REFUSED}")]));
    check(FLUX, &["spec", "replicas"], &three, &five, (scale, &[&format!("kubectl {TAKEN}")]));
    let of = |image: &str| json!({"spec": {"template": {"spec": {"containers": [{"name": "x"}, {"name": "web", "image": image}]}}}});
    let image = &["spec", "template", "spec", "containers", "@web", "image"];
    let set = "kubectl set image deployment.apps/web web=repo/web:1 -n shop --context 'my prod'";
    check(FLUX, image, &of("repo/web:1"), &of("repo/web:2"), (set, &[&format!("kubectl-set {TAKEN}")]));
}

#[test]
fn what_was_added_is_taken_away_and_with_it_every_owner() {
    let nothing = json!({"metadata": {"annotations": {}, "labels": {}}, "spec": {}});
    let annotated = json!({"metadata": {"annotations": {"oncall/ticket": "it's"}}});
    let key = &["metadata", "annotations", "oncall/ticket"];
    let away = "kubectl annotate deployment.apps/web oncall/ticket- -n shop --context 'my prod'";
    check(FLUX, key, &nothing, &annotated, (away, &[]));
    let back = "kubectl annotate deployment.apps/web 'oncall/ticket=it'\\''s' --overwrite -n shop --context 'my prod'";
    check(FLUX, key, &annotated, &nothing, (back, &[&format!("kubectl-annotate {TAKEN}")]));
    let labelled = json!({"metadata": {"labels": {"team": "a"}}});
    let away = "kubectl label deployment.apps/web team- -n shop --context 'my prod' --field-manager=helm";
    check(HELM_3, &["metadata", "labels", "team"], &nothing, &labelled, (away, &[]));
}

#[test]
fn who_applies_it_sets_it_again() {
    let live = json!({"spec": {"applied": "x"}});
    let patch = r#"kubectl patch deployment.apps/web --type=json -p '[{"op":"test","path":"/spec/applied","value":"x"},{"op":"remove","path":"/spec/applied"}]' -n shop --context 'my prod'"#;
    let again = "platform-team applies it: its next apply sets it again, unless it is taken out there";
    check(FLUX, &["spec", "applied"], &json!({"spec": {}}), &live, (patch, &[DEFAULT, again]));
}

#[test]
fn secrets_and_control_characters_reach_no_command() {
    let of = |value: &str| {
        let env = json!([{"name": "DB_PASSWORD", "value": value}]);
        json!({"spec": {"template": {"spec": {"containers": [{"name": "web", "env": env}]}}}})
    };
    let password = &["spec", "template", "spec", "containers", "@web", "env", "@DB_PASSWORD", "value"];
    let why = "the manifest's value is secret and is not shown: take it from the chart";
    check(FLUX, password, &of("hunter22"), &of("hunter23"), (why, &[]));
    let item = &["spec", "template", "spec", "containers", "@web", "env", "@DB_PASSWORD"];
    let without = json!({"spec": {"template": {"spec": {"containers": [{"name": "web"}]}}}});
    let patch = r#"kubectl patch deployment.apps/web --type=json -p '[{"op":"test","path":"/spec/template/spec/containers/0/name","value":"web"},{"op":"test","path":"/spec/template/spec/containers/0/env/0/name","value":"DB_PASSWORD"},{"op":"remove","path":"/spec/template/spec/containers/0/env/0"}]' -n shop --context 'my prod'"#;
    check(FLUX, item, &without, &of("hunter23"), (patch, &[DEFAULT]));
    let key = &["metadata", "annotations", "a"];
    let of = |text: &str| json!({"metadata": {"annotations": {"a": text}}});
    let patch = "kubectl patch deployment.apps/web --type=json -p '[{\"op\":\"test\",\"path\":\"/metadata/annotations/a\",\"value\":\"y\"},{\"op\":\"replace\",\"path\":\"/metadata/annotations/a\",\"value\":\"\\u001b[2J\"}]' -n shop --context 'my prod'";
    check(FLUX, key, &of("\u{1b}[2J"), &of("y"), (patch, &[&format!("kubectl-patch {TAKEN}")]));
}

#[test]
fn a_word_is_one_word_to_a_shell() {
    let check = |word: &str, expected: &str| assert_eq!(quoted(word), expected);
    check("web=repo/web:1", "web=repo/web:1");
    check("", "''");
    check("a b", "'a b'");
    check("it's $HOME `x`", r"'it'\''s $HOME `x`'");
    check("a\nb", "'a\nb'");
    check("~x", "'~x'");
}
