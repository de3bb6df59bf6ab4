//! Which releases the demo shows, and at which of their moments.

use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use wheelhouse::demo::bundle::Scene;

use super::copy::{Names, Rewriting};
use super::made::{image_events, uid, waits_for_image};
use super::mishaps::{self, Clock, Mishap};
use super::recording::{Recording, second, text};
use super::{definitions, fleet, valued};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// The upgrading release of the story.
pub const CART: Names = Names {
    namespace: "checkout",
    name: "cart",
    chart: "cart",
    words: &[
        ("A web shop front end", "Keeps what customers are about to buy"),
        ("shop.example.com", "cart.example.com"),
        ("1.4.0", "5.1.2"),
        ("1.5.0", "5.2.0"),
        ("2.9.1", "5.1.2"),
        ("2.10.0", "5.2.0"),
    ],
};
/// Second of the streams at which it rests before the story, and how long before the demo.
pub const CART_RESTS: (i64, i64) = (46, 6 * DAY + 3 * HOUR);

/// Every scene, in the order in which it is put.
pub fn scenes(recording: &Recording) -> Vec<Scene> {
    let mut scenes = vec![
        recorded(recording, "shop", "shop/storefront", 37, 17 * MINUTE - 10),
        recorded(recording, "billing", "billing/billing", 200, 26 * MINUTE),
        recorded(recording, "search", "search/search", 275, 580),
        recorded(recording, "media", "media", 400, 2 * HOUR + 10 * MINUTE),
        recorded(recording, "legacy", "legacy", 400, 3 * DAY + 5 * HOUR),
        natives(recording, "platform", 2 * DAY + 7 * HOUR),
        natives(recording, "data", 5 * DAY + HOUR),
        natives(recording, "observability", 8 * DAY + 4 * HOUR),
        natives(recording, "payments", 41 * MINUTE),
        natives(recording, "reporting", 19 * HOUR),
        copied_but(recording, SHOP, &CART_SIBLING, 10, 4 * DAY, mishaps::unplaced),
        copied(recording, BILLING, &CART, CART_RESTS.0, CART_RESTS.1),
        copied_but(recording, BILLING, &FX_RATES, 46, 11 * DAY, mishaps::from_registry),
        copied_but(recording, SHOP, &TRACKING, 23, 30 * HOUR, mishaps::without_service),
        copied_but(recording, BILLING, &MAILER, 220, 8 * HOUR, mishaps::uncertified),
        copied_but(recording, SHOP, &LOGIN, 240, 5 * HOUR, valued::from_three),
        leftover(recording),
        copied_but(recording, BILLING, &INVENTORY, 46, 3 * DAY, mishaps::unfinished),
        copied_but(recording, BILLING, &PREVIEW, 46, 6 * DAY, mishaps::held),
    ];
    let grounds = grounds(recording, &scenes);
    scenes.insert(0, grounds);
    scenes.insert(1, scene("fleet", 0, 0, fleet::objects()));
    scenes
}

const SHOP: (&str, &str, &str) = ("shop", "storefront", "storefront");
pub const BILLING: (&str, &str, &str) = ("billing", "billing", "storefront");

const CART_SIBLING: Names = Names {
    namespace: "checkout",
    name: "coupons",
    chart: "coupons",
    words: &[
        ("A web shop front end", "Checks and redeems coupons"),
        ("shop.example.com", "coupons.example.com"),
        ("1.4.0", "0.9.4"),
        ("2.9.1", "0.9.4"),
    ],
};
const FX_RATES: Names = Names {
    namespace: "payments",
    name: "fx-rates",
    chart: "rates",
    words: &[
        ("A web shop front end", "Exchange rates, fresh every minute"),
        ("shop.example.com", "rates.example.com"),
        ("1.4.0", "2.0.1"),
        ("2.9.1", "2.0.1"),
    ],
};
const TRACKING: Names = Names {
    namespace: "shipping",
    name: "tracking",
    chart: "tracking",
    words: &[
        ("A web shop front end", "Where a parcel is"),
        ("shop.example.com", "track.example.com"),
        ("1.4.0", "3.7.0"),
        ("1.5.0", "3.8.0"),
        ("2.9.1", "3.7.1"),
        ("2.10.0", "3.8.0"),
    ],
};
const MAILER: Names = Names {
    namespace: "notifications",
    name: "mailer",
    chart: "mailer",
    words: &[
        ("A web shop front end", "Sends letters and messages"),
        ("shop.example.com", "mail.example.com"),
        ("1.4.0", "1.12.3"),
        ("1.5.0", "1.13.0"),
        ("2.9.1", "1.12.3"),
        ("2.10.0", "1.13.0"),
    ],
};
const LOGIN: Names = Names {
    namespace: "identity",
    name: "login",
    chart: "login",
    words: &[
        ("A web shop front end", "Sign-in pages and sessions"),
        ("shop.example.com", "login.example.com"),
        ("1.4.0", "7.3.0"),
        ("1.5.0", "7.4.0"),
        ("2.9.1", "7.3.2"),
        ("2.10.0", "7.4.1"),
        ("INC-4711", "INC-4688"),
    ],
};
const INVENTORY: Names = Names {
    namespace: "warehouse",
    name: "inventory",
    chart: "inventory",
    words: &[
        ("A web shop front end", "Counts what lies on the shelves"),
        ("shop.example.com", "stock.example.com"),
        ("1.4.0", "6.2.0"),
        ("2.9.1", "6.2.0"),
    ],
};
const PREVIEW: Names = Names {
    namespace: "previews",
    name: "pr-417",
    chart: "preview",
    words: &[
        ("A web shop front end", "What a change would look like"),
        ("shop.example.com", "pr-417.example.com"),
        ("1.4.0", "0.3.0"),
        ("2.9.1", "0.3.0"),
    ],
};
const PRICING: Names = Names {
    namespace: "catalog",
    name: "pricing",
    chart: "pricing",
    words: &[
        ("A web shop front end", "What everything costs today"),
        ("shop.example.com", "prices.example.com"),
        ("1.4.0", "4.0.0"),
        ("1.5.0", "4.1.0"),
        ("2.9.1", "4.0.0"),
        ("2.10.0", "4.1.0"),
        ("INC-4711", "INC-4625"),
    ],
};

fn recorded(recording: &Recording, namespace: &str, name: &str, at: i64, ago: i64) -> Scene {
    scene(name, at, ago, recording.state(namespace, at))
}

fn copied(recording: &Recording, from: (&str, &str, &str), to: &Names, at: i64, ago: i64) -> Scene {
    copied_but(recording, from, to, at, ago, |_, _| {})
}

fn copied_but(recording: &Recording, from: (&str, &str, &str), to: &Names, at: i64, ago: i64, mishap: Mishap) -> Scene {
    let rewriting = rewriting(recording, from, to);
    let mut objects: Vec<Value> = recording.state(from.0, at).iter().map(|object| rewriting.object(object)).collect();
    add_accounts(&mut objects);
    mishap(&mut objects, &Clock(second(at + ago)));
    scene(&format!("{}/{}", to.namespace, to.name), at, ago, objects)
}

/// How a release of the streams is copied.
pub fn rewriting(recording: &Recording, from: (&str, &str, &str), to: &Names) -> Rewriting {
    Rewriting::new(to, from, recording.between(from.0, i64::MIN, i64::MAX).map(|event| &event.object))
}

fn natives(recording: &Recording, namespace: &str, ago: i64) -> Scene {
    // Another cluster than that of the streams, which gave the same addresses.
    let rewriting = Rewriting::of_identity("natives");
    // Nothing reads these, and the demo does not serve them.
    let is_served = |object: &&Value| object["kind"] != "ControllerRevision" && object["kind"] != "EndpointSlice";
    let own = recording.natives.iter().filter(|object| object["metadata"]["namespace"] == namespace).filter(is_served);
    let mut objects: Vec<Value> = own.map(|object| rewriting.object(object)).collect();
    objects.sort_by_key(|object| text(object, "/metadata/creationTimestamp"));
    let mut scene = scene(namespace, 0, ago, objects);
    scene.moment = jiff::Timestamp::from_second(recording.natives_at).expect("a time");
    scene
}

/// `shop/storefront` half an hour after the streams: five objects were kept then, the others are as the streams left
/// them, moved to where the last rollout began.
fn leftover(recording: &Recording) -> Scene {
    let rewriting = rewriting(recording, SHOP, &PRICING);
    let (last_seen, rollout, end) = (252, 1814, 1870);
    let revision =
        |object: &Value| text(object, "/metadata/name").rsplit_once(".v").map(|(_, number)| number.to_owned());
    let mut objects: Vec<Value> = Vec::new();
    for mut object in recording.state("shop", 400) {
        let same =
            |kept: &Value| kept["kind"] == object["kind"] && kept["metadata"]["name"] == object["metadata"]["name"];
        if let Some(kept) = recording.leftover.iter().find(|kept| same(kept)) {
            objects.push(kept.clone());
            continue;
        }
        let is_payload = object["type"] == "helm.sh/release.v1";
        match object["kind"].as_str() {
            // The revision that the incident's rollback was followed by is that of the streams' end, deployed again.
            Some("Secret") if is_payload && revision(&object).as_deref() == Some("4") => {
                object = deployed_again(&object, "7", last_seen, rollout);
            }
            Some("Secret") if is_payload => continue,
            Some("Pod" | "Event") => object = moved(&object, last_seen - 10, rollout - last_seen),
            Some("ReplicaSet") if object["spec"]["replicas"] == 3 => {
                object["metadata"]["annotations"]["deployment.kubernetes.io/revision"] = "9".into();
            }
            _ => {}
        }
        objects.push(object);
    }
    let stored = recording.leftover.iter().filter(|object| object["kind"] == "Secret");
    objects.extend(stored.cloned());
    let objects = objects.iter().map(|object| rewriting.object(object)).collect();
    scene("catalog/pricing", end, DAY + 20 * HOUR, objects)
}

/// What happened from a second on, so many seconds later.
fn moved(object: &Value, from: i64, later: i64) -> Value {
    let shift = wheelhouse::demo::shift::Shift::new(second(0), second(0)).and_from(second(from), second(from + later));
    serde_json::from_str(&shift.text(&object.to_string())).expect("an object")
}

/// A stored revision under a later number and at a later time, superseded since.
fn deployed_again(object: &Value, number: &str, from: i64, at: i64) -> Value {
    let mut object = moved(object, from - 12, at - from);
    let old = text(&object, "/metadata/labels/version");
    let name = text(&object, "/metadata/name").replace(&format!(".v{old}"), &format!(".v{number}"));
    object["metadata"]["name"] = name.into();
    object["metadata"]["uid"] = "6f0f8b0e-96b2-4b07-9d50-0d6a8a3f5c11".into();
    object["metadata"]["labels"]["version"] = number.into();
    object["metadata"]["labels"]["status"] = "superseded".into();
    object["metadata"]["labels"]["modifiedAt"] = second(at + 47).as_second().to_string().into();
    let payload = &mut object["data"]["release"];
    payload["version"] = number.parse::<u64>().expect("a number").into();
    payload["info"]["status"] = "superseded".into();
    object
}

fn scene(name: &str, at: i64, ago: i64, mut objects: Vec<Value>) -> Scene {
    add_accounts(&mut objects);
    // Events live an hour after they were last told.
    let start = second(at + ago);
    let is_kept = |event: &Value| {
        let last: jiff::Timestamp = text(event, "/lastTimestamp").parse().unwrap_or(jiff::Timestamp::MIN);
        ago < HOUR || start.as_second() - last.as_second() < HOUR
    };
    objects.retain(|object| object["kind"] != "Event" || is_kept(object));
    let waiting: Vec<Value> = objects.iter().filter(|object| waits_for_image(object)).cloned().collect();
    for pod in waiting {
        let created: jiff::Timestamp = text(&pod, "/metadata/creationTimestamp").parse().expect("a time");
        objects.extend(image_events(&pod, created, start - jiff::SignedDuration::from_secs(7)));
    }
    let objects = objects.into_iter().map(fleet::owned);
    Scene { name: name.to_owned(), moment: second(at), ago, objects: objects.map(|object| raw(&object)).collect() }
}

/// An object as the bundle has it: a payload is JSON in a string, to be moved in time and packed without being read.
pub fn raw(object: &Value) -> Box<RawValue> {
    to_raw_value(&with_payload_as_text(object)).expect("an object is JSON")
}

pub fn with_payload_as_text(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(payload) = object.pointer_mut("/data/release").filter(|payload| payload.is_object()) {
        *payload = payload.to_string().into();
    }
    object
}

/// ServiceAccounts were not watched: each is made beside the Secret of its release, which was applied with it.
fn add_accounts(objects: &mut Vec<Value>) {
    let named = |kind: &str, object: &Value| (object["kind"] == kind).then(|| text(object, "/metadata/name"));
    let known: Vec<String> = objects.iter().filter_map(|object| named("ServiceAccount", object)).collect();
    let wanted = objects.iter().filter(|object| object["kind"] == "Deployment");
    let wanted: Vec<String> = wanted.map(|object| text(object, "/spec/template/spec/serviceAccountName")).collect();
    let beside = |object: &Value| {
        let mut account = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": object["metadata"]});
        account["metadata"]["uid"] = uid(&text(object, "/metadata/uid")).into();
        for entry in account["metadata"]["managedFields"].as_array_mut().into_iter().flatten() {
            let fields = entry["fieldsV1"].as_object_mut().expect("fields");
            fields.retain(|key, _| key == "f:metadata");
        }
        account
    };
    let is_wanted =
        |object: &&Value| named("Secret", object).is_some_and(|name| wanted.contains(&name) && !known.contains(&name));
    let accounts: Vec<Value> = objects.iter().filter(is_wanted).map(beside).collect();
    let place = objects.iter().position(|object| object["kind"] == "Secret").unwrap_or(0);
    objects.splice(place..place, accounts);
}

/// The namespaces and the chart repository: older than everything in them.
fn grounds(recording: &Recording, scenes: &[Scene]) -> Scene {
    let (at, ago) = (2, 14 * DAY);
    let mut names: Vec<String> = vec!["default".to_owned(), "flux-system".to_owned(), "kube-system".to_owned()];
    for scene in scenes {
        for object in &scene.objects {
            let object: Value = serde_json::from_str(object.get()).expect("an object");
            names.push(text(&object, "/metadata/namespace"));
        }
    }
    names.sort();
    names.dedup();
    let namespace = |name: &String| {
        let age = i64::from(Sha256::digest(name)[0]);
        let created = second(-90 * DAY - age * 17_011).to_string();
        json!({
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {
                "creationTimestamp": created,
                "labels": {"kubernetes.io/metadata.name": name},
                "managedFields": [{
                    "apiVersion": "v1",
                    "fieldsType": "FieldsV1",
                    "fieldsV1": {"f:metadata": {"f:labels": {".": {}, "f:kubernetes.io/metadata.name": {}}}},
                    "manager": "kubectl-create",
                    "operation": "Update",
                    "time": created,
                }],
                "name": name,
                "uid": uid(&format!("namespace {name}")),
            },
            "spec": {"finalizers": ["kubernetes"]},
            "status": {"phase": "Active"},
        })
    };
    let mut objects: Vec<Value> = names.iter().map(namespace).collect();
    let is_repository = |object: &Value| object["kind"] == "HelmRepository";
    objects.extend(recording.state("flux-system", at).into_iter().filter(is_repository));
    objects.extend(definitions::definitions(&second(-80 * DAY).to_string()));
    scene("grounds", at, ago, objects)
}
