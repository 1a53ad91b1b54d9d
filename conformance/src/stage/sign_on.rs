//! What identity services, platforms and a partner's framework hand to the app, made for a scenario.

use std::time::Duration;

use pass_mock::clock::Timestamp;
use pass_mock::config::{Fixtures, Mvpd, PlatformFlags};
use pass_mock::sso;
use serde_json::{Value, json};

use crate::protocol::{Partner, PlatformIdentity, SingleSignOn};
use crate::scenario::{Access, ScenarioFile, SignedOn};

/// Longer than any story: that a token runs out is no scenario's subject.
const LIFE: Duration = Duration::from_secs(30 * 24 * 3600);

/// How many times the framework can be asked in one run of the app.
const RESPONSES: u64 = 8;

/// The one partner there is.
const PARTNER: &str = "Apple";

/// What a run of the app that begins now has in hand; nothing in a scenario without single sign-on.
pub(super) fn material(
    file: &ScenarioFile,
    fixtures: &Fixtures,
    now: Timestamp,
) -> Option<SingleSignOn> {
    let told = &file.single_sign_on;
    let service_token = told.service_token.as_ref().and_then(|subject| {
        let signer = fixtures.keys.service_token_key().signer()?;
        sso::service_token(&signer, subject, now, LIFE)
    });
    let platform_identity = told.platform.as_ref().and_then(|platform| {
        let signer = fixtures.keys.media_token_signer();
        let token = sso::subject_token(&signer, &platform.subject, now, LIFE)?;
        Some(PlatformIdentity { header: platform.header.name().to_owned(), token })
    });
    let partner = told.apple.as_ref().map(|told| partner(file, told, fixtures, now));
    (!told.is_none()).then_some(SingleSignOn { service_token, platform_identity, partner })
}

fn partner(file: &ScenarioFile, told: &SignedOn, fixtures: &Fixtures, now: Timestamp) -> Partner {
    let provider = told.provider.as_ref().unwrap_or(&file.mvpd);
    let user = match &told.user {
        Some(user) => user.clone(),
        None => fixtures.first_user().map(|user| user.id.to_string()).unwrap_or_default(),
    };
    // No two are alike, as no two answers of an MVPD are.
    let lives = (0..RESPONSES).map(|more| LIFE + Duration::from_secs(more));
    Partner {
        name: PARTNER.to_owned(),
        framework_status: status(told, provider, now),
        saml_responses: lives.map(|life| sso::saml_response(provider, &user, now, life)).collect(),
    }
}

/// Without the user's permission the framework says nothing of a provider.
fn status(told: &SignedOn, provider: &str, now: Timestamp) -> Value {
    let permission = json!({ "accessStatus": told.access.name() });
    let provider = match (told.access, told.ends_after) {
        (Access::Granted, ends_after) => {
            let life = ends_after.map_or(LIFE, |life| life.0);
            // A sign-in that is over ended some time ago.
            let end = if life.is_zero() { now.shifted(-60_000) } else { now.after(life) };
            json!({ "id": provider, "expirationDate": end.millis().to_string() })
        }
        _ => json!({}),
    };
    json!({ "frameworkPermissionInfo": permission, "frameworkProviderInfo": provider })
}

/// Lets the scenario's MVPD take part in the partner's single sign-on, or not, whatever platform an app
/// names: a client is judged by what it calls, not by the device that its tests run on.
pub(super) fn board(file: &ScenarioFile, mvpds: &mut [Mvpd]) {
    let Some(told) = &file.single_sign_on.apple else { return };
    let Some(mvpd) = mvpds.iter_mut().find(|mvpd| *mvpd.id == *file.mvpd) else { return };
    let status = if told.unsupported { "PICKER" } else { "SUPPORTED" };
    mvpd.platforms.clear();
    mvpd.platform = PlatformFlags {
        boarding_status: Some(status.to_owned()),
        platform_mapping_id: Some(match &told.provider {
            Some(provider) if !told.unknown => provider.clone(),
            _ => file.mvpd.clone(),
        }),
        enable_platform_services: Some(!told.unsupported),
        display_in_platform_picker: Some(true),
        enforce_platform_permissions: Some(true),
        invalid: None,
    };
}

#[cfg(test)]
mod tests {
    use pass_mock::sso::PartnerStatus;
    use std::collections::BTreeSet;

    use super::*;
    use crate::scenario::load_text;

    const NOW: Timestamp = Timestamp(1_700_000_000_000);

    fn made(single_sign_on: &str) -> Option<SingleSignOn> {
        let text = format!("title: t\nwhy: w\n{single_sign_on}\nsteps: [launch, quit]");
        let scenario = load_text("own", "own.yaml", &text).unwrap().remove(0);
        material(&scenario.file, &Fixtures::default(), NOW)
    }

    fn partner_of(apple: &str) -> Partner {
        made(&format!("single_sign_on: {{apple: {apple}}}")).unwrap().partner.unwrap()
    }

    fn read(status: &Value) -> PartnerStatus {
        use base64::Engine as _;
        PartnerStatus::read(&base64::engine::general_purpose::STANDARD.encode(status.to_string()))
    }

    #[test]
    fn tokens_are_what_the_service_takes() {
        let fixtures = Fixtures::default();
        let token = made("single_sign_on: {service_token: jane}").unwrap().service_token.unwrap();
        let key = fixtures.keys.service_token_key();
        assert!(sso::read_service_token(&token, key.verifier(), NOW).is_some());
        let roku = "single_sign_on: {platform: {subject: tv, header: roku_connect_token}}";
        let identity = made(roku).unwrap().platform_identity.unwrap();
        assert_eq!(identity.header, "X-Roku-Reserved-Roku-Connect-Token");
        assert!(sso::read_subject_token(&identity.token, NOW).is_some());
    }

    #[test]
    fn a_scenario_without_it_has_none() {
        assert_eq!(made("flow: browser"), None);
    }

    #[test]
    fn the_frameworks_status_is_what_the_scenario_says() {
        let good = read(&partner_of("{}").framework_status);
        assert_eq!((good.check_access(), good.check_expiration(NOW)), (Ok(()), Ok(())));
        assert_eq!(good.provider.as_deref(), Some("Cablevision"));
        let over = read(&partner_of("{ends_after: 0s}").framework_status);
        assert!(over.check_expiration(NOW).is_err());
        let denied = read(&partner_of("{access: denied}").framework_status);
        assert!(denied.check_access().is_err() && denied.provider.is_none());
    }

    #[test]
    fn every_response_of_the_framework_is_another_one() {
        let responses = partner_of("{}").saml_responses;
        let different: BTreeSet<_> = responses.iter().collect();
        assert_eq!(different.len(), responses.len());
    }
}
