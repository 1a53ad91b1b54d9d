//! What every protected call must pass before its own semantics: token, service provider, headers.

use std::cell::OnceCell;
use std::sync::Arc;

use arc_swap::Guard as Snapshot;
use http::StatusCode;
use http::header::WWW_AUTHENTICATE;
use serde_json::{Map, Value};
use url::Url;
use uuid::Uuid;

use super::error::{EnhancedError, ErrorCode};
use super::headers::{self, Bearer};
use crate::app::App;
use crate::clock::Timestamp;
use crate::config::{Fixtures, Id, Integration, Mvpd, ServiceProvider};
use crate::domain::clients::{BadToken, Client};
use crate::domain::{Device, Owner};
use crate::http::{Request, Response};
use crate::journal::Facts;
use crate::ledger::{Entry, decided, documented};
use crate::router::Params;

pub(super) const LEDGER: &[Entry] = &[
    decided(
        "the pages list statuses, not an order",
        "a call is checked in this order: token, service provider, headers, parameters and body, \
         integration, state",
    ),
    decided(
        "the registration flow promises an enhanced error for a bad token, and the table of codes \
         has none",
        "a missing, malformed, unknown or expired token is answered 401 with `WWW-Authenticate: \
         Bearer` and the body {}",
    ),
    documented(
        "features-standard/error-reporting/enhanced-error-codes.md",
        "a token of a withdrawn client, or without the scope api:client:v2, is answered 401 \
         invalid_access_token_client_application",
    ),
    documented(
        "features-standard/error-reporting/enhanced-error-codes.md",
        "a token of an application of other service providers is answered 401 \
         invalid_access_token_service_provider",
    ),
    documented(
        "rest-apis/rest-api-v2/appendix/headers/rest-api-v2-appendix-headers-ap-device-identifier.md",
        "where AP-Device-Identifier is required, anything but `fingerprint` and a Base64 value is \
         answered 400 invalid_header_device_identifier",
    ),
    decided(
        "browsers may leave X-Device-Info out, and the documents' own value lacks a comma",
        "X-Device-Info may be missing; where a call knows it, it must be Base64 of a JSON object, \
         and a comma forgotten between two members is forgiven",
    ),
    decided(
        "the pages do not say which error a known MVPD without integration meets first",
        "an unknown MVPD is invalid_parameter_mvpd, a known one without an active integration \
         invalid_integration",
    ),
];

/// Why a call is refused.
#[derive(Debug)]
pub(super) enum Refusal {
    /// No good token; whether any was sent.
    NoToken { sent: bool },
    /// An enhanced error at top level.
    Error(ErrorCode),
    /// An answer that is complete already.
    Answer(Box<Response>),
}

impl From<ErrorCode> for Refusal {
    fn from(code: ErrorCode) -> Self {
        Self::Error(code)
    }
}

/// What a call comes to.
pub(super) type Answer = Result<Response, Refusal>;

impl Refusal {
    pub(super) fn into_response(self, call: &Call<'_>, facts: &mut Facts) -> Response {
        match self {
            Self::NoToken { sent } => {
                let empty = Response::json(StatusCode::UNAUTHORIZED, &Map::new());
                empty.with_header(WWW_AUTHENTICATE, challenge(sent))
            }
            Self::Answer(answer) => *answer,
            Self::Error(code) => {
                facts.error = Some(code.code().to_owned());
                let answer = EnhancedError::new(code, call.trace()).into_response();
                if answer.status == StatusCode::UNAUTHORIZED {
                    answer.with_header(WWW_AUTHENTICATE, challenge(true))
                } else {
                    answer
                }
            }
        }
    }
}

const fn challenge(sent: bool) -> &'static str {
    if sent { "Bearer error=\"invalid_token\"" } else { "Bearer" }
}

/// One protected call: what it was sent with and what it may use.
pub(super) struct Call<'a> {
    pub(super) app: &'a App,
    pub(super) fixtures: Snapshot<Arc<Fixtures>>,
    pub(super) request: &'a Request,
    pub(super) params: &'a Params,
    pub(super) now: Timestamp,
    trace: OnceCell<Uuid>,
}

/// A call whose token and service provider are good.
pub(super) struct Admitted<'a> {
    pub(super) client_id: Id,
    /// The device's identifier, where a good one was sent.
    pub(super) device_id: Option<Id>,
    pub(super) service_provider: &'a Id,
}

impl Admitted<'_> {
    /// The caller as the owner of sessions and profiles, where the device is told.
    pub(super) fn owner(&self) -> Result<Owner, ErrorCode> {
        let device_id = self.device_id.as_ref().ok_or(ErrorCode::InvalidHeaderDeviceIdentifier)?;
        Ok(Owner {
            client_id: Id::clone(&self.client_id),
            device_id: Id::clone(device_id),
            service_provider: Id::clone(self.service_provider),
        })
    }

    /// Has the journal know who called.
    pub(super) fn tell(self, facts: &mut Facts) {
        facts.client_id = Some(self.client_id);
        facts.device_id = self.device_id.or(facts.device_id.take());
    }
}

impl<'a> Call<'a> {
    pub(super) fn new(
        app: &'a App,
        params: &'a Params,
        request: &'a Request,
        now: Timestamp,
    ) -> Self {
        let fixtures = app.fixtures.load();
        Self { app, fixtures, request, params, now, trace: OnceCell::new() }
    }

    /// Identifies the answer, in each of its errors.
    pub(super) fn trace(&self) -> Uuid {
        *self.trace.get_or_init(|| self.app.ids.uuid())
    }

    /// Checks the token and the service provider.
    pub(super) fn admit(&self, facts: &mut Facts) -> Result<Admitted<'_>, Refusal> {
        let look = |client: &Arc<Client>| (Id::clone(&client.client_id), self.place_of(client));
        let (client_id, place) = self.bearer(look)?;
        let device_id = headers::device_identifier(self.request).and_then(Result::ok);
        match place {
            Ok(service_provider) => Ok(Admitted { client_id, device_id, service_provider }),
            Err(code) => {
                (facts.client_id, facts.device_id) = (Some(client_id), device_id);
                Err(code.into())
            }
        }
    }

    /// Something about the client that the call's token belongs to.
    pub(super) fn bearer<T>(&self, about: impl FnOnce(&Arc<Client>) -> T) -> Result<T, Refusal> {
        let token = match headers::bearer(self.request) {
            Bearer::Missing => return Err(Refusal::NoToken { sent: false }),
            Bearer::Malformed => return Err(Refusal::NoToken { sent: true }),
            Bearer::Token(token) => token,
        };
        self.app.domain.clients.check(token, self.now, about).map_err(|bad| match bad {
            BadToken::Invalid => Refusal::NoToken { sent: true },
            BadToken::ClientGone => ErrorCode::InvalidAccessTokenClientApplication.into(),
        })
    }

    /// The service provider of the path, if a client may call for it.
    fn place_of(&self, client: &Client) -> Result<&Id, ErrorCode> {
        if !client.has_scope() || self.is_withdrawn(client) {
            return Err(ErrorCode::InvalidAccessTokenClientApplication);
        }
        let id = &self.service_provider()?.id;
        if client.serves(id) { Ok(id) } else { Err(ErrorCode::InvalidAccessTokenServiceProvider) }
    }

    /// Whether the software statement that a client registered with was withdrawn since.
    pub(super) fn is_withdrawn(&self, client: &Client) -> bool {
        let Some(id) = client.grant.statement.as_deref() else { return false };
        self.fixtures.software_statements.iter().any(|listed| *listed.id == *id && listed.revoked)
    }

    /// The service provider of the path.
    pub(super) fn service_provider(&self) -> Result<&ServiceProvider, ErrorCode> {
        let id = self.params.service_provider.as_deref().unwrap_or_default();
        self.fixtures.service_provider(id).ok_or(ErrorCode::InvalidParameterServiceProvider)
    }

    /// The device's description, where the call knows one.
    pub(super) fn device_info(&self) -> Result<Option<Map<String, Value>>, ErrorCode> {
        headers::device_info(self.request)
            .transpose()
            .map_err(|_| ErrorCode::InvalidHeaderDeviceInfo)
    }

    /// The caller as the owner of sessions and profiles; checks the headers that tell who it is.
    pub(super) fn owner(&self, admitted: &Admitted<'_>) -> Result<Owner, ErrorCode> {
        let owner = admitted.owner()?;
        headers::check_device_info(self.request).map_err(|_| ErrorCode::InvalidHeaderDeviceInfo)?;
        Ok(owner)
    }

    /// The MVPD of the path.
    pub(super) fn mvpd(&self) -> Result<&Mvpd, ErrorCode> {
        self.known_mvpd(self.params.mvpd.as_deref().unwrap_or_default())
    }

    /// An MVPD by its identifier.
    pub(super) fn known_mvpd(&self, id: &str) -> Result<&Mvpd, ErrorCode> {
        self.fixtures.mvpd(id).ok_or(ErrorCode::InvalidParameterMvpd)
    }

    /// The active integration with an MVPD.
    pub(super) fn integration(&self, mvpd: &str) -> Result<&Integration, ErrorCode> {
        let provider = self.service_provider()?;
        provider
            .integration(mvpd)
            .filter(|integration| self.app.domain.is_enabled(&provider.id, integration))
            .ok_or(ErrorCode::InvalidIntegration)
    }

    /// The code of the path, if it looks like one.
    pub(super) fn code(&self) -> Result<&str, ErrorCode> {
        let code = self.params.code.as_deref().unwrap_or_default();
        if is_code(code) { Ok(code) } else { Err(ErrorCode::InvalidParameterCode) }
    }

    /// The device as a session remembers it.
    pub(super) fn device(&self, info: Option<Map<String, Value>>) -> Device {
        super::device::remember(self.request, info)
    }
}

/// Six to eight of A–Z and 0–9: the samples show six and seven.
pub(super) fn is_code(text: &str) -> bool {
    (6..=8).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// Whether a text is an absolute URL.
pub(super) fn is_absolute_url(text: &str) -> bool {
    Url::parse(text).is_ok()
}
