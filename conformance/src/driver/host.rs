//! What a client that is part of this program is given to live in.

use pass_mock::clock::Clock;
use pass_mock::ids::Ids;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};

use crate::http_client::HttpClient;
use crate::protocol::{FromClient, ToClient};

/// One run of a client that is part of this program, in virtual or in real time: its clock, its
/// network, its chance, and the two directions of the adapter protocol.
///
/// The client keeps what survives a relaunch as files in the storage folder that the first message
/// names, and writes them without leaving its thread, so that virtual time does not pass meanwhile.
/// It ends when it is asked to `quit` or when the inbox closes.
#[derive(Debug)]
pub struct ClientHost {
    /// Its only source of time. It runs as fast as `clock_speed` says.
    pub clock: Clock,
    /// Its only way to call the service.
    pub http: HttpClient,
    /// Its only source of randomness.
    pub ids: Ids,
    /// What the harness says; the first message is `hello`.
    pub inbox: UnboundedReceiver<ToClient>,
    /// What the client says; the first message is `ready`.
    pub outbox: UnboundedSender<FromClient>,
}
