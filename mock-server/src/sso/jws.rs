//! Tokens that say who somebody is.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use crate::clock::Timestamp;
use crate::domain::{Method, Subject};
use crate::tokens::{Signer, Verifier};

/// A token as an identity service issues it (`AD-Service-Token`), good from `now` for `lifetime`, in
/// whole seconds. `None` only if the key cannot sign.
pub fn service_token(
    key: &Signer,
    subject: &str,
    now: Timestamp,
    lifetime: Duration,
) -> Option<String> {
    sign(key, &claims("pass-mock identity service", subject, now, lifetime))
}

/// A token as a platform issues it (`Adobe-Subject-Token` or `X-Roku-Reserved-Roku-Connect-Token`),
/// good from `now` for `lifetime`, in whole seconds. `None` only if the key cannot sign.
pub fn subject_token(
    key: &Signer,
    subject: &str,
    now: Timestamp,
    lifetime: Duration,
) -> Option<String> {
    sign(key, &claims("pass-mock platform", subject, now, lifetime))
}

fn claims(issuer: &str, subject: &str, now: Timestamp, lifetime: Duration) -> Value {
    let expires = now.after(lifetime).seconds();
    json!({ "iss": issuer, "sub": subject, "aud": "Adobe", "iat": now.seconds(), "exp": expires })
}

fn sign(key: &Signer, claims: &Value) -> Option<String> {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(&json!({ "alg": "RS256", "typ": "JWT" })), part(claims));
    let signature = URL_SAFE_NO_PAD.encode(key.sign(signed.as_bytes())?);
    Some(format!("{signed}.{signature}"))
}

/// Who a service token says that its bearer is; `None` when it is no token that counts.
pub fn read_service_token(token: &str, key: &Verifier, now: Timestamp) -> Option<Subject> {
    let Parts { header, claims, signed, signature } = parts(token)?;
    let good = header.get("alg")?.as_str()? == "RS256"
        && key.accepts(signed.as_bytes(), &signature)
        && is_for_adobe(claims.get("aud")?)
        && claims.get("iat")?.is_number()
        && is_before(now, claims.get("exp")?);
    let subject = subject(&claims, text(&claims, "iss")?)?;
    good.then_some(Subject { method: Method::ServiceToken, id: subject.into() })
}

/// Who a platform's token says that its bearer is; `None` when it is no token that counts. Nobody
/// but a platform has its keys: signatures are not checked, and what is encrypted is taken as it is.
pub fn read_subject_token(token: &str, now: Timestamp) -> Option<Subject> {
    let id = opaque(token).or_else(|| {
        let Parts { header, claims, signature, .. } = parts(token)?;
        let is_signed = !signature.is_empty()
            && header.get("alg")?.as_str().is_some_and(|alg| !alg.eq_ignore_ascii_case("none"));
        let good = is_signed
            && claims.get("aud").is_none_or(is_for_adobe)
            && claims.get("exp").is_none_or(|exp| is_before(now, exp));
        let issuer = text(&claims, "iss").unwrap_or_default();
        subject(&claims, issuer).filter(|_| good)
    })?;
    Some(Subject { method: Method::Platform, id: id.into() })
}

struct Parts<'a> {
    header: Map<String, Value>,
    claims: Map<String, Value>,
    signed: &'a str,
    signature: Vec<u8>,
}

fn parts(token: &str) -> Option<Parts<'_>> {
    let (signed, signature) = token.trim().rsplit_once('.')?;
    let (header, claims) = signed.split_once('.')?;
    Some(Parts {
        header: object(header)?,
        claims: object(claims)?,
        signed,
        signature: decode(signature)?,
    })
}

/// A JWE: nobody here can read it, but the same one is the same subject.
fn opaque(token: &str) -> Option<String> {
    let token = token.trim();
    let mut parts = token.split('.');
    let header = object(parts.next()?)?;
    let rest: Vec<Vec<u8>> = parts.map(decode).collect::<Option<_>>()?;
    let is_encrypted = rest.len() == 4 && header.contains_key("enc") && !rest[2].is_empty();
    is_encrypted.then(|| format!("jwe {}", STANDARD.encode(Sha256::digest(token))))
}

fn object(part: &str) -> Option<Map<String, Value>> {
    serde_json::from_slice(&decode(part)?).ok()
}

fn decode(part: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(part.trim_end_matches('=')).ok()
}

/// The subject as its issuer means it: two issuers may call different people the same.
fn subject(claims: &Map<String, Value>, issuer: &str) -> Option<String> {
    text(claims, "sub").map(|subject| json!([issuer, subject]).to_string())
}

fn text<'a>(claims: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    claims.get(name)?.as_str().filter(|text| !text.trim().is_empty())
}

fn is_for_adobe(audience: &Value) -> bool {
    let is = |one: &Value| one.as_str().is_some_and(|one| one.eq_ignore_ascii_case("adobe"));
    is(audience) || audience.as_array().is_some_and(|all| all.iter().any(is))
}

/// From the instant of its expiration on a JWT must not be accepted (RFC 7519).
fn is_before(now: Timestamp, expiration: &Value) -> bool {
    let seconds = expiration.as_f64();
    #[allow(clippy::cast_precision_loss, reason = "instants are far below 2^53")]
    let now = now.millis() as f64;
    seconds.is_some_and(|seconds| now < seconds * 1000.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::config::Keys;

    const NOW: Timestamp = Timestamp(1_700_000_000_000);
    const HOUR: Duration = Duration::from_secs(3600);

    fn token(change: impl FnOnce(&mut Value)) -> String {
        let mut claims = claims("somebody", "Jane", NOW, HOUR);
        change(&mut claims);
        sign(&Keys::default().service_token_key().signer().unwrap(), &claims).unwrap()
    }

    fn read(token: &str, now: Timestamp) -> Option<Subject> {
        read_service_token(token, Keys::default().service_token_key().verifier(), now)
    }

    #[test]
    fn a_service_token_is_good_until_its_expiration() {
        let good = token(|_| {});
        let subject = read(&good, NOW).unwrap();
        assert_eq!(subject.method, Method::ServiceToken);
        assert!(read(&good, NOW.shifted(3_599_999)).is_some());
        assert!(read(&good, NOW.shifted(3_600_000)).is_none());
        let again = token(|claims| claims["exp"] = json!(1_800_000_000));
        assert_ne!(good, again);
        assert_eq!(read(&again, NOW), Some(subject), "it is the subject that counts");
    }

    #[test]
    fn what_a_service_token_lacks_makes_it_none() {
        for name in ["iss", "sub", "aud", "iat", "exp"] {
            let without = token(|claims| drop(claims.as_object_mut().unwrap().remove(name)));
            assert_eq!(read(&without, NOW), None, "{name}");
        }
        for (name, value) in [
            ("aud", json!("Somebody else")),
            ("sub", json!(" ")),
            ("sub", json!(7)),
            ("iss", json!("")),
            ("iat", json!("yesterday")),
            ("exp", json!("tomorrow")),
        ] {
            let wrong = token(|claims| claims[name] = value.clone());
            assert_eq!(read(&wrong, NOW), None, "{name} {value}");
        }
        for audience in [json!("adobe"), json!("ADOBE"), json!(["x", "Adobe"])] {
            assert!(read(&token(|claims| claims["aud"] = audience), NOW).is_some());
        }
    }

    #[test]
    fn another_key_or_other_content_is_no_token() {
        let good = token(|_| {});
        let (signed, signature) = good.rsplit_once('.').unwrap();
        let (header, _) = signed.split_once('.').unwrap();
        let other = URL_SAFE_NO_PAD.encode(claims("somebody", "Joe", NOW, HOUR).to_string());
        let none = URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#);
        let another = Keys::default().media_token_signer();
        for bad in [
            format!("{header}.{other}.{signature}"),
            format!("{none}.{other}."),
            format!("{signed}."),
            signed.to_owned(),
            String::new(),
            service_token(&another, "Jane", NOW, HOUR).unwrap(),
        ] {
            assert_eq!(read(&bad, NOW), None, "{bad}");
        }
    }

    #[test]
    fn a_platforms_token_needs_no_known_key() {
        let documented = "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJyb2t1IiwiaWF0IjoxNTExMzY4ODAyLCJleHAiOjE1NDI5MDQ4MDIsImF1ZCI6ImFkb2JlIiwic3ViIjoiNWZjYzMwODctYWJmZi00OGU4LWJhZTgtODQzODViZTFkMzQwIiwiZGlkIjoiY2FmZjQ1ZDAtM2NhMy00MDg3LWI2MjMtNjFkZjNhMmNlOWM4In0.JlBFhNhNCJCDXLwBjy5tt3PtPcqbMKEIGZ6sr2NA";
        let issued = Timestamp(1_511_368_802_000);
        assert!(read_subject_token(documented, issued).is_some());
        assert!(read_subject_token(documented, Timestamp(1_542_904_802_000)).is_none());
        let unsigned = documented.rsplit_once('.').unwrap().0;
        assert!(read_subject_token(&format!("{unsigned}."), issued).is_none());
    }

    #[test]
    fn an_encrypted_token_is_a_subject_as_it_is() {
        let jwe = |text: &str| {
            let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
            let header = part(r#"{"alg":"dir","enc":"A128GCM"}"#);
            format!("{header}..{}.{}.{}", part("iv"), part(text), part("tag"))
        };
        let read = |token: &str| read_subject_token(token, NOW);
        assert!(read(&jwe("a")).is_some());
        assert_eq!(read(&jwe("a")), read(&jwe("a")));
        assert_ne!(read(&jwe("a")), read(&jwe("b")));
        assert_eq!(read("a.b.c.d.e"), None);
    }

    proptest! {
        #[test]
        fn no_text_upsets_the_readers(text in ".*") {
            prop_assert_eq!(read(&text, NOW), None);
            prop_assert_eq!(read_subject_token(&text, NOW), None);
        }
    }
}
