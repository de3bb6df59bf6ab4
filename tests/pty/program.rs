//! The shell with a made-up cluster: twenty releases of Flux, one of which has values, and one native that cannot be read.
//! Signals make it do what a cluster does: SIGUSR1 sends news that change nothing on the screen, SIGUSR2 panics.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use tokio::signal::unix::{Signal, SignalKind, signal};
use wheelhouse::cluster::Acting;
use wheelhouse::config::{Surroundings, load};
use wheelhouse::diff::Outcomes;
use wheelhouse::ownership::classes::Row;
use wheelhouse::ownership::fate::Outcome;
use wheelhouse::ownership::next::NextWrite;
use wheelhouse::ownership::since::{self, Search};
use wheelhouse::plan::needs::Need;
use wheelhouse::plan::preflight::{Preflight, WhatIf};
use wheelhouse::plan::{Action, News, Plan};
use wheelhouse::release::codec::Driver;
use wheelhouse::release::flux::HelmRelease;
use wheelhouse::release::payload::{Payload, ReleaseStatus, Revision};
use wheelhouse::release::storage::StoredRevision;
use wheelhouse::release::{
    Answer, Change, ContextEntry, Feed, FeedKind, FeedState, Inventory, LogNews, LogRequest, ObjectKey, Part, Problem,
    ProblemKind, Query, Release, Scope, StoredRef,
};
use wheelhouse::schema::Schema;
use wheelhouse::shell::port::{Enacting, Gateway, Link, Logging, Watching};
use wheelhouse::shell::{self, Journal, Options, Programs, Themes};

use crate::terminal::{Start, Terminal, eventually};
use crate::{ROLE, SIZE};

/// Where it says what it is and what it has done.
pub const FOLDER: &str = "WHEELHOUSE_TEST_FOLDER";
/// The file that is there from when it takes signals.
pub const WATCHING: &str = "watching";

/// The program in a terminal.
pub struct Program {
    pub terminal: Terminal,
    pub folder: tempfile::TempDir,
}

impl Program {
    pub fn start(environment: &[(&str, &Path)]) -> Self {
        Self::start_ahead(environment, "")
    }

    /// Starts it after something was typed.
    pub fn start_ahead(environment: &[(&str, &Path)], ahead: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let environment = [environment, &[(FOLDER, folder.path()), (ROLE, Path::new("program"))]].concat();
        let program = std::env::current_exe().unwrap();
        let start = Start { program: &program, arguments: &[], environment: &environment, size: SIZE, ahead };
        Self { terminal: Terminal::start_with(&start), folder }
    }

    /// An interactive shell that can start it with `$PROGRAM`, and does.
    pub fn start_in_shell(environment: &[(&str, &Path)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let executable = std::env::current_exe().unwrap();
        let own: [(&str, &Path); 4] = [
            (FOLDER, folder.path()),
            (ROLE, Path::new("program")),
            ("PROGRAM", &executable),
            ("PS1", Path::new("prompt> ")),
        ];
        let environment = [environment, &own].concat();
        let arguments = ["--norc", "--noprofile", "-i"];
        let start = Start {
            program: Path::new("/bin/bash"),
            arguments: &arguments,
            environment: &environment,
            size: SIZE,
            ahead: "",
        };
        let mut terminal = Terminal::start_with(&start);
        terminal.wait_for("prompt>");
        terminal.keys("$PROGRAM; echo ended with $?\r");
        terminal.wait_for("r19");
        Self { terminal, folder }
    }

    /// Its process, which may not be the one that the terminal started.
    pub fn pid(&self) -> u32 {
        std::fs::read_to_string(self.folder.path().join("pid")).unwrap().parse().unwrap()
    }

    /// Sends it news that change nothing on the screen, and waits until it has drawn them.
    pub fn send_news(&self) {
        let news = || std::fs::read(self.folder.path().join("news")).unwrap_or_default().len();
        let before = news();
        crate::terminal::signal(self.pid(), "USR1");
        eventually("the news to be drawn", || news() > before);
    }

    /// What the screen shows once nothing more comes.
    pub fn settled(&self) -> String {
        self.terminal.wait_for("r19");
        self.send_news();
        self.terminal.screen()
    }

    /// Opens the values of the first release.
    pub fn open_values(&mut self) {
        self.terminal.wait_for("r19");
        // Rows with the same verdict and time are in the order of their names.
        self.terminal.keys("\r5");
        self.terminal.wait("the tree of values", |screen| screen.contains("3 values; the chart's own are not known"));
        self.terminal.keys("y");
        // Tests compare the whole screen with itself: what is said above the document comes on its own, and a frame may come
        // in pieces, of which the last line is the last.
        self.terminal.wait("the values", |screen| {
            let parts = ["replicas: 7", "objects not looked at", "21 assumed", " live", " 3 lines"];
            parts.iter().all(|part| screen.contains(part))
                && screen
                    .trim_end()
                    .lines()
                    .last()
                    .is_some_and(|line| line.ends_with("? help") && line.contains("/ search"))
        });
    }
}

pub fn main() -> ExitCode {
    let folder = PathBuf::from(std::env::var_os(FOLDER).unwrap());
    std::fs::write(folder.join("pid"), std::process::id().to_string()).unwrap();
    let surroundings = Surroundings::read();
    let options = Options {
        scope: Scope::All,
        themes: Themes {
            theme: load::theme(surroundings.theme()).unwrap(),
            on_light: surroundings.asks().then(|| load::theme("light").unwrap()),
        },
        theme_faults: Vec::new(),
        settings: Ok(wheelhouse::config::Settings::default()),
        depth: surroundings.depth,
        keymap: load::keymap(),
        utf8: surroundings.utf8,
        zone: jiff::tz::TimeZone::UTC,
        programs: Programs { pager: surroundings.pager, editor: surroundings.editor, diff_tool: None },
        multiplexer: surroundings.multiplexer,
        journal: Journal::in_memory(),
        user: surroundings.user,
        is_read_only: false,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let ended = runtime.block_on(shell::run(Made { folder }, options));
    runtime.shutdown_background();
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

#[derive(Clone)]
struct Made {
    folder: PathBuf,
}

impl Gateway for Made {
    type Link = Self;

    async fn open(&self, _: Option<String>) -> Result<Self, Problem> {
        assert!(std::env::var_os("PANIC_WHEN_OPENED").is_none(), "panicked when opened");
        Ok(self.clone())
    }

    fn contexts(&self) -> Result<Vec<ContextEntry>, Problem> {
        Ok(Vec::new())
    }
}

impl Link for Made {
    type Watch = Watch;
    type Log = Silent;
    type Run = Never;

    fn with_managers(self, _: Arc<[Row]>) -> Self {
        self
    }

    fn with_secrets(self, _: wheelhouse::release::mask::Rules) -> Self {
        self
    }

    fn with_guards(self, _: wheelhouse::config::Guards) -> Self {
        self
    }

    fn context(&self) -> &str {
        "made-up"
    }

    fn server(&self) -> &str {
        "https://made.up"
    }

    fn default_namespace(&self) -> &str {
        "default"
    }

    fn watch(&self, _: Scope) -> Watch {
        let watch = Watch {
            first: Some(releases()),
            still: false,
            drawn: None,
            news: signal(SignalKind::user_defined1()).unwrap(),
            panic: signal(SignalKind::user_defined2()).unwrap(),
            log: self.folder.join("news"),
        };
        std::fs::write(self.folder.join(WATCHING), "").unwrap();
        watch
    }

    fn inspect(&self, _: Inventory) -> Watch {
        Watch { still: true, ..self.watch(Scope::All) }
    }

    fn log(&self, _: LogRequest) -> Silent {
        Silent
    }

    async fn schema(&self, api_version: String) -> Result<Arc<Schema>, Problem> {
        Err(Problem::new(ProblemKind::NotFound, api_version))
    }

    async fn dry_runs(&self, _: Vec<NextWrite>) -> Vec<(NextWrite, Result<Outcome, Problem>)> {
        Vec::new()
    }

    async fn trace(&self, search: Search, _: Vec<(u32, StoredRef)>, _: Arc<Schema>) -> since::Told {
        search.told()
    }

    async fn preflight(&self, _: Arc<Release>, _: WhatIf, _: Timestamp) -> Result<Preflight, Problem> {
        panic!("panicked when preflighted");
    }

    async fn outcomes(&self, _: Arc<Release>, _: Arc<Payload>, _: Timestamp) -> Result<Outcomes, Problem> {
        panic!("panicked when a write was to be tried");
    }

    async fn review(&self, needs: Vec<Need>) -> Vec<(Need, Option<bool>)> {
        needs.into_iter().map(|need| (need, None)).collect()
    }

    async fn plan(&self, _: Arc<Release>, _: Action, _: Timestamp) -> Result<Plan, Problem> {
        panic!("panicked when planned");
    }

    fn run(&self, _: Arc<Plan>, _: Acting) -> Never {
        panic!("panicked when run");
    }

    async fn ask(&self, _: Query) -> Answer {
        panic!("panicked when asked");
    }
}

enum Never {}

impl Enacting for Never {
    async fn next(&mut self) -> Option<News> {
        match *self {}
    }

    fn stop(&self) {
        match *self {}
    }
}

struct Silent;

impl Logging for Silent {
    async fn next(&mut self) -> Option<LogNews> {
        None
    }
}

struct Watch {
    first: Option<Vec<Change>>,
    /// Says nothing at all.
    still: bool,
    /// News were given out; who asks for more has drawn them.
    drawn: Option<()>,
    news: Signal,
    panic: Signal,
    log: PathBuf,
}

impl Watching for Watch {
    async fn next(&mut self) -> Vec<Change> {
        if self.still {
            std::future::pending().await
        }
        if let Some(first) = self.first.take() {
            return first;
        }
        if self.drawn.take().is_some() {
            let mut log = std::fs::read(&self.log).unwrap_or_default();
            log.push(b'.');
            std::fs::write(&self.log, log).unwrap();
        }
        tokio::select! {
            _ = self.news.recv() => {
                self.drawn = Some(());
                vec![helm_release(0, 8)]
            }
            _ = self.panic.recv() => panic!("panicked in the loop"),
        }
    }
}

/// Old enough that its age does not change while a test looks at it.
fn then() -> Timestamp {
    static BEGAN: OnceLock<Timestamp> = OnceLock::new();
    *BEGAN.get_or_init(Timestamp::now) - SignedDuration::from_hours(10 * 24 + 12)
}

fn helm_release(number: u32, generation: u32) -> Change {
    let name = format!("r{number:02}");
    let object = json!({
        "metadata": {"namespace": "made", "name": name, "generation": generation, "creationTimestamp": then().to_string()},
        "spec": {
            "chart": {"spec": {"chart": "storefront", "version": "1.5.0", "sourceRef": {"kind": "HelmRepository", "name": "charts"}}},
            "values": {"replicas": 7, "password": "hunter2", "bell": "\u{7}\u{1b}[31m"},
        },
        "status": {
            "observedGeneration": generation,
            "conditions": [{
                "type": "Ready", "status": "True", "reason": "UpgradeSucceeded",
                "message": "Helm upgrade succeeded", "lastTransitionTime": then().to_string(),
            }],
        },
    });
    Change::HelmRelease(Arc::new(HelmRelease::read(&object).unwrap()))
}

fn releases() -> Vec<Change> {
    let native = StoredRevision {
        object: StoredRef {
            driver: Driver::Secret,
            uid: "uid".to_owned(),
            key: ObjectKey::new("made", "sh.helm.release.v1.zz.v1".to_owned()),
            resource_version: "1".to_owned(),
        },
        release: "zz".to_owned(),
        revision: Revision::new(1).unwrap(),
        status: ReleaseStatus::from("deployed"),
        changed: Some(then()),
        by_flux: false,
        problems: Vec::new(),
    };
    let kinds = [
        FeedKind::Storage(Driver::Secret, Part::Current),
        FeedKind::Storage(Driver::Secret, Part::Superseded),
        FeedKind::HelmReleases,
    ];
    let mut all: Vec<Change> = (0..20).map(|number| helm_release(number, 7)).collect();
    all.push(Change::Revision(Box::new(native)));
    all.extend(kinds.map(|kind| Change::Feed(Feed { kind, namespace: None }, FeedState::Live)));
    all
}
