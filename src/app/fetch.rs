//! Which fetches are under way, and which may start.
//!
//! Nothing is queued: what is wanted is told anew after every message, so that rows scrolled past before a fetch of
//! them began are never fetched. What is under way ends, except a whole payload that nobody looks at any more.

use std::collections::{BTreeMap, BTreeSet};

use crate::release::{Query, StoredRef};

use super::TaskId;

/// As many at once.
pub const MOST: usize = 8;

/// What is being fetched.
#[derive(Debug, Default)]
pub struct Fetches {
    flying: BTreeMap<TaskId, Query>,
    again: BTreeSet<StoredRef>,
}

impl Fetches {
    /// How many are under way.
    #[must_use]
    pub fn flying(&self) -> usize {
        self.flying.len()
    }

    /// Whether a task is under way.
    #[must_use]
    pub fn has(&self, task: TaskId) -> bool {
        self.flying.contains_key(&task)
    }

    /// Whether a failed read of this object shall be tried again.
    #[must_use]
    pub fn to_retry(&self, object: &StoredRef) -> bool {
        self.again.contains(object)
    }

    pub(super) fn retry(&mut self, objects: Vec<StoredRef>) {
        self.again.extend(objects);
    }

    /// Starts what is wanted first, as far as there is room. An object is never read twice at the same time, in
    /// whatever state: an older answer could then overtake a newer one.
    pub(super) fn start(&mut self, wanted: &[Query], mut task: impl FnMut() -> TaskId) -> Vec<(TaskId, Query)> {
        let mut started = Vec::new();
        for query in wanted {
            if self.flying.len() >= MOST {
                break;
            }
            if self.flying.values().any(|other| covers(other, query)) {
                continue;
            }
            let id = task();
            if let Some(object) = object(query) {
                self.again.remove(object);
            }
            self.flying.insert(id, query.clone());
            started.push((id, query.clone()));
        }
        started
    }

    /// Whole payloads under way that are wanted no more: they may be large.
    pub(super) fn unwanted(&mut self, wanted: &[Query]) -> Vec<TaskId> {
        let left = |query: &Query| matches!(query, Query::Payload(_)) && !wanted.contains(query);
        let tasks: Vec<TaskId> = self.flying.iter().filter(|(_, query)| left(query)).map(|(task, _)| *task).collect();
        for task in &tasks {
            self.flying.remove(task);
        }
        tasks
    }

    /// Whether the task was under way.
    pub(super) fn landed(&mut self, task: TaskId) -> bool {
        self.flying.remove(&task).is_some()
    }

    /// Forgets everything and says what was under way.
    pub(super) fn forget(&mut self) -> impl Iterator<Item = TaskId> + use<> {
        self.again.clear();
        std::mem::take(&mut self.flying).into_keys()
    }
}

/// Whether the answer to a query under way makes another one needless.
fn covers(flying: &Query, wanted: &Query) -> bool {
    match (flying, wanted) {
        (Query::Summary(one), Query::Summary(other)) | (Query::Payload(one), Query::Summary(other)) => {
            one.uid == other.uid
        }
        (Query::Payload(one), Query::Payload(other)) => one == other,
        (Query::Controllers(_), Query::Controllers(_)) | (Query::ValuesFrom(..), Query::ValuesFrom(..)) => {
            flying == wanted
        }
        (Query::Summary(_), Query::Payload(_))
        | (Query::Controllers(_), Query::Summary(_) | Query::Payload(_) | Query::ValuesFrom(..))
        | (Query::ValuesFrom(..), Query::Summary(_) | Query::Payload(_) | Query::Controllers(_))
        | (Query::Summary(_) | Query::Payload(_), Query::Controllers(_) | Query::ValuesFrom(..)) => false,
    }
}

fn object(query: &Query) -> Option<&StoredRef> {
    match query {
        Query::Summary(object) | Query::Payload(object) => Some(object),
        Query::Controllers(_) | Query::ValuesFrom(..) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release::ObjectKey;
    use crate::release::codec::Driver;

    fn stored(uid: &str) -> StoredRef {
        let key = ObjectKey::new("shop", uid);
        StoredRef { driver: Driver::Secret, key, uid: uid.to_owned(), resource_version: "1".to_owned() }
    }

    #[test]
    fn eight_at_most_and_none_twice() {
        let mut fetches = Fetches::default();
        let wanted: Vec<Query> = (0..20).map(|n| Query::Summary(stored(&n.to_string()))).collect();
        let mut next = 0;
        let mut task = || {
            next += 1;
            TaskId(next)
        };
        assert_eq!(fetches.start(&wanted, &mut task).len(), MOST);
        assert_eq!(fetches.start(&wanted, &mut task).len(), 0);
        assert!(fetches.landed(TaskId(1)));
        assert!(!fetches.landed(TaskId(1)));
        let started = fetches.start(wanted.get(1..).unwrap(), &mut task);
        assert_eq!(started.into_iter().map(|(_, query)| query).collect::<Vec<_>>(), wanted.get(8..9).unwrap());
    }

    #[test]
    fn a_payload_that_nobody_looks_at_is_cancelled_and_a_summary_is_not() {
        let mut fetches = Fetches::default();
        let wanted = [Query::Payload(stored("a")), Query::Summary(stored("b"))];
        let mut next = 0;
        fetches.start(&wanted, || {
            next += 1;
            TaskId(next)
        });
        assert_eq!(fetches.unwanted(&wanted), []);
        assert_eq!(fetches.unwanted(&[]), [TaskId(1)]);
        assert_eq!(fetches.flying(), 1);
    }
}
