//! Devices whose applications come and go while the server is killed.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use http::{Method, StatusCode};
use serde_json::json;

use super::COMPLETE;
use crate::browser::between;
use crate::harness::{Call, Connection};

/// What a client was told, by what names it. What it asked for without an answer is `None`.
pub(super) type Told = Arc<Mutex<BTreeMap<String, Option<bool>>>>;

/// Every device signs in and every second one out again, until the server is gone.
pub(super) struct Fleet {
    pub(super) service: SocketAddr,
    pub(super) statement: String,
    pub(super) told: Told,
}

impl Fleet {
    fn set(&self, name: String, is: Option<bool>) {
        self.told.lock().unwrap().insert(name, is);
    }

    /// `None` once the server is gone.
    pub(super) async fn stories(&self, who: &str, leaves: bool) -> Option<()> {
        let mut connection = Connection::open(self.service).await;
        for n in 0.. {
            self.story(&mut connection, &format!("{who}-{n}"), leaves).await?;
        }
        Some(())
    }

    async fn story(&self, to: &mut Connection, device: &str, leaves: bool) -> Option<()> {
        let call = |method, target: &str| Call::new(self.service, method, target);
        let statement = json!({ "software_statement": self.statement });
        let register = call(Method::POST, "/o/client/register").json(&statement);
        let client = to.outcome(register).await.ok()?.json();
        let (id, secret) =
            (client["client_id"].as_str().unwrap(), client["client_secret"].as_str().unwrap());
        self.set(format!("client {id}"), Some(true));
        let grant =
            [("client_id", id), ("client_secret", secret), ("grant_type", "client_credentials")];
        let token = to.outcome(call(Method::POST, "/o/client/token").form(&grant)).await.ok()?;
        let token = token.json()["access_token"].as_str().unwrap().to_owned();
        self.set(format!("token {token}"), Some(true));
        let as_device = |call: Call| {
            call.bearer(&token)
                .header("ap-device-identifier", &format!("fingerprint {}", b64(device)))
        };
        let create = as_device(call(Method::POST, "/api/v2/REF30/sessions")).form(&COMPLETE);
        let session = to.outcome(create).await.ok()?.json();
        let code = session["code"].as_str().unwrap();
        self.set(format!("code {code}"), Some(true));

        let mut url = session["url"].as_str().unwrap().to_owned();
        let page = loop {
            let answer = to.outcome(call(Method::GET, &url)).await.ok()?;
            if answer.status != StatusCode::FOUND {
                break answer;
            }
            answer.header("location").clone_into(&mut url);
        };
        let (action, hidden) = form(page.text());
        let hidden = hidden.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let login: Vec<_> = hidden.chain([("username", "demo"), ("password", "demo")]).collect();
        let profile = format!("profile {device}");
        self.set(profile.clone(), None);
        let answer = to.outcome(call(Method::POST, &action).form(&login)).await.ok()?;
        assert_eq!(answer.status, StatusCode::FOUND, "{:?}", answer.headers);
        self.set(profile.clone(), Some(true));
        if leaves {
            let target = "/api/v2/REF30/logout/Cablevision?redirectUrl=https%3A%2F%2Fadobe.com";
            self.set(profile.clone(), None);
            to.outcome(as_device(call(Method::GET, target))).await.ok()?;
            self.set(profile, Some(false));
        }
        Some(())
    }
}

pub(super) fn b64(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}

/// Where a page's form goes, and what it carries unseen.
fn form(page: &str) -> (String, Vec<(String, String)>) {
    let plain = |text: &str| text.replace("&amp;", "&").replace("&#38;", "&");
    let hidden = page.split("type=\"hidden\"").skip(1);
    let hidden = hidden.map(|rest| {
        (plain(between(rest, "name=\"", "\"")), plain(between(rest, "value=\"", "\"")))
    });
    (plain(between(page, "action=\"", "\"")), hidden.collect())
}
