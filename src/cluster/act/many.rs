//! One action on many releases.

use std::sync::Arc;

use futures::stream::{FuturesUnordered, iter};
use futures::{Stream, StreamExt as _};
use jiff::Timestamp;
use tokio::sync::{mpsc, watch};

use super::{Acting, Run, Shared, WAITING, plan};
use crate::cluster::Cluster;
use crate::plan::many::Progress;
use crate::plan::{Action, Ended, Many, News, Outcome, Plan};
use crate::release::{Problem, Release};

/// How many are planned at once: each asks a dozen questions.
const AT_ONCE: usize = 4;

/// Plans one action on many releases; see [`Cluster::plan_many`].
pub(in crate::cluster) fn plan_many(
    cluster: &Cluster,
    releases: Vec<Arc<Release>>,
    action: &Action,
    now: Timestamp,
) -> impl Stream<Item = (usize, Result<Plan, Problem>)> + Send + use<> {
    let (cluster, action, shared) = (cluster.clone(), action.clone(), Arc::new(Shared::default()));
    let planned = releases.into_iter().enumerate().map(move |(place, release)| {
        let (cluster, action, shared) = (cluster.clone(), action.clone(), Arc::clone(&shared));
        async move { (place, plan(&cluster, release, action, &shared, now).await) }
    });
    iter(planned).buffer_unordered(AT_ONCE)
}

/// Plans that run. Dropping it breaks nothing off.
#[derive(Debug)]
pub struct RunMany {
    news: mpsc::Receiver<(usize, News)>,
    stop: watch::Sender<bool>,
}

impl RunMany {
    pub(in crate::cluster) fn start(cluster: &Cluster, many: Many, acting: Acting) -> Self {
        let (outbox, news) = mpsc::channel(WAITING);
        let (stop, stopped) = watch::channel(false);
        let cluster = cluster.clone();
        tokio::spawn(async move { run(&cluster, many, &acting, &outbox, stopped).await });
        Self { news, stop }
    }

    /// Waits for what happens next, and to which of the rows; `None` after the end of all was told. Of each row the end is told
    /// once, of those as well that were never begun.
    pub async fn next(&mut self) -> Option<(usize, News)> {
        self.news.recv().await
    }

    /// Begins no other, and has those that run stop after the request in flight; the ends are told as always.
    pub fn stop(&self) {
        // Where nobody runs any more, nobody has to stop.
        let _ = self.stop.send(true);
    }
}

async fn run(
    cluster: &Cluster,
    mut many: Many,
    acting: &Acting,
    news: &mpsc::Sender<(usize, News)>,
    mut stopped: watch::Receiver<bool>,
) {
    tell(&many, 0..many.rows.len(), news).await;
    let (mut running, mut can_stop) = (FuturesUnordered::new(), true);
    loop {
        while let Some((place, plan)) = many.begin() {
            running.push(one(place, Run::start(cluster, plan, acting.clone()), news, stopped.clone()));
        }
        tokio::select! {
            ended = running.next() => match ended {
                Some((place, ended)) => {
                    let dropped = many.end(place, ended);
                    tell(&many, std::iter::once(place).chain(dropped), news).await;
                }
                None => return,
            },
            is_asked = asked(&mut stopped), if can_stop => {
                can_stop = false;
                // Nobody can ask any more where the screen was left: that is no wish to stop.
                if is_asked {
                    let dropped = many.stop("not begun: it was stopped");
                    tell(&many, dropped, news).await;
                }
            }
        }
    }
}

/// Waits until it is to stop. False where nobody can ask for it any more.
async fn asked(stopped: &mut watch::Receiver<bool>) -> bool {
    stopped.wait_for(|stop| *stop).await.is_ok()
}

/// Tells the ends of those of these rows that are over.
async fn tell(many: &Many, places: impl IntoIterator<Item = usize>, news: &mpsc::Sender<(usize, News)>) {
    for place in places {
        if let Some(Progress::Over(ended)) = many.rows.get(place).map(|row| &row.progress) {
            // Nobody listens any more where the screen was left.
            let _ = news.send((place, News::Over(ended.clone()))).await;
        }
    }
}

/// Hands on what happens to one, but for its end.
async fn one(
    place: usize,
    mut run: Run,
    news: &mpsc::Sender<(usize, News)>,
    mut stopped: watch::Receiver<bool>,
) -> (usize, Ended) {
    let mut can_stop = true;
    loop {
        tokio::select! {
            next = run.next() => match next {
                Some(News::Over(ended)) => return (place, ended),
                Some(other) => drop(news.send((place, other)).await),
                None => {
                    let says = "its end was not told: the journal and the cluster tell how far it came".to_owned();
                    return (place, Ended { outcome: Outcome::Unknown, says, next: Vec::new() });
                }
            },
            is_asked = asked(&mut stopped), if can_stop => {
                can_stop = false;
                if is_asked {
                    run.stop();
                }
            }
        }
    }
}
