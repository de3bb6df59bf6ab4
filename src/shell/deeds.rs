//! The lines of the journal, put together to what was done.

use std::collections::BTreeMap;

use crate::app::journal::left::Left;
use crate::app::journal::{self, End, Sent, Told};
use crate::journal::{Deed, Line, unfinished};

/// What was done, by lines of which the oldest come first. Lines of a run whose beginning is not there tell nothing.
pub(super) fn told(lines: &[Line]) -> Told {
    let mut told = Told::default();
    let mut runs: BTreeMap<&str, usize> = BTreeMap::new();
    for line in lines {
        let Line::Entry(entry) = line else {
            told.unread += 1;
            continue;
        };
        let deed = |title: String, end: End| journal::Deed {
            at: entry.time,
            user: entry.by.user.clone(),
            context: entry.by.context.clone(),
            title,
            end,
            steps: Vec::new(),
            broken: None,
        };
        match &entry.deed {
            Deed::Reveal { release, field } => told.deeds.push(deed(format!("{field} of {release}"), End::Noted)),
            Deed::Begin { run, title, .. } => {
                runs.insert(run, told.deeds.len());
                told.deeds.push(deed(title.clone(), End::Missing));
            }
            Deed::Send { run, step, request, .. } => {
                if let Some(deed) = runs.get(run.as_str()).and_then(|place| told.deeds.get_mut(*place)) {
                    deed.steps.push(Sent { step: *step, request: request.clone(), outcome: None });
                }
            }
            Deed::Step { run, step, outcome } => {
                let Some(deed) = runs.get(run.as_str()).and_then(|place| told.deeds.get_mut(*place)) else { continue };
                match deed.steps.iter_mut().rev().find(|sent| sent.step == *step && sent.outcome.is_none()) {
                    Some(sent) => sent.outcome = Some(outcome.clone()),
                    None => {
                        let outcome = Some(outcome.clone());
                        deed.steps.push(Sent { step: *step, request: String::new(), outcome });
                    }
                }
            }
            Deed::End { run, ended } => {
                if let Some(deed) = runs.get(run.as_str()).and_then(|place| told.deeds.get_mut(*place)) {
                    deed.end = End::Ended(ended.clone());
                }
            }
        }
    }
    for left in unfinished(lines) {
        if let Some(deed) = runs.get(left.run.as_str()).and_then(|place| told.deeds.get_mut(*place)) {
            deed.broken = Some(left.broken);
        }
    }
    told
}

/// The runs on a cluster that did not come to their end.
pub(super) fn left(lines: &[Line], server: &str) -> Vec<Left> {
    let here = unfinished(lines).into_iter().filter(|left| left.by.server == server);
    here.map(|left| Left { begun: left.begun, user: left.by.user, title: left.title, plan: left.plan }).collect()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::journal::{By, Entry};
    use crate::plan::{Action, Ended, Outcome, StepOutcome};

    fn entry(second: i64, deed: Deed) -> Line {
        let by = By { user: "alice".to_owned(), context: "prod".to_owned(), server: "https://a".to_owned() };
        Line::Entry(Box::new(Entry::new(Timestamp::from_second(second).unwrap(), by, deed)))
    }

    fn begin(second: i64, run: &str) -> Line {
        let (run, plan) = (run.to_owned(), "7f3a".to_owned());
        let (release, title) = ("shop/web".to_owned(), "Reset shop/web".to_owned());
        entry(second, Deed::Begin { run, plan, release, action: Action::Reset, title })
    }

    fn send(second: i64, run: &str, step: usize) -> Line {
        entry(second, Deed::Send { run: run.to_owned(), step, request: format!("patch {step}"), object: None })
    }

    fn step(second: i64, run: &str, step: usize) -> Line {
        entry(second, Deed::Step { run: run.to_owned(), step, outcome: StepOutcome::Done(String::new()) })
    }

    /// A title, an end, and of each step its number, its request and whether its end is known.
    type Expected<'a> = (&'a str, End, &'a [(usize, &'a str, bool)]);

    fn check(lines: &[Line], expected: &[Expected<'_>], unread: usize) {
        let told = told(lines);
        let deeds: Vec<_> = told
            .deeds
            .iter()
            .map(|deed| {
                let steps: Vec<_> =
                    deed.steps.iter().map(|sent| (sent.step, sent.request.as_str(), sent.outcome.is_some())).collect();
                (deed.title.as_str(), deed.end.clone(), steps)
            })
            .collect();
        let expected: Vec<_> =
            expected.iter().map(|(title, end, steps)| (*title, end.clone(), steps.to_vec())).collect();
        assert_eq!((deeds, told.unread), (expected, unread));
    }

    #[test]
    fn the_lines_of_two_runs_are_told_apart() {
        let ended = Ended { outcome: Outcome::Done, says: String::new(), next: Vec::new() };
        let end = |run: &str| entry(9, Deed::End { run: run.to_owned(), ended: ended.clone() });
        let revealed = Deed::Reveal { release: "shop/web".to_owned(), field: "values .a".to_owned() };
        check(
            &[
                begin(1, "a"),
                send(2, "a", 1),
                begin(3, "b"),
                send(4, "b", 1),
                step(5, "a", 1),
                step(6, "a", 2),
                entry(7, revealed),
                Line::Damaged { file: "journal.jsonl".to_owned(), line: 3 },
                step(8, "gone", 1),
                end("a"),
            ],
            &[
                ("Reset shop/web", End::Ended(ended.clone()), &[(1, "patch 1", true), (2, "", true)]),
                ("Reset shop/web", End::Missing, &[(1, "patch 1", false)]),
                ("values .a of shop/web", End::Noted, &[]),
            ],
            1,
        );
    }
}
