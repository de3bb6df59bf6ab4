//! Our own binary, as a user of the cluster runs it.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::cluster::{Cluster, User};

/// Runs the binary with a kubeconfig and nothing else of our environment.
pub fn run_with(kubeconfig: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wheelhouse"));
    command.args(arguments).env_clear().env("PATH", "/usr/bin:/bin").env("KUBECONFIG", kubeconfig);
    // Whoever acts notes it.
    command.env("XDG_STATE_HOME", kubeconfig.with_extension("state"));
    command.output().unwrap()
}

/// Runs the binary as a user.
pub fn run(cluster: &Cluster, user: User, arguments: &[&str]) -> Output {
    run_with(&cluster.kubeconfig(user), arguments)
}

/// Runs a command that succeeds and reads the JSON that it prints.
pub fn json(cluster: &Cluster, user: User, arguments: &[&str]) -> Value {
    let output = run(cluster, user, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}
