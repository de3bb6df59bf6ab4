//! Makes documents. What may be secret is masked here: nothing of a payload reaches the screen except through [`prepare`],
//! and values through their sheet.

use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{Document, Source};
use crate::app::age;
use crate::release::payload::{Hook, HookRun, Payload};

/// Makes a document. For a large payload this takes long: not to be called where keys are awaited.
#[must_use]
pub fn prepare(source: &Source) -> Document {
    match source {
        Source::Manifest(stored) => {
            let manifest = stored.0.manifest().unwrap_or_default();
            Document::new(stored.0.masker().manifest(manifest.trim_start_matches('\n')), true)
        }
        Source::Notes(stored, zone) => Document::new(notes(&stored.0, zone), false),
    }
}

fn notes(payload: &Payload, zone: &TimeZone) -> String {
    let mut text =
        payload.notes().map(|notes| payload.masker().text(notes).trim_matches('\n').to_owned()).unwrap_or_default();
    let hooks = payload.hooks();
    if !hooks.is_empty() {
        if !text.is_empty() {
            text.push_str("\n\n");
        }
        let plural = if hooks.len() == 1 { "" } else { "s" };
        let ran = hooks.iter().filter_map(|hook| hook.last_run.as_ref()?.started).max();
        let times = ran.map(|at| format!(", times in {}", age::zone(zone, at))).unwrap_or_default();
        let _ = writeln!(text, "{} hook{plural}{times}", hooks.len());
        for hook in &hooks {
            text.push_str(&describe(hook, zone));
        }
    }
    text
}

fn describe(hook: &Hook<'_>, zone: &TimeZone) -> String {
    let mut text = format!("\n{} {}\n", hook.kind.unwrap_or("?"), hook.name.unwrap_or("?"));
    let words = |words: &[&str]| if words.is_empty() { "-".to_owned() } else { words.join(", ") };
    let _ = writeln!(text, "  runs at   {} (weight {})", words(&hook.events), hook.weight);
    let policies = if hook.delete_policies.is_empty() {
        "before-hook-creation (Helm's default)".to_owned()
    } else {
        words(&hook.delete_policies)
    };
    let _ = writeln!(text, "  deleted   {policies}");
    let _ = writeln!(text, "  last run  {}", last_run(hook.last_run.as_ref(), zone));
    text
}

fn last_run(run: Option<&HookRun>, zone: &TimeZone) -> String {
    let Some(HookRun { started: Some(started), completed, phase }) = run else { return "never".to_owned() };
    let phase = phase.as_ref().map_or("phase not stored", |phase| phase.as_str());
    let time = |at: Timestamp| at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string();
    match completed {
        Some(completed) => {
            let seconds = completed.duration_since(*started).as_secs();
            format!("{phase}, {} to {} ({seconds}s)", time(*started), time(*completed))
        }
        None => format!("{phase}, since {}", time(*started)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::document::Stored;
    use serde_json::{Value, json};
    use std::sync::Arc;

    fn text(source: &Source) -> Vec<String> {
        let document = prepare(source);
        (0..document.len()).filter_map(|place| document.line(place).map(str::to_owned)).collect()
    }

    fn stored(value: Value) -> Stored {
        Stored(Arc::new(Payload::new(value.as_object().unwrap().clone())))
    }

    #[test]
    fn nothing_secret_comes_out_whatever_the_document() {
        let secret = "hunter2-hunter2";
        let encoded = "aHVudGVyMi1odW50ZXIy";
        let manifest = format!(
            "---\napiVersion: v1\nkind: Secret\nmetadata:\n  name: s\ndata:\n  key: {encoded}\nstringData:\n  other: {secret}\n---\n\
             apiVersion: v1\nkind: ConfigMap\ndata:\n  password: {secret}\n  plain: shown\n"
        );
        let payload = stored(json!({
            "manifest": manifest,
        }));
        for source in [Source::Manifest(payload.clone()), Source::Notes(payload, TimeZone::UTC)] {
            let text = text(&source).join("\n");
            assert!(!text.contains(secret) && !text.contains(encoded), "{text}");
        }
    }

    #[test]
    fn hooks_tell_when_they_run_and_how_it_went() {
        let payload = stored(json!({
            "info": {"notes": "\nOpen http://shop\n"},
            "hooks": [{
                "name": "migrate", "kind": "Job", "events": ["pre-upgrade"], "weight": 5,
                "last_run": {"started_at": "2026-01-02T03:04:05Z", "completed_at": "2026-01-02T03:04:17Z", "phase": "Failed"},
            }],
        }));
        assert_eq!(
            text(&Source::Notes(payload, TimeZone::UTC)),
            [
                "Open http://shop",
                "",
                "1 hook, times in UTC",
                "",
                "Job migrate",
                "  runs at   pre-upgrade (weight 5)",
                "  deleted   before-hook-creation (Helm's default)",
                "  last run  Failed, 2026-01-02 03:04:05 to 2026-01-02 03:04:17 (12s)",
            ]
        );
    }
}
