//! Media tokens: the key that they are signed with, and a verifier.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Control;
use crate::journal::har::iso;
use crate::tokens::{Verification, read_unverified};

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
        let result = verifier.verify(text, resource, self.app.clock.now());
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
}
