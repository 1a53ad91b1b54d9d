//! HDR-4

use foldhash::HashSet;
use serde_json::{Map, Value};

use super::encoded;
use crate::rules::{Check, Clause, Findings, Phase, Rule, Violation};
use crate::trace::{Exchange, View};

pub(crate) static RULE: Rule = Rule {
    id: "HDR-4",
    name: "device-info-content",
    phase: Phase::Headers,
    oct_2024: Some(Clause::should(
        "rest-api-v2/appendix/headers/rest-api-v2-appendix-headers-x-device-info.md",
        "Directives",
    )),
    apr_2025: Some(Clause::should(
        "rest-apis/rest-api-v2/appendix/headers/rest-api-v2-appendix-headers-x-device-info.md",
        "Directives",
    )),
    requires: "X-Device-Info has every required key, and keys with restricted values have one of them.",
    boundary: "Each device information that a client sends has the required keys, and its \
              restricted keys hold a value of their set. Every value of the header is judged \
              once; what cannot be decoded is HDR-3's.",
    why: "MVPDs have rules by platform: a device that is described wrongly gets those of another \
          platform, or of none.",
    remedy: "Send model, version, osName, osVersion and connectionType, and map platform names to the \
             values of the header's page.",
    needs_events: false,
    capability: None,
    check: Check::Alike(check),
};

/// Keys that the page marks as required.
const REQUIRED: [&str; 5] = ["model", "version", "osName", "osVersion", "connectionType"];

/// Keys whose values the page restricts. To `osName` come two values that the page's own cookbooks
/// yield, on Roku devices and on iPads.
const RESTRICTED: [(&str, &[&str]); 7] = [
    (
        "primaryHardwareType",
        &[
            "Camera",
            "DataCollectionTerminal",
            "Desktop",
            "EmbeddedNetworkModule",
            "eReader",
            "GamesConsole",
            "GeolocationTracker",
            "Glasses",
            "MediaPlayer",
            "MobilePhone",
            "PaymentTerminal",
            "PluginModem",
            "SetTopBox",
            "TV",
            "Tablet",
            "WirelessHotspot",
            "Wristwatch",
            "Unknown",
        ],
    ),
    (
        "osName",
        &[
            "Android",
            "Chrome OS",
            "Linux",
            "Mac OS",
            "OS X",
            "OpenBSD",
            "Roku OS",
            "Windows",
            "iOS",
            "tvOS",
            "webOS",
            "Roku",
            "iPadOS",
        ],
    ),
    (
        "osFamily",
        &[
            "Android",
            "BSD",
            "Linux",
            "PlayStation OS",
            "Roku OS",
            "Symbian",
            "Tizen",
            "Windows",
            "iOS",
            "tvOS",
            "macOS",
            "webOS",
        ],
    ),
    (
        "osVendor",
        &[
            "Amazon",
            "Apple",
            "Google",
            "LG",
            "Microsoft",
            "Mozilla",
            "Nintendo",
            "Nokia",
            "Roku",
            "Samsung",
            "Sony",
            "Tizen Project",
        ],
    ),
    (
        "browserName",
        &[
            "Android Browser",
            "Chrome",
            "Edge",
            "Firefox",
            "Internet Explorer",
            "Opera",
            "Safari",
            "SeaMonkey",
            "Symbian Browser",
        ],
    ),
    (
        "browserVendor",
        &[
            "Amazon",
            "Apple",
            "Google",
            "Microsoft",
            "Motorola",
            "Mozilla",
            "Netscape",
            "Nintendo",
            "Nokia",
            "Samsung",
            "Sony Ericsson",
        ],
    ),
    ("connectionSecure", &["true", "false"]),
];

/// How many pieces of information with the same fault a violation shows.
const SHOWN: usize = 3;

fn check(view: &View<'_>, findings: &mut Findings) {
    let (mut seen, mut last) = (HashSet::default(), None);
    for exchange in view.exchanges() {
        let Some(value) = exchange.header("x-device-info") else { continue };
        if last.replace(value) == Some(value) {
            continue;
        }
        if let Some(info) = seen.insert(value).then(|| encoded::json_object(value)).flatten() {
            findings.exercise();
            check_info(&info, exchange, findings);
        }
    }
}

fn check_info(info: &Map<String, Value>, exchange: &Exchange, findings: &mut Findings) {
    let has = |key: &&str| info.get(*key).is_some_and(|value| !value.is_null());
    let missing: Vec<_> = REQUIRED.into_iter().filter(|key| !has(key)).collect();
    if !missing.is_empty() {
        let what = format!("the device information lacks {}", missing.join(", "));
        findings.repeat(Violation::new(what).exchange(exchange, describe(info)), 0, SHOWN);
    }
    for (key, allowed) in RESTRICTED {
        let Some(value) = info.get(key).filter(|value| !value.is_null()) else { continue };
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        if !allowed.iter().any(|allowed| allowed.eq_ignore_ascii_case(&text)) {
            let what =
                format!("the device information has {key} {text:?}, which is not in its set");
            let shows = format!("one of: {}", allowed.join(", "));
            findings.repeat(Violation::new(what).exchange(exchange, shows), 0, SHOWN);
        }
    }
}

fn describe(info: &Map<String, Value>) -> String {
    let keys: Vec<_> = info.keys().map(String::as_str).collect();
    format!("has {}", if keys.is_empty() { "nothing".into() } else { keys.join(", ") })
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde_json::json;

    use super::*;
    use crate::rules::testing;
    use crate::trace::builder::TraceBuilder;
    use crate::trace::{Call, Trace};
    use crate::verdict::Edition;
    use crate::verdict::Verdict::{self, NotExercised, Pass, Warn};

    fn verdict(trace: &Trace) -> Verdict {
        let [oct, apr] = testing::verdicts(&RULE, trace);
        assert_eq!(oct, apr);
        oct
    }

    fn sent(info: &Value) -> Trace {
        let value = STANDARD.encode(info.to_string());
        TraceBuilder::new().ask(Call::Profiles, |ask| ask.header("X-Device-Info", &value)).build()
    }

    fn complete() -> Value {
        json!({
            "model": "TV", "version": "1", "osName": "Android", "osVersion": "14",
            "connectionType": "WiFi",
        })
    }

    #[test]
    fn a_complete_description_passes() {
        assert_eq!(verdict(&sent(&complete())), Pass);
        assert_eq!(verdict(&TraceBuilder::new().no_profiles().build()), Pass);
    }

    #[test]
    fn each_required_key_is_missed() {
        for key in REQUIRED {
            let mut info = complete();
            info[key] = Value::Null;
            let trace = sent(&info);
            assert_eq!(verdict(&trace), Warn, "{key}");
            let sentences = testing::sentences(&RULE, &trace, Edition::Oct2024);
            assert_eq!(sentences, [format!("the device information lacks {key}")]);
        }
    }

    #[test]
    fn restricted_keys_have_their_sets() {
        for (key, allowed) in RESTRICTED {
            let mut info = complete();
            for value in allowed {
                info[key] = json!(value);
                assert_eq!(verdict(&sent(&info)), Pass, "{key} {value}");
                info[key] = json!(value.to_uppercase());
                assert_eq!(verdict(&sent(&info)), Pass, "{key} {value}");
            }
            info[key] = json!("Commodore");
            assert_eq!(verdict(&sent(&info)), Warn, "{key}");
        }
        let mut info = complete();
        info["connectionSecure"] = json!(true);
        assert_eq!(verdict(&sent(&info)), Pass);
        info["connectionSecure"] = json!(1);
        assert_eq!(verdict(&sent(&info)), Warn);
    }

    #[test]
    fn unrestricted_and_unknown_keys_are_free() {
        let mut info = complete();
        info["manufacturer"] = json!("Commodore");
        info["displayWidth"] = json!(320);
        info["anything"] = json!(["else"]);
        assert_eq!(verdict(&sent(&info)), Pass);
    }

    #[test]
    fn what_cannot_be_read_is_not_judged_here() {
        let trace = TraceBuilder::new().ask(Call::Profiles, |ask| ask.header("X-Device-Info", "?"));
        assert_eq!(verdict(&trace.build()), NotExercised);
        let trace = TraceBuilder::new().ask(Call::Profiles, |ask| ask.without("x-device-info"));
        assert_eq!(verdict(&trace.build()), NotExercised);
    }
}
