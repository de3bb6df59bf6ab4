//! Which values are offered for which hotfix, and what is offered where none fits.

use serde_json::json;

use super::*;
use crate::ownership::fate::{Answered, Fate};
use crate::ownership::found::Kind;
use crate::ownership::json_patch::patch;
use crate::ownership::{Path, PathElement, blame};
use crate::schema::Schema;

fn path(steps: &[&str]) -> Path {
    let step = |step: &&str| match step.strip_prefix('@') {
        Some(name) => PathElement::key(vec![("name".to_owned(), name.into())]),
        None => PathElement::field(step),
    };
    Path(steps.iter().map(step).collect())
}

/// An object around one value: the maps and lists that a path goes through.
fn around(path: &Path, value: Option<&Value>) -> Value {
    let object = path.0.iter().rev().fold(value.cloned(), |inner, step| {
        Some(match (step, inner) {
            (PathElement::Field(name), Some(inner)) => json!({ name: inner }),
            (PathElement::Key(keys), inner) => {
                let own = keys.iter().cloned();
                let fields = inner.as_ref().and_then(Value::as_object).cloned().unwrap_or_default();
                json!([own.chain(fields).collect::<Map<String, Value>>()])
            }
            _ => return None,
        })
    });
    object.unwrap_or_else(|| json!({}))
}

/// Of a Deployment `storefront-web`.
fn told(steps: &[&str], manifest: Option<Value>, live: Option<Value>) -> (ObjectReport, Told) {
    let path = path(steps);
    let schema = Schema::default();
    let (of_manifest, of_live) = (around(&path, manifest.as_ref()), around(&path, live.as_ref()));
    let told = Told {
        back: patch(&of_live, &of_manifest, &path, schema.deduced()),
        keep: patch(&of_manifest, &of_live, &path, schema.deduced()),
        finding: Finding { path, kind: Kind::Hotfix, manifest, live, holders: Vec::new(), is_shared: false },
        fate: Fate::Overwritten,
        answered: Answered::Server,
        waits: false,
    };
    let object = ObjectReport {
        api_version: "apps/v1".to_owned(),
        kind: "Deployment".to_owned(),
        namespace: "shop".to_owned(),
        name: "storefront-web".to_owned(),
        told: Vec::new(),
        blame: blame(&json!({}), schema.deduced()),
        parent: None,
        masker: crate::release::mask::Masker::default(),
    };
    (object, told)
}

fn values(all: &Value) -> Values {
    Values { all: all.clone(), app_version: Some("2.10.0".to_owned()), flux: None, is_merged: false }
}

/// The places that are offered, and the patch of the first one where it is clear.
fn check(steps: &[&str], (manifest, live): (Value, Value), all: &Value, places: &[&str], patch: Option<Value>) {
    let some = |value: Value| Some(value).filter(|value| !value.is_null());
    let (object, told) = told(steps, some(manifest), some(live));
    let found = permanent(&object, &told, &values(all));
    let offered: Vec<&str> = found.candidates.iter().map(|candidate| candidate.place.as_str()).collect();
    let clear = found.candidates.first().filter(|_| found.is_clear).map(|candidate| candidate.patch.clone());
    assert_eq!((offered.as_slice(), clear), (places, patch), "{steps:?} in {all}");
}

const MEMORY: &[&str] = &["spec", "template", "spec", "containers", "@web", "resources", "limits", "memory"];
const IMAGE: &[&str] = &["spec", "template", "spec", "containers", "@web", "image"];

#[test]
fn one_value_that_is_equal_and_called_alike_is_clear() {
    let replicas = &["spec", "replicas"];
    let three_to_five = || (json!(3), json!(5));
    check(replicas, three_to_five(), &json!({"replicaCount": 3}), &["replicaCount"], Some(json!({"replicaCount": 5})));
    check(replicas, three_to_five(), &json!({"replicas": "3"}), &["replicas"], Some(json!({"replicas": 5})));
    let nested = json!({"web": {"replicas": 3, "port": 3}, "worker": {"replicas": 4}});
    check(replicas, three_to_five(), &nested, &["web.replicas"], Some(json!({"web": {"replicas": 5}})));
    let limits = json!({"resources": {"limits": {"memory": "128Mi"}, "requests": {"memory": "64Mi"}}});
    let kept = Some(json!({"resources": {"limits": {"memory": "1Gi"}}}));
    check(MEMORY, (json!("128Mi"), json!("1Gi")), &limits, &["resources.limits.memory"], kept);
}

#[test]
fn of_several_none_is_clear_unless_only_one_is_told_by_its_whole_path() {
    let replicas = &["spec", "replicas"];
    let three_to_five = || (json!(3), json!(5));
    let two = json!({"replicas": 3, "replicaCount": 3});
    check(replicas, three_to_five(), &two, &["replicas", "replicaCount"], None);
    let other = json!({"worker": {"replicas": 3}});
    check(replicas, three_to_five(), &other, &["worker.replicas"], None);
    let both = json!({"worker": {"replicas": 3}, "web": {"replicas": 3}});
    let kept = Some(json!({"web": {"replicas": 5}}));
    check(replicas, three_to_five(), &both, &["web.replicas", "worker.replicas"], kept);
}

#[test]
fn what_is_called_otherwise_is_offered_only_where_the_value_tells_something() {
    let class = &["spec", "template", "spec", "priorityClassName"];
    let all = json!({"importance": "business-critical", "count": 3});
    check(class, (json!("business-critical"), json!("low")), &all, &["importance"], None);
    check(&["spec", "replicas"], (json!(3), json!(5)), &json!({"history": 3, "empty": ""}), &[], None);
    check(&["spec", "paused"], (json!(true), json!(false)), &json!({"enabled": true}), &[], None);
}

#[test]
fn an_image_is_put_together_of_its_parts() {
    let moved = || (json!("registry.example.com/web:2.10.0"), json!("registry.example.com/web:hotfix-1"));
    let whole = json!({"image": {"repository": "registry.example.com/web", "tag": "2.10.0"}});
    let tag = || Some(json!({"image": {"tag": "hotfix-1"}}));
    check(IMAGE, moved(), &whole, &["image.tag"], tag());
    // Without a tag the chart takes its appVersion.
    let bare = json!({"image": {"registry": "registry.example.com", "repository": "web", "tag": ""}});
    check(IMAGE, moved(), &bare, &["image.tag"], tag());
    let text = json!({"image": "registry.example.com/web:2.10.0"});
    check(IMAGE, moved(), &text, &["image"], Some(json!({"image": "registry.example.com/web:hotfix-1"})));
    let parts = json!({"image": {"registry": "registry.example.com", "repository": "web", "tag": "2.10.0"}});
    let elsewhere = (json!("registry.example.com/web:2.10.0"), json!("mirror.example.com/team/web:3"));
    let places = "image.registry and image.repository and image.tag";
    let all = Some(json!({"image": {"registry": "mirror.example.com", "repository": "team/web", "tag": "3"}}));
    check(IMAGE, elsewhere, &parts, &[places], all);
    // Another image with the same tag is another image.
    check(IMAGE, moved(), &json!({"image": {"repository": "registry.example.com/db", "tag": "2.10.0"}}), &[], None);
}

#[test]
fn what_was_added_goes_into_a_map_or_list_that_is_called_alike() {
    let annotation = &["spec", "template", "metadata", "annotations", "oncall"];
    let one = (Value::Null, json!("x"));
    let kept = Some(json!({"podAnnotations": {"oncall": "x"}}));
    check(annotation, one.clone(), &json!({"podAnnotations": {}}), &["podAnnotations.oncall"], kept);
    let of_ingress = json!({"ingress": {"annotations": {}}});
    check(annotation, one.clone(), &of_ingress, &["ingress.annotations.oncall"], None);
    let env = &["spec", "template", "spec", "containers", "@web", "env", "@TRACE"];
    let item = || (Value::Null, json!({"name": "TRACE", "value": "1"}));
    // A list is whole: Helm replaces lists.
    let listed = json!({"extraEnv": [{"name": "A", "value": "b"}]});
    let kept = json!({"extraEnv": [{"name": "A", "value": "b"}, {"name": "TRACE", "value": "1"}]});
    check(env, item(), &listed, &["extraEnv"], Some(kept));
    check(env, item(), &json!({"env": {"A": "b"}}), &["env.TRACE"], Some(json!({"env": {"TRACE": "1"}})));
    let limits = Some(json!({"resources": {"limits": {"memory": "1Gi"}}}));
    check(MEMORY, (Value::Null, json!("1Gi")), &json!({"resources": {}}), &["resources.limits.memory"], limits);
    let class = &["spec", "template", "spec", "priorityClassName"];
    let kept = Some(json!({"priorityClassName": "high"}));
    check(class, (Value::Null, json!("high")), &json!({"priorityClassName": ""}), &["priorityClassName"], kept);
}

#[test]
fn what_is_within_a_list_of_values_takes_the_whole_list() {
    let path = &["spec", "template", "spec", "containers", "@web", "env", "@LEVEL", "value"];
    let all = json!({"env": [{"name": "A", "value": "b"}, {"name": "LEVEL", "value": "information"}]});
    let kept = json!({"env": [{"name": "A", "value": "b"}, {"name": "LEVEL", "value": "debug"}]});
    check(path, (json!("information"), json!("debug")), &all, &["env[1].value"], Some(kept));
}

#[test]
fn null_takes_a_default_away_and_maps_are_merged() {
    let map = |value: Value| value.as_object().cloned().unwrap();
    let all = coalesced(&map(json!({"a": {"b": 1, "c": 2}, "d": 3})), &map(json!({"a": {"b": 4}, "d": null, "e": []})));
    assert_eq!(all, json!({"a": {"b": 4, "c": 2}, "e": []}));
}

#[test]
fn secrets_are_never_shown() {
    let password = &["spec", "template", "spec", "containers", "@web", "env", "@DB_PASSWORD", "value"];
    let (object, told) = told(password, Some(json!("hunter22")), Some(json!("hunter23")));
    let all = values(&json!({"db": {"password": "hunter22"}}));
    let said = document(&[(&object, &told)], &all);
    let field = ".spec.template.spec.containers[name=\"web\"].env[name=\"DB_PASSWORD\"].value";
    let why = "its value is secret and is not shown: change it where the chart takes it from";
    assert_eq!(said, format!("# Deployment storefront-web {field}: {why}\n"));
}

#[test]
fn where_no_value_fits_there_is_a_patch_after_rendering() {
    let (object, told) = told(&["spec", "replicas"], Some(json!(3)), Some(json!(5)));
    let key = ObjectKey::new("flux-system", "web");
    let all = Values { flux: Some(key), ..values(&json!({"other": 1})) };
    let expected = "\
# Deployment storefront-web .spec.replicas: no value of the chart has 3 under such a name
---
# patched after rendering, which always works; beside what HelmRelease flux-system/web has there
spec:
  postRenderers:
  - kustomize:
      patches:
      - target:
          version: v1
          kind: Deployment
          name: storefront-web
          group: apps
        patch: |
          - op: test
            path: /spec/replicas
            value: 3
          - op: replace
            path: /spec/replicas
            value: 5
";
    assert_eq!(document(&[(&object, &told)], &all), expected);
}

#[test]
fn what_is_clear_is_one_document_and_no_name_leaves_its_comment() {
    let (object, replicas) = told(&["spec", "replicas"], Some(json!(3)), Some(json!(5)));
    let (_, memory) = told(MEMORY, Some(json!("128Mi")), Some(json!("1Gi")));
    let (_, evil) = told(&["metadata", "annotations", "x\nkubectl delete ns shop"], None, None);
    let all = values(&json!({"replicas": 3, "resources": {"limits": {"memory": "128Mi"}}}));
    let said = document(&[(&object, &replicas), (&object, &memory), (&object, &evil)], &all);
    let field = ".spec.template.spec.containers[name=\"web\"].resources.limits.memory";
    let expected = format!(
        "\
# likely: replicas (now 3) sets Deployment storefront-web .spec.replicas
# likely: resources.limits.memory (now 128Mi) sets Deployment storefront-web {field}
# told by value and name; only the chart's templates decide, so compare what is rendered
# as one more file of helm upgrade -f
replicas: 5
resources:
  limits:
    memory: 1Gi

# Deployment storefront-web .metadata.annotations.x kubectl delete ns shop: somebody took it away, which no value says
"
    );
    assert_eq!(said, expected);
}

#[test]
fn yaml_means_the_same_to_readers_of_the_older_version() {
    let check = |value: Value, expected: &str| assert_eq!(yaml(&value), expected);
    check(
        json!({"a": "on", "b": ["no", "y", "yes please"], "y": {"Off": true}}),
        "a: 'on'\nb:\n- 'no'\n- 'y'\n- yes please\n'y':\n  'Off': true\n",
    );
    check(json!([{"op": "add", "value": "off"}, ["no"]]), "- op: add\n  value: 'off'\n- - 'no'\n");
    check(json!({"text": "one\n- on\nno: yes\n", "after": "no"}), "text: |\n  one\n  - on\n  no: yes\nafter: 'no'\n");
    check(json!({"a": "true", "b": "0777", "c": "1e3", "d": "~"}), "a: 'true'\nb: '0777'\nc: '1e3'\nd: '~'\n");
}
