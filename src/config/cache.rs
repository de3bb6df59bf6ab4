//! What is worth keeping from one start to the next although it can be had again: files in a folder of the user's.
//!
//! Nothing here fails: what cannot be kept is asked for again, and a disk that is full or read-only stops nobody.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// How many files are kept; of more, the oldest go.
const FILES: usize = 256;
/// Most bytes of one file.
const LARGEST: u64 = 8 << 20;

/// A folder of such files, readable by the user alone. By default there is none, and nothing is kept.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cache {
    folder: Option<PathBuf>,
}

impl Cache {
    /// The folder of whoever runs this: `$XDG_CACHE_HOME/wheelhouse`, else `~/.cache/wheelhouse`; on macOS
    /// `~/Library/Caches/wheelhouse`.
    #[must_use]
    pub fn of_user() -> Self {
        let folders = directories::ProjectDirs::from("", "", "wheelhouse");
        Self { folder: folders.map(|folders| folders.cache_dir().to_owned()) }
    }

    /// A folder by its path. It need not exist.
    #[must_use]
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self { folder: Some(folder.into()) }
    }

    /// What was kept under a name, which must be a plain file name. Blocks on the disk.
    #[must_use]
    pub fn read(&self, name: &str) -> Option<Vec<u8>> {
        let file = File::open(self.folder.as_ref()?.join(name)).ok()?;
        let mut bytes = Vec::new();
        let length = file.take(LARGEST + 1).read_to_end(&mut bytes).ok()?;
        (u64::try_from(length).ok()? <= LARGEST).then_some(bytes)
    }

    /// Keeps bytes under a name, whole or not at all, instead of what was kept under it. Blocks on the disk.
    pub fn write(&self, name: &str, bytes: &[u8]) {
        let Some(folder) = &self.folder else { return };
        if u64::try_from(bytes.len()).is_ok_and(|length| length <= LARGEST)
            && let Err(error) = write(folder, name, bytes).and_then(|()| forget(folder))
        {
            tracing::debug!(%error, folder = %folder.display(), "nothing is kept");
        }
    }
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    // Whoever reads meanwhile sees the old file or the new one.
    let unfinished = folder.join(format!("{name}.{}", std::process::id()));
    let written = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&unfinished);
    let written = written.and_then(|mut file| file.write_all(bytes));
    let placed = written.and_then(|()| fs::rename(&unfinished, folder.join(name)));
    if placed.is_err() {
        // It may be that of another task, which then is asked for again.
        let _ = fs::remove_file(&unfinished);
    }
    placed
}

fn forget(folder: &Path) -> io::Result<()> {
    let entries = fs::read_dir(folder)?.filter_map(Result::ok);
    let mut files: Vec<(SystemTime, PathBuf)> =
        entries.filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path()))).collect();
    files.sort();
    let surplus = files.len().saturating_sub(FILES);
    files.iter().take(surplus).try_for_each(|(_, path)| fs::remove_file(path))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn what_is_kept_is_read_again_by_the_user_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (inner, cache) = (folder.path().join("a/b"), Cache::at(folder.path().join("a/b")));
        assert_eq!(cache.read("one"), None);
        cache.write("one", b"first");
        cache.write("one", b"second");
        assert_eq!(cache.read("one").as_deref(), Some(b"second".as_slice()));
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&inner), mode(&inner.join("one"))), (0o700, 0o600));
        assert_eq!(fs::read_dir(&inner).unwrap().count(), 1);
    }

    #[test]
    fn where_nothing_can_be_kept_nothing_fails() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        File::create(&file).unwrap();
        for cache in [Cache::default(), Cache::at(&file), Cache::at(file.join("below"))] {
            cache.write("one", b"first");
            assert_eq!(cache.read("one"), None, "{cache:?}");
        }
    }

    #[test]
    fn files_are_bounded_in_number_and_size() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::at(folder.path());
        let kept = || fs::read_dir(folder.path()).unwrap().count();
        for number in 0..=FILES {
            let file = File::create(folder.path().join(format!("old {number}"))).unwrap();
            let second = u64::try_from(number).unwrap();
            file.set_modified(SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(second)).unwrap();
        }
        cache.write("new", b"new");
        assert_eq!((kept(), cache.read("old 1"), cache.read("old 2")), (FILES, None, Some(Vec::new())));
        let large = usize::try_from(LARGEST).unwrap();
        cache.write("large", &vec![0; large + 1]);
        assert_eq!(cache.read("large"), None);
        fs::rename(folder.path().join("new"), folder.path().join("larger")).unwrap();
        OpenOptions::new().append(true).open(folder.path().join("larger")).unwrap().set_len(LARGEST + 1).unwrap();
        assert_eq!(cache.read("larger"), None);
    }
}
