//! How long to wait before trying again.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

const FIRST: Duration = Duration::from_millis(250);
/// Someone waits in front of the screen: half a minute, as controllers pause, is too long for them.
const LONGEST: Duration = Duration::from_secs(8);

/// Pauses that double, each drawn from its upper half, so that the watches of one screen, and the screens of one
/// company, do not come back at the same instant.
#[derive(Debug, Clone)]
pub(super) struct Backoff {
    pause: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { pause: FIRST }
    }
}

impl Backoff {
    /// The next pause; the one after will be longer.
    pub(super) fn next_pause(&mut self) -> Duration {
        let pause = spread(self.pause);
        self.pause = (self.pause * 2).min(LONGEST);
        pause
    }

    /// The next pause, and not before the server wants to hear of us again.
    pub(super) fn pause_after(&mut self, error: &kube::Error) -> Duration {
        self.next_pause().max(retry_after(error).unwrap_or_default())
    }

    /// A short pause that does not count as a failure.
    pub(super) fn jitter(&self) -> Duration {
        spread(FIRST)
    }

    /// Begins anew.
    pub(super) fn reset(&mut self) {
        self.pause = FIRST;
    }
}

/// What a busy server asks for in `Retry-After`, which it repeats in its Status; at most [`LONGEST`] is granted.
pub(super) fn retry_after(error: &kube::Error) -> Option<Duration> {
    let kube::Error::Api(status) = error else { return None };
    if !matches!(status.code, 429 | 503 | 504) {
        return None;
    }
    let seconds = status.details.as_ref().map_or(1, |details| u64::from(details.retry_after_seconds).max(1));
    Some(Duration::from_secs(seconds).min(LONGEST))
}

/// Between half of the pause and the whole. `RandomState` is seeded by the system: no crate of random numbers is
/// needed for a jitter.
fn spread(pause: Duration) -> Duration {
    let thousandths = u32::try_from(RandomState::new().hash_one(()) % 500).unwrap_or(0);
    pause / 2 + pause * thousandths / 1000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_bound_and_begin_anew() {
        let mut backoff = Backoff::default();
        let pauses: Vec<_> = (0..12).map(|_| backoff.next_pause()).collect();
        assert!(pauses.iter().all(|pause| *pause >= FIRST / 2 && *pause <= LONGEST), "{pauses:?}");
        assert!(pauses.last().is_some_and(|pause| *pause >= LONGEST / 2), "{pauses:?}");
        backoff.reset();
        assert!(backoff.next_pause() <= FIRST);
    }
}
