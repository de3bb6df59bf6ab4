//! The list of releases.

use insta::assert_snapshot;

use crate::fixture::{answer, cluster};
use crate::scenario::Scenario;

#[test]
fn the_whole_list() {
    let s = Scenario::connected(120, 40).changes(cluster()).answer(answer);
    assert_snapshot!("list_120x40", s.screen());
    assert_snapshot!("list_80x24", s.resized(80, 24).screen());
}
