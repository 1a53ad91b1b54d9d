//! What viewers may watch, and everything that they show for it.

use super::{DELETE, GET, POST, PUT};
use crate::control::operation::{Operation, bare, with_body};
use crate::control::ops::{
    Listing, decisions, degradation, integrations, media_tokens, outlook, sso, temp_pass,
    user_metadata,
};

pub(super) fn decision_area() -> Vec<Operation> {
    vec![
        bare(GET, "/decisions", "The rules that make MVPDs decide otherwise.", |c, _| {
            Ok(c.decisions())
        }),
        with_body(
            PUT,
            "/decisions",
            "Permits or denies, by user, MVPD, resource and more; replaces a rule with the same \
             conditions. The newest rule that matches decides.",
            |c, _, rule: decisions::Rule| c.decide(&rule),
        )
        .example(
            "a deny with the provider's own words",
            r#"{"decision": "deny", "resource": "REF30", "details": "Your package does not include this channel."}"#,
        )
        .example(
            "an authorization that fails twice and then permits",
            r#"{"decision": "deny", "code": "network_received_error", "call": "authorize", "count": 2}"#,
        )
        .example("one user may watch everything", r#"{"decision": "permit", "user": "basic"}"#),
        bare(DELETE, "/decisions", "Takes all rules out of force.", |c, _| Ok(c.undecide_all())),
        bare(DELETE, "/decisions/{rule}", "Takes one rule out of force.", |c, call| {
            c.undecide(call.param("rule"))
        }),
        with_body(
            POST,
            "/decisions/foresee",
            "What would be decided now, and by what. Nothing is counted or kept.",
            |c, _, look: outlook::Look| c.foresee(&look),
        )
        .example("one user, one resource, every MVPD", r#"{"user": "basic", "resources": ["REF30"]}"#)
        .example("everything that is known, for the first user", "{}"),
        bare(
            GET,
            "/resources",
            "The resources that the packages, the rules and the kept exchanges name.",
            |c, call| Ok(c.resources(&call.query()?)),
        )
        .query::<Listing>(),
        bare(GET, "/integrations", "Which service provider works with which MVPD.", |c, _| {
            Ok(c.integrations())
        }),
        with_body(
            PUT,
            "/integrations/{service_provider}/{mvpd}",
            "Switches one integration on or off.",
            |c, call, to: integrations::SetIntegration| {
                c.set_integration(call.param("service_provider"), call.param("mvpd"), &to)
            },
        )
        .example("no longer integrated", r#"{"enabled": false}"#),
    ]
}

pub(super) fn degradation_area() -> Vec<Operation> {
    vec![
        bare(GET, "/degradation", "Which MVPDs are bypassed, and how.", |c, _| Ok(c.degradation())),
        with_body(
            PUT,
            "/degradation/{service_provider}/{mvpd}",
            "Bypasses one MVPD for some time: AuthNAll, AuthZAll or AuthZNone.",
            |c, call, how: degradation::Degrade| {
                c.degrade(call.param("service_provider"), call.param("mvpd"), &how)
            },
        )
        .example("everybody counts as signed in, for an hour", r#"{"mode": "AuthNAll"}"#)
        .example(
            "nobody may watch, for a minute, and is told why",
            r#"{"mode": "AuthZNone", "seconds": 60, "details": "Back soon."}"#,
        ),
        bare(
            DELETE,
            "/degradation/{service_provider}/{mvpd}",
            "Asks one MVPD again.",
            |c, call| c.lift_degradation(call.param("service_provider"), call.param("mvpd")),
        ),
        bare(DELETE, "/degradation", "Asks every MVPD again.", |c, _| Ok(c.lift_all_degradation())),
    ]
}

pub(super) fn temp_pass_area() -> Vec<Operation> {
    vec![
        bare(GET, "/temp-pass", "The trials of temporary access that have begun.", |c, _| {
            Ok(c.trials())
        }),
        with_body(
            POST,
            "/temp-pass/reset",
            "Forgets trials: all of them, or by service provider, MVPD, device, identity or number.",
            |c, _, which: temp_pass::ResetTrials| c.reset_trials(&which),
        )
        .example("those of one device", r#"{"device": "living-room"}"#),
    ]
}

pub(super) fn media_token_area() -> Vec<Operation> {
    vec![
        bare(GET, "/media-tokens/key", "The public key that checks media tokens.", |c, _| {
            Ok(c.media_token_key())
        }),
        with_body(
            POST,
            "/media-tokens/verify",
            "Checks a media token as an entitlement server would.",
            |c, _, token: media_tokens::VerifyMediaToken| Ok(c.verify_media_token(&token)),
        )
        .example(
            "for one resource",
            r#"{"serialized_token": "PHNpZ25hdHVyZUluZm8+", "resource": "REF30"}"#,
        ),
        with_body(
            POST,
            "/media-tokens/expire",
            "Lets one media token that was delivered already end, now or earlier than it would, for \
             who verifies it here; and makes one that says so itself.",
            |c, _, which: media_tokens::ExpireMediaToken| c.expire_media_token(&which),
        )
        .example(
            "in ten seconds",
            r#"{"serialized_token": "PHNpZ25hdHVyZUluZm8+", "after_seconds": 10}"#,
        ),
    ]
}

pub(super) fn sso_area() -> Vec<Operation> {
    vec![
        with_body(
            POST,
            "/sso/service-token",
            "Makes a service token for a subject: AD-Service-Token.",
            |c, _, make: sso::MakeToken| c.make_service_token(&make),
        )
        .example("for an hour", r#"{"subject": "Jane"}"#),
        with_body(
            POST,
            "/sso/subject-token",
            "Makes a platform's token for a subject: Adobe-Subject-Token, or \
             X-Roku-Reserved-Roku-Connect-Token.",
            |c, _, make: sso::MakeToken| c.make_subject_token(&make),
        )
        .example("for ten minutes", r#"{"subject": "living room", "seconds": 600}"#),
        with_body(
            POST,
            "/sso/partner-framework-status",
            "Makes the status of a user who is signed in with a partner: \
             AP-Partner-Framework-Status.",
            |c, _, make: sso::MakeStatus| Ok(c.make_partner_status(&make)),
        )
        .example("signed in and willing", r#"{"provider": "Cablevision"}"#),
        with_body(
            POST,
            "/sso/saml-response",
            "Makes what a partner's framework brings back: SAMLResponse.",
            |c, _, make: sso::MakeSamlResponse| c.make_saml_response(&make),
        )
        .example("of one user", r#"{"provider": "Cablevision", "user": "demo"}"#),
    ]
}

pub(super) fn user_metadata_area() -> Vec<Operation> {
    vec![
        bare(
            GET,
            "/user-metadata",
            "What each service provider's sensitive user metadata is encrypted with.",
            |c, _| Ok(c.certificates()),
        ),
        with_body(
            PUT,
            "/user-metadata/{service_provider}",
            "Makes one service provider's certificate count as missing, or not any more.",
            |c, call, to: user_metadata::SetCertificate| {
                c.set_certificate(call.param("service_provider"), &to)
            },
        )
        .example("what must be encrypted fails", r#"{"usable": false}"#),
        with_body(
            POST,
            "/user-metadata/decrypt",
            "Reads an encrypted value, as a programmer's own service would.",
            |c, _, what: user_metadata::Decrypt| c.decrypt_user_metadata(&what),
        )
        .example("a zip", A_ZIP),
    ]
}

/// `["77754","12345"]`, encrypted with the test certificate.
const A_ZIP: &str = concat!(
    r#"{"value": ""#,
    "npBfiEx03Bs14hppVXN1GP6w+5MGge0EbPFikzycQpojnWC9NpuwqyR2r6GoR3DC2JS/KD1d5EI6aWjnkkxKlp",
    "aypO4djJ1wqZg0c9Fic2PuPwUERezSJ5SQOIhmxnMFz4c87349cTMULLADlY/Itp62TTkFJelLrQCGqc2N2/cq",
    "b+c1WyPDYOf2QXMNYRgnYwSWYVmHixVPOIzvuBH7a9xRvrZtONMOaoXQAKJtweH8eAay60QI68U69lnm74zP6q",
    "2M8HsUMbTuGGQibLiZQTAMzk8GgXmkzxkOKX/B6VmHh1IzXMGdsEGTxojghsRELSJ1p8GF8HDoxSBzto/0Zw==",
    r#""}"#,
);
