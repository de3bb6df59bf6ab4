//! The keys and themes that count, and where each line of them is written.

use serde::Serialize;
use strum::IntoEnumIterator;

use crate::app::bindings::Bindings;
use crate::app::command::{self, Command, CommandId};
use crate::config::fault;
use crate::config::load::Folder;
use crate::config::theme::{MODIFIERS, Words};
use crate::config::{Binding, Fault, Role, Surroundings, Theme};

use super::print::{cell, document, table};
use super::{Failure, Output};

/// What is printed, and what is wrong with the user's files.
pub(super) struct Found {
    pub(super) printed: String,
    pub(super) faults: Vec<Fault>,
}

/// One row of `keys`.
#[derive(Debug, Serialize)]
struct KeyEntry {
    context: &'static str,
    /// `None` for a command without a key: it is run from the palette.
    keys: Option<String>,
    command: String,
    does: Option<&'static str>,
    danger: Option<&'static str>,
    from: Option<String>,
    replaces: Vec<Below>,
}

/// What a line replaces.
#[derive(Debug, Serialize)]
struct Below {
    was: String,
    from: String,
}

/// One row of `themes`.
#[derive(Debug, Serialize)]
struct ThemeEntry {
    name: String,
    /// Without `--theme` it is the one in use.
    in_use: bool,
    background: Option<&'static str>,
    file: String,
    replaces: Option<String>,
    faults: usize,
}

/// One row of `themes NAME`.
#[derive(Debug, Serialize)]
struct RoleEntry {
    role: &'static str,
    style: Option<String>,
    /// The same with the colours of this terminal.
    shown: String,
    from: Option<String>,
    replaces: Vec<Below>,
    is: &'static str,
}

/// The keys that count.
pub(super) fn keys(folder: &Folder, output: Output) -> Result<Found, Failure> {
    let (keymap, _, faults) = Bindings::choose(folder.keymap()).map_err(defect)?;
    let mut bindings: Vec<&Binding> = keymap.bindings.iter().collect();
    bindings.sort_by_key(|binding| binding.context);
    let mut entries: Vec<KeyEntry> = bindings
        .into_iter()
        .map(|binding| {
            let known = binding.command.parse::<CommandId>().ok().and_then(command::find);
            let same = |below: &&Binding| below.context == binding.context && below.keys == binding.keys;
            let below = |below: &Binding| Below { was: below.command.clone(), from: below.origin.to_string() };
            KeyEntry {
                context: binding.context.name(),
                keys: Some(binding.keys.to_string()),
                command: binding.command.clone(),
                does: known.map(|command| command.doc),
                danger: known.map(|command| command.danger.into()),
                from: Some(binding.origin.to_string()),
                replaces: keymap.shadowed.iter().filter(same).map(below).collect(),
            }
        })
        .collect();
    let bound = |command: &&Command| keymap.bindings.iter().any(|binding| binding.command == command.id.name());
    entries.extend(command::TABLE.iter().filter(|command| !bound(command)).map(|command| KeyEntry {
        context: command.contexts.first().map_or("", |context| context.name()),
        keys: None,
        command: command.id.name().to_owned(),
        does: Some(command.doc),
        danger: Some(command.danger.into()),
        from: None,
        replaces: Vec::new(),
    }));
    let printed = match output {
        Output::Json | Output::Yaml => document(&entries, output)?,
        Output::Table => {
            let row = |entry: &KeyEntry| {
                let (keys, from) = (cell(entry.keys.as_ref()), cell(entry.from.as_ref()));
                vec![entry.context.to_owned(), keys, entry.command.clone(), from, replaces(&entry.replaces)]
            };
            let rows: Vec<_> = entries.iter().map(row).collect();
            table(&["CONTEXT", "KEYS", "COMMAND", "FROM", "REPLACES"], &rows)
        }
    };
    Ok(Found { printed, faults })
}

/// The themes that can be asked for.
pub(super) fn themes(folder: &Folder, surroundings: Surroundings, output: Output) -> Result<Found, Failure> {
    let mut faults = Vec::new();
    let named = folder.themes().unwrap_or_else(|fault| {
        faults.push(fault);
        Folder::default().themes().unwrap_or_default()
    });
    let mut entries = Vec::new();
    for named in named {
        let theme = folder.theme(&named.name, surroundings.depth);
        entries.push(ThemeEntry {
            in_use: named.name == surroundings.theme(),
            background: theme.as_ref().ok().and_then(|theme| theme.background).map(|background| background.name()),
            name: named.name,
            file: named.file,
            replaces: named.replaces,
            faults: theme.as_ref().map_or_else(Vec::len, |_| 0),
        });
        // Two themes may inherit the same faults.
        let news = theme.err().unwrap_or_default().into_iter().filter(|fault| !faults.contains(fault));
        let news: Vec<Fault> = news.collect();
        faults.extend(news);
    }
    let printed = match output {
        Output::Json | Output::Yaml => document(&entries, output)?,
        Output::Table => {
            let row = |entry: &ThemeEntry| {
                let name = format!("{}{}", entry.name, if entry.in_use { " (in use)" } else { "" });
                let state = if entry.faults == 0 { String::new() } else { format!("{} wrong", entry.faults) };
                vec![name, cell(entry.background), entry.file.clone(), cell(entry.replaces.as_ref()), state]
            };
            table(&["NAME", "BACKGROUND", "FILE", "REPLACES", ""], &entries.iter().map(row).collect::<Vec<_>>())
        }
    };
    Ok(Found { printed, faults })
}

/// The styles of a theme.
pub(super) fn theme(folder: &Folder, surroundings: Surroundings, name: &str, output: Output) -> Result<Found, Failure> {
    let (theme, faults) = folder
        .choose(Some(name), surroundings.theme(), surroundings.depth)
        .map_err(|fault| Failure::Usage(fault.message))?;
    let entries: Vec<RoleEntry> = Role::iter().map(|role| role_entry(&theme, role)).collect();
    let printed = match output {
        Output::Json | Output::Yaml => document(&entries, output)?,
        Output::Table => {
            let row = |entry: &RoleEntry| {
                let (style, from) = (cell(entry.style.as_ref()), cell(entry.from.as_ref()));
                vec![entry.role.to_owned(), style, entry.shown.clone(), from, replaces(&entry.replaces)]
            };
            table(&["ROLE", "STYLE", "SHOWN", "FROM", "REPLACES"], &entries.iter().map(row).collect::<Vec<_>>())
        }
    };
    Ok(Found { printed, faults })
}

fn role_entry(theme: &Theme, role: Role) -> RoleEntry {
    let words = theme.words(role);
    let below = |(_, words): &(Role, Words)| Below { was: words.text.clone(), from: words.origin.to_string() };
    RoleEntry {
        role: role.name(),
        style: words.map(|words| words.text.clone()),
        shown: shown(theme, role),
        from: words.map(|words| words.origin.to_string()),
        replaces: theme.shadowed.iter().filter(|(of, _)| *of == role).map(below).collect(),
        is: role.doc(),
    }
}

/// A style in the words of a theme file.
fn shown(theme: &Theme, role: Role) -> String {
    let style = theme.style(role);
    let mut words: Vec<String> = style.fg.map(|colour| colour.to_string().to_lowercase()).into_iter().collect();
    words.extend(style.bg.map(|colour| format!("on {colour}").to_lowercase()));
    let modifiers = MODIFIERS.iter().filter(|(_, modifier)| style.add_modifier.contains(*modifier));
    words.extend(modifiers.map(|(word, _)| (*word).to_owned()));
    if words.is_empty() { "plain".to_owned() } else { words.join(" ") }
}

fn replaces(below: &[Below]) -> String {
    below.iter().map(|below| format!("{} of {}", below.was, below.from)).collect::<Vec<_>>().join(", ")
}

/// What is shipped is wrong: tests hold that it is not.
fn defect(faults: Vec<Fault>) -> Failure {
    Failure::other(fault::first_of(&faults).unwrap_or_default())
}
