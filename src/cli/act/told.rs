//! A plan and its run, as they are printed for people.

use crate::cli::print::table;
use crate::plan::{Confirm, EffectVerb, OfferedWay, Plan, Proposal, Standing, Step, Task};
use crate::release::ObjectId;

/// The plan: what stands in its way, what it does, what becomes of what, how to undo it, and what does the same.
pub(super) fn plan(plan: &Plan) -> String {
    let mut out = format!("{}    plan {}\n", plan.title, plan.short_digest());
    let mut part = |lines: Vec<String>| {
        if !lines.is_empty() {
            out.push('\n');
            lines.iter().for_each(|line| {
                out.push_str(line.trim_end());
                out.push('\n');
            });
        }
    };
    part(ways(plan));
    part(preconditions(plan));
    part(steps(&plan.steps));
    part(effects(plan));
    let lost = |loss: &crate::plan::Loss| {
        let (object, value) = (
            named(&loss.object),
            crate::release::text::harmless(&loss.value, crate::release::text::Lines::Join).into_owned(),
        );
        format!("lost     {object} {}: {value} of {} becomes {}", loss.path, loss.manager, loss.becomes)
    };
    part(plan.losses.iter().map(lost).collect());
    part(proposal(plan));
    part(plan.notes.iter().map(|note| format!("note     {note}")).collect());
    part(plan.undo.iter().map(|line| format!("undo     {line}")).collect());
    part(plan.commands.iter().map(|line| format!("same as  {line}")).collect());
    out
}

/// What has to be done for a yes, in words.
pub(super) fn question(plan: &Plan) -> (&str, String) {
    match &plan.confirm {
        Confirm::Key => ("y", "type y to run it, anything else to leave: ".to_owned()),
        Confirm::Typed(text) => (text, format!("type {text} to run it, anything else to leave: ")),
    }
}

/// The ways side by side, the one that is gone marked.
fn ways(plan: &Plan) -> Vec<String> {
    let lines = plan.ways.iter().flat_map(|OfferedWay { way, is_chosen, says, but }| {
        let mark = if *is_chosen { "*" } else { " " };
        [format!("way    {mark} {way:10} {says}"), format!("                    but {but}")]
    });
    lines.collect()
}

/// What has to be committed, or could be, as a patch.
fn proposal(plan: &Plan) -> Vec<String> {
    let Some(Proposal { object, kept_by, diff }) = &plan.proposal else { return Vec::new() };
    let by = if kept_by.is_empty() { String::new() } else { format!(", which {kept_by} applies") };
    let head = format!("change   {}{by}:", named(object));
    std::iter::once(head).chain(diff.iter().map(|line| format!("  {line}"))).collect()
}

fn preconditions(plan: &Plan) -> Vec<String> {
    let mut lines = Vec::new();
    for one in &plan.preconditions {
        let evidence = if one.evidence.is_empty() { String::new() } else { format!("  ({})", one.evidence) };
        lines.push(format!("{:8} {}{evidence}", one.state.to_string(), one.says));
        if one.state != Standing::Met && !one.remedy.is_empty() {
            lines.push(format!("         {}", one.remedy));
        }
    }
    let right = |needed: &crate::plan::NeededRight| {
        let group = if needed.right.group.is_empty() { String::new() } else { format!(".{}", needed.right.group) };
        format!("{} {}{group}", needed.right.verb, needed.right.resource)
    };
    for state in [Standing::Unmet, Standing::Unknown, Standing::Met] {
        let mut rights: Vec<String> = plan.rights.iter().filter(|needed| needed.state == state).map(right).collect();
        rights.sort();
        rights.dedup();
        let what = match state {
            Standing::Unmet => "you may not",
            Standing::Unknown => "whether you may is not known:",
            Standing::Met => "you may",
        };
        if !rights.is_empty() {
            lines.push(format!("{:8} {what} {}", state.to_string(), rights.join(", ")));
        }
    }
    lines
}

fn steps(steps: &[Step]) -> Vec<String> {
    let width = steps.len().to_string().len();
    let line = |step: &Step| {
        let (word, what) = match &step.task {
            Task::Send(request) => {
                let line = request.line();
                let (word, rest) = line.split_once(' ').unwrap_or((&line, ""));
                (word.to_owned(), rest.to_owned())
            }
            Task::Check(_) => ("check".to_owned(), String::new()),
            Task::Await(_) => ("wait".to_owned(), String::new()),
        };
        let gap = if what.is_empty() { "" } else { "    " };
        format!("{:>width$}  {word:6}  {what}{gap}{}", step.id.0, step.says)
    };
    steps.iter().map(line).collect()
}

fn effects(plan: &Plan) -> Vec<String> {
    let mut rows = Vec::new();
    let untouched = plan.effects.iter().filter(|effect| effect.verb == EffectVerb::None).count();
    for effect in plan.effects.iter().filter(|effect| effect.verb != EffectVerb::None) {
        let object = named(&effect.object);
        if effect.fields.is_empty() {
            rows.push(vec![effect.verb.to_string(), object, String::new(), String::new()]);
            continue;
        }
        for (place, field) in effect.fields.iter().enumerate() {
            let (verb, object) =
                if place == 0 { (effect.verb.to_string(), object.clone()) } else { (String::new(), String::new()) };
            let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
            let conflict = if field.conflict.is_empty() { String::new() } else { format!("  ({})", field.conflict) };
            rows.push(vec![
                verb,
                object,
                field.path.clone(),
                format!("{} -> {}{conflict}", value(&field.old), value(&field.new)),
            ]);
        }
    }
    let mut lines: Vec<String> = match rows.is_empty() {
        true => Vec::new(),
        false => table(&["EFFECT", "OBJECT", "FIELD", "VALUE"], &rows).lines().map(str::to_owned).collect(),
    };
    if untouched > 0 {
        let objects = if untouched == 1 { "object stays as it is" } else { "objects stay as they are" };
        lines.push(format!("{untouched} {objects}"));
    }
    lines
}

fn named(object: &ObjectId) -> String {
    match object.namespace.as_str() {
        "" => format!("{} {}", object.kind, object.name),
        namespace => format!("{} {namespace}/{}", object.kind, object.name),
    }
}
