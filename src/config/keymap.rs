//! A keymap file: `[releases]` / `"g g" = "go-top"`.

use toml::de::{DeTable, DeValue};

use super::fault::Fault;
use super::key::{self, Key, Sequence};
use strum::IntoEnumIterator;

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
    /// The help.
    Help,
    /// A line into which is typed: the filter.
    Prompt,
    /// A list that is narrowed by typing: the namespaces.
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
            Self::Global | Self::Releases | Self::Release | Self::Help | Self::Confirm => false,
        }
    }

    /// Its name in the file.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// Keys and the name of the command that they stand for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// Where.
    pub context: Context,
    /// The keys.
    pub keys: Sequence,
    /// Name of the command; `none` unbinds.
    pub command: String,
    /// Line of the file, from 1.
    pub line: usize,
}

/// A keymap as its file says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keymap {
    /// The file, as the reader knows it.
    pub file: String,
    /// In the order of the file.
    pub bindings: Vec<Binding>,
}

impl Keymap {
    /// Reads a keymap file.
    ///
    /// # Errors
    /// Everything that is wrong in it: no TOML, contexts and keys that do not exist, keys bound twice, and keys that
    /// hide a longer sequence.
    pub fn parse(file: &str, text: &str) -> Result<Self, Vec<Fault>> {
        let fault = |offset, message: String| Fault::at(file, text, offset, message);
        let table = DeTable::parse(text)
            .map_err(|error| vec![fault(error.span().map_or(0, |span| span.start), error.message().to_owned())])?;
        let mut faults = Vec::new();
        let mut bindings = Vec::new();
        for (name, body) in table.get_ref() {
            let word = name.get_ref().as_ref();
            let Ok(context) = word.parse::<Context>() else {
                let known = Context::iter().map(Context::name);
                faults.push(fault(name.span().start, format!("no context \"{word}\"")).suggest(word, known));
                continue;
            };
            let DeValue::Table(rows) = body.get_ref() else {
                faults.push(fault(name.span().start, format!("\"{word}\" must be a table of keys and commands")));
                continue;
            };
            for (keys, command) in rows {
                let spelled = keys.get_ref().as_ref();
                let line = super::fault::line_of(text, keys.span().start);
                match (spelled.parse::<Sequence>(), command.get_ref()) {
                    (Ok(keys), DeValue::String(command)) => {
                        bindings.push(Binding { context, keys, command: command.to_string(), line });
                    }
                    (Ok(_), _) => {
                        faults.push(fault(command.span().start, format!("\"{spelled}\" must name a command")));
                    }
                    (Err(message), _) => {
                        faults.push(fault(keys.span().start, message).suggest(spelled, key::names()));
                    }
                }
            }
        }
        bindings.sort_by_key(|binding| binding.line);
        faults.extend(clashes(file, &bindings));
        faults.sort_by_key(|fault| fault.line);
        if faults.is_empty() { Ok(Self { file: file.to_owned(), bindings }) } else { Err(faults) }
    }
}

/// Keys bound twice, and keys that hide a longer sequence, in what counts together: a context and the global keys.
fn clashes(file: &str, bindings: &[Binding]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for later in bindings {
        for other in bindings.iter().filter(|other| *other != later) {
            let together = later.context == other.context
                || (!later.context.types() && other.context == Context::Global)
                || (!other.context.types() && later.context == Context::Global);
            if !together {
                continue;
            }
            if later.keys == other.keys && later.context == other.context && other.line < later.line {
                faults.push((later.line, format!("\"{}\" is bound twice, first in line {}", later.keys, other.line)));
            } else if hides(&later.keys.0, &other.keys.0) {
                faults
                    .push((later.line, format!("\"{}\" hides \"{}\" of line {}", later.keys, other.keys, other.line)));
            }
        }
    }
    faults.into_iter().map(|(line, message)| Fault { file: file.to_owned(), line, message, suggestion: None }).collect()
}

fn hides(short: &[Key], long: &[Key]) -> bool {
    short.len() < long.len() && long.starts_with(short)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let faults = Keymap::parse("keys.toml", text).err().unwrap_or_default();
        assert_eq!(faults.iter().map(ToString::to_string).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_keymap_says_what_is_wrong_with_it_and_where() {
        check("[global]\n\"g g\" = \"go-top\"\n\"G\" = \"go-bottom\"\n", &[]);
        check("[globel]\n\"x\" = \"y\"", &["keys.toml:1: no context \"globel\"; did you mean \"global\"?"]);
        check("[global]\n\"pagup\" = \"y\"", &["keys.toml:2: \"pagup\" is no key; did you mean \"pageup\"?"]);
        check("[global]\n\"x\" = 3", &["keys.toml:2: \"x\" must name a command"]);
        check(
            "[global]\n\"pgup\" = \"a\"\n\"pageup\" = \"b\"",
            &["keys.toml:3: \"pageup\" is bound twice, first in line 2"],
        );
        check("[releases]\n\"g\" = \"a\"\n[global]\n\"g g\" = \"b\"", &["keys.toml:2: \"g\" hides \"g g\" of line 4"]);
        check("[prompt]\n\"g\" = \"a\"\n[global]\n\"g g\" = \"b\"", &[]);
    }

    #[test]
    fn what_is_no_toml_has_a_line() {
        let faults = Keymap::parse("keys.toml", "[global]\n\"x\" = \n").err().unwrap_or_default();
        assert_eq!(faults.iter().map(|fault| fault.line).collect::<Vec<_>>(), [2]);
    }
}
