//! What becomes of exchanges, and what is known of them.

use http::StatusCode;

use super::{DELETE, GET, POST};
use crate::control::operation::{
    Answer, Operation, bare, json, later, other, schema_of, with_body,
};
use crate::control::ops::{Scope, journal};
use crate::control::stream;
use crate::faults::FaultRule;
use crate::http::Response;
use crate::journal::Filter;

pub(super) fn fault_area() -> Vec<Operation> {
    vec![
        bare(
            GET,
            "/faults",
            "The faults in force, and how often each had its effect.",
            |c, call| Ok(c.faults(&call.query()?)),
        )
        .query::<Scope>(),
        with_body(
            POST,
            "/faults",
            "Puts a fault in force: which requests it means, and what becomes of them.",
            |c, _, rule: FaultRule| c.add_fault(rule),
        )
        .example(
            "two 503 before authorizations work again",
            r#"{"match": {"endpoint": "authorize"}, "effect": {"status": 503}, "count": 2}"#,
        )
        .example(
            "an enhanced error of one's choice, for one device",
            r#"{"match": {"endpoint": "profiles", "device": "living-room"}, "effect": {"error": {"code": "internal_server_error"}}, "count": 1}"#,
        )
        .example(
            "one answer in ten is reset, for five minutes",
            r#"{"effect": "reset", "probability": 0.1, "lasts": "5m"}"#,
        )
        .example("every answer takes two seconds longer", r#"{"delay": "2s"}"#)
        .example(
            "the second answer of call 8 ends in the middle",
            r#"{"match": {"endpoint": "profiles"}, "effect": {"truncated": {}}, "skip": 1, "count": 1}"#,
        ),
        bare(GET, "/faults/{fault}", "One fault.", |c, call| c.fault(call.param("fault"))),
        bare(
            DELETE,
            "/faults",
            "Takes all faults out of force, or those for one client or device alone.",
            |c, call| Ok(c.clear_faults(&call.query()?)),
        )
        .query::<Scope>(),
        bare(DELETE, "/faults/{fault}", "Takes one fault out of force.", |c, call| {
            c.remove_fault(call.param("fault"))
        }),
    ]
}

pub(super) fn journal_area() -> Vec<Operation> {
    vec![
        bare(GET, "/journal", "The exchanges that match, in order of arrival.", |c, call| {
            c.journal(&call.query()?)
        })
        .query::<Filter>(),
        bare(DELETE, "/journal", "Forgets all exchanges.", |c, _| Ok(c.clear_journal())),
        other(
            "/journal.jsonl",
            "The exchanges that match in the journal's own format, one JSON object a line.",
            "application/x-ndjson",
            |c, call| {
                let text = c.export_lines(&call.query()?)?;
                Ok(Response::with_body(StatusCode::OK, "application/x-ndjson", text))
            },
        )
        .query::<Filter>(),
        other(
            "/journal.har",
            "The exchanges that match as an HTTP Archive 1.2.",
            "application/json",
            |c, call| {
                let archive = c.export_har(&call.query()?)?;
                Ok(Response::json(StatusCode::OK, &archive))
            },
        )
        .query::<Filter>(),
        bare(GET, "/journal/{exchange}", "One exchange with everything kept of it.", |c, call| {
            c.exchange(call.param("exchange"))
        }),
        later(
            GET,
            "/journal/stream",
            "Every exchange as it is answered, as server-sent events; with `view=summary` without \
             headers and bodies.",
            (None, Answer::Other("text/event-stream")),
            |app, call| Box::pin(async move { stream::follow(&app, &call) }),
        )
        .query::<stream::Following>(),
        later(
            POST,
            "/journal/wait",
            "Waits until enough exchanges match.",
            (Some(schema_of::<journal::Wait>), Answer::Json(schema_of::<journal::Page>)),
            |app, call| {
                Box::pin(async move {
                    let found = app.control().wait(&call.body()?).await?;
                    Ok(json(&found))
                })
            },
        )
        .example(
            "the third poll, but no longer than half a minute",
            r#"{"count": 3, "match": {"endpoint": "profile_by_code"}, "timeout_seconds": 30}"#,
        ),
    ]
}
