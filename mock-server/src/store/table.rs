//! The state in its file: what is where, read and written.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Once};

use redb::{Database, ReadableDatabase as _, ReadableTable as _, TableDefinition};
use serde::{Deserialize, Serialize};

use super::folder::Folder;
use super::guarded::Guarded;
use super::{FORMAT, StoreError};
use crate::clock::Timestamp;
use crate::domain::changes::Key;
use crate::domain::{Part, Snapshot};

/// What is in the file, and in which format. Every format has this table and the first of its rows.
const ABOUT: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("pass-mock");
const ROW_FORMAT: &str = "format";
const ROW_RUN: &str = "run";
/// The parts of the state as JSON, by their kind and what names them among their kind.
const PARTS: TableDefinition<'_, (&str, &str), &[u8]> = TableDefinition::new("parts");

/// How much of the file is kept in memory.
const CACHE: usize = 8 << 20;

/// Where a run of the service stands, beside its state.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Run {
    /// The service's clock.
    pub(super) clock: Timestamp,
    /// What time it really was then.
    pub(super) real: Timestamp,
    /// How many identifiers were drawn.
    pub(super) draws: u64,
    /// The highest numbers that were given.
    pub(super) numbers: [u64; 3],
    /// What the simulated providers sign their cookies with, and how often they forgot everybody.
    pub(super) providers: (String, u64),
    /// Whether the last write does not add up, as when the machine lost its power, and what
    /// was there before it counts.
    #[serde(skip)]
    pub(super) torn: bool,
}

/// An open file.
#[derive(Debug)]
pub(super) struct Table {
    database: Database,
    file: PathBuf,
}

/// Where a part is.
type Place = (&'static str, String);

impl Table {
    /// Opens the file, or makes one. Nothing in it is changed unless all of it can be read.
    pub(super) fn open(folder: &Folder) -> Result<(Self, Run, Snapshot), StoreError> {
        let file = folder.state();
        let missing = !file.try_exists().map_err(StoreError::io(&file, "read"))?;
        if missing {
            make(folder)?;
        }
        let guarded = Guarded::open(&file).map_err(|error| StoreError::of(&file, error.into()))?;
        vouch(folder, &guarded)?;
        // The library trusts some of what it reads before it has looked at the sums.
        let read = || Self::read(folder, &guarded);
        let (table, run, state) = quietly(read)
            .unwrap_or_else(|| Err(StoreError::damaged(&file, "nothing fits together")))?;
        folder.break_seal()?;
        guarded.release().map_err(StoreError::io(&table.file, "written"))?;
        Ok((table, run, state))
    }

    fn read(folder: &Folder, guarded: &Guarded) -> Result<(Self, Run, Snapshot), StoreError> {
        let file = folder.state();
        let torn = Arc::new(AtomicBool::new(false));
        let mut builder = builder();
        let seen = Arc::clone(&torn);
        // It is not begun before the first look at the sums is over, and told of at this point only
        // when the latest did not add up.
        builder.set_repair_callback(move |repair| {
            let rolls_back = (0.2..0.5).contains(&repair.progress());
            seen.fetch_or(rolls_back, Ordering::Relaxed);
        });
        let opened = builder.create_with_backend(guarded.clone());
        let database = opened.map_err(|error| StoreError::of(&file, error.into()))?;
        let table = Self { database, file };
        let (run, parts) = table.rows(folder).map_err(|error| match error {
            ReadError::Store(error) => error,
            ReadError::Library(error) => StoreError::of(&table.file, error),
        })?;
        let fell_back = guarded.has_fallen_back().map_err(StoreError::io(&table.file, "read"))?;
        let run = Run { torn: fell_back || torn.load(Ordering::Relaxed), ..run };
        Ok((table, run, Snapshot::from_parts(parts)))
    }

    /// Lets go of the file, and notes down what it is like.
    pub(super) fn close(self, folder: &Folder) -> Result<(), StoreError> {
        let Self { database, file } = self;
        drop(database);
        let guarded = Guarded::open(&file).and_then(|file| file.digest());
        folder.put_seal(&guarded.map_err(StoreError::io(&file, "read"))?)
    }

    fn rows(&self, folder: &Folder) -> Result<(Run, Vec<Part>), ReadError> {
        let reading = self.database.begin_read()?;
        let about = reading.open_table(ABOUT)?;
        let row = |name| match about.get(name) {
            Ok(Some(value)) => Ok(value.value().to_vec()),
            Ok(None) => Err(ReadError::Store(self.damaged(format!("it does not say its {name}")))),
            Err(error) => Err(error.into()),
        };
        let found = self.parse::<u32>(ROW_FORMAT, &row(ROW_FORMAT)?)?;
        if found > FORMAT {
            let folder = folder.path().to_owned();
            return Err(ReadError::Store(StoreError::Newer { folder, found }));
        }
        let run = self.parse(ROW_RUN, &row(ROW_RUN)?)?;
        let mut parts = Vec::new();
        for entry in reading.open_table(PARTS)?.iter()? {
            let (place, value) = entry?;
            let (kind, name) = place.value();
            parts.push(self.parse(&format!("{kind} {name}"), value.value())?);
        }
        Ok((run, parts))
    }

    /// Writes what parts have become, or with `anew` all there are, and has it on the disk when it
    /// returns.
    pub(super) fn write(
        &self,
        parts: impl Iterator<Item = (Key, Option<Part>)>,
        anew: bool,
        run: impl FnOnce() -> Run,
    ) -> Result<(), StoreError> {
        self.commit(parts, anew, run).map_err(|error| match error {
            ReadError::Store(error) => error,
            ReadError::Library(error) => StoreError::of(&self.file, error),
        })
    }

    fn commit(
        &self,
        parts: impl Iterator<Item = (Key, Option<Part>)>,
        anew: bool,
        run: impl FnOnce() -> Run,
    ) -> Result<(), ReadError> {
        let writing = self.database.begin_write()?;
        if anew {
            writing.delete_table(PARTS)?;
        }
        {
            let mut table = writing.open_table(PARTS)?;
            for (key, part) in parts {
                let Some((kind, name)) = place(&key) else { continue };
                match part {
                    None => drop(table.remove((kind, name.as_str()))?),
                    Some(part) => {
                        drop(table.insert((kind, name.as_str()), json(&part)?.as_slice())?);
                    }
                }
            }
        }
        {
            // Taken last: it is no earlier than what it is kept with.
            let run = run();
            let mut about = writing.open_table(ABOUT)?;
            about.insert(ROW_FORMAT, json(&FORMAT)?.as_slice())?;
            about.insert(ROW_RUN, json(&run)?.as_slice())?;
        }
        writing.commit()?;
        Ok(())
    }

    fn parse<T: for<'de> Deserialize<'de>>(&self, what: &str, json: &[u8]) -> Result<T, ReadError> {
        let parsed = serde_json::from_slice(json);
        parsed.map_err(|error| ReadError::Store(self.damaged(format!("{what}: {error}"))))
    }

    fn damaged(&self, problem: String) -> StoreError {
        StoreError::damaged(&self.file, problem)
    }
}

thread_local! {
    /// Whether this thread's panics are somebody else's business.
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Does what may panic over nonsense, without a word about it; `None` when it did.
fn quietly<T>(read: impl FnOnce() -> T) -> Option<T> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if !QUIET.get() {
                usual(panic);
            }
        }));
    });
    QUIET.set(true);
    let read = panic::catch_unwind(AssertUnwindSafe(read));
    QUIET.set(false);
    read.ok()
}

/// Makes sure that a file is as it was left: by its digest where a server let go of it; where one
/// was killed, the library is made to look at all its sums.
fn vouch(folder: &Folder, guarded: &Guarded) -> Result<(), StoreError> {
    let file = folder.state();
    let error = StoreError::io(&file, "read");
    match folder.seal()? {
        Some(seal) => match guarded.digest() {
            Ok(digest) if digest == seal => Ok(()),
            Ok(_) => Err(StoreError::damaged(&file, "it is not what was written")),
            Err(cause) => Err(error(cause)),
        },
        None => match guarded.distrust() {
            Ok(true) => Ok(()),
            Ok(false) => Err(StoreError::damaged(&file, "its beginning is not one of a store")),
            Err(cause) => Err(error(cause)),
        },
    }
}

/// Makes a file with no state in it.
fn make(folder: &Folder) -> Result<(), StoreError> {
    let file = folder.state();
    folder.make_state(|empty| {
        let database = builder().create_file(empty);
        let database = database.map_err(|error| StoreError::of(&file, error.into()))?;
        let table = Table { database, file: file.clone() };
        table.write(std::iter::empty(), false, Run::default)
    })
}

fn builder() -> redb::Builder {
    let mut builder = Database::builder();
    builder.set_cache_size(CACHE);
    builder
}

/// Where a part is; all parts together are in no one place.
fn place(key: &Key) -> Option<Place> {
    let text = |text: &str| text.to_owned();
    Some(match key {
        Key::Client(id) => ("client", text(id)),
        Key::Token(token) => ("token", text(token)),
        Key::Session(code) => ("session", text(code)),
        Key::Profiles(owner) => {
            // As JSON, so that no two owners have one name.
            let names = [&owner.client_id, &owner.device_id, &owner.service_provider];
            ("profiles", serde_json::json!(names).to_string())
        }
        Key::Trial(number) => ("trial", format!("{number:020}")),
        Key::Rules => ("rules", String::new()),
        Key::Degradations => ("degradations", String::new()),
        Key::EndedTokens => ("ended_tokens", String::new()),
        Key::Switches => ("switches", String::new()),
        Key::Certificates => ("certificates", String::new()),
        Key::Everything => return None,
    })
}

fn json(value: &impl Serialize) -> Result<Vec<u8>, ReadError> {
    serde_json::to_vec(value)
        .map_err(|error| ReadError::Library(redb::Error::Io(std::io::Error::other(error))))
}

/// An error of the library, or one that was found in what it gave.
#[derive(Debug)]
enum ReadError {
    Store(StoreError),
    Library(redb::Error),
}

impl<E: Into<redb::Error>> From<E> for ReadError {
    fn from(error: E) -> Self {
        Self::Library(error.into())
    }
}
