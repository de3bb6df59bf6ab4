//! What can happen, and what the shell is asked to do: data, both.

use std::sync::Arc;

use jiff::Timestamp;

use super::document::search::Matches;
use super::document::{Colours, Document, Source, Stored};
use super::release::values::sheet;
use super::{Server, Size, blame, diff, drift, journal, owners, preflight, reveal, rights};
use crate::config::Key;
use crate::diff::{Asked as Comparison, Diff, Outcomes, Progress};
use crate::ownership::drift::Asked;
use crate::ownership::since;
use crate::ownership::subject::Subject;
use crate::plan::needs::Need;
use crate::plan::preflight::WhatIf;
use crate::plan::{Action, News, Plan};
use crate::release::mask::Hidden;
use crate::release::{
    Answer, Change, ContextEntry, Inventory, LogNews, LogRequest, Problem, Query, Release, Scope, StoredRef,
};

/// Which watch a message belongs to: those of an older one are dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Epoch(pub u64);

/// Names one piece of work, so that its answer finds its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskId(pub u64);

/// Everything that can happen.
#[derive(Debug, Clone)]
pub enum Msg {
    /// A key was pressed.
    Input(Key),
    /// A text was pasted.
    Pasted(String),
    /// The terminal has a new size.
    Resized(Size),
    /// What time it is.
    Clock(Timestamp),
    /// It is known which cluster is looked at; nothing was asked of it yet.
    Connected(Server),
    /// It is not known which cluster to look at, and why.
    Trouble(Problem),
    /// The answer to [`Effect::ListContexts`].
    Contexts(TaskId, Result<Vec<ContextEntry>, Problem>),
    /// What a watch saw.
    Cluster(Epoch, Vec<Change>),
    /// What the watch of an open release saw.
    Inspected(Epoch, Vec<Change>),
    /// What a log said.
    Logged(TaskId, LogNews),
    /// The answer to [`Effect::Fetch`].
    Answered(TaskId, Answer),
    /// The answer to [`Effect::Prepare`].
    Prepared(TaskId, Arc<Document>),
    /// The answer to [`Effect::Highlight`].
    Highlighted(TaskId, Arc<Colours>),
    /// The answer to [`Effect::Search`].
    Found(TaskId, Arc<Matches>),
    /// The answer to [`Effect::Own`]. One that is computed may come before that of the API server.
    Owned(TaskId, Arc<owners::Known>),
    /// The answer to [`Effect::Compare`].
    Compared(TaskId, Arc<drift::Drifted>),
    /// Since when what was left behind is in no manifest.
    Traced(TaskId, Arc<since::Told>),
    /// The answer to [`Effect::Blame`].
    Blamed(TaskId, Arc<blame::sheet::Sheet>),
    /// The answer to [`Effect::Preflight`] for one release.
    Preflighted(TaskId, preflight::Answer),
    /// The answer to [`Effect::LayValues`].
    ValuesLaid(TaskId, Arc<sheet::Sheet>),
    /// The answer to [`Effect::Reveal`]: the value, or why the asking could not be noted.
    Revealed(TaskId, Result<Hidden, Problem>),
    /// The answer to [`Effect::TryWrites`].
    Tried(TaskId, Result<Outcomes, Problem>),
    /// How far [`Effect::Diff`] is, where it takes long.
    Diffing(TaskId, Progress),
    /// The answer to [`Effect::Diff`].
    Diffed(TaskId, Arc<Diff>),
    /// The answer to [`Effect::Lay`].
    Laid(TaskId, Arc<diff::sheet::Sheet>),
    /// The answer to [`Effect::Plan`].
    Planned(TaskId, Result<Arc<Plan>, Problem>),
    /// What happens in the run of [`Effect::Act`]; its end is the last of it.
    Acting(TaskId, News),
    /// The answer to [`Effect::ReadJournal`].
    Journaled(TaskId, Result<Arc<journal::Told>, Problem>),
    /// The answer to [`Effect::ReadUnfinished`], the oldest first.
    Unfinished(TaskId, Vec<journal::left::Left>),
    /// The answer to [`Effect::Review`].
    Reviewed(TaskId, rights::Answers),
    /// A document cannot be made.
    Broken(TaskId, Problem),
    /// How an effect ended that changes nothing here, in words.
    Told(String),
}

/// A program of the user's that shows a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// The program for comparing that the settings name.
    DiffTool,
    /// `PAGER`.
    Pager,
    /// `VISUAL` or `EDITOR`. What it writes is not kept.
    Editor,
}

/// Everything that the shell is asked to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Watch this, and nothing else any more.
    Watch(Epoch, Scope),
    /// Read which contexts there are.
    ListContexts(TaskId),
    /// Leave the cluster, and everything that was asked of it; open this context instead.
    Open(String),
    /// Watch the whole inventory of one release, beside the list, and no other's any more.
    Inspect(Epoch, Inventory),
    /// Watch no inventory any more.
    Leave,
    /// Read a log until it ends or is cancelled.
    Log(TaskId, LogRequest),
    /// Ask the cluster.
    Fetch(TaskId, Query),
    /// The answer is not wanted any more.
    Cancel(TaskId),
    /// Make a document; it may be large.
    Prepare(TaskId, Source),
    /// Find the colours of a document.
    Highlight(TaskId, Arc<Document>),
    /// Find a text in a document.
    Search(TaskId, Arc<Document>, String),
    /// Find out who owns what of a release; its objects' types, and what becomes of their fields, are the cluster's to tell.
    /// What was known before spares it questions.
    /// Whether its writes are to be tried as well, stands at the end.
    Own(TaskId, Subject, Option<Arc<owners::Known>>, bool),
    /// Find out how the objects of a release differ from its manifest.
    Compare(TaskId, Box<Asked>),
    /// Look in these older revisions, the newest first, since when what was left behind is in no manifest.
    Trace(TaskId, Arc<owners::Known>, Vec<(u32, StoredRef)>),
    /// Say of each line of an object who owns it.
    Blame(TaskId, blame::sheet::Source),
    /// Find out whether the next upgrades of releases go through: a few at a time, told as the answers come.
    Preflight(TaskId, Vec<Arc<Release>>, WhatIf),
    /// Note in the journal that a masked value is asked for, then give it.
    Reveal(TaskId, reveal::Reveal),
    /// Have the API server try to write a stored revision as the next one; nothing of it is kept.
    TryWrites(TaskId, Arc<Release>, Stored),
    /// Find out in what two ends differ. Of an end that is cancelled nothing more is heard.
    Diff(TaskId, Box<Comparison>),
    /// Lay out what differs, with what noise rules hide or without it; beside it the namespace of the release.
    Lay(TaskId, Arc<Diff>, String, bool),
    /// Save what differs as a patch, in a file of this name or, where there is one, of the next name that is free.
    SavePatch(TaskId, String, Arc<Diff>, bool),
    /// Give the terminal to the program that compares two texts; where there is none, to the pager.
    ReadDiff(Box<diff::Texts>),
    /// Lay out values with the layer that set each.
    LayValues(TaskId, sheet::Asked),
    /// Find out what an action would do to a release. Nothing is written.
    Plan(TaskId, Arc<Release>, Action),
    /// Run a plan, exactly as it is. Nothing but [`Effect::Halt`] and the end of the program ends it early: neither
    /// [`Effect::Cancel`] nor another context.
    Act(TaskId, Arc<Plan>),
    /// Have a run stop after its request in flight; its end is told as always.
    Halt(TaskId),
    /// Read what was done from here.
    ReadJournal(TaskId),
    /// Read which runs on this cluster did not come to their end.
    ReadUnfinished(TaskId),
    /// Ask whether the user has these rights. Nothing is kept of the question.
    Review(TaskId, Vec<Need>),
    /// Send [`Msg::Clock`] then; the latest one counts.
    WakeAt(Timestamp),
    /// Put this on the clipboard of the terminal.
    Copy(String),
    /// The same of a value that is revealed.
    CopyRevealed(Hidden),
    /// Give the terminal to a program that shows this document, under this name of a file.
    Read(Reader, String, Arc<Document>),
    /// Stop, and give the terminal back to the shell until it continues this.
    Suspend,
    /// End.
    Quit,
}
