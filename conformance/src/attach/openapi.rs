//! The API, described.

use http::Method;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::site::ROUTES;
use super::view::View;

/// What only browsers are meant to call.
const PAGE_ONLY: &[&str] = &["/", "/view", "/act", "/style.css", "/attach.js"];

/// The OpenAPI document.
pub(super) fn document() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    let mut generator = settings.into_generator();
    generator.subschema_for::<View>();
    let mut schemas = generator.take_definitions(true);
    schemas.insert("Command".into(), command());
    schemas.insert("Message".into(), message());
    schemas.insert("Problem".into(), problem());
    let mut paths = Map::new();
    for (method, path, summary) in ROUTES {
        let entry = paths.entry(*path).or_insert_with(|| json!({}));
        entry[method.as_str().to_ascii_lowercase()] = operation(method, path, summary);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "pass-conformance attach",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "A sitting with real devices. A script fetches what its device is to do \
                from `/command` and hands in what the device shows at `/messages`, in the JSON of \
                the adapter protocol; `/state` has everything that the page shows, with the \
                messages behind each of its buttons. When the page listens beyond loopback, every \
                request needs the bearer token that was printed when the sitting began.",
        },
        "security": [{}, { "token": [] }],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } },
        },
    })
}

fn operation(method: &Method, path: &str, summary: &str) -> Value {
    let mut described = json!({
        "operationId": format!("{}{}", method.as_str().to_ascii_lowercase(), path.replace(['/', '.'], "_")),
        "summary": summary,
        "responses": {
            "200": { "description": "As asked for." },
            "default": {
                "description": "What is wrong, and what to do about it.",
                "content": { "application/json": { "schema": reference("Problem") } },
            },
        },
    });
    if PAGE_ONLY.contains(&path) {
        described["tags"] = json!(["page"]);
    }
    let nothing = json!({ "description": "Done." });
    match path {
        "/state" => {
            described["parameters"] = json!([since(), wait()]);
            described["responses"]["200"]["content"] = json_of("View");
        }
        "/command" => {
            described["parameters"] = json!([
                device(),
                { "name": "after", "in": "query", "schema": { "type": "integer", "default": 0 },
                  "description": "The `sequence` of the last command that was fetched." },
                wait(),
            ]);
            described["responses"]["200"]["content"] = json_of("Command");
            described["responses"]["204"] =
                json!({ "description": "Nothing to do yet; ask again." });
            described["responses"]["410"] = json!({ "description": "The sitting is over." });
        }
        "/messages" => {
            described["parameters"] = json!([device()]);
            let schema = json!({ "anyOf": [
                reference("Message"),
                { "type": "array", "items": reference("Message") },
            ]});
            described["requestBody"] = json!({ "required": true, "content": { "application/json": {
                "schema": schema,
                "examples": {
                    "ready": { "value": {
                        "type": "ready", "protocol": 1, "client": "acme-tv", "version": "3.2.0",
                        "capabilities": ["browser", "second_screen", "picker"],
                    }},
                    "playing": { "value": [
                        { "type": "event", "event": "playing", "resource": "news" },
                        { "type": "done", "id": 4 },
                    ]},
                },
            }}});
            described["responses"]["204"] = nothing;
            described["responses"]["409"] =
                json!({ "description": "Nothing was asked of this device." });
        }
        "/skip" => {
            described["requestBody"] = json!({ "required": true, "content": { "application/json": {
                "schema": { "type": "object", "required": ["scenario"],
                            "properties": { "scenario": { "type": "string" } } },
                "example": { "scenario": "code-expires" },
            }}});
            described["responses"]["204"] = nothing;
        }
        "/end" | "/close" => {
            described["requestBody"] =
                json!({ "content": { "application/json": { "example": {} } } });
            described["responses"]["204"] = nothing;
        }
        _ => {}
    }
    described
}

fn command() -> Value {
    json!({
        "type": "object",
        "required": ["sequence", "fresh", "message"],
        "properties": {
            "sequence": { "type": "integer", "description": "To be sent as `after` for the next one." },
            "fresh": { "type": "boolean", "description":
                "With `hello`: another scenario begins, and nothing that the app has kept may be \
                 left. Without it, `hello` is a relaunch of the same installation." },
            "message": { "type": "object", "description":
                "`hello`, `do` or `browser`, as an adapter gets it. `hello` begins a run of the \
                 app; whatever is left of the last one must end first." },
        },
    })
}

fn message() -> Value {
    json!({
        "type": "object",
        "required": ["type"],
        "properties": { "type": { "enum": [
            "ready", "event", "done", "unsupported", "prepared", "login_shown", "ended",
        ]}},
        "description": "A message of the adapter protocol: `ready` (with `\"tells\": false` from who \
            will not tell what the device shows, and `\"by_hand\": true` from who takes as long as \
            a person), `event`, `done`, `unsupported`. Beside them `prepared` (the device is ready \
            for the next scenario as it introduced itself before), `login_shown` (there is a code \
            or a page to sign in with, which no event tells) and `ended` with `how` (the app is \
            gone without having been asked).",
    })
}

fn problem() -> Value {
    json!({
        "type": "object",
        "required": ["error", "hint"],
        "properties": {
            "error": { "type": "string", "description": "What is wrong." },
            "hint": { "type": "string", "description": "What to do about it." },
        },
    })
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

fn json_of(name: &str) -> Value {
    json!({ "application/json": { "schema": reference(name) } })
}

fn device() -> Value {
    json!({ "name": "device", "in": "query", "schema": { "type": "integer", "default": 1 },
            "description": "The device, counted from 1." })
}

fn since() -> Value {
    json!({ "name": "since", "in": "query", "schema": { "type": "string" },
            "description": "The `version` that is known: answered when there is another one." })
}

fn wait() -> Value {
    json!({ "name": "wait", "in": "query", "schema": { "type": "integer", "default": 20, "maximum": 60 },
            "description": "For how many seconds to wait for news at most." })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reference_leads_somewhere() {
        let document = document();
        let text = document.to_string();
        let mut found = 0;
        for piece in text.split(r##""$ref":"#/components/schemas/"##).skip(1) {
            let name = piece.split('"').next().unwrap();
            assert!(document["components"]["schemas"][name].is_object(), "{name}");
            found += 1;
        }
        assert!(found > 10, "{found}");
    }
}
