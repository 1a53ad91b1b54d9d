//! Which requests a rule means.

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{SeqAccess, Visitor, value};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::api::headers::{self, Bearer};
use crate::app::App;
use crate::config::Id;
use crate::domain::Resource;
use crate::http::{Form, Request};
use crate::journal::{Actor, Facts};
use crate::router::{Endpoint, Params};

/// What a request must be like. Everything given must hold; what is left out does not matter.
///
/// Requests of an embedding harness itself and CORS preflights are never meant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Match {
    /// One call by its name, or several: `authorize`, `[profiles, profile_by_mvpd]`. Every
    /// documented call when left out; the provider's own pages only when `page` is named.
    #[serde(skip_serializing_if = "Endpoints::are_all")]
    pub endpoint: Endpoints,
    /// The method.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// The service provider of the path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_provider: Option<String>,
    /// The MVPD of the path, of the form, or of the session that the code belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mvpd: Option<String>,
    /// The session's code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// A resource that is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// The client id whose token or credentials it carries; of a user agent's requests, the client
    /// that created the session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// The decoded device identifier (of requests without one: the device that created the
    /// session), or the address that throttling counts by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
}

/// Some calls; none named means every documented one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Endpoints(pub Vec<Endpoint>);

impl Endpoints {
    /// Whether none is named.
    pub fn are_all(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a call is meant.
    pub fn contain(&self, endpoint: Endpoint) -> bool {
        self.0.contains(&endpoint) || (self.are_all() && endpoint != Endpoint::Page)
    }
}

impl Match {
    pub(super) fn matches(&self, subject: &Subject<'_>) -> bool {
        let is = |wanted: &Option<String>, found: &Option<String>| {
            wanted.is_none() || wanted.as_deref() == found.as_deref()
        };
        self.endpoint.contain(subject.endpoint)
            && self.method.as_deref().is_none_or(|m| m.eq_ignore_ascii_case(&subject.method))
            && is(&self.service_provider, &subject.service_provider)
            && is(&self.mvpd, &subject.mvpd)
            && is(&self.code, &subject.code)
            && is(&self.client, &subject.client)
            && self.device.as_deref().is_none_or(|device| subject.is_from(device))
            && self.resource.as_deref().is_none_or(|resource| subject.asks_for(resource))
    }
}

/// What is known of a request before anything is done about it.
#[derive(Debug)]
pub(crate) struct Subject<'a> {
    pub(super) endpoint: Endpoint,
    method: Cow<'a, str>,
    address: IpAddr,
    service_provider: Option<String>,
    mvpd: Option<String>,
    code: Option<String>,
    client: Option<String>,
    device: Option<String>,
    resources: Vec<String>,
}

impl<'a> Subject<'a> {
    /// Looks at a request to a call that exists; `None` when no rule may mean it.
    pub(crate) fn new(
        app: &App,
        request: &'a Request,
        (endpoint, params): (Endpoint, &Params),
        actor: Actor,
    ) -> Option<Self> {
        if matches!(actor, Actor::Harness | Actor::Preflight) {
            return None;
        }
        let now = app.clock.now();
        let form = form(request, endpoint);
        let field = |name| form.get(name).filter(|v| !v.is_empty()).map(str::to_owned);
        let code = params.code.as_deref().map(str::to_owned).or_else(|| field("code"));
        let session = code.as_deref().and_then(|code| app.domain.sessions.find_code(code, now));
        let session = session.as_ref();
        let client = match headers::bearer(request) {
            Bearer::Token(token) => app.domain.clients.holder(token).map(|id| id.to_string()),
            _ => field("client_id"),
        };
        Some(Self {
            endpoint,
            method: Cow::Borrowed(request.method.as_str()),
            address: request.device_address(),
            service_provider: params
                .service_provider
                .as_deref()
                .map(str::to_owned)
                .or_else(|| session.map(|s| s.owner.service_provider.to_string())),
            mvpd: params
                .mvpd
                .as_deref()
                .map(str::to_owned)
                .or_else(|| field("mvpd"))
                .or_else(|| session.and_then(|s| s.parameters.mvpd.as_deref()).map(str::to_owned)),
            client: client.or_else(|| session.map(|s| s.owner.client_id.to_string())),
            device: headers::device_identifier(request)
                .and_then(Result::ok)
                .or_else(|| session.map(|s| Id::clone(&s.owner.device_id)))
                .map(|id| id.to_string()),
            resources: resources(request, endpoint),
            code,
        })
    }

    /// Puts what is known beside the request in the journal, where the service itself never got
    /// so far.
    pub(crate) fn tell(&self, facts: &mut Facts) {
        facts.client_id = self.client.as_deref().map(Id::from);
        facts.device_id = self.device.as_deref().map(Id::from);
        facts.service_provider.clone_from(&self.service_provider);
        facts.mvpd.clone_from(&self.mvpd);
        facts.code.clone_from(&self.code);
        facts.resources.clone_from(&self.resources);
    }

    fn is_from(&self, device: &str) -> bool {
        self.device.as_deref() == Some(device)
            || device.parse().is_ok_and(|address: IpAddr| address.to_canonical() == self.address)
    }

    fn asks_for(&self, resource: &str) -> bool {
        let asked = self.resources.iter();
        asked.flat_map(|text| Resource::new(text).names()).any(|name| name == resource)
    }
}

/// The parameters, wherever this call carries them.
fn form(request: &Request, endpoint: Endpoint) -> Form {
    let query = || request.query_form();
    match endpoint {
        Endpoint::Page if request.body.is_empty() => query(),
        Endpoint::Token if request.body.is_empty() => query(),
        Endpoint::Page
        | Endpoint::Token
        | Endpoint::CreateSession
        | Endpoint::ResumeSession
        | Endpoint::PartnerRequest => Form::parse(&request.body),
        _ => Form::default(),
    }
}

fn resources(request: &Request, endpoint: Endpoint) -> Vec<String> {
    if !matches!(endpoint, Endpoint::Preauthorize | Endpoint::Authorize) {
        return Vec::new();
    }
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let list = body["resources"].as_array().into_iter().flatten();
    list.filter_map(Value::as_str).map(str::to_owned).collect()
}

impl Serialize for Endpoints {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0[..] {
            [one] => one.serialize(serializer),
            several => several.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Endpoints {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Names;
        impl<'de> Visitor<'de> for Names {
            type Value = Endpoints;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a call, or a list of such names")
            }

            fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Endpoints, E> {
                Endpoint::find(name).map(|one| Endpoints(vec![one])).map_err(E::custom)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, names: A) -> Result<Endpoints, A::Error> {
                Vec::deserialize(value::SeqAccessDeserializer::new(names)).map(Endpoints)
            }
        }
        deserializer.deserialize_any(Names)
    }
}

impl JsonSchema for Endpoints {
    fn schema_name() -> Cow<'static, str> {
        "Endpoints".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let one = generator.subschema_for::<Endpoint>();
        json_schema!({
            "description": "One call, or several.",
            "anyOf": [one.clone(), { "type": "array", "items": one }],
        })
    }
}
