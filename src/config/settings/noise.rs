//! `[[noise]]`: what of a comparison is not worth reading.

use toml::Spanned;
use toml::de::DeValue;

use crate::config::fault::{Fault, Origin, line_of};

/// One `[[noise]]` of the file. Which rules are shipped, and how paths are written, the application knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoiseRow {
    /// What the rule is called: a new one, or one that is shipped.
    pub name: String,
    /// Which fields; `None` where a shipped rule is switched.
    pub path: Option<String>,
    /// Of which kind of objects alone.
    pub kind: Option<String>,
    /// What the values are like, as a regular expression.
    pub value: Option<String>,
    /// Why; empty where that is not said.
    pub reason: String,
    /// Whether it hides.
    pub enabled: bool,
    /// Where the name is written.
    pub origin: Origin,
}

const KEYS: [&str; 6] = ["name", "path", "kind", "value", "reason", "enabled"];

/// Reads one of them.
pub(super) fn row(file: &str, text: &str, row: &Spanned<DeValue<'_>>) -> Result<NoiseRow, Vec<Fault>> {
    let fault = |offset, message: String| Fault::at(file, text, offset, message);
    let DeValue::Table(fields) = row.get_ref() else {
        return Err(vec![fault(row.span().start, "a noise rule must be a table: name, path or enabled".to_owned())]);
    };
    let mut faults = Vec::new();
    for (key, value) in fields {
        let word = key.get_ref().as_ref();
        match (word, value.get_ref()) {
            _ if !KEYS.contains(&word) => {
                faults.push(fault(key.span().start, format!("a noise rule has no \"{word}\"")).suggest(word, KEYS));
            }
            ("enabled", DeValue::Boolean(_)) => {}
            ("enabled", _) => faults.push(fault(value.span().start, "\"enabled\" must be true or false".to_owned())),
            (_, DeValue::String(written)) if !written.is_empty() => {}
            (_, DeValue::String(_)) => faults.push(fault(value.span().start, format!("\"{word}\" is empty"))),
            _ => faults.push(fault(value.span().start, format!("\"{word}\" must be a text"))),
        }
    }
    let value = |key: &str| fields.get(key).map(|value| (value.get_ref(), value.span().start));
    let written = |key: &str| match value(key) {
        Some((DeValue::String(text), start)) => Some((text.to_string(), start)),
        Some(_) | None => None,
    };
    let enabled = match value("enabled") {
        Some((DeValue::Boolean(enabled), _)) => Some(*enabled),
        Some(_) | None => None,
    };
    let name = written("name");
    if faults.is_empty() {
        match (&name, written("path"), enabled) {
            (None, _, _) => {
                faults.push(fault(row.span().start, "this noise rule has no name: add name = \"...\"".to_owned()))
            }
            (Some((name, start)), None, None) => {
                let message = format!(
                    "\"{name}\" has no path: add path = \"...\", or enabled = false to switch a shipped rule off"
                );
                faults.push(fault(*start, message));
            }
            (Some(_), _, _) => {}
        }
        if written("path").is_none()
            && let Some((key, start)) = ["kind", "value"].iter().find_map(|key| Some((key, written(key)?.1)))
        {
            faults.push(fault(start, format!("\"{key}\" needs a path: add path = \"...\"")));
        }
    }
    let only = |key: &str| written(key).map(|(text, _)| text);
    match name {
        Some((name, start)) if faults.is_empty() => Ok(NoiseRow {
            name,
            path: only("path"),
            kind: only("kind"),
            value: only("value"),
            reason: only("reason").unwrap_or_default(),
            enabled: enabled.unwrap_or(true),
            origin: Origin { file: file.to_owned(), line: line_of(text, start) },
        }),
        Some(_) | None => Err(faults),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Settings;

    fn check(text: &str, expected: Result<&[NoiseRow], &[&str]>) {
        let found = Settings::parse("settings.toml", text).map(|settings| settings.noise);
        let found = found.map_err(|faults| faults.iter().map(ToString::to_string).collect::<Vec<_>>());
        let said = |faults: &[&str]| faults.iter().map(|fault| (*fault).to_owned()).collect::<Vec<_>>();
        assert_eq!(found, expected.map(<[NoiseRow]>::to_vec).map_err(said), "{text}");
    }

    fn row(name: &str, line: usize) -> NoiseRow {
        NoiseRow {
            name: name.to_owned(),
            path: None,
            kind: None,
            value: None,
            reason: String::new(),
            enabled: true,
            origin: Origin { file: "settings.toml".to_owned(), line },
        }
    }

    #[test]
    fn rules_are_read_in_their_order() {
        let text = "[[noise]]\nname = \"commit\"\npath = \"**.commit\"\nkind = \"Deployment\"\nvalue = \"[0-9a-f]+\"\nreason = \"ours\"\n\
                    [[noise]]\nname = \"checksums\"\nenabled = false\n";
        let own = NoiseRow {
            path: Some("**.commit".to_owned()),
            kind: Some("Deployment".to_owned()),
            value: Some("[0-9a-f]+".to_owned()),
            reason: "ours".to_owned(),
            ..row("commit", 2)
        };
        check(text, Ok(&[own, NoiseRow { enabled: false, ..row("checksums", 8) }]));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line_and_what_to_do() {
        check("noise = 1", Err(&["settings.toml:1: \"noise\" must be written as [[noise]]"]));
        check("[[nois]]", Err(&["settings.toml:1: no setting \"nois\"; did you mean \"noise\"?"]));
        check("noise = [1]", Err(&["settings.toml:1: a noise rule must be a table: name, path or enabled"]));
        check("[[noise]]\npath = \"a\"", Err(&["settings.toml:1: this noise rule has no name: add name = \"...\""]));
        check(
            "[[noise]]\nname = \"x\"",
            Err(&[
                "settings.toml:2: \"x\" has no path: add path = \"...\", or enabled = false to switch a shipped rule off",
            ]),
        );
        check(
            "[[noise]]\nname = \"x\"\nkind = \"Job\"\nenabled = false",
            Err(&["settings.toml:3: \"kind\" needs a path: add path = \"...\""]),
        );
        check(
            "[[noise]]\nname = \"x\"\npaht = \"a\"\nenabled = \"no\"\nkind = 1\nvalue = \"\"",
            Err(&[
                "settings.toml:3: a noise rule has no \"paht\"; did you mean \"path\"?",
                "settings.toml:4: \"enabled\" must be true or false",
                "settings.toml:5: \"kind\" must be a text",
                "settings.toml:6: \"value\" is empty",
            ]),
        );
    }
}
