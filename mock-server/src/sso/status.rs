//! What a partner's framework tells an application, as the application passes it on.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::clock::Timestamp;
use crate::domain::ErrorCode;

/// Whether the user lets the application know about the subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Access {
    /// The user does.
    Granted,
    /// The user does not, or the application may not ask.
    NotGranted,
    /// The user has not chosen.
    NotDetermined,
}

/// Until when the user is signed in with the partner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Expiration {
    /// The framework did not say.
    Unknown,
    /// The last instant.
    At(Timestamp),
    /// What it said is no instant.
    Unreadable,
}

/// The content of `AP-Partner-Framework-Status`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartnerStatus {
    /// Whether the user lets the application know; absent when the header does not say.
    pub access: Option<Access>,
    /// The partner's own name for the MVPD.
    pub provider: Option<String>,
    /// Until when the user is signed in.
    pub expiration: Expiration,
}

/// A good header value: access is granted, and the user is signed in with a provider (by the
/// partner's name for it) until an instant.
pub fn partner_framework_status(provider: &str, expires: Timestamp) -> String {
    let status = json!({
        "frameworkPermissionInfo": { "accessStatus": "granted" },
        "frameworkProviderInfo": {
            "id": provider,
            "expirationDate": expires.millis().to_string(),
        },
    });
    STANDARD.encode(status.to_string())
}

impl PartnerStatus {
    /// Nothing is known.
    pub const ABSENT: Self = Self { access: None, provider: None, expiration: Expiration::Unknown };

    /// Reads a header value. What cannot be read counts as absent.
    pub fn read(value: &str) -> Self {
        let json = STANDARD.decode(value.trim()).ok();
        let json = json.and_then(|json| serde_json::from_slice::<Value>(&json).ok());
        json.map_or(Self::ABSENT, |json| Self::from_json(&json))
    }

    fn from_json(json: &Value) -> Self {
        let access = &json["frameworkPermissionInfo"]["accessStatus"];
        let provider = &json["frameworkProviderInfo"];
        Self {
            access: access.as_str().filter(|access| !access.is_empty()).map(
                |access| match access {
                    "granted" => Access::Granted,
                    "denied" | "restricted" => Access::NotGranted,
                    _ => Access::NotDetermined,
                },
            ),
            provider: provider["id"].as_str().filter(|id| !id.is_empty()).map(str::to_owned),
            expiration: expiration(&provider["expirationDate"]),
        }
    }

    /// Checks what does not depend on any MVPD: the permission.
    ///
    /// # Errors
    /// The documented error of the header.
    pub const fn check_access(&self) -> Result<(), ErrorCode> {
        match self.access {
            None => Err(ErrorCode::InvalidHeaderPfsPermissionAccessNotPresent),
            Some(Access::NotDetermined) => {
                Err(ErrorCode::InvalidHeaderPfsPermissionAccessNotDetermined)
            }
            Some(Access::NotGranted) => Err(ErrorCode::InvalidHeaderPfsPermissionAccessNotGranted),
            Some(Access::Granted) => Ok(()),
        }
    }

    /// Checks that the user is still signed in with the partner.
    ///
    /// # Errors
    /// The documented error of the header.
    pub fn check_expiration(&self, now: Timestamp) -> Result<(), ErrorCode> {
        match self.expiration {
            Expiration::Unknown => Ok(()),
            Expiration::At(end) if now <= end => Ok(()),
            _ => Err(ErrorCode::InvalidHeaderPfsProviderInfoExpired),
        }
    }
}

/// Milliseconds since the epoch; documented as a text, and read as a number too.
fn expiration(value: &Value) -> Expiration {
    let millis = match value {
        Value::Null => return Expiration::Unknown,
        Value::String(text) if text.is_empty() => return Expiration::Unknown,
        Value::String(text) => text.trim().parse().ok(),
        other => other.as_i64(),
    };
    millis.map_or(Expiration::Unreadable, |millis| Expiration::At(Timestamp(millis)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Timestamp = Timestamp(1_700_000_000_000);

    fn read(json: &Value) -> PartnerStatus {
        PartnerStatus::read(&STANDARD.encode(json.to_string()))
    }

    #[test]
    fn a_good_one_is_read_as_it_was_made() {
        let status = PartnerStatus::read(&partner_framework_status("Cablevision", NOW));
        assert_eq!(
            (status.access, status.provider.as_deref()),
            (Some(Access::Granted), Some("Cablevision"))
        );
        assert_eq!(status.check_access(), Ok(()));
        assert_eq!(status.check_expiration(NOW), Ok(()), "to the last millisecond");
        let expired = Err(ErrorCode::InvalidHeaderPfsProviderInfoExpired);
        assert_eq!(status.check_expiration(NOW.shifted(1)), expired);
    }

    #[test]
    fn permissions_have_their_errors() {
        let check = |access: Value| {
            let json = json!({ "frameworkPermissionInfo": { "accessStatus": access } });
            read(&json).check_access().err().map(ErrorCode::code)
        };
        let not = |what: &str| Some(format!("invalid_header_pfs_permission_access_not_{what}"));
        let code = |access: &str| check(json!(access)).map(str::to_owned);
        assert_eq!(code("granted"), None);
        assert_eq!(code("denied"), not("granted"));
        assert_eq!(code("restricted"), not("granted"));
        assert_eq!(code("notDetermined"), not("determined"));
        assert_eq!(code("...."), not("determined"));
        assert_eq!(code(""), not("present"));
        assert_eq!(check(Value::Null).map(str::to_owned), not("present"));
    }

    #[test]
    fn an_expiration_is_a_text_a_number_or_missing() {
        let of = |date: Value| {
            read(&json!({ "frameworkProviderInfo": { "expirationDate": date } })).expiration
        };
        assert_eq!(of(json!("2025430636000")), Expiration::At(Timestamp(2_025_430_636_000)));
        assert_eq!(of(json!(2_025_430_636_000_i64)), Expiration::At(Timestamp(2_025_430_636_000)));
        assert_eq!(of(Value::Null), Expiration::Unknown);
        assert_eq!(of(json!("tomorrow")), Expiration::Unreadable);
        assert_eq!(of(json!({})), Expiration::Unreadable);
    }

    proptest! {
        #[test]
        fn no_text_upsets_the_reader(text in ".*") {
            prop_assert_eq!(PartnerStatus::read(&text), PartnerStatus::ABSENT);
        }
    }
}
