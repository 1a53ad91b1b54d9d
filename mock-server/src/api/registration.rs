//! Calls 1 and 2: dynamic client registration (RFC 7591) and access tokens (RFC 6749).
//!
//! Their errors are `{"error": …}` with status 400, never 401 and never enhanced.

use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::StatusCode;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};
use url::Url;

use crate::app::App;
use crate::config::StatementPolicy;
use crate::domain::clients::{AccessToken, Client, Grant, Refusal};
use crate::http::{Form, Request, Response};
use crate::journal::Facts;
use crate::ledger::{Entry, decided, documented};

const REGISTER: &str =
    "rest-apis/rest-api-dcr/apis/dynamic-client-registration-apis-retrieve-client-credentials.md";
const TOKEN: &str =
    "rest-apis/rest-api-dcr/apis/dynamic-client-registration-apis-retrieve-access-token.md";

pub(super) const LEDGER: &[Entry] = &[
    documented(REGISTER, "errors of registration are 400 with one member `error`"),
    documented(
        TOKEN,
        "errors of the token endpoint are 400, too; a repeated parameter or a second \
        way of authenticating is invalid_request",
    ),
    documented(TOKEN, "created_at is in milliseconds, expires_in in seconds"),
    documented(REGISTER, "credentials do not expire"),
    decided(
        "a real application must not need a change",
        "any well-formed JWT registers; a setting \
        admits only the listed software statements",
    ),
    decided(
        "Adobe's OpenAPI file has them there, the pages in the body",
        "credentials are also read \
        from the query string, but not from both places",
    ),
    decided("the documents name six hours and twenty-four", "an access token lives six hours"),
];

/// An error of call 1 or 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OauthError {
    /// Missing, repeated or unsupported parameters, or no readable request at all.
    InvalidRequest,
    /// The redirection URI is none.
    InvalidRedirectUri,
    /// The software statement is no JWT.
    InvalidSoftwareStatement,
    /// The software statement is not one of those that may register.
    UnapprovedSoftwareStatement,
    /// Unknown or revoked client, or wrong secret.
    InvalidClient,
    /// The client may not use this grant type.
    UnauthorizedClient,
    /// There is no such grant type here.
    UnsupportedGrantType,
}

impl OauthError {
    /// The name on the wire.
    const fn name(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidRedirectUri => "invalid_redirect_uri",
            Self::InvalidSoftwareStatement => "invalid_software_statement",
            Self::UnapprovedSoftwareStatement => "unapproved_software_statement",
            Self::InvalidClient => "invalid_client",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
        }
    }

    fn into_response(self, facts: &mut Facts) -> Response {
        facts.error = Some(self.name().into());
        Response::json(StatusCode::BAD_REQUEST, &serde_json::json!({ "error": self.name() }))
    }
}

/// Call 1: a software statement becomes client credentials.
pub(super) fn register(app: &App, request: &Request, facts: &mut Facts) -> Response {
    match try_register(app, request) {
        Ok(client) => {
            facts.client_id = Some(client.client_id.clone());
            Response::json(StatusCode::CREATED, &Credentials(&client))
        }
        Err(error) => error.into_response(facts),
    }
}

fn try_register(app: &App, request: &Request) -> Result<std::sync::Arc<Client>, OauthError> {
    let body = json_object(request).ok_or(OauthError::InvalidRequest)?;
    let text = |name: &str| match body.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str())),
        Some(_) => Err(OauthError::InvalidRequest),
    };
    let statement = text("software_statement")?.filter(|statement| !statement.is_empty());
    let statement = statement.ok_or(OauthError::InvalidRequest)?;
    let redirect_uris = match text("redirect_uri")? {
        Some(uri) if Url::parse(uri).is_err() => return Err(OauthError::InvalidRedirectUri),
        uri => uri.map(str::to_owned).into_iter().collect::<Vec<_>>(),
    };
    if !is_jwt(statement) {
        return Err(OauthError::InvalidSoftwareStatement);
    }
    let grant = grant(app, statement, &redirect_uris)?;
    Ok(app.domain.clients.register(grant, redirect_uris, app.clock.now(), &app.ids))
}

/// What a statement entitles to: what the fixtures list for it, and in strict mode nothing else.
fn grant(app: &App, statement: &str, redirect_uris: &[String]) -> Result<Grant, OauthError> {
    let fixtures = app.fixtures.load();
    let Some(listed) = fixtures.software_statement(statement) else {
        return match fixtures.settings.software_statements {
            StatementPolicy::WellFormed => Ok(Grant::default()),
            StatementPolicy::Listed => Err(OauthError::UnapprovedSoftwareStatement),
        };
    };
    if listed.revoked {
        return Err(OauthError::UnapprovedSoftwareStatement);
    }
    let known = listed.redirect_uris.as_ref();
    if known.is_some_and(|known| redirect_uris.iter().any(|uri| !known.contains(uri))) {
        return Err(OauthError::InvalidRedirectUri);
    }
    Ok(Grant {
        statement: Some(listed.id.clone()),
        service_providers: listed.service_providers.clone(),
        scopes: listed.scopes.clone(),
        grant_types: listed.grant_types.clone(),
    })
}

/// Call 2: client credentials become an access token.
pub(super) fn token(app: &App, request: &Request, facts: &mut Facts) -> Response {
    let issued = token_parameters(request).and_then(|parameters| {
        facts.client_id = Some(parameters.client_id.as_str().into());
        issue(app, &parameters)
    });
    match issued {
        Ok(token) => Response::json(StatusCode::CREATED, &Issued(&token)),
        Err(error) => error.into_response(facts),
    }
}

struct TokenParameters {
    client_id: String,
    client_secret: String,
    grant_type: String,
}

/// The parameters, from the body as documented or from the query string as in Adobe's OpenAPI file,
/// but not from both, not twice, and with no second way of authenticating beside them.
fn token_parameters(request: &Request) -> Result<TokenParameters, OauthError> {
    const NAMES: [&str; 3] = ["client_id", "client_secret", "grant_type"];
    let query = request.query_form();
    let body = match request.media_type().as_deref() {
        Some("application/x-www-form-urlencoded") => Form::parse(&request.body),
        _ if request.body.is_empty() => Form::default(),
        _ => return Err(OauthError::InvalidRequest),
    };
    let sent =
        |name| usize::from(body.get(name).is_some()) + usize::from(query.get(name).is_some());
    let repeated = |name| body.repeats(name) || query.repeats(name) || sent(name) > 1;
    let has_basic = request
        .header("authorization")
        .is_some_and(|value| value.to_ascii_lowercase().starts_with("basic "));
    if has_basic || NAMES.into_iter().any(repeated) {
        return Err(OauthError::InvalidRequest);
    }
    let value = |name| {
        let value = body.get(name).or_else(|| query.get(name)).filter(|value| !value.is_empty());
        value.map(str::to_owned).ok_or(OauthError::InvalidRequest)
    };
    Ok(TokenParameters {
        client_id: value("client_id")?,
        client_secret: value("client_secret")?,
        grant_type: value("grant_type")?,
    })
}

fn issue(app: &App, parameters: &TokenParameters) -> Result<AccessToken, OauthError> {
    let TokenParameters { client_id, client_secret, grant_type } = parameters;
    if grant_type != "client_credentials" {
        return Err(OauthError::UnsupportedGrantType);
    }
    let (lifetime, now) = (access_token_lifetime(app), app.clock.now());
    app.domain
        .clients
        .issue_token(client_id, client_secret, grant_type, lifetime, now, &app.ids)
        .map_err(|refusal| match refusal {
            Refusal::InvalidClient => OauthError::InvalidClient,
            Refusal::UnauthorizedClient => OauthError::UnauthorizedClient,
        })
}

fn access_token_lifetime(app: &App) -> Duration {
    app.fixtures.load().lifetimes.access_token.0
}

/// Whether a text is a JWT in its compact form: three Base64 parts, the first two JSON objects, the
/// first naming an algorithm. Signatures are not checked: Adobe's keys are Adobe's.
fn is_jwt(text: &str) -> bool {
    let parts: Vec<_> = text.split('.').collect();
    let [header, claims, signature] = parts[..] else { return false };
    let object = |part: &str| {
        let bytes = URL_SAFE_NO_PAD.decode(part).ok()?;
        serde_json::from_slice::<Map<String, Value>>(&bytes).ok()
    };
    object(header).is_some_and(|header| header.get("alg").is_some_and(Value::is_string))
        && object(claims).is_some()
        && URL_SAFE_NO_PAD.decode(signature).is_ok()
}

/// The request's JSON object; `None` for anything else, and for one that repeats a member.
fn json_object(request: &Request) -> Option<Map<String, Value>> {
    if request.media_type().as_deref() != Some("application/json") {
        return None;
    }
    serde_json::from_slice::<UniqueObject>(&request.body).ok().map(|object| object.0)
}

/// A JSON object in which no member comes twice.
struct UniqueObject(Map<String, Value>);

impl<'de> Deserialize<'de> for UniqueObject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = UniqueObject;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object whose members are all different")
            }

            fn visit_map<A: MapAccess<'de>>(
                self,
                mut members: A,
            ) -> Result<UniqueObject, A::Error> {
                let mut object = Map::new();
                while let Some((name, value)) = members.next_entry::<String, Value>()? {
                    if object.insert(name, value).is_some() {
                        return Err(serde::de::Error::custom("a member comes twice"));
                    }
                }
                Ok(UniqueObject(object))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

/// A client as call 1 answers it.
struct Credentials<'a>(&'a Client);

impl Serialize for Credentials<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let client = self.0;
        let mut object = serializer.serialize_struct("Credentials", 6)?;
        object.serialize_field("client_id", &client.client_id)?;
        object.serialize_field("client_secret", &client.client_secret)?;
        object.serialize_field("redirect_uris", &client.redirect_uris)?;
        object.serialize_field("grant_types", &client.grant.grant_types)?;
        object.serialize_field("scopes", &client.grant.scopes)?;
        object.serialize_field("client_id_issued_at", &client.issued_at.seconds())?;
        object.end()
    }
}

/// A token as call 2 answers it: issued in milliseconds, lasting for seconds.
struct Issued<'a>(&'a AccessToken);

impl Serialize for Issued<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let token = self.0;
        let mut object = serializer.serialize_struct("Issued", 5)?;
        object.serialize_field("id", &token.id)?;
        object.serialize_field("access_token", &token.access_token)?;
        object.serialize_field("created_at", &token.issued_at)?;
        object.serialize_field("expires_in", &token.expires_at.since(token.issued_at).as_secs())?;
        object.serialize_field("token_type", "bearer")?;
        object.end()
    }
}
