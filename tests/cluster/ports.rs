//! Free ports on loopback, and waiting until one is free again.

use std::net::TcpListener;
use std::sync::atomic::{AtomicU16, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

// Below the range from which the system takes ports for outgoing connections: the API server's port must still be free
// when it starts again.
const FIRST: u16 = 18_000;
const COUNT: u16 = 12_000;

/// A port that nobody listens on. Successive calls give different ones; other processes start elsewhere in the range.
pub fn free() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(u16::MAX);
    let moment = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.subsec_micros());
    let start = u16::try_from((moment ^ std::process::id().wrapping_mul(7919)) % u32::from(COUNT)).unwrap_or(0);
    let _ = NEXT.compare_exchange(u16::MAX, start, Ordering::SeqCst, Ordering::SeqCst);
    for _ in 0..COUNT {
        let port =
            FIRST + NEXT.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |at| Some((at + 1) % COUNT)).unwrap_or(0);
        if is_free(port) {
            return port;
        }
    }
    panic!("no free port from {FIRST} on");
}

/// Waits until nobody listens on the port.
pub fn wait_until_free(port: u16, limit: Duration) {
    let end = Instant::now() + limit;
    while !is_free(port) {
        assert!(Instant::now() < end, "port {port} was not let go in {limit:?}");
        thread::sleep(Duration::from_millis(20));
    }
}

fn is_free(port: u16) -> bool {
    TcpListener::bind(("127.0.0.1", port)).is_ok()
}
