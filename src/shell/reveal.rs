//! Revealing: the asking is noted before the value is given.

use jiff::Timestamp;

use crate::app::reveal::Reveal;
use crate::cluster::Acting;
use crate::journal::{By, Deed, Entry, Journal};
use crate::release::Problem;

/// Where it is noted, and who it was.
#[derive(Debug, Clone)]
pub(super) struct Noting {
    pub(super) journal: Journal,
    pub(super) user: String,
    /// Nothing may be written to any cluster.
    pub(super) is_read_only: bool,
}

impl Noting {
    /// The line of the journal.
    pub(super) fn entry(&self, asked: &Reveal, context: &str, server: &str, now: Timestamp) -> Entry {
        Entry::new(
            now,
            self.by(context, server),
            Deed::Reveal { release: asked.release.clone(), field: asked.what.clone() },
        )
    }

    fn by(&self, context: &str, server: &str) -> By {
        By { user: self.user.clone(), context: context.to_owned(), server: server.to_owned() }
    }

    /// On whose behalf a plan runs.
    pub(super) fn acting(&self, context: &str, server: &str) -> Acting {
        Acting { journal: Some(self.journal.clone()), by: self.by(context, server), is_read_only: self.is_read_only }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::{Effect, Msg, TaskId};
    use crate::cluster::Cluster;
    use crate::config::Multiplexer;
    use crate::journal::Line;
    use crate::release::mask::Hidden;
    use crate::shell::acting::Acts;
    use crate::shell::runner::Runner;

    /// What the runner says of one asking, and what the journal says then.
    async fn revealed(journal: &Journal) -> (Vec<String>, Result<Hidden, Problem>, Vec<Line>) {
        let noting = Noting { journal: journal.clone(), user: "alice".to_owned(), is_read_only: false };
        let mut runner: Runner<Cluster> = Runner::new(noting, Multiplexer::Nothing, Acts::default());
        let value = Hidden::new("hunter2".to_owned());
        let (release, what) = ("shop/storefront".to_owned(), "values .db.password".to_owned());
        runner.run(Effect::Reveal(TaskId(7), Reveal { release, what, value }));
        let mut told = Vec::new();
        loop {
            match runner.next().await {
                Msg::Told(text) => told.push(text),
                Msg::Revealed(TaskId(7), result) => return (told, result, journal.read().unwrap()),
                other => panic!("{other:?}"),
            }
        }
    }

    #[tokio::test]
    async fn a_value_is_given_once_the_asking_is_noted() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::at(Some(folder.path().join("state")));
        let (told, result, lines) = revealed(&journal).await;
        assert_eq!((told, result.unwrap().reveal()), (Vec::new(), "hunter2"));
        let [Line::Entry(entry)] = lines.as_slice() else { panic!("{lines:?}") };
        let (release, field) = ("shop/storefront".to_owned(), "values .db.password".to_owned());
        assert_eq!((&entry.deed, entry.by.user.as_str()), (&Deed::Reveal { release, field }, "alice"));
        let file = std::fs::read_to_string(folder.path().join("state/journal.jsonl")).unwrap();
        assert!(!file.contains("hunter2"), "{file}");
    }

    #[tokio::test]
    async fn a_value_that_cannot_be_noted_stays_hidden() {
        let (told, result, lines) = revealed(&Journal::at(None)).await;
        let problem = result.unwrap_err();
        assert_eq!((told, lines), (Vec::new(), Vec::new()));
        assert_eq!(problem.cause, "there is no home folder to keep the journal in");
    }

    #[tokio::test]
    async fn the_demo_says_that_its_journal_is_forgotten() {
        let (told, result, lines) = revealed(&Journal::in_memory()).await;
        assert_eq!(told, ["noted in the demo's journal, which is kept in memory only"]);
        assert_eq!((result.unwrap().reveal(), lines.len()), ("hunter2", 1));
    }
}
