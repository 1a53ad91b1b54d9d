//! The folder that a server keeps its state in, and that it alone works with.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use super::StoreError;

/// The file that the state is in.
const STATE: &str = "state.redb";
/// What that file is called until it is complete for the first time.
const DRAFT: &str = "state.redb.new";
/// The file with the digest of the state's, as long as no server works with it.
const SEAL: &str = "state.sum";
/// What that file is called until it is complete.
const SEAL_DRAFT: &str = "state.sum.new";
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
            Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => {
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
        self.sync()
    }

    /// What the digest of the state's file was when a server let go of it; `None` when one was
    /// killed before it did.
    pub(super) fn seal(&self) -> Result<Option<String>, StoreError> {
        let file = self.path.join(SEAL);
        match fs::read_to_string(&file) {
            Ok(seal) => Ok(Some(seal.trim().to_owned())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(StoreError::io(&file, "read")(error)),
        }
    }

    /// Keeps the digest of the state's file.
    pub(super) fn put_seal(&self, digest: &str) -> Result<(), StoreError> {
        let (draft, seal) = (self.path.join(SEAL_DRAFT), self.path.join(SEAL));
        let write = || {
            let mut file = private(&draft)?;
            file.set_len(0)?;
            file.write_all(format!("{digest}\n").as_bytes())?;
            file.sync_all()?;
            fs::rename(&draft, &seal)
        };
        write().map_err(StoreError::io(&seal, "written"))?;
        self.sync()
    }

    /// Takes the digest away, because the file is about to change.
    pub(super) fn break_seal(&self) -> Result<(), StoreError> {
        let seal = self.path.join(SEAL);
        match fs::remove_file(&seal) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(StoreError::io(&seal, "removed")(error)),
            Ok(()) => self.sync(),
        }
    }

    /// So that names outlive the machine's sudden end, too.
    fn sync(&self) -> Result<(), StoreError> {
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
