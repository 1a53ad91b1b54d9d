//! One file, read by several threads: one cuts it into parts, the others read them.

use std::fs::File;
use std::io::{self, Read};
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;

use super::cut::{EXPECTED, Kind, cut_har, cut_journal, format_of};
use super::error::{CaptureError, Place};
use super::found::{Found, LeftOut, Sorted, Sorter};
use super::har::Entry;
use super::journal::Line;
use super::service::Base;
use super::stream::{Broken, Stream};
use crate::trace::Pool;

/// How much text a thread is handed at a time.
const BATCH: usize = 1 << 18;

/// What a file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// HAR 1.2, and what wrote it.
    Har(String),
    /// The journal of a mock server.
    Journal,
}

/// What was read from one file.
#[derive(Debug)]
pub(super) struct FileRead {
    pub(super) format: Format,
    pub(super) sha256: String,
    /// In the order of the file.
    pub(super) found: Vec<Found>,
    /// How many entries were left out, by reason and host.
    pub(super) left_out: Vec<(LeftOut, Arc<str>, u64)>,
    /// How many exchanges a journal had to forget.
    pub(super) forgotten: u64,
    /// Where the file breaks off, when it does and that is allowed.
    pub(super) breaks_off: Option<Place>,
}

/// Reads a file.
pub(super) fn read(
    path: &Path,
    bases: &[Base],
    allow_truncated: bool,
    pool: &Arc<Pool>,
) -> Result<FileRead, CaptureError> {
    let wrong = |error: io::Error| CaptureError::of(path, format!("cannot be read: {error}"));
    let reader: Box<dyn Read> = match path == Path::new("-") {
        true => Box::new(io::stdin().lock()),
        false => Box::new(File::open(path).map_err(wrong)?),
    };
    let mut stream = Stream::new(reader);
    let format = format_of(&mut stream).map_err(|error| match error {
        Broken::Io(error) => wrong(error),
        Broken::Ends => CaptureError::of(path, format!("it is empty; {EXPECTED}")),
        Broken::Other(message) => CaptureError::of(path, message),
    })?;
    let reading = Reading { path, bases, allow_truncated, pool };
    match format {
        Kind::Har => reading.har(stream),
        Kind::Journal(forgotten) => reading.journal(stream, forgotten),
    }
}

struct Reading<'a> {
    path: &'a Path,
    bases: &'a [Base],
    allow_truncated: bool,
    pool: &'a Arc<Pool>,
}

impl Reading<'_> {
    fn har<R: Read>(&self, mut stream: Stream<R>) -> Result<FileRead, CaptureError> {
        let mut creator = None;
        let mut entries = false;
        let parse = |sorter: &mut Sorter, place: u64, part: &[u8]| {
            let entry: Entry<'_> = serde_json::from_slice(part).map_err(Wrong::json)?;
            sorter.har(place, entry).map_err(Wrong::of)
        };
        let (cut, read) = self.in_threads(true, parse, |parts| {
            let outcome = cut_har(&mut stream, &mut creator, &mut entries, parts);
            (outcome, Place { line: stream.last_line(), entry: entries.then_some(parts.index) })
        })?;
        let breaks_off = self.end(cut)?;
        if !entries {
            let missing = format!("there is no `log.entries`; {EXPECTED}");
            return Err(CaptureError::of(self.path, missing));
        }
        let (found, left_out) = read;
        let format = Format::Har(creator.unwrap_or_default());
        let sha256 = self.digest(stream)?;
        Ok(FileRead { format, sha256, found, left_out, forgotten: 0, breaks_off })
    }

    fn journal<R: Read>(
        &self,
        mut stream: Stream<R>,
        forgotten: u64,
    ) -> Result<FileRead, CaptureError> {
        let parse = |sorter: &mut Sorter, place: u64, part: &[u8]| {
            let line: Line<'_> = serde_json::from_slice(part).map_err(Wrong::json)?;
            sorter.journal(place, line).map_err(Wrong::of)
        };
        let (cut, read) = self.in_threads(false, parse, |parts| {
            let outcome = cut_journal(&mut stream, parts);
            (outcome, Place { line: stream.last_line(), entry: None })
        })?;
        let breaks_off = self.end(cut)?;
        let (found, left_out) = read;
        let sha256 = self.digest(stream)?;
        Ok(FileRead { format: Format::Journal, sha256, found, left_out, forgotten, breaks_off })
    }

    fn digest<R: Read>(&self, stream: Stream<R>) -> Result<String, CaptureError> {
        let wrong = |error| CaptureError::of(self.path, format!("cannot be read: {error}"));
        stream.into_digest().map_err(wrong)
    }

    /// Where the file breaks off, if that is allowed.
    fn end(
        &self,
        (cut, place): (Result<(), Broken>, Place),
    ) -> Result<Option<Place>, CaptureError> {
        let wrong = |message: String| Err(CaptureError::of(self.path, message).at(place));
        match cut {
            Ok(()) => Ok(None),
            Err(Broken::Ends) if self.allow_truncated => Ok(Some(place)),
            Err(Broken::Ends) => {
                wrong("the file breaks off here; --allow-truncated judges what is there".to_owned())
            }
            Err(Broken::Io(error)) => wrong(format!("cannot be read: {error}")),
            Err(Broken::Other(message)) => wrong(message),
        }
    }

    /// Has `cut` hand out parts, and reads them by `parse` in as many threads as there are cores.
    fn in_threads<C>(
        &self,
        is_har: bool,
        parse: impl Fn(&mut Sorter, u64, &[u8]) -> Result<Sorted, Wrong> + Sync,
        cut: impl FnOnce(&mut Parts) -> C,
    ) -> Result<(C, Gathered), CaptureError> {
        let threads = thread::available_parallelism().map_or(1, NonZeroUsize::get).min(16);
        let (send, receive) = mpsc::sync_channel::<Batch>(2 * threads);
        let (receive, failed) = (Mutex::new(receive), AtomicBool::new(false));
        let work = || {
            let mut worker = Worker::new(self.bases, self.pool);
            loop {
                let next = receive.lock().unwrap_or_else(PoisonError::into_inner).recv();
                let Ok(batch) = next else { return worker };
                if worker.read(&batch, &parse).is_err() {
                    failed.store(true, Ordering::Relaxed);
                }
            }
        };
        let (cut, workers) = thread::scope(|scope| {
            let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
            let mut parts = Parts { send, batch: Batch::default(), index: 0, failed: &failed };
            let cut = cut(&mut parts);
            parts.hand_out();
            drop(parts);
            let workers: Vec<_> = workers.into_iter().filter_map(|w| w.join().ok()).collect();
            (cut, workers)
        });
        if workers.len() < threads {
            return Err(CaptureError::of(self.path, "a thread that read it panicked"));
        }
        Ok((cut, self.gather(workers, is_har)?))
    }

    fn gather(&self, workers: Vec<Worker>, is_har: bool) -> Result<Gathered, CaptureError> {
        let wrong = workers.iter().filter_map(|w| w.wrong.as_ref()).min();
        if let Some((line, index, message)) = wrong {
            let place = Place { line: *line, entry: is_har.then_some(*index) };
            return Err(CaptureError::of(self.path, message).at(place));
        }
        // Sorted before they are unpacked: they are large.
        let (mut boxed, mut left_out) = (Vec::new(), Vec::new());
        for mut worker in workers {
            boxed.append(&mut worker.found);
            left_out.extend(worker.left_out.into_iter().map(|((why, host), n)| (why, host, n)));
        }
        boxed.sort_unstable_by_key(|found| found.index);
        let found = boxed.into_iter().map(|found| *found).collect();
        left_out.sort();
        Ok((found, left_out))
    }
}

type Gathered = (Vec<Found>, Vec<(LeftOut, Arc<str>, u64)>);

/// Parts of a file for one thread at a time.
#[derive(Default)]
struct Batch {
    text: Vec<u8>,
    /// Where each part ends, with its index and its line.
    ends: Vec<(usize, u64, u64)>,
}

/// Hands out parts.
pub(super) struct Parts<'a> {
    send: mpsc::SyncSender<Batch>,
    batch: Batch,
    index: u64,
    failed: &'a AtomicBool,
}

impl Parts<'_> {
    /// Hands out one part. False when there is no use in going on.
    pub(super) fn add(&mut self, part: &[u8], line: u64) -> bool {
        self.batch.text.extend_from_slice(part);
        self.batch.ends.push((self.batch.text.len(), self.index, line));
        self.index += 1;
        if self.batch.text.len() >= BATCH {
            self.hand_out();
        }
        !self.failed.load(Ordering::Relaxed)
    }

    fn hand_out(&mut self) {
        if !self.batch.ends.is_empty() {
            // Nobody is left to read it only after a panic, which is noticed elsewhere.
            let _ = self.send.send(std::mem::take(&mut self.batch));
        }
    }
}

/// What one thread found.
struct Worker {
    sorter: Sorter,
    #[expect(clippy::vec_box, reason = "they are large, and moved about until they are in order")]
    found: Vec<Box<Found>>,
    left_out: std::collections::HashMap<(LeftOut, Arc<str>), u64>,
    /// The first thing that is wrong: its line, the part's index, and what it is.
    wrong: Option<(u64, u64, String)>,
}

/// What is wrong with a part.
struct Wrong {
    message: String,
    /// Lines into the part.
    lines: u64,
}

impl Wrong {
    fn of(message: String) -> Self {
        Self { message, lines: 0 }
    }

    fn json(error: serde_json::Error) -> Self {
        let lines = u64::try_from(error.line().saturating_sub(1)).unwrap_or(0);
        let text = error.to_string();
        let said = text.rsplit_once(" at line ").map_or(text.as_str(), |(said, _)| said);
        Self { message: format!("{said} (column {})", error.column()), lines }
    }
}

impl Worker {
    fn new(bases: &[Base], pool: &Arc<Pool>) -> Self {
        Self {
            sorter: Sorter::new(bases, pool),
            found: Vec::new(),
            left_out: std::collections::HashMap::new(),
            wrong: None,
        }
    }

    fn read(
        &mut self,
        batch: &Batch,
        parse: impl Fn(&mut Sorter, u64, &[u8]) -> Result<Sorted, Wrong>,
    ) -> Result<(), ()> {
        let mut from = 0;
        for &(end, index, line) in &batch.ends {
            let part = &batch.text[from..end];
            from = end;
            match parse(&mut self.sorter, index, part) {
                Ok(Ok(found)) => self.found.push(found),
                Ok(Err(left_out)) => *self.left_out.entry(left_out).or_default() += 1,
                Err(wrong) => {
                    self.wrong.get_or_insert((line + wrong.lines, index, wrong.message));
                    return Err(());
                }
            }
        }
        Ok(())
    }
}
