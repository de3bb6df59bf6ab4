//! What the documents show as examples is right.

use std::fs;

use wheelhouse::app::bindings::Bindings;
use wheelhouse::config::Depth;

use crate::settings;

#[test]
fn the_examples_of_the_key_reference_are_sound() {
    let text = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/keys.md")).unwrap();
    let examples: Vec<&str> = text.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    let [keymap, theme] = examples.as_slice() else { panic!("{examples:?}") };
    let (_folder, settings) = settings(&[("keymap.toml", keymap), ("themes/mine.toml", theme)]);
    let (_, _, faults) = Bindings::choose(settings.keymap()).unwrap();
    assert_eq!(faults, []);
    for depth in [Depth::Sixteen, Depth::Indexed, Depth::Rgb] {
        assert!(settings.theme("mine", depth).is_ok(), "{depth:?}");
    }
}
