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
