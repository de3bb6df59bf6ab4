//! Actions that are broken off at each of their writes: the client is killed before and after it, the server refuses it or is slow,
//! the answer is lost, or somebody else does something just before it. Never is something said to be done that is not; the journal
//! tells what was under way; and what it proposes, or the same command, goes through afterwards.
//!
//! The writes are those of a run that nothing troubles, as the gate before the API server counts them: no plan is asked.
//! `ONLY=applied,unlock` runs the rows that have one of these words in their names.

mod between;
mod lanes;
mod place;
mod row;
mod table;
mod told;
mod troubles;

use crate::Case;

pub const CASES: &[Case] = &[
    Case::shared("rollback_applied", |cluster| troubles::all(cluster, &[&table::rollbacks::APPLIED])),
    Case::shared("all_others", |cluster| troubles::all(cluster, table::OTHERS)),
    Case::shared("rollback_patched", |cluster| troubles::all(cluster, &[&table::rollbacks::PATCHED])),
    Case::shared("in_between", between::all),
];
