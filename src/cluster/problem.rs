//! Failures of the Kubernetes client as [`Problem`]s: a plain sentence and what to do.

use std::error::Error as _;

use kube::client::AuthError;
use kube::config::KubeconfigError;

use crate::release::{Problem, ProblemKind};

/// Says what a failed request means.
pub(super) fn of_request(error: &kube::Error, server: &str) -> Problem {
    match error {
        kube::Error::Api(status) => of_status(status.code, &status.message, &status.reason),
        kube::Error::Auth(auth) => of_auth(auth),
        kube::Error::SerdeError(source) => {
            Problem::new(ProblemKind::Malformed, format!("the API server's answer cannot be read: {source}"))
        }
        other => of_transport(other, server),
    }
}

fn of_status(code: u16, message: &str, reason: &str) -> Problem {
    let cause =
        if message.is_empty() { format!("the API server answered {code} {reason}") } else { message.to_owned() };
    match code {
        401 => Problem::new(ProblemKind::Credentials, format!("the API server refused the credentials: {cause}"))
            .hint("log in again, or look at the user of this context in the kubeconfig"),
        403 => Problem::new(ProblemKind::Forbidden, cause).hint("ask for the missing right, or use another context"),
        404 => Problem::new(ProblemKind::NotFound, cause),
        429 | 500..=599 => Problem::new(ProblemKind::Busy, cause).retried(),
        _ => Problem::new(ProblemKind::Other, cause),
    }
}

/// What went wrong between here and the server, in the words of the innermost error: the outer ones only say that a
/// request failed.
fn of_transport(error: &kube::Error, server: &str) -> Problem {
    let mut words = vec![error.to_string()];
    let mut source = error.source();
    while let Some(inner) = source {
        words.push(inner.to_string());
        if let Some(auth) = inner.downcast_ref::<AuthError>() {
            return of_auth(auth);
        }
        source = inner.source();
    }
    let all = words.join(": ");
    let innermost = words.pop().unwrap_or_default();
    if all.contains("certificate") || all.contains("UnknownIssuer") {
        return Problem::new(
            ProblemKind::Certificate,
            format!("the certificate of {server} is not trusted: {innermost}"),
        )
        .hint("look at certificate-authority of this cluster in the kubeconfig");
    }
    Problem::new(ProblemKind::Unreachable, format!("{server} cannot be reached: {innermost}"))
        .hint("look at the server of this cluster in the kubeconfig, the network and the VPN")
        .retried()
}

fn of_auth(error: &AuthError) -> Problem {
    let problem = |cause: String| Problem::new(ProblemKind::Credentials, cause);
    match error {
        AuthError::AuthExecStart(source) => {
            problem(format!("the program that makes the credentials cannot be run: {source}"))
                .hint("install it, or correct users[].user.exec.command in the kubeconfig")
        }
        AuthError::AuthExecRun { cmd, out } => {
            let stderr = String::from_utf8_lossy(&out.stderr);
            let last = stderr.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("no message");
            problem(format!("the program that makes the credentials failed ({}): {last}", out.status))
                .hint(format!("run it by hand to see why: {cmd}"))
        }
        other => problem(format!("no credentials: {other}"))
            .hint("log in again, or look at the user of this context in the kubeconfig"),
    }
}

/// Says what is wrong with the kubeconfig.
pub(super) fn of_kubeconfig(error: &KubeconfigError, contexts: &[String]) -> Problem {
    let problem = |cause: String| Problem::new(ProblemKind::Config, cause);
    match error {
        KubeconfigError::FindPath => problem("no kubeconfig: neither KUBECONFIG nor a home folder is set".to_owned())
            .hint("set KUBECONFIG, or give --kubeconfig FILE"),
        KubeconfigError::ReadConfig(source, path) => {
            problem(format!("the kubeconfig {} cannot be read: {source}", path.display()))
                .hint("set KUBECONFIG to the right file, or give --kubeconfig FILE")
        }
        KubeconfigError::Parse(source) => {
            let first = source.to_string().lines().next().unwrap_or_default().to_owned();
            problem(format!("the kubeconfig is not what it should be: {first}"))
                .hint("`kubectl config view` shows what can be read of it")
        }
        KubeconfigError::CurrentContextNotSet => {
            problem("the kubeconfig names no current context".to_owned()).hint(choose_context(contexts))
        }
        KubeconfigError::LoadContext(name) => {
            problem(format!("the kubeconfig has no context \"{name}\"")).hint(choose_context(contexts))
        }
        KubeconfigError::LoadClusterOfContext(name) => {
            problem(format!("the kubeconfig has no cluster \"{name}\", which the context names"))
                .hint(choose_context(contexts))
        }
        other => problem(format!("the kubeconfig cannot be used: {other}"))
            .hint("`kubectl config view` shows what can be read of it"),
    }
}

fn choose_context(contexts: &[String]) -> String {
    if contexts.is_empty() {
        "it has no contexts: set KUBECONFIG to the right file, or give --kubeconfig FILE".to_owned()
    } else {
        format!("give --context with one of: {}", contexts.join(", "))
    }
}
