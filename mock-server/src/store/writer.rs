//! The thread that writes.

use std::collections::BTreeSet;
use std::sync::{Arc, Weak};
use std::time::Duration;

use super::folder::Folder;
use super::queue::{Batch, Queue};
use super::table::{Run, Table};
use super::{StoreError, real_now};
use crate::app::App;
use crate::domain::changes::Key;
use crate::domain::{Part, Standing};
use crate::fixtures_file::Notice;

/// How often a clock that runs at a speed of its own is kept, in real time.
const CLOCK_INTERVAL: Duration = Duration::from_secs(1);
/// How long after a failure it is tried again, in real time.
const RETRY: Duration = Duration::from_secs(1);

/// Writes what a service holds for as long as there is one.
pub(super) struct Writer {
    /// Absent after a failure, until it can be opened again.
    table: Option<Table>,
    /// After the table, so that it is let go of last.
    folder: Folder,
    queue: Arc<Queue>,
    app: Weak<App>,
    notice: Notice,
}

impl Writer {
    pub(super) fn new(
        folder: Folder,
        table: Table,
        queue: Arc<Queue>,
        app: Weak<App>,
        notice: Notice,
    ) -> Self {
        Self { folder, table: Some(table), queue, app, notice }
    }

    pub(super) fn run(mut self) {
        loop {
            let batch = self.queue.take(self.at_most());
            let Some(app) = self.app.upgrade() else { return };
            let mut written = self.write(&app, &batch, false);
            if let Err(error) = &written {
                self.complain(error);
            }
            let failed = written.is_err();
            while written.is_err() {
                if self.queue.pause(RETRY) || batch.last {
                    return;
                }
                written = self.write(&app, &batch, true);
            }
            if failed {
                let folder = self.folder.path().display();
                (self.notice)(&format!("{folder}: can be written again; all state is kept"));
            }
            self.queue.release(batch.up_to);
            if batch.last {
                return self.close();
            }
        }
    }

    fn close(&mut self) {
        if let Some(Err(error)) = self.table.take().map(|table| table.close(&self.folder)) {
            (self.notice)(&error.to_string());
        }
    }

    /// A clock of a speed of its own is kept now and then, even when nothing else happens.
    fn at_most(&self) -> Option<Duration> {
        let speed = self.app.upgrade()?.clock.speed();
        (speed != 0.0 && speed != 1.0).then_some(CLOCK_INTERVAL)
    }

    /// Tells once that nothing is kept, and lets nobody wait.
    fn complain(&mut self, error: &StoreError) {
        (self.notice)(&format!(
            "{error}; the service goes on, but what happens is kept in memory alone"
        ));
        self.queue.fail(error.to_string());
    }

    /// Writes a batch, or with `anew` all there is.
    fn write(&mut self, app: &App, batch: &Batch, anew: bool) -> Result<(), StoreError> {
        let table = match self.table.take() {
            Some(table) => table,
            None => Table::open(&self.folder)?.0,
        };
        let now = app.clock.now();
        let anew = anew || batch.keys.contains(&Key::Everything);
        let keys: BTreeSet<Key> = match anew {
            true => app.domain.all_parts(now).into_iter().collect(),
            false => batch.keys.iter().cloned().collect(),
        };
        let parts = keys.into_iter().filter_map(|key| match app.domain.part(&key, now) {
            Standing::Is(part) => Some((key, Some::<Part>(part))),
            Standing::Gone => Some((key, None)),
            Standing::Changing => None,
        });
        table.write(parts, anew, || run_of(app))?;
        // After a failure the library wants the file to be opened again.
        self.table = Some(table);
        Ok(())
    }
}

impl Drop for Writer {
    /// Nobody waits for a writer that is gone.
    fn drop(&mut self) {
        self.queue.fail("is not written to any more".to_owned());
    }
}

/// Where a service stands.
fn run_of(app: &App) -> Run {
    let speed = app.clock.speed();
    // Where the clock will not be past when it is kept the next time, so that it never goes back.
    let margin = match speed {
        0.0 | 1.0 => Duration::ZERO,
        speed => (CLOCK_INTERVAL * 2).mul_f64(speed),
    };
    Run {
        clock: app.clock.now().after(margin),
        real: real_now(),
        draws: app.ids.draws(),
        numbers: app.domain.numbers(),
        providers: app.memory.secret(),
        torn: false,
    }
}
