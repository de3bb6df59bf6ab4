//! Hooks that run with an upgrade.
//!
//! Source: helm.sh/helm v4.3.1 `pkg/action/hooks.go`.

use super::seen::Seen;
use super::{Check, Finding, Severity};
use crate::release::ObjectId;
use crate::release::payload::HookPhase;

pub(super) fn findings(seen: &Seen) -> Vec<Finding> {
    let off = match seen.is_flux() {
        true => "spec.upgrade.disableHooks: true leaves it out",
        false => "--no-hooks leaves it out",
    };
    if seen.is_flux() && seen.wishes().runs_no_hooks {
        return Vec::new();
    }
    let id = |kind: Option<&str>, name: Option<&str>| {
        ObjectId::new("", kind.unwrap_or("hook"), &seen.release.namespace, name.unwrap_or_default())
    };
    if seen.what_if.manifest.is_some() {
        let hooks = seen.manifests.hooks.iter().filter_map(|hook| {
            let events = hook.body.pointer("/metadata/annotations/helm.sh~1hook")?.as_str()?;
            let events: Vec<&str> =
                events.split(',').map(str::trim).filter(|event| event.ends_with("-upgrade")).collect();
            (!events.is_empty()).then(|| {
                let text = format!("it runs as a hook: {}; the upgrade fails if it does", events.join(", "));
                Finding::of_object(Severity::Note, Check::Hooks, &id(Some(&hook.kind), Some(&hook.name)), text, off)
            })
        });
        return hooks.collect();
    }
    let Ok(payload) = &seen.last else { return Vec::new() };
    let hooks = payload.hooks();
    let found = hooks.iter().filter_map(|hook| {
        let events: Vec<&str> = hook.events.iter().copied().filter(|event| event.ends_with("-upgrade")).collect();
        if events.is_empty() {
            return None;
        }
        let failed = hook.last_run.as_ref().is_some_and(|run| run.phase == Some(HookPhase::Failed));
        let events = events.join(", ");
        let (severity, text) = match failed {
            true => (Severity::Risk, format!("it runs as a hook ({events}), and its last run failed")),
            false => (Severity::Note, format!("it runs as a hook: {events}; the upgrade fails if it does")),
        };
        Some(Finding::of_object(severity, Check::Hooks, &id(hook.kind, hook.name), text, off))
    });
    found.collect()
}
