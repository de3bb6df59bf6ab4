//! One request of a plan, until it is known whether it did its work: made as it is sent, sent again where only the status of its
//! object changed, and looked for where its answer was lost.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::doing::{Broken, Doing, Known};
use super::look::look;
use super::send::{Answer, Prepared, send};
use crate::cluster::backoff::Backoff;
use crate::cluster::object;
use crate::ownership::patch::{Migration, migration_patch};
use crate::plan::reread::{Sent, Written, written};
use crate::plan::{Body, News, Request, StepId, StepOutcome, Verb, seen_as};

/// How often one request is sent.
const TRIES: u32 = 4;
/// For how long an object is asked for of which nobody knows whether it was written.
const LOOKED_FOR: Duration = Duration::from_secs(60);

/// How a step ended that writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wrote {
    pub(super) outcome: StepOutcome,
    /// It failed because the cluster is not as it was planned for.
    pub(super) is_changed: bool,
    /// The cluster is another one by it, or may be.
    pub(super) has_written: bool,
    /// What a person should know after the run.
    pub(super) tells: Vec<String>,
}

impl Wrote {
    pub(super) fn plain(outcome: StepOutcome) -> Self {
        let has_written = matches!(outcome, StepOutcome::Unknown(_));
        Self { outcome, is_changed: false, has_written, tells: Vec::new() }
    }

    fn done(says: &str) -> Self {
        Self { has_written: true, ..Self::plain(StepOutcome::Done(says.to_owned())) }
    }

    pub(super) fn failed(why: impl Into<String>) -> Self {
        Self::plain(StepOutcome::Failed(why.into()))
    }

    pub(super) fn changed(why: impl Into<String>) -> Self {
        Self { is_changed: true, ..Self::failed(format!("changed since the plan: {}", why.into())) }
    }
}

/// What is to be sent now, or why nothing is.
pub(super) type Made = Result<Prepared, Wrote>;

impl Doing<'_> {
    /// Sends a request until it is known what became of it.
    pub(super) async fn write(&mut self, id: StepId, request: &Request, error: &str) -> Result<Wrote, Broken> {
        let mut left = TRIES;
        let mut was_lost = false;
        loop {
            let prepared = match self.prepare(request, error).await {
                Ok(prepared) => prepared,
                Err(wrote) => return Ok(wrote),
            };
            left -= 1;
            self.note_sending(id, request, &prepared).await?;
            let answer = send(self.cluster, request, &prepared).await;
            let (says, pause) = match answer {
                Answer::Done(object) => {
                    self.learn(request, &prepared, Some(&object)).await;
                    return Ok(Wrote::done(""));
                }
                Answer::Missing(says) if request.verb == Verb::Delete => {
                    self.learn(request, &prepared, None).await;
                    return Ok(Wrote::plain(StepOutcome::Skipped(self.masked(&says))));
                }
                Answer::Missing(says) => return Ok(Wrote::failed(self.masked(&says))),
                Answer::Refused(says) => {
                    let wrote = self.refused(request, &prepared, says).await;
                    return Ok(wrote);
                }
                Answer::Exists(says) if !was_lost => return Ok(Wrote::changed(self.masked(&says))),
                Answer::Busy(says, pause) => {
                    if left == 0 {
                        return Ok(Wrote::failed(self.masked(&says)));
                    }
                    self.note_try(id, StepOutcome::Failed(self.masked(&says))).await?;
                    sleep(pause).await;
                    continue;
                }
                Answer::Conflict(says) if !was_lost => match self.met_conflict(request, &prepared, &says).await {
                    Ok(()) if left > 0 => {
                        self.note_try(id, StepOutcome::Failed(self.masked(&says))).await?;
                        continue;
                    }
                    Ok(()) => return Ok(Wrote::failed(self.masked(&says))),
                    Err(wrote) => return Ok(wrote),
                },
                // What was sent before may be what is in the way.
                Answer::Exists(says) => (says, None),
                Answer::Conflict(says) => (says, Some(Duration::ZERO)),
                Answer::Lost(says, pause) => (says, pause),
            };
            was_lost = true;
            let says = self.masked(&says);
            self.note_try(id, StepOutcome::Unknown(says.clone())).await?;
            // Whoever watches is told that nobody knows.
            let _ = self.news.send(News::Waiting(id, format!("outcome unknown ({says}): reading again"), None)).await;
            let live = match self.read_patiently(request).await {
                Ok(live) => live,
                Err(why) => {
                    let why = format!("{says}; whether it was written is not known: {}", self.masked(&why));
                    return Ok(Wrote::plain(StepOutcome::Unknown(why)));
                }
            };
            let sent = Sent {
                request,
                body: &prepared.body,
                uid: prepared.uid.as_deref(),
                version: prepared.version.as_deref(),
                digest: prepared.digest.as_deref(),
            };
            match written(sent, live.as_ref()) {
                Written::Yes => {
                    self.learn(request, &prepared, live.as_ref()).await;
                    return Ok(Wrote::done("the answer was lost; read again: it is written"));
                }
                Written::No => match pause.filter(|_| left > 0) {
                    Some(pause) => {
                        if let Some(live) = &live {
                            self.know(request, live);
                        }
                        sleep(pause).await;
                    }
                    None => return Ok(Wrote::failed(says)),
                },
                Written::Never => return Ok(Wrote::changed(format!("{} ({says})", other(request)))),
                Written::Unclear => {
                    let why = format!("{says}; read again: {} was written, by whom cannot be told", named(request));
                    return Ok(Wrote::plain(StepOutcome::Unknown(why)));
                }
            }
        }
    }

    async fn prepare(&mut self, request: &Request, error: &str) -> Made {
        let known = self.known.get(&(request.resource.clone(), request.object.clone())).cloned();
        let known = known.unwrap_or_else(|| Known {
            uid: request.uid.clone(),
            version: request.resource_version.clone(),
            digest: request.digest.clone(),
        });
        // A state is asked for only where the plan asks for one.
        let version = known.version.clone().filter(|_| request.resource_version.is_some());
        let prepared = |body: Value| Prepared {
            body,
            uid: known.uid.clone(),
            version: version.clone(),
            digest: known.digest.clone(),
        };
        match &request.body {
            Body::Empty => Ok(prepared(json!({}))),
            Body::Json(body) => Ok(prepared(body.clone())),
            Body::Stored(stored) => self.stored(request, stored, error).await,
            Body::Migration { managers, to } => {
                let live = self.read(request).await.map_err(|why| Wrote::failed(self.masked(&why)))?;
                let live = live.ok_or_else(|| Wrote::changed(other(request)))?;
                let uid = text(&live, "/metadata/uid");
                if known.uid.is_some() && known.uid.as_deref() != Some(uid) {
                    return Err(Wrote::changed(other(request)));
                }
                let digest = seen_as(&live);
                let live_version = text(&live, "/metadata/resourceVersion");
                let is_as_seen = match (&version, &known.digest) {
                    (Some(version), _) if version == live_version => true,
                    (_, Some(seen)) => *seen == digest,
                    (seen, None) => seen.is_none(),
                };
                if !is_as_seen {
                    return Err(Wrote::changed(named(request)));
                }
                let from: Vec<&str> = managers.iter().map(String::as_str).collect();
                let migration = Migration { from: &from, to, subresource: "" };
                match migration_patch(&live, &migration) {
                    Ok(Some(patch)) => Ok(Prepared {
                        body: patch,
                        uid: Some(uid.to_owned()),
                        version: Some(live_version.to_owned()),
                        digest: Some(digest),
                    }),
                    // What waits for it goes on.
                    Ok(None) => Err(Wrote::plain(StepOutcome::Done("there was nothing to take over".to_owned()))),
                    Err(fault) => Err(Wrote::failed(self.masked(&fault.to_string()))),
                }
            }
        }
    }

    /// Whether a conflict is only that the status of the object was written: then it is taken in the newer state.
    async fn met_conflict(&mut self, request: &Request, prepared: &Prepared, says: &str) -> Result<(), Wrote> {
        let live = match self.read(request).await {
            Ok(Some(live)) => live,
            Ok(None) if request.verb == Verb::Delete => {
                return Err(Wrote::plain(StepOutcome::Skipped("it is gone".to_owned())));
            }
            // What is made new can be in the way of others: of a quota that is counted on at the same time, the server says this.
            Ok(None) if prepared.uid.is_none() => return Ok(()),
            Ok(None) => return Err(Wrote::changed(other(request))),
            Err(why) => return Err(Wrote::failed(self.masked(&format!("{says}; it cannot be read again: {why}")))),
        };
        if prepared.uid.as_deref().is_some_and(|uid| uid != text(&live, "/metadata/uid")) {
            return Err(Wrote::changed(other(request)));
        }
        match &request.body {
            Body::Stored(stored) => {
                let held = self.ledger.revision(stored.revision).filter(|held| held.is_as_met(&live));
                held.ok_or_else(|| Wrote::changed(format!("somebody else wrote revision {}", stored.revision)))?
                    .met(&live);
                Ok(())
            }
            Body::Migration { .. } => Ok(()),
            Body::Empty | Body::Json(_) => match (&prepared.version, &prepared.digest) {
                // The server was in its own way.
                (None, _) => Ok(()),
                (Some(_), Some(digest)) if seen_as(&live) == *digest => {
                    self.know(request, &live);
                    Ok(())
                }
                (Some(_), _) => Err(Wrote::changed(format!("{} ({})", named(request), self.masked(says)))),
            },
        }
    }

    /// What was refused is a change since the plan where the object is another one: some servers call that invalid.
    async fn refused(&mut self, request: &Request, prepared: &Prepared, says: String) -> Wrote {
        let is_of_uid = prepared.uid.is_some() && says.contains("uid");
        if is_of_uid
            && let Ok(live) = self.read(request).await
            && live.as_ref().map(|live| text(live, "/metadata/uid")) != prepared.uid.as_deref()
        {
            return Wrote::changed(other(request));
        }
        Wrote::failed(self.masked(&says))
    }

    /// The object of a request as it is.
    pub(super) async fn read(&self, request: &Request) -> Result<Option<Value>, String> {
        look(self.cluster, &request.object_path(), object::WHOLE).await.map_err(|unread| unread.says)
    }

    /// The same, again and again while there is no answer: until then nobody knows what was written. Where the program wants to
    /// end, once.
    async fn read_patiently(&self, request: &Request) -> Result<Option<Value>, String> {
        let until = Instant::now() + LOOKED_FOR;
        let mut backoff = Backoff::default();
        loop {
            // What was lost may still be under way.
            sleep(backoff.next_pause()).await;
            match self.read(request).await {
                Ok(found) => return Ok(found),
                Err(why) if Instant::now() >= until || *self.stopped.borrow() => return Err(why),
                Err(_) => {}
            }
        }
    }

    /// Takes in what a request made of its object.
    async fn learn(&mut self, request: &Request, prepared: &Prepared, object: Option<&Value>) {
        if let Body::Stored(stored) = &request.body {
            if let Some(held) = self.ledger.revision(stored.revision) {
                held.met(&prepared.body);
                if let Some(object) = object {
                    held.met(object);
                }
            }
            return;
        }
        let place = (request.resource.clone(), request.object.clone());
        match object {
            Some(object) if request.verb != Verb::Delete => self.know(request, object),
            Some(_) | None => {
                self.known.remove(&place);
            }
        }
    }

    /// Remembers in which state the object of a request is.
    fn know(&mut self, request: &Request, object: &Value) {
        if let Body::Stored(stored) = &request.body {
            if let Some(held) = self.ledger.revision(stored.revision) {
                held.met(object);
            }
            return;
        }
        let some = |pointer: &str| Some(text(object, pointer).to_owned()).filter(|text| !text.is_empty());
        let known = Known {
            uid: some("/metadata/uid"),
            version: some("/metadata/resourceVersion"),
            digest: Some(seen_as(object)),
        };
        self.known.insert((request.resource.clone(), request.object.clone()), known);
    }

    pub(super) fn masked(&self, text: &str) -> String {
        self.masker.text(text)
    }

    pub(super) fn now() -> Timestamp {
        Timestamp::now()
    }
}

fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

pub(super) fn named(request: &Request) -> String {
    format!("{} {}", request.object.kind, request.object.name)
}

fn other(request: &Request) -> String {
    format!("{} is gone, or another one of its name", named(request))
}
