//! From a release that crashes to the last words of its container, by keys only: why, the Pod, its log, the run before,
//! what is written meanwhile, the Events.

use crate::Case;
use crate::cluster::seed::failing::{By, Fault, make};
use crate::cluster::{Cluster, User};
use crate::health::row;
use crate::screen::start;
use crate::terminal::CEILING;

pub const CASES: &[Case] = &[
    Case::shared("administrator_reads_what_the_container_wrote", |cluster| journey(cluster, User::Admin)),
    Case::shared("viewer_reads_what_the_container_wrote", |cluster| journey(cluster, User::Viewer)),
];

fn journey(cluster: &Cluster, user: User) {
    let namespace = &format!("logs-{}", user.name());
    let web = cluster.container_logs(namespace, "web", &["opening the database", "no such host"]);
    web.say("starting");
    make(cluster, namespace, By::Helm, Fault::Crash);
    let mut terminal = start(cluster, user, &["-n", namespace], (200, 40));
    terminal.wait("the last restart", |screen| row(screen).is_some_and(|(_, cause)| cause.contains("5 restarts")));
    terminal.keys("\r");
    terminal.wait_for("<- the cause");
    // kwok takes a moment to know of logs: what broke off is read again on demand.
    wait_until_served(cluster, namespace);

    // The container waits to be started again: a kubelet would answer both times with the run that ended.
    // Whose log it would be is known once the Pods of the release were read.
    terminal.wait_for("l logs");
    terminal.keys("l");
    let log = terminal.wait("the present run", |screen| screen.contains("starting") && screen.contains("following"));
    assert!(log.contains("log of the run that ended last, last 500 lines") && log.contains("[web]"), "{log}");
    web.say("listening on \u{1b}[31m:8080\u{1b}[0m");
    let log = terminal.wait_for("listening on");
    assert!(log.lines().any(|line| line.trim() == "listening on :8080"), "colours of the log are not ours:\n{log}");
    terminal.keys("p");
    let before = terminal.wait("the run before", |screen| screen.contains("no such host"));
    assert!(before.contains("log of the run that ended last") && before.contains("opening the database"), "{before}");
    assert!(!before.contains("starting") && !before.contains("listening"), "{before}");
    terminal.keys("p");
    terminal.wait("the present run again", |screen| screen.contains("listening") && !screen.contains("no such host"));
    web.say("bye");
    terminal.wait_for("bye");

    // Back to the release, whose Events tell of the same.
    terminal.keys("\u{1b}");
    terminal.wait_for("<- the cause");
    terminal.keys("E");
    let events =
        terminal.wait("its Events", |screen| screen.contains("[events]") && screen.contains("Back-off restarting"));
    for told in ["BackOff", "Started", "kubelet"] {
        assert!(events.contains(told), "{told}: {events}");
    }
    terminal.keys("Q");
    assert!(terminal.ended().success());
}

fn wait_until_served(cluster: &Cluster, namespace: &str) {
    let pods = format!("/api/v1/namespaces/{namespace}/pods");
    cluster.wait("the logs to be served", CEILING, || {
        let list = cluster.get(&pods);
        let name = list["items"][0]["metadata"]["name"].as_str().unwrap_or_default();
        cluster.request(User::Admin, "GET", &format!("{pods}/{name}/log?container=web"), None).status == 200
    });
}
