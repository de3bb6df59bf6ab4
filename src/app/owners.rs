//! Who owns what of a release: asked for as a subject, found out elsewhere, because to read manifests and sets takes long.

use crate::ownership::found::Kind;
use crate::ownership::report::Report;
use crate::ownership::since::Search;
use crate::ownership::subject::Subject;
use crate::release::payload::Revision;
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

    /// Whether the same was left behind under the same revision.
    #[must_use]
    pub fn is_left_as(&self, other: &Self) -> bool {
        std::sync::Arc::ptr_eq(&self.subject.payload, &other.subject.payload) && self.search(0) == other.search(0)
    }

    /// The search for since when what was left behind is in no manifest, where so many older revisions are stored.
    #[must_use]
    pub fn search(&self, older: usize) -> Search {
        Search::of(&self.report, self.subject.payload.revision().map_or(0, Revision::get), older)
    }

    /// How many findings ask for somebody's eyes.
    #[must_use]
    pub fn oddities(&self) -> Oddities {
        Oddities { hotfixes: self.report.count(Kind::Hotfix), leftovers: self.report.count(Kind::Leftover) }
    }
}
