//! What is compared as whole texts, and the patch that makes all of the new side of the old one.

use serde_json::{Map, Value};

use super::patch::{self, NO_FILE};
use super::semantic::mask_text;
use super::{Asked, Body, Diff, Document, End, Part, Side, yaml};
use crate::release::mask::{MASK, Masker};
use crate::release::payload::StoredFile;

/// A file of a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// What it is called, without the folder of its side: `manifest.yaml`, `templates/web.yaml`.
    pub name: String,
    /// What stands in it, secrets masked; `None` where it is no text.
    pub text: Option<String>,
}

/// The texts of a part as this program prints them: `manifest`, `values` and `notes` print the same. `None` for objects of a
/// cluster, which nobody has written as a text.
#[must_use]
pub fn whole(end: &End, part: Part, masker: &Masker) -> Option<Vec<File>> {
    match end {
        End::Live(..) | End::DryRun(..) => None,
        End::File(_, text) => Some(match part {
            Part::Manifest => vec![file("manifest.yaml", masker.manifest(text))],
            Part::Hooks
            | Part::Values
            | Part::Coalesced
            | Part::Chart
            | Part::Templates
            | Part::Files
            | Part::Notes => Vec::new(),
        }),
        End::Defaults(payload) => Some(match part {
            Part::Values => vec![file("values.yaml", values(payload.chart_values(), masker))],
            Part::Manifest
            | Part::Hooks
            | Part::Coalesced
            | Part::Chart
            | Part::Templates
            | Part::Files
            | Part::Notes => Vec::new(),
        }),
        End::Revision(payload) => Some(match part {
            Part::Manifest => {
                vec![file("manifest.yaml", masker.manifest(payload.manifest().unwrap_or_default()))]
            }
            Part::Hooks => {
                let hooks = payload.hooks().into_iter().map(|hook| {
                    let source = hook.path.map(|path| format!("# Source: {path}\n")).unwrap_or_default();
                    format!("---\n{source}{}\n", hook.manifest.unwrap_or_default().trim_end_matches('\n'))
                });
                vec![file("hooks.yaml", masker.manifest(&hooks.collect::<String>()))]
            }
            Part::Values => vec![file("values.yaml", values(payload.config(), masker))],
            Part::Coalesced | Part::Chart => {
                let documents = Side::revision(payload, &[part]).documents;
                documents.iter().map(|document| of_document(document, masker)).collect()
            }
            Part::Templates => payload.templates().iter().map(|stored| of_chart(stored, masker)).collect(),
            Part::Files => payload.files().iter().map(|stored| of_chart(stored, masker)).collect(),
            Part::Notes => vec![file("notes.txt", masker.text(payload.notes().unwrap_or_default()))],
        }),
    }
}

fn file(name: &str, text: String) -> File {
    File { name: name.to_owned(), text: Some(text) }
}

fn values(values: Option<&Map<String, Value>>, masker: &Masker) -> String {
    let values = masker.values(&Value::Object(values.cloned().unwrap_or_default()));
    serde_yaml::to_string(&values).unwrap_or_else(|error| format!("# cannot be written as YAML: {error}\n"))
}

fn of_document(document: &Document, masker: &Masker) -> File {
    let name = match document.id.name.ends_with(".yaml") {
        true => document.id.name.clone(),
        false => format!("{}.yaml", document.id.name),
    };
    let text = match &document.body {
        Body::Fields(fields) => yaml::write(&masker.values(fields)),
        Body::Text(text) => masker.text(text),
    };
    File { name, text: Some(text) }
}

fn of_chart(stored: &StoredFile<'_>, masker: &Masker) -> File {
    let text = stored.contents().and_then(|contents| String::from_utf8(contents).ok());
    File { name: stored.name.to_owned(), text: text.map(|text| mask_text(masker, stored.name, &text)) }
}

/// What `patch -p1` makes the new side of the old one with: of each part the texts as they are printed. Where a side has no
/// text of its own, such as live objects, each object is a file that is written alike on both sides. Noise is not left out.
/// What differs and is hidden on both sides stands before it in lines that `patch` passes over.
#[must_use]
pub fn patches(diff: &Diff, asked: &Asked) -> String {
    let (mut all, masker) = (String::new(), asked.secrets());
    for part in &asked.parts {
        let of_part = || diff.entries.iter().filter(|entry| entry.part == *part);
        for entry in of_part() {
            let is_hidden = |value: &Option<Value>| {
                value.as_ref().and_then(Value::as_str).is_some_and(|text| text.starts_with(MASK))
            };
            let hidden = entry.changes(true).filter(|change| is_hidden(&change.old) && is_hidden(&change.new));
            hidden.for_each(|change| {
                let field = format!("{}: {}", entry.title(), change.shown());
                all.push_str(&format!("# {}: differs and is hidden\n", field.escape_debug()));
            });
        }
        let whole = |end: &End| whole(end, *part, &masker);
        match (whole(&asked.old), whole(&asked.new)) {
            (Some(old), Some(new)) => {
                files(&mut all, &old, &new, &|name| of_part().any(|entry| entry.id.name == name));
            }
            _ => of_part().for_each(|entry| all.push_str(&patch::entry_patch(entry, true))),
        }
    }
    all
}

fn files(all: &mut String, old: &[File], new: &[File], differs: &dyn Fn(&str) -> bool) {
    let named = |files: &'_ [File], name: &str| files.iter().position(|file| file.name == name);
    for file in new {
        let before = named(old, &file.name).and_then(|place| old.get(place));
        one(all, &file.name, before, Some(file), differs);
    }
    for file in old.iter().filter(|file| named(new, &file.name).is_none()) {
        one(all, &file.name, Some(file), None, differs);
    }
}

fn one(all: &mut String, name: &str, old: Option<&File>, new: Option<&File>, differs: &dyn Fn(&str) -> bool) {
    let text = |file: Option<&File>| file.map_or(Some(String::new()), |file| file.text.clone());
    let called = |file: Option<&File>, side: &str| match file {
        Some(_) => format!("{side}/{name}"),
        None => NO_FILE.to_owned(),
    };
    match (text(old), text(new)) {
        (Some(from), Some(to)) => all.push_str(&patch::patch(&called(old, "a"), &from, &called(new, "b"), &to)),
        // What is no text is compared by what is told of it.
        _ if differs(name) => all.push_str(&format!("Binary file {} differs\n", name.escape_debug())),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde_json::json;

    use super::*;
    use crate::diff::noise::shipped;
    use crate::release::payload::Payload;
    use crate::schema::Schema;

    const SECRET: &str = "hunter2-hunter2";

    fn revision(secret: &str, image: &str, template: &str) -> End {
        let encode = |text: &[u8]| STANDARD.encode(text);
        let manifest = format!(
            "---\n# Source: shop/templates/web.yaml\napiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  image: {image}\n\
             ---\napiVersion: v1\nkind: Secret\nmetadata:\n  name: db\nstringData:\n  key: {secret}\n"
        );
        let payload = json!({
            "name": "shop", "namespace": "shop", "version": 1, "manifest": manifest,
            "config": {"password": secret, "image": image},
            "info": {"notes": format!("password: {secret}\n")},
            "hooks": [{"name": "h", "kind": "Job", "path": "shop/templates/h.yaml", "manifest": "kind: Job\nmetadata:\n  name: h"}],
            "chart": {"templates": [
                {"name": "templates/db.yaml", "data": encode(format!("kind: Secret\nstringData:\n  key: {secret}\n").as_bytes())},
                {"name": template, "data": encode(b"a\n")},
                {"name": "logo.png", "data": encode(&[0xff, 0])},
            ]},
        });
        End::Revision(Arc::new(Payload::new(payload.as_object().unwrap().clone())))
    }

    fn check(old: End, new: End, parts: &[Part], expected: &str) {
        let asked = Asked { old, new, parts: parts.to_vec(), rules: shipped().into(), masker: Masker::default() };
        let diff = asked.compare(&Schema::default(), |_| std::ops::ControlFlow::Continue(())).unwrap();
        let patches = patches(&diff, &asked);
        assert!(!patches.contains(SECRET), "{patches}");
        assert_eq!(patches, expected);
    }

    #[test]
    fn a_patch_holds_each_part_as_it_is_printed() {
        let old = || revision(SECRET, "web:1", "templates/gone.yaml");
        let new = || revision(SECRET, "web:2", "templates/come.yaml");
        let manifest = "--- a/manifest.yaml\n+++ b/manifest.yaml\n@@ -5,7 +5,7 @@\n metadata:\n   name: web\n spec:\n-  image: web:1\n+  image: web:2\n ---\n apiVersion: v1\n kind: Secret\n";
        let values =
            "--- a/values.yaml\n+++ b/values.yaml\n@@ -1,2 +1,2 @@\n password: '***'\n-image: web:1\n+image: web:2\n";
        check(old(), new(), &[Part::Manifest, Part::Hooks, Part::Values, Part::Notes], &format!("{manifest}{values}"));
        check(
            old(),
            new(),
            &[Part::Templates],
            "--- /dev/null\n+++ b/templates/come.yaml\n@@ -0,0 +1 @@\n+a\n--- a/templates/gone.yaml\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n",
        );
        check(old(), old(), &[Part::Manifest, Part::Values, Part::Templates], "");
    }

    #[test]
    fn nothing_secret_is_in_a_whole_text() {
        let end = revision(SECRET, "web:1", "templates/x.yaml");
        let files: Vec<File> =
            [Part::Manifest, Part::Hooks, Part::Values, Part::Coalesced, Part::Chart, Part::Templates, Part::Notes]
                .into_iter()
                .flat_map(|part| whole(&end, part, &Masker::default()).unwrap())
                .collect();
        let texts: Vec<&String> = files.iter().filter_map(|file| file.text.as_ref()).collect();
        assert!(texts.iter().all(|text| !text.contains(SECRET)), "{texts:?}");
        assert!(files.iter().any(|file| file.name == "logo.png" && file.text.is_none()));
        assert_eq!(texts[1], "---\n# Source: shop/templates/h.yaml\nkind: Job\nmetadata:\n  name: h\n");
    }
}
