//! One fluent helper for every story.

use std::collections::{BTreeMap, VecDeque};
use std::ops::ControlFlow;
use std::sync::Arc;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use wheelhouse::app::bindings::Bindings;
use wheelhouse::app::blame::sheet::Sheet;
use wheelhouse::app::diff::sheet::Sheet as Compared;
use wheelhouse::app::document::{highlight, prepare, search};
use wheelhouse::app::drift::Drifted;
use wheelhouse::app::journal::Told;
use wheelhouse::app::journal::left::Left;
use wheelhouse::app::owners::Known;
use wheelhouse::app::plan::moment::MOMENT;
use wheelhouse::app::preflight::Answer as Answered;
use wheelhouse::app::release::values::sheet::Sheet as Values;
use wheelhouse::app::reveal::Reveal;
use wheelhouse::app::text::Glyphs;
use wheelhouse::app::{Effect, Epoch, Model, Msg, Server, Setup, Size, TaskId, update};
use wheelhouse::config::{Key, Sequence, load};
use wheelhouse::demo;
use wheelhouse::plan::needs::Need;
use wheelhouse::plan::preflight::Preflight;
use wheelhouse::plan::{News, Plan};
use wheelhouse::release::flux::ValuesReference;
use wheelhouse::release::values::{self, Found};
use wheelhouse::release::{Answer, Change, ContextEntry, LogNews, Problem, Query, ReleaseId, Scope, StoredRef};
use wheelhouse::view::view;

/// When every story begins.
pub fn start() -> Timestamp {
    "2026-03-04T12:00:00Z".parse().unwrap()
}

pub fn ago(seconds: i64) -> Timestamp {
    start() - SignedDuration::from_secs(seconds)
}

pub fn setup(scope: Scope) -> Setup {
    Setup {
        bindings: Bindings::resolve(&load::keymap().unwrap()).unwrap(),
        glyphs: Glyphs::Unicode,
        zone: TimeZone::UTC,
        scope,
        complaint: None,
        managers: [].into(),
        noise: wheelhouse::diff::noise::shipped().into(),
        secrets: wheelhouse::release::mask::Rules::default(),
        guards: wheelhouse::config::Guards::default(),
    }
}

/// What valuesFrom refers to, by the name of the object; what is not named may not be read.
#[derive(Debug, Clone, Default)]
pub struct Sources(pub BTreeMap<&'static str, Found>);

impl Sources {
    fn of(&self, reference: &ValuesReference) -> values::Source {
        let unreadable =
            || Found::Unreadable(format!("it needs get on {}s in the namespace", reference.kind.to_lowercase()));
        let found = self.0.get(reference.name.as_str()).cloned().unwrap_or_else(unreadable);
        values::Source { reference: reference.clone(), found }
    }
}

/// A run of the application. Documents are made and coloured at once; fetches wait until they are answered.
pub struct Scenario {
    pub model: Model,
    pub effects: Vec<Effect>,
    pub epoch: Epoch,
    inspected: Epoch,
    log: Option<TaskId>,
    fetches: VecDeque<(TaskId, Query)>,
    listing: Option<TaskId>,
    /// What valuesFrom refers to.
    pub sources: Sources,
    /// What is to be revealed when the journal has it.
    reveal: Option<(TaskId, Reveal)>,
    /// Which releases were asked about, and are not answered yet.
    preflight: Option<(TaskId, Vec<ReleaseId>)>,
    /// The plan that is being made, the run that was begun last, and the journal that is being read.
    planning: Option<TaskId>,
    acting: Option<TaskId>,
    reading: Option<TaskId>,
    /// The look for unfinished runs, and the rights that are asked for.
    looking: Option<TaskId>,
    reviewing: Option<(TaskId, Vec<Need>)>,
    /// The comparison that goes on, where they take long.
    comparing: Option<TaskId>,
    comparisons_take_long: bool,
    /// Searches that wait, while they are held back.
    held: Option<Vec<Msg>>,
}

impl Scenario {
    /// Not connected yet.
    pub fn cold(width: u16, height: u16) -> Self {
        Self::with(setup(Scope::All), width, height)
    }

    pub fn with(setup: Setup, width: u16, height: u16) -> Self {
        let model = Model::new(setup, Size { width, height }, start());
        Self {
            model,
            effects: Vec::new(),
            epoch: Epoch::default(),
            inspected: Epoch::default(),
            log: None,
            fetches: VecDeque::new(),
            held: None,
            listing: None,
            reveal: None,
            sources: Sources::default(),
            preflight: None,
            planning: None,
            acting: None,
            reading: None,
            looking: None,
            reviewing: None,
            comparing: None,
            comparisons_take_long: false,
        }
    }

    /// Connected to prod-eu, nothing known of it.
    pub fn connected(width: u16, height: u16) -> Self {
        Self::cold(width, height).connect()
    }

    pub fn connect(self) -> Self {
        self.send(Msg::Connected(Server {
            context: "prod-eu".to_owned(),
            address: "https://10.0.0.1:6443".to_owned(),
            default_namespace: "default".to_owned(),
        }))
    }

    pub fn send(mut self, msg: Msg) -> Self {
        let mut queue = VecDeque::from([msg]);
        while let Some(msg) = queue.pop_front() {
            for effect in update(&mut self.model, msg) {
                match &effect {
                    Effect::Prepare(task, source) => {
                        queue.push_back(Msg::Prepared(*task, Arc::new(prepare::prepare(source))));
                    }
                    Effect::Highlight(task, document) => {
                        queue.push_back(Msg::Highlighted(*task, Arc::new(highlight::highlight(document))));
                    }
                    Effect::Blame(task, source) => {
                        queue.push_back(Msg::Blamed(*task, Arc::new(Sheet::of(source, &demo::schema()))));
                    }
                    Effect::Own(task, subject, before, tries) => {
                        let (known, _) = Known::begin(subject.clone(), &demo::schema(), before.as_deref(), *tries);
                        queue.push_back(Msg::Owned(*task, Arc::new(known)));
                    }
                    Effect::Compare(task, asked) => {
                        let known = Drifted::find((**asked).clone(), &demo::schema());
                        queue.push_back(Msg::Compared(*task, Arc::new(known)));
                    }
                    Effect::Trace(task, known, older) => {
                        queue.push_back(Msg::Traced(*task, Arc::new(known.search(older.len()).told())));
                    }
                    Effect::Search(task, document, pattern) => {
                        let found = Msg::Found(*task, Arc::new(search::search(document, pattern)));
                        match &mut self.held {
                            Some(held) => held.push(found),
                            None => queue.push_back(found),
                        }
                    }
                    Effect::Diff(task, _) if self.comparisons_take_long => self.comparing = Some(*task),
                    Effect::Diff(task, asked) => {
                        let diff = asked.compare(&demo::schema(), |_| ControlFlow::Continue(())).unwrap();
                        queue.push_back(Msg::Diffed(*task, Arc::new(diff)));
                    }
                    Effect::Lay(task, diff, home, with_noise) => {
                        queue.push_back(Msg::Laid(*task, Arc::new(Compared::of(diff, home, *with_noise))));
                    }
                    Effect::Preflight(task, releases, _) => {
                        let asked = releases.iter().map(|release| release.id.clone()).collect();
                        self.preflight = Some((*task, asked));
                    }
                    Effect::Plan(task, ..) => self.planning = Some(*task),
                    Effect::Act(task, _) => self.acting = Some(*task),
                    Effect::ReadJournal(task) => self.reading = Some(*task),
                    Effect::ReadUnfinished(task) => self.looking = Some(*task),
                    Effect::Review(task, needs) => self.reviewing = Some((*task, needs.clone())),
                    Effect::LayValues(task, asked) => {
                        queue.push_back(Msg::ValuesLaid(*task, Arc::new(Values::of(asked))))
                    }
                    Effect::Reveal(task, reveal) => self.reveal = Some((*task, reveal.clone())),
                    Effect::Watch(epoch, _) => self.epoch = *epoch,
                    Effect::Fetch(task, query) => self.fetches.push_back((*task, query.clone())),
                    Effect::Cancel(task) => self.fetches.retain(|(other, _)| other != task),
                    Effect::ListContexts(task) => self.listing = Some(*task),
                    Effect::Inspect(epoch, _) => self.inspected = *epoch,
                    Effect::Log(task, _) => self.log = Some(*task),
                    Effect::Leave
                    | Effect::Halt(_)
                    | Effect::WakeAt(_)
                    | Effect::Copy(_)
                    | Effect::SavePatch(..)
                    | Effect::TryWrites(..)
                    | Effect::ReadDiff(_)
                    | Effect::CopyRevealed(_)
                    | Effect::Open(_)
                    | Effect::Read(..)
                    | Effect::Suspend
                    | Effect::Quit => {}
                }
                self.effects.push(effect);
            }
        }
        self
    }

    pub fn changes(self, changes: Vec<Change>) -> Self {
        let epoch = self.epoch;
        self.send(Msg::Cluster(epoch, changes))
    }

    /// The answer to the preflight that was asked for last, of one of its releases.
    pub fn preflighted(self, name: &str, result: Result<Preflight, Problem>) -> Self {
        let (task, mut asked) = self.preflight.clone().unwrap();
        let place = asked.iter().position(|id| id.name == name).unwrap();
        let id = asked.remove(place);
        let is_last = asked.is_empty();
        let s = Self { preflight: Some((task, asked)), ..self };
        s.send(Msg::Preflighted(task, Answered { id, result: result.map(Arc::new), is_last }))
    }

    /// The plan that was asked for, or why there is none.
    pub fn planned_just_now(mut self, result: Result<Plan, Problem>) -> Self {
        let task = self.planning.take().unwrap();
        self.send(Msg::Planned(task, result.map(Arc::new)))
    }

    /// The same, and time to read it.
    pub fn planned(self, result: Result<Plan, Problem>) -> Self {
        let s = self.planned_just_now(result);
        let now = s.model.session.now + MOMENT;
        s.send(Msg::Clock(now))
    }

    /// What happens in the run that was begun last.
    pub fn acting(self, news: News) -> Self {
        let task = self.acting.unwrap();
        self.send(Msg::Acting(task, news))
    }

    /// What the journal tells.
    pub fn told_journal(mut self, result: Result<Told, Problem>) -> Self {
        let task = self.reading.take().unwrap();
        self.send(Msg::Journaled(task, result.map(Arc::new)))
    }

    /// What was found unfinished at the start.
    pub fn left_unfinished(mut self, left: Vec<Left>) -> Self {
        let task = self.looking.take().unwrap();
        self.send(Msg::Unfinished(task, left))
    }

    /// The rights that were asked for last: all but those of these words.
    pub fn reviewed(mut self, missing: &[&str]) -> Self {
        let (task, needs) = self.reviewing.take().unwrap();
        let answer = |need: Need| {
            let is_given = !missing.contains(&need.words().as_str());
            (need, Some(is_given))
        };
        self.send(Msg::Reviewed(task, needs.into_iter().map(answer).collect()))
    }

    /// What the watch of the open release saw.
    pub fn inspected(self, changes: Vec<Change>) -> Self {
        let epoch = self.inspected;
        self.send(Msg::Inspected(epoch, changes))
    }

    /// What the log said that was asked for last.
    pub fn logged(self, news: LogNews) -> Self {
        match self.log {
            Some(task) => self.send(Msg::Logged(task, news)),
            None => self,
        }
    }

    /// Answers which contexts there are, if that was asked.
    pub fn contexts(mut self, result: Result<Vec<ContextEntry>, Problem>) -> Self {
        match self.listing.take() {
            Some(task) => self.send(Msg::Contexts(task, result)),
            None => self,
        }
    }

    /// The journal has what is to be revealed, or cannot be written.
    pub fn journaled(mut self, refused: Option<Problem>) -> Self {
        let Some((task, reveal)) = self.reveal.take() else { return self };
        self.send(Msg::Revealed(task, refused.map_or(Ok(reveal.value), Err)))
    }

    /// Presses keys, as a keymap spells them.
    pub fn keys(mut self, keys: &str) -> Self {
        let sequence: Sequence = keys.parse().unwrap();
        for key in sequence.0 {
            self = self.send(Msg::Input(key));
        }
        self
    }

    /// Types a text.
    pub fn typed(mut self, text: &str) -> Self {
        for c in text.chars() {
            self = self.send(Msg::Input(Key::char(c)));
        }
        self
    }

    /// Lets time pass.
    pub fn later(self, seconds: i64) -> Self {
        let now = self.model.session.now + SignedDuration::from_secs(seconds);
        self.send(Msg::Clock(now))
    }

    /// Lets what changed settle, so that it is shown.
    pub fn settled(self) -> Self {
        let now = self.model.session.now + SignedDuration::from_millis(400);
        self.send(Msg::Clock(now))
    }

    pub fn resized(self, width: u16, height: u16) -> Self {
        self.send(Msg::Resized(Size { width, height }))
    }

    /// Answers everything that is asked for, until nothing is.
    pub fn answer(mut self, answer: impl Fn(&StoredRef, bool) -> Answer) -> Self {
        while let Some((task, query)) = self.fetches.pop_front() {
            let answer = match &query {
                Query::Controllers(name) => Answer::Controllers(name.clone(), Ok(Vec::new())),
                Query::ValuesFrom(namespace, references) => {
                    Answer::ValuesFrom(namespace.clone(), references.iter().map(|one| self.sources.of(one)).collect())
                }
                Query::Summary(object) => answer(object, false),
                Query::Payload(object) => answer(object, true),
            };
            self = self.send(Msg::Answered(task, answer));
        }
        self
    }

    /// Answers everything with a failure.
    pub fn refuse(self, problem: &Problem) -> Self {
        self.answer(|object, whole| {
            if whole {
                Answer::Payload(object.clone(), Err(problem.clone()))
            } else {
                Answer::Summary(object.clone(), Err(problem.clone()))
            }
        })
    }

    /// Names of the objects whose fetches have not been answered.
    pub fn flying(&self) -> Vec<String> {
        let named = |(_, query): &(TaskId, Query)| match query {
            Query::Summary(object) | Query::Payload(object) => object.key.to_string(),
            Query::Controllers(name) => name.clone(),
            Query::ValuesFrom(namespace, _) => format!("valuesFrom of {namespace}"),
        };
        self.fetches.iter().map(named).collect()
    }

    /// Lets comparisons take long.
    pub fn comparing_slowly(mut self) -> Self {
        self.comparisons_take_long = true;
        self
    }

    /// What is told of the comparison that goes on.
    pub fn told_of_comparison(self, told: impl FnOnce(TaskId) -> Msg) -> Self {
        let task = self.comparing.unwrap();
        self.send(told(task))
    }

    /// Lets searches take long.
    pub fn holding_searches(mut self) -> Self {
        self.held = Some(Vec::new());
        self
    }

    /// Lets the searches end that were held back, and those to come at once.
    pub fn release_searches(mut self) -> Self {
        self.held.take().into_iter().flatten().fold(self, Self::send)
    }

    /// What was searched for so far.
    pub fn searches(&self) -> Vec<&str> {
        self.effects
            .iter()
            .filter_map(|effect| match effect {
                Effect::Search(_, _, pattern) => Some(pattern.as_str()),
                _ => None,
            })
            .collect()
    }

    /// The effects since the last call, fetches and wakings left out.
    pub fn asked(&mut self) -> Vec<Effect> {
        let ticks = |effect: &Effect| matches!(effect, Effect::WakeAt(_) | Effect::Fetch(..));
        std::mem::take(&mut self.effects).into_iter().filter(|effect| !ticks(effect)).collect()
    }

    fn draw(&self) -> Terminal<TestBackend> {
        self.draw_in("dark")
    }

    fn draw_in(&self, theme: &str) -> Terminal<TestBackend> {
        let Size { width, height } = self.model.session.size;
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        let theme = load::theme(theme).unwrap();
        terminal.draw(|frame| view(&self.model, &theme, frame)).unwrap();
        terminal
    }

    /// The screen as text.
    pub fn screen(&self) -> String {
        crate::text::text(self.draw().backend().buffer())
    }

    /// The same as below, in a theme.
    pub fn styled_in(&self, theme: &str) -> String {
        crate::styled::styled(self.draw_in(theme).backend().buffer())
    }

    /// The screen with the style of every run of cells that has one: `[red bold|failed]`.
    pub fn styled(&self) -> String {
        crate::styled::styled(self.draw().backend().buffer())
    }
}
