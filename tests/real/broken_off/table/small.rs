//! What writes one request for each object.

use serde_json::{Value, json};
use wheelhouse::release::codec::{self, Driver};
use wheelhouse::release::payload::Payload;

use super::super::place::Place;
use super::super::row::Row;
use crate::cluster::{Helm, User};
use crate::rollback::table::{service, settings};

/// On two objects: one write each.
pub static DISOWN: Row = Row {
    name: "disown",
    make: |place| place.site().install(Helm::V4, &[settings("1"), service()]),
    prepare: |place| {
        let site = place.site();
        site.upgrade_with(Helm::V4, &[settings("1"), service()], &["--force-conflicts"]);
        let of = |kind: &str, name: &str, more: Value| {
            let mut object = json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": name}});
            object.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            site.apply_as(FORMER, &object);
        };
        of("ConfigMap", "settings", json!({"data": {"LEFT": "1"}}));
        of("Service", "web", json!({"spec": {"sessionAffinity": "ClientIP"}}));
    },
    verb: "disown",
    flags: &["--manager", FORMER],
    state: |place| {
        let objects = ["configmaps/settings", "services/web"].map(|path| place.find("api/v1", path));
        let is_held = |object: &&Value| {
            object["metadata"]["managedFields"].as_array().unwrap().iter().any(|entry| entry["manager"] == FORMER)
        };
        let left =
            |object: &&Value| object["data"].get("LEFT").is_some() || object["spec"]["sessionAffinity"] == "ClientIP";
        let all = || objects.iter().flatten();
        json!({"held": all().filter(is_held).count(), "left": all().filter(left).count()})
    },
    lanes: 2,
};

const FORMER: &str = "former-tool";

/// Another upgrade, for which nothing is in the way.
pub fn upgrade(place: &Place) -> bool {
    place.site().write(Helm::V4, "upgrade", &[settings("3"), service()], &["--force-conflicts"]).success()
}

pub static UNLOCK: Row = Row {
    name: "unlock",
    make: |place| place.site().install(Helm::V4, &[settings("1")]),
    // As a client leaves it that was killed.
    prepare: |place| {
        let mut object = place.find("api/v1", FIRST).unwrap();
        let mut payload = decoded(&object);
        payload["info"]["status"] = "pending-upgrade".into();
        payload["info"]["description"] = "Preparing upgrade".into();
        let payload = Payload::new(payload.as_object().unwrap().clone());
        object["data"]["release"] = codec::encode(Driver::Secret, &payload).unwrap().into();
        object["metadata"]["labels"]["status"] = "pending-upgrade".into();
        let path = format!("/api/v1/namespaces/{}/{FIRST}", place.namespace);
        let written = place.cluster.request(User::Admin, "PUT", &path, Some(&object.to_string()));
        assert_eq!(written.status, 200, "{}", written.body);
    },
    verb: "unlock",
    flags: &[],
    state: |place| {
        let object = place.find("api/v1", FIRST).unwrap();
        let info = &decoded(&object)["info"];
        let label = &object["metadata"]["labels"]["status"];
        let pending = usize::from(label.as_str().unwrap().starts_with("pending"));
        json!({"label": label, "status": info["status"], "description": info["description"], "pending": pending})
    },
    lanes: 1,
};

const FIRST: &str = "secrets/sh.helm.release.v1.shop.v1";

fn decoded(object: &Value) -> Value {
    let data = object["data"]["release"].as_str().unwrap();
    codec::decode(Driver::Secret, data.as_bytes()).unwrap().into_raw().into()
}
