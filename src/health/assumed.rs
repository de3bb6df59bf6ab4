//! Why a release that calls itself well is only assumed to be: which of its objects were not looked at.

use strum::IntoEnumIterator;

use crate::release::{Catalog, FeedKind, Release, WatchedKind};

use super::Standing;

/// Why its own word is all there is; `None` where its objects were looked at and are well.
pub(super) fn why(release: &Release, standing: &Standing, catalog: &Catalog) -> Option<String> {
    const BY: &str = "by the release's own word";
    if release.remote() {
        return Some("on another cluster".to_owned());
    }
    if !standing.seen {
        let words: Vec<String> = standing.unseen.iter().map(|kind| format!("{kind}s")).collect();
        let asked = catalog.feeds().keys().any(|feed| matches!(feed.kind, FeedKind::Objects(_)));
        return Some(match words.as_slice() {
            [] if asked => format!("objects not read yet: {BY}"),
            [] => format!("objects not looked at: {BY}"),
            all if all.len() == WatchedKind::iter().count() => format!("workloads forbidden: {BY}"),
            some => format!("{} forbidden: {BY}", some.join(", ")),
        });
    }
    let counts = &standing.counts;
    let of = |count: usize| if count == 1 { "1 object".to_owned() } else { format!("{count} objects") };
    if counts.hidden > 0 {
        return Some(format!("{} cannot be seen: {BY}", of(counts.hidden)));
    }
    if counts.total == 0 {
        return Some(format!("no workload is known of it: {BY}"));
    }
    (counts.assumed > 0).then(|| format!("{} of {} report nothing: current by rule", counts.assumed, of(counts.total)))
}
