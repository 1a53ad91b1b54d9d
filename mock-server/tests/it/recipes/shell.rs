//! As much of a POSIX shell as the documents need, so that what they print is what runs.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::curl::{Request, curl};

/// A shell with its variables and functions, and the requests it has sent.
#[derive(Default)]
pub(super) struct Shell {
    pub(super) variables: HashMap<String, String>,
    functions: HashMap<String, String>,
    pub(super) requests: Vec<Request>,
}

/// A command with what the document says it prints.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) command: String,
    /// `…` stands for anything.
    pub(super) prints: Option<String>,
}

/// The commands of a script. A comment right below one that looks like an answer says what it
/// prints.
pub(super) fn steps(script: &str) -> Vec<Step> {
    let script = script.replace("\\\n", " ");
    let mut steps: Vec<Step> = Vec::new();
    let mut lines = script.lines().map(str::trim).filter(|line| !line.is_empty());
    while let Some(line) = lines.next() {
        match line.strip_prefix("# ") {
            Some(said) if looks_like_an_answer(said) => {
                let step = steps.last_mut().filter(|step| step.prints.is_none());
                step.unwrap_or_else(|| panic!("nothing prints {said}")).prints = Some(said.into());
            }
            Some(_) => {}
            None => {
                let mut command = line.to_owned();
                if line.ends_with('{') {
                    let body = lines.by_ref().take_while(|line| *line != "}");
                    command += &body.map(|line| format!(" {line};")).collect::<String>();
                    command.push('}');
                }
                steps.push(Step { command, prints: None });
            }
        }
    }
    steps
}

fn looks_like_an_answer(comment: &str) -> bool {
    let status = comment.split(' ').next().unwrap_or_default();
    comment.starts_with('{') || (status.len() == 3 && status.parse::<u16>().is_ok())
}

/// Whether a text is what a pattern says.
pub(super) fn is_like(text: &str, pattern: &str) -> bool {
    let mut rest = text;
    let parts: Vec<&str> = pattern.split('…').collect();
    for (index, part) in parts.iter().enumerate() {
        let last = index + 1 == parts.len();
        let found = match (index, last) {
            (0, true) => return rest == *part,
            (0, false) => rest.strip_prefix(part),
            (_, true) => return rest.ends_with(part),
            _ => rest.find(part).map(|at| &rest[at + part.len()..]),
        };
        match found {
            Some(after) => rest = after,
            None => return false,
        }
    }
    true
}

type Output<'a> = Pin<Box<dyn Future<Output = String> + 'a>>;

impl Shell {
    /// Runs a line and returns what it prints.
    pub(super) fn run<'a>(&'a mut self, line: &'a str, args: &'a [String]) -> Output<'a> {
        Box::pin(async move {
            let mut printed = String::new();
            for command in split(line, ";") {
                let (command, _comment) = command.split_once(" # ").unwrap_or((&command, ""));
                printed += &self.statement(command.trim(), args).await;
            }
            printed
        })
    }

    /// Defines what a line defines; anything else is a pipeline.
    pub(super) fn define(&mut self, line: &str) -> bool {
        let Some((name, body)) = line.split_once("()") else { return false };
        let is_name = name.chars().all(|c| c.is_ascii_lowercase());
        if let (true, Some(body)) = (is_name, body.trim().strip_prefix('{')) {
            let body = &body[..body.rfind('}').unwrap()];
            self.functions.insert(name.to_owned(), body.trim().to_owned());
            return true;
        }
        false
    }

    async fn statement(&mut self, command: &str, args: &[String]) -> String {
        let assigned = command.split_once('=').filter(|(name, _)| {
            !name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase() || c == '_')
        });
        if let Some((name, value)) = assigned {
            let value = self.words(value, args).await.concat();
            self.variables.insert(name.to_owned(), value);
            return String::new();
        }
        let mut flow = String::new();
        for part in split(command, "|") {
            flow = self.command(part.trim(), args, flow).await;
        }
        flow
    }

    async fn command(&mut self, command: &str, args: &[String], input: String) -> String {
        let words = self.words(command, args).await;
        let Some((name, rest)) = words.split_first() else { return String::new() };
        match (name.as_str(), rest) {
            ("curl", _) => {
                let (request, answer) = curl(rest).await;
                self.requests.push(request);
                answer
            }
            ("echo", _) => format!("{}\n", rest.join(" ")),
            ("printf", [text]) => text.clone(),
            ("base64", []) => format!("{}\n", STANDARD.encode(input)),
            ("tr", [delete, newline]) if delete == "-d" && newline == "\\n" => {
                input.replace('\n', "")
            }
            ("field", [field]) => format!("{}\n", field_of(&input, field)),
            _ => {
                let body = self.functions.get(name).unwrap_or_else(|| panic!("no command {name}"));
                let body = body.clone();
                self.run(&body, rest).await
            }
        }
    }

    /// The words of a command, unquoted and expanded.
    async fn words(&mut self, text: &str, args: &[String]) -> Vec<String> {
        let mut words = Vec::new();
        for raw in split(text, " ").into_iter().filter(|word| !word.is_empty()) {
            if raw == "\"$@\"" {
                words.extend(args.iter().cloned());
                continue;
            }
            words.push(self.expand(&raw, args).await);
        }
        words
    }

    async fn expand(&mut self, raw: &str, args: &[String]) -> String {
        let (mut word, mut rest, mut quote) = (String::new(), raw, None);
        while let Some(c) = rest.chars().next() {
            rest = &rest[c.len_utf8()..];
            match (c, quote) {
                ('\'' | '"', None) => quote = Some(c),
                (c, Some(open)) if c == open => quote = None,
                ('\\', Some('"')) => {
                    let next = rest.chars().next().unwrap();
                    rest = &rest[next.len_utf8()..];
                    word.push(next);
                }
                ('$', None | Some('"')) if rest.starts_with('(') => {
                    let end = closing(rest);
                    let inner = rest[1..end].to_owned();
                    word += self.run(&inner, args).await.trim_end_matches('\n');
                    rest = &rest[end + 1..];
                }
                ('$', None | Some('"')) => {
                    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
                    let name = &rest[..end.unwrap_or(rest.len())];
                    word += self.value(name, args);
                    rest = &rest[name.len()..];
                }
                _ => word.push(c),
            }
        }
        word
    }

    fn value<'a>(&'a self, name: &str, args: &'a [String]) -> &'a str {
        match name.parse::<usize>() {
            Ok(number) => &args[number - 1],
            Err(_) => self.variables.get(name).unwrap_or_else(|| panic!("no variable {name}")),
        }
    }
}

/// Splits at a separator that stands neither in quotes nor in parentheses or braces.
fn split(text: &str, separator: &str) -> Vec<String> {
    let (mut parts, mut quotes, mut depth) = (vec![String::new()], Vec::new(), 0);
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        let single = quotes.last() == Some(&'\'');
        match c {
            '\\' if !single => {
                parts.last_mut().unwrap().push(c);
                parts.last_mut().unwrap().extend(chars.next());
                continue;
            }
            '\'' if single => drop(quotes.pop()),
            '"' if quotes.last() == Some(&'"') => drop(quotes.pop()),
            '\'' if quotes.last() != Some(&'"') => quotes.push(c),
            '"' if !single => quotes.push(c),
            // Quotes begin anew inside.
            '(' if !single => {
                depth += 1;
                quotes.push('(');
            }
            ')' if quotes.last() == Some(&'(') => {
                depth -= 1;
                quotes.pop();
            }
            _ => {}
        }
        if depth == 0 && quotes.is_empty() && separator.contains(c) {
            parts.push(String::new());
        } else {
            parts.last_mut().unwrap().push(c);
        }
    }
    parts
}

/// Where the parenthesis that a text begins with is closed.
fn closing(text: &str) -> usize {
    let (mut depth, mut quote) = (0, None);
    for (at, c) in text.char_indices() {
        match (c, quote) {
            ('\'' | '"', None) => quote = Some(c),
            (c, Some(open)) if c == open => quote = None,
            ('(', None) => depth += 1,
            (')', None) if depth == 1 => return at,
            (')', None) => depth -= 1,
            _ => {}
        }
    }
    panic!("a parenthesis stays open: {text}")
}

/// What the `field` of the README reads: the last member of that name.
fn field_of(json: &str, field: &str) -> String {
    let name = format!("\"{field}\":");
    let Some(at) = json.rfind(&name) else { return String::new() };
    let value = json[at + name.len()..].trim_start_matches('"');
    value[..value.find(['"', ',', '}']).unwrap_or(value.len())].to_owned()
}
