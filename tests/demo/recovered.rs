//! Rollbacks that are killed at each of their writes, before and after it was done: the journal says what became of them, and whoever
//! does what it offers has a release that is well.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Value, json};
use wheelhouse::cluster::{Acting, Cluster};
use wheelhouse::demo::server::{ObjectRef, Server};
use wheelhouse::journal::{By, Journal, unfinished};
use wheelhouse::plan::action::Rollback;
use wheelhouse::plan::recovery::{Advice, advice};
use wheelhouse::plan::{Action, Ended, News, Outcome};
use wheelhouse::release::codec::{self, Driver};
use wheelhouse::release::payload::Payload;
use wheelhouse::release::{Catalog, Release, Scope};

use crate::client::connect;
use crate::faults::{Fault, Faulty};
use crate::stage::start;

const RELEASE: &str = "shop/web";

/// A release of which revision 3 is deployed, and the journal of who works on it.
struct Site {
    server: Server,
    journal: Journal,
}

/// An object of the chart.
fn map(name: &str, data: &Value) -> String {
    let object = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data});
    format!("---\n{object}\n")
}

/// Each revision has an object of its own, and in the one that both have each has a key of its own.
fn stored(revision: u32, status: &str, method: &str) -> Value {
    let own = format!("own-{revision}");
    let manifest =
        map("both", &json!({"size": revision.to_string(), (own.clone()): "1"})) + &map(&own, &json!({"a": "1"}));
    let hook = map("hook", &json!({"of": revision.to_string()}));
    let payload = json!({
        "name": "web", "namespace": "shop", "version": revision, "apply_method": method, "manifest": manifest,
        "info": {"status": status, "first_deployed": "2026-01-01T00:00:00Z", "last_deployed": "2026-01-01T00:00:00Z",
            "description": "Upgrade complete"},
        "hooks": [{"name": "hook", "kind": "ConfigMap", "path": "hook.yaml", "manifest": hook, "events": ["pre-rollback"]}],
        "chart": {"metadata": {"name": "web", "version": "1.0.0"}}, "config": {},
    });
    let payload = Payload::new(payload.as_object().unwrap().clone());
    json!({
        "apiVersion": "v1", "kind": "Secret", "type": "helm.sh/release.v1",
        "metadata": {"namespace": "shop", "name": format!("sh.helm.release.v1.web.v{revision}"),
            "labels": {"owner": "helm", "name": "web", "status": status, "version": revision.to_string()}},
        "data": {"release": codec::encode(Driver::Secret, &payload).unwrap()},
    })
}

/// Does something in a life of its own, after which nothing of it goes on.
fn live<T>(doing: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    runtime.block_on(doing)
}

async fn release(cluster: &Cluster) -> Arc<Release> {
    let (mut catalog, mut reading) = (Catalog::default(), cluster.read(Scope::All));
    loop {
        let changes = reading.next().await;
        if changes.is_empty() {
            break;
        }
        changes.into_iter().for_each(|change| catalog.apply(change));
    }
    Arc::new(catalog.releases().into_iter().find(|release| release.id.name == "web").unwrap())
}

impl Site {
    /// Two revisions are stored; the second is brought to life by a rollback to itself, which is the third.
    fn new(method: &str) -> Self {
        let server = Server::new(start());
        server.put(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}));
        server.put(stored(1, "superseded", method));
        server.put(stored(2, "deployed", method));
        let site = Self { server, journal: Journal::in_memory() };
        live(async { site.does(to(2)).await });
        site
    }

    fn line(&self) -> Faulty {
        Faulty::new(self.server.client("administrator"))
    }

    fn acting(&self) -> Acting {
        let by = By { user: "alice".into(), context: "memory".into(), server: "memory://".into() };
        Acting { journal: Some(self.journal.clone()), by, is_read_only: false }
    }

    /// Does an action to its end, which has to be a good one.
    async fn does(&self, action: Action) {
        let cluster = connect(self.line(), "administrator");
        let what = format!("{action:?}");
        let plan = cluster.plan(release(&cluster).await, action, start()).await.unwrap();
        let mut run = cluster.run(Arc::new(plan), self.acting());
        loop {
            match run.next().await {
                Some(News::Over(ended)) => {
                    return assert_eq!(
                        (ended.outcome, ended.says.as_str()),
                        (Outcome::Done, ""),
                        "{what}: {ended:?}, {:#?}",
                        self.revisions()
                    );
                }
                Some(_) => {}
                None => panic!("{what}: its end was not told"),
            }
        }
    }

    /// Rolls back to the first revision, and is killed at a write. None where there is no such write: how it ended.
    fn killed(&self, write: usize, fault: Fault) -> Option<Ended> {
        live(async {
            let line = self.line();
            let cluster = connect(line.clone(), "administrator");
            let plan = cluster.plan(release(&cluster).await, to(1), start()).await.unwrap();
            line.fail_write(write, fault);
            let mut run = cluster.run(Arc::new(plan), self.acting());
            loop {
                tokio::select! {
                    biased;
                    () = line.hangs() => return None,
                    news = run.next() => if let Some(News::Over(ended)) = news {
                        return Some(ended);
                    },
                }
            }
        })
    }

    /// What the journal says of the run that was killed.
    fn advice(&self) -> Advice {
        let open = unfinished(&self.journal.read().unwrap());
        let [run] = open.as_slice() else { panic!("{open:?}") };
        live(async {
            let cluster = connect(self.line(), "administrator");
            let release = release(&cluster).await;
            advice(&run.broken, &cluster.since(Some(&release), &run.broken).await)
        })
    }

    /// The status of each stored revision.
    fn revisions(&self) -> BTreeMap<u32, String> {
        let of = |object: Value| {
            let label = |name: &str| object["metadata"]["labels"][name].as_str().map(str::to_owned);
            Some((label("version")?.parse().unwrap(), label("status")?))
        };
        self.server.list("v1", "Secret", Some("shop")).into_iter().filter_map(of).collect()
    }

    /// The data of each object, but for the hook's.
    fn objects(&self) -> BTreeMap<String, Value> {
        let of = |object: Value| (object["metadata"]["name"].as_str().unwrap().to_owned(), object["data"].clone());
        let all = self.server.list("v1", "ConfigMap", Some("shop")).into_iter().map(of);
        all.filter(|(name, _)| name != "hook").collect()
    }

    /// It is as after an undisturbed rollback to this revision: its objects and no others, one revision deployed, none pending.
    fn check(&self, revision: u32, what: &str) {
        let own = format!("own-{revision}");
        let both = json!({"size": revision.to_string(), (own.clone()): "1"});
        let expected = BTreeMap::from([("both".to_owned(), both), (own, json!({"a": "1"}))]);
        assert_eq!(self.objects(), expected, "{what}: {:#?}", self.revisions());
        let revisions = self.revisions();
        let newest = revisions.keys().next_back().copied();
        let deployed: Vec<u32> =
            revisions.iter().filter(|(_, status)| *status == "deployed").map(|(number, _)| *number).collect();
        assert_eq!(Some(deployed), newest.map(|newest| vec![newest]), "{what}: {revisions:?}");
        let pending: Vec<_> = revisions.values().filter(|status| status.starts_with("pending")).collect();
        assert!(pending.is_empty(), "{what}: {revisions:?}");
        assert_eq!(unfinished(&self.journal.read().unwrap()), [], "{what}");
        let object = ObjectRef {
            api_version: "v1".to_owned(),
            kind: "ConfigMap".to_owned(),
            namespace: Some("shop".to_owned()),
            name: "both".to_owned(),
        };
        let live = self.server.get(&object).unwrap();
        let managers = live["metadata"]["managedFields"].as_array().unwrap().iter();
        let managers: BTreeSet<&str> = managers.map(|entry| entry["manager"].as_str().unwrap()).collect();
        assert_eq!(managers, BTreeSet::from(["helm"]), "{what}");
    }
}

fn to(revision: u32) -> Action {
    Action::Rollback(Rollback { to: Some(revision), ..Rollback::default() })
}

/// Kills a rollback at each write, does what is offered, and tells how many writes there are and what was offered how often.
fn followed(method: &str) -> (usize, BTreeMap<String, usize>) {
    let mut offered: BTreeMap<String, usize> = BTreeMap::new();
    for write in 1.. {
        for fault in [Fault::Hang, Fault::Mute] {
            let mut place = 0;
            loop {
                let site = Site::new(method);
                if let Some(ended) = site.killed(write, fault) {
                    assert_eq!((ended.outcome, ended.says.as_str()), (Outcome::Done, ""));
                    site.check(1, "not disturbed");
                    return (write - 1, offered);
                }
                let what = format!("{method}, {fault:?} at write {write}, offer {place}");
                let Advice { explains, offers } = site.advice();
                let what = format!("{what}: {explains:#?}");
                if offers.is_empty() {
                    // Only the end itself was not noted any more.
                    assert!(explains.iter().any(|line| line.ends_with("the rollback came to its end")), "{what}");
                    let deployed = site.revisions().remove(&4);
                    assert_eq!(deployed.as_deref(), Some("deployed"), "{what}");
                    *offered.entry("nothing".to_owned()).or_default() += 1;
                    break;
                }
                let Some(offer) = offers.get(place) else { break };
                for action in &offer.actions {
                    live(site.does(action.clone()));
                }
                let (word, _) = offer.says.split_once(':').unwrap();
                *offered.entry(word.to_owned()).or_default() += 1;
                match word {
                    "begin again" | "go on" => site.check(1, &what),
                    "reverse" => site.check(2, &what),
                    // It says again how to go on.
                    _ => {
                        assert_eq!(site.revisions().remove(&4).as_deref(), Some("failed"), "{what}");
                        let told: Vec<String> =
                            site.advice().offers.iter().map(|offer| offer.command(RELEASE, "")).collect();
                        let commands = ["1", "3"].map(|to| format!("wheelhouse rollback {RELEASE} {to}"));
                        assert_eq!(told, commands, "{what}");
                    }
                }
                place += 1;
            }
        }
    }
    unreachable!()
}

/// Killed before the first write it is begun again, killed after the last one nothing is left to do, but to note that.
#[track_caller]
fn check(method: &str) {
    let all = [("begin again", 1), ("go on", 18), ("leave it", 18), ("nothing", 1), ("reverse", 18)];
    let expected: BTreeMap<String, usize> = all.map(|(word, count)| (word.to_owned(), count)).into();
    assert_eq!(followed(method), (10, expected));
}

#[test]
fn what_was_killed_at_any_write_is_gone_on_with_or_reversed() {
    check("ssa");
}

#[test]
fn the_same_of_what_is_written_by_patches() {
    check("csa");
}
