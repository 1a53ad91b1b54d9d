//! User metadata: what an MVPD tells about its user.

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::config::{Fixtures, Mvpd, User};

/// What an MVPD tells about a user, in the order in which the MVPD lists it. Some of it becomes
/// known only when a resource was authorized.
pub fn attributes(
    fixtures: &Fixtures,
    mvpd: &Mvpd,
    user: &str,
    authorized: bool,
) -> Vec<(String, Value)> {
    let known = fixtures.user(user);
    let names = match &mvpd.attributes {
        Some(names) => names.clone(),
        None => everything(known),
    };
    let is_due = |name: &String| authorized || !mvpd.attributes_after_authorization.contains(name);
    names
        .into_iter()
        .filter(is_due)
        .filter_map(|name| Some((name.clone(), value(mvpd, user, known, &name)?)))
        .collect()
}

/// The names of everything that is known about a user.
fn everything(user: Option<&User>) -> Vec<String> {
    let mut names = vec!["userID".to_owned(), "upstreamUserID".to_owned()];
    for name in user.iter().flat_map(|user| user.attributes.keys()) {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}

fn value(mvpd: &Mvpd, id: &str, user: Option<&User>, name: &str) -> Option<Value> {
    let at_mvpd = user.and_then(|user| user.attributes_by_mvpd.get(&mvpd.id)?.get(name));
    let told = at_mvpd.or_else(|| user.and_then(|user| user.attributes.get(name)));
    told.cloned().or_else(|| match name {
        "userID" | "upstreamUserID" => Some(Value::String(opaque_id(&mvpd.id, id))),
        "mvpd" => Some(Value::String(mvpd.id.to_string())),
        _ => None,
    })
}

/// Forty hexadecimal digits that stand for a user at an MVPD, as the samples have them.
fn opaque_id(mvpd: &str, user: &str) -> String {
    digits(&format!("{mvpd}/{user}"))
}

/// Forty hexadecimal digits that stand for a device where nobody has signed in.
pub fn device_hash(device_id: &str) -> String {
    digits(device_id)
}

fn digits(text: &str) -> String {
    Sha256::digest(text).iter().take(20).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(mvpd: &str, user: &str, authorized: bool) -> Vec<String> {
        let fixtures = Fixtures::default();
        let told = attributes(&fixtures, fixtures.mvpd(mvpd).unwrap(), user, authorized);
        told.into_iter().map(|(name, _)| name).collect()
    }

    #[test]
    fn an_mvpd_tells_what_it_lists_and_some_of_it_after_an_authorization() {
        let before = ["userID", "upstreamUserID", "hba_status"];
        assert_eq!(names("Comcast_SSO", "demo", false), before);
        let after = ["userID", "upstreamUserID", "householdID", "maxRating", "hba_status"];
        assert_eq!(names("Comcast_SSO", "demo", true), after);
    }

    #[test]
    fn a_user_has_an_identifier_everywhere_and_another_one_at_each_mvpd() {
        let fixtures = Fixtures::default();
        let id = |mvpd: &str| {
            let told = attributes(&fixtures, fixtures.mvpd(mvpd).unwrap(), "demo", false);
            told.into_iter().find(|(name, _)| name == "userID").unwrap().1
        };
        assert_ne!(id("Cablevision"), id("Spectrum"));
        assert_eq!(id("Cablevision").as_str().unwrap().len(), 40);
    }

    #[test]
    fn a_user_who_is_gone_from_the_fixtures_still_has_an_identifier() {
        assert_eq!(names("AdobePass_SMI", "gone", true), ["userID", "upstreamUserID", "mvpd"]);
    }
}
