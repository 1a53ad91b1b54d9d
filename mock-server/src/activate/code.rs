//! What people type for a code.

/// Codes are so long, whoever made them.
const LENGTHS: std::ops::RangeInclusive<usize> = 6..=8;

/// The code that was meant: in capitals, without what people put between the parts of one. `None`
/// when it cannot be a code.
///
/// Nothing is guessed: a code may hold both O and 0, both I and 1.
pub(super) fn read(typed: &str) -> Option<String> {
    let separates =
        |c: char| c.is_whitespace() || c.is_control() || "-‐‑‒–—_.·\u{200b}".contains(c);
    let code: String = typed
        .chars()
        .filter(|c| !separates(*c))
        .map(plain)
        .map(|c| c.to_ascii_uppercase())
        .collect();
    is_code(&code).then_some(code)
}

/// A code in two groups, as it is easier to compare.
pub(super) fn grouped(code: &str) -> String {
    let half = code.len().div_ceil(2);
    match code.is_char_boundary(half) {
        true => format!("{} {}", &code[..half], &code[half..]),
        false => code.to_owned(),
    }
}

fn is_code(code: &str) -> bool {
    let good = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    LENGTHS.contains(&code.len()) && code.bytes().all(good)
}

/// Full-width letters and digits, as some keyboards make them, are the plain ones.
fn plain(c: char) -> char {
    match u32::from(c) {
        wide @ 0xff01..=0xff5e => char::from_u32(wide - 0xfee0).unwrap_or(c),
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn people_type_codes_in_many_ways() {
        for typed in
            ["8ER640M", " 8er640m\n", "8er-640-m", "8ER 640 M", "8ER·640–M", "８ＥＲ６４０Ｍ"]
        {
            assert_eq!(read(typed).as_deref(), Some("8ER640M"), "{typed:?}");
        }
        for typed in ["", "8ER64", "8ER640MXX", "8ER640Ö", "8ER640/", "<b>", "🦀🦀"] {
            assert_eq!(read(typed), None, "{typed:?}");
        }
    }

    #[test]
    fn codes_are_shown_in_groups() {
        assert_eq!(grouped("8ER640M"), "8ER6 40M");
        assert_eq!(grouped("ABCDEF"), "ABC DEF");
    }

    proptest! {
        #[test]
        fn whatever_is_typed_has_an_answer(typed in ".*") {
            if let Some(code) = read(&typed) {
                prop_assert_eq!(read(&grouped(&code)), Some(code));
            }
            grouped(&typed);
        }
    }
}
