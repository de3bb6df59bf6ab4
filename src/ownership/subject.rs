//! A release to be asked about: its manifest, its objects as they are, and how it is written.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use super::classes::Row;
use super::fate::Fate;
use super::found::Failed;
use super::own::Method;
use super::parent::{Kustomizations, fate_of_edit};
use super::patch::Helm;
use super::report::{Report, Seen, Writing, group_of, report};
use super::wanted;
use crate::release::flux::{DriftMode, HandEdit, KUSTOMIZE_GROUP};
use crate::release::payload::{ApplyMethod, HelmMajor, Payload, ReleaseStatus};
use crate::release::{Catalog, LiveObject, ObjectId, ObjectKey, Release, StoredRef, manifest};
use crate::schema::Schema;

/// All that is needed to say who owns what of a release. Two are equal when they hold the same in memory, so that comparing
/// costs nothing.
#[derive(Debug, Clone)]
pub struct Subject {
    /// The release.
    pub release: Arc<Release>,
    /// The revision whose manifest is written next: the latest, or that of [`written_next`].
    pub payload: Arc<Payload>,
    /// Its objects that are there, in the order in which they are told.
    pub live: Vec<Arc<LiveObject>>,
    /// When it is asked: the time of the write that is computed. Not compared.
    pub now: Timestamp,
    /// What is known beside it.
    pub around: Around,
}

/// The stored revision whose manifest is written next where that is not the latest: of a Flux release whose latest revision
/// somebody else made, by `helm rollback` say, the last that Flux made. It goes back to that at the next reconcile.
#[must_use]
pub fn written_next(release: &Release, catalog: &Catalog) -> Option<StoredRef> {
    let last = release.helm_release.as_ref()?.history.first()?.revision;
    let mut revisions = catalog.revisions(&release.id);
    let latest = revisions.next()?;
    let is_others = !latest.by_flux && last < latest.revision;
    revisions.find(|stored| is_others && stored.revision == last).map(|stored| stored.object.clone())
}

/// What is known beside a release that says more of who owns what.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Around {
    /// Rows of the user's settings.
    pub managers: Arc<[Row]>,
    /// The Kustomizations that its objects name.
    pub kustomizations: Kustomizations,
}

impl Around {
    /// Of a release, whose HelmRelease and objects may be applied by Kustomizations.
    #[must_use]
    pub fn of(release: &Release, live: &[Arc<LiveObject>], managers: Arc<[Row]>, catalog: &Catalog) -> Self {
        let label = |object: &LiveObject, key: &str| {
            let at = format!("/metadata/labels/{KUSTOMIZE_GROUP}~1{key}");
            object.body.pointer(&at).and_then(Value::as_str).map(str::to_owned)
        };
        let of_object =
            |object: &Arc<LiveObject>| Some(ObjectKey::new(label(object, "namespace")?, label(object, "name")?));
        let of_release = release.helm_release.as_ref().and_then(|object| object.owner.clone());
        let keys = live.iter().filter_map(of_object).chain(of_release);
        let known = keys.filter_map(|key| catalog.kustomization(&key).map(|found| (key, found.suspended)));
        Self { managers, kustomizations: known.collect() }
    }
}

/// A field of its HelmRelease that somebody edited.
#[derive(Debug, Clone, PartialEq)]
pub struct Edited {
    /// What, by whom and when.
    pub edit: HandEdit,
    /// What becomes of it.
    pub fate: Fate,
}

impl PartialEq for Subject {
    fn eq(&self, other: &Self) -> bool {
        let same = |(one, other): (&Arc<LiveObject>, &Arc<LiveObject>)| Arc::ptr_eq(one, other);
        Arc::ptr_eq(&self.payload, &other.payload)
            && self.live.len() == other.live.len()
            && self.live.iter().zip(&other.live).all(same)
            && self.around == other.around
            && (Arc::ptr_eq(&self.release, &other.release) || self.release == other.release)
    }
}

/// What a revision that failed may not have reached.
#[must_use]
pub fn failed(payload: &Payload) -> Option<Failed> {
    let is_failed = matches!(payload.status(), Some(ReleaseStatus::Failed));
    let (revision, began) = (payload.revision()?.get(), payload.last_deployed()?);
    is_failed.then_some(Failed { revision, began })
}

impl Subject {
    /// The groups and versions of its objects: their types are needed.
    #[must_use]
    pub fn api_versions(&self) -> BTreeSet<String> {
        let of = |object: &Arc<LiveObject>| object.body.get("apiVersion")?.as_str().map(str::to_owned);
        self.live.iter().filter_map(of).collect()
    }

    /// Who owns what, fates computed. To read manifest and sets takes long.
    #[must_use]
    pub fn report(&self, schema: &Schema) -> Report {
        report(&self.seen(), schema, &self.writing())
    }

    /// That it is compared with another revision than the latest, and why.
    #[must_use]
    pub fn remark(&self) -> Option<String> {
        let (own, latest) = (self.payload.revision()?, self.release.revision?);
        let words = format!("revision {latest} is not Flux's: compared with revision {own}, to which Flux goes back");
        (own != latest && self.release.helm_release.is_some()).then_some(words)
    }

    /// What was edited in its HelmRelease, where that is kept as a repository has it.
    #[must_use]
    pub fn edits_of_helm_release(&self) -> Vec<Edited> {
        let Some(object) = &self.release.helm_release else { return Vec::new() };
        let of = |edit: &HandEdit| Edited {
            fate: fate_of_edit(edit, object.owner.as_ref(), &self.around.kustomizations),
            edit: edit.clone(),
        };
        object.hand_edits.iter().map(of).collect()
    }

    /// How it is written next.
    #[must_use]
    pub fn writing(&self) -> Writing<'_> {
        let is_flux = self.release.helm_release.is_some();
        let method = match self.payload.apply_method() {
            Some(ApplyMethod::ServerSide) => Method::ServerSide,
            Some(ApplyMethod::ClientSide) | None => Method::ClientSide,
        };
        let drift = self.release.helm_release.as_ref().map(|object| object.drift_mode);
        Writing {
            method,
            expected: if is_flux { "helm-controller" } else { "helm" },
            is_forced: is_flux,
            corrects_drift: drift == Some(DriftMode::Enabled),
            failed: failed(&self.payload),
            helm: match self.payload.helm_major() {
                HelmMajor::Three => Helm::Three,
                HelmMajor::Four => Helm::Four,
            },
            settings: &self.around.managers,
            kustomizations: &self.around.kustomizations,
            now: self.now,
            masker: self.payload.masker().clone(),
        }
    }

    /// The objects of the manifest that are there.
    #[must_use]
    pub fn seen(&self) -> Vec<Seen> {
        let release = &self.release;
        let objects = manifest::objects(self.payload.manifest().unwrap_or_default()).into_iter().flatten();
        let seen = objects.filter_map(|object| {
            let live = self.live_of(&object)?;
            // Of a Secret nothing but metadata is read.
            let is_secret = live.id.group.is_empty() && live.id.kind == "Secret";
            let namespace = Some(live.id.namespace.as_str()).filter(|namespace| !namespace.is_empty());
            let manifest = wanted(&object.body, namespace, &release.namespace, &release.id.name);
            (!is_secret).then(|| Seen { manifest, live: live.with_managed_fields() })
        });
        seen.collect()
    }

    /// The object that a part of the manifest means: where it writes no namespace, in the release's or in none.
    #[must_use]
    pub fn live_of(&self, object: &manifest::Object) -> Option<&LiveObject> {
        let group = group_of(&object.api_version);
        let named = |id: &ObjectId| id.group == group && id.kind == object.kind && id.name == object.name;
        let written = object.namespace.as_deref().unwrap_or_default();
        let places = [written, &self.release.namespace, ""];
        let mut alike: Vec<&LiveObject> = self.live.iter().map(|live| &**live).filter(|live| named(&live.id)).collect();
        let place = |live: &&LiveObject| places.iter().position(|place| *place == live.id.namespace);
        alike.sort_by_key(|live| place(live).unwrap_or(places.len()));
        alike.first().copied()
    }
}
