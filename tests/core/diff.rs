//! What is told of two documents: which objects are the same, and in what they differ.

use std::ops::ControlFlow;
use std::sync::LazyLock;

use serde_json::{Map, Value, json};
use wheelhouse::demo;
use wheelhouse::diff::{Asked, Diff, End, Entry, FieldChange, Part, Told, apply};
use wheelhouse::release::mask::Masker;
use wheelhouse::release::payload::Payload;
use wheelhouse::schema::Schema;

/// Those of the demo's server. To read them takes long.
pub static TYPES: LazyLock<Schema> = LazyLock::new(demo::schema);

pub fn file(name: &str, text: &str) -> End {
    End::File(name.to_owned(), text.into())
}

pub fn asked(old: End, new: End, parts: &[Part]) -> Asked {
    Asked { old, new, parts: parts.to_vec(), rules: [].into(), masker: Masker::default() }
}

pub fn compared(asked: &Asked, schema: &Schema) -> Diff {
    asked.compare(schema, |_| ControlFlow::Continue(())).unwrap()
}

fn told_change(change: &FieldChange) -> String {
    let value = |value: &Option<Value>| value.as_ref().map_or_else(|| "none".to_owned(), Value::to_string);
    format!("  {}: {} -> {}", change.field(), value(&change.old), value(&change.new))
}

fn told_entry(entry: &Entry) -> Vec<String> {
    let change: &str = entry.change.into();
    let moved = match &entry.api_versions {
        (Some(old), Some(new)) if old != new => format!(" from {old} to {new}"),
        _ => String::new(),
    };
    let fields = match &entry.told {
        Told::Fields { changes, .. } => changes.iter().map(told_change).collect(),
        Told::Lines { old, new } => vec![format!("  {old:?} -> {new:?}")],
    };
    [vec![format!("{change} {}{moved}", entry.title())], fields].concat()
}

/// Every entry with its changes, what is alike, and faults.
fn told(diff: &Diff) -> Vec<String> {
    let entries = diff.entries.iter().flat_map(told_entry);
    let same = (diff.same > 0).then(|| format!("{} alike", diff.same));
    entries.chain(same).chain(diff.faults.iter().map(|fault| format!("! {fault}"))).collect()
}

/// Two manifests.
fn check(schema: &Schema, old: &str, new: &str, expected: &[&str]) {
    let diff = compared(&asked(file("old", old), file("new", new), &[Part::Manifest]), schema);
    assert_eq!(told(&diff), expected, "{old}\n=>\n{new}");
}

#[test]
fn keys_that_would_be_taken_for_several_are_quoted_for_people() {
    let map = |fields: &str| format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: web}}\ndata: {fields}\n");
    let old = map("{plain: a, app.yaml: 'server: {log.level: a}', 'a \"b': a, 'list[0]': a, '': a}");
    let new = map("{plain: b, app.yaml: 'server: {log.level: b}', 'a \"b': b, 'list[0]': b, '': b}");
    let diff = compared(&asked(file("old", &old), file("new", &new), &[Part::Manifest]), &Schema::default());
    let changes = diff.entries.iter().flat_map(|entry| entry.changes(true));
    let mut told: Vec<(String, String)> = changes.map(|change| (change.field(), change.shown())).collect();
    told.sort();
    let expected = [
        (".data.", r#".data."""#),
        (".data.a \"b", r#".data."a \"b""#),
        (".data.app.yaml > .server.log.level", r#".data."app.yaml" > .server."log.level""#),
        (".data.list[0]", r#".data."list[0]""#),
        (".data.plain", ".data.plain"),
    ];
    assert_eq!(told, expected.map(|(field, shown)| (field.to_owned(), shown.to_owned())));
}

/// Two specs of an object of which no types are known.
fn check_spec(old: &Value, new: &Value, expected: &[&str]) {
    let text = |spec: &Value| {
        json!({"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": "t"}, "spec": spec}).to_string()
    };
    let expected = match expected {
        [] => vec!["1 alike"],
        changes => [&["changed Thing t"], changes].concat(),
    };
    check(&Schema::default(), &text(old), &text(new), &expected);
}

/// Two specs of the Pods of a Deployment.
fn check_pods(old: &Value, new: &Value, expected: &[&str]) {
    let text = |spec: &Value| {
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}, "spec": {"template": {"spec": spec}}})
            .to_string()
    };
    let expected = match expected {
        [] => vec!["1 alike"],
        changes => [&["changed Deployment d"], changes].concat(),
    };
    check(&TYPES, &text(old), &text(new), &expected);
}

fn config_map(name: &str, data: &str) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {{a: {data}}}\n")
}

#[test]
fn objects_are_told_in_the_order_of_the_new_side_and_removed_ones_where_they_stood() {
    let all = |names: &[&str]| names.iter().map(|name| config_map(name, "x")).collect::<Vec<_>>().join("---\n");
    let gone = |name: &str| {
        [
            format!("removed ConfigMap {name}"),
            format!(
                "  : {{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{{\"name\":\"{name}\"}},\"data\":{{\"a\":\"x\"}}}} -> none"
            ),
        ]
    };
    let [b, b_whole] = gone("b");
    let [z, z_whole] = gone("z");
    let new = [config_map("d", "x"), config_map("c", "w"), config_map("a", "x")].join("---\n");
    check(
        &Schema::default(),
        &all(&["z", "a", "b", "c", "d"]),
        &new,
        &[&z, &z_whole, "changed ConfigMap c", "  .data.a: \"x\" -> \"w\"", &b, &b_whole, "2 alike"],
    );
    check(&Schema::default(), &all(&["a", "b"]), &all(&["b", "a"]), &["2 alike"]);
    check(&Schema::default(), "", "", &[]);
}

#[test]
fn an_object_that_moved_to_another_version_is_told_even_if_nothing_else_changed() {
    let scaler = |version: &str| {
        format!("apiVersion: autoscaling/{version}\nkind: HorizontalPodAutoscaler\nmetadata: {{name: h}}\n")
    };
    let moved = "changed HorizontalPodAutoscaler h from autoscaling/v2beta2 to autoscaling/v2";
    check(&Schema::default(), &scaler("v2beta2"), &scaler("v2"), &[moved]);
    let ingress = |version: &str| {
        format!("apiVersion: {version}\nkind: Ingress\nmetadata: {{name: i}}\nspec: {{a: {}}}\n", version.len())
    };
    check(
        &Schema::default(),
        &ingress("extensions/v1beta1"),
        &ingress("networking.k8s.io/v1"),
        &["changed Ingress i from extensions/v1beta1 to networking.k8s.io/v1", "  .spec.a: 18 -> 20"],
    );
}

#[test]
fn an_object_that_is_named_twice_is_matched_in_order() {
    let twice = |first: &str, second: &str| [config_map("a", first), config_map("a", second)].join("---\n");
    check(
        &Schema::default(),
        &twice("x", "v"),
        &twice("x", "z"),
        &["changed ConfigMap a", "  .data.a: \"v\" -> \"z\"", "1 alike"],
    );
    check(
        &Schema::default(),
        &config_map("a", "x"),
        &twice("w", "v"),
        &[
            "changed ConfigMap a",
            "  .data.a: \"x\" -> \"w\"",
            "added ConfigMap a",
            "  : none -> {\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"a\"},\"data\":{\"a\":\"v\"}}",
        ],
    );
}

#[test]
fn what_cannot_be_read_is_a_fault_of_its_side_and_the_rest_is_compared() {
    let bad = "a: [1\n---\nkind: Service\napiVersion: v1\n";
    check(
        &Schema::default(),
        &format!("{}---\n{bad}", config_map("a", "x")),
        &config_map("a", "w"),
        &[
            "changed ConfigMap a",
            "  .data.a: \"x\" -> \"w\"",
            "! old: document 2 (line 7): did not find expected ',' or ']'; what it holds counts as not there",
            "! old: document 3 (line 8): it has no `metadata.name`; what it holds counts as not there",
        ],
    );
    let both = [
        "! old: document 1 (line 1): it has no `kind`; what it holds counts as not there",
        "! new: document 1 (line 1): it has no `kind`; what it holds counts as not there",
    ];
    check(&Schema::default(), "a: 1\n", "a: 1\n", &both);
}

#[test]
fn json_and_lists_of_objects_are_files_as_well() {
    let object = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"a": "a/b"}});
    let list = json!({"apiVersion": "v1", "kind": "List", "items": [object, object]});
    let text = list.to_string().replace("a/b", "a\\/b");
    let yaml = [config_map("a", "a/b"), config_map("a", "c")].join("---\n");
    check(&Schema::default(), &text, &yaml, &["changed ConfigMap a", "  .data.a: \"a/b\" -> \"c\"", "1 alike"]);
}

#[test]
fn maps_are_compared_by_key_and_scalars_by_value() {
    check_spec(
        &json!({"a": {"b": 1, "c": 2, "d": 1}, "e": null}),
        &json!({"f": [], "a": {"d": 1.0, "c": "2", "b": 1}}),
        &["  .spec.a.c: 2 -> \"2\"", "  .spec.e: null -> none", "  .spec.f: none -> []"],
    );
    check_spec(&json!({"a": {}}), &json!({"a": []}), &["  .spec.a: {} -> []"]);
}

#[test]
fn an_item_that_is_put_in_is_one_item_more() {
    check_spec(&json!({"l": ["a", "b"]}), &json!({"l": ["x", "a", "b"]}), &["  .spec.l[0]: none -> \"x\""]);
    check_spec(&json!({"l": ["a", "a", "b", "a"]}), &json!({"l": ["a", "b", "a"]}), &["  .spec.l[1]: \"a\" -> none"]);
    check_spec(
        &json!({"l": ["a", "b", "c"]}),
        &json!({"l": ["a", "x", "c", "d"]}),
        &["  .spec.l[1]: \"b\" -> \"x\"", "  .spec.l[3]: none -> \"d\""],
    );
    check_spec(
        &json!({"l": [{"a": 1, "b": 1}, {"a": 2}]}),
        &json!({"l": [{"a": 1, "b": 2}, {"a": 2}]}),
        &["  .spec.l[0].b: 1 -> 2"],
    );
}

#[test]
fn items_with_a_name_are_the_same_wherever_they_stand_and_their_order_counts_where_no_type_says_otherwise() {
    let item = |name: &str, value: i32| json!({"name": name, "v": value});
    check_spec(
        &json!({"l": [item("a", 1), item("b", 1), item("c", 1)]}),
        &json!({"l": [item("b", 2), item("x", 1), item("c", 1)]}),
        &[
            "  .spec.l[name=\"a\"]: {\"name\":\"a\",\"v\":1} -> none",
            "  .spec.l[name=\"b\"].v: 1 -> 2",
            "  .spec.l[name=\"x\"]: none -> {\"name\":\"x\",\"v\":1}",
        ],
    );
    check_spec(
        &json!({"l": [item("a", 1), item("b", 1)]}),
        &json!({"l": [item("b", 1), item("a", 1)]}),
        &[
            "  .spec.l: [{\"name\":\"a\",\"v\":1},{\"name\":\"b\",\"v\":1}] -> [{\"name\":\"b\",\"v\":1},{\"name\":\"a\",\"v\":1}]",
        ],
    );
    check_spec(
        &json!({"l": [item("a", 1), item("a", 2)]}),
        &json!({"l": [item("a", 1), item("a", 3)]}),
        &["  .spec.l[1].v: 2 -> 3"],
    );
}

#[test]
fn lists_with_keys_are_in_no_order_but_those_of_variables_and_init_containers() {
    let pods = |ports: Value, env: Value| json!({"containers": [{"name": "web", "ports": ports, "env": env}]});
    check_pods(
        &pods(json!([{"containerPort": 80}, {"containerPort": 81, "name": "x"}]), json!([])),
        &pods(json!([{"containerPort": 81, "name": "y"}, {"containerPort": 80, "protocol": "TCP"}]), json!([])),
        &[
            "  .spec.template.spec.containers[name=\"web\"].ports[containerPort=81,protocol=\"TCP\"].name: \"x\" -> \"y\"",
            "  .spec.template.spec.containers[name=\"web\"].ports[containerPort=80,protocol=\"TCP\"].protocol: none -> \"TCP\"",
        ],
    );
    let [a, b, c] = ["A", "B", "C"].map(|name| json!({"name": name, "value": "1"}));
    check_pods(
        &pods(json!([]), json!([a, b])),
        &pods(json!([]), json!([a, c, b])),
        &["  .spec.template.spec.containers[name=\"web\"].env[name=\"C\"]: none -> {\"name\":\"C\",\"value\":\"1\"}"],
    );
    check_pods(
        &pods(json!([]), json!([a, b])),
        &pods(json!([]), json!([b, a])),
        &[
            "  .spec.template.spec.containers[name=\"web\"].env: [{\"name\":\"A\",\"value\":\"1\"},{\"name\":\"B\",\"value\":\"1\"}] -> [{\"name\":\"B\",\"value\":\"1\"},{\"name\":\"A\",\"value\":\"1\"}]",
        ],
    );
    let containers = |names: [&str; 2]| json!({"containers": names.map(|name| json!({"name": name}))});
    check_pods(&containers(["a", "b"]), &containers(["b", "a"]), &[]);
}

#[test]
fn quantities_are_equal_by_amount() {
    let pods = |cpu: Value| json!({"containers": [{"name": "web", "resources": {"limits": {"cpu": cpu}}}]});
    check_pods(&pods(json!(1)), &pods(json!("1000m")), &[]);
    check_pods(
        &pods(json!(1)),
        &pods(json!("1001m")),
        &["  .spec.template.spec.containers[name=\"web\"].resources.limits.cpu: 1 -> \"1001m\""],
    );
    check_spec(
        &json!({"resources": {"limits": {"cpu": 1}}}),
        &json!({"resources": {"limits": {"cpu": "1000m"}}}),
        &["  .spec.resources.limits.cpu: 1 -> \"1000m\""],
    );
}

#[test]
fn documents_within_documents_are_compared_by_what_they_hold() {
    let map = |text: &str| {
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"f": text}}).to_string()
    };
    let check = |old: &str, new: &str, expected: &str| {
        check(&Schema::default(), &map(old), &map(new), &["changed ConfigMap c", expected]);
    };
    check("a: 1\nb: [x]\n", "b: [x, z]\na: 1\n", "  .data.f > .b[1]: none -> \"z\"");
    check("{\"a\": 1}", "{\"a\": 2}", "  .data.f > .a: 1 -> 2");
    check("a: 1 # one\n", "a: 1\n", "  .data.f: \"a: 1 # one\\n\" -> \"a: 1\\n\"");
    check("a: 1\n---\nb: 1\n", "a: 1\n---\nb: 2\n", "  .data.f: \"a: 1\\n---\\nb: 1\\n\" -> \"a: 1\\n---\\nb: 2\\n\"");
    check("echo 1\n", "echo 2\n", "  .data.f: \"echo 1\\n\" -> \"echo 2\\n\"");
    check("password: one\n", "password: two\n", "  .data.f > .password: \"***\" -> \"*** (differs)\"");
}

#[test]
fn hidden_values_are_told_as_different_and_nothing_more() {
    let secret = |kind: &str, value: &str| {
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, kind: {"f": value}}).to_string()
    };
    let check = |kind: &str, old: &str, new: &str, expected: &str| {
        check(&Schema::default(), &secret(kind, old), &secret(kind, new), &["changed Secret s", expected]);
    };
    check("data", "b25l", "dHdv", "  .data.f: \"*** (3 bytes)\" -> \"*** (3 bytes, differs)\"");
    check("stringData", "one", "three", "  .stringData.f: \"*** (3 bytes)\" -> \"*** (5 bytes)\"");
    check(
        "stringData",
        "{\"a\": [1, true], \"b\": \"x\"}",
        "{\"a\": [2, true], \"b\": \"x\"}",
        "  .stringData.f > .a[0]: \"***\" -> \"*** (differs)\"",
    );
    // YAML of two lines, in base64: `a: 1`, then `b: x` and `b: y`.
    check("data", "YTogMQpiOiB4Cg==", "YTogMQpiOiB5Cg==", "  .data.f > .b: \"***\" -> \"*** (differs)\"");
    check("stringData", "{hunter}", "{hunter2}", "  .stringData.f: \"*** (8 bytes)\" -> \"*** (9 bytes)\"");
    check_spec(
        &json!({"passwords": [{"id": "hunter"}, {"id": "x"}]}),
        &json!({"passwords": [{"id": "hunter2"}, {"id": "x"}]}),
        &["  .spec.passwords[0]: {\"id\":\"***\"} -> none", "  .spec.passwords[0]: none -> {\"id\":\"***\"}"],
    );
}

/// A revision of a release in the namespace `shop`.
fn revision(number: u32, rest: Value) -> End {
    let mut raw: Map<String, Value> = rest.as_object().unwrap().clone();
    raw.insert("name".to_owned(), "web".into());
    raw.insert("namespace".to_owned(), "shop".into());
    raw.insert("version".to_owned(), number.into());
    End::Revision(Payload::new(raw).into())
}

fn check_revisions(part: Part, old: Value, new: Value, expected: &[&str]) {
    let diff = compared(&asked(revision(1, old), revision(2, new), &[part]), &Schema::default());
    assert_eq!((diff.old.as_str(), diff.new.as_str()), ("revision 1", "revision 2"));
    assert_eq!(told(&diff), expected, "{part:?}");
}

#[test]
fn every_part_of_a_revision_is_compared() {
    let hook = |image: &str| {
        let manifest = format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: t}}\nspec: {{image: {image}}}\n");
        json!({"hooks": [{"name": "t", "kind": "Pod", "path": "web/templates/t.yaml", "manifest": manifest}]})
    };
    check_revisions(Part::Hooks, hook("a"), hook("b"), &["changed Pod t", "  .spec.image: \"a\" -> \"b\""]);
    check_revisions(Part::Hooks, hook("a"), hook("a"), &["1 alike"]);
    check_revisions(
        Part::Hooks,
        json!({"hooks": [{"path": "web/templates/t.yaml", "manifest": "a: ["}]}),
        json!({}),
        &[
            "! revision 1: hook web/templates/t.yaml, document 1 (line 1): did not find expected node content; what it holds counts as not there",
        ],
    );
    check_revisions(
        Part::Values,
        json!({"config": {"a": 1, "password": "x"}}),
        json!({"config": {"a": 2, "password": "y"}}),
        &["changed values", "  .a: 1 -> 2", "  .password: \"***\" -> \"*** (differs)\""],
    );
    let layers = |user: Value| json!({"chart": {"values": {"a": {"b": 1, "c": 1}}}, "config": user});
    check_revisions(
        Part::Coalesced,
        layers(json!({"a": {"b": 2}})),
        layers(json!({"a": {"c": null}})),
        &["changed coalesced", "  .a.b: 2 -> 1", "  .a.c: 1 -> none"],
    );
    check_revisions(
        Part::Chart,
        json!({"chart": {"metadata": {"version": "1.0.0"}}}),
        json!({"chart": {"metadata": {"version": "1.1.0"}}}),
        &["changed Chart.yaml", "  .version: \"1.0.0\" -> \"1.1.0\""],
    );
    let files = |data: &str| json!({"chart": {"files": [{"name": "x", "data": data}], "templates": [{"name": "y", "data": data}]}});
    check_revisions(Part::Files, files("YQo="), files("Ygo="), &["changed x", "  \"a\\n\" -> \"b\\n\""]);
    check_revisions(Part::Templates, files("YQo="), files("YQo="), &["1 alike"]);
    check_revisions(
        Part::Files,
        files("YQo="),
        files("/w=="),
        &["changed x", "  \"a\\n\" -> \"binary, 1 bytes, SHA-256 a8100ae6aa1940d0...\\n\""],
    );
    let notes = |notes: &str| json!({"info": {"notes": notes}});
    check_revisions(
        Part::Notes,
        notes("token: one\nhello\n"),
        notes("token: two\nhello\n"),
        &["changed notes", "  \"token: ***\\nhello\\n\" -> \"token: *** (differs)\\nhello\\n\""],
    );
    let lost = "! revision 1: it holds no manifest; its objects count as not there";
    check_revisions(Part::Manifest, json!({}), json!({"manifest": ""}), &[lost]);
}

#[test]
fn an_object_without_a_namespace_is_in_that_of_the_release() {
    let role = |rest: &str| format!("apiVersion: v1\nkind: ClusterRole\nmetadata: {{name: r{rest}}}\n");
    let of = |old: End, new: End| told(&compared(&asked(old, new, &[Part::Manifest]), &Schema::default()));
    let release = |text: String| revision(1, json!({"manifest": text}));
    assert_eq!(of(release(role("")), file("f", &role(""))), ["1 alike"]);
    let written = "  .metadata.namespace: none -> \"shop\"";
    let in_shop = role(", namespace: shop");
    assert_eq!(of(release(role("")), file("f", &in_shop)), ["changed ClusterRole r", written]);
    assert_eq!(of(file("f", &role("")), release(in_shop)), ["changed ClusterRole r", written]);
}

#[test]
fn only_parts_that_both_sides_have_are_compared() {
    let both = |old: End, new: End| {
        let diff = compared(&asked(old, new, &[Part::Manifest, Part::Values]), &Schema::default());
        (diff.old.clone(), told(&diff))
    };
    let full =
        || revision(3, json!({"manifest": config_map("a", "x"), "config": {"a": 1}, "chart": {"values": {"a": 2}}}));
    let End::Revision(payload) = full() else { unreachable!() };
    let defaults = End::Defaults(payload);
    let changed = ["changed values", "  .a: 2 -> 1"].map(str::to_owned).to_vec();
    assert_eq!(both(defaults.clone(), full()), ("chart defaults of revision 3".to_owned(), changed));
    assert_eq!(both(full(), file("f", &config_map("a", "x"))), ("revision 3".to_owned(), vec!["1 alike".to_owned()]));
    let nothing = "! chart defaults of revision 3 and f have nothing in common that was asked for".to_owned();
    assert_eq!(both(defaults, file("f", "")).1, [nothing]);
}

#[test]
fn a_comparison_ends_when_it_is_told_to() {
    let many =
        |value: &str| (0..40).map(|index| config_map(&format!("c{index}"), value)).collect::<Vec<_>>().join("---\n");
    let asked = asked(file("old", &many("x")), file("new", &many("w")), &[Part::Manifest]);
    let mut heard = Vec::new();
    let ended = asked.compare(&Schema::default(), |progress| {
        heard.push((progress.done, progress.all));
        if progress.done < 32 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    heard.dedup();
    assert_eq!((ended, heard), (None, vec![(0, 0), (0, 40), (16, 40), (32, 40)]));
    assert_eq!(asked.compare(&Schema::default(), |_| ControlFlow::Break(())), None);
}

#[test]
fn what_is_told_makes_the_new_document_of_the_old_one_as_it_is_told() {
    let map = |text: &str| {
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"f": text}}).to_string()
    };
    let asked = asked(
        file("old", &map("a: on\nb: 1 # one\n")),
        file("new", &map("a: 'on'\nb: 1\nc: [2]\n")),
        &[Part::Manifest],
    );
    let diff = compared(&asked, &Schema::default());
    let Told::Fields { old, changes } = &diff.entries[0].told else { unreachable!() };
    assert_eq!(old["data"]["f"], json!("a: true\nb: 1\n"));
    assert_eq!(apply(old, changes)["data"]["f"], json!("a: 'on'\nb: 1\nc:\n- 2\n"));
    assert_eq!(apply(old, &changes[..1])["data"]["f"], json!("a: 'on'\nb: 1\n"));
}
