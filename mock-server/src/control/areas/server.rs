//! The server as a whole, its clock and its limits.

use serde_json::Value;

use super::{DELETE, GET, POST, PUT};
use crate::control::openapi::{self, Index};
use crate::control::operation::{Operation, bare, other, with_body};
use crate::control::ops::{Scope, clock, throttle};
use crate::control::routes::TABLE;

pub(super) fn whole_area() -> Vec<Operation> {
    vec![
        bare::<Index>(GET, "/", "What there is.", |_, _| Ok(openapi::index(TABLE.operations()))),
        bare::<Value>(GET, "/openapi.json", "This API as an OpenAPI document.", |_, _| {
            Ok(openapi::document(TABLE.operations()))
        }),
        bare(GET, "/health", "Whether the server runs, and what it holds.", |c, _| Ok(c.health())),
        other(
            "/ca.pem",
            "The certificate of the local authority, for who is to trust it.",
            "application/x-pem-file",
            |c, _| c.ca_certificate(),
        ),
        bare(
            POST,
            "/fixtures/reload",
            "Reads the fixtures file again, as also happens when it changes. State stays.",
            |c, _| c.reload_fixtures(),
        ),
        bare(
            GET,
            "/snapshot",
            "All state as one document, to be given back to PUT /restore as it is.",
            |c, _| Ok(c.snapshot()),
        ),
        with_body(
            PUT,
            "/restore",
            "Puts all state back as it was in a snapshot. Everything has as much time left as it \
             had then; the clock goes on.",
            |c, _, snapshot: crate::snapshot::Snapshot| c.restore(&snapshot),
        ),
        with_body(
            POST,
            "/reset",
            "Back to the fixtures, for everybody or for one client or device. The journal, the \
             limits and the clock stay as they are.",
            |c, _, scope: Scope| Ok(c.reset(&scope)),
        )
        .example("what one device left behind", r#"{"device": "living-room"}"#)
        .example("everything", "{}"),
    ]
}

pub(super) fn clock_area() -> Vec<Operation> {
    vec![
        bare(GET, "/clock", "What time it is, and how the clock runs.", |c, _| Ok(c.clock())),
        with_body(
            PUT,
            "/clock",
            "Makes the clock run in real time, faster, or not at all.",
            |c, _, to: clock::SetClock| c.set_clock(&to),
        )
        .example("an hour passes in a minute", r#"{"mode": "scaled", "speed": 60}"#)
        .example("time stands still until it is moved", r#"{"mode": "manual"}"#)
        .example("as time passes", r#"{"mode": "real"}"#),
        with_body(
            POST,
            "/clock/advance",
            "Moves the clock forward.",
            |c, _, by: clock::Advance| c.advance(&by),
        )
        .example("past the end of a code", r#"{"seconds": 1801}"#),
    ]
}

pub(super) fn throttle_area() -> Vec<Operation> {
    vec![
        bare(GET, "/throttle", "The limits, and what each device has used.", |c, call| {
            Ok(c.list_throttle(&call.query()?))
        })
        .query::<throttle::ThrottleListing>(),
        with_body(
            PUT,
            "/throttle",
            "Changes the limits; what is left out stays as it is.",
            |c, _, to: throttle::SetThrottle| c.set_throttle(&to),
        )
        .example("five calls a second, and not one more", r#"{"rate": 5, "burst": 0}"#)
        .example("as many calls as one likes", r#"{"enabled": false}"#),
        with_body(
            PUT,
            "/throttle/{address}",
            "Refuses every call of one address for some seconds.",
            |c, call, force: throttle::Force| c.force_throttle(call.param("address"), &force),
        )
        .example("for a minute", r#"{"seconds": 60}"#),
        bare(
            DELETE,
            "/throttle/{address}",
            "Forgets what an address has used: its next call is a first one.",
            |c, call| c.forget_throttle(call.param("address")),
        ),
    ]
}
