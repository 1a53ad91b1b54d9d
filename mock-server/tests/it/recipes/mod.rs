//! What the README and the recipes print runs as it is printed, and gives what they say.

mod curl;
mod shell;

use pass_mock::throttle::ThrottleSettings;
use serde_json::Value;

use self::curl::Request;
use self::shell::{Shell, is_like, steps};
use crate::harness::Mock;

const README: &str = include_str!("../../../../README.md");
const RECIPES: &str = include_str!("../../../RECIPES.md");

/// The situations that every tester needs.
const TITLES: [&str; 9] = [
    "A login that completes on the third poll",
    "A login that asks for a parental PIN",
    "A provider that shows an error page",
    "A deny with the provider's own words",
    "An authorization that fails twice and then permits",
    "A token that expires in ten seconds",
    "A device that is throttled for a minute",
    "A logout that needs a browser",
    "A zip that the application's own service decrypts",
];

/// A document's scripts, each under the heading it stands below.
fn scripts(document: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    let mut rest = document;
    while let Some(at) = rest.find("```sh\n") {
        let script = &rest[at + 6..];
        let end = script.find("\n```").unwrap();
        let before = &document[..document.len() - script.len()];
        let heading =
            before.rfind("\n## ").map_or("", |at| before[at + 4..].lines().next().unwrap());
        found.push((heading, &script[..end]));
        rest = &script[end + 4..];
    }
    found
}

/// The walk by hand, and how far a recipe needs it.
fn walk() -> (&'static str, &'static str) {
    let all = scripts(README);
    let (_, walk) = all.iter().find(|(_, script)| script.contains("\n# 1. ")).unwrap();
    walk.split_at(walk.find("\n# 2. ").unwrap())
}

/// A shell in which `pass-mock --print-env` was evaluated.
fn shell(mock: &Mock) -> Shell {
    let mut shell = Shell::default();
    let fixtures = mock.server.app().fixtures.load();
    let values = [
        ("PASS_BASE_URL", mock.server.base_url()),
        ("PASS_CONTROL_URL", mock.server.control_url().unwrap()),
        ("PASS_SERVICE_PROVIDER", "REF30".to_owned()),
        ("PASS_SOFTWARE_STATEMENT", fixtures.first_software_statement().unwrap().to_owned()),
        ("PASS_MVPD", "Cablevision".to_owned()),
        ("PASS_DOMAIN_NAME", "adobe.com".to_owned()),
        ("PASS_REDIRECT_URL", "https://adobe.com/done".to_owned()),
    ];
    shell.variables.extend(values.map(|(name, value)| (name.to_owned(), value)));
    shell
}

async fn run(shell: &mut Shell, script: &str) -> Vec<String> {
    let mut printed = Vec::new();
    for step in steps(script) {
        if step.command.starts_with("eval ") || shell.define(&step.command) {
            continue;
        }
        let output = shell.run(&step.command, &[]).await;
        let output = output.trim_end_matches('\n');
        let control = &shell.variables["PASS_CONTROL_URL"];
        let refused = |sent: &&Request| sent.url.starts_with(control) && sent.status >= 400;
        let refused = shell.requests.iter().find(refused);
        assert!(refused.is_none(), "{}: {refused:?} {output}", step.command);
        if let Some(expected) = &step.prints {
            assert!(
                is_like(output, expected),
                "{}\ngives {output}\nnot   {expected}",
                step.command
            );
        }
        if !output.is_empty() {
            printed.push(output.to_owned());
        }
    }
    printed
}

/// As it runs by default, but for the time, which stands still.
async fn mock() -> Mock {
    Mock::with(|builder| builder.throttle(ThrottleSettings::default())).await
}

#[tokio::test]
async fn the_walk_of_the_readme_leads_to_a_media_token_and_out_again() {
    let mock = mock().await;
    let mut shell = shell(&mock);
    let (first, rest) = walk();
    run(&mut shell, first).await;
    let printed = run(&mut shell, rest).await;
    let expected = [
        "{\"profiles\":{}}",
        "{\"device\":…",
        "{\"actionName\":\"authenticate\",…",
        "http://127.0.0.1:…/api/v2/authenticate/REF30/…",
        "{\"code\":\"…\"state\":\"done\"}}",
        "{\"profiles\":{\"Cablevision\":…",
        "{\"decisions\":[…\"authorized\":true},…\"authorized\":false,…",
        "{\"decisions\":[…\"serializedToken\":\"…",
        "{\"logouts\":{\"Cablevision\":{\"actionName\":\"logout\",\"actionType\":\"interactive\",…\"url\":\"http…",
    ];
    assert_eq!(printed.len(), expected.len(), "{printed:#?}");
    for (printed, expected) in printed.iter().zip(expected) {
        assert!(is_like(printed, expected), "{printed} is not {expected}");
    }
}

#[tokio::test]
async fn each_recipe_works_on_its_own() {
    let recipes = scripts(RECIPES);
    for title in TITLES {
        let mock = mock().await;
        let mut shell = shell(&mock);
        run(&mut shell, walk().0).await;
        run(&mut shell, recipes[0].1).await;
        let own: Vec<_> = recipes.iter().filter(|(heading, _)| *heading == title).collect();
        assert!(!own.is_empty(), "{title}");
        for (_, script) in own {
            let expectations = steps(script).iter().filter(|step| step.prints.is_some()).count();
            assert!(expectations >= 2, "{title} shows what comes of it");
            run(&mut shell, script).await;
        }
    }
}

#[tokio::test]
async fn all_recipes_can_be_pasted_one_after_the_other() {
    let mock = mock().await;
    let mut shell = shell(&mock);
    run(&mut shell, walk().0).await;
    for (_, script) in scripts(RECIPES) {
        run(&mut shell, script).await;
    }
}

#[tokio::test]
async fn every_control_call_of_a_recipe_is_an_example_of_the_apis_own_document() {
    let mock = mock().await;
    let mut shell = shell(&mock);
    run(&mut shell, walk().0).await;
    for (_, script) in scripts(RECIPES) {
        run(&mut shell, script).await;
    }
    let document = mock.control(http::Method::GET, "/openapi.json").send().await.json();
    let control = mock.server.control_url().unwrap();
    let mut seen = 0;
    for request in &shell.requests {
        let Some(target) = request.url.strip_prefix(&control) else { continue };
        seen += 1;
        let path = target.split('?').next().unwrap();
        let item = template(&document, path);
        let operation = &item[request.method.as_str().to_ascii_lowercase()];
        assert!(operation.is_object(), "{} {path} is not described", request.method);
        for (name, _) in
            form_urlencoded::parse(target[path.len()..].trim_start_matches('?').as_bytes())
        {
            let known = operation["parameters"].as_array().unwrap();
            assert!(known.iter().any(|parameter| parameter["name"] == *name), "{name}");
        }
        if request.body.is_empty() || request.body == "{}" {
            continue;
        }
        let body: Value = serde_json::from_str(&request.body).unwrap();
        let examples = &operation["requestBody"]["content"]["application/json"]["examples"];
        let is_shown = |example: &Value| same_shape(&example["value"], &body);
        let shown = examples.as_object().unwrap().values().any(is_shown);
        assert!(shown, "{} {path}: {body} is no example", request.method);
    }
    assert!(seen > 15, "{seen} calls of the control API");
}

/// The description of a path.
fn template<'a>(document: &'a Value, path: &str) -> &'a Value {
    let fits = |template: &str| {
        let (mine, its) = (path.split('/'), template.split('/'));
        mine.clone().count() == its.clone().count()
            && mine.zip(its).all(|(mine, its)| mine == its || its.starts_with('{'))
    };
    let paths = document["paths"].as_object().unwrap();
    paths
        .iter()
        .find(|(template, _)| fits(template))
        .map(|(_, item)| item)
        .unwrap_or_else(|| panic!("{path}"))
}

/// The same members, and so on inside; numbers and texts may be others.
fn same_shape(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .all(|(name, value)| other.get(name).is_some_and(|v| same_shape(value, v)))
        }
        _ => std::mem::discriminant(one) == std::mem::discriminant(other),
    }
}
