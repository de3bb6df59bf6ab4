//! What the environment says of the terminal, read once at the start.

#![allow(clippy::disallowed_methods, reason = "the one reading of the environment")]

use ratatui::style::Color;

use super::Fault;
use super::load::theme;
use super::theme::Theme;

/// How many colours a terminal shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Depth {
    /// None: bold, underline and reversal alone.
    None,
    /// The sixteen that have names.
    #[default]
    Sixteen,
    /// The 256 of xterm.
    Indexed,
    /// All.
    Rgb,
}

/// What is written on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ground {
    /// Bright letters on a dark background.
    Dark,
    /// Dark letters on a bright background.
    Light,
}

/// The terminal that this runs in, as far as the environment tells. Nothing is asked of the terminal itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Surroundings {
    /// It can place its cursor: a screen can be drawn.
    pub screen: bool,
    /// The locale is UTF-8.
    pub utf8: bool,
    /// How many colours it shows.
    pub depth: Depth,
    /// No colour is wanted, or none can be shown.
    pub colourless: bool,
    /// What it writes on, where that is said.
    pub ground: Option<Ground>,
    /// It may be asked what it writes on: it is here, and known to answer in a way that is understood. Over SSH an answer
    /// may come late, and tmux and screen answer for a terminal that may be another one by then.
    pub answers: bool,
    /// How the user wants texts to be edited, as a line for the shell.
    pub editor: String,
    /// How the user wants texts to be paged through, as a line for the shell.
    pub pager: String,
}

/// The theme to start with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Themes {
    /// What to draw with.
    pub theme: Theme,
    /// What to draw with if the terminal says that its background is light; without one it is not asked.
    pub on_light: Option<Theme>,
}

/// Terminals without colours, by the beginning of their names.
const COLOURLESS: &[&str] = &["dumb", "unknown", "vt1", "vt2", "vt5"];
/// Terminals with all colours that may not say so otherwise.
const ALL_COLOURS: &[&str] = &["xterm-kitty", "xterm-ghostty", "alacritty", "foot", "wezterm", "contour"];
/// Terminals that answer the question for their background, or pass over it without a trace.
const ANSWERING: &[&str] =
    &["xterm", "alacritty", "foot", "wezterm", "contour", "rxvt", "konsole", "gnome", "vte", "st-"];

impl Surroundings {
    /// Reads the environment.
    #[must_use]
    pub fn read() -> Self {
        Self::of(|name| std::env::var(name).ok())
    }

    fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        // Set to nothing is not set: POSIX for the locale, https://no-color.org for NO_COLOR.
        let said = |name: &str| variable(name).filter(|value| !value.is_empty());
        let any = |names: &[&str]| names.iter().any(|name| said(name).is_some());
        // The first that is set decides, as setlocale(3) has it.
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(said).unwrap_or_default();
        let locale = locale.to_ascii_lowercase();
        let terminal = said("TERM").unwrap_or_default();
        let named = |names: &[&str]| names.iter().any(|name| terminal.starts_with(name));
        let inside = any(&["TMUX", "STY"]) || named(&["tmux", "screen"]);

        let all = matches!(said("COLORTERM").as_deref(), Some("truecolor" | "24bit"));
        // GNU screen hands on COLORTERM of the terminal around it, and does not know those colours.
        let all = (all && (said("STY").is_none() || said("TMUX").is_some())) || named(ALL_COLOURS);
        let depth = if terminal.is_empty() || named(COLOURLESS) {
            Depth::None
        } else if all || terminal.ends_with("-direct") {
            Depth::Rgb
        } else if terminal.contains("256color") {
            Depth::Indexed
        } else {
            Depth::Sixteen
        };
        Self {
            screen: !named(&["dumb", "unknown"]),
            utf8: locale.contains("utf-8") || locale.contains("utf8"),
            depth,
            // https://bixense.com/clicolors: "0" says that no colours are wanted.
            colourless: depth == Depth::None || said("NO_COLOR").is_some() || said("CLICOLOR").as_deref() == Some("0"),
            ground: said("COLORFGBG").as_deref().and_then(ground),
            answers: named(ANSWERING) && !inside && !any(&["SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT"]),
            editor: ["VISUAL", "EDITOR"].into_iter().find_map(said).unwrap_or_else(|| "vi".to_owned()),
            pager: said("PAGER").unwrap_or_else(|| "less".to_owned()),
        }
    }

    /// The theme that was asked for, else the one that fits the terminal.
    ///
    /// # Errors
    /// When there is none of that name.
    pub fn themes(&self, asked: Option<&str>) -> Result<Themes, Vec<Fault>> {
        let (name, ask) = match (asked, self.colourless, self.ground) {
            (Some(asked), ..) => (asked, false),
            (None, true, _) => ("mono", false),
            (None, false, Some(Ground::Dark)) => ("dark", false),
            (None, false, Some(Ground::Light)) => ("light", false),
            (None, false, None) => ("dark", self.answers),
        };
        let on_light = if ask { Some(theme("light")?) } else { None };
        Ok(Themes { theme: theme(name)?, on_light })
    }
}

/// Reads `COLORFGBG`: `foreground;background`, or with something between them, as numbers of the sixteen colours.
fn ground(text: &str) -> Option<Ground> {
    match text.rsplit(';').next()?.parse().ok()? {
        0..=6_u8 | 8 => Some(Ground::Dark),
        7 | 9..=15 => Some(Ground::Light),
        16.. => None,
    }
}

/// The sixteen colours in their order, and as xterm shows them.
const SIXTEEN: [(Color, Rgb); 16] = [
    (Color::Black, (0, 0, 0)),
    (Color::Red, (205, 0, 0)),
    (Color::Green, (0, 205, 0)),
    (Color::Yellow, (205, 205, 0)),
    (Color::Blue, (0, 0, 238)),
    (Color::Magenta, (205, 0, 205)),
    (Color::Cyan, (0, 205, 205)),
    (Color::Gray, (229, 229, 229)),
    (Color::DarkGray, (127, 127, 127)),
    (Color::LightRed, (255, 0, 0)),
    (Color::LightGreen, (0, 255, 0)),
    (Color::LightYellow, (255, 255, 0)),
    (Color::LightBlue, (92, 92, 255)),
    (Color::LightMagenta, (255, 0, 255)),
    (Color::LightCyan, (0, 255, 255)),
    (Color::White, (255, 255, 255)),
];

type Rgb = (u8, u8, u8);

impl Depth {
    /// The nearest colour that is shown; `Reset`, the terminal's own, where none is.
    #[must_use]
    pub fn reduce(self, colour: Color) -> Color {
        match (self, colour) {
            (Self::None, _) => Color::Reset,
            (Self::Sixteen, Color::Rgb(red, green, blue)) => nearest((red, green, blue)),
            (Self::Sixteen, Color::Indexed(index)) => match SIXTEEN.get(usize::from(index)) {
                Some((colour, _)) => *colour,
                None => nearest(of_index(index)),
            },
            (Self::Indexed, Color::Rgb(red, green, blue)) => {
                let wanted = (red, green, blue);
                let index = (16..=u8::MAX).min_by_key(|index| distance(of_index(*index), wanted));
                Color::Indexed(index.unwrap_or_default())
            }
            (Self::Sixteen | Self::Indexed | Self::Rgb, colour) => colour,
        }
    }
}

fn nearest(wanted: Rgb) -> Color {
    SIXTEEN.iter().min_by_key(|(_, shown)| distance(*shown, wanted)).map_or(Color::Reset, |(colour, _)| *colour)
}

fn distance(one: Rgb, other: Rgb) -> u32 {
    let part = |one: u8, other: u8| u32::from(one.abs_diff(other)).pow(2);
    part(one.0, other.0) + part(one.1, other.1) + part(one.2, other.2)
}

/// What xterm shows for one of its colours from 16 on: a cube of six steps a side, then a ramp of greys.
fn of_index(index: u8) -> Rgb {
    let step = |step: u8| if step == 0 { 0 } else { 55 + 40 * step };
    match index.checked_sub(16) {
        Some(cube @ 0..216) => (step(cube / 36), step(cube / 6 % 6), step(cube % 6)),
        Some(grey) => {
            let level = 8 + 10 * (grey - 216);
            (level, level, level)
        }
        None => SIXTEEN.get(usize::from(index)).map_or((0, 0, 0), |(_, shown)| *shown),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(set: &str) -> Surroundings {
        let set: Vec<(&str, &str)> = set.split_whitespace().filter_map(|word| word.split_once('=')).collect();
        Surroundings::of(|name| set.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn the_locale_decides_the_glyphs() {
        let check = |set: &str, utf8: bool| assert_eq!(of(set).utf8, utf8, "{set}");
        check("LANG=en_US.UTF-8", true);
        check("LANG=C.utf8", true);
        check("LC_CTYPE=UTF-8", true);
        check("LANG=C LC_CTYPE=de_DE.UTF-8", true);
        check("LC_ALL=C LC_CTYPE=de_DE.UTF-8 LANG=en_US.UTF-8", false);
        check("LC_ALL= LC_CTYPE= LANG=en_US.UTF-8", true);
        check("LC_CTYPE=POSIX LANG=en_US.UTF-8", false);
        check("LANG=de_DE.ISO-8859-1", false);
        check("", false);
    }

    #[test]
    fn the_terminal_decides_the_colours() {
        use Depth::{Indexed, None, Rgb, Sixteen};
        let check = |set: &str, depth: Depth, theme: &str| {
            let found = of(set);
            assert_eq!(
                (found.depth, found.themes(Option::None).unwrap().theme),
                (depth, self::theme(theme).unwrap()),
                "{set}"
            );
        };
        check("TERM=xterm", Sixteen, "dark");
        check("TERM=linux", Sixteen, "dark");
        check("TERM=xterm-256color", Indexed, "dark");
        check("TERM=xterm-256color COLORTERM=truecolor", Rgb, "dark");
        check("TERM=xterm-kitty", Rgb, "dark");
        check("TERM=xterm-direct", Rgb, "dark");
        check("TERM=screen STY=1.tty COLORTERM=truecolor", Sixteen, "dark");
        check("TERM=screen-256color TMUX=/tmp/t COLORTERM=24bit", Rgb, "dark");
        check("TERM=tmux-256color TMUX=/tmp/t", Indexed, "dark");
        check("TERM=vt220", None, "mono");
        check("TERM=dumb", None, "mono");
        check("", None, "mono");
        check("TERM=xterm-256color NO_COLOR=1", Indexed, "mono");
        check("TERM=xterm-256color NO_COLOR=", Indexed, "dark");
        check("TERM=xterm-256color CLICOLOR=0", Indexed, "mono");
        check("TERM=xterm-256color CLICOLOR=1", Indexed, "dark");
        check("TERM=xterm COLORFGBG=0;15", Sixteen, "light");
        check("TERM=xterm COLORFGBG=15;default;0", Sixteen, "dark");
        check("TERM=xterm COLORFGBG=0;15 NO_COLOR=1", Sixteen, "mono");
    }

    #[test]
    fn only_a_terminal_that_is_here_is_asked_for_its_background() {
        let check = |set: &str, asked: bool| {
            assert_eq!(of(set).themes(None).unwrap().on_light.is_some(), asked, "{set}");
        };
        check("TERM=xterm-256color", true);
        check("TERM=alacritty", true);
        check("TERM=xterm-256color COLORFGBG=15;0", false);
        check("TERM=xterm-256color NO_COLOR=1", false);
        check("TERM=xterm-256color SSH_CONNECTION=10.0.0.1", false);
        check("TERM=xterm-256color SSH_TTY=/dev/pts/1", false);
        check("TERM=xterm-256color SSH_CLIENT=10.0.0.1", false);
        check("TERM=xterm-256color TMUX=/tmp/t", false);
        check("TERM=xterm-256color STY=1.tty", false);
        check("TERM=screen-256color", false);
        check("TERM=tmux-256color", false);
        check("TERM=linux", false);
        check("TERM=eterm-color", false);
        assert_eq!(of("TERM=xterm").themes(Some("dark")).unwrap().on_light, None, "--theme wins");
    }

    #[test]
    fn a_terminal_without_a_cursor_has_no_screen() {
        let check = |set: &str, screen: bool| assert_eq!(of(set).screen, screen, "{set}");
        check("TERM=dumb", false);
        check("TERM=unknown", false);
        check("TERM=vt100", true);
        check("TERM=linux", true);
        check("", true);
    }

    #[test]
    fn the_users_own_programs_are_taken() {
        let check = |set: &str, editor: &str, pager: &str| {
            let found = of(set);
            assert_eq!((found.editor.as_str(), found.pager.as_str()), (editor, pager), "{set}");
        };
        check("", "vi", "less");
        check("EDITOR=nano PAGER=more", "nano", "more");
        check("VISUAL=emacs EDITOR=nano PAGER=", "emacs", "less");
    }

    #[test]
    fn colours_are_brought_down_to_what_is_shown() {
        let check = |depth: Depth, colour: &str, expected: &str| {
            let parsed = |text: &str| text.parse::<Color>().unwrap();
            assert_eq!(depth.reduce(parsed(colour)), parsed(expected), "{depth:?} {colour}");
        };
        check(Depth::Rgb, "#123456", "#123456");
        check(Depth::Indexed, "#ff0000", "196");
        check(Depth::Indexed, "#808080", "244");
        check(Depth::Indexed, "lightred", "lightred");
        check(Depth::Sixteen, "#ff0000", "lightred");
        check(Depth::Sixteen, "#101010", "black");
        check(Depth::Sixteen, "9", "lightred");
        check(Depth::Sixteen, "196", "lightred");
        check(Depth::Sixteen, "red", "red");
        check(Depth::None, "red", "reset");
        check(Depth::None, "#ff0000", "reset");
    }
}
