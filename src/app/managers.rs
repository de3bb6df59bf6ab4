//! What the user's settings say of field managers, as rows of the table of classes.

use std::sync::Arc;

use crate::config::{Fault, Settings};
use crate::ownership::classes::{Row, WORDS};

/// The rows, and what is wrong in the settings: then there are none, because half of them could say something else.
#[must_use]
pub fn rows(settings: Result<Settings, Vec<Fault>>) -> (Arc<[Row]>, Vec<Fault>) {
    let settings = match settings {
        Ok(settings) => settings,
        Err(faults) => return (Arc::new([]), faults),
    };
    let (mut rows, mut faults) = (Vec::new(), Vec::new());
    for row in settings.managers {
        let Some((_, class)) = WORDS.iter().find(|(word, _)| *word == row.class) else {
            let words = || WORDS.iter().map(|(word, _)| *word);
            let message = format!("no class \"{}\"; there are {}", row.class, words().collect::<Vec<_>>().join(", "));
            faults.push(Fault::of(&row.origin, message).suggest(&row.class, words()));
            continue;
        };
        let reason = if row.reason.is_empty() { format!("so says {}", row.origin) } else { row.reason };
        rows.push(Row { name: row.name, class: *class, reason });
    }
    if faults.is_empty() { (rows.into(), faults) } else { (Arc::new([]), faults) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ownership::classes::Class;

    fn check(text: &str, expected: Result<&[(&str, Class, &str)], &str>) {
        let (rows, faults) = rows(Settings::parse("s.toml", text));
        let found: Vec<_> = rows.iter().map(|row| (row.name.as_str(), row.class, row.reason.as_str())).collect();
        let said: Vec<String> = faults.iter().map(ToString::to_string).collect();
        assert_eq!(
            (found.as_slice(), said.join("\n").as_str()),
            (expected.unwrap_or(&[]), expected.err().unwrap_or(""))
        );
    }

    #[test]
    fn rows_are_made_of_sound_settings_alone() {
        let two =
            "[[managers]]\nname = \"ci\"\nclass = \"own\"\nreason = \"ours\"\n[[managers]]\nname = \"x-*\"\nclass = ";
        check(
            &format!("{two}\"controller\""),
            Ok(&[("ci", Class::Own, "ours"), ("x-*", Class::Controller, "so says s.toml:7")]),
        );
        check(
            &format!("{two}\"peple\""),
            Err(
                "s.toml:7: no class \"peple\"; there are own, former, controller, gitops, people, other; did you mean \"people\"?",
            ),
        );
        check("x = 1", Err("s.toml:1: no setting \"x\""));
    }
}
