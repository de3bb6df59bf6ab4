//! Every command there is, in one table. Help, footer, palette, key resolution and `docs/keys.md` come from it and the
//! keymap.

mod table;

use crate::config::Context;

use super::Model;
pub use table::TABLE;

/// A command.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, strum::EnumIter, strum::EnumString, strum::IntoStaticStr,
)]
#[strum(serialize_all = "kebab-case")]
pub enum CommandId {
    /// One line down.
    GoDown,
    /// One line up.
    GoUp,
    /// To the first line.
    GoTop,
    /// To the last line.
    GoBottom,
    /// Half a page down.
    HalfPageDown,
    /// Half a page up.
    HalfPageUp,
    /// A page down.
    PageDown,
    /// A page up.
    PageUp,
    /// Open what is selected: a release, the log of its Pod, its revision.
    Open,
    /// Back to where one came from.
    Back,
    /// Filter the list.
    Filter,
    /// Complete a word of the filter.
    Complete,
    /// Choose the order of the list.
    Sort,
    /// Back to the order that the list begins with.
    WorstFirst,
    /// Choose a namespace.
    Namespaces,
    /// Show every namespace.
    AllNamespaces,
    /// Choose a context.
    Contexts,
    /// Copy the release's name.
    CopyName,
    /// Try again what failed.
    Refresh,
    /// The next tab.
    NextTab,
    /// The tab before.
    PreviousTab,
    /// The tab of causes.
    Why,
    /// The tab of objects.
    Objects,
    /// The tab of owners.
    Owners,
    /// The tab of drift.
    Drift,
    /// The tab of revisions.
    History,
    /// The tab of values.
    Values,
    /// The tab of the manifest.
    Manifest,
    /// The tab of notes and hooks.
    NotesAndHooks,
    /// The tab of what happened.
    Timeline,
    /// What of it is shown.
    Narrow,
    /// What Kubernetes tells of the objects.
    Events,
    /// The selected object with its owners.
    Blame,
    /// The next finding.
    NextFinding,
    /// The finding before.
    PreviousFinding,
    /// The fields of the next manager.
    NextManager,
    /// The fields of the manager before.
    PreviousManager,
    /// What makes a hotfix permanent.
    Permanent,
    /// What undoes a hotfix.
    Undo,
    /// Show or hide what is folded.
    Unfold,
    /// Mark the selected release, or take its mark away.
    Mark,
    /// Mark all from the release that was marked last to the selected one.
    MarkRange,
    /// Whether the next upgrade of the marked releases goes through.
    Preflight,
    /// The same of every release that is listed.
    PreflightAll,
    /// Choose an action of the selected release.
    Actions,
    /// Have Flux look again.
    Reconcile,
    /// The same, after the source of the chart.
    ReconcileSource,
    /// Have Flux forget its failures and try again.
    Reset,
    /// Have Flux install or upgrade now.
    Force,
    /// Have Flux leave the release alone, or take it up again.
    SuspendRelease,
    /// Write a stored revision again.
    #[strum(serialize = "rollback")]
    RollBack,
    /// Mark a pending revision as failed.
    Unlock,
    /// Take a former manager off the objects of a release.
    Disown,
    /// Run the plan that is read.
    RunPlan,
    /// Stop what runs after its request in flight.
    StopRun,
    /// Copy the command that does the same as a plan.
    CopyCommand,
    /// Whether a rollback takes fields that others own.
    ForceConflicts,
    /// Whether it runs hooks.
    NoHooks,
    /// Whether it waits until everything is ready.
    WaitReady,
    /// Roll back to the stored revision before instead.
    OlderTarget,
    /// Roll back to the stored revision after instead.
    NewerTarget,
    /// What was done from here.
    Journal,
    /// Plan what is to be done about a run that was broken off.
    GoOn,
    /// The log of the selected Pod.
    Logs,
    /// Copy what is selected, in words.
    CopyLine,
    /// Copy the rule that would silence the selected line of drift.
    CopyIgnoreRule,
    /// The next container of the Pod.
    NextContainer,
    /// The container before.
    PreviousContainer,
    /// The log of the container's run before the present one.
    PreviousRun,
    /// How far back the log is read.
    Since,
    /// Stay at the end of the log.
    Follow,
    /// Switch between user values, all values and chart defaults.
    ChartDefaults,
    /// Values as a document, or as a tree.
    AsYaml,
    /// Show one value that is masked.
    Reveal,
    /// Wrap long lines or not.
    Wrap,
    /// To the left of long lines.
    ScrollLeft,
    /// To the right of long lines.
    ScrollRight,
    /// Show the document in the user's pager.
    OpenInPager,
    /// Show the document in the user's editor.
    OpenInEditor,
    /// Compare two revisions.
    Diff,
    /// Compare a revision with what is live.
    DiffLive,
    /// Choose the old side of a comparison.
    OldSide,
    /// Choose its new side.
    NewSide,
    /// To the next change.
    NextChange,
    /// To the change before.
    PreviousChange,
    /// To the next object.
    NextObject,
    /// To the object before.
    PreviousObject,
    /// Fold or unfold an object.
    Fold,
    /// Fold or unfold all of them.
    FoldAll,
    /// Show or hide what noise rules hide.
    Noise,
    /// The next part of a release that differs.
    NextPart,
    /// The part before.
    PreviousPart,
    /// Tell differences by fields or by lines.
    Fields,
    /// Show the two sides beside each other or below each other.
    SideBySide,
    /// Copy what differs where the cursor is.
    CopyHunk,
    /// Save what differs.
    SavePatch,
    /// Show an object in the program for comparing.
    DiffTool,
    /// Search in a document.
    Search,
    /// The next match.
    NextMatch,
    /// The match before.
    PreviousMatch,
    /// Take what is typed, chosen or asked.
    Accept,
    /// Leave it.
    Cancel,
    /// Find a command and run it.
    Palette,
    /// The help of this screen.
    Help,
    /// Back to the shell for a while.
    Suspend,
    /// Quit at once.
    Quit,
}

impl CommandId {
    /// Its name in a keymap.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// What a command may do to the cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum Danger {
    /// Nothing: it looks.
    None,
    /// It shows a plan of what it will write, and asks.
    Plans,
}

/// One row of the table.
#[derive(Debug)]
pub struct Command {
    /// Which.
    pub id: CommandId,
    /// In one or two words, for the footer.
    pub title: &'static str,
    /// In one line, for help, palette and docs.
    pub doc: &'static str,
    /// Other names that find it in the palette: what fingers know from k9s and vim.
    pub aliases: &'static [&'static str],
    /// Where it can be bound. [`Context::Global`] means every screen.
    pub contexts: &'static [Context],
    /// What it may do to the cluster.
    pub danger: Danger,
    /// Whether the footer names it.
    pub footer: bool,
    /// Why it cannot be used now.
    pub disabled: fn(&Model) -> Option<&'static str>,
}

/// The row of a command.
#[must_use]
pub fn find(id: CommandId) -> Option<&'static Command> {
    TABLE.iter().find(|command| command.id == id)
}

impl Command {
    /// Whether it can be bound in a context.
    #[must_use]
    pub fn fits(&self, context: Context) -> bool {
        // What works below may also be bound for one screen alone.
        context.layers().any(|layer| self.contexts.contains(&layer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use strum::IntoEnumIterator;

    #[test]
    fn every_command_has_one_row() {
        for id in CommandId::iter() {
            assert_eq!(TABLE.iter().filter(|row| row.id == id).count(), 1, "{}", id.name());
        }
    }

    #[test]
    fn every_name_finds_one_command() {
        let names = TABLE.iter().flat_map(|row| row.aliases.iter().copied().chain([row.id.name()]));
        let mut sorted: Vec<&str> = names.collect();
        sorted.sort_unstable();
        let all = sorted.len();
        sorted.dedup();
        assert_eq!(sorted.len(), all, "{sorted:?}");
    }
}
