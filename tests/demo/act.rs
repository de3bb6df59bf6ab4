//! The commands that act, on the demo: their plans, and what keeps them from running.

use crate::commands::check;

#[test]
fn a_plan_says_what_will_be_and_writes_nothing() {
    let reconcile = [
        "Reconcile billing/billing    plan ",
        "met      you may patch helmreleases.helm.toolkit.fluxcd.io",
        "1  patch ",
        "helmreleases.helm.toolkit.fluxcd.io billing/billing as wheelhouse",
        "same as  flux reconcile helmrelease billing -n billing",
    ];
    check(&["reconcile", "billing/billing", "--dry-run"], 0, &reconcile, &["unmet"]);
    let json = ["\"runnable\": true", "\"digest\": \"", "reconcile.fluxcd.io/requestedAt"];
    check(&["reconcile", "billing/billing", "--dry-run", "-o", "json"], 0, &json, &[]);
    let disown = [
        "met      kubectl-edit is what a person used",
        "apps shop/storefront as helm-controller    hands what kubectl-edit updated to helm-controller",
        "change  Deployment shop/storefront  .spec.template.spec.containers[name=\"web\"].resources.limits.memory  256Mi -> 128Mi",
        "256Mi of kubectl-edit becomes 128Mi",
    ];
    check(&["disown", "shop/storefront", "--manager", "kubectl-edit", "--dry-run"], 0, &disown, &["unmet"]);
    let applier = [
        "unknown  platform-team may still write",
        "an apply of nothing: what only platform-team applied goes at once",
        ".metadata.labels.cost-centre",
        "5 fields lose platform-team and stay with helm-controller",
        "kubectl apply --server-side --field-manager=platform-team",
    ];
    check(&["disown", "shop/storefront", "--manager", "platform-team", "--dry-run"], 0, &applier, &["unmet"]);
}

#[test]
fn what_is_in_the_way_of_a_plan_stands_in_it_and_keeps_it_from_running() {
    let suspended = ["unmet", "it is suspended"];
    let storefront = ["reconcile", "shop/storefront"];
    check(&["disown", "shop/storefront", "--manager", "helm-controller", "--dry-run"], 0, &["unmet"], &[]);
    let own = ["helm-controller is the release's own manager", "name a former one"];
    check(&["disown", "shop/storefront", "--manager", "helm-controller", "--yes"], 15, &own, &[]);
    let viewer = ["you may not patch helmreleases.helm.toolkit.fluxcd.io in shop"];
    check(&[&storefront[..], &["--yes", "--context", "demo-viewer"]].concat(), 15, &viewer, &suspended);
    let read_only = ["nothing is written on context demo (--read-only)"];
    check(&[&storefront[..], &["--yes", "--read-only"]].concat(), 15, &read_only, &[]);
    check(&[&storefront[..], &["--dry-run", "--read-only"]].concat(), 0, &["unmet    nothing is written"], &[]);
    check(&storefront, 15, &["nobody can be asked here: give --yes, or --dry-run"], &[]);
    check(&["reconcile", "legacy/wiki", "--yes"], 6, &["wiki is no release of Flux"], &[]);
}

/// Several releases: a plan each, one yes, a result each, the worst of which is the exit code.
#[test]
fn several_releases_are_planned_and_run_together() {
    let named = ["reconcile", "billing/billing", "search/search"];
    let planned = ["Reconcile 2 releases: 2 of 2 can be run", "ready    billing/billing  ", "ready    search/search  "];
    check(&[&named[..], &["--dry-run"]].concat(), 0, &planned, &["unmet"]);
    let json = ["\"name\": \"billing\"", "\"name\": \"search\"", "\"runnable\": true", "\"steps\": ["];
    check(&[&named[..], &["--dry-run", "-o", "json"]].concat(), 0, &json, &[]);
    check(&[&named[..], &["--dry-run", "-o", "yaml"]].concat(), 0, &["- action:", "name: search"], &[]);
    check(&named, 15, &["nobody can be asked here: give --yes, or --dry-run"], &[]);
    // What is in the way of one is said first, and the others can be run.
    let mixed = ["reset", "billing/billing", "media/media-edge", "legacy/wiki"];
    let said = [
        "Reset the failures of 3 releases: 1 of 3 can be run",
        "no plan  legacy/wiki  wiki is no release of Flux",
        "unmet    media/media-edge  the reconcile ends before the token counts",
        "ready    billing/billing  upgrade failures",
    ];
    check(&[&mixed[..], &["--dry-run"]].concat(), 0, &said, &[]);
    let json = ["\"problem\": \"wiki is no release of Flux\"", "\"runnable\": false", "\"runnable\": true"];
    check(&[&mixed[..], &["--dry-run", "-o", "json"]].concat(), 0, &json, &[]);
    check(
        &[&mixed[..], &["--yes", "--read-only"]].concat(),
        15,
        &["3 releases: 3 refused", "nothing is written on context demo"],
        &["done"],
    );
}

#[test]
fn a_filter_chooses_releases_as_the_list_does() {
    check(&["list", "--filter", "ns:media has:held"], 0, &["no release passes the filter"], &["media-edge"]);
    check(&["list", "--filter", "ns:media mgr:flux"], 0, &["media-edge", "media-values"], &["billing"]);
    check(&["list", "--filter", "color:red"], 2, &["the filter is not understood: no \"color:\"; there are ns:"], &[]);
    let media = ["reconcile", "--filter", "ns:media", "--dry-run"];
    check(
        &media,
        0,
        &["Reconcile 3 releases: 3 of 3 can be run", "media/media-edge", "media/media-values"],
        &["billing"],
    );
    check(&["reconcile", "--filter", "ns:nowhere", "--dry-run"], 6, &["no release passes the filter: ns:nowhere"], &[]);
    check(&["reconcile", "--filter", " ", "--dry-run"], 2, &["the filter says nothing"], &[]);
    check(&["reconcile", "--filter", "ns:media", "billing/billing"], 2, &["cannot be used with"], &[]);
    check(&["reconcile", "--dry-run"], 2, &["RELEASE"], &[]);
    check(&["reconcile", "a/b", "c/d", "--at-once", "0"], 2, &["--at-once"], &[]);
    // What is only similar is not acted upon.
    check(&["suspend", "--filter", "blling", "--reason", "x", "--dry-run"], 6, &["no release passes"], &[]);
    let viewer = ["reset", "billing/billing", "search/search", "--yes", "--context", "demo-viewer", "-o", "json"];
    let refused = ["\"outcome\": \"refused\"", "you may not patch helmreleases in billing", "2 releases: 2 refused"];
    check(&viewer, 15, &refused, &["\"outcome\": \"done\""]);
}

#[test]
fn several_suspensions_are_run_and_told() {
    let words = [
        "done     payments/fx-rates",
        "done     identity/login",
        "2 done",
        "identity/login: 1  suspends it, and keeps why",
    ];
    let named =
        ["suspend", "payments/fx-rates", "identity/login", "--reason", "the database moves", "--yes", "--no-journal"];
    check(&named, 0, &words, &["failed", "refused"]);
    let json = ["\"name\": \"fx-rates\"", "\"outcome\": \"done\"", "\"action\": \"suspend\""];
    check(&[&named[..], &["-o", "json", "--at-once", "1", "--stop-on-failure"]].concat(), 0, &json, &[]);
    // One of them is suspended in the story.
    let mended =
        ["refused  payments/fx-rates  it is not suspended", "done     identity/login", "2 releases: 1 refused, 1 done"];
    let mixed = ["resume", "payments/fx-rates", "identity/login", "--yes", "--no-journal"];
    check(&mixed, 15, &mended, &[]);
}

#[test]
fn who_may_not_read_what_is_stored_gets_a_plan_that_says_what_is_missing() {
    let viewer = ["--context", "demo-viewer"];
    let check = |arguments: &[&str], code: i32, words: &[&str]| check(&[arguments, &viewer].concat(), code, words, &[]);
    let unread = "what is stored of it can be read";
    let unlock = [&*format!("unmet    {unread}"), "unmet    you may not get secrets, list secrets, update secrets"];
    check(&["unlock", "legacy/forum", "--dry-run"], 0, &unlock);
    let rollback = ["Roll back legacy/wiki to 4", "ask for list, get, create, update on secrets in legacy"];
    check(&["rollback", "legacy/wiki", "4", "--dry-run"], 0, &rollback);
    let disown =
        [&*format!("not met: {unread}"), "you may not list secrets in shop", "you may not get secrets in shop"];
    check(&["disown", "shop/storefront", "--manager", "kubectl-edit", "--yes"], 15, &disown);
}

#[test]
fn a_revision_that_is_not_stored_is_not_found() {
    let missing = ["legacy/wiki has no revision 99", "`wheelhouse history legacy/wiki` names those that are stored"];
    check(&["rollback", "legacy/wiki", "99", "--yes"], 6, &missing, &[]);
    check(&["rollback", "legacy/wiki", "99", "--yes", "-o", "json"], 6, &["\"outcome\": \"refused\"", missing[0]], &[]);
    check(&["rollback", "legacy/wiki", "99", "--dry-run"], 0, &["unmet    there is a revision to go back to"], &[]);
}

#[test]
fn after_unlocking_it_says_what_to_do_next() {
    let next =
        ["mark revision 4 as failed: done", "roll back: wheelhouse rollback legacy/forum", "or upgrade it again"];
    check(&["unlock", "legacy/forum", "--yes"], 0, &next, &[]);
}
