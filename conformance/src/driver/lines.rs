//! Lines of a pipe, none of them longer than can be kept.

use std::io;

use tokio::io::{AsyncBufRead, AsyncBufReadExt as _};

/// The longest line that is read; a longer one is no message and no log either.
const LONGEST: usize = 1 << 20;

/// The next line without its ending; `None` at the end. What is no UTF-8 is replaced.
pub(super) async fn next_line(
    reader: &mut (impl AsyncBufRead + Unpin),
) -> io::Result<Option<String>> {
    let mut line = Vec::new();
    loop {
        let piece = reader.fill_buf().await?;
        if piece.is_empty() {
            return Ok((!line.is_empty()).then(|| text(line)));
        }
        let end = piece.iter().position(|byte| *byte == b'\n');
        let taken = end.unwrap_or(piece.len());
        line.extend_from_slice(&piece[..taken]);
        reader.consume(end.map_or(taken, |end| end + 1));
        if end.is_some() {
            return Ok(Some(text(line)));
        }
        if line.len() > LONGEST {
            let error = format!("it printed a line of more than {LONGEST} bytes");
            return Err(io::Error::new(io::ErrorKind::InvalidData, error));
        }
    }
}

fn text(line: Vec<u8>) -> String {
    let line = String::from_utf8_lossy(&line);
    line.strip_suffix('\r').unwrap_or(&line).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn lines(mut bytes: &[u8]) -> Vec<String> {
        let mut lines = Vec::new();
        while let Ok(Some(line)) = next_line(&mut bytes).await {
            lines.push(line);
        }
        lines
    }

    #[tokio::test]
    async fn lines_end_as_they_may() {
        assert_eq!(lines(b"a\r\nb\n\nc").await, ["a", "b", "", "c"]);
        assert_eq!(lines(b"").await, Vec::<String>::new());
        assert_eq!(lines(b"\xff\n").await, ["\u{fffd}"]);
    }

    #[tokio::test]
    async fn a_line_without_end_is_an_error() {
        let endless = vec![b'x'; LONGEST + 2];
        assert!(next_line(&mut endless.as_slice()).await.is_err());
    }
}
