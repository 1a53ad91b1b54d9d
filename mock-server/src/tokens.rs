//! Media tokens: signed, short-lived proof that a play was authorized.
//!
//! A serialized token is the Base64 of two XML elements side by side: `<signatureInfo>` with the
//! Base64 of an RSA signature (SHA-256, PKCS #1 v1.5), and `<shortAuthorizationToken>`, whose exact
//! bytes are what is signed. Clients hand it on as it is; whoever verifies it does so with
//! [`Verifier`], which answers with the words of Adobe's own verifier.

use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, SecondsFormat, Utc};
use ring::rand::SystemRandom;
use ring::signature::{
    KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey,
};

use crate::clock::Timestamp;

/// What a media token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaToken {
    /// An anonymous identifier of the viewer's session.
    pub session_guid: String,
    /// The service provider.
    pub requestor_id: String,
    /// The resource that may be played.
    pub resource_id: String,
    /// How long it is valid from its issue.
    pub ttl: Duration,
    /// When it was issued.
    pub issue_time: Timestamp,
    /// The MVPD that authorized the play.
    pub mvpd_id: String,
    /// The MVPD that another one stands in for, where one does.
    pub proxy_mvpd_id: Option<String>,
}

impl MediaToken {
    /// The last instant at which it is valid.
    pub fn not_after(&self) -> Timestamp {
        self.issue_time.after(self.ttl)
    }

    fn to_xml(&self) -> String {
        let mut xml = String::from("<shortAuthorizationToken>");
        let mut element = |name: &str, value: &str| {
            xml.push_str(&format!("<{name}>{}</{name}>", escape(value)));
        };
        element("sessionGUID", &self.session_guid);
        element("requestorID", &self.requestor_id);
        element("resourceID", &self.resource_id);
        element("ttl", &self.ttl.as_millis().to_string());
        element("issueTime", &format_instant(self.issue_time));
        element("mvpdId", &self.mvpd_id);
        if let Some(proxy) = &self.proxy_mvpd_id {
            element("proxyMvpdId", proxy);
        }
        xml.push_str("</shortAuthorizationToken>");
        xml
    }

    fn from_xml(xml: &str) -> Option<Self> {
        let body = between(xml, "shortAuthorizationToken")?;
        let field = |name| between(body, name).map(unescape);
        Some(Self {
            session_guid: field("sessionGUID")?,
            requestor_id: field("requestorID")?,
            resource_id: field("resourceID")?,
            ttl: Duration::from_millis(field("ttl")?.parse().ok()?),
            issue_time: parse_instant(&field("issueTime")?)?,
            mvpd_id: field("mvpdId")?,
            proxy_mvpd_id: field("proxyMvpdId"),
        })
    }
}

/// Why a key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// No PEM block of the expected kind.
    #[error("no PEM block «{0}» with Base64 in it")]
    Pem(&'static str),
    /// Not an RSA key of 2048 bits or more.
    #[error("not an RSA key in PKCS #8 of at least 2048 bits: {0}")]
    Key(String),
}

/// Issues media tokens.
pub struct Signer {
    key: RsaKeyPair,
    public_key_pem: String,
}

impl Signer {
    /// A signer with a private key in PKCS #8 PEM.
    ///
    /// # Errors
    /// When the text holds no such key.
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        let der = pem_block(pem, "PRIVATE KEY").ok_or(KeyError::Pem("PRIVATE KEY"))?;
        let key = RsaKeyPair::from_pkcs8(&der).map_err(|e| KeyError::Key(e.to_string()))?;
        let public_key_pem = spki_pem(key.public_key().as_ref());
        Ok(Self { key, public_key_pem })
    }

    /// The public key as a PEM `PUBLIC KEY`, for who verifies.
    pub fn public_key_pem(&self) -> &str {
        &self.public_key_pem
    }

    /// Who can check this signer's tokens.
    pub fn verifier(&self) -> Verifier {
        Verifier { public_key: self.key.public_key().as_ref().to_vec() }
    }

    /// The serialized token; `None` only if the key cannot sign.
    pub fn serialize(&self, token: &MediaToken) -> Option<String> {
        let xml = token.to_xml();
        let signature = self.sign(xml.as_bytes())?;
        Some(wrap(&STANDARD.encode(signature), &xml))
    }

    /// The signature of a message; `None` only if the key cannot sign.
    pub(crate) fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        let mut signature = vec![0; self.key.public().modulus_len()];
        // PKCS #1 v1.5 is deterministic: the generator only blinds the computation.
        self.key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature).ok()?;
        Some(signature)
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").finish_non_exhaustive()
    }
}

/// The result of a verification, in the words of Adobe's verifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verification {
    /// Everything is in order.
    Valid,
    /// It is no media token.
    InvalidFormat,
    /// Somebody else signed it, or it was changed.
    InvalidSignature,
    /// Its time has passed or has not come.
    Expired,
    /// It is for another resource.
    InvalidResource,
    /// It has not been verified.
    Unknown,
}

impl Verification {
    /// The name Adobe's verifier gives it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Valid => "VALID_TOKEN",
            Self::InvalidFormat => "INVALID_TOKEN_FORMAT",
            Self::InvalidSignature => "INVALID_SIGNATURE",
            Self::Expired => "TOKEN_EXPIRED",
            Self::InvalidResource => "INVALID_RESOURCE_ID",
            Self::Unknown => "ERROR_UNKNOWN",
        }
    }
}

/// Checks media tokens.
#[derive(Clone, Debug)]
pub struct Verifier {
    public_key: Vec<u8>,
}

impl Verifier {
    /// A verifier with a PEM `PUBLIC KEY`.
    ///
    /// # Errors
    /// When the text holds no such key.
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        let der = pem_block(pem, "PUBLIC KEY").ok_or(KeyError::Pem("PUBLIC KEY"))?;
        let key = der
            .strip_prefix(&spki_prefix(der.len())[..])
            .ok_or_else(|| KeyError::Key("not an RSA public key".into()))?;
        Ok(Self { public_key: key.to_vec() })
    }

    /// Checks form, signature and validity at `now`, and the resource where one is given.
    pub fn verify(&self, serialized: &str, resource: Option<&str>, now: Timestamp) -> Verification {
        let Some((signature, xml)) = unwrap(serialized) else {
            return Verification::InvalidFormat;
        };
        let Some(token) = MediaToken::from_xml(&xml) else {
            return Verification::InvalidFormat;
        };
        if !self.accepts(xml.as_bytes(), &signature) {
            return Verification::InvalidSignature;
        }
        if now < token.issue_time || now > token.not_after() {
            return Verification::Expired;
        }
        match resource {
            Some(resource) if resource != token.resource_id => Verification::InvalidResource,
            _ => Verification::Valid,
        }
    }
}

impl Verifier {
    /// Whether a signature is the key's own of a message.
    pub(crate) fn accepts(&self, message: &[u8], signature: &[u8]) -> bool {
        let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &self.public_key);
        key.verify(message, signature).is_ok()
    }
}

/// What a serialized token says, without any check.
pub fn read_unverified(serialized: &str) -> Option<MediaToken> {
    MediaToken::from_xml(&unwrap(serialized)?.1)
}

/// A token that says something else than what was signed: the signature of one with the content of
/// another. `None` when the first is no token.
pub fn forge(signed: &str, content: &MediaToken) -> Option<String> {
    let (signature, _) = unwrap(signed)?;
    Some(wrap(&STANDARD.encode(signature), &content.to_xml()))
}

fn wrap(signature: &str, xml: &str) -> String {
    STANDARD.encode(format!("<signatureInfo>{signature}</signatureInfo>{xml}"))
}

fn unwrap(serialized: &str) -> Option<(Vec<u8>, String)> {
    let text = String::from_utf8(STANDARD.decode(serialized.trim()).ok()?).ok()?;
    let rest = text.strip_prefix("<signatureInfo>")?;
    let (signature, xml) = rest.split_once("</signatureInfo>")?;
    Some((STANDARD.decode(signature).ok()?, xml.to_owned()))
}

fn between<'a>(xml: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    rest.split_once(&format!("</{name}>")).map(|(value, _)| value)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn unescape(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

fn format_instant(at: Timestamp) -> String {
    DateTime::<Utc>::from_timestamp_millis(at.millis())
        .unwrap_or_default()
        .to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn parse_instant(text: &str) -> Option<Timestamp> {
    let instant = DateTime::parse_from_rfc3339(text).ok()?;
    Some(Timestamp(instant.timestamp_millis()))
}

fn pem_block(pem: &str, label: &str) -> Option<Vec<u8>> {
    let (_, rest) = pem.split_once(&format!("-----BEGIN {label}-----"))?;
    let (body, _) = rest.split_once(&format!("-----END {label}-----"))?;
    STANDARD.decode(body.split_ascii_whitespace().collect::<String>()).ok()
}

/// `SubjectPublicKeyInfo` around an RSA public key, as PEM.
fn spki_pem(public_key: &[u8]) -> String {
    let mut der = spki_prefix(SPKI_OVERHEAD + public_key.len()).to_vec();
    der.extend_from_slice(public_key);
    let body = STANDARD.encode(der);
    let lines: Vec<&str> =
        body.as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).collect();
    format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n"))
}

/// Bytes of a `SubjectPublicKeyInfo` before the key itself, for keys of 2048 bits and more.
const SPKI_OVERHEAD: usize = 24;

/// The DER that comes before the key: two lengths and the identifier of `rsaEncryption`.
fn spki_prefix(total: usize) -> [u8; SPKI_OVERHEAD] {
    let length = |n: usize| u16::try_from(n).unwrap_or(u16::MAX).to_be_bytes();
    let outer = length(total.saturating_sub(4));
    let inner = length(total.saturating_sub(23));
    [
        0x30, 0x82, outer[0], outer[1], 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d,
        0x01, 0x01, 0x01, 0x05, 0x00, 0x03, 0x82, inner[0], inner[1], 0x00,
    ]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PRIVATE: &str = include_str!("../../fixtures/keys/media-token.pem");
    const PUBLIC: &str = include_str!("../../fixtures/keys/media-token.pub.pem");
    const NOW: Timestamp = Timestamp(1_697_094_207_324);

    fn token() -> MediaToken {
        MediaToken {
            session_guid: "c4fc3e7e".into(),
            requestor_id: "REF30".into(),
            resource_id: "news & <sports>".into(),
            ttl: Duration::from_secs(420),
            issue_time: NOW,
            mvpd_id: "Cablevision".into(),
            proxy_mvpd_id: None,
        }
    }

    fn signed(token: &MediaToken) -> String {
        Signer::from_pem(PRIVATE).unwrap().serialize(token).unwrap()
    }

    #[test]
    fn the_published_key_is_the_one_that_openssl_writes() {
        assert_eq!(Signer::from_pem(PRIVATE).unwrap().public_key_pem(), PUBLIC);
    }

    #[test]
    fn tokens_start_as_the_documented_samples_do() {
        assert!(signed(&token()).starts_with("PHNpZ25hdHVyZUluZm8"));
    }

    #[test]
    fn every_documented_result_comes_out() {
        let verifier = Verifier::from_pem(PUBLIC).unwrap();
        let good = signed(&token());
        let check = |token: &str, resource, now| verifier.verify(token, resource, now).name();
        assert_eq!(check(&good, Some("news & <sports>"), NOW), "VALID_TOKEN");
        assert_eq!(check(&good, None, NOW), "VALID_TOKEN");
        assert_eq!(check(&good, Some("premium"), NOW), "INVALID_RESOURCE_ID");
        assert_eq!(check("bm90aGluZw==", None, NOW), "INVALID_TOKEN_FORMAT");

        let (signature, xml) = unwrap(&good).unwrap();
        let forged = wrap(&STANDARD.encode(signature), &xml.replace("Cablevision", "Spectrum"));
        assert_eq!(check(&forged, None, NOW), "INVALID_SIGNATURE");
    }

    #[test]
    fn the_validity_holds_to_the_millisecond() {
        let verifier = Verifier::from_pem(PUBLIC).unwrap();
        let good = signed(&token());
        let at = |ms| verifier.verify(&good, None, Timestamp(NOW.millis() + ms));
        assert_eq!(at(-1), Verification::Expired);
        assert_eq!(at(0), Verification::Valid);
        assert_eq!(at(420_000), Verification::Valid);
        assert_eq!(at(420_001), Verification::Expired);
    }

    #[test]
    fn a_proxied_provider_is_named() {
        let proxied = MediaToken { proxy_mvpd_id: Some("Proxy".into()), ..token() };
        assert_eq!(read_unverified(&signed(&proxied)), Some(proxied));
        assert_eq!(read_unverified(&signed(&token())), Some(token()));
    }

    proptest! {
        #[test]
        fn no_text_upsets_the_verifier(text in ".*") {
            let verifier = Verifier::from_pem(PUBLIC).unwrap();
            prop_assert_eq!(verifier.verify(&text, None, NOW), Verification::InvalidFormat);
        }
    }
}
