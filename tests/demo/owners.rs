//! Who owns what of the demo's releases, by keys only.

use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::json;
use wheelhouse::release::{ObjectId, Scope};

use crate::stage::Stage;

/// Opens the owners of a release.
async fn owners(width: u16, height: u16, filter: &str) -> Stage {
    let mut stage = Stage::new(width, height);
    stage.settled().await;
    open(&mut stage, filter).await;
    stage
}

async fn open(stage: &mut Stage, filter: &str) {
    stage.keys("/");
    stage.typed(filter);
    stage.keys("enter enter 3");
    stage.settled().await;
}

#[tokio::test(start_paused = true)]
async fn six_hotfixes_by_five_managers_and_what_becomes_of_them() {
    for (width, height) in [(120, 40), (80, 24)] {
        let mut stage = owners(width, height, "ns:shop storefront").await;
        insta::assert_snapshot!(format!("owners_of_storefront_{width}x{height}"), stage.screen());
        stage.keys("G");
        insta::assert_snapshot!(format!("owners_of_storefront_end_{width}x{height}"), stage.screen());
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_computed_stands_until_the_api_server_has_answered() {
    let mut stage = Stage::new(120, 40);
    stage.settled().await;
    stage.dry_runs_take = Duration::from_secs(3600);
    open(&mut stage, "ns:shop storefront").await;
    let notes = |stage: &Stage| {
        let screen = stage.screen();
        screen.lines().filter(|line| line.contains(" fates ")).map(|line| line.trim().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(notes(&stage), ["6 fates computed here: the API server is being asked"], "{}", stage.screen());
    tokio::time::sleep(stage.dry_runs_take).await;
    stage.settled().await;
    assert_eq!(notes(&stage), ["6 fates by the API server, in a dry-run of that write"], "{}", stage.screen());
}

#[tokio::test(start_paused = true)]
async fn the_api_server_is_asked_again_where_more_than_a_status_changed() {
    let mut stage = owners(120, 40, "ns:shop storefront").await;
    let id = ObjectId::new("apps", "Deployment", "shop", "storefront");
    let tried = |stage: &Stage| stage.tried.load(Ordering::Relaxed);
    let asked = tried(&stage);
    let change = |stage: &Stage, place: &str, value: i64| {
        let open = stage.model.session.open.as_ref().unwrap();
        let mut object = open.world.body(&id).unwrap().with_managed_fields();
        *object.pointer_mut(place).unwrap() = json!(value);
        stage.demo.server().put(object);
    };
    for (place, expected) in [("/status/readyReplicas", asked), ("/spec/replicas", asked + 1)] {
        change(&stage, place, 4);
        stage.later(2);
        stage.settled().await;
        assert_eq!(tried(&stage), expected, "{place}");
    }
    stage.keys("ctrl-r");
    stage.settled().await;
    assert_eq!(tried(&stage), 2 * asked + 1);
}

#[tokio::test(start_paused = true)]
async fn what_is_equal_today_is_counted_and_listed_on_enter() {
    let mut stage = owners(120, 40, "ns:shop storefront").await;
    assert!(stage.screen().contains("enter lists them"), "{}", stage.screen());
    stage.keys("j j j j j j enter");
    insta::assert_snapshot!("owners_of_storefront_unfolded_120x40", stage.screen());
}

#[tokio::test(start_paused = true)]
async fn where_nothing_was_edited_it_says_so() {
    let stage = owners(120, 40, "ns:checkout cart").await;
    insta::assert_snapshot!("owners_of_cart_120x40", stage.screen());
}

#[tokio::test(start_paused = true)]
async fn without_the_manifest_it_says_what_is_missing() {
    let mut stage = Stage::with(Some("demo-viewer"), Scope::All, 80, 24);
    stage.settled().await;
    stage.keys("/");
    stage.typed("ns:shop storefront");
    stage.keys("enter enter 3");
    stage.settled().await;
    insta::assert_snapshot!("owners_without_secrets_80x24", stage.screen());
}

#[tokio::test(start_paused = true)]
async fn from_a_hotfix_to_its_line_and_on_to_the_next() {
    for (width, height) in [(120, 40), (80, 24)] {
        let mut stage = owners(width, height, "ns:shop storefront").await;
        stage.keys("j j enter");
        stage.settled().await;
        insta::assert_snapshot!(format!("blame_of_storefront_{width}x{height}"), stage.screen());
        stage.keys("n");
        insta::assert_snapshot!(format!("blame_of_storefront_next_{width}x{height}"), stage.screen());
        stage.keys("esc");
        assert!(stage.screen().contains("[3 owners]"), "{}", stage.screen());
    }
}

#[tokio::test(start_paused = true)]
async fn an_object_is_blamed_from_its_row_and_unfolded() {
    let mut stage = owners(120, 40, "ns:shop storefront").await;
    stage.keys("2 b");
    stage.settled().await;
    let folded = stage.screen();
    assert!(folded.contains("# folded: "), "{folded}");
    stage.keys("f");
    stage.settled().await;
    stage.keys("G");
    insta::assert_snapshot!("blame_unfolded_120x40", stage.screen());
}

#[tokio::test(start_paused = true)]
async fn what_keeps_or_undoes_a_hotfix_is_shown_and_copied() {
    let mut stage = owners(80, 24, "ns:shop storefront").await;
    stage.keys("j j p");
    insta::assert_snapshot!("permanent_of_replicas_80x24", stage.screen());
    stage.keys("esc u");
    insta::assert_snapshot!("undo_of_replicas_80x24", stage.screen());
    stage.keys("esc enter");
    stage.settled().await;
    stage.keys("n n u");
    insta::assert_snapshot!("undo_of_image_80x24", stage.screen());
    // A line that nobody edited.
    stage.keys("esc g g p");
    assert!(stage.screen().contains("permanent: only where something was edited"), "{}", stage.screen());
}

#[tokio::test(start_paused = true)]
async fn one_manager_is_looked_at_and_a_text_is_found() {
    for (width, height) in [(120, 40), (80, 24)] {
        let mut stage = owners(width, height, "ns:shop storefront").await;
        stage.keys("enter");
        stage.settled().await;
        stage.keys("m m n");
        insta::assert_snapshot!(format!("blame_of_one_manager_{width}x{height}"), stage.screen());
        stage.keys("/");
        stage.typed("httpget");
        stage.keys("enter n");
        insta::assert_snapshot!(format!("blame_searched_{width}x{height}"), stage.screen());
        // First the search is left, then the manager, then the object.
        for said in ["kubectl: 1 line", "6 findings", "[3 owners]"] {
            stage.keys("esc");
            assert!(stage.screen().contains(said), "{said}: {}", stage.screen());
        }
    }
}
