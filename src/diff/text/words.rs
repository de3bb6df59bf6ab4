//! Which lines of both sides correspond, and the words in which they differ.

use std::collections::HashMap;
use std::ops::Range;

use similar::{Algorithm, capture_diff_slices};
use unicode_segmentation::UnicodeSegmentation;

use super::{Line, is_equal};

/// In a longer line no words are looked for, in bytes.
const LONGEST_LINE: usize = 64 * 1024;

/// More pairs of lines than this are not tried in one block: then lines stand beside each other in their order.
const MOST_PAIRS: usize = 4096;

/// How much of the longer of two lines the other must have as well for them to correspond, in percent of the bytes of its words.
const LEAST_ALIKE: usize = 40;

/// Finds partners in a block of lines, and what differs between partners.
pub(super) fn mark(lines: &mut [Line], removed: Range<usize>, added: Range<usize>) {
    for (left, right) in partners(lines, removed, added) {
        let (Some(old), Some(new)) = (lines.get(left), lines.get(right)) else { continue };
        let (old_words, new_words) = differing(&old.text, &new.text);
        for (place, partner, words) in [(left, right, old_words), (right, left, new_words)] {
            if let Some(line) = lines.get_mut(place) {
                line.partner = Some(partner);
                line.words = words;
            }
        }
    }
}

/// Lines that correspond, in their order, none crossing another: those that are most alike in all.
fn partners(lines: &[Line], removed: Range<usize>, added: Range<usize>) -> Vec<(usize, usize)> {
    let (height, width) = (removed.len(), added.len());
    if height == 0 || width == 0 {
        return Vec::new();
    }
    let text = |place: usize| lines.get(place).map_or("", |line| line.text.as_str());
    if height.saturating_mul(width) > MOST_PAIRS {
        let pairs = removed.zip(added);
        return pairs.filter(|(left, right)| alike(&bag(text(*left)), &bag(text(*right))) >= LEAST_ALIKE).collect();
    }
    let left: Vec<_> = removed.clone().map(|place| bag(text(place))).collect();
    let right: Vec<_> = added.clone().map(|place| bag(text(place))).collect();
    // What can be gained from each pair on: the best of taking the pair and of leaving one of its lines out.
    let mut gains = vec![vec![0_usize; width.saturating_add(1)]; height.saturating_add(1)];
    let gain = |gains: &[Vec<usize>], row: usize, column: usize| -> usize {
        gains.get(row).and_then(|row| row.get(column)).copied().unwrap_or_default()
    };
    let score = |row: usize, column: usize| -> usize {
        let pair = left.get(row).zip(right.get(column));
        pair.map_or(0, |(left, right)| alike(left, right))
            .checked_sub(LEAST_ALIKE)
            .map_or(0, |over| over.saturating_add(1))
    };
    let scores: Vec<Vec<usize>> =
        (0..height).map(|row| (0..width).map(|column| score(row, column)).collect()).collect();
    for row in (0..height).rev() {
        for column in (0..width).rev() {
            let (next_row, next_column) = (row.saturating_add(1), column.saturating_add(1));
            let skipping = gain(&gains, next_row, column).max(gain(&gains, row, next_column));
            let taking = match gain(&scores, row, column) {
                0 => 0,
                score => score.saturating_add(gain(&gains, next_row, next_column)),
            };
            if let Some(cell) = gains.get_mut(row).and_then(|cells| cells.get_mut(column)) {
                *cell = taking.max(skipping);
            }
        }
    }
    let mut pairs = Vec::new();
    let (mut row, mut column) = (0, 0);
    while row < height && column < width {
        let (next_row, next_column) = (row.saturating_add(1), column.saturating_add(1));
        let here = gain(&gains, row, column);
        let score = gain(&scores, row, column);
        if score > 0 && here == score.saturating_add(gain(&gains, next_row, next_column)) {
            pairs.push((removed.start.saturating_add(row), added.start.saturating_add(column)));
            (row, column) = (next_row, next_column);
        } else if here == gain(&gains, next_row, column) {
            row = next_row;
        } else {
            column = next_column;
        }
    }
    pairs
}

/// The words of a line and how often it has each, and their bytes in all.
struct Bag<'l> {
    words: HashMap<&'l str, usize>,
    bytes: usize,
}

fn bag(line: &str) -> Bag<'_> {
    let mut bag = Bag { words: HashMap::new(), bytes: 0 };
    if line.len() > LONGEST_LINE {
        return bag;
    }
    for word in words(line).into_iter().filter(|word| is_word(word)) {
        *bag.words.entry(word).or_default() += 1;
        bag.bytes = bag.bytes.saturating_add(word.len());
    }
    bag
}

/// How much of the longer line the other has as well, in percent.
fn alike(left: &Bag<'_>, right: &Bag<'_>) -> usize {
    let both: usize = left
        .words
        .iter()
        .map(|(word, count)| word.len().saturating_mul(right.words.get(word).map_or(0, |other| *count.min(other))))
        .sum();
    both.saturating_mul(100).checked_div(left.bytes.max(right.bytes)).unwrap_or_default()
}

/// What differs between two lines, on each side; nothing where nearly all does.
fn differing(old: &str, new: &str) -> (Vec<Range<usize>>, Vec<Range<usize>>) {
    let (left, right) = (words(old), words(new));
    let ops = capture_diff_slices(Algorithm::Myers, &left, &right);
    let changed = ops.iter().filter(|op| !is_equal(op));
    let (mut removed, mut added) = (Vec::new(), Vec::new());
    for op in changed {
        removed.push(op.old_range());
        added.push(op.new_range());
    }
    let ranges = |words: &[&str], changed: Vec<Range<usize>>| -> Vec<Range<usize>> {
        let mut ends = vec![0];
        ends.extend(words.iter().scan(0_usize, |end, word| {
            *end = end.saturating_add(word.len());
            Some(*end)
        }));
        let mut ranges: Vec<Range<usize>> = Vec::new();
        let mut last = 0;
        for words_range in changed.into_iter().filter(|range| !range.is_empty()) {
            // One sign between two words that differ is not worth being told apart from them: `1.2.3`.
            let between = words.get(last..words_range.start).unwrap_or_default();
            let is_near = between.len() <= 1 && !between.iter().any(|word| is_word(word));
            let byte = |place: usize| ends.get(place).copied().unwrap_or_default();
            let range = byte(words_range.start)..byte(words_range.end);
            match ranges.last_mut() {
                Some(known) if is_near => known.end = range.end,
                Some(_) | None => ranges.push(range),
            }
            last = words_range.end;
        }
        ranges
    };
    let (removed, added) = (ranges(&left, removed), ranges(&right, added));
    let covered = |ranges: &[Range<usize>], line: &str| {
        let marked = ranges.iter().filter_map(|range| line.get(range.clone())).map(|text| text.trim().len());
        marked.sum::<usize>().saturating_mul(100) > line.trim().len().saturating_mul(90)
    };
    match covered(&removed, old) && covered(&added, new) {
        true => (Vec::new(), Vec::new()),
        false => (removed, added),
    }
}

fn is_word(word: &str) -> bool {
    word.starts_with(|first: char| first.is_alphanumeric() || first == '_')
}

/// A line as words, each run of blanks, and each other sign for itself. A mark stays with the letter that it stands on.
fn words(line: &str) -> Vec<&str> {
    let mut words: Vec<Range<usize>> = Vec::new();
    let mut kind = None;
    for (start, sign) in line.grapheme_indices(true) {
        let end = start.saturating_add(sign.len());
        let own = match sign.chars().next() {
            Some(' ' | '\t') => Some(false),
            Some(first) if first.is_alphanumeric() || first == '_' => Some(true),
            Some(_) | None => None,
        };
        match words.last_mut() {
            Some(word) if own.is_some() && own == kind => word.end = end,
            Some(_) | None => words.push(start..end),
        }
        kind = own;
    }
    words.into_iter().filter_map(|range| line.get(range)).collect()
}
