//! Hooks before and after, their order, what is deleted of them, and what is left when one fails.

use super::super::row::{Axis, Row};
use super::super::twin::Site;
use super::{hook, job_hook, settings, web};
use crate::cluster::Helm;

use Axis::{
    Applied, BeforeHookCreation, FailingHook, Helm3, Helm4, HookAfter, HookBefore, HookFailed, HookSucceeded,
    HookWeights, NoHooks, Patched,
};

const BEFORE: &str = "pre-rollback";
const AFTER: &str = "post-rollback";
const DELETED_FIRST: &str = "before-hook-creation";

pub const ROWS: &[Row] = &[
    Row::new("hook-before", &[HookBefore, Applied, Helm4], |site| {
        hooked(site, Helm::V4, &[job_hook("check", BEFORE, 0, "", "well")]);
    }),
    Row::new("hook-before-patched", &[HookBefore, Patched, Helm3], |site| {
        hooked(site, Helm::V3, &[job_hook("check", BEFORE, 0, "", "well")]);
    }),
    Row::new("hook-after", &[HookAfter, Applied, Helm4], |site| {
        hooked(site, Helm::V4, &[job_hook("tell", AFTER, 0, "", "well")]);
    }),
    Row::new("hook-after-patched", &[HookAfter, Patched, Helm4], |site| {
        site.install_with(Helm::V4, &[settings("1"), hook("tell", AFTER, 0, "")], &["--server-side=false"]);
        site.upgrade_with(Helm::V4, &[settings("2")], &["--server-side=false"]);
    }),
    Row::new("hook-for-both", &[HookBefore, HookAfter, Applied], |site| {
        hooked(site, Helm::V4, &[hook("both", "pre-rollback,post-rollback", 0, "")]);
    }),
    Row::new("hooks-by-weight", &[HookBefore, HookAfter, HookWeights, Applied], |site| {
        let hooks = [
            hook("b-last", BEFORE, 5, ""),
            hook("c-first", BEFORE, -5, ""),
            hook("b-second", BEFORE, 0, ""),
            hook("a-second", BEFORE, 0, ""),
            job_hook("a-after", AFTER, 1, "", "well"),
            hook("b-after", AFTER, -1, ""),
        ];
        hooked(site, Helm::V4, &hooks);
    }),
    Row::new("hooks-by-weight-patched", &[HookBefore, HookWeights, Patched, Helm3], |site| {
        let hooks = [hook("b", BEFORE, 5, ""), hook("a", BEFORE, 10, ""), hook("c", BEFORE, -10, "")];
        hooked(site, Helm::V3, &hooks);
    }),
    Row::new("hooks-of-one-weight", &[HookBefore, HookWeights], |site| {
        hooked(
            site,
            Helm::V4,
            &[job_hook("b", BEFORE, 0, "", "well"), hook("z", BEFORE, 0, ""), hook("a", BEFORE, 0, "")],
        );
    }),
    // What is there already.
    Row::new("hook-deleted-first", &[HookBefore, BeforeHookCreation, Applied], |site| {
        hooked(site, Helm::V4, &[job_hook("check", BEFORE, 0, DELETED_FIRST, "well")]);
        site.kubectl(&["create", "job", "check", "--image=registry.example.com/older:1"]);
    }),
    Row::new("hook-deleted-first-by-default", &[HookBefore, BeforeHookCreation, Patched, Helm3], |site| {
        hooked(site, Helm::V3, &[hook("check", BEFORE, 0, "")]);
        site.kubectl(&["create", "configmap", "check", "--from-literal=OLD=yes"]);
    }),
    Row::new("hook-run-twice", &[HookBefore, HookAfter, BeforeHookCreation], |site| {
        hooked(site, Helm::V4, &[hook("check", BEFORE, 0, ""), hook("tell", AFTER, 0, "")]);
        site.helm(Helm::V4, &["rollback", "shop", "1"]).expect_success();
        site.upgrade(Helm::V4, &[settings("4")]);
    })
    .to("3"),
    Row::new("hook-deleted-after", &[HookBefore, HookSucceeded, Applied], |site| {
        hooked(site, Helm::V4, &[job_hook("check", BEFORE, 0, "hook-succeeded", "well"), hook("tell", AFTER, 0, "")]);
    }),
    Row::new("hook-deleted-after-patched", &[HookAfter, HookSucceeded, Patched, Helm3], |site| {
        hooked(site, Helm::V3, &[hook("tell", AFTER, 0, "hook-succeeded"), hook("stays", AFTER, 1, "hook-failed")]);
    }),
    Row::new("hook-deleted-before-and-after", &[HookBefore, BeforeHookCreation, HookSucceeded], |site| {
        hooked(site, Helm::V4, &[hook("check", BEFORE, 0, "before-hook-creation,hook-succeeded")]);
        site.kubectl(&["create", "configmap", "check", "--from-literal=OLD=yes"]);
    }),
    // Not deleted first, and there: an apply takes it, a create is refused.
    Row::new("hook-in-the-way-applied", &[HookBefore, HookFailed, Applied], |site| {
        hooked(site, Helm::V4, &[hook("check", BEFORE, 0, "hook-failed")]);
        site.kubectl(&["create", "configmap", "check", "--from-literal=OLD=yes"]);
    }),
    Row::new("hook-in-the-way-patched", &[HookBefore, HookSucceeded, Patched, FailingHook, Helm3], |site| {
        hooked(site, Helm::V3, &[hook("check", BEFORE, 0, "hook-succeeded")]);
        site.kubectl(&["create", "configmap", "check", "--from-literal=OLD=yes"]);
    })
    .fails()
    .listed(&["hooks-marked"]),
    Row::new("hook-fails-before", &[HookBefore, FailingHook, Applied, Helm4], |site| {
        hooked(site, Helm::V4, &[job_hook("check", BEFORE, 0, "", "badly")]);
    })
    .fails()
    .listed(&["hooks-marked"]),
    Row::new("hook-fails-before-patched", &[HookBefore, FailingHook, Patched, Helm3], |site| {
        hooked(site, Helm::V3, &[job_hook("check", BEFORE, 0, "", "badly")]);
    })
    .fails()
    .listed(&["hooks-marked"]),
    Row::new("hook-fails-after", &[HookAfter, FailingHook, Applied], |site| {
        hooked(site, Helm::V4, &[job_hook("tell", AFTER, 0, "", "badly")]);
    })
    .fails()
    .listed(&["hooks-marked"]),
    Row::new("hook-fails-and-is-deleted", &[HookBefore, FailingHook, HookFailed], |site| {
        hooked(site, Helm::V4, &[job_hook("check", BEFORE, 0, "hook-failed", "badly")]);
    })
    .fails()
    .listed(&["hooks-marked"]),
    Row::new("hook-fails-after-others", &[HookBefore, HookWeights, FailingHook, HookFailed, HookSucceeded], |site| {
        let hooks = [
            hook("gone", BEFORE, 0, "hook-succeeded"),
            hook("stays", BEFORE, 1, "hook-failed"),
            job_hook("check", BEFORE, 2, "hook-failed", "badly"),
            hook("never", BEFORE, 3, ""),
        ];
        hooked(site, Helm::V4, &hooks);
    })
    .fails()
    .listed(&["hooks-marked"]),
    Row::new("hook-in-the-way-after-others", &[HookBefore, HookWeights, HookSucceeded, FailingHook, Helm3], |site| {
        hooked(site, Helm::V3, &[hook("goes", BEFORE, 0, "hook-succeeded"), hook("check", BEFORE, 1, "hook-failed")]);
        site.kubectl(&["create", "configmap", "check", "--from-literal=OLD=yes"]);
    })
    .fails()
    .listed(&["hooks-marked", "hooks-cleaned"]),
    Row::new("no-hooks", &[NoHooks, HookBefore, HookAfter, Applied], |site| {
        hooked(site, Helm::V4, &[job_hook("check", BEFORE, 0, "", "badly"), hook("tell", AFTER, 0, "")]);
    })
    .flags(&["--no-hooks"]),
    Row::new("no-hooks-patched", &[NoHooks, HookBefore, Patched, Helm3], |site| {
        hooked(site, Helm::V3, &[hook("check", BEFORE, 0, "")]);
        site.kubectl(&["create", "configmap", "check", "--from-literal=OLD=yes"]);
    })
    .flags(&["--no-hooks"]),
    Row::new("no-hooks-and-a-wait", &[NoHooks, HookAfter], |site| {
        site.install(Helm::V4, &[settings("1"), web("1"), hook("tell", AFTER, 0, "")]);
        site.upgrade(Helm::V4, &[settings("2"), web("2")]);
    })
    .flags(&["--no-hooks", "--wait"]),
    // Of another event: stored, and not run.
    Row::new("hook-of-upgrades", &[HookBefore, Applied], |site| {
        hooked(site, Helm::V4, &[hook("check", "pre-install,pre-upgrade", 0, ""), hook("test", "test", 0, "")]);
    }),
];

/// The first revision has hooks, the second has none.
fn hooked(site: &Site, helm: Helm, hooks: &[serde_json::Value]) {
    site.install(helm, &[&[settings("1")], hooks].concat());
    site.upgrade(helm, &[settings("2")]);
}
