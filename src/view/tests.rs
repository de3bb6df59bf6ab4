//! Whatever the cluster says and however large the terminal is, something sound is drawn.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use serde_json::json;

use super::view;
use crate::app::bindings::Bindings;
use crate::app::blame::sheet::Sheet;
use crate::app::diff::sheet::Sheet as Compared;
use crate::app::document::{highlight, prepare, search};
use crate::app::drift::Drifted;
use crate::app::owners::Known;
use crate::app::release::values::sheet::Sheet as Values;
use crate::app::text::Glyphs;
use crate::app::{Area, Effect, Epoch, Model, Msg, Panes, Server, Setup, Size, layout, preflight, update};
use crate::config::{Key, load};
use crate::release::codec::Driver;
use crate::release::flux::HelmRelease;
use crate::release::payload::{Payload, ReleaseStatus, Revision};
use crate::release::storage::StoredRevision;
use crate::release::text::is_hostile;
use crate::release::{
    Answer, Change, Feed, FeedKind, FeedState, ObjectKey, Part, Problem, ProblemKind, Query, Scope, StoredRef,
};
use crate::schema::Schema;

/// Names and messages that nobody wants to meet.
const TEXTS: &[&str] = &[
    "",
    "web",
    "a-name-that-goes-on-and-on-a-name-that-goes-on-and-on-a-name-that-goes-on-and-on-a-name-that-goes-on-and-on",
    "日本語の検索サービス",
    "\u{1b}[2J\u{7}",
    "\u{202e}gpj.exe",
    "zero\u{200b}width\u{feff}",
    "e\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}\u{307}\u{308}\u{309}x",
    "\u{301}",
    "👩\u{200d}👩\u{200d}👧 ❤\u{fe0f}",
    "خدمة-البحث",
    "ｆｕｌｌ　ｗｉｄｔｈ",
    "two\nlines\tand a tab",
];

#[derive(Debug, Clone)]
struct World {
    releases: Vec<(usize, usize, usize, u8)>,
    feeds: u8,
    keys: Vec<Key>,
    sizes: Vec<(u16, u16)>,
    ascii: bool,
}

fn worlds() -> impl Strategy<Value = World> {
    let keys: Vec<Key> =
        "j k G ctrl-d enter enter esc q ? / n N o O tab 1 2 4 5 7 8 E Y h l l w v w e b : 日 é < backspace y D D J z f s i"
            .split(' ')
            .map(|key| key.parse().unwrap())
            .collect();
    let text = 0..TEXTS.len();
    let release = (text.clone(), text.clone(), text, any::<u8>());
    let size = prop_oneof![
        4 => (1u16..=320, 1u16..=110),
        2 => (60u16..=90, 15u16..=24),
        1 => (1u16..=60, 1u16..=15),
    ];
    (
        prop::collection::vec(release, 0..12),
        any::<u8>(),
        prop::collection::vec(prop::sample::select(keys), 0..14),
        prop::collection::vec(size, 1..4),
        any::<bool>(),
    )
        .prop_map(|(releases, feeds, keys, sizes, ascii)| World { releases, feeds, keys, sizes, ascii })
}

fn text(place: usize) -> String {
    TEXTS[place % TEXTS.len()].to_owned()
}

fn changes(world: &World) -> Vec<Change> {
    let mut all = Vec::new();
    for (namespace, name, message, kind) in &world.releases {
        let (namespace, name) = (text(*namespace), text(*name));
        let words = ["deployed", "failed", "pending-upgrade", "uninstalled", "superseded", TEXTS[5]];
        let object = format!("sh.helm.release.v1.{name}.v{kind}");
        if kind % 3 > 0 {
            all.push(Change::Revision(Box::new(StoredRevision {
                object: StoredRef {
                    driver: Driver::Secret,
                    uid: format!("{namespace}/{object}"),
                    key: ObjectKey::new(&namespace, object),
                    resource_version: "1".to_owned(),
                },
                release: name.clone(),
                revision: Revision::new(u32::from(*kind) * 1_000_003 + 1).unwrap(),
                status: ReleaseStatus::from(words[usize::from(*kind) % words.len()]),
                changed: Timestamp::from_second(i64::from(*kind) * 9999).ok(),
                by_flux: kind.is_multiple_of(5),
                problems: Vec::new(),
            })));
        }
        if kind % 3 < 2 {
            let object = json!({
                "metadata": {"namespace": namespace, "name": name},
                "spec": {"values": {name.clone(): text(*message)}, "suspend": kind.is_multiple_of(7)},
                "status": {"conditions": [{"type": "Ready", "status": "False", "reason": text(*message), "message": text(*message).repeat(9)}]},
            });
            all.extend(HelmRelease::read(&object).ok().map(Arc::new).map(Change::HelmRelease));
        }
    }
    let problem = Problem::new(ProblemKind::Unreachable, text(world.feeds.into()));
    let stale = FeedState::Stale { since: Timestamp::UNIX_EPOCH, problem };
    let states = [FeedState::Live, FeedState::Loading, FeedState::Forbidden, FeedState::Absent, stale];
    for (place, kind) in
        [FeedKind::Storage(Driver::Secret, Part::Current), FeedKind::HelmReleases].into_iter().enumerate()
    {
        let state = states[(usize::from(world.feeds) + place) % states.len()].clone();
        all.push(Change::Feed(Feed { kind, namespace: None }, state));
    }
    all
}

fn payload(object: &StoredRef) -> Payload {
    let raw = json!({
        "name": object.key.name, "manifest": TEXTS.join("\n").repeat(3), "config": {"long": TEXTS.join(" "), "rows": TEXTS},
        "info": {"status": "deployed", "notes": TEXTS.join("\n"), "description": TEXTS.join("/")},
        "chart": {"metadata": {"name": TEXTS[3], "version": TEXTS[2]}},
    });
    Payload::new(raw.as_object().unwrap().clone())
}

/// Takes a message in, and does at once what is asked for.
fn send(model: &mut Model, msg: Msg) {
    let mut queue = VecDeque::from([msg]);
    while let Some(msg) = queue.pop_front() {
        for effect in update(model, msg) {
            queue.extend(match effect {
                Effect::Prepare(task, source) => Some(Msg::Prepared(task, Arc::new(prepare::prepare(&source)))),
                Effect::Highlight(task, document) => {
                    Some(Msg::Highlighted(task, Arc::new(highlight::highlight(&document))))
                }
                Effect::Blame(task, source) => {
                    Some(Msg::Blamed(task, Arc::new(Sheet::of(&source, &Schema::default()))))
                }
                Effect::Own(task, subject, before, tries) => {
                    let (known, _) = Known::begin(subject, &Schema::default(), before.as_deref(), tries);
                    Some(Msg::Owned(task, Arc::new(known)))
                }
                Effect::Compare(task, asked) => {
                    Some(Msg::Compared(task, Arc::new(Drifted::find(*asked, &Schema::default()))))
                }
                Effect::Trace(task, known, older) => {
                    Some(Msg::Traced(task, Arc::new(known.search(older.len()).told())))
                }
                Effect::Search(task, document, text) => {
                    Some(Msg::Found(task, Arc::new(search::search(&document, &text))))
                }
                Effect::Fetch(task, Query::Summary(object)) => {
                    let summary = Arc::new(payload(&object).summary());
                    Some(Msg::Answered(task, Answer::Summary(object, Ok(summary))))
                }
                Effect::Fetch(task, Query::Payload(object)) => {
                    let payload = Arc::new(payload(&object));
                    Some(Msg::Answered(task, Answer::Payload(object, Ok(payload))))
                }
                Effect::Fetch(task, Query::ValuesFrom(namespace, _)) => {
                    Some(Msg::Answered(task, Answer::ValuesFrom(namespace, Vec::new())))
                }
                Effect::Fetch(task, Query::Controllers(name)) => {
                    Some(Msg::Answered(task, Answer::Controllers(name, Ok(Vec::new()))))
                }
                Effect::LayValues(task, asked) => Some(Msg::ValuesLaid(task, Arc::new(Values::of(&asked)))),
                Effect::ListContexts(task) => Some(Msg::Contexts(task, Ok(Vec::new()))),
                Effect::Reveal(task, asked) => Some(Msg::Revealed(task, Ok(asked.value))),
                Effect::Preflight(task, releases, _) => {
                    // One by one is enough: the last one ends it.
                    let id = releases[0].id.clone();
                    let result = Err(Problem::new(ProblemKind::Other, text(id.name.len())));
                    Some(Msg::Preflighted(task, preflight::Answer { id, result, is_last: true }))
                }
                Effect::Diff(task, asked) => {
                    let diff = asked.compare(&Schema::default(), |_| ControlFlow::Continue(())).unwrap();
                    Some(Msg::Diffed(task, Arc::new(diff)))
                }
                Effect::Lay(task, diff, home, with_noise) => {
                    Some(Msg::Laid(task, Arc::new(Compared::of(&diff, &home, with_noise))))
                }
                Effect::Plan(task, release, _) => {
                    let problem = Problem::new(ProblemKind::Other, text(release.id.name.len())).hint(TEXTS[3]);
                    Some(Msg::Planned(task, Err(problem)))
                }
                Effect::ReadUnfinished(task) => Some(Msg::Unfinished(task, Vec::new())),
                Effect::Review(task, needs) => {
                    Some(Msg::Reviewed(task, needs.into_iter().map(|need| (need, Some(false))).collect()))
                }
                Effect::ReadJournal(task) => Some(Msg::Journaled(task, Ok(Arc::default()))),
                Effect::Watch(..)
                | Effect::Act(..)
                | Effect::Halt(_)
                | Effect::Inspect(..)
                | Effect::Leave
                | Effect::Log(..)
                | Effect::Open(_)
                | Effect::Read(..)
                | Effect::Suspend
                | Effect::Cancel(_)
                | Effect::WakeAt(_)
                | Effect::Copy(_)
                | Effect::SavePatch(..)
                | Effect::TryWrites(..)
                | Effect::ReadDiff(_)
                | Effect::CopyRevealed(_)
                | Effect::Quit => None,
            });
        }
    }
}

/// That the parts of the screen are one below the other, within it.
fn check_panes(panes: &Panes, size: Size) {
    let Panes { header, banner, title, tabs, head, body, detail, footer } = *panes;
    let mut next = 0;
    for Area { x, y, width, height } in [header, banner, title, tabs, head, body, detail, footer] {
        assert_eq!((x, width), (0, size.width), "{panes:?}");
        assert!(y == next || height == 0, "{panes:?}");
        next += height;
    }
    assert!(next == size.height && body.height > 0 && footer.height == 1, "{size:?} {panes:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn every_cell_is_written_once_and_within_the_screen(world in worlds()) {
        let setup = Setup {
            bindings: Bindings::resolve(&load::keymap().unwrap()).unwrap(),
            glyphs: if world.ascii { Glyphs::Ascii } else { Glyphs::Unicode },
            zone: TimeZone::UTC,
            scope: Scope::All,
            complaint: None,
            managers: [].into(),
            noise: crate::diff::noise::shipped().into(),
            secrets: crate::release::mask::Rules::default(),
            guards: crate::config::Guards::default(),
        };
        let theme = load::theme("dark").unwrap();
        let server = Server { context: text(world.feeds.into()), address: TEXTS[4].to_owned(), default_namespace: String::new() };
        let mut model = Model::new(setup, Size { width: 80, height: 24 }, Timestamp::from_second(2_000_000).unwrap());
        send(&mut model, Msg::Connected(server));
        send(&mut model, Msg::Cluster(Epoch(1), changes(&world)));
        for (place, key) in [None].into_iter().chain(world.keys.iter().map(Some)).enumerate() {
            key.into_iter().for_each(|key| send(&mut model, Msg::Input(*key)));
            let (width, height) = world.sizes[place % world.sizes.len()];
            let size = Size { width, height };
            send(&mut model, Msg::Resized(size));
            if !size.is_too_small() {
                check_panes(&layout(size, &model), size);
            }
            let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
            terminal.draw(|frame| view(&model, &theme, frame)).unwrap();
            let cells = terminal.backend().buffer().content();
            prop_assert!(!cells.iter().flat_map(|cell| cell.symbol().chars()).any(is_hostile));
            prop_assert!(!world.ascii || cells.iter().all(|cell| cell.symbol().is_ascii()));
        }
    }
}
