//! `docs/cli.md`, from the command definitions and the table of exit codes.

use std::fmt::Write;

use clap::CommandFactory;
use strum::IntoEnumIterator;

use super::{Arguments, EXIT_CODES};
use crate::app::rows::MARKS;
use crate::health::Verdict;

/// The reference of all commands, as Markdown.
#[must_use]
pub fn cli_reference() -> String {
    let mut out = String::from(
        "# The command line\n\n\
         Made from the command definitions by `cargo test --test docs`; do not edit.\n\n\
         Results go to standard output, everything else to standard error.\n",
    );
    let mut root = Arguments::command();
    root.build();
    section(&mut out, &root, "wheelhouse");
    for command in root.get_subcommands().filter(|command| command.get_name() != "help") {
        section(&mut out, command, &format!("wheelhouse {}", command.get_name()));
    }
    out.push_str("\n## Exit codes\n\n| code | meaning |\n|---|---|\n");
    for (code, meaning) in EXIT_CODES {
        let _ = writeln!(out, "| {code} | {meaning} |");
    }
    let words: Vec<String> = Verdict::iter().map(|verdict| format!("`{verdict}`")).collect();
    let marks: Vec<String> = MARKS.iter().map(|mark| format!("`{mark}`")).collect();
    out.push_str(&JSON.replace("VERDICTS", &words.join(", ")).replace("MARKS", &marks.join(", ")));
    out
}

fn section(out: &mut String, command: &clap::Command, name: &str) {
    let about = command.get_long_about().or_else(|| command.get_about());
    let _ = write!(out, "\n## `{name}`\n\n{}\n\n", about.map(ToString::to_string).unwrap_or_default());
    out.push_str("| argument | does |\n|---|---|\n");
    for argument in command.get_arguments().filter(|argument| !argument.is_hide_set()) {
        let mut forms = Vec::new();
        if let Some(short) = argument.get_short() {
            forms.push(format!("-{short}"));
        }
        if let Some(long) = argument.get_long() {
            forms.push(format!("--{long}"));
        }
        let value = argument
            .get_num_args()
            .filter(|count| count.takes_values())
            .and_then(|_| argument.get_value_names())
            .map(|names| names.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "));
        let form = match (forms.is_empty(), value) {
            (true, value) => value.unwrap_or_else(|| argument.get_id().to_string()),
            (false, Some(value)) => format!("{} {value}", forms.join(", ")),
            (false, None) => forms.join(", "),
        };
        let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
        let choices: Vec<String> = if argument.get_num_args().is_some_and(|count| count.takes_values()) {
            argument.get_possible_values().iter().map(|value| format!("`{}`", value.get_name())).collect()
        } else {
            Vec::new()
        };
        let choices = if choices.is_empty() { String::new() } else { format!(" ({})", choices.join(", ")) };
        let _ = writeln!(out, "| `{form}` | {}{choices} |", help.replace('|', "\\|"));
    }
}

/// The shapes of JSON. Written by hand beside the types that they describe; a test holds the names.
const JSON: &str = "
## JSON

`-o yaml` is the same as YAML. A field that is absent or not known is null. Times are RFC 3339.

`list` prints an array, worst first:

| field | is |
|---|---|
| `namespace` | the release's namespace |
| `name` | the release's name |
| `revision` | number of the latest revision |
| `status` | Helm's status of that revision |
| `chart`, `chart_version`, `app_version` | of that revision |
| `updated` | when that revision was deployed |
| `managed_by` | `flux`, `helm4` or `helm3` (a payload without `apply_method`) |
| `verdict` | VERDICTS: `domain.md` says what each means |
| `cause`, `cause_since` | why, in words, and since when where that matters |
| `objects` | `ready`, `total`, `assumed` (ready by rule only), `missing`, `hidden` (not to be seen); null where they were not looked at |
| `marks` | what is worth a word beside the verdict: MARKS, with a count where it counts fields: `edited:4`; `held`: the Kustomization that applies it is suspended; `edited`: so many fields of its workloads are held by people, whether their values differ or not |
| `storage_namespace`, `driver` | where the revisions are stored, in a `secret` or a `configmap` |
| `revisions` | how many are stored |
| `evidence` | `storage`; `status` of the HelmRelease alone; `objects`: inferred from workloads, Secrets forbidden |
| `helm_release` | namespace/name of the HelmRelease |
| `wanted_chart`, `wanted_version` | what the HelmRelease asks for |
| `suspended` | the HelmRelease is suspended |
| `orphaned` | Flux wrote it, and its HelmRelease is gone |
| `remote` | objects and storage are on another cluster |
| `problems` | what is damaged or contradictory |

`history` prints an array, newest first; numbers that are missing are not stored any more, or never were:

| field | is |
|---|---|
| `revision`, `status` | number and Helm's status |
| `chart`, `chart_version`, `app_version` | of that revision |
| `updated` | when it was deployed |
| `description` | Helm's description |
| `apply_method` | `ssa`, `csa`; null: Helm 3, or not known |
| `rolled_back_to` | the revision that it went back to |
| `stored` | whether it is stored; else Flux alone remembers it |
| `stored_bytes`, `stored_percent` | its size in the storing object, and how much that is of the 1 MiB that fit |
| `flux_action` | what Flux did to make it |
| `tests` | an array of `name`, `phase`, `completed`: the tests that Flux was to run |
| `problem` | why its payload cannot be read |

`timeline` prints one object: `namespace`, `name`, `verdict`, `limits` (an array: what may have happened and cannot be here, and
why), and `entries`, an array, oldest first; what is told of one second stands in the order of causes:

| field | is |
|---|---|
| `time` | when; of what went on, when it began |
| `until` | when it was seen last, of what went on |
| `kind` | `request` (somebody asked Flux, or wrote the HelmRelease), `source`, `hotfix`, `revision`, `flux` (a condition turned), `hook`, `object`, `container`, `event` |
| `severity` | `bad`, `waiting`, `unknown`, `good` (neither good nor bad, too) |
| `revision` | the revision that it is of |
| `object` | `group`, `kind`, `namespace`, `name` of the object that it is of |
| `count` | how often it was seen |
| `text` | in words, without the object |
| `message` | of the tool, quoted exactly; null where the text holds all of it |
| `broke` | whether it is the first failure since the release was well; of one entry at most |

`values` prints the values, with `--all` those that templates see: what `helm get values -a` prints for the Helm that made the
revision. `values --provenance` prints an array of those, in the order of their paths:

| field | is |
|---|---|
| `path` | as `helm --set` writes it: `hosts[0].name`. A list is one value, unless a `targetPath` wrote into it |
| `value` | what it is; `***` where it is hidden |
| `layer` | `default` (the chart), `valuesFrom`, `inline` (`spec.values`; of a native release what the user gave), `unknown`: a source that may not be read, or that changed since, may have set it |
| `source` | which one, in words |
| `overrode` | an array of `layer`, `source`, `value`, the nearest first |
| `deleted` | a null took the default away: templates do not see the path |
| `masked` | whether `value` hides something: secret by its key, or from a Secret |

The stored revision is the truth of what was applied; sources are read as they are now. Where both differ it says so on standard
error. Of subcharts the chart's values hold the defaults of those that Chart.yaml names and that were enabled.

`manifest` prints an array of the objects. `notes` prints `revision`, `notes` and `hooks`, an
array of `kind`, `name`, `events`, `weight`, `delete_policies`, `phase`, `started`, `completed`. Secrets are masked in all of them.
`values --reveal PATH` prints one value as it is, whatever `-o` says.

`journal` prints an array of what was noted, newest last. Every entry has `version` (of the form of an entry: 1), `time`, `kind`,
`user` (of this machine, and who became that by sudo), `context`, `server`, `program` (its version). Entries of a later version are
printed as they are. By `kind`:

| kind | is, and has |
|---|---|
| `reveal` | a masked value was asked for: `release`, `field` |
| `begin` | a plan is about to run: `run` (what belongs together bears the same), `plan` (its digest), `release`, `action`, `title` |
| `send` | a request of it is about to be sent: `run`, `step`, `request` (in a line, without its body), `object`: `path`, `uid`, `resource_version` (null: there is none, or it does not matter) |
| `step` | how a step ended: `run`, `step`, `result`, `says`, as below |
| `end` | how the run ended: `run`, `outcome`, `says`, `next`, as below. A run without it was broken off |
| `damaged` | a line that cannot be read: `file`, `line` |

`journal --unfinished` prints an array of the actions that did not come to their end: `run`, `begun`, `user`, `context`, `server`, `release`,
`action`, `title`, `outcome` (null: it was broken off), `alive` (a process of its number runs still), `explains` (an array of lines: what was done,
what was in flight, what the cluster says now), and `offers`, an array of `says` and `command`, the best first; none where nothing is to be done.

`reconcile`, `reset`, `force`, `suspend`, `resume`, `rollback`, `unlock` and `disown` print with `--dry-run` the plan, one object, whatever
stands in its way:

| field | is |
|---|---|
| `action` | an object with `action`, its word, and its options |
| `namespace`, `name`, `title` | of which release, and what it comes to in a line |
| `digest` | 16 hex digits: plans with others do something else. Plans for Flux carry a fresh token, so that no two are alike |
| `runnable` | nothing is in the way, and no right is missing |
| `preconditions` | an array of `state` (`unmet`: it is not run; `unknown`; `met`), `says`, `evidence`, `remedy` |
| `rights` | an array of `verb`, `group`, `resource`, `namespace`, `name`, `state`, `why`: what the API server says of the user |
| `steps` | an array of what is done in this order; see below |
| `otherwise` | an array of `phase` and `steps`: what is done instead of the rest once a step of that phase failed |
| `effects` | an array of `object` (`group`, `kind`, `namespace`, `name`), `verb` (`create`, `change`, `delete`, `keep`, `none`, `unknown`) and `fields`: `path`, `old`, `new` (null: it has none then), `conflict` (who is in the way) |
| `losses` | an array of hotfixes that are lost: `object`, `path`, `manager`, `value`, `becomes` |
| `notes`, `undo`, `commands` | arrays of lines: what else to know, how to undo it, what does the same |
| `ways` | an array of `way` (`durable`, `emergency`), `is_chosen`, `says`, `but` (what it costs): the ways to the same end, where there are several |
| `proposal` | what has to be committed for it to last: `object`, `kept_by` (who applies that from Git), `diff` (lines); null where there is nothing |
| `confirm` | `by`: `key`, or `typed` with the `text` that has to be typed on the screen; `--yes` stands for both |

A step has `id`, `phase`, `says` (what it is for), `on_error` (`end`, `collect`, `go-on`), `when` (`always`, or `done` or `failed` with the number
of a step), and `do`: `send` with `verb` (`create`, `apply` with `force`, `json-patch`, `merge-patch`, `strategic-patch`, `replace`, `delete`), `api_version`, `resource`,
`object`, `manager`, `uid` and `resource_version` (which it has to have still; null: it does not matter), `digest` (of the object but for its
status, as it was seen: a newer state with the same is taken for the same), and `body` (`is`: `json` with
`content`; `stored`, `migration`: made as it is sent); `check` with what is looked at again: `newest-revision` with `stored` (`driver`,
`namespace`, `name`, `uid`, `resource_version`), `name` and `revision`, or `unchanged` with `generation`; `await` with what is waited for at most
`timeout` seconds: `handled` with `token`, `demand` and `before`, `reconciled`, `gone`, `hook-done`, or `settled` with `objects` and `jobs` (they have to be complete).
Secrets in bodies are masked.

When the plan is run they print one object: `namespace`, `name`, `action`, `plan` (its digest), `outcome` (`done`, `failed`, `refused`:
nothing was written; `stopped`; `unknown`), `says`, `next` (what to do), and `steps`, an array of `id`, `for`, `result` (`done`, `skipped`,
`failed`, `unknown`: an answer was lost) and `says`.

Where several releases are named, or `--filter` chooses them, `reconcile`, `reset`, `force`, `suspend` and `resume` print arrays of the
same objects in the order of the names or of the list: plans with `--dry-run`, else results. All are planned first; those that are ready
are run after one yes, `--at-once` of them at a time; what is in the way of another is its result: `refused`. What cannot be planned
has in place of a plan `action`, `namespace`, `name`, `runnable` (false), `problem` and `hint`, and as a result `plan` null. After
a failure no other is begun where `--stop-on-failure` is given: these are `stopped`. The exit code is that of the worst: 17, 16, 15, 0.

`status RELEASE` prints one object: the fields of `list`, of which `verdict`, `cause` and `objects` tell of objects of every
kind here, and `tree`, an array of the objects by `role`, the worst first, each followed by what it owns:

| field | is |
|---|---|
| `depth` | 0 for the objects of the release, one more for what these own |
| `role` | `release`, `hook`, `test`, `child` (another object of the tree owns it) |
| `group`, `kind`, `namespace`, `name` | what it is; `group` is empty for the core group, `namespace` null for what is in none |
| `status` | of kstatus: `InProgress`, `Failed`, `Current`, `Terminating`, `NotFound`, `Unknown`; else `Missing`, `Gone` (a hook or Job that may go), `Forbidden`, `NotServed`, `Loading` (not read) |
| `assumed` | Current only because it says nothing of itself |
| `severity` | `bad`, `waiting`, `unknown`, `good`: a Pod that crashes is bad while kstatus calls it Current |
| `message` | why |
| `created` | when it was made |
| `deleting`, `finalizers` | since when it is being deleted, and what must happen before it goes |
| `restarts` | of its containers and those below it; null for what has none |
| `containers` | of a Pod: an array of `name`, `init`, `state`, `severity`, `restarts`, the broken ones first |

With `--watch` it prints one object a line for each change that is shown: `time`, `namespace`, `name`, `verdict`, `cause`,
`cause_since`, `objects`; `-o yaml` prints documents. A change is shown when nothing more came for 400 ms, at the latest after
2 s. It ends when the verdict stands for 2 s and is none of `progressing`, `blocked` and `unknown`, which other things end. A
release that fails may be tried again by Flux: `why` says so under `next`.

`why` prints one object:

| field | is |
|---|---|
| `namespace`, `name`, `verdict` | of the release |
| `sentence` | what is wrong and because of what; null where nothing is |
| `chain` | an array from what owns the release down to what failed, in the order of the tree |
| `next` | what comes by itself, in words |
| `helps` | an array of `action` (`fix`, `reconcile`, `reset`, `force`, `resume`, `unlock`, `roll back` ...) and `text`: what it would do here |
| `hidden` | what could not be seen, with the missing right |

A link of the `chain` has `depth`, `kind` (`kustomization`, `source`, `depends on`, `chart`, `values`, `action`, `object`,
`event` ...), `what`, `state`, `severity` (as above), `evidence` (an array of messages, quoted exactly), `since`, and `cause`:
whether it is the first thing that failed. At most one link is.

`check` prints one object: `namespace`, `name`, `state` (the worst of the findings), and `findings`, an array of `state` (`unmet`,
`unknown`, `met`), `says`, `evidence`, `remedy`, the worst first. `domain.md` says what is looked at.

`owners` prints one object: `namespace`, `name`, `revision` (whose manifest it is compared with), `manager`, `method` and `reason` (who writes the
release, how, and from what that is known), `hotfixes`, `leftovers` and `armed` (how many), `findings`, `guessed` (an array of objects whose
type is not known), `remarks` (an array: what to know of objects first), `helm_release` (an array of `path`, `manager`, `time`, `fate`, `detail`: what
was edited of the HelmRelease) and `managers`, an array of `name`, `class`, `reason`, `ways`, `fields`, `shared` and `last`. A finding has:

| field | is |
|---|---|
| `found` | `hotfix`, `leftover`, `armed`, `expected` |
| `kind`, `namespace`, `name`, `path` | which field |
| `manifest`, `live` | its values; null: it has none there |
| `managers`, `shared`, `time` | who holds it, whether with others, and since when |
| `fate` | what the next write makes of it: `overwritten`, `removed`, `survives`, `stays`, `blocks`, `armed`, `taken-over`, `corrected`, `reverted`, `unknown` |
| `detail` | an array: with whom it conflicts, why the fate is not known, which rule expects it |
| `since_revision` | of a leftover, the first revision without it |
| `computed`, `computed_because` | whether the fate was computed here, and not by the API server in a dry-run, and why |

`blame` prints one object a line: `api_version`, `kind`, `namespace`, `name`, `errors` (an array:
entries of managedFields that cannot be read), `guessed` (its type is not known), and `fields`, an array of `path`, `present` (null: its values are
not read) and `owners`: `manager`, `operation`, `subresource`, `apiVersion`, `time`.

`preflight` prints an array: `namespace`, `name`, `by` (`flux`, `helm4`, `helm3`), `revision`, `method`, `manager`, `verdict`, `looked` (`objects`,
`tried`, `computed`: how many) and `findings`, an array of `severity`, `check`, `kind`, `namespace`, `name`, `path`, `text`, `evidence`, `remedy`.

`drift` prints one object: `namespace`, `name`, `mode` (`enabled`, `warn`, `disabled`; null: native), `drifted`, `summary` (the
lines of Flux), `bad_rule` (why Flux compares nothing) and `objects`, an array in the order of the manifest:

| field | is |
|---|---|
| `api_version`, `kind`, `namespace`, `name` | what it is; `namespace` is empty for what is in none |
| `state` | `removed`, `excluded`, `unchanged`, `changed`, `unknown` |
| `because` | why it is excluded, or not known |
| `additions`, `changes`, `removals` | how many operations |
| `operations` | an array of `op` (`add`, `replace`, `remove`: what would correct it), `path` as Flux has it, `at` (with the real index instead of `-`), `manifest`, `live`, `managers` (who holds it now), `time`, `ignore` (`paths`, `target`: the entry of `driftDetection.ignore` that would silence it) |
| `added_by_others` | an array of `path`, `live`, `leftover` (a former manager of the release keeps it alive), `managers`, `time`: no drift to Flux |
| `computed`, `computed_because` | whether it was computed here, and not by the API server in a dry-run, and why |

`diff` prints one object: `old` and `new` (what is compared: `revision 1`, `live`, `dry-run of revision 3`, a file), `same` (how
many objects and other documents both have alike), `faults` (an array of sentences: what could not be read or compared), `hidden`
(`changes`: how many are noise; `objects`: in how many nothing else differs; `rules`: how many by each rule) and `objects`:

| field | is |
|---|---|
| `part` | `manifest`, `hooks`, `values`, `coalesced`, `chart`, `templates`, `files`, `notes` |
| `kind`, `namespace`, `name` | what it is; of what is no object `kind` and `namespace` are empty, and `name` is that of the part or file |
| `change` | `added`, `removed`, `changed` |
| `old_api_version`, `new_api_version` | group and version on each side |
| `source` | the template that it comes from |
| `changes` | an array of `path`, `op` (`add`, `remove`, `replace`), `old`, `new` and `hidden_by`; of what was added or removed, and of text, one change of the whole, its `path` empty. The path within a document that a field holds stands behind ` > ` |

What noise rules hide is left out, unless `--show-noise` is given: then `hidden_by` names the rule. Secrets are masked; values that
differ are told as different even where both are masked alike.

Of two revisions or files, `-o text` is a patch of what `manifest` prints of them: `wheelhouse manifest RELEASE --revision 1 >
manifest.yaml`, then `wheelhouse diff RELEASE 1 2 --part manifest -o text | patch -p1`. Other parts are files of their own in it. Whatever
has no such text, such as live objects, is compared as YAML with its keys in one order. No noise rule counts in `-o text`,
nor in its exit code: with `--exit-code` it ends with 1 where it prints anything.

`status -f` prints one object a line, in the order of the input: `api_version`, `kind`, `namespace`, `name` (each empty where the
object has none), `status` (`InProgress`, `Failed`, `Current`, `Terminating`, `NotFound`, `Unknown`), `reason` (of the
condition; empty where there is none), `message`, and `assumed` (Current only because a custom resource says nothing of
itself). An object that cannot be judged is Unknown, its message the error. `-o yaml` prints an array.

`keys` prints an array: `context`, `keys` (null: it has none), `command` (`none`: the keys do nothing), `does`, `danger`
(`none`, or `plans`: it shows what it will write, and asks), `from` (file and line), `replaces` (an array of `was` and `from`).

`themes` prints an array of `name`, `in_use` (where `--theme` is not given), `background` (`dark`, `light`; null: any),
`file`, `replaces` (the shipped file), `faults` (how many). `themes NAME` prints an array of `role`, `style`, `shown` (with the
colours of this terminal), `from`, `replaces`, `is`.
";
