//! From a request to its answer: who asks, may they, is there such a thing, and then the verb.

use http::{Method, Response};

use super::encode::{self, Accepted, Body, Form};
use super::kinds::{self, Kind};
use super::list;
use super::options::{self, Options, truth};
use super::paths::{Asked, Attributes};
use super::status::Status;
use super::{Server, discovery, openapi, review, write};

/// Answers a request of a user.
pub(super) fn answer(server: &Server, user: &str, asked: &Asked) -> Response<Body> {
    if !server.rights.knows(user) {
        return encode::refusal(&Status::unauthorized());
    }
    if review::is_asked(asked) {
        return review::answer(server, user, asked).unwrap_or_else(|status| encode::refusal(&status));
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

/// What a path is that names no resource.
enum Page<'a> {
    Health,
    /// What describes the kinds: the index, or a document.
    Described,
    Version,
    CoreVersions,
    Groups,
    /// A group, and its version.
    Group(&'a str, &'static str),
    /// The resources of a group and version.
    Resources(&'a str, &'a str),
}

impl Page<'_> {
    /// `None` where nobody answers.
    fn of<'a>(parts: &[&'a str]) -> Result<Option<Page<'a>>, Status> {
        Ok(Some(match parts {
            [] => return Err(Status::not_implemented("the list of all paths")),
            ["openapi", "v3", ..] => Page::Described,
            [first @ ("openapi" | "metrics" | "logs" | ".well-known"), ..] => {
                return Err(Status::not_implemented(first));
            }
            ["healthz" | "livez" | "readyz"] => Page::Health,
            ["version"] => Page::Version,
            ["api"] => Page::CoreVersions,
            ["api", "v1"] => Page::Resources("", "v1"),
            ["api", _] => return Err(Status::no_resource()),
            ["apis"] => Page::Groups,
            ["apis", group] => {
                let known = kinds::groups().into_iter().find(|(name, _)| name == group);
                return Ok(known.map(|(_, version)| Page::Group(group, version)));
            }
            ["apis", group, version] if !kinds::of_group(group, version).is_empty() => Page::Resources(group, version),
            ["apis", group, _] if is_built_in(group) => return Err(Status::no_resource()),
            _ => return Ok(None),
        }))
    }

    /// Whether its answer is made by those who do not look at the method: health, and what puts the servers of a
    /// cluster together.
    fn takes_any_method(&self) -> bool {
        match self {
            Self::Health | Self::Described | Self::Groups | Self::Group(..) => true,
            Self::Resources(group, _) => !group.is_empty() && !is_built_in(group),
            Self::Version | Self::CoreVersions => false,
        }
    }
}

fn path(asked: &Asked) -> Result<Response<Body>, Status> {
    if asked.path.contains("//") {
        return Ok(not_a_page());
    }
    let Some(page) = Page::of(&asked.parts())? else { return Ok(not_a_page()) };
    if asked.method != Method::GET && !page.takes_any_method() {
        return Err(Status::no_method());
    }
    if !matches!(page, Page::Health | Page::Described | Page::Groups) {
        encode::representable(&asked.accept, false)?;
    }
    let value = match page {
        Page::Health => return Ok(encode::text(200, "ok")),
        Page::Described => return Ok(openapi::answer(asked)),
        Page::CoreVersions => return discovery::root(asked, true),
        Page::Groups => return discovery::root(asked, false),
        Page::Version => discovery::version(),
        Page::Group(group, version) => discovery::group(group, version),
        Page::Resources(group, version) => discovery::resources(group, version),
    };
    encode::negotiate(&asked.accept)?;
    Ok(encode::json_answer(200, &value, asked.gzip))
}

/// What a request about a kind that is served is about.
pub(super) struct Target<'a> {
    pub(super) kind: &'static Kind,
    pub(super) namespace: Option<&'a str>,
    pub(super) name: Option<&'a str>,
    pub(super) subresource: Option<&'a str>,
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
    if let Some(answered) = write::answer(server, asked, &target) {
        return answered;
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
    if kind.plural == "pods" && target.subresource == Some("log") {
        let mut state = server.lock();
        let super::State { now, store, logs, .. } = &mut *state;
        let pod = store.get(kind, namespace, name).ok_or_else(|| Status::no_object(kind, name))?;
        return logs.read(pod, &asked.query, *now).map(encode::text_stream);
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
