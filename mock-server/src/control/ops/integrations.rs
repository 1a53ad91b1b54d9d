//! Switching integrations on and off.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Control;
use crate::control::ControlError;

/// All integrations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IntegrationList {
    /// By service provider, in the order of the fixtures.
    pub integrations: Vec<IntegrationState>,
}

/// An agreement between a service provider and an MVPD.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IntegrationState {
    /// The service provider.
    pub service_provider: String,
    /// The MVPD.
    pub mvpd: String,
    /// Whether it is active.
    pub enabled: bool,
}

/// Whether an integration is to be active.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetIntegration {
    /// A disabled one is in no configuration, and every call about it is refused.
    pub enabled: bool,
}

impl Control<'_> {
    /// All integrations.
    pub fn integrations(&self) -> IntegrationList {
        let fixtures = self.app.fixtures.load();
        let mut integrations = Vec::new();
        for provider in &fixtures.service_providers {
            integrations.extend(provider.integrations.iter().map(|integration| IntegrationState {
                service_provider: provider.id.to_string(),
                mvpd: integration.mvpd.to_string(),
                enabled: self.app.domain.is_enabled(&provider.id, integration),
            }));
        }
        IntegrationList { integrations }
    }

    /// Switches one integration on or off until the next reset.
    pub fn set_integration(
        &self,
        service_provider: &str,
        mvpd: &str,
        to: &SetIntegration,
    ) -> Result<IntegrationState, ControlError> {
        let fixtures = self.app.fixtures.load();
        let provider = fixtures.service_provider(service_provider);
        if provider.and_then(|provider| provider.integration(mvpd)).is_none() {
            let error = format!("{service_provider}/{mvpd}: there is no such integration");
            return Err(ControlError::not_found(error, "GET /integrations lists them"));
        }
        self.app.domain.switch_integration(service_provider, mvpd, to.enabled);
        Ok(IntegrationState {
            service_provider: service_provider.to_owned(),
            mvpd: mvpd.to_owned(),
            enabled: to.enabled,
        })
    }
}
