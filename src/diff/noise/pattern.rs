//! Which fields a rule of the user's is about.

use crate::ownership::{Path, PathElement};

/// A pattern for paths, written as paths are shown: `.spec.template.metadata.annotations.*`, `**.image`,
/// `.spec.ports[*].nodePort`, `.data."app.yaml" > .server.**`. `*` stands for any text within one step, `**` for any steps.
/// The first dot may be left out, and so may quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    signs: Vec<Sign>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    /// This one.
    Is(char),
    /// Any within a step.
    Any,
    /// Any steps, and none of them in part.
    Steps,
}

/// What is wrong with a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadPattern {
    /// There is nothing in it.
    #[error("it is empty")]
    Empty,
    /// It says nothing.
    #[error("it stands for every field")]
    Everything,
    /// A bracket is open.
    #[error("a [ has no ]")]
    Open,
}

/// What stands between the path of a document within a document and the path in that.
const INSIDE: &str = " > ";

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// [`BadPattern`].
    pub fn parse(text: &str) -> Result<Self, BadPattern> {
        let text = text.trim();
        if text.is_empty() {
            return Err(BadPattern::Empty);
        }
        if text.matches('[').count() != text.matches(']').count() {
            return Err(BadPattern::Open);
        }
        let dot = if text.starts_with(['.', '[']) || text.starts_with("**") { "" } else { "." };
        let text = unquoted(text);
        let mut signs: Vec<Sign> = Vec::new();
        let mut rest = dot.chars().chain(text.chars()).peekable();
        while let Some(sign) = rest.next() {
            match sign {
                '*' if rest.next_if_eq(&'*').is_some() => {
                    // `.**` is the same as `**`: the dot belongs to the steps.
                    if signs.last() == Some(&Sign::Is('.')) {
                        signs.pop();
                    }
                    signs.push(Sign::Steps);
                }
                '*' => signs.push(Sign::Any),
                sign => signs.push(Sign::Is(sign)),
            }
        }
        if !signs.iter().any(|sign| matches!(sign, Sign::Is(sign) if sign.is_alphanumeric())) {
            return Err(BadPattern::Everything);
        }
        Ok(Self { signs })
    }

    /// Whether a field is meant, or stands in one that is.
    pub(super) fn is_within(&self, path: &Path, inside: Option<&Path>) -> bool {
        let mut steps: Vec<Vec<char>> = path.0.iter().map(shown).collect();
        for (place, step) in inside.iter().flat_map(|inside| &inside.0).enumerate() {
            let lead = if place == 0 { INSIDE } else { "" };
            steps.push(lead.chars().chain(shown(step)).collect());
        }
        // Which places in the pattern can be reached, step by step: never more than the pattern has signs.
        let mut reached = self.skipping(vec![0]);
        for step in &steps {
            reached = self.after(&reached, step);
            if reached.contains(&self.signs.len()) {
                return true;
            }
        }
        false
    }

    /// Places in the pattern that are reached after one more step, from those before it.
    fn after(&self, before: &[usize], step: &[char]) -> Vec<usize> {
        // Steps that stand for this one as a whole, and go on.
        let mut reached: Vec<usize> =
            before.iter().copied().filter(|place| self.signs.get(*place) == Some(&Sign::Steps)).collect();
        let mut places: Vec<usize> = before.to_vec();
        for (column, sign) in step.iter().enumerate() {
            let mut next = Vec::new();
            for place in self.loosened(&places) {
                match self.signs.get(place) {
                    Some(Sign::Is(wanted)) if wanted == sign => push(&mut next, place.saturating_add(1)),
                    // A step begins with a sign of its own, so that no `*` reaches into the next one.
                    Some(Sign::Any) if column > 0 => push(&mut next, place),
                    Some(Sign::Is(_) | Sign::Any | Sign::Steps) | None => {}
                }
            }
            places = next;
        }
        for place in self.loosened(&places) {
            push(&mut reached, place);
        }
        self.skipping(reached)
    }

    /// The same places, and those behind each `*`, which may stand for nothing.
    fn loosened(&self, places: &[usize]) -> Vec<usize> {
        let mut all: Vec<usize> = Vec::new();
        for place in places {
            let mut place = *place;
            push(&mut all, place);
            while self.signs.get(place) == Some(&Sign::Any) {
                place = place.saturating_add(1);
                push(&mut all, place);
            }
        }
        all
    }

    /// The same places, and those behind each `**`, which may stand for no steps.
    fn skipping(&self, places: Vec<usize>) -> Vec<usize> {
        let mut all = places;
        let mut looked = 0;
        while let Some(place) = all.get(looked).copied() {
            if self.signs.get(place) == Some(&Sign::Steps) {
                push(&mut all, place.saturating_add(1));
            }
            looked = looked.saturating_add(1);
        }
        all
    }
}

/// The same without the quotes around keys: `."helm.sh/chart"` is `.helm.sh/chart`. Those of values in brackets stay.
fn unquoted(text: &str) -> String {
    let mut all = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(".\"") {
        let Some((name, behind)) = after.split_once('"') else { break };
        all.push_str(before);
        all.push('.');
        all.push_str(name);
        rest = behind;
    }
    all.push_str(rest);
    all
}

fn push(places: &mut Vec<usize>, place: usize) {
    if !places.contains(&place) {
        places.push(place);
    }
}

fn shown(step: &PathElement) -> Vec<char> {
    step.to_string().chars().collect()
}
