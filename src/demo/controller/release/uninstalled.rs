//! Takes a release away that failed.
//!
//! Source: fluxcd/helm-controller v1.6.3 `internal/reconcile/uninstall_remediation.go`, helm.sh/helm v4.2.4
//! `pkg/action/uninstall.go`.

use serde_json::Value;

use super::super::apply::Release;
use super::super::history::{History, snapshot};
use super::super::spec::{self, Attempt};
use super::super::storage::say;
use super::said::release_and_chart;
use super::{Next, Reconcile, Surroundings};

impl Reconcile {
    /// The objects go, and all revisions unless the history is to be kept.
    pub(super) fn uninstall(&mut self, around: &Surroundings<'_>) -> Next {
        let (world, now) = (around.world, around.now);
        let (name, namespace) = spec::release(&self.draft);
        let storage = self.storage();
        let Some(mut last) = storage.revisions(world).pop() else { return self.settle(around) };
        if let Some(info) = last.payload.get_mut("info").and_then(Value::as_object_mut) {
            info.insert("deleted".to_owned(), now.to_string().into());
        }
        say(&mut last.payload, "uninstalling", Some("Deletion in progress (or silently failed)"));
        storage.update(world, &last.payload, now);
        Release { namespace: &namespace, name: &name }.delete(world, &last.payload);
        // What goes with the storage is not seen any more: the last that is known of it stays.
        if spec::is_set(&self.draft, "/spec/uninstall/keepHistory") {
            say(&mut last.payload, "uninstalled", Some("Uninstallation complete"));
            storage.update(world, &last.payload, now);
        } else {
            storage.purge(world);
        }
        let known = snapshot(&last.payload, Some("uninstall-remediation"));
        let mut history = History::read(self.draft.status("history"));
        history.sort();
        let of = release_and_chart(&known);
        if let Some(latest) = history.0.first_mut() {
            *latest = known;
        }
        self.draft.set("history", history.0.into());
        let message = format!("Helm uninstall remediation for release {of} succeeded");
        self.draft.mark("Remediated", "True", "UninstallSucceeded", &message, now);
        self.tell(around, "UninstallSucceeded", false, &message, Some(&last.payload));
        // Where an upgrade is remediated so, an install follows in any case.
        let is_last = |attempt: Attempt| attempt == Attempt::Install && attempt.is_exhausted(&self.draft);
        if Attempt::last(&self.draft).is_some_and(is_last) {
            self.stall(now);
            return self.finish(around, true, None);
        }
        self.retry(around)
    }
}
