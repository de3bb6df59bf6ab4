//! Any text is answered: with a keymap or a theme, or with faults that name lines of it.

use proptest::prelude::*;
use wheelhouse::config::{Fault, keymap, theme};

/// Text that is nearly right, and text that is not.
fn texts() -> impl Strategy<Value = String> {
    let words = vec![
        "[global]",
        "[releases]",
        "[roles]",
        "[palette]",
        "preset",
        "inherits",
        "background",
        "\"g g\"",
        "\"x\"",
        " = ",
        "\"none\"",
        "\"bad on 300\"",
        "\"#ff\"",
        "[",
        "]",
        "{",
        "\"",
        "\n",
        "\r\n",
        "\u{0}",
        "é",
        "= 3\n",
        "a.b",
    ];
    prop_oneof![
        prop::collection::vec(prop::sample::select(words), 0..40).prop_map(|words| words.concat()),
        any::<String>()
    ]
}

fn inside(text: &str, faults: &[Fault]) -> bool {
    let lines = text.split('\n').count();
    !faults.is_empty() && faults.iter().all(|fault| fault.line.is_some_and(|line| (1..=lines).contains(&line)))
}

proptest! {
    #[test]
    fn any_text_is_answered(text in texts()) {
        if let Err(faults) = keymap::File::parse("keymap.toml", &text) {
            prop_assert!(inside(&text, &faults), "{faults:?}");
        }
        if let Err(faults) = theme::File::parse("theme.toml", &text) {
            prop_assert!(inside(&text, &faults), "{faults:?}");
        }
    }
}
