use std::fs::{self, Permissions};
use std::io::Write as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use super::file::{KEPT, LARGE};
use super::*;
use crate::plan::{Action, Ended, Outcome};

fn entry(field: &str) -> Entry {
    let by = By { user: "alice".into(), context: "prod".into(), server: "https://10.0.0.1:6443".into() };
    let deed = Deed::Reveal { release: "shop/storefront".into(), field: field.into() };
    Entry::new("2026-01-02T03:04:05Z".parse().unwrap(), by, deed)
}

fn read_entry(field: &str) -> Line {
    Line::Entry(Box::new(entry(field)))
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn check_refused(journal: &Journal, cause: &str, hint: &str) {
    let problem = journal.append(&entry("values .a")).unwrap_err();
    assert!(problem.cause.ends_with(cause), "{problem}");
    assert!(problem.hint.starts_with(hint), "{}", problem.hint);
}

#[test]
fn what_is_noted_is_a_line_for_the_user_alone() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("state/wheelhouse");
    let journal = Journal::at(Some(inner.clone()));
    assert_eq!(journal.read().unwrap(), []);
    journal.append(&entry("values .a")).unwrap();
    journal.append(&entry("values .b")).unwrap();
    let line = |field: &str| {
        format!(
            "{{\"version\":1,\"time\":\"2026-01-02T03:04:05Z\",\"kind\":\"reveal\",\"release\":\"shop/storefront\",\
             \"field\":\"values .{field}\",\"user\":\"alice\",\"context\":\"prod\",\"server\":\"https://10.0.0.1:6443\",\
             \"program\":\"{}\"}}\n",
            env!("CARGO_PKG_VERSION")
        )
    };
    let file = inner.join("journal.jsonl");
    assert_eq!(fs::read_to_string(&file).unwrap(), line("a") + &line("b"));
    assert_eq!((mode(&inner), mode(&file)), (0o700, 0o600));
    assert_eq!(journal.read().unwrap(), [read_entry("values .a"), read_entry("values .b")]);
}

#[test]
fn damaged_lines_are_told_and_hide_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("wheelhouse");
    let journal = Journal::at(Some(inner.clone()));
    journal.append(&entry("values .a")).unwrap();
    let newer = serde_json::json!({"version": 2, "kind": "rollback", "to": 3});
    let mut file = fs::OpenOptions::new().append(true).open(inner.join("journal.jsonl")).unwrap();
    writeln!(file, "{newer}\n\n{{}}\n\"text\"").unwrap();
    file.write_all(b"\xff\xfe\n{\"version\":1,\"time\":\"20").unwrap();
    journal.append(&entry("values .b")).unwrap();
    let damaged = |line| Line::Damaged { file: "journal.jsonl".into(), line };
    let expected = [
        read_entry("values .a"),
        Line::Newer(newer),
        damaged(4),
        damaged(5),
        damaged(6),
        damaged(7),
        read_entry("values .b"),
    ];
    assert_eq!(journal.read().unwrap(), expected);
}

#[test]
fn several_at_once_lose_nothing_and_mix_no_lines() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("wheelhouse");
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let journal = Journal::at(Some(inner.clone()));
            scope.spawn(move || {
                for number in 0..10 {
                    journal.append(&entry(&format!("values .{writer}-{number}"))).unwrap();
                }
            });
        }
    });
    let mut found: Vec<String> = Journal::at(Some(inner))
        .read()
        .unwrap()
        .into_iter()
        .map(|line| match line {
            Line::Entry(entry) => match entry.deed {
                Deed::Reveal { field, .. } => field,
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        })
        .collect();
    let mut expected: Vec<String> =
        (0..4).flat_map(|writer| (0..10).map(move |number| format!("values .{writer}-{number}"))).collect();
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
}

#[test]
fn files_are_bounded_in_size_and_number() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("wheelhouse");
    let journal = Journal::at(Some(inner.clone()));
    let path = inner.join("journal.jsonl");
    let blank = [vec![b' '; usize::try_from(LARGE).unwrap()], vec![b'\n']].concat();
    for number in 0..=KEPT {
        journal.append(&entry(&format!("values .{number}"))).unwrap();
        fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(&blank).unwrap();
        let at = entry("").time + jiff::SignedDuration::from_secs(i64::try_from(number).unwrap());
        journal.append(&Entry { time: at, ..entry(&format!("values .{number} after")) }).unwrap();
    }
    // The first file went away; nothing of the others did.
    let files = fs::read_dir(&inner).unwrap().count();
    assert_eq!((files, journal.read().unwrap().len()), (KEPT + 1, 2 * KEPT + 1));
    assert_eq!(fs::metadata(&path).unwrap().len(), journal_line(&journal));
}

/// Bytes of the last line noted.
fn journal_line(journal: &Journal) -> u64 {
    let last = journal.read().unwrap().pop();
    match last {
        Some(Line::Entry(entry)) => serde_json::to_string(&entry).unwrap().len() as u64 + 1,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_others_could_read_or_change_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("wheelhouse");
    let (journal, file) = (Journal::at(Some(inner.clone())), inner.join("journal.jsonl"));
    let elsewhere = folder.path().join("elsewhere");
    journal.append(&entry("values .a")).unwrap();

    fs::set_permissions(&inner, Permissions::from_mode(0o777)).unwrap();
    check_refused(&journal, &format!("others may write to {}", inner.display()), "chmod 700 ");
    fs::set_permissions(&inner, Permissions::from_mode(0o700)).unwrap();

    fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
    check_refused(&journal, "others may read or write it", "chmod 600 ");
    fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();

    fs::hard_link(&file, &elsewhere).unwrap();
    check_refused(&journal, "it is no file of its own", "move it away");
    fs::remove_file(&file).unwrap();

    symlink(&elsewhere, &file).unwrap();
    check_refused(&journal, "it is a link", "move it away");
    fs::remove_file(&file).unwrap();

    fs::create_dir(&file).unwrap();
    check_refused(&journal, "(os error 21)", "set XDG_STATE_HOME");
    assert_eq!(fs::read_to_string(&elsewhere).unwrap().lines().count(), 1);
}

#[test]
fn where_nothing_can_be_written_nothing_is_noted() {
    check_refused(&Journal::at(None), "there is no home folder to keep the journal in", "set HOME");
    assert_eq!(Journal::at(None).read().unwrap(), []);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    check_refused(&Journal::at(Some(file.join("below"))), "(os error 20)", "set XDG_STATE_HOME");
}

#[test]
fn made_up_deeds_are_noted_in_memory() {
    let journal = Journal::in_memory();
    journal.clone().append(&entry("values .a")).unwrap();
    assert_eq!((journal.is_kept(), journal.read().unwrap()), (false, vec![read_entry("values .a")]));
    assert!(Journal::at(None).is_kept());
}

#[test]
fn a_run_is_seen_to_by_a_later_one_that_does_more_than_unlock() {
    let line = |deed: Deed| {
        let Entry { time, by, .. } = entry("");
        Line::Entry(Box::new(Entry::new(time, by, deed)))
    };
    let begin = |run: &str, action: Action| {
        let (release, title) = ("shop/web".to_owned(), format!("{run} of shop/web"));
        line(Deed::Begin { run: run.to_owned(), plan: String::new(), release, action, title })
    };
    let end = |run: &str, outcome: Outcome| {
        let ended = Ended { outcome, says: String::new(), next: Vec::new() };
        line(Deed::End { run: run.to_owned(), ended })
    };
    let rollback = || begin("20260102T030405.000000000-77", Action::Rollback(Default::default()));
    let check = |later: &[Line], expected: &[&str]| {
        let lines = [&[rollback()], later].concat();
        let open = unfinished(&lines);
        assert_eq!(open.iter().map(|run| run.title.as_str()).collect::<Vec<_>>(), expected);
        assert!(open.iter().all(|run| run.process() == Some(77)), "{open:?}");
    };
    let own = "20260102T030405.000000000-77 of shop/web";
    check(&[], &[own]);
    check(&[begin("b", Action::Unlock), end("b", Outcome::Done)], &[own]);
    check(&[begin("b", Action::Disown { manager: "a".into() }), end("b", Outcome::Done)], &[own]);
    check(&[begin("b", Action::Rollback(Default::default())), end("b", Outcome::Refused)], &[own]);
    check(&[begin("b", Action::Rollback(Default::default())), end("b", Outcome::Done)], &[]);
    check(&[begin("b", Action::Force), end("b", Outcome::Done)], &[]);
}
