//! Verdict and cause of all that can be wrong with a release, read by keys only from the screen of the real binary.
//!
//! The screen is open before anything happens. Each thing that is to be said is waited for with the terminal's ceiling, half a
//! minute, from what it follows: the act, the end of Flux's only try, the moment from which a rule says it.

use std::time::{Duration, Instant};

use crate::Case;
use crate::cluster::seed::failing::{By, Fault, IMAGE, RELEASE, make, release_namespace};
use crate::cluster::{Cluster, User};
use crate::screen::start;
use crate::terminal::{CEILING, Terminal};

pub const CASES: &[Case] = &[
    Case::shared("image_that_cannot_be_pulled", |cluster| both(cluster, Fault::Image)),
    Case::shared("container_that_crashes", |cluster| both(cluster, Fault::Crash)),
    Case::shared("container_out_of_memory", |cluster| both(cluster, Fault::Memory)),
    Case::shared("pod_that_no_node_takes", |cluster| both(cluster, Fault::Schedule)),
    Case::shared("job_that_fails", |cluster| both(cluster, Fault::Job)),
    Case::shared("claim_that_is_never_bound", |cluster| both(cluster, Fault::Volume)),
    Case::shared("definition_that_is_never_established", |cluster| both(cluster, Fault::Definition)),
    Case::shared("custom_resource_that_is_not_ready", |cluster| both(cluster, Fault::Resource)),
    Case::shared("object_deleted_by_hand", |cluster| both(cluster, Fault::Deleted)),
    Case::shared("namespace_stuck_in_its_deletion", |cluster| both(cluster, Fault::Namespace)),
];

/// What is said of a fault in the end, by the list or, where the list does not watch the kind, by the open release.
struct Told {
    /// Of a release that Flux has not given up.
    verdict: &'static str,
    cause: String,
    /// The deepest link of the chain, with its state.
    blamed: String,
    /// The row of the object that is wrong: name and state.
    object: (String, &'static str),
    /// What the list says of it before that, as soon as it happens; nothing where it never can.
    at_once: Option<String>,
}

fn told(fault: Fault, namespace: &str) -> Told {
    let of_pod = |text: &str, state: &'static str, word: &'static str| {
        let cause = format!("Deployment {RELEASE}: {text}");
        let blamed = format!("Pod NAME   x {state}");
        Told { verdict: "degraded", at_once: Some(cause.clone()), cause, blamed, object: ("Pod NAME".to_owned(), word) }
    };
    match fault {
        Fault::Image => of_pod(&format!("web cannot pull {IMAGE}"), "web: ImagePullBackOff", "InProgress"),
        Fault::Crash => {
            let last = of_pod("web exits 1 at start, 5 restarts", "web: CrashLoopBackOff", "Failed");
            Told { at_once: Some(format!("Deployment {RELEASE}: web exits 1 at start")), ..last }
        }
        Fault::Memory => {
            let text = "web is killed: out of memory (OOMKilled)";
            let last = of_pod(&format!("{text}, 5 restarts"), "web: CrashLoopBackOff", "Failed");
            Told { at_once: Some(format!("Deployment {RELEASE}: {text}")), ..last }
        }
        Fault::Schedule => {
            let text = "0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector";
            of_pod(&format!("cannot be scheduled: {text}"), "Unschedulable", "Failed")
        }
        Fault::Job => {
            let cause = "import exits 3 at start, failed: Job has reached the specified backoff limit";
            Told {
                verdict: "degraded",
                cause: format!("Job {RELEASE}-import: {cause}"),
                blamed: "Pod NAME   x import: Error".to_owned(),
                object: (format!("Job {RELEASE}-import"), "Failed"),
                at_once: Some(format!("Job {RELEASE}-import: import exits 3 at start")),
            }
        }
        Fault::Volume => {
            let cause =
                format!("StatefulSet {RELEASE}-stock: waits for claim data-{RELEASE}-stock-0, which is not bound");
            Told {
                verdict: "degraded",
                at_once: Some(cause.clone()),
                cause,
                blamed: format!("PersistentVolumeClaim data-{RELEASE}-stock-0   x Unschedulable"),
                object: (format!("PersistentVolumeClaim {RELEASE}-archive"), "InProgress"),
            }
        }
        Fault::Definition => {
            let definition = format!("CustomResourceDefinition racks.{namespace}.example.com");
            Told {
                verdict: "degraded",
                cause: format!("{definition}: failed: \"Shelf\" is already in use"),
                blamed: format!("{definition}   x KindConflict"),
                object: (definition, "Failed"),
                at_once: None,
            }
        }
        Fault::Resource => Told {
            verdict: "progressing",
            cause: format!("Shelf {RELEASE}: not ready: all 4 boards are taken"),
            blamed: format!("Shelf {RELEASE}   * NoCapacity"),
            object: (format!("Shelf {RELEASE}"), "InProgress"),
            at_once: None,
        },
        Fault::Deleted => Told {
            verdict: "missing",
            cause: format!("Service {RELEASE} is missing"),
            blamed: format!("Service {RELEASE}   x missing"),
            object: (format!("Service {RELEASE}"), "Missing"),
            at_once: None,
        },
        Fault::Namespace => Told {
            verdict: "deleting",
            cause: format!("ConfigMap {RELEASE}: is being deleted, kept by finalizer example.com/hold; 1 more"),
            blamed: format!("ConfigMap {RELEASE}   x Terminating"),
            object: (format!("Deployment {RELEASE}"), "Terminating"),
            at_once: Some(format!("Deployment {RELEASE}: is being deleted, waits for finalizer example.com/hold")),
        },
    }
}

/// A finalizer counts as holding from then on: most are taken away in time.
const HELD: Duration = Duration::from_secs(60);

/// kstatus gives up on a Pod that no node takes when it is so old.
const UNSCHEDULED: Duration = Duration::from_secs(15);

/// Both kinds of releases, each on a screen of its own.
fn both(cluster: &Cluster, fault: Fault) {
    std::thread::scope(|scope| {
        for by in [By::Helm, By::Flux] {
            scope.spawn(move || check(cluster, fault, by));
        }
    });
}

fn check(cluster: &Cluster, fault: Fault, by: By) {
    let namespace = format!("health-{fault:?}-{by:?}").to_lowercase();
    let told = told(fault, &namespace);
    let gives_up = by == By::Flux && fault.fails_action();
    let mut terminal = open_list(cluster, User::Admin, &namespace);
    let before = Instant::now();
    make(cluster, &namespace, by, fault);
    let act = Instant::now();
    let mut times = Vec::new();
    let mut note = |what: &str| times.push(format!("{what} {:.1} s", act.elapsed().as_secs_f64()));
    if let Some(cause) = &told.at_once {
        terminal.wait(cause, |screen| row(screen).is_some_and(|(_, said)| said.starts_with(cause)));
        note("in words");
    }
    if gives_up {
        terminal.wait("Flux to give up", |screen| row(screen).is_some_and(|(verdict, _)| verdict == "stalled"));
        note("stalled");
    }
    let expected = if gives_up { "stalled" } else { told.verdict };
    if fault == Fault::Namespace {
        // Said at once, and called stuck when its time has come.
        cluster.wait("the finalizer to count as holding", HELD + CEILING, || {
            row(&terminal.screen()).is_some_and(|(verdict, _)| verdict == "deleting")
        });
        assert!(before.elapsed() > HELD, "stuck already after {:?}", before.elapsed());
        note("stuck");
    } else if told.at_once.is_some() && !gives_up {
        terminal.wait(expected, |screen| row(screen).is_some_and(|(verdict, _)| verdict == expected));
        note(expected);
    }
    if fault == Fault::Schedule && by == By::Helm {
        assert!(before.elapsed() > UNSCHEDULED, "given up already after {:?}", before.elapsed());
    }
    if told.at_once.is_none() {
        terminal.wait("a row", |screen| row(screen).is_some());
    }

    terminal.keys("\r1");
    // The open release says in a sentence what came of it.
    let came = match fault {
        _ if gives_up => ", so the install of 4.0.0 failed; retries used up 1/1",
        Fault::Deleted => ": the release names it and it is not there",
        _ => "",
    };
    // How many more there are is seen below.
    let one = told.cause.strip_suffix("; 1 more").unwrap_or(&told.cause);
    let said = (expected.to_owned(), format!("{one}{came}"));
    terminal.wait(&format!("{said:?}"), |screen| title(screen).as_ref() == Some(&said));
    terminal.wait(&told.blamed, |screen| blamed(screen).as_ref() == Some(&told.blamed));
    note("blamed");
    terminal.keys("2");
    let (object, state) = &told.object;
    terminal.wait(&format!("{object} {state}"), |screen| {
        screen.lines().map(|line| nameless(line.trim_start_matches(['>', 'x', '*', '?', ' ']))).any(|line| {
            let rest = line.strip_prefix(object.as_str()).and_then(|rest| rest.strip_prefix(' '));
            rest.is_some_and(|rest| rest.split_whitespace().next() == Some(state))
        })
    });
    terminal.keys("Q");
    assert!(terminal.ended().success());
    eprintln!("{fault:?} by {by:?}: {}", times.join(", "));
    if fault == Fault::Namespace {
        release_namespace(cluster, &namespace, by);
    }
}

/// The list of all releases, narrowed to those of a namespace.
pub fn open_list(cluster: &Cluster, user: User, namespace: &str) -> Terminal {
    let mut terminal = start(cluster, user, &[], (300, 50));
    terminal.wait("the lists to end", |screen| screen.lines().next().is_some_and(|line| line.ends_with("live")));
    terminal.keys(&format!("/ns:{namespace}\r"));
    terminal
}

/// Verdict and cause of the only row of the list, without ages.
pub fn row(screen: &str) -> Option<(String, String)> {
    let mut lines = screen.lines().skip_while(|line| !(line.contains("VERDICT") && line.contains("CAUSE")));
    let place = lines.next()?.find("CAUSE")?;
    let line = lines.find(|line| line.contains(RELEASE))?;
    let verdict: String = line.chars().skip(3).take_while(|letter| !letter.is_whitespace()).collect();
    let cause: String = line.chars().skip(place).collect();
    Some((verdict, ageless(cause.trim())))
}

/// Verdict and cause of the open release, without ages.
fn title(screen: &str) -> Option<(String, String)> {
    let mut lines = screen.lines().skip(1);
    let verdict = lines.next()?.trim().split("  ").next()?.split(' ').next_back()?.to_owned();
    let cause: Vec<&str> = lines.skip(1).map(str::trim).take_while(|line| !line.contains("1 why")).collect();
    Some((verdict, ageless(&cause.join(" "))))
}

/// What the open release is blamed on: the words of that link of the chain.
pub fn blamed(screen: &str) -> Option<String> {
    let (before, _) = screen.lines().find_map(|line| line.split_once("   <- the cause"))?;
    let link = before.trim_start_matches([' ', '|', '-', '\'', '>']);
    Some(nameless(link.strip_prefix("object ").unwrap_or(link).trim_start()))
}

/// Without `since 3s` and `for 3s`.
fn ageless(text: &str) -> String {
    let mut words = text.split(' ').peekable();
    let mut kept = Vec::new();
    while let Some(word) = words.next() {
        let age = |next: &&str| next.starts_with(|first: char| first == '<' || first.is_ascii_digit());
        let age = if matches!(word, "since" | "for") { words.next_if(age) } else { None };
        match age {
            Some(age) if age.ends_with(':') => kept.push(":"),
            Some(_) => {}
            None => kept.push(word),
        }
    }
    kept.join(" ").replace(" :", ":")
}

/// Without what the cluster made up for the names of Pods and ReplicaSets.
fn nameless(text: &str) -> String {
    let mut before = "";
    let mut kept = Vec::new();
    for word in text.split(' ') {
        let made = matches!(before, "Pod" | "ReplicaSet") && word.starts_with(RELEASE);
        kept.push(if made { "NAME" } else { word });
        before = word;
    }
    kept.join(" ")
}
