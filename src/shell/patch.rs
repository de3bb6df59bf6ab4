//! Patches that are saved, in the folder in which the program was started.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use super::handoff::plain;

/// How many names are tried.
const TRIES: u32 = 1000;

/// Writes a text into a new file, for the user alone: manifests are nobody else's business. Nothing that is there is
/// overwritten. What is to be said of it.
pub(super) fn save(folder: &Path, name: &str, text: &str) -> String {
    match write(folder, &plain(name), text) {
        Ok(name) => format!("saved as {name}, in the folder in which wheelhouse was started"),
        Err(error) => format!("{name} cannot be saved: {error}"),
    }
}

fn write(folder: &Path, name: &str, text: &str) -> io::Result<String> {
    let stem = name.strip_suffix(".patch").unwrap_or(name);
    let names = std::iter::once(name.to_owned()).chain((2..TRIES).map(|number| format!("{stem}.{number}.patch")));
    let mut last = io::ErrorKind::AlreadyExists.into();
    for name in names {
        match OpenOptions::new().write(true).create_new(true).mode(0o600).open(folder.join(&name)) {
            Ok(mut file) => return file.write_all(text.as_bytes()).map(|()| name),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => last = error,
            Err(error) => return Err(error),
        }
    }
    Err(last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn nothing_is_overwritten_and_the_file_is_for_the_user_alone() {
        let folder = tempfile::tempdir().unwrap();
        let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
        let said = |name: &str| format!("saved as {name}, in the folder in which wheelhouse was started");
        assert_eq!(save(folder.path(), "web.1-2.patch", "one\n"), said("web.1-2.patch"));
        assert_eq!(save(folder.path(), "web.1-2.patch", "two\n"), said("web.1-2.2.patch"));
        assert_eq!(save(folder.path(), "../web.patch", "three\n"), said(".._web.patch"));
        assert_eq!((read("web.1-2.patch"), read("web.1-2.2.patch")), ("one\n".to_owned(), "two\n".to_owned()));
        let mode = std::fs::metadata(folder.path().join("web.1-2.patch")).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600);
        let gone = folder.path().join("gone");
        let failed = save(&gone, "web.patch", "");
        assert_eq!(failed, "web.patch cannot be saved: No such file or directory (os error 2)");
    }
}
