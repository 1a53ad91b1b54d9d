//! The schemas of Adobe's OpenAPI files, as data, and whether a value fits one.

use serde_json::Value;

/// An object with these fields.
pub(super) struct Shape {
    pub(super) name: &'static str,
    pub(super) fields: &'static [(&'static str, Kind)],
    pub(super) required: &'static [&'static str],
}

pub(super) enum Kind {
    Text,
    /// One of these texts.
    Among(&'static [&'static str]),
    Whole,
    Truth,
    Anything,
    /// An object of which no more is said.
    SomeObject,
    Object(&'static Shape),
    List(&'static Kind),
    /// By names that are not known beforehand.
    Map(&'static Kind),
}

use Kind::{Among, Anything, List, Map, Object, SomeObject, Text, Truth, Whole};

const fn shape(name: &'static str, fields: &'static [(&'static str, Kind)]) -> Shape {
    Shape { name, fields, required: &[] }
}

const TEXTS: Kind = List(&Text);

pub(super) static CLIENT: Shape = shape(
    "ClientApplication",
    &[
        ("client_id", Text),
        ("client_secret", Text),
        ("client_id_issued_at", Whole),
        ("redirect_uris", TEXTS),
        ("grant_types", TEXTS),
        ("scopes", TEXTS),
    ],
);
pub(super) static TOKEN: Shape = shape(
    "ClientRegistrationAccessTokenResponse",
    &[
        ("id", Text),
        ("access_token", Text),
        ("refresh_token", Text),
        ("token_type", Text),
        ("created_at", Whole),
        ("expires_in", Whole),
    ],
);
pub(super) static CONFIGURATION: Shape = shape(
    "ConfigurationResponse",
    &[
        ("platformCategory", Text),
        ("os", Text),
        ("sdkType", Text),
        ("platform", Text),
        ("requestor", Object(&PROGRAMMER)),
    ],
);
static PROGRAMMER: Shape = shape(
    "ProgrammerType",
    &[
        ("id", Text),
        ("name", Text),
        ("channels", Text),
        ("domains", List(&Object(&DOMAIN))),
        ("mvpds", List(&Object(&MVPD))),
    ],
);
static DOMAIN: Shape = shape("Domain", &[("name", Text), ("mvpdInitiated", Truth)]);
static MVPD: Shape = shape(
    "MvpdType",
    &[
        ("id", Text),
        ("displayName", Text),
        ("logoUrl", Text),
        ("boardingStatus", Text),
        ("platformMappingId", Text),
        ("displayInPlatformPicker", Truth),
        ("enablePlatformServices", Truth),
        ("enforcePlatformPermissions", Truth),
        ("authPerAggregator", Truth),
        ("authPerBrowserSession", Truth),
        ("passiveAuthnEnabled", Truth),
        ("isTempPass", Truth),
        ("isProxy", Truth),
    ],
);
pub(super) static SESSION: Shape = Shape {
    name: "SessionResponse",
    fields: &[
        ("actionName", Text),
        ("actionType", Text),
        ("reasonType", Text),
        ("missingParameters", TEXTS),
        ("url", Text),
        ("code", Text),
        ("sessionId", Text),
        ("mvpd", Text),
        ("serviceProvider", Text),
        ("notBefore", Text),
        ("notAfter", Text),
    ],
    required: &["actionName", "actionType", "reasonType", "serviceProvider", "sessionId"],
};
pub(super) static SESSION_STATUS: Shape = shape(
    "SessionStatusResponse",
    &[
        ("existingParameters", Map(&Text)),
        ("missingParameters", TEXTS),
        ("device", Object(&DEVICE)),
        ("notBefore", Text),
        ("notAfter", Text),
    ],
);
static DEVICE: Shape = shape(
    "Device",
    &[
        ("type", Among(DEVICE_TYPES)),
        ("model", Text),
        ("version", Object(&VERSION)),
        ("hardware", Object(&HARDWARE)),
        ("operatingSystem", Object(&OPERATING_SYSTEM)),
        ("browser", Object(&BROWSER)),
        ("display", Object(&DISPLAY)),
        ("connection", Object(&CONNECTION)),
        ("applicationId", Text),
    ],
);
const DEVICE_TYPES: &[&str] = &[
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
    "VehicleMultimediaSystem",
    "Projector",
    "Unknown",
];
static VERSION: Shape =
    shape("Version", &[("major", Whole), ("minor", Whole), ("patch", Whole), ("profile", Text)]);
static HARDWARE: Shape = shape(
    "Hardware",
    &[("name", Text), ("vendor", Text), ("manufacturer", Text), ("version", Object(&VERSION))],
);
static OPERATING_SYSTEM: Shape = shape(
    "OperatingSystem",
    &[("name", Text), ("family", Text), ("vendor", Text), ("version", Object(&VERSION))],
);
static BROWSER: Shape = shape(
    "Browser",
    &[
        ("name", Text),
        ("vendor", Text),
        ("version", Object(&VERSION)),
        ("userAgent", Text),
        ("originalUserAgent", Text),
    ],
);
static DISPLAY: Shape = shape(
    "Display",
    &[
        ("width", Whole),
        ("height", Whole),
        ("ppi", Whole),
        ("name", Text),
        ("vendor", Text),
        ("version", Object(&VERSION)),
        ("diagonalSize", Text),
    ],
);
static CONNECTION: Shape = shape(
    "Connection",
    &[("ipAddress", Object(&INET_ADDRESS)), ("port", Text), ("secure", Truth), ("type", Text)],
);
static INET_ADDRESS: Shape =
    shape("InetAddress", &[("hostAddress", Text), ("hostName", Text), ("address", Anything)]);
pub(super) static PROFILES: Shape =
    shape("ProfilesResponse", &[("profiles", Map(&Object(&PROFILE)))]);
static PROFILE: Shape = Shape {
    name: "MvpdProfileResponse",
    fields: &[
        ("notBefore", Whole),
        ("notAfter", Whole),
        ("issuer", Text),
        ("type", Text),
        ("sessionId", Text),
        ("attributes", Map(&Object(&USER_METADATA))),
    ],
    required: &["attributes", "issuer", "notAfter", "notBefore", "type"],
};
static USER_METADATA: Shape =
    shape("UserMetadataResponse", &[("value", SomeObject), ("state", Text), ("error", Text)]);
pub(super) static DECISIONS: Shape =
    shape("DecisionsResponse", &[("decisions", List(&Object(&DECISION)))]);
static DECISION: Shape = Shape {
    name: "DecisionResponse",
    fields: &[
        ("resource", Text),
        ("serviceProvider", Text),
        ("mvpd", Text),
        ("source", Among(&["mvpd", "degradation", "temppass", "dummy"])),
        ("authorized", Truth),
        ("token", Object(&MEDIA_TOKEN)),
        ("notBefore", Whole),
        ("notAfter", Whole),
        ("error", Object(&ERROR)),
    ],
    required: &["authorized", "mvpd", "resource", "serviceProvider", "source"],
};
static MEDIA_TOKEN: Shape = shape(
    "MediaTokenResponse",
    &[("notBefore", Whole), ("notAfter", Whole), ("serializedToken", Text)],
);
pub(super) static LOGOUTS: Shape = shape("LogoutResponse", &[("logouts", Map(&Object(&LOGOUT)))]);
static LOGOUT: Shape = Shape {
    name: "MvpdLogoutResponse",
    fields: &[("actionName", Text), ("actionType", Text), ("mvpd", Text), ("url", Text)],
    required: &["actionName", "actionType", "mvpd"],
};
pub(super) static ERROR: Shape = shape(
    "ErrorInformation",
    &[
        ("action", Text),
        ("status", Whole),
        ("code", Text),
        ("message", SomeObject),
        ("details", Text),
        ("helpUrl", Text),
        ("trace", Text),
    ],
);
impl Shape {
    /// Where a value does not fit: `Shape.field`.
    pub(super) fn misfits(&self, value: &Value) -> Vec<String> {
        let Some(members) = value.as_object() else { return vec![self.name.to_owned()] };
        let mut misfits = Vec::new();
        for name in self.required.iter().filter(|name| !members.contains_key(**name)) {
            misfits.push(format!("{}.{name} is missing", self.name));
        }
        for (name, member) in members {
            let at = format!("{}.{name}", self.name);
            match self.fields.iter().find(|(known, _)| known == name) {
                Some(_) if member.is_null() => misfits.push(format!("{} null", self.name)),
                Some((_, kind)) => misfits.extend(kind.misfits(&at, member)),
                None => misfits.push(at),
            }
        }
        misfits
    }
}

impl Kind {
    fn misfits(&self, at: &str, value: &Value) -> Vec<String> {
        let fits = match (self, value) {
            (Anything, _)
            | (SomeObject, Value::Object(_))
            | (Text, Value::String(_))
            | (Truth, Value::Bool(_)) => true,
            (Whole, Value::Number(number)) => number.is_i64(),
            (Among(known), Value::String(text)) => known.contains(&&**text),
            (Object(shape), Value::Object(_)) => return shape.misfits(value),
            (List(kind), Value::Array(items)) => {
                return items.iter().flat_map(|item| kind.misfits(at, item)).collect();
            }
            (Map(kind), Value::Object(members)) => {
                return members.values().flat_map(|member| kind.misfits(at, member)).collect();
            }
            _ => false,
        };
        if fits { Vec::new() } else { vec![at.to_owned()] }
    }
}
