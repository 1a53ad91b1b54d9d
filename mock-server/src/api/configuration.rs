//! Call 3: the MVPDs that a service provider is integrated with.

use http::StatusCode;
use serde::Serialize;

use super::device::os_name;
use super::guard::{Admitted, Answer, Call};
use crate::config::{Integration, Mvpd, PlatformFlags};
use crate::http::Response;
use crate::ledger::{Entry, documented, inferred};

const PAGE: &str = "rest-apis/rest-api-v2/apis/configuration-apis/\
    rest-api-v2-configuration-apis-retrieve-configuration-for-specific-service-provider.md";

pub(super) const LEDGER: &[Entry] = &[
    documented(PAGE, "the configuration lists the MVPDs whose integration is active"),
    documented(PAGE, "an MVPD's optional flags are there only when they are set"),
    inferred(
        "the sample's request describes an Apple TV, and its answer says these words all the same",
        "`device`, `clientType` and `os` of the configuration are always unknown, html5 and Unknown",
    ),
    inferred(
        "the flags speak of the streaming device's platform",
        "an MVPD's single sign-on flags may differ by the platform that X-Device-Info or the \
         User-Agent tells",
    ),
];

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Configuration<'a> {
    device: &'static str,
    client_type: &'static str,
    os: &'static str,
    requestor: Requestor<'a>,
}

#[derive(Serialize)]
struct Requestor<'a> {
    id: &'a str,
    name: &'a str,
    domains: Vec<Domain<'a>>,
    mvpds: Vec<Offer<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Domain<'a> {
    name: &'a str,
    mvpd_initiated: bool,
}

/// An MVPD in the order of the sample's fields, then of the page's table.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Offer<'a> {
    id: &'a str,
    display_name: &'a str,
    logo_url: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    passive_authn_enabled: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_per_aggregator: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_per_browser_session: Option<bool>,
    #[serde(skip_serializing_if = "is_false")]
    is_temp_pass: bool,
    #[serde(skip_serializing_if = "is_false")]
    is_proxy: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    boarding_status: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    platform_mapping_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    enable_platform_services: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    display_in_platform_picker: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    enforce_platform_permissions: Option<bool>,
}

impl<'a> Offer<'a> {
    fn new(mvpd: &'a Mvpd, integration: &Integration, flags: PlatformFlags) -> Self {
        Self {
            id: &mvpd.id,
            display_name: &mvpd.display_name,
            logo_url: &mvpd.logo_url,
            passive_authn_enabled: mvpd.passive_authn_enabled,
            auth_per_aggregator: mvpd.is_per_aggregator(Some(integration)),
            auth_per_browser_session: mvpd.auth_per_browser_session,
            is_temp_pass: mvpd.is_temp_pass(),
            is_proxy: mvpd.proxied_by.is_some(),
            boarding_status: flags.boarding_status,
            platform_mapping_id: flags.platform_mapping_id,
            enable_platform_services: flags.enable_platform_services,
            display_in_platform_picker: flags.display_in_platform_picker,
            enforce_platform_permissions: flags.enforce_platform_permissions,
        }
    }
}

/// Call 3.
pub(super) fn retrieve(call: &Call<'_>, _: &Admitted<'_>) -> Answer {
    let info = call.device_info()?;
    let platform = os_name(call.request.header("user-agent"), info.as_ref());
    let provider = call.service_provider()?;
    let active = provider
        .integrations
        .iter()
        .filter(|integration| call.app.domain.is_enabled(&provider.id, integration))
        .filter_map(|integration| Some((call.fixtures.mvpd(&integration.mvpd)?, integration)));
    let domains = provider.domains.iter();
    let configuration = Configuration {
        device: "unknown",
        client_type: "html5",
        os: "Unknown",
        requestor: Requestor {
            id: &provider.id,
            name: &provider.name,
            domains: domains
                .map(|domain| Domain { name: &domain.name, mvpd_initiated: domain.mvpd_initiated })
                .collect(),
            mvpds: active
                .map(|(mvpd, integration)| {
                    let flags = mvpd.flags_for(Some(integration), platform.as_deref());
                    Offer::new(mvpd, integration, flags)
                })
                .collect(),
        },
    };
    Ok(Response::json(StatusCode::OK, &configuration))
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "the signature is serde's")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}
