//! The scenarios that are part of this program.

use super::{LoadError, Scenario, load_text};

macro_rules! embedded {
    ($($name:literal)*) => {
        /// Every scenario file, by its name and in the order in which they are played.
        pub const FILES: &[(&str, &str)] = &[
            $(($name, include_str!(concat!("../../../scenarios/", $name, ".yaml"))),)*
        ];
    };
}

// From the viewer's first evening to the rarer ones. Reports follow this order.
embedded! {
    "first-sign-in"
    "browser-closed"
    "picker-opened-twice"
    "second-screen-picker"
    "typed-code"
    "mistyped-code"
    "delayed-login"
    "code-expires"
    "new-code"
    "already-signed-in"
    "relaunch"
    "foreground"
    "another-provider"
    "two-profiles"
    "token-expires"
    "profile-expires"
    "profile-withdrawn"
    "sign-in-demanded"
    "permit-and-deny"
    "parental-control"
    "catalogue"
    "large-catalogue"
    "play-twice"
    "long-play"
    "forged-media-token"
    "sign-out-in-browser"
    "sign-out-at-once"
    "signed-out-already"
    "service-token"
    "platform-identity"
    "roku-identity"
    "single-logout"
    "apple-sign-in"
    "apple-not-permitted"
    "apple-not-supported"
    "apple-unknown-provider"
    "apple-expired"
    "apple-sign-out"
    "throttled-at-launch"
    "throttled-while-polling"
    "throttled-at-play"
    "token-refused"
    "token-refused-for-ever"
    "registration-revoked"
    "revoked-for-ever"
    "integration-disabled"
    "retry-preauthorize"
    "preauthorize-fails-for-ever"
    "retry-authorize"
    "authorize-fails-for-ever"
    "errors-at-launch"
    "errors-while-polling"
    "connection-reset"
    "answer-stalls"
    "malformed-answer"
    "unknown-value"
    "server-to-server"
    "temp-pass"
    "temp-pass-promotional"
    "temp-pass-expired"
    "temp-pass-ends-while-playing"
    "temp-pass-exhausted"
    "degraded-authentication"
    "degraded-authorization"
    "degraded-to-nothing"
}

/// All scenarios.
pub fn all() -> Result<Vec<Scenario>, LoadError> {
    let read = |(name, text): &(&str, &str)| load_text(name, &format!("{name}.yaml"), text);
    Ok(FILES.iter().map(read).collect::<Result<Vec<_>, _>>()?.concat())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    #[test]
    fn the_list_is_what_is_in_the_folder() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios");
        let there: BTreeSet<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|ending| ending == "yaml"))
            .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
            .collect();
        let listed: BTreeSet<String> = FILES.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(listed, there);
        assert_eq!(listed.len(), FILES.len(), "a file is listed twice");
    }

    #[test]
    fn every_embedded_file_can_be_read() {
        let all = all().unwrap_or_else(|error| panic!("{error}"));
        let names: BTreeSet<&str> = all.iter().map(|scenario| scenario.name.as_str()).collect();
        assert_eq!(names.len(), all.len(), "names are unique");
    }
}
