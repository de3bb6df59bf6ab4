//! How the upgrade is applied, where one may expect another way.
//!
//! Source: helm.sh/helm v4.3.1 `pkg/action/upgrade.go` (getUpgradeServerSideValue); v3.22.0, which knows patches only.

use super::seen::Seen;
use super::{Check, Finding, Severity};
use crate::ownership::own::Method;

pub(super) fn findings(seen: &Seen) -> Vec<Finding> {
    let of = |text: &str, remedy: &str| vec![Finding::of_release(Severity::Note, Check::Method, text, remedy)];
    let flux = seen.is_flux();
    match (seen.last_method(), seen.method()) {
        (Method::ClientSide, Method::ClientSide) if flux => of(
            "it stays client-side, as its last revision: Flux patches and asks nobody",
            "spec.upgrade.serverSideApply: enabled applies it server-side, always by force",
        ),
        (Method::ClientSide, Method::ClientSide) => of(
            "it stays client-side, as its last revision: patches ask nobody, so edits are overwritten without a conflict",
            "--server-side=true (Helm 4) applies it server-side, and conflicts are told",
        ),
        (Method::ClientSide, Method::ServerSide) => of(
            "it moves to server-side apply: first the fields that its writer updated become fields that it applies",
            "by default it stays client-side",
        ),
        (Method::ServerSide, Method::ClientSide) => {
            of("it moves from server-side apply to patches, which ask nobody", "by default it stays server-side")
        }
        (Method::ServerSide, Method::ServerSide) if flux => Vec::new(),
        (Method::ServerSide, Method::ServerSide) => {
            of("Helm 3 would patch it and ask nobody: what is said here holds for Helm 4", "upgrade it with Helm 4")
        }
    }
}
