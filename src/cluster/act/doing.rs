//! What a run knows while it goes on, and where it notes what it does.

use std::collections::BTreeMap;

use jiff::Timestamp;
use tokio::sync::{mpsc, watch};
use tokio::task::spawn_blocking;

use super::Acting;
use super::send::Prepared;
use crate::cluster::Cluster;
use crate::journal::{Deed, Entry};
use crate::plan::ledger::Ledger;
use crate::plan::recovery::Aim;
use crate::plan::{Body, News, Plan, Request, StepId, StepOutcome, Task};
use crate::release::mask::{Masker, Rules};
use crate::release::payload::Payload;
use crate::release::{ObjectId, Problem};

/// Nothing can be noted any more, so that nothing may be sent.
#[derive(Debug)]
pub(super) struct Broken(pub(super) Problem);

/// In which state this run met an object last.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) uid: Option<String>,
    pub(super) version: Option<String>,
    pub(super) digest: Option<String>,
}

/// A run.
pub(super) struct Doing<'r> {
    pub(super) cluster: &'r Cluster,
    pub(super) acting: &'r Acting,
    pub(super) news: &'r mpsc::Sender<News>,
    pub(super) stopped: watch::Receiver<bool>,
    /// Its name in the journal.
    pub(super) run: String,
    /// What is stored of the release, as far as this run read or wrote it.
    pub(super) ledger: Ledger,
    /// The objects that this run wrote, by their resource.
    pub(super) known: BTreeMap<(String, ObjectId), Known>,
    /// What hides the secrets of what is sent in the words of the server, which quotes it.
    pub(super) masker: Masker,
}

impl<'r> Doing<'r> {
    pub(super) async fn begin(
        cluster: &'r Cluster,
        plan: &Plan,
        acting: &'r Acting,
        news: &'r mpsc::Sender<News>,
        stopped: watch::Receiver<bool>,
    ) -> Result<Self, Broken> {
        let run = format!("{}-{}", Timestamp::now().strftime("%Y%m%dT%H%M%S.%9f"), std::process::id());
        let masker = masker(plan, &cluster.secrets).await;
        let (ledger, known) = (Ledger::default(), BTreeMap::new());
        let doing = Self { cluster, acting, news, stopped, run, ledger, known, masker };
        let begin = Deed::Begin {
            run: doing.run.clone(),
            plan: plan.digest(),
            release: format!("{}/{}", plan.namespace, plan.name),
            action: plan.action.clone(),
            title: plan.title.clone(),
        };
        doing.note(begin).await?;
        Ok(doing)
    }

    /// Notes a deed; it is on the disk when this returns.
    pub(super) async fn note(&self, deed: Deed) -> Result<(), Broken> {
        let Some(journal) = self.acting.journal.clone() else { return Ok(()) };
        let entry = Entry::new(Timestamp::now(), self.acting.by.clone(), deed);
        match spawn_blocking(move || journal.append(&entry)).await {
            Ok(noted) => noted.map_err(Broken),
            Err(error) => Err(Broken(Problem::new(crate::release::ProblemKind::Other, error))),
        }
    }

    pub(super) async fn note_sending(&self, id: StepId, request: &Request, prepared: &Prepared) -> Result<(), Broken> {
        let (uid, resource_version) = (prepared.uid.clone(), prepared.version.clone());
        let object = Some(Aim { path: request.object_path(), uid, resource_version });
        self.note(Deed::Send { run: self.run.clone(), step: id.0, request: request.line(), object }).await
    }

    /// Notes how one sending of a request went that is not the last word on it.
    pub(super) async fn note_try(&self, id: StepId, outcome: StepOutcome) -> Result<(), Broken> {
        self.note(Deed::Step { run: self.run.clone(), step: id.0, outcome }).await
    }

    /// Tells what happens. Nobody listens any more where the screen was left: the run goes on all the same.
    pub(super) async fn tell(&self, news: News) {
        let _ = self.news.send(news).await;
    }

    pub(super) fn is_stopped(&self) -> bool {
        *self.stopped.borrow()
    }
}

/// What knows the secrets of all that a plan sends.
async fn masker(plan: &Plan, rules: &Rules) -> Masker {
    let sent: Vec<Body> = plan
        .all_steps()
        .filter_map(|step| match &step.task {
            Task::Send(request) => Some(request.body.clone()),
            Task::Check(_) | Task::Await(_) => None,
        })
        .collect();
    let rules = rules.clone();
    let learnt = spawn_blocking({
        let rules = rules.clone();
        move || {
            let mut masker = Masker::new(rules.clone());
            for body in sent {
                match body {
                    Body::Json(object) => masker.learn_values(&object),
                    Body::Stored(stored) => {
                        if let Some(payload) = stored.payload.as_ref().and_then(serde_json::Value::as_object) {
                            masker.learn_from(&Masker::of(&Payload::new(payload.clone()), &rules));
                        }
                    }
                    Body::Empty | Body::Migration { .. } => {}
                }
            }
            masker
        }
    });
    learnt.await.unwrap_or_else(|_| Masker::new(rules))
}
