//! Why a release is suspended, and what was done to it meanwhile: said wherever somebody looks at it.

use insta::assert_snapshot;
use serde_json::json;
use std::sync::Arc;
use wheelhouse::release::Change;
use wheelhouse::release::flux::{HelmRelease, RolledBack, SUSPENDED, Suspension};

use crate::fixture::{condition, snapshot};
use crate::list::ready;
use crate::scenario::{Scenario, ago};

/// The suspended one, with what its annotation says; whether its last upgrade failed.
fn cart(annotation: Option<&str>, is_suspended: bool, has_failed: bool) -> Change {
    let annotations = annotation.map(|text| json!({SUSPENDED: text})).unwrap_or_default();
    let conditions = if has_failed {
        let failed = "Helm upgrade failed for release shop/cart: web exits 1";
        json!([
            condition("Ready", "False", "UpgradeFailed", failed, 90),
            condition("Released", "False", "UpgradeFailed", failed, 90),
        ])
    } else {
        json!([condition("Ready", "True", "UpgradeSucceeded", "Helm upgrade succeeded", 5000)])
    };
    let object = json!({
        "metadata": {
            "namespace": "shop", "name": "cart", "generation": 4, "creationTimestamp": ago(86_400).to_string(),
            "annotations": annotations,
        },
        "spec": {"suspend": is_suspended, "chart": {"spec": {
            "chart": "storefront", "version": "1.5.0", "sourceRef": {"kind": "HelmRepository", "name": "charts"},
        }}},
        "status": {
            "observedGeneration": 4, "conditions": conditions,
            "history": [snapshot("shop", "cart", 7, "deployed", "1.5.0", 5000)],
        },
    });
    Change::HelmRelease(Arc::new(HelmRelease::read(&object).unwrap()))
}

fn kept(rollback: Option<RolledBack>) -> String {
    let (reason, by) = ("INC-4711: the database moves".to_owned(), "alice".to_owned());
    Suspension { reason, by, at: ago(3 * 3600), rollback }.text()
}

fn with(change: Change, width: u16, height: u16) -> Scenario {
    ready(width, height).changes(vec![change]).settled().keys("/").typed("ns:shop cart").keys("enter")
}

const SAID: &str = "suspended by alice 3h ago: INC-4711: the database moves";

#[test]
fn the_reason_of_a_suspension_is_said_in_list_and_header_and_why() {
    for (width, height) in [(80, 24), (160, 50)] {
        let s = with(cart(Some(&kept(None)), true, false), width, height);
        assert_snapshot!(format!("list_{width}x{height}"), s.screen());
        let s = s.keys("enter");
        assert_snapshot!(format!("why_{width}x{height}"), s.screen());
    }
    let said = |change| with(change, 160, 50).screen();
    assert!(said(cart(Some(&kept(None)), true, false)).contains(SAID));
    // What is broken comes first.
    let screen = said(cart(Some(&kept(None)), true, true));
    assert!(screen.contains("web exits 1") && screen.contains(SAID), "{screen}");
    // An annotation that a resume by other means left behind, one that is not understood, and none.
    for (annotation, is_suspended) in [(Some(kept(None)), false), (Some("{}".to_owned()), true), (None, true)] {
        let screen = said(cart(annotation.as_deref(), is_suspended, false));
        assert!(!screen.contains("alice"), "{screen}");
    }
}

#[test]
fn what_was_rolled_back_meanwhile_stands_above_the_release() {
    let back = kept(Some(RolledBack { from: 5, to: 4 }));
    for (width, height) in [(80, 24), (160, 50)] {
        let s = with(cart(Some(&back), true, false), width, height).keys("enter");
        assert_snapshot!(format!("rolled_back_{width}x{height}"), s.screen());
        for tab in ["h", "5", "7"] {
            let s = with(cart(Some(&back), true, false), width, height).keys("enter").keys(tab);
            let screen = s.screen();
            assert!(screen.contains("rolled back 5 -> 4 meanwhile; resume upgrades straight back"), "{tab}: {screen}");
        }
    }
    let screen = with(cart(Some(&back), true, false), 160, 50).screen();
    assert!(screen.contains("suspended by alice 3h ago, rolled back 5 -> 4: INC-4711"), "{screen}");
}
