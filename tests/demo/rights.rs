//! What users may do who may not do everything: which right is missing is said, and nothing is sent.

use wheelhouse::release::Scope;

use crate::commands::check;
use crate::journeys::open;
use crate::stage::Stage;

/// Who may not patch is told which verb is missing, and nothing is sent.
#[tokio::test(start_paused = true)]
async fn without_the_verb_nothing_is_sent() {
    let mut stage = Stage::with(Some("demo-viewer"), Scope::All, 120, 40);
    stage.settled().await;
    open(&mut stage, "ns:search", "R").await;
    let screen = stage.screen();
    assert!(screen.contains("missing  the right to patch helmreleases.helm.toolkit.fluxcd.io"), "{screen}");
    stage.keys("y");
    stage.settled().await;
    assert!(stage.screen().contains("run: the right to patch is missing"), "{}", stage.screen());
    assert_eq!(stage.journal.read().unwrap(), []);
}

/// Who may write in one namespace plans and acts there as everybody does.
#[tokio::test(start_paused = true)]
async fn who_may_write_in_one_namespace_acts_there() {
    let mut stage = Stage::with(Some("demo-writer"), Scope::All, 120, 40);
    stage.settled().await;
    open(&mut stage, "ns:payments fx", "R").await;
    let screen = stage.screen();
    assert!(screen.contains("met      you may patch helmreleases in payments"), "{screen}");
    stage.keys("y");
    stage.settled().await;
    assert!(stage.screen().contains("1  done     patch   HelmRelease fx-rates"), "{}", stage.screen());
    assert!(!stage.journal.read().unwrap().is_empty());
}

/// Elsewhere the same user has the rights of a viewer.
#[tokio::test(start_paused = true)]
async fn who_may_write_in_one_namespace_may_not_elsewhere() {
    let mut stage = Stage::with(Some("demo-writer"), Scope::All, 120, 40);
    stage.settled().await;
    open(&mut stage, "ns:billing", "R").await;
    let screen = stage.screen();
    assert!(screen.contains("missing  the right to patch helmreleases.helm.toolkit.fluxcd.io"), "{screen}");
    stage.keys("y");
    stage.settled().await;
    assert!(stage.screen().contains("run: the right to patch is missing"), "{}", stage.screen());
    assert_eq!(stage.journal.read().unwrap(), []);
}

/// A rollback needs rights for every object: the one that nobody thought of is named, and the others are not sent either.
#[tokio::test(start_paused = true)]
async fn a_rollback_that_lacks_one_right_is_not_begun() {
    let mut stage = Stage::with(Some("demo-writer"), Scope::All, 120, 40);
    stage.settled().await;
    open(&mut stage, "ns:payments card", "h").await;
    stage.keys("G a b");
    stage.settled().await;
    insta::assert_snapshot!("rollback_that_lacks_a_right", stage.screen());
    stage.keys("y");
    stage.settled().await;
    assert!(stage.screen().contains("run: the right to patch is missing"), "{}", stage.screen());
    assert_eq!(stage.journal.read().unwrap(), []);
}

#[test]
fn the_commands_say_what_is_missing_as_well() {
    let of = |release| ["rollback", release, "1", "--context", "demo-writer"];
    let lacks = ["you may not patch poddisruptionbudgets.policy in payments"];
    check(&[&of("payments/card-gateway")[..], &["--yes"]].concat(), 15, &lacks, &[]);
    check(&["reconcile", "payments/fx-rates", "--dry-run", "--context", "demo-writer"], 0, &["met "], &["unmet"]);
}
