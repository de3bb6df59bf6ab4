//! `diff`: what differs between two of a release's revisions, its live objects, what a write would make of them, the chart's own
//! values, and files.

mod ends;
mod printed;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use clap::{Args, ValueEnum};
use strum::IntoEnumIterator as _;

use super::args::DriverArg;
use super::status::{place_of, text_of_file};
use super::types::types;
use super::{Failure, Which, say};
use crate::app::settings::Said;
use crate::cluster::Cluster;
use crate::demo;
use crate::diff::noise::Rule;
use crate::diff::{Asked, Diff, End, Part};
use crate::release::mask::Masker;
use crate::release::{Problem, ProblemKind, Scope, manifest};
use crate::schema::Schema;
pub use ends::Side;

/// What `diff` is asked for.
#[derive(Debug, Args)]
pub struct DiffArguments {
    /// Name of the release, or NAMESPACE/NAME; none with two -f
    #[arg(value_name = "RELEASE")]
    pub release: Option<String>,
    /// The old side: the number of a revision; `live`: the objects as they are; `defaults`: the chart's own values; `dry-run`: what
    /// the API server would make of writing the latest revision again. `defaults:3` and `dry-run:3` are those of revision 3. Without
    /// it, the revision before the latest; where none is stored, the latest, compared with live
    #[arg(value_name = "OLD")]
    pub old: Option<Side>,
    /// The new side; else the latest revision. Alone, `live` is the new side, compared with the latest revision, and so is
    /// `dry-run`, compared with live
    #[arg(value_name = "NEW")]
    pub new: Option<Side>,
    /// Where it is stored, if it is stored in both
    #[arg(long, value_enum, value_name = "KIND")]
    pub driver: Option<DriverArg>,
    /// A file of objects, - for standard input. Twice: the old and the new side, and no cluster is asked. Once, with a release: the
    /// new side
    #[arg(short, long, value_name = "FILE")]
    pub file: Vec<PathBuf>,
    /// What is compared, more than once for more; else manifest, hooks and values, as far as both sides have them
    #[arg(long, value_name = "PART", value_parser = parts())]
    pub part: Vec<String>,
    /// Show what noise rules hide, too
    #[arg(long)]
    pub show_noise: bool,
    /// Exit with 1 if the sides differ, and with 14 if that cannot be said. What noise rules hide does not count, unless it is shown:
    /// with --show-noise, and with -o text, of which no rule hides anything
    #[arg(long)]
    pub exit_code: bool,
    /// How to print
    #[arg(short, long, value_enum, default_value_t = DiffOutput::Table)]
    pub output: DiffOutput,
}

/// How differences are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DiffOutput {
    /// For people
    Table,
    /// A patch, as `patch -p1` applies it to what `manifest` prints
    Text,
    /// For programs: documented and stable
    Json,
    /// The same as YAML
    Yaml,
}

const ALL: &str = "all";

fn parts() -> impl clap::builder::TypedValueParser<Value = String> {
    PossibleValuesParser::new(Part::iter().map(Part::word).chain([ALL])).map(|part| part)
}

/// What was found.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) printed: String,
    outcome: Outcome,
}

#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Alike,
    /// Which sides.
    Differ(String),
    /// What could not be compared; the rest is alike.
    Uncompared(usize),
}

impl Told {
    /// Whether that is a failure.
    pub(super) fn outcome(self, counts: bool) -> Result<(), Failure> {
        match self.outcome {
            Outcome::Differ(sides) if counts => Err(Failure::Differ(sides)),
            Outcome::Uncompared(1) if counts => Err(Failure::Uncompared("1 thing could not be compared".to_owned())),
            Outcome::Uncompared(count) if counts => {
                Err(Failure::Uncompared(format!("{count} things could not be compared")))
            }
            Outcome::Alike | Outcome::Differ(_) | Outcome::Uncompared(_) => Ok(()),
        }
    }
}

impl DiffArguments {
    /// The release, where one is compared; two files are compared without any.
    ///
    /// # Errors
    /// Where the arguments name no two sides.
    pub(super) fn which(&self) -> Result<Option<Which>, Failure> {
        let usage = |said: &str| Err(Failure::Usage(said.to_owned()));
        match (&self.release, self.file.as_slice()) {
            (None, []) => usage(
                "name a release: `wheelhouse diff NAMESPACE/NAME` (`wheelhouse list -A` names them all), or two files: \
                 `wheelhouse diff -f OLD -f NEW`, - for standard input",
            ),
            (None, [_]) => usage("-f is there once: name the other file, too, or the release that it is compared with"),
            (None, [one, other]) if one == other && one == Path::new("-") => {
                usage("standard input can be read once: one -f may be -")
            }
            (None, [one, other]) if one == other => usage("both -f name the same file"),
            (None, [_, _]) => Ok(None),
            (Some(_), [_, ..]) if self.new.is_some() => usage("three sides are named: RELEASE OLD NEW and -f"),
            (Some(release), [] | [_]) => Ok(Some(Which { release: release.clone(), driver: self.driver })),
            (_, [_, _, ..]) => usage("more than two sides are named: a release and two -f, or more than two -f"),
        }
    }

    /// A failure that may not be taken for "the sides differ".
    pub(super) fn failed(&self, failure: Failure) -> Failure {
        if self.exit_code && failure.code() == 1 { Failure::Uncompared(failure.to_string()) } else { failure }
    }

    /// What is compared of two ends.
    fn parts_of(&self, old: &End, new: &End) -> Result<Vec<Part>, Failure> {
        let (has_old, has_new) = (ends::parts(old), ends::parts(new));
        let both: Vec<Part> = has_old.iter().filter(|part| has_new.contains(part)).copied().collect();
        let lacks = |part: Part| {
            let (side, has) = if has_old.contains(&part) { (new, &has_new) } else { (old, &has_old) };
            let has: Vec<&str> = has.iter().map(|part| part.word()).collect();
            let (side, has) = (ends::word(side), has.join(", "));
            Failure::Usage(format!("{side} has no {}: there it is only {has} that can be compared", part.word()))
        };
        let named: Vec<Part> = match self.part.as_slice() {
            [] => {
                let usual: Vec<Part> = both.iter().filter(|part| Part::USUAL.contains(part)).copied().collect();
                if usual.is_empty() { both.clone() } else { usual }
            }
            words if words.iter().any(|word| word == ALL) => both.clone(),
            words => Part::iter().filter(|part| words.iter().any(|word| word == part.word())).collect(),
        };
        if named.is_empty() {
            let (old, new) = (ends::word(old), ends::word(new));
            return Err(Failure::Usage(format!("{old} and {new} have nothing of one sort that could be compared")));
        }
        match named.iter().find(|part| !both.contains(part)) {
            Some(part) => Err(lacks(*part)),
            None => Ok(named),
        }
    }

    fn told(&self, asked: &Asked, schema: &Schema) -> Result<Told, Failure> {
        let diff = asked.compare(schema, |_| ControlFlow::Continue(()));
        let Some(diff) = diff else { return Err(Failure::other("the comparison was ended".to_owned())) };
        let printed = printed::printed(&diff, asked, self.output, self.show_noise)?;
        // A patch is of texts, noise and comments among them: what it holds, differs.
        let is_patch = self.output == DiffOutput::Text;
        let differs = match is_patch && !printed.is_empty() {
            true => true,
            false => diff.entries.iter().any(|entry| is_patch || self.show_noise || !entry.is_noise()),
        };
        Ok(Told { outcome: Self::outcome_of(&diff, differs), printed })
    }

    fn outcome_of(diff: &Diff, differs: bool) -> Outcome {
        if differs {
            return Outcome::Differ(format!("{} and {} differ", diff.old, diff.new));
        }
        match diff.faults.len() {
            0 => Outcome::Alike,
            count => Outcome::Uncompared(count),
        }
    }
}

/// Compares two ends of a release, or of a release and a file.
///
/// # Errors
/// When there is no such release or revision, or it cannot be read; where the sides have nothing in common.
pub(super) async fn of_release(
    cluster: &Cluster,
    scope: &Scope,
    which: &Which,
    arguments: &DiffArguments,
    rules: Arc<[Rule]>,
) -> Result<Told, Failure> {
    let (old, new) = ends::ends(cluster, scope, which, arguments).await?;
    let parts = arguments.parts_of(&old, &new)?;
    let asked = Asked { old, new, parts, rules, masker: Masker::new(cluster.secrets().clone()) };
    let schema = types(cluster, asked.api_versions()).await;
    arguments.told(&asked, &schema)
}

/// Compares two files. No cluster is asked.
///
/// # Errors
/// Where one cannot be read to its end: half of a comparison would pass for one.
pub(super) async fn of_files(arguments: &DiffArguments, said: Said) -> Result<Told, Failure> {
    let mut ends = Vec::new();
    for file in &arguments.file {
        ends.push(of_file(file).await?);
    }
    let (Some(new), Some(old)) = (ends.pop(), ends.pop()) else {
        return Err(Failure::other("two files are compared".to_owned()));
    };
    let parts = arguments.parts_of(&old, &new)?;
    let asked = Asked { old, new, parts, rules: said.noise, masker: Masker::new(said.secrets) };
    arguments.told(&asked, &demo::schema())
}

/// A file of objects.
async fn of_file(file: &Path) -> Result<End, Failure> {
    let (place, text) = (place_of(file), text_of_file(file).await?);
    let objects = manifest::objects(&text);
    if let Some(bad) = objects.iter().find_map(|object| object.as_ref().err()) {
        return Err(Problem::new(ProblemKind::Malformed, format!("{place}, {bad}")).into());
    }
    if objects.is_empty() {
        say(&format!("{place} holds no object"));
    }
    Ok(End::File(place, Arc::from(text)))
}
