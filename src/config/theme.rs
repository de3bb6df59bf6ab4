//! A theme file: `inherits`, `background`, `[palette]` and a style for every role; and files laid over one another.

use std::collections::BTreeMap;

use ratatui::style::{Color, Modifier, Style};
use strum::{EnumMessage as _, IntoEnumIterator};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::depth::Depth;
use super::fault::{Fault, Origin, line_of};

/// What a style stands for. Views name these and never a colour.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, strum::EnumIter, strum::EnumString, strum::IntoStaticStr,
    strum::EnumMessage,
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
    /// Letters that match what is typed.
    #[strum(serialize = "match")] Match,
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
    /// Verdict missing.
    #[strum(serialize = "health.missing")] Missing,
    /// Verdict pending.
    #[strum(serialize = "health.pending")] Pending,
    /// Verdict blocked.
    #[strum(serialize = "health.blocked")] Blocked,
    /// Verdict degraded.
    #[strum(serialize = "health.degraded")] Degraded,
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
    /// Verdict assumed: healthy, and not all of it was looked at.
    #[strum(serialize = "health.assumed")] Assumed,
    /// Verdict healthy.
    #[strum(serialize = "health.healthy")] Healthy,
    /// Who writes the release.
    #[strum(serialize = "owner.own")] OwnerOwn,
    /// Who wrote it before.
    #[strum(serialize = "owner.former")] OwnerFormer,
    /// Controllers and other tools that keep objects as they are.
    #[strum(serialize = "owner.controller")] OwnerController,
    /// People, and whoever is not known.
    #[strum(serialize = "owner.person")] OwnerPerson,
    /// A match of a search.
    #[strum(serialize = "search.match")] SearchMatch,
    /// The match that one is at.
    #[strum(serialize = "search.current")] SearchCurrent,
    /// What the new side of a comparison alone has.
    #[strum(serialize = "diff.added")] DiffAdded,
    /// What the old side alone has.
    #[strum(serialize = "diff.removed")] DiffRemoved,
    /// What both sides have, and not alike.
    #[strum(serialize = "diff.changed")] DiffChanged,
    /// The part of an added line that its partner has not.
    #[strum(serialize = "diff.added.word")] DiffAddedWord,
    /// The part of a removed line that its partner has not.
    #[strum(serialize = "diff.removed.word")] DiffRemovedWord,
    /// A key on a line that both sides have: what differs must stand out from it.
    #[strum(serialize = "diff.key")] DiffKey,
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

    /// What has it, in a line.
    #[must_use]
    pub fn doc(self) -> &'static str {
        self.get_documentation().unwrap_or_default().trim_end_matches('.')
    }
}

/// What a theme is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::EnumString, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum Background {
    /// Dark terminals.
    Dark,
    /// Light terminals.
    Light,
}

impl Background {
    /// Its name in the file.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// One theme file, as it says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// The theme that it is laid over, and where that is said.
    pub inherits: Option<(String, Origin)>,
    /// What it is made for, if it says so.
    pub background: Option<Background>,
    palette: BTreeMap<String, Vec<Color>>,
    roles: BTreeMap<Role, Words>,
}

/// The words of a style, and where they are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// As the file says it: `bad bold`.
    pub text: String,
    /// Where.
    pub origin: Origin,
}

/// A style for every role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme {
    /// What it is made for; `None` for any.
    pub background: Option<Background>,
    /// What is replaced by a line of a file above it.
    pub shadowed: Vec<(Role, Words)>,
    styles: BTreeMap<Role, (Style, Words)>,
}

impl File {
    /// Reads a theme file.
    ///
    /// # Errors
    /// Everything that is wrong in it alone: no TOML, settings, roles and colours that do not exist.
    pub fn parse(file: &str, text: &str) -> Result<Self, Vec<Fault>> {
        let fault = |offset, message: String| Fault::at(file, text, offset, message);
        let origin = |offset| Origin { file: file.to_owned(), line: line_of(text, offset) };
        let table = DeTable::parse(text)
            .map_err(|error| vec![fault(error.span().map_or(0, |span| span.start), error.message().to_owned())])?;
        let mut faults = Vec::new();
        let mut made = Self { inherits: None, background: None, palette: BTreeMap::new(), roles: BTreeMap::new() };
        for (name, value) in table.get_ref() {
            let at = value.span().start;
            match (name.get_ref().as_ref(), value.get_ref()) {
                ("inherits", DeValue::String(from)) => made.inherits = Some((from.to_string(), origin(at))),
                ("background", DeValue::String(word)) => match word.parse() {
                    Ok(background) => made.background = Some(background),
                    Err(_) => faults.push(fault(at, format!("\"{word}\" is neither \"dark\" nor \"light\""))),
                },
                ("palette", DeValue::Table(names)) => {
                    for (name, colours) in names {
                        match read_colours(colours) {
                            Ok(colours) => drop(made.palette.insert(name.get_ref().to_string(), colours)),
                            Err(word) => {
                                let message = format!("\"{word}\" is no colour: \"red\", \"245\" and \"#8a8a8a\" are");
                                faults.push(fault(colours.span().start, message).suggest(&word, NAMES.iter().copied()));
                            }
                        }
                    }
                }
                ("roles", DeValue::Table(roles)) => {
                    for (name, words) in roles {
                        let word = name.get_ref().as_ref();
                        match (word.parse::<Role>(), words.get_ref()) {
                            (Ok(role), DeValue::String(text)) => {
                                let words = Words { text: text.to_string(), origin: origin(words.span().start) };
                                made.roles.insert(role, words);
                            }
                            (Ok(_), _) => {
                                let message = format!("\"{word}\" must be text such as \"red bold\"");
                                faults.push(fault(words.span().start, message));
                            }
                            (Err(_), _) => {
                                let known = Role::iter().map(Role::name);
                                let message = format!("no role \"{word}\"");
                                faults.push(fault(name.span().start, message).suggest(word, known));
                            }
                        }
                    }
                }
                (known, _) if SETTINGS.contains(&known) => {
                    let kind = if matches!(known, "palette" | "roles") { "a table" } else { "text" };
                    faults.push(fault(at, format!("\"{known}\" must be {kind}")));
                }
                (other, _) => {
                    let message = format!("no setting \"{other}\" in a theme");
                    faults.push(fault(name.span().start, message).suggest(other, SETTINGS.iter().copied()));
                }
            }
        }
        faults.sort_by_key(|fault| fault.line);
        if faults.is_empty() { Ok(made) } else { Err(faults) }
    }
}

impl Theme {
    /// Lays files over one another, the lowest first. Palettes are laid over one another before the words of the roles
    /// are looked up, so that a file may give an inherited word another colour. Of the colours of a word the first one
    /// counts that the terminal can show.
    ///
    /// # Errors
    /// Words of roles that are neither colours nor modifiers.
    pub fn merge(files: impl IntoIterator<Item = File>, depth: Depth) -> Result<Self, Vec<Fault>> {
        let (mut palette, mut roles) = (BTreeMap::new(), BTreeMap::new());
        let mut made = Self { background: None, shadowed: Vec::new(), styles: BTreeMap::new() };
        for file in files {
            made.background = file.background.or(made.background);
            palette.extend(file.palette.into_iter().map(|(name, colours)| (name, pick(&colours, depth))));
            for (role, words) in file.roles {
                made.shadowed.extend(roles.insert(role, words).map(|below| (role, below)));
            }
        }
        let mut faults = Vec::new();
        for (role, words) in roles {
            match style(&words.text, &palette) {
                Ok(style) => drop(made.styles.insert(role, (style, words))),
                Err(word) => {
                    let known = palette.keys().map(String::as_str).chain(MODIFIERS.iter().map(|(word, _)| *word));
                    let message = format!("\"{word}\" is neither a colour nor bold, dim, italic, underline or reverse");
                    faults.push(Fault::of(&words.origin, message).suggest(&word, known));
                }
            }
        }
        faults.sort_by_key(|fault| fault.line);
        if faults.is_empty() { Ok(made) } else { Err(faults) }
    }

    /// The style of a role.
    #[must_use]
    pub fn style(&self, role: Role) -> Style {
        self.styles.get(&role).map(|(style, _)| *style).unwrap_or_default()
    }

    /// The words that make the style of a role, and where they are written.
    #[must_use]
    pub fn words(&self, role: Role) -> Option<&Words> {
        self.styles.get(&role).map(|(_, words)| words)
    }

    /// Roles that none of its files names.
    #[must_use]
    pub fn missing(&self) -> Vec<Role> {
        Role::iter().filter(|role| !self.styles.contains_key(role)).collect()
    }
}

const SETTINGS: &[&str] = &["inherits", "background", "palette", "roles"];

/// The colours that have names, for suggestions.
const NAMES: &[&str] = &[
    "black",
    "red",
    "green",
    "yellow",
    "blue",
    "magenta",
    "cyan",
    "gray",
    "darkgray",
    "lightred",
    "lightgreen",
    "lightyellow",
    "lightblue",
    "lightmagenta",
    "lightcyan",
    "white",
    "reset",
];

/// The modifiers of a style, by the words for them.
pub const MODIFIERS: &[(&str, Modifier)] = &[
    ("bold", Modifier::BOLD),
    ("dim", Modifier::DIM),
    ("italic", Modifier::ITALIC),
    ("underline", Modifier::UNDERLINED),
    ("reverse", Modifier::REVERSED),
];

/// One colour, or several of which the first one counts that can be shown; else the word that is none.
fn read_colours(value: &Spanned<DeValue<'_>>) -> Result<Vec<Color>, String> {
    let one = |value: &DeValue<'_>| match value {
        DeValue::String(word) => word.parse().map_err(|_| word.to_string()),
        _ => Err("a colour that is no text".to_owned()),
    };
    match value.get_ref() {
        DeValue::Array(colours) if !colours.is_empty() => colours.iter().map(|colour| one(colour.get_ref())).collect(),
        other => one(other).map(|colour| vec![colour]),
    }
}

fn pick(colours: &[Color], depth: Depth) -> Color {
    let shown = |colour: &&Color| depth_of(**colour) <= depth;
    colours.iter().find(shown).or(colours.last()).copied().unwrap_or(Color::Reset)
}

/// What a terminal must be able to show for a colour.
fn depth_of(colour: Color) -> Depth {
    match colour {
        Color::Rgb(..) => Depth::Rgb,
        Color::Indexed(16..) => Depth::Indexed,
        _ => Depth::Sixteen,
    }
}

/// `red bold`, `white on red`, `reverse`; `plain` says nothing.
fn style(words: &str, palette: &BTreeMap<String, Color>) -> Result<Style, String> {
    let mut style = Style::new();
    let mut behind = false;
    for word in words.split_whitespace() {
        if let Some((_, modifier)) = MODIFIERS.iter().find(|(known, _)| *known == word) {
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
mod contrast;
#[cfg(test)]
mod tests;
