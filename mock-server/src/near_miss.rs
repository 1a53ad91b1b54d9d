//! What a request that matches no documented call was probably meant to be.
//!
//! For people: a 404 on the wire says nothing, the journal does.

use http::Method;

use crate::router::decode;

/// The documented calls, the likelier ones first.
const CALLS: &[(Method, &str)] = &[
    (Method::POST, "/api/v2/{serviceProvider}/decisions/authorize/{mvpd}"),
    (Method::POST, "/api/v2/{serviceProvider}/decisions/preauthorize/{mvpd}"),
    (Method::GET, "/api/v2/{serviceProvider}/profiles"),
    (Method::GET, "/api/v2/{serviceProvider}/profiles/{mvpd}"),
    (Method::GET, "/api/v2/{serviceProvider}/profiles/code/{code}"),
    (Method::POST, "/api/v2/{serviceProvider}/sessions"),
    (Method::GET, "/api/v2/{serviceProvider}/sessions/{code}"),
    (Method::POST, "/api/v2/{serviceProvider}/sessions/{code}"),
    (Method::GET, "/api/v2/{serviceProvider}/configuration"),
    (Method::GET, "/api/v2/{serviceProvider}/logout/{mvpd}"),
    (Method::GET, "/api/v2/authenticate/{serviceProvider}/{code}"),
    (Method::POST, "/api/v2/{serviceProvider}/sessions/sso/{partner}"),
    (Method::POST, "/api/v2/{serviceProvider}/profiles/sso/{partner}"),
    (Method::POST, "/o/client/register"),
    (Method::POST, "/o/client/token"),
    (Method::DELETE, "/reset-tempass/v3/reset"),
    (Method::DELETE, "/reset-tempass/v3/reset/generic"),
];

/// Longer paths are nobody's slip of the pen.
const MAX_SEGMENTS: usize = 9;

/// Segments that differ in more than this are another call.
const MAX_COST: u32 = 6;

/// Says which documented call was probably meant and what differed; `None` when nothing is near.
pub(crate) fn explain(method: &Method, path: &str) -> Option<String> {
    let sent: Vec<String> =
        path.trim_matches('/').split('/').map(|s| decode(s).into_owned()).collect();
    if sent.len() > MAX_SEGMENTS {
        return None;
    }
    let near = |(meant, template): &'static (Method, &'static str)| {
        let Difference { cost, mut notes } = closest(&sent, template)?;
        if method != meant {
            notes.push(format!("the method is {meant}, not {method}"));
        }
        Some((cost * 2 + u32::from(method != meant), format!("{meant} {template}"), notes))
    };
    // The first of the nearest: the table puts the likelier ones first.
    let (_, call, notes) = CALLS.iter().filter_map(near).min_by_key(|(cost, ..)| *cost)?;
    Some(format!("probably {call}: {}", notes.join("; ")))
}

/// How a path differs from a documented one.
#[derive(Debug, PartialEq, Eq)]
struct Difference {
    cost: u32,
    notes: Vec<String>,
}

impl Difference {
    fn and(mut self, cost: u32, note: String) -> Self {
        self.cost += cost;
        self.notes.push(note);
        self
    }
}

/// The least difference, trying the ways in which paths go wrong.
fn closest(sent: &[String], template: &str) -> Option<Difference> {
    let meant: Vec<&str> = template.trim_matches('/').split('/').collect();
    let sent: Vec<&str> = sent.iter().map(String::as_str).collect();
    let in_order = || compare(&sent, &meant);
    let all = [in_order(), swapped(&sent, &meant), missing(&sent, &meant), extra(&sent, &meant)];
    all.into_iter().flatten().filter(|d| d.cost <= MAX_COST).min_by_key(|d| d.cost)
}

/// Segment by segment.
fn compare(sent: &[&str], meant: &[&str]) -> Option<Difference> {
    if sent.len() != meant.len() {
        return None;
    }
    let mut difference = Difference { cost: 0, notes: Vec::new() };
    for (sent, meant) in sent.iter().zip(meant) {
        let cost = segment_cost(sent, meant)?;
        if cost > 0 {
            difference = difference.and(cost, format!("`{meant}` instead of `{sent}`"));
        }
    }
    Some(difference)
}

/// Two segments in each other's place.
fn swapped(sent: &[&str], meant: &[&str]) -> Option<Difference> {
    let pairs = (0..sent.len()).flat_map(|a| (a + 1..sent.len()).map(move |b| (a, b)));
    let tries = pairs.filter_map(|(a, b)| {
        let mut sent = sent.to_vec();
        sent.swap(a, b);
        let note = format!("`{}` and `{}` are in each other's place", sent[b], sent[a]);
        Some(compare(&sent, meant)?.and(2, note))
    });
    tries.min_by_key(|difference| difference.cost)
}

/// One or two neighbouring segments left out.
fn missing(sent: &[&str], meant: &[&str]) -> Option<Difference> {
    let left_out = meant.len().checked_sub(sent.len()).filter(|n| (1..=2).contains(n))?;
    let tries = (0..=sent.len()).filter_map(|at| {
        let (gap, end) = (&meant[at..at + left_out], &meant[at + left_out..]);
        let present = [&meant[..at], end].concat();
        // What is left must still say which call it is.
        let tells = |segment: &&str| !is_variable(segment) && !["api", "v2"].contains(segment);
        if !present.iter().any(tells) {
            return None;
        }
        let cost = 2 * u32::try_from(left_out).ok()?;
        Some(compare(sent, &present)?.and(cost, format!("`/{}/` is missing", gap.join("/"))))
    });
    tries.min_by_key(|difference| difference.cost)
}

/// One or two neighbouring segments too many.
fn extra(sent: &[&str], meant: &[&str]) -> Option<Difference> {
    let too_many = sent.len().checked_sub(meant.len()).filter(|n| (1..=2).contains(n))?;
    let tries = (0..=meant.len()).filter_map(|at| {
        let (gap, end) = (&sent[at..at + too_many], &sent[at + too_many..]);
        let kept = [&sent[..at], end].concat();
        let cost = 2 * u32::try_from(too_many).ok()?;
        Some(compare(&kept, meant)?.and(cost, format!("`/{}/` is too much", gap.join("/"))))
    });
    tries.min_by_key(|difference| difference.cost)
}

/// How far a sent segment is from the one that was meant; `None` when it is something else.
fn segment_cost(sent: &str, meant: &str) -> Option<u32> {
    // What stands for an id may be anything, but hardly a word of the paths.
    if is_variable(meant) {
        let is_word = CALLS.iter().any(|(_, call)| call.split('/').any(|word| word == sent));
        return Some(if is_word || sent.is_empty() { 3 } else { 0 });
    }
    if sent == meant {
        return Some(0);
    }
    let sent = sent.to_ascii_lowercase();
    let typos = match meant.len() {
        0 | 1 => 0,
        2..=4 => 1,
        _ => 2,
    };
    let shortened = sent.len() >= 3 && meant.starts_with(&sent);
    match edits(&sent, meant) {
        n if n <= typos => Some(1),
        _ if shortened => Some(2),
        _ => None,
    }
}

fn is_variable(segment: &str) -> bool {
    segment.starts_with('{')
}

/// The number of single-character edits between two words (Levenshtein's distance).
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let changed = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn slips_are_recognised() {
        let slips = [
            (Method::POST, "/api/v2/REF30/decision/authorize/Cablevision"),
            (Method::GET, "/api/v2/sessions/REF30/8BLW4RW"),
            (Method::GET, "/api/v2/logout/REF30/TempPass_5mins"),
            (Method::GET, "/api/v2/REF30/sessions"),
            (Method::PUT, "/api/v2/REF30/sessions/8ER640M"),
            (Method::GET, "/o/client/register"),
            (Method::POST, "/client/token"),
            (Method::POST, "/o/client/tokens"),
            (Method::GET, "/api/v1/REF30/profiles"),
            (Method::GET, "/REF30/configuration"),
            (Method::GET, "/api/v2/REF30/config"),
            (Method::GET, "/api/v2/configuration"),
            (Method::GET, "/api/v2/REF30/Profiles/Cablevision"),
            (Method::POST, "/api/v2/REF30/authorize/Cablevision"),
            (Method::GET, "/api/v2/REF30/authenticate/8ER640M"),
            (Method::GET, "/api/v2/authenticate/8ER640M"),
            (Method::GET, "/api/v2/REF30/profile/code/8ER640M"),
            (Method::GET, "/rest/api/v2/REF30/profiles"),
            (Method::DELETE, "/reset-temppass/v3/reset"),
        ];
        let explained = slips.map(|(method, path)| {
            let meant = explain(&method, path);
            format!("{method} {path}\n  {}", meant.as_deref().unwrap_or("nothing is near"))
        });
        insta::assert_snapshot!(explained.join("\n"));
    }

    #[test]
    fn other_paths_are_not_explained_away() {
        let paths =
            ["/", "/favicon.ico", "/index.html", "/api", "/api/v2/REF30", "/.env", "/a/b/c/d"];
        for path in paths {
            assert_eq!(explain(&Method::GET, path), None, "{path}");
        }
    }

    #[test]
    fn edits_are_counted() {
        for (a, b, n) in [("", "", 0), ("", "ab", 2), ("kitten", "sitting", 3), ("a", "a", 0)] {
            assert_eq!(edits(a, b), n, "{a} {b}");
        }
    }

    proptest! {
        #[test]
        fn any_path_can_be_looked_at(path in "(/[a-z0-9%/]{0,12}){0,12}", any in ".*") {
            explain(&Method::GET, &path);
            explain(&Method::POST, &any);
        }
    }
}
