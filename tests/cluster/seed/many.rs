//! Thousands of releases for benches: copies of one real payload under other names, written in bulk.
//!
//! Compressing every copy would take longer than storing it. A payload is one gzip member of two runs of deflate blocks: a
//! short head with what differs, and a tail with chart and manifest, compressed and encoded once.

use std::io::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};
use serde_json::{Value, json};

use super::super::{Cluster, User};

/// What [`seed_many`] wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Many {
    pub releases: u64,
    pub revisions: u64,
    /// New ones for each call. Release N is `bench-N` in the namespace at N modulo their number.
    pub namespaces: Vec<String>,
    /// Bytes of one stored payload, as Helm encodes it.
    pub payload: usize,
}

impl Many {
    /// Where a release is, by its number.
    pub fn namespace(&self, release: u64) -> &str {
        &self.namespaces[usize::try_from(release % NAMESPACES).expect("an index")]
    }
}

/// How many namespaces the releases are spread over.
const NAMESPACES: u64 = 20;

/// Random text, so that it hardly compresses: a payload is then about 40 kB, that of a chart with many templates.
const PADDING: usize = 36_000;

/// Writes `releases` releases of `revisions` revisions each: the newest deployed, the others superseded.
pub fn seed_many(cluster: &Cluster, releases: u64, revisions: u64) -> Many {
    static CALLS: AtomicU64 = AtomicU64::new(0);
    let call = CALLS.fetch_add(1, Ordering::Relaxed);
    let namespaces: Vec<String> =
        (0..NAMESPACES.min(releases)).map(|index| format!("bench-{call}-{index:02}")).collect();
    let documents =
        namespaces.iter().map(|name| format!("apiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}}}\n---\n"));
    cluster.apply(&documents.collect::<String>());
    let template = Template::new(real_release(cluster, &namespaces[0]));
    let next = AtomicU64::new(0);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let token = cluster.token(User::Admin);
                let mut connection = cluster.connection().expect("connect for bulk writing");
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= releases * revisions {
                        return;
                    }
                    let (release, revision) = (index / revisions, index % revisions + 1);
                    let namespace = &namespaces[usize::try_from(release % NAMESPACES).expect("an index")];
                    let status = if revision == revisions { "deployed" } else { "superseded" };
                    let secret = template.secret(namespace, &format!("bench-{release}"), revision, status);
                    let path = format!("/api/v1/namespaces/{namespace}/secrets");
                    let answer = connection.send("POST", &path, Some(&token), Some(&secret)).expect("write in bulk");
                    assert_eq!(answer.status, 201, "POST {path}: {}", answer.body);
                }
            });
        }
    });
    let payload = template.payload("bench-0", &namespaces[0], 1, "deployed").len();
    Many { releases, revisions, namespaces, payload }
}

/// A release that Helm itself stored, decoded. It is uninstalled again.
fn real_release(cluster: &Cluster, namespace: &str) -> Value {
    let package = cluster.charts().package("storefront", "1.6.0");
    let values = cluster.folder().join("many.json");
    std::fs::write(&values, json!({"config": {"PADDING": random_text(PADDING)}}).to_string()).expect("write values");
    let (package, values) = (package.to_string_lossy(), values.to_string_lossy());
    cluster.helm4(&["install", "many-model", &package, "--namespace", namespace, "--values", &values]);
    let secret = cluster.get(&format!("/api/v1/namespaces/{namespace}/secrets/sh.helm.release.v1.many-model.v1"));
    cluster.helm4(&["uninstall", "many-model", "--namespace", namespace, "--wait", "--timeout", "60s"]);
    let encoded = secret["data"]["release"].as_str().expect("a payload");
    let inner = STANDARD.decode(encoded).and_then(|text| STANDARD.decode(text)).expect("a payload in base64 twice");
    serde_json::from_reader(flate2::read::GzDecoder::new(&inner[..])).expect("a payload in JSON")
}

struct Template {
    info: Value,
    tail_crc: Crc,
    /// The compressed tail in base64, but for its last bytes, which share a group of three with what follows.
    tail: String,
    tail_end: Vec<u8>,
}

impl Template {
    fn new(mut release: Value) -> Self {
        let fields = release.as_object_mut().expect("a release is an object");
        for own in ["name", "namespace", "version"] {
            fields.remove(own);
        }
        let info = fields.remove("info").expect("info of a release");
        // The padding stands in the values and in the manifest; once is enough.
        fields.remove("config");
        // No Deployment of a copy exists: with one in the manifest, every release that was read would miss it.
        let manifest = fields["manifest"].as_str().expect("a manifest");
        let others: String =
            manifest.split_inclusive("---\n").filter(|document| !document.contains("kind: Deployment\n")).collect();
        fields["manifest"] = others.into();
        let text = release.to_string();
        // Continues the object that the head begins.
        let text = format!(",{}", &text[1..]);
        let mut crc = Crc::new();
        crc.update(text.as_bytes());
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(text.as_bytes()).expect("compress");
        let bytes = encoder.finish().expect("compress");
        let (whole, end) = bytes.split_at(bytes.len() / 3 * 3);
        Self { info, tail_crc: crc, tail: STANDARD.encode(whole), tail_end: end.to_vec() }
    }

    /// As Helm stores it: base64 of gzip of JSON.
    fn payload(&self, name: &str, namespace: &str, revision: u64, status: &str) -> String {
        let mut info = self.info.clone();
        info["status"] = status.into();
        let mut head = json!({"name": name, "namespace": namespace, "version": revision, "info": info}).to_string();
        // Left open: the tail goes on with it.
        head.pop();
        // Spaces in the JSON, until the head fills groups of three bytes and the tail can follow in base64.
        let compressed = loop {
            let mut encoder = DeflateEncoder::new(GZIP_HEADER.to_vec(), Compression::fast());
            encoder.write_all(head.as_bytes()).expect("compress");
            // Ends the run of blocks at a whole byte, without the mark of a last block.
            encoder.flush().expect("compress");
            let bytes = encoder.get_ref();
            if bytes.len().is_multiple_of(3) {
                break bytes.clone();
            }
            head.push(' ');
        };
        let mut crc = Crc::new();
        crc.update(head.as_bytes());
        crc.combine(&self.tail_crc);
        let end = [&self.tail_end[..], &crc.sum().to_le_bytes(), &crc.amount().to_le_bytes()].concat();
        [STANDARD.encode(compressed), self.tail.clone(), STANDARD.encode(end)].concat()
    }

    fn secret(&self, namespace: &str, name: &str, revision: u64, status: &str) -> String {
        json!({
            "apiVersion": "v1",
            "kind": "Secret",
            "type": "helm.sh/release.v1",
            "metadata": {
                "name": format!("sh.helm.release.v1.{name}.v{revision}"),
                "namespace": namespace,
                "labels": {
                    "name": name, "owner": "helm", "status": status, "version": revision.to_string(),
                    "modifiedAt": (1_780_000_000 + revision).to_string(),
                },
            },
            // The server turns it into data: one encoding less to make and to send.
            "stringData": {"release": self.payload(name, namespace, revision, status)},
        })
        .to_string()
    }
}

/// Deflate, no flags, no time, unknown system.
const GZIP_HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];

/// The same text every time: a linear congruential generator over letters and digits.
fn random_text(length: usize) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut state: u64 = 0x2545_f491_4f6c_dd1d;
    let next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(LETTERS[usize::try_from(state >> 58).expect("six bits")])
    };
    std::iter::repeat_with(next).take(length).collect()
}
