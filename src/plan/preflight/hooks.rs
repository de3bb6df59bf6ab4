//! Hooks that run with an upgrade.
//!
//! Source: helm.sh/helm v4.3.1 `pkg/action/hooks.go`: what is there is deleted first by default, and only then made; a hook that is
//! not made, or fails, fails the upgrade.

use super::conflicts::brief;
use super::seen::{HookTarget, Live, Seen};
use super::{Check, Finding, Severity};
use crate::ownership::fate::Outcome;
use crate::ownership::own::Method;

pub(super) fn findings(seen: &Seen) -> Vec<Finding> {
    seen.hooks.iter().map(|hook| of_hook(seen, hook)).collect()
}

fn of_hook(seen: &Seen, hook: &HookTarget) -> Finding {
    let off = match seen.is_flux() {
        true => "spec.upgrade.disableHooks: true leaves it out",
        false => "--no-hooks leaves it out",
    };
    let events = hook.events.join(", ");
    let id = &hook.target.id;
    let of = |severity, text: String, remedy: String| Finding::of_object(severity, Check::Hooks, id, text, remedy);
    let remove = || {
        let place = if id.namespace.is_empty() { String::new() } else { format!(" -n {}", id.namespace) };
        format!(
            "kubectl delete {} {}{place}; or the delete policy before-hook-creation in the chart",
            id.kind.to_lowercase(),
            id.name
        )
    };
    match (&hook.target.live, &hook.tried) {
        (Live::There(..), _) if !hook.is_replaced && seen.method() == Method::ClientSide => Finding {
            evidence: vec![format!("{} {:?} already exists", resource(seen, hook), id.name)],
            ..of(
                Severity::Blocks,
                format!("it runs as a hook ({events}), and one is there that Helm does not delete first"),
                remove(),
            )
        },
        (Live::There(..), _) if !hook.is_replaced => {
            let text = format!(
                "it runs as a hook ({events}), and one is there that Helm does not delete first: it is applied over, and need not run"
            );
            of(Severity::Risk, text, remove())
        }
        (Live::Untold(why), _) => Finding {
            evidence: vec![why.clone()],
            ..of(Severity::Unknown, format!("it runs as a hook ({events}), and cannot be read"), off.to_owned())
        },
        (_, Some(Ok(Outcome::Failed(why)))) => Finding {
            evidence: vec![brief(why)],
            ..of(
                Severity::Blocks,
                format!("it runs as a hook ({events}), and is refused"),
                format!("correct it in the chart; {off}"),
            )
        },
        (_, Some(Err(why))) => Finding {
            evidence: vec![why.clone()],
            ..of(Severity::Unknown, format!("it runs as a hook ({events}), and could not be tried"), off.to_owned())
        },
        _ if hook.has_failed => {
            of(Severity::Risk, format!("it runs as a hook ({events}), and its last run failed"), off.to_owned())
        }
        (Live::There(..) | Live::Missing | Live::Unserved, _) => {
            of(Severity::Note, format!("it runs as a hook: {events}; the upgrade fails if it does"), off.to_owned())
        }
    }
}

/// A resource as the server's errors name it.
fn resource(seen: &Seen, hook: &HookTarget) -> String {
    let plural = seen.plural(&hook.target).unwrap_or_default();
    if hook.target.id.group.is_empty() { plural.to_owned() } else { format!("{plural}.{}", hook.target.id.group) }
}
