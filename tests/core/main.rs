//! The core held to its references: golden vectors, recordings of a real cluster, and properties.

mod recordings;
mod vectors;
