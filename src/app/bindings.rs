//! A keymap whose command names are resolved, and the state of a sequence that is being typed.

use strum::IntoEnumIterator;

use crate::config::keymap::NONE;
use crate::config::load;
use crate::config::{Binding, Code, Context, Fault, Key, Keymap, Sequence};

use super::command::{self, CommandId};

/// Which keys stand for which command, where.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bindings {
    /// For each context what counts there, in the order of the keymap, what the context binds itself first.
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

/// Quits wherever it is bound to nothing else, so that no keymap takes the last way out.
pub const WAY_OUT: Key = Key { code: Code::Char('c'), ctrl: true, alt: false };

impl Bindings {
    /// The user's keymap where it is sound; else the default one, and everything that is wrong.
    ///
    /// # Errors
    /// When the shipped keymap is wrong too, which a test holds it is not.
    pub fn choose(user: Result<Keymap, Vec<Fault>>) -> Result<(Keymap, Self, Vec<Fault>), Vec<Fault>> {
        match user.and_then(|keymap| Self::resolve(&keymap).map(|bindings| (keymap, bindings))) {
            Ok((keymap, bindings)) => Ok((keymap, bindings, Vec::new())),
            Err(faults) => {
                let keymap = load::keymap()?;
                Self::resolve(&keymap).map(|bindings| (keymap, bindings, faults))
            }
        }
    }

    /// Resolves the names of a keymap.
    ///
    /// # Errors
    /// Commands that do not exist, or not in their context; and the line that takes the last way out of a context.
    pub fn resolve(keymap: &Keymap) -> Result<Self, Vec<Fault>> {
        let mut faults = Vec::new();
        for Binding { context, command, origin, .. } in &keymap.bindings {
            match command.parse::<CommandId>().ok().and_then(command::find) {
                _ if command == NONE => {}
                Some(row) if row.fits(*context) => {}
                Some(_) => {
                    faults.push(Fault::of(origin, format!("\"{command}\" is no command of [{}]", context.name())))
                }
                None => {
                    let known = CommandId::iter().map(CommandId::name).chain([NONE]);
                    faults.push(Fault::of(origin, format!("no command \"{command}\"")).suggest(command, known));
                }
            }
        }
        for fault in Context::iter().filter_map(|context| no_way_out(keymap, context)) {
            // A global line takes it from several contexts, and is named once.
            if !faults.iter().any(|other: &Fault| (&other.file, other.line) == (&fault.file, fault.line)) {
                faults.push(fault);
            }
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let rows = Context::iter().flat_map(|context| {
            let row = move |binding: &Binding| Some((context, binding.keys.clone(), binding.command.parse().ok()?));
            keymap.counting(context).filter_map(row)
        });
        Ok(Self { rows: rows.collect() })
    }

    /// What keys mean in a context.
    #[must_use]
    pub fn find(&self, context: Context, keys: &[Key]) -> Found {
        let mut counting = self.rows.iter().filter(|(at, ..)| *at == context);
        if let Some((.., command)) = counting.clone().find(|(_, sequence, _)| sequence.0 == keys) {
            Found::Command(*command)
        } else if counting.any(|(_, sequence, _)| sequence.0.starts_with(keys)) {
            Found::Prefix
        } else if keys == [WAY_OUT] {
            Found::Command(CommandId::Quit)
        } else {
            Found::Nothing
        }
    }

    /// The keys of a command as they count in a context, in the order of the keymap.
    pub fn keys(&self, context: Context, command: CommandId) -> impl Iterator<Item = &Sequence> {
        self.rows.iter().filter(move |(at, _, id)| *at == context && *id == command).map(|(_, keys, _)| keys)
    }
}

/// The fault of the line that binds the last way out of a context to something else.
fn no_way_out(keymap: &Keymap, context: Context) -> Option<Fault> {
    let ways: &[CommandId] = match context {
        Context::Prompt | Context::Picker | Context::Confirm => &[CommandId::Cancel, CommandId::Quit],
        Context::Global
        | Context::Releases
        | Context::Release
        | Context::Values
        | Context::Document
        | Context::Logs
        | Context::Blame
        | Context::Preflight
        | Context::Diff
        | Context::Plan
        | Context::Many
        | Context::Journal
        | Context::Actions
        | Context::Help => &[CommandId::Quit, CommandId::Palette],
    };
    let leads_out = |binding: &Binding| ways.iter().any(|way| way.name() == binding.command);
    if keymap.counting(context).any(leads_out) {
        return None;
    }
    // Unbound it quits: see `WAY_OUT`.
    let taken = keymap.counting(context).find(|binding| binding.keys.0.first() == Some(&WAY_OUT))?;
    let ways: Vec<&str> = ways.iter().map(|way| way.name()).collect();
    let message =
        format!("\"{}\" is the last way out of [{}]: bind {} as well", taken.keys, context.name(), ways.join(" or "));
    Some(Fault::of(&taken.origin, message))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::keymap::File;

    #[test]
    fn every_preset_is_sound_and_binds_every_command() {
        for name in load::keymap_names() {
            let bindings =
                Bindings::resolve(&load::preset(name).unwrap()).unwrap_or_else(|faults| panic!("{faults:?}"));
            for row in command::TABLE {
                assert!(bindings.rows.iter().any(|(.., id)| *id == row.id), "{name}: {} has no key", row.id.name());
            }
        }
    }

    fn resolve(text: &str) -> Result<Bindings, Vec<Fault>> {
        Bindings::resolve(&Keymap::merge([File::parse("keys.toml", text).unwrap()]).unwrap())
    }

    #[test]
    fn unknown_commands_are_answered_with_the_nearest() {
        let check = |text: &str, expected: &str| {
            let faults = resolve(text).unwrap_err();
            assert_eq!(faults.iter().map(ToString::to_string).collect::<Vec<_>>(), [expected]);
        };
        check("[global]\n\"x\" = \"go-dwn\"", "keys.toml:2: no command \"go-dwn\"; did you mean \"go-down\"?");
        check("[prompt]\n\"x\" = \"wrap\"", "keys.toml:2: \"wrap\" is no command of [prompt]");
        check(
            "[prompt]\n\"ctrl-c\" = \"go-down\"",
            "keys.toml:2: \"ctrl-c\" is the last way out of [prompt]: bind cancel or quit as well",
        );
    }

    #[test]
    fn ctrl_c_quits_where_no_keymap_says_otherwise() {
        let check = |text: &str, context, expected| {
            assert_eq!(resolve(text).unwrap().find(context, &[WAY_OUT]), expected, "{text}");
        };
        for context in Context::iter() {
            check("", context, Found::Command(CommandId::Quit));
            check("[global]\n\"ctrl-c\" = \"none\"", context, Found::Command(CommandId::Quit));
        }
        let copy = "[global]\n\"Q\" = \"quit\"\n[releases]\n\"ctrl-c\" = \"copy-name\"";
        check(copy, Context::Releases, Found::Command(CommandId::CopyName));
        check(copy, Context::Release, Found::Command(CommandId::Quit));
    }

    #[test]
    fn none_takes_a_key_away_on_one_screen() {
        let bindings = resolve("[global]\n\"q\" = \"back\"\n[releases]\n\"q\" = \"none\"").unwrap();
        assert_eq!(bindings.find(Context::Releases, &[Key::char('q')]), Found::Nothing);
        assert_eq!(bindings.find(Context::Release, &[Key::char('q')]), Found::Command(CommandId::Back));
    }
}
