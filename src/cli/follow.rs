//! `status RELEASE --watch`: a line for each change that is shown, until the verdict has settled.

use std::collections::BTreeMap;
use std::future;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use tokio::time::{MissedTickBehavior, interval};

use super::entry::ObjectsEntry;
use super::gather;
use super::opened::Opened;
use super::print::{self, document, time};
use super::{Failure, Output, Which};
use crate::app::rows::Row;
use crate::app::settling::Wait;
use crate::app::text::{self, Glyphs};
use crate::cluster::{Cluster, Watch};
use crate::demo::Demo;
use crate::health::objects::Counts;
use crate::health::{Cause, Verdict, World};
use crate::release::{Catalog, Change, FeedState, Inventory, Resource, Scope};

/// How long a verdict must stand before it counts as settled: what an action does next begins sooner.
const STANDS: SignedDuration = SignedDuration::from_secs(2);
/// How often is looked whether time alone made a difference.
const TICK: Duration = Duration::from_millis(100);

/// What is shown of a release.
#[derive(Debug, Clone, PartialEq)]
struct Shown {
    verdict: Verdict,
    cause: Option<Cause>,
    counts: Option<Counts>,
}

/// One line.
#[derive(Debug, Serialize)]
struct LineEntry {
    time: Timestamp,
    namespace: String,
    name: String,
    verdict: String,
    cause: Option<String>,
    cause_since: Option<Timestamp>,
    objects: Option<ObjectsEntry>,
}

/// What was shown last, and what is held back until it has settled, as the screen does.
#[derive(Debug, Default)]
struct Printed {
    shown: Option<Shown>,
    /// Since when the verdict that is shown is shown.
    since: Option<Timestamp>,
    /// What is not shown yet.
    waiting: Option<(Shown, Wait)>,
}

impl Printed {
    /// Takes in how it is; answers whether that is to be shown now.
    fn take(&mut self, seen: Shown, now: Timestamp) -> bool {
        if self.shown.as_ref() == Some(&seen) {
            self.waiting = None;
            return false;
        }
        let wait = match self.waiting.take() {
            Some((waiting, wait)) if waiting == seen => wait,
            Some((_, mut wait)) => {
                wait.touch(now);
                wait
            }
            None => Wait::begin(now),
        };
        if self.shown.is_some() && now < wait.due() {
            self.waiting = Some((seen, wait));
            return false;
        }
        if self.shown.as_ref().is_none_or(|shown| shown.verdict != seen.verdict) {
            self.since = Some(now);
        }
        (self.shown, self.waiting) = (Some(seen), None);
        true
    }

    /// The verdict, once it has settled: it changes by nothing that is known to come.
    fn settled(&self, now: Timestamp) -> Option<Verdict> {
        let verdict = self.shown.as_ref()?.verdict;
        let stands = self.waiting.is_none() && now.duration_since(self.since?) >= STANDS;
        (stands && is_at_rest(verdict)).then_some(verdict)
    }
}

/// Whether nothing that is known to come changes the verdict.
fn is_at_rest(verdict: Verdict) -> bool {
    match verdict {
        Verdict::Progressing | Verdict::Blocked | Verdict::Unknown => false,
        Verdict::Failed
        | Verdict::Stalled
        | Verdict::Missing
        | Verdict::Pending
        | Verdict::Degraded
        | Verdict::Deleting
        | Verdict::Drifted
        | Verdict::Suspended
        | Verdict::Uninstalled
        | Verdict::Assumed
        | Verdict::Healthy => true,
    }
}

/// What is watched of the objects of the release.
struct Objects {
    inventory: Inventory,
    watch: Option<Watch>,
    feeds: BTreeMap<Resource, FeedState>,
    world: World,
}

impl Objects {
    fn new(cluster: &Cluster, opened: &Opened, list: &World) -> Self {
        let inventory = opened.inventory();
        let watch = (!inventory.objects.is_empty()).then(|| cluster.inspect(inventory.clone()));
        let world = World::of_open(&opened.release, list);
        Self { inventory: inventory.clone(), watch, feeds: BTreeMap::new(), world }
    }

    fn take(&mut self, changes: &[Change]) {
        for change in changes {
            if let Change::Inventory(resource, state) = change {
                self.feeds.insert(resource.clone(), state.clone());
            }
            self.world.apply(change);
        }
    }

    /// Whether every list has ended.
    fn is_read(&self) -> bool {
        self.watch.is_none()
            || (!self.feeds.is_empty() && !self.feeds.values().any(|state| *state == FeedState::Loading))
    }
}

/// What is followed, and how.
pub(super) struct Follow<'a> {
    pub(super) cluster: &'a Cluster,
    pub(super) scope: &'a Scope,
    pub(super) which: &'a Which,
    /// The demo's clock is moved by whoever looks at it.
    pub(super) demo: Option<&'a Arc<Demo>>,
    pub(super) output: Output,
    pub(super) timeout: SignedDuration,
}

impl Follow<'_> {
    /// Prints until the verdict has settled, the time is up, or somebody presses ctrl-c.
    ///
    /// # Errors
    /// When the release is neither healthy nor assumed then, is not there (any more), or cannot be read.
    pub(super) async fn run(self) -> Result<(), Failure> {
        let end = super::now().checked_add(self.timeout).unwrap_or(Timestamp::MAX);
        let mut list = Some(self.cluster.watch(self.scope.clone()));
        let (mut catalog, mut world) = (Catalog::default(), World::default());
        let mut opened: Option<Opened> = None;
        let mut objects: Option<Objects> = None;
        let mut printed = Printed::default();
        let mut is_old = true;
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                stop = tokio::signal::ctrl_c() => {
                    return Err(stop.map_or_else(|error| Failure::other(error.to_string()), |()| Failure::Interrupted));
                }
                _ = ticks.tick() => {}
                changes = next(list.as_mut()) => {
                    if changes.is_empty() {
                        list = None;
                    }
                    is_old |= !changes.is_empty();
                    for change in changes {
                        world.apply(&change);
                        catalog.apply(change);
                    }
                }
                changes = next(objects.as_mut().and_then(|objects| objects.watch.as_mut())) => {
                    if let Some(objects) = &mut objects {
                        if changes.is_empty() {
                            objects.watch = None;
                        }
                        objects.take(&changes);
                    }
                }
            }
            let now = super::now();
            if let Some(demo) = self.demo {
                demo.advance(now).map_err(|damaged| Failure::other(damaged.to_string()))?;
            }
            if gather::is_read(&catalog) {
                if std::mem::take(&mut is_old) {
                    if opened.is_none() {
                        gather::judge_reading(&catalog)?;
                    }
                    let anew = match &opened {
                        Some(opened) => opened.anew(self.cluster, &mut catalog).await,
                        None => None,
                    };
                    let anew = match anew {
                        Some(anew) => anew,
                        None => Opened::find(self.cluster, &mut catalog, self.scope, self.which).await?,
                    };
                    if objects.as_ref().is_none_or(|objects| objects.inventory != *anew.inventory()) {
                        objects = Some(Objects::new(self.cluster, &anew, &world));
                    }
                    opened = Some(anew);
                }
                if let (Some(opened), Some(objects)) = (&opened, &objects)
                    && objects.is_read()
                {
                    let world = if objects.inventory.objects.is_empty() { &world } else { &objects.world };
                    let row = opened.seen(&catalog, world, now).row;
                    let judgement = &row.judgement;
                    let seen =
                        Shown { verdict: judgement.verdict, cause: judgement.cause.clone(), counts: judgement.counts };
                    if printed.take(seen, now) {
                        super::write_out(&self.line(&row, now)?);
                    }
                    if printed.settled(now).is_some() {
                        return super::outcome(&row);
                    }
                }
            }
            if now >= end {
                let last = printed.shown.map(|shown| shown.verdict);
                return Err(Failure::NotSettled(self.which.release.clone(), last, self.timeout));
            }
        }
    }

    fn line(&self, row: &Row, now: Timestamp) -> Result<String, Failure> {
        let judgement = &row.judgement;
        let entry = LineEntry {
            time: now,
            namespace: row.release.namespace.clone(),
            name: row.release.id.name.clone(),
            verdict: judgement.verdict.to_string(),
            cause: judgement.cause.as_ref().map(|cause| cause.text.clone()),
            cause_since: judgement.cause.as_ref().and_then(|cause| cause.since),
            objects: judgement.counts.map(ObjectsEntry::from),
        };
        match self.output {
            Output::Json => serde_json::to_string(&entry).map_err(|error| Failure::other(error.to_string())),
            Output::Yaml => Ok(format!("---\n{}", document(&entry, Output::Yaml)?)),
            Output::Table => {
                let cause = text::clean(&row.cause(now), Glyphs::Unicode).into_owned();
                let line = format!("{}  {:<11}  {:>5}  {cause}", time(Some(now)), entry.verdict, row.objects_cell());
                Ok(print::harmless(line.trim_end()).into_owned())
            }
        }
    }
}

/// What a watch tells next. One that has ended tells nothing any more.
async fn next(watch: Option<&mut Watch>) -> Vec<Change> {
    match watch {
        Some(watch) => watch.next().await,
        None => future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Verdict::{Degraded, Healthy, Progressing};

    /// Milliseconds at which the verdict becomes another one; when which is shown, and when which has settled.
    #[track_caller]
    fn check(changes: &[(i64, Verdict)], expected: &[(i64, Verdict)], settled: Option<(i64, Verdict)>) {
        let at = |millisecond| Timestamp::from_millisecond(millisecond).unwrap();
        let (mut printed, mut shown, mut ended) = (Printed::default(), Vec::new(), None);
        for now in 0..9_000 {
            let Some((_, verdict)) = changes.iter().rev().find(|(from, _)| *from <= now) else { continue };
            if printed.take(Shown { verdict: *verdict, cause: None, counts: None }, at(now)) {
                shown.push((now, *verdict));
            }
            ended = ended.or(printed.settled(at(now)).map(|verdict| (now, verdict)));
        }
        assert_eq!((shown.as_slice(), ended), (expected, settled));
    }

    #[test]
    fn a_verdict_is_shown_when_it_is_quiet_and_has_settled_when_it_stands() {
        check(&[(0, Healthy)], &[(0, Healthy)], Some((2_000, Healthy)));
        check(&[(0, Progressing)], &[(0, Progressing)], None);
        check(&[(0, Progressing), (1_000, Healthy)], &[(0, Progressing), (1_400, Healthy)], Some((3_400, Healthy)));
        check(
            &[(0, Healthy), (1_900, Progressing), (5_000, Degraded)],
            &[(0, Healthy), (2_300, Progressing), (5_400, Degraded)],
            Some((7_400, Degraded)),
        );
    }

    #[test]
    fn what_comes_and_goes_is_not_shown_and_holds_the_end_back() {
        check(&[(0, Healthy), (1_900, Progressing), (2_200, Healthy)], &[(0, Healthy)], Some((2_200, Healthy)));
    }

    #[test]
    fn what_does_not_come_to_rest_is_shown_now_and_then() {
        let (mut printed, mut shown) = (Printed::default(), Vec::new());
        for at in (0..6_000).step_by(100) {
            let seen = Shown { verdict: Healthy, cause: Some(Cause::of(at.to_string())), counts: None };
            let now = Timestamp::from_millisecond(at).unwrap();
            if printed.take(seen, now) {
                shown.push(at);
            }
            assert!(shown.last() == Some(&at) || printed.settled(now).is_none(), "{at}");
        }
        assert_eq!(shown, [0, 2_100, 4_200]);
    }
}
