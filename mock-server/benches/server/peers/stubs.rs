//! How each peer is told what to answer.

use std::error::Error;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::json;

use super::Stub;

type Found = Result<Option<Command>, Box<dyn Error>>;

/// As many requests as `pass-mock` remembers.
const REMEMBERED: &str = "10000";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/peers")
}

/// A program of a package, when both are there.
fn program(runner: &str, path: &str) -> Option<Command> {
    let path = fs::canonicalize(folder().join(path)).ok()?;
    let mut command = Command::new(runner);
    let version = if runner == "java" { "-version" } else { "--version" };
    let silent = command.arg(version).stdout(Stdio::null()).stderr(Stdio::null());
    silent.status().ok().filter(|status| status.success())?;
    let mut command = Command::new(runner);
    if runner == "java" {
        command.arg("-jar");
    }
    command.arg(path).env("NODE_ENV", "production");
    Some(command)
}

/// A stub on the crate `wiremock`.
pub(super) fn wiremock_rs(stub: &Stub, address: SocketAddr, _: &Path) -> Found {
    let Ok(path) = fs::canonicalize(folder().join("cargo/release/peer-wiremock-rs")) else {
        return Ok(None);
    };
    let mut command = Command::new(path);
    command.arg(address.to_string()).arg(format!("^{}$", stub.pattern)).arg(&stub.body);
    Ok(Some(command))
}

/// WireMock, the program, from npm's `wiremock`, which remembers as much as `pass-mock` does: each
/// request counts what is remembered.
pub(super) fn wiremock(stub: &Stub, address: SocketAddr, files: &Path) -> Found {
    let journal = ["--max-request-journal-entries", REMEMBERED];
    started_wiremock(stub, address, &files.join("wiremock"), &journal)
}

/// The same as its users set it up to be fast: nothing is remembered.
pub(super) fn wiremock_that_forgets(stub: &Stub, address: SocketAddr, files: &Path) -> Found {
    let journal = ["--no-request-journal", "--disable-request-logging"];
    started_wiremock(stub, address, &files.join("wiremock-that-forgets"), &journal)
}

fn started_wiremock(stub: &Stub, address: SocketAddr, root: &Path, journal: &[&str]) -> Found {
    let build = folder().join("node_modules/wiremock/build");
    let jars = fs::read_dir(build).into_iter().flatten().flatten().map(|entry| entry.path());
    let Some(jar) = jars.into_iter().find(|path| path.extension().is_some_and(|e| e == "jar"))
    else {
        return Ok(None);
    };
    let Some(mut command) = program("java", &jar.to_string_lossy()) else { return Ok(None) };
    let mapping = json!({
        "request": {
            "method": "GET",
            "urlPathPattern": stub.pattern,
            "headers": {
                "Authorization": {"matches": "Bearer .+"},
                "AP-Device-Identifier": {"matches": "fingerprint .+"},
            },
        },
        "response": {
            "status": 200,
            "headers": {"Content-Type": "application/json;charset=UTF-8"},
            "body": stub.body,
        },
    });
    fs::create_dir_all(root.join("mappings"))?;
    fs::write(root.join("mappings/profiles.json"), mapping.to_string())?;
    command.args(["--port", &address.port().to_string(), "--bind-address", "127.0.0.1"]);
    command.arg("--root-dir").arg(root).arg("--disable-banner").args(journal);
    Ok(Some(command))
}

/// Mockoon's command line.
pub(super) fn mockoon(stub: &Stub, address: SocketAddr, files: &Path) -> Found {
    let Some(mut command) = program("node", "node_modules/@mockoon/cli/bin/run.js") else {
        return Ok(None);
    };
    let needs = |header: &str, value: &str| json!({"target": "header", "modifier": header, "value": value, "invert": false, "operator": "regex"});
    let environment = json!({
        "uuid": "0ab6c9e4-7e1c-4f0e-9c3a-0d6a1b6f5c01",
        "name": "peer",
        "port": address.port(),
        "hostname": "127.0.0.1",
        "endpointPrefix": "",
        "latency": 0,
        "rootChildren": [{"type": "route", "uuid": "0ab6c9e4-7e1c-4f0e-9c3a-0d6a1b6f5c02"}],
        "folders": [],
        "routes": [{
            "uuid": "0ab6c9e4-7e1c-4f0e-9c3a-0d6a1b6f5c02",
            "type": "http",
            "documentation": "",
            "method": "get",
            "endpoint": "api/v2/REF30/profiles/code/:code",
            "responses": [{
                "uuid": "0ab6c9e4-7e1c-4f0e-9c3a-0d6a1b6f5c03",
                "body": stub.body,
                "latency": 0,
                "statusCode": 200,
                "label": "",
                "headers": [{"key": "Content-Type", "value": "application/json;charset=UTF-8"}],
                "bodyType": "INLINE",
                "filePath": "",
                "databucketID": "",
                "sendFileAsBody": false,
                "rules": [needs("Authorization", "Bearer .+"), needs("AP-Device-Identifier", "fingerprint .+")],
                "rulesOperator": "AND",
                "disableTemplating": true,
                "fallbackTo404": false,
                "default": true,
                "crudKey": "id",
                "callbacks": [],
            }],
            "responseMode": null,
            "streamingMode": null,
            "streamingInterval": 0,
        }],
        "proxyMode": false,
        "proxyHost": "",
        "proxyRemovePrefix": false,
        "tlsOptions": {"enabled": false, "type": "CERT", "pfxPath": "", "certPath": "", "keyPath": "", "caPath": "", "passphrase": ""},
        "cors": true,
        "headers": [],
        "proxyReqHeaders": [],
        "proxyResHeaders": [],
        "data": [],
        "callbacks": [],
        "lastMigration": 33,
    });
    let file = files.join("mockoon.json");
    fs::write(&file, environment.to_string())?;
    command
        .args(["start", "--disable-log-to-file", "--disable-admin-api", "--repair", "--data"])
        .arg(file);
    Ok(Some(command))
}

/// Prism, which answers with the example of a description.
pub(super) fn prism(stub: &Stub, address: SocketAddr, files: &Path) -> Found {
    let Some(mut command) = program("node", "node_modules/@stoplight/prism-cli/dist/index.js")
    else {
        return Ok(None);
    };
    let needs = |name: &str| json!({"in": "header", "name": name, "required": true, "schema": {"type": "string"}});
    let example: serde_json::Value = serde_json::from_str(&stub.body)?;
    let description = json!({
        "openapi": "3.0.3",
        "info": {"title": "peer", "version": "1"},
        "paths": {"/api/v2/REF30/profiles/code/{code}": {"get": {
            "parameters": [
                {"in": "path", "name": "code", "required": true, "schema": {"type": "string"}},
                needs("AP-Device-Identifier"),
                needs("X-Device-Info"),
            ],
            "responses": {"200": {
                "description": "the profiles",
                "content": {"application/json": {"schema": {"type": "object"}, "example": example}},
            }},
        }}},
    });
    let file = files.join("prism.json");
    fs::write(&file, description.to_string())?;
    // Its log, which is written by a second process otherwise, would go nowhere here.
    command.args(["mock", "--host", "127.0.0.1", "--port", &address.port().to_string()]);
    command.args(["--multiprocess", "false", "--verboseLevel", "silent"]).arg(file);
    Ok(Some(command))
}
