//! What the service answers, held against Adobe's OpenAPI files and against the ledger.

mod bench;
mod description;
mod fuzz;
mod scenes;
mod shapes;

use std::collections::{BTreeMap, BTreeSet};

use pass_mock::ledger::answers::ROWS;
use pass_mock::ledger::differences::OPENAPI;
use pass_mock::router::{Endpoint, Route, route};

use self::description::{OPERATIONS, Parameter, of};

#[test]
fn the_description_is_of_every_call_but_the_resets() {
    for call in Endpoint::ALL {
        let resets = [Endpoint::ResetTempPass, Endpoint::ResetTempPassGeneric, Endpoint::Page];
        assert_eq!(of(call).is_none(), resets.contains(&call), "{call:?}");
    }
    for operation in &OPERATIONS {
        let path = operation.path.replace("{code}", "ZZZZZZZ");
        let Route::Found(found, _) = route(&operation.method(), &path) else { panic!("{path}") };
        assert_eq!(found, operation.call);
    }
}

#[test]
fn every_answer_is_tagged_and_every_tag_is_answered() {
    let mut left: BTreeSet<_> = ROWS
        .iter()
        .flat_map(|row| row.calls.iter().flat_map(|call| row.answers.iter().map(|a| (*call, *a))))
        .collect();
    let mut untagged = BTreeSet::new();
    for seen in scenes::all() {
        untagged.extend(seen.untagged());
        // Calls 5 and 6 share a path, and so what becomes of other methods.
        let shared = seen.call == Endpoint::RetrieveSession && seen.status == 405;
        left.retain(|(call, answer)| {
            (*call != seen.call && !(shared && *call == Endpoint::ResumeSession))
                || answer.status != seen.status
                || !seen.codes.iter().any(|code| code == answer.code)
        });
    }
    assert!(untagged.is_empty(), "{untagged:#?}");
    let left: Vec<_> =
        left.iter().map(|(call, a)| format!("{} {} {}", call.name(), a.status, a.code)).collect();
    assert!(left.is_empty(), "never answered: {left:#?}");
}

#[test]
fn answers_fit_adobes_files_but_for_the_listed_differences() {
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    for seen in scenes::all() {
        for misfit in seen.misfits() {
            found.entry(misfit).or_insert_with(|| format!("{} {}", seen.shown, seen.body));
        }
        found.extend(requirements(&seen).into_iter().map(|at| (at, seen.shown.clone())));
    }
    let listed: BTreeSet<&str> = OPENAPI.iter().map(|difference| difference.at).collect();
    let unlisted: Vec<_> = found.iter().filter(|(at, _)| !listed.contains(&***at)).collect();
    assert!(unlisted.is_empty(), "{unlisted:#?}");
    let stale: Vec<_> = listed.iter().filter(|at| !found.contains_key(**at)).collect();
    assert!(stale.is_empty(), "no longer so: {stale:?}");
}

/// Where the service asks for more, or for less, than the description.
fn requirements(seen: &bench::Seen) -> Vec<String> {
    let Some(described) = of(seen.call) else { return Vec::new() };
    let name = seen.call.name();
    let served = (200..300).contains(&seen.status);
    let mut found = Vec::new();
    let lacks = |(field, required): &&Parameter, there: bool| {
        served && *required && !there && !field.is_empty()
    };
    for header in described.headers {
        if lacks(&header, seen.headers.contains_key(header.0)) {
            let of_registration = if seen.call == Endpoint::Register { "register " } else { "" };
            found.push(format!("{of_registration}without {}", header.0));
        }
    }
    for parameter in described.query {
        if lacks(&parameter, seen.query.contains_key(parameter.0)) {
            found.push(format!("{name} without {} in the query", parameter.0));
        }
    }
    let fields = described.body.as_ref().map(|body| body.fields).unwrap_or_default();
    for field in fields {
        if lacks(&field, seen.fields.contains_key(field.0)) {
            found.push(format!("{name} without {}", field.0));
        }
    }
    for (field, required) in fields.iter().chain(described.query) {
        let wants = format!("invalid_parameter_{}", snake(field));
        let there = seen.fields.contains_key(*field) || seen.query.contains_key(*field);
        if !required && !there && seen.is_typed(described) && seen.codes.contains(&wants) {
            found.push(format!("{name} needs {field}"));
        }
    }
    found
}

/// `redirectUrl` is `redirect_url`.
fn snake(name: &str) -> String {
    name.chars()
        .flat_map(|c| c.is_uppercase().then_some('_').into_iter().chain(c.to_lowercase()))
        .collect()
}
