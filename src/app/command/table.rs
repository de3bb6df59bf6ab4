//! Every command there is, in one table.

use super::{Command, CommandId, Danger};
use crate::app::{Model, Screen, blame, diff, journal, logs, offer, plan, preflight, release};
use crate::config::Context;

use Context::{
    Actions, Blame, Confirm, Diff, Document, Global, Help, Journal, Logs, Many, Picker, Plan, Preflight, Prompt,
    Release, Releases, Values,
};

const MOVES: &[Context] = &[Global, Picker, Prompt];
const ANYWHERE: &[Context] = &[Global];
const LISTED: &[Context] = &[Releases, Release];
const SCROLLED: &[Context] = &[Document, Logs, Diff];
const SEARCHED: &[Context] = &[Release, Document, Values, Logs, Blame, Diff];
const MATCHED: &[Context] = &[Release, Document, Values, Logs];
const READ: &[Context] = &[Document, Values];
const DIFF: &[Context] = &[Diff];
const ACTED: &[Context] = &[Releases, Release, Actions];
const PLAN: &[Context] = &[Plan];
const PLANS: &[Context] = &[Plan, Many];

/// Every command, in the order of footer and help.
pub static TABLE: &[Command] = &[
    row(
        CommandId::Open,
        "open",
        "Open what is selected: the release, the log of its Pod, the object of a cause, the revision, the plan of one of many",
        &[Releases, Release, Preflight, Many],
        true,
    )
    .needs(something_to_open),
    row(CommandId::Why, "why", "What is wrong, from what owns the release down to what failed first", LISTED, true)
        .needs(release_selected),
    row(
        CommandId::Narrow,
        "narrow",
        "Show all of the timeline, only what changed, or only what failed",
        &[Release],
        true,
    )
    .needs(release::available::timeline_shown),
    row(
        CommandId::Objects,
        "objects",
        "The objects of the release, what they own, and how each is doing",
        &[Release],
        false,
    ),
    row(CommandId::Blame, "blame", "The selected object line by line, with who owns each line", &[Release], true)
        .needs(blame::object_selected),
    row(
        CommandId::NextFinding,
        "next finding",
        "To the next edited or forgotten field, past the end from the top; of a chosen manager or of what is searched, its next",
        &[Blame],
        true,
    )
    .needs(blame::finding_reachable),
    row(CommandId::PreviousFinding, "finding before", "To the one before, past the top from the end", &[Blame], false)
        .needs(blame::finding_reachable),
    row(
        CommandId::NextManager,
        "manager",
        "Look at the fields of the next manager alone, after the last one at those of all",
        &[Blame],
        true,
    )
    .needs(blame::manager_reachable),
    row(CommandId::PreviousManager, "manager before", "Look at those of the manager before", &[Blame], false)
        .needs(blame::manager_reachable),
    row(
        CommandId::Permanent,
        "permanent",
        "Copy what would make a hotfix permanent: the values that likely set it, or a patch after rendering",
        &[Release, Blame],
        true,
    )
    .needs(offer::unoffered),
    row(CommandId::Undo, "undo", "Copy the command that would undo a hotfix or leftover", &[Release, Blame], true)
        .needs(offer::unoffered),
    row(
        CommandId::RunPlan,
        "run",
        "Run the plan that is read; where much is at stake, the name of the release, of many their number, has to be typed first",
        PLANS,
        true,
    )
    .needs(plan::available::runnable)
    .plans(),
    row(
        CommandId::OtherWay,
        "other way",
        "Plan the rollback of what Flux keeps the durable way, by its HelmRelease; again, the emergency way",
        PLAN,
        true,
    )
    .needs(plan::available::way),
    row(
        CommandId::StopRun,
        "stop",
        "Stop what runs, after the request that is in flight; of many releases no other is begun",
        PLANS,
        true,
    )
    .needs(plan::available::stoppable),
    row(
        CommandId::StopOnFailure,
        "stop on failure",
        "Begin no other release once one did not go well; again, go on with the others",
        &[Many],
        true,
    )
    .needs(plan::many::available::choosable),
    row(
        CommandId::CopyCommand,
        "copy command",
        "Send the change that is to be committed, or the command that does the same, to the terminal's clipboard",
        PLANS,
        true,
    )
        .needs(plan::available::command),
    row(
        CommandId::ForceConflicts,
        "take fields",
        "Plan the rollback anew, and take the fields that conflict from those who own them; again, leave them",
        PLAN,
        true,
    )
    .needs(plan::available::option),
    row(CommandId::OlderTarget, "older", "Plan the rollback anew, to the stored revision before", PLAN, true)
        .needs(plan::available::older),
    row(CommandId::NewerTarget, "newer", "Plan the rollback anew, to the stored revision after", PLAN, false)
        .needs(plan::available::newer),
    row(CommandId::NoHooks, "no hooks", "Plan the rollback anew without hooks; again, with them", PLAN, true)
        .needs(plan::available::option),
    row(
        CommandId::WaitReady,
        "wait",
        "Plan the rollback anew, and wait until everything is ready; again, only for hooks",
        PLAN,
        true,
    )
    .needs(plan::available::option),
    row(
        CommandId::Unfold,
        "unfold",
        "Show or hide what is folded: what the server keeps for itself, what was found of a release, what is below keys, what a step sends",
        &[Blame, Preflight, Values, Plan, Journal],
        true,
    )
    .needs(unfoldable),
    row(CommandId::Actions, "actions", "Choose what to do with the release, or with all that are marked: each action is a plan first", LISTED, true)
        .needs(release_selected),
    row(CommandId::Reconcile, "reconcile", "Have Flux look again", ACTED, true).needs(plan::available::reconcilable).plans(),
    row(
        CommandId::ReconcileSource,
        "with source",
        "Have Flux look at the source of the chart first, then at the release",
        ACTED,
        false,
    )
    .needs(plan::available::with_source)
    .plans(),
    row(CommandId::Reset, "reset", "Have Flux forget its failures, and try again as often as at first", ACTED, false)
        .needs(plan::available::reconcilable)
        .plans(),
    row(CommandId::Force, "force Flux", "Have Flux install or upgrade once, whatever it thinks of it", ACTED, false)
        .needs(plan::available::reconcilable)
        .plans(),
    row(
        CommandId::SuspendRelease,
        "suspend",
        "Have Flux leave the release alone, for a reason that is kept; a suspended one, take it up again",
        ACTED,
        false,
    )
    .needs(plan::available::of_flux)
    .plans()
    .also(&["resume"]),
    row(
        CommandId::RollBack,
        "roll back",
        "Write an older revision again: in the history the selected one, else the last that was healthy",
        ACTED,
        false,
    )
    .needs(plan::available::revisions)
    .plans(),
    row(CommandId::Unlock, "unlock", "Mark a pending revision as failed that nobody works on any more", ACTED, false)
        .needs(plan::available::pending)
        .plans(),
    row(
        CommandId::Disown,
        "disown",
        "Take a former manager off the objects of the release, so that what it keeps alive can go",
        ACTED,
        false,
    )
    .needs(plan::available::stored)
    .plans(),
    row(
        CommandId::GoOn,
        "go on",
        "Plan what is best done about the selected run, which did not come to its end",
        &[Journal],
        true,
    )
    .needs(journal::advised)
    .plans(),
    row(CommandId::Logs, "logs", "The log of the selected Pod, or of the worst one below", &[Release], true)
        .needs(release::available::log_readable),
    row(CommandId::Events, "events", "What Kubernetes tells of the selected object, else of the release", LISTED, true)
        .needs(release_selected),
    row(CommandId::NextTab, "next tab", "To the next tab", &[Release], true),
    row(CommandId::PreviousTab, "previous tab", "To the tab before", &[Release], false),
    row(
        CommandId::Owners,
        "owners",
        "Fields that somebody edited or left behind, by whom, and what becomes of them at the next write",
        LISTED,
        false,
    )
    .needs(release_selected)
    .also(&["hotfixes"]),
    row(
        CommandId::Drift,
        "drift",
        "How the objects differ from the manifest, as Flux computes it, and what others added",
        LISTED,
        false,
    )
    .needs(release_selected),
    row(CommandId::History, "history", "Every stored revision, and what Flux did", LISTED, false)
        .needs(release_selected),
    row(
        CommandId::Diff,
        "diff",
        "What changed: the latest revision with the one before; in the history, the two that are marked, or the selected one with that before it",
        LISTED,
        true,
    )
    .needs(diff::ends::comparable),
    row(
        CommandId::DiffLive,
        "diff live",
        "What is deployed beside what is live: the latest revision, in the history the selected one",
        LISTED,
        false,
    )
    .needs(diff::ends::comparable_with_live)
    .also(&["running"]),
    row(CommandId::NextChange, "next change", "To the next change, or the next match of a search", DIFF, true)
        .needs(diff::available::difference_selected),
    row(CommandId::PreviousChange, "change before", "To the one before", DIFF, false).needs(diff::available::difference_selected),
    row(CommandId::NextObject, "next object", "To the next object or document", DIFF, true)
        .needs(diff::available::difference_selected),
    row(CommandId::PreviousObject, "object before", "To the one before", DIFF, false).needs(diff::available::difference_selected),
    row(CommandId::NextPart, "part", "To the next part that differs: hooks, values, chart, templates ...", DIFF, true)
        .needs(diff::available::other_part),
    row(CommandId::PreviousPart, "part before", "To the part before", DIFF, false).needs(diff::available::other_part),
    row(CommandId::Fold, "fold", "Fold or unfold the object at the cursor", DIFF, false)
        .needs(diff::available::difference_selected),
    row(CommandId::FoldAll, "fold all", "Fold or unfold all of them", DIFF, true).needs(diff::available::difference_selected),
    row(CommandId::Fields, "fields", "By fields, each with its old and new value; or by lines", DIFF, true)
        .needs(diff::available::compared),
    row(CommandId::SideBySide, "side by side", "The two sides beside each other, or below each other", DIFF, true)
        .needs(diff::available::compared),
    row(CommandId::Noise, "noise", "Show or hide what noise rules hide", DIFF, true).needs(diff::available::noise_found),
    row(CommandId::OldSide, "old side", "Choose what is compared at the left: a revision, live, chart defaults", DIFF, true),
    row(CommandId::NewSide, "new side", "Choose what is compared at the right", DIFF, true),
    row(CommandId::CopyHunk, "copy hunk", "Send the lines at the cursor that differ to the terminal's clipboard, as a patch", DIFF, false)
        .needs(diff::available::difference_selected),
    row(CommandId::SavePatch, "save", "Save all that differs as a patch, in the present folder", DIFF, false)
        .needs(diff::available::compared),
    row(
        CommandId::DiffTool,
        "diff tool",
        "Show the object in the program of diff-tool in settings.toml, else as a patch in your PAGER",
        DIFF,
        false,
    )
    .needs(diff::available::difference_selected),
    row(CommandId::Values, "values", "The values, and what set each of them", LISTED, false).needs(release_selected),
    row(CommandId::Manifest, "manifest", "The objects as the chart rendered them", &[Release], false),
    row(
        CommandId::NotesAndHooks,
        "notes",
        "The notes of the chart, and its hooks with their last runs",
        &[Release],
        false,
    ),
    row(
        CommandId::Timeline,
        "timeline",
        "What happened, by time: revisions, Flux, hotfixes, objects, containers, events, and where it broke",
        LISTED,
        false,
    )
    .needs(release_selected),
    row(
        CommandId::ChartDefaults,
        "defaults",
        "To all values with the chart's defaults, to the chart's defaults alone, and back to what was set",
        &[Document, Values],
        true,
    )
    .needs(release::available::defaults_shown),
    row(
        CommandId::AsYaml,
        "YAML",
        "Show values as a document of YAML, or as a tree with what set each of them",
        &[Document, Values],
        true,
    )
    .needs(release::available::values_shown),
    row(
        CommandId::Reveal,
        "reveal",
        "Show the selected value that is masked, for half a minute; the journal keeps that it was shown",
        &[Values],
        true,
    )
    .needs(release::available::value_hidden),
    row(CommandId::Follow, "follow", "Stay at the end as lines come, or where one reads", &[Logs], true),
    row(CommandId::PreviousRun, "previous run", "The log of the container's run before the present one", &[Logs], true),
    row(CommandId::Since, "since", "How far back: the last 500 lines, 1, 5 or 15 minutes, 1 hour", &[Logs], true),
    row(CommandId::NextContainer, "container", "To the next container of the Pod", &[Logs], true)
        .needs(logs::other_container),
    row(CommandId::PreviousContainer, "container before", "To the container before", &[Logs], false)
        .needs(logs::other_container),
    row(CommandId::Wrap, "wrap", "Wrap long lines, or scroll them sideways", SCROLLED, true).needs(text_shown),
    row(CommandId::Search, "search", "Search in the text; capitals count where one is typed", SEARCHED, true)
        .needs(searchable),
    row(CommandId::NextMatch, "next match", "To the next match, past the end from the top", MATCHED, true)
        .needs(match_reachable),
    row(CommandId::PreviousMatch, "match before", "To the match before, past the top from the end", MATCHED, false)
        .needs(match_reachable),
    row(CommandId::ScrollLeft, "left", "Scroll long lines to the left", SCROLLED, false).needs(text_shown),
    row(CommandId::ScrollRight, "right", "Scroll long lines to the right", SCROLLED, false).needs(text_shown),
    row(CommandId::OpenInPager, "pager", "Show the document in your PAGER, masked as it is here", READ, false)
        .needs(release::available::document_shown),
    row(
        CommandId::OpenInEditor,
        "editor",
        "Show a copy of the document in your VISUAL or EDITOR, for reading: nothing is written back",
        READ,
        false,
    )
    .needs(release::available::document_shown),
    row(
        CommandId::Mark,
        "mark",
        "Mark the selected release, or take its mark away; esc takes all away. Actions and preflight are then for all that are marked. In the history, mark two revisions to be compared",
        LISTED,
        false,
    )
    .needs(diff::ends::markable),
    row(
        CommandId::MarkRange,
        "mark range",
        "Mark all from the release that was marked last to the selected one",
        &[Releases],
        false,
    )
    .needs(release_selected),
    row(
        CommandId::MarkAll,
        "mark all",
        "Mark every release that is listed, so that a filter chooses them; again, take their marks away",
        &[Releases],
        false,
    )
    .needs(release_selected),
    row(
        CommandId::Preflight,
        "preflight",
        "Whether the next upgrade of the marked releases, else of the selected one, goes through",
        &[Releases],
        false,
    )
    .needs(release_selected),
    row(
        CommandId::PreflightAll,
        "preflight all",
        "Whether the next upgrade of each release that is listed goes through",
        &[Releases],
        false,
    )
    .needs(release_selected),
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
    row(
        CommandId::CopyName,
        "copy",
        "Send namespace/name to the terminal's clipboard",
        &[Releases, Release, Preflight],
        true,
    )
    .needs(release_selected),
    row(
        CommandId::CopyLine,
        "copy line",
        "Send what is selected, in words, to the terminal's clipboard",
        &[Release, Preflight, Plan, Many, Journal],
        false,
    )
    .needs(release::available::line_selected),
    row(
        CommandId::CopyIgnoreRule,
        "copy ignore rule",
        "Send the rule of driftDetection.ignore that would silence the selected line of drift to the terminal's clipboard",
        &[Release],
        false,
    )
    .needs(release::available::drift_selected),
    row(CommandId::Accept, "accept", "Take what is typed, chosen or asked", &[Prompt, Picker, Confirm, Actions], true),
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
    row(CommandId::Journal, "journal", "What was done from here: by whom, to what, and how it ended", ANYWHERE, false),
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

    const fn plans(mut self) -> Self {
        self.danger = Danger::Plans;
        self
    }

    const fn also(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }
}

fn always(_: &Model) -> Option<&'static str> {
    None
}

fn filter_typed(model: &Model) -> Option<&'static str> {
    let is_filter = model.screens.is_empty() && model.overlay.is_none();
    (!is_filter).then_some("only for the filter of the list")
}

/// Why nothing more can be shown where the cursor is.
fn unfoldable(model: &Model) -> Option<&'static str> {
    match model.screens.last() {
        Some(Screen::Plan(state)) => (!state.folds()).then_some("nothing is folded here"),
        Some(Screen::Journal(state)) => state.passages.current().is_none().then_some("nothing is folded here"),
        Some(
            Screen::Release(_)
            | Screen::Logs(_)
            | Screen::Blame(_)
            | Screen::Preflight(_)
            | Screen::Many(_)
            | Screen::Diff(_),
        )
        | None => None,
    }
}

fn something_to_open(model: &Model) -> Option<&'static str> {
    match model.screens.last() {
        Some(Screen::Preflight(_)) => preflight::openable(model),
        Some(Screen::Many(state)) => state.openable(),
        Some(
            Screen::Release(_)
            | Screen::Logs(_)
            | Screen::Blame(_)
            | Screen::Diff(_)
            | Screen::Plan(_)
            | Screen::Journal(_),
        ) => release::available::openable(model),
        None => release_selected(model),
    }
}

/// Why there is no text to scroll, wrap or search.
fn text_shown(model: &Model) -> Option<&'static str> {
    match model.screens.last() {
        Some(Screen::Logs(state)) => state.is_empty().then_some("there is no line yet"),
        Some(Screen::Blame(state)) => state.sheet.is_none().then_some("there is no line yet"),
        Some(Screen::Diff(state)) => state.block().is_none().then_some("nothing differs here"),
        Some(Screen::Release(_) | Screen::Preflight(_) | Screen::Plan(_) | Screen::Many(_) | Screen::Journal(_))
        | None => release::available::document_shown(model),
    }
}

/// Why there is nothing to search in.
fn searchable(model: &Model) -> Option<&'static str> {
    match model.screens.last() {
        Some(Screen::Release(state)) if state.is_tree() => release::available::values_shown(model),
        _ if release::available::timeline_shown(model).is_none() => None,
        _ => text_shown(model),
    }
}

/// Why there is no match to go to.
fn match_reachable(model: &Model) -> Option<&'static str> {
    let sought = model.screens.last().is_some_and(|screen| !screen.sought().is_empty());
    searchable(model).or((!sought).then_some("nothing is searched for"))
}

fn release_selected(model: &Model) -> Option<&'static str> {
    model.current_release().is_none().then_some("no release is selected")
}
