//! What the user's settings say of keys that name secrets, as rules for hiding them.

use crate::config::{Fault, Settings};
use crate::release::mask::{Rule, Rules};

/// The rules; none where the settings cannot be read. They count although a row of something else is wrong: who says what is
/// secret is not to see it for that.
#[must_use]
pub fn rules(settings: &Result<Settings, Vec<Fault>>) -> Rules {
    let rows = settings.as_ref().map(|settings| settings.secrets.as_slice()).unwrap_or_default();
    Rules::new(rows.iter().map(|row| Rule { key: row.key.clone(), is_secret: row.is_secret }).collect())
}
