//! One action on many releases: a plan each, so many of them at once, a result a row.

use std::sync::Arc;

use super::{Confirm, Ended, Outcome, Plan};

/// Plans of many releases, and how far they are.
#[derive(Debug, Clone)]
pub struct Many {
    /// A row each, in the order in which they begin.
    pub rows: Vec<Row>,
    /// So many run at once, at least one.
    pub at_once: usize,
    /// After one that did not go well no other is begun; what runs is ended.
    pub stops: bool,
}

/// One release of many.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its plan.
    pub plan: Arc<Plan>,
    /// How far it is.
    pub progress: Progress,
}

/// How far one of many plans is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// It has not begun.
    Waiting,
    /// It runs.
    Running,
    /// It is over.
    Over(Ended),
}

impl Many {
    /// Plans that shall run. What is in the way of one is its result at once: it is never begun.
    #[must_use]
    pub fn of(plans: Vec<Arc<Plan>>, at_once: usize, stops: bool) -> Self {
        let row = |plan: Arc<Plan>| {
            let unmet = plan.unmet().map(|unmet| unmet.says.clone());
            let missing = plan.missing_rights().map(|needed| {
                let right = &needed.right;
                format!("you may not {} {} in {}", right.verb, right.resource, right.namespace)
            });
            let why = unmet.chain(missing).collect::<Vec<String>>().join("; ");
            let progress = if why.is_empty() { Progress::Waiting } else { over(Outcome::Refused, why) };
            Row { plan, progress }
        };
        Self { rows: plans.into_iter().map(row).collect(), at_once: at_once.max(1), stops }
    }

    /// The next that begins now, with its place; `None` while enough are running, and at the end.
    pub fn begin(&mut self) -> Option<(usize, Arc<Plan>)> {
        let running = self.rows.iter().filter(|row| row.progress == Progress::Running).count();
        if running >= self.at_once {
            return None;
        }
        let (place, row) = self.rows.iter_mut().enumerate().find(|(_, row)| row.progress == Progress::Waiting)?;
        row.progress = Progress::Running;
        Some((place, Arc::clone(&row.plan)))
    }

    /// Takes in how one has ended. Returns the places of those that are not begun any more because of it.
    pub fn end(&mut self, place: usize, ended: Ended) -> Vec<usize> {
        let is_well = ended.outcome == Outcome::Done;
        let mut name = String::new();
        if let Some(row) = self.rows.get_mut(place) {
            name = format!("{}/{}", row.plan.namespace, row.plan.name);
            row.progress = Progress::Over(ended);
        }
        if is_well || !self.stops {
            Vec::new()
        } else {
            self.stop(&format!("not begun, because {name} did not go well"))
        }
    }

    /// Begins no other; what runs goes on to its end. Returns the places of those that are not begun.
    pub fn stop(&mut self, why: &str) -> Vec<usize> {
        let waiting = self.rows.iter_mut().enumerate().filter(|(_, row)| row.progress == Progress::Waiting);
        let stopped = waiting.map(|(place, row)| {
            row.progress = over(Outcome::Stopped, why.to_owned());
            place
        });
        stopped.collect()
    }

    /// Whether every row has its result.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.rows.iter().all(|row| matches!(row.progress, Progress::Over(_)))
    }

    /// How many ended in a way.
    #[must_use]
    pub fn count(&self, outcome: Outcome) -> usize {
        let ended = |row: &&Row| matches!(&row.progress, Progress::Over(ended) if ended.outcome == outcome);
        self.rows.iter().filter(ended).count()
    }

    /// What has to be done for a yes: what the most dangerous of them asks for, which is the number of releases instead of a name.
    #[must_use]
    pub fn confirm(&self) -> Confirm {
        match self.rows.iter().any(|row| matches!(row.plan.confirm, Confirm::Typed(_))) {
            true => Confirm::Typed(self.rows.len().to_string()),
            false => Confirm::Key,
        }
    }
}

fn over(outcome: Outcome, says: String) -> Progress {
    Progress::Over(Ended { outcome, says, next: Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Action, Precondition, Standing};
    use crate::release::mask::Masker;

    fn plan(name: &str, state: Standing, confirm: Confirm) -> Arc<Plan> {
        let says = "it is suspended".to_owned();
        Arc::new(Plan {
            action: Action::Reset,
            namespace: "shop".to_owned(),
            name: name.to_owned(),
            title: String::new(),
            preconditions: vec![Precondition { state, says, evidence: String::new(), remedy: String::new() }],
            rights: Vec::new(),
            steps: Vec::new(),
            otherwise: Vec::new(),
            effects: Vec::new(),
            losses: Vec::new(),
            notes: Vec::new(),
            undo: Vec::new(),
            commands: Vec::new(),
            ways: Vec::new(),
            proposal: None,
            confirm,
            masker: Masker::default(),
        })
    }

    fn many(states: &[Standing], at_once: usize, stops: bool) -> Many {
        let plans = states.iter().enumerate().map(|(place, state)| plan(&format!("r{place}"), *state, Confirm::Key));
        Many::of(plans.collect(), at_once, stops)
    }

    fn ended(outcome: Outcome) -> Ended {
        Ended { outcome, says: String::new(), next: Vec::new() }
    }

    fn begin_all(many: &mut Many) -> Vec<usize> {
        std::iter::from_fn(|| many.begin()).map(|(place, _)| place).collect()
    }

    #[test]
    fn so_many_run_at_once_and_each_has_its_result() {
        let mut all = many(&[Standing::Met, Standing::Unmet, Standing::Met, Standing::Unknown], 2, false);
        assert_eq!(begin_all(&mut all), [0, 2]);
        assert_eq!(all.end(2, ended(Outcome::Failed)), Vec::<usize>::new());
        assert_eq!((begin_all(&mut all), all.is_over()), (vec![3], false));
        all.end(0, ended(Outcome::Done));
        all.end(3, ended(Outcome::Done));
        let counts = [Outcome::Done, Outcome::Failed, Outcome::Refused].map(|outcome| all.count(outcome));
        assert_eq!((counts, all.is_over()), ([2, 1, 1], true));
        assert_eq!(all.rows[1].progress, over(Outcome::Refused, "it is suspended".to_owned()));
    }

    #[test]
    fn after_one_that_failed_no_other_begins_where_that_is_asked() {
        let mut all = many(&[Standing::Met; 4], 2, true);
        assert_eq!(begin_all(&mut all), [0, 1]);
        assert_eq!(all.end(0, ended(Outcome::Unknown)), [2, 3]);
        assert_eq!((begin_all(&mut all), all.is_over()), (Vec::new(), false));
        assert_eq!(
            all.rows[2].progress,
            over(Outcome::Stopped, "not begun, because shop/r0 did not go well".to_owned())
        );
        assert_eq!(all.end(1, ended(Outcome::Done)), Vec::<usize>::new());
        assert!(all.is_over());
    }

    #[test]
    fn one_that_has_to_be_typed_has_all_counted() {
        assert_eq!(many(&[Standing::Met; 3], 0, false).confirm(), Confirm::Key);
        let plans = vec![plan("a", Standing::Met, Confirm::Key), plan("b", Standing::Met, Confirm::Typed("b".into()))];
        let mut all = Many::of(plans, 0, false);
        assert_eq!((all.confirm(), begin_all(&mut all)), (Confirm::Typed("2".to_owned()), vec![0]));
    }
}
