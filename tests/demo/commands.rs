//! The headless commands on the demo: exit code, and words of what they say.

use std::process::{Command, Stdio};

fn check(arguments: &[&str], code: i32, words: &[&str], absent: &[&str]) {
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
    check(&["list"], 0, &["billing", "card-gateway", "(storefront 9.9.9)", "[suspended]", "[configmap]"], &[]);
    check(&["list", "-n", "payments", "-o", "json"], 0, &["fx-rates", "\"verdict\""], &["billing"]);
    check(&["history", "billing"], 0, &["rollback", "11"], &[]);
    check(&["history", "checkout/cart"], 0, &["cart 5.1.2"], &[]);
    check(&["values", "search"], 0, &["breakStart: true"], &[]);
    check(&["manifest", "shop/storefront"], 0, &["kind: Deployment", "***"], &[]);
    check(&["notes", "card-gateway", "-o", "yaml"], 0, &["notes:"], &[]);
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
