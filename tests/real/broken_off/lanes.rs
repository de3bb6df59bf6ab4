//! Many points at once, each lane in a namespace of its own.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::thread;

use super::place::Place;

/// Runs each point once, in as many lanes, and returns what each came to; what went wrong is told at the end, all of it. The first
/// lane begins at the end: what takes long and costs little is to be at the beginning. A place in which something went wrong is left.
pub fn run<P: Send + std::fmt::Debug, T: Send>(
    points: Vec<P>,
    lanes: usize,
    make: impl Fn(&str) -> Place + Sync,
    one: impl Fn(&Place, &P) -> T + Sync,
) -> Vec<T> {
    let left = Mutex::new(VecDeque::from(points));
    let (came, wrong) = (Mutex::new(Vec::new()), Mutex::new(Vec::new()));
    let next = |is_from_end: bool| {
        let mut left = left.lock().unwrap();
        if is_from_end { left.pop_back() } else { left.pop_front() }
    };
    let lane = |lane: usize| {
        let mut places = 0;
        let mut place: Option<Place> = None;
        loop {
            let Some(point) = next(lane == 0) else { break };
            let ended = catch_unwind(AssertUnwindSafe(|| {
                let here = place.get_or_insert_with(|| {
                    places += 1;
                    make(&format!("{lane}-{places}"))
                });
                one(here, &point)
            }));
            match ended {
                Ok(ended) => came.lock().unwrap().push(ended),
                Err(panicked) => {
                    wrong.lock().unwrap().push(format!("{point:?}: {}", words_of(panicked.as_ref())));
                    place = None;
                }
            }
        }
    };
    thread::scope(|scope| {
        let lane = &lane;
        for number in 0..lanes {
            scope.spawn(move || lane(number));
        }
    });
    let wrong = wrong.into_inner().unwrap();
    let came = came.into_inner().unwrap();
    assert!(wrong.is_empty(), "{} of {} points:\n{}", wrong.len(), wrong.len() + came.len(), wrong.join("\n\n"));
    came
}

fn words_of(panicked: &(dyn std::any::Any + Send)) -> String {
    let owned = panicked.downcast_ref::<String>().cloned();
    owned.or_else(|| panicked.downcast_ref::<&str>().map(|words| (*words).to_owned())).unwrap_or_default()
}
