//! Signals, and what a shell does with its jobs.

use std::future::poll_fn;
use std::io;
use std::task::Poll;
use std::time::Duration;

use futures::FutureExt as _;
use rustix::process::{Signal as Name, getpgrp, getsid, kill_current_process_group};
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::acting::Acts;
use super::terminal;

/// What a signal asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// SIGTERM, SIGHUP: to end.
    End,
    /// SIGINT, SIGQUIT, not of our own keyboard: to end whatever is in the foreground.
    Interrupt,
    /// SIGTSTP: to stop until it is continued.
    Stop,
    /// SIGCONT: it was stopped, and the terminal may have been used since.
    Continued,
    /// SIGWINCH: the terminal has another size.
    Resized,
}

/// The signals that are listened to.
pub(super) struct Signals {
    listened: Vec<(Asked, Signal)>,
}

/// A loop that does not end by then, because the terminal takes no bytes any more, is not waited for.
const GRACE: Duration = Duration::from_secs(2);

impl Signals {
    pub(super) fn listen(acts: Acts) -> io::Result<Self> {
        let kinds = [
            (Asked::End, Name::TERM),
            (Asked::End, Name::HUP),
            (Asked::Interrupt, Name::INT),
            (Asked::Interrupt, Name::QUIT),
            (Asked::Stop, Name::TSTP),
            (Asked::Continued, Name::CONT),
            (Asked::Resized, Name::WINCH),
        ];
        let listened = kinds.into_iter().map(|(asked, name)| Ok((asked, listen(name)?)));
        let listened = listened.collect::<io::Result<Vec<_>>>()?;
        end_in_any_case(&acts)?;
        Ok(Self { listened })
    }

    /// Waits for one. Nothing is lost when the waiting is given up.
    pub(super) async fn next(&mut self) -> Asked {
        poll_fn(|context| {
            for (asked, signal) in &mut self.listened {
                if signal.poll_recv(context).is_ready() {
                    return Poll::Ready(*asked);
                }
            }
            Poll::Pending
        })
        .await
    }

    /// Stops the whole job until the shell continues it. The terminal must have been given back.
    pub(super) async fn stop(&mut self) -> io::Result<()> {
        // Of an earlier stop that was not ours: it must not be taken for the end of this one.
        let _ = self.continued().now_or_never();
        // All of the job, as ctrl-z does it: a script that started this would else wait for it for ever.
        kill_current_process_group(Name::STOP)?;
        self.continued().await;
        Ok(())
    }

    /// Whether it was asked to end meanwhile.
    pub(super) fn ended(&mut self) -> bool {
        let mut ends = self.listened.iter_mut().filter(|(asked, _)| *asked == Asked::End);
        ends.any(|(_, signal)| signal.recv().now_or_never().is_some())
    }

    async fn continued(&mut self) {
        for (_, signal) in self.listened.iter_mut().filter(|(asked, _)| *asked == Asked::Continued) {
            signal.recv().await;
        }
    }
}

/// Whether a shell would notice that this stopped, and continue it. A shell gives every job a group of its own; in the group
/// of the session's leader (`ssh host -t wheelhouse`, a container, a tmux window) nobody would.
pub(super) fn job_control() -> bool {
    getsid(None).is_ok_and(|session| session != getpgrp())
}

fn listen(name: Name) -> io::Result<Signal> {
    signal(SignalKind::from_raw(name.as_raw()))
}

/// Ends the program when it was asked to and the loop does not: it may hang in a write to a terminal at the other end of a
/// dead connection. What acts is stopped by then, and waited for: a second signal of the kind ends even that. Then it is given the
/// same time once more: a loop that does not hang gives the terminal back and tells its own end.
fn end_in_any_case(acts: &Acts) -> io::Result<()> {
    for name in [Name::TERM, Name::HUP] {
        let mut asked = listen(name)?;
        let acts = acts.clone();
        tokio::spawn(async move {
            if asked.recv().await.is_some() {
                acts.stop_all();
                tokio::time::sleep(GRACE).await;
                if !acts.is_idle() {
                    tokio::select! {
                        () = acts.idle() => tokio::time::sleep(GRACE).await,
                        _ = asked.recv() => {}
                    }
                }
                terminal::restore_unwritten();
                std::process::exit(128 + name.as_raw());
            }
        });
    }
    Ok(())
}
