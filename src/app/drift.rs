//! How the objects of a release differ from its manifest: found out elsewhere, because to read manifests takes long.

use crate::ownership::drift::{Asked, Drift};
use crate::schema::Schema;

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Drifted {
    /// Of what.
    pub asked: Asked,
    /// What has drifted.
    pub drift: Drift,
}

impl Drifted {
    /// Finds it out, by the types of the objects.
    #[must_use]
    pub fn find(asked: Asked, schema: &Schema) -> Self {
        Self { drift: asked.told(schema), asked }
    }
}
