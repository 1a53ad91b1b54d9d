//! How the application's calls reach the service and how its answers are read: through the pipeline,
//! as if they had come over the network from a server that acts for the browser.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{StatusCode, Version};
use serde_json::{Value, json};

use super::browser::Browser;
use super::client::Failure;
use crate::app::App;
use crate::http::{Reply, Request, Response, Stream};
use crate::pipeline;

/// What a call is waited for.
const PATIENCE: Duration = Duration::from_secs(20);

/// How often a throttled call is sent again, and after what: the throttle counts whole seconds.
const RETRIES: u32 = 3;
const PAUSE: Duration = Duration::from_millis(1_250);

/// In whose name calls are made.
pub(super) struct Caller {
    pub(super) device_identifier: String,
    peer: SocketAddr,
    local: SocketAddr,
    secure: bool,
    /// The address of the browser, which stands before this application.
    forwarded_for: String,
    host: Option<String>,
    user_agent: Option<String>,
}

impl Caller {
    pub(super) fn new(request: &Request, browser: &Browser) -> Self {
        let text = |name| request.header(name).map(str::to_owned);
        Self {
            device_identifier: browser.device_identifier(),
            peer: request.peer,
            local: request.local,
            secure: request.secure,
            forwarded_for: request.device_address().to_string(),
            host: text("host"),
            user_agent: text("user-agent"),
        }
    }

    /// A request with what all calls carry.
    pub(super) fn sign(&self, request: Request) -> Request {
        let mut request = request
            .with_header("x-forwarded-for", &self.forwarded_for)
            .with_header("x-device-info", &STANDARD.encode(self.device_info().to_string()));
        for (name, value) in [("host", &self.host), ("user-agent", &self.user_agent)] {
            request = match value {
                Some(value) => request.with_header(name, value),
                None => request,
            };
        }
        let version = Version::HTTP_11;
        Request { peer: self.peer, local: self.local, secure: self.secure, version, ..request }
    }

    /// `X-Device-Info` of whatever browser this is. A browser tells little about itself, and nothing
    /// here depends on it.
    fn device_info(&self) -> Value {
        json!({
            "primaryHardwareType": "Unknown",
            "model": "Web browser",
            "version": env!("CARGO_PKG_VERSION"),
            "osName": "Linux",
            "osVersion": "0",
            "connectionType": "Unknown",
            "connectionIp": self.forwarded_for,
            "connectionPort": self.peer.port().to_string(),
        })
    }
}

/// An answer that is none to go on with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    /// The enhanced error's code, or the `error` of calls 1 and 2.
    pub(super) code: Option<String>,
    /// What the enhanced error says to do about it.
    pub(super) action: Option<String>,
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal { status: 429, .. } => Self::Busy,
            Refusal { status: 400..500, code: Some(code), .. } => Self::Refused(code),
            _ => Self::Unwell,
        }
    }
}

const NOTHING: Refusal = Refusal { status: 0, code: None, action: None };

/// Sends a call. One that is throttled is sent again after more than a second, some times; not
/// while the clock stands still, when waiting would be for ever.
pub(super) async fn send(app: &Arc<App>, request: Request) -> Result<Value, Refusal> {
    let mut retries = 0;
    loop {
        let answer = once(app, request.clone()).await.ok_or(NOTHING)?;
        let throttled = answer.status == StatusCode::TOO_MANY_REQUESTS;
        if !throttled || retries == RETRIES || app.clock.speed() == 0.0 {
            return read(&answer);
        }
        retries += 1;
        app.hold(PAUSE).await;
    }
}

/// The whole answer, if one comes in time.
async fn once(app: &Arc<App>, request: Request) -> Option<Response> {
    let exchange = async {
        match pipeline::handle_second_screen(app, request).await {
            Reply::Whole(answer) => Some(answer),
            Reply::Stream(stream) => collect(stream).await,
            Reply::Cut(..) | Reply::Closed | Reply::Reset => None,
        }
    };
    tokio::select! {
        biased;
        answer = exchange => answer,
        () = app.clock.sleep(PATIENCE) => None,
    }
}

/// All pieces of an answer that comes slowly.
async fn collect(mut stream: Stream) -> Option<Response> {
    let mut body = stream.head.body.to_vec();
    while let Some(piece) = stream.pieces.recv().await {
        body.extend_from_slice(&piece);
    }
    let announced = stream.head.headers.get(http::header::CONTENT_LENGTH);
    let announced = announced.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    let whole = announced.is_none_or(|length| length == body.len());
    whole.then(|| Response { body: body.into(), ..stream.head })
}

fn read(answer: &Response) -> Result<Value, Refusal> {
    let status = answer.status;
    let body: Option<Value> = serde_json::from_slice(&answer.body).ok();
    if status.is_success() {
        return body.ok_or(NOTHING);
    }
    let text = |name: &str| body.as_ref()?.get(name)?.as_str().map(str::to_owned);
    let code = text("code").or_else(|| text("error"));
    Err(Refusal { status: status.as_u16(), code, action: text("action") })
}
