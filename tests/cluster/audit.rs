//! Every request the API server answered, from its audit log: what a client under test really sent.
//!
//! The log is written before the answer is finished (`--audit-log-mode=blocking`), so an answer that has arrived is in it.
//! The cluster's own programs are left out, except the Flux controllers.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use serde_json::Value;

pub const POLICY: &str = r#"apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: None
  users: ["system:kube-controller-manager", "system:kube-scheduler", "system:kwok", "system:apiserver"]
- level: Metadata
"#;

/// A place in the audit log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark(u64);

/// One line of the audit log at level Metadata.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEvent {
    pub user: String,
    /// get, list, watch, create, update, patch, delete, deletecollection; for other paths the HTTP method.
    pub verb: String,
    /// Path and query.
    pub uri: String,
    pub resource: String,
    pub subresource: String,
    pub namespace: String,
    pub name: String,
    pub user_agent: String,
    pub code: u16,
    /// A watch says ResponseStarted when it opens and ResponseComplete when it ends; all else only ResponseComplete.
    pub stage: String,
}

pub fn mark(log: &Path) -> Mark {
    Mark(std::fs::metadata(log).map_or(0, |metadata| metadata.len()))
}

pub fn since(log: &Path, mark: Mark) -> Vec<AuditEvent> {
    let mut text = Vec::new();
    let read = File::open(log).and_then(|mut file| {
        file.seek(SeekFrom::Start(mark.0))?;
        file.read_to_end(&mut text)
    });
    read.unwrap_or_else(|error| panic!("read {}: {error}", log.display()));
    // The last line may be half written; it belongs to a request that is not answered yet.
    let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let lines = text[..whole].split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines.map(|line| event(&serde_json::from_slice(line).expect("a line of the audit log"))).collect()
}

fn event(value: &Value) -> AuditEvent {
    let text = |path: &str| value.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned();
    AuditEvent {
        user: text("/user/username"),
        verb: text("/verb"),
        uri: text("/requestURI"),
        resource: text("/objectRef/resource"),
        subresource: text("/objectRef/subresource"),
        namespace: text("/objectRef/namespace"),
        name: text("/objectRef/name"),
        user_agent: text("/userAgent"),
        code: value
            .pointer("/responseStatus/code")
            .and_then(Value::as_u64)
            .and_then(|code| code.try_into().ok())
            .unwrap_or(0),
        stage: text("/stage"),
    }
}
