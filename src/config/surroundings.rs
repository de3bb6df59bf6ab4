//! What the environment says of the terminal, read once at the start.

#![allow(clippy::disallowed_methods, reason = "the one reading of the environment")]

use super::depth::Depth;
use super::theme::Background;

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
    pub background: Option<Background>,
    /// It may be asked what it writes on: it is here, and known to answer in a way that is understood. Over SSH an answer
    /// may come late, and tmux and screen answer for a terminal that may be another one by then.
    pub answers: bool,
    /// What stands between this and the terminal.
    pub multiplexer: Multiplexer,
    /// How the user wants texts to be edited, as a line for the shell.
    pub editor: String,
    /// How the user wants texts to be paged through, as a line for the shell.
    pub pager: String,
    /// Who runs this, and who became that by sudo: `root (sudo by alice)`. Where the environment does not say it, the login name of
    /// the process, else `uid 1000`.
    pub user: String,
}

/// A program that shows this one in a terminal of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Multiplexer {
    /// None that is known.
    Nothing,
    /// tmux.
    Tmux,
    /// GNU screen.
    Screen,
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
        let uid = rustix::process::getuid().as_raw();
        Self::of(|name| std::env::var(name).ok(), || login(uid).unwrap_or_else(|| format!("uid {uid}")))
    }

    fn of(variable: impl Fn(&str) -> Option<String>, process: impl FnOnce() -> String) -> Self {
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
            background: said("COLORFGBG").as_deref().and_then(background),
            answers: named(ANSWERING) && !inside && !any(&["SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT"]),
            multiplexer: match (said("TMUX"), said("STY")) {
                (Some(_), _) => Multiplexer::Tmux,
                (None, Some(_)) => Multiplexer::Screen,
                (None, None) => Multiplexer::Nothing,
            },
            editor: ["VISUAL", "EDITOR"].into_iter().find_map(said).unwrap_or_else(|| "vi".to_owned()),
            pager: said("PAGER").unwrap_or_else(|| "less".to_owned()),
            user: {
                let user = ["USER", "LOGNAME"].into_iter().find_map(said).unwrap_or_else(process);
                said("SUDO_USER").map_or(user.clone(), |before| format!("{user} (sudo by {before})"))
            },
        }
    }

    /// The theme that fits the terminal.
    #[must_use]
    pub fn theme(&self) -> &'static str {
        match (self.colourless, self.background) {
            (true, _) => "mono",
            (false, Some(Background::Light)) => "light",
            (false, Some(Background::Dark) | None) => "dark",
        }
    }

    /// Whether the terminal has to be asked what it writes on to know which theme fits, and may be.
    #[must_use]
    pub fn asks(&self) -> bool {
        self.answers && !self.colourless && self.background.is_none()
    }
}

/// The login name of a user, by the list of this machine. Users of a directory service are not in it.
fn login(uid: u32) -> Option<String> {
    login_in(&std::fs::read_to_string("/etc/passwd").ok()?, uid)
}

/// Source: passwd(5): name, password, uid, parted by colons.
fn login_in(passwd: &str, uid: u32) -> Option<String> {
    let of = |line: &str| {
        let mut fields = line.split(':');
        let name = fields.next().filter(|name| !name.is_empty())?;
        (fields.nth(1)?.parse() == Ok(uid)).then(|| name.to_owned())
    };
    passwd.lines().find_map(of)
}

/// Reads `COLORFGBG`: `foreground;background`, or with something between them, as numbers of the sixteen colours.
fn background(text: &str) -> Option<Background> {
    match text.rsplit(';').next()?.parse().ok()? {
        0..=6_u8 | 8 => Some(Background::Dark),
        7 | 9..=15 => Some(Background::Light),
        16.. => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(set: &str) -> Surroundings {
        let set: Vec<(&str, &str)> = set.split_whitespace().filter_map(|word| word.split_once('=')).collect();
        let variable = |name: &str| set.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        Surroundings::of(variable, || "uid 1000".to_owned())
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
            assert_eq!((found.depth, found.theme()), (depth, theme), "{set}");
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
            assert_eq!(of(set).asks(), asked, "{set}");
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
    fn what_stands_before_the_terminal_is_known() {
        let check = |set: &str, expected: Multiplexer| assert_eq!(of(set).multiplexer, expected, "{set}");
        check("TMUX=/tmp/tmux-1000/default,1,0", Multiplexer::Tmux);
        check("TMUX=/tmp/t STY=1.tty", Multiplexer::Tmux);
        check("STY=1.tty", Multiplexer::Screen);
        check("TMUX= TERM=screen", Multiplexer::Nothing);
    }

    #[test]
    fn who_became_root_is_told_by_name() {
        let check = |set: &str, user: &str| assert_eq!(of(set).user, user, "{set}");
        check("USER=alice LOGNAME=bob", "alice");
        check("LOGNAME=bob", "bob");
        check("USER=root SUDO_USER=alice", "root (sudo by alice)");
        check("SUDO_USER=alice", "uid 1000 (sudo by alice)");
        check("USER=", "uid 1000");
        let passwd = "root:x:0:0:root:/root:/bin/sh\n\n:x:7:7\nbroken\nalice:x:1000:1000::/home/alice:/bin/sh\n";
        let check = |uid: u32, name: Option<&str>| assert_eq!(login_in(passwd, uid).as_deref(), name, "{uid}");
        check(0, Some("root"));
        check(1000, Some("alice"));
        check(7, None);
        check(1, None);
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
}
