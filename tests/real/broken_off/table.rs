//! The rows.

pub mod flux;
pub mod rollbacks;
pub mod small;

use super::row::Row;

/// All that writes little.
pub const OTHERS: &[&Row] =
    &[&small::DISOWN, &small::UNLOCK, &flux::SUSPEND, &flux::RESUME, &flux::RESET, &flux::RECONCILE];
