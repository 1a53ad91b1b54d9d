//! Media tokens: the key that they are signed with, and a verifier.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Control;
use super::clients::seconds;
use crate::clock::Timestamp;
use crate::control::ControlError;
use crate::journal::har::iso;
use crate::tokens::{MediaToken, Verification, read_unverified};

/// The key that checks media tokens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MediaTokenKey {
    /// An RSA `PUBLIC KEY` in PEM; signatures are SHA256withRSA.
    pub public_key: String,
}

/// A media token to check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VerifyMediaToken {
    /// The `serializedToken` of an authorization decision.
    pub serialized_token: String,
    /// The resource it must be for; not checked when left out.
    #[serde(default)]
    pub resource: Option<String>,
}

/// What a media token turns out to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VerifiedMediaToken {
    /// Whether it may be played with.
    pub valid: bool,
    /// The result in the words of Adobe's verifier.
    pub result: String,
    /// What the token says, checked or not; `null` when it cannot be read.
    pub token: Option<MediaTokenClaims>,
}

/// What a media token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MediaTokenClaims {
    /// An anonymous identifier of the viewer's session.
    pub session_guid: String,
    /// The service provider.
    pub requestor_id: String,
    /// The resource.
    pub resource_id: String,
    /// The MVPD.
    pub mvpd_id: String,
    /// The MVPD that another one stands in for.
    pub proxy_mvpd_id: Option<String>,
    /// When it was issued, as ISO 8601.
    pub issue_time: String,
    /// The last instant at which it is valid, as ISO 8601.
    pub not_after: String,
}

/// Which media token is to end, and when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExpireMediaToken {
    /// The `serializedToken` of an authorization decision, as it was delivered.
    pub serialized_token: String,
    /// So many seconds from now on; at once when left out.
    #[serde(default)]
    pub after_seconds: f64,
}

/// A media token that ends before its time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExpiredMediaToken {
    /// From when on POST /media-tokens/verify calls it expired, in milliseconds since the epoch.
    pub expires_at: i64,
    /// The same token, signed anew, that says so itself: for a verifier that does not ask here.
    pub serialized_token: String,
}

impl Control<'_> {
    /// The key that checks media tokens.
    pub fn media_token_key(&self) -> MediaTokenKey {
        let signer = self.app.fixtures.load().keys.media_token_signer();
        MediaTokenKey { public_key: signer.public_key_pem().to_owned() }
    }

    /// Checks a media token as an entitlement server would.
    pub fn verify_media_token(&self, sent: &VerifyMediaToken) -> VerifiedMediaToken {
        let verifier = self.app.fixtures.load().keys.media_token_signer().verifier();
        let (text, resource) = (&sent.serialized_token, sent.resource.as_deref());
        let now = self.app.clock.now();
        let result = match verifier.verify(text, resource, now) {
            // What comes after the expiration in the order of the checks.
            Verification::Valid | Verification::InvalidResource
                if self.app.domain.ended_tokens.has_ended(text, now) =>
            {
                Verification::Expired
            }
            result => result,
        };
        let claims = read_unverified(text).map(|token| MediaTokenClaims {
            issue_time: iso(token.issue_time),
            not_after: iso(token.not_after()),
            session_guid: token.session_guid,
            requestor_id: token.requestor_id,
            resource_id: token.resource_id,
            mvpd_id: token.mvpd_id,
            proxy_mvpd_id: token.proxy_mvpd_id,
        });
        VerifiedMediaToken {
            valid: result == Verification::Valid,
            result: result.name().to_owned(),
            token: claims,
        }
    }
    /// Lets one media token that was delivered already end, now or earlier than it would.
    pub fn expire_media_token(
        &self,
        which: &ExpireMediaToken,
    ) -> Result<ExpiredMediaToken, ControlError> {
        let now = self.app.clock.now();
        let at = now.after(seconds("after_seconds", which.after_seconds)?);
        let refuse = |why: &str| {
            let hint = "give the serializedToken of a permit, as it was delivered";
            ControlError::not_found(format!("serialized_token: {why}"), hint)
        };
        let (text, signer) =
            (&which.serialized_token, self.app.fixtures.load().keys.media_token_signer());
        let result = signer.verifier().verify(text, None, now);
        if result != Verification::Valid {
            return Err(refuse(&format!("is none in force: {}", result.name())));
        }
        let token = read_unverified(text).ok_or_else(|| refuse("cannot be read"))?;
        let over = token.not_after();
        let at = at.min(over);
        // A token is good at the last instant of its time.
        let ttl = Timestamp(at.millis() - 1).since(token.issue_time);
        let issue_time = Timestamp(token.issue_time.millis().min(at.millis() - 1));
        let token = MediaToken { ttl, issue_time, ..token };
        let serialized_token =
            signer.serialize(&token).ok_or_else(|| refuse("cannot be signed"))?;
        self.app.domain.ended_tokens.end(text, at, over, now);
        Ok(ExpiredMediaToken { expires_at: at.millis(), serialized_token })
    }
}
