//! The application on the demo's cluster, with everything between them real but the terminal and the clock: the client,
//! the watches, the queries.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::StreamExt as _;
use futures::future::BoxFuture;
use futures::stream::{BoxStream, FuturesUnordered, SelectAll};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use wheelhouse::app::bindings::Bindings;
use wheelhouse::app::blame::sheet::Sheet;
use wheelhouse::app::diff::sheet::Sheet as Compared;
use wheelhouse::app::document::{highlight, prepare, search};
use wheelhouse::app::drift::Drifted;
use wheelhouse::app::owners::Known;
use wheelhouse::app::release::values::sheet::Sheet as Values;
use wheelhouse::app::text::Glyphs;
use wheelhouse::app::{Effect, Epoch, Model, Msg, Server, Setup, Size, preflight, update};
use wheelhouse::cluster::{Acting, Cluster, Watch};
use wheelhouse::config::{Depth, Key, Sequence, load};
use wheelhouse::demo::Demo;
use wheelhouse::journal::{By, Journal};
use wheelhouse::release::Scope;
use wheelhouse::schema::Schema;
use wheelhouse::view::view;

/// Longer than changes are gathered before they are told.
const QUIET: Duration = Duration::from_secs(1);

/// Longer than the application holds back what may still change, by its own clock.
const SETTLING: SignedDuration = SignedDuration::from_millis(1_500);

async fn types(link: &Cluster, api_versions: BTreeSet<String>) -> Schema {
    let mut types = Schema::default();
    for api_version in api_versions {
        types.merge(Schema::clone(&*link.schema(&api_version).await.unwrap()));
    }
    types
}

/// When every scene begins.
pub fn start() -> Timestamp {
    "2026-03-04T12:00:00Z".parse().unwrap()
}

/// A run of the application on the demo.
pub struct Stage {
    pub model: Model,
    pub demo: Demo,
    link: Option<Cluster>,
    watch: Option<(Epoch, Watch)>,
    inspected: Option<(Epoch, Watch)>,
    logs: SelectAll<BoxStream<'static, Msg>>,
    answers: FuturesUnordered<BoxFuture<'static, Msg>>,
    /// How long the API server takes to try a write.
    pub dry_runs_take: Duration,
    /// How many writes were tried.
    pub tried: Arc<AtomicUsize>,
    /// When the application wants to be told the time.
    wake: Option<Timestamp>,
    /// What was sent to the clipboard last.
    pub copied: Option<String>,
    /// Where runs are noted.
    pub journal: Journal,
}

impl Stage {
    /// Starts as `wheelhouse --demo` does.
    pub fn new(width: u16, height: u16) -> Self {
        Self::with(None, Scope::All, width, height)
    }

    /// Starts on a context and a scope.
    pub fn with(context: Option<&str>, scope: Scope, width: u16, height: u16) -> Self {
        let setup = Setup {
            bindings: Bindings::resolve(&load::keymap().unwrap()).unwrap(),
            glyphs: Glyphs::Unicode,
            zone: TimeZone::UTC,
            scope,
            complaint: None,
            managers: [].into(),
            noise: wheelhouse::diff::noise::shipped().into(),
            secrets: wheelhouse::release::mask::Rules::default(),
            guards: wheelhouse::config::Guards::default(),
        };
        let model = Model::new(setup, Size { width, height }, start());
        let mut stage = Self {
            model,
            demo: Demo::new(start()).unwrap(),
            link: None,
            watch: None,
            inspected: None,
            logs: SelectAll::new(),
            answers: FuturesUnordered::new(),
            dry_runs_take: Duration::ZERO,
            tried: Arc::default(),
            wake: None,
            copied: None,
            journal: Journal::in_memory(),
        };
        stage.open(context);
        stage
    }

    fn open(&mut self, context: Option<&str>) {
        let (service, entry) = self.demo.connect(context).unwrap();
        let cluster = Cluster::over(service, entry, &Demo::contexts(), Demo::SERVER);
        let server = Server {
            context: cluster.context().to_owned(),
            address: cluster.server().to_owned(),
            default_namespace: cluster.default_namespace().to_owned(),
        };
        self.link = Some(cluster);
        self.send(Msg::Connected(server));
    }

    pub fn send(&mut self, msg: Msg) {
        for effect in update(&mut self.model, msg) {
            match effect {
                Effect::Watch(epoch, scope) => self.watch = self.link.as_ref().map(|link| (epoch, link.watch(scope))),
                Effect::Inspect(epoch, inventory) => {
                    self.inspected = self.link.as_ref().map(|link| (epoch, link.inspect(inventory)));
                }
                Effect::Leave => self.inspected = None,
                Effect::Log(task, request) => {
                    let log = self.link.as_ref().map(|link| link.log(request)).unwrap();
                    self.logs.push(Box::pin(futures::stream::unfold(log, move |mut log| async move {
                        let news = log.next().await?;
                        Some((Msg::Logged(task, news), log))
                    })));
                }
                Effect::Fetch(task, query) => {
                    let link = self.link.clone().unwrap();
                    self.answers.push(Box::pin(async move { Msg::Answered(task, link.ask(query).await) }));
                }
                Effect::Prepare(task, source) => {
                    self.send(Msg::Prepared(task, Arc::new(prepare::prepare(&source))));
                }
                Effect::Highlight(task, document) => {
                    self.send(Msg::Highlighted(task, Arc::new(highlight::highlight(&document))));
                }
                Effect::Own(task, subject, before, tries) => {
                    let (link, takes, tried) =
                        (self.link.clone().unwrap(), self.dry_runs_take, Arc::clone(&self.tried));
                    let begin = async move {
                        let types = types(&link, subject.api_versions()).await;
                        let (known, writes) = Known::begin(subject, &types, before.as_deref(), tries);
                        let first = known.is_asking.then(|| Msg::Owned(task, Arc::new(known.clone())));
                        let end = async move {
                            if writes.is_empty() {
                                return Msg::Owned(task, Arc::new(known));
                            }
                            tokio::time::sleep(takes).await;
                            tried.fetch_add(writes.len(), Ordering::Relaxed);
                            let answers = link.dry_runs(writes).await.into_iter();
                            let answers = answers.map(|(write, out)| (write, out.map_err(|problem| problem.cause)));
                            Msg::Owned(task, Arc::new(known.end(&types, answers.collect())))
                        };
                        futures::stream::iter(first).chain(futures::stream::once(end))
                    };
                    self.logs.push(Box::pin(futures::stream::once(begin).flatten()));
                }
                Effect::Compare(task, asked) => {
                    let link = self.link.clone().unwrap();
                    self.answers.push(Box::pin(async move {
                        let types = types(&link, asked.subject.api_versions()).await;
                        Msg::Compared(task, Arc::new(Drifted::find(*asked, &types)))
                    }));
                }
                Effect::Diff(task, asked) => {
                    let link = self.link.clone().unwrap();
                    self.answers.push(Box::pin(async move {
                        let types = types(&link, asked.api_versions()).await;
                        let diff = asked.compare(&types, |_| ControlFlow::Continue(())).unwrap();
                        Msg::Diffed(task, Arc::new(diff))
                    }));
                }
                Effect::TryWrites(task, release, payload) => {
                    let (link, now) = (self.link.clone().unwrap(), self.model.session.now);
                    self.answers
                        .push(Box::pin(async move { Msg::Tried(task, link.outcomes(release, &payload.0, now).await) }));
                }
                Effect::Lay(task, diff, home, with_noise) => {
                    self.send(Msg::Laid(task, Arc::new(Compared::of(&diff, &home, with_noise))));
                }
                Effect::Trace(task, known, older) => {
                    let link = self.link.clone().unwrap();
                    self.answers.push(Box::pin(async move {
                        let types = Arc::new(types(&link, known.subject.api_versions()).await);
                        Msg::Traced(task, Arc::new(link.trace(known.search(older.len()), older, types).await))
                    }));
                }
                Effect::Blame(task, source) => {
                    let link = self.link.clone().unwrap();
                    self.answers.push(Box::pin(async move {
                        let types = types(&link, source.api_versions()).await;
                        Msg::Blamed(task, Arc::new(Sheet::of(&source, &types)))
                    }));
                }
                Effect::Preflight(task, releases, what_if) => {
                    let (link, now, count) = (self.link.clone().unwrap(), self.model.session.now, releases.len());
                    let asked = futures::stream::iter(releases).enumerate().then(move |(place, release)| {
                        let (link, what_if, id) = (link.clone(), what_if.clone(), release.id.clone());
                        async move {
                            let result = link.preflight(release, what_if, true, now).await.map(Arc::new);
                            let is_last = place + 1 == count;
                            Msg::Preflighted(task, preflight::Answer { id, result, is_last })
                        }
                    });
                    self.logs.push(Box::pin(asked));
                }
                Effect::Plan(task, release, action) => {
                    let (link, now) = (self.link.clone().unwrap(), self.model.session.now);
                    self.answers.push(Box::pin(async move {
                        Msg::Planned(task, link.plan(release, action, now).await.map(Arc::new))
                    }));
                }
                Effect::Act(task, plan) => {
                    let link = self.link.as_ref().unwrap();
                    let (context, server) = (link.context().to_owned(), link.server().to_owned());
                    let by = By { user: "somebody".to_owned(), context, server };
                    let acting = Acting { journal: Some(self.journal.clone()), by, is_read_only: false };
                    let run = link.run(plan, acting);
                    self.logs.push(Box::pin(futures::stream::unfold(run, move |mut run| async move {
                        let news = run.next().await?;
                        Some((Msg::Acting(task, news), run))
                    })));
                }
                Effect::Search(task, document, pattern) => {
                    self.send(Msg::Found(task, Arc::new(search::search(&document, &pattern))));
                }
                Effect::Reveal(task, asked) => self.send(Msg::Revealed(task, Ok(asked.value))),
                Effect::ListContexts(task) => self.send(Msg::Contexts(task, Ok(Demo::contexts()))),
                Effect::Open(context) => {
                    (self.link, self.watch, self.inspected) = (None, None, None);
                    self.logs.clear();
                    self.open(Some(&context));
                }
                // An answer that nobody waits for is dropped by the application itself.
                Effect::Cancel(_) | Effect::Quit => {}
                Effect::LayValues(task, asked) => self.send(Msg::ValuesLaid(task, Arc::new(Values::of(&asked)))),
                Effect::Copy(text) => self.copied = Some(text),
                Effect::CopyRevealed(value) => self.copied = Some(value.reveal().to_owned()),
                Effect::WakeAt(at) => self.wake = Some(at),
                Effect::Review(task, needs) => {
                    let link = self.link.clone().unwrap();
                    self.answers.push(Box::pin(async move { Msg::Reviewed(task, link.review(needs).await) }));
                }
                // What was done before is told by a shell.
                Effect::ReadUnfinished(_) => {}
                Effect::Halt(_) | Effect::ReadJournal(_) => panic!("there is no shell that sees to it"),
                Effect::SavePatch(..) | Effect::ReadDiff(_) => panic!("there is no shell that writes or shows it"),
                Effect::Read(..) | Effect::Suspend => panic!("there is no terminal to hand over"),
            }
        }
    }

    /// Presses keys, as a keymap spells them.
    pub fn keys(&mut self, keys: &str) {
        let sequence: Sequence = keys.parse().unwrap();
        for key in sequence.0 {
            self.send(Msg::Input(key));
        }
    }

    /// Types a text.
    pub fn typed(&mut self, text: &str) {
        for c in text.chars() {
            self.send(Msg::Input(Key::char(c)));
        }
    }

    /// Lets time pass, for the cluster and for the application.
    pub fn later(&mut self, seconds: i64) {
        let now = self.model.session.now + SignedDuration::from_secs(seconds);
        self.demo.advance(now).unwrap();
        self.send(Msg::Clock(now));
    }

    /// Lets the story go on until so many seconds after its begin, as one who watches it sees it.
    pub async fn watched(&mut self, until: i64) {
        while self.model.session.now < start() + SignedDuration::from_secs(until) {
            self.later(1);
            self.settled().await;
        }
    }

    /// Takes in what comes until nothing more will come by itself. On the paused clock of a test this waits for nothing:
    /// it passes only while every task waits. The application is woken where it asks for that soon.
    pub async fn settled(&mut self) {
        let end = self.model.session.now + SETTLING;
        loop {
            let changes = async {
                let Some((epoch, watch)) = &mut self.watch else { return std::future::pending().await };
                match watch.next().await {
                    // Everything is forbidden, and nothing will come.
                    changes if changes.is_empty() => std::future::pending().await,
                    changes => Msg::Cluster(*epoch, changes),
                }
            };
            let news = async {
                let Some((epoch, watch)) = &mut self.inspected else { return std::future::pending().await };
                match watch.next().await {
                    changes if changes.is_empty() => std::future::pending().await,
                    changes => Msg::Inspected(*epoch, changes),
                }
            };
            let msg = tokio::select! {
                biased;
                Some(msg) = self.answers.next() => msg,
                Some(msg) = self.logs.next() => msg,
                msg = news => msg,
                msg = changes => msg,
                () = tokio::time::sleep(QUIET) => match self.wake.take_if(|at| *at <= end) {
                    Some(at) => Msg::Clock(at.max(self.model.session.now)),
                    None => return,
                },
            };
            self.send(msg);
        }
    }

    /// The frame that is shown, in a theme.
    pub fn frame(&self, theme: &str) -> Buffer {
        self.frame_of(theme, Depth::Rgb)
    }

    fn frame_of(&self, theme: &str, depth: Depth) -> Buffer {
        let Size { width, height } = self.model.session.size;
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        let theme = load::Folder::default().theme(theme, depth).unwrap();
        terminal.draw(|frame| view(&self.model, &theme, frame)).unwrap();
        terminal.backend().buffer().clone()
    }

    /// The screen in a theme on a terminal of so many colours, with the style of every run of cells that has one.
    pub fn styled(&self, theme: &str, depth: Depth) -> String {
        crate::styled::styled(&self.frame_of(theme, depth))
    }

    /// The screen as text.
    pub fn screen(&self) -> String {
        crate::text::text(&self.frame("dark"))
    }
}
