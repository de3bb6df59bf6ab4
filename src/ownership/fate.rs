//! What becomes of a finding when the release is written again: the next upgrade, or the next reconcile.
//!
//! The answer is that of a write which is really tried: by the API server in a dry-run, or by [`super::apply`] and
//! [`super::patch`] where no dry-run may be made. This room reads the answer; it does not know who gave it.

use serde_json::Value;

use super::Path;
use super::apply::{Conflict, Refused};
use super::found::{Finding, Kind};
use super::own::Pair;
use super::place::{at, same};

/// What came of the write.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// The object as it would be.
    Written(Box<Value>),
    /// Others own what would be changed. Beside it, the object as it would be if the conflicts were forced.
    Conflicts(Vec<Blocked>, Option<Box<Value>>),
    /// It was refused for another reason, quoted.
    Failed(String),
}

/// One conflict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocked {
    /// The field, as the server writes it.
    pub field: String,
    /// Whose it is, in the server's words: `conflict with "kubectl-edit" using apps/v1`.
    pub message: String,
}

/// Who answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answered {
    /// The API server, in a dry-run.
    Server,
    /// Computed here, and why, in words that may follow a colon.
    Computed(String),
}

/// What becomes of a field.
#[derive(Debug, Clone, PartialEq)]
pub enum Fate {
    /// The write sets it to the manifest's value.
    Overwritten,
    /// The write takes it away.
    Removed,
    /// It stays as it is.
    Survives,
    /// It stays, and nothing says so: a former manager keeps it alive.
    Stays,
    /// The write is refused because of it: in the server's words, with whom.
    Blocks(Vec<String>),
    /// Nothing today; the write is refused as soon as the chart changes the field.
    Armed,
    /// Nothing today; as soon as the chart changes the field, its value is taken over.
    TakenOver,
    /// Drift correction sets it back at the next reconcile, without an upgrade.
    Corrected,
    /// Who keeps the object as a repository has it takes it back, without an upgrade: who, and when.
    Reverted(String),
    /// It cannot be said, and why.
    Unknown(String),
}

/// What the next write is like beyond its outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Next {
    /// It takes what others own: an apply that is forced, or a patch, which asks nobody.
    pub is_forced: bool,
    /// Flux corrects drift of this release (`driftDetection.mode: enabled`), and no rule ignores the field.
    pub corrects_drift: bool,
}

/// The fate of one finding.
#[must_use]
pub fn fate(finding: &Finding, pair: &Pair<'_>, outcome: &Outcome, next: Next) -> Fate {
    match finding.kind {
        Kind::Armed if next.is_forced => return Fate::TakenOver,
        Kind::Armed => return Fate::Armed,
        Kind::Hotfix | Kind::Leftover | Kind::Expected(_) => {}
    }
    let after = match outcome {
        Outcome::Written(after) => after,
        Outcome::Conflicts(blocked, forced) => {
            let own = blocked.iter().filter(|blocked| is_about(&blocked.field, &finding.path));
            let mut messages: Vec<String> = own.map(|blocked| blocked.message.clone()).collect();
            // Whose record is kept in another version may hold it by a name that this version has not.
            if messages.is_empty() && finding.holders.is_empty() && finding.manifest.is_some() {
                let others = blocked.iter().filter(|blocked| is_of_another_version(blocked, pair.live));
                messages = others.map(|blocked| format!("{}: {}", blocked.message, blocked.field)).collect();
            }
            if !messages.is_empty() {
                return Fate::Blocks(messages);
            }
            match forced {
                Some(after) => after,
                None => return Fate::Unknown("the write is refused for other fields".to_owned()),
            }
        }
        Outcome::Failed(why) => return Fate::Unknown(why.clone()),
    };
    let after = at(after, &finding.path, pair.typed);
    match (after, &finding.live) {
        (None, None) => Fate::Survives,
        (None, Some(_)) => Fate::Removed,
        (Some(after), Some(live)) if same(&finding.path, after, live) => {
            if finding.kind == Kind::Leftover {
                Fate::Stays
            } else {
                Fate::Survives
            }
        }
        (Some(_), _) if next.corrects_drift => Fate::Corrected,
        (Some(_), _) => Fate::Overwritten,
    }
}

/// Whether a conflict is with somebody who wrote in another version, about a field that the object has not in this one.
fn is_of_another_version(blocked: &Blocked, live: &Value) -> bool {
    let own = live.get("apiVersion").and_then(Value::as_str).unwrap_or_default();
    let version = blocked.message.rsplit_once(" using ").map(|(_, version)| version);
    version.is_some_and(|version| version != own) && !is_there(live, &blocked.field)
}

/// Whether the names of a path lead somewhere, up to the first item of a list.
fn is_there(value: &Value, field: &str) -> bool {
    let Some(rest) = field.strip_prefix('.') else { return true };
    let mut fields = value.as_object().into_iter().flatten();
    fields.any(|(name, inner)| {
        rest.strip_prefix(name.as_str())
            .is_some_and(|rest| (rest.is_empty() || rest.starts_with(['.', '['])) && is_there(inner, rest))
    })
}

/// Whether a conflict is about the field, something in it, or a whole around it. The server's text of a path cannot be cut
/// into steps again (names may hold dots), so the texts are compared.
fn is_about(field: &str, path: &Path) -> bool {
    let text = path.to_string();
    let within = |inner: &str, outer: &str| {
        inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    within(field, &text) || within(&text, field)
}

/// What a computed apply came to.
#[must_use]
pub fn outcome_of(result: Result<Value, Refused>, forced: impl FnOnce() -> Result<Value, Refused>) -> Outcome {
    match result {
        Ok(object) => Outcome::Written(Box::new(object)),
        Err(Refused::Conflicts(conflicts)) => {
            let blocked = conflicts
                .0
                .iter()
                .map(|conflict: &Conflict| Blocked { field: conflict.path.to_string(), message: conflict.message() });
            Outcome::Conflicts(blocked.collect(), forced().ok().map(Box::new))
        }
        Err(other) => Outcome::Failed(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::ownership::PathElement;
    use crate::ownership::found::Rule;
    use crate::schema::Schema;

    const QUIET: Next = Next { is_forced: false, corrects_drift: false };
    const FORCED: Next = Next { is_forced: true, ..QUIET };
    const CORRECTING: Next = Next { corrects_drift: true, ..QUIET };

    /// Of the field `.limits.cpu`, that is now `live`.
    fn check(kind: Kind, live: Option<Value>, outcome: &Outcome, next: Next, expected: Fate) {
        let path = Path(vec![PathElement::field("limits"), PathElement::field("cpu")]);
        let finding = Finding { path, kind, manifest: None, live, holders: Vec::new(), is_shared: false };
        let schema = Schema::default();
        let pair = Pair { manifest: &Value::Null, live: &Value::Null, typed: schema.deduced() };
        assert_eq!(fate(&finding, &pair, outcome, next), expected);
    }

    fn written(object: Value) -> Outcome {
        Outcome::Written(Box::new(object))
    }

    #[test]
    fn what_is_written_says_what_becomes_of_a_field() {
        let is = |cpu: &str| written(json!({"limits": {"cpu": cpu}}));
        let (live, gone) = (Some(json!("0.5")), written(json!({"limits": {}})));
        check(Kind::Hotfix, live.clone(), &is("2"), QUIET, Fate::Overwritten);
        check(Kind::Hotfix, live.clone(), &is("2"), FORCED, Fate::Overwritten);
        check(Kind::Hotfix, live.clone(), &is("2"), CORRECTING, Fate::Corrected);
        check(Kind::Hotfix, live.clone(), &is("500m"), CORRECTING, Fate::Survives);
        check(Kind::Hotfix, live.clone(), &gone, CORRECTING, Fate::Removed);
        check(Kind::Hotfix, None, &gone, QUIET, Fate::Survives);
        check(Kind::Hotfix, None, &is("2"), QUIET, Fate::Overwritten);
        check(Kind::Hotfix, None, &is("2"), CORRECTING, Fate::Corrected);
        check(Kind::Leftover, live.clone(), &is("0.5"), QUIET, Fate::Stays);
        check(Kind::Leftover, live.clone(), &gone, QUIET, Fate::Removed);
        check(Kind::Expected(Rule::Scaled), live.clone(), &is("0.5"), QUIET, Fate::Survives);
        let failed = Outcome::Failed("the server is gone".to_owned());
        check(Kind::Hotfix, live, &failed, QUIET, Fate::Unknown("the server is gone".to_owned()));
    }

    #[test]
    fn what_is_equal_today_waits_whatever_is_written() {
        let failed = Outcome::Failed("refused".to_owned());
        check(Kind::Armed, Some(json!("2")), &failed, QUIET, Fate::Armed);
        check(Kind::Armed, Some(json!("2")), &failed, FORCED, Fate::TakenOver);
    }

    #[test]
    fn a_conflict_blocks_the_field_what_is_around_it_and_what_is_in_it() {
        let refused = |fields: &[&str], forced: Option<Value>| {
            let blocked =
                fields.iter().map(|field| Blocked { field: (*field).to_owned(), message: format!("of {field}") });
            Outcome::Conflicts(blocked.collect(), forced.map(Box::new))
        };
        let live = || Some(json!("0.5"));
        for about in [".limits.cpu", ".limits", ".limits.cpu.a", ".limits.cpu[name=\"x\"]"] {
            let blocks = Fate::Blocks(vec![format!("of {about}")]);
            check(Kind::Hotfix, live(), &refused(&[".other", about], None), QUIET, blocks.clone());
            check(Kind::Hotfix, live(), &refused(&[about], Some(json!({}))), CORRECTING, blocks);
        }
        let all = Fate::Blocks(vec!["of .limits".to_owned(), "of .limits.cpu".to_owned()]);
        check(Kind::Hotfix, live(), &refused(&[".limits", ".limits.cpu"], None), QUIET, all);
        for other in [".limits.cpus", ".limit", ".limits.memory", ".a.limits.cpu", ".lim"] {
            let unknown = Fate::Unknown("the write is refused for other fields".to_owned());
            check(Kind::Hotfix, live(), &refused(&[other], None), QUIET, unknown);
            check(Kind::Hotfix, live(), &refused(&[other], Some(json!({}))), QUIET, Fate::Removed);
        }
    }

    #[test]
    fn a_conflict_in_another_version_blocks_what_nobody_holds_in_this_one() {
        let live = json!({"apiVersion": "autoscaling/v2", "spec": {"maxReplicas": 9, "metrics": [1]}});
        let message = |version: &str| format!("conflict with \"old\" using autoscaling/{version}");
        let check = |field: &str, version: &str, holders: &[usize], expected: &[&str]| {
            let path = Path(vec![PathElement::field("spec"), PathElement::field("metrics")]);
            let (kind, holders) = (Kind::Hotfix, holders.to_vec());
            let finding = Finding { path, kind, manifest: Some(json!([2])), live: None, holders, is_shared: false };
            let schema = Schema::default();
            let pair = Pair { manifest: &Value::Null, live: &live, typed: schema.deduced() };
            let blocked = vec![Blocked { field: field.to_owned(), message: message(version) }];
            let said = fate(&finding, &pair, &Outcome::Conflicts(blocked, None), QUIET);
            let expected = match expected {
                [] => Fate::Unknown("the write is refused for other fields".to_owned()),
                messages => Fate::Blocks(messages.iter().map(|message| (*message).to_owned()).collect()),
            };
            assert_eq!(said, expected, "{field} {version}");
        };
        let target = ".spec.targetCPUUtilizationPercentage";
        let told = format!("{}: {target}", message("v1"));
        check(target, "v1", &[], &[&told]);
        check(target, "v1", &[0], &[]);
        check(target, "v2", &[], &[]);
        check(".spec.maxReplicas", "v1", &[], &[]);
    }

    #[test]
    fn a_computed_apply_is_told_as_the_server_would_tell_it() {
        let conflicts = || {
            Refused::Conflicts(crate::ownership::apply::Conflicts(vec![Conflict {
                manager: "kubectl-edit".to_owned(),
                subresource: String::new(),
                api_version: Some("v1".to_owned()),
                time: None,
                path: Path(vec![PathElement::field("a")]),
            }]))
        };
        let blocked =
            || vec![Blocked { field: ".a".to_owned(), message: "conflict with \"kubectl-edit\" using v1".to_owned() }];
        let check = |result, forced: Result<Value, Refused>, expected| {
            assert_eq!(outcome_of(result, || forced), expected);
        };
        check(Ok(json!(1)), Ok(json!(2)), written(json!(1)));
        check(Err(conflicts()), Ok(json!(2)), Outcome::Conflicts(blocked(), Some(Box::new(json!(2)))));
        check(Err(conflicts()), Err(conflicts()), Outcome::Conflicts(blocked(), None));
        let bad = Refused::BadRequest("no".to_owned());
        let text = bad.to_string();
        check(Err(bad), Ok(json!(2)), Outcome::Failed(text));
    }
}
