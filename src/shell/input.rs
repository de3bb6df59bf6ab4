//! What is typed, read when it is asked for and not before.
//!
//! Nothing reads in the background: while another program has the terminal, every byte is that program's. One byte is read
//! at a time, so that what was typed after the key that starts a program is still there for it.

use std::io::{self, Stdin};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::time::{Instant, sleep_until};

use super::keys::{Decoder, Heard};

pub(super) struct Input {
    terminal: AsyncFd<Stdin>,
    decoder: Decoder,
    last: Instant,
}

impl Input {
    #[allow(
        deprecated,
        reason = "its successor is unsafe for descriptors that may be closed; nobody closes standard input"
    )]
    pub(super) fn open() -> io::Result<Self> {
        let terminal = AsyncFd::with_interest(io::stdin(), Interest::READABLE)?;
        Ok(Self { terminal, decoder: Decoder::default(), last: Instant::now() })
    }

    /// Waits for what comes next; `None` when the terminal is gone. Nothing is lost when the waiting is given up.
    pub(super) async fn next(&mut self) -> Option<Heard> {
        loop {
            match self.ready() {
                Ok(Some(heard)) => return Some(heard),
                Ok(None) => {}
                Err(_) => return None,
            }
            let patience = self.decoder.patience();
            let deadline = self.last + patience.unwrap_or_default();
            tokio::select! {
                biased;
                ready = self.terminal.readable() => {
                    // Whether there is something is asked anew: another program may have taken it meanwhile.
                    if !waiting().ok()? {
                        ready.ok()?.clear_ready();
                    }
                }
                () = sleep_until(deadline), if patience.is_some() => {
                    if let Some(heard) = self.decoder.give_up() {
                        return Some(heard);
                    }
                }
            }
        }
    }

    /// What is there already.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub(super) fn ready(&mut self) -> io::Result<Option<Heard>> {
        while waiting()? {
            let mut byte = [0];
            match rustix::io::read(rustix::stdio::stdin(), &mut byte) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(_) => {
                    self.last = Instant::now();
                    let [byte] = byte;
                    if let Some(heard) = self.decoder.push(byte) {
                        return Ok(Some(heard));
                    }
                }
                Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(None)
    }
}

/// Whether reading would not wait: there is something, or there will never be anything again.
fn waiting() -> io::Result<bool> {
    let stdin = rustix::stdio::stdin();
    let mut asked = [PollFd::new(&stdin, PollFlags::IN)];
    let at_once = Timespec::try_from(Duration::ZERO).unwrap_or_default();
    match poll(&mut asked, Some(&at_once)) {
        Ok(count) => Ok(count > 0),
        Err(rustix::io::Errno::INTR) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
