//! `production` and `read-only`: on which contexts one thinks twice, and on which nothing is written.

use toml::Spanned;
use toml::de::DeValue;

use crate::config::fault::{Fault, Origin, line_of};

/// What keeps an action from being done too easily.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Guards {
    /// Names of contexts; one that ends in `*` stands for all that begin so.
    production: Vec<String>,
    read_only: ReadOnly,
}

/// Where nothing is written, and who said so.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
enum ReadOnly {
    #[default]
    Nowhere,
    /// On these contexts.
    On(Vec<String>, Origin),
    /// Everywhere, because of this.
    Everywhere(String),
}

impl Guards {
    /// Where the settings cannot be understood: they may say that nothing shall be written.
    #[must_use]
    pub fn strict() -> Self {
        let why = "settings.toml is not right, and could say that nothing shall be written: mend it first".to_owned();
        Self { production: vec!["*".to_owned()], read_only: ReadOnly::Everywhere(why) }
    }

    /// The same, where `--read-only` was given.
    #[must_use]
    pub fn with_flag(self, is_read_only: bool) -> Self {
        match is_read_only {
            true => Self { read_only: ReadOnly::Everywhere("--read-only".to_owned()), ..self },
            false => self,
        }
    }

    /// Whether the context is named as one of production.
    #[must_use]
    pub fn is_production(&self, context: &str) -> bool {
        self.production.iter().any(|name| fits(name, context))
    }

    /// Why nothing is written on this context; `None` where something may be.
    #[must_use]
    pub fn read_only(&self, context: &str) -> Option<String> {
        match &self.read_only {
            ReadOnly::Nowhere => None,
            ReadOnly::Everywhere(why) => Some(why.clone()),
            ReadOnly::On(names, origin) => {
                let is_meant = names.iter().any(|name| fits(name, context));
                is_meant.then(|| format!("read-only in {origin}"))
            }
        }
    }

    /// Takes in `production = ["prod-*"]`.
    ///
    /// # Errors
    /// Where it is written otherwise.
    pub(super) fn set_production(&mut self, file: &str, text: &str, value: &Spanned<DeValue<'_>>) -> Result<(), Fault> {
        self.production = names(value).ok_or_else(|| {
            let message = "\"production\" must be a list of contexts, such as [\"prod-*\"]".to_owned();
            Fault::at(file, text, value.span().start, message)
        })?;
        Ok(())
    }

    /// Takes in `read-only = true`, or `read-only = ["prod-*"]`.
    ///
    /// # Errors
    /// Where it is written otherwise.
    pub(super) fn set_read_only(&mut self, file: &str, text: &str, value: &Spanned<DeValue<'_>>) -> Result<(), Fault> {
        let origin = Origin { file: file.to_owned(), line: line_of(text, value.span().start) };
        self.read_only = match (value.get_ref(), names(value)) {
            (DeValue::Boolean(true), _) => ReadOnly::Everywhere(format!("read-only in {origin}")),
            (DeValue::Boolean(false), _) => ReadOnly::Nowhere,
            (_, Some(names)) => ReadOnly::On(names, origin),
            (_, None) => {
                let message =
                    "\"read-only\" must be true, false or a list of contexts, such as [\"prod-*\"]".to_owned();
                return Err(Fault::at(file, text, value.span().start, message));
            }
        };
        Ok(())
    }
}

fn names(value: &Spanned<DeValue<'_>>) -> Option<Vec<String>> {
    let DeValue::Array(items) = value.get_ref() else { return None };
    let name = |item: &Spanned<DeValue<'_>>| match item.get_ref() {
        DeValue::String(name) if !name.is_empty() && !name.trim_end_matches('*').contains('*') => {
            Some(name.to_string())
        }
        _ => None,
    };
    items.iter().map(name).collect()
}

fn fits(name: &str, context: &str) -> bool {
    match name.strip_suffix('*') {
        Some(begin) => context.starts_with(begin),
        None => name == context,
    }
}

#[cfg(test)]
mod tests {
    use crate::config::Settings;

    /// Whether the context `prod-eu` is one of production, and why nothing is written there; or what is wrong.
    fn check(text: &str, expected: Result<(bool, Option<&str>), &str>) {
        let found = Settings::parse("s.toml", text)
            .map(|settings| (settings.guards.is_production("prod-eu"), settings.guards.read_only("prod-eu")));
        let found = found.map_err(|faults| faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"));
        let expected = expected.map(|(is, why)| (is, why.map(str::to_owned))).map_err(str::to_owned);
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn contexts_are_guarded_by_name() {
        check("", Ok((false, None)));
        check("production = [\"prod-*\"]\nread-only = false", Ok((true, None)));
        check("production = [\"prod-us\"]\nread-only = [\"prod-us\"]", Ok((false, None)));
        check("\nread-only = [\"x\", \"prod-eu\"]", Ok((false, Some("read-only in s.toml:2"))));
        check("read-only = true", Ok((false, Some("read-only in s.toml:1"))));
        let production = "s.toml:1: \"production\" must be a list of contexts, such as [\"prod-*\"]";
        check("production = \"prod\"", Err(production));
        check("production = [\"a*b\"]", Err(production));
        let read_only = "s.toml:1: \"read-only\" must be true, false or a list of contexts, such as [\"prod-*\"]";
        check("read-only = 1", Err(read_only));
        check("read-only = [1]", Err(read_only));
    }

    #[test]
    fn a_flag_counts_above_the_settings() {
        let guards = super::Guards::default();
        assert_eq!(guards.clone().with_flag(false), guards);
        assert_eq!(guards.with_flag(true).read_only("x").as_deref(), Some("--read-only"));
        assert!(super::Guards::strict().is_production("x") && super::Guards::strict().read_only("x").is_some());
    }
}
