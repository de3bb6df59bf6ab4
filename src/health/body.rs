//! Fields of an object's JSON as causes need them: what is absent or of a wrong type is `None`, whatever the object.

use jiff::Timestamp;
use serde_json::Value;

/// One entry of `status.conditions`, with empty text for what is absent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Condition<'a> {
    pub kind: &'a str,
    pub status: &'a str,
    pub reason: &'a str,
    pub message: &'a str,
    pub since: Option<Timestamp>,
}

/// Text that is not empty, by JSON pointer.
pub(super) fn text<'a>(body: &'a Value, pointer: &str) -> Option<&'a str> {
    body.pointer(pointer)?.as_str().filter(|text| !text.is_empty())
}

/// A whole number.
pub(super) fn whole(body: &Value, pointer: &str) -> Option<i64> {
    body.pointer(pointer)?.as_i64()
}

/// A time.
pub(super) fn time(body: &Value, pointer: &str) -> Option<Timestamp> {
    text(body, pointer)?.parse().ok()
}

/// A yes or no; no where it is absent.
pub(super) fn flag(body: &Value, pointer: &str) -> bool {
    body.pointer(pointer).and_then(Value::as_bool).unwrap_or(false)
}

/// The items of a list; none where it is absent.
pub(super) fn items<'a>(body: &'a Value, pointer: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    body.pointer(pointer).and_then(Value::as_array).into_iter().flatten()
}

/// The conditions in their order.
pub(super) fn conditions(body: &Value) -> impl Iterator<Item = Condition<'_>> {
    items(body, "/status/conditions").map(|item| Condition {
        kind: text(item, "/type").unwrap_or_default(),
        status: text(item, "/status").unwrap_or_default(),
        reason: text(item, "/reason").unwrap_or_default(),
        message: text(item, "/message").unwrap_or_default(),
        since: time(item, "/lastTransitionTime"),
    })
}

/// The first condition of a type with this status.
pub(super) fn condition<'a>(body: &'a Value, kind: &str, status: &str) -> Option<Condition<'a>> {
    conditions(body).find(|condition| condition.kind == kind && condition.status == status)
}
