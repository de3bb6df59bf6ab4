//! The Events about objects of an open release: they explain what no status says, and run out by themselves.

use std::collections::BTreeMap;

use crate::release::{Event, ObjectKey};

/// Events that are kept: a namespace of a thousand Pods that cannot start has some thousand.
const MOST: usize = 4096;

#[derive(Debug, Default)]
pub(super) struct Events(BTreeMap<ObjectKey, Box<Event>>);

impl Events {
    pub(super) fn put(&mut self, event: &Event) {
        self.0.insert(event.key.clone(), Box::new(event.clone()));
        if self.0.len() > MOST
            && let Some(oldest) = self.0.values().min_by_key(|event| event.last).map(|event| event.key.clone())
        {
            self.0.remove(&oldest);
        }
    }

    pub(super) fn remove(&mut self, key: &ObjectKey) {
        self.0.remove(key);
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Event> {
        self.0.values().map(|event| &**event)
    }
}
