//! The help of a screen: every command that works there with its keys, and what is to be known of the cluster.

use strum::IntoEnumIterator;

use crate::config::Context;
use crate::health::{Verdict, verdict};

use super::command::{self, Command, CommandId};
use super::connection;
use super::picker::moved;
use super::session::Session;

/// The open help.
#[derive(Debug)]
pub struct State {
    /// The screen that is helped with.
    pub context: Context,
    /// The first line that is seen.
    pub top: usize,
    count: usize,
}

/// A line of the help.
#[derive(Debug, Clone)]
pub enum Line {
    /// A heading.
    Heading(&'static str),
    /// A command and its keys.
    Command(String, &'static Command),
    /// Plain text.
    Text(String),
}

impl State {
    pub(super) fn new(context: Context) -> Self {
        Self { context, top: 0, count: 0 }
    }

    pub(super) fn run(&mut self, id: CommandId, page: usize) {
        // There is no cursor: the first line moves.
        self.top = moved(id, self.top, self.count, page).unwrap_or(self.top);
    }

    pub(super) fn settle(&mut self, count: usize, page: usize) {
        self.count = count;
        self.top = self.top.min(count.saturating_sub(page));
    }
}

/// Everything that the help says.
#[must_use]
pub fn lines(session: &Session, context: Context) -> Vec<Line> {
    let screen = match context {
        Context::Releases | Context::Prompt => Context::Releases,
        other => other,
    };
    let mut lines = Vec::new();
    let own = |command: &&Command| {
        let mut layers = screen.layers().filter(|layer| *layer != Context::Global);
        layers.any(|layer| command.contexts.contains(&layer))
    };
    let global = |command: &&Command| command.contexts.contains(&Context::Global) && !own(command);
    lines.push(Line::Heading("on this screen"));
    lines.extend(rows(session, screen, command::TABLE.iter().filter(own)));
    lines.push(Line::Heading("everywhere"));
    lines.extend(rows(session, screen, command::TABLE.iter().filter(global)));
    if screen == Context::Releases {
        lines.push(Line::Heading("filter"));
        lines.extend(FILTER.iter().map(|text| Line::Text((*text).to_owned())));
    }
    let columns = match screen {
        Context::Releases => LIST_COLUMNS,
        Context::Release => OBJECT_COLUMNS,
        Context::Logs => RUNS,
        Context::Blame => GUTTER,
        Context::Preflight => FINDINGS,
        Context::Diff => SIGNS,
        Context::Values => LAYERS,
        _ => &[],
    };
    if let Some((title, texts)) = columns.split_first() {
        lines.push(Line::Heading(title));
        lines.extend(texts.iter().map(|text| Line::Text((*text).to_owned())));
    }
    lines.push(Line::Heading("verdicts, worst first"));
    lines.extend(Verdict::iter().map(|verdict| {
        let verdict::Line { word, symbol, meaning, .. } = verdict.line();
        Line::Text(format!("{symbol} {word:<13}{meaning}"))
    }));
    let mut remarks = connection::remarks(session);
    if connection::incomplete(session, session.namespace.as_deref()) {
        remarks.insert(0, "3+ failed: at least 3. There may be more: not all release Secrets may be read.".to_owned());
    }
    if !remarks.is_empty() {
        lines.push(Line::Heading("this cluster"));
        lines.extend(remarks.into_iter().map(Line::Text));
    }
    lines
}

const FINDINGS: &[&str] = &[
    "findings, worst first",
    "x blocked  blocks   the upgrade is refused, or fails",
    "? unknown  unknown  a check could not be made: nothing is promised of it",
    "! risky    risk     it may fail, hang, or be taken for done too early",
    "  passes   loses    it goes through, and something is lost by it or stays unseen",
    "           note     worth knowing",
    "+ in the list marks the releases that are looked at together",
];

const SIGNS: &[&str] = &[
    "signs",
    "+ added    the new side alone has it",
    "- removed  the old side alone has it",
    "~ changed  both sides have the field, with another value",
    "+n -n ~n   beside an object: how many fields of it; of what was added or removed as a whole, how many lines",
];

const LAYERS: &[&str] = &[
    "what set a value",
    "chart ...         the chart's own value: nobody set another one",
    "ConfigMap Secret  an entry of valuesFrom, in their order; one with a path comes last",
    "spec.values       the HelmRelease itself, over every entry without a path",
    "helm --set/-f     whoever ran Helm: it keeps no layers",
    "unknown           a source may not be read, and may have set it",
    "changed           what it was made of is another by now; the value is that of the revision",
    "deletes           a null that takes the chart's default away",
];

const GUTTER: &[&str] = &[
    "gutter",
    "~ edited          somebody else changed what the manifest has",
    "+ added           somebody else added what is in no manifest",
    "! left behind     a former manager of the release keeps it alive, and no manifest has it",
    "= held too        others hold it as well: equal today, a conflict when the chart changes it",
    "H K P             a letter a manager, as the legend says, with how many fields each holds;",
    "                  small letters: controllers, and tools that keep what a repository has",
    "H+K  K+2          shared by two, by three; the age is that of the last write of either",
];

const FILTER: &[&str] = &[
    "web redis         both words, in names, chart, cause, verdict or marks",
    "wbrds             letters of names and charts may be left out",
    "ns:shop           the namespace holds shop",
    "status:fail       verdict or Helm status begins with fail",
    "chart:redis       chart or version holds redis; unread ones stay until read",
    "mgr:flux          managed by flux, helm4, helm3, or helm for both",
    "has:orphaned      bears this mark; tab after has: goes through those there are",
    "age<1h  age>2d    changed less or more than so long ago: s m h d w",
    "!suspended        not: before any of these",
];

/// What the columns of the list count, below a heading.
const LIST_COLUMNS: &[&str] = &[
    "columns",
    "OBJECTS  5/6: so many are ready of those of the kinds that the list watches:",
    "         Deployment, ReplicaSet, StatefulSet, DaemonSet, Job, Pod,",
    "         PersistentVolumeClaim; of a release that was opened, of all kinds, those",
    "         others as they were then",
    "MARKS    held: its Kustomization is suspended, what is pushed does not arrive",
    "         edited:4: people hold so many fields of its workloads; once its owners were",
    "         looked at, or it was preflighted: hotfix: and leftover: of all objects",
];

/// The same of the objects of a release.
const OBJECT_COLUMNS: &[&str] = &[
    "columns of the objects",
    "STATUS    as kstatus tells it: x bad, * on its way, ? not known",
    "RESTARTS  of all containers of a Pod together, since it was made;",
    "          of an owner, of all its Pods",
];

/// Which run of a container a log is of, below a heading.
const RUNS: &[&str] = &[
    "runs",
    "the log is that of the present run; where the container waits to be started again,",
    "of the run that ended last, and previous run is the same one until it has started",
];

fn rows(session: &Session, screen: Context, commands: impl Iterator<Item = &'static Command>) -> Vec<Line> {
    commands
        .map(|command| {
            let keys = keys(session, screen, command.id);
            // Without a key it is run by its name in the palette.
            let keys = if keys.is_empty() { format!(":{}", command.id.name()) } else { keys };
            Line::Command(keys, command)
        })
        .collect()
}

/// The keys of a command, for people.
#[must_use]
pub fn keys(session: &Session, context: Context, id: CommandId) -> String {
    let keys: Vec<String> = session.setup.bindings.keys(context, id).map(ToString::to_string).collect();
    keys.join("  ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::filter::FIELDS;
    use crate::release::WatchedKind;

    #[test]
    fn every_field_of_the_filter_is_explained() {
        for field in FIELDS {
            assert!(FILTER.iter().any(|line| line.contains(*field)), "{field}");
        }
    }
    #[test]
    fn the_kinds_that_the_list_counts_are_named() {
        for kind in WatchedKind::iter() {
            assert!(LIST_COLUMNS.iter().any(|line| line.contains(&kind.to_string())), "{kind}");
        }
    }
}
