//! Ratings: for whom a resource is, and up to which rating a user may watch.

use serde_json::Value;

/// The rating schemes that user metadata knows, each with its ratings from the mildest on. What is not
/// in a list (`NR`, `X`) sets no limit, and is under none.
const SCHEMES: [(&str, &[&str], &[&str]); 2] = [
    ("MPAA", &["urn:mpaa"], &["G", "PG", "PG-13", "R", "NC-17"]),
    ("VCHIP", &["urn:v-chip", "urn:vchip"], &["TV-Y", "TV-Y7", "TV-G", "TV-PG", "TV-14", "TV-MA"]),
];

/// A rating of an MRSS document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rating<'a> {
    /// The `scheme` of its element.
    pub scheme: &'a str,
    /// What it says, as it was written.
    pub value: &'a str,
}

impl Rating<'_> {
    /// Whether a user with this `maxRating` may not watch it.
    pub fn exceeds(&self, max_rating: &Value) -> bool {
        let scheme = SCHEMES.iter().find(|(_, schemes, _)| schemes.contains(&self.scheme));
        let Some((name, _, ratings)) = scheme else { return false };
        let rank =
            |value: &str| ratings.iter().position(|known| known.eq_ignore_ascii_case(value.trim()));
        let limit = max_rating.get(name).and_then(Value::as_str).and_then(rank);
        limit.is_some_and(|limit| rank(self.value).is_some_and(|rank| rank > limit))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn exceeds(scheme: &str, value: &str, max_rating: Value) -> bool {
        Rating { scheme, value }.exceeds(&max_rating)
    }

    #[test]
    fn a_limit_holds_up_to_itself_and_within_its_scheme() {
        let max = || json!({"MPAA": "PG-13", "VCHIP": "TV-PG"});
        assert!(!exceeds("urn:mpaa", "pg", max()) && !exceeds("urn:mpaa", "pg-13", max()));
        assert!(exceeds("urn:mpaa", "r", max()) && exceeds("urn:v-chip", " TV-14 ", max()));
        assert!(!exceeds("urn:v-chip", "tv-pg", max()));
        assert!(!exceeds("urn:simple", "adult", max()), "nobody has a limit in that scheme");
    }

    #[test]
    fn what_is_not_rated_is_under_no_limit_and_sets_none() {
        assert!(!exceeds("urn:mpaa", "NR", json!({"MPAA": "G"})));
        assert!(!exceeds("urn:mpaa", "NC-17", json!({"MPAA": "NR"})));
        assert!(!exceeds("urn:mpaa", "NC-17", json!({"VCHIP": "TV-Y"})));
        assert!(!exceeds("urn:mpaa", "NC-17", Value::Null));
    }
}
