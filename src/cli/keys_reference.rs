//! `docs/keys.md`, from the table of commands, the shipped keymaps and the roles of themes.

use std::fmt::Write;

use strum::IntoEnumIterator;

use crate::app::command::{self, Command, Danger};
use crate::config::keymap::NONE;
use crate::config::{Binding, Context, Fault, Keymap, Role, load};

/// The reference of keys and colours, as Markdown.
///
/// # Errors
/// What is wrong in the shipped keymaps; a test holds that nothing is.
pub fn keys_reference() -> Result<String, Vec<Fault>> {
    let default = load::keymap()?;
    let mut out = String::from(HEAD);
    for context in Context::iter() {
        let rows: Vec<String> = command::TABLE.iter().filter_map(|command| row(&default, context, command)).collect();
        if !rows.is_empty() {
            let _ = write!(out, "\n## `{}`\n\n{}.\n\n", context.name(), context.doc());
            let _ = write!(out, "| keys | command | does |\n|---|---|---|\n{}", rows.concat());
        }
    }
    out.push_str(OVER);
    for name in load::keymap_names().filter(|name| *name != "default") {
        let _ = write!(out, "\n`{name}`:\n\n| context | keys | command | instead of |\n|---|---|---|---|\n");
        preset(&mut out, &load::preset(name)?, name);
    }
    out.push_str(COLOURS);
    for role in Role::iter() {
        let _ = writeln!(out, "| `{}` | {} |", role.name(), role.doc());
    }
    Ok(out)
}

/// A command in the context that it belongs to, and where its context has keys of its own for it.
fn row(keymap: &Keymap, context: Context, command: &Command) -> Option<String> {
    let own = |binding: &&Binding| binding.context == context && binding.command == command.id.name();
    let keys: Vec<String> = keymap.bindings.iter().filter(own).map(|binding| format!("`{}`", binding.keys)).collect();
    let belongs = command.contexts.contains(&context)
        && (context == Context::Global || !command.contexts.contains(&Context::Global));
    let asks = if command.danger == Danger::Plans { " (shows its plan and asks)" } else { "" };
    let shown = belongs || !keys.is_empty();
    shown.then(|| format!("| {} | `{}` | {}{asks} |\n", keys.join(" "), command.id.name(), command.doc))
}

fn preset(out: &mut String, keymap: &Keymap, name: &str) {
    let file = format!("keymaps/{name}.toml");
    for binding in keymap.bindings.iter().filter(|binding| binding.origin.file == file) {
        let same = |below: &&Binding| below.context == binding.context && below.keys == binding.keys;
        let below: Vec<String> =
            keymap.shadowed.iter().filter(same).map(|below| format!("`{}`", below.command)).collect();
        let command = if binding.command == NONE { "nothing".to_owned() } else { format!("`{}`", binding.command) };
        let (context, keys) = (binding.context.name(), &binding.keys);
        let _ = writeln!(out, "| `{context}` | `{keys}` | {command} | {} |", below.join(", "));
    }
}

const HEAD: &str = "# Keys and colours

Made from the table of commands, `keymaps/` and the roles of themes by `cargo test --test docs`; do not edit.

Every command can also be found by its name or by what it does: `:` opens the palette. A command without keys is run
from there. `wheelhouse keys` lists the keys that count for you, and where each of them is written.
";

const OVER: &str = "
## Your own keys

`keymap.toml` in `$XDG_CONFIG_HOME/wheelhouse` (else `~/.config/wheelhouse`; on macOS `~/Library/Application
Support/wheelhouse`) is laid over the keys above, context by context and key by key. It is read once, at the start.

```toml
preset = \"k9s\"            # lay it over this shipped keymap; without the line, over the default one alone

[global]
\"ctrl-n\" = \"go-down\"     # keys of one step, with ctrl- and alt-
\"U h\" = \"help\"           # keys pressed one after the other
\"Q\" = \"none\"             # these keys do nothing

[releases]
\"q\" = \"none\"             # the key of [global] does nothing on this screen
```

Keys are written as they are typed (`G`, `?`, `/`) or by name: `enter` `esc` `space` `tab` `shift-tab` `backspace`
`delete` `up` `down` `left` `right` `home` `end` `pageup` `pagedown` `f1` to `f24`.

A file that cannot be used, a context, key or command that does not exist, keys bound twice, and keys that hide a longer
sequence (`g` beside `g g`: unbind one of them) are faults. With a fault nothing of the file counts: the program starts on
the default keys and says so, and `wheelhouse keys` tells the faults with their lines and exits with 8: first what cannot
be read at all, and once that is mended, the commands that do not exist and the keys that hide others.

`ctrl-c` quits wherever it is bound to nothing else, so no keymap locks anybody in: taking the last other way out of a
screen and binding `ctrl-c` too is a fault.

## Shipped keymaps

`default` is above. What the others lay over it:
";

const COLOURS: &str = "
## Your own colours

`--theme NAME` takes `themes/NAME.toml` of the same folder, else the shipped theme of that name: `dark`, `light`, or `mono`
without colours. Yours may have the name of a shipped one, and then stands in for it. `wheelhouse themes` lists them all,
`wheelhouse themes NAME` its styles and where each of them is written.

```toml
inherits = \"dark\"                 # a shipped theme or one of yours; also the shipped one of the same name
background = \"dark\"               # what it is made for: dark or light

[palette]
bad = \"#ff5f5f\"                   # the words of the inherited roles take these colours
warn = [\"178\", \"lightyellow\"]      # the first one that the terminal can show

[roles]
\"table.selected\" = \"black on 178 bold\"
```

A style is made of a colour, `on` and a colour, and `bold` `dim` `italic` `underline` `reverse`; `plain` is none of them.
Colours are words of the palette, the 16 names of ANSI (`red`, `lightred`, `gray`, `darkgray` ...), `reset` for the
terminal's own, numbers to 255 and `#rrggbb`. A theme that inherits from none must name every role. With a fault a shipped theme stands in, and `wheelhouse themes` tells the
faults and exits with 8.

| role | is |
|---|---|
";
