//! Who owns what of a release: asked for as a subject, found out elsewhere, because to read manifests and sets takes long, and
//! to ask the API server what becomes of the fields takes longer.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::ownership::found::Kind;
use crate::ownership::next::NextWrite;
use crate::ownership::report::{Report, Survey, Tried};
use crate::ownership::since::Search;
use crate::ownership::subject::Subject;
use crate::release::LiveObject;
use crate::release::payload::Revision;
use crate::schema::Schema;

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// Of what.
    pub subject: Subject,
    /// The findings.
    pub report: Report,
    /// The API server is being asked what becomes of them: another answer follows.
    pub is_asking: bool,
    /// The API server was asked, or is.
    pub is_tried: bool,
    tried: Vec<(NextWrite, Tried)>,
}

/// How many fields of a release are edited or left behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Oddities {
    /// Fields that somebody else changed.
    pub hotfixes: usize,
    /// Fields that a former manager keeps alive.
    pub leftovers: usize,
}

impl Known {
    /// Finds it out, by the types of the objects, and the writes that the API server is to be asked about. What it answered
    /// `before` to the same write of the same object stands: most news of an object are of its status. It is asked nothing unless
    /// it `tries`: then what becomes of the fields is computed.
    #[must_use]
    pub fn begin(subject: Subject, schema: &Schema, before: Option<&Self>, tries: bool) -> (Self, Vec<NextWrite>) {
        let (seen, writing) = (subject.seen(), subject.writing());
        let survey = Survey::of(&seen, schema, &writing);
        let (mut tried, mut asked) = (Vec::new(), Vec::new());
        for write in survey.writes() {
            match before.and_then(|before| before.answer(&write, &subject)) {
                Some(outcome) => tried.push((write, outcome)),
                None if tries => asked.push(write),
                None => {}
            }
        }
        let is_asking = !asked.is_empty();
        let untried = match (tries, is_asking) {
            (false, _) => "nobody looked at them yet",
            (true, true) => "the API server is being asked",
            (true, false) => UNTRIED,
        };
        let report = survey.report(&tried, untried);
        (Self { subject, report, is_asking, is_tried: tries, tried }, asked)
    }

    /// The same with what the API server answered.
    #[must_use]
    pub fn end(self, schema: &Schema, answers: Vec<(NextWrite, Tried)>) -> Self {
        let Self { subject, mut tried, .. } = self;
        tried.extend(answers);
        let (seen, writing) = (subject.seen(), subject.writing());
        let report = Survey::of(&seen, schema, &writing).report(&tried, UNTRIED);
        Self { subject, report, is_asking: false, is_tried: true, tried }
    }

    /// Whether the same was left behind under the same revision.
    #[must_use]
    pub fn is_left_as(&self, other: &Self) -> bool {
        std::sync::Arc::ptr_eq(&self.subject.payload, &other.subject.payload) && self.search(0) == other.search(0)
    }

    /// The search for since when what was left behind is in no manifest, where so many older revisions are stored.
    #[must_use]
    pub fn search(&self, older: usize) -> Search {
        Search::of(&self.report, self.subject.payload.revision().map_or(0, Revision::get), older)
    }

    /// How many findings ask for somebody's eyes.
    #[must_use]
    pub fn oddities(&self) -> Oddities {
        Oddities { hotfixes: self.report.count(Kind::Hotfix), leftovers: self.report.count(Kind::Leftover) }
    }

    /// What was answered to a write, if its object is as it was but for its status. What failed is asked again.
    fn answer(&self, write: &NextWrite, subject: &Subject) -> Option<Tried> {
        let (_, outcome) = self.tried.iter().find(|(tried, outcome)| tried == write && outcome.is_ok())?;
        let live = subject.live.iter().find(|live| is_of(live, write))?;
        let before = self.subject.live.iter().find(|live| is_of(live, write))?;
        let is_same =
            Arc::ptr_eq(live, before) || (live.uid == before.uid && without_status(live) == without_status(before));
        is_same.then(|| outcome.clone())
    }
}

/// Why a write is not among those that were tried.
const UNTRIED: &str = "its patch cannot be made";

fn is_of(live: &LiveObject, write: &NextWrite) -> bool {
    let group = write.api_version.split_once('/').map_or("", |(group, _)| group);
    let id = &live.id;
    (id.group.as_str(), &id.kind, &id.namespace, &id.name) == (group, &write.kind, &write.namespace, &write.name)
}

/// An object and who owns it, without what a controller reports.
fn without_status(live: &LiveObject) -> (Map<String, Value>, Vec<&Value>) {
    let mut body = live.body.as_object().cloned().unwrap_or_default();
    body.shift_remove("status");
    if let Some(metadata) = body.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.shift_remove("resourceVersion");
    }
    let entries = live.managed.as_array().into_iter().flatten();
    (body, entries.filter(|entry| entry.get("subresource").and_then(Value::as_str) != Some("status")).collect())
}
