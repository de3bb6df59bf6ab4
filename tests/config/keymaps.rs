//! Keymaps laid over the shipped ones.

use wheelhouse::app::bindings::Bindings;
use wheelhouse::config::load;

use crate::{fixtures, said, settings};

#[test]
fn what_is_right_counts_and_says_what_it_replaces() {
    for fixture in fixtures("keymaps/good") {
        let (folder, settings) = settings(&[("keymap.toml", &fixture.text)]);
        let (keymap, _, faults) = Bindings::choose(settings.keymap()).unwrap();
        assert_eq!(said(&folder, &faults), Vec::<String>::new(), "{}", fixture.name);
        let own = keymap.bindings.iter().filter(|binding| binding.origin.file.ends_with("keymap.toml"));
        let rows: Vec<String> = own
            .map(|binding| {
                let (context, keys, command) = (binding.context.name(), &binding.keys, &binding.command);
                let same =
                    |below: &&wheelhouse::config::Binding| below.context == binding.context && below.keys == *keys;
                let below = keymap.shadowed.iter().find(same);
                let instead = below.map(|below| format!(" instead of {}", below.command)).unwrap_or_default();
                format!("[{context}] {keys} {command} at {}{instead}", binding.origin.line)
            })
            .collect();
        assert_eq!(rows, fixture.expected, "{}", fixture.name);
    }
}

#[test]
fn what_is_wrong_is_said_whole_and_the_default_keys_count() {
    let default = Bindings::resolve(&load::keymap().unwrap()).unwrap();
    for fixture in fixtures("keymaps/bad") {
        let (folder, settings) = settings(&[("keymap.toml", &fixture.text)]);
        let (_, bindings, faults) = Bindings::choose(settings.keymap()).unwrap();
        let expected: Vec<String> = fixture.expected.iter().map(|fault| format!("keymap.toml:{fault}")).collect();
        assert_eq!(said(&folder, &faults), expected, "{}", fixture.name);
        assert_eq!(bindings, default, "{}", fixture.name);
    }
}

#[test]
fn a_preset_lies_between_the_default_keys_and_the_users() {
    let (_folder, settings) = settings(&[("keymap.toml", "preset = \"k9s\"\n[global]\n\"g\" = \"help\"\n")]);
    let keymap = settings.keymap().unwrap();
    let of = |keys: &str| {
        let row = |binding: &&wheelhouse::config::Binding| {
            binding.context.name() == "global" && binding.keys.to_string() == keys
        };
        let file = |binding: &wheelhouse::config::Binding| {
            let file = binding.origin.file.rsplit('/').next().unwrap_or_default();
            format!("{} {file}", binding.command)
        };
        let shadowed: Vec<String> = keymap.shadowed.iter().filter(row).map(file).collect();
        (keymap.bindings.iter().find(row).map(file), shadowed)
    };
    assert_eq!(of("g"), (Some("help keymap.toml".to_owned()), vec!["go-top k9s.toml".to_owned()]));
    assert_eq!(of("g g"), (Some("none k9s.toml".to_owned()), vec!["go-top default.toml".to_owned()]));
    assert_eq!(of("j"), (Some("go-down default.toml".to_owned()), Vec::new()));
}
