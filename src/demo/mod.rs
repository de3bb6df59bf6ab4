//! The demo: a Kubernetes API in memory, which `cluster` connects like any other server.
//!
//! May touch the core alone: no clock, no network, no runtime. Invariants:
//!
//! - The server answers as kube-apiserver does, to the words of its errors; what it cannot do truthfully it refuses with
//!   a clear Status. `tests/contract` holds it to a real one.
//! - Time is an argument: under the same calls in the same order every answer is the same.
//! - Nothing but its owner changes what is stored: clients read.

pub mod server;
