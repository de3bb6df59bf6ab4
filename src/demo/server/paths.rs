//! A request line, taken apart: what is asked of which resource, before anybody looks whether there is one.
//!
//! Rules: kubernetes/apiserver `pkg/endpoints/request/requestinfo.go`, release 1.36.

use bytes::Bytes;
use http::{HeaderMap, Method, Uri, header};

use super::fields::Fields;
use super::options::truth;

/// What is needed of a request.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) query: Query,
    pub(super) accept: String,
    pub(super) gzip: bool,
    pub(super) known_etag: Option<String>,
    pub(super) content_type: String,
    /// What the client calls itself.
    pub(super) agent: String,
    /// Empty where nobody reads it.
    pub(super) body: Bytes,
}

/// The parameters of a request; of several with one name the first counts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Query(Vec<(String, String)>);

/// What rights are asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Attributes {
    /// A path without resource, as `/version`, and the method in lower case.
    Path(String),
    /// A resource.
    Resource {
        verb: &'static str,
        group: String,
        version: String,
        resource: String,
        subresource: Option<String>,
        namespace: Option<String>,
        name: Option<String>,
    },
}

impl Asked {
    pub(super) fn read(method: &Method, uri: &Uri, headers: &HeaderMap) -> Self {
        let path = percent_encoding::percent_decode_str(uri.path()).decode_utf8_lossy().into_owned();
        let query = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        Self {
            method: method.clone(),
            path,
            query: Query(query.into_owned().collect()),
            accept: text(header::ACCEPT).unwrap_or_default().to_owned(),
            gzip: text(header::ACCEPT_ENCODING).is_some_and(wants_gzip),
            known_etag: text(header::IF_NONE_MATCH).map(str::to_owned),
            content_type: text(header::CONTENT_TYPE).unwrap_or_default().to_owned(),
            agent: text(header::USER_AGENT).unwrap_or_default().to_owned(),
            body: Bytes::new(),
        }
    }

    /// The parts of the path.
    pub(super) fn parts(&self) -> Vec<&str> {
        let path = self.path.trim_matches('/');
        if path.is_empty() { Vec::new() } else { path.split('/').collect() }
    }

    /// What rights are asked about.
    pub(super) fn attributes(&self) -> Attributes {
        self.resource().unwrap_or_else(|| Attributes::Path(self.method.as_str().to_lowercase()))
    }

    fn resource(&self) -> Option<Attributes> {
        let parts = self.parts();
        let (group, version, rest) = match parts.as_slice() {
            ["api", version, rest @ ..] => ("", *version, rest),
            ["apis", group, version, rest @ ..] => (*group, *version, rest),
            _ => return None,
        };
        let (namespace, rest) = match rest {
            [] => return None,
            ["namespaces", namespace, "status" | "finalize", ..] => (Some(*namespace), rest),
            ["namespaces", namespace, inner @ ..] if !inner.is_empty() => (Some(*namespace), inner),
            ["namespaces", namespace] => (Some(*namespace), rest),
            _ => (None, rest),
        };
        let mut rest = rest.iter().map(|part| (*part).to_owned());
        let resource = rest.next()?;
        let mut name = rest.next();
        let subresource = rest.next();
        let mut verb = match self.method.as_str() {
            "GET" | "HEAD" => "get",
            "POST" => "create",
            "PUT" => "update",
            "PATCH" => "patch",
            "DELETE" => "delete",
            _ => "",
        };
        if name.is_none() && verb == "get" {
            verb = if self.query.get("watch").is_some_and(truth) { "watch" } else { "list" };
            name = Fields::parse(self.query.get("fieldSelector").unwrap_or_default())
                .ok()
                .and_then(|fields| fields.name().filter(|name| !name.contains(['/', '%'])).map(str::to_owned));
        }
        if name.is_none() && verb == "delete" {
            verb = "deletecollection";
        }
        Some(Attributes::Resource {
            verb,
            group: group.to_owned(),
            version: version.to_owned(),
            resource,
            subresource,
            namespace: namespace.map(str::to_owned),
            name,
        })
    }
}

impl Query {
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

impl Attributes {
    /// What is to be done.
    pub(super) fn verb(&self) -> &str {
        match self {
            Self::Path(method) => method,
            Self::Resource { verb, .. } => verb,
        }
    }
}

fn wants_gzip(accepted: &str) -> bool {
    accepted.split(',').any(|coding| coding.trim() == "gzip")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Verb, group, resource, namespace and name that rights are asked about.
    #[track_caller]
    fn check(method: &str, path: &str, expected: (&str, &str, &str, Option<&str>, Option<&str>)) {
        let asked =
            Asked::read(&Method::from_bytes(method.as_bytes()).unwrap(), &path.parse().unwrap(), &HeaderMap::new());
        let attributes = asked.attributes();
        let Attributes::Resource { verb, group, resource, subresource, namespace, name, .. } = &attributes else {
            assert_eq!((attributes.verb(), "", "", None, None), expected, "{method} {path}");
            return;
        };
        let whole = subresource.as_ref().map_or(resource.clone(), |inner| format!("{resource}/{inner}"));
        assert_eq!((*verb, group.as_str(), whole.as_str(), namespace.as_deref(), name.as_deref()), expected, "{path}");
    }

    #[test]
    fn rights_are_asked_about_what_a_path_names() {
        check("GET", "/version", ("get", "", "", None, None));
        check("GET", "/api/v1", ("get", "", "", None, None));
        check("GET", "/apis/apps/v1", ("get", "", "", None, None));
        check("GET", "/api/v1/pods", ("list", "", "pods", None, None));
        check("GET", "/api/v1/pods?watch=1", ("watch", "", "pods", None, None));
        check("GET", "/api/v1/pods?fieldSelector=metadata.name%3Da", ("list", "", "pods", None, Some("a")));
        check("GET", "/api/v1/namespaces/a/pods/b", ("get", "", "pods", Some("a"), Some("b")));
        check("GET", "/api/v1/namespaces/a/pods/b/log", ("get", "", "pods/log", Some("a"), Some("b")));
        check("GET", "/api/v1/namespaces/a", ("get", "", "namespaces", Some("a"), Some("a")));
        check("GET", "/api/v1/namespaces/a/status", ("get", "", "namespaces/status", Some("a"), Some("a")));
        check(
            "DELETE",
            "/apis/apps/v1/namespaces/a/deployments",
            ("deletecollection", "apps", "deployments", Some("a"), None),
        );
        check(
            "PATCH",
            "/apis/apps/v1/namespaces/a/deployments/b",
            ("patch", "apps", "deployments", Some("a"), Some("b")),
        );
    }
}
