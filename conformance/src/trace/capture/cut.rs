//! Where the parts of a capture begin and end.

use std::io::Read;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::file::Parts;
use super::journal;
use super::lenient::Text;
use super::stream::{Broken, Stream};

pub(super) const EXPECTED: &str =
    "expected a HAR file (an object with `log.entries`) or a journal export";

pub(super) enum Kind {
    Har,
    /// With the number of exchanges that it had to forget.
    Journal(u64),
}

/// What a file is, by its beginning.
pub(super) fn format_of<R: Read>(stream: &mut Stream<R>) -> Result<Kind, Broken> {
    let unpack = |what: &str, how: &str| Broken::Other(format!("{what}; {how}"));
    let begin = stream.ahead(4)?;
    if begin.starts_with(&[0xef, 0xbb, 0xbf]) {
        stream.skip(3);
    } else if begin.starts_with(&[0xff, 0xfe]) || begin.starts_with(&[0xfe, 0xff]) {
        return Err(unpack("it is UTF-16", "save it as UTF-8"));
    } else if begin.starts_with(&[0x1f, 0x8b]) {
        return Err(unpack("it is compressed", "unpack it with gunzip first"));
    } else if begin.starts_with(b"PK\x03\x04") {
        return Err(unpack("it is a ZIP archive", "unpack it first"));
    }
    match stream.next_sign()? {
        Some(b'{') => {}
        Some(_) => return Err(Broken::Other(format!("it is no JSON object; {EXPECTED}"))),
        None => return Err(Broken::Ends),
    }
    let ahead = stream.ahead(4096)?;
    let first = ahead.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let header: journal::Header = match serde_json::from_slice(first) {
        Ok(header) => header,
        Err(_) => return Ok(Kind::Har),
    };
    if header.format != journal::FORMAT {
        return Err(Broken::Other(format!("its `format` is none that is known; {EXPECTED}")));
    }
    if header.version != 1 {
        let version = header.version;
        return Err(Broken::Other(format!("a journal of version {version}; expected version 1")));
    }
    Ok(Kind::Journal(header.forgotten))
}

/// Hands out the lines of a journal export after the first.
pub(super) fn cut_journal<R: Read>(
    stream: &mut Stream<R>,
    parts: &mut Parts<'_>,
) -> Result<(), Broken> {
    stream.next_line()?;
    loop {
        let line = stream.line();
        let Some((part, ended)) = stream.next_line()? else { return Ok(()) };
        if part.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        if !ended && serde_json::from_slice::<IgnoredAny>(part).is_err() {
            return Err(Broken::Ends);
        }
        if !parts.add(part, line) {
            return Ok(());
        }
    }
}

/// Goes through `{"log":{"creator":{…},"entries":[…]}}` and hands out the entries.
pub(super) fn cut_har<R: Read>(
    stream: &mut Stream<R>,
    creator: &mut Option<String>,
    entries: &mut bool,
    parts: &mut Parts<'_>,
) -> Result<(), Broken> {
    members(stream, |stream, name| {
        if name != "log" {
            return stream.next_value().map(|_| true);
        }
        members(stream, |stream, name| match name {
            "creator" => {
                let written = stream.next_value()?;
                *creator = serde_json::from_slice::<Creator<'_>>(written).ok().map(Creator::words);
                Ok(true)
            }
            "entries" => {
                *entries = true;
                cut_entries(stream, parts)
            }
            _ => stream.next_value().map(|_| true),
        })
    })
    .map(|_| ())
}

/// Hands out the entries of a list. False when there is no use in going on.
fn cut_entries<R: Read>(stream: &mut Stream<R>, parts: &mut Parts<'_>) -> Result<bool, Broken> {
    stream.expect(b'[')?;
    if stream.next_sign()? == Some(b']') {
        stream.skip(1);
        return Ok(true);
    }
    loop {
        if stream.next_sign()?.is_none() {
            return Err(Broken::Ends);
        }
        let line = stream.line();
        let part = stream.next_value()?;
        if !parts.add(part, line) {
            return Ok(false);
        }
        match stream.next_sign()? {
            Some(b',') => stream.skip(1),
            _ => {
                stream.expect(b']')?;
                return Ok(true);
            }
        }
    }
}

/// Goes through an object; `each` moves past a member's value, and says whether to go on.
fn members<R: Read>(
    stream: &mut Stream<R>,
    mut each: impl FnMut(&mut Stream<R>, &str) -> Result<bool, Broken>,
) -> Result<bool, Broken> {
    stream.expect(b'{')?;
    if stream.next_sign()? == Some(b'}') {
        stream.skip(1);
        return Ok(true);
    }
    loop {
        if stream.next_sign()?.is_none() {
            return Err(Broken::Ends);
        }
        let name = serde_json::from_slice::<String>(stream.next_value()?);
        let name = name.map_err(|_| Broken::Other("expected a member's name".to_owned()))?;
        stream.expect(b':')?;
        if !each(stream, &name)? {
            return Ok(false);
        }
        match stream.next_sign()? {
            Some(b',') => stream.skip(1),
            _ => {
                stream.expect(b'}')?;
                return Ok(true);
            }
        }
    }
}

#[derive(Deserialize)]
struct Creator<'a> {
    #[serde(borrow, default)]
    name: Text<'a>,
    #[serde(borrow, default)]
    version: Text<'a>,
}

impl Creator<'_> {
    fn words(self) -> String {
        let words = [self.name.filled(), self.version.filled()];
        words.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }
}
