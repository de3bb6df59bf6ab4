//! What changed of the demo's releases, by keys only.

use wheelhouse::config::Depth;

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

/// Compares the latest revision with what is live.
async fn compared_with_live(width: u16, height: u16) -> Stage {
    let mut stage = compared(width, height, STOREFRONT).await;
    stage.keys("<");
    stage.typed("revision 2");
    stage.keys("enter >");
    stage.typed("live");
    stage.keys("enter");
    stage.settled().await;
    stage
}

#[tokio::test(start_paused = true)]
async fn what_is_live_is_not_what_was_deployed() {
    for (width, height) in [(80, 24), (120, 40), (160, 50)] {
        let stage = compared_with_live(width, height).await;
        insta::assert_snapshot!(format!("diff_of_storefront_live_{width}x{height}"), stage.screen());
    }
}

/// What was added and removed is told by its sign, in every theme.
#[tokio::test(start_paused = true)]
async fn it_is_read_in_every_theme() {
    for (width, height) in [(80, 24), (160, 50)] {
        let revisions = compared(width, height, STOREFRONT).await;
        let live = compared_with_live(width, height).await;
        for (name, theme, depth) in [
            ("dark", "dark", Depth::Rgb),
            ("light", "light", Depth::Rgb),
            ("mono", "mono", Depth::None),
            ("dark_of_sixteen", "dark", Depth::Sixteen),
            ("light_of_sixteen", "light", Depth::Sixteen),
        ] {
            let said = [&revisions, &live].map(|stage| stage.styled(theme, depth));
            insta::assert_snapshot!(format!("diff_of_storefront_{name}_{width}x{height}"), said[0]);
            insta::assert_snapshot!(format!("diff_of_storefront_live_{name}_{width}x{height}"), said[1]);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_deployed_is_compared_with_what_is_live_by_one_key() {
    let mut stage = Stage::new(120, 40);
    stage.settled().await;
    stage.keys("/");
    stage.typed(STOREFRONT);
    stage.keys("enter L");
    stage.settled().await;
    assert!(stage.screen().contains("shop/storefront  revision 2 -> live   1 changed"), "{}", stage.screen());
    // In the history, of the selected revision.
    stage.keys("esc h j L");
    stage.settled().await;
    assert!(stage.screen().contains("shop/storefront  revision 1 -> live   1 changed"), "{}", stage.screen());
}

#[tokio::test(start_paused = true)]
async fn a_rollback_is_called_one() {
    let stage = compared(120, 40, "ns:billing").await;
    assert!(stage.screen().contains("revision 11 is a rollback to "), "{}", stage.screen());
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
