//! Images: charts keep them in parts, `registry`, `repository` and `tag`.

use serde_json::{Map, Value};

use super::super::PathElement;
use super::candidates::{Step, Wanted};

const TAGS: &[&str] = &["tag", "imageTag", "version"];
const REPOSITORIES: &[&str] = &["repository", "repo", "image", "name"];
const REGISTRIES: &[&str] = &["registry", "imageRegistry"];

/// What a map of values that makes up the manifest's image must hold to make up the live one. `None` where it does not make it up.
pub(super) fn sets(
    wanted: &Wanted<'_>,
    steps: &[Step],
    node: &Value,
    app_version: Option<&str>,
) -> Option<Vec<(Vec<Step>, Value)>> {
    let (PathElement::Field(field), Value::Object(map)) = (wanted.path.0.last()?, node) else { return None };
    if field != "image" {
        return None;
    }
    let (repository, tag) = parts(wanted.manifest?.as_str()?)?;
    let (new_repository, new_tag) = parts(wanted.live.as_str()?)?;
    let (tag_key, said) = text(map, TAGS)?;
    // Without a tag of its own a chart takes its appVersion.
    if said != tag && !(said.is_empty() && app_version == Some(tag)) {
        return None;
    }
    let (repository_key, said) = text(map, REPOSITORIES)?;
    let registry = text(map, REGISTRIES).filter(|(_, registry)| !registry.is_empty());
    let (registry, whole) = match registry {
        Some((key, registry)) if said != repository => (Some((key, registry)), format!("{registry}/{said}")),
        _ => (None, said.to_owned()),
    };
    if whole != repository {
        return None;
    }
    let at = |key: &str| steps.iter().cloned().chain([Step::Key(key.to_owned())]).collect::<Vec<Step>>();
    let mut sets = Vec::new();
    if new_repository != repository {
        match registry {
            None => sets.push((at(repository_key), new_repository.into())),
            Some((key, registry)) => {
                match new_repository.strip_prefix(registry).and_then(|rest| rest.strip_prefix('/')) {
                    Some(rest) => sets.push((at(repository_key), rest.into())),
                    None => {
                        let (registry, rest) = new_repository.split_once('/')?;
                        sets.push((at(key), registry.into()));
                        sets.push((at(repository_key), rest.into()));
                    }
                }
            }
        }
    }
    if new_tag != tag {
        sets.push((at(tag_key), new_tag.into()));
    }
    (!sets.is_empty()).then_some(sets)
}

/// Repository and tag. `None` without a tag, and by digest.
fn parts(image: &str) -> Option<(&str, &str)> {
    let (repository, tag) = image.rsplit_once(':')?;
    (!tag.contains('/') && !repository.contains('@')).then_some((repository, tag))
}

fn text<'m>(map: &'m Map<String, Value>, keys: &[&'static str]) -> Option<(&'static str, &'m str)> {
    keys.iter().find_map(|key| match map.get(*key)? {
        Value::String(text) => Some((*key, text.as_str())),
        Value::Null => Some((*key, "")),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => None,
    })
}
