//! A file that is not written to before its content has proved good.
//!
//! The library repairs and marks a file as soon as it opens it. What it writes then goes to a draft
//! in memory; only when everything in the file has been read and understood does the draft go to
//! the file, and all that is written after it.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use redb::StorageBackend as _;
use sha2::{Digest as _, Sha256};

/// The draft is kept in blocks of so many bytes.
const BLOCK: usize = 4096;

/// How the library's files begin, as its description of the format has it; flags come next.
const MAGIC: &[u8] = b"redb\x1a\x0a\xa9\x0d\x0a";
/// The flag of a file that was not closed.
const MUST_BE_REPAIRED: u8 = 2;
/// The flag of a file whose sums need not be looked at.
const WRITTEN_IN_TWO_PHASES: u8 = 4;
/// The flag that says which of two commits counts.
const WHICH_COMMIT: u8 = 1;
/// Where no sum looks after it, and how it is in every file of ours: pages of 4096 bytes, no pages
/// before a region's own, and 1048576 of those. The library reserves what is said here.
const LAYOUT: [u8; 12] = [0, 16, 0, 0, 0, 0, 0, 0, 0, 0, 16, 0];
const LAYOUT_AT: usize = 12;
/// How long what stands before everything else is.
const HEAD: usize = 320;

/// The file. Clones are the same file.
#[derive(Clone, Debug)]
pub(super) struct Guarded(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    file: File,
    draft: Option<Draft>,
}

/// What would be in the file.
#[derive(Debug)]
struct Draft {
    len: u64,
    blocks: BTreeMap<u64, Box<[u8; BLOCK]>>,
    /// The flags with which the library first wrote the head anew.
    flags: Option<u8>,
}

impl Guarded {
    /// A file with something in it.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().read(true).write(true).open(path)?;
        let len = file.metadata()?.len();
        if len == 0 {
            return Err(io::Error::new(ErrorKind::InvalidData, "there is nothing in it"));
        }
        let draft = Some(Draft { len, blocks: BTreeMap::new(), flags: None });
        Ok(Self(Arc::new(Mutex::new(State { file, draft }))))
    }

    /// The digest of all that is in the file.
    pub(super) fn digest(&self) -> io::Result<String> {
        let mut state = self.state();
        state.file.seek(SeekFrom::Start(0))?;
        let mut digest = Sha256::new();
        let mut piece = vec![0; 1 << 16];
        loop {
            match state.file.read(&mut piece)? {
                0 => break,
                some => digest.update(&piece[..some]),
            }
        }
        Ok(digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// Makes the library look at all sums of the file when it opens it, as it does after a kill.
    /// False when the file is none of the library's, as we have it write them.
    pub(super) fn distrust(&self) -> io::Result<bool> {
        let mut head = [0; HEAD];
        if self.len()? < HEAD as u64 {
            return Ok(false);
        }
        self.read(0, &mut head)?;
        if !head.starts_with(MAGIC) || !head[LAYOUT_AT..].starts_with(&LAYOUT) {
            return Ok(false);
        }
        let flags = head[MAGIC.len()] & !WRITTEN_IN_TWO_PHASES | MUST_BE_REPAIRED;
        self.write(MAGIC.len() as u64, &[flags])?;
        Ok(true)
    }

    /// Whether the library chose another commit than the one that the file says counts, because that
    /// one did not add up. It says nothing about it where the commit's own sum is what did not.
    pub(super) fn has_fallen_back(&self) -> io::Result<bool> {
        let mut state = self.state();
        let Some(chosen) = state.draft.as_ref().and_then(|draft| draft.flags) else {
            return Ok(false);
        };
        let mut said = [0];
        state.read(MAGIC.len() as u64, &mut said)?;
        Ok((said[0] ^ chosen) & WHICH_COMMIT != 0)
    }

    /// Lets everything go to the file from now on, beginning with the draft.
    pub(super) fn release(&self) -> io::Result<()> {
        let mut state = self.state();
        let Some(draft) = state.draft.take() else { return Ok(()) };
        let written = state.write_draft(&draft);
        if written.is_err() {
            state.draft = Some(draft);
        }
        written
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The first block last: it says which of the others count.
    fn write_draft(&mut self, draft: &Draft) -> io::Result<()> {
        if self.file.metadata()?.len() < draft.len {
            self.file.set_len(draft.len)?;
        }
        for (number, block) in draft.blocks.iter().rev() {
            let offset = number * BLOCK as u64;
            let end = draft.len.saturating_sub(offset).min(BLOCK as u64);
            if *number == 0 {
                self.file.sync_data()?;
            }
            self.write(offset, &block[..usize::try_from(end).unwrap_or(BLOCK)])?;
        }
        self.file.set_len(draft.len)?;
        self.file.sync_data()
    }

    fn write(&mut self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(offset))?;
        self.file.write_all(data)
    }

    fn read(&mut self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(offset))?;
        self.file.read_exact(out)
    }

    /// What is in the file at a place; zeros beyond its end.
    fn read_padded(&mut self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let len = self.file.metadata()?.len();
        let there = len.saturating_sub(offset).min(out.len() as u64);
        let there = usize::try_from(there).unwrap_or(out.len());
        out[there..].fill(0);
        if there == 0 { Ok(()) } else { self.read(offset, &mut out[..there]) }
    }

    /// The blocks that a stretch touches: number, where in the block, how much.
    fn stretches(offset: u64, len: usize) -> impl Iterator<Item = (u64, usize, usize)> {
        let mut done = 0;
        std::iter::from_fn(move || {
            let at = offset + done as u64;
            let within = usize::try_from(at % BLOCK as u64).unwrap_or(0);
            let some = (BLOCK - within).min(len - done);
            done += some;
            (some > 0).then_some((at / BLOCK as u64, within, some))
        })
    }

    fn write_to_draft(&mut self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut rest = data;
        for (number, within, some) in Self::stretches(offset, data.len()) {
            let known = self.draft.as_ref().is_some_and(|draft| draft.blocks.contains_key(&number));
            if !known {
                let mut block = Box::new([0; BLOCK]);
                self.read_padded(number * BLOCK as u64, &mut block[..])?;
                self.draft.as_mut().map(|draft| draft.blocks.insert(number, block));
            }
            if let Some(block) = self.draft.as_mut().and_then(|d| d.blocks.get_mut(&number)) {
                block[within..within + some].copy_from_slice(&rest[..some]);
            }
            rest = &rest[some..];
        }
        if let Some(draft) = &mut self.draft {
            draft.len = draft.len.max(offset + data.len() as u64);
            let flags = data.get(MAGIC.len()).filter(|_| offset == 0);
            draft.flags = draft.flags.or(flags.copied());
        }
        Ok(())
    }

    fn read_draft(&mut self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let end = offset.checked_add(out.len() as u64);
        let fits = |end: u64| self.draft.as_ref().is_some_and(|draft| end <= draft.len);
        if !end.is_some_and(fits) {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        self.read_padded(offset, out)?;
        let Some(draft) = &self.draft else { return Ok(()) };
        let mut done = 0;
        for (number, within, some) in Self::stretches(offset, out.len()) {
            if let Some(block) = draft.blocks.get(&number) {
                out[done..done + some].copy_from_slice(&block[within..within + some]);
            }
            done += some;
        }
        Ok(())
    }
}

impl redb::StorageBackend for Guarded {
    fn len(&self) -> io::Result<u64> {
        let state = self.state();
        match &state.draft {
            Some(draft) => Ok(draft.len),
            None => Ok(state.file.metadata()?.len()),
        }
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let mut state = self.state();
        if state.draft.is_some() { state.read_draft(offset, out) } else { state.read(offset, out) }
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut state = self.state();
        let Some(draft) = &mut state.draft else { return state.file.set_len(len) };
        if len < draft.len {
            // What grows again is empty.
            let keep = len.div_ceil(BLOCK as u64);
            draft.blocks.retain(|number, _| *number < keep);
        }
        draft.len = len;
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        let state = self.state();
        if state.draft.is_some() { Ok(()) } else { state.file.sync_data() }
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut state = self.state();
        if state.draft.is_some() {
            state.write_to_draft(offset, data)
        } else {
            state.write(offset, data)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_reaches_the_file_before_it_is_released() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let before: Vec<u8> = (0..10_000_u32).map(|n| n.to_le_bytes()[0]).collect();
        std::fs::write(&path, &before).unwrap();
        let guarded = Guarded::open(&path).unwrap();
        guarded.write(4_090, &[7; 5_000]).unwrap();
        guarded.write(0, b"head").unwrap();
        guarded.set_len(20_000).unwrap();
        guarded.write(19_999, &[9]).unwrap();
        let read = |from, len| {
            let mut out = vec![1; len];
            guarded.read(from, &mut out).map(|()| out)
        };
        let mut expected = before.clone();
        expected[4_090..9_090].fill(7);
        expected[..4].copy_from_slice(b"head");
        expected.resize(20_000, 0);
        expected[19_999] = 9;
        assert_eq!(read(0, 20_000).unwrap(), expected);
        assert!(read(19_999, 2).is_err() && read(u64::MAX, 2).is_err());
        assert_eq!(std::fs::read(&path).unwrap(), before);
        guarded.release().unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), expected);
        guarded.write(1, b"a").unwrap();
        assert_eq!(std::fs::read(&path).unwrap()[..3], *b"haa");
    }
}
