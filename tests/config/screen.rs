//! The real binary in a pseudo-terminal, with settings that are right and others that are not.

use std::path::Path;

use crate::settings;
use crate::terminal::Terminal;

const SIZE: (u16, u16) = (140, 60);

fn start(folder: &Path, arguments: &[&str]) -> Terminal {
    // A kubeconfig that is not there: the screen stands, and no cluster is asked.
    let kubeconfig = folder.join("kubeconfig");
    Terminal::start(arguments, &[("XDG_CONFIG_HOME", folder), ("KUBECONFIG", &kubeconfig)], SIZE)
}

#[test]
fn keys_of_the_user_count() {
    let (folder, _) = settings(&[("wheelhouse/keymap.toml", "[global]\n\"Q\" = \"none\"\n\"X X\" = \"quit\"\n")]);
    let mut terminal = start(folder.path(), &[]);
    terminal.wait_for("cannot be read");
    terminal.keys("?");
    terminal.wait_for("X X  ctrl-c");
    terminal.keys("QXX");
    assert!(terminal.ended().success());
}

#[test]
fn with_faults_it_starts_on_the_default_keys_and_says_so() {
    let keymap = "[global]\n\"x\" = \"go-dwn\"\n\"y\" = \"go-upp\"\n\"Q\" = \"none\"\n";
    let (folder, _) = settings(&[("wheelhouse/keymap.toml", keymap)]);
    let mut terminal = start(folder.path(), &[]);
    terminal.wait_for("the default keys are in use, `wheelhouse keys` says why: ");
    terminal.wait_for("keymap.toml:2: no command \"go-dwn\"");
    terminal.keys("Q");
    assert!(terminal.ended().success());
}

#[test]
fn a_theme_with_faults_is_stood_in_for_and_one_that_is_not_there_is_refused() {
    let (folder, _) = settings(&[("wheelhouse/themes/night.toml", "inherits = \"nihgt\"")]);
    let mut terminal = start(folder.path(), &["--theme", "night"]);
    terminal.wait_for("a shipped theme is in use, `wheelhouse themes` says why: ");
    terminal.keys("Q");
    assert!(terminal.ended().success());
    let mut terminal = start(folder.path(), &["--theme", "pink"]);
    assert_eq!(terminal.ended().exit_code(), 2);
    terminal.wait_for("no theme \"pink\"; there are dark, light, mono, night");
}
