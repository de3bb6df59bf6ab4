//! The types of Kubernetes objects as the API server merges them: which lists are atomic, sets or maps with keys, which maps
//! are atomic, defaults, and the older patch strategies.
//!
//! Pure: documents of OpenAPI v3 come in as values, whoever fetched them. May touch `release` only. Invariants:
//!
//! - A [`Schema`] is closed: every [`TypeId`] of it names an [`Atom`] of it. Types may refer to themselves.
//! - Where nothing is known of a value, [`Schema::deduced`] tells what the API server assumes: scalars, maps by key, lists
//!   as a whole. So there is always a type, and [`Typed::is_deduced`] says when it is a guess.
//!
//! The model is that of sigs.k8s.io/structured-merge-diff v6 `schema/elements.go`.

mod openapi;
pub mod pointer;

use std::collections::BTreeMap;

use serde_json::Value;

pub use openapi::Unreadable;

/// Group, version and kind.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Gvk {
    /// API group; empty for the core group.
    pub group: String,
    /// Its version.
    pub version: String,
    /// The kind.
    pub kind: String,
}

/// A type by its place in its [`Schema`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TypeId(usize);

impl TypeId {
    /// What is assumed where there is no schema. In every [`Schema`].
    pub const DEDUCED: Self = Self(0);
    /// What is one value, whatever it is. In every [`Schema`].
    pub const UNTYPED: Self = Self(1);
    /// How many types every schema has.
    const EVERYWHERE: usize = 2;
}

/// A scalar's type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scalar {
    /// Integers and floating point numbers.
    Numeric,
    /// Strings, dates and bytes.
    String,
    /// True or false.
    Boolean,
    /// Any of them, as for `IntOrString`.
    Untyped,
}

/// How the items of a list are told apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListKind {
    /// Not at all: the list is one value.
    Atomic,
    /// By their value.
    Set,
    /// By the values of these fields.
    Map(Vec<String>),
}

/// What a list holds.
#[derive(Debug, Clone, PartialEq)]
pub struct List {
    /// The type of its items.
    pub element: Slot,
    /// How they are told apart.
    pub kind: ListKind,
}

/// What a map or struct holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Map {
    /// Fields that are known by name.
    pub fields: BTreeMap<String, Slot>,
    /// The type of every other key. None: there is no other.
    pub element: Option<Slot>,
    /// One value, whatever is in it.
    pub atomic: bool,
}

/// A type: what of scalar, list and map it may be. Several for what is not known beforehand.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Atom {
    /// As a scalar.
    pub scalar: Option<Scalar>,
    /// As a list.
    pub list: Option<List>,
    /// As a map or struct.
    pub map: Option<Map>,
}

impl Atom {
    /// Anything, and one value: what the API server calls `__untyped_atomic_`.
    fn untyped() -> Self {
        let within = Slot::plain(TypeId::UNTYPED);
        Self {
            scalar: Some(Scalar::Untyped),
            list: Some(List { element: within.clone(), kind: ListKind::Atomic }),
            map: Some(Map { fields: BTreeMap::new(), element: Some(within), atomic: true }),
        }
    }

    /// Anything, maps by their keys: what the API server calls `__untyped_deduced_`.
    fn deduced() -> Self {
        let within = Slot::plain(TypeId::DEDUCED);
        let map = Map { fields: BTreeMap::new(), element: Some(within), atomic: false };
        Self { map: Some(map), ..Self::untyped() }
    }

    fn slots_mut(&mut self) -> impl Iterator<Item = &mut Slot> {
        let items = self.list.iter_mut().map(|list| &mut list.element);
        items.chain(self.map.iter_mut().flat_map(|map| map.fields.values_mut().chain(map.element.as_mut())))
    }
}

/// Where a type is used: a field, the items of a list, the values of a map, or the object itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Slot {
    /// The type.
    pub of: TypeId,
    /// Instead of what the type says of itself: the map here is atomic, or is not.
    pub atomic_map: Option<bool>,
    /// Instead of what the type says of itself: how the items of the list here are told apart.
    pub list_kind: Option<ListKind>,
    /// What the server puts where nothing is.
    pub default: Option<Value>,
    /// `x-kubernetes-patch-strategy`: any of `merge`, `replace`, `retainKeys`, in the order of the schema.
    pub patch_strategies: Vec<String>,
    /// `x-kubernetes-patch-merge-key`.
    pub patch_merge_key: Option<String>,
}

impl Slot {
    /// A use that adds nothing to what the type says.
    #[must_use]
    pub fn plain(of: TypeId) -> Self {
        Self {
            of,
            atomic_map: None,
            list_kind: None,
            default: None,
            patch_strategies: Vec::new(),
            patch_merge_key: None,
        }
    }
}

/// Types, and the kinds whose objects they describe.
#[derive(Debug, Clone, PartialEq)]
pub struct Schema {
    atoms: Vec<Atom>,
    kinds: BTreeMap<Gvk, Slot>,
    deduced: Slot,
}

impl Default for Schema {
    fn default() -> Self {
        let atoms = vec![Atom::deduced(), Atom::untyped()];
        Self { atoms, kinds: BTreeMap::new(), deduced: Slot::plain(TypeId::DEDUCED) }
    }
}

impl Schema {
    /// The type of a kind, if it is known.
    #[must_use]
    pub fn kind(&self, kind: &Gvk) -> Option<Typed<'_>> {
        self.kinds.get(kind).map(|slot| Typed { schema: self, slot })
    }

    /// What the API server assumes where there is no schema.
    #[must_use]
    pub fn deduced(&self) -> Typed<'_> {
        Typed { schema: self, slot: &self.deduced }
    }

    /// All kinds that are known.
    pub fn kinds(&self) -> impl Iterator<Item = &Gvk> {
        self.kinds.keys()
    }

    /// Takes in what another document says. Where both know a kind, the other is believed.
    pub fn merge(&mut self, other: Self) {
        let from = self.atoms.len().saturating_sub(TypeId::EVERYWHERE);
        let moved = |slot: &mut Slot| {
            if slot.of.0 >= TypeId::EVERYWHERE {
                slot.of.0 = slot.of.0.saturating_add(from);
            }
        };
        self.atoms.extend(other.atoms.into_iter().skip(TypeId::EVERYWHERE).map(|mut atom| {
            atom.slots_mut().for_each(moved);
            atom
        }));
        self.kinds.extend(other.kinds.into_iter().map(|(kind, mut slot)| {
            moved(&mut slot);
            (kind, slot)
        }));
    }

    /// Adds a type, before it is known what is in it: see [`Schema::set`].
    #[must_use]
    pub fn reserve(&mut self) -> TypeId {
        self.atoms.push(Atom::default());
        TypeId(self.atoms.len().saturating_sub(1))
    }

    /// Says what a type is.
    pub fn set(&mut self, id: TypeId, atom: Atom) {
        if let Some(place) = self.atoms.get_mut(id.0) {
            *place = atom;
        }
    }

    /// Says which type the objects of a kind have.
    pub fn set_kind(&mut self, kind: Gvk, slot: Slot) {
        self.kinds.insert(kind, slot);
    }
}

/// A use of a type in its schema. Cheap to copy.
#[derive(Debug, Clone, Copy)]
pub struct Typed<'s> {
    schema: &'s Schema,
    slot: &'s Slot,
}

impl<'s> Typed<'s> {
    /// What it may be. Of a use that overrides its type, ask [`Typed::list_kind`] and [`Typed::is_atomic_map`] instead.
    #[must_use]
    pub fn atom(self) -> &'s Atom {
        // The schema is closed, so this is never out of range.
        self.schema.atoms.get(self.slot.of.0).unwrap_or(&EMPTY)
    }

    /// How it is used here.
    #[must_use]
    pub fn slot(self) -> &'s Slot {
        self.slot
    }

    /// The field or key of this name, if it is a map that may have one.
    #[must_use]
    pub fn field(self, name: &str) -> Option<Self> {
        let map = self.atom().map.as_ref()?;
        let slot = map.fields.get(name).or(map.element.as_ref())?;
        Some(Self { schema: self.schema, slot })
    }

    /// What every key has that is no field of its own, if it is a map that may have others.
    #[must_use]
    pub fn other_keys(self) -> Option<Self> {
        let slot = self.atom().map.as_ref()?.element.as_ref()?;
        Some(Self { schema: self.schema, slot })
    }

    /// The items, if it may be a list.
    #[must_use]
    pub fn element(self) -> Option<Self> {
        let list = self.atom().list.as_ref()?;
        Some(Self { schema: self.schema, slot: &list.element })
    }

    /// How the items are told apart, if it may be a list.
    #[must_use]
    pub fn list_kind(self) -> Option<&'s ListKind> {
        let list = self.atom().list.as_ref()?;
        Some(self.slot.list_kind.as_ref().unwrap_or(&list.kind))
    }

    /// Whether it is one value as a map.
    #[must_use]
    pub fn is_atomic_map(self) -> bool {
        self.atom().map.as_ref().is_some_and(|map| self.slot.atomic_map.unwrap_or(map.atomic))
    }

    /// Whether nothing is known of it: it is treated as the API server treats what has no schema.
    #[must_use]
    pub fn is_deduced(self) -> bool {
        self.slot.of.0 < TypeId::EVERYWHERE
    }
}

static EMPTY: Atom = Atom { scalar: None, list: None, map: None };
