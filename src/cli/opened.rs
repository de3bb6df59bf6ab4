//! One release with all that was read of it: its row, what its latest revision holds, what it names.

use std::sync::Arc;

use jiff::Timestamp;

use super::args::{AtRevision, Which};
use super::{Failure, show};
use crate::app::rows::Row;
use crate::cluster::Cluster;
use crate::health::objects::{self, Counts, Named};
use crate::health::{self, Judgement, World};
use crate::release::payload::Payload;
use crate::release::{Catalog, Inventory, Release, Scope, StoredRef};

/// A release and what it names.
pub(super) struct Opened {
    pub(super) release: Release,
    named: Vec<Named>,
    inventory: Inventory,
    payload: Option<(StoredRef, Arc<Payload>)>,
}

/// How it is at one moment.
pub(super) struct Seen {
    pub(super) row: Row,
    /// Its objects with all that they own.
    pub(super) tree: Vec<objects::Row>,
}

impl Opened {
    /// Finds the release, and reads what its latest revision holds. Where that cannot be read, its inventory has to do.
    ///
    /// # Errors
    /// When there is no such release, or more than one.
    pub(super) async fn find(
        cluster: &Cluster,
        catalog: &mut Catalog,
        scope: &Scope,
        which: &Which,
    ) -> Result<Self, Failure> {
        let release = show::find(catalog, scope, which)?;
        Ok(Self::read(cluster, catalog, release, None).await)
    }

    /// The same release as the catalog has it now; `None` where it has to be found anew. What was read is kept as long as it
    /// is the latest revision's.
    pub(super) async fn anew(&self, cluster: &Cluster, catalog: &mut Catalog) -> Option<Self> {
        let release = catalog.release_anew(&self.release)?;
        Some(Self::read(cluster, catalog, release, self.payload.clone()).await)
    }

    async fn read(
        cluster: &Cluster,
        catalog: &mut Catalog,
        release: Release,
        known: Option<(StoredRef, Arc<Payload>)>,
    ) -> Self {
        let known = known.filter(|(object, _)| release.latest.as_ref() == Some(object));
        let payload = match (&release.latest, known) {
            (_, Some(known)) => Some(known),
            (None, None) => None,
            (Some(object), None) => {
                let read = show::payload(cluster, catalog, &release, AtRevision { revision: None }).await;
                match read {
                    Ok(payload) => {
                        catalog.keep_summary(object, Ok(Arc::new(payload.summary())));
                        Some((object.clone(), payload))
                    }
                    Err(Failure::Problem(problem)) => {
                        super::say(&format!("what the latest revision holds is not known: {problem}"));
                        catalog.keep_summary(object, Err(problem));
                        None
                    }
                    Err(failure) => {
                        super::say(&failure.to_string());
                        None
                    }
                }
            }
        };
        let release = catalog.release_anew(&release).unwrap_or(release);
        let body = payload.as_ref().map(|(_, payload)| &**payload);
        let (named, inventory) = (objects::named(&release, body), objects::inventory_of(&release, body));
        Self { release, named, inventory, payload }
    }

    /// What it names.
    pub(super) fn named(&self) -> &[Named] {
        &self.named
    }

    /// What is to be read of it.
    pub(super) fn inventory(&self) -> &Inventory {
        &self.inventory
    }

    /// The payload of its latest revision.
    pub(super) fn payload(&self) -> Option<&Arc<Payload>> {
        self.payload.as_ref().map(|(_, payload)| payload)
    }

    /// How it is, by these objects.
    pub(super) fn seen(&self, catalog: &Catalog, world: &World, now: Timestamp) -> Seen {
        let release = self.release.clone();
        let standing = world.standing_of(&release, &self.named, now);
        let judgement = health::judge(&release, &standing, catalog, now);
        let tree = objects::rows(&release, &self.named, world, now);
        let counts = objects::counts(&tree);
        let judgement = match counts == Counts::default() {
            true => judgement,
            false => Judgement { counts: Some(counts), is_recalled: false, ..judgement },
        };
        Seen { row: Row::of(release, judgement, catalog), tree }
    }
}
