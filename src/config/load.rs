//! The shipped keymap and themes. The one place of this room that may touch the file system; so far everything that it
//! loads is embedded.

use super::fault::Fault;
use super::keymap::Keymap;
use super::theme::Theme;

const DEFAULT_KEYMAP: &str = include_str!("../../keymaps/default.toml");
const THEMES: &[(&str, &str)] = &[
    ("dark", include_str!("../../themes/dark.toml")),
    ("light", include_str!("../../themes/light.toml")),
    ("mono", include_str!("../../themes/mono.toml")),
];

/// Names of the shipped themes.
pub fn theme_names() -> impl Iterator<Item = &'static str> {
    THEMES.iter().map(|(name, _)| *name)
}

/// The shipped keymap.
///
/// # Errors
/// What is wrong in it; a test holds that nothing is.
pub fn keymap() -> Result<Keymap, Vec<Fault>> {
    Keymap::parse("keymaps/default.toml", DEFAULT_KEYMAP)
}

/// A shipped theme by its name.
///
/// # Errors
/// When there is none of that name; else what is wrong in it.
pub fn theme(name: &str) -> Result<Theme, Vec<Fault>> {
    let text = |name: &str| THEMES.iter().find(|(known, _)| *known == name).map(|(_, text)| *text);
    match text(name) {
        Some(found) => Theme::parse(&format!("themes/{name}.toml"), found, text),
        None => Err(vec![Fault::at("--theme", "", 0, format!("no theme \"{name}\"")).suggest(name, theme_names())]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::theme::Role;
    use ratatui::style::Style;

    #[test]
    fn every_shipped_theme_is_sound_and_leaves_no_role_out() {
        for name in theme_names() {
            let theme = theme(name).unwrap_or_else(|faults| panic!("{name}: {faults:?}"));
            assert_eq!(theme.missing(), Vec::<Role>::new(), "{name}");
        }
    }

    #[test]
    fn the_mono_theme_has_no_colour() {
        let theme = theme("mono").unwrap();
        for role in <Role as strum::IntoEnumIterator>::iter() {
            let Style { fg, bg, .. } = theme.style(role);
            assert_eq!((fg, bg), (None, None), "{}", role.name());
        }
    }

    #[test]
    fn an_unknown_theme_is_answered_with_the_nearest() {
        let faults = theme("drak").unwrap_err();
        assert_eq!(faults[0].suggestion.as_deref(), Some("dark"));
    }
}
