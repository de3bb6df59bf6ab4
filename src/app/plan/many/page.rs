//! Plans of many releases as they are read: a passage each, what is in the way first; of a run what failed first.

use std::collections::BTreeMap;

use super::runs::RunOfMany;
use super::{Item, Seen};
use crate::app::plan::progress::{last_said, outcome_role};
use crate::app::plan::runs::Run;
use crate::app::release::passages::{Passage, Piece, flow};
use crate::app::release::title::verdict_role;
use crate::app::text::{self, Glyphs};
use crate::config::Role;
use crate::plan::many::{Progress, WORST_FIRST};
use crate::plan::{Plan, Standing};

/// How wide the words at the left are, with the space after them.
const WORD: usize = 9;
/// How wide names may be, on a narrow screen and on others.
const NAMES: [usize; 2] = [28, 44];
/// From so many columns on a screen is not narrow.
const WIDE: usize = 110;

/// Lays out in so many columns.
#[derive(Clone, Copy)]
pub(super) struct Page {
    pub(super) columns: usize,
    pub(super) glyphs: Glyphs,
}

/// Passages in their order, and which item each is of.
pub(super) type Read = Vec<(Passage, usize)>;

/// What is said of one release.
struct Said {
    /// What comes first has the lowest.
    rank: usize,
    word: &'static str,
    role: Role,
    pieces: Vec<Piece>,
    /// What to do, a line each.
    next: Vec<String>,
}

impl Page {
    /// Plans before a yes.
    pub(super) fn planned(self, items: &[Item], seen: &[Seen]) -> Read {
        let said = items.iter().zip(seen).map(|(item, seen)| {
            let mut said = planned(item);
            if seen.has_changed && item.planned.is_some() {
                said.pieces.push(("  changed since".to_owned(), Role::Mark));
            }
            said
        });
        self.read(items, said.collect())
    }

    /// A run; beside it those of which there is no plan.
    pub(super) fn acted(self, run: &RunOfMany, runs: &BTreeMap<usize, &Run>, seen: &[Seen]) -> Read {
        let rows: BTreeMap<usize, usize> = run.places.iter().enumerate().map(|(row, item)| (*item, row)).collect();
        let said = run.items.iter().zip(seen).enumerate().map(|(item, (one, seen))| {
            let row = rows.get(&item).and_then(|row| Some((run.many.rows.get(*row)?, runs.get(row).copied())));
            let Some((row, steps)) = row else { return Said { rank: REFUSED, ..planned(one) } };
            let mut said = acted(&row.plan, &row.progress, steps);
            if let (Some(verdict), Some(_)) = (seen.verdict, steps) {
                said.pieces.push(("  now".to_owned(), Role::Dim));
                said.pieces.push((format!(" {}", verdict.word()), verdict_role(verdict)));
            }
            said
        });
        self.read(&run.items, said.collect())
    }

    fn read(self, items: &[Item], said: Vec<Said>) -> Read {
        let names: Vec<String> = items.iter().map(|item| name(item, self.glyphs)).collect();
        let widest = names.iter().map(|name| text::width(name)).max().unwrap_or(0);
        let [narrow, wide] = NAMES;
        let columns = widest.min(if self.columns < WIDE { narrow } else { wide });
        let mut order: Vec<(usize, Said)> = said.into_iter().enumerate().collect();
        order.sort_by_key(|(_, said)| said.rank);
        let passage = |(place, said): (usize, Said)| {
            let name = names.get(place).map(String::as_str).unwrap_or_default();
            (self.passage(name, columns, &said), place)
        };
        order.into_iter().map(passage).collect()
    }

    fn passage(self, name: &str, columns: usize, said: &Said) -> Passage {
        let Said { word, role, pieces, next, .. } = said;
        let cut = text::cut_middle(name, columns, self.glyphs);
        let padded = format!("{cut}{}", " ".repeat((columns + 2).saturating_sub(text::width(&cut))));
        let indent = " ".repeat(WORD + columns + 2);
        let first = [(format!("{word:WORD$}"), *role), (padded, Role::Strong)];
        let mut rows = flow(pieces, &first, &[(indent.clone(), Role::Text)], self.columns, self.glyphs);
        for line in next {
            let (first, other) = ([(format!("{indent}> "), Role::Key)], [(format!("{indent}  "), Role::Text)]);
            rows.extend(flow(&[(line.clone(), Role::Key)], &first, &other, self.columns, self.glyphs));
        }
        let text = pieces.iter().map(|(text, _)| text.as_str()).collect::<String>();
        let todo = if next.is_empty() { String::new() } else { format!("; to do: {}", next.join("; ")) };
        Passage { rows, words: format!("{name} {word}: {}{todo}", text.trim()), ..Passage::default() }
    }
}

/// Where what is refused stands in a run: what is done alone comes after it.
const REFUSED: usize = 5;

fn name(item: &Item, glyphs: Glyphs) -> String {
    let name = format!("{}/{}", item.release.namespace, item.release.id.name);
    text::clean(&name, glyphs).into_owned()
}

fn planned(item: &Item) -> Said {
    let say = |rank, word, role, text: String, next| Said { rank, word, role, pieces: vec![(text, Role::Text)], next };
    let plan = match &item.planned {
        None => return say(5, "waiting", Role::Dim, String::new(), Vec::new()),
        Some(Err(problem)) => {
            let next = Some(problem.hint.clone()).filter(|hint| !hint.is_empty()).into_iter().collect();
            return say(0, "no plan", Role::Failed, problem.cause.clone(), next);
        }
        Some(Ok(plan)) => plan,
    };
    match (plan.in_the_way(), plan.standing()) {
        (Some(why), _) => {
            let word = if plan.unmet().next().is_some() { "unmet" } else { "missing" };
            say(1, word, Role::Failed, why, plan.remedies())
        }
        (None, Standing::Unmet | Standing::Unknown) => {
            let unknown = plan.preconditions.iter().filter(|condition| condition.state == Standing::Unknown);
            let mut pieces = comes_to(plan);
            pieces.extend(unknown.map(|condition| (format!("  not known: {}", condition.says), Role::Unknown)));
            Said { pieces, ..say(2, "unknown", Role::Unknown, String::new(), Vec::new()) }
        }
        (None, Standing::Met) => {
            Said { pieces: comes_to(plan), ..say(3, "ready", Role::Healthy, String::new(), Vec::new()) }
        }
    }
}

/// What a plan comes to, what is lost by it first.
fn comes_to(plan: &Plan) -> Vec<Piece> {
    let lost = match plan.losses.len() {
        0 => None,
        1 => Some("1 hotfix is lost".to_owned()),
        count => Some(format!("{count} hotfixes are lost")),
    };
    let short = (plan.in_short().to_owned(), Role::Text);
    match lost {
        Some(lost) => vec![(format!("{lost};"), Role::Mark), (format!(" {}", short.0), Role::Text)],
        None => vec![short],
    }
}

fn acted(plan: &Plan, progress: &Progress, steps: Option<&Run>) -> Said {
    match progress {
        Progress::Waiting => {
            Said { rank: 4, word: "waiting", role: Role::Dim, pieces: comes_to(plan), next: Vec::new() }
        }
        Progress::Running => {
            let text = steps.map(|run| run.in_short()).unwrap_or_default();
            Said {
                rank: 3,
                word: "running",
                role: Role::Progressing,
                pieces: vec![(text, Role::Text)],
                next: Vec::new(),
            }
        }
        Progress::Over(ended) => {
            let rank = WORST_FIRST.iter().position(|outcome| *outcome == ended.outcome).unwrap_or(0);
            // What runs and what waits stands between what stopped and what was refused.
            let rank = if rank >= 3 { rank + 2 } else { rank };
            let text = match ended.says.as_str() {
                "" => steps.and_then(last_said).unwrap_or_default(),
                says => says.to_owned(),
            };
            let pieces = vec![(text, Role::Text)];
            Said {
                rank,
                word: ended.outcome.word(),
                role: outcome_role(ended.outcome),
                pieces,
                next: ended.next.clone(),
            }
        }
    }
}
