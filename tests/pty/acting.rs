//! The shell with the demo behind it and a journal on the disk. One write waits on its way to the server, as on a slow line,
//! until a file lets it go.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use http::{Method, Request};
use jiff::Timestamp;
use tokio::sync::OnceCell;
use wheelhouse::cluster::Cluster;
use wheelhouse::demo::Demo;
use wheelhouse::demo::server::Service;
use wheelhouse::release::{ContextEntry, Problem};
use wheelhouse::shell::Journal;
use wheelhouse::shell::port::Gateway;

use crate::program;

/// The folder of the journal, which outlives the program.
pub const STATE: &str = "WHEELHOUSE_TEST_STATE";
/// Number of the write that waits, of those that the server would keep, from one.
pub const WAITS: &str = "WHEELHOUSE_TEST_WAITS";
/// The file that is there as soon as that write is on its way.
pub const ON_ITS_WAY: &str = "on-its-way";
/// The file that lets it go.
pub const LET_GO: &str = "let-go";

pub fn main() -> ExitCode {
    let state = PathBuf::from(std::env::var_os(STATE).unwrap());
    let number = std::env::var(WAITS).ok().map(|number| number.parse().unwrap());
    let demo = Arc::default();
    program::run(|folder| Slow { demo, line: Line { folder, number, count: Arc::default() } }, Journal::at(Some(state)))
}

#[derive(Clone)]
struct Slow {
    demo: Arc<OnceCell<Arc<Demo>>>,
    line: Line,
}

impl Gateway for Slow {
    type Link = Cluster;

    async fn open(&self, context: Option<String>) -> Result<Cluster, Problem> {
        let begin = || async {
            let demo = Arc::new(Demo::new(Timestamp::now()).unwrap());
            tokio::spawn(tell(Arc::clone(&demo)));
            demo
        };
        let demo = self.demo.get_or_init(begin).await;
        let (inner, entry) = demo.connect(context.as_deref())?;
        Ok(Cluster::over(Held { inner, line: self.line.clone() }, entry, &Demo::contexts(), Demo::SERVER))
    }

    fn contexts(&self) -> Result<Vec<ContextEntry>, Problem> {
        Ok(Demo::contexts())
    }
}

async fn tell(demo: Arc<Demo>) {
    loop {
        demo.advance(Timestamp::now()).unwrap();
        let _ = tokio::time::timeout(Duration::from_millis(200), demo.server().stirred()).await;
    }
}

/// The way of the writes to the server.
#[derive(Clone)]
struct Line {
    folder: PathBuf,
    number: Option<usize>,
    count: Arc<AtomicUsize>,
}

impl Line {
    /// Whether this write is the one that waits.
    fn holds(&self, method: &Method, path: &str) -> bool {
        let is_kept = method != Method::GET && !path.contains("dryRun=") && !path.contains("/selfsubjectaccessreviews");
        is_kept && Some(self.count.fetch_add(1, Ordering::SeqCst) + 1) == self.number
    }
}

async fn let_go(folder: &Path) {
    std::fs::write(folder.join(ON_ITS_WAY), "").unwrap();
    while !folder.join(LET_GO).exists() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[derive(Clone)]
struct Held {
    inner: Service,
    line: Line,
}

impl<B> tower_service::Service<Request<B>> for Held
where
    B: Send + 'static,
    Service: tower_service::Service<Request<B>>,
    <Service as tower_service::Service<Request<B>>>::Future: Send + 'static,
{
    type Response = <Service as tower_service::Service<Request<B>>>::Response;
    type Error = <Service as tower_service::Service<Request<B>>>::Error;
    type Future = BoxFuture<'static, Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        tower_service::Service::<Request<B>>::poll_ready(&mut self.inner, context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let is_held = self.line.holds(request.method(), &request.uri().to_string());
        let (mut inner, folder) = (self.inner.clone(), self.line.folder.clone());
        async move {
            if is_held {
                let_go(&folder).await;
            }
            inner.call(request).await
        }
        .boxed()
    }
}
