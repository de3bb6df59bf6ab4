//! A connection to a server in memory on which things go wrong, and which remembers what was asked.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::{FutureExt as _, StreamExt as _, stream};
use http::{Method, Request, Response, StatusCode};
use http_body::Frame;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use tokio::sync::Notify;
use wheelhouse::demo::server::Service;

type BoxError = Box<dyn std::error::Error + Send + Sync>;
type Body = UnsyncBoxBody<Bytes, BoxError>;

/// What goes wrong.
#[derive(Debug, Clone, Copy)]
pub enum Fault {
    /// The server refuses with this code, and asks to wait so many seconds.
    Refuse(u16, Option<u32>),
    /// There is no connection.
    Break,
    /// No answer comes.
    Hang,
    /// The connection breaks after so many bytes of the answer.
    Cut(usize),
    /// The answer ends after so many bytes, as if it were whole.
    End(usize),
    /// The answer comes byte by byte.
    Trickle,
    /// The server does it, and the connection breaks before its answer.
    Lose,
    /// The server does it, and no answer comes.
    Mute,
}

/// A fault, for the requests whose path and query hold a text, so many times.
#[derive(Debug, Clone, Copy)]
struct Rule {
    holds: &'static str,
    fault: Fault,
    times: usize,
}

/// What happens in the cluster right before a write.
type Before = Box<dyn FnOnce() + Send>;

#[derive(Default)]
struct Shared {
    asked: Vec<String>,
    /// Of these, what was asked by another method than GET.
    writes: Vec<String>,
    /// Of these, what the server would keep, with its method.
    kept: Vec<String>,
    rules: Vec<Rule>,
    /// What goes wrong with the writes that the server would keep, by their number from one.
    of_writes: BTreeMap<usize, Fault>,
    /// What happens before them.
    before: BTreeMap<usize, Before>,
    /// What is answered at a path in the server's stead.
    answers: Vec<(&'static str, serde_json::Value)>,
}

/// The connection.
#[derive(Clone)]
pub struct Faulty {
    inner: Service,
    shared: Arc<Mutex<Shared>>,
    hanging: Arc<Notify>,
}

impl Faulty {
    pub fn new(inner: Service) -> Self {
        Self { inner, shared: Arc::default(), hanging: Arc::default() }
    }

    /// Waits until a request hangs.
    pub async fn hangs(&self) {
        self.hanging.notified().await;
    }

    /// From now on, the next requests whose path and query hold this text go wrong.
    pub fn fail(&self, holds: &'static str, fault: Fault, times: usize) {
        self.shared.lock().unwrap().rules.push(Rule { holds, fault, times });
    }

    /// The write with this number goes wrong: of those that the server would keep, from one. What is only tried is no such write,
    /// nor is the question for rights.
    pub fn fail_write(&self, number: usize, fault: Fault) {
        self.shared.lock().unwrap().of_writes.insert(number, fault);
    }

    /// Something else happens right before the write with this number reaches the server.
    pub fn before_write(&self, number: usize, happens: impl FnOnce() + Send + 'static) {
        self.shared.lock().unwrap().before.insert(number, Box::new(happens));
    }

    /// Every write that the server would keep: `PATCH /path?query`. It is here whether or not it came to the server.
    pub fn kept(&self) -> Vec<String> {
        self.shared.lock().unwrap().kept.clone()
    }

    /// From now on this is answered at exactly this path.
    pub fn answer(&self, path: &'static str, value: serde_json::Value) {
        self.shared.lock().unwrap().answers.push((path, value));
    }

    /// From now on nothing goes wrong.
    pub fn mend(&self) {
        let mut shared = self.shared.lock().unwrap();
        shared.rules.clear();
        shared.of_writes.clear();
    }

    /// Path and query of everything that was asked, of those that hold a text.
    pub fn asked(&self, holds: &str) -> Vec<String> {
        self.shared.lock().unwrap().asked.iter().filter(|path| path.contains(holds)).cloned().collect()
    }

    /// Path and query of everything that was asked by another method than GET.
    pub fn writes(&self) -> Vec<String> {
        self.shared.lock().unwrap().writes.clone()
    }

    fn fault(&self, method: &Method, path: &str) -> Option<Fault> {
        let mut shared = self.shared.lock().unwrap();
        shared.asked.push(path.to_owned());
        if method != Method::GET {
            shared.writes.push(path.to_owned());
        }
        if is_kept(method, path) {
            shared.kept.push(format!("{method} {path}"));
            let number = shared.kept.len();
            if let Some(happens) = shared.before.remove(&number) {
                drop(shared);
                happens();
                shared = self.shared.lock().unwrap();
            }
            if let Some(fault) = shared.of_writes.remove(&number) {
                return Some(fault);
            }
        }
        let rule = shared.rules.iter_mut().find(|rule| rule.times > 0 && path.contains(rule.holds))?;
        rule.times -= 1;
        Some(rule.fault)
    }
}

impl<B> tower_service::Service<Request<B>> for Faulty
where
    Service: tower_service::Service<Request<B>>,
    <Service as tower_service::Service<Request<B>>>::Response:
        Into<Response<UnsyncBoxBody<Bytes, std::convert::Infallible>>>,
    <Service as tower_service::Service<Request<B>>>::Error: Into<BoxError>,
    <Service as tower_service::Service<Request<B>>>::Future: Send + 'static,
{
    type Response = Response<Body>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Response<Body>, BoxError>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        tower_service::Service::<Request<B>>::poll_ready(&mut self.inner, context).map_err(Into::into)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let path = request.uri().to_string();
        let fault = self.fault(request.method(), &path);
        if let Some((_, value)) = self.shared.lock().unwrap().answers.iter().find(|(at, _)| *at == path) {
            return futures::future::ready(Ok(json(200, value))).boxed();
        }
        match fault {
            Some(Fault::Refuse(code, seconds)) => {
                return futures::future::ready(Ok(refused(code, seconds))).boxed();
            }
            Some(Fault::Break) => {
                return futures::future::ready(Err(BoxError::from("connection refused"))).boxed();
            }
            Some(Fault::Hang) => {
                self.hanging.notify_one();
                return futures::future::pending().boxed();
            }
            Some(Fault::Cut(_) | Fault::End(_) | Fault::Trickle | Fault::Lose | Fault::Mute) | None => {}
        }
        let answer = tower_service::Service::<Request<B>>::call(&mut self.inner, request);
        let hanging = Arc::clone(&self.hanging);
        async move {
            let (head, body) = answer.await.map_err(Into::into)?.into().into_parts();
            if matches!(fault, Some(Fault::Lose)) {
                return Err(BoxError::from("connection reset by peer"));
            }
            if matches!(fault, Some(Fault::Mute)) {
                hanging.notify_one();
                return futures::future::pending().await;
            }
            let body = body.map_err(|never| match never {}).boxed_unsync();
            Ok(Response::from_parts(
                head,
                match fault {
                    Some(Fault::Cut(after)) => bounded(body, after, true),
                    Some(Fault::End(after)) => bounded(body, after, false),
                    Some(Fault::Trickle) => trickled(body),
                    Some(Fault::Refuse(..) | Fault::Break | Fault::Hang | Fault::Lose | Fault::Mute) | None => body,
                },
            ))
        }
        .boxed()
    }
}

/// Whether the server would keep what is asked.
fn is_kept(method: &Method, path: &str) -> bool {
    method != Method::GET && !path.contains("dryRun=") && !path.contains("/selfsubjectaccessreviews")
}

fn refused(code: u16, seconds: Option<u32>) -> Response<Body> {
    let status = serde_json::json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "code": code,
        "message": format!("refused with {code}"), "reason": "",
        "details": {"retryAfterSeconds": seconds.unwrap_or(0)},
    });
    json(code, &status)
}

fn json(code: u16, value: &serde_json::Value) -> Response<Body> {
    let body = Full::new(Bytes::from(value.to_string())).map_err(|never| match never {}).boxed_unsync();
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(code).unwrap();
    response
}

/// So many bytes, and then a broken connection or an end.
fn bounded(body: Body, after: usize, broken: bool) -> Body {
    let frames = stream::unfold(Some((body.into_data_stream(), after)), move |state| async move {
        let (mut data, left) = state?;
        if left == 0 {
            return broken.then(|| (Err(BoxError::from("connection reset by peer")), None));
        }
        let mut bytes: Bytes = data.next().await?.ok()?;
        bytes.truncate(left);
        let left = left - bytes.len();
        Some((Ok(Frame::data(bytes)), Some((data, left))))
    });
    StreamBody::new(frames).boxed_unsync()
}

fn trickled(body: Body) -> Body {
    let bytes = body
        .into_data_stream()
        .flat_map(|bytes| stream::iter(bytes.unwrap_or_default().into_iter().map(|byte| Bytes::from(vec![byte]))));
    StreamBody::new(bytes.map(|bytes| Ok(Frame::data(bytes)))).boxed_unsync()
}
