//! Changes that nobody wants to read: named, switchable, and counted where they are hidden.

/// A rule that hides changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// What it is called.
    pub name: String,
    /// What it hides, in words.
    pub doc: String,
    /// Whether it hides at the moment.
    pub is_on: bool,
}

/// The rules that are there without any settings.
#[must_use]
pub fn shipped() -> Vec<Rule> {
    let rule = |name: &str, doc: &str| Rule { name: name.to_owned(), doc: doc.to_owned(), is_on: true };
    vec![rule("chart-labels", "labels that name the version of the chart or app")]
}
