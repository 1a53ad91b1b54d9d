//! The fixtures that the binary runs with alone.

use std::sync::OnceLock;

use super::{Fixtures, load};

/// The embedded fixtures as text.
pub(super) const DEFAULT_YAML: &str = include_str!("../../../fixtures/default.yaml");

impl Default for Fixtures {
    /// The embedded fixtures.
    fn default() -> Self {
        static PARSED: OnceLock<Fixtures> = OnceLock::new();
        PARSED.get_or_init(embedded).clone()
    }
}

fn embedded() -> Fixtures {
    // The text is part of the binary and a test reads it: a mistake in it never gets this far.
    load::parse("the embedded fixtures", DEFAULT_YAML).unwrap_or_else(|error| panic!("{error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_user_is_a_customer_of_every_regular_mvpd() {
        let fixtures = Fixtures::default();
        let user = fixtures.first_user().unwrap();
        let package = fixtures.package(&user.package).unwrap();
        assert!(package.permits.iter().any(|resource| resource == "REF30"));
        assert!(!package.permits.iter().any(|resource| resource == "premium" || resource == "*"));
        for mvpd in fixtures.mvpds.iter().filter(|mvpd| !mvpd.is_temp_pass()) {
            assert!(user.is_customer_of(&mvpd.id), "{}", mvpd.id);
        }
    }

    #[test]
    fn the_reference_service_provider_has_every_kind_of_mvpd() {
        let fixtures = Fixtures::default();
        let provider = fixtures.service_provider("REF30").unwrap();
        let mvpd = |id: &str| {
            assert!(provider.integration(id).is_some(), "no integration with {id}");
            fixtures.mvpd(id).unwrap()
        };
        assert!(mvpd("Cablevision").logout_endpoint);
        assert!(mvpd("Spectrum").logout_endpoint);
        assert!(!mvpd("Dish").logout_endpoint);
        for regular in ["AdobeShibboleth", "AdobePass_SMI", "Comcast_SSO"] {
            assert!(!mvpd(regular).is_temp_pass());
        }
        assert!(mvpd("TempPass_TEST40").temp_pass.as_ref().is_some_and(|t| !t.promotional));
        assert!(mvpd("flexibleTempPass").temp_pass.as_ref().is_some_and(|t| t.promotional));
        assert!(provider.integrations.iter().any(|integration| !integration.enabled));
        assert!(fixtures.mvpds.iter().any(|mvpd| mvpd.proxied_by.is_some()));
        assert!(fixtures.service_provider("apasstest1").is_some());
    }
}
