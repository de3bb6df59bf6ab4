//! Whether the controller leaves a suspended release alone.
//!
//! Suspending stops nothing that runs. A controller works at one object at a time, and a reconcile that finds the release suspended
//! does nothing but take note of the generation: once that is noted, what ran before has ended.
//!
//! Source: fluxcd/helm-controller v1.6.3 `internal/controller/helmrelease_controller.go` (Reconcile).

use serde_json::Value;

use crate::health::why;
use crate::release::flux::HelmRelease;

/// What is waited for of the object as the server has it, in words; `None` once nothing of Flux is at work.
///
/// # Errors
/// Why that will never be: it was resumed, or is being deleted.
pub fn waits_for(object: &Value) -> Result<Option<String>, String> {
    let read = HelmRelease::read(object).map_err(|problem| problem.cause)?;
    if read.deleting.is_some() {
        return Err("it is being deleted".to_owned());
    }
    if !read.suspended {
        return Err("it was resumed meanwhile".to_owned());
    }
    if read.generation.is_some() && read.generation == read.observed_generation {
        return Ok(None);
    }
    Ok(Some(match why::running(&read) {
        Some((running, timeout)) => format!("waits for what runs already: {running}, timeout {timeout}"),
        None => "waits for helm-controller to see that it is suspended".to_owned(),
    }))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(suspend: bool, generation: i64, reconciling: &str, expected: Result<Option<&str>, &str>) {
        let conditions = match reconciling {
            "" => json!([]),
            message => json!([{"type": "Reconciling", "status": "True", "reason": "Progressing", "message": message}]),
        };
        let object = json!({
            "metadata": {"namespace": "shop", "name": "web", "generation": generation},
            "spec": {"suspend": suspend},
            "status": {"observedGeneration": 3, "conditions": conditions},
        });
        let found = waits_for(&object);
        assert_eq!(found.as_ref().map(Option::as_deref).map_err(String::as_str), expected);
    }

    #[test]
    fn it_is_left_alone_once_the_suspension_was_seen() {
        check(true, 3, "", Ok(None));
        check(true, 3, "retrying after 10s", Ok(None));
        check(true, 4, "", Ok(Some("waits for helm-controller to see that it is suspended")));
        let runs = "Running 'upgrade' action with timeout of 5m0s";
        check(true, 4, runs, Ok(Some("waits for what runs already: upgrade, timeout 5m0s")));
        check(false, 3, "", Err("it was resumed meanwhile"));
    }
}
