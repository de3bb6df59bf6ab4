//! Makes `demo/bundle.json.gz`, the cluster of the demo, from `tests/recordings/`: `cargo run --example bundle`.
//!
//! The same recordings give the same bytes; a test of the suite `core` holds the committed file to them.

#![allow(clippy::disallowed_methods, reason = "a tool of the repository reads and writes its files")]

mod acts;
mod copy;
mod definitions;
mod fleet;
mod made;
mod mishaps;
mod recording;
mod scenes;
mod valued;
mod voices;

use std::io::Write as _;
use std::path::Path;

use flate2::{Compression, GzBuilder};
use wheelhouse::demo::bundle::Bundle;

use recording::Recording;

fn main() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("demo/bundle.json.gz");
    let text = text();
    let mut gzip = GzBuilder::new().mtime(0).write(Vec::new(), Compression::best());
    gzip.write_all(text.as_bytes()).expect("compress the bundle");
    let packed = gzip.finish().expect("compress the bundle");
    println!("{}: {} bytes of {}", path.display(), packed.len(), text.len());
    std::fs::write(&path, packed).expect("write the bundle");
}

/// The bundle before it is compressed.
pub fn text() -> String {
    let recording = Recording::read();
    let scenes = scenes::scenes(&recording);
    let acts = acts::acts(&recording);
    serde_json::to_string(&Bundle { scenes, acts, voices: voices::voices() }).expect("a bundle is JSON")
}
