//! Whether the next revision fits into the object that it is stored in.
//!
//! Source: kubernetes v1.36 `pkg/apis/core/validation/validation.go` (ValidateSecret), helm.sh/helm v4.3.1
//! `pkg/storage/driver/secrets.go`.

use super::seen::Seen;
use super::{Check, Finding, Severity};
use crate::ownership::fate::Outcome;
use crate::release::codec::{self, SECRET_DATA_LIMIT};
use crate::release::payload::Payload;

/// From here on it is told, in percent of the limit.
const NEAR: usize = 90;

/// What a revision grows by between its creation and its end: times, a description, runs of hooks. In bytes.
const GROWTH: usize = 1024;

pub(super) fn findings(seen: &Seen) -> Vec<Finding> {
    let mut found = Vec::new();
    let (name, kind) = (seen.release.id.name.as_str(), kind(seen));
    let remedy = "keep less in the chart (files, large values, many subcharts), or store elsewhere (HELM_DRIVER=sql)";
    if let Some(size) = next_size(seen) {
        let percent = size.saturating_mul(100) / SECRET_DATA_LIMIT;
        let numbers = format!("{size} of {SECRET_DATA_LIMIT} bytes, {percent} %");
        if size > SECRET_DATA_LIMIT {
            let text = format!("the next revision does not fit into its {kind}: {numbers}");
            found.push(Finding {
                evidence: vec![format!("data: Too long: may not be more than {SECRET_DATA_LIMIT} bytes")],
                ..Finding::of_release(Severity::Blocks, Check::Size, text, remedy)
            });
        } else if percent >= NEAR || size.saturating_add(GROWTH).saturating_add(growth(seen, size)) > SECRET_DATA_LIMIT
        {
            let text = format!("the next revision may not fit into its {kind}: {numbers}");
            found.push(Finding::of_release(Severity::Risk, Check::Size, text, remedy));
        }
    }
    let told = match &seen.stored {
        None | Some(Ok(Outcome::Written(_))) => None,
        Some(Ok(Outcome::Failed(why))) => Some(Finding {
            evidence: vec![super::conflicts::brief(why)],
            ..Finding::of_release(
                Severity::Blocks,
                Check::Refused,
                format!("the {kind} of the next revision of {name} is refused"),
                "make room for it, as the answer says",
            )
        }),
        Some(Ok(Outcome::Conflicts(blocked, _))) => Some(Finding {
            evidence: blocked.iter().map(|blocked| blocked.message.clone()).collect(),
            ..Finding::of_release(Severity::Blocks, Check::Refused, "the next revision is refused", "ask again")
        }),
        // Flux stores as itself.
        Some(Err(_)) if seen.is_flux() => None,
        Some(Err(why)) => Some(Finding {
            evidence: vec![why.clone()],
            ..Finding::of_release(
                Severity::Unknown,
                Check::Size,
                format!("whether the {kind} of the next revision can be stored could not be tried"),
                "ask for the right to create it",
            )
        }),
    };
    found.extend(told);
    found
}

fn kind(seen: &Seen) -> &'static str {
    match seen.release.id.driver {
        codec::Driver::Secret => "Secret",
        codec::Driver::ConfigMap => "ConfigMap",
    }
}

/// How large the next revision is in its object: as large as the last, unless another manifest is asked about.
fn next_size(seen: &Seen) -> Option<usize> {
    let last = seen.last.as_ref().ok()?;
    match &seen.what_if.manifest {
        None => last.size().map(|size| size.stored),
        Some(_) => Some(codec::stored_size(seen.release.id.driver, &next(seen)?)),
    }
}

/// By how much a new manifest may make it grow once more: what it renders stands in the chart or in the values, too, and these
/// are not known.
fn growth(seen: &Seen, size: usize) -> usize {
    let last = seen.last.as_ref().ok().and_then(|last| last.size()).map_or(0, |last| last.stored);
    if seen.what_if.manifest.is_some() { size.saturating_sub(last) } else { 0 }
}

/// The next revision as it would be stored: the last with the manifest that is asked about.
#[must_use]
pub fn next(seen: &Seen) -> Option<String> {
    let mut raw = Payload::clone(seen.last.as_ref().ok()?).into_raw();
    if let Some(manifest) = &seen.what_if.manifest {
        raw.insert("manifest".to_owned(), manifest.clone().into());
    }
    codec::encode(seen.release.id.driver, &Payload::new(raw)).ok()
}
