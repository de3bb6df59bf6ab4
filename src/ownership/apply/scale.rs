//! The owners of `spec.replicas` on the way into the subresource `scale` and back.
//!
//! Source: `k8s.io/apimachinery/pkg/util/managedfields/scalehandler.go`, v0.36.3.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::{FieldSet, Path, PathElement};
use super::Refused;
use super::managers::{Held, Managers};

const SCALE: &str = "autoscaling/v1";

/// Where the number of replicas stands, by the `apiVersion` of the object. None: this version has no subresource `scale`.
pub type ScalePaths = BTreeMap<String, Option<Path>>;

fn in_scale() -> Path {
    Path(vec![PathElement::field("spec"), PathElement::field("replicas")])
}

fn only(path: &Path) -> FieldSet {
    [path.clone()].into_iter().collect()
}

fn read(entries: Option<&Value>) -> Result<Managers, Refused> {
    Managers::read(entries).map_err(Refused::Broken)
}

/// The managedFields of the Scale of an object that has these.
///
/// # Errors
/// [`Refused::Broken`]: they cannot be read.
pub fn to_scale(parent: Option<&Value>, paths: &ScalePaths) -> Result<Option<Value>, Refused> {
    let parent = read(parent)?;
    let mut scale = Managers { held: BTreeMap::new(), times: parent.times };
    for (id, held) in parent.held {
        if paths.get(&held.api_version).and_then(Option::as_ref).is_some_and(|path| held.set.contains(&path.0)) {
            scale.held.insert(id, Held { set: only(&in_scale()), api_version: SCALE.to_owned(), ..held });
        }
    }
    Ok(scale.written())
}

/// The managedFields of an object of this `apiVersion`, after its Scale was written and has those.
///
/// # Errors
/// [`Refused::Broken`]: either cannot be read.
pub fn from_scale(
    parent: Option<&Value>,
    scale: Option<&Value>,
    api_version: &str,
    paths: &ScalePaths,
) -> Result<Option<Value>, Refused> {
    let (parent, mut scale) = (read(parent)?, read(scale)?);
    let mut all = Managers { held: BTreeMap::new(), times: parent.times };
    for (id, mut held) in parent.held {
        // Of a version that is not served any more.
        let Some(path) = paths.get(&held.api_version) else { continue };
        if let Some(path) = path.as_ref().filter(|path| held.set.contains(&path.0))
            && scale.held.remove(&id).is_none()
        {
            held.set = held.set.difference(&only(path));
            if held.set.is_empty() {
                continue;
            }
        }
        all.held.insert(id, held);
    }
    let own = paths.get(api_version).and_then(Option::as_ref);
    for (id, held) in scale.held {
        if let Some(path) = own
            && held.set.contains(&in_scale().0)
        {
            all.held.insert(id, Held { set: only(path), api_version: api_version.to_owned(), applied: held.applied });
        }
    }
    Ok(all.written())
}
