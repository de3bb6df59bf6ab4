//! What a newcomer sees of the demo, by keys only.

use crate::stage::Stage;
use jiff::SignedDuration;
use wheelhouse::app::Msg;
use wheelhouse::journal::{Deed, Line};
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
    let screen = stage.screen();
    assert!(screen.contains("[5 values]") && line(&screen, "breakStart").contains("true"), "{screen}");
    stage.keys("esc");
    assert!(stage.screen().contains("NAMESPACE"));
}

#[tokio::test(start_paused = true)]
async fn an_upgrade_fails_is_rolled_back_and_is_mended_while_one_watches() {
    let mut stage = Stage::new(120, 40);
    stage.settled().await;
    assert!(line(&stage.screen(), "cart").contains("healthy"), "{}", stage.screen());
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

/// Opens a release by its name and namespace.
async fn open(stage: &mut Stage, filter: &str, keys: &str) {
    stage.keys("/");
    stage.typed(filter);
    stage.keys("enter");
    stage.keys(keys);
    stage.settled().await;
}

#[tokio::test(start_paused = true)]
async fn the_worst_row_leads_to_its_cause_and_to_the_log_of_its_pod() {
    let mut stage = Stage::new(120, 40);
    stage.settled().await;
    stage.keys("w");
    stage.settled().await;
    assert!(stage.screen().contains("<- the cause"), "{}", stage.screen());
    stage.keys("l");
    stage.settled().await;
    assert!(stage.screen().contains("FATAL no index to serve"), "{}", stage.screen());
    stage.keys("p");
    stage.settled().await;
    insta::assert_snapshot!("the_log_of_search", stage.screen());
    stage.keys("esc esc");
    assert!(stage.screen().contains("NAMESPACE"), "{}", stage.screen());
}

/// Every release of the demo that is not well, and what finds it.
const BROKEN: [(&str, &str); 13] = [
    ("billing", "ns:billing"),
    ("coupons", "ns:checkout coupons"),
    ("forum", "ns:legacy forum"),
    ("inventory", "ns:warehouse"),
    ("mailer", "ns:notifications"),
    ("media", "ns:media !edge !values"),
    ("media-edge", "ns:media edge"),
    ("media-values", "ns:media values"),
    ("pr-417", "ns:previews"),
    ("search", "ns:search"),
    ("storefront", "ns:shop"),
    ("tracking", "ns:shipping"),
    ("wiki", "ns:legacy wiki"),
];

/// What is said of each.
#[tokio::test(start_paused = true)]
async fn every_broken_release_says_why() {
    for (name, filter) in BROKEN {
        let mut stage = Stage::new(120, 40);
        stage.settled().await;
        open(&mut stage, filter, "w").await;
        insta::assert_snapshot!(format!("why_{name}"), stage.screen());
    }
}

/// What happened before it broke, and what stands in the history beside it.
#[tokio::test(start_paused = true)]
async fn the_timeline_begins_where_it_broke() {
    for (name, filter) in [
        ("billing", "ns:billing"),
        ("search", "ns:search"),
        ("storefront", "ns:shop storefront"),
        ("wiki", "ns:legacy wiki"),
    ] {
        let mut stage = Stage::new(120, 40);
        stage.settled().await;
        open(&mut stage, filter, "t").await;
        insta::assert_snapshot!(format!("timeline_{name}"), stage.screen());
        stage.keys("h");
        stage.settled().await;
        insta::assert_snapshot!(format!("history_{name}"), stage.screen());
    }
}

#[tokio::test(start_paused = true)]
async fn every_object_stands_with_what_it_owns() {
    for (name, filter) in [
        ("coupons", "ns:checkout coupons"),
        ("fx-rates", "ns:payments fx"),
        ("inventory", "ns:warehouse"),
        ("mailer", "ns:notifications"),
        ("pr-417", "ns:previews"),
        ("search", "ns:search"),
        ("tracking", "ns:shipping"),
    ] {
        let mut stage = Stage::new(120, 40);
        stage.settled().await;
        open(&mut stage, filter, "enter 2").await;
        insta::assert_snapshot!(format!("objects_{name}"), stage.screen());
    }
}

/// The list watches workloads alone: what an open release told of the rest stays, as of when.
#[tokio::test(start_paused = true)]
async fn the_list_remembers_what_an_open_release_told() {
    for (name, filter, before, after, later) in [
        ("tracking", "ns:shipping", "healthy", "Service tracking is missing, seen <1m ago", "seen 3m ago"),
        ("mailer", "ns:notifications", "healthy", "seen <1m ago", "seen 3m ago"),
    ] {
        let mut stage = Stage::new(240, 40);
        stage.settled().await;
        assert!(line(&stage.screen(), name).contains(before), "{}", stage.screen());
        open(&mut stage, filter, "enter").await;
        stage.keys("esc");
        stage.settled().await;
        assert!(line(&stage.screen(), name).contains(after), "{}", stage.screen());
        stage.later(190);
        stage.settled().await;
        assert!(line(&stage.screen(), name).contains(later), "{}", stage.screen());
    }
}

/// What was seen while it happened is kept after the Pod is gone.
#[tokio::test(start_paused = true)]
async fn an_image_that_cannot_be_pulled_is_named_while_it_happens_and_after_the_rollback() {
    let mut stage = Stage::new(120, 40);
    stage.settled().await;
    stage.watched(27).await;
    open(&mut stage, "ns:checkout cart", "w").await;
    insta::assert_snapshot!("why_cart_while_it_happens", stage.screen());
    stage.keys("E");
    stage.settled().await;
    insta::assert_snapshot!("events_of_cart", stage.screen());
    stage.keys("esc");
    stage.watched(90).await;
    stage.keys("w");
    stage.settled().await;
    insta::assert_snapshot!("why_cart_after_the_rollback", stage.screen());
}

#[tokio::test(start_paused = true)]
async fn a_log_goes_on_while_it_is_read() {
    let mut stage = Stage::new(120, 40);
    stage.settled().await;
    open(&mut stage, "ns:shop", "enter").await;
    stage.keys("l");
    stage.settled().await;
    let last = |stage: &Stage| stage.screen().lines().rev().find(|line| line.contains("INFO")).unwrap().to_owned();
    let before = last(&stage);
    stage.later(30);
    stage.settled().await;
    let after = last(&stage);
    assert_ne!(before, after);
    assert!(after.contains("12:00:2"), "{after}");
}

#[tokio::test(start_paused = true)]
async fn what_a_user_may_not_see_is_said_on_every_tab() {
    for (context, name, filter) in [
        ("demo-viewer", "mailer", "ns:notifications"),
        ("demo-team", "fx-rates", "ns:payments fx"),
        ("demo-viewer", "wiki", "ns:legacy wiki"),
    ] {
        let mut stage = Stage::with(Some(context), Scope::All, 120, 40);
        stage.settled().await;
        open(&mut stage, filter, "w").await;
        insta::assert_snapshot!(format!("{context}_why_{name}"), stage.screen());
        stage.keys("2");
        stage.settled().await;
        insta::assert_snapshot!(format!("{context}_objects_{name}"), stage.screen());
        stage.keys("1 l");
        stage.settled().await;
        insta::assert_snapshot!(format!("{context}_logs_{name}"), stage.screen());
    }
}

#[tokio::test(start_paused = true)]
async fn the_first_screen_of_each_holds_what_helps() {
    for (name, filter) in BROKEN {
        let mut stage = Stage::new(80, 24);
        stage.settled().await;
        open(&mut stage, filter, "w").await;
        let screen = stage.screen();
        let helps = screen.lines().position(|line| line.trim() == "what helps");
        // Two lines of it at least: the heading and the best help.
        assert!(helps.is_some_and(|line| line < 22), "{name}: {screen}");
    }
}

/// From the list to a run by keys alone: what is broken, why, the plan, a yes, and each request in the journal before it is sent.
#[tokio::test(start_paused = true)]
async fn a_failed_release_is_reset_by_keys() {
    let mut stage = Stage::new(120, 40);
    stage.settled().await;
    open(&mut stage, "ns:billing", "w").await;
    assert!(stage.screen().contains("<- the cause"), "{}", stage.screen());
    stage.keys("a");
    insta::assert_snapshot!("actions_of_billing", stage.screen());
    stage.keys("r");
    stage.settled().await;
    let screen = stage.screen();
    assert!(
        screen.contains("Reset the failures of billing/billing")
            && screen.contains("nothing is written yet: y runs it"),
        "{screen}"
    );
    assert_eq!(stage.journal.read().unwrap(), [], "a plan writes nothing");
    stage.keys("y");
    stage.settled().await;
    let screen = stage.screen();
    assert!(line(&screen, "patch").contains("done"), "{screen}");
    let kinds = |line: &Line| match line {
        Line::Entry(entry) => match &entry.deed {
            Deed::Begin { title, .. } => title.clone(),
            Deed::Send { step, request, .. } => format!("{step} {request}"),
            Deed::Step { step, .. } => format!("{step} ended"),
            other => format!("{other:?}"),
        },
        other => format!("{other:?}"),
    };
    let told: Vec<String> = stage.journal.read().unwrap().iter().map(kinds).take(3).collect();
    let patch = "1 patch helmreleases.helm.toolkit.fluxcd.io billing/billing as wheelhouse";
    assert_eq!(told, ["Reset the failures of billing/billing", patch, "1 ended"]);
}

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
    // Every key of the choice, its name typed as fingers do, and every yes that could follow.
    for key in ["R", "W", "r", "f", "s", "b", "u", "d"] {
        let mut stage = Stage::with(Some("demo-viewer"), Scope::All, 120, 40);
        stage.settled().await;
        open(&mut stage, "ns:search", "a").await;
        if key == "R" {
            insta::assert_snapshot!("actions_of_a_viewer", stage.screen());
        }
        for keys in [key, "y", "s e a r c h enter", "y", "enter", "y", "s e a r c h enter"] {
            stage.keys(keys);
            stage.settled().await;
            // The cluster's own story stands still: what is written now was written from here.
            let later = stage.model.session.now + SignedDuration::from_secs(2);
            stage.send(Msg::Clock(later));
        }
        assert_eq!(stage.journal.read().unwrap(), [], "{key}");
        assert!(!stage.demo.server().has_written(), "{key}: no request wrote anything");
    }
}
