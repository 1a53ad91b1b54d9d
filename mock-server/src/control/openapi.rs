//! The table of operations, described: as an OpenAPI 3.1 document and as a short index.

use http::Method;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::ControlError;
use super::operation::{Answer, Operation};

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
            "description": "Steers a running pass-mock: its clock, sessions, profiles, decisions, \
                throttling and journal. Served on its own listener only. When that is bound beyond \
                loopback every request needs the bearer token.",
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
    if let Some(example) = operation.example.and_then(|text| serde_json::from_str(text).ok()) {
        let example: Value = example;
        described["requestBody"]["content"]["application/json"]["example"] = example;
    }
    described
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
        json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } })
    })
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
