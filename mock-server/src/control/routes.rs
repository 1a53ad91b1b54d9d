//! Every operation of the API, in one table.

use std::sync::{Arc, LazyLock};

use http::header::ALLOW;
use http::{Method, StatusCode};
use serde_json::Value;

use super::openapi::{self, Index};
use super::operation::{
    Answer, Call, Operation, Outcome, bare, later, other, schema_of, with_body,
};
use super::ops::{
    Scope, clients, clock, decisions, degradation, integrations, journal, media_tokens, profiles,
    sessions, sso, temp_pass, throttle,
};
use super::{ControlError, Kind, stream};
use crate::app::App;
use crate::faults::FaultRule;
use crate::http::{Reply, Request, Response};
use crate::journal::Filter;
use crate::router::decode;

/// The one table.
pub(super) static TABLE: LazyLock<Table> = LazyLock::new(|| Table::new(operations()));

fn operations() -> Vec<Operation> {
    let areas = [
        whole_area(),
        clock_area(),
        session_area(),
        profile_area(),
        decision_area(),
        degradation_area(),
        temp_pass_area(),
        fault_area(),
        media_token_area(),
        sso_area(),
        client_area(),
        throttle_area(),
        journal_area(),
    ];
    areas.into_iter().flatten().collect()
}

fn whole_area() -> Vec<Operation> {
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
        .example(r#"{"device": "living-room"}"#),
    ]
}

fn session_area() -> Vec<Operation> {
    vec![
        bare(GET, "/sessions", "The authentication sessions that have not ended.", |c, call| {
            Ok(c.sessions(&call.query()?))
        })
        .query::<Scope>(),
        bare(GET, "/sessions/{code}", "One session.", |c, call| c.session(call.param("code"))),
        with_body(
            POST,
            "/sessions/{code}/complete",
            "Signs a user in as if at the MVPD's page: now, after a while, or with the N-th poll.",
            |c, call, how: sessions::Complete| c.complete_session(call.param("code"), &how),
        )
        .example(r#"{"user": "demo", "on_poll": 3}"#),
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
        .example(r#"{"after_seconds": 10}"#),
        with_body(
            POST,
            "/sessions/{code}/delay",
            "Sets how long the login of this session takes.",
            |c, call, delay: sessions::Delay| c.delay_session(call.param("code"), &delay),
        )
        .example(r#"{"seconds": 45}"#),
    ]
}

fn profile_area() -> Vec<Operation> {
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
        .example(r#"{"after_seconds": 10}"#),
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
        ),
        bare(
            DELETE,
            "/profiles/{profile}",
            "Forgets one profile, as if its user had signed out elsewhere.",
            |c, call| c.revoke_profile(call.param("profile")),
        ),
    ]
}

fn decision_area() -> Vec<Operation> {
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
        .example(r#"{"decision": "deny", "resource": "REF30", "code": "network_received_error", "count": 2}"#),
        bare(DELETE, "/decisions", "Takes all rules out of force.", |c, _| Ok(c.undecide_all())),
        bare(DELETE, "/decisions/{rule}", "Takes one rule out of force.", |c, call| {
            c.undecide(call.param("rule"))
        }),
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
        .example(r#"{"enabled": false}"#),
    ]
}

fn degradation_area() -> Vec<Operation> {
    vec![
        bare(GET, "/degradation", "Which MVPDs are bypassed, and how.", |c, _| Ok(c.degradation())),
        with_body(
            PUT,
            "/degradation/{service_provider}/{mvpd}",
            "Bypasses one MVPD for some time: AuthNAll, AuthZAll or AuthZNone.",
            |c, call, how: degradation::Degrade| {
                c.degrade(call.param("service_provider"), call.param("mvpd"), &how)
            },
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

fn temp_pass_area() -> Vec<Operation> {
    vec![
        bare(GET, "/temp-pass", "The trials of temporary access that have begun.", |c, _| {
            Ok(c.trials())
        }),
        with_body(
            POST,
            "/temp-pass/reset",
            "Forgets trials: all of them, or by service provider, MVPD, device, identity or number.",
            |c, _, which: temp_pass::ResetTrials| c.reset_trials(&which),
        ),
    ]
}

fn fault_area() -> Vec<Operation> {
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
        .example(r#"{"match": {"endpoint": "authorize"}, "effect": {"status": 503}, "count": 2}"#),
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

fn clock_area() -> Vec<Operation> {
    vec![
        bare(GET, "/clock", "What time it is, and how the clock runs.", |c, _| Ok(c.clock())),
        with_body(
            PUT,
            "/clock",
            "Makes the clock run in real time, faster, or not at all.",
            |c, _, to: clock::SetClock| c.set_clock(&to),
        )
        .example(r#"{"mode": "scaled", "speed": 60}"#),
        with_body(
            POST,
            "/clock/advance",
            "Moves the clock forward.",
            |c, _, by: clock::Advance| c.advance(&by),
        )
        .example(r#"{"seconds": 1800}"#),
    ]
}

fn media_token_area() -> Vec<Operation> {
    vec![
        bare(GET, "/media-tokens/key", "The public key that checks media tokens.", |c, _| {
            Ok(c.media_token_key())
        }),
        with_body(
            POST,
            "/media-tokens/verify",
            "Checks a media token as an entitlement server would.",
            |c, _, token: media_tokens::VerifyMediaToken| Ok(c.verify_media_token(&token)),
        ),
    ]
}

fn sso_area() -> Vec<Operation> {
    vec![
        with_body(
            POST,
            "/sso/service-token",
            "Makes a service token for a subject: AD-Service-Token.",
            |c, _, make: sso::MakeToken| c.make_service_token(&make),
        )
        .example(r#"{"subject": "Jane"}"#),
        with_body(
            POST,
            "/sso/subject-token",
            "Makes a platform's token for a subject: Adobe-Subject-Token, or \
             X-Roku-Reserved-Roku-Connect-Token.",
            |c, _, make: sso::MakeToken| c.make_subject_token(&make),
        )
        .example(r#"{"subject": "living room", "seconds": 600}"#),
        with_body(
            POST,
            "/sso/partner-framework-status",
            "Makes the status of a user who is signed in with a partner: \
             AP-Partner-Framework-Status.",
            |c, _, make: sso::MakeStatus| Ok(c.make_partner_status(&make)),
        )
        .example(r#"{"provider": "Cablevision"}"#),
        with_body(
            POST,
            "/sso/saml-response",
            "Makes what a partner's framework brings back: SAMLResponse.",
            |c, _, make: sso::MakeSamlResponse| c.make_saml_response(&make),
        )
        .example(r#"{"provider": "Cablevision", "user": "demo"}"#),
    ]
}

fn client_area() -> Vec<Operation> {
    vec![
        bare(GET, "/clients", "The registered clients.", |c, _| Ok(c.clients())),
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
        bare(GET, "/tokens", "The access tokens that have not expired.", |c, _| Ok(c.tokens())),
        with_body(
            POST,
            "/tokens/{token}/expire",
            "Lets one access token (named by its id or by itself) expire, now or later.",
            |c, call, when: clients::Expire| c.expire_token(call.param("token"), &when),
        )
        .example(r#"{"after_seconds": 10}"#),
    ]
}

fn throttle_area() -> Vec<Operation> {
    vec![
        bare(GET, "/throttle", "The limits, and what each device has used.", |c, _| {
            Ok(c.throttle())
        }),
        with_body(
            PUT,
            "/throttle",
            "Changes the limits; what is left out stays as it is.",
            |c, _, to: throttle::SetThrottle| c.set_throttle(&to),
        )
        .example(r#"{"rate": 5, "burst": 0}"#),
        with_body(
            PUT,
            "/throttle/{address}",
            "Refuses every call of one address for some seconds.",
            |c, call, force: throttle::Force| c.force_throttle(call.param("address"), &force),
        )
        .example(r#"{"seconds": 60}"#),
        bare(
            DELETE,
            "/throttle/{address}",
            "Forgets what an address has used: its next call is a first one.",
            |c, call| c.forget_throttle(call.param("address")),
        ),
    ]
}

fn journal_area() -> Vec<Operation> {
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
        later(
            GET,
            "/journal/stream",
            "Every exchange as it is answered, as server-sent events.",
            (None, Answer::Other("text/event-stream")),
            |app, call| Box::pin(async move { stream::follow(&app, &call) }),
        )
        .query::<Filter>(),
        later(
            POST,
            "/journal/wait",
            "Waits until enough exchanges match.",
            (Some(schema_of::<journal::Wait>), Answer::Json(schema_of::<journal::Page>)),
            |app, call| {
                Box::pin(async move {
                    let found = app.control().wait(&call.body()?).await?;
                    Ok(super::operation::json(&found))
                })
            },
        )
        .example(
            r#"{"count": 3, "match": {"endpoint": "profile_by_code"}, "timeout_seconds": 30}"#,
        ),
    ]
}

const GET: Method = Method::GET;
const PUT: Method = Method::PUT;
const POST: Method = Method::POST;
const DELETE: Method = Method::DELETE;

/// The operations with the way to find one.
pub(super) struct Table {
    operations: Vec<Operation>,
    /// Path to the operations on it.
    paths: matchit::Router<Vec<usize>>,
}

impl Table {
    fn new(operations: Vec<Operation>) -> Self {
        let mut paths = matchit::Router::new();
        for (index, operation) in operations.iter().enumerate() {
            let same = |(_, other): &(usize, &Operation)| other.path == operation.path;
            let on_path: Vec<usize> =
                operations.iter().enumerate().filter(same).map(|(i, _)| i).collect();
            if on_path.first() == Some(&index) {
                let inserted = paths.insert(operation.path, on_path);
                debug_assert!(inserted.is_ok(), "{}", operation.path);
            }
        }
        Self { operations, paths }
    }

    pub(super) fn operations(&self) -> &[Operation] {
        &self.operations
    }

    pub(super) async fn answer(&self, app: Arc<App>, request: Request) -> Outcome {
        if request.oversized {
            let hint = "no operation takes a body this long";
            return Err(ControlError::new(Kind::TooLarge, "the body is too long", hint));
        }
        let path = match request.path.strip_suffix('/') {
            Some(path) if !path.is_empty() => path,
            _ => &request.path,
        };
        let found = self.paths.at(path).map_err(|_| self.nothing_at(path))?;
        let params =
            found.params.iter().map(|(k, v)| (k.to_owned(), decode(v).into_owned())).collect();
        let on_path: Vec<&Operation> = found.value.iter().map(|i| &self.operations[*i]).collect();
        let Some(operation) = on_path.iter().find(|o| o.method == request.method) else {
            return Ok(wrong_method(&request.method, &on_path));
        };
        let query = request.query_form();
        let call = Call { params, query, headers: request.headers, body: request.body };
        operation.run(app, call).await
    }

    fn nothing_at(&self, path: &str) -> ControlError {
        let all: Vec<String> = self.operations.iter().map(Operation::signature).collect();
        let hint = format!("there is: {}", all.join(", "));
        ControlError::not_found(format!("there is nothing at {path}"), hint)
    }
}

fn wrong_method(method: &Method, on_path: &[&Operation]) -> Reply {
    let allowed: Vec<&str> = on_path.iter().map(|operation| operation.method.as_str()).collect();
    let allowed = allowed.join(", ");
    let error = format!("{method} does nothing here");
    let error = ControlError::new(Kind::Method, error, format!("use {allowed}"));
    match Reply::from(error) {
        Reply::Whole(answer) => answer.with_header(ALLOW, &allowed).into(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_is_in_the_document_and_nothing_else() {
        let document = openapi::document(TABLE.operations());
        let mut described: Vec<String> = Vec::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for method in item.as_object().unwrap().keys() {
                described.push(format!("{} {path}", method.to_ascii_uppercase()));
            }
        }
        let mut routed: Vec<String> = TABLE.operations().iter().map(Operation::signature).collect();
        described.sort();
        routed.sort();
        assert_eq!(described, routed);
    }

    #[test]
    fn every_reference_of_the_document_leads_somewhere() {
        let document = openapi::document(TABLE.operations());
        let text = document.to_string();
        let references =
            text.split("\"$ref\":\"#").skip(1).filter_map(|rest| rest.split('"').next());
        let mut seen = 0;
        for reference in references {
            assert!(document.pointer(reference).is_some(), "{reference}");
            seen += 1;
        }
        assert!(seen > 10);
        let mut ids: Vec<&str> = Vec::new();
        for item in document["paths"].as_object().unwrap().values() {
            ids.extend(
                item.as_object().unwrap().values().map(|o| o["operationId"].as_str().unwrap()),
            );
        }
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count, "operation ids are unique");
    }

    #[tokio::test]
    async fn every_example_can_be_sent_as_it_is() {
        for operation in TABLE.operations() {
            let Some(example) = operation.example else { continue };
            let app = crate::MockServer::builder().into_app();
            let path = operation.path.replace("{address}", "127.0.0.1");
            let request = Request::new(operation.method.clone(), &path)
                .with_header("content-type", "application/json");
            let request = Request { body: example.into(), ..request };
            let answer = TABLE.answer(app, request);
            // What would have to wait has read its body, too.
            match tokio::time::timeout(std::time::Duration::ZERO, answer).await {
                // Nor is there what the path names.
                Err(_) | Ok(Ok(_) | Err(ControlError { kind: Kind::NotFound, .. })) => {}
                Ok(Err(error)) => panic!("{}: {error}", operation.signature()),
            }
        }
    }

    #[test]
    fn every_path_can_be_routed() {
        for operation in TABLE.operations() {
            let path = operation.path.replace(['{', '}'], "");
            let found = TABLE.paths.at(&path).unwrap();
            assert!(found.value.iter().any(|i| TABLE.operations[*i].path == operation.path));
        }
    }
}
