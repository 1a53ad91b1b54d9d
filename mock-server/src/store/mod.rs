//! State that outlives the program, in a folder of its owner's choice.
//!
//! # What is kept, and what is not
//!
//! Clients, access tokens, sessions, profiles with what was decided about them, trials, rules of
//! decisions, degradations, switched integrations, spoilt certificates and media tokens that were
//! ended: whatever [`Domain`] holds. Beside it the clock, how many identifiers were drawn, and the
//! key of the simulated providers' cookies. A run's own are faults, limits of calling and what
//! devices used of them, how fast the clock runs, and the journal: they begin anew with the program.
//!
//! # When
//!
//! Memory is what the service works with; the file follows it. The domain tells *what* changed
//! ([`Follower`]); one thread reads what it has become, and writes all that came together in one
//! transaction. An answer that promises something (a registration, a token, a code, a profile, a
//! logout, a trial, whatever the control API changed) is held back until that transaction is on the
//! disk; so is one that shows a profile which is not there yet. The requests that come meanwhile
//! share the next one, so that they wait together and not in a row. What can be asked or counted
//! again (an MVPD's decision, polls until a login, expired things that go) is written within
//! [`PATIENCE`] and keeps nobody waiting. The pipeline finds out what an answer promises by what
//! was changed or seen on its thread while it was made: handlers do not wait within.
//!
//! # What happens at the next start
//!
//! The clock goes on: real and scaled ones at least where they stood plus the time that has passed,
//! manual ones where they stood. What has ended meanwhile has ended. Identifiers are drawn on from
//! where they stood, so that the same seed never gives one twice. Objects of service providers,
//! MVPDs or users that the fixtures no longer have stay as they are, and are told of.
//!
//! # When it cannot be
//!
//! A folder in use, of a newer format or damaged is refused at the start, and nothing in it is
//! changed. When the disk fails or is full while the server runs, the service goes on from memory:
//! answers are given, a line says that they are no longer kept, `GET /health` says so too, and
//! everything is written as soon as that can be done.
//!
//! # Why this library
//!
//! `redb` is one file, written in Rust, with a stable and versioned format, transactions that are
//! whole after `kill -9`, sums over every page, and a storage interface that lets a file be read and
//! even repaired without touching it (the `guarded` module). It takes a file that was closed at its
//! word, so that a digest beside such a file vouches for it; of one that was not it checks all sums.
//! SQLite has the longest record, but brings a C build and
//! leaves files beside its own that the next opening changes; `fjall` is made for more data than fits
//! into memory, with threads and many files for it, where this is a copy of what is in memory.
//!
//! Knows nothing of requests; what the parts mean is the domain's.

mod error;
mod folder;
mod guarded;
mod places;
mod queue;
mod table;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::{self, Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::app::App;
use crate::clock::{Clock, Mode, Timestamp};
use crate::config::Fixtures;
use crate::domain::changes::Follower;
use crate::domain::{Domain, Snapshot};
use crate::fixtures_file::Notice;

pub use error::StoreError;
use folder::Folder;
pub(crate) use queue::Promise;
use queue::Queue;
use table::{Run, Table};
use writer::Writer;

/// The format that is written. A store of a later one is refused.
pub const FORMAT: u32 = 1;

/// How long what keeps nobody waiting may wait to be written, in real time.
pub const PATIENCE: Duration = Duration::from_millis(200);

/// The state of an earlier run, and the file that this one's will follow in.
#[derive(Debug)]
pub(crate) struct Opened {
    table: Table,
    // Let go of after the table.
    folder: Folder,
    run: Run,
    state: Snapshot,
    notice: Notice,
}

/// The file that follows what is in memory.
#[derive(Debug)]
pub(crate) struct Store {
    folder: PathBuf,
    queue: Arc<Queue>,
    writer: Mutex<Option<JoinHandle<()>>>,
}

impl Opened {
    /// Opens a folder, or makes it.
    pub(crate) fn new(folder: &Path, notice: Notice) -> Result<Self, StoreError> {
        let folder = Folder::open(folder)?;
        let (table, run, state) = Table::open(&folder)?;
        Ok(Self { folder, table, run, state, notice })
    }

    /// A clock that goes on from where the earlier run's stood.
    pub(crate) fn clock(&self, mode: Mode) -> Clock {
        match (mode, self.run.clock) {
            (Mode::Manual, Timestamp(1..)) => Clock::starting_at(self.run.clock, mode),
            _ => {
                let clock = Clock::new(mode);
                self.set(&clock);
                clock
            }
        }
    }

    /// Lets somebody's own clock go on from no earlier than where the earlier run's stood.
    pub(crate) fn set(&self, clock: &Clock) {
        let Run { clock: stood, real, .. } = self.run;
        let passed = if clock.speed() == 0.0 { Duration::ZERO } else { real_now().since(real) };
        if stood > Timestamp(0) {
            clock.advance_to(stood.after(passed));
        }
    }

    /// How many identifiers the earlier run drew.
    pub(crate) fn draws(&self) -> u64 {
        self.run.draws
    }

    /// What the earlier run's providers signed their cookies with, and how often they forgot
    /// everybody.
    pub(crate) fn providers(&self) -> Option<(String, u64)> {
        Some(self.run.providers.clone()).filter(|(secret, _)| !secret.is_empty())
    }

    /// Puts the earlier run's state in place and follows what becomes of it, beginning with what
    /// has ended meanwhile. The store must be given to the service, too.
    pub(crate) fn follow(
        self,
        domain: &Domain,
        fixtures: &Fixtures,
        now: Timestamp,
    ) -> (Store, Starter) {
        let Self { folder, table, run, state, notice } = self;
        let strangers = state.strangers(fixtures);
        if strangers > 0 {
            notice(&format!(
                "{}: {strangers} of the objects in it are of service providers, MVPDs or users that \
                 the fixtures do not have; they stay as they are",
                folder.path().display()
            ));
        }
        if run.torn {
            notice(&format!(
                "{}: the last write had not come to its end, or was damaged since; what was there \
                 before it counts",
                folder.path().display()
            ));
        }
        domain.count_on_from(run.numbers);
        domain.restore(state, 0);
        let queue = Arc::new(Queue::default());
        let follower: Arc<dyn Follower> = Arc::<Queue>::clone(&queue);
        domain.follow(&follower);
        domain.forget_ended(fixtures, now);
        let path = folder.path().to_owned();
        let store = Store { folder: path, queue: Arc::clone(&queue), writer: Mutex::default() };
        (store, Starter { folder, table, queue, notice })
    }
}

/// What writes, before it begins to.
#[derive(Debug)]
pub(crate) struct Starter {
    table: Table,
    // Let go of after the table.
    folder: Folder,
    queue: Arc<Queue>,
    notice: Notice,
}

impl Starter {
    /// Begins to write what a service holds.
    pub(crate) fn start(self, app: &Arc<App>) {
        let Some(store) = &app.store else { return };
        let Self { folder, table, queue, notice } = self;
        let writer = Writer::new(folder, table, queue, Arc::downgrade(app), notice);
        let thread = std::thread::Builder::new().name("pass-mock-store".to_owned());
        match thread.spawn(move || writer.run()) {
            Ok(thread) => *store.writer() = Some(thread),
            Err(error) => store.queue.fail(format!("cannot be written to: {error}")),
        }
    }
}

impl Store {
    /// The folder that it is in.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Why what is in memory cannot be kept at this moment.
    pub(crate) fn problem(&self) -> Option<String> {
        self.queue.problem()
    }

    /// Does some work that does not wait, and tells what it promised.
    pub(crate) fn watch<T>(&self, work: impl FnOnce() -> T) -> (T, Promise) {
        queue::watch(work)
    }

    /// Whether a promise is kept already, or cannot be.
    pub(crate) fn has(&self, promise: &Promise) -> bool {
        self.queue.has(promise)
    }

    /// Waits until a promise is kept, or cannot be.
    pub(crate) async fn keep(&self, promise: Promise) {
        self.queue.keep(promise).await;
    }

    /// Waits until all that was promised is kept, or cannot be.
    pub(crate) async fn keep_all(&self) {
        self.queue.keep(self.queue.latest()).await;
    }

    /// Has the clock kept as it is now.
    pub(crate) fn keep_clock(&self) {
        self.queue.touch();
    }

    /// Writes what is left, and lets go of the folder. Takes as long as the disk does.
    pub(crate) fn close(&self) {
        let thread = self.writer().take();
        self.queue.close();
        if let Some(thread) = thread {
            // A writer that gave up has said so.
            let _ = thread.join();
        }
    }

    fn writer(&self) -> std::sync::MutexGuard<'_, Option<JoinHandle<()>>> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What time it really is.
fn real_now() -> Timestamp {
    Clock::new(Mode::Real).now()
}

#[cfg(test)]
mod tests;
