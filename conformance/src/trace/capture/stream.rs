//! Cutting a file into its parts without holding more of it than one part.

use std::io::{self, Read};

use memchr::{memchr, memchr_iter, memchr2};
use sha2::{Digest, Sha256};

/// How much is read at a time.
const CHUNK: usize = 1 << 18;

/// A file that is read forward, with a window onto the part at hand.
pub(super) struct Stream<R> {
    reader: R,
    window: Vec<u8>,
    /// Where in the window the part at hand begins.
    at: usize,
    /// Newlines before that.
    lines: u64,
    ended: bool,
    digest: Sha256,
}

/// Why a part cannot be cut out.
#[derive(Debug)]
pub(super) enum Broken {
    /// The file cannot be read.
    Io(io::Error),
    /// The file ends within the part.
    Ends,
    /// It is not what was expected.
    Other(String),
}

impl From<io::Error> for Broken {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl<R: Read> Stream<R> {
    pub(super) fn new(reader: R) -> Self {
        Self { reader, window: Vec::new(), at: 0, lines: 0, ended: false, digest: Sha256::new() }
    }

    /// The line of the part at hand, counted from 1.
    pub(super) fn line(&self) -> u64 {
        self.lines + 1
    }

    /// The line that the file has been read up to.
    pub(super) fn last_line(&self) -> u64 {
        self.line() + newlines(&self.window[self.at..])
    }

    /// SHA-256 of the whole file, in hexadecimal digits; what is left of it is read for that.
    pub(super) fn into_digest(mut self) -> io::Result<String> {
        loop {
            self.at = self.window.len();
            if !self.fill()? {
                break;
            }
        }
        Ok(self.digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// The next bytes, at least so many unless the file ends before.
    pub(super) fn ahead(&mut self, count: usize) -> io::Result<&[u8]> {
        while self.window.len() - self.at < count && self.fill()? {}
        Ok(&self.window[self.at..])
    }

    /// Moves past so many bytes, which were seen ahead.
    pub(super) fn skip(&mut self, count: usize) {
        let to = (self.at + count).min(self.window.len());
        self.lines += newlines(&self.window[self.at..to]);
        self.at = to;
    }

    /// The next byte that is no white space, not moved past.
    pub(super) fn next_sign(&mut self) -> io::Result<Option<u8>> {
        loop {
            let ahead = &self.window[self.at..];
            match ahead.iter().position(|byte| !byte.is_ascii_whitespace()) {
                Some(blanks) => {
                    let sign = ahead[blanks];
                    self.skip(blanks);
                    return Ok(Some(sign));
                }
                None => {
                    self.skip(ahead.len());
                    if !self.fill()? {
                        return Ok(None);
                    }
                }
            }
        }
    }

    /// Moves past a sign.
    pub(super) fn expect(&mut self, sign: u8) -> Result<(), Broken> {
        match self.next_sign()? {
            Some(found) if found == sign => {
                self.skip(1);
                Ok(())
            }
            Some(found) => Err(Broken::Other(format!(
                "expected `{}`, found `{}`",
                char::from(sign),
                found.escape_ascii()
            ))),
            None => Err(Broken::Ends),
        }
    }

    /// The next line without its end, moved past, and whether it has an end; `None` at the end of
    /// the file.
    pub(super) fn next_line(&mut self) -> io::Result<Option<(&[u8], bool)>> {
        let mut seen = 0;
        loop {
            if let Some(end) = memchr(b'\n', &self.window[self.at + seen..]) {
                let from = self.at;
                self.at += seen + end + 1;
                self.lines += 1;
                return Ok(Some((&self.window[from..self.at - 1], true)));
            }
            seen = self.window.len() - self.at;
            if !self.fill()? {
                let from = self.at;
                self.at = self.window.len();
                return Ok((seen > 0).then(|| (&self.window[from..], false)));
            }
        }
    }

    /// The next JSON value as it is written, moved past. What is inside is not looked at but for
    /// strings and brackets.
    pub(super) fn next_value(&mut self) -> Result<&[u8], Broken> {
        if self.next_sign()?.is_none() {
            return Err(Broken::Ends);
        }
        let length = self.value_length()?;
        if length == 0 {
            return Err(Broken::Other("expected a JSON value".to_owned()));
        }
        let from = self.at;
        self.skip(length);
        Ok(&self.window[from..from + length])
    }

    fn value_length(&mut self) -> Result<usize, Broken> {
        let mut depth = 0_usize;
        let mut length = 0;
        loop {
            let Some(&byte) = self.window.get(self.at + length) else {
                if self.fill()? {
                    continue;
                }
                return if depth == 0 && length > 0 { Ok(length) } else { Err(Broken::Ends) };
            };
            match byte {
                b'"' => length = self.string_end(length + 1)? - 1,
                b'{' | b'[' => depth += 1,
                b'}' | b']' if depth == 0 => return Ok(length),
                b'}' | b']' => depth -= 1,
                b',' | b':' if depth == 0 => return Ok(length),
                byte if depth == 0 && byte.is_ascii_whitespace() => return Ok(length),
                _ => {}
            }
            length += 1;
            if depth == 0 && matches!(byte, b'"' | b'}' | b']') {
                return Ok(length);
            }
        }
    }

    /// Behind the closing quote of a string, whose opening quote is just before `from`.
    fn string_end(&mut self, mut from: usize) -> Result<usize, Broken> {
        loop {
            let seen = self.window.get(self.at + from..).unwrap_or_default();
            match memchr2(b'"', b'\\', seen) {
                Some(found) if seen[found] == b'"' => return Ok(from + found + 1),
                Some(found) => from += found + 2,
                None => {
                    from = from.max(self.window.len() - self.at);
                    if !self.fill()? {
                        return Err(Broken::Ends);
                    }
                }
            }
        }
    }

    /// Reads more; what was moved past is forgotten. False at the end of the file.
    fn fill(&mut self) -> io::Result<bool> {
        if self.ended {
            return Ok(false);
        }
        if self.at > 0 {
            self.window.drain(..self.at);
            self.at = 0;
        }
        let before = self.window.len();
        // A long part doubles the window, so that moving it about costs no more than reading it.
        let wanted = CHUNK.max(before);
        let limited = self.reader.by_ref().take(u64::try_from(wanted).unwrap_or(u64::MAX));
        self.ended = io::Read::read_to_end(&mut { limited }, &mut self.window)? == 0;
        self.digest.update(&self.window[before..]);
        Ok(self.window.len() > before)
    }
}

fn newlines(text: &[u8]) -> u64 {
    u64::try_from(memchr_iter(b'\n', text).count()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Gives one byte at a time.
    struct Drops<'a>(&'a [u8]);

    impl Read for Drops<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let count = self.0.len().min(1).min(into.len());
            into[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }

    #[test]
    fn values_are_cut_out_whole() {
        let text = br#" {"a":"}\"]","b":[1,{"c":2}]}, "x\\" :12.5e3
            true [] "#;
        let mut stream = Stream::new(Drops(text));
        let next = |stream: &mut Stream<_>| {
            String::from_utf8(stream.next_value().unwrap().to_vec()).unwrap()
        };
        assert_eq!(next(&mut stream), r#"{"a":"}\"]","b":[1,{"c":2}]}"#);
        stream.expect(b',').unwrap();
        assert_eq!(next(&mut stream), r#""x\\""#);
        stream.expect(b':').unwrap();
        assert_eq!(next(&mut stream), "12.5e3");
        assert_eq!(stream.line(), 1);
        assert_eq!(next(&mut stream), "true");
        assert_eq!(stream.line(), 2);
        assert_eq!(next(&mut stream), "[]");
        assert!(matches!(stream.next_value(), Err(Broken::Ends)));
    }

    #[test]
    fn a_value_that_breaks_off_is_none() {
        for text in [r#"{"a":1"#, r#""abc"#, r#""abc\"#, "[[]", ""] {
            let mut stream = Stream::new(text.as_bytes());
            assert!(matches!(stream.next_value(), Err(Broken::Ends)), "{text}");
        }
        assert!(matches!(Stream::new(&b"]"[..]).next_value(), Err(Broken::Other(_))));
    }

    #[test]
    fn lines_are_cut_out_and_counted() {
        let mut stream = Stream::new(Drops(b"one\n\nthree"));
        let mut all = Vec::new();
        while let Some((line, ended)) = stream.next_line().unwrap() {
            all.push((String::from_utf8(line.to_vec()).unwrap(), ended));
        }
        let line = |text: &str, ended| (text.to_owned(), ended);
        assert_eq!(all, [line("one", true), line("", true), line("three", false)]);
        assert_eq!(stream.line(), 3);
    }

    proptest! {
        #[test]
        fn any_json_value_is_cut_out_whole(
            strings in prop::collection::vec(".{0,12}", 0..6),
            blanks in "[ \n\t]{0,4}",
            more in "[,}\\]]?",
        ) {
            let value = serde_json::json!({"list": strings, "nested": {"deep": [strings]}});
            let text = format!("{blanks}{value:#}{more}");
            let mut stream = Stream::new(Drops(text.as_bytes()));
            let cut = stream.next_value().unwrap().to_vec();
            prop_assert_eq!(serde_json::from_slice::<serde_json::Value>(&cut).unwrap(), value);
        }

        #[test]
        fn no_bytes_are_too_strange(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let mut stream = Stream::new(Drops(&bytes));
            while stream.next_value().is_ok() {
                if stream.next_sign().unwrap().is_some() {
                    stream.skip(1);
                }
            }
        }
    }
}
