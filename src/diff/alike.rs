//! Documents that both sides have letter by letter: most of two revisions of one release. They are read once, and not compared.

use std::collections::HashMap;
use std::ops::ControlFlow;

use super::{End, Part};
use crate::release::manifest::{self, Document};

/// Texts of documents that both sides have.
#[derive(Debug, Clone, Default)]
pub(super) struct Alike<'t> {
    texts: HashMap<Part, HashMap<&'t str, Found>>,
    /// How many documents these are.
    pub documents: usize,
    /// How many objects are in them.
    pub objects: usize,
}

#[derive(Debug, Clone, Copy)]
struct Found {
    number: usize,
    /// How often it is there.
    times: usize,
}

/// What is asked between two documents: whether to go on.
pub(super) type GoOn<'g> = &'g mut dyn FnMut() -> ControlFlow<()>;

impl<'t> Alike<'t> {
    /// Of two ends that are texts. What cannot be read is left out, so that each side tells of it.
    pub fn find(old: &'t End, new: &'t End, parts: &[Part], go_on: GoOn<'_>) -> ControlFlow<(), Self> {
        let mut alike = Self::default();
        for part in parts {
            let (Some(before), Some(after)) = (texts(old, *part), texts(new, *part)) else { continue };
            // An object that names no namespace is in another one there.
            if before.namespace != after.namespace && !before.namespace.is_empty() && !after.namespace.is_empty() {
                continue;
            }
            let mut waiting: HashMap<&str, usize> = HashMap::new();
            for document in before.documents() {
                let count = waiting.entry(document.text.trim_end()).or_default();
                *count = count.saturating_add(1);
            }
            for document in after.documents() {
                let text = document.text.trim_end();
                let Some(count) = waiting.get_mut(text).filter(|count| **count > 0) else { continue };
                go_on()?;
                let objects = manifest::objects_of(&document);
                if objects.iter().all(Result::is_ok) {
                    *count = count.saturating_sub(1);
                    let number = alike.documents;
                    let found = alike.texts.entry(*part).or_default().entry(text).or_insert(Found { number, times: 0 });
                    found.times = found.times.saturating_add(1);
                    alike.documents = alike.documents.saturating_add(1);
                    alike.objects = alike.objects.saturating_add(objects.len());
                }
            }
        }
        ControlFlow::Continue(alike)
    }

    /// If a document is one of them, what it has for a name on both sides; then it is one less.
    pub fn take(&mut self, part: Part, text: &str) -> Option<String> {
        let found = self.texts.get_mut(&part)?.get_mut(text.trim_end())?;
        let name = format!("{}.{}", found.number, found.times);
        found.times = found.times.checked_sub(1)?;
        Some(name)
    }
}

struct Texts<'t> {
    /// Of the release; empty for a file.
    namespace: &'t str,
    texts: Vec<&'t str>,
}

impl<'t> Texts<'t> {
    fn documents(&self) -> impl Iterator<Item = Document<'t>> {
        self.texts.iter().flat_map(|text| manifest::split(text))
    }
}

fn texts(end: &End, part: Part) -> Option<Texts<'_>> {
    match end {
        End::Revision(payload) => {
            let texts = match part {
                Part::Manifest => payload.manifest().into_iter().collect(),
                Part::Hooks => payload.hooks().into_iter().filter_map(|hook| hook.manifest).collect(),
                Part::Values | Part::Coalesced | Part::Chart | Part::Templates | Part::Files | Part::Notes => {
                    return None;
                }
            };
            Some(Texts { namespace: payload.namespace().unwrap_or_default(), texts })
        }
        End::File(_, text) if part == Part::Manifest => Some(Texts { namespace: "", texts: vec![text] }),
        End::File(..) | End::Live(..) | End::DryRun(..) | End::Defaults(_) => None,
    }
}
