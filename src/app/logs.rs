//! The log of a container, as it is written: followed, searched, wrapped, bounded.

pub mod buffer;

use tui_input::Input;

use crate::config::Key;
use crate::health::objects::Container;
use crate::release::{LogNews, LogRequest, ObjectId, Problem};

use super::command::CommandId;
use super::document::search::{self, Match, Matches};
use super::document::{Lines, Scroll};
use super::picker::edit;
use super::session::Session;
use super::text::Glyphs;
use super::{Area, Effect, Model, Screen, TaskId, release};
use buffer::Buffer;

/// How far back a log is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::EnumIter)]
pub enum Since {
    /// The last lines, however old.
    Tail,
    /// One minute.
    Minute,
    /// Five minutes.
    FiveMinutes,
    /// A quarter of an hour.
    Quarter,
    /// One hour.
    Hour,
}

/// As many lines are read where no time bounds them.
const TAIL: i64 = 500;

impl Since {
    /// In words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Tail => "last 500 lines",
            Self::Minute => "last 1m",
            Self::FiveMinutes => "last 5m",
            Self::Quarter => "last 15m",
            Self::Hour => "last 1h",
        }
    }

    fn seconds(self) -> Option<i64> {
        match self {
            Self::Tail => None,
            Self::Minute => Some(60),
            Self::FiveMinutes => Some(300),
            Self::Quarter => Some(900),
            Self::Hour => Some(3600),
        }
    }

    fn next(self) -> Self {
        match self {
            Self::Tail => Self::Minute,
            Self::Minute => Self::FiveMinutes,
            Self::FiveMinutes => Self::Quarter,
            Self::Quarter => Self::Hour,
            Self::Hour => Self::Tail,
        }
    }
}

/// How the reading is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// It goes on.
    Open(TaskId),
    /// The log has ended.
    Ended,
    /// It broke off, or never began.
    Failed(Problem),
}

/// The line into which is typed, and what to go back to.
#[derive(Debug)]
struct Prompt {
    input: Input,
    sought: String,
    scroll: Scroll,
    follows: bool,
}

/// The state of the screen.
#[derive(Debug)]
pub struct State {
    /// The Pod.
    pub pod: ObjectId,
    /// Its containers.
    pub containers: Vec<Container>,
    /// The name of the one whose log is shown.
    pub container: String,
    /// Whether it is the log of the run before the present one.
    pub previous: bool,
    /// How far back.
    pub since: Since,
    /// What was read.
    pub buffer: Buffer,
    /// How the reading is doing.
    pub reading: Reading,
    /// Whether the end stays in sight as lines come.
    pub follows: bool,
    /// What of it is seen.
    pub scroll: Scroll,
    /// What is sought; empty when nothing is.
    pub sought: String,
    /// Where it stands.
    pub matches: Matches,
    /// Which of the matches is the present one.
    pub at: Option<usize>,
    /// The present one was reached past the end or past the top.
    pub wrapped: bool,
    prompt: Option<Prompt>,
}

impl State {
    /// Opens the log of the worst container of a Pod.
    pub(super) fn open(pod: &ObjectId, containers: &[Container], session: &mut Session, out: &mut Vec<Effect>) -> Self {
        let container = containers.first().map(|container| container.name.clone()).unwrap_or_default();
        let mut state = Self {
            pod: pod.clone(),
            containers: containers.to_vec(),
            container,
            previous: false,
            since: Since::Tail,
            buffer: Buffer::default(),
            reading: Reading::Ended,
            follows: true,
            scroll: Scroll::default(),
            sought: String::new(),
            matches: Matches::default(),
            at: None,
            wrapped: false,
            prompt: None,
        };
        state.begin(session, out);
        state
    }

    /// Whether no line was read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.buffer.count() == 0
    }

    /// The container whose log is shown, as it is now.
    #[must_use]
    pub fn shown(&self) -> Option<&Container> {
        self.containers.iter().find(|container| container.name == self.container)
    }

    /// Of which run of the container the log is. Where it waits to be started again, the present log and the one before are
    /// the same: that of the run that ended (kubernetes v1.36 `pkg/kubelet/kubelet_pods.go`, `validateContainerLogStatus`).
    #[must_use]
    pub fn run_words(&self) -> &'static str {
        let state = self.shown().map_or("", |container| container.state.as_str());
        let ran = self.shown().is_some_and(|container| container.restarts > 0);
        match (state.split([':', ',']).next().unwrap_or_default(), self.previous) {
            ("waiting", _) if ran => "log of the run that ended last",
            (_, true) => "log of the run before",
            ("running", false) => "log of the present run",
            ("terminated", false) => "log of the run that ended last",
            (_, false) => "log",
        }
    }

    /// The line into which is typed, while it is.
    #[must_use]
    pub fn typing(&self) -> Option<&Input> {
        self.prompt.as_ref().map(|prompt| &prompt.input)
    }

    fn begin(&mut self, session: &mut Session, out: &mut Vec<Effect>) {
        self.leave(out);
        let task = session.next_task();
        self.buffer = Buffer::default();
        self.matches.found.clear();
        self.at = None;
        self.scroll = Scroll { wrap: self.scroll.wrap, ..Scroll::default() };
        (self.reading, self.follows) = (Reading::Open(task), true);
        let since_seconds = self.since.seconds();
        let request = LogRequest {
            pod: self.pod.key(),
            container: self.container.clone(),
            previous: self.previous,
            // What has ended does not go on.
            follow: !self.previous,
            since_seconds,
            tail: Some(if since_seconds.is_none() { TAIL } else { i64::try_from(buffer::MOST_LINES).unwrap_or(TAIL) }),
        };
        out.push(Effect::Log(task, request));
    }

    /// Ends the reading, if it goes on.
    pub(super) fn leave(&self, out: &mut Vec<Effect>) {
        if let Reading::Open(task) = self.reading {
            out.push(Effect::Cancel(task));
        }
    }

    /// Reads again from the beginning what broke off.
    pub(super) fn retry(&mut self, session: &mut Session, out: &mut Vec<Effect>) -> bool {
        let over = !matches!(self.reading, Reading::Open(_));
        if over {
            self.begin(session, out);
        }
        over
    }

    /// Whether it was of the log that is shown.
    pub(super) fn logged(&mut self, task: TaskId, news: LogNews) -> bool {
        if self.reading != Reading::Open(task) {
            return false;
        }
        match news {
            LogNews::Lines(lines) => {
                let before = self.buffer.count();
                lines.iter().for_each(|line| self.buffer.push(line));
                self.find_from(before);
                let dropped = self.buffer.trim();
                self.forget(dropped);
            }
            LogNews::Ended => self.reading = Reading::Ended,
            LogNews::Failed(problem) => self.reading = Reading::Failed(problem),
        }
        true
    }

    /// Keeps what is seen under the eyes of who reads it, when the oldest lines go.
    fn forget(&mut self, dropped: usize) {
        if dropped == 0 {
            return;
        }
        self.scroll.top = self.scroll.top.saturating_sub(dropped);
        let gone = self.matches.found.partition_point(|found| found.line < dropped);
        self.matches.found.drain(..gone);
        self.matches.found.iter_mut().for_each(|found| found.line -= dropped);
        self.at = self.at.and_then(|at| at.checked_sub(gone));
        if let Some(prompt) = &mut self.prompt {
            prompt.scroll.top = prompt.scroll.top.saturating_sub(dropped);
        }
    }

    /// Looks for what is sought in the lines from one on. The buffer is bounded, and so is what this takes.
    fn find_from(&mut self, first: usize) {
        if self.sought.is_empty() {
            return;
        }
        for line in first..self.buffer.count() {
            for range in search::ranges(self.buffer.line(line).unwrap_or_default(), &self.sought) {
                self.matches.found.push(Match { line, range });
            }
        }
    }

    fn seek(&mut self, sought: String) {
        self.matches = Matches { pattern: sought.clone(), ..Matches::default() };
        (self.sought, self.at, self.wrapped) = (sought, None, false);
        self.find_from(0);
    }

    /// Types into the line of the search; the log follows every letter, from where the search began.
    pub(super) fn edit(&mut self, key: Key) {
        let Some(prompt) = &mut self.prompt else { return };
        if !edit(&mut prompt.input, key) {
            return;
        }
        let (typed, from) = (prompt.input.value().to_owned(), prompt.scroll);
        self.seek(typed);
        self.scroll = from;
    }

    /// Ends the search. Whether there was one.
    pub(super) fn leave_search(&mut self) -> bool {
        let was = !self.sought.is_empty();
        self.seek(String::new());
        was
    }

    pub(super) fn run(&mut self, session: &mut Session, id: CommandId, page: usize, out: &mut Vec<Effect>) {
        let (columns, glyphs) = (release::columns(session.size.width), session.setup.glyphs);
        match id {
            CommandId::Follow => self.follows = !self.follows,
            CommandId::PreviousRun => {
                self.previous = !self.previous;
                self.begin(session, out);
            }
            CommandId::Since => {
                self.since = self.since.next();
                self.begin(session, out);
            }
            CommandId::NextContainer => self.choose(1, session, out),
            CommandId::PreviousContainer => self.choose(self.containers.len().saturating_sub(1), session, out),
            CommandId::Search => {
                let (sought, scroll, follows) = (self.sought.clone(), self.scroll, self.follows);
                self.prompt = Some(Prompt { input: Input::default(), sought, scroll, follows });
                // What is searched in stands still.
                self.follows = false;
            }
            CommandId::Accept => self.accept(columns, page, glyphs),
            CommandId::Cancel => {
                if let Some(prompt) = self.prompt.take() {
                    self.seek(prompt.sought);
                    (self.scroll, self.follows) = (prompt.scroll, prompt.follows);
                }
            }
            CommandId::NextMatch | CommandId::PreviousMatch => {
                let seen = self.scroll.seen(&self.buffer, columns, page, glyphs);
                let (place, wrapped) = self.matches.step(self.at, &seen, id == CommandId::NextMatch);
                self.go_to(place, wrapped, columns, page, glyphs);
            }
            _ => {
                let before = (self.scroll.top, self.scroll.row);
                self.scroll.run(id, &self.buffer, columns, page, glyphs);
                self.scroll.settle(&self.buffer, columns, page, glyphs);
                let up = (self.scroll.top, self.scroll.row) < before && id != CommandId::Wrap;
                // Who scrolls up wants to read there, who goes to the end wants to see it grow.
                self.follows = (self.follows && !up) || id == CommandId::GoBottom;
            }
        }
    }

    /// Goes to the first match from where the search began.
    fn accept(&mut self, columns: usize, page: usize, glyphs: Glyphs) {
        let Some(prompt) = self.prompt.take() else { return };
        if prompt.input.value().is_empty() {
            self.seek(prompt.sought);
            self.follows = prompt.follows;
        }
        if self.at.is_none() {
            self.arrive(columns, page, glyphs);
        }
    }

    fn arrive(&mut self, columns: usize, page: usize, glyphs: Glyphs) {
        if self.sought.is_empty() || self.matches.found.is_empty() {
            return;
        }
        let first = self.matches.found.partition_point(|found| found.line < self.scroll.top);
        let round = first == self.matches.found.len();
        self.go_to(if round { 0 } else { first }, round, columns, page, glyphs);
    }

    fn go_to(&mut self, place: usize, wrapped: bool, columns: usize, page: usize, glyphs: Glyphs) {
        let Some(found) = self.matches.found.get(place) else { return };
        self.scroll.reveal(found.line, &found.range, &self.buffer, columns, page, glyphs);
        (self.at, self.wrapped, self.follows) = (Some(place), wrapped, false);
    }

    /// The container so many places further, from the last one on from the first.
    fn choose(&mut self, step: usize, session: &mut Session, out: &mut Vec<Effect>) {
        let place = self.containers.iter().position(|one| one.name == self.container).unwrap_or(0);
        let next = self.containers.iter().cycle().nth(place + step);
        if let Some(name) = next.map(|container| container.name.clone()) {
            self.container = name;
            self.begin(session, out);
        }
    }

    /// Keeps the end in sight, or what one reads within bounds.
    pub(super) fn settle(&mut self, release: Option<&release::State>, body: Area, glyphs: Glyphs) {
        // How its containers are doing changes; where the Pod is gone, it stays as it was.
        if let Some((id, containers)) = release.and_then(|state| state.objects.pod_of(&self.pod))
            && *id == self.pod
        {
            self.containers = containers.to_vec();
        }
        let (columns, page) = (release::columns(body.width), body.height.into());
        if self.prompt.is_some() && self.at.is_none() {
            self.arrive(columns, page, glyphs);
        }
        if self.follows {
            (self.scroll.top, self.scroll.row) = (self.buffer.count(), 0);
        }
        self.scroll.settle(&self.buffer, columns, page, glyphs);
    }
}

/// Why there is no other container.
pub(super) fn other_container(model: &Model) -> Option<&'static str> {
    match model.screens.last() {
        Some(Screen::Logs(state)) if state.containers.len() > 1 => None,
        Some(Screen::Logs(_)) => Some("the Pod has no other one"),
        Some(
            Screen::Release(_)
            | Screen::Blame(_)
            | Screen::Preflight(_)
            | Screen::Plan(_)
            | Screen::Many(_)
            | Screen::Journal(_)
            | Screen::Diff(_),
        )
        | None => Some("only for logs"),
    }
}
