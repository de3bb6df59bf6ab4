//! The headless commands on the demo: exit code, and words of what they say.

use std::process::{Command, Stdio};

use serde_json::Value;

pub(crate) fn check(arguments: &[&str], code: i32, words: &[&str], absent: &[&str]) {
    let output = Command::new(env!("CARGO_BIN_EXE_wheelhouse"))
        .arg("--demo")
        .args(arguments)
        .stdin(Stdio::null())
        .env_clear()
        .output()
        .unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
    for word in words {
        assert!(said.contains(word), "{arguments:?}: \"{word}\" is not in: {said}");
    }
    for word in absent {
        assert!(!said.contains(word), "{arguments:?}: \"{word}\" is in: {said}");
    }
}

#[test]
fn every_command_answers_on_the_demo() {
    check(&["list"], 0, &["billing", "card-gateway", "(storefront 9.9.9)", "[suspended edited:6]", "[configmap]"], &[]);
    check(&["list", "-n", "payments", "-o", "json"], 0, &["fx-rates", "\"verdict\""], &["billing"]);
    check(&["history", "billing"], 0, &["rollback", "11", " KiB 0%  "], &[]);
    check(&["history", "checkout/cart"], 0, &["cart 5.1.2"], &[]);
    check(&["values", "search"], 0, &["breakStart: true"], &[]);
    check(&["values", "identity/login"], 0, &["LOG_LEVEL: debug", "apiKey: '***'"], &["cpu"]);
    check(&["values", "identity/login", "--all"], 0, &["cpu: 70", "apiKey: '***'"], &["s3cr3t"]);
    let told =
        ["Secret identity/login-api-key, key apiKey, at apiKey", "login-canary, key values.yaml: absent, optional"];
    check(&["values", "identity/login", "--provenance"], 0, &told, &["s3cr3t", "changed since", "unknown"]);
    let unknown =
        ["unknown", "login-api-key, key apiKey, at apiKey (not readable)", "needs get on secrets in identity"];
    check(&["values", "identity/login", "--provenance", "--context", "demo-viewer"], 0, &unknown, &["s3cr3t"]);
    let absent = [
        "could not resolve ConfigMap chart values reference 'media/absent'",
        "ConfigMap media/absent, key values.yaml: absent",
    ];
    check(&["values", "media-values", "--provenance"], 0, &absent, &[]);
    check(&["manifest", "shop/storefront"], 0, &["kind: Deployment", "***"], &[]);
    check(&["notes", "card-gateway", "-o", "yaml"], 0, &["notes:"], &[]);
    check(&["why", "shop/storefront"], 0, &["shop/storefront  drifted"], &[]);
    check(&["keys"], 0, &["go-down"], &[]);
    check(&["themes"], 0, &["mono"], &[]);
}

#[test]
fn what_is_not_there_or_may_not_be_read_is_said_with_its_exit_code() {
    check(&["history", "cart", "-n", "shop"], 6, &["no release cart is found in namespace shop", "-A"], &[]);
    check(&["history", "shop/cart"], 6, &["no release shop/cart is found"], &[]);
    check(&["values", "billing", "--revision", "99"], 6, &["revision 99"], &[]);
    check(&["history", "card-gateway", "--context", "demo-viewer"], 5, &["may not be read"], &["REV"]);
    check(&["list", "--context", "demo-nobody"], 5, &["may be read"], &[]);
    check(&["list", "--context", "demo-team"], 0, &["cart", "fx-rates"], &["billing"]);
    check(&["list", "--context", "prod"], 3, &["demo-team-payments"], &[]);
}

#[test]
fn a_release_is_told_with_its_objects_and_its_exit_code() {
    let well = &["catalog/pricing  healthy", "6/6 ready", "OBJECT", "Deployment pricing", "Pod pricing-"];
    check(&["status", "catalog/pricing", "--exit-code"], 0, well, &["MISSING", "is healthy"]);
    let by_rule = &["payments/fx-rates  assumed", "Dashboard fx-rates", "Current (assumed)"];
    check(&["status", "payments/fx-rates", "--exit-code"], 0, by_rule, &["MISSING"]);
    let broken = &["search/search  failed", "5/6 ready", "x Deployment search", "web exits 1 at start"];
    check(&["status", "search"], 0, broken, &["search is failed"]);
    check(&["status", "search", "--exit-code"], 10, &["search/search is failed"], &[]);
    check(&["status", "search", "-o", "yaml"], 0, &["verdict: failed", "tree:", "kind: ReplicaSet", "depth: 2"], &[]);
    check(&["status", "nothing"], 6, &["no release nothing is found"], &["OBJECT"]);
    check(&["status"], 2, &["wheelhouse status NAMESPACE/NAME", "-f FILE"], &[]);
}

#[test]
fn a_release_is_told_to_rest_or_what_is_in_its_way() {
    let rests =
        ["shop/storefront: converged\n", "revision 2 alone is deployed", "one owner, helm-controller", "as is stored"];
    check(&["check", "shop/storefront", "--exit-code"], 0, &rests, &["unmet", "unknown"]);
    let left = [
        "catalog/pricing: not converged\n",
        "1 field left behind by helm: ConfigMap pricing .data.FEATURE_CHECKOUT",
        "helm is a second owner of 47 fields beside helm-controller",
        "> wheelhouse disown catalog/pricing --manager helm",
    ];
    check(&["check", "catalog/pricing"], 0, &left, &[]);
    check(&["check", "catalog/pricing", "--exit-code"], 18, &["catalog/pricing has not converged"], &[]);
    let pending = ["unmet   revision 4 is pending-upgrade", "wheelhouse unlock legacy/forum"];
    check(&["check", "legacy/forum"], 0, &pending, &["history"]);
    check(&["check", "search/search"], 0, &["no revision is deployed", "> wheelhouse why search/search"], &[]);
    check(&["check", "shop/storefront", "--context", "demo-viewer"], 5, &["cannot list resource"], &["converged"]);
    check(&["check", "legacy/wiki", "-o", "json"], 0, &["\"state\": \"unmet\"", "\"remedy\": "], &[]);
}

#[test]
fn a_release_is_watched_until_its_verdict_has_settled() {
    check(&["status", "catalog/pricing", "--watch"], 0, &["Z  healthy        6/6"], &["is healthy"]);
    check(&["status", "search", "-w"], 10, &["Z  failed         5/6", "search/search is failed"], &[]);
    let blocked = &["\"verdict\":\"blocked\"", "media-edge is still blocked after 3s"];
    check(&["status", "media/media-edge", "--watch", "--timeout", "3s", "-o", "json"], 11, blocked, &[]);
    check(&["status", "nothing", "--watch"], 6, &["no release nothing is found"], &[]);
    check(&["status", "search", "--watch", "--context", "demo-nobody"], 5, &["may be read"], &[]);
}

#[test]
fn the_chain_to_the_cause_is_printed_as_the_screen_shows_it() {
    let billing = [
        "billing/billing  stalled",
        "HelmRelease billing/billing",
        " |- action       upgrade to 1.5.0",
        "<- the cause",
        "what comes by itself",
        "retries used up",
        "what helps",
        "  reset  ",
    ];
    check(&["why", "billing"], 0, &billing, &["\"chain\""]);
    let json = ["\"verdict\": \"stalled\"", "\"sentence\": \"Deployment billing", "\"chain\": [", "\"cause\": true"];
    check(&["why", "billing", "-o", "json"], 0, &json, &["<- the cause"]);
    check(&["why", "payments/fx-rates"], 0, &["Nothing is wrong"], &["<- the cause"]);
    check(&["why", "nothing"], 6, &["no release nothing is found"], &["did you mean"]);
    check(&["why", "storefrnt"], 6, &["no release storefrnt is found", "did you mean shop/storefront?"], &[]);
    check(&["why", "shop/storefrnt"], 6, &["did you mean shop/storefront?"], &[]);
}

#[test]
fn what_happened_is_printed_as_a_log_with_the_place_where_it_broke() {
    let billing = [
        "billing/billing  stalled",
        "KIND",
        "-- broke here: the first failure since it was well, or its spec was written --",
        "Released False: UpgradeFailed",
        "rev 11 rolled back to 9 by Flux: storefront 1.5.0 -> 1.4.0",
        "Stalled True: RetriesExceeded",
        "what is not here",
        "revisions 1 to 5",
    ];
    check(&["timeline", "billing"], 0, &billing, &["\"entries\""]);
    let storefront =
        ["hotfix", "kubectl-set changed 1 field: .spec.template.spec.containers[name=\"web\"].image", "Drifted True"];
    check(&["timeline", "shop/storefront"], 0, &storefront, &["broke here"]);
    let json = ["\"kind\": \"revision\"", "\"broke\": true", "\"limits\": ["];
    check(&["timeline", "search", "-o", "json"], 0, &json, &["-- broke here"]);
    check(&["timeline", "search", "--since", "1s"], 0, &["what is not here"], &["HelmRelease was created"]);
    check(&["timeline", "search", "--since", "soon"], 2, &["not a time"], &[]);
    check(&["timeline", "nothing"], 6, &["no release nothing is found"], &[]);
}

#[test]
fn the_history_names_what_is_not_stored_any_more() {
    let billing = ["1 to 5 not stored (pruned by maxHistory, or deleted)", "Flux remembers it", "STORED", "ssa"];
    check(&["history", "billing"], 0, &billing, &[]);
    let json = ["\"stored_percent\": 0", "\"rolled_back_to\": 9", "\"stored\": false", "\"tests\": []"];
    check(&["history", "billing", "-o", "json"], 0, &json, &["not stored ("]);
}

#[test]
fn fates_are_asked_of_the_server_unless_somebody_wants_them_computed() {
    let storefront = ["6 hotfixes, 0 leftovers", "INC-4711", "overwritten", "survives"];
    let tried = ["6 fates by the API server, in a dry-run of that write"];
    check(&["owners", "shop/storefront"], 0, &[&storefront[..], &tried[..]].concat(), &["computed here"]);
    let computed = ["6 fates computed here: no dry-run was asked for"];
    check(
        &["owners", "shop/storefront", "--no-dry-run"],
        0,
        &[&storefront[..], &computed[..]].concat(),
        &["by the API server"],
    );
    check(&["owners", "shop/storefront", "-o", "json"], 0, &["\"computed\": false", "\"computed_because\": null"], &[]);
}

#[test]
fn an_object_is_blamed_by_any_name_of_its_kind_and_a_release_by_its_own() {
    let object = ["Deployment shop/storefront\n", "platform-team (Apply), kubectl (Update, scale)", ".spec.replicas"];
    for named in
        ["deploy/storefront", "Deployment/storefront", "deployments.apps/storefront", "deployment.v1.apps/storefront"]
    {
        check(&["blame", named, "-n", "shop"], 0, &object, &["Service shop/storefront"]);
    }
    check(&["blame", "hr/storefront", "-n", "shop"], 0, &["HelmRelease shop/storefront\n", ".spec.interval"], &[]);
    check(&["blame", "secret/storefront", "-n", "shop", "-o", "json"], 0, &["\"present\":null"], &[]);
    check(&["blame", "namespaces/shop"], 0, &["Namespace shop\n"], &[]);
    check(&["blame", "shop/storefront"], 0, &["Deployment shop/storefront\n", "Service shop/storefront\n"], &[]);
    check(&["blame", "deploy/cart", "-n", "shop"], 6, &["no Deployment cart is found in namespace shop", "-n"], &[]);
    check(&["blame", "nothing/cart"], 6, &["no release nothing/cart is found"], &[]);
    check(&["blame", "nothing/cart", "--object"], 6, &["no kind nothing is served", "api-resources"], &[]);
    check(&["blame", "cart", "--object"], 2, &["KIND/NAME"], &[]);
    check(&["blame", "deploy/"], 2, &["deploy/ names no object"], &[]);
    check(&["blame", "deploy/storefront", "--release"], 6, &["no release deploy/storefront is found"], &[]);
    let forbidden = &["blame", "deploy/storefront", "-n", "shop", "--context", "demo-nobody"];
    check(forbidden, 5, &["forbidden", "ask for get on deployments"], &[]);
}

#[test]
fn what_keeps_or_undoes_hotfixes_is_printed_and_nothing_is_run() {
    let values = [
        "# likely: replicas (now 3) sets Deployment storefront .spec.replicas",
        "  values:\n    replicas: 5\n    image:\n      tag: hotfix-1\n    resources:\n      limits:\n        memory: 256Mi\n",
        "postRenderers:",
        "path: /metadata/annotations/oncall.example.com~1ticket",
    ];
    check(&["owners", "shop/storefront", "--permanent"], 0, &values, &["FATE"]);
    check(
        &["owners", "shop/storefront", "--permanent", "-o", "json"],
        0,
        &["\"value\": \"image.tag\"", "\"clear\": true"],
        &[],
    );
    let commands = [
        "kubectl annotate deployment.apps/storefront oncall.example.com/ticket- -n shop --context demo\n",
        "kubectl scale deployment.apps/storefront --current-replicas=5 --replicas=3 -n shop --context demo\n",
        "kubectl set image deployment.apps/storefront web=registry.example.com/storefront:2.10.0 -n shop --context demo\n",
        "# platform-team applies it: its next apply sets it again, unless it is taken out there\n",
    ];
    check(&["owners", "shop/storefront", "--undo"], 0, &commands, &["FATE"]);
    check(&["owners", "shop/storefront", "--undo", "-o", "json"], 0, &["\"command\": \"kubectl annotate"], &[]);
    check(&["owners", "checkout/cart", "--undo"], 0, &["# nothing was edited or left behind"], &[]);
    check(&["owners", "shop/storefront", "--undo", "--permanent"], 2, &["cannot be used with"], &[]);
}

#[test]
fn drift_is_told_in_the_lines_of_flux_with_what_flux_does_not_see() {
    let storefront = [
        "shop/storefront  drifted",
        "driftDetection.mode warn: Flux tells of it and leaves it",
        "\nDeployment/shop/storefront changed (0 additions, 3 changes, 0 removals)\n5 objects unchanged\n",
        "added by others: no drift to Flux",
        "INC-4711",
    ];
    check(&["drift", "shop/storefront"], 0, &storefront, &["computed here"]);
    let computed = ["6 objects computed here: no dry-run was asked for"];
    let computed = [&storefront[..], &computed[..]].concat();
    check(&["drift", "shop/storefront", "--no-dry-run"], 0, &computed, &[]);
    check(&["drift", "shop/storefront", "--exit-code"], 13, &["shop/storefront has drifted"], &[]);
    let json = ["\"mode\": \"warn\"", "\"drifted\": true", "\"op\": \"replace\"", "\"/spec/replicas\""];
    check(&["drift", "shop/storefront", "-o", "json"], 0, &json, &["computed here"]);
    let native = ["legacy/docs  no drift", "native: nothing looks for drift", "7 objects unchanged"];
    check(&["drift", "legacy/docs", "--exit-code"], 0, &native, &[]);
    check(&["drift", "nothing"], 6, &["no release nothing is found"], &[]);
}

/// State, summary, operations and what others added, of one release.
fn drifted(arguments: &[&str]) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_wheelhouse"))
        .args(["--demo", "drift", "-o", "json"])
        .args(arguments)
        .stdin(Stdio::null())
        .env_clear()
        .output()
        .unwrap();
    let mut told: Value = serde_json::from_slice(&output.stdout).unwrap();
    for object in told["objects"].as_array_mut().unwrap() {
        for part in ["computed", "computed_because"] {
            object.as_object_mut().unwrap().shift_remove(part);
        }
        // The story begins anew with each command.
        for part in ["operations", "added_by_others"] {
            for one in object[part].as_array_mut().unwrap() {
                one.as_object_mut().unwrap().shift_remove("time");
            }
        }
    }
    told
}

#[test]
fn drift_is_the_same_whoever_tells_it() {
    for (release, lines) in [
        ("shop/storefront", 1),
        ("identity/login", 1),
        ("legacy/wiki", 1),
        ("catalog/pricing", 0),
        ("previews/pr-417", 6),
        ("notifications/mailer", 0),
    ] {
        let tried = drifted(&[release]);
        assert_eq!(tried["summary"].as_array().unwrap().len(), lines, "{release}: {tried}");
        assert_eq!(drifted(&[release, "--no-dry-run"]), tried, "{release}");
    }
}

/// Object, field, fate and its details of each finding, and how many were computed.
fn fates(arguments: &[&str]) -> (Vec<[Value; 4]>, usize) {
    let output = Command::new(env!("CARGO_BIN_EXE_wheelhouse"))
        .args(["--demo", "owners", "-o", "json"])
        .args(arguments)
        .stdin(Stdio::null())
        .env_clear()
        .output()
        .unwrap();
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    let findings = told["findings"].as_array().unwrap();
    let computed = findings.iter().filter(|finding| finding["computed"] == true && finding["fate"] != "taken-over");
    let fate = |finding: &Value| ["kind", "path", "fate", "detail"].map(|field| finding[field].clone());
    (findings.iter().map(fate).collect(), computed.count())
}

#[test]
fn a_fate_is_the_same_whoever_tells_it() {
    for (release, findings, blocks) in [("shop/storefront", 9, 0), ("catalog/pricing", 7, 0), ("legacy/wiki", 3, 1)] {
        let (tried, computed) = fates(&[release]);
        assert_eq!((tried.len(), computed), (findings, 0), "{release}: {tried:?}");
        assert_eq!(tried.iter().filter(|[_, _, fate, _]| fate == "blocks").count(), blocks, "{release}: {tried:?}");
        assert_eq!(fates(&[release, "--no-dry-run"]).0, tried, "{release}");
    }
}

#[test]
fn one_masked_value_is_revealed_and_what_is_not_masked_is_not() {
    check(&["values", "identity/login", "--reveal", "apiKey"], 0, &["s3cr3t", "memory only"], &[]);
    check(&["values", "shop/storefront", "--reveal", ".apiKey"], 0, &["memory only"], &["***"]);
    check(&["values", "identity/login", "--reveal", "replicas"], 2, &["replicas is not masked"], &["memory only"]);
    check(&["values", "identity/login", "--reveal", "nothing"], 6, &["no value at nothing"], &["memory only"]);
    let viewer = &["values", "identity/login", "--reveal", "apiKey", "--context", "demo-viewer"];
    check(viewer, 5, &["apiKey may not be read"], &["memory only"]);
}
