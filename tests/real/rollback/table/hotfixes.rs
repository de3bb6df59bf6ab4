//! What others wrote since: refused, forced, overwritten or left alone.

use serde_json::json;

use super::super::row::{Axis, Row};
use super::super::twin::Site;
use super::{config_map, settings, web, with};
use crate::cluster::Helm;

use Axis::{Applied, AppliedByAnother, Conflict, Edited, Forced, Helm3, Helm4, ImageSet, Patched, Scaled};

const FORCED: &[&str] = &["--force-conflicts"];

pub const ROWS: &[Row] = &[
    Row::new("edited", &[Edited, Conflict, Applied, Helm4], |site| {
        changed(site, Helm::V4);
        edited(site);
    })
    .refused("kubectl-edit"),
    Row::new("edited-forced", &[Edited, Forced, Applied], |site| {
        changed(site, Helm::V4);
        edited(site);
    })
    .flags(FORCED),
    Row::new("edited-patched", &[Edited, Patched, Helm3], |site| {
        changed(site, Helm::V3);
        edited(site);
    }),
    Row::new("scaled", &[Scaled, Conflict, Applied, Helm4], |site| {
        changed(site, Helm::V4);
        scaled(site);
    })
    .refused(".spec.replicas"),
    Row::new("scaled-forced", &[Scaled, Forced, Applied], |site| {
        changed(site, Helm::V4);
        scaled(site);
    })
    .flags(FORCED),
    Row::new("scaled-patched", &[Scaled, Patched, Helm3], |site| {
        changed(site, Helm::V3);
        scaled(site);
    }),
    Row::new("image-set", &[ImageSet, Conflict, Applied, Helm4], |site| {
        changed(site, Helm::V4);
        image_set(site, "hot");
    })
    .refused("kubectl-set"),
    Row::new("image-set-forced", &[ImageSet, Forced, Applied], |site| {
        changed(site, Helm::V4);
        image_set(site, "hot");
    })
    .flags(FORCED),
    Row::new("image-set-patched", &[ImageSet, Patched, Helm3], |site| {
        changed(site, Helm::V3);
        image_set(site, "hot");
    }),
    // The hotfix is the very value of the target.
    Row::new("image-set-as-before", &[ImageSet, Applied], |site| {
        changed(site, Helm::V4);
        image_set(site, "1");
    }),
    Row::new("image-set-as-before-patched", &[ImageSet, Patched, Helm3], |site| {
        changed(site, Helm::V3);
        image_set(site, "1");
    }),
    Row::new("applied-by-another", &[AppliedByAnother, Conflict, Applied, Helm4], |site| {
        changed(site, Helm::V4);
        site.apply_as("pipeline", &config_map("settings", json!({"LOG_LEVEL": "debug", "EXTRA": "yes"})));
    })
    .refused("pipeline"),
    Row::new("applied-by-another-forced", &[AppliedByAnother, Forced, Applied], |site| {
        changed(site, Helm::V4);
        site.apply_as("pipeline", &config_map("settings", json!({"LOG_LEVEL": "debug", "EXTRA": "yes"})));
    })
    .flags(FORCED),
    Row::new("applied-by-another-patched", &[AppliedByAnother, Patched, Helm3], |site| {
        changed(site, Helm::V3);
        site.apply_as("pipeline", &config_map("settings", json!({"LOG_LEVEL": "debug", "EXTRA": "yes"})));
    }),
    // Owned by two who want the same: what the target changes is in conflict, what it does not is shared on.
    Row::new("shared-unchanged", &[AppliedByAnother, Applied], |site| {
        changed(site, Helm::V4);
        site.apply_as("pipeline", &config_map("settings", json!({"LOG_LEVEL": "info"})));
    }),
    Row::new("shared-changed", &[AppliedByAnother, Conflict, Applied], |site| {
        changed(site, Helm::V4);
        site.apply_as("pipeline", &config_map("settings", json!({"VERSION": "2"})));
    })
    .refused(".data.VERSION"),
    Row::new("shared-changed-forced", &[AppliedByAnother, Forced, Applied], |site| {
        changed(site, Helm::V4);
        site.apply_as("pipeline", &config_map("settings", json!({"VERSION": "2"})));
    })
    .flags(FORCED),
    Row::new("added-by-hand", &[Edited, Applied, Helm4], |site| {
        changed(site, Helm::V4);
        added(site);
    }),
    Row::new("added-by-hand-patched", &[Edited, Patched, Helm3], |site| {
        changed(site, Helm::V3);
        added(site);
    }),
    // Only in the old revision; deleted and added again by hand.
    Row::new("taken-back-by-hand", &[Edited, Applied], |site| {
        let mut more = settings("1");
        more["data"]["OLD"] = json!("yes");
        site.install(Helm::V4, &[more]);
        site.upgrade(Helm::V4, &[settings("2")]);
        site.kubectl(&["patch", "configmap", "settings", "--type=merge", "-p", r#"{"data":{"OLD":"yes"}}"#]);
    }),
    Row::new("taken-away-by-hand", &[Edited, Patched, Helm3], |site| {
        changed(site, Helm::V3);
        site.kubectl(&["patch", "configmap", "settings", "--type=merge", "-p", r#"{"data":{"REGION":null}}"#]);
    }),
    Row::new("several-objects", &[Edited, Scaled, Conflict, Applied], |site| {
        changed(site, Helm::V4);
        edited(site);
        scaled(site);
    })
    .refused("kubectl-edit"),
];

fn changed(site: &Site, helm: Helm) {
    site.install(helm, &[settings("1"), web("1")]);
    site.upgrade(helm, &[settings("2"), with(web("2"), "/spec/replicas", json!(2))]);
}

/// One value that both revisions have alike, and one that the rollback changes.
fn edited(site: &Site) {
    site.edit("configmap/settings", "s/LOG_LEVEL: info/LOG_LEVEL: debug/; s/VERSION: \"2\"/VERSION: \"hot\"/");
}

fn scaled(site: &Site) {
    site.kubectl(&["scale", "deployment/web", "--replicas=5"]);
}

fn image_set(site: &Site, tag: &str) {
    site.kubectl(&["set", "image", "deployment/web", &format!("web=registry.example.com/web:{tag}")]);
}

fn added(site: &Site) {
    site.kubectl(&["label", "configmap", "settings", "team=night"]);
    site.kubectl(&["set", "env", "deployment/web", "DEBUG=1"]);
}
