//! What a client needs to know to call the service, as environment variables.

use std::fmt::Write as _;
use std::path::Path;

use crate::config::{Fixtures, Mvpd, ServiceProvider};

/// Addresses and dummy credentials.
#[derive(Debug)]
pub(super) struct Environment {
    variables: Vec<(&'static str, String)>,
}

impl Environment {
    /// For the first service provider, its first MVPD that has everything, and the first user.
    pub(super) fn new(fixtures: &Fixtures, service: String, control: String) -> Self {
        let mut variables = vec![("PASS_BASE_URL", service), ("PASS_CONTROL_URL", control)];
        let mut add = |name, value: Option<&str>| {
            variables.extend(value.map(|value| (name, value.to_owned())));
        };
        let provider = fixtures.service_providers.first();
        let domain = provider.and_then(|provider| provider.domains.first());
        let redirect = domain.map(|domain| format!("https://{}/done", domain.name));
        let user = fixtures.first_user();
        let package = user.and_then(|user| fixtures.package(&user.package));
        let resource = package.and_then(|package| package.permits.iter().find(|id| *id != "*"));
        add("PASS_SERVICE_PROVIDER", provider.map(|provider| &*provider.id));
        add("PASS_SOFTWARE_STATEMENT", fixtures.first_software_statement());
        add("PASS_DOMAIN_NAME", domain.map(|domain| domain.name.as_str()));
        add("PASS_REDIRECT_URL", redirect.as_deref());
        add("PASS_MVPD", provider.and_then(|p| mvpd(fixtures, p)).map(|mvpd| &*mvpd.id));
        add("PASS_USERNAME", user.map(|user| &*user.id));
        add("PASS_PASSWORD", user.map(|user| user.password.as_str()));
        add("PASS_RESOURCE", resource.map(String::as_str));
        Self { variables }
    }

    /// The same, with the certificate to trust.
    pub(super) fn with_ca(mut self, file: Option<&Path>) -> Self {
        self.variables.extend(file.map(|file| ("PASS_CA_FILE", file.display().to_string())));
        self
    }

    /// A variable's value; empty when the fixtures have nothing to put there.
    pub(super) fn get(&self, name: &str) -> &str {
        let found = self.variables.iter().find(|(known, _)| *known == name);
        found.map_or("", |(_, value)| value.as_str())
    }

    /// One `NAME=value` a line; values that a shell would take apart are quoted.
    pub(super) fn lines(&self) -> String {
        self.variables.iter().fold(String::new(), |mut lines, (name, value)| {
            // Writing to a string cannot fail.
            let _ = writeln!(lines, "{name}={}", quoted(value));
            lines
        })
    }
}

/// An MVPD to sign in with: a regular one, with a logout endpoint if there is such a one.
fn mvpd<'a>(fixtures: &'a Fixtures, provider: &ServiceProvider) -> Option<&'a Mvpd> {
    let active = provider.integrations.iter().filter(|integration| integration.enabled);
    let regular: Vec<&Mvpd> = active
        .filter_map(|integration| fixtures.mvpd(&integration.mvpd))
        .filter(|mvpd| !mvpd.is_temp_pass())
        .collect();
    regular.iter().find(|mvpd| mvpd.logout_endpoint).or(regular.first()).copied()
}

fn quoted(value: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+=,".contains(c);
    if value.chars().all(plain) {
        return value.to_owned();
    }
    format!("'{}'", value.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_fixtures_have_everything_a_client_needs() {
        let (service, control) = ("http://127.0.0.1:8080".into(), "http://127.0.0.1:8081".into());
        let environment = Environment::new(&Fixtures::default(), service, control);
        let statement = environment.get("PASS_SOFTWARE_STATEMENT").to_owned();
        assert_eq!(statement.split('.').count(), 3);
        insta::assert_snapshot!(environment.lines().replace(&statement, "[statement]"));
    }

    #[test]
    fn values_survive_a_shell() {
        assert_eq!(quoted("https://adobe.com/done"), "https://adobe.com/done");
        assert_eq!(quoted("it's $HOME"), r"'it'\''s $HOME'");
    }
}
