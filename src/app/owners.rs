//! Who owns what of a release: asked for as a subject, found out elsewhere, because to read manifests and sets takes long.

use crate::ownership::found::Kind;
use crate::ownership::report::Report;
use crate::ownership::subject::Subject;
use crate::schema::Schema;

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// Of what.
    pub subject: Subject,
    /// The findings.
    pub report: Report,
}

/// How many fields of a release are edited or left behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Oddities {
    /// Fields that somebody else changed.
    pub hotfixes: usize,
    /// Fields that a former manager keeps alive.
    pub leftovers: usize,
}

impl Known {
    /// Finds it out, by the types of the objects.
    #[must_use]
    pub fn find(subject: Subject, schema: &Schema) -> Self {
        Self { report: subject.report(schema), subject }
    }

    /// How many findings ask for somebody's eyes.
    #[must_use]
    pub fn oddities(&self) -> Oddities {
        Oddities { hotfixes: self.report.count(Kind::Hotfix), leftovers: self.report.count(Kind::Leftover) }
    }
}
