//! Runs effects. Whatever takes time runs beside the loop and comes back as a message.

use std::collections::{BTreeSet, HashMap};
use std::ops::ControlFlow;
use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::{FutureExt as _, StreamExt as _};
use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use crate::app::blame::sheet::Sheet;
use crate::app::diff::sheet;
use crate::app::document::{highlight, prepare, search};
use crate::app::drift::Drifted;
use crate::app::owners::Known;
use crate::app::release::values::sheet::Sheet as Values;
use crate::app::{Effect, Epoch, Msg, TaskId, preflight};
use crate::config::Multiplexer;
use crate::diff::Asked;
use crate::ownership::subject::Subject;
use crate::plan::preflight::WhatIf;
use crate::plan::{Action, Ended, News, Outcome, Plan};
use crate::release::payload::Payload;
use crate::release::values::{Found, Source};
use crate::release::{Answer, LogNews, LogRequest, Problem, ProblemKind, Query, Release, StoredRef};
use crate::schema::Schema;

use super::acting::Acts;
use super::port::{Link, Logging as _, Watching as _};
use super::reveal::Noting;
use super::{clipboard, deeds, owners, patch};

/// Answers that wait to be taken in; whoever has one more waits with it.
const WAITING: usize = 64;

/// How often it is told how far something is; not at all of what takes less.
const PROGRESS: Duration = Duration::from_millis(200);

/// How many releases are preflighted at once; each tries a few writes at once.
const PREFLIGHTS: usize = 4;

pub(super) struct Runner<L: Link> {
    link: Option<L>,
    watch: Option<(Epoch, L::Watch)>,
    inspected: Option<(Epoch, L::Watch)>,
    tasks: HashMap<TaskId, AbortHandle>,
    inbox: mpsc::Receiver<(TaskId, Msg)>,
    outbox: mpsc::Sender<(TaskId, Msg)>,
    wake: Option<(Instant, Timestamp)>,
    /// What makes the terminal copy.
    copied: Option<String>,
    multiplexer: Multiplexer,
    /// Texts that tmux did not take, and why.
    refused: mpsc::Receiver<(String, String)>,
    refuse: mpsc::Sender<(String, String)>,
    noting: Noting,
    /// What runs, in whichever context it began.
    acts: Acts,
}

impl<L: Link> Runner<L> {
    pub(super) fn new(noting: Noting, multiplexer: Multiplexer, acts: Acts) -> Self {
        let (refuse, refused) = mpsc::channel(1);
        let (outbox, inbox) = mpsc::channel(WAITING);
        Self {
            link: None,
            watch: None,
            inspected: None,
            tasks: HashMap::new(),
            inbox,
            outbox,
            wake: None,
            copied: None,
            multiplexer,
            refused,
            refuse,
            noting,
            acts,
        }
    }

    pub(super) fn link(&self) -> Option<&L> {
        self.link.as_ref()
    }

    pub(super) fn connect(&mut self, link: L) {
        self.link = Some(link);
    }

    /// Leaves the cluster: nothing more is asked of it, and nothing that it still says is heard. What acts goes on.
    pub(super) fn disconnect(&mut self) {
        self.watch = None;
        self.inspected = None;
        self.link = None;
        for (_, handle) in self.tasks.drain() {
            handle.abort();
        }
    }

    /// Waits for an answer or a change. Nothing is lost when the waiting is given up.
    pub(super) async fn next(&mut self) -> Msg {
        let Self { watch, inspected, inbox, tasks, copied, multiplexer, refused, .. } = self;
        let changes = async {
            match watch {
                Some((epoch, watch)) => Msg::Cluster(*epoch, watch.next().await),
                None => std::future::pending().await,
            }
        };
        let news = async {
            match inspected {
                Some((epoch, watch)) => Msg::Inspected(*epoch, watch.next().await),
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            // The runner holds a sender itself, so the channel does not end.
            Some((task, msg)) = inbox.recv() => {
                finished(tasks, task, &msg);
                msg
            }
            // Nor does this one.
            Some((text, why)) = refused.recv() => {
                *copied = Some(clipboard::sequence(&text, *multiplexer));
                Msg::Told(format!("tmux did not take it ({why}): sent to the terminal as outside of tmux"))
            }
            msg = changes => msg,
            msg = news => msg,
        }
    }

    /// An answer that is there already.
    pub(super) fn ready(&mut self) -> Option<Msg> {
        let (task, msg) = self.inbox.try_recv().ok()?;
        finished(&mut self.tasks, task, &msg);
        Some(msg)
    }

    pub(super) fn wake_at(&self) -> Option<Instant> {
        self.wake.map(|(at, _)| at)
    }

    /// The time for which the waking was asked; what was asked for must not be told an earlier one, or it would not
    /// ask again.
    pub(super) fn woken(&mut self) -> Option<Timestamp> {
        self.wake.take().map(|(_, at)| at)
    }

    /// What makes the terminal copy what is to be copied.
    pub(super) fn copied(&mut self) -> Option<String> {
        self.copied.take()
    }

    pub(super) fn run(&mut self, effect: Effect) {
        match effect {
            Effect::Watch(epoch, scope) => {
                // The old watch ends before the new one begins, so that never both ask the server.
                self.watch = None;
                self.watch = self.link.as_ref().map(|link| (epoch, link.watch(scope)));
            }
            Effect::Inspect(epoch, inventory) => {
                self.inspected = None;
                self.inspected = self.link.as_ref().map(|link| (epoch, link.inspect(inventory)));
            }
            Effect::Leave => self.inspected = None,
            Effect::Log(task, request) => self.log(task, request),
            Effect::Fetch(task, query) => self.fetch(task, query),
            Effect::Cancel(task) => {
                if let Some(handle) = self.tasks.remove(&task) {
                    handle.abort();
                }
            }
            Effect::Prepare(task, source) => {
                self.beside(task, move || Msg::Prepared(task, Arc::new(prepare::prepare(&source))));
            }
            Effect::Highlight(task, document) => {
                self.beside(task, move || Msg::Highlighted(task, Arc::new(highlight::highlight(&document))));
            }
            Effect::Search(task, document, pattern) => {
                self.beside(task, move || Msg::Found(task, Arc::new(search::search(&document, &pattern))));
            }
            Effect::Own(task, subject, before, tries) => self.own(task, subject, before, tries),
            Effect::Compare(task, asked) => {
                let versions = asked.subject.api_versions();
                self.typed(task, versions, move |types| Msg::Compared(task, Arc::new(Drifted::find(*asked, types))));
            }
            Effect::Trace(task, known, older) => self.trace(task, known, older),
            Effect::Blame(task, source) => {
                let versions = source.api_versions();
                self.typed(task, versions, move |types| Msg::Blamed(task, Arc::new(Sheet::of(&source, types))));
            }
            Effect::Preflight(task, releases, what_if) => self.preflight(task, releases, what_if),
            Effect::Reveal(task, asked) => {
                let (context, server) = self.link.as_ref().map_or(("", ""), |link| (link.context(), link.server()));
                let entry = self.noting.entry(&asked, context, server, super::now());
                let (noting, outbox) = (self.noting.clone(), self.outbox.clone());
                self.beside(task, move || {
                    let noted = noting.note(&entry);
                    if let Ok(Some(said)) = &noted {
                        let _ = outbox.blocking_send((task, Msg::Told(said.clone())));
                    }
                    Msg::Revealed(task, noted.map(|_| asked.value))
                });
            }
            Effect::TryWrites(task, release, payload) => self.try_writes(task, release, payload.0),
            Effect::Diff(task, asked) => self.diff(task, *asked),
            Effect::Lay(task, diff, home, with_noise) => {
                self.beside(task, move || Msg::Laid(task, Arc::new(sheet::Sheet::of(&diff, &home, with_noise))));
            }
            Effect::SavePatch(task, name, diff, with_noise) => self.beside(task, move || {
                Msg::Told(patch::save(Path::new("."), &name, &sheet::patch_of(&diff, with_noise)))
            }),
            Effect::WakeAt(at) => {
                let wait = at.duration_since(Timestamp::now());
                let wait = std::time::Duration::try_from(wait).unwrap_or_default();
                self.wake = Some((Instant::now() + wait, at));
            }
            Effect::Plan(task, release, action) => self.plan(task, release, action),
            Effect::Act(task, plan) => self.act(task, plan),
            Effect::Halt(task) => self.acts.stop(task),
            Effect::ReadJournal(task) => {
                let journal = self.noting.journal.clone();
                self.beside(task, move || {
                    Msg::Journaled(task, journal.read().map(|lines| Arc::new(deeds::told(&lines))))
                });
            }
            Effect::ReadUnfinished(task) => {
                let journal = self.noting.journal.clone();
                let server = self.link.as_ref().map(|link| link.server().to_owned()).unwrap_or_default();
                self.beside(task, move || {
                    // One that cannot be read is told to whoever opens it, or acts.
                    let lines = journal.read().unwrap_or_default();
                    Msg::Unfinished(task, deeds::left(&lines, &server))
                });
            }
            Effect::Review(task, needs) => {
                let outbox = self.outbox.clone();
                let Some(link) = self.link.clone() else { return };
                let handle = tokio::spawn(async move {
                    let answers = AssertUnwindSafe(link.review(needs)).catch_unwind().await.unwrap_or_default();
                    let _ = outbox.send((task, Msg::Reviewed(task, answers))).await;
                });
                self.tasks.insert(task, handle.abort_handle());
            }
            Effect::LayValues(task, asked) => {
                self.beside(task, move || Msg::ValuesLaid(task, Arc::new(Values::of(&asked))));
            }
            Effect::Copy(text) => self.copy(text),
            Effect::CopyRevealed(value) => self.copy(value.reveal().to_owned()),
            // The loop sees to them.
            Effect::Open(_)
            | Effect::ListContexts(_)
            | Effect::Read(..)
            | Effect::ReadDiff(_)
            | Effect::Suspend
            | Effect::Quit => {}
        }
    }

    fn copy(&mut self, text: String) {
        match self.multiplexer {
            Multiplexer::Tmux => {
                let refuse = self.refuse.clone();
                tokio::spawn(async move {
                    if let Err(why) = clipboard::to_tmux(&text).await {
                        let _ = refuse.send((text, why)).await;
                    }
                });
            }
            around @ (Multiplexer::Nothing | Multiplexer::Screen) => {
                self.copied = Some(clipboard::sequence(&text, around));
            }
        }
    }

    fn fetch(&mut self, task: TaskId, query: Query) {
        let outbox = self.outbox.clone();
        let Some(link) = self.link.clone() else { return };
        let handle = tokio::spawn(async move {
            // An answer that panics is a failed answer: its row must not wait for ever.
            let answer = AssertUnwindSafe(link.ask(query.clone())).catch_unwind().await;
            let answer = answer.unwrap_or_else(|_| failed(query));
            let _ = outbox.send((task, Msg::Answered(task, answer))).await;
        });
        self.tasks.insert(task, handle.abort_handle());
    }

    fn own(&mut self, task: TaskId, subject: Subject, before: Option<Arc<Known>>, tries: bool) {
        let outbox = self.outbox.clone();
        let Some(link) = self.link.clone() else { return };
        let handle = tokio::spawn(async move {
            let tell = async |known| {
                let _ = outbox.send((task, Msg::Owned(task, known))).await;
            };
            let done = AssertUnwindSafe(owners::own(&link, subject, before, tries, tell)).catch_unwind().await;
            let msg = match done {
                Ok(Ok(known)) => Msg::Owned(task, known),
                Ok(Err(_)) | Err(_) => Msg::Broken(task, broken()),
            };
            let _ = outbox.send((task, msg)).await;
        });
        self.tasks.insert(task, handle.abort_handle());
    }

    /// Runs what takes long and needs types.
    fn typed(
        &mut self,
        task: TaskId,
        api_versions: BTreeSet<String>,
        work: impl FnOnce(&Schema) -> Msg + Send + 'static,
    ) {
        let outbox = self.outbox.clone();
        let Some(link) = self.link.clone() else { return };
        let handle = tokio::spawn(async move {
            let schema = owners::types(&link, api_versions).await;
            let done = tokio::task::spawn_blocking(move || work(&schema));
            let _ = outbox.send((task, done.await.unwrap_or_else(|_| Msg::Broken(task, broken())))).await;
        });
        self.tasks.insert(task, handle.abort_handle());
    }

    fn try_writes(&mut self, task: TaskId, release: Arc<Release>, payload: Arc<Payload>) {
        let outbox = self.outbox.clone();
        let Some(link) = self.link.clone() else { return };
        let handle = tokio::spawn(async move {
            let tried = AssertUnwindSafe(link.outcomes(release, payload, super::now())).catch_unwind().await;
            let msg = Msg::Tried(task, tried.unwrap_or_else(|_| Err(broken())));
            let _ = outbox.send((task, msg)).await;
        });
        self.tasks.insert(task, handle.abort_handle());
    }

    /// Compares, and tells how far that is where it takes long. It ends where it is when it is cancelled.
    fn diff(&mut self, task: TaskId, asked: Asked) {
        let outbox = self.outbox.clone();
        let Some(link) = self.link.clone() else { return };
        let handle = tokio::spawn(async move {
            let given_up = GivenUp::default();
            let is_given_up = Arc::clone(&given_up.0);
            let progress = outbox.clone();
            let schema = owners::types(&link, asked.api_versions()).await;
            let done = tokio::task::spawn_blocking(move || {
                let mut told = Instant::now();
                asked.compare(&schema, |far| {
                    if is_given_up.load(Ordering::Relaxed) {
                        return ControlFlow::Break(());
                    }
                    if told.elapsed() > PROGRESS {
                        told = Instant::now();
                        // Where there is no room for it, the next one will do.
                        let _ = progress.try_send((task, Msg::Diffing(task, far)));
                    }
                    ControlFlow::Continue(())
                })
            });
            let msg = match done.await {
                Ok(Some(diff)) => Msg::Diffed(task, Arc::new(diff)),
                Ok(None) => return,
                Err(_) => Msg::Broken(task, broken()),
            };
            let _ = outbox.send((task, msg)).await;
        });
        self.tasks.insert(task, handle.abort_handle());
    }

    fn trace(&mut self, task: TaskId, known: Arc<Known>, older: Vec<(u32, StoredRef)>) {
        let outbox = self.outbox.clone();
        let Some(link) = self.link.clone() else { return };
        let handle = tokio::spawn(async move {
            let schema = Arc::new(owners::types(&link, known.subject.api_versions()).await);
            let traced = AssertUnwindSafe(link.trace(known.search(older.len()), older, schema)).catch_unwind().await;
            let msg = traced.map_or_else(|_| Msg::Broken(task, broken()), |since| Msg::Traced(task, Arc::new(since)));
            let _ = outbox.send((task, msg)).await;
        });
        self.tasks.insert(task, handle.abort_handle());
    }

    fn preflight(&mut self, task: TaskId, releases: Vec<Arc<Release>>, what_if: WhatIf) {
        let outbox = self.outbox.clone();
        let Some(link) = self.link.clone() else { return };
        let handle = tokio::spawn(async move {
            let mut left = releases.len();
            let now = super::now();
            let asked = futures::stream::iter(releases).map(|release| {
                let (link, what_if, id) = (link.clone(), what_if.clone(), release.id.clone());
                async move {
                    let answer = AssertUnwindSafe(link.preflight(release, what_if, now)).catch_unwind().await;
                    (id, answer.unwrap_or_else(|_| Err(broken())).map(Arc::new))
                }
            });
            let mut answers = std::pin::pin!(asked.buffer_unordered(PREFLIGHTS));
            while let Some((id, result)) = answers.next().await {
                left = left.saturating_sub(1);
                let answer = preflight::Answer { id, result, is_last: left == 0 };
                if outbox.send((task, Msg::Preflighted(task, answer))).await.is_err() {
                    break;
                }
            }
        });
        self.tasks.insert(task, handle.abort_handle());
    }

    fn plan(&mut self, task: TaskId, release: Arc<Release>, action: Action) {
        let outbox = self.outbox.clone();
        let Some(link) = self.link.clone() else { return };
        let handle = tokio::spawn(async move {
            let planned = AssertUnwindSafe(link.plan(release, action, super::now())).catch_unwind().await;
            let planned = planned.unwrap_or_else(|_| Err(broken()));
            let _ = outbox.send((task, Msg::Planned(task, planned.map(Arc::new)))).await;
        });
        self.tasks.insert(task, handle.abort_handle());
    }

    /// Runs a plan in a task that nothing here aborts.
    fn act(&mut self, task: TaskId, plan: Arc<Plan>) {
        let Some(link) = &self.link else {
            let says = "the cluster was left before it began".to_owned();
            let over = News::Over(Ended { outcome: Outcome::Refused, says, next: Vec::new() });
            return self.beside(task, move || Msg::Acting(task, over));
        };
        let acting = self.noting.acting(link.context(), link.server());
        self.acts.begin(task, link.run(plan, acting), self.outbox.clone());
    }

    fn log(&mut self, task: TaskId, request: LogRequest) {
        let outbox = self.outbox.clone();
        let Some(link) = self.link.clone() else { return };
        let handle = tokio::spawn(async move {
            let mut log = link.log(request);
            while let Some(news) = log.next().await {
                if outbox.send((task, Msg::Logged(task, news))).await.is_err() {
                    break;
                }
            }
        });
        self.tasks.insert(task, handle.abort_handle());
    }

    /// Runs what takes long on a blocking thread.
    pub(super) fn beside(&mut self, task: TaskId, work: impl FnOnce() -> Msg + Send + 'static) {
        let outbox = self.outbox.clone();
        tokio::task::spawn_blocking(move || {
            let msg = std::panic::catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Msg::Broken(task, broken()));
            // Fails only when the program ends.
            let _ = outbox.blocking_send((task, msg));
        });
    }
}

/// Says to what runs on a blocking thread that nobody waits for it any more: nothing else can end it.
#[derive(Default)]
struct GivenUp(Arc<AtomicBool>);

impl Drop for GivenUp {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// A log says more than once what it says, and so does who asks the API server after having computed.
fn finished(tasks: &mut HashMap<TaskId, AbortHandle>, task: TaskId, msg: &Msg) {
    let goes_on = match msg {
        Msg::Logged(_, LogNews::Lines(_)) => true,
        Msg::Owned(_, known) => known.is_asking,
        Msg::Preflighted(_, answer) => !answer.is_last,
        Msg::Diffing(..) | Msg::Acting(..) => true,
        _ => false,
    };
    if !goes_on {
        tasks.remove(&task);
    }
}

fn failed(query: Query) -> Answer {
    let problem = broken();
    match query {
        Query::Summary(object) => Answer::Summary(object, Err(problem)),
        Query::Payload(object) => Answer::Payload(object, Err(problem)),
        Query::Controllers(name) => Answer::Controllers(name, Err(problem)),
        Query::ValuesFrom(namespace, references) => {
            let unreadable = |reference| Source { reference, found: Found::Unreadable(problem.to_string()) };
            Answer::ValuesFrom(namespace, references.into_iter().map(unreadable).collect())
        }
    }
}

fn broken() -> Problem {
    Problem::new(ProblemKind::Other, "wheelhouse failed on this one: a bug").hint("the log file tells where")
}

impl<L: Link> Drop for Runner<L> {
    fn drop(&mut self) {
        for handle in self.tasks.values() {
            handle.abort();
        }
    }
}
