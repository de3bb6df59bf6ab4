//! As whom the demo can be looked at, as a kubeconfig would name it. Whoever may not list namespaces has a context for each.

use super::Demo;
use super::server::Service;
use crate::release::{ContextEntry, Problem, ProblemKind};

/// Context, user, and the namespace that it names.
const CONTEXTS: [(&str, &str, Option<&str>); 6] = [
    ("demo", "administrator", Some("shop")),
    ("demo-nobody", "nobody", None),
    ("demo-team", "two", Some("checkout")),
    ("demo-team-payments", "two", Some("payments")),
    ("demo-viewer", "viewer", None),
    ("demo-writer", "writer", Some("payments")),
];

impl Demo {
    /// The address of its API server, which only this process knows.
    pub const SERVER: &'static str = "demo://in-memory";

    /// The contexts, by name. The first one is looked at where none is named.
    #[must_use]
    pub fn contexts() -> Vec<ContextEntry> {
        CONTEXTS.into_iter().map(entry).collect()
    }

    /// A connection as the user of a context.
    ///
    /// # Errors
    /// When there is no such context.
    pub fn connect(&self, context: Option<&str>) -> Result<(Service, ContextEntry), Problem> {
        let [first, ..] = CONTEXTS;
        let found = match context {
            None => Some(first),
            Some(name) => CONTEXTS.into_iter().find(|(other, ..)| *other == name),
        };
        let Some((name, user, namespace)) = found else {
            let names: Vec<&str> = CONTEXTS.iter().map(|(name, ..)| *name).collect();
            return Err(Problem::new(
                ProblemKind::Config,
                format!("the demo has no context \"{}\"", context.unwrap_or_default()),
            )
            .hint(format!("contexts there: {}", names.join(", "))));
        };
        Ok((self.server().client(user), entry((name, user, namespace))))
    }
}

fn entry((name, user, namespace): (&str, &str, Option<&str>)) -> ContextEntry {
    ContextEntry {
        name: name.to_owned(),
        cluster: "demo".to_owned(),
        user: user.to_owned(),
        namespace: namespace.map(str::to_owned),
    }
}
