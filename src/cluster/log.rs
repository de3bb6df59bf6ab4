//! The log of a container, line by line.

use std::pin::pin;
use std::time::Duration;

use futures::{AsyncBufRead, AsyncBufReadExt, io};
use k8s_openapi::api::core::v1::Pod;
use kube::Client;
use kube::api::{Api, LogParams};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};

use super::Cluster;
use super::problem;
use crate::release::{LogNews, LogRequest, Problem, ProblemKind};

/// Lines a batch, and so many batches may wait: who does not take them stops the reading, and so the server's writing.
const BATCH: usize = 500;
const BATCHES: usize = 4;

/// How long a line waits for others to come with it.
const GATHER: Duration = Duration::from_millis(50);

/// What is kept of a line, in bytes: a container may write for ever without ending one.
const LINE: usize = 64 * 1024;

/// What stands at the end of a line of which the rest was dropped.
const CUT: &str = " ... (cut)";

/// A log that is being read. Dropping it ends the reading.
pub struct Log {
    news: mpsc::Receiver<LogNews>,
    reader: JoinHandle<()>,
}

impl Drop for Log {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

impl Log {
    pub(super) fn start(cluster: &Cluster, request: LogRequest) -> Self {
        let (sender, news) = mpsc::channel(BATCHES);
        let (client, server) = (cluster.client.clone(), cluster.server.clone());
        let reader = tokio::spawn(async move {
            let end = match read(client, &server, request, &sender).await {
                Ok(()) => LogNews::Ended,
                Err(problem) => LogNews::Failed(problem),
            };
            // Nobody is left to hear it otherwise.
            let _ = sender.send(end).await;
        });
        Self { news, reader }
    }

    /// Waits for what the log says next; `None` after its end was said. Nothing is lost when the wait is given up.
    pub async fn next(&mut self) -> Option<LogNews> {
        self.news.recv().await
    }
}

async fn read(
    client: Client,
    server: &str,
    request: LogRequest,
    sender: &mpsc::Sender<LogNews>,
) -> Result<(), Problem> {
    let LogRequest { pod, container, previous, follow, since_seconds, tail } = request;
    let params = LogParams {
        container: Some(container),
        previous,
        follow,
        since_seconds,
        tail_lines: tail,
        ..LogParams::default()
    };
    let api: Api<Pod> = Api::namespaced(client, &pod.namespace);
    let stream = api.log_stream(&pod.name, &params).await.map_err(|error| problem::of_request(&error, server))?;
    let mut stream = pin!(stream);
    let mut lines = Lines::default();
    let mut due: Option<Instant> = None;
    loop {
        let arrived = match due {
            Some(due) => timeout_at(due, stream.fill_buf()).await,
            None => Ok(stream.fill_buf().await),
        };
        match arrived {
            Err(_) => {
                due = None;
                lines.send(sender, 1).await;
            }
            Ok(Ok([])) => {
                lines.end();
                lines.send(sender, 1).await;
                return Ok(());
            }
            Ok(Ok(bytes)) => {
                let count = bytes.len();
                lines.put(bytes);
                stream.as_mut().consume(count);
                lines.send(sender, BATCH).await;
                due = if lines.whole.is_empty() { None } else { due.or_else(|| Some(Instant::now() + GATHER)) };
            }
            Ok(Err(error)) => {
                lines.send(sender, 1).await;
                return Err(broken(&error, server));
            }
        }
    }
}

fn broken(error: &io::Error, server: &str) -> Problem {
    Problem::new(ProblemKind::Unreachable, format!("the log from {server} broke off: {error}")).retried()
}

/// Bytes on their way to lines.
#[derive(Debug, Default)]
struct Lines {
    whole: Vec<String>,
    part: Vec<u8>,
    cut: bool,
}

impl Lines {
    fn put(&mut self, bytes: &[u8]) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let (text, ends) = piece.strip_suffix(b"\n").map_or((piece, false), |text| (text, true));
            let (kept, rest) = text.split_at_checked(LINE.saturating_sub(self.part.len())).unwrap_or((text, &[]));
            self.part.extend_from_slice(kept);
            self.cut |= !rest.is_empty();
            if ends {
                self.finish();
            }
        }
    }

    /// The last line may have no end.
    fn end(&mut self) {
        if !self.part.is_empty() {
            self.finish();
        }
    }

    fn finish(&mut self) {
        let mut part = std::mem::take(&mut self.part);
        if std::mem::take(&mut self.cut) {
            // A letter that the cut went through is no fault of the container's.
            if let Err(error) = std::str::from_utf8(&part)
                && error.error_len().is_none()
            {
                part.truncate(error.valid_up_to());
            }
            part.extend_from_slice(CUT.as_bytes());
        }
        let text = part.strip_suffix(b"\r").unwrap_or(&part);
        self.whole.push(String::from_utf8_lossy(text).into_owned());
    }

    /// Sends whole batches as long as at least so many lines wait.
    async fn send(&mut self, sender: &mpsc::Sender<LogNews>, least: usize) {
        while self.whole.len() >= least {
            let rest = self.whole.split_off(self.whole.len().min(BATCH));
            let batch = std::mem::replace(&mut self.whole, rest);
            // Whoever does not listen any more ends the task.
            let _ = sender.send(LogNews::Lines(batch)).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pieces: &[&[u8]], expected: &[&str]) {
        let mut lines = Lines::default();
        pieces.iter().for_each(|piece| lines.put(piece));
        lines.end();
        assert_eq!(lines.whole, expected);
    }

    #[test]
    fn lines_are_whole_however_they_come() {
        check(&[], &[]);
        check(&[b"one\ntw", b"o\r\n", b"\nthree"], &["one", "two", "", "three"]);
        check(&["gr\u{fc}n\n".as_bytes().split_at(3).0, "gr\u{fc}n\n".as_bytes().split_at(3).1], &["gr\u{fc}n"]);
        check(&[b"a\xffb\n"], &["a\u{fffd}b"]);
    }

    #[test]
    fn a_line_without_end_is_cut_and_the_next_is_whole() {
        let long = "x".repeat(LINE);
        check(&[long.as_bytes(), b"\n"], &[&long]);
        check(&[long.as_bytes(), b"yy", b"zz\nnext\n"], &[&format!("{long}{CUT}"), "next"]);
        let wide = format!("{}\u{fc}", "x".repeat(LINE - 1));
        check(&[wide.as_bytes(), b"\n"], &[&format!("{}{CUT}", "x".repeat(LINE - 1))]);
    }
}
