//! What is wrong with a Pod: the container that says most.
//!
//! Sources of the words: kubernetes v1.36 `pkg/kubelet/images/types.go` (reasons of images), `pkg/kubelet/container/sync_result.go`
//! and `pkg/kubelet/kuberuntime/kuberuntime_container.go` (of starting), `pkg/kubelet/kubelet_pods.go` (of waiting),
//! `pkg/kubelet/eviction` (Evicted), `pkg/scheduler/framework/types.go` (what no node says).

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::body;
use super::complaint::{Complaint, Weight};
use super::objects::{Container, Run, Severity};
use super::workloads::first_line;

/// A run that ended sooner ended at its start.
const START: SignedDuration = SignedDuration::from_secs(60);

/// A container that runs is in a loop all the same when it was started anew so often and is not ready: kubelet says
/// `CrashLoopBackOff` only between two runs, and a verdict must not blink with them.
const RESTARTS_OF_A_LOOP: u64 = 2;

/// What is wrong with a Pod; `None` where nothing is, or where it is on its way out.
pub(super) fn complaint(pod: &Value) -> Option<Complaint> {
    let phase = body::text(pod, "/status/phase").unwrap_or_default();
    if phase == "Succeeded" {
        return None;
    }
    let containers: Vec<Found<'_>> = containers(pod).collect();
    let since = body::condition(pod, "Ready", "False")
        .and_then(|ready| ready.since)
        .or_else(|| body::time(pod, "/metadata/creationTimestamp"));
    if phase == "Failed" {
        return Some(failed(pod, &containers).since(since));
    }
    if let Some(unscheduled) = body::condition(pod, "PodScheduled", "False")
        && unscheduled.reason == "Unschedulable"
    {
        let text = format!("cannot be scheduled: {}", without_preemption(unscheduled.message));
        let complaint = Complaint::new(Weight::Unschedulable, unscheduled.reason, text, unscheduled.message);
        return Some(complaint.since(unscheduled.since.or(since)));
    }
    if body::condition(pod, "Ready", "True").is_some() {
        return None;
    }
    let worst = containers.iter().filter_map(Found::complaint).min_by_key(|complaint| complaint.weight);
    Some(worst.unwrap_or_else(|| starting(phase)).since(since))
}

/// How often the containers of a Pod were started again.
pub(super) fn restarts(pod: &Value) -> u64 {
    containers(pod).map(|found| found.restarts()).fold(0, u64::saturating_add)
}

/// A run of a container that ended.
pub(super) struct End {
    /// When.
    pub at: Timestamp,
    /// In words: "web exits 1 at start, 5 restarts".
    pub text: String,
    /// The message of the container, quoted exactly; empty where it left none.
    pub message: String,
    /// Whether it failed.
    pub is_failure: bool,
}

/// The last run of each container that ended, and the one before that. An init container that succeeded is not among them.
pub(super) fn ends(pod: &Value) -> Vec<End> {
    let of = |found: Found<'_>| {
        let runs = ["/state/terminated", "/lastState/terminated"].map(|at| found.at(at));
        let end = |run: &Value| {
            let is_failure = body::whole(run, "/exitCode") != Some(0);
            let Complaint { text, message, .. } = found.ended(Weight::Ended, run);
            let at = body::time(run, "/finishedAt")?;
            let is_told = is_failure || !found.init || found.sidecar;
            let text = if is_failure { text } else { format!("{} ended, exit code 0", found.called()) };
            is_told.then_some(End { at, text, message, is_failure })
        };
        runs.into_iter().flatten().filter_map(end).collect::<Vec<_>>()
    };
    containers(pod).flat_map(of).collect()
}

/// The containers as rows show them, the broken ones first.
pub(super) fn rows(pod: &Value) -> Vec<Container> {
    let mut rows: Vec<Container> = containers(pod)
        .map(|found| {
            let (state, severity) = found.state();
            Container {
                name: found.name.to_owned(),
                init: found.init,
                state,
                severity,
                restarts: found.restarts(),
                log: found.log(),
                before: found.has_log_before(),
            }
        })
        .collect();
    rows.sort_by_key(|row| row.severity);
    rows
}

/// A container of the spec with what the status says of it.
struct Found<'a> {
    name: &'a str,
    image: &'a str,
    init: bool,
    /// An init container that goes on running beside the others.
    sidecar: bool,
    restarting: bool,
    status: Option<&'a Value>,
}

fn containers(pod: &Value) -> impl Iterator<Item = Found<'_>> {
    let restarting = body::text(pod, "/spec/restartPolicy").unwrap_or("Always") != "Never";
    let of = move |init: bool, list: &'static str, statuses: &'static str| {
        let named = body::items(pod, list).filter_map(|spec| Some((body::text(spec, "/name")?, Some(spec))));
        // Without a spec the status names them.
        let told = body::items(pod, statuses).filter_map(|status| Some((body::text(status, "/name")?, None)));
        let has_spec = body::items(pod, list).next().is_some();
        named.chain(told.filter(move |_| !has_spec)).map(move |(name, spec)| {
            let status = body::items(pod, statuses).find(|status| body::text(status, "/name") == Some(name));
            let own = |pointer: &str| spec.and_then(|spec| body::text(spec, pointer));
            Found {
                name,
                image: own("/image").or_else(|| body::text(status?, "/image")).unwrap_or_default(),
                init,
                sidecar: init && own("/restartPolicy") == Some("Always"),
                restarting,
                status,
            }
        })
    };
    of(true, "/spec/initContainers", "/status/initContainerStatuses").chain(of(
        false,
        "/spec/containers",
        "/status/containerStatuses",
    ))
}

impl Found<'_> {
    fn at(&self, pointer: &str) -> Option<&Value> {
        self.status?.pointer(pointer).filter(|value| value.is_object())
    }

    fn restarts(&self) -> u64 {
        let count = self.status.and_then(|status| body::whole(status, "/restartCount"));
        count.and_then(|count| u64::try_from(count).ok()).unwrap_or(0)
    }

    /// Source: kubernetes v1.36 `pkg/kubelet/kubelet_pods.go` (`validateContainerLogStatus`): of a container that waits the
    /// log is that of its last run, whichever is asked for.
    fn log(&self) -> Run {
        if self.at("/state/running").is_some() {
            Run::Running
        } else if self.at("/state/terminated").is_some() {
            Run::Ended
        } else if self.at("/lastState/terminated").is_some() {
            Run::Last
        } else {
            Run::None
        }
    }

    fn has_log_before(&self) -> bool {
        self.log() != Run::Last && self.at("/lastState/terminated").is_some()
    }

    fn is_ready(&self) -> bool {
        self.status.is_some_and(|status| body::flag(status, "/ready"))
    }

    /// As a sentence calls it.
    fn called(&self) -> String {
        if self.init { format!("init container {}", self.name) } else { self.name.to_owned() }
    }

    fn says(&self, weight: Weight, reason: &str, text: String, message: &str) -> Complaint {
        let image = (!self.image.is_empty()).then(|| self.image.to_owned());
        Complaint { container: Some(self.name.to_owned()), image, ..Complaint::new(weight, reason, text, message) }
    }

    fn complaint(&self) -> Option<Complaint> {
        if let Some(waiting) = self.at("/state/waiting") {
            let own = |pointer| body::text(waiting, pointer).unwrap_or_default();
            return self.waits(own("/reason"), own("/message"));
        }
        if let Some(ended) = self.at("/state/terminated") {
            let succeeded = body::whole(ended, "/exitCode") == Some(0);
            return match (self.init && !self.sidecar, succeeded) {
                (true, true) => None,
                (_, false) => Some(self.ended(Weight::CannotRun, ended)),
                // With restartPolicy Always or OnFailure kubelet decides in a moment what follows.
                (false, true) => self.restarting.then(|| self.ended(Weight::NotReady, ended)),
            };
        }
        self.at("/state/running")?;
        if self.init && !self.sidecar {
            let text = format!("{} runs", self.called());
            return Some(self.says(Weight::Starting, "PodInitializing", text, ""));
        }
        if self.is_ready() {
            return None;
        }
        match self.at("/lastState/terminated") {
            Some(last) if self.restarts() >= RESTARTS_OF_A_LOOP => Some(self.ended(Weight::CannotRun, last)),
            _ => {
                let text = format!("{} runs and is not ready", self.called());
                Some(self.says(Weight::NotReady, "ContainersNotReady", text, ""))
            }
        }
    }

    fn waits(&self, reason: &str, message: &str) -> Option<Complaint> {
        let called = self.called();
        let (weight, text) = match reason {
            "ErrImagePull"
            | "ImagePullBackOff"
            | "ImageInspectError"
            | "RegistryUnavailable"
            | "SignatureValidationFailed" => (Weight::CannotRun, format!("{called} cannot pull {}", self.image)),
            "InvalidImageName" => (Weight::CannotRun, format!("{called} has no valid image name: {}", self.image)),
            "ErrImageNeverPull" => {
                (Weight::CannotRun, format!("{called} may not pull {} and the node lacks it", self.image))
            }
            "CrashLoopBackOff" => {
                let loops = self.at("/lastState/terminated").map(|last| self.ended(Weight::CannotRun, last));
                let text = format!("{called} ends again and again{}", self.restarts_in_words());
                let looping = loops.unwrap_or_else(|| self.says(Weight::CannotRun, reason, text, message));
                let message = if looping.message.is_empty() { message.to_owned() } else { looping.message };
                return Some(Complaint { reason: reason.to_owned(), message, ..looping });
            }
            "CreateContainerConfigError"
            | "CreateContainerError"
            | "RunContainerError"
            | "PreCreateHookError"
            | "PreStartHookError"
            | "PostStartHookError"
            | "StartError" => (Weight::CannotRun, format!("{called} cannot start: {}", or_else(message, reason))),
            "PodInitializing" => return None,
            "" | "ContainerCreating" => (Weight::Starting, format!("{called} is being created")),
            _ => (Weight::Starting, format!("{called} waits: {reason}")),
        };
        Some(self.says(weight, reason, text, message))
    }

    fn ended(&self, weight: Weight, ended: &Value) -> Complaint {
        let reason = body::text(ended, "/reason").unwrap_or("Error");
        let message = body::text(ended, "/message").unwrap_or_default();
        let code = body::whole(ended, "/exitCode").unwrap_or_default();
        let signal = body::whole(ended, "/signal").filter(|signal| *signal != 0);
        let called = self.called();
        let what = match (reason, signal) {
            ("OOMKilled", _) => format!("{called} is killed: out of memory (OOMKilled)"),
            ("ContainerCannotRun" | "StartError", _) => {
                format!("{called} cannot start: {}", or_else(message, reason))
            }
            (_, Some(signal)) => format!("{called} is killed by signal {signal}{}", when(ended)),
            (_, None) => format!("{called} exits {code}{}", when(ended)),
        };
        self.says(weight, reason, format!("{what}{}", self.restarts_in_words()), message)
    }

    fn restarts_in_words(&self) -> String {
        match self.restarts() {
            0 => String::new(),
            1 => ", 1 restart".to_owned(),
            many => format!(", {many} restarts"),
        }
    }

    fn state(&self) -> (String, Severity) {
        if let Some(waiting) = self.at("/state/waiting") {
            let reason = body::text(waiting, "/reason").unwrap_or("no reason given");
            let broken = self.complaint().is_some_and(|complaint| complaint.weight.is_broken());
            return (format!("waiting: {reason}"), if broken { Severity::Bad } else { Severity::Waiting });
        }
        if let Some(ended) = self.at("/state/terminated") {
            let reason = body::text(ended, "/reason").unwrap_or("no reason given");
            let code = body::whole(ended, "/exitCode").unwrap_or_default();
            return match code {
                0 => (format!("terminated: {reason}"), Severity::Good),
                code => (format!("terminated: {reason}, exit code {code}"), Severity::Bad),
            };
        }
        if self.at("/state/running").is_some() {
            let well = self.is_ready() || (self.init && !self.sidecar);
            return match self.complaint() {
                Some(complaint) if complaint.weight.is_broken() => {
                    ("running, not ready, in a loop".to_owned(), Severity::Bad)
                }
                _ if well => ("running".to_owned(), Severity::Good),
                _ => ("running, not ready".to_owned(), Severity::Waiting),
            };
        }
        ("not started".to_owned(), Severity::Waiting)
    }
}

/// How long it ran. kubelet always gives both times; where they are missing nothing speaks for a long run.
fn when(ended: &Value) -> String {
    let ran = || {
        let (from, to) = (body::time(ended, "/startedAt")?, body::time(ended, "/finishedAt")?);
        Some(to.duration_since(from)).filter(|ran| *ran > START)
    };
    match ran() {
        Some(ran) if ran.as_hours() > 0 => format!(" after {}h", ran.as_hours()),
        Some(ran) => format!(" after {}m", ran.as_mins()),
        None => " at start".to_owned(),
    }
}

fn failed(pod: &Value, containers: &[Found<'_>]) -> Complaint {
    let reason = body::text(pod, "/status/reason").unwrap_or_default();
    let message = body::text(pod, "/status/message").unwrap_or_default();
    let ended = |found: &Found<'_>| {
        let ended = found.at("/state/terminated").filter(|ended| body::whole(ended, "/exitCode") != Some(0))?;
        Some(found.ended(Weight::Ended, ended))
    };
    match reason {
        "Evicted" => {
            Complaint::new(Weight::Ended, reason, format!("was evicted: {}", or_else(message, reason)), message)
        }
        "DeadlineExceeded" => {
            Complaint::new(Weight::Ended, reason, "ran longer than it may (DeadlineExceeded)", message)
        }
        _ => containers.iter().find_map(ended).unwrap_or_else(|| {
            let reason = if reason.is_empty() { "PodFailed" } else { reason };
            Complaint::new(Weight::Ended, reason, format!("Pod failed: {}", or_else(message, reason)), message)
        }),
    }
}

fn starting(phase: &str) -> Complaint {
    match phase {
        "Running" => Complaint::new(Weight::NotReady, "PodRunningNotReady", "runs and is not ready", ""),
        "Unknown" => Complaint::new(Weight::NotReady, "PodUnknown", "its node does not answer", ""),
        _ => Complaint::new(Weight::Starting, "PodPending", "is being started", ""),
    }
}

/// What the scheduler says of preempting others, and of the claims of devices that it could give back, explains nothing
/// more, and is long.
fn without_preemption(message: &str) -> &str {
    let end = message.find(" preemption:").unwrap_or(message.len());
    let rest = message.get(..end).unwrap_or(message).trim_end_matches([' ', ',']);
    rest.strip_suffix("no new claims to deallocate").unwrap_or(rest).trim_end_matches([' ', '.'])
}

fn or_else<'a>(text: &'a str, other: &'a str) -> &'a str {
    let line = first_line(text);
    if line.is_empty() { other } else { line }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_node_says_ends_before_preemption() {
        const SAID: &str = "0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector";
        let check = |end: &str| assert_eq!(without_preemption(&format!("{SAID}{end}")), SAID);
        check("");
        check(".");
        check(". preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.");
        check(". no new claims to deallocate, preemption: 0/3 nodes are available: 3 Preemption is not helpful.");
    }
}
