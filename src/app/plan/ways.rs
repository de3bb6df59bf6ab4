//! The ways that a plan could go, side by side, and what of it has to be committed.

use super::page::{Page, Read, WORD};
use crate::config::Role;
use crate::plan::{OfferedWay, Plan, Proposal};

impl Page<'_> {
    /// What each way does, and what it costs; the one that the plan goes is marked.
    pub(super) fn ways(self, all: &mut Read, plan: &Plan) {
        for OfferedWay { way, is_chosen, says, but } in &plan.ways {
            let (mark, role) = if *is_chosen { ("* ", Role::Strong) } else { ("  ", Role::Dim) };
            let name = format!("{mark}{:10} ", way.to_string());
            self.say(all, &name, role, &[(says.clone(), Role::Text)], "");
            self.say(all, &" ".repeat(name.len()), Role::Dim, &[(format!("but {but}"), Role::Dim)], "");
        }
        if !plan.ways.is_empty() {
            self.gap(all);
        }
    }

    /// The change of what is kept in Git, as a patch.
    pub(super) fn proposal(self, all: &mut Read, plan: &Plan) {
        let Some(Proposal { object, kept_by, diff }) = &plan.proposal else { return };
        let by = if kept_by.is_empty() { String::new() } else { format!(", which {kept_by} applies") };
        self.heading(all, &format!("the change of {} {}/{}{by}:", object.kind, object.namespace, object.name));
        for line in diff {
            let role = match line.as_bytes().first() {
                Some(b'+') => Role::DiffAdded,
                Some(b'-') => Role::DiffRemoved,
                Some(b'@') => Role::Dim,
                Some(_) | None => Role::Text,
            };
            // The indentation counts, also behind the mark of a change.
            let at = line.find(|one: char| !matches!(one, ' ' | '+' | '-')).unwrap_or(line.len());
            let (own, text) = line.split_at(at);
            self.say(all, &format!("{}{own}", " ".repeat(WORD)), role, &[(text.to_owned(), role)], "");
        }
    }
}
