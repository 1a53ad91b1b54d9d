//! An answer that may go on for as long as somebody listens.

use bytes::Bytes;
use tokio::sync::mpsc;

use super::Response;

/// What a control request is answered with.
#[derive(Debug)]
pub enum Reply {
    /// All of it at once.
    Whole(Response),
    /// Pieces as they come, server-sent events for instance.
    Stream(Stream),
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
