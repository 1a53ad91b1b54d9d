//! Expire just this: of all that two applications have, one thing ends by one control call, and
//! everything else is as it was.

use std::collections::BTreeMap;

use http::Method;
use serde_json::{Value, json};

use crate::control::done;
use crate::harness::{Answer, Call, Mock, START};

const GET: Method = Method::GET;
const POST: Method = Method::POST;
const DELETE: Method = Method::DELETE;
const NOTHING: Value = Value::Null;

const STATEMENT: &str = "eyJhbGciOiJSUzI1NiJ9.eyJzb2Z0d2FyZV9pZCI6IjROUkIxIn0.c2ln";

/// An application on a device, with one of everything, or two.
struct App<'a> {
    mock: &'a Mock,
    device: &'static str,
    client: String,
    secret: String,
    token: String,
    /// Of a session that nobody has signed in to.
    code: String,
    /// Of two permits, for REF30 and for news.
    media_tokens: [String; 2],
}

/// What each thing that an application has is worth.
type Worth = BTreeMap<String, String>;

impl<'a> App<'a> {
    async fn new(mock: &'a Mock, device: &'static str) -> Self {
        let statement = json!({"software_statement": STATEMENT});
        let client = mock.post("/o/client/register").json(&statement).send().await.json();
        let text = |name: &str| client[name].as_str().unwrap().to_owned();
        let mut app = Self {
            mock,
            device,
            client: text("client_id"),
            secret: text("client_secret"),
            token: String::new(),
            code: String::new(),
            media_tokens: Default::default(),
        };
        app.token = app.another_token().await.unwrap();
        for mvpd in ["Dish", "Spectrum"] {
            let code = app.session(mvpd).await;
            done(mock, POST, &format!("/sessions/{code}/complete"), json!({})).await;
        }
        for (index, resource) in ["REF30", "news"].into_iter().enumerate() {
            let decision = app.authorize(&app.token, resource).await.json()["decisions"][0].clone();
            let token = decision["token"]["serializedToken"].as_str().unwrap();
            app.media_tokens[index] = token.to_owned();
        }
        app.code = app.session("Cablevision").await;
        app
    }

    /// A token, or why there is none.
    async fn another_token(&self) -> Result<String, String> {
        let form = [
            ("client_id", self.client.as_str()),
            ("client_secret", &self.secret),
            ("grant_type", "client_credentials"),
        ];
        let answer = self.mock.post("/o/client/token").form(&form).send().await.json();
        let text = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
        if answer["access_token"].is_string() {
            Ok(text("access_token"))
        } else {
            Err(text("error"))
        }
    }

    fn call(&self, token: &str, method: Method, path: &str) -> Call {
        use base64::Engine as _;
        let device = base64::engine::general_purpose::STANDARD.encode(self.device);
        let call = self.mock.call(method, &format!("/api/v2/REF30/{path}")).bearer(token);
        let call = call.header("ap-device-identifier", &format!("fingerprint {device}"));
        call.header("user-agent", "tvOS")
    }

    async fn session(&self, mvpd: &str) -> String {
        let form =
            [("mvpd", mvpd), ("domainName", "adobe.com"), ("redirectUrl", "https://adobe.com")];
        let answer = self.call(&self.token, POST, "sessions").form(&form).send().await;
        answer.json()["code"].as_str().unwrap().to_owned()
    }

    async fn authorize(&self, token: &str, resource: &str) -> Answer {
        let call = self.call(token, POST, "decisions/authorize/Dish");
        call.json(&json!({"resources": [resource]})).send().await
    }

    /// The number of the profile with an MVPD, for the control API.
    async fn profile(&self, mvpd: &str) -> u64 {
        let list =
            done(self.mock, GET, &format!("/profiles?client={}", self.client), NOTHING).await;
        let list = list["profiles"].as_array().unwrap().clone();
        list.iter().find(|profile| profile["mvpd"] == mvpd).unwrap()["profile"].as_u64().unwrap()
    }

    /// Asks for everything once. The token that all but the first question needs is a fresh one, or
    /// where there is none the old one.
    async fn worth(&self) -> Worth {
        let mut worth = Worth::new();
        let mut note = |what: &str, is: String| {
            worth.insert(format!("{} {what}", self.device), is);
        };
        note("access token", plainly(&self.call(&self.token, GET, "configuration").send().await));
        let fresh = self.another_token().await;
        note("registration", fresh.clone().map_or_else(|error| error, |_| "good".to_owned()));
        let token = fresh.unwrap_or(self.token.clone());
        let session = format!("sessions/{}", self.code);
        note("code", plainly(&self.call(&token, GET, &session).send().await));
        for mvpd in ["Dish", "Spectrum"] {
            let answer = self.call(&token, GET, &format!("profiles/{mvpd}")).send().await;
            let is = match answer.json()["profiles"][mvpd].is_object() {
                false if answer.status == 200 => "none".to_owned(),
                _ => plainly(&answer),
            };
            note(&format!("profile {mvpd}"), is);
        }
        for (index, resource) in ["REF30", "news"].into_iter().enumerate() {
            let answer = self.authorize(&token, resource).await;
            let is = match answer.json()["decisions"][0]["notBefore"].as_i64() {
                Some(at) if at > START.millis() => "decided anew".to_owned(),
                _ => plainly(&answer),
            };
            note(&format!("decision {resource}"), is);
            let sent = json!({"serialized_token": self.media_tokens[index]});
            let verified = done(self.mock, POST, "/media-tokens/verify", sent).await;
            note(
                &format!("media token {resource}"),
                verified["result"].as_str().unwrap().to_owned(),
            );
        }
        worth
    }
}

/// `good`, or the status and the error of an answer.
fn plainly(answer: &Answer) -> String {
    match answer.status.as_u16() {
        200 => "good".to_owned(),
        status => format!("{status} {}", answer.json()["code"].as_str().unwrap_or_default()),
    }
}

/// What differs when something was done to the first of two applications on a minute after both got
/// all that they have.
async fn after(order: impl AsyncFn(&Mock, &App<'_>)) -> BTreeMap<String, String> {
    let mock = Mock::start().await;
    let (tv, phone) = (App::new(&mock, "tv").await, App::new(&mock, "phone").await);
    let worth = async || {
        let mut worth = tv.worth().await;
        worth.extend(phone.worth().await);
        worth
    };
    let before = worth().await;
    assert!(before.values().all(|is| is == "good" || is == "VALID_TOKEN"), "{before:#?}");
    mock.advance(60);
    order(&mock, &tv).await;
    let mut after = worth().await;
    after.retain(|what, is| before[what] != *is);
    after
}

fn only(expected: &[(&str, &str)]) -> BTreeMap<String, String> {
    expected.iter().map(|(what, is)| (format!("tv {what}"), (*is).to_owned())).collect()
}

#[tokio::test]
async fn nothing_ends_of_itself_within_a_minute() {
    assert_eq!(after(async |_, _| {}).await, only(&[]));
}

#[tokio::test]
async fn just_this_access_token() {
    let expired = after(async |mock, tv| {
        done(mock, POST, &format!("/tokens/{}/expire", tv.token), NOTHING).await;
    });
    // 401, and no error code: a fresh token, and everything is there.
    assert_eq!(expired.await, only(&[("access token", "401 ")]));
}

#[tokio::test]
async fn just_this_code() {
    let expired = after(async |mock, tv| {
        done(mock, POST, &format!("/sessions/{}/expire", tv.code), NOTHING).await;
    });
    assert_eq!(expired.await, only(&[("code", "400 invalid_authentication_session")]));
}

#[tokio::test]
async fn just_this_profile() {
    for (verb, method, error) in [
        ("/expire", POST, "403 authenticated_profile_expired"),
        ("/invalidate", POST, "403 authenticated_profile_invalidated"),
        ("", DELETE, "403 authenticated_profile_missing"),
    ] {
        let ended = after(async |mock, tv| {
            let path = format!("/profiles/{}{verb}", tv.profile("Dish").await);
            done(mock, method.clone(), &path, NOTHING).await;
        });
        // With it goes what was decided for it; what was delivered is out of its reach.
        let gone = [("profile Dish", "none"), ("decision REF30", error), ("decision news", error)];
        assert_eq!(ended.await, only(&gone), "{verb}");
    }
}

#[tokio::test]
async fn just_this_decision() {
    let expired = after(async |mock, tv| {
        let path = format!("/profiles/{}/decisions/expire", tv.profile("Dish").await);
        done(mock, POST, &path, json!({"resource": "REF30"})).await;
    });
    // The documents know no error for it: the MVPD is asked again.
    assert_eq!(expired.await, only(&[("decision REF30", "decided anew")]));
}

#[tokio::test]
async fn just_this_media_token() {
    let expired = after(async |mock, tv| {
        let token = json!({"serialized_token": tv.media_tokens[0]});
        done(mock, POST, "/media-tokens/expire", token).await;
    });
    assert_eq!(expired.await, only(&[("media token REF30", "TOKEN_EXPIRED")]));
}

#[tokio::test]
async fn just_this_client_registration() {
    let unusable = "401 invalid_access_token_client_application";
    // A forgotten client's token is an unknown one.
    for (verb, method, token) in [("/revoke", POST, unusable), ("", DELETE, "401 ")] {
        let withdrawn = after(async |mock, tv| {
            done(mock, method.clone(), &format!("/clients/{}{verb}", tv.client), NOTHING).await;
            // Its profiles and its session wait for nobody, but they are there.
            let list = done(mock, GET, &format!("/profiles?client={}", tv.client), NOTHING).await;
            assert_eq!(list["profiles"].as_array().unwrap().len(), 2);
            let path = format!("/sessions/{}", tv.code);
            assert_eq!(done(mock, GET, &path, NOTHING).await["login"]["state"], "open");
        })
        .await;
        assert_eq!(withdrawn["tv access token"], token, "{verb}");
        assert_eq!(withdrawn["tv registration"], "invalid_client", "{verb}");
        assert!(withdrawn.keys().all(|what| what.starts_with("tv ")), "{withdrawn:#?}");
        assert!(!withdrawn.contains_key("tv media token REF30"), "{verb}");
    }
}

#[tokio::test]
async fn a_media_token_ends_later_and_elsewhere_too() {
    let mock = Mock::start().await;
    let tv = App::new(&mock, "tv").await;
    let verify = async |token: &str, resource: &str| {
        let sent = json!({"serialized_token": token, "resource": resource});
        done(&mock, POST, "/media-tokens/verify", sent).await["result"].clone()
    };
    let [token, _] = &tv.media_tokens;
    let order = json!({"serialized_token": token, "after_seconds": 10});
    let ended = done(&mock, POST, "/media-tokens/expire", order).await;
    assert_eq!(ended["expires_at"], START.millis() + 10_000);
    let says_so = ended["serialized_token"].as_str().unwrap();
    assert_eq!(verify(token, "REF30").await, "VALID_TOKEN");
    assert_eq!(verify(says_so, "REF30").await, "VALID_TOKEN");
    mock.advance(10);
    assert_eq!(verify(token, "REF30").await, "TOKEN_EXPIRED");
    assert_eq!(verify(token, "news").await, "TOKEN_EXPIRED", "also for another resource");
    // Whoever verifies elsewhere has the key and nothing else.
    let verifier = mock.server.app().fixtures.load().keys.media_token_signer().verifier();
    let elsewhere = |token: &str| verifier.verify(token, None, mock.server.clock().now()).name();
    assert_eq!([elsewhere(token), elsewhere(says_so)], ["VALID_TOKEN", "TOKEN_EXPIRED"]);

    let kept = done(&mock, GET, "/snapshot", NOTHING).await;
    done(&mock, POST, "/reset", NOTHING).await;
    assert_eq!(verify(token, "REF30").await, "VALID_TOKEN", "a reset forgets it");
    done(&mock, Method::PUT, "/restore", kept).await;
    assert_eq!(verify(token, "REF30").await, "TOKEN_EXPIRED", "a snapshot does not");
    for wrong in [token.as_str(), "nonsense", says_so] {
        mock.advance(7 * 60);
        let order = json!({"serialized_token": wrong});
        let (status, said) =
            crate::control::refused(&mock, POST, "/media-tokens/expire", order).await;
        assert!(status == 404 && said.starts_with("serialized_token:"), "{said}");
    }
}
