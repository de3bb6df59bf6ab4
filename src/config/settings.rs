//! The file of other settings: `[[managers]]`, which says of field managers what they are, `[[noise]]`, which says what of a
//! comparison is not worth reading, `[[secrets]]`, which says of keys whether they name secrets, `diff-tool`, which shows a
//! comparison elsewhere, and `production` and `read-only`, which guard contexts.

mod guards;
mod noise;
mod secrets;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::fault::{Fault, Origin, line_of};
pub use guards::Guards;
pub use noise::NoiseRow;
pub use secrets::SecretRow;

/// One `[[managers]]` of the file. Which classes there are, the application knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManagerRow {
    /// The manager's name, or its beginning where it ends in `*`.
    pub name: String,
    /// The word for its class.
    pub class: String,
    /// Why; empty where that is not said.
    pub reason: String,
    /// Where the class is written.
    pub origin: Origin,
}

/// What the file says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Settings {
    /// In the order of the file: the first that fits a name counts.
    pub managers: Vec<ManagerRow>,
    /// In the order of the file.
    pub noise: Vec<NoiseRow>,
    /// In the order of the file: the first that fits a key counts.
    pub secrets: Vec<SecretRow>,
    /// The program that compares two files, with its options: which one fits a terminal, nobody but the user knows.
    pub diff_tool: Option<String>,
    /// On which contexts one thinks twice, and on which nothing is written.
    pub guards: Guards,
}

/// What the file may hold.
const SETTINGS: [&str; 6] = ["managers", "noise", "secrets", "diff-tool", "production", "read-only"];

const KEYS: [&str; 3] = ["name", "class", "reason"];

impl Settings {
    /// Reads the file.
    ///
    /// # Errors
    /// Everything that is wrong in it alone: no TOML, keys that do not exist, managers without name or class, noise without name.
    pub fn parse(file: &str, text: &str) -> Result<Self, Vec<Fault>> {
        let fault = |offset, message: String| Fault::at(file, text, offset, message);
        let table = DeTable::parse(text)
            .map_err(|error| vec![fault(error.span().map_or(0, |span| span.start), error.message().to_owned())])?;
        let (mut faults, mut settings) = (Vec::new(), Self::default());
        for (name, body) in table.get_ref() {
            let word = name.get_ref().as_ref();
            match body.get_ref() {
                DeValue::Array(rows) if word == "managers" => {
                    for row in rows {
                        match manager(file, text, row) {
                            Ok(row) => settings.managers.push(row),
                            Err(wrong) => faults.extend(wrong),
                        }
                    }
                }
                DeValue::String(tool) if word == "diff-tool" && !tool.trim().is_empty() => {
                    settings.diff_tool = Some(tool.to_string());
                }
                _ if word == "diff-tool" => {
                    let message = "\"diff-tool\" must be a program and its options, as text".to_owned();
                    faults.push(fault(name.span().start, message));
                }
                _ if word == "production" => faults.extend(settings.guards.set_production(file, text, body).err()),
                _ if word == "read-only" => faults.extend(settings.guards.set_read_only(file, text, body).err()),
                DeValue::Array(rows) if word == "noise" => {
                    for row in rows {
                        match noise::row(file, text, row) {
                            Ok(row) => settings.noise.push(row),
                            Err(wrong) => faults.extend(wrong),
                        }
                    }
                }
                DeValue::Array(rows) if word == "secrets" => {
                    for row in rows {
                        match secrets::secret(file, text, row) {
                            Ok(row) => settings.secrets.push(row),
                            Err(wrong) => faults.extend(wrong),
                        }
                    }
                }
                _ if SETTINGS.contains(&word) => {
                    faults.push(fault(name.span().start, format!("\"{word}\" must be written as [[{word}]]")));
                }
                _ => faults.push(fault(name.span().start, format!("no setting \"{word}\"")).suggest(word, SETTINGS)),
            }
        }
        faults.sort_by_key(|fault| fault.line);
        if faults.is_empty() { Ok(settings) } else { Err(faults) }
    }
}

fn manager(file: &str, text: &str, row: &Spanned<DeValue<'_>>) -> Result<ManagerRow, Vec<Fault>> {
    let fault = |offset, message: String| Fault::at(file, text, offset, message);
    let DeValue::Table(fields) = row.get_ref() else {
        return Err(vec![fault(row.span().start, "a manager must be a table: name, class and reason".to_owned())]);
    };
    let mut faults = Vec::new();
    for (key, value) in fields {
        let word = key.get_ref().as_ref();
        match value.get_ref() {
            _ if !KEYS.contains(&word) => {
                faults.push(fault(key.span().start, format!("a manager has no \"{word}\"")).suggest(word, KEYS));
            }
            DeValue::String(_) => {}
            _ => faults.push(fault(value.span().start, format!("\"{word}\" must be a text"))),
        }
    }
    let written = |key: &str| match fields.get(key).map(|value| (value.get_ref(), value.span().start)) {
        Some((DeValue::String(text), start)) if !text.is_empty() => Some((text.to_string(), start)),
        Some(_) | None => None,
    };
    let (name, class) = (written("name"), written("class"));
    for (key, value) in [("name", &name), ("class", &class)] {
        if value.is_none() && faults.is_empty() {
            faults.push(fault(row.span().start, format!("this manager has no {key}: add {key} = \"...\"")));
        }
    }
    if let Some((name, start)) = &name
        && name.trim_end_matches('*').contains('*')
    {
        faults.push(fault(*start, format!("\"{name}\": a * stands for the rest of a name, and only at its end")));
    }
    match (name, class) {
        (Some((name, _)), Some((class, start))) if faults.is_empty() => Ok(ManagerRow {
            name,
            class,
            reason: written("reason").map(|(reason, _)| reason).unwrap_or_default(),
            origin: Origin { file: file.to_owned(), line: line_of(text, start) },
        }),
        _ => Err(faults),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Name, class, reason and line.
    type Written<'w> = (&'w str, &'w str, &'w str, usize);

    fn check(text: &str, expected: Result<&[Written<'_>], &[&str]>) {
        let found = Settings::parse("settings.toml", text);
        let found = found.map(|settings| {
            let row = |row: ManagerRow| (row.name, row.class, row.reason, row.origin.line);
            settings.managers.into_iter().map(row).collect::<Vec<_>>()
        });
        let found = found.map_err(|faults| faults.iter().map(ToString::to_string).collect::<Vec<_>>());
        let own = |rows: &[Written<'_>]| {
            let row = |(name, class, reason, line): &Written<'_>| {
                ((*name).to_owned(), (*class).to_owned(), (*reason).to_owned(), *line)
            };
            rows.iter().map(row).collect::<Vec<_>>()
        };
        let said = |faults: &[&str]| faults.iter().map(|fault| (*fault).to_owned()).collect::<Vec<_>>();
        assert_eq!(found, expected.map(own).map_err(said), "{text}");
    }

    #[test]
    fn the_program_for_comparing_is_read() {
        let read = Settings::parse("settings.toml", "diff-tool = \"vimdiff -R\"").unwrap();
        assert_eq!(read, Settings { diff_tool: Some("vimdiff -R".to_owned()), ..Settings::default() });
    }

    #[test]
    fn managers_are_read_in_their_order() {
        check("", Ok(&[]));
        let text = "[[managers]]\nname = \"ci-*\"\nclass = \"gitops\"\nreason = \"our pipeline\"\n[[managers]]\nname=\"x\"\nclass=\"people\"\n";
        check(text, Ok(&[("ci-*", "gitops", "our pipeline", 3), ("x", "people", "", 7)]));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line_and_what_to_do() {
        check("managers = 1", Err(&["settings.toml:1: \"managers\" must be written as [[managers]]"]));
        check("\n[manager]", Err(&["settings.toml:2: no setting \"manager\"; did you mean \"managers\"?"]));
        check("managers = [1]", Err(&["settings.toml:1: a manager must be a table: name, class and reason"]));
        let tool = "settings.toml:1: \"diff-tool\" must be a program and its options, as text";
        check("diff-tool = [\"vimdiff\"]", Err(&[tool]));
        check("diff-tool = \" \"", Err(&[tool]));
        check("[[managers]]\nname = \"x\"", Err(&["settings.toml:1: this manager has no class: add class = \"...\""]));
        check(
            "[[managers]]\nname = \"x\"\nclas = \"people\"\n[[managers]]\nname = 1\nclass = \"own\"",
            Err(&[
                "settings.toml:3: a manager has no \"clas\"; did you mean \"class\"?",
                "settings.toml:5: \"name\" must be a text",
            ]),
        );
        check(
            "[[managers]]\nname = \"a*b\"\nclass = \"own\"",
            Err(&["settings.toml:2: \"a*b\": a * stands for the rest of a name, and only at its end"]),
        );
    }
}
