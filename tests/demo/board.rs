//! From the list to a preflight, and from a finding to its field, by keys only.

use crate::stage::Stage;

/// A preflight of the releases that pass a filter.
async fn preflight(width: u16, height: u16, filter: &str) -> Stage {
    let mut stage = Stage::new(width, height);
    stage.settled().await;
    stage.keys("/");
    stage.typed(filter);
    stage.keys("enter :");
    stage.typed("preflight all");
    stage.keys("enter");
    stage.settled().await;
    stage
}

#[tokio::test(start_paused = true)]
async fn from_the_list_to_what_is_in_the_way_and_on_to_its_field() {
    let mut stage = preflight(120, 40, "ns:legacy").await;
    insta::assert_snapshot!("board_of_legacy_120x40", stage.screen());
    stage.keys("j j j j j j j enter");
    stage.settled().await;
    insta::assert_snapshot!("board_of_legacy_opened_120x40", stage.screen());
    stage.keys("esc esc");
    assert!(stage.screen().contains("Preflight of"), "{}", stage.screen());
    stage.keys("esc");
    assert!(stage.screen().contains("VERDICT"), "{}", stage.screen());
}

#[tokio::test(start_paused = true)]
async fn what_was_preflighted_is_marked_in_the_list() {
    let mut stage = preflight(160, 50, "ns:shop").await;
    insta::assert_snapshot!("board_of_shop_160x50", stage.screen());
    stage.keys("esc");
    insta::assert_snapshot!("list_after_preflight_160x50", stage.screen());
}
