//! The table of operations, described: as an OpenAPI 3.1 document and as a short index.

use http::Method;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::ControlError;
use super::operation::{Answer, Operation};

const INTRODUCTION: &str = "\
Steers a running pass-mock: its clock, sessions, profiles, decisions, degradation, temporary access, \
faults, throttling and journal. Served on its own listener only; when that is bound beyond loopback \
every request needs the bearer token.\n\n\
Bodies are JSON objects, whatever media type they are sent with; a field that no operation knows is \
refused. Where every field is optional the body may be left out. Instants are milliseconds since \
the epoch and pass on the service's own clock, which `POST /clock/advance` moves. What is not done \
is answered with what is wrong and what to do about it. Every example can be sent as it is.";

/// What `GET /` tells.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(super) struct Index {
    /// `pass-mock`
    name: &'static str,
    /// The version of the server.
    version: &'static str,
    /// Where the full description is.
    openapi: &'static str,
    /// Every operation in a line.
    operations: Vec<Row>,
}

/// One operation.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(super) struct Row {
    /// How it is called.
    call: String,
    /// What it does.
    summary: &'static str,
}

/// The short index.
pub(super) fn index(operations: &[Operation]) -> Index {
    let row =
        |operation: &Operation| Row { call: operation.signature(), summary: operation.summary };
    Index {
        name: "pass-mock",
        version: env!("CARGO_PKG_VERSION"),
        openapi: "/openapi.json",
        operations: operations.iter().map(row).collect(),
    }
}

/// The OpenAPI document.
pub(super) fn document(operations: &[Operation]) -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    let mut generator = settings.into_generator();
    let problem = generator.subschema_for::<ControlError>();
    let mut paths = Map::new();
    for operation in operations {
        let entry = paths.entry(operation.path).or_insert_with(|| json!({}));
        entry[operation.method.as_str().to_ascii_lowercase()] = describe(operation, &mut generator);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "pass-mock control API",
            "version": env!("CARGO_PKG_VERSION"),
            "description": INTRODUCTION,
        },
        "security": [{}, { "token": [] }],
        "paths": paths,
        "components": {
            "schemas": generator.take_definitions(true),
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } },
            "responses": {
                "Problem": {
                    "description": "What is wrong, and what to do about it.",
                    "content": { "application/json": { "schema": problem } },
                },
            },
        },
    })
}

fn describe(operation: &Operation, generator: &mut SchemaGenerator) -> Value {
    let answer = match operation.answer {
        Answer::Json(schema) => json!({ "application/json": { "schema": schema(generator) } }),
        Answer::Other(media_type) => json!({ media_type: {} }),
    };
    let mut described = json!({
        "operationId": operation_id(operation),
        "summary": operation.summary,
        "tags": [operation.path.split(['/', '.']).nth(1).unwrap_or_default()],
        "responses": {
            "200": { "description": "Done.", "content": answer },
            "4XX": { "$ref": "#/components/responses/Problem" },
        },
    });
    let parameters: Vec<Value> =
        path_parameters(operation.path).chain(query_parameters(operation)).collect();
    if !parameters.is_empty() {
        described["parameters"] = parameters.into();
    }
    if let Some(schema) = operation.body {
        let alone = fields(schema);
        let required = alone.get("required").is_some();
        described["requestBody"] = json!({
            "required": required,
            "content": { "application/json": { "schema": schema(generator) } },
        });
    }
    if !operation.examples.is_empty() {
        described["requestBody"]["content"]["application/json"]["examples"] = examples(operation);
    }
    described
}

/// By a name made of what each does.
fn examples(operation: &Operation) -> Value {
    let described = operation.examples.iter().filter_map(|(what, body)| {
        let body: Value = serde_json::from_str(body).ok()?;
        let words =
            what.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
        let name = words.map(str::to_ascii_lowercase).collect::<Vec<_>>().join("_");
        Some((name, json!({ "summary": what, "value": body })))
    });
    described.collect::<Map<_, _>>().into()
}

/// `POST /sessions/{code}/deny` is `post_sessions_code_deny`.
fn operation_id(operation: &Operation) -> String {
    let words = operation.path.split(|c: char| !c.is_ascii_alphanumeric());
    let words = words.filter(|word| !word.is_empty()).map(str::to_owned);
    let method = std::iter::once(operation.method.as_str().to_ascii_lowercase());
    let id: Vec<String> = method.chain(words).collect();
    match id.len() {
        1 if operation.method == Method::GET => "get_index".to_owned(),
        _ => id.join("_"),
    }
}

fn path_parameters(path: &'static str) -> impl Iterator<Item = Value> {
    let names = path.split('/').filter_map(|s| s.strip_prefix('{')?.strip_suffix('}'));
    names.map(|name| {
        json!({
            "name": name,
            "in": "path",
            "required": true,
            "description": segment(name),
            "schema": { "type": "string" },
        })
    })
}

/// What stands in a variable segment, and where it is to be had.
fn segment(name: &str) -> &'static str {
    match name {
        "code" => "The session's code, as the app shows it; `GET /sessions` lists those in force.",
        "profile" => "The profile's number; `GET /profiles` lists them.",
        "rule" => "The rule's number; `PUT /decisions` and `GET /decisions` tell it.",
        "exchange" => "The exchange's number; `GET /journal` and its stream tell it as `id`.",
        "fault" => "The fault's number; `POST /faults` and `GET /faults` tell it.",
        "token" => "The access token itself, or its id; `GET /tokens` lists both.",
        "client" => "The client id; `GET /clients` lists them.",
        "service_provider" => "The service provider's id; `GET /integrations` lists them.",
        "mvpd" => "The MVPD's id; `GET /integrations` lists them.",
        "address" => {
            "The IP address the device calls from, or the first one of its `X-Forwarded-For`; \
             `GET /throttle` lists those that called."
        }
        _ => "",
    }
}

fn query_parameters(operation: &Operation) -> impl Iterator<Item = Value> {
    let schema = operation.query.map(fields).unwrap_or_default();
    let properties = schema.get("properties").and_then(Value::as_object).cloned();
    properties.unwrap_or_default().into_iter().map(|(name, mut schema)| {
        let description = schema.as_object_mut().and_then(|schema| schema.remove("description"));
        json!({
            "name": name,
            "in": "query",
            "required": false,
            "description": description,
            "schema": schema,
        })
    })
}

/// A schema with its fields in place instead of a reference.
fn fields(schema: super::operation::SchemaOf) -> Value {
    let mut generator = SchemaSettings::draft2020_12().with(|s| s.inline_subschemas = true);
    generator.meta_schema = None;
    schema(&mut generator.into_generator()).to_value()
}
