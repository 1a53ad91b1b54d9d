//! Where reports go: `--report FORMAT=PATH`.

use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use pass_mock::config::nearest;

use super::failure::Failure;
use super::output;
use crate::report::{self, Report};

/// A format, and a file for it; `-` is standard output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Destination {
    format: Format,
    path: PathBuf,
}

type Render = fn(&Report) -> String;

/// A format by its name.
#[derive(Clone, Copy, Debug)]
struct Format {
    name: &'static str,
    render: Render,
}

impl PartialEq for Format {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Format {}

const FORMATS: &[Format] = &[
    Format { name: "junit", render: report::junit::render },
    Format { name: "json", render: report::json::render },
    Format { name: "html", render: report::html::render },
    Format { name: "markdown", render: report::markdown::render },
    Format { name: "sarif", render: report::sarif::render },
];

impl FromStr for Destination {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let names = || FORMATS.iter().map(|format| format.name);
        let Some((word, path)) = text.split_once('=').filter(|(_, path)| !path.is_empty()) else {
            return Err("expected FORMAT=PATH, such as json=report.json".into());
        };
        match FORMATS.iter().find(|format| format.name == word) {
            Some(format) => Ok(Self { format: *format, path: path.into() }),
            None => Err(match nearest(word, names()) {
                Some(meant) => format!("no format `{word}`; did you mean `{meant}`?"),
                None => {
                    let all = names().collect::<Vec<_>>().join(", ");
                    format!("no format `{word}`; there are {all}")
                }
            }),
        }
    }
}

impl Destination {
    fn is_standard_output(&self) -> bool {
        self.path == Path::new("-")
    }
}

/// All that was asked for.
#[derive(Debug)]
pub(super) struct Destinations(Vec<Destination>);

impl Destinations {
    /// Finds out before anything is played whether the files can be written.
    pub(super) fn prepare(asked: &[Destination]) -> Result<Self, Failure> {
        if asked.iter().filter(|destination| destination.is_standard_output()).count() > 1 {
            return Err(Failure::usage("only one report can go to standard output"));
        }
        for Destination { path, .. } in asked.iter().filter(|d| !d.is_standard_output()) {
            let failed =
                |error| Failure::usage(format!("cannot write {}: {error}", path.display()));
            if path.is_dir() {
                return Err(failed("it is a folder".to_owned()));
            }
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
            folder.map_or(Ok(()), fs::create_dir_all).map_err(|error| failed(error.to_string()))?;
        }
        Ok(Self(asked.to_vec()))
    }

    /// Whether standard output belongs to a report.
    pub(super) fn take_standard_output(&self) -> bool {
        self.0.iter().any(Destination::is_standard_output)
    }

    /// Writes the report in every format that was asked for.
    pub(super) fn write(&self, report: &Report) -> Result<(), Failure> {
        for destination in &self.0 {
            let text = (destination.format.render)(report);
            if destination.is_standard_output() {
                output::print(&text);
                continue;
            }
            let path = &destination.path;
            fs::write(path, text).map_err(|error| {
                Failure::usage(format!("cannot write {}: {error}", path.display()))
            })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_destination_is_a_format_and_a_path() {
        let json: Destination = "json=out/a=b.json".parse().unwrap();
        assert_eq!((json.format.name, json.path.to_str()), ("json", Some("out/a=b.json")));
        let wrong = |text: &str| text.parse::<Destination>().unwrap_err();
        assert_eq!(wrong("josn=x"), "no format `josn`; did you mean `json`?");
        assert_eq!(wrong("pdf=x"), "no format `pdf`; there are junit, json, html, markdown, sarif");
        assert_eq!(wrong("json"), "expected FORMAT=PATH, such as json=report.json");
        assert_eq!(wrong("json="), wrong("json"));
    }
}
