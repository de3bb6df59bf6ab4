//! What the dry-run would answer, where it may not be made.

use jiff::Timestamp;
use serde_json::Value;

use super::writer;
use crate::ownership::fate::Outcome;
use crate::ownership::next;
use crate::ownership::own::Pair;
use crate::ownership::place::same;
use crate::ownership::{Path, PathElement};

/// The object after the apply. What the server would only write in another way is as it is: quantities, what is empty, and
/// what it fills into items of lists.
///
/// # Errors
/// Why the server would refuse it.
pub(super) fn after(pair: &Pair<'_>, now: Timestamp) -> Result<Value, String> {
    match next::computed(pair, None, writer(), now) {
        Outcome::Written(mut after) => {
            settle(&mut after, pair.live, &mut Path(Vec::new()), false);
            Ok(*after)
        }
        Outcome::Conflicts(..) => Err("the apply conflicts with others".to_owned()),
        Outcome::Failed(why) => Err(why),
    }
}

fn settle(after: &mut Value, live: &Value, path: &mut Path, is_item: bool) {
    match (after, live) {
        (Value::Object(after), Value::Object(live)) => {
            after.retain(|name, value| live.contains_key(name) || !is_nothing(value));
            for (name, live) in live {
                match after.get_mut(name) {
                    Some(after) => {
                        path.0.push(PathElement::field(name));
                        settle(after, live, path, false);
                        path.0.pop();
                    }
                    None if is_item => {
                        after.insert(name.clone(), live.clone());
                    }
                    None => {}
                }
            }
        }
        (Value::Array(after), Value::Array(live)) if after.len() == live.len() => {
            for (after, live) in after.iter_mut().zip(live) {
                if after.get("name") == live.get("name") {
                    settle(after, live, path, true);
                }
            }
        }
        (after, live) => {
            if same(path, after, live) {
                *after = live.clone();
            }
        }
    }
}

/// The server keeps no empty maps, lists and nulls where they mean the same as none.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Object(map) => map.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::String(text) => text.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}
