//! What each rule hides, and what it must not hide.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use serde_json::{Value as Json, json};

use super::*;
use crate::diff::{Body, Document, Part, Side, semantic};
use crate::release::ObjectId;
use crate::release::mask::Masker;
use crate::schema::Schema;

fn document(part: Part, object: &Json) -> Document {
    let text = |pointer: &str| object.pointer(pointer).and_then(Json::as_str).unwrap_or_default().to_owned();
    let api_version = text("/apiVersion");
    let group = api_version.split_once('/').map_or("", |(group, _)| group).to_owned();
    Document {
        part,
        id: ObjectId::new(group, text("/kind"), "shop", text("/metadata/name")),
        api_version,
        source: None,
        body: Body::Fields(object.clone()),
        assumed: BTreeSet::new(),
    }
}

fn side(part: Part, objects: &[Json]) -> Side {
    let documents = objects.iter().map(|object| document(part, object)).collect();
    Side { documents, parts: [part].into(), ..Side::default() }
}

fn compared(old: &Side, new: &Side, rules: &[Rule]) -> Diff {
    let mut tell = |_| ControlFlow::Continue(());
    let schema = Schema::default();
    semantic::diff(old, new, &schema, rules, &Masker::default(), &mut tell).unwrap()
}

/// The changes that are left, and each that is hidden, with the rule.
fn told(diff: &Diff) -> (Vec<String>, Vec<String>) {
    let of = |entry: &Entry, change: &FieldChange| {
        let field = change.field();
        let field = if field.is_empty() { <&str>::from(entry.change).to_owned() } else { field };
        format!("{}{field}", if diff.entries.len() == 1 { String::new() } else { format!("{} ", entry.id.name) })
    };
    let (mut shown, mut hidden) = (Vec::new(), Vec::new());
    for (entry, change) in diff.entries.iter().flat_map(|entry| entry.changes(true).map(move |change| (entry, change)))
    {
        match &change.hidden_by {
            None => shown.push(of(entry, change)),
            Some(rule) => hidden.push(format!("{}: {rule}", of(entry, change))),
        }
    }
    // In no order of their own: that is the comparison's.
    shown.sort();
    hidden.sort();
    (shown, hidden)
}

/// What is shown and what is hidden of objects that become others, in a part.
fn check_in(part: Part, old: &[Json], new: &[Json], shown: &[&str], hidden: &[&str]) {
    let diff = compared(&side(part, old), &side(part, new), &shipped());
    let own = |all: &[&str]| {
        let mut all: Vec<String> = all.iter().map(|one| (*one).to_owned()).collect();
        all.sort();
        all
    };
    assert_eq!(told(&diff), (own(shown), own(hidden)), "{old:?} {new:?}");
}

fn check(old: &Json, new: &Json, shown: &[&str], hidden: &[&str]) {
    check_in(Part::Manifest, std::slice::from_ref(old), std::slice::from_ref(new), shown, hidden);
}

fn object(kind: &str, fields: &Json) -> Json {
    let mut object = json!({"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": "web"}});
    for (key, value) in fields.as_object().unwrap() {
        match (object.get_mut(key).and_then(Json::as_object_mut), value) {
            (Some(known), Json::Object(more)) => known.extend(more.clone()),
            _ => object[key] = value.clone(),
        }
    }
    object
}

fn labelled(labels: &Json) -> Json {
    object("Deployment", &json!({"metadata": {"labels": labels}}))
}

fn annotated(annotations: &Json) -> Json {
    object("Deployment", &json!({"metadata": {"annotations": annotations}}))
}

#[test]
fn labels_of_the_version_are_noise_wherever_labels_stand() {
    check(
        &labelled(
            &json!({"helm.sh/chart": "web-1.0.0", "app.kubernetes.io/version": "1", "app": "web", "chart": "web-1.0.0", "heritage": "Tiller"}),
        ),
        &labelled(
            &json!({"helm.sh/chart": "web-1.1.0", "app.kubernetes.io/version": "2", "app": "shop", "chart": "web-1.1.0-rc.1", "heritage": "Helm"}),
        ),
        &[".metadata.labels.app"],
        &[
            ".metadata.labels.helm.sh/chart: chart-labels",
            ".metadata.labels.app.kubernetes.io/version: chart-labels",
            ".metadata.labels.chart: chart-labels",
            ".metadata.labels.heritage: chart-labels",
        ],
    );
    let template = |chart: &str| {
        object("Deployment", &json!({"spec": {"template": {"metadata": {"labels": {"helm.sh/chart": chart}}}}}))
    };
    check(&template("a-1"), &template("a-2"), &[], &[".spec.template.metadata.labels.helm.sh/chart: chart-labels"]);
    let labels = |labels: &Json| object("Deployment", &json!({"metadata": {"labels": labels}}));
    check(
        &object("Deployment", &json!({})),
        &labels(&json!({"helm.sh/chart": "a-1"})),
        &[],
        &[".metadata.labels: chart-labels"],
    );
    check(
        &labels(&json!({"helm.sh/chart": "a-1", "app": "x"})),
        &labels(&json!({"app": "x"})),
        &[],
        &[".metadata.labels.helm.sh/chart: chart-labels"],
    );
}

#[test]
fn what_only_looks_like_a_label_of_the_version_is_shown() {
    // A labels map of which a part is noise.
    check(
        &object("Deployment", &json!({})),
        &labelled(&json!({"helm.sh/chart": "a-1", "app": "x"})),
        &[".metadata.labels"],
        &[],
    );
    // Selectors, which find other objects afterwards or cannot be changed.
    let selector =
        |chart: &str| object("Deployment", &json!({"spec": {"selector": {"matchLabels": {"helm.sh/chart": chart}}}}));
    check(&selector("a-1"), &selector("a-2"), &[".spec.selector.matchLabels.helm.sh/chart"], &[]);
    let service =
        |version: &str| object("Service", &json!({"spec": {"selector": {"app.kubernetes.io/version": version}}}));
    check(&service("1"), &service("2"), &[".spec.selector.app.kubernetes.io/version"], &[]);
    // What the API server refuses to change.
    let job =
        |chart: &str| object("Job", &json!({"spec": {"template": {"metadata": {"labels": {"helm.sh/chart": chart}}}}}));
    check(&job("a-1"), &job("a-2"), &[".spec.template.metadata.labels.helm.sh/chart"], &[]);
    let field = ".spec.template.metadata.labels.helm.sh/chart: chart-labels";
    check_in(Part::Hooks, &[job("a-1")], &[job("a-2")], &[], &[field]);
    // Labels of another meaning, annotations of the same name, and values.
    check(&labelled(&json!({"chart": "line"})), &labelled(&json!({"chart": "bars"})), &[".metadata.labels.chart"], &[]);
    check(
        &labelled(&json!({"heritage": "Helm"})),
        &labelled(&json!({"heritage": "mine"})),
        &[".metadata.labels.heritage"],
        &[],
    );
    check(
        &labelled(&json!({"version": "v1"})),
        &labelled(&json!({"version": "v2"})),
        &[".metadata.labels.version"],
        &[],
    );
    check(
        &annotated(&json!({"helm.sh/chart": "a-1"})),
        &annotated(&json!({"helm.sh/chart": "a-2"})),
        &[".metadata.annotations.helm.sh/chart"],
        &[],
    );
    let values = |chart: &str| json!({"metadata": {"labels": {"helm.sh/chart": chart}}});
    check_in(Part::Values, &[values("a-1")], &[values("a-2")], &[".metadata.labels.helm.sh/chart"], &[]);
    // Objects that come and go.
    let one = [labelled(&json!({"helm.sh/chart": "a-1"}))];
    check_in(Part::Manifest, &[], &one, &["added"], &[]);
    check_in(Part::Manifest, &one, &[], &["removed"], &[]);
}

#[test]
fn checksums_are_noise_where_they_are_digests() {
    let hidden = |key: &str| format!(".metadata.annotations.{key}: checksums");
    let shown = |key: &str| format!(".metadata.annotations.{key}");
    let noted = |key: &str, old: &str, new: &str, is_hidden: bool| {
        let (old, new) = (annotated(&json!({key: old})), annotated(&json!({key: new})));
        let (field, rule) = (shown(key), hidden(key));
        let (left, gone): (&[&str], &[&str]) = if is_hidden { (&[], &[&rule]) } else { (&[&field], &[]) };
        check(&old, &new, left, gone);
    };
    let (one, other) = ("9f86d081884c7d65", "60303ae22b998861");
    noted("checksum/config", one, other, true);
    noted("checksum/config", "***", "*** (differs)", true);
    noted("example.com/config-hash", "sha256:9f86d0818", "sha256:60303ae22", true);
    noted("configChecksum", "1234567890", "2345678901", true);
    noted("checksum/config", "enabled", "disabled", false);
    noted("checksum/config", "web01 on", "web02 on", false);
    noted("haproxy.org/hash-type", "map-based", "consistent", false);
    noted("nginx.org/lb-method-hash", "ip1", "ip2", false);
    noted("example.com/sum", one, other, false);
    check(
        &labelled(&json!({"checksum": one})),
        &labelled(&json!({"checksum": other})),
        &[".metadata.labels.checksum"],
        &[],
    );
}

#[test]
fn times_are_noise_where_both_sides_have_one() {
    let noted = |key: &str, old: Json, new: Json, is_hidden: bool| {
        let field = format!(".metadata.annotations.{key}");
        let rule = format!("{field}: timestamps");
        let (left, gone): (&[&str], &[&str]) = if is_hidden { (&[], &[&rule]) } else { (&[&field], &[]) };
        check(&annotated(&json!({key: old})), &annotated(&json!({key: new})), left, gone);
    };
    let (one, other) = ("2026-01-02T03:04:05Z", "2026-01-02T04:05:06+01:00");
    noted("kubectl.kubernetes.io/restartedAt", one.into(), other.into(), true);
    noted("example.com/whatever", one.into(), other.into(), true);
    noted("rollme", "x7Kq2".into(), "p9Zw4".into(), true);
    noted("timestamp", "1700000000".into(), "1700000100".into(), true);
    noted("deploy-date", "1700000000123".into(), "1700000100123".into(), true);
    noted("example.com/size", "1700000000".into(), "1700000100".into(), false);
    noted("timestamp", "never".into(), one.into(), false);
    noted("timestamp", "5".into(), "6".into(), false);
    // Somebody restarted it: that is news.
    check(
        &annotated(&json!({"a": "b"})),
        &annotated(&json!({"a": "b", "kubectl.kubernetes.io/restartedAt": one})),
        &[".metadata.annotations.kubectl.kubernetes.io/restartedAt"],
        &[],
    );
    let until = |time: &str| object("Silence", &json!({"spec": {"endsAt": time}}));
    check(&until(one), &until(other), &[".spec.endsAt"], &[]);
}

fn named(kind: &str, name: &str, fields: &Json) -> Json {
    let mut object = object(kind, fields);
    object["metadata"]["name"] = name.into();
    object
}

fn config(name: &str, level: &str) -> Json {
    named("ConfigMap", name, &json!({"data": {"level": level}}))
}

#[test]
fn generated_names_are_noise_where_the_objects_are_alike() {
    let web = |name: &str| object("Deployment", &json!({"spec": {"config": {"configMap": {"name": name}}}}));
    let reference = "web .spec.config.configMap.name";
    let both = |level: &str, name: &str| [config(name, level), web(name)];
    check_in(
        Part::Manifest,
        &both("info", "config-x2x9k"),
        &both("info", "config-b7f4d"),
        &[],
        &[
            "config-b7f4d added: generated-names",
            "config-x2x9k removed: generated-names",
            "web .spec.config.configMap.name: generated-names",
        ],
    );
    // Of another content the name is the smaller part.
    let shown = ["config-b7f4d added", "config-x2x9k removed", reference];
    check_in(Part::Manifest, &both("info", "config-x2x9k"), &both("debug", "config-b7f4d"), &shown, &[]);
    // A reference to what the release does not have.
    check(&web("config-x2x9k"), &web("config-b7f4d"), &[".spec.config.configMap.name"], &[]);
    // An object that refers to another, and labels of the version: alike once the other was found to be.
    let job = |name: &str, config: &str, chart: &str| {
        named("Job", name, &json!({"metadata": {"labels": {"helm.sh/chart": chart}}, "spec": {"config": config}}))
    };
    check_in(
        Part::Manifest,
        &[job("a-7f9c8d6b5c", "config-x2x9k", "web-1"), config("config-x2x9k", "info")],
        &[job("a-5d6f7b8c9d", "config-b7f4d", "web-2"), config("config-b7f4d", "info")],
        &[],
        &[
            "a-5d6f7b8c9d added: generated-names",
            "a-7f9c8d6b5c removed: generated-names",
            "config-b7f4d added: generated-names",
            "config-x2x9k removed: generated-names",
        ],
    );
}

#[test]
fn names_that_somebody_chose_are_shown() {
    let renamed = |old: &str, new: &str| {
        let (old, new) = (config(old, "info"), config(new, "info"));
        let names = [&new, &old].map(|object| object["metadata"]["name"].as_str().unwrap().to_owned());
        let shown = [format!("{} added", names[0]), format!("{} removed", names[1])];
        check_in(Part::Manifest, &[old], &[new], &[&shown[0], &shown[1]], &[]);
    };
    renamed("web-blue1", "web-green");
    renamed("web01", "web02");
    renamed("app-web01", "app-web02");
    renamed("app-v1", "app-v2");
    renamed("app-redis", "app-nginx");
    renamed("migrate-1", "migrate-2");
    renamed("migrate-20260101", "migrate-20260201");
    renamed("x2x9k", "b7f4d");
    renamed("one-x2x9k", "two-x2x9k");
    renamed("app-x2x9k", "app-b7f4d2k");
    renamed("app-x2x9k", "app-b7f4d-web");
}

#[test]
fn what_cannot_be_told_to_be_alike_is_shown() {
    let secret = |name: &str| named("Secret", name, &json!({"data": {"token": "aHVudGVyMg=="}}));
    let names = ["app-b7f4d added", "app-x2x9k removed"];
    check_in(Part::Manifest, &[secret("app-x2x9k")], &[secret("app-b7f4d")], &names, &[]);
    // Two that could have become the one.
    check_in(
        Part::Manifest,
        &[config("app-x2x9k", "info"), config("app-7c5d4", "info")],
        &[config("app-b7f4d", "info")],
        &["app-7c5d4 removed", "app-b7f4d added", "app-x2x9k removed"],
        &[],
    );
    let other = |name: &str| named("Role", name, &json!({"data": {"level": "info"}}));
    check_in(Part::Manifest, &[config("app-x2x9k", "info")], &[other("app-b7f4d")], &names, &[]);
}

#[test]
fn what_nobody_wrote_is_noise_on_the_side_that_has_it() {
    let manifest = object("Deployment", &json!({"spec": {"ports": [{"port": 80}]}}));
    let live = object(
        "Deployment",
        &json!({"spec": {
            "replicas": 1,
            "ports": [{"port": 80}],
            "strategy": {"type": "RollingUpdate", "rolling/update": {"maxSurge": "25%"}},
            "hotfix": {"a": 1, "b": 2},
        }}),
    );
    let assumed = |pointers: &[&str]| {
        let mut side = side(Part::Manifest, std::slice::from_ref(&live));
        side.documents[0].assumed = pointers.iter().map(|pointer| (*pointer).to_owned()).collect();
        side
    };
    let check = |pointers: &[&str], shown: &[&str], hidden: &[&str]| {
        let own = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>();
        let hidden = own(hidden).iter().map(|field| format!("{field}: filled-in")).collect::<Vec<_>>();
        let plain = side(Part::Manifest, std::slice::from_ref(&manifest));
        let live = assumed(pointers);
        assert_eq!(told(&compared(&plain, &live, &shipped())), (own(shown), hidden.clone()), "{pointers:?}");
        assert_eq!(told(&compared(&live, &plain, &shipped())), (own(shown), hidden), "{pointers:?}, the other way");
    };
    let all = [".spec.hotfix", ".spec.replicas", ".spec.strategy"];
    check(&[], &all, &[]);
    check(&["/spec/replicas"], &[".spec.hotfix", ".spec.strategy"], &[".spec.replicas"]);
    check(&["/spec/strategy/type"], &all, &[".spec.strategy.type"]);
    check(
        &["/spec/strategy/type", "/spec/strategy/rolling~1update/maxSurge", "/spec/hotfix/a"],
        &[".spec.hotfix", ".spec.replicas"],
        &[".spec.hotfix.a", ".spec.strategy"],
    );
    check(&["/spec"], &[], &all);
    // What the manifest has as well is no default of anybody's.
    let scaled = side(Part::Manifest, &[object("Deployment", &json!({"spec": {"replicas": 3}}))]);
    let live = {
        let mut side = side(Part::Manifest, &[object("Deployment", &json!({"spec": {"replicas": 5}}))]);
        side.documents[0].assumed = ["/spec/replicas".to_owned()].into();
        side
    };
    assert_eq!(told(&compared(&scaled, &live, &shipped())), (vec![".spec.replicas".to_owned()], vec![]));
}

#[test]
fn items_are_found_by_what_tells_them_apart() {
    use crate::ownership::{Path, PathElement};
    let ports = json!([{"port": 80, "protocol": "UDP"}, {"port": 80}]);
    let body = json!({"ports": ports, "args": ["a", "b"], "a/b": {"c~d": 1}});
    let keys = json!(["port", "protocol"]);
    let item = json!({"type": "object", "properties": {"protocol": {"type": "string", "default": "TCP"}}});
    let list =
        json!({"type": "array", "items": item, "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": keys});
    let service = json!({
        "type": "object",
        "properties": {"ports": list},
        "x-kubernetes-group-version-kind": [{"group": "apps", "version": "v1", "kind": "Service"}]
    });
    let schema = Schema::from_openapi(&json!({"openapi": "3.0.0", "components": {"schemas": {"Service": service}}}));
    let schema = schema.unwrap();
    let check = |path: Vec<PathElement>, pointer: &str| {
        let mut document = document(Part::Manifest, &object("Service", &body));
        document.assumed = [pointer.to_owned()].into();
        let side = Side { documents: vec![document], parts: [Part::Manifest].into(), ..Side::default() };
        let assumed = Assumed::of(&side, &side, &schema);
        let change = FieldChange {
            path: Path(path.clone()),
            inside: None,
            place: None,
            op: crate::diff::Op::Replace,
            old: Some(1.into()),
            new: Some(2.into()),
            hidden_by: None,
        };
        let diff = compared(&Side { parts: [Part::Manifest].into(), ..Side::default() }, &side, &[]);
        assert!(assumed.hides(&diff.entries[0], &change), "{path:?} {pointer}");
    };
    let field = PathElement::field;
    let port = |protocol: &str| {
        PathElement::key(vec![("port".to_owned(), 80.into()), ("protocol".to_owned(), protocol.into())])
    };
    check(vec![field("ports"), port("UDP"), field("protocol")], "/ports/0/protocol");
    check(vec![field("ports"), port("TCP"), field("port")], "/ports/1/port");
    check(vec![field("args"), PathElement::Value("b".into())], "/args/1");
    check(vec![field("args"), PathElement::Index(0)], "/args/0");
    check(vec![field("a/b"), field("c~d")], "/a~1b/c~0d");
}

fn users(path: &str, kind: Option<&str>, value: Option<&str>) -> Vec<Rule> {
    let fields = Fields {
        path: Pattern::parse(path).unwrap(),
        kind: kind.map(str::to_owned),
        value: value.map(|value| Value::new(value).unwrap()),
    };
    vec![Rule { name: "mine".to_owned(), doc: String::new(), is_on: true, hides: Hides::Fields(fields) }]
}

#[test]
fn rules_of_the_user_hide_what_they_name_and_what_is_below_it() {
    let old = object(
        "Deployment",
        &json!({"spec": {
            "image": "web:1", "a.b/c": 1, "list": {"image": "x:1", "deep": {"image": "y:1"}}, "gone": {"image": "z"}
        }}),
    );
    let new = object(
        "Deployment",
        &json!({"spec": {
            "image": "web:2", "a.b/c": 2, "list": {"image": "x:2", "deep": {"image": "y:two"}}, "come": {"image": "z", "tag": "1"}
        }}),
    );
    let all = [".spec.a.b/c", ".spec.come", ".spec.gone", ".spec.image", ".spec.list.deep.image", ".spec.list.image"];
    let check = |path: &str, kind: Option<&str>, value: Option<&str>, hidden: &[&str]| {
        let diff = compared(
            &side(Part::Manifest, std::slice::from_ref(&old)),
            &side(Part::Manifest, std::slice::from_ref(&new)),
            &users(path, kind, value),
        );
        let shown = all.iter().filter(|field| !hidden.contains(*field)).map(|field| (*field).to_owned()).collect();
        let hidden = hidden.iter().map(|field| format!("{field}: mine")).collect();
        assert_eq!(told(&diff), (shown, hidden), "{path} {kind:?} {value:?}");
    };
    check(".spec.image", None, None, &[".spec.image"]);
    check("spec.image", Some("Deployment"), None, &[".spec.image"]);
    check("spec.image", Some("Job"), None, &[]);
    check(".spec", None, None, &all);
    check(".spec.a.b/c", None, None, &[".spec.a.b/c"]);
    check(".spec.*", None, None, &all);
    check(".spec.*.image", None, None, &[".spec.gone", ".spec.list.image"]);
    check("**.image", None, None, &[".spec.gone", ".spec.image", ".spec.list.deep.image", ".spec.list.image"]);
    check(".spec.**.image", None, None, &[".spec.gone", ".spec.image", ".spec.list.deep.image", ".spec.list.image"]);
    check(".spec.**.deep", None, None, &[".spec.list.deep.image"]);
    check(".spec.i*ge", None, None, &[".spec.image"]);
    check(".spec.im", None, None, &[]);
    check(".spec.come.image", None, None, &[]);
    check(".spec.come.*", None, None, &[".spec.come"]);
    check("**.image", None, Some("[a-z]+:[0-9]+"), &[".spec.image", ".spec.list.image"]);
    check("**.image", None, Some("z|y:.*"), &[".spec.gone", ".spec.list.deep.image"]);
    check(".spec.a.b/c", None, Some("[12]"), &[".spec.a.b/c"]);
    check(".spec.\"a.b/c\"", None, None, &[".spec.a.b/c"]);
    check("**.\"a.*\"", None, None, &[".spec.a.b/c"]);
}

#[test]
fn patterns_are_read_as_paths_are_shown() {
    use crate::ownership::{Path, PathElement};
    let path = Path(vec![
        PathElement::field("containers"),
        PathElement::key(vec![("name".to_owned(), "web".into())]),
        PathElement::field("args"),
        PathElement::Index(3),
    ]);
    let inside = Path(vec![PathElement::field("log"), PathElement::field("level")]);
    let check = |pattern: &str, is_within: bool, is_within_inside: bool| {
        let pattern = Pattern::parse(pattern).unwrap();
        let found = (pattern.is_within(&path, None), pattern.is_within(&path, Some(&inside)));
        assert_eq!(found, (is_within, is_within_inside), "{pattern:?}");
    };
    check(&path.to_string(), true, true);
    check(".containers[name=\"web\"]", true, true);
    check("containers[*].args[*]", true, true);
    check("**.args[3]", true, true);
    check("**[3]", true, true);
    check("**args", false, false);
    check("containers[*]args", false, false);
    check("containers.*.args", false, false);
    check("**.args[*] > .log.level", false, true);
    check("**.args[*] > .log", false, true);
    check("** > .log.*", false, true);
    check("**.level", false, true);
    check("**.args[*] > .level", false, false);
    let check = |text: &str, bad: BadPattern| assert_eq!(Pattern::parse(text), Err(bad), "{text}");
    check(" ", BadPattern::Empty);
    check("**", BadPattern::Everything);
    check(".*", BadPattern::Everything);
    check("a[", BadPattern::Open);
}

/// A chart of 48 objects, and its next version.
fn chart(version: &str, image: &str) -> Vec<Json> {
    let object = |number: usize| {
        let labels = json!({"app.kubernetes.io/name": "shop", "helm.sh/chart": format!("shop-{version}"), "app.kubernetes.io/version": version});
        let kind = ["Deployment", "Service", "ConfigMap"][number % 3];
        let mut object = named(kind, &format!("shop-{number}"), &json!({"metadata": {"labels": labels}}));
        if kind == "Deployment" {
            let image = if number == 21 { image } else { "nginx:1.25" };
            object["spec"] = json!({"template": {"metadata": {"labels": labels}, "spec": {"image": image}}});
        }
        object
    };
    (0..48).map(object).collect()
}

#[test]
fn a_new_version_of_a_chart_hides_nothing_but_its_labels() {
    let old = side(Part::Manifest, &chart("1.0.0", "nginx:1.25"));
    let labels_only = compared(&old, &side(Part::Manifest, &chart("1.0.1", "nginx:1.25")), &shipped());
    let counted = |rules: &[(&str, usize)]| Counted {
        rules: rules.iter().map(|(name, lines)| (Arc::from(*name), *lines)).collect(),
        lines: rules.iter().map(|(_, lines)| lines).sum(),
    };
    // Two labels of 48 objects and of 16 templates, each a line before and a line after.
    assert_eq!(hidden(&labels_only), counted(&[("chart-labels", (48 + 16) * 2 * 2)]));
    assert_eq!((labels_only.entries.len(), told(&labels_only).0), (48, vec![]));
    assert!(labels_only.entries.iter().all(Entry::is_noise));

    let one_line = compared(&old, &side(Part::Manifest, &chart("1.0.1", "nginx:1.26")), &shipped());
    assert_eq!(told(&one_line).0, ["shop-21 .spec.template.spec.image"]);
    assert_eq!(hidden(&one_line), counted(&[("chart-labels", 256)]));
    let left: Vec<&Entry> = one_line.entries.iter().filter(|entry| !entry.is_noise()).collect();
    let lines = text::lines(left[0], false);
    let changed: Vec<&str> =
        lines.iter().filter(|line| line.kind != text::Kind::Same).map(|line| line.text.as_str()).collect();
    assert_eq!((left.len(), changed), (1, vec!["      image: nginx:1.25", "      image: nginx:1.26"]));

    let off: Vec<Rule> = shipped().into_iter().map(|rule| Rule { is_on: false, ..rule }).collect();
    let all = compared(&old, &side(Part::Manifest, &chart("1.0.1", "nginx:1.25")), &off);
    assert_eq!((hidden(&all), told(&all).0.len()), (Counted::default(), 128));
}

#[test]
fn lines_are_counted_by_the_rule_that_hides_them() {
    let old = annotated(&json!({"checksum/config": "9f86d081884c7d65", "rollme": "a", "note": "x"}));
    let new = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {
        "name": "web",
        "annotations": {"checksum/config": "60303ae22b998861", "rollme": "b", "note": "y"},
        "labels": {"helm.sh/chart": "web-1.0.0"},
    }});
    let diff = compared(&side(Part::Manifest, &[old]), &side(Part::Manifest, &[new]), &shipped());
    let rules = [("checksums", 2), ("timestamps", 2), ("chart-labels", 2)];
    let rules = rules.map(|(name, lines)| (Arc::from(name), lines)).to_vec();
    assert_eq!(hidden(&diff), Counted { rules, lines: 6 });
    assert_eq!(told(&diff).0, [".metadata.annotations.note"]);
}
