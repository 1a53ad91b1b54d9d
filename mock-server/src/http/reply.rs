//! An answer on its way out: whole, in pieces, in part, or not at all.

use bytes::Bytes;
use tokio::sync::mpsc;

use super::Response;

/// What a request is answered with.
#[derive(Debug)]
pub enum Reply {
    /// All of it at once.
    Whole(Response),
    /// Pieces as they come, server-sent events for instance.
    Stream(Stream),
    /// The first so many bytes of the body; then the connection ends.
    Cut(Response, usize),
    /// Nothing: the connection ends.
    Closed,
    /// Nothing: the connection is reset.
    Reset,
}

impl Reply {
    /// The whole answer, if that is what it is.
    pub fn whole(self) -> Option<Response> {
        match self {
            Self::Whole(response) => Some(response),
            Self::Stream(_) | Self::Cut(..) | Self::Closed | Self::Reset => None,
        }
    }
}

/// A body that comes in pieces. It ends when its sender is dropped; when the reader goes away,
/// sending fails.
#[derive(Debug)]
pub struct Stream {
    /// Status and headers, and the first piece of the body.
    pub head: Response,
    /// The further pieces.
    pub pieces: mpsc::Receiver<Bytes>,
}

impl From<Response> for Reply {
    fn from(response: Response) -> Self {
        Self::Whole(response)
    }
}
