//! What revisions left that never came to their end.
//!
//! Helm takes the newest revision for what is there. After a rollback or an upgrade that was broken off, what only the revision before
//! it has is there still, and nobody would name it any more: it is looked for as far back as the last revision that came to its end.

use serde_json::Value;

use super::seen::Written;
use super::target::is_complete;
use crate::release::manifest;
use crate::release::payload::{Payload, ReleaseStatus};

/// Whether all that a revision names was written, and nothing that those before it had was left.
#[must_use]
pub fn came_to_its_end(payload: &Payload) -> bool {
    match payload.status() {
        Some(ReleaseStatus::Deployed | ReleaseStatus::Uninstalled | ReleaseStatus::Uninstalling) => true,
        Some(ReleaseStatus::Superseded) => is_complete(payload.description().unwrap_or_default()),
        Some(
            ReleaseStatus::Failed
            | ReleaseStatus::PendingInstall
            | ReleaseStatus::PendingUpgrade
            | ReleaseStatus::PendingRollback
            | ReleaseStatus::Unknown(_),
        )
        | None => false,
    }
}

impl Written {
    /// With what older revisions have, newest first, after a newest one that did not come to its end. An object that several name counts
    /// as the newest of them has it; where that one is as it shall be, as the next older: what that has more is to be taken away.
    #[must_use]
    pub fn with_unended<'p>(mut self, older: impl IntoIterator<Item = &'p Payload>) -> Self {
        for payload in older {
            // What cannot be read of them is left where it is, as Helm leaves it.
            for object in manifest::objects(payload.manifest().unwrap_or_default()).into_iter().flatten() {
                let is_wanted = self.manifests.target.iter().any(|wanted| wanted.body == object.body);
                match self.manifests.current.iter_mut().find(|known| is_same(known, &object)) {
                    None => self.manifests.current.push(object),
                    Some(known) if is_wanted || !is_as_wanted(&self.manifests.target, &known.body) => {}
                    Some(known) => *known = object,
                }
            }
        }
        self
    }
}

fn is_as_wanted(target: &[manifest::Object], body: &Value) -> bool {
    target.iter().any(|wanted| wanted.body == *body)
}

fn is_same(left: &manifest::Object, right: &manifest::Object) -> bool {
    let of = |object: &manifest::Object| {
        let group = object.api_version.rsplit_once('/').map(|(group, _)| group.to_owned()).unwrap_or_default();
        (group, object.kind.clone(), object.namespace.clone(), object.name.clone())
    };
    of(left) == of(right)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::plan::action::Rollback;

    fn payload(status: &str, description: &str, objects: &[(&str, &str)]) -> Payload {
        let document = |(name, value): &(&str, &str)| {
            format!("---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {{{value}}}\n")
        };
        let manifest: String = objects.iter().map(document).collect();
        let payload = json!({"name": "web", "version": 3, "manifest": manifest,
            "info": {"status": status, "description": description}});
        Payload::new(payload.as_object().unwrap().clone())
    }

    #[test]
    fn a_revision_came_to_its_end_where_it_was_deployed() {
        let check = |status: &str, description: &str, expected: bool| {
            assert_eq!(came_to_its_end(&payload(status, description, &[])), expected, "{status} {description}");
        };
        check("deployed", "Upgrade complete", true);
        check("superseded", "Upgrade complete", true);
        check("superseded", "Rollback to 1", true);
        check("superseded", "Rollback \"web\" failed: forbidden", false);
        check("failed", "Upgrade \"web\" failed: forbidden", false);
        check("pending-rollback", "Rollback to 1", false);
        check("uninstalled", "Uninstallation complete", true);
    }

    #[test]
    fn what_only_the_last_complete_revision_has_is_known() {
        // Broken off: the newest revision is a copy of the one that is gone back to.
        let target = payload("superseded", "Install complete", &[("settings", "A: '1'"), ("back", "A: '1'")]);
        let broken = payload("pending-rollback", "Rollback to 1", &[("settings", "A: '1'"), ("back", "A: '1'")]);
        let before = payload("deployed", "Upgrade complete", &[("settings", "A: '2', B: '2'"), ("extra", "A: '1'")]);
        let written = Written::read(&broken, &target, &Rollback::default()).with_unended([&before]);
        let current = |written: &Written| -> Vec<(String, Value)> {
            let all = written.manifests.current.iter();
            all.map(|object| (object.name.clone(), object.body["data"].clone())).collect()
        };
        let of = |name: &str, data: Value| (name.to_owned(), data);
        let expected = [
            of("settings", json!({"A": "2", "B": "2"})),
            of("back", json!({"A": "1"})),
            of("extra", json!({"A": "1"})),
        ];
        assert_eq!(current(&written), expected);
        // An upgrade that failed: what it brought is newer than what was before.
        let failed = payload("failed", "Upgrade \"web\" failed: x", &[("settings", "A: '3'")]);
        let written = Written::read(&failed, &target, &Rollback::default()).with_unended([&before]);
        assert_eq!(current(&written), [of("settings", json!({"A": "3"})), of("extra", json!({"A": "1"}))]);
    }
}
