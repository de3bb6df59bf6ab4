//! Writes again what others changed of a release.
//!
//! Source: fluxcd/helm-controller v1.6.3 `internal/reconcile/correct_cluster_drift.go`, `internal/action/diff.go`.

use serde_json::{Value, json};

use super::super::apply;
use super::state::Drifted;
use super::{Next, Reconcile, Surroundings, back_off};
use crate::demo::server::patched;
use crate::ownership::drift::{Operation, Verb};

impl Reconcile {
    /// What is not there is created, what was changed is patched back. The reconcile ends with it, and begins anew soon.
    pub(super) fn correct(&mut self, around: &Surroundings<'_>, tries: u32) -> Next {
        self.draft.mark("Ready", "Unknown", "Progressing", "correcting cluster drift", around.now);
        let Some(last) = self.storage().revisions(around.world).pop() else { return self.settle(around) };
        let (mut created, mut configured) = (Vec::new(), Vec::new());
        for drifted in self.drifted(&last.payload, around) {
            let is_new = drifted.live.is_none();
            if let Some(written) = corrected(&drifted, around) {
                around.world.put(written);
                let lines = if is_new { &mut created } else { &mut configured };
                lines.push(format!("{} {}", drifted.place(), if is_new { "created" } else { "configured" }));
            }
        }
        let lines = [created, configured].concat();
        if !lines.is_empty() {
            let latest = self.latest_name();
            let message = format!("Cluster state of release {latest} has been corrected:\n{}", lines.join("\n"));
            self.tell(around, "DriftCorrected", false, &message, Some(&last.payload));
        }
        self.draft.patch(around.world);
        self.finish(around, false, Some(back_off(tries)))
    }
}

fn corrected(drifted: &Drifted, around: &Surroundings<'_>) -> Option<Value> {
    let Some(live) = &drifted.live else {
        return apply::updated(None, around.schema, &drifted.wanted, around.now);
    };
    let operation = |change: &Operation| match change.verb {
        Verb::Add | Verb::Replace => json!({"op": change.verb.to_string(), "path": change.path, "value": change.new}),
        Verb::Remove => json!({"op": "remove", "path": change.path}),
    };
    let patch: Value = drifted.changes.iter().map(operation).collect();
    apply::updated(Some(live), around.schema, &patched(live.clone(), &patch)?, around.now)
}
