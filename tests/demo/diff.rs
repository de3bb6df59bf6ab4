//! What changed of the demo's releases, by keys only.

use crate::stage::Stage;

/// Compares the latest revision of a release with the one before.
async fn compared(width: u16, height: u16, filter: &str) -> Stage {
    let mut stage = Stage::new(width, height);
    stage.settled().await;
    stage.keys("/");
    stage.typed(filter);
    stage.keys("enter D");
    stage.settled().await;
    stage
}

const STOREFRONT: &str = "ns:shop storefront";

#[tokio::test(start_paused = true)]
async fn what_the_last_upgrade_of_storefront_changed() {
    for (width, height) in [(80, 24), (120, 40), (160, 50)] {
        let mut stage = compared(width, height, STOREFRONT).await;
        insta::assert_snapshot!(format!("diff_of_storefront_{width}x{height}"), stage.screen());
        stage.keys("f");
        insta::assert_snapshot!(format!("diff_of_storefront_fields_{width}x{height}"), stage.screen());
        stage.keys("f p");
        insta::assert_snapshot!(format!("diff_of_storefront_values_{width}x{height}"), stage.screen());
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_live_is_not_what_was_deployed() {
    for (width, height) in [(80, 24), (120, 40), (160, 50)] {
        let mut stage = compared(width, height, STOREFRONT).await;
        stage.keys("<");
        stage.typed("revision 2");
        stage.keys("enter >");
        stage.typed("live");
        stage.keys("enter");
        stage.settled().await;
        insta::assert_snapshot!(format!("diff_of_storefront_live_{width}x{height}"), stage.screen());
    }
}

#[tokio::test(start_paused = true)]
async fn esc_leads_back_to_where_it_was_opened() {
    let mut stage = compared(120, 40, STOREFRONT).await;
    stage.keys("esc");
    assert!(stage.screen().contains("VERDICT"), "{}", stage.screen());
    stage.keys("h D");
    stage.settled().await;
    assert!(stage.screen().contains("rev 1 (1.4.0) -> rev 2 (1.5.0)"), "{}", stage.screen());
    stage.keys("esc");
    assert!(stage.screen().contains("[4 history]"), "{}", stage.screen());
}
