//! User metadata: what an MVPD tells about its user.

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::config::{Fixtures, Mvpd, ServiceProvider, User};

/// One thing that an MVPD tells about a user.
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute {
    /// Its name on the wire.
    pub name: String,
    /// What it says, not encrypted.
    pub value: Value,
    /// Whether it must be encrypted for the service provider.
    pub encrypted: bool,
}

/// What an MVPD tells a service provider about a user, in the order in which the MVPD lists it. Some
/// of it becomes known, or changes, only when a resource was authorized.
pub fn attributes(
    fixtures: &Fixtures,
    service_provider: &str,
    mvpd: &Mvpd,
    user: &str,
    authorized: bool,
) -> Vec<Attribute> {
    let provider = fixtures.service_provider(service_provider);
    let integration = provider.and_then(|provider| provider.integration(&mvpd.id));
    let source = Source { mvpd, id: user, user: fixtures.user(user), authorized };
    let is_due = |name: &String| authorized || !mvpd.attributes_after_authorization.contains(name);
    let is_passed_on = |name: &String| {
        integration.is_none_or(|agreed| !agreed.user_metadata.disabled.contains(name))
    };
    let is_encrypted = |name: &str| {
        let told_to = |provider: &ServiceProvider| fixtures.is_encrypted(provider, &mvpd.id, name);
        provider.is_some_and(told_to)
    };
    let names = source.names().into_iter().filter(is_due).filter(is_passed_on);
    names
        .filter_map(|name| {
            let value = source.value(&name)?;
            Some(Attribute { encrypted: is_encrypted(&name), name, value })
        })
        .collect()
}

/// Up to which rating an MVPD lets a user watch, whether or not it tells.
pub(super) fn max_rating<'a>(fixtures: &'a Fixtures, mvpd: &str, id: &str) -> Option<&'a Value> {
    told(mvpd, fixtures.user(id)?, true, "maxRating")
}

/// What the fixtures say of a user: the newest before what is particular to an MVPD before the rest.
fn told<'a>(mvpd: &str, user: &'a User, authorized: bool, name: &str) -> Option<&'a Value> {
    let anew = || user.attributes_after_authorization.get(name).filter(|_| authorized);
    let at_mvpd = || user.attributes_by_mvpd.get(mvpd)?.get(name);
    anew().or_else(at_mvpd).or_else(|| user.attributes.get(name))
}

/// Where attributes come from: an MVPD and its user, at a moment.
struct Source<'a> {
    mvpd: &'a Mvpd,
    id: &'a str,
    user: Option<&'a User>,
    authorized: bool,
}

impl Source<'_> {
    /// The names of what there is; a `userID` in any case.
    fn names(&self) -> Vec<String> {
        let mut names = match &self.mvpd.attributes {
            Some(names) => names.clone(),
            None => vec!["userID".to_owned(), "upstreamUserID".to_owned()],
        };
        if !names.iter().any(|name| name == "userID") {
            names.insert(0, "userID".to_owned());
        }
        if self.mvpd.attributes.is_none() {
            for name in self.user.iter().flat_map(|user| user.attributes.keys()) {
                if !names.contains(name) {
                    names.push(name.clone());
                }
            }
        }
        names
    }

    fn value(&self, name: &str) -> Option<Value> {
        self.told(name).cloned().or_else(|| match name {
            "userID" => Some(Value::String(opaque_id(&self.mvpd.id, self.id))),
            // The account itself, where the MVPD knows no others beside it.
            "upstreamUserID" | "householdID" => self.value("userID"),
            "primaryOID" if self.told("typeID")? == "Primary" => self.value("userID"),
            "mvpd" => Some(Value::String(self.mvpd.id.to_string())),
            _ => None,
        })
    }

    fn told(&self, name: &str) -> Option<&Value> {
        told(&self.mvpd.id, self.user?, self.authorized, name)
    }
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
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let nibbles = |byte: &u8| [byte >> 4, byte & 15].map(|nibble| HEX[usize::from(nibble)] as char);
    Sha256::digest(text).iter().take(20).flat_map(nibbles).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(mvpd: &str, user: &str, authorized: bool) -> Vec<Attribute> {
        let fixtures = Fixtures::default();
        attributes(&fixtures, "REF30", fixtures.mvpd(mvpd).unwrap(), user, authorized)
    }

    fn names(mvpd: &str, user: &str, authorized: bool) -> Vec<String> {
        told(mvpd, user, authorized).into_iter().map(|told| told.name).collect()
    }

    fn value(mvpd: &str, user: &str, authorized: bool, name: &str) -> Value {
        let told = told(mvpd, user, authorized);
        told.into_iter().find(|told| told.name == name).unwrap().value
    }

    #[test]
    fn an_mvpd_tells_what_it_lists_and_some_of_it_after_an_authorization() {
        let before = ["userID", "upstreamUserID", "hba_status", "encryptedZip"];
        assert_eq!(names("Comcast_SSO", "demo", false), before);
        let after =
            ["userID", "upstreamUserID", "householdID", "maxRating", "hba_status", "encryptedZip"];
        assert_eq!(names("Comcast_SSO", "demo", true), after);
    }

    #[test]
    fn a_user_has_an_identifier_everywhere_and_another_one_at_each_mvpd() {
        let id = |mvpd: &str| value(mvpd, "demo", false, "userID");
        assert_ne!(id("Cablevision"), id("Spectrum"));
        assert_eq!(id("Cablevision").as_str().unwrap().len(), 40);
    }

    #[test]
    fn a_user_who_is_gone_from_the_fixtures_still_has_an_identifier() {
        assert_eq!(names("AdobePass_SMI", "gone", true), ["userID", "upstreamUserID", "mvpd"]);
    }

    #[test]
    fn identifiers_of_the_account_itself_are_the_users() {
        for name in ["upstreamUserID", "primaryOID"] {
            let id = value("AdobeShibboleth", "demo", false, name);
            assert_eq!(id, value("AdobeShibboleth", "demo", false, "userID"), "{name}");
        }
        assert_eq!(value("AdobeShibboleth", "everything", false, "householdID"), "3c9463r");
        let of_the_household = value("AdobeShibboleth", "basic", false, "primaryOID");
        assert_ne!(of_the_household, value("AdobeShibboleth", "basic", false, "userID"));
        assert_eq!(
            value("AdobeShibboleth", "locked", false, "householdID"),
            value("AdobeShibboleth", "locked", false, "userID")
        );
    }

    #[test]
    fn an_authorization_may_change_what_was_told() {
        let rating =
            |authorized| value("Spectrum", "basic", authorized, "maxRating")["MPAA"].clone();
        assert_eq!([rating(false), rating(true)], [json!("G"), json!("PG")]);
    }

    #[test]
    fn an_integration_leaves_out_what_it_may_not_pass_on() {
        let fixtures = Fixtures::default();
        let mvpd = fixtures.mvpd("Spectrum").unwrap();
        let has_zip = |provider: &str| {
            let told = attributes(&fixtures, provider, mvpd, "demo", false);
            told.iter().any(|told| told.name == "zip")
        };
        assert!(has_zip("REF30") && !has_zip("apasstest1"));
    }
}
