//! Differences as patches that the program `patch` applies.
//!
//! A patch is complete: noise rules hide nothing of it, for what it is applied to would not become the other side.
//! It holds what may be seen, so it is applied to texts as this program prints them, in which secrets are masked.

use std::fmt::Write as _;
use std::ops::Range;

use similar::DiffOp;

use super::{Change, Entry, text};

/// Lines around each difference, as `diff -u` has them.
const CONTEXT: usize = 3;

/// What stands for a file that is not there.
pub const NO_FILE: &str = "/dev/null";

/// What makes the new text of the old one, as `diff -u` tells it; empty where they are equal. A file that one side lacks is
/// called [`NO_FILE`].
#[must_use]
pub fn patch(old_name: &str, old: &str, new_name: &str, new: &str) -> String {
    let (from, to) = (text::cut(old), text::cut(new));
    let groups = similar::group_diff_ops(text::operations(&from, &to), CONTEXT);
    let mut patch = String::new();
    for group in groups {
        let (Some(first), Some(last)) = (group.first(), group.last()) else { continue };
        if group.iter().all(text::is_equal) {
            continue;
        }
        if patch.is_empty() {
            patch = head(old_name, new_name);
        }
        let removed = first.old_range().start..last.old_range().end;
        let added = first.new_range().start..last.new_range().end;
        let _ = writeln!(patch, "@@ -{} +{} @@", place(&removed), place(&added));
        group.iter().for_each(|op| operation(&mut patch, op, &from, &to));
    }
    patch
}

/// One document as a patch of its YAML or its text, what noise rules hide left out unless it is wanted. Empty where nothing is left.
#[must_use]
pub fn entry_patch(entry: &Entry, with_noise: bool) -> String {
    let (old, new) = text::texts(entry, with_noise);
    let (old_name, new_name) = entry_names(entry);
    patch(&old_name, &old, &new_name, &new)
}

/// What [`entry_patch`] calls the two sides of a document.
#[must_use]
pub fn entry_names(entry: &Entry) -> (String, String) {
    let name = entry_name(entry);
    let (old, new) = (format!("a/{name}"), format!("b/{name}"));
    match entry.change {
        Change::Added => (NO_FILE.to_owned(), new),
        Change::Removed => (old, NO_FILE.to_owned()),
        Change::Changed => (old, new),
    }
}

/// The lines above the first hunk.
#[must_use]
pub fn head(old_name: &str, new_name: &str) -> String {
    format!("--- {}\n+++ {}\n", file_name(old_name), file_name(new_name))
}

/// What a file would be called that holds a document: `Deployment-storefront.yaml`, or the name of what is no object.
#[must_use]
pub fn entry_name(entry: &Entry) -> String {
    match entry.id.kind.as_str() {
        "" => entry.id.name.clone(),
        kind => format!("{kind}-{}.yaml", entry.id.name),
    }
}

/// The lines of a hunk: the first of them and how many. Of none, the one before.
fn place(lines: &Range<usize>) -> String {
    match lines.len() {
        0 => format!("{},0", lines.start),
        1 => lines.start.saturating_add(1).to_string(),
        length => format!("{},{length}", lines.start.saturating_add(1)),
    }
}

fn operation(patch: &mut String, op: &DiffOp, old: &[&str], new: &[&str]) {
    let mut tell = |sign: char, lines: &[&str], range: Range<usize>| {
        for line in lines.get(range).unwrap_or_default() {
            patch.push(sign);
            patch.push_str(line);
            if !line.ends_with('\n') {
                patch.push_str("\n\\ No newline at end of file\n");
            }
        }
    };
    if text::is_equal(op) {
        tell(' ', old, op.old_range());
    } else {
        tell('-', old, op.old_range());
        tell('+', new, op.new_range());
    }
}

/// A name as `patch` reads it from a header. Names come from charts: nothing in them leads out of the folder, or ends the line.
/// Sources: GNU patch 2.7 `src/util.c` (fetchname: a name with blanks ends at a tab, one in quotes is a string of C).
fn file_name(name: &str) -> String {
    if name == NO_FILE {
        return name.to_owned();
    }
    let steps = name.split('/').filter(|step| !matches!(*step, "" | "." | ".."));
    let name = steps.collect::<Vec<_>>().join("/");
    if name.chars().any(|character| character.is_control() || matches!(character, '"' | '\\')) {
        let mut quoted = String::from("\"");
        for byte in name.bytes() {
            match byte {
                b'"' | b'\\' => {
                    quoted.push('\\');
                    quoted.push(char::from(byte));
                }
                b' '..=b'~' => quoted.push(char::from(byte)),
                _ => {
                    let _ = write!(quoted, "\\{byte:03o}");
                }
            }
        }
        quoted.push('"');
        return quoted;
    }
    match name.contains(' ') {
        true => format!("{name}\t"),
        false => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(old: &str, new: &str, expected: &str) {
        assert_eq!(patch("a/x", old, "b/x", new), expected);
    }

    #[test]
    fn a_patch_is_as_diff_writes_it() {
        check("a\n", "a\n", "");
        check("a\nb\n", "a\nc\n", "--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n");
        check("a", "b\n", "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+b\n");
        check("", "a\nb\n", "--- a/x\n+++ b/x\n@@ -0,0 +1,2 @@\n+a\n+b\n");
        check("a\n", "", "--- a/x\n+++ b/x\n@@ -1 +0,0 @@\n-a\n");
        let lines = |changed: &[usize]| -> String {
            (1..=30).map(|line| format!("{line}{}\n", if changed.contains(&line) { "!" } else { "" })).collect()
        };
        check(
            &lines(&[]),
            &lines(&[5, 25]),
            "--- a/x\n+++ b/x\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+5!\n 6\n 7\n 8\n@@ -22,7 +22,7 @@\n 22\n 23\n 24\n-25\n+25!\n 26\n 27\n 28\n",
        );
    }

    #[test]
    fn names_lead_nowhere_else() {
        let check = |name: &str, expected: &str| assert_eq!(file_name(name), expected);
        check("a/templates/web.yaml", "a/templates/web.yaml");
        check("a/../../etc/passwd", "a/etc/passwd");
        check("/etc//./passwd", "etc/passwd");
        check("a/my file", "a/my file\t");
        check("a/x\n+++ b/\"y\"", "\"a/x\\012+++ b/\\\"y\\\"\"");
        check("a/é\n", "\"a/\\303\\251\\012\"");
        check(NO_FILE, "/dev/null");
    }
}
