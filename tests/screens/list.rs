//! The list of releases.

use std::sync::Arc;

use insta::assert_snapshot;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use wheelhouse::app::text::Glyphs;
use wheelhouse::app::{Effect, Epoch, Msg, TaskId};
use wheelhouse::release::flux::{HelmRelease, Kustomization};
use wheelhouse::release::{Change, FeedKind, FeedState, ObjectKey, Problem, ProblemKind, Scope};

use crate::fixture::{answer, cluster, feed, feeds, flux, namespaces, natives, stored, unreachable, without_secrets};
use crate::scenario::{Scenario, setup};

pub fn ready(width: u16, height: u16) -> Scenario {
    Scenario::connected(width, height).changes(cluster()).answer(answer)
}

#[test]
fn the_whole_list() {
    let s = ready(120, 40);
    assert_snapshot!("list_120x40", s.screen());
    let s = s.resized(80, 24);
    assert_snapshot!("list_80x24", s.screen());
    assert_snapshot!("list_80x24_a_short_cause", s.keys("G k").screen());
    assert_snapshot!("list_160x20", ready(160, 20).screen());
    assert_snapshot!("list_60x15", ready(60, 15).screen());
}

#[test]
fn a_terminal_that_is_too_small_says_so_in_words_that_fit() {
    let check = |width, height, expected: &str| {
        assert_eq!(ready(width, height).screen().trim_end(), expected, "{width}x{height}");
    };
    check(59, 24, "wheelhouse needs 60x15 cells, this terminal has 59x24. Make\nit larger, or quit with ctrl-c.");
    check(300, 14, "wheelhouse needs 60x15 cells, this terminal has 300x14. Make it larger, or quit with ctrl-c.");
    check(20, 5, "wheelhouse needs\n60x15 cells, this\nterminal has 20x5.\nMake it larger, or\nquit with ctrl-c.");
    check(20, 2, "too small: 20x2,\nneeds 60x15");
    check(11, 1, "needs 60x15");
    check(5, 1, "60x15");
    check(1, 1, "!");
    check(4, 40, "!");
}

#[test]
fn what_was_seen_comes_back_when_the_terminal_grows_again() {
    for (keys, then) in [("j j", "?"), ("j", "n"), ("G", "o"), ("j", "/"), ("enter 7", "j /"), ("enter", "2")] {
        let s = ready(80, 24).keys(keys).answer(answer).keys(then);
        let before = s.screen();
        // Keys are not acted upon while nobody sees what they do.
        let s = s.resized(20, 5).keys("enter j x q 3").resized(1, 1).resized(80, 24);
        assert_eq!(s.screen(), before, "{keys} {then}");
    }
    let mut s = ready(20, 5);
    s.asked();
    assert_eq!(s.keys("ctrl-c").asked(), [Effect::Quit]);
}

#[test]
fn colour_says_what_the_word_says() {
    assert_snapshot!("list_80x24_styled", ready(80, 24).styled());
}

#[test]
fn before_anything_answered() {
    let s = Scenario::cold(80, 24);
    assert_snapshot!("start_80x24", s.screen());
    let s = s.connect();
    assert_snapshot!("connecting_80x24", s.later(3).screen());
}

#[test]
fn rows_appear_while_lists_still_come() {
    let mut changes = feeds(&FeedState::Loading);
    changes.extend(natives());
    let s = Scenario::connected(120, 40).changes(changes);
    assert_snapshot!("loading_120x40", s.screen());
}

#[test]
fn a_cluster_without_releases_and_without_flux() {
    let mut changes = feeds(&FeedState::Live);
    changes.push(feed(FeedKind::HelmReleases, FeedState::Absent));
    assert_snapshot!("empty_80x24", Scenario::connected(80, 24).changes(changes).screen());
}

#[test]
fn secrets_forbidden() {
    let s = Scenario::connected(120, 40).changes(without_secrets());
    assert_snapshot!("forbidden_120x40", s.screen());
    assert_snapshot!("forbidden_80x24", s.resized(80, 24).screen());
}

#[test]
fn what_was_known_stays_when_the_api_is_gone() {
    let s = ready(120, 40).changes(feeds(&unreachable(3))).later(9);
    assert_snapshot!("stale_120x40", s.screen());
    let s = s.resized(80, 24).later(60 * 7);
    assert_snapshot!("stale_80x24", s.screen());
}

#[test]
fn a_kubeconfig_that_does_not_work() {
    let problem = Problem::new(ProblemKind::Config, "context \"prod-eu\" is not in /home/me/.kube/config")
        .hint("contexts there: prod-us, staging; choose one with --context");
    let s = Scenario::cold(80, 24).send(Msg::Trouble(problem.clone()));
    assert_snapshot!("trouble_80x24", s.screen());
    let version = s.model.version();
    let s = s.send(Msg::Trouble(problem));
    assert_eq!(s.model.version(), version, "the same trouble again is nothing new to draw");
    assert!(!s.connect().screen().contains("not in"));
}

#[test]
fn the_filter_follows_every_letter() {
    let s = ready(120, 15).keys("/").typed("ns:legacy !status:un");
    assert_snapshot!("filter_typing_120x15", s.screen());
    let s = s.keys("enter");
    assert_snapshot!("filter_kept_120x15", s.screen());
    let s = s.keys("esc");
    assert!(s.model.releases.filter.is_empty());
    let s = s.keys("/").typed("color:red");
    assert_snapshot!("filter_unknown_field_80x15", s.resized(80, 15).screen());
}

#[test]
fn filters_find_what_they_say() {
    let check = |filter: &str, expected: &[&str]| {
        let s = ready(160, 60).keys("/").typed(filter).keys("enter");
        let found: Vec<&str> =
            s.model.releases.seen(&s.model.session, 60).map(|row| row.release.id.name.as_str()).collect();
        assert_eq!(found, expected, "{filter}");
    };
    check("ns:search", &["search"]);
    check("strfrnt status:drift", &["storefront"]);
    check("mgr:flux status:failed", &["search", "media"]);
    check("status:pending-up mgr:helm", &["forum"]);
    check("chart:prometheus", &["kube-prometheus-stack-with-a-very-long-name"]);
    check("kubectl-set", &["wiki"]);
    check("has:orph", &["left-behind"]);
    check("has:suspended", &["cart"]);
    check("has:pending", &["forum", "checkout"]);
    check("has:suspended has:pending", &[]);
    check("age<10m !mgr:flux", &["forum", "leaving"]);
    check("has:drift", &["storefront"]);
    check("status:degr", &["kube-prometheus-stack-with-a-very-long-name"]);
    check("age>2d", &["kube-prometheus-stack-with-a-very-long-name", "cart", "old-blog"]);
    check("age>2d !age>5d chart:prom", &["kube-prometheus-stack-with-a-very-long-name"]);
    check("orphaned", &["left-behind"]);
    check("ns:shop !storefront !suspended", &[]);
    check("検索", &["検索サービス"]);
    check("nothing-like-this", &[]);
}

/// Who types a name means it: a release whose chart is called so, and where the cursor was, come second.
#[test]
fn a_name_that_is_typed_is_selected() {
    let check = |keys: &str, filter: &str, expected: &str| {
        let mut s = ready(160, 60);
        if !keys.is_empty() {
            s = s.keys(keys);
        }
        let s = s.keys("/").typed(filter);
        let current = |s: &Scenario| s.model.current_release().map(|row| row.release.id.name.clone()).unwrap();
        assert_eq!(current(&s), expected, "{keys} {filter}");
        let s = s.keys("enter");
        assert_eq!(current(&s), expected, "{keys} {filter} accepted");
        assert_eq!(s.model.releases.cursor, 0, "names stand first");
    };
    check("", "storefr", "storefront");
    check("j j", "storefr", "storefront");
    check("G", "storefr !ns:legacy", "storefront");
    check("", "chart:storefr", "wiki");
    // Typing nothing but what is given up leaves the cursor where it was.
    let s = ready(160, 60).keys("j j");
    let before = s.model.current_release().map(|row| row.release.id.clone());
    let s = s.keys("/").typed("storefr").keys("esc");
    assert_eq!(s.model.current_release().map(|row| row.release.id.clone()), before);
}

#[test]
fn what_a_filter_cannot_mean_is_said() {
    let check = |filter: &str, expected: Option<&str>| {
        let s = ready(120, 40).keys("/").typed(filter);
        assert_eq!(s.model.releases.filter.fault(), expected, "{filter}");
    };
    check("age<1h has:orphaned ns:", None);
    check("age age< age<1", None);
    check("age<1y", Some("an age is age<30m or age>2d, in s m h d w"));
    check("age:1h", Some("an age is age<30m or age>2d, in s m h d w"));
    check("age<99999999999999999999d", Some("an age is age<30m or age>2d, in s m h d w"));
    check("has:drift has:outdated has:silent has:edited has:hotfix has:leftover", None);
    check(
        "has:x",
        Some(
            "no mark \"x\"; there are drift hotfix leftover edited suspended held silent outdated pending orphaned forbidden remote unreadable configmap",
        ),
    );
}

#[test]
fn a_filter_that_is_not_understood_stays_until_it_is_mended() {
    let check = |s: &Scenario, typed: bool, footer: &str| {
        assert_eq!(s.model.releases.prompt.is_some(), typed, "{}", s.screen());
        assert_eq!(s.screen().lines().last().unwrap_or_default().trim(), footer);
    };
    let said = "/foo:x   no \"foo:\"; there are ns: status: chart: mgr: has: age< age>";
    let s = ready(80, 24).keys("/").typed("foo:x");
    check(&s, true, said);
    let s = s.keys("enter enter");
    check(&s, true, said);
    let s = s.keys("ctrl-u").typed("ns:search").keys("enter");
    assert_eq!((s.model.releases.prompt.is_some(), s.model.releases.visible.len()), (false, 1), "{}", s.screen());
    let s = s.keys("/").typed(" foo:x").keys("enter esc");
    assert_eq!((s.model.releases.prompt.is_some(), s.model.releases.filter.text()), (false, ""));
}

#[test]
fn what_a_suspended_kustomization_applies_is_held() {
    let owner = |suspended: bool| {
        let object = json!({
            "metadata": {"namespace": "flux-system", "name": "apps"},
            "spec": {"suspend": suspended, "sourceRef": {"kind": "GitRepository", "name": "fleet"}},
        });
        Change::Kustomization(Arc::new(Kustomization::read(&object).unwrap()))
    };
    let mut owned = json!({
        "metadata": {
            "namespace": "owned", "name": "owned", "generation": 1,
            "labels": {"kustomize.toolkit.fluxcd.io/namespace": "flux-system", "kustomize.toolkit.fluxcd.io/name": "apps"},
        },
        "spec": {}, "status": {},
    });
    let release = |object: &Value| Change::HelmRelease(Arc::new(HelmRelease::read(object).unwrap()));
    let marks = |s: &Scenario| {
        let row = s.model.session.rows.iter().find(|row| row.release.id.name == "owned").unwrap();
        row.marks_cell()
    };
    let s = ready(160, 24).changes(vec![release(&owned), owner(false)]).settled();
    assert_eq!(marks(&s), "");
    let s = s.changes(vec![owner(true)]).settled();
    assert_eq!(marks(&s), "held");
    let s = s.keys("/").typed("has:held").keys("enter");
    assert_eq!(s.model.releases.visible.len(), 1, "{}", s.screen());
    let s = s.changes(vec![Change::KustomizationGone(ObjectKey::new("flux-system", "apps"))]).settled();
    assert_eq!(marks(&s), "");
    owned["metadata"]["labels"] = json!({});
    let s = s.changes(vec![owner(true), release(&owned)]).settled();
    assert_eq!(marks(&s), "");
}

#[test]
fn a_width_has_one_form_of_the_place_whatever_is_counted() {
    let place = |s: &Scenario| {
        s.screen().lines().next().unwrap_or_default().split(" / ").next().unwrap_or_default().trim().to_owned()
    };
    for (width, expected) in [(80, "prod-eu"), (120, "prod-eu"), (160, "wheelhouse  prod-eu")] {
        let mut s = ready(width, 30);
        assert_eq!(place(&s), expected);
        for keys in ["w", "2", "?", "esc", ":", "esc", "esc", "n", "esc"] {
            s = s.keys(keys);
            assert_eq!(place(&s), expected, "{keys}: {}", s.screen());
        }
        let s = Scenario::connected(width, 30).changes(feeds(&FeedState::Live));
        assert_eq!(place(&s), expected, "{}", s.screen());
    }
}

#[test]
fn whatever_goes_on_below_says_so() {
    let end = |s: &Scenario| {
        s.screen().lines().last().unwrap_or_default().rsplit("  ").next().unwrap_or_default().trim().to_owned()
    };
    for (keys, more) in [("", "4 more, pagedown"), (":", "28 more, pagedown"), ("?", "64 more, pagedown")] {
        let s = ready(80, 18);
        let s = if keys.is_empty() { s } else { s.keys(keys) };
        assert_eq!(end(&s), more, "{keys}: {}", s.screen());
        let s = (0..6).fold(s, |s, _| s.keys("pagedown"));
        assert!(!s.screen().contains("more, pagedown"), "{keys}: {}", s.screen());
    }
    // What concerns the last key has the line for itself.
    let s = ready(80, 18).keys("ctrl-r");
    assert!(!s.screen().contains("more, pagedown"), "{}", s.screen());
}

#[test]
fn an_age_lets_rows_in_and_out_by_the_clock_alone() {
    let names = |s: &Scenario| {
        let seen = s.model.releases.seen(&s.model.session, 60);
        seen.map(|row| row.release.id.name.clone()).collect::<Vec<_>>()
    };
    let s = ready(120, 40).keys("/").typed("age>10m !age>11m").keys("enter");
    assert_eq!(names(&s), ["wiki"]);
    let s = s.later(59);
    assert_eq!(names(&s), ["wiki"]);
    let version = s.model.version();
    let s = s.later(1);
    assert_eq!(names(&s), ["forum"]);
    assert!(s.model.version() > version, "it is drawn again");
}

#[test]
fn the_filter_is_completed_with_what_the_list_holds() {
    let check = |typed: &str, tabs: &str, expected: &str| {
        let s = ready(120, 40).keys("/").typed(typed).keys(tabs);
        assert_eq!(s.model.releases.filter.text(), expected, "{typed} {tabs}");
    };
    check("", "tab", "ns:");
    check("", "tab tab tab", "chart:");
    check("wiki !st", "tab", "wiki !status:");
    check("ns:le", "tab", "ns:legacy");
    check("ns:s", "tab", "ns:search");
    check("ns:s", "tab tab", "ns:shop");
    check("ns:s", "tab tab tab", "ns:search");
    check("h", "tab tab", "has:drift");
    check("chart:k", "tab", "chart:kube-prometheus-stack");
    check("mgr:", "tab tab", "mgr:helm4");
    check("nothing", "tab", "nothing");
    check("status:s x", "left left tab", "status:stalled x");
    assert_snapshot!("filter_completing_80x24", ready(80, 24).keys("/").typed("status:").keys("tab").screen());
}

#[test]
fn the_list_is_sorted_by_any_column_and_back() {
    let names = |s: &Scenario| {
        let seen = s.model.releases.seen(&s.model.session, 3);
        seen.map(|row| row.release.id.name.clone()).collect::<Vec<_>>()
    };
    let s = ready(120, 40);
    assert_snapshot!("sort_choice_80x24", s.resized(80, 24).keys("o").screen());
    let s = ready(120, 40).keys("j j o").typed("changed").keys("enter");
    assert_eq!(names(&s), ["checkout", "leaving", "forum"]);
    assert_eq!(s.model.releases.cursor, 0, "one sees what comes first");
    assert_snapshot!("sorted_by_change_120x40", s.screen());
    let s = s.keys("o enter");
    assert_eq!(names(&s), ["old-blog", "cart", "kube-prometheus-stack-with-a-very-long-name"]);
    assert_snapshot!("sorted_by_change_oldest_first_80x24", s.resized(80, 24).screen());
    let s = ready(120, 40).keys("o").typed("name").keys("enter o esc");
    assert_eq!(names(&s), ["\u{1b}[2Jclear\u{202e}txt.exe", "billing", "cart"]);
    let s = s.keys("O");
    assert_eq!(names(&s), ["wiki", "search", "media"]);
    let s = s.keys("o").typed("zzz");
    assert!(s.screen().contains("no column is called that"), "{}", s.screen());
    assert_eq!(names(&s.keys("enter")), ["wiki", "search", "media"]);
}

#[test]
fn rows_of_unknown_chart_stay_until_they_are_read() {
    let s = Scenario::connected(120, 40).changes(cluster()).keys("/").typed("chart:prometheus");
    let before = s.model.releases.visible.len();
    assert!(before > 5, "{before}");
    let s = s.answer(answer);
    assert_eq!(s.model.releases.visible.len(), 1);
}

#[test]
fn a_namespace_is_chosen_from_a_list() {
    let s = ready(80, 24).keys("n");
    assert_snapshot!("namespaces_80x24", s.screen());
    let mut s = s.typed("leg").keys("enter");
    assert_eq!(s.model.session.namespace.as_deref(), Some("legacy"));
    assert!(!s.asked().contains(&Effect::Watch(Epoch(2), Scope::All)), "what is watched covers it");
    assert_snapshot!("namespace_legacy_80x24", s.screen());
    let s = s.keys("0");
    assert_eq!(s.model.session.namespace, None);
}

#[test]
fn a_namespace_that_is_not_watched_is_watched_anew() {
    let mut s = Scenario::with(setup(Scope::Namespace("shop".to_owned())), 80, 24).connect();
    let looks = Effect::ReadUnfinished(TaskId(1));
    assert_eq!(s.asked(), [looks, Effect::Watch(Epoch(1), Scope::Namespace("shop".to_owned()))]);
    let old = s.epoch;
    s = s.changes(vec![stored("shop", "cart", 1, "deployed", 3)]);
    s = s.keys("n").typed("legacy").keys("enter");
    assert_eq!(s.asked().last(), Some(&Effect::Watch(Epoch(2), Scope::Namespace("legacy".to_owned()))));
    s = s.send(Msg::Cluster(old, vec![stored("shop", "cart", 2, "deployed", 1)]));
    assert!(s.model.session.rows.is_empty(), "what an older watch still says is dropped");
}

#[test]
fn the_selected_release_stays_selected_when_rows_move() {
    let name = |s: &Scenario| s.model.releases.current(&s.model.session).unwrap().release.id.name.clone();
    let s = ready(80, 24).keys("G k");
    assert_eq!(name(&s), "payments");
    let s =
        s.changes(vec![stored("aaa", "new-and-failed", 1, "failed", 0), stored("zzz", "old", 1, "deployed", 99999)]);
    assert_eq!(name(&s), "payments");
    assert!(s.screen().lines().any(|line| line.starts_with("> ") && line.contains("payments")));
}

#[test]
fn only_what_is_seen_is_read_and_eight_at_a_time() {
    let many: Vec<Change> =
        (0..100).map(|n| stored("many", &format!("r{n:03}"), 1, "deployed", n)).chain(flux()).collect();
    let mut s = Scenario::connected(80, 24).changes(many);
    assert_eq!(s.flying().len(), 8);
    // Far down and back before anything answered: what was passed over is never asked for.
    s = s.keys("G").answer(answer);
    let asked: Vec<String> = s
        .effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Fetch(_, query) => Some(format!("{query:?}")),
            _ => None,
        })
        .collect();
    assert!(asked.len() <= 8 + 24, "{}", asked.len());
    assert_eq!(asked.iter().collect::<std::collections::BTreeSet<_>>().len(), asked.len(), "none twice");
}

#[test]
fn what_cannot_be_read_is_told_and_tried_again_only_when_asked() {
    let problem = Problem::new(ProblemKind::Forbidden, "secrets \"sh.helm.release.v1.web.v1\" is forbidden");
    let mut s = Scenario::connected(80, 15)
        .changes(feeds(&FeedState::Live))
        .changes(vec![stored("shop", "web", 1, "deployed", 3)])
        .refuse(&problem);
    assert!(s.screen().contains("cannot be read"));
    s = s.changes(vec![namespaces()]);
    assert_eq!(s.flying().len(), 0);
    s = s.keys("ctrl-r");
    assert_eq!(s.flying(), ["shop/sh.helm.release.v1.web.v1"]);
    s = s.answer(answer);
    assert!(!s.screen().contains("cannot be read"));
}

#[test]
fn help_comes_from_the_table_of_commands() {
    let s = ready(80, 24).keys("?");
    assert_snapshot!("help_80x24", s.screen());
    assert_snapshot!("help_120x50", s.resized(120, 50).screen());
}

#[test]
fn quitting_asks_at_the_root() {
    let mut s = ready(80, 24).keys("q");
    assert!(s.screen().contains("quit wheelhouse?"));
    s.asked();
    s = s.keys("n");
    assert_eq!(s.asked(), []);
    s = s.keys("q y");
    assert_eq!(s.asked(), [Effect::Quit]);
    s = s.keys("Q");
    assert_eq!(s.asked(), [Effect::Quit]);
}

#[test]
fn nothing_but_yes_ends_the_program_and_any_other_key_takes_the_question_back() {
    for keys in ["enter", "j", "0", "/", "x", "?", ":", "esc", "q", "n"] {
        let mut s = ready(80, 24).keys("q");
        s.asked();
        // On the list enter opens: one esc too many before it must not end the program.
        s = s.keys(keys);
        assert!(!s.asked().contains(&Effect::Quit), "{keys}");
        assert!(!s.screen().contains("quit wheelhouse?"), "{keys}: {}", s.screen());
    }
    assert!(!ready(80, 24).keys("q enter").model.screens.is_empty(), "and does what it does");
}

#[test]
fn esc_leaves_a_namespace_before_it_asks_to_quit_and_the_worst_is_selected_again() {
    let s = ready(120, 40);
    let first = s.screen().lines().nth(2).unwrap().to_owned();
    let s = s.keys("G n").typed("legacy").keys("enter");
    assert!(s.screen().contains("/ legacy"), "{}", s.screen());
    let s = s.keys("esc");
    assert!(s.screen().contains("prod-eu / all ") && !s.screen().contains("quit"), "{}", s.screen());
    assert_eq!(s.screen().lines().nth(2), Some(first.as_str()));
    assert!(s.keys("esc").screen().contains("quit wheelhouse?"));
}

#[test]
fn a_namespace_typed_wrong_is_not_called_empty() {
    let s = ready(80, 24).keys("n").typed("legcay");
    assert!(s.screen().contains("not among the cluster's namespaces: typed wrong, or new"), "{}", s.screen());
    let s = s.keys("enter").changes(feeds(&FeedState::Live)).changes(vec![namespaces()]);
    assert!(s.screen().contains("there is no namespace legcay"), "{}", s.screen());
    let s = s.keys("n").typed("default").keys("enter").changes(feeds(&FeedState::Live));
    assert!(s.screen().contains("no release in namespace default"), "{}", s.screen());
}

#[test]
fn what_may_not_be_seen_is_never_called_empty() {
    let s = Scenario::connected(80, 24).changes(without_secrets()).changes(vec![namespaces()]);
    let picker = s.keys("n");
    assert!(picker.screen().contains("Secrets forbidden"), "{}", picker.screen());
    assert!(!picker.screen().contains(" 0 releases"), "{}", picker.screen());
    let empty = picker.typed("kube-system").keys("enter");
    assert!(!empty.screen().contains("no release in"), "{}", empty.screen());
}

#[test]
fn with_rights_missing_refresh_reads_everything_anew() {
    let mut s = Scenario::connected(80, 24).changes(without_secrets());
    s.asked();
    s = s.keys("ctrl-r");
    assert!(s.asked().iter().any(|effect| matches!(effect, Effect::Watch(_, Scope::All))));
    assert!(s.screen().contains("with the rights of now"), "{}", s.screen());
}

#[test]
fn a_name_is_copied() {
    let mut s = ready(80, 24);
    s.asked();
    s = s.keys("c");
    assert_eq!(s.asked(), [Effect::Copy("legacy/wiki".to_owned())]);
    assert!(s.screen().contains("legacy/wiki sent to the terminal"));
    assert!(!s.later(5).screen().contains("sent to the terminal"));
}

#[test]
fn nothing_is_drawn_while_nothing_changes() {
    let s = ready(80, 24);
    let version = s.model.version();
    let s = s.later(20);
    assert_eq!(s.model.version(), version, "no age reads differently after twenty seconds");
    let s = s.later(60);
    assert!(s.model.version() > version);
}

#[test]
fn a_terminal_without_utf8_gets_ascii() {
    let s = Scenario::with(
        wheelhouse::app::Setup { glyphs: Glyphs::Ascii, zone: TimeZone::UTC, ..setup(Scope::All) },
        80,
        24,
    );
    let screen = s.connect().changes(cluster()).answer(answer).screen();
    assert!(screen.is_ascii(), "{screen}");
}

#[test]
fn no_control_character_reaches_the_screen() {
    let screen = ready(160, 40).keys("/").typed("ns:evil").keys("enter").screen();
    assert!(!screen.chars().any(|c| c.is_control() && c != '\n' || c == '\u{202e}'), "{screen:?}");
    assert!(screen.contains("^[[2Jclear"));
}

#[test]
fn the_shell_is_a_key_away_wherever_one_is() {
    for keys in ["", "/", "n", "?", "q", "enter"] {
        let mut s = Scenario::connected(80, 24).changes(cluster());
        s = if keys.is_empty() { s } else { s.keys(keys) };
        s.asked();
        assert_eq!(s.keys("ctrl-z").asked(), [Effect::Suspend], "after {keys:?}");
    }
}

#[test]
fn ages_of_all_rows_move_together_once_a_minute() {
    let mut s = ready(160, 60).later(1).later(13);
    s.effects.clear();
    let mut frames = s.model.version();
    for second in 0..180 {
        s = s.later(1);
        let drawn = s.model.version() - frames;
        frames = s.model.version();
        let whole = s.model.session.now.as_second() % 60 == 0;
        assert_eq!(drawn, u64::from(whole), "after {second} s");
    }
}

#[test]
fn a_name_that_is_typed_whole_finds_nothing_else() {
    let found = |filter: &str| -> Vec<String> {
        let s = ready(160, 60).keys("/").typed(filter).keys("enter");
        s.model.releases.seen(&s.model.session, 60).map(|row| row.release.id.name.clone()).collect()
    };
    assert_eq!(found("cart"), ["cart"], "not every name with a c, an a, an r and a t");
    let all = |filter: &str| found(filter).into_iter().collect::<std::collections::BTreeSet<String>>();
    assert_eq!(all("strfr !status:failed !blocked !checkout"), all("storefront !status:failed !blocked !checkout"));
    assert_eq!(found("wk"), ["wiki"], "what is nowhere as it was typed is sought by its letters");
}

#[test]
fn a_status_is_the_word_of_the_list_before_it_is_helms() {
    let found = |filter: &str| -> Vec<String> {
        let s = ready(160, 60).keys("/").typed(filter).keys("enter");
        s.model.releases.seen(&s.model.session, 60).map(|row| row.judgement.verdict.to_string()).collect()
    };
    assert!(found("status:healthy").iter().all(|verdict| verdict == "healthy"));
    assert!(!found("!status:healthy").contains(&"healthy".to_owned()));
    assert_eq!(found("!status:healthy").len() + found("status:healthy").len(), found("").len());
    assert!(found("status:deployed").contains(&"stalled".to_owned()), "Helm says deployed of it after the rollback");
    assert_eq!(found("status:pending-u"), ["pending", "progressing"], "Helm's own word, where the list has none");
}
