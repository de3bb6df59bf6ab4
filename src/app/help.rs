//! The help of a screen: every command that works there with its keys, and what is to be known of the cluster.

use strum::IntoEnumIterator;

use crate::config::Context;
use crate::health::Verdict;

use super::command::{self, Command, CommandId};
use super::connection;
use super::picker::moved;
use super::rows::symbol;
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
    lines.push(Line::Heading("verdicts, worst first"));
    lines.extend(Verdict::iter().map(|verdict| {
        let word = verdict.to_string();
        Line::Text(format!("{} {word:<16}{}", symbol(verdict), meaning(verdict)))
    }));
    let remarks = connection::remarks(session);
    if !remarks.is_empty() {
        lines.push(Line::Heading("this cluster"));
        lines.extend(remarks.into_iter().map(Line::Text));
    }
    lines
}

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

fn meaning(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Failed => "the last action failed, or the objects cannot be made",
        Verdict::Stalled => "Flux gave up: nothing happens before a person acts",
        Verdict::Pending => "an action of Helm is under way or was cut off: no other may start",
        Verdict::Blocked => "waits for another HelmRelease",
        Verdict::Deleting => "is being deleted",
        Verdict::Progressing => "an action of Flux is under way",
        Verdict::Drifted => "deployed, and the live objects differ from the manifest",
        Verdict::Suspended => "Flux looks away",
        Verdict::Uninstalled => "uninstalled, its history kept",
        Verdict::Unknown => "what is known does not suffice",
        Verdict::Deployed => "the last action succeeded; the objects were not looked at",
    }
}

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

    #[test]
    fn every_field_of_the_filter_is_explained() {
        for field in FIELDS {
            assert!(FILTER.iter().any(|line| line.contains(*field)), "{field}");
        }
    }
}
