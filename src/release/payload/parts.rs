//! Parts of a release, borrowed from its JSON.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::kinds::HookPhase;
use super::{boolean, integer, list, object, text, texts, time};
use crate::release::codec::{self, Layer};

/// The chart's Chart.yaml.
#[derive(Debug, Clone, PartialEq)]
pub struct Metadata<'a> {
    pub name: Option<&'a str>,
    pub version: Option<&'a str>,
    pub app_version: Option<&'a str>,
    pub description: Option<&'a str>,
    /// `v1` or `v2`.
    pub api_version: Option<&'a str>,
    /// `application` or `library`.
    pub chart_type: Option<&'a str>,
    pub kube_version: Option<&'a str>,
    pub deprecated: bool,
    pub home: Option<&'a str>,
    pub icon: Option<&'a str>,
    pub sources: Vec<&'a str>,
    pub keywords: Vec<&'a str>,
    pub maintainers: Vec<Maintainer<'a>>,
    pub dependencies: Vec<Dependency<'a>>,
    pub annotations: Option<&'a Map<String, Value>>,
}

/// A person that Chart.yaml names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Maintainer<'a> {
    pub name: Option<&'a str>,
    pub email: Option<&'a str>,
    pub url: Option<&'a str>,
}

/// A subchart that Chart.yaml names. What it holds is not stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dependency<'a> {
    pub name: Option<&'a str>,
    pub version: Option<&'a str>,
    pub repository: Option<&'a str>,
    pub alias: Option<&'a str>,
    pub condition: Option<&'a str>,
}

/// An object that Helm runs at a moment in the life of a release. It is not in the manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hook<'a> {
    pub name: Option<&'a str>,
    pub kind: Option<&'a str>,
    /// The template it came from.
    pub path: Option<&'a str>,
    pub manifest: Option<&'a str>,
    /// `pre-install`, `test` and so on, as stored; old releases have words that Helm no longer runs.
    pub events: Vec<&'a str>,
    /// Lower runs first. Helm omits zero.
    pub weight: i64,
    pub delete_policies: Vec<&'a str>,
    /// `None` when Helm stored none. A hook that has not run has a run without times and phase.
    pub last_run: Option<HookRun>,
}

/// The last run of a hook. A rollback copies it along from the revision that it goes back to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookRun {
    pub started: Option<Timestamp>,
    pub completed: Option<Timestamp>,
    pub phase: Option<HookPhase>,
}

/// A file of the chart as stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredFile<'a> {
    pub name: &'a str,
    /// Base64.
    data: &'a str,
}

impl<'a> Metadata<'a> {
    pub(super) fn read(chart: &'a Map<String, Value>) -> Self {
        Self {
            name: text(chart.get("name")),
            version: text(chart.get("version")),
            app_version: text(chart.get("appVersion")),
            description: text(chart.get("description")),
            api_version: text(chart.get("apiVersion")),
            chart_type: text(chart.get("type")),
            kube_version: text(chart.get("kubeVersion")),
            deprecated: boolean(chart.get("deprecated")).unwrap_or(false),
            home: text(chart.get("home")),
            icon: text(chart.get("icon")),
            sources: texts(chart.get("sources")),
            keywords: texts(chart.get("keywords")),
            maintainers: objects(chart.get("maintainers")).map(Maintainer::read).collect(),
            dependencies: objects(chart.get("dependencies")).map(Dependency::read).collect(),
            annotations: object(chart.get("annotations")),
        }
    }
}

impl<'a> Maintainer<'a> {
    fn read(person: &'a Map<String, Value>) -> Self {
        Self { name: text(person.get("name")), email: text(person.get("email")), url: text(person.get("url")) }
    }
}

impl<'a> Dependency<'a> {
    fn read(chart: &'a Map<String, Value>) -> Self {
        Self {
            name: text(chart.get("name")),
            version: text(chart.get("version")),
            repository: text(chart.get("repository")),
            alias: text(chart.get("alias")),
            condition: text(chart.get("condition")),
        }
    }
}

impl<'a> Hook<'a> {
    pub(super) fn read(hook: &'a Map<String, Value>) -> Self {
        Self {
            name: text(hook.get("name")),
            kind: text(hook.get("kind")),
            path: text(hook.get("path")),
            manifest: text(hook.get("manifest")),
            events: texts(hook.get("events")),
            weight: integer(hook.get("weight")).unwrap_or(0),
            delete_policies: texts(hook.get("delete_policies")),
            last_run: object(hook.get("last_run")).map(HookRun::read),
        }
    }
}

impl HookRun {
    fn read(run: &Map<String, Value>) -> Self {
        Self {
            started: time(run.get("started_at")),
            completed: time(run.get("completed_at")),
            phase: text(run.get("phase")).map(HookPhase::from),
        }
    }
}

impl StoredFile<'_> {
    /// In bytes, as the file was in the chart.
    pub fn size(&self) -> usize {
        codec::decoded_length(self.data)
    }

    /// The file itself; `None` if what is stored is not base64.
    pub fn contents(&self) -> Option<Vec<u8>> {
        codec::unbase64(Layer::Helm, self.data.as_bytes()).ok()
    }
}

/// Files with a name; Go writes an empty file as no data, or as null.
pub(super) fn files(value: Option<&Value>) -> Vec<StoredFile<'_>> {
    objects(value)
        .filter_map(|file| {
            let name = text(file.get("name"))?;
            Some(StoredFile { name, data: text(file.get("data")).unwrap_or_default() })
        })
        .collect()
}

fn objects(value: Option<&Value>) -> impl Iterator<Item = &Map<String, Value>> {
    list(value).iter().filter_map(|entry| object(Some(entry)))
}
