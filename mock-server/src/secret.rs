//! Comparing secrets.

use sha2::{Digest as _, Sha256};

/// Whether somebody showed the secret that is expected. Digests are compared, so that the time taken
/// tells nothing about it.
pub(crate) fn is_same(expected: &str, shown: &str) -> bool {
    Sha256::digest(expected) == Sha256::digest(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_secret_is_the_same() {
        assert!(is_same("secret", "secret"));
        for other in ["", "secre", "secrets", "Secret"] {
            assert!(!is_same("secret", other), "{other}");
        }
    }
}
