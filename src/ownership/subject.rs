//! A release to be asked about: its manifest, its objects as they are, and how it is written.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;

use super::own::Method;
use super::patch::Helm;
use super::report::{Report, Seen, Writing, report};
use super::wanted;
use crate::release::flux::DriftMode;
use crate::release::payload::{ApplyMethod, HelmMajor, Payload};
use crate::release::{LiveObject, ObjectId, Release, manifest};
use crate::schema::Schema;

/// All that is needed to say who owns what of a release. Two are equal when they hold the same in memory, so that comparing
/// costs nothing.
#[derive(Debug, Clone)]
pub struct Subject {
    /// The release.
    pub release: Arc<Release>,
    /// Its latest revision.
    pub payload: Arc<Payload>,
    /// Its objects that are there, in the order in which they are told.
    pub live: Vec<Arc<LiveObject>>,
    /// When it is asked: the time of the write that is computed. Not compared.
    pub now: Timestamp,
}

impl PartialEq for Subject {
    fn eq(&self, other: &Self) -> bool {
        let same = |(one, other): (&Arc<LiveObject>, &Arc<LiveObject>)| Arc::ptr_eq(one, other);
        Arc::ptr_eq(&self.payload, &other.payload)
            && self.live.len() == other.live.len()
            && self.live.iter().zip(&other.live).all(same)
            && (Arc::ptr_eq(&self.release, &other.release) || self.release == other.release)
    }
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

    /// How it is written next.
    #[must_use]
    pub fn writing(&self) -> Writing<'static> {
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
            helm: match self.payload.helm_major() {
                HelmMajor::Three => Helm::Three,
                HelmMajor::Four => Helm::Four,
            },
            settings: &[],
            now: self.now,
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
    pub(super) fn live_of(&self, object: &manifest::Object) -> Option<&LiveObject> {
        let group = object.api_version.split_once('/').map_or("", |(group, _)| group);
        let named = |id: &ObjectId| id.group == group && id.kind == object.kind && id.name == object.name;
        let written = object.namespace.as_deref().unwrap_or_default();
        let places = [written, &self.release.namespace, ""];
        let mut alike: Vec<&LiveObject> = self.live.iter().map(|live| &**live).filter(|live| named(&live.id)).collect();
        let place = |live: &&LiveObject| places.iter().position(|place| *place == live.id.namespace);
        alike.sort_by_key(|live| place(live).unwrap_or(places.len()));
        alike.first().copied()
    }
}
