//! The folder that a server keeps its state in, and that it alone works with.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use super::StoreError;

/// The file that the state is in.
const STATE: &str = "state.redb";
/// What that file is called until it is complete for the first time.
const DRAFT: &str = "state.redb.new";
/// The file that tells whether a server works with the folder; nothing is in it.
const LOCK: &str = "lock";

/// A folder that no other server works with as long as this lives.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    /// Locked; the system lets go of it when the program ends, however it does.
    _lock: File,
}

impl Folder {
    /// Makes the folder if there is none, for its owner alone, and keeps others out.
    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(path).map_err(StoreError::io(path, "made"))?;
        let file = path.join(LOCK);
        let lock = private(&file).map_err(StoreError::io(&file, "opened"))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(StoreError::InUse { folder: path.to_owned() }),
            // Not every file system has locks.
            Err(TryLockError::Error(error)) if error.kind() == std::io::ErrorKind::Unsupported => {
                Ok(Self { path: path.to_owned(), _lock: lock })
            }
            Err(TryLockError::Error(error)) => Err(StoreError::io(&file, "locked")(error)),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The file that the state is in.
    pub(super) fn state(&self) -> PathBuf {
        self.path.join(STATE)
    }

    /// Lets a file with nothing in it be made, which appears under its name when it is complete.
    pub(super) fn make_state(
        &self,
        fill: impl FnOnce(File) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let (draft, state) = (self.path.join(DRAFT), self.state());
        let file = private(&draft).map_err(StoreError::io(&draft, "made"))?;
        // Left behind by a program that was ended while it made it.
        file.set_len(0).map_err(StoreError::io(&draft, "written"))?;
        fill(file)?;
        fs::rename(&draft, &state).map_err(StoreError::io(&state, "made"))?;
        // So that the name outlives the machine's sudden end, too.
        #[cfg(unix)]
        File::open(&self.path)
            .and_then(|folder| folder.sync_all())
            .map_err(StoreError::io(&self.path, "written"))?;
        Ok(())
    }
}

/// Opens a file to read and write, and makes it if there is none; nobody else may read it.
fn private(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
