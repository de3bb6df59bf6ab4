//! What makes lines of others, in a time that is bounded for any texts.

use std::collections::HashMap;
use std::ops::Range;

use similar::{Algorithm, DiffOp, capture_diff_slices};

/// Up to so many lines of both sides are compared at once.
const MOST_LINES: usize = 50_000;

/// What makes the new lines of the old ones. Of more lines than [`MOST_LINES`], those that each side has once are found first, and
/// what is between them is compared; where that is still too much, all of it is told as replaced.
pub(super) fn align(old: &[&str], new: &[&str]) -> Vec<DiffOp> {
    let mut ops = Vec::new();
    if old.len().saturating_add(new.len()) <= MOST_LINES {
        return capture_diff_slices(Algorithm::Myers, old, new);
    }
    let (mut from, mut to) = (0, 0);
    for (anchor, partner) in anchors(old, new).into_iter().chain([(old.len(), new.len())]) {
        between(&mut ops, old, new, from..anchor, to..partner);
        (from, to) = (anchor, partner);
    }
    ops
}

/// Compares a stretch. An anchor begins the next one, in which it is found to be alike.
fn between(ops: &mut Vec<DiffOp>, old: &[&str], new: &[&str], from: Range<usize>, to: Range<usize>) {
    let (before, after) = (old.get(from.clone()).unwrap_or_default(), new.get(to.clone()).unwrap_or_default());
    let (old_len, new_len) = (from.len(), to.len());
    let found = match old_len.saturating_add(new_len) <= MOST_LINES {
        true => capture_diff_slices(Algorithm::Myers, before, after),
        false => {
            let alike = before.iter().zip(after).take_while(|(old, new)| old == new).count();
            let rest = |len: usize| len.saturating_sub(alike);
            vec![
                DiffOp::Equal { old_index: 0, new_index: 0, len: alike },
                DiffOp::Replace { old_index: alike, old_len: rest(old_len), new_index: alike, new_len: rest(new_len) },
            ]
        }
    };
    ops.extend(
        found
            .into_iter()
            .filter(|op| !op.old_range().is_empty() || !op.new_range().is_empty())
            .map(|op| moved(op, from.start, to.start)),
    );
}

fn moved(op: DiffOp, old: usize, new: usize) -> DiffOp {
    match op {
        DiffOp::Equal { old_index, new_index, len } => {
            DiffOp::Equal { old_index: old_index.saturating_add(old), new_index: new_index.saturating_add(new), len }
        }
        DiffOp::Delete { old_index, old_len, new_index } => DiffOp::Delete {
            old_index: old_index.saturating_add(old),
            old_len,
            new_index: new_index.saturating_add(new),
        },
        DiffOp::Insert { old_index, new_index, new_len } => DiffOp::Insert {
            old_index: old_index.saturating_add(old),
            new_index: new_index.saturating_add(new),
            new_len,
        },
        DiffOp::Replace { old_index, old_len, new_index, new_len } => DiffOp::Replace {
            old_index: old_index.saturating_add(old),
            old_len,
            new_index: new_index.saturating_add(new),
            new_len,
        },
    }
}

/// Lines that stand once on each side: as many as keep their order.
fn anchors(old: &[&str], new: &[&str]) -> Vec<(usize, usize)> {
    let mut places: HashMap<&str, (Places, Places)> = HashMap::new();
    for (place, line) in old.iter().enumerate() {
        places.entry(line).or_default().0.add(place);
    }
    for (place, line) in new.iter().enumerate() {
        places.entry(line).or_default().1.add(place);
    }
    let once = |line: &&&str| match places.get(**line) {
        Some((Places::Once(_), Places::Once(place))) => Some(*place),
        Some(_) | None => None,
    };
    let pairs = old.iter().enumerate().filter_map(|(place, line)| Some((place, once(&line)?)));
    increasing(&pairs.collect::<Vec<_>>())
}

/// Where a line stands.
#[derive(Debug, Clone, Copy, Default)]
enum Places {
    #[default]
    Never,
    Once(usize),
    More,
}

impl Places {
    fn add(&mut self, place: usize) {
        *self = match self {
            Self::Never => Self::Once(place),
            Self::Once(_) | Self::More => Self::More,
        };
    }
}

/// The longest run of pairs in which both places grow; the old places grow already.
fn increasing(pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    // By length of a run: the pair that ends it with the smallest place. And for each pair the one before it.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(pairs.len());
    let place = |pair: &usize| pairs.get(*pair).map(|(_, new)| *new);
    for (pair, (_, new)) in pairs.iter().enumerate() {
        let length = ends.partition_point(|end| place(end) < Some(*new));
        before.push(length.checked_sub(1).and_then(|last| ends.get(last)).copied());
        match ends.get_mut(length) {
            Some(end) => *end = pair,
            None => ends.push(pair),
        }
    }
    let mut run: Vec<(usize, usize)> = Vec::new();
    let mut at = ends.last().copied();
    while let Some(pair) = at {
        run.extend(pairs.get(pair));
        at = before.get(pair).copied().flatten();
    }
    run.reverse();
    run
}
