//! Where a line of a file that a person wrote stands, and what is wrong with it.

use std::fmt;

/// A line of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The file, as the reader knows it.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// One thing wrong in one line, or with a whole file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The file, as the reader knows it.
    pub file: String,
    /// The line, from 1; `None` where the file as a whole cannot be used.
    pub line: Option<usize>,
    /// What is wrong.
    pub message: String,
    /// What was probably meant.
    pub suggestion: Option<String>,
}

impl Fault {
    /// A fault at a byte offset of a text.
    #[must_use]
    pub fn at(file: &str, text: &str, offset: usize, message: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line: Some(line_of(text, offset)), message: message.into(), suggestion: None }
    }

    /// A fault of a line that was read before.
    #[must_use]
    pub fn of(origin: &Origin, message: impl Into<String>) -> Self {
        Self { file: origin.file.clone(), line: Some(origin.line), message: message.into(), suggestion: None }
    }

    /// A fault of a file as a whole.
    #[must_use]
    pub fn whole(file: &str, message: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line: None, message: message.into(), suggestion: None }
    }

    /// The same, with the nearest of the known words as suggestion, if one is near.
    #[must_use]
    pub fn suggest<'a>(mut self, word: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        self.suggestion = nearest(word, known).map(str::to_owned);
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.file, self.message)?,
            None => write!(f, "{}: {}", self.file, self.message)?,
        }
        match &self.suggestion {
            Some(suggestion) => write!(f, "; did you mean \"{suggestion}\"?"),
            None => Ok(()),
        }
    }
}

/// The first of several faults and how many more there are, for a line of the screen.
#[must_use]
pub fn first_of(faults: &[Fault]) -> Option<String> {
    let first = faults.first()?;
    Some(match faults.len() - 1 {
        0 => first.to_string(),
        more => format!("{first}; and {more} more"),
    })
}

/// The line, from 1, in which a byte offset lies.
#[must_use]
pub fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}

/// The known word that is most like the given one, if any is like it at all.
#[must_use]
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let known: Vec<&str> = known.into_iter().collect();
    similar::get_close_matches(word, &known, 1, 0.6).first().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_names_file_line_and_what_was_meant() {
        let fault =
            Fault::at("keys.toml", "a\nb\nc", 4, "no command \"go-dwn\"").suggest("go-dwn", ["go-up", "go-down"]);
        assert_eq!(fault.to_string(), "keys.toml:3: no command \"go-dwn\"; did you mean \"go-down\"?");
        assert_eq!(Fault::whole("keys.toml", "is a folder").to_string(), "keys.toml: is a folder");
        assert_eq!(first_of(&[]), None);
        assert_eq!(first_of(&[Fault::at("x", "", 0, "m")]).as_deref(), Some("x:1: m"));
        let three = [Fault::at("x", "", 0, "m"), Fault::at("y", "", 0, "m"), Fault::at("z", "", 0, "m")];
        assert_eq!(first_of(&three).as_deref(), Some("x:1: m; and 2 more"));
        assert_eq!(Fault::at("x", "", 0, "m").suggest("zzz", ["go-up"]).suggestion, None);
    }
}
