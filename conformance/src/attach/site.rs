//! The page and the API on one listener.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::header::{CACHE_CONTROL, LOCATION, WWW_AUTHENTICATE};
use http::{Method, StatusCode};
use pass_mock::http::{Form, Reply, Request, Response};
use pass_mock::web::Site as WebSite;
use serde_json::json;

use super::access::Guard;
use super::messages::{self, Problem};
use super::sitting::Sitting;
use super::{openapi, page};
use crate::report;

/// How long a request for news is kept waiting when it does not say, and at most.
const WAIT: Duration = Duration::from_secs(20);
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// How often calls are looked for, which nobody tells of.
const LOOK: Duration = Duration::from_millis(700);

/// What is served.
#[derive(Debug)]
pub(super) struct Site {
    pub(super) sitting: Arc<Sitting>,
    pub(super) guard: Guard,
}

type Answer = Result<Response, Problem>;

/// Every path, its method, and what it is for.
pub(super) const ROUTES: &[(Method, &str, &str)] = &[
    (Method::GET, "/", "The page"),
    (Method::GET, "/view", "The parts of the page, as soon as they change"),
    (Method::POST, "/act", "The page's forms"),
    (Method::GET, "/style.css", "The page's style"),
    (Method::GET, "/attach.js", "The page's script"),
    (Method::GET, "/openapi.json", "This description"),
    (Method::GET, "/state", "Everything that the page shows; with `since`, as soon as it changes"),
    (Method::GET, "/command", "The next thing that a device is to do, as soon as there is one"),
    (Method::POST, "/messages", "What a device shows and has done"),
    (Method::POST, "/skip", "Leaves out a scenario, also the one that is being played"),
    (Method::POST, "/end", "Ends the sitting; what was played is reported"),
    (Method::POST, "/close", "Closes the page after the end, so that the program ends"),
    (Method::GET, "/report", "The report as a page"),
    (Method::GET, "/report.html", "The report as a file: HTML"),
    (Method::GET, "/report.json", "The report as a file: JSON"),
    (Method::GET, "/report.xml", "The report as a file: JUnit"),
    (Method::GET, "/report.md", "The report as a file: Markdown"),
    (Method::GET, "/report.sarif", "The report as a file: SARIF"),
];

impl WebSite for Site {
    fn answer(self: Arc<Self>, request: Request) -> Pin<Box<dyn Future<Output = Reply> + Send>> {
        Box::pin(async move { self.answer_one(request).await.into() })
    }
}

impl Site {
    async fn answer_one(&self, mut request: Request) -> Response {
        if request.method == Method::GET
            && request.path == "/"
            && let Some(admitted) = self.guard.admit(&request)
        {
            return admitted;
        }
        if let Err(refused) = self.guard.check(&mut request) {
            return match refused.status {
                StatusCode::UNAUTHORIZED => {
                    Response::from(refused).with_header(WWW_AUTHENTICATE, "Bearer")
                }
                _ => refused.into(),
            };
        }
        let answer = match self.route(&request).await {
            Ok(answer) => answer,
            Err(problem) => problem.into(),
        };
        match answer.headers.contains_key(CACHE_CONTROL) {
            true => answer,
            false => answer.with_header(CACHE_CONTROL, "no-store"),
        }
    }

    async fn route(&self, request: &Request) -> Answer {
        let query = request.query_form();
        let path = request.path.as_str();
        match (request.method.as_str(), path) {
            ("GET" | "HEAD", "/") => {
                self.sitting.look();
                let late = query.get("late").is_some();
                Ok(page::whole(&self.sitting.view(), self.guard.form_token(), late))
            }
            ("GET", "/view") => {
                self.sitting.look();
                self.news(&query).await?;
                self.sitting.look();
                Ok(page::parts(&self.sitting.view(), self.guard.form_token()))
            }
            ("POST", "/act") => self.act(request),
            ("GET", "/style.css") => Ok(page::style()),
            ("GET", "/attach.js") => Ok(page::script()),
            ("GET", "/openapi.json") => Ok(Response::json(StatusCode::OK, &openapi::document())),
            ("GET", "/state") => {
                self.news(&query).await?;
                Ok(Response::json(StatusCode::OK, &self.sitting.view()))
            }
            ("GET", "/command") => self.command(&query).await,
            ("POST", "/messages") => {
                let seat = messages::seat(&self.sitting, &query)?;
                messages::hand_in(seat, body(request)?, false)?;
                Ok(Response::empty(StatusCode::NO_CONTENT))
            }
            ("POST", "/skip") => {
                let body = body(request)?;
                let name = body.get("scenario").and_then(serde_json::Value::as_str);
                let name = name.ok_or_else(|| {
                    Problem::invalid("scenario: is missing", r#"send {"scenario": "NAME"}"#)
                })?;
                self.skip(name)?;
                Ok(Response::empty(StatusCode::NO_CONTENT))
            }
            ("POST", "/end") => {
                body(request)?;
                self.sitting.end(ENDED);
                Ok(Response::empty(StatusCode::NO_CONTENT))
            }
            ("POST", "/close") => {
                body(request)?;
                self.sitting.close();
                Ok(Response::empty(StatusCode::NO_CONTENT))
            }
            ("GET", path) if path.starts_with("/report") => self.report(path),
            _ => Err(not_there(request)),
        }
    }

    /// Waits until something is new for who knows a version.
    async fn news(&self, query: &Form) -> Result<(), Problem> {
        let Some(known) = query.get("since") else { return Ok(()) };
        let until = Instant::now() + wait(query)?;
        let mut changes = self.sitting.changes();
        while self.sitting.version() == known {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            changes.mark_unchanged();
            let _ = tokio::time::timeout(left.min(LOOK), changes.changed()).await;
        }
        Ok(())
    }

    async fn command(&self, query: &Form) -> Answer {
        let seat = messages::seat(&self.sitting, query)?;
        let after = number(query, "after")?.unwrap_or(0);
        let until = Instant::now() + wait(query)?;
        loop {
            if self.sitting.report().is_some() {
                let hint = "there is nothing more to do; `GET /report.json` has what came of it";
                return Err(Problem::new(StatusCode::GONE, "the sitting is over", hint));
            }
            let left = until.saturating_duration_since(Instant::now());
            if let Some(command) = seat.command(after, left.min(LOOK)).await {
                return Ok(Response::json(StatusCode::OK, &command));
            }
            if left.is_zero() {
                return Ok(Response::empty(StatusCode::NO_CONTENT));
            }
        }
    }

    /// A form of the page, which is shown again afterwards.
    fn act(&self, request: &Request) -> Answer {
        let form = Form::parse(&request.body);
        self.guard.check_form(form.get("form_token").unwrap_or_default())?;
        let outcome = match form.get("kind") {
            Some("skip") => self.skip(form.get("scenario").unwrap_or_default()),
            Some("end") => {
                self.sitting.end(ENDED);
                Ok(())
            }
            Some("close") => {
                self.sitting.close();
                Ok(())
            }
            _ => messages::of_form(&form).and_then(|said| {
                messages::hand_in(messages::seat(&self.sitting, &form)?, said, true)
            }),
        };
        let back = match outcome {
            Ok(()) => "/",
            // Somebody else, or a limit, was quicker.
            Err(problem) if problem.status == StatusCode::CONFLICT => "/?late",
            Err(problem) => return Err(problem),
        };
        Ok(Response::empty(StatusCode::SEE_OTHER).with_header(LOCATION, back))
    }

    fn skip(&self, scenario: &str) -> Result<(), Problem> {
        let hint = "`GET /state` names the scenarios and how far they are";
        let skipped = self.sitting.skip(scenario, "it was left out in the sitting");
        skipped.map_err(|error| Problem::new(StatusCode::CONFLICT, error, hint))
    }

    fn report(&self, path: &str) -> Answer {
        let Some(report) = self.sitting.report() else {
            let hint = "it is there when the sitting is over; `POST /end` ends it now";
            return Err(Problem::new(StatusCode::CONFLICT, "there is no report yet", hint));
        };
        let file = |media_type, text: String| Response::with_body(StatusCode::OK, media_type, text);
        Ok(match path {
            "/report" | "/report.html" => page::framed_off(report::html::render(&report)),
            "/report.json" => file("application/json", report::json::render(&report)),
            "/report.xml" => file("application/xml", report::junit::render(&report)),
            "/report.md" => file("text/markdown;charset=UTF-8", report::markdown::render(&report)),
            "/report.sarif" => file("application/sarif+json", report::sarif::render(&report)),
            _ => {
                let hint = "there are /report, /report.html, .json, .xml, .md and .sarif";
                return Err(Problem::new(StatusCode::NOT_FOUND, "no such report", hint));
            }
        })
    }
}

/// Why nothing more was played.
const ENDED: &str = "the sitting was ended before it";

fn not_there(request: &Request) -> Problem {
    let allowed: Vec<&str> = ROUTES
        .iter()
        .filter(|(_, path, _)| *path == request.path)
        .map(|(method, ..)| method.as_str())
        .collect();
    match allowed.is_empty() {
        true => Problem::new(
            StatusCode::NOT_FOUND,
            format!("there is nothing at {}", request.path),
            "`GET /openapi.json` lists what there is",
        ),
        false => Problem::new(
            StatusCode::METHOD_NOT_ALLOWED,
            format!("{} is not called with {}", request.path, request.method),
            format!("call it with {}", allowed.join(" or ")),
        ),
    }
}

/// A JSON body; only programs and pages of this origin can send one.
fn body(request: &Request) -> Result<serde_json::Value, Problem> {
    if request.oversized {
        let hint = "hand in fewer messages at once";
        return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "the body is too long", hint));
    }
    if request.media_type().as_deref() != Some("application/json") {
        let hint = "send JSON as `Content-Type: application/json`";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "the body is no JSON", hint));
    }
    if request.body.trim_ascii().is_empty() {
        return Ok(json!({}));
    }
    serde_json::from_slice(&request.body)
        .map_err(|error| Problem::invalid(format!("the body is no JSON: {error}"), "correct it"))
}

fn wait(query: &Form) -> Result<Duration, Problem> {
    let wait = number(query, "wait")?.map_or(WAIT, Duration::from_secs);
    Ok(wait.min(LONGEST_WAIT))
}

fn number(query: &Form, name: &str) -> Result<Option<u64>, Problem> {
    let Some(text) = query.get(name) else { return Ok(None) };
    let wrong =
        |_| Problem::invalid(format!("{name}: `{text}` is no number"), "send a whole number");
    text.parse().map(Some).map_err(wrong)
}
