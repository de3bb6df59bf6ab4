//! Revealing: the asking is noted before the value is given.

use jiff::Timestamp;

use crate::app::reveal::Reveal;
use crate::journal::{By, Deed, Entry, Journal};
use crate::release::Problem;

/// Where it is noted, and who it was.
#[derive(Debug, Clone)]
pub(super) struct Noting {
    pub(super) journal: Journal,
    pub(super) user: String,
}

impl Noting {
    /// The line of the journal.
    pub(super) fn entry(&self, asked: &Reveal, context: &str, server: &str, now: Timestamp) -> Entry {
        let by = By { user: self.user.clone(), context: context.to_owned(), server: server.to_owned() };
        Entry::new(now, by, Deed::Reveal { release: asked.release.clone(), field: asked.what.clone() })
    }

    /// Writes it, and says what is to be said of that. Blocks on the disk.
    ///
    /// # Errors
    /// When it is not written: then the value stays hidden.
    pub(super) fn note(&self, entry: &Entry) -> Result<Option<String>, Problem> {
        self.journal.append(entry)?;
        let said = "noted in the demo's journal, which is kept in memory only";
        Ok((!self.journal.is_kept()).then(|| said.to_owned()))
    }
}
