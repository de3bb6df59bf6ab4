//! What the environment says of the terminal, read once at the start.

#![allow(clippy::disallowed_methods, reason = "the one reading of the environment")]

use super::theme::Depth;

/// The terminal that this runs in, as far as the environment tells. Nothing is asked of the terminal itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Surroundings {
    /// The locale is UTF-8.
    pub utf8: bool,
    /// No colour is wanted, or none can be shown.
    pub colourless: bool,
    /// How many colours can be shown.
    pub depth: Depth,
}

impl Surroundings {
    /// Reads the environment.
    #[must_use]
    pub fn read() -> Self {
        Self::of(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
    }

    fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        // The first that is set decides, as setlocale(3) has it.
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(&variable).unwrap_or_default();
        let locale = locale.to_ascii_lowercase();
        let terminal = variable("TERM").unwrap_or_default();
        Self {
            utf8: locale.contains("utf-8") || locale.contains("utf8"),
            // https://no-color.org: any value that is not empty.
            colourless: variable("NO_COLOR").is_some() || matches!(terminal.as_str(), "dumb" | "vt100" | "vt220"),
            depth: match variable("COLORTERM").as_deref() {
                Some("truecolor" | "24bit") => Depth::Rgb,
                _ if terminal.contains("256color") => Depth::Indexed,
                _ => Depth::Sixteen,
            },
        }
    }

    /// The shipped theme that fits the terminal.
    #[must_use]
    pub fn theme(&self) -> &'static str {
        if self.colourless { "mono" } else { "dark" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_decides_glyphs_and_colours() {
        let of = |set: &[(&str, &str)]| {
            let found = Surroundings::of(|name| {
                set.iter().find(|(key, value)| *key == name && !value.is_empty()).map(|(_, value)| (*value).to_owned())
            });
            (found.utf8, found.colourless, found.depth)
        };
        assert_eq!(of(&[("LANG", "en_US.UTF-8"), ("TERM", "xterm-256color")]), (true, false, Depth::Indexed));
        assert_eq!(of(&[("LC_ALL", "C"), ("LANG", "en_US.UTF-8")]), (false, false, Depth::Sixteen));
        assert_eq!(of(&[("LANG", "C.utf8"), ("NO_COLOR", "1")]), (true, true, Depth::Sixteen));
        assert_eq!(of(&[("TERM", "dumb"), ("NO_COLOR", "")]), (false, true, Depth::Sixteen));
        assert_eq!(of(&[("COLORTERM", "truecolor")]), (false, false, Depth::Rgb));
        assert_eq!(of(&[]), (false, false, Depth::Sixteen));
    }
}
