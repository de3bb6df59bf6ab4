//! A plan as it is read: what has to be so, what is done, what becomes of fields, what is lost, and how it is undone.

use std::collections::{BTreeMap, BTreeSet};

use crate::app::bindings::Bindings;
use crate::app::command::CommandId;
use crate::app::release::passages::{Passage, Piece, Row, flow};
use crate::app::text::Glyphs;
use crate::config::{Context, Role};
use crate::plan::rollback::{NAME_A_REVISION, TAKE_FIELDS, WAYS};
use crate::plan::{
    Action, Await, Effect, EffectVerb, FieldEffect, Loss, NeededRight, Plan, Precondition, Standing, Step, StepId,
    Task, When,
};
use crate::release::{ObjectId, Problem};

use super::body;

/// How wide the words at the left are, with the space after them.
pub(super) const WORD: usize = 9;
/// How many fields of an object are shown until somebody wants to see all.
const FIELDS: usize = 5;
/// How many kinds of objects are named before they are counted.
const KINDS: usize = 3;

/// Options of actions as the planners name them, the command of the screen for each, and what that does.
const FLAGS: [(&str, CommandId, &str); 3] = [
    (WAYS, CommandId::OtherWay, "chooses the durable way; again, the emergency way"),
    (TAKE_FIELDS, CommandId::ForceConflicts, "takes the fields: what they hold is lost"),
    (NAME_A_REVISION, CommandId::OlderTarget, "chooses one, and so does the history"),
];

/// What a passage is of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// Nothing that can be unfolded, by its number.
    Said(usize),
    /// A step.
    Step(StepId),
    /// What becomes of an object, by its number.
    Effect(usize),
}

impl Place {
    /// Whether more can be shown of it.
    pub(super) fn folds(&self) -> bool {
        match self {
            Self::Said(_) => false,
            Self::Step(_) | Self::Effect(_) => true,
        }
    }
}

/// Lays out in so many columns.
#[derive(Clone, Copy)]
pub(super) struct Page<'b> {
    pub(super) columns: usize,
    pub(super) glyphs: Glyphs,
    pub(super) bindings: &'b Bindings,
}

/// Passages in their order, and what each is of.
pub(super) type Read = Vec<(Passage, Place)>;

impl Page<'_> {
    /// Why it cannot be planned.
    pub(super) fn unplanned(self, problem: &Problem) -> Read {
        let mut all = Read::new();
        self.say(&mut all, "", Role::Text, &[(problem.cause.clone(), Role::Text)], "");
        if !problem.hint.is_empty() {
            self.say(&mut all, "> ", Role::Key, &[(problem.hint.clone(), Role::Key)], "");
        }
        all
    }

    /// A plan, before a yes.
    pub(super) fn planned(self, plan: &Plan, unfolded: &BTreeSet<Place>) -> Read {
        let mut all = Read::new();
        self.ways(&mut all, plan);
        let conditions = &plan.preconditions;
        for state in [Standing::Unmet, Standing::Unknown, Standing::Met] {
            let alike = conditions.iter().filter(|condition| condition.state == state);
            alike.for_each(|condition| self.condition(&mut all, condition));
            match state {
                Standing::Unmet | Standing::Unknown => self.wanting_rights(&mut all, &plan.rights, state),
                Standing::Met => self.rights(&mut all, &plan.rights),
            }
        }
        for loss in &plan.losses {
            self.loss(&mut all, loss);
        }
        self.gap(&mut all);
        for step in &plan.steps {
            self.step(&mut all, plan, step, None, unfolded);
        }
        for otherwise in plan.otherwise.iter().filter(|otherwise| !otherwise.steps.is_empty()) {
            let text = format!("instead of the rest, if a step of {} fails:", otherwise.phase);
            self.heading(&mut all, &text);
            for step in &otherwise.steps {
                self.step(&mut all, plan, step, None, unfolded);
            }
        }
        self.effects(&mut all, plan, unfolded);
        self.proposal(&mut all, plan);
        let listed = [("note: ", &plan.notes), ("undone by: ", &plan.undo), ("as command: ", &plan.commands)];
        for (title, lines) in listed.into_iter().filter(|(_, lines)| !lines.is_empty()) {
            self.gap(&mut all);
            self.listed(&mut all, title, lines);
        }
        all
    }

    /// Lines, the first of them behind its title.
    pub(super) fn listed(self, all: &mut Read, title: &str, lines: &[String]) {
        let other = " ".repeat(title.len());
        for (place, line) in lines.iter().enumerate() {
            let word = if place == 0 { title } else { &other };
            self.say(all, word, Role::Dim, &[(line.clone(), Role::Text)], "");
        }
    }

    /// What is read for a plan, while it is.
    pub(super) fn planning(self, action: &Action) -> Read {
        let what: &[&str] = match action {
            Action::Reconcile { .. } | Action::Reset | Action::Force | Action::Suspend { .. } | Action::Resume => {
                &["the HelmRelease as it is now, and who manages it", "which rights the requests need"]
            }
            Action::Rollback(_) => &[
                "the stored revisions",
                "every object of both of them as it is now",
                "what the server says to each write, by dry-runs of which nothing is kept",
                "which rights the requests need",
            ],
            Action::Unlock => &["the newest stored revision", "whether anything still changes"],
            Action::Disown { .. } => {
                &["every object of the release with its managers", "which rights the requests need"]
            }
        };
        let mut all = Read::new();
        let lines: Vec<String> = what.iter().map(|line| (*line).to_owned()).collect();
        self.listed(&mut all, "reading  ", &lines);
        all
    }

    fn condition(self, all: &mut Read, condition: &Precondition) {
        let Precondition { state, says, evidence, remedy } = condition;
        let mut pieces = vec![(says.clone(), Role::Text)];
        if !evidence.is_empty() {
            pieces.push((format!("  {evidence}"), Role::Dim));
        }
        self.say(all, &format!("{:WORD$}", state.to_string()), standing_role(*state), &pieces, &self.by_keys(remedy));
    }

    /// What helps, where it is an option of the action by the key that sets it here.
    fn by_keys(self, remedy: &str) -> String {
        let found = FLAGS.iter().find(|(flags, ..)| *flags == remedy);
        let by = found.and_then(|(_, id, does)| Some((self.bindings.keys(Context::Plan, *id).next()?, does)));
        by.map_or_else(|| remedy.to_owned(), |(key, does)| format!("{key} {does}"))
    }

    /// What is missing, or not known, one by one.
    fn wanting_rights(self, all: &mut Read, rights: &[NeededRight], state: Standing) {
        for needed in rights.iter().filter(|needed| needed.state == state) {
            let (word, may) = match state {
                Standing::Unmet => ("missing", "the right to "),
                Standing::Unknown | Standing::Met => ("unknown", "whether you may "),
            };
            let mut pieces = vec![(format!("{may}{}", right(needed)), Role::Text)];
            if !needed.why.is_empty() {
                pieces.push((format!("  {}", needed.why), Role::Dim));
            }
            self.say(all, &format!("{word:WORD$}"), standing_role(state), &pieces, "");
        }
    }

    /// What the user may do, in a line: `you may create and update secrets, patch 7 kinds in legacy`.
    fn rights(self, all: &mut Read, rights: &[NeededRight]) {
        let mut verbs: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
        for needed in rights.iter().filter(|needed| needed.state == Standing::Met) {
            verbs.entry((&needed.right.namespace, &needed.right.resource)).or_default().insert(needed.right.verb);
        }
        let mut places: BTreeMap<&str, BTreeMap<BTreeSet<&str>, Vec<&str>>> = BTreeMap::new();
        for ((namespace, resource), verbs) in verbs {
            places.entry(namespace).or_default().entry(verbs).or_default().push(resource);
        }
        if places.is_empty() {
            return;
        }
        let words = places.iter().map(|(namespace, alike)| {
            let each = alike.iter().map(|(verbs, resources)| {
                let verbs = verbs.iter().copied().collect::<Vec<_>>().join(" and ");
                match resources.len() {
                    count if count > KINDS => format!("{verbs} {count} kinds"),
                    _ => format!("{verbs} {}", resources.join(" and ")),
                }
            });
            let place = if namespace.is_empty() { String::new() } else { format!(" in {namespace}") };
            format!("{}{place}", each.collect::<Vec<_>>().join(", "))
        });
        let text = format!("you may {}", words.collect::<Vec<_>>().join("; "));
        self.say(all, &format!("{:WORD$}", "met"), standing_role(Standing::Met), &[(text, Role::Text)], "");
    }

    fn loss(self, all: &mut Read, loss: &Loss) {
        let pieces = [
            (object_name(&loss.object), Role::Text),
            (format!("  {}", loss.path), Role::Text),
            (format!("  {}", loss.value), Role::DiffRemoved),
            (format!(" by {} becomes", loss.manager), Role::Text),
            (format!(" {}", loss.becomes), Role::DiffAdded),
        ];
        self.say(all, &format!("{:WORD$}", "lost"), Role::Mark, &pieces, "");
    }

    /// A step; beside it how it stands, where that is told.
    pub(super) fn step(
        self,
        all: &mut Read,
        plan: &Plan,
        step: &Step,
        standing: Option<(&str, Role)>,
        unfolded: &BTreeSet<Place>,
    ) {
        let (word, object) = match &step.task {
            Task::Send(request) => {
                let by = if request.manager.is_empty() { String::new() } else { format!(" as {}", request.manager) };
                (request.verb.word(), format!("{}{by}", object_in(&request.object, &plan.namespace)))
            }
            Task::Check(_) => ("check", String::new()),
            Task::Await(_) => ("wait", String::new()),
        };
        let number = format!("{:>2}  ", step.id.0);
        let standing_text = standing.map(|(text, _)| format!("{text:WORD$}")).unwrap_or_default();
        let standing_role = standing.map_or(Role::Dim, |(_, role)| role);
        let first =
            [(number.clone(), Role::Dim), (standing_text.clone(), standing_role), (format!("{word:7} "), Role::Strong)];
        let indent = number.len() + standing_text.len() + 8;
        let mut pieces = Vec::new();
        if !object.is_empty() {
            pieces.push((object.clone(), Role::Text));
        }
        pieces.push((format!("  {}", beside_name(step)), if object.is_empty() { Role::Text } else { Role::Dim }));
        if let Task::Await(awaited) = &step.task
            && standing.is_none()
        {
            pieces.push((format!("  at most {}", span(timeout(awaited))), Role::Dim));
        }
        match step.when {
            When::Always => {}
            When::Done(before) => pieces.push((format!("  if step {} was done", before.0), Role::Dim)),
            When::Failed(before) => pieces.push((format!("  if step {} failed", before.0), Role::Dim)),
        }
        let mut rows = self.rows(&pieces, &first, indent);
        let place = Place::Step(step.id);
        if unfolded.contains(&place) {
            for line in body::lines(plan, step) {
                rows.extend(self.verbatim(&line, number.len()));
            }
        }
        let words = format!("step {}: {word} {object} {}", step.id.0, step.says);
        all.push((Passage { rows, words, ..Passage::default() }, place));
    }

    fn effects(self, all: &mut Read, plan: &Plan, unfolded: &BTreeSet<Place>) {
        let (same, others): (Vec<_>, Vec<_>) =
            plan.effects.iter().enumerate().partition(|(_, effect)| effect.verb == EffectVerb::None);
        if !plan.effects.is_empty() {
            self.gap(all);
        }
        for (number, effect) in others {
            self.effect(all, plan, number, effect, unfolded);
        }
        if !same.is_empty() {
            let text = match same.len() {
                1 => "1 object is as it shall be already".to_owned(),
                count => format!("{count} objects are as they shall be already"),
            };
            self.say(all, &format!("{:WORD$}", "none"), Role::Dim, &[(text, Role::Dim)], "");
        }
    }

    fn effect(self, all: &mut Read, plan: &Plan, number: usize, effect: &Effect, unfolded: &BTreeSet<Place>) {
        let place = Place::Effect(number);
        let name = object_in(&effect.object, &plan.namespace);
        let first = [(format!("{:WORD$}", effect.verb.to_string()), effect_role(effect.verb))];
        let mut rows = self.rows(&[(name.clone(), Role::Text)], &first, WORD);
        let shown = if unfolded.contains(&place) { usize::MAX } else { FIELDS };
        for field in effect.fields.iter().take(shown) {
            rows.extend(self.field(field));
        }
        let more = effect.fields.len().saturating_sub(shown);
        if more > 0 {
            rows.extend(self.rows(&[(format!("{more} fields more"), Role::Dim)], &indent(WORD + 2), WORD + 2));
        }
        let words = format!("{} {name}, {} fields", effect.verb, effect.fields.len());
        all.push((Passage { rows, words, ..Passage::default() }, place));
    }

    fn field(self, field: &FieldEffect) -> Vec<Row> {
        let FieldEffect { path, old, new, conflict } = field;
        let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "none".to_owned());
        let mut pieces = vec![
            (path.clone(), Role::Text),
            (format!("  {}", value(old)), Role::DiffRemoved),
            (" ->".to_owned(), Role::Dim),
            (format!(" {}", value(new)), Role::DiffAdded),
        ];
        if !conflict.is_empty() {
            // The server names who it is in these words already.
            let who = conflict.strip_prefix("conflict with ").unwrap_or(conflict);
            pieces.push((format!("  conflict with {who}"), Role::Failed));
        }
        self.rows(&pieces, &indent(WORD + 2), WORD + 4)
    }

    pub(super) fn gap(self, all: &mut Read) {
        if !all.is_empty() {
            let number = all.len();
            all.push((Passage::heading(""), Place::Said(number)));
        }
    }

    pub(super) fn heading(self, all: &mut Read, text: &str) {
        self.gap(all);
        let number = all.len();
        all.push((Passage::heading(text), Place::Said(number)));
    }

    /// A word at the left, beside it what is said, below it what to do about that.
    pub(super) fn say(self, all: &mut Read, word: &str, role: Role, pieces: &[Piece], remedy: &str) {
        let mut rows = self.rows(pieces, &[(word.to_owned(), role)], word.len());
        if !remedy.is_empty() {
            let first = [(format!("{}> ", " ".repeat(word.len())), Role::Key)];
            rows.extend(self.rows(&[(remedy.to_owned(), Role::Key)], &first, word.len() + 2));
        }
        let said: String = pieces.iter().map(|(text, _)| text.as_str()).collect();
        let todo = if remedy.is_empty() { String::new() } else { format!("; to do: {remedy}") };
        let words =
            format!("{}{said}{todo}", if word.trim().is_empty() { String::new() } else { format!("{} ", word.trim()) });
        let number = all.len();
        all.push((Passage { rows, words, ..Passage::default() }, Place::Said(number)));
    }

    pub(super) fn rows(self, pieces: &[Piece], first: &[Piece], other: usize) -> Vec<Row> {
        flow(pieces, first, &indent(other), self.columns, self.glyphs)
    }

    /// A line whose own indent matters.
    fn verbatim(self, line: &str, columns: usize) -> Vec<Row> {
        let own = line.len() - line.trim_start().len();
        let columns = (columns + own).min(self.columns / 2);
        self.rows(&[(line.trim_start().to_owned(), Role::SyntaxString)], &indent(columns), columns + 2)
    }
}

fn indent(columns: usize) -> [Piece; 1] {
    [(" ".repeat(columns), Role::Text)]
}

/// The object, with its namespace where it is another one than the release's.
fn object_in(object: &ObjectId, home: &str) -> String {
    if object.namespace == home || object.namespace.is_empty() {
        object_name(object)
    } else {
        format!("{} {}/{}", object.kind, object.namespace, object.name)
    }
}

fn object_name(object: &ObjectId) -> String {
    format!("{} {}", object.kind, object.name)
}

/// The right in words: `patch helmreleases.helm.toolkit.fluxcd.io storefront in shop`.
pub(super) fn right(needed: &NeededRight) -> String {
    let NeededRight { right, name, .. } = needed;
    let group = if right.group.is_empty() { String::new() } else { format!(".{}", right.group) };
    let name = if name.is_empty() { String::new() } else { format!(" {name}") };
    let place = if right.namespace.is_empty() { String::new() } else { format!(" in {}", right.namespace) };
    format!("{} {}{group}{name}{place}", right.verb, right.resource)
}

fn standing_role(state: Standing) -> Role {
    match state {
        Standing::Unmet => Role::Failed,
        Standing::Unknown => Role::Unknown,
        Standing::Met => Role::Healthy,
    }
}

fn effect_role(verb: EffectVerb) -> Role {
    match verb {
        EffectVerb::Create => Role::DiffAdded,
        EffectVerb::Change => Role::DiffChanged,
        EffectVerb::Delete => Role::DiffRemoved,
        EffectVerb::Keep | EffectVerb::None => Role::Dim,
        EffectVerb::Unknown => Role::Unknown,
    }
}

/// What a step is for, without the name of its object, which stands beside it.
fn beside_name(step: &Step) -> &str {
    let Task::Send(request) = &step.task else { return &step.says };
    let named = format!("{} {}: ", request.object.kind, request.object.name);
    // The name of what is stored ends with the revision.
    let stored = format!("{} of revision ", request.object.kind);
    let beside = step.says.strip_prefix(&named);
    let beside = beside.or_else(|| Some(step.says.strip_prefix(&stored)?.split_once(": ")?.1));
    beside.unwrap_or(&step.says)
}

fn timeout(awaited: &Await) -> u32 {
    match awaited {
        Await::Handled { timeout, .. }
        | Await::Reconciled { timeout, .. }
        | Await::Quiet { timeout, .. }
        | Await::Gone { timeout, .. }
        | Await::HookDone { timeout, .. }
        | Await::Settled { timeout, .. } => *timeout,
    }
}

/// So many seconds: `45s`, `5m`, `4m 10s`.
pub(super) fn span(seconds: u32) -> String {
    match (seconds / 60, seconds % 60) {
        (0, seconds) => format!("{seconds}s"),
        (minutes, 0) => format!("{minutes}m"),
        (minutes, seconds) => format!("{minutes}m {seconds}s"),
    }
}
