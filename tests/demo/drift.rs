//! How the demo's releases have drifted, by keys only.

use wheelhouse::release::Scope;

use crate::stage::Stage;

/// Opens the drift of a release.
async fn drift(width: u16, height: u16, filter: &str) -> Stage {
    let mut stage = Stage::new(width, height);
    stage.settled().await;
    stage.keys("/");
    stage.typed(filter);
    stage.keys("enter enter 6");
    stage.settled().await;
    stage
}

#[tokio::test(start_paused = true)]
async fn what_flux_counts_stands_before_what_it_does_not_see() {
    for (width, height) in [(160, 40), (80, 24)] {
        let mut stage = drift(width, height, "ns:shop storefront").await;
        insta::assert_snapshot!(format!("drift_of_storefront_{width}x{height}"), stage.screen());
        stage.keys("G");
        insta::assert_snapshot!(format!("drift_of_storefront_end_{width}x{height}"), stage.screen());
    }
}

#[tokio::test(start_paused = true)]
async fn the_rule_of_a_line_is_copied_and_of_other_lines_there_is_none() {
    let mut stage = drift(120, 40, "ns:shop storefront").await;
    stage.keys("I");
    assert_eq!(stage.copied.clone(), None);
    stage.keys("j I");
    let rule = "- paths:\n    - \"/spec/replicas\"\n  target:\n    group: \"apps\"\n    kind: \"Deployment\"\n    name: \"storefront\"\n";
    assert_eq!(stage.copied.clone().as_deref(), Some(rule));
    stage.keys("Y");
    let words = stage.copied.clone().unwrap_or_default();
    assert!(words.starts_with("Deployment storefront /spec/replicas: manifest 3, live 5, by "), "{words}");
}

#[tokio::test(start_paused = true)]
async fn enter_leads_to_the_line_of_the_field() {
    let mut stage = drift(120, 40, "ns:shop storefront").await;
    stage.keys("j j enter");
    stage.settled().await;
    insta::assert_snapshot!("drift_to_blame_120x40", stage.screen());
    stage.keys("esc");
    assert!(stage.screen().contains("[6 drift]"), "{}", stage.screen());
}

#[tokio::test(start_paused = true)]
async fn of_what_has_not_drifted_it_says_who_would_look() {
    for (name, filter) in [("native", "ns:legacy docs"), ("disabled", "ns:checkout cart")] {
        let stage = drift(80, 24, filter).await;
        insta::assert_snapshot!(format!("drift_{name}_80x24"), stage.screen());
    }
    let stage = drift(160, 40, "ns:legacy wiki").await;
    insta::assert_snapshot!("drift_of_wiki_160x40", stage.screen());
}

#[tokio::test(start_paused = true)]
async fn without_the_manifest_it_says_what_is_missing() {
    let mut stage = Stage::with(Some("demo-viewer"), Scope::All, 80, 24);
    stage.settled().await;
    stage.keys("/");
    stage.typed("ns:shop storefront");
    stage.keys("enter enter 6");
    stage.settled().await;
    insta::assert_snapshot!("drift_without_secrets_80x24", stage.screen());
}
