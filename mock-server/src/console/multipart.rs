//! Forms that carry a file.

use crate::http::Form;

/// The boundary, when a media type is that of such a form.
pub(super) fn boundary(media_type: &str) -> Option<String> {
    let (kind, parameters) = media_type.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let mut parameters = parameters.split(';').filter_map(|pair| pair.trim().split_once('='));
    let (_, boundary) = parameters.find(|(name, _)| name.eq_ignore_ascii_case("boundary"))?;
    Some(boundary.trim_matches('"').to_owned()).filter(|boundary| !boundary.is_empty())
}

/// The fields, files as their text. Any byte string is a form, if need be an empty one.
pub(super) fn read(body: &[u8], boundary: &str) -> Form {
    let text = String::from_utf8_lossy(body);
    let line = format!("--{boundary}");
    let parts = text.split(&line).skip(1).take_while(|part| !part.starts_with("--"));
    Form::from_iter(parts.filter_map(field))
}

fn field(part: &str) -> Option<(String, String)> {
    let (head, value) = part.split_once("\r\n\r\n")?;
    let disposition =
        head.lines().find(|line| line.to_ascii_lowercase().starts_with("content-disposition:"))?;
    let (_, name) = disposition.split_once(" name=\"")?;
    let (name, _) = name.split_once('"')?;
    Some((name.to_owned(), value.strip_suffix("\r\n").unwrap_or(value).to_owned()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn fields_and_files_are_read() {
        let boundary = boundary("multipart/form-data; boundary=\"x-1\"").unwrap();
        let body = "--x-1\r\nContent-Disposition: form-data; name=\"kind\"\r\n\r\nrestore\r\n\
                    --x-1\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.json\"\r\n\
                    Content-Type: application/json\r\n\r\n{\"a\":\r\n1}\r\n--x-1--\r\n";
        let form = read(body.as_bytes(), &boundary);
        assert_eq!(form.get("kind"), Some("restore"));
        assert_eq!(form.get("file"), Some("{\"a\":\r\n1}"));
        assert_eq!(super::boundary("application/x-www-form-urlencoded"), None);
        assert_eq!(super::boundary("multipart/form-data"), None);
    }

    proptest! {
        #[test]
        fn no_bytes_are_too_much(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            read(&body, "x");
        }
    }
}
