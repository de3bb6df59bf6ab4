//! What a write is asked with.
//!
//! Rules: kubernetes/apimachinery `pkg/apis/meta/v1/validation/validation.go`, kubernetes/apiserver
//! `pkg/endpoints/handlers/create.go` (`managerOrUserAgent`), release 1.36.

use super::super::paths::Asked;
use super::super::status::{REQUIRED, Status, UNSUPPORTED};

/// The reasons of faults.
type Fault = (&'static str, &'static str, String);

/// The options of a write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WriteOptions {
    /// Nothing shall be kept of it.
    pub(super) is_tried: bool,
    /// The field manager, or what the client calls itself.
    pub(super) manager: String,
    /// Fields that the kind does not have are refused.
    pub(super) is_strict: bool,
}

/// Which verb the options are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Create,
    Update,
    Patch,
    Apply,
}

impl WriteOptions {
    /// # Errors
    /// 422 for options that are not valid.
    pub(super) fn read(asked: &Asked, verb: Verb) -> Result<Self, Status> {
        let option = |name: &str| asked.query.get(name).filter(|value| !value.is_empty());
        let mut faults: Vec<Fault> = Vec::new();
        let name = match verb {
            Verb::Create => "CreateOptions",
            Verb::Update => "UpdateOptions",
            Verb::Apply => {
                if option("fieldManager").is_none() {
                    faults.push((REQUIRED, "fieldManager", "Required value: is required for apply patch".to_owned()));
                }
                "PatchOptions"
            }
            Verb::Patch => {
                if option("force").is_some() {
                    let message = "Forbidden: may not be specified for non-apply patch";
                    faults.push(("FieldValueForbidden", "force", message.to_owned()));
                }
                "PatchOptions"
            }
        };
        if let Some((reason, message)) = asked.query.get("fieldManager").and_then(manager_fault) {
            faults.push((reason, "fieldManager", message));
        }
        faults.extend(dry_run_fault(asked));
        if let Some(other) = option("fieldValidation").filter(|value| !["Ignore", "Strict", "Warn"].contains(value)) {
            let supported = r#""", "Ignore", "Strict", "Warn""#;
            let message = format!("Unsupported value: {other:?}: supported values: {supported}");
            faults.push((UNSUPPORTED, "fieldValidation", message));
        }
        if !faults.is_empty() {
            return Err(Status::invalid(name, &faults));
        }
        Ok(Self {
            is_tried: asked.query.get("dryRun").is_some(),
            manager: option("fieldManager").map_or_else(|| named_by_agent(&asked.agent), str::to_owned),
            is_strict: option("fieldValidation") == Some("Strict"),
        })
    }
}

/// What is wrong with `dryRun`, which may say `All` alone.
pub(super) fn dry_run_fault(asked: &Asked) -> Option<Fault> {
    let other = asked.query.get("dryRun").filter(|value| *value != "All")?;
    Some((UNSUPPORTED, "dryRun", format!("Unsupported value: [{other:?}]: supported values: \"All\"")))
}

/// Who names no field manager is called as the program that asks.
fn named_by_agent(agent: &str) -> String {
    let name = agent.split('/').next().unwrap_or_default();
    name.chars().filter(|sign| !sign.is_control()).take(128).collect()
}

/// A name that is too long, or that cannot be printed.
fn manager_fault(name: &str) -> Option<(&'static str, String)> {
    if name.len() > 128 {
        return Some(("FieldValueTooLong", "Too long: may not be more than 128 bytes".to_owned()));
    }
    let (at, sign) = name.char_indices().find(|(_, sign)| sign.is_control())?;
    let message = format!("Invalid value: {name:?}: invalid character U+{:04X} (at position {at})", u32::from(sign));
    Some(("FieldValueInvalid", message))
}
