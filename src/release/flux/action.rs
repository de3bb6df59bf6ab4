//! How a HelmRelease wants its actions done, and what is to follow when one fails.
//!
//! Source of the rules and defaults: fluxcd/helm-controller v1.6.3 `api/v2/helmrelease_types.go`.

use jiff::SignedDuration;
use serde_json::Value;

use super::{at, duration, text};

/// `spec.install` or `spec.upgrade`, with the defaults of helm-controller where a field is not set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionPolicy {
    /// `timeout`, else that of the spec, else five minutes. Each single wait has it.
    pub timeout: SignedDuration,
    /// What follows a failure.
    pub strategy: Strategy,
    /// How long after a failure the next try comes, where the strategy is to retry.
    pub retry_interval: SignedDuration,
    /// How many more tries follow a failed one, where the strategy is to remediate; negative is without end.
    pub retries: i64,
    /// Whether the last failure is remediated as well.
    pub remediate_last_failure: bool,
    /// How a failure is remediated.
    pub remedy: Remedy,
}

/// `strategy.name`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strategy {
    /// The failed release is rolled back or uninstalled, then tried again while there are retries.
    RemediateOnFailure,
    /// The failed release is left as it is and tried again without end.
    RetryOnFailure,
}

/// `remediation.strategy`; an install knows only the one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// Back to the revision before.
    Rollback,
    /// Removed, to be installed anew.
    Uninstall,
}

impl ActionPolicy {
    pub(super) fn install(spec: &Value) -> Self {
        Self::read(spec, "install", Remedy::Uninstall, |_| false)
    }

    pub(super) fn upgrade(spec: &Value) -> Self {
        let remedy = match text(at(spec, "/upgrade/remediation/strategy")) {
            Some("uninstall") => Remedy::Uninstall,
            _ => Remedy::Rollback,
        };
        Self::read(spec, "upgrade", remedy, |retries| retries > 0)
    }

    fn read(spec: &Value, action: &str, remedy: Remedy, remediates_last: fn(i64) -> bool) -> Self {
        let block = spec.get(action).unwrap_or(&Value::Null);
        let retries = at(block, "/remediation/retries").as_i64().unwrap_or(0);
        Self {
            timeout: timeout(spec, action),
            strategy: match text(at(block, "/strategy/name")) {
                Some("RetryOnFailure") => Strategy::RetryOnFailure,
                _ => Strategy::RemediateOnFailure,
            },
            retry_interval: duration(at(block, "/strategy/retryInterval")).unwrap_or(FIVE_MINUTES),
            retries,
            remediate_last_failure: at(block, "/remediation/remediateLastFailure")
                .as_bool()
                .unwrap_or_else(|| remediates_last(retries)),
            remedy,
        }
    }

    /// How many tries there are in all, the first one included; `None` is without end.
    #[must_use]
    pub fn attempts(&self) -> Option<i64> {
        match self.strategy {
            Strategy::RetryOnFailure => None,
            Strategy::RemediateOnFailure => (self.retries >= 0).then(|| self.retries.saturating_add(1)),
        }
    }
}

const FIVE_MINUTES: SignedDuration = SignedDuration::from_mins(5);

pub(super) fn timeout(spec: &Value, action: &str) -> SignedDuration {
    spec.get(action)
        .and_then(|block| duration(at(block, "/timeout")))
        .or_else(|| duration(at(spec, "/timeout")))
        .unwrap_or(FIVE_MINUTES)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_not_set_is_as_helm_controller_has_it() {
        let plain = |remedy| ActionPolicy {
            timeout: FIVE_MINUTES,
            strategy: Strategy::RemediateOnFailure,
            retry_interval: FIVE_MINUTES,
            retries: 0,
            remediate_last_failure: false,
            remedy,
        };
        let check = |spec: Value, install: ActionPolicy, upgrade: ActionPolicy| {
            assert_eq!((ActionPolicy::install(&spec), ActionPolicy::upgrade(&spec)), (install, upgrade), "{spec}");
        };
        check(json!({}), plain(Remedy::Uninstall), plain(Remedy::Rollback));
        check(
            json!({
                "timeout": "1m30s",
                "install": {"strategy": {"name": "RetryOnFailure", "retryInterval": "10s"}, "timeout": "500ms"},
                "upgrade": {"remediation": {"retries": 2, "strategy": "uninstall"}},
            }),
            ActionPolicy {
                timeout: SignedDuration::from_millis(500),
                strategy: Strategy::RetryOnFailure,
                retry_interval: SignedDuration::from_secs(10),
                ..plain(Remedy::Uninstall)
            },
            ActionPolicy {
                timeout: SignedDuration::from_secs(90),
                retries: 2,
                remediate_last_failure: true,
                ..plain(Remedy::Uninstall)
            },
        );
        check(
            json!({
                "install": {"remediation": {"retries": 3}},
                "upgrade": {"remediation": {"retries": -1, "remediateLastFailure": true}},
            }),
            ActionPolicy { retries: 3, ..plain(Remedy::Uninstall) },
            ActionPolicy { retries: -1, remediate_last_failure: true, ..plain(Remedy::Rollback) },
        );
    }

    #[test]
    fn retries_come_on_top_of_the_first_try() {
        let check = |upgrade: Value, expected: Option<i64>| {
            assert_eq!(ActionPolicy::upgrade(&json!({ "upgrade": upgrade })).attempts(), expected);
        };
        check(json!({}), Some(1));
        check(json!({"remediation": {"retries": 1}}), Some(2));
        check(json!({"remediation": {"retries": -1}}), None);
        check(json!({"strategy": {"name": "RetryOnFailure"}, "remediation": {"retries": 1}}), None);
    }
}
