//! What happens in the demo while one watches: the recorded upgrade of `billing`, on a copy of it.

use wheelhouse::demo::bundle::Act;

use super::recording::Recording;

pub fn acts(_recording: &Recording) -> Vec<Act> {
    Vec::new()
}
