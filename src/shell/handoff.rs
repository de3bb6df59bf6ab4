//! Another program has the terminal for a while: the user's pager or editor, on a copy of a document.
//!
//! The copy is in a folder that only the user may enter, and goes when the program ends. What may not reach a terminal is
//! taken out of it as on the screen: a pager may pass on what it reads as it is.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;

use rustix::process::{Pid, Signal as Name, kill_process};
use tokio::process::{Child, Command};

use crate::app::Reader;
use crate::app::document::Document;
use crate::app::text::{Glyphs, clean};

/// How long a program that was asked to end may take.
const GRACE: Duration = Duration::from_secs(1);
/// How many names are tried for the folder.
const TRIES: u32 = 64;
/// A longer name of a file helps nobody, and file systems have their limits.
const LONGEST_NAME: usize = 120;

/// The user's programs, each a line for the shell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Programs {
    /// For paging through texts.
    pub pager: String,
    /// For editing texts.
    pub editor: String,
    /// For comparing two texts; without one the pager shows their differences.
    pub diff_tool: Option<String>,
}

/// Copies of documents, there as long as this lives.
pub(super) struct Printed {
    folder: PathBuf,
    /// Where each is, and what was written.
    files: Vec<(PathBuf, String)>,
}

impl Printed {
    pub(super) fn write(documents: &[(String, Arc<Document>)], glyphs: Glyphs) -> io::Result<Self> {
        let mut copy = Self { folder: private_folder()?, files: Vec::new() };
        for (name, document) in documents {
            let mut written = String::with_capacity(document.bytes());
            for line in document.text().lines() {
                written.push_str(&clean(line, glyphs));
                written.push('\n');
            }
            let path = copy.folder.join(file_name(name));
            let mut file: File = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
            file.write_all(written.as_bytes())?;
            copy.files.push((path, written));
        }
        Ok(copy)
    }

    fn paths(&self) -> impl Iterator<Item = &Path> {
        self.files.iter().map(|(path, _)| path.as_path())
    }

    fn changed(&self) -> bool {
        self.files.iter().any(|(path, written)| std::fs::read(path).is_ok_and(|now| now != written.as_bytes()))
    }
}

impl Drop for Printed {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.folder) {
            tracing::warn!("a copy of a document stays: {error}");
        }
    }
}

fn private_folder() -> io::Result<PathBuf> {
    let parent = std::env::temp_dir();
    let mut last = io::ErrorKind::AlreadyExists.into();
    for place in 0..TRIES {
        // Made by us or not at all: nobody can have put something else there before.
        let folder = parent.join(format!("wheelhouse-{}-{place}", std::process::id()));
        match DirBuilder::new().mode(0o700).create(&folder) {
            Ok(()) => return Ok(folder),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => last = error,
            Err(error) => return Err(error),
        }
    }
    Err(last)
}

/// A name of the cluster as a name of a file: letters, digits, dots and dashes.
pub(super) fn plain(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' }).collect()
}

/// The same, never of a hidden file or an option.
fn file_name(name: &str) -> String {
    let name = plain(name);
    // The end says what it is.
    let cut = name.get(name.len().saturating_sub(LONGEST_NAME)..).unwrap_or_default();
    format!("read-only_{cut}")
}

/// A running program.
pub(super) struct Running {
    reader: Reader,
    program: String,
    copy: Printed,
    child: Child,
}

impl Running {
    /// Starts the program on a copy. The terminal must have been given back.
    pub(super) fn start(programs: &Programs, reader: Reader, copy: Printed) -> io::Result<Self> {
        let program = match reader {
            Reader::Pager => programs.pager.clone(),
            Reader::Editor => programs.editor.clone(),
            Reader::DiffTool => programs.diff_tool.clone().unwrap_or_default(),
        };
        // By the shell, which knows quotes, variables and where programs are; but not under it, because ctrl-c would end
        // the shell and leave the program. `env` takes `LESS=S less`.
        let mut command = Command::new("/bin/sh");
        command.arg("-c").arg(format!("exec env {program} \"$@\"")).arg(&program).args(copy.paths());
        if let Some(options) = less_options(std::env::var("LESS").ok()) {
            command.env("LESS", options);
        }
        let child = command.spawn()?;
        Ok(Self { reader, program, copy, child })
    }

    /// Waits for its end. Nothing is lost when the waiting is given up.
    pub(super) async fn ended(&mut self) -> io::Result<ExitStatus> {
        self.child.wait().await
    }

    /// Ends it, because this program was asked to end.
    pub(super) async fn end(&mut self) {
        let pid = self.child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
        if let Some(pid) = pid {
            let _ = kill_process(pid, Name::TERM);
        }
        if tokio::time::timeout(GRACE, self.child.wait()).await.is_err() {
            let _ = self.child.kill().await;
        }
    }

    /// What is to be said of how it ended, if anything.
    pub(super) fn said(&self, ended: io::Result<ExitStatus>) -> Option<String> {
        let variable = match self.reader {
            Reader::Pager => "PAGER",
            Reader::Editor => "VISUAL or EDITOR",
            Reader::DiffTool => "diff-tool in settings.toml",
        };
        let program = &self.program;
        match ended.map(|status| (status.code(), status.signal())) {
            Ok((Some(0), _)) if self.reader == Reader::Editor && self.copy.changed() => {
                Some("what was changed in the editor is not kept: it was a copy, for reading".to_owned())
            }
            Ok((Some(0), _)) => None,
            // As `diff` says it: the two differ.
            Ok((Some(1), _)) if self.reader == Reader::DiffTool => None,
            Ok((Some(127), _)) => Some(format!("{program}: not found; set {variable}")),
            Ok((Some(126), _)) => Some(format!("{program}: cannot be run; set {variable}")),
            Ok((Some(code), _)) => Some(format!("{program} ended with exit code {code}")),
            Ok((None, signal)) => Some(format!("{program} was ended by signal {}", signal.unwrap_or_default())),
            Err(error) => Some(format!("{program}: {error}")),
        }
    }
}

/// What `LESS` is to be: with `F`, as many have it for git, less would end at once on a short text, and what it showed would
/// be gone with it.
fn less_options(options: Option<String>) -> Option<String> {
    options.filter(|options| options.contains('F')).map(|options| format!("{options} -+F"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_name_of_the_cluster_is_a_plain_name_of_a_file() {
        let check = |name: &str, expected: &str| assert_eq!(file_name(name), expected);
        check("storefront.v3.values.yaml", "read-only_storefront.v3.values.yaml");
        check("../../etc/passwd", "read-only_.._.._etc_passwd");
        check("-x\n\u{1b}[31m.notes.txt", "read-only_-x___31m.notes.txt");
        check(&"n".repeat(500), &format!("read-only_{}", "n".repeat(LONGEST_NAME)));
    }

    #[test]
    fn a_copy_is_for_the_user_alone_harmless_and_goes_away() {
        let document = Arc::new(Document::new("a: b\n\x1b[31mred\x07\n".to_owned(), true));
        let both = ["x.old.yaml", "x.new.yaml"].map(|name| (name.to_owned(), Arc::clone(&document)));
        let copy = Printed::write(&both, Glyphs::Unicode).unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&copy.folder), 0o700);
        let paths: Vec<&Path> = copy.paths().collect();
        assert_eq!(paths.len(), 2);
        for path in &paths {
            assert_eq!(mode(path), 0o600);
            assert_eq!(std::fs::read_to_string(path).unwrap(), "a: b\n^[[31mred^G\n");
        }
        assert!(!copy.changed());
        std::fs::write(paths[1], "a: c\n").unwrap();
        assert!(copy.changed());
        let folder = copy.folder.clone();
        drop(copy);
        assert!(!folder.exists());
    }

    #[test]
    fn less_does_not_end_before_it_was_read() {
        let check = |options: Option<&str>, expected: Option<&str>| {
            assert_eq!(less_options(options.map(str::to_owned)).as_deref(), expected);
        };
        check(None, None);
        check(Some("-iR"), None);
        check(Some("FRX"), Some("FRX -+F"));
    }
}
