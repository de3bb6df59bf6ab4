//! A run as it is read: how each step stands, then what came of it, and how the release is doing meanwhile.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::app::age;
use crate::app::release::passages::{Passage, Piece};
use crate::app::release::title::verdict_role;
use crate::app::rows::Row;
use crate::app::session::Session;
use crate::config::Role;
use crate::health::Verdict;
use crate::plan::{Action, Outcome, Step, StepOutcome};

use super::page::{Page, Place, Read, WORD, span};
use super::runs::{Progress, Run};
use super::{number, shown_steps};

impl Page<'_> {
    /// A run, and how the release is doing.
    pub(super) fn acted(self, run: &Run, row: Option<&Row>, now: Timestamp, unfolded: &BTreeSet<Place>) -> Read {
        let mut all = Read::new();
        if let Some((ended, _)) = &run.ended {
            let word = format!("{:WORD$}", ended.outcome.to_string());
            let says = match (ended.says.as_str(), ended.outcome) {
                ("", Outcome::Done) => "every step was done",
                (says, _) => says,
            };
            self.say(&mut all, &word, outcome_role(ended.outcome), &[(says.to_owned(), Role::Strong)], "");
            // What came of it stands before how: on a small screen the steps would push it out of sight.
            self.live(&mut all, row, true);
            for next in &ended.next {
                self.say(&mut all, &format!("{:WORD$}", "next"), Role::Key, &[(next.clone(), Role::Text)], "");
            }
            self.gap(&mut all);
        }
        for step in shown_steps(&run.plan, run) {
            let standing = standing_of(run, step);
            self.step(&mut all, &run.plan, step, Some(standing), unfolded);
            let said = said(run, step, now);
            if let (false, Some((passage, _))) = (said.is_empty(), all.last_mut()) {
                let indent = 4 + WORD;
                let first = [(format!("{}| ", " ".repeat(indent)), Role::Dim)];
                passage.rows.extend(self.rows(&said, &first, indent + 2));
            }
        }
        if run.ended.is_none() {
            self.gap(&mut all);
            self.live(&mut all, row, false);
        }
        if run.ended.is_some() && !run.plan.undo.is_empty() && !is_request(&run.plan.action) {
            self.gap(&mut all);
            self.listed(&mut all, "undone by: ", &run.plan.undo);
        }
        all
    }

    /// How the release is doing now.
    fn live(self, all: &mut Read, row: Option<&Row>, is_over: bool) {
        let Some(row) = row else {
            return self.say(
                all,
                &format!("{:WORD$}", "gone"),
                Role::Missing,
                &[("the release is not there any more".to_owned(), Role::Text)],
                "",
            );
        };
        let verdict = row.judgement.verdict;
        let mut pieces: Vec<Piece> = vec![(verdict.word().to_owned(), verdict_role(verdict))];
        if let Some(revision) = row.release.revision {
            pieces.push((format!("   rev {revision}"), Role::Text));
        }
        if let Some(counts) = row.judgement.counts.filter(|counts| counts.total > 0) {
            pieces.push((format!("   {}/{} objects ready", counts.ready, counts.total), Role::Text));
        }
        let moves = matches!(verdict, Verdict::Progressing | Verdict::Pending | Verdict::Deleting);
        if is_over && moves {
            pieces.push(("   not settled yet".to_owned(), Role::Progressing));
        }
        self.say(all, &format!("{:WORD$}", "now"), Role::Dim, &pieces, "");
        if let Some(cause) = &row.judgement.cause {
            let rows = self.rows(&[(cause.text.clone(), Role::Text)], &[(" ".repeat(WORD), Role::Text)], WORD);
            let number = all.len();
            all.push((Passage { rows, words: cause.text.clone(), ..Passage::default() }, Place::Said(number)));
        }
    }
}

/// Whether Flux is asked for something: that cannot be taken back, and what it met is to be mended.
fn is_request(action: &Action) -> bool {
    match action {
        Action::Reconcile { .. } | Action::Reset | Action::Force => true,
        Action::Suspend { .. } | Action::Resume | Action::Rollback(_) | Action::Unlock | Action::Disown { .. } => false,
    }
}

/// The word of a step.
fn standing_of(run: &Run, step: &Step) -> (&'static str, Role) {
    match run.steps.get(&step.id) {
        Some(Progress::Begun { .. }) => ("running", Role::Progressing),
        Some(Progress::Ended(StepOutcome::Done(_))) => ("done", Role::Healthy),
        Some(Progress::Ended(StepOutcome::Skipped(_))) => ("skipped", Role::Dim),
        Some(Progress::Ended(StepOutcome::Failed(_))) => ("failed", Role::Failed),
        Some(Progress::Ended(StepOutcome::Unknown(_))) => ("unknown", Role::Unknown),
        None if run.ended.is_some() => ("not done", Role::Dim),
        None => (".", Role::Dim),
    }
}

/// What is said of a step: what is seen while it is waited, else what came of it.
fn said(run: &Run, step: &Step, now: Timestamp) -> Vec<Piece> {
    match run.steps.get(&step.id) {
        Some(Progress::Begun { since, seen, until }) => {
            let mut pieces = Vec::new();
            if !seen.is_empty() {
                pieces.push((seen.clone(), Role::Text));
            }
            let left = until.map(|until| until.duration_since(now).as_secs().max(0));
            let left = left.and_then(|left| u32::try_from(left).ok()).map(|left| format!("  {} left", span(left)));
            pieces.push((format!("  since {}", age::fine(*since, now)), Role::Dim));
            pieces.extend(left.map(|left| (left, Role::Dim)));
            pieces
        }
        Some(Progress::Ended(outcome)) => {
            let (text, role) = match outcome {
                StepOutcome::Done(text) | StepOutcome::Skipped(text) => (text, Role::Dim),
                StepOutcome::Failed(text) => (text, Role::Failed),
                StepOutcome::Unknown(text) => (text, Role::Unknown),
            };
            if text.is_empty() { Vec::new() } else { vec![(text.clone(), role)] }
        }
        None => Vec::new(),
    }
}

/// How far it is, in a line.
pub(super) fn standing(run: &Run, session: &Session) -> Vec<Piece> {
    match &run.ended {
        Some((ended, at)) => {
            let took = at.duration_since(run.began).as_secs().max(0);
            let took = u32::try_from(took).unwrap_or(u32::MAX);
            vec![
                (ended.outcome.to_string(), outcome_role(ended.outcome)),
                (format!(" after {}", span(took)), Role::Text),
                (format!("   ended {} ago", age::coarse(*at, session.now)), Role::Dim),
            ]
        }
        None => {
            let step = run.step().map(|(id, ..)| format!(": {}", number(&run.plan, id))).unwrap_or_default();
            let text = if run.is_stopping {
                "stopping after the request in flight".to_owned()
            } else {
                format!("running{step}")
            };
            vec![(text, Role::Progressing), (format!("   {}", age::fine(run.began, session.now)), Role::Dim)]
        }
    }
}

/// What the last step said that ended.
pub(super) fn last_said(run: &Run) -> Option<String> {
    run.steps.values().rev().find_map(|progress| match progress {
        Progress::Ended(
            StepOutcome::Done(text)
            | StepOutcome::Skipped(text)
            | StepOutcome::Failed(text)
            | StepOutcome::Unknown(text),
        ) => Some(text.clone()).filter(|text| !text.is_empty()),
        Progress::Begun { .. } => None,
    })
}

/// The role of an outcome.
pub(super) fn outcome_role(outcome: Outcome) -> Role {
    match outcome {
        Outcome::Done => Role::Healthy,
        Outcome::Failed => Role::Failed,
        Outcome::Refused | Outcome::Stopped => Role::Pending,
        Outcome::Unknown => Role::Unknown,
    }
}
