//! The choice of a command.

use insta::assert_snapshot;
use wheelhouse::app::bindings::Bindings;
use wheelhouse::app::{Effect, Overlay};
use wheelhouse::config::Keymap;
use wheelhouse::config::keymap::File;
use wheelhouse::config::load::Folder;
use wheelhouse::release::Scope;

use crate::fixture::{answer, cluster};
use crate::scenario::{Scenario, setup};

fn ready(width: u16, height: u16) -> Scenario {
    Scenario::connected(width, height).changes(cluster()).answer(answer)
}

#[test]
fn every_command_of_the_screen_with_its_keys() {
    let s = ready(80, 24).keys(":");
    assert_snapshot!("palette_80x24", s.screen());
    assert_snapshot!("palette_120x40", s.resized(120, 40).screen());
    assert_snapshot!("palette_release_80x30", ready(80, 30).keys("enter 5 :").screen());
}

#[test]
fn what_is_typed_narrows_it_and_the_letters_that_match_are_marked() {
    let s = ready(80, 24).keys(":").typed("name");
    assert_snapshot!("palette_typed_80x24", s.screen());
    assert_snapshot!("palette_typed_80x24_styled", s.styled());
    assert_snapshot!("palette_typed_120x40", s.resized(120, 40).screen());
}

#[test]
fn what_cannot_be_used_says_why_and_says_it_again_when_it_is_run() {
    let s = Scenario::connected(80, 24).keys(":").typed("open");
    assert_snapshot!("palette_disabled_80x24_styled", s.styled());
    let s = s.keys("enter");
    assert!(s.model.overlay.is_none());
    assert_eq!(s.screen().lines().last(), Some(" open: no release is selected"));
}

#[test]
fn nothing_is_called_that() {
    let s = ready(80, 24).keys(":").typed("helm rollback");
    assert_snapshot!("palette_nothing_80x24", s.screen());
    let s = s.keys("enter");
    assert!(matches!(s.model.overlay, Some(Overlay::Palette(_))), "it stays open");
    assert!(s.keys("esc").model.overlay.is_none());
}

#[test]
fn there_is_room_for_names_on_the_smallest_terminal() {
    assert_snapshot!("palette_60x15", ready(60, 15).keys(":").typed("a").screen());
    assert_snapshot!("palette_20x5", ready(20, 5).keys(":").typed("a").screen());
    for (width, height) in [(1, 1), (2, 2), (4, 3), (300, 100)] {
        assert_eq!(ready(width, height).keys(":").typed("a").screen().lines().count(), usize::from(height));
    }
}

#[test]
fn hostile_text_may_be_typed_and_does_nothing() {
    let s = ready(80, 24).keys(":").typed("\u{202e}\u{9b}31m\u{200b}日本");
    let screen = s.screen();
    assert_eq!(screen.lines().last(), Some(" :<U+202E><U+009B>31m<U+200B>日本   enter accept  esc cancel"));
    assert!(screen.contains("no command of this screen is called that"));
}

#[test]
fn enter_runs_the_best_match() {
    let check = |typed: &str, expected: &[Effect]| {
        let mut s = ready(80, 24);
        s.asked();
        let mut s = s.keys(":").typed(typed).keys("enter");
        assert_eq!(s.asked(), expected, "{typed}");
        s
    };
    check("q", &[Effect::Quit]);
    check("quit", &[Effect::Quit]);
    check("copy", &[Effect::Copy("legacy/wiki".to_owned())]);
    let s = check("ns", &[]);
    assert!(matches!(s.model.overlay, Some(Overlay::Namespaces(_))));
    let s = check("help", &[]);
    assert!(matches!(s.model.overlay, Some(Overlay::Help(_))));
    let s = check("back", &[]);
    assert!(matches!(s.model.overlay, Some(Overlay::Quit)));
    // Another one than the first is chosen with the arrows.
    let s = ready(80, 24).keys(": down down enter");
    assert!(matches!(s.model.overlay, Some(Overlay::Actions(_))));
}

#[test]
fn it_opens_from_the_help_and_not_into_a_filter() {
    let s = ready(80, 24).keys("? :").typed("top").keys("enter");
    assert!(s.model.overlay.is_none());
    let s = ready(80, 24).keys("q :");
    assert!(matches!(s.model.overlay, Some(Overlay::Palette(_))), "a question is taken back by whatever is no answer");
    let s = ready(80, 24).keys("/ :");
    assert!(s.model.overlay.is_none());
    assert_eq!(s.model.releases.filter.text(), ":");
}

/// A run with a keymap of the user's over the default one.
fn with_keymap(text: &str) -> Scenario {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("keymap.toml"), text).unwrap();
    let keymap = Folder::at(folder.path()).keymap().unwrap();
    let setup = wheelhouse::app::Setup { bindings: Bindings::resolve(&keymap).unwrap(), ..setup(Scope::All) };
    Scenario::with(setup, 80, 24).connect().changes(cluster()).answer(answer)
}

#[test]
fn a_command_without_a_key_is_run_from_here_and_the_help_says_so() {
    let mut s = with_keymap("[releases]\n\"c\" = \"none\"\n").keys("c");
    assert_eq!(s.asked().iter().filter(|effect| matches!(effect, Effect::Copy(_))).count(), 0);
    let mut s = s.keys(":").typed("copy").keys("enter");
    assert_eq!(s.asked(), [Effect::Copy("legacy/wiki".to_owned())]);
    let help = s.keys("? pagedown").screen();
    assert!(help.contains(":copy-name        Send namespace/name"), "{help}");
}

#[test]
fn ctrl_c_quits_when_no_other_key_does() {
    let keymap =
        "[global]\n\"q\" = \"none\"\n\"Q\" = \"none\"\n\"esc\" = \"none\"\n\"ctrl-c\" = \"none\"\n\":\" = \"none\"\n";
    let mut s = with_keymap(keymap);
    s.asked();
    let mut s = s.keys("q Q esc :");
    assert_eq!(s.asked(), []);
    assert_eq!(s.keys("ctrl-c").asked(), [Effect::Quit]);
}

#[test]
fn a_keymap_may_be_empty() {
    let bindings = Bindings::resolve(&Keymap::merge([File::parse("none", "").unwrap()]).unwrap()).unwrap();
    let setup = wheelhouse::app::Setup { bindings, ..setup(Scope::All) };
    let mut s = Scenario::with(setup, 80, 24).keys("j");
    assert_eq!(s.asked(), []);
    assert_eq!(s.keys("ctrl-c").asked(), [Effect::Quit]);
}
