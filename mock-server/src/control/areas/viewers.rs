//! Who signs in, who is signed in, and the applications that ask.

use super::{DELETE, GET, POST};
use crate::control::operation::{Operation, bare, with_body};
use crate::control::ops::{Listing, Scope, clients, profiles, sessions};

/// When something is to end.
const NOW_OR_LATER: &[(&str, &str)] =
    &[("now", "{}"), ("in ten seconds", r#"{"after_seconds": 10}"#)];

pub(super) fn session_area() -> Vec<Operation> {
    vec![
        bare(GET, "/sessions", "The authentication sessions that have not ended.", |c, call| {
            Ok(c.list_sessions(&call.query()?))
        })
        .query::<Listing>(),
        bare(GET, "/sessions/{code}", "One session.", |c, call| c.session(call.param("code"))),
        with_body(
            POST,
            "/sessions/{code}/complete",
            "Signs a user in as if at the MVPD's page: now, after a while, or with the N-th poll.",
            |c, call, how: sessions::Complete| c.complete_session(call.param("code"), &how),
        )
        .example("the first user, now", "{}")
        .example("with the third poll", r#"{"on_poll": 3}"#)
        .example("after 45 seconds", r#"{"user": "demo", "after_seconds": 45}"#),
        bare(
            POST,
            "/sessions/{code}/deny",
            "Lets the MVPD turn the user away: nobody signs in with this code any more.",
            |c, call| c.deny_session(call.param("code")),
        ),
        with_body(
            POST,
            "/sessions/{code}/expire",
            "Ends a session, now or earlier than it would.",
            |c, call, when: clients::Expire| c.expire_session(call.param("code"), &when),
        )
        .examples(NOW_OR_LATER),
        with_body(
            POST,
            "/sessions/{code}/delay",
            "Sets how long the login of this session takes.",
            |c, call, delay: sessions::Delay| c.delay_session(call.param("code"), &delay),
        )
        .example("45 seconds from the login to the profile", r#"{"seconds": 45}"#),
    ]
}

pub(super) fn profile_area() -> Vec<Operation> {
    vec![
        bare(GET, "/profiles", "Who is signed in where, and what was decided.", |c, call| {
            Ok(c.profiles(&call.query()?))
        })
        .query::<Scope>(),
        with_body(
            POST,
            "/profiles/{profile}/expire",
            "Lets one profile expire, now or earlier than it would.",
            |c, call, when: clients::Expire| c.expire_profile(call.param("profile"), &when),
        )
        .examples(NOW_OR_LATER),
        bare(
            POST,
            "/profiles/{profile}/invalidate",
            "Lets the MVPD withdraw one profile before its end.",
            |c, call| c.invalidate_profile(call.param("profile")),
        ),
        with_body(
            POST,
            "/profiles/{profile}/decisions/expire",
            "Lets decisions that are kept for one profile end, so that its MVPD is asked anew.",
            |c, call, which: profiles::ExpireDecisions| {
                c.expire_decisions(call.param("profile"), &which)
            },
        )
        .example("all of them", "{}")
        .example("that about one resource", r#"{"resource": "REF30"}"#),
        bare(
            DELETE,
            "/profiles/{profile}",
            "Forgets one profile, as if its user had signed out elsewhere.",
            |c, call| c.revoke_profile(call.param("profile")),
        ),
    ]
}

pub(super) fn device_area() -> Vec<Operation> {
    vec![
        bare(
            GET,
            "/devices",
            "The devices that have a session or a profile, with everything that is known of each.",
            |c, call| Ok(c.devices(&call.query()?)),
        )
        .query::<Listing>(),
    ]
}

pub(super) fn client_area() -> Vec<Operation> {
    vec![
        bare(GET, "/clients", "The registered clients.", |c, call| {
            Ok(c.list_clients(&call.query()?))
        })
        .query::<Listing>(),
        bare(
            POST,
            "/clients/{client}/revoke",
            "Withdraws one registration: only registering again helps its client.",
            |c, call| c.revoke_client(call.param("client")),
        ),
        bare(
            DELETE,
            "/clients/{client}",
            "Forgets one client with its tokens, as if it had never registered.",
            |c, call| c.forget_client(call.param("client")),
        ),
        bare(GET, "/tokens", "The access tokens that have not expired.", |c, call| {
            Ok(c.list_tokens(&call.query()?))
        })
        .query::<Listing>(),
        with_body(
            POST,
            "/tokens/{token}/expire",
            "Lets one access token (named by its id or by itself) expire, now or later.",
            |c, call, when: clients::Expire| c.expire_token(call.param("token"), &when),
        )
        .examples(NOW_OR_LATER),
    ]
}
