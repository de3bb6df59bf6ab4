//! Hotfixes, leftovers and their fates, on the recordings of a real cluster.

use std::collections::BTreeSet;
use std::io::Read as _;

use serde_json::{Value, json};
use wheelhouse::ownership::edited::edited;
use wheelhouse::ownership::fate::{Fate, Next, fate};
use wheelhouse::ownership::found::{Failed, Found, Kind, find};
use wheelhouse::ownership::next::{Writer, computed};
use wheelhouse::ownership::own::{Managers, Method, Pair};
use wheelhouse::ownership::parent::Kustomizations;
use wheelhouse::ownership::patch::Helm;
use wheelhouse::ownership::report::{Seen, Writing, report};
use wheelhouse::ownership::wanted;
use wheelhouse::release::ObjectKey;
use wheelhouse::release::codec::{Driver, decode};
use wheelhouse::release::manifest::objects;
use wheelhouse::schema::{Gvk, Schema};

use crate::recordings::lines;

/// The types of the kinds of the recordings, as the server tells them.
fn schema() -> Schema {
    let packed = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/demo/openapi.json.gz")).unwrap();
    let mut text = String::new();
    flate2::read::GzDecoder::new(packed.as_slice()).read_to_string(&mut text).unwrap();
    let documents: serde_json::Map<String, Value> = serde_json::from_str(&text).unwrap();
    let mut schema = Schema::default();
    for document in documents.values() {
        schema.merge(Schema::from_openapi(document).unwrap());
    }
    schema
}

/// The objects of a stored revision as their writer sends them.
fn manifest(file: &str, namespace: &str, release: &str, revision: u64) -> Vec<Value> {
    let name = format!("sh.helm.release.v1.{release}.v{revision}");
    let events = lines(file);
    let stored = events.iter().rev().find(|event| {
        event["object"]["metadata"]["name"] == name.as_str()
            && event["object"]["metadata"]["namespace"] == namespace
            && event["object"]["data"]["release"].is_string()
    });
    let payload =
        decode(Driver::Secret, stored.unwrap()["object"]["data"]["release"].as_str().unwrap().as_bytes()).unwrap();
    let all = objects(payload.manifest().unwrap()).into_iter().map(Result::unwrap);
    all.map(|object| wanted(&object.body, Some(namespace), namespace, release)).collect()
}

/// The state of an object that was seen last before a time, in Unix seconds.
fn live(file: &str, namespace: &str, name: &str, before: f64) -> Value {
    let events = lines(file);
    let mut seen = events.into_iter().filter(|event| {
        let metadata = &event["object"]["metadata"];
        metadata["name"] == name && metadata["namespace"] == namespace && event["at"].as_f64().unwrap() < before
    });
    seen.next_back().unwrap()["object"].take()
}

fn gvk(object: &Value) -> Gvk {
    let (group, version) =
        object["apiVersion"].as_str().unwrap().split_once('/').unwrap_or(("", object["apiVersion"].as_str().unwrap()));
    Gvk { group: group.to_owned(), version: version.to_owned(), kind: object["kind"].as_str().unwrap().to_owned() }
}

/// A line a finding: what it is, where, what the manifest and the object have, by whom, and what becomes of it.
fn told(found: &Found, pair: &Pair<'_>, writer: Writer<'_>) -> Vec<String> {
    let outcome = computed(pair, Some(pair.manifest), writer, "2026-11-21T08:00:00Z".parse().unwrap());
    let next = Next { is_forced: writer.is_forced, corrects_drift: false };
    let tell = |finding: &wheelhouse::ownership::found::Finding| {
        let value = |value: &Option<Value>| value.as_ref().map_or_else(|| "-".to_owned(), Value::to_string);
        let holders: BTreeSet<String> = finding
            .holders
            .iter()
            .map(|holder| {
                let entry = &found.blame.entries[*holder];
                let through =
                    if entry.subresource.is_empty() { String::new() } else { format!(" ({})", entry.subresource) };
                format!("{}{through}", entry.manager)
            })
            .collect();
        let holders = holders.into_iter().collect::<Vec<_>>().join(", ");
        let shared = if finding.is_shared { " shared" } else { "" };
        format!(
            "{:?}{shared} {}: {} -> {} by {holders}: {:?}",
            finding.kind,
            finding.path,
            value(&finding.manifest),
            value(&finding.live),
            fate(finding, pair, &outcome, next)
        )
    };
    found.findings.iter().map(tell).collect()
}

/// Before the storefront is suspended: six hotfixes by five managers.
#[test]
fn the_storefront_has_six_hotfixes_by_five_managers() {
    let schema = schema();
    let live = live("deployments.jsonl", "shop", "storefront", 1_795_246_160.0 + 2.0);
    let manifest = manifest("secrets.jsonl", "shop", "storefront", 2);
    let manifest = manifest.iter().find(|object| object["kind"] == "Deployment").unwrap();
    let typed = schema.kind(&gvk(&live)).unwrap();
    let pair = Pair { manifest, live: &live, typed };
    let managers = Managers::read(&[pair], Method::ServerSide, "helm-controller", &[]);
    assert_eq!(managers.own, "helm-controller");
    let found = find(&pair, &managers);
    let writer = Writer { manager: &managers.own, method: Method::ServerSide, is_forced: true, helm: Helm::Four };
    insta::assert_snapshot!("storefront", told(&found, &pair, writer).join("\n"));
    assert_eq!(found.count(Kind::Hotfix), 6);
    let by: BTreeSet<&str> = found
        .findings
        .iter()
        .filter(|finding| finding.kind == Kind::Hotfix)
        .flat_map(|finding| &finding.holders)
        .map(|holder| found.blame.entries[*holder].manager.as_str())
        .collect();
    assert_eq!(by, ["kubectl", "kubectl-annotate", "kubectl-edit", "kubectl-set", "platform-team"].into());
    assert_eq!(edited(&found.blame.entries, &[]), 6);
    // Helm would not force it.
    let unforced = Writer { is_forced: false, ..writer };
    insta::assert_snapshot!("storefront_unforced", told(&found, &pair, unforced).join("\n"));
}

/// The emergency rollback left `helm` as a second owner: a key that the values no longer have stays alive.
#[test]
fn a_key_that_no_manifest_holds_is_kept_alive_by_helm() {
    let schema = schema();
    let events = lines("leftover.jsonl");
    let object = |kind: &str, name: &str| {
        let mut all = events.iter().map(|event| event.get("object").unwrap_or(event));
        all.find(|object| object["kind"] == kind && object["metadata"]["name"] == name).unwrap().clone()
    };
    let live = object("ConfigMap", "storefront");
    let stored = object("Secret", "sh.helm.release.v1.storefront.v8");
    let payload = decode(Driver::Secret, stored["data"]["release"].as_str().unwrap().as_bytes()).unwrap();
    let all: Vec<Value> = objects(payload.manifest().unwrap()).into_iter().map(|object| object.unwrap().body).collect();
    let manifest = all.iter().find(|object| object["kind"] == "ConfigMap").unwrap();
    let manifest = wanted(manifest, Some("shop"), "shop", "storefront");
    let pair = Pair { manifest: &manifest, live: &live, typed: schema.kind(&gvk(&live)).unwrap() };
    let managers = Managers::read(&[pair], Method::ServerSide, "helm-controller", &[]);
    assert_eq!(managers.own, "helm-controller");
    let found = find(&pair, &managers);
    let writer = Writer { manager: "helm-controller", method: Method::ServerSide, is_forced: true, helm: Helm::Four };
    assert_eq!(told(&found, &pair, writer), ["Leftover .data.FEATURE_CHECKOUT: - -> \"on\" by helm: Stays"],);
}

/// Path, kind and fate of all that is found in a Deployment with a template like the first of the two and, in its manifest,
/// like the second. `helm` holds the first of the sets, and `kubectl-set` the other.
fn check_small(method: Method, [live, wanted]: [Value; 2], [own, other]: [&Value; 2], expected: &[(&str, Kind, Fate)]) {
    let of = |template: &Value| {
        let spec = json!({"replicas": 2, "template": {"spec": template}});
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec})
    };
    let entry = |manager: &str, operation: &str, fields: &Value| {
        let fields = json!({"f:spec": fields});
        json!({"manager": manager, "operation": operation, "apiVersion": "apps/v1", "fieldsType": "FieldsV1", "fieldsV1": fields})
    };
    let by_helm = if method == Method::ServerSide { "Apply" } else { "Update" };
    let mut live = of(&live);
    live["metadata"]["managedFields"] = json!([entry("helm", by_helm, own), entry("kubectl-set", "Update", other)]);
    let writing = Writing {
        method,
        expected: "helm",
        is_forced: false,
        corrects_drift: false,
        failed: None,
        helm: Helm::Three,
        settings: &[],
        kustomizations: &Kustomizations::new(),
        now: "2026-11-21T08:00:00Z".parse().unwrap(),
        masker: wheelhouse::release::mask::Masker::default(),
    };
    let report = report(&[Seen { manifest: of(&wanted), live }], &schema(), &writing);
    let told = report.objects[0].told.iter();
    let told: Vec<(String, Kind, Fate)> =
        told.map(|told| (told.finding.path.to_string(), told.finding.kind, told.fate.clone())).collect();
    let expected: Vec<_> =
        expected.iter().map(|(path, kind, fate)| ((*path).to_owned(), *kind, fate.clone())).collect();
    assert_eq!(told, expected);
}

/// A field of the template, in a set.
fn in_template(fields: &Value) -> Value {
    json!({"f:replicas": {}, "f:template": {"f:spec": fields}})
}

/// Patches ask nobody: what others hold as well does not stop them.
#[test]
fn what_is_armed_blocks_an_apply_and_is_taken_by_a_patch() {
    let template = || json!({"serviceAccountName": "web"});
    let own = in_template(&json!({"f:serviceAccountName": {}}));
    for (method, fate) in [(Method::ServerSide, Fate::Armed), (Method::ClientSide, Fate::TakenOver)] {
        let found = [(".spec.replicas", Kind::Armed, fate)];
        check_small(method, [template(), template()], [&own, &json!({"f:replicas": {}})], &found);
    }
}

/// The server keeps `serviceAccount` equal to `serviceAccountName`, and has both held by who wrote the one.
#[test]
fn an_edit_of_a_field_with_two_names_is_told_once() {
    let template = json!({"serviceAccount": "other", "serviceAccountName": "other"});
    let both = json!({"f:template": {"f:spec": {"f:serviceAccount": {}, "f:serviceAccountName": {}}}});
    let found = [(".spec.template.spec.serviceAccountName", Kind::Hotfix, Fate::Overwritten)];
    let wanted = json!({"serviceAccountName": "web"});
    check_small(Method::ClientSide, [template, wanted], [&json!({"f:replicas": {}}), &both], &found);
}

/// Who wrote a map by patches and lost all that is in it still holds that there is one.
#[test]
fn a_map_that_is_held_without_what_is_in_it_is_not_another_edit() {
    let template = |user: u32| json!({"securityContext": {"runAsUser": user}});
    let of_map = in_template(&json!({"f:securityContext": {".": {}}}));
    let of_field = json!({"f:template": {"f:spec": {"f:securityContext": {"f:runAsUser": {}}}}});
    let found = [(".spec.template.spec.securityContext.runAsUser", Kind::Hotfix, Fate::Overwritten)];
    check_small(Method::ClientSide, [template(2), template(1)], [&of_map, &of_field], &found);
}

/// What is told of a ConfigMap whose `data.a` is `2` and in its manifest `1`, with these entries, that `helm` applies: kind, fate in
/// a word, and what is said with it; then what is to be known of the object.
fn told_of(entries: Value, failed: Option<Failed>, kustomizations: &Kustomizations) -> (Vec<String>, Vec<String>) {
    let labels = json!({
        "app.kubernetes.io/managed-by": "Helm",
        "kustomize.toolkit.fluxcd.io/name": "apps",
        "kustomize.toolkit.fluxcd.io/namespace": "flux-system",
    });
    let object = |value: &str| {
        let metadata = json!({"name": "web", "namespace": "shop", "labels": labels});
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"a": value}})
    };
    let mut live = object("2");
    live["metadata"]["managedFields"] = entries;
    let writing = Writing {
        method: Method::ServerSide,
        expected: "helm",
        is_forced: false,
        corrects_drift: false,
        failed,
        helm: Helm::Four,
        settings: &[],
        kustomizations,
        now: "2026-11-21T08:00:00Z".parse().unwrap(),
        masker: wheelhouse::release::mask::Masker::default(),
    };
    let report = report(&[Seen { manifest: object("1"), live }], &schema(), &writing);
    let object = &report.objects[0];
    let about = object.told.iter().filter(|told| told.finding.path.to_string() == ".data.a");
    let about =
        about.map(|told| format!("{} {}: {}", told.finding.kind.word(), told.fate.word(), told.detail().join("; ")));
    (about.collect(), object.remarks())
}

/// An entry that holds `data.a` or only a label.
fn wrote(manager: &str, operation: &str, holds: bool) -> Value {
    let fields = if holds { json!({"f:data": {"f:a": {}}}) } else { json!({"f:metadata": {"f:labels": {"f:x": {}}}}) };
    json!({
        "manager": manager, "operation": operation, "apiVersion": "v1", "time": "2026-11-21T07:00:00Z",
        "fieldsType": "FieldsV1", "fieldsV1": fields,
    })
}

/// Where nothing is recorded, nobody is accused, and the difference is told all the same.
#[test]
fn cleared_managed_fields_leave_a_hotfix_of_nobody() {
    let (found, remarks) = told_of(json!([]), None, &Kustomizations::new());
    let blocks = "hotfix blocks: conflict with \"before-first-apply\" using v1";
    assert_eq!(found, [blocks]);
    let cleared = "no record of who wrote it: its managedFields were cleared; what others added to it cannot be told";
    assert_eq!(remarks, [cleared]);
}

/// The writer wrote nothing since the failed revision began: the object is as an earlier one has it.
#[test]
fn what_a_failed_revision_did_not_reach_is_no_edit() {
    let failed = |began: &str| Some(Failed { revision: 5, began: began.parse().unwrap() });
    let check = |began: &str, expected: &str| {
        let (found, _) = told_of(json!([wrote("helm", "Apply", true)]), failed(began), &Kustomizations::new());
        assert_eq!(found, [expected], "{began}");
    };
    let admission = "expected overwritten: changed as it was written: by the server or a webhook";
    check("2026-11-21T07:00:00.5Z", admission);
    check("2026-11-21T06:00:00Z", admission);
    check("2026-11-21T07:00:01Z", "expected overwritten: revision 5 failed before it was applied to this object");
}

/// What kubectl wrote goes when the Kustomization reconciles; until then it blocks.
#[test]
fn a_kustomization_that_applies_the_object_too_takes_an_edit_back() {
    let known = |is_suspended| Kustomizations::from([(ObjectKey::new("flux-system", "apps"), is_suspended)]);
    let check = |manager: &str, is_suspended: bool, expected: &str| {
        let keeper = wrote("kustomize-controller", "Apply", false);
        let entries = json!([wrote("helm", "Apply", false), keeper, wrote(manager, "Update", true)]);
        let (found, _) = told_of(entries, None, &known(is_suspended));
        assert_eq!(found, [expected], "{manager}");
    };
    let conflict = "hotfix blocks: conflict with \"kubectl-edit\" using v1";
    let back = "Kustomization flux-system/apps takes it back when it next reconciles";
    check("kubectl-edit", false, &format!("{conflict}; {back}"));
    check("kubectl-edit", true, conflict);
    check("k9s", false, "hotfix blocks: conflict with \"k9s\" using v1");
}
