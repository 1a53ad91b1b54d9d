//! One exchange as the journal keeps it.

use std::net::{IpAddr, SocketAddr};

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, Version};

use crate::clock::Stamp;
use crate::config::Id;
use crate::router::Endpoint;

/// One exchange. Cheap to clone in an `Arc`, never changed after it was written.
#[derive(Clone, Debug)]
pub struct Entry {
    /// When the request was complete, and its place in the order of everything; also its id.
    pub arrived: Stamp,
    /// When the answer was handed to the network (or the connection given up).
    pub answered: Stamp,
    /// The version of HTTP that it came in.
    pub version: Version,
    /// Whether it came over TLS.
    pub secure: bool,
    /// The method.
    pub method: Method,
    /// The path as sent.
    pub path: String,
    /// The query string as sent.
    pub query: Option<String>,
    /// The request's headers.
    pub request_headers: HeaderMap,
    /// The request's body.
    pub request_body: Bytes,
    /// The connection's other end.
    pub peer: SocketAddr,
    /// The listener it came to, which tells devices apart that each call one of their own.
    pub local: SocketAddr,
    /// The device the throttle saw.
    pub device_address: IpAddr,
    /// Who sent it.
    pub actor: Actor,
    /// The call it matched.
    pub endpoint: Option<Endpoint>,
    /// What the semantics learned on the way.
    pub facts: Facts,
    /// What went back.
    pub outcome: Outcome,
    /// Ids of the fault rules that changed this answer.
    pub faults: Vec<u64>,
    /// For a request that matched no documented call: what was probably meant.
    pub near_miss: Option<String>,
}

impl Entry {
    /// Whether something went wrong, or was made to.
    pub fn is_problem(&self) -> bool {
        let failed = match &self.outcome {
            Outcome::Answered { status, complete, .. } => status.as_u16() >= 400 || !complete,
            Outcome::Dropped => true,
        };
        failed || self.facts.error.is_some() || self.near_miss.is_some() || !self.faults.is_empty()
    }

    /// How long it took, in milliseconds on the service's clock.
    pub fn took(&self) -> u64 {
        u64::try_from(self.answered.at.since(self.arrived.at).as_millis()).unwrap_or(u64::MAX)
    }
}

/// Whose request it was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Actor {
    /// An application: the client under test, or any other caller of the API.
    #[default]
    Client,
    /// A browser on its way through call 7, the MVPD's pages, or the logout.
    UserAgent,
    /// A CORS preflight.
    Preflight,
    /// The web application of the second screen ([`crate::activate`]), calling the API for whoever
    /// types a code: not the client under test.
    SecondScreen,
    /// The harness itself, marked by a header that only it knows (see [`crate::server`]).
    Harness,
}

/// What the semantics found out about a request, kept beside it for who reads the journal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// The client whose token or credentials it carried.
    pub client_id: Option<Id>,
    /// The decoded device identifier.
    pub device_id: Option<Id>,
    /// The service provider of the path.
    pub service_provider: Option<String>,
    /// The session code it spoke of or was given.
    pub code: Option<String>,
    /// The MVPD it spoke of.
    pub mvpd: Option<String>,
    /// The resources it asked for.
    pub resources: Vec<String>,
    /// The enhanced or OAuth error code it was answered with, top level.
    pub error: Option<String>,
}

/// What the caller got.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// An answer.
    Answered {
        /// The status.
        status: StatusCode,
        /// The headers.
        headers: HeaderMap,
        /// The body as far as it was sent.
        body: Bytes,
        /// Whether the whole body was sent.
        complete: bool,
    },
    /// The connection was closed or left hanging without an answer.
    Dropped,
}
