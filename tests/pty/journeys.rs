//! Whole journeys through the demo, by keys alone, on its own clock: from the list to the end of an action and what it left.

use crate::Case;
use crate::terminal::Terminal;

pub const CASES: &[Case] = &[
    ("a_failed_release_is_found_understood_reset_and_watched_80", || reset(SMALL)),
    ("a_failed_release_is_found_understood_reset_and_watched_160", || reset(LARGE)),
    ("a_native_is_rolled_back_80", || roll_back(SMALL)),
    ("a_native_is_rolled_back_160", || roll_back(LARGE)),
    ("a_leftover_is_disowned_80", || disown(SMALL)),
    ("a_leftover_is_disowned_160", || disown(LARGE)),
];

const SMALL: (u16, u16) = (80, 24);
const LARGE: (u16, u16) = (160, 50);
const ESCAPE: &str = "\x1b";

/// The demo, as soon as its list is whole.
fn start(size: (u16, u16)) -> Terminal {
    let terminal = Terminal::start(&["--demo"], &[], size);
    terminal.wait("the list", |screen| ["search", "wiki", "billing", " live"].iter().all(|part| screen.contains(part)));
    terminal
}

/// Narrows the list to one release, and opens it.
fn open(terminal: &mut Terminal, filter: &str, row: &[&str], title: &str) {
    terminal.keys(&format!("/{filter}\r"));
    terminal.wait(filter, |screen| has(screen, &[&[">"], row].concat()) && screen.contains("1 of "));
    terminal.keys("\r");
    terminal.wait(title, |screen| screen.contains(title) && screen.contains("1 why"));
}

/// Whether a line holds all of these.
fn has(screen: &str, parts: &[&str]) -> bool {
    screen.lines().any(|line| parts.iter().all(|part| line.contains(part)))
}

fn quit(terminal: &mut Terminal) {
    terminal.keys("Q");
    assert!(terminal.ended().success());
}

/// `billing` has used up its retries: the cause, what the failed upgrade changed, two tries more, and why they fail as well.
fn reset(size: (u16, u16)) {
    let mut terminal = start(size);
    open(&mut terminal, "ns:billing", &["stalled", "billing"], "billing/billing");
    terminal.wait("what helps", |screen| has(screen, &["reset", "upgrade failures 3 -> 0"]));
    terminal.keys("G");
    terminal.wait("its end", |screen| screen.contains("will not retry by itself"));
    terminal.keys("D");
    terminal.wait("what the rollback changed", |screen| {
        has(screen, &["rev 10 (1.5.0) -> rev 11 (1.4.0)"]) && has(screen, &["-", "storefront:2.10.0"])
    });
    terminal.keys(ESCAPE);
    terminal.wait_for("[1 why]");
    terminal.keys("a");
    terminal.wait("the choice of actions", |screen| has(screen, &["r ", "reset", "forget its failures"]));
    terminal.keys("r");
    terminal.wait("the plan", |screen| {
        screen.contains("Reset the failures of billing/billing")
            && screen.contains("nothing is written yet: y runs it")
            && has(screen, &["1  patch", "HelmRelease billing as wheelhouse"])
    });
    terminal.keys("y");
    terminal.wait("the patch", |screen| has(screen, &["1  done", "patch"]) && screen.contains("running: step 2 of 2"));
    terminal.wait("the first try", |screen| has(screen, &["Running 'upgrade' action with timeout of 12s"]));
    terminal.wait("what becomes of it", |screen| screen.contains("cannot pull") && has(screen, &["now", "rev 12"]));
    terminal.wait("the second try", |screen| has(screen, &["now", "rev 14"]));
    let screen = terminal.wait("the end", |screen| screen.contains("failed after"));
    assert!(has(&screen, &["2  failed", "wait"]), "{screen}");
    terminal.wait("the summary", |screen| {
        screen.contains("Failed to upgrade after 2") && has(screen, &["now", "stalled", "rev 15"])
    });
    terminal.keys(ESCAPE);
    terminal.wait("why", |screen| screen.contains("[1 why]") && screen.contains("rev 15"));
    terminal.keys("J");
    terminal.wait("the journal", |screen| has(screen, &["failed", "Reset the failures of billing/billing"]));
    quit(&mut terminal);
}

/// `wiki` is native, and its last upgrade was refused by a conflict: the last revision that was healthy, by its name.
fn roll_back(size: (u16, u16)) {
    let mut terminal = start(size);
    open(&mut terminal, "ns:legacy wiki", &["failed", "wiki"], "legacy/wiki");
    terminal.wait_for("kubectl-set");
    terminal.keys("ab");
    terminal.wait("the plan", |screen| {
        screen.contains("Roll back legacy/wiki (helm4, ssa) from 5 to 4")
            && screen.contains("it cannot be run: 1 condition is not met")
            && has(screen, &["unmet", "Deployment wiki: conflict with"])
    });
    terminal.keys("y");
    // It takes every key, so that nothing that is typed ahead runs.
    terminal.wait_for("run: a condition is not met");
    terminal.keys("\u{1b}");
    terminal.wait("the plan again", |screen| has(screen, &["unmet", "Deployment wiki: conflict with"]));
    terminal.keys("F");
    terminal.wait("the plan that forces", |screen| {
        screen.contains("nothing is written yet: y, then wiki typed, runs it")
            && has(screen, &["lost", "Deployment wiki"])
    });
    terminal.keys("y");
    terminal.wait_for("type wiki to run:");
    terminal.keys("forum\r");
    terminal.wait_for("that is not the name: nothing was done");
    terminal.keys("y");
    terminal.wait_for("type wiki to run:");
    terminal.keys("wiki\r");
    terminal.wait("the end", |screen| screen.contains("done after") && screen.contains("every step was done"));
    terminal.wait("health", |screen| has(screen, &["now", "healthy", "rev 6"]) && !screen.contains("not settled yet"));
    terminal.keys(ESCAPE);
    terminal.wait("why it is healthy", |screen| has(screen, &["healthy", "legacy/wiki", "rev 6 (6 stored)"]));
    terminal.keys("4");
    terminal.wait("the history", |screen| {
        has(screen, &[" 6  deployed", "storefront 1.5.0"])
            && has(screen, &[" 5  failed", "storefront 1.6.0"])
            && has(screen, &[" 4  superseded"])
            && !has(screen, &[" 4  deployed"])
    });
    terminal.keys("3");
    terminal.wait("its owners", |screen| {
        screen.contains("every field that can be seen is as the manifest has it")
            && screen.contains("MANAGER")
            && !screen.contains("kubectl-set")
    });
    quit(&mut terminal);
}

/// `pricing` keeps a value that no manifest has any more, because a rollback of long ago applied it as another manager.
fn disown(size: (u16, u16)) {
    let mut terminal = start(size);
    open(&mut terminal, "ns:catalog", &["pricing"], "catalog/pricing");
    terminal.keys("3");
    terminal.wait("the leftover", |screen| {
        screen.contains("1 leftover by 1 manager")
            && has(screen, &[".data.FEATURE_CHECKOUT", "stays"])
            && has(screen, &["on", "helm"])
    });
    terminal.keys("jjj");
    terminal.wait("the leftover to be chosen", |screen| has(screen, &[">", ".data.FEATURE_CHECKOUT"]));
    terminal.keys("a");
    terminal.wait("the choice of actions", |screen| has(screen, &["d ", "disown"]));
    terminal.keys("d");
    terminal.wait("its manager", |screen| has(screen, &["disown manager: helm"]));
    terminal.keys("\r");
    terminal.wait("the plan", |screen| {
        screen.contains("Disown helm of the objects of catalog/pricing")
            && screen.contains("nothing is written yet: y, then pricing typed, runs it")
            && has(screen, &[".data.FEATURE_CHECKOUT", "on -> none"])
    });
    terminal.keys("y");
    terminal.wait_for("type pricing to run:");
    terminal.keys("pricing\r");
    terminal.wait("the end", |screen| {
        screen.contains("done after")
            && screen.contains("every step was done")
            && has(screen, &["now", "healthy", "rev 8"])
    });
    terminal.keys(ESCAPE);
    terminal.wait("owners without it", |screen| {
        screen.contains("3 hotfixes by 2 managers")
            && !screen.contains("leftover")
            && !screen.contains(".data.FEATURE_CHECKOUT")
    });
    quit(&mut terminal);
}
