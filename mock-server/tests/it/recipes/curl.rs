//! As much of curl as the documents need.

use http::Method;

use crate::harness::{Call, address};

/// What was sent.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) method: Method,
    pub(super) url: String,
    pub(super) body: String,
    pub(super) status: u16,
}

/// Sends what a command line says, and returns what would be printed.
pub(super) async fn curl(args: &[String]) -> (Request, String) {
    let mut line = Line::default();
    let mut args = args.iter().map(String::as_str);
    while let Some(arg) = args.next() {
        let mut value = || args.next().unwrap_or_else(|| panic!("{arg} has no value"));
        match arg {
            "-s" => {}
            "-G" => line.get = true,
            "-X" => line.method = Some(value().parse().unwrap()),
            "-H" => line.headers.push(value().split_once(": ").unwrap()),
            "-d" => line.data.push(value().to_owned()),
            "--data-urlencode" => line.data.push(encoded(value())),
            "-o" => {
                assert_eq!(value(), "/dev/null");
                line.quiet = true;
            }
            "-w" => line.write_out = Some(value()),
            url => {
                assert!(url.starts_with("http://"), "unknown option {url}");
                line.url = url.to_owned();
            }
        }
    }
    line.send().await
}

#[derive(Default)]
struct Line<'a> {
    get: bool,
    method: Option<Method>,
    headers: Vec<(&'a str, &'a str)>,
    data: Vec<String>,
    quiet: bool,
    write_out: Option<&'a str>,
    url: String,
}

impl Line<'_> {
    async fn send(mut self) -> (Request, String) {
        let mut body = self.data.join("&");
        if self.get && !body.is_empty() {
            self.url = format!("{}?{body}", self.url);
            body.clear();
        }
        let usual = if body.is_empty() { Method::GET } else { Method::POST };
        let method = self.method.take().unwrap_or(usual);
        let mut request = Request { method, url: self.url.clone(), body, status: 0 };
        let at = self.url[7..].find('/').unwrap() + 7;
        let (base, target) = self.url.split_at(at);
        let mut call = Call::new(address(base), request.method.clone(), target);
        let typed = self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        for (name, value) in &self.headers {
            call = call.header(name, value);
        }
        call = match (request.body.is_empty(), typed) {
            (true, _) => call,
            (false, true) => call.content(request.body.clone()),
            (false, false) => call.body("application/x-www-form-urlencoded", request.body.clone()),
        };
        let answer = call.outcome().await.unwrap();
        request.status = answer.status.as_u16();
        let mut printed = String::new();
        if !self.quiet {
            printed += answer.text();
        }
        if let Some(format) = self.write_out {
            let status = answer.status.as_u16().to_string();
            printed += &format
                .replace("%{http_code}", &status)
                .replace("%{redirect_url}", answer.header("location"));
        }
        (request, printed)
    }
}

fn encoded(pair: &str) -> String {
    let (name, value) = pair.split_once('=').unwrap();
    let value = form_urlencoded::byte_serialize(value.as_bytes()).collect::<String>();
    format!("{name}={value}")
}
