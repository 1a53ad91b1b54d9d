//! TLS and HTTP/2, with real clients of both.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Method, StatusCode, Version};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use pass_mock::server::Limits;
use pass_mock::{MockServer, StartError, Tls};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::control::done;
use crate::harness::{Mock, Raw};

const GET: Method = Method::GET;
const POST: Method = Method::POST;
const FORM: &str = "application/x-www-form-urlencoded";

/// A server with a certificate of its own authority in a folder.
async fn secure(folder: &Path) -> Mock {
    let tls = Tls::Auto { data_dir: folder.to_owned(), names: vec!["mock.test".to_owned()] };
    Mock::with(|builder| builder.tls(tls)).await
}

/// What trusts an authority and speaks one protocol.
fn connector(ca: &str, protocol: &str) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(ca.as_bytes()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![protocol.as_bytes().to_vec()];
    Arc::new(config).into()
}

/// A connection of either protocol.
enum Client {
    One(http1::SendRequest<Full<Bytes>>),
    Two(http2::SendRequest<Full<Bytes>>),
}

impl Client {
    async fn over(io: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, two: bool) -> Self {
        let io = TokioIo::new(io);
        if two {
            let (sender, connection) = http2::handshake(TokioExecutor::new(), io).await.unwrap();
            tokio::spawn(connection);
            Self::Two(sender)
        } else {
            let (sender, connection) = http1::handshake(io).await.unwrap();
            tokio::spawn(connection);
            Self::One(sender)
        }
    }

    async fn plain(to: SocketAddr, two: bool) -> Self {
        Self::over(TcpStream::connect(to).await.unwrap(), two).await
    }

    /// Over TLS, with a server that is to be called `name`.
    async fn encrypted(to: SocketAddr, ca: &str, name: &str, protocol: &str) -> Self {
        let socket = TcpStream::connect(to).await.unwrap();
        let name = ServerName::try_from(name.to_owned()).unwrap();
        let stream = connector(ca, protocol).connect(name, socket).await.unwrap();
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(protocol.as_bytes()));
        Self::over(stream, protocol == "h2").await
    }

    async fn send(
        &mut self,
        request: http::Request<Full<Bytes>>,
    ) -> Result<(StatusCode, Bytes), hyper::Error> {
        let answer = match self {
            Self::One(sender) => sender.send_request(request).await?,
            Self::Two(sender) => sender.send_request(request).await?,
        };
        let status = answer.status();
        Ok((status, answer.into_body().collect().await?.to_bytes()))
    }

    async fn json(&mut self, request: http::Request<Full<Bytes>>) -> Value {
        let (status, body) = self.send(request).await.unwrap();
        assert!(status.is_success(), "{status} {body:?}");
        serde_json::from_slice(&body).unwrap()
    }
}

/// A request to a host. In HTTP/2 the URL says which, in HTTP/1.1 a header.
fn request(method: Method, base: &str, path: &str, two: bool) -> http::request::Builder {
    let builder = http::Request::builder().method(method);
    let host = base.split("//").nth(1).unwrap();
    match two {
        true => builder.uri(format!("{base}{path}")),
        false => builder.uri(path).header("host", host),
    }
}

fn get(base: &str, path: &str, two: bool) -> http::Request<Full<Bytes>> {
    request(GET, base, path, two).body(Full::default()).unwrap()
}

#[tokio::test]
async fn a_login_and_logout_over_tls_in_both_protocols() {
    let folder = tempfile::tempdir().unwrap();
    let mock = secure(folder.path()).await;
    let base = mock.server.base_url();
    assert!(base.starts_with("https://127.0.0.1:"), "{base}");
    let ca = mock.control(GET, "/ca.pem").send().await;
    assert_eq!(ca.header("content-type"), "application/x-pem-file");
    let statement =
        mock.server.app().fixtures.load().first_software_statement().unwrap().to_owned();
    for protocol in ["http/1.1", "h2"] {
        let two = protocol == "h2";
        let mut client =
            Client::encrypted(mock.server.address(), ca.text(), "127.0.0.1", protocol).await;
        let body = Full::from(json!({"software_statement": statement}).to_string());
        let register = request(POST, &base, "/o/client/register", two);
        let register = register.header("content-type", "application/json").body(body).unwrap();
        let client_id = client.json(register).await;
        let text = |value: &Value, name: &str| value[name].as_str().unwrap().to_owned();
        let form = format!(
            "grant_type=client_credentials&client_id={}&client_secret={}",
            text(&client_id, "client_id"),
            text(&client_id, "client_secret")
        );
        let token = request(POST, &base, "/o/client/token", two).header("content-type", FORM);
        let token = client.json(token.body(Full::from(form)).unwrap()).await;
        let call = |method, path: &str| {
            request(method, &base, path, two)
                .header("authorization", format!("Bearer {}", text(&token, "access_token")))
                .header("ap-device-identifier", "fingerprint dHY=")
                .header("content-type", FORM)
        };
        let form = "mvpd=Cablevision&domainName=adobe.com&redirectUrl=https://adobe.com";
        let session = call(POST, "/api/v2/REF30/sessions").body(Full::from(form)).unwrap();
        let code = text(&client.json(session).await, "code");
        done(&mock, POST, &format!("/sessions/{code}/complete"), json!({})).await;
        let authenticate = format!("/api/v2/authenticate/REF30/{code}");
        let (status, _) = client.send(get(&base, &authenticate, two)).await.unwrap();
        assert_eq!(status, 400, "the code was used");
        let path = "/api/v2/REF30/logout/Cablevision?redirectUrl=https://adobe.com";
        let logout = client.json(call(GET, path).body(Full::default()).unwrap()).await;
        let url = text(&logout["logouts"]["Cablevision"], "url");
        assert!(url.starts_with(&format!("{base}/mvpd/Cablevision/logout?")), "{url}");
    }
    let entries = mock.server.journal().entries();
    assert!(entries.iter().all(|entry| entry.secure));
    let versions: Vec<Version> = entries.iter().map(|entry| entry.version).collect();
    let half = versions.len() / 2;
    assert!(versions[..half].iter().all(|version| *version == Version::HTTP_11));
    assert!(versions[half..].iter().all(|version| *version == Version::HTTP_2));
    let har = mock.control(GET, "/journal.har").send().await.json();
    let last = &har["log"]["entries"].as_array().unwrap().last().unwrap()["request"];
    assert_eq!(last["httpVersion"], "HTTP/2");
    assert!(last["url"].as_str().unwrap().starts_with(&base), "{last}");
}

#[tokio::test]
async fn the_authority_outlives_the_server_and_more_names_are_served() {
    let folder = tempfile::tempdir().unwrap();
    let first = secure(folder.path()).await;
    let ca = first.server.authority().unwrap().clone();
    assert_eq!(fs::read_to_string(&ca.file).unwrap(), ca.pem);
    first.server.shutdown().await;
    let second = secure(folder.path()).await;
    for name in ["localhost", "mock.test", "127.0.0.1"] {
        let mut client = Client::encrypted(second.server.address(), &ca.pem, name, "h2").await;
        let answer = client.send(get(&second.server.base_url(), "/nothing", true)).await.unwrap();
        assert_eq!(answer.0, 404);
    }
    let socket = TcpStream::connect(second.server.address()).await.unwrap();
    let other = ServerName::try_from("other.test").unwrap();
    assert!(connector(&ca.pem, "h2").connect(other, socket).await.is_err());
}

#[tokio::test]
async fn a_certificate_of_ones_own_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(["tv.example".to_owned()]).unwrap();
    let (certificate, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    fs::write(&certificate, made.cert.pem()).unwrap();
    fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let mock = Mock::with(|builder| builder.tls(Tls::Own { certificate, key })).await;
    let to = mock.server.address();
    let mut client = Client::encrypted(to, &made.cert.pem(), "tv.example", "http/1.1").await;
    let base = format!("https://tv.example:{}", to.port());
    assert_eq!(client.send(get(&base, "/nothing", false)).await.unwrap().0, 404);
    assert!(mock.server.authority().is_none());
    assert_eq!(mock.control(GET, "/ca.pem").send().await.status, 404);
}

#[tokio::test]
async fn files_that_cannot_be_used_are_named_in_a_line() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    };
    let made = || rcgen::generate_simple_self_signed(["tv.example".to_owned()]).unwrap();
    let (one, other) = (made(), made());
    let certificate = file("cert.pem", &one.cert.pem());
    let key = file("key.pem", &one.signing_key.serialize_pem());
    let cases = [
        (folder.path().join("gone.pem"), key.clone(), "gone.pem: cannot be read: "),
        (file("text.pem", "hello"), key.clone(), "text.pem: holds no certificate in PEM"),
        (key.clone(), key.clone(), "key.pem: holds no certificate in PEM"),
        (certificate.clone(), certificate.clone(), "cert.pem: holds no private key in PEM"),
        (
            certificate,
            file("other.pem", &other.signing_key.serialize_pem()),
            "other.pem: keys may not be consistent",
        ),
    ];
    for (certificate, key, expected) in cases {
        let started = MockServer::builder().tls(Tls::Own { certificate, key }).start().await;
        let error = started.unwrap_err();
        assert!(matches!(error, StartError::Tls(_)));
        let line = error.to_string();
        assert!(line.contains(expected) && line.lines().count() == 1, "{line}\n{expected}");
    }
}

#[tokio::test]
async fn plain_http_on_a_tls_port_is_told_so() {
    let folder = tempfile::tempdir().unwrap();
    let mock = secure(folder.path()).await;
    let mut raw = Raw::open(mock.server.address()).await;
    raw.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
    let answer = raw.rest().await;
    assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("https://"), "{answer}");
}

#[tokio::test]
async fn who_does_not_shake_hands_is_let_go() {
    let folder = tempfile::tempdir().unwrap();
    let tls = Tls::Auto { data_dir: folder.path().to_owned(), names: Vec::new() };
    let limits = Limits { header_timeout: Duration::from_millis(100), ..Limits::default() };
    let mock = Mock::with(|builder| builder.tls(tls).limits(limits)).await;
    for beginning in [&b""[..], b"\x16\x03\x01\x02\x00\x01\x00"] {
        let mut raw = Raw::open(mock.server.address()).await;
        raw.send(beginning).await;
        assert_eq!(raw.rest().await, "");
    }
}

#[tokio::test]
async fn http2_needs_no_tls_and_carries_many_requests_at_once() {
    let mock = Mock::start().await;
    let (base, to) = (mock.server.base_url(), mock.server.address());
    done(
        &mock,
        POST,
        "/faults",
        json!({"match": {"endpoint": "configuration"}, "effect": "stall"}),
    )
    .await;
    let mut client = Client::plain(to, true).await;
    let Client::Two(sender) = &client else { unreachable!() };
    let mut stalled = sender.clone();
    let waiting = tokio::spawn(async move {
        stalled.send_request(get(&base, "/api/v2/REF30/configuration", true)).await
    });
    let base = mock.server.base_url();
    for _ in 0..50 {
        let answer = client.send(get(&base, "/api/v2/REF30/profiles", true)).await.unwrap();
        assert_eq!((answer.0, &answer.1[..]), (StatusCode::UNAUTHORIZED, &b"{}"[..]));
    }
    assert!(!waiting.is_finished());
    let entry = mock.server.journal().entries().pop().unwrap();
    assert_eq!((entry.version, entry.secure), (Version::HTTP_2, false));
    assert_eq!(entry.request_headers["host"], to.to_string(), "as HTTP/1.1 would say it");
}

#[tokio::test]
async fn faults_end_one_request_of_a_connection_and_not_the_others() {
    let mock = Mock::start().await;
    let (base, to) = (mock.server.base_url(), mock.server.address());
    let mut client = Client::plain(to, true).await;
    let ask = |path| get(&base, path, true);
    for effect in [json!("reset"), json!("close"), json!({"truncated": {"bytes": 1}})] {
        let rule = json!({"match": {"endpoint": "profiles"}, "effect": effect, "count": 1});
        done(&mock, POST, "/faults", rule).await;
        assert!(client.send(ask("/api/v2/REF30/profiles")).await.is_err(), "{effect}");
        let next = client.send(ask("/api/v2/REF30/profiles")).await.unwrap();
        assert_eq!(next.0, 401);
    }
}

#[tokio::test]
async fn a_stalled_request_outlives_the_idle_limit_and_an_idle_connection_does_not() {
    let limits = Limits { idle_timeout: Duration::from_millis(150), ..Limits::default() };
    let mock = Mock::with(|builder| builder.limits(limits)).await;
    let (base, to) = (mock.server.base_url(), mock.server.address());
    done(&mock, POST, "/faults", json!({"match": {"endpoint": "configuration"}, "delay": "1h"}))
        .await;
    let mut client = Client::plain(to, true).await;
    let Client::Two(sender) = &client else { unreachable!() };
    let mut delayed = sender.clone();
    let waiting = {
        let base = base.clone();
        tokio::spawn(async move {
            let asked = get(&base, "/api/v2/REF30/configuration", true);
            delayed.send_request(asked).await.map(|answer| answer.status())
        })
    };
    assert_eq!(client.send(get(&base, "/nothing", true)).await.unwrap().0, 404);
    // Real time is what is tested: the limit passes several times.
    tokio::time::sleep(Duration::from_millis(600)).await;
    mock.advance(3600);
    assert_eq!(waiting.await.unwrap().unwrap(), 401);
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert!(client.send(get(&base, "/nothing", true)).await.is_err());
}

#[tokio::test]
async fn a_shutdown_lets_http2_requests_finish() {
    let mock = Mock::start().await;
    let (base, to) = (mock.server.base_url(), mock.server.address());
    done(&mock, POST, "/faults", json!({"match": {"endpoint": "profiles"}, "delay": "5s"})).await;
    let mut client = Client::plain(to, true).await;
    let asked =
        tokio::spawn(async move { client.send(get(&base, "/api/v2/REF30/profiles", true)).await });
    while mock.server.held() == 0 {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let (began, clock) = (Instant::now(), mock.server.clock().clone());
    let stopping = tokio::spawn(mock.server.shutdown());
    clock.advance(Duration::from_secs(5));
    assert_eq!(asked.await.unwrap().unwrap().0, 401);
    stopping.await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(4), "nothing was waited for in vain");
}
