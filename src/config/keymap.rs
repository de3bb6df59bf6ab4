//! A keymap file: `[releases]` / `"g g" = "go-top"`; and keymaps laid over one another.

use std::collections::BTreeMap;

use strum::IntoEnumIterator;
use toml::de::{DeTable, DeValue};

use super::fault::{Fault, Origin, line_of};
use super::key::{self, Key, Sequence};

/// Where a key counts. Those of [`Context::Global`] count wherever no text is typed.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, strum::EnumIter, strum::EnumString, strum::IntoStaticStr,
)]
#[strum(serialize_all = "kebab-case")]
pub enum Context {
    /// Every screen.
    Global,
    /// The list of releases.
    Releases,
    /// One release.
    Release,
    /// The values of a release.
    Values,
    /// A text of a release: values, manifest, notes.
    Document,
    /// The log of a container.
    Logs,
    /// An object with its owners.
    Blame,
    /// Whether the next upgrades go through.
    Preflight,
    /// What differs between two revisions.
    Diff,
    /// A plan and its run.
    Plan,
    /// Plans of many releases and their runs.
    Many,
    /// What was done from here.
    Journal,
    /// The choice of an action.
    Actions,
    /// The help.
    Help,
    /// A line into which is typed: the filter.
    Prompt,
    /// A list that is narrowed by typing: the namespaces, the commands.
    Picker,
    /// A question that is answered with yes or no.
    Confirm,
}

impl Context {
    /// Whether characters are typed there, so that the keys of [`Context::Global`] do not count.
    #[must_use]
    pub fn types(self) -> bool {
        match self {
            Self::Prompt | Self::Picker => true,
            Self::Global
            | Self::Releases
            | Self::Release
            | Self::Values
            | Self::Document
            | Self::Logs
            | Self::Blame
            | Self::Preflight
            | Self::Diff
            | Self::Plan
            | Self::Many
            | Self::Journal
            | Self::Actions
            | Self::Help
            | Self::Confirm => false,
        }
    }

    /// Whose keys count as well, where it does not bind them itself.
    #[must_use]
    pub fn below(self) -> Option<Self> {
        match self {
            Self::Document | Self::Values => Some(Self::Release),
            Self::Releases
            | Self::Release
            | Self::Logs
            | Self::Blame
            | Self::Preflight
            | Self::Diff
            | Self::Plan
            | Self::Many
            | Self::Journal
            | Self::Actions
            | Self::Help
            | Self::Confirm => Some(Self::Global),
            Self::Global | Self::Prompt | Self::Picker => None,
        }
    }

    /// It and all below it, from the top.
    pub fn layers(self) -> impl Iterator<Item = Self> + Clone {
        std::iter::successors(Some(self), |context| context.below())
    }

    /// Its name in the file.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// What it is, in a line.
    #[must_use]
    pub fn doc(self) -> &'static str {
        match self {
            Self::Global => "Everywhere but where text is typed; what a screen binds itself comes first",
            Self::Releases => "The list of releases",
            Self::Release => "One release, with its tabs",
            Self::Values => "Values as a tree; the keys of a release count too",
            Self::Document => "Values, manifest and notes; the keys of a release count too",
            Self::Logs => "The log of a container",
            Self::Blame => "An object, and who owns each line of it",
            Self::Preflight => "Whether the next upgrades of releases go through",
            Self::Diff => "What differs between two revisions, or a revision and what is live",
            Self::Plan => "What an action will do, its run, and what came of it",
            Self::Many => "What an action will do to each of many releases, and what came of it",
            Self::Journal => "What was done from here",
            Self::Actions => "The choice of an action",
            Self::Help => "The help",
            Self::Prompt => "A line that is typed: the filter",
            Self::Picker => "A list that is narrowed by typing: the namespaces, the commands",
            Self::Confirm => "A question: yes or no",
        }
    }
}

/// The word that stands for no command: the keys do nothing there.
pub const NONE: &str = "none";

/// Keys and the name of the command that they stand for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// Where.
    pub context: Context,
    /// The keys.
    pub keys: Sequence,
    /// Name of the command, or [`NONE`].
    pub command: String,
    /// Where it is written.
    pub origin: Origin,
}

/// One keymap file, as it says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// The shipped keymap that it is laid over, beside the default one, and where that is said.
    pub preset: Option<(String, Origin)>,
    /// In the order of the file.
    pub bindings: Vec<Binding>,
}

/// Keymaps laid over one another, context by context and key by key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keymap {
    /// What counts: the upper files first, because their keys are those that a person wants to be reminded of; each in
    /// its order.
    pub bindings: Vec<Binding>,
    /// What is replaced by a line of a file above it.
    pub shadowed: Vec<Binding>,
}

impl File {
    /// Reads a keymap file.
    ///
    /// # Errors
    /// Everything that is wrong in it alone: no TOML, contexts and keys that do not exist, keys bound twice.
    pub fn parse(file: &str, text: &str) -> Result<Self, Vec<Fault>> {
        let fault = |offset, message: String| Fault::at(file, text, offset, message);
        let origin = |offset| Origin { file: file.to_owned(), line: line_of(text, offset) };
        let table = DeTable::parse(text)
            .map_err(|error| vec![fault(error.span().map_or(0, |span| span.start), error.message().to_owned())])?;
        let mut faults = Vec::new();
        let mut bindings = Vec::new();
        let mut preset = None;
        for (name, body) in table.get_ref() {
            let word = name.get_ref().as_ref();
            if word == "preset" {
                match body.get_ref() {
                    DeValue::String(chosen) => preset = Some((chosen.to_string(), origin(body.span().start))),
                    _ => faults.push(fault(body.span().start, "\"preset\" must name a keymap".to_owned())),
                }
                continue;
            }
            let Ok(context) = word.parse::<Context>() else {
                let known = Context::iter().map(Context::name).chain(["preset"]);
                faults.push(fault(name.span().start, format!("no context \"{word}\"")).suggest(word, known));
                continue;
            };
            let DeValue::Table(rows) = body.get_ref() else {
                faults.push(fault(name.span().start, format!("\"{word}\" must be a table of keys and commands")));
                continue;
            };
            for (keys, command) in rows {
                let spelled = keys.get_ref().as_ref();
                match (spelled.parse::<Sequence>(), command.get_ref()) {
                    (Ok(sequence), DeValue::String(command)) => {
                        let (command, origin) = (command.to_string(), origin(keys.span().start));
                        bindings.push(Binding { context, keys: sequence, command, origin });
                    }
                    (Ok(_), _) => {
                        faults.push(fault(command.span().start, format!("\"{spelled}\" must name a command")));
                    }
                    (Err(message), _) => {
                        let suggestion = key::meant(spelled);
                        faults.push(Fault { suggestion, ..fault(keys.span().start, message) });
                    }
                }
            }
        }
        bindings.sort_by_key(|binding| binding.origin.line);
        faults.extend(twice(&bindings));
        faults.sort_by_key(|fault| fault.line);
        if faults.is_empty() { Ok(Self { preset, bindings }) } else { Err(faults) }
    }
}

impl Keymap {
    /// Lays files over one another, the lowest first: a later line for the same keys of the same context replaces.
    ///
    /// # Errors
    /// Keys that hide a longer sequence where both count, said of the line that brought it about.
    pub fn merge(files: impl IntoIterator<Item = File>) -> Result<Self, Vec<Fault>> {
        let mut merged = Self { bindings: Vec::new(), shadowed: Vec::new() };
        for file in files {
            for binding in &file.bindings {
                let same = |other: &Binding| other.context == binding.context && other.keys == binding.keys;
                merged.shadowed.extend(merged.bindings.extract_if(.., |other| same(other)));
            }
            merged.bindings.splice(..0, file.bindings);
        }
        let faults = merged.hidden();
        if faults.is_empty() { Ok(merged) } else { Err(faults) }
    }

    /// The bindings that count in a context: its own, and those below that it does not replace.
    pub fn counting(&self, context: Context) -> impl Iterator<Item = &Binding> {
        let of = move |layer: Context| self.bindings.iter().filter(move |binding| binding.context == layer);
        let replaced = move |binding: &Binding, layer: Context| {
            let mut above = context.layers().take_while(move |above| *above != layer);
            above.any(|above| of(above).any(|other| other.keys == binding.keys))
        };
        let counts = move |binding: &&Binding| binding.command != NONE && !replaced(binding, binding.context);
        context.layers().flat_map(of).filter(counts)
    }

    fn hidden(&self) -> Vec<Fault> {
        let mut faults = BTreeMap::new();
        let place = |binding: &Binding| self.bindings.iter().position(|other| other == binding);
        for context in Context::iter() {
            let counting: Vec<&Binding> = self.counting(context).collect();
            for short in &counting {
                for long in counting.iter().filter(|long| hides(&short.keys.0, &long.keys.0)) {
                    // Of two files the upper one is to blame, because the lower one was sound without it.
                    let (short_file, long_file) = (&short.origin.file, &long.origin.file);
                    let fault = if short_file == long_file || place(short) < place(long) {
                        let other = other_line(&short.origin, &long.origin);
                        Fault::of(&short.origin, format!("\"{}\" hides \"{}\" of {other}", short.keys, long.keys))
                    } else {
                        let other = other_line(&long.origin, &short.origin);
                        Fault::of(&long.origin, format!("\"{}\" is hidden by \"{}\" of {other}", long.keys, short.keys))
                    };
                    faults.insert((place(short), place(long)), fault);
                }
            }
        }
        let mut faults: Vec<Fault> = faults.into_values().collect();
        faults.sort_by_key(|fault| fault.line);
        faults
    }
}

fn other_line(here: &Origin, there: &Origin) -> String {
    if here.file == there.file { format!("line {}", there.line) } else { there.to_string() }
}

fn hides(short: &[Key], long: &[Key]) -> bool {
    short.len() < long.len() && long.starts_with(short)
}

/// Keys bound twice in one context, though spelled in two ways: TOML itself finds the others.
fn twice(bindings: &[Binding]) -> Vec<Fault> {
    let mut first = BTreeMap::new();
    let mut faults = Vec::new();
    for binding in bindings {
        let line = *first.entry((binding.context, &binding.keys)).or_insert(binding.origin.line);
        if line != binding.origin.line {
            let message = format!("\"{}\" is bound twice, first in line {line}", binding.keys);
            faults.push(Fault::of(&binding.origin, message));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The faults of files laid over one another, each named by its place: `0.toml` is the lowest.
    fn check(files: &[&str], expected: &[&str]) {
        let parse = |(place, text): (usize, &&str)| File::parse(&format!("{place}.toml"), text);
        let parsed: Result<Vec<File>, _> = files.iter().enumerate().map(parse).collect();
        let faults = parsed.and_then(Keymap::merge).err().unwrap_or_default();
        assert_eq!(faults.iter().map(ToString::to_string).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_keymap_says_what_is_wrong_with_it_and_where() {
        check(&["[global]\n\"g g\" = \"go-top\"\n\"G\" = \"go-bottom\"\n"], &[]);
        check(&["[globel]\n\"x\" = \"y\""], &["0.toml:1: no context \"globel\"; did you mean \"global\"?"]);
        check(&["[global]\n\"pagup\" = \"y\""], &["0.toml:2: \"pagup\" is no key; did you mean \"pageup\"?"]);
        check(&["[global]\n\"x\" = 3"], &["0.toml:2: \"x\" must name a command"]);
        check(&["preset = 3"], &["0.toml:1: \"preset\" must name a keymap"]);
        check(
            &["[global]\n\"pgup\" = \"a\"\n\"pageup\" = \"b\""],
            &["0.toml:3: \"pageup\" is bound twice, first in line 2"],
        );
        check(&["[releases]\n\"g\" = \"a\"\n[global]\n\"g g\" = \"b\""], &["0.toml:2: \"g\" hides \"g g\" of line 4"]);
        check(&["[prompt]\n\"g\" = \"a\"\n[global]\n\"g g\" = \"b\""], &[]);
    }

    #[test]
    fn a_key_that_hides_a_longer_one_is_found_across_files() {
        let lower = "[global]\n\"g g\" = \"top\"\n\"j\" = \"down\"";
        check(&[lower, "[global]\n\"g\" = \"x\""], &["1.toml:2: \"g\" hides \"g g\" of 0.toml:2"]);
        check(&[lower, "[releases]\n\"g\" = \"x\""], &["1.toml:2: \"g\" hides \"g g\" of 0.toml:2"]);
        check(&[lower, "[release]\n\"j j\" = \"x\""], &["1.toml:2: \"j j\" is hidden by \"j\" of 0.toml:3"]);
        check(&[lower, "[global]\n\"g\" = \"x\"\n\"g g\" = \"none\""], &[]);
        check(&[lower, "[releases]\n\"g\" = \"x\"\n\"g g\" = \"none\""], &[]);
        check(&[lower, "[prompt]\n\"g\" = \"x\""], &[]);
    }

    #[test]
    fn what_is_no_toml_has_a_line() {
        let faults = File::parse("keys.toml", "[global]\n\"x\" = \n").err().unwrap_or_default();
        assert_eq!(faults.iter().map(|fault| fault.line).collect::<Vec<_>>(), [Some(2)]);
    }

    #[test]
    fn a_later_line_replaces_and_what_it_replaces_is_kept_as_shadowed() {
        let lower = File::parse("0", "[global]\n\"j\" = \"down\"\n\"q\" = \"back\"").unwrap();
        let upper = File::parse("1", "[global]\n\"j\" = \"up\"\n[releases]\n\"q\" = \"none\"").unwrap();
        let merged = Keymap::merge([lower, upper]).unwrap();
        let said = |binding: &Binding| format!("{} {} {}", binding.keys, binding.command, binding.origin);
        assert_eq!(merged.shadowed.iter().map(said).collect::<Vec<_>>(), ["j down 0:2"]);
        assert_eq!(merged.counting(Context::Releases).map(said).collect::<Vec<_>>(), ["j up 1:2"]);
        assert_eq!(merged.counting(Context::Help).map(said).collect::<Vec<_>>(), ["j up 1:2", "q back 0:3"]);
    }
}
