//! One operation of the API: how it is called, what it takes, what it answers.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{Control, ControlError};
use crate::app::App;
use crate::http::{Form, Reply, Response};

/// The schema of a type.
pub(super) type SchemaOf = fn(&mut SchemaGenerator) -> Schema;
pub(super) type Outcome<T = Reply> = Result<T, ControlError>;
type Now = Box<dyn Fn(&Control<'_>, &Call) -> Outcome + Send + Sync>;
type Later = Pin<Box<dyn Future<Output = Outcome> + Send>>;

/// One row of the table.
pub(super) struct Operation {
    pub method: Method,
    pub path: &'static str,
    pub summary: &'static str,
    pub query: Option<SchemaOf>,
    pub body: Option<SchemaOf>,
    /// Bodies that can be sent as they are, each under the words that say what it does.
    pub examples: Vec<(&'static str, &'static str)>,
    pub answer: Answer,
    run: Run,
}

/// What a successful call is answered with.
pub(super) enum Answer {
    /// JSON of this schema.
    Json(SchemaOf),
    /// Something else, by its media type.
    Other(&'static str),
}

enum Run {
    Now(Now),
    Later(fn(Arc<App>, Call) -> Later),
}

/// What a caller sent.
#[derive(Default)]
pub(super) struct Call {
    pub params: Vec<(String, String)>,
    pub query: Form,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Operation {
    /// Runs it. A query or a body that it does not take is refused.
    pub(super) async fn run(&self, app: Arc<App>, call: Call) -> Outcome {
        if self.query.is_none()
            && let Some((name, _)) = call.query.pairs().first()
        {
            let hint = format!("{} {} takes no query parameters", self.method, self.path);
            return Err(ControlError::invalid(format!("{name}: unknown query parameter"), hint));
        }
        // `{}` is how some clients send nothing.
        if self.body.is_none() && !matches!(call.body.trim_ascii(), b"" | b"{}") {
            let hint = format!("{} {} takes no body", self.method, self.path);
            return Err(ControlError::invalid("the body is not expected", hint));
        }
        match &self.run {
            Run::Now(run) => run(&app.control(), &call),
            Run::Later(run) => run(app, call).await,
        }
    }

    /// The same operation with query parameters: the fields of `Q`.
    pub(super) fn query<Q: JsonSchema>(self) -> Self {
        Self { query: Some(schema_of::<Q>), ..self }
    }

    /// The same operation with a body to show, and what it does.
    pub(super) fn example(mut self, what: &'static str, body: &'static str) -> Self {
        self.examples.push((what, body));
        self
    }

    /// The same operation with bodies that it shares with others.
    pub(super) fn examples(mut self, examples: &'static [(&'static str, &'static str)]) -> Self {
        self.examples.extend(examples);
        self
    }

    /// `METHOD /path`
    pub(super) fn signature(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

/// An operation without a body.
pub(super) fn bare<A: Serialize + JsonSchema + 'static>(
    method: Method,
    path: &'static str,
    summary: &'static str,
    run: fn(&Control<'_>, &Call) -> Outcome<A>,
) -> Operation {
    Operation {
        method,
        path,
        summary,
        query: None,
        body: None,
        examples: Vec::new(),
        answer: Answer::Json(schema_of::<A>),
        run: Run::Now(Box::new(move |control, call| run(control, call).map(|a| json(&a)))),
    }
}

/// An operation with a JSON body.
pub(super) fn with_body<B, A>(
    method: Method,
    path: &'static str,
    summary: &'static str,
    run: fn(&Control<'_>, &Call, B) -> Outcome<A>,
) -> Operation
where
    B: DeserializeOwned + JsonSchema + 'static,
    A: Serialize + JsonSchema + 'static,
{
    let run = move |control: &Control<'_>, call: &Call| {
        run(control, call, call.body::<B>()?).map(|answer| json(&answer))
    };
    Operation {
        method,
        path,
        summary,
        query: None,
        body: Some(schema_of::<B>),
        examples: Vec::new(),
        answer: Answer::Json(schema_of::<A>),
        run: Run::Now(Box::new(run)),
    }
}

/// An operation whose answer is no JSON of a schema of its own.
pub(super) fn other(
    path: &'static str,
    summary: &'static str,
    media_type: &'static str,
    run: fn(&Control<'_>, &Call) -> Outcome<Response>,
) -> Operation {
    Operation {
        method: Method::GET,
        path,
        summary,
        query: None,
        body: None,
        examples: Vec::new(),
        answer: Answer::Other(media_type),
        run: Run::Now(Box::new(move |control, call| run(control, call).map(Reply::from))),
    }
}

/// An operation that takes its time.
pub(super) fn later(
    method: Method,
    path: &'static str,
    summary: &'static str,
    (body, answer): (Option<SchemaOf>, Answer),
    run: fn(Arc<App>, Call) -> Later,
) -> Operation {
    Operation {
        method,
        path,
        summary,
        query: None,
        body,
        examples: Vec::new(),
        answer,
        run: Run::Later(run),
    }
}

pub(super) fn schema_of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

pub(super) fn json(value: &impl Serialize) -> Reply {
    Response::json(StatusCode::OK, value).into()
}

impl Call {
    /// A variable segment of the path.
    pub(super) fn param(&self, name: &str) -> &str {
        let found = self.params.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    /// The query string, each parameter a field.
    pub(super) fn query<Q: DeserializeOwned + JsonSchema>(&self) -> Outcome<Q> {
        let mut fields = Map::new();
        for (name, value) in self.query.pairs() {
            if fields.insert(name.clone(), Value::from(value.as_str())).is_some() {
                let error = format!("{name}: is given more than once");
                return Err(ControlError::invalid(error, takes::<Q>("query parameters")));
            }
        }
        serde_path_to_error::deserialize(Value::Object(fields))
            .map_err(|error| refused(&error, takes::<Q>("query parameters")))
    }

    /// The body. None at all is an empty object.
    pub(super) fn body<B: DeserializeOwned + JsonSchema>(&self) -> Outcome<B> {
        let text: &[u8] = if self.body.is_empty() { b"{}" } else { &self.body };
        // Read into fields, an array would count as well.
        if text.trim_ascii().first() != Some(&b'{') {
            return Err(ControlError::invalid("the body is no JSON object", takes::<B>("body")));
        }
        let mut reader = serde_json::Deserializer::from_slice(text);
        let body = serde_path_to_error::deserialize(&mut reader)
            .map_err(|error| refused(&error, takes::<B>("body")))?;
        reader.end().map_err(|error| {
            ControlError::invalid(format!("the body: {error}"), takes::<B>("body"))
        })?;
        Ok(body)
    }
}

/// What could not be read, beginning with the field.
fn refused<E: std::fmt::Display>(
    error: &serde_path_to_error::Error<E>,
    hint: String,
) -> ControlError {
    let path = error.path().to_string();
    let what = error.inner();
    match path.as_str() {
        "." | "?" => ControlError::invalid(what.to_string(), hint),
        path => ControlError::invalid(format!("{path}: {what}"), hint),
    }
}

/// What a query or a body may hold, in a sentence.
fn takes<T: JsonSchema>(what: &str) -> String {
    let schema = schemars::schema_for!(T).to_value();
    let none = Map::new();
    let fields = schema.get("properties").and_then(Value::as_object).unwrap_or(&none);
    let required = schema.get("required").and_then(Value::as_array);
    let list: Vec<String> = fields
        .iter()
        .map(|(name, field)| {
            let must = required.is_some_and(|r| r.iter().any(|r| r.as_str() == Some(name)));
            let must = if must { ", required" } else { "" };
            format!("{name} ({}{must})", type_name(&schema, field))
        })
        .collect();
    match list.is_empty() {
        true => format!("the {what} must be empty or {{}}"),
        false => format!("the {what} may hold: {}; see GET /openapi.json", list.join(", ")),
    }
}

/// `string`, `number`, …; the choices, where there are some; `object` for anything else.
fn type_name(root: &Value, field: &Value) -> String {
    let reference = [field, &field["anyOf"][0]].into_iter().find_map(|at| at["$ref"].as_str());
    let named = reference.and_then(|reference| root.pointer(reference.strip_prefix('#')?));
    if let Some(choices) = named.and_then(|named| named["oneOf"].as_array()) {
        let names = choices.iter().filter_map(|choice| choice["const"].as_str());
        return names.collect::<Vec<_>>().join(" or ");
    }
    let kind = named.map_or(&field["type"], |named| &named["type"]);
    match kind {
        Value::String(name) => name.clone(),
        Value::Array(names) => {
            let names = names.iter().filter_map(Value::as_str).filter(|name| *name != "null");
            names.collect::<Vec<_>>().join(" or ")
        }
        _ => "object".to_owned(),
    }
}
