//! The one table of operations, and the way to find one.

use std::sync::{Arc, LazyLock};

use http::Method;
use http::header::ALLOW;

use super::operation::{Call, Operation, Outcome};
use super::{ControlError, Kind, areas};
use crate::app::App;
use crate::http::{Reply, Request};
use crate::router::decode;

/// The one table.
pub(super) static TABLE: LazyLock<Table> = LazyLock::new(|| Table::new(areas::operations()));

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
    use serde_json::Value;

    use super::*;
    use crate::control::openapi;

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

    #[test]
    fn a_reader_finds_every_part_explained() {
        let document = openapi::document(TABLE.operations());
        let said = |text: &Value| text.as_str().is_some_and(|text| text.len() > 3);
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let at = format!("{method} {path}");
                assert!(said(&operation["summary"]), "{at}");
                for parameter in operation["parameters"].as_array().into_iter().flatten() {
                    assert!(said(&parameter["description"]), "{at}: {}", parameter["name"]);
                }
                let body = &operation["requestBody"]["content"]["application/json"];
                let shown = body.is_null() || body["examples"].is_object() || path == "/restore";
                assert!(shown, "{at} has no example");
            }
        }
        for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
            assert!(said(&schema["description"]), "{name}");
            for (field, schema) in schema["properties"].as_object().into_iter().flatten() {
                assert!(said(&schema["description"]), "{name}.{field}");
            }
        }
    }

    #[tokio::test]
    async fn every_example_can_be_sent_as_it_is() {
        for operation in TABLE.operations() {
            for (what, example) in &operation.examples {
                let app = crate::MockServer::builder().into_app();
                let path = operation.path.replace("{address}", "127.0.0.1");
                let path = path.replace("{service_provider}/{mvpd}", "REF30/Cablevision");
                let request = Request::new(operation.method.clone(), &path)
                    .with_header("content-type", "application/json");
                let request = Request { body: (*example).into(), ..request };
                let answer = TABLE.answer(app, request);
                // What would have to wait has read its body, too.
                match tokio::time::timeout(std::time::Duration::ZERO, answer).await {
                    // Nor is there what the path names.
                    Err(_) | Ok(Ok(_) | Err(ControlError { kind: Kind::NotFound, .. })) => {}
                    Ok(Err(error)) => panic!("{}, {what}: {error}", operation.signature()),
                }
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
