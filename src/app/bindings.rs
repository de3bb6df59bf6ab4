//! A keymap whose command names are resolved, and the state of a sequence that is being typed.

use strum::IntoEnumIterator;

use crate::config::{Binding, Context, Fault, Key, Keymap, Sequence};

use super::command::{self, CommandId};

/// Which keys stand for which command, where.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bindings {
    rows: Vec<(Context, Sequence, CommandId)>,
}

/// What the keys pressed so far mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// A command.
    Command(CommandId),
    /// The beginning of a longer sequence.
    Prefix,
    /// Nothing.
    Nothing,
}

impl Bindings {
    /// Resolves the names of a keymap.
    ///
    /// # Errors
    /// Commands that do not exist, or not in their context.
    pub fn resolve(keymap: &Keymap) -> Result<Self, Vec<Fault>> {
        let mut rows = Vec::new();
        let mut faults = Vec::new();
        for Binding { context, keys, command, line } in &keymap.bindings {
            if command == "none" {
                continue;
            }
            let fault = |message| Fault { file: keymap.file.clone(), line: *line, message, suggestion: None };
            match command.parse::<CommandId>().ok().and_then(command::find) {
                Some(row) if row.fits(*context) => rows.push((*context, keys.clone(), row.id)),
                Some(_) => faults.push(fault(format!("\"{command}\" is no command of [{}]", context.name()))),
                None => {
                    let known = CommandId::iter().map(CommandId::name);
                    faults.push(fault(format!("no command \"{command}\"")).suggest(command, known));
                }
            }
        }
        if faults.is_empty() { Ok(Self { rows }) } else { Err(faults) }
    }

    /// What keys mean in a context: its own first, then the global ones where no text is typed.
    #[must_use]
    pub fn find(&self, context: Context, keys: &[Key]) -> Found {
        for context in reach(context) {
            let mut own = self.rows.iter().filter(|(at, ..)| *at == context);
            if let Some((.., command)) = own.clone().find(|(_, sequence, _)| sequence.0 == keys) {
                return Found::Command(*command);
            }
            if own.any(|(_, sequence, _)| sequence.0.starts_with(keys)) {
                return Found::Prefix;
            }
        }
        Found::Nothing
    }

    /// The keys of a command as they count in a context, in the order of the keymap.
    pub fn keys(&self, context: Context, command: CommandId) -> impl Iterator<Item = &Sequence> {
        reach(context).into_iter().flat_map(move |context| {
            self.rows.iter().filter(move |(at, _, id)| *at == context && *id == command).map(|(_, keys, _)| keys)
        })
    }
}

fn reach(context: Context) -> Vec<Context> {
    if context.types() || context == Context::Global { vec![context] } else { vec![context, Context::Global] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::load;

    #[test]
    fn the_shipped_keymap_is_sound() {
        let keymap = load::keymap().unwrap_or_else(|faults| panic!("{faults:?}"));
        let bindings = Bindings::resolve(&keymap).unwrap_or_else(|faults| panic!("{faults:?}"));
        for row in command::TABLE {
            assert!(bindings.rows.iter().any(|(.., id)| *id == row.id), "{} has no key", row.id.name());
        }
    }

    #[test]
    fn unknown_commands_are_answered_with_the_nearest() {
        let check = |text: &str, expected: &str| {
            let keymap = Keymap::parse("keys.toml", text).unwrap();
            let faults = Bindings::resolve(&keymap).unwrap_err();
            assert_eq!(faults.iter().map(ToString::to_string).collect::<Vec<_>>(), [expected]);
        };
        check("[global]\n\"x\" = \"go-dwn\"", "keys.toml:2: no command \"go-dwn\"; did you mean \"go-down\"?");
        check("[prompt]\n\"x\" = \"wrap\"", "keys.toml:2: \"wrap\" is no command of [prompt]");
    }
}
