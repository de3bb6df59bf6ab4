//! Watches: what each of the clients is told as things change.
//!
//! Rules: kubernetes/apiserver `pkg/storage/cacher` (`cache_watcher.go`, `watch_cache_interval.go`) and
//! `pkg/endpoints/handlers/watch.go`, release 1.36.

use std::convert::Infallible;

use bytes::Bytes;
use futures::StreamExt;
use futures::channel::mpsc::{self, UnboundedSender};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::encode::{self, Body, Form};
use super::fields::Fields;
use super::kinds::Kind;
use super::options::Options;
use super::status::Status;
use super::store::{Event, Store, is_in, with_version};
use crate::release::labels::Labels;

/// How long a watch stands whose client names no time: the least that a real server grants.
const DEFAULT_SECONDS: i64 = 1800;

/// Between two bookmarks.
const BOOKMARK_PAUSE: SignedDuration = SignedDuration::from_mins(1);

/// How long before its end a watch gets a last one.
const BOOKMARK_BEFORE_END: SignedDuration = SignedDuration::from_secs(2);

/// A client that does not read is let go at so many events, as a real server does.
const UNREAD: usize = 10_000;

/// All open watches.
#[derive(Debug, Default)]
pub(super) struct Watchers(Vec<Watcher>);

#[derive(Debug)]
struct Watcher {
    kind: &'static Kind,
    namespace: Option<String>,
    labels: Labels,
    fields: Fields,
    form: Form,
    sender: UnboundedSender<Bytes>,
    end: Timestamp,
    /// The version from which it went on. A bookmark that says no more than that is not sent.
    from: u64,
    /// When the next bookmark is due; `None` for clients that want none.
    bookmark: Option<Timestamp>,
}

impl Watchers {
    /// Opens a watch.
    ///
    /// # Errors
    /// 500 for a version that cannot be read, 504 for one that is to come where the present objects are asked for.
    pub(super) fn open(
        &mut self,
        store: &Store,
        now: Timestamp,
        kind: &'static Kind,
        namespace: Option<&str>,
        options: Options,
        form: Form,
    ) -> Result<Body, Status> {
        let version = options.version().map_err(Status::internal)?;
        let initial = options.initial == Some(true);
        if initial && version > store.version() {
            return Err(Status::too_large(version, store.version()));
        }
        let (sender, receiver) = mpsc::unbounded::<Bytes>();
        let body = StreamBody::new(receiver.map(|bytes| Ok::<_, Infallible>(Frame::data(bytes)))).boxed_unsync();
        let seconds = options.timeout.filter(|seconds| *seconds > 0).unwrap_or(DEFAULT_SECONDS);
        let end = now.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX);
        let watcher = Watcher {
            kind,
            namespace: namespace.map(str::to_owned),
            labels: options.labels,
            fields: options.fields,
            form,
            sender,
            end,
            from: if initial { store.version() } else { version },
            bookmark: options.bookmarks.then(|| next_bookmark(now, end)),
        };
        if watcher.begin(store, version, options.initial) {
            self.0.push(watcher);
        }
        Ok(body)
    }

    /// Tells of a change.
    pub(super) fn tell(&mut self, event: &Event) {
        self.0.retain(|watcher| watcher.tell(event));
    }

    /// Ends what is over and sends the bookmarks that are due.
    pub(super) fn advance(&mut self, now: Timestamp, version: u64) {
        self.0.retain_mut(|watcher| {
            if watcher.end <= now {
                return false;
            }
            if watcher.bookmark.is_some_and(|due| due <= now) {
                watcher.bookmark = Some(next_bookmark(now, watcher.end));
                if version > watcher.from {
                    return watcher.send_bookmark(version, false);
                }
            }
            !watcher.sender.is_closed()
        });
    }

    /// When something is due.
    pub(super) fn next(&self) -> Option<Timestamp> {
        let open = self.0.iter().filter(|watcher| !watcher.sender.is_closed());
        open.flat_map(|watcher| [Some(watcher.end), watcher.bookmark]).flatten().min()
    }
}

/// About once a minute, and once shortly before the end.
fn next_bookmark(now: Timestamp, end: Timestamp) -> Timestamp {
    let pause = now.saturating_add(BOOKMARK_PAUSE).unwrap_or(Timestamp::MAX);
    let last = end.saturating_sub(BOOKMARK_BEFORE_END).unwrap_or(Timestamp::MIN);
    if last > now && last < pause { last } else { pause }
}

impl Watcher {
    /// Sends what comes before the first change; `false` if the watch is over already.
    fn begin(&self, store: &Store, version: u64, initial: Option<bool>) -> bool {
        let present = store.version();
        match initial {
            Some(true) => {
                let objects = store.at(present, self.kind, self.namespace.as_deref()).unwrap_or_default();
                let mut selected = objects.values().filter(|object| self.selects(object));
                selected.all(|object| self.send("ADDED", object))
                    && (self.bookmark.is_none() || self.send_bookmark(present, true))
            }
            Some(false) if version == 0 => true,
            Some(false) | None => match store.since(version) {
                Ok(mut events) => events.all(|event| self.tell(event)),
                Err(forgotten) => {
                    let message = format!("too old resource version: {version} ({})", forgotten.oldest);
                    self.write("ERROR", &Status::expired(message).object());
                    false
                }
            },
        }
    }

    fn selects(&self, object: &Value) -> bool {
        self.labels.select(object) && self.fields.select(self.kind, object)
    }

    /// `false` when nobody listens any more.
    fn tell(&self, event: &Event) -> bool {
        if event.kind != self.kind || !is_in(&event.key, self.namespace.as_deref()) {
            return !self.sender.is_closed();
        }
        let before = event.before.as_ref().filter(|object| self.selects(object));
        let after = event.after.as_ref().filter(|object| self.selects(object));
        match (before, after) {
            (None, None) => !self.sender.is_closed(),
            (None, Some(after)) => self.send("ADDED", after),
            (Some(_), Some(after)) => self.send("MODIFIED", after),
            // It was deleted, or is no more of those that are looked at.
            (Some(before), None) => self.send("DELETED", &with_version(before, event.version)),
        }
    }

    fn send(&self, what: &str, object: &Value) -> bool {
        self.write(what, &encode::object(object, self.form))
    }

    fn send_bookmark(&self, version: u64, initial_end: bool) -> bool {
        let (kind, api_version) = match self.form {
            Form::Whole => (self.kind.kind, self.kind.api_version()),
            Form::Metadata(version) => ("PartialObjectMetadata", version.to_owned()),
        };
        let mut metadata = json!({"resourceVersion": version.to_string()});
        if let (true, Some(fields)) = (initial_end, metadata.as_object_mut()) {
            fields.insert("annotations".to_owned(), json!({"k8s.io/initial-events-end": "true"}));
        }
        self.write("BOOKMARK", &json!({"kind": kind, "apiVersion": api_version, "metadata": metadata}))
    }

    fn write(&self, what: &str, object: &Value) -> bool {
        let line = format!("{}\n", json!({"type": what, "object": object}));
        self.sender.len() < UNREAD && self.sender.unbounded_send(Bytes::from(line)).is_ok()
    }
}
