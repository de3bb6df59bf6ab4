//! What was done that somebody may ask about later: one line of JSON for each, in files for the user alone.
//!
//! May touch the file system below its folder and nothing else; time, names and the folder are arguments. Invariants:
//!
//! - Lines are only added. One line is one write, so that several programs may write at once.
//! - What is to be noted is noted before it is done: [`Journal::append`] has the line on the disk when it returns.
//! - Nothing secret stands in it: of a revealed value it says where it stands.
//! - What cannot be read is told as such, and never taken away.

#![allow(clippy::disallowed_methods, reason = "this room owns the files of the journal")]

mod entry;
mod file;
mod unfinished;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use crate::release::{Problem, ProblemKind};

pub use entry::{By, Deed, Entry, Line, VERSION};
pub use unfinished::{Unfinished, unfinished};

/// Where deeds are noted. Cheap to clone: clones write to the same place.
#[derive(Debug, Clone)]
pub struct Journal {
    place: Place,
}

#[derive(Debug, Clone)]
enum Place {
    Folder(PathBuf),
    /// As long as the program runs.
    Memory(Arc<Mutex<Vec<Entry>>>),
    /// Nobody knows where.
    Nowhere,
}

impl Journal {
    /// In a folder, which need not exist. Without one nothing can be noted, and so nothing done that has to be.
    #[must_use]
    pub fn at(folder: Option<PathBuf>) -> Self {
        Self { place: folder.map_or(Place::Nowhere, Place::Folder) }
    }

    /// In memory, for made-up clusters: forgotten when the program ends.
    #[must_use]
    pub fn in_memory() -> Self {
        Self { place: Place::Memory(Arc::default()) }
    }

    /// Whether what is noted outlives the program.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        match self.place {
            Place::Folder(_) | Place::Nowhere => true,
            Place::Memory(_) => false,
        }
    }

    /// Notes a deed. Blocks on the disk.
    ///
    /// # Errors
    /// When it is not noted: then it must not be done. Says what is wrong with the file or its folder.
    pub fn append(&self, entry: &Entry) -> Result<(), Problem> {
        match &self.place {
            Place::Folder(folder) => file::append(folder, entry),
            Place::Memory(entries) => {
                entries.lock().unwrap_or_else(PoisonError::into_inner).push(entry.clone());
                Ok(())
            }
            Place::Nowhere => Err(Problem::new(ProblemKind::Config, "there is no home folder to keep the journal in")
                .hint("set HOME or XDG_STATE_HOME: what is revealed has to be noted first")),
        }
    }

    /// Everything noted, the oldest first, with what cannot be read. Where nothing was noted yet, nothing. Blocks on the disk.
    ///
    /// # Errors
    /// When a file is there and cannot be read.
    pub fn read(&self) -> Result<Vec<Line>, Problem> {
        match &self.place {
            Place::Folder(folder) => file::read(folder),
            Place::Memory(entries) => {
                let entries = entries.lock().unwrap_or_else(PoisonError::into_inner);
                Ok(entries.iter().cloned().map(|entry| Line::Entry(Box::new(entry))).collect())
            }
            Place::Nowhere => Ok(Vec::new()),
        }
    }
}

#[cfg(test)]
mod tests;
