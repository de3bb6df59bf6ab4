//! Every command there is, in one table. Help, footer, palette, key resolution and `docs/keys.md` come from it and the
//! keymap.

use crate::config::Context;

use super::Model;
use super::release;

use Context::{Confirm, Global, Help, Picker, Prompt, Release, Releases};

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
    /// Open the selected release.
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
    /// The tab of revisions.
    History,
    /// The tab of values.
    Values,
    /// The tab of the manifest.
    Manifest,
    /// The tab of notes and hooks.
    NotesAndHooks,
    /// Show the selected revision in the other tabs.
    ShowRevision,
    /// Switch between user values and chart defaults.
    ChartDefaults,
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

const MOVES: &[Context] = &[Global, Picker, Prompt];
const ANYWHERE: &[Context] = &[Global];

/// Every command, in the order of footer and help.
pub static TABLE: &[Command] = &[
    row(CommandId::Open, "open", "Open the selected release", &[Releases], true).needs(release_selected),
    row(
        CommandId::ShowRevision,
        "show revision",
        "Show values, manifest and notes of the selected revision",
        &[Release],
        true,
    )
    .needs(release::revision_selectable),
    row(CommandId::NextTab, "next tab", "To the next tab", &[Release], true),
    row(CommandId::PreviousTab, "previous tab", "To the tab before", &[Release], false),
    row(CommandId::History, "history", "Every stored revision, and what Flux did", &[Release], false),
    row(CommandId::Values, "values", "The values that the user gave", &[Release], false),
    row(CommandId::Manifest, "manifest", "The objects as the chart rendered them", &[Release], false),
    row(
        CommandId::NotesAndHooks,
        "notes",
        "The notes of the chart, and its hooks with their last runs",
        &[Release],
        false,
    ),
    row(
        CommandId::ChartDefaults,
        "defaults",
        "Switch between the user's values and the chart's defaults",
        &[Release],
        true,
    )
    .needs(release::defaults_shown),
    row(CommandId::Wrap, "wrap", "Wrap long lines, or scroll them sideways", &[Release], true)
        .needs(release::document_shown),
    row(CommandId::Search, "search", "Search in the document; capitals count where one is typed", &[Release], true)
        .needs(release::document_shown),
    row(CommandId::NextMatch, "next match", "To the next match, past the end from the top", &[Release], true)
        .needs(release::find::match_reachable),
    row(CommandId::PreviousMatch, "match before", "To the match before, past the top from the end", &[Release], false)
        .needs(release::find::match_reachable),
    row(CommandId::ScrollLeft, "left", "Scroll long lines to the left", &[Release], false)
        .needs(release::document_shown),
    row(CommandId::ScrollRight, "right", "Scroll long lines to the right", &[Release], false)
        .needs(release::document_shown),
    row(CommandId::OpenInPager, "pager", "Show the document in your PAGER, masked as it is here", &[Release], false)
        .needs(release::document_shown),
    row(
        CommandId::OpenInEditor,
        "editor",
        "Show a copy of the document in your VISUAL or EDITOR, for reading: nothing is written back",
        &[Release],
        false,
    )
    .needs(release::document_shown),
    row(
        CommandId::Filter,
        "filter",
        "Filter the list, by words and by fields such as ns: and status:",
        &[Releases],
        true,
    ),
    row(
        CommandId::Complete,
        "complete",
        "Complete a field or a value of the filter; again, the next one",
        &[Prompt],
        true,
    )
    .needs(filter_typed),
    row(CommandId::Sort, "sort", "Sort by a column; by the same one again, turned round", &[Releases], true),
    row(CommandId::WorstFirst, "worst first", "Sort by verdict again, the worst first", &[Releases], false),
    row(CommandId::Namespaces, "namespace", "Choose a namespace", &[Releases], true).also(&["ns"]),
    row(CommandId::AllNamespaces, "all", "Show every namespace", &[Releases], false),
    row(CommandId::Contexts, "context", "Choose a context of the kubeconfig: another cluster or user", ANYWHERE, false)
        .also(&["ctx"]),
    row(CommandId::CopyName, "copy", "Send namespace/name to the terminal's clipboard", &[Releases, Release], true)
        .needs(release_selected),
    row(CommandId::Accept, "accept", "Take what is typed, chosen or asked", &[Prompt, Picker, Confirm], true),
    row(CommandId::Cancel, "cancel", "Leave it as it was", &[Prompt, Picker, Confirm], true),
    row(CommandId::GoDown, "down", "One line down", MOVES, false),
    row(CommandId::GoUp, "up", "One line up", MOVES, false),
    row(CommandId::HalfPageDown, "half page down", "Half a page down", MOVES, false),
    row(CommandId::HalfPageUp, "half page up", "Half a page up", MOVES, false),
    row(CommandId::PageDown, "page down", "A page down", MOVES, false),
    row(CommandId::PageUp, "page up", "A page up", MOVES, false),
    row(CommandId::GoTop, "top", "To the first line", MOVES, false),
    row(CommandId::GoBottom, "bottom", "To the last line", MOVES, false),
    row(CommandId::Refresh, "refresh", "Try again what could not be read", ANYWHERE, false),
    row(CommandId::Back, "back", "Back; on the list clear the filter, then quit", &[Global, Help], true),
    row(CommandId::Palette, "command", "Find a command by its name or by what it does, and run it", ANYWHERE, true),
    row(CommandId::Help, "help", "The help of this screen", ANYWHERE, true).also(&["h"]),
    row(
        CommandId::Suspend,
        "suspend wheelhouse",
        "Back to the shell for a while; its fg comes back here",
        &[Global, Picker, Prompt],
        false,
    )
    .also(&["z", "bg"]),
    row(CommandId::Quit, "quit", "Quit without asking", &[Global, Prompt, Picker], false)
        .also(&["q", "q!", "qa", "wq", "exit"]),
];

/// The row of a command.
#[must_use]
pub fn find(id: CommandId) -> Option<&'static Command> {
    TABLE.iter().find(|command| command.id == id)
}

const fn row(
    id: CommandId,
    title: &'static str,
    doc: &'static str,
    contexts: &'static [Context],
    footer: bool,
) -> Command {
    Command { id, title, doc, aliases: &[], contexts, danger: Danger::None, footer, disabled: always }
}

impl Command {
    const fn needs(mut self, disabled: fn(&Model) -> Option<&'static str>) -> Self {
        self.disabled = disabled;
        self
    }

    const fn also(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }

    /// Whether it can be bound in a context.
    #[must_use]
    pub fn fits(&self, context: Context) -> bool {
        // What works everywhere may also be bound for one screen alone.
        self.contexts.contains(&context) || (self.contexts.contains(&Global) && !context.types())
    }
}

fn always(_: &Model) -> Option<&'static str> {
    None
}

fn filter_typed(model: &Model) -> Option<&'static str> {
    (!model.screens.is_empty()).then_some("only for the filter of the list")
}

fn release_selected(model: &Model) -> Option<&'static str> {
    model.current_release().is_none().then_some("no release is selected")
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
