//! Many tests share one server, at the same time, without seeing each other.

use http::Method;
use serde_json::{Value, json};

use crate::control::done;
use crate::device::Device;
use crate::harness::Mock;

const GET: Method = Method::GET;
const PUT: Method = Method::PUT;
const POST: Method = Method::POST;
const DELETE: Method = Method::DELETE;
const NOTHING: Value = Value::Null;

/// How many there are.
const TENANTS: usize = 24;
/// What each does, again and again.
const ROUNDS: usize = 4;

/// One test's own device and application, on a server that others use too.
struct Tenant<'a> {
    mock: &'a Mock,
    number: usize,
    device: Device<'a>,
}

impl<'a> Tenant<'a> {
    async fn new(mock: &'a Mock, number: usize) -> Self {
        let name: &'static str = format!("device-{number}").leak();
        Self { mock, number, device: Device::new(mock, name).await }
    }

    async fn steer(&self, method: Method, path: &str, body: Value) -> Value {
        done(self.mock, method, path, body).await
    }

    /// By turns the device and the client are what a tenant is known by.
    fn scope(&self) -> (&'static str, &str) {
        match self.number % 2 {
            0 => ("device", self.device.id),
            _ => ("client", &self.device.client),
        }
    }

    async fn sign_in(&self) {
        let code = self.device.begin("Cablevision").await;
        assert!(!self.device.is_signed_in().await, "tenant {}", self.number);
        self.steer(POST, &format!("/sessions/{code}/complete"), json!({})).await;
        assert!(self.device.is_signed_in().await, "tenant {}", self.number);
    }

    /// A fault of one's own: it hits as often as it says, and nobody else.
    async fn is_disturbed_only_by_its_own_fault(&self) {
        let (by, me) = self.scope();
        let status = 500 + self.number as u16;
        let rule = json!({
            "match": {"endpoint": "profile_by_mvpd", by: me},
            "effect": {"status": status},
            "count": 2,
        });
        let fault = self.steer(POST, "/faults", rule).await["fault"].as_u64().unwrap();
        let mut seen = Vec::new();
        for _ in 0..4 {
            let answer = self.device.call(GET, "profiles/Cablevision").outcome().await.unwrap();
            seen.push(answer.status.as_u16());
            tokio::task::yield_now().await;
        }
        assert_eq!(seen, [status, status, 200, 200], "tenant {}", self.number);
        let state = self.steer(GET, &format!("/faults/{fault}"), NOTHING).await;
        assert_eq!((&state["hits"], &state["over"]), (&json!(2), &json!(true)));
        let mine = self.steer(GET, &format!("/faults?{by}={me}"), NOTHING).await;
        assert_eq!(mine["faults"].as_array().unwrap().len(), 1);
        self.steer(DELETE, &format!("/faults?{by}={me}"), NOTHING).await;
    }

    /// An override of one's own.
    async fn is_denied_only_by_its_own_rule(&self) {
        let (by, me) = self.scope();
        let words = format!("Not for tenant {}.", self.number);
        let mut rule = json!({"decision": "deny", "resource": "REF30", "details": words});
        rule[by] = me.into();
        let rule = self.steer(PUT, "/decisions", rule).await["rule"].as_u64().unwrap();
        let denied = self.device.authorize("Cablevision", "REF30").await;
        assert_eq!(denied["error"]["details"], words);
        self.steer(DELETE, &format!("/decisions/{rule}"), NOTHING).await;
        let permitted = self.device.authorize("Cablevision", "REF30").await;
        assert_eq!(permitted["authorized"], true, "tenant {}: {permitted}", self.number);
    }

    /// The journal of one's own is what one did, in order, and nothing else.
    async fn finds_its_own_calls(&self, since: u64) -> u64 {
        let (by, me) = self.scope();
        let page = self.steer(GET, &format!("/journal?{by}={me}&since={since}"), NOTHING).await;
        let exchanges = page["exchanges"].as_array().unwrap();
        let mut calls: Vec<&str> =
            exchanges.iter().map(|exchange| exchange["endpoint"].as_str().unwrap()).collect();
        // A device is not known yet when its application registers.
        calls.retain(|call| !["register", "token"].contains(call));
        let expected = [
            &["create_session", "profiles", "profiles"][..],
            &["profile_by_mvpd"; 4],
            &["authorize"; 2],
        ];
        assert_eq!(calls, expected.concat(), "tenant {}", self.number);
        for exchange in exchanges {
            if let Some(device) = exchange["facts"]["device_id"].as_str() {
                assert_eq!(device, self.device.id);
            }
        }
        page["next"].as_u64().unwrap()
    }

    async fn live(&self) {
        let mut since = 0;
        for _ in 0..ROUNDS {
            self.sign_in().await;
            self.is_disturbed_only_by_its_own_fault().await;
            self.is_denied_only_by_its_own_rule().await;
            since = self.finds_its_own_calls(since).await;
            // A reset by the client takes its registration with it: that comes last.
            self.steer(POST, "/reset", json!({"device": self.device.id})).await;
            assert!(!self.device.is_signed_in().await, "tenant {}", self.number);
            let page =
                self.steer(GET, &format!("/journal?device={}", self.device.id), NOTHING).await;
            since = page["next"].as_u64().unwrap().max(since);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn tenants_do_not_see_each_other() {
    let mock: &'static Mock = Box::leak(Box::new(Mock::start().await));
    let stay = Tenant::new(mock, 90).await;
    stay.sign_in().await;
    let tenants = (0..TENANTS).map(|number| {
        tokio::spawn(async move {
            let tenant = Tenant::new(mock, number).await;
            tenant.live().await;
            tenant.steer(POST, "/reset", json!({"client": tenant.device.client})).await;
            assert_eq!(tenant.device.call(GET, "profiles").send().await.status, 401);
        })
    });
    for tenant in tenants.collect::<Vec<_>>() {
        tenant.await.unwrap();
    }
    assert!(stay.device.is_signed_in().await, "nobody's reset was for everybody");
    let left = done(mock, GET, "/clients", NOTHING).await;
    assert_eq!(left["clients"].as_array().unwrap().len(), 1);
    assert_eq!(done(mock, GET, "/faults", NOTHING).await, json!({"faults": []}));
    assert_eq!(done(mock, GET, "/decisions", NOTHING).await, json!({"rules": []}));
}
