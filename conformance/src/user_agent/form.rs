//! The login form of a page, as a browser would find it.

/// A form and what is in it already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Form {
    /// Where it is sent, as written; empty for the page's own address.
    pub(super) action: String,
    /// The name of the field for the user's name.
    username: Option<String>,
    /// The name of the field for the password.
    password: String,
    /// Everything else that is sent along.
    others: Vec<(String, String)>,
}

impl Form {
    /// The first form of a page that asks for a password.
    pub(super) fn login(page: &str) -> Option<Self> {
        let mut forms = Vec::new();
        for tag in tags(page) {
            match tag.name.as_str() {
                "form" => forms.push((tag, Vec::new())),
                "input" => {
                    if let Some((_, inputs)) = forms.last_mut() {
                        inputs.push(tag);
                    }
                }
                _ => {}
            }
        }
        forms.iter().find_map(|(form, inputs)| Self::of(form, inputs))
    }

    fn of(form: &Tag, inputs: &[Tag]) -> Option<Self> {
        let kind = |input: &Tag| input.get("type").unwrap_or("text").to_ascii_lowercase();
        let named = |input: &Tag| input.get("name").map(str::to_owned);
        let password = inputs.iter().find(|input| kind(input) == "password").and_then(named)?;
        let username = inputs
            .iter()
            .find(|input| matches!(kind(input).as_str(), "text" | "email"))
            .and_then(named);
        let others = inputs
            .iter()
            .filter_map(|input| match kind(input).as_str() {
                "hidden" => Some((named(input)?, input.get("value")?.to_owned())),
                "checkbox" | "radio" if input.get("checked").is_some() => {
                    Some((named(input)?, input.get("value").unwrap_or("on").to_owned()))
                }
                _ => None,
            })
            .collect();
        let action = form.get("action").unwrap_or_default().to_owned();
        Some(Self { action, username, password, others })
    }

    /// What is sent when a user has filled it in.
    pub(super) fn filled(&self, username: &str, password: &str) -> Vec<(String, String)> {
        let mut fields = self.others.clone();
        fields.extend(self.username.iter().map(|name| (name.clone(), username.to_owned())));
        fields.push((self.password.clone(), password.to_owned()));
        fields
    }
}

/// An opening tag.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Tag {
    name: String,
    attributes: Vec<(String, String)>,
}

impl Tag {
    fn get(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// The opening tags of a page, in order.
fn tags(page: &str) -> impl Iterator<Item = Tag> {
    let mut rest = page;
    std::iter::from_fn(move || {
        loop {
            rest = &rest[rest.find('<')? + 1..];
            if let Some(comment) = rest.strip_prefix("!--") {
                rest = comment.find("-->").map_or("", |end| &comment[end + 3..]);
            } else if rest.starts_with(|c: char| c.is_ascii_alphabetic()) {
                let (tag, after) = read_tag(rest);
                rest = after;
                return Some(tag);
            }
        }
    })
}

/// One tag, from its name on, and what comes after it.
fn read_tag(text: &str) -> (Tag, &str) {
    let end = |c: char| c.is_ascii_whitespace() || matches!(c, '>' | '/' | '=');
    let split = |text: &'_ str| text.find(end).unwrap_or(text.len());
    let (name, mut rest) = text.split_at(split(text));
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '='));
        if let Some(after) = rest.strip_prefix('>') {
            return (Tag { name: name.to_ascii_lowercase(), attributes }, after);
        }
        let (key, after) = rest.split_at(split(rest));
        if key.is_empty() {
            return (Tag { name: name.to_ascii_lowercase(), attributes }, "");
        }
        let (value, after) = match after.trim_start().strip_prefix('=') {
            Some(value) => read_value(value.trim_start()),
            None => ("", after),
        };
        attributes.push((key.to_ascii_lowercase(), decoded(value)));
        rest = after;
    }
}

fn read_value(text: &str) -> (&str, &str) {
    for quote in ['"', '\''] {
        if let Some(inner) = text.strip_prefix(quote) {
            return inner.split_once(quote).unwrap_or((inner, ""));
        }
    }
    text.split_at(text.find(|c: char| c.is_ascii_whitespace() || c == '>').unwrap_or(text.len()))
}

/// Text with its character references replaced.
fn decoded(text: &str) -> String {
    let mut pieces = text.split('&');
    let mut decoded = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let reference = piece.split_once(';').and_then(|(name, after)| Some((named(name)?, after)));
        match reference {
            Some((character, after)) => {
                decoded.push(character);
                decoded.push_str(after);
            }
            None => {
                decoded.push('&');
                decoded.push_str(piece);
            }
        }
    }
    decoded
}

fn named(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PAGE: &str = r#"<!doctype html><!-- <form action="no"><input type=password name=no> -->
        <form action="/search"><input name=q></form>
        <FORM method="post" action="/login?a=1&amp;b=2">
        <input type="hidden" name="token" value="a&quot;b&#39;c&#x3c;">
        <input id="u" name='username' type=text required><br/>
        <input name=password type=password autocomplete=off>
        <input name=remember type=checkbox value=yes checked><input name=news type=checkbox>
        <button name="cancel" value="1">Cancel</button></FORM>"#;

    #[test]
    fn the_login_form_is_found_and_filled() {
        let form = Form::login(PAGE).unwrap();
        assert_eq!(form.action, "/login?a=1&b=2");
        let filled = form.filled("demo", "secret");
        let pairs: Vec<(&str, &str)> =
            filled.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(
            pairs,
            [
                ("token", "a\"b'c<"),
                ("remember", "yes"),
                ("username", "demo"),
                ("password", "secret")
            ]
        );
    }

    #[test]
    fn a_page_without_a_password_has_no_login() {
        assert_eq!(Form::login("<form><input name=q></form>"), None);
        assert_eq!(Form::login("nothing here"), None);
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in "[<>!/=a-z\"'& \\-#;x0-9é]{0,80}") {
            let _ = Form::login(&text);
            let _ = Form::login(&format!("<form {text}><input type=password name={text}>"));
        }
    }
}
