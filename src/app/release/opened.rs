//! A release that is opened at what was found of it.

use super::{State, Tab};
use crate::app::blame;
use crate::app::rows::Row;
use crate::plan::preflight::{Check, Finding};
use crate::release::ObjectId;

impl State {
    /// Opens a release where a finding can be seen: beside it, the object and field of which it tells, if that has owners.
    pub(in crate::app) fn open_at(row: &Row, finding: Option<&Finding>) -> (Self, Option<(ObjectId, String)>) {
        let mut state = Self::open(row);
        let Some(finding) = finding else { return (state, None) };
        let mut field = None;
        state.tab = match (finding.check, &finding.object) {
            (Check::Conflict | Check::Armed | Check::Hotfix | Check::Leftover, Some(object)) => {
                field = Some((object.clone(), finding.path.clone()));
                Tab::Owners
            }
            (Check::History | Check::Size | Check::Method, _) => Tab::History,
            (Check::Hooks, _) => Tab::Notes,
            (_, Some(object)) => {
                state.objects.seek(object.clone());
                Tab::Objects
            }
            (_, None) => state.tab,
        };
        (state, field)
    }

    /// The object with its owners, at a field; they will be known.
    pub(in crate::app) fn blame(&mut self, object: ObjectId, field: String) -> blame::State {
        self.owners.is_wanted = true;
        blame::State::open(object, Some(field))
    }
}
