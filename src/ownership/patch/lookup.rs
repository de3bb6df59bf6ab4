//! What the types say about the merging of a field.
//!
//! Source: k8s.io/apimachinery v0.36.3 `pkg/util/strategicpatch/meta.go`. The structs of the built-in kinds and OpenAPI say
//! the same, but for one: a list where a pointer to a struct is expected is none to the structs. No object of a server has it.

use crate::schema::Typed;

use super::PatchFault;

/// A field, and how it is merged.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field<'s> {
    /// Its type; of a list, that of its items.
    pub types: Typed<'s>,
    /// Keys that a patch does not name are cleared.
    pub retain_keys: bool,
    /// What else its strategy is.
    pub strategy: Strategy,
    /// By which field the items of a list are told apart. Empty: there is none.
    pub merge_key: &'s str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Strategy {
    /// Maps are merged, lists replaced.
    Default,
    Merge,
    Replace,
}

/// A field that holds a map.
pub(super) fn map_field<'s>(types: Typed<'s>, name: &str) -> Result<Field<'s>, PatchFault> {
    let unknown = || PatchFault::UnknownField(name.to_owned());
    // Keys of maps have no merging of their own: only fields of structs are known by name.
    let fields = &types.atom().map.as_ref().ok_or_else(unknown)?.fields;
    let spelled = match fields.get_key_value(name) {
        Some((spelled, _)) => spelled,
        None => fields.keys().find(|field| field.eq_ignore_ascii_case(name)).ok_or_else(unknown)?,
    };
    let types = types.field(spelled).ok_or_else(unknown)?;
    let slot = types.slot();
    let (retain_keys, strategy) = match slot.patch_strategies.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => (false, ""),
        ["retainKeys"] => (true, ""),
        [one] => (false, one),
        ["retainKeys", other] | [other, "retainKeys"] => (true, other),
        _ => return Err(PatchFault::Strategies(slot.patch_strategies.join(" "))),
    };
    let strategy = match strategy {
        "merge" => Strategy::Merge,
        "replace" => Strategy::Replace,
        _ => Strategy::Default,
    };
    Ok(Field { types, retain_keys, strategy, merge_key: slot.patch_merge_key.as_deref().unwrap_or_default() })
}

/// A field that holds a list.
pub(super) fn list_field<'s>(types: Typed<'s>, name: &str) -> Result<Field<'s>, PatchFault> {
    let field = map_field(types, name)?;
    let element = field.types.element().ok_or_else(|| PatchFault::NotAList(name.to_owned()))?;
    Ok(Field { types: element, ..field })
}
