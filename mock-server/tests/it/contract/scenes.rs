//! Requests made from the description, complete and with one thing wrong at a time, and the
//! situations in which the rest of the answers come.

use http::{HeaderName, Method};
use pass_mock::config::{Fixtures, StatementPolicy};
use pass_mock::control::ops::degradation::Degrade;
use pass_mock::domain::ErrorCode;
use pass_mock::domain::degradation::Mode;
use pass_mock::http::Request;
use serde_json::{Value, json};

use super::bench::{Bench, COMPLETE, FORM, JSON, Seen, device, json_of};
use super::description::{OPERATIONS, Operation};

const BASIC: &str = "TempPass_TEST40";
const PROMOTIONAL: &str = "flexibleTempPass";

/// Everything that was seen.
pub(super) fn all() -> Vec<Seen> {
    let scenes: [fn() -> Bench; 10] = [
        described,
        tokens,
        registration,
        codes_and_mvpds,
        decisions,
        temporary_access,
        degraded_access,
        partners,
        pages_and_resets,
        configurations,
    ];
    scenes.into_iter().flat_map(|scene| scene().seen()).collect()
}

/// A call of the description with everything that is known of it.
pub(super) fn complete(bench: &Bench, operation: &Operation, code: &str) -> Request {
    let path = operation
        .path
        .replace("{serviceProvider}", "REF30")
        .replace("{mvpd}", "Cablevision")
        .replace("{partner}", "Apple")
        .replace("{code}", code);
    let mut request = bench.call(operation.method(), &path);
    let resources = r#"{"resources":["REF30"]}"#;
    let statement =
        r#"{"software_statement":"eyJhbGciOiJub25lIn0.e30.e30","redirect_uri":"app://done"}"#;
    if let Some(body) = &operation.body {
        let text = match (body.media_type, body.fields.first()) {
            (JSON, Some(("resources", _))) => resources.to_owned(),
            (JSON, _) => statement.to_owned(),
            (_, Some(("SAMLResponse", _))) => {
                format!("SAMLResponse={}", saml(bench, "Cablevision"))
            }
            _ => COMPLETE.to_owned(),
        };
        request = request.with_body(body.media_type, text);
        request = request.with_header("ap-partner-framework-status", &status(bench, "Cablevision"));
    }
    if operation.path.contains("/logout/") {
        request.query = Some("redirectUrl=https%3A%2F%2Fadobe.com".to_owned());
    }
    request
}

fn status(bench: &Bench, provider: &str) -> String {
    let make = serde_json::from_value(json!({ "provider": provider })).unwrap();
    bench.app.control().make_partner_status(&make).value
}

fn saml(bench: &Bench, provider: &str) -> String {
    let make = serde_json::from_value(json!({ "provider": provider })).unwrap();
    let value = bench.app.control().make_saml_response(&make).unwrap().value;
    form_urlencoded::byte_serialize(value.as_bytes()).collect()
}

/// Each call as it is described; without each header, parameter and field; and as it is not.
fn described() -> Bench {
    let bench = Bench::new();
    for operation in &OPERATIONS {
        bench.sign_in();
        let code = bench.code("domainName=adobe.com");
        let whole = || complete(&bench, operation, &code);
        bench.send(whole());
        for (name, _) in operation.headers {
            let mut request = whole();
            request.headers.remove(HeaderName::from_static(name));
            bench.send(request);
            let mut request = whole();
            request.headers.remove(HeaderName::from_static(name));
            bench.send(request.with_header(name, "???"));
        }
        for (name, _) in operation.body.iter().flat_map(|body| body.fields) {
            let mut request = whole();
            request.body = without(&request.body, name).into();
            bench.send(request);
        }
        bench.send(Request { query: None, ..whole() });
        bench.send(Request { body: Default::default(), ..whole() });
        bench.send(Request { method: Method::PATCH, ..whole() });
        bench.send(Request { oversized: true, ..whole() });
        let elsewhere = Request { path: whole().path.replace("REF30", "NOBODY"), ..whole() };
        bench.send(elsewhere);
        reset_device(&bench);
    }
    let configuration = bench.bare(Method::GET, "/api/v2/REF30/configuration");
    let token = format!("Bearer {}", bench.token);
    let configuration = configuration.with_header("authorization", &token);
    bench.send(configuration.with_header("x-device-info", "???"));
    throttled(&bench);
    bench
}

/// A body, form or JSON, without one of its fields.
fn without(body: &[u8], field: &str) -> String {
    match serde_json::from_slice(body) {
        Ok(Value::Object(mut members)) => {
            members.remove(field);
            Value::from(members).to_string()
        }
        _ => {
            let left = form_urlencoded::parse(body).filter(|(name, _)| name != field);
            form_urlencoded::Serializer::new(String::new()).extend_pairs(left).finish()
        }
    }
}

fn throttled(bench: &Bench) {
    let minute = serde_json::from_value(json!({"seconds": 60})).unwrap();
    bench.app.control().force_throttle("127.0.0.1", &minute).unwrap();
    for operation in &OPERATIONS {
        bench.send(complete(bench, operation, "ZZZZZZZ"));
    }
}

fn reset_device(bench: &Bench) {
    for profile in bench.app.control().profiles(&Default::default()).profiles {
        bench.app.control().revoke_profile(&profile.profile.to_string()).unwrap();
    }
}

/// Tokens of applications that may not call, or not here.
fn tokens() -> Bench {
    let mut bench = Bench::new();
    let good = bench.token.clone();
    let statements = Fixtures::default().software_statements;
    let statement = |id: &str| {
        statements.iter().find(|listed| *listed.id == *id).unwrap().statement.to_string()
    };
    let elsewhere = bench.register(&statement("apasstest1-only")).1;
    let (credentials, gone) = bench.register(&statement("first-api-only"));
    for token in [elsewhere, gone, "unknown".to_owned(), String::new()] {
        bench.token = token;
        for operation in &OPERATIONS {
            bench.send(complete(&bench, operation, "ZZZZZZZ"));
        }
        for path in ["reset?device_id=all", "reset/generic?key=all"] {
            let path = format!("/reset-tempass/v3/{path}&requestor_id=REF30&mvpd_id={PROMOTIONAL}");
            bench.send(bench.call(Method::DELETE, &path));
        }
    }
    bench.token = good;
    for form in [
        "grant_type=password".to_owned(),
        format!("grant_type=password&{credentials}"),
        "grant_type=client_credentials&client_id=x&client_secret=y".to_owned(),
    ] {
        bench.send(bench.bare(Method::POST, "/o/client/token").with_body(FORM, form));
    }
    for client in bench.app.control().clients().clients {
        bench.app.control().revoke_client(&client.client_id).unwrap();
    }
    let form = format!("grant_type=client_credentials&{credentials}");
    bench.send(bench.bare(Method::POST, "/o/client/token").with_body(FORM, form));
    bench
}

fn registration() -> Bench {
    let bench = Bench::with(|fixtures| {
        fixtures.settings.software_statements = StatementPolicy::Listed;
        fixtures.software_statements[1].grant_types = vec!["password".to_owned()];
    });
    for body in [
        json!({"software_statement": "eyJhbGciOiJub25lIn0.e30.e30"}),
        json!({"software_statement": "no statement"}),
        json!({"software_statement": "eyJhbGciOiJub25lIn0.e30.e30", "redirect_uri": "nowhere"}),
    ] {
        bench.post("/o/client/register", JSON, &body.to_string());
    }
    let statement = Fixtures::default().software_statements[1].statement.to_string();
    let body = json!({ "software_statement": statement }).to_string();
    let client = json_of(&bench.post("/o/client/register", JSON, &body));
    let text = |name: &str| client[name].as_str().unwrap().to_owned();
    let form = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}",
        text("client_id"),
        text("client_secret"),
    );
    bench.send(bench.bare(Method::POST, "/o/client/token").with_body(FORM, form));
    bench
}

/// Calls that name what is not there, or no longer.
fn codes_and_mvpds() -> Bench {
    let bench = Bench::new();
    let code = bench.sign_in();
    bench.get(&format!("/api/v2/authenticate/REF30/{code}"));
    let pending = bench.code("domainName=adobe.com");
    for (from, to) in [
        ("Cablevision", "Nobody"),
        ("Cablevision", "DisabledCable"),
        ("ZZZZZZZ", "zz"),
        ("https%3A%2F%2Fadobe.com", "nowhere"),
    ] {
        for operation in &OPERATIONS {
            let code = if to == "zz" { "ZZZZZZZ" } else { &pending };
            let mut request = complete(&bench, operation, code);
            request.path = request.path.replace(from, to);
            request.query = request.query.map(|query| query.replace(from, to));
            request.body = String::from_utf8_lossy(&request.body).replace(from, to).into();
            bench.send(request);
        }
    }
    let code = bench.code(&COMPLETE.replace("Cablevision", "Dish"));
    bench.get(&format!("/api/v2/authenticate/REF30/{code}"));
    bench.app.control().complete_session(&code, &Default::default()).unwrap();
    bench.app.domain.switch_integration("REF30", "Dish", false);
    bench.get(&format!("/api/v2/REF30/profiles/code/{code}"));
    bench
}

fn decisions() -> Bench {
    let bench = Bench::new();
    let both = |mvpd: &str, resources: &[&str]| {
        bench.decide("preauthorize", mvpd, resources);
        bench.decide("authorize", mvpd, resources);
    };
    both("Cablevision", &["REF30"]);
    bench.sign_in();
    for resource in ["REF30", "premium", "late-night", "unheard-of", "<rss><item/></rss>"] {
        both("Cablevision", &[resource]);
    }
    both("Cablevision", &["1", "2", "3", "4", "5", "6"]);
    let number = |bench: &Bench| {
        let all = bench.app.control().profiles(&Default::default()).profiles;
        all.last().unwrap().profile.to_string()
    };
    bench.app.control().invalidate_profile(&number(&bench)).unwrap();
    both("Cablevision", &["REF30"]);
    bench.sign_in();
    bench.app.control().expire_profile(&number(&bench), &Default::default()).unwrap();
    both("Cablevision", &["REF30"]);
    bench.get("/api/v2/REF30/logout/Dish?redirectUrl=https%3A%2F%2Fadobe.com");
    bench
}

fn temporary_access() -> Bench {
    let bench = Bench::with(|fixtures| {
        let pass = fixtures.mvpds.iter_mut().find(|mvpd| &*mvpd.id == "TempPass_TEST40").unwrap();
        let mut broken = pass.clone();
        broken.id = "BrokenTempPass".into();
        broken.temp_pass.as_mut().unwrap().duration = None;
        fixtures.mvpds.push(broken);
        let provider = &mut fixtures.service_providers[0];
        let mut agreed = provider.integrations[0].clone();
        agreed.mvpd = "BrokenTempPass".into();
        provider.integrations.push(agreed);
    });
    let identity = "eyJlbWFpbCI6ImZvb0BiYXIuY29tIn0=";
    let everywhere = |mvpd: &str, resource: &str, identity: &str| {
        let code = bench.code("domainName=adobe.com");
        bench.post(
            &format!("/api/v2/REF30/sessions/{code}"),
            FORM,
            &COMPLETE.replace("Cablevision", mvpd),
        );
        for path in [format!("profiles/{mvpd}"), format!("profiles/code/{code}")] {
            let call = bench.call(Method::GET, &format!("/api/v2/REF30/{path}"));
            bench.send(call.with_header("ap-temppass-identity", identity));
        }
        for kind in ["preauthorize", "authorize"] {
            let path = format!("/api/v2/REF30/decisions/{kind}/{mvpd}");
            let body = json!({ "resources": [resource] }).to_string();
            let call = bench.call(Method::POST, &path).with_body(JSON, body);
            bench.send(call.with_header("ap-temppass-identity", identity));
        }
    };
    everywhere("BrokenTempPass", "news", "");
    everywhere(BASIC, "news", "");
    everywhere(PROMOTIONAL, "news", "");
    for resource in ["news", "sports", "movies", "kids", "kids"] {
        everywhere(PROMOTIONAL, resource, identity);
    }
    bench.get(&format!("/api/v2/REF30/logout/{BASIC}?redirectUrl=https%3A%2F%2Fadobe.com"));
    bench.advance(181);
    everywhere(BASIC, "news", "");
    bench
}

fn degraded_access() -> Bench {
    let bench = Bench::new();
    for mode in [Mode::AuthzNone, Mode::AuthzAll, Mode::AuthnAll] {
        let rule = Degrade { mode, seconds: 60.0, details: Some("Back soon".to_owned()) };
        bench.app.control().degrade("REF30", "Cablevision", &rule).unwrap();
        for operation in &OPERATIONS {
            bench.send(complete(&bench, operation, "ZZZZZZZ"));
        }
        let session = json_of(&bench.post("/api/v2/REF30/sessions", FORM, "domainName=a.b"));
        let code = session["code"].as_str().unwrap();
        bench.post(&format!("/api/v2/REF30/sessions/{code}"), FORM, COMPLETE);
        bench.get(&format!("/api/v2/REF30/profiles/code/{code}"));
    }
    bench
}

fn partners() -> Bench {
    let bench = Bench::new();
    let made = |access: &str, provider: &str, expires: &str| {
        use base64::Engine as _;
        let json = json!({
            "frameworkPermissionInfo": {"accessStatus": access},
            "frameworkProviderInfo": {"id": provider, "expirationDate": expires},
        });
        base64::engine::general_purpose::STANDARD.encode(json.to_string())
    };
    let forever = "2025430636000";
    let statuses = [
        String::new(),
        made("notDetermined", "Cablevision", forever),
        made("denied", "Cablevision", forever),
        made("granted", "Nobody", forever),
        made("granted", "Spectrum", forever),
        made("granted", "Cablevision", "1"),
        made("granted", "Dish", forever),
        status(&bench, "Cablevision"),
    ];
    for status in &statuses {
        for (path, body) in [
            ("sessions/sso/Apple", COMPLETE.to_owned()),
            ("sessions/sso/Apple", "domainName=a.b".to_owned()),
            ("profiles/sso/Apple", "SAMLResponse=x".to_owned()),
            ("profiles/sso/Apple", format!("SAMLResponse={}", saml(&bench, "Cablevision"))),
            ("profiles/sso/Apple", format!("SAMLResponse={}", saml(&bench, "Dish"))),
            ("profiles/sso/Banana", String::new()),
            ("sessions/sso/Banana", String::new()),
        ] {
            let call = bench.call(Method::POST, &format!("/api/v2/REF30/{path}"));
            let call =
                call.with_body(FORM, body).with_header("ap-partner-framework-status", status);
            bench.send(call);
        }
    }
    for path in ["profiles", "profiles/Cablevision"] {
        let call = bench.call(Method::GET, &format!("/api/v2/REF30/{path}"));
        bench.send(call.with_header("ap-partner-framework-status", &statuses[7]));
    }
    bench.get("/api/v2/REF30/logout/Cablevision?redirectUrl=https%3A%2F%2Fadobe.com");
    bench
}

fn pages_and_resets() -> Bench {
    let bench = Bench::new();
    let code = bench.code(COMPLETE);
    bench.get(&format!("/mvpd/Cablevision/login?code={code}"));
    bench.get(&format!("/mvpd/Cablevision/sso?code={code}"));
    bench.get("/mvpd/Cablevision/login?code=nonsense");
    bench.get("/mvpd/Nobody/login");
    bench.post("/mvpd/Cablevision/pin", FORM, &format!("code={code}&pin=1234"));
    bench.post("/mvpd/Cablevision/sso", FORM, "");
    let out_of_order =
        json!({"match": {"endpoint": "retrieve_session"}, "effect": {"status": 503}});
    let out_of_order = serde_json::from_value(out_of_order).unwrap();
    let fault = bench.app.control().add_fault(out_of_order).unwrap();
    bench.post("/activate", FORM, &format!("code={code}"));
    bench.app.control().remove_fault(&fault.fault.to_string()).unwrap();
    for (kind, mvpd) in [
        ("reset", BASIC),
        ("reset", "Nobody"),
        ("reset/generic", PROMOTIONAL),
        ("reset/generic", BASIC),
    ] {
        let path = format!("/reset-tempass/v3/{kind}?requestor_id=REF30&mvpd_id={mvpd}");
        let request = bench.call(Method::DELETE, &path);
        bench.send(request.clone());
        bench.send(Request { method: Method::GET, ..request.clone() });
        bench.send(Request { oversized: true, ..request });
    }
    let other = bench.bare(Method::GET, "/api/v2/REF30/profiles");
    bench.send(other.with_header("ap-device-identifier", &device("other")));
    bench
}

/// What the service's own configuration makes impossible.
fn configurations() -> Bench {
    let bench = Bench::new();
    let partner = |bench: &Bench| {
        let body = format!("SAMLResponse={}", saml(bench, "Cablevision"));
        let call = bench.call(Method::POST, "/api/v2/REF30/profiles/sso/Apple");
        let call = call.with_header("ap-partner-framework-status", &status(bench, "Cablevision"));
        bench.send(call.with_body(FORM, body))
    };
    let codes = ErrorCode::ALL.iter().filter(|code| {
        let platform = "invalid_configuration_platform";
        code.code().starts_with(platform) || code.code().starts_with("invalid_configuration_mvpd_")
    });
    for code in codes {
        let mut fixtures = Fixtures::default();
        let mvpd = fixtures.mvpds.iter_mut().find(|mvpd| &*mvpd.id == "Cablevision").unwrap();
        mvpd.platforms.get_mut("tvOS").unwrap().invalid = Some(*code);
        bench.app.fixtures.store(fixtures.into());
        partner(&bench);
    }
    bench.app.fixtures.store(Fixtures::default().into());
    let code = bench.sign_in();
    let unusable = serde_json::from_value(json!({"usable": false})).unwrap();
    bench.app.control().set_certificate("REF30", &unusable).unwrap();
    for path in
        ["profiles".to_owned(), "profiles/Cablevision".to_owned(), format!("profiles/code/{code}")]
    {
        bench.get(&format!("/api/v2/REF30/{path}"));
    }
    partner(&bench);
    bench
}
