//! From a kubeconfig to a client.

use std::path::PathBuf;
use std::time::Duration;

use kube::config::{ExecInteractiveMode, KubeConfigOptions, Kubeconfig, KubeconfigError, NamedContext};
use kube::{Client, Config};

use super::problem;
use crate::release::{ContextEntry, Problem, ProblemKind};

/// Which cluster, as whom.
#[derive(Debug, Clone, Default)]
pub struct Target {
    /// The kubeconfig; `None` for `KUBECONFIG`, `~/.kube/config` or the cluster that this runs in.
    pub kubeconfig: Option<PathBuf>,
    /// The context; `None` for the current one.
    pub context: Option<String>,
}

impl Target {
    /// The same, but another context of it.
    #[must_use]
    pub fn with_context(&self, context: Option<String>) -> Self {
        Self { kubeconfig: self.kubeconfig.clone(), context: context.or_else(|| self.context.clone()) }
    }

    /// The contexts of the kubeconfig, by name. Reads the file anew: it may have changed.
    ///
    /// # Errors
    /// When the kubeconfig is missing or unreadable.
    pub fn contexts(&self) -> Result<Vec<ContextEntry>, Problem> {
        let kubeconfig = read(self).map_err(|error| problem::of_kubeconfig(&error, &[]))?;
        let mut entries = entries(kubeconfig.contexts);
        entries.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(entries)
    }
}

fn entries(contexts: Vec<NamedContext>) -> Vec<ContextEntry> {
    let entry = |named: NamedContext| {
        let context = named.context?;
        let user = context.user.unwrap_or_default();
        Some(ContextEntry { name: named.name, cluster: context.cluster, user, namespace: context.namespace })
    };
    contexts.into_iter().filter_map(entry).collect()
}

/// How long a connection may take to come about. A dead server is to be said within the patience of one who waits.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

pub(super) struct Connected {
    pub(super) client: Client,
    pub(super) context: String,
    pub(super) server: String,
    /// The context's namespace, and those that other contexts name for the same cluster and user: the only ones that
    /// can be tried where namespaces may not be listed.
    pub(super) namespaces: Vec<String>,
}

/// Reads the kubeconfig and makes a client. Talks to no server, but runs the program that makes the credentials where
/// the kubeconfig names one.
pub(super) async fn connect(target: &Target) -> Result<Connected, Problem> {
    let kubeconfig = match read(target) {
        Ok(kubeconfig) => kubeconfig,
        Err(error) => {
            return match in_cluster(target) {
                Some(config) => client(config, "in-cluster".to_owned(), Vec::new()).await,
                None => Err(problem::of_kubeconfig(&error, &[])),
            };
        }
    };
    let names: Vec<String> = kubeconfig.contexts.iter().map(|context| context.name.clone()).collect();
    let context = target.context.clone().or_else(|| kubeconfig.current_context.clone()).unwrap_or_default();
    let entries = entries(kubeconfig.contexts.clone());
    let own = entries.iter().find(|entry| entry.name == context);
    let siblings = own.map(|own| sibling_namespaces(&entries, own)).unwrap_or_default();
    let options = KubeConfigOptions { context: target.context.clone(), ..KubeConfigOptions::default() };
    let config = Config::from_custom_kubeconfig(kubeconfig, &options)
        .await
        .map_err(|error| problem::of_kubeconfig(&error, &names))?;
    client(config, context, siblings).await
}

fn read(target: &Target) -> Result<Kubeconfig, KubeconfigError> {
    match &target.kubeconfig {
        Some(path) => Kubeconfig::read_from(path),
        None => Kubeconfig::read(),
    }
}

/// The credentials of a Pod stand in only where nobody asked for a kubeconfig.
fn in_cluster(target: &Target) -> Option<Config> {
    if target.kubeconfig.is_some() || target.context.is_some() {
        return None;
    }
    Config::incluster().ok()
}

/// Namespaces that contexts name for the same cluster and user.
pub(super) fn sibling_namespaces(contexts: &[ContextEntry], own: &ContextEntry) -> Vec<String> {
    let same = |other: &&ContextEntry| other.cluster == own.cluster && other.user == own.user;
    contexts.iter().filter(same).filter_map(|context| context.namespace.clone()).collect()
}

/// The context's own namespace first, none twice.
pub(super) fn each_once(own: &str, siblings: Vec<String>) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    std::iter::once(own.to_owned()).chain(siblings).filter(|namespace| seen.insert(namespace.clone())).collect()
}

async fn client(mut config: Config, context: String, siblings: Vec<String>) -> Result<Connected, Problem> {
    let server = config.cluster_url.to_string().trim_end_matches('/').to_owned();
    config.connect_timeout = Some(CONNECT_TIMEOUT);
    // It would try again in silence for minutes; here every failure is said at once and tried again by the feeds.
    config.default_retry = false;
    // Who asks is said in the API server's audit log.
    let agent = concat!("wheelhouse/", env!("CARGO_PKG_VERSION"));
    config.headers.push((http::header::USER_AGENT, http::HeaderValue::from_static(agent)));
    if let Some(exec) = &mut config.auth_info.exec {
        // A program that asks a question would fight with the screen for the keyboard.
        exec.interactive_mode = Some(ExecInteractiveMode::Never);
    }
    let namespaces = each_once(&config.default_namespace, siblings);
    let named = server.clone();
    // Running that program blocks.
    let client = tokio::task::spawn_blocking(move || Client::try_from(config))
        .await
        .map_err(|error| Problem::new(ProblemKind::Other, error))?
        .map_err(|error| problem::of_request(&error, &named))?;
    Ok(Connected { client, context, server, namespaces })
}
