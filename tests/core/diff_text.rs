//! Patches held to the program that applies them, and to an applier that takes nothing but what fits.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use proptest::prelude::*;
use wheelhouse::diff::patch::{NO_FILE, patch};
use wheelhouse::diff::text::{Kind, compare, rows};
use wheelhouse::diff::whole::{patches, whole};
use wheelhouse::diff::{Asked, End, Part, noise};
use wheelhouse::release::codec::decode;
use wheelhouse::release::mask::Masker;
use wheelhouse::release::payload::Payload;
use wheelhouse::schema::Schema;

/// Applies a patch of one file: every line must be where the patch says, and no line may be left over.
fn applied(old: &str, patch: &str) -> Result<String, String> {
    if patch.is_empty() {
        return Ok(old.to_owned());
    }
    let lines: Vec<&str> = old.split_inclusive('\n').collect();
    let mut rest = patch.split_inclusive('\n').peekable();
    for sign in ["--- a/text\n", "+++ b/text\n"] {
        let header = rest.next();
        if header != Some(sign) {
            return Err(format!("{header:?} is no header"));
        }
    }
    let (mut new, mut at, mut come) = (String::new(), 0, 0);
    while let Some(header) = rest.next() {
        let words: Vec<&str> = header.split(' ').collect();
        let ["@@", removed, added, "@@\n"] = words.as_slice() else { return Err(format!("{header:?}")) };
        let range = |word: &str, sign: char| {
            let (start, length) = word.strip_prefix(sign)?.split_once(',').unwrap_or((word.strip_prefix(sign)?, "1"));
            let (start, length): (usize, usize) = (start.parse().ok()?, length.parse().ok()?);
            Some((if length == 0 { start } else { start.checked_sub(1)? }, length))
        };
        let (Some((start, mut gone)), Some((new_start, mut new_gone))) = (range(removed, '-'), range(added, '+'))
        else {
            return Err(format!("{header:?}"));
        };
        let kept = lines.get(at..start).ok_or(format!("{header:?} goes back"))?;
        kept.iter().for_each(|line| new.push_str(line));
        come += kept.len();
        at = start;
        if come != new_start {
            return Err(format!("{header:?} begins at {come} of the new text"));
        }
        while gone > 0 || new_gone > 0 {
            let line = rest.next().ok_or("the hunk ends")?;
            let (sign, text) = line.split_at(1);
            let is_unended = rest.next_if_eq(&"\\ No newline at end of file\n").is_some();
            let text = if is_unended { text.strip_suffix('\n').ok_or("no end")? } else { text };
            if sign != "+" {
                if lines.get(at) != Some(&text) {
                    return Err(format!("{text:?} is not line {at}: {:?}", lines.get(at)));
                }
                (at, gone) = (at + 1, gone.checked_sub(1).ok_or("too many old lines")?);
            }
            if sign != "-" {
                new.push_str(text);
                (come, new_gone) = (come + 1, new_gone.checked_sub(1).ok_or("too many new lines")?);
            }
        }
    }
    lines[at..].iter().for_each(|line| new.push_str(line));
    Ok(new)
}

fn check(old: &str, new: &str) {
    let patch = patch("a/text", old, "b/text", new);
    assert_eq!(applied(old, &patch).as_deref(), Ok(new), "{patch}");
    assert_eq!(patch.is_empty(), old == new);
}

/// Lines that are often the same, and look like what stands in patches.
fn texts() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        4 => "[ab]{0,2}",
        1 => Just("-- a".to_owned()),
        1 => Just("++ b/text".to_owned()),
        1 => Just("---".to_owned()),
        1 => Just("@@ -1 +1 @@".to_owned()),
        1 => Just("\\ No newline at end of file".to_owned()),
        1 => Just("a\r".to_owned()),
        1 => Just("a\rb\t漢".to_owned()),
    ];
    (prop::collection::vec(line, 0..30), any::<bool>())
        .prop_map(|(lines, is_ended)| lines.join("\n") + if is_ended { "\n" } else { "" })
}

proptest! {
    #[test]
    fn a_patch_makes_the_new_text_of_the_old_one(old in texts(), new in texts()) {
        let patch = patch("a/text", &old, "b/text", &new);
        prop_assert_eq!(applied(&old, &patch), Ok(new.clone()), "{}", patch);
        prop_assert_eq!(patch.is_empty(), old == new);
    }

    #[test]
    fn lines_and_rows_hold_both_texts(old in texts(), new in texts()) {
        let lines = compare(&old, &new);
        let side = |without: Kind| lines.iter().filter(|line| line.kind != without).count();
        prop_assert_eq!(side(Kind::Added), old.split_inclusive('\n').count());
        prop_assert_eq!(side(Kind::Removed), new.split_inclusive('\n').count());
        let numbers: Vec<usize> = lines.iter().filter_map(|line| line.old).collect();
        prop_assert_eq!(numbers, (1..=side(Kind::Added)).collect::<Vec<_>>());
        for line in &lines {
            prop_assert!(line.words.iter().all(|word| line.text.get(word.clone()).is_some()));
            if let Some(partner) = line.partner {
                let back = lines[partner].partner.map(|own| &lines[own]);
                prop_assert_eq!(back, Some(line));
            }
        }
        let rows = rows(&lines);
        let of = |place: Option<usize>, kind: Kind| place.filter(|place| lines[*place].kind != kind);
        let left: Vec<usize> = rows.iter().filter_map(|row| of(row.left, Kind::Added)).collect();
        let right: Vec<usize> = rows.iter().filter_map(|row| of(row.right, Kind::Removed)).collect();
        let all = |kind: Kind| (0..lines.len()).filter(|place| lines[*place].kind != kind).collect::<Vec<_>>();
        prop_assert_eq!(left, all(Kind::Added));
        prop_assert_eq!(right, all(Kind::Removed));
    }
}

#[test]
fn ends_and_separators_are_kept() {
    check("", "");
    check("", "a");
    check("a", "");
    check("a\n", "a");
    check("---\na: 1\n---\nb: 1\n", "---\na: 2\n---\nb: 1");
    check("a\r\nb\r\n", "a\r\nb\n");
    check(&"word ".repeat(4000), &"word ".repeat(4001));
}

/// A folder in which `patch -p1` was run; `None` where there is no such program.
fn patched(files: &[(&str, &str)], patch: &str) -> Option<tempfile::TempDir> {
    Command::new("patch").arg("--version").output().ok()?;
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let input = folder.path().join("the.patch");
    std::fs::write(&input, patch).unwrap();
    let ran = Command::new("patch").current_dir(folder.path()).args(["-p1", "--fuzz=0", "-i", "the.patch"]).output();
    let ran = ran.unwrap();
    let said = String::from_utf8_lossy(&ran.stdout).into_owned() + &String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success() && !said.contains("offset"), "{said}\n{patch}");
    std::fs::remove_file(input).unwrap();
    Some(folder)
}

fn text_of(folder: &Path, name: &str) -> Option<String> {
    std::fs::read(folder.join(name)).ok().map(|bytes| String::from_utf8(bytes).unwrap())
}

#[test]
fn the_program_patch_applies_what_is_written() {
    let check = |name: &str, old: Option<&str>, new: Option<&str>| {
        let called = |side: &str, text: Option<&str>| text.map_or(NO_FILE.to_owned(), |_| format!("{side}/{name}"));
        let patch = patch(&called("a", old), old.unwrap_or_default(), &called("b", new), new.unwrap_or_default());
        let Some(folder) = patched(&old.map(|old| (name, old)).into_iter().collect::<Vec<_>>(), &patch) else { return };
        assert_eq!(text_of(folder.path(), name).as_deref(), new, "{patch}");
    };
    check("text", Some("a\nb\nc\n"), Some("a\nB\nc\n"));
    check("text", Some("a"), Some("a\n"));
    check("text", Some("---\na\n"), Some("-- a\n++ b\n"));
    check("text", Some("-- a\n---\nx\n"), Some("x\n"));
    check("text", Some("a\r\nb\r\nc\n"), Some("a\r\nB\r\nc\r\n"));
    check("templates/web.yaml", None, Some("new\n"));
    check("templates/web.yaml", Some("old\n"), None);
    check("text", Some(""), Some("a\n"));
    check("text", Some("a\n"), Some(""));
    check("my chart/a \"file\".yaml", Some("a\n"), Some("b\n"));
    check("with space.yaml", Some("a\n"), Some("b\n"));
    check("größe.yaml", Some("a\n"), Some("b\n"));
}

/// Revisions of one name in the recordings, each once, in their order.
fn revisions(name: &str) -> Vec<Arc<Payload>> {
    let mut all: Vec<Arc<Payload>> = Vec::new();
    for (driver, field) in crate::recordings::releases() {
        let payload = decode(driver, field.as_bytes()).unwrap();
        let is_new = all.iter().all(|known| known.revision() != payload.revision());
        if payload.name() == Some(name) && is_new {
            all.push(Arc::new(payload));
        }
    }
    all.sort_by_key(|payload| payload.revision());
    all
}

#[test]
fn a_patch_of_two_revisions_makes_all_parts_of_the_new_one() {
    let revisions = revisions("storefront");
    assert!(revisions.len() >= 2, "{}", revisions.len());
    let parts = [Part::Manifest, Part::Hooks, Part::Values, Part::Chart, Part::Templates, Part::Files, Part::Notes];
    let mut differing = 0;
    for pair in revisions.windows(2) {
        let asked = Asked {
            old: End::Revision(Arc::clone(&pair[0])),
            new: End::Revision(Arc::clone(&pair[1])),
            parts: parts.to_vec(),
            rules: noise::shipped().into(),
            masker: Masker::default(),
        };
        let diff = asked.compare(&Schema::default(), |_| std::ops::ControlFlow::Continue(())).unwrap();
        let patch = patches(&diff, &asked);
        let files = |end: &End| -> Vec<(String, String)> {
            let files = parts.iter().flat_map(|part| whole(end, *part, &asked.masker).unwrap());
            files.filter_map(|file| Some((file.name, file.text?))).collect()
        };
        let (old, new) = (files(&asked.old), files(&asked.new));
        differing += usize::from(old != new);
        if patch.is_empty() {
            assert_eq!(old, new);
            continue;
        }
        let named: Vec<(&str, &str)> = old.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        let Some(folder) = patched(&named, &patch) else { return };
        for (name, text) in &new {
            assert_eq!(text_of(folder.path(), name).as_ref(), Some(text), "{name}");
        }
        for (name, _) in old.iter().filter(|(name, _)| !new.iter().any(|(other, _)| other == name)) {
            assert_eq!(text_of(folder.path(), name), None, "{name}");
        }
    }
    assert!(differing > 0);
}

#[test]
fn large_texts_are_compared() {
    let object = |number: usize, image: usize| {
        format!("---\nkind: Deployment\nmetadata:\n  name: web-{number}\nspec:\n  replicas: 1\n  image: web:{image}\n")
    };
    let (old, new): (String, String) =
        (0..4000).map(|number| (object(number, 1), object(number, if number % 10 == 0 { 2 } else { 1 }))).unzip();
    let lines = compare(&old, &new);
    assert_eq!(lines.iter().filter(|line| line.kind == Kind::Added).count(), 400);
    check(&old, &new);
    // Nothing is alike, and then only signs that are everywhere.
    let other: String = (0..20_000).map(|number| format!("other {number}\n")).collect();
    let braces: String = (0..20_000).map(|number| if number % 3 == 0 { "}\n" } else { "{\n" }).collect();
    let turned: String = (0..20_000).map(|number| if number % 5 == 0 { "{\n" } else { "}\n" }).collect();
    check(&old, &other);
    check(&braces, &turned);
}
