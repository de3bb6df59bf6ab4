//! What to do about a run that was broken off: by its journal, and by what the cluster says now.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::action::{Action, Rollback, Way};
use super::outcome::StepOutcome;
use crate::ownership::undo::quoted;
use crate::release::payload::ReleaseStatus;

/// A run that did not come to its end, as the journal tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BrokenOff {
    /// What was asked.
    pub action: Action,
    /// Namespace and name of the release.
    pub release: String,
    /// The requests that were sent or were about to be, in their order.
    pub sent: Vec<SentRequest>,
}

/// A request of such a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SentRequest {
    /// Number of its step.
    pub step: usize,
    /// The request in a line.
    pub request: String,
    /// Its object, as it was then; `None` where that was not noted.
    pub object: Option<Aim>,
    /// How the step ended; `None` where that was not noted any more: it may have been done or not.
    pub outcome: Option<StepOutcome>,
}

/// The object of a request, as it was when the request was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Aim {
    /// Path by which it is read.
    pub path: String,
    /// Its uid; `None` where there was none yet, or where it did not matter.
    pub uid: Option<String>,
    /// Its resourceVersion; `None` where it did not matter.
    pub resource_version: Option<String>,
}

/// What the cluster says now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Now {
    /// What is stored of the release, newest first; or why that is not known.
    pub stored: Result<Vec<(u32, ReleaseStatus)>, String>,
    /// How the objects are of which nobody knows whether they were written, by the number of the step.
    pub objects: BTreeMap<usize, Sight>,
}

/// How an object is now, beside how it was when a request for it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sight {
    /// It is as it was.
    Untouched,
    /// There is none.
    Absent,
    /// It is another one of its name, with this uid.
    Another(String),
    /// It is there, or was written since: its uid, and who wrote it last, and when.
    Written {
        /// Its uid.
        uid: String,
        /// Who and when, by its managedFields.
        last: Option<(String, Timestamp)>,
    },
    /// It cannot be read, and why.
    Unread(String),
}

/// What happened, and what can be done about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Advice {
    /// What was done, what may have been, and how things are now, a sentence each.
    pub explains: Vec<String>,
    /// What can be done, the best first. Each is planned anew, so that it meets the cluster as it is.
    pub offers: Vec<Offer>,
}

/// What can be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Offer {
    /// What it is good for.
    pub says: String,
    /// The actions, one after the other.
    pub actions: Vec<Action>,
}

impl Now {
    /// Nobody looked, or could.
    #[must_use]
    pub fn unknown(why: impl Into<String>) -> Self {
        Self { stored: Err(why.into()), objects: BTreeMap::new() }
    }
}

impl Sight {
    /// How an object is, by its metadata; `None` where there is none.
    #[must_use]
    pub fn of(aim: &Aim, live: Option<&Value>) -> Self {
        let Some(live) = live else { return Self::Absent };
        let text = |pointer: &str| live.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let uid = text("/metadata/uid");
        if aim.uid.as_deref().is_some_and(|seen| seen != uid) {
            return Self::Another(uid.to_owned());
        }
        if aim.resource_version.as_deref() == Some(text("/metadata/resourceVersion")) {
            return Self::Untouched;
        }
        let entries = live.pointer("/metadata/managedFields").and_then(Value::as_array).into_iter().flatten();
        let own = entries.filter(|entry| entry.get("subresource").is_none());
        let last = own.filter_map(|entry| {
            let field = |name: &str| entry.get(name).and_then(Value::as_str);
            Some((field("time")?.parse::<Timestamp>().ok()?, field("manager")?.to_owned()))
        });
        let last = last.max().map(|(at, by)| (by, at));
        Self::Written { uid: uid.to_owned(), last }
    }

    /// What that says of the request, which begins with the word of its verb.
    fn says(&self, request: &str) -> String {
        let is_deletion = request.starts_with("delete ");
        match self {
            Self::Untouched => "it was not done: its object is as it was".to_owned(),
            Self::Absent if is_deletion => "it was done: its object is gone".to_owned(),
            Self::Absent if request.starts_with("create ") => "it was not done: there is no such object".to_owned(),
            Self::Absent => "its object is gone".to_owned(),
            Self::Another(uid) => format!("its object is another one now, of uid {uid}"),
            Self::Written { uid, last } => {
                let last = last.as_ref().map(|(by, at)| format!(", written last by {by} at {at}")).unwrap_or_default();
                let word = if is_deletion { "it was not done, or is made anew" } else { "it was likely done" };
                format!("{word}: its object is there, of uid {uid}{last}")
            }
            Self::Unread(why) => format!("its object cannot be read: {why}"),
        }
    }
}

impl Offer {
    fn one(action: Action, says: impl Into<String>) -> Self {
        Self { says: says.into(), actions: vec![action] }
    }

    /// The line that does it for a release of this namespace and name in this context, for a shell. Every command in it shows its
    /// plan and asks before it writes. An empty context stands for the present one.
    #[must_use]
    pub fn command(&self, release: &str, context: &str) -> String {
        let context = if context.is_empty() { String::new() } else { format!(" --context {}", quoted(context)) };
        let lines = self.actions.iter().map(|action| format!("wheelhouse {}{context}", command(action, release)));
        lines.collect::<Vec<_>>().join(" && ")
    }
}

/// The words of a command, without the program's name.
fn command(action: &Action, release: &str) -> String {
    let mut words = vec![action.word().to_owned(), quoted(release)];
    match action {
        Action::Reconcile { with_source } => words.extend(with_source.then(|| "--with-source".to_owned())),
        Action::Reset | Action::Force | Action::Resume | Action::Unlock => {}
        Action::Suspend { reason } => words.push(format!("--reason {}", quoted(reason))),
        Action::Rollback(options) => {
            words.extend(options.to.map(|to| to.to_string()));
            words.extend(flags(options));
        }
        Action::Disown { manager } => words.push(format!("--manager {}", quoted(manager))),
    }
    words.join(" ")
}

fn flags(options: &Rollback) -> Vec<String> {
    let usual = Rollback::default();
    let is_set = [
        (options.force_conflicts, "--force-conflicts"),
        (options.no_hooks, "--no-hooks"),
        (options.wait, "--wait"),
        (options.wait_for_jobs, "--wait-for-jobs"),
        (options.cleanup_on_fail, "--cleanup-on-fail"),
    ];
    let mut flags: Vec<String> =
        is_set.into_iter().filter(|(is_set, _)| *is_set).map(|(_, flag)| flag.to_owned()).collect();
    flags.extend((options.timeout != usual.timeout).then(|| format!("--timeout {}", options.timeout)));
    flags.extend((options.history_max != usual.history_max).then(|| format!("--history-max {}", options.history_max)));
    flags.extend(options.way.map(|way| format!("--way {way}")));
    flags
}

impl BrokenOff {
    /// The requests that are known to have done their work.
    pub fn done(&self) -> impl Iterator<Item = &SentRequest> {
        self.sent.iter().filter(|sent| match sent.outcome {
            Some(StepOutcome::Done(_)) => true,
            Some(StepOutcome::Skipped(_) | StepOutcome::Failed(_) | StepOutcome::Unknown(_)) | None => false,
        })
    }

    /// The requests of which nobody knows whether they did it.
    pub fn in_doubt(&self) -> impl Iterator<Item = &SentRequest> {
        self.sent.iter().filter(|sent| match sent.outcome {
            Some(StepOutcome::Unknown(_)) | None => true,
            Some(StepOutcome::Done(_) | StepOutcome::Skipped(_) | StepOutcome::Failed(_)) => false,
        })
    }

    /// The revision that it stored, or may have stored.
    #[must_use]
    pub fn revision(&self) -> Option<u32> {
        let revision = |sent: &SentRequest| {
            let (what, name) = sent.request.strip_prefix("create ")?.split_once(' ')?;
            let name = name.split(' ').next().filter(|name| name.contains("/sh.helm.release.v1."));
            name.filter(|_| ["secrets", "configmaps"].contains(&what))?.rsplit_once(".v")?.1.parse().ok()
        };
        self.done().chain(self.in_doubt()).find_map(revision)
    }

    /// Whether it wrote to a HelmRelease, or may have.
    fn has_changed_flux(&self) -> bool {
        self.done().chain(self.in_doubt()).any(|sent| sent.request.contains(" helmreleases."))
    }

    fn explains(&self, now: &Now) -> Vec<String> {
        let mut lines = Vec::new();
        let (done, in_doubt) = (self.done().count(), self.in_doubt().count());
        match self.done().last() {
            None if in_doubt == 0 => lines.push("nothing was written".to_owned()),
            None => lines.push("no request is known to have been done".to_owned()),
            Some(last) => {
                let were = if done == 1 { "request was" } else { "requests were" };
                lines.push(format!("{done} {were} done, the last: {} {}", last.step, last.request));
            }
        }
        lines.extend(self.in_doubt().map(|sent| {
            let sight = now.objects.get(&sent.step).map(|sight| sight.says(&sent.request));
            let sight = sight.unwrap_or_else(|| "it may have been done".to_owned());
            format!("in flight: {} {}: {sight}", sent.step, sent.request)
        }));
        lines
    }
}

/// What to do about a run that was broken off, by what the cluster says now.
#[must_use]
pub fn advice(broken: &BrokenOff, now: &Now) -> Advice {
    let mut explains = broken.explains(now);
    let again = |says: &str| vec![Offer::one(broken.action.clone(), says)];
    let is_untouched = broken.done().chain(broken.in_doubt()).next().is_none();
    let offers = match &broken.action {
        Action::Reconcile { .. } | Action::Reset | Action::Force => {
            again("ask again, with a new token: a second request does no harm")
        }
        Action::Suspend { .. } | Action::Resume => again("ask again: where it was done already, nothing changes"),
        Action::Disown { .. } => again("go on: what is left to do is planned anew"),
        Action::Unlock => match now.stored.as_deref().map(<[_]>::first) {
            Ok(Some((revision, status))) if !status.is_pending() => {
                explains.push(format!("revision {revision} is {status}: nothing is pending any more"));
                Vec::new()
            }
            Ok(_) | Err(_) => again("unlock again"),
        },
        Action::Rollback(_) if is_untouched => again("begin again"),
        Action::Rollback(Rollback { way: Some(Way::Durable), .. }) => {
            again("go on: where the HelmRelease was changed already, nothing changes")
        }
        Action::Rollback(options) => match &now.stored {
            Err(why) => {
                explains.push(format!("what is stored now is not known: {why}"));
                let mut offers = again(&format!("go on: roll back to {} as a new revision", aim(options.to)));
                offers.push(Offer::one(Action::Unlock, "or first, where a revision stays pending: mark it failed"));
                offers
            }
            Ok(stored) => {
                let (says, offers) = rollback(broken, options, stored);
                explains.push(says);
                offers
            }
        },
    };
    Advice { explains, offers }
}

fn aim(to: Option<u32>) -> String {
    to.map_or_else(|| "the same revision".to_owned(), |to| format!("revision {to}"))
}

/// How a release is that was being rolled back, and what can be done.
fn rollback(broken: &BrokenOff, options: &Rollback, stored: &[(u32, ReleaseStatus)]) -> (String, Vec<Offer>) {
    let to = |to: Option<u32>| Action::Rollback(Rollback { to, ..options.clone() });
    let is_stored = |number: u32| stored.iter().any(|(revision, _)| *revision == number);
    let Some((newest, status)) = stored.first() else {
        return ("nothing is stored of the release any more".to_owned(), Vec::new());
    };
    let deployed = stored.iter().find(|(_, status)| *status == ReleaseStatus::Deployed).map(|(revision, _)| *revision);
    let is_deployed = match deployed {
        Some(deployed) if deployed == *newest => String::new(),
        Some(deployed) => format!("; revision {deployed} is deployed"),
        None => "; no revision is deployed".to_owned(),
    };
    let says = format!("revision {newest} is the newest now: {status}{is_deployed}");
    let Some(made) = broken.revision().filter(|made| newest >= made) else {
        let mut offers = vec![Offer::one(to(options.to), format!("begin again: roll back to {}", aim(options.to)))];
        if options.way == Some(Way::Emergency) && broken.has_changed_flux() {
            let says = "reverse: have Flux take it up again; it goes on to what the HelmRelease asks for";
            offers.push(Offer::one(Action::Resume, says));
        }
        return (format!("{says}; the new revision was not stored"), offers);
    };
    if *status == ReleaseStatus::Deployed {
        let whose = if *newest == made { "the rollback came to its end" } else { "somebody went on since" };
        return (format!("{says}: {whose}"), Vec::new());
    }
    // What stays pending would be in the way of the next upgrade.
    let unlocked = |action: Action| match status.is_pending() {
        true => vec![Action::Unlock, action],
        false => vec![action],
    };
    // What is pruned meanwhile lives on in the revision that was made of it.
    let target = match options.to {
        Some(to) if !is_stored(to) && is_stored(made) => Some(made),
        to => to,
    };
    let mut go_on = format!("go on: roll back to {}", aim(target));
    if target != options.to {
        go_on.push_str(&format!(", made of {}, which is not stored any more", aim(options.to)));
    }
    let mut offers = vec![Offer { says: go_on, actions: unlocked(to(target)) }];
    let before = made.checked_sub(1).filter(|before| is_stored(*before));
    let back = deployed.filter(|deployed| Some(*deployed) != target).or(before).filter(|back| Some(*back) != target);
    if let Some(back) = back {
        let what = if Some(back) == deployed { "which is deployed still" } else { "the newest before" };
        let says = format!("reverse: roll back to revision {back}, {what}");
        offers.push(Offer { says, actions: unlocked(to(Some(back))) });
    }
    if status.is_pending() {
        let says = format!("leave it: mark revision {newest} failed; objects that were written stay as they are");
        offers.push(Offer::one(Action::Unlock, says));
    }
    (says, offers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(place: usize, request: &str, outcome: Option<StepOutcome>) -> SentRequest {
        SentRequest { step: place + 1, request: request.to_owned(), object: None, outcome }
    }

    /// A rollback of web from 5 to 4 that got so far.
    fn broken(outcomes: &[Option<StepOutcome>]) -> BrokenOff {
        let requests =
            ["create secrets shop/sh.helm.release.v1.web.v6 as Helm", "apply deployments.apps shop/web as helm"];
        let sent = outcomes.iter().zip(requests).enumerate();
        BrokenOff {
            action: Action::Rollback(Rollback { to: Some(4), wait: true, ..Rollback::default() }),
            release: "shop/web".to_owned(),
            sent: sent.map(|(place, (outcome, request))| self::sent(place, request, outcome.clone())).collect(),
        }
    }

    fn done() -> Option<StepOutcome> {
        Some(StepOutcome::Done(String::new()))
    }

    #[track_caller]
    fn check(broken: &BrokenOff, now: &Now, explains: &[&str], offers: &[&str]) {
        let advice = advice(broken, now);
        assert_eq!(advice.explains, explains);
        let told: Vec<String> = advice.offers.iter().map(|offer| offer.command(&broken.release, "")).collect();
        assert_eq!(told, offers);
    }

    fn now(stored: &[(u32, ReleaseStatus)]) -> Now {
        Now { stored: Ok(stored.to_vec()), objects: BTreeMap::new() }
    }

    const GO_ON: &str = "wheelhouse rollback shop/web 4 --wait";
    const REVERSE: &str = "wheelhouse rollback shop/web 5 --wait";

    #[test]
    fn what_was_not_begun_is_begun_again() {
        check(&broken(&[]), &Now::unknown("no"), &["nothing was written"], &[GO_ON]);
        let failed = broken(&[Some(StepOutcome::Failed("forbidden".to_owned()))]);
        check(&failed, &Now::unknown("no"), &["nothing was written"], &[GO_ON]);
        use ReleaseStatus::{Deployed, Superseded};
        check(
            &broken(&[None]),
            &now(&[(5, Deployed), (4, Superseded)]),
            &[
                "no request is known to have been done",
                "in flight: 1 create secrets shop/sh.helm.release.v1.web.v6 as Helm: it may have been done",
                "revision 5 is the newest now: deployed; the new revision was not stored",
            ],
            &[GO_ON],
        );
    }

    #[test]
    fn what_was_begun_goes_on_or_is_reversed_by_what_is_stored_now() {
        use ReleaseStatus::{Deployed, Failed, PendingRollback, Superseded};
        let halfway = broken(&[done(), None]);
        let begun = [
            "1 request was done, the last: 1 create secrets shop/sh.helm.release.v1.web.v6 as Helm",
            "in flight: 2 apply deployments.apps shop/web as helm: it may have been done",
        ];
        let check = |stored: &[(u32, ReleaseStatus)], says: &str, offers: &[&str]| {
            check(&halfway, &now(stored), &[begun[0], begun[1], says], offers);
        };
        let unlock = "wheelhouse unlock shop/web";
        check(
            &[(6, PendingRollback), (5, Deployed), (4, Superseded)],
            "revision 6 is the newest now: pending-rollback; revision 5 is deployed",
            &[&format!("{unlock} && {GO_ON}"), &format!("{unlock} && {REVERSE}"), unlock],
        );
        // Where the target is what is deployed, what was before is the newest before.
        check(
            &[(6, Failed), (5, Failed), (4, Deployed)],
            "revision 6 is the newest now: failed; revision 4 is deployed",
            &[GO_ON, REVERSE],
        );
        check(
            &[(6, Failed), (5, Superseded), (4, Superseded)],
            "revision 6 is the newest now: failed; no revision is deployed",
            &[GO_ON, REVERSE],
        );
        // The target was pruned: its copy stands for it.
        check(
            &[(6, Failed), (5, Deployed)],
            "revision 6 is the newest now: failed; revision 5 is deployed",
            &["wheelhouse rollback shop/web 6 --wait", REVERSE],
        );
        check(
            &[(6, Deployed), (5, Superseded), (4, Superseded)],
            "revision 6 is the newest now: deployed: the rollback came to its end",
            &[],
        );
        check(&[(7, Deployed), (6, Failed)], "revision 7 is the newest now: deployed: somebody went on since", &[]);
        check(&[], "nothing is stored of the release any more", &[]);
    }

    #[test]
    fn where_nobody_can_look_the_commands_are_told_all_the_same() {
        let unknown = Now::unknown("connection refused");
        let advice = advice(&broken(&[done(), done()]), &unknown);
        let commands: Vec<String> = advice.offers.iter().map(|offer| offer.command("shop/web", "a b")).collect();
        assert_eq!(
            commands,
            ["wheelhouse rollback shop/web 4 --wait --context 'a b'", "wheelhouse unlock shop/web --context 'a b'"]
        );
        assert_eq!(advice.explains[1], "what is stored now is not known: connection refused");
    }

    #[test]
    fn an_emergency_that_only_suspended_can_be_taken_back() {
        let options = Rollback { to: Some(4), way: Some(Way::Emergency), ..Rollback::default() };
        let request = "patch helmreleases.helm.toolkit.fluxcd.io shop/web as wheelhouse";
        let broken = BrokenOff {
            action: Action::Rollback(options),
            release: "shop/web".to_owned(),
            sent: vec![sent(0, request, done())],
        };
        check(
            &broken,
            &now(&[(5, ReleaseStatus::Deployed)]),
            &[
                &format!("1 request was done, the last: 1 {request}"),
                "revision 5 is the newest now: deployed; the new revision was not stored",
            ],
            &["wheelhouse rollback shop/web 4 --way emergency", "wheelhouse resume shop/web"],
        );
    }

    #[test]
    fn what_became_of_an_object_says_whether_the_request_was_done() {
        let object = |uid: &str, version: &str| {
            let entry = |manager: &str, time: &str| serde_json::json!({"manager": manager, "time": time});
            let mut status = entry("kube-controller-manager", "2026-01-03T00:00:00Z");
            status["subresource"] = "status".into();
            let entries = [entry("helm", "2026-01-02T00:00:00Z"), entry("kubectl", "2026-01-01T00:00:00Z"), status];
            serde_json::json!({"metadata": {"uid": uid, "resourceVersion": version, "managedFields": entries}})
        };
        let aim = |uid: Option<&str>, version: Option<&str>| Aim {
            path: "/api/v1/namespaces/shop/configmaps/web".to_owned(),
            uid: uid.map(str::to_owned),
            resource_version: version.map(str::to_owned),
        };
        let check = |aim: &Aim, live: Option<&Value>, verb: &str, says: &str| {
            assert_eq!(Sight::of(aim, live).says(&format!("{verb} configmaps shop/web")), says);
        };
        let (known, new) = (aim(Some("u1"), Some("7")), aim(None, None));
        check(&known, Some(&object("u1", "7")), "apply", "it was not done: its object is as it was");
        let written = "its object is there, of uid u1, written last by helm at 2026-01-02T00:00:00Z";
        check(&known, Some(&object("u1", "8")), "apply", &format!("it was likely done: {written}"));
        check(&new, Some(&object("u1", "8")), "create", &format!("it was likely done: {written}"));
        check(&known, Some(&object("u2", "8")), "apply", "its object is another one now, of uid u2");
        check(&new, None, "create", "it was not done: there is no such object");
        check(&known, None, "delete", "it was done: its object is gone");
        check(&known, None, "apply", "its object is gone");
        check(&known, Some(&object("u1", "8")), "delete", &format!("it was not done, or is made anew: {written}"));
    }
}
