//! The filter of the list, where a command takes it.

use jiff::Timestamp;

use super::Failure;
use crate::app::filter::{self, Filter, Words};
use crate::app::rows::Row;

/// The rows that pass a filter. Words count as they are typed: what is only similar is nothing to act upon unseen.
///
/// # Errors
/// When the filter is not understood, or says nothing, which would let every release through.
pub(super) fn passing(rows: Vec<Row>, text: &str, now: Timestamp) -> Result<Vec<Row>, Failure> {
    let filter = Filter::parse(text);
    if let Some(fault) = filter.fault() {
        return Err(Failure::Usage(format!("the filter is not understood: {fault}")));
    }
    if filter.is_empty() {
        return Err(Failure::Usage("the filter says nothing: every release would pass it".to_owned()));
    }
    let mut matcher = filter::matcher();
    Ok(rows.into_iter().filter(|row| filter.passes(row, now, Words::AsTyped, &mut matcher)).collect())
}
