//! The log of a container, line by line.

use super::Cluster;
use crate::release::{LogNews, LogRequest, Problem, ProblemKind};

/// A log that is being read.
pub struct Log {
    news: Option<LogNews>,
}

impl Log {
    pub(super) fn start(_cluster: &Cluster, _request: LogRequest) -> Self {
        Self { news: Some(LogNews::Failed(Problem::new(ProblemKind::Other, "logs are not read yet"))) }
    }

    /// Waits for what the log says next; `None` after its end was said. Nothing is lost when the wait is given up.
    pub async fn next(&mut self) -> Option<LogNews> {
        self.news.take()
    }
}
