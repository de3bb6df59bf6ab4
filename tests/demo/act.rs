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
