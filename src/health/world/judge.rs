//! How an object is judged by itself: by the HelmRelease's own checks where it has some for the kind, else by kstatus.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::health::expressions::{Evaluated, ExpressionStatus, HealthChecks};
use crate::health::kstatus::{self, Computed, Status};
use crate::release::Release;

/// Only the world of an open release has checks: the shared watches see no custom resource.
#[derive(Debug, Default)]
pub struct Judge(Option<HealthChecks>);

impl Judge {
    /// The checks of a release. Those that Flux refuses as a whole stall the HelmRelease, and nothing is judged by them.
    #[must_use]
    pub fn of(release: &Release) -> Self {
        let written = release.helm_release.as_ref().map(|object| &object.health_check_exprs);
        let written = written.filter(|written| written.is_array());
        Self(written.and_then(|written| HealthChecks::read(&json!({"spec": {"healthCheckExprs": written}})).ok()))
    }

    /// What is said of an object at a time.
    #[must_use]
    pub fn status(&self, object: &Value, now: Timestamp) -> Computed {
        let Some(evaluated) = self.0.as_ref().and_then(|checks| checks.evaluate(object)) else {
            return kstatus::compute(object, now).unwrap_or_else(Computed::from);
        };
        let status = match evaluated {
            Evaluated::Status(ExpressionStatus::InProgress) => Status::InProgress,
            Evaluated::Status(ExpressionStatus::Failed) => Status::Failed,
            Evaluated::Status(ExpressionStatus::Current) => Status::Current,
            Evaluated::Error(error) => return Computed::unknown(error),
            Evaluated::NotEvaluated(why) => return Computed::unknown(format!("not evaluated: {why}")),
        };
        let message = format!("healthCheckExprs say {status}");
        Computed { status, message, reason: String::new(), condition: None }
    }

    /// Whether an object that is Current is so only because nothing speaks against it.
    #[must_use]
    pub fn assumes(&self, object: &Value) -> bool {
        let is_checked = || self.0.as_ref().and_then(|checks| checks.evaluate(object)).is_some();
        kstatus::assumed(object) && !is_checked()
    }
}
