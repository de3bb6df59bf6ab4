//! What the list says of fields that people changed, by keys only.

use serde_json::Value;
use wheelhouse::release::ObjectId;

use crate::stage::Stage;

/// The list with storefront alone.
async fn list(width: u16, height: u16) -> Stage {
    let mut stage = Stage::new(width, height);
    stage.settled().await;
    stage.keys("/");
    stage.typed("ns:shop storefront");
    stage.keys("enter");
    stage
}

fn marks(stage: &Stage) -> String {
    let row = stage.model.releases.current(&stage.model.session).unwrap();
    row.borne().map(|mark| mark.to_string()).collect::<Vec<_>>().join(" ")
}

/// The Deployment as it is, while its release is open.
fn deployment(stage: &Stage) -> Value {
    let open = stage.model.session.open.as_ref().unwrap();
    let id = ObjectId::new("apps", "Deployment", "shop", "storefront");
    open.world.body(&id).unwrap().with_managed_fields()
}

/// Hands everything back that somebody wrote.
async fn hand_back(stage: &mut Stage, mut object: Value, manager: &str) {
    let entries = object.pointer_mut("/metadata/managedFields").and_then(Value::as_array_mut).unwrap();
    let before = entries.len();
    entries.retain(|entry| entry["manager"] != manager);
    assert!(entries.len() < before, "{manager} wrote nothing");
    stage.demo.server().put(object);
    stage.later(3);
    stage.settled().await;
}

#[tokio::test(start_paused = true)]
async fn fields_that_people_hold_are_counted_until_they_are_handed_back() {
    let mut stage = list(120, 40).await;
    assert_eq!(marks(&stage), "drift edited:6");
    stage.keys("enter 2");
    stage.settled().await;
    let object = deployment(&stage);
    stage.keys("esc");
    hand_back(&mut stage, object, "platform-team").await;
    assert_eq!(marks(&stage), "drift edited:4");
}

#[tokio::test(start_paused = true)]
async fn what_was_found_of_an_open_release_stands_until_something_changes() {
    let mut stage = list(120, 40).await;
    stage.keys("enter 3");
    stage.settled().await;
    assert_eq!(marks(&stage), "drift hotfix:6");
    let object = deployment(&stage);
    stage.keys("esc");
    stage.later(60);
    stage.settled().await;
    assert_eq!(marks(&stage), "drift hotfix:6");
    hand_back(&mut stage, object, "platform-team").await;
    assert_eq!(marks(&stage), "drift edited:4");
}

#[tokio::test(start_paused = true)]
async fn the_list_shows_and_finds_them() {
    for width in [80, 120, 160] {
        let mut stage = Stage::new(width, 24);
        stage.settled().await;
        stage.keys("/");
        stage.typed("has:edited");
        stage.keys("enter");
        insta::assert_snapshot!(format!("list_edited_{width}x24"), stage.screen());
    }
}
