//! Where a block of removed or added lines stands, of the several places that make the same text.
//!
//! An item added to a list of items that begin alike can as well be told as the end of it and the beginning of the next. A reader
//! looks for it where something begins: at the smallest indentation.

use std::ops::Range;

use similar::DiffOp;

/// Further than this many lines no block is moved.
const REACH: usize = 200;

/// Lines that one side has instead of those of the other.
struct Block {
    old: Range<usize>,
    new: Range<usize>,
}

/// The same operations, each block of one side alone moved to where its first line is indented least; of several such places,
/// the last.
pub(super) fn settle(ops: Vec<DiffOp>, old: &[&str], new: &[&str]) -> Vec<DiffOp> {
    let mut blocks: Vec<Block> = Vec::new();
    for op in ops.into_iter().filter(|op| !super::is_equal(op)) {
        let block = Block { old: op.old_range(), new: op.new_range() };
        match blocks.last_mut() {
            Some(last) if last.old.end == block.old.start && last.new.end == block.new.start => {
                (last.old.end, last.new.end) = (block.old.end, block.new.end);
            }
            Some(_) | None => blocks.push(block),
        }
    }
    let mut told = Vec::with_capacity(blocks.len().saturating_mul(2));
    let mut rest = blocks.into_iter().peekable();
    let mut behind = (0, 0);
    while let Some(mut block) = rest.next() {
        // Blocks that would touch each other stay apart: the lines between them are what a reader finds his place by.
        let room_above = block.old.start.saturating_sub(behind.0).saturating_sub(usize::from(!told.is_empty()));
        let next = rest.peek().map_or(old.len(), |next| next.old.start.saturating_sub(1));
        let room_below = next.saturating_sub(block.old.end);
        let (range, all) = if block.old.is_empty() { (&block.new, new) } else { (&block.old, old) };
        let is_one_sided = block.old.is_empty() || block.new.is_empty();
        if is_one_sided {
            let start = best(range, all, room_above, room_below);
            let move_by = |range: &Range<usize>| match start.checked_sub(range_start(&block)) {
                Some(down) => range.start.saturating_add(down)..range.end.saturating_add(down),
                None => {
                    let up = range_start(&block).saturating_sub(start);
                    range.start.saturating_sub(up)..range.end.saturating_sub(up)
                }
            };
            block = Block { old: move_by(&block.old), new: move_by(&block.new) };
        }
        same(&mut told, behind, block.old.start);
        behind = (block.old.end, block.new.end);
        let (old_index, new_index) = (block.old.start, block.new.start);
        told.push(match (block.old.len(), block.new.len()) {
            (old_len, 0) => DiffOp::Delete { old_index, old_len, new_index },
            (0, new_len) => DiffOp::Insert { old_index, new_index, new_len },
            (old_len, new_len) => DiffOp::Replace { old_index, old_len, new_index, new_len },
        });
    }
    same(&mut told, behind, old.len());
    told
}

/// Where the block begins, on the side that has lines of it.
fn range_start(block: &Block) -> usize {
    if block.old.is_empty() { block.new.start } else { block.old.start }
}

fn same(told: &mut Vec<DiffOp>, (old_index, new_index): (usize, usize), end: usize) {
    let len = end.saturating_sub(old_index);
    if len > 0 {
        told.push(DiffOp::Equal { old_index, new_index, len });
    }
}

/// Where a block begins best.
fn best(block: &Range<usize>, all: &[&str], room_above: usize, room_below: usize) -> usize {
    let line = |place: usize| all.get(place);
    let up = (0..room_above.min(REACH)).take_while(|by| {
        let above = block.start.checked_sub(by.saturating_add(1)).and_then(line);
        above.is_some() && above == block.end.checked_sub(by.saturating_add(1)).and_then(line)
    });
    let down = (0..room_below.min(REACH)).take_while(|by| {
        let first = line(block.start.saturating_add(*by));
        first.is_some() && first == line(block.end.saturating_add(*by))
    });
    let (up, down) = (up.count(), down.count());
    let places = block.start.saturating_sub(up)..=block.start.saturating_add(down);
    places.rev().min_by_key(|place| line(*place).map_or(usize::MAX, |line| indentation(line))).unwrap_or(block.start)
}

/// How deep a line stands; a blank one begins nothing.
fn indentation(line: &str) -> usize {
    let rest = line.trim_start_matches([' ', '\t']);
    if rest.trim_end().is_empty() { usize::MAX } else { line.len().saturating_sub(rest.len()) }
}
