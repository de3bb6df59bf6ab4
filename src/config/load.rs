//! The keymaps and themes that are shipped, those of the user, and the user's other settings. The one place of this room that may touch the file
//! system: the user's files are read once, at the start.

#![allow(clippy::disallowed_methods, reason = "the one reading of the user's settings")]

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use super::depth::Depth;
use super::fault::Fault;
use super::keymap::{self, Keymap};
use super::settings::Settings;
use super::theme::{self, Theme};

/// The shipped keymaps: the default one, and those that are laid over it.
const KEYMAPS: &[(&str, &str)] = &[
    ("default", include_str!("../../keymaps/default.toml")),
    ("vim", include_str!("../../keymaps/vim.toml")),
    ("k9s", include_str!("../../keymaps/k9s.toml")),
];

const THEMES: &[(&str, &str)] = &[
    ("dark", include_str!("../../themes/dark.toml")),
    ("light", include_str!("../../themes/light.toml")),
    ("mono", include_str!("../../themes/mono.toml")),
];

/// The user's keymap in their folder.
const KEYMAP_FILE: &str = "keymap.toml";
/// The user's other settings in their folder.
const SETTINGS_FILE: &str = "settings.toml";
/// The folder of the user's themes in their folder.
const THEME_FOLDER: &str = "themes";
/// What a person writes by hand is far smaller; a larger file is another one by mistake.
const LARGEST: u64 = 256 << 10;

/// The folder in which the user keeps keymap and themes; it need not exist.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Folder {
    path: Option<PathBuf>,
    /// The home folder, which messages write as `~`.
    home: Option<PathBuf>,
}

/// A theme that can be asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Its name.
    pub name: String,
    /// The file that counts.
    pub file: String,
    /// The shipped file that the user's replaces, if there is one.
    pub replaces: Option<String>,
}

/// A theme file that was found.
struct Source {
    name: String,
    file: String,
    text: String,
    shipped: bool,
}

/// Names of the shipped keymaps.
pub fn keymap_names() -> impl Iterator<Item = &'static str> {
    KEYMAPS.iter().map(|(name, _)| *name)
}

/// Names of the shipped themes.
pub fn theme_names() -> impl Iterator<Item = &'static str> {
    THEMES.iter().map(|(name, _)| *name)
}

/// Where this program keeps what it notes of itself: `$XDG_STATE_HOME/wheelhouse`, else `~/.local/state/wheelhouse`; on macOS
/// `~/Library/Application Support/wheelhouse`. `None` without a home folder. It need not exist.
#[must_use]
pub fn state_folder() -> Option<PathBuf> {
    let folders = directories::ProjectDirs::from("", "", "wheelhouse")?;
    Some(folders.state_dir().unwrap_or_else(|| folders.data_local_dir()).to_owned())
}

/// The default keymap.
///
/// # Errors
/// What is wrong in it; a test holds that nothing is.
pub fn keymap() -> Result<Keymap, Vec<Fault>> {
    preset("default")
}

/// A shipped keymap by its name.
///
/// # Errors
/// When there is none of that name; else what is wrong in it; a test holds that nothing is.
pub fn preset(name: &str) -> Result<Keymap, Vec<Fault>> {
    Keymap::merge(preset_files(name)?)
}

/// A shipped theme by its name, for terminals that show every colour.
///
/// # Errors
/// When there is none of that name; else what is wrong in it.
pub fn theme(name: &str) -> Result<Theme, Vec<Fault>> {
    Folder::default().theme(name, Depth::Rgb)
}

impl Folder {
    /// The folder of whoever runs this: `$XDG_CONFIG_HOME/wheelhouse`, else `~/.config/wheelhouse`; on macOS
    /// `~/Library/Application Support/wheelhouse`.
    #[must_use]
    pub fn of_user() -> Self {
        let folders = directories::ProjectDirs::from("", "", "wheelhouse");
        Self {
            path: folders.map(|folders| folders.config_dir().to_owned()),
            home: directories::BaseDirs::new().map(|base| base.home_dir().to_owned()),
        }
    }

    /// A folder by its path.
    #[must_use]
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: Some(path.into()), home: None }
    }

    /// The user's keymap laid over the shipped ones; where there is none, the default one.
    ///
    /// # Errors
    /// When the file cannot be used, and everything that is wrong in it.
    pub fn keymap(&self) -> Result<Keymap, Vec<Fault>> {
        let Some((file, text)) = self.read(KEYMAP_FILE).map_err(|fault| vec![fault])? else { return keymap() };
        let user = keymap::File::parse(&file, &text)?;
        let mut files = match &user.preset {
            None => preset_files("default")?,
            Some((name, origin)) => preset_files(name).map_err(|faults| {
                // What is wrong is said of the line that names it.
                faults
                    .into_iter()
                    .map(|fault| Fault { file: file.clone(), line: Some(origin.line), ..fault })
                    .collect::<Vec<_>>()
            })?,
        };
        files.push(user);
        Keymap::merge(files)
    }

    /// The user's other settings; where there is no file, none.
    ///
    /// # Errors
    /// When the file cannot be used, and everything that is wrong in it.
    pub fn settings(&self) -> Result<Settings, Vec<Fault>> {
        match self.read(SETTINGS_FILE).map_err(|fault| vec![fault])? {
            Some((file, text)) => Settings::parse(&file, &text),
            None => Ok(Settings::default()),
        }
    }

    /// The theme that was asked for, or else the one that fits the terminal; and what is wrong with it: then a shipped
    /// one stands in.
    ///
    /// # Errors
    /// When there is none of the name that was asked for.
    pub fn choose(&self, asked: Option<&str>, fitting: &str, depth: Depth) -> Result<(Theme, Vec<Fault>), Fault> {
        let name = asked.unwrap_or(fitting);
        if let Ok(None) = self.find(name, false) {
            return Err(Fault { file: "--theme".to_owned(), ..self.no_theme(name, false) });
        }
        let shipped = |name| Self::default().theme(name, depth);
        match self.theme(name, depth) {
            Ok(theme) => Ok((theme, Vec::new())),
            Err(faults) => match shipped(name).or_else(|_| shipped(fitting)) {
                Ok(theme) => Ok((theme, faults)),
                Err(mut defects) => Err(defects.swap_remove(0)),
            },
        }
    }

    /// A theme by its name: the user's before the shipped one.
    ///
    /// # Errors
    /// When there is none of that name, when its file cannot be used, and everything that is wrong in it and in those
    /// that it inherits from.
    pub fn theme(&self, name: &str, depth: Depth) -> Result<Theme, Vec<Fault>> {
        let mut source =
            self.find(name, false).map_err(|fault| vec![fault])?.ok_or_else(|| vec![self.no_theme(name, false)])?;
        let mut files = Vec::new();
        let mut names: Vec<String> = Vec::new();
        loop {
            let file = theme::File::parse(&source.file, &source.text)?;
            let inherits = file.inherits.clone();
            files.insert(0, file);
            names.push(source.file.clone());
            let Some((from, origin)) = inherits else { break };
            // The user's theme of a shipped name may be laid over that one; a shipped theme knows only shipped ones.
            let shipped_only = source.shipped || from == source.name;
            source = match self.find(&from, shipped_only).map_err(|fault| vec![fault])? {
                None => {
                    return Err(vec![Fault {
                        file: origin.file,
                        line: Some(origin.line),
                        ..self.no_theme(&from, shipped_only)
                    }]);
                }
                Some(below) if names.contains(&below.file) => {
                    names.push(below.file);
                    let message = format!("a theme cannot inherit from itself: {}", names.join(" -> "));
                    return Err(vec![Fault::of(&origin, message)]);
                }
                Some(below) => below,
            };
        }
        let theme = Theme::merge(files, depth)?;
        match theme.missing().as_slice() {
            [] => Ok(theme),
            [first, ..] => {
                let missing = theme.missing().len();
                let message = format!(
                    "{missing} roles have no style, the first is \"{}\": inherits = \"dark\" gives them one",
                    first.name()
                );
                Err(vec![Fault::whole(&source.file, message)])
            }
        }
    }

    /// Every theme that can be asked for, by name.
    ///
    /// # Errors
    /// When the folder of the user's themes cannot be read.
    pub fn themes(&self) -> Result<Vec<Named>, Fault> {
        let user = self.theme_files()?;
        let shipped = |name: &str| theme_names().any(|known| known == name).then(|| shipped_theme_file(name));
        let mut all: Vec<Named> = theme_names()
            .filter(|name| !user.iter().any(|own| own == name))
            .map(|name| Named { name: name.to_owned(), file: shipped_theme_file(name), replaces: None })
            .collect();
        all.extend(user.into_iter().map(|name| Named {
            file: self.label(&theme_path(&name)),
            replaces: shipped(&name),
            name,
        }));
        all.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(all)
    }

    fn no_theme(&self, name: &str, shipped_only: bool) -> Fault {
        // A folder that cannot be read is told where its themes are read.
        let mut names = if shipped_only { Vec::new() } else { self.theme_files().unwrap_or_default() };
        names.extend(theme_names().map(str::to_owned));
        names.sort_unstable();
        names.dedup();
        let shipped = if shipped_only { "shipped " } else { "" };
        let message = format!("no {shipped}theme \"{name}\"; there are {}", names.join(", "));
        Fault::whole("themes", message).suggest(name, names.iter().map(String::as_str))
    }

    fn find(&self, name: &str, shipped_only: bool) -> Result<Option<Source>, Fault> {
        let source = |file, text, shipped| Source { name: name.to_owned(), file, text, shipped };
        if !shipped_only
            && is_theme_name(name)
            && let Some((file, text)) = self.read(&theme_path(name))?
        {
            return Ok(Some(source(file, text, false)));
        }
        let shipped = THEMES.iter().find(|(known, _)| *known == name);
        Ok(shipped.map(|(_, text)| source(shipped_theme_file(name), (*text).to_owned(), true)))
    }

    /// Names of the user's themes, sorted.
    fn theme_files(&self) -> Result<Vec<String>, Fault> {
        let Some(path) = &self.path else { return Ok(Vec::new()) };
        let broken = |error: io::Error| Fault::whole(&self.label(THEME_FOLDER), format!("cannot be read: {error}"));
        let entries = match fs::read_dir(path.join(THEME_FOLDER)) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(broken(error)),
        };
        let mut names = Vec::new();
        for entry in entries {
            let file = entry.map_err(broken)?.file_name();
            let name = file.to_str().and_then(|file| file.strip_suffix(".toml")).filter(|name| is_theme_name(name));
            names.extend(name.map(str::to_owned));
        }
        names.sort_unstable();
        Ok(names)
    }

    /// The text of a file of the folder and what messages call it; `None` where there is no such file.
    fn read(&self, inside: &str) -> Result<Option<(String, String)>, Fault> {
        let Some(folder) = &self.path else { return Ok(None) };
        let file = self.label(inside);
        match read_text(&folder.join(inside)) {
            Ok(text) => Ok(text.map(|text| (file, text))),
            Err((line, message)) => Err(Fault { line, ..Fault::whole(&file, message) }),
        }
    }

    fn label(&self, inside: &str) -> String {
        let path = self.path.as_deref().unwrap_or(Path::new("")).join(inside);
        let at_home = self.home.as_ref().and_then(|home| path.strip_prefix(home).ok());
        at_home.map_or_else(|| path.display().to_string(), |rest| format!("~/{}", rest.display()))
    }
}

/// What a text file holds; `None` where there is none; else what is wrong with it, and in which line.
fn read_text(path: &Path) -> Result<Option<String>, (Option<usize>, String)> {
    let broken = |error: io::Error| (None, format!("cannot be read: {error}"));
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return if path.is_symlink() { Err((None, "is a link to nothing".to_owned())) } else { Ok(None) };
        }
        Err(error) => return Err(broken(error)),
    };
    // A pipe or a device could be read for ever.
    if !metadata.is_file() {
        let kind = if metadata.is_dir() { "a folder" } else { "a device or a pipe" };
        return Err((None, format!("is {kind}, not a file")));
    }
    let mut bytes = Vec::new();
    fs::File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes)).map_err(broken)?;
    if bytes.len() as u64 > LARGEST {
        return Err((None, format!("is larger than {} KiB: another file by mistake?", LARGEST >> 10)));
    }
    String::from_utf8(bytes).map(Some).map_err(|error| {
        let sound = error.utf8_error().valid_up_to();
        let line = error.as_bytes().iter().take(sound).filter(|byte| **byte == b'\n').count() + 1;
        (Some(line), "is not UTF-8".to_owned())
    })
}

fn preset_files(name: &str) -> Result<Vec<keymap::File>, Vec<Fault>> {
    if !keymap_names().any(|known| known == name) {
        let names = keymap_names().collect::<Vec<_>>().join(", ");
        let fault = Fault::whole("keymaps", format!("no keymap \"{name}\"; there are {names}"));
        return Err(vec![fault.suggest(name, keymap_names())]);
    }
    let layers = KEYMAPS.iter().filter(|(known, _)| *known == "default" || *known == name);
    layers.map(|(known, text)| keymap::File::parse(&format!("keymaps/{known}.toml"), text)).collect()
}

fn shipped_theme_file(name: &str) -> String {
    format!("themes/{name}.toml")
}

fn theme_path(name: &str) -> String {
    format!("{THEME_FOLDER}/{name}.toml")
}

/// A name leads to a file of the folder and nowhere else.
fn is_theme_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::theme::Role;
    use ratatui::style::Style;

    #[test]
    fn every_shipped_keymap_is_sound() {
        for name in keymap_names() {
            preset(name).unwrap_or_else(|faults| panic!("{name}: {faults:?}"));
        }
    }

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
    fn an_unknown_theme_is_answered_with_those_there_are() {
        let check = |asked: &str, expected: &str| {
            let fault = Folder::default().choose(Some(asked), "dark", Depth::Rgb).unwrap_err();
            assert_eq!(fault.to_string(), expected);
        };
        check("pink", "--theme: no theme \"pink\"; there are dark, light, mono");
        check("drak", "--theme: no theme \"drak\"; there are dark, light, mono; did you mean \"dark\"?");
        check("../dark", "--theme: no theme \"../dark\"; there are dark, light, mono; did you mean \"dark\"?");
    }
}
