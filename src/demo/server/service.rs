//! A connection: the server as a tower service, for one user.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::task::{Context, Poll};

use http::{Request, Response};

use super::Server;
use super::answer::answer;
use super::encode::Body;
use super::paths::Asked;

/// A connection of one user. Every request is answered at once; watches go on in their bodies.
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

impl<B: http_body::Body> tower_service::Service<Request<B>> for Service {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Ready<Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let asked = Asked::read(request.method(), request.uri(), request.headers());
        ready(Ok(answer(&self.server, &self.user, &asked)))
    }
}
