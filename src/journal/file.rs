//! The files: one that is written, and older ones that were set aside when they grew large.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

use super::{Entry, Line};
use crate::release::{Problem, ProblemKind};

/// The file that is written.
const CURRENT: &str = "journal.jsonl";
/// How the names of older files begin and end.
const OLDER: (&str, &str) = ("journal-", ".jsonl");
/// A file is set aside when it has grown to so many bytes.
pub(super) const LARGE: u64 = 1 << 20;
/// So many older files are kept; of more, the oldest go.
pub(super) const KEPT: usize = 8;
/// Most bytes that are read of a file: what is larger was not written here.
const LARGEST: u64 = 4 * LARGE;

/// Why a file is not written.
type Refusal = (String, String);

pub(super) fn append(folder: &Path, entry: &Entry) -> Result<(), Problem> {
    let path = folder.join(CURRENT);
    let refused = |(cause, hint): Refusal| {
        Problem::new(ProblemKind::Other, format!("the journal {} cannot be written: {cause}", path.display()))
            .hint(hint)
    };
    let mut line = serde_json::to_string(entry).map_err(|error| refused((error.to_string(), String::new())))?;
    line.push('\n');
    prepare(folder).map_err(refused)?;
    let mut file = open(&path).map_err(refused)?;
    let length = file.metadata().map_err(|error| refused(failed(&error)))?.len();
    if length >= LARGE {
        set_aside(folder, &path, entry).map_err(|error| refused(failed(&error)))?;
        file = open(&path).map_err(refused)?;
    }
    write(&mut file, line).map_err(|error| refused(failed(&error)))
}

/// The folder, for the user alone. One that others may write to is no place to trust.
fn prepare(folder: &Path) -> Result<(), Refusal> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(|error| failed(&error))?;
    let metadata = fs::metadata(folder).map_err(|error| failed(&error))?;
    let shown = folder.display();
    if metadata.uid() != rustix::process::geteuid().as_raw() {
        Err((format!("{shown} belongs to somebody else"), "set XDG_STATE_HOME to a folder of yours".to_owned()))
    } else if metadata.mode() & 0o022 != 0 {
        Err((format!("others may write to {shown}"), format!("chmod 700 {shown}")))
    } else {
        Ok(())
    }
}

/// The file, made where there is none. A link, a pipe, or a file that others own or may read is refused: what is noted there
/// could be somebody else's to read or to change.
fn open(path: &Path) -> Result<File, Refusal> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let flags = i32::try_from(flags.bits()).unwrap_or_default();
    let opened = OpenOptions::new().read(true).append(true).create(true).mode(0o600).custom_flags(flags).open(path);
    let file = opened.map_err(|error| match error.raw_os_error() {
        Some(code) if code == rustix::io::Errno::LOOP.raw_os_error() => {
            ("it is a link".to_owned(), format!("move it away: mv {0} {0}.link", path.display()))
        }
        _ => failed(&error),
    })?;
    let metadata = file.metadata().map_err(|error| failed(&error))?;
    let shown = path.display();
    let away = || format!("move it away: mv {shown} {shown}.other");
    if !metadata.is_file() || metadata.nlink() != 1 {
        Err(("it is no file of its own".to_owned(), away()))
    } else if metadata.uid() != rustix::process::geteuid().as_raw() {
        Err(("it belongs to somebody else".to_owned(), away()))
    } else if metadata.mode() & 0o077 != 0 {
        Err(("others may read or write it".to_owned(), format!("chmod 600 {shown}")))
    } else {
        Ok(file)
    }
}

/// The line in one write, behind whatever was cut off there.
fn write(file: &mut File, line: String) -> io::Result<()> {
    let mut last = [b'\n'];
    if file.seek(SeekFrom::End(0))? > 0 {
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
    }
    let line = if last == [b'\n'] { line } else { format!("\n{line}") };
    let written = file.write(line.as_bytes())?;
    if written < line.len() {
        return Err(io::Error::new(io::ErrorKind::StorageFull, "only a part of the line was written"));
    }
    file.sync_data()
}

/// Gives the file a name of its own. No two programs make the same name, so that neither takes away what the other set aside.
fn set_aside(folder: &Path, path: &Path, entry: &Entry) -> io::Result<()> {
    let (begin, end) = OLDER;
    let time = entry.time.strftime("%Y%m%dT%H%M%S.%9f");
    let aside = folder.join(format!("{begin}{time}-{}{end}", std::process::id()));
    match fs::rename(path, aside) {
        // Somebody else has just done it.
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        renamed => renamed?,
    }
    let older = older(folder)?;
    let surplus = older.len().saturating_sub(KEPT);
    older.iter().take(surplus).try_for_each(|old| match fs::remove_file(old) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    })
}

/// The older files, the oldest first: their names say when they were set aside.
fn older(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let (begin, end) = OLDER;
    let is_older = |name: &str| name.starts_with(begin) && name.ends_with(end);
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_str().is_some_and(is_older) {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

pub(super) fn read(folder: &Path) -> Result<Vec<Line>, Problem> {
    let unread = |path: &Path, error: &io::Error| {
        Problem::new(ProblemKind::Other, format!("the journal {} cannot be read: {error}", path.display()))
    };
    let mut paths = match older(folder) {
        Ok(paths) => paths,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(unread(folder, &error)),
    };
    paths.push(folder.join(CURRENT));
    let mut lines = Vec::new();
    for path in paths {
        let bytes = match bytes(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(unread(&path, &error)),
        };
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let text = String::from_utf8_lossy(&bytes);
        let numbered = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        lines.extend(numbered.map(|(place, line)| Line::read(line, &name, place + 1)));
    }
    Ok(lines)
}

fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    let flags = i32::try_from((OFlags::NONBLOCK | OFlags::CLOEXEC).bits()).unwrap_or_default();
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    let mut bytes = Vec::new();
    file.take(LARGEST).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn failed(error: &io::Error) -> Refusal {
    let hint = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "make room on that disk",
        _ => "set XDG_STATE_HOME to a folder that can be written: what is revealed or written has to be noted first",
    };
    (error.to_string(), hint.to_owned())
}
