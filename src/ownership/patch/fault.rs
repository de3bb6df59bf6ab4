//! Why there is no patch.

use serde_json::{Map, Value};

use super::value::text;

/// What the makers of patches say instead of a patch; the words are those of k8s.io/apimachinery where it has some.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatchFault {
    /// An object was expected.
    #[error("Invalid JSON Document")]
    NotAnObject,
    /// The item of a list that is merged by key does not have that key.
    #[error("map: {map} does not contain declared merge key: {key}")]
    NoMergeKey {
        /// The item, as Go prints it.
        map: String,
        /// The key.
        key: String,
    },
    /// A list holds lists, and is to be merged.
    #[error("lists of lists are not supported")]
    ListOfLists,
    /// A list that is to be merged holds several types.
    #[error("list element types are not identical: {0}")]
    MixedList(String),
    /// An order is given for a list that is empty everywhere.
    #[error("no elements in any of the given slices")]
    EmptyLists,
    /// A value has another type than its place asks for.
    #[error("expected a {expected}, but received a {actual}")]
    WrongType {
        /// The type that was expected, as Go names it.
        expected: &'static str,
        /// The type that it is.
        actual: &'static str,
    },
    /// The type has no such field, or is none that has fields.
    #[error("unable to find api field for the json field {0:?}")]
    UnknownField(String),
    /// A list stands where the type has none.
    #[error("expected slice or array type for the json field {0:?}")]
    NotAList(String),
    /// The patch strategies of a field contradict each other.
    #[error("unexpected patch strategy: [{0}]")]
    Strategies(String),
    /// A list of maps is to be merged, and nothing says by which key.
    #[error("cannot merge lists without merge key for {0}")]
    Keyless(&'static str),
    /// `$patch` says what nobody knows.
    #[error("unknown patch type: {directive} in map: {map}")]
    Directive {
        /// What it says.
        directive: String,
        /// Where it says it.
        map: String,
    },
    /// `$patch` is no string.
    #[error("invalid value for special key: $patch")]
    DirectiveType,
    /// `$patch: merge` in an item of a list.
    #[error("merging lists cannot yet be specified in the patch")]
    MergeDirective,
    /// `$deleteFromPrimitiveList` without a name.
    #[error("invalid patch format of primitive list")]
    DeletionList,
    /// `$retainKeys` is no list, or lacks a key of the patch.
    #[error("invalid patch format of retainKeys")]
    RetainKeys,
    /// `$retainKeys` of what is deleted and of what is added differ.
    #[error("{0} and {1} are not deep equal: this may happen when calculating the 3-way diff patch")]
    RetainKeysDiffer(String, String),
    /// `$setElementOrder` is no list, without a name, or another one than before.
    #[error("invalid patch format of setElementOrder list")]
    ElementOrder,
    /// The items of the patch stand in another order than `$setElementOrder`.
    #[error("The order in patch list:\n{patch}\n doesn't match $setElementOrder list:\n{order}\n")]
    OrderDiffers {
        /// The items.
        patch: String,
        /// The order.
        order: String,
    },
    /// An item of a list that is searched by key is no map.
    #[error("value for key {0} is not a map")]
    NotAMap(usize),
    /// The reference ends its program here: null in a list that is merged, or a merge key whose value is a map or a list.
    #[error("a list cannot be merged: {0}")]
    Crash(&'static str),
    /// What is added and what is deleted contradict each other.
    #[error("what is deleted conflicts with what is added or changed")]
    Conflict,
    /// The patch would change what an object is.
    #[error("at least one field was changed: apiVersion, kind or name")]
    Identity,
    /// FieldsV1 that cannot be read.
    #[error("failed to convert fields to set: {0}")]
    Fields(String),
}

impl PatchFault {
    pub(super) fn no_merge_key(map: &Map<String, Value>, key: &str) -> Self {
        Self::NoMergeKey { map: text(&Value::Object(map.clone())), key: key.to_owned() }
    }
}
