//! The screen on a real cluster: the first journey by keys only, what it costs the API server, and what changes under it.

use std::path::Path;

use crate::Case;
use crate::cluster::{AuditEvent, Cluster, Mark, User, seed};
use crate::terminal::Terminal;

pub const CASES: &[Case] = &[
    // Exclusive: the requests of one program are counted.
    Case::exclusive("payload_gets_equal_the_native_rows_on_screen", payload_gets),
    Case::shared("an_upgrade_changes_its_row", upgrade_changes_row),
    Case::shared("the_first_journey", first_journey),
];

/// The real binary with the kubeconfig of a user.
pub fn start(cluster: &Cluster, user: User, arguments: &[&str], size: (u16, u16)) -> Terminal {
    let kubeconfig = cluster.kubeconfig(user);
    let environment: [(&str, &Path); 1] = [("KUBECONFIG", &kubeconfig)];
    Terminal::start(arguments, &environment, size)
}

/// Rows of the list: the word in the column BY of each.
fn managers(screen: &str) -> Vec<&str> {
    let words = ["flux", "helm4", "helm3", "helm"];
    screen.lines().filter_map(|line| line.split_whitespace().find(|word| words.contains(word))).collect()
}

fn payloads(cluster: &Cluster, mark: Mark) -> Vec<AuditEvent> {
    let mut events = cluster.audit_since(mark);
    events.retain(|event| {
        event.user_agent.starts_with("wheelhouse/")
            && event.verb == "get"
            && matches!(event.resource.as_str(), "secrets" | "configmaps")
    });
    events
}

fn payload_gets(cluster: &'static Cluster) {
    seed::seed_hundred(cluster);
    let mark = cluster.audit_mark();
    let mut terminal = start(cluster, User::Admin, &[], (160, 40));
    let known = |screen: &str| {
        // Which Helm it is stands in the payload: `helm` alone is a row that was not read, or cannot be.
        let unread = |line: &str| line.split_whitespace().any(|word| word == "helm") && !line.contains("unreadable");
        managers(screen).len() > 20 && !screen.lines().any(unread)
    };
    let screen = terminal.wait("the first page with every chart", known);
    let native = managers(&screen).iter().filter(|word| **word != "flux").count();
    let gets = payloads(cluster, mark);
    assert_eq!(
        gets.len(),
        native,
        "one GET a native row on screen, none for Flux, none for rows below:\n{screen}\n{gets:#?}"
    );
    let mut names: Vec<&str> = gets.iter().map(|event| event.name.as_str()).collect();
    names.sort_unstable();
    // Names are unique in a namespace only: pairs are what may not repeat.
    let mut pairs: Vec<(&str, &str)> =
        gets.iter().map(|event| (event.namespace.as_str(), event.name.as_str())).collect();
    pairs.sort_unstable();
    pairs.dedup();
    assert_eq!(pairs.len(), gets.len(), "never the same twice: {names:?}");
    // The age may have moved on meanwhile: the row is told by its namespace and name.
    let first_row = |screen: &str| -> Vec<String> {
        screen.lines().nth(2).unwrap_or_default().split_whitespace().skip(2).take(2).map(str::to_owned).collect()
    };
    // Down to the end and back: what was read is not read again.
    terminal.keys("G");
    let last =
        terminal.wait("the last page with every chart", |now| first_row(now) != first_row(&screen) && known(now));
    terminal.keys("gg");
    terminal.wait("the first page again", |now| first_row(now) == first_row(&screen) && known(now));
    // Rows that come meanwhile are read too: other cases go on.
    let read: Vec<String> = payloads(cluster, mark).iter().map(|event| event.uri.clone()).collect();
    let twice: Vec<&String> =
        read.iter().enumerate().filter(|(at, uri)| read[..*at].contains(uri)).map(|(_, uri)| uri).collect();
    assert!(twice.is_empty(), "{twice:#?}\n{last}\n{}", terminal.screen());
    terminal.keys("Q");
    assert!(terminal.ended().success());
}

fn upgrade_changes_row(cluster: &'static Cluster) {
    let chart = cluster.charts().package("settings", "1.0.0");
    let chart = chart.to_str().unwrap();
    cluster.helm4(&["install", "changing", chart, "-n", "changes", "--create-namespace"]);
    let mut terminal = start(cluster, User::Admin, &["-n", "changes"], (120, 24));
    let shows = |screen: &str, what: &str| screen.lines().any(|line| line.contains("changing") && line.contains(what));
    terminal.wait("the row with its chart", |screen| shows(screen, "settings 1.0.0"));
    let newer = cluster.charts().package("settings", "1.2.0");
    cluster.helm3(&["upgrade", "changing", newer.to_str().unwrap(), "-n", "changes"]);
    terminal.wait("the row to change", |screen| shows(screen, "settings 1.2.0"));
    cluster.helm4(&["uninstall", "changing", "-n", "changes"]);
    terminal.wait("the row to go", |screen| !shows(screen, "settings"));
    terminal.keys("Q");
    assert!(terminal.ended().success());
}

/// Start, find a release, open it, read history, values and manifest, leave.
fn first_journey(cluster: &'static Cluster) {
    let chart = cluster.charts().package("storefront", "1.5.0");
    let chart = chart.to_str().unwrap();
    cluster.helm4(&[
        "install",
        "journey",
        chart,
        "-n",
        "journeys",
        "--create-namespace",
        "--set",
        "apiKey=hunter2hunter2",
    ]);
    cluster.helm4(&[
        "upgrade",
        "journey",
        chart,
        "-n",
        "journeys",
        "--reuse-values",
        "--set",
        "config.LOG_LEVEL=debug",
    ]);
    let mut terminal = start(cluster, User::Admin, &[], (120, 40));
    terminal.wait_for("NAMESPACE");
    terminal.keys("/ns:journeys journey");
    terminal.wait("the row", |screen| {
        screen.lines().any(|line| line.contains("journeys") && line.contains("storefront 1.5.0"))
    });
    terminal.keys("\r\r");
    terminal.wait("the history", |screen| screen.contains("Install complete") && screen.contains("Upgrade complete"));
    terminal.keys("2");
    let values = terminal.wait("the values", |screen| screen.contains("LOG_LEVEL"));
    assert!(values.contains("apiKey") && !values.contains("hunter2"), "{values}");
    terminal.keys("3");
    terminal.wait("the manifest", |screen| screen.contains("kind: ServiceAccount"));
    terminal.keys("G");
    terminal.wait("its end", |screen| screen.contains("kind: Ingress"));
    terminal.keys("4");
    terminal.wait("the notes", |screen| screen.contains("The storefront is at"));
    terminal.keys("\x1b");
    terminal.wait_for("NAMESPACE");
    terminal.keys("Q");
    assert!(terminal.ended().success());
}
