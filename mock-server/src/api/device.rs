//! What the headers tell about the streaming device, and how a session shows it.

use serde::Serialize;
use serde_json::{Map, Value};

use super::user_agent::{self, UserAgent};
use crate::domain::Device;
use crate::http::Request;
use crate::ledger::{Entry, decided, documented};

pub(super) const LEDGER: &[Entry] = &[
    documented(
        "rest-apis/rest-api-v2/apis/sessions-apis/\
         rest-api-v2-sessions-apis-create-authentication-session.md",
        "what X-Device-Info says about a device is merged with what the User-Agent tells, and goes \
         before it",
    ),
    decided(
        "the documents do not say what an unknown platform is",
        "a device whose X-Device-Info names neither operating system nor model, and whose \
         User-Agent is none that is known here, counts as an unknown platform and gets the shorter \
         profile lifetime",
    ),
];

/// What a session remembers of the device that sent a request.
pub(super) fn remember(request: &Request, info: Option<Map<String, Value>>) -> Device {
    let user_agent = request.header("user-agent");
    let address = (request.device_address(), request.peer.port()).into();
    Device {
        known_platform: is_known(user_agent, info.as_ref()),
        info: info.map(|info| Value::Object(info).to_string().into()),
        user_agent: user_agent.map(Into::into),
        address,
    }
}

/// The name of the device's operating system, if anything tells it.
pub(super) fn os_name(
    user_agent: Option<&str>,
    info: Option<&Map<String, Value>>,
) -> Option<String> {
    let told = info.and_then(|info| text(info, "osName"));
    told.or_else(|| user_agent::read(user_agent?).os.map(|os| os.name.to_owned()))
}

fn is_known(user_agent: Option<&str>, info: Option<&Map<String, Value>>) -> bool {
    info.is_some_and(|info| text(info, "model").is_some()) || os_name(user_agent, info).is_some()
}

/// A device as call 6 shows it, in the order of the sample's fields.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Description {
    #[serde(rename = "type")]
    kind: String,
    model: Option<String>,
    version: Version,
    hardware: Hardware,
    operating_system: OperatingSystem,
    browser: Browser,
    display: Display,
    application_id: Option<String>,
    connection: Connection,
}

#[derive(Debug, Default, PartialEq, Eq, Serialize)]
struct Version {
    major: u64,
    minor: u64,
    patch: u64,
    profile: String,
}

#[derive(Debug, Serialize)]
struct Hardware {
    name: Option<String>,
    vendor: Option<String>,
    version: Version,
    manufacturer: Option<String>,
}

#[derive(Debug, Serialize)]
struct OperatingSystem {
    name: Option<String>,
    family: Option<String>,
    vendor: Option<String>,
    version: Version,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Browser {
    name: Option<String>,
    vendor: Option<String>,
    version: Version,
    user_agent: Option<String>,
    original_user_agent: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Display {
    width: u64,
    height: u64,
    ppi: u64,
    name: &'static str,
    vendor: Option<String>,
    version: Option<String>,
    diagonal_size: Option<f64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Connection {
    ip_address: String,
    port: String,
    secure: bool,
    #[serde(rename = "type")]
    kind: Option<String>,
}

/// A device as call 6 shows it.
pub(super) fn describe(device: &Device) -> Description {
    let info: Map<String, Value> =
        device.info.as_deref().and_then(|info| serde_json::from_str(info).ok()).unwrap_or_default();
    let agent = device.user_agent.as_deref().map(user_agent::read).unwrap_or_default();
    let UserAgent { kind, os, browser } = agent;
    let told = |key: &str| text(&info, key);
    let or = |key: &str, guess: Option<&str>| told(key).or_else(|| guess.map(str::to_owned));
    let sent_agent = or("userAgent", device.user_agent.as_deref());
    let os_version = or("osVersion", os.as_ref().map(|os| os.version.as_str()));
    let browser_version = or("browserVersion", browser.as_ref().map(|b| b.version.as_str()));
    let vendor = or("vendor", os.as_ref().and_then(|os| os.maker));
    Description {
        kind: or("primaryHardwareType", kind).unwrap_or_else(|| "Unknown".to_owned()),
        model: told("model"),
        version: version(told("version")),
        hardware: Hardware {
            name: told("model"),
            manufacturer: told("manufacturer").or_else(|| vendor.clone()),
            vendor,
            version: Version::default(),
        },
        operating_system: OperatingSystem {
            name: or("osName", os.as_ref().map(|os| os.name)),
            family: or("osFamily", os.as_ref().map(|os| os.family)),
            vendor: or("osVendor", os.as_ref().and_then(|os| os.vendor)),
            version: version(os_version),
        },
        browser: Browser {
            name: or("browserName", browser.as_ref().map(|browser| browser.name)),
            vendor: or("browserVendor", browser.as_ref().map(|browser| browser.vendor)),
            version: version(browser_version),
            original_user_agent: device.user_agent.as_deref().map(str::to_owned),
            user_agent: sent_agent,
        },
        display: Display {
            width: number(&info, "displayWidth"),
            height: number(&info, "displayHeight"),
            ppi: number(&info, "displayPpi"),
            name: "DISPLAY",
            vendor: None,
            version: None,
            diagonal_size: told("diagonalScreenSize").and_then(|size| size.parse().ok()),
        },
        application_id: told("applicationId"),
        connection: Connection {
            ip_address: told("connectionIp").unwrap_or_else(|| device.address.ip().to_string()),
            port: told("connectionPort").unwrap_or_else(|| device.address.port().to_string()),
            secure: told("connectionSecure").is_some_and(|secure| secure == "true"),
            kind: told("connectionType"),
        },
    }
}

/// A value as text, whether it was sent as text, number or truth value. Blank is nothing.
fn text(info: &Map<String, Value>, key: &str) -> Option<String> {
    let text = match info.get(key)? {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Bool(truth) => truth.to_string(),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

/// A measure; a fraction of a pixel does not count.
fn number(info: &Map<String, Value>, key: &str) -> u64 {
    let Some(text) = text(info, key) else { return 0 };
    text.split('.').next().and_then(|whole| whole.parse().ok()).unwrap_or(0)
}

fn version(text: Option<String>) -> Version {
    let text = text.unwrap_or_default();
    let mut parts = text.split(['.', '_', ',']).map_while(|part| part.parse().ok());
    let mut next = || parts.next().unwrap_or(0);
    Version { major: next(), minor: next(), patch: next(), profile: String::new() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const CHROME: &str = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 \
        (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";

    fn device(info: Option<Value>, user_agent: Option<&str>) -> Device {
        Device {
            info: info.map(|info| info.to_string().into()),
            user_agent: user_agent.map(Into::into),
            address: ([192, 0, 2, 1], 55161).into(),
            known_platform: true,
        }
    }

    #[test]
    fn a_browser_is_described_as_in_the_sample() {
        let shown = serde_json::to_value(describe(&device(None, Some(CHROME)))).unwrap();
        let nothing = json!({"major": 0, "minor": 0, "patch": 0, "profile": ""});
        let sample = json!({
            "type": "Desktop",
            "model": null,
            "version": nothing,
            "hardware": {
                "name": null, "vendor": "Apple", "version": nothing, "manufacturer": "Apple"
            },
            "operatingSystem": {
                "name": "macOS", "family": "macOS", "vendor": "Apple",
                "version": {"major": 10, "minor": 15, "patch": 7, "profile": ""}
            },
            "browser": {
                "name": "Chrome", "vendor": "Google",
                "version": {"major": 140, "minor": 0, "patch": 0, "profile": ""},
                "userAgent": CHROME, "originalUserAgent": CHROME
            },
            "display": {
                "width": 0, "height": 0, "ppi": 0, "name": "DISPLAY", "vendor": null,
                "version": null, "diagonalSize": null
            },
            "applicationId": null,
            "connection": {
                "ipAddress": "192.0.2.1", "port": "55161", "secure": false, "type": null
            }
        });
        assert_eq!(shown, sample);
    }

    #[test]
    fn what_the_device_says_goes_before_what_its_user_agent_tells() {
        let info = json!({
            "primaryHardwareType": "TV", "model": "AppleTV", "version": "8,1", "osName": "tvOS",
            "osVersion": "10.2", "displayWidth": 1920, "displayHeight": "1080.5",
            "connectionSecure": true, "connectionPort": 53124
        });
        let shown = serde_json::to_value(describe(&device(Some(info), Some(CHROME)))).unwrap();
        assert_eq!(shown["type"], "TV");
        assert_eq!(shown["model"], "AppleTV");
        assert_eq!(shown["version"]["minor"], 1);
        assert_eq!(shown["operatingSystem"]["name"], "tvOS");
        assert_eq!(shown["operatingSystem"]["version"]["minor"], 2);
        assert_eq!(
            (&shown["display"]["width"], &shown["display"]["height"]),
            (&json!(1920), &json!(1080))
        );
        assert_eq!(shown["connection"]["port"], "53124");
        assert_eq!(shown["connection"]["secure"], true);
    }

    #[test]
    fn a_platform_is_known_by_either_header() {
        let info = |value: Value| value.as_object().cloned();
        let known = |agent, value: Value| is_known(agent, info(value).as_ref());
        assert!(known(None, json!({"osName": "tvOS"})));
        assert!(known(None, json!({"model": "AFTM"})));
        assert!(known(Some(CHROME), json!({})));
        assert!(!known(Some("curl/8.5.0"), json!({"osName": "  ", "vendor": "Apple"})));
        assert!(!known(None, json!({})));
    }
}
