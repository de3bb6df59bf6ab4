//! Reading an object while a plan runs: a server that hangs is told as one, so that a run always comes to an end.

use std::time::Duration;

use kube::Error;
use serde_json::Value;
use tokio::time::timeout;

use super::plan::told;
use crate::cluster::{Cluster, object};

/// After so long there is no answer.
const LONGEST: Duration = Duration::from_secs(15);

/// Why something was not read.
#[derive(Debug)]
pub(super) struct Unread {
    /// In the words of the server, if it said something.
    pub(super) says: String,
    /// The user may not read it: to ask again is no use.
    pub(super) is_forbidden: bool,
}

/// What is at a path; `None` where there is nothing.
pub(super) async fn look(cluster: &Cluster, path: &str, accepted: &str) -> Result<Option<Value>, Unread> {
    match timeout(LONGEST, object::get(&cluster.client, path, accepted)).await {
        Ok(Ok(found)) => Ok(found),
        Ok(Err(error)) => {
            let is_forbidden = matches!(&error, Error::Api(status) if status.code == 403);
            Err(Unread { says: told(cluster, &error), is_forbidden })
        }
        Err(_) => {
            let says = format!("{} gave no answer for {} s", cluster.server, LONGEST.as_secs());
            Err(Unread { says, is_forbidden: false })
        }
    }
}
