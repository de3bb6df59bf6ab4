//! Files that cannot be used at all.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use wheelhouse::config::Depth;
use wheelhouse::config::load::Folder;

use crate::{said, settings};

/// What is said of a keymap and of a theme that this makes.
fn check(make: impl Fn(&Path), expected: &str) {
    let (folder, settings) = settings(&[("themes/other.toml", "")]);
    make(&folder.path().join("keymap.toml"));
    make(&folder.path().join("themes/own.toml"));
    assert_eq!(said(&folder, &settings.keymap().unwrap_err()), [format!("keymap.toml{expected}")]);
    let (_, faults) = settings.choose(Some("own"), "dark", Depth::Rgb).unwrap();
    assert_eq!(said(&folder, &faults), [format!("themes/own.toml{expected}")]);
}

#[test]
fn what_is_no_text_file_is_said_and_never_waited_for() {
    check(|path| fs::create_dir(path).unwrap(), ": is a folder, not a file");
    check(|path| fs::write(path, b"\n\n\"\xff\"").unwrap(), ":3: is not UTF-8");
    check(|path| fs::write(path, "#".repeat(300 << 10)).unwrap(), ": is larger than 256 KiB: another file by mistake?");
    check(|path| symlink("nowhere", path).unwrap(), ": is a link to nothing");
    check(
        |path| assert!(Command::new("mkfifo").arg(path).status().unwrap().success()),
        ": is a device or a pipe, not a file",
    );
    let folder = tempfile::tempdir().unwrap();
    symlink("loop", folder.path().join("loop")).unwrap();
    let error = fs::metadata(folder.path().join("loop")).unwrap_err();
    check(|path| symlink(path.file_name().unwrap(), path).unwrap(), &format!(": cannot be read: {error}"));
}

#[test]
fn a_folder_that_is_not_there_or_is_no_folder() {
    let (folder, _) = settings(&[("file", "")]);
    let missing = Folder::at(folder.path().join("missing"));
    assert_eq!(missing.keymap(), wheelhouse::config::load::keymap());
    assert_eq!(missing.themes().unwrap().len(), 3);
    let file = Folder::at(folder.path().join("file"));
    let expected = "file/keymap.toml: cannot be read: Not a directory (os error 20)";
    assert_eq!(said(&folder, &file.keymap().unwrap_err()), [expected]);
    let expected = "file/themes: cannot be read: Not a directory (os error 20)";
    assert_eq!(said(&folder, &[file.themes().unwrap_err()]), [expected]);
}
