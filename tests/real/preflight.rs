//! Predict, fly, compare: `preflight` says whether the next upgrade of a release goes through; then the real Helm or the real
//! Flux makes that very upgrade, and what came of it is held against what was said.
//!
//! The words of refusals, the conflicts and the fields are those of Helm, Flux and the API server. Nothing that passes may
//! fail, nothing that blocks may go through.

mod fields;
mod flight;
mod histories;
pub mod objects;
mod refusals;
mod site;
mod waits;

use crate::Case;

pub const CASES: &[Case] = &[
    // Those that wait for time limits first.
    Case::shared("wait_by_helm", waits::by_helm),
    Case::shared("wait_by_flux", waits::by_flux),
    Case::shared("wait_by_flux_for_what_has_failed", waits::failed_by_flux),
    Case::shared("wait_for_what_is_mended", waits::mended),
    Case::shared("terminating", waits::terminating),
    Case::shared("edited", fields::edited),
    Case::shared("image_set", fields::image_set),
    Case::shared("scaled", fields::scaled),
    Case::shared("applied_by_another", fields::applied_by_another),
    Case::shared("two_objects", fields::two_objects),
    Case::shared("forced", fields::forced),
    Case::shared("armed", fields::armed),
    Case::shared("added_by_hand", fields::added_by_hand),
    Case::shared("changed_by_the_chart", fields::changed_by_the_chart),
    Case::shared("left_over", fields::left_over),
    Case::shared("patched_by_helm_3", fields::patched_by_helm_3),
    Case::shared("patched_by_helm_4", fields::patched_by_helm_4),
    Case::shared("patched_where_it_is_asked_for", fields::patched_where_it_is_asked_for),
    Case::shared("migrated", fields::migrated),
    Case::shared("forced_by_flux", fields::forced_by_flux),
    Case::shared("deleted_by_hand", fields::deleted_by_hand),
    Case::shared("selector", refusals::selector),
    Case::shared("cluster_address", refusals::cluster_address),
    Case::shared("job_template", refusals::job_template),
    Case::shared("unknown_field", refusals::unknown_field),
    Case::shared("duplicates", refusals::duplicates),
    Case::shared("name_to_be_made", refusals::name_to_be_made),
    Case::shared("webhook_away", refusals::webhook_away),
    Case::shared("in_the_way", refusals::in_the_way),
    Case::shared("kind_gone", refusals::kind_gone),
    Case::shared("version_gone", refusals::version_gone),
    Case::shared("quota", refusals::quota),
    Case::shared("kind_to_come", refusals::kind_to_come),
    Case::shared("namespace_to_come", refusals::namespace_to_come),
    Case::shared("quota_of_several", refusals::quota_of_several),
    Case::shared("quota_of_revisions", refusals::quota_of_revisions),
    Case::shared("policy", refusals::policy),
    Case::shared("removal", refusals::removal),
    Case::shared("rights", refusals::rights),
    Case::shared("rights_of_flux", refusals::rights_of_flux),
    Case::shared("size", refusals::size),
    Case::shared("namespace_ending", refusals::namespace_ending),
    Case::shared("pending", histories::pending),
    Case::shared("pending_under_flux", histories::pending_under_flux),
    Case::shared("uninstalled", histories::uninstalled),
    Case::shared("failed_by_a_hook", histories::failed_by_a_hook),
    Case::shared("failed_by_a_wait", histories::failed_by_a_wait),
    Case::shared("suspended", histories::suspended),
    Case::shared("retries_used_up", histories::retries_used_up),
    Case::shared("dependency", histories::dependency),
];
