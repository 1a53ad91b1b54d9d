//! The enhanced error codes of REST API v2, as data.
//!
//! The table is the one of `features-standard/error-reporting/enhanced-error-codes.md`; where a
//! sample shows another action or message, the table wins.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::config::nearest;

/// What might remedy an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Nothing predefined.
    None,
    /// A change of configuration, usually by the programmer's staff.
    Configuration,
    /// Registering the application again.
    ApplicationRegistration,
    /// Signing the viewer in (again).
    Authentication,
    /// Obtaining an authorization for the resource.
    Authorization,
    /// The same request once more.
    Retry,
}

impl Action {
    /// The word on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Configuration => "configuration",
            Self::ApplicationRegistration => "application-registration",
            Self::Authentication => "authentication",
            Self::Authorization => "authorization",
            Self::Retry => "retry",
        }
    }
}

macro_rules! error_codes {
    ($($variant:ident, $action:ident, $status:literal, $code:literal, $message:literal;)+) => {
        /// A documented error code of REST API v2.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[allow(missing_docs, reason = "the names are the codes; the messages say what they mean")]
        pub enum ErrorCode { $($variant,)+ }

        impl ErrorCode {
            /// Every code, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The code on the wire.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            /// The documented action.
            pub const fn action(self) -> Action {
                match self { $(Self::$variant => Action::$action,)+ }
            }

            /// The documented status.
            pub const fn status(self) -> u16 {
                match self { $(Self::$variant => $status,)+ }
            }

            /// The documented message.
            pub const fn message(self) -> &'static str {
                match self { $(Self::$variant => $message,)+ }
            }
        }
    };
}

error_codes! {
    InvalidParameterServiceProvider, None, 400, "invalid_parameter_service_provider",
        "The service provider parameter value is missing or invalid.";
    InvalidParameterMvpd, None, 400, "invalid_parameter_mvpd",
        "The mvpd parameter value is missing or invalid.";
    InvalidParameterCode, None, 400, "invalid_parameter_code",
        "The code parameter value is missing or invalid.";
    InvalidParameterResources, None, 400, "invalid_parameter_resources",
        "The resources parameter value is missing or invalid.";
    InvalidParameterRedirectUrl, None, 400, "invalid_parameter_redirect_url",
        "The redirect URL parameter value is missing or invalid.";
    InvalidParameterPartner, None, 400, "invalid_parameter_partner",
        "The partner parameter value is missing or invalid.";
    InvalidParameterSamlResponse, None, 400, "invalid_parameter_saml_response",
        "The SAML response parameter value is missing or invalid.";
    InvalidHeaderDeviceInfo, None, 400, "invalid_header_device_info",
        "The device information header value is missing or invalid.";
    InvalidHeaderDeviceIdentifier, None, 400, "invalid_header_device_identifier",
        "The device identifier header value is missing or invalid.";
    InvalidHeaderIdentityForTemporaryAccess, None, 400, "invalid_header_identity_for_temporary_access",
        "The identity for temporary access header value is missing or invalid.";
    InvalidHeaderPfsPermissionAccessNotPresent, None, 400, "invalid_header_pfs_permission_access_not_present",
        "The permission access status value from the partner framework status header is not present.";
    InvalidHeaderPfsPermissionAccessNotDetermined, None, 400, "invalid_header_pfs_permission_access_not_determined",
        "The permission access status value from the partner framework status header is undetermined.";
    InvalidHeaderPfsPermissionAccessNotGranted, None, 400, "invalid_header_pfs_permission_access_not_granted",
        "The permission access status value from the partner framework status header is not granted.";
    InvalidHeaderPfsProviderIdNotDetermined, None, 400, "invalid_header_pfs_provider_id_not_determined",
        "The provider id value from the partner framework status header is not associated with a known mvpd.";
    InvalidHeaderPfsProviderIdMismatch, None, 400, "invalid_header_pfs_provider_id_mismatch",
        "The provider id value from the partner framework status header does not match the mvpd sent as parameter.";
    InvalidHeaderPfsProviderInfoExpired, None, 400, "invalid_header_pfs_provider_info_expired",
        "The provider information from the partner framework status header has expired.";
    InvalidIntegration, None, 400, "invalid_integration",
        "The integration between the specified service provider and mvpd does not exist or is disabled.";
    InvalidAuthenticationSession, None, 400, "invalid_authentication_session",
        "The authentication session associated with this request is missing or invalid.";
    PreauthorizationDeniedByMvpd, None, 403, "preauthorization_denied_by_mvpd",
        "The MVPD has returned a “Deny” decision when requesting pre-authorization for the specified resource.";
    AuthorizationDeniedByMvpd, None, 403, "authorization_denied_by_mvpd",
        "The MVPD has returned a \"Deny\" decision when requesting authorization for the specified resource.";
    AuthorizationDeniedByParentalControls, None, 403, "authorization_denied_by_parental_controls",
        "The MVPD has returned a \"Deny\" decision due parental controls settings for the specified resource.";
    AuthorizationDeniedByDegradationRule, None, 403, "authorization_denied_by_degradation_rule",
        "The integration between the specified service provider and mvpd has a degradation rule applied that denies authorization for the requested resources.";
    InternalServerError, None, 500, "internal_server_error",
        "The request failed due to an internal server error.";
    TooManyResources, Configuration, 403, "too_many_resources",
        "The authorization or preauthorization request failed because too many resources were queried. Please contact support team to properly configure the authorization and preauthorization limitations.";
    InvalidConfigurationUserMetadataCertificate, Configuration, 500, "invalid_configuration_user_metadata_certificate",
        "The user metadata certificate configuration is missing or invalid.";
    InvalidConfigurationTemporaryAccess, Configuration, 500, "invalid_configuration_temporary_access",
        "The temporary access configuration is invalid.";
    InvalidConfigurationPlatform, Configuration, 500, "invalid_configuration_platform",
        "The platform configuration is missing or invalid for integration.";
    InvalidConfigurationPlatformId, Configuration, 500, "invalid_configuration_platform_id",
        "The platform id configuration is missing or invalid.";
    InvalidConfigurationPlatformTrait, Configuration, 500, "invalid_configuration_platform_trait",
        "The platform trait configuration is missing or invalid.";
    InvalidConfigurationPlatformCategoryTrait, Configuration, 500, "invalid_configuration_platform_category_trait",
        "The platform category trait configuration is missing or invalid.";
    InvalidConfigurationPlatformServices, Configuration, 500, "invalid_configuration_platform_services",
        "The platform services configuration is missing or invalid for integration.";
    InvalidConfigurationMvpdPlatform, Configuration, 500, "invalid_configuration_mvpd_platform",
        "The mvpd platform configuration is missing or invalid for mvpd and platform.";
    InvalidConfigurationMvpdPlatformBoardingStatus, Configuration, 500, "invalid_configuration_mvpd_platform_boarding_status",
        "The mvpd platform boarding status configuration is missing or invalid for mvpd and platform.";
    InvalidConfigurationMvpdPlatformProfileExchange, Configuration, 500, "invalid_configuration_mvpd_platform_profile_exchange",
        "The mvpd platform profile exchange configuration is missing or invalid for mvpd and platform.";
    InvalidAccessTokenServiceProvider, ApplicationRegistration, 401, "invalid_access_token_service_provider",
        "The access token is invalid due to invalid service provider.";
    InvalidAccessTokenClientApplication, ApplicationRegistration, 401, "invalid_access_token_client_application",
        "The access token is invalid due to invalid client application.";
    AuthenticatedProfileMissing, Authentication, 403, "authenticated_profile_missing",
        "The authenticated profile associated with this request is missing.";
    AuthenticatedProfileExpired, Authentication, 403, "authenticated_profile_expired",
        "The authenticated profile associated with this request has expired.";
    AuthenticatedProfileInvalidated, Authentication, 403, "authenticated_profile_invalidated",
        "The authenticated profile associated with this request has been invalidated.";
    TemporaryAccessDurationLimitExceeded, Authentication, 403, "temporary_access_duration_limit_exceeded",
        "The temporary access duration limit has been exceeded.";
    TemporaryAccessResourcesLimitExceeded, Authentication, 403, "temporary_access_resources_limit_exceeded",
        "The temporary access resources limit has been exceeded.";
    AuthorizationDeniedByHbaPolicies, Authentication, 403, "authorization_denied_by_hba_policies",
        "The MVPD has returned a \"Deny\" decision due home-based authentication policies. The current authentication was obtain through a Home-based authentication flow and but the device is no longer in-home when requesting authorization for the specified resource. The user must re-authenticate with a supported MVPD in order to continue.";
    AuthorizationDeniedBySessionInvalidated, Authentication, 403, "authorization_denied_by_session_invalidated",
        "The authentication session was invalidated by the identity provider. The user must re-authenticate with a supported MVPD in order to continue.";
    IdentityNotRecognizedByMvpd, Authentication, 403, "identity_not_recognized_by_mvpd",
        "The authorization request failed due to the fact that user identity was not recognized by the MVPD.";
    NetworkReceivedError, Retry, 403, "network_received_error",
        "There was a read error while retrieving the response from the associated partner service. Retrying the request might solve the issue.";
    NetworkConnectionTimeout, Retry, 403, "network_connection_timeout",
        "There was a connection timeout with the associated partner service. Retrying the request might solve the issue.";
    MaximumExecutionTimeExceeded, Retry, 403, "maximum_execution_time_exceeded",
        "The request did not complete in the maximum allowed time. Retrying the request might solve the issue.";
}

impl ErrorCode {
    /// The code with this name on the wire.
    pub fn find(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|known| known.code() == code)
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl JsonSchema for ErrorCode {
    fn schema_name() -> Cow<'static, str> {
        "ErrorCode".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let codes: Vec<_> = Self::ALL.iter().map(|code| code.code()).collect();
        json_schema!({
            "type": "string",
            "description": "An enhanced error code; action, status and message come with it.",
            "enum": codes,
        })
    }
}

impl Serialize for ErrorCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for ErrorCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = String::deserialize(deserializer)?;
        Self::find(&code).ok_or_else(|| {
            let known = Self::ALL.iter().map(|known| known.code());
            let hint = nearest(&code, known)
                .map_or_else(String::new, |meant| format!("; did you mean `{meant}`?"));
            de::Error::custom(format!("`{code}` is no documented error code{hint}"))
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_table_is_complete() {
        let names: BTreeSet<_> = ErrorCode::ALL.iter().map(|code| code.code()).collect();
        assert_eq!(names.len(), ErrorCode::ALL.len(), "no code twice");
        assert_eq!(names.len(), 47);
        let by_action = |action| ErrorCode::ALL.iter().filter(|c| c.action() == action).count();
        assert_eq!(by_action(Action::None), 23);
        assert_eq!(by_action(Action::Configuration), 11);
        assert_eq!(by_action(Action::ApplicationRegistration), 2);
        assert_eq!(by_action(Action::Authentication), 8);
        assert_eq!(by_action(Action::Retry), 3);
    }

    #[test]
    fn codes_are_found_by_their_name_on_the_wire() {
        for code in ErrorCode::ALL {
            assert_eq!(ErrorCode::find(code.code()), Some(*code));
        }
        assert_eq!(ErrorCode::find("made_up"), None);
    }
}
