//! What is said of a comparison: what it is, how much differs, what to know of it, and why there is nothing to read.

use strum::IntoEnumIterator as _;

use super::State;
use super::ends::{self, Point};
use super::sheet::Sheet;
use crate::app::command::CommandId;
use crate::app::loadable::Loadable;
use crate::app::release::passages::Piece;
use crate::app::session::Session;
use crate::config::{Context, Role};
use crate::diff::{Change, Part};
use crate::release::{ProblemKind, history};

/// Something to be known of a comparison, in one line.
pub type Notice = (String, Role);

/// So many of what could not be read are told.
const FAULTS: usize = 2;

/// What stands below the title.
#[derive(Debug)]
pub enum Content<'a> {
    /// What differs.
    Sheet(&'a Sheet),
    /// Nothing, and why.
    Message {
        /// In sentences.
        lines: Vec<String>,
        /// Whether something failed.
        error: bool,
    },
}

impl State {
    /// What is compared, how many documents differ; then the parts.
    #[must_use]
    pub fn title(&self) -> [Vec<Piece>; 2] {
        let mut first = vec![(self.name.clone(), Role::Strong), (format!("  {}", self.sides()), Role::Text)];
        let Some(sheet) = &self.sheet else { return [first, Vec::new()] };
        let count =
            |change| sheet.blocks.iter().filter(|block| block.part == self.part && block.change == change).count();
        for (change, role) in [
            (Change::Changed, Role::DiffChanged),
            (Change::Added, Role::DiffAdded),
            (Change::Removed, Role::DiffRemoved),
        ] {
            let word: &str = change.into();
            match count(change) {
                0 => {}
                count => first.push((format!("   {count} {word}"), role)),
            }
        }
        let mut second = Vec::new();
        let mut alike = Vec::new();
        for part in self.parts() {
            match sheet.count(part) {
                0 => alike.push(part.word()),
                count if part == self.part => second.push((format!("[{} {count}]", part.word()), Role::TabOpen)),
                count => second.push((format!(" {} {count} ", part.word()), Role::Tab)),
            }
        }
        if !alike.is_empty() && !second.is_empty() {
            second.push((format!("  alike: {}", alike.join(", ")), Role::Dim));
        }
        [first, second]
    }

    /// Both sides, with the versions of their charts where these differ.
    fn sides(&self) -> String {
        let version = |point: Point| match point {
            Point::Revision(revision) => {
                let payload = self.read.get(&revision).and_then(|(_, result)| result.as_ref().ok());
                payload.and_then(|payload| payload.metadata()?.version)
            }
            Point::Live | Point::Defaults(_) | Point::DryRun(_) => None,
        };
        let (old, new) = (self.pair.old, self.pair.new);
        // What differs is counted on the same line, which has 80 columns.
        let short = |point: Point, version: &str| match point {
            Point::Revision(revision) => format!("rev {revision} ({version})"),
            Point::Live | Point::Defaults(_) | Point::DryRun(_) => point.to_string(),
        };
        match (version(old), version(new)) {
            (Some(was), Some(is)) if was != is => format!("{} -> {}", short(old, was), short(new, is)),
            (Some(_) | None, _) => format!("{old} -> {new}"),
        }
    }

    /// The parts that both ends have.
    fn parts(&self) -> impl Iterator<Item = Part> {
        let (old, new) = (self.pair.old.parts(), self.pair.new.parts());
        Part::iter().filter(move |part| old.contains(part) && new.contains(part))
    }

    /// What is to be known before it is read.
    #[must_use]
    pub fn notices(&self, session: &Session) -> Vec<Notice> {
        let mut notices: Vec<Notice> = self.pair.remark.iter().map(|text| (text.clone(), Role::Mark)).collect();
        notices.extend(self.rollbacks().map(|text| (text, Role::Mark)));
        let Some(diff) = &self.diff else { return notices };
        let gone = self.pruned(session).into_iter();
        notices.extend(gone.map(|revision| {
            (format!("revision {revision} was pruned meanwhile; what was read of it stays"), Role::BannerNote)
        }));
        let problem = self.problem.iter();
        notices.extend(problem.map(|problem| (format!("not compared anew: {problem}"), Role::BannerError)));
        notices.extend(diff.faults.iter().take(FAULTS).map(|fault| (fault.clone(), Role::BannerError)));
        let more = diff.faults.len().saturating_sub(FAULTS);
        if more > 0 {
            notices.push((format!("and {more} more that could not be read"), Role::BannerError));
        }
        notices.extend(self.noise(session).map(|text| (text, Role::Mark)));
        notices
    }

    /// Of each side that is a rollback, that it is one: what differs from the one before it is not new.
    fn rollbacks(&self) -> impl Iterator<Item = String> {
        [self.pair.old, self.pair.new].into_iter().filter_map(|point| {
            let Point::Revision(revision) = point else { return None };
            let (_, Ok(payload)) = self.read.get(&revision)? else { return None };
            let to = history::rollback_of(payload)?;
            Some(format!("revision {revision} is a rollback to {to}"))
        })
    }

    /// How much noise rules hide, which ones, and the key.
    fn noise(&self, session: &Session) -> Option<String> {
        let sheet = self.sheet.as_ref().filter(|sheet| !sheet.hidden.rules.is_empty())?;
        let count = sheet.hidden.lines;
        let lines = if count == 1 { "1 line".to_owned() } else { format!("{count} lines") };
        let rules: Vec<&str> = sheet.hidden.rules.iter().map(|(rule, _)| rule.as_ref()).collect();
        let by = if rules.len() == 1 { "1 rule".to_owned() } else { format!("{} rules", rules.len()) };
        let key = session.setup.bindings.keys(Context::Diff, CommandId::Noise).next();
        let key = key.map(ToString::to_string).unwrap_or_default();
        let names = rules.join(", ");
        Some(match sheet.with_noise {
            false => format!("{lines} hidden by {by}: {key} shows   ({names})"),
            true => format!("{lines} that {by} would hide are shown: {key} hides   ({names})"),
        })
    }

    /// What stands below the title.
    #[must_use]
    pub fn content(&self, session: &Session) -> Content<'_> {
        let message = |lines: Vec<String>| Content::Message { lines, error: false };
        let failure = |lines: Vec<String>| Content::Message { lines, error: true };
        match (&self.diff, &self.sheet) {
            (Some(_), Some(sheet)) if !self.page.rows.is_empty() => return Content::Sheet(sheet),
            (Some(_), Some(_)) => return message(self.nothing(session)),
            (Some(_), None) => {}
            (None, _) => {
                for point in [self.pair.old, self.pair.new] {
                    let Some(revision) = point.revision() else { continue };
                    let is_gone = ends::object(session, &self.id, revision).is_none();
                    if let Some((_, Err(problem))) = self.read.get(&revision)
                        && (is_gone || problem.kind == ProblemKind::NotFound)
                    {
                        return failure(vec![
                            format!("revision {revision} is not stored any more: it was pruned while it was read"),
                            "other sides can be chosen with < and >".to_owned(),
                        ]);
                    }
                    if let Some((object, Err(problem))) = self.read.get(&revision) {
                        let lines =
                            [format!("revision {revision} cannot be read from {}: {}", object.key, problem.cause)];
                        let hint = Some(problem.hint.clone()).filter(|hint| !hint.is_empty());
                        let keys = "other sides can be chosen with < and >; ctrl-r reads it again".to_owned();
                        return failure(lines.into_iter().chain(hint).chain([keys]).collect());
                    }
                    if !self.read.contains_key(&revision) && is_gone {
                        return failure(vec![
                            format!("revision {revision} is not stored any more"),
                            "other sides can be chosen with < and >".to_owned(),
                        ]);
                    }
                }
            }
        }
        for point in [self.pair.old, self.pair.new] {
            let Point::DryRun(revision) = point else { continue };
            match self.dry_runs.get(&revision) {
                Some(Loadable::Failed(problem)) => return failure(vec![problem.cause.clone(), problem.hint.clone()]),
                Some(Loadable::Loading(_)) => {
                    return message(vec![format!("having the API server try to write revision {revision} ...")]);
                }
                Some(Loadable::Idle | Loadable::Ready(_)) | None => {}
            }
        }
        if let Some(problem) = &self.problem {
            return failure(vec![problem.cause.clone(), problem.hint.clone()]);
        }
        if let Some((_, _, progress)) = &self.running {
            return message(vec![match progress {
                Some(progress) => format!("comparing: {} of {} documents ...", progress.done, progress.all),
                None => "comparing ...".to_owned(),
            }]);
        }
        if self.diff.is_some() {
            return message(vec!["comparing ...".to_owned()]);
        }
        let unread = [self.pair.old, self.pair.new].into_iter().find(|point| match point.revision() {
            Some(revision) => !self.read.contains_key(&revision),
            None => self.live.is_none(),
        });
        message(vec![match unread {
            Some(Point::Live) => self.reading_live(session),
            Some(point) => format!("reading {point} ..."),
            None => "comparing ...".to_owned(),
        }])
    }

    /// How far the objects are read, kind by kind.
    fn reading_live(&self, session: &Session) -> String {
        let open = session.open.as_ref().filter(|open| open.id == self.id && !open.feeds.is_empty());
        let Some(open) = open else { return "reading the objects of the release ...".to_owned() };
        let (read, all) = open.told();
        format!("reading the objects of the release: {read} of {all} kinds ...")
    }

    /// What is said where nothing of the part is to be seen.
    fn nothing(&self, session: &Session) -> Vec<String> {
        let (Some(sheet), Some(diff)) = (&self.sheet, &self.diff) else { return Vec::new() };
        let others: Vec<String> = self
            .parts()
            .filter(|part| sheet.count(*part) > 0)
            .map(|part| format!("{} {}", part.word(), sheet.count(part)))
            .collect();
        let mut lines = Vec::new();
        match (self.noise(session).filter(|_| !sheet.with_noise), others.is_empty()) {
            (Some(hidden), true) => {
                lines.push(format!("{} and {} differ in noise alone", self.pair.old, self.pair.new));
                lines.push(hidden);
            }
            (None, true) if !diff.faults.is_empty() => {
                lines.push("of what could be read, nothing differs".to_owned());
            }
            (None, true) => {
                let parts: Vec<&str> = self.parts().map(Part::word).collect();
                lines.push(format!("{} and {} are alike", self.pair.old, self.pair.new));
                lines.push(format!("nothing differs in {} documents: {}", diff.same, parts.join(", ")));
            }
            (_, false) => {
                lines.push(format!("nothing differs in {}", self.part.word()));
                lines.push(format!("other parts differ: {}", others.join(", ")));
            }
        }
        lines
    }

    /// Where one is.
    #[must_use]
    pub fn status(&self) -> Vec<Piece> {
        let Some(block) = self.block() else { return Vec::new() };
        let of = |what: &str, at: Option<usize>, all: usize| match at {
            Some(at) => format!("{what} {} of {all}", at + 1),
            None if all == 1 => format!("1 {what}"),
            None => format!("{all} {what}s"),
        };
        let what = if self.part == Part::Manifest || self.part == Part::Hooks { "object" } else { "document" };
        let mut said = vec![
            of(what, self.page.head_at(self.cursor), self.page.heads.len()),
            of("change", self.page.change_at(self.cursor), self.page.starts.len()),
        ];
        if self.wrap {
            said.push("wrapped".to_owned());
        } else if self.left > 0 {
            said.push(format!("from column {}", self.left + 1));
        }
        let mut pieces = vec![(block.title.clone(), Role::Text), (format!("  {}", said.join(", ")), Role::Dim)];
        if !self.sought.is_empty() {
            let sought = &self.sought;
            pieces.push(match self.found() {
                (0, _) => (format!("   no match for {sought}"), Role::PromptError),
                (count, Some(at)) => (format!("   match {} of {count} for {sought}", at + 1), Role::Prompt),
                (count, None) => (format!("   {count} matches for {sought}"), Role::Prompt),
            });
        }
        pieces
    }
}
