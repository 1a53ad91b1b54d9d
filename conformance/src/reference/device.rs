//! The headers that tell the service which device is calling.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

/// What the app runs on.
#[derive(Debug)]
pub(super) struct Platform {
    /// `User-Agent` of every call.
    pub(super) user_agent: &'static str,
    /// One of the values that the header's page allows for `osName`.
    pub(super) os_name: &'static str,
    os_family: &'static str,
    os_vendor: &'static str,
    os_version: &'static str,
    model: &'static str,
    manufacturer: &'static str,
}

/// Where it runs unless something else is said.
pub(super) static ANDROID_TV: Platform = Platform {
    user_agent: concat!(
        "PassReference/",
        env!("CARGO_PKG_VERSION"),
        " (Linux; Android 14; Reference TV)"
    ),
    os_name: "Android",
    os_family: "Android",
    os_vendor: "Google",
    os_version: "14",
    model: "Reference TV",
    manufacturer: "Pass Mock",
};

/// Where a viewer has a TV provider in the settings.
pub(super) static APPLE_TV: Platform = Platform {
    user_agent: concat!("PassReference/", env!("CARGO_PKG_VERSION"), " (Apple TV; tvOS 17.4)"),
    os_name: "tvOS",
    os_family: "tvOS",
    os_vendor: "Apple",
    os_version: "17.4",
    model: "AppleTV",
    manufacturer: "Apple",
};

/// The port that a device calls the app's own server from: a server would see it in the connection.
const PORT: &str = "53124";

/// The value of `AP-Device-Identifier`: the type of identifier, then the identifier in Base64.
pub(super) fn identifier(device_id: &str) -> String {
    format!("fingerprint {}", STANDARD.encode(device_id))
}

/// The value of `X-Device-Info`: Base64 of a JSON object. A client that runs in no browser has no
/// browser to describe; all else that the header's page lists is here. A device that speaks for
/// itself has its address in the connection, only a server that speaks for it has to tell.
pub(super) fn info(
    service_provider: &str,
    platform: &Platform,
    os_name: &str,
    address: Option<&str>,
) -> String {
    let mut info = json!({
        "primaryHardwareType": "TV",
        "model": platform.model,
        "version": "1.0",
        "manufacturer": platform.manufacturer,
        "vendor": platform.manufacturer,
        "osName": os_name,
        "osFamily": platform.os_family,
        "osVendor": platform.os_vendor,
        "osVersion": platform.os_version,
        "userAgent": platform.user_agent,
        "displayWidth": "3840",
        "displayHeight": "2160",
        "displayPpi": "82",
        "diagonalScreenSize": "55",
        "connectionType": "LAN",
        "connectionSecure": "true",
        "applicationId": service_provider,
    });
    if let Some(address) = address {
        info["connectionIp"] = address.into();
        info["connectionPort"] = PORT.into();
    }
    STANDARD.encode(info.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_identifier_has_the_documented_form() {
        // The example of the header's page.
        assert_eq!(
            identifier("ba23d141-d715-561c-94f4-e9e4c966b1eb"),
            "fingerprint YmEyM2QxNDEtZDcxNS01NjFjLTk0ZjQtZTllNGM5NjZiMWVi"
        );
    }

    #[test]
    fn the_info_has_every_required_key() {
        for platform in [&ANDROID_TV, &APPLE_TV] {
            let info = STANDARD.decode(info("REF30", platform, platform.os_name, None)).unwrap();
            let info: serde_json::Value = serde_json::from_slice(&info).unwrap();
            for key in ["model", "version", "osName", "osVersion", "connectionType"] {
                assert!(info[key].is_string(), "{key}");
            }
        }
    }
}
