//! Quotas that have room for each new object alone, and not for all of them: a dry-run leaves what is used as it is.
//!
//! Source: kubernetes v1.36 `staging/src/k8s.io/apiserver/pkg/admission/plugin/resourcequota/controller.go` (checkQuotas),
//! `pkg/quota/v1/evaluator/core`.

use std::collections::BTreeMap;

use serde_json::Value;

use super::seen::{Live, Seen};
use super::{Check, Finding, Severity};
use crate::release::codec::Driver;

/// How many revisions are kept, and the oldest goes before the next is stored: by Helm and by Flux, unless they are told
/// otherwise.
const KEPT: [usize; 2] = [10, 5];

/// A ResourceQuota, as far as it tells of numbers of objects.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Quota {
    /// Its name.
    pub name: String,
    /// The limit of each resource, as it is written.
    pub hard: BTreeMap<String, String>,
    /// What is used.
    pub used: BTreeMap<String, String>,
}

impl Quota {
    /// Reads it as the API server sends it.
    #[must_use]
    pub fn read(object: &Value) -> Self {
        let texts = |pointer: &str| {
            let map = object.pointer(pointer).and_then(Value::as_object).into_iter().flatten();
            map.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect()
        };
        let name = object.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default().to_owned();
        Self { name, hard: texts("/status/hard"), used: texts("/status/used") }
    }

    /// Names under which it counts objects of a resource.
    fn counting(&self, made: &Made) -> Vec<&str> {
        let whole = match made.group.as_str() {
            "" => format!("count/{}", made.plural),
            group => format!("count/{}.{group}", made.plural),
        };
        let is_old = |name: &str| made.group.is_empty() && name == made.plural;
        self.hard.keys().map(String::as_str).filter(|name| *name == whole || is_old(name)).collect()
    }

    /// Names under which it counts what is in objects of a resource: how much there is of that in each is not reckoned here.
    fn weighing(&self, made: &Made) -> Vec<&str> {
        let weighs = |name: &str| match (made.group.as_str(), made.plural.as_str()) {
            ("", "persistentvolumeclaims") => name == "requests.storage" || name.contains(".storageclass."),
            ("", "services") => name.starts_with("services."),
            ("", "pods") => !name.contains('/') && !name.contains("storage") && name != "pods",
            (_, _) => false,
        };
        self.hard.keys().map(String::as_str).filter(|name| weighs(name)).collect()
    }
}

/// Objects of one resource that the upgrade makes in one namespace.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Made {
    /// Where.
    pub namespace: String,
    /// Group of the resource.
    pub group: String,
    /// Its plural name.
    pub plural: String,
}

impl Seen {
    /// Resources of which the upgrade makes several objects in one namespace, and how many; the next revision is one of them.
    #[must_use]
    pub fn made_together(&self) -> BTreeMap<Made, i64> {
        let mut all: BTreeMap<Made, i64> = BTreeMap::new();
        for target in self.objects.iter().filter(|target| target.live == Live::Missing) {
            let (Some(plural), false) = (self.plural(target), target.id.namespace.is_empty()) else { continue };
            let made = Made {
                namespace: target.id.namespace.clone(),
                group: target.id.group.clone(),
                plural: plural.to_owned(),
            };
            *all.entry(made).or_default() += 1;
        }
        let plural = match self.release.id.driver {
            Driver::Secret => "secrets",
            Driver::ConfigMap => "configmaps",
        };
        let namespace = self.release.id.storage_namespace.clone();
        let revision = Made { namespace, group: String::new(), plural: plural.to_owned() };
        let [helm, flux] = KEPT;
        let is_one_more = self.release.revisions < if self.is_flux() { flux } else { helm };
        all.entry(revision).and_modify(|count| *count += i64::from(is_one_more));
        all.retain(|_, count| *count > 1);
        all
    }
}

pub(super) fn findings(seen: &Seen) -> Vec<Finding> {
    let all = seen.made_together();
    let found = all.iter().flat_map(|(made, count)| match seen.quotas.get(&made.namespace) {
        None => Vec::new(),
        Some(Ok(quotas)) => quotas.iter().flat_map(|quota| of_quota(quota, made, *count)).collect(),
        Some(Err(why)) => vec![Finding {
            evidence: vec![why.clone()],
            ..Finding::of_release(
                Severity::Unknown,
                Check::Refused,
                format!(
                    "whether quotas of {} have room for {count} new {} cannot be read",
                    made.namespace, made.plural
                ),
                format!("kubectl describe quota -n {}", made.namespace),
            )
        }],
    });
    found.collect()
}

fn of_quota(quota: &Quota, made: &Made, count: i64) -> Vec<Finding> {
    let Made { namespace, plural, .. } = made;
    let name = &quota.name;
    let remedy =
        format!("ask for less in the chart, or for a larger quota: kubectl describe quota {name} -n {namespace}");
    let counted = quota.counting(made).into_iter().filter_map(|key| {
        let number = |map: &BTreeMap<String, String>| map.get(key).map_or(Some(0), |text| text.parse::<i64>().ok());
        let (Some(hard), Some(used)) = (number(&quota.hard), number(&quota.used)) else {
            let text = format!("quota {name} counts {key} in words that are not read here");
            return Some(Finding::of_release(Severity::Unknown, Check::Refused, text, &remedy));
        };
        let room = hard.saturating_sub(used).max(0);
        // Where there is no room for one, the API server has said so.
        (room > 0 && count > room).then(|| Finding {
            evidence: vec![format!(
                "exceeded quota: {name}, requested: {key}={count}, used: {key}={used}, limited: {key}={hard}"
            )],
            ..Finding::of_release(
                Severity::Blocks,
                Check::Refused,
                format!("the upgrade makes {count} {plural} in {namespace}, and quota {name} has room for {room}"),
                &remedy,
            )
        })
    });
    let weighed = quota.weighing(made).into_iter().map(|key| {
        let text = format!("quota {name} limits {key}: each of {count} new {plural} was tried alone, not all together");
        let used = quota.used.get(key).map_or("0", String::as_str);
        let hard = quota.hard.get(key).map_or("", String::as_str);
        Finding {
            evidence: vec![format!("used: {key}={used}, limited: {key}={hard}")],
            ..Finding::of_release(Severity::Unknown, Check::Refused, text, &remedy)
        }
    });
    counted.chain(weighed).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn room_for_all_of_them_counts() {
        let check = |group: &str, plural: &str, hard: Value, used: Value, expected: &[(Severity, &str)]| {
            let object = json!({"metadata": {"name": "small"}, "status": {"hard": hard, "used": used}});
            let made = Made { namespace: "shop".to_owned(), group: group.to_owned(), plural: plural.to_owned() };
            let found = of_quota(&Quota::read(&object), &made, 2);
            let found: Vec<(Severity, &str)> = found
                .iter()
                .map(|finding| (finding.severity, finding.evidence.first().map_or("", String::as_str)))
                .collect();
            assert_eq!(found, expected, "{group} {plural}");
        };
        let exceeded = |key: &str, used: &str, hard: &str| {
            format!("exceeded quota: small, requested: {key}=2, used: {key}={used}, limited: {key}={hard}")
        };
        let count = "count/configmaps";
        let text = exceeded(count, "2", "3");
        check("", "configmaps", json!({count: "3"}), json!({count: "2"}), &[(Severity::Blocks, &text)]);
        check("", "configmaps", json!({count: "4"}), json!({count: "2"}), &[]);
        // The server says so by itself.
        check("", "configmaps", json!({count: "2"}), json!({count: "2"}), &[]);
        let text = exceeded("configmaps", "0", "1");
        check("", "configmaps", json!({"configmaps": "1"}), json!({}), &[(Severity::Blocks, &text)]);
        check("example.com", "configmaps", json!({"configmaps": "1"}), json!({}), &[]);
        let text = exceeded("count/deployments.apps", "0", "1");
        check("apps", "deployments", json!({"count/deployments.apps": "1"}), json!({}), &[(Severity::Blocks, &text)]);
        let text = "used: requests.storage=0, limited: requests.storage=10Gi";
        let hard = json!({"requests.storage": "10Gi"});
        check("", "persistentvolumeclaims", hard, json!({"requests.storage": "0"}), &[(Severity::Unknown, text)]);
        check("", "configmaps", json!({count: "1k"}), json!({}), &[(Severity::Unknown, "")]);
    }
}
