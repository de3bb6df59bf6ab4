//! Stored revisions as they are sent: read where they are not known yet, changed, and packed.

use tokio::task::spawn_blocking;

use super::check::newest_stored;
use super::doing::Doing;
use super::send::Prepared;
use super::write::{Made, Wrote};
use crate::plan::ledger::Revision;
use crate::plan::step::Stored;
use crate::plan::{Body, Request, StepOutcome, Verb};
use crate::release::codec::CodecError;
use crate::release::mask::Masker;
use crate::release::payload::ReleaseStatus;

impl Doing<'_> {
    /// The object that stores a revision after a change. What is changed stays so where it could not be stored: the next change
    /// of the revision brings it along.
    pub(super) async fn stored(&mut self, request: &Request, stored: &Stored, error: &str) -> Made {
        let number = stored.revision;
        if request.verb == Verb::Delete {
            let seen = stored.seen.as_ref();
            self.ledger.forget(number);
            return Ok(Prepared {
                body: serde_json::json!({}),
                uid: seen.map(|seen| seen.uid.clone()),
                version: seen.map(|seen| seen.resource_version.clone()),
                digest: None,
            });
        }
        if self.ledger.revision(number).is_none() {
            let found = match (request.verb, &stored.payload) {
                (Verb::Create, Some(_)) => Revision::created(request, stored, Self::now()),
                _ => Some(self.met(request, stored).await?),
            };
            let found = found.ok_or_else(|| Wrote::failed(format!("revision {number} comes without its payload")))?;
            self.ledger.keep(number, found);
        } else if request.verb != Verb::Create {
            self.found_again(request, number).await?;
        }
        let Some(held) = self.ledger.revision(number) else {
            return Err(Wrote::failed(format!("revision {number} is not known")));
        };
        held.change(stored, error, Self::now());
        let (uid, version) = held.state().unzip();
        let held = held.clone();
        let body = spawn_blocking(move || held.object()).await;
        let body = body.map_err(|error| Wrote::failed(error.to_string()))?;
        let body = body.map_err(|error| Wrote::failed(error.to_string()))?;
        if let Some(held) = self.ledger.revision(number).filter(|_| uid.is_none()) {
            // By this it is known again, where nobody answers.
            held.met(&body);
        }
        Ok(Prepared { body, uid, version, digest: None })
    }

    /// Why it does not count that the revision of this run was called deployed: somebody stored a newer one meanwhile, from an older
    /// state, so that two would be deployed. Where that cannot be read, what was done counts.
    pub(super) async fn overtaken(&mut self, request: &Request) -> Option<String> {
        let Body::Stored(stored) = &request.body else { return None };
        let number = stored.revision;
        if stored.seen.is_some() || stored.status != Some(ReleaseStatus::Deployed) {
            return None;
        }
        let payload = self.ledger.revision(number)?.payload();
        let namespace = &request.object.namespace;
        let newest = newest_stored(self.cluster, stored.driver, namespace, payload.name()?).await.ok()??;
        let (newer, status) = (newest.revision, newest.status);
        (newer.get() > number)
            .then(|| format!("changed since the plan: revision {newer} was stored meanwhile, {status}: {number} is not what is deployed"))
    }

    /// A revision of which nobody knows whether this run stored it, as it is.
    async fn found_again(&mut self, request: &Request, number: u32) -> Result<(), Wrote> {
        if self.ledger.revision(number).is_none_or(|held| held.state().is_some()) {
            return Ok(());
        }
        let live = self.read(request).await.map_err(|why| Wrote::failed(self.masked(&why)))?;
        let Some(live) = live else {
            return Err(Wrote::plain(StepOutcome::Skipped(format!("revision {number} was not stored"))));
        };
        let held = self.ledger.revision(number).filter(|held| held.is_as_met(&live));
        held.ok_or_else(|| Wrote::changed(format!("somebody else stored revision {number}")))?.met(&live);
        Ok(())
    }

    /// A revision as the server has it, which has to be as the plan saw it.
    async fn met(&mut self, request: &Request, stored: &Stored) -> Result<Revision, Wrote> {
        let number = stored.revision;
        let live = self.read(request).await.map_err(|why| Wrote::failed(self.masked(&why)))?;
        let Some(live) = live else {
            return Err(match &stored.seen {
                Some(_) => Wrote::changed(format!("revision {number} is gone")),
                // This run did not come to store it.
                None => Wrote::plain(StepOutcome::Skipped(format!("revision {number} was not stored"))),
            });
        };
        let metadata = |name: &str| live.pointer(&format!("/metadata/{name}")).and_then(serde_json::Value::as_str);
        match &stored.seen {
            Some(seen) if metadata("uid") != Some(&seen.uid) => {
                return Err(Wrote::changed(format!("revision {number} is another one of its number")));
            }
            Some(seen) if metadata("resourceVersion") != Some(&seen.resource_version) => {
                return Err(Wrote::changed(format!("somebody else wrote revision {number}")));
            }
            Some(_) => {}
            None => return Err(Wrote::changed(format!("somebody else stored revision {number}"))),
        }
        let (driver, rules, mut masker) = (stored.driver, self.cluster.secrets.clone(), self.masker.clone());
        let read = spawn_blocking(move || {
            let revision = Revision::read(driver, &live)?;
            masker.learn_from(&Masker::of(&revision.payload(), &rules));
            Ok::<_, CodecError>((revision, masker))
        });
        let read = read.await.map_err(|error| Wrote::failed(error.to_string()))?;
        let (revision, masker) = read.map_err(|error| Wrote::failed(format!("revision {number}: {error}")))?;
        self.masker = masker;
        Ok(revision)
    }
}
