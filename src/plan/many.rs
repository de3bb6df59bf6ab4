//! One action on many releases: a plan each, so many of them at once, a result a row.

use std::sync::Arc;

use super::{Action, Confirm, Ended, Outcome, Plan, Standing};

/// How many run at once unless somebody says otherwise: more would wait for each other in helm-controller.
/// Source: fluxcd/helm-controller v1.6.3 `main.go` (`--concurrent`).
pub const AT_ONCE: u8 = 4;
/// So many run at a key; more of them have to be counted, because nobody reads them all.
const BY_KEY: usize = 10;

/// Every way to end, in the order in which results are read.
pub const WORST_FIRST: [Outcome; 5] =
    [Outcome::Failed, Outcome::Unknown, Outcome::Stopped, Outcome::Refused, Outcome::Done];

/// Plans of many releases, and how far they are.
#[derive(Debug, Clone, PartialEq)]
pub struct Many {
    /// A row each, in the order in which they begin.
    pub rows: Vec<Row>,
    /// So many run at once, at least one.
    pub at_once: usize,
    /// After one that did not go well no other is begun; what runs is ended.
    pub stops: bool,
}

/// One release of many.
#[derive(Debug, Clone, PartialEq)]
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
            let progress = match plan.in_the_way() {
                Some(why) => Progress::Over(Ended { next: plan.remedies(), ..ended(Outcome::Refused, why) }),
                None => Progress::Waiting,
            };
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

    /// How many have not begun.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.rows.iter().filter(|row| row.progress == Progress::Waiting).count()
    }

    /// How many run now.
    #[must_use]
    pub fn running(&self) -> usize {
        self.rows.iter().filter(|row| row.progress == Progress::Running).count()
    }

    /// What has to be done for a yes: where one of those that will run asks for its name, or where they are many, how many they are
    /// has to be typed.
    #[must_use]
    pub fn confirm(&self) -> Confirm {
        let waiting = self.rows.iter().filter(|row| row.progress == Progress::Waiting);
        let is_typed = waiting.clone().any(|row| matches!(row.plan.confirm, Confirm::Typed(_)));
        match waiting.count() {
            count if is_typed || count > BY_KEY => Confirm::Typed(count.to_string()),
            _ => Confirm::Key,
        }
    }
}

impl Action {
    /// What it is to so many releases: `Reset the failures of 12 releases`.
    #[must_use]
    pub fn of_many(&self, count: usize) -> String {
        let releases = if count == 1 { "1 release".to_owned() } else { format!("{count} releases") };
        match self {
            Self::Reconcile { with_source: false } => format!("Reconcile {releases}"),
            Self::Reconcile { with_source: true } => format!("Reconcile {releases} with their sources"),
            Self::Reset => format!("Reset the failures of {releases}"),
            Self::Force => format!("Force {releases}"),
            Self::Suspend { .. } => format!("Suspend {releases}"),
            Self::Resume => format!("Resume {releases}"),
            Self::Rollback(_) | Self::Unlock | Self::Disown { .. } => format!("{} {releases}", self.word()),
        }
    }
}

impl Plan {
    /// Whether it may be run, and whether all that has to be so is known.
    #[must_use]
    pub fn standing(&self) -> Standing {
        let conditions = self.preconditions.iter().map(|condition| condition.state);
        let rights = self.rights.iter().map(|needed| needed.state);
        conditions.chain(rights).min().unwrap_or(Standing::Met)
    }

    /// All that keeps it from being run, in a line; `None` where nothing does.
    #[must_use]
    pub fn in_the_way(&self) -> Option<String> {
        let unmet = self.unmet().map(|unmet| unmet.says.clone());
        let missing = self.missing_rights().map(|needed| {
            let right = &needed.right;
            format!("you may not {} {} in {}", right.verb, right.resource, right.namespace)
        });
        let why = unmet.chain(missing).collect::<Vec<String>>().join("; ");
        Some(why).filter(|why| !why.is_empty())
    }

    /// What to do about what keeps it from being run, a line each.
    #[must_use]
    pub fn remedies(&self) -> Vec<String> {
        self.unmet().map(|unmet| unmet.remedy.clone()).filter(|remedy| !remedy.is_empty()).collect()
    }

    /// What it comes to, in a line: the first of its notes, which says what will happen here; else its title.
    #[must_use]
    pub fn in_short(&self) -> &str {
        self.notes.first().unwrap_or(&self.title)
    }
}

fn over(outcome: Outcome, says: String) -> Progress {
    Progress::Over(ended(outcome, says))
}

fn ended(outcome: Outcome, says: String) -> Ended {
    Ended { outcome, says, next: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Precondition;
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
        super::ended(outcome, String::new())
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

    #[test]
    fn those_that_run_are_counted_where_they_are_many() {
        let confirm = |met: usize, unmet: usize| {
            let states = [vec![Standing::Met; met], vec![Standing::Unmet; unmet]].concat();
            many(&states, 1, false).confirm()
        };
        assert_eq!([confirm(10, 3), confirm(0, 30)], [Confirm::Key, Confirm::Key]);
        assert_eq!(confirm(11, 3), Confirm::Typed("11".to_owned()));
        // One that is refused asks for nothing.
        let typed = plan("a", Standing::Unmet, Confirm::Typed("a".into()));
        assert_eq!(Many::of(vec![typed, plan("b", Standing::Met, Confirm::Key)], 1, false).confirm(), Confirm::Key);
    }

    #[test]
    fn a_plan_says_in_a_line_how_it_stands_and_what_it_comes_to() {
        let check = |state, notes: &[&str], expected: (Standing, Option<&str>, &str)| {
            let plan = Plan::clone(&plan("a", state, Confirm::Key));
            let notes = notes.iter().map(|note| (*note).to_owned()).collect();
            let plan = Plan { title: "Reset shop/a".to_owned(), notes, ..plan };
            assert_eq!((plan.standing(), plan.in_the_way().as_deref(), plan.in_short()), expected);
        };
        check(Standing::Met, &["it upgrades", "web waits"], (Standing::Met, None, "it upgrades"));
        check(Standing::Unknown, &[], (Standing::Unknown, None, "Reset shop/a"));
        check(Standing::Unmet, &[], (Standing::Unmet, Some("it is suspended"), "Reset shop/a"));
    }
}
