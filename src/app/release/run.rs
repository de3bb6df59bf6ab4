//! What commands do on the screen of a release.

use super::passages::Passages;
use super::timeline::Lead;
use super::{State, Tab, columns, history, owners};
use crate::app::command::CommandId;
use crate::app::session::Session;

impl State {
    pub(in crate::app) fn run(&mut self, session: &Session, id: CommandId, page: usize) {
        let before = self.tab;
        match id {
            CommandId::NextTab => self.tab = self.tab.next(),
            CommandId::PreviousTab => self.tab = self.tab.previous(),
            CommandId::Why => self.tab = Tab::Why,
            CommandId::Objects => self.tab = Tab::Objects,
            CommandId::Owners => self.tab = Tab::Owners,
            CommandId::Events => self.open_events(),
            CommandId::History => self.tab = Tab::History,
            CommandId::Values => self.tab = Tab::Values,
            CommandId::Drift => self.tab = Tab::Drift,
            CommandId::Manifest => self.tab = Tab::Manifest,
            CommandId::NotesAndHooks => self.tab = Tab::Notes,
            CommandId::Timeline => self.tab = Tab::Timeline,
            CommandId::Narrow => {
                self.timeline.narrow();
                self.old = true;
            }
            CommandId::Search => self.open_prompt(),
            CommandId::Accept => self.accept(),
            CommandId::Cancel => self.cancel(),
            CommandId::NextMatch | CommandId::PreviousMatch if self.tab == Tab::Timeline => {
                self.timeline.step(&self.sought, id == CommandId::NextMatch);
            }
            CommandId::NextMatch | CommandId::PreviousMatch if !self.is_tree() => {
                let columns = columns(session.size.width);
                if let Some(pane) = self.pane_mut() {
                    pane.step(id == CommandId::NextMatch, columns, page, session.setup.glyphs);
                }
            }
            CommandId::ChartDefaults | CommandId::AsYaml => self.tree.run(id, page),
            CommandId::Open if matches!(self.tab, Tab::Why | Tab::Events) => {
                if let Some(target) = self.target().cloned() {
                    self.objects.select(&target);
                    self.tab = Tab::Objects;
                }
            }
            CommandId::Open if self.tab == Tab::Timeline => match self.timeline.lead() {
                Some(Lead::Object(object)) => {
                    self.objects.select(&object);
                    self.tab = Tab::Objects;
                }
                Some(Lead::Revision(revision)) => {
                    self.history.select(revision);
                    self.tab = Tab::History;
                }
                Some(Lead::Why) => self.tab = Tab::Why,
                None => {}
            },
            CommandId::Open if self.tab == Tab::Owners => {
                let lead = self.owners.passages.current().and_then(|passage| passage.lead.clone());
                if let Some(owners::Lead::Fold(fold)) = lead {
                    self.owners.turn(fold);
                    self.old = true;
                }
            }
            CommandId::Open if self.tab == Tab::History => {
                let rows = history::rows(session, &self.id);
                let chosen = self.history.chosen(&rows).map(|row| row.revision);
                let latest = rows.first().map(|row| row.revision);
                self.show(chosen.filter(|chosen| Some(*chosen) != latest));
                (self.from_history, self.held) = (true, false);
                self.tab = Tab::Values;
            }
            _ => {
                let (columns, is_tree) = (columns(session.size.width), self.is_tree());
                match (self.tab, self.pane_mut()) {
                    (Tab::Values, _) if is_tree => self.tree.run(id, page),
                    (_, Some(pane)) => pane.run(id, columns, page, session.setup.glyphs),
                    (Tab::Why, None) => self.why.run(id, page),
                    (Tab::Objects, None) => self.objects.run(id, page),
                    (Tab::Owners, None) => self.owners.passages.run(id, page),
                    (Tab::Drift, None) => self.drift.passages.run(id, page),
                    (Tab::Timeline, None) => self.timeline.passages.run(id, page),
                    (Tab::Events, None) => self.events.run(id, page),
                    (_, None) => self.history.run(id, &history::rows(session, &self.id), page),
                }
            }
        }
        // Another tab may ask for what this one did not need.
        self.old |= self.tab != before;
        if self.tab.is_live() {
            self.show(None);
            (self.from_history, self.held) = (false, false);
        }
        // Who comes back to the values expects the user's.
        if self.tab != Tab::Values {
            self.tree.leave();
        }
    }

    fn open_events(&mut self) {
        if self.tab != Tab::Events {
            (self.events_of, self.before_events) = (self.target().cloned(), self.tab);
            (self.tab, self.events, self.old) = (Tab::Events, Passages::default(), true);
        }
    }
}
