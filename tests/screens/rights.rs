//! Who lacks a verb: the menu asks once, greys what needs it and names it, and nothing is planned or sent.

use insta::assert_snapshot;
use wheelhouse::app::Effect;

use crate::plan::{STOREFRONT, at, planned};
use crate::scenario::Scenario;

const PATCH: &str = "patch helmreleases.helm.toolkit.fluxcd.io";

/// The questions that were asked.
fn reviews(s: &mut Scenario) -> Vec<Vec<String>> {
    let asked = s.asked().into_iter().filter_map(|effect| match effect {
        Effect::Review(_, needs) => Some(needs),
        _ => None,
    });
    let words = |need: &wheelhouse::plan::needs::Need| {
        let place = &need.right.namespace;
        format!(
            "{} {}in {place}",
            need.words(),
            if need.name.is_empty() { String::new() } else { format!("{} ", need.name) }
        )
    };
    asked.map(|needs| needs.iter().map(words).collect()).collect()
}

#[test]
fn the_menu_asks_once_what_each_action_surely_writes() {
    let check = |filter: &str, expected: &[&str]| {
        let mut s = at(filter, 80, 24);
        s.asked();
        let mut s = s.keys("a");
        assert_eq!(reviews(&mut s), [expected], "{filter}");
        let mut s = s.reviewed(&[]).keys("esc a");
        assert_eq!(reviews(&mut s), Vec::<Vec<String>>::new(), "it is known");
        let mut s = s.keys("esc ctrl-r a");
        assert_eq!(reviews(&mut s), [expected], "asked anew after a refresh");
    };
    check(STOREFRONT, &["update secrets in shop", "patch helmreleases.helm.toolkit.fluxcd.io storefront in shop"]);
    check("wiki", &["create secrets in legacy", "update secrets in legacy"]);
}

#[test]
fn what_needs_a_missing_verb_is_greyed_and_names_it() {
    for (width, height) in [(80, 24), (160, 50)] {
        let s = at(STOREFRONT, width, height).keys("a").reviewed(&[PATCH]);
        assert_snapshot!(format!("actions_forbidden_{width}x{height}"), s.screen());
    }
    assert_snapshot!("actions_forbidden_styled_80x24", at(STOREFRONT, 80, 24).keys("a").reviewed(&[PATCH]).styled());
    for keys in ["R", "W", "r", "f", "s", "esc R", "esc W", "esc s", "esc enter R"] {
        let mut s = at(STOREFRONT, 80, 24).keys("a").reviewed(&[PATCH]);
        s.asked();
        let mut s = s.keys(keys);
        assert_eq!(planned(&mut s), [], "{keys}");
        assert!(s.screen().contains(&format!("needs {PATCH}")), "{keys}: {}", s.screen());
    }
    let mut s = at("wiki", 80, 24).keys("a").reviewed(&["create secrets"]).keys("b");
    assert_eq!(planned(&mut s), []);
    assert!(s.screen().contains("roll back: needs create secrets"), "{}", s.screen());
}

#[test]
fn what_could_not_be_asked_greys_nothing() {
    let mut s = at(STOREFRONT, 80, 24).keys("a");
    s.asked();
    assert_eq!(planned(&mut s.keys("r")).len(), 1, "nobody waits for the answer");
}
