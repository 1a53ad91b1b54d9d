//! Media tokens that a verifier refuses.

use std::time::Duration;

use serde_json::{Map, Value};

use super::Tampering;
use crate::app::App;
use crate::clock::Timestamp;
use crate::tokens::{MediaToken, forge, read_unverified};

/// How long a token is over, or how far ahead of its time.
const HOUR: Duration = Duration::from_secs(3600);

/// Spoils every media token of an answer; false when there is none.
pub(super) fn spoil(app: &App, body: &mut Value, how: Tampering) -> bool {
    let decisions = body.get_mut("decisions").and_then(Value::as_array_mut);
    let mut found = false;
    for decision in decisions.into_iter().flatten() {
        let token = decision.get_mut("token").and_then(Value::as_object_mut);
        found |= token.is_some_and(|token| spoil_one(app, token, how).is_some());
    }
    found
}

fn spoil_one(app: &App, token: &mut Map<String, Value>, how: Tampering) -> Option<()> {
    let serialized = token.get("serializedToken")?.as_str()?;
    let said = read_unverified(serialized)?;
    let now = app.clock.now();
    match how {
        Tampering::Tampered => {
            let other = MediaToken { session_guid: app.ids.uuid().to_string(), ..said };
            let forged = forge(serialized, &other)?;
            token.insert("serializedToken".to_owned(), forged.into());
        }
        Tampering::Expired => {
            let issue_time = before(before(now, said.ttl), HOUR);
            reissue(app, token, said, issue_time)?;
        }
        Tampering::FutureDated => reissue(app, token, said, now.after(HOUR))?,
    }
    Some(())
}

/// The same token, properly signed, as if it had been issued at another time.
fn reissue(
    app: &App,
    token: &mut Map<String, Value>,
    said: MediaToken,
    issue_time: Timestamp,
) -> Option<()> {
    let other = MediaToken { issue_time, ..said };
    let signed = app.fixtures.load().keys.media_token_signer().serialize(&other)?;
    token.insert("notBefore".to_owned(), issue_time.millis().into());
    token.insert("notAfter".to_owned(), other.not_after().millis().into());
    token.insert("serializedToken".to_owned(), signed.into());
    Some(())
}

fn before(at: Timestamp, by: Duration) -> Timestamp {
    let millis = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
    Timestamp(at.millis().saturating_sub(millis))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::server::MockServer;
    use crate::tokens::Verification;

    #[test]
    fn each_way_leads_to_its_own_refusal() {
        let app = MockServer::builder().seed(1).into_app();
        let signer = app.fixtures.load().keys.media_token_signer();
        let good = MediaToken {
            session_guid: "c4fc3e7e".into(),
            requestor_id: "REF30".into(),
            resource_id: "REF30".into(),
            ttl: Duration::from_secs(48 * 3600),
            issue_time: app.clock.now(),
            mvpd_id: "Dish".into(),
            proxy_mvpd_id: None,
        };
        let spoiled = |how| {
            let token = json!({"serializedToken": signer.serialize(&good).unwrap()});
            let mut body = json!({"decisions": [{"authorized": false}, {"token": token}]});
            assert!(spoil(&app, &mut body, how));
            let token = body["decisions"][1]["token"]["serializedToken"].as_str().unwrap();
            let now = app.clock.now();
            (signer.verifier().verify(token, None, now), read_unverified(token).unwrap())
        };
        let (result, said) = spoiled(Tampering::Tampered);
        assert_eq!((result, said.mvpd_id.as_str()), (Verification::InvalidSignature, "Dish"));
        let (result, said) = spoiled(Tampering::Expired);
        assert_eq!(result, Verification::Expired);
        assert!(said.not_after() < app.clock.now());
        let (result, said) = spoiled(Tampering::FutureDated);
        assert_eq!(result, Verification::Expired);
        assert!(said.issue_time > app.clock.now());
        let mut denied = json!({"decisions": [{"authorized": false}]});
        assert!(!spoil(&app, &mut denied, Tampering::Expired));
    }
}
