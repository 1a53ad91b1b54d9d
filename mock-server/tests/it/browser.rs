//! A browser for the provider's pages: it keeps cookies by path and sends forms as shown.

use crate::harness::{Answer, Call, Mock};

#[derive(Clone)]
pub(crate) struct Browser<'a> {
    mock: &'a Mock,
    /// Path, name, value.
    cookies: Vec<(String, String, String)>,
}

impl<'a> Browser<'a> {
    pub(crate) fn new(mock: &'a Mock) -> Self {
        Self { mock, cookies: Vec::new() }
    }

    /// Opens an address of the server.
    pub(crate) async fn open(&mut self, url: &str) -> Answer {
        let call = self.mock.get(self.target(url));
        self.send(url, call).await
    }

    /// Opens an address and follows redirects within the server. Returns the addresses it went to
    /// after the first, and the last answer.
    pub(crate) async fn follow(&mut self, url: &str) -> (Vec<String>, Answer) {
        let mut way = Vec::new();
        let mut answer = self.open(url).await;
        while answer.status == 302 {
            let next = answer.header("location").to_owned();
            way.push(next.clone());
            if !(next.starts_with('/') || next.starts_with(&self.mock.server.base_url())) {
                break;
            }
            assert!(way.len() < 10, "round and round: {way:?}");
            answer = self.open(&next).await;
        }
        (way, answer)
    }

    /// Sends the form of a page with some fields filled in.
    pub(crate) async fn submit(&mut self, page: &Answer, fields: &[(&str, &str)]) -> Answer {
        let text = page.text();
        let form = text.split("<form method=\"post\"").nth(1).unwrap_or(text);
        let action = between(form, "action=\"", "\"").to_owned();
        let inputs = form.split("</form>").next().unwrap_or_default().split("<input ").skip(1);
        let shown = inputs.map(|rest| rest.split('>').next().unwrap_or_default());
        let sent = shown
            .filter(|input| input.contains("type=\"hidden\"") || input.contains(" checked"))
            .map(|input| (between(input, "name=\"", "\""), between(input, "value=\"", "\"")));
        let named = |name: &str| fields.iter().any(|(given, _)| *given == name);
        let form: Vec<(&str, &str)> =
            sent.filter(|(name, _)| !named(name)).chain(fields.iter().copied()).collect();
        let origin = self.mock.server.base_url();
        let call = self.mock.post(&action).form(&form).header("origin", &origin);
        self.send(&action, call).await
    }

    /// The names of the cookies it has.
    pub(crate) fn cookie_names(&self) -> Vec<&str> {
        self.cookies.iter().map(|(_, name, _)| name.as_str()).collect()
    }

    /// The value of a cookie.
    pub(crate) fn cookie(&self, wanted: &str) -> &str {
        self.cookies.iter().find(|(_, name, _)| name == wanted).map_or("", |(.., value)| value)
    }

    /// The cookies that it sends to a path.
    pub(crate) fn cookie_header(&self, path: &str) -> String {
        let fitting = self.cookies.iter().filter(|(scope, ..)| {
            path == *scope || path.starts_with(&format!("{}/", scope.trim_end_matches('/')))
        });
        let list: Vec<String> = fitting.map(|(_, name, value)| format!("{name}={value}")).collect();
        list.join("; ")
    }

    async fn send(&mut self, url: &str, call: Call) -> Answer {
        let path = self.target(url).split('?').next().unwrap_or_default().to_owned();
        let list = self.cookie_header(&path);
        let call = if list.is_empty() { call } else { call.header("cookie", &list) };
        let answer = call.header("user-agent", "Mozilla/5.0 (test)").send().await;
        for set in answer.headers.get_all("set-cookie") {
            self.keep(set.to_str().unwrap());
        }
        answer
    }

    fn keep(&mut self, set: &str) {
        assert!(set.contains("; HttpOnly") && set.contains("; SameSite=Lax"), "{set}");
        let (name, value) = set.split(';').next().unwrap().split_once('=').unwrap();
        let path = set.split("Path=").nth(1).unwrap().split(';').next().unwrap();
        self.cookies.retain(|(scope, known, _)| !(scope == path && known == name));
        if !set.contains("Max-Age=0") {
            self.cookies.push((path.to_owned(), name.to_owned(), value.to_owned()));
        }
    }

    fn target<'u>(&self, url: &'u str) -> &'u str {
        let rest = url.strip_prefix(self.mock.server.base_url().as_str());
        rest.unwrap_or(url)
    }
}

/// What stands between two texts.
pub(crate) fn between<'t>(text: &'t str, from: &str, to: &str) -> &'t str {
    text.split_once(from).and_then(|(_, rest)| rest.split_once(to)).map_or("", |(found, _)| found)
}
