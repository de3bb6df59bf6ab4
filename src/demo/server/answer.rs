//! From a request to its answer: who asks, may they, is there such a thing, and then the verb.

use http::{Method, Response};

use super::encode::{self, Accepted, Body, Form};
use super::kinds::{self, Kind};
use super::list;
use super::options::{self, Options, truth};
use super::paths::{Asked, Attributes};
use super::status::Status;
use super::{Server, discovery};

/// Answers a request of a user.
pub(super) fn answer(server: &Server, user: &str, asked: &Asked) -> Response<Body> {
    if !server.rights.knows(user) {
        return encode::refusal(&Status::unauthorized());
    }
    let attributes = asked.attributes();
    if !server.rights.allow(user, &attributes, &asked.path) {
        return encode::refusal(&Status::forbidden(user, &attributes, &asked.path));
    }
    let answered = match &attributes {
        Attributes::Path(_) => path(asked),
        Attributes::Resource { .. } => resource(server, asked, &attributes),
    };
    answered.unwrap_or_else(|status| encode::refusal(&status))
}

fn not_a_page() -> Response<Body> {
    encode::text(404, "404 page not found\n")
}

/// Paths that name no resource.
fn path(asked: &Asked) -> Result<Response<Body>, Status> {
    let parts = asked.parts();
    if asked.path.contains("//") {
        return Ok(not_a_page());
    }
    let found = match parts.as_slice() {
        ["openapi", ..] => return Err(Status::not_implemented("OpenAPI")),
        ["healthz" | "livez" | "readyz"] => return Ok(encode::text(200, "ok")),
        ["version"] | ["api"] | ["apis"] | ["api", "v1"] => true,
        ["api", _] => return Err(Status::no_resource()),
        ["apis", group] => kinds::groups().iter().any(|(name, _)| name == group),
        ["apis", group, version] => {
            if !kinds::of_group(group, version).is_empty() {
                true
            } else if is_built_in(group) {
                return Err(Status::no_resource());
            } else {
                false
            }
        }
        _ => false,
    };
    if !found {
        return Ok(not_a_page());
    }
    // Those who put the servers of a cluster together answer whatever the method.
    let aggregator = match parts.as_slice() {
        ["apis"] | ["apis", _] => true,
        ["apis", group, _] => !is_built_in(group),
        _ => false,
    };
    if asked.method != Method::GET && !aggregator {
        return Err(Status::no_method());
    }
    if !matches!(parts.as_slice(), ["apis"]) {
        encode::representable(&asked.accept, false)?;
    }
    let value = match parts.as_slice() {
        ["version"] => discovery::version(),
        ["api"] => return discovery::root(asked, true),
        ["apis"] => return discovery::root(asked, false),
        ["api", version] => discovery::resources("", version),
        ["apis", name] => {
            let version = kinds::groups().iter().find(|(group, _)| group == name).map(|(_, version)| *version);
            discovery::group(name, version.unwrap_or_default())
        }
        ["apis", group, version] => discovery::resources(group, version),
        _ => return Ok(not_a_page()),
    };
    encode::negotiate(&asked.accept)?;
    Ok(encode::json_answer(200, &value, asked.gzip))
}

/// What a request about a kind that is served is about.
struct Target<'a> {
    kind: &'static Kind,
    namespace: Option<&'a str>,
    name: Option<&'a str>,
    subresource: Option<&'a str>,
}

fn resource(server: &Server, asked: &Asked, attributes: &Attributes) -> Result<Response<Body>, Status> {
    let Attributes::Resource { verb, group, version, resource, subresource, namespace, name } = attributes else {
        return Ok(not_a_page());
    };
    let Some(kind) = kinds::by_resource(group, version, resource) else { return unknown(group) };
    // A name in a field selector is no name in the path.
    let name = name.as_deref().filter(|_| !matches!(*verb, "list" | "watch"));
    // The namespace of a Namespace is itself.
    let namespace = namespace.as_deref().filter(|_| kind.namespaced);
    let odd = if kind.namespaced { name.is_some() && namespace.is_none() } else { is_nested(asked) };
    if odd {
        return unknown(group);
    }
    let target = Target { kind, namespace, name, subresource: subresource.as_deref() };
    if asked.method == Method::GET {
        if !kind.custom {
            encode::representable(&asked.accept, target.name.is_none())?;
        }
        return match target.name {
            Some(name) => get(server, asked, &target, name),
            None => many(server, asked, &target),
        };
    }
    let method = match (asked.method.as_str(), target.name.is_some()) {
        ("POST", false) | ("PUT" | "PATCH" | "DELETE", true) | ("DELETE", false) => true,
        _ => kind.custom,
    };
    Err(if method { Status::no_verb(verb, kind) } else { Status::no_method() })
}

/// Whether an object of the cluster is looked for in a namespace.
fn is_nested(asked: &Asked) -> bool {
    match asked.parts().as_slice() {
        ["api", _, rest @ ..] | ["apis", _, _, rest @ ..] => {
            matches!(rest, ["namespaces", _, inner, ..] if *inner != "status" && *inner != "finalize")
        }
        _ => false,
    }
}

/// A resource that is not served: the built-in groups say so themselves, for others nobody answers.
fn unknown(group: &str) -> Result<Response<Body>, Status> {
    if is_built_in(group) { Err(Status::no_resource()) } else { Ok(not_a_page()) }
}

fn is_built_in(group: &str) -> bool {
    kinds::KINDS.iter().any(|kind| kind.group == group && !kind.custom)
}

fn get(server: &Server, asked: &Asked, target: &Target<'_>, name: &str) -> Result<Response<Body>, Status> {
    let Target { kind, namespace, .. } = *target;
    if target.subresource.is_some_and(|subresource| !kind.subresources.contains(&subresource)) {
        // Custom kinds have no routes of their own: their objects are looked for first, in vain.
        return Err(if kind.custom { Status::no_object(kind, name) } else { Status::no_resource() });
    }
    let accepted = encode::negotiate(&asked.accept)?;
    let state = server.lock();
    let version = options::version(asked.query.get("resourceVersion").unwrap_or_default()).map_err(Status::internal)?;
    if version > state.store.version() {
        return Err(Status::too_large(version, state.store.version()));
    }
    let object = state.store.get(kind, namespace, name).ok_or_else(|| Status::no_object(kind, name))?;
    if let Some(subresource) = target.subresource.filter(|subresource| *subresource != "status") {
        return Err(Status::not_implemented(&format!("{} {subresource}", kind.plural)));
    }
    let form = match accepted {
        Accepted::Whole => Form::Whole,
        Accepted::Metadata(version) => Form::Metadata(version),
        Accepted::MetadataList(_) if kind.custom => return Err(Status::internal("content is not a list")),
        Accepted::MetadataList(_) => {
            return Err(Status::not_acceptable(format!(
                "you requested PartialObjectMetadataList, but the requested object is not a list (*{}.{})",
                internal_package(kind),
                kind.kind
            )));
        }
    };
    Ok(encode::json_answer(200, &encode::object(object, form), asked.gzip))
}

fn many(server: &Server, asked: &Asked, target: &Target<'_>) -> Result<Response<Body>, Status> {
    let Target { kind, namespace, .. } = *target;
    let watch = asked.query.get("watch").is_some_and(truth);
    let accepted = encode::negotiate(&asked.accept)?;
    let options = Options::read(&asked.query, watch)?;
    options.fields.check(kind).map_err(Status::bad_request)?;
    let mut state = server.lock();
    if watch {
        let form = match accepted {
            Accepted::Whole => Form::Whole,
            Accepted::Metadata(version) => Form::Metadata(version),
            Accepted::MetadataList(_) => return Err(Status::no_media_type()),
        };
        let now = state.now;
        let super::State { store, watchers, .. } = &mut *state;
        return watchers.open(store, now, kind, namespace, options, form).map(encode::stream);
    }
    let form = match accepted {
        Accepted::Whole => Form::Whole,
        Accepted::MetadataList(version) => Form::Metadata(version),
        Accepted::Metadata(_) => {
            let list = if kind.custom {
                "unstructured.UnstructuredList".to_owned()
            } else {
                format!("{}.{}List", internal_package(kind), kind.kind)
            };
            return Err(Status::not_acceptable(format!(
                "you requested PartialObjectMetadata, but the requested object is a list (*{list})"
            )));
        }
    };
    let list = list::answer(&state.store, kind, namespace, &options, form)?;
    Ok(encode::json_answer(200, &list, asked.gzip))
}

/// Under which name the real server holds a built-in kind.
fn internal_package(kind: &Kind) -> &'static str {
    if kind.group.is_empty() { "core" } else { kind.group.split('.').next().unwrap_or_default() }
}
