//! What a newcomer sees of the demo, by keys only.

use crate::stage::Stage;
use wheelhouse::release::Scope;

fn line<'a>(screen: &'a str, name: &str) -> &'a str {
    screen.lines().find(|line| line.split_whitespace().any(|word| word == name)).unwrap_or_default()
}

#[tokio::test(start_paused = true)]
async fn the_worst_release_its_history_and_its_values_are_a_few_keys_away() {
    let mut stage = Stage::new(120, 40);
    stage.settled().await;
    assert!(stage.screen().lines().nth(2).unwrap().contains("x failed"), "{}", stage.screen());
    stage.keys("h");
    stage.settled().await;
    assert!(stage.screen().contains("[4 history]"));
    stage.keys("5");
    stage.settled().await;
    assert!(stage.screen().contains("[5 values]") && stage.screen().contains("breakStart: true"), "{}", stage.screen());
    stage.keys("esc");
    assert!(stage.screen().contains("NAMESPACE"));
}

#[tokio::test(start_paused = true)]
async fn an_upgrade_fails_is_rolled_back_and_is_mended_while_one_watches() {
    let mut stage = Stage::new(120, 40);
    stage.settled().await;
    assert!(line(&stage.screen(), "cart").contains("deployed"), "{}", stage.screen());
    let mut seen: Vec<String> = Vec::new();
    for _ in 0..400 {
        stage.later(1);
        stage.settled().await;
        let words: Vec<String> = line(&stage.screen(), "cart")
            .split_whitespace()
            .take(7)
            .map(|word| word.trim_start_matches('>').to_owned())
            .collect();
        let verdict = words.iter().find(|word| word.len() > 2).cloned().unwrap_or_default();
        let revision = words.iter().rfind(|word| word.parse::<u32>().is_ok()).cloned().unwrap_or_default();
        let now = format!("{verdict} {revision}");
        if seen.last() != Some(&now) {
            seen.push(now);
        }
    }
    insta::assert_snapshot!("the_cart", seen.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn every_user_sees_what_their_rights_allow() {
    for context in ["demo", "demo-nobody", "demo-team", "demo-viewer"] {
        let mut stage = Stage::with(Some(context), Scope::All, 120, 40);
        stage.settled().await;
        insta::assert_snapshot!(format!("as_{context}"), stage.screen());
    }
}

#[tokio::test(start_paused = true)]
async fn another_context_shows_nothing_of_the_one_before() {
    let mut stage = Stage::new(120, 40);
    stage.settled().await;
    stage.keys("C");
    stage.typed("team");
    stage.keys("enter");
    stage.settled().await;
    let screen = stage.screen();
    assert!(screen.contains("demo-team") && !screen.contains("billing"), "{screen}");
    assert!(screen.contains("cart") && screen.contains("fx-rates"), "{screen}");
}
