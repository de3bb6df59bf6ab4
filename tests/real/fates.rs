//! Predict, act, compare: `owners` says what the next upgrade or reconcile does to every field that others have set; then Helm
//! really upgrades or Flux really reconciles, and the objects are looked at.
//!
//! Nothing of the comparison is our own code's: values are read from the API server, owners from managedFields, conflicts
//! from what Helm quotes.

pub mod edits;
pub mod paths;
pub mod site;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Value, json};

use self::edits::{EDITS, Edit, Find, SHAPES, Sort};
use self::paths::{at, conflicts, holders};
use self::site::{By, NAME, Site};
use crate::Case;
use crate::cluster::Cluster;

pub const CASES: &[Case] = &[
    Case::shared("helm_4", |cluster| edited(cluster, "fates-helm-4", By::Helm4)),
    Case::shared("helm_3", |cluster| edited(cluster, "fates-helm-3", By::Helm3)),
    Case::shared("helm_3_then_4", |cluster| edited(cluster, "fates-helm-3-then-4", By::Helm3Then4)),
    Case::shared("helm_3_then_server_side", |cluster| edited(cluster, "fates-migrated", By::Helm3ThenServerSide)),
    Case::shared("flux", |cluster| edited(cluster, "fates-flux", By::Flux("disabled"))),
    Case::shared("flux_that_warns_of_drift", |cluster| shapes(cluster, "fates-flux-warns", By::Flux("warn"))),
    Case::shared("flux_that_corrects_drift", |cluster| edited(cluster, "fates-flux-corrects", By::Flux("enabled"))),
    Case::shared("shapes_by_helm_4", |cluster| shapes(cluster, "fates-shapes-helm-4", By::Helm4)),
    Case::shared("shapes_by_helm_3", |cluster| shapes(cluster, "fates-shapes-helm-3", By::Helm3)),
    Case::shared("shapes_by_flux", |cluster| shapes(cluster, "fates-shapes-flux", By::Flux("disabled"))),
    Case::shared("shapes_by_flux_that_corrects_drift", |cluster| {
        shapes(cluster, "fates-shapes-flux-corrects", By::Flux("enabled"))
    }),
    Case::shared("autoscaler", autoscaler),
    Case::shared("rollback_of_a_flux_release", rolled_back),
];

const LIMIT: Duration = Duration::from_secs(90);

/// The fate that is right.
fn fate(site: &Site, sort: Sort) -> &'static str {
    let corrects = site.by == By::Flux("enabled");
    match sort {
        Sort::Widened if site.is_patched() => "survives",
        Sort::Widened => fate(site, Sort::Changed),
        Sort::Changed | Sort::Scaled if site.is_refused_conflicts() => "blocks",
        Sort::Changed | Sort::Scaled | Sort::Taken if corrects => "corrected",
        Sort::Changed | Sort::Scaled | Sort::Taken => "overwritten",
        Sort::Added => "survives",
        Sort::Left => "stays",
        Sort::Equal if site.is_refused_conflicts() => "armed",
        Sort::Equal => "taken-over",
    }
}

fn found(sort: Sort) -> &'static str {
    match sort {
        Sort::Changed | Sort::Widened | Sort::Added | Sort::Taken => "hotfix",
        Sort::Equal => "armed",
        Sort::Left => "leftover",
        Sort::Scaled => "expected",
    }
}

/// One field, as it was predicted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Predicted {
    kind: String,
    path: String,
    found: String,
    fate: String,
    managers: BTreeSet<String>,
}

/// What was predicted, and the objects as they were then.
struct Prediction {
    all: BTreeSet<Predicted>,
    findings: Vec<Value>,
    before: BTreeMap<String, Value>,
}

/// Reads the prediction, holds it to what the actors did, and the owners and values in it to the API server.
fn predict(site: &Site, finds: &[Find]) -> Prediction {
    let owners = site.owners();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let words = |value: &Value| value.as_array().unwrap().iter().map(text).collect::<BTreeSet<String>>();
    let findings = owners["findings"].as_array().unwrap().iter();
    // Counted on by a controller of Kubernetes whenever Pods are made anew.
    let counted = ".metadata.annotations.deployment.kubernetes.io/revision";
    let findings: Vec<Value> = findings.filter(|finding| finding["path"] != counted).cloned().collect();
    let all: BTreeSet<Predicted> = findings
        .iter()
        .map(|finding| Predicted {
            kind: text(&finding["kind"]),
            path: text(&finding["path"]),
            found: text(&finding["found"]),
            fate: text(&finding["fate"]),
            managers: words(&finding["managers"]),
        })
        .collect();
    let right: BTreeSet<Predicted> = finds
        .iter()
        .map(|find| Predicted {
            kind: find.kind.to_owned(),
            path: find.path.to_owned(),
            found: found(find.sort).to_owned(),
            fate: fate(site, find.sort).to_owned(),
            managers: find.managers.iter().map(|name| (*name).to_owned()).collect(),
        })
        .collect();
    // Both differences at once: the whole sets are long.
    let more: Vec<&Predicted> = all.difference(&right).collect();
    let missing: Vec<&Predicted> = right.difference(&all).collect();
    assert!(more.is_empty() && missing.is_empty(), "{:?}: found {more:#?}, where {missing:#?} is right", site.by);
    assert_eq!((all.len(), right.len()), (findings.len(), finds.len()), "two of one field, {:?}", site.by);

    let kinds: BTreeSet<&str> = finds.iter().map(|find| find.kind).collect();
    let before: BTreeMap<String, Value> = kinds.iter().map(|kind| ((*kind).to_owned(), site.object(kind))).collect();
    for (field, finding) in findings.iter().map(|finding| (text(&finding["path"]), finding)) {
        let live = &before[finding["kind"].as_str().unwrap()];
        let mut others = holders(live, &field);
        others.remove(owners["manager"].as_str().unwrap());
        assert_eq!(words(&finding["managers"]), others, "who holds {field}, {:?}", site.by);
        assert_eq!(finding["live"], at(live, &field).cloned().unwrap_or_default(), "{field}, {:?}", site.by);
    }
    Prediction { all, findings, before }
}

impl Prediction {
    /// Holds fields to what was said of them. `forced`: conflicts were taken, so what blocked has to be overwritten.
    fn compare(&self, site: &Site, forced: bool, which: impl Fn(&Predicted) -> bool) {
        let after: BTreeMap<&String, Value> = self.before.keys().map(|kind| (kind, site.object(kind))).collect();
        for predicted in self.all.iter().filter(|predicted| which(predicted)) {
            let Predicted { kind, path, fate, .. } = predicted;
            let is = at(&after[kind], path);
            let was = at(&self.before[kind], path);
            let of_field = |finding: &&Value| finding["kind"] == **kind && finding["path"] == **path;
            let finding = self.findings.iter().find(of_field).unwrap();
            let right = match fate.as_str() {
                "overwritten" | "corrected" => Some(&finding["manifest"]),
                "blocks" if forced => Some(&finding["manifest"]),
                "removed" => None,
                "blocks" | "survives" | "stays" | "armed" | "taken-over" => was,
                other => panic!("{path}: a fate of {other} cannot be compared"),
            };
            assert_eq!(is, right, "{kind} {path} was to be {fate}, {:?}", site.by);
        }
    }

    /// The fields that block, and with whom.
    fn blocking(&self) -> BTreeSet<(String, String)> {
        let blocking = self.all.iter().filter(|predicted| predicted.fate == "blocks");
        blocking.flat_map(|one| one.managers.iter().map(|manager| (one.path.clone(), manager.clone()))).collect()
    }

    /// How many there were of each fate, by actor.
    fn tell(&self, site: &Site, actors: &[(&str, &[Find])]) {
        let mut out = format!("{}: {} fates came true\n", site.namespace, self.all.len());
        for (actor, finds) in actors {
            let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
            for find in *finds {
                *counts.entry(fate(site, find.sort)).or_default() += 1;
            }
            let counts: Vec<String> = counts.into_iter().map(|(fate, count)| format!("{fate} {count}")).collect();
            out.push_str(&format!("    {actor}: {}\n", counts.join(", ")));
        }
        eprint!("{out}");
    }

    /// Lets the next write happen, and compares.
    fn act(&self, site: &Site) {
        if let By::Flux(mode) = site.by {
            if mode != "enabled" {
                // A reconcile alone writes nothing; where drift is warned of, not even one that is forced.
                let revision = site.revision();
                site.reconcile("first", mode == "warn");
                assert_eq!(site.revision(), revision);
                for (kind, before) in &self.before {
                    let generation = |object: &Value| object["metadata"]["generation"].clone();
                    assert_eq!(generation(&site.object(kind)), generation(before), "{kind}, {:?}", site.by);
                }
            }
            if mode == "warn" {
                site.upgrade_by_flux(&json!({"unused": true}));
            } else {
                site.reconcile("second", mode == "disabled");
            }
            self.compare(site, true, |_| true);
            return;
        }
        let ran = site.upgrade(&json!({}), &[]);
        let blocking = self.blocking();
        if blocking.is_empty() {
            ran.expect_success();
            self.compare(site, false, |_| true);
            return;
        }
        let told = ran.expect_failure();
        assert_eq!(conflicts(&told), blocking, "{told}");
        // Refused as a whole; other objects are written all the same.
        let is_blocked =
            |one: &Predicted| self.all.iter().any(|other| other.fate == "blocks" && other.kind == one.kind);
        let unchanged: Vec<(Option<&Value>, Option<Value>)> = self
            .all
            .iter()
            .filter(|one| is_blocked(one))
            .map(|one| (at(&self.before[&one.kind], &one.path), at(&site.object(&one.kind), &one.path).cloned()))
            .collect();
        assert!(unchanged.iter().all(|(before, after)| *before == after.as_ref()), "{unchanged:?}");
        self.compare(site, false, |one| !is_blocked(one));
        site.upgrade(&json!({}), &["--force-conflicts"]).expect_success();
        self.compare(site, true, |_| true);
    }
}

/// A release, and what is said of it after these edits.
fn predicted(cluster: &'static Cluster, namespace: &str, by: By, edits: &[Edit]) -> (Site, Prediction) {
    let site = Site::make(cluster, namespace, by);
    for edit in edits {
        edit.act.run(&site);
    }
    let finds: Vec<Find> = edits.iter().flat_map(|edit| edit.finds).copied().collect();
    let prediction = predict(&site, &finds);
    (site, prediction)
}

/// Fields of every shape.
fn shapes(cluster: &'static Cluster, namespace: &str, by: By) {
    let (site, prediction) = predicted(cluster, namespace, by, SHAPES);
    prediction.act(&site);
    prediction.tell(&site, &actors(SHAPES));
}

fn actors(edits: &[Edit]) -> Vec<(&'static str, &'static [Find])> {
    edits.iter().map(|edit| (edit.actor, edit.finds)).collect()
}

/// Every actor at once on one release, then the next write, then a chart that changes what is armed.
fn edited(cluster: &'static Cluster, namespace: &str, by: By) {
    let (site, prediction) = predicted(cluster, namespace, by, EDITS);
    prediction.act(&site);

    let resources = json!({"resources": {"requests": {"cpu": "50m", "memory": "96Mi"}, "limits": {"memory": "128Mi"}}});
    let armed: Vec<&Predicted> = prediction.all.iter().filter(|one| one.found == "armed").collect();
    assert_eq!(armed.len(), 1);
    let field = &armed[0].path;
    if site.is_refused_conflicts() {
        let told = site.upgrade(&resources, &[]).expect_failure();
        let wanted: BTreeSet<_> = armed[0].managers.iter().map(|manager| (field.clone(), manager.clone())).collect();
        assert_eq!(conflicts(&told), wanted, "{told}");
        assert_eq!(at(&site.object("Deployment"), field), Some(&json!("64Mi")));
    } else if let By::Flux(_) = by {
        site.upgrade_by_flux(&resources);
        assert_eq!(at(&site.object("Deployment"), field), Some(&json!("96Mi")));
    } else {
        site.upgrade(&resources, &[]).expect_success();
        assert_eq!(at(&site.object("Deployment"), field), Some(&json!("96Mi")));
    }
    prediction.tell(&site, &actors(EDITS));
}

/// An autoscaler of somebody's: its replicas are meant to differ, and a chart that sets them writes over them all the same.
fn autoscaler(cluster: &'static Cluster) {
    let scaled = Find {
        kind: "Deployment",
        path: ".spec.replicas",
        sort: Sort::Scaled,
        managers: &["kube-controller-manager (scale)"],
    };
    let all = [
        ("fates-scaled-helm-4", By::Helm4),
        ("fates-scaled-helm-3", By::Helm3),
        ("fates-scaled-flux", By::Flux("disabled")),
        ("fates-scaled-flux-corrects", By::Flux("enabled")),
    ];
    let sites = all.map(|(namespace, by)| {
        let site = Site::make(cluster, namespace, by);
        let words = ["autoscale", "deployment", NAME, "--min=4", "--max=6", "--cpu=50%", "--namespace", namespace];
        cluster.kubectl(&words);
        site
    });
    for site in sites {
        cluster.wait("the autoscaler", LIMIT, || site.object("Deployment")["spec"]["replicas"] == 4);
        // Else it could scale again before anybody has looked.
        cluster.kubectl(&["delete", "hpa", NAME, "--namespace", &site.namespace]);
        let prediction = predict(&site, &[scaled]);
        prediction.act(&site);
        prediction.tell(&site, &[("HorizontalPodAutoscaler", &[scaled])]);
    }
}

/// Somebody's `helm rollback --force-conflicts` brings back what Flux had taken out. Flux upgrades again, and what only the
/// rollback has written stays.
fn rolled_back(cluster: &'static Cluster) {
    let site = Site::make(cluster, "fates-rolled-back", By::Flux("disabled"));
    let image = |tag: &str| json!({"repository": "registry.example.com/storefront", "tag": tag});
    let limits = |limits: Value| json!({"requests": {"cpu": "50m", "memory": "64Mi"}, "limits": limits});
    site.upgrade_by_flux(&json!({
        "config": {"LOG_LEVEL": "info", "OLD_LIMIT": "3", "OLD_MODE": "slow"},
        "image": image("2.10.0"),
        "resources": limits(json!({"memory": "128Mi", "cpu": "1"})),
    }));
    site.upgrade_by_flux(&json!({
        "image": image("2.12.0"),
        "resources": limits(json!({"memory": "128Mi"})),
    }));
    cluster.helm4(&["rollback", NAME, "2", "--force-conflicts", "--namespace", &site.namespace]);
    let old = site.object("ConfigMap");
    assert_eq!((&old["data"]["OLD_LIMIT"], &old["data"]["OLD_MODE"]), (&json!("3"), &json!("slow")));
    // Before Flux looks again: it goes back to its own revision.
    let image_of = ".spec.template.spec.containers[name=\"web\"].image";
    let owners = site.owners();
    assert_eq!((&owners["manager"], &owners["revision"]), (&json!("helm-controller"), &json!(site.revision())));
    let fates: BTreeMap<&str, &str> = owners["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| (finding["path"].as_str().unwrap(), finding["fate"].as_str().unwrap()))
        .collect();
    assert_eq!(fates.get(image_of), Some(&"overwritten"), "{fates:?}");
    let revision = site.revision();
    site.reconcile("back", false);
    assert_eq!(site.revision(), revision + 2, "Flux has not upgraded again");
    let after = ["ConfigMap", "Deployment"].map(|kind| site.object(kind));
    for finding in owners["findings"].as_array().unwrap() {
        let (kind, path) = (finding["kind"].as_str().unwrap(), finding["path"].as_str().unwrap());
        // Counted on by a controller of Kubernetes whenever Pods are made anew.
        if path == ".metadata.annotations.deployment.kubernetes.io/revision" {
            continue;
        }
        let Some(object) = after.iter().find(|object| object["kind"] == kind) else { continue };
        let right = match finding["fate"].as_str().unwrap() {
            "overwritten" => finding["manifest"].clone(),
            "stays" => finding["live"].clone(),
            other => panic!("{path}: {other} was not to be expected"),
        };
        assert_eq!(at(object, path), Some(&right), "{kind} {path}");
    }
    let left = |kind, path| Find { kind, path, sort: Sort::Left, managers: &["helm"] };
    let finds = [
        left("ConfigMap", ".data.OLD_LIMIT"),
        left("ConfigMap", ".data.OLD_MODE"),
        left("Deployment", ".spec.template.spec.containers[name=\"web\"].resources.limits.cpu"),
    ];
    let prediction = predict(&site, &finds);
    // Of Flux's own revisions the first two hold them; the one that it goes back to does not.
    for finding in &prediction.findings {
        let since = (&finding["since_revision"], &finding["path"]);
        assert!(since.0.is_u64(), "{since:?}: {}", finding["detail"]);
    }
    prediction.act(&site);
    prediction.tell(&site, &[("helm rollback --force-conflicts", &finds)]);
}
