//! Reading media tokens, to tell a sound one from a forged or expired one.

use chrono::DateTime;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};

use crate::rules::headers::encoded::base64;
use crate::trace::Seal;

/// A public key for media tokens.
#[derive(Debug)]
pub(crate) struct Key(Vec<u8>);

impl Key {
    /// The RSA key in a PEM `PUBLIC KEY`.
    pub(crate) fn from_pem(pem: &str) -> Option<Self> {
        let (_, rest) = pem.split_once("-----BEGIN PUBLIC KEY-----")?;
        let (body, _) = rest.split_once("-----END PUBLIC KEY-----")?;
        let der = base64(&body.split_whitespace().collect::<String>())?;
        // SEQUENCE { SEQUENCE algorithm, BIT STRING key }; the key's first byte counts unused bits.
        let (0x30, outer, _) = der_element(&der)? else { return None };
        let (0x30, _, rest) = der_element(outer)? else { return None };
        let (0x03, key, _) = der_element(rest)? else { return None };
        Some(Self(key.get(1..)?.to_vec()))
    }

    /// What a serialized token is, as far as this key tells.
    pub(crate) fn seal(&self, serialized: &str) -> Seal {
        let Some(token) = Token::read(serialized) else { return Seal::Broken };
        let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &self.0);
        match key.verify(token.signed.as_bytes(), &token.signature) {
            Ok(()) => Seal::Genuine(token.not_after),
            Err(_) => Seal::Forged,
        }
    }
}

struct Token {
    signature: Vec<u8>,
    signed: String,
    not_after: i64,
}

impl Token {
    fn read(serialized: &str) -> Option<Self> {
        let xml = String::from_utf8(base64(serialized.trim())?).ok()?;
        let after = xml.split_once("<signatureInfo>")?.1;
        // The documents close the element with an opening tag; up to the next tag either way.
        let signature = base64(after.split('<').next()?.trim())?;
        let begin = xml.find("<shortAuthorizationToken>")?;
        let signed = xml.get(begin..)?.trim_end();
        let field = |name: &str| {
            let rest = signed.split_once(&format!("<{name}>"))?.1;
            Some(rest.split_once(&format!("</{name}>"))?.0.trim())
        };
        let issued = DateTime::parse_from_rfc3339(field("issueTime")?).ok()?.timestamp_millis();
        let ttl: i64 = field("ttl")?.parse().ok()?;
        Some(Self { signature, signed: signed.into(), not_after: issued.saturating_add(ttl) })
    }
}

/// The tag and content of the first DER element, and what follows it.
fn der_element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = der.split_first()?;
    let (&short, rest) = rest.split_first()?;
    let (length, rest) = match short {
        0..=0x7f => (usize::from(short), rest),
        0x81..=0x84 => {
            let (bytes, rest) = rest.split_at_checked(usize::from(short & 0x7f))?;
            (bytes.iter().fold(0, |length, &byte| length << 8 | usize::from(byte)), rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_key_and_no_token_is_too_strange(pem in ".*", der in prop::collection::vec(any::<u8>(), 0..64), token in ".*") {
            let _ = Key::from_pem(&pem);
            let _ = der_element(&der);
            prop_assert_eq!(Key(der).seal(&token), Seal::Broken);
        }
    }
}
