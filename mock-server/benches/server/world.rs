//! What is there to be asked for: a registered application, devices, their sessions and profiles.

use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::child::Server;
use crate::load::{CONNECTIONS, Connection, Requests};

const API: &str = "/api/v2/REF30";
/// With whom everybody is signed in, and with whom nobody is.
const MVPD: &str = "Cablevision";
const OTHER_MVPD: &str = "Dish";
const STATEMENT: &str = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJiZW5jaCJ9.";
const DEVICE_INFO: &str = r#"{"primaryHardwareType":"SetTopBox","model":"TV 5th Gen","version":"12","manufacturer":"Apple","osName":"tvOS","osVendor":"Apple","osVersion":"18.0","connectionType":"WiFi"}"#;

/// How many devices ask at most: more would tell nothing more.
pub(crate) const ASKING: usize = CONNECTIONS * 64;

/// What the server is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Case {
    /// Call 10 before the login: what a device that waits for its user sends.
    Poll,
    /// Call 9 when somebody is signed in.
    Profile,
    /// Call 12, with a media token that is signed for each answer.
    Authorize,
    /// Call 4.
    Session,
    /// Call 2.
    Token,
    /// Devices at every stage: 16 polls, 4 profiles, 2 configurations, 2 sessions, 1 preauthorize and
    /// 1 token.
    Fleet,
}

impl Case {
    pub(crate) const ALL: [Self; 6] =
        [Self::Poll, Self::Profile, Self::Session, Self::Token, Self::Authorize, Self::Fleet];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Poll => "profile polling",
            Self::Profile => "profile, signed in",
            Self::Authorize => "authorize",
            Self::Session => "session creation",
            Self::Token => "token issue",
            Self::Fleet => "mixed fleet",
        }
    }
}

/// An application and its devices, known to one server.
pub(crate) struct World {
    host: SocketAddr,
    client: (String, String),
    token: String,
    device_info: String,
    devices: usize,
}

impl World {
    /// Registers an application, and lets the user of so many devices sign in.
    pub(crate) async fn make(server: &Server, devices: usize) -> Result<Self, Box<dyn Error>> {
        let mut connection = Connection::open(server.public).await?;
        let body = format!(r#"{{"software_statement":"{STATEMENT}"}}"#);
        let request = render(
            server.public,
            "POST",
            "/o/client/register",
            &[],
            Some(("application/json", &body)),
        );
        let registered = json(&mut connection, &request).await?;
        let client = (text(&registered, "client_id"), text(&registered, "client_secret"));
        let mut world = Self {
            host: server.public,
            client,
            token: String::new(),
            device_info: STANDARD.encode(DEVICE_INFO),
            devices,
        };
        let issued = json(&mut connection, &world.token_request(0)).await?;
        world.token = text(&issued, "access_token");
        let world = Arc::new(world);
        let control = server.control.ok_or("no control API")?;
        let tasks = (0..CONNECTIONS).map(|first| {
            let (world, public) = (Arc::clone(&world), server.public);
            tokio::spawn(async move {
                let own = (first..devices).step_by(CONNECTIONS);
                world.sign_in(own, public, control).await.map_err(|error| error.to_string())
            })
        });
        for task in tasks.collect::<Vec<_>>() {
            task.await??;
        }
        Arc::into_inner(world).ok_or_else(|| "still in use".into())
    }

    async fn sign_in(
        &self,
        devices: impl Iterator<Item = usize>,
        public: SocketAddr,
        control: SocketAddr,
    ) -> Result<(), Box<dyn Error>> {
        let mut public = Connection::open(public).await?;
        let (address, mut control) = (control, Connection::open(control).await?);
        for device in devices {
            let request = self.session_request(device, MVPD);
            let code = text(&json(&mut public, &request).await?, "code");
            json(&mut control, &complete(address, &code)).await?;
        }
        Ok(())
    }

    /// The requests of a case, for all devices in turn, or for as many as [`ASKING`].
    pub(crate) async fn requests(
        &self,
        case: Case,
        server: &Server,
    ) -> Result<Requests, Box<dyn Error>> {
        let devices = self.devices.min(ASKING);
        let waiting = match case {
            Case::Poll | Case::Fleet => self.waiting(server, devices).await?,
            _ => Vec::new(),
        };
        let all = (0..devices).flat_map(|device| {
            let poll = || self.poll(device, &waiting[device]);
            match case {
                Case::Poll => vec![poll()],
                Case::Profile => vec![self.profile_request(device)],
                Case::Authorize => vec![self.authorize_request(device)],
                Case::Session => vec![self.session_request(device, OTHER_MVPD)],
                Case::Token => vec![self.token_request(device)],
                // Each connection sends every 64th: so whole stages go to each.
                Case::Fleet => vec![match device / CONNECTIONS % 26 {
                    0..16 => poll(),
                    16..20 => self.profile_request(device),
                    20 | 21 => self.get(device, &format!("{API}/configuration")),
                    22 | 23 => self.session_request(device, OTHER_MVPD),
                    24 => self.preauthorize_request(device),
                    _ => self.token_request(device),
                }],
            }
        });
        Ok(Arc::new(all.collect()))
    }

    /// Codes of sessions in which nobody has signed in.
    async fn waiting(
        &self,
        server: &Server,
        devices: usize,
    ) -> Result<Vec<String>, Box<dyn Error>> {
        let mut connection = Connection::open(server.public).await?;
        let mut codes = Vec::with_capacity(devices);
        for device in 0..devices {
            let request = self.session_request(device, OTHER_MVPD);
            codes.push(text(&json(&mut connection, &request).await?, "code"));
        }
        Ok(codes)
    }

    /// Asks whether the user of a code has signed in.
    pub(crate) fn poll(&self, device: usize, code: &str) -> Vec<u8> {
        self.get(device, &format!("{API}/profiles/code/{code}"))
    }

    /// Asks for everything that a device has.
    pub(crate) fn profiles(&self, device: usize) -> Vec<u8> {
        self.get(device, &format!("{API}/profiles"))
    }

    /// Signs a user out.
    pub(crate) fn logout(&self, device: usize, mvpd: &str) -> Vec<u8> {
        let path = format!("{API}/logout/{mvpd}?redirectUrl=https%3A%2F%2Fadobe.com%2Fdone");
        self.get(device, &path)
    }

    /// The polls of so many devices whose users do not sign in.
    pub(crate) async fn polls(
        &self,
        server: &Server,
        devices: usize,
    ) -> Result<Vec<Vec<u8>>, Box<dyn Error>> {
        let codes = self.waiting(server, devices).await?;
        Ok(codes.iter().enumerate().map(|(device, code)| self.poll(device, code)).collect())
    }

    fn profile_request(&self, device: usize) -> Vec<u8> {
        self.get(device, &format!("{API}/profiles/{MVPD}"))
    }

    /// Begins a session with an MVPD.
    pub(crate) fn session_request(&self, device: usize, mvpd: &str) -> Vec<u8> {
        let body =
            format!("mvpd={mvpd}&domainName=adobe.com&redirectUrl=https%3A%2F%2Fadobe.com%2Fdone");
        self.post(device, &format!("{API}/sessions"), FORM, &body)
    }

    fn authorize_request(&self, device: usize) -> Vec<u8> {
        let path = format!("{API}/decisions/authorize/{MVPD}");
        self.post(device, &path, "application/json", r#"{"resources":["REF30"]}"#)
    }

    fn preauthorize_request(&self, device: usize) -> Vec<u8> {
        let path = format!("{API}/decisions/preauthorize/{MVPD}");
        self.post(device, &path, "application/json", r#"{"resources":["REF30","premium"]}"#)
    }

    fn token_request(&self, device: usize) -> Vec<u8> {
        let (id, secret) = &self.client;
        let body = format!("client_id={id}&client_secret={secret}&grant_type=client_credentials");
        let headers =
            [("X-Device-Info", self.device_info.clone()), ("X-Forwarded-For", address(device))];
        render(self.host, "POST", "/o/client/token", &headers, Some((FORM, &body)))
    }

    fn get(&self, device: usize, path: &str) -> Vec<u8> {
        render(self.host, "GET", path, &self.headers(device), None)
    }

    fn post(&self, device: usize, path: &str, media_type: &str, body: &str) -> Vec<u8> {
        render(self.host, "POST", path, &self.headers(device), Some((media_type, body)))
    }

    fn headers(&self, device: usize) -> [(&'static str, String); 5] {
        let identifier = STANDARD.encode(format!("ba23d141-d715-561c-94f4-{device:012}"));
        [
            ("Authorization", format!("Bearer {}", self.token)),
            ("AP-Device-Identifier", format!("fingerprint {identifier}")),
            ("X-Device-Info", self.device_info.clone()),
            ("X-Forwarded-For", address(device)),
            ("User-Agent", "Player/5.1 (tvOS 18.0)".to_owned()),
        ]
    }
}

/// Lets the user of a code sign in.
pub(crate) fn complete(control: SocketAddr, code: &str) -> Vec<u8> {
    render(control, "POST", &format!("/sessions/{code}/complete"), &[], JSON_NOTHING)
}

/// Moves a manual clock forward.
pub(crate) async fn advance(
    operator: &mut Connection,
    control: SocketAddr,
    seconds: u32,
) -> Result<(), Box<dyn Error>> {
    let body = format!("{{\"seconds\":{seconds}}}");
    let body = Some(("application/json", body.as_str()));
    json(operator, &render(control, "POST", "/clock/advance", &[], body)).await.map(|_| ())
}

const JSON_NOTHING: Option<(&str, &str)> = Some(("application/json", "{}"));
const FORM: &str = "application/x-www-form-urlencoded";

/// An address of its own for each device, so that the throttle has to tell them apart.
fn address(device: usize) -> String {
    format!("10.{}.{}.{}", (device >> 16) & 255, (device >> 8) & 255, device & 255)
}

fn render(
    host: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, String)],
    body: Option<(&str, &str)>,
) -> Vec<u8> {
    let mut text = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nAccept: */*\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    if let Some((media_type, body)) = body {
        text.push_str(&format!("Content-Type: {media_type}\r\nContent-Length: {}\r\n", body.len()));
        text.push_str(&format!("\r\n{body}"));
    } else {
        text.push_str("\r\n");
    }
    text.into_bytes()
}

async fn json(connection: &mut Connection, request: &[u8]) -> Result<Value, Box<dyn Error>> {
    let answer = connection.exchange(request).await?;
    if !(200..300).contains(&answer.status) {
        let body = String::from_utf8_lossy(answer.body);
        return Err(format!("answered {}: {body}", answer.status).into());
    }
    Ok(serde_json::from_slice(answer.body)?)
}

/// A text of an answer; empty when it is not there.
pub(crate) fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}
