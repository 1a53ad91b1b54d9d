//! What a `User-Agent` tells, for devices that do not describe themselves.

/// What is known.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct UserAgent {
    /// The kind of hardware, in the words of `X-Device-Info`.
    pub(super) kind: Option<&'static str>,
    /// The operating system.
    pub(super) os: Option<Os>,
    /// The browser.
    pub(super) browser: Option<Browser>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Os {
    pub(super) name: &'static str,
    pub(super) family: &'static str,
    pub(super) vendor: Option<&'static str>,
    /// Who makes the hardware, where only one does.
    pub(super) maker: Option<&'static str>,
    pub(super) version: String,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Browser {
    pub(super) name: &'static str,
    pub(super) vendor: &'static str,
    pub(super) version: String,
}

struct Platform {
    /// What the header contains.
    token: &'static str,
    /// What stands before the version.
    version_after: &'static str,
    kind: &'static str,
    name: &'static str,
    family: &'static str,
    vendor: Option<&'static str>,
    maker: Option<&'static str>,
}

/// The first whose token is found. Special ones stand before those whose words they borrow.
const PLATFORMS: &[Platform] = &[
    apple("Apple TV", "OS ", "SetTopBox", "tvOS", "tvOS"),
    apple("AppleTV", "tvOS/", "SetTopBox", "tvOS", "tvOS"),
    apple("tvOS", "tvOS ", "SetTopBox", "tvOS", "tvOS"),
    apple("iPad", "OS ", "Tablet", "iOS", "iOS"),
    apple("iPhone", "OS ", "MobilePhone", "iOS", "iOS"),
    of("Roku", "Roku/DVP-", "SetTopBox", "Roku OS", "Roku OS", "Roku"),
    of("PlayStation", "PlayStation ", "GamesConsole", "PlayStation OS", "PlayStation OS", "Sony"),
    of("Xbox", "Windows NT ", "GamesConsole", "Windows", "Windows", "Microsoft"),
    of("Tizen", "Tizen ", "TV", "Tizen", "Tizen", "Samsung"),
    of("Web0S", "Web0S/", "TV", "webOS", "webOS", "LG"),
    of("webOS", "webOS/", "TV", "webOS", "webOS", "LG"),
    of("AFT", "Android ", "SetTopBox", "Android", "Android", "Amazon"),
    of("CrKey", "CrKey/", "MediaPlayer", "Chrome OS", "Linux", "Google"),
    of("Android", "Android ", "MobilePhone", "Android", "Android", "Google"),
    of("CrOS", "CrOS ", "Desktop", "Chrome OS", "Linux", "Google"),
    of("Windows", "Windows NT ", "Desktop", "Windows", "Windows", "Microsoft"),
    apple("Macintosh", "Mac OS X ", "Desktop", "macOS", "macOS"),
    plain("OpenBSD", "OpenBSD", "BSD"),
    plain("Linux", "Linux", "Linux"),
];

const fn apple(
    token: &'static str,
    version_after: &'static str,
    kind: &'static str,
    name: &'static str,
    family: &'static str,
) -> Platform {
    let maker = Some("Apple");
    Platform { token, version_after, kind, name, family, vendor: maker, maker }
}

const fn of(
    token: &'static str,
    version_after: &'static str,
    kind: &'static str,
    name: &'static str,
    family: &'static str,
    vendor: &'static str,
) -> Platform {
    Platform { token, version_after, kind, name, family, vendor: Some(vendor), maker: None }
}

const fn plain(token: &'static str, name: &'static str, family: &'static str) -> Platform {
    let kind = "Desktop";
    Platform { token, version_after: token, kind, name, family, vendor: None, maker: None }
}

/// Token, name, vendor. The first whose token is found: most claim to be others as well.
const BROWSERS: &[(&str, &str, &str)] = &[
    ("Edg/", "Edge", "Microsoft"),
    ("OPR/", "Opera", "Opera"),
    ("SeaMonkey/", "SeaMonkey", "Mozilla"),
    ("Firefox/", "Firefox", "Mozilla"),
    ("Chrome/", "Chrome", "Google"),
    ("Version/", "Safari", "Apple"),
];

/// Reads a `User-Agent`.
pub(super) fn read(header: &str) -> UserAgent {
    let platform = PLATFORMS.iter().find(|platform| header.contains(platform.token));
    let browser = BROWSERS.iter().find(|(token, ..)| header.contains(token));
    UserAgent {
        kind: platform.map(|platform| platform.kind),
        os: platform.map(|platform| Os {
            name: platform.name,
            family: platform.family,
            vendor: platform.vendor,
            maker: platform.maker,
            version: version_after(header, platform.version_after),
        }),
        browser: browser.map(|(token, name, vendor)| Browser {
            name,
            vendor,
            version: version_after(header, token),
        }),
    }
}

fn version_after(header: &str, token: &str) -> String {
    let rest = header.split_once(token).map_or("", |(_, rest)| rest);
    rest.chars().take_while(|c| c.is_ascii_digit() || matches!(c, '.' | '_')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn os(header: &str) -> Option<(&'static str, String)> {
        read(header).os.map(|os| (os.name, os.version))
    }

    #[test]
    fn the_documented_device_is_recognised() {
        let sample = "Mozilla/5.0 (Apple TV; U; CPU AppleTV5,3 OS 11.0 like Mac OS X; en_US)";
        assert_eq!(os(sample), Some(("tvOS", "11.0".to_owned())));
    }

    #[test]
    fn platforms_are_told_apart_though_they_borrow_each_others_words() {
        let cases = [
            ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X)", "iOS", "17_4"),
            ("Mozilla/5.0 (Linux; Android 14; SM-S901U)", "Android", "14"),
            ("Mozilla/5.0 (Linux; Tizen 6.0; SmartTV)", "Tizen", "6.0"),
            ("Roku/DVP-11.5 (11.5.0.4312-88)", "Roku OS", "11.5"),
            ("Mozilla/5.0 (Windows NT 10.0; Win64; x64)", "Windows", "10.0"),
            ("Mozilla/5.0 (X11; Linux x86_64)", "Linux", ""),
        ];
        for (header, name, version) in cases {
            assert_eq!(os(header), Some((name, version.to_owned())), "{header}");
        }
        assert_eq!(os("python-requests/2.31"), None);
        assert_eq!(read(""), UserAgent::default());
    }
}
