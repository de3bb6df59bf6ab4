//! A theme file: `inherits`, `[palette]`, and a style for every role.

use std::collections::BTreeMap;

use ratatui::style::{Color, Modifier, Style};
use strum::IntoEnumIterator;
use toml::de::{DeTable, DeValue};

use super::fault::Fault;

/// What a style stands for. Views name these and never a colour.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, strum::EnumIter, strum::EnumString, strum::IntoStaticStr,
)]
#[rustfmt::skip]
pub enum Role {
    /// Anything without another role.
    #[strum(serialize = "text")] Text,
    /// What matters less: ages, wanted charts, hints.
    #[strum(serialize = "text.dim")] Dim,
    /// What matters more: the name of what is open.
    #[strum(serialize = "text.strong")] Strong,
    /// The name of the program.
    #[strum(serialize = "header.program")] Program,
    /// Context and namespace.
    #[strum(serialize = "header.context")] Place,
    /// Heads of columns.
    #[strum(serialize = "table.head")] TableHead,
    /// The selected row.
    #[strum(serialize = "table.selected")] Selected,
    /// A key in the footer and the help.
    #[strum(serialize = "key")] Key,
    /// What the key does.
    #[strum(serialize = "key.title")] KeyTitle,
    /// Something is broken between here and the cluster.
    #[strum(serialize = "banner.error")] BannerError,
    /// Something of the connection that is no error.
    #[strum(serialize = "banner.note")] BannerNote,
    /// The result of an action.
    #[strum(serialize = "toast")] Toast,
    /// What is typed.
    #[strum(serialize = "prompt")] Prompt,
    /// What is wrong with what is typed.
    #[strum(serialize = "prompt.error")] PromptError,
    /// A tab that is not open.
    #[strum(serialize = "tab")] Tab,
    /// The open tab.
    #[strum(serialize = "tab.open")] TabOpen,
    /// Marks of a row: suspended, orphaned.
    #[strum(serialize = "mark")] Mark,
    /// Every watch is live.
    #[strum(serialize = "feed.live")] Live,
    /// The first lists have not ended.
    #[strum(serialize = "feed.loading")] Loading,
    /// What is shown is old.
    #[strum(serialize = "feed.stale")] Stale,
    /// Verdict failed.
    #[strum(serialize = "health.failed")] Failed,
    /// Verdict stalled.
    #[strum(serialize = "health.stalled")] Stalled,
    /// Verdict pending.
    #[strum(serialize = "health.pending")] Pending,
    /// Verdict blocked.
    #[strum(serialize = "health.blocked")] Blocked,
    /// Verdict deleting.
    #[strum(serialize = "health.deleting")] Deleting,
    /// Verdict progressing.
    #[strum(serialize = "health.progressing")] Progressing,
    /// Verdict drifted.
    #[strum(serialize = "health.drifted")] Drifted,
    /// Verdict suspended.
    #[strum(serialize = "health.suspended")] Suspended,
    /// Verdict uninstalled.
    #[strum(serialize = "health.uninstalled")] Uninstalled,
    /// Verdict unknown.
    #[strum(serialize = "health.unknown")] Unknown,
    /// Verdict deployed.
    #[strum(serialize = "health.deployed")] Deployed,
    /// A match of a search.
    #[strum(serialize = "search.match")] SearchMatch,
    /// The match that one is at.
    #[strum(serialize = "search.current")] SearchCurrent,
    /// A key of a YAML document.
    #[strum(serialize = "syntax.key")] SyntaxKey,
    /// A quoted string.
    #[strum(serialize = "syntax.string")] SyntaxString,
    /// A number.
    #[strum(serialize = "syntax.number")] SyntaxNumber,
    /// true, false, null.
    #[strum(serialize = "syntax.constant")] SyntaxConstant,
    /// A comment.
    #[strum(serialize = "syntax.comment")] SyntaxComment,
    /// Colons, dashes, document separators.
    #[strum(serialize = "syntax.punctuation")] SyntaxPunctuation,
}

impl Role {
    /// Its name in a theme file.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// A style for every role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme {
    styles: BTreeMap<Role, Style>,
}

impl Theme {
    /// The style of a role.
    #[must_use]
    pub fn style(&self, role: Role) -> Style {
        self.styles.get(&role).copied().unwrap_or_default()
    }

    /// Roles that the file and those that it inherits from leave out.
    #[must_use]
    pub fn missing(&self) -> Vec<Role> {
        Role::iter().filter(|role| !self.styles.contains_key(role)).collect()
    }

    /// Reads a theme file. `parent` finds the text of the theme that it inherits from.
    ///
    /// # Errors
    /// Everything that is wrong in it: no TOML, an unknown parent, roles, colours and modifiers that do not exist.
    pub fn parse(file: &str, text: &str, parent: fn(&str) -> Option<&'static str>) -> Result<Self, Vec<Fault>> {
        let fault = |offset, message: String| Fault::at(file, text, offset, message);
        let table = DeTable::parse(text)
            .map_err(|error| vec![fault(error.span().map_or(0, |span| span.start), error.message().to_owned())])?;
        let mut faults = Vec::new();
        let mut styles = BTreeMap::new();
        let mut palette = BTreeMap::new();

        for (name, value) in table.get_ref() {
            match (name.get_ref().as_ref(), value.get_ref()) {
                ("inherits", DeValue::String(from)) => match parent(from) {
                    Some(text) if from.as_ref() != file => {
                        // One step only: themes that inherit in circles then cannot exist.
                        let base =
                            Self::parse(from, text, |_| None).unwrap_or_else(|_| Self { styles: BTreeMap::new() });
                        for (role, style) in base.styles {
                            styles.entry(role).or_insert(style);
                        }
                    }
                    _ => faults.push(fault(value.span().start, format!("no theme \"{from}\" to inherit from"))),
                },
                ("palette", DeValue::Table(colours)) => {
                    for (name, colour) in colours {
                        match colour.get_ref().as_str().and_then(|word| word.parse::<Color>().ok()) {
                            Some(colour) => {
                                palette.insert(name.get_ref().to_string(), colour);
                            }
                            None => {
                                faults.push(fault(colour.span().start, format!("\"{}\" is no colour", name.get_ref())))
                            }
                        }
                    }
                }
                ("roles", DeValue::Table(_)) => {}
                (other, _) => {
                    let known = ["inherits", "palette", "roles"];
                    faults.push(
                        fault(name.span().start, format!("no setting \"{other}\" in a theme")).suggest(other, known),
                    );
                }
            }
        }
        if let Some(DeValue::Table(roles)) = table.get_ref().get("roles").map(toml::Spanned::get_ref) {
            for (name, value) in roles {
                let word = name.get_ref().as_ref();
                let Ok(role) = word.parse::<Role>() else {
                    let known = Role::iter().map(Role::name);
                    faults.push(fault(name.span().start, format!("no role \"{word}\"")).suggest(word, known));
                    continue;
                };
                match value.get_ref().as_str().map(|words| style(words, &palette)) {
                    Some(Ok(style)) => {
                        styles.insert(role, style);
                    }
                    Some(Err(word)) => {
                        let known = palette.keys().map(String::as_str).chain(WORDS.iter().map(|(word, _)| *word));
                        let message =
                            format!("\"{word}\" is neither a colour nor bold, dim, italic, underline or reverse");
                        faults.push(fault(value.span().start, message).suggest(&word, known));
                    }
                    None => {
                        faults.push(fault(value.span().start, format!("\"{word}\" must be text such as \"red bold\"")))
                    }
                }
            }
        }
        faults.sort_by_key(|fault| fault.line);
        if faults.is_empty() { Ok(Self { styles }) } else { Err(faults) }
    }
}

const WORDS: &[(&str, Modifier)] = &[
    ("bold", Modifier::BOLD),
    ("dim", Modifier::DIM),
    ("italic", Modifier::ITALIC),
    ("underline", Modifier::UNDERLINED),
    ("reverse", Modifier::REVERSED),
];

/// `red bold`, `white on red`, `reverse`; `plain` says nothing.
fn style(words: &str, palette: &BTreeMap<String, Color>) -> Result<Style, String> {
    let mut style = Style::new();
    let mut behind = false;
    for word in words.split_whitespace() {
        if let Some((_, modifier)) = WORDS.iter().find(|(known, _)| *known == word) {
            style = style.add_modifier(*modifier);
        } else if word == "on" {
            behind = true;
        } else if word != "plain" {
            let colour = palette.get(word).copied().or_else(|| word.parse().ok()).ok_or_else(|| word.to_owned())?;
            style = if behind { style.bg(colour) } else { style.fg(colour) };
            behind = false;
        }
    }
    Ok(style)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let faults = Theme::parse("t.toml", text, |_| None).err().unwrap_or_default();
        assert_eq!(faults.iter().map(ToString::to_string).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_theme_says_what_is_wrong_with_it_and_where() {
        check("[palette]\nbad = \"red\"\n[roles]\n\"health.failed\" = \"bad bold\"", &[]);
        check("[palette]\nbad = \"redd\"", &["t.toml:2: \"bad\" is no colour"]);
        check(
            "[roles]\n\"health.faild\" = \"red\"",
            &["t.toml:2: no role \"health.faild\"; did you mean \"health.failed\"?"],
        );
        check(
            "[roles]\n\"text\" = \"bolt\"",
            &[
                "t.toml:2: \"bolt\" is neither a colour nor bold, dim, italic, underline or reverse; did you mean \"bold\"?",
            ],
        );
        check("inherits = \"night\"", &["t.toml:1: no theme \"night\" to inherit from"]);
        check("[rols]", &["t.toml:1: no setting \"rols\" in a theme; did you mean \"roles\"?"]);
    }
}
