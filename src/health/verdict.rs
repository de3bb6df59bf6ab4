//! The verdicts in their order, what each means and why it stands where it does, and what a judgement is made of.

use jiff::Timestamp;
use strum::IntoEnumIterator;

use super::objects::Counts;

/// What is said of a release, worst first: the order is that of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, strum::EnumIter)]
pub enum Verdict {
    /// The last action failed, or none can begin.
    Failed,
    /// Flux gave up.
    Stalled,
    /// Objects are gone.
    Missing,
    /// An action of Helm was cut off.
    Pending,
    /// Waits for another HelmRelease.
    Blocked,
    /// Objects are broken.
    Degraded,
    /// Its deletion is stuck, or that of one of its objects.
    Deleting,
    /// On its way.
    Progressing,
    /// Well, and edited.
    Drifted,
    /// Flux looks away.
    Suspended,
    /// Uninstalled, its history kept.
    Uninstalled,
    /// What is known does not suffice.
    Unknown,
    /// Well by its own word.
    Assumed,
    /// Well.
    Healthy,
}

/// What is to be known of a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// Its word: that of the column, of JSON, of the filter, and of its role in a theme.
    pub word: &'static str,
    /// A shape for those who see no colour: one column of ASCII.
    pub symbol: &'static str,
    /// When it is said.
    pub meaning: &'static str,
    /// Why it is said then, and why it stands where it does in the order.
    pub reason: &'static str,
}

impl Verdict {
    /// The table of the verdicts: help, documents, filter and themes are made from it or held to it.
    #[must_use]
    pub fn line(self) -> Line {
        let line = |word, symbol, meaning, reason| Line { word, symbol, meaning, reason };
        match self {
            Self::Failed => line(
                "failed",
                "x",
                "the last action failed, or none can begin",
                "what was asked for does not run, also where the revision before was put back; it stays so until the next try begins",
            ),
            Self::Stalled => line(
                "stalled",
                "X",
                "Flux gave up: nothing happens before a person acts",
                "a failure too, and further along; below failed, because a failed one may still be caught in time",
            ),
            Self::Missing => line(
                "missing",
                "m",
                "objects that the release names are not in the cluster",
                "someone or something deleted them, and neither Helm nor Flux without drift correction puts them back",
            ),
            Self::Pending => line(
                "pending",
                "!",
                "a Helm action has not ended for 5 minutes: no other may start",
                "5 minutes is Helm's default timeout: the client would have given up; its real timeout is stored nowhere",
            ),
            Self::Blocked => line(
                "blocked",
                "!",
                "waits for another HelmRelease",
                "the other one is to be looked at; below what is broken by itself",
            ),
            Self::Degraded => line(
                "degraded",
                "d",
                "the action succeeded, and objects are broken now",
                "Ready=True is a memory of the last action; a Pod that crashes since, or failed while kstatus calls it current, is not hidden",
            ),
            Self::Deleting => line(
                "deleting",
                "-",
                "a deletion is stuck: for 5 minutes, or held by a finalizer",
                "a finalizer counts as holding after 60 s; somebody must take away what holds it, and nothing else is lost meanwhile",
            ),
            Self::Progressing => line(
                "progressing",
                "*",
                "an action is under way, or objects are becoming ready",
                "it ends by itself, or turns into one of the above",
            ),
            Self::Drifted => line(
                "drifted",
                "~",
                "well, and the live objects differ from the manifest",
                "said only of what is otherwise well: a failure says more; the mark drift stands beside it then",
            ),
            Self::Suspended => line(
                "suspended",
                "=",
                "Flux looks away",
                "not healthy, for nothing that is pushed arrives; what is worse is said first, with the mark suspended",
            ),
            Self::Uninstalled => line("uninstalled", "o", "uninstalled, its history kept", "somebody wanted it so"),
            Self::Unknown => line(
                "unknown",
                "?",
                "what is known does not suffice",
                "nothing says that it is ill, and nothing that it is well",
            ),
            Self::Assumed => line(
                "assumed",
                ".",
                "healthy by its own word: not all objects were looked at",
                "objects that are not loaded, forbidden or on another cluster, or that report nothing and are current by rule only",
            ),
            Self::Healthy => line(
                "healthy",
                " ",
                "the release says so, and all its watched objects are well",
                "said only of what was looked at",
            ),
        }
    }

    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        self.line().word
    }
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.word())
    }
}

/// The table as Markdown, for the documents.
#[must_use]
pub fn table() -> String {
    let mut text = String::from("| verdict | is said when | why |\n|---|---|---|\n");
    for verdict in Verdict::iter() {
        let Line { word, meaning, reason, .. } = verdict.line();
        text.push_str(&format!("| {word} | {meaning} | {reason} |\n"));
    }
    text
}

/// Why a verdict is what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// In words; messages of Helm, Flux and Kubernetes are quoted exactly.
    pub text: String,
    /// Since when, where the time matters to the reader.
    pub since: Option<Timestamp>,
    /// When it was seen, where nothing watches it any more.
    pub seen: Option<Timestamp>,
}

impl Cause {
    /// A cause without a time.
    #[must_use]
    pub fn of(text: impl Into<String>) -> Self {
        Self { text: text.into(), since: None, seen: None }
    }

    /// A cause that began at a time.
    #[must_use]
    pub fn since(text: impl Into<String>, since: Option<Timestamp>) -> Self {
        Self { text: text.into(), since, seen: None }
    }
}

/// A verdict and its cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// What is said.
    pub verdict: Verdict,
    /// Why; `None` where there is nothing to explain.
    pub cause: Option<Cause>,
    /// How many of its objects are well; `None` where they were not looked at.
    pub counts: Option<Counts>,
    /// Some of those are no longer watched, and counted as they were when all of them were.
    pub is_recalled: bool,
    /// Its source offers something newer than what was tried last, or is suspended or fails while an old artifact is used.
    pub outdated: bool,
    /// Since when its controller should have written something and did not.
    pub silent: Option<Timestamp>,
    /// When this reads differently with nothing but time, as far as the release itself goes.
    pub turn: Option<Timestamp>,
}

/// What a release says of itself, before its objects are looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Said {
    /// Its verdict; `Healthy` where it says that it is well.
    pub verdict: Verdict,
    /// Why.
    pub cause: Option<Cause>,
    /// What followed, which goes in brackets behind the cause: rolled back, retries used.
    pub then: Option<String>,
    /// Whether its objects may be why: then what is wrong with them is the cause.
    pub by_objects: bool,
    /// Whether they are as the failed action left them: nothing was put back or taken away.
    pub left: bool,
    /// When it says something else with nothing but time.
    pub turn: Option<Timestamp>,
}

impl Said {
    pub(super) fn plain(verdict: Verdict) -> Self {
        Self { verdict, cause: None, then: None, by_objects: false, left: false, turn: None }
    }

    pub(super) fn because(verdict: Verdict, cause: Cause) -> Self {
        Self { cause: Some(cause), ..Self::plain(verdict) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_can_be_told_apart_and_fits_its_places() {
        let mut words: Vec<&str> = Verdict::iter().map(Verdict::word).collect();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), Verdict::iter().count());
        for verdict in Verdict::iter() {
            let Line { word, symbol, meaning, reason } = verdict.line();
            assert!(word.len() <= 11 && word.bytes().all(|byte| byte.is_ascii_lowercase()), "{word}");
            assert_eq!((symbol.len(), symbol.is_ascii()), (1, true), "{word}");
            // The help has 80 columns, of which 18 go to symbol and word.
            assert!((10..=62).contains(&meaning.len()), "{word}: {} {meaning}", meaning.len());
            assert!(reason.len() > 10, "{word}");
        }
    }
}
