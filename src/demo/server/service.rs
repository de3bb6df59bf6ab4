//! A connection: the server as a tower service, for one user.

use std::convert::Infallible;
use std::task::{Context, Poll};

use futures::FutureExt as _;
use futures::future::{BoxFuture, ready};
use http::{Method, Request, Response};
use http_body_util::BodyExt as _;

use super::Server;
use super::answer::answer;
use super::encode::{self, Body};
use super::paths::Asked;
use super::status::Status;

/// A connection of one user. Every request is answered as soon as it was read; watches go on in their bodies.
#[derive(Clone)]
pub struct Service {
    server: Server,
    user: String,
}

impl Service {
    pub(super) fn new(server: Server, user: String) -> Self {
        Self { server, user }
    }
}

impl<B> tower_service::Service<Request<B>> for Service
where
    B: http_body::Body + Send + 'static,
    B::Data: Send,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let asked = Asked::read(request.method(), request.uri(), request.headers());
        // No other verb has a body that is read. What is watched begins with the call, read or not.
        if !matches!(asked.method, Method::PATCH | Method::POST | Method::PUT | Method::DELETE) {
            return ready(Ok(answer(&self.server, &self.user, &asked))).boxed();
        }
        let Self { server, user } = self.clone();
        let read = async move {
            Ok(match request.into_body().collect().await {
                Ok(body) => answer(&server, &user, &Asked { body: body.to_bytes(), ..asked }),
                Err(_) => encode::refusal(&Status::bad_request("unexpected EOF")),
            })
        };
        read.boxed()
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use futures::executor::block_on;
    use http_body_util::{BodyExt, Full};
    use jiff::{SignedDuration, Timestamp};
    use proptest::prelude::*;
    use serde_json::{Value, json};
    use tower_service::Service as _;

    use super::*;

    const WATCH: &str = "/api/v1/secrets?watch=1&timeoutSeconds=100&allowWatchBookmarks=true&resourceVersion=";

    fn server(secrets: usize) -> Server {
        let server = Server::new(Timestamp::UNIX_EPOCH);
        (0..secrets).for_each(|number| put(&server, &format!("s{number}")));
        server
    }

    fn put(server: &Server, name: &str) {
        server.put(json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": "shop"}}));
    }

    fn get(server: &Server, path: &str) -> Response<Body> {
        let request = Request::get(path).body(Full::new(Bytes::new())).unwrap();
        block_on(server.client("administrator").call(request)).unwrap()
    }

    fn after(seconds: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
    }

    /// What a watch was told until it ended, as `TYPE version`.
    #[track_caller]
    fn check(answer: Response<Body>, expected: &[&str]) {
        let body = block_on(answer.into_body().collect()).unwrap().to_bytes();
        let events = body.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let told: Vec<String> = events
            .map(|line| {
                let event: Value = serde_json::from_slice(line).unwrap();
                let version = event["object"]["metadata"]["resourceVersion"].as_str().unwrap();
                format!("{} {version}", event["type"].as_str().unwrap())
            })
            .collect();
        assert_eq!(told, expected);
    }

    #[test]
    fn bookmarks_come_once_a_minute_and_before_the_end_when_there_is_news() {
        let server = server(1);
        let quiet = get(&server, &format!("{WATCH}2"));
        server.advance(after(60));
        server.advance(after(100));
        check(quiet, &[]);
        let told = get(&server, &format!("{WATCH}2"));
        put(&server, "s1");
        for (seconds, next) in [(160, Some(198)), (198, Some(200)), (200, None)] {
            server.advance(after(seconds));
            assert_eq!(server.next(), next.map(after), "after {seconds} s");
        }
        check(told, &["ADDED 3", "BOOKMARK 3", "BOOKMARK 3"]);
    }

    #[test]
    fn a_client_that_does_not_read_is_let_go() {
        let server = server(1);
        let answer = get(&server, &format!("{WATCH}2"));
        (0..11_000).for_each(|_| put(&server, "s0"));
        assert_eq!(server.next(), None);
        let body = block_on(answer.into_body().collect()).unwrap().to_bytes();
        assert_eq!(body.iter().filter(|byte| **byte == b'\n').count(), 10_000);
    }

    #[test]
    fn a_client_that_went_is_forgotten() {
        let server = server(1);
        drop(get(&server, &format!("{WATCH}2")));
        assert_eq!(server.next(), None);
    }

    #[test]
    fn the_same_calls_get_the_same_answers() {
        let told = || block_on(get(&server(3), "/api/v1/secrets?limit=2").into_body().collect()).unwrap().to_bytes();
        assert_eq!(told(), told());
    }

    proptest! {
        /// Whatever is asked, something is answered, and never as an error of the server's own.
        #[test]
        fn every_request_is_answered(
            path in "/(api/v1|apis/apps/v1|apis)(/[a-z%.~]{0,9}){0,4}",
            query in "(labelSelector|fieldSelector|continue|limit|watch|resourceVersion)=[-a-z0-9!=<>()%,+]{0,20}",
        ) {
            let path = format!("{path}?{query}");
            if path.parse::<http::Uri>().is_ok() {
                let answer = get(&server(1), &path);
                let version = query.starts_with("resourceVersion");
                prop_assert!(answer.status().as_u16() < 500 || version, "{path}: {}", answer.status());
            }
        }
    }
}
