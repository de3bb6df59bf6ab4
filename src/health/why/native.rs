//! The chain of a release without a HelmRelease: what Helm stored, its hooks, its objects.
//!
//! Source of the rules: helm v4.2.4 `pkg/action/*.go` (descriptions, pending states), `pkg/action/hooks.go`.

use jiff::SignedDuration;

use super::branch::Branch;
use super::{Help, Known, Link, Severity, Trouble, Why, helps, images, objects, words};
use crate::release::payload::{HookPhase, ReleaseStatus};
use crate::release::{Evidence, Release};

/// Helm's own `--timeout`: a client that writes nothing for longer was most likely cut off.
const CLIENT_TIMEOUT: SignedDuration = SignedDuration::from_mins(5);

pub(super) fn explain(release: &Release, known: Known<'_>) -> Why {
    let description = release.description.as_deref().unwrap_or_default();
    let failed = release.status == Some(ReleaseStatus::Failed);
    let waited = if failed { objects::named(description) } else { Vec::new() };
    let mut head = head(release, known);
    let mut hooks = if failed { hooks(release, known) } else { Branch::default() };
    if hooks.failed.is_some() {
        hooks.below(objects::hooks(known));
    }
    let mut before = rolled_back(release, known);
    let mut objects = objects::live(known, &waited);
    if failed && objects.failed.is_none() && !waited.is_empty() {
        objects.below(changes(release, known));
        objects.failed = None;
    }
    let timed_out = failed && waited.is_empty() && objects::timed_out(description);
    // Of a failed action what is not ready is the cause only where it ran out of time.
    let mut unready = objects::unready(known, &waited);
    if failed && !timed_out {
        unready.failed = None;
    }
    objects.beside(unready);
    let trouble = objects.failed.as_ref().and_then(|failed| failed.trouble.clone());
    let nothing_deployed = nothing_deployed(release, known);
    let sentence = sentence(release, &mut head, &mut hooks, &mut objects);
    let sentence = match nothing_deployed {
        true if sentence.is_empty() => "no revision is deployed".to_owned(),
        true => format!("{sentence}; no revision is deployed"),
        false => sentence,
    };
    let mut why =
        Why { sentence, next: next(release, known), helps: helps(release, trouble.as_ref(), known), ..Why::default() };
    before.failed = None;
    for branch in [head, before, hooks, objects] {
        why.links.extend(branch.links);
        why.hidden.extend(branch.hidden);
    }
    why
}

fn sentence(release: &Release, head: &mut Branch, hooks: &mut Branch, objects: &mut Branch) -> String {
    match &release.status {
        Some(ReleaseStatus::Failed) => match hooks.blame().or_else(|| objects.blame()) {
            Some(text) => format!("{text}, so the {} failed", action(release)),
            None => head.blame().unwrap_or_default(),
        },
        Some(ReleaseStatus::Deployed) | None => objects.blame().unwrap_or_default(),
        Some(ReleaseStatus::PendingInstall | ReleaseStatus::PendingUpgrade | ReleaseStatus::PendingRollback) => {
            let pending = head.blame().unwrap_or_default();
            match &objects.failed {
                Some(failed) => format!("{pending}; {}", failed.text),
                None => pending,
            }
        }
        Some(
            ReleaseStatus::Uninstalling
            | ReleaseStatus::Uninstalled
            | ReleaseStatus::Superseded
            | ReleaseStatus::Unknown(_),
        ) => head.blame().unwrap_or_default(),
    }
}

/// `upgrade`, from Helm's description of how it failed: `Upgrade "web" failed: why`.
fn action(release: &Release) -> String {
    let described = release.description.as_deref().and_then(|text| text.split_once(" \"")).map(|(word, _)| word);
    match described {
        Some(word @ ("Upgrade" | "Rollback")) => word.to_ascii_lowercase(),
        // Helm's word where the objects of an install do not become ready.
        Some("Release") => "install".to_owned(),
        _ => "last action".to_owned(),
    }
}

/// Why it failed, in the words of Helm, or in fewer where a conflict is told of.
fn described(release: &Release) -> String {
    let Some(text) = release.description.as_deref() else { return "the last action failed".to_owned() };
    let action = action(release);
    match (words::conflict(text), text.split_once("\" failed: ")) {
        (Some(conflict), _) => format!("{conflict}, so the {action} failed"),
        (None, Some((_, why))) => format!("the {action} failed: {}", objects::told(why)),
        (None, None) => words::first_line(text),
    }
}

/// The release as Helm stored it.
fn head(release: &Release, known: Known<'_>) -> Branch {
    let name = format!("Helm release {}/{}", release.namespace, release.id.name);
    let what = release.revision.map_or_else(|| name.clone(), |revision| format!("{name} rev {revision}"));
    let link = Link::new(0, "release", what).quoting(release.description.as_deref().unwrap_or_default());
    let since = release.updated.or(release.changed);
    if release.evidence == Evidence::Objects {
        return Branch::of(link.is(Severity::Unknown, "known from its objects alone"), None);
    }
    let Some(status) = &release.status else { return Branch::of(link.is(Severity::Unknown, "not read yet"), None) };
    let (severity, failed) = match status {
        ReleaseStatus::Deployed if release.orphaned => {
            return Branch::of(
                link.is(Severity::Waiting, "deployed by Flux, and its HelmRelease is gone").since(since),
                None,
            );
        }
        ReleaseStatus::Deployed => (Severity::Good, None),
        ReleaseStatus::Failed => (Severity::Bad, Some(described(release))),
        ReleaseStatus::PendingInstall | ReleaseStatus::PendingUpgrade | ReleaseStatus::PendingRollback => {
            let text = if cut_off(release, known) {
                format!(
                    "{status} for {}, so its client is most likely gone: no other action may begin before it is unlocked",
                    age(release, known)
                )
            } else {
                format!("{status}: a client of Helm is at work, or was cut off")
            };
            (Severity::Waiting, Some(text))
        }
        ReleaseStatus::Uninstalling => {
            let text = if cut_off(release, known) {
                format!("uninstalling for {}: its client is most likely gone", age(release, known))
            } else {
                "it is being uninstalled".to_owned()
            };
            (Severity::Waiting, Some(text))
        }
        ReleaseStatus::Uninstalled => {
            (Severity::Unknown, Some("it is uninstalled, and its history is kept".to_owned()))
        }
        ReleaseStatus::Superseded => (Severity::Unknown, Some("its latest revision is superseded".to_owned())),
        ReleaseStatus::Unknown(_) => (Severity::Unknown, Some("Helm stored no status that it knows".to_owned())),
    };
    Branch::of(link.is(severity, status.to_string()).since(since), failed)
}

fn cut_off(release: &Release, known: Known<'_>) -> bool {
    release.updated.or(release.changed).is_some_and(|since| known.now.duration_since(since) > CLIENT_TIMEOUT)
}

fn age(release: &Release, known: Known<'_>) -> String {
    release.updated.or(release.changed).map_or_else(|| "unknown time".to_owned(), |since| words::ago(since, known.now))
}

/// The hooks that failed, where the payload was read.
fn hooks(release: &Release, known: Known<'_>) -> Branch {
    let mut branch = Branch::default();
    let Some(payload) = known.payloads.iter().find(|payload| payload.revision() == release.revision) else {
        return branch;
    };
    for hook in payload.hooks() {
        let Some(run) = hook.last_run.as_ref().filter(|run| run.phase == Some(HookPhase::Failed)) else { continue };
        let what = format!("{} {}", hook.kind.unwrap_or("hook"), hook.name.unwrap_or("?"));
        let events = hook.events.join(", ");
        let link = Link::new(1, "hook", what.clone())
            .is(Severity::Bad, format!("{events}: Failed"))
            .since(run.completed.or(run.started));
        branch.below(Branch::of(link, Some(format!("{events} hook {what} failed"))));
    }
    branch
}

/// A failure that was rolled back: the revision before the latest, told though nothing is wrong any more.
fn rolled_back(release: &Release, known: Known<'_>) -> Branch {
    let rolled = release.description.as_deref().is_some_and(|text| text.starts_with("Rollback to "));
    let before = known.catalog.revisions(&release.id).nth(1);
    let Some(before) = before.filter(|before| rolled && before.status == ReleaseStatus::Failed) else {
        return Branch::default();
    };
    let summary = known.catalog.summary(&before.object).and_then(|summary| summary.as_ref().ok());
    let said = summary.and_then(|summary| summary.description.as_deref()).unwrap_or_default();
    let link = Link::new(1, "action", format!("rev {}", before.revision))
        .is(Severity::Unknown, "failed, and was rolled back")
        .quoting(said)
        .since(summary.and_then(|summary| summary.last_deployed).or(before.changed));
    Branch::of(link, None)
}

/// The images that the failed revision changed.
fn changes(release: &Release, known: Known<'_>) -> Branch {
    let mut branch = Branch::default();
    for change in images::of_failed(release, known).into_iter().flatten() {
        let state =
            format!("{} -> {}", change.old.as_deref().unwrap_or("none"), change.new.as_deref().unwrap_or("none"));
        let link = Link::new(1, "image", format!("{} {}", change.object, change.container));
        branch.below(Branch::of(link.is(Severity::Unknown, state), None));
    }
    branch
}

fn nothing_deployed(release: &Release, known: Known<'_>) -> bool {
    let failed = release.status == Some(ReleaseStatus::Failed);
    failed && !known.catalog.revisions(&release.id).any(|one| one.status == ReleaseStatus::Deployed)
}

fn next(release: &Release, known: Known<'_>) -> Vec<String> {
    let late = objects::without_deadline(known, CLIENT_TIMEOUT);
    match &release.status {
        Some(
            ReleaseStatus::Failed
            | ReleaseStatus::PendingInstall
            | ReleaseStatus::PendingUpgrade
            | ReleaseStatus::PendingRollback,
        ) => vec!["nothing by itself: no controller looks after it".to_owned()],
        Some(ReleaseStatus::Deployed) => late,
        Some(
            ReleaseStatus::Uninstalled
            | ReleaseStatus::Superseded
            | ReleaseStatus::Uninstalling
            | ReleaseStatus::Unknown(_),
        )
        | None => Vec::new(),
    }
}

fn helps(release: &Release, trouble: Option<&Trouble>, known: Known<'_>) -> Vec<Help> {
    let mended = trouble.map(|trouble| helps::same_again(Some(trouble), "", known).0);
    let help = |action: &'static str, text: &str| Help { action, text: text.to_owned() };
    match &release.status {
        Some(ReleaseStatus::PendingInstall | ReleaseStatus::PendingUpgrade | ReleaseStatus::PendingRollback) => {
            let mended = mended.map(|fix| help("fix", &format!("before it is tried again: {fix}")));
            let unlock =
                help("unlock", "marks the revision as failed, so that the next action may begin; changes no object");
            let back = help("roll back", "to the revision before, which ends the pending state too");
            [Some(unlock), mended, Some(back)].into_iter().flatten().collect()
        }
        Some(ReleaseStatus::Failed) => {
            let conflict = release.description.as_deref().is_some_and(|text| text.contains("Apply failed with"));
            let mut helps = Vec::new();
            if conflict {
                helps.push(help("fix", "put the field into the values, or let its owner give it up; then upgrade"));
                helps.push(help("force", "an upgrade with --force-conflicts takes it: what its owner wrote is lost"));
            } else {
                let fix = mended.as_deref().unwrap_or("the chart or its values");
                helps.push(help("fix", &format!("{fix}, then upgrade")));
            }
            let good = known
                .catalog
                .revisions(&release.id)
                .any(|one| one.status == ReleaseStatus::Deployed || one.status == ReleaseStatus::Superseded);
            if good {
                helps.push(help("roll back", "to the last revision that was well"));
            }
            helps
        }
        Some(ReleaseStatus::Deployed) => {
            let back = release.revision.is_some_and(|revision| revision.previous().is_some());
            let back = trouble.filter(|trouble| back && helps::goes_back(trouble));
            let back = back.map(|_| help("roll back", "to the revision before, if it did not have this"));
            [mended.map(|fix| help("fix", &fix)), back].into_iter().flatten().collect()
        }
        Some(
            ReleaseStatus::Uninstalled
            | ReleaseStatus::Superseded
            | ReleaseStatus::Uninstalling
            | ReleaseStatus::Unknown(_),
        )
        | None => Vec::new(),
    }
}
