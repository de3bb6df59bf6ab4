//! Who writes what, and what becomes of the object and its owners by it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use super::super::answer::Target;
use super::super::kinds::Kind;
use super::super::status::Status;
use super::defaults::may_be_filled_in;
use super::kept::{self, wanted};
use crate::ownership::apply::{Other, Refused, Request, Types, apply, update};
use crate::ownership::{FieldSet, PathElement};
use crate::schema::{Gvk, Schema, Typed};

/// A write of one object.
pub(super) struct Writer<'a> {
    pub(super) kind: &'static Kind,
    pub(super) typed: Typed<'a>,
    /// Null where there is none.
    pub(super) live: &'a Value,
    pub(super) now: Timestamp,
    pub(super) manager: &'a str,
    /// Through which part of it; `None` for the object itself.
    pub(super) subresource: Option<&'a str>,
}

/// The types of a kind.
pub(super) fn typed<'s>(schema: Option<&'s Schema>, kind: &Kind) -> Result<Typed<'s>, Status> {
    let gvk = Gvk { group: kind.group.to_owned(), version: kind.version.to_owned(), kind: kind.kind.to_owned() };
    schema
        .and_then(|schema| schema.kind(&gvk))
        .ok_or_else(|| Status::not_implemented(&format!("a write of {}, whose types it does not know", kind.plural)))
}

/// A part of an object that can be written: none, or its status.
pub(super) fn check_part(target: &Target<'_>, name: &str) -> Result<(), Status> {
    let kind = target.kind;
    match target.subresource {
        None => Ok(()),
        Some(part) if !kind.subresources.contains(&part) => {
            // Custom kinds have no routes of their own: their objects are looked for first, in vain.
            Err(if kind.custom { Status::no_object(kind, name) } else { Status::no_resource() })
        }
        Some("status") => Ok(()),
        Some(part) => Err(Status::not_implemented(&format!("a write of {} {part}", kind.plural))),
    }
}

impl Writer<'_> {
    /// What an apply leaves of the live object.
    pub(super) fn apply(&self, configuration: &Value, is_forced: bool) -> Result<Value, Status> {
        if !self.kind.custom && is_forgotten(self.live) {
            return Err(Status::not_implemented("an apply to what nobody is recorded to have written"));
        }
        let applied = apply(Some(self.live), configuration, &self.types(), &self.request(), is_forced);
        let mut written = self.own_part(applied.map_err(refusal)?);
        kept::read(&mut written, self.kind, self.typed);
        Ok(written)
    }

    /// What a replacement or another patch leaves, which was computed already but for its owners.
    pub(super) fn update(&self, written: Value) -> Result<Value, Status> {
        let named = |object: &Value| (object.get("apiVersion").cloned(), object.get("kind").cloned());
        if named(&written) != named(self.live) {
            return Err(Status::not_implemented("a patch to another kind"));
        }
        let mut written = self.own_part(written);
        kept::read(&mut written, self.kind, self.typed);
        // Nothing was changed: no time is renewed.
        if written == *self.live {
            return Ok(written);
        }
        update(Some(self.live), &written, &self.types(), &self.request()).map_err(|refused| match refused {
            // What is no value of its type is refused by a real server before, in other words, and what is unknown is left out.
            Refused::Broken(_) => Status::not_implemented("a patch to what the kind cannot hold"),
            Refused::Conflicts(_) | Refused::BadRequest(_) | Refused::Conversion { .. } => refusal(refused),
        })
    }

    /// What is created, with its owner.
    pub(super) fn create(&self, object: &Value) -> Result<Value, Status> {
        update(None, object, &self.types(), &self.request()).map_err(refusal)
    }

    /// What an apply creates.
    pub(super) fn create_by_apply(&self, configuration: &Value) -> Result<Value, Status> {
        apply(None, configuration, &self.types(), &self.request(), false).map_err(refusal)
    }

    /// What is written, as it is kept; refused where a real server would fill something in.
    pub(super) fn kept(&self, mut written: Value) -> Result<Value, Status> {
        if !self.kind.custom && may_be_filled_in(&wanted(&written), &wanted(self.live), self.typed) {
            return Err(Status::not_implemented("the defaults of what a write brings or takes away"));
        }
        if !self.kind.custom && kept::has_odd_amount(&wanted(&written)) {
            return Err(Status::not_implemented("an amount in another form than it would be kept in"));
        }
        kept::store(&mut written, self.live, self.kind);
        Ok(written)
    }

    /// What is written by a subresource of its own is not written by the object, and the other way round.
    fn own_part(&self, mut written: Value) -> Value {
        if self.subresource.is_some() {
            let mut whole = self.live.clone();
            move_field("status", &mut written, &mut whole);
            if let (Some(from), Some(to)) = (written.get_mut("metadata"), whole.get_mut("metadata")) {
                for told in ["managedFields", "resourceVersion", "uid"] {
                    move_field(told, from, to);
                }
            }
            return whole;
        }
        if self.has_status() {
            move_field("status", &mut self.live.clone(), &mut written);
        }
        written
    }

    fn has_status(&self) -> bool {
        self.kind.subresources.contains(&"status")
    }

    fn types(&self) -> Types<'_> {
        let own = self.kind.api_version();
        let mut reset = FieldSet::default();
        // Source: the strategies' GetResetFields; of built-in kinds a status write may change annotations, which nobody does.
        match self.subresource {
            Some(_) => ["metadata", "spec"].iter().for_each(|part| reset.insert(&[PathElement::field(part)])),
            None if self.has_status() => reset.insert(&[PathElement::field("status")]),
            None => {}
        }
        let entries = self.live.pointer("/metadata/managedFields").and_then(Value::as_array);
        let versions = entries.into_iter().flatten().filter_map(|entry| entry.get("apiVersion")?.as_str());
        Types {
            kind: self.kind.kind.to_owned(),
            own: self.typed,
            // A real server may serve them: what they hold cannot be told here.
            others: versions
                .filter(|version| *version != own)
                .map(|version| (version.to_owned(), Other::Different))
                .collect(),
            resets: BTreeMap::from([(own.clone(), reset)]),
            api_version: own,
        }
    }

    fn request(&self) -> Request<'_> {
        let subresource = self.subresource.unwrap_or_default();
        Request { manager: self.manager, subresource, now: self.now, defaults: &|_| {} }
    }
}

fn move_field(name: &str, from: &mut Value, to: &mut Value) {
    let (Some(from), Some(to)) = (from.as_object_mut(), to.as_object_mut()) else { return };
    match from.shift_remove(name) {
        Some(value) => drop(to.insert(name.to_owned(), value)),
        None => drop(to.shift_remove(name)),
    }
}

fn refusal(refused: Refused) -> Status {
    match refused {
        Refused::Conflicts(conflicts) => Status::apply_conflicts(&conflicts),
        Refused::BadRequest(message) => Status::bad_request(message),
        Refused::Broken(message) => Status::internal(message),
        Refused::Conversion { .. } => Status::not_implemented(&refused.to_string()),
    }
}

/// Whether no manager is known: an apply then begins with one for all that is there, whose set depends on what the kind is when empty.
fn is_forgotten(live: &Value) -> bool {
    let entries = live.pointer("/metadata/managedFields").and_then(Value::as_array);
    entries.is_none_or(Vec::is_empty)
}
