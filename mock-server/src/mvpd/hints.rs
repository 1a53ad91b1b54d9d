//! The test users that the login page names, and what becomes of each.

use std::time::Duration;

use serde_json::Value;

use super::login::outcome;
use super::urls::{path, query};
use super::visit::Visit;
use crate::config::{Fixtures, Lifetime, Login, Mvpd, Package, User};

/// How many test users the page names.
const SHOWN: usize = 12;
/// How many resources of a package are named.
const RESOURCES: usize = 3;

/// The test users of a provider.
pub(super) struct Hints<'a> {
    /// Those that the page names.
    pub(super) users: Vec<Hint<'a>>,
    /// Whether there are so many that one looks for them.
    pub(super) many: bool,
    /// How many there are.
    pub(super) all: usize,
    /// How many more fit what is looked for.
    pub(super) more: usize,
    /// What is looked for.
    pub(super) wanted: &'a str,
}

/// A test user whom one click fills in.
pub(super) struct Hint<'a> {
    pub(super) href: String,
    pub(super) username: &'a str,
    /// Whether the form is filled in with this one.
    pub(super) chosen: bool,
    /// What is out of the ordinary about the login.
    pub(super) tags: Vec<String>,
    /// What the user may watch.
    pub(super) rights: String,
}

impl<'a> Hints<'a> {
    pub(super) fn of(visit: &'a Visit, mvpd: &'a Mvpd, wanted: &'a str, chosen: &str) -> Self {
        let wanted = wanted.trim();
        let customers: Vec<&User> = {
            let all = visit.fixtures.users.iter();
            all.filter(|user| user.is_customer_of(&mvpd.id)).collect()
        };
        let text = wanted.to_lowercase();
        let fits = |user: &&&User| {
            user.id.to_lowercase().contains(&text) || user.package.to_lowercase().contains(&text)
        };
        let fitting: Vec<&User> = customers.iter().filter(fits).copied().collect();
        let hint = |user: &&'a User| {
            let parameters = [("code", &*visit.session.code), ("as", &user.id), ("q", wanted)];
            let asked = if wanted.is_empty() { &parameters[..2] } else { &parameters[..] };
            Hint {
                href: format!("{}?{}#form", path(&mvpd.id, "login"), query(asked)),
                username: &user.id,
                chosen: *user.id == *chosen,
                tags: tags(user, mvpd),
                rights: rights(&visit.fixtures, user),
            }
        };
        Self {
            users: fitting.iter().take(SHOWN).map(hint).collect(),
            many: customers.len() > SHOWN,
            all: customers.len(),
            more: fitting.len().saturating_sub(SHOWN),
            wanted,
        }
    }
}

/// A length of time in words: `20 seconds`.
pub(super) fn spoken(time: Duration) -> String {
    let (minutes, seconds) = (time.as_secs() / 60, time.as_secs() % 60);
    match (minutes, seconds, time.subsec_millis()) {
        (0, 1, 0) => "1 second".to_owned(),
        (1, 0, 0) => "1 minute".to_owned(),
        (0, seconds, 0) => format!("{seconds} seconds"),
        (minutes, 0, 0) => format!("{minutes} minutes"),
        _ => Lifetime(time).to_string(),
    }
}

fn tags(user: &User, mvpd: &Mvpd) -> Vec<String> {
    let mut tags = Vec::new();
    match outcome(user, mvpd) {
        Login::Fails => tags.push("is turned away".to_owned()),
        Login::Error => tags.push("ends on an error page".to_owned()),
        Login::Succeeds => {
            if let Some(pin) = &user.parental_pin {
                tags.push(format!("is asked for the PIN {}", pin.as_str()));
            }
            if !user.login_delay.0.is_zero() {
                let delay = spoken(user.login_delay.0);
                tags.push(format!("signs in after a delay of {delay}"));
            }
        }
    }
    tags
}

fn rights(fixtures: &Fixtures, user: &User) -> String {
    let package = match fixtures.package(&user.package) {
        Some(package) => format!("Package {}: {}", package.id, contents(package)),
        None => format!("Package {}", user.package),
    };
    match user.attributes.get("maxRating").and_then(rating) {
        Some(rating) => format!("{package}; rated up to {rating}"),
        None => package,
    }
}

fn contents(package: &Package) -> String {
    if package.permits.iter().any(|resource| resource == "*") {
        return "everything".to_owned();
    }
    let named = package.permits.iter().take(RESOURCES);
    let named = named.map(String::as_str).collect::<Vec<_>>().join(", ");
    match package.permits.len() {
        0 => "nothing".to_owned(),
        all if all > RESOURCES => format!("{named} and {} more", all - RESOURCES),
        _ => named,
    }
}

fn rating(limits: &Value) -> Option<String> {
    let of = |scheme| limits.get(scheme).and_then(Value::as_str);
    let limits: Vec<&str> = ["MPAA", "VCHIP"].into_iter().filter_map(of).collect();
    (!limits.is_empty()).then(|| limits.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_are_words_where_they_are_round() {
        for (millis, text) in [
            (20_000, "20 seconds"),
            (1_000, "1 second"),
            (60_000, "1 minute"),
            (120_000, "2 minutes"),
            (90_000, "1m30s"),
            (250, "250ms"),
        ] {
            assert_eq!(spoken(Duration::from_millis(millis)), text);
        }
    }

    #[test]
    fn every_default_user_says_what_will_happen() {
        let fixtures = Fixtures::default();
        let mvpd = fixtures.mvpd("Cablevision").unwrap();
        let lines: Vec<String> = fixtures
            .users
            .iter()
            .map(|user| {
                let tags = tags(user, mvpd).join(", ");
                format!("{} | {tags} | {}", user.id, rights(&fixtures, user))
            })
            .collect();
        insta::assert_snapshot!(lines.join("\n"));
    }
}
